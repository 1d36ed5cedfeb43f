"""query_station_stats: what a station has given in some days (seed 1.1.4; cec102 5.5)."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.reference.city.figures import day_of_date, tenth_kwh
from simulators.reference.city.parameters import DATE_CHARACTERS, WRONG_CONTENT, Illegal
from simulators.reference.city.reconciliation import Reconciliation
from simulators.reference.city.stations import Stations
from simulators.reference.state import Message
from simulators.world.city import Socket


class Statistics(Stations, Reconciliation):
    """Rounds each connector's energy, then adds: so the sums are exact (BJ-1.1.4-b)."""

    def query_station_stats(self, asked: Message) -> Message:
        if asked["StationID"] not in self.city.stations:
            raise Illegal(WRONG_CONTENT, "unknown StationID")  # there is no SuccStat in the answer
        given = self.given_tenths(self.asked_days(asked))
        infos = [self.equipment_stats(*each, given) for each in self.by_equipment(self.sockets_of(asked["StationID"]))]
        total = sum(given[socket.id] for socket in self.sockets_of(asked["StationID"]))
        echo = {name: asked[name] for name in ("StationID", "StartTime", "EndTime")}
        return {"StationStats": echo | {"StationElectricity": total / 10, "EquipmentStatsInfos": infos}}

    def asked_days(self, asked: Message) -> range:
        """Both days are within (BJ-X8)."""
        first, last = (day_of_date(asked[name][:DATE_CHARACTERS]) for name in ("StartTime", "EndTime"))
        if last < first:
            raise Illegal(WRONG_CONTENT, "EndTime is before StartTime")
        return range(first, last + 1)

    def equipment_stats(self, id_: str, sockets: list[Socket], given: Mapping[str, int]) -> Message:
        return {
            "EquipmentID": id_,
            "EquipmentElectricity": sum(given[socket.id] for socket in sockets) / 10,
            "ConnectorStatsInfos": [
                {"ConnectorID": socket.id, "ConnectorElectricity": given[socket.id] / 10} for socket in sockets
            ],
        }

    def given_tenths(self, days: range) -> Mapping[str, int]:
        """What each connector gave, in 0.1 kWh."""
        return {socket: tenth_kwh(energy_wh) for socket, energy_wh in self.given_wh(days).items()}

    def given_wh(self, days: range) -> Mapping[str, int]:
        """The same as it was metered, by the day on which a charge ended."""
        given_wh = dict.fromkeys(self.city.by_id, 0)
        for session in self.billed_sessions():
            if self.ended_on(session) in days:
                given_wh[session.socket.id] += session.reading.energy_wh
        return given_wh
