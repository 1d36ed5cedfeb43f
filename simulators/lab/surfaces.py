"""What no document defines, such as a list of orders: each verb done as the target file says.

By an HTTP request template, by a Python function of the user's, or by hand. Whatever the way, the answer is told in
our words (``surface_words``) and becomes a fact ("surface-answered"), which the rules read.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import httpx
from msgspec import Struct

from simulators.lab.surface_words import CONNECTOR_STATUSES, SURFACE_VERBS, AnswerField, number

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
    function: str = ""  # "module:function" or "/path/file.py:function"
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
    "edit_station": Surface(
        kind="http",
        method="PATCH",
        url="{base}/app/v1/stations",
        body={"stationId": "{station}", "name": "{name}"},
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


def offered(verb: str, surfaces: Mapping[str, Surface], *, ours: bool) -> Surface:
    """How a verb is done on a server of which these surfaces are described; ``ours`` has its own app API.

    Raises:
        SurfaceError: it is not described, or a person has to do it.
    """
    found = surfaces.get(verb)
    if found is None or found.kind == "reference":
        found = OWN_SURFACES.get(verb) if ours else None
    if found is None:
        raise SurfaceError(f"the target offers no surface for {verb!r}: describe it in [surfaces.{verb}]")
    if found.kind == "hand":
        raise SurfaceError(f"{verb}: done by hand; a person at the console is needed")
    return found


def fill(template: Any, arguments: Mapping[str, Any]) -> Any:
    """Put the arguments into every string of a template. Raises SurfaceError for one that is not given."""
    if isinstance(template, str):
        try:
            return template.format_map(arguments)
        except (KeyError, IndexError, ValueError) as wrong:  # the template itself may hold credentials
            raise SurfaceError(f"a template names {wrong}, given are {', '.join(arguments)}") from None
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
    """The answer under our names: ``{"items": [...]}`` for a list, the fields themselves for an object.

    What stands nowhere in an item of a list is left out of it: what a surface does not tell is no null of the server's.
    """
    found = dig(body, surface.items)
    if isinstance(found, list):
        return {"items": [_told(surface, item) for item in found]}
    if surface.items and found is None:
        raise SurfaceError(f"the answer has nothing at {surface.items!r}")
    return _told(surface, found)


def _told(surface: Surface, item: Any) -> dict[str, Any]:
    return in_our_units({name: dig(item, path) for name, path in surface.fields.items() if _stands(item, path)})


def _stands(item: Any, path: str) -> bool:
    """There is something at the path, if only a null."""
    before, _, last = path.rpartition(".")
    around = dig(item, before)
    return last in around if isinstance(around, dict) else dig(item, path) is not None


def in_our_units(told: Mapping[str, Any]) -> dict[str, Any]:
    """``energy_kwh`` as ``energy_wh``, ``started_s`` as ``started_ms``, and so on; what is no number stays as it is."""
    return dict(_in_unit(name, value) for name, value in told.items())


def _in_unit(name: str, value: Any) -> tuple[str, Any]:
    field = _FIELDS.get(name)
    if field is None:
        return name, value
    if field.unit == "_ms" and (at_ms := _moment_ms(value)) is not None:
        return field.name, at_ms
    read = number(value) if field.is_number else None
    if read is None:
        return field.name, value
    if name == field.name and isinstance(read, int):
        return name, read
    scaled = Decimal(read) * field.factor_of(name)
    return field.name, int(scaled) if scaled == scaled.to_integral_value() else float(round(scaled, 3))


_FIELDS: dict[str, AnswerField] = {name: field for verb in SURFACE_VERBS.values() for name, field in verb.names.items()}


def _moment_ms(value: Any) -> int | None:
    """Epoch milliseconds of a date with its time; without an offset it is Beijing time. None for anything else."""
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str) and len(value) >= len("2015-03-02 12:00") and number(value) is None:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    return round(moment.timestamp() * 1000)


def checked(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of a verb, with every field that it must tell; what an object leaves out is null.

    Raises:
        SurfaceError: it is no answer to this verb; says what would do.
    """
    verb = SURFACE_VERBS[name]
    if answer.get("refused"):
        if verb.lists:  # to look is no wish that an operator grants or not: a token is wrong, say
            said = f"HTTP {answer['status']}" if "status" in answer else "no list"
            raise SurfaceError(f"{name}: refused, {said}")
        return answer
    if not verb.lists:
        return {field.name: None for field in verb.answer} | answer
    items = answer.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SurfaceError(f"{name}: the answer is no list of objects; say with items where the list stands")
    for wrong in _unreadable_statuses(items) if name == "connectors" else ():
        known = ", ".join(f"{number} {meaning}" for number, meaning in CONNECTOR_STATUSES.items())
        raise SurfaceError(f"connectors: status {wrong!r} is none of {known}; a Python function can translate it")
    return answer


