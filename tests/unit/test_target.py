"""A target is what its file says, defaults included, and its record in a journal says the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from conformance import target as target_module
from conformance.target import EFFECTS, Beijing, Evchong, Pics, Pixit, Refusal, Surface, Target, TargetError
from simulators.lab.surfaces import OWN_SURFACES
from simulators.world.city import CityKeys, Socket
from simulators.world.site import BoxRecord, Card, Site, Station, Tariff, TariffPeriod

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas" / "harness" / "target.json").read_text(encoding="utf-8"))

MINIMAL = """
[target]
name = "mine"
[pics]
evchong = true
[pixit.evchong]
base_url = "https://sut.example"
[[pixit.evchong.box]]
serial = "CB-1"
station = "ST-1"
[[pixit.station]]
id = "ST-1"
"""

FULL = """
[target]
name = "full"
start = ["./serve", "--port", "8443"]
effects = ["reads", "bills"]
[pics]
evchong = true
beijing = { bonus = true }
tomda = { billing = "charger" }
parking = true
claims = ["evchong", "EVC-1.6-d"]
[pixit]
utc_offset_minutes = 540
[pixit.clock]
kind = "scaled"
rate = 20
start = 2026-03-02T00:00:00+08:00
origin = "2026-11-21T10:00:00Z"
[pixit.evchong]
base_url = "https://sut.example/${TENANT}"
verify = "ca.pem"
plain_http = [8443, 80]
time_tolerance_s = 2.5
answer_limit_s = 3
offline_after_intervals = 4
refusal = { key = "result.code", accepted = 0 }
billed_energy = "transaction-data"
unregistered_serial = "CB-NONE"
box = [{ serial = "CB-1", station = "ST-1", connectors = [1, 3], heartbeat_interval_s = 5, meter = false }]
[pixit.beijing]
platform_id = "MA0CITY01"
operator_id = "MA0FULL01"
base_url = "https://sut.example/evcs/v1"
verify = "ca.pem"
listen = "https://127.0.0.1:9100"
certificate = "ca.pem"
bill_after_stop_s = 1.5
statistics_after_s = 3600
[pixit.beijing.platform_keys]
operator_secret = "${CITY_SECRET}"
data_secret = "DDDDDDDDDDDDDDDD"
data_secret_iv = "IIIIIIIIIIIIIIII"
sig_secret = "SSSSSSSSSSSSSSSS"
[[pixit.beijing.connector]]
id = "1101050001"
equipment = "110105000"
station = "ST-1"
box = "CB-1"
connector = 3
power_w = 60000
bonus = false
[[pixit.card]]
id_token = "C-1"
state = "blocked"
user = "U-1"
plate = "京A12345"
[[pixit.station]]
id = "ST-1"
name = "一号站"
parking_operator = "MA1000001"
car_park = "P-1"
[[pixit.tariff]]
stations = ["ST-1"]
periods = [{ start = "00:00", electricity_price_e4 = 3000, service_price_e4 = 8000 }]
[readings]
EVC-X1 = "json"
[limits]
push_at_once_s = 2.5
[surfaces.orders]
kind = "http"
method = "GET"
url = "{base}/orders?size=200"
headers = { Authorization = "Bearer ${TOKEN}" }
body = { from = "{base}", key = "${TOKEN}" }
items = "data.orders"
fields = { id = "orderNo" }
expect = [200, 204]
[surfaces.start_charge]
kind = "python"
function = "mine.app:start"
[surfaces.reserve]
kind = "hand"
prompt = "Reserve connector {connector}."
[[accepted]]
id = "EVC-1.6-d"
verdict = "fail"
reason = "next release"
expires = 2027-01-31
"""
CITY_SECRET = "city-s3cret-city-s3cret"
ENVIRON = {"TENANT": "north", "TOKEN": "s3cret-t0ken", "CITY_SECRET": CITY_SECRET}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where a test writes its target file; a CA file lies beside it."""
    (tmp_path / "ca.pem").write_text("a certificate\n")
    return tmp_path / "mine.toml"


def load(path: Path, text: str, **tables: Any) -> Target:
    path.write_text(text, encoding="utf-8")
    return Target.load(path, ENVIRON, **tables)


