"""The rules of the charge box itself (party B), which our own is judged by in every run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulators.evchong.messages import Service
from simulators.journal.records import WireError
from tests.unit.box_conduct import RARELY_S, began, charging, ended, swiped, switched_on
from tests.unit.journals import (
    BOX,
    CARD,
    HOME,
    NOWHERE,
    OTHER_BOX,
    OTHER_CARD,
    OTHER_HOME,
    SINGLE,
    STRANGER,
    Asked,
    Story,
)


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


def test_a_swipe_that_the_box_does_not_take_changes_nothing() -> None:
    """It is busy with a stop whose answer was lost: nothing is asked, and what was asked before holds."""
    story = Story(by_hand=False)
    start = charging(story)
    swiped(story)
    story.stop(start).broken(WireError.TIMEOUT)
    story.did("card-swiped", connector=1, card=CARD, taken=False)
    story.stop(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-f") == ["good within-1-s", "good within-1-s"]
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


def beaten_slowly(story: Story, *, beats: int, answered_after_s: float, after_that_s: float = 0) -> None:
    """So many beats, each of which leaves when the one before it was answered."""
    for _ in range(beats):
        beat = story.beat()
        story.passes(answered_after_s)
        beat.answered()
        story.passes(after_that_s)


def test_beats_that_wait_for_a_slow_server_are_not_late() -> None:
    """Each leaves with the answer to the one before it; the rhythm is that of the moments when they were due."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=5)
    story.passes(5)
    beaten_slowly(story, beats=20, answered_after_s=9)
    beaten_slowly(story, beats=17, answered_after_s=0)
    story.passes(5)
    story.beat().answered()
    judged = story.judged()
    assert judged.of("EVC-1.3-c") == ["good as-told"] * 38
    assert judged.blamed() == []


def test_a_slow_server_excuses_no_box_that_is_late_by_itself() -> None:
    """The answer was there in time, or long before the beat left; and after it the box falls silent."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=10)
    story.passes(10)
    beaten_slowly(story, beats=1, answered_after_s=7, after_that_s=5)
    beaten_slowly(story, beats=1, answered_after_s=12, after_that_s=3)
    story.beat().answered()
    story.passes(12)
    assert story.judged().of("EVC-1.3-c") == ["good as-told", "bad as-told", "bad as-told", "bad as-told"]


def test_a_swipe_behind_a_slow_answer_is_told_with_it() -> None:
    """The reader's line was busy; one that dawdles after the answer is late all the same."""
    for dawdles_s, verdict in ((0, "good"), (2, "bad")):
        story = Story(by_hand=False)
        start = charging(story)
        story.passes(10)
        sample = story.sample(start)
        story.passes(2)
        story.did("card-swiped", connector=1, card=CARD)
        story.passes(6)
        sample.answered()
        story.passes(dawdles_s)
        story.authorize().answered()
        assert story.judged().of("EVC-1.2-f")[1:] == [f"{verdict} within-1-s"]


def test_boxes_of_one_line_wait_for_each_other() -> None:
    """Behind one back office the answer to the one holds up the other."""
    story = Story(by_hand=False)
    switched_on(story, interval_s=10)
    switched_on(story, OTHER_BOX, interval_s=10)
    story.passes(10)
    beat = story.beat(OTHER_BOX, line="box CB-0001")
    story.passes(4)
    beat.answered()
    story.beat(line="box CB-0001").answered()
    story.passes(6)
    story.beat(OTHER_BOX, line="box CB-0001").answered()
    story.beat(line="box CB-0001").answered()
    assert story.judged().of("EVC-1.3-c") == ["good as-told"] * 4
