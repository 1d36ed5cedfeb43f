"""The city breaks questions on purpose: over the wire, and into the journal with what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.beijing.broken import Broken
from simulators.beijing.messages import Interface
from simulators.journal.records import Exchange
from simulators.lab.setting import LabError
from tests.unit.city_lab import Story, story

STATUS = Interface.QUERY_STATION_STATUS
MEANT = {"StationIDs": ["PLACE-1"]}
RETS = {
    Broken.SIG: 4001,
    Broken.NO_TOKEN: 4002,
    Broken.WRONG_TOKEN: 4002,
    Broken.TAMPERED: 4001,
    Broken.FOREIGN_OPERATOR: 4004,
    Broken.REPEATED_SEQ: 0,
    Broken.LOWER_CASE_SIG: 0,
    Broken.LINE_BREAKS: 0,
}


def asked(told: Story) -> Exchange:
    """The latest question."""
    return [
        record
        for record in told._running.journal.since(0)
        if isinstance(record, Exchange) and (record.protocol, record.actor) == ("beijing", "city")
    ][-1]


def test_broken_questions_are_refused_and_marked(tmp_path: Path) -> None:
    """Each kind by the Ret of cec102 1.5; what is only odd is answered."""
    with story(tmp_path) as told:
        told.authorize()
        for broken, ret in RETS.items():
            assert told.lab.city.ask_broken(STATUS, MEANT, broken).ret == ret, broken
            assert asked(told).keys["broken"] == broken.value
            assert (asked(told).view or {})["request"]["content"] == MEANT


def test_a_missing_field_is_named_in_the_journal(tmp_path: Path) -> None:
    """The bytes alone say it to nobody who has no keys."""
    with story(tmp_path) as told:
        told.authorize()
        assert told.lab.city.ask_broken(STATUS, MEANT, Broken.MISSING, "Seq").ret == 4003
        assert asked(told).keys == {"broken": "missing", "case": "Seq"}


def test_ids_that_name_nothing_are_marked(tmp_path: Path) -> None:
    """In the form of one that does, and never the same twice."""
    with story(tmp_path) as told:
        told.authorize()
        one, other = (told.lab.city.made_up("PLACE-1") for _ in range(2))
        assert one != other
        assert len(one) <= 20
        told.lab.city.ask(STATUS, {"StationIDs": ["PLACE-1", one]})
        assert asked(told).keys == {"made_up": one}


def test_what_cannot_be_broken_is_misuse(tmp_path: Path) -> None:
    """A kind or a case that does not exist names those that do."""
    with story(tmp_path) as told:
        for broken, case, words in (("bent", "", "wrong-token"), ("missing", "Ret", "TimeStamp")):
            with pytest.raises(LabError, match=words):
                told.lab.do("city.ask_broken", interface=STATUS.value, content=MEANT, broken=broken, case=case)


def test_local_time_is_that_of_the_operator(tmp_path: Path) -> None:
    """Nineteen characters."""
    with story(tmp_path) as told:
        assert len(told.lab.city.local_time()) == 19
