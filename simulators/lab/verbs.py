"""Everything a lab can be asked to do, by name, with JSON in and JSON out.

The control API, the scenarios' client and the console all come through here, so that what a person can do is what a
scenario can do. A verb is an async function of the lab and its arguments; its docstring is its help.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from simulators.evchong import content
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import AuthorizationStatus, Service
from simulators.evchong.peer import PROVOKED, BoxPeer, Said
from simulators.lab.lab import Lab
from simulators.lab.setting import LabError
from simulators.lab.surfaces import SurfaceError
from simulators.wire.client import Endpoint, WireClient
from simulators.world.site import BoxRecord

Verb = Callable[..., Awaitable[Any]]
VERBS: dict[str, Verb] = {}


def verb(function: Verb) -> Verb:
    """Make a function a verb; ``box_power_on`` is asked for as "box.power_on"."""
    VERBS[function.__name__.replace("_", ".", 1)] = function
    return function


async def perform(lab: Lab, name: str, arguments: dict[str, Any]) -> Any:
    """Do one verb. Raises LabError for an unknown verb or arguments that it does not take."""
    if name not in VERBS:
        raise LabError(f"no verb {name!r}; there are {', '.join(sorted(VERBS))}")
    try:
        inspect.signature(VERBS[name]).bind(lab, **arguments)
    except TypeError as wrong:
        raise LabError(f"{name}: {wrong}") from None
    return await VERBS[name](lab, **arguments)


def _peer(lab: Lab, box: str) -> BoxPeer:
    if box not in lab.boxes:
        raise LabError(f"no box {box!r} in the lab; there are {', '.join(lab.boxes) or 'none'}: lease one first")
    return lab.boxes[box]


# Boxes


@verb
async def box_lease(lab: Lab, share: str = "", **shape: Any) -> dict[str, Any]:
    """Take a registered box of a given shape, powered off: sockets, meter, other_station_than, own_numbering."""
    record = lab.leases.box(**shape)
    lab.install(record, share=share)
    return {"serial": record.serial, "station": record.station, "connectors": record.connectors}


@verb
async def box_unregistered(lab: Lab, serial: str = "", station: str = "") -> dict[str, Any]:
    """Take a box that nobody registered, or one with the serial and station given."""
    stations = [known.id for known in lab.setting.site.stations] or ["ST-0001"]
    record = BoxRecord(serial=serial or lab.setting.unregistered_serial, station=station or stations[0])
    lab.install(record)
    return {"serial": record.serial, "station": record.station, "connectors": record.connectors}


@verb
async def box_power_on(lab: Lab, box: str, mandatory_only: bool = False) -> dict[str, Any]:
    """Switch a box on; it boots. Ends when it is up and has told its statuses, or is off again."""
    peer = _peer(lab, box)
    peer.act(peer.mind.power_on(lab.clock.now_ms(), mandatory_only))
    await peer.settle()
    return _state(peer)


@verb
async def box_power_off(lab: Lab, box: str) -> dict[str, Any]:
    """Cut a box's power."""
    peer = _peer(lab, box)
    peer.act(peer.mind.power_off(lab.clock.now_ms()))
    await peer.settle()
    return _state(peer)


@verb
async def box_swipe(lab: Lab, box: str, card: str, connector: int) -> dict[str, Any]:
    """Hold a card to the reader for a connector, and wait until what follows has happened."""
    peer = _peer(lab, box)
    peer.act(peer.mind.swipe(lab.clock.now_ms(), card, connector))
    await peer.settle()
    return _state(peer)


@verb
async def box_unplug(lab: Lab, box: str, connector: int) -> dict[str, Any]:
    """The vehicle ends the charge, without a card."""
    peer = _peer(lab, box)
    peer.act(peer.mind.unplug(lab.clock.now_ms(), connector))
    await peer.settle()
    return _state(peer)


@verb
async def box_fault(
    lab: Lab, box: str, connector: int, error_code: str, vendor_error_code: str, explanation: str | None = None
) -> dict[str, Any]:
    """Break something: an error code of 2.8 with the manufacturer's own code."""
    peer = _peer(lab, box)
    peer.act(peer.mind.fault(lab.clock.now_ms(), connector, error_code, vendor_error_code, explanation))
    await peer.settle()
    return _state(peer)


@verb
async def box_clear(lab: Lab, box: str, connector: int) -> dict[str, Any]:
    """Mend what was broken."""
    peer = _peer(lab, box)
    peer.act(peer.mind.clear(lab.clock.now_ms(), connector))
    await peer.settle()
    return _state(peer)


@verb
async def box_show(lab: Lab, box: str, connector: int, status: str) -> dict[str, Any]:
    """Set an idle connector to a status of 2.9 by hand."""
    peer = _peer(lab, box)
    peer.act(peer.mind.show(lab.clock.now_ms(), connector, status))
    await peer.settle()
    return _state(peer)


@verb
async def box_network(lab: Lab, box: str, up: bool) -> dict[str, Any]:
    """Cut a box off from the network, or give it back."""
    peer = _peer(lab, box)
    now_ms = lab.clock.now_ms()
    peer.act(peer.mind.back(now_ms) if up else peer.mind.cut_off(now_ms))
    await peer.settle()
    return _state(peer)


@verb
async def box_state(lab: Lab, box: str) -> dict[str, Any]:
    """How a box stands."""
    return _state(_peer(lab, box))


