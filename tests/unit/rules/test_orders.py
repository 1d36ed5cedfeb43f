"""Orders as a surface shows them: a number counts in any spelling, and what cannot be read blames nobody."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from conformance.requirements.ledger import ledger
from conformance.verdict import Status, Verdict, Why
from simulators.world.site import Card
from tests.unit.journals import BLOCKED, LEFT_OUT, OTHER_CARD, SITE, Asked, Judged, Story, order_of
from tests.unit.rules.test_session import charged

HALF_A_MINUTE_S = 31.0


def verdict(judged: Judged, row: str) -> Verdict:
    found = judged.judge.judgement([ledger()[row]], counts=lambda _: True)
    return found.of(row)


def open_for(judged: Judged, row: str) -> str:
    """Why the row is open for want of a surface that tells."""
    found = verdict(judged, row)
    assert (found.status, found.why) == (Status.INCONCLUSIVE, Why.NEEDS_SURFACE), found
    assert not [blamed for blamed in judged.blamed() if blamed.startswith(row)]
    return found.reason


def stopped(*, backwards: bool = False, repeated: bool = False) -> tuple[Story, Asked]:
    """A transaction over 1000 Wh that was ended half a minute ago."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start, meter_wh=0 if backwards else None).answered()
    if repeated:
        story.stop(start).answered()
    story.passes(HALF_A_MINUTE_S)
    return story, start


NO_MATCH: dict[str, Any] = {"transaction_id": LEFT_OUT, "started_ms": LEFT_OUT}
UNMATCHED = "order O-1001 tells neither transaction_id nor started_ms: look at [surfaces.orders.fields]"

# What cannot be matched


@pytest.mark.parametrize("row", ["EVC-1.6-c", "EVC-1.6-d", "EVC-1.6-e", "EVC-SEQ"])
def test_an_order_without_transaction_and_begin_leaves_the_row_open(row: str) -> None:
    """It may be the one that is looked for: that is no fail, and the reason says which field is missing."""
    story = Story(by_hand=row != "EVC-SEQ")
    if row == "EVC-SEQ":
        start = charged(story)
        story.passes(HALF_A_MINUTE_S)
    else:
        story, start = stopped(backwards=row == "EVC-1.6-e", repeated=row == "EVC-1.6-d")
    story.orders(order_of(start, story, **NO_MATCH))
    assert open_for(story.judged(), row) == UNMATCHED


def test_an_unreadable_begin_is_named() -> None:
    story, start = stopped()
    story.orders(order_of(start, story, transaction_id=LEFT_OUT, started_ms="yesterday"))
    reason = "order O-1001 tells started_ms as 'yesterday', which is no number: look at [surfaces.orders.fields]"
    assert open_for(story.judged(), "EVC-1.6-c") == reason


def test_a_connector_in_words_is_named() -> None:
    """Whether the order is of this connector cannot be told."""
    story, start = stopped()
    story.orders(order_of(start, story, transaction_id=LEFT_OUT, connector="left"))
    reason = "order O-1001 tells connector as 'left', which is no number: look at [surfaces.orders.fields]"
    assert open_for(story.judged(), "EVC-1.6-c") == reason


@pytest.mark.parametrize("of_another", [{"box": "CB-9"}, {"connector": 2}, {"card": OTHER_CARD}])
def test_an_order_of_another_is_no_reason_to_doubt(of_another: dict[str, Any]) -> None:
    """Its box, connector or card says that it is not the one; so none is there."""
    story, start = stopped()
    story.orders(order_of(start, story, **NO_MATCH, **of_another))
    assert verdict(story.judged(), "EVC-1.6-c").status is Status.FAIL


def test_an_order_that_cannot_be_matched_is_no_matter_where_the_right_one_is() -> None:
    story, start = stopped()
    story.orders(order_of(start, story), order_of(start, story, **NO_MATCH))
    assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]


def test_two_orders_of_one_transaction_are_two_whatever_else_there_is() -> None:
    story, start = stopped(repeated=True)
    story.orders(order_of(start, story), order_of(start, story), order_of(start, story, **NO_MATCH))
    assert verdict(story.judged(), "EVC-1.6-d").status is Status.FAIL


