"""1.5 Meter values; 2.4 to 2.6."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.evchong.test_1_0_constraints import started
from conformance.scenario import requirement
from simulators.evchong.messages import Measurand, UnitOfMeasure
from simulators.lab.client import Box, Lab, Unmet

UNIT_OF = {
    "Energy.Active": "kWh",
    "Energy.Reactive": "kvarh",
    "Power.Active": "kW",
    "Power.Reactive": "kvar",
    "Current": "Amp",
    "Voltage": "Volt",
    "Temperature": "Celsius",
}
MEASURED_IN = {
    "Wh": "Energy.Active.Import.Register",
    "kWh": "Energy.Active.Import.Register",
    "varh": "Energy.Reactive.Import.Register",
    "kvarh": "Energy.Reactive.Import.Register",
    "W": "Power.Active.Import",
    "kW": "Power.Active.Import",
    "var": "Power.Reactive.Import",
    "kvar": "Power.Reactive.Import",
    "Amp": "Current.Import",
    "Volt": "Voltage",
    "Celsius": "Temperature",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A transaction that was opened by hand."""

    box: Box
    card: str
    transaction_id: int

    @classmethod
    def on(cls, box: Box, card: str) -> Running:
        return cls(box, card, started(box, card))

    def stopped(self) -> Box:
        """Ended; gives the box."""
        self.box.say_stop(self.transaction_id, card=self.card)
        return self.box


def running_and_a_stranger(lab: Lab, here: Box, there: Box) -> tuple[Running, Box]:
    """A transaction that runs, and the other one of two boxes, which was never given its id.

    Ids are unique within a box only (1.4): where each box counts its own, the one that has come less far cannot have
    had the latest id of the other. It has just had a transaction of its own, so nothing it says is refused for want of
    a charge.
    """
    first, second = Running.on(here, lab.card()), Running.on(there, lab.card())
    if first.transaction_id == second.transaction_id:
        second.stopped()
        second = Running.on(there, second.card)
    if first.transaction_id == second.transaction_id:
        raise Unmet(f"both boxes were given transaction {first.transaction_id}: nothing can be said of another's")
    lesser, greater = sorted((first, second), key=lambda running: running.transaction_id)
    lesser.box.say_meter_values(lesser.transaction_id)
    return greater, lesser.stopped()


@requirement("EVC-1.5-a", "EVC-1.5-b", "EVC-1.5-c", seconds=95)
def test_meter_values_while_charging(lab: Lab) -> None:
    """Every 10 s while charging, and only then: current, voltage and energy with two decimals (1.5)."""
    box = lab.box().booted()
    lab.pass_time(15)
    box.charge(lab.card(), seconds=65)
    lab.pass_time(15)


@requirement("EVC-1.5-b")
def test_every_measurand_is_taken(lab: Lab) -> None:
    """Each of the 16 measurands, in a unit of its own (2.5)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    for measurand in Measurand:
        unit = next(unit for start, unit in UNIT_OF.items() if measurand.startswith(start))
        box.say_meter_values(transaction_id, box.sample(measurand, UnitOfMeasure(unit)))
    box.say_stop(transaction_id, card=card)


@requirement("EVC-1.5-b")
def test_every_unit_is_taken(lab: Lab) -> None:
    """Each of the 11 units, and none at all, which means Wh (2.6, EVC-X7)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    for unit in UnitOfMeasure:
        box.say_meter_values(transaction_id, box.sample(Measurand(MEASURED_IN[unit]), unit))
    box.say_meter_values(transaction_id, box.sample(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, None))
    box.say_stop(transaction_id, card=card)


@requirement("EVC-1.5-d")
def test_meter_values_of_dead_transactions(lab: Lab) -> None:
    """Meter values for a transaction that is unknown, and for one that is over (1.5)."""
    box = lab.box().booted()
    card = lab.card()
    transaction_id = started(box, card)
    box.say_meter_values(transaction_id)
    box.say_stop(transaction_id, card=card)
    box.say_meter_values(transaction_id)
    box.say_meter_values(transaction_id + 1_000_003)


@requirement("EVC-1.5-d")
def test_meter_values_of_the_transaction_of_another_box(lab: Lab) -> None:
    """A box samples the transaction that runs on another one; its own box goes on as before (1.5)."""
    running, stranger = running_and_a_stranger(lab, lab.box().booted(), lab.box().booted())
    stranger.say_meter_values(running.transaction_id, connector=running.box.connectors[0])
    running.box.say_meter_values(running.transaction_id)
    running.stopped()
