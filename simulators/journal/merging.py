"""The journals of several workers made into one, and an archive made a journal again."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from simulators.journal.reading import read
from simulators.journal.records import Record
from simulators.journal.tables import JournalError, encode, insert, open_new, reason, row
from simulators.journal.writer import BATCH_ROWS


def merge(paths: Iterable[Path | str], into: Path | str) -> int:
    """Write the records of several journals, in the order that ``read`` gives them, into one; return how many.

    They are numbered anew; each keeps its world, and within each file the order stays. The journal gets its name
    when it is whole, so a merge that was killed leaves nothing that looks like one.

    Raises:
        JournalError: ``into`` exists or can't be written, or one of the others can't be read.
    """
    path = Path(into)
    if path.exists():
        raise JournalError(f"{path}: exists, and a journal is never overwritten; choose another name")
    unfinished = path.with_name(path.name + ".unfinished")
    _remove(unfinished)
    try:
        count = _write(read(list(paths)), unfinished)
        unfinished.rename(path)
    finally:
        _remove(unfinished)
    return count


def _write(records: Iterable[Record], path: Path) -> int:
    connection = open_new(path)
    numbered = enumerate(records, start=1)
    count = 0
    try:
        while batch := list(itertools.islice(numbered, BATCH_ROWS)):
            insert(connection, [row(seq, record.world, record, encode(record)) for seq, record in batch])
            count += len(batch)
    except sqlite3.Error as error:
        raise JournalError(f"{path}: can't be written ({reason(error)}); free some space and merge again") from error
    finally:
        connection.close()
    return count


def _remove(unfinished: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + ending).unlink(missing_ok=True)
