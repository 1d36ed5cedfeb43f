"""What is printed to be copied works: the example target file, and the page that tells how to write one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.asked import Asked
from conformance.foresight import foresee
from conformance.scenario import Scenario, scenarios_of
from conformance.target import Target
from simulators.lab.surface_words import SURFACE_VERBS
from simulators.lab.surfaces import Surface, by_function, by_http, checked
from tests.unit.reference_calls import START_MS, Caller, calling, run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "target-profile.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "targets" / "example.toml").read_text(encoding="utf-8")
KEYS = ("OPERATOR_SECRET", "DATA_SECRET", "DATA_SECRET_IV", "SIG_SECRET")
ENVIRON = {"ADMIN_TOKEN": "s3cret"} | {f"{whose}_{key}": f"{key:x<16}" for whose in ("CITY", "OWN") for key in KEYS}
MOST_LINES = 40
NO_CHARGER = "the target has no charger of the lab's own"
PUSHED = ("BJ-1.1.13-a", "BJ-2.2.1-b", "BJ-SEQ")

ORDER = {
    "id": "1",
    "transaction_id": 1,
    "box": "CB-1",
    "connector": 1,
    "card": "VALID",
    "started_ms": START_MS,
    "ended_ms": START_MS + 3_600_000,
    "energy_wh": 1230,
    "total_fen": 2214,
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def uncommented() -> str:
    """The example with every part of it in use: a comment of one ``#`` is a part, of two it is prose."""
    return "\n".join(line.removeprefix("# ") for line in EXAMPLE.splitlines()[3:])


def loaded(folder: Path, text: str) -> Target:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return Target.load(folder / "mine.toml", ENVIRON)


async def used(caller: Caller, surfaces: Mapping[str, Surface], verb: str, /, **arguments: Any) -> dict[str, Any]:
    return checked(verb, await by_http(surfaces[verb], {"base": caller.server.base_url, **arguments}, caller.http))


async def charged(box: Caller) -> None:
    await box.boot()
    started = await box.start()
    await box.stop(started["transactionId"], energy="1.23")


def test_the_surfaces_of_the_example_are_answered(tmp_path: Path) -> None:
    """By the app API of the reference: all verbs that scenarios use, their templates filled, their fields there."""
    surfaces = loaded(tmp_path, uncommented()).surfaces
    assert set(surfaces) == {name for name, verb in SURFACE_VERBS.items() if verb.arguments is not None}

    async def story() -> None:
        async with calling(tmp_path) as box:
            await charged(box)
            (order,) = (await used(box, surfaces, "orders"))["items"]
            shown = (await used(box, surfaces, "connectors"))["items"]
            vendor = (await used(box, surfaces, "create_supplier", name="Keli"))["vendor_id"]
            station = (await used(box, surfaces, "create_station", name="南站"))["station"]
            new = {"box": "CB-NEW", "vendor_id": vendor, "station": station}
            first, second = [await used(box, surfaces, "register_box", **new) for _ in range(2)]
        assert order.keys() == ORDER.keys()
        assert {"box": "CB-1", "connector": 1, "status": 1} in shown
        assert (first["refused"], second["refused"]) == (False, True)

    run(story())


def test_the_example_lacks_nothing_that_a_scenario_needs(tmp_path: Path) -> None:
    """With every part of it in use, each scenario can be played to its end."""
    loaded(tmp_path, uncommented())
    stage = Asked(target=str(tmp_path / "mine.toml")).stage(ENVIRON)
    lacking = {scenario.name: foresee(stage, scenario).lacks for scenario in scenarios_of("evchong")}
    assert {name: lacks for name, lacks in lacking.items() if lacks} == {}


