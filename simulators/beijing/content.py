"""Whether the decrypted Data of a message is as its tables say (CEC-ENV-m): the schema, and how many decimals it has.

Decimals are judged here, for a float's sake. ``multipleOf: 0.01`` is judged by binary division in ``jsonschema``,
which refuses a third of all amounts (0.29 / 0.01 is 28.999999999999996), and by decimal text in ``jsonschema-rs``,
which refuses none. So the schema files say ``decimals: 2``, a keyword that both pass over, and what counts is the
shortest decimal number that reads back as the same float: up to 15 digits that is what the sender wrote.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from schemas.catalogue import Violation, explain, validator
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.beijing.shape import LIST, PROTOCOL, message_fields, schema_name

DECIMALS = "decimals"  # the keyword in the schema files, and in violations

Path = tuple[str | int, ...]


def is_valid(interface: Interface, kind: Kind, content: Any) -> bool:
    """Whether a content breaks nothing; fast."""
    if not validator(PROTOCOL, schema_name(interface, kind)).is_valid(content):
        return False
    return next(_surplus_decimals(interface, kind, content), None) is None


def violations(interface: Interface, kind: Kind, content: Any) -> tuple[Violation, ...]:
    """Every constraint that a content breaks, in words; empty for a valid one. Slow: ask ``is_valid`` first."""
    worded = explain(PROTOCOL, schema_name(interface, kind), content)
    return (*worded, *_surplus_decimals(interface, kind, content))


def without_nulls(interface: Interface, kind: Kind, content: Content) -> Content:
    """A content as readers take it, to whom null in an optional field is the field left out (cec102 4.2, 9).

    In a mandatory field, and in one that no table has, it stays.
    """
    told: Content = _without_nulls(content, "", _optional(interface, kind))
    return told


def decimals_of(number: float) -> int:
    """How many decimals the shortest writing of a finite number has: 2 of 21.73, 0 of 5.0 and of 1e300."""
    digits = Decimal(repr(number)).normalize()
    return max(0, -int(digits.as_tuple().exponent))


def values_at(content: Any, path: str) -> Iterator[tuple[Path, Any]]:
    """Every value of a field, with the way to it; ``path`` as in ``message_fields``.

    Nothing where the way does not exist or leads through something else than objects and lists.
    """
    steps = path.replace(LIST, f".{LIST}").split(".")
    found: list[tuple[Path, Any]] = [((), content)]
    for step in steps:
        found = [((*way, key), value) for way, holder in found for key, value in _below(holder, step)]
    yield from found


def _below(holder: Any, step: str) -> list[tuple[str | int, Any]]:
    if step == LIST:
        return list(enumerate(holder)) if isinstance(holder, list) else []
    return [(step, holder[step])] if isinstance(holder, dict) and step in holder else []


def _without_nulls(value: Any, path: str, optional: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each, f"{path}{LIST}", optional) for each in value]
    if not isinstance(value, dict):
        return value
    below = {name: f"{path}.{name}" if path else name for name in value}
    return {
        name: _without_nulls(each, below[name], optional)
        for name, each in value.items()
        if each is not None or below[name] not in optional
    }


def _surplus_decimals(interface: Interface, kind: Kind, content: Any) -> Iterator[Violation]:
    for path, most in _limited(interface, kind):
        for way, value in values_at(content, path):
            if isinstance(value, float) and math.isfinite(value) and decimals_of(value) > most:
                yield Violation(way, DECIMALS, f"at most {most} decimals", repr(value))


@cache
def _optional(interface: Interface, kind: Kind) -> frozenset[str]:
    """The fields that may be left out; a member of a list is none."""
    fields = message_fields(interface, kind)
    return frozenset(path for path, field in fields.items() if not field.mandatory and not path.endswith(LIST))


@cache
def _limited(interface: Interface, kind: Kind) -> tuple[tuple[str, int], ...]:
    """The fields whose decimals are counted, with the most that they may have."""
    return tuple(
        (field.path, field.constraints[DECIMALS])
        for field in message_fields(interface, kind).values()
        if DECIMALS in field.constraints
    )
