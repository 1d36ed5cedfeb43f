"""EVC-SEQ: a session runs through, and its truth is what the orders say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.journals import BOX, CARD, LEFT_OUT, OTHER_CARD, REGISTER_WH, Asked, Story, order_of

SECOND_MS = 1000


def charged(
    story: Story, *, samples: int = 1, reason: str = "card", takes_s: float = 0, energy_wh: int = 1000
) -> Asked:
    """A session that the box led by itself, flawlessly; the server takes its time over start and stop."""
    story.boot().answered(heartbeatInterval=3600)
    story.did("card-swiped", connector=1, card=CARD)
    story.authorize(CARD).answered()
    began_ms = story.now_ms
    story.did("charging-began", connector=1, card=CARD, register_wh=REGISTER_WH, meter=True)
    start = story.start(CARD)
    story.passes(takes_s)
    start.answered()
    for number in range(samples):
        story.passes((began_ms - story.now_ms) / 1000 + 10 * (number + 1))
        story.sample(start).answered()
    story.passes(5)
    if reason == "card":
        story.did("card-swiped", connector=1, card=CARD)
        story.authorize(CARD).answered()
    story.did(
        "charging-ended",
        connector=1,
        card=CARD,
        transaction=start.transaction,
        reason=reason,
        began_ms=began_ms,
        energy_wh=energy_wh,
        register_wh=REGISTER_WH + energy_wh,
        meter=True,
    )
    stop = story.stop(start, CARD if reason == "card" else None, energy_wh=energy_wh)
    story.passes(takes_s)
    stop.answered()
    return start


@pytest.mark.parametrize("reason", ["card", "vehicle", "fault"])
def test_a_session_is_reported_as_it_was(reason: str) -> None:
    """It runs through, and card, energy and times of the order are what the box did."""
    story = Story(by_hand=False)
    start = charged(story, reason=reason)
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-SEQ") == ["good flow", "good card", "good energy", "good times", "good times"]
    assert judged.blamed() == []


@pytest.mark.parametrize(
    ("told", "case"),
    [
        ({"card": OTHER_CARD}, "card"),
        ({"energy_wh": 994}, "energy"),
        ({"energy_wh": 1}, "energy"),
        ({"energy_wh": None}, "energy"),
        ({"started_ms": -1}, "times"),
        ({"ended_ms": 1}, "times"),
    ],
)
def test_a_session_reported_otherwise_is_blamed(told: dict[str, Any], case: str) -> None:
    """Another card, another energy, another begin or end."""
    story = Story(by_hand=False)
    start = charged(story)
    story.orders(order_of(start, story) | told)
    assert f"bad {case}" in story.judged().of("EVC-SEQ")


@pytest.mark.parametrize("off_ms", [-SECOND_MS, SECOND_MS])
def test_times_may_be_whole_seconds(off_ms: int) -> None:
    """A second more or less is rounding."""
    story = Story(by_hand=False)
    start = charged(story)
    order = order_of(start, story)
    story.orders(order | {"started_ms": order["started_ms"] + off_ms, "ended_ms": order["ended_ms"] + off_ms})
    judged = story.judged()
    assert judged.of("EVC-SEQ") == ["good flow", "good card", "good energy", "good times", "good times"]


def test_a_time_that_is_further_off_is_blamed() -> None:
    """Local time taken for UTC, say, or the moment of the bill for the end of the charge."""
    story = Story(by_hand=False)
    start = charged(story)
    order = order_of(start, story)
    story.orders(order | {"ended_ms": order["ended_ms"] + SECOND_MS + 1})
    assert story.judged().of("EVC-SEQ")[-2:] == ["good times", "bad times"]


def test_a_slow_server_may_write_down_when_it_was_done() -> None:
    """Between the deed and the answer to it, every moment is as good as another."""
    story = Story(by_hand=False)
    start = charged(story, takes_s=3)
    order = order_of(start, story)
    story.orders(order | {"started_ms": order["started_ms"] + 3 * SECOND_MS})
    judged = story.judged()
    assert judged.of("EVC-SEQ")[-2:] == ["good times", "good times"]
    assert judged.blamed() == []


def test_an_order_that_does_not_tell_the_card_is_not_wrong_about_it() -> None:
    """What the surface leaves out cannot be compared."""
    story = Story(by_hand=False)
    start = charged(story)
    story.orders(order_of(start, story, card=LEFT_OUT))
    assert story.judged().blamed() == []


def test_the_energy_may_be_rounded_to_a_hundredth_of_a_kwh() -> None:
    """The document asks for two decimals."""
    story = Story(by_hand=False)
    start = charged(story, energy_wh=1234)
    story.orders(order_of(start, story, energy_wh=1230))
    judged = story.judged()
    assert judged.of("EVC-SEQ")[2] == "good energy"
    assert judged.blamed() == []


def test_without_meter_values_the_flow_was_not_whole() -> None:
    """The order is judged, the flow is not (EVC-X21)."""
    story = Story(by_hand=False)
    start = charged(story, samples=0)
    story.orders(order_of(start, story))
    assert story.judged().of("EVC-SEQ") == ["good card", "good energy", "good times", "good times"]


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_session_that_is_lost_on_its_way_is_blamed(status: int) -> None:
    """A sample is refused after the like of it was taken: the server forgot what runs."""
    story = Story(by_hand=False)
    story.booted()
    start = story.start().answered()
    story.sample(start).answered()
    story.beat().answered()
    story.sample(start).refused(status)
    assert story.judged().of("EVC-SEQ") == ["bad flow"]


def test_samples_that_were_never_taken_do_not_break_the_flow() -> None:
    """Refused from the first one on, they are EVC-1.5-b's; so is what a scenario says by hand."""
    for by_hand in (True, False):
        story = Story(by_hand=by_hand)
        story.booted()
        start = story.start().answered()
        if by_hand:
            story.sample(start).answered()
        story.sample(start).refused(422)
        judged = story.judged()
        assert judged.of("EVC-SEQ") == []
        assert "EVC-1.5-b current-voltage-energy" in judged.blamed()


def test_an_order_that_is_not_there_is_another_row_s() -> None:
    """EVC-1.6-c waits for it; EVC-SEQ compares what there is."""
    story = Story(by_hand=False)
    charged(story)
    story.passes(31)
    story.orders()
    judged = story.judged()
    assert judged.of("EVC-SEQ") == []
    assert judged.blamed() == ["EVC-1.6-c billed"]


@pytest.mark.parametrize("reason", ["power lost", "start refused"])
def test_a_session_that_the_box_did_not_end_by_itself_is_not_judged(reason: str) -> None:
    """Nobody can know what a server makes of it."""
    story = Story(by_hand=False)
    start = charged(story, reason=reason)
    story.orders(order_of(start, story, energy_wh=1000) | {"card": OTHER_CARD})
    assert story.judged().of("EVC-SEQ") == []


def test_what_a_scenario_said_by_hand_is_no_session() -> None:
    """Without the fact of the charge there is no truth to compare with."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.orders(order_of(start, story, box=BOX) | {"card": OTHER_CARD})
    assert story.judged().of("EVC-SEQ") == []
