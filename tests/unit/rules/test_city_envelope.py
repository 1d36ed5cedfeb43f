"""The envelopes that the server makes, and what is in them, judged (CEC-ENV-a, b, c, h, m, o)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulators.beijing.envelope import time_stamp_at
from tests.unit.city_journals import ASKED_STATUS, CHARGE_STATUS, NUMBER, ORDER
from tests.unit.journals import LEFT_OUT
from tests.unit.sealed_journals import JSON, STATUS, TOKEN_QUERY, SealedStory, status_content

OWN = ("CEC-ENV-a", "CEC-ENV-b", "CEC-ENV-c", "CEC-ENV-h", "CEC-ENV-m", "CEC-ENV-o")


def blamed(story: SealedStory) -> list[str]:
    """What these rows have against a story; others may have more."""
    return [found for found in story.judged().blamed() if found.startswith(OWN)]


def test_a_correct_session_is_praised_in_every_case() -> None:
    """Calls and answers of every kind that the ledger names."""
    story = SealedStory()
    story.booted()
    start = story.start().answered()
    token = story.fetches_token()
    story.pushes_status(token)
    story.pushes_charge(start, token)
    story.gives_token()
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, story.state(start), token="TOKEN-1")
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, None, ret=4002)
    story.stop(start).answered()
    story.pushes_order(start, token)
    judged = story.judged()
    for row in ("CEC-ENV-a", "CEC-ENV-b", "CEC-ENV-c"):
        assert set(judged.of(row)) == {"good request", "good answer"}
    assert set(judged.of("CEC-ENV-h")) == {"good success", "good error"}
    contents = (TOKEN_QUERY, STATUS, ASKED_STATUS, CHARGE_STATUS, ORDER)
    assert set(judged.of("CEC-ENV-m")) == {f"good {each.value}" for each in contents}
    assert set(judged.of("CEC-ENV-o")) == {"good post", "good json", "good bearer"}
    assert [row for row in judged.blamed() if row.startswith(OWN)] == []


# CEC-ENV-a


def stamped(*moments_s: int) -> list[str]:
    """Calls with the TimeStamp of the first, so long after it; others in between are right."""
    story = SealedStory()
    first = time_stamp_at(story.now_ms)
    token, passed_s = story.fetches_token(), 0
    for moment_s in moments_s:
        story.passes(moment_s - passed_s)
        passed_s = moment_s
        story.pushes_status(token)
        story.pushes_status(token, TimeStamp=first)
    return [found for found in blamed(story) if found.startswith("CEC-ENV-a")]


def test_a_call_may_go_out_again_as_it_was_for_some_minutes() -> None:
    """Only later it is another call, whose time is another one (1.3)."""
    assert stamped(0, 150, 450, 890) == []
    assert stamped(0, 950, 1200) == []
    assert stamped(0, 950, 2000) == ["CEC-ENV-a request"]


def test_a_clock_that_is_wrong_or_set_back_is_nobodys_fault() -> None:
    """It shows what it showed an hour ago, and goes on from there."""
    story = SealedStory()
    token = story.fetches_token()
    stamps = []
    for _ in range(6):
        story.passes(600)
        stamps.append(time_stamp_at(story.now_ms))
        story.pushes_status(token)
    for stamp in stamps:
        story.passes(600)
        story.pushes_status(token, TimeStamp=stamp)
    assert "CEC-ENV-a request" not in blamed(story)


@pytest.mark.parametrize("name", ["OperatorID", "Data", "TimeStamp", "Seq", "Sig"])
def test_a_call_without_a_field_is_blamed(name: str) -> None:
    """One check a field."""
    story = SealedStory()
    without: dict[str, Any] = {name: LEFT_OUT}
    story.pushes_status(story.fetches_token(), **without)
    assert blamed(story) == ["CEC-ENV-a request"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("TimeStamp", "2025-01-15 10:46:03"), ("Seq", 1), ("Seq", "1"), ("OperatorID", "MA0TEST"), ("Data", None)],
)
def test_a_call_with_a_field_of_a_wrong_form_is_blamed(name: str, value: Any) -> None:
    """Its Sig may verify or not: what it covers cannot be said."""
    story = SealedStory()
    story.pushes_status(story.fetches_token(), **{name: value})
    assert "CEC-ENV-a request" in blamed(story)


@pytest.mark.parametrize("name", ["Msg", "Data", "Sig"])
def test_an_answer_without_a_field_is_blamed(name: str) -> None:
    """An answer of success carries all of them."""
    story = SealedStory()
    without: dict[str, Any] = {name: LEFT_OUT}
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), **without)
    assert blamed(story) == ["CEC-ENV-a answer"]


@pytest.mark.parametrize("missing", [("Data",), ("Sig",), ("Data", "Sig")])
@pytest.mark.parametrize("value", [LEFT_OUT, None])
def test_of_an_error_answer_only_ret_and_msg_are_wanted(missing: tuple[str, ...], value: Any) -> None:
    """BJ-X12; Sig over a Data of null is that over an empty one."""
    story = SealedStory()
    changes: dict[str, Any] = dict.fromkeys(missing, value)
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, None, ret=4002, **changes)
    assert blamed(story) == []


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b'{"ret":0}'])
def test_bytes_that_are_no_envelope_are_blamed(body: bytes) -> None:
    """A page of the proxy, a list, other names."""
    story = SealedStory()
    story.answers_with(TOKEN_QUERY, story.credentials(), body, status=502)
    assert blamed(story) == ["CEC-ENV-a answer"]


# CEC-ENV-b


@pytest.mark.parametrize("data", ["", "no base64", base64.b64encode(b"half a block").decode(), "A" * 24])
def test_data_that_does_not_decrypt_is_blamed(data: str) -> None:
    """No Base64, no whole blocks, no padding. Its Sig is wrong as well, as nobody made a new one."""
    story = SealedStory()
    story.pushes_status(story.fetches_token(), Data=data)
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Data=data)
    found = blamed(story)
    assert "CEC-ENV-b request" in found
    assert "CEC-ENV-b answer" in found


@pytest.mark.parametrize("plain", [b"[]", b"{", b"\xff{}", b'{"a":1,}'])
def test_data_that_holds_no_json_object_is_blamed(plain: bytes) -> None:
    """Sealed as it should be; what is in it is a list, a half, no UTF-8, no strict JSON."""
    story = SealedStory()
    story.calls_with(STATUS, story.sealed_call(plain), {"Content-Type": JSON})
    assert "CEC-ENV-b request" in blamed(story)


@pytest.mark.parametrize(
    "plain", [b'\xef\xbb\xbf {"ConnectorStatusInfo":\r\n', b'{"x":"\\u4eac",  "ConnectorStatusInfo":']
)
def test_white_space_and_escapes_in_data_are_free(plain: bytes) -> None:
    """2.2."""
    story = SealedStory()
    token = story.fetches_token()
    content = plain + b'{"ConnectorID":"11010500000000000000001001","Status":1}}\r\n'
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {token}"}
    story.calls_with(STATUS, story.sealed_call(content), headers)
    assert blamed(story) == []


# CEC-ENV-c


def test_a_wrong_sig_is_blamed() -> None:
    """Of a call, of an answer, of an error that has one."""
    story = SealedStory()
    story.pushes_status(story.fetches_token(), Sig="0" * 32)
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Sig="0" * 32)
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, None, ret=4002, Sig="0" * 32)
    judged = story.judged()
    bad = [found for found in judged.of("CEC-ENV-c") if found.startswith("bad")]
    assert bad == ["bad request", "bad answer", "bad answer"]
    assert [found for found in judged.blamed() if found.startswith(OWN)] == [
        "CEC-ENV-c answer",
        "CEC-ENV-c request",
    ]


def test_a_sig_in_lower_case_is_blamed() -> None:
    """The city takes it all the same."""
    story = SealedStory()
    token = story.fetches_token()
    sealed = story.sealed_call(status_content())
    sig = sealed[-34:-2]
    lower = sealed.replace(sig, sig.lower())
    assert lower != sealed
    reply = story.calls_with(STATUS, lower, {"Content-Type": JSON, "Authorization": f"Bearer {token}"})
    assert reply.answer is not None
    assert reply.answer.ret == 0
    assert blamed(story) == ["CEC-ENV-c request"]


def test_a_sig_of_no_hexadecimal_digits_is_blamed() -> None:
    """Another length, another alphabet."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Sig="0315269E")
    assert blamed(story) == ["CEC-ENV-c answer"]


