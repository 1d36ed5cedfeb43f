"""Rules of query_station_status (seed 1.1.3; cec102 5.4): the states told on request are the truth, and all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.finding import Finding
from conformance.rules.beijing.connectors import Place, place_of
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.news import status_of
from conformance.rules.beijing.questions import QuestionRule, in_short, made_up, objects, text, was_let_in
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.station_status import CASES
from simulators.beijing.invalid import case_of
from simulators.beijing.messages import Content, Interface, Status
from simulators.beijing.mind import Ret
from simulators.beijing.opened import Kind
from simulators.journal.records import Exchange

STATUS_ASKED = Interface.QUERY_STATION_STATUS
TOO_MANY = f"{STATUS_ASKED.value}.StationIDs:many"


@dataclass(frozen=True, slots=True)
class State:
    """What an answer tells of one connector."""

    station: str
    connector: str
    status: object


def states_in(told: Content) -> list[State]:
    """All states of an answer, in its order."""
    return [
        State(text(station, "StationID"), text(connector, "ConnectorID"), connector.get("Status"))
        for station in objects(told, "StationStatusInfos")
        for connector in objects(station, "ConnectorStatusInfos")
    ]


@dataclass(slots=True)
class _Pushed:
    """The latest push of a connector's state, and the one before."""

    at_ms: int
    status: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Differing:
    """An answer that differs from the latest push: the push of what it told may be on its way."""

    until_ms: int
    status: object
    expected: str
    asked: Exchange


