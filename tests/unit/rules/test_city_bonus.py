"""BJ-2.2.2-a: the bonus order is whole, and tells the truth of its charge."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from simulators.beijing.messages import Interface
from simulators.evchong.messages import Measurand, UnitOfMeasure
from simulators.world.site import Tariff, TariffPeriod
from tests.unit.city_journals import LEFT, NUMBER, OTHER_NUMBER, RIGHT, SOCKETS, CityStory
from tests.unit.journals import HOME, LEFT_OUT, NOON_MS, OTHER_CARD, SITE, Asked, Judged

ROW = "BJ-2.2.2-a"
CASES = {"fields", "start-method/card", "energy", "money", "meter-values", "times", "identifiers"}
EIGHT_O_CLOCK_MS = NOON_MS - 4 * 3600 * 1000  # where the price changes from 0.70 to 1.00 yuan a kWh
EIGHT_HOURS_MS = 8 * 3600 * 1000
MINUTES_S = 300


def charged(
    energy_wh: int = 1000, *, seconds: float = MINUTES_S, began_ms: int = NOON_MS, **journal: Any
) -> tuple[CityStory, Asked]:
    """A charge by card that was told of once, and has just ended."""
    story = CityStory(**journal)
    story.now_ms = began_ms
    story.booted()
    start = story.start().answered()
    story.charge_status(start)
    story.passes(seconds)
    story.stop(start, energy_wh=energy_wh).answered()
    return story, start


def of(judged: Judged) -> dict[str, bool]:
    """Each case that was judged, and whether all was well with it."""
    found = [finding.split(" ", 1) for finding in judged.of(ROW)]
    return {case: all(good == "good" for good, each in found if each == case) for _, case in found}


def blamed(**changes: Any) -> set[str]:
    """The cases that an order with these changes breaks."""
    story, start = charged()
    story.bonus_order(start, **changes)
    return {case for case, ok in of(story.judged()).items() if not ok}


def test_the_truth_passes() -> None:
    """Each case is judged, and none is broken."""
    story, start = charged()
    story.bonus_order(start)
    assert of(story.judged()) == dict.fromkeys(CASES, True)


def test_without_an_order_there_is_no_evidence() -> None:
    """That one is owed is BJ-1.1.14-a."""
    story, _ = charged()
    assert story.judged().of(ROW) == []


def test_a_server_that_claims_no_bonus_is_not_judged() -> None:
    """Its equipment applies for nothing (2.2.2)."""
    story, start = charged(bonus=False)
    story.bonus_order(start, TotalPower=5)
    assert story.judged().of(ROW) == []


# fields

MANDATORY = (
    "StartChargeSeq", "ConnectorID", "StartTime", "EndTime", "ChargeModel", "TotalPower", "TotalMoney", "UserName",
    "StationID", "EquipmentID", "ConnectorPower", "ChargeLast", "MeterValueStart", "MeterValueEnd", "StopReason",
)  # fmt: skip


@pytest.mark.parametrize("field", MANDATORY)
@pytest.mark.parametrize("value", [LEFT_OUT, None, "", [], True])
def test_each_of_the_fifteen_must_be_there(field: str, value: object) -> None:
    """5.15: 15 fields are mandatory, and none of them is a list or a truth value."""
    assert "fields" in blamed(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("TotalPower", "1.00"),
        ("TotalMoney", "1.00"),
        ("MeterValueEnd", "124.45"),
        ("ChargeLast", 300.5),
        ("ChargeModel", 4),
        ("StopReason", 100),
        ("StopReason", -1),
        ("StartTime", "2015-03-02 4:0:0"),
        ("EndTime", NOON_MS),
        ("UserName", "x" * 21),
    ],
)
def test_each_is_of_its_kind(field: str, value: object) -> None:
    """Numbers are JSON numbers (4.2), times are written out, names are no longer than they may be."""
    assert "fields" in blamed(**{field: value})


@pytest.mark.parametrize("method", [0, 1, 3])
def test_who_charges_without_a_card_may_have_no_name(method: int) -> None:
    """5.15 names the customer: a start of the platform says none (5.8), nor does who starts at the charger."""
    assert "fields" not in blamed(ChargeModel=method, UserName="")
    assert "fields" in blamed(ChargeModel=method, UserName=None)


def test_whole_numbers_may_be_written_as_fractions() -> None:
    """JSON knows one kind of number: 300.0 is 300."""
    assert blamed(ChargeLast=300.0, ChargeModel=2.0, StopReason=0.0, ConnectorPower=7) == set()


def test_fees_and_details_are_optional_in_one_reading() -> None:
    """One source alone has them (BJ-X9)."""
    assert blamed(TotalElecMoney=LEFT_OUT, TotalSeviceMoney=LEFT_OUT) == set()


@pytest.mark.parametrize(
    "fees",
    [
        {"TotalElecMoney": 0, "TotalSeviceMoney": 0},
        {"TotalElecMoney": 0.6, "TotalSeviceMoney": 0},
        {"TotalElecMoney": 0.0, "TotalSeviceMoney": 0.4},
    ],
)
def test_fees_may_stand_at_their_default(fees: dict[str, Any]) -> None:
    """0 (5.15), which is as good as left out (4.2); the total is true all the same, and so is what is told beside."""
    assert blamed(**fees) == set()
    assert blamed(**fees, **details(1000)) == set()
    assert blamed(**fees, TotalMoney=0.6) == {"money"}


@pytest.mark.parametrize("fees", [{"TotalElecMoney": 0.4, "TotalSeviceMoney": 0}, {"TotalElecMoney": 0.0001}])
def test_a_fee_that_is_told_is_true(fees: dict[str, Any]) -> None:
    """Beside one that is not, too."""
    assert blamed(**fees) == {"money"}


def test_fees_of_0_are_wrong_where_they_are_mandatory() -> None:
    """Where the target says that they are there (BJ-X9)."""
    story, start = charged(city_readings={"BJ-X9": "mandatory"})
    story.bonus_order(start, **details(1000), TotalElecMoney=0, TotalSeviceMoney=0)
    assert of(story.judged())["money"] is False


@pytest.mark.parametrize("field", ["TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails"])
def test_fees_and_details_are_mandatory_in_the_other(field: str) -> None:
    """Where the target says so (BJ-X9)."""
    story, start = charged(city_readings={"BJ-X9": "mandatory"})
    story.bonus_order(start, **details(1000) | {field: LEFT_OUT})
    assert of(story.judged())["fields"] is False


@pytest.mark.parametrize(("reason", "broken"), [(0, set()), (7, set()), (1, {"fields"}), (3, {"fields"})])
def test_a_stop_by_card_is_the_users(reason: int, broken: set[str]) -> None:
    """A reason of the operator's own (5 to 99) may say so too; a fault it was not (4.3)."""
    assert blamed(StopReason=reason) == broken


