"""The charger without its mind: what is written on its plate, the vehicle at its plug, and what it lets others know."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from simulators.world.charging import ChargeCurve

DC_VOLTAGE_V = 400
SAMPLE_INTERVAL_S = 10
START_DELAY_S = 3.0
STOP_DELAY_S = 2.0


class Event(StrEnum):
    """What a charger tells its operator."""

    PLUGGED = "plugged"
    UNPLUGGED = "unplugged"
    FAULT = "fault"
    CLEARED = "cleared"
    OFFLINE = "offline"
    ONLINE = "online"
    STARTED = "started"
    START_FAILED = "start-failed"
    SAMPLE = "sample"
    STOPPED = "stopped"


class Reason(StrEnum):
    """Why a charge ended. ``PLATFORM``: the charger was told to; it does not know by whom in the end."""

    USER = "user"
    PLATFORM = "platform"
    BMS = "bms"
    FAULT = "fault"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """What is written on its plate, and how quickly it does what it is told."""

    id: str
    max_power_w: int = 60_000
    voltage_v: int = DC_VOLTAGE_V
    first_register_wh: int = 123_450
    start_delay_s: float = START_DELAY_S
    stop_delay_s: float = STOP_DELAY_S
    sample_interval_s: int = SAMPLE_INTERVAL_S


@dataclass(slots=True)
class Vehicle:
    """What is plugged in: how full its battery is, in percent, and what that still takes."""

    soc: int
    room_wh: int
    phase: int = 0  # of the ripple in what it draws
    taken_wh: int = 0
    full: bool = False  # it takes no more, whatever it has taken

    def soc_after(self, energy_wh: int) -> int:
        """How full it is once it took so much more, in percent."""
        if self.full or self.room_wh == 0:
            return 100
        return min(100, self.soc + (100 - self.soc) * (self.taken_wh + energy_wh) // self.room_wh)

    @property
    def left_wh(self) -> int:
        return 0 if self.full else max(0, self.room_wh - self.taken_wh)


@dataclass(slots=True)
class Start:
    """A start that was asked for and has not come about yet."""

    order: str
    due_ms: int


@dataclass(slots=True)
class Charge:
    """Current that flows. ``order`` is empty where somebody started it at the charger itself."""

    order: str
    vehicle: Vehicle
    curve: ChargeCurve
    began_ms: int
    meter_start_wh: int
    next_sample_ms: int
    stop_due_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something for the operator's server, as the instruments stood at that moment."""

    event: Event
    at_ms: int
    order: str
    register_wh: int
    current_a: Decimal
    voltage_v: Decimal
    soc: int
    reason: Reason | None = None  # of a charge that stopped
    error: str = ""  # of a start that failed

    def document(self, charger: str) -> dict[str, Any]:
        """The JSON that travels."""
        told: dict[str, Any] = {
            "charger": charger,
            "event": self.event.value,
            "at_ms": self.at_ms,
            "order": self.order or None,
            "register_wh": self.register_wh,
            "current_a": str(self.current_a),
            "voltage_v": str(self.voltage_v),
            "soc": self.soc,
        }
        if self.reason is not None:
            told["reason"] = self.reason.value
        if self.error:
            told["error"] = self.error
        return told


@dataclass(frozen=True, slots=True)
class Did:
    """A physical fact, for the journal."""

    what: str
    order: str = ""
    values: dict[str, Any] = field(default_factory=dict)


Action = Told | Did
