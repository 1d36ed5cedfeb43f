"""EVC-1.3-d and BJ-1.1.2-a: a box that falls silent is told to the city as offline, and as it was when it is back."""

from __future__ import annotations

import pytest

from simulators.journal.records import WireError
from tests.unit.city_journals import LEFT, RIGHT
from tests.unit.city_yard import CHANGES, IDLE, OFFLINE, RESERVED, SILENCE, Yard, of
from tests.unit.journals import BOX, CARD

# Silence


def silent(*, told_after_s: float | None, seconds: float = 60) -> Yard:
    """A box that falls silent, its connectors pushed as offline some time after its latest word."""
    story = Yard()
    story.beating = []
    if told_after_s is None:
        story.passes(seconds)
        return story
    story.passes(told_after_s)
    story.told(OFFLINE, LEFT)
    story.told(OFFLINE, RIGHT)
    story.passes(seconds - told_after_s)
    return story


@pytest.mark.parametrize("told_after_s", [10.5, 20, 30, 34.9])
def test_a_silent_box_is_told_as_offline(told_after_s: float) -> None:
    """From the first beat that it missed until the PIXIT's number of intervals, and at once."""
    story = silent(told_after_s=told_after_s)
    assert of(story, CHANGES) == ["good offline", "good offline"]
    assert of(story, SILENCE) == ["good city-offline", "good city-offline"]


@pytest.mark.parametrize("told_after_s", [None, 36])
def test_a_silent_box_that_is_told_late_or_never_is_bad(told_after_s: float | None) -> None:
    """Both connectors of it."""
    story = silent(told_after_s=told_after_s)
    assert of(story, CHANGES) == ["bad offline", "bad offline"]
    assert of(story, SILENCE) == ["bad city-offline", "bad city-offline"]


def test_offline_while_the_box_beats_is_bad() -> None:
    """It has missed no beat."""
    story = Yard()
    story.told(OFFLINE)
    story.waits(30)
    assert of(story) == ["bad idle"]


@pytest.mark.parametrize("told", [True, False])
def test_a_box_that_beats_again_is_told_as_it_was(told: bool) -> None:
    """As online again after the next beat."""
    story = silent(told_after_s=31)
    story.beat().answered()
    story.beating = [BOX]
    if told:
        story.told(IDLE, LEFT)
        story.told(IDLE, RIGHT)
    story.waits(20)
    word = "good" if told else "bad"
    assert of(story, CHANGES)[2:] == [f"{word} idle"] * 2
    assert of(story, SILENCE)[2:] == [f"{word} city-online-again"] * 2


def test_offline_by_a_missed_beat_must_be_put_right_too() -> None:
    """One beat was lost; the server said offline, which it may, and must say that it was none."""
    story = Yard()
    story.beating = []
    story.passes(15)
    story.told(OFFLINE)
    story.passes(5)
    story.beat().answered()
    story.beating = [BOX]
    story.waits(20)
    assert of(story) == ["bad idle"]


def test_other_words_are_signs_of_life_or_none() -> None:
    """A box that says other things but beats no more may be either (EVC-1.3-d)."""
    for told in (OFFLINE, IDLE):
        story = Yard()
        story.beating = []
        for _ in range(6):
            story.passes(10)
            story.authorize(CARD).answered()
        story.told(told)
        story.passes(20)
        assert of(story) == []


def test_beats_that_are_not_heard_are_none() -> None:
    """The line is cut: the server hears nothing."""
    story = Yard()
    story.beating = []
    for _ in range(6):
        story.passes(10)
        story.beat().broken(WireError.UNREACHABLE)
    assert of(story) == ["bad offline", "bad offline"]


def test_the_silence_of_a_box_that_was_turned_away_is_not_judged() -> None:
    """Refused at boot, it may count as online or offline."""
    story = Yard()
    story.boot().answered(status="Rejected")
    story.passes(60)
    assert of(story) == []


def test_what_is_not_due_at_the_end_is_not_judged() -> None:
    """The run was over before the tolerance was."""
    story = Yard()
    story.shows("Reserved")
    story.passes(4)
    assert of(story) == []


def test_who_is_back_is_not_offline_whatever_else_it_is() -> None:
    """EVC-1.3-d asks no more; that it was idle, BJ-1.1.2-a asks."""
    story = silent(told_after_s=31)
    story.beat().answered()
    story.beating = [BOX]
    story.told(RESERVED, LEFT)
    story.waits(20)
    assert of(story, CHANGES)[2:] == ["bad idle", "bad idle"]
    assert of(story, SILENCE)[2:] == ["good city-online-again", "bad city-online-again"]
