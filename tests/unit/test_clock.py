"""Protocol time: stepped, it moves only when everybody waits; real, it is the machine's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from simulators.clock import RealClock, ScaledClock, SteppedClock, monotonic_ns, pause, wall_ns

NOON_MS = 1425268800000


def live(clock: SteppedClock, story: Coroutine[Any, Any, None]) -> None:
    """Live a story as an awake party; one that hangs fails after ten real seconds."""

    async def whole() -> None:
        async with asyncio.timeout(10), clock.awake():
            await story

    asyncio.run(whole())


def test_time_stands_still_while_a_party_is_awake() -> None:
    """However long it takes, in real time and in turns of the loop."""
    clock = SteppedClock(NOON_MS)

    async def story() -> None:
        clock.call_at(NOON_MS + 1, lambda: None)
        for _ in range(100):
            await pause(0)
        await pause(0.01)
        assert clock.now_ms() == NOON_MS

    live(clock, story())
    assert (clock.kind, clock.rate) == ("stepped", 0.0)


def test_time_jumps_to_the_next_due_moment_when_all_wait() -> None:
    """A day costs nothing, and nobody wakes a millisecond late."""
    clock = SteppedClock(NOON_MS)
    began = time.monotonic()

    async def story() -> None:
        await clock.sleep_until(NOON_MS + 86_400_000)
        assert clock.now_ms() == NOON_MS + 86_400_000

    live(clock, story())
    assert time.monotonic() - began < 5


def test_a_moment_that_is_past_is_now() -> None:
    """Sleeping until then returns at once; a call planned for then comes soon, and moves no time back."""
    clock = SteppedClock(NOON_MS)
    heard: list[int] = []

    async def story() -> None:
        await clock.sleep_until(NOON_MS - 1)
        clock.call_at(NOON_MS - 5, lambda: heard.append(clock.now_ms()))
        assert heard == []
        await clock.sleep_until(NOON_MS + 1)

    live(clock, story())
    assert heard == [NOON_MS]


def test_calls_of_one_moment_come_in_the_order_in_which_they_were_asked_for() -> None:
    """And all of them before time moves on."""
    clock = SteppedClock(0)
    heard: list[tuple[str, int]] = []

    async def story() -> None:
        for name in "cab":
            clock.call_at(10, lambda name=name: heard.append((name, clock.now_ms())))  # type: ignore[misc]
        clock.call_at(5, lambda: heard.append(("early", clock.now_ms())))
        await clock.sleep_until(20)

    live(clock, story())
    assert heard == [("early", 5), ("c", 10), ("a", 10), ("b", 10)]


def test_sleepers_of_one_moment_wake_together() -> None:
    """Each sees the same time, though the others are awake as well."""
    clock = SteppedClock(0)
    woke: list[tuple[str, int]] = []

    async def sleeper(name: str) -> None:
        await clock.sleep_until(10)
        await pause(0.001)
        woke.append((name, clock.now_ms()))

    async def story() -> None:
        parties = [clock.spawn(sleeper(name)) for name in "abc"]
        await clock.sleep_until(11)
        await asyncio.gather(*parties)

    live(clock, story())
    assert sorted(woke) == [("a", 10), ("b", 10), ("c", 10)]


def test_a_call_that_was_taken_back_never_comes_and_holds_nobody_up() -> None:
    """Nor does time stop at its moment."""
    clock = SteppedClock(0)
    heard: list[int] = []

    async def story() -> None:
        clock.call_at(5, lambda: heard.append(clock.now_ms())).cancel()
        last = clock.call_at(10, lambda: heard.append(clock.now_ms()))
        await clock.sleep_until(10)
        last.cancel()

    live(clock, story())
    assert heard == [10]


def test_a_sleeper_that_is_cancelled_is_awake_until_it_ends() -> None:
    """It may clean up at the moment of its end; afterwards time moves on without it."""
    clock = SteppedClock(0)
    cleaned_at: list[int] = []

    async def sleeper() -> None:
        try:
            await clock.sleep_until(1_000_000)
        finally:
            await pause(0.001)
            cleaned_at.append(clock.now_ms())

    async def story() -> None:
        party = clock.spawn(sleeper())
        await clock.sleep_until(5)
        party.cancel()
        with pytest.raises(asyncio.CancelledError):
            await party
        await clock.sleep_until(50)
        assert clock.now_ms() == 50

    live(clock, story())
    assert cleaned_at == [5]


def test_a_sleeper_cancelled_in_the_moment_of_its_waking_is_counted_once() -> None:
    """Time neither stops for good nor runs away."""
    clock = SteppedClock(0)
    taken_back: list[bool] = []

    async def story() -> None:
        party = clock.spawn(clock.sleep_until(5))
        clock.call_at(5, lambda: taken_back.append(party.cancel()))
        await clock.sleep_until(6)
        assert party.cancelled()
        assert taken_back == [True]
        clock.call_at(7, lambda: None)
        await pause(0.001)
        assert clock.now_ms() == 6
        await clock.sleep_until(8)
        assert clock.now_ms() == 8

    live(clock, story())


def test_a_resting_party_holds_no_time() -> None:
    """What it waits for may need time to come; when it goes on, time stands still again."""
    clock = SteppedClock(0)

    async def story() -> None:
        rung = asyncio.Event()
        clock.call_at(30, rung.set)
        clock.call_at(40, lambda: None)
        async with clock.resting():
            await rung.wait()
        at_ms = clock.now_ms()
        await pause(0.001)
        assert clock.now_ms() == at_ms

    live(clock, story())
    assert clock.now_ms() >= 30


def test_a_party_that_breaks_holds_no_time() -> None:
    """Its end counts, whatever it was."""
    clock = SteppedClock(0)

    async def broken() -> None:
        raise RuntimeError("so it goes")

    async def story() -> None:
        party = clock.spawn(broken())
        await clock.sleep_until(5)
        with pytest.raises(RuntimeError, match="so it goes"):
            party.result()

    live(clock, story())


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=6), min_size=1, max_size=5))
def test_every_party_wakes_at_its_moments_and_time_never_goes_back(plans: list[list[int]]) -> None:
    """Whatever the others do: each sleeps so many milliseconds again and again, and wakes exactly then."""
    clock = SteppedClock(0)
    woke: list[tuple[int, int]] = []

    async def party(number: int, naps: list[int]) -> None:
        due_ms = 0
        for nap_ms in naps:
            due_ms += nap_ms
            await clock.sleep_until(due_ms)
            woke.append((number, clock.now_ms()))

    async def story() -> None:
        parties = [clock.spawn(party(number, naps)) for number, naps in enumerate(plans)]
        await clock.sleep_until(1000)
        await asyncio.gather(*parties)

    live(clock, story())
    expected = [[(number, sum(naps[: place + 1])) for place in range(len(naps))] for number, naps in enumerate(plans)]
    assert [[each for each in woke if each[0] == number] for number in range(len(plans))] == expected
    moments = [at_ms for _, at_ms in woke]
    assert moments == sorted(moments)


def test_the_real_clock_is_the_machine_s() -> None:
    """Epoch milliseconds, one second a second; calls and sleepers come no earlier than they should."""
    clock = RealClock()
    heard: list[int] = []

    async def whole() -> None:
        async with asyncio.timeout(10), clock.awake():
            due_ms = clock.now_ms() + 20
            clock.call_at(due_ms, lambda: heard.append(clock.now_ms() - due_ms))
            clock.call_at(due_ms, lambda: heard.append(-1)).cancel()
            await clock.sleep_until(due_ms - 1_000_000)
            async with clock.resting():
                await clock.spawn(clock.sleep_until(due_ms + 20))

    before_ms = wall_ns() // 1_000_000
    asyncio.run(whole())
    assert (clock.kind, clock.rate) == ("real", 1.0)
    assert before_ms + 40 <= clock.now_ms() + 1
    assert len(heard) == 1
    assert heard[0] >= 0


def test_the_scaled_clock_runs_as_often_as_fast() -> None:
    """From the moment at which it stood at its start; a protocol hour is a fraction of a second at a high rate."""
    clock = ScaledClock(36_000.0, NOON_MS, wall_ns() // 1_000_000)
    heard: list[int] = []

    async def whole() -> None:
        async with asyncio.timeout(10), clock.awake():
            due_ms = clock.now_ms() + 3_600_000
            clock.call_at(due_ms, lambda: heard.append(clock.now_ms() - due_ms))
            await clock.spawn(clock.sleep_until(due_ms + 360_000))
            assert clock.now_ms() >= due_ms + 360_000 - 36_000  # a real millisecond of the loop's own rounding

    began = time.monotonic()
    asyncio.run(whole())
    passed_ms = (time.monotonic() - began) * 1000 * clock.rate
    assert (clock.kind, clock.rate) == ("scaled", 36_000.0)
    assert len(heard) == 1
    assert NOON_MS + 3_960_000 - 36_000 <= clock.now_ms() <= NOON_MS + passed_ms + 36_000_000
    assert clock.worst_late_ms >= max(heard[0] - 36_000, 0)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nobody_is_called_early(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Not by a millisecond of protocol time, whatever the loop rounds to: what is looked at then must be over."""
    clock = ScaledClock(20.0)
    early: list[int] = []

    async def whole() -> None:
        for wait_ms in range(1, 120, 2):
            due_ms = clock.now_ms() + wait_ms
            clock.call_at(due_ms, lambda due_ms=due_ms: early.append(due_ms - clock.now_ms()))  # type: ignore[misc]
            await clock.sleep_until(due_ms)
            early.append(due_ms - clock.now_ms())
        await pause(0.01)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(whole())
    assert len(early) == 120
    assert max(early) <= 0


