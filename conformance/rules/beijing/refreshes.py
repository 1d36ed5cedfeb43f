"""Rule of seed 1.1.2: what does not change is pushed all the same, every three hours at least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.finding import Finding
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.news import status_of
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface, Status
from simulators.journal.records import Exchange

REFRESH_S = 3 * 3600


@dataclass(slots=True)
class _Told:
    """What was pushed of a connector last, and since when that has stood without being looked at."""

    from_ms: int
    status: int | None = None
    latest: Exchange | None = None


class StatesAreRefreshed(CityRule):
    """Without a change, each connector's state is pushed at least every 3 hours.

    Looked at from three hours to three hours, as far as the journal reaches: what was pushed before it began may have
    been just before. Refused or not, a push is a push (CEC-RES-a). What is at once is the slack.
    """

    row = "BJ-1.1.2-b"
    listens = frozenset({Interface.NOTIFICATION_STATION_STATUS.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._limit_ms = round((REFRESH_S + known.pixit.push_at_once_s) * 1000)
        self._told: dict[str, _Told] = {}  # by ConnectorID
        self._nothing_before_ms = 0

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        at_ms, told = seen.exchange.at_ms, status_of(seen)
        if told is None:
            self._told.clear()  # it may have been any of them
            self._nothing_before_ms = 0
            return
        connector, status = told
        before = self._told.get(connector)
        if before is not None and status == before.status:
            before.latest = seen.exchange
        elif before is not None:  # or nobody knows that connector
            self._told[connector] = _Told(at_ms, status, seen.exchange)
        yield from ()

    def advance(self, now_ms: int) -> Iterator[Finding]:
        if now_ms <= self._nothing_before_ms:
            return
        for connector in self.known.sockets:
            self._told.setdefault(connector, _Told(now_ms))
        for connector, told in self._told.items():
            while told.from_ms + self._limit_ms < now_ms:
                yield self._looked(connector, told)
        self._nothing_before_ms = min((told.from_ms for told in self._told.values()), default=now_ms) + self._limit_ms

    def _looked(self, connector: str, told: _Told) -> Finding:
        case = "offline" if told.status == Status.OFFLINE else "online"
        expected = f"the state of {connector} pushed again within 3 h"
        latest, from_ms = told.latest, told.from_ms
        if latest is not None and latest.at_ms > from_ms:
            told.from_ms = latest.at_ms
            return self.good(case, expected, f"after {(latest.at_ms - from_ms) / 1000:g} s", latest)
        told.from_ms += self._limit_ms
        records = [latest] if latest else []
        return self.bad(case, expected, f"none in {self._limit_ms / 1000:g} s", *records)
