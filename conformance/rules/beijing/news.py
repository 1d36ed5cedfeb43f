"""What the city was told last of each connector, held against the truth.

A change of state is pushed at once (seed 1.1.2). So some time after a change, the tolerance of the PIXIT, what was told
last must be true. That is looked at in one moment, the latest that is allowed: what was overtaken until then need not
have been told, and whoever pushes every state in turn is right by chance only. A state that is pushed though it is not
so must be put right in the same time.

Refused or not, a push counts as told: that it is sent again is another row's (CEC-RES-a). One that cannot be read may
have been the one that was owed; whoever owns its form judges it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.discrimination import CHANCE_BY_ROUNDS, Round, chance_of
from conformance.rules.beijing.connectors import Connectors, Place
from conformance.rules.beijing.link import Word
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import Status
from simulators.journal.records import Exchange


@dataclass(frozen=True, slots=True)
class Told:
    """A state that was pushed, right or wrong."""

    status: int
    push: Exchange


@dataclass(frozen=True, slots=True)
class Looked:
    """A look at what the city was told of a connector, at the moment when it had to be true.

    ``became`` is what it may have been told. ``was``: what the connector was before, None where that is not known, or
    where nothing changed but what was told (``changed`` is False). ``cause``: None where a box fell silent.
    """

    place: Place
    became: frozenset[Status]
    was: frozenset[Status] | None
    changed: bool
    told: Told | None
    cause: Exchange | None
    right: bool


@dataclass(frozen=True, slots=True)
class _Due:
    """A look that is to be taken."""

    at_ms: int
    became: frozenset[Status]
    was: frozenset[Status] | None
    changed: bool
    cause: Exchange | None


@dataclass(slots=True)
class _Followed:
    """A connector: what it was for certain, what it may be now, and since when without a break."""

    certain: frozenset[Status]
    lawful: frozenset[Status]
    since_ms: dict[int, int]  # by status
    blamed: Told | None = None  # for this it was blamed already


class News:
    """Follows what every connector is and what is told of it. ``looks`` gives what came of it, as time passes."""

    def __init__(self, connectors: Connectors, places: Mapping[str, Place], tolerance_ms: int) -> None:
        self._connectors, self._places, self._tolerance_ms = connectors, places, tolerance_ms
        self._told: dict[Place, Told] = {}
        self._followed: dict[Place, _Followed] = {}
        self._due: dict[Place, _Due] = {}
        self._silences: list[tuple[int, str]] = []  # a heap: one moment for each box at which it may be offline
        self._watched: set[str] = set()  # the boxes in that heap
        self._latest: tuple[int, list[Looked]] = (0, [])
        self._heard: Counter[tuple[Status, int | None]] = Counter()  # what was so after a change, and what was told

    # As time passes

    def looks(self, now_ms: int) -> list[Looked]:
        """What was seen since it was asked last; for the same moment, the same again: several rules ask."""
        if self._latest[0] != now_ms:
            self._latest = (now_ms, list(self._until(now_ms)))
        return self._latest[1]

    def _until(self, now_ms: int) -> Iterator[Looked]:
        while self._silences and self._silences[0][0] <= now_ms:
            expected_ms, box = heapq.heappop(self._silences)
            self._watched.discard(box)
            offline_ms = self._connectors.goes_offline_ms(box)
            if offline_ms is not None and offline_ms > expected_ms:
                self._watch(box)  # it has spoken since
            elif offline_ms is not None:
                yield from self._looked_before(offline_ms)
                for place in self._connectors.of(box):
                    self._consider(place, self._connectors.doubtful_from_ms(box), offline_ms, None)
        yield from self._looked_before(now_ms)

    def _watch(self, box: str) -> None:
        offline_ms = self._connectors.goes_offline_ms(box)
        if offline_ms is not None and box not in self._watched and self._connectors.of(box):
            self._watched.add(box)
            heapq.heappush(self._silences, (offline_ms, box))

    def _looked_before(self, now_ms: int) -> Iterator[Looked]:
        for place in [place for place, due in self._due.items() if due.at_ms < now_ms]:
            due = self._due.pop(place)
            if looked := self._look(place, due):
                yield looked

    def _look(self, place: Place, due: _Due) -> Looked | None:
        lawful = self._connectors.lawful(place, due.at_ms)
        if lawful is None:
            return None
        told = self._told.get(place)
        right = told is not None and told.status in lawful
        if due.changed and lawful == due.became and len(lawful) == 1:
            self._heard[(next(iter(lawful)), told.status if told else None)] += 1
        if right and not (due.changed and lawful == due.became and self._is_news(place, told)):
            return None  # true, but nobody was told of this change: it was so before, or is being undone
        if not right:
            self._followed[place].blamed = told
        return Looked(place, lawful, due.was, due.changed, told, due.cause, right)

    def _is_news(self, place: Place, told: Told | None) -> bool:
        """It was told after it had come to be so."""
        since_ms = self._followed[place].since_ms.get(told.status) if told else None
        return told is not None and since_ms is not None and told.push.at_ms >= since_ms

    # What is so

    def stands_since_ms(self, place: Place) -> int | None:
        """Since when a connector is all that it may be now; None where nobody can say what that is."""
        followed = self._followed.get(place)
        return max(followed.since_ms.values()) if followed else None

    def overhear(self, seen: BoxSpoken) -> None:
        """A charge box has said something, and what follows is known."""
        for place in self._connectors.of(seen.box):
            self._consider(place, seen.exchange.at_ms, seen.exchange.answered_at_ms, seen.exchange)
        self._watch(seen.box)

    def hear(self, word: Word) -> None:
        """A charger has said something, and what follows is known."""
        for place in self._connectors.of(word.socket):
            self._consider(place, word.exchange.at_ms, word.exchange.answered_at_ms, word.exchange)

    def _consider(self, place: Place, from_ms: int, at_ms: int, cause: Exchange | None) -> None:
        """The connector may have come to stand otherwise between two moments."""
        lawful, before = self._connectors.lawful(place, at_ms), self._followed.get(place)
        if lawful is None:
            self._followed.pop(place, None)
            self._due.pop(place, None)
            return
        told, was = self._told.get(place), before.certain if before else None
        if before is not None and before.lawful == lawful:
            if told is not None and told.status not in lawful and told is not before.blamed and place not in self._due:
                self._put_off(place, lawful, at_ms, cause)  # it was true, as it seemed, while the box was not heard
            return
        since_ms: dict[int, int] = dict.fromkeys(lawful, from_ms)
        if before is not None:
            since_ms |= {status: earlier_ms for status, earlier_ms in before.since_ms.items() if status in lawful}
        changed = lawful.isdisjoint(was) if was is not None else told is not None and told.status not in lawful
        certain = lawful & was if was is not None and not changed else lawful
        self._followed[place] = _Followed(certain, lawful, since_ms)
        if changed:
            self._due[place] = _Due(at_ms + self._tolerance_ms, lawful, was, True, cause)
        elif told is not None and told.status not in lawful:
            self._put_off(place, lawful, at_ms, cause)

    def _put_off(self, place: Place, lawful: frozenset[Status], at_ms: int, cause: Exchange | None) -> None:
        """What may be told is less than before, or something else beside it; and what was told is none of it."""
        due = self._due.get(place)
        was, changed = (due.was, due.changed) if due else (None, False)
        self._due[place] = _Due(at_ms + self._tolerance_ms, lawful, was, changed, cause)

    # What is told

    def learn(self, seen: Spoken) -> None:
        """A state was pushed."""
        told = status_of(seen)
        if told is None:
            self.excuse()
            return
        place, at_ms = self._places.get(told[0]), seen.exchange.at_ms
        if place is None:
            return
        self._told[place] = Told(told[1], seen.exchange)
        lawful = self._connectors.lawful(place, at_ms)
        if lawful is not None and told[1] not in lawful and place not in self._due:
            self._due[place] = _Due(at_ms + self._tolerance_ms, lawful, None, False, None)

    def excuse(self) -> None:
        """Of what was due until now nobody can say whether it could be told, or was."""
        self._due.clear()
        self._told.clear()

    # Whether it is knowledge

    def discriminates(self) -> bool:
        """What was told after changes follows what was so, and not chance: for one of the states at least."""
        return any(self._chance(status) < CHANCE_BY_ROUNDS / len(Status) for status in Status)

    def _chance(self, status: Status) -> float:
        so = sum(count for (was, _), count in self._heard.items() if was is status)
        told = self._heard[(status, status.value)]
        otherwise = sum(count for (was, _), count in self._heard.items() if was is not status)
        wrongly = sum(count for (was, said), count in self._heard.items() if was is not status and said == status)
        return chance_of([Round(so, told, otherwise, otherwise - wrongly)])


def status_of(seen: Spoken) -> tuple[str, int] | None:
    """ConnectorID and Status of a notification_stationStatus; None where they cannot be read."""
    told = (seen.asked or {}).get("ConnectorStatusInfo")
    if isinstance(told, list) and len(told) == 1:
        told = told[0]  # an object or a list is another row's affair
    if not isinstance(told, dict):
        return None
    connector, status = told.get("ConnectorID"), told.get("Status")
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)  # and so is a number in a string
    return (connector, status) if isinstance(connector, str) and type(status) is int else None
