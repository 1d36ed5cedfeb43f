"""query_station_stats, judged (BJ-1.1.4-a, BJ-1.1.4-b)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as struct_replace

from simulators.beijing.messages import Interface
from tests.unit.asked_journals import TOKEN, AskedStory
from tests.unit.city_journals import SOCKETS
from tests.unit.remote_journals import CHARGER, RemoteStory

STATS = Interface.QUERY_STATION_STATS


DAY_S = 24 * 3600
MONDAY, TUESDAY = "2015-03-02", "2015-03-03"


def told(story: AskedStory, left_kwh: float = 0, right_kwh: float = 0, **changes: Any) -> None:
    story.asked(STATS, story.stats_question(), story.stats_answer(left_kwh, right_kwh, **changes))


def told_of(story: AskedStory, first: str, last: str, left_kwh: float) -> None:
    """What the first connector sold in some days."""
    question = story.stats_question() | {"StartTime": first, "EndTime": last}
    story.asked(STATS, question, story.stats_answer(left_kwh, StartTime=first, EndTime=last))


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


def after_two_days(*answers: tuple[str, str, float]) -> list[str]:
    """What is found of these answers, when 3.4 kWh were charged on Monday and 1.2 on Tuesday."""
    story = AskedStory()
    story.booted()
    charged(story, 3400)
    story.passes(DAY_S)
    charged(story, 1200)
    story.gives_token(TOKEN)
    for first, last, kwh in answers:
        told_of(story, first, last, kwh)
    return [each for each in story.judged().of("BJ-1.1.4-b") if "orders" in each]


@pytest.mark.parametrize(
    ("kwh", "verdict"),
    [(4.6, "good"), (4.4, "good"), (104.6, "good"), (1.2, "bad"), (3.4, "bad"), (0.0, "bad"), (4.3, "bad")],
)
def test_several_days_have_sold_what_their_orders_say(kwh: float, verdict: str) -> None:
    """At least, to a tenth an order: somebody may have charged before the run. Not the first day, nor the last."""
    assert after_two_days((MONDAY, TUESDAY, kwh)) == [f"{verdict} orders"]


@pytest.mark.parametrize(
    ("both_kwh", "verdict"), [(4.6, "good"), (14.6, "good"), (1.2, "bad"), (4.5, "good"), (4.4, "bad")]
)
def test_more_days_have_sold_more(both_kwh: float, verdict: str) -> None:
    """By what was charged on the days that they have more."""
    assert after_two_days((TUESDAY, TUESDAY, 1.2), (MONDAY, TUESDAY, both_kwh))[-1] == f"{verdict} orders"


def test_counters_that_know_no_days_are_blamed() -> None:
    """Everything that was ever sold is the same for any days."""
    found = after_two_days((TUESDAY, TUESDAY, 104.6), (MONDAY, TUESDAY, 104.6))
    assert found == ["good orders", "good orders", "bad orders"]


def test_fewer_days_may_have_sold_anything_that_more_have() -> None:
    """Of an answer that came first nothing follows for a day of it, but what its own orders say."""
    assert (
        after_two_days((MONDAY, TUESDAY, 104.6), (TUESDAY, TUESDAY, 1.2), (MONDAY, MONDAY, 103.4))
        == ["good orders"] * 3
    )


def test_days_that_are_not_among_the_others_tell_nothing_of_them() -> None:
    """They overlap, or have nothing in common."""
    assert after_two_days((MONDAY, TUESDAY, 4.6), (TUESDAY, "2015-03-04", 1.2)) == ["good orders"] * 2


@pytest.mark.parametrize(("ret", "verdict"), [(4004, "good"), (0, "bad"), (500, "bad")])
def test_a_station_that_does_not_exist_has_none(ret: int, verdict: str) -> None:
    """Ret says so: the answer has no SuccStat (BJ-X14)."""
    story = AskedStory()
    question, told = story.stats_question("ST-NOBODY"), story.stats_answer(StationID="ST-NOBODY")
    story.asked(STATS, question, told if ret == 0 else None, ret=ret, keys={"made_up": "ST-NOBODY"})
    judged = story.judged()
    assert judged.of("BJ-1.1.4-c") == [f"{verdict} unknown"]
    assert judged.of("BJ-1.1.4-b") == []


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


@pytest.mark.parametrize(("kwh", "verdict"), [(103.4, "good"), (103.3, "good"), (103.2, "bad"), (103.6, "bad")])
def test_what_counted_already_leaves_no_room(kwh: float, verdict: str) -> None:
    """A tenth for each charge since the earlier answer, however many there were before it."""
    story = AskedStory()
    story.booted()
    for energy_wh in (1000, 1000, 1000, 1000):
        charged(story, energy_wh)
    story.gives_token(TOKEN)
    told(story, 100.0)
    charged(story, 3400)
    told(story, kwh)
    assert story.judged().of("BJ-1.1.4-b")[-1] == f"{verdict} orders"


@pytest.mark.parametrize("ours", [True, False])
def test_where_customers_come_anything_may_have_been_sold(ours: bool) -> None:
    """At a connector that cannot be moved from here; at the lab's own chargers nobody else charges."""
    story = RemoteStory(plugged=False)
    story.city = replace(story.city, chargers=ours)
    for kwh in (100.0, 112.5):
        answer = story.stats_answer()
        connector = {"ConnectorID": CHARGER.id, "ConnectorElectricity": kwh}
        equipment = {"EquipmentID": CHARGER.equipment, "ConnectorStatsInfos": [connector]}
        answer["StationStats"]["EquipmentStatsInfos"].append(equipment)
        story.asked(STATS, story.stats_question(), answer)
    assert ("bad orders" in story.judged().of("BJ-1.1.4-b")) is ours


def test_a_charge_of_unknown_power_may_count_as_it_likes() -> None:
    """What flows is bounded by the rated power, where somebody tells it; 30 kWh in ten minutes take 180 kW."""
    for power_w, verdict in ((7000, ["bad orders"]), (None, [])):
        story = AskedStory()
        sockets = tuple(struct_replace(socket, power_w=power_w) for socket in SOCKETS)
        story.city = replace(story.city, sockets=sockets)
        story.booted()
        told(story, 100.0)
        story.start().answered()
        story.passes(600)
        told(story, 130.0)
        assert [each for each in story.judged().of("BJ-1.1.4-b") if "orders" in each] == verdict


@pytest.mark.parametrize(
    ("after_s", "kwh", "verdict"), [(3600, 100.0, []), (3600, 103.4, []), (0, 100.0, ["bad orders"])]
)
def test_a_charge_counts_when_the_target_file_says_so(after_s: float, kwh: float, verdict: list[str]) -> None:
    """5.5 does not say how fresh statistics are: a minute later the job of every hour may have run or not."""
    story = AskedStory()
    story.city = replace(story.city, statistics_after_s=after_s)
    story.booted()
    told(story, 100.0)
    charged(story, 3400)
    told(story, kwh)
    assert [each for each in story.judged().of("BJ-1.1.4-b") if "orders" in each] == verdict


@pytest.mark.parametrize(("kwh", "verdict"), [(103.4, "good orders"), (100.0, "bad orders")])
def test_a_charge_counts_once_the_time_is_over(kwh: float, verdict: str) -> None:
    """An hour and a second after its bill, where the target file says an hour."""
    story = AskedStory()
    story.city = replace(story.city, statistics_after_s=3600)
    story.booted()
    told(story, 100.0)
    charged(story, 3400)
    story.passes(3550)
    story.gives_token(TOKEN)
    told(story, kwh)
    assert story.judged().of("BJ-1.1.4-b")[-1] == verdict
