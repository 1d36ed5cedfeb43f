"""The words of the operator's own surfaces: each verb, what it is given, what it answers, and in which units.

No document defines these surfaces, so the words are ours, and this is the one place that has them: target files are
checked against it, ``chargeproof explain surfaces`` prints it, templates are translated by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

OTHER_UNITS = {"_wh": ("_kwh", 1000), "_fen": ("_yuan", 100), "_ms": ("_s", 1000)}
"""Unit of a field, by the end of its name: the other unit in which a surface may tell it, and how many it makes."""

BASE = "base"  # what every HTTP template may name: the server's own base URL

CONNECTOR_STATUSES = {
    0: "offline",
    1: "idle",
    2: "occupied without charging",
    3: "charging",
    4: "reserved",
    255: "faulted",
}
"""The Beijing platform's numbers (T/CEC 102), by which a surface tells a connector's status."""


@dataclass(frozen=True, slots=True)
class AnswerField:
    """One thing that a surface tells. ``demanded``: without it the answer is of no use."""

    name: str
    meaning: str
    demanded: bool = False

    @property
    def unit(self) -> str:
        """``_wh``, ``_fen``, ``_ms``, or nothing."""
        return next((unit for unit in OTHER_UNITS if self.name.endswith(unit)), "")

    @property
    def is_number(self) -> bool:
        return bool(self.unit) or self.name in ("connector", "status")

    @property
    def names(self) -> tuple[str, ...]:
        """Under which it may be told: in its own unit, or in one that is converted."""
        if not self.unit:
            return (self.name,)
        return (self.name, self.name.removesuffix(self.unit) + OTHER_UNITS[self.unit][0])

    def factor_of(self, name: str) -> int:
        """How many of our units one makes of what is told under this name."""
        return 1 if name == self.name else OTHER_UNITS[self.unit][1]


@dataclass(frozen=True, slots=True)
class SurfaceVerb:
    """One thing that an operator can do or see. ``arguments`` is None for a verb that no scenario uses yet."""

    does: str
    arguments: Mapping[str, str] | None = None  # name -> meaning
    answer: tuple[AnswerField, ...] = ()
    lists: bool = False  # it answers with a list of them

    @property
    def names(self) -> dict[str, AnswerField]:
        """Every name that an answer may use, with its field."""
        return {name: field for field in self.answer for name in field.names}


ORDERS = SurfaceVerb(
    "the list of orders, also of charges that still run; the newest must be in it",
    {},
    (
        AnswerField("id", "the number of the order"),
        AnswerField("transaction_id", "transactionId of the charge; without it orders are told by box, card and begin"),
        AnswerField("box", "chargeBoxSerialNumber"),
        AnswerField("connector", "connectorId"),
        AnswerField("card", "idToken"),
        AnswerField("started_ms", "when the charge began; also tells an order that should not be there"),
        AnswerField("ended_ms", "when the charge ended; null while it runs"),
        AnswerField("energy_wh", "the energy that is billed"),
        AnswerField("electricity_fen", "the part of the amount that is for electricity"),
        AnswerField("service_fen", "the part of the amount that is for the service"),
        AnswerField("total_fen", "the whole amount"),
        AnswerField("state", "in the operator's own words; shown, not judged"),
    ),
    lists=True,
)

SURFACE_VERBS = {
    "orders": ORDERS,
    "connectors": SurfaceVerb(
        "the list of connectors with their states",
        {},
        (
            AnswerField("box", "chargeBoxSerialNumber", demanded=True),
            AnswerField("connector", "connectorId", demanded=True),
            AnswerField(
                "status",
                ", ".join(f"{number} {meaning}" for number, meaning in CONNECTOR_STATUSES.items()),
                demanded=True,
            ),
        ),
        lists=True,
    ),
    "create_station": SurfaceVerb(
        "a new station",
        {"name": "the name of the station"},
        (AnswerField("station", "the serial that its boxes name as chargePointSerialNumber", demanded=True),),
    ),
    "create_supplier": SurfaceVerb(
        "a new supplier of charge boxes",
        {"name": "the name of the company"},
        (AnswerField("vendor_id", "the number that it gets, vendorId of its boxes", demanded=True),),
    ),
    "register_box": SurfaceVerb(
        "a new charge box at a station; a refusal is an HTTP status that is not expected",
        {
            "box": "chargeBoxSerialNumber of the new box",
            "vendor_id": "the number of its supplier, as create_supplier told it",
            "station": "the serial of its station, as create_station told it or as the target file has it",
        },
    ),
    "start_charge": SurfaceVerb("a user starts charging"),
    "stop_charge": SurfaceVerb("a user stops charging"),
    "reserve": SurfaceVerb("a user reserves a connector"),
    "cancel": SurfaceVerb("a user cancels a reservation"),
    "edit_station": SurfaceVerb(
        "another name for a station; a moment later it gets its own again",
        {"station": "StationID of the station", "name": "its new StationName"},
    ),
    "publish_station": SurfaceVerb("a station made visible to the public"),
    "set_fee": SurfaceVerb("new prices for a station"),
}
"""Every verb; the set is closed."""


def number(value: Any) -> int | Decimal | None:
    """A number in any spelling (12, 12.5, "12.50"), exactly; None for what is none. A truth value is none."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not read.is_finite():
        return None
    return int(read) if read == read.to_integral_value() else read
