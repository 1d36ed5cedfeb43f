"""Whose cards and cars a journal speaks of, beside those that the target file names: made up by the run, or told by
the server; and the tokens and the people's names that it holds. Gathered record by record, so that reports can mask
them (see ``redaction``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from simulators.journal.records import Exchange, Fact, Record

# The documents' names of what is a number of somebody's, by protocol: EVCHONG 2.1, 2.2; parking 3.1, and extras that
# were seen beside T/CEC 102.
ON_THE_WIRE = {"evchong": (b"idToken", b"parentIdTag")}
ELSEWHERE = (b"Plate", b"PlateNum", b"PhoneNum", b"AccessToken", b"OperatorSecret", b"UserName")
OURS = ("card", "plate")

SECRETS = frozenset({"AccessToken", "OperatorSecret"})  # cec102 5.1: who knows them is let in
PEOPLE = frozenset({"UserName"})  # cec102 5.15
NUMBERS = frozenset((*OURS, *(name.decode() for name in (*ELSEWHERE, *ON_THE_WIRE["evchong"])))) - SECRETS - PEOPLE

SHORTEST = 6  # what is shorter is nobody's number, and masking it would leave no count readable
SHORTEST_NAME = 2  # of a name that is not in Latin letters; one that is may be a word
SHORTEST_SECRET, SURELY_SECRET = 8, 16  # between the two, a secret holds a digit; a word does not
BEARER = re.compile(rb"^authorization:[ \t]*bearer[ \t]+([^\r\n]+)", re.I | re.M)

# What follows a name in JSON, as it stands or percent-encoded in a form. A wrapped string has a name of its own.
VALUE = re.compile(
    rb"""
    (?P<quote>"|%22) (?:\s|%20|[+])* (?::|%3A) (?:\s|%20|[+])*
    (?: (?P=quote) (?P<text> (?: \\. | %5C%22 | %5C%5C | (?!(?P=quote)) . )* ) (?P=quote) | (?P<number>[0-9]+) )
    """,
    re.I | re.S | re.X,
)


class Personal:
    """Card numbers, plates and telephone numbers, people's names and the city's tokens, as records speak of them."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.people: set[str] = set()
        self.secrets: set[str] = set()
        self._seen: set[bytes] = set()  # most of what is said was said before, and need not be read again

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Those of a whole journal."""
        gathered = cls()
        for record in records:
            gathered.observe(record)
        return gathered

    def observe(self, record: Record) -> None:
        """Take in one record."""
        if isinstance(record, Exchange):
            self._exchange(record)
        elif isinstance(record, Fact):
            self._keys(record.keys)
            self._tree(record.values)

    def _exchange(self, exchange: Exchange) -> None:
        self._keys(exchange.keys)
        names = ON_THE_WIRE.get(exchange.protocol, ELSEWHERE)
        self._bearer(exchange.request.head)
        if "card" not in exchange.keys:
            self._body(exchange.request.body, names)
        if exchange.answer is not None:
            self._body(exchange.answer.body, names)
        if exchange.view:
            self._tree(exchange.view)

    def _keys(self, keys: dict[str, str]) -> None:
        for name in OURS:
            if value := keys.get(name):
                self._add(name, value)

    def _bearer(self, head: bytes) -> None:
        """The token that a call shows."""
        if b"earer" in head and (found := BEARER.search(head)) and found[0] not in self._seen:
            self._seen.add(found[0])
            self._add("AccessToken", found[1].strip().decode("utf-8", "surrogateescape"))

    def _body(self, body: bytes, names: Iterable[bytes]) -> None:
        """The fields of that name, in whatever stands around them: the message may be no JSON at all."""
        for name in names:
            begin = body.find(name)
            while begin >= 0:
                begin += len(name)
                if (found := VALUE.match(body, begin)) and (said := name + found[0]) not in self._seen:
                    self._seen.add(said)
                    self._add(name.decode(), _read(found))
                begin = body.find(name, begin)

    def _tree(self, value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._tree(item, key)
        elif isinstance(value, list | tuple):
            for item in value:
                self._tree(item, name)
        elif isinstance(value, str | int):
            self._add(name, str(value))

    def _add(self, name: str, value: str) -> None:
        """Keep what stands under the name of something that must be masked, if it may be that.

        A server under test says what it likes, so the marks of masks are taken out, and words are left alone.
        """
        for names, is_one, kept in (
            (NUMBERS, _may_be_number, self.numbers),
            (PEOPLE, _may_be_person, self.people),
            (SECRETS, _may_be_secret, self.secrets),
        ):
            if name in names:
                kept.update(piece for piece in re.split("[‹›]", value) if is_one(piece))


def _may_be_number(text: str) -> bool:
    """A few characters, a digit among them."""
    return len(text) >= SHORTEST and _has_digit(text)


def _may_be_person(text: str) -> bool:
    """A name in Chinese, or a long one with Latin letters; what is neither is masked where it stands, only there."""
    return len(text) >= (SHORTEST if text.isascii() else SHORTEST_NAME)


def _may_be_secret(text: str) -> bool:
    return len(text) >= (SHORTEST_SECRET if _has_digit(text) else SURELY_SECRET)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _read(found: re.Match[bytes]) -> str:
    """The text or number that a message says; a text that is escaped wrongly as it stands."""
    said = found["number"] or found["text"]
    if found["quote"] == b"%22":
        said = unquote_to_bytes(said.replace(b"+", b" "))
    text = said.decode("utf-8", "surrogateescape")
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
