"""What a rule is, and what it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from conformance.finding import Finding
from simulators.journal.records import Exchange, Fact


class Rule:
    """Judge of one requirement; an incremental monitor.

    ``listens`` names what it is shown: operations of its protocol ("startTrans"), facts ("card-swiped"), or "*" for
    every exchange of the protocol. Time is told with ``advance`` before each record; ``finish`` is called once, and
    not at all for a journal that was broken off: what is missing there may have been on its way.
    """

    row: ClassVar[str]
    listens: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, known: Any) -> None:
        self.known = known

    def exchange(self, seen: Any) -> Iterator[Finding]:
        """An exchange of an operation that the rule listens to, as the protocol's reader understood it."""
        return iter(())

    def fact(self, fact: Fact) -> Iterator[Finding]:
        """A fact that the rule listens to."""
        return iter(())

    def advance(self, now_ms: int) -> Iterator[Finding]:
        """Protocol time has come so far; deadlines before it have passed."""
        return iter(())

    def finish(self) -> Iterator[Finding]:
        """The run is over."""
        return iter(())

    def good(self, case: str, expected: str, actual: str, *at: Exchange | Fact, **more: Any) -> Finding:
        """A finding that the case holds."""
        return Finding(
            self.row,
            case,
            True,
            expected,
            actual,
            (at[0].seq,) if len(at) == 1 else tuple([record.seq for record in at]),
            **more,
        )

    def bad(self, case: str, expected: str, actual: str, *at: Exchange | Fact, **more: Any) -> Finding:
        """A finding that the case is broken."""
        return Finding(
            self.row,
            case,
            False,
            expected,
            actual,
            (at[0].seq,) if len(at) == 1 else tuple([record.seq for record in at]),
            **more,
        )

    def judge(self, ok: bool, case: str, expected: str, actual: str, *at: Exchange | Fact, **more: Any) -> Finding:
        """A finding that goes by ``ok``."""
        return (self.good if ok else self.bad)(case, expected, actual, *at, **more)
