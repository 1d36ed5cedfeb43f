"""The schema files say the same to both libraries, and to whoever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.catalogue import Violation, explain, names, schema, validator
from simulators.evchong import messages
from simulators.evchong.invalid import invalid_requests
from simulators.evchong.messages import Canonical, Service
from simulators.evchong.shape import Direction, Field, message_fields, schema_name
from tests.unit.evchong_examples import ANSWERS, FULL_REQUESTS, SPARSE_REQUESTS

EVERY_MESSAGE = [(service, direction) for service in Service for direction in Direction]


def messages_of_all_services() -> Iterator[tuple[str, Canonical]]:
    for service in Service:
        yield schema_name(service, Direction.REQUEST), FULL_REQUESTS[service].canonical()
        yield schema_name(service, Direction.REQUEST), SPARSE_REQUESTS[service].canonical()
        yield schema_name(service, Direction.ANSWER), ANSWERS[service]


VALID_MESSAGES = list(messages_of_all_services())


@pytest.mark.parametrize(("name", "message"), VALID_MESSAGES)
def test_both_libraries_accept_what_is_valid(name: str, message: Canonical) -> None:
    """A valid message has no error in either library."""
    assert validator("evchong", name).is_valid(message)
    assert explain("evchong", name, message) == ()


@pytest.mark.parametrize("service", Service)
def test_both_libraries_find_one_error_in_what_has_one(service: Service) -> None:
    """Each generated request breaks its own constraint and no other, at the same place for both libraries."""
    name = schema_name(service, Direction.REQUEST)
    for valid in (FULL_REQUESTS[service], SPARSE_REQUESTS[service]):
        broken = invalid_requests(service, valid.canonical())
        assert broken
        for each in broken:
            fast = [error.kind.name for error in validator("evchong", name).iter_errors(each.canonical)]
            worded = [violation.keyword for violation in explain("evchong", name, each.canonical)]
            assert (each.case, fast, worded) == (each.case, [each.constraint], [each.constraint])


@pytest.mark.parametrize(("name", "message"), VALID_MESSAGES)
def test_unknown_fields_are_allowed_everywhere(name: str, message: Canonical) -> None:
    """A message may say more than the document knows, at the top and under the root key."""
    ((root, content),) = message.items()
    assert validator("evchong", name).is_valid({root: {**content, "further": 1}, "beside": 2})


@pytest.mark.parametrize(
    ("value", "whole"), [(5, True), (5.0, True), (10**30, True), (5.5, False), (True, False), ("5", False)]
)
def test_both_libraries_agree_on_what_an_integer_is(value: Any, whole: bool) -> None:
    """JSON has no integers of its own; JSON Schema counts 5.0 among them, and no boolean."""
    message = {"heartbeatRes": {"currentTime": value}}
    assert validator("evchong", "heartbeat.response").is_valid(message) is whole
    assert (explain("evchong", "heartbeat.response", message) == ()) is whole


@pytest.mark.parametrize(
    ("text", "decimal"), [("1.00", True), ("-3", True), ("1.", False), ("xxxxx", False), ("1.0\n", False), ("٣", False)]
)
def test_both_libraries_agree_on_what_a_decimal_is(text: str, decimal: bool) -> None:
    """The value of a sample is a decimal number as text, to its last character (EVC-X7)."""
    message = FULL_REQUESTS[Service.METER_VALUES].canonical()
    message["meterValuesReq"]["values"][0]["value"] = text
    assert validator("evchong", "meterValues.request").is_valid(message) is decimal
    assert (explain("evchong", "meterValues.request", message) == ()) is decimal


def test_a_refused_start_needs_no_transaction_and_an_accepted_one_does() -> None:
    """Of a refused start any integer or none is taken (EVC-X13)."""
    refused = {"startTransactionRes": {"idTagInfo": {"status": "Blocked"}}}
    accepted = {"startTransactionRes": {"idTagInfo": {"status": "Accepted"}}}
    path = ("startTransactionRes", "transactionId")
    assert explain("evchong", "startTrans.response", refused) == ()
    assert validator("evchong", "startTrans.response").is_valid(refused)
    assert explain("evchong", "startTrans.response", accepted) == (
        Violation(path, "required", "this field", "no such field"),
    )
    assert not validator("evchong", "startTrans.response").is_valid(accepted)


def test_errors_are_worded() -> None:
    """Every violation says where, what was expected and what was found."""
    message = {"authReq": {"idToken": {"idToken": "x" * 21}}}
    assert explain("evchong", "authorize.request", message) == (
        Violation(("authReq", "chargeBoxSerialNumber"), "required", "this field", "no such field"),
        Violation(
            ("authReq", "idToken", "idToken"), "maxLength", "at most 20 characters", f'21 characters: "{"x" * 21}"'
        ),
    )


def test_two_missing_fields_are_two_errors() -> None:
    """Neither field is told twice."""
    violations = explain("evchong", "deviceBoot.response", {"bootRes": {"status": "Accepted"}})
    assert [violation.path[-1] for violation in violations] == ["currentTime", "heartbeatInterval"]


def test_an_unknown_schema_is_named_with_those_there_are() -> None:
    """A misspelt name says what would do."""
    with pytest.raises(LookupError, match=r"no schema evchong/boot; there are: authorize\.request, "):
        validator("evchong", "boot")


@pytest.mark.parametrize(("service", "direction"), EVERY_MESSAGE)
def test_every_field_is_described_with_its_clause(service: Service, direction: Direction) -> None:
    """Whoever reads a schema finds the clause of each field, or of the examples that it is from."""
    properties = schema("evchong", schema_name(service, direction))["properties"]
    ((root, content),) = properties.items()
    assert root in {service.request_root, service.answer_root}
    for each in content["properties"].values():
        assert each["description"][0].isdigit()


def test_every_schema_is_a_message_or_the_types() -> None:
    """14 messages and the file of types; references stay inside the folder."""
    messages_and_types = {schema_name(service, direction) for service, direction in EVERY_MESSAGE} | {"types"}
    assert set(names("evchong")) == messages_and_types
    assert set(schema("evchong", "types")["$defs"]) >= {
        "IdToken",
        "IdTagInfo",
        "AuthorizationStatus",
        "MeterValue",
        "Measurand",
        "UnitOfMeasure",
        "TransactionData",
        "ChargePointErrorCode",
        "ChargePointStatus",
        "RegistrationStatus",
        "dateTime",
    }


@pytest.mark.parametrize(
    "enumeration",
    [
        messages.AuthorizationStatus,
        messages.Measurand,
        messages.UnitOfMeasure,
        messages.ChargePointErrorCode,
        messages.ChargePointStatus,
        messages.RegistrationStatus,
    ],
)
def test_enumerations_in_code_are_those_of_the_schemas(enumeration: Any) -> None:
    """A value is spelt the same in both places."""
    assert {value.value for value in enumeration} == set(
        schema("evchong", "types")["$defs"][enumeration.__name__]["enum"]
    )


def test_the_fields_of_a_message_are_read_from_its_schema() -> None:
    """What the codec maps and the invalid requests break, on the example of a card."""
    assert message_fields(Service.STOP_TRANS, Direction.REQUEST)["idTag"] == Field(
        name="idTag",
        type_name="IdToken",
        json_type="string",
        mandatory=False,
        wrapper="idToken",
        max_length=20,
        values=(),
        fields={},
    )
