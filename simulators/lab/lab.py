"""The lab: the parties around one server, over one journal and one clock.

Lives in one event loop. What it can do is listed in ``verbs``; scenarios and people reach it through ``client``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from simulators.beijing.dialect import Dialect
from simulators.beijing.dialect import Readings as CityReadings
from simulators.beijing.peer import CityPeer
from simulators.clock import Clock, RealClock, ScaledClock, SteppedClock, monotonic_ns, wall_ns
from simulators.evchong.body import BoxSettings
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.evchong.mind import BoxMind
from simulators.evchong.peer import BoxPeer
from simulators.journal.records import Fact, Step
from simulators.journal.store import Journal
from simulators.lab.chargers import Chargers, open_chargers
from simulators.lab.city import open_city, reach_operator
from simulators.lab.leases import Leases
from simulators.lab.pem import trusting
from simulators.lab.setting import LabError, LabSetting
from simulators.lab.starting import Started, load, prepare_premises, start_server
from simulators.lab.surfaces import Surface, by_function, by_http, checked, offered
from simulators.randomness import Randomness
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.world.charging import ChargeCurve
from simulators.world.site import BoxRecord

START_MS = 1_790_820_000_000  # 2026-10-01 10:00 in Beijing: where a stepped clock begins unless told


class Lab:
    """Opened once a run (once a worker); closed at its end, whatever happened."""

    def __init__(self, setting: LabSetting) -> None:
        self.setting = setting
        self.clock = _clock(setting)
        self.journal = Journal.create(setting.journal, setting.world)
        sockets = setting.city.charger_sockets if setting.city else ()
        part = setting.world % setting.worlds  # who has a server to itself, has all that belongs to it
        self.leases = Leases(setting.site, part, setting.worlds, chargers=sockets)
        self.codec = Codec(Readings.parse(setting.readings))
        self.randomness = Randomness(setting.seed).branch(f"world {setting.world}")
        self.boxes: dict[str, BoxPeer] = {}
        self.open_by_hand: dict[tuple[str, int], int] = {}  # box and transaction (ids are unique in a box) -> connector
        self.plain_ports: list[int] = []
        self.city: CityPeer | None = None
        self.chargers: Chargers | None = None  # our own, which the server starts and stops
        self._server: Started | None = None
        self._start: Callable[..., Awaitable[Started]]
        self._hold = self.clock.awake()
        self._looking: httpx.AsyncClient | None = None  # at the operator's surfaces
        self._folder = tempfile.TemporaryDirectory(prefix="chargeproof-")

    async def open(self) -> None:
        """Start the server if it is ours to start, and make the line to it.

        From here on the lab itself is an awake party: protocol time moves only where a verb lets it pass.
        """
        await self._hold.__aenter__()
        if isinstance(self.clock, ScaledClock):
            self.clock.keep_measuring()
        premises = prepare_premises(Path(self._folder.name))
        setting = self.setting
        base_url, verify = setting.base_url, setting.verify
        city = await open_city(setting, self.clock, self.journal, self.randomness)
        self.city = city.peer if city else None
        self.chargers = await open_chargers(setting, self.clock, self.journal, self.randomness)
        if setting.start is not None:
            link = self.chargers.url if self.chargers else ""
            contract, data = city.contract if city else None, self._folder.name
            self._start = partial(start_server, setting, self.clock, premises, contract, link, data=data)
            self._server = await self._start()
            base_url = self._server.base_url
            verify = str(premises.ca) if verify == "none" and isinstance(setting.start, str) else verify
        self.tls = trusting(f"{setting.told_by}.verify", verify)
        try:
            endpoint = Endpoint.of(base_url, self.tls)
        except ValueError as wrong:
            raise LabError(f"{setting.told_by}.base_url: {wrong}") from None
        self.base_url = base_url
        self.plain_ports = [port or premises.plain_http_port for port in setting.plain_http] + [endpoint.port]
        self.line = Line("evchong", "sut", endpoint, setting.answer_limit_s, self.clock, self.journal.post)
        if city:
            reach_operator(city, setting, self.clock, self.journal, base_url, verify)
        if self.chargers:
            self.chargers.reach(endpoint, setting.answer_limit_s)

    async def close(self) -> None:
        """Close everything that was opened. The journal is whole afterwards."""
        for peer in self.boxes.values():
            peer.close()
        try:
            if self._looking:
                await self._looking.aclose()
            if self._server:
                await self._server.stop()
        finally:
            if self.chargers:
                await self.chargers.close()
            if self.city:
                await self.city.close()
            self._folder.cleanup()

    @property
    def can_restart(self) -> bool:
        """The server was started by us."""
        return self._server is not None

    async def restart(self) -> None:
        """Stop the server, and start it again at the same address, on what it has written down.

        Raises:
            LabError: it is not ours.
        """
        if self._server is None:
            raise LabError("the server runs without us: whoever started it restarts it")
        await self._server.stop()
        self._server = await self._start(port=Endpoint.of(self.base_url, None).port)
        self.fact("operator", "server-restarted", {}, {})
        if self.chargers:
            await self.chargers.report()  # what nobody heard meanwhile, and how each stands

    # Records

    def step(self, what: str, scenario: str = "", values: dict[str, Any] | None = None) -> int:
        """Write a run record."""
        return self.journal.post(
            Step(
                at_ms=self.clock.now_ms(),
                mono_ns=monotonic_ns(),
                wall_ns=wall_ns(),
                what=what,
                scenario=scenario,
                values=values or {},
            )
        )

    def fact(self, actor: str, what: str, keys: dict[str, str], values: dict[str, Any]) -> int:
        """Write what was done or seen."""
        return self.journal.post(
            Fact(
                at_ms=self.clock.now_ms(),
                mono_ns=monotonic_ns(),
                wall_ns=wall_ns(),
                actor=actor,
                what=what,
                keys=keys,
                values=values,
            )
        )

    def lateness(self) -> dict[str, Any]:
        """How late we were at worst since it was asked last: our senders, and whoever waited for a scaled moment."""
        worst_ns, self.line.worst_lateness_ns = self.line.worst_lateness_ns, 0
        if not isinstance(self.clock, ScaledClock):
            return {"worst_ns": worst_ns}
        sender_ms = round(worst_ns / 1e6 * self.clock.rate)
        return {"worst_ns": worst_ns, "jitter_ms": max(sender_ms, self.clock.take_worst_late_ms())}

    def use_readings(self, readings: Mapping[str, str]) -> None:
        """From here on the city speaks in these, and so does every box that is put in place. Raises ValueError."""
        self.codec = Codec(Readings.parse(readings))
        if self.city:
            self.city.mind.dialect = Dialect(CityReadings.parse(readings))
        self.setting = replace(self.setting, readings=readings)

    # Boxes

    def install(self, record: BoxRecord, *, share: str = "") -> BoxPeer:
        """Put a box in place, powered off. ``share`` names another box whose connection it uses (EVC-3-d)."""
        if record.serial in self.boxes:
            self.boxes[record.serial].close()
        mind = load(self.setting.box) if self.setting.box else BoxMind
        settings = self._settings(record)
        curves = {number: self._curve(record, number) for number in record.connectors}
        peer = BoxPeer(mind(settings, curves), self.codec, self.line, self.clock)
        if share:
            peer.share_connection(self.boxes[share])
        self.boxes[record.serial] = peer
        return peer

    def _settings(self, record: BoxRecord) -> BoxSettings:
        readings = self.setting.readings
        return BoxSettings(
            serial=record.serial,
            station=record.station,
            connectors=tuple(record.connectors),
            meter=record.meter,
            max_power_w=record.max_power_w,
            fixed_heartbeat_s=10 if readings.get("EVC-X11", "told") != "told" else None,
            sample_interval_s=int(readings.get("EVC-X21", "10")),
            data_is_register=readings.get("EVC-X16") == "register",
            whole_box_status=readings.get("EVC-X20") == "zero",
        )

    def _curve(self, record: BoxRecord, number: int) -> ChargeCurve:
        stream = self.randomness.branch(f"curve {record.serial} {number}").stream("curve")
        return ChargeCurve(record.max_power_w, stream.randrange(8_000, 40_000), stream.randrange(100))

    # Surfaces

    async def use_surface(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do a verb and write its answer down as a fact ("surface-answered"), in our words."""
        surface = offered(verb, self.setting.surfaces, ours=self.setting.start is not None)
        if surface.kind == "python":
            answer = by_function(surface, arguments)
        else:
            answer = await self._by_http(surface, {"base": self.base_url, **arguments})
        answer = checked(verb, answer)
        self.fact("operator", "surface-answered", {"verb": verb}, {"arguments": arguments, "answer": answer})
        return answer

    async def _by_http(self, surface: Surface, arguments: dict[str, Any]) -> dict[str, Any]:
        """What only looks may use a connection that was kept, as it may be sent again."""
        if surface.method != "GET":
            async with self._new_client() as client:
                return await by_http(surface, arguments, client)
        self._looking = self._looking or self._new_client()
        return await by_http(surface, arguments, self._looking)

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self.tls, trust_env=False)

    async def rest(self) -> list[str]:
        """End every session, switch every box off, take all leases back. Gives what could not be ended."""
        left = []
        for peer in self.boxes.values():
            await peer.settle()  # a start that was on its way, when somebody pressed Ctrl-C, must be known to be ended
            mind = peer.mind
            now_ms = self.clock.now_ms()
            if not mind.online:
                peer.act(mind.back(now_ms))
                await peer.settle()
            for number in list(mind.connectors):
                peer.act(mind.unplug(self.clock.now_ms(), number))
            await peer.settle()
            left += [f"{peer.name} connector {number}" for number, spot in mind.connectors.items() if spot.charge]
            peer.act(mind.power_off(self.clock.now_ms(), "end of the scenario"))
        left += await self.stop_by_hand()
        if self.chargers:
            await self.chargers.rest()
        for peer in self.boxes.values():
            peer.close()
        self.boxes.clear()
        self.leases.release()
        if self.city:
            self.city.mind.rest()
        return left

    async def stop_by_hand(self) -> list[str]:
        """End what messages by hand have opened. Gives what could not be ended."""
        left = []
        for (box, transaction_id), connector in list(self.open_by_hand.items()):
            peer = self.boxes.get(box)
            stop = peer and await peer.stop_by_hand(transaction_id, self.clock.now_ms())
            if not stop:
                left.append(f"box {box} connector {connector} transaction {transaction_id}")
        self.open_by_hand.clear()
        return left


def _clock(setting: LabSetting) -> Clock:
    if setting.clock == "stepped":
        return SteppedClock(START_MS if setting.clock_start_ms is None else setting.clock_start_ms)
    if setting.clock == "scaled":
        return ScaledClock(setting.clock_rate, setting.clock_start_ms, setting.clock_origin_ms)
    return RealClock()
