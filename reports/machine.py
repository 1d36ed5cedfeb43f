"""``verdicts.json``: a run for machines. Its shape is in ``schemas/harness/verdicts.json``.

Judging a journal again gives the same file, but for ``run.recorded``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from conformance.finding import Finding
from conformance.places import write_whole
from conformance.recorded import RunResult
from conformance.timings import Timing
from conformance.verdict import Verdict

FILE = "verdicts.json"
Text = Callable[[str], str]  # masks what must not leave the journal


def write(result: RunResult, folder: Path) -> Path:
    """Write the file, whole or not at all."""
    path = folder / FILE
    write_whole(path, json.dumps(document(result), ensure_ascii=False, indent=1) + "\n")
    return path


def document(result: RunResult) -> dict[str, Any]:
    """Everything that is told of a run. Card numbers, plates and secrets are masked in whatever anybody said.

    What is ours stays as it is, ids and counts: a card that is called like one of them must not take it away.
    """
    text = result.redactor().text
    return {
        "run": _run(result, text),
        "requirements": [_requirement(verdict, text) for verdict in result.judgement.verdicts],
        "timings": [_timing(timing) for timing in result.timings],
    }


def _run(result: RunResult, text: Text) -> dict[str, Any]:
    judgement = result.judgement
    return {
        "valid": judgement.valid,
        "invalid": [text(line) for line in judgement.invalid],
        "exit_code": judgement.exit_code,
        "target": text(result.stage.target.name),
        "journal": result.journal.name,
        "observations": [
            {"row": observation.row, "text": text(observation.text), "at": observation.at, "count": count}
            for observation, count in judgement.observations
        ],
        "left_open": [text(left) for left in judgement.left_open],
        "records": judgement.records,
        "broken_off": judgement.broken_off,
        "recorded": _recorded(result, text),
    }


def _recorded(result: RunResult, text: Text) -> dict[str, Any]:
    asked = result.asked
    return {
        "began": result.began.isoformat(timespec="milliseconds"),
        "duration_s": result.duration_s,
        "versions": result.versions,
        "folder": text(str(result.journal.parent)),
        "target_file": text(result.stage.target.path),
        "selection": [text(word) for word in asked.words],
        "sut": text(asked.sut),
        "strict": asked.strict,
        "seed": asked.seed,
        "scenarios": result.scenarios,
        "worlds": result.worlds,
    }


def _requirement(verdict: Verdict, text: Text) -> dict[str, Any]:
    row = verdict.requirement
    return {
        "id": row.id,
        "clause": row.clause,
        "level": row.level,
        "party": row.party,
        "verdict": str(verdict.status),
        "reason": text(verdict.reason),
        "why": str(verdict.why) if verdict.why else None,
        "counts": verdict.counts,
        "accepted": text(verdict.accepted) or None,
        "cases": [{"id": case.id, "judged": case.judged, "failed": case.failed} for case in verdict.cases],
        "findings": [_finding(finding, text) for finding in _shown(verdict)],
    }


def _shown(verdict: Verdict) -> Iterator[Finding]:
    yield from verdict.bad
    order = {case.id: place for place, case in enumerate(verdict.cases)}
    yield from sorted(verdict.good, key=lambda finding: order.get(finding.case, len(order)))


def _timing(timing: Timing) -> dict[str, Any]:
    limit = timing.limit
    told: dict[str, Any] = msgspec.to_builtins(timing)
    told["limit"] = {"ms": limit.limit_ms, "strict": limit.strict} if limit else None
    return told


def _finding(finding: Finding, text: Text) -> dict[str, Any]:
    return {
        "case": finding.case,
        "ok": finding.ok,
        "expected": text(finding.expected),
        "actual": text(finding.actual),
        "at": list(finding.at),
        "path": text(finding.path),
    }
