"""The city at somebody's desk: what it asks, what it shows, what it remembers, and what it leaves alone."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chargeproof import run
from conformance.desk.commands import ENDS_WITH_US, KNOWS_NOTHING
from conformance.desk.notebook import FILE, Notebook
from conformance.desk.showing import Teller
from conformance.desk.wrongs import wrongs
from conformance.recorded import judge_journal
from conformance.rules.beijing.spoken import Spoken
from conformance.verdict import Status
from simulators.beijing.dialect import Dialect, Readings
from simulators.journal.reading import read
from simulators.journal.records import Answer, Exchange, Request, Step, WireError
from simulators.lab.client import Lab
from tests.unit.front_door import ENVIRONMENT, LIMIT_S, ROOT, command, heed_ctrl_c

Capture = pytest.CaptureFixture[str]
CHARGER = "11010500000000000000007001"
ORDER = "MA0CITY01202610011000000001"
GOOD = Answer(200, b"", b'{"Ret":0,"Msg":"","Data":"","Sig":""}')
REFUSED = Answer(200, b"", b'{"Ret":4004,"Msg":"no"}')
DIALECT = Dialect(Readings.parse({}))


def lines(capture: Capture) -> list[str]:
    return [" ".join(line.split()) for line in capture.readouterr().out.splitlines()]


def exchange(operation: str, actor: str = "city", **given: Any) -> Spoken:
    """One with a good answer, unless something else is said."""
    told: dict[str, Any] = {
        "at_ms": 1790820000000, "answered_at_ms": 1790820000012, "intended_ns": 0, "sent_ns": 0,
        "duration_ns": 12_000_000, "wall_ns": 0, "protocol": "beijing", "peer": "sut",
        "request": Request("POST", f"https://operator/evcs/20160701/{operation}"),
        "answer": GOOD, **given,
    }  # fmt: skip
    return Spoken(Exchange(actor=actor, operation=operation, **told), DIALECT)


def answered(content: Any, ret: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "request": {"kind": "request", "content": {}},
        "answer": {"kind": "answer", "ret": ret, "content": content, **more},
    }


def pushed(content: Any, ret: int = 0) -> dict[str, Any]:
    return {"request": {"kind": "request", "content": content}, "answer": {"kind": "answer", "ret": ret}}


def shown(spoken: Spoken) -> str:
    written = StringIO()
    Teller(Console(width=100, file=written, markup=False, highlight=False, emoji=False), 480).tell(spoken)
    return written.getvalue()


# What is wrong


def test_a_good_answer_has_nothing_wrong() -> None:
    told = {"EquipAuthSeq": ORDER, "ConnectorID": CHARGER, "SuccStat": 0, "FailReason": 0}
    assert wrongs(exchange("query_equip_auth", view=answered(told))) == []


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        (
            exchange("query_equip_auth", answer=None, error=WireError.TIMEOUT, error_text="10 s"),
            ["no answer: timeout 10 s"],
        ),
        (
            exchange("query_equip_auth", view=answered(None, 4004), answer=REFUSED),
            ["refused: Ret 4004 no"],
        ),
        (
            exchange("query_stop_charge", view=answered(
                {"StartChargeSeq": ORDER, "StartChargeSeqStat": 4, "SuccStat": 1, "FailReason": 3}
            )),
            ["refused: FailReason 3 already stopped"],
        ),
        (exchange("query_equip_auth", actor="sut", view=pushed({}, 4001)), ["the city does not take it: Ret 4001"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(spoken: Spoken, expected: list[str]) -> None:
    """Silence, a refusal of any kind, a push that the city cannot take."""
    assert wrongs(spoken)[-1:] == expected


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (1, "the city gives it no token: FailReason 1 no such operator; its OperatorID is not operator_id of "
         "[pixit.beijing]"),
        (2, "the city gives it no token: FailReason 2 wrong secret; its OperatorSecret is not operator_secret of "
         "[pixit.beijing.platform_keys]"),
    ],
)  # fmt: skip
def test_credentials_that_the_city_does_not_know_are_wrong(reason: int, told: str) -> None:
    """5.1: Ret 0 with SuccStat 1 and no token, which a server must not take for success (CEC-TOK-d)."""
    asked = {"OperatorID": "MA0TEST01", "OperatorSecret": "0123456789ABCDEF"}
    given = {"OperatorID": "MA0TEST01", "SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": reason}
    view = {**pushed(asked), "answer": {"kind": "answer", "ret": 0, "content": given}}
    assert wrongs(exchange("query_token", actor="sut", view=view)) == [told]


def test_a_token_that_the_city_gives_is_no_wrong() -> None:
    asked = {"OperatorID": "MA0TEST01", "OperatorSecret": "0123456789ABCDEF"}
    given = {"OperatorID": "MA0TEST01", "SuccStat": 0, "AccessToken": "T", "TokenAvailableTime": 60, "FailReason": 0}
    view = {**pushed(asked), "answer": {"kind": "answer", "ret": 0, "content": given}}
    assert wrongs(exchange("query_token", actor="sut", view=view)) == []


def test_a_broken_form_names_its_field() -> None:
    told = {"EquipAuthSeq": ORDER, "ConnectorID": CHARGER, "SuccStat": 7}
    assert any(line.startswith("SuccStat: ") and "7" in line for line in wrongs(
        exchange("query_equip_auth", view=answered(told))
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("url", "answer", "told"),
    [
        (
            "http://operator:8080/query_token",
            Answer(404, b"", b"<html>\n Not Found</html>"),
            [
                "HTTP 404 from http://operator:8080/query_token: no envelope, but '<html> Not Found</html>'",
                "base_url usually ends in /evcs/20160701",
            ],
        ),
        (
            "https://operator/evcs/20160701/query_token",
            Answer(502),
            ["HTTP 502 from https://operator/evcs/20160701/query_token: no envelope"],
        ),
        (
            "https://operator/evcs/20160701/query_token",
            Answer(404, b"", b'{"error":"Not Found"}'),
            ['HTTP 404 from https://operator/evcs/20160701/query_token: no envelope, but \'{"error":"Not Found"}\''],
        ),
    ],
)
def test_what_is_no_envelope_is_told_by_its_http_status(url: str, answer: Answer, told: list[str]) -> None:
    """A gateway's page, or a path that leads nowhere: that Ret is missing would say nothing."""
    missing = {"step": "json", "field": "Ret", "expected": "the field Ret", "actual": "only []"}
    view = {"answer": {"kind": "answer", "ret": None, "content": None, "faults": [missing]}}
    assert wrongs(exchange("query_token", view=view, answer=answer, request=Request("POST", url))) == told


