"""verdicts.json: its shape, its order, and that nothing in it shows a card, a plate or a secret."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.asked import Asked, scenarios_for
from conformance.playing import Player
from conformance.recorded import RunResult, judge_journal
from reports import machine
from schemas.catalogue import schema


def played(journal: Path, *words: str, sut: str = "", strict: bool = False) -> RunResult:
    """A run of the scenarios for some rows, judged from its journal."""
    asked = Asked(words=words, sut=sut, strict=strict)
    stage = asked.stage(os.environ)
    rows = asked.rows(stage.target)
    player = Player(asked, stage, rows, journal)
    for scenario in scenarios_for(rows):
        player.play(scenario)
    player.close(interrupted=False)
    assert player.trouble is None
    return judge_journal([journal])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A server that gives transaction ids twice, judged on two rows."""
    journal = tmp_path_factory.mktemp("run") / "journal.db"
    return played(journal, "EVC-1.4-b", "EVC-1.2", sut="ReusesTransactionIds")


def row(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in document["requirements"] if entry["id"] == name)
    return found


def test_the_document_fits_its_schema(result: RunResult) -> None:
    contract = schema("harness", "verdicts")
    Draft202012Validator.check_schema(contract)
    assert [error.message for error in Draft202012Validator(contract).iter_errors(machine.document(result))] == []


def test_a_failed_row_has_its_findings_and_the_run_its_exit_code(result: RunResult) -> None:
    document = machine.document(result)
    failed = row(document, "EVC-1.4-b")
    assert (failed["verdict"], failed["counts"], failed["why"]) == ("fail", True, None)
    bad = [finding for finding in failed["findings"] if not finding["ok"]]
    assert bad[0]["expected"] == "a transactionId that this box was never given"
    assert all(finding["at"] for finding in bad)
    assert document["run"]["exit_code"] == 1
    assert document["run"]["recorded"]["sut"] == "ReusesTransactionIds"


def test_at_most_twenty_bad_findings_and_one_good_one_a_case(result: RunResult) -> None:
    for entry in machine.document(result)["requirements"]:
        assert sum(not finding["ok"] for finding in entry["findings"]) <= 20
        good = [finding["case"] for finding in entry["findings"] if finding["ok"]]
        assert len(good) == len(set(good))


def test_the_rows_stand_in_the_order_of_the_document(result: RunResult) -> None:
    ids = [entry["id"] for entry in machine.document(result)["requirements"]]
    assert ids == [f"EVC-1.2-{letter}" for letter in "abcdefgh"] + ["EVC-1.4-b"]


def test_judging_again_gives_the_same_file_but_for_what_is_recorded(result: RunResult) -> None:
    first, second = machine.document(result), machine.document(judge_journal([result.journal]))
    first["run"].pop("recorded")
    second["run"].pop("recorded")
    assert first == second


def test_cards_and_plates_are_masked(result: RunResult) -> None:
    text = json.dumps(machine.document(result), ensure_ascii=False)
    site = result.stage.target.site()
    assert [card.id_token for card in site.cards if card.id_token in text] == []
    assert [card.plate for card in site.cards if card.plate and card.plate in text] == []


def test_strict_is_kept_in_the_journal(tmp_path: Path) -> None:
    """Judged again from the file alone, the same rows count."""
    assert played(tmp_path / "strict.db", "EVC-1.4-a", strict=True).asked.strict
    assert not played(tmp_path / "plain.db", "EVC-1.4-a").asked.strict


def test_the_file_appears_whole(result: RunResult, tmp_path: Path) -> None:
    path = machine.write(result, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["verdicts.json"]
    assert json.loads(path.read_text("utf-8")) == machine.document(result)
