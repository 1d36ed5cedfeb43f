"""1.1.13 Orders are pushed within 150 s of their bill, and again until they are taken; 1.1.14 beside it."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.beijing.charging import TOLD_AFTER_S
from conformance.beijing.remote import charged, long_charge, new_order, ready_charger
from conformance.beijing.test_1_1_4_station_stats import ask_for
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab

ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO
BONUS_ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
BILLS = ("reads", "opens-session", "bills")
ORDERED_AFTER_S = 160
MINUTES_S, SHORT_S = 120, 30
TOKENS_REFUSED = 2  # each of two orders asks for one
HOUR_S = 3600


@requirement("BJ-1.1.4-b", "BJ-1.1.13-a", "BJ-1.1.14-a", effects=BILLS, seconds=500)
def test_orders_of_charges_that_end_in_different_ways(lab: Lab) -> None:
    """Three cars at once: the platform ends one charge, the driver another, the third is full (1.1.13).

    The first orders come twice, since the platform was busy; the statistics count each charge once (1.1.4).
    """
    stopped, by_user, full = (long_charge(lab) for _ in range(3))
    of_stations = dict.fromkeys(each.charger.station for each in (stopped, by_user, full))
    for station in of_stations:
        ask_for(lab, station)
    lab.city.refuse(ORDER, Refusal.BUSY, 2)
    lab.pass_time(MINUTES_S)
    stopped.stop()
    by_user.charger.user_stop()
    lab.pass_time(20)
    full.charger.fill_up()
    lab.pass_time(ORDERED_AFTER_S)
    lab.city.let_charges_count()
    for station in of_stations:
        ask_for(lab, station)


@requirement("BJ-1.1.14-a", effects=BILLS, seconds=400)
def test_order_of_a_charge_that_somebody_else_started(lab: Lab) -> None:
    """A driver starts at a charger itself that claims the bonus: its order is owed to the platform too (1.1.14)."""
    charger = lab.charger(bonus=True).plugged()
    lab.city.let_pushes_come()
    charger.user_start()
    lab.pass_time(MINUTES_S)
    charger.user_stop()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-1.1.13-a", "BJ-1.1.13-b", "BJ-1.1.13-c", effects=BILLS, seconds=400 + 4 * HOUR_S)
def test_order_that_is_refused_again_and_again(lab: Lab) -> None:
    """The platform is busy, is not there, breaks down, hangs up; then it takes the order, and has peace (1.1.13).

    The order of the next charge does not wait until then.
    """
    first = long_charge(lab)
    for how in (Refusal.BUSY, Refusal.HTTP_503, Refusal.SYSTEM_ERROR, Refusal.CUT):
        lab.city.refuse(ORDER, how, about=first.order)
    lab.pass_time(MINUTES_S)
    first.stop()
    charged(lab, SHORT_S, first.charger)
    lab.pass_time(4 * HOUR_S)


@requirement("BJ-1.1.13-b", "BJ-1.1.13-c", "BJ-1.1.14-b", effects=BILLS, seconds=400 + 3 * HOUR_S)
def test_order_that_is_not_answered(lab: Lab) -> None:
    """A platform that never answers has taken nothing; nor has one that does not know its token (1.1.13).

    Nor can anything be pushed while it gives no token; but no order is ever lost.
    """
    for how in (Refusal.SILENT, Refusal.WRONG_TOKEN, Refusal.WRONG_TOKEN):
        lab.city.refuse(ORDER, how)
    charger = lab.charger()
    charged(lab, MINUTES_S, charger)
    lab.pass_time(HOUR_S)
    last = long_charge(lab, charger)
    for order in (ORDER, BONUS_ORDER):
        lab.city.refuse(order, Refusal.BUSY, about=last.order)
    lab.pass_time(SHORT_S)
    last.stop()
    lab.pass_time(TOLD_AFTER_S)  # of all but the orders, so that nothing else misses the token
    lab.city.forget_token()
    lab.city.refuse(Interface.QUERY_TOKEN, Refusal.BUSY, TOKENS_REFUSED)
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
