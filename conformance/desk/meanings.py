"""What the document's numbers stand for, in words."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from simulators.beijing.messages import CLOSED_ENUMERATIONS, OPEN_ENUMERATIONS
from simulators.beijing.shape import Field

MEANINGS: dict[str, type[IntEnum]] = {each.__name__: each for each in (*CLOSED_ENUMERATIONS, *OPEN_ENUMERATIONS)}
OWN = frozenset(each.__name__ for each in OPEN_ENUMERATIONS)  # above what the document names stands what each makes up


def meaning(value: Any, field: Field | None) -> str:
    """The name of what a number stands for; empty where there is none."""
    members = MEANINGS.get(field.type_name) if field else None
    if members is None or not isinstance(value, int) or isinstance(value, bool):
        return ""
    known = {int(member): member.name.lower().replace("_", " ") for member in members}
    own = "the operator's own" if field and field.type_name in OWN and value > max(known) else ""
    return known.get(value, own)


def with_meaning(value: Any, field: Field | None) -> str:
    """The number, and its name where it has one."""
    return f"{value} {meaning(value, field)}".rstrip()
