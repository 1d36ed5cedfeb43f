"""Bytes to canonical messages and back, in the readings chosen.

A message that keeps to its schema costs a few microseconds; words are looked for only when one does not.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

import msgspec

from schemas.catalogue import Violation, explain, validator
from simulators.evchong.decoded import Decoded, Fault, Notes, Observation, Unreadable
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import Canonical, Service
from simulators.evchong.shape import PROTOCOL, Direction, schema_name
from simulators.evchong.translation import Translation
from simulators.strict_json import BLANKS, BOM, NotStrictJson, shown, strict_json

__all__ = ["Codec", "Decoded", "Fault", "Observation"]

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PREFIX = b"data="
AS_QUOTED_PRINTABLE = bytes.maketrans(b"%+", b"= ")  # the escapes of a form value
FIXED_HEARTBEAT_S = 10  # EVC-X11
MOST_BEATING = 4096  # boxes whose heartbeat is remembered
LONGEST_BEAT = 1024  # bytes; a body beyond it is worth no memory

# What ends a reading. Whoever is tested may nest as deep as the parser goes, deeper than words can be found.
CUT_SHORT = (Unreadable, RecursionError)

DEFAULT = Readings()


class Codec:
    """Reads and writes the messages of the seven services in one choice of readings."""

    def __init__(self, readings: Readings = DEFAULT) -> None:
        self.readings = readings
        self._requests = {service: _Message(service, Direction.REQUEST, readings) for service in Service}
        self._answers = {service: _Message(service, Direction.ANSWER, readings) for service in Service}
        self._read_beat = lru_cache(MOST_BEATING)(self._read_request)

    def request_bytes(self, service: Service, canonical: Canonical) -> tuple[str, bytes]:
        """Content type and body of a request; an invalid canonical message travels as it is."""
        text = self._requests[service].wire_json(canonical)
        if self.readings.request_body == "json":
            return JSON, text
        return FORM, PREFIX + quote_plus(text).encode("ascii")

    def answer_bytes(self, service: Service, canonical: Canonical) -> bytes:
        """Body of an answer."""
        text = self._answers[service].wire_json(canonical)
        return PREFIX + text if self.readings.answer_body == "prefixed" else text

    def read_request(self, service: Service, content_type: str, body: bytes) -> Decoded:
        """A request as a server would read it. What was read belongs to all who read it, and is never changed."""
        if service is Service.HEARTBEAT and len(body) <= LONGEST_BEAT:
            return self._read_beat(service, content_type, body)  # most that is said, and each box says the same again
        return self._read_request(service, content_type, body)

    def _read_request(self, service: Service, content_type: str, body: bytes) -> Decoded:
        notes = Notes()
        try:
            return self._requests[service].decoded(self._request_text(content_type, body), notes)
        except CUT_SHORT as end:
            return _as_far_as_possible(end, notes)

    def read_answer(self, service: Service, body: bytes) -> Decoded:
        """The body of an answer as a box would read it."""
        notes = Notes()
        try:
            return self._answers[service].decoded(self._answer_text(body, notes), notes)
        except CUT_SHORT as end:
            return _as_far_as_possible(end, notes)

    def _request_text(self, content_type: str, body: bytes) -> bytes:
        wanted = JSON if self.readings.request_body == "json" else FORM
        if content_type != wanted and content_type.partition(";")[0].strip().lower() != wanted:
            raise Unreadable("mapping", f"content type {wanted} (EVC-X1 {self.readings.request_body})", content_type)
        return body if wanted == JSON else _form_value(body)

    def _answer_text(self, body: bytes, notes: Notes) -> bytes:
        text = _without_bom(body, notes)
        prefixed = text.lstrip(BLANKS).startswith(PREFIX)
        if prefixed != (self.readings.answer_body == "prefixed"):
            notes.observe("EVC-X2", "the answer begins with data=" if prefixed else "the answer has no data= before it")
        return text.lstrip(BLANKS)[len(PREFIX) :] if prefixed else text


class _Message:
    """One of the 14 messages in one choice of readings."""

    def __init__(self, service: Service, direction: Direction, readings: Readings) -> None:
        self._service = service
        self._direction = direction
        self._readings = readings
        self._name = schema_name(service, direction)
        self._is_valid = validator(PROTOCOL, self._name).is_valid
        self._translation = Translation(service, direction, readings)
        self._root = self._translation.root
        self._is_canonical = _canonical_on_the_wire(readings)
        self._remark = self._remarks()

    def wire_json(self, canonical: Canonical) -> bytes:
        """The message as JSON on the wire."""
        if self._is_canonical or self._root not in canonical:
            return msgspec.json.encode(canonical)
        return msgspec.json.encode({**canonical, self._root: self._translation.to_wire(canonical[self._root])})

    def decoded(self, text: bytes, notes: Notes) -> Decoded:
        """The message as it was read.

        Raises:
            Unreadable: there is no JSON, no root key, or no object under it.
        """
        content = self._content(_parsed(_without_bom(text, notes)))
        canonical = {self._root: content}
        if not (self._is_canonical and self._is_valid(canonical)):
            canonical = {self._root: self._translation.to_canonical(content, notes)}
            notes.faults += self._broken_constraints(canonical, notes.faults)
        if self._remark is not None:
            self._remark(canonical[self._root], notes)
        return notes.decoded(canonical)

    def _content(self, message: Any) -> dict[str, Any]:
        if not isinstance(message, dict):
            raise Unreadable("root", f"an object with the key {self._root}", shown(message))
        if self._root not in message:
            raise Unreadable("root", f"the root key {self._root}", shown(list(message)))
        content = message[self._root]
        if not isinstance(content, dict):
            raise Unreadable("type", f"an object under {self._root}", shown(content))
        return content

    def _broken_constraints(self, canonical: Canonical, mapping_faults: Sequence[Fault]) -> list[Fault]:
        if self._is_valid(canonical):
            return []
        if not (broken := explain(PROTOCOL, self._name, canonical)):
            raise RuntimeError(f"the two schema libraries disagree about this {self._name}: {shown(canonical)}")
        known = {fault.wire_path for fault in mapping_faults}  # what did not map breaks its schema too: once is enough
        return [fault for fault in map(self._fault, broken) if fault.wire_path not in known]

    def _fault(self, broken: Violation) -> Fault:
        path, wire_path, wrapper = self._translation.place(broken.path[1:])
        around = self._translation.place(broken.path[1:-1]).wrapper
        if (wrapper and broken.keyword == "type") or (around and broken.keyword == "required"):
            expected = f'the string in an object, {{"{wrapper or around}": ...}} (EVC-X3 wrapped)'
            return Fault("mapping", path, expected, broken.actual, wire_path)
        return Fault(broken.keyword, path, broken.expected, broken.actual, wire_path)

    def _remarks(self) -> Callable[[dict[str, Any], Notes], None] | None:
        """What is worth a remark in a message of this kind though it breaks nothing; None when nothing can be."""
        if self._direction is Direction.REQUEST:
            return None
        if self._service is Service.START_TRANS:
            return _remark_on_missing_transaction
        if self._service is Service.DEVICE_BOOT and self._readings.heartbeat_interval == "fixed-10":
            return _remark_on_interval
        return None


def _as_far_as_possible(end: Unreadable | RecursionError, notes: Notes) -> Decoded:
    fault = end.fault if isinstance(end, Unreadable) else Fault("json", "", "JSON", "values nested too deeply")
    return Decoded(None, (fault,), tuple(notes.observations))


def _canonical_on_the_wire(readings: Readings) -> bool:
    """Whether the JSON on the wire is the canonical message itself."""
    rows = ("strings", "start_card", "authorize_names", "measurands", "moments", "registers")
    same = all(getattr(readings, name) == getattr(DEFAULT, name) for name in rows)
    return same and readings.rejected_spelling == DEFAULT.rejected_spelling


def _remark_on_missing_transaction(content: dict[str, Any], notes: Notes) -> None:
    if "transactionId" not in content:
        notes.observe("EVC-X13", "the answer of a start has no transactionId")


def _remark_on_interval(content: dict[str, Any], notes: Notes) -> None:
    told_s = content.get("heartbeatInterval")
    if told_s != FIXED_HEARTBEAT_S:
        notes.observe("EVC-X11", f"the box was told {shown(told_s)} s and beats every {FIXED_HEARTBEAT_S} s")


def _without_bom(text: bytes, notes: Notes) -> bytes:
    if not text.startswith(BOM):
        return text
    notes.observe("EVC-G4", "a byte order mark stands before the JSON")
    return text[len(BOM) :]


def _form_value(body: bytes) -> bytes:
    """The value of the form parameter ``data``, the only one that counts."""
    if body.startswith(PREFIX) and b"&" not in body:  # as nearly always
        return _unquoted(body[len(PREFIX) :])
    pairs = [pair.partition(b"=") for pair in body.split(b"&")]
    values = [value for name, _, value in pairs if unquote_to_bytes(name.replace(b"+", b" ")) == b"data"]
    if len(values) != 1:
        raise Unreadable("mapping", "one form parameter data (EVC-X1 form)", f"{len(values)} of them")
    return _unquoted(values[0])


def _unquoted(text: bytes) -> bytes:
    """``unquote_to_bytes`` and blanks for +, by way of quoted-printable where that means the same: far faster."""
    # It has its own = and line ends, and drops blanks at them.
    if b"=" in text or b"\r" in text or b"\n" in text or b"\t" in text or text.endswith((b" ", b"+")):
        return unquote_to_bytes(text.replace(b"+", b" "))
    plain = binascii.a2b_qp(text.translate(AS_QUOTED_PRINTABLE))
    # A % with its two digits makes three bytes one; one without them never takes as many away.
    if len(text) - len(plain) == 2 * text.count(b"%"):
        return plain
    return unquote_to_bytes(text.replace(b"+", b" "))


def _parsed(text: bytes) -> Any:
    try:
        return strict_json(text)
    except NotStrictJson as problem:
        raise Unreadable(problem.kind, problem.expected, problem.actual) from None
