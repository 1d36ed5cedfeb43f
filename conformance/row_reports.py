"""Verdicts as pytest reports: one test a row, one more for the run itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.recorded import RunResult
from conformance.telling import row_failure
from conformance.verdict import Status, Verdict


def reports(result: RunResult) -> Iterator[pytest.TestReport]:
    """What pytest is told of a run, in the order of the rows."""
    masked = result.redactor().text
    for verdict in result.judgement.verdicts:
        yield from _reports_of_row(verdict, masked(_words(verdict, result)))
    invalid = masked("the run is invalid, nobody is blamed:\n" + "\n".join(result.judgement.invalid))
    yield from _test("conformance", "the-run-is-valid", "passed" if result.judgement.valid else "failed", invalid)


def _reports_of_row(verdict: Verdict, words: str) -> Iterator[pytest.TestReport]:
    row = verdict.requirement
    if verdict.accepted:
        outcome = "skipped" if verdict.status in (Status.FAIL, Status.INCONCLUSIVE) else "passed"
    elif verdict.status is Status.FAIL:
        outcome = "failed"
    else:
        outcome = "passed" if verdict.status in (Status.PASS, Status.ADVISORY) else "skipped"
    yield from _test(f"conformance/{row.protocol}", row.id, outcome, words)


def _words(verdict: Verdict, result: RunResult) -> str:
    if verdict.accepted:
        return f"accepted by the target file: {verdict.accepted}"
    if verdict.status in (Status.FAIL, Status.ADVISORY):
        return row_failure(verdict, result.asked)
    return f"{verdict.why}: {verdict.reason}" if verdict.why else verdict.reason


def _test(path: str, name: str, outcome: str, words: str) -> Iterator[pytest.TestReport]:
    longrepr: str | tuple[str, int, str] | None = None
    if outcome == "failed":
        longrepr = words
    elif outcome == "skipped":
        longrepr = (path, 0, f"Skipped: {words}")
    yield _report(path, name, "call", outcome, longrepr)
    yield _report(path, name, "teardown", "passed", None)  # JUnit XML closes a test on it


def _report(
    path: str, name: str, when: str, outcome: str, longrepr: str | tuple[str, int, str] | None
) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=f"{path}::{name}",
        location=(path, None, name),
        keywords={name: 1},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=longrepr,
        when=when,  # type: ignore[arg-type]
        duration=0.0,
    )
