"""When a price holds, and how long until another does."""

from __future__ import annotations

import pytest

from simulators.world.site import Tariff, TariffPeriod
from simulators.world.tariffs import seconds_to_change, starts

BEIJING_MINUTES = 480
MIDNIGHT_MS = 1425225600000  # 2015-03-02 00:00 in Beijing
HOUR_MS = 3600 * 1000


def period(start: str, electricity: int, service: int = 4000) -> TariffPeriod:
    return TariffPeriod(start=start, electricity_price_e4=electricity, service_price_e4=service)


DAY_AND_NIGHT = Tariff(periods=[period("22:00", 3000), period("00:00", 3000), period("08:00", 6000)])


@pytest.mark.parametrize(
    ("hour", "waits_h"),
    [(7, 1), (8, 14), (21, 1), (22, 10), (0, 8)],
)
def test_another_price_holds_from_the_next_period_that_has_one(hour: int, waits_h: int) -> None:
    """Midnight begins a period, and changes nothing."""
    now_ms = MIDNIGHT_MS + hour * HOUR_MS
    assert seconds_to_change(DAY_AND_NIGHT, now_ms, BEIJING_MINUTES) == waits_h * 3600


@pytest.mark.parametrize("periods", [[], [period("00:00", 1)], [period("00:00", 1), period("12:00", 1)]])
def test_one_price_never_changes(periods: list[TariffPeriod]) -> None:
    """There is nothing to wait for."""
    assert seconds_to_change(Tariff(periods=periods), MIDNIGHT_MS, BEIJING_MINUTES) is None


def test_before_the_first_start_of_a_day_the_last_period_of_the_day_before_holds() -> None:
    """So the starts of the day before are told as well."""
    tariff = Tariff(periods=[period("06:00", 1), period("20:00", 2)])
    told = list(starts(tariff, MIDNIGHT_MS + HOUR_MS, MIDNIGHT_MS + 2 * HOUR_MS, BEIJING_MINUTES))
    assert [(moment_ms - MIDNIGHT_MS) // HOUR_MS for moment_ms, _ in told] == [-18, -4, 6, 20]
