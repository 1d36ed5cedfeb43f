"""A journal told as sessions: what happened on one socket from the card to the bill, in protocol time.

Told record by record, so a journal of weeks needs the memory of its open sessions and of the few that are kept.
A session is what one box did on one connector: from the swipe, or the first start, to the next. What a box did
while nobody charged is a session of its own without a connector; it is kept only for the failures in it. What the
server and the city say of the charge stands beside, by its order number; what is about no charge is a session without
a box, kept for its failures too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reports.bodies import content
from reports.city_talk import PUSH, CityTalk, of_the_city
from reports.events import Event, firsts, picked
from simulators.beijing.messages import Interface
from simulators.beijing.peer import SUT
from simulators.journal.records import Exchange, Fact, Record

MOST_KEPT = 30
MOST_EVENTS = 60  # of one session; failures are never left out for others
MOST_OVER = 60  # sessions that are over, and that a surface may still tell of
FOLDED = {  # what comes again and again is told once, with its number
    "heartbeat",
    "meterValues",
    "sample",
    Interface.NOTIFICATION_EQUIP_CHARGE_STATUS,
    Interface.QUERY_EQUIP_CHARGE_STATUS,
}
FOLD_REACH = 4
AFTERWARDS_MS = 5_000  # what a connector still says after the stop belongs to the session

BOOT, START, STOP, AUTHORIZE = "deviceBoot", "startTrans", "stopTrans", "authorize"
SWIPED, BEGAN, ENDED, UNPLUGGED = "card-swiped", "charging-began", "charging-ended", "unplugged"
POWERED_ON = "powered-on"
SURFACE = "surface-answered"

ASKED = ("idToken", "connectorId", "transactionId", "meterStart", "meterStop", "status", "errorCode")
ANSWERED = ("status", "transactionId", "heartbeatInterval")
MEASURED = ("energy_wh", "register_wh", "status", "error_code", "reason")
TOLD = ("id", "state", "status", "energy_wh", "total_fen")


@dataclass(frozen=True, slots=True)
class Blame:
    """A bad finding, as far as a picture tells of it."""

    row: str
    case: str
    at: tuple[int, ...]


@dataclass(slots=True)
class Session:
    """What belongs together."""

    world: int
    box: str
    connector: str
    began_ms: int
    card: str = ""
    transaction: str = ""
    order: str = ""
    charger: bool = False  # on a private link, not a charge box
    charging: bool = False
    charged: bool = False
    over_ms: int | None = None
    events: list[Event] = field(default_factory=list)
    left_out: int = 0
    blamed: set[int] = field(default_factory=set)  # records in it that a bad finding points to

    @property
    def failures(self) -> int:
        return sum(bool(event.rows) for event in self.events)

    @property
    def came_to(self) -> int:
        """How far it came: to a transaction, a charge, an order that the city knows."""
        return bool(self.transaction) + self.charged + bool(self.order)

    @property
    def rows(self) -> list[str]:
        """The rows that fail in it."""
        return list(dict.fromkeys(row for event in self.events for row in event.rows))

    def long_over(self, at_ms: int) -> bool:
        """Whether what happens now is none of its business."""
        return self.over_ms is not None and at_ms > self.over_ms + AFTERWARDS_MS

    def add(self, event: Event) -> None:
        """Take in one event; what repeats itself is folded, what is too much in the middle is only counted."""
        if not self._folded(event):
            self.events.append(event)
        if len(self.events) > MOST_EVENTS:
            middle = [place for place, kept in enumerate(self.events) if not kept.rows][MOST_EVENTS // 3 : -10]
            if middle:
                self.left_out += self.events.pop(middle[0]).times

    def _folded(self, event: Event) -> bool:
        if event.rows:
            return False
        if event.kind == "surface":
            return self._folded_surface(event)
        if event.name not in FOLDED or (event.kind == PUSH and not event.sound):
            return False  # a push that was not taken is a rung of its ladder
        for place in range(len(self.events) - 1, max(-1, len(self.events) - 1 - FOLD_REACH), -1):
            kept = self.events[place]
            if kept.name not in FOLDED or kept.rows:
                return False
            if (kept.name, kept.outcome, kept.attempt) == (event.name, event.outcome, event.attempt):
                self.events[place] = replace(kept, times=kept.times + 1, until_ms=event.at_ms)
                return True
        return False

    def _folded_surface(self, event: Event) -> bool:
        """A surface that says again what it said last is only counted."""
        for place in range(len(self.events) - 1, -1, -1):
            kept = self.events[place]
            if (kept.kind, kept.name) == (event.kind, event.name):
                if kept.answered == event.answered:
                    self.events[place] = replace(kept, times=kept.times + 1, until_ms=event.at_ms)
                return kept.answered == event.answered
        return False


@dataclass(frozen=True, slots=True)
class Told:
    """The sessions that were kept, failures first, and how many there were."""

    sessions: list[Session]
    total: int
    failing: int


class Sessions:
    """Collects the sessions of a journal. ``sockets``: ConnectorID -> box (or the charger itself) and connector."""

    def __init__(self, blames: Iterable[Blame], sockets: Mapping[str, tuple[str, str]] | None = None) -> None:
        self._sockets = sockets or {}
        self._chargers = {box for socket, (box, _) in self._sockets.items() if box == socket}
        self._city = CityTalk()
        self._orders: dict[tuple[int, str], Session] = {}
        self._blames: dict[int, list[Blame]] = {}
        for blame in blames:
            for seq in blame.at:
                self._blames.setdefault(seq, []).append(blame)
        self._live: dict[tuple[int, str], dict[str, Session]] = {}
        self._over: deque[Session] = deque()
        self._boots: dict[tuple[int, str], Event] = {}
        self._authorized: dict[tuple[int, str], tuple[str, Event]] = {}
        self._kept: list[Session] = []
        self._total = self._failing = 0

    def observe(self, record: Record) -> None:
        """Take in one record."""
        if isinstance(record, Exchange) and not record.resent:
            if of_the_city(record):
                self._city_talk(record)
            else:
                self._message(record)
        elif isinstance(record, Fact) and record.what == SURFACE:
            self._surface(record)
        elif isinstance(record, Fact) and {"box", "socket"} & record.keys.keys():
            self._fact(record)

    def told(self) -> Told:
        """What was collected; the end."""
        for slots in self._live.values():
            self._over.extend(slots.values())
        self._live.clear()
        while self._over:
            self._keep(self._over.popleft())
        return Told(sorted(self._best(), key=lambda session: session.failures == 0), self._total, self._failing)

    # What belongs where

    def _message(self, record: Exchange) -> None:
        asked, answered = _said(record)
        place, told_connector = self._where(record)
        event = self._message_event(record, asked, answered)
        if record.operation == BOOT:
            self._boots[place] = event
            self._put_away(place)
        connector = told_connector or asked.get("connectorId", "")
        card = record.keys.get("card") or asked.get("idToken", "")
        if record.operation == START and self._starts_anew(place, connector):
            self._begin(place, connector, record.at_ms)
            self._with_authorization(self._live[place][connector], place, card)
        transaction = record.keys.get("transaction") or asked.get("transactionId", "")
        swiped = card if record.operation == AUTHORIZE else ""
        sessions = self._of(place, connector, transaction, swiped, record.at_ms)
        if record.operation == AUTHORIZE and not any(session.connector for session in sessions):
            self._authorized[place] = (card, event)
        for session in sessions:
            self._learn(session, record, card, answered)
            self._add(session, event)

    def _city_talk(self, record: Exchange) -> None:
        event = self._city.event(record)
        place, connector = self._where(record)
        if (
            event.name == Interface.QUERY_START_CHARGE
            and event.sound
            and connector
            and not self._busy(place, connector)
        ):
            self._begin(place, connector, record.at_ms)
            self._orders[record.world, record.keys.get("order", "")] = self._live[place][connector]
        self._add(self._spoken_of(record) or self._slot(place, record.at_ms), event)

    def _where(self, record: Exchange | Fact) -> tuple[tuple[int, str], str]:
        """The lab and the box, and the connector; of who names a ConnectorID, what stands behind it."""
        keys = record.keys
        box, connector = self._sockets.get(keys.get("socket", ""), (keys.get("box", ""), keys.get("connector", "")))
        return (record.world, box), connector

    def _busy(self, place: tuple[int, str], connector: str) -> bool:
        """Whether the connector has a session that is not over, or has not charged yet."""
        slot = self._live.get(place, {}).get(connector)
        return slot is not None and slot.over_ms is None and (slot.charging or not slot.charged)

    def _begins(self, what: str, place: tuple[int, str], connector: str) -> bool:
        """Whether a fact is the first of a session."""
        slot = self._live.get(place, {}).get(connector)
        if what == SWIPED:
            return slot is None or not slot.charging
        return what == BEGAN and not self._busy(place, connector)

    def _spoken_of(self, record: Exchange) -> Session | None:
        """The session that the city is told of; the first message with an order's number says which it is."""
        order, (place, connector) = record.keys.get("order", ""), self._where(record)
        if order and (known := self._orders.get((record.world, order))):
            known.order = known.order or order
            return known
        session = self._on(place, connector) if connector else None
        if session is None or (not order and session.long_over(record.at_ms)):
            return None
        if order and record.actor == SUT:  # a question may name any number
            self._orders[record.world, order] = session
            session.order = session.order or order
        return session

    def _on(self, place: tuple[int, str], connector: str) -> Session | None:
        """The session of a connector: the live one, or the last that is over."""
        if live := self._live.get(place, {}).get(connector):
            return live
        ended = (each for each in reversed(self._over) if (each.world, each.box, each.connector) == (*place, connector))
        return next(ended, None)

    def _fact(self, record: Fact) -> None:
        place, connector = self._where(record)
        if record.what == POWERED_ON:
            self._put_away(place)
        if self._begins(record.what, place, connector):
            self._begin(place, connector, record.at_ms)
        values = {name: str(record.values[name]) for name in MEASURED if name in record.values}
        if "energy_wh" in values:
            values.pop("register_wh", "")
        event = self._event(record, "fact", record.what, answered=tuple(values.items()))
        for session in self._of(place, connector, record.keys.get("transaction", ""), "", record.at_ms):
            session.card = session.card or record.keys.get("card", "")
            session.charged = session.charged or record.what == BEGAN
            session.charging = record.what == BEGAN or (session.charging and record.what != ENDED)
            session.over_ms = record.at_ms if record.what == UNPLUGGED else session.over_ms
            self._add(session, event)

    def _surface(self, record: Fact) -> None:
        answer = record.values.get("answer")
        items = answer.get("items", []) if isinstance(answer, dict) else []
        verb = record.keys.get("verb", "")
        for session in [*self._over, *(slot for slots in self._live.values() for slot in slots.values())]:
            found = [item for item in items if isinstance(item, dict) and _tells_of(item, session)]
            blamed = session.blamed and self._rows(record.seq, session.blamed)
            if found and session.world == record.world and (verb != "connectors" or blamed):
                told = tuple(pair for item in found[:2] for pair in picked(item, TOLD))
                more = (("", f"+{len(found) - 2}"),) if len(found) > 2 else ()
                self._add(session, self._event(record, "surface", verb, answered=told + more))

    def _of(self, place: tuple[int, str], connector: str, transaction: str, card: str, at_ms: int) -> list[Session]:
        """The live sessions that a record belongs to; what belongs to none is what the box did while nobody charged."""
        slots = self._live.get(place, {})
        live = [session for session in slots.values() if session.connector and not session.long_over(at_ms)]
        found = [session for session in live if _fits(session, connector, transaction, card)]
        return found or [self._slot(place, at_ms)]

    def _slot(self, place: tuple[int, str], at_ms: int) -> Session:
        """What is about no charge."""
        slots = self._live.setdefault(place, {})
        if "" not in slots:
            slots[""] = Session(*place, "", at_ms, charger=place[1] in self._chargers)
        return slots[""]

    def _starts_anew(self, place: tuple[int, str], connector: str) -> bool:
        slot = self._live.get(place, {}).get(connector)
        return bool(connector) and (slot is None or bool(slot.transaction) or not (slot.charging or slot.card))

    def _put_away(self, place: tuple[int, str]) -> None:
        """A box begins anew: what is not charging is over."""
        slots = self._live.get(place, {})
        for connector in [number for number, session in slots.items() if not session.charging]:
            self._end(slots.pop(connector))

    def _end(self, session: Session) -> None:
        self._over.append(session)
        if len(self._over) > MOST_OVER:
            self._keep(self._over.popleft())

    def _begin(self, place: tuple[int, str], connector: str, at_ms: int) -> None:
        slots = self._live.setdefault(place, {})
        if connector in slots:
            self._end(slots.pop(connector))
        session = slots[connector] = Session(*place, connector, at_ms, charger=place[1] in self._chargers)
        if connector and place in self._boots:
            self._add(session, self._boots[place])

    def _with_authorization(self, session: Session, place: tuple[int, str], card: str) -> None:
        authorized, event = self._authorized.get(place, ("", None))
        if event is not None and authorized == card:
            self._add(session, event)

    def _learn(self, session: Session, record: Exchange, card: str, answered: Mapping[str, str]) -> None:
        if record.operation == START and session.connector:
            session.transaction = answered.get("transactionId", session.transaction)
            session.card = session.card or card
        elif record.operation == STOP and not session.charging:
            session.over_ms = record.at_ms

    # Events

    def _message_event(self, record: Exchange, asked: Mapping[str, str], answered: Mapping[str, str]) -> Event:
        outcome = str(record.error) if record.error else f"HTTP {record.answer.status}" if record.answer else ""
        return self._event(
            record,
            "message",
            record.operation,
            asked=picked(asked, ASKED),
            answered=picked(answered, ANSWERED),
            outcome=outcome,
            sound=record.error is None and record.answer is not None and record.answer.status < 400,
        )

    def _event(self, record: Exchange | Fact, kind: str, name: str, **told: Any) -> Event:
        return Event(seq=record.seq, at_ms=record.at_ms, kind=kind, name=name, **told)

    def _add(self, session: Session, event: Event) -> None:
        if event.seq in self._blames:
            event = replace(event, rows=self._rows(event.seq, None if event.kind != "surface" else session.blamed))
            session.blamed.add(event.seq)
        session.add(event)

    def _rows(self, seq: int, among: Collection[int] | None) -> tuple[str, ...]:
        """The rows that fail on a record; on what tells of many sessions, only those that fail for this one."""
        blames = self._blames.get(seq, ())
        if among is not None:
            blames = [blame for blame in blames if any(other in among for other in blame.at if other != seq)]
        return tuple(dict.fromkeys(blame.row for blame in blames))

    # What is kept

    def _keep(self, session: Session) -> None:
        self._orders.pop((session.world, session.order), None)
        if not session.connector and not session.failures:
            return
        self._total += 1
        self._failing += session.failures > 0
        self._kept.append(session)
        if len(self._kept) > 4 * MOST_KEPT:
            self._kept = self._best()

    def _best(self) -> list[Session]:
        """Failures first, then what came furthest; the earliest of each."""
        rank = sorted(self._kept, key=lambda kept: (not kept.failures, -kept.came_to, kept.began_ms))[:MOST_KEPT]
        return sorted(rank, key=lambda kept: (not kept.failures, kept.began_ms))


def _said(record: Exchange) -> tuple[dict[str, str], dict[str, str]]:
    asked, answered = content(record.request.body), content(record.answer.body) if record.answer else None
    return firsts(asked), firsts(answered)


def _fits(session: Session, connector: str, transaction: str, card: str) -> bool:
    if transaction and session.transaction:
        return transaction == session.transaction and connector in ("", session.connector)
    if connector:
        return connector == session.connector
    if card:
        return card == session.card and (session.charging or not session.transaction)
    return session.charging


def _tells_of(item: Mapping[str, Any], session: Session) -> bool:
    if str(item.get("box", "")) != session.box:
        return False
    transaction = item.get("transaction_id")
    if transaction is not None:
        return bool(session.transaction) and str(transaction) == session.transaction
    return bool(session.connector) and str(item.get("connector", "")) == session.connector
