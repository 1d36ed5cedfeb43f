"""What is answered to the city's questions keeps to the field tables, judged (CEC-ENV-m)."""

from __future__ import annotations

import copy

import pytest

from simulators.beijing.invalid import Group, invalid_contents
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import LEFT


def answers(story: AskedStory) -> dict[Interface, tuple[Content, Content]]:
    """A right question and its answer."""
    states, stations = {"StationIDs": [LEFT.station]}, story.stations_answer()
    stations["StationInfos"][0]["Pictures"] = ["https://example.org/1.jpg"]
    return {
        Interface.QUERY_STATIONS_INFO: ({}, stations),
        Interface.QUERY_STATION_STATUS: (states, story.states_answer({}, LEFT.station)),
        Interface.QUERY_STATION_STATS: (story.stats_question(), story.stats_answer(1.5)),
        Interface.QUERY_EQUIP_AUTH: (story.auth_question(), story.auth_answer()),
        Interface.QUERY_EQUIP_BUSINESS_POLICY: (story.policy_question(), story.policy_answer()),
    }


@pytest.mark.parametrize("interface", answers(AskedStory()))
def test_answers_as_the_tables_have_them_are_right(interface: Interface) -> None:
    """Each interface by itself."""
    story = AskedStory()
    asked, told = answers(story)[interface]
    story.asked(interface, asked, told)
    assert f"good {interface.value}" in story.judged().of("CEC-ENV-m")


@pytest.mark.parametrize("interface", answers(AskedStory()))
def test_answers_with_one_field_wrong_are_blamed(interface: Interface) -> None:
    """Every field missing, of a wrong type, too long, outside its enumeration: and no rule breaks over it."""
    asked, told = answers(AskedStory())[interface]
    for invalid in invalid_contents(interface, Kind.ANSWER, copy.deepcopy(told)):
        if invalid.group is not Group.FURTHER:
            story = AskedStory()
            story.asked(interface, asked, invalid.content)
            assert f"CEC-ENV-m {interface.value}" in story.judged().blamed(), invalid.case
