"""The lab's own chargers as scenarios and the console see them: typed, synchronous, over the same verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.lab.client import Lab


class Charger:
    """A leased charger. It is started by the server; what people, vehicles and cables do to it is done here."""

    def __init__(self, lab: Lab, id: str, equipment: str, station: str, bonus: bool) -> None:
        self._lab, self.id = lab, id
        self.equipment, self.station, self.bonus = equipment, station, bonus

    def plugged(self, room_wh: int | None = None) -> Charger:
        """A vehicle comes and is plugged in."""
        self.plug(room_wh)
        return self

    def plug(self, room_wh: int | None = None) -> None:
        """``room_wh``: what the vehicle takes before it ends the charge itself, for long charges and for short ones."""
        self._do("charger.plug", room_wh=room_wh)

    def unplug(self) -> None:
        """The plug is drawn, also out of a charge."""
        self._do("charger.unplug")

    def fault(self, error: str = "ground failure") -> None:
        self._do("charger.fault", error=error)

    def clear(self) -> None:
        self._do("charger.clear")

    def offline(self) -> None:
        """The charger's line to its operator is cut, and the operator learns it."""
        self._do("charger.network", up=False)

    def online(self) -> None:
        self._do("charger.network", up=True)

    def fail_next_start(self, error: str = "contactor stuck") -> None:
        """The next start comes to nothing."""
        self._do("charger.fail_next_start", error=error)

    def slow_start(self, seconds: float) -> None:
        """From now on it takes so long until current flows."""
        self._do("charger.slow_start", seconds=seconds)

    def user_start(self) -> None:
        """Somebody starts at the charger itself, without an order."""
        self._do("charger.user_start")

    def user_stop(self) -> None:
        """Somebody stops at the charger itself."""
        self._do("charger.user_stop")

    def fill_up(self) -> None:
        """The vehicle takes no more, and ends the charge."""
        self._do("charger.fill_up")

    def state(self) -> Mapping[str, Any]:
        """online, error, plugged, charging, order, register_wh, energy_wh, current_a, voltage_v, soc."""
        state: Mapping[str, Any] = self._do("charger.state")
        return state

    def charging(self, order: str) -> None:
        """Go on only when current flows for that order, or for what the server calls it towards the charger."""
        from simulators.lab.client import Unmet

        state = self.state()
        if not state["charging"]:
            raise Unmet(f"charger {self.id} does not charge for order {order}")

    def _do(self, verb: str, **arguments: Any) -> Any:
        return self._lab.do(verb, charger=self.id, **arguments)
