"""Verdict arithmetic: from counted findings to a verdict a row, and from verdicts to an exit code. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from conformance.finding import Finding
from conformance.hindrances import Hindrance, Hindrances, Kind, in_order, in_words
from conformance.hindrances import Why as Why  # of a verdict, to everybody else
from conformance.requirements.ledger import Requirement

MOST_BAD_FINDINGS = 20
MOST_CASES_TOLD = 6


class Status(StrEnum):
    """What is said of a row. An advisory is a bad finding on a row that does not count (R, D, not claimed)."""

    PASS = "pass"
    FAIL = "fail"
    ADVISORY = "advisory"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


ELSEWHERE = {"load": Why.NEEDS_LOAD, "rehearse": Why.NEEDS_PERSON, "tests": Why.NO_EVIDENCE}  # who else judges a row


class Exit:
    """Exit codes; precedence 64, 3, 1, 2, 0."""

    PASSED = 0
    FAILED = 1
    OPEN = 2
    INVALID = 3
    MISUSE = 64


@dataclass(slots=True)
class CaseTally:
    """What was seen of one case. ``good`` and ``judged`` leave out refusals that still lack their twin."""

    judged: int = 0
    failed: int = 0
    good: Finding | None = None
    lacking_twin: dict[tuple[str, str], tuple[int, Finding]] = field(default_factory=dict)


@dataclass(slots=True)
class RowTally:
    """What was seen of one row. ``sure``: the bad findings that no lateness of our own clock can explain."""

    cases: dict[str, CaseTally] = field(default_factory=dict)
    bad: list[Finding] = field(default_factory=list)
    sure: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        case = self.cases.get(finding.case)
        if case is None:
            case = self.cases[finding.case] = CaseTally()
        if not finding.ok:
            case.judged += 1
            case.failed += 1
            if len(self.bad) < MOST_BAD_FINDINGS:
                self.bad.append(finding)
        elif finding.twin is not None:
            count, first = case.lacking_twin.get(finding.twin, (0, finding))
            case.lacking_twin[finding.twin] = (count + 1, first)
        else:
            case.judged += 1
            if case.good is None:
                case.good = finding

    def confirm(self, finding: Finding) -> None:
        """A bad finding that was counted holds, whatever the clock was like at other times."""
        if len(self.sure) < MOST_BAD_FINDINGS:
            self.sure.append(finding)

    def settle(self, accepted: Collection[tuple[str, str]]) -> None:
        """Count the refusals whose valid twin was accepted in the same run."""
        for case in self.cases.values():
            for twin in [twin for twin in case.lacking_twin if twin in accepted]:
                count, first = case.lacking_twin.pop(twin)
                case.judged += count
                case.good = case.good or first

    def merge(self, other: RowTally) -> None:
        """Take in what another world of the same run saw. Both must be settled."""
        self.bad = (self.bad + other.bad)[:MOST_BAD_FINDINGS]
        self.sure = (self.sure + other.sure)[:MOST_BAD_FINDINGS]
        for name, theirs in other.cases.items():
            ours = self.cases.setdefault(name, CaseTally())
            ours.judged += theirs.judged
            ours.failed += theirs.failed
            ours.good = ours.good or theirs.good


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides: which services were seen to discriminate, what was not to be had, how the run ended."""

    discriminated: Collection[str]
    surfaces_missing: Mapping[str, str] = field(default_factory=dict)  # verb -> reason
    lacking: Mapping[str, str] = field(default_factory=dict)  # row -> what a surface did not tell readably
    hindrances: Hindrances = field(default_factory=Hindrances)  # why scenarios were not played, or not to their end
    not_asked: Mapping[str, str] = field(default_factory=dict)  # service -> why it had no time to show what it knows
    broken_off: bool = False
    unreachable: Mapping[str, str] = field(default_factory=dict)  # protocol -> why no request was ever answered
    jitter: str = ""  # how a scaled clock missed its moments by more than a duty leaves


