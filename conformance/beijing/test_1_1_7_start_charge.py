"""1.1.7 query_start_charge and 1.1.8 notification_start_charge_result (T/CEC 102, 5.8 and 5.9)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.beijing.remote import (
    BEGUN_AFTER_S,
    START_GIVEN_UP_AFTER_S,
    new_order,
    ready_charger,
    remote_charge,
)
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab, Unmet

OPENS, FAULTS = ("reads", "opens-session"), ("reads", "opens-session", "faults")
SLOW_S = 30  # a charger that takes its time, and is quick enough for a result within 50 s
TOO_SLOW_S = 200  # one for which nobody waits


@requirement("BJ-1.1.7-a", "BJ-1.1.7-d", "BJ-1.1.8-a", "BJ-1.1.8-c", effects=OPENS, seconds=60)
def test_charge_is_started(lab: Lab) -> None:
    """A vehicle is plugged in, the platform starts: the answer at once, the result when current flows (5.8, 5.9)."""
    remote = remote_charge(lab)
    lab.pass_time(30)
    remote.stop()


@requirement("BJ-1.1.7-a", "BJ-1.1.7-b", "BJ-1.1.7-d", "BJ-1.1.8-a", "BJ-1.1.8-c", effects=FAULTS, seconds=100)
def test_slow_charger_is_waited_for(lab: Lab) -> None:
    """A charger that takes half a minute: the answer does not wait for it, the result does (1.1.7, 5.9).

    Meanwhile somebody else orders the same charger: of the two one can begin.
    """
    fetch_token(lab)
    remote = new_order(lab, ready_charger(lab))
    remote.charger.slow_start(SLOW_S)
    remote.ask_to_start()
    lab.pass_time(1)
    new_order(lab, remote.charger).ask_to_start()
    lab.pass_time(SLOW_S + BEGUN_AFTER_S)
    remote.stop()


@requirement("BJ-1.1.7-b", "BJ-1.1.7-d", effects=FAULTS, seconds=60 + START_GIVEN_UP_AFTER_S)
def test_starts_that_cannot_be_are_refused(lab: Lab) -> None:
    """An unknown connector, one offline, one broken, one in use; and one at which nothing is wrong (5.8)."""
    used = remote_charge(lab)
    other = ready_charger(lab)
    new_order(lab, used.charger).ask_to_start()
    question = {"StartChargeSeq": lab.city.next_number(), "ConnectorID": lab.city.made_up(like=other.id), "QRCode": ""}
    lab.city.ask(Interface.QUERY_START_CHARGE, question)
    other.offline()
    lab.city.let_pushes_come()
    new_order(lab, other).ask_to_start()
    other.online()
    other.fault()
    lab.city.let_pushes_come()
    new_order(lab, other).ask_to_start()
    other.clear()
    lab.city.let_pushes_come()
    taken = new_order(lab, other)
    if not taken.ask_to_start():
        raise Unmet("query_start_charge is refused where nothing stands against it")
    lab.pass_time(START_GIVEN_UP_AFTER_S)
    taken.stop()
    used.stop()


@requirement("BJ-1.1.7-d", "BJ-1.1.8-a", "BJ-1.1.8-c", effects=FAULTS, seconds=3 * START_GIVEN_UP_AFTER_S)
def test_start_that_fails_is_told(lab: Lab) -> None:
    """The charger would not; the vehicle is gone before it begins; and one that nobody hears of for minutes (5.9)."""
    fetch_token(lab)
    charger = ready_charger(lab)
    charger.fail_next_start()
    new_order(lab, charger).ask_to_start()
    lab.pass_time(START_GIVEN_UP_AFTER_S)
    charger.slow_start(SLOW_S)
    new_order(lab, charger).ask_to_start()
    lab.pass_time(1)
    charger.unplug()
    lab.pass_time(START_GIVEN_UP_AFTER_S)
    charger.plug()
    charger.slow_start(TOO_SLOW_S)
    lab.city.let_pushes_come()
    new_order(lab, charger).ask_to_start()
    lab.pass_time(START_GIVEN_UP_AFTER_S)


@requirement("BJ-1.1.7-c", effects=OPENS, seconds=40 + 2 * START_GIVEN_UP_AFTER_S)
def test_same_start_again_starts_nothing(lab: Lab) -> None:
    """The answer got lost, so the platform asks again: before it charges, while it does, and after (1.1.7)."""
    fetch_token(lab)
    remote = new_order(lab, ready_charger(lab))
    remote.ask_to_start()
    remote.ask_to_start()
    lab.pass_time(BEGUN_AFTER_S)
    remote.ask_to_start()
    lab.pass_time(START_GIVEN_UP_AFTER_S)
    remote.stop()
    remote.ask_to_start()
    lab.pass_time(START_GIVEN_UP_AFTER_S)
