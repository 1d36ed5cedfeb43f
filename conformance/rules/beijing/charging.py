"""Rules of the state of a charge while it goes on: how often it is told, and whether it is so (seed 1.1.8 to 1.1.10).

A charge status tells of the moment that its EndTime names (cec102 5.10). What the server was told at that moment it had
from samples: those of a charge box, or of a charger of the lab's own, every 10 s. Between two samples anything between
them is lawful, and beyond the last one whatever the connector's rated power could have added since.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from decimal import Decimal

from conformance.finding import Finding
from conformance.rules.beijing.cadence import AFTER_A_RESTART, StatusesKeepComing, Watch
from conformance.rules.beijing.charge_details import LONGEST_MS
from conformance.rules.beijing.charge_standing import Said, Standing
from conformance.rules.beijing.charges import OF_A_CHARGE, SAME_MOMENT_MS, WHILE_IT_RUNS, Charge, ChargerCharge
from conformance.rules.beijing.figures import hundredths, number
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.prices import WRITTEN_WH, Charged, both, electricity, service
from conformance.rules.beijing.questions import QuestionRule, in_short, is_right, made_up, objects
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.start_method import STATUS_EVERY_S
from conformance.rules.beijing.starting import NOT_STARTED, stat_of
from conformance.rules.beijing.truth import DETAIL_FEES, METHODS, Beside, tells_money
from simulators.beijing.messages import ChargeModel, Content, Interface, StartChargeSeqStat
from simulators.beijing.mind import Ret
from simulators.journal.records import Fact

ASKED = Interface.QUERY_EQUIP_CHARGE_STATUS
ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO
ADVISED_EVERY_S = 50  # 1.1.10
MS_IN_HOUR = 3600 * 1000
NOT_KNOWN = frozenset({Ret.BUSY, Ret.WRONG_CONTENT, Ret.SYSTEM_ERROR})
OWN_NUMBER = 27  # characters of a StartChargeSeq (4.1)
FEES = ("ElecMoney", "SeviceMoney")
RISING = ("TotalPower", "TotalMoney")
ONE_STEP = Decimal(1)  # 0.01 kWh, or a fen
REPEATED = 8  # so many statuses may have come since one that is pushed once more

Line = tuple[Charge, Interface | None]  # what is told of a charge by one interface


class EveryChargeIsKeptUp(StatusesKeepComing):
    """From the start of charging, however it was started, its status comes about every minute (BJ-X1: 60 s at most)."""

    row = "BJ-1.1.8-b"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.limit_s = STATUS_EVERY_S + known.pixit.push_at_once_s

    def concerns(self, charge: Charge) -> bool:
        return True

    def case(self, watch: Watch) -> str:
        return f"{METHODS[watch.charge.method]}/{super().case(watch)}"


class StatusesComeAsAdvised(StatusesKeepComing):
    """While charging, the status comes every 50 s."""

    row = "BJ-1.1.10-a"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.limit_s = ADVISED_EVERY_S + known.pixit.push_at_once_s

    def concerns(self, charge: Charge) -> bool:
        return True


class StatusesTellTheTruth(CityRule):
    """Energy, money and times of a charge never fall and equal its truth; told parts sum to their totals.

    StartTime is right within the PIXIT's tolerance of clocks. EndTime is the moment of the sample: no later than now,
    no older than the minute after which a status is due, and from the end on that of the end or later. Energy is that
    of this moment to 0.01 kWh, money what that energy costs by the tariff, to a fen for each detail. Of a charge whose
    charger is cut off, or of which no sample was taken yet, only what never falls is judged; an end counts from when
    the server was told of it. How the charge and its connector stand (``state``) and what the instruments show is so,
    too; for as long as a sample may be old, a charge may still be starting, or have gone on. Which charge it is, and at
    which connector, is what was asked and what is so (``identifiers``). Statuses that are pushed are held to the same
    (``pushed``). How long an order is known after its end, no document says: who is still to deliver it knows it.

    TotalMoney is what it costs so far (cec102 5.10), and what has been used gets no cheaper. But where a tariff period
    ended on the way, or the server tells details of its own, no document says how the energy is split (BJ-X22): who
    splits it evenly over the time from the start takes less of it for dear, or rounds another number of it up, with
    each status. Such a total may fall, as far as the least that the energy may cost; that no split gives more or less,
    ``money`` sees to. It is optional: 0 says that it is not known (4.2), unless something else is told before the end.
    """

    row = "BJ-1.1.9-b"
    listens = frozenset({AFTER_A_RESTART, ORDER.value, *(str(each) for each in WHILE_IT_RUNS)})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._undelivered: set[str] = set()  # numbers of orders that were pushed, and not taken
        self._restarted_ms: float = -math.inf
        self._before: dict[Line, deque[Content]] = {}
        self._refused: dict[Line, deque[Content]] = {}
        self._standing = Standing(known, self._stale_ms)
        self._priced: set[Line] = set()
        self._unpriced: defaultdict[Line, list[Spoken]] = defaultdict(list)  # statuses that say 0, which may be so

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is ORDER:
            (self._undelivered.discard if seen.taken else self._undelivered.add)(seen.order)
            return
        charge, told = self.known.charges.about(seen), seen.content
        if charge is not None and self._is_to_be_answered(seen, charge):
            yield self.bad("state", "how it stands", in_short(seen), charge.started, seen.exchange, path="Ret")
        if charge is None or told is None or not (seen.pushed or seen.succeeded):
            return
        for case, field, ok, expected in self._points(seen, told, charge):
            yield self._judged(seen, charge, told, case, field, ok, expected)
        yield from self._known_money(seen, told, charge)
        self._before.setdefault((charge, seen.interface), deque(maxlen=REPEATED)).append(told)
        if seen.pushed:
            self._note_refusal(seen, told, charge)

    def _note_refusal(self, seen: Spoken, told: Content, charge: Charge) -> None:
        """What the city did not take may come again, as it was, until it is taken (1.6)."""
        refused = self._refused.setdefault((charge, seen.interface), deque(maxlen=REPEATED))
        if seen.succeeded:
            self._refused[charge, seen.interface] = deque((each for each in refused if each != told), REPEATED)
        else:
            refused.append(told)

    def _is_to_be_answered(self, seen: Spoken, charge: Charge) -> bool:
        """A right question for a charge that goes on, or whose order is still to be delivered, was answered with no.

        A server that has just been started may still be looking for its charges. Whoever finds fault with the token or
        the envelope has not looked.
        """
        if seen.ret not in NOT_KNOWN or not is_right(seen, self.known) or made_up(seen):
            return False
        settled = seen.exchange.at_ms > self._restarted_ms + self._stale_ms
        return settled and (self._standing.is_seen_to_go_on(seen, charge) or seen.order in self._undelivered)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._restarted_ms = fact.at_ms
        self._standing.lost_track(fact.at_ms)
        yield from ()

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for untrue in self._standing.untrue(now_ms):
            (charge, field, _), seen = untrue.claim, untrue.seen
            yield self._judged(seen, charge, seen.content or {}, untrue.case, field, False, untrue.expected)

    def _judged(
        self, seen: Spoken, charge: Charge, told: Content, case: str, field: str, ok: bool, expected: str
    ) -> Finding:
        case = "pushed" if seen.pushed else case
        actual = f"{field} {told.get(field)}" if field in told else f"no {field}"
        return self.judge(ok, case, expected, actual, charge.started, seen.exchange, path=field)

    def _points(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        yield from _identifiers(seen, told, charge)
        yield from self._rising(seen, told, charge)
        if told not in self._refused.get((charge, seen.interface), ()):
            yield from self._times(seen, told, charge)
        yield from _sums(told)
        for wrong in Beside(told, charge, self.known).details().wrong():
            yield wrong.case, "ChargeDetails", False, f"{wrong.field}: {wrong.expected}"
        if not (seen.pushed and told in self._before.get((charge, seen.interface), ())):
            yield from self._standing.points(seen, told, charge)
        moment_ms = self.known.charges.moment_ms(told.get("EndTime"))
        if moment_ms is not None and abs(moment_ms - seen.exchange.at_ms) > LONGEST_MS:
            return  # an EndTime of year 1, or 9999, is no moment of this charge
        if moment_ms is not None and self._is_measured(seen, charge):
            yield from self._energy(seen, told, charge, moment_ms)
            yield from self._money(seen, told, charge, moment_ms)
            yield from self._fees(told, charge, moment_ms)

    def _is_measured(self, seen: Spoken, charge: Charge) -> bool:
        is_heard = bool(charge.metered) and self.known.chargers.is_online(charge.socket.id)
        return is_heard or self._is_known_to_be_over(seen, charge)

    def _is_known_to_be_over(self, seen: Spoken, charge: Charge) -> bool:
        """The server was told of the end before it wrote this: as long as a line is cut nobody can tell it."""
        written_ms = seen.exchange.at_ms - self.known.pixit.push_at_once_s * 1000
        return charge.closed_ms is not None and charge.closed_ms <= written_ms

    # What never falls

    def _rising(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        earlier = self._before.get((charge, seen.interface))
        if not earlier or told in earlier:
            return  # what was refused may come again, as it was
        before = earlier[-1]
        for field in RISING:
            was, now = number(before.get(field)), number(told.get(field))
            if was is not None and now is not None:
                ok = now >= was or (field == "TotalMoney" and self._is_split_anew(seen, told, charge))
                yield "rising", field, ok, f"{was} or more"
        if isinstance(charge, ChargerCharge) and charge.running and _has_fallen(before, told, "Soc"):
            yield "rising", "Soc", False, f"{before['Soc']} or more, as the charger told it"
        was_ms, now_ms = (self.known.charges.moment_ms(each.get("EndTime")) for each in (before, told))
        if was_ms is not None and now_ms is not None:
            ok = now_ms >= was_ms or self._is_the_end(seen, charge, now_ms)
            yield "rising", "EndTime", ok, f"{before['EndTime']} or later"
        yield "rising", "StartTime", self._is_same_start(before, told), f"{before.get('StartTime')}"

    def _is_the_end(self, seen: Spoken, charge: Charge, told_ms: int) -> bool:
        """The end may lie before what was told while nobody knew of it: the line of the charger was cut.

        It may be told while the box that tells of it waits for its answer; whether it is over, ``state`` says.
        """
        if charge.ended_ms is None:
            return stat_of(seen) is StartChargeSeqStat.ENDED
        return abs(told_ms - charge.ended_ms) <= self._tolerance_ms

    def _is_same_start(self, before: Content, told: Content) -> bool:
        """A server that was restarted may round what it had cut to the second."""
        was_ms, now_ms = (self.known.charges.moment_ms(each.get("StartTime")) for each in (before, told))
        if was_ms is None or now_ms is None:
            return before.get("StartTime") == told.get("StartTime")
        return abs(now_ms - was_ms) <= SAME_MOMENT_MS

    def _is_split_anew(self, seen: Spoken, told: Content, charge: Charge) -> bool:
        """What a fall may come from: the total is that of one of several lawful splits; or nobody knows the prices."""
        total, energy = hundredths(told.get("TotalMoney")), hundredths(told.get("TotalPower"))
        moment_ms = self.known.charges.moment_ms(told.get("EndTime"))
        if total is None or energy is None:
            return False
        charged = list(self._charged(told, charge, seen.exchange.at_ms if moment_ms is None else moment_ms, energy))
        by_server = len(objects(told, "ChargeDetails")) > 1
        return not charged or any(
            (by_server or least.is_split()) and least.total().least <= total for least, _ in charged
        )

    # Times

    def _times(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        tolerance_ms = self._tolerance_ms
        began_ms, moment_ms = (self.known.charges.moment_ms(told.get(field)) for field in ("StartTime", "EndTime"))
        if began_ms is not None:
            off_ms = began_ms - charge.began_ms
            expected = f"when it began; this is {off_ms / 1000:+.0f} s off"
            yield "times", "StartTime", abs(off_ms) <= tolerance_ms, expected
        if moment_ms is None:
            return
        now_ms = seen.exchange.answered_at_ms
        since_ms: float = charge.began_ms
        if charge.ended_ms is not None and self._is_known_to_be_over(seen, charge):
            since_ms = charge.ended_ms
        elif self._is_measured(seen, charge):
            since_ms = max(since_ms, charge.metered[-1][0] - self._stale_ms)
        ok = since_ms - tolerance_ms <= moment_ms <= now_ms + tolerance_ms
        yield "times", "EndTime", ok, f"the moment of the sample, at most {self._stale_ms / 1000:g} s ago"

    @property
    def _tolerance_ms(self) -> float:
        return (self.known.boxes.pixit.time_tolerance_s + 1) * 1000

    @property
    def _stale_ms(self) -> float:
        return (STATUS_EVERY_S + self.known.pixit.push_at_once_s) * 1000

    # Energy

    def _energy(self, seen: Spoken, told: Content, charge: Charge, at_ms: int) -> Iterator[Said]:
        steps = hundredths(told.get("TotalPower"))
        if steps is None:
            return
        moments = (at_ms, at_ms - Beside(told, charge, self.known).ahead_ms())
        flown = [self._flown(seen, charge, moment_ms) for moment_ms in moments]
        least, most = min(each[0] for each in flown) / WRITTEN_WH, max(each[1] for each in flown) / WRITTEN_WH
        expected = f"{least / 100:.2f} to {most / 100:.2f} kWh at {told['EndTime']}"
        yield "energy", "TotalPower", least - ONE_STEP <= steps <= most + ONE_STEP, expected

    def _flown(self, seen: Spoken, charge: Charge, at_ms: int) -> tuple[Decimal, Decimal]:
        """The least and the most that may have been known to have flowed at a moment, Wh.

        Between the sample that tells it and the server there is the tolerance of a push, and the way to the next one.
        """
        is_known = self._is_known_to_be_over(seen, charge)
        in_all = charge.energy_wh(self.known.boxes.pixit.readings) if is_known else None
        slack_ms = self.known.pixit.push_at_once_s * 1000 + self._interval_ms(charge)
        ahead_ms = self._clock_ahead_ms(charge)
        least = max((wh for ms, wh in charge.metered if ms <= at_ms - ahead_ms - slack_ms), default=Decimal(0))
        if in_all is not None:
            is_over = charge.ended_ms is not None and at_ms >= charge.ended_ms + ahead_ms + slack_ms
            return (in_all if is_over else min(least, in_all)), in_all
        after = min((wh for ms, wh in charge.metered if ms >= at_ms + ahead_ms + slack_ms), default=None)
        if after is not None:
            return least, after
        last_ms, last_wh = charge.metered[-1]
        power_w = Decimal(charge.socket.most_w)
        return least, last_wh + power_w * max(0, seen.exchange.answered_at_ms - last_ms) / MS_IN_HOUR

    def _interval_ms(self, charge: Charge) -> int:
        """How far apart the samples come."""
        moments = [ms for ms, _ in charge.metered[-2:]]
        return moments[1] - moments[0] if len(moments) > 1 else 0

    def _clock_ahead_ms(self, charge: Charge) -> float:
        """Charge boxes have clocks of their own, by which a server may name the start and not the sample."""
        return 0 if isinstance(charge, ChargerCharge) else self.known.boxes.pixit.time_tolerance_s * 1000

    # Money

    def _money(self, seen: Spoken, told: Content, charge: Charge, at_ms: int) -> Iterator[Said]:
        total, energy = hundredths(told.get("TotalMoney")), hundredths(told.get("TotalPower"))
        if total is None:
            yield "money", "TotalMoney", told.get("TotalMoney") is None, "what it costs, or nothing at all (5.10)"
            return
        if energy is None:
            return
        ranges = list(self._costs(told, charge, at_ms, energy))
        if ranges:
            ok = any(least <= total <= most for least, most in ranges)
            least, most = ranges[0]
            line = charge, seen.interface
            if not ok and line not in self._priced and not _tells_money(told):
                self._unpriced[line].append(seen)
                return
            yield "money", "TotalMoney", ok, f"{least / 100:.2f} to {most / 100:.2f} yuan for {energy / 100} kWh"

    def _fees(self, told: Content, charge: Charge, at_ms: int) -> Iterator[Said]:
        """Each half of it. Who knows one price writes all of it there, and leaves the other half at 0 (5.10)."""
        energy, fees = hundredths(told.get("TotalPower")), [hundredths(told.get(fee)) for fee in FEES]
        charged = [] if energy is None or not any(fees) else list(self._charged(told, charge, at_ms, energy))
        for field, fee, price in zip(FEES, fees, (electricity, service), strict=True):
            prices = [price] if all(fees) else [price, both]
            ranges = [(least.half(each).least, most.half(each).most) for least, most in charged for each in prices]
            if fee and ranges and not any(least <= fee <= most for least, most in ranges):
                yield "money", field, False, f"{ranges[0][0] / 100:.2f} to {ranges[0][1] / 100:.2f} yuan of it"

    def _known_money(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Finding]:
        """Who can tell what it costs before the end could have told it all the time."""
        line = charge, seen.interface
        if _tells_money(told) and line not in self._priced:
            self._priced.add(line)
            knew = charge.running and stat_of(seen) not in NOT_STARTED
            for each in self._unpriced.pop(line, ()):
                yield self._said_nothing(each, charge, ok=not knew)

    def finish(self) -> Iterator[Finding]:
        for (charge, _), statuses in self._unpriced.items():
            for each in statuses:
                yield self._said_nothing(each, charge, ok=True)

    def _said_nothing(self, seen: Spoken, charge: Charge, *, ok: bool) -> Finding:
        expected = "what it costs, or 0 in every status while it runs"
        return self._judged(seen, charge, seen.content or {}, "money", "TotalMoney", ok, expected)

    def _costs(self, told: Content, charge: Charge, at_ms: int, steps: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        """Least and most, in fen."""
        for least, most in self._charged(told, charge, at_ms, steps):
            yield least.total().least, most.total().most

    def _charged(self, told: Content, charge: Charge, at_ms: int, steps: Decimal) -> Iterator[tuple[Charged, Charged]]:
        """With the least energy that is written so and the most, by each tariff and clock that may be meant."""
        beside, parts = Beside(told, charge, self.known), max(2, len(objects(told, "ChargeDetails")))
        offset = self.known.pixit.utc_offset_minutes
        written = [max(Decimal(0), steps + half) * WRITTEN_WH for half in (-ONE_STEP / 2, ONE_STEP / 2)]
        for tariff in beside.tariffs():
            for ahead_ms in dict.fromkeys((0, beside.ahead_ms())):
                until_ms = max(charge.began_ms, at_ms - ahead_ms)
                least, most = (
                    Charged(charge, until_ms, energy_wh, tariff, offset, ahead_ms, parts) for energy_wh in written
                )
                yield least, most


def _identifiers(seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
    """5.10: which charge it is, and where. What is no text, or missing, is no field of its table."""
    right = {"ConnectorID": charge.socket.id}
    if not seen.pushed:
        right["StartChargeSeq"] = seen.order  # as it was asked for
    for field, value in right.items():
        if isinstance(told.get(field), str):
            yield "identifiers", field, told[field] == value, value


def _has_fallen(before: Content, told: Content, field: str) -> bool:
    """0 is the default of a state of charge, and says that it is not known (5.10)."""
    was, now = number(before.get(field)), number(told.get(field))
    return bool(was and now and now < was)


def _tells_money(told: Content) -> bool:
    """Anything but 0 in any amount."""
    details = objects(told, "ChargeDetails")
    return any(tells_money([told], fee) for fee in (*FEES, "TotalMoney")) or any(
        tells_money(details, fee) for fee in DETAIL_FEES
    )


def _sums(told: Content) -> Iterator[Said]:
    """ElecMoney and SeviceMoney are the total; SumPeriod counts the details, which sum to what they are parts of."""
    found = [*_halves(told), *_details(told)]
    yield from found
    if not found and not told.get("ChargeDetails"):
        yield "sums", "ChargeDetails", True, "sums, where there are parts (5.10)"


def _halves(told: Content) -> Iterator[Said]:
    """5.10: a fee is 0 if unknown; the other one alone is no more than the total."""
    halves, total = [hundredths(told.get(fee)) for fee in FEES], hundredths(told.get("TotalMoney"))
    if total is not None and halves[0] is not None and halves[1] is not None and (any(halves) or not total):
        added = halves[0] + halves[1]
        ok = added == total or (added < total and not all(halves))
        yield "sums", "TotalMoney", ok, f"{added / 100}, the sum of {' and '.join(FEES)}"


def _details(told: Content) -> Iterator[Said]:
    listed, count = told.get("ChargeDetails"), number(told.get("SumPeriod"))
    if isinstance(listed, list) and count is not None:
        yield "sums", "SumPeriod", count == len(listed), f"{len(listed)}, as many as ChargeDetails"
    details = objects(told, "ChargeDetails")
    yield from _parts(details, "DetailPower", "TotalPower", hundredths(told.get("TotalPower")))
    for part, whole in zip(DETAIL_FEES, FEES, strict=True):
        if tells_money(details, part):
            yield from _parts(details, part, whole, hundredths(told.get(whole)) or None)


def _parts(details: list[Content], part: str, whole: str, total: Decimal | None) -> Iterator[Said]:
    """Rounded parts may miss a rounded total by half a step each; one part alone may not."""
    parts = [read for detail in details if (read := hundredths(detail.get(part))) is not None]
    if total is not None and parts and len(parts) == len(details):
        added = sum(parts, Decimal(0))
        yield "sums", whole, abs(added - total) <= len(parts) // 2, f"{added / 100}, the sum of {part}"


class UnknownChargesAreRefused(QuestionRule):
    """query_equip_charge_status for an unknown order is answered 4004: its answer has no SuccStat."""

    row = "BJ-1.1.9-c"
    listens = frozenset({ASKED.value})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if made_up(seen):
            ok = seen.ret == Ret.WRONG_CONTENT
            yield self.judge(ok, "unknown", "Ret 4004 for an unknown order", in_short(seen), seen.exchange)


class OwnNumbersAreTheOperators(CityRule):
    """A charge that the platform did not start has a StartChargeSeq of the operator's: its OperatorID and 18 more.

    It is unique, and the same in all messages of the charge.
    """

    row = "BJ-2.2.1-c"
    listens = frozenset(str(each) for each in OF_A_CHARGE)

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._of: dict[str, Charge] = {}
        self._number: dict[Charge, str] = {}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.pushed or not seen.order:
            return
        charge = self._meant(seen)
        if charge is None or charge.method is ChargeModel.PLATFORM:
            return
        order, mine = seen.order, self.known.pixit.operator_id
        ok = order.startswith(mine) and len(order) == OWN_NUMBER
        yield self.judge(ok, "form", f"{mine} and 18 more characters", order, seen.exchange, path="StartChargeSeq")
        first = self._number.setdefault(charge, order)
        same = f"{first}, as in its first message"
        yield self.judge(first == order, "same", same, order, seen.exchange, path="StartChargeSeq")
        other = self._of.setdefault(order, charge)
        began = (seen.content or {}).get("StartTime")
        yield self.judge(other is charge, "unique", "a number of its own", f"{order}, begun {began}", seen.exchange)

    def _meant(self, seen: Spoken) -> Charge | None:
        """The charge of the number, unless that began at another time and another one when the message says so.

        A number of which nobody has heard may be that of a charge whose box still waits for the answer to its start:
        what is over, and has a number, is not meant by a status.
        """
        charges = self.known.charges
        charge = charges.about(seen)
        if charge is None:
            return None
        if seen.order not in charges.by_number:
            is_past = bool(charge.number) and not charge.running and seen.interface in WHILE_IT_RUNS
            return None if is_past else charge
        began_ms = charges.moment_ms((seen.content or {}).get("StartTime"))
        off_ms = 0 if began_ms is None else abs(began_ms - charge.began_ms)
        if off_ms <= self.known.boxes.pixit.time_tolerance_s * 1000:
            return charge
        return charges.begun_with(seen) or charge
