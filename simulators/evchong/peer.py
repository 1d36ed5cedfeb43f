"""A charge box on the wire: its mind, its connections, and the journal that sees all of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulators.clock import Clock, NextMoment
from simulators.evchong import content
from simulators.evchong.body import Action, Did, Reply, Send
from simulators.evchong.codec import Codec
from simulators.evchong.messages import Canonical, Measurand, MeterValue, Service, StopRequest, UnitOfMeasure
from simulators.evchong.mind import BoxMind
from simulators.journal.records import Exchange
from simulators.wire.client import Attempt, WireClient
from simulators.wire.line import Line

PROVOKED = "provoked"  # a message that the box did not send by itself: the scenario wanted it so


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a message said by hand: the exchange that counts, and the canonical answer where there is one."""

    exchange: Exchange
    answer: Canonical | None


class BoxPeer:
    """Runs one mind. Each lane is a queue of messages with a connection of its own."""

    def __init__(self, mind: BoxMind, codec: Codec, line: Line, clock: Clock, *, one_connection: bool = False) -> None:
        """``one_connection``: all lanes share one, as a fleet's boxes do; two messages then never overlap."""
        self.mind = mind
        self._codec, self._line, self._clock = codec, line, clock
        self._one_connection = one_connection
        self._lanes: dict[str, _Lane] = {}
        self._clients: dict[str, WireClient] = {}
        self._shared = ""  # the box whose connection it is, when several speak over one
        self._next = NextMoment(clock, self._tick)
        self._broke: Exception | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def name(self) -> str:
        return f"box {self.mind.settings.serial}"

    def act(self, actions: Iterable[Action]) -> None:
        """Carry out what the mind decided, then plan its next moment."""
        for action in actions:
            if isinstance(action, Did):
                self._line.post_fact(self.name, action.what, self._keys(action), action.values)
            else:
                self._lane(action.lane).put(action)
        self._next.plan(self.mind.due_ms())

    async def settle(self) -> None:
        """Wait until every message that is on its way is answered, and what follows from the answers too.

        What broke in ourselves on the way comes out here.
        """
        await self._quiet.wait()
        if self._broke is not None:
            raise self._broke

    def close(self) -> None:
        """Nothing more is sent; connections are given up."""
        self._next.cancel()
        for lane in self._lanes.values():
            lane.waiting.clear()
            lane.client.close()

    def share_connection(self, other: BoxPeer) -> None:
        """Speak over the connections of another box, as behind one back office (EVC-3-d)."""
        self._clients = other._clients
        self._shared = other._shared = other._shared or other.name

    async def say(self, service: Service, canonical: Canonical, lane: str = "by hand") -> Said:
        """Send a message that the scenario made; the mind hears nothing of it."""
        content_type, body = self._codec.request_bytes(service, canonical)
        said = await self.say_bytes("POST", service.path, _headers(content_type), body, str(service), lane)
        answer = said.exchange.answer
        if answer is None or said.exchange.error is not None:
            return said
        return Said(said.exchange, self._codec.read_answer(service, answer.body).canonical)

    async def say_bytes(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, operation: str, lane: str = "by hand"
    ) -> Said:
        """Send any bytes on behalf of the box."""
        lane_client = self._lane(lane).client
        attempts = await lane_client.send(method, path, headers, body)
        records = [self._record(attempt, operation, _keys_of(self, None), PROVOKED) for attempt in attempts]
        return Said(records[-1], None)

    async def stop_by_hand(self, transaction_id: int, now_ms: int) -> bool:
        """End a transaction that the mind does not know; True when the server accepted."""
        consumed = MeterValue(
            measurand=Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
            value=Decimal(0),
            unit=UnitOfMeasure.KWH,
            timestamp_ms=now_ms,
        )
        stop = StopRequest(
            box_serial=self.mind.settings.serial,
            transaction_id=transaction_id,
            timestamp_ms=now_ms,
            meter_stop_wh=self.mind.settings.first_register_wh if self.mind.settings.meter else 0,
            values=(consumed,),
        )
        return (await self.say(Service.STOP_TRANS, stop.canonical())).answer is not None

    # Time

    def _tick(self) -> None:
        self.act(self.mind.tick(self._clock.now_ms()))

    # Messages

    def _lane(self, name: str) -> _Lane:
        name = "box" if self._one_connection else name
        if name not in self._lanes:
            self._lanes[name] = _Lane(self, self._client("shared" if self._shared else name))
        return self._lanes[name]

    def _client(self, name: str) -> WireClient:
        if name not in self._clients:
            self._clients[name] = self._line.client()
        return self._clients[name]

    def _noise(self) -> None:
        if any(lane.draining for lane in self._lanes.values()):
            self._quiet.clear()
        else:
            self._quiet.set()

    async def _deliver(self, send: Send, client: WireClient, free_since_ms: int) -> None:
        if not self.mind.awaits(send.ticket):
            return  # the power went while it stood in the queue
        if not self.mind.online:
            self.act(self.mind.answered(self._clock.now_ms(), send.ticket, Reply(arrived=False)))
            return
        lateness_ns = self._lateness_ns(send, free_since_ms)
        content_type, body = self._codec.request_bytes(send.service, send.message.canonical())
        attempts = await client.send("POST", send.service.path, _headers(content_type), body)
        for attempt in attempts:
            self._record(attempt, str(send.service), _keys_of(self, send), "", lateness_ns)
        self.act(self.mind.answered(self._clock.now_ms(), send.ticket, self._understand(send.service, attempts[-1])))

    def _lateness_ns(self, send: Send, free_since_ms: int) -> int:
        """How much later than it could a message leaves; the stepped clock knows no lateness.

        What a message waited for the answer to the one before it is the server's doing, not ours.
        """
        if self._clock.rate == 0:
            return 0
        since_ms = max(send.due_ms, free_since_ms)
        lateness_ns = int(max(0, self._clock.now_ms() - since_ms) * 1_000_000 / self._clock.rate)
        self._line.note_lateness(lateness_ns)
        return lateness_ns

    def _understand(self, service: Service, attempt: Attempt) -> Reply:
        if attempt.answer is None or attempt.error is not None:
            return Reply(arrived=False)
        if not 200 <= attempt.answer.status < 300:
            return Reply(arrived=True)
        canonical = self._codec.read_answer(service, attempt.answer.body).canonical
        return Reply(
            arrived=True,
            status=content.registration_status(canonical) or content.id_tag_info(canonical).status,
            transaction_id=content.transaction_id(canonical),
            heartbeat_interval_s=content.heartbeat_interval_s(canonical),
        )

    # Records

    def _record(
        self, attempt: Attempt, operation: str, keys: Mapping[str, str], injected: str, lateness_ns: int = 0
    ) -> Exchange:
        exchange = self._line.exchange(attempt, self.name, operation, dict(keys), injected, lateness_ns)
        self._line.journal_post(exchange)
        return exchange

    def _keys(self, did: Did) -> dict[str, str]:
        keys = {"box": self.mind.settings.serial}
        if did.connector is not None:
            keys["connector"] = str(did.connector)
        if did.card:
            keys["card"] = did.card
        if did.transaction_id is not None:
            keys["transaction"] = str(did.transaction_id)
        return keys


