"""2.2.2 Order data: the order for the operating bonus, of whatever way of starting."""

from __future__ import annotations

from conformance.beijing.charging import LONGEST_WAIT_S, known_spot, wait_for_another_price
from conformance.scenario import requirement
from simulators.lab.client import Lab

BILLS = ("reads", "opens-session", "bills")
ORDERED_AFTER_S = 155  # an order is there within 150 s of its bill (seed 1.1.14)
BEFORE_S, AFTER_S = 140, 160  # of a charge, around the change of a price


@requirement("BJ-2.2.2-a", effects=BILLS, seconds=300 + ORDERED_AFTER_S)
def test_order_of_a_charge_by_card(lab: Lab) -> None:
    """Five minutes at a box with a cumulative meter, begun and ended by card (2.2.2)."""
    spot, card = known_spot(lab, meter=True), lab.card()
    spot.box.booted().charge(card, seconds=300, connector=spot.connector)
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-2.2.2-a", effects=BILLS, seconds=400 + ORDERED_AFTER_S)
def test_second_order_of_a_connector(lab: Lab) -> None:
    """Two drivers one after the other at the same box: the meter counts on, the order does not (2.2.2)."""
    spot = known_spot(lab, meter=True)
    spot.box.booted()
    for card in (lab.card(), lab.card()):
        spot.box.charge(card, seconds=150, connector=spot.connector)
        lab.pass_time(50)
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-2.2.2-a", effects=BILLS, seconds=240 + ORDERED_AFTER_S)
def test_order_of_a_charge_without_meter(lab: Lab) -> None:
    """A box that has no cumulative meter tells the energy of the charge alone (2.2.2; EVCHONG 1.6)."""
    spot, card = known_spot(lab, meter=False), lab.card()
    spot.box.booted().charge(card, seconds=240, connector=spot.connector)
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-2.2.2-a", effects=(*BILLS, "faults"), seconds=330 + ORDERED_AFTER_S)
def test_orders_of_charges_that_end_in_different_ways(lab: Lab) -> None:
    """Three cars at once: one ends by card, one because the vehicle is full, one because the charger breaks (2.2.2)."""
    spots = [known_spot(lab) for _ in range(3)]
    cards = [lab.card() for _ in spots]
    for spot, card in zip(spots, cards, strict=True):
        spot.box.booted().charging(card, spot.connector)
        lab.pass_time(30)
    swiped, full, broken = spots
    lab.pass_time(120)
    full.box.unplug(full.connector)
    lab.pass_time(60)
    broken.box.fault("GroundFailure", "E-101", connector=broken.connector)
    lab.pass_time(60)
    swiped.box.swipe(cards[0], swiped.connector)
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-2.2.2-a", effects=BILLS, seconds=LONGEST_WAIT_S + BEFORE_S + AFTER_S + ORDERED_AFTER_S)
def test_order_over_a_change_of_the_price(lab: Lab) -> None:
    """The price of a kWh changes while the car charges: each part costs what it costs (2.2.2)."""
    spot, card = known_spot(lab), lab.card()
    wait_for_another_price(lab, spot.box.station, BEFORE_S)
    spot.box.booted().charge(card, seconds=BEFORE_S + AFTER_S, connector=spot.connector)
    lab.pass_time(ORDERED_AFTER_S)
