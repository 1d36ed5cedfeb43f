"""Reads the ledger: one TOML file a protocol, one table a requirement."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent
JUDGES: Mapping[str, str] = {
    "check": "`chargeproof check`",
    "load": "a load run, which is still to come",
    "rehearse": "the rehearsal console, which is still to come",
    "tests": "the project's own tests",
}
NO_CHECK = ("load", "rehearse")  # who judges the server, or people, and is no check


class Requirement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row. See the head of the TOML files for what each field means."""

    id: str
    protocol: str
    clause: str
    level: Literal["M", "R", "D"]
    party: Literal["S", "B", "P", "H"]
    text: str
    quote: str
    cases: tuple[str, ...]
    leans: tuple[str, ...]
    surface: str = ""
    needs: dict[str, tuple[str, ...]] = {}  # protocol -> the cases that only a target which claims it is judged on
    judged_by: Literal["check", "load", "rehearse", "tests"] = "check"
    tests: tuple[str, ...] = ()  # the project's own, of a row that these judge

    @property
    def judge(self) -> str:
        """Who judges it, in words."""
        return JUDGES[self.judged_by]

    @property
    def section(self) -> str:
        """Where the row stands in its document: "1.4" of EVC-1.4-b, "G" of EVC-G1."""
        tail = self.id.split("-", 1)[1]
        return tail[0] if re.fullmatch(r"[A-Z]\d+", tail) else tail.split("-")[0]


@cache
def ledger() -> dict[str, Requirement]:
    """All requirements by id, in the order of their documents."""
    rows: dict[str, Requirement] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["requirement"]:
            row = msgspec.convert({"protocol": path.stem, **table}, Requirement)
            if row.id in rows:
                raise ValueError(f"{path.name}: {row.id} stands twice")
            rows[row.id] = row
    return rows


class UnknownSelection(Exception):
    """A selection that names nothing; says what would do."""


def select(words: Iterable[str]) -> list[Requirement]:
    """The rows that the words name: "evchong", "evchong/1.4", "evchong/1", "EVC-1.4-b", "EVC-1.4". All for no word.

    Raises UnknownSelection for a word that names none.
    """
    rows = ledger()
    wanted: set[str] = set()
    words = list(words)
    for word in words:
        named = [row.id for row in rows.values() if _names(word, row)]
        if not named:
            raise UnknownSelection(_hint(word))
        wanted.update(named)
    return [row for row in rows.values() if row.id in wanted or not words]


def _names(word: str, row: Requirement) -> bool:
    protocol, _, section = word.partition("/")
    if protocol == row.protocol:
        return not section or _begins(section, row.section)
    return bool(word) and _begins(word, row.id)


def _begins(start: str, whole: str) -> bool:
    """A name begins so, and no number in it is cut in two: G1 does not begin G10."""
    follows = whole.removeprefix(start)
    return whole.startswith(start) and not (start[-1].isdigit() and follows[:1].isdigit())


def _hint(word: str) -> str:
    import difflib

    if re.fullmatch(r"[A-Z]+-X\d+", word):
        told = "it is a reading of the documents; docs/contradictions.md lists them, [readings] of a target chooses"
        return f"{word!r} names no requirement: {told}"
    rows = ledger()
    protocols = list(dict.fromkeys(row.protocol for row in rows.values()))
    sections = [f"{row.protocol}/{row.section}" for row in rows.values()]
    by_lower = {name.lower(): name for name in (*rows, *sections)}
    near = [by_lower[name] for name in difflib.get_close_matches(word.lower(), by_lower, n=3, cutoff=0.5)]
    if near:
        return f"{word!r} names no requirement: did you mean {', '.join(near)}?"
    known = f"a section such as evchong/1.4, or a protocol: {', '.join(protocols)}"
    return f"{word!r} names no requirement: say a row such as EVC-1.4-b, {known}"
