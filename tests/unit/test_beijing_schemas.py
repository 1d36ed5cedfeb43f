"""The schema files of the Beijing platform say the same to both libraries, and to whoever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from schemas.catalogue import explain, names, schema, validator
from simulators.beijing import messages
from simulators.beijing.content import DECIMALS, violations
from simulators.beijing.invalid import ENDINGS, invalid_contents
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.beijing.shape import NOT_CONSTRAINTS, Field, message_fields, schema_name
from tests.unit.test_beijing_examples import EVERY_MESSAGE, ORDER, PERIOD, STATION, full, minimal

TYPES: dict[str, Any] = schema("beijing", "types")["$defs"]


def judged(name: str, content: Any) -> tuple[list[str], list[str]]:
    """The keywords that each library finds broken: jsonschema-rs, jsonschema."""
    fast = [error.kind.name for error in validator("beijing", name).iter_errors(content)]
    return fast, [violation.keyword for violation in explain("beijing", name, content)]


@pytest.mark.parametrize(("interface", "kind"), EVERY_MESSAGE)
def test_both_libraries_find_one_error_in_what_has_one(interface: Interface, kind: Kind) -> None:
    """Each generated content breaks its own constraint and no other; of decimals neither library says a word."""
    broken = invalid_contents(interface, kind, full(interface, kind))
    assert broken
    for each in broken:
        expected = [] if each.constraint == DECIMALS else [each.constraint]
        assert (each.case, *judged(schema_name(interface, kind), each.content)) == (each.case, expected, expected)
        told = [violation.keyword for violation in violations(interface, kind, each.content)]
        assert (each.case, told) == (each.case, [each.constraint])


@pytest.mark.parametrize(("interface", "kind"), EVERY_MESSAGE)
def test_unknown_fields_are_allowed_everywhere(interface: Interface, kind: Kind) -> None:
    """A message may say more than the tables know, at any depth (cec102 9)."""
    content = widened(full(interface, kind))
    assert content != full(interface, kind)
    assert judged(schema_name(interface, kind), content) == ([], [])


def widened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: widened(each) for name, each in value.items()} | {"FurtherField": "更多"}
    return [widened(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("page", "whole"),
    [(5, True), (5.0, True), (10**30, True), (5.5, False), (True, False), ("5", False), (None, False)],
)
def test_both_libraries_agree_on_what_an_integer_is(page: Any, whole: bool) -> None:
    """5.0 is one in JSON Schema, a boolean and a string of digits are none."""
    expected = [] if whole else ["type"]
    assert judged("query_stations_info.request", {"PageNo": page}) == (expected, expected)


@pytest.mark.parametrize(("status", "listed"), [(0, True), (1.0, True), (False, False), ("0", False), (2, False)])
def test_both_libraries_agree_on_what_is_in_an_enumeration(status: Any, listed: bool) -> None:
    """Numbers are compared by value; a boolean and a string are no numbers."""
    expected = [] if listed else ["enum"]
    assert judged("notification_stationStatus.response", {"Status": status}) == (expected, expected)


@pytest.mark.parametrize(
    ("moment", "right"),
    [
        ("2025-03-18 09:15:12", True),
        ("2024-02-29 23:59:59", True),
        ("2025-03-18T09:15:12", False),
        ("2025-3-18 9:15:12", False),
        ("2025-13-18 09:15:12", False),
        ("2025-03-32 09:15:12", False),
        ("2025-03-18 24:00:00", False),
        ("2025-03-18 09:60:12", False),
        ("2025-03-18 09:15:60", False),
        ("2025-03-18 09:15:12\n", False),
        ("٢٠٢٥-03-18 09:15:12", False),
        ("2025-03-18", False),
        ("", False),
    ],
)
def test_both_libraries_agree_on_what_a_moment_is(moment: str, right: bool) -> None:
    """yyyy-MM-dd HH:mm:ss, 19 ASCII characters and nothing after them (4.2)."""
    expected = [] if right else ["pattern"]
    content = minimal(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Kind.REQUEST) | {"EndTime": moment}
    assert judged("notification_charge_order_info.request", content) == (expected, expected)


@pytest.mark.parametrize(
    ("day", "right"), [("2025-03-10", True), ("2025-03-10 00:00:00", False), ("2025-3-10", False), ("", False)]
)
def test_both_libraries_agree_on_what_a_day_is(day: str, right: bool) -> None:
    """Statistics are asked for by days (BJ-X8)."""
    expected = [] if right else ["pattern"]
    content = {"StationID": STATION, **PERIOD, "StartTime": day}
    assert judged("query_station_stats.request", content) == (expected, expected)


@pytest.mark.parametrize(
    ("time", "expected"),
    [("000000", []), ("235959", []), ("240000", ["pattern"]), ("70000", ["pattern"]), (70000, ["type"])],
)
def test_both_libraries_agree_on_what_a_policy_time_is(time: Any, expected: list[str]) -> None:
    """HHmmss, a string with its leading zeros (4.2)."""
    content = full(Interface.QUERY_EQUIP_BUSINESS_POLICY, Kind.ANSWER)
    content = content | {"PolicyInfos": [content["PolicyInfos"][0] | {"StartTime": time}]}
    assert judged("query_equip_business_policy.response", content) == (expected, expected)


@pytest.mark.parametrize(
    ("seq", "expected"), [(ORDER, []), (ORDER[:-1], ["minLength"]), (f"{ORDER}1", ["maxLength"]), ("序" * 27, [])]
)
def test_an_order_number_has_exactly_27_characters(seq: str, expected: list[str]) -> None:
    """Characters, not bytes (4.1)."""
    assert judged("query_equip_charge_status.request", {"StartChargeSeq": seq}) == (expected, expected)


def test_optional_strings_of_a_fixed_form_may_be_empty() -> None:
    """An unknown optional value is omitted or sent as its default (4.2); no time to query since means all (5.2)."""
    assert judged("query_stations_info.request", {"LastQueryTime": ""}) == ([], [])
    result = minimal(Interface.NOTIFICATION_START_CHARGE_RESULT, Kind.REQUEST)
    assert judged("notification_start_charge_result.request", result | {"Vin": "", "IdentCode": ""}) == ([], [])
    equipment = full(Interface.QUERY_STATIONS_INFO, Kind.ANSWER)["StationInfos"][0]["EquipmentInfos"][0]
    defs = {"$ref": "types.json#/$defs/EquipmentInfo"}
    empty = equipment | {"ManufacturerID": "", "ProductionDate": "", "EquipmentName": ""}
    assert list(with_types(defs).iter_errors(empty)) == []


def with_types(message: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([("file:///types.json", schema("beijing", "types"))])
    return jsonschema_rs.Draft202012Validator(message, registry=registry, base_uri="file:///message.json")


@pytest.mark.parametrize("count", [0, 1, 50, 51])
def test_one_to_fifty_stations_are_asked_for(count: int) -> None:
    """query_station_status takes 1 to 50 ids (5.4)."""
    expected = {0: ["minItems"], 51: ["maxItems"]}.get(count, [])
    assert judged("query_station_status.request", {"StationIDs": [STATION] * count}) == (expected, expected)


def test_a_page_past_the_last_is_empty() -> None:
    """The page that was wanted, no stations, no pages at all (5.2)."""
    content: Content = {"PageNo": 3, "PageCount": 0, "ItemSize": 0, "StationInfos": []}
    assert judged("query_stations_info.response", content) == ([], [])


def test_the_start_method_is_owed_in_both_charge_status_messages() -> None:
    """Seed 2.2.1 adds it to the query and to the push."""
    for interface, kind in (
        (Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER),
        (Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST),
    ):
        assert message_fields(interface, kind)["ChargeModel"].mandatory


def test_the_bonus_order_has_its_15_mandatory_fields() -> None:
    """Those that 5.15 marks M; the four from one source are optional (BJ-X9)."""
    fields = message_fields(Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS, Kind.REQUEST)
    assert len([field for field in fields.values() if field.mandatory and "[]" not in field.path]) == 15
    in_one_source = ("TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails")
    assert [fields[name].mandatory for name in in_one_source] == [False] * 4


# The files themselves


def test_every_schema_is_a_message_or_the_types() -> None:
    """Request and answer of the 16 interfaces, and the file of types."""
    assert set(names("beijing")) == {schema_name(*message) for message in EVERY_MESSAGE} | {"types"}
    assert len(names("beijing")) == 33


@pytest.mark.parametrize("name", names("beijing"))
def test_every_file_is_a_schema_of_2020_12(name: str) -> None:
    """Both libraries take it as one."""
    content = schema("beijing", name)
    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(content)
    jsonschema_rs.meta.validate(content)


def described_fields() -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Every field in every file: (where, name, schema, mandatory)."""
    objects = {name: schema("beijing", name) for name in names("beijing")} | TYPES
    for where, each in objects.items():
        for name, field in each.get("properties", {}).items():
            yield where, name, field, name in each.get("required", ())


