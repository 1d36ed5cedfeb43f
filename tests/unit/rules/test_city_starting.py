"""BJ-1.1.7, BJ-1.1.8-a and -c: how the platform's starts are answered, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.city_journals import LEFT
from tests.unit.remote_journals import ANOTHER, NEIGHBOUR, WANTED, RemoteStory, charging

REFUSED, AGAIN, COMES, RESULT, SOON = "BJ-1.1.7-b", "BJ-1.1.7-c", "BJ-1.1.7-d", "BJ-1.1.8-a", "BJ-1.1.8-c"
GIVEN_UP_S = 130


def cut(story: RemoteStory, what: str, event: str) -> None:
    story.happened(what)
    story.hears(event)
    story.passes(10)


# BJ-1.1.7-b


@pytest.mark.parametrize(("reason", "verdict"), [(1, "good"), (2, "bad"), (17, "bad")])
def test_unknown_connector_is_reason_1(reason: int, verdict: str) -> None:
    """A connector that names nothing is refused with FailReason 1."""
    story = RemoteStory()
    story.is_refused(reason, connector="11010500000000000000009009")
    assert story.judged().of(REFUSED) == [f"{verdict} unknown"]


def test_unknown_connector_by_ret_in_another_reading() -> None:
    """BJ-X14: 4004 for all ids that name nothing."""
    story = RemoteStory(city_readings={"BJ-X14": "4004"})
    story.is_refused(1, connector="11010500000000000000009009")
    assert story.judged().of(REFUSED) == ["bad unknown"]


@pytest.mark.parametrize(("reason", "verdict"), [(2, "good"), (3, "bad"), (1, "bad")])
def test_offline_connector_is_reason_2(reason: int, verdict: str) -> None:
    story = RemoteStory()
    cut(story, "network-lost", "offline")
    story.is_refused(reason)
    assert story.judged().of(REFUSED) == [f"{verdict} offline"]


@pytest.mark.parametrize(("reason", "verdict"), [(3, "good"), (99, "good"), (2, "bad"), (0, "bad"), (100, "bad")])
def test_faulty_connector_has_a_reason_of_its_own(reason: int, verdict: str) -> None:
    """3 to 99 are each party's own."""
    story = RemoteStory()
    cut(story, "error-occurred", "fault")
    story.is_refused(reason)
    assert story.judged().of(REFUSED) == [f"{verdict} faulty"]


@pytest.mark.parametrize(("reason", "verdict"), [(4, "good"), (1, "bad")])
def test_connector_in_use_has_a_reason_of_its_own(reason: int, verdict: str) -> None:
    story = charging()
    story.passes(10)
    story.is_refused(reason)
    assert story.judged().of(REFUSED) == [f"{verdict} in-use"]


def at_a_box(*, charges: bool) -> RemoteStory:
    """A charge box that has told how its connector stands, longer ago than a push takes."""
    story = RemoteStory()
    story.booted()
    story.status("Occupied").answered()
    if charges:
        story.start().answered()
    story.passes(8)
    story.beat().answered()
    return story


@pytest.mark.parametrize(("reason", "verdict"), [(4, "good"), (99, "good"), (1, "bad"), (2, "bad"), (0, "bad")])
def test_connector_at_which_a_card_charges_is_in_use(reason: int, verdict: str) -> None:
    """The platform did not start it, and cannot have it."""
    story = at_a_box(charges=True)
    story.is_refused(reason, socket=LEFT)
    assert story.judged().of(REFUSED) == [f"{verdict} in-use"]


def test_start_where_a_card_charges_is_not_taken() -> None:
    story = at_a_box(charges=True)
    story.starts(socket=LEFT)
    assert story.judged().of(REFUSED) == ["bad in-use"]


def test_whether_a_box_can_be_started_is_its_operators_affair() -> None:
    """Nobody charges there; or began a moment ago; or the box may be gone."""
    free, begun, silent = at_a_box(charges=False), at_a_box(charges=False), at_a_box(charges=True)
    begun.start().answered()
    silent.passes(60)
    for story in (free, begun, silent):
        story.is_refused(2, socket=LEFT)
        assert story.judged().of(REFUSED) == []


@pytest.mark.parametrize(("reason", "found"), [(4, ["good in-use"]), (1, ["bad in-use"]), (2, ["bad in-use"])])
def test_connector_that_is_about_to_start_may_be_in_use(reason: int, found: list[str]) -> None:
    """Somebody else's order is on its way there; a charger that is there and on the line is neither 1 nor 2."""
    story = RemoteStory()
    story.starts()
    story.passes(1)
    story.is_refused(reason)
    judged = story.judged()
    assert judged.of(REFUSED) == found
    assert [each for each in judged.of(COMES) if each.startswith("bad")] == []


