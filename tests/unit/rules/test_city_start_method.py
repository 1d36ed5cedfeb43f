"""BJ-2.2.1: each charge is told of, in time, and with how it was started."""

from __future__ import annotations

import pytest

from simulators.beijing.messages import Interface
from simulators.journal.records import WireError
from tests.unit.city_journals import CHARGE_STATUS, NUMBER, OTHER_NUMBER, CityStory
from tests.unit.journals import LEFT_OUT, OTHER_CARD, Asked

METHOD, KEPT_UP = "BJ-2.2.1-a", "BJ-2.2.1-b"
EIGHT_HOURS_MS = 8 * 3600 * 1000


def charging() -> tuple[CityStory, Asked]:
    """A charge that just began by card."""
    story = CityStory()
    story.booted()
    return story, story.start().answered()


def kept_up(story: CityStory, start: Asked, *gaps_s: float, beat: bool = True) -> None:
    """A status after each gap; the box beats meanwhile."""
    for gap_s in gaps_s:
        while gap_s > 0:
            story.passes(min(gap_s, 10))
            gap_s -= 10
            if beat:
                story.beat().answered()
        story.charge_status(start)


# BJ-2.2.1-a


def test_the_right_method_passes() -> None:
    """A charge that a card began is told as ChargeModel 2, pushed and asked for."""
    story, start = charging()
    story.charge_status(start)
    story.asked_status(start)
    assert story.judged().of(METHOD) == ["good pushed/card", "good queried/card"]


@pytest.mark.parametrize("wrong", [LEFT_OUT, None, 0, 1, 3, "card", True])
def test_another_method_or_none_is_bad(wrong: object) -> None:
    """Unknown (0) is not how it was started."""
    story, start = charging()
    story.charge_status(start, ChargeModel=wrong)
    story.asked_status(start, ChargeModel=wrong)
    assert story.judged().of(METHOD) == ["bad pushed/card", "bad queried/card"]


def test_a_number_in_a_string_is_the_number() -> None:
    """That it travels as a string is CEC-ENV-m."""
    story, start = charging()
    story.charge_status(start, ChargeModel="2")
    judged = story.judged()
    assert judged.of(METHOD) == ["good pushed/card"]
    assert judged.of("CEC-ENV-m") == ["bad notification_equip_charge_status"]


def test_another_name_of_the_field_in_another_reading() -> None:
    """The seed does not name the field (BJ-X5)."""
    story = CityStory(city_readings={"BJ-X5": "StartType"})
    story.booted()
    start = story.start().answered()
    story.charge_status(start, ChargeModel=LEFT_OUT, StartType=2)
    assert story.judged().of(METHOD) == ["good pushed/card"]


def test_refused_answers_are_no_evidence() -> None:
    """Whether the order is known is BJ-1.1.9's."""
    story, start = charging()
    story.charge_status(start)
    story.asked_status(start, ret=4004)
    assert story.judged().of(METHOD) == ["good pushed/card"]


def test_a_status_may_overtake_the_answer_to_the_start() -> None:
    """The server tells the city at once, while the box still waits: the status is judged once the start is known."""
    story = CityStory()
    story.booted()
    start = story.start()
    story.charge_status(start, ChargeModel=3)
    start.answered()
    judged = story.judged()
    assert judged.of(METHOD) == ["bad pushed/card"]
    assert judged.of(KEPT_UP) == ["good begun"]


def test_a_status_in_the_time_of_another_zone_is_of_the_charge_that_runs() -> None:
    """A wrong StartTime must not hide a wrong method."""
    story, start = charging()
    story.charge_status(start, ChargeModel=3, StartTime=story.local(start.sent_ms - EIGHT_HOURS_MS))
    assert story.judged().of(METHOD) == ["bad pushed/card"]


def test_statuses_of_another_time_are_of_no_charge_that_is_known() -> None:
    """A charge from before the run, whose status was refused then and is repeated now."""
    story, start = charging()
    story.charge_status(start, OTHER_NUMBER, ChargeModel=3, StartTime=story.local(start.sent_ms - 4_000_000))
    story.charge_status(start)
    assert story.judged().of(METHOD) == ["good pushed/card"]


def test_a_new_charge_is_not_taken_for_the_one_before() -> None:
    """Half a minute after a charge of which nobody heard, the next one is told of while its start is on its way."""
    story, first = charging()
    story.passes(1)
    story.stop(first).answered()
    story.passes(29)
    second = story.start(OTHER_CARD)
    story.charge_status(second)
    second.answered()
    judged = story.judged()
    assert judged.of(KEPT_UP) == ["good begun"]
    finding = next(finding for finding in judged.findings if finding.row == METHOD)
    assert finding.at[0] == second_start_of(story)


def second_start_of(story: CityStory) -> int:
    return [record.seq for record in story.records if getattr(record, "operation", "") == "startTrans"][1]


# BJ-2.2.1-b


def test_a_charge_that_is_told_of_about_every_minute_passes() -> None:
    """At once, then every 50 s or every minute, up to its end."""
    story, start = charging()
    kept_up(story, start, 0, 50, 60, 64)
    story.passes(55)
    story.stop(start).answered()
    assert story.judged().of(KEPT_UP) == ["good begun", "good kept-up", "good kept-up", "good kept-up"]