@pytest.mark.parametrize(("started", "word"), [(LEFT_OUT, "tells no started_ms"), ("soon", "as 'soon'")])
def test_without_a_begin_nobody_sees_an_order_of_a_refused_start(started: Any, word: str) -> None:
    """Such an order is told by its begin alone, so "none" would be no evidence (EVC-1.4-c)."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.start(BLOCKED).answered(status="Blocked", transactionId=0)
    story.orders(order_of(start, story), order_of(start, story, transaction_id=LEFT_OUT, started_ms=started))
    assert word in open_for(story.judged(), "EVC-1.4-c")


# Numbers in any spelling


@pytest.mark.parametrize("transaction", [1001, 1001.0, "1001", "1001.0"])
@pytest.mark.parametrize("energy", [1000, 1000.0, "1000", "1000.00"])
def test_an_order_is_found_and_compared_in_any_spelling(transaction: Any, energy: Any) -> None:
    """Text or number, with a point or without: it says the same."""
    story = Story(by_hand=False)
    start = charged(story)
    told = order_of(start, story)
    spelt = {"transaction_id": transaction, "energy_wh": energy, "total_fen": "100.0"}
    moments = {name: str(told[name]) for name in ("started_ms", "ended_ms")}
    story.orders(told | spelt | moments)
    judged = story.judged()
    assert judged.of("EVC-SEQ") == ["good flow", "good card", "good energy", "good times", "good times"]
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert judged.blamed() == []


@pytest.mark.parametrize("wrong", ["994", 994.0, "994.9"])
def test_a_wrong_energy_is_wrong_in_any_spelling(wrong: Any) -> None:
    story = Story(by_hand=False)
    start = charged(story)
    story.orders(order_of(start, story) | {"energy_wh": wrong})
    judged = story.judged()
    assert "bad energy" in judged.of("EVC-SEQ")
    assert "bad billed" in judged.of("EVC-1.6-c")


def test_an_id_of_their_own_is_no_transaction_and_the_begin_tells() -> None:
    """1.4: transactionId is an integer, so a text is another number of theirs."""
    story, start = stopped()
    story.orders(order_of(start, story, transaction_id="TX-2026-17"))
    assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]


@pytest.mark.parametrize("amount", [{"energy_wh": "-1"}, {"total_fen": -0.5}, {"service_fen": "-0.01"}])
def test_a_negative_amount_is_negative_in_any_spelling(amount: dict[str, Any]) -> None:
    story, start = stopped(backwards=True)
    story.orders(order_of(start, story) | amount)
    assert story.judged().of("EVC-1.6-e") == ["bad nothing-negative"]


@pytest.mark.parametrize("total", ["1000", 1000.0])
def test_a_wrong_amount_is_wrong_in_any_spelling(total: Any) -> None:
    """1000 Wh cost 70 to 100 fen."""
    story, start = stopped()
    story.orders(order_of(start, story) | {"total_fen": total})
    assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", "bad billed"]


# What is no number, or not told


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("EVC-SEQ", "energy_wh"),
        ("EVC-SEQ", "started_ms"),
        ("EVC-SEQ", "ended_ms"),
        ("EVC-1.6-c", "energy_wh"),
        ("EVC-1.6-c", "total_fen"),
    ],
)
def test_a_value_that_is_no_number_is_named_and_leaves_the_row_open(row: str, field: str) -> None:
    """Neither a fail, as the mapping may be wrong, nor a pass for the rest of it."""
    story = Story(by_hand=False)
    start = charged(story)
    story.orders(order_of(start, story) | {field: "1 kWh"})
    reason = f"order O-1001 tells {field} as '1 kWh', which is no number: look at [surfaces.orders.fields]"
    assert open_for(story.judged(), row) == reason


@pytest.mark.parametrize("field", ["energy_wh", "electricity_fen", "service_fen", "total_fen"])
def test_what_may_be_negative_and_is_no_number_is_named(field: str) -> None:
    story, start = stopped(backwards=True)
    story.orders(order_of(start, story) | {field: "minus one"})
    assert f"tells {field} as 'minus one', which is no number" in open_for(story.judged(), "EVC-1.6-e")


def test_an_order_without_any_amount_shows_nothing() -> None:
    """That nothing in it is negative is no evidence."""
    story, start = stopped(backwards=True)
    bare = order_of(start, story, total_fen=LEFT_OUT)
    del bare["energy_wh"]
    story.orders(bare)
    assert "tells no energy_wh" in open_for(story.judged(), "EVC-1.6-e")


@pytest.mark.parametrize("field", ["card", "energy_wh", "started_ms", "ended_ms"])
def test_a_field_that_is_not_told_is_named(field: str) -> None:
    """It cannot be compared; a null could, for the server says it."""
    story = Story(by_hand=False)
    start = charged(story)
    told = order_of(start, story)
    del told[field]
    story.passes(HALF_A_MINUTE_S)
    story.orders(told)
    reason = f"order O-1001 tells no {field}: look at [surfaces.orders.fields]"
    assert open_for(story.judged(), "EVC-SEQ") == reason


def test_what_could_be_read_and_is_wrong_is_a_fail_all_the_same() -> None:
    story = Story(by_hand=False)
    start = charged(story)
    story.orders(order_of(start, story) | {"energy_wh": "much", "card": OTHER_CARD})
    assert verdict(story.judged(), "EVC-SEQ").status is Status.FAIL


def test_a_card_told_as_a_number_is_its_digits() -> None:
    """An operator's JSON may drop the quotes."""
    site = msgspec.structs.replace(SITE, cards=[Card(id_token="12345")])
    story = Story(site=site)
    story.booted()
    start = story.start("12345").answered()
    story.stop(start, "12345").answered()
    story.orders(order_of(start, story, transaction_id=LEFT_OUT, card=12345))
    assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
