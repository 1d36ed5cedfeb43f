"""Readings get into a target file, and nothing else of it changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from conformance.target_file import TargetError
from conformance.target_writing import Scalar, Table, as_toml, with_values, write_values

ROOT = Path(__file__).parents[2]
READINGS = ("readings",)
EVCHONG = ("pixit", "evchong")
REFUSAL = ("pixit", "evchong", "refusal")


def test_a_new_table_goes_to_the_end() -> None:
    text = "[target]\nname = 'x' # mine\n"
    assert with_values(text, {READINGS: {"EVC-X1": "json"}}) == text + '\n[readings]\nEVC-X1 = "json"\n'


def test_a_file_without_a_last_line_ending_gets_one() -> None:
    assert with_values("a = 1", {READINGS: {"EVC-X1": "json"}}) == 'a = 1\n\n[readings]\nEVC-X1 = "json"\n'


def test_values_change_in_place_and_comments_stay() -> None:
    """Only the value changes: not the spaces, not the comment, not what stands around it."""
    text = (
        "# top\n[ readings ]  # chosen\n"
        "EVC-X1   =  \"form\"   # as we saw\n'EVC-X3' = 'wrapped'# here\n# EVC-X2 = \"plain\"\n\n"
        "# the rest\n[limits]\na = 1\n"
    )
    wanted = (
        "# top\n[ readings ]  # chosen\n"
        'EVC-X1   =  "json"   # as we saw\n\'EVC-X3\' = "flat"# here\nEVC-X5 = "upper"\n'
        '# EVC-X2 = "plain"\n\n# the rest\n[limits]\na = 1\n'
    )
    assert with_values(text, {READINGS: {"EVC-X1": "json", "EVC-X3": "flat", "EVC-X5": "upper"}}) == wanted


def test_an_empty_table_is_filled() -> None:
    assert with_values("[readings]\n[limits]\n", {READINGS: {"EVC-X1": "json"}}) == (
        '[readings]\nEVC-X1 = "json"\n[limits]\n'
    )


def test_a_key_goes_into_its_table_and_not_into_the_lists_below() -> None:
    text = "[pixit.evchong]\nverify = 'none' # self-signed\n\n[[pixit.evchong.box]]\nserial = 'CB'\n"
    changed = with_values(text, {EVCHONG: {"billed_energy": "register"}, REFUSAL: {"key": "code", "accepted": 0}})
    assert changed == (
        "[pixit.evchong]\nverify = 'none' # self-signed\nbilled_energy = \"register\"\n\n"
        "[[pixit.evchong.box]]\nserial = 'CB'\n\n[pixit.evchong.refusal]\nkey = \"code\"\naccepted = 0\n"
    )


def test_an_inline_table_stays_inline() -> None:
    text = "[pixit.evchong]\nrefusal = { key = 'a', accepted = 1 } # theirs\nverify = 'none'\n"
    changed = with_values(text, {REFUSAL: {"key": "ok", "accepted": True}})
    assert changed == "[pixit.evchong]\nrefusal = { key = \"ok\", accepted = true } # theirs\nverify = 'none'\n"


def test_line_endings_of_the_file_are_kept() -> None:
    changed = with_values("[readings]\r\nEVC-X1 = 'form'\r\n", {READINGS: {"EVC-X1": "json", "EVC-X3": "flat"}})
    assert changed == '[readings]\r\nEVC-X1 = "json"\r\nEVC-X3 = "flat"\r\n'


@pytest.mark.parametrize(
    "text",
    [
        "readings = { EVC-X1 = 'form', EVC-X3 = 'flat' }\n",
        "readings.EVC-X1 = 'form'\n",
        'note = """\n[readings]\n"""\n',
        "[readings]\nEVC-X1 = '''form'''\n",
    ],
)
def test_what_is_not_understood_is_left_alone(text: str) -> None:
    """Whatever the edit would make of it does not say what it should: so there is none."""
    with pytest.raises(ValueError, match="by hand"):
        with_values(text, {READINGS: {"EVC-X1": "json"}})


@pytest.mark.parametrize("name", ["reference.toml", "example.toml"])
def test_our_own_target_files_can_be_written_to(name: str, tmp_path: Path) -> None:
    """Every line that was there is still there; the mode of the file too."""
    path = tmp_path / name
    text = (ROOT / "targets" / name).read_text("utf-8")
    path.write_text(text, "utf-8")
    path.chmod(0o640)
    tables: dict[Table, dict[str, Scalar]] = {
        EVCHONG: {"billed_energy": "register"},
        REFUSAL: {"key": "a.b", "accepted": 0},
        READINGS: {"EVC-X1": "json"},
    }
    write_values(path, tables)
    written = path.read_text("utf-8")
    assert set(text.splitlines()) <= set(written.splitlines())
    assert tomllib.loads(written)["readings"] == {"EVC-X1": "json"}
    assert tomllib.loads(written)["pixit"]["evchong"]["refusal"] == {"key": "a.b", "accepted": 0}
    assert path.stat().st_mode & 0o777 == 0o640
    write_values(path, tables)
    assert path.read_text("utf-8") == written


def test_a_file_that_cannot_be_changed_says_what_to_put_into_it(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("readings.EVC-X1 = 'form'\n", "utf-8")
    with pytest.raises(TargetError, match=r'EVC-X1 = "json"'):
        write_values(path, {READINGS: {"EVC-X1": "json"}})
    assert path.read_text("utf-8") == "readings.EVC-X1 = 'form'\n"


def test_tables_are_told_as_they_would_stand() -> None:
    assert as_toml({READINGS: {"EVC-X1": "json"}, REFUSAL: {"key": 'a"b', "accepted": False}}) == (
        '[readings]\nEVC-X1 = "json"\n\n[pixit.evchong.refusal]\nkey = "a\\"b"\naccepted = false\n'
    )
