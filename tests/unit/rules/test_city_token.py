"""query_token in both directions, judged (CEC-TOK-a to CEC-TOK-e)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rules.beijing.tokens import LONGEST_LIFE_S
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.journal.records import WireError
from tests.unit.city_journals import ASKED_STATUS, CHARGE_STATUS, NUMBER, ORDER, RIGHT
from tests.unit.journals import LEFT_OUT
from tests.unit.sealed_journals import DAY_S, STATUS, TOKEN_QUERY, SealedStory

START_RESULT, STOP_RESULT, CHECK = (
    Interface.NOTIFICATION_START_CHARGE_RESULT,
    Interface.NOTIFICATION_STOP_CHARGE_RESULT,
    Interface.CHECK_CHARGE_ORDERS,
)
SOMEBODY, GUESS = "MA0CITY02", "B" * 15 + "C"

# CEC-TOK-a


def test_right_credentials_get_a_token() -> None:
    """The plain case: success, a token, its life in seconds."""
    story = SealedStory()
    story.gives_token()
    judged = story.judged()
    assert judged.of("CEC-TOK-a") == ["good succeeds", "good token", "good available-time"]
    assert judged.blamed() == []


@pytest.mark.parametrize("life_s", [1, 60, 7200.0, LONGEST_LIFE_S])
def test_any_whole_life_up_to_seven_days_will_do(life_s: Any) -> None:
    """7200.0 is the same whole number to JSON (5.1)."""
    story = SealedStory()
    story.gives_token(life_s=life_s)
    assert story.judged().blamed() == []


@pytest.mark.parametrize("life_s", [0, -1, LONGEST_LIFE_S + 1, 1_425_268_800_000])
def test_a_life_out_of_bounds_is_blamed(life_s: int) -> None:
    """Nothing, more than 7 days, a moment in place of a duration."""
    story = SealedStory()
    story.gives_token(life_s=life_s)
    assert story.judged().blamed() == ["CEC-TOK-a available-time"]


@pytest.mark.parametrize("life_s", [7199.5, "7200", True, None, LEFT_OUT])
def test_a_life_that_is_no_whole_number_is_blamed_twice(life_s: Any) -> None:
    """Its own row, and that of the field tables."""
    story = SealedStory()
    story.gives_token(life_s=life_s)
    assert story.judged().blamed() == ["CEC-ENV-m query_token", "CEC-TOK-a available-time"]


def test_an_empty_token_is_none() -> None:
    """SuccStat 0 with nothing to call by."""
    story = SealedStory()
    story.gives_token("")
    assert story.judged().blamed() == ["CEC-TOK-a token"]


@pytest.mark.parametrize(("reason", "found"), [(0, "good succeeds"), (LEFT_OUT, "good succeeds"), (2, "bad succeeds")])
def test_success_has_no_fail_reason(reason: Any, found: str) -> None:
    """0 is none (5.1); one that is not there is missed by CEC-ENV-m alone."""
    story = SealedStory()
    story.gives_token(FailReason=reason)
    assert story.judged().of("CEC-TOK-a")[0] == found


def test_right_credentials_that_are_refused_are_blamed() -> None:
    """By SuccStat, by Ret, by HTTP, by silence."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), story.no_token(2))
    story.answers(TOKEN_QUERY, story.credentials(), None, ret=4002)
    story.answers(TOKEN_QUERY, story.credentials(), None, error=WireError.TIMEOUT)
    judged = story.judged()
    assert judged.of("CEC-TOK-a") == ["bad succeeds"] * 3
    assert judged.blamed() == ["CEC-TOK-a succeeds"]


def test_a_server_that_cannot_be_reached_is_not_judged() -> None:
    """Nobody was asked."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), None, error=WireError.UNREACHABLE)
    assert story.judged().of("CEC-TOK-a") == []


def test_an_answer_that_cannot_be_read_is_left_to_the_envelope() -> None:
    """What is in Data nobody knows."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Data="bm9uZQ==")
    judged = story.judged()
    assert judged.of("CEC-TOK-a") == []
    assert judged.of("CEC-ENV-b") == ["bad answer"]


# CEC-TOK-b


