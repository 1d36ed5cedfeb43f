"""A charge box on the wire: lanes, connections, records, and what becomes of messages that wait their turn."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ClassVar, TypeVar

import pytest

from simulators.clock import RealClock, pause
from simulators.evchong.body import BoxSettings, Phase, Power
from simulators.evchong.codec import Codec
from simulators.evchong.messages import AuthorizeRequest, Service
from simulators.evchong.mind import BoxMind
from simulators.evchong.peer import PROVOKED, BoxPeer
from simulators.journal.records import Exchange, Fact, Record, WireError
from simulators.wire import faults
from simulators.wire.client import Endpoint
from simulators.wire.faults import FaultyServer
from simulators.wire.line import Line
from simulators.world.charging import ChargeCurve

T = TypeVar("T")
ACCEPTED = {"status": "Accepted"}
ANSWERS: dict[str, dict[str, Any]] = {
    "deviceBoot": {"bootRes": {"currentTime": 1, "heartbeatInterval": 60, "status": "Accepted"}},
    "authorize": {"authRes": {"idTagInfo": ACCEPTED}},
    "heartbeat": {"heartbeatRes": {"currentTime": 1}},
    "startTrans": {"startTransactionRes": {"idTagInfo": ACCEPTED, "transactionId": 5}},
    "meterValues": {"meterValuesRes": {"transactionId": 5, "timestamp": 1}},
    "stopTrans": {"stopTransactionRes": {"idTagInfo": ACCEPTED, "transactionId": 5}},
    "statusNotify": {"statusNotificationRes": {"timestamp": 1}},
}


class Operator:
    """A server that accepts everything, after a pause, and remembers who came by which connection."""

    greets: ClassVar[bool] = False

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []  # service, connection
        self.answers = {service: json.dumps(document).encode() for service, document in ANSWERS.items()}
        self.pause_s = 0.0
        self._lines: dict[faults.Line, int] = {}
        self._numbers = itertools.count(1)

    async def meet(self, line: faults.Line) -> bool:
        if line not in self._lines:
            self._lines[line] = next(self._numbers)
        service = line.request.split(b" ")[1].rsplit(b"/", 1)[-1].decode()
        self.heard.append((service, self._lines[line]))
        await pause(self.pause_s)
        await line.say(faults.answer(self.answers[service]))
        return True

    @property
    def services(self) -> list[str]:
        return [service for service, _ in self.heard]


class Yard:
    """One operator, one line to it, and boxes."""

    def __init__(self, operator: Operator, port: int, limit_s: float) -> None:
        self.operator = operator
        self.records: list[Record] = []
        self.clock = RealClock()
        self.line = Line("evchong", "sut", Endpoint("127.0.0.1", port, None), limit_s, self.clock, self.post)
        self.boxes: list[BoxPeer] = []

    def post(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records)

    def box(
        self, serial: str = "CB-1", connectors: tuple[int, ...] = (1, 2), *, one_connection: bool = False
    ) -> BoxPeer:
        settings = BoxSettings(serial=serial, station="ST-1", connectors=connectors)
        mind = BoxMind(settings, {number: ChargeCurve(7000, 40_000, 3) for number in connectors})
        peer = BoxPeer(mind, Codec(), self.line, self.clock, one_connection=one_connection)
        self.boxes.append(peer)
        return peer

    async def on(self, peer: BoxPeer) -> BoxPeer:
        peer.act(peer.mind.power_on(self.clock.now_ms()))
        await peer.settle()
        return peer

    async def swipe(self, peer: BoxPeer, card: str = "CARD", number: int = 1) -> None:
        peer.act(peer.mind.swipe(self.clock.now_ms(), card, number))
        await peer.settle()

    def exchanges(self) -> list[Exchange]:
        return [record for record in self.records if isinstance(record, Exchange)]

    def facts(self) -> list[Fact]:
        return [record for record in self.records if isinstance(record, Fact)]


@asynccontextmanager
async def yard(limit_s: float = 5.0) -> AsyncIterator[Yard]:
    operator = Operator()
    async with FaultyServer(operator) as server:
        place = Yard(operator, server.port, limit_s)
        try:
            yield place
        finally:
            for peer in place.boxes:
                peer.close()
            await pause(0)


def tell(story: Callable[[Yard], Awaitable[T]], **how: Any) -> T:
    async def told() -> T:
        async with yard(**how) as place:
            return await story(place)

    return run(told())


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(story, 30))


def test_a_session_is_written_down_with_its_keys() -> None:
    """Every exchange and every fact says which box, connector, card and transaction it belongs to."""

    async def story(place: Yard) -> None:
        peer = await place.on(place.box(connectors=(1,)))
        await place.swipe(peer)
        await place.swipe(peer)
        told = [(exchange.operation, exchange.keys, exchange.injected) for exchange in place.exchanges()]
        box = {"box": "CB-1"}
        connector = {**box, "connector": "1"}
        running = {**connector, "transaction": "5"}
        assert told == [
            ("deviceBoot", box, ""),
            ("statusNotify", connector, ""),
            ("authorize", {**connector, "card": "CARD"}, ""),
            ("startTrans", {**connector, "card": "CARD"}, ""),
            ("statusNotify", connector, ""),
            ("authorize", {**running, "card": "CARD"}, ""),
            ("stopTrans", {**running, "card": "CARD"}, ""),
            ("statusNotify", connector, ""),
        ]
        assert {(exchange.actor, exchange.peer, exchange.protocol) for exchange in place.exchanges()} == {
            ("box CB-1", "sut", "evchong")
        }
        assert [(fact.what, fact.keys) for fact in place.facts()][-4:] == [
            ("card-swiped", {**connector, "card": "CARD"}),
            ("charging-ended", {**running, "card": "CARD"}),
            ("unplugged", {**connector, "card": "CARD"}),
            ("status-changed", connector),
        ]

    tell(story)


def test_each_lane_has_a_connection_of_its_own() -> None:
    """Boot and beats by one connection, each connector by another: they do not wait for each other."""

    async def story(place: Yard) -> None:
        await place.on(place.box())
        assert sorted(place.operator.heard) == [("deviceBoot", 1), ("statusNotify", 2), ("statusNotify", 3)]

    tell(story)


def test_a_box_of_a_fleet_has_one_connection() -> None:
    """All its messages leave one after the other."""

    async def story(place: Yard) -> None:
        peer = await place.on(place.box(one_connection=True))
        await place.swipe(peer)
        services = ["deviceBoot", "statusNotify", "statusNotify", "authorize", "startTrans", "statusNotify"]
        assert place.operator.heard == [(service, 1) for service in services]
        spans = [(exchange.sent_ns, exchange.sent_ns + exchange.duration_ns) for exchange in place.exchanges()]
        assert all(ended <= begun for (_, ended), (begun, _) in itertools.pairwise(spans))

    tell(story)


def test_boxes_behind_one_back_office_share_a_connection() -> None:
    """EVC-3-d: and every record of theirs says whose line it was."""

    async def story(place: Yard) -> None:
        first, second = place.box("CB-1", (1,)), place.box("CB-2", (1,))
        first.share_connection(second)
        await place.on(second)
        await place.on(first)
        assert {connection for _, connection in place.operator.heard} == {1}
        assert [exchange.keys["line"] for exchange in place.exchanges() if exchange.actor == "box CB-1"] == [
            "box CB-2"
        ] * 2

    tell(story)


def test_a_message_by_hand_is_marked_and_the_mind_hears_nothing_of_it() -> None:
    """The box's own conduct is not judged by what a scenario put into its mouth."""

    async def story(place: Yard) -> None:
        peer = await place.on(place.box(connectors=(1,)))
        said = await peer.say(Service.AUTHORIZE, AuthorizeRequest(box_serial="CB-1", id_token="CARD").canonical())
        assert said.answer == ANSWERS["authorize"]
        assert place.exchanges()[-1].injected == PROVOKED
        assert peer.mind.connectors[1].charge is None

    tell(story)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"bootRes":{"status":"Rejected"}}', b'{"bootRes":{}}'])
