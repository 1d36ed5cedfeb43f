"""Canonical messages survive the wire in every reading, and what does not map says where and why."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.evchong.codec import Codec, Decoded, Fault, Observation
from simulators.evchong.dialect import READINGS, Readings
from simulators.evchong.invalid import invalid_requests
from simulators.evchong.messages import Canonical, Service
from simulators.evchong.shape import Direction, Field, message_fields, root_key
from tests.unit.evchong_examples import ANSWERS, FULL_REQUESTS, NOON_MS

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

WIRE_ROWS = ("EVC-X1", "EVC-X2", "EVC-X3", "EVC-X4", "EVC-X5", "EVC-X6", "EVC-X8", "EVC-X9", "EVC-X25")
EVERY_READING = st.fixed_dictionaries(
    {row: st.sampled_from((READINGS[row].default, *READINGS[row].alternatives)) for row in WIRE_ROWS}
).map(Readings.parse)

LAST_MOMENT_MS = 253402300799999  # 9999-12-31T23:59:59.999Z, the last that ISO 8601 can write in four digits


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Valid values of one field; registers in whole kWh, which both readings of EVC-X9 can say."""
    if field.fields:
        objects = contents_of(field.fields)
        return st.lists(objects, max_size=3) if field.json_type == "array" else objects
    if field.wrapper:
        return st.text(max_size=field.max_length).map(lambda text: {field.wrapper: text})
    if field.values:
        return st.sampled_from(field.values)
    if field.type_name == "dateTime":
        return st.integers(0, LAST_MOMENT_MS)
    if field.type_name == "register":
        return st.integers(0, 10**6).map(lambda kwh: kwh * 1000)
    if field.name == "value":
        return st.decimals(-(10**6), 10**6, places=2).map(lambda value: f"{value:f}")
    if field.json_type == "integer":
        return st.integers()
    return st.text(max_size=field.max_length)