def test_second_start_that_is_taken_must_come_to_something() -> None:
    """Of the two one can begin; the other has failed, and the platform is told so."""
    told, untold = RemoteStory(), RemoteStory()
    for story in (told, untold):
        story.starts()
        story.passes(1)
        story.starts(ANOTHER)
        story.passes(3)
        story.begins()
    told.start_result(4, ANOTHER)
    for story in (told, untold):
        story.passes(GIVEN_UP_S)
        story.hears("sample", WANTED)
        assert story.judged().of(REFUSED) == []
    assert told.judged().of(COMES)[-2:] == ["good follows", "good follows"]
    assert untold.judged().of(COMES)[-2:] == ["good follows", "bad follows"]


def test_after_a_start_that_failed_the_connector_is_free() -> None:
    story = RemoteStory()
    story.starts()
    story.fails()
    story.start_result(4)
    story.passes(10)
    story.is_refused(4)
    assert story.judged().of(COMES)[-1] == "bad accepted"


@pytest.mark.parametrize(("stat", "verdict"), [(4, "good"), (5, "good"), (1, "good"), (2, "bad"), (3, "bad")])
def test_what_is_refused_neither_charges_nor_stops(stat: int, verdict: str) -> None:
    """StartChargeSeqStat (4.3), beside SuccStat 1."""
    story = RemoteStory()
    story.starts(ANOTHER, connector="11010500000000000000009009", StartChargeSeqStat=stat, SuccStat=1, FailReason=1)
    story.begins("")
    story.passes(10)
    story.starts(f"{ANOTHER[:-1]}3", StartChargeSeqStat=stat, SuccStat=1, FailReason=4)
    assert story.judged().of(REFUSED)[:2] == [f"{verdict} unknown", f"{verdict} in-use"]


@pytest.mark.parametrize("field", ["StartChargeSeq", "ConnectorID"])
@pytest.mark.parametrize(("connector", "case"), [("", "in-use"), ("11010500000000000000009009", "unknown")])
def test_refusal_brings_back_what_was_asked(field: str, connector: str, case: str) -> None:
    """5.8: whether it names anything or not."""
    story = charging()
    story.passes(10)
    story.is_refused(1 if connector else 4, connector=connector, **{field: ""})
    assert story.judged().of(REFUSED) == [f"bad {case}"]


def test_what_is_started_all_the_same_is_bad() -> None:
    """An offline charger to which the start is taken is bad, whatever follows."""
    story = RemoteStory()
    cut(story, "network-lost", "offline")
    story.starts()
    assert story.judged().of(REFUSED) == ["bad offline"]


def test_amid_a_change_anything_may_be_answered() -> None:
    """The server may not have heard of it yet; nor where two things are wrong, or a plug is missing."""
    story = RemoteStory(plugged=False)
    story.is_refused(9)
    story.happened("error-occurred")
    story.hears("fault")
    story.is_refused(2, f"{ANOTHER[:-1]}3")
    story.passes(10)
    cut(story, "network-lost", "offline")
    story.is_refused(17, f"{ANOTHER[:-1]}4")
    assert story.judged().of(REFUSED) == []


def test_what_the_server_may_not_have_heard_is_not_held_against_it() -> None:
    """The charger's word was lost on the way."""
    story = RemoteStory()
    story.happened("error-occurred")
    story.hears("fault", lost=True)
    story.passes(10)
    story.starts()
    assert story.judged().of(REFUSED) == []


def test_nothing_is_started_after_a_refusal() -> None:
    story = RemoteStory()
    cut(story, "error-occurred", "fault")
    story.is_refused(3)
    story.passes(GIVEN_UP_S)
    story.hears("cleared")
    assert story.judged().of(REFUSED) == ["good faulty", "good nothing-started"]


def test_a_charger_that_is_commanded_after_a_refusal_is_bad() -> None:
    story = RemoteStory()
    cut(story, "error-occurred", "fault")
    story.is_refused(3)
    story.commands("start", ANOTHER)
    assert story.judged().of(REFUSED) == ["good faulty", "bad nothing-started"]


# BJ-1.1.7-d


