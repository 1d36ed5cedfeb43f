"""What asking is, whatever the protocol: row by row, and nothing is found without evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.target import Target
from conformance.target_writing import Scalar, Table
from simulators.journal.records import Exchange
from simulators.lab.client import Lab
from simulators.lab.running import RunningLab
from simulators.readings import Reading

EITHER_WILL_DO = "both are taken, so either will do"


class Evidence(Protocol):
    """One exchange, as it can be told. ``tried`` says in which reading it was asked, where that is the point."""

    @property
    def exchange(self) -> Exchange: ...
    @property
    def tried(self) -> str: ...

    def asked_text(self) -> str:
        """The request in one line."""

    def answer_text(self) -> str:
        """The answer in one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found of one row. ``reading`` None: not decided, what the target file says is kept."""

    row: str
    reading: str | None
    why: str
    heard: tuple[Evidence, ...] = ()


class Asker:
    """Finds the readings of one protocol by asking one server.

    ``known`` are the readings by row so far: those of other protocols, and those that the target file names.
    """

    table: Mapping[str, Reading]

    def __init__(self, running: RunningLab, target: Target, known: Mapping[str, str]) -> None:
        self.answers: dict[str, Answer] = {}
        self.left: list[str] = []  # what could not be ended
        self.works = False  # it was seen to tell whom it knows from whom it does not
        self._running, self._lab, self._target = running, Lab(running), target
        self._now = {**known, **{row: known.get(row, reading.default) for row, reading in self.table.items()}}

    def ask(self) -> None:
        """Ask everything that may be asked; every row of the table has its answer then."""
        raise NotImplementedError

    def end(self) -> None:
        """End what is still open, where the asking was broken off."""

    @property
    def pixit(self) -> dict[Table, dict[str, Scalar]]:
        """What was found for the PIXIT beside the readings."""
        return {}

    @property
    def readings(self) -> dict[str, str]:
        """The rows that were decided."""
        found = {row: self.answers[row].reading for row in self.table if row in self.answers}
        return {row: reading for row, reading in found.items() if reading is not None}

    def _ways(self, row: str) -> list[str]:
        """All readings of a row that have a name, what is believed so far first."""
        ways = [self.table[row].default, *self.table[row].alternatives]
        return sorted(ways, key=lambda way: way != self._now[row])

    def _decide(self, row: str, reading: str, why: str, *heard: Evidence) -> None:
        self.answers[row] = Answer(row, reading, why, heard)
        self._now[row] = reading

    def _undecided(self, row: str, why: str, *heard: Evidence) -> None:
        self.answers.setdefault(row, Answer(row, None, why, heard))

    def _give_up(self, why: str, rows: Sequence[str] = (), heard: Sequence[Evidence] = ()) -> None:
        """Whatever is not answered yet, of these rows or of all, stays open for this reason."""
        for row in rows or self.table:
            self._undecided(row, why, *heard)
