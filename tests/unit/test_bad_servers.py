"""Whole runs against servers that are none: each ends in time, blames nobody but them, and says what is wrong."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.judge import Judgement
from conformance.requirements.ledger import select
from conformance.running import Run, play_all
from conformance.scenario import scenarios_of
from conformance.staging import Stage
from conformance.target import Target
from conformance.verdict import Exit, Status, Why
from simulators.lab.starting import free_port
from simulators.wire import faults
from simulators.wire.faults import FaultyServer
from simulators.wire.tls import Authority

ROOT = Path(__file__).parent.parent.parent
PATIENT_S = 5.0  # for servers that answer something: a busy machine must not look like a silent one
IMPATIENT_S = 0.3
WITHIN_S = 20.0
SCENARIOS = (
    "test_all_seven_services_answer_over_https",
    "test_unknown_methods_are_not_found",
    "test_blocked_card_is_blocked",
)


@contextmanager
def standing(server: FaultyServer) -> Iterator[str]:
    """The server in a thread of its own; gives its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bad server")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
        yield server.url
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def target(folder: Path, base_url: str, verify: str = "none") -> Target:
    """The reference's target file for EVCHONG, without ``start``: a server that already runs, on the real clock."""
    text = (ROOT / "targets" / "reference.toml").read_text(encoding="utf-8")
    for old, new in (
        (r'^start = "reference".*\n', ""),
        (r'^kind = "stepped".*\nstart = .*\n', 'kind = "real"\n'),
        (r'^verify = "none".*\n', f'verify = "{verify}"\nbase_url = "{base_url}"\n'),
        (r"^plain_http = .*\n", f"plain_http = [{free_port()}]\n"),
        (r"^beijing = .*\n", ""),
        (r"^\[pixit\.beijing\](?:.*\n)+?(?=\[+pixit\.(?!beijing))", ""),
    ):
        text, count = re.subn(old, new, text, flags=re.MULTILINE)
        assert count == 1, old
    path = folder / "bad.toml"
    path.write_text(text, encoding="utf-8")
    return Target.load(path, {})


def judged(folder: Path, base_url: str, verify: str = "none", limit_s: float = PATIENT_S) -> Judgement:
    """A short run: the preamble and a few scenarios."""
    rows = select(["evchong"])
    stage = Stage(target=target(folder, base_url, verify), answer_limit_s=limit_s)
    scenarios = [scenario for scenario in scenarios_of("evchong") if scenario.name.endswith(SCENARIOS)]
    assert len(scenarios) == len(SCENARIOS)
    began = time.monotonic()
    with Run(stage, folder / "journal.db", rows) as run:
        played = play_all(run, scenarios)
    assert time.monotonic() - began < WITHIN_S
    assert [outcome.trace for _, outcome in played] == [""] * len(scenarios)
    assert (folder / "journal.db").stat().st_size < 8 * faults.MEBIBYTE
    return run.judge.judgement(rows, stage.counts)


def fails(judgement: Judgement) -> dict[str, tuple[str, str]]:
    """What fails: row -> case and actual of its first bad finding."""
    return {
        verdict.requirement.id: (str(verdict.bad[0].case), verdict.bad[0].actual)
        for verdict in judgement.verdicts
        if verdict.status is Status.FAIL
    }


def check_that_only(judgement: Judgement, row: str, case: str, words: str) -> None:
    """This row fails for this reason, nothing passes, nothing else fails, and we are not to blame."""
    assert judgement.invalid == ()
    assert judgement.exit_code == Exit.FAILED
    (found,) = fails(judgement).items()
    assert (found[0], found[1][0]) == (row, case)
    assert re.search(words, found[1][1]), found[1][1]
    never = judgement.unreachable
    assert not never or {each.reason for each in judgement.verdicts if each.status is Status.INCONCLUSIVE} == {never}
    of_server = [verdict for verdict in judgement.verdicts if verdict.requirement.party == "S"]
    assert {verdict.status for verdict in of_server} <= {Status.FAIL, Status.INCONCLUSIVE, Status.NOT_APPLICABLE}


def test_nobody_there_is_open_and_says_so(tmp_path: Path) -> None:
    """Nothing listens: every row stays open because no connection was ever made, exit code 2."""
    judgement = judged(tmp_path, f"https://127.0.0.1:{free_port()}")
    assert (judgement.invalid, fails(judgement), judgement.exit_code) == ((), {}, Exit.OPEN)
    verdict = judgement.of("EVC-G1")
    assert (verdict.status, verdict.why) == (Status.INCONCLUSIVE, Why.NO_EVIDENCE)
    assert re.search(r"no connection was ever made: 127\.0\.0\.1:\d+: .*Connect", verdict.reason), verdict.reason


