"""Messages with exactly one constraint broken, made from the schemas; and the way back from a message to its case.

A case is called after its interface and field, that of an answer after "answer" too. Three groups: a mandatory field
that is missing ("query_equip_auth.ConnectorID"), a value of a wrong type, too long or outside its enumeration
("query_equip_auth.ConnectorID:length"), both CEC-ENV-g; and further constraints, of which CEC-ENV-g says nothing
("query_equip_auth.EquipAuthSeq:short").
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct

from simulators.beijing.content import DECIMALS, is_valid, values_at, violations
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.beijing.shape import LIST, Field, message_fields


class Group(StrEnum):
    """Which demand a case belongs to."""

    MISSING = "missing"
    MALFORMED = "malformed"
    FURTHER = "further"


# Keyword broken -> ending of the case; in the order in which one field's cases come.
ENDINGS = {
    "required": "",
    "type": "type",
    "maxLength": "length",
    "enum": "enum",
    "minLength": "short",
    "pattern": "form",
    "minimum": "below",
    "maximum": "above",
    "minItems": "few",
    "maxItems": "many",
    DECIMALS: "decimals",
}
MALFORMED_ENDINGS = frozenset({"type", "length", "enum"})

# Nothing that a lenient reader could turn into the right type: no number for a string, no digits for a number
# (BJ-X14), and no null, which may stand for absent (4.2).
WRONG_TYPES: dict[str, Any] = {"string": {}, "integer": "x", "number": "x", "array": "x", "object": "x"}
OUTSIDE_ENUMERATION = 77  # in none of 4.3
TOLERATED = dict.fromkeys(("StartChargeSeq", "EquipAuthSeq", "EquipBizSeq"), 32)  # 4.1: readers should take so many
NO_FORM = "x"  # neither a moment nor a day, a time or an identifier of a fixed length


class Invalid(Struct, frozen=True):
    """A content that breaks one constraint; ``constraint`` is the keyword: "required", "type", ..."""

    interface: Interface
    kind: Kind
    case: str
    group: Group
    constraint: str
    content: Content


class _Breach(Struct, frozen=True):
    """One way to break one field. ``limit`` is what the keyword allows."""

    path: str  # as in message_fields
    constraint: str
    ending: str
    limit: Any = None

    @property
    def name(self) -> str:
        """The field and, but for a missing one, how it is broken: "ConnectorID:length"."""
        return f"{self.path}:{self.ending}" if self.ending else self.path

    @property
    def group(self) -> Group:
        if not self.ending:
            return Group.MISSING
        return Group.MALFORMED if self.ending in MALFORMED_ENDINGS else Group.FURTHER


def invalid_contents(interface: Interface, kind: Kind, valid_content: Content) -> list[Invalid]:
    """Every case of a message, each made from a valid content; an optional field that it lacks is put in.

    Raises:
        ValueError: the content is not valid, or lacks an object or a list's first member to break something in.
    """
    if not is_valid(interface, kind, valid_content):
        raise ValueError(f"not a valid {interface.value} {kind.value}: {valid_content}")
    return [
        Invalid(
            interface,
            kind,
            _case(interface, kind, breach),
            breach.group,
            breach.constraint,
            _broken(valid_content, breach),
        )
        for breach in _breaches(interface, kind)
    ]


def cases(interface: Interface, kind: Kind, group: Group) -> tuple[str, ...]:
    """The cases of a message in one group, in the order of the tables."""
    return tuple(_case(interface, kind, breach) for breach in _breaches(interface, kind) if breach.group is group)


def case_of(interface: Interface, kind: Kind, content: Any) -> tuple[Group, str] | None:
    """Which case a content is; None when it breaks nothing, several constraints, or one that is no case."""
    broken = violations(interface, kind, content)
    if len(broken) != 1:
        return None
    (violation,) = broken
    return next(
        (
            (breach.group, _case(interface, kind, breach))
            for breach in _breaches(interface, kind)
            if breach.constraint == violation.keyword
            and _pattern_of(violation.path) == breach.path
            and (breach.constraint != "enum" or breach.ending == _enumeration_ending(content, violation.path))
        ),
        None,
    )


def _case(interface: Interface, kind: Kind, breach: _Breach) -> str:
    return f"{interface.value}{'.answer' if kind is Kind.ANSWER else ''}.{breach.name}"


@cache
def _breaches(interface: Interface, kind: Kind) -> tuple[_Breach, ...]:
    return tuple(breach for field in message_fields(interface, kind).values() for breach in _breaches_of(field))


def _breaches_of(field: Field) -> Iterator[_Breach]:
    if field.mandatory:
        yield _Breach(field.path, "required", "")
    for constraint, ending in ENDINGS.items():
        if constraint in field.constraints:
            yield _Breach(field.path, constraint, ending, field.constraints[constraint])
    if "enum" in field.constraints:  # which has no type beside it: a wrong one would break both
        yield _Breach(field.path, "enum", "type", field.constraints["enum"])


def _broken(valid_content: Content, breach: _Breach) -> Content:
    content = copy.deepcopy(valid_content)
    above, _, name = breach.path.rpartition(".")
    key: str | int = name
    if name.endswith(LIST):
        above, key = breach.path.removesuffix(LIST), 0
    holder = _first(content, above, breach)
    if breach.constraint == "required":
        del holder[key]
        return content
    if key == 0 and not holder:
        raise ValueError(f"no {breach.path} to break")
    holder[key] = _wrong_value(breach, holder[key] if breach.constraint in ("minItems", "maxItems") else None)
    return content


def _first(content: Content, path: str, breach: _Breach) -> Any:
    """The first value of a field, to be changed in place."""
    if not path:
        return content
    for _, value in values_at(content, path):
        return value
    raise ValueError(f"no {path} in which {breach.path} could be broken")


def _wrong_value(breach: _Breach, members: list[Any] | None) -> Any:
    limit = breach.limit
    match breach.constraint:
        case "type":
            return WRONG_TYPES[limit]
        case "enum":
            return OUTSIDE_ENUMERATION if breach.ending == "enum" else WRONG_TYPES["integer"]
        case "maxLength":
            return "x" * (max(limit, TOLERATED.get(breach.path, 0)) + 1)
        case "minLength":
            return "x" * (limit - 1)
        case "minimum":
            return limit - 1
        case "maximum":
            return limit + 1
        case "minItems" if members is not None:
            return members[: limit - 1]
        case "maxItems" if members is not None:
            return [members[0]] * (limit + 1)
        case "decimals":
            return float(f"0.{'1' * (limit + 1)}")
    return NO_FORM


def _pattern_of(path: tuple[str | int, ...]) -> str:
    """A way to a value as the path of its field: ("StationInfos", 0, "StationID") -> "StationInfos[].StationID"."""
    return "".join(LIST if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _enumeration_ending(content: Any, path: tuple[str | int, ...]) -> str:
    for step in path:
        content = content[step]
    return "enum" if isinstance(content, int) and not isinstance(content, bool) else "type"
