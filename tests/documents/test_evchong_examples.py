"""The printed requests and answers of the EVCHONG document are read as it prints them.

The files are the document's bytes; only line breaks inside a message and escapes of the text version were undone.
Three printed requests are not JSON; beside them lie the same, mended (EVC-X12).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.evchong.codec import Codec, Decoded, Fault, Observation
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import Canonical, Service

FOLDER = Path(__file__).parent / "evchong"
FORM = "application/x-www-form-urlencoded"

NOT_JSON = {Service.DEVICE_BOOT, Service.METER_VALUES, Service.STOP_TRANS}
UNDERSCORES = Readings.parse({"EVC-X6": "underscores"})  # as the energy samples of 1.5 and 1.6 are printed
PRINTED_WITH_PREFIX = Observation("EVC-X2", "the answer begins with data=")


def printed(name: str) -> bytes:
    return (FOLDER / f"{name}.txt").read_bytes()


def whole_request(service: Service) -> bytes:
    """The printed request, mended where it is not JSON."""
    return printed(f"{service.value}.request.mended" if service in NOT_JSON else f"{service.value}.request")


def read(service: Service, body: bytes, readings: Readings) -> Decoded:
    return Codec(readings).read_request(service, FORM, body)


def placeholder(path: str, wire_path: str) -> Fault:
    """The document prints xxxxx where a sample's value stands; EVC-X7 asks for a decimal number."""
    return Fault("pattern", path, 'pattern "^-?[0-9]+(\\\\.[0-9]+)?(?![\\\\s\\\\S])"', '"xxxxx"', wire_path)


@pytest.mark.parametrize("service", sorted(NOT_JSON))
def test_three_printed_requests_are_not_json(service: Service) -> None:
    """A missing brace, brackets in the wrong order, a missing quotation mark (EVC-X12)."""
    decoded = read(service, printed(f"{service.value}.request"), UNDERSCORES)
    assert decoded.canonical is None
    assert [fault.kind for fault in decoded.faults] == ["json"]


@pytest.mark.parametrize("service", sorted(set(Service) - {Service.METER_VALUES, Service.STOP_TRANS}))
def test_printed_requests_are_read_in_the_default_reading(service: Service) -> None:
    """Whole, without a remark."""
    decoded = read(service, whole_request(service), Readings())
    assert decoded.canonical is not None
    assert (decoded.faults, decoded.observations) == ((), ())


def test_the_printed_meter_values_lack_only_numbers() -> None:
    """In the reading of its underscores, the three placeholders are all that is wrong with the example of 1.5."""
    assert read(Service.METER_VALUES, whole_request(Service.METER_VALUES), UNDERSCORES).faults == tuple(
        placeholder("values.value", f"meterValuesReq.values[{index}].value") for index in range(3)
    )


def test_the_printed_stop_lacks_only_a_number() -> None:
    """In the reading of its underscores, the placeholder is all that is wrong with the example of 1.6."""
    assert read(Service.STOP_TRANS, whole_request(Service.STOP_TRANS), UNDERSCORES).faults == (
        placeholder("transactionData.values.value", "stopTransactionReq.transactionData.values[0].value"),
    )


@pytest.mark.parametrize(
    ("service", "path"),
    [(Service.METER_VALUES, "values.measurand"), (Service.STOP_TRANS, "transactionData.values.measurand")],
)
def test_printed_underscores_are_no_measurand_in_the_default_reading(service: Service, path: str) -> None:
    """The enumeration of 2.5 has dots (EVC-X6); Current.Import and Voltage are dotted in the example too."""
    faults = read(service, whole_request(service), Readings()).faults
    assert [fault.path for fault in faults if fault.kind == "enum"] == [path]


@pytest.mark.parametrize("service", [Service.METER_VALUES, Service.STOP_TRANS])
def test_printed_samples_are_read_once_they_have_numbers(service: Service) -> None:
    """With 12.50 in place of xxxxx nothing is wrong, and the energy is that of 2.5."""
    body = whole_request(service).replace(b'"value":"xxxxx"', b'"value":"12.50"')
    decoded = read(service, body, UNDERSCORES)
    assert (decoded.faults, decoded.observations) == ((), ())
    assert "Energy.Active.Import.Register" in str(decoded.canonical)


@pytest.mark.parametrize(
    ("service", "canonical"),
    [
        (
            Service.DEVICE_BOOT,
            {"bootRes": {"heartbeatInterval": 5, "currentTime": 1425285444696, "status": "Accepted"}},
        ),
        (
            Service.AUTHORIZE,
            {
                "authRes": {
                    "idTagInfo": {
                        "expiryDate": 1425288390010,
                        "parentIdTag": {"idToken": "xxxxxx"},
                        "status": "Accepted",
                    }
                }
            },
        ),
        (Service.HEARTBEAT, {"heartbeatRes": {"currentTime": 1425287749420}}),
        (
            Service.START_TRANS,
            {
                "startTransactionRes": {
                    "idTagInfo": {
                        "expiryDate": 1425289223245,
                        "parentIdTag": {"idToken": "xxxxx"},
                        "status": "Accepted",
                    },
                    "transactionId": 1,
                }
            },
        ),
        (Service.METER_VALUES, {"meterValuesRes": {"transactionId": 1, "timestamp": 1425289843542}}),
        (
            Service.STOP_TRANS,
            {
                "stopTransactionRes": {
                    "idTagInfo": {
                        "expiryDate": 1425290303174,
                        "parentIdTag": {"idToken": "ooooo"},
                        "status": "Accepted",
                    },
                    "transactionId": 1,
                }
            },
        ),
        (Service.STATUS_NOTIFY, {"statusNotificationRes": {"timestamp": 1425290699956}}),
    ],
)
def test_printed_answers_are_read(service: Service, canonical: Canonical) -> None:
    """Whole, with the printed prefix as the only remark (EVC-X2)."""
    body = printed(f"{service.value}.response")
    assert Codec().read_answer(service, body) == Decoded(canonical, (), (PRINTED_WITH_PREFIX,))
    assert Codec(Readings.parse({"EVC-X2": "prefixed"})).read_answer(service, body) == Decoded(canonical)
