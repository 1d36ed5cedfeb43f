"""BJ-ORD and BJ-SEQ: the messages of an order come in their order, its state only rises, and it tells one truth."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.messages import Interface
from tests.unit.remote_journals import ASKED_STATUS, CHARGER, OWN, WANTED, RemoteStory, charging, ended

ORDERLY, RISES, SESSION, BONUS = "BJ-ORD-a", "BJ-ORD-b", "BJ-SEQ", "BJ-2.2.2-a"
AUTH, POLICY = Interface.QUERY_EQUIP_AUTH, Interface.QUERY_EQUIP_BUSINESS_POLICY

GIVEN_UP_S = 130

# BJ-ORD-a


def test_session_in_order_passes() -> None:
    story = ended()
    story.charge_order()
    assert story.judged().of(ORDERLY) == ["good start-result", "good stop-result", "good order", "good after-stop"]


def test_status_before_the_start_result_is_bad() -> None:
    story = RemoteStory()
    story.starts()
    story.begins()
    story.pushes_state()
    story.start_result()
    assert story.judged().of(ORDERLY) == ["bad start-result"]


def test_order_before_the_stop_result_is_bad() -> None:
    story = charging()
    story.ends()
    story.charge_order()
    story.stop_result()
    assert story.judged().of(ORDERLY)[-1] == "bad stop-result"


def test_result_for_which_there_was_no_token_may_be_overtaken() -> None:
    story = charging()
    story.ends()
    story.pushes(Interface.QUERY_TOKEN, None, by="busy", ret=-1)
    story.charge_order()
    story.stop_result()
    assert "bad stop-result" not in story.judged().of(ORDERLY)


def test_order_before_the_end_is_bad() -> None:
    story = charging()
    story.charge_order()
    assert story.judged().of(ORDERLY)[-1] == "bad order"


@pytest.mark.parametrize("stat", [1, 2, 3])
def test_status_that_it_goes_on_after_the_stop_result_is_bad(stat: int) -> None:
    story = ended()
    story.pushes_state(1000, StartChargeSeqStat=stat)
    assert story.judged().of(ORDERLY)[-1] == "bad after-stop"


def test_status_that_it_is_over_may_come_after_the_stop_result() -> None:
    story = ended()
    story.pushes_state(1000, StartChargeSeqStat=4)
    assert [found for found in story.judged().of(ORDERLY) if found.startswith("bad")] == []


def test_what_was_refused_may_come_again() -> None:
    """A status, a start result that the city did not take (1.6)."""
    story = charging()
    stale = story.told()
    story.pushes(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, stale, by="ret 500")
    story.ends()
    story.stop_result()
    story.pushes(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, stale)
    story.start_result()
    judged = story.judged()
    assert [found for found in judged.of(ORDERLY) + judged.of(RISES) if found.startswith("bad")] == []


def test_what_was_called_off_may_be_told_in_any_order() -> None:
    """The platform's stop came first, and nothing ever began."""
    story = RemoteStory()
    story.starts()
    story.stops()
    story.pushes_state(StartChargeSeqStat=3)
    story.fails()
    story.stop_result()
    story.start_result(4)
    assert "bad start-result" not in story.judged().of(ORDERLY)


def test_failed_start_has_one_message() -> None:
    story = RemoteStory()
    story.starts()
    story.fails()
    story.start_result(4)
    assert story.judged().of(ORDERLY) == ["good start-result"]


# BJ-ORD-b


def test_state_that_rises_passes() -> None:
    """1, 2, 3, 4; steps may be left out."""
    assert set(ended().judged().of(RISES)) == {"good rises"}


@pytest.mark.parametrize("stat", [1])
def test_state_that_falls_is_bad(stat: int) -> None:
    story = charging()
    story.is_asked(StartChargeSeqStat=stat)
    assert story.judged().of(RISES)[-1] == "bad rises"


def test_state_is_not_unknown_while_everybody_knows_it() -> None:
    story = charging()
    story.is_asked(StartChargeSeqStat=5)
    assert story.judged().of(RISES)[-1] == "bad rises"


def test_state_may_be_unknown_while_the_charger_is_cut_off() -> None:
    story = charging()
    story.happened("network-lost")
    story.is_asked(StartChargeSeqStat=5)
    assert "bad rises" not in story.judged().of(RISES)


# BJ-SEQ


def whole(**answers: Any) -> RemoteStory:
    """A session in which the platform asked for everything. ``answers``: to auth and policy."""
    story = RemoteStory()
    question = story.auth_question(CHARGER)
    story.asked(AUTH, question, {**question, "SuccStat": 0, "FailReason": 0, **answers})
    policy = story.policy_answer(ConnectorID=CHARGER.id)
    story.asked(POLICY, story.policy_question(CHARGER.id), policy)
    story.starts()
    story.passes(3)
    story.begins()
    story.start_result()
    story.pushes_state()
    story.flows(60, 600)
    story.is_asked(600)
    story.stops()
    story.commands("stop", WANTED)
    story.passes(2)
    story.ends()
    story.stop_result()
    return story


