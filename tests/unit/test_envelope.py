"""Envelopes agree with the published vectors both ways (BJ-P1), and whatever is wrong with one is found at its step."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from simulators.beijing.envelope import (
    Kind,
    Noted,
    Opened,
    SeqCounter,
    Step,
    encrypted,
    kind_of,
    open_answer,
    open_request,
    seal_answer,
    seal_request,
    signature,
    time_stamp_at,
    wire_bytes,
)
from simulators.beijing.keys import AgreedKeys, KeySet, Side
from simulators.beijing.opened import Fault, State
from tests.unit.envelope_vectors import (
    OWN,
    PUBLISHED,
    S1,
    S2,
    S3_SIG,
    S4,
    TIME_STAMP,
    V1,
    V2,
    V3_DATA,
    V3_SIG,
    V4,
    V5,
    AnswerVector,
    RequestVector,
)

# The vectors, both ways


@pytest.mark.parametrize("vector", [V1, V2, V4, V5, S1], ids=["V1", "V2", "V4", "V5", "S1"])
def test_requests_are_sealed_byte_for_byte_as_published(vector: RequestVector) -> None:
    assert seal_request(vector.keys, vector.keys.operator_id, vector.plaintext, vector.time_stamp, "0001") == {
        "OperatorID": vector.keys.operator_id,
        "Data": vector.data,
        "TimeStamp": vector.time_stamp,
        "Seq": "0001",
        "Sig": vector.sig,
    }


@pytest.mark.parametrize("vector", [V2, V4, V5, S1], ids=["V2", "V4", "V5", "S1"])
def test_published_requests_open_to_their_plaintext(vector: RequestVector) -> None:
    opened = open_request(vector.keys, vector.body)
    assert (opened.plaintext, opened.faults, opened.observations) == (vector.plaintext, (), ())
    assert opened.content == json.loads(vector.plaintext)


def test_v1_opens_up_to_its_content_which_is_no_strict_json() -> None:
    """The official sample has a comma before a closing brace: it serves for the crypto only."""
    opened = open_request(PUBLISHED, V1.body)
    assert opened.plaintext == V1.plaintext
    assert [(fault.step, fault.row) for fault in opened.faults] == [(Step.CONTENT, "CEC-ENV-b")]


@pytest.mark.parametrize("vector", [S2, S4], ids=["S2", "S4"])
def test_answers_are_sealed_and_opened_byte_for_byte(vector: AnswerVector) -> None:
    sealed = seal_answer(vector.keys, vector.ret, vector.msg, vector.plaintext)
    assert sealed == {"Ret": vector.ret, "Msg": vector.msg, "Data": vector.data, "Sig": vector.sig}
    opened = open_answer(vector.keys, wire_bytes(sealed))
    assert (opened.plaintext, opened.faults, opened.observations) == (vector.plaintext, (), ())
    assert opened.content == json.loads(vector.plaintext)


def test_v3_opens_and_seals_again_from_its_own_plaintext() -> None:
    """It proves the rule of answers, Ret+Msg+Data; its plaintext has \\r\\n line ends that nobody printed."""
    opened = open_answer(PUBLISHED, wire_bytes({"Ret": 0, "Msg": "", "Data": V3_DATA, "Sig": V3_SIG}))
    assert opened.ok
    assert opened.content == {
        "OperatorID": "123456789",
        "SuccStat": 0,
        "AccessToken": "kVnStIRknCCOBdXgJrmu8rb3pcccifKW2NcQrysKKIzb7iQBxkkjeq3WoGdjgrIL",
        "TokenAvailableTime": 7200,
        "FailReason": 0,
    }
    assert opened.plaintext is not None
    assert b"\r\n" in opened.plaintext
    assert seal_answer(PUBLISHED, 0, "", opened.plaintext) == {"Ret": 0, "Msg": "", "Data": V3_DATA, "Sig": V3_SIG}


def test_s3_an_error_answer_has_no_data_and_a_valid_sig() -> None:
    sealed = seal_answer(OWN, 4002, "token error")
    assert sealed == {"Ret": 4002, "Msg": "token error", "Data": "", "Sig": S3_SIG}
    opened = open_answer(OWN, wire_bytes(sealed))
    assert (opened.ok, opened.ret, opened.is_error, opened.content, opened.observations) == (True, 4002, True, None, ())


@pytest.mark.parametrize(
    ("plaintext", "data"),
    [(b'{"PageNo":1}    ', "mef13YihVYog8B2MJQOZqpxeXbVK17WbxjXnLiQ5BKw="), (b"{}", "crPBVNlhbFnhQkX8haw0Hw==")],
    ids=["S5", "S6"],
)
def test_a_full_block_of_padding_and_an_empty_object(plaintext: bytes, data: str) -> None:
    assert encrypted(OWN, plaintext) == data
    opened = open_answer(OWN, wire_bytes(seal_answer(OWN, 0, "", plaintext)))
    assert (opened.plaintext, opened.ok) == (plaintext, True)


# Round trip


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
JSON_OBJECTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        SCALARS | st.text(max_size=20) | st.text("测试充电站北京市层", max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@settings(deadline=None)  # a busy machine is no fault
@given(content=JSON_OBJECTS)
def test_any_json_object_travels_in_a_request(content: dict[str, Any]) -> None:
    opened = open_request(OWN, wire_bytes(seal_request(OWN, OWN.operator_id, content, TIME_STAMP, "0001")))
    assert (opened.faults, opened.observations, opened.content) == ((), (), content)


@settings(deadline=None)  # a busy machine is no fault
@given(content=JSON_OBJECTS, msg=st.text(max_size=20) | st.just("成功"))
def test_any_json_object_travels_in_an_answer(content: dict[str, Any], msg: str) -> None:
    opened = open_answer(OWN, wire_bytes(seal_answer(OWN, 0, msg, content)))
    assert (opened.faults, opened.observations, opened.content, opened.text("Msg")) == ((), (), content, msg)


@settings(deadline=None)  # a busy machine is no fault
@given(content=JSON_OBJECTS, place=st.integers(0), change=st.integers(1, 255), answer=st.booleans())
def test_any_tampered_byte_is_found(content: dict[str, Any], place: int, change: int, answer: bool) -> None:
    """By a fault or, where only the case of Sig's letters was touched, by a remark."""
    if answer:
        body, read = wire_bytes(seal_answer(OWN, 0, "success", content)), open_answer
    else:
        body, read = wire_bytes(seal_request(OWN, OWN.operator_id, content, TIME_STAMP, "0001")), open_request
    tampered = bytearray(body)
    tampered[place % len(body)] ^= change
    opened = read(OWN, bytes(tampered))
    assert opened.faults or opened.sig_lower_case


