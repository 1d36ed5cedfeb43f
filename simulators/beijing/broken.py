"""Questions of the city with exactly one thing wrong with the envelope around them, or something unusual to tolerate.

What is meant is a content in its lawful form; what is broken is where it travels in. The kind and the case stand in
the keys of the exchange, since a rule that has no keys could not tell a wrong Sig from a right one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulators.beijing.envelope import encrypted, seal_request, signature, wire_bytes
from simulators.beijing.keys import KeySet
from simulators.beijing.messages import Content
from simulators.beijing.opened import REQUEST_FIELDS, REQUEST_SIGNED

LINE_CHARACTERS = 64  # after which PEM and MIME writers break a line of Base64
STRANGER = "MA0NOBODY"  # an OperatorID that nobody has
LARGE_BYTES = 1024 * 1024


class Broken(StrEnum):
    """What is wrong with a question, or unusual about it."""

    SIG = "sig"  # does not verify
    NO_TOKEN = "no-token"
    WRONG_TOKEN = "wrong-token"
    MISSING = "missing"  # a field of the envelope; the case says which
    TAMPERED = "tampered"  # Data of another content than the one that Sig was made for
    STALE = "stale"  # TimeStamp of hours ago
    FOREIGN_OPERATOR = "foreign-operator"
    UNREADABLE = "unreadable"  # Data with a right Sig that holds no content; the case says how
    NO_ENVELOPE = "no-envelope"  # bytes of any kind; the case says which
    REPEATED_SEQ = "repeated-seq"  # lawful: TimeStamp and Seq of the question before
    LOWER_CASE_SIG = "lower-case-sig"  # lawful: readers ignore case
    LINE_BREAKS = "line-breaks"  # lawful: in the Base64 of Data


TOLERATED = frozenset({Broken.REPEATED_SEQ, Broken.LOWER_CASE_SIG, Broken.LINE_BREAKS})
UNREADABLE_CASES = ("undecryptable", "no-json", "no-object")
NO_ENVELOPES: Mapping[str, bytes] = {
    "empty": b"",
    "no-json": b"this is no message",
    "half": b'{"OperatorID": "MA0',
    "list": b"[]",
    "null": b"null",
    "not-utf-8": b"\xff\xfe\x00{",
    "large": json.dumps({"Data": "x" * LARGE_BYTES}).encode(),
}
CASES: Mapping[Broken, tuple[str, ...]] = {
    Broken.MISSING: REQUEST_FIELDS,
    Broken.UNREADABLE: UNREADABLE_CASES,
    Broken.NO_ENVELOPE: tuple(NO_ENVELOPES),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """TimeStamp and Seq of a question, of the one before it, and the TimeStamp of hours ago."""

    time_stamp: str
    seq: str
    before: tuple[str, str]
    stale: str


def broken_body(keys: KeySet, content: Content, at: Moment, broken: Broken, case: str = "") -> bytes:
    """The body of a question that means ``content``, wire names and all. Tokens travel in a header: nothing here."""
    if broken is Broken.NO_ENVELOPE:
        return NO_ENVELOPES[case]
    envelope = seal_request(keys, keys.operator_id, content, at.time_stamp, at.seq)
    return wire_bytes(BREAKERS[broken](keys, envelope, at, case) if broken in BREAKERS else envelope)


Envelope = dict[str, Any]
Breaker = Callable[[KeySet, Envelope, Moment, str], Envelope]


def _signed_anew(keys: KeySet, envelope: Envelope, **changes: str) -> Envelope:
    envelope = {**envelope, **changes}
    return {**envelope, "Sig": signature(keys, "".join(envelope[name] for name in REQUEST_SIGNED))}


def _wrong_sig(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    """One digit off, as upper-case hexadecimal as before."""
    sig = envelope["Sig"]
    return {**envelope, "Sig": ("0" if sig[0] != "0" else "1") + sig[1:]}


def _missing(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    """Sig covers what is there, so that nothing else is wrong."""
    without = _signed_anew(keys, envelope, **{case: ""}) if case != "Sig" else envelope
    return {name: value for name, value in without.items() if name != case}


def _tampered(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    """Sig is that of an empty content."""
    other = seal_request(keys, keys.operator_id, {}, at.time_stamp, at.seq)
    return {**envelope, "Sig": other["Sig"]}


def _stale(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    return _signed_anew(keys, envelope, TimeStamp=at.stale)


def _foreign(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    return _signed_anew(keys, envelope, OperatorID=STRANGER)


def _unreadable(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    plaintexts = {"no-json": b"this is no message", "no-object": b'["ConnectorID"]'}
    data = encrypted(keys, plaintexts[case]) if case in plaintexts else _garbled(envelope["Data"])
    return _signed_anew(keys, envelope, Data=data)


def _garbled(data: str) -> str:
    """Base64 all the same, of a number of bytes that no cipher of whole blocks makes."""
    return data[:-8] + "AAA="


def _repeated(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    return _signed_anew(keys, envelope, TimeStamp=at.before[0], Seq=at.before[1])


def _lower_case(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    return {**envelope, "Sig": envelope["Sig"].lower()}


def _line_breaks(keys: KeySet, envelope: Envelope, at: Moment, case: str) -> Envelope:
    data = envelope["Data"]
    lines = [data[begin : begin + LINE_CHARACTERS] for begin in range(0, len(data), LINE_CHARACTERS)]
    return _signed_anew(keys, envelope, Data="\n".join(lines) + "\n")


BREAKERS: Mapping[Broken, Breaker] = {
    Broken.SIG: _wrong_sig,
    Broken.MISSING: _missing,
    Broken.TAMPERED: _tampered,
    Broken.STALE: _stale,
    Broken.FOREIGN_OPERATOR: _foreign,
    Broken.UNREADABLE: _unreadable,
    Broken.REPEATED_SEQ: _repeated,
    Broken.LOWER_CASE_SIG: _lower_case,
    Broken.LINE_BREAKS: _line_breaks,
}
