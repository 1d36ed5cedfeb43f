"""``chargeproof probe``: which readings a server keeps to, by asking it; told with the evidence, and written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.asked import Asked
from conformance.places import new_folder, point_latest
from conformance.probing.asking import Answer, Probe
from conformance.probing.hearing import Heard, Scalar
from conformance.recorded import redactor
from conformance.staging import Stage
from conformance.target import Target
from conformance.target_writing import Table, as_toml, write_values
from conformance.verdict import Exit
from simulators.evchong.dialect import READINGS
from simulators.journal.personal import Personal
from simulators.journal.reading import read
from simulators.lab.running import RunningLab

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found: an answer a row, what the PIXIT takes beside the readings, and what could not be ended."""

    answers: Mapping[str, Answer]
    refusal: tuple[str, Scalar] | None
    billed: str | None
    left: tuple[str, ...]
    works: bool

    @property
    def readings(self) -> dict[str, str]:
        """The rows that were decided."""
        found = {row: self.answers[row].reading for row in READINGS}
        return {row: reading for row, reading in found.items() if reading is not None}

    def tables(self) -> dict[Table, dict[str, Scalar]]:
        """What belongs into the target file."""
        found: dict[Table, dict[str, Scalar]] = {}
        if self.billed:
            found[("pixit", "evchong")] = {"billed_energy": self.billed}
        if self.refusal:
            found[("pixit", "evchong", "refusal")] = {"key": self.refusal[0], "accepted": self.refusal[1]}
        if self.readings:
            found[("readings",)] = dict(self.readings)
        return found


def probe(
    target: str = "",
    *,
    write: bool = False,
    out: Path = Path("chargeproof-out"),
    environ: Mapping[str, str] = os.environ,
    say: Say = print,
) -> int:
    """Ask the target's server, tell what was found, and write it into the file; 0, or 2 when nothing could be found.

    Raises:
        TargetError: the target file cannot be used, or not be written to.
        LabError: the lab cannot be opened on it.
    """
    asked = Asked(target=target)
    stage = asked.stage(environ)
    folder = new_folder(out)
    probed = ask(stage, folder / "journal.db")
    point_latest(folder)
    masked = redactor(stage.target, Personal.of(read([folder / "journal.db"]))).text
    for line in told(probed, stage.target):
        say(masked(line))
    say(f"journal  {folder / 'journal.db'}")
    if write and target and probed.tables():
        write_values(Path(target), probed.tables())
        say(f"written into {target}")
    return Exit.PASSED if probed.works else Exit.OPEN


def ask(stage: Stage, journal: Path) -> Probed:
    """Ask one server, over a lab of its own; the journal keeps every word."""
    with RunningLab(stage.lab_setting(journal)) as running:
        running.ask("lab.step", {"what": "run-began", "values": stage.recorded((), ("probe",))})
        asking = Probe(running, stage.target)
        try:
            asking.ask()
        finally:
            asking.end()
            left = [*asking.left, *running.ask("lab.rest", {})["left"]]
            if left:
                running.ask("lab.step", {"what": "left-open", "values": {"left": left}})
        running.ask("lab.step", {"what": "run-ended"})
    return Probed(asking.answers, asking.refusal, asking.billed, tuple(left), asking.works)


def told(probed: Probed, target: Target) -> Iterator[str]:
    """What was found, in lines."""
    shown: set[int] = set()
    for row in READINGS:
        answer = probed.answers[row]
        kept = target.readings.get(row, READINGS[row].default)
        word = answer.reading or f"undecided, {kept} is kept"
        yield f"{row:<8} {word}: {answer.why}"
        yield from _evidence(answer.heard, shown)
    if probed.left:
        yield f"left open on the server: {'; '.join(probed.left)}"
    if tables := probed.tables():
        yield ""
        yield from as_toml(tables).splitlines()


def _evidence(heard: Iterable[Heard], shown: set[int]) -> Iterator[str]:
    """Question and answer of each record; once is enough."""
    for each in heard:
        record = f"         record {each.exchange.seq}"
        if each.exchange.seq in shown:
            yield f"{record}, as above"
            continue
        shown.add(each.exchange.seq)
        yield f"{record}{f' ({each.tried})' if each.tried else ''}: {each.asked_text()}"
        yield f"           -> {each.answer_text()}"
