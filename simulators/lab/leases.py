"""Who uses which box, charger and card: nothing is lent twice at a time, and several labs never lend the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from simulators.lab.setting import LabError
from simulators.world.city import Socket
from simulators.world.site import BoxRecord, Card, Site

TO_HAVE_CHARGERS = 'connectors without a box are such where [pixit.beijing] has chargers = "lab" and a charger_link'


class NothingToLend(LabError):
    """The site has no such box, charger or card, or all are in use."""


class Leases:
    """Lends the boxes and cards of a site, and the lab's own chargers; of several labs, each lends every n-th."""

    def __init__(self, site: Site, part: int = 0, parts: int = 1, *, chargers: Sequence[Socket] = ()) -> None:
        self._boxes = deque(site.boxes[part::parts])
        self._cards = deque(card for state in ("valid", "blocked", "expired") for card in _of(site, state)[part::parts])
        self._chargers = deque(chargers[part::parts])
        self._lent_boxes: set[str] = set()
        self._lent_chargers: set[str] = set()
        self._lent_cards: set[str] = set()
        self._parts = parts

    def box(
        self,
        *,
        sockets: int | None = None,
        meter: bool | None = None,
        other_station_than: str = "",
        interval_above_s: int = 0,
        own_numbering: bool = False,
    ) -> BoxRecord:
        """A registered box that nobody uses. Raises NothingToLend when the site has none such."""
        fitting = [
            box
            for box in self._boxes
            if (sockets is None or len(box.connectors) == sockets)
            and (meter is None or box.meter is meter)
            and box.station != other_station_than
            and box.heartbeat_interval_s > interval_above_s
            and (not own_numbering or box.connectors != list(range(1, len(box.connectors) + 1)))
        ]
        for box in fitting:
            if box.serial not in self._lent_boxes:
                self._boxes.remove(box)
                self._boxes.append(box)  # the next one asked gets another, as far as there are others
                self._lent_boxes.add(box.serial)
                return box
        shape = ", ".join(
            words
            for words, given in (
                (f"{sockets} socket(s)", sockets is not None),
                ("a cumulative meter" if meter else "no cumulative meter", meter is not None),
                (f"a station other than {other_station_than}", bool(other_station_than)),
                (f"heartbeat_interval_s above {interval_above_s}", interval_above_s > 0),
                ("connector numbers other than 1, 2, ...", own_numbering),
            )
            if given
        )
        wanted = f" with {shape}" if shape else ""
        raise self._too_few(len(fitting), f"box{wanted}", f"boxes{wanted}", "[[pixit.evchong.box]]")

    def charger(self, *, bonus: bool | None = None, equipment: str = "") -> Socket:
        """A charger of the lab's own that nobody uses. Raises NothingToLend when there is none such."""
        fitting = [
            socket
            for socket in self._chargers
            if (bonus is None or socket.bonus is bonus) and equipment in ("", socket.equipment)
        ]
        for socket in fitting:
            if socket.id not in self._lent_chargers:
                self._chargers.remove(socket)
                self._chargers.append(socket)
                self._lent_chargers.add(socket.id)
                return socket
        if not self._chargers:
            raise NothingToLend(f"the target has no charger of the lab's own: {TO_HAVE_CHARGERS}")
        shape = [f"at equipment {equipment}"] if equipment else []
        shape += [] if bonus is None else ["with bonus" if bonus else "without bonus"]
        words = " ".join(["of the lab's own", *shape])
        place = '[[pixit.beijing.connector]], without a box (pixit.beijing.chargers = "lab")'
        raise self._too_few(len(fitting), f"charger {words}", f"chargers {words}", place)

    def card(self, state: str = "valid") -> Card:
        """A card in that state that nobody uses. Raises NothingToLend when the site has none left."""
        fitting = [card for card in self._cards if card.state == state]
        for card in fitting:
            if card.id_token not in self._lent_cards:
                self._cards.remove(card)
                self._cards.append(card)
                self._lent_cards.add(card.id_token)
                return card
        raise self._too_few(len(fitting), f"{state} card", f"{state} cards", "[[pixit.card]]")

    def _too_few(self, there: int, one: str, several: str, table: str) -> NothingToLend:
        """All of them are in use, so it takes one more than there are."""
        share = f" for each of {self._parts} workers" if self._parts > 1 else ""
        if not there:
            return NothingToLend(f"the target has no {one}{share}: name one in {table}")
        return NothingToLend(
            f"needs {there + 1} {several} at once{share}, the target has {there}: name more in {table}"
        )

    def release(self) -> None:
        """Everything comes back."""
        self._lent_boxes.clear()
        self._lent_chargers.clear()
        self._lent_cards.clear()


def _of(site: Site, state: str) -> list[Card]:
    return [card for card in site.cards if card.state == state]
