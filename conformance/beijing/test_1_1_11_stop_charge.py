"""1.1.11 query_stop_charge and 1.1.12 notification_stop_charge_result (T/CEC 102, 5.12 and 5.13)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.beijing.remote import OVER_AFTER_S, START_GIVEN_UP_AFTER_S, new_order, remote_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

OPENS, FAULTS = ("reads", "opens-session"), ("reads", "opens-session", "faults")
SLOW_S = 20  # a charger that takes its time, so that the platform changes its mind


@requirement(
    "BJ-1.1.11-a", "BJ-1.1.11-b", "BJ-1.1.11-c", "BJ-1.1.12-a", "BJ-1.1.12-b", effects=OPENS, seconds=80 + OVER_AFTER_S
)
def test_charge_is_stopped_once(lab: Lab) -> None:
    """The platform stops its charge, and again when it has stopped; and one that it never started (5.12)."""
    remote = remote_charge(lab)
    lab.pass_time(40)
    fetch_token(lab)  # tokens may last for a minute
    remote.stop()
    remote.ask_to_stop()
    unknown = {"StartChargeSeq": lab.city.made_up_order(like=remote.order), "ConnectorID": remote.charger.id}
    lab.city.ask(Interface.QUERY_STOP_CHARGE, unknown)


@requirement(
    "BJ-1.1.11-b",
    "BJ-1.1.11-c",
    "BJ-1.1.12-a",
    "BJ-1.1.12-b",
    effects=FAULTS,
    seconds=60 + SLOW_S + START_GIVEN_UP_AFTER_S,
)
def test_impatient_platform_stops_twice(lab: Lab) -> None:
    """The second question comes while the charger is about to stop, and another before it has begun (5.12)."""
    remote = remote_charge(lab)
    lab.pass_time(20)
    remote.ask_to_stop()
    remote.stop()
    fetch_token(lab)
    remote.charger.slow_start(SLOW_S)
    early = new_order(lab, remote.charger)
    early.ask_to_start()
    lab.pass_time(2)
    early.ask_to_stop()
    lab.pass_time(SLOW_S + START_GIVEN_UP_AFTER_S)


@requirement("BJ-1.1.11-b", "BJ-1.1.12-a", effects=FAULTS, seconds=300)
def test_end_is_told_however_it_came(lab: Lab) -> None:
    """Somebody stops at the charger, the vehicle is full, the charger breaks, the plug is drawn (1.1.12, 5.13)."""
    fetch_token(lab)
    by_user, full = remote_charge(lab), remote_charge(lab)
    lab.pass_time(40)
    by_user.charger.user_stop()
    lab.pass_time(15)
    full.charger.fill_up()
    lab.city.let_pushes_come()
    by_user.ask_to_stop()
    broken = remote_charge(lab)
    lab.pass_time(55)
    broken.charger.fault()
    by_user.charger.unplug()
    lab.city.let_pushes_come()
    broken.ask_to_stop()


@requirement("BJ-1.1.12-a", effects=FAULTS, seconds=120)
def test_end_by_a_drawn_plug_is_told(lab: Lab) -> None:
    """Two plugs are drawn, one of them seconds after it began (1.1.12)."""
    long, short = remote_charge(lab), remote_charge(lab)
    short.charger.unplug()
    lab.pass_time(60)
    long.charger.unplug()
    lab.city.let_pushes_come()
