"""Invalid requests break what they say and nothing else, and are known again by their faults."""

from __future__ import annotations

import copy

import pytest

from simulators.evchong.codec import Codec, Fault
from simulators.evchong.invalid import case_of, invalid_requests, malformed_cases, missing_cases
from simulators.evchong.messages import Service
from tests.unit.evchong_examples import FULL_REQUESTS, SPARSE_REQUESTS


def test_the_missing_cases_are_the_mandatory_fields_of_the_tables() -> None:
    """Every Y of 1.1 to 1.7, 2.4 and 2.7, without the two that other rows own (EVC-1.7-b, -d)."""
    assert [case for service in Service for case in sorted(missing_cases(service))] == [
        "deviceBoot.chargeBoxSerialNumber",
        "deviceBoot.chargePointSerialNumber",
        "deviceBoot.chargePointVendor",
        "authorize.chargeBoxSerialNumber",
        "authorize.idToken",
        "heartbeat.chargeBoxSerialNumber",
        "startTrans.chargeBoxSerialNumber",
        "startTrans.connectorId",
        "startTrans.idToken",
        "startTrans.meterStart",
        "startTrans.timestamp",
        "meterValues.chargeBoxSerialNumber",
        "meterValues.connectorId",
        "meterValues.transactionId",
        "meterValues.values",
        "meterValues.values.measurand",
        "meterValues.values.timestamp",
        "meterValues.values.value",
        "stopTrans.chargeBoxSerialNumber",
        "stopTrans.meterStop",
        "stopTrans.timestamp",
        "stopTrans.transactionData",
        "stopTrans.transactionData.values",
        "stopTrans.transactionData.values.measurand",
        "stopTrans.transactionData.values.timestamp",
        "stopTrans.transactionData.values.value",
        "stopTrans.transactionId",
        "statusNotify.chargeBoxSerialNumber",
        "statusNotify.connectorId",
        "statusNotify.errorCode",
        "statusNotify.status",
        "statusNotify.timestamp",
    ]


def test_the_malformed_cases_of_a_notification() -> None:
    """Lengths, types and enumerations; the vendor's fields too."""
    assert sorted(malformed_cases(Service.STATUS_NOTIFY)) == [
        "statusNotify.chargeBoxSerialNumber:length",
        "statusNotify.chargeBoxSerialNumber:type",
        "statusNotify.connectorId:type",
        "statusNotify.errorCode:enum",
        "statusNotify.info:length",
        "statusNotify.info:type",
        "statusNotify.status:enum",
        "statusNotify.timestamp:type",
        "statusNotify.vendorErrorCode:length",
        "statusNotify.vendorErrorCode:type",
        "statusNotify.vendorId:length",
        "statusNotify.vendorId:type",
    ]


@pytest.mark.parametrize("service", Service)
def test_every_case_is_made_once_from_any_valid_request(service: Service) -> None:
    """A sparse request yields the same cases as a full one, and is left as it was."""
    for valid in (FULL_REQUESTS[service].canonical(), SPARSE_REQUESTS[service].canonical()):
        before = copy.deepcopy(valid)
        made = [invalid.case for invalid in invalid_requests(service, valid)]
        assert sorted(made) == sorted({*missing_cases(service), *malformed_cases(service)})
        assert valid == before


@pytest.mark.parametrize("service", Service)
def test_a_recorded_request_is_known_by_its_bytes(service: Service) -> None:
    """From the bytes alone a rule can tell which constraint a request breaks."""
    codec = Codec()
    broken = invalid_requests(service, SPARSE_REQUESTS[service].canonical())
    assert broken
    for invalid in broken:
        decoded = codec.read_request(service, *codec.request_bytes(service, invalid.canonical))
        group = "missing" if invalid.constraint == "required" else "malformed"
        assert case_of(decoded.faults, service) == (group, invalid.case)


def test_a_length_is_broken_by_one_ascii_character() -> None:
    """String[20] (EVC-X24): characters, checked with ASCII; a wrapped string is broken inside."""
    (too_long,) = (
        invalid
        for invalid in invalid_requests(Service.AUTHORIZE, SPARSE_REQUESTS[Service.AUTHORIZE].canonical())
        if invalid.case == "authorize.idToken:length"
    )
    assert too_long.canonical["authReq"]["idToken"] == {"idToken": "x" * 21}


def test_of_a_missing_wrapped_string_the_outer_key_is_gone() -> None:
    """Not its inside only."""
    (missing,) = (
        invalid
        for invalid in invalid_requests(Service.AUTHORIZE, SPARSE_REQUESTS[Service.AUTHORIZE].canonical())
        if invalid.case == "authorize.idToken"
    )
    assert missing.canonical == {"authReq": {"chargeBoxSerialNumber": {"chargeBoxSerialNumber": "CB-1"}}}


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault("required", "idToken", "", ""), Fault("required", "chargeBoxSerialNumber", "", "")),
        (Fault("json", "", "", ""),),
        (Fault("mapping", "idToken", "", ""),),
        (Fault("required", "vendorId", "", ""),),
    ],
)
def test_other_faults_are_no_case(faults: tuple[Fault, ...]) -> None:
    """None or several faults, and those that other rows own."""
    assert case_of(faults, Service.AUTHORIZE) is None
    assert case_of(faults, Service.STATUS_NOTIFY) is None


def test_nothing_is_broken_that_was_not_whole() -> None:
    """An invalid twin proves nothing, so it is refused; so is one without a sample."""
    with pytest.raises(ValueError, match="not a valid authorize request"):
        invalid_requests(Service.AUTHORIZE, {"authReq": {}})
    empty = SPARSE_REQUESTS[Service.METER_VALUES].canonical()
    empty["meterValuesReq"]["values"] = []
    with pytest.raises(ValueError, match=r"no sample in which values\.timestamp could be broken"):
        invalid_requests(Service.METER_VALUES, empty)
