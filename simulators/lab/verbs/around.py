"""What can be done around the parties: people, cards, time, surfaces, records."""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.lab.lab import Lab
from simulators.lab.setting import LabError
from simulators.lab.surfaces import SurfaceError
from simulators.lab.verbs.registry import VERBS, verb
from simulators.randomness import CARD_NUMBER_LENGTH
from simulators.world.tariffs import seconds_to_change

SERIAL_LENGTH = 25  # EVCHONG V1.2, 1.1: chargeBoxSerialNumber is a String[25]


@verb
async def name_company(lab: Lab) -> dict[str, Any]:
    """The name of a company that does not exist, from the run's seed."""
    return {"name": lab.randomness.company()}


@verb
async def name_serial(lab: Lab, like: str = "") -> dict[str, Any]:
    """The serial of a box that nobody has, from the run's seed; ``like``: one that it is to look like."""
    if like:
        return {"serial": lab.randomness.alike(like, "serials", longest=SERIAL_LENGTH)}
    return {"serial": f"CB{lab.randomness.card_number('serials', length=12)}"}


@verb
async def order_drawn(lab: Lab, count: int) -> dict[str, Any]:
    """The numbers from 0 to below ``count`` in an order drawn from the run's seed."""
    places = list(range(count))
    lab.randomness.stream("orders of asking").shuffle(places)
    return {"places": places}


@verb
async def card_unknown(lab: Lab, like: str = "") -> dict[str, Any]:
    """A card that the server does not know, from the run's seed; ``like``: one that it is to look like."""
    known = {card.id_token for card in lab.setting.site.cards}
    while (drawn := _drawn_card(lab, like)) in known:
        pass
    return {"id_token": drawn}


def _drawn_card(lab: Lab, like: str) -> str:
    if like:
        return lab.randomness.alike(like, "unknown cards", longest=CARD_NUMBER_LENGTH)
    return lab.randomness.card_number("unknown cards")


@verb
async def card_lease(lab: Lab, state: str = "valid") -> dict[str, Any]:
    """Take a card that the server knows, in a state: valid, blocked, expired."""
    card = lab.leases.card(state)
    return {"id_token": card.id_token, "user": card.user, "plate": card.plate}


@verb
async def time_now(lab: Lab) -> dict[str, Any]:
    """What time the parties believe it is, epoch milliseconds."""
    return {"now_ms": lab.clock.now_ms()}


@verb
async def time_pass(lab: Lab, seconds: float) -> dict[str, Any]:
    """Let protocol time go by."""
    await lab.clock.sleep_until(lab.clock.now_ms() + round(seconds * 1000))
    for peer in lab.boxes.values():
        await peer.settle()
    if lab.chargers:
        await lab.chargers.settle()
    return {"now_ms": lab.clock.now_ms()}


@verb
async def time_to_price_change(lab: Lab, station: str) -> dict[str, Any]:
    """How long until a kWh of a station costs something else; None where it never does."""
    site = lab.setting.site
    own = [tariff for tariff in site.tariffs if station in tariff.stations]
    tariffs = own or [tariff for tariff in site.tariffs if not tariff.stations]
    return {"seconds": seconds_to_change(tariffs[0], lab.clock.now_ms(), site.utc_offset_minutes) if tariffs else None}


@verb
async def surface_use(lab: Lab, verb: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do a verb of the operator's own surfaces. ``unavailable`` says why it could not be done."""
    try:
        return await lab.use_surface(verb, arguments or {})
    except SurfaceError as unavailable:
        lab.fact("operator", "surface-unavailable", {"verb": verb}, {"reason": str(unavailable)})
        return {"unavailable": str(unavailable)}


@verb
async def server_restart(lab: Lab) -> dict[str, Any]:
    """Stop the server that we started, and start it again at the same address, on what it has written down."""
    await lab.restart()
    return {}


@verb
async def lab_together(lab: Lab, commands: list[list[Any]]) -> list[Any]:
    """Do several verbs at the same time: each is a name with its arguments."""

    async def alone(name: str, arguments: dict[str, Any]) -> Any:
        async with lab.clock.awake():
            return await VERBS[name](lab, **arguments)

    async with lab.clock.resting():
        return await asyncio.gather(*(alone(name, arguments) for name, arguments in commands))


@verb
async def lab_use_readings(lab: Lab, readings: dict[str, str]) -> dict[str, Any]:
    """From here on the city, and every box that is leased, keep to these readings: {"EVC-X1": "json"}."""
    try:
        lab.use_readings(readings)
    except ValueError as wrong:
        raise LabError(str(wrong)) from None
    return {}


@verb
async def lab_stop_by_hand(lab: Lab) -> dict[str, Any]:
    """End the transactions that were opened by messages said by hand."""
    return {"left": await lab.stop_by_hand()}


@verb
async def lab_rest(lab: Lab) -> dict[str, Any]:
    """End every session, switch every box off, give everything back. ``left``: what could not be ended."""
    return {"left": await lab.rest()}


@verb
async def lab_step(lab: Lab, what: str, scenario: str = "", values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Write a run record."""
    return {"seq": lab.step(what, scenario, values)}


@verb
async def lab_facts(lab: Lab) -> dict[str, Any]:
    """Where the lab stands: address of the server, plain ports, clock."""
    return {
        "base_url": lab.base_url,
        "plain_ports": lab.plain_ports,
        "clock": lab.clock.kind,
        "can_restart": lab.can_restart,
        "unregistered_serial": lab.setting.unregistered_serial,
        "offline_after_intervals": lab.setting.offline_after_intervals,
        "push_at_once_s": lab.setting.city.push_at_once_s if lab.setting.city else 0,
        "counted_after_s": lab.setting.city.counted_after_s if lab.setting.city else 0,
    }
