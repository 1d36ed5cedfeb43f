"""Defects of query_station_stats (BJ-1.1.4), and what in it keeps to no table (CEC-ENV-m)."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.mutants.registry import mutant
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import Session
from simulators.reference.city.orders import ORDER
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import Socket

PUSHES_OF = "pushes-of-an-order"


class _TellsStatisticsOtherwise(ReferenceServer):
    """Changes the answer before it goes out."""

    def query_station_stats(self, asked: Message) -> Message:
        return {"StationStats": self.told_otherwise(super().query_station_stats(asked)["StationStats"])}

    def told_otherwise(self, stats: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.4-b", case="answered")
class WritesStationsInSmallLetters(_TellsStatisticsOtherwise):
    """Returns StationID in small letters, as its keys are."""

    def told_otherwise(self, stats: Message) -> Message:
        return stats | {"StationID": stats["StationID"].lower()}


@mutant(breaks="BJ-1.1.4-b", case="answered")
class HasNoStatisticsOfAStationWithoutSales(_TellsStatisticsOtherwise):
    """Answers 4004 for a station that has sold nothing: the query finds no row."""

    def told_otherwise(self, stats: Message) -> Message:
        if not stats["StationElectricity"]:
            raise Illegal(WRONG_CONTENT, "nothing found")
        return stats


@mutant(breaks="BJ-1.1.4-b", case="everything")
class LeavesOutConnectorsWithoutSales(ReferenceServer):
    """Tells of the connectors that sold something."""

    def equipment_stats(self, id_: str, sockets: list[Socket], given: Mapping[str, int]) -> Message:
        stats = super().equipment_stats(id_, sockets, given)
        sold = [each for each in stats["ConnectorStatsInfos"] if each["ConnectorElectricity"]]
        return stats | {"ConnectorStatsInfos": sold}


@mutant(breaks="BJ-1.1.4-b", case="equipment")
class TellsEquipmentInWattHours(ReferenceServer):
    """Tells the energy of equipment in Wh, as its own table has it."""

    def equipment_stats(self, id_: str, sockets: list[Socket], given: Mapping[str, int]) -> Message:
        stats = super().equipment_stats(id_, sockets, given)
        return stats | {"EquipmentElectricity": stats["EquipmentElectricity"] * 1000}


@mutant(breaks="BJ-1.1.4-b", case="station")
class CountsTheFirstEquipmentForTheStation(_TellsStatisticsOtherwise):
    """Takes the energy of one equipment for that of the station."""

    def told_otherwise(self, stats: Message) -> Message:
        return stats | {"StationElectricity": stats["EquipmentStatsInfos"][-1]["EquipmentElectricity"] * 2}


@mutant(breaks="BJ-1.1.4-b", case="orders")
class TellsStatisticsInWattHours(ReferenceServer):
    """Tells all statistics in Wh: they add up, to a thousand times too much."""

    def given_tenths(self, days: range) -> Mapping[str, int]:
        return {socket: tenths * 1000 for socket, tenths in super().given_tenths(days).items()}


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CutsStatisticsToWholeKilowattHours(ReferenceServer):
    """Counts whole kWh."""

    def given_tenths(self, days: range) -> Mapping[str, int]:
        return {socket: tenths // 10 * 10 for socket, tenths in super().given_tenths(days).items()}


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsWithoutTheLastDay(ReferenceServer):
    """Takes the last day for the end of the period, so that today is never in it."""

    def asked_days(self, asked: Message) -> range:
        return super().asked_days(asked)[:-1]


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsTheLastDay(ReferenceServer):
    """Has a table of what was sold each day, and looks up one row of it."""

    def asked_days(self, asked: Message) -> range:
        return super().asked_days(asked)[-1:]


@mutant(breaks="BJ-1.1.4-b", case="orders")
class LeavesOutTheLastOfSeveralDays(ReferenceServer):
    """Reads EndTime as the moment at which the last day begins, and takes a single day for what it is."""

    def asked_days(self, asked: Message) -> range:
        days = super().asked_days(asked)
        return days[:-1] or days


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsWhateverTheDays(ReferenceServer):
    """Shows the counters of its connectors, which run since they were built."""

    def asked_days(self, asked: Message) -> range:
        return range(super().asked_days(asked).stop)


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsUntilNow(ReferenceServer):
    """Selects what was sold since StartTime."""

    def asked_days(self, asked: Message) -> range:
        days = super().asked_days(asked)
        return range(days.start, max(days.stop, self.local_day(self.now_ms()) + 1))


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsBothOrdersOfACharge(ReferenceServer):
    """Adds up the orders that it has pushed: of the platform's charges, the bonus order too."""

    def given_wh(self, days: range) -> Mapping[str, int]:
        given_wh = dict(super().given_wh(days))
        for session in self.billed_sessions():
            if session.by_platform and session.socket.bonus and self.ended_on(session) in days:
                given_wh[session.socket.id] += session.reading.energy_wh
        return given_wh


@mutant(breaks="BJ-1.1.4-b", case="orders")
class CountsEachPushOfAnOrder(ReferenceServer):
    """Adds an order to what was sold whenever it goes out, and so again when it is repeated."""

    async def push_in_turn(self, session: Session, interface: str, content: Message) -> Outcome:
        if interface == ORDER:
            pushes = self.city.kept.get(PUSHES_OF, session.seq, 0)
            self.city.kept.put(PUSHES_OF, session.seq, pushes + 1)
        return await super().push_in_turn(session, interface, content)

    def given_wh(self, days: range) -> Mapping[str, int]:
        given_wh = dict(super().given_wh(days))
        for session in self.billed_sessions():
            repeats = self.city.kept.get(PUSHES_OF, session.seq, 1) - 1
            if self.ended_on(session) in days:
                given_wh[session.socket.id] += repeats * session.reading.energy_wh
        return given_wh


@mutant(breaks="BJ-1.1.4-c", case="unknown")
class HasSoldNothingAtUnknownStations(ReferenceServer):
    """Answers with a sum over nothing for a station that it does not find."""

    def query_station_stats(self, asked: Message) -> Message:
        if asked["StationID"] in self.city.stations:
            return super().query_station_stats(asked)
        return {"StationStats": asked | {"StationElectricity": 0.0, "EquipmentStatsInfos": []}}


@mutant(breaks="CEC-ENV-m", case="query_station_stats")
class WritesStatisticsAsText(_TellsStatisticsOtherwise):
    """Writes the energy of the station as text, as another implementation does."""

    def told_otherwise(self, stats: Message) -> Message:
        return stats | {"StationElectricity": str(stats["StationElectricity"])}
