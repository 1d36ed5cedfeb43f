"""1.4, start of a transaction."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.journal.records import WireError
from tests.unit.journals import (
    BLOCKED,
    BOX,
    CARD,
    EXPIRED,
    LEFT_OUT,
    ODD,
    OTHER_BOX,
    OTHER_CARD,
    REGISTER_WH,
    SINGLE,
    Story,
    order_of,
)

IDS = [1, 0, -1, -(2**31), 2**31, 2**53 - 1, 2**63 - 1, 10**30, 7.0]


@pytest.mark.parametrize("number", IDS)
def test_a_start_is_accepted_with_an_integer_of_any_kind(number: float) -> None:
    """Zero, negative and huge numbers are integers, and 7.0 is one in JSON; the session goes on with it."""
    story = Story()
    story.booted()
    start = story.start().answered(transactionId=number)
    start.transaction = int(number)
    story.sample(start).answered()
    story.stop(start).answered()
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"]
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert judged.blamed() == []


@pytest.mark.parametrize("number", [LEFT_OUT, None, "7", 7.5, True, [7]])
def test_an_id_that_is_no_integer_is_blamed_once(number: Any) -> None:
    """Nothing can be told of such a transaction, so what follows is not judged."""
    story = Story()
    story.booted()
    start = story.start().answered(transactionId=number)
    start.transaction = 7
    story.sample(start).refused(404)
    story.start(OTHER_CARD).answered(status="Blocked")
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "bad integer-id"]
    assert judged.of("EVC-1.5-d") == []
    assert judged.blamed() == ["EVC-1.4-a integer-id"]


@pytest.mark.parametrize("status", ["Blocked", "Expired"])
def test_a_start_by_an_accepted_card_that_is_refused_is_blamed(status: str) -> None:
    """By status."""
    story = Story()
    story.booted()
    story.start().answered(status=status)
    assert story.judged().blamed() == ["EVC-1.4-a accepted"]


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_a_start_by_an_accepted_card_that_is_refused_by_http_is_blamed(status: int) -> None:
    """By HTTP."""
    story = Story()
    story.booted()
    story.start().refused(status)
    assert story.judged().blamed() == ["EVC-1.4-a accepted"]


def test_what_a_card_in_use_gets_is_open() -> None:
    """On another connector of the same box, or on another box (EVC-X17)."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.start(CARD).answered()
    story.start(CARD, connector=2).answered(status="Blocked")
    story.start(CARD, OTHER_BOX).refused(409)
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"]
    assert judged.blamed() == []


@pytest.mark.parametrize("again", [OTHER_BOX, BOX])
def test_of_two_starts_by_one_card_at_once_either_may_win(again: str) -> None:
    """The refusal may be answered first: on another box, and on the same connector, where it was said again."""
    story = Story()
    story.booted(BOX, OTHER_BOX, SINGLE)
    first, second = story.start(CARD, BOX), story.start(CARD, again)
    second.answered(status="Blocked")
    first.answered()
    third, fourth = story.start(OTHER_CARD, SINGLE), story.start(OTHER_CARD, OTHER_BOX, meter_wh=0)
    fourth.refused(409)
    third.broken(WireError.TIMEOUT)
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"]
    assert judged.of("EVC-1.4-d") == ["good without-reservation"]
    assert judged.blamed() == ["EVC-G1 https/startTrans"]


