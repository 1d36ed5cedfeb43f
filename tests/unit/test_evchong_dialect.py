"""Readings are chosen by row, and a wrong choice says what would do."""

from __future__ import annotations

import pytest

from simulators.evchong.dialect import READINGS, Readings


def test_nothing_chosen_is_the_default_of_every_row() -> None:
    """The table and the defaults of the attributes say the same."""
    readings = Readings.parse({})
    assert readings == Readings()
    assert {row: getattr(readings, reading.attribute) for row, reading in READINGS.items()} == {
        row: reading.default for row, reading in READINGS.items()
    }
    assert readings.chosen() == {}


def test_each_alternative_can_be_chosen_and_is_told_again() -> None:
    """``chosen`` gives back what ``parse`` was given."""
    chosen = {
        row: reading.alternatives[0] for row, reading in READINGS.items() if reading.alternatives and row != "EVC-X21"
    } | {"EVC-X21": "30"}
    assert len(chosen) == 14
    assert Readings.parse(chosen).chosen() == chosen


def test_the_sample_interval_is_any_number_of_seconds() -> None:
    """EVC-X21 takes a whole number of seconds as text."""
    assert Readings().sample_interval_s == 10
    assert Readings.parse({"EVC-X21": "3"}).sample_interval_s == 3


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "", "ten", "²", "a whole number of seconds from 1"])
def test_other_sample_intervals_are_refused(seconds: str) -> None:
    """No second, no part of one, no words."""
    with pytest.raises(ValueError, match=r"EVC-X21 .*what would do: 10, a whole number of seconds from 1"):
        Readings.parse({"EVC-X21": seconds})


def test_an_unknown_row_is_named_with_those_there_are() -> None:
    """A row without a choice, as EVC-X7, is unknown too."""
    with pytest.raises(ValueError, match=r"no reading 'EVC-X7'; there are: EVC-X1, EVC-X2, .*EVC-X25"):
        Readings.parse({"EVC-X7": "strict"})


@pytest.mark.parametrize("value", ["xml", "", 1, None, ["form"]])
def test_an_unknown_value_says_what_would_do(value: object) -> None:
    """The message names row, value, meaning and choices."""
    with pytest.raises(ValueError, match=r"EVC-X1 cannot be .*request body.*what would do: form, json"):
        Readings.parse({"EVC-X1": value})
