"""The ledger and a plan in words: what a row is judged on and by what, what a check would do and what it leaves out."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.asked import Asked
from conformance.foresight import fit, foresee, lasting
from conformance.requirements.ledger import Requirement, ledger
from conformance.rules.rule import Rule
from conformance.scenario import Scenario, scenarios_of
from conformance.staging import Stage
from conformance.target_file import ReadingChoice
from conformance.telling import clause
from reports.progress import place_of, section_of
from reports.terminal import INDENT, plain_pairs
from simulators.lab import kin
from simulators.lab.surface_words import SURFACE_VERBS, AnswerField

DEEPER = (0, 0, 0, 4)
ELSEWHERE = {
    "load": "figures of a load run: judged by `chargeproof load`, which is still to come",
    "rehearse": "a rehearsal of the test phases: judged by the rehearsal console, which is still to come",
}  # why a row has no check
ADVISED_RATE = 20.0  # of faketime; a server's own time-outs shrink by as much
Mutants = Mapping[str, list[tuple[str, tuple[str, ...]]]]


def listing() -> list[dict[str, Any]]:
    """Every row with what judges it: rules, scenarios and mutants, or ``tests``; ``reason``: why one has nothing."""
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
            "tests": list(row.tests),
            "reason": _reason(row, rules, scenarios, mutants),
        }
        for row in ledger().values()
    ]


def _reason(
    row: Requirement, rules: Mapping[str, Any], scenarios: Mapping[str, Any], mutants: Mapping[str, Any]
) -> str:
    if row.tests:
        return ""
    if row.judged_by in ELSEWHERE:
        return ELSEWHERE[row.judged_by]
    reasons = []
    if row.id not in rules:
        reasons.append("no rule yet")
    if row.id not in scenarios:
        reasons.append("no scenario is only for it")
    if row.id not in mutants:
        reasons.append("no mutant" if row.party == "S" else "a duty of the box: no server can break it")
    return "; ".join(reasons)


def rules_by_row() -> dict[str, list[type[Rule]]]:
    """The rules of every protocol, by the row that they judge."""
    from conformance.rules.beijing import bench as beijing
    from conformance.rules.evchong import bench as evchong

    found: dict[str, list[type[Rule]]] = {}
    for rule in (*beijing.rule_classes(), *evchong.rule_classes()):
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
    parties = {
        "S": "the server",
        "B": "the charge box (ours, in every run)",
        "P": "the platform",
        "H": "people, with this suite",
    }
    levels = {"M": "M, demanded", "R": "R, recommended", "D": "D, derived: what a user would expect"}
    console.print(Text.assemble((row.id, "bold"), "  ", row.text))
    pairs = [("clause", clause(row)), ("level", levels[row.level]), ("party", parties[row.party])]
    pairs += [("judged by", row.judge.strip("`")), ("cases", ", ".join(row.cases))]
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
    pairs += [("test", name) for name in row.tests]
    console.print(plain_pairs(pairs))


def reading(row: str, choice: ReadingChoice, console: Console) -> None:
    """What a row of contradictions is read as, and how a target file chooses."""
    console.print(Text.assemble((row, "bold"), "  a reading: a clause that can be understood in more than one way"))
    others = [each for each in choice.alternatives if each != choice.default]
    pairs = [("default", choice.default), ("others", ", ".join(others))]
    pairs += [("chosen by", f'[readings] {row} = "{(others or [choice.default])[0]}" in the target file')]
    console.print(plain_pairs(pairs))
    console.print("No row of the ledger: nothing passes or fails by it. What the documents say: docs/contradictions.md")


def surfaces(console: Console) -> None:
    """What the target file may say under [surfaces]: each verb, what it is given, what it tells, who needs it."""
    needed: dict[str, list[str]] = {}
    for row in ledger().values():
        needed.setdefault(row.surface, []).append(row.id)
    for name, verb in SURFACE_VERBS.items():
        if verb.arguments is None:
            continue
        console.print(Text.assemble((f"[surfaces.{name}]", "bold"), f"  {verb.does}"))
        pairs = [("given", f"{{{argument}}}: {meaning}") for argument, meaning in verb.arguments.items()]
        pairs += [("tells", _told(field)) for field in verb.answer]
        pairs += [("for", ", ".join(needed[name]))] if name in needed else []
        console.print(plain_pairs(pairs))
    unused = [f"{name} ({verb.does})" for name, verb in SURFACE_VERBS.items() if verb.arguments is None]
    if unused:
        console.print(f"Known, and used by no scenario yet: {', '.join(unused)}.")
    console.print("By HTTP every template may name {base}, too. How to write a target file: docs/target-profile.md")


def _told(field: AnswerField) -> str:
    return f"{' or '.join(field.names)}{' (demanded)' if field.demanded else ''}: {field.meaning}"


def plan(asked: Asked, stage: Stage, scenarios: Sequence[Scenario], console: Console) -> None:
    """What a check would do; nothing is sent."""
    target, clock = stage.target, stage.target.pixit.clock.kind
    rows = {row.id for row in asked.rows(target)}
    scenarios = sorted(scenarios, key=lambda scenario: place_of(scenario.name))
    allowed = [scenario for scenario in scenarios if scenario.effects <= target.effects]
    foreseen = {scenario.name: foresee(stage, scenario) for scenario in allowed}
    for section, group in groupby(allowed, key=lambda scenario: section_of(scenario.name)):
        console.print(Text(f"\n{section}", style="bold"))
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(ratio=1, overflow="fold")
        table.add_column(no_wrap=True)
        table.add_column(justify="right", min_width=6, no_wrap=True)
        for scenario in group:
            seconds = foreseen[scenario.name].seconds
            table.add_row(_title(scenario), ", ".join(sorted(scenario.effects)), lasting(seconds) if seconds else "")
        console.print(Padding(table, INDENT))
    _left_out(
        f"Left out, as [target] effects of {target.name} does not allow it",
        [(each, ", ".join(sorted(each.effects - target.effects))) for each in scenarios if each not in allowed],
        rows,
        console,
    )
    _left_out(
        "Played only up to where something is missing in the target file",
        [(each, foreseen[each.name].lacks) for each in allowed if foreseen[each.name].lacks],
        rows,
        console,
    )
    hindered = [each for each in scenarios if each not in allowed or foreseen[each.name].lacks]
    seconds = sum(each.seconds for each in foreseen.values())
    console.print()
    console.print(
        plain_pairs([
            ("target", f"{target.name}{f' as {asked.sut}' if asked.sut else ''} at {_where(stage)}"),
            ("allowed", ", ".join(sorted(target.effects))),
            ("scenarios", f"{len(allowed)} of {len(scenarios)}"),
            ("clock", _clock(clock, seconds, asked)),
            *(("", line) for line in _under_each_clock(asked, stage, allowed, hindered)),
        ])
    )  # fmt: skip
    console.print("Nothing was sent.")


def _left_out(heading: str, left_out: Sequence[tuple[Scenario, str]], rows: Collection[str], console: Console) -> None:
    """By reason; of a scenario's rows those that are asked for."""
    if left_out:
        console.print(Text(f"\n{heading}", style="bold"))
    for why in dict.fromkeys(why for _, why in left_out):
        console.print(Padding(Text(why), INDENT, expand=False))
        for scenario in [scenario for scenario, each in left_out if each == why]:
            wanted = ", ".join(row for row in scenario.rows if row in rows)
            told = f"{section_of(scenario.name)}: {_title(scenario)} ({wanted})"
            console.print(Padding(Text(told), DEEPER, expand=False))


