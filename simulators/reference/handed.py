"""What a reference server is handed that runs as a process of its own: its setting as a file, keys and all."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from simulators.clock import Clock
from simulators.reference.setting import ServerSetting
from simulators.world.city import CityContract
from simulators.world.site import Site


class Handed(Struct, kw_only=True, forbid_unknown_fields=True):
    """A ``ServerSetting`` without the clock, which every process has for itself; and where a fast one stood, when."""

    site: Site
    certificate: str
    data: str
    readings: dict[str, str]
    plain_http_port: int
    seed: int
    offline_after_intervals: int
    city: CityContract | None
    charger_link: str
    clock_start_ms: int | None = None
    clock_origin_ms: int | None = None

    @classmethod
    def read(cls, file: Path) -> Handed:
        """Raises OSError, or ValueError for a file that is none."""
        return msgspec.json.decode(file.read_bytes(), type=cls)

    def write(self, file: Path) -> None:
        """For nobody else to read: it holds keys."""
        descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(msgspec.json.encode(self))

    def setting(self, clock: Clock, port: int) -> ServerSetting:
        """As the server wants it."""
        return ServerSetting(
            site=self.site,
            clock=clock,
            certificate=Path(self.certificate),
            port=port,
            data=self.data,
            readings=self.readings,
            plain_http_port=self.plain_http_port,
            seed=self.seed,
            offline_after_intervals=self.offline_after_intervals,
            city=self.city,
            charger_link=self.charger_link,
        )