def test_wrong_credentials_get_no_token() -> None:
    """Each kind of stranger by its own reason."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorID=SOMEBODY), story.no_token(1))
    story.answers(TOKEN_QUERY, story.credentials(OperatorSecret=GUESS), story.no_token(2))
    judged = story.judged()
    assert judged.of("CEC-TOK-b") == ["good unknown-operator", "good wrong-secret"]
    assert judged.blamed() == []


@pytest.mark.parametrize(
    "told",
    [
        {"SuccStat": 0, "AccessToken": "TOKEN-1", "TokenAvailableTime": 7200, "FailReason": 0},
        {"SuccStat": 1, "AccessToken": "TOKEN-1", "TokenAvailableTime": 7200, "FailReason": 1},
        {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 7200, "FailReason": 1},
        {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": 2},
        {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": 0},
        {"SuccStat": 0, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": 1},
    ],
)
def test_an_unknown_operator_that_is_not_refused_as_such_is_blamed(told: dict[str, Any]) -> None:
    """A token, whatever else is said; the life of none; another reason; success that gives nothing."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorID=SOMEBODY), {"OperatorID": SOMEBODY} | told)
    assert story.judged().of("CEC-TOK-b") == ["bad unknown-operator"]


@pytest.mark.parametrize("ret", [4002, 4004, 500])
def test_a_wrong_secret_is_refused_by_succ_stat(ret: int) -> None:
    """Ret is for calls that are wrong, and these are well-formed (5.1)."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorSecret=GUESS), None, ret=ret)
    assert story.judged().blamed() == ["CEC-TOK-b wrong-secret"]


def test_an_unknown_operator_may_be_answered_4004_in_that_reading() -> None:
    """BJ-X14; a wrong secret may not."""
    story = SealedStory(city_readings={"BJ-X14": "4004"})
    story.answers(TOKEN_QUERY, story.credentials(OperatorID=SOMEBODY), None, ret=4004)
    story.answers(TOKEN_QUERY, story.credentials(OperatorSecret=GUESS), None, ret=4004)
    assert story.judged().of("CEC-TOK-b") == ["good unknown-operator", "bad wrong-secret"]


def test_no_answer_is_no_refusal() -> None:
    """It gives no token away, and shows nothing."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorSecret=GUESS), None, error=WireError.CLOSED)
    assert story.judged().of("CEC-TOK-b") == []


def test_whoever_calls_under_another_name_is_not_judged_here() -> None:
    """The keys are not his, so Ret 4001 or 4004 is as good as FailReason 1."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorID=SOMEBODY), None, ret=4004, caller=SOMEBODY)
    assert story.judged().of("CEC-TOK-b") == []


# CEC-TOK-c


def charging(story: SealedStory) -> Any:
    """A charge that the server told the city of with a token of its own."""
    story.booted()
    start = story.start().answered()
    story.pushes_charge(start, story.fetches_token())
    return start


def asks(story: SealedStory, start: Any, token: str, ret: int = 0) -> None:
    told = story.state(start) if ret == 0 else None
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, told, ret=ret, token=token)


def test_a_token_is_accepted_while_it_holds() -> None:
    """Until the last second."""
    story = SealedStory()
    start = charging(story)
    story.gives_token(life_s=100)
    asks(story, start, "TOKEN-1")
    story.passes(98)
    asks(story, start, "TOKEN-1")
    judged = story.judged()
    assert judged.of("CEC-TOK-c") == ["good accepted", "good accepted"]


def test_a_token_that_is_refused_while_it_holds_is_blamed() -> None:
    """4002 for a good token."""
    story = SealedStory()
    start = charging(story)
    story.gives_token()
    asks(story, start, "TOKEN-1", 4002)
    assert story.judged().blamed() == ["CEC-TOK-c accepted"]


@pytest.mark.parametrize("ret", [4001, 4003, 4004, 500])
def test_another_refusal_shows_nothing_of_the_token(ret: int) -> None:
    """Which check comes first is the server's affair (1.7)."""
    story = SealedStory()
    start = charging(story)
    story.gives_token()
    asks(story, start, "TOKEN-1", ret)
    assert story.judged().of("CEC-TOK-c") == []


