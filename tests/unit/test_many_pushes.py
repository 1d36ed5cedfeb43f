"""A server that floods the platform with statuses: however slow the machine, none of them is lost."""

from __future__ import annotations

from pathlib import Path

from benchmarks.pushes import pressed

PER_S, SECONDS = 1000, 2.0


def test_every_push_of_a_flood_is_answered_written_down_and_judged(tmp_path: Path) -> None:
    """A thousand a second from a process of its own, while the rules look on: each number is that of the pushes."""
    took = pressed(tmp_path, PER_S, SECONDS)
    sent = round(PER_S * SECONDS)
    assert (took.pushed.sent, took.pushed.taken, took.rows, took.judged) == (sent, sent, sent, sent)
