"""1.1.3 query_station_status: the states of all connectors on request (T/CEC 102, 5.4)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token, in_batches, stations
from conformance.beijing.charging import Spot, known_spot
from conformance.rules.beijing.response_times import MOST_STATIONS
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

STATUS = Interface.QUERY_STATION_STATUS
ANSWERED_S = 2  # after what is pushed at once
SETTLED_S = 8  # that and the push, with the usual limit
SILENT_S = 75  # about as long as a box is silent until it is missed, and that was pushed


@requirement("BJ-1.1.3-a", "BJ-1.1.3-c", effects=("reads",))
def test_daily_query_of_everything(lab: Lab) -> None:
    """Every station once, in batches of at most 50 (1.1.3)."""
    fetch_token(lab)
    ask_for_all(lab)
    for station in stations(lab):
        lab.city.ask(STATUS, {"StationIDs": [station]})


@requirement("BJ-1.1.3-a", "BJ-1.1.3-c", "BJ-1.1.3-d", effects=("reads",))
def test_stations_that_do_not_exist_are_left_out(lab: Lab) -> None:
    """Those that nobody has, up to 50 with the others behind them; one of them alone (5.4)."""
    fetch_token(lab)
    known = stations(lab)[:MOST_STATIONS]
    unknown = [lab.city.made_up(known[0]) for _ in range(MOST_STATIONS - len(known))]
    lab.city.ask(STATUS, {"StationIDs": [*unknown, *known]})
    lab.city.ask(STATUS, {"StationIDs": unknown[:1] or [lab.city.made_up(known[0])]})
    lab.city.ask(STATUS, {"StationIDs": known[:1]})


@requirement("BJ-1.1.3-d", effects=("reads", "faults"))
def test_too_many_stations_are_refused(lab: Lab) -> None:
    """51 at once (5.4)."""
    fetch_token(lab)
    known = stations(lab)
    lab.city.ask(STATUS, {"StationIDs": known[:1]})
    lab.city.ask(STATUS, {"StationIDs": (known[:1] * (MOST_STATIONS + 1))})


@requirement("BJ-1.1.3-b", "BJ-1.1.3-c", effects=("reads", "opens-session", "faults"), seconds=6 * SETTLED_S)
def test_states_told_are_true(lab: Lab) -> None:
    """One connector reserved, occupied, faulted, free and charging, asked for each time (1.1.3)."""
    fetch_token(lab)
    spot, card = known_spot(lab), lab.card()
    spot.box.booted()
    for status in ("Available", "Reserved", "Occupied"):
        spot.box.show(status, spot.connector)
        settle_and_ask(lab)
    spot.box.fault("GroundFailure", "E-101", connector=spot.connector)
    settle_and_ask(lab)
    spot.box.clear(spot.connector)
    settle_and_ask(lab)
    spot.box.charging(card, spot.connector)
    settle_and_ask(lab)
    spot.box.swipe(card, spot.connector)


@requirement("BJ-1.1.3-b", seconds=2 * SILENT_S + 2 * SETTLED_S)
def test_silent_boxes_are_offline(lab: Lab) -> None:
    """A box loses its line and finds it again; the one beside it stays as it is (1.1.3; EVCHONG 1.3)."""
    fetch_token(lab)
    silent, steady = _booted(lab), _booted(lab)
    settle_and_ask(lab)
    silent.box.cut_off()
    silent.box.let_it_be_missed()
    fetch_token(lab)
    ask_for_all(lab)
    silent.box.back()
    steady.box.show("Reserved", steady.connector)
    settle_and_ask(lab)


@requirement("BJ-1.1.3-b", effects=("reads", "opens-session", "faults"), seconds=8 * SETTLED_S)
def test_states_told_of_chargers_are_true(lab: Lab) -> None:
    """A charger free, plugged in, charging, broken, whole, offline and back, asked for each time (1.1.3)."""
    charger = lab.charger()
    settle_and_ask(lab)
    for happens in (
        charger.plug,
        charger.user_start,
        charger.fault,
        charger.clear,
        charger.offline,
        charger.online,
        charger.unplug,
    ):
        happens()
        settle_and_ask(lab)


def _booted(lab: Lab) -> Spot:
    spot = known_spot(lab)
    spot.box.booted()
    return spot


def settle_and_ask(lab: Lab) -> None:
    lab.city.let_pushes_come()
    lab.pass_time(ANSWERED_S)
    fetch_token(lab)  # some hold for a minute
    ask_for_all(lab)


def ask_for_all(lab: Lab) -> None:
    """The full query, as the platform may make it once a day."""
    for batch in in_batches(stations(lab), MOST_STATIONS):
        lab.city.ask(STATUS, {"StationIDs": batch})
