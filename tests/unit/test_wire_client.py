"""The HTTP client against servers that answer wrongly on purpose, over real sockets and real TLS."""

from __future__ import annotations

import asyncio
import atexit
import re
import resource
import shutil
import ssl
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import pytest

from simulators.clock import pause
from simulators.journal.records import Answer, WireError
from simulators.wire import faults
from simulators.wire.client import KEPT_OF_BROKEN_BYTES, Attempt, Endpoint, WireClient
from simulators.wire.faults import BreaksOff, FaultyServer, Says
from simulators.wire.line import SILENT_LIMIT_S, Line
from simulators.wire.tls import Authority, client_context

T = TypeVar("T")
LIMIT_S = 0.2  # where the limit is what is tested
PATIENT_S = 5.0  # elsewhere: a busy machine must not look like a silent server
CHUNKED = faults.answer(b"", length=None, Transfer_Encoding="chunked")
WITHIN_S = 4.0  # a limit and what a busy machine adds to it


class Place:
    """Certificates of one authority, made once."""

    def __init__(self, folder: Path) -> None:
        authority, stranger = Authority(), Authority()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self.ca = authority.write_ca(folder / "ca.pem")
        self.good = authority.write_server(folder / "good.pem")
        self.expired = authority.write_server(folder / "expired.pem", not_after=yesterday)
        self.foreign = stranger.write_server(folder / "foreign.pem")
        self.misnamed = authority.write_server(folder / "misnamed.pem", "charge.example")
        self.trusting = client_context(str(self.ca))


@cache
def place() -> Place:
    folder = Path(mkdtemp(prefix="chargeproof-test-"))
    atexit.register(shutil.rmtree, folder)
    return Place(folder)


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(story, 30))


def secure(certificate: Path | None = None) -> ssl.SSLContext:
    return faults.server_context(certificate or place().good)


def client(server: FaultyServer, limit_s: float = PATIENT_S, url: str = "", **more: Any) -> WireClient:
    address = url or server.url
    return WireClient(Endpoint.of(address, place().trusting), limit_s, **more)


async def ask(one: WireClient, body: bytes = b"data=%7B%7D") -> list[Attempt]:
    return await one.send("POST", "/here", {"Content-Type": "text/plain"}, body)


async def once(server: FaultyServer, **how: Any) -> Attempt:
    """One request on a fresh connection, which must give one attempt, within the limit."""
    async with server:
        one = client(server, **how)
        began = time.perf_counter()
        attempts = await ask(one)
        assert time.perf_counter() - began < WITHIN_S
        one.close()
        await pause(0)
    assert len(attempts) == 1
    return attempts[0]


def seen(attempt: Attempt) -> tuple[WireError | None, Answer | None, bool]:
    return attempt.error, attempt.answer, attempt.resent


def test_an_answer_is_told_to_the_last_byte() -> None:
    """Head and body are the bytes that travelled, those sent and those that came."""
    attempt = run(once(FaultyServer(Says(faults.OK), secure())))
    head, _, body = faults.OK.partition(b"\r\n\r\n")
    assert seen(attempt) == (None, Answer(200, head + b"\r\n\r\n", body), False)
    port = attempt.request.url.split(":")[2].split("/")[0]
    sent = f"POST /here HTTP/1.1\nHost: 127.0.0.1:{port}\nContent-Type: text/plain\nContent-Length: 11\n\n"
    assert attempt.request.head == sent.replace("\n", "\r\n").encode()
    assert (attempt.request.method, attempt.request.body) == ("POST", b"data=%7B%7D")
    assert 0 < attempt.duration_ns < WITHIN_S * 1e9


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (BreaksOff(), WireError.CLOSED, "closed before the answer"),
        (BreaksOff(reset=True), WireError.CLOSED, "closed before the answer"),
        (BreaksOff(faults.CUT_HEAD), WireError.TRUNCATED, r"ended inside the answer.*: b'HTTP/1.1 200 Whateve'"),
        (Says(faults.NOT_HTTP, keeps=False), WireError.MALFORMED, "no HTTP answer: .*: b'SSH-2.0-OpenSSH"),
        (Says(b"\x00\xff\x00", keeps=False), WireError.MALFORMED, "no HTTP answer"),
        (faults.NeverAnswers(), WireError.TIMEOUT, r"no whole answer within 0.2 s"),
        (faults.Trickles(faults.OK, pause_s=0.05), WireError.TIMEOUT, r"no whole answer within 0.2 s"),
    ],
)
def test_no_head_means_no_answer_and_says_why(
    fault: faults.Fault, error: WireError, words: str, encrypted: bool
) -> None:
    """Without a whole head there is no answer; the error says what happened instead."""
    limit_s = LIMIT_S if error is WireError.TIMEOUT else PATIENT_S
    attempt = run(once(FaultyServer(fault, secure() if encrypted else None), limit_s=limit_s))
    assert seen(attempt) == (error, None, False)
    assert re.search(words, attempt.error_text)