def test_a_minimal_file_gets_the_documented_defaults(written: Path) -> None:
    target = load(written, MINIMAL)
    assert (target.name, target.path, target.start) == ("mine", str(written), None)
    assert target.effects == {"reads"}
    assert target.pics == Pics(evchong=True)
    assert target.pixit == Pixit(
        clock=target_module.ClockChoice(kind="real"),
        evchong=Evchong(base_url="https://sut.example", boxes=(BoxRecord(serial="CB-1", station="ST-1"),)),
        stations=(Station(id="ST-1"),),
    )
    assert (target.readings, target.limits, target.surfaces, target.accepted) == ({}, {}, {}, ())
    assert target.secrets == {}


def test_every_part_of_the_file_arrives(written: Path) -> None:
    target = load(written, FULL)
    assert target.start == ["./serve", "--port", "8443"]
    assert target.effects == {"reads", "bills"}
    assert target.pics == Pics(
        evchong=True,
        beijing={"bonus": True},
        tomda={"billing": "charger"},
        parking=True,
        claims=("evchong", "EVC-1.6-d"),
    )
    assert target.pixit.clock == target_module.ClockChoice(
        kind="scaled",
        rate=20,
        start=datetime(2026, 3, 1, 16, tzinfo=UTC),
        origin=datetime(2026, 11, 21, 10, tzinfo=UTC),
    )
    assert target.pixit.evchong == Evchong(
        base_url="https://sut.example/north",
        verify=str(written.parent / "ca.pem"),
        plain_http=(8443, 80),
        time_tolerance_s=2.5,
        answer_limit_s=3,
        offline_after_intervals=4,
        refusal=Refusal(key="result.code", accepted=0),
        billed_energy="transaction-data",
        unregistered_serial="CB-NONE",
        boxes=(BoxRecord(serial="CB-1", station="ST-1", connectors=[1, 3], heartbeat_interval_s=5, meter=False),),
    )
    assert target.readings == {"EVC-X1": "json"}
    assert target.limits == {"push_at_once_s": 2.5}
    assert target.surfaces == {
        "orders": Surface(
            kind="http",
            method="GET",
            url="{base}/orders?size=200",
            headers={"Authorization": "Bearer s3cret-t0ken"},
            body={"from": "{base}", "key": "s3cret-t0ken"},
            items="data.orders",
            fields={"id": "orderNo"},
            expect=(200, 204),
        ),
        "start_charge": Surface(kind="python", function="mine.app:start"),
        "reserve": Surface(kind="hand", prompt="Reserve connector {connector}."),
    }
    assert target.accepted == (
        target_module.Acceptance(id="EVC-1.6-d", verdict="fail", reason="next release", expires=date(2027, 1, 31)),
    )


def test_every_part_of_the_city_arrives(written: Path) -> None:
    target = load(written, FULL)
    assert target.pixit.beijing == Beijing(
        platform_id="MA0CITY01",
        operator_id="MA0FULL01",
        base_url="https://sut.example/evcs/v1",
        verify=str(written.parent / "ca.pem"),
        listen="https://127.0.0.1:9100",
        certificate=str(written.parent / "ca.pem"),
        bill_after_stop_s=1.5,
        statistics_after_s=3600,
        platform_keys=CityKeys(
            operator_secret=CITY_SECRET,
            data_secret="D" * 16,
            data_secret_iv="I" * 16,
            sig_secret="S" * 16,
        ),
        sockets=(
            Socket(
                id="1101050001",
                equipment="110105000",
                station="ST-1",
                box="CB-1",
                connector=3,
                power_w=60000,
                bonus=False,
            ),
        ),
    )


def test_the_site_is_what_the_server_was_told(written: Path) -> None:
    assert load(written, FULL).site() == Site(
        boxes=[BoxRecord(serial="CB-1", station="ST-1", connectors=[1, 3], heartbeat_interval_s=5, meter=False)],
        cards=[Card(id_token="C-1", state="blocked", user="U-1", plate="京A12345")],
        stations=[Station(id="ST-1", name="一号站", parking_operator="MA1000001", car_park="P-1")],
        tariffs=[
            Tariff(
                stations=["ST-1"],
                periods=[TariffPeriod(start="00:00", electricity_price_e4=3000, service_price_e4=8000)],
            )
        ],
        utc_offset_minutes=540,
    )


