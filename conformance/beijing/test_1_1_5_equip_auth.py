"""1.1.5 query_equip_auth: may a charge begin at this connector (T/CEC 102, 5.6)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token, socket_of
from conformance.beijing.charging import Spot, known_spot
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab
from simulators.lab.leases import NothingToLend

ANSWERED_S = 2  # after what is pushed at once
SETTLED_S = 8  # that and the push, with the usual limit


@requirement("BJ-1.1.5-a", "BJ-1.1.5-b", effects=("reads", "faults"), seconds=5 * SETTLED_S)
def test_connector_is_authenticated_when_a_vehicle_is_there(lab: Lab) -> None:
    """Free, then plugged in, also when its neighbour breaks, then broken itself, then free again (5.6)."""
    spot = spot_with_a_neighbour(lab)
    spot.box.booted()
    for status in ("Available", "Occupied"):
        spot.box.show(status, spot.connector)
        settle_and_ask(lab, spot)
    for neighbour in [each for each in spot.box.connectors if each != spot.connector][:1]:
        spot.box.fault("ConnectorLockFailure", "E-102", connector=neighbour)
        settle_and_ask(lab, spot)
        spot.box.clear(neighbour)
    spot.box.fault("GroundFailure", "E-101", connector=spot.connector)
    settle_and_ask(lab, spot)
    spot.box.clear(spot.connector)
    settle_and_ask(lab, spot)


@requirement("BJ-1.1.5-b", effects=("reads",), seconds=SETTLED_S)
def test_connectors_side_by_side_are_told_apart(lab: Lab) -> None:
    """At one box somebody has plugged in, at the other nobody; a third connector does not exist (5.6)."""
    spots = [known_spot(lab) for _ in range(2)]
    for spot, status in zip(spots, ("Occupied", "Available"), strict=True):
        spot.box.booted()
        spot.box.show(status, spot.connector)
    settle_and_ask(lab, *spots)
    ask_for(lab, lab.city.made_up(socket_of(lab, spots[0])))


@requirement("BJ-1.1.5-b", effects=("reads", "faults"), seconds=5 * SETTLED_S)
def test_charger_is_authenticated_when_a_vehicle_is_there(lab: Lab) -> None:
    """A charger that the platform may start: plugged in, broken under the plug, whole again, cut off, free (5.6)."""
    charger = lab.charger()
    for happens in (charger.plug, charger.fault, charger.clear, charger.offline):
        happens()
        settle_and_ask_for(lab, charger.id)
    charger.online()
    charger.unplug()
    settle_and_ask_for(lab, charger.id)


def spot_with_a_neighbour(lab: Lab) -> Spot:
    """Where the site has one; any spot where it has none."""
    try:
        return known_spot(lab, sockets=2)
    except NothingToLend:
        return known_spot(lab)


def settle_and_ask(lab: Lab, *spots: Spot) -> None:
    settle_and_ask_for(lab, *(socket_of(lab, spot) for spot in spots))


def settle_and_ask_for(lab: Lab, *connectors: str) -> None:
    lab.city.let_pushes_come()
    lab.pass_time(ANSWERED_S)
    fetch_token(lab)
    for connector in connectors:
        ask_for(lab, connector)


def ask_for(lab: Lab, connector: str) -> None:
    question = {"EquipAuthSeq": lab.city.next_number(), "ConnectorID": connector}
    lab.city.ask(Interface.QUERY_EQUIP_AUTH, question)
