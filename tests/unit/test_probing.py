"""A probe finds the readings of a server by asking it, says so with evidence, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from conformance.asked import READINGS as ALL_READINGS
from conformance.probing.evchong.hearing import Heard, refusal_key
from conformance.probing.probe import Probed, ask, probe, told
from conformance.staging import Stage, claiming
from conformance.target import Target
from simulators.evchong.dialect import READINGS
from simulators.evchong.messages import Service
from simulators.journal.reading import read
from simulators.journal.records import Answer, Exchange, Request
from simulators.lab.starting import free_port
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import READINGS as SERVER_READINGS
from simulators.reference.wire import Field, Refused
from tests.unit.test_bad_servers import target as running_target

ROOT = Path(__file__).parents[2]
UNSEEN = {"EVC-X11", "EVC-X13", "EVC-X21"}  # in no answer, or without a second reading
DEFAULTS = {row: reading.default for row, reading in READINGS.items() if row not in UNSEEN}
OTHERS = {row: ways[1] for row, ways in SERVER_READINGS.items() if row in DEFAULTS}
LENIENT = "EVC-X6"  # the reference takes both spellings when it is told underscores
CARDS = "CARD-VALID-1"
BILLED = {("pixit", "evchong"): {"billed_energy": "transaction-data"}}
REFUSAL = ("pixit", "evchong", "refusal")


class OnlyUnderscores(ReferenceServer):
    """Knows the energy measurands by the examples' spelling alone."""

    def read_measurand(self, field: Field, value: object) -> str:
        if isinstance(value, str) and value.startswith("Energy."):
            raise Refused(400, f"{field} is none of its values")
        return super().read_measurand(field, str(value).replace("_", "."))


class TakesAnyForm(ReferenceServer):
    """Reads forms and JSON alike, wrapped or flat."""

    def check_content_type(self, content_type: str) -> None:
        pass

    def text(self, request: object) -> str:
        body: bytes = request.body  # type: ignore[attr-defined]
        return super().text(request) if body.startswith(b"data=") else body.decode()  # type: ignore[arg-type]

    def unwrapped(self, field: Field, key: str, value: object) -> object:
        return value if isinstance(value, str) else super().unwrapped(field, key, value)


class TakesAnyConnector(ReferenceServer):
    """Keeps no account of connectors."""

    def reporting_connectors(self, box: object, number: int) -> list[object]:  # type: ignore[override]
        return []


class RefusesStops(ReferenceServer):
    """Ends no transaction."""

    async def stop_trans(self, message: dict[str, object]) -> dict[str, object]:
        raise Refused(409, "not now")


def reference(**changes: object) -> Target:
    """Without the platform, whose exchanges would stand between those that are looked at."""
    loaded = claiming(Target.load(ROOT / "targets" / "reference.toml", {}), ("evchong",))
    return msgspec.structs.replace(loaded, **changes)


def probed(folder: Path, readings: dict[str, str] | None = None, server: str = "", **changes: object) -> Probed:
    """A probe of the reference in these readings, of which the target file says nothing."""
    sut = f"tests.unit.test_probing:{server}" if server and ":" not in server else server
    return ask(Stage(target=reference(**changes), readings=readings or {}, sut=sut), folder / "journal.db")


def exchanges(folder: Path) -> list[Exchange]:
    """What was asked; not what the server told the platform meanwhile."""
    records = [record for record in read([folder / "journal.db"]) if isinstance(record, Exchange)]
    return [record for record in records if record.protocol == "evchong"]


def check_that_sessions_are_over(folder: Path, at_least: int = 1) -> None:
    """Every transaction that was opened was stopped, and the stop was answered as accepted."""
    heard = [Heard.of(Service(each.operation), each) for each in exchanges(folder)]
    opened = [each.transaction_id for each in heard if each.service is Service.START_TRANS and each.taken]
    ended = [each.transaction_id for each in heard if each.service is Service.STOP_TRANS and each.taken]
    assert len(opened) >= at_least
    assert opened == ended


# What is found


def test_the_default_readings_are_found(tmp_path: Path) -> None:
    found = probed(tmp_path)
    assert found.readings == DEFAULTS
    assert (found.pixit, found.left, found.works) == (BILLED, [], True)
    check_that_sessions_are_over(tmp_path, 2)
    assert len(exchanges(tmp_path)) < 30


@pytest.mark.parametrize("row", sorted(OTHERS))
def test_each_reading_is_found(row: str, tmp_path: Path) -> None:
    """One row in its other reading, all others in their default."""
    found = probed(tmp_path, {row: OTHERS[row]})
    expected = DEFAULTS | {row: OTHERS[row]}
    if row == LENIENT:
        del expected[row]
        assert "both are taken" in found.answers[row].why
    assert found.readings == expected
    assert found.pixit == BILLED | ({REFUSAL: {"key": "errorCode", "accepted": 0}} if row == "EVC-X10" else {})
    assert found.left == []
    check_that_sessions_are_over(tmp_path, 2)


