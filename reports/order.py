"""The order in which rows and sections are listed, on every page alike: that of the documents, 1.1.2 before 1.1.10."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.verdict import Verdict

Key = tuple[bool, tuple[int, ...]]


def natural(section: str) -> Key:
    """Numbered sections by their numbers, after them the named ones, which keep the order that they came in."""
    numbers = tuple(int(number) for number in section.split(".")) if re.fullmatch(r"\d+(\.\d+)*", section) else ()
    return not numbers, numbers


def by_section(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], list[Verdict]]:
    """Verdicts by protocol and section; what a document says before its first number stands first."""
    found: dict[str, dict[str, list[Verdict]]] = {}
    for verdict in verdicts:
        row = verdict.requirement
        found.setdefault(row.protocol, {}).setdefault(row.section, []).append(verdict)
    return {
        (protocol, section): sections[section]
        for protocol, sections in found.items()
        for section in _sorted(list(sections))
    }


def _sorted(sections: list[str]) -> list[str]:
    first = next((at for at, section in enumerate(sections) if not natural(section)[0]), len(sections))
    return sections[:first] + sorted(sections[first:], key=natural)
