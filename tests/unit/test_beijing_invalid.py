"""Invalid Beijing messages break what they say and nothing else, and are known again by what they break."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from simulators.beijing.invalid import Group, Invalid, case_of, cases, invalid_contents
from simulators.beijing.messages import Interface, Side
from simulators.beijing.opened import Kind
from tests.unit.test_beijing_examples import EVERY_MESSAGE, ORDER, full, minimal

QUERIES = [interface for interface in Interface if Side.PLATFORM in interface.callers]


def one(interface: Interface, kind: Kind, case: str) -> Invalid:
    (invalid,) = (each for each in invalid_contents(interface, kind, full(interface, kind)) if each.case == case)
    return invalid


def test_the_missing_cases_of_the_queries_are_the_mandatory_fields() -> None:
    """Every M of what the platform asks (5.1 to 5.12); QRCode is none."""
    assert [case for query in QUERIES for case in cases(query, Kind.REQUEST, Group.MISSING)] == [
        "query_token.OperatorID",
        "query_token.OperatorSecret",
        "query_station_status.StationIDs",
        "query_station_stats.StationID",
        "query_station_stats.StartTime",
        "query_station_stats.EndTime",
        "query_equip_auth.EquipAuthSeq",
        "query_equip_auth.ConnectorID",
        "query_equip_business_policy.EquipBizSeq",
        "query_equip_business_policy.ConnectorID",
        "query_start_charge.StartChargeSeq",
        "query_start_charge.ConnectorID",
        "query_equip_charge_status.StartChargeSeq",
        "query_stop_charge.StartChargeSeq",
        "query_stop_charge.ConnectorID",
    ]


def test_the_malformed_cases_of_the_queries() -> None:
    """Types and lengths (CEC-ENV-g); the queries hold no enumeration."""
    assert [case for query in QUERIES for case in cases(query, Kind.REQUEST, Group.MALFORMED)] == [
        "query_token.OperatorID:type",
        "query_token.OperatorID:length",
        "query_token.OperatorSecret:type",
        "query_token.OperatorSecret:length",
        "query_stations_info.LastQueryTime:type",
        "query_stations_info.PageNo:type",
        "query_stations_info.PageSize:type",
        "query_station_status.StationIDs:type",
        "query_station_status.StationIDs[]:type",
        "query_station_status.StationIDs[]:length",
        "query_station_stats.StationID:type",
        "query_station_stats.StationID:length",
        "query_station_stats.StartTime:type",
        "query_station_stats.EndTime:type",
        "query_equip_auth.EquipAuthSeq:type",
        "query_equip_auth.EquipAuthSeq:length",
        "query_equip_auth.ConnectorID:type",
        "query_equip_auth.ConnectorID:length",
        "query_equip_business_policy.EquipBizSeq:type",
        "query_equip_business_policy.EquipBizSeq:length",
        "query_equip_business_policy.ConnectorID:type",
        "query_equip_business_policy.ConnectorID:length",
        "query_start_charge.StartChargeSeq:type",
        "query_start_charge.StartChargeSeq:length",
        "query_start_charge.ConnectorID:type",
        "query_start_charge.ConnectorID:length",
        "query_start_charge.QRCode:type",
        "query_equip_charge_status.StartChargeSeq:type",
        "query_equip_charge_status.StartChargeSeq:length",
        "query_stop_charge.StartChargeSeq:type",
        "query_stop_charge.StartChargeSeq:length",
        "query_stop_charge.ConnectorID:type",
        "query_stop_charge.ConnectorID:length",
    ]


def test_further_constraints_are_cases_of_their_own() -> None:
    """CEC-ENV-g names neither forms nor ranges, so nobody is failed for them under its name."""
    assert cases(Interface.QUERY_STATIONS_INFO, Kind.REQUEST, Group.FURTHER) == (
        "query_stations_info.LastQueryTime:form",
        "query_stations_info.PageNo:below",
        "query_stations_info.PageSize:below",
    )
    assert cases(Interface.QUERY_STATION_STATUS, Kind.REQUEST, Group.FURTHER) == (
        "query_station_status.StationIDs:few",
        "query_station_status.StationIDs:many",
    )


@pytest.mark.parametrize(("interface", "kind"), EVERY_MESSAGE)
def test_every_case_is_made_once_and_known_again(interface: Interface, kind: Kind) -> None:
    """Each in its group, named after its message; the valid content is left as it was."""
    valid = full(interface, kind)
    before = copy.deepcopy(valid)
    made = invalid_contents(interface, kind, valid)
    assert valid == before
    names = [invalid.case for invalid in made]
    assert len(names) == len(set(names)) > 0
    assert sorted(names) == sorted(case for group in Group for case in cases(interface, kind, group))
    for invalid in made:
        assert case_of(interface, kind, invalid.content) == (invalid.group, invalid.case)


@pytest.mark.parametrize("interface", QUERIES)
def test_a_minimal_query_yields_the_same_cases(interface: Interface) -> None:
    """An optional field that it lacks is put in."""
    from_full = invalid_contents(interface, Kind.REQUEST, full(interface, Kind.REQUEST))
    from_minimal = invalid_contents(interface, Kind.REQUEST, minimal(interface, Kind.REQUEST))
    assert [each.case for each in from_minimal] == [each.case for each in from_full]
    for invalid in from_minimal:
        assert case_of(interface, Kind.REQUEST, invalid.content) == (invalid.group, invalid.case)


@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("query_equip_auth.ConnectorID:length", "x" * 27),
        ("query_equip_auth.ConnectorID:type", {}),
        ("query_equip_auth.EquipAuthSeq:short", "x" * 26),
    ],
)
def test_a_broken_string_stands_where_the_right_one_was(case: str, value: Any) -> None:
    """All else stays."""
    field = case.removeprefix("query_equip_auth.").partition(":")[0]
    valid = full(Interface.QUERY_EQUIP_AUTH, Kind.REQUEST)
    assert one(Interface.QUERY_EQUIP_AUTH, Kind.REQUEST, case).content == valid | {field: value}


def test_an_enumeration_is_left_in_two_ways() -> None:
    """By another number and by no number; answers are marked as such in their cases."""
    outside = one(Interface.QUERY_STOP_CHARGE, Kind.ANSWER, "query_stop_charge.answer.SuccStat:enum")
    no_number = one(Interface.QUERY_STOP_CHARGE, Kind.ANSWER, "query_stop_charge.answer.SuccStat:type")
    assert (outside.content["SuccStat"], no_number.content["SuccStat"]) == (77, "x")
    assert outside.constraint == no_number.constraint == "enum"


def test_lists_are_broken_in_their_first_member() -> None:
    """The others stay as they are; 51 stations are one too many."""
    valid = full(Interface.QUERY_STATION_STATUS, Kind.REQUEST)
    member = one(Interface.QUERY_STATION_STATUS, Kind.REQUEST, "query_station_status.StationIDs[]:length")
    assert member.content == {"StationIDs": ["x" * 21, valid["StationIDs"][1]]}
    many = one(Interface.QUERY_STATION_STATUS, Kind.REQUEST, "query_station_status.StationIDs:many")
    assert many.content == {"StationIDs": [valid["StationIDs"][0]] * 51}
    few = one(Interface.QUERY_STATION_STATUS, Kind.REQUEST, "query_station_status.StationIDs:few")
    assert few.content == {"StationIDs": []}


@pytest.mark.parametrize(
    "content", [{"StartChargeSeq": ORDER, "ConnectorID": "1"}, {}, None, {"StartChargeSeq": 5, "ConnectorID": 5}]
)
def test_other_contents_are_no_case(content: Any) -> None:
    """Nothing broken, two fields broken, no object at all."""
    assert case_of(Interface.QUERY_STOP_CHARGE, Kind.REQUEST, content) is None


def test_nothing_is_broken_that_was_not_whole() -> None:
    """An invalid twin proves nothing, so it is refused; so is one without the object to break something in."""
    with pytest.raises(ValueError, match="not a valid query_equip_auth request"):
        invalid_contents(Interface.QUERY_EQUIP_AUTH, Kind.REQUEST, {})
    charging = minimal(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST)
    with pytest.raises(ValueError, match=r"no ChargeDetails in which ChargeDetails\[\] could be broken"):
        invalid_contents(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST, charging)
    none = minimal(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST)
    with pytest.raises(ValueError, match=r"no ChargeOrders\[\] to break"):
        invalid_contents(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST, none)
