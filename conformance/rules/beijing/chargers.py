"""How each of the lab's chargers stands, by the facts, and whether the server has had the time to learn it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.rules.beijing.link import Word
from simulators.journal.records import Fact
from simulators.world.city import Socket


class Obstacle(StrEnum):
    """Why nothing can be started at a charger."""

    OFFLINE = "offline"
    FAULTY = "faulty"
    IN_USE = "in-use"
    NOT_PLUGGED = "not-plugged"  # which no document numbers: a server may try, and tell of the failure


@dataclass(slots=True)
class Stands:
    """One charger. ``changed_ms``: the latest change; ``sure``: as far as can be said the server heard of all of it."""

    online: bool = True
    faulty: bool = False
    plugged: bool = False
    flows: bool = False
    changed_ms: int = 0
    sure: bool = True

    def obstacles(self) -> list[Obstacle]:
        """All that stand against a start; none where one must succeed."""
        every = {
            Obstacle.OFFLINE: not self.online,
            Obstacle.FAULTY: self.faulty,
            Obstacle.IN_USE: self.flows,
            Obstacle.NOT_PLUGGED: not self.plugged,
        }
        return [obstacle for obstacle, is_there in every.items() if is_there]


CHANGES: Mapping[str, tuple[str, bool]] = {
    "plugged-in": ("plugged", True),
    "unplugged": ("plugged", False),
    "error-occurred": ("faulty", True),
    "error-cleared": ("faulty", False),
    "network-lost": ("online", False),
    "network-back": ("online", True),
    "charging-began": ("flows", True),
    "charging-ended": ("flows", False),
}


class Chargers:
    """All of the lab's own, by ConnectorID."""

    def __init__(self, sockets: Iterable[Socket]) -> None:
        self._by_socket = {socket.id: Stands() for socket in sockets if not socket.box}

    def settled(self, connector: str, now_ms: int, tolerance_ms: float) -> Stands | None:
        """How a charger stands, and has stood for so long that the server knows; None where that cannot be said."""
        stands = self._by_socket.get(connector)
        if stands is None or not stands.sure or now_ms - stands.changed_ms <= tolerance_ms:
            return None
        return stands

    def is_online(self, connector: str) -> bool:
        """Whether the charger's line to its operator is whole."""
        stands = self._by_socket.get(connector)
        return stands is None or stands.online

    def learn_fact(self, fact: Fact) -> None:
        """Something was done to a charger, or it did something."""
        stands = self._by_socket.get(fact.keys.get("socket", ""))
        if stands is not None and fact.what in CHANGES:
            name, value = CHANGES[fact.what]
            setattr(stands, name, value)
            stands.changed_ms = fact.at_ms

    def hear(self, word: Word) -> None:
        """A word that may have been lost leaves the server in the dark, until it hears the next."""
        stands = self._by_socket.get(word.socket)
        if stands is not None and not word.is_command:
            stands.sure = word.told is not None or (stands.sure and not word.unheard)
