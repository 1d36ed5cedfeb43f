"""The reference as a process of its own: what it is handed, how it ends, and in whose time it lives."""

from __future__ import annotations

import re
import shutil
import stat
import sys
from pathlib import Path

import pytest

from conformance.asked import Asked
from conformance.staging import Stage
from conformance.target import Target
from simulators.beijing.messages import Interface
from simulators.journal.records import Exchange
from simulators.lab.client import Lab
from simulators.lab.running import RunningLab
from simulators.lab.setting import LabError
from simulators.lab.starting import free_port
from simulators.reference.__main__ import main
from simulators.reference.handed import Handed
from simulators.world.site import Site
from tests.unit.front_door import ROOT

TARGETS = ("reference-real.toml", "reference-faketime.toml")
FAKETIME = '"faketime", "-f", "@{now} x20",'
TOLERANCE_MS = 60_000  # pixit.evchong.time_tolerance_s, as it is unless set
CHARGER = "11010500000000000000007001"


def target(folder: Path, name: str = "reference-real.toml", *changes: tuple[str, str]) -> Target:
    """One of ours at a port that is free, with changes to its text."""
    written = (ROOT / "targets" / name).read_text("utf-8")
    for old, new in (("18443", str(free_port())), ("18444", str(free_port())), *changes):
        written = written.replace(old, new)
    file = folder / name
    file.write_text(written, "utf-8")
    return Target.load(file, {})


def told_ms(running: RunningLab) -> int:
    """What time the server said it is at the latest boot."""
    boots = [each for each in running.journal.since(0) if isinstance(each, Exchange) and each.operation == "deviceBoot"]
    assert boots[-1].answer is not None
    found = re.search(rb"[0-9]{13}", boots[-1].answer.body)
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("name", TARGETS)
def test_it_is_the_reference_but_for_its_clock_and_address(name: str) -> None:
    """So that what one of them shows holds for the others."""
    ours, process = (Target.load(ROOT / "targets" / each, {}) for each in ("reference.toml", name))
    assert process.site() == ours.site()
    assert (process.pics, process.effects, process.surfaces) == (ours.pics, ours.effects, ours.surfaces)
    assert process.pixit.beijing == ours.pixit.beijing
    assert Asked(target=str(ROOT / "targets" / name)).stage({}).target.name == name.removesuffix(".toml")


def test_it_is_told_all_that_one_inside_the_suite_is_told(tmp_path: Path) -> None:
    """Site, certificate, contract and keys; it is asked over the network, finds its chargers, and outlives no lab."""
    stage = Stage(target=target(tmp_path))
    with RunningLab(stage.lab_setting(tmp_path / "journal.db")) as running:
        (handed,) = Path(running.lab._folder.name).glob("setting.json")
        assert stat.S_IMODE(handed.stat().st_mode) == 0o600
        lab = Lab(running)
        assert lab.clock() == "real"
        assert lab.city.fetch_token().succeeded
        lab.do("charger.plug", charger=CHARGER)
        question = {"EquipAuthSeq": lab.city.next_number(), "ConnectorID": CHARGER}
        assert lab.city.ask(Interface.QUERY_EQUIP_AUTH, question).succeeded
        lab.restart_server()
        assert lab.city.fetch_token().succeeded
        process = running.lab._server._process
    assert process.returncode == 0
    assert not handed.exists()


def test_a_fast_one_agrees_with_the_scaled_clock_around_it(tmp_path: Path) -> None:
    """At rate 20 a boot is answered with a time that is that of the lab, within its tolerance; also after a restart."""
    fast = ((FAKETIME, ""), ('"{setting}"', '"{setting}", "--rate", "20"'))
    stage = Stage(target=target(tmp_path, "reference-faketime.toml", *fast))
    with RunningLab(stage.lab_setting(tmp_path / "journal.db")) as running:
        lab = Lab(running)
        assert lab.clock() == "scaled"
        for _ in range(2):
            began_ms = lab.now_ms()
            lab.city.fetch_token()
            lab.pass_time(20)
            assert 20_000 <= lab.now_ms() - began_ms < 400_000
            lab.box().booted()
            assert abs(told_ms(running) - lab.now_ms()) < TOLERANCE_MS
            lab.restart_server()
        assert running.lab.lateness()["jitter_ms"] >= 0


def test_without_faketime_its_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    setting = Stage(target=target(tmp_path, "reference-faketime.toml")).lab_setting(tmp_path / "journal.db")
    with pytest.raises(LabError, match="Debian package faketime"), RunningLab(setting):
        pass


def test_faketime_is_told_the_time_of_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``-f "@... x20"``, as the machine's local time; the words after it are the server's."""
    fake = tmp_path / "faketime"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/words\nexit 7\n')
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    setting = Stage(target=target(tmp_path, "reference-faketime.toml")).lab_setting(tmp_path / "journal.db")
    with pytest.raises(LabError, match="ended at once with 7"), RunningLab(setting):
        pass
    words = (tmp_path / "words").read_text().splitlines()
    assert words[0] == "-f"
    assert words[1].startswith("@20")
    assert words[1].endswith(" x20")
    assert words[2] == sys.executable


def test_a_port_that_is_taken_is_not_taken_for_the_server(tmp_path: Path) -> None:
    """Somebody else would be judged."""
    stage = Stage(target=target(tmp_path))
    with (
        RunningLab(stage.lab_setting(tmp_path / "one.db")),
        pytest.raises(LabError, match="listens there already"),
        RunningLab(stage.lab_setting(tmp_path / "two.db")),
    ):
        pass


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_a_setting_that_is_none_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None) -> None:
    file = tmp_path / "setting.json"
    if text is not None:
        file.write_text(text)
    assert main(["--port", "1", "--setting", str(file)]) == 64
    assert str(file) in capsys.readouterr().err


def test_what_is_handed_is_read_again(tmp_path: Path) -> None:
    """Nobody else may read it, whatever stood there before."""
    handed = Handed(
        site=Site(), certificate="c.pem", data="", readings={"EVC-X1": "json"}, plain_http_port=1, seed=2,
        offline_after_intervals=3, city=None, charger_link="",
    )  # fmt: skip
    handed.write(tmp_path / "h.json")
    assert Handed.read(tmp_path / "h.json") == handed
    assert stat.S_IMODE((tmp_path / "h.json").stat().st_mode) == 0o600


def test_what_a_wrapper_started_ends_with_it(tmp_path: Path) -> None:
    """faketime runs the server as a child, and does not pass on that it shall end; the address is free afterwards."""
    wrapped = ('start = ["{python}", ', 'start = ["/bin/sh", "-c", "\\"$@\\"; true", "sh", "{python}", ')
    stage = Stage(target=target(tmp_path, "reference-real.toml", wrapped))
    for name in ("one.db", "two.db"):
        with RunningLab(stage.lab_setting(tmp_path / name)) as running:
            lab = Lab(running)
            assert lab.city.fetch_token().succeeded
            lab.restart_server()
            assert lab.city.fetch_token().succeeded


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs the Debian package faketime")
def test_under_faketime_it_lives_in_the_time_of_the_lab(tmp_path: Path) -> None:
    """Twenty times as fast, also after a restart; and it leaves when the lab does."""
    stage = Stage(target=target(tmp_path, "reference-faketime.toml"))
    for name in ("one.db", "two.db"):
        with RunningLab(stage.lab_setting(tmp_path / name)) as running:
            lab = Lab(running)
            for _ in range(2):
                lab.pass_time(100)
                lab.box().booted()
                assert abs(told_ms(running) - lab.now_ms()) < TOLERANCE_MS
                lab.restart_server()
