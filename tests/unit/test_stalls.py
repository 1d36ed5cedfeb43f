"""Whether the loop moves: a limit on answers leaves out the time in which nobody could have read one."""

from __future__ import annotations

import asyncio

from simulators.clock import monotonic_ns, pause
from simulators.wire.stalls import Stalls

MS = 1_000_000


def test_a_loop_that_stood_still_says_for_how_long() -> None:
    """Before it has moved again, and afterwards; of other moments it says nothing."""

    async def story() -> None:
        stalls = Stalls()
        stalls.begin()
        await pause(0)
        began_ns = monotonic_ns()
        while (still_ns := monotonic_ns()) < began_ns + 400 * MS:
            pass  # and nobody else gets a turn
        at_once_ns = stalls.within_ns(began_ns, still_ns)
        await pause(0.01)
        stalls.end()
        assert at_once_ns >= 300 * MS
        assert stalls.within_ns(began_ns, still_ns) >= at_once_ns
        assert stalls.within_ns(began_ns - 1000 * MS, began_ns - 500 * MS) == 0

    asyncio.run(story())


def test_only_what_lies_between_the_moments_counts() -> None:
    """In parts, and not what any loop is late by."""
    stalls = Stalls()
    stalls._spans.extend([(100 * MS, 300 * MS), (400 * MS, 490 * MS), (600 * MS, 900 * MS)])
    assert stalls.within_ns(0, 1000 * MS) == 500 * MS
    assert stalls.within_ns(150 * MS, 750 * MS) == 300 * MS
    assert stalls.within_ns(301 * MS, 599 * MS) == 0
