"""Servers that answer wrongly on purpose, at the level of bytes: alone, or in front of one that answers rightly.

No HTTP framework can break off inside a header or speak plain text on a TLS port, so this is a small TCP layer of its
own. Each fault is one class that is given a line on which a request has come in, and does its worst; the door decides
about TLS and certificates, and which requests meet the fault.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Protocol, Self

from simulators.clock import pause

PIECE_BYTES = 64 * 1024
MEBIBYTE = 1024 * 1024
RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds


class Line:
    """One connection that came in, with the request that it carried last."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.request = b""

    async def next_request(self) -> bool:
        """Take in a whole request; False when the caller hung up instead."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            self.request = head + await self._reader.readexactly(_content_length(head))
        except (asyncio.IncompleteReadError, OSError):
            return False
        return True

    async def say(self, data: bytes) -> None:
        """Send bytes. Raises OSError when the caller has hung up."""
        self._writer.write(data)
        await self._writer.drain()

    async def take(self) -> bytes:
        """The bytes that come next, none when the caller has hung up."""
        return await self._reader.read(PIECE_BYTES)

    async def caller_is_gone(self) -> None:
        """Wait until the caller hangs up."""
        while await self.take():
            pass

    def close(self) -> None:
        """Close in good order."""
        self._writer.close()

    def reset(self) -> None:
        """Close with a TCP reset."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
        self._writer.transport.abort()


class Fault(Protocol):
    """One way to answer wrongly. ``greets``: it acts as soon as a connection is there, before any request."""

    greets: ClassVar[bool]

    async def meet(self, line: Line) -> bool:
        """Treat the caller; True keeps the line open for the next request."""


@dataclass(frozen=True, slots=True)
class NeverAnswers:
    """Takes the request and says nothing."""

    greets: ClassVar[bool] = False

    async def meet(self, line: Line) -> bool:
        await line.caller_is_gone()
        return False


@dataclass(frozen=True, slots=True)
class NeverGreets:
    """Takes the connection and nothing else: on a door without TLS, a handshake that never goes on."""

    greets: ClassVar[bool] = True

    async def meet(self, line: Line) -> bool:
        await line.caller_is_gone()
        return False


@dataclass(frozen=True, slots=True)
class SpeaksPlainText:
    """Answers a TLS handshake in plain HTTP, as a misconfigured proxy does. For a door without TLS."""

    greets: ClassVar[bool] = True

    async def meet(self, line: Line) -> bool:
        await line.say(answer(b"The plain HTTP request was sent to HTTPS port", status=400))
        return False


@dataclass(frozen=True, slots=True)
class DemandsACertificate:
    """Shakes hands only with callers that have a certificate, and says so in a TLS alert. For a door without TLS.

    asyncio's own TLS drops the connection without the alert, which is not what servers of the field do.
    """

    greets: ClassVar[bool] = True
    tls: ssl.SSLContext

    async def meet(self, line: Line) -> bool:
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        shaking = self.tls.wrap_bio(heard, said, server_side=True)
        with suppress(ssl.SSLError):
            while not await self._shook(shaking, said, line):
                if data := await line.take():
                    heard.write(data)
                else:
                    heard.write_eof()
        return False

    @staticmethod
    async def _shook(shaking: ssl.SSLObject, said: ssl.MemoryBIO, line: Line) -> bool:
        try:
            shaking.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            await line.say(said.read())
        return True


@dataclass(frozen=True, slots=True)
class BreaksOff:
    """Says the first bytes of an answer, none by default, and closes or resets the connection."""

    greets: ClassVar[bool] = False
    said: bytes = b""
    reset: bool = False

    async def meet(self, line: Line) -> bool:
        if self.said:
            await line.say(self.said)
        if self.reset:
            line.reset()
        return False


@dataclass(frozen=True, slots=True)
class Says:
    """Answers with given bytes, whatever they are, and keeps the line or not."""

    greets: ClassVar[bool] = False
    said: bytes
    keeps: bool = True

    async def meet(self, line: Line) -> bool:
        await line.say(self.said)
        return self.keeps


@dataclass(frozen=True, slots=True)
class SaysAndHangsUpLater:
    """Answers, promises to keep the connection, and closes it once it has been idle for a moment."""

    greets: ClassVar[bool] = False
    said: bytes
    idle_s: float = 0.05

    async def meet(self, line: Line) -> bool:
        await line.say(self.said)
        await pause(self.idle_s)
        return False