@pytest.mark.parametrize("reset", [False, True])
def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(reset: bool) -> None:
    """Closed or reset inside the body: an error, and the part that came."""
    attempt = run(once(FaultyServer(BreaksOff(faults.CUT_BODY, reset=reset))))
    head, _, body = faults.CUT_BODY.partition(b"\r\n\r\n")
    assert seen(attempt) == (WireError.TRUNCATED, Answer(200, head + b"\r\n\r\n", body), False)


def test_a_body_that_trickles_is_kept_as_far_as_it_came() -> None:
    """The time limit holds for the whole answer, not for the pause between two bytes."""

    class Slow(faults.Trickles):
        async def meet(self, line: faults.Line) -> bool:
            await line.say(faults.answer(b"", length=1000))
            return await faults.Trickles(b"x" * 1000, 0.02).meet(line)

    attempt = run(once(FaultyServer(Slow(b""), secure()), limit_s=2 * LIMIT_S))
    assert attempt.error is WireError.TIMEOUT
    assert attempt.answer is not None
    assert attempt.answer.status == 200
    assert set(attempt.answer.body) == set(b"x")
    assert 0 < len(attempt.answer.body) < 50


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (faults.chunked(b'{"a"', b":", b"1}"), b'{"a":1}'),
        (faults.chunked(), b""),
        (faults.CONTINUE_FIRST, b"{}"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + faults.OK, b"{}"),
        (faults.answer(b"until the end", version="1.0", length=None), b"until the end"),
        (faults.answer(b"until the end", length=None), b"until the end"),
        (faults.answer(b"", length=None), b""),
        (faults.answer(b"", status=204, length=None), b""),
        (faults.answer(b"{}", Connection="close"), b"{}"),
        (faults.answer(b"{}", version="1.0"), b"{}"),
    ],
)
def test_every_lawful_framing_is_understood(said: bytes, body: bytes) -> None:
    """Chunks, lengths, interim answers first, or the end of the connection: HTTP allows all of them."""
    attempt = run(once(FaultyServer(Says(said, keeps=False), secure())))
    head = said[said.rindex(b"HTTP/1.") :].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert (attempt.error, attempt.error_text) == (None, "")
    assert attempt.answer == Answer(attempt.answer.status if attempt.answer else 0, head, body)


def test_interim_answers_alone_are_no_answer() -> None:
    """A 1xx and then the end of the connection: something came, but no answer, so it is not sent again."""
    attempt = run(once(FaultyServer(BreaksOff(b"HTTP/1.1 100 Continue\r\n\r\n"))))
    assert seen(attempt) == (WireError.TRUNCATED, None, False)


def test_switching_protocols_is_no_answer() -> None:
    """101 ends HTTP on this connection; nobody asked for that."""
    upgrade = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    attempt = run(once(FaultyServer(Says(upgrade + b"\x81\x00"))))
    assert seen(attempt) == (WireError.MALFORMED, Answer(101, upgrade), False)


def test_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    """The Content-Length of an answer to HEAD is that of the body left out; waiting for it would never end."""

    async def story() -> list[Attempt]:
        async with FaultyServer(Says(faults.answer(b"", length=4000))) as server:
            one = client(server)
            attempts = await one.send("HEAD", "/here", {}, b"")
            one.close()
            return attempts

    (attempt,) = run(story())
    assert attempt.error is None
    assert attempt.answer == Answer(200, faults.answer(b"", length=4000), b"")


# TLS


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("expired", "expired"),
        ("foreign", "unable to get local issuer|self.signed"),
        ("misnamed", "IP address mismatch"),
    ],
)
def test_a_certificate_that_does_not_verify_is_named(certificate: str, words: str) -> None:
    """The error says what is wrong with the certificate."""
    attempt = run(once(FaultyServer(Says(faults.OK), secure(getattr(place(), certificate)))))
    assert seen(attempt) == (WireError.CERTIFICATE, None, False)
    assert re.search(words, attempt.error_text)


