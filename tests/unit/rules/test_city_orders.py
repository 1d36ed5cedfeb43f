"""BJ-1.1.13-a, BJ-1.1.14-a: orders come within 150 s of their bill, and the order is that of its charge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulators.beijing.mind import Refusal
from tests.unit.city_journals import NUMBER, CityStory
from tests.unit.duty_journals import QUERY_TOKEN, DutyStory, over
from tests.unit.remote_journals import CHARGE_ORDER, CHARGER, WANTED

ORDERS, BONUS = "BJ-1.1.13-a", "BJ-1.1.14-a"


@pytest.mark.parametrize(("after_s", "verdict"), [(0, "good"), (140, "good"), (150, "good"), (200, "bad")])
def test_an_order_comes_within_150_seconds(after_s: int, verdict: str) -> None:
    """Of the end that the server was told of (1.1.13)."""
    story = over()
    story.passes(after_s)
    story.charge_order()
    assert f"{verdict} in-time" in story.judged().of(ORDERS)


def test_an_order_that_is_refused_came_in_time() -> None:
    """That it is pushed again is BJ-1.1.13-b."""
    story = over()
    story.order_pushed(Refusal.BUSY, CHARGE_ORDER)
    story.passes(1000)
    assert [each for each in story.judged().of(ORDERS) if each.endswith("in-time")] == ["good in-time"]


def test_the_bill_may_take_its_time() -> None:
    """The PIXIT says how long after the stop there is one."""
    story = over()
    story.city = replace(story.city, bill_after_stop_s=60)
    story.passes(205)
    story.charge_order()
    assert "good in-time" in story.judged().of(ORDERS)


def test_an_order_that_is_quicker_than_the_charger_is_in_time() -> None:
    """The server may know of the end before the charger has its answer."""
    story = DutyStory()
    story.starts()
    story.begins()
    story.passes(60)
    story.ends(reason="user", told=False)
    story.charge_order()
    story.bonus()
    story.hears("stopped", WANTED, energy_wh=1000)
    judged = story.judged()
    assert "good in-time" in judged.of(ORDERS)
    assert judged.of(BONUS) == ["good platform"]


def test_without_a_token_nothing_can_be_pushed() -> None:
    """The platform gave none by plan: the server is not to blame."""
    story = over()
    story.pushed(QUERY_TOKEN, {}, Refusal.SYSTEM_ERROR)
    story.passes(1000)
    assert story.judged().of(ORDERS) == []


def test_orders_of_others_are_not_owed() -> None:
    """Unless the target says so (BJ-X17)."""

    def found(**how: Any) -> list[str]:
        story = DutyStory(**how)
        story.begins("")
        story.passes(60)
        story.ends(order="", reason="user")
        story.passes(200)
        return story.judged().of(ORDERS)

    assert found() == []
    assert found(city_readings={"BJ-X17": "every"}) == ["bad in-time"]


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        ("energy", {"TotalPower": 1000.0}),
        ("money", {"TotalMoney": 0.6}),
        ("times", {"StartTime": "2015-03-02 04:00:00", "EndTime": "2015-03-02 04:01:00"}),
        ("identifiers", {"ConnectorID": CHARGER.equipment}),
        ("fields", {"StopReason": 3}),
    ],
)
def test_an_order_is_that_of_its_charge(case: str, changes: dict[str, Any]) -> None:
    """What it says, field by field (5.14)."""
    good, bad = over(), over()
    good.charge_order(StopReason=0)
    bad.charge_order(**{"StopReason": 0} | changes)
    assert f"good {case}" in good.judged().of(ORDERS)
    assert f"bad {case}" in bad.judged().of(ORDERS)


@pytest.mark.parametrize(("field", "found"), [("ChargeDetails", ["good fields"]), ("TotalMoney", [])])
def test_null_is_no_field(field: str, found: list[str]) -> None:
    """To a reader an optional field that is null is left out (4.2); a mandatory one is not there."""
    story = over()
    changes: dict[str, Any] = {"StopReason": 0, field: None}
    story.charge_order(**changes)
    assert [each for each in story.judged().of(ORDERS) if each.endswith("fields")] == found


@pytest.mark.parametrize(("after_s", "verdict"), [(140, "good"), (200, "bad")])
def test_bonus_orders_of_every_start_method(after_s: int, verdict: str) -> None:
    """By card at a box, by the platform, by hand at a charger (1.1.14, 2.2.2)."""
    card = CityStory()
    card.booted()
    start = card.start().answered()
    card.charge_status(start)
    card.passes(300)
    card.stop(start, energy_wh=1000).answered()
    card.passes(after_s)
    card.bonus_order(start, NUMBER)
    assert card.judged().of(BONUS) == [f"{verdict} card"]
    platform = over()
    platform.passes(after_s)
    platform.bonus()
    assert platform.judged().of(BONUS) == [f"{verdict} platform"]
    other = DutyStory()
    other.begins("")
    other.passes(60)
    other.ends(order="", reason="user")
    other.passes(after_s)
    other.bonus(order=NUMBER, ChargeModel=3)
    assert other.judged().of(BONUS) == [f"{verdict} other"]


def test_who_claims_no_bonus_owes_no_bonus_order() -> None:
    """2.2.2 is for those who apply for it."""
    story = over(bonus=False)
    story.passes(1000)
    assert story.judged().of(BONUS) == []
