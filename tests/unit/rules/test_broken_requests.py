"""Requests that are broken in one place or everywhere (EVC-G6, EVC-G7, EVC-G8): refused, or advised against."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.evchong.invalid import case_of, invalid_requests, malformed_cases, missing_cases
from simulators.evchong.messages import BoxRequest, Canonical, Service
from simulators.evchong.printed import BROKEN_REQUESTS
from simulators.journal.records import WireError
from tests.unit.evchong_examples import FULL_REQUESTS
from tests.unit.journals import (
    BOX,
    LEFT_OUT,
    NOON_MS,
    Story,
    order_of,
)

MEBIBYTE = 1024 * 1024
NO_CONNECTION = (WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE)


def broken(service: Service, case: str) -> Canonical:
    """The request that breaks one constraint."""
    asked: BoxRequest = FULL_REQUESTS[service]
    return next(each.canonical for each in invalid_requests(service, asked.canonical()) if each.case == case)


@pytest.mark.parametrize("error", NO_CONNECTION)
def test_what_never_arrived_shows_no_rule_of_form(error: WireError) -> None:
    """Without a connection nothing can be said of methods, fields, nonsense and names."""
    story = Story()
    story.booted()
    story.boot(method="GET").broken(error)
    story.says_canonical(Service.AUTHORIZE, broken(Service.AUTHORIZE, "authorize.idToken")).broken(error)
    story.says_bytes(Service.AUTHORIZE, b"").broken(error)
    story.status(vendor_id=None).broken(error)
    judged = story.judged()
    assert [judged.of(row) for row in ("EVC-G3", "EVC-G6", "EVC-G8", "EVC-1.7-d")] == [[], [], [], []]
    assert judged.blamed() == []


# EVC-G6, EVC-G7: broken requests


@pytest.mark.parametrize("case", [case for service in Service for case in missing_cases(service)])
def test_a_missing_field_is_refused_or_advised(case: str) -> None:
    """A request without a mandatory field: 4xx is good, acceptance is bad, HTTP 500 is bad."""
    service = Service(case.partition(".")[0])
    story = Story()
    story.booted()
    story.says_canonical(service, broken(service, case)).refused(422)
    story.says_canonical(service, broken(service, case)).answered_with(accepting(service))
    story.says_canonical(service, broken(service, case)).refused(500)
    judged = story.judged()
    assert judged.of("EVC-G6") == [f"good {case}", f"bad {case}", f"bad {case}"]
    assert judged.blamed() == [f"EVC-G6 {case}"]


@pytest.mark.parametrize("case", [case for service in Service for case in malformed_cases(service)])
def test_a_malformed_field_is_refused_or_advised(case: str) -> None:
    """A value too long, of the wrong type or outside its enumeration: likewise."""
    service = Service(case.partition(".")[0])
    story = Story()
    story.booted()
    story.says_canonical(service, broken(service, case)).refused(400)
    story.says_canonical(service, broken(service, case)).answered_with(accepting(service))
    story.says_canonical(service, broken(service, case)).broken(WireError.CLOSED)
    judged = story.judged()
    assert judged.of("EVC-G7") == [f"good {case}", f"bad {case}", f"bad {case}"]
    assert judged.blamed() == [f"EVC-G7 {case}"]


def accepting(service: Service) -> dict[str, object]:
    """The answer that accepts whatever was asked."""
    fields: dict[str, object] = {"status": "Accepted", "currentTime": NOON_MS, "heartbeatInterval": 10}
    return {
        service.answer_root: fields | {"timestamp": NOON_MS, "transactionId": 1, "idTagInfo": {"status": "Accepted"}}
    }


@pytest.mark.parametrize(
    ("service", "case", "refusal"),
    [
        (Service.DEVICE_BOOT, "deviceBoot.chargePointVendor", {"status": "Rejected"}),
        (Service.AUTHORIZE, "authorize.idToken", {"idTagInfo": {"status": "Blocked"}}),
        (Service.START_TRANS, "startTrans.meterStart", {"idTagInfo": {"status": "Expired"}}),
        (Service.STOP_TRANS, "stopTrans.meterStop", {"idTagInfo": {"status": "Blocked"}, "transactionId": 1}),
        (Service.HEARTBEAT, "heartbeat.chargeBoxSerialNumber", {}),
        (Service.METER_VALUES, "meterValues.values", {"transactionId": 1}),
        (Service.STATUS_NOTIFY, "statusNotify.status", {}),
    ],
)
def test_a_documented_answer_that_accepts_nothing_is_a_refusal(
    service: Service, case: str, refusal: dict[str, object]
) -> None:
    """HTTP 200 with another status than Accepted, or without the mandatory fields, refuses too (EVC-X10)."""
    story = Story()
    story.booted()
    story.says_canonical(service, broken(service, case)).answered_with({service.answer_root: refusal})
    judged = story.judged()
    assert judged.of("EVC-G6") == [f"good {case}"]
    assert judged.blamed() == []


def test_a_broken_stop_without_a_card_is_refused_by_its_status_too() -> None:
    """What a stop without idTag is answered is open (EVC-X15); a broken one is refused by any status but Accepted."""
    story = Story()
    story.booted()
    start = story.start().answered()
    stop = story.stop(start, card=None)
    assert stop.asked is not None
    canonical = stop.asked.canonical()
    del canonical["stopTransactionReq"]["timestamp"]
    refused = {"stopTransactionRes": {"idTagInfo": {"status": "Blocked"}, "transactionId": start.transaction}}
    story.says_canonical(Service.STOP_TRANS, canonical).answered_with(refused)
    assert story.judged().of("EVC-G6") == ["good stopTrans.timestamp"]


def test_two_faults_at_once_show_nothing() -> None:
    """Only a request that breaks one constraint is evidence for it."""
    story = Story()
    story.booted()
    story.says_canonical(Service.AUTHORIZE, {"authReq": {}}).answered_with(accepting(Service.AUTHORIZE))
    judged = story.judged()
    assert [judged.of("EVC-G6"), judged.of("EVC-G7"), judged.blamed()] == [[], [], []]


def test_a_refusal_counts_only_beside_a_twin() -> None:
    """Each refusal names the valid request of the same box that must have been accepted in the same run."""
    story = Story()
    story.booted()
    story.says_canonical(Service.AUTHORIZE, broken(Service.AUTHORIZE, "authorize.idToken")).refused(400)
    twins = [finding.twin for finding in story.judged().findings if finding.row == "EVC-G6"]
    assert twins == [("authorize", BOX)]


def test_an_order_that_came_of_a_refused_start_is_blamed() -> None:
    """A start without meterStart that was refused must not be billed either."""
    story = Story()
    story.booted()
    start = story.start()
    assert start.asked is not None
    canonical = start.asked.canonical()
    del canonical["startTransactionReq"]["meterStart"]
    story.says_canonical(Service.START_TRANS, canonical).refused(400)
    story.passes(60)
    start.transaction = 7
    story.orders(order_of(start, story))
    assert story.judged().of("EVC-G6") == ["good startTrans.meterStart", "bad startTrans.meterStart"]


def test_an_order_of_another_connector_did_not_come_of_a_refused_start() -> None:
    """Unless the start did not say which one it was for."""
    for missing, verdicts in (("meterStart", []), ("connectorId", ["bad startTrans.connectorId"])):
        story = Story()
        story.booted()
        start = story.start(connector=1)
        assert start.asked is not None
        canonical = start.asked.canonical()
        del canonical["startTransactionReq"][missing]
        story.says_canonical(Service.START_TRANS, canonical).refused(400)
        start.transaction = 7
        story.orders(order_of(start, story, connector=2))
        assert story.judged().of("EVC-G6") == [f"good startTrans.{missing}", *verdicts]


@pytest.mark.parametrize("told", [{"transaction_id": LEFT_OUT}, {"transaction_id": LEFT_OUT, "box": LEFT_OUT}, {}])
def test_a_true_order_of_the_same_moment_is_no_stray(told: dict[str, Any]) -> None:
    """A session that was opened as it should explains its order, however little of it the surface tells."""
    story = Story()
    story.booted()
    story.start(method="PUT").refused(405)
    start = story.start().answered()
    story.stop(start).answered()
    story.orders(order_of(start, story, **told))
    assert story.judged().blamed() == []


def test_a_surface_that_gave_no_list_shows_nothing() -> None:
    """Orders that could not be looked at are neither there nor missing."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.passes(3600)
    story.surface("orders", {"refused": True, "status": 503})
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted"]
    assert judged.blamed() == []


