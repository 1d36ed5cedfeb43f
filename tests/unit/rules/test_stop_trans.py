"""1.6 and 2.7, the end of a transaction, and what is billed for it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from simulators.journal.records import WireError
from simulators.world.site import Tariff, TariffPeriod
from tests.unit.journals import BOX, CARD, LEFT_OUT, OTHER_BOX, OTHER_CARD, REGISTER_WH, SITE, Story, order_of

PATIENCE_S = 30


def test_a_stop_is_answered_with_its_transaction_and_a_status() -> None:
    """With a card and without; without one any status will do (EVC-X15)."""
    story = Story()
    story.booted()
    with_card, without = story.start(CARD).answered(), story.start(OTHER_CARD, connector=2).answered()
    story.stop(with_card, CARD).answered()
    story.stop(without, None).answered(status="Expired")
    judged = story.judged()
    assert judged.of("EVC-1.6-a") == [
        "good same-id",
        "good id-tag-info",
        "good same-id",
        "good id-tag-info-without-id-tag",
    ]
    assert judged.of("EVC-1.6-b") == ["good without-id-tag"]
    assert judged.blamed() == []


@pytest.mark.parametrize("number", [LEFT_OUT, None, 1, "1001"])
def test_another_transaction_in_the_answer_is_blamed(number: Any) -> None:
    """The id must be the one that the stop carried."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered(transactionId=number)
    judged = story.judged()
    assert judged.of("EVC-1.6-a") == ["bad same-id", "good id-tag-info"]
    assert judged.blamed() == ["EVC-1.6-a same-id"]


@pytest.mark.parametrize(("card", "case"), [(CARD, "id-tag-info"), (None, "id-tag-info-without-id-tag")])
@pytest.mark.parametrize("info", [LEFT_OUT, None, "Accepted"])
def test_an_answer_without_id_tag_info_is_blamed_once(card: str | None, case: str, info: Any) -> None:
    """Mandatory with a card and without: EVC-1.6-a's, not EVC-1.2-e's."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start, card).answered(idTagInfo=info)
    judged = story.judged()
    assert judged.of("EVC-1.6-a") == ["good same-id", f"bad {case}"]
    assert judged.blamed() == [f"EVC-1.6-a {case}"]


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_stop_refused_for_want_of_a_card_is_blamed_once(status: int) -> None:
    """Where a stop with a card was accepted, a refused one without is EVC-1.6-b's."""
    story = Story()
    story.booted()
    first, second = story.start(CARD).answered(), story.start(OTHER_CARD, connector=2).answered()
    story.stop(first, CARD).answered()
    story.stop(second, None).refused(status)
    judged = story.judged()
    assert judged.of("EVC-1.6-b") == ["bad without-id-tag"]
    assert judged.blamed() == ["EVC-1.6-b without-id-tag"]


def test_a_stop_that_is_refused_anyway_is_not_for_want_of_a_card() -> None:
    """Where no stop is accepted the absent card is not to blame."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start, None).refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.6-b") == []
    assert judged.blamed() == ["EVC-1.6-c accepted"]


def test_a_stop_by_another_card_is_open() -> None:
    """Whether a stranger may end a charge is not said; where it is refused, the charge runs on."""
    story = Story()
    story.booted()
    start = story.start(CARD).answered()
    story.stop(start, OTHER_CARD).answered(status="Blocked")
    story.sample(start).answered()
    story.stop(start, CARD).answered()
    judged = story.judged()
    assert judged.of("EVC-1.6-a") == ["good same-id", "good id-tag-info"]
    assert judged.of("EVC-1.5-a") == ["good same-id", "good timestamp"]
    assert judged.blamed() == []


def test_a_repeated_stop_may_be_answered_in_any_way() -> None:
    """As before, as unknown, or with a conflict: what it is owed is not said."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.stop(start).answered()
    story.stop(start).refused(409)
    story.stop(start).answered_with({"error": "closed"})
    judged = story.judged()
    assert judged.of("EVC-1.6-a") == ["good same-id", "good id-tag-info"]
    assert judged.blamed() == []


@pytest.mark.parametrize("energy_wh", [995, 1000, 1005])
def test_the_energy_consumed_is_billed(energy_wh: int) -> None:
    """Orders may be as exact as 0.01 kWh; the price lies between the cheapest and the dearest period."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start, energy_wh=1000).answered()
    story.orders(order_of(start, story, energy_wh=energy_wh))
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert judged.blamed() == []


@pytest.mark.parametrize("energy", ["1000", "1000.0", 1000.0])
def test_the_energy_may_be_written_in_any_way(energy: Any) -> None:
    """A text, or a number with a point; the transaction may be a text, too."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.orders(order_of(start, story, energy_wh=1000) | {"energy_wh": energy, "transaction_id": "1001"})
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert [said for said in judged.blamed() if "EVC-1.6" in said] == []


