"""A proxy in front of a server that tells a witness everything that passes.

Requests are read whole, asked of the server as they came, and the answer passed back when it is whole; so real traffic
gives the same bytes and the same kinds of trouble as a party of our own would. What the server did wrong reaches the
caller as nearly as it can: no connection becomes HTTP 502, a connection that broke is broken.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulators.clock import monotonic_ns
from simulators.journal.records import Request, WireError
from simulators.wire.client import Attempt, Endpoint, WireClient
from simulators.wire.incoming import (
    LARGEST_HEAD_BYTES,
    Incoming,
    Unforwardable,
    forwarded_head,
    next_request,
    own_answer,
    passed_back,
)

LARGEST_BODY_BYTES = 8 * 1024 * 1024
NOT_REACHED = frozenset({WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE})


@dataclass(frozen=True, slots=True)
class Caller:
    """One connection that came in."""

    number: int
    host: str


@dataclass(frozen=True, slots=True)
class Passed:
    """One request with all that came of it. ``held_ns``: how long the proxy itself kept it before sending it on."""

    caller: Caller
    method: str
    target: str  # path and query, as the caller asked for it
    attempts: tuple[Attempt, ...]  # two when the server had closed its idle connection
    held_ns: int


class Witness(Protocol):
    """Is told what passes, before the caller is; what it raises ends the proxy."""

    def passed(self, passed: Passed) -> None: ...

    def turned_away(self, caller: Caller, why: str) -> None: ...


def serving_context(certificate: Path) -> ssl.SSLContext:
    """TLS towards the callers, from a PEM file with the private key and the chain; none of theirs is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, password=lambda: "")  # an encrypted key is an error: nobody is there to ask
    return context


class RecordingProxy:
    """Passes on whatever comes. Every connection of a caller has one of its own to the server.

    ``host`` is the Host that the server is told, its own address when empty. An answer that takes longer than
    ``limit_s``, or is larger than ``most_bytes``, counts as broken, as it does in a run of ours.
    """

    def __init__(
        self,
        server: Endpoint,
        witness: Witness,
        *,
        limit_s: float,
        tls: ssl.SSLContext | None = None,
        host: str = "",
        most_bytes: int = LARGEST_BODY_BYTES,
    ) -> None:
        self.url = ""
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # ends with what broke
        self._server, self._witness, self._limit_s = server, witness, limit_s
        self._tls, self._host, self._most_bytes = tls, host or server.authority, most_bytes
        self._listening: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._lines: dict[asyncio.Task[None], bool] = {}  # each with whether a request is on its way
        self._closing = False

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; ``url`` says where. Raises OSError when that address cannot be had."""
        self._listening = await asyncio.start_server(
            self._take, host, port, ssl=self._tls, limit=LARGEST_HEAD_BYTES, backlog=1024
        )
        place = Endpoint(host, self._listening.sockets[0].getsockname()[1], self._tls)
        self.url = place.url

    async def close(self) -> None:
        """Take no more, let every request that is on its way end and be told, and hang up."""
        self._closing = True
        if self._listening is not None:
            self._listening.close()
        for task, busy in self._lines.items():
            if not busy:
                task.cancel()
        if self._lines:
            await asyncio.wait(list(self._lines))
        if self._listening is not None:
            await self._listening.wait_closed()
        self.failed.cancel()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines[task] = False
        peer = writer.get_extra_info("peername")
        upstream = _Upstream(self._server, self._limit_s, self._most_bytes)
        try:
            await self._serve(Caller(next(self._numbers), str(peer[0]) if peer else ""), upstream, reader, writer, task)
        except (OSError, asyncio.CancelledError):
            pass  # the caller hung up, or we are closing: the task of a stream must end in silence
        except Exception as broke:  # the witness cannot go on: nothing may pass unseen
            if not self.failed.done():
                self.failed.set_exception(broke)
        finally:
            upstream.close()
            writer.close()
            del self._lines[task]

    async def _serve(
        self,
        caller: Caller,
        upstream: _Upstream,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        task: asyncio.Task[None],
    ) -> None:
        keeps = True
        while keeps and not self._closing:
            try:
                incoming = await next_request(reader, writer, self._most_bytes)
            except Unforwardable as refused:
                self._witness.turned_away(caller, refused.why)
                await _say(writer, own_answer(refused.status, refused.why))
                return
            if incoming is None:
                return
            self._lines[task] = True
            keeps = await self._pass_on(caller, incoming, upstream, writer)
            self._lines[task] = False

    async def _pass_on(
        self, caller: Caller, incoming: Incoming, upstream: _Upstream, writer: asyncio.StreamWriter
    ) -> bool:
        came_ns = monotonic_ns()
        attempts = await upstream.forward(incoming, self._host)
        held_ns = attempts[0].sent_ns - came_ns
        self._witness.passed(Passed(caller, incoming.method, incoming.target, tuple(attempts), held_ns))
        last = attempts[-1]
        if last.error is None and last.answer is not None:
            keeps = incoming.keeps and not self._closing
            await _say(writer, passed_back(last.answer, incoming.method, keeps=keeps))
            return keeps
        if last.error in NOT_REACHED:
            await _say(writer, own_answer(502, f"{last.error}: {last.error_text}"))
        return False


class _Upstream(WireClient):
    """A connection to the server, kept while its caller keeps theirs; sends heads that somebody else wrote."""

    async def forward(self, incoming: Incoming, host: str) -> list[Attempt]:
        head = forwarded_head(incoming, self.endpoint.base_path, host)
        request = Request(incoming.method, self.endpoint.url + incoming.target, head, incoming.body)
        async with self._turn:
            return await self._send(request)


async def _say(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # a caller that is gone need not be told
        writer.write(data)
        await writer.drain()
