"""The catalogue is whole: every row that a server owes has its mutants, every demanded case is named."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from conformance.requirements.ledger import Requirement, ledger
from simulators.beijing.dialect import Readings as CityReadings
from simulators.evchong.dialect import READINGS, Readings
from simulators.evchong.invalid import malformed_cases, missing_cases
from simulators.evchong.messages import Service
from simulators.lab.starting import load
from simulators.mutants.lawful import compositions
from simulators.mutants.registry import Entry, Lawful, lawfuls, liars, mutants
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import READINGS as OWN_READINGS

OWED = [row for row in ledger().values() if row.judged_by == "check" and row.party == "S"]
SOURCES = sorted(Path("simulators/mutants").rglob("*.py")) + sorted(Path("simulators/reference").rglob("*.py"))


def everybody() -> list[Entry]:
    return [*mutants().values(), *lawfuls().values(), *liars().values(), *compositions(1)]


def cases_of(row: Requirement) -> set[str]:
    """The cases of a row; those of the field tables follow from the schemas."""
    of_the_tables = {"EVC-G6": missing_cases, "EVC-G7": malformed_cases}
    if row.id in of_the_tables:
        return {case for service in Service for case in of_the_tables[row.id](service)}
    return set(row.cases)


def named_for(row: Requirement) -> set[str]:
    return {case for mutant in mutants().values() if mutant.breaks == row.id for case in mutant.cases}


@pytest.mark.parametrize("row", OWED, ids=lambda row: row.id)
def test_every_row_has_a_mutant_and_every_demanded_case_is_named(row: Requirement) -> None:
    """A row without a mutant is a rule that nobody has seen fail; ``also`` doesn't count."""
    assert named_for(row)
    assert named_for(row) <= cases_of(row)
    if row.level == "M":
        assert named_for(row) == cases_of(row)


def test_rows_named_are_rows_of_the_ledger() -> None:
    """``breaks`` and ``also`` name rows that a server owes, and ``also`` never the row itself."""
    owed = {row.id for row in OWED}
    for mutant in mutants().values():
        assert mutant.breaks in owed, mutant.name
        assert set(mutant.also) <= owed - {mutant.breaks}, mutant.name
        assert all(mutant.also.values()), mutant.name


def test_the_catalogue_is_large_enough() -> None:
    """At least 75 mutants, two variants in every group, twelve liars and the city's six, ten compositions."""
    groups = [entry.group for entry in lawfuls().values() if entry.protocol == "evchong"]
    assert len(mutants()) >= 75
    assert Counter(entry.protocol for entry in liars().values()) == {"evchong": 12, "beijing": 6}
    assert len(compositions(1)) == 10
    assert {group for group in groups if groups.count(group) < 2} == set()
    assert set(groups) == {
        "absent", "connections", "extra", "ids", "order", "plain", "readings", "refusals", "slow", "times",
    }  # fmt: skip


def test_names_are_sentences_about_a_server_and_stories_say_how_it_happens() -> None:
    """A name begins with a verb in the third person or a member of a family; a story is a sentence of its own."""
    for entry in everybody():
        assert re.match(r"(Never)?[A-Z][a-z]*s[A-Z_]|Composition_|NeverAnswers", entry.name), entry.name
        assert entry.story.endswith("."), entry.name
        assert entry.story != ReferenceServer.__doc__, entry.name


def test_everybody_can_be_started_by_path() -> None:
    """A lab starts them as "module:Class", also those that were made in a function."""
    for entry in everybody():
        assert load(entry.path).__name__ == entry.name


def test_entries_are_sorted_and_unique() -> None:
    """Two runs list the same servers in the same order."""
    names = [entry.name for entry in everybody()]
    assert list(mutants()) == sorted(mutants())
    assert len(names) == len(set(names))


def test_a_mutant_changes_one_thing() -> None:
    """One method or setting each, beside a constructor or a helper of its own with the state that it needs."""
    inherited = set(dir(ReferenceServer)) - {"__init__"}
    for mutant in mutants().values():
        changed = {name for name in vars(mutant.server) if name in inherited and not name.startswith("__")}
        assert len(changed) <= 2, (mutant.name, changed)


def test_readings_of_the_variants_are_those_of_the_boxes() -> None:
    """Both sides know a reading by the same name, and every alternative of every row of EVCHONG has a variant."""
    used = {(row, value) for entry in lawfuls().values() for row, value in entry.readings.items()}
    for row, value in used:
        Readings.parse({row: value})
        CityReadings.parse({row: value})
    for row, values in OWN_READINGS.items():
        if row in READINGS:
            assert (READINGS[row].default, *READINGS[row].alternatives) == values
    of_boxes = {row for row, _ in used if row in READINGS}
    assert {row for row, reading in READINGS.items() if reading.alternatives} == of_boxes


def test_compositions_follow_from_their_seed() -> None:
    """The same seed gives the same mixtures, of three to five variants from different groups."""

    def outline(entry: Lawful) -> tuple[str, list[str], dict[str, str]]:
        return entry.name, [part.__name__ for part in entry.server.__bases__], dict(entry.readings)

    assert [outline(entry) for entry in compositions(7)] == [outline(entry) for entry in compositions(7)]
    assert [outline(entry)[1] for entry in compositions(7)] != [outline(entry)[1] for entry in compositions(8)]
    for entry in compositions(7):
        parts = [lawfuls()[part.__name__] for part in entry.server.__bases__]
        assert 3 <= len(parts) == len({part.group for part in parts}) <= 5


def test_no_handler_knows_its_own_name() -> None:
    """What a server says cannot name it: nothing but the registry reads a class's name."""
    for source in SOURCES:
        if source.name not in ("registry.py", "lawful.py", "__main__.py"):
            assert not re.search(r"__name__(?!\))|__class__|__qualname__|type\(self\)", source.read_text()), source


@pytest.mark.parametrize("source", sorted(Path("simulators/reference").glob("*.py")), ids=lambda path: path.stem)
def test_the_reference_shares_no_wire_code_with_the_boxes(source: Path) -> None:
    """It imports the clock and the world of this project, and nothing else: a shared mistake would hide itself."""
    imported = re.findall(
        r"^\s*(?:from|import) ((?:simulators|schemas|conformance|load|reports)[\w.]*)", source.read_text(), re.M
    )
    allowed = ("simulators.clock", "simulators.world", "simulators.reference")
    assert [module for module in imported if not module.startswith(allowed)] == []