@settings(deadline=None)  # a busy machine is no fault
@given(body=st.binary(max_size=60) | JSON_OBJECTS.map(wire_bytes))
def test_opening_never_raises(body: bytes) -> None:
    for opened in (open_request(OWN, body), open_answer(OWN, body)):
        assert opened.faults
        assert len(opened.steps) == len(Step)


# Every wrong step of a request


def request(**changes: Any) -> dict[str, Any]:
    """S1's envelope with some fields changed; None leaves a field out. Sig is not made anew."""
    envelope = seal_request(OWN, OWN.operator_id, S1.plaintext, TIME_STAMP, "0001") | changes
    return {name: value for name, value in envelope.items() if value is not None}


def signed_request(**changes: Any) -> dict[str, Any]:
    """The same with a valid Sig over what then stands there."""
    envelope = request(**changes)
    signed = "".join(envelope[name] for name in ("OperatorID", "Data", "TimeStamp", "Seq"))
    return envelope | {"Sig": signature(OWN, signed)}


def faults_of(envelope: dict[str, Any] | bytes) -> list[tuple[Step, str, str]]:
    body = envelope if isinstance(envelope, bytes) else wire_bytes(envelope)
    return [(fault.step, fault.field, fault.row) for fault in open_request(OWN, body).faults]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"OperatorID=1",
        b"[]",
        b"null",
        b'{"Seq": NaN}',
        b'{"Seq":"0001","Seq":"0001"}',
        b'{"Seq":"0001","S\\u0065q":"0001"}',
        b"[" * 5000,
        b'{"Seq":' + b"9" * 5000 + b"}",
    ],
)
def test_bytes_that_are_no_json_object_are_a_fault_of_the_envelope(body: bytes) -> None:
    assert faults_of(body) == [(Step.JSON, "", "CEC-ENV-a")]


