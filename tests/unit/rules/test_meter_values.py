"""1.5 and 2.4 to 2.6, meter values."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.evchong.messages import Measurand, UnitOfMeasure
from simulators.journal.records import WireError
from tests.unit.journals import BOX, CARD, LEFT_OUT, OTHER_BOX, OTHER_CARD, STRANGER, Story


def test_samples_are_answered_with_their_transaction_and_a_time() -> None:
    """The plain case of EVC-1.5-a and of EVC-1.5-b."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-a") == ["good same-id", "good timestamp"]
    assert judged.of("EVC-1.5-b") == ["good current-voltage-energy"]
    assert judged.blamed() == []


@pytest.mark.parametrize("number", [LEFT_OUT, None, 1, "1001", 1001.5])
def test_another_transaction_in_the_answer_is_blamed(number: Any) -> None:
    """The id must be the one that the samples carried."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start).answered(transactionId=number)
    judged = story.judged()
    assert judged.of("EVC-1.5-a") == ["bad same-id", "good timestamp"]
    assert judged.blamed() == ["EVC-1.5-a same-id"]


@pytest.mark.parametrize("time", [LEFT_OUT, None, "now", 1.5])
def test_an_answer_without_its_time_is_blamed(time: Any) -> None:
    """timestamp is mandatory and a dateTime."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start).answered(timestamp=time)
    judged = story.judged()
    assert judged.of("EVC-1.5-a") == ["good same-id", "bad timestamp"]
    assert judged.blamed() == ["EVC-1.5-a timestamp"]


@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_a_refused_periodic_sample_is_blamed_once(status: int) -> None:
    """Current, voltage and energy of a running transaction are EVC-1.5-b's."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start).refused(status)
    judged = story.judged()
    assert judged.of("EVC-1.5-b") == ["bad current-voltage-energy"]
    assert judged.blamed() == ["EVC-1.5-b current-voltage-energy"]


@pytest.mark.parametrize("measurand", Measurand)
def test_every_measurand_is_taken(measurand: Measurand) -> None:
    """A message with one sample speaks for its measurand; a sample without a unit is in Wh (EVC-X7)."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start, story.measured(measurand, None)).answered()
    story.sample(start, story.measured(measurand, None)).refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.5-b") == [
        f"good measurand/{measurand}",
        "good unit/Wh",
        f"bad measurand/{measurand}",
        "bad unit/Wh",
    ]
    assert judged.blamed() == sorted([f"EVC-1.5-b measurand/{measurand}", "EVC-1.5-b unit/Wh"])


@pytest.mark.parametrize("unit", UnitOfMeasure)
def test_every_unit_is_taken(unit: UnitOfMeasure) -> None:
    """And for its unit."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.sample(start, story.measured(Measurand.VOLTAGE, unit)).answered()
    story.sample(start, story.measured(Measurand.VOLTAGE, unit)).refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.5-b") == [
        "good measurand/Voltage",
        f"good unit/{unit}",
        "bad measurand/Voltage",
        f"bad unit/{unit}",
    ]


def test_underscores_are_the_same_measurands() -> None:
    """The other reading of EVC-X6."""
    story = Story(readings={"EVC-X6": "underscores"})
    story.booted()
    start = story.start().answered()
    story.sample(start).answered()
    assert story.judged().of("EVC-1.5-b") == ["good current-voltage-energy"]


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
def test_samples_of_dead_transactions_are_refused(status: int) -> None:
    """Unknown, over, and over on another box; by 4xx or without the documented answer (EVC-X10)."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    over = story.start(CARD).answered()
    story.stop(over).answered()
    story.sample(over).refused(status)
    story.sample(over, transaction=99).refused(status)
    story.sample(over, box=OTHER_BOX).answered_with({"error": "not yours"})
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == ["good finished", "good unknown", "good unknown"]
    assert judged.blamed() == []


