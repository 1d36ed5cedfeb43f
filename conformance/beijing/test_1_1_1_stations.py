"""1.1.1 query_stations_info: all stations, page by page, and those that have changed (T/CEC 102, 5.2)."""

from __future__ import annotations

from typing import Any

from conformance.beijing.asking import LONG_AGO, fetch_token
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

STATIONS = Interface.QUERY_STATIONS_INFO
READS = ("reads",)
MOST_PAGES = 2000  # of one station each, of an operator that has many
SETTLED_S = 130  # after which clocks agree that nothing has changed


@requirement("BJ-1.1.1-a", "BJ-1.1.1-b", effects=READS)
def test_all_stations_on_pages_of_the_usual_size(lab: Lab) -> None:
    """Without PageNo and PageSize the first ten come; page by page all of them (5.2)."""
    fetch_token(lab)
    lab.city.ask(STATIONS, {})
    pages_of(lab)


@requirement("BJ-1.1.1-a", "BJ-1.1.1-b", effects=READS)
def test_all_stations_on_pages_of_any_size(lab: Lab) -> None:
    """One station on a page, two, very many; and a page past the last (5.2)."""
    fetch_token(lab)
    for size in (1, 2, 5000):
        last = pages_of(lab, PageSize=size)
        lab.city.ask(STATIONS, {"PageSize": size, "PageNo": last + 1})
        lab.city.ask(STATIONS, {"PageSize": size, "PageNo": last + 7})


@requirement("BJ-1.1.1-c", effects=READS, seconds=SETTLED_S)
def test_stations_that_changed_since(lab: Lab) -> None:
    """All of them since long ago, none of them since now (5.2)."""
    fetch_token(lab)
    pages_of(lab)
    pages_of(lab, LastQueryTime=LONG_AGO)
    lab.pass_time(SETTLED_S)
    fetch_token(lab)
    pages_of(lab, LastQueryTime=lab.city.local_time())


def pages_of(lab: Lab, **question: Any) -> int:
    """Ask for page after page to the last; gives its number."""
    page = last = 1
    while page <= min(last, MOST_PAGES):
        told = lab.city.ask(STATIONS, {**question, "PageNo": page})
        count = (told.content or {}).get("PageCount")
        last = max(1, count) if type(count) is int else 1
        page += 1
    return last
