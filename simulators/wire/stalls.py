"""When our own loop stood still: what an answer took meanwhile is not the server's alone.

A machine that pauses, a process that gets no processor, a long breath of the garbage collector: nobody reads an answer
that has come. So the loop is asked all the time whether it moves, and a limit on answers leaves out what it did not.
"""

from __future__ import annotations

import asyncio
from collections import deque

from simulators.clock import monotonic_ns

ASKED_EVERY_NS = 50_000_000
SHORT_NS = 100_000_000  # what any loop is late by on a busy machine, and no answer waits for long
MOST_KEPT = 64

Span = tuple[int, int]  # monotonic nanoseconds


class Stalls:
    """Watches the loop that runs, from ``begin`` to ``end``."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque(maxlen=MOST_KEPT)
        self._due_ns: int | None = None  # when the loop shows next that it moves
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watch from here on."""
        self._due_ns = monotonic_ns() + ASKED_EVERY_NS
        self._alarm = asyncio.get_running_loop().call_later(ASKED_EVERY_NS / 1e9, self._move)

    def end(self) -> None:
        """Watch no longer."""
        if self._alarm:
            self._alarm.cancel()
        self._due_ns = None

    def within_ns(self, from_ns: int, to_ns: int) -> int:
        """For how long it stood still between two moments, the later one being now or just past."""
        spans = [*self._spans, *([(self._due_ns, to_ns)] if self._due_ns is not None else [])]
        stood_ns = [min(to_ns, ended_ns) - max(from_ns, began_ns) for began_ns, ended_ns in spans]
        return sum(each for each in stood_ns if each > SHORT_NS)

    def _move(self) -> None:
        assert self._due_ns is not None
        now_ns = monotonic_ns()
        if now_ns - self._due_ns > SHORT_NS:
            self._spans.append((self._due_ns, now_ns))
        self.begin()
