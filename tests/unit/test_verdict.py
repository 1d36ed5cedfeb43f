"""Verdict arithmetic: from findings to a verdict a row, and from verdicts to an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.finding import Finding
from conformance.hindrances import Hindrance, Hindrances, Kind
from conformance.requirements.ledger import Requirement
from conformance.verdict import (
    MOST_BAD_FINDINGS,
    Acceptance,
    CaseCount,
    Circumstances,
    Exit,
    RowTally,
    Status,
    Verdict,
    Why,
    apply_accepted,
    decide,
    exit_code,
)

TODAY = date(2026, 10, 1)
TWIN = ("authorize", "CB-0001")
OTHER_TWIN = ("authorize", "CB-0002")
WORKING = Circumstances(discriminated={"authorize"})


def row(**changes: Any) -> Requirement:
    """A row with two cases that leans on authorize."""
    fields: dict[str, Any] = {
        "id": "EVC-1.2-b",
        "protocol": "evchong",
        "clause": "1.2",
        "level": "M",
        "party": "S",
        "text": "",
        "quote": "",
        "cases": ("first", "second"),
        "leans": ("authorize",),
    }
    return Requirement(**(fields | changes))


def good(case: str, twin: tuple[str, str] | None = None) -> Finding:
    return Finding("EVC-1.2-b", case, True, "this", "this", twin=twin)


def bad(case: str) -> Finding:
    return Finding("EVC-1.2-b", case, False, "this", "that")


def tally(*findings: Finding, accepted: Sequence[tuple[str, str]] = ()) -> RowTally:
    """Counted and settled."""
    counted = RowTally()
    for finding in findings:
        counted.add(finding)
    counted.settle(accepted)
    return counted


def test_a_row_passes_on_evidence_for_every_case() -> None:
    """With the counts of each case, and a good finding of each."""
    findings = [good("first"), good("second"), good("second")]
    verdict = decide(row(), tally(*findings), WORKING, counts=True)
    assert verdict == Verdict(
        row(),
        Status.PASS,
        True,
        None,
        "",
        (CaseCount("first", 1, 0), CaseCount("second", 2, 0)),
        (),
        tuple(findings[:2]),
    )


@pytest.mark.parametrize(("counts", "status"), [(True, Status.FAIL), (False, Status.ADVISORY)])
def test_one_bad_finding_decides(counts: bool, status: Status) -> None:
    """Whatever else was found or not: a fail where the row counts, an advisory where it does not."""
    verdict = decide(row(), tally(good("first"), bad("first")), Circumstances(set(), broken_off=True), counts=counts)
    assert (verdict.status, verdict.why, verdict.reason) == (status, None, "1 bad finding(s)")
    assert verdict.cases == (CaseCount("first", 2, 1), CaseCount("second", 0, 0))
    assert verdict.bad == (bad("first"),)


def test_a_late_clock_takes_back_what_failed_and_nothing_else() -> None:
    """A good finding is as good as ever; a bad one is open, and still shown."""
    late = replace(WORKING, jitter="too late")
    verdict = decide(row(), tally(good("first"), bad("second")), late, counts=True)
    assert (verdict.status, verdict.why, verdict.reason) == (Status.INCONCLUSIVE, Why.JITTER, "too late")
    assert verdict.bad == (bad("second"),)
    assert decide(row(), tally(good("first"), good("second")), late, counts=True).status is Status.PASS


def test_what_is_bad_for_sure_fails_whatever_the_clock_was_like_before() -> None:
    """And it is what is shown; workers' are put together."""
    sure = tally(bad("first"), bad("second"))
    sure.confirm(bad("second"))
    counted = tally(bad("first"))
    counted.merge(sure)
    verdict = decide(row(), counted, replace(WORKING, jitter="too late"), counts=True)
    assert (verdict.status, verdict.why, verdict.reason) == (Status.FAIL, None, "3 bad finding(s)")
    assert verdict.bad == (bad("second"),)


NEVER = "never judged: second"


def hindered(*hindrances: Hindrance, row: str = "EVC-1.2-b") -> dict[str, Any]:
    """What stood in the way of a row, in the order in which it was met."""
    met = Hindrances()
    for hindrance in hindrances:
        met.add([row], hindrance)
    return {"hindrances": met}


