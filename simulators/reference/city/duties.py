"""What the server does by itself, in protocol time: duties that run, alarms that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from simulators.reference.city.known import City
from simulators.reference.setting import ServerSetting


class Duties:
    """Each duty is a party: protocol time stands still while it talks, and moves on while it sleeps."""

    setting: ServerSetting
    city: City

    def begin_duty(self, duty: Coroutine[Any, Any, None]) -> None:
        task = self.setting.clock.spawn(duty)
        self.city.duties.add(task)
        task.add_done_callback(self._duty_ended)

    def _duty_ended(self, task: asyncio.Task[None]) -> None:
        self.city.duties.discard(task)
        if not task.cancelled() and self.city.failure is None:
            self.city.failure = task.exception()

    async def sleep_s(self, seconds: float) -> None:
        """Let protocol time pass for a duty."""
        clock = self.setting.clock
        await clock.sleep_until(clock.now_ms() + round(seconds * 1000))

    @asynccontextmanager
    async def turn(self, lane: asyncio.Lock) -> AsyncIterator[None]:
        """Wait for one's turn; who waits for somebody who sleeps keeps no time from passing."""
        async with self.setting.clock.resting():
            await lane.acquire()
        try:
            yield
        finally:
            lane.release()

    def wake_in(self, seconds: float, name: str, call: Callable[[], None]) -> None:
        """Set the alarm of that name, instead of where it stood."""
        if name in self.city.alarms:
            self.city.alarms[name].cancel()
        clock = self.setting.clock
        self.city.alarms[name] = clock.call_at(clock.now_ms() + round(seconds * 1000), call)

    async def end_duties(self) -> None:
        """End everything, quietly; what broke in a duty on the way comes out here."""
        for alarm in self.city.alarms.values():
            alarm.cancel()
        running = list(self.city.duties)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self.city.failure is not None:
            raise self.city.failure
