"""The tokens that either side gave the other, and whether query_token tells good credentials from bad (5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.discrimination import Discrimination
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.dialect import Readings
from simulators.beijing.messages import Interface, SuccStat
from simulators.beijing.mind import Ret

SERVICE = Interface.QUERY_TOKEN.value
RIGHT, OPERATOR, SECRET = "right", "operator", "secret"  # what the city showed: all right, or what is wrong with it
NO_SUCH_OPERATOR, WRONG_SECRET = 1, 2  # FailReason of query_token
FAIL_REASONS = {OPERATOR: NO_SUCH_OPERATOR, SECRET: WRONG_SECRET}
LONGEST_LIFE_S = 7 * 24 * 3600
ROUNDED_MS = 1000  # TokenAvailableTime is in whole seconds


@dataclass(slots=True)
class Token:
    """One token with its life, which began after it was asked for and before it was there."""

    value: str
    asked_ms: int
    given_ms: int
    life_s: int
    replaced: bool = False  # a newer one was given out

    def holds(self, until_ms: int) -> bool:
        """Must be accepted until then: it will not have run out, and no newer one was given out."""
        life_s = min(self.life_s, LONGEST_LIFE_S)
        return until_ms < self.asked_ms + life_s * 1000 - ROUNDED_MS and not self.replaced

    def has_expired(self, now_ms: int, tolerance_ms: float) -> bool:
        """Must be refused: it ran out longer ago than clocks may differ."""
        return now_ms > self.given_ms + self.life_s * 1000 + tolerance_ms


class Tokens:
    """All that were given out, by either side."""

    def __init__(self, readings: Readings | None = None) -> None:
        self.by_city: dict[str, Token] = {}  # given to the server, for its pushes
        self.by_server: dict[str, Token] = {}  # given to the city, for its queries
        self._readings = readings or Readings()
        self._heard = Discrimination()

    def discriminated(self) -> set[str]:
        """query_token, once it gave tokens to those who may have one and to nobody else."""
        return self._heard.shown()

    def latest_by_server(self) -> Token | None:
        """The token that the city holds."""
        return next(reversed(self.by_server.values()), None)

    def latest_by_city(self) -> Token | None:
        """The token that the server holds."""
        return next(reversed(self.by_city.values()), None)

    def learn(self, seen: Spoken) -> None:
        """From a query_token that was judged."""
        if not seen.pushed:
            self._note_discrimination(seen)
        told = seen.told or {}
        value, life_s = told.get("AccessToken"), whole_seconds(told.get("TokenAvailableTime"))
        if not seen.succeeded or not isinstance(value, str) or not value or life_s is None:
            return
        given = self.by_city if seen.pushed else self.by_server
        for older in given.values():
            older.replaced = True
        given.pop(value, None)  # the same one again: it is the newest now
        exchange = seen.exchange
        given[value] = Token(value, exchange.at_ms, exchange.answered_at_ms, life_s)

    def _note_discrimination(self, seen: Spoken) -> None:
        asked, shown = seen.asked, credentials(seen)
        if asked is None or not shown:
            return
        person = f"{asked.get('OperatorID')} {asked.get('OperatorSecret')}"
        right = seen.succeeded if shown == RIGHT else refused_for(seen, FAIL_REASONS[shown], self._readings)
        self._heard.met(SERVICE, person)
        self._heard.note(SERVICE, person, "" if shown == RIGHT else shown, right=right)


def credentials(seen: Spoken) -> str:
    """What was shown at the server's query_token: right, operator, secret; empty where nobody knows."""
    return "" if seen.pushed else seen.exchange.keys.get("credentials", "")


def refused_for(seen: Spoken, fail_reason: int, readings: Readings) -> bool:
    """Whether query_token was refused for this reason, and gave no token.

    Ret 0 with SuccStat 1; an operator that does not exist may be answered 4004 instead, in one reading (BJ-X14).
    """
    by_ret = fail_reason == NO_SUCH_OPERATOR and readings.unknown_by_ret(seen.interface)
    if by_ret and seen.ret == Ret.WRONG_CONTENT:
        return True
    return seen.ret == Ret.SUCCESS and said_no(seen.told, fail_reason)


def said_no(told: Any, fail_reason: int) -> bool:
    """The content of an answer to query_token that refuses for this reason, and gives no token."""
    if not isinstance(told, dict) or told.get("SuccStat") != SuccStat.FAILURE or told.get("AccessToken"):
        return False
    return bool(told.get("FailReason") == fail_reason)


def whole_seconds(value: Any) -> int | None:
    """TokenAvailableTime as whole seconds, also where it travelled as 7200.0; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
