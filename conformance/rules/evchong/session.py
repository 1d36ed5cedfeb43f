"""The session as a whole (EVC-SEQ): it runs through, and its truth is what the server reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.finding import Finding
from conformance.rules.evchong.general import EvchongRule
from conformance.rules.evchong.known import Known, Owed, Stage, Transaction
from conformance.rules.evchong.orders import doubt, untold
from conformance.rules.evchong.spoken import Outcome, Spoken
from conformance.rules.evchong.stop_trans import HALF_A_HUNDREDTH_KWH_WH, PATIENCE_MS, finished, order_of
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

CLOCK_SLACK_MS = 1000  # a server may write whole seconds
COMPARED = ("card", "energy_wh", "started_ms", "ended_ms")


class SessionsRunThroughAndAreReportedTruly(EvchongRule):
    """What the box did (its facts) is what the orders say: card, energy, begin and end.

    Only sessions that the box led by itself are judged: a fact for the end, a transaction that was answered throughout.
    """

    row = "EVC-SEQ"
    listens = frozenset({Service.METER_VALUES, Service.STOP_TRANS, "charging-ended", "surface-answered"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._ended: dict[tuple[str, int], Fact] = {}
        self._served: set[tuple[Service, bool, bool]] = set()  # taken before: service, with a card, without a meter

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        """A message of a running session is refused, though its like was taken before: the session is lost."""
        if seen.by_hand or self.known.owed(seen) is not Owed.ACCEPT:
            return
        like = (seen.service, seen.card is not None, content.meter_stop_wh(seen.request) == 0)
        if seen.readable:
            self._served.add(like)
        elif like in self._served and seen.outcome is Outcome.REFUSED:
            expected = f"{seen.service} of transaction {seen.asked_transaction} taken, as others were"
            yield self.bad("flow", expected, seen.summary(), seen.exchange)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if fact.what == "charging-ended":
            if "transaction" in fact.keys and fact.values["reason"] in ("card", "vehicle", "fault"):
                self._ended[(fact.keys["box"], int(fact.keys["transaction"]))] = fact
        elif (orders := self.known.orders_in(fact)) is not None:
            for place, ended in list(self._ended.items()):
                transaction = self.known.transactions.get(place)
                if transaction and transaction.stage is Stage.OVER and transaction.stop and transaction.stop.valid:
                    order = order_of(orders, transaction, self.known)
                    if finished(order) or fact.at_ms - transaction.stop.exchange.answered_at_ms > PATIENCE_MS:
                        del self._ended[place]
                        unclear = doubt(orders, transaction) if order is None else untold(order, *COMPARED)
                        self.lacking = unclear or self.lacking
                        yield from self._session(fact, order, transaction, ended)

    def _session(
        self, fact: Fact, order: dict[str, Any] | None, transaction: Transaction, ended: Fact
    ) -> Iterator[Finding]:
        if order is None:
            return  # EVC-1.6-c
        if transaction.meter_values:
            yield self.good("flow", "boot, authorize, start, meter values, stop", "run through", ended)
        if (card := order.get("card")) is not None:
            told = f"{card}"
            yield self.judge(
                told == transaction.card, "card", f"{transaction.card}", told, ended, fact, path="orders.card"
            )
        yield from self._energy(fact, order, ended)
        yield from self._times(fact, order, transaction, ended)

    def _energy(self, fact: Fact, order: dict[str, Any], ended: Fact) -> Iterator[Finding]:
        if untold(order, "energy_wh"):
            return
        truth_wh, told_wh = ended.values["energy_wh"], order["energy_wh"]
        ok = told_wh is not None and abs(told_wh - truth_wh) <= HALF_A_HUNDREDTH_KWH_WH
        yield self.judge(ok, "energy", f"{truth_wh} Wh", f"{told_wh} Wh", ended, fact, path="orders.energy")

    def _times(self, fact: Fact, order: dict[str, Any], transaction: Transaction, ended: Fact) -> Iterator[Finding]:
        assert transaction.stop is not None  # or the session would not be over
        for name, truth_ms, told_by in (
            ("started_ms", ended.values["began_ms"], transaction.start),
            ("ended_ms", ended.at_ms, transaction.stop),
        ):
            if untold(order, name):
                continue
            told_ms, heard_ms = order[name], max(truth_ms, told_by.exchange.answered_at_ms)
            ahead_ms = self.known.server_ahead_ms
            earliest_ms, latest_ms = min(truth_ms, truth_ms + ahead_ms), max(heard_ms, heard_ms + ahead_ms)
            ok = told_ms is not None and earliest_ms - CLOCK_SLACK_MS <= told_ms <= latest_ms + CLOCK_SLACK_MS
            yield self.judge(ok, "times", f"{name} {truth_ms}", f"{told_ms}", ended, fact, path=f"orders.{name}")
