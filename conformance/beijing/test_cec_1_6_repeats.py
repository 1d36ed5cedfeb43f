"""T/CEC 102, 1.6: what fails and is no order is sent again, about a minute apart, more than three times."""

from __future__ import annotations

from conformance.beijing.asking import socket_of
from conformance.beijing.charging import known_spot
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
