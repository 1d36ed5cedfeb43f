"""BJ-1.1.8-b, BJ-1.1.9, BJ-1.1.10 and BJ-2.2.1-c: when a charge is told of while it goes on, and as which."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.remote_journals import (
    ANOTHER,
    ASKED_STATUS,
    CHARGER,
    OWN,
    START,
    STATUS,
    STOP,
    WANTED,
    RemoteStory,
    charging,
)

KEPT_UP, UNKNOWN, ADVISED, OWN_NUMBER = "BJ-1.1.8-b", "BJ-1.1.9-c", "BJ-1.1.10-a", "BJ-2.2.1-c"
METHOD = "BJ-2.2.1-a"
BY_OTHER = 3
REFUSED = {
    "StartChargeSeq": ANOTHER,
    "StartChargeSeqStat": 4,
    "ConnectorID": CHARGER.id,
    "SuccStat": 1,
    "FailReason": 4,
}
STOPPED = {"StartChargeSeq": WANTED, "StartChargeSeqStat": 3, "SuccStat": 0, "FailReason": 0}


def told(story: RemoteStory, *gaps_s: float) -> None:
    """A status after each gap; the charger tells its samples meanwhile."""
    for gap_s in gaps_s:
        while gap_s > 0:
            story.flows(min(gap_s, 10), 0)
            gap_s -= 10
        story.pushes_state()


# BJ-1.1.8-b, BJ-1.1.10-a


def test_charge_that_is_told_of_every_50_seconds_passes() -> None:
    story = charging()
    told(story, 0, 50, 50)
    judged = story.judged()
    assert judged.of(KEPT_UP) == ["good platform/begun", "good platform/kept-up", "good platform/kept-up"]
    assert judged.of(ADVISED) == ["good begun", "good kept-up", "good kept-up"]


def test_every_minute_is_lawful_and_not_advised() -> None:
    """BJ-X1: 60 s at most is demanded, 50 s advised."""
    story = charging()
    told(story, 60, 60)
    judged = story.judged()
    assert judged.of(KEPT_UP) == ["good platform/begun", "good platform/kept-up"]
    assert judged.of(ADVISED) == ["bad begun", "bad kept-up"]


@pytest.mark.parametrize(("gaps_s", "found"), [((70,), "bad platform/begun"), ((0, 70), "bad platform/kept-up")])
def test_longer_gaps_are_bad(gaps_s: tuple[float, ...], found: str) -> None:
    story = charging()
    told(story, *gaps_s)
    assert story.judged().of(KEPT_UP)[-1] == found


def test_charge_of_somebody_else_is_kept_up_too() -> None:
    story = RemoteStory()
    story.begins("")
    story.pushes_state(order=OWN, ChargeModel=BY_OTHER)
    story.flows(70, 0, "")
    story.ends(order="", reason="user")
    assert story.judged().of(KEPT_UP) == ["good other/begun", "bad other/kept-up"]


def test_status_may_come_before_the_charger_has_its_answer() -> None:
    """The server tells the city at once, while the charger still waits."""
    story = RemoteStory()
    story.starts()
    story.begins(told=False)
    story.pushes_state()
    story.hears("started")
    story.flows(50, 0)
    story.pushes_state()
    assert story.judged().of(KEPT_UP) == ["good platform/begun", "good platform/kept-up"]


def test_of_a_charger_that_is_cut_off_no_status_is_owed() -> None:
    story = charging()
    story.pushes_state()
    story.happened("network-lost")
    story.passes(200)
    story.happened("network-back")
    story.hears("online")
    story.pushes_state()
    assert story.judged().of(KEPT_UP) == ["good platform/begun"]


@pytest.mark.parametrize(("gap_s", "found"), [(60, "good platform/kept-up"), (70, "bad platform/kept-up")])
def test_after_a_restart_of_the_server_a_charge_is_kept_up_anew(gap_s: float, found: str) -> None:
    """The gap into which it falls has no other end; a charge that is forgotten over it is told of no more."""
    story = charging()
    told(story, 0)
    story.flows(30, 0)
    story.happened("server-restarted")
    told(story, gap_s)
    assert story.judged().of(KEPT_UP) == ["good platform/begun", found]


def test_charge_that_goes_on_to_the_end_of_the_run_is_judged_too() -> None:
    story = charging()
    story.flows(90, 0)
    assert story.judged().of(KEPT_UP) == ["bad platform/begun"]


@pytest.mark.parametrize(
    ("gap_s", "found"),
    [(50, ["good card/begun", "good card/kept-up"]), (70, ["bad card/begun", "bad card/kept-up"])],
)
def test_charge_by_card_is_kept_up_too(gap_s: float, found: list[str]) -> None:
    story = RemoteStory()
    story.booted()
    start = story.start().answered()
    for _ in range(2):
        for _ in range(int(gap_s) // 10):
            story.passes(10)
            story.beat().answered()
        story.charge_status(start)
    assert story.judged().of(KEPT_UP) == found


@pytest.mark.parametrize(
    ("gap_s", "found"),
    [(50, ["good other/begun", "good other/kept-up"]), (70, ["bad other/begun", "bad other/kept-up"])],
)
def test_charge_of_others_is_kept_up_from_its_start(gap_s: float, found: list[str]) -> None:
    story = RemoteStory()
    story.begins("")
    for _ in range(2):
        story.flows(gap_s, 0, "")
        story.pushes_state(order=OWN, ChargeModel=BY_OTHER)
    assert story.judged().of(KEPT_UP) == found


@pytest.mark.parametrize(
    ("next_s", "found"), [(50, ["good platform/kept-up"]), (110, []), (130, ["bad platform/kept-up"])]
)
def test_a_status_that_was_refused_is_not_the_last(next_s: int, found: list[str]) -> None:
    """It may be sent again a minute later (cec102 1.6), and the next one follows."""
    story = charging()
    story.pushes(STATUS, story.told(), ret=-1, by="busy")
    story.flows(next_s, 0)
    story.pushes_state()
    assert story.judged().of(KEPT_UP)[1:] == found


def test_a_status_that_was_refused_does_not_end_the_duty() -> None:
    """Nor does a charge that goes on to the end of the run."""
    story = charging()
    story.pushes(STATUS, story.told(), ret=-1, by="busy")
    story.flows(130, 0)
    assert story.judged().of(KEPT_UP)[1:] == ["bad platform/kept-up"]


# BJ-2.2.1-a


@pytest.mark.parametrize(("model", "verdict"), [(1, "good"), (2, "bad"), (3, "bad"), (0, "bad")])
def test_charge_of_the_platform_is_model_1(model: int, verdict: str) -> None:
    story = charging()
    story.pushes_state(ChargeModel=model)
    story.is_asked(ChargeModel=model)
    assert story.judged().of(METHOD) == [f"{verdict} pushed/platform", f"{verdict} queried/platform"]


@pytest.mark.parametrize(("model", "verdict"), [(3, "good"), (2, "bad"), (1, "bad"), (0, "bad")])
def test_charge_of_somebody_at_the_charger_is_model_3(model: int, verdict: str) -> None:
    story = RemoteStory()
    story.begins("")
    story.pushes_state(order=OWN, ChargeModel=model)
    story.is_asked(order=OWN, ChargeModel=model)
    assert story.judged().of(METHOD) == [f"{verdict} pushed/other", f"{verdict} queried/other"]


# BJ-1.1.7-a, BJ-1.1.9-a, BJ-1.1.11-a


@pytest.mark.parametrize(("lasted_ms", "verdict"), [(1000, "good"), (1000.001, "bad")])
def test_answers_come_within_a_second(lasted_ms: float, verdict: str) -> None:
    """At most 1 s: a second is in time."""
    story = charging()
    for interface, question, told in (
        (START, {"StartChargeSeq": ANOTHER, "ConnectorID": CHARGER.id}, REFUSED),
        (ASKED_STATUS, {"StartChargeSeq": WANTED}, story.told()),
        (STOP, {"StartChargeSeq": WANTED, "ConnectorID": CHARGER.id}, STOPPED),
    ):
        story.asked(interface, question, told, lasted_ms=lasted_ms)
    judged = story.judged()
    rows = ("BJ-1.1.7-a", "BJ-1.1.9-a", "BJ-1.1.11-a")
    assert [judged.of(row)[-1] for row in rows] == [f"{verdict} in-time"] * 3


@pytest.mark.parametrize(("field", "found"), [("ChargeDetails", ["good in-time"]), ("TotalPower", [])])
def test_an_answer_with_null_for_what_is_optional_is_one(field: str, found: list[str]) -> None:
    """Readers take it for a field left out (4.2); where a mandatory one is null, being quick shows nothing."""
    story = charging()
    changes: dict[str, Any] = {field: None}
    story.is_asked(**changes)
    assert story.judged().of("BJ-1.1.9-a") == found


# BJ-1.1.9-c


@pytest.mark.parametrize(("ret", "verdict"), [(4004, "good"), (0, "bad"), (500, "bad")])
def test_unknown_order_is_answered_4004(ret: int, verdict: str) -> None:
    story = RemoteStory()
    content = story.told(order=ANOTHER, StartChargeSeqStat=5) if ret == 0 else None
    story.asked(ASKED_STATUS, {"StartChargeSeq": ANOTHER}, content, ret=ret, keys={"made_up": ANOTHER})
    assert story.judged().of(UNKNOWN) == [f"{verdict} unknown"]


# BJ-2.2.1-c


def own(order: str = OWN) -> RemoteStory:
    """Somebody has started at the charger itself, and the platform was told."""
    story = RemoteStory()
    story.begins("")
    story.pushes_state(order=order, ChargeModel=BY_OTHER)
    return story


def test_own_number_in_its_form_passes() -> None:
    assert own().judged().of(OWN_NUMBER) == ["good form", "good same", "good unique"]


@pytest.mark.parametrize("order", ["4711".zfill(27), f"{OWN}1", OWN[:-1]])
def test_number_of_another_form_is_bad(order: str) -> None:
    assert own(order).judged().of(OWN_NUMBER)[0] == "bad form"


def test_two_numbers_for_one_charge_are_bad() -> None:
    story = own()
    story.flows(50, 100, "")
    story.pushes_state(order=f"{OWN[:-1]}2", ChargeModel=BY_OTHER)
    assert story.judged().of(OWN_NUMBER).count("bad same") == 1


def test_one_number_for_two_charges_is_bad() -> None:
    story = own()
    story.flows(50, 100, "")
    story.ends(order="", reason="user")
    story.passes(300)
    story.begins("")
    story.pushes_state(order=OWN, ChargeModel=BY_OTHER)
    assert story.judged().of(OWN_NUMBER).count("bad unique") == 1


def test_the_platforms_numbers_are_its_own() -> None:
    story = charging()
    story.pushes_state()
    assert story.judged().of(OWN_NUMBER) == []
