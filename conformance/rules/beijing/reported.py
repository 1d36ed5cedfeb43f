"""What each of the lab's chargers is to the city, as far as the operator's server has been told on the private link.

A set of statuses, all of which may be told. What a charger did is a fact, and its server may know it as soon as it is
one; it must know it only once it has taken the word. In between either is lawful. A fault does not say whether the
charge goes on. A connector that was told to start is occupied, and reserved for whom it starts for (4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from conformance.rules.beijing.chargers import CHANGES
from conformance.rules.beijing.link import START, Event, Word
from simulators.beijing.messages import Status
from simulators.journal.records import Fact

TOLD: Mapping[Event, tuple[str, bool]] = {
    Event.PLUGGED: ("plugged", True),
    Event.UNPLUGGED: ("plugged", False),
    Event.FAULT: ("faulty", True),
    Event.CLEARED: ("faulty", False),
    Event.OFFLINE: ("online", False),
    Event.ONLINE: ("online", True),
    Event.STARTED: ("flows", True),
    Event.STOPPED: ("flows", False),
}


@dataclass(frozen=True, slots=True)
class State:
    """One charger at one moment."""

    online: bool = True
    faulty: bool = False
    plugged: bool = False
    flows: bool = False

    def statuses(self) -> frozenset[Status]:
        """As which the city may be told of it."""
        if not self.online:
            return frozenset({Status.OFFLINE})
        if self.faulty:
            return frozenset({Status.FAULT, Status.CHARGING} if self.flows else {Status.FAULT})
        if self.flows:
            return frozenset({Status.CHARGING})
        return frozenset({Status.OCCUPIED if self.plugged else Status.IDLE})


@dataclass(slots=True)
class _Followed:
    """``told``: as its words say; ``plug_told``: they have said whether a vehicle is there.

    ``is_so``: as the facts say; ``untold``: everything that it was since the two were the same. ``starting``: it was
    told to start, and has not said what came of it.
    """

    told: State = State()
    plug_told: bool = False
    is_so: State = State()
    untold: set[State] = field(default_factory=set)
    starting: bool = False


class Reported:
    """All of the lab's own chargers, by ConnectorID."""

    def __init__(self, chargers: Iterable[str]) -> None:
        self._chargers = {charger: _Followed() for charger in chargers}

    def __contains__(self, charger: str) -> bool:
        return charger in self._chargers

    def lawful(self, charger: str) -> frozenset[Status] | None:
        """What the city may be told of it now; None where its server has not been told whether it is plugged."""
        followed = self._chargers[charger]
        if not followed.plug_told:
            return None
        statuses = frozenset[Status]().union(*(state.statuses() for state in (followed.told, *followed.untold)))
        return statuses | {Status.RESERVED} if followed.starting and Status.OCCUPIED in statuses else statuses

    def is_plugged(self, charger: str) -> bool:
        """Whether a vehicle is there, as far as its server has been told."""
        return self._chargers[charger].told.plugged

    # Learning

    def learn_fact(self, fact: Fact) -> None:
        """Something was done to a charger, or it did something."""
        followed = self._chargers.get(fact.keys.get("socket", ""))
        if followed is not None and fact.what in CHANGES:
            name, value = CHANGES[fact.what]
            followed.is_so = replace(followed.is_so, **{name: value})
            followed.untold.add(followed.is_so)

    def hear(self, word: Word) -> None:
        """The server has taken a word. One that it may have taken, or not, is told again, and leaves room till then."""
        followed, event = self._chargers.get(word.socket), word.told
        if followed is None:
            return
        if word.command == START or event in (Event.STARTED, Event.START_FAILED):
            followed.starting = event is None
        if event is None or event not in TOLD:
            return
        name, value = TOLD[event]
        followed.told = replace(followed.told, **{name: value})
        followed.plug_told = followed.plug_told or name == "plugged"
        if followed.told == followed.is_so:
            followed.untold.clear()