def test_an_expired_token_is_refused() -> None:
    """Once clocks cannot differ so much."""
    story = SealedStory()
    start = charging(story)
    story.gives_token(life_s=100)
    story.passes(161)
    asks(story, start, "TOKEN-1", 4002)
    assert story.judged().of("CEC-TOK-c") == ["good expired"]


@pytest.mark.parametrize("ret", [0, 4003, 4004, 500])
def test_an_expired_token_that_is_not_answered_4002_is_blamed(ret: int) -> None:
    """Nothing else is wrong with the question: the charge is known and runs."""
    story = SealedStory()
    start = charging(story)
    story.gives_token(life_s=100)
    story.passes(161)
    asks(story, start, "TOKEN-1", ret)
    assert story.judged().of("CEC-TOK-c") == ["bad expired"]


def test_an_unknown_order_may_be_complained_of_before_the_token() -> None:
    """4004 for what is 4004."""
    story = SealedStory()
    story.gives_token(life_s=100)
    story.passes(161)
    story.answers(ASKED_STATUS, {"StartChargeSeq": NUMBER}, None, ret=4004, token="TOKEN-1")
    assert story.judged().of("CEC-TOK-c") == []


@pytest.mark.parametrize("ret", [0, 4002])
def test_about_the_end_either_answer_is_right(ret: int) -> None:
    """Clocks differ."""
    story = SealedStory()
    start = charging(story)
    story.gives_token(life_s=100)
    story.passes(130)
    asks(story, start, "TOKEN-1", ret)
    assert story.judged().of("CEC-TOK-c") == []


@pytest.mark.parametrize("ret", [0, 4002])
def test_of_a_token_that_was_replaced_nothing_is_demanded(ret: int) -> None:
    """A new token may replace the old one at once (5.1)."""
    story = SealedStory()
    start = charging(story)
    story.gives_token("TOKEN-1")
    story.gives_token("TOKEN-2")
    asks(story, start, "TOKEN-1", ret)
    assert story.judged().of("CEC-TOK-c") == []


def test_the_same_token_given_again_holds_on() -> None:
    """With what is left of its time."""
    story = SealedStory()
    start = charging(story)
    story.gives_token("TOKEN-1", 100)
    story.passes(50)
    story.gives_token("TOKEN-1", 50)
    story.passes(40)
    asks(story, start, "TOKEN-1")
    assert story.judged().of("CEC-TOK-c") == ["good accepted"]


# CEC-TOK-d


def test_the_first_push_has_a_token_that_was_fetched() -> None:
    """query_token, then the push."""
    story = SealedStory()
    story.pushes_status(story.fetches_token())
    judged = story.judged()
    assert judged.of("CEC-TOK-d") == ["good first"]
    assert judged.blamed() == []


@pytest.mark.parametrize("token", [None, "", "null", "None"])
def test_a_first_push_without_a_token_is_blamed(token: str | None) -> None:
    """No header, or one with what stands for nothing."""
    story = SealedStory()
    story.pushes_status(token)
    assert story.judged().of("CEC-TOK-d") == ["bad first"]


def test_a_server_that_was_running_before_may_hold_a_token() -> None:
    """The city knows it no more; then the server fetches one like any other."""
    story = SealedStory()
    story.pushes_status("FROM-YESTERDAY")
    story.pushes_status(story.fetches_token())
    judged = story.judged()
    assert judged.of("CEC-TOK-d") == ["good renewed", "good first", "good repeated"]
    assert judged.blamed() == []


def test_a_push_refused_for_its_token_is_repeated_with_a_new_one() -> None:
    """Once, at once."""
    story = SealedStory()
    old = story.fetches_token()
    story.pushes_status(old)
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    story.pushes_status(story.fetches_token(), 3)
    story.passes(1000)
    judged = story.judged()
    assert judged.of("CEC-TOK-d") == ["good first", "good renewed", "good repeated"]
    assert judged.blamed() == []


