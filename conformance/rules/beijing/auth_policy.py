"""Rules of query_equip_auth and query_equip_business_policy (seed 1.1.5, 1.1.6; cec102 5.6, 5.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from conformance.finding import Finding
from conformance.rules.beijing.connectors import OFFLINE, place_of
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.questions import QuestionRule, in_short, made_up, objects
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import AuthFailReason, Content, Interface, PolicyFailReason, Status, SuccStat
from simulators.beijing.mind import Ret
from simulators.world.city import Socket
from simulators.world.site import Tariff

Answer = tuple[Any, Any]  # SuccStat, FailReason

GOOD: Answer = (SuccStat.SUCCESS, 0)
NO_POLICY: Answer = (SuccStat.FAILURE, PolicyFailReason.NO_POLICY)
# By what a connector is, the case and what it must be answered; whatever else it is leaves room (3 to 99 are custom).
AUTH: dict[Status, tuple[str, Answer]] = {
    Status.OCCUPIED: ("plugged", GOOD),
    Status.IDLE: ("not-plugged", (SuccStat.FAILURE, AuthFailReason.NOT_PLUGGED_IN)),
    Status.FAULT: ("faulty", (SuccStat.FAILURE, AuthFailReason.CHECK_FAILED)),
}
MOST_PERIODS = 32
HHMMSS = re.compile(r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
MIDNIGHT = "000000"


def answer_of(told: Content) -> Answer:
    """What a question for a connector was answered; a FailReason that is not there is missed by CEC-ENV-m alone."""
    return told.get("SuccStat"), told.get("FailReason", PolicyFailReason.NONE)


def echo(asked: Content, told: Content) -> list[str]:
    """What does not come back as it was asked."""
    return [f"{field} {told.get(field)!r}" for field in asked if told.get(field) != asked[field]]


class PluggedConnectorsAreAuthenticated(QuestionRule):
    """A connector that is plugged in gets SuccStat 0; one that is not FailReason 1, a faulty one FailReason 2.

    One that does not exist gets SuccStat 1, for a reason of the server's choice, or 4004 in another reading.
    Of a charger that is faulty and not plugged in both reasons are true. One that is offline cannot have been checked,
    so it does not get SuccStat 0; the reason is the server's choice. One at which the platform's start is on its
    way may be taken already. Under the fault of a charge box nobody sees the plug.
    """

    row = "BJ-1.1.5-b"
    listens = frozenset({Interface.QUERY_EQUIP_AUTH.value})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        socket, unknown = self.known.sockets.get(asked["ConnectorID"]), made_up(seen)
        if unknown:
            yield self._unknown(seen, told)
        if seen.ret == Ret.SUCCESS and (socket or unknown):
            wrong = echo({field: asked[field] for field in ("EquipAuthSeq", "ConnectorID")}, told)
            yield self.judge(not wrong, "echo", "what was asked", "; ".join(wrong) or "so", seen.exchange)
        if socket is not None:
            yield from self._as_it_stands(seen, socket, told)

    def _unknown(self, seen: Spoken, told: Content) -> Finding:
        """BJ-X14: by SuccStat, or by Ret. The table has no reason for it."""
        by_ret = self.known.pixit.readings.unknown_by_ret(seen.interface)
        no, reason = answer_of(told)
        refused = seen.ret == Ret.SUCCESS and no == SuccStat.FAILURE and reason != GOOD[1]
        expected = "Ret 4004" if by_ret else "SuccStat 1 and a FailReason"
        ok = seen.ret == Ret.WRONG_CONTENT if by_ret else refused
        return self.judge(
            ok, "unknown-connector", f"{expected} for an unknown connector", in_short(seen), seen.exchange
        )

    def _as_it_stands(self, seen: Spoken, socket: Socket, told: Content) -> Iterator[Finding]:
        place, exchange = place_of(socket), seen.exchange
        true = self.known.lately.may_be(place, exchange.at_ms, exchange.answered_at_ms) or frozenset()
        if true == OFFLINE and seen.succeeded:
            expected = "SuccStat 1 for a connector that is offline, and cannot have been checked"
            yield self.bad("faulty", expected, in_short(seen), exchange)
        if len(true) != 1 or min(true) not in AUTH or self.known.wanted.coming(socket, exchange.at_ms):
            return
        case, owed = AUTH[min(true)]
        expected = f"SuccStat {int(owed[0])}, FailReason {int(owed[1])} for a connector that is {case}"
        ok = answer_of(told) == owed or (case == "faulty" and self._lacks_its_plug(socket, answer_of(told)))
        yield self.judge(ok, case, expected, in_short(seen), seen.exchange)

    def _lacks_its_plug(self, socket: Socket, answer: Answer) -> bool:
        """The answer says that a charger is not plugged in, which is so."""
        reported = self.known.reported
        return answer == AUTH[Status.IDLE][1] and socket.id in reported and not reported.is_plugged(socket.id)


class PoliciesAreCounted(QuestionRule):
    """SumPeriod counts the PolicyInfos, whose StartTime is HHmmss; an unknown connector is refused for that.

    Where the target names no tariff, there may be no policy (5.7).
    """

    row = "BJ-1.1.6-b"
    listens = frozenset({Interface.QUERY_EQUIP_BUSINESS_POLICY.value})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        wrong = echo({field: asked[field] for field in ("EquipBizSeq", "ConnectorID")}, told)
        if made_up(seen):
            yield self._unknown(seen, told, wrong)
            return
        socket = self.known.sockets.get(asked["ConnectorID"])
        if socket is None or (answer_of(told) == NO_POLICY and not self._has_tariff(socket)):
            return
        ok = answer_of(told) == GOOD and not wrong
        expected = "SuccStat 0, FailReason 0, and what was asked"
        yield self.judge(ok, "answered", expected, "; ".join([in_short(seen), *wrong]), seen.exchange)
        if answer_of(told) == GOOD:
            yield from self._counted(seen, told)

    def _unknown(self, seen: Spoken, told: Content, wrong: list[str]) -> Finding:
        """BJ-X14: by SuccStat, or by Ret. The serial and the connector come back all the same (5.7)."""
        if self.known.pixit.readings.unknown_by_ret(seen.interface):
            ok, expected, actual = seen.ret == Ret.WRONG_CONTENT, "Ret 4004", in_short(seen)
        else:
            ok = seen.ret == Ret.SUCCESS and answer_of(told) == NO_POLICY and not wrong
            expected = "SuccStat 1, FailReason 1, and what was asked,"
            actual = "; ".join([in_short(seen), *wrong])
        return self.judge(ok, "unknown-connector", f"{expected} for an unknown connector", actual, seen.exchange)

    def _has_tariff(self, socket: Socket) -> bool:
        """The target names one for the station, or for all."""
        tariffs = self.known.boxes.pixit.site.tariffs
        return any(not tariff.stations or socket.station in tariff.stations for tariff in tariffs)

    def _counted(self, seen: Spoken, told: Content) -> Iterator[Finding]:
        periods, count = objects(told, "PolicyInfos"), told.get("SumPeriod")
        ok = count == len(periods) <= MOST_PERIODS
        yield self.judge(ok, "sum-period", f"SumPeriod {len(periods)}", f"{count}", seen.exchange, path="SumPeriod")
        times = [period.get("StartTime") for period in periods]
        wrong = [f"{time!r}" for time in times if not (isinstance(time, str) and HHMMSS.fullmatch(time))]
        if times:
            yield self.judge(not wrong, "start-time", "StartTime as HHmmss", ", ".join(wrong) or "so", seen.exchange)


class PoliciesAreWhatIsBilled(QuestionRule):
    """PolicyInfos begin at midnight and ascend; their prices are those by which orders are billed.

    There are some wherever the target names what a kWh costs.
    """

    row = "BJ-1.1.6-c"
    listens = frozenset({Interface.QUERY_EQUIP_BUSINESS_POLICY.value})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        socket, periods = self.known.sockets.get(asked["ConnectorID"]), objects(told, "PolicyInfos")
        times = [str(period.get("StartTime")) for period in periods]
        if socket is None or answer_of(told) != GOOD:
            return
        if not times:
            yield from self._none(seen, socket, told)
            return
        yield self.judge(times[0] == MIDNIGHT, "midnight", "000000 first", times[0], seen.exchange)
        ascend = all(one < other for one, other in pairwise(times))
        yield self.judge(ascend, "ascending", "StartTime after StartTime", ", ".join(times), seen.exchange)
        if ascend and times[0] == MIDNIGHT and len(times[0]) == len(MIDNIGHT):
            yield from self._prices(seen, socket, periods)

    def _none(self, seen: Spoken, socket: Socket, told: Content) -> Iterator[Finding]:
        """What costs nothing may have no period; what cannot be read is judged by CEC-ENV-m."""
        tariffs = self._tariffs(socket)
        costs = all(any(any(prices) for prices in _by_time(tariff).values()) for tariff in tariffs)
        if tariffs and costs and told.get("PolicyInfos") == []:
            expected = "the periods of the tariff by which orders are billed"
            yield self.bad("prices", expected, "no period", seen.exchange, path="PolicyInfos")

    def _prices(self, seen: Spoken, socket: Socket, periods: list[Content]) -> Iterator[Finding]:
        tariffs = self._tariffs(socket)
        if not tariffs:
            return
        told = {
            str(period["StartTime"]): (number(period.get("ElecPrice")), number(period.get("SevicePrice")))
            for period in periods
        }
        lawful = [_by_time(tariff) for tariff in tariffs]
        ok = any(_alike(told, prices) for prices in lawful)
        actual = ", ".join(f"{time}: {electricity} and {service}" for time, (electricity, service) in told.items())
        expected = ", ".join(f"{time}: {each[0]} and {each[1]}" for time, each in sorted(lawful[0].items()))
        yield self.judge(ok, "prices", f"{expected} yuan a kWh", actual, seen.exchange)

    def _tariffs(self, socket: Socket) -> list[Tariff]:
        """Those of the station itself before those of all."""
        every = [tariff for tariff in self.known.boxes.pixit.site.tariffs if tariff.periods]
        own = [tariff for tariff in every if socket.station in tariff.stations]
        return own or [tariff for tariff in every if not tariff.stations]


Prices = dict[str, tuple[Decimal | None, Decimal | None]]


def _by_time(tariff: Tariff) -> Prices:
    """The prices of a tariff, yuan a kWh, by HHmmss."""
    return {
        f"{period.start.replace(':', '')}00": (
            Decimal(period.electricity_price_e4) / 10_000,
            Decimal(period.service_price_e4) / 10_000,
        )
        for period in tariff.periods
    }


def _alike(told: Prices, true: Prices) -> bool:
    """The same price at every time of the day, however it is split."""
    return all(_price_at(told, time) == _price_at(true, time) for time in told.keys() | true.keys())


def _price_at(prices: Prices, time: str) -> tuple[Decimal | None, Decimal | None]:
    """The latest that began; before the first of the day, the last of the day before."""
    begun = [each for each in prices if each <= time]
    return prices[max(begun) if begun else max(prices)]
