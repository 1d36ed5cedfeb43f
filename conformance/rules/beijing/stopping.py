"""Rules of query_stop_charge and notification_stop_charge_result (seed 1.1.11, 1.1.12; cec102 5.12, 5.13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.finding import Finding
from conformance.rules.beijing.auth_policy import answer_of, echo
from conformance.rules.beijing.charges import Charge, ChargerCharge
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.general import PUSHES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.questions import CITY, QuestionRule, in_short, made_up
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.starting import NOT_STARTED, stat_of
from conformance.rules.beijing.wanted import COMES_ABOUT_MS
from conformance.rules.blocks import Within
from simulators.beijing.messages import Content, Interface, StartChargeSeqStat, StopFailReason, SuccStat
from simulators.beijing.mind import Ret
from simulators.charger.body import Reason
from simulators.journal.records import Exchange, Fact

ASKED, RESULT = Interface.QUERY_STOP_CHARGE, Interface.NOTIFICATION_STOP_CHARGE_RESULT
ACCEPTED = (ASKED.value, f"{CITY}, accepted")  # the twin of a refusal: another stop that was accepted
RESULT_WITHIN_S = 50  # of the charger's receipt of the stop command (1.1.12)
UNKNOWN_REASONS = frozenset({StopFailReason.NO_SUCH_EQUIPMENT, *range(4, 100)})
STOPPED_ALREADY = (SuccStat.FAILURE, StopFailReason.ALREADY_STOPPED)
AND_BESIDE = ", its StartChargeSeq and no StartChargeSeqStat 2"
STOPPED = frozenset({StartChargeSeqStat.STOPPING, StartChargeSeqStat.ENDED})
MAY_END = frozenset({"charging-ended", "network-lost"})  # of a charger that is cut off nobody can say how it goes on
ENDS: Mapping[Reason, str] = {
    Reason.PLATFORM: "by-platform",
    Reason.USER: "by-user",
    Reason.BMS: "full",
    Reason.FAULT: "fault",
    Reason.DISCONNECTED: "disconnected",
}  # how a charge ended, and the case that it is


class TooEarly:
    """Stops that came while the start was on its way, and the charges that begin all the same.

    The same start once more takes its stop back. What has not begun after ``COMES_ABOUT_MS`` will not.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._stops: dict[str, Exchange] = {}

    def note(self, seen: Spoken) -> None:
        """A stop was answered."""
        wanted = self._known.wanted.orders.get(seen.order)
        if wanted is not None and wanted.failed is None and seen.order not in self._known.charges.by_number:
            self._stops.setdefault(seen.order, seen.exchange)

    def begun(self, now_ms: int) -> Iterator[tuple[ChargerCharge, Exchange]]:
        """Each charge of which the server was told that it began, once, with the stop that came before."""
        for order, stop in list(self._stops.items()):
            charge = self._known.charges.by_number.get(order)
            if isinstance(charge, ChargerCharge) and charge.told_ms is not None:
                del self._stops[order]
                if charge.running and self._known.wanted.orders[order].starts[-1].exchange.at_ms <= stop.at_ms:
                    yield charge, stop
            elif charge is None and now_ms > stop.answered_at_ms + COMES_ABOUT_MS:
                del self._stops[order]


