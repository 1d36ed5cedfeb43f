"""query_station_stats, judged (BJ-1.1.4-a, BJ-1.1.4-b)."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.messages import Interface
from tests.unit.asked_journals import AskedStory

STATS = Interface.QUERY_STATION_STATS


def told(story: AskedStory, left_kwh: float = 0, right_kwh: float = 0, **changes: Any) -> None:
    story.asked(STATS, story.stats_question(), story.stats_answer(left_kwh, right_kwh, **changes))


def charged(story: AskedStory, energy_wh: int) -> None:
    """A whole charge at the first connector."""
    start = story.start().answered()
    story.passes(600)
    story.stop(start, energy_wh=energy_wh).answered()
    story.passes(60)


def test_statistics_that_add_up_are_right() -> None:
    """Connectors to equipment, equipment to the station."""
    story = AskedStory()
    told(story, 3.2, 1.1)
    judged = story.judged()
    assert judged.of("BJ-1.1.4-b") == ["good answered", "good everything", "good station", "good equipment"]
    assert judged.of("BJ-1.1.4-a") == ["good in-time"]
    assert judged.blamed() == []


def test_nothing_sold_adds_up_by_itself() -> None:
    """That shows nothing."""
    story = AskedStory()
    told(story)
    assert story.judged().of("BJ-1.1.4-b") == ["good answered", "good everything"]


def test_sums_may_be_off_by_a_tenth_each() -> None:
    """Rounded parts, and a rounded whole."""
    story = AskedStory()
    told(story, 3.2, 1.1, StationElectricity=4.4)
    assert story.judged().blamed() == []


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"StationElectricity": 4300.0}, "station"),
        ({"StationID": "ST-0002"}, "answered"),
        ({"EndTime": "2015-03-03"}, "answered"),
        ({"EquipmentStatsInfos": []}, "everything"),
    ],
)
def test_what_does_not_add_up_is_blamed(changes: dict[str, Any], case: str) -> None:
    """Each by its own case."""
    story = AskedStory()
    told(story, 3.2, 1.1, **changes)
    assert f"BJ-1.1.4-b {case}" in story.judged().blamed()


def test_equipment_that_is_not_the_sum_of_its_connectors_is_blamed() -> None:
    """By more than they were rounded."""
    story = AskedStory()
    answer = story.stats_answer(3.2, 1.1)
    answer["StationStats"]["EquipmentStatsInfos"][0]["EquipmentElectricity"] = 3.2
    story.asked(STATS, story.stats_question(), answer)
    assert story.judged().blamed() == ["BJ-1.1.4-b equipment", "BJ-1.1.4-b station"]


def test_what_was_charged_is_added() -> None:
    """3.4 kWh more than before, whatever was before."""
    story = AskedStory()
    story.booted()
    told(story, 100.0)
    charged(story, 3400)
    told(story, 103.4)
    judged = story.judged()
    assert judged.of("BJ-1.1.4-b")[-1] == "good orders"
    assert "BJ-1.1.4-b orders" not in judged.blamed()


@pytest.mark.parametrize("kwh", [100.0, 103.1, 3500.0])
def test_what_was_not_charged_is_blamed(kwh: float) -> None:
    """Nothing, too little, Wh."""
    story = AskedStory()
    story.booted()
    told(story, 100.0)
    charged(story, 3400)
    told(story, kwh)
    assert "BJ-1.1.4-b orders" in story.judged().blamed()


def test_what_still_flows_may_count_or_not() -> None:
    """There is no order yet."""
    for kwh in (100.0, 100.9):
        story = AskedStory()
        story.booted()
        told(story, 100.0)
        story.start().answered()
        story.passes(600)
        told(story, kwh)
        assert "BJ-1.1.4-b orders" not in story.judged().blamed()


def test_a_connector_without_a_figure_shows_nothing() -> None:
    """It is optional (5.5)."""
    story = AskedStory()
    answer = story.stats_answer(3.2, 1.1)
    for each in answer["StationStats"]["EquipmentStatsInfos"][0]["ConnectorStatsInfos"]:
        del each["ConnectorElectricity"]
    story.asked(STATS, story.stats_question(), answer)
    assert story.judged().of("BJ-1.1.4-b") == ["good answered", "good everything", "good station"]


def test_a_station_that_is_refused_is_blamed() -> None:
    """One of the PIXIT; of others nothing is known."""
    story = AskedStory()
    story.asked(STATS, story.stats_question(), None, ret=4004)
    story.asked(STATS, story.stats_question("ST-OTHER"), None, ret=4004)
    judged = story.judged()
    assert judged.of("BJ-1.1.4-b") == ["bad answered"]


def test_days_with_a_time_are_another_reading() -> None:
    """From the first second to the last, in the question and in the answer (BJ-X8)."""
    days = {"StartTime": "2015-03-02 00:00:00", "EndTime": "2015-03-02 23:59:59"}
    for reading, blamed in (("date-time", []), ("date", ["BJ-1.1.4-b answered", "CEC-ENV-m query_station_stats"])):
        story = AskedStory(city_readings={"BJ-X8": reading})
        told(story, 3.2, 1.1, **days)
        assert story.judged().blamed() == blamed
