"""BJ-1.1.9-b: what is told of a charge is so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulators.beijing.messages import Interface
from tests.unit.city_journals import without_left_out
from tests.unit.journals import LEFT_OUT, NOON_MS
from tests.unit.remote_journals import (
    ANOTHER,
    ASKED_STATUS,
    CHARGE_ORDER,
    CHARGER,
    NEIGHBOUR,
    OWN,
    STATUS,
    WANTED,
    RemoteStory,
    charging,
    ended,
)

TRUE = "BJ-1.1.9-b"
HALF_A_DAY_MS = 12 * 3600 * 1000


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
    story.is_asked(1000, ElecMoney=LEFT_OUT, SeviceMoney=LEFT_OUT, TotalMoney=LEFT_OUT, CurrentA=0, VoltageA=0)
    found = {each.removeprefix("good ") for each in story.judged().of(TRUE)}
    assert found == {"identifiers", "energy", "money", "times", "rising", "sums", "state", "instruments"}


UNKNOWN_FEES = {"ElecMoney": 0, "SeviceMoney": 0}


@pytest.mark.parametrize(
    "changes",
    [
        UNKNOWN_FEES | {"SumPeriod": 0, "ChargeDetails": []},
        UNKNOWN_FEES | {"SumPeriod": LEFT_OUT, "ChargeDetails": LEFT_OUT},
        UNKNOWN_FEES
        | {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0.2}]},
        {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0, "DetailSeviceMoney": 0.0}]},
        {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0}]},
        {"ElecMoney": 0},
        {"SeviceMoney": 0.0},
        {"ElecMoney": None, "SeviceMoney": None, "SumPeriod": None, "ChargeDetails": None},
    ],
)
def test_a_fee_at_its_default_is_not_told(changes: dict[str, Any]) -> None:
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
        ({"ElecMoney": 0.1}, {"sums", "money"}),
        ({"ElecMoney": 0, "SeviceMoney": 0.6}, {"sums", "money"}),
        ({"ElecMoney": 0.2, "SeviceMoney": 0.3}, {"money"}),
        ({"ElecMoney": 0, "SeviceMoney": 0.3}, {"money"}),
        (UNKNOWN_FEES | {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.4}]}, {"sums"}),
        (
            {"SumPeriod": 1, "ChargeDetails": [{"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 9}]},
            {"sums"},
        ),
        ({"TotalMoney": 0}, {"sums", "money"}),
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


@pytest.mark.parametrize(("soc", "found"), [(40, []), (41, []), (0, []), (39, ["rising"]), (0.4, ["rising"])])
def test_a_battery_does_not_run_down_while_it_charges(soc: float, found: list[str]) -> None:
    """0 is the default, and says nothing (5.10)."""
    story = charging()
    for told in (40, soc):
        story.flows(60, 500)
        story.is_asked(500, Soc=told)
    assert blamed(story) == found


@pytest.mark.parametrize(("off_s", "found"), [(0, []), (1, []), (-2, []), (3, ["rising"]), (-30, ["rising"])])
def test_start_is_the_same_but_for_how_it_is_rounded(off_s: int, found: list[str]) -> None:
    """A server that was restarted may round what it had cut."""
    story = charging()
    story.flows(60, 500)
    story.is_asked(500)
    story.flows(60, 1000)
    story.is_asked(1000, StartTime=story.local(story.began_ms + off_s * 1000))
    assert blamed(story) == found


@pytest.mark.parametrize(("back_s", "found"), [(0, []), (60, []), (190, ["rising", "times"])])
def test_an_end_may_lie_before_what_was_told_while_the_line_was_cut(back_s: int, found: list[str]) -> None:
    """What was told then was the moment itself; once the end is known it is told, and nothing earlier."""
    story = charging()
    story.flows(300, 500)
    story.happened("network-lost")
    story.ends(500, told=False)
    ended_ms = story.ended_ms
    story.passes(30)
    story.is_asked(500)
    story.happened("network-back")
    story.hears("stopped", WANTED, energy_wh=500)
    story.passes(30)
    told_end = story.local(ended_ms - back_s * 1000)
    story.is_asked(500, StartChargeSeqStat=4, ConnectorStatus=2, EndTime=told_end)
    assert blamed(story) == found


@pytest.mark.parametrize(("told_s", "found"), [(1, []), (100, ["times", "state"])])
def test_of_an_end_that_nobody_could_tell_a_status_knows_nothing(told_s: int, found: list[str]) -> None:
    """As long as the line is cut, and no longer: the last sample is what there is to tell."""
    story = charging()
    story.flows(10, 100)
    story.flows(10, 200)
    sampled = story.local(story.now_ms)
    story.happened("network-lost")
    story.hears("offline")
    story.passes(100)
    story.ends(1000, "user", told=False)
    story.passes(100)
    story.pushes_state(200, EndTime=sampled)
    story.is_asked(200, EndTime=sampled)
    story.happened("network-back")
    story.hears("online")
    story.hears("stopped", WANTED, energy_wh=1000)
    story.passes(told_s)
    story.is_asked(200, EndTime=sampled)
    assert blamed(story) == found


def test_an_end_that_is_told_early_may_lie_before_what_was_told() -> None:
    """The server tells it while the box that has told of it still waits for its answer."""
    story = charging()
    story.flows(60, 500)
    story.is_asked(500)
    earlier = story.local(story.now_ms - 5000)
    story.passes(1)
    story.is_asked(500, StartChargeSeqStat=4, EndTime=earlier)
    story.ends(500)
    story.passes(20)
    assert "rising" not in blamed(story)
    goes_on = charging()
    goes_on.flows(60, 500)
    goes_on.is_asked(500)
    goes_on.is_asked(500, EndTime=earlier)
    assert blamed(goes_on) == ["rising"]


@pytest.mark.parametrize(("by", "found"), [("ret 500", []), ("", ["pushed"])])
def test_age_of_a_status_is_that_of_its_first_try(by: str, found: list[str]) -> None:
    """What was refused is sent again as it was (1.6); what was taken, and comes again, tells of a moment long ago."""
    story = charging()
    story.flows(60, 500)
    first = story.told(500)
    story.pushes(STATUS, first, by=by, ret=500 if by else 0)
    for energy_wh in (600, 700, 800):
        story.flows(100, energy_wh)
    story.pushes(STATUS, first)
    assert blamed(story) == found


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


# money that is not known

NO_MONEY: dict[str, Any] = UNKNOWN_FEES | {"TotalMoney": 0}


def blamed(story: RemoteStory) -> list[str]:
    return [found.removeprefix("bad ") for found in story.judged().of(TRUE) if found.startswith("bad ")]


def test_a_total_may_be_unknown_as_long_as_it_charges() -> None:
    """It is optional, and 0 its default (4.2); once there is a bill, it is told."""
    story = charging()
    for energy_wh in (500, 1000):
        story.flows(60, energy_wh)
        story.is_asked(energy_wh, **NO_MONEY)
        story.pushes_state(energy_wh, **NO_MONEY)
    story.ends(1000)
    story.passes(100)
    story.is_asked(1000, StartChargeSeqStat=4, ConnectorStatus=2, EndTime=story.local(story.ended_ms))
    judged = story.judged().of(TRUE)
    assert judged.count("good money") == 3
    assert [found for found in judged if found.startswith("bad")] == []


def test_a_total_that_is_known_later_was_wrong_before() -> None:
    """Whoever can tell it while it charges could have told it before."""
    story = charging()
    story.flows(60, 500)
    story.is_asked(500, **NO_MONEY)
    story.flows(60, 1000)
    story.is_asked(1000)
    assert blamed(story) == ["money"]


def test_a_total_that_was_known_before_is_not_unknown() -> None:
    story = charging()
    story.flows(60, 500)
    story.is_asked(500)
    story.flows(60, 1000)
    story.is_asked(1000, **NO_MONEY)
    assert blamed(story) == ["rising", "money"]


# details


def detailed(**detail: Any) -> list[str]:
    """What is blamed in a status half an hour after the start, with one detail that is right but for these."""
    story = charging()
    story.passes(1790)
    story.flows(10, 500)
    right: dict[str, Any] = {"DetailStartTime": story.local(story.began_ms), "DetailEndTime": story.local(story.now_ms)}
    right |= {"DetailPower": 0.5, "DetailElecMoney": 0.3, "DetailSeviceMoney": 0.2, "ElecPrice": 0.6}
    story.is_asked(500, SumPeriod=1, ChargeDetails=[without_left_out(right | {"SevicePrice": 0.4} | detail)])
    return blamed(story)


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"DetailStartTime": "2015-03-02 08:00:00", "DetailEndTime": "2015-03-03 00:00:00"},
        {"DetailStartTime": "2015-03-02 08:00:00", "DetailEndTime": "2015-03-02 23:59:59"},
        {"DetailStartTime": "2015-03-02 11:59:30", "DetailEndTime": "2015-03-02 12:31:00"},
        {"ElecPrice": 0, "SevicePrice": 0},
        {"ElecPrice": LEFT_OUT, "SevicePrice": None},
        {"ElecPrice": 1.0, "SevicePrice": 0},
        {"ElecPrice": "0.6000"},
    ],
)
def test_details_name_their_part_of_the_charge_or_their_period(detail: dict[str, Any]) -> None:
    """By their own times or by those of the tariff period; prices are optional, and one may be for both (5.10)."""
    assert detailed(**detail) == []


@pytest.mark.parametrize(
    ("detail", "case"),
    [
        ({"DetailStartTime": "2015-03-02 04:15:03"}, "times"),
        ({"DetailStartTime": "2015-03-02 04:15:03", "DetailEndTime": "2015-03-02 04:45:03"}, "times"),
        ({"DetailEndTime": "1970-01-01 08:00:00"}, "times"),
        ({"DetailEndTime": "2015-03-02 20:45:03"}, "times"),
        ({"DetailStartTime": "2015-03-02 12:20:00", "DetailEndTime": "2015-03-02 12:10:00"}, "times"),
        ({"ElecPrice": 0.4, "SevicePrice": 0.6}, "money"),
        ({"ElecPrice": 6.0}, "money"),
        ({"SevicePrice": 40}, "money"),
        ({"ElecPrice": 0.3}, "money"),
        ({"ElecPrice": 1.0}, "money"),
    ],
)
def test_details_of_another_time_or_price_are_bad(detail: dict[str, Any], case: str) -> None:
    """Start and end of the period, and its prices (5.10); 0.30 yuan is that of the night."""
    assert set(detailed(**detail)) == {case}


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_times_that_nobody_set_are_wrong_and_no_more(moment: str) -> None:
    """Details and prices are not looked for through the ages."""
    assert set(detailed(DetailStartTime=moment, DetailEndTime=moment)) == {"times"}
    detail = {"DetailStartTime": moment, "DetailEndTime": moment, "DetailPower": 0.5, "ElecPrice": 9}
    for field in ("StartTime", "EndTime"):
        assert asked(SumPeriod=1, ChargeDetails=[detail], **{field: moment}) == {"times"}


def split(powers: tuple[float, float], fees: tuple[float, float]) -> list[str]:
    """What is blamed of two details at one price, which sum to 0.5 kWh and 0.30 yuan."""
    story = charging()
    story.passes(1790)
    story.flows(10, 500)
    prices = {"ElecPrice": 0.6, "SevicePrice": 0.4}
    details = [
        {"DetailPower": power, "DetailElecMoney": fee, "DetailSeviceMoney": round(power * 0.4, 2)} | prices
        for power, fee in zip(powers, fees, strict=True)
    ]
    story.is_asked(500, SumPeriod=2, ChargeDetails=details)
    return blamed(story)


@pytest.mark.parametrize(
    ("powers", "fees", "found"),
    [
        ((0.1, 0.4), (0.06, 0.24), []),
        ((0.1, 0.4), (0.07, 0.23), []),
        ((0.11, 0.39), (0.06, 0.24), []),
        ((0.1, 0.4), (0.24, 0.06), ["money", "money"]),
        ((0.5, 0.0), (0.06, 0.24), ["money"]),
    ],
)
def test_the_fee_of_a_detail_is_that_of_its_energy(
    powers: tuple[float, float], fees: tuple[float, float], found: list[str]
) -> None:
    """At its own price (5.10), but for roundings; how the energy is split is free (BJ-X22)."""
    assert split(powers, fees) == found


WHOLE_HOUR = {"DetailStartTime": "2015-03-02 12:00:00", "DetailEndTime": "2015-03-02 13:00:00"}


def after_the_policy(starts: Sequence[str], **detail: Any) -> list[str]:
    """What is blamed in a status twenty minutes after noon, of a server that was asked for its policy."""
    story = RemoteStory()
    infos = [{"StartTime": start, "ElecPrice": 0.6, "SevicePrice": 0.4} for start in starts]
    answer = {"EquipBizSeq": WANTED, "ConnectorID": CHARGER.id, "SuccStat": 0, "FailReason": 0}
    question = {"EquipBizSeq": WANTED, "ConnectorID": CHARGER.id}
    story.asked(
        Interface.QUERY_EQUIP_BUSINESS_POLICY, question, answer | {"SumPeriod": len(infos), "PolicyInfos": infos}
    )
    story.starts()
    story.passes(1200)
    story.begins()
    story.flows(60, 500)
    story.is_asked(500, SumPeriod=1, ChargeDetails=[{"DetailPower": 0.5} | detail])
    return blamed(story)


def test_details_may_name_the_periods_of_the_servers_own_policy() -> None:
    """24 periods at one price are as lawful as one (BJ-1.1.6-c), and a detail is that of its period (5.10)."""
    by_the_hour = [f"{hour:02}0000" for hour in range(24)]
    assert after_the_policy(by_the_hour, **WHOLE_HOUR) == []
    assert set(after_the_policy(["000000", "080000"], **WHOLE_HOUR)) == {"times"}
    assert set(after_the_policy([*by_the_hour[:12], "noon"], **WHOLE_HOUR)) == {"times"}


def test_who_was_not_asked_for_a_policy_may_have_one_of_half_hours() -> None:
    assert detailed(**WHOLE_HOUR) == []
    assert detailed(DetailStartTime="2015-03-02 11:30:00", DetailEndTime="2015-03-02 13:30:00") == []


def test_a_detail_of_a_period_in_which_nothing_flowed_says_nothing() -> None:
    """A server may list every period of the day, most of them with 0."""
    night = {"DetailStartTime": "2015-03-02 00:15:00", "DetailEndTime": "2015-03-02 07:15:00", "ElecPrice": 0.3}
    nothing = {"DetailPower": 0, "DetailElecMoney": 0.0, "DetailSeviceMoney": LEFT_OUT}
    story = charging()
    story.flows(1800, 500)
    story.is_asked(500, SumPeriod=2, ChargeDetails=[without_left_out(night | nothing), {"DetailPower": 0.5}])
    assert blamed(story) == []
    assert detailed(**night | nothing | {"DetailElecMoney": 0.3}) != []


# which charge it is, and whether it is known

NAMES = "identifiers"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"ConnectorID": NEIGHBOUR.id}, [NAMES]),
        ({"ConnectorID": CHARGER.equipment}, [NAMES]),
        ({"StartChargeSeq": ANOTHER}, [NAMES]),
        ({"ConnectorID": LEFT_OUT}, []),
    ],
)
def test_an_answer_is_about_the_charge_that_was_asked_for(changes: dict[str, Any], found: list[str]) -> None:
    """At its own connector (5.10)."""
    story = charging()
    story.flows(30, 500)
    story.is_asked(500, **changes)
    assert blamed(story) == found


def test_a_push_names_its_connector() -> None:
    story = charging()
    story.flows(30, 500)
    story.pushes_state(500, ConnectorID=NEIGHBOUR.id)
    assert blamed(story) == ["pushed"]


def test_a_charge_under_the_connector_of_its_neighbour_is_none_of_the_neighbours() -> None:
    """It is the one that was started so and then, and its connector is what is wrong."""
    story = charging()
    story.pushes_state()
    story.plugs(NEIGHBOUR)
    story.begins("", NEIGHBOUR)
    story.flows(10, 0, "")
    story.pushes_state(order=OWN, ChargeModel=3)
    judged = story.judged()
    assert [found for found in judged.of("BJ-2.2.1-a") if found.startswith("bad")] == []
    assert judged.of(TRUE).count("bad pushed") == 1


def refused(story: RemoteStory, ret: int = 4004, order: str = WANTED, **how: Any) -> list[str]:
    """What is blamed when a question for an order is answered with no."""
    story.asked(ASKED_STATUS, {"StartChargeSeq": order}, None, ret=ret, **how)
    return blamed(story)


@pytest.mark.parametrize("ret", [4004, -1, 500])
def test_a_charge_that_goes_on_is_known(ret: int) -> None:
    """To whom it was given the number, and to whom it gave one itself (5.10)."""
    story = charging()
    story.flows(30, 100)
    assert refused(story, ret) == ["state"]
    own = RemoteStory()
    own.begins("")
    own.pushes_state(order=OWN, ChargeModel=3)
    own.flows(30, 100, "")
    assert refused(own, ret, OWN) == ["state"]


def test_an_order_that_is_still_to_be_delivered_is_known() -> None:
    """Once it was taken no document says for how long."""
    story = ended()
    story.charge_order()
    assert refused(story) == []
    story = ended()
    story.pushes(CHARGE_ORDER, {"StartChargeSeq": WANTED}, ret=-1, by="busy")
    assert refused(story) == ["state"]


def test_who_may_not_know_yet_or_was_asked_wrongly_may_say_no() -> None:
    """Right after a restart, while the line is cut, and where the question was broken."""
    restarted, cut_off, wrong = charging(), charging(), charging()
    for story in (restarted, cut_off, wrong):
        story.flows(30, 100)
    restarted.happened("server-restarted")
    cut_off.happened("network-lost")
    assert refused(restarted) == refused(cut_off) == []
    assert refused(wrong, 4002, token="none") == refused(wrong, keys={"broken": "stale"}) == []