def test_moments_are_epoch_milliseconds_and_a_bare_one_equals_a_quoted_one(written: Path) -> None:
    clock = load(written, FULL).pixit.clock
    assert (clock.start_ms, clock.origin_ms) == (1772380800000, 1795255200000)
    bare = FULL.replace('"2026-11-21T10:00:00Z"', "2026-11-21T10:00:00Z")
    assert load(written, bare).pixit.clock == clock


def test_our_own_server_is_stepped_and_has_every_surface_and_effect(written: Path) -> None:
    """``start = "reference"`` is enough: no address, no clock, no surfaces to name."""
    own = MINIMAL.replace('name = "mine"', 'name = "mine"\nstart = "reference"').replace(
        'base_url = "https://sut.example"', ""
    )
    target = load(written, own + '[surfaces.orders]\nkind = "hand"\n')
    assert target.effects == EFFECTS
    assert target.pixit.clock.kind == "stepped"
    assert target.surfaces == {verb: Surface(kind="reference") for verb in OWN_SURFACES} | {
        "orders": Surface(kind="hand")
    }


# Secrets


def test_secrets_are_remembered_and_never_leave(written: Path) -> None:
    """They stand neither in the record nor in what a failed assertion or a traceback would print."""
    target = load(written, FULL)
    assert target.secrets == ENVIRON
    shown = json.dumps(target.as_recorded()) + repr(target) + repr(target.surfaces)
    assert "${TOKEN}" in shown
    assert "s3cret" not in shown


# The record in a journal


@pytest.mark.parametrize(
    "text", [MINIMAL, FULL.replace("${TENANT}", "north").replace("${TOKEN}", "t").replace("${CITY_SECRET}", "c" * 16)]
)
def test_a_target_survives_its_journal(written: Path, text: str) -> None:
    target = load(written, text)
    assert Target.from_record(json.loads(json.dumps(target.as_recorded()))) == target


def test_a_recorded_target_needs_no_environment(written: Path) -> None:
    """Who judges a journal months later has neither the secrets nor the CA file."""
    record = load(written, FULL).as_recorded()
    (written.parent / "ca.pem").unlink()
    again = Target.from_record(record)
    assert again.surfaces["orders"].headers == {"Authorization": "Bearer ${TOKEN}"}
    assert again.secrets == {}


def test_a_record_is_a_copy(written: Path) -> None:
    target = load(written, MINIMAL)
    target.as_recorded()["document"]["target"]["name"] = "another"
    assert target.as_recorded()["document"]["target"]["name"] == "mine"


@pytest.mark.parametrize("record", [{}, {"path": "x", "document": {"target": {"name": "x"}, "pics": {"evchong": 7}}}])
def test_a_record_that_is_no_target_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(TargetError, match="the target recorded in the journal"):
        Target.from_record(record)


# Schema and Structs


def schemas_within(node: Any, at: str = "#") -> list[tuple[str, dict[str, Any]]]:
    """Every subschema that speaks of an object, with its place."""
    found = []
    if isinstance(node, dict):
        if "properties" in node and node.get("type"):
            found.append((at, node))
        for name, inner in node.items():
            found += schemas_within(inner, f"{at}/{name}")
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_no_table_takes_unknown_keys_and_every_field_is_described() -> None:
    """Only ``surface`` itself is open; the four kinds that it leads to are closed."""
    tables = schemas_within(SCHEMA)
    assert len(tables) > 20
    assert [at for at, table in tables if table.get("additionalProperties") is not False] == ["#/$defs/surface"]
    fields = [(f"{at}/{name}", field) for at, table in tables for name, field in table["properties"].items()]
    undescribed = {
        at for at, field in fields if field is not True and "description" not in field and "$ref" not in field
    }
    assert undescribed == set()


@pytest.mark.parametrize(
    ("name", "struct"),
    [
        ("box", BoxRecord),
        ("card", Card),
        ("station", Station),
        ("tariff", Tariff),
        ("evchong", Evchong),
        ("beijing", Beijing),
        ("city_connector", Socket),
        ("city_keys", CityKeys),
    ],
)
def test_schema_and_struct_have_the_same_fields_and_defaults(name: str, struct: type[msgspec.Struct]) -> None:
    schema = SCHEMA["$defs"][name]
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    assert fields.keys() == schema["properties"].keys()
    demanded = schema.get("required", [])
    assert {name for name, field in fields.items() if field.required} <= set(demanded)
    lists: dict[str, dict[str, Any]] = {"tariff": {"periods": []}, "beijing": {"connector": []}}
    least: dict[str, Any] = dict.fromkeys(demanded, "x") | lists.get(name, {})
    built = json.loads(msgspec.json.encode(msgspec.convert(least, struct)))
    defaults = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
    assert {name: built[name] for name in defaults} == defaults


