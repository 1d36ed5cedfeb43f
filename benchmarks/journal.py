"""How fast the journal takes exchanges and gives them back, beside the same SQLite without a journal around it.

Run: ``python -m benchmarks.journal [--count 200000] [--read-count 1000000]``. Figures stand side by side as ratios,
since a ratio says the same on every machine. Temporary files are removed; nothing runs longer than its counts.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path

from simulators.journal.reading import read
from simulators.journal.records import Answer, Exchange, Request
from simulators.journal.store import Journal
from simulators.journal.tables import encode, open_new, row

BODY = (
    b'{"dataList":[' + b'{"deviceNo":"CB-0001","connectorNo":1,"meterValue":123450,"time":"2024-05-01"},' * 8 + b"{}]}"
)
HEAD = b"POST /evchong/api/heartbeat HTTP/1.1\r\nhost: 127.0.0.1:8443\r\ncontent-type: application/json\r\n\r\n"
BARE_BATCH_ROWS = 1000
READ_BACK_AIM_S = 20
TAKEN_AIM_PER_S = 20_000
COMMIT_AIM_MS = 50

READER = """
import sys
from pathlib import Path
from simulators.journal.reading import read
seen = 0
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    for seen_now in read(Path(sys.argv[1])):
        seen += 1
print(seen)
"""


def exchanges(count: int) -> Iterator[Exchange]:
    """Realistic ones: about 700 bytes of body each way, with heads and correlation keys."""
    for number in range(count):
        yield Exchange(
            at_ms=1_700_000_000_000 + number,
            answered_at_ms=1_700_000_000_000 + number,
            intended_ns=number * 1000,
            sent_ns=number * 1000,
            duration_ns=900_000,
            wall_ns=1_700_000_000_000_000_000 + number,
            protocol="evchong",
            actor="box CB-0001",
            peer="sut",
            operation="heartbeat",
            request=Request("POST", "https://127.0.0.1:8443/evchong/api/heartbeat", HEAD, BODY),
            answer=Answer(200, HEAD, BODY),
            keys={"box": "CB-0001", "connector": "1"},
        )


@contextmanager
def reading_all_the_time(path: Path) -> Iterator[None]:
    """Another process that reads the journal from end to end, again and again."""
    stop = path.with_suffix(".stop")
    command = [sys.executable, "-c", READER, str(path), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        try:
            yield
        finally:
            stop.touch()
            print(f"  (the reader saw {int(reader.stdout.readline()):,} records meanwhile)")


def bare_per_s(path: Path, count: int) -> float:
    """The same rows, made and encoded in the same way, by ``executemany`` on one thread."""
    records = exchanges(count)
    connection = open_new(path)
    began = time.perf_counter()
    numbered = enumerate(records, start=1)
    while rows := [row(seq, 0, one, encode(one)) for seq, one in islice(numbered, BARE_BATCH_ROWS)]:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO record VALUES (?,?,?,?,?,?,?,?)", rows)
        connection.execute("COMMIT")
    taken_s = time.perf_counter() - began
    connection.close()
    return count / taken_s


def journal_per_s(path: Path, count: int, with_reader: bool) -> float:
    """Exchanges taken and committed a second."""
    with Journal.create(path) as journal, reading_all_the_time(path) if with_reader else nullcontext():
        return _posting_per_s(journal, count)


def slowest_commit_ms(path: Path, count: int) -> float:
    """The longest from handing over to commit, at the rate that is aimed at and beside a reader."""
    records = exchanges(count)
    with Journal.create(path) as journal, reading_all_the_time(path):
        began = time.perf_counter()
        while journal.last_seq < count:
            due = min(count, int((time.perf_counter() - began) * TAKEN_AIM_PER_S))
            for record in islice(records, due - journal.last_seq):
                journal.post(record)
            time.sleep(0.001)
        journal.flush()
        return journal.slowest_commit_ms


def _posting_per_s(journal: Journal, count: int) -> float:
    began = time.perf_counter()
    for exchange in exchanges(count):
        journal.post(exchange)
    journal.flush()
    return count / (time.perf_counter() - began)


def read_back_s(path: Path) -> tuple[int, float]:
    """How many records a journal gave, and how long that took."""
    began = time.perf_counter()
    seen = sum(1 for _ in read(path))
    return seen, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=200_000, help="exchanges to write in each of the three ways")
    parser.add_argument("--read-count", type=int, default=1_000_000, help="exchanges to read back; 0 leaves it out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chargeproof-benchmark-") as folder:
        _writing(Path(folder), options.count)
    if options.read_count:
        with tempfile.TemporaryDirectory(prefix="chargeproof-benchmark-") as folder:
            _reading(Path(folder) / "long.db", options.read_count)


def _writing(folder: Path, count: int) -> None:
    bare = bare_per_s(folder / "bare.db", count)
    alone = journal_per_s(folder / "alone.db", count, with_reader=False)
    read_along = journal_per_s(folder / "along.db", count, with_reader=True)
    slowest_ms = slowest_commit_ms(folder / "paced.db", count)
    print(f"writing {count:,} exchanges, SQLite {sqlite3.sqlite_version}")
    print(f"  bare executemany      {bare:9,.0f}/s  1.00")
    print(f"  journal, no reader    {alone:9,.0f}/s  {alone / bare:.2f}")
    print(f"  journal and a reader  {read_along:9,.0f}/s  {read_along / bare:.2f}")
    print(f"  of the rate without a reader: {read_along / alone:.2f}; of the aim: {read_along / TAKEN_AIM_PER_S:.2f}")
    print(f"  at {TAKEN_AIM_PER_S:,}/s and a reader, slowest commit: {slowest_ms:.0f} ms", end="")
    print(f"; of the {COMMIT_AIM_MS} ms promised: {slowest_ms / COMMIT_AIM_MS:.2f}")


def _reading(path: Path, count: int) -> None:
    bare_per_s(path, count)
    seen, taken_s = read_back_s(path)
    assert seen == count
    print(f"reading {count:,} exchanges back: {taken_s:.1f} s, {seen / taken_s:,.0f}/s", end="")
    print(f"; of the {READ_BACK_AIM_S} s allowed for 1,000,000: {taken_s / READ_BACK_AIM_S * 1_000_000 / count:.2f}")


if __name__ == "__main__":
    main()