@pytest.mark.parametrize(
    ("around", "changes", "why", "reason"),
    [
        ({}, {}, Why.NO_EVIDENCE, NEVER),
        ({"unreachable": {"evchong": "nobody there"}}, {}, Why.NO_EVIDENCE, "nobody there"),
        (
            {"unreachable": {"evchong": "nobody there"}, "discriminated": ()},
            {"cases": ("first",)},
            Why.NO_EVIDENCE,
            "nobody there",
        ),
        ({"broken_off": True}, {}, Why.BROKEN_OFF, f"the run was broken off; {NEVER}"),
        ({}, {"judged_by": "load"}, Why.NEEDS_LOAD, "judged by a load run, which is still to come"),
        ({}, {"judged_by": "rehearse"}, Why.NEEDS_PERSON, "judged by the rehearsal console, which is still to come"),
        ({"surfaces_missing": {"orders": "no orders"}}, {"surface": "orders"}, Why.NEEDS_SURFACE, "no orders"),
        ({"surfaces_missing": {"orders": "no orders"}}, {"surface": "connectors"}, Why.NO_EVIDENCE, NEVER),
        (hindered(Hindrance(Kind.LACKING, "bills")), {}, Why.NO_EVIDENCE, f"bills; {NEVER}"),
        (
            hindered(Hindrance(Kind.TIME, "takes 2 d", Why.NEEDS_TIME)),
            {},
            Why.NEEDS_TIME,
            f"takes 2 d; {NEVER}",
        ),
        (hindered(Hindrance(Kind.UNMET, "no boot")), {}, Why.NO_EVIDENCE, f"no boot; {NEVER}"),
        (hindered(Hindrance(Kind.UNMET, "no boot"), row="EVC-1.2-c"), {}, Why.NO_EVIDENCE, NEVER),
        (
            hindered(
                Hindrance(Kind.TIME, "takes 2 d", Why.NEEDS_TIME),
                Hindrance(Kind.LACKING, "no box"),
                Hindrance(Kind.UNMET, "no token"),
                Hindrance(Kind.LACKING, "no box"),
            ),
            {},
            Why.NO_EVIDENCE,
            f"no token; no box; takes 2 d; {NEVER}",
        ),
        (
            hindered(*(Hindrance(Kind.LACKING, f"no box {number}") for number in range(5))),
            {},
            Why.NO_EVIDENCE,
            f"no box 0; no box 1; no box 2; and 2 more reasons; {NEVER}",
        ),
        (
            hindered(Hindrance(Kind.UNMET, "no token")) | {"surfaces_missing": {"orders": "no orders"}},
            {"surface": "orders"},
            Why.NO_EVIDENCE,
            f"no token; no orders; {NEVER}",
        ),
        (
            hindered(Hindrance(Kind.LACKING, "surface orders: no orders"))
            | {"surfaces_missing": {"orders": "no orders"}},
            {"surface": "orders"},
            Why.NEEDS_SURFACE,
            "no orders",
        ),
    ],
)
def test_an_open_row_says_why(around: dict[str, Any], changes: dict[str, Any], why: Why, reason: str) -> None:
    """The case that was never judged, and what stood in its way: tried in vain, lacking for good, and time last."""
    verdict = decide(row(**changes), tally(good("first")), replace(WORKING, **around), counts=True)
    assert (verdict.status, verdict.why, verdict.reason) == (Status.INCONCLUSIVE, why, reason)


def test_a_row_all_of_whose_cases_need_another_claim_is_not_applicable() -> None:
    """It says which claim, and decides nothing; what is found bad all the same is bad."""
    unclaimed = row(cases=(), needs={"beijing.bonus": ("first", "second")})
    verdict = decide(unclaimed, RowTally(), WORKING, counts=True)
    assert (verdict.status, verdict.why) == (Status.NOT_APPLICABLE, None)
    assert verdict.reason == "[pics] does not claim beijing.bonus"
    assert exit_code([verdict], valid=True) == Exit.PASSED
    assert decide(unclaimed, tally(bad("first")), WORKING, counts=True).status is Status.FAIL


def test_the_good_finding_of_a_refusal_is_kept_once_its_twin_is_accepted() -> None:
    """The first one; a good finding that was there before stays."""
    lone, first, second = good("first"), good("first", TWIN), good("first", OTHER_TWIN)
    assert tally(first, second, accepted=[TWIN, OTHER_TWIN]).cases["first"].good is first
    assert tally(first, second, accepted=[OTHER_TWIN]).cases["first"].good is second
    assert tally(lone, first, accepted=[TWIN]).cases["first"].good is lone


