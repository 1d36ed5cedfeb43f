"""The thread that brings rows to the disk, so that nobody on the hot path waits for one."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

from simulators.clock import monotonic_ns
from simulators.journal.tables import JournalError, Row, insert, reason

# Bounded by SQLite's 32766 values in a statement, and by the 50 ms in which a row must be on the disk.
BATCH_ROWS = 1000

# How long a row that comes alone waits for others, unless somebody waits for it. A commit for each row that comes
# alone would wake this thread some thousand times a second, and take the interpreter away from everybody else.
GATHER_S = 0.01

HandedOver = tuple[int, Row]  # the monotonic moment in nanoseconds, and the row


class Writer:
    """Commits rows in groups: whatever has come together in ``GATHER_S``, or while the last group was written.

    A row that somebody waits for is committed at once, with all before it.
    ``slowest_commit_ms`` is the longest that a row had to wait from being handed over to being committed.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.slowest_commit_ms = 0.0
        self.failure: BaseException | None = None
        self._connection = connection
        self._rows: SimpleQueue[HandedOver | None] = SimpleQueue()  # None: the last row has come
        self._committed_seq = 0
        self._progress = threading.Condition()
        self._hurry = threading.Event()
        # A daemon, or a process that forgot to close its journal would never end.
        self._thread = threading.Thread(target=self._run, name=f"journal {path.name}", daemon=True)
        self._thread.start()

    def hand_over(self, row: Row) -> None:
        """Take a row without waiting. Rows come in the order of their numbers."""
        self._rows.put((monotonic_ns(), row))

    def wait_for(self, seq: int) -> None:
        """Return when that row is committed, or the writing has failed (see ``failure``)."""
        self._hurry.set()
        with self._progress:
            self._progress.wait_for(lambda: self._committed_seq >= seq or self.failure is not None)

    def finish(self) -> None:
        """Commit what has been handed over, and let go of the file."""
        self._rows.put(None)
        self._hurry.set()
        self._thread.join()

    def error(self, last_seq: int) -> JournalError:
        """What to raise after a failure, when ``last_seq`` was the last number given."""
        assert self.failure is not None
        lost = last_seq - self._committed_seq
        return JournalError(
            f"{self.path}: can't be written ({reason(self.failure)}); records lost: {lost}, "
            f"kept: {self._committed_seq}. Free or allow more space on that disk and run again"
        )

    def _run(self) -> None:
        try:
            while group := self._gather():
                insert(self._connection, [row for _, row in group])
                oldest_ns, _ = group[0]
                self.slowest_commit_ms = max(self.slowest_commit_ms, (monotonic_ns() - oldest_ns) / 1e6)
                self._announce(group[-1][1][0])
        except BaseException as error:  # whatever it is, those who wait must hear of it, or they wait for ever
            with self._progress:
                self.failure = error
                self._progress.notify_all()
        finally:
            self._connection.close()

    def _gather(self) -> list[HandedOver]:
        """The next group; empty when the last row has come."""
        group: list[HandedOver] = []
        try:
            handed_over = self._rows.get()
            if self._rows.empty():  # under load others have come already, and time is short
                self._hurry.wait(GATHER_S)
            self._hurry.clear()
            while handed_over is not None:
                group.append(handed_over)
                if len(group) == BATCH_ROWS:
                    return group
                handed_over = self._rows.get_nowait()
        except Empty:
            return group
        if group:
            self._rows.put(None)  # met behind a group: let it end the next one
        return group

    def _announce(self, seq: int) -> None:
        with self._progress:
            self._committed_seq = seq
            self._progress.notify_all()