class StopsAreRefusedForAReason(QuestionRule):
    """A stop of what has stopped already gets SuccStat 1, FailReason 3; of an unknown order FailReason 1 or 4 to 99.

    A charge has stopped already once the server has been told so for longer than a push takes. What had not begun yet
    may count as stopped, but then it must not charge, or must end soon (``COMES_ABOUT_MS``). A refusal brings back
    StartChargeSeq, too (5.12), and what is over or unknown does not charge (StartChargeSeqStat 2).
    """

    row = "BJ-1.1.11-b"
    listens = frozenset({ASKED.value, *MAY_END})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._early = TooEarly(known)
        self._ending: Within[Charge, Exchange] = Within(COMES_ABOUT_MS)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if answer_of(told) == STOPPED_ALREADY:
            self._early.note(seen)
        if made_up(seen):
            yield self._unknown(seen, told)
        elif self._has_stopped(self.known.charges.by_number.get(seen.order), seen.exchange.at_ms):
            wrong = self._wrong_beside(seen, told)
            ok = seen.ret == Ret.SUCCESS and answer_of(told) == STOPPED_ALREADY and not wrong
            expected = f"SuccStat 1, FailReason 3{AND_BESIDE} for what has stopped already"
            actual = "; ".join([in_short(seen), *wrong])
            yield self.judge(ok, "already-stopped", expected, actual, seen.exchange, twin=ACCEPTED)

    def _unknown(self, seen: Spoken, told: Content) -> Finding:
        """BJ-X14: by SuccStat, or by Ret."""
        wrong: list[str] = []
        if self.known.pixit.readings.unknown_by_ret(seen.interface):
            ok, expected = seen.ret == Ret.WRONG_CONTENT, "Ret 4004"
        else:
            (success, reason), wrong = answer_of(told), self._wrong_beside(seen, told)
            ok = seen.ret == Ret.SUCCESS and success == SuccStat.FAILURE and reason in UNKNOWN_REASONS and not wrong
            expected = f"SuccStat 1, FailReason 1 or 4 to 99{AND_BESIDE}"
        expected, actual = f"{expected} for an unknown order", "; ".join([in_short(seen), *wrong])
        return self.judge(ok, "unknown", expected, actual, seen.exchange, twin=ACCEPTED)

    def _wrong_beside(self, seen: Spoken, told: Content) -> list[str]:
        """What a refusal says besides its reason, and is not so."""
        charges = ["StartChargeSeqStat 2"] if stat_of(seen) is StartChargeSeqStat.CHARGING else []
        return [*echo({"StartChargeSeq": seen.order}, told), *charges]

    def _has_stopped(self, charge: Charge | None, now_ms: int) -> bool:
        """An order of the platform's, which alone it may ask about in its own name."""
        if charge is None or charge.number not in self.known.wanted.orders or charge.closed_ms is None:
            return False
        return now_ms > charge.closed_ms + self.known.pixit.push_at_once_s * 1000

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if charge := self.known.charges.at_charger.get(fact.keys.get("socket", "")):
            self._ending.void(charge)
        yield from ()

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for charge, stop in self._early.begun(now_ms):
            self._ending.begin(charge, charge.bound_ms or now_ms, stop)
        for duty in self._ending.overdue(now_ms):
            expected = "no FailReason 3 for what has not begun, and then charges on"
            yield self.bad("already-stopped", expected, "it charges", duty.cause, duty.key.started)


class StopsEndTheCharge(QuestionRule):
    """A stop of what charges is accepted (SuccStat 0, FailReason 0, Stat 3 or 4), and charging ends.

    Where the start is still on its way, it may be refused; once it is accepted, nothing may begin, or it must end.
    No document says when at the latest; 1.1.12 wants the result within 50 s, and what goes on for more than twice that
    (``COMES_ABOUT_MS``) was not stopped.
    """

    row = "BJ-1.1.11-c"
    listens = frozenset({ASKED.value, *MAY_END})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._early = TooEarly(known)
        self._ending: Within[Charge, Exchange] = Within(COMES_ABOUT_MS)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        charge, exchange = self.known.charges.by_number.get(seen.order), seen.exchange
        if seen.succeeded:
            self._early.note(seen)
        if not isinstance(charge, ChargerCharge) or asked.get("ConnectorID") != charge.socket.id:
            return
        if seen.succeeded:
            stat = told.get("StartChargeSeqStat")
            yield self.judge(told.get("FailReason") == 0, "accepted", "FailReason 0", in_short(seen), exchange)
            yield self.judge(stat in STOPPED, "stat", "3 or 4", f"{stat}", exchange, path="StartChargeSeqStat")
            echoed = told.get("StartChargeSeq")
            yield self.judge(echoed == seen.order, "echo", seen.order, f"{echoed}", exchange, path="StartChargeSeq")
            if charge.running:
                self._ending.begin(charge, exchange.answered_at_ms, exchange)
        elif self._must_stop(charge, exchange.at_ms):
            yield self.bad("accepted", "SuccStat 0 for what charges", in_short(seen), exchange)

    def _must_stop(self, charge: ChargerCharge, now_ms: int) -> bool:
        """The server knows that it charges, nobody else has asked it to stop, and the charger can be reached."""
        tolerance_ms = self.known.pixit.push_at_once_s * 1000
        known = charge.told_ms is not None and charge.told_ms + tolerance_ms < now_ms
        stands = self.known.chargers.settled(charge.socket.id, now_ms, tolerance_ms)
        return charge.running and known and not charge.stop_wanted and stands is not None and stands.online

    def fact(self, fact: Fact) -> Iterator[Finding]:
        charge = self.known.charges.at_charger.get(fact.keys.get("socket", ""))
        if charge is None:
            return
        duty = self._ending.meet(charge)
        if duty is not None and fact.what == "charging-ended":
            yield self.good("ends", "charging ends", "it ends", duty.cause, fact)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for charge, stop in self._early.begun(now_ms):
            self._ending.begin(charge, charge.bound_ms or now_ms, stop)
        for duty in self._ending.overdue(now_ms):
            yield self.bad("ends", f"charging ends within {COMES_ABOUT_MS / 1000:g} s", "it goes on", duty.cause)


