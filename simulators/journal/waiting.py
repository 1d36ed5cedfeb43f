"""The one way to wait for something to happen: look in the journal first, then wait, never for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from simulators.clock import Clock
from simulators.journal.records import Record
from simulators.journal.store import Journal


class WaitedInVain(Exception):
    """What was waited for did not happen within its limit."""

    def __init__(self, what_for: str, limit_s: float, clock_kind: str, last_seq: int) -> None:
        super().__init__(
            f"waited {limit_s:g} s ({clock_kind} clock) in vain for {what_for}; last record then: {last_seq}"
        )
        self.what_for = what_for
        self.limit_s = limit_s


async def wait(
    journal: Journal,
    predicate: Callable[[Record], bool],
    limit_s: float,
    what_for: str,
    *,
    clock: Clock,
    since: int,
) -> Record:
    """Return the first record after number ``since`` that the predicate holds for, posted already or still to come.

    The limit is in protocol time: under the stepped clock waiting costs none of the machine's. The caller is an
    awake party and rests meanwhile; it is awake again before time moves on from the moment of the record.

    Raises:
        WaitedInVain: the limit passed. ``what_for`` completes 'waited in vain for ...'.
        Exception: whatever the predicate raised.
    """
    hope = _Hope(predicate, clock)
    unsubscribe = journal.subscribe(hope.consider)
    try:
        # After subscribing, so that nothing posted between looking and waiting is missed.
        for record in journal.since(since):
            if predicate(record):
                return record
        found = await hope.within(limit_s)
    finally:
        unsubscribe()
        hope.end()
    if found is None:
        raise WaitedInVain(what_for, limit_s, clock.kind, journal.last_seq)
    return found


class _Hope:
    """One wait that is going on."""

    def __init__(self, predicate: Callable[[Record], bool], clock: Clock) -> None:
        self._predicate = predicate
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._outcome: asyncio.Future[Record | None] = self._loop.create_future()
        self._over = False

    def consider(self, record: Record) -> None:
        """Look at a new record, on whatever thread it was posted."""
        if self._over:
            return
        try:
            if not self._predicate(record):
                return
            outcome: Record | Exception = record
        except Exception as error:  # the waiting side's code: its crash belongs to it, not to the one who posted
            outcome = error
        self._over = True
        if threading.get_ident() == self._thread:
            self._report(outcome)
        else:
            self._loop.call_soon_threadsafe(self._report, outcome)

    def end(self) -> None:
        """Nobody waits any more."""
        self._over = True
        self._outcome.cancel()

    async def within(self, limit_s: float) -> Record | None:
        """The record, or None when the limit has passed."""
        alarm = self._clock.spawn(self._give_up_at(self._clock.now_ms() + round(limit_s * 1000)))
        try:
            async with self._clock.resting():
                return await self._outcome
        finally:
            alarm.cancel()

    async def _give_up_at(self, moment_ms: int) -> None:
        await self._clock.sleep_until(moment_ms)
        self._settle(None)

    def _report(self, outcome: Record | Exception) -> None:
        """Let a party of its own wake the one who waits.

        It is awake from this very call on. Whoever posted may fall asleep at once, and without it the stepped clock
        would move on before the waiting one had woken.
        """

        async def wake() -> None:
            self._settle(outcome)

        self._clock.spawn(wake())

    def _settle(self, outcome: Record | Exception | None) -> None:
        if self._outcome.done():
            return
        if isinstance(outcome, Exception):
            self._outcome.set_exception(outcome)
        else:
            self._outcome.set_result(outcome)