def test_every_field_is_described_with_clause_name_and_duty() -> None:
    """As in: 5.10 ChargeStatus, TotalPower: energy so far; kWh, 2 decimals. Mandatory."""
    wrong = [
        (where, name)
        for where, name, field, mandatory in described_fields()
        if not field["description"].startswith("5.")
        or f", {name}: " not in field["description"]
        or (". Mandatory" in field["description"], ". Optional" in field["description"]) != (mandatory, not mandatory)
    ]
    assert len(list(described_fields())) > 150
    assert wrong == []


def test_every_type_is_described_with_its_clause() -> None:
    """Shared types too say where they are from."""
    assert [name for name, each in TYPES.items() if each["description"][:2] not in {"4.", "5."}] == []


def test_no_constraint_escapes_the_generator() -> None:
    """Whatever keyword the files use, some case breaks it."""
    used = {keyword for message in EVERY_MESSAGE for field in fields_of(*message) for keyword in field.constraints}
    assert used <= ENDINGS.keys()
    assert used | {"required"} == ENDINGS.keys()
    assert not NOT_CONSTRAINTS & ENDINGS.keys() - {"required"}


def fields_of(interface: Interface, kind: Kind) -> list[Field]:
    return list(message_fields(interface, kind).values())


# Enumerations (cec102 4.3)

