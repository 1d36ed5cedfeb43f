"""How fast a long journal is judged again, beside the same reading with a judge that has no rules.

Run: ``python -m benchmarks.judging [--exchanges 1000000] [--profile]``. A small fleet lives for half an hour of stepped
time against the reference; what it said is then repeated, later and under other transaction ids, until the journal is
as long as asked for. Each measurement has a process of its own, so that its peak of memory is its own. Temporary files
are removed; nothing runs longer than its counts.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import multiprocessing
import pstats
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from conformance.judge import Judge
from conformance.rules.evchong.bench import EvchongBench
from conformance.rules.evchong.known import Pixit
from simulators.clock import SteppedClock
from simulators.evchong.codec import Codec
from simulators.evchong.fleet import Crew, Fleet, FleetSetting
from simulators.journal.reading import read
from simulators.journal.records import Exchange, Fact, Record, Request, Step
from simulators.journal.tables import encode, open_new, row
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.wire.client import Endpoint
from simulators.wire.tls import Authority, client_context

AIM_S = 60  # for 1,000,000 exchanges on one core
START_MS = 1_790_820_000_000
RECORDED_S = 1800
SPAN_MS = (RECORDED_S + 60) * 1000
BATCH_ROWS = 2000
FLEET = FleetSetting(boxes=20, charging_percent=50, ramp_s=60.0, session_s=(120, 600), pause_s=(10, 120))
MOVING = re.compile(rb'(?<!\d)1[78]\d{11}(?!\d)|(?<=transactionId%22%3A)\d+|(?<="transactionId":)\d+')
MOMENT_DIGITS = 13


# A journal that is long enough


async def recorded(folder: Path) -> list[Record]:
    """What the fleet and the reference say to each other in half an hour."""
    authority, clock, crew = Authority(), SteppedClock(START_MS), Crew(FLEET)
    certificate = authority.write_server(folder / "server.pem")
    server = ReferenceServer(ServerSetting(site=crew.site(), clock=clock, certificate=certificate))
    records: list[Record] = []

    def keep(record: Record) -> int:
        records.append(record)
        return len(records)

    async with clock.awake():
        await server.start()
        tls = client_context(str(authority.write_ca(folder / "ca.pem")))
        fleet = Fleet(crew, Endpoint.of(server.base_url, tls), clock, journal_post=keep)
        await fleet.run(RECORDED_S)
        await server.stop()
    assert (fleet.left_open, dict(fleet.tally.errors)) == ([], {})
    return records


class Repeated:
    """A recorded body, cut at its moments and transaction ids, so that later copies are quickly made."""

    def __init__(self, body: bytes) -> None:
        self._texts = MOVING.split(body)
        self._numbers = [(int(found), len(found) == MOMENT_DIGITS) for found in MOVING.findall(body)]

    def later(self, by_ms: int, ids: int) -> bytes:
        parts = [self._texts[0]]
        for (number, is_moment), text in zip(self._numbers, self._texts[1:], strict=True):
            parts += (b"%d" % (number + (by_ms if is_moment else ids)), text)
        return b"".join(parts)


Copier = Callable[[int, int], Record]  # from how much later, and how much higher the ids are


def copier(record: Record) -> Copier:
    """Makes later copies of one record."""
    if isinstance(record, Exchange):
        return _exchange_copier(record)
    assert isinstance(record, Fact)
    fact = record

    def copied(by_ms: int, ids: int) -> Record:
        values = fact.values
        if "began_ms" in values:
            values = {**values, "began_ms": values["began_ms"] + by_ms}
        mono_ns = fact.mono_ns + by_ms * 1_000_000
        return replace(fact, at_ms=fact.at_ms + by_ms, mono_ns=mono_ns, keys=_keys(fact.keys, ids), values=values)

    return copied


def _exchange_copier(exchange: Exchange) -> Copier:
    asked, answer = exchange.request, exchange.answer
    assert answer is not None
    request_body, answer_body = Repeated(asked.body), Repeated(answer.body)

    def copied(by_ms: int, ids: int) -> Record:
        by_ns = by_ms * 1_000_000
        return replace(
            exchange,
            at_ms=exchange.at_ms + by_ms,
            answered_at_ms=exchange.answered_at_ms + by_ms,
            intended_ns=exchange.intended_ns + by_ns,
            sent_ns=exchange.sent_ns + by_ns,
            wall_ns=exchange.wall_ns + by_ns,
            request=Request(asked.method, asked.url, asked.head, request_body.later(by_ms, ids)),
            answer=replace(answer, body=answer_body.later(by_ms, ids)),
            keys=_keys(exchange.keys, ids),
        )

    return copied


def _keys(keys: dict[str, str], ids: int) -> dict[str, str]:
    return {**keys, "transaction": str(int(keys["transaction"]) + ids)} if "transaction" in keys else keys


def repeated(records: list[Record], exchanges: int) -> Iterator[Record]:
    """The records again and again, until there are so many exchanges; with the run records around them."""
    yield _step(START_MS, "run-began")
    copiers = [(isinstance(record, Exchange), copier(record)) for record in records]
    ids = max(int(record.keys.get("transaction", 0)) for record in records if not isinstance(record, Step))
    left, copy = exchanges, 0
    while left > 0:
        for is_exchange, copied in copiers:
            latest = copied(copy * SPAN_MS, copy * ids)
            yield latest
            left -= is_exchange
            if left == 0:
                break
        copy += 1
    yield _step(latest.at_ms, "run-ended")


def _step(at_ms: int, what: str) -> Step:
    return Step(at_ms=at_ms, mono_ns=0, wall_ns=0, what=what)


def write(path: Path, records: Iterable[Record]) -> int:
    """A journal of these records, without the pace of a real one; gives how many there are."""
    connection, seq = open_new(path), 0
    numbered = enumerate(records, start=1)
    while rows := [row(seq, 0, one, encode(one)) for seq, one in islice(numbered, BATCH_ROWS)]:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO record VALUES (?,?,?,?,?,?,?,?)", rows)
        connection.execute("COMMIT")
        seq = rows[-1][0]
    connection.close()
    return seq


def make(folder: Path, exchanges: int) -> tuple[int, int]:
    """Record and repeat; gives how many records there are in the pattern and in the whole."""
    records = asyncio.run(recorded(folder))
    return len(records), write(folder / "journal.db", repeated(records, exchanges))


# Judging


def pixit() -> Pixit:
    return Pixit(site=Crew(FLEET).site(), codec=Codec())


def judged(path: Path, rules: bool) -> tuple[Judge, float]:
    """The journal read and judged, and how long that took."""
    judge = Judge(lambda: [EvchongBench(pixit())] if rules else [])
    began = time.process_time()
    for record in read(path):
        judge.observe(record)
    return judge, time.process_time() - began


def measured(path: Path, rules: bool) -> dict[str, Any]:
    """One measurement, in this process."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    judge, taken_s = judged(path, rules)
    world = judge.worlds[0]
    return {
        "taken_s": taken_s,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "more_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024,
        "findings": sum(case.judged for tally in world.tallies.values() for case in tally.cases.values()),
        "bad": sorted({f"{row}/{bad.case}: {bad.actual}" for row, tally in world.tallies.items() for bad in tally.bad}),
        "crashes": sum(len(bench.crashes) for bench in world.benches),
    }


