"""What the server knows: stations, suppliers, boxes, cards, transactions, orders. All in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulators.reference.billing import Part
from simulators.world.site import BoxRecord, Card, Site

Message = dict[str, Any]  # by the names of the field tables; see ``wire``

_DAY_MS = 24 * 60 * 60 * 1000
_EXPIRY_MS = {"valid": 365 * _DAY_MS, "expired": -30 * _DAY_MS}  # from the start of the server


@dataclass(slots=True)
class Connector:
    """A socket of a box, as the box last described it. ``taken`` from the moment a start is decided on."""

    id: int
    status: str = "Available"
    error_code: str = "NoError"
    taken: bool = False
    transaction: Transaction | None = None


@dataclass(slots=True)
class Box:
    """A registered charge box. ``accepted`` by its last boot; ``last_beat_ms`` None before the first sign of life."""

    serial: str
    station: str
    heartbeat_interval_s: int
    connectors: dict[int, Connector]
    vendor_id: str = ""
    accepted: bool = False
    last_beat_ms: int | None = None

    @classmethod
    def of(cls, record: BoxRecord) -> Box:
        connectors = {number: Connector(number) for number in record.connectors}
        return cls(record.serial, record.station, record.heartbeat_interval_s, connectors)


@dataclass(slots=True)
class Transaction:
    """One charge, from its start to its stop."""

    id: int
    box: Box
    connector: Connector
    card: str
    started_ms: int
    meter_start_wh: int
    samples: list[Message] = field(default_factory=list)
    ended_ms: int | None = None
    meter_stop_wh: int = 0  # once it has ended
    stop_card: str = ""  # by which it was ended, "" without one
    start_charge_seq: str = ""  # its number at the municipal platform, "" without one


@dataclass(slots=True)
class Order:
    """What a transaction costs; ``energy_wh`` is None while it runs."""

    id: str
    transaction: Transaction
    energy_wh: int | None = None
    electricity_fen: int = 0
    service_fen: int = 0
    parts: tuple[Part, ...] = ()  # by tariff period; they sum to the above


@dataclass(slots=True)
class CardFile:
    """What the operator keeps on a card."""

    id_token: str
    state: str
    expiry_ms: int | None = None
    parent: str | None = None
    user: str = ""  # the driver's name, "" of an anonymous card


class State:
    """All of it. Transactions are kept by box and id, as the document promises no more than ids per box."""

    def __init__(self, site: Site, now_ms: int) -> None:
        self.stations = {station.id for station in site.stations} | {box.station for box in site.boxes}
        self.suppliers: dict[str, str] = {}
        self.boxes = {record.serial: Box.of(record) for record in site.boxes}
        self.cards = {card.id_token: _card_file(card, number, now_ms) for number, card in enumerate(site.cards)}
        self.transactions: dict[tuple[str, int], Transaction] = {}
        self.orders: list[Order] = []

    def connectors(self) -> Iterator[tuple[Box, Connector]]:
        for box in self.boxes.values():
            for connector in box.connectors.values():
                yield box, connector

    def order_of(self, transaction: Transaction) -> Order | None:
        return next((order for order in self.orders if order.transaction is transaction), None)


def _card_file(card: Card, number: int, now_ms: int) -> CardFile:
    """Valid and expired cards have a date, every second card belongs to a fleet."""
    lasts_ms = _EXPIRY_MS.get(card.state)
    return CardFile(
        card.id_token,
        card.state,
        None if lasts_ms is None else now_ms + lasts_ms,
        f"FLEET-{number // 2 + 1:04d}" if number % 2 == 0 else None,
        card.user,
    )
