"""1.1.4 query_station_stats: what a station sold in a number of days (T/CEC 102, 5.5)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token, stations
from conformance.beijing.charging import Spot, known_spot
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

STATS = Interface.QUERY_STATION_STATS
CHARGED_S, LONGER_S = 240, 360
BILLED_S = 20  # after which a charge surely counts
BILLS = ("reads", "opens-session", "bills")


@requirement("BJ-1.1.4-a", "BJ-1.1.4-b", effects=("reads",))
def test_statistics_of_every_station(lab: Lab) -> None:
    """Today, of each station (1.1.4)."""
    ask_for_all(lab)


@requirement("BJ-1.1.4-b", effects=BILLS, seconds=CHARGED_S + LONGER_S + 2 * BILLED_S)
def test_statistics_follow_the_orders(lab: Lab) -> None:
    """Before, between and after two charges at different connectors (5.5)."""
    first, second = _booted(lab), _booted(lab)
    ask_for_all(lab)
    for spot, seconds in ((first, CHARGED_S), (second, LONGER_S)):
        spot.box.charge(lab.card(), seconds=seconds, connector=spot.connector)
        lab.pass_time(BILLED_S)
        ask_for_all(lab)


def _booted(lab: Lab) -> Spot:
    spot = known_spot(lab)
    spot.box.booted()
    return spot


def ask_for_all(lab: Lab) -> None:
    fetch_token(lab)
    day = lab.city.local_time()[:10]
    for station in stations(lab):
        lab.city.ask(STATS, {"StationID": station, "StartTime": day, "EndTime": day})
