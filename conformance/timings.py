"""How long the server under test took for its answers, interface by interface. No verdict: rows with a limit judge.

Told from the journal alone, so judging it again tells the same. What counts is service time, which no clock bends.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from math import ceil

from msgspec import Struct

from simulators.beijing.messages import Interface, ResponseLimit
from simulators.beijing.peer import PROTOCOL as BEIJING
from simulators.beijing.peer import SUT
from simulators.evchong.messages import Service
from simulators.journal.records import Exchange, Record

EVCHONG = "evchong"
Place = tuple[str, str]  # protocol and interface

CLAUSES: Mapping[Place, str] = {
    **{(EVCHONG, service.value): f"1.{number}" for number, service in enumerate(Service, start=1)},
    (BEIJING, Interface.QUERY_TOKEN): "1.1.16",
    (BEIJING, Interface.QUERY_STATIONS_INFO): "1.1.1",
    (BEIJING, Interface.QUERY_STATION_STATUS): "1.1.3",
    (BEIJING, Interface.QUERY_STATION_STATS): "1.1.4",
    (BEIJING, Interface.QUERY_EQUIP_AUTH): "1.1.5",
    (BEIJING, Interface.QUERY_EQUIP_BUSINESS_POLICY): "1.1.6",
    (BEIJING, Interface.QUERY_START_CHARGE): "1.1.7",
    (BEIJING, Interface.QUERY_EQUIP_CHARGE_STATUS): "1.1.9",
    (BEIJING, Interface.QUERY_STOP_CHARGE): "1.1.11",
}


class Timing(Struct, frozen=True, kw_only=True):
    """The answers of one interface. Quantiles are answers that were really given (nearest rank)."""

    protocol: str
    interface: str
    clause: str
    answers: int
    unanswered: int  # requests without a whole answer: they have no time
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    limit: ResponseLimit | None  # None: the document sets none
    over: int  # answers that took longer than the limit allows


class Timings:
    """Collects the durations of one journal: the server's whole answers, not those of the mock platform."""

    def __init__(self) -> None:
        self._taken_ns: dict[Place, array[int]] = {}
        self._unanswered: Counter[Place] = Counter()

    def observe(self, record: Record) -> None:
        """Take in one record."""
        if not isinstance(record, Exchange) or record.resent or record.peer != SUT:
            return
        place = record.protocol, record.operation
        if record.answer is None or record.error:
            self._unanswered[place] += 1
        elif place in CLAUSES:
            self._taken_ns.setdefault(place, array("q")).append(record.duration_ns)

    def told(self) -> tuple[Timing, ...]:
        """A timing for each interface that answered, in the order of the documents."""
        answered = (place for place in CLAUSES if place in self._taken_ns)
        return tuple(_timing(place, self._taken_ns[place], self._unanswered[place]) for place in answered)


def _timing(place: Place, taken_ns: array[int], unanswered: int) -> Timing:
    protocol, interface = place
    limit = Interface(interface).response_limit if protocol == BEIJING else None
    ordered = [took / 1e6 for took in sorted(taken_ns)]
    return Timing(
        protocol=protocol,
        interface=interface,
        clause=CLAUSES[place],
        answers=len(ordered),
        unanswered=unanswered,
        mean_ms=_rounded(sum(ordered) / len(ordered)),
        p50_ms=_quantile(ordered, 50),
        p95_ms=_quantile(ordered, 95),
        p99_ms=_quantile(ordered, 99),
        max_ms=_rounded(ordered[-1]),
        limit=limit,
        over=sum(not limit.is_kept_by(took) for took in ordered) if limit else 0,
    )


def _quantile(ordered: list[float], percent: int) -> float:
    """The smallest answer that at least so many of a hundred did not exceed."""
    return _rounded(ordered[ceil(len(ordered) * percent / 100) - 1])


def _rounded(milliseconds: float) -> float:
    """To the microsecond: more is the machine's noise."""
    return round(milliseconds, 3)
