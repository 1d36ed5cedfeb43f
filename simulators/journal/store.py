"""The journal while a run is writing it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from simulators.journal.reading import read
from simulators.journal.records import Record
from simulators.journal.tables import JournalError, encode, open_new, row
from simulators.journal.writer import Writer

Listener = Callable[[Record], None]

# How far back ``since`` looks without asking the disk: minutes of a scenario, and some 20 MB at most.
TAIL_RECORDS = 10_000


class Journal:
    """The append-only record of one world of a run, open for writing.

    Safe to use from any thread. Numbers rise from 1 without a gap, in the order of posting; that order is the
    journal's own, and whoever judges the file later sees what the listeners saw. What a record carries in ``view``
    and ``values`` must be JSON (no bytes, no Decimal, no NaN), or it would read back as something else.
    """

    def __init__(self, path: Path, world: int = 0, *, page_limit: int | None = None) -> None:
        self.path = path
        self.world = world
        self._order = threading.RLock()  # a listener may post
        self._last_seq = 0
        self._closed = False
        self._tail: deque[Record] = deque(maxlen=TAIL_RECORDS)
        self._listeners: tuple[Listener, ...] = ()
        self._untold: deque[Record] = deque()
        self._telling = False
        self._writer = Writer(path, open_new(path, page_limit))

    @classmethod
    def create(cls, path: Path | str, world: int = 0, *, page_limit: int | None = None) -> Self:
        """Begin a journal in a new file, readable by its owner only. ``page_limit`` caps its size (8192 bytes a page).

        Raises:
            JournalError: the file exists already, or can't be made.
        """
        return cls(Path(path), world, page_limit=page_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def last_seq(self) -> int:
        """The number of the latest record; 0 before the first."""
        return self._last_seq

    @property
    def slowest_commit_ms(self) -> float:
        """The longest that a record has waited from posting to commit; the journal aims at 50."""
        return self._writer.slowest_commit_ms

    def post(self, record: Record) -> int:
        """Take the record and return its number at once; it is on the disk some 50 ms later, or, where a thousand
        a second come on two processors, some 110.

        Listeners have been told when this returns. What a listener raises comes out here, after all were told.

        Raises:
            JournalError: the journal is closed, or an earlier record could not be written.
            TypeError, ValueError, OverflowError: the record can't be encoded; it was not taken.
        """
        body = encode(record)  # here and not in the writer: the mistake belongs to the caller, and dicts may change
        with self._order:
            self._check()
            seq = self._last_seq + 1
            completed = replace(record, seq=seq, world=self.world)
            self._writer.hand_over(row(seq, self.world, record, body))
            self._last_seq = seq
            self._tail.append(completed)
            if self._listeners:
                self._untold.append(completed)
                self._tell()
        return seq

    def append(self, record: Record) -> int:
        """Take the record, wait until it is committed, and return its number: a ``kill -9`` can't lose it any more.

        Raises:
            JournalError: it could not be written, or the journal is closed.
        """
        seq = self.post(record)
        self._settle(seq)
        return seq

    def flush(self) -> None:
        """Wait until everything posted so far is committed.

        Raises:
            JournalError: something could not be written.
        """
        self._settle(self._last_seq)

    def close(self) -> None:
        """Commit everything and let go of the file; closing again does nothing.

        Raises:
            JournalError: something could not be written.
        """
        with self._order:
            first, self._closed = not self._closed, True
        if first:
            self._writer.finish()
        self._settle(self._last_seq)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell the listener every later record, numbered, in order, inside ``post``. Returns what ends it.

        A record that a listener posts is told to everybody after the one that caused it.
        """
        with self._order:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._order:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return unsubscribe

    def since(self, seq: int) -> Iterator[Record]:
        """What was posted after that number, up to now, in order; older records come from the file."""
        with self._order:
            recent = list(self._tail)
        first_recent = recent[0].seq if recent else self._last_seq + 1
        if seq + 1 < first_recent:
            self.flush()
            for record in read(self.path, after_seq=seq):
                if record.seq >= first_recent:
                    break
                yield record
        yield from (record for record in recent if record.seq > seq)

    def _check(self) -> None:
        if self._writer.failure is not None:
            raise self._writer.error(self._last_seq) from self._writer.failure
        if self._closed:
            raise JournalError(f"{self.path}: this journal is closed; begin another one")

    def _settle(self, seq: int) -> None:
        self._writer.wait_for(seq)
        if self._writer.failure is not None:
            raise self._writer.error(self._last_seq) from self._writer.failure

    def _tell(self) -> None:
        if self._telling:
            return  # posted by a listener: the call that is telling will come to it
        self._telling = True
        first_error: Exception | None = None
        try:
            while self._untold:
                record = self._untold.popleft()
                for listener in self._listeners:
                    try:
                        listener(record)
                    except Exception as error:  # a listener's own crash must not keep the record from the others
                        first_error = first_error or error
        finally:
            self._telling = False
        if first_error is not None:
            raise first_error
