"""A word in ``[surfaces]`` that nobody knows is a mistake of the target file, named before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.target import Target
from conformance.target_file import TargetError
from simulators.lab.surfaces import fill

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
ORDERS = """
[surfaces.orders]
kind = "http"
url = "{base}/orders"
[surfaces.orders.fields]
started_s = "begin"
energy_kwh = "kwh"
"""
CONNECTORS = """
[surfaces.connectors]
kind = "http"
url = "{base}/connectors"
fields = { box = "pile", connector = "gun", status = "state" }
"""
BOXES = """
[surfaces.register_box]
kind = "http"
url = "{base}/stations/{station}/boxes"
headers = { X-Vendor = "{vendor_id}" }
body = { list = [{ serial = "{box}", note = "{{as is}}" }] }
"""
GIVEN_TO_BOXES = 'given here: {base}, {box}, {vendor_id}, {station}; a plain brace is written twice, as "{{"'
ORDER_FIELDS = (
    "known here: id, transaction_id, box, connector, card, started_ms, started_s, ended_ms, ended_s, energy_wh, "
    "energy_kwh, electricity_fen, electricity_yuan, service_fen, service_yuan, total_fen, total_yuan, state"
)


def load(folder: Path, text: str, **environ: str) -> Target:
    (folder / "mine.toml").write_text(MINIMAL + text, encoding="utf-8")
    return Target.load(folder / "mine.toml", environ)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(TargetError) as refused:
        load(folder, text, TOKEN="x")
    return [str(mistake) for mistake in refused.value.mistakes]


def test_surfaces_in_known_words_are_taken(tmp_path: Path) -> None:
    target = load(tmp_path, ORDERS + CONNECTORS + BOXES)
    assert list(target.surfaces) == ["orders", "connectors", "register_box"]


MISTAKES = {
    "placeholder of nothing": (
        ORDERS.replace("/orders", "/orders?box={box}"),
        'surfaces.orders.url: found {box}; given here: {base}; a plain brace is written twice, as "{{"',
    ),
    "misspelt placeholder": (
        BOXES.replace("{vendor_id}", "{vendor}"),
        f'surfaces.register_box.headers.X-Vendor: found {{vendor}}; did you mean "vendor_id"? {GIVEN_TO_BOXES}',
    ),
    "placeholder with a path": (
        BOXES.replace("{vendor_id}", "{vendor_id.number}"),
        f'surfaces.register_box.headers.X-Vendor: found {{vendor_id.number}}; did you mean "vendor_id"? '
        f"{GIVEN_TO_BOXES}",
    ),
    "placeholder with a format": (
        BOXES.replace("{box}", "{box:>5}"),
        f"surfaces.register_box.body.list[0].serial: found {{box:>5}}; {GIVEN_TO_BOXES}",
    ),
    "nameless placeholder": (
        BOXES.replace("{box}", "{}"),
        f"surfaces.register_box.body.list[0].serial: found {{}}; {GIVEN_TO_BOXES}",
    ),
    "lonely brace": (
        BOXES.replace("{{as is}}", "as { is"),
        "surfaces.register_box.body.list[0].note: found 'as { is', whose braces do not match; " + GIVEN_TO_BOXES,
    ),
    "unknown field": (
        ORDERS.replace("started_s", "order"),
        f"surfaces.orders.fields.order: found an unknown field; {ORDER_FIELDS}",
    ),
    "misspelt field": (
        ORDERS.replace("energy_kwh", "energie_kwh"),
        f'surfaces.orders.fields.energie_kwh: found an unknown field; did you mean "energy_kwh"? {ORDER_FIELDS}',
    ),
    "field in two units": (
        ORDERS + 'energy_wh = "wh"\n',
        "surfaces.orders.fields.energy_wh: found what another field tells in another unit; name it in one unit",
    ),
    "field of a verb without an answer": (
        BOXES + 'fields = { box = "serial" }\n',
        "surfaces.register_box.fields.box: found an unknown field; this verb answers with nothing that is read",
    ),
    "field that is missing": (
        CONNECTORS.replace('connector = "gun", ', ""),
        "surfaces.connectors.fields.connector: found nothing; it has to be there: connectorId",
    ),
    "file that is not there": (
        '[surfaces.orders]\nkind = "python"\nfunction = "my_operater.py:orders"\n',
        'surfaces.orders.function: found "my_operater.py:orders", and there is no such file; '
        'did you mean "my_operator.py"? "file.py:function" names a file beside the target file',
    ),
    "surface of ours": (
        '[surfaces.orders]\nkind = "reference"\n',
        'surfaces.orders.kind: found "reference"; '
        'only start = "reference" has that app API; "http", "python" or "hand" would do',
    ),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_what_nothing_would_fill_or_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "my_operator.py").touch()
    assert mistakes(tmp_path, text) == [said]


def test_a_verb_that_no_scenario_uses_is_not_held_to_words_that_nobody_gives(tmp_path: Path) -> None:
    """What it will be given is settled with the first scenario that uses it."""
    text = '[surfaces.start_charge]\nkind = "http"\nurl = "{base}/start/{box}"\n'
    assert load(tmp_path, text).surfaces["start_charge"].url == "{base}/start/{box}"


def test_a_secret_with_braces_goes_through_a_template_as_it_is(tmp_path: Path) -> None:
    """It is no placeholder, whatever its characters."""
    text = ORDERS.replace("[surfaces.orders.fields]", 'headers = { X-Key = "${TOKEN}" }\n[surfaces.orders.fields]')
    orders = load(tmp_path, text, TOKEN="a{b}c").surfaces["orders"]
    assert fill(orders.headers, {"base": "https://sut.example"}) == {"X-Key": "a{b}c"}


def test_a_python_file_is_found_beside_the_target_file(tmp_path: Path) -> None:
    (tmp_path / "my_operator.py").touch()
    text = '[surfaces.orders]\nkind = "python"\nfunction = "my_operator.py:orders"\n'
    assert load(tmp_path, text).surfaces["orders"].function == f"{tmp_path / 'my_operator.py'}:orders"