def test_the_surfaces_of_the_schema_are_those_that_the_lab_can_use() -> None:
    """Same fields, same defaults, over all kinds together."""
    kinds = [SCHEMA["$defs"][f"surface-{kind}"]["properties"] for kind in ("http", "python", "hand", "reference")]
    fields = {name: field for kind in kinds for name, field in kind.items()}
    assert set(fields) == {field.name for field in msgspec.structs.fields(Surface)}
    built = json.loads(msgspec.json.encode(Surface(kind="http")))
    defaults = {name: field["default"] for name, field in fields.items() if field is not True and "default" in field}
    assert len(defaults) > 4
    assert {name: built[name] for name in defaults} == defaults


def test_effects_and_own_surfaces_are_known_to_the_schema() -> None:
    assert OWN_SURFACES.keys() <= SCHEMA["properties"]["surfaces"]["properties"].keys()
    assert set(SCHEMA["properties"]["target"]["properties"]["effects"]["items"]["enum"]) == EFFECTS


# The files that come with the suite


def test_the_reference_target_offers_what_the_scenarios_need() -> None:
    target = Target.load(ROOT / "targets" / "reference.toml", {})
    site = target.site()
    assert (target.start, target.effects, target.pics.claims) == ("reference", EFFECTS, ("evchong", "beijing"))
    assert target.pixit.clock.kind == "stepped"
    assert [(box.serial, box.station, box.connectors, box.heartbeat_interval_s, box.meter) for box in site.boxes] == [
        ("CB-0001", "ST-0001", [1, 2], 10, True),
        ("CB-0002", "ST-0001", [1], 10, True),
        ("CB-0003", "ST-0002", [1, 2], 15, True),
        ("CB-0004", "ST-0002", [1], 15, True),
        ("CB-0005", "ST-0001", [1], 10, False),
        ("CB-0006", "ST-0002", [3, 7], 10, True),
    ]
    states = [card.state for card in site.cards]
    assert [states.count(state) for state in ("valid", "blocked", "expired")] == [6, 2, 2]
    assert len({card.user for card in site.cards}) == len({card.plate for card in site.cards}) == 10
    assert len(site.tariffs[0].periods) >= 3


def test_the_reference_target_knows_every_connector_of_its_boxes() -> None:
    """A box whose connectors the platform does not know would be pushed to nobody."""
    target = Target.load(ROOT / "targets" / "reference.toml", {})
    assert target.pixit.beijing is not None
    sockets = [(socket.box, socket.connector) for socket in target.pixit.beijing.sockets if socket.box]
    assert sockets == [(box.serial, number) for box in target.site().boxes for number in box.connectors]


def test_the_example_can_be_used_as_it_stands() -> None:
    target = Target.load(ROOT / "targets" / "example.toml", {})
    assert target.effects == {"reads", "opens-session"}
    assert target.pixit.evchong == Evchong(
        base_url="https://charging.example:8443",
        boxes=(BoxRecord(serial="CB-0001", station="ST-0001", connectors=[1, 2]),),
    )


def test_the_commented_parts_of_the_example_are_right_too(written: Path) -> None:
    """Whoever uncomments them must not meet a mistake of ours."""
    lines = (ROOT / "targets" / "example.toml").read_text(encoding="utf-8").splitlines()
    prose, body = lines[:3], lines[3:]
    assert all(line.startswith("#") for line in prose)
    written.write_text("\n".join(line.removeprefix("# ") for line in body), encoding="utf-8")
    named = re.findall(r"\$\{(\w+)\}", written.read_text(encoding="utf-8"))
    target = Target.load(written, dict.fromkeys(named, "0123456789abcdef"))
    assert (target.pics.claims, len(target.accepted)) == (("EVC-1.6-d",), 1)
    assert target.surfaces.keys() == OWN_SURFACES.keys()
    assert target.readings == {"EVC-X1": "json"}
