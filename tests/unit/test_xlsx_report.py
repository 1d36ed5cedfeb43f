"""The workbook of a run: the rows of the page on sheets that filter and print, and never a formula of a server's."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote, unquote
from zipfile import ZipFile

import msgspec
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from conformance.recorded import RunResult
from reports.html.words import Words
from reports.xlsx import workbook
from reports.xlsx.places import Place, places
from reports.xlsx.sheets import MOST_CHARACTERS, Book, colours
from simulators.journal.records import Record, Step
from tests.unit.html_run import NOON_MS, plainly, records, result, target

SUMMARY, REQUIREMENTS, FINDINGS = "Summary 概要", "Requirements 条款", "Findings 发现"
FORMULA = re.compile("<f[ >]")
SECRET, CARD, PLATE = 'k9/Zr+"秘\\0', "6217-0001-8842-17", "京A12345"


def played(told: Iterable[Record]) -> list[Record]:
    """The records in one scenario of the lab."""
    began = Step(seq=0, at_ms=NOON_MS, mono_ns=0, wall_ns=0, what="scenario-began", scenario="test_1_4::test_ids")
    return [began, *told]


def written(run: RunResult, told: Iterable[Record], folder: Path) -> Workbook:
    """The workbook of a run as whoever opens it gets it."""
    return load_workbook(workbook.write(run, told, folder))


def values(sheet: Worksheet) -> list[list[str]]:
    """What stands on a sheet, row by row."""
    return [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]


def parts(path: Path) -> dict[str, str]:
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def book_of(text: str, folder: Path) -> Path:
    """A workbook with one sheet of one cell."""
    book = Book(plainly, Words())
    book.sheet("sheet.findings", [40], [[(text, "text")]])
    path = folder / "one.xlsx"
    book.workbook.save(path)
    return path


# What stands in it


def test_every_requirement_is_a_row_with_its_verdict_in_its_colour(tmp_path: Path) -> None:
    """In the order of the documents; the colours are those of the page."""
    sheet = written(result(), records(), tmp_path)[REQUIREMENTS]
    rows = list(sheet.iter_rows(min_row=2))
    assert [(row[2].value, row[7].value) for row in rows] == [
        ("EVC-1.2-a", "通过 / Pass"),
        ("EVC-1.4-b", "不通过 / Fail"),
        ("EVC-1.5-a", "未决 / Open"),
        ("EVC-1.6-d", "建议 / Advisory"),
        ("EVC-3-a", "不适用 / Not applicable"),
    ]
    backs = [f"{kind}-back" for kind in ("pass", "fail", "open", "advisory", "na")]
    assert [row[7].fill.fgColor.rgb for row in rows] == [f"00{colours()[back]}" for back in backs]


def test_a_requirement_is_told_whole(tmp_path: Path) -> None:
    """Document, section, id, clause, level, party, text, verdict, reason, cases, judged, failed, bad findings."""
    told = values(written(result(), records(), tmp_path)[REQUIREMENTS])[2]
    assert told[:6] == [
        "EVCHONG V1.2 充电桩接口 / EVCHONG V1.2, charge-box interface",
        "1.4\n开始充电 startTrans / startTrans: a charge begins",
        "EVC-1.4-b",
        "1.4",
        "M 强制 / M, demanded",
        "服务器 / server",
    ]
    assert "transactionId" in told[6]
    assert told[7:] == ["不通过 / Fail", "判定 3 次，不符 1 次。 / Judged: 3. Bad: 1.", "2", "2", "1", "1"]


def test_a_finding_says_where_it_was_seen_and_how_to_see_it_again(tmp_path: Path) -> None:
    """Its moment is that of its last record, and the scenario the one that was played then."""
    rows = values(written(result(), played(records()), tmp_path)[FINDINGS])
    assert rows[1] == [
        "EVC-1.4-b",
        "sequential",
        "an id never given",
        "1",
        "startTransactionRes",
        "4, 7",
        "test_1_4::test_ids",
        "2015-03-02 12:00:07.000 +0800",
        "chargeproof check EVC-1.4-b --sut Somebody",
    ]
    assert [row[0] for row in rows[1:]] == ["EVC-1.4-b", "EVC-1.6-d"]


def test_findings_that_were_counted_and_not_kept_are_told(tmp_path: Path) -> None:
    run = result()
    failed = run.judgement.verdicts[1]
    many = replace(failed, cases=tuple(replace(case, judged=9, failed=5) for case in failed.cases))
    rows = values(
        written(replace(run, judgement=replace(run.judgement, verdicts=[many])), records(), tmp_path)[FINDINGS]
    )
    assert "9 further findings were counted, but not kept." in rows[2][3]


def test_the_summary_tells_the_run_and_counts_its_rows_by_level(tmp_path: Path) -> None:
    rows = values(written(result(), records(), tmp_path)[SUMMARY])
    told = {row[0]: row[1] for row in rows}
    assert told["判定 / Verdict"].endswith("/ 1 of 3 rows that count fail, 1 open.")
    assert told["退出码 / Exit code"] == "1: 有不通过项 / something fails"
    assert told["运行有效性 / Run validity"] == "有效 / valid"
    assert told["被测服务器 / Server under test"] == "reference"
    assert told["开始时间 / Began"] == "2026-03-02 08:00:00.000 +0800"
    assert told["时钟 / Clock"].endswith("stepped: protocol time moves on when all wait")
    counted = {row[3]: [int(number) for number in row[4:]] for row in rows[3:9]}
    assert {name: numbers[3] for name, numbers in counted.items()} == {
        "通过 / Pass": 1,
        "不通过 / Fail": 1,
        "未决 / Open": 1,
        "建议 / Advisory": 1,
        "不适用 / Not applicable": 1,
        "合计 / Total": 5,
    }
    assert all(sum(numbers[:3]) == numbers[3] for numbers in counted.values())


def test_an_invalid_run_says_why(tmp_path: Path) -> None:
    run = result()
    run = replace(run, judgement=replace(run.judgement, invalid=("the disk was full",), broken_off=True))
    told = [row[:2] for row in values(written(run, records(), tmp_path)[SUMMARY])]
    assert ["为何无效 / Why it is invalid", "the disk was full"] in told
    assert any("Broken off: the journal has no end" in row[1] for row in told)


def test_a_run_that_recorded_nothing_has_a_workbook(tmp_path: Path) -> None:
    """A server that was never reached, or a journal that was lost."""
    rows = values(written(result(), [], tmp_path)[FINDINGS])
    assert rows[1][5:8] == ["4, 7", "", ""]


def test_every_head_is_in_both_languages(tmp_path: Path) -> None:
    book = written(result(), records(), tmp_path)
    heads = [head for name in (REQUIREMENTS, FINDINGS) for head in values(book[name])[0]]
    assert [head for head in heads if " / " not in head] == []
    assert (len(heads), book.sheetnames) == (22, [SUMMARY, REQUIREMENTS, FINDINGS])


# How it is read and printed


@pytest.mark.parametrize(("name", "filtered"), [(REQUIREMENTS, "A1:M6"), (FINDINGS, "A1:I3")])
def test_a_table_keeps_its_head_in_sight_and_filters(tmp_path: Path, name: str, filtered: str) -> None:
    """On the screen and on every page: A4 across, as wide as the page."""
    sheet = written(result(), records(), tmp_path)[name]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A2", filtered, "$1:$1")
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToWidth, page.fitToHeight) == ("landscape", 9, 1, 0)
    assert sheet.sheet_properties.pageSetUpPr == PageSetupProperties(fitToPage=True)


def test_long_texts_wrap_and_have_room(tmp_path: Path) -> None:
    """A row is as high as its longest cell needs; a Chinese character is as wide as two letters."""
    path = book_of(f"{'字' * 60}\n{'a' * 30}", tmp_path)  # three lines and one, in a column of 40
    sheet = load_workbook(path)[FINDINGS]
    assert sheet["A1"].alignment.wrap_text
    assert sheet.column_dimensions["A"].width == 40
    assert sheet.row_dimensions[1].height == 4.25 * 13


# What it must never do


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1", "\n=1", "#N/A", "1.10"]
)
def test_whatever_a_server_says_stays_text(tmp_path: Path, text: str) -> None:
    """As it is, and also when somebody edits the cell; what begins no formula needs no mark for that."""
    path = book_of(text, tmp_path)
    cell = load_workbook(path)[FINDINGS]["A1"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix is (text not in ("#N/A", "1.10"))
    assert FORMULA.search("".join(parts(path).values())) is None


def test_no_cell_of_a_run_is_a_formula(tmp_path: Path) -> None:
    """Where every text of a server, and the target's own name, would like to be one."""

    def say(_: str) -> str:
        return "=cmd|' /C calc'!A0"

    path = workbook.write(result(say, msgspec.structs.replace(target(), name=say(""))), records(say), tmp_path)
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert len([cell for cell in cells if cell.quotePrefix]) >= 8
    assert FORMULA.search("".join(parts(path).values())) is None


