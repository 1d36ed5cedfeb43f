"""The HTTP clients of the lab: an operator's surfaces by template, and the control API of a lab elsewhere."""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from simulators.lab.client import ControlTransport
from simulators.lab.setting import LabError
from simulators.lab.surfaces import (
    OWN_SURFACES,
    Surface,
    SurfaceError,
    by_function,
    by_http,
    checked,
    in_our_units,
    offered,
)

BASE = "https://operator.test"
ORDERS = Surface(
    kind="http",
    method="GET",
    url="{base}/admin/orders?box={box}",
    headers={"Authorization": "Bearer T"},
    items="data.list",
    fields={
        "id": "no",
        "connector": "gun",
        "started_s": "begin",
        "ended_ms": "end",
        "energy_kwh": "kwh",
        "total_yuan": "yuan",
    },
)


def use(surface: Surface, **arguments: Any) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await by_http(surface, {"base": BASE, **arguments}, client)

    return asyncio.run(ask())


@respx.mock
def test_a_list_comes_in_our_words_and_units() -> None:
    """kWh to Wh, yuan to fen, seconds and ISO times to milliseconds, connector numbers to integers."""
    order = {
        "no": "O-1",
        "gun": "2",
        "begin": 1790820000.5,
        "end": "2026-10-01 10:30:00",
        "kwh": 12.34,
        "yuan": "18.51",
    }
    route = respx.get(f"{BASE}/admin/orders", params={"box": "CB-1"}).respond(json={"data": {"list": [order]}})
    assert use(ORDERS, box="CB-1") == {
        "status": 200,
        "refused": False,
        "items": [
            {
                "id": "O-1",
                "connector": 2,
                "started_ms": 1790820000500,
                "ended_ms": 1790821800000,
                "energy_wh": 12340,
                "total_fen": 1851,
            }
        ],
    }
    assert route.calls.last.request.headers["Authorization"] == "Bearer T"


@respx.mock
def test_what_is_not_told_is_left_out_and_a_null_is_a_null() -> None:
    """A wrong path, or a field that the operator leaves out, is no statement of the server's."""
    respx.get(f"{BASE}/admin/orders").respond(json={"data": {"list": [{"no": "O-1", "end": None, "kwh": "much"}]}})
    assert use(ORDERS, box="CB-1")["items"] == [{"id": "O-1", "ended_ms": None, "energy_wh": "much"}]


@pytest.mark.parametrize(
    ("told", "ours"),
    [
        ({"started_ms": "1790820000500"}, {"started_ms": 1790820000500}),
        ({"started_ms": 1790820000500.0}, {"started_ms": 1790820000500}),
        ({"started_s": "1790820000.5"}, {"started_ms": 1790820000500}),
        ({"started_s": "2026-10-01T02:00:00Z"}, {"started_ms": 1790820000000}),
        ({"ended_ms": "2026-10-01 10:00:00"}, {"ended_ms": 1790820000000}),
        ({"ended_s": datetime(2026, 10, 1, 2, tzinfo=UTC)}, {"ended_ms": 1790820000000}),
        ({"started_s": "1790820000500000"}, {"started_ms": 1790820000500000000}),
        ({"started_s": "soon, or a little later"}, {"started_ms": "soon, or a little later"}),
        ({"energy_wh": "1000.5"}, {"energy_wh": 1000.5}),
        ({"energy_kwh": Decimal("0.001")}, {"energy_wh": 1}),
        ({"total_yuan": None}, {"total_fen": None}),
        ({"connector": "2"}, {"connector": 2}),
        ({"connector": "left"}, {"connector": "left"}),
        ({"id": "007", "card": "0012"}, {"id": "007", "card": "0012"}),
    ],
)
def test_units_are_converted_and_numbers_read(told: dict[str, Any], ours: dict[str, Any]) -> None:
    """In any spelling; what is no number stays as it was told, for the rules to name."""
    assert in_our_units(told) == ours


@respx.mock
def test_a_template_fills_the_body() -> None:
    """The small app API of the reference: a box is registered with the arguments given."""
    route = respx.post(f"{BASE}/app/v1/boxes").respond(201, json={})
    use(OWN_SURFACES["register_box"], box="CB-9", vendor_id="V-1", station="ST-1")
    assert json.loads(route.calls.last.request.content) == {
        "serial": "CB-9",
        "vendorId": "V-1",
        "stationSerial": "ST-1",
        "connectors": [1],
    }


@respx.mock
def test_a_4xx_is_a_refusal_and_a_5xx_is_no_answer() -> None:
    """The operator said no; or its surface is broken, and the rows that need it stay open."""
    route = respx.post(f"{BASE}/app/v1/boxes")
    route.respond(409)
    asked = {"box": "CB-9", "vendor_id": "V-1", "station": "ST-1"}
    assert use(OWN_SURFACES["register_box"], **asked) == {"status": 409, "refused": True}
    route.respond(503)
    with pytest.raises(SurfaceError, match="HTTP 503"):
        use(OWN_SURFACES["register_box"], **asked)


@respx.mock
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"content": b"<html>"}, "the answer is not JSON"),
        ({"json": {"data": {}}}, "has nothing at 'data.list'"),
    ],
)
def test_an_answer_of_another_shape_says_so(answer: dict[str, Any], words: str) -> None:
    """Whoever wrote the template reads what was found instead."""
    respx.get(f"{BASE}/admin/orders").respond(**answer)
    with pytest.raises(SurfaceError, match=words):
        use(ORDERS, box="CB-1")


@respx.mock
@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), ssl.SSLError("alert")])
def test_a_surface_that_cannot_be_reached_says_why(trouble: Exception) -> None:
    """No traceback: the row is open for this reason."""
    respx.get(f"{BASE}/admin/orders").mock(side_effect=trouble)
    with pytest.raises(SurfaceError, match=type(trouble).__name__):
        use(ORDERS, box="CB-1")


