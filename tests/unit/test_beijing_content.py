"""Decimals are counted as the sender wrote them, whatever a float makes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from schemas.catalogue import Violation
from simulators.beijing.content import decimals_of, is_valid, values_at, violations, without_nulls
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.beijing.shape import Field, message_fields
from tests.unit.test_beijing_examples import ORDER, full, minimal


@pytest.mark.parametrize(
    ("number", "count"),
    [(0.29, 2), (21.73, 2), (5.0, 0), (-0.0, 0), (100.0, 0), (1e300, 0), (1e-7, 7), (0.1 + 0.2, 17), (116.327854, 6)],
)
def test_decimals_are_those_of_the_shortest_writing(number: float, count: int) -> None:
    """0.1 + 0.2 that was never rounded shows its noise; an exponent counts as what it stands for."""
    assert decimals_of(number) == count


@given(fen=some.integers(min_value=-(10**13), max_value=10**13))
def test_no_amount_of_whole_fen_has_too_many_decimals(fen: int) -> None:
    """Whatever a sender rounds to two decimals and writes as JSON."""
    assert decimals_of(float(Decimal(fen).scaleb(-2))) <= 2


def test_multiple_of_would_split_the_libraries() -> None:
    """Why the files say decimals: 0.29 is no multiple of 0.01 for one library, and is for the other."""
    money = {"multipleOf": 0.01}
    assert jsonschema_rs.Draft202012Validator(money).is_valid(0.29)
    assert not Draft202012Validator(money).is_valid(0.29)


@pytest.mark.parametrize(
    ("field", "value", "most"),
    [
        ("TotalPower", 8.525, 2),
        ("TotalMoney", 12.739999999999998, 2),
        ("TotalPower", 8.52, None),
        ("TotalPower", 8, None),
        ("CurrentA", 85.12345, None),
    ],
)
def test_surplus_decimals_are_worded(field: str, value: Any, most: int | None) -> None:
    """Where a table gives a number of decimals, more of them are a violation; where it gives none, any will do."""
    content = full(Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER) | {field: value}
    expected = () if most is None else (Violation((field,), "decimals", f"at most {most} decimals", repr(value)),)
    assert violations(Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER, content) == expected
    assert is_valid(Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER, content) is (most is None)


def test_decimals_are_found_in_lists() -> None:
    """Every member is looked at, and named by its place."""
    content = full(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST)
    order = content["ChargeOrders"][0]
    content = content | {"ChargeOrders": [order, order | {"TotalMoney": 31.845}]}
    (violation,) = violations(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST, content)
    assert violation.path == ("ChargeOrders", 1, "TotalMoney")


def test_what_breaks_the_schema_is_told_beside_the_decimals() -> None:
    """One way to ask for everything."""
    content = minimal(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST) | {"TotalMoney": 0.125, "StopReason": "0"}
    told = violations(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST, content)
    assert [(each.path, each.keyword) for each in told] == [(("StopReason",), "type"), (("TotalMoney",), "decimals")]
    assert not is_valid(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST, content)


@pytest.mark.parametrize("content", [None, [], "x", {"ChargeOrders": 5}, {"ChargeOrders": [5, None]}])
def test_what_is_no_message_is_judged_without_a_crash(content: Any) -> None:
    """The sender is the server under test, so anything may come."""
    assert not is_valid(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST, content)
    assert violations(Interface.CHECK_CHARGE_ORDERS, Kind.REQUEST, content)


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_what_is_no_number_has_no_decimals(number: float) -> None:
    """JSON can't say it, but 1e999 reads as infinity."""
    content = minimal(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST) | {"TotalMoney": number}
    told = violations(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST, content)
    assert [each for each in told if each.keyword == "decimals"] == []


def test_values_are_found_with_the_way_to_them() -> None:
    """Through objects and lists."""
    content = {"StationIDs": ["A", "B"], "Other": {"Inner": [{"X": 1}, {}, 5]}}
    assert list(values_at(content, "StationIDs[]")) == [(("StationIDs", 0), "A"), (("StationIDs", 1), "B")]
    assert list(values_at(content, "Other.Inner[].X")) == [(("Other", "Inner", 0, "X"), 1)]
    assert list(values_at(content, "Other[].X")) == []


def test_the_fields_of_a_message_are_read_from_its_schema() -> None:
    """At every depth, through the file of types."""
    assert message_fields(Interface.QUERY_STATION_STATUS, Kind.REQUEST) == {
        "StationIDs": Field(
            path="StationIDs",
            type_name="",
            mandatory=True,
            constraints={"type": "array", "minItems": 1, "maxItems": 50},
        ),
        "StationIDs[]": Field(
            path="StationIDs[]",
            type_name="stationId",
            mandatory=False,
            constraints={"type": "string", "maxLength": 20},
        ),
    }
    status = message_fields(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST)
    assert status["ChargeDetails[].DetailPower"] == Field(
        path="ChargeDetails[].DetailPower",
        type_name="energy",
        mandatory=True,
        constraints={"type": "number", "decimals": 2},
    )
    assert is_valid(Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.REQUEST, {"StartChargeSeq": ORDER})


def test_null_is_left_out_where_the_table_lets_it() -> None:
    """Of an optional field, also in a list; not of a mandatory one, nor of one that no table has (4.2)."""
    detail = {"DetailPower": None, "DetailElecMoney": None, "DetailSeviceMoney": 0}
    content = {"StartChargeSeq": None, "SumPeriod": None, "Plate": None, "ChargeDetails": [detail, None]}
    assert without_nulls(Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER, content) == {
        "StartChargeSeq": None,
        "Plate": None,
        "ChargeDetails": [{"DetailPower": None, "DetailSeviceMoney": 0}, None],
    }
    assert detail["DetailElecMoney"] is None
    assert "DetailElecMoney" in detail
