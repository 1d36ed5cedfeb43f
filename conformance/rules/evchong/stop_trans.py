"""Rules of 1.6 and 2.7, end of a transaction, and what is billed for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.finding import Finding
from conformance.rules.evchong.general import EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed, Transaction
from conformance.rules.evchong.orders import (
    AMOUNTS,
    belongs_by_its_names,
    doubt,
    garbled,
    has_its_id,
    untold,
)
from conformance.rules.evchong.spoken import Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

STOP = frozenset({Service.STOP_TRANS})
ORDERS = frozenset({"surface-answered"})
BEGAN_WITHIN_MS = 2000
PATIENCE_MS = 30_000  # how long after a stop an order may take to show
WHOLE_KWH_WH = 1000  # registers in whole kWh, which canonical messages have in Wh (EVC-X9)
HALF_A_HUNDREDTH_KWH_WH = 5  # orders in units of 0.01 kWh are as exact as the document asks


class StopsAreEchoed(EvchongRule):
    """A stop is answered with the transactionId that it carried and an idTagInfo, without idTag too (EVC-X15)."""

    row = "EVC-1.6-a"
    listens = STOP

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or not seen.readable:
            return
        answered = content.fields(seen.answered.canonical)
        yield self.judge(
            seen.transaction == seen.asked_transaction,
            "same-id",
            f"transactionId {seen.asked_transaction}",
            f"{answered.get('transactionId')!r}",
            seen.exchange,
            path="stopTransactionRes.transactionId",
        )
        case = "id-tag-info" if seen.card else "id-tag-info-without-id-tag"
        faults = seen.faults_at("idTagInfo")
        actual = f"{faults[0].kind}: {faults[0].actual}" if faults else "present"
        yield self.judge(not faults, case, "an idTagInfo", actual, seen.exchange, path="stopTransactionRes.idTagInfo")


class StopsNeedNoCard(EvchongRule):
    """A stop without idTag is accepted."""

    row = "EVC-1.6-b"
    listens = STOP

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._with_card_accepted = False

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        if seen.card is not None:
            self._with_card_accepted = self._with_card_accepted or seen.readable
        elif seen.readable or self._with_card_accepted:
            yield self.judge(seen.readable, "without-id-tag", "accepted", seen.summary(), seen.exchange)


@dataclass(frozen=True, slots=True)
class Consumed:
    """What a stop says was consumed, and whether its two sources agree (EVC-X16)."""

    energy_wh: Decimal
    alike: bool


def without_meter(transaction: Transaction, stop: Spoken) -> bool:
    """Both registers are 0: the box has no cumulative meter."""
    return content.meter_start_wh(transaction.start.request) == 0 and content.meter_stop_wh(stop.request) == 0


def consumed(transaction: Transaction, stop: Spoken, readings: Any) -> Consumed | None:
    """The energy of a stop by its transactionData; None when that cannot be read."""
    energy_wh = _data_wh(stop)
    start, end = content.meter_start_wh(transaction.start.request), content.meter_stop_wh(stop.request)
    if energy_wh is None or start is None or end is None:
        return None
    if readings.get("EVC-X16") == "register" and not without_meter(transaction, stop):
        energy_wh -= start
    slack_wh = WHOLE_KWH_WH if readings.get("EVC-X9") == "kWh" else HALF_A_HUNDREDTH_KWH_WH
    alike = without_meter(transaction, stop) or abs(energy_wh - (end - start)) <= slack_wh
    return Consumed(energy_wh, alike)


def _data_wh(stop: Spoken) -> Decimal | None:
    samples = content.samples(stop.request)
    if len(samples) != 1:
        return None
    try:
        value = Decimal(samples[0].value or "")
    except InvalidOperation:
        return None
    return value * (1000 if samples[0].unit == "kWh" else 1)


class _Billing(EvchongRule):
    """Compares the orders that the server shows with the stops that it answered."""

    listens = STOP | ORDERS
    meter: bool

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._stops: list[tuple[Transaction, Spoken]] = []
        self.plain_accepted = False

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        transaction = self.known.asked_about(seen)
        assert transaction is not None  # or nothing would be owed
        ours = without_meter(transaction, seen) is not self.meter
        if ours and (seen.readable or self.blames(seen)):
            yield self.judge(seen.readable, "accepted", "accepted", seen.summary(), seen.exchange)
        if not without_meter(transaction, seen):
            self.plain_accepted = self.plain_accepted or seen.readable
        if ours and seen.readable:
            self._stops.append((transaction, seen))

    def blames(self, seen: Spoken) -> bool:
        """A refused stop is this row's to blame."""
        raise NotImplementedError

    def fact(self, fact: Fact) -> Iterator[Finding]:
        orders = self.known.orders_in(fact)
        if orders is None:
            return
        waiting, self._stops = self._stops, []
        for transaction, stop in waiting:
            order = order_of(orders, transaction, self.known)
            if not finished(order) and fact.at_ms - stop.exchange.answered_at_ms <= PATIENCE_MS:
                self._stops.append((transaction, stop))  # a server may need a moment to bill
            else:
                yield from self._billed(fact, order, transaction, stop)

    def _billed(
        self, fact: Fact, order: dict[str, Any] | None, transaction: Transaction, stop: Spoken
    ) -> Iterator[Finding]:
        energy = consumed(transaction, stop, self.known.pixit.readings)
        if energy is None or energy.energy_wh < 0:
            return
        if not energy.alike and self.known.pixit.billed_energy != "transaction-data":
            return  # which of two different energies is billed is not said (EVC-X16)
        expected = f"an order of transaction {transaction.id} over {energy.energy_wh.normalize():f} Wh"
        found = (stop.exchange, fact)
        all_told = self.known.orders_in(fact) or ()
        if unclear := doubt(all_told, transaction) if order is None else untold(order, "energy_wh"):
            self.lacking = unclear
            return
        if order is None:
            yield self.bad("billed", expected, "no order", *found)
            return
        billed_wh = order["energy_wh"]
        ok = billed_wh is not None and abs(billed_wh - energy.energy_wh) <= HALF_A_HUNDREDTH_KWH_WH
        yield self.judge(ok, "billed", expected, f"order {order.get('id')} over {billed_wh} Wh", *found)
        yield from self._priced(fact, order, transaction, stop)

    def _priced(self, fact: Fact, order: dict[str, Any], transaction: Transaction, stop: Spoken) -> Iterator[Finding]:
        """The amount lies between what the cheapest and the dearest period of the day would make of the energy."""
        prices = [
            period.electricity_price_e4 + period.service_price_e4
            for tariff in self.known.tariffs_of(transaction.box)
            for period in tariff.periods
        ]
        total_fen, energy_wh = order.get("total_fen"), order.get("energy_wh")
        if not prices or total_fen is None or energy_wh is None:
            return
        if unclear := garbled(order, "total_fen"):
            self.lacking = unclear
            return
        slack_fen = (
            2  # half a fen for each of two details, and for each of two periods: EVC's documents name no rounding
        )
        least, most = (Decimal(energy_wh * price) / 100_000 for price in (min(prices), max(prices)))
        ok = least - slack_fen <= total_fen <= most + slack_fen
        expected = f"{energy_wh} Wh at the tariff: {least:.2f} to {most:.2f} fen"
        yield self.judge(ok, "billed", expected, f"{total_fen} fen", stop.exchange, fact)


