"""What stood in the way of a row's scenarios: all that is known of it, the likeliest remedy first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MOST_KEPT = 12  # distinct ones of a row
MOST_TOLD = 3


class Why(StrEnum):
    """Why a row is open."""

    NEEDS_TIME = "needs-time"
    NEEDS_PERSON = "needs-person"
    NEEDS_SURFACE = "needs-surface"
    NEEDS_LOAD = "needs-load"
    NO_EVIDENCE = "no-evidence"
    NOT_SHOWN_TO_WORK = "not-shown-to-work"
    JITTER = "jitter"
    BROKEN_OFF = "broken-off"


class Kind(IntEnum):
    """In the order in which they are told: who mends the first may not need the next."""

    UNMET = 0  # the server was asked, and did not give what the scenario needs to go on
    LACKING = 1  # the target has no such box, charger, card or surface, or forbids an effect: time does not help it
    TIME = 2


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One of them. ``text`` is a reason in words, and tells what would do where the target file can help."""

    kind: Kind
    text: str
    why: Why = Why.NO_EVIDENCE


class Hindrances:
    """Those of many rows."""

    def __init__(self) -> None:
        self._by_row: dict[str, dict[str, Hindrance]] = {}

    def add(self, rows: Iterable[str], hindrance: Hindrance) -> None:
        """Once more; what is known already, and more than anybody reads, is not kept."""
        for row in rows:
            kept = self._by_row.setdefault(row, {})
            if len(kept) < MOST_KEPT:
                kept.setdefault(hindrance.text, hindrance)

    def merge(self, other: Hindrances) -> None:
        """Take in what another world of the same run met."""
        for row, kept in other._by_row.items():
            for hindrance in kept.values():
                self.add((row,), hindrance)

    def of(self, row: str) -> list[Hindrance]:
        """In the order in which they are told."""
        return in_order(self._by_row.get(row, {}).values())


def in_order(hindrances: Iterable[Hindrance]) -> list[Hindrance]:
    """By kind, and those of a kind as they came."""
    return sorted(hindrances, key=lambda each: each.kind)


def in_words(hindrances: list[Hindrance]) -> str:
    """The first few, and how many more there are."""
    told = [each.text for each in hindrances[:MOST_TOLD]]
    if left := len(hindrances) - len(told):
        told.append(f"and {left} more reason{'' if left == 1 else 's'}")
    return "; ".join(told)
