"""What ``chargeproof`` tells without playing anything, and the lab that it hosts."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chargeproof import run
from conformance.requirements.ledger import ledger
from conformance.staging import VERSION
from simulators.journal.reading import read
from simulators.journal.records import Step
from simulators.lab.client import ControlTransport, Lab
from simulators.lab.setting import LabError
from tests.unit.front_door import ENVIRONMENT, LIMIT_S, NOBODY, ROOT, chargeproof, command, heed_ctrl_c, said

Capture = pytest.CaptureFixture[str]
ORDERS = """
[surfaces.orders]
kind = "http"
url = "{base}/orders"
fields = { transaction_id = "id", energy_wh = "wh" }
"""


def test_without_arguments_it_helps(capfd: Capture) -> None:
    assert run([]) == 0
    helped = capfd.readouterr().out
    assert all(name in helped for name in ("check", "judge", "prove", "explain", "requirements", "lab"))


def test_help_is_whole_on_80_columns(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command does is not told by half."""
    monkeypatch.setenv("COLUMNS", "80")
    for words in ([], ["-h"], ["--help"], ["city", "-h"], ["envelope", "-h"]):
        assert run(words) == 0
        commands = capfd.readouterr().out.partition("Commands:")[2]
        assert commands
        assert "..." not in commands


def test_the_version_is_told(capfd: Capture) -> None:
    assert run(["--version"]) == 0
    assert capfd.readouterr().out == f"chargeproof {VERSION}\n"


def test_an_error_of_ours_is_3_and_never_1(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would exit with 1, and 1 blames the server."""
    monkeypatch.setattr("conformance.requirements.ledger.select", None)
    assert run(["explain", "EVC-1.4-b"]) == 3
    assert "Traceback" in capfd.readouterr().err


def test_the_front_door_does_not_load_locust() -> None:
    """It would patch the sockets of the whole process."""
    script = "import sys, chargeproof, conformance.plugin, reports.terminal; print('locust' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_every_row_is_listed(capfd: Capture) -> None:
    assert run(["requirements", "--json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [row["id"] for row in rows] == list(ledger())
    assert set(rows[0]) == {
        "id",
        "clause",
        "level",
        "party",
        "text",
        "cases",
        "rules",
        "scenarios",
        "mutants",
        "tests",
        "reason",
    }
    unique = next(row for row in rows if row["id"] == "EVC-1.4-b")
    assert "ReusesTransactionIds" in unique["mutants"]
    assert unique["rules"] == ["conformance.rules.evchong.start_trans.TransactionIdsOfABoxAreUnique"]


def test_a_row_is_explained(capfd: Capture) -> None:
    assert run(["explain", "EVC-1.4-b"]) == 0
    explained = said(capfd.readouterr().out)
    for told in ("transactionId: 事务 ID", "M, demanded", "sequential", "TransactionIdsOfABoxAreUnique", "overlapping"):
        assert told in explained


def test_a_reading_is_explained(capfd: Capture) -> None:
    """It is no row; somebody who meets it in a report asks for it all the same."""
    assert run(["explain", "EVC-X1"]) == 0
    assert '[readings] EVC-X1 = "json" in the target file' in said(capfd.readouterr().out)


def test_who_cannot_listen_leaves_no_run_behind(tmp_path: Path, capfd: Capture) -> None:
    """Neither a folder nor another latest."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert run(["record", "--listen", place, "--out", str(tmp_path / "out")]) == 64
    assert f"--listen {place}: somebody listens there already" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_plan_sends_nothing_and_says_what_is_left_out(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "careful.toml").write_text(NOBODY.replace('"reads", "opens-session"', '"reads"'), "utf-8")
    target, out = str(tmp_path / "careful.toml"), tmp_path / "out"
    assert run(["check", "evchong/1.1", "--plan", "--target", target, "--out", str(out)]) == 0
    plan = said(capfd.readouterr().out)
    for told in ("unregistered box is rejected", "Left out", "opens-session 1.1 boot:", "real:", "Nothing was sent."):
        assert told in plan
    assert not out.exists()


def test_a_plan_says_what_the_target_file_lacks(tmp_path: Path, capfd: Capture) -> None:
    """A box without cards, and a server whose orders nobody sees: which scenarios end for that, and their rows."""
    bare = NOBODY.partition("[[pixit.card]]")[0].replace('"opens-session"', '"opens-session", "bills"')
    (tmp_path / "bare.toml").write_text(bare, "utf-8")
    assert run(["check", "evchong/1.6", "EVC-1.3-d", "--plan", "--target", str(tmp_path / "bare.toml")]) == 0
    plan = said(capfd.readouterr().out)
    for told in (
        "Played only up to where something is missing in the target file",
        "the target has no valid card: name one in [[pixit.card]] 1.6 stop trans: consumed energy is billed",
        "(EVC-1.6-a, EVC-1.6-c, EVC-1.6-f)",
        "faults 1.3 heartbeat: silent box is offline (EVC-1.3-d)",
    ):
        assert told in plan


def test_a_plan_tells_the_time_that_passes(tmp_path: Path, capfd: Capture) -> None:
    """Also the half minute in which a server may bill."""
    (tmp_path / "mine.toml").write_text(NOBODY.replace('"opens-session"', '"opens-session", "bills"') + ORDERS, "utf-8")
    assert run(["check", "EVC-1.6-c", "--plan", "--target", str(tmp_path / "mine.toml")]) == 0
    assert "real: 14 min 15 s of protocol time" in said(capfd.readouterr().out)


def test_broken_requests_are_sent_only_where_faults_are_allowed(tmp_path: Path, capfd: Capture) -> None:
    """As the example and the README say."""
    (tmp_path / "mine.toml").write_text(NOBODY, "utf-8")
    assert run(["check", "EVC-G6", "EVC-G7", "EVC-G8", "--plan", "--target", str(tmp_path / "mine.toml")]) == 0
    assert "scenarios 0 of 7" in said(capfd.readouterr().out)


def test_more_workers_than_are_of_use_are_told(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "mine.toml").write_text(NOBODY, "utf-8")
    assert run(["check", "evchong/1.1", "-n", "4", "--plan", "--target", str(tmp_path / "mine.toml")]) == 0
    told = "-n 4: 1 of use; each lab needs two boxes and a card of each state for itself"
    assert capfd.readouterr().out.splitlines()[0] == told


def test_the_words_of_the_surfaces_are_told(capfd: Capture) -> None:
    """Verbs, what a template may name, what an answer tells and in which units, and the rows that need it."""
    assert run(["explain", "surfaces"]) == 0
    explained = said(capfd.readouterr().out)
    for told in (
        "[surfaces.orders] the list of orders",
        "energy_wh or energy_kwh: the energy that is billed",
        "given {vendor_id}: the number of its supplier",
        "tells status (demanded): 0 offline, 1 idle, 2 occupied without charging, 3 charging, 4 reserved, 255 faulted",
        "for EVC-1.3-d, EVC-1.7-c",
        "used by no scenario yet: start_charge (a user starts charging)",
    ):
        assert told in explained


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["check", "EVC-1.4-q"], "did you mean EVC-1.4-"),
        (["check", "--for", "3 parsecs"], "say 90s, 30m or 1h30m"),
        (["check", "--target", "targets/refrence.toml"], "did you mean"),
        (["check", "--sut", "ReusesTransactionId"], "did you mean ReusesTransactionIds"),
        (["check", "--bogus"], "No such option"),
        (["chek"], "No such command"),
        (["judge", "no-such.db"], "no such journal"),
        (["check", "--out", "pyproject.toml"], "pyproject.toml: no folder for results (File exists)"),
        (["judge", "README.md"], "README.md: no journal; name the journal.db of a run"),
        (["judge", "docs"], "docs: a folder, and no journal; say the journal.db of a run"),
        (["explain", "EVC-9"], "names no requirement"),
        (["explain", "nonsense"], "or a protocol: beijing, evchong (`explain surfaces` tells"),
        (["check", "EVC-X1"], "it is a reading of the documents"),
        (["prove", "ReuseTransactionIds"], "chargeproof: 'ReuseTransactionIds' names no server of the catalogue: did"),
        (["prove", "NoSuchMutant"], "mutants have names such as ReusesTransactionIds"),
    ],
)
def test_misuse_is_64_and_one_clear_message(words: list[str], told: str, capfd: Capture) -> None:
    assert run(words) == 64
    out, error = capfd.readouterr()
    assert told in said(error)
    assert "Traceback" not in error
    assert out == ""


