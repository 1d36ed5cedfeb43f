"""1.1.9 query_equip_charge_status, 1.1.8 and 1.1.10 notification_equip_charge_status (T/CEC 102, 5.10 and 5.11)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token, socket_of
from conformance.beijing.charging import LONGEST_WAIT_S, known_spot, told_charge, wait_for_another_price
from conformance.beijing.remote import ask_to_start, long_charge, own_charge, remote_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab, Unmet

OPENS = ("reads", "opens-session")
ASKED_EVERY_S = 121  # the platform may ask every 2 minutes while a charge runs (1.1.9)
TOLD_AFTER_S = 70  # by then a charge that somebody else started has been told of (1.1.8)
BEFORE_S, AFTER_S = 100, 150  # of a change of the price
CUT_S = 60  # longer than a status takes to come
ORDERED_AFTER_S = 160


@requirement(
    "BJ-1.1.8-b", "BJ-1.1.9-a", "BJ-1.1.9-b", "BJ-1.1.10-a", "BJ-2.2.1-a", effects=OPENS, seconds=40 + 4 * ASKED_EVERY_S
)
def test_platform_follows_its_charge(lab: Lab) -> None:
    """The platform asks every two minutes while it charges, and once more when it is over (1.1.9, 5.10).

    It does not take every status: others follow (1.1.8). Nor the order at once: it is known until it is taken.
    """
    remote = remote_charge(lab, room_wh=100_000)
    lab.city.refuse(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Refusal.HTTP_503, about=remote.order)
    lab.city.refuse(Interface.NOTIFICATION_CHARGE_ORDER_INFO, Refusal.BUSY, about=remote.order)
    for _ in range(3):
        lab.pass_time(ASKED_EVERY_S)
        remote.ask_status()
    remote.stop()
    lab.pass_time(ASKED_EVERY_S)
    remote.ask_status()


@requirement("BJ-1.1.8-b", "BJ-1.1.9-b", "BJ-1.1.10-a", "BJ-2.2.1-a", "BJ-2.2.1-c", effects=OPENS, seconds=400)
def test_platform_follows_charges_of_others(lab: Lab) -> None:
    """Two people start at chargers, one after the other at the same one too, and a card at a box (2.2.1)."""
    fetch_token(lab)
    before = set(lab.city.orders())
    first, second = own_charge(lab), own_charge(lab)
    lab.pass_time(TOLD_AFTER_S)
    told = [order for order in lab.city.orders() if order not in before]
    if not told:
        raise Unmet("the operator told the platform of no charge that somebody started at a charger")
    for order in told:
        lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": order})
    first.user_stop()
    lab.pass_time(30)
    first.user_start()
    lab.pass_time(ASKED_EVERY_S)
    first.user_stop()
    second.user_stop()


@requirement("BJ-1.1.8-b", "BJ-1.1.9-b", "BJ-1.1.10-a", effects=OPENS, seconds=70 + 3 * ASKED_EVERY_S)
def test_platform_follows_a_charge_by_card(lab: Lab) -> None:
    """A card starts it at a box; the platform asks for it twice, and once more when it is over (1.1.8, 1.1.9)."""
    charge = told_charge(lab)
    fetch_token(lab)
    for _ in range(2):
        lab.pass_time(ASKED_EVERY_S)
        lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": charge.order})
    charge.end()
    lab.pass_time(ASKED_EVERY_S)
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": charge.order})


@requirement("BJ-1.1.7-b", "BJ-1.1.8-b", "BJ-1.1.9-b", effects=OPENS, seconds=300)
def test_charges_side_by_side_are_followed_apart(lab: Lab) -> None:
    """One that the platform started, one by card, one by somebody at the charger: none is taken for another (1.1.8).

    What others use the platform cannot have (5.8).
    """
    remote = remote_charge(lab)
    spot, card = known_spot(lab), lab.card()
    spot.box.booted().charging(card, spot.connector)
    own = own_charge(lab)
    lab.pass_time(ASKED_EVERY_S)
    remote.ask_status()
    fetch_token(lab)
    for used in (own.id, socket_of(lab, spot)):
        ask_to_start(lab, lab.city.next_number(), used)
    own.user_stop()
    spot.box.swipe(card, spot.connector)
    lab.pass_time(ASKED_EVERY_S)
    remote.ask_status()
    remote.stop()


@requirement("BJ-1.1.9-b", effects=OPENS, seconds=LONGEST_WAIT_S + BEFORE_S + AFTER_S)
def test_status_over_a_change_of_the_price(lab: Lab) -> None:
    """The price of a kWh changes while it charges: what flowed before costs what it cost (5.10)."""
    station = next((socket.station for socket in lab.city.sockets() if not socket.box), "")
    wait_for_another_price(lab, station, BEFORE_S)
    remote = remote_charge(lab, room_wh=100_000)
    lab.pass_time(BEFORE_S + AFTER_S)
    remote.ask_status()
    remote.stop()


@requirement("BJ-1.1.9-b", "BJ-1.1.12-a", "BJ-1.1.13-a", effects=(*OPENS, "bills"), seconds=380)
def test_charge_goes_on_while_its_charger_is_cut_off(lab: Lab) -> None:
    """Somebody ends it there, which the charger can tell only later: nothing of it is lost (1.1.12, 1.1.13)."""
    remote = long_charge(lab)
    lab.pass_time(20)
    remote.charger.offline()
    lab.pass_time(CUT_S)
    remote.charger.user_stop()
    lab.pass_time(CUT_S)
    remote.charger.online()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-1.1.9-c", effects=("reads",))
def test_unknown_charge_is_refused(lab: Lab) -> None:
    """An order of which nobody has heard (1.5)."""
    fetch_token(lab)
    unknown = lab.city.made_up_order(like=lab.city.next_number())
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": unknown})
