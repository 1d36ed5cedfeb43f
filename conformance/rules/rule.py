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
    lacking: str = ""  # what a surface (or the PIXIT) did not tell, or not readably, so that something is not judged

    def __init__(self, known: Any) -> None:
        self.known = known

    def exchange(self, seen: Any) -> Iterator[Finding]:
        """An exchange of an operation that the rule listens to, as the protocol's reader understood it."""
        return iter(())

    def fact(self, fact: Fact) -> Iterator[Finding]:
        """A fact that the rule listens to."""
        return iter(())

    def overheard(self, seen: Any) -> Iterator[Finding]:
        """An exchange of another protocol that this rule's bench overhears; what it means is known already."""
        return iter(())

    def advance(self, now_ms: int) -> Iterator[Finding]:
        """Protocol time has come so far; deadlines before it have passed."""
        return iter(())

    def settled(self) -> Iterator[Finding]:
        """Nothing is on its way: whatever was asked so far is answered, or will never be."""
        return iter(())

    def finish(self) -> Iterator[Finding]:
        """The run is over."""
        return iter(())

    # Good findings are by far the most, a dozen of one exchange, nearly all of one record: hence no call from ``good``
    # to ``judge``, and the short way to a tuple of one.

    def good(
        self,
        case: str,
        expected: str,
        actual: str,
        *at: Exchange | Fact,
        path: str = "",
        twin: tuple[str, str] | None = None,
    ) -> Finding:
        """A finding that the case holds."""
        seqs = (at[0].seq,) if len(at) == 1 else tuple([record.seq for record in at])
        return Finding(self.row, case, True, expected, actual, seqs, path, twin)

    def bad(self, case: str, expected: str, actual: str, *at: Exchange | Fact, path: str = "") -> Finding:
        """A finding that the case is broken."""
        return self.judge(False, case, expected, actual, *at, path=path)

    def judge(
        self,
        ok: bool,
        case: str,
        expected: str,
        actual: str,
        *at: Exchange | Fact,
        path: str = "",
        twin: tuple[str, str] | None = None,
    ) -> Finding:
        """A finding that goes by ``ok``."""
        seqs = (at[0].seq,) if len(at) == 1 else tuple([record.seq for record in at])
        return Finding(self.row, case, ok, expected, actual, seqs, path, twin)
