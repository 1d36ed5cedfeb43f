"""When a price holds: the periods of a tariff on the line of time."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from simulators.world.site import Tariff, TariffPeriod

DAY_MS, MINUTE_MS = 24 * 3600 * 1000, 60 * 1000


def starts(tariff: Tariff, from_ms: int, to_ms: int, utc_offset_minutes: int) -> Iterator[tuple[int, TariffPeriod]]:
    """Every moment at which a period of a tariff begins, from the local day before ``from_ms`` to that of ``to_ms``."""
    offset_ms = utc_offset_minutes * MINUTE_MS
    periods = sorted(((_start_ms(period), period) for period in tariff.periods), key=itemgetter(0))
    for day in range((from_ms + offset_ms) // DAY_MS - 1, (to_ms + offset_ms) // DAY_MS + 1):
        yield from ((day * DAY_MS - offset_ms + start_ms, period) for start_ms, period in periods)


def seconds_to_change(tariff: Tariff, now_ms: int, utc_offset_minutes: int) -> float | None:
    """How long until another price holds; None where it never does."""
    held = None
    for begins_ms, period in starts(tariff, now_ms, now_ms + DAY_MS, utc_offset_minutes):
        prices = (period.electricity_price_e4, period.service_price_e4)
        if begins_ms > now_ms and held not in (None, prices):
            return (begins_ms - now_ms) / 1000
        held = prices
    return None


def _start_ms(period: TariffPeriod) -> int:
    hours, minutes = period.start.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE_MS
