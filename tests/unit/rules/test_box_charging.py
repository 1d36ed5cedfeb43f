"""The rules of the charge box itself (party B), from the first ampere to the last: begin, samples, end, statuses."""

from __future__ import annotations

import pytest

from simulators.evchong.messages import Measurand, Service, UnitOfMeasure
from tests.unit.box_conduct import RARELY_S, began, charging, ended, swiped, switched_on
from tests.unit.journals import (
    CARD,
    OTHER_BOX,
    Story,
)

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


def test_what_one_box_owes_another_s_cut_line_does_not_excuse() -> None:
    """Nor does another's power: begin, end, status and error are owed by each box for itself."""
    for what in ("network-lost", "powered-off"):
        story = Story(by_hand=False)
        switched_on(story, OTHER_BOX)
        start = charging(story)
        swiped(story)
        ended(story, start)
        story.did("status-changed", connector=1, status="Faulted")
        story.did("error-occurred", connector=1, error_code="GroundFailure", vendor_error_code="E1")
        began(story)
        story.did(what, OTHER_BOX, reason="so it goes")
        story.passes(5)
        judged = story.judged()
        assert judged.of("EVC-1.4-f") == ["good when-charging-begins", "bad when-charging-begins"]
        assert judged.of("EVC-1.6-f") == ["bad when-charging-ends"]
        assert judged.of("EVC-1.7-f") == ["bad every-status", "bad every-error"]


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


def test_samples_that_wait_for_a_slow_server_are_not_late() -> None:
    """The start takes longer than an interval, and so does the status behind it; the samples catch up."""
    story = Story(by_hand=False)
    switched_on(story)
    swiped(story)
    story.did("connector-unlocked", connector=1, card=CARD)
    began(story)
    start = story.start()
    story.did("status-changed", connector=1, status="Occupied")
    story.passes(12)
    start.answered()
    status = story.status("Occupied")
    story.passes(12)
    status.answered()
    story.sample(start).answered()
    story.sample(start).answered()
    story.passes(6)
    story.sample(start).answered()
    judged = story.judged()
    said = judged.of("EVC-1.5-c")
    assert [each for each in said if "10-s" in each] == ["good every-10-s"] * 3
    assert judged.blamed() == []


def test_a_sample_that_dawdles_after_a_slow_answer_is_late() -> None:
    """More than a second after the line was free."""
    story = Story(by_hand=False)
    start = charging(story)
    story.passes(10)
    sample = story.sample(start)
    story.passes(12)
    sample.answered()
    story.passes(3)
    story.sample(start).answered()
    said = story.judged().of("EVC-1.5-c")
    assert [each for each in said if "10-s" in each] == ["good every-10-s", "bad every-10-s"]


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
