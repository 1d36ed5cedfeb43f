"""The virtual charge box without any I/O: what it says, what it does, and when it is silent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from simulators.evchong.body import Phase, Power, Reply, Send
from simulators.evchong.messages import (
    BootRequest,
    ChargePointErrorCode,
    HeartbeatRequest,
    Measurand,
    MeterValuesRequest,
    Service,
    StartRequest,
    StopRequest,
)
from simulators.evchong.mind import MOST_STOP_TRIES
from tests.unit.box_yard import ACCEPTED, BLOCKED, BOOT_ACCEPTED, ERRORS, NOON_MS, REFUSED, SILENCE, Yard, statuses

# Boot (1.1)


def test_an_accepted_box_boots_first_and_tells_its_statuses() -> None:
    """Boot before anything else (EVC-1.1-h), then one notification a connector."""
    yard = Yard(connectors=(1, 2))
    assert yard.do(yard.mind.power_on(NOON_MS)) == ["powered-on", "deviceBoot", "statusNotify", "statusNotify"]
    (boot,) = yard.said(Service.DEVICE_BOOT)
    assert isinstance(boot, BootRequest)
    assert (boot.box_serial, boot.station_serial, boot.meter_type) == ("CB-1", "ST-1", "AC")
    assert statuses(yard) == [(1, "Available", "NoError", "0"), (2, "Available", "NoError", "0")]
    assert (yard.mind.power, yard.mind.heartbeat_s) == (Power.ON, 30)


def test_a_boot_can_carry_the_mandatory_fields_alone() -> None:
    """What 1.1 does not demand is left out."""
    yard = Yard()
    yard.do(yard.mind.power_on(NOON_MS, mandatory_only=True))
    assert yard.said(Service.DEVICE_BOOT) == [BootRequest(box_serial="CB-1", station_serial="ST-1", vendor="Keli")]


@pytest.mark.parametrize(
    "reply", [Reply(arrived=True, status="Rejected"), SILENCE, REFUSED], ids=["rejected", "silence", "unusable"]
)
def test_a_box_that_is_not_accepted_is_silent_and_powered_off(reply: Reply) -> None:
    """Not Accepted: off, and not a word in an hour, whatever happens to it (EVC-1.1-i)."""
    yard = Yard()
    yard.answers[Service.DEVICE_BOOT] = reply
    assert yard.do(yard.mind.power_on(NOON_MS)) == ["powered-on", "deviceBoot", "powered-off"]
    yard.sent.clear()
    assert yard.mind.due_ms() is None
    assert yard.pass_s(3600) == []
    assert yard.swipe() == ["card-swiped"]
    yard.do(yard.mind.fault(yard.now_ms, 1, "GroundFailure", "E-1"))
    yard.do(yard.mind.clear(yard.now_ms, 1))
    yard.do(yard.mind.cut_off(yard.now_ms))
    yard.do(yard.mind.back(yard.now_ms))
    assert yard.sent == []
    assert yard.mind.power is Power.OFF


def test_a_box_without_a_line_boots_when_it_is_there() -> None:
    """Switched on offline, it waits; the boot goes out with the line."""
    yard = Yard()
    assert yard.do(yard.mind.cut_off(NOON_MS)) == ["network-lost"]
    assert yard.do(yard.mind.power_on(NOON_MS)) == ["powered-on"]
    assert yard.swipe() == ["card-swiped"]
    assert yard.do(yard.mind.back(NOON_MS)) == ["network-back", "deviceBoot", "statusNotify"]


# Heartbeat (1.3)


@pytest.mark.parametrize(("told_s", "beats_s"), [(30, 30), (1, 1), (None, 10), (0, 10), (-5, 10)])
def test_beats_come_as_told(told_s: int | None, beats_s: int) -> None:
    """Every heartbeatInterval seconds from the answer on, every 10 s where none usable was told (EVC-1.3-c)."""
    yard = Yard()
    yard.answers[Service.DEVICE_BOOT] = replace(BOOT_ACCEPTED, heartbeat_interval_s=told_s)
    yard.booted()
    yard.pass_s(beats_s * 5)
    assert [send.due_ms - NOON_MS for send in yard.sent] == [beats_s * 1000 * beat for beat in (1, 2, 3, 4, 5)]
    assert yard.said(Service.HEARTBEAT) == [HeartbeatRequest(box_serial="CB-1", station_serial="ST-1")] * 5


def test_a_slow_server_does_not_slow_the_beats_down() -> None:
    """The next beat is planned from the planned moment, not from the answer."""
    yard = Yard().booted()
    first = list(yard.mind.tick(NOON_MS + 30_000))
    second = list(yard.mind.tick(NOON_MS + 60_000))
    assert [send.due_ms - NOON_MS for send in (*first, *second) if isinstance(send, Send)] == [30_000, 60_000]
    assert yard.do(yard.mind.answered(NOON_MS + 61_000, 3, ACCEPTED)) == []


def test_beats_are_fixed_in_the_other_reading() -> None:
    """EVC-X11: every 10 s, whatever was told."""
    yard = Yard(fixed_heartbeat_s=10).booted()
    yard.pass_s(30)
    assert len(yard.sent) == 3


# Cards (1.2, 1.4, 1.6)


def test_a_card_starts_and_the_same_card_stops() -> None:
    """Authorize, unlock, plug, start; authorize, stop, unplug (1.2, 1.4, 1.6)."""
    yard = Yard().booted()
    assert yard.swipe("CARD") == [
        "card-swiped", "authorize", "connector-unlocked", "plugged-in", "charging-began",
        "startTrans", "status-changed", "statusNotify",
    ]  # fmt: skip
    (start,) = yard.said(Service.START_TRANS)
    assert start == StartRequest(
        box_serial="CB-1", connector=1, id_token="CARD", meter_start_wh=123_450, timestamp_ms=NOON_MS
    )
    yard.pass_s(600)
    assert yard.swipe("CARD") == [
        "card-swiped", "authorize", "charging-ended", "stopTrans", "unplugged", "status-changed", "statusNotify",
    ]  # fmt: skip
    (stop,) = yard.said(Service.STOP_TRANS)
    assert isinstance(stop, StopRequest)
    assert (stop.transaction_id, stop.id_token, stop.timestamp_ms) == (701, "CARD", NOON_MS + 600_000)
    consumed_wh = stop.meter_stop_wh - 123_450
    assert 1100 < consumed_wh < 1170
    assert [value.value for value in stop.values] == [Decimal(consumed_wh) / 1000]
    assert [status[1] for status in statuses(yard)] == ["Occupied", "Available"]


def test_another_card_does_nothing() -> None:
    """A swipe by another card, while one charges, is seen and changes nothing."""
    yard = Yard().booted().charging("CARD")
    assert yard.swipe("OTHER") == ["card-swiped"]
    assert yard.phase() is Phase.CHARGING


@pytest.mark.parametrize("reply", [BLOCKED, SILENCE, REFUSED])
def test_a_card_that_is_not_accepted_unlocks_nothing(reply: Reply) -> None:
    """Anything but Accepted leaves the connector as it is (EVC-1.2-g)."""
    yard = Yard().booted()
    yard.answers[Service.AUTHORIZE] = reply
    assert yard.swipe() == ["card-swiped", "authorize"]
    assert yard.phase() is None
    del yard.answers[Service.AUTHORIZE]
    yard.charging()
    yard.answers[Service.AUTHORIZE] = reply
    assert yard.swipe() == ["card-swiped", "authorize"]
    assert yard.phase() is Phase.CHARGING


@pytest.mark.parametrize("reply", [BLOCKED, SILENCE, REFUSED, ACCEPTED])
def test_a_start_that_is_not_accepted_ends_at_once(reply: Reply) -> None:
    """No acceptance, or one without a transactionId: the charge ends, nothing is sampled, nothing stopped."""
    yard = Yard().booted()
    yard.answers[Service.START_TRANS] = reply
    told = yard.swipe()
    assert told[5:] == [
        "startTrans", "status-changed", "statusNotify",
        "charging-ended", "unplugged", "status-changed", "statusNotify",
    ]  # fmt: skip
    assert yard.did[-3].values["energy_wh"] == 0
    assert (yard.phase(), [status[1] for status in statuses(yard)]) == (None, ["Occupied", "Available"])
    yard.sent.clear()
    yard.pass_s(25)
    assert yard.sent == []


def test_a_vehicle_that_leaves_ends_the_charge_without_a_card() -> None:
    """The stop then names no card (1.6)."""
    yard = Yard().booted().charging()
    assert yard.do(yard.mind.unplug(yard.now_ms, 1))[:2] == ["charging-ended", "stopTrans"]
    assert yard.said(Service.STOP_TRANS)[0].id_token is None


def test_two_connectors_charge_side_by_side() -> None:
    """Each has its transaction, its lane and its own samples."""
    yard = Yard(connectors=(3, 7)).booted()
    yard.charging("ONE", 3).charging("TWO", 7)
    yard.pass_s(10)
    assert [(send.lane, send.transaction_id) for send in yard.sent] == [("connector 3", 701), ("connector 7", 702)]


# Meter values (1.5)


def test_samples_come_every_10_s_while_charging_and_only_then() -> None:
    """Energy, current and voltage with two decimals, from 10 s after the beginning until the end (EVC-1.5-c)."""
    yard = Yard(fixed_heartbeat_s=100_000).booted()
    assert yard.pass_s(60) == []
    yard.charging()
    assert yard.pass_s(65) == ["meterValues"] * 6
    began_ms = NOON_MS + 60_000
    assert [send.due_ms - began_ms for send in yard.sent] == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]
    for send in yard.sent:
        assert isinstance(send.message, MeterValuesRequest)
        assert (send.message.connector, send.message.transaction_id) == (1, 701)
        assert [value.measurand for value in send.message.values] == [
            Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, Measurand.CURRENT_IMPORT, Measurand.VOLTAGE,
        ]  # fmt: skip
        assert {value.timestamp_ms for value in send.message.values} == {send.due_ms}
        written = [value["value"] for value in send.message.canonical()["meterValuesReq"]["values"]]
        assert [value.partition(".")[2].isdigit() and len(value.partition(".")[2]) for value in written] == [2, 2, 2]
    energies = [send.message.values[0].value for send in yard.sent if isinstance(send.message, MeterValuesRequest)]
    assert energies == sorted(energies)
    assert energies[0] >= Decimal("123.45")
    yard.swipe()
    yard.sent.clear()
    assert yard.pass_s(60) == []


def test_a_start_that_is_answered_late_makes_no_sample_late() -> None:
    """Before the answer there is no transactionId to send one for (1.5): what the server took is no delay of ours."""
    yard = Yard(fixed_heartbeat_s=100_000).booted()
    list(yard.mind.swipe(NOON_MS, "CARD", 1))
    authorize, start = 3, 4  # tickets; the boot and a status had the first two
    list(yard.mind.answered(NOON_MS, authorize, ACCEPTED))
    yard.now_ms = NOON_MS + 46_000
    yard.do(yard.mind.answered(yard.now_ms, start, replace(ACCEPTED, transaction_id=701)))
    yard.pass_s(20)
    samples = [send for send in yard.sent if send.service is Service.METER_VALUES]
    assert [send.due_ms - NOON_MS for send in samples] == [46_000, 56_000, 66_000]


def test_a_box_without_a_meter_says_zero_and_samples_what_was_consumed() -> None:
    """meterStart and meterStop are 0 (1.4, 1.6); samples count from the beginning of the charge."""
    yard = Yard(meter=False).booted()
    yard.swipe()
    yard.pass_s(1200)
    yard.swipe()
    (start,), (stop,) = yard.said(Service.START_TRANS), yard.said(Service.STOP_TRANS)
    assert (start.meter_start_wh, stop.meter_stop_wh) == (0, 0)
    assert yard.said(Service.METER_VALUES)[-1].values[0].value == Decimal("2.32")
    assert stop.values[0].value == Decimal("2.32")


def test_registers_go_on_from_charge_to_charge() -> None:
    """The second charge begins where the first one ended."""
    yard = Yard().booted()
    for _ in range(2):
        yard.swipe()
        yard.pass_s(600)
        yard.swipe()
    starts, stops = yard.said(Service.START_TRANS), yard.said(Service.STOP_TRANS)
    assert starts[1].meter_start_wh == stops[0].meter_stop_wh == starts[0].meter_start_wh + 1150
    assert stops[1].meter_stop_wh == starts[1].meter_start_wh + 1150


# Statuses and faults (1.7)


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_of_2_8_is_told_with_the_manufacturers_code_and_cleared(error: ChargePointErrorCode) -> None:
    """Faulted with both codes, then Available with NoError (EVC-1.7-f); a faulted connector takes no card."""
    yard = Yard().booted()
    assert yard.do(yard.mind.fault(NOON_MS, 1, error.value, "E-101", "坏了")) == [
        "error-occurred", "status-changed", "statusNotify",
    ]  # fmt: skip
    assert yard.said(Service.STATUS_NOTIFY)[0].info == "坏了"
    assert yard.swipe() == ["card-swiped"]
    assert yard.do(yard.mind.clear(NOON_MS, 1)) == ["error-cleared", "status-changed", "statusNotify"]
    assert statuses(yard) == [(1, "Faulted", str(error), "E-101"), (1, "Available", "NoError", "0")]
    assert yard.said(Service.STATUS_NOTIFY)[1].info is None


def test_there_are_thirteen_codes() -> None:
    """2.8 has twelve errors and NoError."""
    assert len(ERRORS) == 12


def test_a_fault_ends_the_charge() -> None:
    """The fault is told, then the stop, without a card; the connector stays Faulted until it is mended."""
    yard = Yard().booted().charging()
    assert yard.do(yard.mind.fault(NOON_MS, 1, "OverCurrentFailure", "E-7")) == [
        "error-occurred", "status-changed", "statusNotify", "charging-ended", "stopTrans", "unplugged",
    ]  # fmt: skip
    assert [status[1] for status in statuses(yard)] == ["Faulted"]
    assert yard.said(Service.STOP_TRANS)[0].id_token is None


def test_a_fault_while_the_card_is_asked_for_begins_nothing() -> None:
    """Accepted or not: a broken connector unlocks nothing."""
    yard = Yard().booted()
    asked = [action for action in yard.mind.swipe(NOON_MS, "CARD", 1) if isinstance(action, Send)]
    yard.do(yard.mind.fault(NOON_MS, 1, "GroundFailure", "E-1"))
    assert yard.do(yard.mind.answered(NOON_MS, asked[0].ticket, ACCEPTED)) == []
    assert yard.phase() is None


def test_a_fault_while_the_start_is_on_its_way_ends_the_charge_once_it_is_open() -> None:
    """The transaction that the server opened is closed again."""
    yard = Yard().booted()
    (asked,) = [action for action in yard.mind.swipe(NOON_MS, "CARD", 1) if isinstance(action, Send)]
    begun = [action for action in yard.mind.answered(NOON_MS, asked.ticket, ACCEPTED) if isinstance(action, Send)]
    yard.do(yard.mind.fault(NOON_MS, 1, "GroundFailure", "E-1"))
    opened = replace(ACCEPTED, transaction_id=9)
    assert yard.do(yard.mind.answered(NOON_MS, begun[0].ticket, opened))[:2] == ["charging-ended", "stopTrans"]


def test_mending_during_a_charge_shows_the_connector_occupied() -> None:
    """Available is said of a connector that is free, and of no other."""
    yard = Yard().booted().charging()
    yard.do(yard.mind.clear(yard.now_ms, 1))
    assert statuses(yard) == [(1, "Occupied", "NoError", "0")]


def test_the_whole_box_speaks_as_connector_0_in_the_other_reading() -> None:
    """EVC-X20: one notification at boot, of connector 0."""
    yard = Yard(connectors=(1, 2), whole_box_status=True)
    yard.do(yard.mind.power_on(NOON_MS))
    assert [status[0] for status in statuses(yard)] == [0]


# Restart


def test_a_restart_clears_errors_charges_and_what_was_asked() -> None:
    """After power on: no error, no explanation, no charge, and answers to the old questions mean nothing."""
    yard = Yard().booted().charging()
    (asked,) = [action for action in yard.mind.swipe(yard.now_ms, "CARD", 1) if isinstance(action, Send)]
    yard.do(yard.mind.fault(yard.now_ms, 1, "GroundFailure", "E-1", "坏了"))
    yard.sent.clear()
    assert yard.do(yard.mind.power_on(yard.now_ms)) == ["powered-off", "powered-on", "deviceBoot", "statusNotify"]
    assert statuses(yard) == [(1, "Available", "NoError", "0")]
    assert yard.said(Service.STATUS_NOTIFY)[0].info is None
    assert yard.phase() is None
    assert yard.do(yard.mind.answered(yard.now_ms, asked.ticket, ACCEPTED)) == []


def test_power_lost_while_charging_ends_the_charge_without_a_word() -> None:
    """The fact is written, nothing is sent, and the register keeps what flowed."""
    yard = Yard().booted().charging()
    yard.pass_s(600)
    yard.sent.clear()
    assert yard.do(yard.mind.power_off(yard.now_ms))[-2:] == ["charging-ended", "powered-off"]
    assert yard.sent == []
    assert yard.mind.connectors[1].register_wh == 123_450 + 1150


# Offline and back


def test_offline_the_box_goes_on_in_silence_and_tells_stops_first_when_it_is_back() -> None:
    """No beats, no samples; a charge that ended meanwhile is told before the statuses."""
    yard = Yard().booted().charging()
    yard.do(yard.mind.cut_off(yard.now_ms))
    assert yard.pass_s(100) == []
    assert yard.do(yard.mind.unplug(yard.now_ms, 1)) == ["charging-ended"]
    ended_ms = yard.now_ms
    yard.pass_s(100)
    yard.do(yard.mind.fault(yard.now_ms, 1, "HighTemperature", "E-9"))
    assert yard.sent == []
    assert yard.do(yard.mind.back(yard.now_ms)) == ["network-back", "stopTrans", "statusNotify", "unplugged"]
    (stop,) = yard.said(Service.STOP_TRANS)
    assert stop.timestamp_ms == ended_ms
    assert statuses(yard) == [(1, "Faulted", "HighTemperature", "E-9")]
    assert yard.pass_s(30).count("heartbeat") == 1


def test_a_card_offline_starts_nothing_and_stops_nothing() -> None:
    """There is nobody to ask (EVC-1.2-g)."""
    yard = Yard().booted()
    yard.do(yard.mind.cut_off(NOON_MS))
    assert (yard.swipe(), yard.phase()) == (["card-swiped"], None)
    yard.do(yard.mind.back(NOON_MS))
    yard.charging()
    yard.do(yard.mind.cut_off(NOON_MS))
    assert (yard.swipe(), yard.phase()) == (["card-swiped"], Phase.CHARGING)


def test_a_line_lost_while_the_card_is_asked_for_leaves_the_connector_free() -> None:
    """Accepted with the last breath of the line: the start cannot go out, so the connector is Available again."""
    yard = Yard().booted()
    (asked,) = [action for action in yard.mind.swipe(NOON_MS, "CARD", 1) if isinstance(action, Send)]
    yard.do(yard.mind.cut_off(NOON_MS))
    yard.do(yard.mind.answered(NOON_MS, asked.ticket, ACCEPTED))
    yard.do(yard.mind.back(NOON_MS))
    assert [status[1] for status in statuses(yard)] == ["Available"]
    assert yard.swipe()[1:3] == ["authorize", "connector-unlocked"]


def test_a_boot_answered_after_the_line_was_lost_tells_statuses_later() -> None:
    """Offline nothing is sent, not even what follows from an answer that still came through."""
    yard = Yard()
    boot = list(yard.mind.power_on(NOON_MS))[-1]
    assert isinstance(boot, Send)
    yard.do(yard.mind.cut_off(NOON_MS))
    assert yard.do(yard.mind.answered(NOON_MS, boot.ticket, BOOT_ACCEPTED)) == []
    assert yard.do(yard.mind.back(NOON_MS)) == ["network-back", "statusNotify"]


def test_a_stop_without_an_answer_goes_out_three_times_at_most() -> None:
    """With each sign of life once more; then the box gives up and is free again."""
    yard = Yard().booted().charging()
    yard.answers[Service.STOP_TRANS] = SILENCE
    yard.do(yard.mind.unplug(yard.now_ms, 1))
    yard.pass_s(300)
    stops = yard.said(Service.STOP_TRANS)
    assert len(stops) == MOST_STOP_TRIES == 3
    assert len(set(map(repr, stops))) == 1
    assert (yard.phase(), statuses(yard)[-1][1]) == (None, "Available")


def test_a_stop_that_is_answered_late_goes_out_once_more() -> None:
    """No answer the first time, one the second."""
    yard = Yard().booted().charging()
    yard.answers[Service.STOP_TRANS] = SILENCE
    yard.do(yard.mind.unplug(yard.now_ms, 1))
    del yard.answers[Service.STOP_TRANS]
    assert yard.pass_s(30) == ["heartbeat", "stopTrans", "unplugged", "status-changed", "statusNotify"]
