"""1.3, heartbeat: the answer, and what the server makes of silence."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.journal.records import WireError
from tests.unit.journals import BOX, HOME, LEFT_OUT, NOWHERE, OTHER_BOX, Story

OFFLINE, IDLE = 0, 1


def test_a_heartbeat_tells_the_time_with_and_without_the_station() -> None:
    """The plain cases of EVC-1.3-a and EVC-1.3-b."""
    story = Story()
    story.booted()
    story.beat().answered()
    story.beat(station=HOME).answered()
    judged = story.judged()
    assert judged.of("EVC-1.3-a") == ["good current-time", "good current-time"]
    assert judged.of("EVC-1.3-b") == ["good without-station", "good with-station"]
    assert judged.blamed() == []


@pytest.mark.parametrize("time", [LEFT_OUT, None, "now", 1.5])
def test_a_heartbeat_without_the_time_is_blamed(time: Any) -> None:
    """Answered, but not with what the box asks for: EVC-1.3-a alone."""
    story = Story()
    story.booted()
    story.beat().answered(currentTime=time)
    judged = story.judged()
    assert judged.of("EVC-1.3-a") == ["bad current-time"]
    assert judged.of("EVC-1.3-b") == ["good without-station"]
    assert judged.blamed() == ["EVC-1.3-a current-time"]


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize(("station", "case"), [(None, "without-station"), (HOME, "with-station")])
def test_a_refused_heartbeat_is_blamed(station: str | None, case: str, status: int) -> None:
    """The station is optional: neither with it nor without it may a beat be refused."""
    story = Story()
    story.booted()
    story.beat(station=station).refused(status)
    judged = story.judged()
    assert judged.of("EVC-1.3-b") == [f"bad {case}"]
    assert judged.blamed() == [f"EVC-1.3-b {case}"]


def test_a_heartbeat_from_a_station_that_the_box_did_not_boot_at_is_not_judged() -> None:
    """A beat that contradicts the boot may be refused."""
    story = Story()
    story.booted()
    story.beat(station=NOWHERE).refused(404)
    judged = story.judged()
    assert judged.of("EVC-1.3-b") == []
    assert judged.blamed() == []


def test_a_heartbeat_of_a_box_that_did_not_boot_is_not_judged() -> None:
    """What is owed to it is not said."""
    story = Story()
    story.beat().refused(400)
    judged = story.judged()
    assert [judged.of("EVC-1.3-a"), judged.of("EVC-1.3-b"), judged.blamed()] == [[], [], []]


def test_a_silent_box_is_shown_offline_and_after_its_beat_online() -> None:
    """Three intervals by default; in between both are right."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.connectors((BOX, 1, IDLE))
    story.passes(30)
    story.connectors((BOX, 1, IDLE))
    story.connectors((BOX, 1, OFFLINE))
    story.passes(1)
    story.connectors((BOX, 1, OFFLINE))
    story.beat().answered()
    story.connectors((BOX, 1, IDLE))
    judged = story.judged()
    assert judged.of("EVC-1.3-d") == ["good offline", "good online-again"]
    assert judged.blamed() == []


def test_a_silent_box_that_stays_online_is_advised_against() -> None:
    """Nobody looks for silent boxes."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(31)
    story.connectors((BOX, 1, IDLE), (BOX, 2, IDLE))
    judged = story.judged()
    assert judged.of("EVC-1.3-d") == ["bad offline", "bad offline"]
    assert judged.blamed() == ["EVC-1.3-d offline"]


def test_a_box_that_stays_offline_after_its_beat_is_advised_against() -> None:
    """A beat is a sign of life, boot or no boot."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(60)
    story.connectors((BOX, 1, OFFLINE))
    story.beat().answered()
    story.connectors((BOX, 1, OFFLINE))
    judged = story.judged()
    assert judged.of("EVC-1.3-d") == ["good offline", "bad online-again"]
    assert judged.blamed() == ["EVC-1.3-d online-again"]


def test_a_beating_box_shown_offline_is_advised_against() -> None:
    """It beats at its interval, and is shown as offline."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(10)
    story.beat().answered()
    story.connectors((BOX, 1, OFFLINE))
    judged = story.judged()
    assert judged.of("EVC-1.3-d") == ["bad offline"]
    assert judged.blamed() == ["EVC-1.3-d offline"]


def test_the_interval_told_and_the_patience_of_the_pixit_decide() -> None:
    """Two intervals of 300 s."""
    story = Story(offline_after_intervals=2)
    story.boot().answered(heartbeatInterval=300)
    story.passes(600)
    story.connectors((BOX, 1, IDLE))
    story.passes(1)
    story.connectors((BOX, 1, IDLE))
    assert story.judged().of("EVC-1.3-d") == ["bad offline"]


def test_a_box_that_says_other_things_is_neither() -> None:
    """A server may take any message for a sign of life, or beats only."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(31)
    story.status().answered()
    story.connectors((BOX, 1, IDLE))
    story.connectors((BOX, 1, OFFLINE))
    judged = story.judged()
    assert judged.of("EVC-1.3-d") == []
    assert judged.blamed() == []


def test_a_beat_whose_answer_was_lost_may_have_been_heard() -> None:
    """Nor can a box be called silent that spoke."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(31)
    story.beat().broken(WireError.TIMEOUT)
    story.connectors((BOX, 1, IDLE))
    story.connectors((BOX, 1, OFFLINE))
    assert story.judged().of("EVC-1.3-d") == []


def test_a_beat_that_never_left_was_not_heard() -> None:
    """Without a connection the silence goes on."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.passes(31)
    story.beat().broken(WireError.UNREACHABLE)
    story.connectors((BOX, 1, OFFLINE))
    assert story.judged().of("EVC-1.3-d") == ["good offline"]


def test_boxes_that_were_never_accepted_may_be_shown_in_any_way() -> None:
    """Their state is nobody's."""
    story = Story()
    story.boot().answered(status="Rejected")
    story.passes(3600)
    story.connectors((BOX, 1, IDLE), (OTHER_BOX, 1, IDLE))
    assert story.judged().of("EVC-1.3-d") == []
