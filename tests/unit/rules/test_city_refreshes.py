"""BJ-1.1.2-b: what does not change is pushed every three hours."""

from __future__ import annotations

import pytest

from tests.unit.city_journals import LEFT, SOCKETS
from tests.unit.duty_journals import STATION_STATUS, DutyStory
from tests.unit.remote_journals import CHARGER, NEIGHBOUR

ROW = "BJ-1.1.2-b"
HOURS_3_S = 3 * 3600
OTHERS = [socket.id for socket in (*SOCKETS, CHARGER, NEIGHBOUR) if socket is not LEFT]


def refreshed(*gaps_s: float, status: int = 1, then_s: float = 0) -> list[str]:
    """Findings of one connector whose state is pushed after these gaps; the others are left out of it."""
    story = DutyStory(plugged=False)
    story.state_pushed(status)
    for gap_s in gaps_s:
        story.passes(gap_s)
        story.state_pushed(status)
    story.passes(then_s)
    story.state_pushed(3, connector=CHARGER.id)  # something by which time is seen to pass
    judged = story.judged()
    about = [finding for finding in judged.findings if finding.row == ROW and LEFT.id in finding.expected]
    judged.of(ROW)
    return [f"{'good' if finding.ok else 'bad'} {finding.case}" for finding in about]


@pytest.mark.parametrize(("status", "case"), [(1, "online"), (3, "online"), (0, "offline")])
def test_a_state_is_pushed_again_in_three_hours(status: int, case: str) -> None:
    """At least: more often is fine."""
    assert refreshed(HOURS_3_S - 60, status=status, then_s=120) == [f"good {case}"]
    assert refreshed(*[600] * 19, status=status) == [f"good {case}"]
    assert refreshed(4 * 3600, status=status) == [f"bad {case}"]


def test_before_three_hours_are_over_nothing_is_said() -> None:
    """What is pushed twice may never be pushed again."""
    assert refreshed(0, 600, then_s=3600) == []


def test_the_second_three_hours_count_from_the_last_push() -> None:
    """Each gap, not the mean."""
    assert refreshed(600, then_s=HOURS_3_S) == ["good online"]
    assert refreshed(600, then_s=HOURS_3_S + 10) == ["good online", "bad online"]


def test_a_change_is_a_push() -> None:
    """Three hours count from it."""
    story = DutyStory(plugged=False)
    for number in range(4):
        story.state_pushed(number % 2 + 1)
        story.passes(2 * 3600)
    found = [finding for finding in story.judged().findings if finding.row == ROW and LEFT.id in finding.expected]
    assert found == []


def test_what_nobody_could_read_may_have_been_any() -> None:
    """Its form is another row's."""
    story = DutyStory(plugged=False)
    story.state_pushed(1)
    story.passes(2 * 3600)
    story.pushes(STATION_STATUS, None)
    story.passes(2 * 3600)
    assert story.judged().of(ROW) == []


def test_a_connector_that_is_never_pushed_is_missed() -> None:
    """Each of the PIXIT's."""
    story = DutyStory(plugged=False)
    story.passes(1)
    story.state_pushed(1)
    story.passes(HOURS_3_S + 10)
    assert len(story.judged().of(ROW)) == 1 + len(OTHERS)
