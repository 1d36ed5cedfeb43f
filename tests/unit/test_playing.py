"""What one worker plays of a run, and what it leaves out."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from conformance.asked import Asked, scenarios_for
from conformance.playing import Player
from conformance.recorded import judge_journal
from conformance.verdict import Exit, Status
from simulators.lab.starting import free_port
from tests.unit.front_door import ROOT, chargeproof, said
from tests.unit.test_target_profile import ENVIRON, blocks

SERVER, LISTEN = "https://127.0.0.1:8443/evcs", "http://0.0.0.0:9100"
NOBODY = "no connection was ever made"
NO_BOX = "no [[pixit.beijing.connector]] has a box that can be moved from here"
REAL_CLOCK, HOUR_S = '[pixit.clock]\nkind = "real"\n', 3600


def city_of_nobody(folder: Path) -> Asked:
    """The city file of the page, of a server that is not there."""
    text = blocks("toml")[2]
    for old, new in ((SERVER, f"https://127.0.0.1:{free_port()}/evcs"), (LISTEN, f"http://127.0.0.1:{free_port()}")):
        assert old in text
        text = text.replace(old, new)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return Asked(target=str(folder / "mine.toml"))


def test_a_city_server_that_is_not_there_is_known_by_its_first_silence(tmp_path: Path) -> None:
    """It is asked for its token, and for nothing else: each row is open for that one reason, which heads the report."""
    asked = city_of_nobody(tmp_path)
    stage = asked.stage(ENVIRON)
    rows, journal = asked.rows(stage.target), tmp_path / "run" / "journal.db"
    scenarios = [each for each in scenarios_for(rows) if each.effects <= stage.target.effects]
    player = Player(asked, stage, rows, journal)
    played = [player.play(scenario) for scenario in scenarios]
    player.close(interrupted=False)
    assert {outcome.status for outcome in played} == {Status.INCONCLUSIVE}
    assert [outcome.reason for outcome in played if NOBODY not in outcome.reason] == []
    result = judge_journal([journal])
    assert (result.scenarios, result.judgement.unreachable.startswith(NOBODY)) == (0, True)
    told = {verdict.status: verdict.reason for verdict in result.judgement.verdicts}
    assert told[Status.INCONCLUSIVE] == result.judgement.unreachable
    assert told.keys() == {Status.INCONCLUSIVE, Status.NOT_APPLICABLE}, "the latter: a bonus that is not claimed"


def test_what_is_forbidden_tells_what_it_would_lack_besides(tmp_path: Path) -> None:
    """Who allows it reads no second reason in the next run that was known in the first."""
    text = blocks("toml")[2].replace("[target]", '[target]\nstart = "reference"')
    text = re.sub(r"^(?:base_url|listen) = .*\n", "", text, flags=re.M)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    asked = Asked(target=str(tmp_path / "mine.toml"))
    stage = asked.stage(ENVIRON)
    rows = [row for row in asked.rows(stage.target) if row.id == "BJ-1.1.10-a"]
    player = Player(asked, stage, rows, tmp_path / "run" / "journal.db")
    forbidden = [each for each in scenarios_for(rows) if not each.effects <= stage.target.effects]
    for scenario in forbidden:
        player.play(scenario)
    player.close(interrupted=False)
    (verdict,) = judge_journal([tmp_path / "run" / "journal.db"]).judgement.verdicts
    assert forbidden
    assert verdict.reason.startswith("the target does not allow the effect ")
    assert NO_BOX in verdict.reason


def test_who_lacks_something_is_not_told_that_more_time_would_help(tmp_path: Path) -> None:
    """A scenario of hours that needs a box where there is none is open for that; another one for want of time."""
    text = (
        blocks("toml")[2].replace("[target]", '[target]\nstart = "reference"').replace("[pics]", REAL_CLOCK + "[pics]")
    )
    text = re.sub(r"^(?:base_url|listen) = .*\n", "", text, flags=re.M).replace('"faults"]', '"opens-session"]')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    asked = Asked(target=str(tmp_path / "mine.toml"), within="2m")
    stage, long = asked.stage(ENVIRON), {}
    rows = asked.rows(stage.target)
    player = Player(asked, stage, rows, tmp_path / "run" / "journal.db")
    for scenario in scenarios_for(rows):
        if scenario.effects <= stage.target.effects and scenario.seconds > HOUR_S:
            long[scenario.name.partition("::")[2]] = player.play(scenario).reason
    player.close(interrupted=False)
    assert long["test_states_that_do_not_change_are_pushed_again"] == NO_BOX
    assert long["test_expired_tokens_open_nothing"] == "takes 2 h 2 min, more than was left of --for 2m"


def test_a_port_that_is_taken_ends_the_check_at_once(tmp_path: Path) -> None:
    """The command's own server could not be told from whoever is there: misuse, and not one scenario goes by."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = (ROOT / "targets" / "reference-real.toml").read_text("utf-8").replace(":18443", f":{port}")
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        done = chargeproof("check", "--target", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out"))
    assert done.returncode == Exit.MISUSE, done.stdout + done.stderr
    assert f"on port {port}; name a free one" in said(done.stderr)
    assert re.search(r"\d+/\d+", done.stdout) is None, "no section was played"