class StatesToldAreTrue(QuestionRule):
    """The states told on request are those that the charge boxes and chargers told, and those that were pushed last."""

    row = "BJ-1.1.3-b"
    listens = frozenset({STATUS_ASKED.value, Interface.NOTIFICATION_STATION_STATUS.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._pushed: dict[str, _Pushed] = {}
        self._differing: dict[str, _Differing] = {}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is STATUS_ASKED:
            yield from super().exchange(seen)
        else:
            yield from self._push(seen)

    def _push(self, seen: Spoken) -> Iterator[Finding]:
        told = status_of(seen)
        if told is None or not seen.pushed:
            return
        number, status = told
        before = self._pushed.get(number)
        if before is None or before.status != status:
            self._pushed[number] = _Pushed(seen.exchange.at_ms, status, before.status if before else None)
        differing = self._differing.get(number)
        if differing is not None and differing.status == status:
            del self._differing[number]
            yield self.good("pushed", differing.expected, "pushed right after", differing.asked, seen.exchange)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        for state in states_in(told):
            if state.connector in self.known.sockets and type(state.status) is int:
                socket, exchange = self.known.sockets[state.connector], seen.exchange
                place = place_of(socket)
                true = self.known.lately.may_be(place, exchange.at_ms, exchange.answered_at_ms)
                if true:
                    yield from self._beside_the_truth(seen, state, place, true)
                vouched = state.status in (true or ()) or not self.known.is_ours(socket)
                yield from self._beside_the_push(seen, state, vouched=vouched)

    def _beside_the_truth(self, seen: Spoken, state: State, place: Place, true: frozenset[Status]) -> Iterator[Finding]:
        ok = state.status in true
        stands = self.known.lawful(place, seen.exchange.at_ms) or true
        names = " or ".join(f"{each.value} ({CASES[each]})" for each in sorted(true))
        actual = f"{state.connector}: Status {state.status}"
        if len(true) == 1 or not ok:
            yield self.judge(ok, CASES[min(stands)], f"Status {names}, as the server was told", actual, seen.exchange)

    def _beside_the_push(self, seen: Spoken, state: State, *, vouched: bool) -> Iterator[Finding]:
        """A state that is so, or may be, and was pushed otherwise, is no fault of this answer (BJ-1.1.2-a)."""
        number, now_ms = state.connector, seen.exchange.at_ms
        pushed = self._pushed.get(number)
        if pushed is None:
            return
        expected = f"{number}: Status {pushed.status}, as it was pushed last"
        fresh = now_ms - pushed.at_ms <= self._tolerance_ms
        if state.status == pushed.status or (fresh and state.status == pushed.before):
            yield self.good("pushed", expected, f"Status {state.status}", seen.exchange)
        elif number not in self._differing and not vouched:
            until_ms = now_ms + self._tolerance_ms
            self._differing[number] = _Differing(until_ms, state.status, expected, seen.exchange)

    @property
    def _tolerance_ms(self) -> int:
        return round(self.known.pixit.push_at_once_s * 1000)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        if not self._differing:
            return
        overdue = {number: each for number, each in self._differing.items() if each.until_ms < now_ms}
        for number, each in overdue.items():
            del self._differing[number]
            yield self.bad("pushed", each.expected, f"Status {each.status}, which was not pushed either", each.asked)


@dataclass(slots=True)
class _Round:
    """Questions in a row that never ask for a station twice."""

    asked: set[str] = field(default_factory=set)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    records: list[Exchange] = field(default_factory=list)


class EveryConnectorIsToldOnce(QuestionRule):
    """Asked for all stations, in batches of 50, the server tells of every connector of the PIXIT exactly once.

    Wherever in a batch they stand: an operator that has fewer is asked for others, too, which do not exist.
    """

    row = "BJ-1.1.3-c"
    listens = frozenset({STATUS_ASKED.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._round = _Round()
        self._stations = {socket.station for socket in known.pixit.sockets}

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        wanted = self._stations & set(asked["StationIDs"])
        if not wanted:
            return
        if made_up(seen):  # what comes of ids that name nothing is judged by BJ-1.1.3-d; here, what stands beside them
            if seen.ret == Ret.SUCCESS:
                yield self._once(wanted, Counter(_places_in(told)), [seen.exchange])
            return
        expected = f"Ret 0 and the states of {len(wanted)} stations"
        yield self.judge(seen.ret == Ret.SUCCESS, "answered", expected, in_short(seen), seen.exchange)
        if seen.ret != Ret.SUCCESS:
            return
        yield from self._total(seen, told)
        yield from self._gathered(seen, wanted, told)

    def _total(self, seen: Spoken, told: Content) -> Iterator[Finding]:
        if "Total" in told:
            count = len(objects(told, "StationStatusInfos"))
            actual = f"Total {told['Total']}"
            yield self.judge(told["Total"] == count, "total", f"Total {count}", actual, seen.exchange, path="Total")

    def _gathered(self, seen: Spoken, wanted: set[str], told: Content) -> Iterator[Finding]:
        if self._round.asked & wanted:
            self._round = _Round()
        gathered = self._round
        gathered.asked |= wanted
        gathered.told.update(_places_in(told))
        gathered.records.append(seen.exchange)
        if gathered.asked == self._stations:
            self._round = _Round()
            yield self._once(gathered.asked, gathered.told, gathered.records)

    def _once(self, stations: set[str], told: Counter[tuple[str, str]], records: list[Exchange]) -> Finding:
        sockets = [socket for socket in self.known.pixit.sockets if socket.station in stations]
        counts = {socket.id: told[socket.station, socket.id] for socket in sockets}
        wrong = [f"{number} {count} times" for number, count in sorted(counts.items()) if count != 1]
        expected = f"each of {len(sockets)} connectors of the PIXIT once, at its station"
        return self.judge(not wrong, "once", expected, "; ".join(wrong) or "as it should be", *records)


def _places_in(told: Content) -> list[tuple[str, str]]:
    """Station and connector of every state of an answer."""
    return [(state.station, state.connector) for state in states_in(told)]


class UnknownStationsAreLeftOut(QuestionRule):
    """Stations that do not exist are left out of the answer; more than 50 at once are answered 4004."""

    row = "BJ-1.1.3-d"
    listens = frozenset({STATUS_ASKED.value})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from super().exchange(seen)
        yield from self._too_many(seen)

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        unknown = made_up(seen)
        if not unknown:
            return
        told_of = [station for station in objects(told, "StationStatusInfos") if station.get("StationID") == unknown]
        expected = f"Ret 0, without the station {unknown}, which does not exist"
        actual = "it is told of" if told_of else in_short(seen)
        yield self.judge(seen.ret == Ret.SUCCESS and not told_of, "unknown", expected, actual, seen.exchange)

    def _too_many(self, seen: Spoken) -> Iterator[Finding]:
        if seen.answered and was_let_in(seen, self.known):
            found = case_of(STATUS_ASKED, Kind.REQUEST, seen.asked)
            if found is not None and found[1] == TOO_MANY:
                ok = seen.ret == Ret.WRONG_CONTENT
                yield self.judge(ok, "too-many", "Ret 4004 for more than 50 stations", in_short(seen), seen.exchange)