def _clock(kind: str, seconds: int, asked: Asked) -> str:
    if kind == "stepped":
        return f"stepped: {lasting(seconds)} of protocol time pass at once"
    late = "; what does not fit is left open as needs-time" if seconds > asked.within_s else ""
    return f"{kind}: {lasting(seconds)} of protocol time, --for {asked.within}{late}"


def _under_each_clock(
    asked: Asked, stage: Stage, scenarios: Sequence[Scenario], hindered: Sequence[Scenario]
) -> Iterator[str]:
    """What each kind of clock leaves time for, and the rows that can be shown whatever the server is like."""
    own = stage.target.pixit.clock.rate
    rows = [row.id for row in asked.rows(stage.target)]
    for name, rate in (("stepped", 0.0), (f"at rate {own or ADVISED_RATE:g}", own or ADVISED_RATE), ("real", 1.0)):
        has = fit(scenarios, rows, rate, asked.within_s, hindered)
        time = f" in {asked.within}" if rate else ""
        least = "at least " if has.rows < len(rows) else ""
        can_be = f"rows that can be shown: {least}{has.rows} of {len(rows)}"
        yield f"{name}: {has.scenarios} of {len(scenarios)} scenarios{time}, {can_be}"


def _where(stage: Stage) -> str:
    start = stage.sut or stage.target.start
    if isinstance(start, str):
        return "a port of our own"
    return stage.address[0] or "?"


def _title(scenario: Scenario) -> str:
    return scenario.name.partition("::")[2].removeprefix("test_").replace("_", " ")
