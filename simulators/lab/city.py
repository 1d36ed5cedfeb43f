"""The city of a lab: the mock platform, its address, and the way to the operator's interfaces."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.mind import PATH, PlatformMind
from simulators.beijing.peer import PROTOCOL, SUT, CityPeer
from simulators.clock import Clock
from simulators.journal.store import Journal
from simulators.lab.setting import LabError, LabSetting
from simulators.randomness import Randomness
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.wire.proxy import serving_context
from simulators.wire.stalls import Stalls
from simulators.wire.tls import client_context
from simulators.world.city import CityContract


@dataclass(frozen=True, slots=True)
class City:
    """The platform that listens, and the contract that the operator is told."""

    peer: CityPeer
    contract: CityContract


async def open_city(setting: LabSetting, clock: Clock, journal: Journal, randomness: Randomness) -> City | None:
    """Open the platform where the setting has one, so that a server can be told its address.

    Raises:
        LabError: its address or its keys cannot be used.
    """
    if setting.city is None:
        return None
    city = setting.city
    try:
        dialect = Dialect(Readings.parse(setting.readings))
        mind = PlatformMind(city.contract, dialect, randomness.stream("city"))
        tls = _tls(city.certificate)
    except (ValueError, OSError) as wrong:
        raise LabError(f"pixit.beijing: {wrong}") from None
    peer = CityPeer(mind, clock, journal.post)
    try:
        await peer.open(city.listen_host, city.listen_port, tls)
    except OSError as wrong:
        raise LabError(f"pixit.beijing.listen: {city.listen_host}:{city.listen_port}: {wrong.strerror}") from None
    return City(peer, replace(city.contract, platform_url=peer.url))


def reach_operator(city: City, setting: LabSetting, clock: Clock, journal: Journal, base_url: str, verify: str) -> None:
    """Where the operator's interfaces are: as the setting says, or below the base URL of a server that we started.

    Raises:
        LabError: that address cannot be used.
    """
    assert setting.city is not None
    address = base_url + PATH.rstrip("/")
    if setting.city.base_url:
        address, verify = setting.city.base_url, setting.city.verify
    try:
        endpoint = Endpoint.of(address, client_context(verify))
    except (OSError, ValueError) as wrong:
        raise LabError(f"pixit.beijing.base_url {address!r}, verify {verify!r}: {wrong}") from None
    stalls = Stalls()
    stalls.begin()
    city.peer.reach(Line(PROTOCOL, SUT, endpoint, setting.answer_limit_s, clock, journal.post, stalls))


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    return serving_context(certificate) if certificate else None