@pytest.mark.parametrize(
    "rows",
    [
        sorted(OTHERS),
        ["EVC-X1", "EVC-X3", "EVC-X5"],
        ["EVC-X2", "EVC-X8", "EVC-X10", "EVC-X25"],
        ["EVC-X3", "EVC-X4", "EVC-X16"],
        ["EVC-X9", "EVC-X10", "EVC-X16", "EVC-X20"],
    ],
    ids=["all", "forms", "answers", "sessions", "bills"],
)
def test_several_readings_at_once_are_found(rows: list[str], tmp_path: Path) -> None:
    found = probed(tmp_path, {row: OTHERS[row] for row in rows})
    expected = DEFAULTS | {row: OTHERS[row] for row in rows}
    if LENIENT in rows:
        del expected[LENIENT]
    assert found.readings == expected
    assert (found.left, found.works) == ([], True)
    check_that_sessions_are_over(tmp_path, 2)


def test_a_strict_spelling_of_measurands_is_found(tmp_path: Path) -> None:
    """A server that knows underscores only: found, and the session is still ended."""
    found = probed(tmp_path, server="OnlyUnderscores")
    assert found.readings == DEFAULTS | {"EVC-X6": "underscores"}
    check_that_sessions_are_over(tmp_path, 2)


def test_what_the_file_says_is_asked_first(tmp_path: Path) -> None:
    """Where the target file is right already, the first boot is taken."""
    chosen = {"EVC-X1": "json", "EVC-X3": "flat"}
    stage = Stage(target=reference(readings=chosen))
    found = ask(stage, tmp_path / "journal.db")
    assert found.readings == DEFAULTS | chosen
    assert Heard.of(Service.DEVICE_BOOT, exchanges(tmp_path)[0]).taken


# Caution


def test_both_ways_taken_is_undecided(tmp_path: Path) -> None:
    found = probed(tmp_path, server="TakesAnyForm")
    assert {row: answer.why for row, answer in found.answers.items() if row in ("EVC-X1", "EVC-X3")} == dict.fromkeys(
        ("EVC-X1", "EVC-X3"), "both are taken, so either will do"
    )
    assert {"EVC-X1", "EVC-X3"}.isdisjoint(found.readings)
    assert found.works


def test_a_server_that_takes_any_connector_says_nothing_of_connector_zero(tmp_path: Path) -> None:
    found = probed(tmp_path, server="TakesAnyConnector")
    assert found.answers["EVC-X20"].reading is None
    assert "any connectorId" in found.answers["EVC-X20"].why


@pytest.mark.parametrize("liar", ["RefusesAll", "AcceptsAll", "EchoesAll", "AnswersTheExamples"])
def test_of_a_liar_nothing_is_found(liar: str, tmp_path: Path) -> None:
    found = probed(tmp_path, server=f"simulators.mutants.liars:{liar}")
    assert (found.readings, found.pixit, found.works) == ({}, {}, False)
    assert found.answers.keys() == READINGS.keys()
    assert "startTrans" not in {each.operation for each in exchanges(tmp_path)}


def test_of_a_silent_server_nothing_is_found(tmp_path: Path) -> None:
    stage = Stage(target=reference(), sut="simulators.mutants.liars:NeverAnswers", answer_limit_s=0.2)
    found = ask(stage, tmp_path / "journal.db")
    assert (found.readings, found.works) == ({}, False)
    assert "timeout" in found.answers["EVC-X1"].why


def test_of_nobody_nothing_is_found_and_one_try_is_enough(tmp_path: Path) -> None:
    target = running_target(tmp_path, f"https://127.0.0.1:{free_port()}")
    found = ask(Stage(target=target), tmp_path / "journal.db")
    assert (found.readings, found.works) == ({}, False)
    assert found.answers["EVC-X25"].why.startswith("no connection: unreachable")
    assert len(exchanges(tmp_path)) == 1


def test_effects_that_are_not_allowed_are_not_caused(tmp_path: Path) -> None:
    """With reads alone no transaction is opened; with sessions nothing is billed on purpose."""
    found = probed(tmp_path, effects=frozenset({"reads"}))
    assert {each.operation for each in exchanges(tmp_path)} == {
        "deviceBoot",
        "statusNotify",
        "authorize",
        "meterValues",
    }
    sessions = {"EVC-X4", "EVC-X6", "EVC-X9", "EVC-X16"}
    assert found.readings == {row: way for row, way in DEFAULTS.items() if row not in sessions}
    assert {found.answers[row].why for row in sessions} == {"the target does not allow the effect opens-session"}


