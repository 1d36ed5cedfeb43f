"""Many charge boxes in one process, each at its documented pace, over one line to one server.

For a server that shall see a crowd instead of a handful: heartbeats as told at boot, meter values every 10 s where a
car charges, each box over a connection of its own. All that is drawn (serials, stations, drivers, when they come and
go) follows from one seed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from msgspec import Struct

from simulators.clock import Clock
from simulators.evchong.body import BoxSettings, Phase
from simulators.evchong.codec import Codec
from simulators.evchong.mind import BoxMind
from simulators.evchong.peer import BoxPeer
from simulators.journal.records import Exchange, Record
from simulators.randomness import Person, Randomness
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.world.charging import ChargeCurve
from simulators.world.site import BoxRecord, Card, Site, Station

BOXES_A_STATION = 20
CLOSING_S = 5.0  # over which the last sessions are ended, so that they don't all end in one moment
TEMPLATE = BoxSettings(serial="", station="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSetting:
    """How large a fleet is and what it does. Sessions and the pauses between them last from so many seconds to so many.

    ``heartbeat_s`` is what the site tells a server that we start; the boxes go by what they are told at boot.
    """

    boxes: int
    seed: int = 1
    charging_percent: int = 20
    ramp_s: float = 10.0  # over which the boxes are switched on
    session_s: tuple[int, int] = (300, 1800)
    pause_s: tuple[int, int] = (10, 60)
    heartbeat_s: int = 10
    template: BoxSettings = TEMPLATE


class Driver(Struct, frozen=True):
    """Somebody who charges at one box of the fleet."""

    person: Person
    plate: str
    card: str


class Berth(Struct, frozen=True):
    """One place of the fleet: a box, and who charges there, if anybody does."""

    number: int
    serial: str
    station: str
    driver: Driver | None


class Crew:
    """Who and what a fleet is made of; the same seed gives the same crew."""

    def __init__(self, setting: FleetSetting) -> None:
        self.setting = setting
        self.chance = Randomness(setting.seed)
        stations = max(1, setting.boxes // BOXES_A_STATION)
        serials = self.chance.stream("serials").sample(range(10**8), setting.boxes)
        driven = setting.boxes * setting.charging_percent // 100
        charging = set(self.chance.stream("who charges").sample(range(setting.boxes), driven))
        self.berths = [
            Berth(number, f"CB-{serial:08d}", f"ST-{number % stations + 1:04d}", self._driver(number in charging))
            for number, serial in enumerate(serials)
        ]

    def _driver(self, drives: bool) -> Driver | None:
        chance = self.chance
        return Driver(chance.person(), chance.plate(), chance.card_number()) if drives else None

    def site(self) -> Site:
        """What the operator's server must know of this fleet."""
        setting = self.setting
        drivers = [berth.driver for berth in self.berths if berth.driver]
        return Site(
            boxes=[
                BoxRecord(
                    serial=berth.serial,
                    station=berth.station,
                    connectors=list(setting.template.connectors),
                    heartbeat_interval_s=setting.heartbeat_s,
                    meter=setting.template.meter,
                    max_power_w=setting.template.max_power_w,
                )
                for berth in self.berths
            ],
            cards=[Card(id_token=driver.card, user=driver.person.name, plate=driver.plate) for driver in drivers],
            stations=[Station(id=name) for name in sorted({berth.station for berth in self.berths})],
        )


