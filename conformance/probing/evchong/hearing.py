"""An answer as a probe hears it: in whatever reading it came, as nothing is known of the server yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from conformance.target_writing import Scalar
from simulators.evchong.messages import Service
from simulators.journal.records import Exchange

ACCEPTED = "Accepted"
PREFIX = b"data="
CARD_NAMES = ("idTagInfo", "IdTagInfo")
BY_STATUS = frozenset({Service.DEVICE_BOOT, Service.AUTHORIZE, Service.START_TRANS, Service.STOP_TRANS})


@dataclass(frozen=True, slots=True)
class Heard:
    """One request with its answer. ``tried`` says in which reading it was asked, where that is the point."""

    service: Service
    exchange: Exchange
    tried: str = ""
    prefixed: bool = False
    document: Any = None  # of the body as JSON; None when it is none
    fields: Mapping[str, Any] = field(default_factory=dict)  # under the documented root key
    rooted: bool = False

    @classmethod
    def of(cls, service: Service, exchange: Exchange, tried: str = "") -> Heard:
        """From a record of the journal."""
        body = exchange.answer.body if exchange.answer is not None and exchange.error is None else b""
        text = body.removeprefix(b"\xef\xbb\xbf").strip()
        prefixed = text.startswith(PREFIX)
        try:
            document = msgspec.json.decode(text.removeprefix(PREFIX)) if text else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            document = None
        found = document.get(service.answer_root) if isinstance(document, dict) else None
        if not isinstance(found, dict):
            return cls(service, exchange, tried, prefixed, document)
        return cls(service, exchange, tried, prefixed, document, found, rooted=True)

    @property
    def http_status(self) -> int | None:
        return self.exchange.answer.status if self.exchange.answer and self.exchange.error is None else None

    @property
    def card_name(self) -> str:
        """Under which of its two names idTagInfo was answered; empty when under none."""
        return next((name for name in CARD_NAMES if isinstance(self.fields.get(name), dict)), "")

    @property
    def status(self) -> str:
        """Registration or authorization status, as spelled."""
        found = self.fields.get("status") if self.service is Service.DEVICE_BOOT else self._card().get("status")
        return found if isinstance(found, str) else ""

    @property
    def taken(self) -> bool:
        """The server accepted it: by its status, or where none is answered by an answer of the documented form."""
        if self.http_status != 200 or not self.rooted:
            return False
        return self.status == ACCEPTED if self.service in BY_STATUS else bool(self.fields)

    @property
    def refused(self) -> bool:
        """The server answered, and did not accept; HTTP 5xx is neither."""
        return self.http_status is not None and self.http_status < 500 and not self.taken

    @property
    def transaction_id(self) -> int | None:
        found = self.fields.get("transactionId")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def asked_text(self) -> str:
        """The request in one line."""
        request = self.exchange.request
        body = request.body
        if body.startswith(PREFIX):
            body = PREFIX + unquote_to_bytes(body.removeprefix(PREFIX).replace(b"+", b" "))
        return f"{request.method} {self.service} {_short(body)}"

    def answer_text(self) -> str:
        """The answer in one line."""
        if self.exchange.error is not None or self.exchange.answer is None:
            return f"{self.exchange.error}: {self.exchange.error_text}"
        return f"HTTP {self.exchange.answer.status} {_short(self.exchange.answer.body)}".rstrip()

    def _card(self) -> Mapping[str, Any]:
        found = self.fields.get(self.card_name)
        return found if isinstance(found, dict) else {}


def refusal_key(refusals: list[Heard], accepting: list[Heard]) -> tuple[str, Scalar] | None:
    """By which key an error body refuses, and the value that does not; None when no key tells.

    Only what stands in every refusal can be the key. Best is one that accepting answers have too, with a value that
    no refusal has; else a number or a truth value, of which the accepting one is guessed: 0, or the other one.
    """
    bodies = [dict(_scalars(heard.document)) for heard in refusals]
    good = [dict(_scalars(heard.document)) for heard in accepting]
    if not bodies:
        return None
    shared = [key for key in bodies[0] if all(key in body for body in bodies)]
    for key in shared:
        values = {repr(body.get(key)) for body in good}
        if good and len(values) == 1 and key in good[0] and repr(good[0][key]) not in {repr(b[key]) for b in bodies}:
            return key, good[0][key]
    for key in shared:
        value = bodies[0][key]
        if isinstance(value, bool) and all(body[key] is value for body in bodies):
            return key, not value
        if isinstance(value, int) and all(type(body[key]) is int and body[key] != 0 for body in bodies):
            return key, 0
    return None


def _scalars(document: Any, path: str = "") -> Iterator[tuple[str, Scalar]]:
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str | int):
                yield f"{path}{name}", value
            elif isinstance(value, dict) and "." not in path:
                yield from _scalars(value, f"{path}{name}.")


def _short(body: bytes, most: int = 200) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= most else text[: most - 1] + "…"
