"""1.1.15 Each night the orders of the day before, of those that the platform started."""

from __future__ import annotations

from conformance.beijing.asking import DAY_S, expect_long_waits_to_help, wait_until
from conformance.beijing.charging import known_spot
from conformance.beijing.remote import charged, charger_for_orders, long_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab

ORDERS = (Interface.NOTIFICATION_CHARGE_ORDER_INFO, Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS)
BILLS = ("reads", "opens-session", "bills")
MINUTES_S = 180
NOON, LATE, BORDER, NIGHT_OVER = "12:00:00", "23:15:00", "23:55:30", "03:05:00"
FAILURES_OF_A_DAY = 36  # of an order, by the ladder: 12 until its steps are an hour long, then one each hour


@requirement(
    "BJ-1.1.8-b",
    "BJ-1.1.13-b",
    "BJ-1.1.14-b",
    "BJ-1.1.15-a",
    "BJ-1.1.15-b",
    "BJ-1.1.15-c",
    effects=BILLS,
    seconds=5 * DAY_S,
)
def test_three_nights(lab: Lab) -> None:
    """A day with charges of all kinds, one of them over midnight; a day with nothing else; a day with nothing (1.1.15).

    Of the charges that end near midnight one is over before it, one begins before and is over after it. That one is
    told of for more than an hour (1.1.8), and a day of refusals does not end its orders (1.1.13, 1.1.14).
    """
    expect_long_waits_to_help(lab)
    other, ours = charger_for_orders(lab), lab.charger()
    wait_until(lab, NOON)
    for _ in range(2):
        charged(lab, MINUTES_S, ours)
    _charges_of_others(lab)
    wait_until(lab, LATE)
    over_midnight = long_charge(lab, other)
    for order in ORDERS:
        lab.city.refuse(order, Refusal.BUSY, FAILURES_OF_A_DAY, about=over_midnight.order)
    wait_until(lab, BORDER)
    charged(lab, 60, ours)
    wait_until(lab, "00:20:00")
    over_midnight.stop()
    wait_until(lab, NIGHT_OVER)
    for _ in range(2):
        lab.pass_time(DAY_S)


def _charges_of_others(lab: Lab) -> None:
    """By card at a box, and by hand at a charger: not the platform's."""
    spot, card = known_spot(lab), lab.card()
    spot.box.booted().charge(card, seconds=MINUTES_S, connector=spot.connector)
    charger = lab.charger().plugged()
    lab.city.let_pushes_come()
    charger.user_start()
    lab.pass_time(MINUTES_S)
    charger.user_stop()
    lab.pass_time(20)
    spot.box.power_off()


@requirement("BJ-1.1.15-a", "BJ-1.1.15-b", "CEC-ENV-m", "CEC-RES-a", "CEC-TOK-d", effects=BILLS, seconds=2 * DAY_S)
def test_a_check_that_fails_is_pushed_again(lab: Lab) -> None:
    """The platform is busy when the list comes, does not know the token, is not there: it comes again, and is the same.

    (1.1.15; 1.5, 1.6)
    """
    expect_long_waits_to_help(lab)
    for how in (Refusal.BUSY, Refusal.WRONG_TOKEN, Refusal.HTTP_503, Refusal.CUT):
        lab.city.refuse(Interface.CHECK_CHARGE_ORDERS, how)
    wait_until(lab, NOON)
    charged(lab, MINUTES_S)
    wait_until(lab, "23:00:00")
    wait_until(lab, NIGHT_OVER)