def test_a_broken_envelope_names_its_step() -> None:
    fault = {"step": "sig", "field": "Sig", "expected": "AB", "actual": "CD"}
    spoken = exchange("query_equip_auth", view=answered({}, faults=[fault]), answer=GOOD)
    assert "envelope, Sig: AB; found CD" in wrongs(spoken)


def test_a_token_of_an_earlier_platform_is_no_wrong() -> None:
    """5.1, 1.5: a server that was started before drops it, and fetches another."""
    state = {"ConnectorStatusInfo": {"ConnectorID": CHARGER, "Status": 1}}
    assert wrongs(exchange("notification_stationStatus", actor="sut", view=pushed(state, 4002))) == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [(1, "refused: FailReason 1 no such equipment"), (4, "refused: FailReason 4 the operator's own"),
     (0, "refused: SuccStat 1 failure")],
)  # fmt: skip
def test_a_refusal_is_told_with_its_reason(reason: int, told: str) -> None:
    """4.3: up to 2 they are named for a start, above are the operator's own; without a reason it did not succeed."""
    content = {"StartChargeSeq": ORDER, "StartChargeSeqStat": 4, "ConnectorID": CHARGER, "SuccStat": 1}
    spoken = exchange("query_start_charge", view=answered({**content, "FailReason": reason}))
    assert wrongs(spoken)[-1:] == [told]


