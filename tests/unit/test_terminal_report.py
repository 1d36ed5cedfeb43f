"""What people read at a terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from conformance.recorded import RunResult
from conformance.requirements.ledger import ledger
from conformance.verdict import CaseCount, Status, Verdict
from reports.terminal import Report
from tests.unit.html_run import result


def printed(told: RunResult) -> str:
    """The whole report, in one line."""
    console = Console(width=100, file=StringIO())
    Report(told, console).show()
    return " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("ours", "whose"), [(True, "(our box)"), (False, "(the box)")])
def test_a_box_that_is_not_ours_is_not_called_so(ours: bool, whose: str) -> None:
    """In a recording the boxes are somebody's."""
    told = result()
    row = ledger()["EVC-1.2-f"]
    verdict = Verdict(row, Status.PASS, True, None, "", (CaseCount("within-1-s", 1, 0),), (), ())
    told = replace(told, stage=replace(told.stage, ours=ours), judgement=replace(told.judgement, verdicts=[verdict]))
    text = printed(told)
    assert whose in text
    assert text.count(" box)") == 1


def test_the_cause_of_it_all_stands_before_the_failures() -> None:
    """Where no request was ever answered there is one thing to mend."""
    cause = "no connection was ever made: the certificate does not verify: certificate has expired"
    told = result()
    assert "ever answered" not in printed(told)
    text = printed(replace(told, judgement=replace(told.judgement, unreachable=cause)))
    assert text.count(cause) == 1
    assert text.index("No request was ever answered") < text.index(cause) < text.index("Failures")
