"""What a judge of EVCHONG knows at each moment: the target's own data, and what the journal has told so far.

Every rule reads it, none writes it. It is updated after the rules have seen a record, so to a rule it is the state
*before* that record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from conformance.discrimination import Discrimination
from conformance.rules.evchong.orders import unseen, with_numbers
from conformance.rules.evchong.spoken import ACCEPTED, NO_CONNECTION, Outcome, Spoken
from conformance.rules.evchong.waits import Waits
from simulators.evchong import content
from simulators.evchong.codec import Codec
from simulators.evchong.messages import Service
from simulators.journal.records import Exchange, Fact
from simulators.world.site import Site, Tariff

BY_CARD = frozenset({Service.AUTHORIZE, Service.START_TRANS})  # services that a card is told by
SAME_MOMENT_MS = 1000  # a server may write whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixit:
    """What the rules must know of the target beyond the site. Seconds and intervals as in the target file."""

    site: Site
    codec: Codec
    readings: Mapping[str, str] = field(default_factory=dict)
    refusal: tuple[str, Any] | None = None
    time_tolerance_s: float = 60.0
    offline_after_intervals: float = 3.0
    billed_energy: str | None = None
    ours: bool = True  # the boxes are our own simulators


class Owed(Enum):
    """What the document demands as the answer to a valid request."""

    ACCEPT = "Accepted"
    REJECTED = "Rejected"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    REFUSE = "anything but acceptance"
    NOTHING = "nothing in particular"


class Stage(Enum):
    """How far a transaction has come, as the server must see it."""

    OPEN = "open"
    OVER = "over"
    UNCLEAR = "unclear"  # a start or a stop without a usable answer


@dataclass(slots=True)
class Transaction:
    """One transaction that the server opened."""

    box: str
    connector: int | None
    id: int
    card: str | None
    start: Spoken
    stage: Stage = Stage.OPEN
    stop: Spoken | None = None  # the first stop that was sent
    meter_values: int = 0

    @property
    def place(self) -> tuple[str, int]:
        """Box and connector."""
        return (self.box, self.connector or 0)


class Known:
    """The state of the world as the journal tells it."""

    def __init__(self, pixit: Pixit) -> None:
        self.pixit = pixit
        self.boxes = {box.serial: box for box in pixit.site.boxes}
        self.cards = {card.id_token: card.state for card in pixit.site.cards}
        self.stations = {station.id for station in pixit.site.stations} | {box.station for box in pixit.site.boxes}
        self.created_stations: set[str] = set()
        self.registered_later: dict[str, str] = {}
        self.booted: set[str] = set()
        self._booted_at: dict[str, str | None] = {}  # box -> the station that it named
        self.rejected: set[str] = set()
        self.transactions: dict[tuple[str, int], Transaction] = {}
        self.reused: set[tuple[str, int]] = set()  # box and id of transactions of which there was another (EVC-1.4-b)
        self.on_connector: dict[tuple[str, int], Transaction] = {}
        self.ending: set[tuple[str, int]] = set()  # connectors of which a stop is on its way
        self.unclear_starts: list[tuple[str, int]] = []  # box and moment of starts that may have opened one
        self.server_ahead_ms = 0
        self.unclear: dict[tuple[str, int], str | None] = {}  # connectors on which a transaction may run, and its card
        self.served: set[Service] = set()
        self.twins: set[tuple[str, str]] = set()
        self.answered = False  # one request at least
        self.unanswered = ""  # why not one was
        self.discrimination = Discrimination()
        self.waits = Waits()
        self._owed_once_booted = {
            Service.AUTHORIZE: self._owed_to_card,
            Service.HEARTBEAT: self._owed_to_beat,
            Service.STATUS_NOTIFY: self._owed_to_notification,
            Service.START_TRANS: self._owed_to_start,
            Service.METER_VALUES: self._owed_to_transaction,
            Service.STOP_TRANS: self._owed_to_transaction,
        }
        self._orders: tuple[Fact, list[dict[str, Any]] | None] | None = None  # as read last
        self._latest: tuple[Spoken, Owed] | None = None  # every rule asks the same of the same exchange
        self._free_since_ns: dict[tuple[str, int] | str, int] = {}  # connector or card -> the end of its latest stop

    # What is demanded

    def owed(self, seen: Spoken) -> Owed:
        """What the server owes to a request; NOTHING for one that is not valid."""
        if self._latest is None or self._latest[0] is not seen:
            self._latest = (seen, self._owed(seen))
        return self._latest[1]

    def _owed(self, seen: Spoken) -> Owed:
        if not seen.valid:
            return Owed.NOTHING
        if seen.service is Service.DEVICE_BOOT:
            return self._owed_to_boot(seen)
        if seen.box in self.rejected:
            return Owed.REFUSE
        if seen.box not in self.booted:
            return Owed.NOTHING
        return self._owed_once_booted[seen.service](seen)

    def _owed_to_boot(self, seen: Spoken) -> Owed:
        station = seen.station or ""
        if seen.box not in self.boxes and seen.box not in self.registered_later:
            return Owed.REJECTED
        if station not in self.stations and station not in self.created_stations:
            return Owed.REFUSE
        home = self.boxes[seen.box].station if seen.box in self.boxes else self.registered_later[seen.box]
        return Owed.ACCEPT if station == home else Owed.NOTHING

    def _owed_to_beat(self, seen: Spoken) -> Owed:
        at_home = seen.station in (None, self._booted_at.get(seen.box))
        return Owed.ACCEPT if at_home else Owed.NOTHING

    def _owed_to_notification(self, seen: Spoken) -> Owed:
        whole_box = seen.connector == 0 and self.pixit.readings.get("EVC-X20") == "zero"
        known = whole_box or self.has_connector(seen.box, seen.connector or 0)
        return Owed.ACCEPT if known else Owed.NOTHING

    def _owed_by_state(self, card: str | None) -> Owed:
        state = self.cards.get(card or "", "")
        owed = {"valid": Owed.ACCEPT, "blocked": Owed.BLOCKED, "expired": Owed.EXPIRED}
        return owed.get(state, Owed.REFUSE)

    def _owed_to_card(self, seen: Spoken) -> Owed:
        owed = self._owed_by_state(seen.card)
        elsewhere = any(box != seen.box for box in self.boxes_of(seen.card)) or self.just_freed(seen, seen.card or "")
        return Owed.NOTHING if owed is Owed.ACCEPT and elsewhere else owed  # EVC-X17 has no word for it

    def _owed_to_start(self, seen: Spoken) -> Owed:
        for_card = self._owed_by_state(seen.card)
        if for_card is not Owed.ACCEPT:
            return for_card
        place = (seen.box, seen.connector or 0)
        if not self.has_connector(*place):
            return Owed.REFUSE
        if place in self.on_connector:
            return Owed.REFUSE
        if place in self.unclear or self.card_in_use(seen.card):
            return Owed.NOTHING  # EVC-X17 leaves open what a card in use elsewhere gets
        if self.just_freed(seen, place) or self.just_freed(seen, seen.card or ""):
            return Owed.NOTHING  # which of the two came first is not for us to say
        return Owed.ACCEPT

    def _owed_to_transaction(self, seen: Spoken) -> Owed:
        transaction = self.asked_about(seen)
        samples = seen.service is Service.METER_VALUES
        if transaction is None:
            return Owed.REFUSE if samples and not self.unclear_box(seen.box) else Owed.NOTHING
        if transaction.stage is Stage.OPEN:
            alike = seen.connector == transaction.connector if samples else seen.card in (None, transaction.card)
            return Owed.ACCEPT if alike else Owed.NOTHING
        if transaction.stage is Stage.OVER and samples and not self.in_flight(transaction, seen):
            return Owed.REFUSE
        return Owed.NOTHING  # a stop that is repeated: what it is answered is not said (EVC-1.6-d judges the orders)

    # Questions

    def has_connector(self, box: str, connector: int) -> bool:
        """The box has this socket; of a box that was registered during the run, socket 1 is known."""
        return connector in (self.boxes[box].connectors if box in self.boxes else [1])

    def card_in_use(self, card: str | None) -> bool:
        """A transaction of this card runs, or may run."""
        return bool(self.boxes_of(card))

    def boxes_of(self, card: str | None) -> set[str]:
        """The boxes on which a transaction of this card runs, or may run."""
        running = {place[0] for place, transaction in self.on_connector.items() if transaction.card == card}
        return running | {place[0] for place, suspected in self.unclear.items() if suspected == card}

    def just_freed(self, seen: Spoken, what: tuple[str, int] | str) -> bool:
        """The request left before the stop that freed this connector, or this card, was answered."""
        return seen.exchange.sent_ns < self._free_since_ns.get(what, seen.exchange.sent_ns)

    def orders_in(self, fact: Fact) -> list[dict[str, Any]] | None:
        """The orders that an "orders" surface answered with, in our words; None when it was another, or gave no list.

        Many rules ask it of the same fact, and a long list takes its time to read.
        """
        if self._orders is None or self._orders[0] is not fact:
            self._orders = (fact, _orders_in(fact))
        return self._orders[1]

    def asked_about(self, seen: Spoken) -> Transaction | None:
        """The transaction that the server opened for this box under the id that a request names."""
        number = seen.asked_transaction
        return None if number is None else self.transactions.get((seen.box, number))

    def running_elsewhere(self, seen: Spoken) -> Transaction | None:
        """The transaction of another box that a request names; None where its own box was given that id, too."""
        if self.asked_about(seen) is not None:
            return None
        return next((running for running in self.on_connector.values() if running.id == seen.asked_transaction), None)

    def unclear_box(self, box: str) -> bool:
        """A transaction may run on this box of which we do not know the id."""
        return any(place[0] == box for place in self.unclear)

    @staticmethod
    def in_flight(transaction: Transaction, seen: Spoken) -> bool:
        """The request left before the stop of its transaction was answered."""
        return transaction.stop is not None and seen.exchange.sent_ns < transaction.stop.ended_ns

    def tariffs_of(self, box: str) -> list[Tariff]:
        """The tariffs that apply where a box stands."""
        station = self.boxes[box].station if box in self.boxes else ""
        return [tariff for tariff in self.pixit.site.tariffs if not tariff.stations or station in tariff.stations]

    def discriminated(self) -> set[str]:
        """Services that were seen to tell whom to accept from whom to refuse."""
        return self.discrimination.shown()

    # Learning

    def learn_wire(self, exchange: Exchange) -> None:
        """From every attempt, also those that are no EVCHONG message; what a plain port says shows nothing."""
        if self.answered or not exchange.request.url.startswith("https:"):
            return
        self.answered = exchange.error is None
        never = "connection was ever made" if exchange.error in NO_CONNECTION else "whole answer ever came"
        self.unanswered = self.unanswered or f"no {never}: {exchange.error_text}"  # later ones get less time

    def learn(self, seen: Spoken) -> None:
        """From one exchange, after the rules have judged it."""
        self._learn_discrimination(seen)
        self.waits.learn(seen)
        self._latest = None  # from here on it may be owed something else
        if seen.readable and seen.valid:
            self.served.add(seen.service)
        if seen.valid and seen.accepted:
            self.twins.add((str(seen.service), seen.sender))
        if not seen.posted:
            return
        if seen.service is Service.DEVICE_BOOT and seen.valid:
            self._learn_boot(seen)
        elif seen.service is Service.START_TRANS:
            self._learn_start(seen)
        elif seen.service is Service.METER_VALUES and seen.accepted:
            if running := self.asked_about(seen):
                running.meter_values += 1
        elif seen.service is Service.STOP_TRANS:
            self._learn_stop(seen)

    def _learn_discrimination(self, seen: Spoken) -> None:
        person, owed = self.person_of(seen), self.owed(seen)
        if person and owed is not Owed.NOTHING:
            self.discrimination.met(str(seen.service), person)
            refusal = "" if owed is Owed.ACCEPT else owed.value
            self.discrimination.note(str(seen.service), person, refusal, right=as_demanded(seen, owed))

    def person_of(self, seen: Spoken) -> str:
        """On whom alone the answer depends, box or card; empty where something else decides, too."""
        if seen.service is Service.DEVICE_BOOT:
            return "" if self.owed(seen) is Owed.REFUSE else seen.box  # a station that was never issued
        if seen.service not in BY_CARD or seen.box not in self.booted:
            return ""
        occupied_or_missing = self.owed(seen) is Owed.REFUSE and seen.card in self.cards
        return "" if occupied_or_missing else seen.card or ""

    def _learn_skew(self, seen: Spoken) -> None:
        """How far the server's clock goes ahead of ours, by the latest time that it told; within the tolerance only."""
        told_ms = content.current_time_ms(seen.answered.canonical)
        ahead_ms = told_ms - seen.exchange.answered_at_ms if told_ms is not None else 0
        if told_ms is not None and abs(ahead_ms) <= self.pixit.time_tolerance_s * 1000:
            self.server_ahead_ms = ahead_ms

    def same_moment(self, told_ms: Any, at_ms: int, slack_ms: int) -> bool:
        """A moment that the server tells is one of ours, by the box's clock or by the server's own."""
        if not isinstance(told_ms, int | float):
            return False
        return abs(told_ms - at_ms) <= slack_ms or abs(told_ms - at_ms - self.server_ahead_ms) <= slack_ms

    def _learn_boot(self, seen: Spoken) -> None:
        self._learn_skew(seen)
        if seen.accepted:
            self.booted.add(seen.box)
            self._booted_at[seen.box] = seen.station
            self.rejected.discard(seen.box)
        elif seen.outcome is Outcome.REFUSED:
            self.booted.discard(seen.box)
            if seen.readable:  # by its status; an HTTP 4xx says nothing of the registration
                self.rejected.add(seen.box)
        if seen.arrived:  # the box was off: a server may have closed what ran on it, or not
            for running in [running for running in self.on_connector.values() if running.box == seen.box]:
                self._end(running, Stage.UNCLEAR)

    def _learn_start(self, seen: Spoken) -> None:
        place, owed = (seen.box, seen.connector or 0), self.owed(seen)
        if seen.status == ACCEPTED and seen.readable and seen.transaction is not None:
            opened = Transaction(seen.box, seen.connector, seen.transaction, seen.card, seen)
            earlier = self.transactions.get((seen.box, seen.transaction))
            if earlier is not None and self.on_connector.get(place) is not earlier:
                self.reused.add((seen.box, seen.transaction))
            self.transactions[(seen.box, seen.transaction)] = opened
            self.on_connector[place] = opened
            self.ending.discard(place)
            self.unclear.pop(place, None)
        elif seen.outcome is not Outcome.REFUSED:
            self.unclear[place] = seen.card
            if seen.valid and owed in (Owed.ACCEPT, Owed.NOTHING):
                self.unclear_starts.append((seen.box, seen.exchange.at_ms))

    def _learn_stop(self, seen: Spoken) -> None:
        transaction = self.asked_about(seen)
        if transaction is None or not seen.arrived:
            return
        if seen.outcome is not Outcome.NO_ANSWER:
            self.ending.discard(transaction.place)
        whole = seen.valid and seen.card in (None, transaction.card)
        ended = seen.readable if whole else seen.accepted
        if not whole and seen.outcome is Outcome.REFUSED:
            return  # it runs on
        if transaction.stop is None or transaction.stage is Stage.UNCLEAR:
            transaction.stop = seen
        if transaction.stage is not Stage.OVER:
            self._end(transaction, Stage.OVER if ended else Stage.UNCLEAR)
        if ended:
            self._free_since_ns[transaction.place] = self._free_since_ns[transaction.card or ""] = seen.ended_ns

    def _end(self, transaction: Transaction, stage: Stage) -> None:
        transaction.stage = stage
        if self.on_connector.get(transaction.place) is transaction:
            del self.on_connector[transaction.place]
        if stage is Stage.OVER:
            self.unclear.pop(transaction.place, None)
        elif transaction.place not in self.on_connector:
            self.unclear[transaction.place] = transaction.card

    def learn_fact(self, fact: Fact) -> None:
        """From what was done on the operator's own surfaces, and from charges that ended."""
        if fact.what == "charging-ended" and "transaction" in fact.keys:
            self.ending.add((fact.keys["box"], int(fact.keys["connector"])))
        self._latest = None
        if fact.what != "surface-answered" or fact.values["answer"].get("refused"):
            return
        answer, arguments = fact.values["answer"], fact.values["arguments"]
        if fact.keys.get("verb") == "create_station" and answer.get("station"):
            self.created_stations.add(str(answer["station"]))
        elif fact.keys.get("verb") == "register_box" and arguments.get("box"):
            self.registered_later.setdefault(arguments["box"], arguments.get("station", ""))