@pytest.mark.parametrize("energy_wh", [0, 994, 1006, 124_450, None])
def test_another_energy_than_the_one_consumed_is_blamed(energy_wh: int | None) -> None:
    """Nothing, a hundredth of a kWh off, the register itself, no energy at all."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start, energy_wh=1000).answered()
    story.orders(order_of(start, story, energy_wh=energy_wh))
    judged = story.judged()
    assert judged.of("EVC-1.6-c")[:2] == ["good accepted", "bad billed"]
    assert judged.blamed() == ["EVC-1.6-c billed"]


@pytest.mark.parametrize(
    ("total_fen", "verdict"), [(67, "bad"), (68, "good"), (102, "good"), (103, "bad"), (10, "bad")]
)
def test_the_price_is_the_tariff_s(total_fen: int, verdict: str) -> None:
    """1 kWh costs 70 to 100 fen, and two fen for rounding; fen, not yuan."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.orders(order_of(start, story, total_fen=total_fen))
    assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", f"{verdict} billed"]


def test_the_tariff_of_another_station_does_not_matter() -> None:
    """Nor is anything priced where no tariff is known."""
    dear = TariffPeriod(start="00:00", electricity_price_e4=90_000, service_price_e4=0)
    elsewhere, here = Tariff(stations=["ST-0002"], periods=[dear]), Tariff(stations=["ST-0001"], periods=[dear])
    for tariffs, verdicts in (([elsewhere], []), ([here], ["bad billed"]), ([], [])):
        story = Story(site=structs.replace(SITE, tariffs=tariffs))
        story.booted()
        start = story.start().answered()
        story.stop(start).answered()
        story.orders(order_of(start, story, total_fen=100))
        assert story.judged().of("EVC-1.6-c") == ["good accepted", "good billed", *verdicts]


def test_an_order_may_take_its_time() -> None:
    """It is looked for until half a minute after the stop; a charge that seems to run is not billed yet."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.orders()
    story.passes(PATIENCE_S)
    story.orders(order_of(start, story, ended_ms=None, energy_wh=10))
    story.passes(1)
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert judged.blamed() == []


def test_an_order_that_never_comes_is_blamed_once() -> None:
    """Half a minute after the stop there is still none; who looks again later finds nothing more to say."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.passes(PATIENCE_S + 1)
    story.orders()
    story.orders()
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "bad billed"]
    assert judged.blamed() == ["EVC-1.6-c billed"]


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refused_stop_is_blamed_once(status: int) -> None:
    """transactionData must be accepted (1.6)."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).refused(status)
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["bad accepted"]
    assert judged.blamed() == ["EVC-1.6-c accepted"]


def test_an_order_is_found_without_its_transaction() -> None:
    """By box, connector, card and the moment of its begin, as far as the surface tells them."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD).answered()
    other = story.start(OTHER_CARD, OTHER_BOX).answered()
    story.passes(60)
    story.stop(start).answered()
    story.stop(other, OTHER_CARD, energy_wh=2000).answered()
    story.orders(
        order_of(other, story, energy_wh=2000, transaction_id=LEFT_OUT),
        order_of(start, story, transaction_id=LEFT_OUT, connector=LEFT_OUT),
    )
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted"] * 2 + ["good billed"] * 4
    assert judged.blamed() == []


def test_of_two_different_energies_nobody_says_which_is_billed() -> None:
    """Judged only where the PIXIT names the source (EVC-X16)."""
    for billed, verdicts in ((None, []), ("register", []), ("transaction-data", ["bad billed", "good billed"])):
        story = Story(billed_energy=billed)
        story.booted()
        start = story.start().answered()
        story.stop(start, energy_wh=1000, meter_wh=REGISTER_WH + 3000).answered()
        story.orders(order_of(start, story, energy_wh=3000))
        judged = story.judged()
        assert judged.of("EVC-1.6-c") == ["good accepted", *verdicts]


def test_transaction_data_may_be_a_reading_of_the_register() -> None:
    """The other reading of EVC-X16: what was consumed is the difference."""
    story = Story(readings={"EVC-X16": "register"})
    story.booted()
    start = story.start(meter_wh=5000).answered()
    story.stop(start, energy_wh=7000, meter_wh=7000).answered()
    story.orders(order_of(start, story, energy_wh=2000))
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]


def test_registers_may_be_whole_kwh() -> None:
    """The other reading of EVC-X9: registers are then exact to one kWh only."""
    story = Story(readings={"EVC-X9": "kWh"})
    story.booted()
    start = story.start(meter_wh=5000).answered()
    story.stop(start, energy_wh=2400, meter_wh=7000).answered()
    story.orders(order_of(start, story, energy_wh=2400))
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]


def test_without_a_meter_transaction_data_is_billed() -> None:
    """meterStart and meterStop are 0: EVC-1.6-g, and not EVC-1.6-c."""
    story = Story()
    story.booted()
    start = story.start(meter_wh=0).answered()
    story.stop(start, energy_wh=1000, meter_wh=0).answered()
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-1.6-g") == ["good accepted", "good billed", "good billed"]
    assert judged.of("EVC-1.6-c") == []
    assert judged.blamed() == []