@pytest.mark.parametrize("interface", [START_RESULT, STOP_RESULT, CHECK])
def test_results_and_checks_refused_for_their_token_are_repeated_too(interface: Interface) -> None:
    """Whatever it is that was refused (1.5)."""
    for repeats, found in ((True, "good repeated"), (False, "bad repeated")):
        story = SealedStory()
        content = {"StartChargeSeq": NUMBER, "CheckOrderSeq": NUMBER}
        story.refuses(interface)
        story.calls(interface, content, story.fetches_token())
        token = story.fetches_token()
        story.passes(1)
        if repeats:
            story.calls(interface, content, token)
        story.passes(100)
        assert story.judged().of("CEC-TOK-d")[-1] == found


def test_the_next_attempt_of_a_failed_push_is_soon_enough() -> None:
    """About a minute later (1.6)."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    story.passes(60)
    story.pushes_status(story.fetches_token(), 3)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", "good repeated"]


def test_a_server_that_fetches_no_new_token_is_blamed() -> None:
    """It repeats with the old one, which the city takes: it was refused by plan only."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    story.pushes_status(old, 3)
    story.passes(91)
    judged = story.judged()
    assert judged.of("CEC-TOK-d") == ["good first", "bad renewed"]
    assert judged.blamed() == ["CEC-TOK-d renewed"]


@pytest.mark.parametrize("repeats", [False, True])
def test_a_push_that_is_not_repeated_with_the_new_token_is_blamed(repeats: bool) -> None:
    """Another connector's push, or the same one with the old token, is no repetition."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    new = story.fetches_token()
    story.pushes_status(new, 3, RIGHT.id)
    if repeats:
        story.pushes_status(old, 3)
    story.passes(91)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", "bad repeated"]


def test_nothing_is_overdue_when_the_run_ends_first() -> None:
    """What is missing may have been on its way."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    story.passes(80)
    assert story.judged().of("CEC-TOK-d") == ["good first"]


def test_a_newer_state_makes_an_older_one_needless() -> None:
    """Only the newest state counts; the token is renewed all the same."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 2)
    story.pushes_status(story.fetches_token(), 3)
    story.passes(91)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed"]


def test_an_older_state_that_is_needless_does_not_excuse_the_token() -> None:
    """The newer one went out with the token that was refused."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 2)
    story.pushes_status(old, 3)
    story.passes(91)
    assert story.judged().of("CEC-TOK-d") == ["good first", "bad renewed"]


def test_pushes_on_their_way_with_the_same_token_share_the_new_one() -> None:
    """The second learns of 4002 when the first has fetched already."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old, 3)
    new = story.fetches_token()
    story.pushes_status(old, 3, RIGHT.id)  # on its way all the time
    story.pushes_status(new, 3)
    story.pushes_status(new, 3, RIGHT.id)
    story.passes(100)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", "good repeated", "good repeated"]


def test_a_city_that_gives_no_token_keeps_the_server_from_going_on() -> None:
    """query_token refused by plan."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.refuses(TOKEN_QUERY, how=Refusal.BUSY)
    story.pushes_status(old, 3)
    story.fetches_token()
    story.passes(100)
    assert story.judged().of("CEC-TOK-d") == ["good first"]


