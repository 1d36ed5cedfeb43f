"""query_stations_info, judged (BJ-1.1.1-a to BJ-1.1.1-c)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as struct_replace

from conformance.requirements.ledger import ledger
from simulators.beijing.messages import Content, Interface
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import ELSEWHERE, LEFT, PLATFORM, RIGHT, SOCKETS, CityStory
from tests.unit.journals import Judged

STATIONS = Interface.QUERY_STATIONS_INFO
LONG_AGO, SINCE = "2001-01-01 00:00:00", "2015-03-02 12:30:00"


def listed(story: AskedStory, size: int, **question: Any) -> None:
    """All pages of a size, as a correct server shows them."""
    for page in range(1, -(-len(story.stations()) // size) + 1):
        asked = {**question, "PageNo": page, "PageSize": size}
        story.asked(STATIONS, asked, story.stations_answer(page=page, size=size))


def one_page(stations: list[Content]) -> Content:
    return {"PageNo": 1, "PageCount": 1, "ItemSize": len(stations), "StationInfos": stations}


def test_two_pages_of_one_station_are_right() -> None:
    """Every station, equipment and connector once; the figures add up."""
    story = AskedStory()
    listed(story, 1)
    judged = story.judged()
    page = ["good answered", "good page-no", "good page-count", "good page-size"]
    whole = ["good item-size", "good stations", "good equipment", "good connectors", "good power"]
    assert judged.of("BJ-1.1.1-b") == [*page, *page, *whole]
    assert judged.of("BJ-1.1.1-a") == ["good in-time"] * 2
    assert judged.blamed() == []


def test_without_page_and_size_the_first_ten_come() -> None:
    """PageNo 1 and PageSize 10 are the defaults (5.2)."""
    story = AskedStory()
    story.asked(STATIONS, {}, story.stations_answer())
    assert "good connectors" in story.judged().of("BJ-1.1.1-b")


def test_past_the_last_page_there_is_nothing() -> None:
    """The number that was asked for, and an empty list."""
    story = AskedStory()
    story.asked(STATIONS, {"PageNo": 3}, story.stations_answer(page=3))
    assert story.judged().of("BJ-1.1.1-b") == ["good answered", "good page-no", "good page-count", "good past-end"]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_has_no_page_or_one(count: int) -> None:
    """No document says which (5.2)."""
    story = AskedStory()
    listed(story, 10)
    answer = {"PageNo": 1, "PageCount": count, "ItemSize": 0, "StationInfos": []}
    story.asked(STATIONS, {"LastQueryTime": SINCE}, answer)
    assert story.judged().blamed() == []


def test_a_capped_size_counts_as_the_size() -> None:
    """12 stations, 50 asked for, 10 given: two pages (5.2)."""
    story = AskedStory()
    more = [{**story.stations()[0], "StationID": f"ST-1{number:03}", "EquipmentInfos": []} for number in range(10)]
    stations = [*story.stations(), *more]
    for page in (1, 2):
        told = {"PageNo": page, "PageCount": 2, "ItemSize": 12, "StationInfos": stations[page * 10 - 10 : page * 10]}
        story.asked(STATIONS, {"PageSize": 50, "PageNo": page}, told)
    assert story.judged().blamed() == []


@pytest.mark.parametrize(
    ("asked", "changes", "case"),
    [
        ({"PageNo": 2}, {"PageNo": 1, "StationInfos": []}, "page-no"),
        ({"PageSize": 1}, {}, "page-count"),
        ({}, {"PageCount": 2}, "page-count"),
        ({"PageSize": 20}, {"PageCount": 3, "ItemSize": 20}, "page-count"),
        ({"PageSize": 1}, {"PageCount": 2}, "page-size"),
        ({"PageNo": 2}, {"PageNo": 2}, "past-end"),
    ],
)
def test_pages_that_do_not_add_up_are_blamed(asked: Content, changes: Content, case: str) -> None:
    """Each figure by its own case."""
    story = AskedStory()
    story.asked(STATIONS, asked, story.stations_answer(**changes))
    assert f"BJ-1.1.1-b {case}" in story.judged().blamed()


def test_item_size_of_another_number_is_blamed() -> None:
    """Two stations on one page, and three told."""
    story = AskedStory()
    story.asked(STATIONS, {}, story.stations_answer(ItemSize=3))
    assert story.judged().blamed() == ["BJ-1.1.1-b item-size", "BJ-1.1.1-b page-size"]


def test_a_missing_station_is_blamed_and_what_is_in_it_is_not() -> None:
    """From the top down, each thing once."""
    story = AskedStory()
    story.asked(STATIONS, {}, one_page(story.stations()[:1]))
    assert story.judged().blamed() == ["BJ-1.1.1-b stations"]


def test_a_station_that_comes_twice_is_blamed() -> None:
    """On two pages, or on one."""
    story = AskedStory()
    story.asked(STATIONS, {}, one_page([*story.stations(), story.stations()[0]]))
    assert story.judged().blamed() == ["BJ-1.1.1-b stations"]


def test_missing_equipment_and_connectors_are_blamed() -> None:
    """Each at its own place."""
    story = AskedStory()
    first, second = story.stations()
    story.asked(STATIONS, {}, one_page([{**first, "EquipmentInfos": []}, second]))
    equipment = second["EquipmentInfos"][0]
    story.asked(STATIONS, {}, one_page([first, {**second, "EquipmentInfos": [{**equipment, "ConnectorInfos": []}]}]))
    assert story.judged().blamed() == ["BJ-1.1.1-b connectors", "BJ-1.1.1-b equipment"]


@pytest.mark.parametrize(("operator", "verdict"), [("MA0TEST01", "good"), ("MA0OTHER1", "good"), (PLATFORM, "bad")])
def test_no_station_is_the_platforms_own(operator: str, verdict: str) -> None:
    """An operator may list stations of its partners; the platform has none (5.2)."""
    story = AskedStory()
    first, *others = story.stations()
    story.asked(STATIONS, {}, one_page([first | {"OperatorID": operator}, *others]))
    assert f"{verdict} stations" in story.judged().of("BJ-1.1.1-b")


@pytest.mark.parametrize(
    ("upper", "lower", "verdict"), [(750, 200, "good"), (220, 220, "good"), (0, 200, "good"), (200, 750, "bad")]
)
def test_no_upper_limit_lies_below_the_lower_one(upper: int, lower: int, verdict: str) -> None:
    """5.2, of the rated voltage."""
    story = AskedStory()
    stations = story.stations()
    for connector in stations[0]["EquipmentInfos"][0]["ConnectorInfos"]:
        connector |= {"VoltageUpperLimits": upper, "VoltageLowerLimits": lower}
    story.asked(STATIONS, {}, one_page(stations))
    assert f"{verdict} connectors" in story.judged().of("BJ-1.1.1-b")


def powers(of_connectors: Any, of_equipment: Any) -> Judged:
    """All stations, with these powers in the first of them."""
    story = AskedStory()
    first, second = story.stations()
    equipment = first["EquipmentInfos"][0]
    connectors = [{**each, "Power": of_connectors} for each in equipment["ConnectorInfos"]]
    equipment = {**equipment, "Power": of_equipment, "ConnectorInfos": connectors}
    story.asked(STATIONS, {}, one_page([{**first, "EquipmentInfos": [equipment]}, second]))
    return story.judged()


@pytest.mark.parametrize(("of_connectors", "of_equipment"), [(7, 7), (7.0, 120), (7.05, 14), (7.0, 0)])
def test_rated_powers_are_in_kw(of_connectors: float, of_equipment: float) -> None:
    """Rounded; what equipment gives in all is its own affair: its connectors may share, or leave some of it."""
    assert powers(of_connectors, of_equipment).of("BJ-1.1.1-b")[-1] == "good power"


@pytest.mark.parametrize(("of_connectors", "of_equipment"), [(7000, 14), (7000, 14_000), (7, 14_000), (0.007, 14)])
def test_powers_in_another_unit_are_blamed(of_connectors: float, of_equipment: float) -> None:
    """W, of one or both; MW."""
    assert "BJ-1.1.1-b power" in powers(of_connectors, of_equipment).blamed()


def test_a_power_that_is_no_number_shows_nothing() -> None:
    """CEC-ENV-m blames it."""
    assert powers(None, None).of("BJ-1.1.1-b")[-1] == "good power"  # by the second station
    assert powers("many", "many").blamed() == ["CEC-ENV-m query_stations_info"]


@pytest.mark.parametrize("of_connectors", [60.0, 7000.0])
def test_a_power_that_nobody_told_is_not_judged(of_connectors: float) -> None:
    """The target file need not tell it; the row stays open, and says what it needs."""
    story = AskedStory()
    story.city = replace(story.city, sockets=tuple(struct_replace(each, power_w=None) for each in SOCKETS))
    stations = story.stations()
    for station in stations:
        for equipment in station["EquipmentInfos"]:
            equipment["ConnectorInfos"] = [{**each, "Power": of_connectors} for each in equipment["ConnectorInfos"]]
    story.asked(STATIONS, {}, one_page(stations))
    judged = story.judged()
    assert judged.of("BJ-1.1.1-b")[-1] == "good connectors"
    verdict = judged.judge.judgement([ledger()["BJ-1.1.1-b"]], lambda row: True).of("BJ-1.1.1-b")
    assert verdict.reason == "Power is not compared: needs power_w in [[pixit.beijing.connector]], the rated power"


@pytest.mark.parametrize(("lng", "lat", "blamed"), [(39.990475, 116.481499, True), (87.6, 43.8, False), (0, 0, False)])
def test_places_are_on_the_earth(lng: float, lat: float, blamed: bool) -> None:
    """A latitude above 90 degrees is none: the two were swapped, all over China but for the far west."""
    story = AskedStory()
    story.asked(STATIONS, {}, one_page([{**each, "StationLng": lng, "StationLat": lat} for each in story.stations()]))
    assert story.judged().blamed() == (["CEC-ENV-m query_stations_info"] if blamed else [])


def test_stations_that_the_pixit_does_not_name_do_no_harm() -> None:
    """An operator may have more."""
    story = AskedStory()
    other = {**story.stations()[0], "StationID": "ST-OTHER", "EquipmentInfos": []}
    story.asked(STATIONS, {}, one_page([*story.stations(), other]))
    assert story.judged().blamed() == []


def test_a_right_question_that_is_refused_is_blamed() -> None:
    """By Ret, or by silence."""
    story = AskedStory()
    story.asked(STATIONS, {}, None, ret=4004)
    story.no_answer(STATIONS, {"PageNo": 2}, lasted_ms=500)
    judged = story.judged()
    assert judged.of("BJ-1.1.1-b") == ["bad answered", "bad answered"]
    assert judged.blamed() == ["BJ-1.1.1-b answered"]


def test_questions_with_a_token_of_nobody_are_judged_elsewhere() -> None:
    """Whatever is answered to them."""
    story = AskedStory()
    story.asked(STATIONS, {}, None, ret=4002, token="TOKEN-X")
    assert story.judged().of("BJ-1.1.1-b") == []


# BJ-1.1.1-c


def test_last_query_time_selects_what_was_changed() -> None:
    """All since long ago, none since it was last quiet."""
    story = AskedStory()
    listed(story, 10)
    listed(story, 10, LastQueryTime=LONG_AGO)
    story.passes(3600)
    story.asked(STATIONS, {"LastQueryTime": SINCE}, {"PageNo": 1, "PageCount": 0, "ItemSize": 0, "StationInfos": []})
    assert story.judged().of("BJ-1.1.1-c") == ["good changed", "good unchanged"]


def test_selecting_the_wrong_stations_is_blamed() -> None:
    """None since long ago, all since it was last quiet."""
    story = AskedStory()
    listed(story, 10)
    story.asked(STATIONS, {"LastQueryTime": LONG_AGO}, one_page([]))
    story.passes(3600)
    listed(story, 10, LastQueryTime=SINCE)
    judged = story.judged()
    assert judged.of("BJ-1.1.1-c") == ["bad changed", "bad unchanged"]
    assert judged.blamed() == ["BJ-1.1.1-c changed", "BJ-1.1.1-c unchanged"]


def test_a_station_that_is_never_listed_is_not_blamed_twice() -> None:
    """BJ-1.1.1-b does it."""
    story = AskedStory()
    for question in ({}, {"LastQueryTime": LONG_AGO}):
        story.asked(STATIONS, question, one_page(story.stations()[:1]))
    assert story.judged().blamed() == ["BJ-1.1.1-b stations"]


def test_what_may_have_changed_a_moment_ago_is_not_judged() -> None:
    """A station that was added on the operator's side, or clocks that differ."""
    story = AskedStory()
    listed(story, 10)
    listed(story, 10, LastQueryTime="2015-03-02 12:00:30")
    story.passes(3600)
    story.surface("create_station", {"station": "ST-1"}, name="ST-1")
    listed(story, 10, LastQueryTime=SINCE)
    assert story.judged().of("BJ-1.1.1-c") == []


