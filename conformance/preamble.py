"""What every run begins with: everybody who must be accepted and everybody who must not asks, over and over.

From these answers a server is seen to discriminate, service by service (``conformance.discrimination``), and without
that nothing counts as a pass. So nobody may be able to guess who asks next: the order is drawn anew each round, and
strangers are made in the run, after the pattern of those whom the server knows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from conformance.discrimination import ROUNDS, strangers_beside
from simulators.lab.client import Box, Lab, T, Unmet
from simulators.lab.leases import NothingToLend

ACCEPTED = "Accepted"
MOST_MORE = 5  # boxes, or cards of a state, beside the first


def show_that_it_works(lab: Lab, *, starts: bool = True) -> None:
    """Boots, then cards, then starts of both kinds; then a session with whatever else a box says."""
    boxes = [lab.box(), *_more(lab.box)]
    if not in_rounds(lab, _strange_boxes(lab, boxes), boxes, _power_cycle):
        raise Unmet("no box was accepted at boot")
    box = _first_to_boot(boxes)
    good = [lab.card(), *_more(lab.card)]
    others = [*good, *_more(lambda: lab.card("blocked")), *_more(lambda: lab.card("expired"))]
    strangers = _strange_cards(lab, good)
    in_rounds(lab, strangers, others, lambda card: box.say_authorize(card).authorization == ACCEPTED)
    if starts:
        in_rounds(lab, strangers, others, lambda card: _start_and_stop(box, card))
        _session(box, good[0])


def in_rounds(lab: Lab, strangers: list[T], others: list[T], ask: Callable[[T], bool]) -> bool:
    """Everybody asks once in each round, in an order of its own. Ends with a round in which nobody was accepted.

    A stranger is the very first: a server that takes in whoever comes first takes in the wrong one.
    """
    first, *rest = [*strangers, *others]
    order = [first, *lab.shuffled(rest)]
    for _ in range(ROUNDS):
        accepted = [ask(each) for each in order]
        if not any(accepted):
            return False
        order = lab.shuffled(order)
    return True


def _more(lend: Callable[[], T]) -> list[T]:
    """What else there is to lend, up to a number."""
    lent: list[T] = []
    with suppress(NothingToLend):
        while len(lent) < MOST_MORE:
            lent.append(lend())
    return lent


def _strange_boxes(lab: Lab, boxes: list[Box]) -> list[Box]:
    """The one that the target names as unregistered, and others that look like its own."""
    models = [boxes[number % len(boxes)] for number in range(strangers_beside(len(boxes)) - 1)]
    alike = [lab.unregistered_box(serial=lab.new_serial(model.serial), station=model.station) for model in models]
    return [lab.unregistered_box(), *alike]


def _strange_cards(lab: Lab, cards: list[str]) -> list[str]:
    return [lab.unknown_card(cards[number % len(cards)]) for number in range(strangers_beside(len(cards)))]


def _power_cycle(box: Box) -> bool:
    accepted = box.boot()
    box.power_off()
    return accepted


def _first_to_boot(boxes: list[Box]) -> Box:
    for box in boxes:
        if box.boot():
            return box
    raise Unmet("no registered box was accepted at boot")


def _start_and_stop(box: Box, card: str) -> bool:
    started = box.say_start(card)
    if started.authorization == ACCEPTED and started.transaction_id is not None:
        box.say_stop(started.transaction_id, card=card)
    return started.authorization == ACCEPTED


def _session(box: Box, card: str) -> None:
    started = box.say_start(card)
    if started.transaction_id is None:
        raise Unmet("a start by a valid card opened no transaction")
    box.say_meter_values(started.transaction_id)
    box.say_stop(started.transaction_id, card=card)
    box.say_heartbeat(with_station=True)
    box.say_status("NoError", "Available")
