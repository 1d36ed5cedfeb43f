"""Questions that the city breaks: each has the one thing wrong that its kind says, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.beijing.broken import NO_ENVELOPES, TOLERATED, Broken
from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.envelope import open_request
from simulators.beijing.messages import Interface
from simulators.beijing.mind import PlatformMind
from simulators.beijing.opened import REQUEST_FIELDS, Noted, Opened, Step
from simulators.randomness import Randomness
from tests.unit.sealed_journals import CONTRACT

NOON_MS = 1425268800000
MEANT = {"StationIDs": ["ST-0001"]}


def mind() -> PlatformMind:
    return PlatformMind(CONTRACT, Dialect(Readings()), Randomness(1).stream("city"))


def asked(broken: Broken, case: str = "", of: PlatformMind | None = None) -> bytes:
    body, meant = (of or mind()).broken_question(NOON_MS, Interface.QUERY_STATION_STATUS, MEANT, broken, case)
    assert meant.content == MEANT
    return body


def opened(broken: Broken, case: str = "") -> Opened:
    return open_request(mind().keys.operator, asked(broken, case))


def steps(of: Opened) -> list[Step]:
    return [fault.step for fault in of.faults]


def test_a_wrong_sig_is_wrong_and_nothing_else() -> None:
    """The content can be read all the same."""
    found = opened(Broken.SIG)
    assert (steps(found), found.content) == ([Step.SIG], MEANT)


@pytest.mark.parametrize("field", REQUEST_FIELDS)
def test_a_field_is_missing_and_nothing_else(field: str) -> None:
    """Sig covers what is there."""
    found = opened(Broken.MISSING, field)
    assert {fault.field for fault in found.faults} == {field}
    assert field not in (found.envelope or {})


@pytest.mark.parametrize(
    ("case", "step"), [("undecryptable", Step.AES), ("no-json", Step.CONTENT), ("no-object", Step.CONTENT)]
)
def test_data_holds_nothing_under_a_right_sig(case: str, step: Step) -> None:
    """It does not decrypt, is no JSON, or is a list."""
    found = opened(Broken.UNREADABLE, case)
    assert (steps(found), found.content) == ([step], None)


def test_tampered_data_has_the_sig_of_other_data() -> None:
    """So that it does not verify."""
    assert steps(opened(Broken.TAMPERED)) == [Step.SIG]


def test_a_stale_question_is_six_hours_old() -> None:
    """And verifies."""
    found = opened(Broken.STALE)
    assert found.ok
    assert found.text("TimeStamp") == "20150302060000"


def test_a_stranger_signs_with_the_keys_of_the_city() -> None:
    """Nothing but the name is another."""
    found = opened(Broken.FOREIGN_OPERATOR)
    assert found.ok
    assert found.noted(Noted.FOREIGN_OPERATOR_ID)


def test_what_is_tolerated_verifies() -> None:
    """Every one of these can be read."""
    notes = {Broken.LOWER_CASE_SIG: Noted.SIG_LOWER_CASE, Broken.LINE_BREAKS: Noted.BASE64_LINE_BREAKS}
    for broken in TOLERATED:
        found = opened(broken)
        assert (found.ok, found.content) == (True, MEANT)
        assert broken not in notes or found.noted(notes[broken])


def test_a_repeated_seq_is_that_of_the_question_before() -> None:
    """TimeStamp and Seq, both."""
    city = mind()
    before, _ = city.question(NOON_MS, Interface.QUERY_STATION_STATUS, MEANT)
    again = asked(Broken.REPEATED_SEQ, of=city)
    assert stamped(again) == stamped(before)
    after, _ = city.question(NOON_MS, Interface.QUERY_STATION_STATUS, MEANT)
    assert stamped(after) != stamped(before)


def stamped(body: bytes) -> tuple[Any, Any]:
    envelope = json.loads(body)
    return envelope["TimeStamp"], envelope["Seq"]


@pytest.mark.parametrize("case", NO_ENVELOPES)
def test_what_is_no_envelope_is_none(case: str) -> None:
    """Not one of them can be opened."""
    assert opened(Broken.NO_ENVELOPE, case).content is None


def test_ids_that_were_made_up_are_found_in_questions() -> None:
    """Alone, or in a list."""
    city = mind()
    city.note_made_up("ST-NOBODY")
    assert city.made_up_in({"StationIDs": ["ST-0001", "ST-NOBODY"]}) == "ST-NOBODY"
    assert city.made_up_in({"ConnectorID": "ST-NOBODY"}) == "ST-NOBODY"
    assert city.made_up_in(MEANT) == ""