def test_what_cannot_be_seen_is_written_out(tmp_path: Path) -> None:
    """XML holds no control characters, and the format has a spelling that a reader would take for another text."""
    run = result(lambda text: f"{text}\x00\x1b\ud800\ufffe_x0041_")
    rows = values(written(run, records(), tmp_path)[FINDINGS])
    assert rows[1][2] == "an id never given⟨U+0000⟩⟨U+001B⟩⟨U+D800⟩⟨U+FFFE⟩_x005F_x0041_"


@pytest.mark.parametrize("letter", ["x", "鑫", "𠮷"])
def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path, letter: str) -> None:
    """Excel counts in UTF-16, where some characters are two."""
    kept = str(load_workbook(book_of(letter * 40_000, tmp_path))[FINDINGS]["A1"].value)
    assert MOST_CHARACTERS - 10 < len(kept.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    left_out = 40_000 - kept.count(letter)
    assert kept.endswith(f"\n… {Words().both('message.left-out', number=left_out)}")


def test_a_text_that_just_fits_is_whole(tmp_path: Path) -> None:
    text = "x" * MOST_CHARACTERS
    assert load_workbook(book_of(text, tmp_path))[FINDINGS]["A1"].value == text


def forms(value: str) -> list[str]:
    escaped = json.dumps(value)[1:-1]
    every = "".join(f"\\u{ord(character):04x}" for character in value)
    return [value, quote(value, safe=""), escaped, every, quote(escaped, safe="")]


@pytest.mark.parametrize("value", [SECRET, CARD, PLATE], ids=["secret", "card", "plate"])
@pytest.mark.parametrize("form", range(5))
def test_nothing_that_must_stay_inside_goes_out(tmp_path: Path, value: str, form: int) -> None:
    """In no part of the archive, however it was written on the wire."""
    said = forms(value)[form]
    on = msgspec.structs.replace(target(SECRET, CARD, PLATE), name=f"server {said}")
    run = result(lambda text: f"{text} {said} {text}", on)
    run = replace(run, judgement=replace(run.judgement, invalid=(f"broke at {said}",)))
    told = "\n".join(parts(workbook.write(run, records(card=CARD), tmp_path)).values())
    for text in (told, html.unescape(told), unquote(html.unescape(told))):
        assert [shown for shown in forms(value) if shown in text] == []
    assert told.count("‹") > 8


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    assert workbook.write(result(), records(), tmp_path) == tmp_path / "report.xlsx"
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


# Where records stand

step = partial(Step, at_ms=NOON_MS, mono_ns=0, wall_ns=0)


def test_a_record_stands_in_the_scenario_of_its_own_lab() -> None:
    """Labs side by side play different ones; between two nothing is played."""
    found, span = places(
        [
            step(seq=1, world=1, what="scenario-began", scenario="one"),
            step(seq=2, world=2, what="scenario-began", scenario="two"),
            step(seq=3, world=1, what="lateness"),
            step(seq=4, world=2, what="lateness"),
            step(seq=5, world=1, what="scenario-ended", scenario="one"),
            step(seq=6, world=1, what="lateness", at_ms=NOON_MS + 9),
        ],
        {3, 4, 6, 7},
    )
    assert found == {3: Place("one", NOON_MS), 4: Place("two", NOON_MS), 6: Place("", NOON_MS + 9)}
    assert (span.first_ms, span.last_ms) == (NOON_MS, NOON_MS + 9)


def test_a_number_that_several_journals_use_stands_nowhere() -> None:
    """Which of them was meant can't be told, and a wrong place would mislead."""
    assert places([step(seq=3, what="lateness"), step(seq=3, what="lateness")], {3})[0] == {}
