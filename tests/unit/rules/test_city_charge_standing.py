"""BJ-1.1.9-b: what is told of how a charge stands is so, and what its instruments show."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.evchong.messages import Measurand, UnitOfMeasure
from tests.unit.city_journals import OTHER_NUMBER
from tests.unit.journals import LEFT_OUT, OTHER_CARD
from tests.unit.remote_journals import STATUS, RemoteStory, charging, ended

TRUE = "BJ-1.1.9-b"


def blamed(story: RemoteStory) -> list[str]:
    return [found.removeprefix("bad ") for found in story.judged().of(TRUE) if found.startswith("bad ")]


# states


def stands(*changes: dict[str, Any], after_s: float = 100) -> list[str]:
    """What is blamed in statuses, so long after the start, each a few seconds after the other; then it goes on."""
    story = charging()
    story.flows(10, 0)
    story.passes(after_s - 10)
    for each in changes:
        story.is_asked(**each)
        story.passes(8)
    story.flows(200, 0)
    return [found for found in blamed(story) if found == "state"]


@pytest.mark.parametrize("status", [255, 1, 2, 4, "255"])
def test_a_connector_that_charges_is_told_as_charging(status: object) -> None:
    """ConnectorStatus 3 (4.3): not a fault, not free, not merely occupied."""
    assert stands({"ConnectorStatus": status}) == ["state"]
    assert stands({"ConnectorStatus": 3}, {"ConnectorStatus": "3"}, {"ConnectorStatus": LEFT_OUT}) == []


def test_a_connector_is_still_occupied_just_after_the_start() -> None:
    """The state of the connector may come another way than the charge."""
    assert stands({"ConnectorStatus": 2}, after_s=3) == []


def test_what_becomes_of_a_connector_may_be_told_early() -> None:
    """The fault is told while the charger that reported it still waits for its answer."""
    story = charging()
    story.flows(30, 0)
    story.pushes_state(ConnectorStatus=255)
    story.happened("error-occurred", error="E1")
    story.hears("fault")
    story.passes(20)
    story.pushes_state(ConnectorStatus=255)
    assert blamed(story) == []


def test_a_connector_that_is_cut_off_is_told_as_anything() -> None:
    """The table has no state for it (4.3)."""
    story = charging()
    story.flows(30, 0)
    story.happened("network-lost")
    story.hears("offline")
    story.passes(20)
    story.is_asked(ConnectorStatus=1)
    story.passes(20)
    assert blamed(story) == []


@pytest.mark.parametrize("stat", [1, 3, 4])
def test_a_charge_that_goes_on_is_neither_starting_nor_stopping_nor_ended(stat: int) -> None:
    """StartChargeSeqStat 2: charging (4.3)."""
    assert stands({"StartChargeSeqStat": stat}) == ["state"]
    assert stands({"StartChargeSeqStat": 2}) == []


def test_a_charge_of_which_the_server_hears_is_not_unknown() -> None:
    """5 where the operator has lost track (cec102 6): not while samples come."""
    assert stands({"StartChargeSeqStat": 5}, after_s=100) == ["state"]
    assert stands({"StartChargeSeqStat": 5}, after_s=60) == []


def test_a_charge_of_which_the_server_hears_nothing_may_be_unknown() -> None:
    """The charger is cut off; or the server was started again, and no sample has come since."""
    cut_off, restarted = charging(), charging()
    for story in (cut_off, restarted):
        story.flows(100, 0)
    cut_off.happened("network-lost")
    restarted.happened("server-restarted")
    for story in (cut_off, restarted):
        story.passes(3)
        story.pushes_state(StartChargeSeqStat=5)
        story.passes(20)
        assert "pushed" not in blamed(story)


def test_a_charge_of_which_the_server_hears_again_is_unknown_no_more() -> None:
    story = charging()
    story.flows(100, 0)
    story.happened("server-restarted")
    story.flows(10, 0)
    story.pushes_state(StartChargeSeqStat=5)
    story.passes(10)
    assert blamed(story) == ["pushed"]


def test_a_charge_after_which_another_began_is_nobodys() -> None:
    """Its box was switched off, and never told of its end: the server closes it by what it knows."""
    story = RemoteStory()
    story.booted()
    story.status().answered()
    start = story.start().answered()
    story.charge_status(start, TotalPower=0)
    story.booted()
    story.status().answered()
    other = story.start(OTHER_CARD).answered()
    story.passes(10)
    story.charge_status(other, OTHER_NUMBER, TotalPower=0)
    story.charge_status(start, StartChargeSeqStat=4, TotalPower=0)
    story.passes(10)
    assert blamed(story) == []


def test_a_charge_may_be_starting_for_a_while() -> None:
    """Until a sample is due that shows that something flows (1.1.8)."""
    assert stands({"StartChargeSeqStat": 1}, after_s=60) == []
    assert stands({"StartChargeSeqStat": 1}, after_s=70) == ["state"]


def test_a_charge_that_is_asked_to_stop_is_stopping() -> None:
    """However long the charger takes; how long it may, is BJ-1.1.11-c."""
    story = charging()
    story.flows(30, 0)
    story.stops()
    story.pushes_state(StartChargeSeqStat=3)
    story.flows(150, 0)
    assert "pushed" not in blamed(story)


def test_an_end_may_be_told_while_the_box_waits_for_its_answer() -> None:
    """The server tells the city at once."""
    story = RemoteStory()
    story.booted()
    story.status().answered()
    start = story.start().answered()
    story.charge_status(start, TotalPower=0)
    story.sample(start).answered()
    story.passes(30)
    stop = story.stop(start, energy_wh=10)
    story.charge_status(start, StartChargeSeqStat=4, ConnectorStatus=2, TotalPower=0.01)
    stop.answered()
    for _ in range(3):
        story.passes(10)
        story.beat().answered()
    assert blamed(story) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"StartChargeSeqStat": 4, "ConnectorStatus": 2}, []),
        ({"StartChargeSeqStat": 5, "ConnectorStatus": 1}, []),
        ({"StartChargeSeqStat": 1, "ConnectorStatus": 2}, ["state"]),
        ({"StartChargeSeqStat": 2, "ConnectorStatus": 2}, ["state"]),
        ({"StartChargeSeqStat": 3, "ConnectorStatus": 2}, ["state"]),
        ({"StartChargeSeqStat": 4, "ConnectorStatus": 3}, ["state"]),
        ({"StartChargeSeqStat": 2, "ConnectorStatus": 3}, ["state", "state"]),
    ],
)
def test_a_charge_that_is_over_does_not_go_on(changes: dict[str, Any], found: list[str]) -> None:
    """Nor does its connector charge (4.3)."""
    story = ended(1000)
    story.passes(100)
    story.is_asked(1000, EndTime=story.local(story.ended_ms), **changes)
    story.passes(20)
    assert blamed(story) == found


def test_a_sample_from_before_the_end_may_be_told_a_while() -> None:
    story = ended(1000)
    story.passes(30)
    story.is_asked(1000, EndTime=story.local(story.ended_ms))
    story.passes(20)
    assert blamed(story) == []


def test_what_was_told_before_the_end_may_come_again() -> None:
    """A push that was refused is sent again as it was (1.6)."""
    story = charging()
    story.flows(30, 500)
    first = story.told(500)
    story.pushes(STATUS, first, by="ret 500")
    story.flows(10, 1000)
    story.ends(1000)
    story.passes(100)
    story.pushes(STATUS, first)
    story.passes(20)
    assert "pushed" not in blamed(story)


@pytest.mark.parametrize(("changes", "found"), [({}, []), ({"StartChargeSeqStat": 1}, ["state", "pushed"])])
def test_a_charge_by_card_is_held_to_the_same(changes: dict[str, Any], found: list[str]) -> None:
    story = RemoteStory()
    story.booted()
    story.status().answered()
    start = story.start().answered()
    story.charge_status(start, StartChargeSeqStat=1, TotalPower=0)
    story.sample(start).answered()
    for _ in range(10):
        story.passes(10)
        story.beat().answered()
    energy = story.measured(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, "123.95")
    story.sample(start, energy).answered()
    story.asked_status(start, **changes)
    story.charge_status(start, **changes)
    assert blamed(story) == found


# instruments


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"CurrentA": 0, "VoltageA": 0}, []),
        ({"CurrentA": 33.3, "CurrentB": 33.3, "CurrentC": 33.3, "VoltageA": 230, "VoltageB": 0}, []),
        ({"CurrentA": 100_000.0}, ["instruments"]),
        ({"CurrentA": 1000.0}, ["instruments"]),
        ({"CurrentA": 0.1}, ["instruments"]),
        ({"VoltageA": 400_000}, ["instruments"]),
        ({"VoltageA": "4000"}, ["instruments"]),
        ({"CurrentB": 100_000.0, "VoltageC": 0.4}, ["instruments", "instruments"]),
    ],
)
def test_instruments_are_told_in_amperes_and_volts(changes: dict[str, Any], found: list[str]) -> None:
    """4.2; 0 by default. By phase, mean or peak they are what the samples had, but for a small factor."""
    story = charging()
    story.flows(10, 0, current_a="100.00", voltage_v="400.0")
    story.flows(10, 0, current_a="0.00", voltage_v="400.0")
    story.is_asked(**changes)
    story.passes(10)
    assert blamed(story) == found


def test_a_sample_may_be_told_before_its_answer() -> None:
    """The current rises; the status is pushed while the charger still waits."""
    story = charging()
    story.flows(10, 0, current_a="2.00", voltage_v="400.0")
    story.flows(10, 0, current_a="3.00", voltage_v="400.0")
    story.is_asked(CurrentA=125.0)
    story.flows(1, 0, current_a="125.00", voltage_v="400.0")
    story.passes(10)
    assert blamed(story) == []


def test_instruments_of_a_box_are_told_as_it_told_them() -> None:
    """EVCHONG 2.6: Amp and Volt."""
    story = RemoteStory()
    story.booted()
    start = story.start().answered()
    story.charge_status(start, TotalPower=0, CurrentA=9000)
    story.sample(start).answered()
    story.charge_status(start, TotalPower=0.01)
    story.charge_status(start, TotalPower=0.01, CurrentA=31500)
    story.passes(10)
    assert blamed(story) == ["pushed"]
