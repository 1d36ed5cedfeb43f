"""The fields of each message as its schema names them: what can be judged, and what can be broken.

The schema files stay the only place where fields, lengths and enumerations are written down.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import Struct

from schemas.catalogue import resolved, schema
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind

PROTOCOL = "beijing"
LIST = "[]"  # after the name of a list, in the paths of what each of its members holds

NOT_CONSTRAINTS = frozenset({"$ref", "description", "items", "properties", "required", "title", "$schema"})


class Field(Struct, frozen=True, kw_only=True):
    """One field of a message, or the members of a list.

    ``constraints`` are the keywords that its value must keep: {"type": "string", "maxLength": 26}.
    """

    path: str  # from the top of the message: "StationInfos[].StationID"; of the members of a list "StationIDs[]"
    type_name: str  # its type in types.json ("connectorId", "StationInfo", ...), else ""
    mandatory: bool
    constraints: dict[str, Any]


def schema_name(interface: Interface, kind: Kind) -> str:
    """What the schema of a message is called in the catalogue: "query_token.request"."""
    return f"{interface.value}.{'request' if kind is Kind.REQUEST else 'response'}"


@cache
def message_fields(interface: Interface, kind: Kind) -> dict[str, Field]:
    """Every field of a message at every depth, by its path, in the order of the tables."""
    _, message = resolved(PROTOCOL, schema(PROTOCOL, schema_name(interface, kind)))
    fields: dict[str, Field] = {}
    _collect(message, "", fields)
    return fields


def _collect(described: dict[str, Any], above: str, fields: dict[str, Field]) -> None:
    """Puts into ``fields`` what stands below an object or a list."""
    mandatory = described.get("required", ())
    for name, each in described.get("properties", {}).items():
        _put(f"{above}.{name}" if above else name, each, name in mandatory, fields)
    if "items" in described:
        _put(f"{above}{LIST}", described["items"], False, fields)


def _put(path: str, described: dict[str, Any], mandatory: bool, fields: dict[str, Field]) -> None:
    type_name, whole = resolved(PROTOCOL, described)
    constraints = {keyword: limit for keyword, limit in whole.items() if keyword not in NOT_CONSTRAINTS}
    fields[path] = Field(path=path, type_name=type_name, mandatory=mandatory, constraints=constraints)
    _collect(whole, path, fields)
