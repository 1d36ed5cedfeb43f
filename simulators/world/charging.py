"""What a charge looks like to the box's instruments: power, voltage, current and energy over time.

A believable charge, AC unless another voltage is named: a ramp of some seconds, a plateau with a little ripple, and
a taper once the battery nears full. Everything is integer arithmetic on a grid of one second, so every party that is
told the same curve reads the same registers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

RAMP_S = 8
REGISTER_STEP_WH = 10  # a meter with pulses of 0.01 kWh: registers and two-decimal samples agree exactly
_WS_PER_WH = 3600
AC_VOLTAGE_V = 220
_DROP_AT_FULL_POWER_MV = 4_200


@dataclass(frozen=True, slots=True)
class Reading:
    """What the instruments show at one moment."""

    power_w: int
    voltage_v: Decimal  # two decimals
    current_a: Decimal  # two decimals; power = voltage x current within its rounding
    energy_wh: int  # since the charge began, in steps of the register


class ChargeCurve:
    """One vehicle on one connector.

    ``room_wh`` is what the battery still takes; past four fifths of it the power falls off exponentially.
    ``phase`` sets the ripple of one vehicle off from another's.
    """

    def __init__(self, max_power_w: int, room_wh: int, phase: int = 0, *, voltage_v: int = AC_VOLTAGE_V) -> None:
        self._max_power_w = max_power_w
        self._knee_ws = room_wh * _WS_PER_WH * 4 // 5
        self._tail_ws = max(1, room_wh * _WS_PER_WH - self._knee_ws)
        self._phase = phase
        self._nominal_mv = voltage_v * 1000
        self._energy_ws = [0]  # by whole second
        self._power_w = [0]

    def at(self, elapsed_ms: int) -> Reading:
        """The instruments ``elapsed_ms`` after charging began."""
        second = max(0, elapsed_ms // 1000)
        self._integrate_to(second)
        power_w = self._power_w[second]
        voltage_mv = self._nominal_mv - power_w * _DROP_AT_FULL_POWER_MV // self._max_power_w
        voltage_mv += self._ripple(second, 900)
        current_ca = (power_w * 100_000 + voltage_mv // 2) // voltage_mv  # hundredths of an ampere
        energy_wh = self._energy_ws[second] // _WS_PER_WH
        return Reading(
            power_w,
            Decimal((voltage_mv + 5) // 10).scaleb(-2),
            Decimal(current_ca).scaleb(-2),
            energy_wh // REGISTER_STEP_WH * REGISTER_STEP_WH,
        )

    def _integrate_to(self, second: int) -> None:
        for moment in range(len(self._power_w), second + 1):
            power_w = self._power_at(moment, self._energy_ws[-1])
            self._energy_ws.append(self._energy_ws[-1] + (power_w + self._power_w[-1]) // 2)
            self._power_w.append(power_w)

    def _power_at(self, second: int, taken_ws: int) -> int:
        ramped_w = self._max_power_w * min(second, RAMP_S) // RAMP_S
        if taken_ws > self._knee_ws:
            past = (taken_ws - self._knee_ws) / self._tail_ws
            ramped_w = int(ramped_w * math.exp(-3 * past)) if past < 1 else 0
        return max(0, ramped_w + ramped_w * self._ripple(second, 5) // 1000)

    def _ripple(self, second: int, size: int) -> int:
        return round(size * math.sin((second + self._phase) * 0.7))
