"""The rules of the charge box itself (party B), which our own is judged by in every run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulators.evchong.messages import Measurand, Service, UnitOfMeasure
from simulators.journal.records import WireError
from tests.unit.journals import (
    BOX,
    CARD,
    HOME,
    NOWHERE,
    OTHER_BOX,
    OTHER_CARD,
    OTHER_HOME,
    REGISTER_WH,
    SINGLE,
    STRANGER,
    Asked,
    Story,
)

RARELY_S = 3600  # an interval of beats that keeps them out of the story


def switched_on(
    story: Story, box: str = BOX, *, connectors: tuple[int, ...] = (1, 2), interval_s: int = RARELY_S
) -> None:
    """The box has its power, has booted, and was accepted."""
    story.did("powered-on", box, station=HOME, connectors=list(connectors))
    story.boot(box, HOME).answered(heartbeatInterval=interval_s)


def began(story: Story, box: str = BOX, *, meter: bool = True) -> None:
    """The current flows."""
    register_wh = REGISTER_WH if meter else 0
    story.did("charging-began", box, connector=1, card=CARD, register_wh=register_wh, meter=meter)


def ended(story: Story, of: Asked, *, reason: str = "card", meter: bool = True) -> None:
    """The current flows no more."""
    story.did("charging-ended", connector=1, card=CARD, transaction=of.transaction, reason=reason, energy_wh=1000,
              began_ms=of.sent_ms, register_wh=REGISTER_WH + 1000, meter=meter)  # fmt: skip


def swiped(story: Story, card: str = CARD) -> None:
    """A card is held to the reader, and the box asks at once."""
    story.did("card-swiped", connector=1, card=card)
    story.authorize(card).answered()


def charging(story: Story, *, meter: bool = True) -> Asked:
    """A charge has begun as it should."""
    switched_on(story)
    swiped(story)
    story.did("connector-unlocked", connector=1, card=CARD)
    began(story, meter=meter)
    return story.start(meter_wh=REGISTER_WH if meter else 0).answered()


def test_a_flawless_box_is_blamed_for_nothing() -> None:
    """A whole day's conduct in a minute: boot, statuses, beats, a charge, a fault, and off."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=20)
    story.status().answered()
    swiped(story)
    story.did("connector-unlocked", connector=1, card=CARD)
    began(story)
    start = story.start().answered()
    story.did("status-changed", connector=1, status="Occupied")
    story.status("Occupied").answered()
    for moment_s in (10, 20, 30):
        story.passes(10)
        if moment_s == 20:
            story.beat().answered()
        story.sample(start).answered()
    swiped(story)
    ended(story, start)
    story.stop(start).answered()
    story.did("error-occurred", connector=1, error_code="OtherError", vendor_error_code="E7")
    story.did("status-changed", connector=1, status="Faulted")
    story.status("Faulted", "OtherError", vendor_code="E7").answered()
    story.did("powered-off", reason="switched off")
    story.passes(7200)
    judged = story.judged()
    assert judged.of("EVC-1.5-c") == ["good only-while-charging", "good every-10-s", "good current-voltage-energy"] * 3
    assert judged.of("EVC-1.3-c") == ["good as-told"]
    assert judged.blamed() == []


def test_what_a_scenario_says_is_not_the_box_s_conduct() -> None:
    """Words put into its mouth are passed over by every rule of the box."""
    story = Story(by_hand=True)
    story.did("powered-on", station=HOME, connectors=[1])
    story.start(connector=2).answered()
    story.says_bytes(Service.HEARTBEAT, b"").refused(400)
    story.status("Available", "GroundFailure").answered()
    assert story.judged().blamed() == []


# EVC-G11: form


def a_word(story: Story, service: Service) -> Asked:
    """Any valid message of the service."""
    start = story.start().answered()
    words: dict[Service, Callable[[], Asked]] = {
        Service.DEVICE_BOOT: story.boot,
        Service.AUTHORIZE: story.authorize,
        Service.HEARTBEAT: story.beat,
        Service.START_TRANS: story.start,
        Service.METER_VALUES: lambda: story.sample(start),
        Service.STOP_TRANS: lambda: story.stop(start),
        Service.STATUS_NOTIFY: story.status,
    }
    return words[service]()


