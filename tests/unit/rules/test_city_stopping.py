"""BJ-1.1.11 and BJ-1.1.12: how the platform's stops are answered, and what is told of the end."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.messages import Interface
from tests.unit.remote_journals import ANOTHER, NEIGHBOUR, WANTED, RemoteStory, charging, ended

REFUSED, ENDS, RESULT, SOON = "BJ-1.1.11-b", "BJ-1.1.11-c", "BJ-1.1.12-a", "BJ-1.1.12-b"
GIVEN_UP_S = 130


def refused(story: RemoteStory, **how: Any) -> list[str]:
    story.stops(SuccStat=1, **how)
    return story.judged().of(REFUSED)


# BJ-1.1.11-b


@pytest.mark.parametrize(("reason", "verdict"), [(3, "good"), (4, "bad"), (0, "bad")])
def test_what_has_stopped_already_is_reason_3(reason: int, verdict: str) -> None:
    story = ended()
    story.passes(10)
    assert refused(story, FailReason=reason, StartChargeSeqStat=4) == [f"{verdict} already-stopped"]


def test_stop_of_what_has_stopped_is_no_success() -> None:
    story = ended()
    story.passes(10)
    story.stops()
    assert story.judged().of(REFUSED) == ["bad already-stopped"]


def test_what_stopped_just_now_may_be_either() -> None:
    """The question was on its way when the charger stopped."""
    story = ended()
    story.stops()
    assert story.judged().of(REFUSED) == []


def test_what_the_server_was_not_told_has_not_stopped_for_it() -> None:
    story = charging()
    story.happened("network-lost")
    story.ends(told=False)
    story.passes(10)
    story.stops()
    assert story.judged().of(REFUSED) == []


@pytest.mark.parametrize(("reason", "verdict"), [(1, "good"), (4, "good"), (99, "good"), (2, "bad"), (3, "bad")])
def test_unknown_order_has_one_of_these_reasons(reason: int, verdict: str) -> None:
    story = RemoteStory()
    assert refused(story, order=ANOTHER, made_up=True, FailReason=reason) == [f"{verdict} unknown"]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "good"),
        ({"StartChargeSeqStat": 5}, "good"),
        ({"StartChargeSeqStat": 2}, "bad"),
        ({"StartChargeSeq": f"{WANTED[:-1]}9"}, "bad"),
        ({"StartChargeSeq": ""}, "bad"),
    ],
)
def test_refusal_brings_back_its_number_and_says_of_nothing_that_it_charges(
    changes: dict[str, Any], verdict: str
) -> None:
    story = ended()
    story.passes(10)
    stopped = {"FailReason": 3, "StartChargeSeqStat": 4} | changes
    unknown = {"FailReason": 4, "StartChargeSeqStat": 4} | changes
    story.stops(SuccStat=1, **stopped)
    assert refused(story, order=ANOTHER, made_up=True, **unknown) == [
        f"{verdict} already-stopped",
        f"{verdict} unknown",
    ]


def test_unknown_order_by_ret_in_another_reading() -> None:
    story = RemoteStory(city_readings={"BJ-X14": "4004"})
    assert refused(story, order=ANOTHER, made_up=True, FailReason=4) == ["bad unknown"]


# BJ-1.1.11-c


def test_stop_that_ends_the_charge_passes() -> None:
    story = charging()
    story.stops()
    story.passes(2)
    story.ends()
    assert story.judged().of(ENDS) == ["good accepted", "good stat", "good echo", "good ends"]


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"FailReason": 3}, "accepted"),
        ({"StartChargeSeqStat": 2}, "stat"),
        ({"StartChargeSeq": ANOTHER}, "echo"),
        ({"SuccStat": 1, "FailReason": 9}, "accepted"),
    ],
)
def test_wrong_answers_to_a_stop_of_what_charges_are_bad(changes: dict[str, Any], case: str) -> None:
    story = charging()
    story.passes(10)
    story.stops(**changes)
    assert f"bad {case}" in story.judged().of(ENDS)


def test_stop_after_which_it_goes_on_is_bad() -> None:
    story = charging()
    story.stops()
    story.flows(GIVEN_UP_S, 2000)
    assert story.judged().of(ENDS)[-1] == "bad ends"


def test_charger_that_is_cut_off_cannot_be_stopped() -> None:
    """Neither must the stop be accepted, nor need it come about."""
    story = charging()
    story.passes(10)
    story.happened("network-lost")
    story.hears("offline")
    story.passes(10)
    story.stops(SuccStat=1, FailReason=2)
    assert story.judged().of(ENDS) == []


def test_second_stop_may_be_answered_either_way() -> None:
    """It is stopping already."""
    story = charging()
    story.passes(10)
    story.stops()
    story.stops(SuccStat=1, FailReason=3)
    assert "bad accepted" not in story.judged().of(ENDS)


# Stops that come before current flows


def early(**how: Any) -> RemoteStory:
    """The platform has started an order, and stops it before it began."""
    story = RemoteStory()
    story.starts()
    story.passes(2)
    story.stops(**how)
    story.passes(10)
    return story


def test_what_begins_and_goes_on_after_an_accepted_stop_is_bad() -> None:
    story = early()
    story.begins()
    story.flows(GIVEN_UP_S, 2000)
    assert story.judged().of(ENDS) == ["bad ends"]


def test_what_begins_after_an_accepted_stop_may_be_stopped_then() -> None:
    story = early()
    story.begins()
    story.passes(2)
    story.ends()
    story.flows(GIVEN_UP_S, 2000)
    assert story.judged().of(ENDS) == ["good ends"]


def test_what_was_started_again_after_its_stop_may_go_on() -> None:
    story = early()
    story.starts()
    story.begins()
    story.flows(GIVEN_UP_S, 2000)
    assert story.judged().of(ENDS) == []


def test_what_was_called_off_owes_no_start_result() -> None:
    """The stop result may be all that is told of it."""
    story = early()
    story.fails()
    story.stop_result()
    story.passes(GIVEN_UP_S)
    judged = story.judged()
    assert "bad failed" not in judged.of("BJ-1.1.8-a")
    assert "bad follows" not in judged.of("BJ-1.1.7-d")
    assert judged.of(ENDS) == []


@pytest.mark.parametrize(("reason", "verdict"), [(3, ["bad already-stopped"]), (9, [])])
def test_what_starts_and_then_charges_has_not_stopped_already(reason: int, verdict: list[str]) -> None:
    story = early(SuccStat=1, FailReason=reason)
    story.begins()
    story.flows(GIVEN_UP_S, 2000)
    assert story.judged().of(REFUSED) == verdict


@pytest.mark.parametrize("happens", ["ends", "fails"])
def test_what_starts_may_count_as_stopped_if_it_does_not_charge_on(happens: str) -> None:
    story = early(SuccStat=1, FailReason=3, StartChargeSeqStat=4)
    if happens == "ends":
        story.begins()
        story.passes(3)
        story.ends()
    else:
        story.fails()
    story.passes(GIVEN_UP_S)
    story.hears("sample")
    assert story.judged().of(REFUSED) == []


# BJ-1.1.12-a


@pytest.mark.parametrize(
    ("reason", "case"),
    [("platform", "by-platform"), ("user", "by-user"), ("bms", "full"), ("fault", "fault"), ("disconnected",) * 2],
)
def test_end_is_told_at_once_however_it_came(reason: str, case: str) -> None:
    assert ended(reason=reason).judged().of(RESULT) == ["good not-before", f"good {case}"]


@pytest.mark.parametrize("reason", ["platform", "user", "bms", "fault", "disconnected"])
def test_end_of_which_nobody_tells_is_bad(reason: str) -> None:
    story = charging()
    story.passes(30)
    story.ends(reason=reason)
    story.passes(6)
    story.hears("unplugged")
    (found,) = story.judged().of(RESULT)
    assert found.startswith("bad ")


@pytest.mark.parametrize("stat", [4, 5])
def test_end_may_be_told_as_over_or_lost(stat: int) -> None:
    story = charging()
    story.ends()
    story.stop_result(StartChargeSeqStat=stat)
    assert story.judged().of(RESULT)[-1] == "good by-platform"


@pytest.mark.parametrize("changes", [{"StartChargeSeqStat": 3}, {"SuccStat": 1}, {"ConnectorID": NEIGHBOUR.id}])
def test_stop_results_that_are_not_so_are_bad(changes: dict[str, Any]) -> None:
    story = charging()
    story.ends()
    story.stop_result(**changes)
    assert story.judged().of(RESULT) == ["good not-before", "bad by-platform"]


@pytest.mark.parametrize(("reason", "verdict"), [(0, "good"), ("0", "good"), (None, "good"), (3, "bad")])
def test_stop_that_was_carried_out_has_no_fail_reason(reason: Any, verdict: str) -> None:
    story = charging()
    story.stops()
    story.passes(2)
    story.ends()
    story.stop_result(FailReason=reason)
    assert story.judged().of(RESULT)[-1] == f"{verdict} by-platform"


@pytest.mark.parametrize("reason", ["user", "bms", "fault", "disconnected"])
def test_other_ends_may_have_one(reason: str) -> None:
    """The table does not say what may stand there (5.13)."""
    story = charging()
    story.ends(reason=reason)
    story.stop_result(FailReason=3)
    assert story.judged().of(RESULT)[-1].startswith("good")


def test_stop_result_before_the_end_is_bad() -> None:
    story = charging()
    story.stops()
    story.stop_result()
    story.passes(2)
    story.ends()
    story.stop_result()
    assert story.judged().of(RESULT) == ["bad not-before", "good not-before", "good by-platform"]


def test_stop_result_is_due_once_the_server_could_know() -> None:
    """It ended while its charger was cut off, a minute before the server heard."""
    story = charging()
    story.happened("network-lost")
    story.ends(told=False)
    story.passes(60)
    story.happened("network-back")
    story.hears("stopped", energy_wh=1000)
    story.passes(4)
    story.stop_result()
    assert story.judged().of(RESULT) == ["good not-before", "good by-platform"]


def test_stop_result_that_waited_behind_a_refusal_is_not_late() -> None:
    """What the city refused by plan may have held up the rest."""
    story = charging()
    story.ends()
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, {}, by="silent")
    story.passes(7)
    story.stop_result()
    assert story.judged().of(RESULT) == ["good not-before", "good by-platform"]


def test_charges_of_others_owe_no_stop_result() -> None:
    """Nor do those that were started before the journal began."""
    story = RemoteStory()
    story.begins("")
    story.ends(order="", reason="user")
    story.passes(10)
    story.hears("unplugged")
    assert story.judged().of(RESULT) == []


# BJ-1.1.12-b


@pytest.mark.parametrize(("after_s", "verdict"), [(2, "good"), (50, "good"), (51, "bad")])
def test_stop_result_comes_within_50_seconds_of_the_command(after_s: int, verdict: str) -> None:
    story = charging()
    story.stops()
    story.commands("stop", WANTED)
    story.passes(after_s)
    story.ends()
    story.stop_result()
    assert story.judged().of(SOON) == [f"{verdict} in-time"]


def test_stop_result_that_waited_for_a_token_is_not_judged() -> None:
    """The city gave none."""
    story = charging()
    story.stops()
    story.commands("stop", WANTED)
    story.passes(2)
    story.ends()
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, {}, by="busy")
    story.passes(60)
    story.stop_result()
    assert story.judged().of(SOON) == []


def test_end_without_a_command_has_no_such_limit() -> None:
    story = charging()
    story.passes(60)
    story.ends(reason="user")
    story.stop_result()
    assert story.judged().of(SOON) == []
