"""Defects of 1.6, stopTrans, and of what is billed."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message, Order, Transaction
from simulators.reference.wire import Field, Form, Refused

# EVC-1.6-a


@mutant(breaks="EVC-1.6-a", case="same-id", also={"EVC-3-d": "an answer with another id belongs to nobody's stop"})
class AnswersStopsWithTheNextNumber(ReferenceServer):
    """Answers the key of the bill that it just wrote as transactionId."""

    async def stop_trans(self, message: Message) -> Message:
        answer = await super().stop_trans(message)
        return answer | {"transactionId": 700_000 + int(answer["transactionId"])}


@mutant(breaks="EVC-1.6-a", case=("id-tag-info", "id-tag-info-without-id-tag"))
class StopsWithoutIdTagInfo(ReferenceServer):
    """Answers a stop with the id alone: the card was checked at the start."""

    async def stop_trans(self, message: Message) -> Message:
        answer = await super().stop_trans(message)
        del answer["idTagInfo"]
        return answer


@mutant(breaks="EVC-1.6-a", case="id-tag-info-without-id-tag")
class AnswersNoIdentityWithoutACard(ReferenceServer):
    """Leaves idTagInfo out when no card stopped the charge: there is nothing to say about nobody."""

    async def stop_trans(self, message: Message) -> Message:
        answer = await super().stop_trans(message)
        if "idTag" not in message:
            del answer["idTagInfo"]
        return answer


# EVC-1.6-b


@mutant(breaks="EVC-1.6-b", case="without-id-tag")
class DemandsTheCardAtTheStop(ReferenceServer):
    """Refuses a stop that no card made, so an unplugged car charges on in the books."""

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        at_stop = form is not None and form.service == "stopTrans" and field.name == "idTag"
        return super().is_mandatory(form, field) or at_stop


# EVC-1.6-c, EVC-1.6-g: which energy


@mutant(breaks="EVC-1.6-c", case="accepted")
class TakesTransactionDataInWhOnly(ReferenceServer):
    """Refuses kWh in transactionData, as the example of 1.6 has Wh."""

    async def stop_trans(self, message: Message) -> Message:
        if any(sample.get("unit") == "kWh" for sample in message["transactionData"]):
            raise Refused(400, "unit is not Wh")
        return await super().stop_trans(message)


BILLED = "the same order is looked at"


@mutant(breaks="EVC-1.6-c", case="billed", also={"EVC-1.6-g": BILLED, "EVC-SEQ": BILLED})
class TakesKwhForWh(ReferenceServer):
    """Ignores the unit of a sample and bills 12.34 kWh as 12 Wh."""

    def in_wh(self, sample: Message) -> int:
        return super().in_wh({**sample, "unit": "Wh"})


@mutant(breaks="EVC-1.6-c", case="billed", also={"EVC-1.6-g": BILLED, "EVC-SEQ": BILLED})
class BillsWholeKwhOnly(ReferenceServer):
    """Cuts the energy to whole kWh before it bills, in the customer's favour."""

    def energy_wh(self, transaction: Transaction, message: Message) -> int:
        return super().energy_wh(transaction, message) // 1000 * 1000


@mutant(breaks="EVC-1.6-g", case="billed", also={"EVC-SEQ": BILLED})
class BillsTheRegisters(ReferenceServer):
    """Bills meterStop minus meterStart, also when there is no meter and both are 0."""

    def transaction_data_wh(self, samples: list[Message]) -> int | None:
        return None


@mutant(breaks="EVC-1.6-g", case="accepted")
class TakesMeterStopZeroForMissing(ReferenceServer):
    """Asks ``if (!meterStop)`` where it means to ask whether it is there."""

    def read_integer(self, field: Field, value: object) -> int:
        number = super().read_integer(field, value)
        if field.name == "meterStop" and not number:
            raise Refused(400, "meterStop is missing")
        return number


# EVC-1.6-d, EVC-1.6-e


@mutant(breaks="EVC-1.6-d", case="one-order")
class BillsEveryStop(ReferenceServer):
    """Makes an order for each stop that it hears, and a box that got no answer says it twice."""

    async def stop_trans(self, message: Message) -> Message:
        transaction = self.known_transaction(message)
        order = self.state.order_of(transaction)
        if order and transaction.ended_ms is not None:
            bill = Order(self.next_order_id(), transaction, order.energy_wh, order.electricity_fen, order.service_fen)
            self.state.orders.append(bill)
        return await super().stop_trans(message)


@mutant(breaks="EVC-1.6-e", case="nothing-negative")
class BillsBackwardsMeters(ReferenceServer):
    """Trusts a register that ran backwards more than transactionData, and pays the customer."""

    def energy_wh(self, transaction: Transaction, message: Message) -> int:
        metered_wh = self.register_wh(message["meterStop"]) - transaction.meter_start_wh
        return metered_wh if metered_wh < 0 else super().energy_wh(transaction, message)
