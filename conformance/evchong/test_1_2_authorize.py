"""1.2 Authorize; 2.1 to 2.3."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.lab.client import Lab


@requirement("EVC-1.2-a", "EVC-1.2-f", "EVC-1.2-g", seconds=15)
def test_valid_card_is_accepted(lab: Lab) -> None:
    """A valid card is Accepted; the box asks within 1 s of the swipe, and unlocks only then (1.2)."""
    box = lab.box().booted()
    box.charge(lab.card(), seconds=15)


@requirement("EVC-1.2-b", "EVC-1.2-f")
def test_blocked_card_is_blocked(lab: Lab) -> None:
    """A blocked card is Blocked (2.3)."""
    box = lab.box().booted()
    box.say_authorize(lab.card())
    box.swipe(lab.card("blocked"))


@requirement("EVC-1.2-c")
def test_expired_card_is_expired(lab: Lab) -> None:
    """An expired card is Expired (2.3)."""
    box = lab.box().booted()
    box.say_authorize(lab.card())
    box.swipe(lab.card("expired"))


@requirement("EVC-1.2-d")
def test_unknown_card_is_not_accepted(lab: Lab) -> None:
    """A card that nobody knows is not Accepted (EVC-X17)."""
    box = lab.box().booted()
    box.say_authorize(lab.card())
    stranger = lab.unknown_card()
    box.swipe(stranger)
    card = lab.card()
    opened = box.say_start(card)
    if opened.transaction_id is not None:
        box.say_stop(opened.transaction_id, card=card)
    box.say_start(stranger)


@requirement("EVC-1.2-e")
def test_id_tag_info_wherever_it_is_answered(lab: Lab) -> None:
    """Authorize, start and stop of several cards: idTagInfo keeps to its type each time (2.1-2.3)."""
    box = lab.box().booted()
    for state in ("valid", "blocked", "expired", "valid"):
        card = lab.card(state)
        box.say_authorize(card)
        opened = box.say_start(card)
        if opened.authorization == "Accepted" and opened.transaction_id is not None:
            box.say_stop(opened.transaction_id, card=card)


@requirement("EVC-1.2-h", "EVC-1.2-g", seconds=20)
def test_authorize_while_the_card_charges(lab: Lab) -> None:
    """Asked again while a transaction of the card runs, authorize says the same (1 row 2)."""
    box = lab.box().booted()
    card = lab.card()
    box.charging(card)
    lab.pass_time(20)
    box.say_authorize(card)
    box.swipe(card)
