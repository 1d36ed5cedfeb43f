"""The judge: records in, verdicts out, and a run that was not worth judging blames nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from conformance.bench import Bench
from conformance.discrimination import ROUNDS
from conformance.finding import Finding
from conformance.judge import Judge, Judgement
from conformance.requirements.ledger import Requirement, ledger
from conformance.rules.rule import Rule
from conformance.verdict import Acceptance, CaseCount, Exit, Status, Why
from simulators.journal.records import Exchange, Fact, Step, WireError
from simulators.world.site import Card
from tests.unit.journals import (
    BLOCKED,
    BOX,
    CARD,
    EXPIRED,
    NOWHERE,
    OTHER_BOX,
    OTHER_CARD,
    SITE,
    STRANGER,
    UNKNOWN,
    Story,
    judged_together,
)

ROWS = ledger()


BAD_CARDS = (BLOCKED, *(f"{UNKNOWN}-{number}" for number in (1, 2, 3)))


def claimed(row: Requirement) -> bool:
    """Every M row counts."""
    return row.level == "M"


def judgement(*stories: Story, ended: bool = True, rows: tuple[str, ...] = ("EVC-1.2-a",)) -> Judgement:
    """The verdicts of the rows over the worlds of one run."""
    return judged_together(stories, ended=ended).judge.judgement([ROWS[row] for row in rows], claimed)


def discriminating(world: int = 0) -> Story:
    """A server that tells good boxes, cards and starts from bad ones, as often as one has to see it."""
    story = Story(world=world)
    for _ in range(ROUNDS):
        for box in (STRANGER, *(f"{STRANGER}-{number}" for number in (1, 2, 3))):
            story.boot(box).answered(status="Rejected")
        story.booted(BOX, OTHER_BOX)
        tells_cards_apart(story)
        for card in (CARD, OTHER_CARD):
            story.stop(story.start(card).answered(), card).answered()
        for card in BAD_CARDS:
            story.start(card).answered(status="Blocked")
    return story


def tells_cards_apart(story: Story, **refusal: str) -> None:
    """Good cards are accepted; others are blocked, or answered as given."""
    for card in (CARD, OTHER_CARD):
        story.authorize(card).answered()
    for card in BAD_CARDS:
        story.authorize(card).answered(**(refusal or {"status": "Blocked"}))


def test_a_whole_run_has_verdicts() -> None:
    """A row passes on its evidence; the numbers of the run are told."""
    story = discriminating()
    told = judgement(story, rows=("EVC-1.2-a", "EVC-1.2-c"))
    assert [verdict.status for verdict in told.verdicts] == [Status.PASS, Status.INCONCLUSIVE]
    assert told.of("EVC-1.2-a").cases == (CaseCount("accepted", 8, 0),)
    assert (told.invalid, told.crashes, told.left_open, told.broken_off) == ((), (), (), False)
    assert told.records == len(story.records)
    assert told.exit_code == Exit.OPEN


@pytest.mark.parametrize(
    ("refusal", "rounds", "seen"),
    [("Accepted", ROUNDS, set()), ("Blocked", ROUNDS, {"authorize"}), ("Blocked", 1, set())],
)
def test_only_who_tells_good_from_bad_throughout_discriminates(refusal: str, rounds: int, seen: set[str]) -> None:
    """Accepting all shows nothing; nor do right answers, given once."""
    story = Story()
    story.booted()
    for _ in range(rounds):
        tells_cards_apart(story, status=refusal)
    (world,) = judged_together([story]).judge.worlds.values()
    assert set().union(*(bench.discriminated() for bench in world.benches)) == seen


@pytest.mark.parametrize(
    ("card", "answer", "shown"),
    [
        (BLOCKED, {"status": "Expired"}, False),
        (EXPIRED, {"status": "Expired"}, True),
        (UNKNOWN, {"status": "Expired"}, True),
    ],
)
def test_a_wrong_refusal_shows_no_discrimination(card: str, answer: dict[str, str], shown: bool) -> None:
    """Refused in the wrong words is not as demanded; of an unknown card any refusal will do (EVC-X17)."""
    good = [Card(id_token=f"CARD-GOOD-{number}") for number in range(11)]
    story = Story(site=msgspec.structs.replace(SITE, cards=[*SITE.cards, *good]))
    story.booted()
    for _ in range(ROUNDS):
        for each in good:
            story.authorize(each.id_token).answered()
        story.authorize(card).answered(**answer)
    told = judgement(story)
    assert (told.of("EVC-1.2-a").status is Status.PASS) is shown


def test_who_is_refused_for_something_else_shows_nothing() -> None:
    """A good card on an occupied connector, a good box that names a foreign station: the person did not decide."""
    story = Story()
    for _ in range(ROUNDS):
        story.booted(BOX, OTHER_BOX)
        for _ in range(4):
            story.boot(BOX, NOWHERE).answered(status="Rejected")
        story.booted(BOX)
        running = story.start(CARD).answered()
        for _ in range(4):
            story.start(OTHER_CARD).answered(status="Blocked")
        story.stop(running).answered()
    (world,) = judged_together([story]).judge.worlds.values()
    assert set().union(*(bench.discriminated() for bench in world.benches)) == set()


def test_a_journal_without_its_end_was_broken_off() -> None:
    """What was never judged stays open for that reason; what was found bad is bad all the same."""
    story = Story()
    story.booted()
    story.authorize(BLOCKED).answered()
    told = judgement(story, ended=False, rows=("EVC-1.2-a", "EVC-1.2-b"))
    assert told.broken_off
    assert (told.of("EVC-1.2-a").why, told.of("EVC-1.2-b").status) == (Why.BROKEN_OFF, Status.FAIL)
    assert told.exit_code == Exit.FAILED


def test_one_broken_world_breaks_the_run_off() -> None:
    """Another worker's end is not this one's."""
    whole, broken = discriminating(0), Story(world=1)
    broken.booted()
    judge = judged_together([whole]).judge
    for record in broken.records:
        judge.observe(record)
    assert judge.judgement([ROWS["EVC-1.2-a"]], claimed).broken_off


def test_the_end_is_told_once() -> None:
    """A second end record finds nothing anew."""
    story = Story()
    story.booted()
    story.status().refused(422)
    story.status(info="all well").answered()
    story.step("run-ended")
    judged = story.judged()
    assert judged.of("EVC-1.7-e") == ["bad without-info"]


# Two worlds


def test_equal_ids_of_two_worlds_do_not_clash() -> None:
    """Each lab has a server of its own, so the same boxes, transactions and serials are others."""
    first, second = discriminating(0), discriminating(1)
    for story in (first, second):
        start = story.start(CARD).answered(transactionId=1)
        story.stop(start).answered()
        again = story.start(CARD).answered(transactionId=2)
        story.stop(again).answered()
    judged = judged_together([first, second])
    assert judged.of("EVC-1.4-b") == ["good sequential"] * 18
    told = judged.judge.judgement([ROWS["EVC-1.4-a"]], claimed)
    assert told.of("EVC-1.4-a").cases == (CaseCount("accepted", 20, 0), CaseCount("integer-id", 20, 0))
    assert told.of("EVC-1.4-a").status is Status.PASS
    assert told.records == len(first.records) + len(second.records)


def test_worlds_add_up_to_one_verdict() -> None:
    """One lab shows what the other does not; one bad finding anywhere decides."""
    blocked, expired = discriminating(0), Story(world=1)
    expired.booted()
    expired.authorize(CARD).answered()
    expired.authorize(EXPIRED).answered(status="Expired")
    told = judgement(blocked, expired, rows=("EVC-1.2-b", "EVC-1.2-c"))
    assert [verdict.status for verdict in told.verdicts] == [Status.PASS, Status.PASS]
    spoilt = Story(world=2)
    spoilt.booted()
    spoilt.authorize(EXPIRED).answered()
    told = judgement(discriminating(0), expired, spoilt, rows=("EVC-1.2-b", "EVC-1.2-c"))
    assert [verdict.status for verdict in told.verdicts] == [Status.PASS, Status.FAIL]


def test_what_has_failed_so_far_is_told_by_row_and_case() -> None:
    """Of all worlds, while the run goes on; good findings are none of it."""
    spoilt, other = Story(), Story(world=1)
    for story in (spoilt, other):
        story.booted()
        story.authorize(CARD).answered()
    spoilt.authorize(EXPIRED).answered()
    other.authorize(BLOCKED).answered()
    judge = judged_together((spoilt, other), ended=False).judge
    failed = {
        row: cases for row, cases in judge.failed_so_far().items() if row in ("EVC-1.2-a", "EVC-1.2-b", "EVC-1.2-c")
    }
    assert failed == {"EVC-1.2-b": {"blocked"}, "EVC-1.2-c": {"expired"}}


def test_a_twin_of_another_world_is_no_twin() -> None:
    """The box of the same name in another lab talks to another server."""
    refused, accepted = Story(world=0), discriminating(1)
    refused.booted()
    refused.authorize(EXPIRED).answered(status="Expired")
    told = judgement(refused, accepted, rows=("EVC-1.2-c",))
    assert told.of("EVC-1.2-c").status is Status.INCONCLUSIVE


# Runs that blame nobody


class FindsSwipesGood(Rule):
    """Finds something good at each swipe."""

    row = "EVC-1.2-a"
    listens = frozenset({"card-swiped"})

    def fact(self, fact: Fact) -> Iterator[Finding]:
        yield self.good("accepted", "a swipe", "a swipe", fact)


class Broken(Rule):
    """Finds something, and then fails itself."""

    row = "EVC-1.2-b"
    listens = frozenset({"card-swiped"})

    def fact(self, fact: Fact) -> Iterator[Finding]:
        yield self.good("blocked", "a swipe", "a swipe", fact)
        raise ZeroDivisionError("rules are code, too")


class BrokenAtTheEnd(Rule):
    """Fails when nobody expects it."""

    row = "EVC-1.2-c"

    def advance(self, now_ms: int) -> Iterator[Finding]:
        raise ValueError(f"no such time: {now_ms}")

    def finish(self) -> Iterator[Finding]:
        raise KeyError("the end")


class SmallBench(Bench):
    """Three rules and no protocol."""

    protocol = "none"

    def __init__(self) -> None:
        super().__init__([Broken(None), FindsSwipesGood(None), BrokenAtTheEnd(None)])

    def understand(self, exchange: object) -> Any:
        raise AssertionError("no exchange is of this protocol")


def test_a_rule_that_breaks_makes_the_run_invalid() -> None:
    """With its traceback; what it found before counts, and so do the other rules."""
    judge = Judge(lambda: [SmallBench()])
    story = Story()
    story.did("card-swiped", connector=1, card=CARD)
    story.step("run-ended")
    found = [finding.row for record in story.records for finding in judge.observe(record)]
    told = judge.judgement([ROWS["EVC-1.2-a"]], claimed)
    assert found == ["EVC-1.2-b", "EVC-1.2-a"]
    assert [(crash.row, crash.seq) for crash in told.crashes] == [
        ("EVC-1.2-c", 1),
        ("EVC-1.2-b", 1),
        ("EVC-1.2-c", 1),
    ]
    assert 'raise ZeroDivisionError("rules are code, too")' in told.crashes[1].trace
    assert told.invalid == (
        f"the rule of EVC-1.2-c broke: ValueError: no such time: {story.now_ms}",
        "the rule of EVC-1.2-b broke: ZeroDivisionError: rules are code, too",
        "the rule of EVC-1.2-c broke: KeyError: 'the end'",
    )
    assert (told.valid, told.exit_code) == (False, Exit.INVALID)


def test_exchanges_of_another_protocol_are_nobody_s() -> None:
    """A bench is shown its own only."""
    judge = Judge(lambda: [SmallBench()])
    story = Story()
    story.booted()
    assert [judge.observe(record) for record in story.records] == [[]]


def test_an_empty_journal_is_no_run() -> None:
    """Nothing happened, so nothing passes."""
    told = Judge(list).judgement([ROWS["EVC-1.2-a"]], claimed)
    assert told.invalid == ("the journal is empty",)
    assert told.exit_code == Exit.INVALID


def test_a_scenario_that_broke_makes_the_run_invalid() -> None:
    """Our own error, with the end of its traceback."""
    story = discriminating()
    story.step("scenario-broke", "test_1_2::test_cards", rows=["EVC-1.2-a"], trace="Traceback\n  line\nKeyError: 'x'")
    told = judgement(story)
    assert told.invalid == ("a scenario broke: test_1_2::test_cards: Traceback: KeyError: 'x'",)
    assert told.exit_code == Exit.INVALID


@pytest.mark.parametrize(
    ("worst_ns", "invalid"),
    [(1_000_000_000, ()), (1_500_000_000, ("our own sender was 1.50 s late (at most 1 s)",))],
)
def test_a_late_sender_makes_the_run_invalid(worst_ns: int, invalid: tuple[str, ...]) -> None:
    """The server is not called slow for it."""
    story = discriminating()
    story.step("lateness", worst_ns=worst_ns)
    story.step("lateness", worst_ns=0)
    assert judgement(story).invalid == invalid


def test_our_own_box_that_breaks_a_rule_makes_the_run_invalid() -> None:
    """A recorded one of somebody else is simply wrong."""
    for ours, invalid in ((True, ("our own box broke EVC-3-e: 7",)), (False, ())):
        story = Story(by_hand=False)
        story.step("run-began", ours=ours)
        story.did("powered-on", station="ST-0001", connectors=[7])
        story.start(CARD, BOX, 7).refused(404)
        told = judgement(story, rows=("EVC-3-e",))
        assert told.of("EVC-3-e").status is Status.FAIL
        assert told.invalid == invalid


# What else is told


def test_reasons_of_the_harness_reach_their_rows() -> None:
    """Unmet, left out with a reason of its own kind, without a surface."""
    story = Story()
    story.step("scenario-unmet", "a", rows=["EVC-1.2-a"], reason="no box would boot")
    story.step("scenario-left-out", "b", rows=["EVC-1.2-b"], reason="out of time", why="needs-time")
    story.step("scenario-left-out", "c", rows=["EVC-1.2-c"], reason="the target does not allow it")
    story.write(
        Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="operator", what="surface-unavailable", keys={"verb": "orders"},
             values={"reason": "describe it"})
    )  # fmt: skip
    told = judgement(story, rows=("EVC-1.2-a", "EVC-1.2-b", "EVC-1.2-c", "EVC-1.6-c"))
    assert [(verdict.why, verdict.reason) for verdict in told.verdicts] == [
        (Why.NO_EVIDENCE, "no box would boot; never judged: accepted"),
        (Why.NEEDS_TIME, "out of time; never judged: blocked"),
        (Why.NO_EVIDENCE, "the target does not allow it; never judged: expired"),
        (Why.NEEDS_SURFACE, "describe it"),
    ]


def test_a_row_keeps_all_that_stood_in_its_way() -> None:
    """What was asked for in vain first; what the target forbids and what it lacks besides; time last."""
    story, rows = Story(), ["EVC-1.2-a"]
    story.step("scenario-left-out", "a", rows=rows, reason="takes 2 d", why="needs-time")
    story.step("scenario-left-out", "b", rows=rows, reason="forbidden", lacks="no box")
    story.step("scenario-unmet", "c", rows=rows, reason="no card", lacking=True)
    story.step("scenario-unmet", "d", rows=rows, reason="not accepted", lacking=False)
    story.step("scenario-left-out", "e", rows=rows, reason="takes 2 d", why="needs-time")
    verdict = judgement(story, rows=("EVC-1.2-a",)).of("EVC-1.2-a")
    assert verdict.why is Why.NO_EVIDENCE
    assert verdict.reason == "not accepted; forbidden; no box; and 2 more reasons; never judged: accepted"


def test_sessions_left_open_are_listed() -> None:
    """So that somebody can end them by hand."""
    story = discriminating()
    story.step("left-open", left=["CB-0001 connector 1"])
    story.step("left-open", left=["CB-0002 connector 2"])
    assert judgement(story).left_open == ("CB-0001 connector 1", "CB-0002 connector 2")


def test_a_server_that_was_never_there_says_so() -> None:
    """Rather than that nothing was judged."""
    story = Story()
    story.boot().broken(WireError.UNREACHABLE)
    never = "no connection was ever made: as the story goes"
    told = judgement(story)
    assert (told.of("EVC-1.2-a").reason, told.unreachable) == (never, never)


class _Silent(Bench):
    """Nobody answers in its protocol; or somebody does."""

    def __init__(self, protocol: str, why: str) -> None:
        super().__init__(())
        self.protocol, self._why = protocol, why

    def unreachable(self) -> str:
        return self._why


@pytest.mark.parametrize(
    ("boxes", "city", "headline"),
    [
        ("no way", "", "evchong: no way"),
        ("", "no way", "beijing: no way"),
        ("no way", "no way", "no way"),
        ("no way", "shut", "no way; shut"),
        ("", "", ""),
    ],
)
def test_each_protocol_is_answered_or_not_for_itself(boxes: str, city: str, headline: str) -> None:
    """They may have different addresses: the rows of the one are open for that reason, the other's are judged."""
    judge = Judge(lambda: [_Silent("evchong", boxes), _Silent("beijing", city)])
    judge.observe(Step(at_ms=1, mono_ns=1, wall_ns=1, what="run-began"))
    told = judge.judgement([ROWS["EVC-1.2-a"], ROWS["CEC-TOK-a"]], claimed)
    assert told.unreachable == headline
    for row, why in (("EVC-1.2-a", boxes), ("CEC-TOK-a", city)):
        assert told.of(row).reason == why or (not why and told.of(row).why is Why.BROKEN_OFF)


