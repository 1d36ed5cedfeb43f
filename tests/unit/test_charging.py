"""The charge as the box's instruments show it: what any believable charge has in common."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.world.charging import RAMP_S, REGISTER_STEP_WH, ChargeCurve

CENT = Decimal("0.01")
POWERS_W = st.sampled_from([3300, 7000, 11_000, 22_000, 60_000])
ROOMS_WH = st.integers(1000, 80_000)
PHASES = st.integers(0, 99)
HOUR_S = 3600


def curve(max_power_w: int = 7000, room_wh: int = 40_000, phase: int = 3) -> ChargeCurve:
    return ChargeCurve(max_power_w, room_wh, phase)


def test_a_charge_of_known_shape() -> None:
    """7 kW: nothing at first, half after half the ramp, all of it on the plateau."""
    readings = [curve().at(second * 1000) for second in (0, 4, 8, 60)]
    assert [reading.power_w for reading in readings] == [0, 3482, 7035, 7007]
    assert [str(reading.voltage_v) for reading in readings] == ["220.78", "217.03", "216.67", "215.90"]
    assert [str(reading.current_a) for reading in readings] == ["0.00", "16.04", "32.47", "32.45"]
    assert [reading.energy_wh for reading in readings] == [0, 0, 0, 100]


@given(POWERS_W, ROOMS_WH, PHASES, st.lists(st.integers(0, 2 * HOUR_S), min_size=2, max_size=20))
@settings(max_examples=50, deadline=None)
def test_energy_never_falls_and_power_is_voltage_times_current(
    max_power_w: int, room_wh: int, phase: int, seconds: list[int]
) -> None:
    """Power = U x I within the rounding of the two, energy rises, and all have the instruments' resolution."""
    charge = curve(max_power_w, room_wh, phase)
    readings = [charge.at(second * 1000) for second in sorted(seconds)]
    assert [reading.energy_wh for reading in readings] == sorted(reading.energy_wh for reading in readings)
    for reading in readings:
        half = CENT / 2
        most_off_w = half * (reading.voltage_v + reading.current_a) + half * half + half
        assert abs(reading.voltage_v * reading.current_a - reading.power_w) <= most_off_w
        assert not reading.voltage_v % CENT
        assert not reading.current_a % CENT
        assert reading.energy_wh % REGISTER_STEP_WH == 0
        assert 0 <= reading.power_w <= max_power_w * Decimal("1.005")


@given(POWERS_W, ROOMS_WH, PHASES, st.integers(0, HOUR_S))
@settings(max_examples=30, deadline=None)
def test_energy_is_power_over_time(max_power_w: int, room_wh: int, phase: int, second: int) -> None:
    """The register shows what has flowed, to its last full step."""
    charge = curve(max_power_w, room_wh, phase)
    powers_w = [charge.at(moment * 1000).power_w for moment in range(second + 1)]
    flowed_ws = sum((before + after) // 2 for before, after in pairwise(powers_w))
    assert charge.at(second * 1000).energy_wh == flowed_ws // 3600 // REGISTER_STEP_WH * REGISTER_STEP_WH


@given(POWERS_W, PHASES)
@settings(deadline=None)
def test_power_ramps_up_and_stays_up(max_power_w: int, phase: int) -> None:
    """It climbs for some seconds without a step back, then stays within a ripple of the maximum."""
    charge = curve(max_power_w, 80_000, phase)
    ramp_w = [charge.at(second * 1000).power_w for second in range(RAMP_S)]
    assert ramp_w == sorted(set(ramp_w))
    assert ramp_w[0] == 0
    plateau_w = [charge.at(second * 1000).power_w for second in range(RAMP_S, 600)]
    assert max_power_w * Decimal("0.99") <= min(plateau_w)
    assert max(plateau_w) <= max_power_w * Decimal("1.005")
    assert len(set(plateau_w)) > 1


@given(st.sampled_from([3300, 7000]), st.integers(1000, 8000), PHASES)
@settings(max_examples=30, deadline=None)
def test_power_tapers_as_the_battery_fills(max_power_w: int, room_wh: int, phase: int) -> None:
    """Past four fifths of the room the power falls, and the battery takes little more than its room in a day."""
    charge = curve(max_power_w, room_wh, phase)
    hours_w = [charge.at(hour * HOUR_S * 1000).power_w for hour in (6, 9, 12, 24)]
    assert hours_w == sorted(hours_w, reverse=True)
    assert hours_w[-1] < max_power_w // 20
    taken_wh = charge.at(24 * HOUR_S * 1000).energy_wh
    assert room_wh * 4 // 5 < taken_wh < room_wh * 3 // 2


@given(POWERS_W, ROOMS_WH, PHASES, st.permutations([0, 1, 59, 60, 61, 1799, 1800]))
@settings(max_examples=30, deadline=None)
def test_everybody_who_is_told_the_curve_reads_the_same(
    max_power_w: int, room_wh: int, phase: int, seconds: list[int]
) -> None:
    """A reading depends on the moment alone, not on what was read before, nor on parts of a second."""
    charge = curve(max_power_w, room_wh, phase)
    told = {second: charge.at(second * 1000 + second % 1000) for second in seconds}
    assert told == {second: curve(max_power_w, room_wh, phase).at(second * 1000) for second in sorted(seconds)}


def test_before_it_began_nothing_flows() -> None:
    """A moment before the beginning reads as the beginning."""
    assert curve().at(-5000) == curve().at(0)
