"""When boxes waited for answers, so that a slow server is not taken for a late box.

A box says one thing after the other on each of its lines: what comes due before the last answer is there stands in the
queue, and leaves with that answer. That is the server's doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.rules.blocks import Every, Gap, K
from conformance.rules.evchong.spoken import Spoken

AT_MOST_LATE_MS = 1000  # after the answer that it waited for
NEXT_IN_LINE_MS = 100  # so soon after an answer the next message follows that stood behind it


class Waits:
    """The latest time that each box spent waiting, from the first message to the last answer without a break."""

    def __init__(self) -> None:
        self._waited: dict[str, tuple[int, int]] = {}  # line, or box with lines of its own -> since, until
        self._line_of: dict[str, str] = {}

    def learn(self, seen: Spoken) -> None:
        """From an exchange, by whoever made it."""
        exchange = seen.exchange
        if exchange.answered_at_ms == exchange.at_ms:
            return  # an answer at once, or a clock that stands still meanwhile
        line = self._line_of[seen.sender] = line_of(seen)
        since_ms, until_ms = self._waited.get(line, (exchange.at_ms, exchange.at_ms))
        if exchange.at_ms > until_ms + NEXT_IN_LINE_MS:
            since_ms = exchange.at_ms
        self._waited[line] = (since_ms, max(until_ms, exchange.answered_at_ms))

    def held_up(self, box: str, due_ms: int, at_ms: int) -> bool:
        """What was due then had to wait, and may have done so until ``at_ms``."""
        return self._held_up(self._line_of.get(box, box), due_ms, at_ms)

    def _held_up(self, line: str, due_ms: int, at_ms: int) -> bool:
        if line not in self._waited:
            return False
        since_ms, until_ms = self._waited[line]
        return since_ms - NEXT_IN_LINE_MS <= due_ms <= until_ms and due_ms <= at_ms <= until_ms + AT_MOST_LATE_MS

    def late_ms(self, seen: Spoken, due_ms: int) -> int:
        """How long after its moment a box said something; what it waited for an answer does not count."""
        at_ms = seen.exchange.at_ms
        return 0 if self._held_up(line_of(seen), due_ms, at_ms) else at_ms - due_ms


def line_of(seen: Spoken) -> str:
    """The line that several boxes share, or the box whose own it is."""
    return seen.exchange.keys.get("line") or seen.sender


class Rhythm(Every[K]):
    """What a box says every so often. A beat that was held up counts as said when it was due."""

    def __init__(self, tolerance_ms: int, waits: Waits, box_of: Callable[[K], str]) -> None:
        super().__init__(tolerance_ms)
        self._waits, self._box_of = waits, box_of

    def said(self, key: K, seen: Spoken) -> Gap[K] | None:
        """A beat, in a message; gives the gap before it, None when no rhythm runs."""
        due_ms = self.due_ms(key)
        return None if due_ms is None else self.beat(key, due_ms + self._waits.late_ms(seen, due_ms))

    def missed(self, now_ms: int) -> Iterator[Gap[K]]:
        """Beats that are overdue, but for those that still stand in the queue."""
        for gap in super().missed(now_ms):
            due_ms, interval_ms = self._running[gap.key]
            if self._waits.held_up(self._box_of(gap.key), due_ms, now_ms):
                self.start(gap.key, gap.from_ms, interval_ms)
            else:
                yield gap