CLOSED: dict[str, list[int]] = {
    "StationType": [1, 50, 100, 101, 102, 103, 255],
    "StationStatus": [0, 1, 5, 6, 50],
    "Construction": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255],
    "EquipmentType": [1, 2, 3, 4, 5],
    "ConnectorType": [1, 2, 3, 4, 5, 6],
    "NationalStandard": [1, 2],
    "SupportOrder": [0, 1],
    "Status": [0, 1, 2, 3, 4, 255],
    "ConnectorStatus": [1, 2, 3, 4, 255],
    "ParkStatus": [0, 10, 50],
    "LockStatus": [0, 10, 50],
    "StartChargeSeqStat": [1, 2, 3, 4, 5],
    "SuccStat": [0, 1],
    "ReceptionStatus": [0, 1],
    "ReceptionFailReason": [0, 1],
    "ChargeModel": [0, 1, 2, 3],
}
OPEN: dict[str, list[int]] = {  # the values that 4.3 names; those after them up to 99 are custom
    "TokenFailReason": [0, 1, 2],
    "AuthFailReason": [0, 1, 2],
    "PolicyFailReason": [0, 1],
    "StartFailReason": [0, 1, 2],
    "StopFailReason": [0, 1, 2, 3],
    "StopReason": [0, 1, 2, 3, 4],
    "ConfirmResult": [0, 1],
    "DisputeReason": [1, 2, 3],
}


def test_closed_enumerations_are_those_of_4_3() -> None:
    """Every list, in the schemas and in code."""
    assert {name: each["enum"] for name, each in TYPES.items() if "enum" in each} == CLOSED
    assert in_code(messages.CLOSED_ENUMERATIONS) == CLOSED


def test_open_enumerations_are_those_of_4_3() -> None:
    """From the first named value to 99 in the schemas; in code the named ones."""
    ends = {name: (each["minimum"], each["maximum"]) for name, each in TYPES.items() if name in OPEN}
    assert ends == {name: (values[0], 99) for name, values in OPEN.items()}
    assert in_code(messages.OPEN_ENUMERATIONS) == OPEN


def in_code(enumerations: tuple[type[IntEnum], ...]) -> dict[str, list[int]]:
    return {each.__name__: [int(value) for value in each] for each in enumerations}


def test_each_use_of_an_enumeration_is_the_right_one() -> None:
    """FailReason and Status mean something else in each interface."""
    assert [
        (schema_name(*message), field.type_name)
        for message in EVERY_MESSAGE
        for field in fields_of(*message)
        if field.path.rpartition(".")[2] in {"FailReason", "Status"}
    ] == [
        ("query_token.response", "TokenFailReason"),
        ("notification_stationStatus.request", "Status"),
        ("notification_stationStatus.response", "ReceptionStatus"),
        ("query_station_status.response", "Status"),
        ("query_equip_auth.response", "AuthFailReason"),
        ("query_equip_business_policy.response", "PolicyFailReason"),
        ("query_start_charge.response", "StartFailReason"),
        ("notification_start_charge_result.response", "ReceptionFailReason"),
        ("query_stop_charge.response", "StopFailReason"),
        ("notification_stop_charge_result.request", "StopFailReason"),
        ("notification_stop_charge_result.response", "ReceptionFailReason"),
    ]
