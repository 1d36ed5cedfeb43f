"""1.1 A session of the platform's from one end to the other (T/CEC 102, 6)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.beijing.remote import Remote, begun, new_order, own_charge, ready_charger, remote_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

BILLS, FAULTS = ("reads", "opens-session", "bills"), ("reads", "opens-session", "bills", "faults")
ASKED_AFTER_S = 121  # the platform may ask every 2 minutes while a charge runs (1.1.9)
ORDERED_AFTER_S = 170  # an order is due within 150 s of the bill (1.1.13, 1.1.14)


@requirement("BJ-SEQ", "BJ-ORD-a", "BJ-ORD-b", effects=BILLS, seconds=60 + 2 * ASKED_AFTER_S + ORDERED_AFTER_S)
def test_session_runs_through(lab: Lab) -> None:
    """Auth, policy, start, statuses, stop, and the order of it (6)."""
    fetch_token(lab)
    remote = new_order(lab, ready_charger(lab, room_wh=100_000))
    _ask_before(remote)
    begun(remote)
    for _ in range(2):
        lab.pass_time(ASKED_AFTER_S)
        fetch_token(lab)  # tokens may last for a minute
        remote.ask_status()
    remote.stop()
    lab.pass_time(ORDERED_AFTER_S)


def _ask_before(remote: Remote) -> None:
    city, connector = remote.lab.city, remote.charger.id
    city.ask(Interface.QUERY_EQUIP_AUTH, {"EquipAuthSeq": city.next_number(), "ConnectorID": connector})
    city.ask(Interface.QUERY_EQUIP_BUSINESS_POLICY, {"EquipBizSeq": city.next_number(), "ConnectorID": connector})


@requirement("BJ-SEQ", "BJ-ORD-a", "BJ-ORD-b", "BJ-1.1.12-a", effects=FAULTS, seconds=240 + ORDERED_AFTER_S)
def test_sessions_side_by_side_end_in_different_ways(lab: Lab) -> None:
    """One is stopped by the platform, one is full after some minutes, one charger breaks (6)."""
    stopped, full, broken = remote_charge(lab), remote_charge(lab, room_wh=2500), remote_charge(lab)
    lab.pass_time(70)
    broken.charger.fault()
    lab.pass_time(120)
    stopped.stop()
    full.charger.fill_up()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-ORD-a", "BJ-ORD-b", effects=BILLS, seconds=60 + ORDERED_AFTER_S)
def test_session_of_seconds(lab: Lab) -> None:
    """It is stopped as soon as it began: the messages come in their order all the same (6)."""
    fetch_token(lab)
    remote = new_order(lab, ready_charger(lab))
    remote.ask_to_start()
    lab.pass_time(4)
    remote.stop()
    lab.pass_time(ORDERED_AFTER_S)


@requirement("BJ-2.2.2-a", effects=BILLS, seconds=240 + ORDERED_AFTER_S)
def test_bonus_orders_of_charges_without_card(lab: Lab) -> None:
    """The platform starts one charge, somebody at the charger another: both apply for the bonus (2.2.2)."""
    remote = remote_charge(lab, bonus=True)
    own = own_charge(lab, bonus=True)
    lab.pass_time(180)
    own.user_stop()
    remote.stop()
    lab.pass_time(ORDERED_AFTER_S)