@pytest.mark.parametrize("reason", [0, 2, 3, 4, 50])
def test_why_another_stop_happened_is_left_to_the_server(reason: int) -> None:
    """The box tells of no reason (EVCHONG 1.6)."""
    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.passes(MINUTES_S)
    story.stop(start, card=None).answered()
    story.bonus_order(start, StopReason=reason)
    assert False not in of(story.judged()).values()


def ended_without_card(reason: int, *, fault: bool = False, asked: bool = False) -> set[str]:
    """The cases that the order of a charge breaks which no card ended."""
    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.passes(MINUTES_S)
    if asked:
        question = {"StartChargeSeq": NUMBER, "ConnectorID": LEFT.id}
        story.asks(Interface.QUERY_STOP_CHARGE, question, {"SuccStat": 1, "FailReason": 4})
    if fault:
        story.status("Faulted", "GroundFailure").answered()
    story.stop(start, card=None).answered()
    story.bonus_order(start, StopReason=reason)
    return {case for case, good in of(story.judged()).items() if not good}


def test_what_the_platform_had_nothing_to_do_with_it_did_not_end() -> None:
    """Nobody asked, and the box told of the end at once (4.3)."""
    assert ended_without_card(1) == {"fields"}
    assert ended_without_card(1, asked=True) == set()


