"""What a reference server is told before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simulators.clock import Clock
from simulators.world.city import CityContract
from simulators.world.site import Site

# Every reading that the server knows, the default first. Rows that change nothing for a server are not here.
READINGS: Mapping[str, tuple[str, ...]] = {
    "EVC-X1": ("form", "json"),
    "EVC-X2": ("plain", "prefixed"),
    "EVC-X3": ("wrapped", "flat"),
    "EVC-X4": ("examples", "tables"),
    "EVC-X5": ("lower", "upper"),
    "EVC-X6": ("dots", "underscores"),
    "EVC-X8": ("epoch-ms", "iso"),
    "EVC-X9": ("Wh", "kWh"),
    "EVC-X10": ("documented", "error-body"),
    "EVC-X11": ("told", "fixed-10"),
    "EVC-X16": ("consumed", "register"),
    "EVC-X20": ("connector", "zero"),
    "EVC-X25": ("Rejected", "rejected"),
    "BJ-X5": ("ChargeModel",),  # or any other name
    "BJ-X6": ("object", "array"),
    "BJ-X13": ("4002", "4003"),
    "BJ-X14": ("succ-stat", "4004", "policy-4004"),
    "BJ-X17": ("platform-started", "every"),
    "BJ-X18": ("delivered", "failed"),
}
ANY_NAME = frozenset({"BJ-X5"})  # rows whose reading is the name of a field


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetting:
    """Site, time, certificate and readings of one server.

    ``certificate`` is a PEM file with the private key and the chain. ``plain_http_port`` is a port that an honest
    server leaves alone; only one that also serves plain HTTP listens there. ``readings`` that this server does not
    know belong to other parties, and are passed over. ``data`` is a folder for what must outlast the server.
    """

    site: Site
    clock: Clock
    certificate: Path
    port: int = 0  # 0: any
    data: str = ""  # "": nothing outlasts it
    readings: Mapping[str, str] = field(default_factory=dict)
    plain_http_port: int = 0
    seed: int = 0
    offline_after_intervals: int = 3
    city: CityContract | None = None  # None: no municipal platform
    charger_link: str = ""  # where the chargers without a box are started and stopped; "": nowhere

    def __post_init__(self) -> None:
        for row, chosen in self.readings.items():
            known = READINGS.get(row)
            if known and row not in ANY_NAME and chosen not in known:
                raise ValueError(f"reading {row} = {chosen!r}; the reference knows {', '.join(known)}")

    def reading(self, row: str) -> str:
        """The reading chosen for a row, its default when none was."""
        return self.readings.get(row, READINGS[row][0])
