"""The line from our parties to one server: how to call it, and how each call becomes a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulators.clock import Clock, monotonic_ns, wall_ns
from simulators.journal.records import Exchange, Fact, Record, WireError
from simulators.wire.client import Attempt, Endpoint, WireClient
from simulators.wire.stalls import Stalls

SILENCE_AFTER = 3  # unanswered requests in a row, after which a server is taken for silent
SILENT_LIMIT_S = 1.0  # what a silent server is given from then on, until it answers again


class Line:
    """Shared by the parties of one protocol that talk to one server.

    A server that never answers would cost the full limit at each request; after three in a row the limit falls to
    one second until an answer comes. ``stalls`` watches the loop where answers have a limit of the document's.
    """

    def __init__(
        self,
        protocol: str,
        peer: str,
        endpoint: Endpoint,
        limit_s: float,
        clock: Clock,
        journal_post: Callable[[Record], int],
        stalls: Stalls | None = None,
    ) -> None:
        self._stalls = stalls
        self.protocol, self.peer, self.endpoint = protocol, peer, endpoint
        self.journal_post = journal_post
        self.worst_lateness_ns = 0
        self._limit_s, self._clock = limit_s, clock
        self._unanswered = 0

    @property
    def limit_s(self) -> float:
        silent = self._unanswered >= SILENCE_AFTER
        return min(SILENT_LIMIT_S, self._limit_s) if silent else self._limit_s

    def close(self) -> None:
        """Nothing more is asked."""
        if self._stalls:
            self._stalls.end()

    def client(self) -> WireClient:
        """A new connection to be, kept alive between its requests."""
        return _LineClient(self)

    def note_answered(self, answered: bool) -> None:
        self._unanswered = 0 if answered else self._unanswered + 1

    def note_lateness(self, lateness_ns: int) -> None:
        """How late our own sender was: past a bound the run blames nobody."""
        self.worst_lateness_ns = max(self.worst_lateness_ns, lateness_ns)

    def post_fact(self, actor: str, what: str, keys: dict[str, str], values: dict[str, Any]) -> None:
        """Write down what one of our parties has just done."""
        self.journal_post(
            Fact(
                at_ms=self._clock.now_ms(),
                mono_ns=monotonic_ns(),
                wall_ns=wall_ns(),
                actor=actor,
                what=what,
                keys=keys,
                values=values,
            )
        )

    def exchange(
        self, attempt: Attempt, actor: str, operation: str, keys: dict[str, str], injected: str, lateness_ns: int
    ) -> Exchange:
        """The record of an attempt that has just ended."""
        now_ms = self._clock.now_ms()
        return Exchange(
            at_ms=now_ms - int(attempt.duration_ns * self._clock.rate) // 1_000_000,
            answered_at_ms=now_ms,
            intended_ns=attempt.sent_ns - lateness_ns,
            sent_ns=attempt.sent_ns,
            duration_ns=attempt.duration_ns,
            stalled_ns=self._stalled_ns(attempt),
            wall_ns=attempt.wall_ns,
            protocol=self.protocol,
            actor=actor,
            peer=self.peer,
            operation=operation,
            request=attempt.request,
            answer=attempt.answer,
            error=attempt.error,
            error_text=attempt.error_text,
            resent=attempt.resent,
            injected=injected,
            keys=keys,
        )

    def _stalled_ns(self, attempt: Attempt) -> int:
        ended_ns = attempt.sent_ns + attempt.duration_ns
        return self._stalls.within_ns(attempt.sent_ns, ended_ns) if self._stalls else 0


class _LineClient(WireClient):
    """A client that tells its line whether the server answers."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.endpoint, line.limit_s)
        self._line = line

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[Attempt]:
        self.limit_s = self._line.limit_s
        attempts = await super().send(method, path, headers, body)
        self._line.note_answered(attempts[-1].error is not WireError.TIMEOUT)
        return attempts
