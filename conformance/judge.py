"""The judge: shows a journal to the benches, world by world, and makes verdicts of what they find.

The same judge sits in a running check, in ``chargeproof judge`` over a file, and in the proof of the suite itself.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from conformance.bench import Bench, Crash
from conformance.finding import Finding, Observation
from conformance.hindrances import Hindrance, Hindrances, Kind
from conformance.requirements.ledger import Requirement
from conformance.verdict import (
    Acceptance,
    Circumstances,
    RowTally,
    Status,
    Verdict,
    Why,
    apply_accepted,
    decide,
    exit_code,
)
from simulators.journal.records import Exchange, Fact, Record, Step

LATEST_S = 1.0  # a sender of ours that is later than this makes the run invalid
MOST_OBSERVATIONS = 200


@dataclass(slots=True)
class World:
    """What was found in one lab of a run."""

    benches: list[Bench]
    tallies: defaultdict[str, RowTally] = field(default_factory=lambda: defaultdict(RowTally))
    observations: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # -> count, first record
    surfaces_missing: dict[str, str] = field(default_factory=dict)
    hindrances: Hindrances = field(default_factory=Hindrances)
    not_asked: dict[str, str] = field(default_factory=dict)
    broke: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    worst_lateness_ns: int = 0
    jitter_ms: int = 0  # of a scaled clock, in protocol time
    unsure: list[Finding] = field(default_factory=list)  # bad ones since lateness was told last
    late_until: int = 0  # the last record before which the clock was too late
    records: int = 0
    ours: bool = True  # the boxes are our own
    ended: bool = False


class Judge:
    """Judges the records of one run. ``benches`` makes the benches of a new world.

    ``margin_s``: the least that any duty or time-out leaves, in protocol time. While a scaled clock is later than that
    it blames nobody: what failed may have been in time. Lateness is told scenario by scenario, of what went before.
    """

    def __init__(self, benches: Callable[[], list[Bench]], margin_s: float = math.inf) -> None:
        self._benches, self._margin_s = benches, margin_s
        self.worlds: dict[int, World] = {}

    def observe(self, record: Record) -> list[Finding]:
        """Take in one record; gives what was found on it, already counted."""
        world = self.worlds.get(record.world)
        if world is None:
            world = self.worlds[record.world] = World(self._benches())
        world.records += 1
        findings = self._findings(world, record)
        for finding in findings:
            world.tallies[finding.row].add(finding)
        world.unsure += (finding for finding in findings if not finding.ok)
        return findings

    def _findings(self, world: World, record: Record) -> list[Finding]:
        found: list[Finding] = []
        if isinstance(record, Exchange):
            for bench in world.benches:
                if bench.protocol == record.protocol:
                    found += bench.exchange(record)
                    self._remark(world, bench)
                elif record.protocol in bench.overhears:
                    found += bench.overhear(record)
        elif isinstance(record, Fact):
            if record.what == "surface-unavailable":
                world.surfaces_missing[record.keys["verb"]] = record.values["reason"]
            for bench in world.benches:
                found += bench.fact(record)
        else:
            found += self._step(world, record)
        return found

    def _remark(self, world: World, bench: Bench) -> None:
        for remark in bench.observations(bench.latest):
            count, first = world.observations.get((remark.row, remark.text), (0, remark.at))
            if count or len(world.observations) < MOST_OBSERVATIONS:
                world.observations[(remark.row, remark.text)] = (count + 1, first)

    def _step(self, world: World, step: Step) -> Iterator[Finding]:
        rows: Sequence[str] = step.values.get("rows", ())
        if step.what == "run-began":
            world.ours = step.values.get("ours", True)
        elif step.what == "scenario-unmet":
            kind = Kind.LACKING if step.values.get("lacking") else Kind.UNMET
            world.hindrances.add(rows, Hindrance(kind, step.values["reason"]))
        elif step.what == "scenario-left-out":
            for hindrance in _left_out_for(step):
                world.hindrances.add(rows, hindrance)
            if "shows" in step.values:
                world.not_asked[step.values["shows"]] = step.values["reason"]
        elif step.what == "scenario-broke":
            world.broke.append(f"{step.scenario}: {step.values['trace']}")
        elif step.what == "left-open":
            world.left_open += step.values["left"]
        elif step.what == "lateness":
            world.worst_lateness_ns = max(world.worst_lateness_ns, step.values["worst_ns"])
            world.jitter_ms = max(world.jitter_ms, step.values.get("jitter_ms", 0))
            if self.too_late(step.values):
                world.late_until = step.seq
                world.unsure.clear()
            _confirm(world)
        elif step.what == "scenario-ended":
            for bench in world.benches:
                yield from bench.settled()
        elif step.what == "run-ended" and not world.ended:
            world.ended = True
            for bench in world.benches:
                yield from bench.advance(step.at_ms)
                yield from bench.finish()

    def judgement(
        self,
        rows: Iterable[Requirement],
        counts: Callable[[Requirement], bool],
        accepted: Iterable[Acceptance] = (),
        today: date | None = None,
    ) -> Judgement:
        """The verdicts over all worlds so far."""
        worlds = list(self.worlds.values())
        for world in worlds:
            _confirm(world)
        around = Circumstances(
            discriminated=set().union(*(bench.discriminated() for world in worlds for bench in world.benches)),
            surfaces_missing=_joined(world.surfaces_missing for world in worlds),
            lacking=_joined(bench.lacking() for world in worlds for bench in world.benches),
            hindrances=_all_of(world.hindrances for world in worlds),
            not_asked=_joined(world.not_asked for world in worlds),
            broken_off=any(not world.ended for world in worlds),
            unreachable=self.unreachable,
            jitter=self._jitter(worlds),
        )
        tallies = self._merged(worlds)
        rows = list(rows)
        verdicts = [decide(row, tallies.get(row.id, RowTally()), around, counts=counts(row)) for row in rows]
        entries = [entry for entry in accepted if entry.id in {row.id for row in rows}]
        if entries and today:
            verdicts = apply_accepted(verdicts, entries, today)
        return Judgement(
            verdicts,
            tuple(self._invalid(worlds, verdicts)),
            tuple(crash for world in worlds for bench in world.benches for crash in bench.crashes),
            self._observations(worlds),
            tuple(left for world in worlds for left in world.left_open),
            sum(world.records for world in worlds),
            around.broken_off,
            _in_words(around.unreachable, {row.protocol for row in rows}),
            self._causes(worlds),
        )

    def failed_so_far(self) -> dict[str, set[str]]:
        """The cases with a bad finding, by row."""
        failed: defaultdict[str, set[str]] = defaultdict(set)
        for world in self.worlds.values():
            for row, tally in world.tallies.items():
                if cases := {name for name, case in tally.cases.items() if case.failed}:
                    failed[row] |= cases
        return dict(failed)

    def too_late(self, lateness: Mapping[str, int]) -> bool:
        """Whether the clock was later, by what a "lateness" step tells, than a duty leaves."""
        return lateness.get("jitter_ms", 0) > self._margin_s * 1000

    @property
    def unreachable(self) -> dict[str, str]:
        """The protocols in which something was asked so far, and never answered in any world; why."""
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for bench in (bench for world in self.worlds.values() for bench in world.benches):
            reasons[bench.protocol].append(bench.unreachable())
        return {protocol: whys[0] for protocol, whys in reasons.items() if all(whys)}

    def _causes(self, worlds: list[World]) -> tuple[str, ...]:
        """What stands behind many rows, and went well in no world."""
        causes: dict[str, list[str]] = {}
        for bench in (bench for world in worlds for bench in world.benches):
            for name, told in bench.causes().items():
                causes.setdefault(name, []).append(told)
        return tuple(whys[0] for whys in causes.values() if all(whys))

    def _jitter(self, worlds: list[World]) -> str:
        """By how much the clock missed its moments, where that is more than a duty leaves; empty else."""
        worst_s = max((world.jitter_ms for world in worlds), default=0) / 1000
        told = f"the scaled clock was {worst_s:.2f} s of protocol time late, at most {self._margin_s:g} s are tolerated"
        return told if worst_s > self._margin_s else ""

    def _merged(self, worlds: list[World]) -> dict[str, RowTally]:
        merged: dict[str, RowTally] = {}
        for world in worlds:
            accepted = set().union(*(bench.twins() for bench in world.benches))
            for row, tally in world.tallies.items():
                tally.settle(accepted)
                merged.setdefault(row, RowTally()).merge(tally)
        return merged

    def _invalid(self, worlds: list[World], verdicts: list[Verdict]) -> Iterator[str]:
        if not worlds:
            yield "the journal is empty"
        for world in worlds:
            yield from (f"a scenario broke: {broke.splitlines()[0]}: {broke.splitlines()[-1]}" for broke in world.broke)
            for bench in world.benches:
                yield from (f"the rule of {crash.row} broke: {crash.trace.splitlines()[-1]}" for crash in bench.crashes)
            if world.worst_lateness_ns > LATEST_S * 1e9:
                yield f"our own sender was {world.worst_lateness_ns / 1e9:.2f} s late (at most {LATEST_S:g} s)"
        for verdict in verdicts:
            if verdict.requirement.party != "S" and verdict.status is Status.FAIL and all(each.ours for each in worlds):
                why = verdict.bad[0].actual if verdict.bad else verdict.reason
                yield f"our own box broke {verdict.requirement.id}: {why}"

    def _observations(self, worlds: list[World]) -> tuple[tuple[Observation, int], ...]:
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for world in worlds:
            for key, (count, first) in world.observations.items():
                before, at = found.get(key, (0, first))
                found[key] = (before + count, at)
        return tuple((Observation(row, text, at), count) for (row, text), (count, at) in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of a run, and whether the run was worth judging."""

    verdicts: list[Verdict]
    invalid: tuple[str, ...]
    crashes: tuple[Crash, ...]
    observations: tuple[tuple[Observation, int], ...]
    left_open: tuple[str, ...]
    records: int
    broken_off: bool
    unreachable: str = ""  # why not one request was ever answered, and of which protocol where there are others
    causes: tuple[str, ...] = ()  # what stands behind many open or failed rows, and what to mend: nothing rests on it

    @property
    def valid(self) -> bool:
        return not self.invalid

    @property
    def first_causes(self) -> tuple[str, ...]:
        """What to mend before anything else."""
        never = (f"no request was ever answered: {self.unreachable}",) if self.unreachable else ()
        return (*never, *self.causes)

    @property
    def exit_code(self) -> int:
        return exit_code(self.verdicts, valid=self.valid, broken_off=self.broken_off)

    def of(self, row: str) -> Verdict:
        """The verdict of one row."""
        return next(verdict for verdict in self.verdicts if verdict.requirement.id == row)


