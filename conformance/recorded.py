"""A run judged from its journal alone. Whoever asks for verdicts asks here: check, judge, plain pytest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.asked import DEFAULT_TARGET, Asked
from conformance.judge import Judgement
from conformance.places import named_after
from conformance.requirements.ledger import NO_CHECK, Requirement, ledger, select
from conformance.staging import Stage, as_claimed, claimed_protocols
from conformance.target import Target
from conformance.target_file import SECRET, fill_in
from conformance.timings import Timing, Timings
from simulators.beijing.messages import Interface
from simulators.beijing.peer import SUT
from simulators.journal.personal import Personal
from simulators.journal.reading import read
from simulators.journal.records import Exchange, Record, Step, moment_ns
from simulators.journal.redaction import Redactor
from simulators.journal.tables import JournalError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """The verdicts of one run, and what there is to know of it."""

    stage: Stage
    asked: Asked
    journal: Path
    judgement: Judgement
    began: datetime
    duration_s: float
    versions: dict[str, str]
    worlds: int
    scenarios: int
    left_out: int = 0  # scenarios that were asked for and not played
    personal: Personal = field(default_factory=Personal)
    timings: tuple[Timing, ...] = ()

    @property
    def exit_code(self) -> int:
        return self.judgement.exit_code

    @property
    def judged_elsewhere(self) -> list[Requirement]:
        """The rows that were asked for and would count, and that no check judges: by a load run, by a rehearsal."""
        told = {verdict.requirement.id for verdict in self.judgement.verdicts}
        claimed = claimed_protocols(self.stage.target)
        return [
            row
            for row in select(self.asked.words)
            if row.judged_by in NO_CHECK
            and row.protocol in claimed
            and row.id not in told
            and self.stage.counts(row, strict=self.asked.strict)
        ]

    def redactor(self) -> Redactor:
        """Masks whatever leaves the journal of this run."""
        return redactor(self.stage.target, self.personal)

    def with_trouble(self, troubles: Sequence[str]) -> RunResult:
        """The same with what went wrong on our side and is in no journal; such a run is invalid."""
        if not troubles:
            return self
        return replace(self, judgement=replace(self.judgement, invalid=(*self.judgement.invalid, *troubles)))


def judge_journal(paths: Sequence[Path], target: Target | None = None) -> RunResult:
    """Judge the journal of a run, or its parts as one; with another target file if one is given.

    Raises:
        JournalError: a file is missing, damaged, or no journal of a run.
        TargetError: the recorded target cannot be used.
    """
    began = _beginning(paths)
    stage = Stage.from_record(began.values)
    if target is not None:
        stage = replace(stage, target=target, readings=None, refusal=None)
    rows = [as_claimed(row, stage.target) for row in _rows(began, paths[0])]
    judge, personal, timings = stage.judge(), Personal(), Timings()
    hidden = _hidden_places(stage)
    last: Record = began
    strict, scenarios, left_out = False, 0, 0
    for last in read(list(paths)):
        judge.observe(last)
        personal.observe(last)
        if hidden and isinstance(last, Exchange):
            personal.secrets.update(_hidden_in(last, hidden))
        timings.observe(last)
        if isinstance(last, Step):
            strict = strict or (last.what == "run-asked" and bool(last.values["strict"]))
            scenarios += last.what == "scenario-began" and bool(last.values["rows"])
            left_out += last.what == "scenario-left-out" and bool(last.values.get("rows"))
    asked = _asked(began, stage, strict)

    def counts(row: Requirement) -> bool:
        return stage.counts(row, strict=strict)

    day = datetime.fromtimestamp(began.wall_ns / 1e9, UTC)
    return RunResult(
        stage=stage,
        asked=asked,
        journal=named_after(paths),
        judgement=judge.judgement(rows, counts, stage.target.accepted, day.date()),
        began=day,
        duration_s=round((moment_ns(last) - began.mono_ns) / 1e9, 3),
        versions=began.values["versions"],
        worlds=len(judge.worlds),
        scenarios=scenarios,
        left_out=left_out,
        personal=personal,
        timings=timings.told(),
    )


def nothing_recorded(asked: Asked, stage: Stage, rows: Sequence[Requirement], folder: Path) -> RunResult:
    """The result of a run that left no journal: every row open, and the run invalid."""
    return RunResult(
        stage=stage, asked=asked, journal=folder / "journal.db", began=datetime.now(UTC), duration_s=0.0,
        judgement=stage.judge().judgement(rows, lambda row: stage.counts(row, strict=asked.strict)),
        versions={}, worlds=0, scenarios=0,
    )  # fmt: skip


def redactor(target: Target, personal: Personal | None = None) -> Redactor:
    """Masks what must not leave the journal: secrets and tokens, and whose names, cards and plates are spoken of.

    A target out of a journal has no secrets: they are in the environment. A server that tells the id of a row, or the
    name of an interface, as somebody's card doesn't get it off the report.
    """
    site = target.site()
    secrets = target.secrets or fill_in(target.document, os.environ)[1]
    spoken_of = personal or Personal()
    ours = {*ledger(), *Interface}
    return Redactor(
        secrets=[*secrets.values(), *(spoken_of.secrets - ours)],
        cards=[*(card.id_token for card in site.cards), *(spoken_of.numbers - ours)],
        plates=[card.plate for card in site.cards if card.plate],
        people=spoken_of.people - ours,
    )


def _hidden_places(stage: Stage) -> dict[str, list[str]]:
    """Of each protocol whose address holds a ``${NAME}``, the host and the pieces of the path as they are written.

    The journal keeps every byte of a request, and who judges it elsewhere has no such name in the environment. What
    others called, as in a recording, says nothing of that address.
    """
    tables = stage.target.document["pixit"] if stage.ours else {}
    written = {name: tables.get(name, {}).get("base_url", "") for name in ("evchong", "beijing")}
    return {name: _places(url) for name, url in written.items() if SECRET.search(url)}


def _hidden_in(exchange: Exchange, hidden: Mapping[str, list[str]]) -> Iterator[str]:
    if exchange.peer == SUT:
        both = zip(hidden.get(exchange.protocol, ()), _places(exchange.request.url), strict=False)
        yield from (told for written, told in both if SECRET.search(written))


def _places(url: str) -> list[str]:
    """Host and path: the rest of an address is not sent."""
    parts = urlsplit(url)
    return [parts.hostname or "", *parts.path.strip("/").split("/")]


def _beginning(paths: Sequence[Path]) -> Step:
    for record in read(list(paths)):
        if isinstance(record, Step) and record.what == "run-began":
            return record
    raise JournalError(f"{paths[0]}: holds no beginning of a run; name the journal.db of a check")


def _rows(began: Step, path: Path) -> list[Requirement]:
    known = ledger()
    if unknown := [row for row in began.values["rows"] if row not in known]:
        raise JournalError(f"{path}: asks for {unknown[0]}, unknown to this release; use the one that wrote it")
    return [known[row] for row in began.values["rows"]]


def _asked(began: Step, stage: Stage, strict: bool) -> Asked:
    values: dict[str, Any] = began.values
    path = "" if Path(stage.target.path) == DEFAULT_TARGET else stage.target.path
    sut = stage.sut.rpartition(":")[2] if stage.sut.startswith("simulators.mutants.") else stage.sut
    return Asked(target=path, words=tuple(values["selection"]), sut=sut, strict=strict, seed=stage.seed)
