"""A bench: the rules of one protocol over one world, each shown what it listens to."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.finding import Finding, Observation
from conformance.rules.rule import Rule
from simulators.journal.records import Exchange, Fact


@dataclass(frozen=True, slots=True)
class Crash:
    """A rule that failed itself: the run is invalid, nobody else is to blame."""

    row: str
    seq: int
    trace: str


class Bench:
    """Shows records to rules. A protocol says how an exchange is understood, and what is learnt from it."""

    protocol: str

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = list(rules)
        self._by_key: dict[str, list[Rule]] = {}
        for rule in self._rules:
            for key in rule.listens:
                self._by_key.setdefault(str(key), []).append(rule)
        self._clockwork = [rule for rule in self._rules if type(rule).advance is not Rule.advance]
        self._now_ms = 0
        self._seq = 0
        self.crashes: list[Crash] = []
        self.latest: Any = None  # the exchange judged last, as understood

    # What a protocol adds

    def understand(self, exchange: Exchange) -> Any:
        """The exchange as the rules of this protocol see it."""
        raise NotImplementedError

    def learn(self, seen: Any, exchange: Exchange) -> None:
        """Take in an exchange after it was judged."""

    def learn_fact(self, fact: Fact) -> None:
        """Take in a fact after it was judged."""

    def discriminated(self) -> set[str]:
        """Services that were seen to discriminate."""
        return set()

    def twins(self) -> set[tuple[str, str]]:
        """(service, party) of which a valid request was accepted."""
        return set()

    def observations(self, seen: Any) -> Iterator[Observation]:
        """What is worth a remark."""
        return iter(())

    def unreachable(self) -> str:
        """Why no connection was ever made, empty when one was."""
        return ""

    # Judging

    # Findings are gathered in lists: a generator around each rule's own costs as much as the rules themselves.

    def exchange(self, exchange: Exchange) -> list[Finding]:
        """Judge one exchange of this protocol."""
        self._seq = exchange.seq
        found = self.advance(exchange.at_ms)
        seen = self.latest = self.understand(exchange)
        if not exchange.resent:
            for rule in self._by_key.get(exchange.operation, ()):
                try:  # as in _gather, without its call: this line is the judge's busiest
                    found.extend(rule.exchange(seen))
                except Exception:  # our own code, see _gather
                    self._crashed(rule)
        self.learn(seen, exchange)
        return found

    def fact(self, fact: Fact) -> list[Finding]:
        """Judge one fact."""
        self._seq = fact.seq
        found = self.advance(fact.at_ms)
        for rule in self._by_key.get(fact.what, ()):
            self._gather(found, rule, rule.fact, fact)
        self.learn_fact(fact)
        return found

    def advance(self, now_ms: int) -> list[Finding]:
        """Let time pass for the rules with deadlines."""
        found: list[Finding] = []
        if now_ms > self._now_ms:
            self._now_ms = now_ms
            for rule in self._clockwork:
                self._gather(found, rule, rule.advance, now_ms)
        return found

    def finish(self) -> list[Finding]:
        """The run ended as it should."""
        found: list[Finding] = []
        for rule in self._rules:
            self._gather(found, rule, rule.finish)
        return found

    def _gather(self, found: list[Finding], rule: Rule, judge: Callable[..., Iterable[Finding]], *what: Any) -> None:
        try:
            found.extend(judge(*what))  # what a rule found before it broke is kept
        except Exception:  # our own code: the run becomes invalid, with the traceback, and the other rules go on
            self._crashed(rule)

    def _crashed(self, rule: Rule) -> None:
        self.crashes.append(Crash(rule.row, self._seq, traceback.format_exc()))
