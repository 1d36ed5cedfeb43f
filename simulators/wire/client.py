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
from typing import cast
from urllib.parse import urlsplit

import httptools

from simulators.clock import monotonic_ns, wall_ns
from simulators.journal.records import Answer, Request, WireError

LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
KEPT_OF_BROKEN_BYTES = 64 * 1024  # evidence enough; a run against a server of huge answers would fill the disk
SWITCHING_PROTOCOLS = 101
VERIFY_HINT = 'verify in the target file takes the path of a CA file, or "none"'
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
    def authority(self) -> str:
        """Host and port as they stand in addresses and in the Host header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.base_path}"


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
            f"Host: {self.endpoint.authority}",
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
                answer = await connection.ask(request, self._largest_bytes)
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
            told = f"the certificate does not verify: {refused.verify_message} ({VERIFY_HINT})"
            raise _Broken(WireError.CERTIFICATE, told) from None
        except ssl.SSLError as failed:
            raise _tls_trouble(failed) from None
        except ConnectionResetError:
            raise _Broken(WireError.TLS if place.tls else WireError.CLOSED, "reset while connecting") from None
        except OSError as failed:
            raise _Broken(WireError.UNREACHABLE, f"{place.authority}: {failed.strerror or failed}") from None
        self._connection = connection
        return connection


def _tls_trouble(failed: ssl.SSLError) -> _Broken:
    text = failed.reason or str(failed)
    asked = "CERTIFICATE_REQUIRED" in text or "BAD_CERTIFICATE" in text
    if "HANDSHAKE_FAILURE" in text:  # no word of TLS 1.2 tells the two apart
        text += " (no common cipher, or a certificate of the client is demanded)"
    if "WRONG_VERSION_NUMBER" in text:
        text += " (what answers there speaks no TLS: plain HTTP behind an https address?)"
    return _Broken(WireError.CLIENT_CERTIFICATE if asked else WireError.TLS, f"TLS: {text}")


class _Connection(asyncio.Protocol):
    """One TCP or TLS connection, one question at a time."""

    def __init__(self) -> None:
        self.usable = False
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[Answer] | None = None
        self._start_over(b"", 0)

    def _start_over(self, method: bytes, largest_bytes: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._bodiless = method == b"HEAD"
        self._largest_bytes = largest_bytes
        self._came_bytes = 0
        self._head = bytearray()
        self._head_done = False
        self._framed = False  # the head says where the body ends
        self._body = bytearray()

    async def ask(self, request: Request, largest_bytes: int) -> Answer:
        assert self._transport is not None
        self._start_over(request.method.encode(), largest_bytes)
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request.head + request.body)
        try:
            return await self._answered
        finally:
            self._answered = None

    def abandon(self) -> None:
        self.usable = False
        if self._transport:
            self._transport.abort()

    def seen(self) -> Answer | None:
        """The beginning of an answer that broke off, None when no head came."""
        if not self._head_done:
            return None
        head, body = self._head[:KEPT_OF_BROKEN_BYTES], self._body[:KEPT_OF_BROKEN_BYTES]
        return Answer(self._parser.get_status_code(), bytes(head), bytes(body))

    def _unread(self) -> str:
        """How the bytes begin that are no head, or not yet one: they have no other place to be told."""
        return "" if self._head_done else f": {bytes(self._head[:80])!r}"

    @property
    def _waiting(self) -> bool:
        return self._answered is not None and not self._answered.done()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.usable = True

    def data_received(self, data: bytes) -> None:
        if not self._waiting:
            self.abandon()  # bytes that nobody asked for: the connection is of no more use
            return
        self._came_bytes += len(data)
        if not self._head_done:
            self._head += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as wrong:
            self._fail(_Broken(WireError.MALFORMED, f"no HTTP answer: {wrong}{self._unread()}", self.seen()))
        except httptools.HttpParserUpgrade:
            self._fail(_Broken(WireError.MALFORMED, "the answer changes the protocol", self.seen()))
        if self._waiting and self._came_bytes > self._largest_bytes:
            text = f"more than {self._largest_bytes // 1024} KiB; reading stopped there"
            self._fail(_Broken(WireError.TOO_LARGE, text, self.seen()))

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if not self._waiting:
            return
        if self._head_done and not self._framed and exc is None:
            self._succeed()
        elif self._came_bytes:
            self._fail(_Broken(WireError.TRUNCATED, f"ended inside the answer{_why(exc)}{self._unread()}", self.seen()))
        elif isinstance(exc, ssl.SSLError):
            trouble = _tls_trouble(exc)
            trouble.untouched = trouble.error is WireError.TLS
            self._fail(trouble)
        else:
            self._fail(_Broken(WireError.CLOSED, f"closed before the answer{_why(exc)}", untouched=True))

    # httptools

    def on_message_begin(self) -> None:
        if self._waiting:
            self._framed = False
        else:
            self.abandon()  # a second answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        self._framed = self._framed or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        if not self._waiting or self._interim:
            return
        # What came with the head and belongs to an interim answer before it, or to the body, is no part of it.
        self._head_done = True
        cut = self._head.find(_HEAD_END)
        if cut >= 0:
            del self._head[cut + len(_HEAD_END) :]
        if self._bodiless:
            self._framed = False  # the parser waits for a body that an answer to HEAD never has
            self._succeed()

    def on_body(self, piece: bytes) -> None:
        if self._waiting and self._came_bytes <= self._largest_bytes:
            self._body += piece

    def on_message_complete(self) -> None:
        if not self._waiting:
            return
        if self._interim:
            del self._head[: self._head.find(_HEAD_END) + len(_HEAD_END)]  # the real answer follows
        elif self._head_done and self._parser.get_status_code() != SWITCHING_PROTOCOLS:
            self._succeed()

    @property
    def _interim(self) -> bool:
        status: int = self._parser.get_status_code()
        return 100 <= status < 200 and status != SWITCHING_PROTOCOLS

    def _succeed(self) -> None:
        if self._answered is not None and not self._answered.done():
            self.usable = self.usable and self._parser.should_keep_alive() and not self._bodiless
            self._answered.set_result(Answer(self._parser.get_status_code(), bytes(self._head), bytes(self._body)))

    def _fail(self, broken: _Broken) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(broken)
        self.abandon()


def _why(exc: Exception | None) -> str:
    return f": {exc}" if exc else ""