def test_what_broke_was_not_ended_by_the_user() -> None:
    """The box told of the fault, and then of the end (4.3)."""
    assert ended_without_card(0, fault=True) == {"fields"}
    assert [ended_without_card(reason, fault=True) for reason in (2, 3, 4, 7)] == [set()] * 4
    assert ended_without_card(0) == set()


# start method, identifiers


@pytest.mark.parametrize("model", [0, 1, 3])
def test_another_start_method_is_bad(model: int) -> None:
    """A card began it (2.2.2: orders of every start method)."""
    assert blamed(ChargeModel=model) == {"start-method/card"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("StationID", "110105001"),
        ("EquipmentID", "CB-0001"),
        ("ConnectorID", RIGHT.id),
        ("ConnectorPower", 7000),
        ("ConnectorPower", 60.0),
    ],
)
def test_identifiers_are_those_of_the_master_data(field: str, value: object) -> None:
    """Those of query_stations_info (5.15): not the box's serial, not watts."""
    assert blamed(**{field: value}) == {"identifiers"}


def test_a_power_that_nobody_told_is_not_judged() -> None:
    """The target file need not tell it; the usual 7 kW is only simulated."""
    story, start = charged()
    story.city = dataclasses.replace(story.city, sockets=tuple(replace(each, power_w=None) for each in SOCKETS))
    story.bonus_order(start, ConnectorPower=60.0)
    assert "bad identifiers" not in story.judged().of(ROW)


# times


@pytest.mark.parametrize("skew_s", [-60, -30, 30, 60])
def test_clocks_may_differ_within_the_tolerance(skew_s: int) -> None:
    """The server may write down its own time."""
    story, start = charged()
    began, ended = (story.local(moment + skew_s * 1000) for moment in (start.sent_ms, story.now_ms))
    story.bonus_order(start, StartTime=began, EndTime=ended)
    assert False not in of(story.judged()).values()


def test_times_of_another_zone_are_bad() -> None:
    """Local time, not UTC (4.2, BJ-X20)."""
    story, start = charged()
    began, ended = (story.local(moment - EIGHT_HOURS_MS) for moment in (start.sent_ms, story.now_ms))
    story.bonus_order(start, StartTime=began, EndTime=ended)
    assert of(story.judged())["times"] is False


def test_the_time_of_the_bill_is_not_the_end() -> None:
    """EndTime is when charging ended, however long the bill took."""
    story, start = charged()
    story.passes(140)
    story.bonus_order(start)
    assert {case for case, ok in of(story.judged()).items() if not ok} == {"times"}


def test_an_order_may_come_later_than_its_charge_ended() -> None:
    """Within 150 s, and later when it is repeated (1.1.14)."""
    story, start = charged()
    ended_ms = story.now_ms
    story.passes(140)
    story.bonus_order(start, ended_ms=ended_ms, by="ret 500")
    story.passes(150)
    story.bonus_order(start, ended_ms=ended_ms)
    judged = story.judged()
    assert of(judged) == dict.fromkeys(CASES, True)
    assert judged.of(ROW).count("good energy") == 2, "each time is judged"


@pytest.mark.parametrize(("seconds", "broken"), [(299, set()), (301, set()), (5, {"times"}), (300_000, {"times"})])
def test_charge_last_is_the_time_between_in_seconds(seconds: int, broken: set[str]) -> None:
    """Not minutes, not milliseconds; one second is the rounding of two times."""
    assert blamed(ChargeLast=seconds) == broken


# energy, meter values


@pytest.mark.parametrize(("told", "broken"), [(1.01, set()), (0.99, set()), (1.02, {"energy"}), (1000, {"energy"})])
def test_energy_is_true_within_a_hundredth(told: float, broken: set[str]) -> None:
    """kWh (4.2), as the box told."""
    assert blamed(TotalPower=told) - {"meter-values"} == broken


def test_nothing_shows_no_unit() -> None:
    """A charge of nothing is no evidence that energy and money are right."""
    story, start = charged(energy_wh=0)
    story.bonus_order(start, energy_wh=0)
    assert set(of(story.judged())) == CASES - {"energy", "money"}


