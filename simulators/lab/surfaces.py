"""What no document defines, such as a list of orders: each verb done as the target file says.

By an HTTP request template, by a Python function of the user's, or by hand. Whatever the way, the answer is told in
our words and becomes a fact ("surface-answered"), which the rules read.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import httpx
from msgspec import Struct

LIMIT_S = 10.0
BEIJING = timezone(timedelta(hours=8))


class SurfaceError(Exception):
    """A surface could not be used; the rows that need it stay open for this reason."""


class Surface(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one verb is done. Templates name arguments as ``{box}``; ``{base}`` is the server's own base URL.

    ``items`` is the dotted path to the list (or object) in the answer, ``fields`` maps our names to dotted paths of
    theirs. Our names carry their unit; ``energy_kwh``, ``total_yuan``, ``started_s`` and their kin are converted.
    """

    kind: Literal["http", "python", "hand", "reference"]
    method: str = "POST"
    url: str = ""
    headers: dict[str, str] = {}
    body: Any = None  # JSON, with {placeholders} in its strings
    items: str = ""
    fields: dict[str, str] = {}
    expect: tuple[int, ...] = (200, 201)
    function: str = ""  # "module:function"
    prompt: str = ""  # what a person is asked to do

    def __repr__(self) -> str:
        return f"Surface(kind={self.kind!r})"  # headers and body hold credentials


_ORDER_FIELDS = {
    "id": "orderId",
    "transaction_id": "transactionId",
    "box": "boxSerial",
    "connector": "connectorId",
    "card": "idToken",
    "started_ms": "startedAt",
    "ended_ms": "endedAt",
    "energy_wh": "energyWh",
    "electricity_fen": "electricityFen",
    "service_fen": "serviceFen",
    "total_fen": "totalFen",
    "state": "state",
}

OWN_SURFACES: dict[str, Surface] = {
    "orders": Surface(kind="http", method="GET", url="{base}/app/v1/orders", items="orders", fields=_ORDER_FIELDS),
    "connectors": Surface(
        kind="http",
        method="GET",
        url="{base}/app/v1/connectors",
        items="connectors",
        fields={"box": "boxSerial", "connector": "connectorId", "status": "status"},
    ),
    "create_station": Surface(
        kind="http", url="{base}/app/v1/stations", body={"name": "{name}"}, fields={"station": "stationSerial"}
    ),
    "create_supplier": Surface(
        kind="http", url="{base}/app/v1/suppliers", body={"name": "{name}"}, fields={"vendor_id": "vendorId"}
    ),
    "register_box": Surface(
        kind="http",
        url="{base}/app/v1/boxes",
        body={"serial": "{box}", "vendorId": "{vendor_id}", "stationSerial": "{station}", "connectors": [1]},
    ),
}
"""The small app API of the embedded reference."""

_FACTORS = {
    "_kwh": ("_wh", Decimal(1000)),
    "_yuan": ("_fen", Decimal(100)),
    "_s": ("_ms", Decimal(1000)),
}


def fill(template: Any, arguments: Mapping[str, Any]) -> Any:
    """Put the arguments into every string of a template. Raises SurfaceError for one that is not given."""
    if isinstance(template, str):
        try:
            return template.format_map(arguments)
        except (KeyError, IndexError, ValueError) as wrong:
            raise SurfaceError(f"template {template!r} names {wrong}, given are {', '.join(arguments)}") from None
    if isinstance(template, dict):
        return {key: fill(value, arguments) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, arguments) for value in template]
    return template


def dig(tree: Any, path: str) -> Any:
    """The value at a dotted path, None where there is none; the empty path is the tree itself."""
    for step in path.split(".") if path else []:
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree


def in_our_words(surface: Surface, body: Any) -> dict[str, Any]:
    """The answer under our names: ``{"items": [...]}`` for a list, the fields themselves for an object."""
    found = dig(body, surface.items)
    if isinstance(found, list):
        return {"items": [_translate(surface, item) for item in found]}
    if surface.items and found is None:
        raise SurfaceError(f"the answer has nothing at {surface.items!r}")
    return _translate(surface, found)


def _translate(surface: Surface, item: Any) -> dict[str, Any]:
    ours: dict[str, Any] = {}
    for name, path in surface.fields.items():
        value = dig(item, path)
        for unit, (canonical, factor) in _FACTORS.items():
            if name.endswith(unit) and not name.endswith("_ms"):
                name, value = (
                    name.removesuffix(unit) + canonical,
                    _scaled(_moment_s(value) if unit == "_s" else value, factor),
                )
                break
        if name.endswith("_ms") and isinstance(value, str):
            value = (
                _scaled(_moment_s(value), Decimal(1000)) if _moment_s(value) != value else _scaled(value, Decimal(1))
            )
        ours[name] = int(value) if name == "connector" and isinstance(value, str) and value.isdecimal() else value
    return ours


def _moment_s(value: Any) -> Any:
    """Epoch seconds of a date with its time in text; without an offset it is Beijing time. Anything else as it is."""
    if not isinstance(value, str) or len(value) < len("2015-03-02 12:00"):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    moment = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    return Decimal(round(moment.timestamp() * 1000)) / 1000


def _scaled(value: Any, factor: Decimal) -> Any:
    if value is None or isinstance(value, bool):
        return value
    try:
        scaled = Decimal(str(value)) * factor
    except InvalidOperation:
        return value
    return int(scaled) if scaled == scaled.to_integral_value() else float(round(scaled, 3))


async def by_http(surface: Surface, arguments: Mapping[str, Any], client: httpx.AsyncClient) -> dict[str, Any]:
    """Send the request that the template describes; give ``{"status": ..., "items" or the fields}``."""
    url, headers, body = (fill(part, arguments) for part in (surface.url, surface.headers, surface.body))
    try:
        answer = await client.request(surface.method, url, headers=headers, json=body, timeout=LIMIT_S)
    except (httpx.HTTPError, OSError) as failed:  # httpx lets some errors of TLS through
        raise SurfaceError(f"{surface.method} {url}: {type(failed).__name__} {failed}") from None
    if answer.status_code >= 500:
        raise SurfaceError(f"{surface.method} {url}: HTTP {answer.status_code}")
    if answer.status_code not in surface.expect:
        return {"status": answer.status_code, "refused": True}
    try:
        read = in_our_words(surface, answer.json() if answer.content else {})
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise SurfaceError(f"{surface.method} {url}: the answer is not JSON") from None
    return {"status": answer.status_code, "refused": False, **read}


def by_function(surface: Surface, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call the user's function with the arguments; it gives what ``in_our_words`` would."""
    module, _, name = surface.function.partition(":")
    try:
        answer = getattr(importlib.import_module(module), name)(**arguments)
    except Exception as failed:  # the user's own code: whatever it does must not take the run with it
        raise SurfaceError(f"{surface.function}: {type(failed).__name__}: {failed}") from failed
    if not isinstance(answer, dict):
        raise SurfaceError(f"{surface.function} gave {type(answer).__name__}, a dict was expected")
    return {"refused": False, **answer}
