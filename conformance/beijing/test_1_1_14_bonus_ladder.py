"""1.1.14 A bonus order that is not taken is pushed by the ladder 150/300/.../1800/3600/... s, until it is."""

from __future__ import annotations

from conformance.beijing.charging import TOLD_AFTER_S, known_spot, told_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab

ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
BILLS = ("reads", "opens-session", "bills")
MINUTES_S = 120
HOUR_S = 3600
REFUSALS = 14  # in steps of 150 s the thirteenth repeat is the first that waits for an hour


def charge_at_a_box(lab: Lab, times: int = 1) -> None:
    """A charge by card, or several in turn; the box is switched off when they are over."""
    spot, card = known_spot(lab), lab.card()
    spot.box.booted()
    for _ in range(times):
        spot.box.charge(card, seconds=MINUTES_S, connector=spot.connector)
    lab.pass_time(20)
    spot.box.power_off()


@requirement("BJ-1.1.14-a", "BJ-1.1.14-b", effects=BILLS, seconds=200 + 7 * HOUR_S)
def test_bonus_order_climbs_the_ladder(lab: Lab) -> None:
    """The platform is busy until each repeat waits for an hour; then it takes the order, and has peace (1.1.14)."""
    lab.city.refuse(ORDER, Refusal.BUSY, REFUSALS)
    charge_at_a_box(lab)
    lab.pass_time(7 * HOUR_S)


@requirement("BJ-1.1.14-a", "BJ-1.1.14-b", effects=BILLS, seconds=400 + 3 * HOUR_S)
def test_bonus_order_is_refused_in_different_ways(lab: Lab) -> None:
    """Not there, hung up, broken down, an unknown token: each is a failure, and a step of the ladder (1.1.14).

    The order of the next charge does not wait until the first is taken.
    """
    for how in (Refusal.HTTP_503, Refusal.CUT, Refusal.SYSTEM_ERROR, Refusal.WRONG_TOKEN, Refusal.WRONG_TOKEN):
        lab.city.refuse(ORDER, how)
    charge_at_a_box(lab, times=2)
    lab.pass_time(3 * HOUR_S)


@requirement("BJ-1.1.8-b", "BJ-1.1.14-a", "BJ-1.1.14-b", effects=BILLS, seconds=500 + HOUR_S)
def test_bonus_orders_outlast_a_restart_of_the_server(lab: Lab) -> None:
    """The server is started again between a refusal and the repeat, and while another car charges (1.1.14, 1.1.8)."""
    lab.city.refuse(ORDER, Refusal.BUSY)
    charge_at_a_box(lab)
    goes_on = told_charge(lab)
    lab.restart_server()
    lab.pass_time(TOLD_AFTER_S)
    goes_on.end()
    lab.pass_time(20)
    goes_on.spot.box.power_off()
    lab.pass_time(HOUR_S + 160)