@pytest.mark.parametrize("field", Kind.REQUEST.fields)
def test_each_missing_field_is_named(field: str) -> None:
    assert faults_of(request(**{field: None})) == [(Step.PRESENT, field, "CEC-ENV-a")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("OperatorID", "MA0TEST0"),
        ("OperatorID", "MA0TEST012"),
        ("OperatorID", 123456789),
        ("TimeStamp", "2025-01-15 10:"),
        ("TimeStamp", "20250229104603"),
        ("TimeStamp", "20250115240000"),
        ("TimeStamp", "20250115104660"),
        ("TimeStamp", "2025011510460"),
        ("TimeStamp", "２０２５０１１５１０４６０３"),
        ("TimeStamp", 20250115104603),
        ("Seq", "001"),
        ("Seq", "00001"),
        ("Seq", "00A1"),
        ("Seq", "٠٠٠١"),
        ("Seq", 1),
        ("Data", 5),
        ("Data", ["crPBVNlhbFnhQkX8haw0Hw=="]),
    ],
)
def test_a_field_of_another_form_is_one_fault(field: str, value: Any) -> None:
    """Sig is made anew where that can be done: else two rows would blame one mistake."""
    envelope = signed_request(**{field: value}) if isinstance(value, str) else request(**{field: value})
    assert faults_of(envelope) == [(Step.FORM, field, "CEC-ENV-a")]


@pytest.mark.parametrize("sig", ["", "EEB8", "Z" * 32, "A" * 33, 5, "Ａ" * 32, "A" * 32 + "\n"])
def test_a_sig_that_is_no_digest_is_a_fault_of_sig(sig: Any) -> None:
    assert faults_of(request(Sig=sig)) == [(Step.FORM, "Sig", "CEC-ENV-c")]


def test_a_wrong_sig_says_what_it_should_be_and_content_is_read_all_the_same() -> None:
    opened = open_request(OWN, wire_bytes(request(Sig="0" * 32)))
    expected = f"{S1.sig} over OperatorID+Data+TimeStamp+Seq"
    assert opened.faults == (Fault(Step.SIG, "Sig", expected, "0" * 32),)
    assert opened.faults[0].row == "CEC-ENV-c"
    assert opened.content is not None


def test_sig_covers_each_field_before_it() -> None:
    for field, value in (("OperatorID", "MA0TEST02"), ("TimeStamp", "20250115104604"), ("Seq", "0002")):
        assert faults_of(request(**{field: value})) == [(Step.SIG, "Sig", "CEC-ENV-c")]
    assert faults_of(request(Data=S2.data)) == [(Step.SIG, "Sig", "CEC-ENV-c")]


@pytest.mark.parametrize("data", ["*", "il7B0BSEjFdzpyKzfOFpvg", "il7B0BSEjFdzpyKzfOFpvg=", "_-", "测试", "a b="])
def test_data_that_is_no_base64(data: str) -> None:
    assert faults_of(signed_request(Data=data)) == [(Step.BASE64, "Data", "CEC-ENV-b")]