def test_twenty_bad_findings_are_kept_and_all_are_counted() -> None:
    """The rest would be more of the same."""
    counted = tally(*[bad("first")] * 21)
    assert (len(counted.bad), counted.cases["first"].failed) == (20, 21)


def test_services_that_were_mute_are_named() -> None:
    """All of them, in the order of the row."""
    leaning = row(leans=("deviceBoot", "authorize"))
    mute = decide(leaning, tally(good("first"), good("second")), Circumstances(set()), counts=True)
    assert mute.reason == (
        "not shown to be a working server: the answers of deviceBoot, authorize do not follow what is demanded"
    )


@pytest.mark.parametrize(("not_asked", "why"), [(("boot", "card"), Why.NEEDS_TIME), (("boot",), Why.NOT_SHOWN_TO_WORK)])
def test_a_service_that_had_no_time_is_not_called_mute(not_asked: tuple[str, ...], why: Why) -> None:
    """One that had, and did not show what it knows, is."""
    around = Circumstances(set(), not_asked={name: f"{name} takes too long" for name in not_asked})
    verdict = decide(row(leans=("boot", "card")), tally(good("first"), good("second")), around, counts=True)
    assert (verdict.status, verdict.why) == (Status.INCONCLUSIVE, why)
    assert (verdict.reason == "boot takes too long") is (why is Why.NEEDS_TIME)


def test_a_row_that_a_surface_did_not_tell_of_needs_the_surface() -> None:
    """Whatever else was judged."""
    around = Circumstances({"authorize"}, lacking={"EVC-1.2-b": "no times are told"})
    verdict = decide(row(), tally(good("first"), good("second")), around, counts=True)
    assert (verdict.status, verdict.why, verdict.reason) == (
        Status.INCONCLUSIVE, Why.NEEDS_SURFACE, "no times are told",
    )  # fmt: skip


def test_no_more_sure_findings_are_kept_than_bad_ones() -> None:
    """Twenty tell as much as a million."""
    counted = RowTally()
    for _ in range(MOST_BAD_FINDINGS + 2):
        counted.confirm(good("first"))
    assert len(counted.sure) == MOST_BAD_FINDINGS


@pytest.mark.parametrize(("count", "told"), [(6, "a, b, c, d, e, f"), (7, "a, b, c, d, e, f and 1 more")])
def test_six_missing_cases_are_named(count: int, told: str) -> None:
    """From the seventh on they are counted."""
    several = row(cases=tuple("abcdefgh"[:count]))
    assert decide(several, RowTally(), WORKING, counts=True).reason == f"never judged: {told}"


def test_many_missing_cases_are_not_all_named() -> None:
    """Six, and how many more."""
    many = row(cases=tuple("abcdefgh"))
    assert decide(many, RowTally(), WORKING, counts=True).reason == "never judged: a, b, c, d, e, f and 2 more"


@pytest.mark.parametrize("seen", [set(), {"deviceBoot"}, {"deviceBoot", "startTrans"}])
def test_a_server_that_does_not_discriminate_passes_nothing(seen: set[str]) -> None:
    """All cases good, but the answers of the service that the row leans on do not follow what is demanded."""
    verdict = decide(row(), tally(good("first"), good("second")), Circumstances(seen), counts=True)
    assert (verdict.status, verdict.why) == (Status.INCONCLUSIVE, Why.NOT_SHOWN_TO_WORK)
    assert verdict.reason.startswith("not shown to be a working server: the answers of authorize do not follow")


def test_a_row_that_leans_on_nothing_passes_by_itself() -> None:
    """Such as one that no service can be tried on."""
    verdict = decide(row(leans=()), tally(good("first"), good("second")), Circumstances(set()), counts=True)
    assert verdict.status is Status.PASS


@pytest.mark.parametrize(
    ("accepted", "status"), [([TWIN], Status.PASS), ([OTHER_TWIN], Status.INCONCLUSIVE), ([], Status.INCONCLUSIVE)]
)
def test_a_refusal_counts_beside_its_accepted_twin_only(accepted: list[tuple[str, str]], status: Status) -> None:
    """The same service for the same box, accepted in the same run."""
    counted = tally(good("first", TWIN), good("first", TWIN), good("second"), accepted=accepted)
    verdict = decide(row(), counted, WORKING, counts=True)
    assert verdict.status is status
    assert verdict.cases[0] == CaseCount("first", 2 if accepted == [TWIN] else 0, 0)


