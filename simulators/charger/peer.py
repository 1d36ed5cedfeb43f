"""A charger on the private link to its operator's server: its mind, its connection, and the journal that sees both.

The link belongs to no document and is not judged; what physically happened stands in the journal as facts.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable

from simulators.charger.body import Action, Did, Event, Told
from simulators.charger.mind import ChargerMind
from simulators.clock import Clock, NextMoment
from simulators.wire.client import WireClient
from simulators.wire.line import Line

EVENTS_PATH = "/private/chargers"
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class ChargerPeer:
    """Runs one mind. Its words leave one after the other; those that nobody took are kept for the next time."""

    def __init__(self, mind: ChargerMind, line: Line, clock: Clock) -> None:
        self.mind = mind
        self._line, self._clock = line, clock
        self._client: WireClient = line.client()
        self._waiting: deque[Told] = deque()
        self._next = NextMoment(clock, self._tick)
        self._speaking: asyncio.Task[None] | None = None
        self._broke: Exception | None = None

    @property
    def id(self) -> str:
        return self.mind.settings.id

    @property
    def name(self) -> str:
        return f"charger {self.id}"

    def act(self, actions: Iterable[Action]) -> None:
        """Carry out what the mind decided, then plan its next moment."""
        for action in actions:
            if isinstance(action, Did):
                self._line.post_fact(self.name, action.what, self._keys(action.order), action.values)
            else:
                self._waiting.append(action)
        self.speak()
        self._next.plan(self.mind.due_ms())

    def speak(self) -> None:
        """Tell what waits to be told."""
        if self._waiting and self._speaking is None:
            self._speaking = self._clock.spawn(self._deliver())

    async def settle(self) -> None:
        """Wait until the server was told everything. What broke in ourselves on the way comes out here."""
        while self._speaking is not None:
            await asyncio.wait([self._speaking])
        if self._broke is not None:
            raise self._broke

    def forget(self) -> None:
        """What could not be told so far is told no more."""
        self._waiting.clear()

    def close(self) -> None:
        """Nothing more happens; the connection is given up."""
        self.forget()
        self._next.cancel()
        self._client.close()

    def _tick(self) -> None:
        self.act(self.mind.tick(self._clock.now_ms()))

    # Words

    async def _deliver(self) -> None:
        try:
            while self._waiting and await self._send(self._waiting[0]):
                self._waiting.popleft()
        except Exception as broken:  # our own mistake: nobody waits for this task, so whoever settles must hear of it
            self._broke = broken
        finally:
            self._speaking = None

    async def _send(self, told: Told) -> bool:
        """Whether that is done with: somebody answered, or it is a sample, which is stale when it comes late."""
        body = json.dumps(told.document(self.id)).encode()
        attempts = await self._client.send("POST", EVENTS_PATH, HEADERS, body)
        for attempt in attempts:
            keys = self._keys(told.order)
            self._line.journal_post(self._line.exchange(attempt, self.name, told.event.value, keys, "", 0))
        return attempts[-1].answer is not None or told.event is Event.SAMPLE

    def _keys(self, order: str) -> dict[str, str]:
        return {"socket": self.id, "order": order} if order else {"socket": self.id}
