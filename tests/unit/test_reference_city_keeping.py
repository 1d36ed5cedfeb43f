"""What the reference writes down outlasts it, where it has a folder for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.clock import SteppedClock
from simulators.lab.client import Lab, Unmet
from simulators.lab.running import RunningLab
from simulators.lab.setting import LabSetting
from simulators.reference.city.keeping import Kept
from tests.unit.reference_calls import SITE, START_MS, calling, run


def test_what_was_put_is_found_by_the_next(tmp_path: Path) -> None:
    """In the order in which it first came, by kind; what was dropped is gone."""
    kept = Kept(str(tmp_path))
    for key in ("b", "a", "c"):
        kept.put("debt", key, {"due": key})
    kept.put("debt", "b", {"due": "again"})
    kept.put("session", "b", [1])
    kept.drop("debt", "a")
    assert Kept(str(tmp_path)).all("debt") == {"b": {"due": "again"}, "c": {"due": "c"}}
    kept.close()
    after = Kept(str(tmp_path))
    assert (after.get("session", "b"), after.get("session", "z"), after.get("session", "z", 0)) == ([1], None, 0)
    after.close()


def test_without_a_folder_nothing_outlasts_it() -> None:
    """Then it lives in memory, and closing it twice, or unused, does no harm."""
    kept = Kept("")
    kept.close()
    kept.put("count", "token", 1)
    assert kept.get("count", "token") == 1
    kept.close()
    kept.close()
    assert kept.all("count") == {}


def test_charge_boxes_go_on_over_a_restart(tmp_path: Path) -> None:
    """EVCHONG 1.4: a transaction that ran is known, its id is not given out again, and orders are listed."""

    async def story() -> None:
        clock = SteppedClock(START_MS)
        async with clock.awake():
            async with calling(tmp_path, data=str(tmp_path), clock=clock) as box:
                await box.boot()
                await box.start()
            async with calling(tmp_path, data=str(tmp_path), clock=clock) as box:
                assert (await box.start(connector=2))["transactionId"] == 2
                await box.stop(1)
                assert [order["state"] for order in await box.orders()] == ["finished", "charging"]

    run(story())


def test_a_server_that_is_not_ours_is_not_restarted(tmp_path: Path) -> None:
    """Whoever started it restarts it."""
    setting = LabSetting(journal=tmp_path / "journal.db", site=SITE, base_url="http://127.0.0.1:9", clock="real")
    with RunningLab(setting) as running, pytest.raises(Unmet, match="whoever started it"):
        Lab(running).restart_server()
