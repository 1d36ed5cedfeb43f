"""How the simulated platform behaves by itself: how often it asks, and how quickly it answers (BJ-P5, BJ-P7)."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from simulators.journal.records import Exchange
from tests.unit.city_lab import STATUS, Story, story

HOUR_S, DAY_S = 3600, 24 * 3600
MEAN_OF_BUSINESS_S = 1.0  # 3.2; the one of public information, 3.1, is 3 s


def test_the_platform_asks_when_somebody_wants_to_know_and_never_by_itself(tmp_path: Path) -> None:
    """It may ask for every state once a day (1.1.3); a server that is left alone for one is asked nothing (BJ-P5)."""
    with story(tmp_path) as told:
        told.lab.pass_time(DAY_S)
        exchanges = _exchanges(told)
    assert {exchange.operation for exchange in exchanges if exchange.actor == "sut"} >= {STATUS}
    assert [exchange.operation for exchange in exchanges if exchange.actor == "city"] == []


def test_the_platform_answers_quicker_than_the_means_of_chapter_3(tmp_path: Path) -> None:
    """No delay of its own may be laid at the server's door (BJ-P7)."""
    with story(tmp_path) as told:
        told.lab.pass_time(12 * HOUR_S)
        lasted_s = [exchange.duration_ns / 1e9 for exchange in _exchanges(told) if exchange.actor == "sut"]
    assert len(lasted_s) > 10
    assert mean(lasted_s) < MEAN_OF_BUSINESS_S


def _exchanges(told: Story) -> list[Exchange]:
    """What passed between the platform and the server."""
    records = told._running.journal.since(0)
    return [record for record in records if isinstance(record, Exchange) and record.protocol == "beijing"]
