"""An exchange with the city as the rules see it: both messages decrypted and in the schemas' form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from schemas.catalogue import Violation
from simulators.beijing.content import is_valid, violations, without_nulls
from simulators.beijing.dialect import Dialect
from simulators.beijing.messages import Content, Interface, SuccStat
from simulators.beijing.mind import UNKNOWN_INTERFACE, Ret
from simulators.beijing.opened import Kind
from simulators.beijing.peer import SUT
from simulators.beijing.sealed import Sealed
from simulators.journal.records import Exchange, WireError
from simulators.strict_json import NotStrictJson, strict_json

NO_CONNECTION = frozenset({WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE})
LONGEST_MSG = 40
BETWEEN_WORDS = re.compile("[ ，。；：！？、]")


class Spoken:
    """One exchange of one of the 16 interfaces.

    ``pushed``: the server under test called, and what it is judged by is the request; otherwise the city asked, and
    what it is judged by is the answer. ``sent`` is the server's own message, whichever of the two it is.
    """

    def __init__(self, exchange: Exchange, dialect: Dialect) -> None:
        self.exchange = exchange
        self.pushed = exchange.actor == SUT
        known = exchange.operation != UNKNOWN_INTERFACE
        self.interface: Interface | None = Interface(exchange.operation) if known else None
        view = exchange.view or {}
        self.request = Sealed.from_view(view.get("request"))
        self.answer = Sealed.from_view(view.get("answer"))
        self._dialect = dialect

    # Contents, canonical; None where there is none to read

    @cached_property
    def asked(self) -> Content | None:
        """The decrypted Data of the request."""
        return self._canonical(self.request, Kind.REQUEST)

    @cached_property
    def told(self) -> Content | None:
        """The decrypted Data of the answer."""
        return self._canonical(self.answer, Kind.ANSWER)

    @cached_property
    def asked_in_form(self) -> bool:
        """What was asked keeps to its schema."""
        asked = self.asked
        return asked is not None and self.interface is not None and is_valid(self.interface, Kind.REQUEST, asked)

    def _canonical(self, sealed: Sealed | None, kind: Kind) -> Content | None:
        if sealed is None or sealed.content is None or self.interface is None:
            return None
        return self._dialect.canonical(self.interface, kind, sealed.content)

    # The server's own message

    @property
    def kind(self) -> Kind:
        """Which envelope the server made: that of a push, or that of an answer."""
        return Kind.REQUEST if self.pushed else Kind.ANSWER

    @property
    def sent(self) -> Sealed | None:
        return self.request if self.pushed else self.answer

    @property
    def content(self) -> Content | None:
        """What the server said."""
        return self.asked if self.pushed else self.told

    @cached_property
    def valid(self) -> bool:
        """The server's content keeps to its schema."""
        content = self.content
        return content is not None and self.interface is not None and is_valid(self.interface, self.kind, content)

    @cached_property
    def readable(self) -> bool:
        """The server's content keeps to its schema for a reader, to whom null in an optional field is no field."""
        content, interface = self.content, self.interface
        if self.valid or content is None or interface is None:
            return self.valid
        return is_valid(interface, self.kind, without_nulls(interface, self.kind, content))

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Every constraint that the server's content breaks."""
        content = self.content
        if content is None or self.interface is None or self.valid:
            return ()
        return violations(self.interface, self.kind, content)

    @cached_property
    def envelope(self) -> Mapping[str, Any]:
        """The fields of the server's envelope as they travelled; empty where the bytes are no JSON object."""
        return _fields(self.exchange.request.body) if self.pushed else self._answer_fields

    def _answer_body(self) -> bytes:
        answer = self.exchange.answer
        return answer.body if answer is not None else b""

    # What the answer amounts to

    @property
    def ret(self) -> int | None:
        return self.answer.ret if self.answer else None

    @property
    def ret_in_words(self) -> str:
        """ "Ret 4003", and what the answer says of it, where it does: a server's own words name its complaint best."""
        words = _in_few_words(self._answer_fields.get("Msg")) if self.ret else ""
        return f"Ret {self.ret} {words}".rstrip()

    @cached_property
    def _answer_fields(self) -> Mapping[str, Any]:
        return _fields(self._answer_body())

    @property
    def answered(self) -> bool:
        """There is a whole answer."""
        return self.exchange.answer is not None and self.exchange.error is None

    @property
    def arrived(self) -> bool:
        """A connection came about, so the other side may have read it."""
        return self.exchange.error not in NO_CONNECTION

    @property
    def taken(self) -> bool:
        """The city took a push: Ret 0. Whether it disputed an order, BJ-X18 says."""
        return self.pushed and self.ret == Ret.SUCCESS

    @property
    def disputed(self) -> bool:
        """The city took an order, and does not agree with it."""
        return self.taken and bool((self.told or {}).get("ConfirmResult"))

    @property
    def succeeded(self) -> bool:
        """A query was answered with Ret 0 and, where the answer has it, SuccStat 0."""
        told = self.told
        return (
            self.ret == Ret.SUCCESS and told is not None and told.get("SuccStat", SuccStat.SUCCESS) == SuccStat.SUCCESS
        )

    @property
    def by_plan(self) -> bool:
        """The city refused it because a scenario wanted it so."""
        return bool(self.exchange.injected)

    @property
    def token(self) -> str:
        """The token of the request: what follows Bearer in Authorization; empty without such a header."""
        for line in self.exchange.request.head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"authorization":
                return value.strip().decode("latin-1").removeprefix("Bearer ")
        return ""

    @property
    def order(self) -> str:
        """The StartChargeSeq that the exchange is about, as the server or the city wrote it; empty when none."""
        for content in (self.asked, self.told):
            number = (content or {}).get("StartChargeSeq")
            if isinstance(number, str):
                return number
        return ""


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        read = strict_json(body)
    except NotStrictJson:
        return {}
    return read if isinstance(read, dict) else {}


def _in_few_words(said: Any) -> str:
    """A text in quotes; a long one ends with a whole word, as half a secret would pass whoever masks secrets."""
    text = " ".join(said.split()) if isinstance(said, str) else ""
    if len(text) > LONGEST_MSG:
        whole = [end.start() for end in BETWEEN_WORDS.finditer(text, 0, LONGEST_MSG + 1)]
        text = f"{text[: whole[-1]] if whole else ''}…"
    return json.dumps(text, ensure_ascii=False) if text else ""
