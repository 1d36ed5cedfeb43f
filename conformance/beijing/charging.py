"""How a scenario comes by a box that the platform knows, and by a charge that it was told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.lab.client import Box, Lab, Lacking, Unmet

TOLD_AFTER_S = 70  # the state of a charge is pushed about every minute (seed 1.1.8), from its start on
LOOK_EVERY_S = 5
LONGEST_WAIT_S = 3600  # for another price, where time is not to be had for nothing


@dataclass(frozen=True, slots=True)
class Spot:
    """A leased box with a connector that the platform knows."""

    box: Box
    connector: int


@dataclass(frozen=True, slots=True)
class Told:
    """A charge that runs there for a card, and its StartChargeSeq."""

    spot: Spot
    card: str
    order: str

    def end(self) -> None:
        """The driver swipes again."""
        self.spot.box.swipe(self.card, self.spot.connector)


def known_spot(lab: Lab, **shape: Any) -> Spot:
    """A box of those that the platform knows; boxes that it does not know are leased on the way, and left alone."""
    connectors = {socket.box: socket.connector for socket in lab.city.sockets() if socket.box}
    if not connectors:
        raise Lacking("no [[pixit.beijing.connector]] has a box that can be moved from here")
    while (box := lab.box(**shape)).serial not in connectors:
        pass
    return Spot(box, connectors[box.serial])


def told_charge(lab: Lab) -> Told:
    """A charge for a card, begun now, of which the operator has told the platform."""
    spot, card = known_spot(lab), lab.card()
    before = set(lab.city.orders())
    spot.box.booted().charging(card, spot.connector)
    for _ in range(TOLD_AFTER_S // LOOK_EVERY_S):
        if new := [order for order in lab.city.orders() if order not in before]:
            return Told(spot, card, new[-1])
        lab.pass_time(LOOK_EVERY_S)
    raise Unmet("the operator told the platform of no charge")


def wait_for_another_price(lab: Lab, station: str, before_s: float) -> None:
    """Let time pass until ``before_s`` before the price of a kWh changes; where it never does, nobody can go on."""
    wait_s = lab.seconds_to_price_change(station)
    if wait_s is not None and wait_s < before_s:
        lab.pass_time(wait_s + 1)
        wait_s = lab.seconds_to_price_change(station)
    if wait_s is None or (wait_s > LONGEST_WAIT_S and lab.clock() != "stepped"):
        raise Unmet(f"no other price within {LONGEST_WAIT_S} s")
    lab.pass_time(wait_s - before_s)
