"""The operator's own surface: orders, connectors, administration. Described in ``openapi.json`` beside it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from simulators.reference.evchong import EvchongServices
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, Connector, Order

APP_PATH = "/app/v1/"

# Connector status as the Beijing platform numbers it.
OFFLINE, IDLE, OCCUPIED, CHARGING, RESERVED, FAULTED = 0, 1, 2, 3, 4, 255
_BY_NOTIFICATION = {
    "Available": IDLE,
    "Occupied": OCCUPIED,
    "Reserved": RESERVED,
    "Unavailable": OFFLINE,
    "Faulted": FAULTED,
}

Handler = Callable[[HttpRequest], HttpAnswer]


class _NewStation(msgspec.Struct):
    name: str


class _NewSupplier(msgspec.Struct):
    name: str


class _NewBox(msgspec.Struct, rename="camel"):
    serial: str
    vendor_id: str
    station_serial: str
    connectors: list[int] = msgspec.field(default_factory=lambda: [1])


class AppApi(EvchongServices):
    """What the operator's own app and back office ask."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.station_numbers, self.vendor_numbers = itertools.count(1), itertools.count(1)

    def app_handlers(self) -> Mapping[str, Mapping[str, Handler]]:
        """By path, then by HTTP method."""
        return {
            "orders": {"GET": self.get_orders},
            "connectors": {"GET": self.get_connectors},
            "stations": {"POST": self.post_station},
            "suppliers": {"POST": self.post_supplier},
            "boxes": {"POST": self.post_box},
            "openapi.json": {"GET": lambda request: HttpAnswer(200, openapi())},
        }

    def answer_app(self, name: str, request: HttpRequest) -> HttpAnswer:
        handlers = self.app_handlers().get(name)
        if handlers is None:
            return self.refusal(404, "no such resource")
        if request.method not in handlers:
            return self.refusal(405, f"{', '.join(handlers)} only")
        if request.too_large:
            return self.refusal(413, "too large")
        try:
            return handlers[request.method](request)
        except msgspec.DecodeError as wrong:
            return self.refusal(400, str(wrong))

    # Orders

    def get_orders(self, request: HttpRequest) -> HttpAnswer:
        serials = request.query.get("boxSerial")
        orders = [order for order in self.shown_orders() if not serials or order.transaction.box.serial in serials]
        return self.app_answer(200, {"orders": [self.order_view(order) for order in orders]})

    def shown_orders(self) -> list[Order]:
        return self.state.orders

    def order_view(self, order: Order) -> dict[str, Any]:
        transaction = order.transaction
        return {
            "orderId": order.id,
            "transactionId": transaction.id,
            "boxSerial": transaction.box.serial,
            "connectorId": transaction.connector.id,
            "idToken": transaction.card,
            "startedAt": transaction.started_ms,
            "endedAt": transaction.ended_ms,
            "energyWh": order.energy_wh,
            "electricityFen": order.electricity_fen,
            "serviceFen": order.service_fen,
            "totalFen": order.electricity_fen + order.service_fen,
            "state": "charging" if transaction.ended_ms is None else "finished",
        }

    # Connectors

    def get_connectors(self, request: HttpRequest) -> HttpAnswer:
        views = [
            {"boxSerial": box.serial, "connectorId": connector.id, "status": self.connector_status(box, connector)}
            for box, connector in self.state.connectors()
        ]
        return self.app_answer(200, {"connectors": views})

    def connector_status(self, box: Box, connector: Connector) -> int:
        if not self.is_online(box):
            return OFFLINE
        notified = self.notified_status(connector)
        if connector.transaction and notified != FAULTED:
            return CHARGING
        return notified

    def notified_status(self, connector: Connector) -> int:
        return _BY_NOTIFICATION[connector.status]

    # Administration

    def post_station(self, request: HttpRequest) -> HttpAnswer:
        wanted = msgspec.json.decode(request.body, type=_NewStation)
        serial = self.new_station_serial(wanted.name)
        self.issue_station(serial)
        return self.app_answer(201, {"stationSerial": serial})

    def new_station_serial(self, name: str) -> str:
        return f"EVC-STATION-{next(self.station_numbers):06d}"

    def issue_station(self, serial: str) -> None:
        self.state.stations.add(serial)

    def post_supplier(self, request: HttpRequest) -> HttpAnswer:
        wanted = msgspec.json.decode(request.body, type=_NewSupplier)
        vendor_id = self.new_vendor_id(wanted.name)
        self.state.suppliers[vendor_id] = wanted.name
        return self.app_answer(201, {"vendorId": vendor_id})

    def new_vendor_id(self, name: str) -> str:
        return f"EVC-VENDOR-{next(self.vendor_numbers):06d}"

    def post_box(self, request: HttpRequest) -> HttpAnswer:
        wanted = msgspec.json.decode(request.body, type=_NewBox)
        if self.is_taken(wanted.serial, wanted.vendor_id):
            return self.refusal(409, "the serial is taken")
        if not 1 <= len(wanted.serial) <= 25 or not wanted.connectors:
            return self.refusal(422, "a serial has 1 to 25 characters, a box has connectors")
        if wanted.vendor_id not in self.state.suppliers or wanted.station_serial not in self.state.stations:
            return self.refusal(422, "unknown supplier or station")
        self.register(wanted.serial, wanted.vendor_id, wanted.station_serial, wanted.connectors)
        return self.app_answer(201, {"serial": wanted.serial})

    def is_taken(self, serial: str, vendor_id: str) -> bool:
        return serial in self.state.boxes

    def register(self, serial: str, vendor_id: str, station: str, connectors: list[int]) -> None:
        by_number = {number: Connector(number) for number in connectors}
        self.state.boxes[serial] = Box(serial, station, 10, by_number, vendor_id)

    def app_answer(self, status: int, document: Any) -> HttpAnswer:
        return HttpAnswer(status, msgspec.json.encode(document))


@cache
def openapi() -> bytes:
    """The description of this surface, as it is served."""
    return Path(__file__).with_name("openapi.json").read_bytes()