def finished(order: dict[str, Any] | None) -> bool:
    """The order is there, and is not that of a charge that still runs."""
    return order is not None and order.get("ended_ms") is not None


def belongs(order: dict[str, Any], transaction: Transaction, known: Known) -> bool:
    """An order of this transaction: by its id where the surface tells it, else by box, connector, card and begin."""
    by_id = has_its_id(order, transaction)
    if by_id is not None:
        return by_id
    return belongs_by_its_names(order, transaction) and known.same_moment(
        order.get("started_ms"), transaction.start.exchange.at_ms, BEGAN_WITHIN_MS
    )


def order_of(orders: list[dict[str, Any]], transaction: Transaction, known: Known) -> dict[str, Any] | None:
    """The order of this transaction; of several that may be, the one whose begin is nearest by the server's clock."""
    expected_ms = transaction.start.exchange.at_ms + known.server_ahead_ms
    found = [order for order in orders if belongs(order, transaction, known)]
    return min(found, key=lambda order: _distance_ms(order.get("started_ms"), expected_ms), default=None)


def _distance_ms(told_ms: Any, expected_ms: int) -> float:
    return abs(told_ms - expected_ms) if isinstance(told_ms, int | float) else 0


class ConsumedEnergyIsBilled(_Billing):
    """transactionData is accepted, and its energy is what the server bills and reports."""

    row = "EVC-1.6-c"
    meter = True

    def blames(self, seen: Spoken) -> bool:
        return seen.card is not None or not self.plain_accepted  # without idTag: EVC-1.6-b


