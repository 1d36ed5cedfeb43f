"""What each connector was in the last few seconds: who is asked amid a change may tell either side of it."""

from __future__ import annotations

from conformance.rules.beijing.connectors import OFFLINE, Connectors, Place
from conformance.rules.beijing.link import Word
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import Status

Lawful = frozenset[Status]


class Lately:
    """Remembers what was so before each change. ``tolerance_ms``: for how long a server may still be learning it."""

    def __init__(self, connectors: Connectors, tolerance_ms: int) -> None:
        self._connectors, self._tolerance_ms = connectors, tolerance_ms
        self._latest: dict[Place, Lawful] = {}
        self._before: dict[Place, list[tuple[int, Lawful]]] = {}  # when it ceased to be so
        self._heard_ms: dict[str, int] = {}

    def may_be(self, place: Place, from_ms: int, to_ms: int) -> Lawful | None:
        """All that may be told of a connector by who was asked between two moments; None where it cannot be said."""
        known = [self._connectors.lawful(place, moment_ms) for moment_ms in (from_ms, to_ms)]
        ceased = [was for ceased_ms, was in self._before.get(place, ()) if ceased_ms + self._tolerance_ms >= from_ms]
        stands = [each for each in known if each is not None]
        return frozenset().union(*stands, *ceased) if len(stands) == len(known) else None

    def overhear(self, seen: BoxSpoken) -> None:
        """From one exchange of a charge box, after it was learnt."""
        now_ms, box = seen.exchange.answered_at_ms, seen.box
        silent_ms = now_ms - self._heard_ms.get(box, now_ms)
        for place in self._connectors.of(box):
            was = self._latest.get(place)
            if silent_ms > self._connectors.interval_ms(box):
                was = (was or frozenset()) | OFFLINE
            self._look(place, now_ms, was)
        self._heard_ms[box] = now_ms

    def hear(self, word: Word) -> None:
        """From one word of a charger, after it was learnt."""
        for place in self._connectors.of(word.socket):
            self._look(place, word.exchange.answered_at_ms, self._latest.get(place))

    def _look(self, place: Place, now_ms: int, was: Lawful | None) -> None:
        stands = self._connectors.lawful(place, now_ms)
        if was is not None and was != stands:
            self._note(place, now_ms, was)
        if stands is not None:
            self._latest[place] = stands

    def _note(self, place: Place, now_ms: int, was: Lawful) -> None:
        recent = [each for each in self._before.get(place, ()) if each[0] + 2 * self._tolerance_ms >= now_ms]
        self._before[place] = [*recent, (now_ms, was)]
