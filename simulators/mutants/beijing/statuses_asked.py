"""Defects of query_station_status (BJ-1.1.3), and what in it keeps to no table (CEC-ENV-m)."""

from __future__ import annotations

from simulators.mutants.registry import Server, family, mutant
from simulators.reference.app_api import CHARGING, FAULTED, IDLE, OCCUPIED, OFFLINE
from simulators.reference.city.parameters import WRONG_CONTENT, Ids, Illegal
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import Socket

RESERVED = 4
STATES = {
    "offline": OFFLINE,
    "idle": IDLE,
    "occupied": OCCUPIED,
    "charging": CHARGING,
    "reserved": RESERVED,
    "fault": FAULTED,
}

# BJ-1.1.3-b


class _TellsStatesOtherwise(ReferenceServer):
    """Tells a state on request otherwise than it is, and pushes it right."""

    def station_status_info(self, station: str) -> Message:
        sockets = self.sockets_of(station)
        infos = [self.connector_status_info(socket, self.told_on_request(socket)) for socket in sockets]
        return {"StationID": station, "ConnectorStatusInfos": infos}

    def told_on_request(self, socket: Socket) -> int:
        raise NotImplementedError


def tells_as(state: str, other: str) -> Server:
    class Tells(_TellsStatesOtherwise):
        def told_on_request(self, socket: Socket) -> int:
            status = self.socket_status(socket)
            return STATES[other] if status == STATES[state] else status

    return Tells


family(
    tells_as,
    [
        ("offline", "idle"),
        ("idle", "offline"),
        ("occupied", "idle"),
        ("charging", "occupied"),
        ("reserved", "idle"),
        ("fault", "offline"),
    ],
    name="Tells_{0}_as_{1}_on_request",
    story="Tells a connector that is {0} as {1} when asked: a second table of codes, beside that of the pushes.",
    breaks="BJ-1.1.3-b",
    case="{0}",
)


@mutant(breaks="BJ-1.1.3-b", case=("fault", "offline"))
class TellsChargersByTheirPlugs(_TellsStatesOtherwise):
    """Looks a charger without a charge box up in the table of its plugs, which knows neither faults nor lines."""

    def told_on_request(self, socket: Socket) -> int:
        charger = self.city.chargers.get(socket.id)
        status = self.socket_status(socket)
        if charger is None or status not in (FAULTED, OFFLINE):
            return status
        return OCCUPIED if charger.plugged else IDLE


@mutant(breaks="BJ-1.1.3-b", case="pushed")
class AnswersFromACache(_TellsStatesOtherwise):
    """Keeps the states that it told first for an hour, so as to be quick."""

    keeps_ms = 3_600_000

    def told_on_request(self, socket: Socket) -> int:
        cache: dict[str, tuple[int, int]] = self.city.__dict__.setdefault("cache", {})
        until_ms, status = cache.get(socket.id, (0, OFFLINE))
        if self.now_ms() < until_ms:
            return status
        cache[socket.id] = (self.now_ms() + self.keeps_ms, self.socket_status(socket))
        return cache[socket.id][1]


# BJ-1.1.3-c


class _TellsStationsOtherwise(ReferenceServer):
    """Changes the answer before it goes out."""

    def query_station_status(self, asked: Message) -> Message:
        return self.told_otherwise(asked, super().query_station_status(asked))

    def told_otherwise(self, asked: Message, told: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.3-c", case="answered", also={"BJ-1.1.3-d": "unknown ones beside it are no better"})
class RefusesMoreThanOneStation(_TellsStationsOtherwise):
    """Answers 4004 for more than one station: its own pages ask for one at a time."""

    def told_otherwise(self, asked: Message, told: Message) -> Message:
        if len(told["StationStatusInfos"]) > 1:
            raise Illegal(WRONG_CONTENT, "one station, please")
        return told


@mutant(breaks="BJ-1.1.3-c", case="total")
class CountsConnectorsInTotal(_TellsStationsOtherwise):
    """Tells in Total how many connectors there are."""

    def told_otherwise(self, asked: Message, told: Message) -> Message:
        return told | {"Total": sum(len(each["ConnectorStatusInfos"]) for each in told["StationStatusInfos"])}


@mutant(breaks="BJ-1.1.3-c", case="once")
class AnswersForTheFirstStation(_TellsStationsOtherwise):
    """Answers for the first of the stations that it is asked for."""

    def told_otherwise(self, asked: Message, told: Message) -> Message:
        first = told["StationStatusInfos"][:1]
        return {"Total": len(first), "StationStatusInfos": first}


@mutant(breaks="BJ-1.1.3-c", case="once")
class AnswersForTheFirstTwentyStations(ReferenceServer):
    """Cuts the list of stations at twenty, so as not to be asked for too much: it has three itself."""

    def query_station_status(self, asked: Message) -> Message:
        return super().query_station_status({**asked, "StationIDs": asked["StationIDs"][:20]})


@mutant(breaks="BJ-1.1.3-c", case="once")
class LeavesOutWhatIsOffline(ReferenceServer):
    """Leaves out connectors that cannot be reached, of which it knows nothing new."""

    def station_status_info(self, station: str) -> Message:
        info = super().station_status_info(station)
        return info | {"ConnectorStatusInfos": [each for each in info["ConnectorStatusInfos"] if each["Status"]]}


@mutant(breaks="BJ-1.1.3-c", case="once")
class TellsTheSecondConnectorTwice(ReferenceServer):
    """Tells of the last connector of a station twice: a loop that ends one too late."""

    def station_status_info(self, station: str) -> Message:
        info = super().station_status_info(station)
        infos = info["ConnectorStatusInfos"]
        return info | {"ConnectorStatusInfos": [*infos, *infos[-1:]]}


# BJ-1.1.3-d


@mutant(breaks="BJ-1.1.3-d", case="unknown")
class RefusesUnknownStations(ReferenceServer):
    """Answers 4004 when one of the stations is unknown."""

    def query_station_status(self, asked: Message) -> Message:
        if any(station not in self.city.stations for station in asked["StationIDs"]):
            raise Illegal(WRONG_CONTENT, "unknown station")
        return super().query_station_status(asked)


@mutant(breaks="BJ-1.1.3-d", case="too-many")
class AnswersForAnyNumberOfStations(ReferenceServer):
    """Takes any number of stations at once."""

    def checked_parameter(self, parameter: Ids, given: Message) -> object:  # type: ignore[override]
        if parameter.name != "StationIDs" or not isinstance(given.get("StationIDs"), list):
            return super().checked_parameter(parameter, given)
        first: object = super().checked_parameter(parameter, {"StationIDs": given["StationIDs"][:50]})
        return first


# CEC-ENV-m


@mutant(breaks="CEC-ENV-m", case="query_station_status")
class LeavesOutTheStateOfWhatItCannotReach(ReferenceServer):
    """Sends no Status with a connector that is offline, as 0 counts for nothing in its language."""

    def station_status_info(self, station: str) -> Message:
        info = super().station_status_info(station)
        infos = [{name: value for name, value in each.items() if value} for each in info["ConnectorStatusInfos"]]
        return info | {"ConnectorStatusInfos": infos}
