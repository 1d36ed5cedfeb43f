"""query_equip_auth and query_equip_business_policy, judged (BJ-1.1.5-a, BJ-1.1.5-b, BJ-1.1.6-a to BJ-1.1.6-c)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from simulators.beijing.messages import Interface
from simulators.world.site import Tariff, TariffPeriod
from tests.unit.asked_journals import AskedStory
from tests.unit.journals import HOME, OTHER_HOME, SITE
from tests.unit.remote_journals import CHARGER, RemoteStory

AUTH, POLICY = Interface.QUERY_EQUIP_AUTH, Interface.QUERY_EQUIP_BUSINESS_POLICY
STATES = {"Occupied": ("plugged", (0, 0)), "Available": ("not-plugged", (1, 1)), "Faulted": ("faulty", (1, 2))}
NOBODY = "99999999999999999999999999"


def standing(status: str) -> AskedStory:
    """The connector is so for some time."""
    story = AskedStory()
    story.booted()
    story.status(status).answered()
    story.passes(8)
    return story


@pytest.mark.parametrize("status", STATES)
def test_answers_that_fit_the_connector_are_right(status: str) -> None:
    """Plugged in, free, broken."""
    story, (case, answer) = standing(status), STATES[status]
    story.asked(AUTH, story.auth_question(), story.auth_answer(*answer))
    judged = story.judged()
    assert judged.of("BJ-1.1.5-b") == ["good echo", f"good {case}"]
    assert judged.of("BJ-1.1.5-a") == ["good in-time"]


@pytest.mark.parametrize("status", STATES)
def test_other_answers_are_blamed(status: str) -> None:
    """Any other pair of SuccStat and FailReason, or a Ret."""
    for answer in ((0, 0), (1, 1), (1, 2), (1, 3), (0, 1)):
        case, right = STATES[status]
        if answer != right:
            story = standing(status)
            story.asked(AUTH, story.auth_question(), story.auth_answer(*answer))
            assert f"BJ-1.1.5-b {case}" in story.judged().blamed()
    story = standing(status)
    story.asked(AUTH, story.auth_question(), None, ret=500)
    assert story.judged().of("BJ-1.1.5-b") == [f"bad {STATES[status][0]}"]


@pytest.mark.parametrize("field", ["EquipAuthSeq", "ConnectorID"])
def test_another_serial_or_connector_is_blamed(field: str) -> None:
    """What was asked comes back."""
    story = standing("Occupied")
    story.asked(AUTH, story.auth_question(), story.auth_answer() | {field: "MA0CITY0120250302120000000"})
    assert "BJ-1.1.5-b echo" in story.judged().blamed()


def test_in_the_middle_of_a_change_nothing_is_demanded() -> None:
    """Either may be said for a while; what it is when it is reserved, no document says."""
    for status in ("Occupied", "Reserved"):
        story = standing("Available")
        story.status(status).answered()
        story.passes(1)
        story.asked(AUTH, story.auth_question(), story.auth_answer(1, 3))
        assert story.judged().of("BJ-1.1.5-b") == ["good echo"]


@pytest.mark.parametrize(("answer", "found"), [((0, 0), ["bad faulty"]), ((1, 1), []), ((1, 2), []), ((1, 99), [])])
def test_what_is_offline_is_not_authenticated(answer: tuple[int, int], found: list[str]) -> None:
    """For whatever reason: nobody can have checked it (5.6)."""
    story = RemoteStory()
    story.happened("network-lost")
    story.hears("offline")
    story.passes(8)
    question = story.auth_question(CHARGER)
    story.asked(AUTH, question, {**question, "SuccStat": answer[0], "FailReason": answer[1]})
    assert story.judged().of("BJ-1.1.5-b") == ["good echo", *found]


def test_what_may_be_offline_may_be_authenticated() -> None:
    """The server has just been told, or not even that."""
    for told in (True, False):
        story = RemoteStory()
        story.happened("network-lost")
        if told:
            story.hears("offline")
        story.passes(2)
        question = story.auth_question(CHARGER)
        story.asked(AUTH, question, {**question, "SuccStat": 0, "FailReason": 0})
        assert story.judged().blamed() == []


def test_connectors_of_others_are_not_judged() -> None:
    """Nothing is known of them."""
    story = standing("Available")
    question = {**story.auth_question(), "ConnectorID": NOBODY}
    story.asked(AUTH, question, {**question, "SuccStat": 1, "FailReason": 2})
    assert story.judged().of("BJ-1.1.5-b") == []


@pytest.mark.parametrize(
    ("reading", "ret", "succ_stat", "reason", "verdict"),
    [
        ("succ-stat", 0, 1, 2, "good"),
        ("succ-stat", 0, 1, 1, "good"),
        ("succ-stat", 0, 1, 99, "good"),
        ("succ-stat", 0, 1, 0, "bad"),
        ("succ-stat", 0, 0, 0, "bad"),
        ("succ-stat", 4004, 1, 2, "bad"),
        ("succ-stat", 500, 1, 2, "bad"),
        ("4004", 4004, 1, 2, "good"),
        ("4004", 0, 1, 2, "bad"),
        ("4004", 0, 0, 0, "bad"),
        ("policy-4004", 0, 1, 2, "good"),
        ("policy-4004", 4004, 1, 2, "bad"),
    ],
)
def test_a_connector_that_does_not_exist_is_not_authenticated(
    reading: str, ret: int, succ_stat: int, reason: int, verdict: str
) -> None:
    """By SuccStat 1 with any reason; in the other reading by 4004 (BJ-X14)."""
    story = AskedStory(city_readings={"BJ-X14": reading})
    question = {**story.auth_question(), "ConnectorID": NOBODY}
    told = {**question, "SuccStat": succ_stat, "FailReason": reason}
    story.asked(AUTH, question, told if ret == 0 else None, ret=ret, keys={"made_up": NOBODY})
    assert story.judged().of("BJ-1.1.5-b") == [f"{verdict} unknown-connector", *(["good echo"] if ret == 0 else [])]


# BJ-1.1.6


def test_the_tariff_of_the_site_is_right() -> None:
    """Counted, in six digits, from midnight, at the prices that are billed."""
    story = AskedStory()
    story.asked(POLICY, story.policy_question(), story.policy_answer())
    judged = story.judged()
    assert judged.of("BJ-1.1.6-b") == ["good answered", "good sum-period", "good start-time"]
    assert judged.of("BJ-1.1.6-c") == ["good midnight", "good ascending", "good prices"]
    assert judged.of("BJ-1.1.6-a") == ["good in-time"]


def test_the_same_prices_split_otherwise_are_right() -> None:
    """A period may be told in parts."""
    story = AskedStory()
    periods = (("000000", 0.3, 0.4), ("040000", 0.3, 0.4), ("080000", 0.6, 0.4))
    story.asked(POLICY, story.policy_question(), story.policy_answer(*periods))
    assert story.judged().blamed() == []


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"SumPeriod": 1}, ["BJ-1.1.6-b sum-period"]),
        ({"SuccStat": 1, "FailReason": 1}, ["BJ-1.1.6-b answered"]),
        ({"ConnectorID": NOBODY}, ["BJ-1.1.6-b answered"]),
    ],
)
def test_wrong_answers_for_a_known_connector_are_blamed(changes: dict[str, Any], blamed: list[str]) -> None:
    """The count, a refusal, another connector."""
    story = AskedStory()
    story.asked(POLICY, story.policy_question(), story.policy_answer(**changes))
    assert story.judged().blamed() == blamed


@pytest.mark.parametrize(
    ("tariffs", "found"),
    [
        ([], []),
        ([Tariff(stations=[OTHER_HOME])], []),
        ([Tariff(stations=[HOME])], ["bad answered"]),
        ([Tariff()], ["bad answered"]),
    ],
)
def test_no_policy_is_an_answer_where_the_target_names_no_tariff(tariffs: list[Tariff], found: list[str]) -> None:
    """SuccStat 1, FailReason 1 (5.7), at a station for which nobody told a price."""
    story = AskedStory(site=replace(SITE, tariffs=tariffs))
    told = {**story.policy_question(), "SuccStat": 1, "FailReason": 1, "SumPeriod": 0, "PolicyInfos": []}
    story.asked(POLICY, story.policy_question(), told)
    assert story.judged().of("BJ-1.1.6-b") == found


def test_other_failures_are_blamed_though_the_target_names_no_tariff() -> None:
    """A Ret, another reason."""
    for ret, reason in ((500, 1), (0, 2)):
        story = AskedStory(site=replace(SITE, tariffs=[]))
        told = {**story.policy_question(), "SuccStat": 1, "FailReason": reason, "SumPeriod": 0, "PolicyInfos": []}
        story.asked(POLICY, story.policy_question(), told if ret == 0 else None, ret=ret)
        assert story.judged().of("BJ-1.1.6-b") == ["bad answered"]


@pytest.mark.parametrize(
    ("tariffs", "found"),
    [
        (SITE.tariffs, ["bad prices"]),
        ([], []),
        ([Tariff(stations=[OTHER_HOME], periods=SITE.tariffs[0].periods)], []),
        ([Tariff(periods=[TariffPeriod(start="00:00", electricity_price_e4=0, service_price_e4=0)])], []),
    ],
)
def test_success_without_periods_is_no_answer_where_the_target_names_a_tariff(
    tariffs: list[Tariff], found: list[str]
) -> None:
    """SumPeriod may be 0 (5.7), but not where a kWh costs something."""
    story = AskedStory(site=replace(SITE, tariffs=tariffs))
    told = {**story.policy_question(), "SuccStat": 0, "FailReason": 0, "SumPeriod": 0, "PolicyInfos": []}
    story.asked(POLICY, story.policy_question(), told)
    assert story.judged().of("BJ-1.1.6-c") == found


@pytest.mark.parametrize(
    ("periods", "case"),
    [
        ([("0000", 0.3, 0.4), ("0800", 0.6, 0.4)], "BJ-1.1.6-b start-time"),
        ([("000000", 0.3, 0.4), ("086000", 0.6, 0.4)], "BJ-1.1.6-b start-time"),
        ([("080000", 0.6, 0.4)], "BJ-1.1.6-c midnight"),
        ([("000000", 0.3, 0.4), ("200000", 0.3, 0.4), ("080000", 0.6, 0.4)], "BJ-1.1.6-c ascending"),
        ([("000000", 0.3, 0.4), ("080000", 0.4, 0.6)], "BJ-1.1.6-c prices"),
        ([("000000", 30.0, 40.0), ("080000", 60.0, 40.0)], "BJ-1.1.6-c prices"),
    ],
)
def test_wrong_periods_are_blamed(periods: list[tuple[str, float, float]], case: str) -> None:
    """Times in four digits or of no clock, no midnight, no order, other prices."""
    story = AskedStory()
    story.asked(POLICY, story.policy_question(), story.policy_answer(*periods))
    assert case in story.judged().blamed()


@pytest.mark.parametrize(
    ("reading", "ret", "succ_stat", "reason", "verdict"),
    [
        ("succ-stat", 0, 1, 1, "good"),
        ("succ-stat", 0, 1, 2, "bad"),
        ("succ-stat", 0, 0, 0, "bad"),
        ("succ-stat", 4004, 1, 1, "bad"),
        ("4004", 4004, 1, 1, "good"),
        ("4004", 0, 1, 1, "bad"),
        ("policy-4004", 4004, 1, 1, "good"),
        ("policy-4004", 0, 1, 1, "bad"),
    ],
)
def test_an_unknown_connector_is_refused(reading: str, ret: int, succ_stat: int, reason: int, verdict: str) -> None:
    """By SuccStat 1 and FailReason 1; in the other reading by 4004 (BJ-X14)."""
    story = AskedStory(city_readings={"BJ-X14": reading})
    question = story.policy_question(NOBODY)
    told = {**question, "SuccStat": succ_stat, "FailReason": reason, "SumPeriod": 0, "PolicyInfos": []}
    story.asked(POLICY, question, told if ret == 0 else None, ret=ret, keys={"made_up": NOBODY})
    assert story.judged().of("BJ-1.1.6-b") == [f"{verdict} unknown-connector"]


@pytest.mark.parametrize("field", ["EquipBizSeq", "ConnectorID"])
def test_a_refusal_brings_back_what_was_asked(field: str) -> None:
    """5.7: also a connector that does not exist."""
    story = AskedStory()
    question = story.policy_question(NOBODY)
    told = {**question, "SuccStat": 1, "FailReason": 1, "SumPeriod": 0, "PolicyInfos": []} | {field: ""}
    story.asked(POLICY, question, told, keys={"made_up": NOBODY})
    assert story.judged().of("BJ-1.1.6-b") == ["bad unknown-connector"]