class _Lane:
    """A queue of messages that leave one after the other, over one connection."""

    def __init__(self, peer: BoxPeer, client: WireClient) -> None:
        self.client = client
        self.waiting: deque[Send] = deque()
        self.draining = False
        self._peer = peer

    def put(self, send: Send) -> None:
        self.waiting.append(send)
        if not self.draining:
            self.draining = True
            self._peer._noise()
            self._peer._clock.spawn(self._drain())

    async def _drain(self) -> None:
        free_since_ms = 0
        try:
            while self.waiting:
                await self._peer._deliver(self.waiting.popleft(), self.client, free_since_ms)
                free_since_ms = self._peer._clock.now_ms()
        except Exception as broken:  # our own mistake: nobody waits for this task, so whoever settles must hear of it
            self._peer._broke = broken
        finally:
            self.draining = False
            self._peer._noise()


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "Accept": "application/json"}


def _keys_of(peer: BoxPeer, send: Send | None) -> dict[str, str]:
    keys = {"box": peer.mind.settings.serial}
    if peer._shared:
        keys["line"] = peer._shared
    if send is None:
        return keys
    if send.connector is not None:
        keys["connector"] = str(send.connector)
    if send.transaction_id is not None:
        keys["transaction"] = str(send.transaction_id)
    if send.card:
        keys["card"] = send.card
    return keys
