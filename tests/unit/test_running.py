"""A run opens a lab, and leaves none behind."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from conformance.asked import Asked
from conformance.requirements.ledger import select
from conformance.running import Run
from simulators.journal.tables import JournalError
from simulators.lab.lab import Lab


def test_a_lab_whose_first_record_cannot_be_written_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread, no server and no folder stays behind when the disk is full at once."""
    closed: list[Lab] = []
    close = Lab.close

    async def seen_closing(lab: Lab) -> None:
        closed.append(lab)
        await close(lab)

    def full(*_: Any, **__: Any) -> int:
        raise JournalError("the disk is full")

    monkeypatch.setattr(Lab, "step", full)
    monkeypatch.setattr(Lab, "close", seen_closing)
    run = Run(Asked().stage({}), tmp_path / "journal.db", select(["EVC-1.1-a"]), world=77)
    with pytest.raises(JournalError, match="the disk is full"):
        run.__enter__()
    assert len(closed) == 1
    assert "lab 77" not in {thread.name for thread in threading.enumerate()}


def test_what_was_started_by_hand_is_ended_on_each_box(tmp_path: Path) -> None:
    """Also where two boxes have transactions of one id, as ids are unique in a box only (1.4)."""
    stage = Asked(sut="CountsTransactionsPerBox").stage({})
    with Run(stage, tmp_path / "journal.db", select(["EVC-1.4-g"])) as run:
        boxes = [run.lab.box().booted(), run.lab.box().booted()]
        cards = [run.lab.card(), run.lab.card()]
        for _ in range(2):
            started = [box.say_start(card) for box, card in zip(boxes, cards, strict=True)]
            assert started[0].transaction_id == started[1].transaction_id
            assert [said.authorization for said in started] == ["Accepted", "Accepted"]
            assert run.lab.do("lab.stop_by_hand") == {"left": []}