def test_a_start_that_was_refused_before_another_was_sent_is_blamed() -> None:
    """So is one that crossed a start by another card elsewhere, and one that the server broke on."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.start(CARD, BOX).answered(status="Blocked")
    crossing, refused = story.start(OTHER_CARD, OTHER_BOX), story.start(CARD, BOX, connector=2)
    refused.refused(409)
    crossing.answered()
    story.start(CARD, BOX).refused(500)
    story.passes(61)
    story.start(CARD, BOX, connector=2).answered()
    judged = story.judged(ended=False)
    assert [said for said in judged.of("EVC-1.4-a") if "bad" in said] == ["bad accepted"] * 3
    assert judged.blamed() == ["EVC-1.4-a accepted"]


def test_a_refused_start_is_told_when_its_scenario_has_ended() -> None:
    """Then everybody rests, and nothing can have crossed it any more."""
    story = Story()
    story.booted()
    story.start().refused(409)
    story.step("scenario-ended", "any")
    assert story.judged(ended=False).of("EVC-1.4-a") == ["bad accepted"]


def test_a_start_that_crossed_the_stop_before_it_is_open() -> None:
    """Sent before the stop of its card, or of its connector, was answered: which came first is not for us to say."""
    story = Story()
    story.booted()
    start = story.start(CARD).answered()
    stop = story.stop(start)
    same_card, same_connector = story.start(CARD, connector=2), story.start(OTHER_CARD, connector=1)
    stop.answered()
    same_card.answered(status="Blocked")
    same_connector.refused(409)
    story.start(CARD).answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"] * 2
    assert judged.blamed() == []


def test_a_connector_is_unclear_after_an_unanswered_start_or_stop() -> None:
    """What runs there is not known, so nothing is owed until a stop or a start was answered."""
    story = Story()
    story.booted()
    story.start(CARD, connector=1).broken(WireError.TIMEOUT)
    story.start(OTHER_CARD, connector=1).refused(409)
    start = story.start(OTHER_CARD, connector=2).answered()
    story.stop(start, OTHER_CARD).broken(WireError.CLOSED)
    story.start(OTHER_CARD, connector=2).answered(status="Blocked")
    judged = story.judged()
    assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"]
    assert judged.of("EVC-1.4-e") == []
    assert judged.blamed() == ["EVC-G1 https/startTrans", "EVC-G1 https/stopTrans"]


def test_a_box_that_restarted_may_start_anew_or_not() -> None:
    """A server may have closed what ran when the power went, or still hold it open."""
    for answer in ({}, {"status": "Blocked"}):
        story = Story()
        story.booted()
        start = story.start(CARD).answered()
        story.booted()
        story.sample(start).refused(404)
        story.stop(start).refused(404)
        story.start(CARD).answered(**answer)
        judged = story.judged()
        assert judged.of("EVC-1.4-a") == ["good accepted", "good integer-id"]
        assert judged.blamed() == []


def test_ids_of_a_box_differ() -> None:
    """One after the other, and at the same time."""
    story = Story()
    story.booted()
    first = story.start(CARD).answered()
    story.stop(first).answered()
    second, third = story.start(CARD, connector=1), story.start(OTHER_CARD, connector=2)
    second.answered()
    third.answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-b") == ["good sequential", "good overlapping"]
    assert judged.blamed() == []


def test_an_id_used_again_is_blamed() -> None:
    """Also long after its transaction is over."""
    story = Story()
    story.booted()
    first = story.start(CARD).answered(transactionId=1)
    story.stop(first).answered()
    story.passes(86_400)
    story.start(CARD).answered(transactionId=1)
    judged = story.judged()
    assert judged.of("EVC-1.4-b") == ["bad sequential"]
    assert judged.blamed() == ["EVC-1.4-b sequential"]


def test_an_id_given_to_two_starts_at_once_is_blamed() -> None:
    """The race of two connectors for one counter."""
    story = Story()
    story.booted()
    first, second = story.start(CARD, connector=1), story.start(OTHER_CARD, connector=2)
    first.answered(transactionId=5)
    second.answered(transactionId=5)
    judged = story.judged()
    assert judged.of("EVC-1.4-b") == ["bad overlapping"]
    assert judged.blamed() == ["EVC-1.4-b overlapping"]


def test_a_start_told_of_the_transaction_that_it_opened_is_no_second_one() -> None:
    """A server that takes a repeated start for the same one reuses no id; that it accepts is EVC-1.4-e's."""
    story = Story()
    story.booted()
    story.start(CARD).answered(transactionId=5)
    story.start(CARD).answered(transactionId=5)
    judged = story.judged()
    assert judged.of("EVC-1.4-b") == []
    assert judged.blamed() == ["EVC-1.4-e occupied"]


def test_ids_of_refused_starts_are_nobody_s() -> None:
    """Any integer or none is taken and never used (EVC-X13)."""
    story = Story()
    story.booted()
    story.start(BLOCKED).answered(status="Blocked", transactionId=0)
    story.start(BLOCKED).answered(status="Blocked", transactionId=0)
    story.start(EXPIRED).answered(status="Expired", transactionId=LEFT_OUT)
    story.start(EXPIRED).answered(status="Expired", transactionId=None)
    judged = story.judged()
    assert [judged.of("EVC-1.4-b"), judged.of("EVC-1.4-g")] == [[], []]
    assert judged.blamed() == []


