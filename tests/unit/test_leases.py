"""Boxes and cards are lent once at a time, and what is lacking is told in numbers."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.lab.leases import Leases, NothingToLend
from tests.unit.journals import BOX, CARD, OTHER_BOX, OTHER_CARD, SITE


def test_nothing_is_lent_twice_at_a_time() -> None:
    """Until everything comes back; then the one that waited longest is next."""
    leases = Leases(SITE)
    assert [leases.box(sockets=2).serial for _ in range(2)] == [BOX, OTHER_BOX]
    assert leases.card().id_token == CARD
    leases.release()
    assert leases.card().id_token == OTHER_CARD


@pytest.mark.parametrize(
    ("taken", "shape", "told"),
    [
        (4, {}, "needs 5 boxes at once, the target has 4: name more in [[pixit.evchong.box]]"),
        (1, {"sockets": 1}, "needs 2 boxes with 1 socket(s) at once, the target has 1: name more in"),
        (0, {"sockets": 9}, "the target has no box with 9 socket(s): name one in [[pixit.evchong.box]]"),
        (0, {"meter": False}, "the target has no box with no cumulative meter: name one in"),
        (0, {"interval_above_s": 999}, "the target has no box with heartbeat_interval_s above 999: name one in"),
    ],
)
def test_too_few_boxes_are_counted(taken: int, shape: dict[str, Any], told: str) -> None:
    """How many it takes, and how many there are."""
    leases = Leases(SITE)
    for _ in range(taken):
        leases.box(**shape)
    with pytest.raises(NothingToLend) as lacking:
        leases.box(**shape)
    assert str(lacking.value).startswith(told)


def test_too_few_cards_are_counted() -> None:
    """Of the state that is asked for; of several workers each has its share."""
    leases = Leases(SITE)
    leases.card("blocked")
    with pytest.raises(NothingToLend, match=r"needs 2 blocked cards at once, the target has 1: name more in"):
        leases.card("blocked")
    with pytest.raises(NothingToLend, match=r"no expired card for each of 2 workers: name one in \[\[pixit.card\]\]"):
        Leases(SITE, 1, 2).card("expired")
