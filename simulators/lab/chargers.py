"""The lab's own chargers, and the small private link by which a server starts and stops them.

It stands in for whatever a server under test has between itself and its chargers. No document speaks of it, so it is
plain HTTP on the machine itself; its exchanges are in the journal as "private", and nobody judges them.

    server -> lab   POST {link}/chargers/{ConnectorID}/start  {"order": "..."}     202, 404 unknown, 409 offline
                    POST {link}/chargers/{ConnectorID}/stop   {}
    lab -> server   POST {base_url}/private/chargers          what happened (``Told.document``); answers are not read
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from simulators.charger.body import ChargerSettings, Vehicle
from simulators.charger.mind import ChargerMind
from simulators.charger.peer import ChargerPeer
from simulators.clock import Clock, monotonic_ns, wall_ns
from simulators.journal.records import Answer, Exchange, Request
from simulators.journal.store import Journal
from simulators.lab.setting import LabError, LabSetting
from simulators.randomness import Randomness
from simulators.wire.client import Endpoint
from simulators.wire.incoming import Incoming
from simulators.wire.line import Line
from simulators.wire.listening import Listener
from simulators.world.city import Socket

PROTOCOL, SUT = "private", "sut"
LARGEST_BODY_BYTES = 64 * 1024
REASONS = {202: "Accepted", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict"}
FULLEST_SOC, EMPTIEST_SOC = 60, 10  # of the vehicles that come


async def open_chargers(setting: LabSetting, clock: Clock, journal: Journal, randomness: Randomness) -> Chargers | None:
    """The chargers of a lab, listening to the link; None where none can be moved from here.

    Raises:
        LabError: the address of the link cannot be had.
    """
    city = setting.city
    if city is None or city.chargers is None or not city.charger_sockets:
        return None
    chargers, link = Chargers(city.charger_sockets, clock, journal, randomness), city.chargers
    try:
        await chargers.open(link.listen_host, link.listen_port)
    except OSError as wrong:
        place = f"{link.listen_host}:{link.listen_port}"
        raise LabError(f"pixit.beijing.charger_link: {place}: {wrong.strerror}") from None
    return chargers


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the server wants of a charger, and what it is answered. ``heed`` does it once the answer is on its way."""

    status: int
    operation: str
    keys: Mapping[str, str]
    charger: str = ""
    heed: Callable[[], None] = lambda: None


class Chargers:
    """All of them, by ConnectorID, and the link's two directions."""

    def __init__(self, sockets: Sequence[Socket], clock: Clock, journal: Journal, randomness: Randomness) -> None:
        self.sockets = {socket.id: socket for socket in sockets}
        self.peers: dict[str, ChargerPeer] = {}  # once the server can be reached
        self._clock, self._journal, self._randomness = clock, journal, randomness
        self._listener = Listener(self._take, LARGEST_BODY_BYTES)

    def reach(self, endpoint: Endpoint, limit_s: float) -> None:
        """From here on the server can be told what happens."""
        line = Line(PROTOCOL, SUT, endpoint, limit_s, self._clock, self._journal.post)
        self.peers = {socket.id: ChargerPeer(self._mind(socket), line, self._clock) for socket in self.sockets.values()}

    def _mind(self, socket: Socket) -> ChargerMind:
        stream = self._randomness.branch(f"charger {socket.id}").stream("vehicles")

        def arrives() -> Vehicle:
            soc = stream.randint(EMPTIEST_SOC, FULLEST_SOC)
            return Vehicle(soc, stream.randrange(20_000, 60_000), stream.randrange(100))

        return ChargerMind(ChargerSettings(id=socket.id, max_power_w=socket.simulated_w), arrives)

    async def settle(self) -> None:
        """Wait until the server was told everything."""
        for peer in self.peers.values():
            await peer.settle()

    async def report(self) -> None:
        """Let each say how it stands, after what could not be told so far: for a server that has been started again."""
        for peer in self.peers.values():
            peer.act(peer.mind.report(self._clock.now_ms()))
        await self.settle()

    async def rest(self) -> None:
        """Everything ends, is mended, unplugged and on the line again; what nobody would hear is let go."""
        for peer in self.peers.values():
            peer.act(peer.mind.rest(self._clock.now_ms()))
        await self.settle()
        for peer in self.peers.values():
            peer.forget()

    # Being called

    @property
    def url(self) -> str:
        """Where the link listens."""
        return self._listener.url

    async def open(self, host: str, port: int) -> None:
        """Listen. Raises OSError when that address cannot be had."""
        await self._listener.open(host, port)

    async def close(self) -> None:
        """Nothing more happens, and nobody is listened to."""
        for peer in self.peers.values():
            peer.close()
        await self._listener.close()

    async def _take(self, incoming: Incoming, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with self._clock.awake():
            asked = self._asked(incoming)
            answer = _answer(asked.status, keeps=incoming.keeps)
            self._write_down(incoming, asked, answer)
            writer.write(answer.head)
            await writer.drain()
            asked.heed()
        return incoming.keeps

    def _asked(self, incoming: Incoming) -> _Asked:
        charger, _, verb = incoming.target.removeprefix("/chargers/").rpartition("/")
        charger = unquote(charger)
        peer = self.peers.get(charger)
        keys = {"socket": charger}
        if peer is None or not incoming.target.startswith("/chargers/") or verb not in ("start", "stop"):
            return _Asked(404, verb, keys, charger)
        if incoming.method != "POST":
            return _Asked(405, verb, keys, charger)
        order = _order(incoming.body)
        if verb == "start" and not order:
            return _Asked(400, verb, keys, charger)
        named = order if verb == "start" else peer.mind.order
        keys |= {"order": named} if named else {}
        if not peer.mind.online:
            return _Asked(409, verb, keys, charger)

        def heed() -> None:
            now_ms = self._clock.now_ms()
            peer.act(peer.mind.start(now_ms, order) if verb == "start" else peer.mind.stop(now_ms))

        return _Asked(202, verb, keys, charger, heed)

    def _write_down(self, incoming: Incoming, asked: _Asked, answer: Answer) -> None:
        now_ms, now_ns = self._clock.now_ms(), monotonic_ns()
        self._journal.post(
            Exchange(
                at_ms=now_ms,
                answered_at_ms=now_ms,
                intended_ns=now_ns,
                sent_ns=now_ns,
                duration_ns=0,
                wall_ns=wall_ns(),
                protocol=PROTOCOL,
                actor=SUT,
                peer=f"charger {asked.charger}",
                operation=asked.operation,
                request=Request(incoming.method, self.url + incoming.target, incoming.head, incoming.body),
                answer=answer,
                keys=dict(asked.keys),
            )
        )


def _order(body: bytes) -> str:
    """The order that a request names; empty where it names none."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return ""
    order = document.get("order") if isinstance(document, dict) else None
    return order if isinstance(order, str) else ""


def _answer(status: int, *, keeps: bool) -> Answer:
    connection = "keep-alive" if keeps else "close"
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Length: 0\r\nConnection: {connection}\r\n\r\n"
    return Answer(status, head.encode("ascii"))
