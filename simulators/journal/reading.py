"""Journals read back: one file or several, while they are written, after a crash, from an archive."""

from __future__ import annotations

import heapq
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import force_setattr

from simulators.journal import archive
from simulators.journal.records import Record, moment_ns
from simulators.journal.tables import FORMAT_VERSION, JournalError, reason

# Rows a query: each is a transaction of its own, so that a reader never keeps the writer from recycling its log.
QUERY_ROWS = 2000


def read(paths: Path | str | Iterable[Path | str], *, after_seq: int = 0) -> Iterator[Record]:
    """The records of one journal, or of several as one, in order; of a file still being written, up to now.

    One file is read in its own order, the order of posting, which live judges saw too. Several are merged by
    monotonic moment, then by the order in which they are named; each keeps its own order: an exchange is posted
    when it ends and dated when it began, so a file's moments don't quite rise, and count as their maximum so far.
    They are numbered anew, so that a number means one record of all.
    ``after_seq`` leaves out what each file holds up to that number. Nothing is opened before the first record is
    asked for.

    Raises:
        JournalError: a file is missing, no journal, of another version, or damaged.
    """
    named = [paths] if isinstance(paths, Path | str) else list(paths)
    if len(named) == 1:
        yield from _read_one(Path(named[0]), after_seq)
        return
    streams = [_with_moments(order, _read_one(Path(path), after_seq)) for order, path in enumerate(named)]
    for number, (_, _, _, record) in enumerate(heapq.merge(*streams), start=1):
        force_setattr(record, "seq", number)
        yield record


def _with_moments(order: int, records: Iterator[Record]) -> Iterator[tuple[int, int, int, Record]]:
    latest_ns = 0
    for record in records:
        latest_ns = max(latest_ns, moment_ns(record))
        yield latest_ns, order, record.seq, record  # the first three never tie, so records are never compared


def _read_one(path: Path, after_seq: int) -> Iterator[Record]:
    if path.name.endswith(archive.SUFFIX):
        return (record for record in archive.unpack(path) if record.seq > after_seq)
    return _read_database(path, after_seq)


def _read_database(path: Path, after_seq: int) -> Iterator[Record]:
    decode = msgspec.msgpack.Decoder(Record).decode
    expected_seq = after_seq
    try:
        with _opened(path) as connection:
            for seq, world, body in _rows(connection, after_seq):
                expected_seq += 1
                if seq != expected_seq:
                    raise JournalError(f"{path}: damaged, no record {expected_seq}; restore the file from a copy")
                record = decode(body)
                force_setattr(record, "seq", seq)  # fresh from the decoder: nobody else has seen it yet
                force_setattr(record, "world", world)
                yield record
    except sqlite3.Error as error:
        raise JournalError(f"{path}: damaged after record {expected_seq} ({reason(error)}); {REMEDY}") from error
    except msgspec.MsgspecError as error:
        raise JournalError(f"{path}: record {expected_seq} is damaged ({error}); {REMEDY}") from error


MAGIC, PAGE_SIZE_BYTES, LARGEST_PAGE_BYTES = b"SQLite format 3\0", 2, 65536  # how a database begins; 1: the largest
CUT_SHORT = frozenset({"SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ"})
REMEDY = "restore the file from a copy, or save what 'sqlite3 FILE .recover' finds"


def _rows(connection: sqlite3.Connection, after_seq: int) -> Iterator[tuple[int, int, bytes]]:
    """The rows that are there now; those that a writer adds meanwhile are left to the next reading."""
    (last_seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
    query = "SELECT seq, world, body FROM record WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
    while rows := connection.execute(query, (after_seq, last_seq, QUERY_ROWS)).fetchall():
        yield from rows
        after_seq = rows[-1][0]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that never changes the file, with the version checked."""
    if not path.is_file():
        raise JournalError(f"{path}: no such journal; name a journal.db or a *{archive.SUFFIX}")
    with tempfile.TemporaryDirectory(prefix="chargeproof-journal-") as shelter:
        connection = _connect(path, Path(shelter))
        try:
            _check_version(path, connection)
            yield connection
        finally:
            connection.close()


def _connect(path: Path, shelter: Path) -> sqlite3.Connection:
    """Open the file where it lies, or a copy of it where SQLite may not put its index beside it.

    A journal without a write-ahead log was closed in good order and can't change: no lock, no file beside it.
    """
    if not _log_of(path).exists():
        _check_pages(path)
        return _connection(path, "immutable=1")
    connection = _connection(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return _connection(_copied(path, shelter), "mode=ro")
    except sqlite3.DatabaseError:
        pass  # no database: the check of the version says so
    return connection


def _check_pages(path: Path) -> None:
    """A file that ends inside a page was cut: SQLite would take zeros for what is gone, and a record for another."""
    try:
        with open(path, "rb") as file:
            head = file.read(len(MAGIC) + PAGE_SIZE_BYTES)
    except OSError:
        return  # the connection says why
    page_bytes = int.from_bytes(head[len(MAGIC) :]) if len(head) == len(MAGIC) + PAGE_SIZE_BYTES else 0
    whole = page_bytes and path.stat().st_size % (page_bytes if page_bytes > 1 else LARGEST_PAGE_BYTES) == 0
    if MAGIC.startswith(head[: len(MAGIC)]) and not whole:
        raise JournalError(f"{path}: damaged or cut short; {REMEDY}")


def _copied(path: Path, shelter: Path) -> Path:
    copy = shelter / path.name
    for source in (path, _log_of(path)):
        try:
            shutil.copyfile(source, shelter / source.name)
        except OSError as error:
            raise JournalError(f"{source}: can't be read ({error.strerror}); it is readable by its owner") from error
    return copy


def _connection(path: Path, option: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?{option}", uri=True, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise JournalError(f"{path}: can't be read ({reason(error)}); it is readable by its owner") from error


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    try:
        found = connection.execute("SELECT value FROM meta WHERE key = 'format_version'").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname in CUT_SHORT:
            raise JournalError(f"{path}: damaged or cut short ({reason(error)}); {REMEDY}") from error
        raise JournalError(f"{path}: no journal ({reason(error)}); name a journal.db that a run has made") from error
    if found is None or found[0] != str(FORMAT_VERSION):
        version = "without a version" if found is None else f"of format {found[0]}"
        raise JournalError(
            f"{path}: a journal {version}; this release reads format {FORMAT_VERSION}, use one that fits"
        )
