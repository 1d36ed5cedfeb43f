"""BJ-1.1.13-b and -c, BJ-1.1.14-b, CEC-RES-a: what was not taken is pushed again, in time, until it is."""

from __future__ import annotations

import pytest

from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from tests.unit.city_journals import ORDER
from tests.unit.duty_journals import QUERY_TOKEN, DutyStory, over
from tests.unit.remote_journals import ANOTHER, CHARGE_ORDER, STOP_RESULT, WANTED

LOST, OFTEN, BONUS, RESENT = "BJ-1.1.13-b", "BJ-1.1.13-c", "BJ-1.1.14-b", "CEC-RES-a"
HOUR_S = 3600
KINDS = [
    (Refusal.BUSY, "refused"),
    (Refusal.SYSTEM_ERROR, "refused"),
    (Refusal.WRONG_TOKEN, "refused"),
    (Refusal.HTTP_503, "http-error"),
    (Refusal.SILENT, "unanswered"),
    (Refusal.CUT, "unanswered"),
]
BOTH: list[tuple[Interface, str]] = [(CHARGE_ORDER, LOST), (ORDER, BONUS)]


def bad(story: DutyStory, row: str) -> list[str]:
    return [finding.removeprefix("bad ") for finding in story.judged().of(row) if finding.startswith("bad")]


# Lost, and repeated though taken


@pytest.mark.parametrize(("interface", "row"), BOTH)
@pytest.mark.parametrize(("how", "case"), KINDS)
def test_every_failure_is_followed_by_a_repeat(interface: Interface, row: str, how: Refusal, case: str) -> None:
    """Whatever failed; one that never comes is lost."""
    repeated, lost = over(), over()
    repeated.tries(150, how=how, interface=interface)
    assert f"good {case}" in repeated.judged().of(row)
    lost.order_pushed(how, interface)
    lost.passes(HOUR_S + 70)
    assert case in bad(lost, row)


@pytest.mark.parametrize(("interface", "row"), BOTH)
def test_an_order_that_failed_often_is_not_given_up(interface: Interface, row: str) -> None:
    """No order is ever lost."""
    repeated, lost = over(), over()
    repeated.tries(150, 300, 450, 600, interface=interface)
    assert "good often" in repeated.judged().of(row)
    lost.tries(150, 300, 450, interface=interface)
    lost.records.pop()
    lost.passes(2 * HOUR_S)
    assert "often" in bad(lost, row)


@pytest.mark.parametrize(("interface", "row"), BOTH)
def test_what_was_taken_is_left_alone(interface: Interface, row: str) -> None:
    """Until it is taken, and not a second time."""
    quiet, again = over(), over()
    quiet.order_pushed(None, interface)
    quiet.passes(HOUR_S + 6)
    assert quiet.judged().of(row) == ["good taken"]
    again.order_pushed(None, interface)
    again.passes(150)
    again.order_pushed(None, interface)
    assert bad(again, row) == ["taken"]


def test_a_disputed_order_may_be_repeated_or_not() -> None:
    """Delivered, unless the target says that it failed (BJ-X18)."""
    repeated, not_repeated, failed = over(), over(), over(city_readings={"BJ-X18": "failed"})
    repeated.tries(150, how=Refusal.DISPUTED)
    for story in (not_repeated, failed):
        story.order_pushed(Refusal.DISPUTED)
        story.passes(2 * HOUR_S)
    assert bad(repeated, BONUS) == []
    assert not_repeated.judged().of(BONUS) == []
    assert set(bad(failed, BONUS)) == {"first", "refused"}


def test_the_run_may_end_before_the_repeat_is_due() -> None:
    """Nobody knows whether it would have come."""
    story = over()
    story.order_pushed(Refusal.BUSY, CHARGE_ORDER)
    story.passes(100)
    assert story.judged().of(LOST) == []


@pytest.mark.parametrize(("interface", "row"), BOTH)
@pytest.mark.parametrize("tried", [True, False])
def test_what_finds_no_token_is_still_owed(interface: Interface, row: str, tried: bool) -> None:
    """Whether it was ever tried or not, an hour is the longest that it may stay away after that; no order is lost."""
    pushed, lost, asks = over(), over(), over()
    for story in (pushed, lost, asks):
        if tried:
            story.order_pushed(Refusal.BUSY, interface)
        story.pushed(QUERY_TOKEN, {}, Refusal.BUSY)
        story.passes(HOUR_S)
    pushed.order_pushed(None, interface)
    asks.pushed(QUERY_TOKEN, {}, Refusal.BUSY)
    for story in (pushed, lost, asks):
        story.passes(0.7 * HOUR_S)
    assert "refused" not in bad(pushed, row)
    assert "refused" in bad(lost, row)
    assert "refused" not in bad(asks, row)


