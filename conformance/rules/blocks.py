"""The building blocks of temporal rules. Each is told what happens, in protocol time, and says what follows.

Each has a naive twin in the tests that looks at the whole trace at once; hypothesis holds the two equal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

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

    def void_all(self) -> None:
        """A jump of the clock, or a line that was cut: nothing can be said of what was open."""
        self._open.clear()

    def overdue(self, now_ms: int) -> Iterator[Open[K, T]]:
        """Duties whose limit lies before this moment; each is given once."""
        if not self._open:
            return
        late = [duty for duty in self._open.values() if duty.until_ms < now_ms]
        for duty in late:
            del self._open[duty.key]
            yield duty


@dataclass(frozen=True, slots=True)
class Gap(Generic[K]):
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
