"""The building blocks of temporal rules, held equal to naive twins that look at the whole trace at once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.rules.blocks import Every, Gap, Ladder, Open, Step, Unique, Within

LIMIT_MS = 10
TOLERANCE_MS = 2


@dataclass(frozen=True)
class Event:
    """Something that happens to one key; ``what`` is a method of the block, or "look" for its deadlines."""

    what: str
    key: str
    at_ms: int
    number: int  # its place in the trace, by which causes are told apart

    def concerns(self, key: str) -> bool:
        """For what happens to several keys at once: its own, and those before it in the alphabet."""
        return key <= self.key


def traces(*what: str) -> st.SearchStrategy[list[Event]]:
    """Traces in which time only moves forward."""
    steps = st.tuples(st.sampled_from(what), st.sampled_from("ab"), st.integers(0, 2 * LIMIT_MS))
    return st.lists(steps, min_size=1, max_size=40).map(_timed)


def _timed(steps: list[tuple[str, str, int]]) -> list[Event]:
    now_ms, trace = 0, []
    for number, (what, key, passed_ms) in enumerate(steps):
        now_ms += passed_ms
        trace.append(Event(what, key, now_ms, number))
    return trace


# Within


def within(trace: list[Event]) -> list[tuple[int, str, str, int]]:
    """What the block says: place in the trace, met or overdue, key, the number of the cause."""
    block: Within[str, Event] = Within(LIMIT_MS)
    said: list[tuple[int, str, str, int]] = []
    for event in trace:
        if event.what == "begin":
            block.begin(event.key, event.at_ms, event)
        elif event.what == "meet":
            if met := block.meet(event.key):
                said.append((event.number, "met", met.key, met.cause.number))
        elif event.what == "void":
            block.void(event.key)
        elif event.what == "void_where":
            block.void_where(event.concerns)
        else:
            said += [(event.number, "overdue", duty.key, duty.cause.number) for duty in block.overdue(event.at_ms)]
    return said


def naive_within(trace: list[Event]) -> list[tuple[int, str, str, int]]:
    """For each event that ends a duty, look back for the one that began it."""
    said = []
    for event in trace:
        if event.what == "meet":
            keys = [event.key]
        elif event.what == "look":
            keys = sorted({each.key for each in trace}, key=lambda key: _begun(trace, key, event.number))
        else:
            continue
        for key in keys:
            begun = _begun(trace, key, event.number)
            if begun < 0:
                continue
            if event.what == "meet":
                said.append((event.number, "met", key, begun))
            elif trace[begun].at_ms + LIMIT_MS < event.at_ms:
                said.append((event.number, "overdue", key, begun))
    return said


def _begun(trace: list[Event], key: str, until: int) -> int:
    """The number of the event that began the duty which is open before this place; -1 when none is."""
    begun = -1
    for event in trace[:until]:
        ends = event.what in ("meet", "void") and event.key == key
        ends = ends or (event.what == "void_where" and event.concerns(key))
        if event.what == "begin" and event.key == key and begun < 0:
            begun = event.number
        elif ends or (event.what == "look" and _late(trace, begun, event.at_ms)):
            begun = -1
    return begun


def _late(trace: list[Event], begun: int, now_ms: int) -> bool:
    return begun >= 0 and trace[begun].at_ms + LIMIT_MS < now_ms


@given(traces("begin", "begin", "meet", "void", "void_where", "look"))
def test_within_says_what_a_look_at_the_whole_trace_says(trace: list[Event]) -> None:
    """Met and overdue duties, each once, the first beginning in force."""
    assert within(trace) == naive_within(trace)


def test_a_duty_tells_where_it_came_from() -> None:
    """Since when, until when, and why."""
    block: Within[str, str] = Within(LIMIT_MS)
    block.begin("a", 5, "swipe")
    block.begin("a", 9, "second swipe")
    assert list(block.overdue(15)) == []
    assert block.meet("a") == Open("a", 5, 15, "swipe")
    assert block.meet("a") is None


# Every


def every(trace: list[Event]) -> list[tuple[int, Gap[str]]]:
    """What the block says, with the place in the trace."""
    block: Every[str] = Every(TOLERANCE_MS)
    said: list[tuple[int, Gap[str]]] = []
    for event in trace:
        if event.what == "start":
            block.start(event.key, event.at_ms, LIMIT_MS)
        elif event.what == "stop":
            block.stop(event.key)
        elif event.what == "beat":
            gap = block.beat(event.key, event.at_ms)
            said += [(event.number, gap)] if gap else []
        else:
            said += [(event.number, gap) for gap in block.missed(event.at_ms)]
    return said


def naive_every(trace: list[Event]) -> list[tuple[int, Gap[str]]]:
    """Walk through the trace once for each key, by itself."""
    said = []
    for key in sorted({event.key for event in trace}):
        anchor_ms: int | None = None
        for event in trace:
            if event.what == "look":
                if anchor_ms is not None and event.at_ms > anchor_ms + LIMIT_MS + TOLERANCE_MS:
                    said.append((event.number, Gap(key, anchor_ms, event.at_ms - anchor_ms, False)))
                    anchor_ms += LIMIT_MS
            elif event.key != key:
                continue
            elif event.what == "stop":
                anchor_ms = None
            elif event.what == "start":
                anchor_ms = event.at_ms
            elif anchor_ms is not None:
                gap_ms = event.at_ms - anchor_ms
                in_time = LIMIT_MS - TOLERANCE_MS <= gap_ms <= LIMIT_MS + TOLERANCE_MS
                said.append((event.number, Gap(key, anchor_ms, gap_ms, in_time)))
                anchor_ms = event.at_ms
    return said


def by_place(said: list[tuple[int, Gap[str]]]) -> list[tuple[int, Gap[str]]]:
    """In one order, whichever key a look came to first."""
    return sorted(said, key=lambda each: (each[0], each[1].key))


@given(traces("start", "beat", "beat", "stop", "look"))
def test_every_says_what_a_look_at_the_whole_trace_says(trace: list[Event]) -> None:
    """Gaps between beats, and beats that never came."""
    assert by_place(every(trace)) == by_place(naive_every(trace))


@pytest.mark.parametrize(("at_ms", "ok"), [(7, False), (8, True), (10, True), (12, True), (13, False)])
def test_a_beat_may_be_off_by_the_tolerance(at_ms: int, ok: bool) -> None:
    """Both ways, the bounds included."""
    block: Every[str] = Every(TOLERANCE_MS)
    block.start("a", 0, LIMIT_MS)
    assert block.beat("a", at_ms) == Gap("a", 0, at_ms, ok)


def test_each_missed_beat_is_told_once() -> None:
    """Looking again at the same moment finds the next one, if that was missed too."""
    block: Every[str] = Every(TOLERANCE_MS)
    block.start("a", 0, LIMIT_MS)
    assert list(block.missed(12)) == []
    assert list(block.missed(23)) == [Gap("a", 0, 23, False)]
    assert list(block.missed(23)) == [Gap("a", 10, 13, False)]
    assert list(block.missed(23)) == []


# Unique


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_unique_finds_the_first_user_of_each_value(values: list[int]) -> None:
    """As a look at everything before would."""
    block: Unique[int, tuple[int, int]] = Unique()
    users = [(place, value) for place, value in enumerate(values)]
    said = [block.use(value, users[place]) for place, value in enumerate(values)]
    naive = [None if values.index(value) == place else users[values.index(value)] for place, value in enumerate(values)]
    assert said == naive


def test_a_duty_that_is_void_is_never_overdue() -> None:
    """Its own, and no other."""
    duties: Within[str, str] = Within(1000)
    duties.begin("here", 0, "a swipe")
    duties.begin("there", 0, "another")
    duties.void("here")
    assert [duty.key for duty in duties.overdue(5000)] == ["there"]


# Ladder


def rungs(number: int, before_ms: int) -> tuple[int, int]:
    """Exactly 5, then never less than before."""
    return (5, 5) if number == 1 else (min(before_ms, LIMIT_MS), LIMIT_MS)


def ladder(trace: list[Event]) -> list[tuple[int, Step[int]]]:
    """What the block says, with the place in the trace; every third attempt takes 3 ms."""
    block: Ladder[str, int] = Ladder(rungs, TOLERANCE_MS)
    said: list[tuple[int, Step[int]]] = []
    for event in trace:
        if event.what == "attempt":
            step = block.attempt(event.key, event.at_ms, event.at_ms + _took_ms(event), event.number)
            said += [(event.number, step)] if step else []
        elif event.what == "end":
            block.end(event.key)
        else:
            said += [(event.number, step) for step in block.missed(event.at_ms)]
    return said


def _took_ms(event: Event) -> int:
    return 3 if event.number % 3 == 0 else 0


def naive_ladder(trace: list[Event]) -> list[tuple[int, Step[int]]]:
    """For each attempt and each look, gather the attempts since the key last ended."""
    said = []
    for event in trace:
        keys = sorted({each.key for each in trace}) if event.what == "look" else [event.key]
        for key in keys if event.what != "end" else ():
            before = _attempts(trace, key, event.number)
            if not before:
                continue
            step = _naive_step(before, event)
            late_at = [each for each in trace[before[-1].number : event.number] if each.what == "look"]
            told = any(_naive_step(before, look).too_late for look in late_at)
            if not told and (event.what == "attempt" or step.too_late):
                said.append((event.number, step))
    return said


def _attempts(trace: list[Event], key: str, until: int) -> list[Event]:
    """Those of a key before a place, since it last ended."""
    since = max((each.number for each in trace[:until] if each.what == "end" and each.key == key), default=-1)
    return [each for each in trace[since + 1 : until] if each.what == "attempt" and each.key == key]


def _naive_step(before: list[Event], event: Event) -> Step[int]:
    last, number = before[-1], len(before)
    gaps = [later.at_ms - each.at_ms - _took_ms(each) for each, later in itertools.pairwise(before)]
    least_ms, most_ms = rungs(number, max(0, gaps[-1]) if gaps else 0)
    gap_ms, came = event.at_ms - last.at_ms, event.what == "attempt"
    soon = came and gap_ms < least_ms - TOLERANCE_MS
    late = gap_ms - _took_ms(last) > most_ms + TOLERANCE_MS
    return Step(number, gap_ms, least_ms, most_ms, last.number, came, soon, late)


@given(traces("attempt", "attempt", "attempt", "end", "look"))
def test_ladder_says_what_a_look_at_the_whole_trace_says(trace: list[Event]) -> None:
    """Every step that came, each that stayed away once, from either end of the attempt before."""
    assert sorted(ladder(trace), key=_place) == sorted(naive_ladder(trace), key=_place)


def _place(said: tuple[int, Step[int]]) -> tuple[int, int]:
    return said[0], said[1].cause


def test_what_goes_on_is_one_attempt() -> None:
    """A call that is made anew at once; what ended all is told."""
    block: Ladder[str, str] = Ladder(rungs, TOLERANCE_MS)
    assert block.attempt("a", 0, 0, "call") is None
    block.prolong("a", 4, "call again")
    assert block.latest("a") == "call again"
    step = block.attempt("a", 9, 9, "repeat")
    assert step is not None
    assert (step.ok, step.gap_ms, step.cause) == (True, 9, "call again")
    assert block.end_all() == {"a"}
    assert block.latest("a") is None


def test_a_rhythm_says_when_its_next_beat_is_due() -> None:
    """One interval after the latest."""
    block: Every[str] = Every(TOLERANCE_MS)
    assert block.due_ms("a") is None
    block.start("a", 5, LIMIT_MS)
    assert block.due_ms("a") == 5 + LIMIT_MS
