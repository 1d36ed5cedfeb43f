"""What a lab must know before it opens: the server, the clock, the world, the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulators.lab.surfaces import Surface
from simulators.world.city import CityContract, Socket
from simulators.world.site import Site


class LabError(Exception):
    """The lab cannot do what it was asked: says what, and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerLink:
    """Where a server reaches the lab's own chargers (see ``chargers``). Port 0: any."""

    listen_host: str = "127.0.0.1"
    listen_port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySetting:
    """The municipal platform of a lab. ``base_url``: where the operator's interfaces are, up to their names.

    Without ``chargers`` no charger stands behind the connectors that have no charge box.
    """

    contract: CityContract
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    certificate: Path | None = None  # PEM with key and chain; None: plain HTTP, as the seed's addresses (BJ-X11)
    base_url: str = ""  # "": below a server that we start
    verify: str = "none"  # how the certificate at base_url is checked
    push_at_once_s: float = 5  # what "at once" is; drivers wait longer before they change something again
    chargers: ChargerLink | None = ChargerLink()

    @property
    def counted_after_s(self) -> float:
        """How long after its end a charge surely counts in the statistics."""
        return self.contract.bill_after_stop_s + self.push_at_once_s + self.contract.statistics_after_s

    @property
    def charger_sockets(self) -> tuple[Socket, ...]:
        """The connectors behind which a charger of the lab's own stands."""
        return tuple(socket for socket in self.contract.sockets if not socket.box) if self.chargers else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSetting:
    """One lab. ``start`` names a server to start (see ``starting``); without it ``base_url`` is one that runs.

    ``told_by`` is the part of the target file that tells its address.
    """

    journal: Path
    site: Site
    start: str | Sequence[str] | None = None
    base_url: str = ""
    verify: str = "none"
    told_by: str = "pixit.evchong"
    answer_limit_s: float = 10.0
    plain_http: Sequence[int] = (80, 8080)
    readings: Mapping[str, str] = field(default_factory=dict)
    clock: str = "stepped"
    clock_start_ms: int | None = None  # where a stepped clock begins, or a scaled one stood at its origin
    clock_rate: float = 1.0  # of a scaled clock
    clock_origin_ms: int | None = None  # the real moment at which a scaled clock stood at its start
    seed: int = 1
    world: int = 0
    worlds: int = 1  # how many labs share the server: each leases its own part of the boxes and cards
    offline_after_intervals: int = 3
    unregistered_serial: str = "CB-UNKNOWN-1"
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    city: CitySetting | None = None
    box: str = ""  # "module:Class" of another mind for the boxes, to prove the rules that judge them


def is_told(start: str | Sequence[str] | None) -> bool:
    """Whether a server hears from us who it is: one inside the suite, or a command with a place for its setting."""
    return isinstance(start, str) or any("{setting}" in word for word in start or ())