def test_what_was_taken_needs_no_token() -> None:
    """Nor does what was refused for what it says."""
    taken, refused = over(), over()
    taken.order_pushed(None)
    refused.pushes(ORDER, refused._settled(1000, WANTED), ret=4004)
    for story in (taken, refused):
        story.pushed(QUERY_TOKEN, {}, Refusal.BUSY)
        story.passes(2 * HOUR_S)
        assert bad(story, BONUS) == []


def test_the_order_of_a_start_that_was_refused_is_not_that_of_another_charge() -> None:
    """Though it is told of the same connector and the same time."""
    story = over()
    story.is_refused(3, ANOTHER)
    for order in (WANTED, ANOTHER):
        story.order_pushed(None, order=order)
    story.passes(100)
    assert bad(story, BONUS) == []


# The ladder


@pytest.mark.parametrize(
    "gaps_s",
    [
        (150, 300, 450, 600, 750),
        (150, 300, 600, 1200, 1800, 3600, 3600),
        (150, 300, 1800, 3600, 3600),
        (154, 297, 297, 299),
        (150, 300, 300, 300),
    ],
)
def test_ladders_that_are_lawful_in_the_default_reading(gaps_s: tuple[float, ...]) -> None:
    """150 s, 300 s, then gaps that never shrink, none above an hour (BJ-X2)."""
    story = over()
    story.tries(*gaps_s)
    assert bad(story, BONUS) == []
    assert {"good first", "good second", "good later"} <= set(story.judged().of(BONUS))


@pytest.mark.parametrize(
    ("case", "gaps_s"),
    [
        ("first", (140,)),
        ("first", (160,)),
        ("second", (150, 150)),
        ("second", (150, 600)),
        ("later", (150, 300, 280)),
        ("later", (150, 300, 1800, 600)),
        ("later", (150, 300, 3610)),
    ],
)
def test_ladders_that_are_not(case: str, gaps_s: tuple[float, ...]) -> None:
    """Too soon, too late, shrinking."""
    story = over()
    story.tries(*gaps_s)
    assert bad(story, BONUS) == [case]


@pytest.mark.parametrize(
    ("reading", "gaps_s"),
    [
        ("arithmetic", (*(150 * number for number in range(1, 13)), 3600, 3600)),
        ("doubling", (150, 300, 600, 1200, 1800, 3600, 3600)),
        ("offsets", (50, *[150] * 11, 1800, 3600, 3600)),
    ],
)
def test_exact_ladders_by_name(reading: str, gaps_s: tuple[float, ...]) -> None:
    """The target says which (BJ-X2); another one is then wrong."""
    kept, broken = over(city_readings={"BJ-X2": reading}), over(city_readings={"BJ-X2": reading})
    kept.tries(*gaps_s)
    assert bad(kept, BONUS) == []
    broken.tries(*gaps_s[:3], gaps_s[3] + 20)
    assert bad(broken, BONUS) == ["later"]


@pytest.mark.parametrize(
    ("gaps_s", "broken"),
    [
        ((60, 60, 60, 60), []),
        ((150, 300, 3600), []),
        ((200, 300), ["first"]),
        ((150, 400), ["second"]),
        ((150, 300, 3700), ["later"]),
    ],
)
def test_for_other_orders_the_ladder_is_a_ceiling(gaps_s: tuple[float, ...], broken: list[str]) -> None:
    """As often as possible (1.1.13)."""
    story = over()
    story.tries(*gaps_s, interface=CHARGE_ORDER)
    assert bad(story, OFTEN) == broken
    assert any(finding.startswith("good") for finding in story.judged().of(OFTEN)) or broken == ["first"]


def test_each_step_of_a_ceiling_can_be_kept() -> None:
    """First, second, later."""
    story = over()
    story.tries(150, 300, 300, interface=CHARGE_ORDER)
    assert story.judged().of(OFTEN) == ["good first", "good second", "good later"]


@pytest.mark.parametrize("how", [Refusal.WRONG_TOKEN, Refusal.CUT])
def test_a_call_that_is_made_anew_at_once_is_the_same_attempt(how: Refusal) -> None:
    """With a new token (CEC-TOK-d), or over a new connection."""
    story = over()
    story.order_pushed(how)
    story.passes(1)
    story.tries(150, 300)
    assert bad(story, BONUS) == []


def test_a_gap_counts_from_either_end_of_a_call_that_nobody_answers() -> None:
    """The server learns of the failure when it stops waiting."""
    story = over()
    story.tries(190, how=Refusal.SILENT)
    assert bad(story, BONUS) == []


