"""The words of the operator's surfaces stand in one place, and everything that uses them agrees with it."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from conformance.asked import Asked
from conformance.scenario import scenarios_of
from simulators.lab.client import Lab
from simulators.lab.dry import DryLab
from simulators.lab.surface_words import ORDERS, SURFACE_VERBS, number
from simulators.lab.surfaces import OWN_SURFACES

SCHEMA = json.loads((files("schemas") / "harness" / "target.json").read_text(encoding="utf-8"))
DESCRIBED = SCHEMA["properties"]["surfaces"]["properties"]
TAKEN = {"status": 200, "ret": 0}
CITY: dict[str, Any] = {
    "city.fetch_token": TAKEN | {"content": {"SuccStat": 0}},
    "city.ask": TAKEN | {"content": {"PageCount": 1, "StationInfos": [{"StationID": "ST-1", "StationName": "南站"}]}},
    "city.local_time": {"text": "2026-03-02 08:00:00"},
    "city.sockets": {"1": {"station": "ST-1", "equipment": "E-1", "box": "", "connector": 1}},
}
"""What a city answers to the scenarios that use a surface."""


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (12, 12),
        (12.0, 12),
        ("12", 12),
        (" 12.50 ", Decimal("12.5")),
        (12.34, Decimal("12.34")),
        (Decimal("1e3"), 1000),
        (-5, -5),
        (True, None),
        (None, None),
        ("", None),
        ("12 kWh", None),
        ("nan", None),
        (float("inf"), None),
        ([12], None),
    ],
)
def test_a_number_is_read_in_any_spelling_exactly(told: Any, read: int | Decimal | None) -> None:
    """12, 12.0, "12" are one number; a truth value, an empty text, a number with its unit are none."""
    assert number(told) == read
    assert type(number(told)) is type(read)


def test_energy_money_and_moments_may_be_told_in_another_unit() -> None:
    names = {name: (field.name, field.factor_of(name)) for name, field in ORDERS.names.items() if field.name != name}
    assert names == {
        "started_s": ("started_ms", 1000),
        "ended_s": ("ended_ms", 1000),
        "energy_kwh": ("energy_wh", 1000),
        "electricity_yuan": ("electricity_fen", 100),
        "service_yuan": ("service_fen", 100),
        "total_yuan": ("total_fen", 100),
    }


def test_the_schema_describes_every_verb_with_its_words() -> None:
    """Who reads the schema alone knows what a template may name, and what an answer may tell."""
    assert DESCRIBED.keys() == SURFACE_VERBS.keys()
    for name, verb in SURFACE_VERBS.items():
        described = DESCRIBED[name]["description"]
        assert described.startswith(verb.does.partition(";")[0])
        assert ("no scenario uses it yet" in described) is (verb.arguments is None)
        words = [f"{{{argument}}}" for argument in verb.arguments or {}] + [field.name for field in verb.answer]
        assert [word for word in words if word not in described] == []


def test_our_own_app_api_is_described_in_these_words() -> None:
    for name, surface in OWN_SURFACES.items():
        assert surface.fields.keys() <= SURFACE_VERBS[name].names.keys()


def test_scenarios_give_each_verb_what_is_written_down() -> None:
    """A template may name these arguments and no others."""
    given: dict[str, set[frozenset[str]]] = {}

    class Listening(DryLab):
        def ask(self, verb: str, arguments: dict[str, Any]) -> Any:
            if verb == "surface.use":
                given.setdefault(arguments["verb"], set()).add(frozenset(arguments["arguments"]))
            return CITY[verb] if verb in CITY else super().ask(verb, arguments)

    setting = Asked().stage({}).lab_setting(Path())
    about_stations = [each for each in scenarios_of("beijing") if "BJ-1.1.1-c" in each.rows]
    for scenario in [*scenarios_of("evchong"), *about_stations]:
        scenario.play(Lab(Listening(setting)))
    assert given == {
        name: {frozenset(verb.arguments)} for name, verb in SURFACE_VERBS.items() if verb.arguments is not None
    }
