"""Servers whose first answers come too late for the limits of seed 1.1: in the machine's time, which no clock bends."""

from __future__ import annotations

from simulators.clock import pause
from simulators.mutants.registry import Server, family, mutant
from simulators.reference.city.client import PATH
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message


def answers_late(row: str, interface: str, seconds: str) -> Server:
    class AnswersLate(ReferenceServer):
        _warm = False

        async def answer(self, request: HttpRequest) -> HttpAnswer | None:
            if request.path == PATH + interface and not self._warm:
                self._warm = True
                await pause(float(seconds))
            return await super().answer(request)

    return AnswersLate


for _row, _interface, _seconds, _case in (
    ("BJ-1.1.1-a", "query_stations_info", "3.5", "in-time"),
    ("BJ-1.1.3-a", "query_station_status", "3.5", "few-stations"),
    ("BJ-1.1.4-a", "query_station_stats", "3.5", "in-time"),
    ("BJ-1.1.5-a", "query_equip_auth", "1.5", "in-time"),
    ("BJ-1.1.6-a", "query_equip_business_policy", "1.5", "in-time"),
    ("BJ-1.1.7-a", "query_start_charge", "1.5", "in-time"),
    ("BJ-1.1.9-a", "query_equip_charge_status", "1.5", "in-time"),
    ("BJ-1.1.11-a", "query_stop_charge", "1.5", "in-time"),
    ("BJ-1.1.16-a", "query_token", "1.5", "in-time"),
):
    family(
        answers_late,
        [(_row, _interface, _seconds)],
        name="AnswersLate_{1}",
        story="Opens its first connection to the database when {1} is asked for, which takes {2} s.",
        breaks=_row,
        case=_case,
    )


@mutant(breaks="BJ-1.1.3-a", case="50-stations")
class LooksFiftyStationsUpOneByOne(ReferenceServer):
    """Asks its database for each station by itself, over a slow line: fifty take three seconds."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        self._stations = 0
        answer = await super().answer(request)
        if self._stations == 50:
            await pause(3.5)
        return answer

    def query_station_status(self, asked: Message) -> Message:
        self._stations = len(asked["StationIDs"])
        return super().query_station_status(asked)
