"""Waiting for a record: what is there counts, every wait has a limit, and stepped time costs nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from simulators.clock import RealClock, SteppedClock
from simulators.journal.records import Fact, Record
from simulators.journal.store import Journal
from simulators.journal.waiting import WaitedInVain, wait

HOUR_MS = 3_600_000


def fact(what: str) -> Fact:
    return Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box", what=what)


def named(what: str) -> Callable[[Record], bool]:
    return lambda record: isinstance(record, Fact) and record.what == what


def run_stepped(clock: SteppedClock, story: Coroutine[Any, Any, None]) -> None:
    """Live the story as an awake party; a story that hangs fails after ten real seconds."""

    async def live() -> None:
        async with asyncio.timeout(10), clock.awake():
            await story

    asyncio.run(live())


def test_what_was_recorded_before_is_found_without_waiting(tmp_path: Path) -> None:
    """The first match after ``since`` is given back at once; earlier ones don't count."""
    clock = SteppedClock(0)

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:
            journal.post(fact("card-swiped"))
            journal.post(fact("card-swiped"))
            journal.post(fact("card-swiped"))
            found = await wait(journal, named("card-swiped"), 5, "the card", clock=clock, since=1)
            assert found.seq == 2
        assert clock.now_ms() == 0

    run_stepped(clock, story())


def test_waiting_under_the_stepped_clock_costs_protocol_time_only(tmp_path: Path) -> None:
    """Three hours pass at once, and the one who waited is awake at the moment of the record, not later."""
    clock = SteppedClock(0)
    began = time.monotonic()

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:

            async def box() -> None:
                await clock.sleep_until(3 * HOUR_MS)
                journal.post(fact("beat"))
                await clock.sleep_until(30 * HOUR_MS)

            clock.spawn(box())
            found = await wait(journal, named("beat"), 4 * 3600, "a beat", clock=clock, since=0)
            assert found == Fact(seq=1, at_ms=1, mono_ns=1, wall_ns=1, actor="box", what="beat")
            assert clock.now_ms() == 3 * HOUR_MS

    run_stepped(clock, story())
    assert time.monotonic() - began < 5


def test_waiting_in_vain_ends_at_the_limit_and_says_what_for(tmp_path: Path) -> None:
    """The limit is kept to the millisecond of protocol time, and the time goes on afterwards."""
    clock = SteppedClock(1000)

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:
            journal.post(fact("gun-plugged"))
            with pytest.raises(WaitedInVain) as vain:
                await wait(journal, named("beat"), 150, "a heartbeat of CB-0001", clock=clock, since=0)
            assert clock.now_ms() == 151_000
            assert (vain.value.what_for, vain.value.limit_s) == ("a heartbeat of CB-0001", 150)
            assert str(vain.value) == (
                "waited 150 s (stepped clock) in vain for a heartbeat of CB-0001; last record then: 1"
            )
            await clock.sleep_until(200_000)
            assert clock.now_ms() == 200_000

    run_stepped(clock, story())


def test_a_wait_that_was_answered_leaves_no_alarm_behind(tmp_path: Path) -> None:
    """After many answered waits time still moves exactly as the parties ask."""
    clock = SteppedClock(0)

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:

            async def box() -> None:
                for minute in range(1, 101):
                    await clock.sleep_until(minute * 60_000)
                    journal.post(fact(f"beat-{minute}"))

            clock.spawn(box())
            for minute in range(1, 101):
                await wait(journal, named(f"beat-{minute}"), 61, "the next beat", clock=clock, since=minute - 1)
                assert clock.now_ms() == minute * 60_000
            await clock.sleep_until(7_000_000)
            assert clock.now_ms() == 7_000_000

    run_stepped(clock, story())


def test_several_waits_are_answered_by_the_same_record(tmp_path: Path) -> None:
    """Waits don't take records away from each other."""
    clock = SteppedClock(0)
    found: list[int] = []

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:

            async def waiting() -> None:
                record = await wait(journal, named("beat"), 60, "a beat", clock=clock, since=0)
                found.append(record.seq)

            parties = [clock.spawn(waiting()) for _ in range(3)]
            await clock.sleep_until(1000)
            journal.post(fact("beat"))
            async with clock.resting():
                await asyncio.gather(*parties)
            assert clock.now_ms() == 1000

    run_stepped(clock, story())
    assert found == [1, 1, 1]


@pytest.mark.parametrize("already", [True, False])
def test_a_predicate_that_crashes_hurts_the_one_who_waits(tmp_path: Path, already: bool) -> None:
    """Its error comes out of ``wait``; whoever posts notices nothing."""
    clock = SteppedClock(0)

    def crash(record: Record) -> bool:
        raise KeyError("no such field")

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:

            async def box() -> None:
                await clock.sleep_until(1000)
                journal.post(fact("beat"))

            if already:
                journal.post(fact("beat"))
            box_task = clock.spawn(box())
            with pytest.raises(KeyError, match="no such field"):
                await wait(journal, crash, 60, "a beat", clock=clock, since=0)
            async with clock.resting():
                await box_task
            assert journal.last_seq == (2 if already else 1)

    run_stepped(clock, story())


def test_under_the_real_clock_a_record_of_another_thread_ends_the_wait(tmp_path: Path) -> None:
    """The same call waits in real time, and threads may post."""

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:
            poster = threading.Timer(0.05, lambda: journal.post(fact("beat")))
            poster.start()
            found = await wait(journal, named("beat"), 10, "a beat", clock=RealClock(), since=0)
            assert found.seq == 1
            poster.join()

    asyncio.run(story())


def test_under_the_real_clock_the_limit_is_real(tmp_path: Path) -> None:
    """Nothing comes: the wait ends by itself, not before its limit."""

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:
            began = time.monotonic()
            with pytest.raises(WaitedInVain, match=r"waited 0\.05 s \(real clock\) in vain for a beat"):
                await wait(journal, named("beat"), 0.05, "a beat", clock=RealClock(), since=0)
            assert time.monotonic() - began >= 0.045  # the calendar counts whole milliseconds

    asyncio.run(story())


def test_a_cancelled_wait_lets_go_of_journal_and_clock(tmp_path: Path) -> None:
    """Cancelling is clean: no listener, no alarm, no held time."""
    clock = SteppedClock(0)

    async def story() -> None:
        with Journal.create(tmp_path / "journal.db") as journal:

            async def waiting() -> None:
                await wait(journal, named("beat"), 60, "a beat", clock=clock, since=0)

            party = clock.spawn(waiting())
            await clock.sleep_until(1000)
            party.cancel()
            async with clock.resting():
                await asyncio.gather(party, return_exceptions=True)
            assert journal.post(fact("beat")) == 1
            await clock.sleep_until(500_000)
            assert clock.now_ms() == 500_000

    run_stepped(clock, story())
