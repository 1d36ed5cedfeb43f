"""The city of a lab: the mock platform, its address, and the way to the operator's interfaces."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.mind import PATH, PlatformMind
from simulators.beijing.peer import PROTOCOL, SUT, CityPeer
from simulators.clock import Clock
from simulators.journal.store import Journal
from simulators.lab.pem import showing, trusting
from simulators.lab.setting import LabError, LabSetting
from simulators.randomness import Randomness
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.wire.listening import no_listening
from simulators.wire.stalls import Stalls
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
    except ValueError as wrong:
        raise LabError(f"pixit.beijing: {wrong}") from None
    tls = showing("pixit.beijing.certificate", city.certificate) if city.certificate else None
    peer = CityPeer(mind, clock, journal.post)
    try:
        await peer.open(city.listen_host, city.listen_port, tls)
    except OSError as wrong:
        place = f"{city.listen_host}:{city.listen_port}"
        raise LabError(f"pixit.beijing.listen: {place}: {no_listening(wrong)}") from None
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
    tls = trusting("pixit.beijing.verify", verify)
    try:
        endpoint = Endpoint.of(address, tls)
    except ValueError as wrong:
        raise LabError(f"pixit.beijing.base_url: {wrong}") from None
    stalls = Stalls()
    stalls.begin()
    city.peer.reach(Line(PROTOCOL, SUT, endpoint, setting.answer_limit_s, clock, journal.post, stalls))
