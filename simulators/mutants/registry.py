"""Who is in the catalogue: mutants with the row and cases that they break, lawful variants, liars, faulty boxes.

An entry is made by a decorator on its class, so the defect, its name and what it must be caught by stand together.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from simulators.evchong.mind import BoxMind
from simulators.reference.server import ReferenceServer

Server = type[ReferenceServer]
Mind = type[BoxMind]
Kind = TypeVar("Kind", bound=Server)
MindKind = TypeVar("MindKind", bound=Mind)

MODULES = (
    "general", "boot", "authorize", "heartbeat", "start_trans", "meter_values", "stop_trans", "status_notify",
    "integration", "session", "lawful", "liars", "boxes",
    "beijing.envelope", "beijing.token", "beijing.station_status", "beijing.start_method", "beijing.bonus",
    "beijing.lawful", "beijing.lawful_charges", "beijing.lawful_statuses", "beijing.liars",
    "beijing.refusals", "beijing.stations", "beijing.statuses_asked", "beijing.statistics", "beijing.auth_policy",
    "beijing.slow", "beijing.lawful_queries",
    "beijing.starting", "beijing.charging", "beijing.charge_statuses", "beijing.stopping", "beijing.lawful_sessions",
    "beijing.orders", "beijing.repeats", "beijing.restarts", "beijing.reconciliation", "beijing.lawful_duties",
)  # fmt: skip

OF_EVERY_CLASS = {"__module__", "__doc__", "__annotations__", "__abstractmethods__", "_abc_impl"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One server of the catalogue."""

    server: Server

    @property
    def name(self) -> str:
        return self.server.__name__

    @property
    def path(self) -> str:
        """As "module:Class", which is how a lab starts it."""
        return f"{self.server.__module__}:{self.name}"

    @property
    def protocol(self) -> str:
        """Whose scenarios it is proved with: those of the folder that it stands in."""
        inside = self.server.__module__.removeprefix("simulators.mutants.")
        return inside.split(".")[0] if "." in inside else "evchong"

    @property
    def story(self) -> str:
        """How it happens in real life."""
        return self.server.__doc__ or ""


@dataclass(frozen=True, slots=True)
class Mutant(Entry):
    """A server with one defect. Caught when ``breaks`` fails with a finding of every one of ``cases``.

    ``also`` names the other rows that the defect breaks, each with the reason.
    """

    breaks: str
    cases: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lawful(Entry):
    """A server that is unusual and right. ``readings`` and ``pixit`` (of the part of its protocol) say what
    it needs.
    """

    group: str
    readings: Mapping[str, str] = field(default_factory=dict)
    pixit: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Liar(Entry):
    """A server that does nothing real, and must earn no pass."""


@dataclass(frozen=True, slots=True)
class BoxMutant:
    """A charge box with one defect, by which the rules that judge boxes are proved. Read like a ``Mutant``."""

    mind: Mind
    breaks: str
    cases: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.mind.__name__

    @property
    def path(self) -> str:
        """As "module:Class", which is how a lab is given another mind."""
        return f"{self.mind.__module__}:{self.name}"

    @property
    def story(self) -> str:
        """How it happens in real life."""
        return self.mind.__doc__ or ""


_entries: dict[str, Entry] = {}
_boxes: dict[str, BoxMutant] = {}


def mutant(
    *, breaks: str, case: str | tuple[str, ...], also: Mapping[str, str] | None = None
) -> Callable[[Kind], Kind]:
    """Enter a class as the mutant that breaks these cases of a row."""
    cases = (case,) if isinstance(case, str) else case
    return lambda server: _enter(server, Mutant(server, breaks, cases, also or {}))


def box_mutant(
    *, breaks: str, case: str | tuple[str, ...], also: Mapping[str, str] | None = None
) -> Callable[[MindKind], MindKind]:
    """Enter a class as the charge box that breaks these cases of a row."""
    cases = (case,) if isinstance(case, str) else case

    def enter(mind: MindKind) -> MindKind:
        _boxes[mind.__name__] = BoxMutant(mind, breaks, cases, also or {})
        return mind

    return enter


def lawful(
    *, group: str, readings: Mapping[str, str] | None = None, pixit: Mapping[str, Any] | None = None
) -> Callable[[Kind], Kind]:
    """Enter a class as a lawful variant."""
    return lambda server: _enter(server, Lawful(server, group, readings or {}, pixit or {}))


def liar(server: Kind) -> Kind:
    """Enter a class as a liar."""
    return _enter(server, Liar(server))


def _enter(server: Kind, entry: Entry) -> Kind:
    if server.__name__ in _entries:
        raise ValueError(f"{server.__name__} is in the catalogue twice")
    _entries[server.__name__] = entry
    return server


def named(server: Kind, name: str, story: str, module: str) -> Kind:
    """Give a class that was made in a function its own name and story, and its module the class."""
    server.__name__ = server.__qualname__ = name
    server.__doc__ = story
    server.__module__ = module
    setattr(sys.modules[module], name, server)
    return server


def family(
    make: Callable[..., Server],
    members: Iterable[tuple[str, ...]],
    *,
    name: str,
    story: str,
    breaks: str,
    case: str,
    also: Mapping[str, str] | None = None,
) -> None:
    """Enter one mutant for each member: ``make(*member)``; name, story and case are filled in with the member."""
    for member in members:
        server = named(make(*member), name.format(*member), story.format(*member), make.__module__)
        mutant(breaks=breaks, case=case.format(*member), also=also)(server)


def mutants() -> dict[str, Mutant]:
    """All mutants by name, sorted."""
    return {name: entry for name, entry in _catalogue().items() if isinstance(entry, Mutant)}


def lawfuls() -> dict[str, Lawful]:
    """All lawful variants by name, sorted; seeded compositions are in ``lawful.compositions``."""
    return {name: entry for name, entry in _catalogue().items() if isinstance(entry, Lawful)}


def liars() -> dict[str, Liar]:
    """All liars by name, sorted."""
    return {name: entry for name, entry in _catalogue().items() if isinstance(entry, Liar)}


def box_mutants() -> dict[str, BoxMutant]:
    """All faulty boxes by name, sorted."""
    _catalogue()
    return dict(sorted(_boxes.items()))


def changes(server: Server) -> frozenset[str]:
    """What a server has otherwise than the reference, by name."""
    own = [kind for kind in server.__mro__ if kind not in ReferenceServer.__mro__]
    return frozenset(name for kind in own for name in vars(kind) if name not in OF_EVERY_CLASS)


def _catalogue() -> dict[str, Entry]:
    for module in MODULES:
        importlib.import_module(f"simulators.mutants.{module}")
    return dict(sorted(_entries.items()))
