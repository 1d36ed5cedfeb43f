"""What the platform wanted: its starts and stops of charges, how they were answered, and which charge came of each.

A server may know the order under a name of its own on the private link. A charge there that nobody else's name tells is
then the one that the platform wanted last at that connector.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.rules.beijing.charges import ChargerCharge
from conformance.rules.beijing.link import START, STOP, Event, Word
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface
from simulators.journal.records import Fact
from simulators.world.city import Socket

if TYPE_CHECKING:
    from conformance.rules.beijing.known import Known

COMES_ABOUT_MS = 120_000  # no start is on its way for longer: twice and more the 50 s in which its result is due (5.9)


@dataclass(eq=False, slots=True)
class Wanted:
    """One order of the platform's that the server has accepted, from its start on."""

    number: str
    socket: Socket
    start: Spoken
    starts: list[Spoken] = field(default_factory=list)  # the same again
    failed: Fact | None = None  # the charger would not
    told_failed_ms: int | None = None
    stop: Spoken | None = None  # the first that was accepted
    commanded_ms: int | None = None  # when the charger heard that it should start
    stop_commanded_ms: int | None = None

    @property
    def asked_ms(self) -> int:
        return self.start.exchange.at_ms


class Orders:
    """All of a run, by StartChargeSeq."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.orders: dict[str, Wanted] = {}
        self.refused: dict[str, Spoken] = {}  # numbers of starts that were answered with no
        self._latest: dict[str, Wanted] = {}  # ConnectorID -> what was accepted there last
        self._named: dict[tuple[str, str], Wanted] = {}  # by the server's own names

    def behind(self, order: str, socket: Socket, now_ms: int) -> Wanted | None:
        """What the platform wanted that goes by that name on the link; None where it was somebody else's wish."""
        if not order:
            return None
        here = self.orders.get(order) or self._named.get((socket.id, order)) or self.coming(socket, now_ms)
        if here is not None:
            self._named[socket.id, order] = here
        return here

    def coming(self, socket: Socket, now_ms: int) -> Wanted | None:
        """What the platform wanted there last, as long as its charge may still be on its way."""
        latest = self._latest.get(socket.id)
        if latest is None or self._is_taken(latest):
            return None
        return latest if now_ms <= latest.starts[-1].exchange.answered_at_ms + COMES_ABOUT_MS else None

    def _is_taken(self, wanted: Wanted) -> bool:
        """A charge came of it, and it was not wanted again since."""
        charge = self._known.charges.by_number.get(wanted.number)
        return charge is not None and wanted.starts[-1].exchange.at_ms <= charge.began_ms

    # Learning

    def learn(self, seen: Spoken) -> None:
        """From a question of the platform's, and its answer."""
        asked = seen.asked or {}
        if seen.pushed or not seen.order:
            return
        if seen.interface is Interface.QUERY_START_CHARGE:
            socket = self._known.sockets.get(str(asked.get("ConnectorID")))
            if seen.succeeded and socket is not None:
                self._accepted(seen, socket)
            elif seen.answered and seen.order not in self.orders:
                self.refused[seen.order] = seen
        elif seen.interface is Interface.QUERY_STOP_CHARGE and seen.succeeded:
            self._stopped(seen)

    def _accepted(self, seen: Spoken, socket: Socket) -> None:
        wanted = self.orders.setdefault(seen.order, Wanted(seen.order, socket, seen))
        wanted.starts.append(seen)
        self._latest[socket.id] = wanted
        charge = self._known.charges.at_charger.get(socket.id)
        if charge is not None and not charge.number and charge.order and charge.began_ms >= seen.exchange.at_ms:
            self._known.charges.belongs(charge, seen.order)  # it was quicker than the answer

    def _stopped(self, seen: Spoken) -> None:
        wanted, charge = self.orders.get(seen.order), self._known.charges.by_number.get(seen.order)
        if wanted is not None:
            wanted.stop = wanted.stop or seen
        if isinstance(charge, ChargerCharge) and charge.running:
            charge.stop_wanted = True

    def learn_fact(self, fact: Fact) -> None:
        """A start came to nothing."""
        socket = self._known.sockets.get(fact.keys.get("socket", ""))
        if fact.what == "start-failed" and socket is not None:
            wanted = self.behind(fact.keys.get("order", ""), socket, fact.at_ms)
            if wanted is not None and wanted.failed is None:
                wanted.failed = fact

    def hear(self, word: Word) -> None:
        """When a charger was told what to do, and when it told that it will not."""
        socket = self._known.sockets.get(word.socket)
        if socket is None:
            return
        now_ms = word.exchange.answered_at_ms
        wanted = self.behind(word.order, socket, now_ms)
        if wanted is None:
            return
        if word.command == START:
            wanted.commanded_ms = wanted.commanded_ms or now_ms
        elif word.command == STOP:
            wanted.stop_commanded_ms = wanted.stop_commanded_ms or now_ms
        elif word.told is Event.START_FAILED and wanted.failed is not None:
            wanted.told_failed_ms = wanted.told_failed_ms or now_ms
