"""The limits of seed 1.1 on each answer, judged (BJ-1.1.1-a, BJ-1.1.3-a, BJ-1.1.4-a, BJ-1.1.5-a, 1.1.6-a, 1.1.16-a)."""

from __future__ import annotations

import pytest

from simulators.beijing.messages import Content, Interface
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import LEFT
from tests.unit.sealed_journals import TOKEN_QUERY

KNOWN = LEFT.station


def exchanges(story: AskedStory) -> dict[str, tuple[Interface, Content, Content, float]]:
    """By row and case: the interface, a right question, its answer, and the first moment that is too late."""
    fifty = [KNOWN, *[f"ST-1{number:03}" for number in range(49)]]
    states, token = Interface.QUERY_STATION_STATUS, story.token_answer("TOKEN-2")
    auth, policy = story.auth_question(), story.policy_question()
    return {
        "BJ-1.1.1-a in-time": (Interface.QUERY_STATIONS_INFO, {}, story.stations_answer(), 3000),
        "BJ-1.1.3-a few-stations": (states, {"StationIDs": [KNOWN]}, story.states_answer({}, KNOWN), 3000),
        "BJ-1.1.3-a 50-stations": (states, {"StationIDs": fifty}, story.states_answer({}, KNOWN), 3000),
        "BJ-1.1.4-a in-time": (Interface.QUERY_STATION_STATS, story.stats_question(), story.stats_answer(), 3000),
        "BJ-1.1.5-a in-time": (Interface.QUERY_EQUIP_AUTH, auth, story.auth_answer(), 1000),
        "BJ-1.1.6-a in-time": (Interface.QUERY_EQUIP_BUSINESS_POLICY, policy, story.policy_answer(), 1000),
        "BJ-1.1.16-a in-time": (TOKEN_QUERY, story.credentials(), token, 1000),
    }


CASES = list(exchanges(AskedStory()))


@pytest.mark.parametrize("case", CASES)
def test_an_answer_just_within_the_limit_is_right(case: str) -> None:
    """Less than the limit, by a little."""
    story = AskedStory()
    interface, asked, told, limit_ms = exchanges(story)[case]
    story.asked(interface, asked, told, lasted_ms=limit_ms - 0.1)
    row, name = case.split(" ")
    assert story.judged().of(row)[-1] == f"good {name}"


@pytest.mark.parametrize("case", CASES)
def test_an_answer_at_the_limit_is_too_late(case: str) -> None:
    """The seed says less than (BJ-X3), whatever the answer is."""
    for ret in (0, 4004):
        story = AskedStory()
        interface, asked, told, limit_ms = exchanges(story)[case]
        story.asked(interface, asked, told if ret == 0 else None, ret=ret, lasted_ms=limit_ms)
        row, name = case.split(" ")
        assert story.judged().of(row)[-1] == f"bad {name}"


@pytest.mark.parametrize(("lasted_ms", "stalled_ms", "found"), [(1059, 60, []), (1059, 50, ["bad in-time"])])
def test_what_we_stood_still_ourselves_is_not_the_servers(
    lasted_ms: float, stalled_ms: float, found: list[str]
) -> None:
    """An answer that would have been in time but for that shows nothing; one that is late all the same is late."""
    story = AskedStory()
    auth = story.auth_question()
    story.asked(Interface.QUERY_EQUIP_AUTH, auth, story.auth_answer(), lasted_ms=lasted_ms, stalled_ms=stalled_ms)
    assert story.judged().of("BJ-1.1.5-a") == found


def test_silence_until_the_limit_is_too_late() -> None:
    """A wait that was given up earlier shows nothing."""
    for waited_ms, verdicts in ((10_000, ["bad in-time"]), (500, [])):
        story = AskedStory()
        story.no_answer(Interface.QUERY_EQUIP_AUTH, story.auth_question(), lasted_ms=waited_ms)
        assert story.judged().of("BJ-1.1.5-a") == verdicts


def test_a_quick_refusal_shows_nothing() -> None:
    """Saying no is quicker than looking."""
    story = AskedStory()
    story.asked(Interface.QUERY_EQUIP_AUTH, story.auth_question(), None, ret=500)
    assert story.judged().of("BJ-1.1.5-a") == []


def test_questions_that_are_wrong_have_no_limit() -> None:
    """Only a valid question is owed a quick answer."""
    story = AskedStory()
    story.asked(Interface.QUERY_EQUIP_AUTH, {"ConnectorID": LEFT.id}, None, ret=4004, lasted_ms=9000)
    story.asked(Interface.QUERY_EQUIP_AUTH, story.auth_question(), None, ret=4002, lasted_ms=9000, token="TOKEN-X")
    assert story.judged().of("BJ-1.1.5-a") == []
