"""What a probe hears of the city's side: questions that were answered, and pushes that came, as they travelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from simulators.beijing.messages import ConfirmResult, SuccStat
from simulators.beijing.mind import Ret
from simulators.beijing.peer import SUT
from simulators.beijing.sealed import Sealed
from simulators.journal.records import Exchange

SECRET = frozenset({"OperatorSecret", "AccessToken"})  # never told


@dataclass(frozen=True, slots=True)
class Heard:
    """One exchange of the city's with both contents as they travelled, in whatever reading; empty where there is none.

    ``tried`` says in which reading it was asked, where that is the point.
    """

    exchange: Exchange
    tried: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    ret: int | None = None

    @classmethod
    def of(cls, exchange: Exchange, tried: str = "") -> Heard:
        """From a record of the journal."""
        view = exchange.view or {}
        request, answer = Sealed.from_view(view.get("request")), Sealed.from_view(view.get("answer"))
        asked, told = (sealed.content if sealed else None for sealed in (request, answer))
        return cls(exchange, tried, asked or {}, told or {}, answer.ret if answer else None)

    @property
    def pushed(self) -> bool:
        """The server called, and did not only answer."""
        return self.exchange.actor == SUT

    @property
    def order(self) -> str:
        """The StartChargeSeq that it is about; empty when none."""
        return str(self.asked.get("StartChargeSeq") or "")

    @property
    def taken(self) -> bool:
        """It was answered with Ret 0 and, where the answer has it, SuccStat 0."""
        return self.ret == Ret.SUCCESS and self.told.get("SuccStat", SuccStat.SUCCESS) == SuccStat.SUCCESS

    @property
    def disputed(self) -> bool:
        """The city took an order, and does not agree with it."""
        return self.ret == Ret.SUCCESS and self.told.get("ConfirmResult") == ConfirmResult.DISPUTED

    def asked_text(self) -> str:
        """Who called what with which Data, in one line."""
        return f"{'push' if self.pushed else 'ask'} {self.exchange.operation} {_short(self.asked)}"

    def answer_text(self) -> str:
        """HTTP status, Ret and Data, in one line."""
        if self.exchange.error is not None or self.exchange.answer is None:
            return f"{self.exchange.error}: {self.exchange.error_text}"
        ret = "no envelope" if self.ret is None else f"Ret {self.ret} {_short(self.told) if self.told else ''}"
        return f"HTTP {self.exchange.answer.status} {ret}".rstrip()


def _short(content: Mapping[str, Any], most: int = 200) -> str:
    shown = {name: value for name, value in content.items() if name not in SECRET}
    text = msgspec.json.encode(shown).decode()
    return text if len(text) <= most else text[: most - 1] + "…"
