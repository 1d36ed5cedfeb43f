"""Numbers as the city is told them, exactly: what decides about money and energy is never a binary fraction."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any


def number(told: Any) -> Decimal | None:
    """A number as its shortest writing has it, also one in a string (whose form CEC-ENV-m judges); None for others."""
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        read = Decimal(str(told).strip())
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def hundredths(told: Any) -> Decimal | None:
    """Energy in steps of 0.01 kWh, or money in fen; None where it is no number."""
    read = number(told)
    return None if read is None else read * 100