# EVC-G8: nonsense

NONSENSE = {
    "not-json": b"data=%7B",
    "wrong-root-key": b"data=%7B%22hello%22%3A1%7D",
    "empty": b"",
    "very-large": b"data=" + b"x" * MEBIBYTE,
    "as-printed": b"data=" + BROKEN_REQUESTS[Service.DEVICE_BOOT].encode(),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_refused_and_forgotten(case: str) -> None:
    """A 4xx, and the next valid request served (EVC-X12 for what is as printed)."""
    story = Story()
    story.booted()
    story.says_bytes(Service.DEVICE_BOOT, NONSENSE[case]).refused(413)
    story.boot().answered()
    judged = story.judged()
    assert judged.of("EVC-G8") == [f"good {case}", "good still-serving"]
    assert judged.blamed() == []


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_that_breaks_the_server_is_blamed(case: str) -> None:
    """HTTP 500, and then no whole answer to the next valid request, the like of which was served before."""
    story = Story()
    story.booted()
    story.beat().answered()
    story.says_bytes(Service.DEVICE_BOOT, NONSENSE[case]).refused(500)
    story.beat().broken(WireError.TIMEOUT)
    judged = story.judged()
    assert judged.of("EVC-G8") == [f"bad {case}", "bad still-serving"]
    assert judged.blamed() == sorted([f"EVC-G8 {case}", "EVC-G8 still-serving", "EVC-G1 https/heartbeat"])


@pytest.mark.parametrize("error", [WireError.CLOSED, WireError.TRUNCATED, WireError.TLS])
def test_the_very_large_may_also_be_cut_off(error: WireError) -> None:
    """Whoever stops reading after a mebibyte closes the connection, which TLS may call a broken record."""
    story = Story()
    story.booted()
    story.says_bytes(Service.DEVICE_BOOT, NONSENSE["very-large"]).broken(error)
    assert story.judged().of("EVC-G8") == ["good very-large"]


def test_what_is_merely_small_may_not_be_cut_off() -> None:
    """A dropped connection is no refusal."""
    story = Story()
    story.booted()
    story.says_bytes(Service.DEVICE_BOOT, NONSENSE["not-json"]).broken(WireError.CLOSED)
    assert story.judged().blamed() == ["EVC-G8 not-json"]


def test_the_next_request_is_served_though_its_answer_has_other_flaws() -> None:
    """Still serving means an answer under the root key: what it lacks is another row's."""
    story = Story()
    story.booted()
    story.says_bytes(Service.DEVICE_BOOT, b"").refused(400)
    story.beat().answered(currentTime=LEFT_OUT)
    judged = story.judged()
    assert judged.of("EVC-G8") == ["good empty", "good still-serving"]
    assert judged.blamed() == ["EVC-1.3-a current-time"]


def test_a_request_that_was_never_served_is_no_test_of_serving() -> None:
    """Refused or unanswered, it would have been so without the nonsense too; a like request served before decides."""
    story = Story()
    story.booted()
    story.says_bytes(Service.DEVICE_BOOT, b"").refused(400)
    story.beat().refused(422)
    story.status().broken(WireError.CLOSED)
    story.boot().refused(503)
    judged = story.judged()
    assert judged.of("EVC-G8") == ["good empty", "bad still-serving"]
    assert judged.blamed() == [
        "EVC-1.1-a accepted",
        "EVC-1.3-b without-station",
        "EVC-G1 https/statusNotify",
        "EVC-G8 still-serving",
    ]


def test_a_card_in_use_elsewhere_is_no_test_of_serving() -> None:
    """After nonsense the first request to which acceptance is owed decides (EVC-X17)."""
    story = Story()
    story.booted(BOX, "CB-0002")
    story.start(box="CB-0002").answered()
    story.says_bytes(Service.DEVICE_BOOT, b"").refused(400)
    story.authorize().answered(status="Blocked")
    story.beat().answered()
    judged = story.judged()
    assert judged.of("EVC-G8") == ["good empty", "good still-serving"]
    assert judged.blamed() == []


def test_the_cases_of_the_two_groups_are_known_again_by_their_faults() -> None:
    """What the tests above send breaks one constraint, in the codec's own eyes."""
    story = Story()
    canonical = broken(Service.AUTHORIZE, "authorize.idToken:length")
    content_type, body = story.codec.request_bytes(Service.AUTHORIZE, canonical)
    decoded = story.codec.read_request(Service.AUTHORIZE, content_type, body)
    assert case_of(decoded.faults, Service.AUTHORIZE) == ("malformed", "authorize.idToken:length")
