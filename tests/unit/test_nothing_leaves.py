"""Whatever leaves the evidence of a real run shows no secret, no card and no plate, in no spelling."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
from pathlib import Path
from urllib.parse import quote, unquote, unquote_plus
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from conformance.asked import DEFAULT_TARGET
from simulators.journal.reading import read
from simulators.journal.records import Exchange, Fact
from tests.unit.front_door import ENVIRONMENT, chargeproof

SECRETS = {"ADMIN_KEY": "k9/Zr+%41geheim", "ADMIN_TOKEN": 'q8"=t\\0x7+/Wm', "OUR_CARD": "TOP-DRIVER-0042"}
PLATES = re.findall(r'^plate = "(.+)"$', DEFAULT_TARGET.read_text("utf-8"), re.M)
EVIDENCE = {"journal.db"}
CARD = 'id_token = "CARD-VALID-1"'
UNREACHABLE = """
[surfaces.connectors]
kind = "http"
method = "GET"
url = "https://127.0.0.1:9/admin?key=${ADMIN_KEY}"
headers = { Authorization = "Bearer ${ADMIN_TOKEN}" }
fields = { box = "box", connector = "connector", status = "status" }
"""  # nobody listens there, and whoever says so says where


def target_file(folder: Path) -> Path:
    """The reference with a card that is a secret, and with a surface that takes secrets and cannot be reached."""
    reference = DEFAULT_TARGET.read_text("utf-8")
    assert CARD in reference
    path = folder / "target.toml"
    path.write_text(reference.replace(CARD, 'id_token = "${OUR_CARD}"') + UNREACHABLE, encoding="utf-8")
    return path


def told_by(run: subprocess.CompletedProcess[str], folder: Path) -> dict[str, str]:
    """Everything that a run tells: its files, but for the evidence, and the terminal."""
    files = {path for path in folder.rglob("*") if path.is_file() and path.name not in EVIDENCE}
    return {path.name: text_in(path) for path in files} | {"terminal": run.stdout + run.stderr}


def text_in(path: Path) -> str:
    """What a file says; a workbook is an archive, and says what its parts say."""
    if path.suffix != ".xlsx":
        return path.read_text("utf-8")
    with ZipFile(path) as archive:
        return "\n".join(archive.read(part).decode("utf-8") for part in archive.namelist())


def numbers_in(journal: Path) -> set[str]:
    """Every card that the run speaks of, invented ones and what the server tells of them: keys, orders, messages."""
    found: set[str] = set()
    for record in read([journal]):
        if isinstance(record, Exchange | Fact):
            found.add(record.keys.get("card", ""))
        if isinstance(record, Fact):
            found.update(item.get("card") for item in record.values.get("answer", {}).get("items", []))
        if isinstance(record, Exchange):
            sides = [record.request.body, record.answer.body if record.answer else b""]
            said = " ".join(unquote_plus(side.decode("utf-8", "replace")) for side in sides)
            found.update(re.findall(r'"(?:idToken|parentIdTag)"\s*:\s*"([^"]{6,20})"', said))
    return {number for number in found if number and len(set(number)) > 1}


def spellings(value: str) -> set[str]:
    """As it is, in a URL, in ASCII JSON, in HTML, every character by its number, and in Base64 at each offset."""
    raw = value.encode()
    in_json = json.dumps(value)[1:-1]
    by_number = "".join(f"%{byte:02X}" for byte in raw), "".join(f"\\u{ord(character):04x}" for character in value)
    in_base64 = [  # what stands before shifts the letters; the ends are mixed with their neighbours
        base64.b64encode(bytes(offset) + raw)[4 if offset else 0 : -4].decode() for offset in range(3)
    ]
    return {
        value,
        quote(value, safe=""),
        html.escape(value),
        in_json,
        json.dumps(in_json)[1:-1],
        *by_number,
        *in_base64,
    }


def readings_of(text: str) -> set[str]:
    """The text as it is, and as whoever reads it takes it."""
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return {text, html.unescape(text), unquote(text), unescaped}


def leaks(text: str, values: set[str]) -> set[str]:
    texts = readings_of(text)
    return {value for value in values for form in spellings(value) if any(form in each for each in texts)}


@pytest.mark.parametrize(
    "text",
    [
        "k9%2FZr%2B%2541geheim",
        "k9/Zr&#43;%41geheim",
        '"\\u006b9/Zr+%41geheim"',
        "xx" + base64.b64encode(b"admin:k9/Zr+%41geheim").decode(),
    ],
)
def test_a_leak_would_be_seen_in_any_spelling(text: str) -> None:
    """The search itself: in URLs, in HTML, in JSON, in an Authorization header."""
    assert leaks(text, {SECRETS["ADMIN_KEY"], PLATES[0]}) == {SECRETS["ADMIN_KEY"]}


def test_a_leak_in_a_workbook_would_be_seen(tmp_path: Path) -> None:
    """Its parts are compressed: nobody who searches the file itself finds anything there."""
    book, values = Workbook(), {SECRETS["ADMIN_TOKEN"], PLATES[0]}
    book.worksheets[0].append(["said", f"the server told {SECRETS['ADMIN_TOKEN']}"])
    book.save(tmp_path / "report.xlsx")
    told = told_by(subprocess.CompletedProcess([], 0, "", ""), tmp_path)
    assert leaks((tmp_path / "report.xlsx").read_bytes().decode("latin-1"), values) == set()
    assert {name: leaks(text, values) for name, text in told.items()} == {
        "report.xlsx": {SECRETS["ADMIN_TOKEN"]},
        "terminal": set(),
    }


@pytest.mark.parametrize("asked", [(), ("evchong", "--sut", "OrdersUnderTheFleet")])
def test_nothing_that_leaves_a_run_shows_what_is_masked(tmp_path: Path, asked: tuple[str, ...]) -> None:
    """Reports, results and the terminal mask secrets, cards (also those that the run made up) and plates.

    So does who judges the journal elsewhere, where nobody knows the secrets.
    """
    out, again = tmp_path / "out", tmp_path / "again"
    run = chargeproof(
        "check", "--target", str(target_file(tmp_path)), "--out", str(out), *asked,
        env={**ENVIRONMENT, **SECRETS},
    )  # fmt: skip
    assert run.returncode in (1, 2), run.stderr
    journal = out / "latest" / "journal.db"
    numbers = numbers_in(journal)
    assert any(re.fullmatch(r"\d{16}", number) for number in numbers), "the run made up a card"
    values = {*SECRETS.values(), *numbers, *PLATES}
    told = told_by(run, out / "latest")
    assert {
        "verdicts.json",
        "report.html",
        "report.xlsx",
        "junit.xml",
        "pytest.log",
        "EVC-1.4-a-attachment.txt",
    } < told.keys()
    assert {name: found for name, text in told.items() if (found := leaks(text, values))} == {}
    assert "‹secret›" in told["report.html"], "a secret was spoken of"

    elsewhere = told_by(chargeproof("judge", str(journal), "--out", str(again), env=ENVIRONMENT), again)
    assert {name: found for name, text in elsewhere.items() if (found := leaks(text, values))} == {}
    assert "‹TO…42›" in elsewhere["report.html"], "it was, and is now the card that it is"
