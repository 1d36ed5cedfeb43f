"""Protocol time: stepped for servers that we start, scaled for those whose own time runs faster, real for all others.

A *party* is whoever lives in protocol time: a box, a duty of the server, a scenario. Under the stepped clock time
stands still while any party is awake (talking, computing, waiting for an answer) and jumps to the next due moment
when all of them wait. So a day takes seconds, and no verdict depends on how busy the machine is.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

MEASURED_EVERY_S = 0.05  # real seconds; a scaled clock can be late by as much and nobody knows


def monotonic_ns() -> int:
    """The machine's own measure; response limits are judged by it."""
    return time.monotonic_ns()


def wall_ns() -> int:
    """The machine's calendar, epoch nanoseconds."""
    return time.time_ns()


async def pause(seconds: float) -> None:
    """Let service time pass. Protocol time is waited for with ``Clock.sleep_until``."""
    await asyncio.sleep(seconds)


class Alarm(Protocol):
    """A call that was asked for and can still be taken back."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What every party asks for the time. All moments are epoch milliseconds of protocol time."""

    kind: str  # "stepped", "scaled" or "real"
    rate: float  # protocol seconds in a real second; 0 under the stepped clock

    def now_ms(self) -> int: ...

    def call_at(self, moment_ms: int, call: Callable[[], None]) -> Alarm:
        """Call at that moment, soon when it is past. Nobody is awake on its account until then."""

    async def sleep_until(self, moment_ms: int) -> None:
        """For a party that is awake: return at that moment, at once when it is past."""

    def spawn(self, party: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a party; it counts as awake until it sleeps, rests or ends."""

    def awake(self) -> AbstractAsyncContextManager[None]:
        """A context in which the caller counts as an awake party."""

    def resting(self) -> AbstractAsyncContextManager[None]:
        """For a party that is awake: a context in which it does not hold the time."""


class _SteppedAlarm:
    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class SteppedClock:
    """Time that moves only when everybody waits. Lives in one event loop."""

    kind = "stepped"
    rate = 0.0

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms
        self._awake = 0
        self._order = itertools.count()
        self._alarms: list[tuple[int, int, _SteppedAlarm]] = []

    def now_ms(self) -> int:
        return self._now_ms

    def call_at(self, moment_ms: int, call: Callable[[], None]) -> Alarm:
        alarm = _SteppedAlarm(call)
        heapq.heappush(self._alarms, (moment_ms, next(self._order), alarm))
        self._consider_moving()
        return alarm

    async def sleep_until(self, moment_ms: int) -> None:
        if moment_ms <= self._now_ms:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                self._awake += 1  # counted before the sleeper runs, or time would move on past it
                woken.set_result(None)

        alarm = self.call_at(moment_ms, wake)
        self._fall_asleep()
        try:
            await woken
        except asyncio.CancelledError:
            alarm.cancel()
            if woken.cancelled() or not woken.done():
                self._awake += 1  # it ends awake, as whoever cancelled it expects
            raise

    def spawn(self, party: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._awake += 1
        task = asyncio.get_running_loop().create_task(party)
        task.add_done_callback(lambda _: self._fall_asleep())
        return task

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[None]:
        self._awake += 1
        try:
            yield
        finally:
            self._fall_asleep()

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        self._fall_asleep()
        try:
            yield
        finally:
            self._awake += 1

    def _fall_asleep(self) -> None:
        self._awake -= 1
        self._consider_moving()

    def _consider_moving(self) -> None:
        if self._awake == 0 and self._alarms:
            asyncio.get_running_loop().call_soon(self._move)

    def _move(self) -> None:
        while self._alarms and self._alarms[0][2].call is None:
            heapq.heappop(self._alarms)
        if self._awake > 0 or not self._alarms:
            return  # somebody woke up for another reason, or there is nothing to wait for
        self._now_ms = max(self._now_ms, self._alarms[0][0])
        while self._alarms and self._alarms[0][0] <= self._now_ms:
            _, _, alarm = heapq.heappop(self._alarms)
            call, alarm.call = alarm.call, None
            if call is not None:
                call()
        self._consider_moving()


class _RealAlarm:
    """A call of the loop's that is never early.

    Loops round to milliseconds of a clock of their own, and one is 20 of protocol time at rate 20. Who is woken to see
    that something is over would see that it is not, and wait for nothing more.
    """

    def __init__(self, clock: RealClock, moment_ms: int, call: Callable[[], None]) -> None:
        self._clock, self._moment_ms, self._call = clock, moment_ms, call
        self._plan()

    def cancel(self) -> None:
        self._handle.cancel()

    def _plan(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self._clock.left_s(self._moment_ms), self._ring)

    def _ring(self) -> None:
        if self._clock.now_ms() < self._moment_ms:
            self._plan()
        else:
            self._call()


class RealClock:
    """The machine's own time."""

    kind = "real"
    rate = 1.0

    def now_ms(self) -> int:
        return wall_ns() // 1_000_000

    def call_at(self, moment_ms: int, call: Callable[[], None]) -> Alarm:
        return _RealAlarm(self, moment_ms, call)

    async def sleep_until(self, moment_ms: int) -> None:
        await asyncio.sleep(self.left_s(moment_ms))
        while self.now_ms() < moment_ms:
            await asyncio.sleep(self.left_s(moment_ms))

    def left_s(self, moment_ms: int) -> float:
        """Real seconds until then."""
        return max(0.0, (moment_ms - self.now_ms()) / 1000 / self.rate)

    def spawn(self, party: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(party)

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        yield


class ScaledClock(RealClock):
    """Time that runs ``rate`` times as fast as the machine's, which stood at ``start_ms`` at the moment ``origin_ms``.

    What the machine is late by, it is late by ``rate`` times as much in protocol time: ``worst_late_ms`` is the worst
    that was measured, by whoever waited for a moment.
    """

    kind = "scaled"

    def __init__(self, rate: float, start_ms: int | None = None, origin_ms: int | None = None) -> None:
        """Without a start, from the real time on at which it is made."""
        self.rate = rate
        self.worst_late_ms = 0
        self.origin_ms = wall_ns() // 1_000_000 if origin_ms is None else origin_ms
        self.start_ms = self.origin_ms if start_ms is None else start_ms

    def now_ms(self) -> int:
        return self.start_ms + int((wall_ns() // 1_000 - self.origin_ms * 1000) * self.rate / 1000)

    def call_at(self, moment_ms: int, call: Callable[[], None]) -> Alarm:
        due_ms = max(moment_ms, self.now_ms())

        def ring() -> None:
            self._note(due_ms)
            call()

        return super().call_at(moment_ms, ring)

    async def sleep_until(self, moment_ms: int) -> None:
        due_ms = max(moment_ms, self.now_ms())
        await super().sleep_until(moment_ms)
        self._note(due_ms)

    def take_worst_late_ms(self) -> int:
        """The worst since it was taken last."""
        worst_ms, self.worst_late_ms = self.worst_late_ms, 0
        return worst_ms

    def keep_measuring(self) -> None:
        """From here on somebody waits for a moment all the time, so that no lateness goes unseen."""
        self.call_at(self.now_ms() + round(MEASURED_EVERY_S * self.rate * 1000), self.keep_measuring)

    def _note(self, due_ms: int) -> None:
        self.worst_late_ms = max(self.worst_late_ms, self.now_ms() - due_ms)


class NextMoment:
    """Keeps an alarm at the moment that a mind waits for next, and moves it when the mind thinks otherwise."""

    def __init__(self, clock: Clock, call: Callable[[], None]) -> None:
        self._clock, self._call = clock, call
        self._alarm: Alarm | None = None
        self._planned_ms: int | None = None

    def plan(self, due_ms: int | None) -> None:
        """Call at that moment, in place of the one before; None: not at all."""
        if due_ms == self._planned_ms:
            return
        self.cancel()
        if due_ms is not None:
            self._planned_ms = due_ms
            self._alarm = self._clock.call_at(due_ms, self._come)

    def cancel(self) -> None:
        """Wait for nothing more."""
        if self._alarm:
            self._alarm.cancel()
        self._planned_ms, self._alarm = None, None

    def _come(self) -> None:
        self._planned_ms, self._alarm = None, None
        self._call()
