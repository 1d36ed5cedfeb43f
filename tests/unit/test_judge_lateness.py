"""A clock of ours that was late: what it excuses, and what it does not."""

from __future__ import annotations

import pytest

from conformance.finding import Finding
from conformance.judge import Judge, Judgement
from conformance.requirements.ledger import ledger
from conformance.rules.evchong.bench import EvchongBench
from conformance.verdict import Status, Why
from simulators.journal.records import Step
from tests.unit.journals import Story

ROW = ledger()["EVC-1.7-e"]


def judged_with_margin(story: Story) -> Judgement:
    """By a judge who knows that a duty leaves five seconds."""
    judge = Judge(lambda: [EvchongBench(story.pixit)], margin_s=5.0)
    for record in story.records:
        judge.observe(record)
    return judge.judgement([ROW], lambda _: True)


@pytest.mark.parametrize(("late_ms", "status"), [(5000, Status.FAIL), (5001, Status.INCONCLUSIVE)])
def test_a_scaled_clock_that_was_late_blames_nobody(late_ms: int, status: Status) -> None:
    """Past the least margin that a duty has, what failed may have been in time."""
    story = Story()
    story.booted()
    story.status().refused(422)
    story.status(info="all well").answered()
    story.step("lateness", worst_ns=0, jitter_ms=late_ms)
    story.step("lateness", worst_ns=0)
    story.step("run-ended")
    told = judged_with_margin(story).of("EVC-1.7-e")
    late = status is Status.INCONCLUSIVE
    assert (told.status, told.why) == (status, Why.JITTER if late else None)
    assert ("5.00 s of protocol time late" in told.reason) is late


@pytest.mark.parametrize(
    ("late_ms", "status"),
    [((6000, 0), Status.FAIL), ((0, 6000), Status.INCONCLUSIVE), ((6000, 6000), Status.INCONCLUSIVE)],
)
def test_a_clock_that_was_late_in_one_scenario_excuses_nothing_in_another(
    late_ms: tuple[int, int], status: Status
) -> None:
    """Lateness is told of what went before it, since it was told last."""
    story = Story()
    story.booted()
    story.step("lateness", worst_ns=0, jitter_ms=late_ms[0])
    story.status(info="all well").answered()
    story.status().refused(422)
    story.step("lateness", worst_ns=0, jitter_ms=late_ms[1])
    story.step("run-ended")
    assert judged_with_margin(story).of("EVC-1.7-e").status is status


def test_what_rests_on_the_time_when_the_clock_was_late_is_excused_later_too() -> None:
    """A duty that arose then may be found broken in the next scenario: its evidence says since when."""
    story = Story()
    story.booted()
    story.status().refused(422)
    story.step("lateness", worst_ns=0, jitter_ms=6000)
    judge = Judge(lambda: [EvchongBench(story.pixit)], margin_s=5.0)
    for record in story.records:
        judge.observe(record)
    world = judge.worlds[0]
    early, late = (
        Finding(row="EVC-1.7-e", case="x", ok=False, expected="", actual="", at=at) for at in ((1, 99), (98, 99))
    )
    for finding, holds in ((early, []), (late, [late])):
        world.tallies["EVC-1.7-e"].add(finding)
        world.unsure.append(finding)
        judge.judgement([ROW], lambda _: True)
        assert world.tallies["EVC-1.7-e"].sure == holds


def test_a_clock_is_too_late_beyond_the_margin_only() -> None:
    """What tells of no lateness is in time."""
    assert [Judge(list, margin_s=5.0).too_late(told) for told in ({"jitter_ms": 5000}, {"jitter_ms": 5001})] == [
        False, True,
    ]  # fmt: skip
    strict = Judge(list, margin_s=0.0)
    strict.observe(Step(seq=1, at_ms=0, mono_ns=0, wall_ns=0, what="lateness", values={"worst_ns": 0}))
    assert (strict.too_late({}), strict.worlds[0].jitter_ms) == (False, 0)