def test_a_first_status_after_a_minute_is_in_time() -> None:
    """About every minute from the start on: the first is due no earlier than the second (1.1.8)."""
    story, start = charging()
    kept_up(story, start, 60)
    assert story.judged().of(KEPT_UP) == ["good begun"]


@pytest.mark.parametrize(
    ("gaps_s", "found"),
    [
        ((120,), ["bad begun"]),
        ((0, 70), ["good begun", "bad kept-up"]),
        ((0, 50, 120), ["good begun", "good kept-up", "bad kept-up"]),
    ],
)
def test_longer_gaps_are_bad(gaps_s: tuple[float, ...], found: list[str]) -> None:
    """70 s is not about a minute."""
    story, start = charging()
    kept_up(story, start, *gaps_s)
    assert story.judged().of(KEPT_UP) == found


def test_a_charge_of_which_nobody_tells_is_bad_once_it_is_over() -> None:
    """Pushing only what the platform started leaves this one out."""
    story, start = charging()
    for _ in range(10):
        story.passes(10)
        story.beat().answered()
    story.stop(start).answered()
    assert story.judged().of(KEPT_UP) == ["bad begun"]


def test_statuses_that_dry_up_are_bad_once_the_charge_is_over() -> None:
    """The last gap is one like the others."""
    story, start = charging()
    story.charge_status(start)
    for _ in range(7):
        story.passes(10)
        story.beat().answered()
    story.stop(start).answered()
    assert story.judged().of(KEPT_UP) == ["good begun", "bad kept-up"]


def test_a_charge_that_goes_on_to_the_end_of_the_run_is_judged_too() -> None:
    """Its end is not needed to see that nobody told of it."""
    story, _ = charging()
    for _ in range(8):
        story.passes(10)
        story.beat().answered()
    assert story.judged().of(KEPT_UP) == ["bad begun"]


def test_a_charge_of_seconds_need_not_be_told_of() -> None:
    """It was over before a status was due: nothing can be said."""
    story, start = charging()
    story.passes(5)
    story.stop(start).answered()
    assert story.judged().of(KEPT_UP) == []


def test_a_gap_in_which_the_city_refused_is_nobodys() -> None:
    """What was refused by plan may have held up the rest."""
    story, start = charging()
    story.charge_status(start)
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, {}, by="silent")
    kept_up(story, start, 90, 50)
    assert story.judged().of(KEPT_UP) == ["good begun", "good kept-up"]


def test_a_status_that_the_city_refused_was_told() -> None:
    """It was pushed in time; what its answer was is another matter."""
    story, start = charging()
    story.charge_status(start, by="ret 500")
    kept_up(story, start, 50)
    assert story.judged().of(KEPT_UP) == ["good begun", "good kept-up"]


def test_a_status_that_nobody_could_read_blames_no_gap() -> None:
    """It may have been the one: whoever owns the envelope judges it."""
    story, start = charging()
    story.charge_status(start)
    story.passes(50)
    story.beat().answered()
    story.pushes(CHARGE_STATUS, None)
    kept_up(story, start, 50)
    assert story.judged().of(KEPT_UP) == ["good begun"]


def test_of_a_silent_box_no_status_is_owed() -> None:
    """A server may believe that the charge is over, until the box is back."""
    story, start = charging()
    story.charge_status(start)
    story.passes(100)
    story.beat().answered()
    kept_up(story, start, 30, 50)
    assert story.judged().of(KEPT_UP) == ["good begun", "good kept-up"]


def test_after_a_stop_without_an_answer_nothing_is_owed() -> None:
    """The server may have taken it."""
    story, start = charging()
    story.charge_status(start)
    story.passes(20)
    story.stop(start).broken(WireError.TIMEOUT)
    for _ in range(10):
        story.passes(10)
        story.beat().answered()
    assert story.judged().of(KEPT_UP) == ["good begun"]


def test_after_a_restart_of_the_box_nothing_is_owed() -> None:
    """What ran on it may be closed, or not."""
    story, start = charging()
    story.charge_status(start)
    story.passes(20)
    story.booted()
    for _ in range(10):
        story.passes(10)
        story.beat().answered()
    assert story.judged().of(KEPT_UP) == ["good begun"]


def test_two_charges_are_followed_apart() -> None:
    """One is kept up, the other is not."""
    story, left = charging()
    right = story.start(OTHER_CARD, connector=2).answered()
    for second in range(0, 121, 10):
        if second % 50 == 0:
            story.charge_status(left, NUMBER)
        if second in (0, 110):
            story.charge_status(right, OTHER_NUMBER)
        story.passes(10)
        story.beat().answered()
    assert story.judged().of(KEPT_UP).count("bad kept-up") == 1


def test_another_number_is_no_other_charge() -> None:
    """That it is the same in all messages is BJ-2.2.1-c; of which charge it is, connector and start tell."""
    story, start = charging()
    story.charge_status(start, NUMBER)
    story.passes(40)
    story.charge_status(start, OTHER_NUMBER)
    assert story.judged().of(KEPT_UP) == ["good begun", "good kept-up"]
