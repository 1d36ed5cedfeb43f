"""Hand-written journals of charges at the lab's chargers: what happens there, what the server hears, what it tells.

Each story begins with a token, a vehicle at the plug and a server that has heard of it::

    story = RemoteStory()
    story.starts()
    story.begins()
    story.start_result()
    assert story.judged().of("BJ-1.1.8-a") == ["good started"]
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance.rules.beijing.link import PROTOCOL
from simulators.beijing.messages import Content, Interface
from simulators.beijing.peer import SUT
from simulators.journal.records import Answer, Exchange, Fact, Request, WireError
from simulators.world.city import Socket
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import OPERATOR, ORDER, PLATFORM, SOCKETS, without_left_out
from tests.unit.journals import HOME

WANTED, ANOTHER = f"{PLATFORM}202503021200000001", f"{PLATFORM}202503021200000002"
OWN = f"{OPERATOR}202503021200000001"
SETTLED_S = 10  # longer than a push may take
REGISTER_WH = 123_450

CHARGER = Socket(id="11010500000000000000007001", equipment="11010500000000000000007", station=HOME, power_w=60_000)
NEIGHBOUR = Socket(id="11010500000000000000007002", equipment=CHARGER.equipment, station=HOME, power_w=60_000)
START, STOP = Interface.QUERY_START_CHARGE, Interface.QUERY_STOP_CHARGE
START_RESULT, STOP_RESULT = Interface.NOTIFICATION_START_CHARGE_RESULT, Interface.NOTIFICATION_STOP_CHARGE_RESULT
STATUS, ASKED_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Interface.QUERY_EQUIP_CHARGE_STATUS
CHARGE_ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO


class RemoteStory(AskedStory):
    """One journal in the making, with two chargers in it. Energies are those of the charge, in Wh."""

    def __init__(self, *, plugged: bool = True, **how: Any) -> None:
        super().__init__(**how)
        self.city = replace(self.city, sockets=(*SOCKETS, CHARGER, NEIGHBOUR))
        self.began_ms = self.ended_ms = self.now_ms
        if plugged:
            self.plugs()

    # What happens, and what the server is told of it

    def happened(self, what: str, order: str = "", socket: Socket = CHARGER, **values: Any) -> None:
        moment, keys = self.tick(), {"socket": socket.id} | ({"order": order} if order else {})
        actor = f"charger {socket.id}"
        self.write(
            Fact(at_ms=self.now_ms, mono_ns=moment, wall_ns=moment, actor=actor, what=what, keys=keys, values=values)
        )

    def hears(
        self,
        event: str,
        order: str = "",
        socket: Socket = CHARGER,
        *,
        energy_wh: int = 0,
        lost: bool = False,
        **shown: str,
    ) -> None:
        """The charger's word reaches the server, or may have. ``shown``: by its instruments."""
        register_wh = REGISTER_WH + energy_wh
        body = {"charger": socket.id, "event": event, "at_ms": self.now_ms, "register_wh": register_wh} | shown
        self._linked(f"charger {socket.id}", SUT, event, order, socket, body, None if lost else 204)

    def commands(self, verb: str, order: str = "", socket: Socket = CHARGER, status: int = 202) -> None:
        """The server tells the charger what to do."""
        self._linked(SUT, f"charger {socket.id}", verb, order, socket, {"order": order}, status)

    def _linked(
        self, actor: str, peer: str, operation: str, order: str, socket: Socket, body: Any, status: int | None
    ) -> None:
        sent_ns = self.tick()
        self.write(
            Exchange(
                at_ms=self.now_ms,
                answered_at_ms=self.now_ms,
                intended_ns=sent_ns,
                sent_ns=sent_ns,
                duration_ns=self.tick() - sent_ns,
                wall_ns=sent_ns,
                protocol=PROTOCOL,
                actor=actor,
                peer=peer,
                operation=operation,
                request=Request("POST", "http://there/private", b"", json.dumps(body).encode()),
                answer=None if status is None else Answer(status, b"", b""),
                error=WireError.TIMEOUT if status is None else None,
                keys={"socket": socket.id} | ({"order": order} if order else {}),
            )
        )

    def plugs(self, socket: Socket = CHARGER) -> None:
        self.happened("plugged-in", socket=socket)
        self.hears("plugged", socket=socket)
        self.passes(SETTLED_S)

    def begins(self, order: str = WANTED, socket: Socket = CHARGER, *, told: bool = True) -> None:
        """Current flows."""
        self.began_ms = self.now_ms
        self.happened("charging-began", order, socket, register_wh=REGISTER_WH, soc=40)
        if told:
            self.hears("started", order, socket)

    def fails(self, order: str = WANTED) -> None:
        self.happened("start-failed", order, error="contactor stuck")
        self.hears("start-failed", order)

    def ends(self, energy_wh: int = 1000, reason: str = "platform", order: str = WANTED, *, told: bool = True) -> None:
        self.ended_ms = self.now_ms
        register_wh = REGISTER_WH + energy_wh
        values: dict[str, Any] = {"register_wh": register_wh, "energy_wh": energy_wh, "reason": reason, "soc": 50}
        self.happened("charging-ended", order, began_ms=self.began_ms, **values)
        if told:
            self.hears("stopped", order, energy_wh=energy_wh)

    def flows(self, seconds: float, energy_wh: int, order: str = WANTED, **shown: Any) -> None:
        """Time passes, and at its end the charger tells what has flowed since the beginning."""
        self.passes(seconds)
        self.hears("sample", order, energy_wh=energy_wh, **shown)

    # What the platform asks, and what a correct server says

    def starts(self, order: str = WANTED, socket: Socket = CHARGER, *, connector: str = "", **changes: Any) -> None:
        question = {"StartChargeSeq": order, "ConnectorID": connector or socket.id, "QRCode": ""}
        told = {"StartChargeSeqStat": 1, "SuccStat": 0, "FailReason": 0, "StartChargeSeq": order}
        keys = {"made_up": connector} if connector else None
        self.asked(START, question, told | {"ConnectorID": question["ConnectorID"]} | changes, keys=keys)

    def is_refused(self, reason: int, order: str = ANOTHER, **how: Any) -> None:
        self.starts(order, StartChargeSeqStat=4, SuccStat=1, FailReason=reason, **how)

    def stops(self, order: str = WANTED, *, made_up: bool = False, **changes: Any) -> None:
        question = {"StartChargeSeq": order, "ConnectorID": CHARGER.id}
        told = {"StartChargeSeq": order, "StartChargeSeqStat": 3, "SuccStat": 0, "FailReason": 0} | changes
        self.asked(STOP, question, told, keys={"made_up": order} if made_up else None)

    def is_asked(self, energy_wh: int = 0, order: str = WANTED, **changes: Any) -> None:
        """query_equip_charge_status."""
        self.asked(ASKED_STATUS, {"StartChargeSeq": order}, self.told(energy_wh, order, **changes))

    def told(self, energy_wh: int = 0, order: str = WANTED, **changes: Any) -> Content:
        """ChargeStatus of 5.10, at 0.60 and 0.40 yuan a kWh."""
        return without_left_out({
            "StartChargeSeq": order,
            "StartChargeSeqStat": 2,
            "ConnectorID": CHARGER.id,
            "ConnectorStatus": 3,
            "CurrentA": 100.0,
            "VoltageA": 400.0,
            "Soc": 40,
            "StartTime": self.local(self.began_ms),
            "EndTime": self.local(self.now_ms),
            "ChargeModel": 1,
            "TotalPower": energy_wh / 1000,
            "ElecMoney": round(energy_wh * 0.06) / 100,
            "SeviceMoney": round(energy_wh * 0.04) / 100,
            "TotalMoney": round(energy_wh * 0.1) / 100,
        } | changes)  # fmt: skip

    # What the server pushes

    def start_result(self, stat: int = 2, order: str = WANTED, *, by: str = "", **changes: Any) -> None:
        told = {"StartChargeSeq": order, "StartChargeSeqStat": stat, "ConnectorID": CHARGER.id}
        self.pushes(START_RESULT, told | {"StartTime": self.local(self.began_ms)} | changes, by=by)

    def pushes_state(self, energy_wh: int = 0, order: str = WANTED, **changes: Any) -> None:
        self.pushes(STATUS, self.told(energy_wh, order, **changes))

    def stop_result(self, order: str = WANTED, *, by: str = "", **changes: Any) -> None:
        told = {"StartChargeSeq": order, "StartChargeSeqStat": 4, "ConnectorID": CHARGER.id}
        self.pushes(STOP_RESULT, told | {"SuccStat": 0, "FailReason": 0} | changes, by=by)

    def charge_order(self, energy_wh: int = 1000, order: str = WANTED, **changes: Any) -> None:
        """5.14."""
        self.pushes(CHARGE_ORDER, self._settled(energy_wh, order) | changes)

    def bonus(self, energy_wh: int = 1000, order: str = WANTED, **changes: Any) -> None:
        """5.15."""
        told = self._settled(energy_wh, order) | {
            "ChargeModel": 1,
            "UserName": "张三",
            "StationID": CHARGER.station,
            "EquipmentID": CHARGER.equipment,
            "ConnectorPower": 60.0,
            "ChargeLast": self.ended_ms // 1000 - self.began_ms // 1000,
            "MeterValueStart": REGISTER_WH / 1000,
            "MeterValueEnd": (REGISTER_WH + energy_wh) / 1000,
        }
        self.pushes(ORDER, told | changes)

    def _settled(self, energy_wh: int, order: str) -> Content:
        return {
            "StartChargeSeq": order,
            "ConnectorID": CHARGER.id,
            "StartTime": self.local(self.began_ms),
            "EndTime": self.local(self.ended_ms),
            "TotalPower": energy_wh / 1000,
            "TotalElecMoney": round(energy_wh * 0.06) / 100,
            "TotalSeviceMoney": round(energy_wh * 0.04) / 100,
            "TotalMoney": round(energy_wh * 0.1) / 100,
            "StopReason": 1,
        }


def charging(**how: Any) -> RemoteStory:
    """The platform has started a charge, three seconds ago it began, and everybody was told."""
    story = RemoteStory(**how)
    story.starts()
    story.passes(3)
    story.begins()
    story.start_result()
    return story


def ended(energy_wh: int = 1000, reason: str = "platform", **how: Any) -> RemoteStory:
    """It is over: after a minute, and everybody was told."""
    story = charging(**how)
    story.pushes_state()
    story.flows(30, energy_wh // 2)
    if reason == "platform":
        story.stops()
        story.commands("stop", WANTED)
    story.passes(30)
    story.ends(energy_wh, reason)
    story.stop_result()
    return story
