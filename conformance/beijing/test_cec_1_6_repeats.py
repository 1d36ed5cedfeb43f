"""T/CEC 102, 1.6: what fails and is no order is sent again, about a minute apart, more than three times."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token, socket_of
from conformance.beijing.charging import known_spot
from conformance.beijing.remote import charged, new_order, ready_charger
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.evchong.messages import ChargePointStatus
from simulators.lab.client import Lab

STATUS = Interface.NOTIFICATION_STATION_STATUS
OTHERS_ARE_QUIET_S = 90  # boxes that were switched off before are offline by then, and were pushed as that


@requirement("CEC-RES-a", effects=("reads", "faults"), seconds=OTHERS_ARE_QUIET_S + 400)
def test_state_that_is_refused_is_pushed_again(lab: Lab) -> None:
    """A connector is reserved; the platform is busy or not there until the fourth repeat (1.6)."""
    spot = known_spot(lab)
    socket = socket_of(lab, spot)
    spot.box.booted()
    lab.pass_time(OTHERS_ARE_QUIET_S)
    for how in (Refusal.BUSY, Refusal.HTTP_503, Refusal.SYSTEM_ERROR, Refusal.BUSY):
        lab.city.refuse(STATUS, how, about=socket)
    spot.box.show(ChargePointStatus.RESERVED, spot.connector)
    lab.pass_time(400)


@requirement("CEC-RES-a", "CEC-TOK-d", effects=("reads", "opens-session", "bills", "faults"), seconds=700)
def test_results_that_are_refused_are_pushed_again(lab: Lab) -> None:
    """A start fails, and the platform does not take it until the fourth repeat; nor at once how a charge ended (1.6).

    The first time it does not know the token (1.5). No order waits for longer than it may behind what is refused.
    """
    fetch_token(lab)
    charger = ready_charger(lab)
    charger.fail_next_start()
    for how in (Refusal.WRONG_TOKEN, Refusal.BUSY, Refusal.SYSTEM_ERROR, Refusal.HTTP_503, Refusal.BUSY):
        lab.city.refuse(Interface.NOTIFICATION_START_CHARGE_RESULT, how)
    new_order(lab, charger).ask_to_start()
    lab.pass_time(400)
    for how in (Refusal.WRONG_TOKEN, Refusal.BUSY):
        lab.city.refuse(Interface.NOTIFICATION_STOP_CHARGE_RESULT, how)
    charged(lab, 30)
    lab.pass_time(200)