@pytest.mark.parametrize(
    ("version", "error", "words"),
    [
        (ssl.TLSVersion.TLSv1_3, WireError.CLIENT_CERTIFICATE, "CERTIFICATE_REQUIRED"),
        (ssl.TLSVersion.TLSv1_2, WireError.TLS, "a certificate of the client is demanded"),
    ],
)
def test_a_demand_for_a_client_certificate_is_told(version: ssl.TLSVersion, error: WireError, words: str) -> None:
    """A server that wants a certificate of the box's (EVC-X23). TLS 1.2 has no alert of its own for that."""
    context = faults.server_context(place().good, clients_of=place().ca)
    context.minimum_version = context.maximum_version = version

    async def story() -> Attempt:
        async with FaultyServer(faults.DemandsACertificate(context)) as server:
            (attempt,) = await ask(client(server, url=f"https://127.0.0.1:{server.port}"))
            return attempt

    attempt = run(story())
    assert seen(attempt) == (error, None, False)
    assert words in attempt.error_text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.SpeaksPlainText(), WireError.TLS),
        (faults.NeverGreets(), WireError.TIMEOUT),
    ],
)
def test_a_port_without_tls_fails_the_handshake(fault: faults.Fault, error: WireError) -> None:
    """Plain text, or silence, where TLS should be."""

    async def story() -> Attempt:
        async with FaultyServer(fault) as server:
            limit_s = LIMIT_S if error is WireError.TIMEOUT else PATIENT_S
            (attempt,) = await ask(client(server, limit_s, url=f"https://127.0.0.1:{server.port}"))
            return attempt

    assert seen(run(story())) == (error, None, False)


def test_an_endless_silence_in_the_handshake_is_cut_by_the_limit() -> None:
    """The limit holds for connecting, too."""

    async def story() -> float:
        async with FaultyServer(faults.NeverGreets()) as server:
            began = time.perf_counter()
            await ask(client(server, LIMIT_S, url=f"https://127.0.0.1:{server.port}"))
            return time.perf_counter() - began

    assert LIMIT_S <= run(story()) < WITHIN_S


def test_nobody_there_is_unreachable() -> None:
    """A port on which nothing listens, and a name that nobody has."""

    async def story() -> list[Attempt]:
        async with FaultyServer(Says(faults.OK)) as server:
            port = server.port
        return await ask(WireClient(Endpoint("127.0.0.1", port, None), PATIENT_S))

    (attempt,) = run(story())
    assert seen(attempt) == (WireError.UNREACHABLE, None, False)
    assert attempt.error_text.startswith("127.0.0.1:")


# Reused connections


async def two_requests(server: FaultyServer, *, until_given_up: bool = False) -> tuple[list[Attempt], list[Attempt]]:
    """``until_given_up``: the second follows when the client has noticed that the connection is of no more use."""
    async with server:
        one = client(server)
        first = await ask(one)
        while until_given_up and one._connection and one._connection.usable:
            await pause(0.01)
        second = await ask(one)
        one.close()
        return first, second


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_connection_is_used_again(encrypted: bool) -> None:
    """Two requests, one connection."""
    server = FaultyServer(Says(faults.OK), secure() if encrypted else None)
    connections = []
    serve = server._serve

    async def counted(line: faults.Line) -> None:
        connections.append(line)
        await serve(line)

    server._serve = counted  # type: ignore[method-assign]
    first, second = run(two_requests(server))
    assert [attempt.error for attempt in first + second] == [None, None]
    assert (len(connections), server.met) == (1, 2)


class HangsUpOnTheSecond(faults.Says):
    """Answers the first request of each line, and closes when the second comes: it crossed the close on its way."""

    async def meet(self, line: faults.Line) -> bool:
        await line.say(self.said)
        await line.next_request()
        return False


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_request_that_crosses_the_close_goes_out_once_more(encrypted: bool) -> None:
    """Servers close idle connections: two attempts, the first one told as resent and no finding."""
    first, second = run(two_requests(FaultyServer(HangsUpOnTheSecond(faults.OK), secure() if encrypted else None)))
    assert [(attempt.error, attempt.resent) for attempt in first] == [(None, False)]
    assert [(attempt.error, attempt.resent) for attempt in second] == [(WireError.CLOSED, True), (None, False)]
    assert second[0].request == second[1].request
    assert second[0].sent_ns + second[0].duration_ns <= second[1].sent_ns


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_close_that_was_noticed_costs_no_attempt(encrypted: bool) -> None:
    """The next request goes over a fresh connection at once."""
    fault = faults.SaysAndHangsUpLater(faults.OK, idle_s=0.02)
    first, second = run(two_requests(FaultyServer(fault, secure() if encrypted else None), until_given_up=True))
    assert [(attempt.error, attempt.resent) for attempt in first + second] == [(None, False), (None, False)]


