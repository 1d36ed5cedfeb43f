"""Nothing is forgotten: every row and every case of the ledger is reached, for better and for worse."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.requirements.ledger import Requirement, ledger
from conformance.rules.beijing.bench import rule_classes as city_rule_classes
from conformance.rules.evchong.bench import rule_classes
from tests.unit import journals

HERE = Path(__file__).parent
PROTOCOLS = ("evchong", "beijing")


def modules() -> list[ModuleType]:
    """The tests of the rules, but for this one."""
    names = sorted(path.stem for path in HERE.glob("test_*.py") if path != Path(__file__))
    return [importlib.import_module(f"tests.unit.rules.{name}") for name in names]


def told(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments of each run of a test, as pytest makes them of its marks."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for chosen in itertools.product(*[list(mark.args[1]) for mark in marks]):
        arguments: dict[str, Any] = {}
        for mark, values in zip(marks, chosen, strict=True):
            names = mark.args[0]
            arguments |= {names: values} if isinstance(names, str) else dict(zip(names, values, strict=True))
        yield arguments


def checked() -> list[Requirement]:
    """The rows that a check judges."""
    return [row for row in ledger().values() if row.judged_by == "check"]


def test_every_case_of_the_ledger_is_reached_good_and_bad() -> None:
    """The tests of the rules are told once more; what they asked for must cover the ledger, and nothing beside it."""
    journals.reached.clear()
    tests = [test for module in modules() for name, test in vars(module).items() if name.startswith("test_")]
    assert len(tests) > 150
    for test in tests:
        for arguments in told(test):
            test(**arguments)
    cases = {(row.id, case) for row in checked() if row.protocol in PROTOCOLS for case in row.cases}
    good = {(row, case) for row, case, ok in journals.reached if ok}
    bad = {(row, case) for row, case, ok in journals.reached if not ok}
    assert cases - good == set()
    assert cases - bad == set()
    assert (good | bad) - cases == set()


def test_every_row_has_one_rule_and_every_rule_a_row() -> None:
    """63 of them."""
    rows = [rule.row for rule in rule_classes()]
    assert sorted(rows) == sorted(row.id for row in checked() if row.protocol == "evchong")
    assert len(rows) == 63


def test_every_row_of_the_city_has_one_rule() -> None:
    """Its rules have cases of rows of the boxes, too: what shows on its surface."""
    rows = [rule.row for rule in city_rule_classes() if ledger()[rule.row].protocol == "beijing"]
    assert sorted(rows) == sorted(row.id for row in checked() if row.protocol == "beijing")
