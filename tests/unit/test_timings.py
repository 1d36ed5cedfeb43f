"""Response times: the server's whole answers, in real time, with quantiles that were really measured."""

from __future__ import annotations

import msgspec
import pytest

from conformance.timings import Timing, Timings
from simulators.beijing.messages import LESS_THAN_1_S, Interface
from simulators.beijing.peer import CITY
from simulators.journal.records import Exchange, WireError
from tests.unit.city_run import order, talk

TOKEN = Interface.QUERY_TOKEN


def asked(took_ms: int, error: WireError | None = None) -> Exchange:
    return talk(1, TOKEN, {}, {}, by=CITY, took_ms=took_ms, error=error)


def told(*kept: Exchange) -> tuple[Timing, ...]:
    timings = Timings()
    for record in kept:
        timings.observe(record)
    return timings.told()


def test_a_hundred_answers() -> None:
    """1 to 100 ms: nearest rank, so each quantile is one of them; nothing over 1 s."""
    (timing,) = told(*(asked(took) for took in range(100, 0, -1)))
    assert timing == Timing(
        protocol="beijing", interface="query_token", clause="1.1.16", answers=100, unanswered=0, mean_ms=50.5,
        p50_ms=50, p95_ms=95, p99_ms=99, max_ms=100, limit=LESS_THAN_1_S, over=0,
    )  # fmt: skip


@pytest.mark.parametrize(("took_ms", "over"), [(999, 0), (1000, 1), (1001, 1)])
def test_a_strict_limit_is_exceeded_by_its_own_value(took_ms: int, over: int) -> None:
    """query_token answers in less than 1 s (seed 1.1.16)."""
    (timing,) = told(asked(took_ms))
    assert (timing.over, timing.p50_ms, timing.p99_ms) == (over, took_ms, took_ms)


def test_only_whole_answers_of_the_server_count() -> None:
    """What broke off has no time, what was sent again counts on its fresh connection, a push the city answers."""
    resent = msgspec.structs.replace(asked(5000), resent=True)
    (timing,) = told(asked(10), asked(60_000, error=WireError.TIMEOUT), resent, order(2, 0, took_ms=9000))
    assert (timing.answers, timing.unanswered, timing.max_ms) == (1, 1, 10)


def test_a_journal_without_answers_has_no_table() -> None:
    assert told(asked(1, error=WireError.UNREACHABLE)) == ()
