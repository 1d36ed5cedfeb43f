"""2.2.1 Charging data: every charge is told of, and how it was started."""

from __future__ import annotations

from conformance.beijing.charging import known_spot, told_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

ASKED_EVERY_S = 121  # the platform may ask every 2 minutes while a charge runs (seed 1.1.9)


@requirement("BJ-2.2.1-a", "BJ-2.2.1-b", seconds=200)
def test_charge_by_card_is_told_of(lab: Lab) -> None:
    """A driver charges by card for some minutes: the platform hears of it from the start on (2.2.1)."""
    spot, card = known_spot(lab), lab.card()
    spot.box.booted().charge(card, seconds=200, connector=spot.connector)


@requirement("BJ-2.2.1-a", seconds=70 + 2 * ASKED_EVERY_S)
def test_platform_asks_how_it_was_started(lab: Lab) -> None:
    """The platform asks for the state of a charge that a card began, twice while it runs (2.2.1, 1.1.9)."""
    charge = told_charge(lab)
    lab.city.fetch_token()
    for _ in range(2):
        lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": charge.order})
        lab.pass_time(ASKED_EVERY_S)
    charge.end()


@requirement("BJ-2.2.1-a", "BJ-2.2.1-b", seconds=300)
def test_charges_side_by_side_are_told_of(lab: Lab) -> None:
    """Two cars charge at two boxes, one begins and ends later than the other: each is told of (2.2.1)."""
    first, second = known_spot(lab), known_spot(lab)
    one, two = lab.card(), lab.card()
    first.box.booted().charging(one, first.connector)
    lab.pass_time(37)
    second.box.booted().charging(two, second.connector)
    lab.pass_time(163)
    first.box.swipe(one, first.connector)
    lab.pass_time(100)
    second.box.unplug(second.connector)
