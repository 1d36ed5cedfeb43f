"""The app API of the reference is what its OpenAPI file says, and bills in whole fen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulators.clock import SteppedClock
from simulators.reference.app_api import openapi
from simulators.reference.billing import Bill, bill, flown_evenly
from simulators.world.site import Site, Tariff, TariffPeriod
from tests.unit.city_lab import CONTRACT, OPERATOR
from tests.unit.reference_calls import START_MS, Caller, calling, run

DESCRIPTION: dict[str, Any] = json.loads(openapi())


def held(method: str, path: str, status: int, body: Any) -> None:
    """Hold one answer to the description."""
    answer = DESCRIPTION["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = DESCRIPTION["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    schema = answer["content"]["application/json"]["schema"]
    Draft202012Validator(schema | {"components": DESCRIPTION["components"]}).validate(body)


async def ask(box: Caller, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    answer = await box.http.request(method.upper(), path, json=document)
    held(method, path.partition("?")[0], answer.status_code, answer.json())
    return answer.status_code, answer.json()


def test_every_answer_is_as_described(tmp_path: Path) -> None:
    """Each path, method and status of the description is asked for once, and fits it."""

    async def story() -> None:
        async with with_a_charger(tmp_path) as box:
            await box.boot()
            await box.start()
            await box.start(connector=2)
            await box.stop(2)
            asked: list[tuple[str, str, Any]] = [
                ("get", "/app/v1/orders", None),
                ("get", "/app/v1/connectors", None),
                ("post", "/app/v1/stations", {"name": "南站"}),
                ("post", "/app/v1/stations", {}),
                ("post", "/app/v1/suppliers", {"name": "Keli"}),
                ("post", "/app/v1/suppliers", []),
                ("post", "/app/v1/boxes", new_box(serial="CB-NEW")),
                ("post", "/app/v1/boxes", new_box(serial="CB-NEW", vendorId="another")),
                ("post", "/app/v1/boxes", new_box(serial="CB-NEW-2", vendorId="nobody")),
                ("post", "/app/v1/boxes", {"serial": 1}),
                ("get", "/app/v1/openapi.json", None),
                ("patch", "/app/v1/stations", {"stationId": "PLACE-1", "name": "东站"}),
                ("patch", "/app/v1/stations", {"stationId": "PLACE-0", "name": "东站"}),
                ("patch", "/app/v1/stations", {}),
                ("post", "/app/v1/charges", {"connectorId": "SOCKET-9"}),
                ("post", "/app/v1/charges", {"connectorId": "SOCKET-9"}),
                ("post", "/app/v1/charges", {"connectorId": "SOCKET-0"}),
                ("post", "/app/v1/charges", {}),
                ("get", "/app/v1/charges", None),
                ("delete", f"/app/v1/charges?chargeId={OPERATOR}202610011000000003", None),
                ("delete", f"/app/v1/charges?chargeId={OPERATOR}202610011000000001", None),
                ("delete", "/app/v1/charges", None),
            ]
            seen = {(path, method, (await ask(box, method, path, document))[0]) for method, path, document in asked}
            seen = {(path.partition("?")[0], method, status) for path, method, status in seen}
            described = {
                (path, method, int(status))
                for path, methods in DESCRIPTION["paths"].items()
                for method, operation in methods.items()
                for status in operation["responses"]
            }
            assert seen == described

    run(story())


@asynccontextmanager
async def with_a_charger(folder: Path) -> AsyncIterator[Caller]:
    """A server with a charger in which a plug is, behind a link on which nobody answers."""
    with create_server(("127.0.0.1", 0)) as silent:
        link = f"http://127.0.0.1:{silent.getsockname()[1]}"
        clock = SteppedClock(START_MS)
        async with clock.awake(), calling(folder, clock=clock, city=CONTRACT, charger_link=link) as box:
            plugged = {"charger": "SOCKET-9", "event": "plugged", "at_ms": START_MS}
            assert (await box.http.post("/private/chargers", json=plugged)).status_code == 204
            yield box


def new_box(**changes: Any) -> dict[str, Any]:
    return {"serial": "CB-1", "vendorId": "EVC-VENDOR-000001", "stationSerial": "EVC-STATION-000001"} | changes


def test_paths_served_are_paths_described(tmp_path: Path) -> None:
    """Nothing is served that the description leaves out."""

    async def story() -> None:
        async with with_a_charger(tmp_path) as box:
            served = {
                (f"/app/v1/{name}", method.lower())
                for name, methods in box.server.app_handlers().items()
                for method in methods
            }
            assert served == {(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods}
            assert (await box.http.delete("/app/v1/orders")).status_code == 405
            assert (await box.http.get("/app/v1/nothing")).status_code == 404

    run(story())


def test_a_new_station_and_a_new_box_can_be_used(tmp_path: Path) -> None:
    """Section 3: a station gets its own serial, and a box registered there boots with it and charges."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            serials = [(await ask(box, "post", "/app/v1/stations", {"name": "N"}))[1]["stationSerial"] for _ in "ab"]
            assert len(set(serials)) == 2
            assert (await box.boot("CB-1", serials[1]))["status"] == "Accepted"
            await ask(box, "post", "/app/v1/suppliers", {"name": "Keli"})
            wanted = new_box(serial="CB-9", stationSerial=serials[0], connectors=[4])
            assert await ask(box, "post", "/app/v1/boxes", wanted) == (201, {"serial": "CB-9"})
            assert (await box.boot("CB-9", serials[0]))["status"] == "Accepted"
            assert (await box.start(serial="CB-9", connector=4))["idTagInfo"]["status"] == "Accepted"

    run(story())


DAY = Tariff(
    periods=[
        TariffPeriod(start="08:00", electricity_price_e4=10_000, service_price_e4=8_000),
        TariffPeriod(start="23:00", electricity_price_e4=4_000, service_price_e4=5_000),
    ]
)
DEAR = Tariff(stations=["ST-1"], periods=[TariffPeriod(start="00:00", electricity_price_e4=99_999, service_price_e4=1)])
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("station", "start_h", "end_h", "energy_wh", "expected"),
    [
        ("ST-2", 10, 11, 1_000, Bill(100, 80)),
        ("ST-2", 22, 24, 2_000, Bill(140, 130)),
        ("ST-2", 31, 33, 2_000, Bill(140, 130)),  # 07:00 to 09:00 on the next day
        ("ST-2", 10, 58, 48_000, Bill(30 * 100 + 18 * 40, 30 * 80 + 18 * 50)),  # over two nights
        ("ST-2", 10, 10, 1_005, Bill(101, 80)),  # 100.5 fen is 101
        ("ST-2", 11, 10, 1_000, Bill(100, 80)),
        ("ST-1", 10, 11, 1_000, Bill(1000, 0)),
    ],
)
def test_a_bill_is_half_up_by_tariff_period(
    station: str, start_h: int, end_h: int, energy_wh: int, expected: Bill
) -> None:
    """Energy flows evenly; each period is priced by itself; a station's own tariff comes first."""
    midnight_ms = START_MS - 10 * HOUR_MS
    site = Site(tariffs=[DAY, DEAR])
    began_ms, ended_ms = midnight_ms + start_h * HOUR_MS, midnight_ms + end_h * HOUR_MS
    assert bill(flown_evenly(site, station, began_ms, ended_ms, energy_wh)) == expected


def test_without_a_tariff_a_charge_costs_nothing() -> None:
    """A site that named no price bills none."""
    assert bill(flown_evenly(Site(), "ST-1", START_MS, START_MS + HOUR_MS, 5_000)) == Bill(0, 0)
