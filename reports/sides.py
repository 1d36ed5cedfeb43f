"""Both sides of an exchange, decrypted: what the journal keeps beside bytes that nobody can read without the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from msgspec import ValidationError

from simulators.beijing.sealed import Sealed
from simulators.journal.records import Exchange

SIDES = {"request", "answer"}


@dataclass(frozen=True, slots=True)
class Side:
    """One message: its decrypted content, None where there is none, and how opening its envelope went."""

    content: Any = None
    sealed: Sealed | None = None

    @property
    def unread(self) -> bool:
        """Whether a content was to be there, and could not be read; an error answer needs none (BJ-X12)."""
        sealed = self.sealed
        return sealed is not None and sealed.content is None and not sealed.ret


@dataclass(frozen=True, slots=True)
class Sides:
    """Request and answer of one exchange."""

    request: Side
    answer: Side

    @classmethod
    def of(cls, record: Exchange) -> Self:
        """From the view of an exchange; one that knows no sides is the request's."""
        view = record.view or {}
        if not SIDES & view.keys():
            return cls(Side(view or None), Side())
        return cls(_side(view.get("request")), _side(view.get("answer")))


def _side(view: Any) -> Side:
    try:
        sealed = Sealed.from_view(view)
    except ValidationError:  # the view of another protocol, or of another release: it is shown as it is
        return Side(view or None)
    return Side(sealed.content, sealed) if sealed else Side()
