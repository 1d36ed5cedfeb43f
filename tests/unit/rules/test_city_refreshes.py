"""BJ-1.1.2-b: what does not change is pushed every three hours."""

from __future__ import annotations

import pytest

from simulators.journal.records import Fact
from tests.unit.city_journals import LEFT, SOCKETS
from tests.unit.city_yard import FAULT, IDLE, OCCUPIED, OFFLINE, RESERVED, Yard
from tests.unit.duty_journals import STATION_STATUS, DutyStory
from tests.unit.remote_journals import CHARGER, NEIGHBOUR
from tests.unit.sealed_journals import status_content

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


def refreshed_with(*pushed: int, stood_s: float = 700, ret: int = 0) -> list[str]:
    """What is found when these are pushed of a connector that has been idle for some time, and was told so.

    ``ret``: what the platform answered when it was told that it was reserved before.
    """
    story = Yard()
    story.shows("Reserved")
    story.pushes(STATION_STATUS, status_content(RESERVED), ret=ret)
    story.waits(20)
    story.shows("Available")
    story.told(IDLE)
    story.waits(stood_s)
    for status in pushed:
        story.told(status)
    story.waits(20)
    return story.judged().of(ROW)


@pytest.mark.parametrize("false", [OFFLINE, OCCUPIED, RESERVED, FAULT])
def test_another_state_is_no_refresh(false: int) -> None:
    """It was never so, whoever puts it right at once."""
    assert refreshed_with(false, IDLE) == ["bad online"]


def test_the_same_state_is_a_refresh() -> None:
    """Twice, too."""
    assert refreshed_with(IDLE, IDLE) == []


def test_what_was_so_may_come_late_for_some_time_after_a_change() -> None:
    """A queue may hold it still."""
    assert refreshed_with(RESERVED, IDLE, stood_s=500) == []


def test_what_was_refused_may_come_again() -> None:
    """Whenever its turn is."""
    assert refreshed_with(RESERVED, IDLE, ret=-1) == []


def test_after_a_restart_a_server_may_have_forgotten_states() -> None:
    """For the same time."""
    for waited_s, found in ((20, []), (700, ["bad online"])):
        story = Yard()
        story.waits(700)
        moment = story.tick()
        story.write(Fact(at_ms=story.now_ms, mono_ns=moment, wall_ns=moment, actor="operator", what="server-restarted"))
        story.waits(waited_s)
        story.told(OFFLINE)
        story.told(IDLE)
        story.waits(20)
        assert story.judged().of(ROW) == found


def test_a_state_that_stays_wrong_is_blamed_by_the_row_of_changes_too() -> None:
    """And then no more: what is told is another matter from then on."""
    story = Yard()
    story.waits(700)
    for _ in range(2):
        story.told(OFFLINE)
        story.waits(20)
    judged = story.judged()
    assert judged.of(ROW) == ["bad online"]
    assert judged.of("BJ-1.1.2-a")[-1] == "bad idle"


def test_a_silent_box_is_offline_and_nothing_else() -> None:
    """A refresh may not put it on line."""
    story = Yard()
    story.passes(100)
    story.told(OFFLINE)
    story.passes(700)
    story.told(IDLE)
    story.told(OFFLINE)
    story.passes(10)
    assert story.judged().of(ROW) == ["bad offline"]


def test_a_connector_that_is_never_pushed_is_missed() -> None:
    """Each of the PIXIT's."""
    story = DutyStory(plugged=False)
    story.passes(1)
    story.state_pushed(1)
    story.passes(HOURS_3_S + 10)
    assert len(story.judged().of(ROW)) == 1 + len(OTHERS)
