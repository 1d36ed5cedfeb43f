"""The records behind findings as attachments of the Allure results: one plain text each, decoded and masked.

The bytes as they travelled are in ``report.html``. Leaving them out here, and masking each text once, is what makes
these results cheap enough to be written after every run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.recorded import RunResult
from reports.bodies import indented, readable, text_of, visible
from reports.html.messages import FACT_LINE, KEYS_OF_DOORS, LAST_CUT, MOST_SHOWN, Shower, duration
from reports.html.rows import wanted
from reports.sides import Side, Sides
from simulators.journal.records import Exchange, Fact, Record
from simulators.journal.redaction import SECRET_MASK


@dataclass(frozen=True, slots=True)
class Message:
    """One record: what it is called, and what it says."""

    name: str
    text: str


class Masking:
    """Masks whatever leaves the journal by way of Allure."""

    def __init__(self, result: RunResult) -> None:
        self._redactor = result.redactor()
        shower = Shower(self._redactor, result.stage.target.pixit.utc_offset_minutes)
        self.text = lru_cache(maxsize=1024)(shower.text)  # much is said many times, such as heads and expectations
        self.moment = shower.moment
        self.tree = self._redactor.tree

    def cut(self, text: str) -> str:
        """A long text; its end goes, as a value cut in two could no longer be masked."""
        if len(text) <= MOST_SHOWN:
            return self.text(text)
        masked = self._redactor.text(text[:MOST_SHOWN])[:-LAST_CUT]
        return f"{visible(masked)}\n… {len(text) - len(masked)} more characters are in the journal"

    def message(self, record: Exchange | Fact) -> Message:
        """A record as people read it."""
        lines = _exchange(record, self) if isinstance(record, Exchange) else _fact(record, self)
        name = record.operation if isinstance(record, Exchange) else record.what
        return Message(self.text(f"{record.seq} {name}"), "\n".join(lines) + "\n")


def messages(result: RunResult, records: Iterable[Record], masking: Masking) -> dict[int, Message]:
    """What the findings of a run rest on, by record number; a number that several journals use names nothing."""
    asked_for, kept, twice = wanted(result), {}, set()
    for record in records:
        if record.seq in asked_for and isinstance(record, Exchange | Fact):
            if record.seq in kept:
                twice.add(record.seq)
            kept[record.seq] = masking.message(record)
    return {seq: message for seq, message in kept.items() if seq not in twice}


def _exchange(record: Exchange, masking: Masking) -> Iterator[str]:
    sides = Sides.of(record)
    yield masking.text(f"{record.actor} -> {record.peer}")
    yield f"{masking.moment(record.at_ms)}, {duration(record.duration_ns)}"
    yield masking.text(f"{record.request.method} {record.request.url}\n")
    yield from _side(record.request.head, record.request.body, sides.request, masking)
    if record.answer is not None:
        yield from _side(record.answer.head, record.answer.body, sides.answer, masking)
    if record.error:
        yield masking.cut(f"{record.error}: {record.error_text}")


def _side(head: bytes, body: bytes, side: Side, masking: Masking) -> Iterator[str]:
    told = text_of(head).replace("\r\n", "\n").rstrip("\n")
    yield masking.cut(KEYS_OF_DOORS.sub(rf"\1: {SECRET_MASK}", told)) + "\n"
    if body:
        yield masking.cut(readable(body)) + "\n"
    if side.content is not None:
        yield "decrypted:"
        yield masking.cut(_laid_out(masking.tree(side.content))) + "\n"
    elif side.unread:
        yield "decrypted: nothing could be read\n"
    for fault in side.sealed.faults if side.sealed else ():
        where = f"{fault.step} {fault.field}".rstrip()
        yield masking.cut(f"wrong in step {where}: expected {fault.expected}, found {fault.actual}\n")
    for noted in side.sealed.observations if side.sealed else ():
        yield masking.cut(f"noted: {noted.text}\n")


def _fact(record: Fact, masking: Masking) -> Iterator[str]:
    yield masking.text(f"{record.actor}: {record.what}")
    yield masking.moment(record.at_ms)
    yield masking.cut(_laid_out(masking.tree({**record.keys, **record.values})))


def _laid_out(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, default=str)
    return indented(told, FACT_LINE) or told