@verb
async def box_say(
    lab: Lab, box: str, service: str, message: dict[str, Any], readings: dict[str, str] | None = None
) -> dict[str, Any]:
    """Send a canonical message of your own making on behalf of a box; its mind hears nothing of it.

    ``readings``: it travels, and the answer is read, in these instead of the target's ({"EVC-X1": "json"}).
    """
    peer, asked = _peer(lab, box), Service(service)
    # overlapping messages of one box need a connection each
    lane = f"by hand {content.connector(message) or ''}"
    said = await (peer.say(asked, message, lane) if readings is None else _say_in(readings, peer, asked, message, lane))
    _note_transaction(lab, peer, asked, message, said)
    return _told(said)


async def _say_in(
    readings: dict[str, str], peer: BoxPeer, service: Service, message: dict[str, Any], lane: str
) -> Said:
    codec = Codec(Readings.parse(readings))
    content_type, body = codec.request_bytes(service, message)
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    said = await peer.say_bytes("POST", service.path, headers, body, str(service), lane)
    answer = said.exchange.answer
    if answer is None or said.exchange.error is not None:
        return said
    return Said(said.exchange, codec.read_answer(service, answer.body).canonical)


@verb
async def box_say_bytes(
    lab: Lab,
    box: str,
    operation: str,
    body: str,
    method: str = "POST",
    path: str = "",
    content_type: str = "application/x-www-form-urlencoded",
    plain_port: int = 0,
) -> dict[str, Any]:
    """Send any bytes (``body`` in Base64) on behalf of a box; ``plain_port``: over plain HTTP, to that port."""
    peer = _peer(lab, box)
    path = path or Service(operation).path
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    data = base64.b64decode(body)
    if not plain_port:
        return _told(await peer.say_bytes(method, path, headers, data, operation))
    place = Endpoint(lab.line.endpoint.host, plain_port, None, lab.line.endpoint.base_path)
    client = WireClient(place, min(2.0, lab.line.limit_s))
    attempts = await client.send(method, path, headers, data)
    client.close()
    exchange = lab.line.exchange(attempts[-1], peer.name, operation, {"box": box}, PROVOKED, 0)
    lab.journal.post(exchange)
    return _told(Said(exchange, None))


@verb
async def box_written(lab: Lab, service: str, message: dict[str, Any]) -> dict[str, Any]:
    """The bytes of a canonical message in the target's readings: content type, and body in Base64."""
    content_type, body = lab.codec.request_bytes(Service(service), message)
    return {"content_type": content_type, "body": base64.b64encode(body).decode("ascii")}


def _state(peer: BoxPeer) -> dict[str, Any]:
    mind = peer.mind
    return {
        "power": mind.power.value,
        "heartbeat_s": mind.heartbeat_s,
        "connectors": {
            str(number): {
                "status": str(connector.status),
                "phase": connector.charge.phase.value if connector.charge else None,
                "transaction": connector.charge.transaction_id if connector.charge else None,
                "register_wh": connector.register_wh,
            }
            for number, connector in mind.connectors.items()
        },
    }


def _told(said: Said) -> dict[str, Any]:
    answer = said.exchange.answer
    return {
        "status": answer.status if answer else None,
        "error": str(said.exchange.error) if said.exchange.error else None,
        "error_text": said.exchange.error_text,
        "answer": said.answer,
    }


def _note_transaction(lab: Lab, peer: BoxPeer, service: Service, message: dict[str, Any], said: Said) -> None:
    if service is Service.START_TRANS and content.id_tag_info(said.answer).status == AuthorizationStatus.ACCEPTED:
        opened = content.transaction_id(said.answer)
        if opened is not None:
            lab.open_by_hand[opened] = (peer.mind.settings.serial, content.connector(message) or 0)
    elif service is Service.STOP_TRANS and said.answer is not None:
        lab.open_by_hand.pop(content.transaction_id(said.answer) or 0, None)


# People, cards, time, surfaces, records


@verb
async def name_company(lab: Lab) -> dict[str, Any]:
    """The name of a company that does not exist, from the run's seed."""
    return {"name": lab.randomness.company()}


@verb
async def name_serial(lab: Lab) -> dict[str, Any]:
    """The serial of a box that nobody has, from the run's seed."""
    return {"serial": f"CB{lab.randomness.card_number('serials', length=12)}"}


@verb
async def card_unknown(lab: Lab) -> dict[str, Any]:
    """A card that the server does not know, from the run's seed."""
    known = {card.id_token for card in lab.setting.site.cards}
    drawn = lab.randomness.card_number("unknown cards")
    while drawn in known:
        drawn = lab.randomness.card_number("unknown cards")
    return {"id_token": drawn}


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
    return {"now_ms": lab.clock.now_ms()}


@verb
async def surface_use(lab: Lab, verb: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do a verb of the operator's own surfaces. ``unavailable`` says why it could not be done."""
    try:
        return await lab.use_surface(verb, arguments or {})
    except SurfaceError as unavailable:
        lab.fact("operator", "surface-unavailable", {"verb": verb}, {"reason": str(unavailable)})
        return {"unavailable": str(unavailable)}


@verb
async def lab_together(lab: Lab, commands: list[list[Any]]) -> list[Any]:
    """Do several verbs at the same time: each is a name with its arguments."""

    async def alone(name: str, arguments: dict[str, Any]) -> Any:
        async with lab.clock.awake():
            return await VERBS[name](lab, **arguments)

    async with lab.clock.resting():
        return await asyncio.gather(*(alone(name, arguments) for name, arguments in commands))


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
        "unregistered_serial": lab.setting.unregistered_serial,
    }