def test_something_in_place_of_nothing_is_bad() -> None:
    """Nothing was charged, and nothing is to be paid."""
    story, start = charged(energy_wh=0)
    story.bonus_order(start, energy_wh=0, TotalPower=1.0, TotalMoney=1.0, TotalElecMoney=0.6, TotalSeviceMoney=0.4)
    assert {case for case, ok in of(story.judged()).items() if not ok} == {"energy", "money", "meter-values"}


@pytest.mark.parametrize(
    ("start_kwh", "end_kwh"), [(124.45, 123.45), (0, 0), (0, 1.0), (123_450, 124_450), (123.45, 123.45)]
)
def test_meter_values_are_the_registers_of_the_box(start_kwh: float, end_kwh: float) -> None:
    """Not swapped, not zero, not counted from zero, not in Wh, not the same twice."""
    assert blamed(MeterValueStart=start_kwh, MeterValueEnd=end_kwh) == {"meter-values"}


@pytest.mark.parametrize(
    ("start_kwh", "end_kwh", "found"),
    [(0, 0, None), (0, 1.0, True), (55.0, 56.0, True), (0, 2.0, False), (1.0, 1.0, False)],
)
def test_without_a_meter_the_server_may_count(start_kwh: float, end_kwh: float, found: bool | None) -> None:
    """A box without one tells 0 twice (EVCHONG 1.4, 1.6); telling that, too, is true, but shows nothing."""
    story = CityStory()
    story.booted()
    start = story.start(meter_wh=0).answered()
    story.passes(MINUTES_S)
    story.stop(start, meter_wh=0).answered()
    story.bonus_order(start, MeterValueStart=start_kwh, MeterValueEnd=end_kwh)
    assert of(story.judged()).get("meter-values") is found


def test_a_register_that_ran_backwards_is_no_truth() -> None:
    """The stop tells two energies, and no document which of them an order is over (EVC-X16)."""
    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.passes(MINUTES_S)
    story.stop(start, meter_wh=100_000).answered()
    story.bonus_order(start, MeterValueEnd=100.0)
    assert set(of(story.judged())) == {"fields", "start-method/card", "times", "identifiers"}


# money


def test_money_in_fen_is_bad() -> None:
    """Yuan (4.2)."""
    assert blamed(TotalMoney=100, TotalElecMoney=60, TotalSeviceMoney=40) == {"money"}


def test_the_service_fee_belongs_to_the_total() -> None:
    """TotalMoney is both, also where the halves are not told."""
    assert blamed(TotalMoney=0.60) == {"money"}
    assert blamed(TotalMoney=0.60, TotalElecMoney=LEFT_OUT, TotalSeviceMoney=LEFT_OUT) == {"money"}


def test_halves_in_each_others_place_are_bad() -> None:
    """0.60 is the price of electricity, 0.40 that of the service."""
    assert blamed(TotalElecMoney=0.40, TotalSeviceMoney=0.60) == {"money"}


@pytest.mark.parametrize(
    ("elec", "service", "total", "right"),
    [
        (0.61, 0.41, 1.02, True),  # 61.4 and 41.4 fen, each rounded
        (0.61, 0.42, 1.03, True),  # 102.8 fen in all
        (0.62, 0.42, 1.04, False),
        (0.61, 0.40, 1.01, False),
    ],
)
def test_both_roundings_are_lawful(elec: float, service: float, total: float, right: bool) -> None:
    """Half-up by detail and summed, or of the exact total."""
    odd = Tariff(periods=[TariffPeriod(start="00:00", electricity_price_e4=6140, service_price_e4=4140)])
    story, start = charged(site=replace(SITE, tariffs=[odd]))
    story.bonus_order(start, TotalElecMoney=elec, TotalSeviceMoney=service, TotalMoney=total)
    assert of(story.judged())["money"] is right


