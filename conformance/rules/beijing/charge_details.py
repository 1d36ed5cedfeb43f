"""The details of a charge, one for each tariff period: when it was, and at which prices (cec102 5.10).

A detail may name the part of the charge that lay in its period, or the period itself, which is longer: 5.10 says "start
of the period". Periods are also those of the operator's policy (5.7), which may split what costs the same. The prices
are optional; 0 is as good as left out (4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from conformance.rules.beijing.figures import number
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.prices import Price, both, electricity, service
from conformance.rules.beijing.questions import objects
from simulators.beijing.messages import Content
from simulators.world.site import Tariff, TariffPeriod
from simulators.world.tariffs import DAY_MS, MINUTE_MS, starts

E4 = 10_000
HALF_HOUR_MS = 30 * MINUTE_MS
LONGEST_MS = 7 * DAY_MS  # no charge lasts longer
WHOLE_SECOND_S = 1
WRITTEN_YUAN = Decimal("0.005")  # who writes a price to the fen is off by no more
WRITTEN_FEN = WRITTEN_KWH = Decimal("0.01")
PRICES = ("ElecPrice", "SevicePrice")
FEES = ("DetailElecMoney", "DetailSeviceMoney")


class Wrong(NamedTuple):
    """What a detail says, and is not so. ``case``: of its row."""

    case: str
    field: str
    expected: str
    told: Any


@dataclass(frozen=True, slots=True)
class Details:
    """Those of one message, by the times that it tells of the charge, under the tariffs that may apply."""

    told: Content
    known: Known
    tariffs: list[Tariff]

    def wrong(self) -> Iterator[Wrong]:
        """Everything that is not so; beside times that are those of no charge nothing can be said."""
        began_ms, ended_ms = (self._moment_ms(self.told, field) for field in ("StartTime", "EndTime"))
        if began_ms is None or ended_ms is None or not 0 <= ended_ms - began_ms <= LONGEST_MS:
            return
        for detail in objects(self.told, "ChargeDetails"):
            if _is_empty(detail):
                continue  # of a period in which nothing flowed
            yield from self._times(detail, began_ms, ended_ms)
            yield from self._prices(detail, began_ms, ended_ms)
            yield from self._fees(detail, began_ms, ended_ms)

    def _moment_ms(self, told: Content, field: str) -> int | None:
        return self.known.charges.moment_ms(told.get(field))

    @property
    def _tolerance_ms(self) -> int:
        return round((self.known.boxes.pixit.time_tolerance_s + WHOLE_SECOND_S) * 1000)

    # When

    def _times(self, detail: Content, began_ms: int, ended_ms: int) -> Iterator[Wrong]:
        from_ms, to_ms = self._moment_ms(detail, "DetailStartTime"), self._moment_ms(detail, "DetailEndTime")
        expected = (
            f"within {self.told['StartTime']} and {self.told['EndTime']}, or where a tariff period begins or ends"
        )
        if from_ms is not None and not self._may_begin(from_ms, began_ms, ended_ms):
            yield Wrong("times", "DetailStartTime", expected, detail["DetailStartTime"])
        if to_ms is not None and not self._may_end(to_ms, began_ms, ended_ms):
            yield Wrong("times", "DetailEndTime", expected, detail["DetailEndTime"])
        elif from_ms is not None and to_ms is not None and to_ms < from_ms:
            yield Wrong("times", "DetailEndTime", f"{detail['DetailStartTime']} or later", detail["DetailEndTime"])

    def _may_begin(self, at_ms: int, began_ms: int, ended_ms: int) -> bool:
        in_time = at_ms >= began_ms - self._tolerance_ms or self._is_border(at_ms)
        return in_time and at_ms <= ended_ms + self._tolerance_ms

    def _may_end(self, at_ms: int, began_ms: int, ended_ms: int) -> bool:
        in_time = at_ms <= ended_ms + self._tolerance_ms or self._is_border(at_ms)
        return in_time and at_ms >= began_ms - self._tolerance_ms

    def _is_border(self, at_ms: int) -> bool:
        """A tariff period begins or ends there; where no tariff is known, one may."""
        if not self.tariffs or self._is_own_border(at_ms):
            return True
        offset = self.known.pixit.utc_offset_minutes
        near = [begins_ms for each in self.tariffs for begins_ms, _ in starts(each, at_ms, at_ms + DAY_MS, offset)]
        return any(abs(at_ms - begins_ms) <= self._tolerance_ms for begins_ms in near)

    def _is_own_border(self, at_ms: int) -> bool:
        """A period of the connector's policy begins there; where nobody asked for it, one may at any half hour."""
        policy = self.known.policies.get(str(self.told.get("ConnectorID")))
        if policy is None:
            borders_ms = list(range(0, DAY_MS, HALF_HOUR_MS))
        else:
            borders_ms = [ms for each in objects(policy, "PolicyInfos") if (ms := _in_day_ms(each)) is not None]
        of_day_ms = (at_ms + self.known.pixit.utc_offset_minutes * MINUTE_MS) % DAY_MS
        off_ms = [abs(of_day_ms - border_ms) for border_ms in borders_ms]
        return any(min(each, DAY_MS - each) <= self._tolerance_ms for each in off_ms)

    # At which prices

    def _prices(self, detail: Content, began_ms: int, ended_ms: int) -> Iterator[Wrong]:
        held = self._held_in(detail, began_ms, ended_ms)
        told = {field: number(detail.get(field)) for field in ("ElecPrice", "SevicePrice")}
        whole = both if not told["SevicePrice"] else electricity  # who has one price writes it there
        for field, lawful in (("ElecPrice", (electricity, whole)), ("SevicePrice", (service,))):
            value = told[field]
            if held and value and not any(_is_held(value, held, price) for price in lawful):
                yield Wrong("money", field, f"{_written(held, lawful[0])} yuan a kWh", detail[field])

    def _fees(self, detail: Content, began_ms: int, ended_ms: int) -> Iterator[Wrong]:
        """What flowed in it at its price is its fee: where no more than one price held, and all of it is told."""
        held = {(electricity(period), service(period)) for period in self._held_in(detail, began_ms, ended_ms)}
        power, prices, fees = number(detail.get("DetailPower")), *(_told(detail, each) for each in (PRICES, FEES))
        if not power or len(held) != 1 or not all((*prices, *fees)):
            return
        for field, price, fee in zip(FEES, prices, fees, strict=True):
            if abs(power * price - fee) > self._inexact(power, price):
                yield Wrong("money", field, f"{power} kWh at {price} yuan", detail[field])

    def _inexact(self, power_kwh: Decimal, price: Decimal) -> Decimal:
        """Yuan by which a fee may be off: by roundings, also of the others, which one detail may make up for.

        What is rounded is the fee and the total, the energy, and the price, which may be written to the fen.
        """
        steps = 2 + Decimal(len(objects(self.told, "ChargeDetails"))) / 2
        rounded = WRITTEN_YUAN if price == round(price, 2) else Decimal(0)
        return steps * (WRITTEN_FEN + WRITTEN_KWH * price) + rounded * power_kwh

    def _held_in(self, detail: Content, began_ms: int, ended_ms: int) -> list[TariffPeriod]:
        """The periods in which it may lie, as far as the charge lies in it."""
        from_ms, to_ms = self._moment_ms(detail, "DetailStartTime"), self._moment_ms(detail, "DetailEndTime")
        inside = [min(max(began_ms, each), ended_ms) for each in (from_ms or began_ms, to_ms or ended_ms)]
        return list(self._held(*inside))

    def _held(self, from_ms: int, to_ms: int) -> Iterator[TariffPeriod]:
        """The periods in which a detail may lie that is told so: a clock may be off, at both ends alike."""
        first_ms, last_ms = sorted((from_ms + self._tolerance_ms, to_ms - self._tolerance_ms))
        for tariff in self.tariffs:
            every = list(starts(tariff, first_ms, last_ms, self.known.pixit.utc_offset_minutes))
            before = [period for begins_ms, period in every if begins_ms <= first_ms]
            yield from (before[-1], *(period for begins_ms, period in every if first_ms < begins_ms <= last_ms))


def _is_empty(detail: Content) -> bool:
    return number(detail.get("DetailPower")) == 0 and not any(_told(detail, FEES))


def _told(detail: Content, fields: tuple[str, str]) -> list[Decimal]:
    """0 is as good as left out (4.2)."""
    return [number(detail.get(field)) or Decimal(0) for field in fields]


def _in_day_ms(policy_info: Content) -> int | None:
    """Its StartTime, HHmmss, since midnight; None where it is none (BJ-1.1.6-b)."""
    try:
        start = datetime.strptime(str(policy_info.get("StartTime")), "%H%M%S")  # noqa: DTZ007 - any day's
    except ValueError:
        return None
    return ((start.hour * 60 + start.minute) * 60 + start.second) * 1000


def _is_held(told: Decimal, held: list[TariffPeriod], price: Price) -> bool:
    """One of the prices that held, or what lies between them: an average, where a detail spans several."""
    prices = [Decimal(price(period)) / E4 for period in held]
    return min(prices) - WRITTEN_YUAN <= told <= max(prices) + WRITTEN_YUAN


def _written(held: list[TariffPeriod], price: Price) -> str:
    return " or ".join(f"{Decimal(each) / E4:.4f}" for each in sorted({price(period) for period in held}))
