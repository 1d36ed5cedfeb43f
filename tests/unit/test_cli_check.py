"""``chargeproof check`` and ``judge`` as a user meets them: exit codes, files, words."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.front_door import (
    ENVIRONMENT,
    LIMIT_S,
    NOBODY,
    ROOT,
    chargeproof,
    command,
    document,
    heed_ctrl_c,
    said,
    verdicts,
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole check of the reference by one worker."""
    folder = tmp_path_factory.mktemp("out")
    done = chargeproof("check", "evchong", "--out", str(folder))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stdout.splitlines()[-1].startswith("PASS: all ")
    return folder


def test_the_reference_passes_and_leaves_its_files(out: Path) -> None:
    latest = out / "latest"
    assert latest.is_symlink()
    assert {path.name for path in latest.iterdir()} == {
        "journal.db",
        "verdicts.json",
        "junit.xml",
        "pytest.log",
        "report.html",
        "report.xlsx",
        "allure-results",
    }
    assert set(verdicts(document(out)).values()) == {"pass"}
    assert document(out)["run"]["exit_code"] == 0


def test_two_workers_say_what_one_says(out: Path, tmp_path: Path) -> None:
    done = chargeproof("check", "evchong", "-n", "2", "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert document(tmp_path)["run"]["recorded"]["worlds"] == 2
    assert verdicts(document(tmp_path)) == verdicts(document(out))
    assert {path.name for path in (tmp_path / "latest").iterdir()} == {path.name for path in (out / "latest").iterdir()}


def test_judging_the_journal_again_gives_the_same_file_but_for_what_is_recorded(out: Path, tmp_path: Path) -> None:
    done = chargeproof("judge", str(out / "latest" / "journal.db"), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    first, second = document(out), document(tmp_path)
    first["run"].pop("recorded")
    second["run"].pop("recorded")
    assert first == second


def test_a_selection_judges_its_rows_only(tmp_path: Path) -> None:
    done = chargeproof("check", "EVC-1.1-b", "evchong/1.3", "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(verdicts(document(tmp_path))) == ["EVC-1.1-b", *(f"EVC-1.3-{letter}" for letter in "abcd")]


def test_a_mutant_is_red_and_its_row_is_told(tmp_path: Path) -> None:
    done = chargeproof("check", "EVC-1.4-b", "--sut", "ReusesTransactionIds", "--out", str(tmp_path))
    assert done.returncode == 1
    told = done.stdout
    assert "a transactionId that this box was never given" in told
    assert "chargeproof check EVC-1.4-b --sut ReusesTransactionIds" in told
    assert told.splitlines()[-1] == "FAIL: the one row that counts fails. Exit code 1."


def test_a_server_that_is_not_there_leaves_its_rows_open(tmp_path: Path) -> None:
    """Nothing is known of it, so nothing fails; and nobody waits a minute for a box that cannot speak."""
    (tmp_path / "nobody.toml").write_text(NOBODY, "utf-8")
    done = chargeproof("check", "evchong/1.1", "--target", str(tmp_path / "nobody.toml"), "--out", str(tmp_path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no connection was ever made: 127.0.0.1:9" in said(done.stdout)
    assert set(verdicts(document(tmp_path)).values()) == {"inconclusive"}


def test_what_there_is_no_time_for_is_left_open_for_that_reason(tmp_path: Path) -> None:
    done = chargeproof("check", "EVC-1.1-g", "--for", "0s", "--out", str(tmp_path))
    assert done.returncode == 2
    assert [(row["id"], row["why"]) for row in document(tmp_path)["requirements"]] == [("EVC-1.1-g", "needs-time")]


def test_what_the_target_forbids_is_not_called_a_lack_of_time(tmp_path: Path) -> None:
    """More time would not help it."""
    reference = (ROOT / "targets" / "reference.toml").read_text("utf-8")
    careful = re.sub("^effects = .*", 'effects = ["reads"]', reference, flags=re.MULTILINE)
    (tmp_path / "careful.toml").write_text(careful, "utf-8")
    target = str(tmp_path / "careful.toml")
    done = chargeproof("check", "EVC-1.4-b", "--target", target, "--for", "0s", "--out", str(tmp_path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "the target does not allow the effect opens-session" in said(done.stdout)
    assert "needs-time" not in done.stdout


def test_verdicts_are_told_also_when_the_reports_are_interrupted(tmp_path: Path) -> None:
    """All scenarios were played and judged; what is missing on the disk can be written again."""
    script = f"""
import sys, chargeproof, reports.writing

def interrupted(*_):
    raise KeyboardInterrupt

reports.writing.write = interrupted
sys.exit(chargeproof.run(["check", "EVC-1.1-g", "--out", {str(tmp_path)!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS: the one row that counts passes. Exit code 0." in done.stdout
    assert "interrupted while reports were written; `chargeproof judge" in done.stderr


def test_a_full_disk_is_our_fault_and_not_the_servers(tmp_path: Path) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = chargeproof("check", "evchong/1.1", "--out", str(tmp_path), preexec_fn=little_room)
    assert done.returncode == 3
    assert "Free or allow more space on" in said(done.stdout)
    assert "Traceback" not in done.stderr
    assert document(tmp_path)["run"]["valid"] is False


def killed_in_the_middle(out: Path, number: signal.Signals, *words: str) -> int:
    """Begin a check, end it by a signal when the first section is played; its exit code."""
    with subprocess.Popen(
        command("check", "evchong", "--out", str(out), *words),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    ) as process:
        assert process.stdout is not None
        while "1.1 boot" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        return process.wait(LIMIT_S)


def test_the_journal_of_a_killed_run_is_judged_as_broken_off(tmp_path: Path) -> None:
    assert killed_in_the_middle(tmp_path, signal.SIGKILL) == -signal.SIGKILL
    done = chargeproof("judge", str(tmp_path / "latest" / "journal.db"), "--out", str(tmp_path / "again"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "broken-off: the run was broken off" in done.stdout
    found = document(tmp_path / "again")
    assert found["run"]["broken_off"] is True
    assert verdicts(found)["EVC-1.1-b"] == "pass"


def test_the_parts_of_a_killed_run_are_judged_together_as_broken_off(tmp_path: Path) -> None:
    """By the folder or the journal that they would be; a worker whose controller is gone did not end in good order."""
    assert killed_in_the_middle(tmp_path, signal.SIGKILL, "-n", "2") == -signal.SIGKILL
    run = tmp_path / "latest"
    assert {path.name for path in run.glob("*.db")} == {"journal-gw0.db", "journal-gw1.db"}
    for named, again in ((run, tmp_path / "folder"), (run / "journal.db", tmp_path / "journal")):
        done = chargeproof("judge", str(named), "--out", str(again))
        assert done.returncode == 2, done.stdout + done.stderr
        assert "broken-off: the run was broken off" in done.stdout
        found = document(again)
        assert (found["run"]["broken_off"], found["run"]["journal"]) == (True, "journal.db")
        assert verdicts(found)["EVC-1.1-b"] == "pass"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_still_gives_its_verdicts(number: signal.Signals, tmp_path: Path) -> None:
    assert killed_in_the_middle(tmp_path, number) == 2
    found = document(tmp_path)
    assert (found["run"]["broken_off"], found["run"]["left_open"]) == (True, [])
    assert verdicts(found)["EVC-1.1-b"] == "pass"
