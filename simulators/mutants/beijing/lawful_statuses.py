"""Servers that tell the states of connectors in unusual ways, and right (seed 1.1.2; cec102 5.3)."""

from __future__ import annotations

from simulators.mutants.registry import lawful
from simulators.reference.app_api import IDLE
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import News
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Box, Message
from simulators.world.city import Socket

LATE_S = 4  # within the tolerance of the PIXIT
UNKNOWN, FREE, TAKEN = 0, 10, 50  # of a parking space, and of its lock


@lawful(group="statuses")
class TellsParkingAndLock(ReferenceServer):
    """Adds what its parking sensors know, and a lock that it does not know (5.3: both optional)."""

    def connector_status_info(self, socket: Socket, status: int) -> Message:
        parking = FREE if status == IDLE else TAKEN
        return super().connector_status_info(socket, status) | {"ParkStatus": parking, "LockStatus": UNKNOWN}


@lawful(group="statuses")
class TellsEveryStateTwice(ReferenceServer):
    """Runs on two machines, and both push (1.6: resent pushes are taken again)."""

    async def push_status(self, socket: Socket, news: News) -> Outcome:
        await super().push_status(socket, news)
        return await super().push_status(socket, news)


@lawful(group="statuses")
class TellsStatesSomewhatLate(ReferenceServer):
    """Its queue takes four seconds for every push, of states too that are over by then."""

    async def report_status(self, socket: Socket, news: News) -> None:
        await self.sleep_s(LATE_S)
        await super().report_status(socket, news)


@lawful(group="statuses")
class TellsWhatLasts(ReferenceServer):
    """Waits whether a state lasts: what comes and goes in a moment is no change."""

    async def report_status(self, socket: Socket, news: News) -> None:
        await self.sleep_s(LATE_S)
        if self.is_newest(socket, news):
            await super().report_status(socket, news)


@lawful(group="statuses")
class TellsStatesEveryHour(ReferenceServer):
    """Pushes every state anew, changed or not (1.1.2: at least every three hours)."""

    status_refresh_s = 3600


@lawful(group="statuses")
class LosesBoxesEarly(ReferenceServer):
    """Takes a box for offline when a beat is half an interval late: from the first missed one on it may (EVC-1.3-d)."""

    def patience_ms(self, box: Box) -> int:
        return super().patience_ms(box) // 2
