"""The ways in which a probe comes by a charge that the city is told of: each has a place of its own, used again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from conformance.beijing.asking import fetch_token, socket_of
from conformance.beijing.charging import known_spot
from conformance.beijing.remote import ENDLESS_ROOM_WH, OVER_AFTER_S, Remote, begun, new_order, ready_charger
from conformance.probing.beijing.shown import Charge
from simulators.beijing.messages import ChargeModel
from simulators.lab.charger_client import Charger
from simulators.lab.client import Lab, Unmet
from simulators.lab.leases import NothingToLend


class Way(Protocol):
    """One way of starting a charge, at a place that nobody else uses."""

    def start(self) -> Charge:
        """Begin one, with a vehicle that takes whatever comes. Raises Unmet where the server does not play its part."""

    def stop(self) -> None:
        """End it."""


class ByPlatform:
    """The platform starts and stops it."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._charger = lab, _charger(lab)
        self._remote: Remote | None = None

    def start(self) -> Charge:
        fetch_token(self._lab)
        charger = ready_charger(self._lab, ENDLESS_ROOM_WH, charger=self._charger)
        self._remote = begun(new_order(self._lab, charger))
        return Charge(ChargeModel.PLATFORM, charger.id, self._remote.order)

    def stop(self) -> None:
        if self._remote:
            self._remote.stop()
        self._charger.unplug()


class ByCard:
    """A driver starts and stops it with a card, at a box."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._spot, self._card = lab, known_spot(lab), lab.card()

    def start(self) -> Charge:
        self._spot.box.booted().charging(self._card, self._spot.connector)
        return Charge(ChargeModel.CARD, socket_of(self._lab, self._spot))

    def stop(self) -> None:
        self._spot.box.swipe(self._card, self._spot.connector)
        self._lab.pass_time(OVER_AFTER_S)
        self._spot.box.power_off()  # or it would have hours of beats to tell


class ByHand:
    """A driver starts and stops it at the charger itself."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._charger = lab, _charger(lab)

    def start(self) -> Charge:
        ready_charger(self._lab, ENDLESS_ROOM_WH, charger=self._charger).user_start()
        return Charge(ChargeModel.OTHER, self._charger.id)

    def stop(self) -> None:
        self._charger.user_stop()
        self._charger.unplug()


def ways(lab: Lab) -> Iterator[Way]:
    """Those that the target has a place for."""
    for way in (ByPlatform, ByCard, ByHand):
        with suppress(NothingToLend, Unmet):
            yield way(lab)


def _charger(lab: Lab) -> Charger:
    """Any; best is one whose orders are claimed a bonus for."""
    with suppress(NothingToLend):
        return lab.charger(bonus=True)
    return lab.charger()
