"""Puts what was found into a target file, and leaves the rest of it as its author wrote it.

Line by line, as no TOML writer keeps comments and layout. Whatever the edit makes of the file is read again and
compared with what it should say; a file that is written in a way that this does not understand is left alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from conformance.places import write_whole
from conformance.target_file import Mistake, TargetError

Scalar = str | int | bool
Table = tuple[str, ...]  # its path: ("pixit", "evchong", "refusal")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def with_values(text: str, tables: Mapping[Table, Mapping[str, Scalar]]) -> str:
    """The file's text with these keys set in these tables; new keys go to the end of theirs, new tables to the end.

    Raises:
        ValueError: the file would not say what it should; set them by hand.
    """
    wanted = tomllib.loads(text)
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if "\r\n" in text else "\n"
    for table, values in tables.items():
        place = wanted
        for step in table:
            place = place.setdefault(step, {})
        place.update(values)
        lines = _set(lines, table, values, ending)
    changed = "".join(lines)
    if _read(changed) != wanted:
        raise ValueError("these tables are written in a way that cannot be changed line by line; set them by hand")
    return changed


def write_values(path: Path, tables: Mapping[Table, Mapping[str, Scalar]]) -> None:
    """Set keys in a target file, in one step.

    Raises:
        TargetError: the file cannot be changed so; says what to put into it.
    """
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    try:
        changed = with_values(text, tables)
    except ValueError as refused:
        raise TargetError(str(path), [Mistake("", str(refused), f"put in:\n{as_toml(tables)}")]) from None
    if changed != text:
        there = path.resolve()  # a link stays one
        mode = there.stat().st_mode
        write_whole(there, changed)
        there.chmod(mode)


def as_toml(tables: Mapping[Table, Mapping[str, Scalar]]) -> str:
    """The tables by themselves."""
    parts = []
    for table, values in tables.items():
        parts.append("\n".join([f"[{'.'.join(table)}]", *(f"{_key(key)} = {_value(values[key])}" for key in values)]))
    return "\n\n".join(parts) + "\n"


def _set(lines: list[str], table: Table, values: Mapping[str, Scalar], ending: str) -> list[str]:
    if not values:
        return lines
    lines = list(lines)
    begin = next((number for number, line in enumerate(lines) if _header(line) == table), None)
    if begin is None:
        if inline := _inline(lines, table):
            lines[inline] = _with_inline(lines[inline], table[-1], values)
            return lines
        return [*_ended(lines, ending), ending, *_told(table, values, ending)]
    end = next((n for n in range(begin + 1, len(lines)) if _header(lines[n]) is not None), len(lines))
    left = dict(values)
    last = begin
    for number in range(begin + 1, end):
        key = _key_of(lines[number])
        last = number if key is not None else last
        if key in left:
            lines[number] = _with_value(lines[number], left.pop(key))
    if left:
        lines[last] = lines[last].rstrip("\r\n") + ending
    added = [f"{_key(key)} = {_value(value)}{ending}" for key, value in left.items()]
    return [*lines[: last + 1], *added, *lines[last + 1 :]]


def _header(line: str) -> Table | None:
    """The table that a line begins: its path, () for a list of tables; None for any other line."""
    stripped = line.strip()
    if stripped.startswith("[["):
        return ()
    found = re.fullmatch(r"\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?", stripped)
    if not found or "=" in found[1]:
        return None
    return tuple(part.strip().strip("\"'") for part in found[1].split("."))


def _key_of(line: str) -> str | None:
    found = re.match(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=""", line)
    return next((group for group in found.groups() if group), None) if found else None


def _with_value(line: str, value: Scalar) -> str:
    """The line with another value; its layout and comment stay."""
    found = re.match(r"""(\s*[^=]+=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]+)(.*)""", line, re.DOTALL)
    return f"{found[1]}{_value(value)}{found[3]}" if found else line


def _inline(lines: Sequence[str], table: Table) -> int | None:
    """The line on which a table stands as ``name = { ... }`` in the table above it."""
    inside: Table | None = None
    for number, line in enumerate(lines):
        header = _header(line)
        inside = header if header is not None else inside
        if inside == table[:-1] and _key_of(line) == table[-1]:
            return number
    return None


def _with_inline(line: str, name: str, values: Mapping[str, Scalar]) -> str:
    found = re.match(r"(\s*[^=]+=\s*)\{[^{}]*\}(.*)", line, re.DOTALL)
    told = ", ".join(f"{_key(key)} = {_value(value)}" for key, value in values.items())
    return f"{found[1]}{{ {told} }}{found[2]}" if found else line


def _told(table: Table, values: Mapping[str, Scalar], ending: str) -> list[str]:
    return [line + ending for line in as_toml({table: values}).splitlines()]


def _ended(lines: list[str], ending: str) -> list[str]:
    """The lines, the last of them with its end."""
    return lines if not lines or lines[-1].endswith(("\n", "\r")) else [*lines[:-1], lines[-1] + ending]


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Scalar) -> str:
    return json.dumps(value, ensure_ascii=False)  # of strings, numbers and truth values TOML writes the same


def _read(text: str) -> dict[str, Any] | None:
    try:
        return deepcopy(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return None
