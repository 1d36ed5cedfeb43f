"""One server of the catalogue under the scenarios of its protocol: what a worker of the proof does."""

from __future__ import annotations

import os
import shutil
import traceback
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time_ns

from msgspec import structs

from conformance.asked import Asked
from conformance.judge import Judge
from conformance.proof.touching import (
    AT_ITS_END,
    AT_ITS_START,
    Touched,
    Touches,
    not_shown,
    own_rows_first,
    worth_playing,
)
from conformance.proof.weighing import Outcome, Result, is_caught, weigh
from conformance.running import Run
from conformance.scenario import scenarios_of
from conformance.staging import Stage, claiming
from conformance.target import Evchong, Target
from conformance.verdict import CaseTally, Status
from simulators.clock import monotonic_ns
from simulators.lab.kin import Kind, Member, used_since

STANDS_ON = {"beijing": ("evchong",)}  # the city hears of charges that charge boxes began
QUIET_BEAT_S = 60  # the city hears of no heartbeat; at 10 s they are a quarter of all that a city's run records
LIAR_LIMIT_S = 0.5  # a liar that is silent is waited for at every message; the others answer at once


@dataclass(frozen=True, slots=True)
class Setting:
    """What all servers of one proof have in common."""

    seed: int
    scratch: Path  # where journals are written
    kept: Path  # where those stay that tell of something


@dataclass(frozen=True, slots=True)
class Job:
    """A server to prove. ``touches`` tells which scenarios can show it; it plays them all where ``to_the_end`` says so,
    and a mutant that is caught before plays no more where it does not.
    """

    member: Member
    touches: Touches = field(default_factory=dict)
    to_the_end: bool = True


def prove(job: Job, setting: Setting) -> Outcome:
    """Play the scenarios against one server and weigh the verdicts. Never raises."""
    member = job.member
    began_ns, cpu_ns = monotonic_ns(), process_time_ns()
    journal = setting.scratch / f"{member.name}.db"
    try:
        outcome = _played(job, setting.seed, journal)
    except Exception:  # a mutant is foreign code, and may break anything around it
        outcome = Outcome(member=member, result=Result.ERROR, trouble=(traceback.format_exc(),))
    settle_journal(journal, setting.kept, keep=not outcome.as_it_should_be)
    spent_ns, cpu_ns = monotonic_ns() - began_ns, process_time_ns() - cpu_ns
    return replace(outcome, cpu_s=round(cpu_ns / 1e9, 3), duration_s=round(spent_ns / 1e9, 3))


def _played(job: Job, seed: int, journal: Path) -> Outcome:
    member = job.member
    asked, stage = _staged(member, seed)
    rows = asked.rows(stage.target)
    own = [row for row in rows if row.protocol == member.protocol]  # only these may have to pass
    scenarios = scenarios_of(member.protocol)
    worth = worth_playing(member, scenarios, job.touches)
    if not job.to_the_end:
        worth = own_rows_first(member, worth)
    played = broken = 0
    used_since()  # what an earlier server of this process used is none of ours; what this one does at its start is
    with Run(stage, journal, own, asked.words) as run:
        watch = _Watch(run.judge)
        touches = {AT_ITS_START: watch.look()}
        run.show_that_it_works()
        watch.look()
        for scenario in worth:
            became = run.play(scenario)
            touches[scenario.name] = watch.look()
            played += 1
            broken += became.status is Status.INCONCLUSIVE and bool(became.trace)
            if not job.to_the_end and is_caught(member, run.judge.failed_so_far()):
                break
    touches[AT_ITS_END] = watch.look()
    outcome = weigh(member, run.judge.judgement(rows, stage.counts), not_shown(scenarios, worth, job.touches))
    watched = touches if member.kind is Kind.REFERENCE else {}
    return replace(outcome, scenarios=played - broken, of=len(worth), touches=watched)


class _Watch:
    """Tells what was used of the watched reference since the last look, and on which rows something was found."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._found: Counter[str] = Counter()

    def look(self) -> Touched:
        tallies = [tally for world in self._judge.worlds.values() for tally in world.tallies.items()]
        found = Counter({row: sum(map(_findings, tally.cases.values())) for row, tally in tallies})
        more, self._found = found - self._found, found
        return Touched(used_since(), frozenset(more))


def _findings(case: CaseTally) -> int:
    return case.judged + sum(count for count, _ in case.lacking_twin.values())


def _staged(member: Member, seed: int) -> tuple[Asked, Stage]:
    """All rows of a target that claims no more than the member's protocol, and what that one stands on."""
    asked = Asked(sut=member.kin.start, seed=seed)
    limit_s = LIAR_LIMIT_S if member.kind is Kind.LIAR else None
    stage = asked.stage(os.environ)
    below = STANDS_ON.get(member.protocol, ())
    target = claiming(stage.target, (*below, member.protocol))
    if below:
        target = _beating_slowly(target)
    return asked, replace(stage, target=target, box=member.box, answer_limit_s=limit_s)


def _beating_slowly(target: Target) -> Target:
    """The same target, with boxes that the server tells a long interval."""
    pixit, evchong = target.pixit, target.pixit.evchong or Evchong()
    boxes = tuple(structs.replace(box, heartbeat_interval_s=QUIET_BEAT_S) for box in evchong.boxes)
    return structs.replace(target, pixit=structs.replace(pixit, evchong=structs.replace(evchong, boxes=boxes)))


def settle_journal(journal: Path, kept: Path, *, keep: bool) -> None:
    """Move a journal, with what SQLite has beside it, to where it stays, or take it away."""
    for part in sorted(journal.parent.glob(f"{journal.name}*")):
        if keep:
            kept.mkdir(parents=True, exist_ok=True)
            shutil.move(part, kept / part.name)
        else:
            part.unlink()
