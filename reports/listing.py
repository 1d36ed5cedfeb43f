"""The ledger and a plan in words: what a row is judged on and by what, what a check would do and what it leaves out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.asked import Asked
from conformance.requirements.ledger import Requirement, ledger
from conformance.rules.rule import Rule
from conformance.scenario import Scenario, scenarios_of
from conformance.staging import Stage
from conformance.telling import clause
from reports.progress import section_of
from reports.terminal import INDENT, plain_pairs
from simulators.lab import kin

Mutants = Mapping[str, list[tuple[str, tuple[str, ...]]]]


def listing() -> list[dict[str, Any]]:
    """Every row with its rules, scenarios and mutants; ``reason`` says why one has none of them."""
    rules, scenarios, mutants = rules_by_row(), scenarios_by_row(), kin.breaking()
    return [
        {
            "id": row.id,
            "clause": row.clause,
            "level": row.level,
            "party": row.party,
            "text": row.text,
            "cases": list(row.cases),
            "rules": [f"{rule.__module__}.{rule.__name__}" for rule in rules.get(row.id, ())],
            "scenarios": [scenario.name for scenario in scenarios.get(row.id, ())],
            "mutants": [name for name, _ in mutants.get(row.id, ())],
            "reason": _reason(row, rules, scenarios, mutants),
        }
        for row in ledger().values()
    ]


def _reason(
    row: Requirement, rules: Mapping[str, Any], scenarios: Mapping[str, Any], mutants: Mapping[str, Any]
) -> str:
    reasons = []
    if row.judged_by != "check":
        reasons.append(f"judged by `chargeproof {row.judged_by}`")
    if row.id not in rules:
        reasons.append("no rule yet")
    if row.id not in scenarios:
        reasons.append("no scenario is only for it")
    if row.id not in mutants:
        reasons.append("no mutant" if row.party == "S" else "a duty of the box: no server can break it")
    return "; ".join(reasons)


def rules_by_row() -> dict[str, list[type[Rule]]]:
    """The rules of every protocol, by the row that they judge."""
    from conformance.rules.evchong.bench import rule_classes

    found: dict[str, list[type[Rule]]] = {}
    for rule in rule_classes():
        found.setdefault(rule.row, []).append(rule)
    return found


def scenarios_by_row() -> dict[str, list[Scenario]]:
    """The scenarios of every protocol, by the rows that they are for."""
    found: dict[str, list[Scenario]] = {}
    for protocol in dict.fromkeys(row.protocol for row in ledger().values()):
        for scenario in scenarios_of(protocol):
            for row in scenario.rows:
                found.setdefault(row, []).append(scenario)
    return found


def explain(row: Requirement, console: Console) -> None:
    """Everything about one row."""
    parties = {"S": "the server", "B": "the charge box (ours, in every run)", "P": "the platform"}
    levels = {"M": "M, demanded", "R": "R, recommended", "D": "D, derived: what a user would expect"}
    console.print(Text.assemble((row.id, "bold"), "  ", row.text))
    pairs = [("clause", clause(row)), ("level", levels[row.level]), ("party", parties[row.party])]
    pairs += [("judged by", f"chargeproof {row.judged_by}"), ("cases", ", ".join(row.cases))]
    if row.leans:
        pairs.append(("leans on", f"{', '.join(row.leans)}: must be seen to answer differently where that is demanded"))
    if row.surface:
        pairs.append(("needs", f"[surfaces.{row.surface}] of the target"))
    for rule in rules_by_row().get(row.id, ()):
        pairs.append(("rule", f"{rule.__name__}: {inspect.cleandoc(rule.__doc__ or '')}"))
    for scenario in scenarios_by_row().get(row.id, ()):
        pairs.append(("scenario", f"{scenario.name}: {scenario.told}"))
    for name, cases in kin.breaking().get(row.id, ()):
        pairs.append(("mutant", f"{name}: {', '.join(cases)}"))
    console.print(plain_pairs(pairs))


def plan(asked: Asked, stage: Stage, scenarios: Sequence[Scenario], console: Console) -> None:
    """What a check would do; nothing is sent."""
    target, clock = stage.target, stage.target.pixit.clock.kind
    allowed = [scenario for scenario in scenarios if scenario.effects <= target.effects]
    for section, group in groupby(allowed, key=lambda scenario: section_of(scenario.name)):
        console.print(Text(f"\n{section}", style="bold"))
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(ratio=1, overflow="fold")
        table.add_column(no_wrap=True)
        table.add_column(justify="right", min_width=6, no_wrap=True)
        for scenario in group:
            takes = f"{scenario.seconds} s" if scenario.seconds else ""
            table.add_row(_title(scenario), ", ".join(sorted(scenario.effects)), takes)
        console.print(Padding(table, INDENT))
    left_out = [scenario for scenario in scenarios if scenario not in allowed]
    if left_out:
        console.print(Text(f"\nLeft out, as [target] effects of {target.name} does not allow it", style="bold"))
    for scenario in left_out:
        forbidden = ", ".join(sorted(scenario.effects - target.effects))
        told = f"{section_of(scenario.name)}: {_title(scenario)}: {forbidden} ({', '.join(scenario.rows)})"
        console.print(Padding(told, INDENT, expand=False))
    seconds = sum(scenario.seconds for scenario in allowed)
    console.print()
    console.print(
        plain_pairs([
            ("target", f"{target.name}{f' as {asked.sut}' if asked.sut else ''} at {_where(stage)}"),
            ("allowed", ", ".join(sorted(target.effects))),
            ("scenarios", f"{len(allowed)} of {len(scenarios)}"),
            ("clock", _clock(clock, seconds, asked)),
        ])
    )  # fmt: skip
    console.print("Nothing was sent.")


def _clock(kind: str, seconds: int, asked: Asked) -> str:
    if kind == "stepped":
        return f"stepped: {seconds} s of protocol time pass at once"
    late = "; what does not fit is left open as needs-time" if seconds > asked.within_s else ""
    return f"{kind}: {seconds} s of protocol time, --for {asked.within}{late}"


def _where(stage: Stage) -> str:
    start = stage.sut or stage.target.start
    if isinstance(start, str):
        return "a port of our own"
    evchong = stage.target.pixit.evchong
    return (evchong.base_url if evchong else None) or "?"


def _title(scenario: Scenario) -> str:
    return scenario.name.partition("::")[2].removeprefix("test_").replace("_", " ")