def contents_of(fields: dict[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    """Valid objects, optional fields there or not."""
    return st.fixed_dictionaries(
        {name: values_of(field) for name, field in fields.items() if field.mandatory},
        optional={name: values_of(field) for name, field in fields.items() if not field.mandatory},
    )


def valid_messages(direction: Direction) -> st.SearchStrategy[tuple[Service, Canonical]]:
    """Any service with a valid canonical message of it."""

    def of_service(service: Service) -> st.SearchStrategy[tuple[Service, Canonical]]:
        under = contents_of(message_fields(service, direction))
        if (service, direction) == (Service.START_TRANS, Direction.ANSWER):
            under = under.filter(lambda said: "transactionId" in said)  # EVC-X13 has a test of its own
        return under.map(lambda said: (service, {root_key(service, direction): said}))

    return st.sampled_from(list(Service)).flatmap(of_service)


def answer_of(service: Service, content: object, readings: Readings | None = None) -> Decoded:
    body = json.dumps({service.answer_root: content}).encode()
    return Codec(readings or Readings()).read_answer(service, body)


# Both ways, in every reading


@given(readings=EVERY_READING, message=valid_messages(Direction.REQUEST))
def test_a_request_survives_the_wire_in_every_reading(readings: Readings, message: tuple[Service, Canonical]) -> None:
    """Written and read in one reading, a request is the same, and nothing is worth a remark."""
    service, canonical = message
    codec = Codec(readings)
    assert codec.read_request(service, *codec.request_bytes(service, canonical)) == Decoded(canonical)


@given(readings=EVERY_READING, message=valid_messages(Direction.ANSWER))
def test_an_answer_survives_the_wire_in_every_reading(readings: Readings, message: tuple[Service, Canonical]) -> None:
    """Written and read in one reading, an answer is the same, and nothing is worth a remark."""
    service, canonical = message
    codec = Codec(readings)
    assert codec.read_answer(service, codec.answer_bytes(service, canonical)) == Decoded(canonical)


def test_each_message_survives_each_of_the_512_combinations() -> None:
    """No combination of readings is left to chance."""
    choices = [[(row, value) for value in (READINGS[row].default, *READINGS[row].alternatives)] for row in WIRE_ROWS]
    combinations = [Codec(Readings.parse(dict(chosen))) for chosen in itertools.product(*choices)]
    assert len(combinations) == 512
    for codec, service in itertools.product(combinations, Service):
        request, answer = FULL_REQUESTS[service].canonical(), ANSWERS[service]
        assert codec.read_request(service, *codec.request_bytes(service, request)) == Decoded(request), codec.readings
        assert codec.read_answer(service, codec.answer_bytes(service, answer)) == Decoded(answer), codec.readings


@given(readings=EVERY_READING, service=st.sampled_from(list(Service)), data=st.data())
def test_a_broken_request_stays_broken_in_the_same_place(
    readings: Readings, service: Service, data: st.DataObject
) -> None:
    """One broken constraint is one fault of that kind at that field, whatever the reading."""
    invalid = data.draw(st.sampled_from(invalid_requests(service, FULL_REQUESTS[service].canonical())))
    codec = Codec(readings)
    decoded = codec.read_request(service, *codec.request_bytes(service, invalid.canonical))
    field = invalid.case.removeprefix(f"{service.value}.").partition(":")[0]
    assert [(fault.kind, fault.path) for fault in decoded.faults] == [(invalid.constraint, field)]
    assert decoded.canonical == invalid.canonical
    assert decoded.observations == ()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(readings=EVERY_READING, service=st.sampled_from(list(Service)), data=st.data())
def test_nonsense_is_written_and_read_without_a_crash(
    readings: Readings, service: Service, data: st.DataObject
) -> None:
    """Whatever stands in the fields of a message, the codec has an answer."""
    codec = Codec(readings)
    for direction in Direction:
        names = st.sampled_from(sorted(message_fields(service, direction)))
        content = data.draw(ANY_JSON | st.dictionaries(names, ANY_JSON | st.dictionaries(names, ANY_JSON, max_size=3)))
        canonical = {root_key(service, direction): content}
        if direction is Direction.REQUEST:
            codec.read_request(service, *codec.request_bytes(service, canonical))
        else:
            codec.read_answer(service, codec.answer_bytes(service, canonical))


@given(readings=EVERY_READING, service=st.sampled_from(list(Service)), body=st.binary(max_size=60))
def test_no_bytes_crash_the_codec(readings: Readings, service: Service, body: bytes) -> None:
    """Bytes that are no message are a fault, never an exception."""
    codec = Codec(readings)
    assert not codec.read_answer(service, body).ok
    assert not codec.read_request(service, FORM, body).ok
    assert not codec.read_request(service, JSON, body).ok


# What the readings look like


def test_the_default_is_a_form_with_the_examples_json() -> None:
    """``data={...}`` as a form parameter (EVC-X1), percent-encoded as forms are."""
    canonical = FULL_REQUESTS[Service.STATUS_NOTIFY].canonical()
    content_type, body = Codec().request_bytes(Service.STATUS_NOTIFY, canonical)
    assert content_type == FORM
    assert body.isascii()
    assert json.loads(parse_qs(body.decode("ascii"))["data"][0]) == canonical


@pytest.mark.parametrize(
    ("service", "chosen", "found"),
    [
        (Service.START_TRANS, {}, ("idToken", {"idToken": "CARD-1"})),
        (Service.START_TRANS, {"EVC-X4": "tables"}, ("idTag", {"idToken": "CARD-1"})),
        (Service.START_TRANS, {"EVC-X4": "tables", "EVC-X3": "flat"}, ("idTag", "CARD-1")),
        (Service.START_TRANS, {"EVC-X5": "upper"}, ("idToken", {"idToken": "CARD-1"})),
        (Service.START_TRANS, {"EVC-X9": "kWh"}, ("meterStart", 7)),
        (Service.START_TRANS, {"EVC-X8": "iso"}, ("timestamp", "2015-03-02T04:00:00.000Z")),
        (Service.AUTHORIZE, {"EVC-X5": "upper"}, ("IdToken", {"idToken": "CARD-1"})),
        (Service.AUTHORIZE, {"EVC-X5": "upper", "EVC-X3": "flat"}, ("IdToken", "CARD-1")),
        (Service.AUTHORIZE, {"EVC-X3": "flat"}, ("chargeBoxSerialNumber", "CB-1")),
        (Service.STOP_TRANS, {"EVC-X3": "flat"}, ("idTag", "CARD-1")),
    ],
)
def test_requests_in_other_readings(service: Service, chosen: dict[str, str], found: tuple[str, object]) -> None:
    """The field on the wire, as the rows say."""
    codec = Codec(Readings.parse({"EVC-X1": "json"} | chosen))
    content_type, body = codec.request_bytes(service, FULL_REQUESTS[service].canonical())
    assert content_type == JSON
    assert found in json.loads(body)[service.request_root].items()


def test_only_energy_takes_underscores() -> None:
    """``Current.Import`` stands dotted beside ``Energy_Active_Import_Register`` in one example (EVC-X6)."""
    codec = Codec(Readings.parse({"EVC-X1": "json", "EVC-X6": "underscores"}))
    _, body = codec.request_bytes(Service.METER_VALUES, FULL_REQUESTS[Service.METER_VALUES].canonical())
    measurands = [value["measurand"] for value in json.loads(body)["meterValuesReq"]["values"]]
    assert measurands == ["Energy_Active_Import_Register", "Voltage"]


def test_answers_in_other_readings() -> None:
    """Prefix, flat cards, upper names, ISO moments and the other spelling, all at once."""
    codec = Codec(
        Readings.parse(
            {"EVC-X2": "prefixed", "EVC-X3": "flat", "EVC-X5": "upper", "EVC-X8": "iso", "EVC-X25": "rejected"}
        )
    )
    assert codec.answer_bytes(Service.AUTHORIZE, ANSWERS[Service.AUTHORIZE]) == (
        b'data={"authRes":{"IdTagInfo":{"expiryDate":"2015-03-02T04:00:00.000Z",'
        b'"parentIdTag":"CARD-0","status":"Blocked"}}}'
    )
    refused = {"bootRes": {"currentTime": NOON_MS, "heartbeatInterval": 10, "status": "Rejected"}}
    assert b'"status":"rejected"' in codec.answer_bytes(Service.DEVICE_BOOT, refused)


# What is read all the same, with a remark


@pytest.mark.parametrize(
    "body", [b'data={"heartbeatRes":{"currentTime":5}}', b' \r\ndata= {"heartbeatRes":{"currentTime":5}}']
)
def test_the_prefix_is_stripped_and_remarked_on(body: bytes) -> None:
    """Responses are printed as ``data={...}`` too (EVC-X2)."""
    assert Codec().read_answer(Service.HEARTBEAT, body) == Decoded(
        {"heartbeatRes": {"currentTime": 5}}, (), (Observation("EVC-X2", "the answer begins with data="),)
    )


def test_a_missing_prefix_is_remarked_on_where_one_is_the_reading() -> None:
    """Both are read, whichever was chosen."""
    codec = Codec(Readings.parse({"EVC-X2": "prefixed"}))
    assert codec.read_answer(Service.HEARTBEAT, b'{"heartbeatRes":{"currentTime":5}}') == Decoded(
        {"heartbeatRes": {"currentTime": 5}}, (), (Observation("EVC-X2", "the answer has no data= before it"),)
    )


def test_a_byte_order_mark_is_tolerated_and_remarked_on() -> None:
    """Some servers write one before UTF-8 (EVC-G4)."""
    assert Codec().read_answer(Service.HEARTBEAT, b'\xef\xbb\xbf{"heartbeatRes":{"currentTime":5}}') == Decoded(
        {"heartbeatRes": {"currentTime": 5}},
        (),
        (Observation("EVC-G4", "a byte order mark stands before the JSON"),),
    )


@pytest.mark.parametrize(
    ("text", "moment_ms"),
    [
        ("2015-03-02T04:00:00Z", NOON_MS),
        ("2015-03-02T12:00:00.007+08:00", NOON_MS + 7),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_iso_moments_are_read_and_remarked_on(text: str, moment_ms: int) -> None:
    """ISO 8601 reads as the same moment (EVC-X8)."""
    remark = Observation("EVC-X8", "heartbeatRes.currentTime is ISO 8601, not epoch milliseconds")
    expected = Decoded({"heartbeatRes": {"currentTime": moment_ms}}, (), (remark,))
    assert answer_of(Service.HEARTBEAT, {"currentTime": text}) == expected


def test_epoch_moments_are_remarked_on_where_iso_is_the_reading() -> None:
    """Both are read, whichever was chosen."""
    remark = Observation("EVC-X8", "heartbeatRes.currentTime is epoch milliseconds, not ISO 8601")
    decoded = answer_of(Service.HEARTBEAT, {"currentTime": NOON_MS}, Readings.parse({"EVC-X8": "iso"}))
    assert decoded == Decoded({"heartbeatRes": {"currentTime": NOON_MS}}, (), (remark,))


def test_epoch_seconds_stay_as_they_are() -> None:
    """That a moment is wrong by a factor of a thousand is for a rule to say (EVC-1.1-d), not for the codec."""
    seconds = NOON_MS // 1000
    assert answer_of(Service.HEARTBEAT, {"currentTime": seconds}) == Decoded({"heartbeatRes": {"currentTime": seconds}})


@pytest.mark.parametrize(("spelling", "other"), [("Rejected", "rejected"), ("rejected", "Rejected")])
def test_the_other_spelling_of_rejected_is_read_and_remarked_on(spelling: str, other: str) -> None:
    """Both mean the same (EVC-X25)."""
    said = {"currentTime": NOON_MS, "heartbeatInterval": 10, "status": other}
    assert answer_of(Service.DEVICE_BOOT, said, Readings.parse({"EVC-X25": spelling})) == Decoded(
        {"bootRes": {**said, "status": "Rejected"}},
        (),
        (Observation("EVC-X25", f"spelled {other!r}, not {spelling!r}"),),
    )


def test_a_refused_start_without_a_transaction_is_remarked_on() -> None:
    """Any integer or none is taken; none is worth a remark (EVC-X13)."""
    assert answer_of(Service.START_TRANS, {"idTagInfo": {"status": "Expired"}}) == Decoded(
        {"startTransactionRes": {"idTagInfo": {"status": "Expired"}}},
        (),
        (Observation("EVC-X13", "the answer of a start has no transactionId"),),
    )


def test_an_interval_that_a_fixed_beat_ignores_is_remarked_on() -> None:
    """A told interval other than 10 s (EVC-X11), only where 10 s are the reading."""
    said = {"currentTime": NOON_MS, "heartbeatInterval": 5, "status": "Accepted"}
    fixed = answer_of(Service.DEVICE_BOOT, said, Readings.parse({"EVC-X11": "fixed-10"}))
    remark = Observation("EVC-X11", "the box was told 5 s and beats every 10 s")
    assert fixed == Decoded({"bootRes": said}, (), (remark,))
    assert answer_of(Service.DEVICE_BOOT, said) == Decoded({"bootRes": said})


def test_unknown_fields_are_kept_and_other_root_keys_are_not() -> None:
    """Beside the root key nothing counts, so that one message is never taken for another."""
    body = b'{"authRes":{},"heartbeatRes":{"currentTime":5,"further":[1]},"code":0}'
    assert Codec().read_answer(Service.HEARTBEAT, body) == Decoded({"heartbeatRes": {"currentTime": 5, "further": [1]}})


# What is a fault


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "json"),
        (b"  \n", "json"),
        (b"data=", "json"),
        (b"OK", "json"),
        (b'{"heartbeatRes":{"currentTime":5}', "json"),
        (b'{"heartbeatRes":{"currentTime":NaN}}', "json"),
        (b'{"heartbeatRes":{"currentTime":5,"currentTime":5}}', "json"),
        (b'{"heartbeatRes":' + b"[" * 100_000, "json"),
        (b"%7B%22heartbeatRes%22%3A%7B%22currentTime%22%3A5%7D%7D", "json"),
        (b'{"heartbeatRes":{"currentTime":5,"info":"\xb9\xca\xd5\xcf"}}', "utf-8"),
        ('{"heartbeatRes":{"currentTime":5}}'.encode("utf-16"), "utf-8"),
        (b"[]", "root"),
        (b"null", "root"),
        (b'"heartbeatRes"', "root"),
        (b'{"currentTime":5}', "root"),
        (b'{"heartbeatReq":{"currentTime":5}}', "root"),
        (b'{"heartbeatRes":null}', "type"),
        (b'{"heartbeatRes":[{"currentTime":5}]}', "type"),
    ],
)
def test_bytes_that_are_no_answer_are_one_fault(body: bytes, kind: str) -> None:
    """Nothing canonical, and the reason in words."""
    decoded = Codec().read_answer(Service.HEARTBEAT, body)
    assert decoded.canonical is None
    assert [(fault.kind, fault.path) for fault in decoded.faults] == [(kind, "")]
    assert decoded.faults[0].expected
    assert decoded.faults[0].actual


@pytest.mark.parametrize("flat", [True, False])
def test_no_depth_of_nesting_crashes_the_codec(flat: bool) -> None:
    """Just below and just above what the parser takes, where a value stands and where an object should."""
    codec = Codec(Readings.parse({"EVC-X3": "flat"} if flat else {}))
    for depth in range(700, 1010, 2):
        nested = b"[" * depth + b"]" * depth
        assert not codec.read_answer(Service.HEARTBEAT, b'{"heartbeatRes":' + nested + b"}").ok
        assert not codec.read_answer(Service.HEARTBEAT, b'{"heartbeatRes":{"currentTime":' + nested + b"}}").ok
        assert not codec.read_answer(Service.AUTHORIZE, b'{"authRes":{"idTagInfo":' + nested + b"}}").ok


@pytest.mark.parametrize(
    ("service", "said", "fault"),
    [
        (
            Service.DEVICE_BOOT,
            {"currentTime": 5, "status": "Accepted"},
            Fault("required", "heartbeatInterval", "this field", "no such field", "bootRes.heartbeatInterval"),
        ),
        (
            Service.DEVICE_BOOT,
            {"currentTime": 5, "heartbeatInterval": 5, "status": "accepted"},
            Fault("enum", "status", 'one of "Accepted", "Rejected"', '"accepted"', "bootRes.status"),
        ),
        (
            Service.HEARTBEAT,
            {"currentTime": "2015-03-02"},  # a date without a time is no moment
            Fault("type", "currentTime", "integer", '"2015-03-02"', "heartbeatRes.currentTime"),
        ),
        (
            Service.AUTHORIZE,
            {"idTagInfo": {"status": "Accepted", "parentIdTag": {"idToken": "x" * 21}}},
            Fault(
                "maxLength",
                "idTagInfo.parentIdTag",
                "at most 20 characters",
                f'21 characters: "{"x" * 21}"',
                "authRes.idTagInfo.parentIdTag.idToken",
            ),
        ),
        (
            Service.AUTHORIZE,
            {"idTagInfo": {}},
            Fault("required", "idTagInfo.status", "this field", "no such field", "authRes.idTagInfo.status"),
        ),
        (
            Service.START_TRANS,
            {"idTagInfo": {"status": "Accepted"}, "transactionId": "17"},
            Fault("type", "transactionId", "integer", '"17"', "startTransactionRes.transactionId"),
        ),
        (
            Service.AUTHORIZE,
            {"IdTagInfo": {"status": "Accepted"}},
            Fault("required", "idTagInfo", "this field", "no such field", "authRes.idTagInfo"),
        ),
    ],
)
def test_a_broken_answer_is_one_fault_with_its_place(service: Service, said: object, fault: Fault) -> None:
    """Kind, canonical path, what was expected and found, and the path in the bytes."""
    assert answer_of(service, said).faults == (fault,)


def test_an_answer_with_a_fault_still_says_the_rest() -> None:
    """A rule may read the status of an answer whose expiry date is broken."""
    said = {"idTagInfo": {"status": "Accepted", "expiryDate": "soon"}}
    assert answer_of(Service.AUTHORIZE, said).canonical == {"authRes": said}


def test_null_for_an_optional_field_of_an_answer_is_absence() -> None:
    """Many writers say null where they have nothing; it is read so, and remarked on (2.2)."""
    decoded = answer_of(
        Service.AUTHORIZE, {"idTagInfo": {"status": "Accepted", "expiryDate": None, "parentIdTag": None}}
    )
    assert decoded.canonical == {"authRes": {"idTagInfo": {"status": "Accepted"}}}
    assert decoded.faults == ()
    assert decoded.observations == (
        Observation("EVC-1.2-e", "authRes.idTagInfo.expiryDate is null, read as absent"),
        Observation("EVC-1.2-e", "authRes.idTagInfo.parentIdTag is null, read as absent"),
    )


def test_null_for_a_mandatory_field_is_a_fault() -> None:
    """A status that is null is no status (2.2)."""
    assert [fault.path for fault in answer_of(Service.AUTHORIZE, {"idTagInfo": {"status": None}}).faults] == [
        "idTagInfo.status"
    ]


def test_a_time_without_an_offset_is_beijing_time() -> None:
    """ISO 8601 allows local time, and the document's servers stand in China (EVC-X8)."""
    decoded = answer_of(Service.HEARTBEAT, {"currentTime": "2015-03-02T20:00:00"})
    assert decoded.canonical == {"heartbeatRes": {"currentTime": 1425297600000}}


@pytest.mark.parametrize("said", ["CARD-0", {}, {"parentIdTag": "CARD-0"}])
def test_a_flat_string_where_wrapped_ones_are_the_reading_does_not_map(said: object) -> None:
    """Neither does any other wrapper (EVC-X3)."""
    decoded = answer_of(Service.AUTHORIZE, {"idTagInfo": {"status": "Accepted", "parentIdTag": said}})
    assert [(fault.kind, fault.path, fault.expected) for fault in decoded.faults] == [
        ("mapping", "idTagInfo.parentIdTag", 'the string in an object, {"idToken": ...} (EVC-X3 wrapped)')
    ]


def test_a_wrapped_string_where_flat_ones_are_the_reading_does_not_map() -> None:
    """Strict for the reading chosen (EVC-X3)."""
    said = {"idTagInfo": {"status": "Accepted", "parentIdTag": {"idToken": "CARD-0"}}}
    assert answer_of(Service.AUTHORIZE, said, Readings.parse({"EVC-X3": "flat"})).faults == (
        Fault(
            "mapping",
            "idTagInfo.parentIdTag",
            "a flat string (EVC-X3 flat)",
            "{'idToken': 'CARD-0'}",
            "authRes.idTagInfo.parentIdTag",
        ),
    )


def test_a_dotted_energy_where_underscores_are_the_reading_does_not_map() -> None:
    """Strict for the reading chosen (EVC-X6); the place in the list is in the wire path."""
    canonical = FULL_REQUESTS[Service.METER_VALUES].canonical()
    content_type, body = Codec().request_bytes(Service.METER_VALUES, canonical)
    codec = Codec(Readings.parse({"EVC-X6": "underscores"}))
    assert codec.read_request(Service.METER_VALUES, content_type, body).faults == (
        Fault(
            "mapping",
            "values.measurand",
            "Energy_Active_Import_Register (EVC-X6 underscores)",
            "Energy.Active.Import.Register",
            "meterValuesReq.values[0].measurand",
        ),
    )


def test_a_sample_that_does_not_map_hides_no_other_sample() -> None:
    """Faults of one field in two samples are two faults."""
    canonical = FULL_REQUESTS[Service.METER_VALUES].canonical()
    canonical["meterValuesReq"]["values"][1]["measurand"] = "Humidity"
    content_type, body = Codec().request_bytes(Service.METER_VALUES, canonical)
    faults = (
        Codec(Readings.parse({"EVC-X6": "underscores"})).read_request(Service.METER_VALUES, content_type, body).faults
    )
    assert [(fault.kind, fault.wire_path) for fault in faults] == [
        ("mapping", "meterValuesReq.values[0].measurand"),
        ("enum", "meterValuesReq.values[1].measurand"),
    ]


def test_the_other_name_of_a_card_does_not_count() -> None:
    """Under the tables' names a start with ``idToken`` has no card (EVC-X4)."""
    content_type, body = Codec().request_bytes(Service.START_TRANS, FULL_REQUESTS[Service.START_TRANS].canonical())
    codec = Codec(Readings.parse({"EVC-X4": "tables"}))
    assert codec.read_request(Service.START_TRANS, content_type, body).faults == (
        Fault("required", "idToken", "this field", "no such field", "startTransactionReq.idTag"),
    )


def test_part_of_a_kilowatt_hour_is_no_whole_one() -> None:
    """Registers in whole kWh are integers on the wire (EVC-X9)."""
    codec = Codec(Readings.parse({"EVC-X1": "json", "EVC-X9": "kWh"}))
    canonical = FULL_REQUESTS[Service.START_TRANS].canonical()
    canonical["startTransactionReq"]["meterStart"] = 12.5
    decoded = codec.read_request(Service.START_TRANS, *codec.request_bytes(Service.START_TRANS, canonical))
    assert [(fault.kind, fault.path) for fault in decoded.faults] == [("type", "meterStart")]


@pytest.mark.parametrize(
    ("reading", "content_type", "body"),
    [
        ("form", JSON, b'{"heartbeatReq":{}}'),
        ("form", "", b"data={}"),
        ("form", FORM, b""),
        ("form", FORM, b'{"heartbeatReq":{}}'),
        ("form", FORM, b"data={}&data={}"),
        ("json", FORM, b"data={}"),
    ],
)
def test_a_request_in_the_other_reading_does_not_map(reading: str, content_type: str, body: bytes) -> None:
    """Form or JSON, not either (EVC-X1)."""
    decoded = Codec(Readings.parse({"EVC-X1": reading})).read_request(Service.HEARTBEAT, content_type, body)
    assert decoded.canonical is None
    assert [fault.kind for fault in decoded.faults] == ["mapping"]


def test_content_types_may_have_parameters_and_capitals() -> None:
    """``charset=UTF-8`` behind it changes nothing."""
    codec = Codec()
    canonical = FULL_REQUESTS[Service.HEARTBEAT].canonical()
    _, body = codec.request_bytes(Service.HEARTBEAT, canonical)
    content_type = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
    assert codec.read_request(Service.HEARTBEAT, content_type, body) == Decoded(canonical)
