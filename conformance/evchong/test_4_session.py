"""The session as a whole, as the communication sequence of section 1 has it."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.lab.client import Lab

BILLS = ("reads", "opens-session", "bills")


@requirement("EVC-SEQ", "EVC-1.6-c", effects=BILLS, seconds=700)
def test_session_runs_through_and_is_reported_truly(lab: Lab) -> None:
    """Boot, card, ten minutes of charging, card: what was charged is what the orders say (1, 1.1-1.7)."""
    box = lab.box(meter=True).booted()
    lab.pass_time(17)
    box.charge(lab.card(), seconds=605)
    lab.pass_time(20)
    lab.look_at_orders()


@requirement("EVC-SEQ", effects=(*BILLS, "faults"), seconds=200)
def test_two_sessions_side_by_side(lab: Lab) -> None:
    """Two connectors of one box charge at once, one is ended by a fault, the other by its card (1.7, 1.6)."""
    box = lab.box(sockets=2).booted()
    one, two = lab.card(), lab.card()
    left, right = box.connectors[:2]
    box.charging(one, left)
    lab.pass_time(33)
    box.charging(two, right)
    lab.pass_time(61)
    box.fault("GroundFailure", "E-101", connector=left)
    lab.pass_time(30)
    box.swipe(two, right)
    box.clear(left)
    lab.look_at_orders()


@requirement("EVC-SEQ", effects=(*BILLS, "faults"), seconds=200)
def test_session_over_a_lost_line(lab: Lab) -> None:
    """The line is lost while a car charges, and the charge ends meanwhile: the stop is told when it is back."""
    box = lab.box(meter=True).booted()
    card = lab.card()
    box.charging(card)
    lab.pass_time(35)
    box.cut_off()
    lab.pass_time(40)
    box.unplug()
    lab.pass_time(30)
    box.back()
    lab.pass_time(15)
    lab.look_at_orders()
