"""The bench of the Beijing platform: its rules, and what they know."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bench import Bench, rules_in
from conformance.finding import Finding, Observation
from conformance.rules.beijing import (
    auth_policy,
    bonus,
    calls,
    charging,
    clocks,
    envelope,
    link,
    order_of_messages,
    orders,
    reconciliation,
    refreshes,
    refusals,
    repeats,
    response_times,
    start_method,
    starting,
    states_asked,
    station_status,
    stations,
    statistics,
    stopping,
    token,
)
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.keys_at_odds import KeysAtOdds
from conformance.rules.beijing.known import Known, Pixit
from conformance.rules.beijing.questions import CITY, UNDERSTOOD, is_understood
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.evchong.bench import SERVICES as BOX_SERVICES
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from conformance.rules.rule import Rule
from simulators.beijing.mind import Ret
from simulators.journal.records import Exchange, Fact

SECTIONS = (
    envelope,
    refusals,
    calls,
    token,
    response_times,
    stations,
    station_status,
    states_asked,
    statistics,
    auth_policy,
    starting,
    charging,
    stopping,
    order_of_messages,
    start_method,
    bonus,
    orders,
    repeats,
    refreshes,
    reconciliation,
)


def rule_classes() -> list[type[Rule]]:
    """Every rule of the city's interfaces, in the order of the sections."""
    return rules_in(SECTIONS)


class BeijingBench(Bench):
    """Reads exchanges with the city in the target's readings; overhears charge boxes and chargers for the truth."""

    protocol = "beijing"
    overhears = frozenset({"evchong", link.PROTOCOL})

    def __init__(self, pixit: Pixit) -> None:
        self.known = Known(pixit)
        self._taken: set[tuple[str, str]] = set()  # interfaces that took a right question
        self._heard = False  # an answer, or a push
        self._unanswered = ""  # why the first question was not answered
        self._keys = KeysAtOdds(self.known)
        super().__init__(rule(self.known) for rule in rule_classes())
        followers = (rule for rule in self._rules if isinstance(rule, CityRule) and rule.follows_link)
        self._on_link = [(rule, rule.linked) for rule in followers]

    def understand(self, exchange: Exchange) -> Spoken:
        return Spoken(exchange, self.known.dialect)

    def learn(self, seen: Spoken, exchange: Exchange) -> None:
        if exchange.resent:
            return
        self._listen(seen)
        if not seen.pushed:
            self._note_twins(seen, exchange.operation)
        self._keys.learn(seen)
        self.known.learn(seen)

    def _note_twins(self, seen: Spoken, asked: str) -> None:
        """A right question that was taken, at least understood, or even accepted: beside it a refusal counts."""
        if (asked, CITY) not in self._taken and is_understood(seen, self.known):
            self._taken.add((asked, UNDERSTOOD))
            if seen.ret == Ret.SUCCESS:
                self._taken.add((asked, CITY))
        if seen.succeeded:
            self._taken.add((asked, f"{CITY}, accepted"))

    def _listen(self, seen: Spoken) -> None:
        """Whether anybody is there: who pushes is, though the address of its interfaces may be a wrong one."""
        self._heard = self._heard or seen.pushed or seen.answered
        if not self._heard and not self._unanswered:  # later ones get less time
            never = "whole answer ever came" if seen.arrived else "connection was ever made"
            self._unanswered = f"no {never}: {seen.exchange.error_text}"

    def twins(self) -> set[tuple[str, str]]:
        return self._taken

    def unreachable(self) -> str:
        return "" if self._heard else self._unanswered

    def causes(self) -> dict[str, str]:
        return self._keys.causes() if self._heard else {}

    def understand_overheard(self, exchange: Exchange) -> BoxSpoken | None:
        if exchange.operation not in BOX_SERVICES or exchange.resent:
            return None
        boxes = self.known.pixit.boxes
        return BoxSpoken(exchange, boxes.codec, boxes.refusal)

    def learn_overheard(self, seen: BoxSpoken) -> None:
        self.known.overhear(seen)

    def overhear(self, exchange: Exchange) -> list[Finding]:
        if exchange.protocol != link.PROTOCOL:
            return super().overhear(exchange)
        self._seq = exchange.seq
        found, word = self.advance(exchange.at_ms), link.Word(exchange)
        self.known.hear(word)
        self._gather(found, self._on_link, word)
        return found

    def learn_fact(self, fact: Fact) -> None:
        self.known.learn_fact(fact)

    def discriminated(self) -> set[str]:
        return self.known.discriminated()

    def observations(self, seen: Spoken) -> Iterator[Observation]:
        sent = seen.sent
        for note in sent.observations if sent else ():
            yield Observation("CEC-ENV-j", note.text, seen.exchange.seq)
        if seen.pushed and (apart := clocks.difference(seen, self.known.pixit)):
            yield Observation("CEC-ENV-a", apart, seen.exchange.seq)


__all__ = ["BeijingBench", "Finding", "rule_classes"]
