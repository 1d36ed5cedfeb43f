"""The seven services of EVCHONG V1.2: who is accepted, which transactions run, what is billed.

Each decision is one small method, so that a defect can be put into exactly one of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from simulators.reference.billing import Part, bill, flown_evenly
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, CardFile, Connector, Message, Order, State, Transaction
from simulators.reference.wire import Refused, Wire

SERVICE_PATH = "/evchong-api/cperent/v1/"
ACCEPTED, BLOCKED, EXPIRED = "Accepted", "Blocked", "Expired"
REJECTED = "Rejected"
WHOLE_BOX = 0  # a connectorId, in the reading EVC-X20
IMPORTED_ENERGY = ("Energy.Active.Import.Register", "Energy.Active.Import.Interval")

Operation = Callable[[Message], Awaitable[Message]]


class EvchongServices(Wire):
    """The services over one state."""

    def __init__(self, setting: ServerSetting) -> None:
        self.setting = setting
        self.state = State(setting.site, setting.clock.now_ms())
        self.transaction_ids = itertools.count(1)

    def operations(self) -> Mapping[str, Operation]:
        """The services by the names that their URLs end in (1.1-1.7)."""
        return {
            "deviceBoot": self.device_boot,
            "authorize": self.authorize,
            "heartbeat": self.heartbeat,
            "startTrans": self.start_trans,
            "meterValues": self.meter_values,
            "stopTrans": self.stop_trans,
            "statusNotify": self.status_notify,
        }

    # From HTTP to a message and back

    async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        if service not in self.operations():
            return self.refusal(404, "unknown method")
        if not self.is_allowed(service, request.method):
            return self.refusal(405, "POST only")
        if request.too_large:
            return self.refusal(413, "too large")
        try:
            return await self.perform(service, request)
        except Refused as refused:
            return self.refused(service, refused)

    def is_allowed(self, service: str, method: str) -> bool:
        return method == "POST"

    async def perform(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        """Read, do, write."""
        message = self.read(service, request)
        answer = await self.operations()[service](message)
        return HttpAnswer(200, self.answer_body(service, answer))

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        """The answer to a request that is not accepted (EVC-X10)."""
        if self.setting.reading("EVC-X10") == "error-body":
            return HttpAnswer(200, self.encoded({"errorCode": 1, "message": refused.words}))
        return self.refusal(refused.status, refused.words)

    def refusal(self, status: int, words: str) -> HttpAnswer:
        return HttpAnswer(status, self.encoded({"message": words}))

    # Boot (1.1)

    async def device_boot(self, message: Message) -> Message:
        box = self.registered_box(message)
        accepted = box is not None and self.is_issued(message["chargePointSerialNumber"])
        if box:
            self.note_boot(box, accepted)
        return self.boot_answer(box, accepted)

    def registered_box(self, message: Message) -> Box | None:
        return self.state.boxes.get(message["chargeBoxSerialNumber"])

    def is_issued(self, station_serial: str) -> bool:
        return station_serial in self.state.stations

    def note_boot(self, box: Box, accepted: bool) -> None:
        box.accepted = accepted
        if accepted:
            self.note_beat(box)

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        return {
            "currentTime": self.now_ms(),
            "heartbeatInterval": self.interval_s(box),
            "status": ACCEPTED if accepted else self.rejected(),
        }

    def rejected(self) -> str:
        """The spelling of EVC-X25."""
        return self.setting.reading("EVC-X25")

    def interval_s(self, box: Box | None) -> int:
        return box.heartbeat_interval_s if box else 10

    def now_ms(self) -> int:
        """What the server believes the time is."""
        return self.setting.clock.now_ms()

    # Authorize (1.2)

    async def authorize(self, message: Message) -> Message:
        box, token = self.registered_box(message), message["idToken"]
        status = self.authorize_card_status(token) if self.is_accepted(box) else BLOCKED
        return {"idTagInfo": self.id_tag_info(status, token)}

    def authorize_card_status(self, token: str) -> str:
        return self.card_status(token)

    def is_accepted(self, box: Box | None) -> bool:
        """Whether the box was accepted at its last boot."""
        return box is not None and box.accepted

    def card_status(self, token: str) -> str:
        """What a card is good for, by 2.3; an unknown one counts as blocked (EVC-X17)."""
        card = self.state.cards.get(token)
        if card is None:
            return self.unknown_card_status()
        return self.known_card_status(card)

    def unknown_card_status(self) -> str:
        return BLOCKED

    def known_card_status(self, card: CardFile) -> str:
        return {"valid": ACCEPTED, "expired": EXPIRED}.get(card.state, BLOCKED)

    def id_tag_info(self, status: str, token: str | None) -> Message:
        """An IdTagInfo (2.2); what is known of the card stands beside its status."""
        info: Message = {}
        card = self.state.cards.get(token) if token else None
        if card and card.expiry_ms is not None:
            info["expiryDate"] = card.expiry_ms
        if card and card.parent is not None:
            info["parentIdTag"] = card.parent
        return info | {"status": status}

    # Heartbeat (1.3)

    async def heartbeat(self, message: Message) -> Message:
        self.note_beat(self.known_box(message))
        return {"currentTime": self.now_ms()}

    def known_box(self, message: Message) -> Box:
        box = self.registered_box(message)
        if box is None:
            raise Refused(409, "unknown box")
        return box

    def note_beat(self, box: Box) -> None:
        box.last_beat_ms = self.now_ms()
        self.box_heard(box)

    def is_online(self, box: Box) -> bool:
        """Whether the box has beaten within the last three intervals, or as many as the setting says."""
        if box.last_beat_ms is None:
            return False
        return self.now_ms() - box.last_beat_ms < self.patience_ms(box)

    def patience_ms(self, box: Box) -> int:
        """How long a box may be silent and still counts as online."""
        interval_s = 10 if self.setting.reading("EVC-X11") == "fixed-10" else self.interval_s(box)
        return self.setting.offline_after_intervals * interval_s * 1000

    # Start (1.4)

    async def start_trans(self, message: Message) -> Message:
        token = message["idTag"]
        box, connector, status = self.judged_start(message)
        if status != ACCEPTED or box is None or connector is None:
            return self.refused_start(status, token)
        connector.taken = True  # before anything is awaited, or an overlapping start would find it free
        transaction = await self.opened(box, connector, message)
        return self.start_answer(transaction)

    def judged_start(self, message: Message) -> tuple[Box | None, Connector | None, str]:
        """Who asks, for which connector, and what the answer is to be."""
        box = self.registered_box(message)
        if not self.is_accepted(box) or box is None:
            return None, None, BLOCKED
        connector = self.connector_for_start(box, message["connectorId"])
        status = self.start_card_status(message["idTag"])
        if status == ACCEPTED and (connector is None or not self.is_free(connector)):
            status = BLOCKED
        return box, connector, status

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        return box.connectors.get(number)

    def is_free(self, connector: Connector) -> bool:
        return not connector.taken

    def start_card_status(self, token: str) -> str:
        return self.card_status(token)

    def refused_start(self, status: str, token: str) -> Message:
        """A refused start has no transaction; the id, mandatory in 1.4, is one that no transaction has (EVC-X13)."""
        return {"idTagInfo": self.id_tag_info(status, token), "transactionId": 0}

    async def opened(self, box: Box, connector: Connector, message: Message) -> Transaction:
        transaction = Transaction(
            id=await self.next_transaction_id(box, connector),
            box=box,
            connector=connector,
            card=message["idTag"],
            started_ms=message["timestamp"],
            meter_start_wh=self.register_wh(message["meterStart"]),
        )
        connector.transaction = transaction
        self.keep(transaction)
        self.charging_began(transaction)
        return transaction

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        """One number for all boxes, never given twice."""
        return next(self.transaction_ids)

    def keep(self, transaction: Transaction) -> None:
        self.state.transactions[transaction.box.serial, transaction.id] = transaction
        self.state.orders.append(Order(self.next_order_id(), transaction))

    def next_order_id(self) -> str:
        return f"O{len(self.state.orders) + 1:08d}"

    def start_answer(self, transaction: Transaction) -> Message:
        info = self.id_tag_info(ACCEPTED, transaction.card)
        return {"idTagInfo": info, "transactionId": transaction.id}

    def register_wh(self, register: int) -> int:
        """A register in Wh (EVC-X9)."""
        return register * 1000 if self.setting.reading("EVC-X9") == "kWh" else register

    # Meter values (1.5)

    async def meter_values(self, message: Message) -> Message:
        transaction = self.running_transaction(message)
        transaction.samples.extend(message["values"])
        self.charging_measured(transaction)
        return {"transactionId": transaction.id, "timestamp": self.now_ms()}

    def running_transaction(self, message: Message) -> Transaction:
        transaction = self.known_transaction(message)
        if transaction.ended_ms is not None:
            raise Refused(409, "the transaction is over")
        if transaction.connector.id != message["connectorId"]:
            raise Refused(409, "the transaction runs on another connector")
        return transaction

    def known_transaction(self, message: Message) -> Transaction:
        """The transaction of this box; those of other boxes are none of its business."""
        key = message["chargeBoxSerialNumber"], message["transactionId"]
        if key not in self.state.transactions:
            raise Refused(409, "unknown transaction")
        return self.state.transactions[key]

    # Stop (1.6)

    async def stop_trans(self, message: Message) -> Message:
        transaction = self.known_transaction(message)
        if transaction.ended_ms is None:
            self.finish(transaction, message)
        return {"idTagInfo": self.stop_id_tag_info(message), "transactionId": transaction.id}

    def finish(self, transaction: Transaction, message: Message) -> None:
        transaction.ended_ms = self.ended_ms(transaction, message)
        transaction.meter_stop_wh = self.register_wh(message["meterStop"])
        transaction.stop_card = message.get("idTag") or ""
        self.release(transaction)
        self.charging_ended(transaction)
        self.settle(transaction, message)

    def ended_ms(self, transaction: Transaction, message: Message) -> int:
        return int(message["timestamp"])

    def release(self, transaction: Transaction) -> None:
        connector = transaction.connector
        if connector.transaction is transaction:
            connector.taken, connector.transaction = False, None

    def settle(self, transaction: Transaction, message: Message) -> None:
        """Fill in the order of a transaction that has ended."""
        order = self.state.order_of(transaction)
        if order is None or transaction.ended_ms is None:
            return
        order.energy_wh = self.energy_wh(transaction, message)
        price = bill(self.flown_in(transaction, transaction.ended_ms, order.energy_wh))
        order.electricity_fen, order.service_fen, order.parts = price.electricity_fen, price.service_fen, price.parts
        self.billed(order)

    def flown_in(self, transaction: Transaction, ended_ms: int, energy_wh: int) -> tuple[Part, ...]:
        """The energy of a transaction by tariff period: all that its bill needs is that it flowed in between."""
        return flown_evenly(self.setting.site, transaction.box.station, transaction.started_ms, ended_ms, energy_wh)

    def energy_wh(self, transaction: Transaction, message: Message) -> int:
        """The energy to bill: that of transactionData, never below zero (EVC-X16).

        Without an energy in transactionData the registers are all there is.
        """
        reported_wh = self.transaction_data_wh(message["transactionData"])
        if reported_wh is None:
            return max(0, self.register_wh(message["meterStop"]) - transaction.meter_start_wh)
        if self.setting.reading("EVC-X16") == "register":
            reported_wh -= transaction.meter_start_wh
        return max(0, reported_wh)

    def transaction_data_wh(self, samples: list[Message]) -> int | None:
        energies = [sample for sample in samples if sample["measurand"] in IMPORTED_ENERGY]
        return self.in_wh(energies[-1]) if energies else None

    def in_wh(self, sample: Message) -> int:
        """The energy of a sample; no unit means Wh (EVC-X7)."""
        factor = 1000 if sample.get("unit") == "kWh" else 1
        value: Decimal = sample["value"] * factor
        return int(value.quantize(Decimal(1), ROUND_HALF_UP))

    def stop_id_tag_info(self, message: Message) -> Message:
        """The card's status when a card stopped it, ``Accepted`` otherwise (EVC-X15)."""
        token = message.get("idTag")
        return self.id_tag_info(self.card_status(token) if token else ACCEPTED, token)

    # Status (1.7)

    async def status_notify(self, message: Message) -> Message:
        box = self.known_box(message)
        for connector in self.reporting_connectors(box, message["connectorId"]):
            self.note_status(connector, message)
            self.connector_changed(box, connector)
        return {"timestamp": self.now_ms()}

    def reporting_connectors(self, box: Box, number: int) -> list[Connector]:
        """Whom a notification is about; connector 0 is the whole box in one reading (EVC-X20)."""
        if number == WHOLE_BOX and self.setting.reading("EVC-X20") == "zero":
            return list(box.connectors.values())
        if number not in box.connectors:
            raise Refused(409, "unknown connector")
        return [box.connectors[number]]

    def note_status(self, connector: Connector, message: Message) -> None:
        connector.status, connector.error_code = message["status"], message["errorCode"]

    # What others of the server hear of it; who has something to do then extends these

    def box_heard(self, box: Box) -> None:
        """A box gave a sign of life."""

    def connector_changed(self, box: Box, connector: Connector) -> None:
        """What is known of a connector may have changed."""

    def charging_began(self, transaction: Transaction) -> None:
        """A transaction was opened."""

    def charging_measured(self, transaction: Transaction) -> None:
        """There are new samples of a transaction."""

    def charging_ended(self, transaction: Transaction) -> None:
        """A transaction was ended; its order is not settled yet."""

    def billed(self, order: Order) -> None:
        """An order was settled."""
