"""BJ-1.1.15-a, -b, -c: each night the orders of the day before that the platform started."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.mind import Refusal
from simulators.journal.records import Fact
from tests.unit.duty_journals import DutyStory
from tests.unit.remote_journals import ANOTHER, OWN, STATUS, WANTED

NIGHT, LIST, EMPTY = "BJ-1.1.15-a", "BJ-1.1.15-b", "BJ-1.1.15-c"
DAY, NEXT, THIRD = "2015-03-02", "2015-03-03", "2015-03-04"
FIRST, SECOND = (WANTED, 1.0, 1.0), (ANOTHER, 2.0, 2.0)
CASES = ("complete", "foreign", "count", "power", "money", "amounts", "period")
STRANGE = f"{WANTED[:-1]}9"


def charged(story: DutyStory, order: str = WANTED, energy_wh: int = 1000, ends: str = "") -> None:
    """A charge of a minute that the platform starts, or that ends at a moment."""
    story.starts(order)
    story.passes(3)
    story.begins(order)
    if ends:
        story.until(ends)
    else:
        story.passes(60)
    story.ends(energy_wh, "user", order)
    story.stop_result(order)


def day_over(night: str = "01:00:00", **how: Any) -> DutyStory:
    """A day with two charges of the platform and one of somebody else, and then the night."""
    story = DutyStory(**how)
    charged(story)
    charged(story, ANOTHER, 2000)
    story.begins("")
    story.pushes(STATUS, story.told(0, OWN, ChargeModel=3))
    story.passes(60)
    story.ends(order="", reason="user")
    story.until(f"{NEXT} {night}")
    return story


def _end_of(story: DutyStory, order: str) -> str:
    """When a charge ended, as the server tells it."""
    facts = [each for each in story.records if isinstance(each, Fact) and each.what == "charging-ended"]
    return next(story.local(fact.at_ms) for fact in facts if fact.keys.get("order") == order)


def bad(story: DutyStory, row: str) -> set[str]:
    return {finding.removeprefix("bad ") for finding in story.judged().of(row) if finding.startswith("bad")}


# When


@pytest.mark.parametrize("night", ["00:00:00", "02:59:59", "03:00:30"])
def test_a_day_is_pushed_in_the_night_that_follows(night: str) -> None:
    """Between 00:00 and 03:00, as far as clocks differ (1.1.15)."""
    story = day_over(night)
    story.checked(DAY, [FIRST, SECOND])
    story.until(f"{NEXT} 03:10:00")
    assert story.judged().of(NIGHT) == ["good in-window", "good each-day"]


def test_at_four_is_too_late() -> None:
    """And in the night there was nothing."""
    story = day_over("04:00:00")
    story.checked(DAY, [FIRST, SECOND])
    assert bad(story, NIGHT) == {"in-window", "each-day"}


def test_a_night_without_a_push_is_bad() -> None:
    """There were orders."""
    story = day_over("04:00:00")
    assert bad(story, NIGHT) == {"each-day"}


def test_a_push_of_the_day_itself_is_none_of_the_night() -> None:
    """Before midnight the day is not over."""
    story = day_over("00:00:00")
    story.now_ms -= 1800 * 1000
    story.checked(DAY, [FIRST, SECOND])
    story.until(f"{NEXT} 04:00:00")
    assert bad(story, NIGHT) == {"each-day"}


def test_a_repeat_may_come_when_it_can() -> None:
    """What was refused in the night is pushed again after it."""
    story = day_over("02:59:00")
    story.checked(DAY, [FIRST, SECOND], Refusal.BUSY)
    story.passes(3600)
    story.checked(DAY, [FIRST, SECOND])
    assert bad(story, NIGHT) == set()


def test_what_the_journal_does_not_reach_is_not_judged() -> None:
    """It begins in the night, and the push may have been before; what is owed from then may come later."""
    story = DutyStory(plugged=False)
    story.until(f"{NEXT} 01:00:00")
    story.records.clear()
    story.plugs()
    story.until(f"{NEXT} 05:00:00")
    story.checked(DAY, [(STRANGE, 1.0, 1.0)])
    judged = story.judged()
    assert judged.of(NIGHT) == []
    assert "bad foreign" not in judged.of(LIST)


# What


def test_the_right_list_is_good_in_every_case() -> None:
    """None missing, none foreign, count and sums, each as it was."""
    story = day_over()
    story.checked(DAY, [FIRST, SECOND])
    judged = story.judged().of(LIST)
    assert {f"good {case}" for case in CASES} == set(judged)


@pytest.mark.parametrize(
    ("cases", "orders", "changes"),
    [
        ({"complete"}, [FIRST], {}),
        ({"foreign"}, [FIRST, SECOND, (OWN, 1.0, 1.0)], {}),
        ({"foreign"}, [FIRST, SECOND, (f"{OWN[:-1]}7", 1.0, 1.0)], {}),
        ({"foreign"}, [FIRST, SECOND, SECOND], {}),
        ({"count"}, [FIRST, SECOND], {"OrderCount": 1}),
        ({"power"}, [FIRST, SECOND], {"TotalOrderPower": 3000.0}),
        ({"money"}, [FIRST, SECOND], {"TotalOrderMoney": 1.8}),
        ({"amounts"}, [FIRST, (ANOTHER, 1.0, 1.0)], {}),
        ({"period"}, [FIRST, SECOND], {"StartTime": f"{DAY} 12:00:00", "EndTime": f"{DAY} 11:59:59"}),
        ({"period"}, [FIRST, SECOND], {"StartTime": f"{DAY} 23:00:00"}),
    ],
)
def test_each_way_of_being_wrong(
    cases: set[str], orders: list[tuple[str, float, float]], changes: dict[str, Any]
) -> None:
    """Each breaks its own case."""
    story = day_over()
    story.checked(DAY, orders, **changes)
    assert bad(story, LIST) == cases


def test_a_period_may_be_that_of_its_orders() -> None:
    """From the first to the last, by their ends; or until the night in which it is told."""
    by_orders, until_now = day_over(), day_over()
    for story, start, end in (
        (by_orders, _end_of(by_orders, WANTED), _end_of(by_orders, ANOTHER)),
        (until_now, f"{DAY} 00:00:00", f"{NEXT} 01:00:00"),
    ):
        story.checked(DAY, [FIRST, SECOND], StartTime=start, EndTime=end)
        assert bad(story, LIST) == set()


@pytest.mark.parametrize("again", [True, False])
def test_each_day_has_its_own_number(again: bool) -> None:
    """A list that is pushed again may have that of its day, or a new one (4.1)."""
    story = day_over()
    story.checked(DAY, [FIRST, SECOND], Refusal.BUSY)
    story.passes(60)
    first = f"MA0TEST01{DAY.replace('-', '')}2359590001"
    story.checked(DAY, [FIRST, SECOND], CheckOrderSeq=first if again else f"{first[:-1]}2")
    assert bad(story, LIST) == set()
    story.until(f"{THIRD} 01:00:00")
    story.checked(NEXT, CheckOrderSeq=first)
    assert bad(story, LIST) == {"period"}


def over_midnight() -> DutyStory:
    """A charge of the platform begins before midnight and ends after it."""
    story = DutyStory()
    story.until(f"{DAY} 23:40:00")
    charged(story, ends=f"{NEXT} 00:20:00")
    return story


@pytest.mark.parametrize("under", [DAY, NEXT])
def test_a_charge_over_midnight_counts_under_either_day(under: str) -> None:
    """By EndTime or by StartTime, once (BJ-X7)."""
    story = over_midnight()
    story.until(f"{NEXT} 02:00:00")
    story.checked(DAY, [FIRST] if under == DAY else [])
    story.until(f"{THIRD} 02:00:00")
    story.checked(NEXT, [FIRST] if under == NEXT else [])
    assert bad(story, LIST) == set()


@pytest.mark.parametrize(("lists", "case"), [(([], []), "complete"), (([FIRST], [FIRST]), "foreign")])
def test_but_not_under_none_nor_under_both(lists: tuple[list[Any], list[Any]], case: str) -> None:
    """Clearing would lose it, or pay it twice."""
    story = over_midnight()
    for day, night, orders in ((DAY, NEXT, lists[0]), (NEXT, THIRD, lists[1])):
        story.until(f"{night} 02:00:00")
        story.checked(day, orders)
    assert bad(story, LIST) == {case}


def test_an_order_without_a_bill_may_be_missing() -> None:
    """It ended so late that its order may not be there yet."""
    story = DutyStory()
    story.until(f"{DAY} 23:57:00")
    charged(story, ends=f"{DAY} 23:58:50")
    story.until(f"{NEXT} 00:00:05")
    story.checked(DAY)
    assert "complete" not in bad(story, LIST)


def test_a_charge_that_is_not_over_is_in_no_list() -> None:
    """It has no amounts yet."""
    story = DutyStory()
    story.until(f"{DAY} 23:40:00")
    story.starts()
    story.begins()
    story.until(f"{NEXT} 00:10:00")
    story.checked(DAY, [FIRST])
    assert bad(story, LIST) == {"foreign"}


def test_an_order_of_which_nothing_came_may_be_listed_or_not() -> None:
    """No document says whether there is an order of nothing."""
    story = DutyStory()
    story.starts()
    story.fails()
    story.until(f"{NEXT} 00:10:00")
    story.checked(DAY, [(WANTED, 0.0, 0.0)])
    assert bad(story, LIST) == set()


# Empty days


def empty_day(orders: Any = (), *, pushed: bool = True, **changes: Any) -> DutyStory:
    """A whole day on which nothing was."""
    story = DutyStory(plugged=False)
    story.until(f"{DAY} 23:00:00")
    story.plugs()
    story.until(f"{THIRD} 01:00:00")
    if pushed:
        story.checked(NEXT, orders, **changes)
    story.until(f"{THIRD} 03:10:00")
    story.state_pushed(1)
    return story


def test_an_empty_day_is_pushed_with_zero_sums() -> None:
    """So that nothing can be told from missing (5.16)."""
    assert empty_day().judged().of(EMPTY) == ["good zero", "good pushed"]


def test_an_empty_day_that_is_not_pushed_is_bad_for_this_row_alone() -> None:
    """1.1.15 speaks of orders."""
    story = empty_day(pushed=False)
    assert bad(story, EMPTY) == {"pushed"}
    assert bad(story, NIGHT) == set()


@pytest.mark.parametrize("changes", [{"OrderCount": 1}, {"TotalOrderPower": None}, {"ChargeOrders": [{}]}])
def test_anything_else_than_zero_is_bad(changes: dict[str, Any]) -> None:
    """An empty list, and zero three times."""
    assert bad(empty_day(**changes), EMPTY) == {"zero"}
