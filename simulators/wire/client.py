"""An HTTP client that keeps every byte and says exactly what went wrong.

One connection to one server, kept alive between requests. A request on a *reused* connection that ends before the
first byte of the answer is sent once more on a fresh one (servers close idle connections after some seconds); both
attempts are told, the first as ``resent``. On a fresh connection the same is an error.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools

from simulators.clock import monotonic_ns, wall_ns
from simulators.journal.records import Answer, Request, WireError

LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens. ``tls`` None means plain HTTP. ``verified`` tells errors what the TLS context checks."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    base_path: str = ""

    @classmethod
    def of(cls, url: str, tls: ssl.SSLContext | None) -> Endpoint:
        """From "https://host[:port][/path]"; raises ValueError for another scheme or no host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http:// or https:// address")
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        return cls(parts.hostname, port, tls if secure else None, parts.path.rstrip("/"))

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.base_path}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a request, with what came of it."""

    request: Request
    sent_ns: int
    wall_ns: int
    duration_ns: int
    answer: Answer | None = None
    error: WireError | None = None
    error_text: str = ""
    resent: bool = False


class _Broken(Exception):
    """No whole answer; carries what there was of it."""

    def __init__(self, error: WireError, text: str, answer: Answer | None = None, untouched: bool = False) -> None:
        super().__init__(text)
        self.error, self.text, self.answer = error, text, answer
        self.untouched = untouched  # the connection ended before the first byte of an answer


class WireClient:
    """Sends requests to one endpoint, one after the other."""

    def __init__(self, endpoint: Endpoint, limit_s: float, largest_bytes: int = LARGEST_ANSWER_BYTES) -> None:
        self.endpoint = endpoint
        self.limit_s = limit_s
        self._largest_bytes = largest_bytes
        self._connection: _Connection | None = None
        self._turn = asyncio.Lock()

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[Attempt]:
        """Send, and tell each attempt: one, or two when a reused connection turned out to be closed."""
        head = self._head(method, path, headers, body)
        request = Request(method, self.endpoint.url + path, head, body)
        async with self._turn:
            return await self._send(request)

    async def _send(self, request: Request) -> list[Attempt]:
        reused = self._connection is not None and self._connection.usable
        first = await self._attempt(request, reused)
        if not first.resent:
            return [first]
        return [first, await self._attempt(request, False)]

    def close(self) -> None:
        """Give the connection up."""
        if self._connection:
            self._connection.abandon()
            self._connection = None

    def _head(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = [
            f"{method} {self.endpoint.base_path}{path} HTTP/1.1",
            f"Host: {self.endpoint.host}:{self.endpoint.port}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")

    async def _attempt(self, request: Request, reused: bool) -> Attempt:
        sent_ns, wall = monotonic_ns(), wall_ns()
        answer: Answer | None = None
        broken: _Broken | None = None
        try:
            async with asyncio.timeout(self.limit_s):
                connection = self._connection if reused else await self._connect()
                assert connection is not None
                answer = await connection.ask(request.head + request.body, self._largest_bytes)
        except TimeoutError:
            seen = self._connection.seen() if self._connection else None
            broken = _Broken(WireError.TIMEOUT, f"no whole answer within {self.limit_s:g} s", seen)
        except _Broken as trouble:
            broken = trouble
        if broken is not None or (self._connection and not self._connection.usable):
            self.close()
        if broken is None:
            return Attempt(request, sent_ns, wall, monotonic_ns() - sent_ns, answer)
        duration_ns = monotonic_ns() - sent_ns
        resent = reused and broken.untouched
        return Attempt(request, sent_ns, wall, duration_ns, broken.answer, broken.error, broken.text, resent)

    async def _connect(self) -> _Connection:
        self.close()
        place = self.endpoint
        server_name = place.host if place.tls else None
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, place.host, place.port, ssl=place.tls, server_hostname=server_name
            )
        except ssl.SSLCertVerificationError as refused:
            raise _Broken(WireError.CERTIFICATE, f"the certificate does not verify: {refused.verify_message}") from None
        except ssl.SSLError as failed:
            raise _tls_trouble(failed) from None
        except ConnectionResetError:
            raise _Broken(WireError.TLS if place.tls else WireError.CLOSED, "reset while connecting") from None
        except OSError as failed:
            raise _Broken(WireError.UNREACHABLE, f"{place.host}:{place.port}: {failed.strerror or failed}") from None
        self._connection = connection
        return connection


def _tls_trouble(failed: ssl.SSLError) -> _Broken:
    text = failed.reason or str(failed)
    asked = "CERTIFICATE_REQUIRED" in text or "BAD_CERTIFICATE" in text
    return _Broken(WireError.CLIENT_CERTIFICATE if asked else WireError.TLS, f"TLS: {text}")


class _Connection(asyncio.Protocol):
    """One TCP or TLS connection, one question at a time."""

    def __init__(self) -> None:
        self.usable = False
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[Answer] | None = None
        self._start_over()

    def _start_over(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._head = bytearray()
        self._head_done = False
        self._framed = False  # the head says where the body ends
        self._body: list[bytes] = []
        self._size = 0

    async def ask(self, data: bytes, largest_bytes: int) -> Answer:
        assert self._transport is not None
        self._start_over()
        self._largest_bytes = largest_bytes
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        try:
            return await self._answered
        finally:
            self._answered = None

    def abandon(self) -> None:
        self.usable = False
        if self._transport:
            self._transport.abort()

    def seen(self) -> Answer | None:
        """The answer as far as it came, None when no head came."""
        if not self._head_done:
            return None
        return Answer(self._parser.get_status_code(), bytes(self._head), b"".join(self._body))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.usable = True

    def data_received(self, data: bytes) -> None:
        if self._answered is None or self._answered.done():
            self.abandon()  # bytes that nobody asked for: the connection is of no more use
            return
        if not self._head_done:
            self._head += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as wrong:
            self._fail(_Broken(WireError.MALFORMED, f"no HTTP answer: {wrong}", self.seen()))
        except httptools.HttpParserUpgrade:
            self._fail(_Broken(WireError.MALFORMED, "the answer changes the protocol", self.seen()))

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if self._answered is None or self._answered.done():
            return
        if self._head_done and not self._framed and exc is None:
            self._succeed()
        elif self._head:
            self._fail(_Broken(WireError.TRUNCATED, f"ended inside the answer{_why(exc)}", self.seen()))
        elif isinstance(exc, ssl.SSLError):
            trouble = _tls_trouble(exc)
            trouble.untouched = trouble.error is WireError.TLS
            self._fail(trouble)
        else:
            self._fail(_Broken(WireError.CLOSED, f"closed before the answer{_why(exc)}", untouched=True))

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        self._framed = self._framed or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self._head_done = True
        cut = self._head.find(_HEAD_END)
        if cut >= 0:
            del self._head[cut + len(_HEAD_END) :]

    def on_body(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._largest_bytes:
            if self._answered and not self._answered.done():
                text = f"more than {self._largest_bytes // 1024} KiB; reading stopped there"
                self._fail(_Broken(WireError.TOO_LARGE, text, self.seen()))
            return
        self._body.append(piece)

    def on_message_complete(self) -> None:
        if 100 <= self._parser.get_status_code() < 200:
            self._head_done = False  # an interim answer; the real one follows
            self._head.clear()
            return
        self._succeed()

    def _succeed(self) -> None:
        if self._answered and not self._answered.done():
            self.usable = self.usable and self._framed and self._parser.should_keep_alive()
            self._answered.set_result(Answer(self._parser.get_status_code(), bytes(self._head), b"".join(self._body)))

    def _fail(self, broken: _Broken) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(broken)
        self.abandon()


def _why(exc: Exception | None) -> str:
    return f": {exc}" if exc else ""