@pytest.mark.parametrize(
    ("fault", "row", "case", "words"),
    [
        (faults.BreaksOff(), "EVC-G1", "https/deviceBoot", "closed: closed before the answer"),
        (faults.BreaksOff(faults.CUT_HEAD), "EVC-G1", "https/deviceBoot", "truncated: ended inside the answer"),
        (faults.BreaksOff(faults.CUT_BODY), "EVC-G1", "https/deviceBoot", "truncated: ended inside the answer"),
        (faults.SaysMuch(), "EVC-G1", "https/deviceBoot", "too-large: more than 8192 KiB"),
        (faults.Says(faults.NOT_HTTP), "EVC-G1", "https/deviceBoot", "malformed: no HTTP answer: .*SSH-2.0"),
        (faults.Says(faults.NOT_UTF8), "EVC-G4", "answer-utf8", "byte 33 is b1: invalid start byte"),
        (faults.Says(faults.NOT_JSON), "EVC-G5", "deviceBoot", "json: .*It works!"),
        (faults.Says(faults.OK), "EVC-G5", "deviceBoot", r"root: \[\]"),
        (faults.SaysAndHangsUpLater(faults.OK), "EVC-G5", "deviceBoot", r"root: \[\]"),
    ],
    ids=[
        "closes",
        "cut-head",
        "cut-body",
        "200-mb",
        "not-http",
        "not-utf8",
        "not-json",
        "empty",
        "idle-close",
    ],
)
def test_what_a_bad_server_does_is_a_finding(
    fault: faults.Fault, row: str, case: str, words: str, tmp_path: Path
) -> None:
    """The row that owns the form of an answer fails, and it alone; exit code 1."""
    tls = faults.server_context(Authority().write_server(tmp_path / "server.pem"))
    with standing(FaultyServer(fault, tls)) as url:
        judgement = judged(tmp_path, url)
    check_that_only(judgement, row, case, words)


@pytest.mark.parametrize("encrypted", [True, False], ids=["after-the-handshake", "in-the-handshake"])
def test_silence_is_a_finding(encrypted: bool, tmp_path: Path) -> None:
    """Accepts the connection and never says a word, with TLS or before it: each request is given its limit."""
    tls = faults.server_context(Authority().write_server(tmp_path / "server.pem")) if encrypted else None
    silent = FaultyServer(faults.NeverAnswers() if encrypted else faults.NeverGreets(), tls)
    with standing(silent) as url:
        judgement = judged(tmp_path, url.replace("http:", "https:"), limit_s=IMPATIENT_S)
    check_that_only(judgement, "EVC-G1", "https/deviceBoot", r"timeout: no whole answer within 0\.3 s")
    assert re.search(r"no whole answer ever came: no whole answer within [\d.]+ s", judgement.unreachable)


def test_plain_text_where_tls_should_be_is_a_finding(tmp_path: Path) -> None:
    """No service over HTTPS (EVC-G1)."""
    with standing(FaultyServer(faults.SpeaksPlainText())) as url:
        judgement = judged(tmp_path, url.replace("http:", "https:"))
    check_that_only(judgement, "EVC-G1", "https/deviceBoot", "tls: .*WRONG_VERSION_NUMBER")
    assert re.search("no connection was ever made: TLS: .*plain HTTP behind an https address", judgement.unreachable)


@pytest.mark.parametrize(("expired", "words"), [(True, "has expired"), (False, "unable to get local issuer")])
def test_a_certificate_that_does_not_verify_is_a_finding(expired: bool, words: str, tmp_path: Path) -> None:
    """Expired, or by an authority that the target file does not trust (EVC-X23)."""
    ours, theirs = Authority(), Authority()
    ca = ours.write_ca(tmp_path / "ca.pem")
    not_after = datetime.now(UTC) - timedelta(days=1) if expired else None
    certificate = (ours if expired else theirs).write_server(tmp_path / "server.pem", not_after=not_after)
    with standing(FaultyServer(faults.Says(faults.OK), faults.server_context(certificate))) as url:
        judgement = judged(tmp_path, url, str(ca))
    check_that_only(judgement, "EVC-G1", "https/deviceBoot", f"certificate: the certificate does not verify: .*{words}")
    assert re.search(f"no connection was ever made: the certificate .*{words}", judgement.unreachable)


def test_a_demand_for_a_client_certificate_is_a_finding(tmp_path: Path) -> None:
    """No box has a certificate, and none may be asked for (EVC-G9)."""
    authority = Authority()
    ca = authority.write_ca(tmp_path / "ca.pem")
    tls = faults.server_context(authority.write_server(tmp_path / "server.pem"), clients_of=ca)
    with standing(FaultyServer(faults.DemandsACertificate(tls))) as url:
        judgement = judged(tmp_path, url.replace("http:", "https:"))
    check_that_only(judgement, "EVC-G9", "no-client-certificate", "CERTIFICATE_REQUIRED")
    assert "CERTIFICATE_REQUIRED" in judgement.unreachable
