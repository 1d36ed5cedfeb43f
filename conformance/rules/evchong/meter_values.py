"""Rules of 1.5 and 2.4 to 2.6, meter values."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.evchong.general import NOT_ACCEPTING, EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Owed, Stage
from conformance.rules.evchong.spoken import Outcome, Spoken
from simulators.evchong import content
from simulators.evchong.messages import Measurand, Service

METER_VALUES = frozenset({Service.METER_VALUES})
PERIODIC = {Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, Measurand.CURRENT_IMPORT, Measurand.VOLTAGE}


class MeterValuesAreEchoed(EvchongRule):
    """Meter values are answered with the transactionId that they carried, and a timestamp."""

    row = "EVC-1.5-a"
    listens = METER_VALUES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or not seen.readable:
            return
        answered = content.fields(seen.answered.canonical).get("transactionId")
        yield self.judge(
            seen.transaction == seen.asked_transaction,
            "same-id",
            f"transactionId {seen.asked_transaction}",
            f"{answered!r}",
            seen.exchange,
            path="meterValuesRes.transactionId",
        )
        faults = seen.faults_at("timestamp")
        actual = f"{faults[0].kind}: {faults[0].actual}" if faults else "a timestamp"
        yield self.judge(
            not faults, "timestamp", "timestamp, a dateTime", actual, seen.exchange, path="meterValuesRes.timestamp"
        )


class EveryMeasurandAndUnitIsTaken(EvchongRule):
    """The periodic sample is accepted, and so is every measurand and unit of chapter 2.

    A message with one sample is evidence for its measurand and its unit, one with several for the periodic sample.
    """

    row = "EVC-1.5-b"
    listens = METER_VALUES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        measured = {sample.measurand for sample in seen.samples}
        cases = []
        if measured >= PERIODIC:
            cases = ["current-voltage-energy"]
        elif len(seen.samples) == 1:
            (sample,) = seen.samples
            cases = [f"measurand/{sample.measurand}", f"unit/{sample.unit or 'Wh'}"]
        ok = seen.readable
        for case in cases:
            yield self.judge(ok, case, "accepted", seen.summary(), seen.exchange)


class DeadTransactionsTakeNoMeterValues(EvchongRule):
    """Meter values for a transaction that is unknown, over, or another box's are not accepted.

    Ids are unique within a box (1.4), so the transaction that a box speaks of is its own of that id, or none.
    """

    row = "EVC-1.5-d"
    listens = METER_VALUES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.REFUSE or seen.outcome is Outcome.NO_ANSWER:
            return
        if seen.box in self.known.rejected:
            return
        case = self._why_dead(seen)
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        expected = f"transaction {seen.asked_transaction} ({case}): not accepted"
        yield self.judge(ok, case, expected, seen.summary(), seen.exchange, twin=twin)

    def _why_dead(self, seen: Spoken) -> str:
        transaction = self.known.asked_about(seen)
        if transaction and transaction.stage is Stage.OVER:
            return "finished"
        return "of-another-box" if self.known.running_elsewhere(seen) else "unknown"