@pytest.mark.parametrize("ciphertext", [b"", b"15 bytes it has", b"and these are 17."])
def test_data_that_is_no_whole_blocks(ciphertext: bytes) -> None:
    data = base64.b64encode(ciphertext).decode()
    assert faults_of(signed_request(Data=data)) == [(Step.AES, "Data", "CEC-ENV-b")]


@pytest.mark.parametrize("end", [b"\0", b"\x11", b"\x01\x03\x03", b"\xff" * 16, b"}" * 16])
def test_wrong_padding(end: bytes) -> None:
    """A whole block sealed as content, its own padding block cut off, ends as wanted."""
    block = b"x" * (16 - len(end)) + end
    data = base64.b64encode(base64.b64decode(encrypted(OWN, block))[:16]).decode()
    assert faults_of(signed_request(Data=data)) == [(Step.PADDING, "Data", "CEC-ENV-b")]


@pytest.mark.parametrize("end", [b"\0", b"\0\0\0", b"\x20" * 3, b"", b"\x01\x02\x03"])
def test_wrong_padding_quotes_no_content(end: bytes) -> None:
    """A fault goes into reports, and the end of a query_token is the end of its secret."""
    block = b'ab"' * 5 + b"}" + b'xxxxxxSECRET"}'[-(16 - len(end)) :].rjust(16 - len(end)) + end
    data = base64.b64encode(base64.b64decode(encrypted(OWN, block))[:32]).decode()
    (fault,) = open_request(OWN, wire_bytes(signed_request(Data=data))).faults
    assert fault.step is Step.PADDING
    assert b"T".hex() not in fault.actual.split()


@pytest.mark.parametrize(
    ("plaintext", "step"),
    [
        ('{"Remark":"测试"}'.encode("gbk"), Step.UTF_8),
        (b"\xed\xa0\x80", Step.UTF_8),
        (b"", Step.CONTENT),
        (b"[]", Step.CONTENT),
        (b'"text"', Step.CONTENT),
        (b"{'PageNo':1}", Step.CONTENT),
        (b'{"PageNo":1,}', Step.CONTENT),
        (b'{"PageNo":NaN}', Step.CONTENT),
        (b'{"PageNo":1,"PageNo":1}', Step.CONTENT),
        (b'{"a":{"b":"","b":""}}', Step.CONTENT),
        (b'{"a":"\\"","a":1}', Step.CONTENT),
        (b"[" * 5000, Step.CONTENT),
    ],
)
def test_content_that_is_no_json_object(plaintext: bytes, step: Step) -> None:
    assert faults_of(signed_request(Data=encrypted(OWN, plaintext))) == [(step, "Data", "CEC-ENV-b")]


def test_several_wrong_fields_are_all_named() -> None:
    assert faults_of(request(Seq=1, TimeStamp=None, Data="*")) == [
        (Step.PRESENT, "TimeStamp", "CEC-ENV-a"),
        (Step.FORM, "Seq", "CEC-ENV-a"),
        (Step.BASE64, "Data", "CEC-ENV-b"),
    ]


# What is tolerated


def remarks_of(opened: Opened) -> list[Noted]:
    assert opened.faults == ()
    return [observation.name for observation in opened.observations]


def test_a_lower_case_sig_verifies_and_is_noted() -> None:
    opened = open_request(OWN, wire_bytes(request(Sig=S1.sig.lower())))
    assert (opened.sig_lower_case, remarks_of(opened)) == (True, [Noted.SIG_LOWER_CASE])
    assert not open_request(OWN, S1.body).sig_lower_case


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_breaks_in_base64_are_read_and_covered_by_sig(ending: str) -> None:
    data = re.sub("(.{76})", rf"\1{ending}", S1.data)
    opened = open_request(OWN, wire_bytes(signed_request(Data=data)))
    assert (remarks_of(opened), opened.plaintext) == ([Noted.BASE64_LINE_BREAKS], S1.plaintext)
    assert faults_of(request(Data=data)) == [(Step.SIG, "Sig", "CEC-ENV-c")]


