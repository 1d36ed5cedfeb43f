"""What the verdicts on a server of the catalogue say about the suite. Pure.

A mutant must be caught by the row and the cases that it breaks, a lawful variant must be left alone, a liar must earn
no pass. Whatever else is found is the suite's own fault, or a declaration that is not true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.finding import Finding
from conformance.judge import Judgement
from conformance.proof.touching import Touches
from conformance.verdict import Status, Verdict
from simulators.lab.kin import Kind, Member

BAD = (Status.FAIL, Status.ADVISORY)
MOST_TOLD = 3  # findings a row


class Result(StrEnum):
    """What became of one server; the worst that is true of it."""

    CAUGHT = "caught"
    QUIET = "quiet"  # the reference, a lawful variant or a liar, as it should be
    MISSED = "missed"
    WRONG_REASON = "wrong-reason"
    COLLATERAL = "collateral"
    STALE_ALSO = "stale-also"
    FALSE_ALARM = "false-alarm"
    LIAR_PASS = "liar-pass"
    ERROR = "error"


AS_IT_SHOULD_BE = (Result.CAUGHT, Result.QUIET)
MUTANTS = (Kind.MUTANT, Kind.BOX_MUTANT)
LAWFUL = (Kind.LAWFUL, Kind.COMPOSITION)


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Something that was said of a row and should not have been, or was not said and should have been."""

    row: str
    status: str
    case: str
    expected: str
    actual: str
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One server of the catalogue, judged by the scenarios of its protocol that can show it.

    ``verdict`` and ``cases_seen`` are those of the row that a mutant breaks. ``collateral``: other rows found bad and
    not declared. ``stale``: declared and not found. ``passes``: demanded rows that a liar passed. ``trouble``: why the
    run itself was not worth judging. ``touches``: of the reference, what each scenario used and showed.
    ``scenarios``: how many were played, of those that can show it (``of``).
    """

    member: Member
    result: Result
    caught: bool = False
    verdict: str = ""
    cases_seen: tuple[str, ...] = ()
    collateral: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    unexpected: tuple[Unexpected, ...] = ()
    scenarios: int = 0
    of: int = 0
    touches: Touches = field(default_factory=dict)
    cpu_s: float = 0.0
    duration_s: float = 0.0

    @property
    def as_it_should_be(self) -> bool:
        return self.result in AS_IT_SHOULD_BE


def is_caught(member: Member, failed: Mapping[str, Collection[str]]) -> bool:
    """Whether nothing more has to be found on a mutant: every case of the row that it breaks, and every other row.

    ``failed``: the cases that were found bad, by row.
    """
    if member.kind not in MUTANTS:
        return False
    return set(member.cases) <= set(failed.get(member.breaks, ())) and failed.keys() >= member.also.keys()


def weigh(member: Member, judgement: Judgement, not_shown: Collection[str] = ()) -> Outcome:
    """What the judgement on a server says of the suite. ``not_shown``: rows that were played in part."""
    trouble = tuple(_trouble(member, judgement))
    if member.kind in MUTANTS:
        return _mutant(member, judgement, trouble)
    if member.kind is Kind.LIAR:
        return _liar(member, judgement, trouble)
    return _quiet(member, judgement, trouble, not_shown)


def _trouble(member: Member, judgement: Judgement) -> Iterator[str]:
    """Why the run is invalid; that a faulty box broke the row of the boxes is what it is for."""
    blamed = {verdict.requirement.id for verdict in judgement.verdicts if verdict.requirement.party != "S"}
    for reason in judgement.invalid:
        if member.kind is Kind.BOX_MUTANT and any(reason.startswith(f"our own box broke {row}:") for row in blamed):
            continue
        yield reason
    yield from (crash.trace for crash in judgement.crashes)


def _mutant(member: Member, judgement: Judgement, trouble: tuple[str, ...]) -> Outcome:
    own = judgement.of(member.breaks)
    seen = _cases_seen(own)
    bad = {verdict.requirement.id for verdict in judgement.verdicts if verdict.status in BAD} - {member.breaks}
    collateral = tuple(sorted(bad - set(member.also)))
    stale = tuple(sorted(set(member.also) - bad))
    caught = own.status in BAD and set(member.cases) <= set(seen)
    return Outcome(
        member=member,
        result=_worst(member, seen, caught=caught, trouble=trouble, collateral=collateral, stale=stale),
        caught=caught,
        verdict=str(own.status),
        cases_seen=seen,
        collateral=collateral,
        stale=stale,
        trouble=trouble,
        unexpected=tuple(
            [] if caught else [_not_found(own, member, seen)],
        )
        + tuple(_found(judgement, collateral)),
    )


def _worst(
    member: Member, seen: Sequence[str], *, caught: bool, trouble: Sequence[str], collateral: object, stale: object
) -> Result:
    if trouble:
        return Result.ERROR
    if not caught:
        return Result.WRONG_REASON if seen and not set(member.cases) & set(seen) else Result.MISSED
    if collateral:
        return Result.COLLATERAL
    return Result.STALE_ALSO if stale else Result.CAUGHT


def _cases_seen(verdict: Verdict) -> tuple[str, ...]:
    """The cases with a bad finding: by the counts, as findings are kept up to a number only."""
    counted = [case.id for case in verdict.cases if case.failed]
    return tuple(dict.fromkeys(counted + [finding.case for finding in verdict.bad]))


def _quiet(member: Member, judgement: Judgement, trouble: tuple[str, ...], not_shown: Collection[str]) -> Outcome:
    """The reference must pass every row. A variant may leave open what the document doesn't demand, and no more.

    Of another protocol than its own it is played no scenarios, so there nothing bad may be found, and that is all. So
    it is with rows of which it was played a part.
    """
    wrong = [
        verdict
        for verdict in judgement.verdicts
        if verdict.status in BAD
        or (
            verdict.status is not Status.PASS
            and verdict.requirement.protocol == member.protocol
            and verdict.requirement.id not in not_shown
            and (member.kind is Kind.REFERENCE or verdict.requirement.level == "M")
        )
    ]
    result = Result.ERROR if trouble else Result.FALSE_ALARM if wrong else Result.QUIET
    return Outcome(member=member, result=result, trouble=trouble, unexpected=tuple(_found(judgement, _ids(wrong))))


def _liar(member: Member, judgement: Judgement, trouble: tuple[str, ...]) -> Outcome:
    passed = [
        verdict for verdict in judgement.verdicts if verdict.requirement.level == "M" and verdict.status is Status.PASS
    ]
    result = Result.ERROR if trouble else Result.LIAR_PASS if passed else Result.QUIET
    return Outcome(
        member=member,
        result=result,
        passes=tuple(_ids(passed)),
        trouble=trouble,
        unexpected=tuple(_found(judgement, _ids(passed))),
    )


def _ids(verdicts: Iterable[Verdict]) -> list[str]:
    return [verdict.requirement.id for verdict in verdicts]


def _not_found(own: Verdict, member: Member, seen: Sequence[str]) -> Unexpected:
    wanting = [case for case in member.cases if case not in seen]
    said = f"bad findings of {', '.join(seen)}" if seen else own.reason or "nothing bad found"
    return Unexpected(own.requirement.id, str(own.status), ", ".join(wanting), "a bad finding of each", said)


def _found(judgement: Judgement, rows: Iterable[str]) -> Iterator[Unexpected]:
    for row in rows:
        verdict = judgement.of(row)
        told = _one_a_case(verdict.bad or verdict.good)
        if verdict.status not in (*BAD, Status.PASS) or not told:
            yield Unexpected(row, str(verdict.status), "", "pass", f"{verdict.why}: {verdict.reason}")
            continue
        for finding in told[:MOST_TOLD]:
            yield Unexpected(row, str(verdict.status), finding.case, finding.expected, finding.actual, finding.at)


def _one_a_case(findings: Iterable[Finding]) -> list[Finding]:
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.case, finding)
    return list(first.values())
