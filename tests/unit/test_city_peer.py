"""The mock platform on the wire: pushes taken and questions asked over real sockets, every byte in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ClassVar

import httpx

from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.envelope import seal_answer, seal_request, wire_bytes
from simulators.beijing.keys import KeySet
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import PlatformMind, Refusal
from simulators.beijing.peer import CITY, SUT, CityPeer
from simulators.beijing.sealed import Sealed
from simulators.clock import RealClock
from simulators.journal.records import Exchange, Record, WireError
from simulators.randomness import Randomness
from simulators.wire import faults
from simulators.wire.client import Endpoint
from simulators.wire.faults import FaultyServer
from simulators.wire.line import Line
from tests.unit.city_journals import ASKED_STATUS, NUMBER, OPERATOR, PLATFORM
from tests.unit.sealed_journals import CONTRACT, RIGHT_CREDENTIALS, status_content

STATUS, QUERY_TOKEN = Interface.NOTIFICATION_STATION_STATUS, Interface.QUERY_TOKEN
TOKEN_GIVEN = {
    "OperatorID": PLATFORM,
    "SuccStat": 0,
    "AccessToken": "TOKEN-1",
    "TokenAvailableTime": 7200,
    "FailReason": 0,
}


class Operator:
    """A server that answers each interface as it is told, and remembers what it was asked."""

    greets: ClassVar[bool] = False

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answers: dict[str, bytes] = {}

    async def meet(self, line: faults.Line) -> bool:
        self.heard.append(line.request)
        interface = line.request.split(b" ")[1].rsplit(b"/", 1)[-1].decode()
        if interface not in self.answers:
            return False
        await line.say(faults.answer(self.answers[interface]))
        return True


class Town:
    """One platform that listens, one operator that can be asked, and what was written down."""

    def __init__(self, operator: Operator, port: int) -> None:
        self.operator = operator
        self.records: list[Record] = []
        self.mind = PlatformMind(CONTRACT, Dialect(Readings()), Randomness(1).stream("city"))
        clock = RealClock()
        self.peer = CityPeer(self.mind, clock, self.post)
        endpoint = Endpoint.of(f"http://127.0.0.1:{port}/evcs/20160701", None)
        self.peer.reach(Line("beijing", SUT, endpoint, 5.0, clock, self.post))

    def post(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records)

    def exchanges(self) -> list[Exchange]:
        return [record for record in self.records if isinstance(record, Exchange)]

    def answers(self, interface: Interface, content: Content | None, ret: int = 0) -> bytes:
        body = wire_bytes(seal_answer(self.mind.keys.operator, ret, "", content))
        self.operator.answers[interface.value] = body
        return body

    def url(self, interface: Interface) -> str:
        return self.peer.url + interface.path


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    operator = Operator()
    async with FaultyServer(operator) as server:
        place = Town(operator, server.port)
        await place.peer.open("127.0.0.1", 0, None)
        try:
            yield place
        finally:
            await place.peer.close()


def tell(story: Callable[[Town], Awaitable[None]]) -> None:
    async def told() -> None:
        async with town() as place:
            await story(place)

    asyncio.run(asyncio.wait_for(told(), 30))


def sealed(keys: KeySet, content: Content) -> bytes:
    return wire_bytes(seal_request(keys, OPERATOR, content, "20250302120000", "0001"))


def read(exchange: Exchange, side: str) -> Sealed:
    """What the journal has of a message, without any key."""
    assert exchange.view is not None
    message = Sealed.from_view(exchange.view[side])
    assert message is not None
    return message


def test_a_push_is_answered_and_written_down_before_its_caller_reads_on() -> None:
    """Both bodies to the byte, head and method, the keys to find it by, and what was inside."""

    async def story(place: Town) -> None:
        body = sealed(place.mind.keys.platform, status_content(3))
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(place.url(STATUS), content=body, headers={"Authorization": "Bearer NONE"})
        (exchange,) = place.exchanges()
        assert (exchange.protocol, exchange.actor, exchange.peer) == ("beijing", SUT, CITY)
        assert exchange.operation == "notification_stationStatus"
        assert exchange.request.body == body
        assert exchange.request.method == "POST"
        assert b"Authorization: Bearer NONE" in exchange.request.head
        assert exchange.answer is not None
        assert exchange.answer.body == answer.content
        assert exchange.keys == {"socket": status_content()["ConnectorStatusInfo"]["ConnectorID"]}
        assert read(exchange, "request").content == status_content(3)
        assert read(exchange, "answer").ret == 4002

    tell(story)


def test_one_connection_carries_many_calls() -> None:
    """Kept alive: query_token, then a push with what it gave."""

    async def story(place: Town) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            keys = place.mind.keys.platform
            await client.post(place.url(QUERY_TOKEN), content=sealed(keys, RIGHT_CREDENTIALS))
            token = (read(place.exchanges()[0], "answer").content or {})["AccessToken"]
            headers = {"Authorization": f"Bearer {token}"}
            await client.post(place.url(STATUS), content=sealed(keys, status_content()), headers=headers)
        assert [read(exchange, "answer").ret for exchange in place.exchanges()] == [0, 0]

    tell(story)


def test_a_refusal_below_http_leaves_the_caller_alone() -> None:
    """Cut: no answer comes, and the journal says that it was meant so (BJ-P3)."""

    async def story(place: Town) -> None:
        place.mind.refuse(STATUS.value, Refusal.CUT, 1)
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                await client.post(place.url(STATUS), content=sealed(place.mind.keys.platform, status_content()))
                raise AssertionError("an answer came")
            except httpx.RemoteProtocolError:
                pass
        (exchange,) = place.exchanges()
        assert exchange.answer is None
        assert (exchange.error, exchange.injected) == (WireError.CLOSED, "cut")
        assert read(exchange, "request").content == status_content()

    tell(story)


def test_silence_lasts_until_the_caller_has_had_enough() -> None:
    """It hangs up by its own limit; the journal has the call at once."""

    async def story(place: Town) -> None:
        place.mind.refuse(STATUS.value, Refusal.SILENT, 1)
        async with httpx.AsyncClient(trust_env=False, timeout=0.2) as client:
            try:
                await client.post(place.url(STATUS), content=sealed(place.mind.keys.platform, status_content()))
                raise AssertionError("an answer came")
            except httpx.ReadTimeout:
                pass
        (exchange,) = place.exchanges()
        assert (exchange.error, exchange.injected) == (WireError.TIMEOUT, "silent")

    tell(story)


def test_http_503_and_404_have_no_envelope() -> None:
    """The one by plan, the other because nothing is there."""

    async def story(place: Town) -> None:
        place.mind.refuse(STATUS.value, Refusal.HTTP_503, 1)
        async with httpx.AsyncClient(trust_env=False) as client:
            statuses = [
                (await client.post(address, content=b"{}")).status_code
                for address in (place.url(STATUS), f"{place.peer.url}/elsewhere")
            ]
        assert statuses == [503, 404]
        assert [exchange.operation for exchange in place.exchanges()] == [STATUS.value, "(unknown interface)"]

    tell(story)


def test_a_token_is_fetched_kept_and_shown() -> None:
    """query_token without Authorization, every other question with it."""

    async def story(place: Town) -> None:
        place.answers(QUERY_TOKEN, TOKEN_GIVEN)
        told = await place.peer.fetch_token()
        assert (told.status, told.ret, told.content) == (200, 0, TOKEN_GIVEN)
        assert place.peer.token == "TOKEN-1"
        place.answers(ASKED_STATUS, None, 4004)
        asked = await place.peer.ask(ASKED_STATUS, {"StartChargeSeq": NUMBER})
        assert (asked.ret, asked.content) == (4004, None)
        first, second = place.operator.heard
        assert first.startswith(b"POST /evcs/20160701/query_token ")
        assert b"Authorization" not in first
        assert b"Authorization: Bearer TOKEN-1\r\n" in second

    tell(story)


def test_a_refused_token_leaves_the_old_one_in_use() -> None:
    """SuccStat 1 gives nothing to keep."""

    async def story(place: Town) -> None:
        place.peer.token = "OLD"
        place.answers(QUERY_TOKEN, TOKEN_GIVEN | {"SuccStat": 1, "AccessToken": "", "FailReason": 2})
        await place.peer.fetch_token()
        assert place.peer.token == "OLD"

    tell(story)


def test_a_question_is_written_down_with_what_was_inside() -> None:
    """Readable without keys; whose credentials were shown is among the keys to find it by."""

    async def story(place: Town) -> None:
        body = place.answers(QUERY_TOKEN, TOKEN_GIVEN)
        await place.peer.fetch_token()
        await place.peer.ask(QUERY_TOKEN, {**place.mind.credentials(), "OperatorSecret": "C" * 16})
        right, wrong = place.exchanges()
        assert (right.actor, right.peer, right.operation) == (CITY, SUT, "query_token")
        assert (right.keys["credentials"], wrong.keys["credentials"]) == ("right", "secret")
        assert right.answer is not None
        assert right.answer.body == body
        assert right.request.body in place.operator.heard[0]
        assert read(right, "request").content == place.mind.credentials()
        assert read(right, "answer").content == TOKEN_GIVEN

    tell(story)


def test_an_answer_that_cannot_be_opened_is_kept_with_its_faults() -> None:
    """Sealed with the wrong set of keys."""

    async def story(place: Town) -> None:
        wrong = seal_answer(place.mind.keys.platform, 0, "", TOKEN_GIVEN)
        place.operator.answers[QUERY_TOKEN.value] = wire_bytes(wrong)
        told = await place.peer.fetch_token()
        assert told.content is None
        assert place.peer.token == ""
        rows = {fault.row for fault in read(place.exchanges()[0], "answer").faults}
        assert rows == {"CEC-ENV-b", "CEC-ENV-c"}

    tell(story)


def test_no_answer_is_written_down_as_such() -> None:
    """The operator hangs up; the platform asks for nothing more."""

    async def story(place: Town) -> None:
        told = await place.peer.ask(ASKED_STATUS, {"StartChargeSeq": NUMBER})
        assert (told.status, told.ret, told.content) == (None, None, None)
        exchange = place.exchanges()[-1]
        assert exchange.error is WireError.CLOSED
        assert exchange.view is not None
        assert exchange.view["answer"] is None
        assert exchange.keys == {"order": NUMBER}

    tell(story)