def test_start_that_is_accepted_and_begins_passes() -> None:
    story = charging()
    story.passes(1)
    story.hears("sample", WANTED)
    assert story.judged().of(COMES) == ["good accepted", "good echo", "good stat", "good follows"]


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"FailReason": 3}, "accepted"),
        ({"SuccStat": 1, "FailReason": 7}, "accepted"),
        ({"ConnectorID": NEIGHBOUR.id}, "echo"),
        ({"StartChargeSeqStat": 5}, "stat"),
        ({"StartChargeSeqStat": 3}, "stat"),
    ],
)
def test_wrong_answers_to_a_start_that_must_succeed_are_bad(changes: dict[str, Any], case: str) -> None:
    story = RemoteStory()
    story.starts(**changes)
    assert f"bad {case}" in story.judged().of(COMES)


def test_start_without_a_plug_may_be_refused() -> None:
    """No document numbers that, nor demands that it be tried."""
    story = RemoteStory(plugged=False)
    story.is_refused(5)
    assert story.judged().of(COMES) == []


def test_start_of_which_nothing_comes_is_bad() -> None:
    story = RemoteStory()
    story.starts()
    story.passes(GIVEN_UP_S)
    story.hears("unplugged")
    assert story.judged().of(COMES)[-1] == "bad follows"


def test_start_whose_failure_is_told_follows() -> None:
    story = RemoteStory()
    story.starts()
    story.passes(45)
    story.start_result(4)
    assert story.judged().of(COMES)[-1] == "good follows"


def test_charge_under_a_name_of_the_servers_own_is_the_platforms() -> None:
    """What a server calls an order towards its charger is its own affair."""
    story = RemoteStory()
    story.starts()
    story.passes(3)
    story.begins("order/4711")
    story.start_result()
    story.passes(1)
    story.hears("sample", "order/4711")
    judged = story.judged()
    assert judged.of(COMES)[-1] == "good follows"
    assert judged.of(RESULT) == ["good started"]


def test_charge_that_is_quicker_than_the_answer_is_the_platforms() -> None:
    """The answer may be written down after the charger has begun."""
    story = RemoteStory()
    story.begins()
    story.starts()
    story.start_result()
    assert story.judged().of(RESULT) == ["good started"]


# BJ-1.1.7-c


def test_same_start_again_is_one_charge() -> None:
    story = charging()
    story.starts()
    story.passes(GIVEN_UP_S)
    story.hears("sample", WANTED)
    assert story.judged().of(AGAIN) == ["good again"]


def test_second_charge_of_the_same_start_is_bad() -> None:
    story = charging()
    story.ends()
    story.passes(5)
    story.starts()
    story.passes(3)
    story.begins()
    assert story.judged().of(AGAIN) == ["bad again"]


# BJ-1.1.8-a


@pytest.mark.parametrize("stat", [2, 3])
def test_start_result_of_a_charge_passes(stat: int) -> None:
    """A late one may find it about to stop."""
    story = RemoteStory()
    story.starts()
    story.begins()
    story.start_result(stat)
    assert story.judged().of(RESULT) == ["good started"]


def test_start_result_before_it_began_is_bad() -> None:
    story = RemoteStory()
    story.starts()
    story.start_result()
    story.passes(3)
    story.begins()
    assert story.judged().of(RESULT) == ["bad started"]


@pytest.mark.parametrize(
    "changes",
    [{"stat": 4}, {"stat": 1}, {"ConnectorID": NEIGHBOUR.id}, {"StartTime": "2015-03-02 04:00:00"}],
)
def test_start_results_that_are_not_so_are_bad(changes: dict[str, Any]) -> None:
    story = RemoteStory()
    story.starts()
    story.begins()
    story.passes(1)
    story.start_result(**changes)
    assert story.judged().of(RESULT) == ["bad started"]


def test_charge_without_a_start_result_is_bad() -> None:
    story = RemoteStory()
    story.starts()
    story.begins()
    story.passes(GIVEN_UP_S)
    story.hears("sample", WANTED)
    assert story.judged().of(RESULT) == ["bad started"]


@pytest.mark.parametrize(("stat", "verdict"), [(4, "good"), (5, "good"), (2, "bad")])
def test_failed_start_is_told_as_such(stat: int, verdict: str) -> None:
    story = RemoteStory()
    story.starts()
    story.fails()
    story.start_result(stat)
    assert story.judged().of(RESULT) == [f"{verdict} failed"]


