"""Whatever happens to a box, in whatever order, it keeps its laws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.evchong.body import Action, BoxSettings, Did, Phase, Power, Reply, Send
from simulators.evchong.messages import (
    ChargePointErrorCode,
    MeterValuesRequest,
    Service,
    StatusRequest,
    StopRequest,
)
from simulators.evchong.mind import MOST_STOP_TRIES, BoxMind
from simulators.world.charging import ChargeCurve
from tests.unit.box_yard import BLOCKED, BOOT_ACCEPTED, CODEC, ERRORS, NOON_MS, REFUSED, SILENCE

# Whatever happens

CONNECTORS = st.sampled_from([1, 2])
CARDS = st.sampled_from(["ONE", "TWO"])
EVENTS = st.one_of(
    st.tuples(st.just("power_on"), st.booleans()),
    st.tuples(st.just("power_off")),
    st.tuples(st.just("swipe"), CARDS, CONNECTORS),
    st.tuples(st.just("swipe"), CARDS, CONNECTORS),
    st.tuples(st.just("unplug"), CONNECTORS),
    st.tuples(st.just("fault"), CONNECTORS, st.sampled_from([str(error) for error in ERRORS]), st.just("E-1")),
    st.tuples(st.just("clear"), CONNECTORS),
    st.tuples(st.just("cut_off")),
    st.tuples(st.just("back")),
    st.tuples(st.just("pass"), st.integers(1, 40)),
    st.tuples(st.just("answer"), st.integers(0, 5), st.sampled_from([SILENCE, BLOCKED, REFUSED])),
    *[st.tuples(st.just("answer"), st.integers(0, 5), st.just(BOOT_ACCEPTED))] * 4,
)


class Watch:
    """Carries out events in any order, answers in any order, and holds every action against the laws."""

    def __init__(self) -> None:
        setting = BoxSettings(serial="CB-1", station="ST-1", connectors=(1, 2))
        self.mind = BoxMind(setting, {number: ChargeCurve(7000, 40_000, number) for number in (1, 2)})
        self.now_ms = NOON_MS
        self.open: list[Send] = []
        self.told: set[int] = set()
        self.tries: dict[int, int] = {}
        self.registers_wh = {1: 0, 2: 0}
        self.charging = {1: 0, 2: 0}

    def see(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self.sent(action)
            else:
                self.happened(action)

    def sent(self, send: Send) -> None:
        assert self.mind.online
        assert self.mind.power is (Power.BOOTING if send.service is Service.DEVICE_BOOT else Power.ON)
        content_type, body = CODEC.request_bytes(send.service, send.message.canonical())
        assert CODEC.read_request(send.service, content_type, body).faults == ()
        if isinstance(send.message, MeterValuesRequest):
            assert send.connector is not None
            assert self.charging[send.connector] == 1
            assert send.message.transaction_id in self.told
        if isinstance(send.message, StopRequest):
            assert send.message.transaction_id in self.told
            self.tries[send.message.transaction_id] = self.tries.get(send.message.transaction_id, 0) + 1
            assert self.tries[send.message.transaction_id] <= MOST_STOP_TRIES
        if isinstance(send.message, StatusRequest):
            broken = send.message.error_code is not ChargePointErrorCode.NO_ERROR
            assert (send.message.status == "Faulted") is broken
        assert not any(
            same.lane == send.lane and same.service is send.service is Service.STOP_TRANS for same in self.open
        )
        self.open.append(send)

    def happened(self, did: Did) -> None:
        if did.connector is None:
            return
        if did.what == "charging-began":
            self.charging[did.connector] += 1
            assert did.values["register_wh"] >= self.registers_wh[did.connector]
        elif did.what == "charging-ended":
            self.charging[did.connector] -= 1
            assert did.values["register_wh"] >= self.registers_wh[did.connector]
            self.registers_wh[did.connector] = did.values["register_wh"]
        assert self.charging[did.connector] in (0, 1)

    def event(self, what: str, *how: Any) -> None:
        if what == "pass":
            self.pass_s(how[0])
        elif what == "answer":
            if self.open:
                self.answer(self.open.pop(how[0] % len(self.open)), how[1])
        else:
            self.see(getattr(self.mind, what)(self.now_ms, *how))
        self.at_rest()

    def answer(self, send: Send, reply: Reply) -> None:
        if send.service is Service.START_TRANS and reply.status == "Accepted":
            reply = replace(reply, transaction_id=send.ticket)
            self.told.add(send.ticket)
        self.see(self.mind.answered(self.now_ms, send.ticket, reply))

    def pass_s(self, seconds: int) -> None:
        until_ms = self.now_ms + seconds * 1000
        while (due_ms := self.mind.due_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.see(self.mind.tick(self.now_ms))
            after_ms = self.mind.due_ms()
            assert after_ms is None or after_ms > due_ms or after_ms > self.now_ms
        self.now_ms = until_ms

    def at_rest(self) -> None:
        for number, connector in self.mind.connectors.items():
            phase = connector.charge.phase if connector.charge else None
            flowing = phase in (Phase.STARTING, Phase.CHARGING, Phase.AUTHORIZING_STOP)
            assert self.charging[number] == int(flowing)
            if self.mind.power is Power.OFF:
                assert phase is None
            if phase in (Phase.CHARGING, Phase.AUTHORIZING_STOP):
                assert connector.status == "Occupied"
        if self.mind.power is Power.OFF:
            assert self.mind.due_ms() is None


@given(st.lists(EVENTS, max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_the_box_keeps_its_laws(events: list[tuple[Any, ...]]) -> None:
    """Never a word while off or offline, one charge a connector, only transactions that were told, valid messages."""
    watch = Watch()
    watch.event("power_on", False)
    watch.answer(watch.open.pop(), BOOT_ACCEPTED)
    for what, *how in events:
        watch.event(what, *how)