class StopResultsAreTold(CityRule):
    """A stop result is pushed at once after the real stop, however the platform's order ended, and not before.

    It says Stat 4 (5 where the operator has lost track), SuccStat 0 and where; and where the platform's own stop was
    carried out, FailReason 0. Of other ends the table does not say what may stand there (5.13). Late by a push that the
    city refused by plan, it may have waited behind that; and what the city refused counts as told.
    """

    row = "BJ-1.1.12-a"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._tolerance_ms = round(known.pixit.push_at_once_s * 1000)
        self._owed: Within[ChargerCharge, Exchange] = Within(self._tolerance_ms)
        self._told: set[str] = set()
        self._refused_ms = -self._tolerance_ms - 1

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.by_plan:
            self._refused_ms = seen.exchange.answered_at_ms
            self._owed.void_where(lambda _: True)
        if seen.interface is not RESULT or seen.content is None or seen.order in self._told:
            return
        if seen.order not in self.known.wanted.orders:
            return
        charge = self.known.charges.by_number.get(seen.order)
        if not isinstance(charge, ChargerCharge) or charge.ended is None:
            if charge is not None:
                yield self.bad("not-before", "a stop result once it has stopped", "it charges", seen.exchange)
            return
        self._told.add(seen.order)
        self._owed.meet(charge)
        yield self.good("not-before", "a stop result once it has stopped", "so", charge.ended, seen.exchange)
        yield self._judged(seen, seen.content, charge)

    def _judged(self, seen: Spoken, told: Content, charge: ChargerCharge) -> Finding:
        assert charge.ended is not None
        wrong = [f"{name} {told.get(name)}" for name, ok in self._points(seen, told, charge) if not ok]
        expected = f"Stat 4, SuccStat 0, {charge.socket.id}, within {self._tolerance_ms / 1000:g} s of the stop"
        return self.judge(not wrong, self.case(charge), expected, "; ".join(wrong) or "so", charge.ended, seen.exchange)

    def _points(self, seen: Spoken, told: Content, charge: ChargerCharge) -> Iterator[tuple[str, bool]]:
        yield "StartChargeSeqStat", stat_of(seen) in NOT_STARTED
        yield "SuccStat", told.get("SuccStat") in (SuccStat.SUCCESS, str(SuccStat.SUCCESS.value))
        yield "ConnectorID", told.get("ConnectorID") == charge.socket.id
        carried_out = charge.reason is Reason.PLATFORM and charge.stop_wanted
        yield "FailReason", not carried_out or number(told.get("FailReason")) in (None, 0)

    def case(self, charge: ChargerCharge) -> str:
        return ENDS[charge.reason] if charge.reason else "by-platform"

    def linked(self, word: Word) -> Iterator[Finding]:
        """From here on the server knows."""
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is not Event.STOPPED or charge is None or charge.ended is None:
            return
        told_ms = word.exchange.answered_at_ms
        owes = charge.number in self.known.wanted.orders and charge.number not in self._told
        if owes and told_ms > self._refused_ms + self._tolerance_ms:
            self._owed.begin(charge, told_ms, word.exchange)
        yield from ()

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for duty in self._owed.overdue(now_ms):
            expected = f"a stop result within {self._tolerance_ms / 1000:g} s of the stop"
            yield self.bad(self.case(duty.key), expected, "none", duty.cause)


class StopResultsComeSoon(CityRule):
    """At most 50 s from the charger's receipt of the stop command to the push of the stop result.

    One that is late by a token that the city did not give, or by another push that it refused by plan, had to wait.
    """

    row = "BJ-1.1.12-b"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._seen: set[str] = set()
        self._refused_ms = -1

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.by_plan:
            self._refused_ms = seen.exchange.answered_at_ms
        if seen.interface is not RESULT:
            return
        wanted = self.known.wanted.orders.get(seen.order)
        if wanted is None or wanted.stop is None or wanted.stop_commanded_ms is None or seen.order in self._seen:
            return
        self._seen.add(seen.order)
        lasted_s = (seen.exchange.at_ms - wanted.stop_commanded_ms) / 1000
        ok, expected = lasted_s <= RESULT_WITHIN_S, f"within {RESULT_WITHIN_S} s of the stop command"
        at = (wanted.stop.exchange, seen.exchange)
        if ok or self._refused_ms < wanted.stop_commanded_ms:
            yield self.judge(ok, "in-time", expected, f"after {lasted_s:g} s", *at)
