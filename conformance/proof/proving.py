"""The proof of the suite: every mutant caught for its own reason, every lawful variant left alone, no pass for liars.

Each server of the catalogue is played the scenarios of its protocol and judged as any server is; what the verdicts say
of the suite is weighed by ``weighing``. Mutants and lawful variants are played those that can show them (``touching``).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.places import new_folder, point_latest, write_whole
from conformance.proof.choosing import choose, gaps, played_to_the_end, sample, slowest_first
from conformance.proof.playing import Job, Setting
from conformance.proof.telling import Proof, document, print_proof
from conformance.proof.weighing import Outcome
from conformance.proof.workers import Workers
from conformance.requirements.ledger import UnknownSelection
from conformance.verdict import Exit
from simulators.clock import monotonic_ns, wall_ns
from simulators.lab.kin import Kind, Member, catalogue

FILE = "prove.json"
BROKEN_OFF = 130  # what a shell calls a program that Ctrl-C ended


def main(
    selection: Sequence[str],
    out: Path,
    workers: int | None = None,
    seed: int = 1,
    *,
    sampled: bool = False,
    whole: bool = False,
) -> int:
    """Prove, write OUT/<run>/prove.json, print what is not as it should be; gives the exit code.

    ``sampled``: a draw instead of everything, another one every day. ``whole``: every scenario for every server, also
    those in which a server is the reference. ``workers``: processes, as many as there are
    processors unless told.
    """
    members = catalogue(seed)
    try:
        chosen = choose(selection, members)
    except UnknownSelection as unknown:
        print(f"chargeproof: {unknown}", file=sys.stderr)
        return Exit.MISUSE
    if sampled:
        day = date.today()  # noqa: DTZ011  the day of whoever runs it
        chosen = sample(chosen, day)
        print(f"the draw of {day}: {', '.join(member.name for member in chosen)}", file=sys.stderr)
    workers = workers or os.cpu_count() or 1
    folder = new_folder(out)
    began, began_ns = datetime.fromtimestamp(wall_ns() / 1e9, UTC), monotonic_ns()
    outcomes, complete = _proved(members, chosen, folder, workers, seed, whole=whole)
    proof = Proof(
        run=folder.name,
        began=began,
        duration_s=round((monotonic_ns() - began_ns) / 1e9, 3),
        selection=tuple(selection),
        sample=len(chosen) if sampled else None,
        seed=seed,
        workers=workers,
        complete=complete,
        outcomes=tuple(_in_order(outcomes, members)),
        gaps=tuple(gaps(members)) if len(chosen) == len(members) else (),
    )
    write_whole(folder / FILE, json.dumps(document(proof), ensure_ascii=False, indent=1) + "\n")
    point_latest(folder)
    print_proof(proof, Console())
    if not complete:
        return BROKEN_OFF
    return Exit.PASSED if proof.as_it_should_be else Exit.FAILED


def _proved(
    members: Sequence[Member], chosen: Sequence[Member], folder: Path, workers: int, seed: int, *, whole: bool
) -> tuple[list[Outcome], bool]:
    """What became of each server, and whether that was all of them. The reference comes first, and must pass."""
    protocols = {member.protocol for member in chosen}
    references = [one for one in members if one.kind is Kind.REFERENCE and one.protocol in protocols]
    others = slowest_first(member for member in chosen if member.kind is not Kind.REFERENCE)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="chargeproof-prove-", ignore_cleanup_errors=True) as scratch:
        setting = Setting(seed, Path(scratch), folder / "journals")
        try:
            with Workers(workers, setting) as pool, _progress(len(references) + len(others)) as told:
                outcomes += told(pool.prove(Job(reference) for reference in references))
                if not all(outcome.as_it_should_be for outcome in outcomes):
                    return outcomes, True  # what it is blamed for, every mutant would be blamed for too
                touches = {} if whole else {one.member.protocol: one.touches for one in outcomes}
                on = {other.name for other in others} if whole else played_to_the_end(others)
                jobs = [Job(other, touches.get(other.protocol, {}), other.name in on) for other in others]
                for outcome in told(pool.prove(jobs)):
                    outcomes.append(outcome)
        except KeyboardInterrupt:
            return outcomes, False
    return outcomes, True


class _Told:
    """Passes outcomes on and tells of each: in the last line of a terminal, or in a line each where there is none."""

    def __init__(self, total: int, bar: Progress | None) -> None:
        self._total, self._bar, self._done = total, bar, 0
        self._task = bar.add_task("", total=total) if bar else None

    def __call__(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self._done += 1
            words = f"{outcome.member.name}: {outcome.result}"
            if self._bar and self._task is not None:
                self._bar.update(self._task, completed=self._done, description=words)
            else:
                print(f"{self._done}/{self._total} {words}, {outcome.duration_s:.1f} s", file=sys.stderr)
            yield outcome


@contextmanager
def _progress(total: int) -> Iterator[_Told]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Told(total, None)
        return
    columns = (MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Told(total, bar)


def _in_order(outcomes: Iterable[Outcome], members: Sequence[Member]) -> list[Outcome]:
    place = {member.name: number for number, member in enumerate(members)}
    return sorted(outcomes, key=lambda outcome: place[outcome.member.name])
