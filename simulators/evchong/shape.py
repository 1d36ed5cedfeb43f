"""The fields of each message as its schema names them: what the codec maps, and what can be broken.

The schema files stay the only place where fields, lengths and enumerations are written down.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct

from schemas.catalogue import resolved, schema
from simulators.evchong.messages import Service

PROTOCOL = "evchong"


class Direction(StrEnum):
    """Which way a message goes; the value is the ending of its schema's name."""

    REQUEST = "request"
    ANSWER = "response"


class Field(Struct, frozen=True, kw_only=True):
    """One field of a canonical message."""

    name: str
    type_name: str  # its type in types.json ("IdToken", "dateTime", ...), else ""
    json_type: (
        str  # of the value itself, inside the wrapper: "string", "integer", "array", "object"; "" of an enumeration
    )
    mandatory: bool
    wrapper: str  # the key inside, when the value is a wrapped string (EVC-X3), else ""
    max_length: int | None
    values: tuple[str, ...]  # of an enumeration
    fields: dict[str, Field]  # of an object, or of each object of a list


def root_key(service: Service, direction: Direction) -> str:
    """The root key of a message in the examples."""
    return service.request_root if direction is Direction.REQUEST else service.answer_root


def schema_name(service: Service, direction: Direction) -> str:
    """What the schema of a message is called in the catalogue: "deviceBoot.request"."""
    return f"{service.value}.{direction.value}"


@cache
def message_fields(service: Service, direction: Direction) -> dict[str, Field]:
    """The fields under the root key of a message, by their canonical names."""
    message = schema(PROTOCOL, schema_name(service, direction))
    return _fields(message["properties"][root_key(service, direction)])


def _fields(described: dict[str, Any]) -> dict[str, Field]:
    mandatory = described.get("required", [])
    return {name: _field(name, each, name in mandatory) for name, each in described.get("properties", {}).items()}


def _field(name: str, described: dict[str, Any], mandatory: bool) -> Field:
    type_name, whole = resolved(PROTOCOL, described)
    wrapper = _wrapper(whole)
    value = whole["properties"][wrapper] if wrapper else whole
    _, content = resolved(PROTOCOL, value["items"]) if "items" in value else ("", value)
    return Field(
        name=name,
        type_name=type_name,
        json_type=value.get("type", ""),
        mandatory=mandatory,
        wrapper=wrapper,
        max_length=value.get("maxLength"),
        values=tuple(value.get("enum", ())),
        fields=_fields(content),
    )


def _wrapper(described: dict[str, Any]) -> str:
    """The only key of an object that exists to hold one string."""
    inner = described.get("properties", {})
    if len(inner) != 1:
        return ""
    ((key, value),) = inner.items()
    return key if value.get("type") == "string" else ""
