"""1.6 End of a transaction; 2.7."""

from __future__ import annotations

from conformance.evchong.test_1_0_constraints import started
from conformance.scenario import requirement
from simulators.lab.client import Lab

BILLS = ("reads", "opens-session", "bills")


@requirement("EVC-1.6-a", "EVC-1.6-c", "EVC-1.6-f", effects=BILLS, seconds=155)
def test_consumed_energy_is_billed(lab: Lab) -> None:
    """A charge ended by card: the stop is echoed, and the order is over the energy of transactionData (1.6)."""
    box = lab.box(meter=True).booted()
    box.charge(lab.card(), seconds=120)
    lab.look_at_orders()


@requirement("EVC-1.6-a", "EVC-1.6-b", "EVC-1.6-f", effects=BILLS, seconds=100)
def test_stop_without_card(lab: Lab) -> None:
    """The vehicle ends the charge: the stop carries no idTag, and is answered like any other (EVC-X15)."""
    box = lab.box().booted()
    card = lab.card()
    box.charge(card, seconds=5)
    box.charging(card)
    lab.pass_time(60)
    box.unplug()
    lab.look_at_orders()


@requirement("EVC-1.6-g", "EVC-1.6-f", effects=BILLS, seconds=160)
def test_energy_without_meter_is_billed(lab: Lab) -> None:
    """A box without a cumulative meter stops with meterStop 0, and transactionData is billed (1.6)."""
    plain = lab.box(meter=True).booted()
    plain.charge(lab.card(), seconds=5)
    box = lab.box(meter=False).booted()
    box.charge(lab.card(), seconds=120)
    lab.look_at_orders()


@requirement("EVC-1.6-d", effects=BILLS, seconds=70)
def test_repeated_stop_bills_once(lab: Lab) -> None:
    """The same stop three times over: one order (1.6)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    lab.pass_time(30)
    for _ in range(3):
        box.say_stop(transaction_id, card=card, meter_stop_wh=123_950, energy_kwh="0.50")
    lab.pass_time(5)
    lab.look_at_orders()


@requirement("EVC-1.6-e", effects=BILLS, seconds=65)
def test_register_that_ran_backwards(lab: Lab) -> None:
    """meterStop below meterStart: no order with a negative energy or amount (1.6)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    lab.pass_time(30)
    box.say_stop(transaction_id, card=card, meter_stop_wh=100_000, energy_kwh="0.50")
    lab.look_at_orders()