def across(*samples: tuple[int, str], energy_wh: int = 1000) -> tuple[CityStory, Asked]:
    """A charge of 100 s up to and 100 s past the change of the price, with registers that were told on the way."""
    story = CityStory()
    story.now_ms = EIGHT_O_CLOCK_MS - 100_000
    story.booted()
    start = story.start().answered()
    passed_s = 0
    for second, kwh in samples:
        story.passes(second - passed_s)
        passed_s = second
        story.sample(start, story.measured(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, kwh)).answered()
    story.passes(200 - passed_s)
    story.stop(start, energy_wh=energy_wh).answered()
    return story, start


@pytest.mark.parametrize(("fen", "right"), [(85, True), (79, True), (87, True), (70, False), (91, False)])
def test_across_a_price_whatever_samples_or_an_even_flow_give_is_lawful(fen: int, right: bool) -> None:
    """700 Wh were in before the change by the samples, 500 by an even flow; no document says which counts (BJ-X22)."""
    story, start = across((90, "124.13"), (110, "124.17"))
    story.bonus_order(start, TotalElecMoney=LEFT_OUT, TotalSeviceMoney=LEFT_OUT, TotalMoney=fen / 100)
    assert of(story.judged())["money"] is right


def test_a_tariff_of_the_station_goes_before_that_of_all() -> None:
    """The price is that of where the charger stands."""
    own = Tariff(
        stations=[HOME], periods=[TariffPeriod(start="00:00", electricity_price_e4=1, service_price_e4=19_999)]
    )
    story, start = charged(site=replace(SITE, tariffs=[*SITE.tariffs, own]))
    story.bonus_order(start, TotalElecMoney=0.0, TotalSeviceMoney=2.0, TotalMoney=2.0)
    assert of(story.judged())["money"] is True


# details


def details(*energies_wh: int) -> dict[str, Any]:
    """SumPeriod and ChargeDetails of these parts, at 0.60 and 0.40 yuan a kWh."""
    parts = [
        {
            "DetailPower": energy_wh / 1000,
            "DetailElecMoney": float(Decimal(energy_wh * 6) / 10_000),
            "DetailSeviceMoney": float(Decimal(energy_wh * 4) / 10_000),
        }
        for energy_wh in energies_wh
    ]
    return {"SumPeriod": len(parts), "ChargeDetails": parts}


def test_details_add_up() -> None:
    """However many there are."""
    assert blamed(**details(1000)) == set()
    assert blamed(**details(300, 700)) == set()
    assert blamed(SumPeriod=0, ChargeDetails=[]) == set()


def freed(*energies_wh: int) -> dict[str, Any]:
    """The same, with the fees of each part at their default."""
    told = details(*energies_wh)
    parts = [each | {"DetailElecMoney": 0, "DetailSeviceMoney": 0} for each in told["ChargeDetails"]]
    return told | {"ChargeDetails": parts}


def test_details_need_not_tell_their_fees() -> None:
    """They are 0 by default (5.10), which is as good as left out (4.2); the energy adds up all the same."""
    assert blamed(**freed(300, 700)) == set()
    assert blamed(**freed(500)) == {"energy"}
    assert blamed(**freed(1000), TotalMoney=50.0) == {"money"}


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        (details(500), {"energy", "money"}),
        (details(1000) | {"SumPeriod": 2}, {"fields"}),
        (details(1000, 1000), {"energy", "money"}),
    ],
)
def test_details_that_do_not_add_up_are_bad(changes: dict[str, Any], broken: set[str]) -> None:
    """They sum to the totals, and SumPeriod counts them (5.10)."""
    assert blamed(**changes) == broken


@pytest.mark.parametrize(
    ("detail", "broken"),
    [
        ({}, set()),
        ({"DetailStartTime": "2015-03-02 12:00:00", "DetailEndTime": "2015-03-02 12:05:00"}, set()),
        ({"DetailStartTime": "2015-03-02 08:00:00", "DetailEndTime": "2015-03-03 00:00:00"}, set()),
        ({"DetailStartTime": "2015-03-02 04:00:00", "DetailEndTime": "2015-03-02 04:05:00"}, {"times"}),
        ({"DetailStartTime": "2015-03-02 12:04:00", "DetailEndTime": "2015-03-02 12:01:00"}, {"times"}),
        ({"ElecPrice": 0.6, "SevicePrice": 0.4}, set()),
        ({"ElecPrice": 0, "SevicePrice": 0.0}, set()),
        ({"ElecPrice": 0.4, "SevicePrice": 0.6}, {"money"}),
        ({"ElecPrice": 60}, {"money"}),
    ],
)
def test_a_detail_is_of_the_charge_and_its_prices(detail: dict[str, Any], broken: set[str]) -> None:
    """When it was, and what a kWh cost then (5.10); or the whole period, in which the charge lies."""
    told = details(1000)
    assert blamed(**told | {"ChargeDetails": [told["ChargeDetails"][0] | detail]}) == broken


