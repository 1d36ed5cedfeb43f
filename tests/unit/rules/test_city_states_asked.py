"""query_station_status, judged (BJ-1.1.3-a to BJ-1.1.3-d)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulators.beijing.messages import Interface
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import ELSEWHERE, LEFT, RIGHT
from tests.unit.journals import BOX
from tests.unit.remote_journals import NEIGHBOUR, RemoteStory
from tests.unit.sealed_journals import STATUS, status_content

ASKED = Interface.QUERY_STATION_STATUS
BOTH = [LEFT.station, ELSEWHERE.station]
ALL = {"StationIDs": BOTH}
CASES = {0: "offline", 1: "idle", 2: "occupied", 3: "charging", 4: "reserved", 255: "fault"}
NOTIFIED = {1: "Available", 2: "Occupied", 4: "Reserved", 255: "Faulted"}


def in_state(status: int) -> AskedStory:
    """The first connector is in that state, for some time already."""
    story = AskedStory()
    story.booted()
    if status in NOTIFIED:
        story.status(NOTIFIED[status]).answered()
        story.passes(8)
        return story
    story.status("Available").answered()
    if status == 3:
        story.start().answered()
        story.passes(8)
    else:
        story.passes(3600)
    return story


@pytest.mark.parametrize("status", CASES)
def test_states_as_the_boxes_told_them_are_right(status: int) -> None:
    """Each of the six."""
    story = in_state(status)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: status}))
    assert story.judged().of("BJ-1.1.3-b") == [f"good {CASES[status]}"]


@pytest.mark.parametrize("status", CASES)
def test_other_states_are_blamed(status: int) -> None:
    """Each of the six, told as another."""
    story = in_state(status)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 4 if status != 4 else 1}))
    assert story.judged().of("BJ-1.1.3-b") == [f"bad {CASES[status]}"]


def test_either_side_of_a_change_may_be_told() -> None:
    """Within the tolerance of the pushes (1.1.2)."""
    story = in_state(1)
    story.status("Reserved").answered()
    story.passes(2)
    for status in (1, 4):
        story.asked(ASKED, ALL, story.states_answer({LEFT.id: status}))
    judged = story.judged(ended=False)
    assert judged.of("BJ-1.1.3-b") == []


def test_a_box_that_is_back_may_still_be_offline() -> None:
    """For as long as it takes to learn it."""
    story = in_state(0)
    story.status("Available").answered()
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 0}))
    assert "bad idle" not in story.judged(ended=False).of("BJ-1.1.3-b")


def test_connectors_of_boxes_that_never_spoke_are_not_judged() -> None:
    """Nobody can say what they are."""
    story = AskedStory()
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 3}))
    assert story.judged().of("BJ-1.1.3-b") == []


def test_states_are_those_that_were_pushed() -> None:
    """The latest push and the answer say the same."""
    story = AskedStory()
    token = story.fetches_token()
    story.calls(STATUS, status_content(2), token)
    story.passes(60)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 2}))
    assert story.judged().of("BJ-1.1.3-b") == ["good pushed"]


def test_a_state_that_was_never_pushed_is_blamed() -> None:
    """Nor right after it was told."""
    story = AskedStory()
    token = story.fetches_token()
    story.calls(STATUS, status_content(2), token)
    story.passes(60)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 4}))
    story.passes(60)
    assert story.judged().of("BJ-1.1.3-b") == ["bad pushed"]


@pytest.mark.parametrize("ours", [True, False])
def test_a_connector_that_customers_use_may_have_changed_since_its_push(ours: bool) -> None:
    """Whether that should have been pushed is not this answer's affair; a state as pushed is good all the same."""
    story = RemoteStory()
    story.city = replace(story.city, chargers=ours)
    story.pushes_status(story.fetches_token(), 1, NEIGHBOUR.id)
    story.passes(60)
    for status in (1, 2):
        connector = {"ConnectorID": NEIGHBOUR.id, "Status": status}
        told = {"StationID": NEIGHBOUR.station, "ConnectorStatusInfos": [connector]}
        story.asked(ASKED, {"StationIDs": [NEIGHBOUR.station]}, {"Total": 1, "StationStatusInfos": [told]})
    story.passes(60)
    assert story.judged().of("BJ-1.1.3-b") == (["good pushed", "bad pushed"] if ours else ["good pushed"])


def test_a_push_that_is_on_its_way_is_waited_for() -> None:
    """The answer was a moment quicker; or a moment slower, and tells what was before."""
    story = AskedStory()
    token = story.fetches_token()
    story.calls(STATUS, status_content(2), token)
    story.passes(60)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 4}))
    story.passes(1)
    story.calls(STATUS, status_content(4), token)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 2}))
    assert story.judged().of("BJ-1.1.3-b") == ["good pushed", "good pushed"]


def test_a_true_state_that_was_pushed_otherwise_is_blamed_there() -> None:
    """BJ-1.1.2-a judges pushes."""
    story = in_state(2)
    token = story.fetches_token()
    story.calls(STATUS, status_content(1), token)
    story.passes(2)
    story.beat(BOX).answered()
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 2}))
    story.passes(60)
    assert "bad pushed" not in story.judged().of("BJ-1.1.3-b")


# BJ-1.1.3-c