def test_after_a_restart_the_ladder_may_go_on_or_begin_again() -> None:
    """No step is judged any more; that the order is not lost is."""
    story = over()
    story.order_pushed(Refusal.BUSY)
    story.happened("server-restarted")
    story.passes(20)
    story.tries(40, 3000, 100)
    assert bad(story, BONUS) == []


def test_without_a_token_no_attempt_is_seen() -> None:
    """The platform gave none by plan, so the steps that are seen are not all that were taken."""
    story = over()
    story.pushed(QUERY_TOKEN, {}, Refusal.SYSTEM_ERROR)
    story.passes(150)
    story.tries(300, 450)
    assert bad(story, BONUS) == []


# What is no order


def resent(*gaps_s: float) -> DutyStory:
    story = DutyStory()
    story.state_pushed(2, Refusal.BUSY)
    for gap_s in gaps_s:
        story.passes(gap_s)
        story.state_pushed(2, Refusal.BUSY)
    return story


def test_other_pushes_are_sent_again_about_a_minute_apart() -> None:
    """More than three times (1.6)."""
    assert resent(60, 60, 60, 60).judged().of(RESENT) == ["good repeated"] * 3 + ["good more-than-3"]


@pytest.mark.parametrize("gaps_s", [(5, 5), (10, 10), (60, 5, 5), (100,)])
def test_sooner_or_later_than_about_a_minute_is_bad(gaps_s: tuple[float, ...]) -> None:
    """Half a minute to one and a half."""
    assert bad(resent(*gaps_s), RESENT)[0] == "repeated"


def test_a_state_may_come_once_more_for_itself() -> None:
    """It changed there and back, or two machines tell it: neither is a repeat, and a minute later one is still due."""
    assert resent(5, 60).judged().of(RESENT) == ["good repeated"]
    story = resent(5)
    story.passes(100)
    assert bad(story, RESENT) == ["repeated"]


def test_giving_up_too_early_is_bad() -> None:
    """After three repeats another one is due."""
    story = resent(60, 60, 60)
    story.passes(100)
    assert bad(story, RESENT) == ["more-than-3"]


def test_a_newer_state_takes_its_place() -> None:
    """Nobody need be told what is not so any more."""
    story = resent()
    story.passes(10)
    story.state_pushed(1)
    story.passes(1000)
    assert story.judged().of(RESENT) == []


def test_results_are_sent_again_too() -> None:
    """Each charge's own."""
    story = over()
    story.pushed(STOP_RESULT, {"StartChargeSeq": WANTED}, Refusal.SYSTEM_ERROR)
    story.passes(200)
    assert bad(story, RESENT) == ["repeated"]


@pytest.mark.parametrize("how", [Refusal.BUSY, Refusal.HTTP_503, Refusal.CUT, Refusal.SILENT])
def test_the_orders_of_a_day_are_sent_again_too(how: Refusal) -> None:
    """Whatever failed (1.6)."""
    again, lost = DutyStory(), DutyStory()
    for story in (again, lost):
        story.checked("2025-03-01", how=how)
        story.passes(60)
    again.checked("2025-03-01")
    lost.passes(140)
    assert again.judged().of(RESENT) == ["good repeated"]
    assert bad(lost, RESENT) == ["repeated"]


def test_a_result_refused_for_its_token_and_then_for_another_reason_has_failed_once() -> None:
    """The repeat with the new token is no resend; the next comes a minute later (1.5, 1.6)."""
    story = over()
    for how, gap_s in ((Refusal.WRONG_TOKEN, 1), (Refusal.BUSY, 60), (Refusal.SYSTEM_ERROR, 60), (None, 0)):
        story.pushed(STOP_RESULT, {"StartChargeSeq": WANTED}, how)
        story.passes(gap_s)
    assert story.judged().of(RESENT) == ["good repeated", "good repeated"]


@pytest.mark.parametrize(("interface", "row"), [(CHARGE_ORDER, OFTEN), (ORDER, BONUS)])
def test_an_order_that_is_refused_for_what_it_says_is_somewhere_on_its_ladder(interface: Interface, row: str) -> None:
    """4004, and from the next repeat on refused by plan: which step that is, the server alone knows."""
    story = over()
    story.pushes(interface, story._settled(1000, WANTED) | {"StopReason": "fault"}, ret=4004)
    for gap_s in (150, 300, 450):
        story.passes(gap_s)
        story.order_pushed(Refusal.BUSY, interface)
    assert [finding for finding in bad(story, row) if finding in ("first", "second", "later")] == []