class WithoutMeterDataIsBilled(_Billing):
    """A stop with meterStop 0 for want of a meter is accepted, and transactionData is then the energy billed."""

    row = "EVC-1.6-g"
    meter = False

    def blames(self, seen: Spoken) -> bool:
        return self.plain_accepted


class RepeatedStopsBillOnce(EvchongRule):
    """However often a stop is repeated, one order leaves the server.

    Not judged where the box was given the id twice, as then each of the two has its order (EVC-1.4-b).
    """

    row = "EVC-1.6-d"
    listens = STOP | ORDERS

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._repeated: dict[tuple[str, int], tuple[Transaction, Spoken]] = {}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        transaction = self.known.asked_about(seen)
        reused = transaction is not None and (transaction.box, transaction.id) in self.known.reused
        if transaction and transaction.stop and seen.valid and not reused:
            self._repeated[(transaction.box, transaction.id)] = (transaction, seen)
        yield from ()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        orders = self.known.orders_in(fact)
        if orders is None:
            return
        for place, (transaction, stop) in list(self._repeated.items()):
            count = sum(belongs(order, transaction, self.known) for order in orders)
            unclear = doubt(orders, transaction) if count < 2 else ""
            if fact.at_ms - stop.exchange.answered_at_ms > PATIENCE_MS:
                del self._repeated[place]
            elif count == 1 or unclear:
                continue  # a second one may still come
            if unclear:
                self.lacking = unclear
            elif count:  # no order at all: EVC-1.6-c
                expected = f"one order of transaction {transaction.id}"
                yield self.judge(count == 1, "one-order", expected, f"{count} orders", stop.exchange, fact)


class NothingNegativeIsBilled(EvchongRule):
    """meterStop below meterStart leads to no order with a negative energy or amount."""

    row = "EVC-1.6-e"
    listens = STOP | ORDERS

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._backwards: list[tuple[Transaction, Spoken]] = []

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        transaction = self.known.asked_about(seen)
        if transaction is None or not seen.valid:
            return
        start, end = content.meter_start_wh(transaction.start.request), content.meter_stop_wh(seen.request)
        if start is not None and end is not None and end < start:
            self._backwards.append((transaction, seen))
        yield from ()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        orders = self.known.orders_in(fact)
        if orders is None:
            return
        waiting, self._backwards = self._backwards, []
        for transaction, stop in waiting:
            if fact.at_ms - stop.exchange.answered_at_ms <= PATIENCE_MS:
                self._backwards.append((transaction, stop))
                continue
            own = [order for order in orders if belongs(order, transaction, self.known)]
            negative = [order for order in own if _negative(order)]
            if unclear := "" if negative else doubt(orders, transaction) or _without_amounts(own):
                self.lacking = unclear
                continue
            actual = f"order {negative[0].get('id')}: {_amounts(negative[0])}" if negative else "none"
            yield self.judge(
                not negative,
                "nothing-negative",
                "no order with a negative energy or amount",
                actual,
                stop.exchange,
                fact,
            )


def _amounts(order: dict[str, Any]) -> dict[str, Any]:
    return {name: order.get(name) for name in AMOUNTS}


def _negative(order: dict[str, Any]) -> bool:
    return any(isinstance(value, int | Decimal) and value < 0 for value in _amounts(order).values())


def _without_amounts(orders: list[dict[str, Any]]) -> str:
    """Why it cannot be said of one of these orders that nothing in it is negative; empty when it can."""
    for order in orders:
        if unclear := garbled(order, *AMOUNTS) or ("" if order.keys() & set(AMOUNTS) else untold(order, *AMOUNTS)):
            return unclear
    return ""