def test_the_target_file_of_the_page_is_short_and_leads_to_a_bill(tmp_path: Path) -> None:
    """Its orders are those of the reference, and nothing is missing for what EVC-1.6-c and EVC-SEQ demand."""
    text = blocks("toml")[0]
    assert len(text.splitlines()) <= MOST_LINES
    target = loaded(tmp_path, text)

    async def story() -> dict[str, Any]:
        async with calling(tmp_path) as box:
            await charged(box)
            (order,) = (await used(box, target.surfaces, "orders"))["items"]
            return dict(order)

    order = run(story())
    assert order == {name: value for name, value in ORDER.items() if name in order} | {"ended_ms": order["ended_ms"]}
    assert {"transaction_id", "started_ms", "ended_ms", "energy_wh", "card"} <= order.keys()
    stage = Asked(target=str(tmp_path / "mine.toml")).stage(ENVIRON)
    billing = [each for each in scenarios_of("evchong") if is_for(each, "EVC-1.6-c", "EVC-SEQ") and playable(each)]
    assert len(billing) >= 2
    assert [foresee(stage, scenario).lacks for scenario in billing] == ["" for _ in billing]


def test_the_city_file_of_the_page_is_short_and_asks_what_can_be_asked(tmp_path: Path) -> None:
    """Nothing can be moved: what needs a box or a charger says so, and each question has a scenario without."""
    text = blocks("toml")[2]
    assert len(text.splitlines()) <= MOST_LINES
    target = loaded(tmp_path, text)
    stage = Asked(target=str(tmp_path / "mine.toml")).stage(ENVIRON)
    asking = [each for each in scenarios_of("beijing") if each.effects <= target.effects]
    lacking = {each.name: foresee(stage, each).lacks for each in asking}
    assert {each.split(" ")[1] for each in lacking.values() if each} == {"[[pixit.beijing.connector]]", "target"}
    played = {row for each in asking if not lacking[each.name] for row in each.rows}
    assert played >= {f"BJ-1.1.{number}-a" for number in (1, 3, 4, 6, 16)}


def test_the_city_file_of_the_page_with_a_box_has_its_pushes(tmp_path: Path) -> None:
    """The second block goes below the first: a charge by card is told of; what needs a charger as well says so."""
    text = blocks("toml")[2].replace('"faults"]', '"faults", "opens-session", "bills"]') + blocks("toml")[3]
    loaded(tmp_path, text)
    stage = Asked(target=str(tmp_path / "mine.toml")).stage(ENVIRON)
    lacking = {each: foresee(stage, each).lacks for each in scenarios_of("beijing") if is_for(each, *PUSHED)}
    assert {row for each, lacks in lacking.items() if not lacks for row in each.rows} == {"BJ-2.2.1-a", "BJ-2.2.1-b"}
    assert {lacks.partition(":")[0] for lacks in lacking.values()} == {
        "",
        NO_CHARGER,
        "needs 2 boxes at once, the target has 1",
    }


def is_for(scenario: Scenario, *rows: str) -> bool:
    return not set(rows).isdisjoint(scenario.rows)


def playable(scenario: Scenario) -> bool:
    return "faults" not in scenario.effects


def test_the_functions_of_the_page_tell_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the page, beside a target file with the surface of the page, over an exported list."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_operator.py").write_text(blocks("python")[0], encoding="utf-8")
    export = "pile,card,begin,end,kwh\nCB-0001,CARD-VALID-1,2026-10-01 10:00:00,2026-10-01 11:00:00,1.23\n"
    (tmp_path / "export.csv").write_text(export, encoding="utf-8")
    minimal = blocks("toml")[0].partition("[surfaces.orders]")[0]
    target = loaded(tmp_path, minimal + blocks("toml")[1])
    (order,) = checked("orders", by_function(target.surfaces["orders"], {}))["items"]
    assert order == {
        "box": "CB-0001",
        "card": "CARD-VALID-1",
        "started_ms": START_MS,
        "ended_ms": START_MS + 3_600_000,
        "energy_wh": 1230,
    }
    connectors = Surface(kind="python", function=f"{tmp_path / 'my_operator.py'}:connectors")
    assert checked("connectors", by_function(connectors, {}))["items"][0]["status"] == 1
