"""A box in a yard of its own: told what happens, it says what it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from simulators.evchong.body import Action, BoxSettings, Did, Phase, Reply, Send
from simulators.evchong.codec import Codec
from simulators.evchong.messages import (
    ChargePointErrorCode,
    Service,
)
from simulators.evchong.mind import BoxMind
from simulators.world.charging import ChargeCurve

NOON_MS = 1_790_820_000_000
ERRORS = [code for code in ChargePointErrorCode if code is not ChargePointErrorCode.NO_ERROR]
CODEC = Codec()
SILENCE = Reply(arrived=False)
ACCEPTED = Reply(arrived=True, status="Accepted")
BLOCKED = Reply(arrived=True, status="Blocked")
REFUSED = Reply(arrived=True)
BOOT_ACCEPTED = Reply(arrived=True, status="Accepted", heartbeat_interval_s=30)


class Yard:
    """A box, its clock, and a server that accepts everything unless told otherwise."""

    def __init__(self, **changes: Any) -> None:
        setting = replace(BoxSettings(serial="CB-1", station="ST-1"), **changes)
        self.mind = BoxMind(setting, {number: ChargeCurve(7000, 40_000, 3) for number in setting.connectors})
        self.now_ms = NOON_MS
        self.sent: list[Send] = []
        self.did: list[Did] = []
        self.answers: dict[Service, Reply] = {}
        self.transactions = 0

    def do(self, actions: Iterable[Action]) -> list[str]:
        """Carry out, answer at once, and give what was said and done, in order, in words."""
        told: list[str] = []
        waiting = deque([list(actions)])
        while waiting:
            for action in waiting.popleft():
                if isinstance(action, Did):
                    self.did.append(action)
                    told.append(action.what)
                else:
                    self.sent.append(action)
                    told.append(str(action.service))
                    waiting.append(list(self.mind.answered(self.now_ms, action.ticket, self.reply(action))))
        return told

    def reply(self, send: Send) -> Reply:
        if send.service in self.answers:
            return self.answers[send.service]
        if send.service is Service.DEVICE_BOOT:
            return BOOT_ACCEPTED
        if send.service is Service.START_TRANS:
            self.transactions += 1
            return replace(ACCEPTED, transaction_id=700 + self.transactions)
        return ACCEPTED

    def booted(self) -> Yard:
        self.do(self.mind.power_on(self.now_ms))
        self.sent.clear()
        self.did.clear()
        return self

    def charging(self, card: str = "CARD", number: int = 1) -> Yard:
        self.swipe(card, number)
        assert self.phase(number) is Phase.CHARGING
        self.sent.clear()
        self.did.clear()
        return self

    def swipe(self, card: str = "CARD", number: int = 1) -> list[str]:
        return self.do(self.mind.swipe(self.now_ms, card, number))

    def pass_s(self, seconds: int) -> list[str]:
        """Let time pass, from due moment to due moment."""
        until_ms, told = self.now_ms + seconds * 1000, []
        while (due_ms := self.mind.due_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            told += self.do(self.mind.tick(self.now_ms))
        self.now_ms = until_ms
        return told

    def phase(self, number: int = 1) -> Phase | None:
        charge = self.mind.connectors[number].charge
        return charge.phase if charge else None

    def said(self, service: Service) -> list[Any]:
        return [send.message for send in self.sent if send.service is service]


def statuses(yard: Yard) -> list[tuple[int, str, str, str]]:
    return [
        (told.connector, str(told.status), str(told.error_code), str(told.vendor_error_code))
        for told in yard.said(Service.STATUS_NOTIFY)
    ]
