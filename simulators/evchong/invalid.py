"""Requests with exactly one constraint broken, made from the schemas; and the way back from a fault to its case.

A case is called after its service and field. Two groups: a mandatory field that is missing
("deviceBoot.chargeBoxSerialNumber", EVC-G6), and a value that breaks a constraint ("deviceBoot.iccid:length",
EVC-G7).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from schemas.catalogue import validator
from simulators.evchong.decoded import Fault
from simulators.evchong.messages import Canonical, Service
from simulators.evchong.shape import PROTOCOL, Direction, Field, message_fields, schema_name

MISSING = "missing"
MALFORMED = "malformed"

# Mandatory in 1.7, but what a server makes of their absence are rows of their own (EVC-1.7-b, -d; EVC-X18).
MISSING_ELSEWHERE = frozenset({"vendorId", "vendorErrorCode"})

# In the examples of 1.5 and 1.6 only: no table makes them strings, so a server may pass over them (EVC-X7).
IN_EXAMPLES_ONLY = frozenset({"location", "context", "format"})

ENDINGS = {"maxLength": "length", "type": "type", "enum": "enum"}  # keyword broken -> ending of the case

WRONG_TYPES: dict[str, Any] = {"string": 5, "integer": "x", "array": "x", "object": "x"}
OUTSIDE_ENUMERATION = "NoSuchValue"


class Invalid(Struct, frozen=True):
    """A request that breaks one constraint. ``constraint`` is the keyword of JSON Schema: "required", "type", ..."""

    service: Service
    case: str
    constraint: str
    canonical: Canonical


class _Breach(Struct, frozen=True):
    """One way to break one field; ``path`` are canonical names without list positions."""

    path: tuple[str, ...]
    constraint: str
    wrapper: str = ""
    value: Any = None

    @property
    def name(self) -> str:
        """The field and, but for a missing one, how it is broken: "iccid:length"."""
        field = ".".join(self.path)
        return field if self.constraint == "required" else f"{field}:{ENDINGS[self.constraint]}"


def invalid_requests(service: Service, valid_canonical: Canonical) -> list[Invalid]:
    """Every case of a service, each made from a valid request; an optional field that it lacks is put in.

    Raises:
        ValueError: the request is not valid, or has an empty list of samples, of which none can be broken.
    """
    if not validator(PROTOCOL, schema_name(service, Direction.REQUEST)).is_valid(valid_canonical):
        raise ValueError(f"not a valid {service.value} request: {valid_canonical}")
    return [
        Invalid(service, f"{service.value}.{breach.name}", breach.constraint, _broken(service, valid_canonical, breach))
        for breach in _breaches(service)
    ]


def missing_cases(service: Service) -> tuple[str, ...]:
    """Cases of EVC-G6: each mandatory field of a service."""
    return tuple(f"{service.value}.{breach.name}" for breach in _breaches(service) if breach.constraint == "required")


def malformed_cases(service: Service) -> tuple[str, ...]:
    """Cases of EVC-G7: each constraint on a field of a service."""
    return tuple(f"{service.value}.{breach.name}" for breach in _breaches(service) if breach.constraint != "required")


def case_of(faults: Sequence[Fault], service: Service) -> tuple[str, str] | None:
    """Which case a decoded request is: ("missing" or "malformed", case).

    None when it has no fault or several, or one that is no case of the two groups (not JSON, another reading, a
    field that other rows own).
    """
    if len(faults) != 1:
        return None
    return _cases(service).get((faults[0].path, faults[0].kind))


@cache
def _cases(service: Service) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (".".join(breach.path), breach.constraint): (
            MISSING if breach.constraint == "required" else MALFORMED,
            f"{service.value}.{breach.name}",
        )
        for breach in _breaches(service)
    }


@cache
def _breaches(service: Service) -> tuple[_Breach, ...]:
    return tuple(_breaches_of(message_fields(service, Direction.REQUEST), ()))


def _breaches_of(fields: dict[str, Field], above: tuple[str, ...]) -> Iterator[_Breach]:
    for field in fields.values():
        path = (*above, field.name)
        if field.name in IN_EXAMPLES_ONLY:
            continue
        if field.mandatory and field.name not in MISSING_ELSEWHERE:
            yield _Breach(path, "required")
        if field.max_length is not None:
            yield _Breach(path, "maxLength", field.wrapper, "x" * (field.max_length + 1))
        if field.values:
            yield _Breach(path, "enum", field.wrapper, OUTSIDE_ENUMERATION)
        else:
            yield _Breach(path, "type", field.wrapper, WRONG_TYPES[field.json_type])
        yield from _breaches_of(field.fields, path)


def _broken(service: Service, valid_canonical: Canonical, breach: _Breach) -> Canonical:
    canonical = copy.deepcopy(valid_canonical)
    holder: Any = canonical[service.request_root]
    for name in breach.path[:-1]:
        holder = _first_object(holder[name], breach)
    if breach.constraint == "required":
        del holder[breach.path[-1]]
    else:
        holder[breach.path[-1]] = {breach.wrapper: breach.value} if breach.wrapper else breach.value
    return canonical


def _first_object(value: Any, breach: _Breach) -> Any:
    if value == []:
        raise ValueError(f"no sample in which {breach.name} could be broken")
    return value[0] if isinstance(value, list) else value
