"""An order beside the truth of its charge, point by point: identifiers, times, energy, meter values, money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from conformance.rules.beijing.charge_details import Details
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.figures import hundredths, number
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.prices import WRITTEN_WH, Charged, Price, electricity, service
from conformance.rules.evchong.stop_trans import WHOLE_KWH_WH
from simulators.beijing.messages import ChargeModel, Content, StopReason
from simulators.world.site import Tariff

METHODS = {ChargeModel.PLATFORM: "platform", ChargeModel.CARD: "card", ChargeModel.OTHER: "other"}
FEES = ("TotalElecMoney", "TotalSeviceMoney")
DETAIL_FEES = ("DetailElecMoney", "DetailSeviceMoney")
WRITTEN_KW = Decimal("0.1")
WHOLE_SECOND = 1  # by which times that are written in whole seconds may be off
ONE_STEP = Decimal(1)  # 0.01 kWh


def tells_money(holders: Iterable[Content], fee: str) -> bool:
    """Whether an optional fee says anything: where it is 0, that is its default, as good as left out (4.2, 5.10)."""
    return any(hundredths(holder.get(fee)) for holder in holders)


class Point(NamedTuple):
    """One thing that an order says: in which field, whether it is so, what would be, what it said."""

    case: str
    field: str
    ok: bool
    expected: str
    told: Any


@dataclass(frozen=True, slots=True)
class Beside:
    """An order, canonical, beside the charge that it is of, which is over.

    A field that is absent, or that nobody can read, makes no point here: it is no field of its table. Nor does a fee of
    0 where fees are ``optional``: that is its default, and says that it is not known (4.2, 5.15).
    """

    told: Content
    charge: Charge
    known: Known
    optional: frozenset[str] = frozenset()

    def points(self) -> Iterator[Point]:
        """Everything that can be compared. Energy is no truth where the stop contradicts itself (EVC-X16)."""
        yield from self._start_method()
        yield from self._stop_reason()
        yield from self._identifiers()
        yield from self._times()
        yield from self._each_detail()
        energy_wh = self.charge.energy_wh(self.known.boxes.pixit.readings)
        if energy_wh is not None and energy_wh >= 0:
            yield from self._energy(energy_wh)
            yield from self._meter_values()
            yield from self._sums()
            yield from self._amounts(energy_wh)

    def _point(self, case: str, field: str, ok: bool, expected: str) -> Point:
        return Point(case, field, ok, f"{field}: {expected}", self.told.get(field))

    def _steps(self, field: str) -> Decimal | None:
        """Energy in 0.01 kWh, money in fen; None where it is not told."""
        told = hundredths(self.told.get(field))
        return told if told or field not in self.optional else None

    def _moment_ms(self, field: str) -> int | None:
        return self.known.charges.moment_ms(self.told.get(field))

    # How it began and ended

    def _start_method(self) -> Iterator[Point]:
        method, told = self.charge.method, number(self.told.get("ChargeModel"))
        if told is not None:
            case, expected = f"start-method/{METHODS[method]}", f"{method.value} ({METHODS[method]})"
            yield self._point(case, "ChargeModel", told == method, expected)

    def _stop_reason(self) -> Iterator[Point]:
        """Of the reasons that 4.3 names, the right one; each party may have reasons of its own."""
        wrong, told = self.charge.wrong_reasons(), number(self.told.get("StopReason"))
        if told in wrong:
            right = ", ".join(f"{each.value} ({each.name.lower()})" for each in sorted(set(StopReason) - wrong))
            yield self._point("fields", "StopReason", False, f"{right}, or one of the operator's own")

    def _identifiers(self) -> Iterator[Point]:
        socket, told = self.charge.socket, self.told
        for field, true in (
            ("ConnectorID", socket.id),
            ("StationID", socket.station),
            ("EquipmentID", socket.equipment),
        ):
            if field in told:
                yield self._point("identifiers", field, told[field] == true, true)
        told_kw = number(told.get("ConnectorPower"))
        if told_kw is not None and socket.power_w is not None:
            power_kw = Decimal(socket.power_w) / 1000
            ok = abs(told_kw - power_kw) < WRITTEN_KW
            yield self._point("identifiers", "ConnectorPower", ok, f"{power_kw:.1f} kW")

    def _times(self) -> Iterator[Point]:
        tolerance_s = self.known.boxes.pixit.time_tolerance_s
        for field, true_ms in (("StartTime", self.charge.began_ms), ("EndTime", self.charge.ended_ms)):
            told_ms = self._moment_ms(field)
            if told_ms is not None and true_ms is not None:
                off_s = (told_ms - true_ms) / 1000
                expected = f"the truth within {tolerance_s:g} s; this is {off_s:+.0f} s off"
                yield self._point("times", field, abs(off_s) <= tolerance_s + WHOLE_SECOND, expected)
        began_ms, ended_ms = self._moment_ms("StartTime"), self._moment_ms("EndTime")
        lasted_s = number(self.told.get("ChargeLast"))
        if began_ms is not None and ended_ms is not None and lasted_s is not None:
            seconds = (ended_ms - began_ms) // 1000
            yield self._point("times", "ChargeLast", abs(lasted_s - seconds) <= WHOLE_SECOND, f"{seconds} s")

    # Energy

    def _energy(self, energy_wh: Decimal) -> Iterator[Point]:
        told = self._steps("TotalPower")
        if told is None:
            return
        ok = abs(told - energy_wh / WRITTEN_WH) <= ONE_STEP
        if energy_wh or not ok:  # nothing is nothing in every unit
            yield self._point("energy", "TotalPower", ok, f"{energy_wh / 1000:.2f} kWh")

    def _meter_values(self) -> Iterator[Point]:
        """A box without a meter tells 0 twice (EVCHONG 1.4, 1.6); that is then as good as a count of the server's."""
        start, end, total = (self._steps(field) for field in ("MeterValueStart", "MeterValueEnd", "TotalPower"))
        if start is None or end is None or total is None:
            return
        registers, exact = self.charge.registers_wh(), Decimal(self._register_step_wh()) / WRITTEN_WH
        if total and not (registers is None and start == end == 0):
            expected = f"MeterValueStart and TotalPower, {(start + total) / 100}"
            yield self._point("meter-values", "MeterValueEnd", abs(end - start - total) <= exact, expected)
        if registers is not None:
            for field, told, true_wh in (
                ("MeterValueStart", start, registers[0]),
                ("MeterValueEnd", end, registers[1]),
            ):
                ok = abs(told - Decimal(true_wh) / WRITTEN_WH) <= exact
                yield self._point("meter-values", field, ok, f"{true_wh / 1000:.2f} kWh, as the box read it")

    def _register_step_wh(self) -> int:
        """How exactly the server can know a register (EVC-X9)."""
        return WHOLE_KWH_WH if self.known.boxes.pixit.readings.get("EVC-X9") == "kWh" else WRITTEN_WH

    # What must add up, whatever it costs

    def _sums(self) -> Iterator[Point]:
        halves, total = [self._steps(fee) for fee in FEES], self._steps("TotalMoney")
        if total is not None and halves[0] is not None and halves[1] is not None and halves[0] + halves[1] != total:
            expected = f"{(halves[0] + halves[1]) / 100}, the sum of {' and '.join(FEES)}"
            yield self._point("money", "TotalMoney", False, expected)
        yield from self._details("energy", "DetailPower", "TotalPower")
        for part, whole in zip(DETAIL_FEES, FEES, strict=True):
            if tells_money(self._detail_list(), part):
                yield from self._details("money", part, whole)

    def _each_detail(self) -> Iterator[Point]:
        for wrong in self.details().wrong():
            yield Point(wrong.case, wrong.field, False, f"{wrong.field}: {wrong.expected}", wrong.told)

    def details(self) -> Details:
        """What its details say by themselves."""
        return Details(self.told, self.known, self.tariffs())

    def _details(self, case: str, part: str, whole: str) -> Iterator[Point]:
        """Rounded parts may miss a rounded total by half a step each; one part alone may not."""
        told, total = self._detail_list(), self._steps(whole)
        parts = [read for detail in told if (read := hundredths(detail.get(part))) is not None]
        if total is None or not parts or len(parts) < len(told):
            return
        added = sum(parts, Decimal(0))
        if abs(added - total) > len(parts) // 2:
            yield self._point(case, whole, False, f"{added / 100}, the sum of {part}")

    def _detail_list(self) -> list[Content]:
        told = self.told.get("ChargeDetails")
        return [detail for detail in told if isinstance(detail, dict)] if isinstance(told, list) else []

    # What it costs

    def _amounts(self, energy_wh: Decimal) -> Iterator[Point]:
        priced = list(self._priced(energy_wh))
        if priced:  # or the target file names no tariff
            yield from self._amount("TotalMoney", priced, None)
            yield from self._amount("TotalElecMoney", priced, electricity)
            yield from self._amount("TotalSeviceMoney", priced, service)

    def _amount(self, field: str, priced: list[Charged], price: Price | None) -> Iterator[Point]:
        told = self._steps(field)
        if told is None:
            return
        lawful = [each.half(price) if price else each.total() for each in priced]
        ok = any(amounts.allow(told) for amounts in lawful)
        if priced[0].energy_wh or not ok:
            yield self._point("money", field, ok, f"{lawful[0]} yuan")

    def _priced(self, energy_wh: Decimal) -> Iterator[Charged]:
        """The charge as servers may rightly see it: exactly or as it is written, by the box's clock or their own."""
        charge, parts = self.charge, max(1, len(self._detail_list()))
        written_wh = (energy_wh / WRITTEN_WH).quantize(Decimal(1), ROUND_HALF_UP) * WRITTEN_WH
        ended_ms = charge.began_ms if charge.ended_ms is None else charge.ended_ms
        utc_offset = self.known.pixit.utc_offset_minutes
        for tariff in self.tariffs():
            for flown_wh in dict.fromkeys((energy_wh, written_wh)):
                for ahead_ms in dict.fromkeys((0, self.ahead_ms())):
                    yield Charged(charge, ended_ms, flown_wh, tariff, utc_offset, ahead_ms, parts)

    def tariffs(self) -> list[Tariff]:
        """Those of the station itself before those of all."""
        socket = self.charge.socket
        if socket.box:
            applying = self.known.boxes.tariffs_of(socket.box)
        else:
            every = self.known.boxes.pixit.site.tariffs
            applying = [tariff for tariff in every if not tariff.stations or socket.station in tariff.stations]
        known = [tariff for tariff in applying if tariff.periods]
        return [tariff for tariff in known if tariff.stations] or known

    def ahead_ms(self) -> int:
        """By how much the server's clock goes ahead of the box's, as the order itself tells."""
        told_ms = self._moment_ms("StartTime")
        ahead_ms = 0 if told_ms is None else told_ms - self.charge.began_ms
        return ahead_ms if abs(ahead_ms) <= self.known.boxes.pixit.time_tolerance_s * 1000 else 0