# What is shown


@pytest.mark.parametrize("width", [200, 80])
def test_ids_are_never_cut(width: int) -> None:
    """A table that is too wide goes on in the next line: who copies an id wants all of it."""
    connector = {"ConnectorID": CHARGER, "ConnectorType": 4, "Power": 60.0}
    equipment = {"EquipmentID": CHARGER[:23], "ConnectorInfos": [connector]}
    station = {"StationID": "ST-1", "StationName": "东站", "Address": "北京", "EquipmentInfos": [equipment]}
    told = {"PageNo": 1, "PageCount": 1, "ItemSize": 1, "StationInfos": [station]}
    written = StringIO()
    console = Console(width=width, file=written, markup=False, highlight=False, emoji=False)
    Teller(console, 480).tell(exchange("query_stations_info", view=answered(told)))
    assert CHARGER in written.getvalue()
    assert "…" not in written.getvalue()


def test_an_id_stays_in_one_line() -> None:
    """On a terminal of 80 columns, however deep it lies: half an id is none to copy."""
    states = [{"ConnectorID": CHARGER, "Status": 0}]
    told = {"Total": 1, "StationStatusInfos": [{"StationID": "ST-1", "ConnectorStatusInfos": states}]}
    written = StringIO()
    console = Console(width=80, file=written, markup=False, highlight=False, emoji=False)
    Teller(console, 480).tell(exchange("query_station_status", view=answered(told)))
    assert f"{CHARGER}  0 offline" in written.getvalue()


def test_secrets_and_names_are_not_shown() -> None:
    """What lets somebody in, and who charged, stay in the journal."""
    told = {"OperatorID": "MA0TEST01", "SuccStat": 0, "AccessToken": "TOKEN-1234567890", "TokenAvailableTime": 60}
    text = shown(exchange("query_token", view=answered(told)))
    assert "TOKEN" not in text.replace("AccessToken", "")
    assert "‹secret›" in text
    named = {"StartChargeSeq": ORDER, "UserName": "张三丰"}
    assert "三丰" not in shown(exchange("notification_charge_order_info_for_bonus", actor="sut", view=pushed(named)))


def test_a_wrong_token_is_not_quoted() -> None:
    """A violation quotes the value that breaks its field."""
    told = {"OperatorID": "MA0TEST01", "SuccStat": 0, "AccessToken": "S" * 300, "TokenAvailableTime": 60}
    assert "SSS" not in shown(exchange("query_token", view=answered(told)))


def test_numbers_of_the_document_are_told_in_words() -> None:
    state = {"ConnectorStatusInfo": {"ConnectorID": CHARGER, "Status": 255}}
    text = shown(exchange("notification_stationStatus", actor="sut", view=pushed(state)))
    assert f"{CHARGER}  255 fault" in text
    assert text.lstrip().startswith("10:00:00")  # as the clocks of the site show it
    assert "pushed  notification_stationStatus  Ret 0" in text


@pytest.mark.parametrize(
    "content",
    [
        {"StationInfos": [1, {"EquipmentInfos": [{"ConnectorInfos": 3}]}, {"EquipmentInfos": {}}]},
        {"StationInfos": {"StationID": None}, "\x1b[31mred": "\x1b]0;title\x07"},
        {
            "StationInfos": [
                {"StationID": ["[bold]"], "EquipmentInfos": [{"ConnectorInfos": [{"ConnectorType": True}]}]}
            ]
        },
    ],
)
def test_whatever_a_server_says_is_shown(content: Any) -> None:
    """Malformed, and never obeyed by the terminal."""
    text = shown(exchange("query_stations_info", view=answered(content)))
    assert "wrong: " in text
    assert "\x1b" not in text
    assert "\x07" not in text


