"""Hand-written journals with a city in them: what the server pushes, and what it answers when the city asks.

The boxes speak as in ``journals``; what they were told is the truth that the city must be told::

    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.charge_status(start)
    assert story.judged().of("BJ-2.2.1-a") == ["good pushed/card"]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from conformance.finding import Finding
from conformance.judge import Judge
from conformance.rules.beijing.bench import BeijingBench
from conformance.rules.beijing.known import PUSH_AT_ONCE_S, Pixit
from simulators.beijing.dialect import Readings
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.beijing.peer import CITY, SUT
from simulators.beijing.sealed import Sealed
from simulators.journal.records import Answer, Exchange, Request
from simulators.world.city import Socket
from tests.unit.journals import BOX, HOME, LEFT_OUT, OTHER_BOX, OTHER_HOME, Asked, Judged, Story, start_of

PLATFORM, OPERATOR = "MA0CITY01", "MA0TEST01"
NUMBER, OTHER_NUMBER = f"{OPERATOR}202501151100000001", f"{OPERATOR}202501151100000002"
ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
CHARGE_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS
ASKED_STATUS = Interface.QUERY_EQUIP_CHARGE_STATUS

LEFT = Socket(id="11010500000000000000001001", equipment="11010500000000000000001", station=HOME, box=BOX, power_w=7000)
RIGHT = replace(LEFT, id="11010500000000000000001002", connector=2)
ELSEWHERE = Socket(
    id="11010500000000000000002001",
    equipment="11010500000000000000002",
    station=OTHER_HOME,
    box=OTHER_BOX,
    power_w=7000,
)
SOCKETS = (LEFT, RIGHT, ELSEWHERE)


class CityStory(Story):
    """One journal in the making, of boxes and of the city."""

    def __init__(
        self,
        *,
        bonus: bool = True,
        city_readings: Mapping[str, str] | None = None,
        push_at_once_s: float = PUSH_AT_ONCE_S,
        world: int = 0,
        **boxes: Any,
    ) -> None:
        super().__init__(world=world, **boxes)
        self.city = Pixit(
            boxes=self.pixit,
            platform_id=PLATFORM,
            operator_id=OPERATOR,
            sockets=SOCKETS,
            readings=Readings.parse(city_readings or {}),
            bonus=bonus,
            push_at_once_s=push_at_once_s,
        )

    # What passes between the server and the city

    def pushes(
        self, interface: Interface, content: Content | None, *, ret: int = 0, told: Content | None = None, by: str = ""
    ) -> None:
        """The server calls. ``content`` None: nobody could read it; ``by``: the plan by which it was refused."""
        self._passed(interface, SUT, content, ret, told if told is not None else {}, by)

    def asks(self, interface: Interface, asked: Content, told: Content | None, *, ret: int = 0) -> None:
        """The city asks, and the server answers."""
        self._passed(interface, CITY, asked, ret, told, "")

    def _passed(
        self, interface: Interface, actor: str, asked: Content | None, ret: int, told: Content | None, injected: str
    ) -> None:
        sent_ns = self.tick()
        view = {
            "request": Sealed(kind=Kind.REQUEST, content=asked).as_view(),
            "answer": Sealed(kind=Kind.ANSWER, ret=ret, content=told).as_view(),
        }
        self.write(
            Exchange(
                at_ms=self.now_ms,
                answered_at_ms=self.now_ms,
                intended_ns=sent_ns,
                sent_ns=sent_ns,
                duration_ns=self.tick() - sent_ns,
                wall_ns=sent_ns,
                protocol="beijing",
                actor=actor,
                peer=CITY if actor == SUT else SUT,
                operation=interface.value,
                request=Request("POST", f"http://there:80{interface.path}", b"", b"{}"),
                answer=Answer(200, b"", b"{}"),
                injected=injected,
                view=view,
            )
        )

    # What a correct server says of a charge

    def local(self, moment_ms: int) -> str:
        """yyyy-MM-dd HH:mm:ss where the operator is."""
        local = datetime.fromtimestamp(moment_ms / 1000, UTC) + timedelta(minutes=self.city.utc_offset_minutes)
        return local.strftime("%Y-%m-%d %H:%M:%S")

    def charge_status(self, of: Asked, number: str = NUMBER, *, by: str = "", **changes: Any) -> None:
        """The status of a start's charge is pushed; LEFT_OUT is a field left out."""
        self.pushes(CHARGE_STATUS, self.state(of, number, **changes), by=by)

    def asked_status(self, of: Asked, number: str = NUMBER, *, ret: int = 0, **changes: Any) -> None:
        """The city asks for the status of a start's charge."""
        told = self.state(of, number, **changes) if ret == 0 else None
        self.asks(ASKED_STATUS, {"StartChargeSeq": number}, told, ret=ret)

    def state(self, of: Asked, number: str = NUMBER, **changes: Any) -> Content:
        """ChargeStatus of 5.10."""
        content = {
            "StartChargeSeq": number,
            "StartChargeSeqStat": 2,
            "ConnectorID": self.socket(of).id,
            "ConnectorStatus": 3,
            "CurrentA": 31.5,
            "VoltageA": 220.1,
            "Soc": 0,
            "StartTime": self.local(of.sent_ms),
            "EndTime": self.local(self.now_ms),
            "ChargeModel": 2,
            "TotalPower": 0.5,
        }
        return without_left_out(content | changes)

    def bonus_order(
        self, of: Asked, number: str = NUMBER, *, energy_wh: int = 1000, ended_ms: int = 0, by: str = "", **changes: Any
    ) -> None:
        """The order of a start's charge is pushed, which ended now unless told otherwise."""
        self.pushes(ORDER, self.order(of, number, energy_wh=energy_wh, ended_ms=ended_ms, **changes), by=by)

    def order(
        self, of: Asked, number: str = NUMBER, *, energy_wh: int = 1000, ended_ms: int = 0, **changes: Any
    ) -> Content:
        """5.15, by the tariff of the site at noon: 0.60 and 0.40 yuan a kWh."""
        socket, start, ended_ms = self.socket(of), start_of(of), ended_ms or self.now_ms
        content = {
            "StartChargeSeq": number,
            "ConnectorID": socket.id,
            "StartTime": self.local(of.sent_ms),
            "EndTime": self.local(ended_ms),
            "ChargeModel": 2,
            "TotalPower": energy_wh / 1000,
            "TotalElecMoney": round(energy_wh * 0.06) / 100,
            "TotalSeviceMoney": round(energy_wh * 0.04) / 100,
            "TotalMoney": round(energy_wh * 0.1) / 100,
            "UserName": "U-1",
            "StationID": socket.station,
            "EquipmentID": socket.equipment,
            "ConnectorPower": socket.simulated_w / 1000,
            "ChargeLast": (ended_ms - of.sent_ms) // 1000,
            "MeterValueStart": start.meter_start_wh / 1000,
            "MeterValueEnd": (start.meter_start_wh + energy_wh) / 1000,
            "StopReason": 0,
        }
        return without_left_out(content | changes)

    def socket(self, of: Asked) -> Socket:
        """Where a start's charge is, by the city's identifiers."""
        start = start_of(of)
        place = (start.box_serial, start.connector)
        return next(socket for socket in SOCKETS if (socket.box, socket.connector) == place)

    # What the judge makes of it

    def judged(self, *, ended: bool = True) -> Judged:
        """What the rules of the city find in the whole story; a rule that breaks fails the test."""
        if ended:
            self.step("run-ended")
        judge = Judge(lambda: [BeijingBench(self.city)])
        findings: list[Finding] = []
        for record in self.records:
            findings += judge.observe(record)
        for world in judge.worlds.values():
            for bench in world.benches:
                assert not bench.crashes, bench.crashes[0].trace
        return Judged(judge, findings)


def without_left_out(content: Content) -> Content:
    """As it travels."""
    return {name: value for name, value in content.items() if value is not LEFT_OUT}
