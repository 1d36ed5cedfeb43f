"""Section 1's constraints and the field tables as a whole: who is to blame for an answer that is wrong."""

from __future__ import annotations

import pytest

from simulators.evchong.messages import Service
from simulators.journal.records import Answer, Exchange, Request, WireError
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


def test_a_service_that_took_what_is_broken_was_not_served_yet() -> None:
    """Only a valid request shows that nothing is asked for beside it."""
    story = Story()
    story.booted()
    story.says_canonical(Service.AUTHORIZE, {"authReq": {}}).answered_with({"authRes": {"idTagInfo": {}}})
    story.authorize().refused(401)
    assert story.judged().of("EVC-G9")[-1] == "bad no-signed-message"


@pytest.mark.parametrize("way", [{"method": "GET"}, {"scheme": "http"}])
def test_what_was_performed_in_the_wrong_way_did_not_happen(way: dict[str, str]) -> None:
    """A boot by GET or over plain HTTP makes no box of which anything is known."""
    story = Story()
    story.boot(**way).answered()
    story.authorize().refused(400)
    assert story.judged().of("EVC-1.2-a") == []


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