# What is remembered


def test_the_notebook_is_nobody_else_s(tmp_path: Path) -> None:
    """Mode 0600; the last order is the one that was begun last."""
    notebook = Notebook(tmp_path)
    notebook.begun("A", "C-1", "here")
    notebook.begun("B", "C-2", "here")
    notebook.billed("A", "C-1", "here", "run-1")
    again = Notebook(tmp_path)
    assert (again.number("last"), again.number("X"), again.connector("A")) == ("B", "X", "C-1")
    assert again.orders["A"].billed_in == ["run-1"]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"orders": {"A": {}}}'])
def test_a_notebook_that_is_none_is_misuse(tmp_path: Path, capsys: Capture, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert run(["city", "status", "--out", str(tmp_path)]) == 64
    assert FILE in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["start"], "CONNECTOR"),
        (["stop"], "no order was started"),
        (["stop", ORDER], "--connector"),
        (["stations", "--watch", "soon"], "no duration"),
        (["stations", "--clock", "sand"], "real or stepped"),
        (["stations", "--target", str(ROOT / "targets" / "example.toml")], "claims no city"),
        (["fly"], "fly"),
    ],
)
def test_misuse_is_told_and_nothing_is_sent(tmp_path: Path, capsys: Capture, words: list[str], told: str) -> None:
    """64, in one line, and no run is left behind."""
    where = ["--out", str(tmp_path)] if words != ["fly"] else []
    assert run(["city", *words, *where]) == 64
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_what_a_target_does_not_allow_is_not_done(tmp_path: Path, capsys: Capture) -> None:
    """A start leaves an order over real energy: "bills"."""
    written = (ROOT / "targets" / "reference.toml").read_text("utf-8")
    target = tmp_path / "careful.toml"
    target.write_text(written.replace('effects = ["reads", "opens-session", "bills"', 'effects = ["reads"'), "utf-8")
    out = tmp_path / "out"
    assert run(["city", "start", CHARGER, "--target", str(target), "--out", str(out)]) == 64
    assert "opens-session" in capsys.readouterr().err
    assert not (out / "latest").exists()


# Against the reference


def test_stations_and_their_states_in_real_time(tmp_path: Path, capsys: Capture) -> None:
    """The commonest sitting: nothing wrong, exit code 0, and what is pushed meanwhile is told, too."""
    assert run(["city", "stations", "--watch", "1s", "--out", str(tmp_path)]) == 0
    told = lines(capsys)
    assert f"{CHARGER} 4 dc gun 60.0 11010500000000000000007" in told
    assert any(line.endswith("pushed notification_stationStatus Ret 0") for line in told)
    assert [line for line in told if line.startswith("wrong")] == []
    (run_of_it,) = (folder for folder in tmp_path.iterdir() if folder.is_dir() and not folder.is_symlink())
    assert told[-1] == f"journal {run_of_it / 'journal.db'}"  # latest is another one after the next sitting


def test_a_charge_from_start_to_order(tmp_path: Path, capsys: Capture) -> None:
    """Start, watch, status, stop, order in one; a later command finds the order again; the journal can be judged."""
    out = ["--out", str(tmp_path)]
    assert run(["city", "start", CHARGER, "--follow", "--watch", "2m", "--clock", "stepped", *out]) == 0
    told = " ".join(lines(capsys))
    for name in ("query_start_charge", "notification_start_charge_result", "query_equip_charge_status",
                 "query_stop_charge", "notification_stop_charge_result", "notification_charge_order_info"):  # fmt: skip
        assert f"{name} Ret 0" in told
    (number,) = json.loads((tmp_path / FILE).read_text())["orders"]

    assert run(["city", "order", "last", *out]) == 0
    again = " ".join(lines(capsys))
    assert number in again
    assert "query_token" not in again  # it is known already, so nobody is asked

    journal = tmp_path / "latest" / "journal.db"
    assert [record.what for record in read(journal) if isinstance(record, Step)][-1] == "run-ended"
    result = judge_journal([journal])
    assert result.judgement.valid
    assert [each.requirement.id for each in result.judgement.verdicts if each.status is Status.FAIL] == []