@dataclass(slots=True)
class Tally:
    """What a fleet has sent and what came of it. A request that an idle connection swallowed counts once."""

    sent: Counter[str] = field(default_factory=Counter)  # by service
    answered: int = 0  # HTTP 200
    refused: int = 0  # another status
    errors: Counter[str] = field(default_factory=Counter)  # no whole answer, by kind
    reconnected: int = 0
    late_ms: Counter[int] = field(default_factory=Counter)  # how many messages left so many milliseconds late
    slowest_ns: int = 0

    def add(self, exchange: Exchange) -> None:
        """Count one attempt."""
        if exchange.resent:
            self.reconnected += 1
            return
        self.sent[exchange.operation] += 1
        self.late_ms[(exchange.sent_ns - exchange.intended_ns) // 1_000_000] += 1
        self.slowest_ns = max(self.slowest_ns, exchange.duration_ns)
        if exchange.error is not None or exchange.answer is None:
            self.errors[str(exchange.error)] += 1
        elif exchange.answer.status == 200:
            self.answered += 1
        else:
            self.refused += 1

    @property
    def requests(self) -> int:
        return self.sent.total()

    def lateness_ms(self, percent: float) -> int:
        """So many percent of the messages left at most this late; 100 gives the latest of all."""
        wanted, counted = self.requests * percent / 100, 0
        for late_ms, count in sorted(self.late_ms.items()):
            counted += count
            if counted >= wanted:
                return late_ms
        return 0


class Fleet:
    """The boxes of a crew, on one clock, against one server."""

    def __init__(
        self,
        crew: Crew,
        endpoint: Endpoint,
        clock: Clock,
        codec: Codec | None = None,
        *,
        answer_limit_s: float = 10.0,
        journal_post: Callable[[Record], int] = lambda record: 0,
    ) -> None:
        self.tally = Tally()
        self.left_open: list[str] = []
        self._crew, self._clock, self._codec = crew, clock, codec or Codec()
        self._journal_post = journal_post
        self._line = Line("evchong", "sut", endpoint, answer_limit_s, clock, self._hear)

    async def run(self, seconds: float) -> None:
        """Switch on over the ramp, live for so long in all, end every session, switch off.

        Cancelled, it ends early, but ends its sessions all the same. ``left_open`` names those that it could not end.
        """
        began_ms = self._clock.now_ms()
        ends_ms = began_ms + round(seconds * 1000)
        lives = [self._clock.spawn(self._life(berth, began_ms, ends_ms)) for berth in self._crew.berths]
        async with self._clock.resting():
            await asyncio.gather(*lives)

    def _hear(self, record: Record) -> int:
        if isinstance(record, Exchange):
            self.tally.add(record)
        return self._journal_post(record)

    async def _life(self, berth: Berth, began_ms: int, ends_ms: int) -> None:
        setting = self._crew.setting
        share = berth.number / setting.boxes
        leaves_ms = ends_ms - round(min(CLOSING_S, setting.ramp_s) * (1 - share) * 1000)
        peer = self._box(berth)
        try:
            await self._clock.sleep_until(began_ms + round(setting.ramp_s * share * 1000))
            peer.act(peer.mind.power_on(self._clock.now_ms()))
            await peer.settle()
            if berth.driver:
                await self._drive(peer, berth.driver, leaves_ms)
            await self._clock.sleep_until(leaves_ms)
        finally:
            await self._leave(peer)

    def _box(self, berth: Berth) -> BoxPeer:
        template = self._crew.setting.template
        settings = replace(
            template, serial=berth.serial, station=berth.station, meter_serial=f"M-{berth.serial.removeprefix('CB-')}"
        )
        draw = self._crew.chance.stream(f"curve {berth.serial}")
        curves = {
            number: ChargeCurve(settings.max_power_w, draw.randrange(8_000, 40_000), draw.randrange(100))
            for number in settings.connectors
        }
        return BoxPeer(BoxMind(settings, curves), self._codec, self._line, self._clock, one_connection=True)

    async def _drive(self, peer: BoxPeer, driver: Driver, leaves_ms: int) -> None:
        """Come, charge, go, and come again, until it is time to leave; the last session is ended by ``_leave``."""
        draw, setting = self._crew.chance.stream(f"driver {driver.card}"), self._crew.setting
        number = peer.mind.settings.connectors[0]
        while True:
            for least_s, most_s in (setting.pause_s, setting.session_s):
                until_ms = self._clock.now_ms() + draw.randint(least_s * 1000, most_s * 1000)
                if until_ms >= leaves_ms:
                    return
                await self._clock.sleep_until(until_ms)
                peer.act(peer.mind.swipe(self._clock.now_ms(), driver.card, number))
                await peer.settle()

    async def _leave(self, peer: BoxPeer) -> None:
        mind = peer.mind
        await peer.settle()
        for number, connector in mind.connectors.items():
            if connector.charge and connector.charge.phase is Phase.CHARGING:
                peer.act(mind.unplug(self._clock.now_ms(), number))
        await peer.settle()
        self.left_open += [f"{peer.name} connector {number}" for number, spot in mind.connectors.items() if spot.charge]
        peer.act(mind.power_off(self._clock.now_ms(), "end of the fleet"))
        peer.close()
