"""How a scenario comes by a charge that the platform started, at one of the lab's own chargers."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.beijing.messages import Interface
from simulators.lab.charger_client import Charger
from simulators.lab.client import Lab

FLOWS_AFTER_S = 10  # a start and a stop are done by then
ROOM_WH = 500_000  # of a vehicle that is not full before it is to be


@dataclass(frozen=True, slots=True)
class PlatformCharge:
    """A charge that runs, and its StartChargeSeq."""

    lab: Lab
    charger: Charger
    order: str

    def stop(self) -> None:
        """The platform ends it."""
        asked = {"StartChargeSeq": self.order, "ConnectorID": self.charger.id}
        self.lab.city.ask(Interface.QUERY_STOP_CHARGE, asked)
        self.lab.pass_time(FLOWS_AFTER_S)


def platform_charge(lab: Lab, charger: Charger | None = None) -> PlatformCharge:
    """A vehicle is plugged in, the platform starts, and the scenario goes on only when current flows."""
    charger = charger or lab.charger()
    charger.plug(ROOM_WH)
    lab.city.let_pushes_come()
    lab.city.fetch_token()
    order = lab.city.next_number()
    lab.city.ask(Interface.QUERY_START_CHARGE, {"StartChargeSeq": order, "ConnectorID": charger.id})
    lab.pass_time(FLOWS_AFTER_S)
    charger.charging(order)
    return PlatformCharge(lab, charger, order)


def charged(lab: Lab, seconds: float, charger: Charger | None = None) -> str:
    """A whole charge that the platform starts and stops; gives its StartChargeSeq."""
    charge = platform_charge(lab, charger)
    lab.pass_time(seconds)
    charge.stop()
    return charge.order
