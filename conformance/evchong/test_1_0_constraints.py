"""1, the constraints: HTTPS, REST, POST, UTF-8; and what holds of all field tables together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote_plus

from conformance.scenario import requirement
from simulators.evchong.invalid import Invalid, invalid_requests
from simulators.evchong.messages import (
    AuthorizeRequest,
    BootRequest,
    Canonical,
    HeartbeatRequest,
    Service,
)
from simulators.evchong.printed import BROKEN_REQUESTS
from simulators.lab.client import Box, Lab, Unmet

VERY_LARGE = 1024 * 1024 + 1
BREAKS = ("reads", "faults")  # requests that are broken on purpose
BREAKS_IN_A_SESSION = (*BREAKS, "opens-session")


def a_message_of_each(box: Box, card: str, transaction_id: int) -> dict[Service, Canonical]:
    """A valid request of each service, in an order that runs through as a session."""
    return {
        Service.DEVICE_BOOT: boot_of(box),
        Service.AUTHORIZE: AuthorizeRequest(box_serial=box.serial, id_token=card).canonical(),
        Service.HEARTBEAT: HeartbeatRequest(box_serial=box.serial, station_serial=box.station).canonical(),
        Service.STATUS_NOTIFY: box.status_request("NoError", "Available", info="none").canonical(),
        Service.START_TRANS: box.start_request(card).canonical(),
        Service.METER_VALUES: box.meter_values_request(transaction_id).canonical(),
        Service.STOP_TRANS: box.stop_request(transaction_id, card=card).canonical(),
    }


def boot_of(box: Box) -> Canonical:
    """A boot with all of its fields."""
    return BootRequest(
        box_serial=box.serial,
        station_serial=box.station,
        vendor="Keli",
        model="Keli-0001",
        firmware_version="1.2.0",
        iccid="89860000000000000001",
        imsi="460000000000001",
        meter_serial="M-0001",
        meter_type="AC",
    ).canonical()


def started(box: Box, card: str) -> int:
    """A transaction opened by hand; the scenario cannot go on without one."""
    transaction_id = box.say_start(card).transaction_id
    if transaction_id is None:
        raise Unmet("a start by a valid card opened no transaction")
    return transaction_id


@requirement("EVC-G1", "EVC-G2", "EVC-G5", "EVC-G9", "EVC-G4", "EVC-G11", seconds=40)
def test_all_seven_services_answer_over_https(lab: Lab) -> None:
    """Each service is found by its name over HTTPS, without certificate and signature of the box (constraints 1-3)."""
    box = lab.box().booted()
    box.charge(lab.card(), seconds=35)


@requirement("EVC-G1")
def test_plain_http_performs_nothing(lab: Lab) -> None:
    """The same requests over plain HTTP perform nothing, on the ports of the PIXIT and on that of HTTPS."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    for service, message in a_message_of_each(box, card, transaction_id).items():
        box.say(service, message) if service is not Service.START_TRANS else None
        content_type, body = lab.written(service, message)
        for port in lab.plain_ports():
            box.say_bytes(service, body, content_type=content_type, plain_port=port)
    lab.glance_at_orders()


@requirement("EVC-G3")
def test_other_methods_than_post_are_refused(lab: Lab) -> None:
    """GET, PUT, PATCH and DELETE perform no service (constraint 3)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    box.say_meter_values(transaction_id)
    for service, message in a_message_of_each(box, card, transaction_id).items():
        content_type, body = lab.written(service, message)
        for method in ("PUT", "PATCH", "DELETE"):
            box.say_bytes(service, body, method=method, content_type=content_type)
        query = quote_plus(json.dumps(message))
        box.say_bytes(service, b"", method="GET", path=f"{service.path}?data={query}", content_type=content_type)
    box.say_stop(transaction_id, card=card)
    lab.glance_at_orders()


@requirement("EVC-G4", effects=("reads",))
def test_chinese_text_is_taken(lab: Lab) -> None:
    """Chinese in info travels in UTF-8 and is taken (constraint 4)."""
    box = lab.box().booted()
    for info in ("none", None):
        box.say_status("OtherError", "Faulted", info=info, vendor_error_code="E-17")
        box.say_status("NoError", "Available", info=info)
    box.say_status("OtherError", "Faulted", info="充电枪过热,请检修", vendor_error_code="E-17")
    box.say_status("NoError", "Available", info="故障已排除")


@requirement("EVC-G6", "EVC-G7", effects=BREAKS)
def test_boots_with_one_constraint_broken(lab: Lab) -> None:
    """deviceBoot with exactly one constraint broken, one after the other (EVC-X10)."""
    box = lab.box().booted()
    for broken in invalid_requests(Service.DEVICE_BOOT, boot_of(box)):
        box.say(Service.DEVICE_BOOT, broken.canonical)
    box.say(Service.DEVICE_BOOT, boot_of(box))


@requirement("EVC-G6", "EVC-G7", effects=BREAKS)
def test_small_requests_with_one_constraint_broken(lab: Lab) -> None:
    """authorize, heartbeat and statusNotify with exactly one constraint broken (EVC-X10)."""
    box = lab.box().booted()
    messages = a_message_of_each(box, lab.card(), 0)
    for service in (Service.AUTHORIZE, Service.HEARTBEAT, Service.STATUS_NOTIFY):
        box.say(service, messages[service])
        for broken in invalid_requests(service, messages[service]):
            box.say(service, broken.canonical)


@requirement("EVC-G6", "EVC-G7", effects=BREAKS_IN_A_SESSION, seconds=45)
def test_starts_with_one_constraint_broken(lab: Lab) -> None:
    """startTrans with exactly one constraint broken; what opens all the same is stopped before the next."""
    box = lab.box().booted()
    card = lab.card()
    box.say_stop(started(box, card), card=card)
    for broken in invalid_requests(Service.START_TRANS, box.start_request(card).canonical()):
        lab.pass_time(3)  # so that an order of it can be told from those of the others
        opened = box.say(Service.START_TRANS, broken.canonical)
        if opened.authorization == "Accepted" and opened.transaction_id is not None:
            box.say_stop(opened.transaction_id)
    lab.glance_at_orders()


@requirement("EVC-G6", "EVC-G7", effects=BREAKS_IN_A_SESSION)
def test_meter_values_with_one_constraint_broken(lab: Lab) -> None:
    """meterValues with exactly one constraint broken, in a transaction that runs."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    message = box.meter_values_request(transaction_id).canonical()
    box.say(Service.METER_VALUES, message)
    for broken in invalid_requests(Service.METER_VALUES, message):
        box.say(Service.METER_VALUES, broken.canonical)
    box.say_stop(transaction_id, card=card)