def test_without_bills_no_energy_is_told(tmp_path: Path) -> None:
    found = probed(tmp_path, effects=frozenset({"reads", "opens-session"}))
    assert found.readings == {row: way for row, way in DEFAULTS.items() if row not in ("EVC-X9", "EVC-X16")}
    stops = [each.request.body for each in exchanges(tmp_path) if each.operation == "stopTrans"]
    assert len(stops) >= 1
    assert all(b"0.00" in stop and b"10.50" not in stop for stop in stops)
    check_that_sessions_are_over(tmp_path)


def test_without_an_orders_surface_bills_are_not_asked_for(tmp_path: Path) -> None:
    found = probed(tmp_path, surfaces={"orders": msgspec.structs.replace(reference().surfaces["orders"], kind="hand")})
    assert found.answers["EVC-X16"].reading is None
    assert "done by hand" in found.answers["EVC-X16"].why
    assert found.pixit == {}


def test_what_could_not_be_ended_is_told(tmp_path: Path) -> None:
    found = probed(tmp_path, server="RefusesStops")
    assert [left for left in found.left if "transaction 1: HTTP 409" in left] == [found.left[0]]
    assert [each.operation for each in exchanges(tmp_path)].count("startTrans") == 1
    assert any(line.startswith("left open on the server") for line in told(found, reference()))


# Error bodies


def answered(document: object) -> Heard:
    body = msgspec.json.encode(document)
    exchange = Exchange(
        at_ms=0, answered_at_ms=0, intended_ns=0, sent_ns=0, duration_ns=0, wall_ns=0, protocol="evchong", actor="",
        peer="", operation="heartbeat", request=Request("POST", ""), answer=Answer(200, b"", body),
    )  # fmt: skip
    return Heard.of(Service.HEARTBEAT, exchange)


@pytest.mark.parametrize(
    ("refusals", "accepting", "key"),
    [
        ([{"code": 7, "msg": "a"}, {"code": 9, "msg": "b"}], [{"heartbeatRes": {}}], ("code", 0)),
        ([{"ret": {"code": "E1"}}], [{"ret": {"code": "OK"}, "heartbeatRes": {}}], ("ret.code", "OK")),
        ([{"ok": False}, {"ok": False}], [], ("ok", True)),
        ([{"error": True}], [{"heartbeatRes": {}}], ("error", False)),
        ([{"message": "no"}], [], None),
        ([{"code": 0, "message": "no"}], [], None),
        ([{}], [], None),
        ([], [], None),
    ],
)
def test_the_key_of_an_error_body_is_found(
    refusals: list[object], accepting: list[object], key: tuple[str, object] | None
) -> None:
    assert refusal_key([answered(each) for each in refusals], [answered(each) for each in accepting]) == key


# Telling and writing


def test_each_answer_is_told_with_its_evidence(tmp_path: Path) -> None:
    """Request, answer and record number; a record that was shown is not shown again."""
    lines = list(told(probed(tmp_path, {"EVC-X1": "json"}), reference()))
    text = "\n".join(lines)
    assert "EVC-X1   json: form is not taken" in lines
    assert 'POST deviceBoot {"bootReq":' in text
    assert '-> HTTP 400 {"message":"wrong Content-Type"}' in text
    assert text.count("record 2 ") == 1
    assert "record 4, as above" in text
    assert "EVC-X21  undecided, 10 is kept: cannot be seen from outside" in text
    assert lines[lines.index("[readings]") + 1] == 'EVC-X1 = "json"'


def test_the_command_writes_only_when_told_to(tmp_path: Path) -> None:
    """Printed, with card numbers masked; into the file only with ``write``, and its comments stay."""
    path = tmp_path / "mine.toml"
    text = (ROOT / "targets" / "reference.toml").read_text("utf-8")
    path.write_text(text + '\n[readings]  # not known yet\nEVC-X3 = "flat"  # a guess\n', "utf-8")
    before = path.read_text("utf-8")
    said: list[str] = []
    assert probe(str(path), out=tmp_path / "out", environ={}, say=said.append) == 0
    assert path.read_text("utf-8") == before
    assert 'EVC-X3 = "flat"' in said
    assert CARDS not in "\n".join(said)
    assert (tmp_path / "out" / "latest" / "journal.db").exists()
    assert probe(str(path), write=True, out=tmp_path / "out", environ={}, say=said.append) == 0
    written = path.read_text("utf-8")
    assert '[readings]  # not known yet\nEVC-X3 = "flat"  # a guess\nEVC-X1 = "form"\n' in written
    readings = Target.load(path, {}, reading_table=ALL_READINGS).readings
    assert {row: way for row, way in readings.items() if row in READINGS} == DEFAULTS | {"EVC-X3": "flat"}


def test_the_command_says_by_its_exit_code_that_nothing_was_found(tmp_path: Path) -> None:
    running_target(tmp_path, f"https://127.0.0.1:{free_port()}")
    said: list[str] = []
    assert probe(str(tmp_path / "bad.toml"), write=True, out=tmp_path / "out", environ={}, say=said.append) == 2
    assert "[readings]" not in said