def _unreadable_statuses(items: list[dict[str, Any]]) -> Iterator[Any]:
    for item in items:
        status = item.get("status")
        if type(status) is not int or status not in CONNECTOR_STATUSES:  # true is no 1
            yield status


async def by_http(surface: Surface, arguments: Mapping[str, Any], client: httpx.AsyncClient) -> dict[str, Any]:
    """Send the request that the template describes; give ``{"status": ..., "items" or the fields}``."""
    url, headers, body = (fill(part, arguments) for part in (surface.url, surface.headers, surface.body))
    asked = f"{surface.method} {_host(url)}"
    try:
        answer = await _answered(client, surface.method, url, headers, body)
    except (httpx.HTTPError, OSError) as failed:  # httpx lets some errors of TLS through
        raise SurfaceError(f"{asked}: {type(failed).__name__} {failed}") from None
    if answer.status_code >= 500:
        raise SurfaceError(f"{asked}: HTTP {answer.status_code}")
    if answer.status_code not in surface.expect:
        return {"status": answer.status_code, "refused": True}
    try:
        read = in_our_words(surface, answer.json() if answer.content else {})
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise SurfaceError(f"{asked}: the answer is not JSON") from None
    return {"status": answer.status_code, "refused": False, **read}


async def _answered(
    client: httpx.AsyncClient, method: str, url: str, headers: Mapping[str, str], body: Any
) -> httpx.Response:
    """The answer; who only looks, looks again on a new connection where the server has closed the one that was kept."""
    try:
        return await client.request(method, url, headers=headers, json=body, timeout=LIMIT_S)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        if method != "GET":
            raise
    return await client.request(method, url, headers=headers, json=body, timeout=LIMIT_S)


def _host(url: str) -> str:
    """Where a request went, and no more: the rest may hold secrets, unknown to whoever judges the journal elsewhere."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}"


def by_function(surface: Surface, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call the user's function with the arguments; it gives ``{"items": [...]}`` or the fields, in our names.

    ``refused`` true says that the operator said no.
    """
    try:
        answer = _function(surface.function)(**arguments)
    except Exception as failed:  # the user's own code: whatever it does must not take the run with it
        raise SurfaceError(f"{surface.function}: {type(failed).__name__}: {failed}") from failed
    if not isinstance(answer, dict):
        raise SurfaceError(f"{surface.function} gave {type(answer).__name__}, a dict was expected")
    items = answer.get("items")
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        answer = answer | {"items": [in_our_units(_known(surface, item)) for item in items]}
    else:
        answer = in_our_units(_known(surface, answer))
    return {"refused": False, **answer}


def _known(surface: Surface, told: dict[str, Any]) -> dict[str, Any]:
    for name, value in told.items():
        if name not in _FIELDS and name not in ("refused", "items"):
            raise SurfaceError(f"{surface.function} tells {name!r}; known are {', '.join(_FIELDS)}")
        if name != "items" and not isinstance(value, str | int | float | Decimal | datetime | None):
            raise SurfaceError(f"{surface.function} tells {name} as {type(value).__name__}: text or a number would do")
    return told


def _function(named: str) -> Callable[..., Any]:
    place, _, name = named.rpartition(":")
    module = _module_at(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    found: Callable[..., Any] = getattr(module, name)
    return found


def _module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # a .py file always has one
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
