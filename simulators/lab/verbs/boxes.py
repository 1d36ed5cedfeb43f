"""What can be done with charge boxes: power, cards, faults, networks, and messages by hand."""

from __future__ import annotations

import base64
from typing import Any

from simulators.evchong import content
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import AuthorizationStatus, Service
from simulators.evchong.peer import PROVOKED, BoxPeer, Said
from simulators.lab.lab import Lab
from simulators.lab.setting import LabError
from simulators.lab.verbs.registry import verb
from simulators.wire.client import Endpoint, WireClient
from simulators.world.site import BoxRecord


def _peer(lab: Lab, box: str) -> BoxPeer:
    if box not in lab.boxes:
        raise LabError(f"no box {box!r} in the lab; there are {', '.join(lab.boxes) or 'none'}: lease one first")
    return lab.boxes[box]


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
    serial = peer.mind.settings.serial
    if service is Service.START_TRANS and content.id_tag_info(said.answer).status == AuthorizationStatus.ACCEPTED:
        opened = content.transaction_id(said.answer)
        if opened is not None:
            lab.open_by_hand[serial, opened] = content.connector(message) or 0
    elif service is Service.STOP_TRANS and said.answer is not None:
        lab.open_by_hand.pop((serial, content.transaction_id(said.answer) or 0), None)
