"""Rules of query_station_stats (seed 1.1.4; cec102 5.5): what adds up, and what the orders say.

An operator may have sold energy before the run began. So orders are held against what was added between two answers
to the same question: at least those that were billed in between, at most these and what may count already, or on
either day (BJ-X8). How long after its bill a charge may be missing is the target's to say: 5.5 does not. More days have
sold at least what their orders say more than those of fewer; and any days at least what their orders say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.finding import Finding
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.questions import QuestionRule, in_short, made_up, objects
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Ret
from simulators.journal.records import Exchange

Days = tuple[str, str]  # the first and the last

DAY_MS = 24 * 3600 * 1000
STEP_KWH = Decimal("0.1")
MS_IN_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Sold:
    """What a connector has sold in a period, Wh: what counts for certain, what may; how many charges do, may do."""

    least_wh: Decimal = Decimal(0)
    most_wh: Decimal = Decimal(0)
    certain: int = 0
    charges: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer about some days: by connector what it told, kWh, and what was so. No days: nothing was asked yet."""

    days: Days
    told: dict[str, Decimal]
    sold: dict[str, Sold]
    records: tuple[Exchange, ...]

    def is_part_of(self, other: _Answer) -> bool:
        """Its days are some of the other's."""
        return self.days != other.days and other.days[0] <= self.days[0] and self.days[1] <= other.days[1]

    def of_nothing(self) -> _Answer:
        """What is certain before anybody is asked."""
        return _Answer(("", ""), dict.fromkeys(self.sold, Decimal(0)), dict.fromkeys(self.sold, Sold()), ())