def test_a_missing_secret_is_64_and_named(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "secret.toml").write_text(NOBODY.replace('"https://127.0.0.1:9"', '"${NOT_SET_ANYWHERE}"'), "utf-8")
    assert run(["check", "--target", str(tmp_path / "secret.toml"), "--out", str(tmp_path / "out")]) == 64
    assert "set the environment variable NOT_SET_ANYWHERE" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_lab_is_driven_over_its_control_api(tmp_path: Path) -> None:
    """By the same client as scenarios use; without the token nothing is told."""
    with subprocess.Popen(
        command("lab", "--out", str(tmp_path)), cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = dict(process.stdout.readline().split() for _ in range(4))
        driven(told["control"], told["token"])
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 0
    assert chargeproof("judge", told["journal"]).returncode == 2  # whole, and far from every row


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_lab_that_is_ended_leaves_no_keys_behind(number: signal.Signals, tmp_path: Path) -> None:
    """Certificates, and all that the server is told, lie in a folder of the run; docker stop ends it by SIGTERM."""
    own = tmp_path / "tmp"
    own.mkdir()
    environment = {**ENVIRONMENT, "TMPDIR": str(own)}
    with subprocess.Popen(
        command("lab", "--out", str(tmp_path / "out")), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
        preexec_fn=heed_ctrl_c,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        while "Ctrl-C ends" not in process.stdout.readline():
            assert process.poll() is None
        assert list(own.glob("chargeproof-*/server.pem")) != []
        process.send_signal(number)
        assert process.wait(LIMIT_S) == 0
    assert list(own.iterdir()) == []
    steps = [record.what for record in read(tmp_path / "out" / "latest" / "journal.db") if isinstance(record, Step)]
    assert steps[-1] == "run-ended"


def driven(url: str, token: str) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{url}/verbs").status_code == 401
        refused = client.post(f"{url}/verbs/time.now", headers={"Authorization": "Bearer wrong"})
        assert refused.status_code == 401
        verbs = client.get(f"{url}/verbs", headers={"Authorization": f"Bearer {token}"}).json()
        assert {"verb": "box.power_off", "arguments": ["box: str"], "help": "Cut a box's power."} in verbs
        lab = Lab(ControlTransport(url, token, client))
        assert lab.box().boot()
        with pytest.raises(LabError, match=r"no verb .box\.fly."):
            lab.do("box.fly")
