"""Defects of 1.5, meterValues, and of chapter 2's measurands and units."""

from __future__ import annotations

from simulators.mutants.registry import Server, mutant, named
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message, Transaction
from simulators.reference.wire import MEASURANDS, Refused

# EVC-1.5-a


@mutant(breaks="EVC-1.5-a", case="same-id", also={"EVC-3-d": "an answer with another id belongs to nobody's samples"})
class AnswersTheNumberOfSamples(ReferenceServer):
    """Answers the number of rows it inserted as transactionId."""

    async def meter_values(self, message: Message) -> Message:
        return await super().meter_values(message) | {"transactionId": len(message["values"])}


@mutant(breaks="EVC-1.5-a", case="timestamp")
class AnswersSamplesWithoutTheTime(ReferenceServer):
    """Answers meter values with the id alone."""

    async def meter_values(self, message: Message) -> Message:
        answer = await super().meter_values(message)
        del answer["timestamp"]
        return answer


# EVC-1.5-b: samples that a server does not take


def knows_not(name: str, story: str, measurands: frozenset[str], units: frozenset[str], whole: bool = False) -> Server:
    """A server that refuses meter values with these measurands or units, or with decimals."""

    class KnowsNot(ReferenceServer):
        async def meter_values(self, message: Message) -> Message:
            for sample in message["values"]:
                if sample["measurand"] in measurands or sample.get("unit") in units:
                    raise Refused(400, "unknown measurand or unit")
                if whole and sample["value"].as_tuple().exponent:
                    raise Refused(400, "not a whole number")
            return await super().meter_values(message)

    server = named(KnowsNot, name, story, __name__)
    cases = [f"measurand/{each}" for each in sorted(measurands)] + [f"unit/{each}" for each in sorted(units)]
    everyday = whole or measurands & {"Voltage", "Current.Import"} or units & {"Amp", "Volt", "kWh"}
    if everyday or "Energy.Active.Import.Register" in measurands:
        cases.insert(0, "current-voltage-energy")
    return mutant(breaks="EVC-1.5-b", case=tuple(cases))(server)


ENERGIES = frozenset(name for name in MEASURANDS if name.startswith("Energy."))
NONE: frozenset[str] = frozenset()

knows_not(
    "SpellsEnergyWithUnderscoresOnly",
    "Takes the energies in the spelling of the example of 1.5 only, and refuses that of 2.5 (EVC-X6).",
    ENERGIES,
    NONE,
)
knows_not(
    "TakesEnergyOnly",
    "Has a table with an energy column, and refuses current, voltage, power and temperature.",
    MEASURANDS - ENERGIES,
    NONE,
)
knows_not(
    "TakesRegistersOnly",
    "Was written for meters with registers, and refuses what was metered over an interval.",
    frozenset(name for name in ENERGIES if name.endswith(".Interval")),
    NONE,
)
knows_not(
    "KnowsNoReactiveUnits",
    "Has a list of units without the reactive ones.",
    NONE,
    frozenset({"varh", "kvarh", "var", "kvar"}),
)
knows_not(
    "SpellsUnitsAsTheTables",
    "Takes A and V, as 1.5 writes them, and refuses Amp and Volt of 2.6 (EVC-X22).",
    NONE,
    frozenset({"Amp", "Volt"}),
)
knows_not(
    "TakesKilosOnly",
    "Was told that energy comes in kWh, and refuses the small units.",
    NONE,
    frozenset({"Wh", "W"}),
)
knows_not(
    "TakesNoKilos",
    "Counts in Wh throughout, and refuses the large units.",
    NONE,
    frozenset({"kWh", "kW"}),
)
knows_not(
    "KnowsNoTemperatures",
    "Has a list of units without degrees.",
    NONE,
    frozenset({"Celsius"}),
)
knows_not(
    "TakesWholeNumbersOnly",
    "Parses every sample as an integer, and refuses one with decimals.",
    NONE,
    NONE,
    whole=True,
)


# EVC-1.5-d


@mutant(breaks="EVC-1.5-d", case="unknown")
class EchoesSamplesOfUnknownTransactions(ReferenceServer):
    """Answers first and looks for the transaction in a queue behind."""

    async def meter_values(self, message: Message) -> Message:
        if (message["chargeBoxSerialNumber"], message["transactionId"]) in self.state.transactions:
            return await super().meter_values(message)
        return {"transactionId": message["transactionId"], "timestamp": self.now_ms()}


@mutant(breaks="EVC-1.5-d", case="finished")
class TakesSamplesAfterTheStop(ReferenceServer):
    """Files samples under a transaction without asking whether it still runs."""

    def running_transaction(self, message: Message) -> Transaction:
        return self.known_transaction(message)


@mutant(breaks="EVC-1.5-d", case="of-another-box")
class FilesSamplesByTransactionAlone(ReferenceServer):
    """Has one table of transactions with the id as its key, and takes samples for a row of it from anybody."""

    def running_transaction(self, message: Message) -> Transaction:
        running = [each for each in self.state.transactions.values() if each.ended_ms is None]
        named = next((each for each in running if each.id == message["transactionId"]), None)
        return named or super().running_transaction(message)
