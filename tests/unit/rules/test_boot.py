"""1.1, boot: who is accepted, who is rejected, and what both are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.journals import (
    BOX,
    CARD,
    HOME,
    LEFT_OUT,
    NOON_MS,
    NOWHERE,
    OTHER_HOME,
    STRANGER,
    Story,
)

SECOND_MS = 1000


def test_a_registered_box_is_accepted_and_told_time_and_interval() -> None:
    """The plain case of EVC-1.1-a; fields may come in any order and with strangers among them."""
    story = Story()
    story.boot().answered_with(
        {"extra": 1, "bootRes": {"status": "Accepted", "currentTime": NOON_MS, "zone": None, "heartbeatInterval": 300}}
    )
    judged = story.judged()
    assert judged.of("EVC-1.1-a") == ["good accepted", "good current-time", "good heartbeat-interval"]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", ["Rejected", "rejected", "accepted", "OK", "", None, 1, LEFT_OUT])
def test_a_registered_box_that_is_not_accepted_is_blamed(status: Any) -> None:
    """Every status but Accepted, spelled so, and none at all (2.10)."""
    story = Story()
    story.boot().answered(status=status)
    judged = story.judged()
    assert judged.of("EVC-1.1-a") == ["bad accepted"]
    assert judged.blamed() == ["EVC-1.1-a accepted"]


@pytest.mark.parametrize("status", [400, 409, 500, 503])
def test_a_registered_box_that_gets_no_answer_of_substance_is_blamed(status: int) -> None:
    """A refusal and a crash are no acceptance."""
    story = Story()
    story.boot().refused(status)
    assert story.judged().blamed() == ["EVC-1.1-a accepted"]


@pytest.mark.parametrize("time", [LEFT_OUT, None, "noon", 1.5, True])
def test_an_accepted_box_is_told_the_time(time: Any) -> None:
    """currentTime is mandatory and a dateTime."""
    story = Story()
    story.boot().answered(currentTime=time)
    judged = story.judged()
    assert judged.of("EVC-1.1-a") == ["good accepted", "bad current-time", "good heartbeat-interval"]
    assert judged.blamed() == ["EVC-1.1-a current-time"]


def test_an_accepted_box_is_told_the_interval() -> None:
    """heartbeatInterval is mandatory."""
    story = Story()
    story.boot().answered(heartbeatInterval=LEFT_OUT)
    judged = story.judged()
    assert judged.of("EVC-1.1-a") == ["good accepted", "good current-time", "bad heartbeat-interval"]
    assert judged.blamed() == ["EVC-1.1-a heartbeat-interval"]


def test_a_boot_from_another_station_of_ours_is_not_judged() -> None:
    """Whether a box may stand elsewhere than where it is registered is not said (EVC-X14)."""
    story = Story()
    story.boot(station=OTHER_HOME).answered(status="Rejected")
    story.boot(station=OTHER_HOME).answered()
    judged = story.judged()
    assert [judged.of(row) for row in ("EVC-1.1-a", "EVC-1.1-b", "EVC-1.1-c")] == [[], [], []]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", ["Rejected", "rejected"])
def test_a_stranger_is_rejected_and_told_time_and_interval(status: str) -> None:
    """Both spellings of the document are the same status (EVC-X25)."""
    story = Story()
    story.boot(STRANGER).answered(status=status)
    judged = story.judged()
    assert judged.of("EVC-1.1-b") == ["good rejected", "good current-time", "good heartbeat-interval"]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", ["Accepted", "Unknown", "REJECTED!", None, LEFT_OUT])
def test_a_stranger_that_is_not_rejected_is_blamed(status: Any) -> None:
    """Accepting is wrong, and so is a status that the document does not have."""
    story = Story()
    story.boot(STRANGER).answered(status=status)
    judged = story.judged()
    assert judged.of("EVC-1.1-b") == ["bad rejected"]
    assert judged.blamed() == ["EVC-1.1-b rejected"]


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_stranger_is_owed_its_status(status: int) -> None:
    """The document has a word for it, so an HTTP status alone will not do."""
    story = Story()
    story.boot(STRANGER).refused(status)
    assert story.judged().blamed() == ["EVC-1.1-b rejected"]


@pytest.mark.parametrize(
    ("field", "case"), [("currentTime", "current-time"), ("heartbeatInterval", "heartbeat-interval")]
)
def test_a_rejected_box_is_told_both_too(field: str, case: str) -> None:
    """Both are mandatory whatever the status."""
    story = Story()
    story.boot(STRANGER).answered(status="Rejected", **{field: LEFT_OUT})
    judged = story.judged()
    assert f"bad {case}" in judged.of("EVC-1.1-b")
    assert judged.blamed() == [f"EVC-1.1-b {case}"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_foreign_station_may_be_refused_in_any_way(status: int) -> None:
    """By an HTTP 4xx, or by Rejected (EVC-X10)."""
    story = Story()
    story.booted()
    story.boot(station=NOWHERE).refused(status)
    story.boot(station=NOWHERE).answered(status="Rejected")
    judged = story.judged()
    assert judged.of("EVC-1.1-c") == ["good foreign-station", "good foreign-station"]
    assert judged.blamed() == []


def test_a_foreign_station_that_is_accepted_is_advised_against() -> None:
    """Accepting it, or crashing on it."""
    story = Story()
    story.boot(station=NOWHERE).answered()
    story.boot(station=NOWHERE).refused(500)
    judged = story.judged()
    assert judged.of("EVC-1.1-c") == ["bad foreign-station", "bad foreign-station"]
    assert judged.blamed() == ["EVC-1.1-c foreign-station"]


def test_times_agree_with_real_time() -> None:
    """Each of the four services that tell the time, within the tolerance of the PIXIT, also when it answers late."""
    story = Story(time_tolerance_s=5)
    boot = story.boot()
    story.passes(20)
    boot.answered(currentTime=NOON_MS - 5 * SECOND_MS)
    story.beat().answered(currentTime=story.now_ms + 5 * SECOND_MS)
    story.status().answered()
    start = story.start().answered()
    story.sample(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.1-d") == ["good deviceBoot", "good heartbeat", "good statusNotify", "good meterValues"]
    assert judged.blamed() == []


@pytest.mark.parametrize("off_ms", [-5 * SECOND_MS - 1, 5 * SECOND_MS + 1, 8 * 3600 * SECOND_MS])
def test_times_that_are_off_are_advised_against(off_ms: int) -> None:
    """Too early, too late, or a local time taken for UTC."""
    story = Story(time_tolerance_s=5)
    story.boot().answered(currentTime=NOON_MS + off_ms)
    story.beat().answered(currentTime=NOON_MS + off_ms)
    story.status().answered(timestamp=NOON_MS + off_ms)
    start = story.start().answered()
    story.sample(start).answered(timestamp=NOON_MS + off_ms)
    judged = story.judged()
    assert judged.of("EVC-1.1-d") == ["bad deviceBoot", "bad heartbeat", "bad statusNotify", "bad meterValues"]
    assert judged.blamed() == [
        "EVC-1.1-d deviceBoot",
        "EVC-1.1-d heartbeat",
        "EVC-1.1-d meterValues",
        "EVC-1.1-d statusNotify",
    ]


def test_times_in_seconds_are_off() -> None:
    """Unix seconds are a moment in January 1970."""
    story = Story()
    story.boot().answered(currentTime=NOON_MS // 1000)
    assert story.judged().blamed() == ["EVC-1.1-d deviceBoot"]


def test_a_time_in_iso_8601_is_the_same_moment() -> None:
    """Read as the moment that it names, and remarked on (EVC-X8)."""
    story = Story()
    story.boot().answered(currentTime="2015-03-02T12:00:00+08:00")
    judged = story.judged()
    assert judged.of("EVC-1.1-d") == ["good deviceBoot"]
    assert judged.of("EVC-1.1-a") == ["good accepted", "good current-time", "good heartbeat-interval"]
    assert judged.blamed() == []


def test_no_time_is_no_wrong_time() -> None:
    """A time that is not there is the row's that demands it."""
    story = Story()
    story.booted()
    story.beat().answered(currentTime=LEFT_OUT)
    judged = story.judged()
    assert judged.of("EVC-1.1-d") == ["good deviceBoot"]
    assert judged.blamed() == ["EVC-1.3-a current-time"]


