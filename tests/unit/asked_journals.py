"""Hand-written journals of what the city asks: right questions with a token that holds, and those that it broke.

Each story begins with a token; answers are those of a correct server but for what is given::

    story = AskedStory()
    story.asked(Interface.QUERY_EQUIP_AUTH, story.auth_question(), story.auth_answer(1, 1))
    assert story.judged().of("BJ-1.1.5-b") == ["good echo"]
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from simulators.beijing.broken import Broken
from simulators.beijing.envelope import seal_answer, wire_bytes
from simulators.beijing.messages import Content, Interface
from simulators.journal.records import Exchange, Record, WireError
from simulators.world.city import Socket
from tests.unit.city_journals import LEFT, PLATFORM, SOCKETS
from tests.unit.sealed_journals import SealedStory

TOKEN = "TOKEN-1"
SERIAL = f"{PLATFORM}202503021200000001"
TODAY = "2015-03-02"  # of the stories


class AskedStory(SealedStory):
    """One journal in the making, in which the city holds a token of the server's."""

    def __init__(self, **how: Any) -> None:
        self._changes: dict[str, Any] = {}
        super().__init__(**how)
        self.gives_token(TOKEN)

    def asked(
        self,
        interface: Interface,
        question: Content,
        told: Content | None,
        *,
        ret: int = 0,
        lasted_ms: float | None = None,
        stalled_ms: float = 0,
        token: str = TOKEN,
        keys: dict[str, str] | None = None,
        **how: Any,
    ) -> None:
        """A question and its answer."""
        self._changes = {"keys": keys or {}}
        if lasted_ms is not None:
            self._changes["duration_ns"] = round(lasted_ms * 1_000_000)
            self._changes["stalled_ns"] = round(stalled_ms * 1_000_000)
        self.answers(interface, question, told, ret=ret, token=token, **how)
        self._changes = {}

    def broken(
        self, interface: Interface, question: Content, broken: Broken, ret: int, *, case: str = "", **how: Any
    ) -> None:
        """A question that the city broke, and the Ret that it got."""
        keys = {"broken": broken.value, "case": case}
        self.asked(interface, question, how.pop("told", None), ret=ret, keys=keys, **how)

    def no_answer(self, interface: Interface, question: Content, **how: Any) -> None:
        """Nobody answered within the limit."""
        self.asked(interface, question, None, error=WireError.TIMEOUT, **how)

    def asked_with_status(
        self, interface: Interface, question: Content, ret: int | None, status: int, broken: Broken | None = None
    ) -> None:
        """A question that is refused by an HTTP status as well, or by that alone."""
        self._changes = {"keys": {"broken": broken.value, "case": "empty"}} if broken else {}
        body = b"" if ret is None else wire_bytes(seal_answer(self.mind.keys.operator, ret, ""))
        self.answers_with(interface, question, body, token=TOKEN, status=status)
        self._changes = {}

    def write(self, record: Record) -> None:
        changed = isinstance(record, Exchange) and record.protocol == "beijing" and self._changes
        super().write(replace(record, **self._changes) if changed else record)

    # Questions, and what a correct server says to them

    def stations_answer(self, *, page: int = 1, size: int = 10, **changes: Any) -> Content:
        """Page by page what the PIXIT has."""
        stations = self.stations()
        return {
            "PageNo": page,
            "PageCount": -(-len(stations) // size),
            "ItemSize": len(stations),
            "StationInfos": stations[(page - 1) * size : page * size],
            **changes,
        }

    def stations(self) -> list[Content]:
        return [station_info(station) for station in dict.fromkeys(socket.station for socket in SOCKETS)]

    def states_answer(self, states: dict[str, int], *stations: str, **changes: Any) -> Content:
        """The states of all connectors, by ConnectorID; idle where none is given."""
        asked = stations or tuple(dict.fromkeys(socket.station for socket in SOCKETS))
        infos = [
            {
                "StationID": station,
                "ConnectorStatusInfos": [
                    {"ConnectorID": socket.id, "Status": states.get(socket.id, 1)}
                    for socket in SOCKETS
                    if socket.station == station
                ],
            }
            for station in asked
        ]
        return {"Total": len(infos), "StationStatusInfos": infos, **changes}

    def stats_question(self, station: str = LEFT.station) -> Content:
        return {"StationID": station, "StartTime": TODAY, "EndTime": TODAY}

    def stats_answer(self, left_kwh: float = 0, right_kwh: float = 0, **changes: Any) -> Content:
        """The statistics of the first station, whose two connectors are those of one equipment."""
        connectors = [(LEFT.id, left_kwh), ("11010500000000000000001002", right_kwh)]
        whole = round(left_kwh + right_kwh, 1)
        equipment = {
            "EquipmentID": LEFT.equipment,
            "EquipmentElectricity": whole,
            "ConnectorStatsInfos": [{"ConnectorID": id_, "ConnectorElectricity": kwh} for id_, kwh in connectors],
        }
        stats = {**self.stats_question(), "StationElectricity": whole, "EquipmentStatsInfos": [equipment]}
        return {"StationStats": {**stats, **changes}}

    def auth_question(self, socket: Socket = LEFT) -> Content:
        return {"EquipAuthSeq": SERIAL, "ConnectorID": socket.id}

    def auth_answer(self, succ_stat: int = 0, reason: int = 0, **changes: Any) -> Content:
        return {**self.auth_question(), "SuccStat": succ_stat, "FailReason": reason, **changes}

    def policy_question(self, connector: str = LEFT.id) -> Content:
        return {"EquipBizSeq": SERIAL, "ConnectorID": connector}

    def policy_answer(self, *periods: tuple[str, float, float], **changes: Any) -> Content:
        """By the tariff of the site, unless other periods are given."""
        periods = periods or (("000000", 0.3, 0.4), ("080000", 0.6, 0.4))
        infos = [{"StartTime": time, "ElecPrice": price, "SevicePrice": fee} for time, price, fee in periods]
        told = {"SuccStat": 0, "FailReason": 0, "SumPeriod": len(infos), "PolicyInfos": infos}
        return {**self.policy_question(), **told, **changes}


def station_info(station: str) -> Content:
    """A station of the PIXIT, with all that is mandatory."""
    sockets = [socket for socket in SOCKETS if socket.station == station]
    return {
        "StationID": station,
        "OperatorID": "MA0TEST01",
        "EquipmentOwnerID": "MA0TEST01",
        "StationName": "望京停车场充电站",
        "CountryCode": "CN",
        "AreaCode": "110105",
        "Address": "北京市朝阳区示例路1号",
        "ServiceTel": "4000000000",
        "StationType": 1,
        "StationStatus": 50,
        "ParkNums": 2,
        "StationLng": 116.481499,
        "StationLat": 39.990475,
        "Construction": 9,
        "EquipmentInfos": [
            {
                "EquipmentID": equipment,
                "EquipmentType": 2,
                "Power": 14.0,
                "ConnectorInfos": [connector_info(socket) for socket in sockets if socket.equipment == equipment],
            }
            for equipment in dict.fromkeys(socket.equipment for socket in sockets)
        ],
    }


def connector_info(socket: Socket) -> Content:
    return {
        "ConnectorID": socket.id,
        "ConnectorType": 3,
        "VoltageUpperLimits": 220,
        "VoltageLowerLimits": 220,
        "Current": 32,
        "Power": 7.0,
        "NationalStandard": 2,
    }