def test_a_scaled_clock_without_a_start_begins_at_the_real_time() -> None:
    """As a server does that libfaketime hurries from its start on; two clocks of one origin agree."""
    before_ms = wall_ns() // 1_000_000
    clock = ScaledClock(20.0)
    twin = ScaledClock(20.0, clock.start_ms, clock.origin_ms)
    assert before_ms <= clock.start_ms == clock.origin_ms
    first_ms = clock.now_ms()
    assert first_ms <= twin.now_ms() <= clock.now_ms()


def test_the_scaled_clock_measures_how_late_it_is() -> None:
    """A machine that is busy for 30 ms is late by twenty times as much; what was due in the past is not late."""
    clock = ScaledClock(20.0)

    async def whole() -> None:
        clock.call_at(clock.now_ms() - 1_000_000, lambda: None)
        await clock.sleep_until(clock.now_ms() - 1_000_000)
        await pause(0)
        assert clock.worst_late_ms < 200_000
        clock.call_at(clock.now_ms() + 100, lambda: None)
        held_until_ns = monotonic_ns() + 35_000_000
        while monotonic_ns() < held_until_ns:
            pass  # the loop is held up
        await pause(0.01)

    asyncio.run(whole())
    assert clock.worst_late_ms >= 500


def test_the_scaled_clock_is_late_whoever_waits() -> None:
    """Somebody is made to wait all the time; what was taken is not told again."""
    clock = ScaledClock(20.0)

    async def whole() -> None:
        clock.keep_measuring()
        await pause(0.06)
        clock.take_worst_late_ms()
        held_until_ns = monotonic_ns() + 300_000_000
        while monotonic_ns() < held_until_ns:
            pass  # the loop is held up, and no party of ours waits for anything
        await pause(0.01)

    asyncio.run(whole())
    assert clock.take_worst_late_ms() >= 4_000  # of the 6 s; the wait may have begun 50 ms into it
    assert clock.take_worst_late_ms() == 0


def test_the_machine_s_own_measures_move_forward() -> None:
    """Monotonic for limits, the calendar for people."""
    first, second = monotonic_ns(), monotonic_ns()
    assert second >= first
    assert wall_ns() > NOON_MS * 1_000_000
