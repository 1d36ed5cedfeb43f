"""The preamble of the city: who asks for a token, how often, and what the platform is left with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.asked import Asked
from conformance.beijing.preamble import DRAWN, STRANGERS_OF_A_KIND, seconds_of_states, show_that_tokens_are_given
from conformance.discrimination import ROUNDS
from conformance.requirements.ledger import select
from conformance.running import Run
from conformance.verdict import Why
from simulators.beijing.messages import Interface
from simulators.journal.records import Exchange
from simulators.lab.client import Unmet
from tests.unit.city_lab import TOKEN, Story, story
from tests.unit.front_door import ROOT

NEVER_ANSWERS = "simulators.mutants.beijing.liars:NeverAnswersTheCity"


def asked(told: Story) -> list[Exchange]:
    """What the platform asked, in its order."""
    records = told._running.journal.since(0)
    return [record for record in records if isinstance(record, Exchange) and record.actor == "city"]


def test_everybody_asks_in_every_round_and_a_stranger_first(tmp_path: Path) -> None:
    """The right account among 22 strangers; at the end the platform has a token that the server takes."""
    with story(tmp_path) as told:
        show_that_tokens_are_given(told.lab)
        calls = asked(told)
        unknown = told.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, StartChargeSeq="MA0CITY01000000000000000001")
    assert {call.operation for call in calls} == {TOKEN}
    assert Counter(call.keys["credentials"] for call in calls) == {
        "right": ROUNDS,
        "operator": ROUNDS * STRANGERS_OF_A_KIND,
        "secret": ROUNDS * STRANGERS_OF_A_KIND,
    }
    assert calls[0].keys["credentials"] != "right"
    assert unknown["ret"] == 4004  # not 4002


def test_a_silent_server_is_not_asked_for_long(tmp_path: Path) -> None:
    """Two calls without an answer are enough."""
    with (
        story(tmp_path, start=NEVER_ANSWERS, answer_limit_s=0.05) as told,
        pytest.raises(Unmet, match="not answered"),
    ):
        show_that_tokens_are_given(told.lab)


@pytest.mark.parametrize(("connectors", "seconds"), [(0, 0), (1, (1 + DRAWN) * 6), (9, 7 * 6), (DRAWN, 12)])
def test_the_fewer_connectors_the_longer_their_states_take(connectors: int, seconds: float) -> None:
    """A round of all of them stands as long as a push may take."""
    assert seconds_of_states(connectors, 5.0) == seconds


def test_a_short_run_in_real_time_is_not_eaten_up_by_states(tmp_path: Path) -> None:
    """More than a third of it they do not get; the rows that lean on their pushes need time, and say how much."""
    embedded = (ROOT / "targets" / "reference.toml").read_text("utf-8")
    began = embedded.index("[pixit.clock]")
    real = f'{embedded[:began]}[pixit.clock]\nkind = "real"\n\n{embedded[embedded.index("[pixit.evchong]") :]}'
    (tmp_path / "mine.toml").write_text(real, "utf-8")
    rows = select(["BJ-1.1.2-a", "CEC-ENV-a"])
    with Run(Asked(target=str(tmp_path / "mine.toml")).stage({}), tmp_path / "journal.db", rows) as run:
        run.show_that_it_works(within_s=60)
    assert run.judge.worlds[0].not_asked == {
        "notification_stationStatus": "the preamble of the connectors takes 42 s, more than a third of --for"
    }
    told = run.judge.judgement(rows, lambda row: True)
    assert told.of("BJ-1.1.2-a").why is not Why.NOT_SHOWN_TO_WORK