class Strays:
    """Finds orders that came of starts which were refused, or which should have performed nothing (EVC-X10).

    An order is told by its box and the moment of its begin; orders of transactions that were opened as they should
    are none.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._refused: list[Spoken] = []
        self.lacking = ""  # why it could not be seen what came of a start

    def expect(self, refused: Spoken) -> None:
        """No order may come of this start."""
        if refused.service is Service.START_TRANS:
            self._refused.append(refused)

    def look(self, fact: Fact) -> Iterator[tuple[Spoken, Mapping[str, Any] | None]]:
        """Each start that was waiting for a look at the orders, with the order that came of it, or None.

        Left out are starts of which that cannot be seen.
        """
        orders = self._known.orders_in(fact)
        if orders is None or not self._refused:
            return
        refused, self._refused = self._refused, []
        opened = {running.id for running in self._known.transactions.values()}
        for start in refused:
            stray = next((order for order in orders if self._came_of(order, start)), None)
            unclear = unseen(orders, start.sender, start.connector, opened) if stray is None else ""
            self.lacking = unclear or self.lacking
            if not unclear:
                yield start, stray

    def _came_of(self, order: Mapping[str, Any], start: Spoken) -> bool:
        began = order.get("started_ms")
        if began is None or not self._known.same_moment(began, start.exchange.at_ms, SAME_MOMENT_MS):
            return False
        if order.get("box") not in (start.sender, None) or self._opened_as_it_should(order, began):
            return False
        return start.connector is None or order.get("connector") in (start.connector, None)

    def _opened_as_it_should(self, order: Mapping[str, Any], began_ms: int) -> bool:
        opened = self._known.transactions.values()
        unclear = self._known.unclear_starts
        if any(order.get("box") in (box, None) and self._begun_at(at_ms, began_ms) for box, at_ms in unclear):
            return True  # by a start of which nobody could tell from the answer whether it opened one
        if order.get("transaction_id") is not None:
            return any(str(running.id) == str(order["transaction_id"]) for running in opened)
        return any(
            order.get("box") in (running.box, None) and self._begun_at(running.start.exchange.at_ms, began_ms)
            for running in opened
        )

    def _begun_at(self, at_ms: int, began_ms: int) -> bool:
        return self._known.same_moment(began_ms, at_ms, SAME_MOMENT_MS)


def as_demanded(seen: Spoken, owed: Owed) -> bool:
    """The answer is the one that is owed; of a mere refusal the words are free (EVC-X17)."""
    if owed is Owed.ACCEPT:
        return seen.accepted
    return seen.outcome is Outcome.REFUSED if owed is Owed.REFUSE else said(seen, owed)


def said(seen: Spoken, owed: Owed) -> bool:
    """The answer carries the very status that is owed."""
    if not seen.readable:
        return False
    status = seen.status or ""
    return status == owed.value or (owed is Owed.REJECTED and status.lower() == "rejected")


def _orders_in(fact: Fact) -> list[dict[str, Any]] | None:
    """The orders that an "orders" surface answered with, in our words; None when it was another, or gave no list."""
    items = fact.values["answer"].get("items") if fact.keys.get("verb") == "orders" else None
    return [with_numbers(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else None
