"""The preamble of the city: who asks for a token, how often, and what the platform is left with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.beijing.preamble import STRANGERS_OF_A_KIND, show_that_tokens_are_given
from conformance.discrimination import ROUNDS
from simulators.beijing.messages import Interface
from simulators.journal.records import Exchange
from simulators.lab.client import Unmet
from tests.unit.city_lab import TOKEN, Story, story

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