def test_ids_of_two_boxes_differ() -> None:
    """One after the other, and at the same time."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    first = story.start(CARD, BOX).answered()
    second = story.start(OTHER_CARD, OTHER_BOX).answered()
    story.stop(first).answered()
    story.stop(second, OTHER_CARD).answered()
    third, fourth = story.start(CARD, BOX), story.start(OTHER_CARD, OTHER_BOX)
    third.answered()
    fourth.answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-g") == ["good sequential", "good sequential", "good overlapping"]
    assert judged.blamed() == []


def test_ids_that_only_a_box_has_for_itself_are_advised_against() -> None:
    """Lawful, as EVC-1.4-b asks for no more; the advice is EVC-1.4-g's alone."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    first, second = story.start(CARD, BOX), story.start(OTHER_CARD, OTHER_BOX)
    first.answered(transactionId=1)
    second.answered(transactionId=1)
    story.stop(first).answered()
    story.stop(second, OTHER_CARD).answered()
    story.start(CARD, BOX).answered(transactionId=2)
    story.start(OTHER_CARD, OTHER_BOX).answered(transactionId=2)
    judged = story.judged()
    assert judged.of("EVC-1.4-g") == ["bad overlapping", "good sequential", "bad sequential"]
    assert judged.blamed() == ["EVC-1.4-g overlapping", "EVC-1.4-g sequential"]


def test_ids_of_starts_that_should_have_been_refused_are_not_compared() -> None:
    """What a broken start was given says nothing of how ids are made."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD, BOX)
    assert start.asked is not None
    canonical = start.asked.canonical()
    del canonical["startTransactionReq"]["timestamp"]
    accepted = {"startTransactionRes": {"idTagInfo": {"status": "Accepted"}, "transactionId": 1}}
    story.says_canonical(start.service, canonical).answered_with(accepted)
    story.start(OTHER_CARD, OTHER_BOX).answered(transactionId=1)
    judged = story.judged()
    assert [judged.of("EVC-1.4-b"), judged.of("EVC-1.4-g")] == [[], []]


@pytest.mark.parametrize(("card", "status"), [(BLOCKED, "Blocked"), (EXPIRED, "Expired")])
def test_a_refused_card_starts_nothing(card: str, status: str) -> None:
    """It is answered with its status, and no order comes of it."""
    story = Story()
    story.booted()
    story.start(card).answered(status=status, transactionId=-1)
    story.passes(60)
    story.orders()
    judged = story.judged()
    assert judged.of("EVC-1.4-c") == [f"good {status.lower()}", "good opens-no-transaction"]
    assert judged.blamed() == []


@pytest.mark.parametrize(
    ("card", "status", "case"),
    [(BLOCKED, "Accepted", "blocked"), (BLOCKED, "Expired", "blocked"), (EXPIRED, "Accepted", "expired")],
)
def test_a_refused_card_with_another_status_is_blamed(card: str, status: str, case: str) -> None:
    """Accepted, or the wrong one of the two."""
    story = Story()
    story.booted()
    story.start(card).answered(status=status)
    assert story.judged().of("EVC-1.4-c") == [f"bad {case}"]


@pytest.mark.parametrize(("card", "case"), [(BLOCKED, "blocked"), (EXPIRED, "expired")])
def test_a_refused_card_is_owed_its_status(card: str, case: str) -> None:
    """An HTTP 4xx is not enough: the document has the words."""
    story = Story()
    story.booted()
    story.start(card).refused(422)
    assert story.judged().blamed() == [f"EVC-1.4-c {case}"]


def test_a_refused_card_that_is_billed_is_blamed() -> None:
    """The order shows the transaction that the answer denied."""
    story = Story()
    story.booted()
    refused = story.start(BLOCKED).answered(status="Blocked", transactionId=9)
    story.passes(60)
    story.orders(order_of(refused, story))
    judged = story.judged()
    assert judged.of("EVC-1.4-c") == ["good blocked", "bad opens-no-transaction"]
    assert judged.blamed() == ["EVC-1.4-c opens-no-transaction"]


def test_no_meter_and_no_reservation_are_accepted() -> None:
    """meterStart 0 and an absent reservationId (1.4)."""
    story = Story()
    story.booted()
    story.start(meter_wh=0).answered()
    story.start(OTHER_CARD, connector=2, reservation=3).answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-d") == ["good meter-start-zero", "good without-reservation"]
    assert judged.blamed() == []


def test_a_server_that_wants_a_meter_is_blamed_once() -> None:
    """Where a start with a meter was accepted, a refused one without is EVC-1.4-d's."""
    story = Story()
    story.booted()
    story.start(CARD, connector=1).answered()
    story.start(OTHER_CARD, connector=2, meter_wh=0).refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.4-d") == ["good without-reservation", "bad meter-start-zero"]
    assert judged.blamed() == ["EVC-1.4-d meter-start-zero"]


def test_a_server_that_wants_reservations_is_blamed() -> None:
    """Where the only accepted starts carry one; told at the end of the run."""
    story = Story()
    story.booted()
    story.start(CARD).refused(422)
    story.start(CARD, reservation=3).answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-d") == ["bad without-reservation"]
    assert judged.blamed() == ["EVC-1.4-a accepted", "EVC-1.4-d without-reservation"]