def test_the_same_request_never_goes_out_a_third_time() -> None:
    """Closed before the first byte on the reused connection and on the fresh one: two attempts, the second an error."""

    class AnswersOnce(faults.Says):
        async def meet(self, line: faults.Line) -> bool:
            if counted == []:
                counted.append(line)
                await line.say(self.said)
                await line.next_request()
            counted.append(line)
            return False

    counted: list[faults.Line] = []
    first, second = run(two_requests(FaultyServer(AnswersOnce(faults.OK), secure())))
    assert [seen(attempt)[0] for attempt in first] == [None]
    assert [(attempt.error, attempt.resent) for attempt in second] == [
        (WireError.CLOSED, True),
        (WireError.CLOSED, False),
    ]
    assert len(counted) == 3


def test_a_reused_connection_that_breaks_inside_the_answer_is_an_error() -> None:
    """Once a byte of the answer came, the request has been heard: it is not sent again."""

    class BreaksTheSecond(faults.Says):
        async def meet(self, line: faults.Line) -> bool:
            await line.say(self.said)
            await line.next_request()
            await line.say(faults.CUT_HEAD)
            return False

    _, second = run(two_requests(FaultyServer(BreaksTheSecond(faults.OK))))
    assert [(attempt.error, attempt.resent) for attempt in second] == [(WireError.TRUNCATED, False)]


@pytest.mark.parametrize(
    "said",
    [faults.answer(b"{}", Connection="close"), faults.answer(b"{}", version="1.0"), faults.TWICE],
    ids=["connection-close", "http-1.0", "two-answers-at-once"],
)
def test_a_connection_of_no_more_use_is_not_used_again(said: bytes) -> None:
    """After "Connection: close", HTTP/1.0 or bytes that nobody asked for, the next request goes over a fresh one."""
    first, second = run(two_requests(FaultyServer(Says(said))))
    assert [(attempt.error, attempt.resent) for attempt in first + second] == [(None, False), (None, False)]
    assert second[0].answer is not None
    assert second[0].answer.body == b"{}"


def test_a_belated_second_answer_is_not_taken_for_the_next() -> None:
    """Bytes that come between two requests belong to neither."""

    class SpeaksUnasked(faults.Says):
        async def meet(self, line: faults.Line) -> bool:
            await line.say(self.said)
            await pause(0.02)
            await line.say(faults.answer(b'"stale"'))
            return True

    _, second = run(two_requests(FaultyServer(SpeaksUnasked(faults.OK)), until_given_up=True))
    assert [attempt.answer.body for attempt in second if attempt.answer] == [b"{}"]


# Limits


