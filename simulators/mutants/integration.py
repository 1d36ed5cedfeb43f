"""Defects of section 3: stations, suppliers, serials, connectors, back offices."""

from __future__ import annotations

import msgspec

from simulators.mutants.registry import mutant
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, Connector, Message, State, Transaction


@mutant(breaks="EVC-3-a", case="same-serial")
class RegistersASerialPerVendor(ReferenceServer):
    """Holds serials apart by vendor, but the services know a box by its serial alone."""

    def is_taken(self, serial: str, vendor_id: str) -> bool:
        box = self.state.boxes.get(serial)
        return box is not None and box.vendor_id == vendor_id


# EVC-3-b


@mutant(breaks="EVC-3-b", case="single-socket", also={"EVC-1.4-d": "the box without a meter has one socket"})
class CallsTheOnlySocketZero(ReferenceServer):
    """Numbers the socket of a single-socket box 0, as an index."""

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        if len(box.connectors) == 1:
            number = {0: min(box.connectors)}.get(number, -1)
        return super().connector_for_start(box, number)


@mutant(breaks="EVC-3-b", case="own-numbering")
class RenumbersConnectors(ReferenceServer):
    """Numbers the sockets of every box from 1 on, whatever the manufacturer printed on them."""

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        sockets = sorted(box.connectors)
        return box.connectors[sockets[number - 1]] if 1 <= number <= len(sockets) else None


# EVC-3-c


@mutant(breaks="EVC-3-c", case="own-serial")
class GivesEveryStationOneSerial(ReferenceServer):
    """Takes the serial from the operator's account, so two stations of one operator share it."""

    def new_station_serial(self, name: str) -> str:
        return "EVC-STATION-OPERATOR-1"


@mutant(breaks="EVC-3-c", case="own-serial")
class NumbersStationsByUuid(ReferenceServer):
    """Gives a station a UUID of 36 characters where a String[25] travels."""

    def new_station_serial(self, name: str) -> str:
        return f"0f8fad5b-d9cb-469f-a165-{len(self.state.stations):012d}"


@mutant(breaks="EVC-3-c", case="vendor-number")
class GivesSuppliersTheirWholeFile(ReferenceServer):
    """Gives as vendor number a signed token with the supplier's data, longer than a String[255]."""

    def new_vendor_id(self, name: str) -> str:
        return f"{super().new_vendor_id(name)}." + "eyJ2ZW5kb3IiOiJ0ZXN0In0" * 12


@mutant(breaks="EVC-3-c", case="boot-accepted")
class LearnsStationsOverNight(ReferenceServer):
    """Hands out a serial that the services know only after the nightly import."""

    def is_issued(self, station_serial: str) -> bool:
        imported = State(self.setting.site, 0).stations
        return station_serial in imported


# EVC-3-d


class _RemembersConnections(ReferenceServer):
    """Keeps the latest start of each connection: whose it was, and what it was answered."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.latest_start: dict[int, tuple[str, HttpAnswer]] = {}

    async def perform(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        answer = await super().perform(service, request)
        if service == "startTrans" and answer is not None:
            self.latest_start[request.connection] = self.serial_in(service, request), answer
        elif service == "stopTrans":
            self.latest_start.pop(request.connection, None)
        return answer

    def serial_in(self, service: str, request: HttpRequest) -> str:
        return str(self.read(service, request)["chargeBoxSerialNumber"])

    def others_start(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        """What another box on this connection was answered to the latest start, if it was another's."""
        serial, answer = self.latest_start.get(request.connection, ("", None))
        return answer if serial != self.serial_in(service, request) else None


@mutant(
    breaks="EVC-3-d",
    case="answers",
    also={"EVC-1.5-a": "the id of another box's transaction is not the one that was sent"},
)
class AnswersForTheLatestStartOfAConnection(_RemembersConnections):
    """Keeps the running transaction in the connection's session, and answers samples of every box with it."""

    async def perform(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        answer = await super().perform(service, request)
        others = self.others_start(service, request) if service == "meterValues" else None
        if answer is None or others is None:
            return answer
        number = msgspec.json.decode(others.body)["startTransactionRes"].get("transactionId")
        return HttpAnswer(200, self.answer_body(service, {"transactionId": number, "timestamp": self.now_ms()}))


@mutant(
    breaks="EVC-3-d",
    case="transactions",
    also={
        "EVC-1.4-g": "two boxes are given one id",
        "EVC-1.5-b": "samples under the other box's id are refused",
        "EVC-1.6-c": "so is the stop",
    },
)
class TakesAnothersStartForARepeat(_RemembersConnections):
    """Takes a start on a connection that has one open for a repeated one, whichever box it is of."""

    async def perform(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        others = self.others_start(service, request) if service == "startTrans" else None
        return others or await super().perform(service, request)


@mutant(
    breaks="EVC-3-d",
    case="anothers-stop",
    also={
        "EVC-1.5-b": "what the box itself then samples is refused",
        "EVC-1.6-c": "the order is over what the other box said",
    },
)
class StopsByTransactionAlone(ReferenceServer):
    """Looks up the transaction of a stop by its id, whichever box says it."""

    async def stop_trans(self, message: Message) -> Message:
        running = [each for each in self.state.transactions.values() if each.ended_ms is None]
        named = next((each for each in running if each.id == message["transactionId"]), None)
        serial = named.box.serial if named else message["chargeBoxSerialNumber"]
        return await super().stop_trans(message | {"chargeBoxSerialNumber": serial})


@mutant(breaks="EVC-1.6-c", case="billed")
class BillsTheFirstStopOfAnId(ReferenceServer):
    """Notes the energy of a stop under its transaction before it looks whose that is, and refuses the stranger."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.first_stop: dict[int, Message] = {}

    async def stop_trans(self, message: Message) -> Message:
        self.first_stop.setdefault(message["transactionId"], message)
        return await super().stop_trans(message)

    def energy_wh(self, transaction: Transaction, message: Message) -> int:
        return super().energy_wh(transaction, self.first_stop[transaction.id])
