"""``chargeproof probe``: which readings a server keeps to, by asking it; told with the evidence, and written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.asked import Asked
from conformance.places import new_folder, point_latest
from conformance.probing.asker import Answer, Asker, Evidence
from conformance.probing.beijing.asking import CityAsker
from conformance.probing.evchong.asking import BoxAsker
from conformance.recorded import redactor
from conformance.staging import Stage, claimed_protocols
from conformance.target import Target
from conformance.target_writing import Scalar, Table, as_toml, write_values
from conformance.verdict import Exit
from simulators.journal.personal import Personal
from simulators.journal.reading import read
from simulators.lab.running import RunningLab

Say = Callable[[str], None]

# In this order, as the city hears of what boxes do: how these talk must be known before.
ASKERS: Mapping[str, type[Asker]] = {"evchong": BoxAsker, "beijing": CityAsker}


@dataclass(slots=True)
class Probed:
    """What a probe found: an answer a row, what the PIXIT takes beside the readings, and what could not be ended.

    ``works``: the server was seen to tell whom it knows from whom it does not, in one protocol at least.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)  # the rows that were decided
    pixit: dict[Table, dict[str, Scalar]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    works: bool = False

    def add(self, asker: Asker) -> None:
        """What the asker of another protocol found."""
        self.answers |= {row: asker.answers[row] for row in asker.table if row in asker.answers}
        self.readings |= asker.readings
        self.pixit |= asker.pixit
        self.left += asker.left
        self.works |= asker.works

    def tables(self) -> dict[Table, dict[str, Scalar]]:
        """What belongs into the target file."""
        return {**self.pixit, ("readings",): dict(self.readings)} if self.readings else dict(self.pixit)


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
    """Ask one server in every protocol that it claims, over a lab of its own; the journal keeps every word."""
    probed = Probed()
    with RunningLab(stage.lab_setting(journal)) as running:
        running.ask("lab.step", {"what": "run-began", "values": stage.recorded((), ("probe",))})
        for protocol in claimed_protocols(stage.target):
            known = {**stage.target.readings, **probed.readings}
            running.ask("lab.use_readings", {"readings": known})
            probed.add(_asked(ASKERS[protocol](running, stage.target, known), running))
        running.ask("lab.step", {"what": "run-ended"})
    return probed


def _asked(asker: Asker, running: RunningLab) -> Asker:
    """The same, once it has asked; whatever it opened is ended."""
    try:
        asker.ask()
    finally:
        asker.end()
        asker.left += running.ask("lab.rest", {})["left"]
        if asker.left:
            running.ask("lab.step", {"what": "left-open", "values": {"left": asker.left}})
    return asker


def told(probed: Probed, target: Target) -> Iterator[str]:
    """What was found, in lines."""
    shown: set[int] = set()
    for row, answer in probed.answers.items():
        kept = target.readings.get(row, _default(row))
        word = answer.reading or f"undecided, {kept} is kept"
        yield f"{row:<8} {word}: {answer.why}"
        yield from _evidence(answer.heard, shown)
    if probed.left:
        yield f"left open on the server: {'; '.join(probed.left)}"
    if tables := probed.tables():
        yield ""
        yield from as_toml(tables).splitlines()


def _default(row: str) -> str:
    return next(asker.table[row].default for asker in ASKERS.values() if row in asker.table)


def _evidence(heard: Iterable[Evidence], shown: set[int]) -> Iterator[str]:
    """Question and answer of each record; once is enough."""
    for each in heard:
        record = f"         record {each.exchange.seq}"
        if each.exchange.seq in shown:
            yield f"{record}, as above"
            continue
        shown.add(each.exchange.seq)
        yield f"{record}{f' ({each.tried})' if each.tried else ''}: {each.asked_text()}"
        yield f"           -> {each.answer_text()}"
