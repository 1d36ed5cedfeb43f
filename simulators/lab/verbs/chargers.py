"""What can be done with the lab's own chargers: plugs, faults, lines, people at them. Starts come from the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulators.charger.body import Action
from simulators.charger.peer import ChargerPeer
from simulators.lab.lab import Lab
from simulators.lab.leases import NothingToLend
from simulators.lab.setting import LabError
from simulators.lab.verbs.registry import verb


def _peer(lab: Lab, charger: str) -> ChargerPeer:
    peers = lab.chargers.peers if lab.chargers else {}
    if charger not in peers:
        raise LabError(f"no charger {charger!r} of the lab's own; there are {', '.join(peers) or 'none'}")
    return peers[charger]


async def _done(lab: Lab, peer: ChargerPeer, actions: Iterable[Action]) -> dict[str, Any]:
    """Let it happen, and wait until the server was told."""
    peer.act(actions)
    await peer.settle()
    return _state(lab, peer)


@verb
async def charger_lease(lab: Lab, bonus: bool | None = None, equipment: str = "") -> dict[str, Any]:
    """Take a charger of the lab's own; its equipment claims the bonus or not, or is the one named."""
    try:
        socket = lab.leases.charger(bonus=bonus, equipment=equipment)
    except NothingToLend as none:
        if lab.chargers is None:
            lab.fact("operator", "surface-unavailable", {"verb": "chargers"}, {"reason": str(none)})
        raise
    return {"id": socket.id, "equipment": socket.equipment, "station": socket.station, "bonus": socket.bonus}


@verb
async def charger_plug(lab: Lab, charger: str, room_wh: int | None = None) -> dict[str, Any]:
    """A vehicle comes and is plugged in. ``room_wh``: what it takes before it ends the charge; as it comes, else."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.plug(lab.clock.now_ms(), room_wh))


@verb
async def charger_unplug(lab: Lab, charger: str) -> dict[str, Any]:
    """Draw the plug; a charge that runs ends as disconnected."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.unplug(lab.clock.now_ms()))


@verb
async def charger_fault(lab: Lab, charger: str, error: str = "ground failure") -> dict[str, Any]:
    """Break something; a charge that runs ends."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.fault(lab.clock.now_ms(), error))


@verb
async def charger_clear(lab: Lab, charger: str) -> dict[str, Any]:
    """Mend what was broken."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.clear(lab.clock.now_ms()))


@verb
async def charger_network(lab: Lab, charger: str, up: bool) -> dict[str, Any]:
    """Cut a charger off from its operator, which learns so, or give it back: then what happened meanwhile is told."""
    peer = _peer(lab, charger)
    now_ms = lab.clock.now_ms()
    return await _done(lab, peer, peer.mind.back(now_ms) if up else peer.mind.cut_off(now_ms))


@verb
async def charger_fail_next_start(lab: Lab, charger: str, error: str = "contactor stuck") -> dict[str, Any]:
    """Let the next start come to nothing."""
    peer = _peer(lab, charger)
    peer.mind.fail_next_start(error)
    return _state(lab, peer)


@verb
async def charger_slow_start(lab: Lab, charger: str, seconds: float) -> dict[str, Any]:
    """How long the charger takes from now on until it really starts."""
    peer = _peer(lab, charger)
    peer.mind.start_delay_s = seconds
    return _state(lab, peer)


@verb
async def charger_user_start(lab: Lab, charger: str) -> dict[str, Any]:
    """Somebody starts at the charger itself, without an order of the operator's."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.user_start(lab.clock.now_ms()))


@verb
async def charger_user_stop(lab: Lab, charger: str) -> dict[str, Any]:
    """Somebody stops the charge at the charger itself."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.user_stop(lab.clock.now_ms()))


@verb
async def charger_fill_up(lab: Lab, charger: str) -> dict[str, Any]:
    """The vehicle takes no more and ends the charge."""
    peer = _peer(lab, charger)
    return await _done(lab, peer, peer.mind.fill_up(lab.clock.now_ms()))


@verb
async def charger_state(lab: Lab, charger: str) -> dict[str, Any]:
    """How a charger stands."""
    return _state(lab, _peer(lab, charger))


def _state(lab: Lab, peer: ChargerPeer) -> dict[str, Any]:
    mind, now_ms = peer.mind, lab.clock.now_ms()
    reading = mind.reading(now_ms)
    return {
        "online": mind.online,
        "error": mind.error,
        "plugged": mind.vehicle is not None,
        "charging": mind.charge is not None,
        "order": mind.charge.order if mind.charge else "",
        "register_wh": mind.register_at(now_ms),
        "energy_wh": reading.energy_wh,
        "current_a": str(reading.current_a),
        "voltage_v": str(reading.voltage_v),
        "soc": mind.soc(now_ms),
    }
