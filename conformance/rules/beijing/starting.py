"""Rules of query_start_charge and notification_start_charge_result (seed 1.1.7, 1.1.8; cec102 5.8, 5.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.finding import Finding
from conformance.rules.beijing.auth_policy import answer_of, echo
from conformance.rules.beijing.chargers import Obstacle
from conformance.rules.beijing.charges import Charge, ChargerCharge
from conformance.rules.beijing.connectors import CHARGING, place_of
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import START, Event, Word
from conformance.rules.beijing.questions import CITY, QuestionRule, in_short, made_up
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.wanted import COMES_ABOUT_MS, Wanted
from conformance.rules.blocks import Within
from simulators.beijing.messages import Content, Interface, StartChargeSeqStat, StartFailReason, SuccStat
from simulators.beijing.mind import Ret
from simulators.journal.records import Exchange, Fact

ASKED, RESULT = Interface.QUERY_START_CHARGE, Interface.NOTIFICATION_START_CHARGE_RESULT
ACCEPTED = (ASKED.value, f"{CITY}, accepted")  # the twin of a refusal: another start that was accepted
RESULT_WITHIN_S = 50  # of the start command (cec102 5.9)
OWN_REASONS = range(3, 100)  # custom: no document numbers them
ON_ITS_WAY = frozenset({StartChargeSeqStat.STARTING, StartChargeSeqStat.CHARGING})
NOT_STARTED = frozenset({StartChargeSeqStat.ENDED, StartChargeSeqStat.UNKNOWN})
BEGUN = frozenset({StartChargeSeqStat.CHARGING, StartChargeSeqStat.STOPPING})
NOTHING_BEGAN = "StartChargeSeqStat neither 2 nor 3"


class StartsAreRefusedForAReason(QuestionRule):
    """Nothing is started at an unknown connector (FailReason 1), an offline one (2), a faulty or used one (3 to 99).

    A connector where several of these hold, or no longer than a push takes, leaves room. In use is also a charge box's
    connector where somebody charges by card; and one at which another start is on its way may be in use: to take the
    second start too is no fault here, as one of the two comes to nothing then (BJ-1.1.7-d). What was refused
    neither charges nor stops (StartChargeSeqStat, 4.3); a charge that begins under its number was started all the same.
    """

    row = "BJ-1.1.7-b"
    listens = frozenset({ASKED.value, "charging-began"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._refused_lately: Within[str, Exchange] = Within(COMES_ABOUT_MS)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if seen.order in self.known.wanted.orders:
            return  # the same again is another row's
        if made_up(seen):
            yield self._unknown(seen, asked, told)
            return
        if seen.answered and not seen.succeeded:
            self._refused_lately.begin(seen.order, seen.exchange.answered_at_ms, seen.exchange)
        obstacles = self._obstacles(seen, str(asked["ConnectorID"]))
        named = [obstacle for obstacle in obstacles if obstacle is not Obstacle.NOT_PLUGGED]
        if len(named) == 1:
            yield self._refused(seen, asked, told, named[0])

    def _obstacles(self, seen: Spoken, connector: str) -> list[Obstacle]:
        """What stands against the start, as far as it can be said."""
        socket, now_ms = self.known.sockets.get(connector), seen.exchange.at_ms
        if socket is not None and socket.box:
            used = self.known.lately.may_be(place_of(socket), now_ms, now_ms) == CHARGING
            return [Obstacle.IN_USE] if used else []
        stands = self.known.chargers.settled(connector, now_ms, self.known.pixit.push_at_once_s * 1000)
        obstacles = stands.obstacles() if stands else []
        refused_for_another = stands and not seen.succeeded and is_another_coming(connector, now_ms, self.known)
        return obstacles or ([Obstacle.IN_USE] if refused_for_another else [])

    def _unknown(self, seen: Spoken, asked: Content, told: Content) -> Finding:
        """BJ-X14: by SuccStat, or by Ret."""
        wrong: list[str] = []
        if self.known.pixit.readings.unknown_by_ret(seen.interface):
            ok, expected = seen.ret == Ret.WRONG_CONTENT, "Ret 4004"
        else:
            ok = seen.ret == Ret.SUCCESS and answer_of(told) == (SuccStat.FAILURE, StartFailReason.NO_SUCH_EQUIPMENT)
            wrong = _not_echoed(asked, told)
            ok = ok and stat_of(seen) not in BEGUN and not wrong
            expected = f"SuccStat 1, FailReason 1, {NOTHING_BEGAN}, and what was asked,"
        expected, actual = f"{expected} for an unknown connector", "; ".join([in_short(seen), *wrong])
        return self.judge(ok, "unknown", expected, actual, seen.exchange, twin=ACCEPTED)

    def _refused(self, seen: Spoken, asked: Content, told: Content, obstacle: Obstacle) -> Finding:
        (success, reason), wrong = answer_of(told), _not_echoed(asked, told)
        if obstacle is Obstacle.OFFLINE:
            fits, expected = reason == StartFailReason.OFFLINE, "2"
        else:
            fits, expected = reason in OWN_REASONS, "3 to 99"
        return self.judge(
            seen.ret == Ret.SUCCESS
            and success == SuccStat.FAILURE
            and fits
            and stat_of(seen) not in BEGUN
            and not wrong,
            obstacle.value,
            f"SuccStat 1, FailReason {expected}, {NOTHING_BEGAN}, and what was asked, for a connector that is "
            f"{obstacle.value}",
            "; ".join([in_short(seen), *wrong]),
            seen.exchange,
            twin=ACCEPTED,
        )

    def linked(self, word: Word) -> Iterator[Finding]:
        if word.command == START and word.order not in self.known.wanted.orders:
            yield from self._started(word.order, word.exchange)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if (order := fact.keys.get("order", "")) not in self.known.wanted.orders:
            yield from self._started(order, fact)

    def _started(self, order: str, at: Exchange | Fact) -> Iterator[Finding]:
        if refused := self._refused_lately.meet(order):
            yield self.bad("nothing-started", "nothing is started after a refusal", "it is", refused.cause, at)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for refused in self._refused_lately.overdue(now_ms):
            yield self.good("nothing-started", "nothing is started after a refusal", "so", refused.cause)


class StartsComeAbout(QuestionRule):
    """A start at a connector that is free, whole and plugged is accepted, and then charging begins or fails.

    No document says when at the latest one or the other must be seen; cec102 5.9 wants it told within 50 s, and what
    has not come about after more than twice that is taken to be nothing (``COMES_ABOUT_MS``).
    """

    row = "BJ-1.1.7-d"
    listens = frozenset({ASKED.value, RESULT.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._coming: Within[str, Exchange] = Within(COMES_ABOUT_MS)
        self._open: set[str] = set()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.pushed:
            yield from self._told(seen)
        else:
            yield from super().exchange(seen)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        socket = self.known.sockets.get(str(asked["ConnectorID"]))
        if socket is None or socket.box or made_up(seen) or seen.order in self.known.wanted.orders:
            return
        exchange = seen.exchange
        if seen.succeeded:
            wrong, stat = _not_echoed(asked, told), told.get("StartChargeSeqStat")
            yield self.judge(told.get("FailReason") == 0, "accepted", "FailReason 0", in_short(seen), exchange)
            yield self.judge(not wrong, "echo", "what was asked", "; ".join(wrong) or "so", exchange)
            yield self.judge(stat in ON_ITS_WAY, "stat", "1 or 2", f"{stat}", exchange, path="StartChargeSeqStat")
            self._coming.begin(seen.order, exchange.answered_at_ms, exchange)
            self._open.add(seen.order)
        elif self._must_succeed(socket.id, exchange.at_ms):
            expected = "SuccStat 0 for a connector that is free, whole and plugged"
            yield self.bad("accepted", expected, in_short(seen), exchange)

    def _must_succeed(self, connector: str, now_ms: int) -> bool:
        stands = self.known.chargers.settled(connector, now_ms, self.known.pixit.push_at_once_s * 1000)
        return stands is not None and not stands.obstacles() and not is_another_coming(connector, now_ms, self.known)

    def _told(self, seen: Spoken) -> Iterator[Finding]:
        if stat_of(seen) in NOT_STARTED and (duty := self._coming.meet(seen.order)):
            self._open.discard(seen.order)
            yield self.good("follows", "charging, or a failed result", "a failed result", duty.cause, seen.exchange)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for order in [order for order in self._open if order in self.known.charges.by_number]:
            self._open.discard(order)
            duty, charge = self._coming.meet(order), self.known.charges.by_number[order]
            if duty is not None:
                yield self.good("follows", "charging, or a failed result", "charging", duty.cause, charge.started)
        for duty in self._coming.overdue(now_ms):
            self._open.discard(duty.key)
            if self.known.wanted.orders[duty.key].stop is not None:
                continue  # the platform has called it off, and a stop result may be all that is told of it
            expected = f"charging, or a failed result, within {COMES_ABOUT_MS / 1000:g} s"
            yield self.bad("follows", expected, "neither", duty.cause)


class StartsAreStartedOnce(QuestionRule):
    """The same StartChargeSeq again starts nothing twice."""

    row = "BJ-1.1.7-c"
    listens = frozenset({ASKED.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._again: Within[str, Exchange] = Within(COMES_ABOUT_MS)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if seen.order in self.known.wanted.orders:
            self._again.begin(seen.order, seen.exchange.answered_at_ms, seen.exchange)
        yield from ()

    def linked(self, word: Word) -> Iterator[Finding]:
        """A charge is one once its charger has said so; until then a second one may be on its way."""
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is not Event.STARTED or charge is None or not charge.number:
            return
        first = self.known.charges.by_number.get(charge.number)
        if first is not charge and first is not None and (duty := self._again.meet(charge.number)):
            yield self.bad("again", "one charge", "a second one", duty.cause, first.started, charge.began)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for duty in self._again.overdue(now_ms):
            yield self.good("again", "no second charge", "none", duty.cause)


@dataclass(frozen=True, slots=True)
class Result:
    """A start result that was pushed."""

    stat: StartChargeSeqStat | None
    push: Exchange


class StartResultsAreTold(CityRule):
    """A start result is pushed once charging has really started (Stat 2), or failed (4 or 5), and not before.

    How soon is another row's (1.1.8-c); what nobody was told after more than twice that is taken to be forgotten. By
    the time a late result comes, charging may be about to stop (3) or over (4). What the city refused counts as told.
    Of a start that was refused no result is owed, nor of one that the platform called off before it began; one that
    says that it began is wrong. One that says that a start has failed is wrong, too, where charging begins within the
    50 s in which the truth could be awaited: unless the server puts it right, or stops it.
    """

    row = "BJ-1.1.8-a"
    listens = frozenset({RESULT.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._owed: Within[str, tuple[str, Exchange]] = Within(COMES_ABOUT_MS)
        self._told: dict[str, Result] = {}
        self._belied: Within[str, tuple[ChargerCharge, Exchange]] = Within(COMES_ABOUT_MS)  # failed, and yet begun

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        wanted = self.known.wanted.orders.get(seen.order)
        if wanted is None or seen.content is None:
            yield from self._of_a_refusal(seen)
            return
        self._told[seen.order] = Result(stat_of(seen), seen.exchange)
        self._owed.meet(seen.order)
        if stat_of(seen) in BEGUN:
            self._belied.void(seen.order)
        charge = self.known.charges.by_number.get(seen.order)
        if isinstance(charge, ChargerCharge):
            yield self._of_a_charge(seen, seen.content, wanted, charge)
        else:
            yield from self._of_none(seen, seen.content, wanted)

    def _of_a_refusal(self, seen: Spoken) -> Iterator[Finding]:
        """What was refused has not begun, unless it was started all the same (BJ-1.1.7-b)."""
        refused = self.known.wanted.refused.get(seen.order)
        if refused is None or stat_of(seen) not in BEGUN or self._flowed(seen.order):
            return
        expected, at = "no start: it was refused", (refused.exchange, seen.exchange)
        yield self.bad("failed", expected, f"{stat_of(seen)}", *at, path="StartChargeSeqStat")

    def _flowed(self, order: str) -> bool:
        """Some charger has known it by that name."""
        return any(isinstance(charge, ChargerCharge) and charge.order == order for charge in self.known.charges.all)

    def _of_a_charge(self, seen: Spoken, told: Content, wanted: Wanted, charge: ChargerCharge) -> Finding:
        stat, at = stat_of(seen), (charge.began, seen.exchange)
        if stat in NOT_STARTED and (not charge.running or not self._knew(charge, seen.exchange.at_ms)):
            return self.good("started", "a result that is true", f"Stat {stat}: it was over, or not yet known", *at)
        if stat not in BEGUN:
            return self.bad("started", "StartChargeSeqStat 2: it charges", f"{stat}", *at, path="StartChargeSeqStat")
        wrong = [*_elsewhere(told, wanted), *self._wrong_start(told, charge)]
        expected = f"{wanted.socket.id}, which charges since {charge.began_ms / 1000:.0f}"
        return self.judge(not wrong, "started", expected, "; ".join(wrong) or "so", *at)

    def _knew(self, charge: Charge, now_ms: int) -> bool:
        return charge.bound_ms is not None and charge.bound_ms < now_ms

    def _wrong_start(self, told: Content, charge: Charge) -> list[str]:
        told_ms = self.known.charges.moment_ms(told.get("StartTime"))
        tolerance_ms = (self.known.boxes.pixit.time_tolerance_s + 1) * 1000
        ok = told_ms is None or abs(told_ms - charge.began_ms) <= tolerance_ms
        return [] if ok else [f"StartTime {told.get('StartTime')}"]

    def _of_none(self, seen: Spoken, told: Content, wanted: Wanted) -> Iterator[Finding]:
        """No current has flowed."""
        stat, failed = stat_of(seen), [wanted.failed] if wanted.failed else []
        if stat not in NOT_STARTED:
            expected = "a result once it charges" if not failed else "StartChargeSeqStat 4 or 5: it failed"
            case = "failed" if failed else "started"
            yield self.bad(case, expected, f"{stat}", *failed, seen.exchange, path="StartChargeSeqStat")
        elif failed:
            wrong = list(_elsewhere(told, wanted))
            yield self.judge(not wrong, "failed", wanted.socket.id, "; ".join(wrong) or "so", *failed, seen.exchange)

    def linked(self, word: Word) -> Iterator[Finding]:
        """From here on the server knows."""
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is Event.STARTED and charge is not None and charge.number in self.known.wanted.orders:
            self._owe(charge.number, "started", word)
            self._compare(self.known.wanted.orders[charge.number], charge, word.exchange)
        elif word.told is Event.START_FAILED:
            for wanted in self.known.wanted.orders.values():
                if wanted.told_failed_ms == word.exchange.answered_at_ms and wanted.socket.id == word.socket:
                    self._owe(wanted.number, "failed", word)
        yield from ()

    def _owe(self, order: str, case: str, word: Word) -> None:
        called_off = case == "failed" and self.known.wanted.orders[order].stop is not None
        if order not in self._told and not called_off:
            self._owed.begin(order, word.exchange.answered_at_ms, (case, word.exchange))

    def _compare(self, wanted: Wanted, charge: ChargerCharge, started: Exchange) -> None:
        """What begins, with what was told of it before; a failure that the charger told of was one."""
        told = self._told.get(wanted.number)
        if told is None or told.stat not in NOT_STARTED or wanted.failed is not None:
            return
        if started.at_ms - wanted.start.exchange.answered_at_ms <= RESULT_WITHIN_S * 1000:
            self._belied.begin(wanted.number, started.answered_at_ms, (charge, started))

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for duty in self._owed.overdue(now_ms):
            case, word = duty.cause
            yield self.bad(case, "a start result", f"none in {COMES_ABOUT_MS / 1000:g} s", word)
        for belied in self._belied.overdue(now_ms):
            (charge, started), told = belied.cause, self._told[belied.key]
            if charge.running and not self._is_stopped(belied.key):
                expected, at = "StartChargeSeqStat 2: it charges", (told.push, started)
                yield self.bad("started", expected, f"{told.stat}", *at, path="StartChargeSeqStat")

    def _is_stopped(self, order: str) -> bool:
        """Somebody wants its end: the platform, or the server that had given it up."""
        wanted = self.known.wanted.orders[order]
        return wanted.stop is not None or wanted.stop_commanded_ms is not None


class StartResultsComeSoon(CityRule):
    """The start result comes within 50 s of the start command, whatever it says."""

    row = "BJ-1.1.8-c"
    listens = frozenset({RESULT.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._seen: set[str] = set()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        wanted = self.known.wanted.orders.get(seen.order)
        if wanted is None or seen.order in self._seen:
            return
        self._seen.add(seen.order)
        lasted_s = (seen.exchange.at_ms - wanted.start.exchange.answered_at_ms) / 1000
        ok = lasted_s <= RESULT_WITHIN_S
        if ok or self.known.chargers.is_online(wanted.socket.id):
            expected = f"within {RESULT_WITHIN_S} s of the start command"
            yield self.judge(ok, "in-time", expected, f"after {lasted_s:g} s", wanted.start.exchange, seen.exchange)


def is_another_coming(connector: str, now_ms: int, known: Known) -> bool:
    """A start that was accepted there may still come about: the connector may count as in use."""
    socket = known.sockets.get(connector)
    coming = known.wanted.coming(socket, now_ms) if socket else None
    return coming is not None and coming.failed is None


def _not_echoed(asked: Content, told: Content) -> list[str]:
    return echo({field: asked[field] for field in ("StartChargeSeq", "ConnectorID")}, told)


def stat_of(seen: Spoken) -> StartChargeSeqStat | None:
    """StartChargeSeqStat of the server's message, also in a string (whose form CEC-ENV-m judges); None for others."""
    told = number((seen.content or {}).get("StartChargeSeqStat"))
    return StartChargeSeqStat(int(told)) if told is not None and told in set(StartChargeSeqStat) else None


def _elsewhere(told: Content, wanted: Wanted) -> Iterator[str]:
    if told.get("ConnectorID") != wanted.socket.id:
        yield f"ConnectorID {told.get('ConnectorID')}"
