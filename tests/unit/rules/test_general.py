"""Section 1's constraints and the field tables as a whole: who is to blame for an answer that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.evchong.invalid import case_of, invalid_requests, malformed_cases, missing_cases
from simulators.evchong.messages import BoxRequest, Canonical, Service
from simulators.evchong.printed import BROKEN_REQUESTS
from simulators.journal.records import Answer, Exchange, Request, WireError
from tests.unit.evchong_examples import FULL_REQUESTS
from tests.unit.journals import (
    BOX,
    LEFT_OUT,
    NOON_MS,
    NOWHERE,
    STRANGER,
    UNKNOWN,
    Asked,
    Story,
    order_of,
)

MEBIBYTE = 1024 * 1024
NO_CONNECTION = (WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE)


def ask(story: Story, service: Service) -> Asked:
    """A valid request of the service by a box that has booted, to which a plain acceptance is owed."""
    if service is Service.DEVICE_BOOT:
        return story.boot()
    story.booted()
    if service is Service.AUTHORIZE:
        return story.authorize()
    if service is Service.HEARTBEAT:
        return story.beat()
    if service is Service.STATUS_NOTIFY:
        return story.status()
    start = story.start()
    if service is Service.START_TRANS:
        return start
    start.answered()
    return story.sample(start) if service is Service.METER_VALUES else story.stop(start)


def broken(service: Service, case: str) -> Canonical:
    """The request that breaks one constraint."""
    asked: BoxRequest = FULL_REQUESTS[service]
    return next(each.canonical for each in invalid_requests(service, asked.canonical()) if each.case == case)


# EVC-G1: HTTPS


@pytest.mark.parametrize("service", Service)
def test_whoever_answers_over_https_is_reachable(service: Service) -> None:
    """Each service that gives a whole answer over HTTPS has shown its case of EVC-G1 (1, constraint 1)."""
    story = Story()
    ask(story, service).answered()
    judged = story.judged()
    assert judged.of("EVC-G1")[-1] == f"good https/{service}"
    assert judged.blamed() == []


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("error", [WireError.TIMEOUT, WireError.CLOSED, WireError.TRUNCATED, WireError.MALFORMED])
def test_no_whole_answer_is_blamed_once(service: Service, error: WireError) -> None:
    """A valid request without a whole answer is a finding of EVC-G1 and of no other row."""
    story = Story()
    ask(story, service).broken(error)
    judged = story.judged()
    assert judged.of("EVC-G1")[-1] == f"bad https/{service}"
    assert judged.blamed() == [f"EVC-G1 https/{service}"]


def test_a_server_that_was_never_there_is_not_judged() -> None:
    """Before the first connection nothing was shown, good or bad."""
    story = Story()
    story.boot().broken(WireError.UNREACHABLE)
    assert story.judged().findings == []


def test_a_server_that_goes_away_is_blamed() -> None:
    """Once it was there, being unreachable is no whole answer."""
    story = Story()
    story.booted()
    story.beat().broken(WireError.UNREACHABLE)
    assert story.judged().of("EVC-G1") == ["good https/deviceBoot", "bad https/heartbeat"]


def test_an_attempt_on_a_closed_connection_is_no_finding() -> None:
    """Servers close idle connections: the first attempt on a reused one is evidence, the second is judged."""
    story = Story()
    story.booted()
    story.beat().broken(WireError.CLOSED, resent=True)
    story.beat().answered()
    judged = story.judged()
    assert judged.of("EVC-G1") == ["good https/deviceBoot", "good https/heartbeat"]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", [301, 308, 403, 404, 426, 500])
def test_over_plain_http_nothing_is_performed(status: int) -> None:
    """A redirect, a refusal, even an error is fine over plain HTTP, as long as nothing is performed."""
    story = Story()
    story.booted()
    story.start(scheme="http").refused(status)
    start = story.start()
    start.answered()
    story.stop(start).answered()
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-G1")[1] == "good plain-http"
    assert judged.blamed() == []


def test_nobody_listening_on_the_plain_port_is_fine() -> None:
    """A closed port performs nothing."""
    story = Story()
    story.booted()
    story.boot(scheme="http").broken(WireError.UNREACHABLE)
    judged = story.judged()
    assert judged.of("EVC-G1") == ["good https/deviceBoot", "good plain-http"]
    assert judged.blamed() == []


def test_plain_http_that_accepts_is_blamed() -> None:
    """The same request must not be performed without TLS."""
    story = Story()
    story.booted()
    story.authorize(scheme="http").answered()
    assert story.judged().blamed() == ["EVC-G1 plain-http"]


def test_plain_http_that_refuses_and_starts_all_the_same_is_blamed() -> None:
    """An order that came of a start over plain HTTP shows that it was performed, whatever was answered."""
    story = Story()
    story.booted()
    secretly = story.start(scheme="http").refused(403)
    story.passes(60)
    secretly.transaction = 7
    story.orders(order_of(secretly, story))
    assert story.judged().blamed() == ["EVC-G1 plain-http"]


# EVC-G2: method names; EVC-G9: no signature


@pytest.mark.parametrize("service", Service)
def test_a_service_that_answers_is_where_it_should_be(service: Service) -> None:
    """HTTP 200 with its root key is all that EVC-G2 and EVC-G9 want."""
    story = Story()
    ask(story, service).answered()
    judged = story.judged()
    assert judged.of("EVC-G2")[-1] == f"good {service}"
    assert judged.of("EVC-G9")[-2:] == ["good no-client-certificate", "good no-signed-message"]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_a_service_that_is_not_found_is_blamed_once(service: Service, status: int) -> None:
    """A service never yet served that is not found under its method name is EVC-G2's, and no other row's."""
    story = Story()
    ask(story, service).refused(status)
    judged = story.judged()
    assert judged.of("EVC-G2")[-1] == f"bad {service}"
    assert judged.blamed() == [f"EVC-G2 {service}"]


@pytest.mark.parametrize("status", [401, 403, 407, 511])
def test_a_service_that_wants_a_signature_is_blamed_once(status: int) -> None:
    """A service never yet served that lets nobody in is EVC-G9's, and no other row's (EVC-X23)."""
    story = Story()
    story.boot().refused(status)
    judged = story.judged()
    assert judged.of("EVC-G9") == ["bad no-signed-message"]
    assert judged.blamed() == ["EVC-G9 no-signed-message"]


def test_a_certificate_asked_for_is_blamed_once() -> None:
    """A handshake that fails for want of a client certificate is EVC-G9's, not EVC-G1's."""
    story = Story()
    story.boot().broken(WireError.CLIENT_CERTIFICATE)
    judged = story.judged()
    assert judged.of("EVC-G9") == ["bad no-client-certificate"]
    assert judged.blamed() == ["EVC-G9 no-client-certificate"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_refusing_what_may_be_refused_says_nothing_of_names_and_signatures(status: int) -> None:
    """404 for an unknown card and 403 for a foreign station are refusals, though the service was never served."""
    story = Story()
    story.boot(station=NOWHERE).refused(status)
    story.booted()
    story.authorize(UNKNOWN).refused(status)
    story.start(UNKNOWN).refused(status)
    judged = story.judged()
    assert judged.of("EVC-G2") == ["good deviceBoot"]
    assert judged.of("EVC-G9") == ["good no-client-certificate", "good no-signed-message"]
    assert judged.blamed() == []


def test_a_box_that_did_not_boot_may_be_let_in_nowhere() -> None:
    """401 for a box that nobody accepted yet asks for no signature."""
    story = Story()
    story.beat().refused(401)
    story.authorize().refused(404)
    assert story.judged().blamed() == []


def test_a_refusal_of_a_service_already_served_is_not_for_want_of_it() -> None:
    """Once served, 404 is a refusal like another: it is the row's that demands the answer."""
    story = Story()
    story.booted()
    story.authorize().answered()
    story.authorize().refused(404)
    judged = story.judged()
    assert judged.of("EVC-G2") == ["good deviceBoot", "good authorize"]
    assert judged.blamed() == ["EVC-1.2-a accepted"]


