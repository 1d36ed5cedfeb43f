"""Rules of query_stations_info (seed 1.1.1; cec102 5.2): all stations over all pages, and those that have changed.

Pages 1 to PageCount of one question make a listing. The PIXIT need not name all that an operator has: what else is
listed is not judged. A server may cap PageSize, but hardly below the default of 10.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conformance.finding import Finding
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.questions import QuestionRule, in_short, objects, text
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Ret
from simulators.journal.records import Exchange, Fact

DEFAULT_SIZE = 10  # PageSize, where it is not said
MOST_PAGES = 10_000
CHANGES_STATIONS = frozenset({"create_station", "register_box"})  # verbs of the operator's own surfaces
EDITS_STATION = "edit_station"  # the one that says which
WRITTEN_KW = Decimal("0.1")
OTHER_UNIT = 100  # W for kW makes a thousand
BEFORE_ALL = "2002"  # when nobody had a charging station yet


@dataclass(slots=True)
class Listing:
    """The pages of one question for stations, as they come."""

    since: str
    size: int
    pages: dict[int, list[Content]] = field(default_factory=dict)
    page_count: int | None = None
    records: list[Exchange] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """All of its pages are there."""
        count = self.page_count
        if count is None or not 0 <= count <= MOST_PAGES:
            return False
        return all(page in self.pages for page in range(1, count + 1))

    @property
    def stations(self) -> list[Content]:
        return [station for page in sorted(self.pages) for station in self.pages[page]]

    @property
    def equipment(self) -> list[Content]:
        return [each for station in self.stations for each in objects(station, "EquipmentInfos")]

    def ids(self) -> set[str]:
        """The stations listed, by StationID."""
        return {text(station, "StationID") for station in self.stations}


class Listings:
    """Puts pages together. A first page begins a listing anew."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, int], Listing] = {}

    def take(self, seen: Spoken, asked: Content, told: Content) -> Listing | None:
        """The listing that this answer completes, if it does."""
        since, size, page = asked.get("LastQueryTime") or "", size_of(asked), page_of(asked)
        if page == 1:
            self._latest[since, size] = Listing(since, size)
        listing = self._latest.get((since, size))
        count = told.get("PageCount")
        if listing is None or page in listing.pages or type(count) is not int:
            return None
        if page > max(count, 1):
            return None  # past the end: nothing of it belongs to the listing
        listing.page_count = count
        listing.pages[page] = objects(told, "StationInfos")
        listing.records.append(seen.exchange)
        return listing if listing.whole else None


def size_of(asked: Content) -> int:
    """PageSize, as asked or by default."""
    return int(asked.get("PageSize") or DEFAULT_SIZE)


def page_of(asked: Content) -> int:
    """PageNo, as asked or by default."""
    return int(asked.get("PageNo") or 1)