def test_the_second_refusal_of_one_push_demands_nothing() -> None:
    """It is repeated once; what follows is the affair of failed pushes."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS, 2)
    story.pushes_status(old, 3)
    story.pushes_status(story.fetches_token(), 3)
    story.passes(100)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", "good repeated"]


def test_the_state_of_a_charge_may_be_measured_anew_for_the_repetition() -> None:
    """At once; a minute later it would be the next one, and the refused one is lost."""
    for later_s, found in ((1, ["good repeated"]), (50, ["bad repeated"])):
        story = SealedStory()
        story.booted()
        start = story.start().answered()
        old = story.fetches_token()
        story.refuses(CHARGE_STATUS)
        story.pushes_charge(start, old)
        new = story.fetches_token()
        story.passes(later_s)
        story.pushes_charge(start, new, TotalPower=0.6)
        story.passes(100)
        story.pushes_charge(start, new, TotalPower=0.7)
        assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", *found]


def test_the_state_of_a_charge_that_has_ended_is_needless() -> None:
    """No state with Stat 1 to 3 after the end."""
    story = SealedStory()
    story.booted()
    start = story.start().answered()
    old = story.fetches_token()
    story.refuses(CHARGE_STATUS)
    story.pushes_charge(start, old)
    story.fetches_token()
    story.stop(start).answered()
    story.passes(100)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed"]


@pytest.mark.parametrize(("later_s", "found"), [(150, "good repeated"), (156, "bad repeated")])
def test_an_order_is_repeated_by_its_ladder_at_the_latest(later_s: int, found: str) -> None:
    """150 s (seed 1.1.14)."""
    story = SealedStory()
    story.booted()
    start = story.start().answered()
    story.stop(start).answered()
    ended_ms = story.now_ms
    old = story.fetches_token()
    story.refuses(ORDER)
    story.pushes_order(start, old, ended_ms=ended_ms)
    new = story.fetches_token()
    story.passes(later_s)
    story.pushes_order(start, new, ended_ms=ended_ms)
    assert story.judged().of("CEC-TOK-d") == ["good first", "good renewed", found]


# CEC-TOK-e


def test_one_token_does_for_many_pushes() -> None:
    """From the second push on it is seen to be reused."""
    story = SealedStory()
    token = story.fetches_token()
    for status in (1, 2, 3):
        story.pushes_status(token, status)
    assert story.judged().of("CEC-TOK-e") == ["good reused", "good reused"]


def test_a_token_for_each_push_is_an_advisory() -> None:
    """One push, and the next token."""
    story = SealedStory()
    for status in (1, 2, 3):
        story.pushes_status(story.fetches_token(), status)
    judged = story.judged()
    assert judged.of("CEC-TOK-e") == ["bad reused", "bad reused"]


def test_a_refused_token_is_rightly_replaced() -> None:
    """4002 is a reason to fetch another."""
    story = SealedStory()
    old = story.fetches_token()
    story.refuses(STATUS)
    story.pushes_status(old)
    story.pushes_status(story.fetches_token())
    assert story.judged().of("CEC-TOK-e") == []


def test_a_token_near_its_end_is_rightly_replaced() -> None:
    """And so is one that was used a lot: a daily fetch is recommended (5.1)."""
    story = SealedStory()
    first = story.fetches_token()
    story.pushes_status(first)
    story.passes(DAY_S - 60)
    second = story.fetches_token()
    story.pushes_status(second)
    story.pushes_status(second, 2)
    story.fetches_token()
    assert story.judged().of("CEC-TOK-e") == ["good reused"]


# Discrimination


def test_a_server_that_knows_the_platform_is_seen_to_discriminate() -> None:
    """In four rounds the right one got a token each time, and of eleven strangers of each kind nobody."""
    story = SealedStory()
    for number in range(4):
        for stranger in range(11):
            told = {"OperatorID": f"MA0CITX{stranger:02}"}
            story.answers(TOKEN_QUERY, story.credentials(**told), story.no_token(1))
            told = {"OperatorSecret": f"{'B' * 14}{stranger:02}"}
            story.answers(TOKEN_QUERY, story.credentials(**told), story.no_token(2))
        story.gives_token(f"TOKEN-{number}")
    world = next(iter(story.judged().judge.worlds.values()))
    assert TOKEN_QUERY in world.benches[0].discriminated()


@pytest.mark.parametrize("accepts", [True, False])
def test_a_server_that_says_the_same_to_all_is_not(accepts: bool) -> None:
    """Accept-all and refuse-all."""
    story = SealedStory()
    told = story.token_answer() if accepts else story.no_token(2)
    for _ in range(4):
        for stranger in range(22):
            story.answers(TOKEN_QUERY, story.credentials(OperatorSecret=f"{'B' * 14}{stranger:02}"), told)
        story.answers(TOKEN_QUERY, story.credentials(), told)
    world = next(iter(story.judged().judge.worlds.values()))
    assert world.benches[0].discriminated() == set()


def test_interfaces_without_a_token_of_ours_are_not_judged() -> None:
    """A query with a token that nobody gave out."""
    story = SealedStory()
    story.answers(Interface.QUERY_STATION_STATUS, {"StationIDs": []}, None, ret=4002, token="NOBODY-GAVE-IT")
    assert story.judged().of("CEC-TOK-c") == []