def test_extra_fields_marks_and_a_foreign_caller_are_noted() -> None:
    body = b"\xef\xbb\xbf" + wire_bytes(signed_request(Version="1", OperatorID="MA0OTHER1", Seq="0000"))
    assert remarks_of(open_request(OWN, body)) == [
        Noted.BOM,
        Noted.FOREIGN_OPERATOR_ID,
        Noted.SEQ_ZERO,
        Noted.EXTRA_FIELDS,
    ]
    marked = signed_request(Data=encrypted(OWN, b"\xef\xbb\xbf{}"))
    assert remarks_of(open_request(OWN, wire_bytes(marked))) == [Noted.BOM]


def test_escapes_in_the_envelope_change_nothing() -> None:
    """PHP writes / as \\/; Sig covers the string, not its escapes."""
    body = S1.body.replace(b"/", b"\\/")
    assert remarks_of(open_request(OWN, body)) == []


# Answers


def answer(**changes: Any) -> Opened:
    """S2's envelope with some fields changed and Sig as it was; ``...`` leaves a field out."""
    envelope = seal_answer(OWN, 0, S2.msg, S2.plaintext) | changes
    return open_answer(OWN, wire_bytes({name: value for name, value in envelope.items() if value is not ...}))


def found_in(opened: Opened) -> list[tuple[Step, str, str]]:
    return [(fault.step, fault.field, fault.row) for fault in opened.faults]


@pytest.mark.parametrize("field", Kind.ANSWER.fields)
def test_each_missing_field_of_an_answer_is_named(field: str) -> None:
    assert found_in(answer(**{field: ...})) == [(Step.PRESENT, field, "CEC-ENV-a")]


@pytest.mark.parametrize("ret", ["0", 0.0])
def test_ret_zero_of_another_type_is_read_and_blamed(ret: Any) -> None:
    opened = answer(Ret=ret)
    assert found_in(opened) == [(Step.FORM, "Ret", "CEC-ENV-h")]
    assert (opened.ret, opened.content) == (0, json.loads(S2.plaintext))


@pytest.mark.parametrize("ret", [False, None, "", 0.5, [], "9" * 11])
def test_ret_that_is_no_number_is_blamed(ret: Any) -> None:
    opened = answer(Ret=ret)
    assert found_in(opened)[0] == (Step.FORM, "Ret", "CEC-ENV-h")
    assert opened.ret is None


def test_null_in_a_good_answer_is_a_fault_and_signed_like_nothing() -> None:
    sealed = seal_answer(OWN, 0, "", S2.plaintext) | {"Msg": None}
    assert found_in(open_answer(OWN, wire_bytes(sealed))) == [(Step.FORM, "Msg", "CEC-ENV-a")]
    assert found_in(answer(Data=None)) == [(Step.FORM, "Data", "CEC-ENV-a")]


