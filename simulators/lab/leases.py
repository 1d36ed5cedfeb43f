"""Who uses which box and card: nothing is lent twice at a time, and several labs never lend the same."""

from __future__ import annotations

from collections import deque

from simulators.lab.setting import LabError
from simulators.world.site import BoxRecord, Card, Site


class NothingToLend(LabError):
    """The site has no such box or card, or all are in use."""


class Leases:
    """Lends the boxes and cards of a site; of several labs, each lends every n-th."""

    def __init__(self, site: Site, part: int = 0, parts: int = 1) -> None:
        self._boxes = deque(site.boxes[part::parts])
        self._cards = deque(card for state in ("valid", "blocked", "expired") for card in _of(site, state)[part::parts])
        self._lent_boxes: set[str] = set()
        self._lent_cards: set[str] = set()

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
        for box in list(self._boxes):
            fits = (
                box.serial not in self._lent_boxes
                and (sockets is None or len(box.connectors) == sockets)
                and (meter is None or box.meter is meter)
                and box.station != other_station_than
                and box.heartbeat_interval_s > interval_above_s
                and (not own_numbering or box.connectors != list(range(1, len(box.connectors) + 1)))
            )
            if fits:
                self._boxes.remove(box)
                self._boxes.append(box)  # the next one asked gets another, as far as there are others
                self._lent_boxes.add(box.serial)
                return box
        wanted = ", ".join(
            words
            for words, given in (
                (f"{sockets} socket(s)", sockets is not None),
                ("a cumulative meter" if meter else "no cumulative meter", meter is not None),
                (f"a station other than {other_station_than}", bool(other_station_than)),
                ("connector numbers other than 1, 2, ...", own_numbering),
            )
            if given
        )
        raise NothingToLend(f"no free box with {wanted or 'any shape'}: name one more in [[pixit.evchong.box]]")

    def card(self, state: str = "valid") -> Card:
        """A card in that state that nobody uses. Raises NothingToLend when the site has none left."""
        for card in list(self._cards):
            if card.state == state and card.id_token not in self._lent_cards:
                self._cards.remove(card)
                self._cards.append(card)
                self._lent_cards.add(card.id_token)
                return card
        raise NothingToLend(f"no free {state} card: name one more in [[pixit.card]]")

    def release(self) -> None:
        """Everything comes back."""
        self._lent_boxes.clear()
        self._lent_cards.clear()


def _of(site: Site, state: str) -> list[Card]:
    return [card for card in site.cards if card.state == state]