def test_a_template_that_names_nothing_given_says_so() -> None:
    """Before anything is sent."""
    with pytest.raises(SurfaceError, match="names 'box'"):
        use(ORDERS)


# Python functions

OPERATOR = """
from decimal import Decimal
def orders():
    return {"items": [{"id": 7, "started_s": "1790820000", "energy_kwh": Decimal("1.5")}]}
def create_station(name):
    return {"station": "ST-" + name}
def register_box(box, vendor_id, station):
    return {"refused": True}
def misspelt():
    return {"items": [{"energie_wh": 1}]}
def odd():
    return {"items": [{"id": object()}]}
def nothing():
    return None
def broken():
    return 1 / 0
"""


@pytest.fixture
def operator(tmp_path: Path) -> Path:
    """A file with functions as a user writes them."""
    (tmp_path / "my_operator.py").write_text(OPERATOR, encoding="utf-8")
    return tmp_path / "my_operator.py"


def called(file: Path, function: str, /, **arguments: Any) -> dict[str, Any]:
    return by_function(Surface(kind="python", function=f"{file}:{function}"), arguments)


def test_a_function_in_a_file_tells_in_our_words_and_units(operator: Path) -> None:
    """It is called with what the verb is given, and may say that the operator refused."""
    order = {"id": 7, "started_ms": 1790820000000, "energy_wh": 1500}
    assert called(operator, "orders") == {"refused": False, "items": [order]}
    assert called(operator, "create_station", name="9") == {"refused": False, "station": "ST-9"}
    assert called(operator, "register_box", box="B", vendor_id="V", station="S") == {"refused": True}


def test_a_function_in_a_module_is_found_as_python_finds_it(operator: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(operator.parent))
    surface = Surface(kind="python", function="my_operator:create_station")
    assert by_function(surface, {"name": "9"}) == {"refused": False, "station": "ST-9"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("misspelt", "tells 'energie_wh'; known are id, transaction_id, "),
        ("odd", "tells id as object: text or a number would do"),
        ("nothing", "gave NoneType, a dict was expected"),
        ("broken", "ZeroDivisionError: division by zero"),
        ("missing", "AttributeError: .*missing"),
    ],
)
def test_a_function_that_gives_something_else_says_so(operator: Path, name: str, words: str) -> None:
    """Whatever a user's own code does, the run goes on, and the rows say why they are open."""
    with pytest.raises(SurfaceError, match=words):
        called(operator, name)


# What is no answer


@pytest.mark.parametrize("told", [{}, {"items": None}, {"items": {}}, {"items": [1]}, {"station": "ST-1"}])
def test_orders_that_are_no_list_are_no_answer(told: dict[str, Any]) -> None:
    with pytest.raises(SurfaceError, match="orders: the answer is no list of objects; say with items where"):
        checked("orders", {"refused": False, **told})


@pytest.mark.parametrize("status", ["CHARGING", 5, None, True, 3.5, []])
def test_a_status_that_is_none_of_the_numbers_is_no_answer(status: Any) -> None:
    """Of a connector in another's words nothing can be said, and the server is not to blame for it."""
    with pytest.raises(SurfaceError, match=r"connectors: status .* is none of 0 offline, 1 idle, .* 255 faulted; a Py"):
        checked("connectors", {"refused": False, "items": [{"box": "CB-1", "connector": 1, "status": status}]})


def test_what_an_object_leaves_out_is_null_and_a_refusal_is_taken_as_it_is() -> None:
    assert checked("create_station", {"refused": False}) == {"refused": False, "station": None}
    assert checked("register_box", {"refused": True, "status": 409}) == {"refused": True, "status": 409}
    full = {"refused": False, "items": [{"status": number} for number in (0, 1, 2, 3, 4, 255)]}
    assert checked("connectors", full) == full


def test_what_is_not_offered_says_how_to_offer_it() -> None:
    """``ours``: the app API of the server inside the suite stands behind every verb that it has."""
    hand = {"orders": Surface(kind="hand"), "connectors": Surface(kind="reference")}
    with pytest.raises(SurfaceError, match=r"describe it in \[surfaces\.create_station\]"):
        offered("create_station", {}, ours=False)
    with pytest.raises(SurfaceError, match="orders: done by hand; a person at the console is needed"):
        offered("orders", hand, ours=True)
    with pytest.raises(SurfaceError, match=r"describe it in \[surfaces\.connectors\]"):
        offered("connectors", hand, ours=False)
    assert offered("connectors", hand, ours=True) == OWN_SURFACES["connectors"]


@pytest.mark.parametrize(("told", "words"), [({"status": 401}, "HTTP 401"), ({}, "no list")])
def test_a_list_that_is_refused_is_no_answer(told: dict[str, Any], words: str) -> None:
    """A wrong token is the tester's, and the rows that need the list say so."""
    with pytest.raises(SurfaceError, match=f"orders: refused, {words}"):
        checked("orders", {"refused": True, **told})


# The control API


@respx.mock
def test_a_verb_travels_with_its_token() -> None:
    """To the control API of a lab in another process, and its answer back."""
    route = respx.post("http://127.0.0.1:9/verbs/time.now").respond(json={"now_ms": 5})
    transport = ControlTransport("http://127.0.0.1:9/", "secret")
    assert transport.ask("time.now", {"a": 1}) == {"now_ms": 5}
    request = route.calls.last.request
    assert (request.headers["Authorization"], json.loads(request.content)) == ("Bearer secret", {"a": 1})
    route.respond(409, text="no verb")
    with pytest.raises(LabError, match=r"time\.now: the lab answered 409: no verb"):
        transport.ask("time.now", {})
