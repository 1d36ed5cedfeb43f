"""What a charge may cost by the tariff of its site.

Within one tariff period that is an amount: each detail rounded half-up to the fen and summed, or the exact total
rounded. Across a border no document says how much flowed before it (BJ-X22): whatever the samples of the charge box, or
an even flow, would give is lawful, and so is everything between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from conformance.rules.beijing.charges import Charge
from simulators.world.site import Tariff, TariffPeriod
from simulators.world.tariffs import starts

E4_WH_IN_FEN = Decimal(100_000)  # a price of 0.0001 yuan a kWh, times 1 Wh
WRITTEN_WH = 10  # energy is written in 0.01 kWh, of a detail too
WHOLE_SECONDS_MS = 2000  # times are written in whole seconds, at both ends

Price = Callable[[TariffPeriod], int]  # in 0.0001 yuan a kWh


def electricity(period: TariffPeriod) -> int:
    return period.electricity_price_e4


def service(period: TariffPeriod) -> int:
    return period.service_price_e4


def both(period: TariffPeriod) -> int:
    return period.electricity_price_e4 + period.service_price_e4


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is lawful, in fen: these, or everything from the least to the most."""

    least: Decimal
    most: Decimal
    only: frozenset[Decimal] | None = None

    def allow(self, told: Decimal) -> bool:
        return told in self.only if self.only is not None else self.least <= told <= self.most

    def __str__(self) -> str:
        if self.only is not None:
            return " or ".join(_yuan(each) for each in sorted(self.only))
        return f"{_yuan(self.least)} to {_yuan(self.most)}"


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge under a tariff. ``ahead_ms``: how far the server's clock goes ahead of the box's.

    ``details``: into how many the server split it, who may have rounded each; a tariff period is one at least.
    """

    charge: Charge
    ended_ms: int
    energy_wh: Decimal
    tariff: Tariff
    utc_offset_minutes: int
    ahead_ms: int = 0
    details: int = 1

    def total(self) -> Amounts:
        """Electricity and service together."""
        least, most = self._exact(both)
        roundings = self._roundings()
        if roundings > 1:
            return Amounts(least - roundings, most + roundings)  # half a fen for each half of each detail
        summed = _half_up(self._exact(electricity)[0]) + _half_up(self._exact(service)[0])
        return Amounts(least, most, frozenset({summed, _half_up(least)}))

    def is_split(self) -> bool:
        """A tariff period ended on the way, so that somebody has to say how much flowed before (BJ-X22)."""
        return len(self._pieces()) > 1

    def half(self, price: Price) -> Amounts:
        """One of the two; where the total was rounded as a whole, one half takes up the difference."""
        least, most = self._exact(price)
        slack = Decimal(self._roundings() + 1) / 2
        return Amounts(least - slack, most + slack)

    def _roundings(self) -> int:
        return max(self.details, len(self._pieces()))

    def _exact(self, price: Price) -> tuple[Decimal, Decimal]:
        """Least and most before any rounding, in fen."""
        pieces = self._pieces()
        least = most = self.energy_wh * price(pieces[-1][1])
        for (_, before), (border_ms, after) in pairwise(pieces):
            ends = [flown * (price(before) - price(after)) for flown in self._flown_until(border_ms - self.ahead_ms)]
            least, most = least + min(ends), most + max(ends)
        return least / E4_WH_IN_FEN, most / E4_WH_IN_FEN

    def _pieces(self) -> list[tuple[int, TariffPeriod]]:
        """The periods that the charge touched, by the server's clock, each with the moment from which it held."""
        began_ms, ended_ms = self.charge.began_ms + self.ahead_ms, self.ended_ms + self.ahead_ms
        every = list(starts(self.tariff, began_ms, ended_ms, self.utc_offset_minutes))
        before = [each for each in every if each[0] <= began_ms]
        return [before[-1], *(each for each in every if began_ms < each[0] < ended_ms)]

    def _flown_until(self, at_ms: int) -> tuple[Decimal, Decimal]:
        """The least and the most that may have flowed before a moment of the box's clock, Wh."""
        charge, energy_wh = self.charge, self.energy_wh
        lasted_ms = max(1, self.ended_ms - charge.began_ms)
        evenly = energy_wh * (at_ms - charge.began_ms) / lasted_ms
        slack_wh = WRITTEN_WH + energy_wh * WHOLE_SECONDS_MS / lasted_ms
        before = max((wh for ms, wh in charge.metered if ms <= at_ms), default=Decimal(0))
        after = min((wh for ms, wh in charge.metered if ms >= at_ms), default=energy_wh)
        return max(Decimal(0), min(evenly, before) - slack_wh), min(energy_wh, max(evenly, after) + slack_wh)


def _half_up(fen: Decimal) -> Decimal:
    return fen.quantize(Decimal(1), ROUND_HALF_UP)


def _yuan(fen: Decimal) -> str:
    return f"{fen / 100:.2f}"
