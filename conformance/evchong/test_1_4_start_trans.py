"""1.4 Start of a transaction."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.evchong.messages import Service, StartRequest
from simulators.lab.client import Lab


@requirement("EVC-1.4-a", "EVC-1.4-f", seconds=15)
def test_valid_card_starts_a_transaction(lab: Lab) -> None:
    """A start by an accepted card gets Accepted and an integer transactionId; the box tells it at once (1.4)."""
    box = lab.box().booted()
    box.charge(lab.card(), seconds=15)


@requirement("EVC-1.4-b", seconds=30)
def test_transaction_ids_of_a_box_in_sequence(lab: Lab) -> None:
    """Three transactions of one box, one after the other, on one connector and on both (1.4)."""
    box = lab.box(sockets=2).booted()
    one, two = lab.card(), lab.card()
    box.charge(one, seconds=5)
    box.charge(one, seconds=5)
    box.charging(one, box.connectors[0])
    box.charging(two, box.connectors[1])
    lab.pass_time(5)
    box.swipe(one, box.connectors[0])
    box.swipe(two, box.connectors[1])


@requirement("EVC-1.4-b")
def test_transaction_ids_of_a_box_under_concurrent_starts(lab: Lab) -> None:
    """Two starts of one box are on their way at the same time (1.4)."""
    box = lab.box(sockets=2).booted()
    one, two = lab.card(), lab.card()
    for card in (one, two):
        box.say_authorize(card)
    for _ in range(3):
        with lab.together():
            box.say_start(one, box.connectors[0])
            box.say_start(two, box.connectors[1])
        lab.stop_what_was_started_by_hand()


@requirement("EVC-1.4-g", seconds=10)
def test_transaction_ids_of_two_boxes(lab: Lab) -> None:
    """Two boxes start one after the other and at the same time (1.4)."""
    here = lab.box().booted()
    there = lab.box().booted()
    one, two = lab.card(), lab.card()
    here.charge(one, seconds=5)
    there.charge(two, seconds=5)
    for _ in range(3):
        with lab.together():
            here.say_start(one)
            there.say_start(two)
        lab.stop_what_was_started_by_hand()


@requirement("EVC-1.4-c", seconds=36)
def test_refused_cards_start_nothing(lab: Lab) -> None:
    """A start by a blocked or an expired card gets that status, and no order comes of it (2.3, EVC-X13)."""
    box = lab.box().booted()
    good = lab.card()
    opened = box.say_start(good)
    if opened.transaction_id is not None:
        box.say_stop(opened.transaction_id, card=good)
    box.say_start(lab.card("blocked"))
    box.say_start(lab.card("expired"))
    lab.pass_time(5)
    lab.look_at_orders()


@requirement("EVC-1.4-d", "EVC-1.4-f", seconds=15)
def test_box_without_meter_starts_at_zero(lab: Lab) -> None:
    """A box without a cumulative meter starts with meterStart 0 (1.4)."""
    box = lab.box(meter=False).booted()
    box.charge(lab.card(), seconds=15)


@requirement("EVC-1.4-d")
def test_reservation_is_optional(lab: Lab) -> None:
    """A start is accepted without reservationId; where none is, one with it shows the difference (1.4)."""
    box = lab.box().booted()
    card = lab.card()
    bare = box.start_request(card)
    opened = box.say(Service.START_TRANS, bare.canonical())
    if opened.transaction_id is None or opened.authorization != "Accepted":
        reserved = StartRequest(
            box_serial=bare.box_serial,
            connector=bare.connector,
            id_token=card,
            meter_start_wh=bare.meter_start_wh,
            timestamp_ms=bare.timestamp_ms,
            reservation_id=1,
        )
        opened = box.say(Service.START_TRANS, reserved.canonical())
    if opened.transaction_id is not None:
        box.say_stop(opened.transaction_id, card=card)


@requirement("EVC-1.4-e", seconds=15)
def test_occupied_and_missing_connectors(lab: Lab) -> None:
    """A second start on an occupied connector, and starts on connectors that are not there (1.4).

    The next number, one far away, and one below zero, which an integer may be. Zero is left alone: it may be a name of
    the whole box (EVC-X20).
    """
    box = lab.box().booted()
    card = lab.card()
    box.charging(card)
    lab.pass_time(12)
    other = lab.card()
    box.say_start(other)
    box.swipe(card)
    for missing in (max(box.connectors) + 1, max(box.connectors) + 50, -1):
        box.say_start(other, connector=missing)