@pytest.mark.parametrize("service", Service)
def test_boxes_keep_to_the_forms(service: Service) -> None:
    """A valid message by POST over HTTPS is good; nothing at all, another method and plain HTTP are bad."""
    story = Story(by_hand=False)
    a_word(story, service).answered()
    story.says_bytes(service, b"").refused(400)
    story.boot(method="PUT").refused(405)
    story.beat(scheme="http").refused(403)
    judged = story.judged()
    expected = ["good startTrans", f"good {service}", f"bad {service}", "bad deviceBoot", "bad heartbeat"]
    assert judged.of("EVC-G11") == expected


# EVC-1.1-h, EVC-1.1-i, EVC-3-e, EVC-3-f: power and boot


def test_boxes_boot_first_and_name_their_station() -> None:
    """After each start."""
    story = Story(by_hand=False)
    switched_on(story)
    story.beat().answered()
    switched_on(story)
    judged = story.judged()
    assert judged.of("EVC-1.1-h") == ["good boots-first", "good station-serial"] * 2


def test_a_box_that_speaks_before_it_boots_is_blamed() -> None:
    """Whatever it says first."""
    story = Story(by_hand=False)
    story.did("powered-on", station=HOME, connectors=[1, 2])
    story.status().answered()
    story.boot(station=HOME).answered()
    assert story.judged().of("EVC-1.1-h") == ["bad boots-first", "good station-serial"]


def test_a_box_that_names_another_station_is_blamed() -> None:
    """Than the one that it was given."""
    story = Story(by_hand=False)
    story.did("powered-on", station=HOME, connectors=[1, 2])
    story.boot(station=NOWHERE).answered(status="Rejected")
    assert story.judged().of("EVC-1.1-h") == ["good boots-first", "bad station-serial"]


def test_a_box_that_is_not_accepted_powers_off() -> None:
    """Rejected, refused by HTTP, or not answered at all; an accepted one waits for a card."""
    story = Story(by_hand=False)
    story.boot(STRANGER).answered(status="Rejected")
    story.did("powered-off", STRANGER, reason="boot answered Rejected")
    story.did("powered-on", STRANGER, station=HOME, connectors=[1])
    story.boot(STRANGER).broken(WireError.TIMEOUT)
    story.did("powered-off", STRANGER, reason="boot answered with nothing usable")
    switched_on(story)
    story.did("card-swiped", connector=1, card=CARD)
    story.passes(RARELY_S / 2)
    judged = story.judged()
    assert judged.of("EVC-1.1-i") == ["good not-accepted-is-off", "good not-accepted-is-off", "good accepted-waits"]


def test_a_box_that_stays_on_without_being_accepted_is_blamed() -> None:
    """After a second."""
    story = Story(by_hand=False)
    story.boot(STRANGER).answered(status="Rejected")
    story.passes(1.1)
    story.did("card-swiped", connector=1, card=CARD)
    assert story.judged().of("EVC-1.1-i") == ["bad not-accepted-is-off"]


def test_a_box_that_is_off_and_speaks_or_charges_is_blamed() -> None:
    """Silence, and no current."""
    story = Story(by_hand=False)
    story.boot(STRANGER).answered(status="Rejected")
    story.did("powered-off", STRANGER, reason="boot answered Rejected")
    story.authorize(box=STRANGER).answered(status="Blocked")
    began(story, STRANGER)
    assert story.judged().of("EVC-1.1-i") == ["good not-accepted-is-off"] + ["bad not-accepted-is-off"] * 2


def test_a_box_that_charges_without_a_card_is_blamed() -> None:
    """An accepted box waits."""
    story = Story(by_hand=False)
    switched_on(story)
    began(story)
    assert story.judged().of("EVC-1.1-i") == ["bad accepted-waits"]


