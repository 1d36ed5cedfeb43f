"""Before anything is sent it is known how long a scenario takes, and what the target has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.asked import Asked
from conformance.foresight import Fit, Foreseen, fit, foresee
from conformance.scenario import Scenario, scenarios_of
from conformance.staging import Stage
from tests.unit.front_door import NOBODY

SCENARIOS = {scenario.name: scenario for scenario in scenarios_of("evchong")}
CITY = {scenario.name: scenario for scenario in scenarios_of("beijing")}


def named(test: str) -> Scenario:
    return next(scenario for name, scenario in SCENARIOS.items() if name.endswith(f"::{test}"))


def staged(folder: Path, text: str) -> Stage:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return Asked(target=str(folder / "mine.toml")).stage({})


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_declares_the_time_that_it_takes(name: str) -> None:
    """On a real clock it is not begun when less is left of --for; and the reference has all that it needs."""
    assert foresee(Asked().stage({}), SCENARIOS[name]) == Foreseen(SCENARIOS[name].seconds)


@pytest.mark.parametrize(
    ("test", "lacks"),
    [
        ("test_registered_box_is_accepted", ""),
        ("test_valid_card_is_accepted", ""),
        (
            "test_transaction_ids_of_two_boxes",
            "needs 2 boxes at once, the target has 1: name more in [[pixit.evchong.box]]",
        ),
        (
            "test_unknown_card_is_not_accepted",
            "needs 2 valid cards at once, the target has 1: name more in [[pixit.card]]",
        ),
        (
            "test_consumed_energy_is_billed",
            "surface orders: the target offers no surface for 'orders': describe it in [surfaces.orders]",
        ),
    ],
)
def test_what_a_target_lacks_is_foreseen(tmp_path: Path, test: str, lacks: str) -> None:
    """One box, one card of each state, no surface."""
    assert foresee(staged(tmp_path, NOBODY), named(test)).lacks == lacks


def test_without_cards_no_charge_is_foreseen(tmp_path: Path) -> None:
    bare = staged(tmp_path, NOBODY.partition("[[pixit.card]]")[0])
    lacks = "the target has no valid card: name one in [[pixit.card]]"
    assert foresee(bare, named("test_valid_card_is_accepted")) == Foreseen(0, lacks)


def test_what_is_done_by_hand_is_foreseen_as_missing(tmp_path: Path) -> None:
    stage = staged(tmp_path, NOBODY + '[surfaces.orders]\nkind = "hand"\n')
    found = foresee(stage, named("test_consumed_energy_is_billed"))
    assert found == Foreseen(120, "surface orders: orders: done by hand; a person at the console is needed")


def scenario(name: str, seconds: int, *rows: str) -> Scenario:
    return Scenario(name, lambda lab: None, rows, frozenset(), seconds, False, "")


@pytest.mark.parametrize(
    ("rate", "real_s", "found"),
    [
        (0.0, 0.0, Fit(3, 3)),
        (1.0, 130.0, Fit(2, 1)),
        (1.0, 29.0, Fit(0, 1)),
        (20.0, 6.5, Fit(2, 1)),
        (20.0, 186.5, Fit(3, 3)),
    ],
)
def test_what_fits_into_the_time_is_counted(rate: float, real_s: float, found: Fit) -> None:
    """The shortest first; a row of which one scenario is left out does not count, one without any scenario does."""
    played = [scenario("long", 3600, "A", "B"), scenario("short", 30, "A"), scenario("longer", 100, "B")]
    assert fit(played, ["A", "B", "C"], rate, real_s) == found


def test_what_no_time_helps_is_not_counted_as_what_can_be_shown() -> None:
    """The rows of a scenario that is forbidden, or that will stop for want of a box."""
    played, forbidden = [scenario("short", 30, "A"), scenario("no box", 30, "B")], scenario("forbidden", 0, "C")
    assert fit(played, ["A", "B", "C", "D"], 0.0, 0.0, [played[1], forbidden]) == Fit(2, 2)


@pytest.mark.parametrize("name", CITY)
def test_a_scenario_of_the_city_declares_its_time_too(name: str) -> None:
    """As far as can be told without the server's answers; the reference has all that it needs."""
    assert foresee(Asked().stage({}), CITY[name]) == Foreseen(CITY[name].seconds)
