"""Allure results of a run, for the tools that read them: a result a row, and one that says whether the run is valid.

Statuses are those of the JUnit XML: what is open is skipped, an advisory passes. Only a rule of ours that broke makes a
row broken. Allure's pass rate leaves out what is skipped, so the verdict itself stands among the surroundings.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    ATTACHMENT_PATTERN,
    Attachment,
    Label,
    Link,
    Parameter,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.model2 import Status as Outcome
from allure_commons.types import AttachmentType, LabelType, LinkType, Severity

from conformance.finding import Finding
from conformance.places import write_whole
from conformance.recorded import RunResult
from conformance.requirements.ledger import Requirement
from conformance.telling import clause, merged, row_failure, shown, told
from conformance.verdict import Status, Verdict
from reports.allure.messages import Masking, Message, messages
from reports.html.page import FILE as PAGE
from reports.html.rows import HEADLINES, MOST_BEHIND_ONE, chinese
from reports.html.words import Words
from simulators.journal.records import Record

FOLDER = "allure-results"
SETTINGS = Path(__file__).with_name("allurerc.json")
TEXT = AttachmentType.TEXT
SPOKEN = "zh"  # the language of the page that make allure makes
SEVERITIES = {"M": Severity.CRITICAL, "R": Severity.NORMAL, "D": Severity.MINOR}
OUTCOMES = {Status.PASS: Outcome.PASSED, Status.ADVISORY: Outcome.PASSED, Status.FAIL: Outcome.FAILED}
RULE = "-" * 80
MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def write(result: RunResult, records: Iterable[Record], into: Path) -> Path:
    """Write the folder ``allure-results`` into another; it appears only when it is complete."""
    folder, unfinished = into / FOLDER, into / f".{FOLDER}.unfinished"
    writer: Any = AllureFileLogger(unfinished, clean=True)  # type: ignore[no-untyped-call]
    masking = Masking(result)
    kept = messages(result, records, masking)
    results = Results(result, masking, kept)
    for verdict in result.judgement.verdicts:
        for source, text in results.texts(verdict):
            writer.report_attached_data(text, source)
    for each in results.all():
        writer.report_result(each)
    write_whole(unfinished / "environment.properties", "".join(_property(*pair) for pair in results.surroundings()))
    write_whole(unfinished / "categories.json", json.dumps(categories(), ensure_ascii=False, indent=1) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    return unfinished.rename(folder)


def categories() -> list[dict[str, Any]]:
    """How results are grouped by their reasons. Allure 2 reads it in the results, Allure 3 in its own settings."""
    grouped: list[dict[str, Any]] = json.loads(SETTINGS.read_text(encoding="utf-8"))["categories"]
    return grouped


class Results:
    """Makes the results of one run; everything that anybody said in them is masked."""

    def __init__(self, result: RunResult, masking: Masking, kept: dict[int, Message]) -> None:
        self._result, self._text, self._messages = result, masking.text, kept
        self._words = Words()
        self._target = self._text(result.stage.target.name)
        self._sut = self._text(result.asked.sut)
        self._began_ms = round(result.began.timestamp() * 1000)
        self._crashed = {crash.row: crash.trace for crash in result.judgement.crashes}

    def all(self) -> Iterator[TestResult]:
        """The run, then its rows in the order of their documents."""
        yield self._run()
        for place, verdict in enumerate(self._result.judgement.verdicts, start=1):
            yield self._row(verdict, self._began_ms + place)  # Allure orders by the moment; rows have none

    def surroundings(self) -> Iterator[tuple[str, str]]:
        """What there is to know of the run, the verdict first."""
        result, word = self._result, self._word
        code = result.exit_code
        yield word("headline.exit"), f"{code} {word(f'headline.{HEADLINES[code]}')}: {word(f'exit.{code}')}"
        yield word("run.target"), self._target
        yield word("run.target-file"), self._text(Path(result.stage.target.path).name)
        yield word("run.sut"), self._sut
        yield word("run.began"), f"{result.began:%Y-%m-%d %H:%M:%S} UTC"
        yield word("run.selection"), self._text(" ".join(result.asked.words)) or word("run.everything")
        yield word("run.seed"), str(result.asked.seed)
        yield word("run.scenarios"), str(result.scenarios)
        yield word("run.records"), str(result.judgement.records)
        yield from ((name, self._text(version)) for name, version in result.versions.items())

    def texts(self, verdict: Verdict) -> Iterator[tuple[str, str]]:
        """The attachments of a row: all its findings in words, with what is behind the good; then each bad one told.

        Allure 3 takes a file for one place only, and files cost most, so these are few, and messages stand twice.
        """
        row = verdict.requirement.id
        bad = merged(verdict.bad)
        if found := (*bad, *verdict.good):
            heads = ["\n".join(f"{label:<9} {self._text(said)}" for label, said in told(finding)) for finding in found]
            yield _source(row), "\n\n".join((*heads, *self._behind(*verdict.good)))
        for place in _few(verdict):
            yield _source(row, place), "\n\n".join(self._behind(bad[place]))

    def _behind(self, *findings: Finding) -> Iterator[str]:
        for seq in dict.fromkeys(seq for finding in findings for seq in finding.at[:MOST_BEHIND_ONE]):
            if message := self._messages.get(seq):
                yield f"{RULE}\n{message.name}\n{RULE}\n{message.text}"

    def _run(self) -> TestResult:
        judgement, text = self._result.judgement, self._text
        title, validity = self._word("run.title"), self._word("headline.validity")
        run = self._result_of("the-run-is-valid", validity, self._began_ms, [title, validity, validity])
        run.stop = self._began_ms + round(self._result.duration_s * 1000)
        run.labels.append(Label(LabelType.SEVERITY, Severity.BLOCKER.value))
        run.status = Outcome.PASSED if judgement.valid else Outcome.BROKEN
        if not judgement.valid:
            lines = [text(line) for line in judgement.invalid]
            traces = [text(crash.trace) for crash in judgement.crashes]
            run.statusDetails = StatusDetails(message=lines[0], trace="\n".join((*lines, *traces)))
        seen = [f"{row}: {remark} ({count})" for row, remark, count in self._observations()]
        run.description = "\n".join(f"- {_plain(text(line))}" for line in (*seen, *judgement.left_open))
        return run

    def _observations(self) -> Iterator[tuple[str, str, int]]:
        return ((seen.row, seen.text, count) for seen, count in self._result.judgement.observations)

    def _row(self, verdict: Verdict, at_ms: int) -> TestResult:
        row, text = verdict.requirement, self._text
        spoken = text(chinese(row) or row.text)
        test = self._result_of(row.id, f"{row.id} {spoken}", at_ms, [*self._place(row), f"{row.id} {spoken}"])
        test.labels += [
            Label(LabelType.SEVERITY, SEVERITIES[row.level].value),
            Label(LabelType.TAG, str(verdict.status)),
            *([Label(LabelType.TAG, str(verdict.why))] if verdict.why else []),
            Label("level", row.level),
            Label("party", row.party),
        ]
        test.status = self._outcome(verdict)
        test.statusDetails = self._details(verdict)
        test.description = self._description(row)
        test.links = [Link(LinkType.LINK, f"{PAGE}#{row.id}", text(clause(row)))]  # Allure 3 shows the words alone
        test.parameters += [
            Parameter(self._word("row.cases"), str(len(verdict.cases)), excluded=True),
            Parameter(self._word("row.cases-judged"), str(sum(case.judged > 0 for case in verdict.cases)), True),
            Parameter(self._word("row.counts"), self._word(f"row.counts-{'yes' if verdict.counts else 'no'}"), True),
        ]
        test.steps = list(self._cases(verdict))
        if verdict.bad or verdict.good:
            test.attachments = [self._attached(_source(row.id))]
        return test

    def _result_of(self, name: str, title: str, at_ms: int, groups: Sequence[str]) -> TestResult:
        """A result of a name that lasts; its history is that of one target."""
        epic, feature, story = groups
        return TestResult(
            uuid=_id(name, self._target, self._sut, str(self._began_ms)),
            historyId=_id(name, self._target, self._sut),
            testCaseId=_id(name),
            fullName=name,
            titlePath=[epic, feature],
            name=title,
            start=at_ms,
            stop=at_ms,
            stage="finished",
            labels=[
                Label(LabelType.EPIC, epic),
                Label(LabelType.FEATURE, feature),
                Label(LabelType.STORY, story),
                Label(LabelType.FRAMEWORK, "chargeproof"),
                Label("target", self._target),
                *([Label("sut", self._sut)] if self._sut else []),
                *(Label(name, self._text(version)) for name, version in self._result.versions.items()),
            ],
            parameters=[Parameter(self._word("run.target"), self._target)],
        )

    def _outcome(self, verdict: Verdict) -> str:
        if verdict.requirement.id in self._crashed:
            return str(Outcome.BROKEN)
        if verdict.accepted and verdict.status in (Status.FAIL, Status.INCONCLUSIVE):
            return str(Outcome.SKIPPED)
        return str(OUTCOMES.get(verdict.status, Outcome.SKIPPED))

    def _details(self, verdict: Verdict) -> StatusDetails | None:
        text, reason = self._text, verdict.reason
        if trace := self._crashed.get(verdict.requirement.id):
            return StatusDetails(message=text(trace.strip().splitlines()[-1]), trace=text(trace))
        if verdict.accepted:
            return StatusDetails(known=True, message=text(f"accepted by the target file: {verdict.accepted}"))
        if verdict.status in (Status.FAIL, Status.ADVISORY):
            if verdict.bad:
                reason = f"expected: {verdict.bad[0].expected}\nactual: {verdict.bad[0].actual}"
            return StatusDetails(message=text(reason), trace=text(row_failure(verdict, self._result.asked)))
        reason = f"{verdict.why}: {reason}" if verdict.why else reason
        return StatusDetails(message=text(reason)) if reason else None

    def _description(self, row: Requirement) -> str:
        lines = (chinese(row), row.text, clause(row))
        return "\n\n".join(_plain(self._text(line)) for line in lines if line)

    def _place(self, row: Requirement) -> tuple[str, str]:
        words, name = self._words, f"section.{row.protocol}.{row.section}"
        epic, title = f"protocol.{row.protocol}", words.only(name, SPOKEN) if words.has(name) else ""
        return words.only(epic, SPOKEN) if words.has(epic) else row.protocol, f"{row.section} {title}".strip()

    # Steps: a case each, and in it what was found

    def _cases(self, verdict: Verdict) -> Iterator[TestStepResult]:
        steps: dict[str, list[TestStepResult]] = {}
        few = _few(verdict)
        for place, finding in enumerate((*merged(verdict.bad), *verdict.good)):
            attached = [self._attached(_source(verdict.requirement.id, place))] if place in few else []
            steps.setdefault(str(finding.case), []).append(self._found(finding, attached))
        for case in verdict.cases:
            counted = self._word("row.bad").format(judged=case.judged, failed=case.failed)
            outcome = Outcome.FAILED if case.failed else Outcome.PASSED if case.judged else Outcome.SKIPPED
            words = counted if case.judged else self._word("row.never")
            yield self._step(f"{case.id}: {words}", outcome, steps=steps.pop(case.id, []))
        for name, found in steps.items():  # of a case that the row does not list
            yield self._step(name, Outcome.FAILED if verdict.bad else Outcome.PASSED, steps=found)

    def _found(self, finding: Finding, attached: list[Attachment]) -> TestStepResult:
        told = {
            "row.expected": finding.expected,
            "row.record": ", ".join(map(str, dict.fromkeys(finding.at))),
            "row.path": finding.path,
        }
        return self._step(
            f"{self._word('row.actual')}: {finding.actual}",
            Outcome.PASSED if finding.ok else Outcome.FAILED,
            parameters=[Parameter(self._word(name), self._text(said)) for name, said in told.items() if said],
            attachments=attached,
        )

    def _step(self, name: str, outcome: str, **told: Any) -> TestStepResult:
        return TestStepResult(name=self._text(name), status=outcome, start=self._began_ms, stop=self._began_ms, **told)

    def _attached(self, source: str) -> Attachment:
        return Attachment(self._word("row.behind"), source, TEXT.mime_type)

    def _word(self, name: str) -> str:
        return self._words.only(name, SPOKEN)


def _id(*parts: str) -> str:
    return str(uuid5(NAMESPACE_OID, "\n".join(parts)))


def _source(row: str, place: int | None = None) -> str:
    """The file of a row, or of its bad finding in such a place."""
    prefix = row if place is None else f"{row}-bad-{place}"
    return str(ATTACHMENT_PATTERN.format(prefix=prefix, ext=TEXT.extension))


def _few(verdict: Verdict) -> set[int]:
    """The places of the bad findings that are told with their messages."""
    bad = merged(verdict.bad)
    return {bad.index(finding) for finding in shown(verdict.bad)}


def _plain(text: str) -> str:
    """Markdown that shows a text as it is."""
    return MARKDOWN.sub(r"\\\1", text)


def _property(name: str, value: str) -> str:
    """A line of a properties file, whose escapes are those of JSON and a few more; empty for an empty value."""
    key = re.sub(r"([ :=#!])", r"\\\1", json.dumps(name)[1:-1])
    return f"{key}={json.dumps(value)[1:-1]}\n" if value else ""
