"""Every row of the tables of requirements stands in the listing, whoever judges it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chargeproof import run
from conformance.requirements.ledger import Requirement, ledger

ROOT = Path(__file__).parents[2]
TABLES = Path(__file__).parent / "requirements"
ROW = re.compile(r"^\| (?P<id>[A-Z]+-\S+) \| (?P<party>[SBPH]) \| (?P<level>[MRD]) \|", re.MULTILINE)
ROWS = {"beijing": 88, "evchong": 63}
STILL_TO_COME = "which is still to come"


def rows_of(protocol: str) -> list[tuple[str, str, str]]:
    """Id, party and level of each row of a table, sorted."""
    table = (TABLES / f"{protocol}.md").read_text(encoding="utf-8")
    return sorted((row["id"], row["party"], row["level"]) for row in ROW.finditer(table))


@pytest.mark.parametrize("protocol", ROWS)
def test_every_row_of_the_table_is_listed(protocol: str, capfd: pytest.CaptureFixture[str]) -> None:
    """With the party and the level that it has there, and no row beside them."""
    assert run(["requirements", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    own = {row.id for row in ledger().values() if row.protocol == protocol}
    assert len(rows_of(protocol)) == ROWS[protocol]
    assert sorted((row["id"], row["party"], row["level"]) for row in listed if row["id"] in own) == rows_of(protocol)


def test_a_row_without_a_check_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    """Figures of a load run, and the phases of the test; nobody else has a reason."""
    assert run(["requirements", "--json"]) == 0
    reasons = {row["id"]: row["reason"] for row in json.loads(capfd.readouterr().out) if row["reason"]}
    others = {row.id: row.judged_by for row in ledger().values() if row.judged_by != "check"}
    assert [id for id, judge in others.items() if judge == "load"] == ["BJ-3.1-a", "BJ-3.1-b", "BJ-3.2-a", "BJ-3.2-b"]
    assert [id for id, judge in others.items() if judge == "rehearse"] == [f"BJ-4.{phase}" for phase in range(1, 7)]
    assert [id for id, judge in others.items() if judge == "tests"] == [f"BJ-P{number}" for number in range(1, 8)]
    assert reasons["BJ-3.1-a"] == f"figures of a load run: judged by `chargeproof load`, {STILL_TO_COME}"
    rehearsed = f"a rehearsal of the test phases: judged by the rehearsal console, {STILL_TO_COME}"
    assert {reasons[f"BJ-4.{phase}"] for phase in range(1, 7)} == {rehearsed}
    assert [
        id for id in reasons if ledger()[id].protocol == "beijing" and others.get(id) not in ("load", "rehearse")
    ] == []


@pytest.mark.parametrize("row", [row for row in ledger().values() if row.judged_by == "tests"], ids=lambda row: row.id)
def test_a_duty_of_the_platform_names_the_tests_that_judge_it(row: Requirement) -> None:
    """They are there, and each says of which row it is: itself, or as one of a range."""
    assert row.tests
    for name in row.tests:
        text = (ROOT / name).read_text(encoding="utf-8")
        ranges = re.findall(r"BJ-P(\d) to BJ-P(\d)", text)
        named = {f"BJ-P{number}" for first, last in ranges for number in range(int(first), int(last) + 1)}
        assert row.id in text or row.id in named, name