@pytest.mark.parametrize(("answer", "verdict"), [({"transactionId": LEFT_OUT}, "good"), ({}, "bad")])
def test_samples_of_another_box_s_transaction_are_refused(answer: dict[str, Any], verdict: str) -> None:
    """It runs, but not on the box that speaks; its own box goes on."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD).answered()
    story.sample(start, box=OTHER_BOX).answered(**answer)
    story.sample(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == [f"{verdict} of-another-box"]
    assert judged.of("EVC-1.5-a") == ["good same-id", "good timestamp"]
    assert judged.blamed() == ([] if verdict == "good" else ["EVC-1.5-d of-another-box"])


def test_ids_that_each_box_counts_for_itself_are_its_own() -> None:
    """Lawful (1.4): a box that has had the id speaks of its own transaction, whatever runs under it elsewhere."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    here, there = (
        story.start(CARD).answered(transactionId=1),
        story.start(OTHER_CARD, OTHER_BOX).answered(transactionId=1),
    )
    story.sample(here).answered()
    story.sample(there).answered()
    story.stop(there, OTHER_CARD).answered()
    story.sample(there).refused(409)
    story.stop(there, OTHER_CARD).answered()
    story.sample(here).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == ["good finished"]
    assert judged.of("EVC-3-d") == []
    assert judged.blamed() == ["EVC-1.4-g sequential"]


def test_samples_of_dead_transactions_that_are_taken_are_advised_against() -> None:
    """Unknown and over."""
    story = Story()
    story.booted()
    over = story.start(CARD).answered()
    story.stop(over).answered()
    story.sample(over).answered()
    story.sample(over, transaction=99).answered(transactionId=99)
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == ["bad finished", "bad unknown"]
    assert judged.blamed() == ["EVC-1.5-d finished", "EVC-1.5-d unknown"]


def test_samples_in_flight_while_the_stop_is_answered_are_open() -> None:
    """Sent before the stop was answered: taken or not."""
    for answer in ({}, {"transactionId": LEFT_OUT}):
        story = Story()
        story.booted()
        start = story.start().answered()
        stop, sample = story.stop(start), story.sample(start)
        stop.answered()
        sample.answered(**answer)
        judged = story.judged()
        assert [judged.of("EVC-1.5-a"), judged.of("EVC-1.5-b"), judged.of("EVC-1.5-d")] == [[], [], []]
        assert judged.blamed() == []


def test_samples_after_an_unanswered_stop_are_open() -> None:
    """It may have ended, or not."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).broken(WireError.TIMEOUT)
    story.sample(start).answered()
    story.sample(start).refused(404)
    judged = story.judged()
    assert [judged.of("EVC-1.5-a"), judged.of("EVC-1.5-d")] == [[], []]
    assert judged.blamed() == ["EVC-G1 https/stopTrans"]


def test_samples_that_may_be_of_an_unanswered_start_are_open() -> None:
    """A transaction may run on the box whose id nobody was told."""
    story = Story()
    story.booted()
    start = story.start(CARD).broken(WireError.TIMEOUT)
    story.sample(start, transaction=1001).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == []
    assert judged.blamed() == ["EVC-G1 https/startTrans"]


def test_samples_of_another_connector_than_their_transaction_s_are_open() -> None:
    """A message that contradicts itself may be refused."""
    story = Story()
    story.booted()
    start = story.start(CARD, connector=1).answered()
    story.sample(start, connector=2).refused(409)
    judged = story.judged()
    assert [judged.of("EVC-1.5-a"), judged.of("EVC-1.5-b"), judged.of("EVC-1.5-d")] == [[], [], []]
    assert judged.blamed() == []


def test_a_refused_stop_leaves_its_transaction_running() -> None:
    """A broken stop that was refused by its status ends nothing: samples go on, and the true stop is judged."""
    story = Story()
    story.booted()
    start = story.start(OTHER_CARD).answered()
    stop = story.stop(start, OTHER_CARD)
    assert stop.asked is not None
    canonical = stop.asked.canonical()
    canonical["stopTransactionReq"]["meterStop"] = "x"
    refused = {"stopTransactionRes": {"idTagInfo": {"status": "Blocked"}, "transactionId": start.transaction}}
    story.says_canonical(stop.service, canonical).answered_with(refused)
    story.sample(start).answered()
    story.stop(start, OTHER_CARD).answered()
    judged = story.judged()
    assert judged.of("EVC-G7") == ["good stopTrans.meterStop:type"]
    assert judged.of("EVC-1.5-a") == ["good same-id", "good timestamp"]
    assert judged.of("EVC-1.6-a") == ["good same-id", "good id-tag-info"]
    assert judged.blamed() == []


def test_samples_of_a_rejected_box_are_not_judged_here() -> None:
    """What a rejected box may not do is EVC-1.1-f's."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.boot(STRANGER).answered(status="Rejected")
    story.sample(start, box=STRANGER).answered()
    judged = story.judged()
    assert judged.of("EVC-1.5-d") == []
    assert judged.blamed() == []
