"""What an operator has: stations, charge boxes, cards, tariffs.

Read from the target file, and told to a server that we start.
"""

from __future__ import annotations

from msgspec import Struct, field


class BoxRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charge box that the server under test has registered."""

    serial: str
    station: str
    connectors: list[int] = field(default_factory=lambda: [1])
    heartbeat_interval_s: int = 10  # what the reference tells this box; of a real server it is not read
    meter: bool = True  # False: no cumulative meter, so meterStart and meterStop are 0 (EVCHONG 1.4, 1.6)
    max_power_w: int = 7000


class Card(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card that the server knows. ``state`` is what it must answer: valid, blocked or expired."""

    id_token: str
    state: str = "valid"
    user: str = ""
    plate: str = ""


class Station(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site with one car park and one operator of it, or none."""

    id: str
    name: str = ""
    parking_operator: str = ""
    car_park: str = ""


class TariffPeriod(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From ``start`` ("HH:MM", local time of the site) to the next period's start. Prices in 0.0001 yuan a kWh."""

    start: str
    electricity_price_e4: int
    service_price_e4: int


class Tariff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a kWh costs over the day. Applies to the named stations, to all when none is named."""

    stations: list[str] = []
    periods: list[TariffPeriod] = []


class Site(Struct, frozen=True, kw_only=True):
    """Everything that an operator's server has been told before a run begins."""

    boxes: list[BoxRecord] = []
    cards: list[Card] = []
    stations: list[Station] = []
    tariffs: list[Tariff] = []
    utc_offset_minutes: int = 480  # Beijing