def test_a_new_meter_begins_at_zero() -> None:
    """meterStart 0 alone does not say that there is no meter."""
    story = Story()
    story.booted()
    start = story.start(meter_wh=0).answered()
    story.stop(start, energy_wh=1000, meter_wh=1000).answered()
    story.orders(order_of(start, story))
    judged = story.judged()
    assert judged.of("EVC-1.6-c") == ["good accepted", "good billed", "good billed"]
    assert judged.of("EVC-1.6-g") == []


def test_a_server_that_bills_registers_that_are_not_there_is_blamed() -> None:
    """0 minus 0 is no energy."""
    story = Story()
    story.booted()
    start = story.start(meter_wh=0).answered()
    story.stop(start, energy_wh=1000, meter_wh=0).answered()
    story.orders(order_of(start, story, energy_wh=0))
    judged = story.judged()
    assert judged.of("EVC-1.6-g") == ["good accepted", "bad billed", "good billed"]
    assert judged.blamed() == ["EVC-1.6-g billed"]


def test_a_stop_refused_for_want_of_a_meter_is_blamed_once() -> None:
    """Where a stop with a meter was accepted."""
    story = Story()
    story.booted()
    first, second = story.start(CARD).answered(), story.start(OTHER_CARD, connector=2, meter_wh=0).answered()
    story.stop(first).answered()
    story.stop(second, OTHER_CARD, meter_wh=0).refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.6-g") == ["bad accepted"]
    assert judged.blamed() == ["EVC-1.6-g accepted"]


def test_a_repeated_stop_is_billed_once() -> None:
    """Judged when a second order would have come."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.stop(start).refused(409)
    order = order_of(start, story)
    story.orders(order)
    story.passes(PATIENCE_S + 1)
    story.orders(order)
    judged = story.judged()
    assert judged.of("EVC-1.6-d") == ["good one-order"]
    assert judged.blamed() == []


def test_a_repeated_stop_that_is_billed_twice_is_advised_against() -> None:
    """Two orders of one transaction."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    story.stop(start).answered()
    story.orders(order_of(start, story), order_of(start, story, id="O-again"))
    judged = story.judged()
    assert judged.of("EVC-1.6-d") == ["bad one-order"]
    assert judged.blamed() == ["EVC-1.6-d one-order"]


def test_two_orders_of_an_id_that_was_given_twice_are_two_charges() -> None:
    """That ids are not reused is EVC-1.4-b's."""
    story = Story()
    story.booted()
    orders: list[dict[str, Any]] = []
    for _ in range(2):
        start = story.start().answered(transactionId=7)
        story.stop(start).answered()
        orders.append(order_of(start, story, id=f"O-{len(orders)}"))
        story.passes(60)
    story.stop(start).answered()
    story.orders(*orders)
    judged = story.judged()
    assert judged.of("EVC-1.6-d") == []
    assert judged.blamed() == ["EVC-1.4-b sequential"]


@pytest.mark.parametrize(("orders", "verdict"), [(1, "good"), (2, "bad")])
def test_a_stop_repeated_for_want_of_an_answer_is_billed_once(orders: int, verdict: str) -> None:
    """The box says it again when the first answer was lost: the server may have billed already."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).broken(WireError.TIMEOUT)
    story.stop(start).answered()
    story.passes(PATIENCE_S + 1)
    story.orders(*[order_of(start, story, id=f"O-{number}") for number in range(orders)])
    assert story.judged().of("EVC-1.6-d") == [f"{verdict} one-order"]


def test_a_register_that_runs_backwards_is_not_billed_negatively() -> None:
    """No order at all, or one over nothing."""
    for orders in ([], [0]):
        story = Story()
        story.booted()
        start = story.start(meter_wh=5000).answered()
        story.stop(start, meter_wh=4000).refused(422)
        story.passes(PATIENCE_S + 1)
        story.orders(*[order_of(start, story, energy_wh=energy_wh) for energy_wh in orders])
        judged = story.judged()
        assert judged.of("EVC-1.6-e") == ["good nothing-negative"]


@pytest.mark.parametrize("field", ["energy_wh", "electricity_fen", "service_fen", "total_fen"])
def test_a_negative_order_is_advised_against(field: str) -> None:
    """Energy or any amount below zero."""
    story = Story()
    story.booted()
    start = story.start(meter_wh=5000).answered()
    story.stop(start, meter_wh=4000).answered()
    story.passes(PATIENCE_S + 1)
    story.orders(order_of(start, story, **{field: -1}))
    judged = story.judged()
    assert judged.of("EVC-1.6-e") == ["bad nothing-negative"]
    assert judged.blamed() == ["EVC-1.6-e nothing-negative"]


def test_orders_of_before_the_run_are_nobody_s() -> None:
    """What the journal did not see begin is not judged."""
    story = Story()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    stale = order_of(start, story, id="O-0", transaction_id=1, started_ms=1, ended_ms=2, energy_wh=-5, total_fen=-5)
    story.orders(order_of(start, story), stale)
    assert story.judged().blamed() == []