class StatisticsAddUp(QuestionRule):
    """Connectors sum to their equipment, equipment to the station, and connectors to the orders of the period."""

    row = "BJ-1.1.4-b"
    listens = frozenset({Interface.QUERY_STATION_STATS.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._first: dict[tuple[str, Days], _Answer] = {}  # by station
        self._latest: dict[tuple[str, Days], _Answer] = {}

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        sockets = [socket for socket in self.known.pixit.sockets if socket.station == asked["StationID"]]
        if not sockets:
            return
        stats = told.get("StationStats")
        if seen.ret != Ret.SUCCESS or not isinstance(stats, dict):
            expected = f"the statistics of {asked['StationID']}"
            yield self.bad("answered", expected, in_short(seen), seen.exchange)
            return
        yield from self._question(seen, asked, stats)
        yield from self._everything(seen, asked, stats)
        yield from self._sums(seen, stats)
        yield from self._orders(seen, asked, stats)

    def _question(self, seen: Spoken, asked: Content, stats: Content) -> Iterator[Finding]:
        fields = ("StationID", "StartTime", "EndTime")
        other = [f"{field} {stats.get(field)!r}" for field in fields if stats.get(field) != asked[field]]
        yield self.judge(
            not other, "answered", "the station and days asked for", "; ".join(other) or "so", seen.exchange
        )

    def _everything(self, seen: Spoken, asked: Content, stats: Content) -> Iterator[Finding]:
        owed = sorted(
            (socket.equipment, socket.id) for socket in self.known.pixit.sockets if socket.station == asked["StationID"]
        )
        listed = [(each.get("EquipmentID"), connector.get("ConnectorID")) for each, connector in _connectors(stats)]
        wrong = [
            f"{connector} {listed.count((equipment, connector))} times"
            for equipment, connector in owed
            if listed.count((equipment, connector)) != 1
        ]
        expected = f"each of {len(owed)} connectors of the station once, at its equipment"
        yield self.judge(not wrong, "everything", expected, "; ".join(wrong) or "as it should be", seen.exchange)

    # Sums

    def _sums(self, seen: Spoken, stats: Content) -> Iterator[Finding]:
        equipment = objects(stats, "EquipmentStatsInfos")
        parts = [number(each.get("EquipmentElectricity")) for each in equipment]
        yield from self._sum(seen, "station", number(stats.get("StationElectricity")), parts, "StationElectricity")
        for each in equipment:
            told = [number(connector.get("ConnectorElectricity")) for connector in objects(each, "ConnectorStatsInfos")]
            whole = number(each.get("EquipmentElectricity"))
            yield from self._sum(seen, "equipment", whole, told, f"EquipmentElectricity of {each.get('EquipmentID')}")

    def _sum(
        self, seen: Spoken, case: str, whole: Decimal | None, parts: Iterable[Decimal | None], name: str
    ) -> Iterator[Finding]:
        """Each part and the whole were rounded, by half a step at most."""
        known = [part for part in parts if part is not None]
        if whole is None or len(known) < len(list(parts)) or not known:
            return
        added = sum(known, Decimal(0))
        ok = abs(added - whole) <= STEP_KWH * len(known)
        if whole or not ok:  # nothing adds up to nothing, whoever adds
            expected = f"{name}: {added} kWh, the sum of {len(known)}, each to 0.1"
            yield self.judge(ok, case, expected, f"{whole} kWh", seen.exchange)

    # Orders

    def _orders(self, seen: Spoken, asked: Content, stats: Content) -> Iterator[Finding]:
        period = self._period_ms(asked)
        if period is None:
            return
        told = {
            str(connector.get("ConnectorID")): energy
            for _, connector in _connectors(stats)
            if (energy := number(connector.get("ConnectorElectricity"))) is not None
        }
        sold = {each: self._sold(each, period, seen.exchange.at_ms) for each in told if each in self.known.sockets}
        now = _Answer((asked["StartTime"], asked["EndTime"]), told, sold, (seen.exchange,))
        for before in self._before(asked["StationID"], now):
            for connector in sorted(sold.keys() & before.sold.keys()):
                yield from self._added(connector, before, now)

    def _before(self, station: str, now: _Answer) -> Iterator[_Answer]:
        """What an answer is held against: the first about its days, if there was one, and the latest about fewer."""
        first = self._first.setdefault((station, now.days), now)
        yield now.of_nothing() if first is now else first
        for (other, _), answer in self._latest.items():
            if other == station and answer.is_part_of(now):
                yield answer
        self._latest[station, now.days] = now

    def _added(self, connector: str, before: _Answer, now: _Answer) -> Iterator[Finding]:
        then, sold = before.sold[connector], now.sold[connector]
        added = now.told[connector] - before.told[connector]
        least_kwh, most_kwh = (sold.least_wh - then.most_wh) / 1000, (sold.most_wh - then.least_wh) / 1000
        slack = STEP_KWH * max(1, sold.charges - then.certain)
        # On other days, or where customers come, others may have charged.
        open_ended = before.days != now.days or not self.known.is_ours(self.known.sockets[connector])
        ok = least_kwh - slack <= added and (open_ended or added <= most_kwh + slack)
        if least_kwh > slack or not ok:  # nothing sold is added up rightly by whoever adds nothing
            exact = f"{least_kwh:.2f}" if least_kwh == most_kwh else f"{least_kwh:.2f} to {most_kwh:.2f}"
            between = f"at least {least_kwh:.2f}" if open_ended else exact
            expected = f"{connector}: {between} kWh{_more_than(before)}, as its orders say"
            yield self.judge(ok, "orders", expected, f"{added} kWh", *before.records, *now.records)

    def _period_ms(self, asked: Content) -> tuple[int, int] | None:
        """From the beginning of the first day to the end of the last, local time."""
        days = [self.known.charges.moment_ms(f"{str(asked[name])[:10]} 00:00:00") for name in ("StartTime", "EndTime")]
        first_ms, last_ms = days
        return None if first_ms is None or last_ms is None else (first_ms, last_ms + DAY_MS)

    def _sold(self, connector: str, period: tuple[int, int], now_ms: int) -> Sold:
        sold = Sold()
        for charge in self.known.charges.all:
            if charge.socket.id == connector:
                certain_wh, possible_wh = self._counts(charge, period, now_ms)
                sold = Sold(
                    sold.least_wh + certain_wh,
                    sold.most_wh + possible_wh,
                    sold.certain + (1 if certain_wh else 0),
                    sold.charges + (1 if possible_wh else 0),
                )
        return sold

    def _counts(self, charge: Charge, period: tuple[int, int], now_ms: int) -> tuple[Decimal, Decimal]:
        """What a charge adds for certain, and what it may add."""
        tolerance_ms = self.known.pixit.boxes.time_tolerance_s * 1000
        moments = [charge.began_ms, now_ms if charge.ended_ms is None else charge.ended_ms]
        inside = [period[0] + tolerance_ms <= moment < period[1] - tolerance_ms for moment in moments]
        touched = [period[0] - tolerance_ms <= moment < period[1] + tolerance_ms for moment in moments]
        if not any(touched):
            return Decimal(0), Decimal(0)
        energy_wh = charge.energy_wh(self.known.boxes.pixit.readings)
        if energy_wh is None:  # it runs, or nobody can say: all that could have flowed
            return Decimal(0), Decimal(charge.socket.most_w) * max(0, moments[1] - charge.began_ms) / MS_IN_HOUR
        return energy_wh if all(inside) and self._is_billed(charge, now_ms) else Decimal(0), energy_wh

    def _is_billed(self, charge: Charge, now_ms: int) -> bool:
        pixit, closed_ms = self.known.pixit, charge.closed_ms
        takes_s = pixit.bill_after_stop_s + pixit.push_at_once_s + pixit.statistics_after_s
        return closed_ms is not None and now_ms > closed_ms + takes_s * 1000


class UnknownStationsHaveNoStatistics(QuestionRule):
    """A station that does not exist is answered 4004: the answer has no SuccStat (BJ-X14)."""

    row = "BJ-1.1.4-c"
    listens = frozenset({Interface.QUERY_STATION_STATS.value})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if made_up(seen):
            ok = seen.ret == Ret.WRONG_CONTENT
            yield self.judge(ok, "unknown", "Ret 4004 for an unknown station", in_short(seen), seen.exchange)


def _more_than(before: _Answer) -> str:
    return f" more than in {' to '.join(dict.fromkeys(before.days))}" if before.records else ""


def _connectors(stats: Content) -> list[tuple[Content, Content]]:
    """Every connector of an answer, with its equipment."""
    return [
        (equipment, connector)
        for equipment in objects(stats, "EquipmentStatsInfos")
        for connector in objects(equipment, "ConnectorStatsInfos")
    ]
