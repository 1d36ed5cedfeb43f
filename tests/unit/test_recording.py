"""Overheard by a proxy, a run has the verdicts that it has for whoever played it, as far as a proxy can know."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import httpx
import msgspec
import pytest

from conformance.judge import Judgement
from conformance.recorded import judge_journal
from conformance.requirements.ledger import select
from conformance.rules.evchong.bench import needs_facts, rule_classes
from conformance.running import Run, play_all
from conformance.scenario import scenarios_of
from conformance.staging import Stage, as_claimed, claiming
from conformance.target import Target
from conformance.verdict import Exit, Status
from simulators.journal.reading import read
from simulators.journal.records import Exchange, Step
from simulators.lab.client import Lab
from simulators.lab.recording import operation_of
from simulators.lab.running import RunningLab
from simulators.mutants.registry import mutants
from simulators.reference.server import ReferenceServer
from tests.unit.behind_a_proxy import NAME, BehindAProxy

ROOT = Path(__file__).parents[2]
TARGET = claiming(Target.load(ROOT / "targets" / "reference.toml", {}), ("evchong",))
ROWS = [as_claimed(row, TARGET) for row in select(["evchong"])]
PLAIN_HTTP = "EVC-G1"  # what is said over plain HTTP does not come by a proxy that ends TLS
SURFACES = {
    *(rule.row for rule in rule_classes() if {"surface-answered"} == {str(key) for key in rule.listens}),
    *("EVC-1.3-d", "EVC-1.4-c", "EVC-1.6-c", "EVC-1.6-d", "EVC-1.6-e", "EVC-1.6-g", "EVC-1.7-c", "EVC-3-c"),
}
PHYSICAL = {rule.row for rule in rule_classes() if needs_facts(rule)}
BY_THEMSELVES = (  # scenarios in which nobody puts a word into a box's mouth
    "test_all_seven_services_answer_over_https",
    "test_transaction_ids_of_a_box_in_sequence",
    "test_meter_values_while_charging",
    "test_session_runs_through_and_is_reported_truly",
    "test_two_sessions_side_by_side",
)


def reference() -> Target:
    return TARGET


def overheard(
    folder: Path, names: Iterable[str] = (), server: type[ReferenceServer] = ReferenceServer
) -> tuple[Judgement, Path]:
    """Play scenarios, all for no names, against a server behind a proxy: the run's judgement, the proxy's journal."""
    stage = Stage(target=reference(), sut=NAME)
    BehindAProxy.journal, BehindAProxy.server = folder / "proxy.db", server
    BehindAProxy.began = replace(stage, ours=False).recorded(ROWS, ())
    wanted = tuple(names)
    scenarios = [scenario for scenario in scenarios_of("evchong") if not wanted or scenario.name.endswith(wanted)]
    assert len(scenarios) >= max(1, len(wanted))
    with Run(stage, folder / "journal.db", ROWS) as run:
        played = play_all(run, scenarios)
    assert [outcome.trace for _, outcome in played if outcome.trace] == []
    return run.judge.judgement(ROWS, stage.counts), BehindAProxy.journal


@cache
def everything() -> tuple[Judgement, Path]:
    return overheard(Path(mkdtemp(prefix="chargeproof-test-")))


def statuses(judgement: Judgement, party: str = "S") -> dict[str, Status]:
    return {each.requirement.id: each.status for each in judgement.verdicts if each.requirement.party == party}


def test_the_proxys_journal_has_the_verdicts_of_the_run_itself() -> None:
    """Every row of the server passes from either journal; but those that need facts or surfaces stay open."""
    direct, path = everything()
    again = judge_journal([path])
    judgement = again.judgement
    assert (direct.invalid, judgement.invalid, judgement.broken_off) == ((), (), False)
    unseen = SURFACES | PHYSICAL | {PLAIN_HTTP}
    expected = {row: Status.INCONCLUSIVE if row in unseen else status for row, status in statuses(direct).items()}
    assert set(statuses(direct).values()) == {Status.PASS}
    assert statuses(judgement) == expected
    assert sum(status is Status.PASS for status in expected.values()) >= 35
    assert {case.id for case in judgement.of(PLAIN_HTTP).cases if not case.judged} == {"plain-http"}
    assert {row: status for row, status in statuses(judgement, "B").items() if row in PHYSICAL} == dict.fromkeys(
        [row for row in PHYSICAL if row in statuses(judgement, "B")], Status.INCONCLUSIVE
    )


def test_exchanges_are_those_of_the_run_itself(tmp_path: Path) -> None:
    """Same operation, box, keys and answers, in the same order; nothing is lost, nothing of the app is written down."""
    _, path = overheard(tmp_path, BY_THEMSELVES)

    def told(journal: Path) -> list[tuple[object, ...]]:
        return [
            (each.operation, each.actor, each.at_ms, each.request.body, each.answer and each.answer.body)
            for each in read([journal])
            if isinstance(each, Exchange)
        ]

    heard = told(path)
    assert len(heard) > 100
    assert sorted(map(repr, heard)) == sorted(map(repr, told(tmp_path / "journal.db")))
    (end,) = [each for each in read([path]) if isinstance(each, Step) and each.what == "run-ended"]
    assert end is not None


def test_boxes_that_speak_for_themselves_pass(tmp_path: Path) -> None:
    """What can be said of a box from its messages alone: they keep to the forms (G11), and to one station (3-f)."""
    _, path = overheard(tmp_path, BY_THEMSELVES)
    judgement = judge_journal([path]).judgement
    ours = statuses(judgement, "B")
    assert {row: status for row, status in ours.items() if row not in PHYSICAL} == {
        "EVC-G11": Status.PASS,
        "EVC-3-f": Status.PASS,
    }


def test_a_box_that_is_not_ours_can_fail() -> None:
    """Broken requests are the box's own doing here: G11 fails, the run stays valid, and the exit code is 1."""
    _, path = everything()
    judgement = judge_journal([path]).judgement
    assert judgement.of("EVC-G11").status is Status.FAIL
    assert (judgement.invalid, judgement.exit_code) == ((), Exit.FAILED)


