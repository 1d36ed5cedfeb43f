"""Plain pytest gives the verdicts of ``chargeproof check``: its tests, its JUnit file and its exit code say so."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.scenario import scenarios_of
from tests.unit.front_door import NOBODY, ROOT, document, plain_pytest, verdicts


def test_a_mutant_makes_the_scenario_and_the_row_red(tmp_path: Path) -> None:
    done = plain_pytest(
        "conformance/evchong/test_1_4_start_trans.py", "--sut", "ReusesTransactionIds", "--cp-out", str(tmp_path),
        f"--junitxml={tmp_path / 'junit.xml'}",
    )  # fmt: skip
    assert done.returncode == 1
    assert "FAILED conformance/evchong::EVC-1.4-b" in done.stdout
    assert (
        "FAILED conformance/evchong/test_1_4_start_trans.py::test_transaction_ids_of_a_box_in_sequence" in done.stdout
    )
    assert "expected  a transactionId that this box was never given" in done.stdout
    failed = [
        case.get("name")
        for case in ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
        if case.find("failure") is not None
    ]
    assert "EVC-1.4-b" in failed


def test_only_the_rows_of_the_collected_scenarios_are_reported(tmp_path: Path) -> None:
    """Two workers, each with a lab and a server of its own; one report."""
    workers = ("-p", "xdist.plugin", "-n", "2")
    done = plain_pytest("conformance/evchong/test_1_2_authorize.py", "--cp-out", str(tmp_path), *workers)
    assert done.returncode == 0, done.stdout
    found = verdicts(document(tmp_path))
    assert "EVC-1.2-a" in found
    assert "EVC-1.6-c" not in found
    assert set(found.values()) == {"pass"}


def test_a_row_without_evidence_is_skipped_with_its_reason(tmp_path: Path) -> None:
    done = plain_pytest("conformance/evchong", "--rows", "EVC-1.1-g", "--for", "0s", "-rs", "--cp-out", str(tmp_path))
    assert done.returncode == 0
    assert "2 skipped" in done.stdout  # the scenario, and the row
    assert "needs-time: the 0s of --for were over" in done.stdout


def test_tests_of_the_harness_itself_are_left_alone(tmp_path: Path) -> None:
    done = plain_pytest("tests/unit/test_randomness.py", "-q", "--cp-out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout
    assert "chargeproof" not in done.stdout
    assert not (tmp_path / "out").exists()


def test_an_error_of_ours_is_an_error_and_makes_the_run_invalid(tmp_path: Path) -> None:
    """Here a scenario that asks the lab for what no lab has."""
    broken = tmp_path / "test_broken.py"
    broken.write_text(
        "from conformance.scenario import requirement\n\n\n"
        '@requirement("EVC-1.1-a")\n'
        "def test_broken(lab):\n"
        '    lab.do("box.fly")\n',
        "utf-8",
    )
    done = plain_pytest(str(broken), "-c", str(ROOT / "pyproject.toml"), "-p", "conformance.plugin",
                        "-p", "reports.writing", "--cp-out", str(tmp_path / "out"))  # fmt: skip
    assert done.returncode == 1
    assert "1 failed, 1 passed, 1 error" in done.stdout
    assert "no verb 'box.fly'" in done.stdout
    assert "FAILED conformance::the-run-is-valid" in done.stdout
    assert document(tmp_path / "out")["run"]["exit_code"] == 3


def test_a_misspelt_selection_is_a_usage_error(tmp_path: Path) -> None:
    done = plain_pytest("conformance/evchong", "--rows", "EVC-1.4-q", "--cp-out", str(tmp_path / "out"))
    assert done.returncode == 4
    assert "names no requirement" in done.stderr


@pytest.mark.parametrize(("kind", "sorted_by_time"), [("real", True), ("stepped", False)])
def test_under_a_clock_that_nobody_hurries_the_shortest_come_first(
    tmp_path: Path, kind: str, sorted_by_time: bool
) -> None:
    """So that most is shown within --for; where time jumps they keep the document's order."""
    text = NOBODY if kind == "real" else (ROOT / "targets" / "reference.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    done = plain_pytest(
        "conformance/evchong/test_1_1_boot.py", "--collect-only", "-q", "--target", str(tmp_path / "mine.toml")
    )
    seconds = {scenario.name.partition("::")[2]: scenario.seconds for scenario in scenarios_of("evchong")}
    found = [seconds[line.partition("::")[2]] for line in done.stdout.splitlines() if "::" in line]
    assert len(found) > 5
    assert (found == sorted(found)) is sorted_by_time
