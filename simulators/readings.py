"""Readings: one admissible way each to understand a clause in which a document contradicts itself, or is silent.

Which reading a server keeps to is chosen in its target file; what is not named there has its default. The tables are
with their protocols, in ``dialect.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

SECONDS = "a whole number of seconds from 1"  # stands among alternatives, for all that it describes
FIELD_NAME = "a field name"
OPEN: Mapping[str, Callable[[str], bool]] = {
    SECONDS: lambda value: value.isascii() and value.isdecimal() and int(value) >= 1,
    FIELD_NAME: lambda value: value.isidentifier(),
}


class Reading(NamedTuple):
    """One row that can be switched. ``attribute`` is its name among the values of its protocol."""

    default: str
    alternatives: tuple[str, ...]
    meaning: str
    attribute: str

    def allows(self, value: str) -> bool:
        """Whether this is a value that the row can have."""
        if value in OPEN:
            return False
        described = any(OPEN[each](value) for each in self.alternatives if each in OPEN)
        return described or value == self.default or value in self.alternatives


def chosen_values(table: Mapping[str, Reading], chosen: Mapping[str, Any]) -> dict[str, str]:
    """The values of a protocol by attribute, of the rows named in a target file; rows of other protocols stay out.

    Raises:
        ValueError: an unknown row of the protocol, or a value that a row cannot have; says what would do.
    """
    prefix = next(iter(table)).partition("-")[0] + "-"
    own = {row: value for row, value in chosen.items() if row.startswith(prefix)}
    return {_reading(table, row).attribute: _checked(row, table[row], value) for row, value in own.items()}


def _reading(table: Mapping[str, Reading], row: str) -> Reading:
    if row not in table:
        raise ValueError(f"no reading {row!r}; there are: {', '.join(table)}")
    return table[row]


def _checked(row: str, reading: Reading, value: Any) -> str:
    if not isinstance(value, str) or not reading.allows(value):
        would_do = ", ".join((reading.default, *reading.alternatives))
        raise ValueError(f"{row} cannot be {value!r} ({reading.meaning}); what would do: {would_do}")
    return value
