"""The HTTP clients of the lab: an operator's surfaces by template, and the control API of a lab elsewhere."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any

import httpx
import pytest
import respx

from simulators.lab.client import ControlTransport
from simulators.lab.setting import LabError
from simulators.lab.surfaces import OWN_SURFACES, Surface, SurfaceError, by_http

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