@pytest.mark.parametrize(
    "fault",
    [
        faults.SaysMuch(),
        Says(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 12 * faults.MEBIBYTE),
        Says(b"HTTP/1.1 100 Continue\r\n\r\n" * 500_000),
        Says(CHUNKED + b"1\r\nx\r\n" * 2_000_000),
        Says(CHUNKED + b"0\r\nX-Trailer: " + b"x" * 12 * faults.MEBIBYTE),
    ],
    ids=["200-mebibytes", "endless-header", "endless-interim-answers", "endless-small-chunks", "endless-trailer"],
)
def test_a_huge_answer_costs_neither_memory_nor_time(fault: faults.Fault) -> None:
    """Reading stops at the limit, wherever in the answer the bytes are; little of it is kept."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attempt = run(once(FaultyServer(fault), largest_bytes=faults.MEBIBYTE))
    assert attempt.error is WireError.TOO_LARGE
    assert attempt.error_text == "more than 1024 KiB; reading stopped there"
    if attempt.answer is not None:
        assert len(attempt.answer.head) + len(attempt.answer.body) <= 2 * KEPT_OF_BROKEN_BYTES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 64 * 1024


def test_the_time_limit_holds_for_a_huge_answer_that_comes_slowly() -> None:
    """200 MB in pieces with pauses: given up at the limit."""
    attempt = run(once(FaultyServer(faults.SaysMuch(pause_s=0.02), secure()), limit_s=LIMIT_S))
    assert attempt.error is WireError.TIMEOUT
    assert attempt.duration_ns >= LIMIT_S * 1e9


def test_a_request_that_nobody_reads_is_cut_by_the_limit() -> None:
    """A large body to a server that takes nothing in."""

    class ReadsNothing(faults.NeverGreets):
        async def meet(self, line: faults.Line) -> bool:
            await pause(3)
            return False

    async def story() -> Attempt:
        async with FaultyServer(ReadsNothing()) as server:
            (attempt,) = await ask(client(server, LIMIT_S), b"x" * 32 * faults.MEBIBYTE)
            return attempt

    assert run(story()).error is WireError.TIMEOUT


def test_a_silent_server_costs_the_full_limit_three_times_only() -> None:
    """After three unanswered requests in a row the limit falls, and comes back with the first answer."""
    from simulators.clock import RealClock

    async def story() -> list[float]:
        async with FaultyServer(Says(faults.OK)) as server:
            line = Line("evchong", "sut", Endpoint.of(server.url, None), 9.0, RealClock(), lambda record: 0)
            one = line.client()
            limits = []
            for _ in range(4):
                limits.append(line.limit_s)
                line.note_answered(False)
            limits.append(line.limit_s)
            await one.send("POST", "/", {}, b"")
            one.close()
            return [*limits, line.limit_s]

    assert run(story()) == [9.0, 9.0, 9.0, SILENT_LIMIT_S, SILENT_LIMIT_S, 9.0]


# In front of a real server


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_fault_for_the_first_requests_then_the_server_behind(encrypted: bool) -> None:
    """The first two requests meet the fault, the later ones the server that answers rightly."""

    async def story() -> list[list[Attempt]]:
        tls = secure() if encrypted else None
        right = FaultyServer(Says(faults.answer(b'"right"')), tls)
        async with right:
            behind = faults.Behind("127.0.0.1", right.port, place().trusting if encrypted else None)
            async with FaultyServer(BreaksOff(), tls, times=2, behind=behind) as server:
                one = client(server)
                told = [await ask(one) for _ in range(4)]
                one.close()
                assert (server.met, right.met) == (2, 2)
                return told

    told = run(story())
    assert [[attempt.error for attempt in attempts] for attempts in told] == [
        [WireError.CLOSED],
        [WireError.CLOSED],
        [None],
        [None],
    ]
    assert [told[number][0].answer.body for number in (2, 3) if told[number][0].answer] == [b'"right"', b'"right"']  # type: ignore[union-attr]


# Endpoints


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "again"),
    [
        ("https://[::1]:8443/base/", "::1", 8443, "/base", "https://[::1]:8443/base"),
        ("https://sut.example", "sut.example", 443, "", "https://sut.example:443"),
        ("https://[2001:db8::7]", "2001:db8::7", 443, "", "https://[2001:db8::7]:443"),
    ],
)
def test_endpoints_are_parsed(url: str, host: str, port: int, path: str, again: str) -> None:
    """Names, addresses of both kinds, default ports, a path before all others."""
    endpoint = Endpoint.of(url, place().trusting)
    assert (endpoint.host, endpoint.port, endpoint.base_path, endpoint.url) == (host, port, path, again)
    assert endpoint.tls is place().trusting


@pytest.mark.parametrize("url", ["ftp://sut.example", "sut.example:8443", "https://", "https://sut.example:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """A scheme of the web and a host, or ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are partly the library's
        Endpoint.of(url, None)


def test_an_ipv6_host_stands_in_brackets_in_the_host_header() -> None:
    """RFC 9110, 7.2: the Host header has the form that the address has."""

    async def story() -> Attempt:
        server = await asyncio.start_server(_answering, "::1", 0)
        port = server.sockets[0].getsockname()[1]
        one = WireClient(Endpoint.of(f"http://[::1]:{port}", None), PATIENT_S)
        (attempt,) = await ask(one)
        one.close()
        server.close()
        await server.wait_closed()
        assert f"\r\nHost: [::1]:{port}\r\n".encode() in attempt.request.head
        return attempt

    assert run(story()).error is None


async def _answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"%7D")
    writer.write(faults.OK)
    await writer.drain()
    writer.close()