@pytest.mark.parametrize(("stat", "found"), [(2, ["bad failed"]), (3, ["bad failed"]), (4, []), (5, []), (1, [])])
def test_refused_start_is_not_told_as_begun(stat: int, found: list[str]) -> None:
    """It is owed no result; one that says that it charges is wrong (5.9)."""
    story = RemoteStory()
    story.is_refused(9)
    story.passes(3)
    story.start_result(stat, ANOTHER)
    assert story.judged().of(RESULT) == found


def test_refused_start_that_began_all_the_same_is_told_as_it_is() -> None:
    """That it began is BJ-1.1.7-b's."""
    story = RemoteStory()
    story.is_refused(9)
    story.passes(3)
    story.begins(ANOTHER)
    story.start_result(2, ANOTHER)
    assert story.judged().of(RESULT) == []


def test_failed_start_without_a_result_is_bad() -> None:
    story = RemoteStory()
    story.starts()
    story.fails()
    story.passes(GIVEN_UP_S)
    story.hears("unplugged")
    assert story.judged().of(RESULT) == ["bad failed"]


def test_start_that_the_server_gave_up_on_is_no_lie() -> None:
    """Nobody knows better yet; that it begins later is a matter of stopping it."""
    story = RemoteStory()
    story.starts()
    story.passes(45)
    story.start_result(4)
    assert story.judged().of(RESULT) == []


def failed_and_begun(after_s: float = 3) -> RemoteStory:
    """A second after the start its failure is told; then it begins."""
    story = RemoteStory()
    story.starts()
    story.passes(1)
    story.start_result(4)
    story.passes(after_s - 1)
    story.begins()
    return story


def goes_on(story: RemoteStory) -> list[str]:
    for _ in range(4):
        story.flows(40, 500)
    return story.judged().of(RESULT)


def test_failure_that_is_told_of_a_start_that_begins_is_bad() -> None:
    """A result is pushed once it has really begun or failed (5.9), for which there are 50 s."""
    assert goes_on(failed_and_begun()) == ["bad started"]
    assert goes_on(failed_and_begun(after_s=55)) == []


def test_failure_that_is_put_right_is_good() -> None:
    story = failed_and_begun()
    story.passes(5)
    story.start_result()
    assert goes_on(story) == ["good started"]


def test_start_that_was_given_up_is_stopped() -> None:
    """By the server, or by the platform, that does not want it any more."""
    by_server, by_platform, by_user = failed_and_begun(), failed_and_begun(), failed_and_begun()
    by_server.commands("stop", WANTED)
    by_platform.stops()
    by_user.passes(10)
    by_user.ends(10, "user")
    for story in (by_server, by_platform):
        assert goes_on(story) == []
    by_user.passes(GIVEN_UP_S)
    by_user.hears("unplugged")
    assert by_user.judged().of(RESULT) == []


def test_start_that_failed_and_begins_after_all_is_no_lie() -> None:
    """The charger said so itself."""
    story = RemoteStory()
    story.starts()
    story.fails()
    story.start_result(4)
    story.passes(10)
    story.begins()
    assert goes_on(story) == ["good failed"]


def test_start_that_the_server_could_not_hear_of_is_not_held_against_it() -> None:
    """The charger is cut off: it began, and nobody was told."""
    story = RemoteStory()
    story.starts()
    story.happened("network-lost")
    story.begins(told=False)
    story.passes(45)
    story.start_result(4)
    story.passes(GIVEN_UP_S)
    story.happened("network-back")
    assert story.judged().of(RESULT) == ["good started"]


def test_start_result_that_the_city_refused_was_told() -> None:
    story = RemoteStory()
    story.starts()
    story.begins()
    story.start_result(by="ret 500")
    story.passes(GIVEN_UP_S)
    story.start_result()
    assert story.judged().of(RESULT) == ["good started", "good started"]


def test_orders_of_which_the_start_was_not_seen_are_nobodys() -> None:
    """It was started before the journal began."""
    story = RemoteStory()
    story.start_result()
    assert story.judged().of(RESULT) == []


# BJ-1.1.8-c


@pytest.mark.parametrize(("after_s", "verdict"), [(0, "good"), (50, "good"), (51, "bad")])
def test_start_result_comes_within_50_seconds(after_s: int, verdict: str) -> None:
    story = RemoteStory()
    story.starts()
    story.begins()
    story.passes(after_s)
    story.start_result()
    assert story.judged().of(SOON) == [f"{verdict} in-time"]


def test_only_the_first_result_counts() -> None:
    """One that was refused comes again."""
    story = RemoteStory()
    story.starts()
    story.begins()
    story.start_result(by="silent")
    story.passes(60)
    story.start_result()
    assert story.judged().of(SOON) == ["good in-time"]
