"""The server's outer door: TLS, sockets, HTTP requests in and answers out. Knows nothing of charging.

uvicorn's protocol class is used without its ``Server``: that one wants signals, a ticking task and a tenth of a
second to stop, which is too much for a hundred servers in one test run.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from simulators.clock import pause
from simulators.reference.setting import ServerSetting

LARGEST_BODY_BYTES = 1024 * 1024
JSON = "application/json"

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came. Of a body above the limit nothing is kept but that it was ``too_large``."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    too_large: bool = False
    scheme: str = "https"
    number: int = 0  # counts the requests of this server
    connection: int = 0  # which of its connections it came in by


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back. ``pieces`` is for an answer of unknown length: sent as it comes, without Content-Length."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] = ()


class Front:
    """Listens with TLS on a port of its own choice and hands every request to :meth:`answer`."""

    keep_alive_s = 5

    def __init__(self, setting: ServerSetting) -> None:
        self.setting = setting
        self.base_url = ""
        self._listeners: list[asyncio.Server] = []
        self._server_state = ServerState()
        self._served = 0

    async def start(self) -> None:
        """Listen on 127.0.0.1; ``base_url`` says where."""
        port = await self.listen(self.setting.port, self.tls_context())
        self.base_url = f"https://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Drop every connection, end every request, free the port."""
        for listener in self._listeners:
            listener.close()
        while self._server_state.connections:
            for connection in list(self._server_state.connections):
                connection.transport.abort()  # also one whose handshake ends only now
            await pause(0)  # the loss must be told before the tasks end, or uvicorn answers 500 into the void
        tasks = list(self._server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._listeners:
            await listener.wait_closed()
        self._listeners.clear()

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.setting.certificate)
        return context

    async def listen(self, port: int, tls: ssl.SSLContext | None) -> int:
        """Open one more door, plain when ``tls`` is None, and return its port."""
        config = Config(
            self.asgi,
            http=HttpToolsProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=self.keep_alive_s,
        )
        config.load()

        def connection() -> asyncio.Protocol:
            return _Connection(config, self._server_state, {})

        # The protocol number is named, or asyncio leaves TCP_NODELAY off and every answer takes 40 ms more.
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        self._listeners.append(await asyncio.get_running_loop().create_server(connection, sock=door, ssl=tls))
        return int(door.getsockname()[1])

    async def asgi(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """One request, from its first byte to the last of its answer."""
        try:
            request = await self.request(scope, receive)
            if request is None:
                return
            answer = await self.answer(request)
            if answer is None:
                scope["transport"].abort()
                await receive()  # until uvicorn knows of it, or it answers 500 into the void
            else:
                await self.send(answer, send)
                self.after_answer(scope["transport"])
        except asyncio.CancelledError:
            return  # the server stops; uvicorn would take it for a crash of ours

    async def request(self, scope: dict[str, Any], receive: Receive) -> HttpRequest | None:
        """The whole request, None when the client went away in the middle of it."""
        body = bytearray()
        too_large, more = False, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            body += event["body"]
            too_large = too_large or len(body) > LARGEST_BODY_BYTES
            if too_large:
                body.clear()  # read on to the end, so that the client gets to read the refusal
            more = event["more_body"]
        self._served += 1
        return HttpRequest(
            method=scope["method"],
            path=scope["path"],
            query=parse_qs(scope["query_string"].decode("latin-1")),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=bytes(body),
            too_large=too_large,
            scheme=scope["scheme"],
            number=self._served,
            connection=scope["connection"],
        )

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        """What the request is answered with; None hangs up instead."""
        raise NotImplementedError

    async def send(self, answer: HttpAnswer, send: Send) -> None:
        """Write the answer to the connection."""
        headers = {"content-type": answer.content_type, **answer.headers}
        if not answer.pieces:
            headers["content-length"] = str(len(answer.body))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        for piece in answer.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": answer.body})

    def after_answer(self, transport: asyncio.Transport) -> None:
        """The answer is on its way; the connection stays open for the next request."""


class _Connection(HttpToolsProtocol):
    """uvicorn's connection, numbered, and with the transport at hand for those who hang up."""

    _numbers = itertools.count(1)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.number = next(self._numbers)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope).update({"transport": self.transport, "connection": self.number})
