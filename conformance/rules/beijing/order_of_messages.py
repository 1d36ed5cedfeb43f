"""Rules of an order as a whole: in which order its messages come, and whether they tell one truth (cec102 6).

Two messages that were on their way at the same time came in either order; and what was refused may come again, as it
was, whatever has been told since (cec102 1.6).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.finding import Finding
from conformance.rules.beijing.charges import OF_A_CHARGE, Charge, ChargerCharge
from conformance.rules.beijing.general import PUSHES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.outcomes import is_without_token
from conformance.rules.beijing.questions import in_short
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.starting import stat_of
from conformance.rules.beijing.truth import Beside
from conformance.rules.beijing.wanted import COMES_ABOUT_MS
from conformance.rules.blocks import Within
from simulators.beijing.messages import Content, Interface, StartChargeSeqStat
from simulators.journal.records import Exchange

START_RESULT, STOP_RESULT = Interface.NOTIFICATION_START_CHARGE_RESULT, Interface.NOTIFICATION_STOP_CHARGE_RESULT
STATUS, ASKED_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Interface.QUERY_EQUIP_CHARGE_STATUS
ORDER, BONUS_ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO, Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
RANKS = {START_RESULT: 1, STATUS: 2, STOP_RESULT: 3, ORDER: 4, BONUS_ORDER: 4}
LATE = {START_RESULT: "start-result", STOP_RESULT: "stop-result"}  # the case of a message that others overtook
GOES_ON = frozenset({StartChargeSeqStat.STARTING, StartChargeSeqStat.CHARGING, StartChargeSeqStat.STOPPING})
REPEATED = 8  # so many messages may have come since one that is sent once more
SAME_SESSION_MS = 10 * 60 * 1000  # auth and policy that are longer ago than this were of another session


def ended_ns(exchange: Exchange) -> int:
    """When the answer was there."""
    return exchange.sent_ns + exchange.duration_ns


@dataclass(slots=True)
class Told:
    """What an order has been told so far. ``first``: by rank."""

    first: dict[int, Exchange] = field(default_factory=dict)
    contents: deque[Content] = field(default_factory=lambda: deque(maxlen=REPEATED))
    went_on: bool = False  # a status with Stat 1 to 3 came after the stop result


class MessagesComeInOrder(CityRule):
    """Of each order of the platform's, the first start result, status, stop result and order come one after the other.

    After the stop result no status says that it goes on (Stat 1 to 3), and no order comes before the end. What the
    platform called off before it began has come to nothing, and its start result may be told at any time. A result that
    could not be pushed, as the platform gave no token, may be overtaken.
    """

    row = "BJ-ORD-a"
    listens = frozenset(str(each) for each in (*RANKS, Interface.QUERY_TOKEN))

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._tokenless_ms = -1
        self._told: defaultdict[str, Told] = defaultdict(Told)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if is_without_token(seen, self.known):
            self._tokenless_ms = seen.exchange.at_ms
        if seen.order not in self.known.wanted.orders or seen.content is None or seen.interface not in RANKS:
            return
        told = self._told[seen.order]
        if seen.content not in told.contents:
            told.contents.append(seen.content)
            if seen.interface is STATUS:
                yield from self._status(seen, told)
            elif RANKS[seen.interface] not in told.first:
                yield from self._first(seen, seen.interface, told)

    def _status(self, seen: Spoken, told: Told) -> Iterator[Finding]:
        if stat_of(seen) not in GOES_ON:
            return  # one more, that it is over
        told.first.setdefault(RANKS[STATUS], seen.exchange)
        stopped = told.first.get(RANKS[STOP_RESULT])
        if stopped is not None and ended_ns(stopped) <= seen.exchange.sent_ns:
            told.went_on = True
            actual = f"a status with Stat {stat_of(seen)}"
            yield self.bad("after-stop", "no status that it goes on, after the stop result", actual, seen.exchange)

    def _first(self, seen: Spoken, interface: Interface, told: Told) -> Iterator[Finding]:
        rank, exchange = RANKS[interface], seen.exchange
        told.first[rank] = exchange
        before = [each for other, each in told.first.items() if other > rank and ended_ns(each) <= exchange.sent_ns]
        if interface is START_RESULT and self._was_called_off(seen.order):
            return
        if before and self._tokenless_ms >= self.known.wanted.orders[seen.order].asked_ms:
            return
        if interface in LATE:
            expected = "before whatever follows it (cec102 6)"
            actual = f"after {before[0].operation}" if before else "so"
            yield self.judge(not before, LATE[interface], expected, actual, *before[:1], exchange)
        else:
            yield from self._order(seen, told)

    def _was_called_off(self, order: str) -> bool:
        return self.known.wanted.orders[order].stop is not None and order not in self.known.charges.by_number

    def _order(self, seen: Spoken, told: Told) -> Iterator[Finding]:
        charge = self.known.charges.by_number.get(seen.order)
        if charge is not None:
            over = charge.over is not None
            yield self.judge(over, "order", "an order once it is over", "so" if over else "it charges", seen.exchange)
        stopped = told.first.get(RANKS[STOP_RESULT])
        if stopped is not None and not told.went_on:
            yield self.good("after-stop", "no status that it goes on", "none", stopped, seen.exchange)


class StatesOnlyRise(CityRule):
    """StartChargeSeqStat of an order only rises: 1, 2, 3, 4, with steps left out; 5 only when the state is lost.

    That of a start result says how the start went (5.9), however late it is told; whether it is so is BJ-1.1.8-a's.
    """

    row = "BJ-ORD-b"
    listens = frozenset(str(each) for each in (*OF_A_CHARGE, Interface.QUERY_START_CHARGE, Interface.QUERY_STOP_CHARGE))

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._latest: defaultdict[str, deque[tuple[StartChargeSeqStat, Exchange]]] = defaultdict(
            lambda: deque(maxlen=REPEATED)
        )
        self._contents: defaultdict[str, deque[Content]] = defaultdict(lambda: deque(maxlen=REPEATED))

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        stat = stat_of(seen)
        if stat is None or not seen.order or not (seen.pushed or seen.succeeded) or self._again(seen):
            return
        if stat is StartChargeSeqStat.UNKNOWN:
            if self._is_known(self.known.charges.by_number.get(seen.order)):
                yield self.bad("rises", "5 only when the state is lost", "5", seen.exchange, path="StartChargeSeqStat")
            return
        latest = self._latest[seen.order]
        if seen.interface is START_RESULT:
            latest.append((stat, seen.exchange))
            return
        higher = [(each, at) for each, at in latest if each > stat and ended_ns(at) <= seen.exchange.sent_ns]
        highest = max((each for each, _ in latest), default=stat)
        at = [exchange for _, exchange in higher[-1:]]
        yield self.judge(
            not higher,
            "rises",
            f"{highest.value} or more",
            f"{stat.value}",
            *at,
            seen.exchange,
            path="StartChargeSeqStat",
        )
        latest.append((stat, seen.exchange))

    def _again(self, seen: Spoken) -> bool:
        """It was sent before, as it is."""
        contents = self._contents[seen.order]
        if not seen.pushed or seen.content is None:
            return False
        again = seen.content in contents
        contents.append(seen.content)
        return again

    def _is_known(self, charge: Charge | None) -> bool:
        if not isinstance(charge, ChargerCharge) or charge.bound_ms is None:
            return False
        return charge.running and self.known.chargers.is_online(charge.socket.id)


@dataclass(slots=True)
class Session:
    """What the platform has asked and was told of one order."""

    asked: dict[str, Spoken] = field(default_factory=dict)  # by step
    told: set[Interface] = field(default_factory=set)


STEPS = {
    Interface.QUERY_EQUIP_AUTH: "auth",
    Interface.QUERY_EQUIP_BUSINESS_POLICY: "policy",
    Interface.QUERY_START_CHARGE: "start",
    ASKED_STATUS: "status",
    Interface.QUERY_STOP_CHARGE: "stop",
}
RESULTS = {START_RESULT: "start", STOP_RESULT: "stop"}
POINTS = frozenset({"energy", "money", "times"})


class SessionsRunThrough(CityRule):
    """Auth, policy, start, status, stop, order run through as one session; the order tells its truth.

    A session is one in which the platform asked all of it and charging began. Energy, money and times of the order are
    held against what the charger did, as those of a bonus order are (2.2.2); ``order``: whatever else it says. In which
    order its messages come is another row's.
    """

    row = "BJ-SEQ"
    listens = PUSHES | frozenset(str(each) for each in STEPS)

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._before: dict[tuple[str, str], Spoken] = {}  # (ConnectorID, step) -> the latest
        self._sessions: defaultdict[str, Session] = defaultdict(Session)
        self._waiting: dict[str, Spoken] = {}  # orders that came before the end
        self._judged: set[str] = set()
        self._unfinished: Within[str, tuple[Session, Spoken]] = Within(COMES_ABOUT_MS)  # for want of a stop result

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        interface = seen.interface
        if interface is None:
            return
        if not seen.pushed and interface in STEPS:
            self._asked(seen, STEPS[interface])
        elif seen.pushed and interface in RESULTS:
            self._sessions[seen.order].told.add(interface)
            if interface is STOP_RESULT and (waiting := self._unfinished.meet(seen.order)):
                yield from self._steps(*waiting.cause)
        elif interface is ORDER and seen.order in self.known.wanted.orders and seen.order not in self._judged:
            charge = self.known.charges.by_number.get(seen.order)
            if charge is None or charge.running:
                self._waiting.setdefault(seen.order, seen)
            else:
                yield from self._ended(seen, charge)

    def linked(self, word: Word) -> Iterator[Finding]:
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is not Event.STOPPED or charge is None or charge.running:
            return
        if order := self._waiting.pop(charge.number, None):
            yield from self._ended(order, charge)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for waiting in self._unfinished.overdue(now_ms):
            yield from self._steps(*waiting.cause)

    def _asked(self, seen: Spoken, step: str) -> None:
        connector = str((seen.asked or {}).get("ConnectorID"))
        if step in ("auth", "policy"):
            self._before[connector, step] = seen
            return
        asked = self._sessions[seen.order].asked
        if step == "start" and seen.succeeded and step not in asked:
            since_ms = seen.exchange.at_ms - SAME_SESSION_MS
            for earlier in ("auth", "policy"):
                found = self._before.pop((connector, earlier), None)
                if found is not None and found.exchange.at_ms >= since_ms:
                    asked[earlier] = found
        if step not in asked or seen.succeeded:
            asked[step] = seen

    def _ended(self, order: Spoken, charge: Charge) -> Iterator[Finding]:
        self._judged.add(order.order)
        session = self._sessions[order.order]
        if session.asked.keys() == set(STEPS.values()):
            if STOP_RESULT in session.told:
                yield from self._steps(session, order)
            else:
                self._unfinished.begin(order.order, order.exchange.at_ms, (session, order))
        over = [charge.over] if charge.over else []
        for point in Beside(order.content or {}, charge, self.known).points():
            case = point.case if point.case in POINTS else "order"
            at = (charge.started, *over, order.exchange)
            yield self.judge(point.ok, case, point.expected, repr(point.told), *at, path=point.field)

    def _steps(self, session: Session, order: Spoken) -> Iterator[Finding]:
        results = {step: interface for interface, step in RESULTS.items()}
        for step, asked in session.asked.items():
            result = results.get(step)
            pushed = result is None or result in session.told
            actual = in_short(asked) if pushed else f"{in_short(asked)}, but no {result}"
            yield self.judge(asked.succeeded and pushed, step, "success, and what follows", actual, asked.exchange)
        yield self.good("order", "an order at the end", "so", order.exchange)