@pytest.mark.parametrize("interval", [1, 5, 10, 5.0, 86_400])
def test_an_interval_is_a_positive_whole_number(interval: float) -> None:
    """5.0 is a whole number in JSON."""
    story = Story()
    story.boot().answered(heartbeatInterval=interval)
    judged = story.judged()
    assert judged.of("EVC-1.1-e") == ["good positive-whole"]
    assert judged.blamed() == []


@pytest.mark.parametrize("interval", [0, -5, 0.5, "5", True, None, [5]])
def test_an_interval_that_no_box_can_keep_to_is_blamed(interval: Any) -> None:
    """Zero, negative, a fraction, a text, nothing: EVC-1.1-e alone."""
    story = Story()
    story.boot().answered(heartbeatInterval=interval)
    judged = story.judged()
    assert judged.of("EVC-1.1-e") == ["bad positive-whole"]
    assert judged.blamed() == ["EVC-1.1-e positive-whole"]


def test_no_interval_has_no_sign() -> None:
    """A missing one is EVC-1.1-a's."""
    story = Story()
    story.boot().answered(heartbeatInterval=LEFT_OUT)
    assert story.judged().of("EVC-1.1-e") == []


def test_a_rejected_box_gets_no_service() -> None:
    """By 4xx or by status; which one is open."""
    story = Story()
    story.boot(STRANGER).answered(status="Rejected")
    story.authorize(box=STRANGER).answered(status="Blocked")
    story.start(box=STRANGER).refused(403)
    judged = story.judged()
    assert judged.of("EVC-1.1-f") == ["good authorize", "good startTrans"]
    assert judged.blamed() == []


