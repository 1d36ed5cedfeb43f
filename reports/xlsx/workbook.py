"""``report.xlsx``: the run, its requirements and what was wrong, as operators pass them on. Says what the page says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

from conformance.places import write_whole, writing_to
from conformance.recorded import RunResult
from reports.html.facts import facts
from reports.html.messages import Shower
from reports.html.rows import KINDS, FindingShown, Row, Rows, Section, headline
from reports.html.words import Words
from reports.xlsx.places import Place, places
from reports.xlsx.sheets import Book, Cell, Column
from simulators.journal.records import Record

FILE = "report.xlsx"
LEVELS = ("M", "R", "D")
SUMMARY_WIDTHS = (31, 72, 3, 24, 14, 16, 14, 10)
GAP: Cell = ("", "nothing")
REQUIREMENTS = (
    ("sheet.document", 16),
    ("summary.section", 18),
    ("sheet.id", 13),
    ("row.clause", 12),
    ("row.level", 11),
    ("row.party", 11),
    ("sheet.text", 46),
    ("sheet.verdict", 13),
    ("row.reason", 32),
    ("row.cases", 7),
    ("row.cases-judged", 9),
    ("sheet.cases-failed", 9),
    ("row.findings", 10),
)
FINDINGS = (
    ("sheet.id", 13),
    ("row.case", 20),
    ("row.expected", 40),
    ("row.actual", 40),
    ("row.path", 20),
    ("row.record", 12),
    ("sheet.scenario", 32),
    ("picture.time", 18),
    ("row.replay", 32),
)


def write(result: RunResult, records: Iterable[Record], folder: Path) -> Path:
    """Write ``report.xlsx`` into a folder, whole or not at all. The records are read once, from first to last."""
    path, held = folder / FILE, BytesIO()
    with writing_to(path):  # each sheet is a file of its own until then
        Sheets(result, records).book().workbook.save(held)
    write_whole(path, held.getvalue())
    return path


class Sheets:
    """Makes the sheets of one run, of the same rows as the page, masked by the same hand."""

    def __init__(self, result: RunResult, records: Iterable[Record]) -> None:
        self._result, self._words = result, Words()
        self._shower = Shower(result.redactor(), result.stage.target.pixit.utc_offset_minutes)
        self._sections = Rows(result, self._shower, records=(), pictures=()).sections()
        behind = {seq for row in self._rows() for finding in _bad(row) for seq in finding.elsewhere}
        self._places, self._span = places(records, behind)

    def book(self) -> Book:
        """The workbook."""
        book = Book(self._shower.text, self._words)
        properties = book.workbook.properties
        properties.creator, properties.title = "chargeproof", self._words.both("page.title")
        book.sheet("sheet.summary", SUMMARY_WIDTHS, self._summary())
        book.table("sheet.requirements", self._columns(REQUIREMENTS), self._requirements())
        book.table("sheet.findings", self._columns(FINDINGS), self._findings())
        return book

    def _columns(self, named: Sequence[tuple[str, int]]) -> list[Column]:
        return [(self._words.both(name), width) for name, width in named]

    def _rows(self) -> Iterator[Row]:
        return (row for section in self._sections for row in section.rows)

    # The run

    def _summary(self) -> Iterator[list[Cell]]:
        """What there is to know of the run, and beside it how many rows of each level came to which verdict."""
        yield [(self._words.both("page.title"), "title")]
        yield []
        nothing: list[Cell] = [GAP, GAP]
        for told, counted in zip_longest(self._told(), self._counts()):
            yield [*(told or nothing), GAP, *(counted or [])]

    def _told(self) -> Iterator[list[Cell]]:
        word, head, judgement = self._words.both, headline(self._result), self._result.judgement
        said = word(head.said, deciding=head.deciding, failed=head.failed, open=head.open)
        look = "na" if head.kind == "invalid" else head.kind  # as on the page
        yield [(word("sheet.verdict"), "label"), ((word(f"headline.{head.kind}"), said), look)]
        yield [(word("headline.exit"), "label"), (f"{head.exit_code}: {word(f'exit.{head.exit_code}')}", "text")]
        valid = word("headline.valid") if judgement.valid else word("headline.not-valid")
        yield [(word("headline.validity"), "label"), (valid, "text")]
        if judgement.invalid:
            yield [(word("headline.why-invalid"), "label"), (judgement.invalid, "text")]
        if judgement.first_causes:
            yield [(word("headline.causes"), "label"), (judgement.first_causes, "text")]
        if judgement.broken_off:
            yield [("", "label"), (word("headline.broken-off"), "text")]
        for name, value in facts(self._result, self._span, self._shower, word):
            if value:
                yield [(word(name), "label"), (value, "text")]

    def _counts(self) -> Iterator[list[Cell]]:
        word = self._words.both
        counted = Counter((row.kind, str(row.requirement.level)) for row in self._rows())
        heads = [word("sheet.verdict"), *(word(f"level.{level}") for level in LEVELS), word("kind.total")]
        yield [(head, "head") for head in heads]
        for kind in KINDS.values():
            numbers = [counted[kind, level] for level in LEVELS]
            yield [(word(f"kind.{kind}"), kind), *_numbers(*numbers, sum(numbers))]
        totals = [sum(counted[kind, level] for kind in KINDS.values()) for level in LEVELS]
        yield [(word("kind.total"), "label"), *_numbers(*totals, sum(totals))]

    # Its requirements

    def _requirements(self) -> Iterator[list[Cell]]:
        for section in self._sections:
            for row in section.rows:
                yield self._requirement(section, row)

    def _requirement(self, section: Section, row: Row) -> list[Cell]:
        word, requirement, cases = self._words.both, row.requirement, row.verdict.cases
        texts: list[Cell] = [
            (self._named(f"protocol.{section.protocol}", section.protocol), "text"),
            ((section.name, self._named(f"section.{section.protocol}.{section.name}", "")), "text"),
            (requirement.id, "text"),
            (requirement.clause, "text"),
            (word(f"level.{requirement.level}"), "text"),
            (word(f"party.{requirement.party}"), "text"),
            ((row.chinese, row.text) if row.chinese else row.text, "text"),
            (word(f"kind.{row.kind}"), row.kind),
            (tuple(self._reasons(row)), "text"),
        ]
        return [*texts, *_numbers(len(cases), row.judged, sum(case.failed > 0 for case in cases), row.failed)]

    def _reasons(self, row: Row) -> Iterator[str]:
        word = self._words.both
        if row.verdict.why:
            yield word(f"why.{row.verdict.why}")
        if row.failed:
            yield word("row.bad", judged=row.judgements, failed=row.failed)
        if row.never:
            yield word("row.never-judged", number=row.never)
        if row.reason_zh:
            yield row.reason_zh
        if row.reason:
            yield row.reason
        if row.accepted:
            yield f"{word('row.accepted')}: {row.accepted}"

    def _named(self, name: str, otherwise: str) -> str:
        """The word, or what is nobody's word."""
        return self._words.both(name) if self._words.has(name) else otherwise

    # What was wrong

    def _findings(self) -> Iterator[list[Cell]]:
        for row in self._rows():
            yield from (self._finding(row, finding) for finding in _bad(row))
            if row.unlisted:
                unlisted = self._words.both("row.unlisted", number=row.unlisted)
                yield [(each, "text") for each in (row.requirement.id, "", "", unlisted, "", "", "", "", row.again)]

    def _finding(self, row: Row, finding: FindingShown) -> list[Cell]:
        place = self._place(finding)
        texts = (
            row.requirement.id,
            finding.case,
            finding.expected,
            finding.actual,
            finding.path,
            ", ".join(map(str, finding.elsewhere)),
            place.scenario if place else "",
            self._shower.moment(place.at_ms) if place else "",
            row.again,
        )
        return [(each, "text") for each in texts]

    def _place(self, finding: FindingShown) -> Place | None:
        """Where its last record stands: only then was everything there that it rests on."""
        return self._places.get(max(finding.elsewhere)) if finding.elsewhere else None


def _bad(row: Row) -> list[FindingShown]:
    return [*row.bad, *row.more_bad]


def _numbers(*numbers: int) -> list[Cell]:
    return [(number, "number") for number in numbers]