def profiled(path: Path, lines: int) -> None:
    """Print where the time of judging goes."""
    profile = cProfile.Profile()
    profile.enable()
    judged(path, True)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    parser.add_argument("--profile", action="store_true", help="print the hot spots instead of figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chargeproof-benchmark-") as name:
        folder = Path(name)
        path = folder / "journal.db"
        # A process of its own for each: a peak of memory never comes down again.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as alone:
            pattern, records = alone.submit(make, folder, options.exchanges).result()
            print(f"{options.exchanges:,} exchanges in {records:,} records (a pattern of {pattern:,})", end="")
            print(f", {path.stat().st_size / 2**20:,.0f} MiB")
            if options.profile:
                profiled(path, 40)
                return
            bare = alone.submit(measured, path, False).result()
            full = alone.submit(measured, path, True).result()
    tell("without rules", options.exchanges, bare)
    tell("judged", options.exchanges, full)
    print(f"  judged / without rules: {full['taken_s'] / bare['taken_s']:.1f}", end="")
    print(f"; of the {AIM_S} s allowed for 1,000,000: {full['taken_s'] / AIM_S * 1_000_000 / options.exchanges:.2f}")
    print(f"  findings {full['findings']:,}, crashes {full['crashes']}, bad: {full['bad'] or 'none'}")


def tell(what: str, exchanges: int, found: dict[str, Any]) -> None:
    print(f"  {what:14}{found['taken_s']:7.1f} s {exchanges / found['taken_s']:9,.0f}/s", end="")
    print(f"  peak {found['peak_mib']:,.0f} MiB, {found['more_mib']:,.0f} of them on the way")


if __name__ == "__main__":
    main()
