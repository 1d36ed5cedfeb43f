"""Where the records of a journal stand: in which scenario, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reports.html.facts import Span
from simulators.journal.records import Record, Step


@dataclass(frozen=True, slots=True)
class Place:
    """The scenario that was played in the record's lab, if any was, and the protocol moment."""

    scenario: str
    at_ms: int


def places(records: Iterable[Record], asked_for: Collection[int]) -> tuple[dict[int, Place], Span]:
    """The places of the records asked for, by their numbers, and how long the journal is. Reads it once."""
    span = Span()
    playing: dict[int, str] = {}  # lab -> its scenario
    found: dict[int, Place] = {}
    twice: set[int] = set()  # numbers that several journals of one run use: which was meant can't be told
    for record in records:
        span.observe(record)
        if isinstance(record, Step):
            _follow(record, playing)
        if record.seq in asked_for:
            if record.seq in found:
                twice.add(record.seq)
            found[record.seq] = Place(playing.get(record.world, ""), record.at_ms)
    return {seq: place for seq, place in found.items() if seq not in twice}, span


def _follow(step: Step, playing: dict[int, str]) -> None:
    if step.what == "scenario-began":
        playing[step.world] = step.scenario
    elif step.what == "scenario-ended":
        playing.pop(step.world, None)
