"""Stories of connectors of which the city is told, for the rules of notification_stationStatus."""

from __future__ import annotations

from typing import Any

from simulators.beijing.messages import Interface
from simulators.world.city import Socket
from tests.unit.city_journals import LEFT, RIGHT, CityStory
from tests.unit.journals import BOX

CHANGES, SILENCE, FAULTS = "BJ-1.1.2-a", "EVC-1.3-d", "EVC-1.7-c"
OFFLINE, IDLE, OCCUPIED, CHARGING, RESERVED, FAULT = 0, 1, 2, 3, 4, 255
SHOWN = {"Available": IDLE, "Occupied": OCCUPIED, "Reserved": RESERVED, "Faulted": FAULT}


class Yard(CityStory):
    """A story whose boxes beat while time passes; both connectors of the first are known and idle, and told so."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.beating = [BOX]
        self.booted()
        for connector, socket in ((1, LEFT), (2, RIGHT)):
            self.status(connector=connector).answered()
            self.told(IDLE, socket)
        self.waits(20)

    def told(self, status: Any, socket: Socket = LEFT, *, by: str = "") -> None:
        """The server pushes a state."""
        content = {"ConnectorStatusInfo": {"ConnectorID": socket.id, "Status": status}}
        self.pushes(Interface.NOTIFICATION_STATION_STATUS, content, told={"Status": 0}, by=by)

    def shows(self, status: str, connector: int = 1) -> None:
        """The box tells a status."""
        self.status(status, "GroundFailure" if status == "Faulted" else "NoError", connector=connector).answered()

    def waits(self, seconds: float) -> None:
        """Time, in which boxes beat every ten seconds at the latest."""
        while seconds > 0:
            self.passes(min(seconds, 10))
            seconds -= 10
            for box in self.beating:
                self.beat(box).answered()


def of(story: Yard, *rows: str) -> list[str]:
    """The findings on these rows."""
    judged = story.judged()
    return [finding for row in rows or (CHANGES,) for finding in judged.of(row)]
