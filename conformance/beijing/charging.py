"""How a scenario comes by a box that the platform knows, and by a charge that it was told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.lab.client import Box, Lab, Unmet

TOLD_AFTER_S = 70  # the state of a charge is pushed about every minute (seed 1.1.8), from its start on
LOOK_EVERY_S = 5


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
        raise Unmet("the platform knows no connector of a charge box")
    while (box := lab.box(**shape)).serial not in connectors:
        pass
    return Spot(box, connectors[box.serial])


def told_charge(lab: Lab) -> Told:
    """A charge for a card, begun now, of which the operator has told the platform."""
    before = set(lab.city.orders())
    spot, card = known_spot(lab), lab.card()
    spot.box.booted().charging(card, spot.connector)
    for _ in range(TOLD_AFTER_S // LOOK_EVERY_S):
        if new := [order for order in lab.city.orders() if order not in before]:
            return Told(spot, card, new[-1])
        lab.pass_time(LOOK_EVERY_S)
    raise Unmet("the operator told the platform of no charge")