def test_what_should_have_been_refused_needs_no_twin() -> None:
    """A bad finding counts at once."""
    accepted = Finding("EVC-1.2-b", "first", False, "Blocked", "Accepted", twin=TWIN)
    assert decide(row(), tally(accepted), WORKING, counts=True).status is Status.FAIL


# Tallies

cases = st.sampled_from(["first", "second"])
twins = st.sampled_from([None, TWIN, OTHER_TWIN])
found = st.builds(lambda case, twin, ok: good(case, twin) if ok else bad(case), cases, twins, st.booleans())
findings = st.lists(found, max_size=60)
acceptances = st.sets(st.sampled_from([TWIN, OTHER_TWIN]))


def told(counted: RowTally) -> tuple[dict[str, tuple[int, int]], list[Finding]]:
    """What a tally decides by: judged and failed of each case that was judged, and the bad findings."""
    return {name: (case.judged, case.failed) for name, case in counted.cases.items() if case.judged}, counted.bad


def naive(each: Sequence[Finding], accepted: set[tuple[str, str]]) -> tuple[dict[str, tuple[int, int]], list[Finding]]:
    """By looking at all findings at once."""
    counting = [finding for finding in each if not finding.ok or finding.twin is None or finding.twin in accepted]
    judged = {
        case: (
            sum(finding.case == case for finding in counting),
            sum(finding.case == case and not finding.ok for finding in counting),
        )
        for case in {finding.case for finding in counting}
    }
    return judged, [finding for finding in each if not finding.ok][:MOST_BAD_FINDINGS]


@given(findings, acceptances)
def test_a_settled_tally_is_what_a_look_at_all_findings_says(
    each: list[Finding], accepted: set[tuple[str, str]]
) -> None:
    """Counted one by one, with at most twenty bad ones kept."""
    assert told(tally(*each, accepted=list(accepted))) == naive(each, accepted)


@given(findings, findings, acceptances, acceptances)
def test_settling_early_and_again_is_settling_once(
    before: list[Finding], after: list[Finding], first: set[tuple[str, str]], second: set[tuple[str, str]]
) -> None:
    """Verdicts may be asked for while the run goes on; what a twin is accepted for later counts from then on."""
    early = tally(*before, accepted=list(first))
    for finding in after:
        early.add(finding)
    early.settle(first | second)
    early.settle(first | second)
    assert told(early) == naive([*before, *after], first | second)


@given(findings, findings, acceptances, acceptances)
def test_merged_worlds_are_the_sum_of_their_findings(
    ours: list[Finding], theirs: list[Finding], our_twins: set[tuple[str, str]], their_twins: set[tuple[str, str]]
) -> None:
    """Each settled by its own twins: a box of the same name in another lab is another box."""
    merged = tally(*ours, accepted=list(our_twins))
    merged.merge(tally(*theirs, accepted=list(their_twins)))
    cases_of_ours, bad_of_ours = naive(ours, our_twins)
    cases_of_theirs, bad_of_theirs = naive(theirs, their_twins)
    added = {
        case: tuple(
            mine + other
            for mine, other in zip(cases_of_ours.get(case, (0, 0)), cases_of_theirs.get(case, (0, 0)), strict=True)
        )
        for case in cases_of_ours.keys() | cases_of_theirs.keys()
    }
    assert told(merged) == (added, (bad_of_ours + bad_of_theirs)[:MOST_BAD_FINDINGS])


@given(findings, acceptances)
def test_merging_into_nothing_changes_nothing(each: list[Finding], accepted: set[tuple[str, str]]) -> None:
    """An empty tally is neutral, and the first good finding of a case is kept."""
    settled = tally(*each, accepted=list(accepted))
    merged = RowTally()
    merged.merge(settled)
    assert told(merged) == told(settled)
    assert {name: case.good for name, case in merged.cases.items()} == {
        name: case.good for name, case in settled.cases.items()
    }


# Accepted verdicts


def verdict(status: Status, *, counts: bool = True, requirement: Requirement | None = None) -> Verdict:
    """A verdict of which only the status matters."""
    return Verdict(requirement or row(), status, counts, None, "as it is", (), (), ())


def entry(status: str, *, days: int = 0) -> Acceptance:
    return Acceptance("EVC-1.2-b", status, "known to the vendor", TODAY + timedelta(days=days))


