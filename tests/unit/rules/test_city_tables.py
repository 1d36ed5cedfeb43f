"""What the city is answered, and told of charges, keeps to the field tables, judged (CEC-ENV-m)."""

from __future__ import annotations

import copy

import pytest

from simulators.beijing.invalid import Group, invalid_contents
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import LEFT
from tests.unit.journals import Judged
from tests.unit.remote_journals import (
    CHARGE_ORDER,
    CHARGER,
    OWN,
    START,
    START_RESULT,
    STOP,
    STOP_RESULT,
    WANTED,
    RemoteStory,
)

TABLES = "CEC-ENV-m"


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


# Charges: their starts and stops, what becomes of them, and the orders of a day


def of_a_charge() -> dict[Interface, tuple[Content | None, Content]]:
    """What a server says of a charge that the platform starts and stops; the question where it answers one."""
    seq = {"StartChargeSeq": WANTED}
    asked, result = seq | {"ConnectorID": CHARGER.id}, {"SuccStat": 0, "FailReason": 0}
    times = {"StartTime": "2015-03-02 12:00:13", "EndTime": "2015-03-02 12:01:13"}
    fees = {"TotalElecMoney": 0.6, "TotalSeviceMoney": 0.4, "TotalMoney": 1.0}
    halves = {"DetailElecMoney": 0.6, "DetailSeviceMoney": 0.4}
    detail = {"DetailStartTime": times["StartTime"], "DetailEndTime": times["EndTime"], "DetailPower": 1.0, **halves}
    parts = {"SumPeriod": 1, "ChargeDetails": [detail]}
    sums = {"OrderCount": 1, "TotalOrderPower": 1.0, "TotalOrderMoney": 1.0}
    day = {"StartTime": "2015-03-01 00:00:00", "EndTime": "2015-03-01 23:59:59"}
    orders = [seq | {"TotalPower": 1.0, "TotalMoney": 1.0}]
    return {
        START: (asked | {"QRCode": ""}, asked | result | {"StartChargeSeqStat": 1}),
        STOP: (asked, seq | result | {"StartChargeSeqStat": 3}),
        START_RESULT: (None, asked | {"StartChargeSeqStat": 2, "StartTime": times["StartTime"]}),
        STOP_RESULT: (None, asked | result | {"StartChargeSeqStat": 4}),
        CHARGE_ORDER: (None, asked | times | fees | parts | {"TotalPower": 1.0, "StopReason": 1}),
        Interface.CHECK_CHARGE_ORDERS: (None, {"CheckOrderSeq": OWN, **day, **sums, "ChargeOrders": orders}),
    }


def says(interface: Interface, told: Content) -> Judged:
    """The server says so, asked or by itself."""
    story, asked = RemoteStory(), of_a_charge()[interface][0]
    if asked is None:
        story.pushes(interface, told)
    else:
        story.asked(interface, asked, told)
    return story.judged()


@pytest.mark.parametrize("interface", of_a_charge())
def test_what_is_said_of_charges_keeps_to_its_table(interface: Interface) -> None:
    """As the table has it it is right; with one field wrong it is blamed."""
    asked, told = of_a_charge()[interface]
    assert f"good {interface.value}" in says(interface, told).of(TABLES)
    invalids = invalid_contents(interface, Kind.REQUEST if asked is None else Kind.ANSWER, copy.deepcopy(told))
    wrong = [invalid for invalid in invalids if invalid.group is not Group.FURTHER]
    assert len(wrong) > 3
    for invalid in wrong:
        assert f"{TABLES} {interface.value}" in says(interface, invalid.content).blamed(), invalid.case