@dataclass(frozen=True, slots=True)
class SaysMuch:
    """Answers with a body of ``size_bytes``, as fast as it is taken, or with a pause after each 64 KiB."""

    greets: ClassVar[bool] = False
    size_bytes: int = 200 * MEBIBYTE
    pause_s: float = 0.0

    async def meet(self, line: Line) -> bool:
        await line.say(answer(b"", length=self.size_bytes))
        left, piece = self.size_bytes, b" " * PIECE_BYTES
        while left > 0:
            await line.say(piece[: min(left, PIECE_BYTES)])
            left -= PIECE_BYTES
            if self.pause_s:
                await pause(self.pause_s)
        return True


@dataclass(frozen=True, slots=True)
class Trickles:
    """Answers byte by byte."""

    greets: ClassVar[bool] = False
    said: bytes
    pause_s: float = 1.0

    async def meet(self, line: Line) -> bool:
        for position in range(len(self.said)):
            await line.say(self.said[position : position + 1])
            await pause(self.pause_s)
        return True


def answer(
    body: bytes,
    *,
    status: int = 200,
    version: str = "1.1",
    content_type: str = "application/json",
    length: int | None = -1,
    **headers: str,
) -> bytes:
    """The bytes of an HTTP answer. ``length`` -1: as it is; None: no Content-Length at all."""
    told = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if length is not None:
        told["Content-Length"] = str(len(body) if length == -1 else length)
    lines = [f"HTTP/{version} {status} Whatever", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*pieces: bytes) -> bytes:
    """An answer in chunks."""
    parts = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return answer(parts + b"0\r\n\r\n", length=None, Transfer_Encoding="chunked")


OK = answer(b"{}")
CONTINUE_FIRST = b"HTTP/1.1 100 Continue\r\n\r\n" + OK
TWICE = OK + OK
NOT_UTF8 = answer(b'{"heartbeatResp":{"currentTime":"\xb1\xb1\xbe\xa9"}}')  # GBK, as an old server would
NOT_JSON = answer(b"<html>It works!</html>", content_type="text/html")
NOT_HTTP = b"SSH-2.0-OpenSSH_9.6\r\n"
CUT_HEAD = OK[:20]
CUT_BODY = answer(b'{"heartbeatResp":', length=4000)


def server_context(certificate: Path, *, clients_of: Path | None = None) -> ssl.SSLContext:
    """The TLS of a door. ``clients_of``: only callers with a certificate of that authority are let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of)
    return context


@dataclass(frozen=True, slots=True)
class Behind:
    """A server that answers rightly. ``tls`` None: plain HTTP."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class FaultyServer:
    """Listens on 127.0.0.1 and lets requests meet a fault. Use as an asynchronous context.

    ``times`` requests (connections, for a fault that greets) meet it, all by default; the later ones are passed
    through to the server ``behind``, or hung up on when there is none. ``met`` counts those that met the fault.
    """

    def __init__(
        self, fault: Fault, tls: ssl.SSLContext | None = None, *, times: int | None = None, behind: Behind | None = None
    ) -> None:
        self.port = 0
        self.met = 0
        self._fault, self._tls, self._times, self._behind = fault, tls, times, behind
        self._server: asyncio.Server | None = None
        self._callers: dict[asyncio.Task[None], Line] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._call, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        callers = list(self._callers)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._callers[task] = line
        try:
            await self._serve(line)
        except (OSError, asyncio.CancelledError):
            pass  # the caller hung up, or we are closing: the task of a stream must end in silence
        finally:
            line.close()
            del self._callers[task]

    async def _serve(self, line: Line) -> None:
        if self._fault.greets and self._meets():
            await self._fault.meet(line)
            return
        while await line.next_request():
            if self._fault.greets or not self._meets():
                await self._pass_through(line)
                return
            if not await self._fault.meet(line):
                return

    def _meets(self) -> bool:
        if self._times is not None and self.met >= self._times:
            return False
        self.met += 1
        return True

    async def _pass_through(self, line: Line) -> None:
        """Hand this request and all that follow on this line to the server behind."""
        if self._behind is None:
            return
        place = self._behind
        reader, writer = await asyncio.open_connection(place.host, place.port, ssl=place.tls)
        back = asyncio.create_task(_pump(reader, line))
        try:
            while True:
                writer.write(line.request)
                await writer.drain()
                if not await line.next_request():
                    return
        finally:
            back.cancel()
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, line: Line) -> None:
    try:
        while data := await reader.read(PIECE_BYTES):
            await line.say(data)
    except OSError:
        pass  # one of the two hung up
    line.close()


def _content_length(head: bytes) -> int:
    for header in head.split(b"\r\n"):
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
