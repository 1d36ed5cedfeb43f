"""``verdicts.json``: a run for machines. Its shape is in ``schemas/harness/verdicts.json``.

Judging a journal again gives the same file, but for ``run.recorded``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.finding import Finding
from conformance.places import write_whole
from conformance.recorded import RunResult, redactor
from conformance.verdict import Verdict

FILE = "verdicts.json"


def write(result: RunResult, folder: Path) -> Path:
    """Write the file, whole or not at all."""
    path = folder / FILE
    write_whole(path, json.dumps(document(result), ensure_ascii=False, indent=1) + "\n")
    return path


def document(result: RunResult) -> dict[str, Any]:
    """Everything that is told of a run, with card numbers, plates and secrets masked."""
    told = {
        "run": _run(result),
        "requirements": [_requirement(verdict) for verdict in result.judgement.verdicts],
    }
    masked: dict[str, Any] = redactor(result.stage.target).tree(told)
    return masked


def _run(result: RunResult) -> dict[str, Any]:
    judgement = result.judgement
    return {
        "valid": judgement.valid,
        "invalid": list(judgement.invalid),
        "exit_code": judgement.exit_code,
        "target": result.stage.target.name,
        "journal": result.journal.name,
        "observations": [
            {"row": observation.row, "text": observation.text, "at": observation.at, "count": count}
            for observation, count in judgement.observations
        ],
        "left_open": list(judgement.left_open),
        "records": judgement.records,
        "broken_off": judgement.broken_off,
        "recorded": _recorded(result),
    }


def _recorded(result: RunResult) -> dict[str, Any]:
    asked = result.asked
    return {
        "began": result.began.isoformat(timespec="milliseconds"),
        "duration_s": result.duration_s,
        "versions": result.versions,
        "folder": str(result.journal.parent),
        "target_file": result.stage.target.path,
        "selection": list(asked.words),
        "sut": asked.sut,
        "strict": asked.strict,
        "seed": asked.seed,
        "scenarios": result.scenarios,
        "worlds": result.worlds,
    }


def _requirement(verdict: Verdict) -> dict[str, Any]:
    row = verdict.requirement
    return {
        "id": row.id,
        "clause": row.clause,
        "level": row.level,
        "party": row.party,
        "verdict": str(verdict.status),
        "reason": verdict.reason,
        "why": str(verdict.why) if verdict.why else None,
        "counts": verdict.counts,
        "accepted": verdict.accepted or None,
        "cases": [{"id": case.id, "judged": case.judged, "failed": case.failed} for case in verdict.cases],
        "findings": [_finding(finding) for finding in _shown(verdict)],
    }


def _shown(verdict: Verdict) -> Iterator[Finding]:
    yield from verdict.bad
    order = {case.id: place for place, case in enumerate(verdict.cases)}
    yield from sorted(verdict.good, key=lambda finding: order.get(finding.case, len(order)))


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "case": finding.case,
        "ok": finding.ok,
        "expected": finding.expected,
        "actual": finding.actual,
        "at": list(finding.at),
        "path": finding.path,
    }