def test_a_server_of_one_sitting_knows_nothing_of_another(tmp_path: Path, capsys: Capture) -> None:
    """It ends with the sitting for which it was started, and so does the charge: who asks later is told why."""
    out = ["--clock", "stepped", "--out", str(tmp_path)]
    assert run(["city", "start", CHARGER, *out]) == 0
    assert ENDS_WITH_US in capsys.readouterr().out
    for words in (["status"], ["stop"], ["order", "--watch", "1s"]):
        assert run(["city", *words, *out]) == 1
        assert capsys.readouterr().out.count(KNOWS_NOTHING) == 1


def test_an_order_that_does_not_come_is_1(tmp_path: Path, capsys: Capture) -> None:
    assert run(["city", "order", ORDER, "--watch", "5s", "--clock", "stepped", "--out", str(tmp_path)]) == 1
    assert f"no order {ORDER} was pushed within 5 s" in capsys.readouterr().out


def test_who_no_longer_waits_for_an_order_is_told_so(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it would have come in time nobody knows: neither 0 nor 1."""

    def ctrl_c(lab: Lab, seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Lab, "pass_time", ctrl_c)
    assert run(["city", "order", ORDER, "--watch", "5s", "--clock", "stepped", "--out", str(tmp_path)]) == 3
    told = capsys.readouterr().out
    assert f"interrupted before order {ORDER} came" in told
    assert "was pushed within" not in told


def test_a_charge_is_stopped_whoever_ends_the_command(tmp_path: Path) -> None:
    """SIGTERM while it is watched, as docker stop sends it: real energy must not flow on, and no key stay in /tmp."""
    own = tmp_path / "tmp"
    own.mkdir()
    told, code = ended_while_charging(tmp_path / "out", own, signal.SIGTERM)
    assert "asked  query_stop_charge  Ret 0" in told
    assert list(own.iterdir()) == []
    assert code == (0 if "notification_charge_order_info" in told else 3)


def ended_while_charging(out: Path, own: Path, number: signal.Signals) -> tuple[str, int]:
    """What ``start --follow`` prints from a signal on, and its exit code."""
    target = str(ROOT / "targets" / "reference.toml")
    with subprocess.Popen(
        command("city", "start", CHARGER, "--follow", "--target", target, "--out", str(out)),
        cwd=ROOT, env={**ENVIRONMENT, "TMPDIR": str(own), "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
        preexec_fn=heed_ctrl_c,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        while "notification_start_charge_result" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        return process.stdout.read(), process.wait(LIMIT_S)


def test_a_refusal_is_1(tmp_path: Path, capsys: Capture) -> None:
    """A connector that the server does not know (5.6)."""
    assert run(["city", "check", "NOWHERE", "--clock", "stepped", "--out", str(tmp_path)]) == 1
    assert any(line.startswith("wrong: refused") for line in lines(capsys))


def test_what_is_wrong_with_an_answer_is_shown(tmp_path: Path, capsys: Capture) -> None:
    """A server with a defect: the field is named."""
    written = (ROOT / "targets" / "reference.toml").read_text("utf-8")
    target = tmp_path / "defect.toml"
    mutant = "simulators.mutants.beijing.envelope:LeavesOutMsg"
    target.write_text(written.replace('start = "reference"', f'start = "{mutant}"'), "utf-8")
    words = ["city", "stations", "--target", str(target), "--clock", "stepped", "--out", str(tmp_path / "out")]
    assert run(words) == 1
    assert any(line.startswith("wrong: envelope, Msg: ") for line in lines(capsys))
