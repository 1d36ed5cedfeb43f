"""A proof in words: ``prove.json`` for machines, tables for people. Its shape is in ``schemas/harness/prove.json``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from conformance.proof.weighing import AS_IT_SHOULD_BE, LAWFUL, MUTANTS, Outcome, Result, Unexpected
from simulators.lab.kin import Kind

MOST_TROUBLE_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A whole proof, or one that was broken off. ``gaps``: what no mutant names, looked for in full proofs only."""

    run: str
    began: datetime
    duration_s: float
    selection: tuple[str, ...]
    sample: int | None
    seed: int
    workers: int
    complete: bool
    outcomes: tuple[Outcome, ...]
    gaps: tuple[str, ...]

    @property
    def as_it_should_be(self) -> bool:
        return self.complete and not self.gaps and all(outcome.as_it_should_be for outcome in self.outcomes)

    @property
    def totals(self) -> dict[str, int]:
        """Mutants are servers and boxes; one that is caught may have collateral all the same."""
        mutants = [outcome for outcome in self.outcomes if outcome.member.kind in MUTANTS]
        lawful = [outcome for outcome in self.outcomes if outcome.member.kind in LAWFUL]
        liars = [outcome for outcome in self.outcomes if outcome.member.kind is Kind.LIAR]
        return {
            "mutants": len(mutants),
            "caught": sum(outcome.caught for outcome in mutants),
            "missed": _count(mutants, Result.MISSED),
            "wrong_reason": _count(mutants, Result.WRONG_REASON),
            "collateral": sum(bool(outcome.collateral) for outcome in mutants),
            "stale_also": sum(bool(outcome.stale) for outcome in mutants),
            "lawful_variants": len(lawful),
            "false_alarms": _count(lawful, Result.FALSE_ALARM),
            "liars": len(liars),
            "liar_passes": sum(len(outcome.passes) for outcome in liars),
            "errors": _count(self.outcomes, Result.ERROR),
            "gaps": len(self.gaps),
        }


def _count(outcomes: Sequence[Outcome], result: Result) -> int:
    return sum(outcome.result is result for outcome in outcomes)


def document(proof: Proof) -> dict[str, Any]:
    """Everything that is known of the proof."""
    return {
        "run": proof.run,
        "began": proof.began.isoformat(timespec="milliseconds"),
        "duration_s": proof.duration_s,
        "complete": proof.complete,
        "as_it_should_be": proof.as_it_should_be,
        "selection": list(proof.selection),
        "sample": proof.sample,
        "seed": proof.seed,
        "workers": proof.workers,
        "totals": proof.totals,
        "gaps": list(proof.gaps),
        "rows": [_row(outcome) for outcome in proof.outcomes],
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    member = outcome.member
    return {
        "kind": str(member.kind),
        "name": member.name,
        "protocol": member.protocol,
        "breaks": member.breaks,
        "cases": list(member.cases),
        "also": dict(member.also),
        "result": str(outcome.result),
        "caught": outcome.caught,
        "verdict": outcome.verdict,
        "cases_seen": list(outcome.cases_seen),
        "collateral": list(outcome.collateral),
        "stale_also": list(outcome.stale),
        "passes": list(outcome.passes),
        "trouble": list(outcome.trouble),
        "unexpected": [asdict(unexpected) | {"at": list(unexpected.at)} for unexpected in outcome.unexpected],
        "scenarios": outcome.scenarios,
        "scenarios_of": outcome.of,
        "cpu_s": outcome.cpu_s,
        "duration_s": outcome.duration_s,
        "journal": "" if outcome.result in AS_IT_SHOULD_BE else f"journals/{member.name}.db",
    }


def print_proof(proof: Proof, console: Console) -> None:
    """The totals, then only what is not as it should be."""
    console.print("The suite, measured", _totals(proof), "", sep="\n")
    wrong = [outcome for outcome in proof.outcomes if not outcome.as_it_should_be]
    for outcome in wrong:
        console.print("\n".join(_in_words(outcome)), "", sep="\n", markup=False, highlight=False, soft_wrap=True)
    for gap in proof.gaps:
        console.print(f"gap  {gap}", soft_wrap=True, markup=False, highlight=False)
    console.print(_summary(proof), markup=False, highlight=False, soft_wrap=True)


def _totals(proof: Proof) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("what")
    table.add_column("number", justify="right")
    for name, number in proof.totals.items():
        table.add_row(name.replace("_", " "), str(number))
    return table


def _in_words(outcome: Outcome) -> Iterator[str]:
    """A server that is not as it should be: what was found, and what should have been."""
    member = outcome.member
    aim = f", breaks {member.breaks} {', '.join(member.cases)}" if member.breaks else ""
    yield f"{outcome.result}  {member.name} ({member.kind}{aim})"
    for unexpected in outcome.unexpected:
        yield f"  {unexpected.row} {unexpected.status}"
        yield from (f"    {label:<9} {text}" for label, text in _told(unexpected) if text)
    yield from (f"  {row} is declared in also=, and nothing bad was found" for row in outcome.stale)
    yield from (f"  the run is invalid: {_last_lines(trouble)}" for trouble in outcome.trouble)


def _told(unexpected: Unexpected) -> list[tuple[str, str]]:
    records = ", ".join(map(str, unexpected.at))
    told = [("case", unexpected.case), ("expected", unexpected.expected), ("actual", unexpected.actual)]
    return [*told, ("records", records)]


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-MOST_TROUBLE_LINES:])


def _summary(proof: Proof) -> str:
    cpu_s = sum(outcome.cpu_s for outcome in proof.outcomes)
    ended = "everything as it should be" if proof.as_it_should_be else "not everything as it should be"
    if not proof.complete:
        ended = "broken off"
    return (
        f"{len(proof.outcomes)} servers in {proof.duration_s:.0f} s, {cpu_s:.0f} CPU seconds, "
        f"{proof.workers} workers, seed {proof.seed}: {ended}"
    )
