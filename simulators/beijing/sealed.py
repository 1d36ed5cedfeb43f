"""A message of the city as a journal keeps it: what was inside the envelope, and what was wrong with it.

The bytes alone cannot be read without the keys, which no journal holds; so this view stands beside them.
"""

from __future__ import annotations

from typing import Any, Self

import msgspec
from msgspec import Struct

from simulators.beijing.messages import Content
from simulators.beijing.opened import Fault, Kind, Noted, Observation, Opened


class Sealed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One envelope with what was in it. ``content`` is as it travelled, None where nothing could be read."""

    kind: Kind
    ret: int | None = None  # of an answer
    content: Content | None = None
    faults: tuple[Fault, ...] = ()
    observations: tuple[Observation, ...] = ()

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """From an envelope that came from the other side."""
        return cls(
            kind=opened.kind,
            ret=opened.ret,
            content=opened.content,
            faults=opened.faults,
            observations=opened.observations,
        )

    def as_view(self) -> dict[str, Any]:
        """For the view of an exchange."""
        view: dict[str, Any] = msgspec.to_builtins(self)
        return view

    @classmethod
    def from_view(cls, view: dict[str, Any] | None) -> Self | None:
        """Out of the view of an exchange; None where there was no such message."""
        return None if view is None else msgspec.convert(view, cls)

    def noted(self, name: Noted) -> bool:
        """Whether there is such a remark."""
        return any(observation.name is name for observation in self.observations)