def test_a_rejected_box_that_is_served_is_advised_against() -> None:
    """A rejected box has failed to start: its cards are nobody's."""
    story = Story()
    story.boot(STRANGER).answered(status="Rejected")
    story.authorize(box=STRANGER).answered()
    story.start(box=STRANGER).answered()
    judged = story.judged()
    assert judged.of("EVC-1.1-f") == ["bad authorize", "bad startTrans"]
    assert judged.blamed() == ["EVC-1.1-f authorize", "EVC-1.1-f startTrans"]


def test_a_box_that_was_accepted_after_all_is_served() -> None:
    """The latest boot counts."""
    story = Story()
    story.boot(station=NOWHERE).answered(status="Rejected")
    story.boot(station=HOME).answered()
    story.authorize().answered()
    judged = story.judged()
    assert judged.of("EVC-1.1-f") == []
    assert judged.of("EVC-1.2-a") == ["good accepted"]
    assert judged.blamed() == []


def test_a_boot_refused_by_http_says_nothing_of_the_registration() -> None:
    """A server that throws a bad boot away, 4xx, may go on serving the box as it was registered before."""
    story = Story()
    story.booted()
    story.boot(station=NOWHERE).refused(404)
    story.authorize(CARD).answered()
    judged = story.judged()
    assert judged.of("EVC-1.1-f") == []
    assert judged.blamed() == []


def test_three_fields_suffice_to_boot() -> None:
    """The six others are optional; accepted without them is evidence for EVC-1.1-g, and for EVC-1.1-a."""
    story = Story()
    story.boot(model=None).answered()
    judged = story.judged()
    assert judged.of("EVC-1.1-g") == ["good mandatory-only"]
    assert judged.of("EVC-1.1-a") == ["good accepted", "good current-time", "good heartbeat-interval"]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_wants_more_to_boot_is_blamed_once(status: int) -> None:
    """Refused without the optional fields is EVC-1.1-g's, by whatever refusal."""
    story = Story()
    story.boot(BOX, model=None).refused(status)
    story.boot(BOX, model=None).answered(status="Rejected")
    judged = story.judged()
    assert judged.of("EVC-1.1-g") == ["bad mandatory-only", "bad mandatory-only"]
    assert judged.blamed() == ["EVC-1.1-g mandatory-only"]
