"""Servers whose answers to the city's questions are unusual, and right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulators.mutants.registry import lawful
from simulators.reference.city.known import Station
from simulators.reference.city.parameters import Illegal, Parameter
from simulators.reference.city.stations import CHECK_FAILED
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Message
from simulators.world.city import Socket
from simulators.world.site import TariffPeriod

HOUR_S = 3600

# answers: pages, lists, figures


@lawful(group="answers")
class CapsPagesAtTen(ReferenceServer):
    """Gives ten stations a page at most, and counts its pages by that (5.2)."""

    def page_size(self, wanted: int | None) -> int:
        return min(wanted or 10, 10)


@lawful(group="answers")
class HasOneEmptyPageOfNothing(ReferenceServer):
    """Tells of one page where nothing is found, as its library for lists does (5.2)."""

    def page_count(self, items: int, size: int) -> int:
        return max(1, super().page_count(items, size))


@lawful(group="answers")
class ListsTheNewestFirst(ReferenceServer):
    """Lists stations, equipment and connectors in another order: no document says which."""

    def stations_since(self, since_ms: int | None) -> list[Station]:
        return super().stations_since(since_ms)[::-1]

    def sockets_of(self, station: str) -> list[Socket]:
        return super().sockets_of(station)[::-1]


@lawful(group="answers")
class ShowsEditsAfterAMinute(ReferenceServer):
    """Answers from a copy of its stations that is renewed now and then: no clause says how soon an edit shows (5.2)."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self._shown_ms: dict[str, int] = {}  # by StationID

    def patch_station(self, request: HttpRequest) -> HttpAnswer:
        before = {station.id: station.changed_ms for station in self.city.stations.values()}
        answer = super().patch_station(request)
        for station in self.city.stations.values():
            if station.changed_ms != before[station.id]:
                self._shown_ms[station.id] = station.changed_ms + 60_000
        return answer

    def changed(self, station: Station, since_ms: int) -> bool:
        return super().changed(station, since_ms) and self.now_ms() >= self._shown_ms.get(station.id, 0)


@lawful(group="answers")
class HasMoreStations(ReferenceServer):
    """Has a station that the target file does not name, still without chargers."""

    def stations_since(self, since_ms: int | None) -> list[Station]:
        stations = super().stations_since(since_ms)
        changed_ms = 0 if since_ms is None or since_ms < self.now_ms() - 3_600_000 else None
        new = [] if changed_ms is None else [Station(id="ST-NEW", name="建设中", changed_ms=changed_ms)]
        return [*stations, *new]


@lawful(group="answers")
class TellsEveryHourOfTheTariff(ReferenceServer):
    """Lists 24 periods, many at the same price (5.7)."""

    def whole_day(self, periods: Sequence[TariffPeriod]) -> list[tuple[str, TariffPeriod]]:
        whole = super().whole_day(periods)
        hours = {f"{hour:02}0000": [each for each in whole if each[0] <= f"{hour:02}0000"][-1][1] for hour in range(24)}
        return sorted({**hours, **dict(whole)}.items())


@lawful(group="answers")
class TellsPlacesAndLocks(ReferenceServer):
    """Tells of parking places and locks, too (5.3)."""

    def connector_status_info(self, socket: Socket, status: int) -> Message:
        return super().connector_status_info(socket, status) | {"ParkStatus": 0, "LockStatus": 0}


@lawful(group="answers", pixit={"statistics_after_s": HOUR_S})
class CountsWhatItSoldEveryHour(ReferenceServer):
    """Has a job that adds up its sales at every full hour, and its target file says so: 5.5 names no other time."""

    def given_wh(self, days: range) -> Mapping[str, int]:
        counted = dict(super().given_wh(days))
        hour_ms = self.now_ms() // (HOUR_S * 1000) * HOUR_S * 1000
        for session in self.billed_sessions():
            if session.reading.at_ms >= hour_ms and self.ended_on(session) in days:
                counted[session.socket.id] -= session.reading.energy_wh
        return counted


# refusals: what leaves room


@lawful(group="refusals")
class FindsNoConnectorOfTooLongAnId(ReferenceServer):
    """Looks a ConnectorID up that is too long, and finds none: SuccStat 1 says so (BJ-X14)."""

    def checked_parameter(self, parameter: Parameter, given: Message) -> Any:
        try:
            return super().checked_parameter(parameter, given)
        except Illegal as illegal:
            if parameter.name != "ConnectorID" or "longer" not in illegal.words:
                raise
            return given["ConnectorID"]


@lawful(group="refusals")
class HasReasonsOfItsOwn(ReferenceServer):
    """Answers for a connector that cannot be reached with a FailReason of its own (5.6)."""

    def auth_fail_reason(self, connector: str) -> int:
        reason = super().auth_fail_reason(connector)
        socket = self.city.by_id.get(connector)
        unreachable = socket is not None and self.socket_status(socket) == 0
        return 50 if reason == CHECK_FAILED and unreachable else reason


# readings: what the documents leave open


@lawful(
    group="readings",
    readings={
        "BJ-X5": "StartMode",
        "BJ-X6": "array",
        "BJ-X8": "date-time",
        "BJ-X9": "mandatory",
        "BJ-X13": "4003",
        "BJ-X14": "4004",
        "BJ-X17": "every",
        "BJ-X18": "failed",
    },
)
class ReadsEverythingTheOtherWay(ReferenceServer):
    """Understands each clause of two meanings in the other one, and its target file says so (BJ-X5 to BJ-X18)."""
