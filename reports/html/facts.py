"""What there is to know of a run, by the names of the words that stand before it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.recorded import RunResult
from reports.html.messages import Shower, duration
from simulators.journal.records import Record


@dataclass(slots=True)
class Span:
    """From the first protocol moment of a journal to its last."""

    first_ms: int = 0
    last_ms: int = 0

    def observe(self, record: Record) -> None:
        """Take in the next record."""
        self.first_ms = self.first_ms or record.at_ms
        self.last_ms = max(self.last_ms, record.at_ms)


def facts(result: RunResult, span: Span, shower: Shower, words: Callable[..., str]) -> Iterator[tuple[str, str]]:
    """A word, and what it stands before; empty for what this run has none of. ``words`` looks up a word of ours."""
    text, target, asked = shower.text, result.stage.target, result.asked
    clock = target.pixit.clock
    yield "run.target", text(target.name)
    yield "run.target-file", text(Path(target.path).name)
    yield "run.sut", text(asked.sut)
    yield "run.began", shower.moment(round(result.began.timestamp() * 1000))
    yield "run.duration", duration(round(result.duration_s * 1e9))
    yield "run.clock", words(f"run.{clock.kind}", **({"rate": clock.rate} if clock.kind == "scaled" else {}))
    if span.last_ms:
        yield "run.protocol-time", f"{shower.moment(span.first_ms)} … {shower.moment(span.last_ms)}"
    yield "run.versions", text(", ".join(f"{name} {version}" for name, version in result.versions.items()))
    yield "run.selection", text(" ".join(asked.words)) or words("run.everything")
    yield "run.counting", words("run.strict") if asked.strict else ""
    yield "run.readings", text(", ".join(f"{row} {reading}" for row, reading in target.readings.items()))
    yield "run.seed", str(asked.seed)
    yield "run.scenarios", _scenarios(result, words)
    if elsewhere := Counter(row.judged_by for row in result.judged_elsewhere):
        yield "run.elsewhere", words("run.elsewhere-rows", load=elsewhere["load"], rehearsal=elsewhere["rehearse"])
    yield "run.worlds", str(result.worlds) if result.worlds > 1 else ""
    yield "run.records", str(result.judgement.records)
    yield "run.journal", text(result.journal.name)
    yield "run.digest", _digest(result.journal)


def _scenarios(result: RunResult, words: Callable[..., str]) -> str:
    """How many were played, of how many that were asked for."""
    if not result.left_out:
        return str(result.scenarios)
    return words("run.played", played=result.scenarios, asked=result.scenarios + result.left_out)


def _digest(journal: Path) -> str:
    """What the journal's bytes come to, for whoever must show later that it is the same file."""
    unfinished = journal.with_name(journal.name + "-wal")
    if not journal.is_file() or unfinished.exists():
        return ""
    with journal.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
