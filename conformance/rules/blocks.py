"""The building blocks of temporal rules. Each is told what happens, in protocol time, and says what follows.

Each has a naive twin in the tests that looks at the whole trace at once; hypothesis holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Open(Generic[K, T]):
    """An obligation: since when, until when, and what it came from."""

    key: K
    since_ms: int
    until_ms: int
    cause: T


class Within(Generic[K, T]):
    """Whenever something begins, its answer must follow within a limit.

    One obligation a key is open at a time; a second beginning before the first was met leaves the first in force.
    """

    def __init__(self, limit_ms: int) -> None:
        self._limit_ms = limit_ms
        self._open: dict[K, Open[K, T]] = {}

    def begin(self, key: K, at_ms: int, cause: T) -> None:
        """The duty arises."""
        self._open.setdefault(key, Open(key, at_ms, at_ms + self._limit_ms, cause))

    def meet(self, key: K) -> Open[K, T] | None:
        """The answer is there; gives the duty that it met, None when there was none."""
        return self._open.pop(key, None)

    def void(self, key: K) -> None:
        """The duty is no more, and nobody is to blame."""
        self._open.pop(key, None)

    def void_where(self, concerned: Callable[[K], bool]) -> None:
        """A line that was cut, say: nothing can be said of what was open on it."""
        for key in [key for key in self._open if concerned(key)]:
            del self._open[key]

    def overdue(self, now_ms: int) -> Iterator[Open[K, T]]:
        """Duties whose limit lies before this moment; each is given once."""
        if not self._open:
            return
        late = [duty for duty in self._open.values() if duty.until_ms < now_ms]
        for duty in late:
            del self._open[duty.key]
            yield duty


class Gap(Struct, Generic[K], frozen=True):
    """The time between two beats that follow one another, or since the last one of those that stayed away."""

    key: K
    from_ms: int
    gap_ms: int
    ok: bool


class Every(Generic[K]):
    """Something must happen every so often, neither earlier nor later than the tolerance allows."""

    def __init__(self, tolerance_ms: int) -> None:
        self._tolerance_ms = tolerance_ms
        self._running: dict[K, tuple[int, int]] = {}  # key -> last beat, interval
        self._nothing_before_ms = 0  # no beat can be overdue before this moment

    def start(self, key: K, at_ms: int, interval_ms: int) -> None:
        """The rhythm begins; the first beat is due one interval later."""
        self._nothing_before_ms = min(self._nothing_before_ms, at_ms + interval_ms + self._tolerance_ms)
        self._running[key] = (at_ms, interval_ms)

    def due_ms(self, key: K) -> int | None:
        """When the next beat is due; None when no rhythm runs."""
        if key not in self._running:
            return None
        last_ms, interval_ms = self._running[key]
        return last_ms + interval_ms

    def stop(self, key: K) -> None:
        """The rhythm ends, and no beat is due any more."""
        self._running.pop(key, None)

    def beat(self, key: K, at_ms: int) -> Gap[K] | None:
        """A beat; gives the gap before it, None when no rhythm runs."""
        if key not in self._running:
            return None
        last_ms, interval_ms = self._running[key]
        self._running[key] = (at_ms, interval_ms)
        gap_ms = at_ms - last_ms
        return Gap(key, last_ms, gap_ms, abs(gap_ms - interval_ms) <= self._tolerance_ms)

    def missed(self, now_ms: int) -> Iterator[Gap[K]]:
        """Rhythms whose next beat is overdue; each missed beat is given once."""
        if now_ms <= self._nothing_before_ms:
            return
        late = [
            (key, last_ms, interval_ms)
            for key, (last_ms, interval_ms) in self._running.items()
            if last_ms + interval_ms + self._tolerance_ms < now_ms
        ]
        for key, last_ms, interval_ms in late:
            self._running[key] = (last_ms + interval_ms, interval_ms)
        self._nothing_before_ms = min(
            (last_ms + interval_ms + self._tolerance_ms for last_ms, interval_ms in self._running.values()),
            default=now_ms,
        )
        for key, last_ms, _ in late:
            yield Gap(key, last_ms, now_ms - last_ms, False)


class Unique(Generic[K, T]):
    """No value is ever used twice."""

    def __init__(self) -> None:
        self._first: dict[K, T] = {}

    def use(self, value: K, user: T) -> T | None:
        """Gives the earlier user of the same value, None when this is the first."""
        earlier = self._first.setdefault(value, user)
        return None if earlier is user else earlier


class Step(Struct, Generic[T], frozen=True):
    """The time between two attempts at one thing; or, unless it ``came``, how long the next one has stayed away.

    ``number``: 1 is the time before the first repeat. ``least_ms`` and ``most_ms`` say what it had to be.
    """

    number: int
    gap_ms: int
    least_ms: int
    most_ms: int
    cause: T  # of the attempt before
    came: bool
    too_soon: bool
    too_late: bool

    @property
    def ok(self) -> bool:
        return not (self.too_soon or self.too_late)


Bounds = Callable[[int, int], tuple[int, int]]  # number of a step, the gap before it -> the least and the most, ms


@dataclass(slots=True)
class _Climb(Generic[T]):
    """Something that has failed so far. ``told``: that its next attempt stays away."""

    at_ms: int
    until_ms: int
    cause: T
    steps: int = 0
    gap_ms: int = 0
    told: bool = False


class Ladder(Generic[K, T]):
    """What fails is tried again, step by step, each neither sooner nor later than its bounds allow.

    An attempt lasts until its failure is known: a gap is right if it is so from either end of the attempt before.
    """

    def __init__(self, bounds: Bounds, tolerance_ms: int) -> None:
        self._bounds, self._tolerance_ms = bounds, tolerance_ms
        self._climbs: dict[K, _Climb[T]] = {}

    def attempt(self, key: K, at_ms: int, until_ms: int, cause: T) -> Step[T] | None:
        """An attempt, which fails as far as is known; gives the step before it, None where there is none to judge."""
        before = self._climbs.get(key)
        if before is None:
            self._climbs[key] = _Climb(at_ms, until_ms, cause)
            return None
        step = self._step(before, at_ms, came=True)
        gap_ms = max(0, at_ms - before.until_ms)
        self._climbs[key] = _Climb(at_ms, until_ms, cause, step.number, gap_ms)
        return None if before.told else step

    def latest(self, key: K) -> T | None:
        """What the latest attempt came from; None where nothing has failed."""
        climb = self._climbs.get(key)
        return climb.cause if climb else None

    def prolong(self, key: K, until_ms: int, cause: T) -> None:
        """What has just been tried is still the latest attempt."""
        if climb := self._climbs.get(key):
            climb.until_ms, climb.cause = max(climb.until_ms, until_ms), cause

    def end(self, key: K) -> None:
        """It succeeded, or nobody can say how it goes on."""
        self._climbs.pop(key, None)

    def end_all(self) -> set[K]:
        """Of nothing can be said how it goes on; gives what it was."""
        ended, self._climbs = set(self._climbs), {}
        return ended

    def missed(self, now_ms: int) -> Iterator[Step[T]]:
        """Steps that have become too long; each is given once."""
        for climb in self._climbs.values():
            if not climb.told and (step := self._step(climb, now_ms, came=False)).too_late:
                climb.told = True
                yield step

    def _step(self, before: _Climb[T], now_ms: int, *, came: bool) -> Step[T]:
        number = before.steps + 1
        least_ms, most_ms = self._bounds(number, before.gap_ms)
        longest_ms, shortest_ms = now_ms - before.at_ms, now_ms - before.until_ms
        too_soon = came and longest_ms + self._tolerance_ms < least_ms
        too_late = shortest_ms - self._tolerance_ms > most_ms
        return Step(number, longest_ms, least_ms, most_ms, before.cause, came, too_soon, too_late)
