"""What a journal file looks like on disk, and the error that every part of the journal raises.

One wide table without secondary indexes: a journal is written at full speed once and read from end to end. The
columns beside the body serve whoever looks into the file with the ``sqlite3`` shell; ``seq`` and ``world`` stand in
the columns only, so that records need not be encoded again when journals are merged.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from simulators.journal.records import Exchange, Fact, Record, Step, moment_ns

FORMAT_VERSION = 1

# Three exchanges fit on such a page, one on SQLite's usual 4096 bytes; measured, that doubles the rate of writing.
PAGE_BYTES = 8192

# How much of the log is moved into the file at a time. Measured at 20,000 records a second beside a reader: with 250
# pages the slowest commit took 19 to 42 ms, with SQLite's usual 1000 up to 58 ms, and 50 ms are promised.
CHECKPOINT_PAGES = 250

Row = tuple[int, int, str, int, int, str, str, bytes]

TABLES = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE record (
        seq INTEGER PRIMARY KEY,
        world INTEGER NOT NULL,
        kind TEXT NOT NULL,
        mono_ns INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        actor TEXT NOT NULL,
        operation TEXT NOT NULL,
        body BLOB NOT NULL
    );
"""

encode = msgspec.msgpack.Encoder().encode


class JournalError(Exception):
    """A journal can't be written or read. The text names the file, what was found, and what would do."""


def row(seq: int, world: int, record: Record, body: bytes) -> Row:
    """The table row of a record; ``body`` is the encoded record, whose own seq and world don't count."""
    moment = moment_ns(record)
    match record:
        case Exchange():
            return seq, world, "exchange", moment, record.at_ms, record.actor, record.operation, body
        case Fact():
            return seq, world, "fact", moment, record.at_ms, record.actor, record.what, body
        case Step():
            return seq, world, "step", moment, record.at_ms, "", record.what, body


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write the rows in one statement, which is one transaction.

    Not ``executemany``: it gives the interpreter lock away at every row and, beside a busy thread, waits 5 ms to get
    it back. A single statement gives it away once.
    """
    places = ",".join(["(?,?,?,?,?,?,?,?)"] * len(rows))
    connection.execute(f"INSERT INTO record VALUES {places}", [column for row in rows for column in row])


def reserve(path: Path) -> None:
    """Make an empty file that only its owner may read; one that exists is never overwritten.

    Raises:
        JournalError: the file, or what SQLite keeps beside it, exists, or can't be made.
    """
    for beside in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if beside.exists():
            raise JournalError(
                f"{beside}: left by an earlier journal of that name; move it away or choose another name"
            )
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise JournalError(f"{path}: exists, and a journal is never overwritten; choose another name") from None
    except OSError as error:
        raise JournalError(f"{path}: can't be made ({error.strerror}); name a file in a writable folder") from error
    os.close(descriptor)


def open_new(path: Path, page_limit: int | None = None) -> sqlite3.Connection:
    """Make a journal file and open it for writing. ``page_limit`` caps its size in pages of ``PAGE_BYTES``.

    SQLite gives the ``-wal`` and ``-shm`` files beside it the mode of the file itself. ``synchronous=NORMAL`` is
    enough for what the journal promises: a killed process loses nothing, a power cut may lose the last moments.
    """
    reserve(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        if page_limit is not None:
            connection.execute(f"PRAGMA max_page_count={page_limit}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.executescript(TABLES)
        connection.execute("INSERT INTO meta VALUES ('format_version', ?)", (str(FORMAT_VERSION),))
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(f"{path}: can't be written ({reason(error)})") from error
    return connection


def reason(error: BaseException) -> str:
    """What SQLite says, with the name that its manual lists it under."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return f"{error}, {name}"