def bad(story: RemoteStory) -> set[str]:
    return {found.removeprefix("bad ") for found in story.judged().of(SESSION) if found.startswith("bad ")}


def test_session_that_runs_through_passes() -> None:
    story = whole()
    story.charge_order()
    cases = {"auth", "policy", "start", "status", "stop", "order", "energy", "money", "times"}
    assert set(story.judged().of(SESSION)) == {f"good {case}" for case in cases}


def test_session_without_auth_is_bad() -> None:
    story = whole(SuccStat=1, FailReason=2)
    story.charge_order()
    assert bad(story) == {"auth"}


def test_session_without_policy_or_status_is_bad() -> None:
    """Both were asked for, and refused."""
    story = RemoteStory()
    story.asked(AUTH, story.auth_question(CHARGER), story.auth_answer(ConnectorID=CHARGER.id))
    none = {"SuccStat": 1, "FailReason": 1, "SumPeriod": 0, "PolicyInfos": []}
    story.asked(POLICY, story.policy_question(CHARGER.id), story.policy_answer(ConnectorID=CHARGER.id, **none))
    story.starts()
    story.begins()
    story.start_result()
    story.asked(ASKED_STATUS, {"StartChargeSeq": WANTED}, None, ret=4004)
    story.stops()
    story.ends()
    story.stop_result()
    story.charge_order()
    assert bad(story) == {"policy", "status"}


def test_session_without_a_result_is_bad() -> None:
    story = RemoteStory()
    story.asked(AUTH, story.auth_question(CHARGER), story.auth_answer(ConnectorID=CHARGER.id))
    story.asked(POLICY, story.policy_question(CHARGER.id), story.policy_answer(ConnectorID=CHARGER.id))
    story.starts()
    story.begins()
    story.is_asked()
    story.stops()
    story.ends()
    story.charge_order()
    story.passes(GIVEN_UP_S)
    story.hears("unplugged")
    assert bad(story) == {"start", "stop"}


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"TotalPower": 1000.0}, "energy"),
        ({"TotalMoney": 0.6}, "money"),
        ({"EndTime": "2015-03-02 04:00:00"}, "times"),
        ({"StopReason": 2}, "order"),
        ({"ConnectorID": "11010500000000000000007002"}, "order"),
    ],
)
def test_order_that_is_not_so_is_bad(changes: dict[str, Any], case: str) -> None:
    story = whole()
    story.charge_order(**changes)
    assert case in bad(story)


def test_order_that_came_before_the_end_is_judged_once_it_is_over() -> None:
    story = charging()
    story.charge_order(900)
    story.passes(2)
    story.ends()
    assert bad(story) >= {"energy"}


def test_part_of_a_session_is_judged_by_its_order_alone() -> None:
    """Nobody asked for auth."""
    story = ended()
    story.charge_order()
    assert set(story.judged().of(SESSION)) == {"good energy", "good money", "good times", "good order"}


def test_orders_of_others_are_no_session() -> None:
    story = RemoteStory()
    story.begins("")
    story.ends(order="", reason="user")
    story.charge_order(order="MA0TEST01202503021200000001")
    assert story.judged().of(SESSION) == []


# BJ-2.2.2-a


@pytest.mark.parametrize(("reason", "told"), [("platform", 1), ("user", 0), ("bms", 2), ("fault", 3), ("user", 17)])
def test_bonus_order_of_the_platforms_charge_tells_the_truth(reason: str, told: int) -> None:
    """Each party may have reasons of its own beside those that 4.3 numbers."""
    story = ended(reason=reason)
    story.bonus(StopReason=told)
    found = set(story.judged().of(BONUS))
    assert found >= {"good fields", "good start-method/platform", "good energy", "good meter-values"}
    assert not {each for each in found if each.startswith("bad")}


@pytest.mark.parametrize(("model", "verdict"), [(3, "good"), (2, "bad")])
def test_bonus_order_of_a_charge_of_others_says_so(model: int, verdict: str) -> None:
    story = RemoteStory()
    story.begins("")
    story.passes(60)
    story.ends(order="", reason="user")
    story.bonus(order=OWN, ChargeModel=model, StopReason=0)
    assert f"{verdict} start-method/other" in story.judged().of(BONUS)


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"ChargeModel": 2}, "start-method/platform"),
        ({"StopReason": 2}, "fields"),
        ({"MeterValueStart": 0.0}, "meter-values"),
        ({"TotalPower": 2.0}, "energy"),
    ],
)
def test_bonus_order_that_is_not_so_is_bad(changes: dict[str, Any], case: str) -> None:
    story = ended()
    story.bonus(**changes)
    assert f"bad {case}" in story.judged().of(BONUS)