@requirement("EVC-G6", "EVC-G7", effects=BREAKS_IN_A_SESSION)
def test_stops_with_one_constraint_broken(lab: Lab) -> None:
    """stopTrans with exactly one constraint broken; when it ends the transaction, the next one gets a new one."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    for broken in broken_stops(box, transaction_id, card):
        said = box.say(Service.STOP_TRANS, with_transaction(broken.canonical, transaction_id))
        if said.authorization == "Accepted":
            box.say_stop(transaction_id, card=card)
            transaction_id = started(box, card)
    box.say_stop(transaction_id, card=card)


def broken_stops(box: Box, transaction_id: int, card: str) -> Iterator[Invalid]:
    yield from invalid_requests(Service.STOP_TRANS, box.stop_request(transaction_id, card=card).canonical())


def with_transaction(message: Canonical, transaction_id: int) -> Canonical:
    """The message for another transaction, where it names one as it should."""
    fields = message[Service.STOP_TRANS.request_root]
    if isinstance(fields.get("transactionId"), int):
        fields["transactionId"] = transaction_id
    return message


@requirement("EVC-G8", effects=BREAKS)
def test_nonsense_is_refused_and_forgotten(lab: Lab) -> None:
    """Not JSON, the wrong root key, nothing, 1 MiB: each refused, and the next valid request served."""
    box = lab.box().booted()
    beat = HeartbeatRequest(box_serial=box.serial, station_serial=box.station).canonical()
    content_type, _ = lab.written(Service.HEARTBEAT, beat)
    box.say_heartbeat(with_station=True)
    prefix = b"data=" if "form" in content_type else b""
    wrong_root = json.dumps({"beatReq": beat[Service.HEARTBEAT.request_root]}).encode()
    padded = json.dumps({Service.HEARTBEAT.request_root: {"chargeBoxSerialNumber": "x" * VERY_LARGE}}).encode()
    for body in (b"this is no message", b"\xff\xfe\x00{", b"{", b"[]", b"null", wrong_root, padded):
        said = prefix + (quote_plus(body).encode() if prefix else body)
        box.say_bytes(Service.HEARTBEAT, said, content_type=content_type)
        box.say_heartbeat(with_station=True)
    box.say_bytes(Service.HEARTBEAT, b"", content_type=content_type)
    box.say_heartbeat(with_station=True)


@requirement("EVC-G8", effects=BREAKS_IN_A_SESSION)
def test_broken_requests_of_the_document_are_refused(lab: Lab) -> None:
    """The three printed requests that are not JSON are refused, and the next valid one is served (EVC-X12)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    box.say_meter_values(transaction_id)
    box.say_stop(transaction_id, card=card)
    beat = HeartbeatRequest(box_serial=box.serial, station_serial=box.station).canonical()
    box.say(Service.HEARTBEAT, beat)
    content_type, _ = lab.written(Service.HEARTBEAT, beat)
    for service, text in BROKEN_REQUESTS.items():
        body = b"data=" + quote_plus(text).encode() if "form" in content_type else text.encode()
        box.say_bytes(service, body, content_type=content_type)
        box.say(Service.HEARTBEAT, beat)


@requirement("EVC-G10", effects=("reads",))
def test_unknown_methods_are_not_found(lab: Lab) -> None:
    """A method that the document does not know is answered with HTTP 4xx."""
    box = lab.box().booted()
    box.say(Service.DEVICE_BOOT, boot_of(box))
    content_type, body = lab.written(Service.DEVICE_BOOT, boot_of(box))
    path = "/evchong-api/cperent/v1/deviceReboot"
    box.say_bytes("(unknown method)", body, path=path, content_type=content_type)