def test_a_boot_answer_that_does_not_accept_switches_the_box_off(body: bytes) -> None:
    """Also one that nobody can read."""

    async def story(place: Yard) -> None:
        place.operator.answers["deviceBoot"] = body
        peer = await place.on(place.box())
        assert (peer.mind.power, place.operator.services) == (Power.OFF, ["deviceBoot"])
        assert place.facts()[-1].what == "powered-off"

    tell(story)


def test_no_answer_within_the_limit_is_told_to_the_mind() -> None:
    """A boot into silence: off, with the time-out on record."""

    async def story(place: Yard) -> None:
        place.operator.pause_s = 5.0
        peer = await place.on(place.box())
        assert peer.mind.power is Power.OFF
        assert [exchange.error for exchange in place.exchanges()] == [WireError.TIMEOUT]

    tell(story, limit_s=0.1)


# What waits its turn


async def with_statuses_under_way(place: Yard) -> BoxPeer:
    """A box of one connection whose first notification is on its way, and whose second waits behind it."""
    peer = place.box(one_connection=True)
    place.operator.pause_s = 0.4
    peer.act(peer.mind.power_on(place.clock.now_ms()))
    while len(place.operator.heard) < 2:
        await pause(0.01)
    return peer


def test_what_still_waits_when_the_power_goes_is_never_sent() -> None:
    """A box without power says nothing."""

    async def story(place: Yard) -> None:
        peer = await with_statuses_under_way(place)
        peer.act(peer.mind.power_off(place.clock.now_ms()))
        await peer.settle()
        await pause(0.5)
        assert place.operator.services == ["deviceBoot", "statusNotify"]

    tell(story)


