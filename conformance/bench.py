"""A bench: the rules of one protocol over one world, each shown what it listens to."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import methodcaller
from types import ModuleType
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


Listener = tuple[Rule, Callable[[Any], Iterable[Finding]]]  # a rule, and its method that is shown something


class Bench:
    """Shows records to rules. A protocol says how an exchange is understood, and what is learnt from it."""

    protocol: str
    overhears: frozenset[str] = frozenset()  # protocols of other benches, whose exchanges tell this one the truth

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = list(rules)
        self._on_exchange: dict[str, list[Listener]] = {}
        self._on_fact: dict[str, list[Listener]] = {}
        for rule in self._rules:
            for key in rule.listens:
                self._on_exchange.setdefault(str(key), []).append((rule, rule.exchange))
                self._on_fact.setdefault(str(key), []).append((rule, rule.fact))
        self._overhearing = [(rule, rule.overheard) for rule in self._rules if _has_its_own("overheard", rule)]
        self._clockwork = [(rule, rule.advance) for rule in self._rules if _has_its_own("advance", rule)]
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

    def understand_overheard(self, exchange: Exchange) -> Any:
        """An exchange of another protocol as the rules of this one see it; None where it is of no interest."""

    def learn_overheard(self, seen: Any) -> None:
        """Take in an exchange of another protocol, before the rules are shown it."""

    def discriminated(self) -> set[str]:
        """Services that were seen to discriminate."""
        return set()

    def twins(self) -> set[tuple[str, str]]:
        """(service, party) of which a valid request was accepted."""
        return set()

    def lacking(self) -> dict[str, str]:
        """Rows of which something could not be judged, as a surface did not tell it readably, and what."""
        return {rule.row: rule.lacking for rule in self._rules if rule.lacking}

    def observations(self, seen: Any) -> Iterator[Observation]:
        """What is worth a remark."""
        return iter(())

    def unreachable(self) -> str:
        """Why not one request was ever answered, in a sentence; empty when one was."""
        return ""

    def causes(self) -> dict[str, str]:
        """What stands behind many open or failed rows, by its name, and what to mend; empty where it once went well."""
        return {}

    # Judging

    # Findings are gathered in lists: a generator around each rule's own costs as much as the rules themselves.

    def exchange(self, exchange: Exchange) -> list[Finding]:
        """Judge one exchange of this protocol."""
        self._seq = exchange.seq
        found = self.advance(exchange.at_ms)
        seen = self.latest = self.understand(exchange)
        if not exchange.resent:
            self._gather(found, self._on_exchange.get(exchange.operation, ()), seen)
        self.learn(seen, exchange)
        return found

    def overhear(self, exchange: Exchange) -> list[Finding]:
        """Take in an exchange of another protocol: the rules see what it means for theirs."""
        self._seq = exchange.seq
        found = self.advance(exchange.at_ms)
        seen = self.understand_overheard(exchange)
        if seen is not None:
            self.learn_overheard(seen)
            self._gather(found, self._overhearing, seen)
        return found

    def fact(self, fact: Fact) -> list[Finding]:
        """Judge one fact."""
        self._seq = fact.seq
        found = self.advance(fact.at_ms)
        self._gather(found, self._on_fact.get(fact.what, ()), fact)
        self.learn_fact(fact)
        return found

    def advance(self, now_ms: int) -> list[Finding]:
        """Let time pass for the rules with deadlines."""
        found: list[Finding] = []
        if now_ms > self._now_ms:
            self._now_ms = now_ms
            self._gather(found, self._clockwork, now_ms)
        return found

    def settled(self) -> list[Finding]:
        """A scenario has ended, and everybody rests."""
        return self._of_each(methodcaller("settled"))

    def finish(self) -> list[Finding]:
        """The run ended as it should."""
        return self._of_each(methodcaller("finish"))

    def _of_each(self, asked: Callable[[Rule], Iterable[Finding]]) -> list[Finding]:
        found: list[Finding] = []
        for rule in self._rules:
            self._gather(found, ((rule, asked),), rule)
        return found

    def _gather(self, found: list[Finding], listeners: Iterable[Listener], what: Any) -> None:
        for rule, judge in listeners:
            try:
                found.extend(judge(what))  # what a rule found before it broke is kept
            except Exception:  # our own code: the run becomes invalid, with the traceback, and the other rules go on
                self.crashes.append(Crash(rule.row, self._seq, traceback.format_exc()))


def _has_its_own(method: str, rule: Rule) -> bool:
    return getattr(type(rule), method) is not getattr(Rule, method)


def rules_in(sections: Iterable[ModuleType]) -> list[type[Rule]]:
    """The rules that these modules define, in their order."""
    return [
        thing
        for section in sections
        for thing in vars(section).values()
        if isinstance(thing, type)
        and issubclass(thing, Rule)
        and "row" in vars(thing)
        and thing.__module__ == section.__name__
    ]
