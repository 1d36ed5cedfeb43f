"""What there is, and in which state (seed 1.1.1, 1.1.3, 1.1.5, 1.1.6; cec102 5.2, 5.4, 5.6, 5.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec

from simulators.reference.app_api import CHARGING, FAULTED, OCCUPIED, OFFLINE, Handler
from simulators.reference.billing import periods_of
from simulators.reference.city.charges import Charges
from simulators.reference.city.figures import kw, moment_of_date_time, yuan_per_kwh
from simulators.reference.city.known import Station
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal, unknown_id
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.state import Message
from simulators.world.city import Socket
from simulators.world.site import TariffPeriod

DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 10, 100
DC_FROM_W = 22_000  # what gives more than that is no AC
NOT_PLUGGED, CHECK_FAILED = 1, 2  # FailReason of query_equip_auth
NO_POLICY = 1  # FailReason of query_equip_business_policy

# What the operator's file says of every station alike; codes of cec102 4.3.
ALIKE = {
    "CountryCode": "CN",
    "AreaCode": "110105",
    "Address": "北京市朝阳区示例路1号",
    "ServiceTel": "4000000000",
    "StationType": 1,
    "StationStatus": 50,
    "StationLng": 116.481499,
    "StationLat": 39.990475,
    "Construction": 9,
    "BusineHours": "00:00-24:00",  # sic
    "Payment": "刷卡、线上",
    "SupportOrder": 0,
}
OF_2015 = 2  # NationalStandard


class _Renamed(msgspec.Struct, rename="camel"):
    station_id: str
    name: str


class Stations(Charges):
    """Master data and states, and what may be done where at which price."""

    # What is known of them

    def open_stations(self) -> None:
        """As the server before this one knew them; others are new."""
        known = self.city.kept.all("station")
        names = {station.id: station.name for station in self.setting.site.stations}
        for socket in self.contract.sockets:
            new = {"id": socket.station, "name": names.get(socket.station, ""), "changed_ms": self.now_ms()}
            self.note_station(msgspec.convert(known.get(socket.station) or new, Station))

    def note_station(self, station: Station) -> None:
        if station.id not in self.city.stations:
            self.city.stations[station.id] = station
        self.city.kept.put("station", station.id, self.city.stations[station.id])

    def app_handlers(self) -> Mapping[str, Mapping[str, Handler]]:
        handlers = super().app_handlers()
        if self.setting.city is None:
            return handlers
        return {**handlers, "stations": {**handlers["stations"], "PATCH": self.patch_station}}

    def patch_station(self, request: HttpRequest) -> HttpAnswer:
        """Give a station another name."""
        wanted = msgspec.json.decode(request.body, type=_Renamed)
        station = self.city.stations.get(wanted.station_id)
        if station is None:
            return self.refusal(404, "no such station")
        station.name, station.changed_ms = wanted.name, self.now_ms()
        self.note_station(station)
        return self.app_answer(200, {"stationId": station.id, "name": station.name})

    # query_stations_info (5.2)

    def query_stations_info(self, asked: Message) -> Message:
        """A page beyond the last has the number that was asked for, and nothing on it."""
        stations = self.stations_since(self.since_ms(asked["LastQueryTime"]))
        page, size = asked["PageNo"] or 1, self.page_size(asked["PageSize"])
        return {
            "PageNo": page,
            "PageCount": self.page_count(len(stations), size),
            "ItemSize": len(stations),
            "StationInfos": [self.station_info(station) for station in stations[(page - 1) * size : page * size]],
        }

    def page_size(self, wanted: int | None) -> int:
        return min(wanted or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)

    def page_count(self, items: int, size: int) -> int:
        return -(-items // size)

    def since_ms(self, last_query_time: str | None) -> int | None:
        """The moment of LastQueryTime; None where everything is wanted."""
        if not last_query_time:
            return None
        try:
            return moment_of_date_time(last_query_time, self.contract.utc_offset_minutes)
        except ValueError:
            raise Illegal(WRONG_CONTENT, "LastQueryTime is no moment") from None

    def stations_since(self, since_ms: int | None) -> list[Station]:
        return [
            station for station in self.city.stations.values() if since_ms is None or self.changed(station, since_ms)
        ]

    def changed(self, station: Station, since_ms: int) -> bool:
        """A change within that very second counts, or it would never be told."""
        return station.changed_ms >= since_ms

    def station_info(self, station: Station) -> Message:
        sockets = self.sockets_of(station.id)
        return {
            "StationID": station.id,
            "OperatorID": self.contract.operator_id,
            "EquipmentOwnerID": self.contract.operator_id,
            "StationName": (station.name or station.id)[:50],
            "ParkNums": len(sockets),
            **ALIKE,
            "EquipmentInfos": [self.equipment_info(id_, each) for id_, each in self.by_equipment(sockets)],
        }

    def sockets_of(self, station: str) -> list[Socket]:
        return [socket for socket in self.contract.sockets if socket.station == station]

    def by_equipment(self, sockets: list[Socket]) -> list[tuple[str, list[Socket]]]:
        ordered = sorted(sockets, key=lambda socket: socket.equipment)
        return [(id_, list(each)) for id_, each in groupby(ordered, key=lambda socket: socket.equipment)]

    def equipment_info(self, id_: str, sockets: list[Socket]) -> Message:
        return {
            "EquipmentID": id_,
            "EquipmentType": 1 if self.is_dc(sockets[0]) else 2,
            "Power": kw(sum(socket.simulated_w for socket in sockets)),
            "EquipmentName": id_,
            "ConnectorInfos": [self.connector_info(socket) for socket in sockets],
        }

    def connector_info(self, socket: Socket) -> Message:
        upper_v, lower_v = (750, 200) if self.is_dc(socket) else (220, 220)
        return {
            "ConnectorID": socket.id,
            "ConnectorName": socket.id,
            "ConnectorType": 4 if self.is_dc(socket) else 3,
            "VoltageUpperLimits": upper_v,
            "VoltageLowerLimits": lower_v,
            "Current": round(socket.simulated_w / (400 if self.is_dc(socket) else 220)),
            "Power": kw(socket.simulated_w),
            "NationalStandard": OF_2015,
        }

    def is_dc(self, socket: Socket) -> bool:
        return socket.simulated_w > DC_FROM_W

    # query_station_status (5.4)

    def query_station_status(self, asked: Message) -> Message:
        """Unknown stations are left out."""
        found = [id_ for id_ in dict.fromkeys(asked["StationIDs"]) if id_ in self.city.stations]
        return {"Total": len(found), "StationStatusInfos": [self.station_status_info(id_) for id_ in found]}

    def station_status_info(self, station: str) -> Message:
        infos = [self.connector_status_info(each, self.socket_status(each)) for each in self.sockets_of(station)]
        return {"StationID": station, "ConnectorStatusInfos": infos}

    # query_equip_auth (5.6)

    def query_equip_auth(self, asked: Message) -> Message:
        reason = self.auth_fail_reason(asked["ConnectorID"])
        echo = {name: asked[name] for name in ("EquipAuthSeq", "ConnectorID")}
        return echo | {"SuccStat": 1 if reason else 0, "FailReason": reason}

    def auth_fail_reason(self, connector: str) -> int:
        socket = self.city.by_id.get(connector)
        if socket is None:
            return unknown_id(self.setting, CHECK_FAILED)
        status = self.socket_status(socket)
        if status in (OFFLINE, FAULTED):
            return CHECK_FAILED
        return 0 if self.is_plugged(status) else NOT_PLUGGED

    def is_plugged(self, status: int) -> bool:
        """A charge box tells of a plug by Occupied alone (EVCHONG 2.8)."""
        return status in (OCCUPIED, CHARGING)

    # query_equip_business_policy (5.7)

    def query_equip_business_policy(self, asked: Message) -> Message:
        policy = self.policy(asked["ConnectorID"])
        echo = {name: asked[name] for name in ("EquipBizSeq", "ConnectorID")}
        if not policy and self.setting.reading("BJ-X14") == "policy-4004":
            raise Illegal(WRONG_CONTENT, "no policy")
        reason = 0 if policy else unknown_id(self.setting, NO_POLICY)
        result = {"SuccStat": 1 if reason else 0, "FailReason": reason}
        return echo | result | {"SumPeriod": len(policy), "PolicyInfos": policy}

    def policy(self, connector: str) -> list[Message]:
        """The tariff that its orders are billed by; empty for an unknown connector."""
        socket = self.city.by_id.get(connector)
        if socket is None:
            return []
        periods = periods_of(self.setting.site, self.tariff_station(socket))
        return [self.policy_info(start, period) for start, period in self.whole_day(periods)]

    def whole_day(self, periods: Sequence[TariffPeriod]) -> list[tuple[str, TariffPeriod]]:
        """From midnight on, when the last period of the day before may still hold."""
        starts = [(period.start.replace(":", "") + "00", period) for period in periods]
        if starts and starts[0][0] != "000000":
            starts.insert(0, ("000000", periods[-1]))
        return starts

    def policy_info(self, start: str, period: TariffPeriod) -> Message:
        return {
            "StartTime": start,
            "ElecPrice": yuan_per_kwh(period.electricity_price_e4),
            "SevicePrice": yuan_per_kwh(period.service_price_e4),  # sic
        }