def test_what_still_waits_when_the_line_goes_is_told_when_it_is_back() -> None:
    """The notification that could not leave is owed."""

    async def story(place: Yard) -> None:
        peer = await with_statuses_under_way(place)
        peer.act(peer.mind.cut_off(place.clock.now_ms()))
        await peer.settle()
        await pause(0.5)
        assert place.operator.services == ["deviceBoot", "statusNotify"]
        peer.act(peer.mind.back(place.clock.now_ms()))
        await peer.settle()
        assert [exchange.keys.get("connector") for exchange in place.exchanges()] == [None, "1", "2"]

    tell(story)


def test_a_slow_server_is_not_taken_for_a_late_sender() -> None:
    """A notification that waits for the answer to the one before it is not late by our fault."""

    async def story(place: Yard) -> None:
        await (await with_statuses_under_way(place)).settle()
        first, second = place.exchanges()[1:]
        assert second.sent_ns - first.sent_ns > 390_000_000
        assert place.line.worst_lateness_ns < 300_000_000
        assert second.sent_ns - second.intended_ns < 300_000_000

    tell(story)


def test_settling_waits_for_what_follows_from_the_answers() -> None:
    """Authorize, start and the notification after it are one event to whoever waits."""

    async def story(place: Yard) -> None:
        peer = await place.on(place.box(connectors=(1,)))
        place.operator.pause_s = 0.02
        await place.swipe(peer)
        charge = peer.mind.connectors[1].charge
        assert charge is not None
        assert charge.phase is Phase.CHARGING
        assert place.operator.services[2:] == ["authorize", "startTrans", "statusNotify"]

    tell(story)


def test_a_mistake_of_our_own_comes_out_where_somebody_waits() -> None:
    """A mind that breaks over an answer breaks the scenario, instead of a box that is silent for ever."""

    async def story(place: Yard) -> None:
        peer = place.box()
        peer.mind.answered = lambda *_: 1 / 0  # type: ignore[assignment,method-assign]
        with pytest.raises(ZeroDivisionError):
            await place.on(peer)

    tell(story)


def test_a_closed_box_says_nothing_more() -> None:
    """No beat, and nothing of what waited."""

    async def story(place: Yard) -> None:
        place.operator.answers["deviceBoot"] = place.operator.answers["deviceBoot"].replace(b"60", b"1")
        peer = await place.on(place.box(connectors=(1,)))
        peer.close()
        await pause(1.2)
        assert place.operator.services == ["deviceBoot", "statusNotify"]

    tell(story)


def test_beats_leave_when_they_are_due() -> None:
    """On the real clock, told one second: one beat a second, recorded as intended."""

    async def story(place: Yard) -> None:
        place.operator.answers["deviceBoot"] = place.operator.answers["deviceBoot"].replace(b"60", b"1")
        await place.on(place.box(connectors=(1,)))
        while place.operator.services.count("heartbeat") < 3:
            await pause(0.05)
        beats = [exchange for exchange in place.exchanges() if exchange.operation == "heartbeat"]
        assert 700_000_000 < beats[1].intended_ns - beats[0].intended_ns < 1_300_000_000
        assert all(0 <= beat.sent_ns - beat.intended_ns < 500_000_000 for beat in beats)

    tell(story)


def test_a_stop_by_hand_ends_what_the_mind_does_not_know() -> None:
    """For cleaning up after a scenario; True when it was answered."""

    async def story(place: Yard) -> tuple[bool, str]:
        peer = await place.on(place.box(connectors=(1,)))
        return await peer.stop_by_hand(5, place.clock.now_ms()), place.operator.services[-1]

    assert tell(story) == (True, "stopTrans")