@pytest.mark.parametrize("status", [Status.FAIL, Status.INCONCLUSIVE, Status.ADVISORY])
@pytest.mark.parametrize("days", [0, 365])
def test_what_the_target_file_accepts_makes_no_run_red(status: Status, days: int) -> None:
    """Until the day that the entry names, that day included."""
    (accepted,) = apply_accepted([verdict(status)], [entry(status, days=days)], TODAY)
    assert accepted == replace(verdict(status), accepted="known to the vendor")
    assert exit_code([accepted], valid=True) == Exit.PASSED


@pytest.mark.parametrize("counts", [True, False])
def test_an_expired_entry_is_a_fail(counts: bool) -> None:
    """Also where the row would not count: somebody promised to look at it by then."""
    (expired,) = apply_accepted([verdict(Status.FAIL, counts=counts)], [entry("fail", days=-1)], TODAY)
    assert (expired.status, expired.counts, expired.accepted) == (Status.FAIL, True, "")
    assert expired.reason == "[[accepted]] for this row expired on 2026-09-30: fail, as it is"
    assert exit_code([expired], valid=True) == Exit.FAILED


@pytest.mark.parametrize(
    ("status", "accepts"), [(Status.PASS, "fail"), (Status.INCONCLUSIVE, "fail"), (Status.FAIL, "inconclusive")]
)
def test_a_stale_entry_is_a_fail(status: Status, accepts: str) -> None:
    """It accepts what did not happen."""
    (stale,) = apply_accepted([verdict(status)], [entry(accepts)], TODAY)
    assert (stale.status, stale.counts) == (Status.FAIL, True)
    assert stale.reason == f"[[accepted]] says {accepts}, but the row is {status}: take the entry out"


@pytest.mark.parametrize(("accepts", "days"), [("inconclusive", -1), ("fail", 0)])
def test_an_open_row_with_a_bad_entry_is_a_fail_that_counts(accepts: str, days: int) -> None:
    """Expired or stale: whatever the row was open for is not the reason any more."""
    unseen = replace(verdict(Status.INCONCLUSIVE, counts=False), why=Why.NO_EVIDENCE)
    (told,) = apply_accepted([unseen], [entry(accepts, days=days)], TODAY)
    assert (told.status, told.counts, told.why) == (Status.FAIL, True, None)


def test_a_run_that_was_broken_off_is_open_at_best() -> None:
    """What every row passed on may have been taken back by what was lost; a fail stays a fail."""
    assert exit_code([PASS], valid=True, broken_off=True) == Exit.OPEN
    assert exit_code([PASS, FAIL], valid=True, broken_off=True) == Exit.FAILED
    assert exit_code([PASS], valid=False, broken_off=True) == Exit.INVALID


def test_an_entry_speaks_of_its_own_row_only() -> None:
    """Others are as they were, and in their order."""
    other = verdict(Status.FAIL, requirement=row(id="EVC-1.2-c"))
    assert apply_accepted([other, verdict(Status.PASS)], [], TODAY) == [other, verdict(Status.PASS)]
    assert apply_accepted([other], [entry("fail")], TODAY) == [other]


# Exit codes

PASS, FAIL, OPEN = (verdict(status) for status in (Status.PASS, Status.FAIL, Status.INCONCLUSIVE))
ADVICE, NOT_FOR_US = verdict(Status.ADVISORY, counts=False), verdict(Status.NOT_APPLICABLE)
OPEN_ADVICE = verdict(Status.INCONCLUSIVE, counts=False)


@pytest.mark.parametrize(
    ("verdicts", "valid", "code"),
    [
        ([], True, Exit.PASSED),
        ([PASS, ADVICE, OPEN_ADVICE, NOT_FOR_US], True, Exit.PASSED),
        ([PASS, OPEN], True, Exit.OPEN),
        ([OPEN, FAIL], True, Exit.FAILED),
        ([PASS], False, Exit.INVALID),
        ([FAIL, OPEN], False, Exit.INVALID),
        ([replace(FAIL, accepted="known"), OPEN], True, Exit.OPEN),
        ([replace(FAIL, accepted="known"), replace(OPEN, accepted="known")], True, Exit.PASSED),
    ],
)
def test_exit_codes_take_precedence(verdicts: list[Verdict], valid: bool, code: int) -> None:
    """Invalid before failed before open before passed; what does not count, or is accepted, decides nothing."""
    assert exit_code(verdicts, valid=valid) == code


def test_exit_codes_are_those_of_the_documentation() -> None:
    """CI pipelines rely on them."""
    assert (Exit.PASSED, Exit.FAILED, Exit.OPEN, Exit.INVALID, Exit.MISUSE) == (0, 1, 2, 3, 64)
