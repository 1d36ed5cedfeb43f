"""HTTP/1.1 as a proxy has to know it: a request as it came in, and what of a message may be passed on.

Everything end-to-end stays as it is, byte by byte and in its order; only what belongs to one connection (RFC 9110,
7.6.1) is dropped, and the framing said anew for a body that came in chunks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulators.journal.records import Answer

LARGEST_HEAD_BYTES = 64 * 1024
HEAD_END = b"\r\n\r\n"
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
OF_ONE_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
WITHOUT_BODY = frozenset({204, 304})

Header = tuple[str, bytes]  # the name in lower case, and the whole line


class Unforwardable(Exception):
    """No request that can be passed on; carries the HTTP status to answer with."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True, slots=True)
class Incoming:
    """One whole request. ``keeps``: the caller means to send more on the same connection."""

    method: str
    target: str  # path and query, as asked for
    headers: tuple[Header, ...]
    body: bytes
    keeps: bool

    @property
    def head(self) -> bytes:
        """The request line and the headers, as evidence keeps them."""
        line = f"{self.method} {self.target} HTTP/1.1".encode("latin-1")
        return b"\r\n".join([line, *(header for _, header in self.headers)]) + HEAD_END


async def next_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most_bytes: int) -> Incoming | None:
    """The next request on a connection, None when the caller has hung up. ``reader`` must hold LARGEST_HEAD_BYTES.

    Raises:
        Unforwardable: what came is no request, or one with a body above ``most_bytes``.
    """
    head = b""
    while not head.strip():  # blank lines before a request are passed over (RFC 9112, 2.2)
        try:
            head = await reader.readuntil(HEAD_END)
        except asyncio.IncompleteReadError as end:
            if end.partial.strip():
                raise Unforwardable(400, "the connection ended inside a request") from None
            return None
        except asyncio.LimitOverrunError:
            raise Unforwardable(431, f"a head of more than {LARGEST_HEAD_BYTES // 1024} KiB") from None
    line, *lines = head.strip(b"\r\n").split(b"\r\n")
    method, target, version = _request_line(line)
    headers = tuple(_header(each) for each in lines)
    if "100-continue" in tokens(headers, "expect"):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await _body(reader, headers, most_bytes)
    except asyncio.IncompleteReadError:
        raise Unforwardable(400, "the connection ended inside a request") from None
    except asyncio.LimitOverrunError:
        raise Unforwardable(400, "a line among the chunks that does not end") from None
    connection = tokens(headers, "connection")
    keeps = "close" not in connection and (version == "HTTP/1.1" or "keep-alive" in connection)
    return Incoming(method, target, headers, body, keeps)


def tokens(headers: Iterable[Header], name: str) -> set[str]:
    """The comma-separated words of a header, in lower case."""
    values = (line.partition(b":")[2].decode("latin-1") for found, line in headers if found == name)
    return {word.strip().lower() for value in values for word in value.split(",") if word.strip()}


def forwarded_head(incoming: Incoming, base_path: str, host: str) -> bytes:
    """The head as the server gets it: the caller's, with another ``Host``."""
    lines = [f"{incoming.method} {base_path}{incoming.target} HTTP/1.1".encode("latin-1")]
    named = f"Host: {host}".encode("latin-1")
    if not any(name == "host" for name, _ in incoming.headers):
        lines.append(named)
    lines += [named if name == "host" else line for name, line in _end_to_end(incoming.headers)]
    if "chunked" in tokens(incoming.headers, "transfer-encoding"):
        lines.append(f"Content-Length: {len(incoming.body)}".encode("ascii"))
    return b"\r\n".join(lines) + HEAD_END


def passed_back(answer: Answer, method: str, *, keeps: bool) -> bytes:
    """The answer as the caller gets it. ``keeps``: the connection stays open after it."""
    status, *lines = answer.head.strip(b"\r\n").split(b"\r\n")
    headers = tuple((_name(each), each) for each in lines)
    told = [b"HTTP/1.1 " + status.partition(b" ")[2], *(line for _, line in _end_to_end(headers))]
    framed = any(name == "content-length" for name, _ in headers)
    if not framed and method != "HEAD" and answer.status not in WITHOUT_BODY:
        told.append(f"Content-Length: {len(answer.body)}".encode("ascii"))
    told.append(b"Connection: keep-alive" if keeps else b"Connection: close")
    return b"\r\n".join(told) + HEAD_END + answer.body


def own_answer(status: int, words: str) -> bytes:
    """An answer that comes from the proxy itself, and ends the connection."""
    body = f"chargeproof proxy: {words}\n".encode()
    head = f"HTTP/1.1 {status} Not Passed On\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode("ascii") + body


def _end_to_end(headers: tuple[Header, ...]) -> Iterator[Header]:
    dropped = OF_ONE_CONNECTION | tokens(headers, "connection")
    return (header for header in headers if header[0] not in dropped)


def _request_line(line: bytes) -> tuple[str, str, str]:
    parts = line.decode("latin-1").split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.0", "HTTP/1.1"):
        raise Unforwardable(400, f"no HTTP/1.1 request: {line[:60]!r}")
    method, target, version = parts
    if target.startswith(("http://", "https://")):  # as a caller asks that takes this for a forward proxy
        target = "/" + target.partition("//")[2].partition("/")[2]
    if not target.startswith("/") and target != "*":
        raise Unforwardable(400, f"{method} {target[:60]!r} names no resource of the server")
    return method, target, version


def _header(line: bytes) -> Header:
    name, colon, _ = line.partition(b":")
    if not colon or not name or name != name.strip():
        raise Unforwardable(400, f"no header: {line[:60]!r}")
    return _name(line), line


def _name(line: bytes) -> str:
    return line.partition(b":")[0].strip().decode("latin-1").lower()


async def _body(reader: asyncio.StreamReader, headers: tuple[Header, ...], most_bytes: int) -> bytes:
    coding, lengths = tokens(headers, "transfer-encoding"), tokens(headers, "content-length")
    if coding and (coding != {"chunked"} or lengths):
        raise Unforwardable(400, "a body framed in a way that two parties may read differently")
    if coding:
        return await _chunks(reader, most_bytes)
    if len(lengths) > 1 or not all(length.isascii() and length.isdecimal() for length in lengths):
        raise Unforwardable(400, f"Content-Length: {', '.join(sorted(lengths))[:60]}")
    length = int(lengths.pop()) if lengths else 0
    _check_size(length, most_bytes)
    return await reader.readexactly(length)


async def _chunks(reader: asyncio.StreamReader, most_bytes: int) -> bytes:
    body = bytearray()
    while size := _chunk_size(await reader.readuntil(b"\r\n")):
        _check_size(len(body) + size, most_bytes)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise Unforwardable(400, "a chunk longer than it says")
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers belong to the framing that ends here
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    size = line.partition(b";")[0].strip()
    if not CHUNK_SIZE.fullmatch(size):
        raise Unforwardable(400, f"no size of a chunk: {line[:60]!r}")
    return int(size, 16)


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise Unforwardable(413, f"a body of more than {most_bytes // 1024} KiB")
