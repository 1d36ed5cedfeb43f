"""What a lab must know before it opens: the server, the clock, the world, the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulators.lab.surfaces import Surface
from simulators.world.site import Site


class LabError(Exception):
    """The lab cannot do what it was asked: says what, and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSetting:
    """One lab. ``start`` names a server to start (see ``starting``); without it ``base_url`` is one that runs."""

    journal: Path
    site: Site
    start: str | Sequence[str] | None = None
    base_url: str = ""
    verify: str = "none"
    answer_limit_s: float = 10.0
    plain_http: Sequence[int] = (80, 8080)
    readings: Mapping[str, str] = field(default_factory=dict)
    clock: str = "stepped"
    clock_start_ms: int | None = None  # where a stepped clock begins
    seed: int = 1
    world: int = 0
    worlds: int = 1  # how many labs share the server: each leases its own part of the boxes and cards
    offline_after_intervals: int = 3
    unregistered_serial: str = "CB-UNKNOWN-1"
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    box: str = ""  # "module:Class" of another mind for the boxes, to prove the rules that judge them
