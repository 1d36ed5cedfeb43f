"""1.7, 2.8 and 2.9, status notification."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.evchong.messages import ChargePointErrorCode, ChargePointStatus
from simulators.journal.records import WireError
from tests.unit.journals import BOX, LEFT_OUT, Story

OFFLINE, IDLE, OCCUPIED, CHARGING, FAULTED = 0, 1, 2, 3, 255


@pytest.mark.parametrize("error", ChargePointErrorCode)
def test_every_error_code_is_taken(error: ChargePointErrorCode) -> None:
    """Answered with a timestamp; a code that is refused is blamed, with the status that it came with."""
    story = Story()
    story.booted()
    story.status("Available", error, vendor_code="E1", info="fan").answered()
    story.status("Available", error, vendor_code="E1", info="fan").refused(422)
    judged = story.judged()
    assert judged.of("EVC-1.7-a") == [
        f"good errorCode/{error}",
        "good status/Available",
        f"bad errorCode/{error}",
        "bad status/Available",
    ]
    assert judged.blamed() == sorted([f"EVC-1.7-a errorCode/{error}", "EVC-1.7-a status/Available"])


@pytest.mark.parametrize("status", ChargePointStatus)
def test_every_status_is_taken(status: ChargePointStatus) -> None:
    """With whatever error code (EVC-X19)."""
    story = Story()
    story.booted()
    story.status(status, "GroundFailure", vendor_code="E1").answered()
    story.status(status, "GroundFailure", vendor_code="E1").refused(500)
    judged = story.judged()
    assert judged.of("EVC-1.7-a") == [
        "good errorCode/GroundFailure",
        f"good status/{status}",
        "bad errorCode/GroundFailure",
        f"bad status/{status}",
    ]


@pytest.mark.parametrize("time", [LEFT_OUT, None, "now", 1.5])
def test_an_answer_without_its_time_is_blamed(time: Any) -> None:
    """The timestamp is what the answer consists of."""
    story = Story()
    story.booted()
    story.status().answered(timestamp=time)
    assert story.judged().blamed() == ["EVC-1.7-a errorCode/NoError", "EVC-1.7-a status/Available"]


@pytest.mark.parametrize("connector", [0, 3])
def test_a_connector_that_is_not_there_has_no_status(connector: int) -> None:
    """Such a notification may be refused, connectorId 0 too where connectors report for themselves (EVC-X20)."""
    story = Story()
    story.booted()
    story.status(connector=connector).refused(404)
    judged = story.judged()
    assert judged.of("EVC-1.7-a") == []
    assert judged.blamed() == []


def test_connector_0_is_the_whole_box_where_the_pixit_says_so() -> None:
    """The other reading of EVC-X20."""
    story = Story(readings={"EVC-X20": "zero"})
    story.booted()
    story.status(connector=0).answered()
    story.status("Unavailable", connector=0).refused(422)
    assert story.judged().of("EVC-1.7-a") == [
        "good errorCode/NoError",
        "good status/Available",
        "bad errorCode/NoError",
        "bad status/Unavailable",
    ]


@pytest.mark.parametrize("status", [400, 409, 422])
def test_errors_need_their_vendor_code(status: int) -> None:
    """Refused without it, by 4xx or by an answer without the root key (EVC-X10)."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code=None).refused(status)
    story.status("Faulted", "GroundFailure", vendor_code=None).answered_with({"error": "vendorErrorCode"})
    judged = story.judged()
    assert judged.of("EVC-1.7-b") == ["good missing-vendor-code", "good missing-vendor-code"]
    assert judged.of("EVC-1.7-d") == []
    assert judged.blamed() == []


