"""BJ-1.1.8-b, BJ-1.1.9, BJ-1.1.10 and BJ-2.2.1-c: what is told of a charge while it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.journals import LEFT_OUT, NOON_MS
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
    ended,
)

KEPT_UP, TRUE, UNKNOWN, ADVISED, OWN_NUMBER = "BJ-1.1.8-b", "BJ-1.1.9-b", "BJ-1.1.9-c", "BJ-1.1.10-a", "BJ-2.2.1-c"
METHOD = "BJ-2.2.1-a"
BY_OTHER = 3
HALF_A_DAY_MS = 12 * 3600 * 1000
REFUSED = {
    "StartChargeSeq": ANOTHER,
    "StartChargeSeqStat": 4,
    "ConnectorID": CHARGER.id,
    "SuccStat": 1,
    "FailReason": 4,
}
STOPPED = {"StartChargeSeq": WANTED, "StartChargeSeqStat": 3, "SuccStat": 0, "FailReason": 0}
EIGHT_HOURS_MS = 8 * 3600 * 1000


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


# BJ-1.1.9-b


def asked(**changes: Any) -> set[str]:
    """The cases that a status is blamed for, asked a minute after 500 Wh had flowed."""
    story = charging()
    story.flows(10, 100)
    story.flows(10, 300)
    story.flows(10, 500)
    story.is_asked(500, **changes)
    return {found.removeprefix("bad ") for found in story.judged().of(TRUE) if found.startswith("bad ")}


def test_truth_passes() -> None:
    """Energy, money and times as the charger told them; parts where there are any."""
    detail = {"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0.2}
    assert asked() == set()
    assert asked(SumPeriod=1, ChargeDetails=[detail]) == set()


def test_optional_fields_may_be_left_out() -> None:
    """Money and details are optional (5.10), and yet each case is judged."""
    story = charging()
    story.flows(30, 500)
    story.is_asked(500, ElecMoney=LEFT_OUT, SeviceMoney=LEFT_OUT, TotalMoney=LEFT_OUT)
    story.flows(30, 1000)
    story.is_asked(1000, ElecMoney=LEFT_OUT, SeviceMoney=LEFT_OUT, TotalMoney=LEFT_OUT)
    found = story.judged().of(TRUE)
    assert {each.removeprefix("good ") for each in found} == {"energy", "money", "times", "rising", "sums"}


UNKNOWN_FEES = {"ElecMoney": 0, "SeviceMoney": 0}


@pytest.mark.parametrize(
    "changes",
    [
        UNKNOWN_FEES | {"SumPeriod": 0, "ChargeDetails": []},
        UNKNOWN_FEES | {"SumPeriod": LEFT_OUT, "ChargeDetails": LEFT_OUT},
        UNKNOWN_FEES
        | {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0.2}]},
        {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0, "DetailSeviceMoney": 0.0}]},
        {"ElecMoney": None, "SeviceMoney": None, "SumPeriod": None, "ChargeDetails": None},
    ],
)
def test_fees_that_are_all_at_their_default_are_not_told(changes: dict[str, Any]) -> None:
    """A fee is "0 if unknown" (5.10), and a default is as good as a field left out (4.2); the total is judged."""
    story = charging()
    story.flows(30, 500)
    story.is_asked(500, **changes)
    found = story.judged().of(TRUE)
    assert "good sums" in found
    assert [each for each in found if each.startswith("bad")] == []
    assert asked(TotalMoney=50.0, **changes) >= {"money"}


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"ElecMoney": 0}, {"sums"}),
        (UNKNOWN_FEES | {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.4}]}, {"sums"}),
        (
            {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0}]},
            {"sums"},
        ),
        ({"TotalPower": 500.0}, {"energy", "money"}),
        ({"TotalPower": 1.2}, {"energy", "money"}),
        ({"TotalMoney": 50.0, "ElecMoney": 30.0, "SeviceMoney": 20.0}, {"money"}),
        ({"TotalMoney": 0.3, "SeviceMoney": 0}, {"money"}),
        ({"TotalMoney": 0.49}, {"sums"}),
        ({"StartTime": "2015-03-02 04:00:00"}, {"times"}),
        ({"SumPeriod": 2, "ChargeDetails": []}, {"sums"}),
        ({"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.4}]}, {"sums"}),
    ],
)
def test_what_is_not_so_is_bad(changes: dict[str, Any], blamed: set[str]) -> None:
    assert asked(**changes) == blamed


def test_latest_sample_may_be_ten_seconds_old() -> None:
    """What flowed since nobody has told the server."""
    story = charging()
    story.flows(10, 100)
    story.flows(10, 300)
    story.passes(9)
    story.is_asked(300)
    assert all(found.startswith("good") for found in story.judged().of(TRUE))


def test_a_sample_of_minutes_ago_is_too_old() -> None:
    """It is due about every minute (1.1.8), and the clocks may be off by another."""
    story = charging()
    for energy_wh in range(100, 2000, 100):
        story.flows(10, energy_wh)
    story.is_asked(0, EndTime=story.local(story.began_ms))
    assert "bad times" in story.judged().of(TRUE)


def test_what_falls_is_bad() -> None:
    story = charging()
    story.flows(60, 1000)
    story.is_asked(1000)
    story.flows(60, 2000)
    story.is_asked(900)
    assert "bad rising" in story.judged().of(TRUE)


def over_midnight(yuan: float, **more: Any) -> list[str]:
    """1 kWh flows until midnight, for 1.00 yuan, and next to nothing in as long after it, at 0.70 a kWh; then asked."""
    story = RemoteStory(plugged=False)
    story.now_ms = NOON_MS + HALF_A_DAY_MS - 660_000
    story.plugs()
    story.starts()
    story.passes(3)
    story.begins()
    story.start_result()
    halves: dict[str, Any] = {"ElecMoney": LEFT_OUT, "SeviceMoney": LEFT_OUT}
    for energy_wh in range(10, 1010, 20):
        story.flows(10, min(1000, energy_wh))
    story.flows(100, 1000)
    story.is_asked(1000, **halves, TotalMoney=1.0)
    for _ in range(60):
        story.flows(10, 1010)
    story.is_asked(1010, **halves, TotalMoney=yuan, **more)
    return [found for found in story.judged().of(TRUE) if found in ("bad rising", "bad money")]


@pytest.mark.parametrize(
    ("yuan", "found"), [(1.01, []), (0.86, []), (0.5, ["bad rising", "bad money"]), (1.2, ["bad money"])]
)
def test_a_total_falls_only_as_far_as_another_split_takes_it(yuan: float, found: list[str]) -> None:
    """All was dear by the samples, half of it by an even flow; less than both is neither (BJ-X22)."""
    assert over_midnight(yuan) == found


def test_a_total_does_not_fall_where_the_price_stays() -> None:
    """By a fen, though more has flowed: there is nothing to split."""
    story = charging()
    halves: dict[str, Any] = {"ElecMoney": LEFT_OUT, "SeviceMoney": LEFT_OUT}
    for energy_wh, yuan in ((1000, 1.0), (1001, 0.99)):
        story.flows(60, energy_wh)
        story.is_asked(energy_wh, **halves, TotalMoney=yuan)
    assert [found for found in story.judged().of(TRUE) if found.startswith("bad")] == ["bad rising"]


def test_what_was_pushed_before_may_come_again() -> None:
    """A status that was refused is sent again as it was (1.6)."""
    story = charging()
    story.flows(10, 100)
    first = story.told(100)
    story.pushes_state(100)
    story.flows(50, 800)
    story.pushes_state(800)
    story.pushes(STATUS, first)
    assert story.judged().of(TRUE).count("bad pushed") == 0


def test_what_is_pushed_is_held_to_the_same() -> None:
    story = charging()
    story.flows(30, 500)
    story.pushes_state(500, TotalPower=500.0)
    assert "bad pushed" in story.judged().of(TRUE)


def test_energy_of_a_charge_that_is_over_is_that_of_its_end() -> None:
    story = ended(1000)
    story.passes(200)
    story.is_asked(900, EndTime=story.local(story.ended_ms + 60_000), StartChargeSeqStat=4)
    assert "bad energy" in story.judged().of(TRUE)


def test_charger_that_is_cut_off_leaves_its_energy_open() -> None:
    story = charging()
    story.flows(10, 100)
    story.happened("network-lost")
    story.passes(60)
    story.is_asked(100)
    assert {found for found in story.judged().of(TRUE) if "energy" in found} == set()


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
