"""The limits of seed 1.1 on each answer: in the machine's time, which no clock bends, strict where it says less than.

What is judged are right questions. An answer that says no, or one that cannot be read, shows nothing when it is
quick; a slow one is too slow whatever it says, unless it was ourselves who stood still.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.questions import in_short, is_right, made_up
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Ret
from simulators.journal.records import WireError

NS_IN_MS = 1_000_000
MOST_STATIONS = 50  # of one question for states (cec102 5.4)


class AnswersInTime(CityRule):
    """Each answer of one interface comes within the limit of its section."""

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        limit, exchange = seen.interface.response_limit if seen.interface else None, seen.exchange
        if limit is None or exchange.injected or not is_right(seen, self.known):
            return
        lasted_ms = exchange.duration_ns / NS_IN_MS
        expected = f"an answer in {'less than' if limit.strict else 'at most'} {limit.limit_ms} ms"
        actual = f"{in_short(seen)} after {lasted_ms:.0f} ms"
        if not limit.is_kept_by(lasted_ms):
            ours = limit.is_kept_by(lasted_ms - exchange.stalled_ns / NS_IN_MS)
            if not ours and exchange.error in (None, WireError.TIMEOUT):
                yield self.bad(self.case(seen), expected, actual, exchange)
        elif (seen.ret == Ret.SUCCESS and seen.readable) or made_up(seen):
            yield self.good(self.case(seen), expected, actual, exchange)

    def case(self, seen: Spoken) -> str:
        return "in-time"


class StationsInTime(AnswersInTime):
    """query_stations_info is answered in less than 3 s."""

    row = "BJ-1.1.1-a"
    listens = frozenset({Interface.QUERY_STATIONS_INFO.value})


class StatesInTime(AnswersInTime):
    """query_station_status is answered in less than 3 s, however many of 1 to 50 stations it asks for."""

    row = "BJ-1.1.3-a"
    listens = frozenset({Interface.QUERY_STATION_STATUS.value})

    def case(self, seen: Spoken) -> str:
        asked = (seen.asked or {}).get("StationIDs") or ()
        return "50-stations" if len(asked) == MOST_STATIONS else "few-stations"


class StatisticsInTime(AnswersInTime):
    """query_station_stats is answered in less than 3 s."""

    row = "BJ-1.1.4-a"
    listens = frozenset({Interface.QUERY_STATION_STATS.value})


class AuthInTime(AnswersInTime):
    """query_equip_auth is answered in less than 1 s."""

    row = "BJ-1.1.5-a"
    listens = frozenset({Interface.QUERY_EQUIP_AUTH.value})


class PolicyInTime(AnswersInTime):
    """query_equip_business_policy is answered in less than 1 s."""

    row = "BJ-1.1.6-a"
    listens = frozenset({Interface.QUERY_EQUIP_BUSINESS_POLICY.value})


class StartsInTime(AnswersInTime):
    """query_start_charge is answered in at most 1 s, whether or not the charger has reacted yet."""

    row = "BJ-1.1.7-a"
    listens = frozenset({Interface.QUERY_START_CHARGE.value})


class ChargeStatusesInTime(AnswersInTime):
    """query_equip_charge_status is answered in at most 1 s."""

    row = "BJ-1.1.9-a"
    listens = frozenset({Interface.QUERY_EQUIP_CHARGE_STATUS.value})


class StopsInTime(AnswersInTime):
    """query_stop_charge is answered in at most 1 s."""

    row = "BJ-1.1.11-a"
    listens = frozenset({Interface.QUERY_STOP_CHARGE.value})


class TokensInTime(AnswersInTime):
    """query_token is answered in less than 1 s."""

    row = "BJ-1.1.16-a"
    listens = frozenset({Interface.QUERY_TOKEN.value})
