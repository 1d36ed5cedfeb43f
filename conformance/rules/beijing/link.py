"""What passes on the private link between the server and the lab's chargers: nobody is judged by it.

It says when the server was told of what happened at a charger, and when a charger heard what the server wants of it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

from conformance.rules.beijing.figures import number
from conformance.rules.beijing.spoken import NO_CONNECTION
from simulators.charger.body import Event
from simulators.journal.records import Exchange
from simulators.lab.chargers import PROTOCOL, SUT
from simulators.strict_json import NotStrictJson, strict_json

EVENTS = frozenset(Event)
START, STOP = "start", "stop"  # what a charger is told; what it tells is in ``Event``
TAKEN = 202

__all__ = ["PROTOCOL", "START", "STOP", "Event", "Word"]


class Word:
    """One exchange of the link. ``order``: the server's own name for the charge; empty where there is none."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.socket = exchange.keys.get("socket", "")
        self.order = exchange.keys.get("order", "")
        self.is_command = exchange.actor == SUT

    @property
    def told(self) -> Event | None:
        """What the charger told the server; None where nobody heard it, or where the server spoke."""
        known = not self.is_command and self.exchange.operation in EVENTS
        return Event(self.exchange.operation) if known and self.exchange.answer is not None else None

    @property
    def unheard(self) -> bool:
        """The charger spoke, and the server may have heard it or not."""
        return not self.is_command and self.exchange.answer is None and self.exchange.error not in NO_CONNECTION

    @property
    def command(self) -> str:
        """What the charger was told to do, and will do; empty where nothing."""
        answer = self.exchange.answer
        taken = self.is_command and answer is not None and answer.status == TAKEN
        return self.exchange.operation if taken else ""

    @cached_property
    def _body(self) -> Any:
        try:
            return strict_json(self.exchange.request.body)
        except NotStrictJson:
            return {}

    @property
    def at_ms(self) -> int:
        """When it happened, which is earlier than when it was told if the line was cut in between."""
        told = self._body.get("at_ms")
        return told if isinstance(told, int) else self.exchange.at_ms

    @property
    def register_wh(self) -> int | None:
        """The charger's register at that moment."""
        told = self._body.get("register_wh")
        return told if isinstance(told, int) else None

    @property
    def current_a(self) -> Decimal | None:
        """What its instruments showed at that moment."""
        return number(self._body.get("current_a"))

    @property
    def voltage_v(self) -> Decimal | None:
        return number(self._body.get("voltage_v"))