# EVC-G3: POST only


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [301, 400, 403, 404, 405, 501])
def test_other_methods_are_refused(method: str, status: int) -> None:
    """A 4xx, 501 or a redirect performs nothing (1, constraint 3)."""
    story = Story()
    story.booted()
    story.boot(method=method).refused(status)
    judged = story.judged()
    assert judged.of("EVC-G3") == [f"good {method}"]
    assert judged.blamed() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_that_perform_are_blamed(method: str) -> None:
    """Whatever accepts by another method than POST serves what it should refuse."""
    story = Story()
    story.booted()
    story.authorize(method=method).answered()
    assert story.judged().blamed() == [f"EVC-G3 {method}"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods_that_crash_are_blamed(method: str) -> None:
    """HTTP 500 is no refusal (EVC-X10)."""
    story = Story()
    story.booted()
    story.beat(method=method).refused(500)
    assert story.judged().blamed() == [f"EVC-G3 {method}"]


def test_another_method_that_refuses_and_starts_all_the_same_is_blamed() -> None:
    """An order shows that the method changed something."""
    story = Story()
    story.booted()
    secretly = story.start(method="PUT").refused(405)
    story.passes(60)
    secretly.transaction = 7
    story.orders(order_of(secretly, story))
    assert story.judged().blamed() == ["EVC-G3 PUT"]


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


# EVC-G4: UTF-8


def test_chinese_is_taken_and_answered_in_utf_8() -> None:
    """Chinese in ``info`` is accepted, and Chinese beside the root key decodes (1, constraint 4)."""
    story = Story()
    story.booted()
    story.status("Faulted", "OtherError", info="枪锁故障", vendor_code="E7").answered_with(
        {"statusNotificationRes": {"timestamp": NOON_MS}, "text": "成功"}
    )
    judged = story.judged()
    assert judged.of("EVC-G4") == ["good answer-utf8", "good answer-utf8", "good chinese-info"]
    assert judged.blamed() == []


def test_refused_chinese_is_blamed_once() -> None:
    """A notification refused for its Chinese is EVC-G4's, and not EVC-1.7-a's."""
    story = Story()
    story.booted()
    story.status("Faulted", "OtherError", vendor_code="E7").answered()
    story.status("Faulted", "OtherError", info="枪锁故障", vendor_code="E7").refused(422)
    judged = story.judged()
    assert judged.of("EVC-G4") == ["good answer-utf8", "good answer-utf8", "bad chinese-info"]
    assert judged.blamed() == ["EVC-G4 chinese-info"]


def test_a_notification_refused_for_its_code_is_not_refused_for_its_chinese() -> None:
    """Where the same code and status were never taken in ASCII, nobody can tell."""
    story = Story()
    story.booted()
    story.status("Available").answered()
    story.status("Faulted", "OtherError", info="枪锁故障", vendor_code="E7").refused(422)
    judged = story.judged()
    assert judged.of("EVC-G4") == ["good answer-utf8", "good answer-utf8"]
    assert judged.blamed() == []


def test_chinese_that_is_taken_with_an_incomplete_answer_is_not_refused() -> None:
    """An answer without its timestamp is EVC-1.7-a's, whatever language the request was in."""
    story = Story()
    story.booted()
    story.status("Faulted", "OtherError", info="枪锁故障", vendor_code="E7").answered(timestamp=LEFT_OUT)
    judged = story.judged()
    assert judged.of("EVC-G4")[-1] == "good chinese-info"
    assert judged.blamed() == ["EVC-1.7-a errorCode/OtherError", "EVC-1.7-a status/Faulted"]


def test_an_answer_in_gbk_is_blamed_once() -> None:
    """Bytes that are no UTF-8 are EVC-G4's, not EVC-G5's."""
    story = Story()
    story.boot().answered_with(b'{"bootRes":{"status":"Accepted","text":"' + "成功".encode("gbk") + b'"}}')
    assert story.judged().blamed() == ["EVC-G4 answer-utf8"]


def test_no_body_has_no_encoding() -> None:
    """An empty refusal says nothing of UTF-8."""
    story = Story()
    story.authorize().refused(400)
    assert story.judged().of("EVC-G4") == []


# EVC-G5: root keys


@pytest.mark.parametrize("service", Service)
def test_an_answer_under_its_root_key_is_read_whatever_stands_beside(service: Service) -> None:
    """Other keys beside the root key and inside, blanks and order are free."""
    story = Story()
    asked = ask(story, service).answered(extension={"since": "1.3"})
    judged = story.judged()
    assert judged.of("EVC-G5")[-1] == f"good {asked.service}"
    assert judged.blamed() == []


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("body", [b"", b"OK", b"{}", b"[]", b"null", b'{"code":0}', b"<html/>"])
def test_an_answer_without_its_root_key_is_blamed_once(service: Service, body: bytes) -> None:
    """HTTP 200 without an object under the root key is EVC-G5's, and no other row judges it."""
    story = Story()
    ask(story, service).answered_with(body)
    judged = story.judged()
    assert judged.of("EVC-G5")[-1] == f"bad {service}"
    assert judged.blamed() == [f"EVC-G5 {service}"]


def test_the_error_body_that_the_pixit_names_is_a_refusal() -> None:
    """A target that refuses by HTTP 200 and a body of its own is read so (EVC-X10)."""
    story = Story(refusal=("result.success", True))
    story.booted()
    story.authorize(UNKNOWN).answered_with({"result": {"success": False, "text": "no such card"}})
    judged = story.judged()
    assert judged.of("EVC-1.2-d") == ["good unknown"]
    assert judged.blamed() == []


def test_what_is_not_owed_an_answer_needs_no_root_key() -> None:
    """Samples of an unknown transaction may be refused by any body (EVC-X10)."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start, transaction=99).answered_with({"error": "unknown"})
    judged = story.judged()
    assert judged.of("EVC-G5") == ["good deviceBoot", "good startTrans"]
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


# EVC-G10: unknown methods


def asked_for_an_unknown_method(story: Story, answer: Answer | None, error: WireError | None = None) -> None:
    request = Request("POST", "https://sut:8443/evchong-api/cperent/v1/reset")
    story.write(
        Exchange(
            at_ms=story.now_ms,
            answered_at_ms=story.now_ms,
            intended_ns=0,
            sent_ns=story.tick(),
            duration_ns=1,
            wall_ns=0,
            protocol="evchong",
            actor=f"box {BOX}",
            peer="sut",
            operation="(unknown method)",
            request=request,
            answer=answer,
            error=error,
            keys={"box": BOX},
        )
    )


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, "good"), (405, "good"), (400, "good"), (200, "bad"), (500, "bad")]
)
def test_unknown_methods_are_answered_with_4xx(status: int, verdict: str) -> None:
    """A method that the document does not know is not found."""
    story = Story()
    asked_for_an_unknown_method(story, Answer(status))
    assert story.judged().of("EVC-G10") == [f"{verdict} unknown-method"]


def test_an_unknown_method_over_no_connection_shows_nothing() -> None:
    """A dropped connection is an answer of a kind, none at all is not."""
    story = Story()
    asked_for_an_unknown_method(story, None, WireError.UNREACHABLE)
    asked_for_an_unknown_method(story, None, WireError.CLOSED)
    assert story.judged().of("EVC-G10") == ["bad unknown-method"]


def test_a_refused_boot_of_a_stranger_is_the_rejection_row_s() -> None:
    """Once boots are served, 403 for a box that nobody registered is no demand for a signature (EVC-1.1-b)."""
    story = Story()
    story.booted()
    story.boot(STRANGER).refused(403)
    judged = story.judged()
    assert judged.of("EVC-1.1-b") == ["bad rejected"]
    assert judged.blamed() == ["EVC-1.1-b rejected"]


def test_the_cases_of_the_two_groups_are_known_again_by_their_faults() -> None:
    """What the tests above send breaks one constraint, in the codec's own eyes."""
    story = Story()
    canonical = broken(Service.AUTHORIZE, "authorize.idToken:length")
    content_type, body = story.codec.request_bytes(Service.AUTHORIZE, canonical)
    decoded = story.codec.read_request(Service.AUTHORIZE, content_type, body)
    assert case_of(decoded.faults, Service.AUTHORIZE) == ("malformed", "authorize.idToken:length")
