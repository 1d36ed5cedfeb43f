"""The reference counts what has flowed by tariff period, and never takes back what it has counted."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulators.reference.billing import Bill, Part, bill, flown_evenly, flown_on
from simulators.world.site import Site, Tariff, TariffPeriod

MIDNIGHT_MS = 1425225600000  # 2015-03-02 00:00 in Beijing
HOUR_MS = 3600 * 1000
DEAR = TariffPeriod(start="08:00", electricity_price_e4=6000, service_price_e4=4000)
CHEAP = TariffPeriod(start="20:00", electricity_price_e4=2000, service_price_e4=4000)
SITE = Site(tariffs=[Tariff(periods=[DEAR, CHEAP])])
SEVEN_MS, EIGHT_MS, NINE_MS = (MIDNIGHT_MS + hour * HOUR_MS for hour in (7, 8, 9))


def counted(*readings: tuple[int, int], began_ms: int = SEVEN_MS) -> list[tuple[Part, ...]]:
    """The parts after each reading, a moment and the energy until then."""
    first, *others = readings
    so_far = [flown_evenly(SITE, "", began_ms, *first)]
    for until_ms, energy_wh in others:
        so_far.append(flown_on(SITE, "", so_far[-1], until_ms, energy_wh))
    return so_far


def test_a_period_grows_until_it_ends() -> None:
    """What came between two readings flowed evenly; a period that begins anew is another part."""
    *_, parts = counted((SEVEN_MS, 0), (SEVEN_MS + 10_000, 100), (EIGHT_MS, 400), (NINE_MS, 900))
    assert parts == (Part(CHEAP, SEVEN_MS, EIGHT_MS, 400), Part(DEAR, EIGHT_MS, NINE_MS, 500))
    assert bill(parts) == Bill(8 + 30, 16 + 20)


def test_a_border_between_two_readings_splits_what_came_between() -> None:
    """A quarter of an hour on either side of it."""
    *_, parts = counted((EIGHT_MS - HOUR_MS // 4, 1000), (EIGHT_MS + HOUR_MS // 4, 2000))
    assert [part.energy_wh for part in parts] == [1500, 500]


def test_a_reading_that_takes_back_another_is_all_that_counts() -> None:
    """Less than before, or until earlier: spread evenly from the start."""
    for until_ms, energy_wh in ((NINE_MS + 1, 800), (NINE_MS - 1, 900)):
        before, after = counted((NINE_MS, 900), (until_ms, energy_wh))
        assert after == flown_evenly(SITE, "", SEVEN_MS, until_ms, energy_wh) != before


def test_without_a_tariff_nothing_costs_anything() -> None:
    """There is no period to count in."""
    assert bill(flown_evenly(Site(), "", SEVEN_MS, NINE_MS, 900)) == Bill(0, 0)


@given(st.lists(st.tuples(st.integers(0, 9 * HOUR_MS), st.integers(0, 5000)), min_size=2, max_size=30))
def test_no_amount_ever_falls(steps: list[tuple[int, int]]) -> None:
    """Over days, however unevenly it flows, and always all of it is counted."""
    readings, at_ms, energy_wh = [], SEVEN_MS, 0
    for passed_ms, flown_wh in steps:
        at_ms, energy_wh = at_ms + passed_ms, energy_wh + flown_wh
        readings.append((at_ms, energy_wh))
    so_far = counted(*readings)
    assert [sum(part.energy_wh for part in parts) for parts in so_far] == [energy_wh for _, energy_wh in readings]
    for before, after in pairwise(map(bill, so_far)):
        assert after.electricity_fen >= before.electricity_fen
        assert after.service_fen >= before.service_fen
    for parts in so_far:
        assert all(one.ended_ms == other.started_ms for one, other in pairwise(parts))