def test_a_single_socket_is_number_one() -> None:
    """Two sockets may be numbered in any way."""
    story = Story(by_hand=False)
    switched_on(story, SINGLE, connectors=(1,))
    story.start(CARD, SINGLE, 1).answered()
    story.start(CARD, SINGLE, 7).refused(404)
    story.start(OTHER_CARD, BOX, 2).answered()
    assert story.judged().of("EVC-3-e") == ["good connector-1", "bad connector-1"]


def test_the_station_is_a_setting_that_survives() -> None:
    """The same at every boot; another one is an advisory."""
    story = Story(by_hand=False)
    story.boot(station=HOME).answered()
    story.boot(station=HOME).answered()
    story.boot(station=OTHER_HOME).answered()
    assert story.judged().of("EVC-3-f") == ["good own-settings", "good own-settings", "bad own-settings"]


# EVC-1.2-f, EVC-1.2-g: cards


@pytest.mark.parametrize(("after_s", "verdict"), [(0, "good"), (1, "good"), (1.001, "bad")])
def test_a_swipe_is_told_within_a_second(after_s: float, verdict: str) -> None:
    """At the latest."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("card-swiped", connector=1, card=CARD)
    story.passes(after_s)
    story.authorize().answered()
    assert story.judged().of("EVC-1.2-f") == [f"{verdict} within-1-s"]


def test_a_swipe_that_is_never_told_is_blamed() -> None:
    """At the end of the run, or a minute later."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("card-swiped", connector=1, card=CARD)
    story.passes(2)
    story.status().answered()
    assert story.judged(ended=False).of("EVC-1.2-f") == []
    assert story.judged().of("EVC-1.2-f") == ["bad within-1-s"]


def test_a_slow_answer_does_not_make_the_box_late() -> None:
    """The message is written down when it was answered; others may have spoken meanwhile."""
    story = Story(by_hand=False)
    switched_on(story)
    switched_on(story, OTHER_BOX)
    story.did("card-swiped", connector=1, card=CARD)
    asked = story.authorize()
    story.passes(9)
    story.status(box=OTHER_BOX).answered()
    asked.answered()
    began(story)
    start = story.start()
    story.did("status-changed", connector=1, status="Occupied")
    told = story.status("Occupied")
    story.passes(9)
    story.status(box=OTHER_BOX).answered()
    start.answered()
    told.answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-f") == ["good within-1-s"]
    assert judged.of("EVC-1.4-f") == ["good when-charging-begins"]
    assert judged.blamed() == []


