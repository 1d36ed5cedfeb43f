"""1.1.2 Changes of state; EVCHONG 1.3 and 1.7, whose silence and statuses the platform is told."""

from __future__ import annotations

from conformance.beijing.charging import known_spot
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.evchong.messages import ChargePointStatus
from simulators.lab.client import Lab

STATUS = Interface.NOTIFICATION_STATION_STATUS
SILENT_S = 90  # about as long as a box is silent until it is missed, and that was pushed

AVAILABLE, OCCUPIED, RESERVED, UNAVAILABLE = (
    ChargePointStatus.AVAILABLE,
    ChargePointStatus.OCCUPIED,
    ChargePointStatus.RESERVED,
    ChargePointStatus.UNAVAILABLE,
)


@requirement("BJ-1.1.2-a", "EVC-1.7-c", effects=("reads", "faults"), seconds=60)
def test_every_state_that_a_box_tells_is_pushed(lab: Lab) -> None:
    """Occupied, reserved and broken, each after each, and idle again (1.1.2; EVCHONG 1.7)."""
    spot = known_spot(lab)
    spot.box.booted()
    for status in (OCCUPIED, RESERVED, OCCUPIED, AVAILABLE, RESERVED, AVAILABLE):
        spot.box.show(status, spot.connector)
        lab.city.let_pushes_come()
    spot.box.fault("GroundFailure", "E-07", connector=spot.connector)
    lab.city.let_pushes_come()
    spot.box.clear(spot.connector)
    lab.city.let_pushes_come()


@requirement("BJ-1.1.2-a", effects=("reads", "opens-session"), seconds=180)
def test_charging_is_pushed_and_its_end(lab: Lab) -> None:
    """Two drivers after one another: idle, charging, idle, charging, idle (1.1.2)."""
    spot = known_spot(lab)
    spot.box.booted()
    lab.city.let_pushes_come()
    for card in (lab.card(), lab.card()):
        spot.box.charge(card, seconds=30, connector=spot.connector)
        lab.pass_time(15)


@requirement("BJ-1.1.2-a", "EVC-1.7-c", effects=("reads", "opens-session", "faults"), seconds=70)
def test_a_fault_ends_charging_and_is_pushed(lab: Lab) -> None:
    """The charger breaks under a car: charging, broken, idle when it is mended (1.1.2; EVCHONG 1.7)."""
    spot = known_spot(lab)
    spot.box.booted().charging(lab.card(), spot.connector)
    lab.pass_time(20)
    spot.box.fault("OverCurrentFailure", "E-42", connector=spot.connector)
    lab.pass_time(20)
    spot.box.clear(spot.connector)
    lab.city.let_pushes_come()


@requirement("BJ-1.1.2-a", effects=("reads", "opens-session", "faults"), seconds=60)
def test_each_connector_of_a_box_has_its_own_state(lab: Lab) -> None:
    """While one charges, its neighbour is reserved, broken and idle again (1.1.2)."""
    box = lab.box(sockets=2).booted()
    left, right = box.connectors
    card = lab.card()
    box.charging(card, left)
    lab.city.let_pushes_come()
    box.show(RESERVED, right)
    lab.city.let_pushes_come()
    box.fault("HighTemperature", "E-11", connector=right)
    lab.city.let_pushes_come()
    box.clear(right)
    lab.city.let_pushes_come()
    box.swipe(card, left)
    lab.city.let_pushes_come()


@requirement("BJ-1.1.2-a", "EVC-1.3-d", effects=("reads", "faults"), seconds=2 * SILENT_S)
def test_a_silent_box_is_pushed_as_offline(lab: Lab) -> None:
    """All connectors of a box that nobody hears are offline; it beats, and they are as before (1.1.2; EVCHONG 1.3)."""
    box = known_spot(lab).box.booted()
    lab.pass_time(16)
    box.cut_off()
    box.let_it_be_missed()
    box.back()
    box.say_heartbeat(with_station=True)
    lab.pass_time(16)


@requirement("BJ-1.1.2-a", effects=("reads", "faults"), seconds=SILENT_S + 40)
def test_a_box_that_is_switched_off_is_pushed_as_offline(lab: Lab) -> None:
    """Without power it says nothing more; it is idle again when it has booted (1.1.2)."""
    box = known_spot(lab).box.booted()
    lab.pass_time(16)
    box.power_off()
    box.let_it_be_missed()
    box.booted()
    lab.pass_time(16)


@requirement("BJ-1.1.2-a", effects=("reads", "faults"), seconds=180)
def test_changes_are_pushed_after_a_refusal_too(lab: Lab) -> None:
    """The platform refuses a push in each of its ways; the next change is pushed nevertheless (1.1.2)."""
    spot = known_spot(lab)
    spot.box.booted()
    lab.city.let_pushes_come()
    for how in (Refusal.BUSY, Refusal.SYSTEM_ERROR, Refusal.HTTP_503, Refusal.CUT):
        lab.city.refuse(STATUS, how)
        spot.box.show(OCCUPIED, spot.connector)
        lab.city.let_pushes_come()
        lab.city.forgive()
        spot.box.show(AVAILABLE, spot.connector)
        lab.pass_time(16)


@requirement("BJ-1.1.2-a", effects=("reads", "opens-session", "faults"), seconds=90)
def test_every_state_of_a_charger_is_pushed(lab: Lab) -> None:
    """A car comes and charges, the charger breaks and is mended, loses its line and finds it; the car goes (1.1.2)."""
    charger = lab.charger()
    for happens in (
        charger.plug,
        charger.user_start,
        charger.user_stop,
        charger.fault,
        charger.clear,
        charger.offline,
        charger.online,
        charger.unplug,
    ):
        happens()
        lab.city.let_pushes_come()


@requirement("BJ-1.1.2-a", effects=("reads", "opens-session", "faults"), seconds=60)
def test_what_happens_at_a_charger_that_is_cut_off_is_pushed_later(lab: Lab) -> None:
    """A car comes while the line is broken: offline, and occupied when the charger can tell it (1.1.2)."""
    charger, beside = lab.charger(), lab.charger()
    beside.plug()
    charger.offline()
    lab.city.let_pushes_come()
    charger.plug()
    beside.unplug()
    lab.city.let_pushes_come()
    charger.online()
    lab.city.let_pushes_come()
