"""1.1.13 Orders are pushed within 150 s of their bill, and again until they are taken; 1.1.14 beside it."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.beijing.charging import TOLD_AFTER_S
from conformance.beijing.remote import charged, long_charge, new_order, ready_charger
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab

ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO
BILLS = ("reads", "opens-session", "bills")
ORDERED_AFTER_S = 160
MINUTES_S = 120
HOUR_S = 3600


@requirement("BJ-1.1.13-a", "BJ-1.1.14-a", effects=BILLS, seconds=500)
def test_orders_of_charges_that_end_in_different_ways(lab: Lab) -> None:
    """Three cars at once: the platform ends one charge, the driver another, the third is full (1.1.13)."""
    stopped, by_user, full = (long_charge(lab) for _ in range(3))
    lab.pass_time(MINUTES_S)
    stopped.stop()
    by_user.charger.user_stop()
    lab.pass_time(20)
    full.charger.fill_up()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-1.1.14-a", effects=BILLS, seconds=400)
def test_order_of_a_charge_that_somebody_else_started(lab: Lab) -> None:
    """A driver starts at a charger itself that claims the bonus: its order is owed to the platform too (1.1.14)."""
    charger = lab.charger(bonus=True).plugged()
    lab.city.let_pushes_come()
    charger.user_start()
    lab.pass_time(MINUTES_S)
    charger.user_stop()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-1.1.13-b", "BJ-1.1.13-c", effects=BILLS, seconds=200 + 4 * HOUR_S)
def test_order_that_is_refused_again_and_again(lab: Lab) -> None:
    """The platform is busy, is not there, breaks down, hangs up; then it takes the order, and has peace (1.1.13)."""
    for how in (Refusal.BUSY, Refusal.HTTP_503, Refusal.SYSTEM_ERROR, Refusal.CUT):
        lab.city.refuse(ORDER, how)
    charged(lab, MINUTES_S)
    lab.pass_time(4 * HOUR_S)


@requirement("BJ-1.1.13-b", "BJ-1.1.13-c", effects=BILLS, seconds=200 + 2 * HOUR_S)
def test_order_that_is_not_answered(lab: Lab) -> None:
    """A platform that never answers has taken nothing; nor has one that does not know its token (1.1.13)."""
    for how in (Refusal.SILENT, Refusal.WRONG_TOKEN, Refusal.WRONG_TOKEN):
        lab.city.refuse(ORDER, how)
    charged(lab, MINUTES_S)
    lab.pass_time(2 * HOUR_S)


@requirement(
    "BJ-1.1.8-a", "BJ-1.1.8-b", "BJ-1.1.11-c", "BJ-1.1.13-a", "BJ-1.1.13-b", effects=BILLS, seconds=600 + HOUR_S
)
def test_orders_outlast_a_restart_of_the_server(lab: Lab) -> None:
    """The server is started again between a refusal and the repeat: no order is ever lost (1.1.13).

    Nor is a charge that goes on meanwhile, nor one that is about to begin (1.1.8).
    """
    goes_on = long_charge(lab)
    lab.city.refuse(ORDER, Refusal.BUSY)
    charged(lab, MINUTES_S)
    lab.pass_time(20)
    begins = new_order(lab, ready_charger(lab))
    begins.ask_to_start()
    lab.pass_time(1)
    lab.restart_server()
    lab.pass_time(TOLD_AFTER_S)
    fetch_token(lab)
    goes_on.stop()
    begins.charger.user_stop()
    lab.pass_time(HOUR_S + ORDERED_AFTER_S)
