"""The mock platform on the network: a server that takes pushes, a client that asks, every byte in the journal."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simulators.beijing.broken import TOLERATED, Broken
from simulators.beijing.content import is_valid
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Arrived, Conduct, PlatformMind, Reply, Understood, correlation
from simulators.beijing.opened import Kind
from simulators.beijing.sealed import Sealed
from simulators.clock import Clock, monotonic_ns, wall_ns
from simulators.journal.records import Answer, Exchange, Record, Request, WireError
from simulators.wire.client import WireClient
from simulators.wire.incoming import Incoming
from simulators.wire.line import Line
from simulators.wire.listening import Listener

PROTOCOL = "beijing"
CITY, SUT = "city", "sut"
LARGEST_BODY_BYTES = 8 * 1024 * 1024
WRONG_TOKEN = "NOBODY-GAVE-THIS-TOKEN"
LONGEST_SILENCE_S = 60.0  # a caller that has not hung up by then is told nothing more
REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: the HTTP status or None, and what the answer says."""

    status: int | None
    understood: Understood | None

    @property
    def content(self) -> Content | None:
        return self.understood.content if self.understood else None

    @property
    def ret(self) -> int | None:
        return self.understood.ret if self.understood else None


class CityPeer:
    """The city around one mind."""

    def __init__(self, mind: PlatformMind, clock: Clock, journal_post: Callable[[Record], int]) -> None:
        self.mind = mind
        self.token = ""  # the operator's, for our own questions
        self._clock, self._post = clock, journal_post
        self._line: Line | None = None  # to the operator's interfaces, once they are known
        self._client: WireClient | None = None
        self._listener = Listener(self._take, LARGEST_BODY_BYTES)

    def reach(self, line: Line) -> None:
        """From here on the operator can be asked."""
        self._line, self._client = line, line.client()

    # Being called

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._listener.url

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Listen. Raises OSError when that address cannot be had."""
        await self._listener.open(host, port, tls)

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._client:
            self._client.close()
        if self._line:
            self._line.close()
        await self._listener.close()

    async def _take(self, incoming: Incoming, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with self._clock.awake():
            reply = self._replied(incoming)
            if reply.conduct is Conduct.ANSWER:
                writer.write(_answer_head(reply, keeps=incoming.keeps) + reply.body)
                await writer.drain()
                return incoming.keeps
        if reply.conduct is Conduct.SILENT:
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), LONGEST_SILENCE_S)
        return False

    def _replied(self, incoming: Incoming) -> Reply:
        """Let the mind answer, and write down what passed before the caller reads it."""
        came_ns, came_wall_ns, now_ms = monotonic_ns(), wall_ns(), self._clock.now_ms()
        reply = self.mind.take(now_ms, _arrived(incoming))
        answered = reply.conduct is Conduct.ANSWER
        self._post(
            Exchange(
                at_ms=now_ms,
                answered_at_ms=now_ms,
                intended_ns=came_ns,
                sent_ns=came_ns,
                duration_ns=monotonic_ns() - came_ns,
                wall_ns=came_wall_ns,
                protocol=PROTOCOL,
                actor=SUT,
                peer=CITY,
                operation=reply.operation,
                request=Request(incoming.method, self.url + incoming.target, incoming.head, incoming.body),
                answer=Answer(reply.status, _answer_head(reply, keeps=incoming.keeps), reply.body)
                if answered
                else None,
                error=None if answered else _error(reply.conduct),
                error_text="" if answered else f"the platform was told to: {reply.conduct}",
                injected=reply.injected,
                keys=dict(reply.keys),
                view=_view(reply.request, reply.answer),
            )
        )
        return reply

    # Asking

    async def ask(
        self, interface: Interface, content: Content, *, with_token: bool = True, operator_id: str = ""
    ) -> Told:
        """One question to the operator. ``content`` is canonical; with the token that was fetched last."""
        now_ms = self._clock.now_ms()
        body, sealed = self.mind.question(now_ms, interface, content, operator_id)
        token = self.token if with_token and interface is not Interface.QUERY_TOKEN else None
        return await self.send(interface, _headers(token), body, sealed, self._keys(interface, content))

    async def ask_broken(self, interface: Interface, content: Content, broken: Broken, case: str = "") -> Told:
        """One question with one thing wrong with its envelope or token, or with something unusual to tolerate."""
        body, sealed = self.mind.broken_question(self._clock.now_ms(), interface, content, broken, case)
        tokens = {Broken.NO_TOKEN: None, Broken.WRONG_TOKEN: WRONG_TOKEN}
        token = None if interface is Interface.QUERY_TOKEN else tokens.get(broken, self.token)
        keys = self._keys(interface, content) if broken in TOLERATED else correlation(content)
        return await self.send(interface, _headers(token), body, sealed, keys | {"broken": broken.value, "case": case})

    def _keys(self, interface: Interface, content: Content) -> dict[str, str]:
        keys = correlation(content)
        if interface is Interface.QUERY_TOKEN and is_valid(interface, Kind.REQUEST, content):
            keys["credentials"] = self.mind.judge_credentials(content)
        if made_up := self.mind.made_up_in(content):
            keys["made_up"] = made_up
        return keys

    async def send(
        self, interface: Interface, headers: dict[str, str], body: bytes, sealed: Sealed | None, keys: dict[str, str]
    ) -> Told:
        """Any bytes to one interface of the operator."""
        assert self._line is not None
        assert self._client is not None
        attempts = await self._client.send("POST", f"/{interface.value}", headers, body)
        understood = None
        for attempt in attempts:
            whole = attempt.answer is not None and attempt.error is None
            understood = self.mind.understand(interface, attempt.answer.body) if whole and attempt.answer else None
            if understood is not None and keys.get("broken") == Broken.NO_ENVELOPE and understood.ret is None:
                understood = None  # who is told nothing that can be read need not answer in an envelope
            exchange = self._line.exchange(attempt, CITY, interface.value, keys, "", 0)
            view = _view(sealed, understood.sealed if understood else None)
            self._post(_with_view(exchange, view))
        last = attempts[-1]
        return Told(last.answer.status if last.answer else None, understood)

    async def fetch_token(self) -> Told:
        """query_token with the platform's own credentials; the token is kept for the questions to come."""
        told = await self.ask(Interface.QUERY_TOKEN, self.mind.credentials())
        token = (told.content or {}).get("AccessToken")
        if isinstance(token, str) and (told.content or {}).get("SuccStat") == 0:
            self.token = token
        return told


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return headers if token is None else {**headers, "Authorization": f"Bearer {token}"}


def _with_view(exchange: Exchange, view: dict[str, Any]) -> Exchange:
    from msgspec.structs import replace

    return replace(exchange, view=view)


def _view(request: Sealed | None, answer: Sealed | None) -> dict[str, Any]:
    return {"request": request.as_view() if request else None, "answer": answer.as_view() if answer else None}


def _error(conduct: Conduct) -> WireError:
    return WireError.TIMEOUT if conduct is Conduct.SILENT else WireError.CLOSED


def _arrived(incoming: Incoming) -> Arrived:
    headers = {name: line.partition(b":")[2].strip().decode("latin-1") for name, line in incoming.headers}
    return Arrived(incoming.method, incoming.target, headers, incoming.body)


def _answer_head(reply: Reply, *, keeps: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, '')}",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(reply.body)}",
        f"Connection: {'keep-alive' if keeps else 'close'}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
