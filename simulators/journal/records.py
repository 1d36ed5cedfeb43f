"""The three kinds of record that a journal holds, and nothing else.

All are frozen. Moments carry their clock in the name: ``at_ms`` is protocol time (epoch milliseconds, what
the parties believe the time is), ``_ns`` is monotonic (what the machine measured), ``wall_ns`` is the
machine's calendar. Duties are judged in protocol time, response limits in nanoseconds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class WireError(StrEnum):
    """Why a request has no whole answer. The value travels in the journal."""

    UNREACHABLE = "unreachable"  # nobody listens there, or no way to it
    TLS = "tls"  # the handshake failed
    CERTIFICATE = "certificate"  # the server's certificate does not verify as the PIXIT asks
    CLIENT_CERTIFICATE = "client-certificate"  # the server demands a certificate of the client
    TIMEOUT = "timeout"  # no whole answer within the limit
    CLOSED = "closed"  # the connection ended before the first byte of the answer
    TRUNCATED = "truncated"  # the connection ended, or was reset, inside the answer
    MALFORMED = "malformed"  # the bytes are no HTTP answer
    TOO_LARGE = "too-large"  # more bytes than the limit; reading stopped there


class Request(Struct, frozen=True, omit_defaults=True):
    """The bytes that were sent. ``head`` is the request line and the headers as they travelled."""

    method: str
    url: str
    head: bytes = b""
    body: bytes = b""


class Answer(Struct, frozen=True, omit_defaults=True):
    """The bytes that came back; of a broken answer, as far as they came."""

    status: int
    head: bytes = b""
    body: bytes = b""


class Exchange(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="exchange"):
    """One request with its answer, or none.

    ``answer`` is None when no answer head was read; ``error`` then says why. Both are set for an answer that
    broke off. ``resent`` marks the attempt on a reused connection that the peer had closed: it is evidence,
    but no finding, and the next exchange is the same request on a fresh connection.
    """

    seq: int = 0  # given by the journal, unique in it, rising
    world: int = 0  # the lab of this run in which it happened (one a worker)
    at_ms: int  # protocol time of the sending
    answered_at_ms: int  # protocol time when the answer was whole, or given up
    intended_ns: int  # when it was due to be sent
    sent_ns: int  # when it was
    duration_ns: int  # from sent_ns to the last byte of the answer, or to giving up
    stalled_ns: int = 0  # for how much of that our own loop stood still, where it was watched
    wall_ns: int
    protocol: str  # "evchong", "beijing", "app", ...
    actor: str  # who asked: "box CB-0001", "sut", "city"
    peer: str  # who was asked
    operation: str  # the document's name: "deviceBoot"
    request: Request
    answer: Answer | None = None
    error: WireError | None = None
    error_text: str = ""
    resent: bool = False
    injected: str = ""  # the fault that the lab put in, if any
    keys: dict[str, str] = {}  # correlation: box, connector, order, transaction, plate, card
    view: dict[str, Any] | None = None  # decoded content, where the bytes alone cannot be read (sealed messages)


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fact"):
    """Something physical that a simulator did, or that was seen on a surface of the server.

    ``what`` is a verb in the past tense ("card-swiped", "charging-began"); ``values`` holds its quantities, each
    with its unit last in the name ("register_wh").
    """

    seq: int = 0
    world: int = 0
    at_ms: int
    mono_ns: int
    wall_ns: int
    actor: str
    what: str
    keys: dict[str, str] = {}
    values: dict[str, Any] = {}


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="step"):
    """A run record: what the harness itself did.

    ``what`` is one of ``run-began`` (the target as used, versions, selection), ``scenario-began``, ``scenario-ended``,
    ``scenario-unmet`` (a precondition that the server did not give), ``scenario-left-out`` (effects not allowed),
    ``scenario-broke`` (our own error, with traceback), ``clock-changed``, ``lateness``, ``run-ended``.
    """

    seq: int = 0
    world: int = 0
    at_ms: int
    mono_ns: int
    wall_ns: int
    what: str
    scenario: str = ""
    values: dict[str, Any] = {}


Record = Exchange | Fact | Step


def moment_ns(record: Record) -> int:
    """The monotonic moment by which journals of one run are merged."""
    return record.sent_ns if isinstance(record, Exchange) else record.mono_ns