def error(**changes: Any) -> Opened:
    """An error answer of the document's own form, with some fields changed; ``...`` leaves a field out."""
    envelope = {"Ret": 4002, "Msg": "", "Data": "", "Sig": signature(OWN, "4002")} | changes
    return open_answer(OWN, wire_bytes({name: value for name, value in envelope.items() if value is not ...}))


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        ({}, []),
        ({"Data": None}, [Noted.NULL_FIELDS]),
        ({"Msg": None, "Data": None}, [Noted.NULL_FIELDS]),
        ({"Data": None, "Sig": None}, [Noted.NULL_FIELDS, Noted.SIG_ABSENT]),
        ({"Data": ..., "Sig": ...}, [Noted.ABSENT_FIELDS, Noted.SIG_ABSENT]),
        ({"Sig": ""}, [Noted.SIG_ABSENT]),
        ({"Data": {}, "Sig": None}, [Noted.SIG_ABSENT]),
        ({"OperatorID": "MA0TEST01"}, [Noted.EXTRA_FIELDS]),
    ],
)
def test_of_an_error_answer_only_ret_and_msg_are_read(changes: dict[str, Any], noted: list[Noted]) -> None:
    """BJ-X12."""
    opened = error(**changes)
    assert remarks_of(opened) == noted
    assert (opened.ret, opened.content) == (4002, None)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"Sig": "0" * 32}, (Step.SIG, "Sig", "CEC-ENV-c")),
        ({"Data": "AAAA"}, (Step.SIG, "Sig", "CEC-ENV-c")),
        ({"Sig": "none"}, (Step.FORM, "Sig", "CEC-ENV-c")),
        ({"Data": {}}, (Step.FORM, "Data", "CEC-ENV-a")),
        ({"Msg": ...}, (Step.PRESENT, "Msg", "CEC-ENV-a")),
        ({"Msg": 5}, (Step.FORM, "Msg", "CEC-ENV-a")),
        ({"Ret": "4002"}, (Step.FORM, "Ret", "CEC-ENV-h")),
    ],
)
def test_a_sig_of_an_error_answer_that_is_there_must_verify(
    changes: dict[str, Any], fault: tuple[Step, str, str]
) -> None:
    """BJ-X12; and what is read must have its form."""
    assert found_in(error(**changes)) == [fault]


# The steps in words


def test_steps_stop_where_there_is_nothing_to_work_on() -> None:
    opened = open_request(OWN, wire_bytes(signed_request(Data="*")))
    states = {taken.step: taken.state for taken in opened.steps}
    assert states == {
        **dict.fromkeys((Step.JSON, Step.PRESENT, Step.FORM, Step.SIG), State.OK),
        Step.BASE64: State.WRONG,
        **dict.fromkeys((Step.AES, Step.PADDING, Step.UTF_8, Step.CONTENT), State.LEFT_OUT),
    }


def test_steps_say_what_they_saw() -> None:
    assert [taken.saw for taken in answer().steps] == [
        "an object with Ret, Msg, Data, Sig",
        "nothing missing of Ret, Msg, Data, Sig",
        "Ret 0, Msg 'success'",
        "0315269EE55E883058837E01224A11AF over Ret+Msg+Data, 96 characters",
        "88 characters, 64 bytes",
        "4 blocks of 16 bytes",
        "3 bytes of padding",
        "61 bytes, 61 characters",
        "an object with StartChargeSeq, SuccStat",
    ]


