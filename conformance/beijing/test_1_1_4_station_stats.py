"""1.1.4 query_station_stats: what a station sold in a number of days (T/CEC 102, 5.5)."""

from __future__ import annotations

from datetime import date, timedelta

from conformance.beijing.asking import DAY_S, expect_long_waits_to_help, fetch_token, stations, wait_until
from conformance.beijing.charging import Spot, known_spot
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

STATS = Interface.QUERY_STATION_STATS
CHARGED_S, LONGER_S = 240, 360
BILLS = ("reads", "opens-session", "bills")
WEEK = 7  # days that may be asked for (5.5)
TODAY, YESTERDAY = 0, 1  # days ago
LATE, EARLY = "23:40:00", "00:15:00"


@requirement("BJ-1.1.4-a", "BJ-1.1.4-b", "BJ-1.1.4-c", effects=("reads",))
def test_statistics_of_every_station(lab: Lab) -> None:
    """Today, of each station; and of one that does not exist (1.1.4)."""
    ask_for_all(lab)
    ask_for(lab, lab.city.made_up(stations(lab)[0]))


@requirement("BJ-1.1.4-b", effects=BILLS, seconds=CHARGED_S + LONGER_S + 20)
def test_statistics_follow_the_orders(lab: Lab) -> None:
    """Before, between and after two charges at different connectors; at last of the whole week, too (5.5)."""
    first, second = _booted(lab), _booted(lab)
    ask_for_all(lab)
    for spot, seconds in ((first, CHARGED_S), (second, LONGER_S)):
        spot.box.charge(lab.card(), seconds=seconds, connector=spot.connector)
        lab.city.let_charges_count()
        ask_for_all(lab)
    for station in stations(lab):
        ask_for(lab, station, days=WEEK)


@requirement("BJ-1.1.4-b", effects=BILLS, seconds=DAY_S)
def test_statistics_of_two_days(lab: Lab) -> None:
    """A charge before midnight and one after it: of the second day alone, and of both (5.5).

    Of the first day alone, before the second charge and after it: that is nothing to it.
    """
    expect_long_waits_to_help(lab)
    spot = known_spot(lab)
    station = next(socket.station for socket in lab.city.sockets() if socket.box == spot.box.serial)
    wait_until(lab, LATE)
    _charge(lab, spot)
    wait_until(lab, EARLY)
    fetch_token(lab)
    ask_for(lab, station, last=YESTERDAY)
    _charge(lab, spot)
    lab.city.let_charges_count()
    fetch_token(lab)
    for days in (1, 2):
        ask_for(lab, station, days)
    ask_for(lab, station, last=YESTERDAY)


def _charge(lab: Lab, spot: Spot) -> None:
    """By card; the box is switched off when it is over."""
    spot.box.booted().charge(lab.card(), seconds=CHARGED_S, connector=spot.connector)
    lab.city.let_pushes_come()
    spot.box.power_off()


def _booted(lab: Lab) -> Spot:
    spot = known_spot(lab)
    spot.box.booted()
    return spot


def ask_for_all(lab: Lab) -> None:
    fetch_token(lab)
    for station in stations(lab):
        ask_for(lab, station)


def ask_for(lab: Lab, station: str, days: int = 1, *, last: int = TODAY) -> None:
    """So many days, the last of which is today, or was so many days ago."""
    end = date.fromisoformat(lab.city.local_time()[:10]) - timedelta(days=last)
    first = end - timedelta(days=days - 1)
    lab.city.ask(STATS, {"StationID": station, "StartTime": str(first), "EndTime": str(end)})