def test_a_resent_attempt_is_evidence_but_no_finding() -> None:
    """The broken attempt is neither blamed nor taken for the end of its transaction."""
    story = discriminating()
    start = story.start(OTHER_CARD, connector=2).answered()
    story.stop(start, OTHER_CARD).broken(WireError.CLOSED, resent=True)
    story.sample(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-a") == ["good same-id", "good timestamp"]
    assert judged.blamed() == []


def test_remarks_are_counted_and_point_to_the_first_record() -> None:
    """An interval other than the example's, and a time in ISO 8601."""
    first, second = Story(world=0), Story(world=1)
    for story in (first, second):
        story.boot().answered(heartbeatInterval=300)
        story.boot().answered(heartbeatInterval=300, currentTime="2015-03-02T12:00:00+08:00")
    told = judgement(first, second)
    assert [(remark.row, remark.text, remark.at, count) for remark, count in told.observations] == [
        ("EVC-X11", "a heartbeat interval of 300 s was told", 1, 4),
        ("EVC-X8", "bootRes.currentTime is ISO 8601, not epoch milliseconds", 2, 2),
    ]


def test_accepted_entries_of_rows_that_were_not_selected_are_left_alone() -> None:
    """An entry is stale only when its row was looked at."""
    today = date(2026, 10, 1)
    entries = [
        Acceptance("EVC-1.2-a", "fail", "known", today),
        Acceptance("EVC-1.2-b", "fail", "known", today),
    ]
    judge = judged_together([discriminating()]).judge
    told = judge.judgement([ROWS["EVC-1.2-a"]], claimed, entries, today)
    assert [(verdict.requirement.id, verdict.status) for verdict in told.verdicts] == [("EVC-1.2-a", Status.FAIL)]
    assert judge.judgement([ROWS["EVC-1.2-a"]], claimed, entries).exit_code == Exit.PASSED


class _Echoes(Bench):
    """Finds something good on every record; lacks what a surface should have told."""

    def __init__(self, protocol: str, *overhears: str) -> None:
        super().__init__([])
        self.protocol = protocol
        self.overhears = frozenset(overhears)

    def exchange(self, exchange: Exchange) -> list[Finding]:
        return [Finding("EVC-1.2-a", "accepted", True, "this", "this", (exchange.seq,))]

    def overhear(self, exchange: Exchange) -> list[Finding]:
        return [Finding("EVC-1.2-b", "blocked", True, "this", "this", (exchange.seq,))]

    def fact(self, fact: Fact) -> list[Finding]:
        return [Finding("EVC-1.2-a", "accepted", True, "this", "this", (fact.seq,))]

    def settled(self) -> list[Finding]:
        return [Finding("EVC-1.2-c", "expired", True, "this", "this", ())]

    def lacking(self) -> dict[str, str]:
        return {"EVC-1.2-a": "no times are told"}


def test_every_bench_of_a_world_is_heard() -> None:
    """Two protocols judge one world: a fact is shown to both, an exchange to its own."""
    judge = Judge(lambda: [_Echoes("evchong"), _Echoes("beijing")])
    story = Story()
    story.boot().answered()
    (exchange,) = story.records
    fact = Fact(seq=9, at_ms=0, mono_ns=0, wall_ns=0, actor="box", what="card-swiped")
    assert len(judge.observe(exchange)) == 1
    assert len(judge.observe(fact)) == 2


def test_a_bench_overhears_what_it_wants_to() -> None:
    """Before and after the bench whose exchange it is, and nothing else."""
    benches = (("beijing", "evchong"), ("evchong",), ("parking",), ("tomda", "evchong"))
    judge = Judge(lambda: [_Echoes(*words) for words in benches])
    story = Story()
    story.boot().answered()
    assert [finding.row for finding in judge.observe(story.records[0])] == ["EVC-1.2-b", "EVC-1.2-a", "EVC-1.2-b"]


def test_a_scenario_that_ends_settles_what_it_left() -> None:
    """Each bench says what it found by then; what a surface did not tell is known to the verdict."""
    judge = Judge(lambda: [_Echoes("evchong")])
    story = discriminating()
    story.step("scenario-ended")
    found = [finding.row for record in story.records for finding in judge.observe(record)]
    assert found[-1] == "EVC-1.2-c"
    verdict = judge.judgement([ROWS["EVC-1.2-a"]], claimed).of("EVC-1.2-a")
    assert (verdict.why, verdict.reason) == (Why.NEEDS_SURFACE, "no times are told")


def test_what_was_not_asked_for_want_of_time_is_no_fault_of_the_server() -> None:
    """A preamble that was left out says which service it would have shown."""
    story = Story()
    story.booted()
    story.authorize(CARD).answered()
    story.step("scenario-left-out", rows=[], reason="takes 5 min", shows="authorize")
    verdict = judgement(story).of("EVC-1.2-a")
    assert (verdict.why, verdict.reason) == (Why.NEEDS_TIME, "takes 5 min")


def test_boxes_are_ours_unless_the_run_says_otherwise() -> None:
    """A journal of a recording says so in its first record."""
    began = Step(seq=1, at_ms=0, mono_ns=0, wall_ns=0, what="run-began")
    told = [Judge(list), Judge(list)]
    told[0].observe(began)
    told[1].observe(msgspec.structs.replace(began, values={"ours": False}))
    assert [judge.worlds[0].ours for judge in told] == [True, False]


def test_a_row_of_our_own_box_that_fails_by_an_expired_entry_says_so() -> None:
    """There is no bad finding to quote then."""
    judge = judged_together((discriminating(),), ended=True).judge
    entry = Acceptance("EVC-1.2-f", "inconclusive", "known", date(2026, 1, 1))
    told = judge.judgement([ROWS["EVC-1.2-f"]], claimed, [entry], date(2026, 2, 1))
    (reason,) = told.invalid
    assert reason.startswith("our own box broke EVC-1.2-f: [[accepted]] for this row expired on 2026-01-01: ")
