"""The servers that come with the suite, found by name: mutants, lawful variants, liars; and its faulty boxes.

Whoever judges may start one of them and may not know it; so this is all that it gets: what to start, what a target
file would have to say of such a server, and what it must be caught by.
"""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from simulators.lab.setting import LabError
from simulators.lab.starting import EMBEDDED, load

OBSERVED = "simulators.mutants.observed:Observed"


@dataclass(frozen=True, slots=True)
class Kin:
    """A server to start, as "module:Class". ``readings`` and ``pixit`` (of the part of its protocol) belong to it."""

    start: str
    readings: Mapping[str, str] = field(default_factory=dict)
    pixit: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = "evchong"


class Kind(StrEnum):
    """What a member of the catalogue is for."""

    REFERENCE = "reference"
    MUTANT = "mutant"
    BOX_MUTANT = "box mutant"
    LAWFUL = "lawful variant"
    COMPOSITION = "composition"
    LIAR = "liar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the catalogue. ``box`` is the mind of the boxes, as "module:Class", where those are at fault.

    ``breaks``, ``cases`` and ``also`` (row to reason) say what a mutant must be caught by. ``changes`` names the
    methods and settings that it has otherwise than the reference. A ``slow`` one waits a lot.
    """

    kind: Kind
    name: str
    kin: Kin
    story: str
    protocol: str = "evchong"
    box: str = ""
    breaks: str = ""
    cases: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    changes: frozenset[str] = frozenset()
    slow: bool = False


def find(name: str) -> Kin:
    """The server behind "reference", "module:Class", or the name of one in the catalogue.

    Raises:
        LabError: there is none; names those that are near.
    """
    if name in EMBEDDED:
        return Kin(EMBEDDED[name])
    registry = _registry()
    known = {**registry.mutants(), **registry.lawfuls(), **registry.liars()}
    by_path = {entry.path: entry for entry in known.values()}
    entry = known.get(name) or by_path.get(name) or _composition(name)
    if entry is not None:
        return _kin(entry)
    if ":" not in name:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        meant = f"did you mean {', '.join(near)}?" if near else "say module:Class, or the name of a mutant"
        raise LabError(f"no server {name!r}: {meant}")
    load(name)
    return Kin(name)


def breaking() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """By row, the mutants that break it: name, and the cases. Faulty boxes break the rows of the boxes."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for member in catalogue(1):
        if member.breaks:
            found.setdefault(member.breaks, []).append((member.name, member.cases))
    return found


def catalogue(seed: int) -> list[Member]:
    """Everybody: the reference first, once a protocol, then mutants, faulty boxes, lawful variants and liars by name.

    The compositions among the lawful variants follow from ``seed``.
    """
    members = list(_members(seed))
    protocols = dict.fromkeys(["evchong", *sorted(member.protocol for member in members)])
    return [*(_reference(protocol) for protocol in protocols), *members]


def used_since() -> frozenset[str]:
    """What was used of the reference of the catalogue, which is watched, since the last time: methods and settings."""
    used: frozenset[str] = importlib.import_module(OBSERVED.split(":", maxsplit=1)[0]).take()
    return used


def _reference(protocol: str) -> Member:
    name = "reference" if protocol == "evchong" else f"reference-{protocol}"
    return Member(kind=Kind.REFERENCE, name=name, kin=Kin(OBSERVED), story="", protocol=protocol)


def _members(seed: int) -> Iterator[Member]:
    registry, lawful = _registry(), importlib.import_module("simulators.mutants.lawful")
    for entry in registry.mutants().values():
        aim = {"breaks": entry.breaks, "cases": entry.cases, "also": dict(entry.also)}
        yield _member(Kind.MUTANT, entry, **aim, changes=registry.changes(entry.server))
    for box in registry.box_mutants().values():
        yield Member(
            kind=Kind.BOX_MUTANT, name=box.name, kin=find("reference"), story=box.story, box=box.path,
            breaks=box.breaks, cases=box.cases, also=dict(box.also),
        )  # fmt: skip
    late = tuple(entry.server for entry in registry.lawfuls().values() if entry.group == "slow")
    for entry in registry.lawfuls().values():
        changes = registry.changes(entry.server)
        yield _member(Kind.LAWFUL, entry, changes=changes, slow=issubclass(entry.server, late))
    for entry in lawful.compositions(seed):
        changes = registry.changes(entry.server)
        yield _member(Kind.COMPOSITION, entry, changes=changes, slow=issubclass(entry.server, late))
    for entry in registry.liars().values():
        yield _member(Kind.LIAR, entry, slow=True)


def _member(kind: Kind, entry: Any, **more: Any) -> Member:
    return Member(kind=kind, name=entry.name, kin=_kin(entry), story=entry.story, protocol=entry.protocol, **more)


def _composition(name: str) -> Any:
    """The composition of that name or path, which says its seed and number; None for any other name."""
    said = re.fullmatch(r"(?:simulators\.mutants\.lawful:)?Composition_(\d+)_(\d+)", name)
    lawful = importlib.import_module("simulators.mutants.lawful")
    return lawful.composition(int(said[1]), int(said[2])) if said else None


def _kin(entry: Any) -> Kin:
    readings, pixit = getattr(entry, "readings", {}), getattr(entry, "pixit", {})
    return Kin(entry.path, dict(readings), dict(pixit), entry.protocol)


def _registry() -> Any:
    return importlib.import_module("simulators.mutants.registry")
