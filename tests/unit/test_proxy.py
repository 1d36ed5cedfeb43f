"""The recording proxy over real sockets and real TLS: what passes is what came, and all of it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar, TypeVar

import pytest

from simulators.clock import pause
from simulators.journal.records import WireError
from simulators.lab.starting import free_port
from simulators.wire import faults
from simulators.wire.client import Endpoint, WireClient
from simulators.wire.faults import MEBIBYTE, FaultyServer, Line
from simulators.wire.proxy import Caller, Passed, RecordingProxy, serving_context
from simulators.wire.tls import Authority, client_context

T = TypeVar("T")
LIMIT_S = 2.0
HEAD = (
    b"POST /a/b?c=%20d HTTP/1.1\r\nHost: proxy.example\r\n"
    b"X-One: 1\r\nx-two:2  \r\nX-One: again\r\nContent-Length: 4\r\n\r\n"
)


class Place:
    """Certificates of one authority, made once."""

    def __init__(self, folder: Path) -> None:
        authority = Authority()
        self.trusting = client_context(str(authority.write_ca(folder / "ca.pem")))
        self.certificate = authority.write_server(folder / "server.pem")


@cache
def place() -> Place:
    return Place(Path(mkdtemp(prefix="chargeproof-test-")))


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(story, 30))


@dataclass
class Book:
    """A witness that remembers."""

    heard: list[Passed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def passed(self, passed: Passed) -> None:
        self.heard.append(passed)

    def turned_away(self, caller: Caller, why: str) -> None:
        self.refused.append(why)


@dataclass(frozen=True, slots=True)
class Remembers:
    """Answers, and keeps the requests as they came."""

    greets: ClassVar[bool] = False
    said: bytes = faults.OK
    after_s: float = 0.0
    keeps: bool = True
    requests: list[bytes] = field(default_factory=list)

    async def meet(self, line: Line) -> bool:
        self.requests.append(line.request)
        await pause(self.after_s)
        await line.say(self.said)
        return self.keeps


@asynccontextmanager
async def proxied(
    fault: faults.Fault, *, tls: bool = True, book: Book | None = None, **more: Any
) -> AsyncIterator[tuple[RecordingProxy, Book]]:
    """A server, and a proxy before it; both with TLS unless it is said otherwise."""
    context = serving_context(place().certificate) if tls else None
    book = book or Book()
    async with FaultyServer(fault, context) as server:
        given = {"limit_s": LIMIT_S, "tls": context, **more}
        proxy = RecordingProxy(Endpoint.of(server.url, place().trusting), book, **given)
        await proxy.open()
        try:
            yield proxy, book
        finally:
            await proxy.close()


async def connected(proxy: RecordingProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    there = Endpoint.of(proxy.url, place().trusting)
    return await asyncio.open_connection(there.host, there.port, ssl=there.tls, limit=4 * MEBIBYTE)


async def said(proxy: RecordingProxy, request: bytes) -> bytes:
    """One request on a connection of its own, with everything that comes until it is closed."""
    reader, writer = await connected(proxy)
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


def closing(head: bytes) -> bytes:
    return head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


# What passes


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_request_and_answer_pass_as_they_are(tls: bool) -> None:
    """Method, path, query, headers in order and spelling, body; only Host and what belongs to a connection change."""
    answer = (
        b"HTTP/1.1 418 I'm a Teapot\r\nX-B: 2\r\nx-a:1\r\nX-B: 3\r\n"
        b"Content-Length: 3\r\nKeep-Alive: timeout=5\r\n\r\n\x00\xff!"
    )

    async def story() -> tuple[bytes, list[bytes], Book, str]:
        server = Remembers(answer)
        async with proxied(server, tls=tls) as (proxy, book):
            came = await said(proxy, closing(HEAD) + b"\x00\xfe&=")
            return came, server.requests, book, book.heard[0].attempts[0].request.url

    came, requests, book, url = run(story())
    authority = url.split("/")[2].encode()
    forwarded = HEAD.replace(b"proxy.example", authority)
    assert requests == [forwarded + b"\x00\xfe&="]
    assert came == answer.replace(b"Keep-Alive: timeout=5", b"Connection: close")
    (passed,) = book.heard
    (attempt,) = passed.attempts
    assert (passed.method, passed.target) == ("POST", "/a/b?c=%20d")
    assert attempt.request.head + attempt.request.body == requests[0]
    assert attempt.answer is not None
    assert attempt.answer.head + attempt.answer.body == answer
    assert url.startswith("https:" if tls else "http:")
    assert passed.held_ns < 1_000_000_000


def test_host_is_what_was_configured() -> None:
    async def story() -> bytes:
        server = Remembers()
        async with proxied(server, host="charging.example") as (proxy, _):
            await said(proxy, closing(HEAD) + b"1234")
        return server.requests[0]

    assert b"\r\nHost: charging.example\r\n" in run(story())


def test_chunks_come_through_whole_in_both_directions() -> None:
    """The bytes of the body are the same; how they are framed belongs to each connection."""

    async def story() -> tuple[bytes, bytes, Book]:
        server = Remembers(faults.chunked(b'{"a"', b": 1", b"}"))
        async with proxied(server) as (proxy, book):
            head = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            came = await said(proxy, head + b"3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n")
        return came, server.requests[0], book

    came, request, book = run(story())
    assert request.endswith(b"\r\nContent-Length: 7\r\n\r\nabcdefg")
    assert b"chunked" not in request
    assert came.endswith(b'\r\n\r\n{"a": 1}')
    assert b"Content-Length: 8\r\n" in came
    assert b"Transfer-Encoding" not in came
    answer = book.heard[0].attempts[0].answer
    assert answer is not None
    assert answer.body == b'{"a": 1}'


def test_bodies_of_a_mebibyte_pass_in_both_directions() -> None:
    body = bytes(range(256)) * 4 * 1024 + b"x"

    async def story() -> tuple[bytes, bytes, Book]:
        server = Remembers(faults.answer(body))
        async with proxied(server) as (proxy, book):
            head = f"PUT /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            return await said(proxy, head.encode() + body), server.requests[0], book

    came, request, book = run(story())
    assert request.endswith(b"\r\n\r\n" + body)
    assert came.endswith(b"\r\n\r\n" + body)
    assert (book.heard[0].attempts[0].request.body, book.refused) == (body, [])


def test_answers_without_a_body_stay_without() -> None:
    """HEAD and 204 say no length that nobody sends, and the connection serves the next request."""

    async def story() -> list[bytes]:
        async with proxied(Remembers(b"HTTP/1.1 204 No Content\r\n\r\n")) as (proxy, _):
            reader, writer = await connected(proxy)
            came = []
            for method in (b"DELETE", b"HEAD"):
                writer.write(method + b" /x HTTP/1.1\r\nHost: h\r\n\r\n")
                came.append(await reader.readuntil(b"\r\n\r\n"))
            writer.close()
            return came

    assert run(story()) == [b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"] * 2


def test_a_caller_that_waits_for_leave_to_go_on_gets_it() -> None:
    async def story() -> tuple[bytes, bytes]:
        async with proxied(Remembers()) as (proxy, _):
            reader, writer = await connected(proxy)
            writer.write(closing(HEAD.replace(b"X-One: 1", b"Expect: 100-continue")))
            first = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"late")
            rest = await reader.read()
            writer.close()
            return first, rest

    first, rest = run(story())
    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert rest.startswith(b"HTTP/1.1 200 ")


# Connections


def test_both_sides_are_kept_alive() -> None:
    """Three requests of one caller travel over one connection to the server, also when they are sent at once."""

    async def story() -> tuple[int, Book]:
        server = Remembers()
        async with proxied(server) as (proxy, book):
            reader, writer = await connected(proxy)
            writer.write((HEAD + b"1234") * 3)
            for _ in range(3):
                await reader.readuntil(b"{}")
            writer.close()
            return len(server.requests), book

    count, book = run(story())
    assert (count, len(book.heard)) == (3, 3)
    assert {passed.caller.number for passed in book.heard} == {1}
    assert [len(passed.attempts) for passed in book.heard] == [1, 1, 1]


def test_a_connection_that_the_server_closed_while_idle_is_asked_again() -> None:
    """The resend rule: both attempts are told, the caller sees one answer and keeps its own connection."""

    async def story() -> tuple[list[bytes], Book]:
        async with proxied(faults.SaysAndHangsUpLater(faults.OK, idle_s=0)) as (proxy, book):
            reader, writer = await connected(proxy)
            came = []
            for _ in range(2):
                writer.write(HEAD + b"1234")
                came.append(await reader.readuntil(b"{}"))
            writer.close()
            return came, book

    came, book = run(story())
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in came)
    assert all(b"Connection: keep-alive\r\n" in answer for answer in came)
    last = book.heard[-1].attempts
    assert [attempt.resent for attempt in last] in ([True, False], [False])  # whether the end was seen beforehand
    assert last[-1].answer is not None


def test_many_callers_at_once_lose_nothing() -> None:
    """200 callers, 4 requests each, while the witness takes its time: every one is told once, and answered."""

    class SlowBook(Book):
        def passed(self, passed: Passed) -> None:
            sum(range(2000))
            super().passed(passed)

    async def caller(proxy: RecordingProxy, number: int) -> list[int]:
        one = WireClient(Endpoint.of(proxy.url, place().trusting), 20)
        attempts = [await one.send("POST", f"/{number}/{turn}", {}, b"x" * 100) for turn in range(4)]
        one.close()
        return [each[-1].answer.status if (each[-1].answer) else 0 for each in attempts]

    async def story() -> tuple[list[list[int]], Book]:
        async with proxied(Remembers(after_s=0.01), book=SlowBook(), limit_s=20) as (proxy, book):
            return await asyncio.gather(*(caller(proxy, number) for number in range(200))), book

    came, book = run(story())
    assert came == [[200] * 4] * 200
    assert sorted(passed.target for passed in book.heard) == sorted(f"/{n}/{t}" for n in range(200) for t in range(4))


def test_closing_lets_what_is_on_its_way_end() -> None:
    """A request that the server is still at is answered and told; idle connections are cut."""

    async def story() -> tuple[bytes, bytes, Book]:
        book = Book()
        async with proxied(Remembers(after_s=0.3), book=book) as (proxy, _):
            idle, idle_writer = await connected(proxy)
            reader, writer = await connected(proxy)
            writer.write(HEAD + b"1234")
            await pause(0.1)
            await proxy.close()
            came = await reader.read(), await idle.read()
            writer.close()
            idle_writer.close()
            with pytest.raises(OSError, match=r"."):
                await connected(proxy)
            return *came, book

    came, idle, book = run(story())
    assert came.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in came
    assert (idle, len(book.heard)) == (b"", 1)


def test_a_caller_that_hangs_up_early_is_told_of_all_the_same() -> None:
    async def story() -> Book:
        async with proxied(Remembers(after_s=0.3)) as (proxy, book):
            _, writer = await connected(proxy)
            writer.write(HEAD + b"1234")
            await pause(0.1)
            writer.transport.abort()
        return book

    (passed,) = run(story()).heard
    assert passed.attempts[0].answer is not None


# What goes wrong


def test_a_server_that_is_not_there_is_502() -> None:
    async def story() -> tuple[bytes, Book]:
        book = Book()
        there = Endpoint("127.0.0.1", free_port(), place().trusting)
        proxy = RecordingProxy(there, book, limit_s=LIMIT_S, tls=serving_context(place().certificate))
        await proxy.open()
        came = await said(proxy, HEAD + b"1234")
        await proxy.close()
        return came, book

    came, book = run(story())
    assert came.startswith(b"HTTP/1.1 502 ")
    assert [attempt.error for attempt in book.heard[0].attempts] == [WireError.UNREACHABLE]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.BreaksOff(), WireError.CLOSED),
        (faults.BreaksOff(faults.CUT_BODY), WireError.TRUNCATED),
        (faults.Says(faults.NOT_HTTP), WireError.MALFORMED),
        (faults.NeverAnswers(), WireError.TIMEOUT),
        (faults.SaysMuch(), WireError.TOO_LARGE),
    ],
    ids=["closed", "truncated", "not-http", "silent", "too-large"],
)
def test_what_the_server_breaks_is_broken_for_the_caller(fault: faults.Fault, error: WireError) -> None:
    """The trouble is told as a run of ours tells it; the caller's connection ends without an answer."""

    async def story() -> tuple[bytes, Book]:
        async with proxied(fault, limit_s=0.3 if error is WireError.TIMEOUT else LIMIT_S) as (proxy, book):
            return await said(proxy, HEAD + b"1234"), book

    came, book = run(story())
    assert (came, [attempt.error for attempt in book.heard[0].attempts]) == (b"", [error])


