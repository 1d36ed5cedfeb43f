"""Rule of seed 1.1.2: what does not change is pushed all the same, every three hours at least, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.finding import Finding
from conformance.rules.beijing.connectors import place_of
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.news import status_of
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface, Status
from simulators.journal.records import Exchange, Fact
from simulators.world.city import Socket

REFRESH_S = 3 * 3600
LEFT_OVER_MS = 600_000  # after a change, in which what was before may still be on its way (1.6: repeats by the minute)


@dataclass(slots=True)
class _Told:
    """What was pushed of a connector last, and since when that has stood without being looked at."""

    from_ms: int
    status: int | None = None
    latest: Exchange | None = None


class StatesAreRefreshed(CityRule):
    """Without a change, each connector's state is pushed at least every 3 hours, and no other state.

    A state that the connector has not been in for long is no refresh, though it be put right at once. Looked at from
    three hours to three hours, as far as the journal reaches: what was pushed before it began may have been just
    before. Refused or not, a push is a push (CEC-RES-a). What is at once is the slack.
    """

    row = "BJ-1.1.2-b"
    listens = frozenset({Interface.NOTIFICATION_STATION_STATUS.value, "server-restarted"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._limit_ms = round((REFRESH_S + known.pixit.push_at_once_s) * 1000)
        self._told: dict[str, _Told] = {}  # by ConnectorID
        self._not_taken: set[tuple[str, int]] = set()  # states that may come again
        self._restarted_ms = 0
        self._nothing_before_ms = 0

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._restarted_ms = fact.at_ms
        return iter(())

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        at_ms, told = seen.exchange.at_ms, status_of(seen)
        if told is None:
            self._told.clear()  # it may have been any of them
            self._nothing_before_ms = 0
            return
        connector, status = told
        before = self._told.get(connector)
        if before is not None and connector in self.known.sockets:
            yield from self._untrue(seen, self.known.sockets[connector], status, before)
        if seen.taken:
            self._not_taken.discard(told)
        else:
            self._not_taken.add(told)
        if before is not None and status == before.status:
            before.latest = seen.exchange
        elif before is not None:  # or nobody knows that connector
            self._told[connector] = _Told(at_ms, status, seen.exchange)

    def _untrue(self, seen: Spoken, socket: Socket, status: int, before: _Told) -> Iterator[Finding]:
        """Something else in place of a state that lasts, and that was told."""
        place, exchange = place_of(socket), seen.exchange
        true = self.known.lately.may_be(place, exchange.at_ms, exchange.answered_at_ms) or frozenset()
        since_ms = max(self._restarted_ms, self.known.news.stands_since_ms(place) or exchange.at_ms)
        lasts = before.status in true and exchange.at_ms - since_ms >= LEFT_OVER_MS
        locked = (before.status, status) == (
            Status.OCCUPIED,
            Status.RESERVED,
        )  # for a start on its way
        if lasts and not locked and status not in true and (socket.id, status) not in self._not_taken:
            expected = f"Status {before.status} of {socket.id} again: it has not changed for long"
            yield self.bad(_case(before), expected, f"Status {status}", exchange)

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
        case = _case(told)
        expected = f"the state of {connector} pushed again within 3 h"
        latest, from_ms = told.latest, told.from_ms
        if latest is not None and latest.at_ms > from_ms:
            told.from_ms = latest.at_ms
            return self.good(case, expected, f"after {(latest.at_ms - from_ms) / 1000:g} s", latest)
        told.from_ms += self._limit_ms
        records = [latest] if latest else []
        return self.bad(case, expected, f"none in {self._limit_ms / 1000:g} s", *records)


def _case(told: _Told) -> str:
    return "offline" if told.status == Status.OFFLINE else "online"
