"""Rules of seed 1.1.13, 1.1.14 and cec102 1.6: what the platform did not take is pushed again, until it does.

What is judged are failures for which the server cannot be blamed: those that were planned, and calls that nobody
answered. An order that is refused for what it says would be refused again.

A call that was refused for its token goes out once more at once with a new one (CEC-TOK-d), and so may one whose
connection broke: that still is the same attempt, and no step of a ladder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from conformance.finding import Finding
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.ladders import FOR_EVER_MS, LADDERS, ceiling
from conformance.rules.beijing.news import status_of
from conformance.rules.beijing.orders import BONUS_ORDER, IN_TIME_S, ORDER, is_bonus_owed, is_order_owed
from conformance.rules.beijing.outcomes import (
    has_failed,
    is_refused_for_itself,
    is_same_attempt,
    is_taken,
    is_without_token,
)
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.blocks import Bounds, Ladder, Step, Within
from simulators.beijing.messages import Interface, Status
from simulators.beijing.peer import LONGEST_SILENCE_S
from simulators.journal.records import Exchange, Fact

OFTEN = 3  # failures of one thing, after which it is no exception any more
UNANSWERED_MS = round(LONGEST_SILENCE_S * 1000)  # how long a server may wait for an answer that does not come
AFTER_A_RESTART = "server-restarted"

Key = Charge | str  # the charge of an order; its number, where the charge is not known


class _OrderRule(CityRule):
    """Judges how the order of each charge is pushed again."""

    push: ClassVar[Interface]

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.tolerance_ms = round(known.pixit.push_at_once_s * 1000)

    def key(self, seen: Spoken) -> Key:
        """Which order it is; empty where nobody can say."""
        return self.known.charges.about(seen) or seen.order


@dataclass(slots=True)
class _Failed:
    """An order that was not taken so far. ``push``: the latest try, or the query_token that kept the server from it.

    ``times``: how often it was tried.
    """

    push: Spoken
    order: str
    times: int = 1


class _OrdersAreRepeated(_OrderRule):
    """What was not taken is pushed again within the longest step, an hour; what was taken is not pushed again.

    A restart of the server excuses neither. A disputed order may be repeated (BJ-X18). What could not be pushed since
    the platform gave no token was not taken either, and is still owed.
    """

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._waiting: Within[Key, _Failed] = Within(FOR_EVER_MS + UNANSWERED_MS + self.tolerance_ms)
        self._failed: dict[Key, _Failed] = {}
        self._taken: dict[Key, Spoken] = {}
        self._tried: set[Key] = set()
        self._settled: set[Key] = set()  # by charge and by number: taken, or refused for what it says
        self._quiet: Within[Key, Spoken] = Within(FOR_EVER_MS + self.tolerance_ms)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is Interface.QUERY_TOKEN:
            if is_without_token(seen, self.known):
                self._note_no_token(seen)
            elif seen.pushed and not seen.succeeded:
                self._waiting.void_where(lambda key: True)  # it tries, and has no token by its own fault: another row's
            return
        key = self.key(seen)
        if not key:
            return
        self._tried.add(key)
        if is_taken(seen, self.known) or is_refused_for_itself(seen, self.known):
            self._settled |= {key, seen.order}
        met = self._waiting.meet(key)
        if met and met.cause.push.interface is seen.interface:
            yield self._repeated(met.cause, seen)
        if taken := self._taken.get(key):
            yield from self._again(key, taken, seen)
        if is_taken(seen, self.known):
            self._failed.pop(key, None)
            if not seen.disputed:
                self._taken[key] = seen
                self._quiet.begin(key, seen.exchange.at_ms, seen)
        elif has_failed(seen, self.known):
            self._note_failure(key, seen)

    def _note_failure(self, key: Key, seen: Spoken) -> None:
        before = self._failed.get(key)
        same = before is not None and is_same_attempt(seen, before.push, self.tolerance_ms)
        times = before.times + (0 if same else 1) if before else 1
        self._failed[key] = _Failed(seen, seen.order, times)
        self._waiting.begin(key, seen.exchange.at_ms, self._failed[key])

    def is_owed(self, charge: Charge) -> bool:
        """Whether this row wants the order of a charge."""
        raise NotImplementedError

    def _note_no_token(self, seen: Spoken) -> None:
        """Nothing can be pushed now; within the longest step the server asks again, or all that is owed is lost."""
        self._waiting.void_where(lambda key: True)
        now_ms = seen.exchange.at_ms
        for key, failed in self._failed.items():
            if key not in self._settled:
                self._waiting.begin(key, now_ms, _Failed(seen, failed.order, failed.times))
        takes_ms = round((self.known.pixit.bill_after_stop_s + IN_TIME_S) * 1000) + self.tolerance_ms
        for charge in self.known.charges.all:
            if charge.closed_ms is None or not self.is_owed(charge) or self._is_settled(charge):
                continue
            due_ms = charge.closed_ms + takes_ms
            if charge in self._tried or now_ms <= due_ms:  # one that never came in time is another row's
                failed = _Failed(seen, charge.number or f"at {charge.socket.id}")
                self._waiting.begin(charge, max(now_ms, due_ms), failed)

    def _is_settled(self, charge: Charge) -> bool:
        return charge in self._settled or charge.number in self._settled

    def _repeated(self, failed: _Failed, seen: Spoken) -> Finding:
        after_s = (seen.exchange.at_ms - failed.push.exchange.at_ms) / 1000
        actual = f"after {after_s:g} s"
        return self.good(self._case(failed), self._expected(failed), actual, failed.push.exchange, seen.exchange)

    def _again(self, key: Key, taken: Spoken, seen: Spoken) -> Iterator[Finding]:
        self._quiet.void(key)
        if is_taken(seen, self.known) or has_failed(seen, self.known):
            after_s = (seen.exchange.at_ms - taken.exchange.at_ms) / 1000
            actual = f"again after {after_s:g} s"
            yield self.bad("taken", self._quiet_expected(taken), actual, taken.exchange, seen.exchange)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for duty in self._waiting.overdue(now_ms):
            failed, waited_s = duty.cause, (now_ms - duty.since_ms) / 1000
            self._failed.pop(duty.key, None)
            actual = f"none in {waited_s:g} s: it is lost"
            yield self.bad(self._case(failed), self._expected(failed), actual, failed.push.exchange)
        for quiet in self._quiet.overdue(now_ms):
            expected = self._quiet_expected(quiet.cause)
            yield self.good("taken", expected, "none in an hour", quiet.cause.exchange)

    def _case(self, failed: _Failed) -> str:
        if failed.times >= OFTEN:
            return "often"
        push = failed.push
        if not push.answered:
            return "unanswered"
        return "http-error" if push.ret is None else "refused"

    def _expected(self, failed: _Failed) -> str:
        how = failed.push.exchange.injected or "without an answer"
        return f"order {failed.order}, not taken {failed.times} time(s), the last {how}: pushed again"

    def _quiet_expected(self, taken: Spoken) -> str:
        return f"order {taken.order}, which was taken, not pushed again"


class OrdersAreRepeated(_OrdersAreRepeated):
    """A failed order push is repeated until it is taken; no order is ever lost."""

    row = "BJ-1.1.13-b"
    push = ORDER
    listens = frozenset({ORDER.value, Interface.QUERY_TOKEN.value})

    def is_owed(self, charge: Charge) -> bool:
        return is_order_owed(charge, self.known)


class _TheLadder(_OrderRule):
    """Judges each step between two attempts. What is at once is the tolerance.

    After a restart a server may begin anew or go on; and of attempts that it could not make for want of a token, since
    the platform gave none by plan, nothing is seen. Of an order that this happens to no step is judged any more; nor of
    one that was refused for what it says, which is another row's, and somewhere on a ladder of the server's.
    """

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._ladder: Ladder[Key, Spoken] = Ladder(self.bounds(), self.tolerance_ms)
        self._unsure: set[Key] = set()
        self._no_token_ms = 0

    def bounds(self) -> Bounds:
        """How long each step may be."""
        raise NotImplementedError

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._unsure |= self._ladder.end_all()
        yield from ()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is Interface.QUERY_TOKEN:
            self._note_token(seen)
            return
        key = self.key(seen)
        if not key or self._is_unsure(key):
            return
        at_ms = seen.exchange.at_ms
        until_ms = at_ms + (0 if seen.answered else UNANSWERED_MS)
        latest = self._ladder.latest(key)
        if latest is not None and is_same_attempt(seen, latest, self.tolerance_ms):
            self._ladder.prolong(key, until_ms, seen)
        elif step := self._ladder.attempt(key, at_ms, until_ms, seen):
            actual = f"after {step.gap_ms / 1000:g} s"
            yield self.judge(
                step.ok,
                self._step_case(step.number),
                self._step_expected(step),
                actual,
                step.cause.exchange,
                seen.exchange,
            )
        if not has_failed(seen, self.known):
            self._ladder.end(key)
        if is_refused_for_itself(seen, self.known):
            self._unsure.add(key)

    def _note_token(self, seen: Spoken) -> None:
        if is_without_token(seen, self.known):
            self._unsure |= self._ladder.end_all()
            self._no_token_ms = seen.exchange.at_ms

    def _is_unsure(self, key: Key) -> bool:
        """It was disturbed, or may have been tried before without anybody seeing it."""
        if self._ladder.latest(key) is None and isinstance(key, Charge) and (key.closed_ms or 0) <= self._no_token_ms:
            self._unsure.add(key)
        return key in self._unsure

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for step in self._ladder.missed(now_ms):
            actual = f"none in {step.gap_ms / 1000:g} s"
            yield self.bad(self._step_case(step.number), self._step_expected(step), actual, step.cause.exchange)

    def _step_case(self, number: int) -> str:
        return {1: "first", 2: "second"}.get(number, "later")

    def _step_expected(self, step: Step[Spoken]) -> str:
        least_s, most_s = step.least_ms // 1000, step.most_ms // 1000
        within = f"{most_s} s" if least_s == most_s else f"{least_s} to {most_s} s"
        return f"repeat {step.number} of order {step.cause.order} after {within} (BJ-X2)"


class OrdersAreRepeatedOftenEnough(_TheLadder):
    """A failed order push is repeated as often as possible: no gap above the ladder (BJ-X2)."""

    row = "BJ-1.1.13-c"
    push = ORDER
    listens = frozenset({ORDER.value, Interface.QUERY_TOKEN.value, AFTER_A_RESTART})

    def bounds(self) -> Bounds:
        return ceiling(LADDERS[self.known.pixit.readings.ladder])


class BonusOrdersKeepToTheLadder(_OrdersAreRepeated, _TheLadder):
    """A failed bonus push must be repeated at 150/300/.../1800/3600/... s (BJ-X2), until it is taken."""

    row = "BJ-1.1.14-b"
    push = BONUS_ORDER
    listens = frozenset({BONUS_ORDER.value, Interface.QUERY_TOKEN.value, AFTER_A_RESTART})

    def bounds(self) -> Bounds:
        return LADDERS[self.known.pixit.readings.ladder]

    def is_owed(self, charge: Charge) -> bool:
        return is_bonus_owed(charge, self.known)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from _OrdersAreRepeated.exchange(self, seen)
        yield from _TheLadder.exchange(self, seen)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        yield from _OrdersAreRepeated.advance(self, now_ms)
        yield from _TheLadder.advance(self, now_ms)


# Pushes other than orders (cec102 1.6)

ABOUT_A_MINUTE_MS = (30_000, 90_000)
MORE_THAN = 3  # repeats
REPEATED = frozenset({
    Interface.NOTIFICATION_STATION_STATUS,
    Interface.NOTIFICATION_START_CHARGE_RESULT,
    Interface.NOTIFICATION_STOP_CHARGE_RESULT,
    Interface.CHECK_CHARGE_ORDERS,
})  # fmt: skip


class OtherPushesAreRepeated(CityRule):
    """A failed push other than an order is sent again, about 1 minute apart, more than 3 times.

    A newer state of the same connector takes the place of the one that failed. A state may come once more before its
    time, and no repeat is seen in that: it changed there and back, or two machines tell it. The status of a charge is
    not judged: the next one is due before the minute is over.
    """

    row = "CEC-RES-a"
    listens = frozenset({each.value for each in REPEATED} | {Interface.QUERY_TOKEN.value, AFTER_A_RESTART})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._tolerance_ms = round(known.pixit.push_at_once_s * 1000)
        self._ladder: Ladder[tuple[object, ...], Spoken] = Ladder(lambda number, before_ms: ABOUT_A_MINUTE_MS, 0)
        self._steps: dict[tuple[object, ...], int] = {}
        self._early: set[tuple[object, ...]] = set()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._ladder.end_all()
        yield from ()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is Interface.QUERY_TOKEN:
            if is_without_token(seen, self.known):
                self._ladder.end_all()
            return
        key = self._key(seen)
        self._end_older(key)
        latest = self._ladder.latest(key)
        until_ms = seen.exchange.at_ms + (0 if seen.answered else UNANSWERED_MS)
        if latest is not None and (
            is_same_attempt(seen, latest, self._tolerance_ms) or self._comes_for_itself(key, seen, latest)
        ):
            self._ladder.prolong(key, until_ms, seen)
        elif step := self._ladder.attempt(key, seen.exchange.at_ms, until_ms, seen):
            self._steps[key] = step.number
            self._early.discard(key)
            yield from self._judged(step, seen.exchange)
        if not has_failed(seen, self.known) or self._steps.get(key, 0) > MORE_THAN:
            self._end(key)

    def _comes_for_itself(self, key: tuple[object, ...], seen: Spoken, latest: Spoken) -> bool:
        soon = seen.exchange.at_ms - latest.exchange.at_ms < ABOUT_A_MINUTE_MS[0]
        if key[0] is not Interface.NOTIFICATION_STATION_STATUS or not soon or key in self._early:
            return False
        self._early.add(key)
        return True

    def _key(self, seen: Spoken) -> tuple[object, ...]:
        if seen.interface is Interface.NOTIFICATION_STATION_STATUS:
            return (seen.interface, *(status_of(seen) or ()))
        number = seen.order or (seen.content or {}).get("CheckOrderSeq")
        return (seen.interface, str(number))

    def _end_older(self, key: tuple[object, ...]) -> None:
        """Other states of the same connector need not be told any more."""
        if key[0] is Interface.NOTIFICATION_STATION_STATUS:
            for status in Status:
                if (older := (*key[:2], status.value)) != key:
                    self._end(older)

    def _end(self, key: tuple[object, ...]) -> None:
        self._ladder.end(key)
        self._steps.pop(key, None)
        self._early.discard(key)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for step in self._ladder.missed(now_ms):
            actual = f"none in {step.gap_ms / 1000:g} s"
            yield self.bad(self._case(step), self._expected(step), actual, step.cause.exchange)

    def _judged(self, step: Step[Spoken], again: Exchange) -> Iterator[Finding]:
        actual = f"after {step.gap_ms / 1000:g} s"
        yield self.judge(step.ok, self._case(step), self._expected(step), actual, step.cause.exchange, again)

    def _case(self, step: Step[Spoken]) -> str:
        return "more-than-3" if step.number > MORE_THAN else "repeated"

    def _expected(self, step: Step[Spoken]) -> str:
        least_s, most_s = (each // 1000 for each in ABOUT_A_MINUTE_MS)
        return f"repeat {step.number} of {step.cause.interface} after about a minute ({least_s} to {most_s} s)"