def test_steps_of_an_unsigned_error_answer_say_why_they_are_left_out() -> None:
    assert [taken.saw for taken in error(Sig=None).steps][3:5] == [
        "an error answer without Sig: tolerated (BJ-X12)",
        "an error answer: only Ret and Msg are read (BJ-X12)",
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"Ret":0}', Kind.ANSWER),
        (b'{"Seq":"0001"}', Kind.REQUEST),
        (b'\xef\xbb\xbf{"TimeStamp":""}', Kind.REQUEST),
        (b"{}", None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_what_an_envelope_is_shows_in_its_fields(body: bytes, kind: Kind | None) -> None:
    assert kind_of(body) is kind


# Keys


GOOD = {"operator_id": "MA0TEST01", "data_secret": "D" * 16, "data_secret_iv": "I" * 16, "sig_secret": "S" * 16}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"operator_id": "MA0TEST1"}, "OperatorID must have 9 characters, it has 8"),
        ({"operator_id": 123456789}, "OperatorID must be a string, not int"),
        ({"data_secret": "D" * 15}, "DataSecret must have 16 characters, it has 15"),
        ({"data_secret": "D" * 32}, "DataSecret must have 16 characters, it has 32 (it is used as it stands, never"),
        ({"data_secret_iv": ""}, "DataSecretIV must have 16 characters, it has 0"),
        ({"sig_secret": "S" * 15}, "SigSecret must have 16 to 64 characters, it has 15"),
        ({"sig_secret": "S" * 65}, "SigSecret must have 16 to 64 characters, it has 65"),
        ({"operator_secret": "O" * 15}, "OperatorSecret must have 16 to 64 characters, it has 15"),
        ({"operator_secret": None}, "OperatorSecret must be a string, not NoneType"),
        ({"sig_secret": "S" * 16 + "\n"}, "SigSecret must be printable ASCII without blanks"),
        ({"data_secret": "密" * 16}, "DataSecret must be printable ASCII without blanks"),
        ({"data_secret": "D", "sig_secret": "S"}, "DataSecret must have 16 characters, it has 1; SigSecret must have"),
    ],
)
def test_a_wrong_key_is_named_with_what_would_do(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        KeySet(**GOOD | changes)


def test_no_error_and_no_repr_shows_a_secret() -> None:
    for name in ("operator_secret", "data_secret", "data_secret_iv", "sig_secret"):
        with pytest.raises(ValueError, match="must have") as caught:
            KeySet(**GOOD | {name: "hush hush"})
        assert "hush" not in str(caught.value)
    keys = KeySet(**GOOD, operator_secret="O" * 16)
    for shown in (repr(keys), f"{keys}", pretty_repr(keys), repr(AgreedKeys(platform=keys, operator=keys))):
        assert [secret for secret in keys.secrets() if secret in shown] == []
        assert "operator_id='MA0TEST01'" in shown
    assert keys.secrets() == ("O" * 16, "D" * 16, "I" * 16, "S" * 16)
    assert len(KeySet(**GOOD).secrets()) == 3


def test_the_called_sides_set_serves_an_exchange() -> None:
    pushes, queries = KeySet(**GOOD), KeySet(**GOOD | {"operator_id": "MA0CITY01", "sig_secret": "Q" * 16})
    agreed = AgreedKeys(platform=pushes, operator=queries)
    assert agreed.for_calls_to(Side.PLATFORM) is pushes
    assert agreed.for_calls_to(Side.OPERATOR) is queries
    assert (Side.PLATFORM.other, Side.OPERATOR.other) == (Side.OPERATOR, Side.PLATFORM)


def test_one_set_for_both_directions_differs_in_the_caller_only() -> None:
    agreed = AgreedKeys.alike(platform_id="MA0CITY01", operator_keys=OWN)
    assert agreed.for_calls_to(Side.PLATFORM) == OWN
    assert agreed.for_calls_to(Side.OPERATOR).operator_id == "MA0CITY01"
    assert agreed.for_calls_to(Side.OPERATOR).secrets() == OWN.secrets()


def test_keys_are_used_as_they_stand_whatever_they_look_like() -> None:
    """DataSecret with the two keys exchanged, or Sig with a hex-decoded key, gives something else."""
    exchanged = KeySet(**GOOD | {"data_secret": "I" * 16, "data_secret_iv": "D" * 16})
    assert encrypted(exchanged, b"{}") != encrypted(KeySet(**GOOD), b"{}")


# TimeStamp and Seq


def test_seq_counts_within_one_second() -> None:
    counter = SeqCounter()
    numbers = [counter.next(second) for second in ("20250115104603", "20250115104603", "20250115104604")]
    assert numbers == ["0001", "0002", "0001"]


def test_a_second_has_no_more_than_9999_numbers() -> None:
    counter = SeqCounter()
    numbers = [counter.next(TIME_STAMP) for _ in range(9999)]
    assert (numbers[-1], len(set(numbers))) == ("9999", 9999)
    with pytest.raises(OverflowError, match="9999 requests have the TimeStamp 20250115104603"):
        counter.next(TIME_STAMP)
    assert counter.next("20250115104604") == "0001"


def test_time_stamp_is_beijings_unless_told() -> None:
    """BJ-X20; 1736909163 is 2025-01-15 02:46:03 UTC."""
    assert time_stamp_at(1736909163999) == TIME_STAMP
    assert time_stamp_at(1736909163000, utc_offset_minutes=-60) == "20250115014603"
