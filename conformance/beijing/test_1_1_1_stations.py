"""1.1.1 query_stations_info: all stations, page by page, and those that have changed (T/CEC 102, 5.2)."""

from __future__ import annotations

from typing import Any

from conformance.beijing.asking import LONG_AGO, fetch_token, stations
from conformance.rules.beijing.questions import objects, text
from conformance.scenario import requirement
from simulators.beijing.messages import Content, Interface
from simulators.lab.client import Lab, Unmet

STATIONS = Interface.QUERY_STATIONS_INFO
READS = ("reads",)
MOST_PAGES = 2000  # of one station each, of an operator that has many
SETTLED_S = 130  # after which clocks agree on what was before and what after
NOTED_S = 120  # after an edit: no clause says how soon it shows, and pages may be kept for a while
LONGEST_NAME = 50  # characters of StationName (5.2)
OTHER_NAME = "（新）"


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
        last = len(pages_of(lab, PageSize=size))
        lab.city.ask(STATIONS, {"PageSize": size, "PageNo": last + 1})
        lab.city.ask(STATIONS, {"PageSize": size, "PageNo": last + 7})


@requirement("BJ-1.1.1-c", effects=READS, exclusive=True, seconds=2 * SETTLED_S + NOTED_S)
def test_stations_that_changed_since(lab: Lab) -> None:
    """All of them since long ago, none since now; and since then the one that gets another name for a moment (5.2)."""
    fetch_token(lab)
    names = names_in(pages_of(lab))
    pages_of(lab, LastQueryTime=LONG_AGO)
    lab.pass_time(SETTLED_S)
    fetch_token(lab)
    now = lab.city.local_time()
    pages_of(lab, LastQueryTime=now)
    lab.pass_time(SETTLED_S)
    fetch_token(lab)
    station = stations(lab)[0]
    if not (name := names.get(station)):
        raise Unmet(f"station {station} was not listed with a name that it could get back")
    lab.granted("edit_station", station=station, name=name[: LONGEST_NAME - len(OTHER_NAME)] + OTHER_NAME)
    try:
        lab.pass_time(NOTED_S)
        fetch_token(lab)
        pages_of(lab, LastQueryTime=now)
    finally:
        lab.granted("edit_station", station=station, name=name)


def pages_of(lab: Lab, **question: Any) -> list[Content]:
    """Ask for page after page to the last; what was told on each."""
    pages: list[Content] = []
    last = 1
    while len(pages) < min(last, MOST_PAGES):
        told = lab.city.ask(STATIONS, {**question, "PageNo": len(pages) + 1})
        pages.append(told.content or {})
        count = pages[-1].get("PageCount")
        last = max(1, count) if type(count) is int else 1
    return pages


def names_in(pages: list[Content]) -> dict[str, str]:
    """Every StationName that can be read, by StationID."""
    listed = [each for page in pages for each in objects(page, "StationInfos")]
    return {text(each, "StationID"): text(each, "StationName") for each in listed}
