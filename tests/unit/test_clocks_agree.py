"""Runs of one server under different clocks are compared row by row, as far as both decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.clocks import Disagreement, Told, disagreements, main, summary


def document(**verdicts: str) -> dict[str, Any]:
    """A verdicts.json, as far as it is read; an open row is written as its reason."""
    decided = ("pass", "fail", "advisory")
    return {
        "requirements": [
            {"id": row, "verdict": said, "why": None}
            if said in decided
            else {"id": row, "verdict": "inconclusive", "why": said}
            for row, said in verdicts.items()
        ]
    }


def told(name: str, **verdicts: str) -> Told:
    return Told.of(name, document(**verdicts))


def test_a_row_that_two_decide_differently_is_a_disagreement() -> None:
    """It is named with who said what."""
    found = disagreements([told("stepped", A="pass", B="pass"), told("real", A="pass", B="fail")])
    assert found == [Disagreement("B", (("stepped", "pass"), ("real", "fail")))]
    assert str(found[0]) == "B: stepped says pass, real says fail"


def test_what_one_leaves_open_it_does_not_say() -> None:
    """Whatever the others say of that row, and whatever the reason is; nor what it was not asked."""
    runs = [told("stepped", A="pass", B="fail"), told("scaled", A="jitter", B="needs-time"), told("real", C="pass")]
    assert disagreements(runs) == []


def test_every_two_are_compared() -> None:
    """Three runs that say two things disagree twice."""
    runs = [told("stepped", A="pass"), told("scaled", A="fail"), told("real", A="pass")]
    assert [str(each) for each in disagreements(runs)] == [
        "A: stepped says pass, scaled says fail",
        "A: scaled says fail, real says pass",
    ]


def test_an_advisory_is_a_fail_that_does_not_count() -> None:
    """Targets may claim different rows: the defect is the same."""
    assert disagreements([told("stepped", A="advisory"), told("real", A="fail")]) == []
    assert len(disagreements([told("stepped", A="advisory"), told("real", A="pass")])) == 1


def test_the_summary_counts_what_was_decided_and_why_the_rest_was_not() -> None:
    said = told("scaled", A="pass", B="pass", C="fail", D="needs-time", E="needs-time", F="jitter")
    assert summary(said) == ("scaled: 3 of 6 rows decided (2 pass, 1 fail); 3 open: 2 needs-time, 1 jitter")
    assert summary(told("stepped", A="pass")) == "stepped: 1 of 1 rows decided (1 pass)"


@pytest.mark.parametrize(("second", "code"), [("pass", 0), ("needs-time", 0), ("fail", 1)])
def test_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str], second: str, code: int) -> None:
    """verdicts.json of runs that were made elsewhere; exit code 1 when two disagree."""
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file, said in zip(files, ("pass", second), strict=True):
        file.write_text(json.dumps(document(A=said)), "utf-8")
    assert main(["--of", *map(str, files)]) == code
    assert capsys.readouterr().out.endswith(f"{code} disagreements\n")