@pytest.mark.parametrize("what", ["network-lost", "powered-off"])
def test_a_swipe_on_a_box_that_cannot_speak_is_not_told(what: str) -> None:
    """Nobody is to blame for a cut line, or for the power."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("card-swiped", connector=1, card=CARD)
    story.did(what, reason="so it goes")
    story.passes(RARELY_S)
    assert story.judged().of("EVC-1.2-f") == []


def test_a_swipe_before_the_boot_was_accepted_is_not_told() -> None:
    """Such a box does not charge."""
    story = Story(by_hand=False)
    story.did("card-swiped", connector=1, card=CARD)
    story.passes(RARELY_S)
    story.boot().answered()
    assert story.judged().of("EVC-1.2-f") == []


def test_boxes_ask_before_they_act() -> None:
    """Before the start, before the connector opens, and again before a stop by card."""
    story = Story(by_hand=False)
    start = charging(story)
    swiped(story)
    story.stop(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-g") == ["good unlock-after-accepted", "good before-start", "good before-stop"]


def test_boxes_that_act_unasked_are_blamed() -> None:
    """A start and an open connector without an accepted card, a stop without a new swipe."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("card-swiped", connector=1, card=CARD)
    story.authorize().answered(status="Blocked")
    story.did("connector-unlocked", connector=1, card=CARD)
    start = story.start().answered()
    story.did("card-swiped", connector=1, card=CARD)
    story.stop(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-g") == ["bad unlock-after-accepted", "bad before-start", "bad before-stop"]


def test_a_stop_said_again_was_asked_for_once() -> None:
    """When the answer was lost the box repeats itself; when there is no card it need not ask."""
    story = Story(by_hand=False)
    start = charging(story)
    swiped(story)
    story.stop(start).broken(WireError.TIMEOUT)
    story.stop(start).answered()
    story.stop(start, None).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-g")[2:] == ["good before-stop", "good before-stop"]


# EVC-1.3-c: beats


@pytest.mark.parametrize(("after_s", "verdict"), [(29, "good"), (30, "good"), (31, "good"), (28, "bad"), (32, "bad")])
def test_boxes_beat_as_told(after_s: int, verdict: str) -> None:
    """Every heartbeatInterval seconds, within one."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=30)
    story.passes(after_s)
    story.beat().answered()
    assert story.judged().of("EVC-1.3-c") == [f"{verdict} as-told"]


def test_boxes_that_were_told_nothing_beat_every_ten_seconds() -> None:
    """So do those that keep to the fixed interval (EVC-X11)."""
    for interval_s, readings in ((0, {}), (300, {"EVC-X11": "fixed-10"})):
        story = Story(by_hand=False, readings=readings)
        switched_on(story, interval_s=interval_s)
        story.passes(10)
        story.beat().answered()
        story.passes(20)
        story.beat().answered()
        assert story.judged().of("EVC-1.3-c") == ["good as-told", "bad as-told"]


def test_a_beat_that_never_comes_is_blamed() -> None:
    """At the end of the run."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=30)
    story.passes(33)
    assert story.judged().of("EVC-1.3-c") == ["bad as-told"]


def test_a_cut_line_interrupts_the_rhythm() -> None:
    """It is taken up with the next beat; a box that is off, or was rejected, does not beat at all."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=30)
    story.did("network-lost")
    story.passes(300)
    story.did("network-back")
    story.beat().answered()
    story.passes(30)
    story.beat().answered()
    story.boot(station=HOME).answered(status="Rejected")
    story.passes(300)
    assert story.judged().of("EVC-1.3-c") == ["good as-told"]


# EVC-1.4-f, EVC-1.6-f: begin and end


def test_begin_and_end_are_told_at_once() -> None:
    """With the register, and with 0 where there is no meter."""
    story = Story(by_hand=False)
    start = charging(story, meter=False)
    swiped(story)
    ended(story, start, meter=False)
    story.stop(start, meter_wh=0).answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-f") == ["good when-charging-begins", "good no-meter-is-zero"]
    assert judged.of("EVC-1.6-f") == ["good when-charging-ends", "good no-meter-is-zero"]


def test_begin_and_end_told_late_are_blamed() -> None:
    """More than a second after, or with a register that is not there."""
    story = Story(by_hand=False)
    switched_on(story)
    began(story, meter=False)
    story.passes(1.5)
    start = story.start(meter_wh=5).answered()
    ended(story, start, meter=False)
    story.passes(1.5)
    story.stop(start, meter_wh=6).answered()
    judged = story.judged()
    assert judged.of("EVC-1.4-f") == ["bad when-charging-begins", "bad no-meter-is-zero"]
    assert judged.of("EVC-1.6-f") == ["bad when-charging-ends", "bad no-meter-is-zero"]


def test_begin_and_end_never_told_are_blamed() -> None:
    """So is a start without a charge."""
    story = Story(by_hand=False)
    switched_on(story)
    start = story.start().answered()
    began(story)
    story.passes(5)
    ended(story, start)
    story.passes(5)
    judged = story.judged()
    assert judged.of("EVC-1.4-f") == ["bad when-charging-begins", "bad when-charging-begins"]
    assert judged.of("EVC-1.6-f") == ["bad when-charging-ends"]


@pytest.mark.parametrize("what", ["network-lost", "powered-off"])
def test_begin_and_end_on_a_box_that_cannot_speak_are_not_told(what: str) -> None:
    """A cut line, and the power, take the words away; what is told later is no lie."""
    story = Story(by_hand=False)
    start = charging(story)
    swiped(story)
    ended(story, start)
    story.did(what, reason="so it goes")
    story.passes(RARELY_S / 2)
    assert story.judged().of("EVC-1.6-f") == []


def test_an_offline_charge_is_told_when_the_line_is_back() -> None:
    """However late."""
    story = Story(by_hand=False)
    start = charging(story)
    story.did("network-lost")
    story.passes(60)
    ended(story, start, reason="vehicle")
    story.passes(60)
    story.did("network-back")
    story.stop(start, None).answered()
    judged = story.judged()
    assert judged.of("EVC-1.6-f") == []
    assert judged.blamed() == []


def test_a_charge_that_ends_with_the_power_is_not_told() -> None:
    """Nobody was there to say it."""
    story = Story(by_hand=False)
    start = charging(story)
    ended(story, start, reason="power lost")
    story.did("powered-off", reason="switched off")
    story.passes(RARELY_S / 2)
    assert story.judged().of("EVC-1.6-f") == []


# EVC-1.5-c: samples


@pytest.mark.parametrize(("after_s", "verdict"), [(10, "good"), (11, "good"), (8, "bad"), (12, "bad")])
def test_samples_come_every_ten_seconds(after_s: int, verdict: str) -> None:
    """Within one."""
    story = Story(by_hand=False)
    start = charging(story)
    story.passes(after_s)
    story.sample(start).answered()
    assert story.judged().of("EVC-1.5-c") == [
        "good only-while-charging",
        f"{verdict} every-10-s",
        "good current-voltage-energy",
    ]


def test_samples_come_as_often_as_the_pixit_says() -> None:
    """The other readings of EVC-X21."""
    story = Story(by_hand=False, readings={"EVC-X21": "30"})
    start = charging(story)
    story.passes(30)
    story.sample(start).answered()
    assert story.judged().of("EVC-1.5-c")[1] == "good every-10-s"


def test_a_sample_that_never_comes_is_blamed() -> None:
    """At the end of the run."""
    story = Story(by_hand=False)
    charging(story)
    story.passes(13)
    assert story.judged().of("EVC-1.5-c") == ["bad every-10-s"]


def test_samples_without_a_charge_are_blamed() -> None:
    """Before it, and after it."""
    story = Story(by_hand=False)
    switched_on(story)
    start = story.start().answered()
    story.sample(start).answered()
    began(story)
    ended(story, start)
    story.passes(5)
    story.sample(start).answered()
    said = story.judged().of("EVC-1.5-c")
    assert said == ["bad only-while-charging", "good current-voltage-energy"] * 2


def test_a_sample_on_its_way_when_the_charge_ends_is_fine() -> None:
    """It was measured while the current flowed."""
    story = Story(by_hand=False)
    start = charging(story)
    story.passes(10)
    sample = story.sample(start)
    story.passes(3)
    ended(story, start)
    stop = story.stop(start)
    sample.answered()
    stop.answered()
    assert story.judged().of("EVC-1.5-c") == ["good only-while-charging", "good current-voltage-energy"]


@pytest.mark.parametrize("left_out", [0, 1, 2])
def test_samples_hold_current_voltage_and_energy(left_out: int) -> None:
    """One that is missing, and one in another unit, are blamed."""
    story = Story(by_hand=False)
    start = charging(story)
    story.passes(10)
    three = list(story.periodic())
    story.sample(start, *[value for number, value in enumerate(three) if number != left_out]).answered()
    story.passes(10)
    three[left_out] = story.measured(three[left_out].measurand, UnitOfMeasure.CELSIUS)
    story.sample(start, *three).answered()
    said = story.judged().of("EVC-1.5-c")
    assert [each for each in said if "energy" in each] == ["bad current-voltage-energy"] * 2


def test_samples_have_two_decimals() -> None:
    """Neither one nor three."""
    for value, verdict in (("220.50", "good"), ("220.5", "bad"), ("220", "bad"), ("220.500", "bad")):
        story = Story(by_hand=False)
        start = charging(story)
        sample = story.sample(start).asked
        assert sample is not None
        canonical = sample.canonical()
        canonical["meterValuesReq"]["values"][2]["value"] = value
        story.says_canonical(Service.METER_VALUES, canonical).answered_with(b"{}")
        assert story.judged().of("EVC-1.5-c")[-1] == f"{verdict} current-voltage-energy"


def test_a_cut_line_interrupts_the_samples() -> None:
    """They are taken up when it is back."""
    story = Story(by_hand=False)
    start = charging(story)
    story.did("network-lost")
    story.passes(45)
    story.did("network-back")
    story.sample(start).answered()
    story.passes(10)
    story.sample(start).answered()
    said = story.judged().of("EVC-1.5-c")
    assert [each for each in said if "10-s" in each] == ["good every-10-s"]


# EVC-1.7-f: changes and errors


def test_changes_and_errors_are_notified() -> None:
    """An error with both codes, explained where it is OtherError; a change without one with NoError."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("error-occurred", connector=1, error_code="OtherError", vendor_error_code="E7")
    story.did("status-changed", connector=1, status="Faulted")
    story.status("Faulted", "OtherError", vendor_code="E7").answered()
    story.did("error-cleared", connector=1)
    story.did("status-changed", connector=1, status="Available")
    story.status("Available").answered()
    judged = story.judged()
    assert judged.of("EVC-1.7-f") == [
        "good every-status",
        "good every-error",
        "good vendor-code",
        "good other-error-explained",
        "good every-status",
        "good no-error",
    ]
    assert judged.blamed() == []


def test_changes_and_errors_notified_wrongly_are_blamed() -> None:
    """Another status, another code, another manufacturer's code, no explanation, an error where there is none."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("error-occurred", connector=1, error_code="OtherError", vendor_error_code="E7")
    story.did("status-changed", connector=1, status="Faulted")
    story.status("Unavailable", "GroundFailure", vendor_code="0").answered()
    assert story.judged().of("EVC-1.7-f") == [
        "bad every-status",
        "bad every-error",
        "bad vendor-code",
        "bad other-error-explained",
        "bad no-error",
    ]


def test_changes_and_errors_never_notified_are_blamed() -> None:
    """At the end of the run, or a minute later."""
    story = Story(by_hand=False)
    switched_on(story)
    story.did("error-occurred", connector=1, error_code="GroundFailure", vendor_error_code="E1")
    story.did("status-changed", connector=1, status="Faulted")
    story.passes(5)
    assert story.judged().of("EVC-1.7-f") == ["bad every-status", "bad every-error"]


def test_a_whole_box_notifies_as_connector_0() -> None:
    """The other reading of EVC-X20."""
    story = Story(by_hand=False, readings={"EVC-X20": "zero"})
    switched_on(story)
    story.did("status-changed", connector=1, status="Reserved")
    story.status("Reserved", connector=0).answered()
    assert story.judged().of("EVC-1.7-f") == ["good every-status", "good no-error"]


@pytest.mark.parametrize("what", ["network-lost", "powered-off"])
def test_changes_on_a_box_that_cannot_speak_are_not_notified(what: str) -> None:
    """Nor are those of a box that was never accepted."""
    story = Story(by_hand=False)
    story.did("status-changed", OTHER_BOX, connector=1, status="Faulted")
    switched_on(story)
    story.did("status-changed", connector=1, status="Occupied")
    story.did(what, reason="so it goes")
    story.did("status-changed", OTHER_BOX, connector=1, status="Available")
    story.passes(RARELY_S / 2)
    assert story.judged().of("EVC-1.7-f") == []


def test_measurands_of_the_periodic_sample_are_those_of_the_document() -> None:
    """Current, voltage and energy, in the units of 2.6 (EVC-X22)."""
    told = [(value.measurand, value.unit) for value in Story().periodic()]
    assert told == [
        (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH),
        (Measurand.CURRENT_IMPORT, UnitOfMeasure.AMP),
        (Measurand.VOLTAGE, UnitOfMeasure.VOLT),
    ]
