"""Requests are built in the shape of the document's examples, and read field by field without ever failing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.evchong import content
from simulators.evchong.content import IdTagInfo, Sample
from simulators.evchong.messages import ROOTS, Canonical, Service
from tests.unit.evchong_examples import ANSWERS, ENERGY, FULL_REQUESTS, NOON_MS, SPARSE_REQUESTS

READERS = [
    reader
    for name, reader in vars(content).items()
    if inspect.isfunction(reader) and not name.startswith("_") and reader.__module__ == content.__name__
]

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELD_NAMES = st.sampled_from(
    [
        "chargeBoxSerialNumber",
        "chargePointSerialNumber",
        "idToken",
        "idTag",
        "connectorId",
        "transactionId",
        "reservationId",
        "meterStart",
        "meterStop",
        "timestamp",
        "currentTime",
        "heartbeatInterval",
        "status",
        "errorCode",
        "vendorId",
        "vendorErrorCode",
        "info",
        "idTagInfo",
        "transactionData",
        "values",
    ]
)


def test_paths_and_root_keys_are_those_of_the_document() -> None:
    """Method names and root keys differ (EVC-X26)."""
    assert Service.DEVICE_BOOT.path == "/evchong-api/cperent/v1/deviceBoot"
    assert [(service.value, service.request_root, service.answer_root) for service in Service] == [
        ("deviceBoot", "bootReq", "bootRes"),
        ("authorize", "authReq", "authRes"),
        ("heartbeat", "heartbeatReq", "heartbeatRes"),
        ("startTrans", "startTransactionReq", "startTransactionRes"),
        ("meterValues", "meterValuesReq", "meterValuesRes"),
        ("stopTrans", "stopTransactionReq", "stopTransactionRes"),
        ("statusNotify", "statusNotificationReq", "statusNotificationRes"),
    ]


def test_a_boot_has_the_shape_of_the_example() -> None:
    """Strings are wrapped, absent ones left out."""
    assert SPARSE_REQUESTS[Service.DEVICE_BOOT].canonical() == {
        "bootReq": {
            "chargePointVendor": {"chargePointVendor": "Keli"},
            "chargeBoxSerialNumber": {"chargeBoxSerialNumber": "CB-1"},
            "chargePointSerialNumber": {"chargePointSerialNumber": "ST-1"},
        }
    }


def test_a_stop_has_the_shape_of_the_example() -> None:
    """The card is wrapped as ``idToken`` under ``idTag``; the value has two decimals, half-up."""
    assert FULL_REQUESTS[Service.STOP_TRANS].canonical() == {
        "stopTransactionReq": {
            "idTag": {"idToken": "CARD-1"},
            "transactionId": 17,
            "transactionData": {
                "values": [
                    {
                        "measurand": "Energy.Active.Import.Register",
                        "unit": "kWh",
                        "value": "12.35",
                        "location": "Outlet",
                        "context": "Sample_Periodic",
                        "format": "Raw",
                        "timestamp": NOON_MS,
                    }
                ]
            },
            "chargeBoxSerialNumber": {"chargeBoxSerialNumber": "CB-1"},
            "meterStop": 19000,
            "timestamp": NOON_MS,
        }
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0.00"), ("1E+3", "1000.00"), ("0.005", "0.01"), ("-1.5", "-1.50"), ("99999.999", "100000.00")],
)
def test_values_have_two_decimals(value: str, text: str) -> None:
    """Never an exponent, never a float's noise (1.5, 1.6)."""
    assert msgspec.structs.replace(ENERGY, value=Decimal(value)).canonical()["value"] == text


def test_a_notification_can_leave_the_vendor_out() -> None:
    """Only to see what a server makes of it (EVC-X18)."""
    request = msgspec.structs.replace(FULL_REQUESTS[Service.STATUS_NOTIFY], vendor_id=None, vendor_error_code=None)
    assert {"vendorId", "vendorErrorCode"}.isdisjoint(request.canonical()["statusNotificationReq"])


def test_every_field_of_a_request_can_be_read() -> None:
    """What was put in comes out."""
    start = FULL_REQUESTS[Service.START_TRANS].canonical()
    assert content.box_serial(start) == "CB-1"
    assert content.connector(start) == 1
    assert content.id_token(start) == "CARD-1"
    assert content.meter_start_wh(start) == 7000
    assert content.timestamp_ms(start) == NOON_MS
    assert content.reservation_id(start) == 3
    stop = FULL_REQUESTS[Service.STOP_TRANS].canonical()
    assert content.id_token(stop) == "CARD-1"
    assert content.transaction_id(stop) == 17
    assert content.meter_stop_wh(stop) == 19000
    assert content.samples(stop) == (Sample(NOON_MS, "Energy.Active.Import.Register", "12.35", "kWh"),)
    assert content.samples(FULL_REQUESTS[Service.METER_VALUES].canonical())[1] == Sample(
        NOON_MS, "Voltage", "230.00", None
    )
    notification = FULL_REQUESTS[Service.STATUS_NOTIFY].canonical()
    assert content.status(notification) == "Faulted"
    assert content.registration_status(notification) is None
    assert content.error_code(notification) == "GroundFailure"
    assert content.vendor_id(notification) == "V-1"
    assert content.vendor_error_code(notification) == "E17"
    assert content.error_info(notification) == "接地故障"
    assert content.station_serial(FULL_REQUESTS[Service.HEARTBEAT].canonical()) == "ST-1"


def test_every_field_of_an_answer_can_be_read() -> None:
    """What the server said comes out."""
    boot = ANSWERS[Service.DEVICE_BOOT]
    assert content.current_time_ms(boot) == NOON_MS
    assert content.heartbeat_interval_s(boot) == 10
    assert content.registration_status(boot) == "Accepted"
    assert content.id_tag_info(ANSWERS[Service.AUTHORIZE]) == IdTagInfo("Blocked", NOON_MS, "CARD-0")
    assert content.transaction_id(ANSWERS[Service.START_TRANS]) == 17


@pytest.mark.parametrize("found", [True, "17", None, [17], {"transactionId": 17}, 17.5])
def test_a_field_of_the_wrong_type_reads_as_none(found: Any) -> None:
    """Nothing is guessed."""
    assert content.transaction_id({"startTransactionRes": {"transactionId": found}}) is None


def test_a_whole_float_is_an_integer() -> None:
    """As JSON Schema has it."""
    assert content.transaction_id({"startTransactionRes": {"transactionId": 17.0}}) == 17


def test_nothing_reads_as_nothing() -> None:
    """An answer that could not be decoded has no fields."""
    assert content.id_tag_info(None) == IdTagInfo(None, None, None)
    assert content.samples(None) == ()
    assert content.box_serial(None) is None


@given(
    root=st.sampled_from([root for pair in ROOTS.values() for root in pair]),
    said=st.dictionaries(FIELD_NAMES, JSON_VALUES | st.dictionaries(FIELD_NAMES, JSON_VALUES, max_size=3), max_size=8),
)
def test_no_reader_ever_fails(root: str, said: dict[str, Any]) -> None:
    """Whatever stands in a message, a reader reads it or says None."""
    assert len(READERS) >= 18
    message: Canonical = {root: said}
    for reader in READERS:
        read: Callable[[Canonical], object] = reader
        read(message)
