"""Whose numbers a journal speaks of is found wherever it says so, and nothing that is ours is taken for one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest

from simulators.journal.personal import Personal
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, Step

CARD = "7913686867520277"


def exchange(request: bytes = b"", answer: bytes = b"", **more: Any) -> Exchange:
    return Exchange(
        at_ms=1, answered_at_ms=1, intended_ns=1, sent_ns=1, duration_ns=1, wall_ns=1, protocol="evchong",
        actor="box CB-0001", peer="sut", operation="authorize", request=Request("POST", "/authorize", body=request),
        answer=Answer(200, body=answer), **more,
    )  # fmt: skip


def city(body: bytes = b"", head: bytes = b"", **more: Any) -> Exchange:
    return Exchange(
        at_ms=1, answered_at_ms=1, intended_ns=1, sent_ns=1, duration_ns=1, wall_ns=1, protocol="beijing",
        actor="sut", peer="city", operation="query_token", request=Request("POST", "/", head, body), **more,
    )  # fmt: skip


def fact(**more: Any) -> Fact:
    return Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box CB-0001", what="card-swiped", **more)


@pytest.mark.parametrize(
    "record",
    [
        fact(keys={"box": "CB-0001", "card": CARD}),
        fact(values={"answer": {"items": [{"id": "O-100000001", "card": CARD}]}}),
        exchange(keys={"box": "CB-0001", "card": CARD}),
        exchange(b'{"startTransactionReq":{"idToken":"%s","connectorId":1}}' % CARD.encode()),
        exchange(b'{"authReq":{"idToken": {"idToken" : "%s"}}}' % CARD.encode()),
        exchange(b"data=" + quote_plus(f'{{"authReq":{{"idToken":{{"idToken":"{CARD}"}}}}}}').encode()),
        exchange(b'{"authReq":{"idToken":%s}}' % CARD.encode()),
        exchange(b'{"authReq":{"idToken":"\\u0037%s"' % CARD[1:].encode()),
        exchange(b'{"authReq":{"idToken":"\xff"},"idToken":"%s"}' % CARD.encode(), b""),
        exchange(b"", b'data={"authRes":{"idTagInfo":{"parentIdTag":"%s"}}}' % CARD.encode(), keys={"card": "1"}),
        exchange(view={"request": {"ParkChargeResult": [{"Plate": CARD}]}}),
    ],
)
def test_a_number_is_found_wherever_a_record_says_it(record: Record) -> None:
    """Keys, surfaces, wrapped and flat fields, forms, JSON that is broken, decrypted content, the server's answers."""
    assert Personal.of([record]).numbers == {CARD}


@pytest.mark.parametrize(
    "record",
    [
        fact(keys={"box": "CB-0001", "connector": "1"}, values={"register_wh": 123450, "status": "Occupied"}),
        fact(keys={"card": "12345"}),
        fact(keys={"card": "Accepted"}),
        exchange(b'{"authReq":{"idToken":"xxxxxxxxxxxxxxxxxxxxx"}}', b'{"authRes":{"transactionId":1234567}}'),
        exchange(b'{"authReq":{"idToken":5}}', b'{"authRes":{"parentIdTag":null}}'),
        Step(at_ms=1, mono_ns=1, wall_ns=1, what="run-began", values={"card": CARD}),
    ],
)
def test_what_is_nobodys_number_is_left_alone(record: Record) -> None:
    """Counts, registers, words, too few characters, padding."""
    assert Personal.of([record]).numbers == set()


TOKEN = "7hJ2kPq9-token"


@pytest.mark.parametrize(
    "record",
    [
        city(view={"answer": {"kind": "answer", "content": {"AccessToken": TOKEN}}}),
        city(view={"request": {"kind": "request", "content": {"OperatorSecret": TOKEN}}}),
        city(head=b"POST / HTTP/1.1\r\nauthorization:  bearer %s\r\n\r\n" % TOKEN.encode()),
        city(b'{"OperatorID":"X","Data":{"AccessToken" : "%s"}}' % TOKEN.encode()),
        fact(values={"answer": {"AccessToken": TOKEN}}),
    ],
)
def test_what_opens_the_citys_doors_is_found(record: Record) -> None:
    """Decrypted, in a header, in clear where it should be sealed."""
    found = Personal.of([record])
    assert (found.secrets, found.numbers) == ({TOKEN}, set())


@pytest.mark.parametrize("word", ["", "1", "Accepted", "query_token", "a-word-of-12"[:7]])
def test_a_word_is_no_secret(word: str) -> None:
    """A server that tells a word as its token doesn't get that word off the report."""
    assert Personal.of([city(view={"answer": {"content": {"AccessToken": word}}})]).secrets == set()


def test_names_are_people() -> None:
    """Chinese names from two characters; what could be a number or an id of ours is masked only where it stands."""
    names = ["欧阳", "王", "U-1", "Alexander Ivanov"]
    told = [city(view={"request": {"content": {"UserName": name}}}) for name in names]
    assert Personal.of(told).people == {"欧阳", "Alexander Ivanov"}


def test_one_value_may_be_two_things() -> None:
    """A telephone number that is somebody's token as well is both."""
    both = city(b'{"PhoneNum":"13800138000","AccessToken":"13800138000"}')
    found = Personal.of([both])
    assert (found.numbers, found.secrets) == ({"13800138000"}, {"13800138000"})


def test_the_marks_of_masks_protect_nothing() -> None:
    """A server that puts the marks around a card, or into it, neither hides it nor breaks the report."""
    assert Personal.of([fact(keys={"card": f"‹{CARD}›4711-0815"})]).numbers == {CARD, "4711-0815"}
