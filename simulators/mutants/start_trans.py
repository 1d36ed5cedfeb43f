"""Defects of 1.4, startTrans."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict

from simulators.clock import pause
from simulators.mutants.registry import mutant
from simulators.reference.evchong import ACCEPTED, BLOCKED, EXPIRED
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, CardFile, Connector, Message, Transaction
from simulators.reference.wire import Field, Form, Refused

ROUND_TRIP_S = 0.05  # to a database; whatever overlaps, overlaps within it
TWO_IN_ONE = "two sessions share one number, so what is said of one is taken for the other"

# EVC-1.4-a


@mutant(breaks="EVC-1.4-a", case="accepted")
class HoldsADepositThatNobodyPaid(ReferenceServer):
    """Authorizes a card with balance, then blocks its start for want of a deposit."""

    def start_card_status(self, token: str) -> str:
        status = super().start_card_status(token)
        return BLOCKED if status == ACCEPTED else status


@mutant(breaks="EVC-1.4-a", case="integer-id")
class NamesTransactionsByText(ReferenceServer):
    """Answers its order number, a text, as transactionId."""

    def start_answer(self, transaction: Transaction) -> Message:
        return super().start_answer(transaction) | {"transactionId": f"T{transaction.id:08d}"}


@mutant(breaks="EVC-1.4-a", case="integer-id")
class LeavesTheTransactionIdOut(ReferenceServer):
    """Answers the identity check only, as authorize does."""

    def start_answer(self, transaction: Transaction) -> Message:
        answer = super().start_answer(transaction)
        del answer["transactionId"]
        return answer


# EVC-1.4-b, EVC-1.4-g: one id, one transaction


@mutant(
    breaks="EVC-1.4-b",
    case="sequential",
    also={
        "EVC-1.4-g": "connector 1 of every box gets the same id",
        "EVC-3-d": "connector 1 of both boxes gets the same id",
        "EVC-1.6-c": TWO_IN_ONE,
        "EVC-SEQ": TWO_IN_ONE,
    },
)
class ReusesTransactionIds(ReferenceServer):
    """Hands out the connector number, as a server made for one box would."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        return connector.id


class _CountsByHand(ReferenceServer):
    """Keeps its last ids in counters that are read and written in two steps."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.last_id: Counter[str] = Counter()
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def count_on(self, counter: str) -> int:
        number = self.last_id[counter] + 1
        await pause(ROUND_TRIP_S)
        self.last_id[counter] = number
        return number


@mutant(breaks="EVC-1.4-b", case="overlapping", also={"EVC-1.6-c": TWO_IN_ONE})
class RacesForIdsWithinABox(_CountsByHand):
    """Numbers the transactions of each box by SELECT MAX and INSERT, without a lock."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        place = list(self.state.boxes).index(box.serial) + 1
        return place * 1_000_000 + await self.count_on(box.serial)


@mutant(breaks="EVC-1.4-g", case="overlapping")
class RacesForIdsAcrossBoxes(_CountsByHand):
    """Locks the box while it takes the next number, but the number is everybody's."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        async with self.locks[box.serial]:
            return await self.count_on("all")


@mutant(breaks="EVC-1.4-g", case="sequential")
class CountsTransactionsPerBox(ReferenceServer):
    """Begins at 1 in every box, as the document's own words would allow."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        return 1 + sum(serial == box.serial for serial, _ in self.state.transactions)


# EVC-1.4-c: blocked and expired cards


@mutant(breaks="EVC-1.4-c", case="blocked")
class StartsForBlockedCards(ReferenceServer):
    """Leaves the balance to authorize and does not look again."""

    def start_card_status(self, token: str) -> str:
        card: CardFile | None = self.state.cards.get(token)
        return ACCEPTED if card and card.state == "blocked" else super().start_card_status(token)


@mutant(breaks="EVC-1.4-c", case="expired")
class CallsExpiredStartsBlocked(ReferenceServer):
    """Knows one way to refuse a start."""

    def start_card_status(self, token: str) -> str:
        status = super().start_card_status(token)
        return BLOCKED if status == EXPIRED else status


@mutant(breaks="EVC-1.4-c", case="opens-no-transaction")
class OpensBeforeItChecks(ReferenceServer):
    """Writes the transaction down first, and answers what the card is worth afterwards."""

    written_down = 0

    def refused_start(self, status: str, token: str) -> Message:
        return super().refused_start(status, token) | {"transactionId": self.written_down}

    def judged_start(self, message: Message) -> tuple[Box | None, Connector | None, str]:
        box, connector, status = super().judged_start(message)
        if box and connector and status != ACCEPTED and self.is_free(connector):
            self.written_down = next(self.transaction_ids)
            meter_start_wh = self.register_wh(message["meterStart"])
            card, began_ms = message["idTag"], message["timestamp"]
            self.keep(Transaction(self.written_down, box, connector, card, began_ms, meter_start_wh))
        return box, connector, status


# EVC-1.4-d: optional and zero


@mutant(breaks="EVC-1.4-d", case="meter-start-zero")
class TakesMeterStartZeroForMissing(ReferenceServer):
    """Asks ``if (!meterStart)`` where it means to ask whether it is there."""

    def read_integer(self, field: Field, value: object) -> int:
        number = super().read_integer(field, value)
        if field.name == "meterStart" and not number:
            raise Refused(400, "meterStart is missing")
        return number


@mutant(
    breaks="EVC-1.4-d",
    case="without-reservation",
    also={
        "EVC-1.4-a": "the boxes have no reservations, and no start of theirs is accepted",
        "EVC-1.4-c": "nor is one refused for its card",
    },
)
class DemandsAReservation(ReferenceServer):
    """Refuses a start without reservationId, which its own app always has."""

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        return super().is_mandatory(form, field) or field.name == "reservationId"


# EVC-1.4-e: connectors


@mutant(breaks="EVC-1.4-e", case="occupied")
class StartsTwiceOnAConnector(ReferenceServer):
    """Never asks whether the connector is free: the box would know."""

    def is_free(self, connector: Connector) -> bool:
        return True


@mutant(breaks="EVC-1.4-e", case="no-such-connector")
class TakesConnectorsAsTheyCome(ReferenceServer):
    """Keeps no list of connectors and makes a new one for each number that it hears."""

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        return super().connector_for_start(box, number) or Connector(number)


@mutant(breaks="EVC-1.4-e", case="no-such-connector")
class HasOneConnectorMore(ReferenceServer):
    """Counts the connectors of a box from 0 to their number, and takes the first one behind the last for free."""

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        if number == max(box.connectors) + 1:
            return Connector(number)
        return super().connector_for_start(box, number)


@mutant(breaks="EVC-1.4-e", case="no-such-connector")
class DropsTheSignOfConnectors(ReferenceServer):
    """Keeps connector numbers in an unsigned column, and charges on 1 for -1."""

    def connector_for_start(self, box: Box, number: int) -> Connector | None:
        return super().connector_for_start(box, abs(number))
