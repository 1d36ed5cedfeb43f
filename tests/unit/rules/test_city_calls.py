"""Where the server calls, and how it numbers its calls, judged (BJ-1.2-a, CEC-ENV-k)."""

from __future__ import annotations

import pytest

from tests.unit.sealed_journals import STATUS, SealedStory, status_content


def test_calls_to_known_interfaces_are_right() -> None:
    """Each call, query_token too."""
    story = SealedStory()
    token = story.fetches_token()
    story.pushes_status(token)
    assert story.judged().of("BJ-1.2-a") == ["good address", "good interface"] * 2


@pytest.mark.parametrize(
    ("path", "findings"),
    [
        ("/evcs/20160701/notification_station_status", ["good address", "bad interface"]),
        ("/evcs/v1.0/notification_stationStatus", ["bad address"]),
        ("/notification_stationStatus", ["bad address"]),
    ],
)
def test_other_addresses_are_blamed(path: str, findings: list[str]) -> None:
    """A name in small letters, another version, none at all."""
    story = SealedStory()
    story.calls_elsewhere(path, status_content())
    assert story.judged().of("BJ-1.2-a") == findings


def test_whoever_looks_whether_we_are_there_is_no_caller() -> None:
    """A GET of a monitor."""
    story = SealedStory()
    story.calls_elsewhere("/", {}, method="GET")
    assert story.judged().of("BJ-1.2-a") == []


def test_calls_of_one_second_have_their_numbers() -> None:
    """The second one is what shows it."""
    story = SealedStory()
    token = story.fetches_token()
    story.pushes_status(token, 1)
    story.pushes_status(token, 2)
    assert story.judged().of("CEC-ENV-k") == ["good unique", "good unique"]


def test_a_number_that_two_calls_of_a_second_share_is_blamed() -> None:
    """In another second it may come again."""
    story = SealedStory()
    token = story.fetches_token()
    story.passes(1)
    story.calls(STATUS, status_content(1), token, Seq="0001")
    story.calls(STATUS, status_content(2), token, Seq="0001")
    story.passes(1)
    story.calls(STATUS, status_content(1), token, Seq="0001")
    judged = story.judged()
    assert judged.of("CEC-ENV-k") == ["bad unique"]


def test_the_same_call_again_may_have_its_number() -> None:
    """It is one call, sent twice."""
    story = SealedStory()
    body = story.sealed_call(status_content(1))
    for _ in range(2):
        story.calls_with(STATUS, body, {"Content-Type": "application/json"})
    assert story.judged().of("CEC-ENV-k") == ["good unique"]