def pages_fit(size: int, total: int, count: int) -> bool:
    """So many pages of this size hold so many stations; of nothing there may be one empty page, or none."""
    return count in (0, 1) if total == 0 else count == -(-total // size)


def caps(asked: int, total: int) -> Iterable[int]:
    """The sizes of a page that are lawful: as asked for, or less where the server caps it."""
    return (asked, *range(DEFAULT_SIZE, min(asked, total + 1, MOST_PAGES)))


class EverythingIsListedOnce(QuestionRule):
    """Every station, equipment and connector of the PIXIT is listed once, and the pages add up for any PageSize.

    No station is the platform's own (OperatorID), and no upper limit of a voltage lies below the lower one.
    """

    row = "BJ-1.1.1-b"
    listens = frozenset({Interface.QUERY_STATIONS_INFO.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._listings = Listings()

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        page, size = page_of(asked), size_of(asked)
        if seen.ret != Ret.SUCCESS:
            yield self.bad("answered", f"page {page} of {size} stations each", in_short(seen), seen.exchange)
            return
        yield self.good("answered", f"page {page} of {size} stations each", in_short(seen), seen.exchange)
        yield from self._page(seen, page, size, told)
        listing = self._listings.take(seen, asked, told)
        if listing is not None:
            yield from self._whole(listing, told)

    def _page(self, seen: Spoken, page: int, size: int, told: Content) -> Iterator[Finding]:
        number, count, total = told.get("PageNo"), told.get("PageCount"), told.get("ItemSize")
        there = len(objects(told, "StationInfos"))
        yield self.judge(number == page, "page-no", f"PageNo {page}", f"PageNo {number}", seen.exchange, path="PageNo")
        if type(count) is not int or type(total) is not int or total < 0:
            return  # CEC-ENV-m
        lawful = [each for each in caps(size, total) if pages_fit(each, total, count)]
        expected = f"PageCount {-(-total // size)} for {total} stations, {size} on a page"
        yield self.judge(bool(lawful), "page-count", expected, f"{count}", seen.exchange, path="PageCount")
        if page > max(count, 1):
            yield self.judge(there == 0, "past-end", "no stations past the last page", f"{there}", seen.exchange)
        elif lawful:
            fits = {min(each, max(0, total - (page - 1) * each)) for each in lawful}
            expected = f"{min(fits)} stations on page {page} of {count}"
            yield self.judge(there in fits, "page-size", expected, f"{there}", seen.exchange)

    def _whole(self, listing: Listing, told: Content) -> Iterator[Finding]:
        listed = listing.stations
        total = told.get("ItemSize")
        expected = f"ItemSize {len(listed)}, as many as all pages hold"
        yield self.judge(total == len(listed), "item-size", expected, f"{total}", *listing.records, path="ItemSize")
        if not listing.since:
            yield from self._complete(listing)

    def _complete(self, listing: Listing) -> Iterator[Finding]:
        """From the top down: of what is not listed nothing below is asked for."""
        sockets = self.known.pixit.sockets
        stations = Counter(text(station, "StationID") for station in listing.stations)
        equipment = Counter(
            (text(station, "StationID"), text(each, "EquipmentID"))
            for station in listing.stations
            for each in objects(station, "EquipmentInfos")
        )
        connectors = Counter(
            (text(each, "EquipmentID"), text(connector, "ConnectorID"))
            for station in listing.stations
            for each in objects(station, "EquipmentInfos")
            for connector in objects(each, "ConnectorInfos")
        )
        foreign = self._of_the_platform(listing, {socket.station for socket in sockets})
        yield self._once(listing, "stations", {socket.station for socket in sockets}, stations, foreign)
        sound = {socket for socket in sockets if stations[socket.station] == 1}
        yield self._once(listing, "equipment", {(each.station, each.equipment) for each in sound}, equipment)
        sound = {each for each in sound if equipment[each.station, each.equipment] == 1}
        swapped = _with_swapped_limits(listing, {each.id for each in sockets})
        yield self._once(listing, "connectors", {(each.equipment, each.id) for each in sound}, connectors, swapped)
        yield from self._power(listing)

    def _of_the_platform(self, listing: Listing, known: set[str]) -> list[str]:
        """Whose a station is, an operator of many brands may tell otherwise; but the platform has none (5.2)."""
        platform = self.known.pixit.platform_id
        told = [(text(each, "StationID"), text(each, "OperatorID")) for each in listing.stations]
        if platform == self.known.pixit.operator_id:
            return []
        return [
            f"{id_} has OperatorID {owner}, the platform's" for id_, owner in told if id_ in known and owner == platform
        ]

    def _once(
        self, listing: Listing, case: str, owed: set[Any], listed: Counter[Any], wrong: Iterable[str] = ()
    ) -> Finding:
        missing = sorted(_name(each) for each in owed if listed[each] == 0)
        twice = sorted(_name(each) for each in owed if listed[each] > 1)
        wrong = [*(f"{name} is missing" for name in missing), *(f"{name} stands there twice" for name in twice), *wrong]
        expected = f"each of {len(owed)} {case} of the PIXIT once"
        return self.judge(not wrong, case, expected, "; ".join(wrong) or "as it should be", *listing.records)

    def _power(self, listing: Listing) -> Iterator[Finding]:
        """Of connectors whose rated power the PIXIT tells; that of their equipment, in the unit of the connectors."""
        rated = {socket.id: socket.power_w for socket in self.known.pixit.sockets if socket.power_w is not None}
        if not rated:
            self.lacking = "Power is not compared: needs power_w in [[pixit.beijing.connector]], the rated power"
        told = {id_: kw for each in listing.equipment for id_, kw in _powers(each).items() if id_ in rated}
        true = {id_: Decimal(rated[id_]) / 1000 for id_ in told}
        other = [id_ for id_ in told if abs(told[id_] - true[id_]) >= WRITTEN_KW]
        wrong = [f"{id_} has {told[id_]}, the PIXIT {true[id_]:.1f}" for id_ in other]
        wrong += [
            f"equipment {text(each, 'EquipmentID')} has {each['Power']}, its connectors {sum(_powers(each).values())}"
            for each in listing.equipment
            if _is_in_another_unit(each)
        ]
        if told:
            expected = f"the rated power of {len(told)} connectors, and of their equipment, in kW"
            yield self.judge(not wrong, "power", expected, "; ".join(wrong) or "so", *listing.records, path="Power")


def _powers(equipment: Content) -> dict[str, Decimal]:
    """Of each connector what can be read, as it is told."""
    told = {text(each, "ConnectorID"): number(each.get("Power")) for each in objects(equipment, "ConnectorInfos")}
    return {id_: power for id_, power in told.items() if power is not None}


def _with_swapped_limits(listing: Listing, known: set[str]) -> list[str]:
    """Connectors whose rated voltage has an upper limit below the lower one; 0 may stand for what nobody knows."""
    wrong = []
    for each in (each for equipment in listing.equipment for each in objects(equipment, "ConnectorInfos")):
        upper, lower = number(each.get("VoltageUpperLimits")), number(each.get("VoltageLowerLimits"))
        if upper and lower and upper < lower and text(each, "ConnectorID") in known:
            wrong.append(f"{text(each, 'ConnectorID')} has VoltageUpperLimits {upper}, VoltageLowerLimits {lower}")
    return wrong


def _is_in_another_unit(equipment: Content) -> bool:
    """No equipment has so many times the power of its connectors."""
    whole, parts = number(equipment.get("Power")), sum(_powers(equipment).values())
    return whole is not None and 0 < parts * OTHER_UNIT <= whole


def _name(each: Any) -> str:
    return each if isinstance(each, str) else " ".join(each)


class ChangedStationsAreSelected(QuestionRule):
    """LastQueryTime selects the stations that were changed since: all since there were any, none since a moment ago.

    Of stations that were edited in between, these and no others.
    """

    row = "BJ-1.1.1-c"
    listens = frozenset({Interface.QUERY_STATIONS_INFO.value, "surface-answered"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._listings = Listings()
        self._all: set[str] = set()  # as listed without LastQueryTime
        self._changed_ms: int | None = None  # the latest moment at which any of them may have changed
        self._edited_ms: dict[str, int] = {}  # and one of them, by StationID

    def fact(self, fact: Fact) -> Iterator[Finding]:
        verb, station = fact.keys.get("verb"), fact.values.get("arguments", {}).get("station")
        if verb in CHANGES_STATIONS:
            self._changed_ms = fact.at_ms
        elif verb == EDITS_STATION and not fact.values.get("answer", {}).get("refused"):
            self._edited_ms[str(station)] = fact.at_ms
        return iter(())

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        if self._changed_ms is None:
            self._changed_ms = seen.exchange.at_ms  # a server that was started for this run has been told all of it
        listing = self._listings.take(seen, asked, told) if seen.ret == Ret.SUCCESS else None
        if listing is None:
            return
        if not listing.since:
            self._all = listing.ids()
        elif listing.since < BEFORE_ALL:
            yield from self._all_changed(listing)
        elif (since_ms := self._quiet_ms(listing.since)) is not None:
            yield from self._edited(listing, since_ms)
            yield from self._none_else(listing, since_ms)

    def _all_changed(self, listing: Listing) -> Iterator[Finding]:
        missing = sorted((self._stations() & self._all) - listing.ids()) if self._all else []
        actual = f"without {', '.join(missing)}" if missing else "all of them"
        expected = f"all stations, which were added after {listing.since}"
        if self._all:
            yield self.judge(not missing, "changed", expected, actual, *listing.records)

    def _edited(self, listing: Listing, since_ms: int) -> Iterator[Finding]:
        late_ms = since_ms + self._tolerance_ms
        owed = {station for station, at_ms in self._edited_ms.items() if at_ms > late_ms} & self._all
        missing = sorted(owed - listing.ids())
        if owed:
            expected = f"{', '.join(sorted(owed))}, edited after {listing.since}"
            actual = f"without {', '.join(missing)}" if missing else "so"
            yield self.judge(not missing, "edited", expected, actual, *listing.records)

    def _none_else(self, listing: Listing, since_ms: int) -> Iterator[Finding]:
        """Of stations in which nobody but the lab moves anything: a state that changes may count as a change (5.2)."""
        edited = {station for station, at_ms in self._edited_ms.items() if at_ms >= since_ms - self._tolerance_ms}
        others = {socket.station for socket in self.known.pixit.sockets if not self.known.is_ours(socket)}
        unchanged = self._stations() - edited - others
        listed = sorted(unchanged & listing.ids())
        expected = f"none of {len(unchanged)} stations of the PIXIT that have not changed since {listing.since}"
        if unchanged:
            yield self.judge(not listed, "unchanged", expected, ", ".join(listed) or "none", *listing.records)

    def _stations(self) -> set[str]:
        return {socket.station for socket in self.known.pixit.sockets}

    def _quiet_ms(self, since: str) -> int | None:
        """LastQueryTime, where since then nothing has changed but what was edited; None where that is not known."""
        since_ms, changed_ms = self.known.charges.moment_ms(since), self._changed_ms
        if since_ms is None or changed_ms is None:
            return None
        return since_ms if since_ms > changed_ms + self._tolerance_ms else None

    @property
    def _tolerance_ms(self) -> int:
        return round(self.known.pixit.boxes.time_tolerance_s * 1000)