def test_a_slow_server_is_told_with_its_time() -> None:
    async def story() -> tuple[bytes, Book]:
        async with proxied(Remembers(after_s=0.4)) as (proxy, book):
            return await said(proxy, closing(HEAD) + b"1234"), book

    came, book = run(story())
    assert came.startswith(b"HTTP/1.1 200 ")
    assert 0.4 <= book.heard[0].attempts[0].duration_ns / 1e9 < LIMIT_S


@pytest.mark.parametrize(
    ("bytes_said", "status", "why"),
    [
        (b"hello\r\n\r\n", 400, "no HTTP/1.1 request"),
        (b"GET / HTTP/2.0\r\n\r\n", 400, "no HTTP/1.1 request"),
        (b"CONNECT h:1 HTTP/1.1\r\n\r\n", 400, "names no resource"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "no header"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "Content-Length"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "two parties"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "no size of a chunk"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 400, "no size of a chunk"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000, 400, "does not end"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413, "more than"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 431, "a head of more than"),
    ],
)
def test_what_is_no_request_is_turned_away(bytes_said: bytes, status: int, why: str) -> None:
    """The server never sees it, and it is not told as the server's doing."""

    async def story() -> tuple[bytes, Book, list[bytes]]:
        server = Remembers()
        async with proxied(server, most_bytes=1000) as (proxy, book):
            return await said(proxy, bytes_said), book, server.requests

    came, book, requests = run(story())
    assert came.startswith(b"HTTP/1.1 %d " % status)
    assert (requests, book.heard, len(book.refused)) == ([], [], 1)
    assert why in book.refused[0]


def test_nothing_passes_when_the_witness_cannot_go_on() -> None:
    """A journal that cannot be written ends the recording; the caller is not answered unseen."""

    class FullBook(Book):
        def passed(self, passed: Passed) -> None:
            raise RuntimeError("disk full")

    async def story() -> bytes:
        async with proxied(Remembers(), book=FullBook()) as (proxy, _):
            came = await said(proxy, HEAD + b"1234")
            with pytest.raises(RuntimeError, match="disk full"):
                await proxy.failed
            return came

    assert run(story()) == b""


def test_a_caller_that_speaks_no_tls_disturbs_nobody() -> None:
    async def story() -> bytes:
        async with proxied(Remembers()) as (proxy, _):
            there = Endpoint.of(proxy.url, None)
            reader, writer = await asyncio.open_connection(there.host, there.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            await reader.read()
            writer.close()
            return await said(proxy, closing(HEAD) + b"1234")

    assert run(story()).startswith(b"HTTP/1.1 200 ")


def test_no_certificate_of_the_caller_is_asked_for() -> None:
    assert serving_context(place().certificate).verify_mode is ssl.CERT_NONE