def test_every_connector_once_is_right() -> None:
    """In one batch, or in several."""
    story = AskedStory()
    story.asked(ASKED, ALL, story.states_answer({}))
    for station in BOTH:
        story.asked(ASKED, {"StationIDs": [station]}, story.states_answer({}, station))
    batch = ["good answered", "good total"]
    assert story.judged().of("BJ-1.1.3-c") == [*batch, "good once", *batch, *batch, "good once"]


def test_connectors_that_are_missing_or_told_twice_are_blamed() -> None:
    """A station without its connectors; a station twice."""
    story = AskedStory()
    empty = {"StationID": LEFT.station, "ConnectorStatusInfos": []}
    right = story.states_answer({})["StationStatusInfos"]
    story.asked(ASKED, ALL, {"Total": 2, "StationStatusInfos": [empty, right[1]]})
    story.asked(ASKED, ALL, {"Total": 3, "StationStatusInfos": [*right, right[0]]})
    judged = story.judged()
    assert judged.of("BJ-1.1.3-c") == ["good answered", "good total", "bad once"] * 2
    assert judged.blamed() == ["BJ-1.1.3-c once"]


NOBODYS = [f"ST-NOBODY-{number}" for number in range(48)]


@pytest.mark.parametrize(("told", "verdict"), [(BOTH, "good"), (BOTH[1:], "bad"), ([], "bad"), (BOTH * 2, "bad")])
def test_known_stations_at_the_end_of_a_batch_are_told_of(told: list[str], verdict: str) -> None:
    """All of them, though 48 others before them do not exist."""
    story = AskedStory()
    answer = story.states_answer({}, *told) if told else {"Total": 0, "StationStatusInfos": []}
    story.asked(ASKED, {"StationIDs": [*NOBODYS, *BOTH]}, answer, keys={"made_up": NOBODYS[0]})
    assert story.judged().of("BJ-1.1.3-c") == [f"{verdict} once"]


def test_of_a_part_of_the_known_stations_among_others_only_that_is_owed() -> None:
    """Whoever refuses all for the unknown ones is judged by BJ-1.1.3-d."""
    story = AskedStory()
    question = {"StationIDs": [*NOBODYS, BOTH[1]]}
    story.asked(ASKED, question, story.states_answer({}, BOTH[1]), keys={"made_up": NOBODYS[0]})
    story.asked(ASKED, question, None, ret=4004, keys={"made_up": NOBODYS[0]})
    assert story.judged().of("BJ-1.1.3-c") == ["good once"]


def test_a_wrong_total_is_blamed_and_none_is_not() -> None:
    """Some leave it out (5.4); that is for the table."""
    story = AskedStory()
    story.asked(ASKED, ALL, story.states_answer({}, Total=3))
    story.asked(ASKED, ALL, {"StationStatusInfos": story.states_answer({})["StationStatusInfos"]})
    assert [each for each in story.judged().of("BJ-1.1.3-c") if "total" in each] == ["bad total"]


def test_refusing_known_stations_is_blamed() -> None:
    """By Ret."""
    story = AskedStory()
    story.asked(ASKED, ALL, None, ret=500)
    assert story.judged().blamed() == ["BJ-1.1.3-c answered"]


# BJ-1.1.3-d


def test_unknown_stations_are_left_out() -> None:
    """Alone, and among others."""
    story = AskedStory()
    for stations in (["ST-NOBODY"], [*BOTH, "ST-NOBODY"]):
        known = [station for station in stations if station in BOTH]
        told = story.states_answer({}, *known) if known else {"Total": 0, "StationStatusInfos": []}
        story.asked(ASKED, {"StationIDs": stations}, told, keys={"made_up": "ST-NOBODY"})
    assert story.judged().of("BJ-1.1.3-d") == ["good unknown", "good unknown"]


def test_unknown_stations_that_are_told_of_or_refused_are_blamed() -> None:
    """By Ret, or with an empty list of connectors behind those of the known ones."""
    story = AskedStory()
    question = {"StationIDs": [*BOTH, "ST-NOBODY"]}
    story.asked(ASKED, question, None, ret=4004, keys={"made_up": "ST-NOBODY"})
    nobody = {"StationID": "ST-NOBODY", "ConnectorStatusInfos": []}
    told = {"Total": 3, "StationStatusInfos": [*story.states_answer({})["StationStatusInfos"], nobody]}
    story.asked(ASKED, question, told, keys={"made_up": "ST-NOBODY"})
    judged = story.judged()
    assert judged.of("BJ-1.1.3-d") == ["bad unknown", "bad unknown"]
    assert judged.blamed() == ["BJ-1.1.3-d unknown"]


@pytest.mark.parametrize(("ret", "verdict"), [(4004, "good"), (0, "bad"), (500, "bad")])
def test_more_than_fifty_stations_are_refused(ret: int, verdict: str) -> None:
    """By 4004."""
    story = AskedStory()
    told = story.states_answer({}) if ret == 0 else None
    story.asked(ASKED, {"StationIDs": [LEFT.station] * 51}, told, ret=ret)
    assert story.judged().of("BJ-1.1.3-d") == [f"{verdict} too-many"]


def test_the_other_connector_of_a_box_is_told_apart() -> None:
    """Two states at one box."""
    story = in_state(2)
    story.status("Available", connector=2).answered()
    story.passes(1)
    story.asked(ASKED, ALL, story.states_answer({LEFT.id: 2, RIGHT.id: 1}))
    assert story.judged().of("BJ-1.1.3-b") == ["good occupied", "good idle"]
