"""An EVCHONG exchange as the rules see it: both messages decoded, and what the answer amounts to (EVC-X10)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec

from simulators.evchong import content
from simulators.evchong.codec import Codec
from simulators.evchong.decoded import Decoded, Fault
from simulators.evchong.messages import Canonical, Service
from simulators.evchong.peer import PROVOKED
from simulators.journal.records import Exchange, WireError

NOTHING = Decoded(None)
ACCEPTED = "Accepted"
BY_NAME = {str(service): service for service in Service}
NO_CONNECTION = frozenset({WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE})


class Outcome(Enum):
    """What an answer amounts to."""

    NO_ANSWER = "no whole answer"
    ACCEPTED = "accepted"
    REFUSED = "refused"  # HTTP 4xx, another status than Accepted, an error body that the PIXIT names
    UNREADABLE = "unreadable"  # HTTP 2xx without an object under the documented root key
    INCOMPLETE = "incomplete"  # HTTP 2xx under its root key, but a field is missing or of the wrong form
    FAILED = "failed"  # HTTP 5xx: no refusal
    ELSEWHERE = "elsewhere"  # HTTP 1xx or 3xx


class Spoken:
    """One exchange of one of the seven services.

    What nearly every rule asks of nearly every exchange is worked out once: ``posted``, by POST over HTTPS; ``valid``,
    that and keeping to its schema; ``box``, and ``sender``, who sent it, also where the message names somebody else, or
    nobody; ``by_hand``, the box did not send this by itself, so its own conduct is not judged by it; ``http_status``,
    and ``readable``, 2xx with an object under the documented root key; ``status``, of a registration or authorization,
    as said.
    """

    __slots__ = (
        "_samples",
        "answered",
        "asked",
        "box",
        "by_hand",
        "exchange",
        "http_status",
        "outcome",
        "posted",
        "readable",
        "request",
        "sender",
        "service",
        "status",
        "succeeded",
        "valid",
    )  # fmt: skip

    def __init__(self, exchange: Exchange, codec: Codec, refusal: tuple[str, Any] | None) -> None:
        self.exchange = exchange
        self.service = BY_NAME[exchange.operation]
        self.asked: Decoded = codec.read_request(
            self.service, content_type(exchange.request.head), exchange.request.body
        )
        self.answered: Decoded = NOTHING
        if exchange.answer is not None and exchange.error is None:
            self.answered = codec.read_answer(self.service, exchange.answer.body)
        request, keys = exchange.request, exchange.keys
        self.posted = request.method == "POST" and request.url.startswith("https:")
        self.valid = not self.asked.faults and self.posted
        self.request: Canonical | None = self.asked.canonical
        self.box = content.box_serial(self.request) or keys.get("box", "")
        self.sender = keys.get("box") or self.box
        self.by_hand = exchange.injected == PROVOKED
        whole = exchange.answer if exchange.error is None else None
        self.http_status = whole.status if whole is not None else None
        self.succeeded = self.http_status is not None and 200 <= self.http_status < 300
        self.readable = self.answered.canonical is not None and self.succeeded
        self.status = self._said_status()
        self.outcome = self._amounts_to(refusal)
        self._samples: tuple[content.Sample, ...] | None = None

    def _amounts_to(self, refusal: tuple[str, Any] | None) -> Outcome:
        answer = self.exchange.answer
        if answer is None or self.exchange.error is not None:
            return Outcome.NO_ANSWER
        if not 200 <= answer.status < 300:
            return _by_status(answer.status)
        if refusal is not None and _says_no(answer.body, refusal):
            return Outcome.REFUSED
        if self.answered.canonical is None:
            return Outcome.UNREADABLE
        status = self.status
        if status is not None and status != ACCEPTED and not self._takes_any_status():
            return Outcome.REFUSED if not self.status_is_broken else Outcome.INCOMPLETE
        if status == ACCEPTED or not self.answered.faults:
            return Outcome.ACCEPTED
        return Outcome.INCOMPLETE

    def _said_status(self) -> str | None:
        if self.service is Service.DEVICE_BOOT:
            return content.registration_status(self.answered.canonical)
        return content.id_tag_info(self.answered.canonical).status

    def _takes_any_status(self) -> bool:
        """A stop without a card: whatever status it is answered, it was taken (EVC-X15)."""
        return self.service is Service.STOP_TRANS and not self.card and not self.asked.faults

    # What was asked

    @property
    def arrived(self) -> bool:
        """A connection came about, so the server may have read it."""
        return self.exchange.error not in NO_CONNECTION

    @property
    def station(self) -> str | None:
        return content.station_serial(self.request)

    @property
    def card(self) -> str | None:
        return content.id_token(self.request)

    @property
    def connector(self) -> int | None:
        return content.connector(self.request)

    @property
    def asked_transaction(self) -> int | None:
        return content.transaction_id(self.request)

    @property
    def samples(self) -> tuple[content.Sample, ...]:
        """The meter values in it; read once, as several rules look at each."""
        if self._samples is None:
            self._samples = content.samples(self.request)
        return self._samples

    # What was answered

    @property
    def status_is_broken(self) -> bool:
        """The status is none of the enumeration."""
        return any(fault.path in ("status", "idTagInfo.status") for fault in self.answered.faults)

    @property
    def transaction(self) -> int | None:
        return content.transaction_id(self.answered.canonical)

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED

    @property
    def ended_ns(self) -> int:
        return self.exchange.sent_ns + self.exchange.duration_ns

    def faults_at(self, *paths: str) -> list[Fault]:
        """What is wrong with the answer at these fields."""
        return [fault for fault in self.answered.faults if fault.path in paths] if self.answered.faults else []

    def overlaps(self, other: Spoken) -> bool:
        """Both were on their way at the same time."""
        return self.exchange.sent_ns < other.ended_ns and other.exchange.sent_ns < self.ended_ns

    def summary(self) -> str:
        """The answer in a few words, for findings."""
        exchange = self.exchange
        if exchange.error is not None:
            return f"{exchange.error}: {exchange.error_text}"
        assert exchange.answer is not None
        if self.readable:
            return _short(msgspec.json.encode(self.answered.canonical).decode())
        return f"HTTP {exchange.answer.status} {_short(exchange.answer.body.decode('utf-8', 'replace'))}".rstrip()


@lru_cache(maxsize=1024)  # the heads of a run are few: they differ in their Content-Length
def content_type(head: bytes) -> str:
    """The Content-Type that a request carried."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-type":
            return value.strip().decode("latin-1")
    return ""


def _by_status(status: int) -> Outcome:
    if 400 <= status < 500 or status == 501:
        return Outcome.REFUSED
    return Outcome.FAILED if status >= 500 else Outcome.ELSEWHERE


def _says_no(body: bytes, refusal: tuple[str, Any]) -> bool:
    key, accepted = refusal
    try:
        tree = msgspec.json.decode(body.removeprefix(b"data="))
    except msgspec.DecodeError:
        return False
    for step in key.split("."):
        if not isinstance(tree, Mapping) or step not in tree:
            return False
        tree = tree[step]
    return bool(tree != accepted)


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
