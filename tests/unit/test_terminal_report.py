"""What people read at a terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from conformance.recorded import RunResult
from conformance.requirements.ledger import ledger
from conformance.verdict import CaseCount, Status, Verdict
from reports.terminal import Report, closing_line, scenarios_played
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


def test_keys_that_do_not_fit_stand_before_what_follows_of_them() -> None:
    """They are no verdict, and spare who reads a search among dozens of them."""
    causes = ("query_token never gave a token, 7 times (Ret 4001)", "the server's query_token was refused once")
    told = result()
    assert "Mend this first" not in printed(told)
    text = printed(replace(told, judgement=replace(told.judgement, causes=causes)))
    assert text.index("Mend this first") < text.index(causes[0]) < text.index(causes[1]) < text.index("Failures")


@pytest.mark.parametrize(("row", "whose"), [("BJ-4.1", "(people) "), ("BJ-P1", "(our platform) "), ("BJ-1.1.1-a", "")])
def test_whose_duty_a_row_is_stands_before_it(row: str, whose: str) -> None:
    """Unless it is the server's."""
    told, required = result(), ledger()[row]
    verdict = Verdict(required, Status.PASS, True, None, "", (CaseCount("first", 1, 0),), (), ())
    text = printed(replace(told, judgement=replace(told.judgement, verdicts=[verdict])))
    assert f" 1/1 {whose}{required.text[:20]}" in text


def test_rows_that_no_check_judges_are_counted() -> None:
    """Where they were asked for, so that nobody takes a green check for all that is demanded."""
    told = result()
    of_the_city = replace(told, asked=replace(told.asked, words=("beijing",)))
    line = "Not judged by check: 10 rows (load, rehearsal), still to come."
    assert line in printed(of_the_city)
    load_alone = replace(told, asked=replace(told.asked, words=("beijing/3",)))
    assert "Not judged by check: 4 rows (load), still to come." in printed(load_alone)
    boxes_alone = replace(told, asked=replace(told.asked, words=("evchong",)))
    assert "Not judged by check" not in printed(boxes_alone)


@pytest.mark.parametrize(
    ("played", "left_out", "told"),
    [
        (0, 59, "none of 59 scenarios played"),
        (14, 74, "14 of 88 scenarios played"),
        (1, 0, "1 scenario"),
        (88, 0, "88 scenarios"),
    ],
)
def test_what_was_left_out_is_not_counted_as_played(played: int, left_out: int, told: str) -> None:
    assert scenarios_played(replace(result(), scenarios=played, left_out=left_out)) == told


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([], "PASS: no row counts, so nothing could fail. Exit code 0."),
        ([Status.PASS], "PASS: the one row that counts passes. Exit code 0."),
        ([Status.PASS] * 2, "PASS: all 2 rows that count pass. Exit code 0."),
        ([Status.FAIL], "FAIL: the one row that counts fails. Exit code 1."),
        ([Status.FAIL, Status.INCONCLUSIVE], "FAIL: 1 of 2 rows that count fails, 1 is open. Exit code 1."),
        ([Status.INCONCLUSIVE], "OPEN: nothing fails, but the one row that counts was not shown. Exit code 2."),
        ([Status.NOT_APPLICABLE, Status.FAIL], "FAIL: the one row that counts fails. Exit code 1."),
        ([Status.INCONCLUSIVE] * 2, "OPEN: nothing fails, but 2 of 2 rows that count were not shown. Exit code 2."),
    ],
)
def test_the_closing_line_is_a_sentence(statuses: list[Status], told: str) -> None:
    row = ledger()["EVC-1.2-f"]
    verdicts = [Verdict(row, status, True, None, "", (), (), ()) for status in statuses]
    assert str(closing_line(replace(result(), judgement=replace(result().judgement, verdicts=verdicts)))) == told