def test_a_broken_off_run_blames_nobody_for_what_did_not_come() -> None:
    """Without its end the journal says nothing of what might still have come."""
    story = Story()
    story.booted()
    story.start(CARD).refused(422)
    story.start(CARD, reservation=3).answered()
    judged = story.judged(ended=False)
    assert judged.of("EVC-1.4-d") == []


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_occupied_and_missing_connectors_are_refused(status: int) -> None:
    """By 4xx, or by any status but Accepted."""
    story = Story()
    story.booted()
    story.start(CARD, connector=1).answered()
    story.start(OTHER_CARD, connector=1).refused(status)
    story.start(OTHER_CARD, connector=1).answered(status="Blocked")
    story.start(OTHER_CARD, connector=3).refused(status)
    story.start(OTHER_CARD, connector=0).answered(status="Expired")
    judged = story.judged()
    assert judged.of("EVC-1.4-e") == [
        "good occupied",
        "good occupied",
        "good no-such-connector",
        "good no-such-connector",
    ]
    assert judged.blamed() == []


def test_occupied_and_missing_connectors_that_start_are_advised_against() -> None:
    """Accepting, and crashing."""
    story = Story()
    story.booted()
    story.start(CARD, connector=1).answered()
    story.start(OTHER_CARD, connector=1).answered()
    story.start(OTHER_CARD, connector=3).refused(500)
    judged = story.judged()
    assert judged.of("EVC-1.4-e") == ["bad occupied", "bad no-such-connector"]
    assert judged.blamed() == ["EVC-1.4-e no-such-connector", "EVC-1.4-e occupied"]


@pytest.mark.parametrize(("connector", "case"), [(1, "occupied"), (3, "no-such-connector")])
def test_a_refused_start_that_is_billed_is_advised_against(connector: int, case: str) -> None:
    """Refused in words, opened in deed."""
    story = Story()
    story.booted()
    story.start(CARD, connector=1).answered()
    story.passes(5)
    refused = story.start(OTHER_CARD, connector=connector).answered(status="Blocked", transactionId=77)
    story.passes(60)
    story.orders(order_of(refused, story))
    judged = story.judged()
    assert judged.of("EVC-1.4-e") == [f"good {case}", f"bad {case}"]
    assert judged.blamed() == [f"EVC-1.4-e {case}"]


def test_of_two_starts_at_once_either_may_win() -> None:
    """Which of the two came first on a connector is not for us to say."""
    story = Story()
    story.booted()
    first, second = story.start(CARD, connector=1), story.start(OTHER_CARD, connector=1)
    first.answered()
    second.answered()
    assert story.judged().of("EVC-1.4-e") == []


def test_sockets_are_numbered_as_the_manufacturer_likes() -> None:
    """A single socket is 1; others may be 7 and 9 (3)."""
    story = Story()
    story.booted(SINGLE, ODD)
    story.start(CARD, SINGLE, 1).answered()
    story.start(OTHER_CARD, ODD, 9).answered()
    judged = story.judged()
    assert judged.of("EVC-3-b") == ["good single-socket", "good own-numbering"]
    assert judged.blamed() == []


@pytest.mark.parametrize(("box", "connector", "case"), [(SINGLE, 1, "single-socket"), (ODD, 7, "own-numbering")])
def test_a_socket_that_only_its_number_keeps_from_charging_is_blamed_once(box: str, connector: int, case: str) -> None:
    """Where a common start was accepted, the refused one is EVC-3-b's."""
    story = Story()
    story.booted(BOX, box)
    story.start(CARD).answered()
    story.start(OTHER_CARD, box, connector).refused(404)
    story.start(OTHER_CARD, box, connector).answered(status="Blocked")
    judged = story.judged()
    assert judged.of("EVC-3-b") == [f"bad {case}", f"bad {case}"]
    assert judged.blamed() == [f"EVC-3-b {case}"]


def test_a_broken_status_is_no_matter_of_numbering() -> None:
    """It is EVC-1.2-e's, on whichever socket."""
    story = Story()
    story.booted(BOX, SINGLE)
    story.start(CARD).answered()
    story.start(OTHER_CARD, SINGLE, 1).answered(status="OK")
    judged = story.judged()
    assert judged.of("EVC-3-b") == []
    assert judged.blamed() == ["EVC-1.2-e startTrans/status"]


def test_where_no_start_is_accepted_the_numbering_is_not_to_blame() -> None:
    """Then it is EVC-1.4-a's."""
    story = Story()
    story.booted(ODD)
    story.start(CARD, ODD, 7, meter_wh=REGISTER_WH).refused(422)
    judged = story.judged()
    assert judged.of("EVC-3-b") == []
    assert judged.blamed() == ["EVC-1.4-a accepted"]
