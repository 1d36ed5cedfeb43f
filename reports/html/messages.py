"""The records behind findings as the page shows them: both heads and bodies, decoded, and as they travelled."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from reports.bodies import indented, readable, text_of, visible
from reports.sides import Side, Sides
from simulators.journal.records import Exchange, Fact
from simulators.journal.redaction import SECRET_MASK, Redactor

MOST_SHOWN = 16_000  # characters of a body
FACT_LINE = 400  # an order of a surface is one line
LAST_CUT = 1_000  # of a body cut off: a value cut in two could no longer be masked, so the end goes too

# What opens doors, whether the target file names it as a secret or not.
KEYS_OF_DOORS = re.compile(
    r"^((?:proxy-)?authorization|(?:set-)?cookie|[\w-]*(?:token|secret|api-?key)[\w-]*)[ \t]*:.*$", re.I | re.M
)


@dataclass(frozen=True, slots=True)
class Block:
    """One text of a message; ``wire`` as it travelled, where that reads otherwise."""

    word: str
    text: str
    wire: str = ""
    size: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Wrong:
    """A step of opening a sealed message that failed: where, what had to be, what was."""

    step: str
    field: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What opening a sealed message found beside its content."""

    wrong: tuple[Wrong, ...] = ()
    notes: tuple[str, ...] = ()
    unread: bool = False  # nothing came out of it, though something should have


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One record on the page."""

    seq: int
    world: int
    kind: str  # "exchange" or "fact"
    name: str
    actor: str
    peer: str = ""
    at: str
    line: str = ""  # method and address
    outcome: str = ""  # "HTTP 200", or the wire error
    sound: bool = True
    took: str = ""
    provoked: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[Block, ...] = ()
    answered: tuple[Block, ...] = ()
    asked_sealing: Sealing = Sealing()
    answered_sealing: Sealing = Sealing()


class Shower:
    """Makes records showable: masked, readable, in the site's time."""

    def __init__(self, redactor: Redactor, utc_offset_minutes: int) -> None:
        self._redactor = redactor
        self._zone = timezone(timedelta(minutes=utc_offset_minutes))

    def text(self, text: str) -> str:
        """A text of anyone's, masked, with nothing unseen in it."""
        return visible(self._redactor.text(text))

    def moment(self, at_ms: int, *, day: bool = True) -> str:
        """A protocol moment in the site's time."""
        try:
            moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(self._zone)
        except OverflowError:
            return f"{at_ms} ms"
        clock = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
        return f"{moment:%Y-%m-%d} {clock} {moment:%z}" if day else clock

    def exchange(self, record: Exchange) -> Shown:
        """A request with its answer."""
        answer, sides = record.answer, Sides.of(record)
        outcome = f"HTTP {answer.status}" if answer else ""
        if record.error:
            outcome = f"{outcome} {record.error}".strip()
        return Shown(
            seq=record.seq,
            world=record.world,
            kind="exchange",
            name=self.text(record.operation),
            actor=self.text(record.actor),
            peer=self.text(record.peer),
            at=self.moment(record.at_ms),
            line=self.text(f"{record.request.method} {record.request.url}"),
            outcome=self.text(outcome),
            sound=record.error is None and answer is not None and answer.status < 400,
            took=duration(record.duration_ns),
            provoked=bool(record.injected),
            keys=self._keys(record.keys),
            asked=(*self._blocks(record.request.head, record.request.body), *self._decrypted(sides.request)),
            answered=(
                *(self._blocks(answer.head, answer.body) if answer else ()),
                *self._decrypted(sides.answer),
                *((Block("error", self.text(record.error_text)),) if record.error_text else ()),
            ),
            asked_sealing=self._sealing(sides.request),
            answered_sealing=self._sealing(sides.answer),
        )

    def fact(self, record: Fact) -> Shown:
        """Something that happened, or that a surface told."""
        return Shown(
            seq=record.seq,
            world=record.world,
            kind="fact",
            name=self.text(" ".join((record.what, record.keys.get("verb", ""))).strip()),
            actor=self.text(record.actor),
            at=self.moment(record.at_ms),
            keys=self._keys(record.keys),
            asked=(self._tree("values", record.values),) if record.values else (),
        )

    def _keys(self, keys: Mapping[str, str]) -> dict[str, str]:
        return {self.text(name): self.text(value) for name, value in keys.items()}

    def _blocks(self, head: bytes, body: bytes) -> tuple[Block, ...]:
        told = KEYS_OF_DOORS.sub(rf"\1: {SECRET_MASK}", text_of(head).replace("\r\n", "\n").rstrip("\n"))
        blocks = [Block("head", self._cut(told)[0])] if told else []
        if not body:
            return tuple(blocks)
        text, left_out = self._cut(readable(body))
        wire, _ = self._cut(text_of(body))
        return (*blocks, Block("body", text, wire if wire != text else "", len(body), left_out))

    def _decrypted(self, side: Side) -> tuple[Block, ...]:
        return () if side.content is None else (self._tree("decrypted", side.content),)

    def _sealing(self, side: Side) -> Sealing:
        if side.sealed is None:
            return Sealing()
        return Sealing(
            wrong=tuple(
                Wrong(fault.step, *map(self.text, (fault.field, fault.expected, fault.actual)))
                for fault in side.sealed.faults
            ),
            notes=tuple(self.text(noted.text) for noted in side.sealed.observations),
            unread=side.unread,
        )

    def _tree(self, word: str, value: Any) -> Block:
        told = json.dumps(self._redactor.tree(value), ensure_ascii=False, default=str)
        text, left_out = self._cut(indented(told, FACT_LINE) or told)
        return Block(word, text, left_out=left_out)

    def _cut(self, text: str) -> tuple[str, int]:
        """The text masked, and how many characters of it are left out."""
        if len(text) <= MOST_SHOWN:
            return self.text(text), 0
        masked = self._redactor.text(text[:MOST_SHOWN])[:-LAST_CUT]
        return visible(masked), len(text) - len(masked)


def duration(took_ns: int) -> str:
    """A measured time in the unit that it is read in."""
    return f"{took_ns / 1e9:.2f} s" if took_ns >= 1e9 else f"{took_ns / 1e6:.1f} ms"