def test_a_detail_has_the_price_of_its_own_period() -> None:
    """Not that of the other one through which it charged (5.10)."""
    story, start = charged(seconds=3600, began_ms=EIGHT_O_CLOCK_MS - 1_800_000)
    before, after = (
        {"DetailStartTime": f"2015-03-02 {begins}", "DetailEndTime": f"2015-03-02 {ends}"}
        for begins, ends in (("07:30:00", "08:00:00"), ("08:00:00", "08:30:00"))
    )
    untold: dict[str, Any] = {"TotalElecMoney": LEFT_OUT, "TotalSeviceMoney": LEFT_OUT, "TotalMoney": 0.85}
    for prices, right in (((0.3, 0.6), True), ((0.6, 0.3), False)):
        both = [each | {"DetailPower": 0.5, "ElecPrice": at} for each, at in zip((before, after), prices, strict=True)]
        story.bonus_order(start, **untold, SumPeriod=2, ChargeDetails=both)
        assert of(story.judged(ended=False))["money"] is right


# which charge, and when


def test_an_order_may_overtake_the_answer_to_the_stop() -> None:
    """The server bills at once, while the box still waits."""
    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.passes(MINUTES_S)
    stop = story.stop(start)
    story.bonus_order(start, TotalPower=5.0)
    stop.answered()
    assert of(story.judged())["energy"] is False


def test_an_order_while_the_car_charges_is_bad() -> None:
    """It is an order of a charge that has ended."""
    story = CityStory()
    story.booted()
    story.status().answered()
    start = story.start().answered()
    story.bonus_order(start, energy_wh=0)
    for _ in range(20):
        story.passes(10)
        story.beat().answered()
    story.stop(start).answered()
    judged = story.judged()
    assert {case for case, ok in of(judged).items() if not ok} == {"times", "energy", "money", "meter-values"}


def test_an_order_of_a_silent_box_goes_by_what_the_server_knew() -> None:
    """It took the charge for over, as the box was gone; the stop comes when it is back, and so does the true order."""
    story = CityStory()
    story.booted()
    start = story.start().answered()
    story.passes(100)
    story.bonus_order(start, energy_wh=0)
    story.passes(100)
    story.stop(start).answered()
    story.bonus_order(start)
    assert of(story.judged()) == dict.fromkeys(CASES, True)


def test_an_order_of_a_charge_from_before_the_run_is_nobodys() -> None:
    """A server repeats it until it is taken, for days if need be (1.1.14)."""
    story, start = charged()
    story.bonus_order(
        start, OTHER_NUMBER, energy_wh=5000, StartTime="2015-03-01 09:10:11", EndTime="2015-03-01 10:00:00"
    )
    story.bonus_order(start)
    assert of(story.judged()) == dict.fromkeys(CASES, True)


def test_an_order_under_another_number_is_of_the_charge_that_its_times_tell() -> None:
    """Two charges one after the other; their orders have numbers that no status had."""
    story, first = charged()
    first_ended_ms = story.now_ms
    story.passes(20)
    second = story.start(OTHER_CARD).answered()
    story.charge_status(second, OTHER_NUMBER)
    story.passes(MINUTES_S)
    story.stop(second, OTHER_CARD, energy_wh=2000).answered()
    story.bonus_order(second, NUMBER[:-1] + "8", energy_wh=2000)
    story.bonus_order(first, NUMBER[:-1] + "9", ended_ms=first_ended_ms)
    assert of(story.judged()) == dict.fromkeys(CASES, True)