def after_an_edit(*listed: Content, wait_s: float = 120, **answer: Any) -> list[str]:
    """What is found when these stations are listed after the first one was edited."""
    story = AskedStory()
    story.asked(STATIONS, {}, one_page(story.stations()))
    story.passes(1800 + wait_s)
    story.surface("edit_station", answer, station=story.stations()[0]["StationID"], name="南站")
    story.passes(10)
    story.asked(STATIONS, {"LastQueryTime": SINCE}, one_page(list(listed)))
    return story.judged().of("BJ-1.1.1-c")


FIRST, SECOND = AskedStory().stations()


def test_the_station_that_was_edited_is_selected_and_no_other() -> None:
    """It alone is new since then."""
    assert after_an_edit(FIRST) == ["good edited", "good unchanged"]
    assert after_an_edit() == ["bad edited", "good unchanged"]
    assert after_an_edit(FIRST, SECOND) == ["good edited", "bad unchanged"]
    assert after_an_edit(SECOND) == ["bad edited", "bad unchanged"]


def test_a_station_that_was_edited_about_then_may_be_selected_or_not() -> None:
    """Clocks differ by as much."""
    for listed in ([FIRST], []):
        assert after_an_edit(*listed, wait_s=30) == ["good unchanged"]


def test_a_station_that_customers_use_may_have_changed() -> None:
    """The state of a connector may count as a change of it (5.2)."""
    story = AskedStory()
    story.city = replace(story.city, chargers=False, sockets=(LEFT, RIGHT, struct_replace(ELSEWHERE, box="")))
    story.asked(STATIONS, {}, one_page([FIRST, SECOND]))
    story.passes(3600)
    for listed in ([SECOND], [FIRST]):
        story.asked(STATIONS, {"LastQueryTime": SINCE}, one_page(listed))
    assert story.judged().of("BJ-1.1.1-c") == ["good unchanged", "bad unchanged"]


def test_an_edit_that_is_refused_changes_nothing() -> None:
    """By whatever status."""
    assert after_an_edit(refused=True, status=409) == ["good unchanged"]
    assert after_an_edit(FIRST, refused=True, status=409) == ["bad unchanged"]


def test_a_station_that_was_edited_and_is_never_listed_is_blamed_once() -> None:
    """By BJ-1.1.1-b."""
    story = AskedStory()
    story.asked(STATIONS, {}, one_page([SECOND]))
    story.passes(1920)
    story.surface("edit_station", {}, station=FIRST["StationID"], name="南站")
    story.asked(STATIONS, {"LastQueryTime": SINCE}, one_page([]))
    assert story.judged().blamed() == ["BJ-1.1.1-b stations"]


def test_a_story_of_boxes_alone_says_nothing() -> None:
    """No evidence, no finding."""
    assert CityStory().judged().of("BJ-1.1.1-b") == []
