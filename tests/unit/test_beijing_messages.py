"""The 16 interfaces are the seed's, by name, address, caller and response limit."""

from __future__ import annotations

import pytest

from simulators.beijing.messages import InformationKind, Interface, ResponseLimit, Side

PUBLIC, BUSINESS = InformationKind.PUBLIC, InformationKind.BUSINESS


def test_the_interfaces_are_those_of_the_seed() -> None:
    """Seed 1.1, item by item, each spelt as there; with who calls it (cec102 5)."""
    platform, operator = frozenset({Side.PLATFORM}), frozenset({Side.OPERATOR})
    assert {interface.value: interface.callers for interface in Interface} == {
        "query_stations_info": platform,
        "notification_stationStatus": operator,
        "query_station_status": platform,
        "query_station_stats": platform,
        "query_equip_auth": platform,
        "query_equip_business_policy": platform,
        "query_start_charge": platform,
        "notification_start_charge_result": operator,
        "query_equip_charge_status": platform,
        "notification_equip_charge_status": operator,
        "query_stop_charge": platform,
        "notification_stop_charge_result": operator,
        "notification_charge_order_info": operator,
        "notification_charge_order_info_for_bonus": operator,
        "check_charge_orders": operator,
        "query_token": platform | operator,
    }


def test_the_limits_are_those_of_the_seed() -> None:
    """Kind, ms and strictness by 1.1.1 to 1.1.16: 小于 is strict, 不大于 is not (BJ-X3, BJ-X15)."""
    assert {
        interface.value: (interface.information_kind, limit.limit_ms, limit.strict)
        for interface in Interface
        if (limit := interface.response_limit)
    } == {
        "query_token": (None, 1000, True),
        "query_stations_info": (PUBLIC, 3000, True),
        "query_station_status": (PUBLIC, 3000, True),
        "query_station_stats": (PUBLIC, 3000, True),
        "query_equip_auth": (BUSINESS, 1000, True),
        "query_equip_business_policy": (BUSINESS, 1000, True),
        "query_start_charge": (BUSINESS, 1000, False),
        "query_equip_charge_status": (BUSINESS, 1000, False),
        "query_stop_charge": (BUSINESS, 1000, False),
    }


def test_pushes_have_neither_limit_nor_kind() -> None:
    """What the platform answers is not what chapter 3 measures (BJ-X15)."""
    pushes = [interface for interface in Interface if interface.callers == {Side.OPERATOR}]
    assert len(pushes) == 7
    assert [each for each in pushes if each.response_limit or each.information_kind] == []


@pytest.mark.parametrize(
    ("strict", "response_ms", "kept"),
    [(True, 999.9, True), (True, 1000, False), (False, 1000, True), (False, 1000.1, False)],
)
def test_a_limit_is_kept_as_it_is_worded(strict: bool, response_ms: float, kept: bool) -> None:
    """Less than 1 s ends before 1 s, at most 1 s ends with it."""
    assert ResponseLimit(1000, strict).is_kept_by(response_ms) is kept


def test_means_are_limited_by_chapter_3() -> None:
    """At most 3 s for public, at most 1 s for business information (seed 3.1, 3.2)."""
    assert PUBLIC.mean_limit == ResponseLimit(3000, strict=False)
    assert BUSINESS.mean_limit == ResponseLimit(1000, strict=False)


def test_the_address_keeps_the_capital_letter() -> None:
    """The path of seed 1.2, the name as in 1.1.2 (BJ-1.2-a)."""
    assert Interface.NOTIFICATION_STATION_STATUS.path == "/evcs/20160701/notification_stationStatus"