def test_defects_are_seen_through_the_proxy(tmp_path: Path) -> None:
    """A server that reuses transaction ids fails that row in the recording as it does in the run."""
    mutant = next(entry for entry in mutants().values() if "sequential" in entry.cases and entry.breaks == "EVC-1.4-b")
    direct, path = overheard(tmp_path, ("test_transaction_ids_of_a_box_in_sequence",), mutant.server)
    judgement = judge_journal([path]).judgement
    assert direct.of("EVC-1.4-b").status is judgement.of("EVC-1.4-b").status is Status.FAIL
    assert judgement.invalid == ()


def test_what_the_target_file_does_not_name_blames_nobody() -> None:
    """Boxes and cards that only the server knows: where it accepts them nothing fails."""
    _, path = everything()
    target = reference()
    evchong = target.pixit.evchong
    assert evchong is not None
    pixit = msgspec.structs.replace(
        target.pixit,
        evchong=msgspec.structs.replace(evchong, boxes=evchong.boxes[:1]),
        cards=[card for card in target.pixit.cards if card.state == "valid"][:1],
    )
    judgement = judge_journal([path], msgspec.structs.replace(target, pixit=pixit)).judgement
    failed = [row for row, status in statuses(judgement).items() if status is Status.FAIL]
    assert failed == []


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        ("/evchong-api/cperent/v1/deviceBoot", "deviceBoot"),
        ("/evchong-api/cperent/v1/stopTrans?data=%7B%7D", "stopTrans"),
        ("/evchong-api/cperent/v1/deviceReboot", "(unknown method)"),
        ("/evchong-api/cperent/v2/deviceBoot", ""),
        ("/app/v1/orders", ""),
    ],
)
def test_operations_are_told_from_the_path(target: str, operation: str) -> None:
    assert operation_of(target) == operation


def test_recording_a_running_server_until_ctrl_c(tmp_path: Path) -> None:
    """The whole of it in a process of its own: proxy up, boxes served over TLS, Ctrl-C, verdicts, exit code 2."""
    code = (
        "import sys; from pathlib import Path; from conformance.recording import record;"
        "say = lambda line: print(line, flush=True);"
        "show = lambda result, folder: say(f'judged {result.judgement.records} {result.judgement.invalid}');"
        f"sys.exit(record(listen='127.0.0.1:0', out=Path({str(tmp_path)!r}), say=say, show=show))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = dict(process.stdout.readline().split(maxsplit=1) for _ in range(4))
        ca = told["CA"].strip()
        stage = Stage(target=reference())
        setting = replace(
            stage.lab_setting(tmp_path / "ours.db"), start=None, base_url=told["proxy"].strip(), verify=ca, clock="real"
        )
        with RunningLab(setting) as running:
            lab = Lab(running)
            box = lab.box().booted()
            card = lab.card()
            opened = box.say_start(card)
            assert opened.transaction_id is not None
            box.say_meter_values(opened.transaction_id)
            box.say_stop(opened.transaction_id, card=card)
            box.say_heartbeat(with_station=True)
            lab.do("lab.rest")
        page = httpx.get(told["proxy"].strip() + "/app/v1/orders", verify=ssl.create_default_context(cafile=ca))
        assert len(page.json()["orders"]) == 1
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(20) == Exit.OPEN
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    assert "judged" in rest
    journal = tmp_path / "latest" / "journal.db"
    assert os.stat(journal).st_mode & 0o777 == 0o600
    judgement = judge_journal([journal]).judgement
    assert judgement.of("EVC-1.6-a").status is not Status.FAIL
    assert (judgement.invalid, judgement.broken_off) == ((), False)
    *_, end = read([journal])
    assert isinstance(end, Step)
    operations = [each.operation for each in read([journal]) if isinstance(each, Exchange)]
    assert (end.what, end.values) == ("run-ended", {"recorded": len(operations), "unrecorded": 1, "turned_away": 0})
    assert operations.count("startTrans") == 1
    assert {"deviceBoot", "statusNotify", "startTrans", "meterValues", "stopTrans", "heartbeat"} <= set(operations)
