"""Verdicts as the page shows them: the counts by section, and each row with its findings and their evidence."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.finding import Finding
from conformance.recorded import RunResult
from conformance.requirements.ledger import Requirement
from conformance.telling import merged, shown
from conformance.verdict import Exit, Status, Verdict
from reports.html.messages import Shower
from reports.html.pictures import Picture
from reports.html.reasons import chinese_reason
from reports.order import by_section
from reports.timeline import Blame

KINDS = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.INCONCLUSIVE: "open",
    Status.ADVISORY: "advisory",
    Status.NOT_APPLICABLE: "na",
}
HEADLINES = {Exit.PASSED: "pass", Exit.FAILED: "fail", Exit.OPEN: "open", Exit.INVALID: "invalid"}
MOST_RECORDS = 400  # on one page; those behind bad findings come first
MOST_BEHIND_ONE = 12
MOST_UNFOLDED = 8
PLAIN_COUNT = re.compile(r"\d+ bad finding\(s\)")
NEVER_JUDGED = re.compile(r"(?:; )?never judged: .*", re.S)
CLAUSE_WORDS = {
    r"\brow (\d+)": r"第 \1 行",
    r"\bconstraints? (\d+)": r"约束 \1",
    r"\bchapter (\d+)": r"第 \1 章",
    r"\bfield tables\b": "字段表",
    r"\bexamples\b": "示例",
    r" to ": " 至 ",
    r"\bseed\b": "补充规范",
    r" and ": " 和 ",
}  # of the ledger's clauses
CHINESE = Path(__file__).with_name("rows_zh.toml")


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding. ``records`` are on the page, ``elsewhere`` in the journal only."""

    case: str
    expected: str
    actual: str
    path: str
    records: tuple[int, ...]
    elsewhere: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement with its verdict."""

    verdict: Verdict
    kind: str
    chinese: str
    text: str
    quote: str
    reason: str
    reason_zh: str
    accepted: str
    bad: list[FindingShown]
    more_bad: list[FindingShown]
    unlisted: int  # bad findings that are counted, and kept nowhere
    good: list[FindingShown]
    again: str
    pictures: list[int]
    unfolded: bool

    @property
    def requirement(self) -> Requirement:
        return self.verdict.requirement

    @property
    def chinese_clause(self) -> str:
        return chinese_clause(self.requirement.clause)

    @property
    def judged(self) -> int:
        return sum(case.judged > 0 for case in self.verdict.cases)

    @property
    def failed(self) -> int:
        return sum(case.failed for case in self.verdict.cases)

    @property
    def judgements(self) -> int:
        return sum(case.judged for case in self.verdict.cases)

    @property
    def never(self) -> int:
        return len(self.verdict.cases) - self.judged


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a document."""

    protocol: str
    name: str
    rows: list[Row]

    @property
    def id(self) -> str:
        return f"{self.protocol}-{self.name}"

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.kind for row in self.rows)


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict of the run, and the numbers that it is told with."""

    kind: str
    exit_code: int
    deciding: int
    failed: int
    open: int

    @property
    def said(self) -> str:
        """The word of the sentence that tells it."""
        if self.deciding == 1 and self.kind != "invalid":
            return f"headline.said-one-{self.kind}"
        return "headline.said-fail-open" if self.kind == "fail" and self.open else f"headline.said-{self.kind}"


def headline(result: RunResult) -> Headline:
    """What the run came to."""
    deciding = [verdict for verdict in result.judgement.verdicts if verdict.decides]
    return Headline(
        HEADLINES[result.exit_code],
        result.exit_code,
        len(deciding),
        sum(verdict.status is Status.FAIL for verdict in deciding),
        sum(verdict.status is Status.INCONCLUSIVE for verdict in deciding),
    )


def blames(result: RunResult) -> Iterable[Blame]:
    """The bad findings, as pictures mark them."""
    for verdict in result.judgement.verdicts:
        for finding in verdict.bad:
            yield Blame(verdict.requirement.id, finding.case, finding.at)


def wanted(result: RunResult) -> set[int]:
    """The records that the page shows whole."""
    verdicts = result.judgement.verdicts
    cited = [finding.at[:MOST_BEHIND_ONE] for verdict in verdicts for finding in shown(verdict.bad)]
    cited += [finding.at[:MOST_BEHIND_ONE] for verdict in verdicts for finding in verdict.bad]
    cited += [finding.at[:MOST_BEHIND_ONE] for verdict in verdicts for finding in verdict.good]
    return set(list(dict.fromkeys(seq for at in cited for seq in at))[:MOST_RECORDS])


class Rows:
    """Makes rows; everything that anybody said in them is masked."""

    def __init__(
        self, result: RunResult, shower: Shower, records: Collection[int], pictures: Iterable[Picture]
    ) -> None:
        self._result, self._shower, self._records = result, shower, records
        self._pictures = list(pictures)
        failing = sum(verdict.status is Status.FAIL for verdict in result.judgement.verdicts)
        self._unfolds = failing <= MOST_UNFOLDED

    def sections(self) -> list[Section]:
        """All rows, in the order of their documents."""
        return [
            Section(protocol, name, [self._row(verdict) for verdict in group])
            for (protocol, name), group in by_section(self._result.judgement.verdicts).items()
        ]

    def _row(self, verdict: Verdict) -> Row:
        row, text = verdict.requirement, self._shower.text
        reason = text(_more_than_counts(verdict.reason))
        few = shown(verdict.bad)
        return Row(
            verdict=verdict,
            kind=KINDS[verdict.status],
            chinese=chinese(row),
            text=text(row.text),
            quote=text(row.quote),
            reason=reason,
            reason_zh=chinese_reason(reason),
            accepted=text(verdict.accepted),
            bad=[self._finding(finding) for finding in few],
            more_bad=[self._finding(finding) for finding in merged(verdict.bad) if finding not in few],
            unlisted=max(0, sum(case.failed for case in verdict.cases) - len(verdict.bad)),
            good=[self._finding(finding) for finding in verdict.good],
            again=text(self._result.asked.again(row.id)),
            pictures=[picture.number for picture in self._pictures if row.id in picture.rows],
            unfolded=verdict.status is Status.FAIL and self._unfolds,
        )

    def _finding(self, finding: Finding) -> FindingShown:
        text = self._shower.text
        at = tuple(dict.fromkeys(finding.at))
        here = tuple(seq for seq in at[:MOST_BEHIND_ONE] if seq in self._records)
        elsewhere = tuple(seq for seq in at if seq not in here)
        return FindingShown(
            text(str(finding.case)), text(finding.expected), text(finding.actual), text(finding.path), here, elsewhere
        )


def _more_than_counts(reason: str) -> str:
    """The reason without what the cases say, and the page says in both languages."""
    return "" if PLAIN_COUNT.fullmatch(reason) else NEVER_JUDGED.sub("", reason)


def chinese(row: Requirement) -> str:
    """The row in Chinese; empty while its translation is of another English text."""
    told = _chinese_rows().get(row.id, {})
    return told["zh"] if told.get("en") == row.text else ""


def chinese_clause(clause: str) -> str:
    """Where a row stands, in Chinese; numbers and names stay."""
    for english, word in CLAUSE_WORDS.items():
        clause = re.sub(english, word, clause)
    return clause


@cache
def _chinese_rows() -> Mapping[str, Mapping[str, str]]:
    with CHINESE.open("rb") as file:
        return tomllib.load(file)