def _confirm(world: World) -> None:
    """The bad findings since the last time hold, but for those that rest on what was seen when the clock was late."""
    for finding in world.unsure:
        if all(seq > world.late_until for seq in finding.at):
            world.tallies[finding.row].confirm(finding)
    world.unsure.clear()


def _in_words(unreachable: Mapping[str, str], asked: set[str]) -> str:
    """What is said of a server that never answered: of which protocol, where another was asked for too."""
    if unreachable.keys() == asked:
        return "; ".join(dict.fromkeys(unreachable.values()))
    return "; ".join(f"{protocol}: {why}" for protocol, why in unreachable.items())


def _left_out_for(step: Step) -> Iterator[Hindrance]:
    """Why a scenario was not played: its effects are forbidden or it would take too long; and what it lacks besides."""
    why = Why(step.values.get("why", Why.NO_EVIDENCE))
    yield Hindrance(Kind.TIME if why is Why.NEEDS_TIME else Kind.LACKING, step.values["reason"], why)
    if "lacks" in step.values:
        yield Hindrance(Kind.LACKING, step.values["lacks"])


def _all_of(parts: Iterable[Hindrances]) -> Hindrances:
    everything = Hindrances()
    for part in parts:
        everything.merge(part)
    return everything


def _joined(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for part in parts:
        joined.update(part)
    return joined