@dataclass(frozen=True, slots=True)
class CaseCount:
    """One case of a verdict."""

    id: str
    judged: int
    failed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one requirement in one run."""

    requirement: Requirement
    status: Status
    counts: bool  # whether this row can make the run red
    why: Why | None
    reason: str
    cases: tuple[CaseCount, ...]
    bad: tuple[Finding, ...]
    good: tuple[Finding, ...]
    accepted: str = ""  # the target file accepts this verdict, for this reason

    @property
    def decides(self) -> bool:
        """Whether the exit code rests on it."""
        return self.counts and not self.accepted and self.status is not Status.NOT_APPLICABLE


def decide(row: Requirement, tally: RowTally, around: Circumstances, *, counts: bool) -> Verdict:
    """The verdict of one row: fail if anything failed, pass only on evidence for every case."""
    cases = tuple(_count(name, tally.cases.get(name)) for name in row.cases)
    good = tuple(case.good for case in tally.cases.values() if case.good is not None)
    missing = [case.id for case in cases if case.judged == 0]
    mute = [service for service in row.leans if service not in around.discriminated]
    why: Why | None = None
    reason = ""
    if tally.bad and not tally.sure and around.jitter:
        status, why, reason = Status.INCONCLUSIVE, Why.JITTER, around.jitter
    elif tally.bad:
        status = Status.FAIL if counts else Status.ADVISORY
        reason = f"{sum(case.failed for case in tally.cases.values())} bad finding(s)"
    elif not row.cases:
        status, reason = Status.NOT_APPLICABLE, f"[pics] does not claim {' or '.join(row.needs)}"
    elif row.protocol in around.unreachable:
        status, why, reason = Status.INCONCLUSIVE, Why.NO_EVIDENCE, around.unreachable[row.protocol]
    elif row.id in around.lacking:
        status, why, reason = Status.INCONCLUSIVE, Why.NEEDS_SURFACE, around.lacking[row.id]
    elif missing:
        status = Status.INCONCLUSIVE
        why, reason = _why_missing(row, missing, around)
    elif mute and all(service in around.not_asked for service in mute):
        status, why, reason = Status.INCONCLUSIVE, Why.NEEDS_TIME, around.not_asked[mute[0]]
    elif mute:
        status, why = Status.INCONCLUSIVE, Why.NOT_SHOWN_TO_WORK
        reason = f"not shown to be a working server: the answers of {', '.join(mute)} do not follow what is demanded"
    else:
        status = Status.PASS
    return Verdict(row, status, counts, why, reason, cases, tuple(tally.sure or tally.bad), good)


def _count(name: str, tally: CaseTally | None) -> CaseCount:
    return CaseCount(name, tally.judged, tally.failed) if tally else CaseCount(name, 0, 0)


def _why_missing(row: Requirement, missing: list[str], around: Circumstances) -> tuple[Why, str]:
    never = _never_judged(missing)
    if around.broken_off:
        return Why.BROKEN_OFF, f"the run was broken off; {never}"
    if row.judged_by != "check":
        return ELSEWHERE[row.judged_by], f"judged by {row.judge}"
    hindrances = _hindrances(row, around)
    if not hindrances:
        return Why.NO_EVIDENCE, never
    first = hindrances[0]
    told = in_words(hindrances)
    return first.why, told if first.why is Why.NEEDS_SURFACE else f"{told}; {never}"


def _never_judged(missing: list[str]) -> str:
    more = f" and {len(missing) - MOST_CASES_TOLD} more" if len(missing) > MOST_CASES_TOLD else ""
    return f"never judged: {', '.join(missing[:MOST_CASES_TOLD])}{more}"


def _hindrances(row: Requirement, around: Circumstances) -> list[Hindrance]:
    """What stood in the way of a row; a surface without which it cannot be judged is lacking, whatever else is."""
    hindrances = around.hindrances.of(row.id)
    if (missing := around.surfaces_missing.get(row.surface, "")) and row.surface:
        others = [each for each in hindrances if missing not in each.text]
        return in_order([Hindrance(Kind.LACKING, missing, Why.NEEDS_SURFACE), *others])
    return hindrances


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An entry of the target file that takes a known fail or open row as it is, until a day."""

    id: str
    verdict: str
    reason: str
    expires: date


def apply_accepted(verdicts: Iterable[Verdict], entries: Iterable[Acceptance], today: date) -> list[Verdict]:
    """Mark what the target file accepts. An expired entry, or one that accepts what did not happen, is a fail."""
    by_row = {entry.id: entry for entry in entries}
    return [
        _accept(verdict, by_row[verdict.requirement.id], today) if verdict.requirement.id in by_row else verdict
        for verdict in verdicts
    ]


def _accept(verdict: Verdict, entry: Acceptance, today: date) -> Verdict:
    from dataclasses import replace

    if entry.expires < today:
        return replace(
            verdict,
            status=Status.FAIL,
            counts=True,
            why=None,
            reason=f"[[accepted]] for this row expired on {entry.expires}: {verdict.status}, {verdict.reason}",
        )
    if entry.verdict != verdict.status:
        return replace(
            verdict,
            status=Status.FAIL,
            counts=True,
            why=None,
            reason=f"[[accepted]] says {entry.verdict}, but the row is {verdict.status}: take the entry out",
        )
    return replace(verdict, accepted=entry.reason)


def exit_code(verdicts: Iterable[Verdict], *, valid: bool, broken_off: bool = False) -> int:
    """3 invalid, 1 something fails, 2 something claimed is open or the run was broken off, 0 all that counts passes."""
    if not valid:
        return Exit.INVALID
    deciding = [verdict for verdict in verdicts if verdict.decides]
    if any(verdict.status is Status.FAIL for verdict in deciding):
        return Exit.FAILED
    if broken_off or any(verdict.status is Status.INCONCLUSIVE for verdict in deciding):
        return Exit.OPEN
    return Exit.PASSED
