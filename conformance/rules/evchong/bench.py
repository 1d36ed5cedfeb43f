"""The bench of EVCHONG: its rules, and what they know."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bench import Bench, rules_in
from conformance.finding import Finding, Observation
from conformance.rules.evchong import (
    authorize,
    boot,
    box,
    general,
    heartbeat,
    integration,
    meter_values,
    session,
    start_trans,
    status_notify,
    stop_trans,
)
from conformance.rules.evchong.known import Known, Pixit
from conformance.rules.evchong.overheard import KnownOfOthers
from conformance.rules.evchong.spoken import Spoken
from conformance.rules.rule import Rule
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Exchange, Fact

SERVICES = frozenset(str(service) for service in Service)
WITHOUT_FACTS = frozenset({"*", "(unknown method)", "surface-answered"})
EXAMPLE_HEARTBEAT_S = 10  # 1.3
SECTIONS = (
    general,
    boot,
    authorize,
    heartbeat,
    start_trans,
    meter_values,
    stop_trans,
    status_notify,
    integration,
    session,
    box,
)


def rule_classes() -> list[type[Rule]]:
    """Every rule of EVCHONG, in the order of the sections."""
    return rules_in(SECTIONS)


def needs_facts(rule: type[Rule]) -> bool:
    """Whether a rule must be told what was physically done, which nobody says of boxes that are not ours."""
    return not {str(key) for key in rule.listens} <= SERVICES | WITHOUT_FACTS


class EvchongBench(Bench):
    """Reads EVCHONG exchanges in the target's readings."""

    protocol = "evchong"

    def __init__(self, pixit: Pixit, unregistered: str = "") -> None:
        """``unregistered``: a serial that nobody registered, where boxes are judged that are not ours."""
        self.known = Known(pixit) if pixit.ours else KnownOfOthers(pixit, unregistered)
        super().__init__(rule(self.known) for rule in rule_classes() if pixit.ours or not needs_facts(rule))

    def understand(self, exchange: Exchange) -> Spoken | Exchange:
        if exchange.operation not in SERVICES:
            return exchange
        seen = Spoken(exchange, self.known.pixit.codec, self.known.pixit.refusal)
        if isinstance(self.known, KnownOfOthers):
            self.known.meet(seen)
        return seen

    def learn(self, seen: Spoken | Exchange, exchange: Exchange) -> None:
        self.known.learn_wire(exchange)
        if isinstance(seen, Spoken) and not exchange.resent:
            self.known.learn(seen)

    def fact(self, fact: Fact) -> list[Finding]:
        """Judge one fact; what a charger did that is known by its ConnectorID was done by no charge box."""
        return self.advance(fact.at_ms) if "socket" in fact.keys else super().fact(fact)

    def learn_fact(self, fact: Fact) -> None:
        self.known.learn_fact(fact)

    def discriminated(self) -> set[str]:
        return self.known.discriminated()

    def twins(self) -> set[tuple[str, str]]:
        return self.known.twins

    def unreachable(self) -> str:
        return "" if self.known.answered else self.known.unanswered

    def observations(self, seen: Spoken | Exchange) -> Iterator[Observation]:
        if not isinstance(seen, Spoken):
            return
        for note in seen.answered.observations:
            yield Observation(note.row, note.text, seen.exchange.seq)
        if seen.readable and seen.http_status != 200:
            yield Observation("EVC-X10", f"answered with HTTP {seen.http_status}", seen.exchange.seq)
        if seen.service is Service.DEVICE_BOOT and seen.accepted:
            told_s = content.heartbeat_interval_s(seen.answered.canonical)
            if told_s not in (None, EXAMPLE_HEARTBEAT_S):
                yield Observation("EVC-X11", f"a heartbeat interval of {told_s} s was told", seen.exchange.seq)
