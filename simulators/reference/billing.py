"""What a charge costs: integers only, each period rounded half-up to the fen and then summed.

What has flowed is counted by tariff period as it is read, and never split anew: a total so far does not fall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from simulators.world.site import Site, Tariff, TariffPeriod

_MINUTE_MS = 60_000
_DAY_MINUTES = 24 * 60
_E4_YUAN_PER_KWH_IN_FEN_PER_WH = 100_000  # 0.0001 yuan a kWh is 0.01 fen a kWh, so 1e-5 fen a Wh


@dataclass(frozen=True, slots=True)
class Part:
    """What flowed within one tariff period."""

    period: TariffPeriod
    started_ms: int
    ended_ms: int
    energy_wh: int

    @property
    def electricity_fen(self) -> int:
        return _fen(self.energy_wh, self.period.electricity_price_e4)

    @property
    def service_fen(self) -> int:
        return _fen(self.energy_wh, self.period.service_price_e4)


@dataclass(frozen=True, slots=True)
class Bill:
    """The two halves of a price, and by which parts it came about."""

    electricity_fen: int
    service_fen: int
    parts: tuple[Part, ...] = field(default=(), compare=False)


def bill(parts: tuple[Part, ...]) -> Bill:
    """The price of what has flowed."""
    return Bill(sum(part.electricity_fen for part in parts), sum(part.service_fen for part in parts), parts)


def flown_evenly(site: Site, station: str, started_ms: int, ended_ms: int, energy_wh: int) -> tuple[Part, ...]:
    """An energy that flowed evenly from start to end, by tariff period."""
    return tuple(_parts(site, station, started_ms, max(started_ms, ended_ms), energy_wh))


def flown_on(site: Site, station: str, flown: tuple[Part, ...], until_ms: int, energy_wh: int) -> tuple[Part, ...]:
    """What has flowed until then, ``energy_wh`` in all: the parts of before, and evenly what came since.

    Less than before, or until earlier, is a reading that takes back another: then nothing is known but the end.
    """
    last, more_wh = flown[-1], energy_wh - sum(part.energy_wh for part in flown)
    if more_wh < 0 or until_ms < last.ended_ms:
        return flown_evenly(site, station, flown[0].started_ms, until_ms, energy_wh)
    first, *others = flown_evenly(site, station, last.ended_ms, until_ms, more_wh)
    _, holds_until_ms = _period_at(periods_of(site, station), last.started_ms, site.utc_offset_minutes)
    if last.ended_ms >= holds_until_ms:
        return *flown, first, *others
    grown = replace(last, ended_ms=first.ended_ms, energy_wh=last.energy_wh + first.energy_wh)
    return *flown[:-1], grown, *others


def _fen(energy_wh: int, price_e4: int) -> int:
    return (energy_wh * price_e4 + _E4_YUAN_PER_KWH_IN_FEN_PER_WH // 2) // _E4_YUAN_PER_KWH_IN_FEN_PER_WH


def _parts(site: Site, station: str, started_ms: int, ended_ms: int, energy_wh: int) -> Iterator[Part]:
    """The energy by tariff period; what rounding leaves goes to the later period."""
    periods = periods_of(site, station)
    if not periods:
        return
    whole_ms = max(1, ended_ms - started_ms)
    given_wh, moment_ms = 0, started_ms
    while True:
        period, until_ms = _period_at(periods, moment_ms, site.utc_offset_minutes)
        reached_ms = min(until_ms, ended_ms)
        flown_wh = energy_wh if reached_ms == ended_ms else energy_wh * (reached_ms - started_ms) // whole_ms
        yield Part(period, moment_ms, reached_ms, flown_wh - given_wh)
        if reached_ms == ended_ms:
            return
        given_wh, moment_ms = flown_wh, reached_ms


def periods_of(site: Site, station: str) -> list[TariffPeriod]:
    """The tariff of a station in the order of the day; empty where it has none."""
    own = [tariff for tariff in site.tariffs if station in tariff.stations]
    everywhere = [tariff for tariff in site.tariffs if not tariff.stations]
    chosen: list[Tariff] = own or everywhere
    return sorted(chosen[0].periods, key=_start_minute) if chosen else []


def _start_minute(period: TariffPeriod) -> int:
    hours, minutes = period.start.split(":")
    return int(hours) * 60 + int(minutes)


def _period_at(periods: list[TariffPeriod], moment_ms: int, utc_offset_minutes: int) -> tuple[TariffPeriod, int]:
    """The period of a moment, and when it ends. Before the first start of a day the last period still holds."""
    minutes_since_epoch = moment_ms // _MINUTE_MS + utc_offset_minutes
    midnight, minute = minutes_since_epoch - minutes_since_epoch % _DAY_MINUTES, minutes_since_epoch % _DAY_MINUTES
    current, ends = periods[-1], _start_minute(periods[0]) + _DAY_MINUTES
    for period, following in zip(periods, [*map(_start_minute, periods[1:]), ends], strict=True):
        if _start_minute(period) <= minute:
            current, ends = period, following
    if minute < _start_minute(periods[0]):
        ends = _start_minute(periods[0])
    return current, (midnight + ends - utc_offset_minutes) * _MINUTE_MS