def test_errors_taken_without_their_vendor_code_are_advised_against() -> None:
    """Accepted, or crashed on."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code=None).answered()
    story.status("Faulted", "GroundFailure", vendor_code=None).refused(500)
    judged = story.judged()
    assert judged.of("EVC-1.7-b") == ["bad missing-vendor-code", "bad missing-vendor-code"]
    assert judged.blamed() == ["EVC-1.7-b missing-vendor-code"]


@pytest.mark.parametrize(
    ("fields", "case"),
    [
        ({"vendor_id": None}, "without-vendor-id"),
        ({"vendor_code": None}, "no-error-without-code"),
        ({"status": "Faulted", "error": "GroundFailure", "vendor_code": "E1", "vendor_id": None}, "without-vendor-id"),
    ],
)
def test_the_vendor_s_fields_are_mandatory(fields: dict[str, Any], case: str) -> None:
    """Refused is good, taken is advised against (EVC-X18)."""
    story = Story()
    story.booted()
    story.status(**fields).refused(422)
    story.status(**fields).answered()
    judged = story.judged()
    assert judged.of("EVC-1.7-d") == [f"good {case}", f"bad {case}"]
    assert judged.of("EVC-1.7-b") == []
    assert judged.blamed() == [f"EVC-1.7-d {case}"]


def test_both_of_the_vendor_s_fields_missing_show_nothing() -> None:
    """Which of the two a refusal is for cannot be told."""
    story = Story()
    story.booted()
    story.status(vendor_id=None, vendor_code=None).answered()
    judged = story.judged()
    assert [judged.of("EVC-1.7-b"), judged.of("EVC-1.7-d"), judged.blamed()] == [[], [], []]


def test_info_is_optional() -> None:
    """Accepted without it."""
    story = Story()
    story.booted()
    story.status().answered()
    judged = story.judged()
    assert judged.of("EVC-1.7-e") == ["good without-info"]
    assert judged.blamed() == []


def test_a_server_that_wants_info_is_blamed() -> None:
    """Where notifications with info were accepted and none without; told at the end."""
    story = Story()
    story.booted()
    story.status().refused(422)
    story.status(info="all well").answered()
    judged = story.judged()
    assert judged.of("EVC-1.7-e") == ["bad without-info"]


def test_a_notification_refused_for_another_reason_is_not_for_want_of_info() -> None:
    """Some were accepted without it, or none at all were accepted."""
    story = Story()
    story.booted()
    story.status().answered()
    story.status("Reserved").refused(422)
    story.status("Reserved", info="for U-1").answered()
    assert story.judged().of("EVC-1.7-e") == ["good without-info"]
    gloomy = Story()
    gloomy.booted()
    gloomy.status().refused(422)
    gloomy.status(info="all well").refused(422)
    assert gloomy.judged().of("EVC-1.7-e") == []


@pytest.mark.parametrize("shown", [OCCUPIED, CHARGING])
def test_statuses_reach_what_shows_them(shown: int) -> None:
    """A fault as 255, an occupied connector as 2 or, when it charges, 3."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code="E1", connector=1).answered()
    story.status("Occupied", connector=2).answered()
    story.connectors((BOX, 1, FAULTED), (BOX, 2, shown))
    judged = story.judged()
    assert judged.of("EVC-1.7-c") == ["good faulted", "good occupied"]
    assert judged.blamed() == []


def test_statuses_that_do_not_arrive_are_advised_against() -> None:
    """A faulted connector shown as idle, an occupied one too."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code="E1", connector=1).answered()
    story.status("Occupied", connector=2).answered()
    story.connectors((BOX, 1, IDLE), (BOX, 2, IDLE))
    judged = story.judged()
    assert judged.of("EVC-1.7-c") == ["bad faulted", "bad occupied"]
    assert judged.blamed() == ["EVC-1.7-c faulted", "EVC-1.7-c occupied"]


def test_a_connector_shown_offline_tells_no_status() -> None:
    """Whether it may be offline is EVC-1.3-d's."""
    story = Story()
    story.boot().answered(heartbeatInterval=10)
    story.status("Faulted", "GroundFailure", vendor_code="E1").answered()
    story.passes(31)
    story.connectors((BOX, 1, OFFLINE))
    judged = story.judged()
    assert judged.of("EVC-1.7-c") == []
    assert judged.blamed() == []


def test_after_an_unanswered_notification_either_status_is_right() -> None:
    """The server may have taken it, or not."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code="E1").answered()
    story.status("Available").broken(WireError.TIMEOUT)
    story.connectors((BOX, 1, IDLE))
    story.connectors((BOX, 1, FAULTED))
    assert story.judged().of("EVC-1.7-c") == []


def test_a_restart_clears_what_was_notified() -> None:
    """After a boot the box tells everything anew."""
    story = Story()
    story.booted()
    story.status("Faulted", "GroundFailure", vendor_code="E1").answered()
    story.booted()
    story.connectors((BOX, 1, IDLE))
    assert story.judged().of("EVC-1.7-c") == []