# CEC-ENV-h


@pytest.mark.parametrize("ret", ["0", 0.5, None, True])
def test_ret_of_success_that_is_no_integer_is_blamed(ret: Any) -> None:
    """A string, a fraction, nothing, a truth."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Ret=ret)
    assert "CEC-ENV-h success" in blamed(story)


def test_ret_of_an_error_that_is_no_integer_is_blamed() -> None:
    """Ret "4002"."""
    story = SealedStory()
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, None, ret=4002, Ret="4002")
    assert blamed(story) == ["CEC-ENV-h error"]


# CEC-ENV-m


@pytest.mark.parametrize(
    ("changes", "interface"),
    [
        ({"Soc": "46"}, CHARGE_STATUS),
        ({"TotalPower": 0.125}, CHARGE_STATUS),
        ({"EndTime": "2025-01-15T10:46:02"}, CHARGE_STATUS),
        ({"ConnectorStatus": 7}, CHARGE_STATUS),
        ({"CurrentA": LEFT_OUT}, CHARGE_STATUS),
        ({"UserName": "U" * 21}, ORDER),
        ({"TotalMoney": 0.333}, ORDER),
    ],
)
def test_a_content_beside_its_table_is_blamed(changes: dict[str, Any], interface: Any) -> None:
    """Types, decimals, times, enumerations, fields, lengths."""
    story = SealedStory()
    story.booted()
    start = story.start().answered()
    token = story.fetches_token()
    content = story.state(start, **changes) if interface is CHARGE_STATUS else story.order(start, **changes)
    story.calls(interface, content, token)
    assert blamed(story) == [f"CEC-ENV-m {interface.value}"]


def test_answers_are_held_to_their_tables_too() -> None:
    """Each by the interface that was asked."""
    story = SealedStory()
    story.booted()
    start = story.start().answered()
    story.gives_token(FailReason="0")
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, story.state(start, VoltageA="220.1"), token="TOKEN-1")
    assert blamed(story) == ["CEC-ENV-m query_equip_charge_status", "CEC-ENV-m query_token"]


@pytest.mark.parametrize("told", [[{"ConnectorID": "1", "Status": 1}], {"ConnectorID": "1" * 27, "Status": 1}, None])
def test_a_status_beside_its_table_is_blamed(told: Any) -> None:
    """A list (BJ-X6), an identifier that is too long, nothing."""
    story = SealedStory()
    story.calls(STATUS, {"ConnectorStatusInfo": told}, story.fetches_token())
    assert blamed(story) == ["CEC-ENV-m notification_stationStatus"]


# CEC-ENV-o


@pytest.mark.parametrize("method", ["GET", "PUT", "post"])
def test_a_call_that_is_no_post_is_blamed(method: str) -> None:
    """And nothing else can be said of what the city did not read."""
    story = SealedStory()
    story.pushes_status(story.fetches_token(), method=method)
    assert blamed(story) == ["CEC-ENV-o post"]


@pytest.mark.parametrize(
    ("content_type", "right"),
    [
        ("application/json", True),
        ("application/json;charset=UTF-8", True),
        ('Application/JSON; charset="utf-8"', True),
        ("text/plain", False),
        ("application/json; charset=GBK", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
def test_a_call_says_that_it_is_json_in_utf_8(content_type: str, right: bool) -> None:
    """Charset may stay unsaid: JSON is UTF-8."""
    story = SealedStory()
    headers = {"Authorization": f"Bearer {story.fetches_token()}"} | (
        {"Content-Type": content_type} if content_type else {}
    )
    story.pushes_status(None, headers=headers)
    assert blamed(story) == ([] if right else ["CEC-ENV-o json"])


def test_the_token_stands_behind_bearer() -> None:
    """No header, another scheme, no scheme, lower case, another token: the city refuses them all."""
    for value in (None, "Basic {0}", "{0}", "bearer {0}", "Bearer X{0}", "Bearer"):
        story = SealedStory()
        token = story.fetches_token()
        headers = {"Content-Type": JSON} | ({"Authorization": value.format(token)} if value else {})
        reply = story.pushes_status(None, headers=headers)
        assert reply.answer is not None
        assert reply.answer.ret == 4002
        assert blamed(story) == ["CEC-ENV-o bearer"], value


def test_a_token_from_before_the_lab_was_opened_is_not_judged() -> None:
    """It may have been right yesterday; one that turns up later was never right."""
    story = SealedStory()
    story.pushes_status("FROM-YESTERDAY")
    token = story.fetches_token()
    story.pushes_status("FROM-YESTERDAY", 2)
    story.pushes_status(token, 2)
    story.pushes_status("FROM-NOWHERE", 3)
    judged = story.judged()
    assert judged.of("CEC-ENV-o").count("good bearer") == 1
    assert judged.of("CEC-ENV-o").count("bad bearer") == 1


def test_query_token_needs_no_authorization() -> None:
    """It is how one comes by it; whoever sends a header all the same does no harm."""
    story = SealedStory()
    story.fetches_token()
    story.calls(TOKEN_QUERY, {"OperatorID": "MA0TEST01", "OperatorSecret": "A" * 16}, "ANY")
    assert story.judged().blamed() == []
