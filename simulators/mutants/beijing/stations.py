"""Defects of query_stations_info (BJ-1.1.1), and what in it keeps to no table (CEC-ENV-m)."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.city.known import Station
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import Socket

NONE_OF_ONE = {"BJ-1.1.1-c": "the one station that was edited is the last of them"}

# BJ-1.1.1-b: pages


class _TellsPagesOtherwise(ReferenceServer):
    """Changes one page before it goes out."""

    def query_stations_info(self, asked: Message) -> Message:
        return self.told_otherwise(asked, super().query_stations_info(asked))

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.1-b", case=("page-no", "past-end", "stations"))
class LooksForThePageInTheAddress(ReferenceServer):
    """Reads PageNo and PageSize from the query of the URL, where they never are: always the first ten."""

    def query_stations_info(self, asked: Message) -> Message:
        return super().query_stations_info({**asked, "PageNo": None})


@mutant(breaks="BJ-1.1.1-b", case="page-count")
class TurnsPagesOfTen(ReferenceServer):
    """Has ten stations on a page, whatever PageSize says."""

    def page_size(self, wanted: int | None) -> int:
        return 10


@mutant(breaks="BJ-1.1.1-b", case=("page-size", "item-size"))
class CountsPagesOfTheSizeThatItDoesNotGive(ReferenceServer):
    """Caps the page at two stations, and counts the pages of the size that was asked for."""

    def query_stations_info(self, asked: Message) -> Message:
        size = asked["PageSize"] or 10
        page = super().query_stations_info({**asked, "PageSize": min(size, 2)})
        return page | {"PageCount": self.page_count(page["ItemSize"], size)}


@mutant(breaks="BJ-1.1.1-b", case="page-count")
class RoundsPagesDown(ReferenceServer):
    """Divides whole numbers: the last page, when it is not full, is never counted."""

    def page_count(self, items: int, size: int) -> int:
        return items // size


@mutant(breaks="BJ-1.1.1-b", case="page-size", also=NONE_OF_ONE)
class LosesTheLastOfEachPage(_TellsPagesOtherwise):
    """Takes the end of a page for its last station."""

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        return page | {"StationInfos": page["StationInfos"][:-1]}


@mutant(breaks="BJ-1.1.1-b", case="item-size")
class CountsTheStationsOfThePage(_TellsPagesOtherwise):
    """Tells in ItemSize how many stations the page has."""

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        return page | {"ItemSize": len(page["StationInfos"])}


@mutant(breaks="BJ-1.1.1-b", case="past-end")
class RepeatsTheLastPage(_TellsPagesOtherwise):
    """Shows the last page again to whoever turns on, as its library for lists does."""

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        if page["PageNo"] <= max(1, page["PageCount"]):
            return page
        last = self.query_stations_info({**asked, "PageNo": page["PageCount"]})
        return last | {"PageNo": page["PageNo"]}


@mutant(breaks="BJ-1.1.1-b", case="page-no")
class TellsTheLastPageForOneBeyond(_TellsPagesOtherwise):
    """Tells in PageNo the last page that there is, for a page beyond it."""

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        return page | {"PageNo": max(1, min(page["PageNo"], page["PageCount"]))}


@mutant(breaks="BJ-1.1.1-b", case="answered")
class RefusesPagesBeyondTheLast(_TellsPagesOtherwise):
    """Answers 4004 for a page that does not exist."""

    def told_otherwise(self, asked: Message, page: Message) -> Message:
        if page["PageNo"] > max(1, page["PageCount"]):
            raise Illegal(WRONG_CONTENT, "no such page")
        return page


# BJ-1.1.1-b: what is on them


@mutant(breaks="BJ-1.1.1-b", case="stations", also=NONE_OF_ONE)
class ForgetsAStation(ReferenceServer):
    """Lists what is in the region of its first station, and the operator has grown since."""

    def stations_since(self, since_ms: int | None) -> list[Station]:
        return super().stations_since(since_ms)[:-1]


@mutant(breaks="BJ-1.1.1-b", case="stations")
class ListsAStationOnceForEachEquipment(ReferenceServer):
    """Joins stations with their equipment, and forgets to say that each counts once."""

    def stations_since(self, since_ms: int | None) -> list[Station]:
        stations = super().stations_since(since_ms)
        return [station for station in stations for _ in self.by_equipment(self.sockets_of(station.id))]


@mutant(breaks="BJ-1.1.1-b", case="equipment")
class ListsTheFirstEquipment(ReferenceServer):
    """Lists one equipment a station: that is how its first station was."""

    def station_info(self, station: Station) -> Message:
        info = super().station_info(station)
        return info | {"EquipmentInfos": info["EquipmentInfos"][:1]}


@mutant(breaks="BJ-1.1.1-b", case="connectors")
class ListsTheFirstConnector(ReferenceServer):
    """Lists one connector an equipment, as no charger had two when it was written."""

    def equipment_info(self, id_: str, sockets: list[Socket]) -> Message:
        info = super().equipment_info(id_, sockets)
        return info | {"ConnectorInfos": info["ConnectorInfos"][:1]}


@mutant(breaks="BJ-1.1.1-b", case="connectors")
class ListsAConnectorTwice(ReferenceServer):
    """Lists the first connector of an equipment once more, as its "main" one."""

    def equipment_info(self, id_: str, sockets: list[Socket]) -> Message:
        info = super().equipment_info(id_, sockets)
        return info | {"ConnectorInfos": [*info["ConnectorInfos"], info["ConnectorInfos"][0]]}


@mutant(breaks="BJ-1.1.1-b", case="power")
class TellsThePowerOfConnectorsInWatts(ReferenceServer):
    """Lists the power of a connector in W, as the chargers themselves tell it; that of equipment comes from sales."""

    def connector_info(self, socket: Socket) -> Message:
        return super().connector_info(socket) | {"Power": socket.simulated_w}


@mutant(breaks="BJ-1.1.1-b", case="power")
class TellsThePowerOfEquipmentInWatts(ReferenceServer):
    """Adds up W for the equipment, and divides by a thousand for each connector only."""

    def equipment_info(self, id_: str, sockets: list[Socket]) -> Message:
        return super().equipment_info(id_, sockets) | {"Power": sum(socket.simulated_w for socket in sockets)}


@mutant(breaks="BJ-1.1.1-b", case="stations")
class ListsStationsOfThePlatform(ReferenceServer):
    """Fills OperatorID with whom it talks to, as in the envelope of what comes in."""

    def station_info(self, station: Station) -> Message:
        return super().station_info(station) | {"OperatorID": self.contract.platform_id}


@mutant(breaks="BJ-1.1.1-b", case="connectors")
class SwapsVoltageLimits(ReferenceServer):
    """Writes the lower limit of the voltage where the upper one belongs."""

    def connector_info(self, socket: Socket) -> Message:
        told = super().connector_info(socket)
        upper, lower = told["VoltageUpperLimits"], told["VoltageLowerLimits"]
        return told | {"VoltageUpperLimits": lower, "VoltageLowerLimits": upper}


# BJ-1.1.1-c: LastQueryTime


@mutant(breaks="BJ-1.1.1-c", case="unchanged")
class IgnoresLastQueryTime(ReferenceServer):
    """Lists all stations, whatever has changed."""

    def since_ms(self, last_query_time: str | None) -> int | None:
        return None


@mutant(breaks="BJ-1.1.1-c", case=("changed", "unchanged"))
class SelectsWhatDidNotChange(ReferenceServer):
    """Compares the wrong way round: what has not changed since comes, and what has does not."""

    def changed(self, station: Station, since_ms: int) -> bool:
        return not super().changed(station, since_ms)


@mutant(breaks="BJ-1.1.1-c", case="edited")
class KnowsNewStationsOnly(ReferenceServer):
    """Looks at when a station was put into its table, and no edit touches that."""

    def patch_station(self, request: HttpRequest) -> HttpAnswer:
        since_ms = {station.id: station.changed_ms for station in self.city.stations.values()}
        answer = super().patch_station(request)
        for id_, changed_ms in since_ms.items():
            self.city.stations[id_].changed_ms = changed_ms
        return answer


@mutant(breaks="BJ-1.1.1-c", case="unchanged")
class ListsAllWhenOneHasChanged(ReferenceServer):
    """Keeps one version of the whole list: after any edit all of it is new."""

    def stations_since(self, since_ms: int | None) -> list[Station]:
        return super().stations_since(None) if super().stations_since(since_ms) else []


# CEC-ENV-m


@mutant(breaks="CEC-ENV-m", case="query_stations_info")
class SwapsLongitudeAndLatitude(ReferenceServer):
    """Takes the two numbers of its map the other way round: some write latitude first."""

    def station_info(self, station: Station) -> Message:
        info = super().station_info(station)
        return info | {"StationLng": info["StationLat"], "StationLat": info["StationLng"]}


@mutant(breaks="CEC-ENV-m", case="query_stations_info")
class WritesPlacesAsText(ReferenceServer):
    """Writes longitude and latitude as text, as its framework does with decimals."""

    def station_info(self, station: Station) -> Message:
        info = super().station_info(station)
        return info | {name: str(info[name]) for name in ("StationLng", "StationLat")}
