"""The charge box without its mind: what is written on its plate, its sockets and the charges on them, and what passes
between it and the world (messages, answers, physical facts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from simulators.evchong.messages import BoxRequest, ChargePointErrorCode, ChargePointStatus, Service, StopRequest
from simulators.world.charging import ChargeCurve

SAMPLE_INTERVAL_S = 10  # EVCHONG 1.5
NO_VENDOR_ERROR = "0"  # sent under NoError, EVC-X18


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """What is written in a box's firmware and on its plate (EVC-3-f). ``sample_interval_s``: EVC-X21."""

    serial: str
    station: str
    connectors: tuple[int, ...] = (1,)
    meter: bool = True
    max_power_w: int = 7000
    vendor: str = "Keli"
    vendor_id: str = "V-0001"
    model: str = "Keli-0001"
    firmware: str = "1.2.0"
    meter_serial: str = "M-0001"
    fixed_heartbeat_s: int | None = None  # EVC-X11, the other reading
    sample_interval_s: int = SAMPLE_INTERVAL_S
    data_is_register: bool = False  # EVC-X16, the other reading
    whole_box_status: bool = False  # EVC-X20, the other reading
    first_register_wh: int = 123_450


@dataclass(frozen=True, slots=True)
class Send:
    """A message to send now. Messages of one lane leave one after the other; lanes do not wait for each other."""

    ticket: int
    lane: str
    service: Service
    message: BoxRequest
    due_ms: int
    connector: int | None = None
    transaction_id: int | None = None
    card: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """A physical fact, for the journal."""

    what: str
    connector: int | None = None
    card: str = ""
    transaction_id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


Action = Send | Did


@dataclass(frozen=True, slots=True)
class Reply:
    """What the box understood of an answer; None where the answer did not say it.

    ``arrived`` is False when no answer came. ``status`` is the registration or authorization status.
    """

    arrived: bool
    status: str | None = None
    transaction_id: int | None = None
    heartbeat_interval_s: int | None = None


class Power(Enum):
    OFF = "off"
    BOOTING = "booting"
    ON = "on"


class Phase(Enum):
    """Where a charge stands."""

    AUTHORIZING = "authorizing"
    STARTING = "starting"
    CHARGING = "charging"
    AUTHORIZING_STOP = "authorizing-stop"
    STOPPING = "stopping"


@dataclass(slots=True)
class Charge:
    """A charge on one connector, from the swipe to the answered stop."""

    card: str
    phase: Phase
    transaction_id: int | None = None
    began_ms: int = 0
    meter_start_wh: int = 0
    next_sample_ms: int | None = None
    stop: StopRequest | None = None
    stop_tries: int = 0


@dataclass(slots=True)
class Connector:
    """One socket: what it shows, and the charge on it."""

    number: int
    curve: ChargeCurve
    register_wh: int
    status: ChargePointStatus = ChargePointStatus.AVAILABLE
    error: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR
    vendor_error: str = NO_VENDOR_ERROR
    explanation: str | None = None
    charge: Charge | None = None
    untold: bool = False  # a change of status that the server could not be told
