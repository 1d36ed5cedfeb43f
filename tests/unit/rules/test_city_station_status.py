"""BJ-1.1.2-a, EVC-1.3-d, EVC-1.7-c: the city is told of every change, at once, and of nothing that is not so."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.messages import Interface
from simulators.journal.records import WireError
from tests.unit.city_journals import ELSEWHERE, LEFT, RIGHT, CityStory
from tests.unit.city_yard import (
    CHANGES,
    CHARGING,
    FAULT,
    FAULTS,
    IDLE,
    OCCUPIED,
    OFFLINE,
    RESERVED,
    SHOWN,
    SILENCE,
    Yard,
    of,
)
from tests.unit.journals import BOX, OTHER_BOX, STRANGER, Judged

# Each case, told and not told


@pytest.mark.parametrize(("status", "case"), [("Occupied", "occupied"), ("Reserved", "reserved"), ("Faulted", "fault")])
def test_a_status_that_a_box_tells_is_pushed(status: str, case: str) -> None:
    """There and back; what is told in time is good, whenever in that time."""
    story = Yard()
    story.shows(status)
    story.passes(4.9)
    story.told(SHOWN[status])
    story.waits(10)
    story.shows("Available")
    story.told(IDLE)
    story.waits(10)
    assert of(story) == [f"good {case}", "good idle"]


@pytest.mark.parametrize(("status", "case"), [("Occupied", "occupied"), ("Reserved", "reserved"), ("Faulted", "fault")])
@pytest.mark.parametrize("told_after_s", [None, 5.1])
def test_a_status_that_is_pushed_late_or_never_is_bad(status: str, case: str, told_after_s: float | None) -> None:
    """At once means the tolerance of the PIXIT, 5 s."""
    story = Yard()
    story.shows(status)
    if told_after_s:
        story.passes(told_after_s)
        story.told(SHOWN[status])
    story.waits(10)
    assert of(story) == [f"bad {case}"]


def test_what_could_not_be_pushed_for_want_of_a_token_is_not_judged() -> None:
    """The platform gave none when it was asked (5.1)."""
    story = Yard()
    story.shows("Reserved")
    story.pushes(Interface.QUERY_TOKEN, None, ret=-1, by="busy")
    story.waits(10)
    assert of(story) == []


def test_the_tolerance_is_that_of_the_pixit() -> None:
    """A platform may grant more."""
    story = Yard(push_at_once_s=60)
    story.shows("Reserved")
    story.waits(59)
    story.told(RESERVED)
    story.waits(10)
    assert of(story) == ["good reserved"]


def test_idle_that_is_pushed_as_offline_is_bad() -> None:
    """0 is offline, whatever a comment in somebody's code says (cec102 4.3)."""
    story = Yard()
    story.shows("Occupied")
    story.told(OCCUPIED)
    story.waits(10)
    story.shows("Available")
    story.told(OFFLINE)
    story.waits(10)
    assert of(story) == ["good occupied", "bad idle"]


def test_charging_follows_from_the_transaction() -> None:
    """From the accepted start to the stop, whatever else the box says of itself; then it is what it says."""
    story = Yard()
    start = story.start().answered()
    story.shows("Occupied")
    story.told(CHARGING)
    story.waits(60)
    story.stop(start).answered()
    story.told(OCCUPIED)
    story.waits(20)
    story.shows("Available")
    story.told(IDLE)
    story.waits(10)
    assert of(story) == ["good charging", "good occupied", "good idle"]


def test_a_server_that_forgets_the_end_of_charging_is_bad() -> None:
    """The car still stands there, but takes nothing any more: occupied, not charging."""
    story = Yard()
    start = story.start().answered()
    story.shows("Occupied")
    story.told(CHARGING)
    story.waits(60)
    story.stop(start).answered()
    story.waits(20)
    story.shows("Available")
    story.told(IDLE)
    story.waits(10)
    assert of(story) == ["good charging", "bad occupied", "good idle"]


@pytest.mark.parametrize("told", [IDLE, OCCUPIED])
def test_charging_that_is_told_as_something_else_is_bad(told: int) -> None:
    """2 is occupied without charging."""
    story = Yard()
    story.start().answered()
    story.told(told)
    story.waits(10)
    assert of(story) == ["bad charging"]


@pytest.mark.parametrize("told", [IDLE, OCCUPIED])
def test_without_a_word_of_the_box_the_car_may_be_there_or_not(told: int) -> None:
    """It told Available before the charge, and nothing since."""
    story = Yard()
    start = story.start().answered()
    story.told(CHARGING)
    story.waits(10)
    story.stop(start).answered()
    story.told(told)
    story.waits(10)
    assert of(story) == ["good charging"]


@pytest.mark.parametrize("told", [IDLE, CHARGING])
def test_a_box_that_contradicts_itself_is_not_the_server_s_fault(told: int) -> None:
    """Available, says the box, while its transaction runs."""
    story = Yard()
    story.start().answered()
    story.told(CHARGING)
    story.waits(10)
    story.shows("Available")
    story.told(told)
    story.waits(10)
    assert of(story) == ["good charging"]


@pytest.mark.parametrize("told", [FAULT, CHARGING])
def test_a_fault_under_a_car_may_wait_for_the_end_of_charging(told: int) -> None:
    """Which of the two shows is not said; once the transaction is over, it is the fault."""
    story = Yard()
    start = story.start().answered()
    story.told(CHARGING)
    story.waits(10)
    story.shows("Faulted")
    story.told(told)
    story.waits(10)
    story.stop(start).answered()
    story.told(FAULT)
    story.waits(10)
    assert of(story) == ["good charging", "good fault"]


@pytest.mark.parametrize("told", [OFFLINE, OCCUPIED, RESERVED, FAULT])
def test_unavailable_has_no_counterpart(told: int) -> None:
    """Whatever keeps people away will do (cec102 4.3)."""
    story = Yard()
    story.shows("Unavailable")
    story.told(told)
    story.waits(10)
    assert of(story) == []


def test_each_connector_is_told_by_its_own_number() -> None:
    """The neighbour's number tells nobody of this one, and is untrue of the neighbour."""
    story = Yard()
    story.shows("Reserved", connector=2)
    story.told(RESERVED, LEFT)
    story.waits(10)
    assert sorted(of(story)) == ["bad idle", "bad reserved"]


# What need not be told, or may be told otherwise


def test_a_change_that_is_overtaken_need_not_be_told() -> None:
    """Occupied for two seconds, then reserved: the latest state is what is pushed (1.1.2)."""
    story = Yard()
    story.shows("Occupied")
    story.passes(2)
    story.shows("Reserved")
    story.passes(4)
    story.told(RESERVED)
    story.waits(10)
    assert of(story) == ["good reserved"]


def test_a_change_that_is_undone_need_not_be_told() -> None:
    """Nobody is better for it, and nobody worse."""
    story = Yard()
    story.shows("Occupied")
    story.passes(2)
    story.shows("Available")
    story.waits(10)
    assert of(story) == []


def test_late_within_the_tolerance_is_no_lie() -> None:
    """Each of two changes is told four seconds after it: the first push is untrue when it comes."""
    story = Yard()
    story.shows("Occupied")
    story.passes(2)
    story.shows("Reserved")
    story.passes(2)
    story.told(OCCUPIED)
    story.passes(2)
    story.told(RESERVED)
    story.waits(10)
    assert of(story) == ["good reserved"]


def test_pushed_again_and_again_is_lawful() -> None:
    """No upper limit is given for pushes that are true."""
    story = Yard()
    story.shows("Occupied")
    for _ in range(20):
        story.told(OCCUPIED)
        story.waits(10)
    assert of(story) == ["good occupied"]


def test_a_push_may_come_before_the_box_has_its_answer() -> None:
    """A server that pushes first and answers then: in the journal the push stands first."""
    story = Yard()
    asked = story.status("Reserved")
    story.told(RESERVED)
    story.passes(0.5)
    asked.answered()
    story.waits(10)
    assert of(story) == ["good reserved"]


def test_the_time_begins_with_the_answer_to_the_box() -> None:
    """While the request is on its way nobody knows when the server read it."""
    story = Yard()
    asked = story.status("Reserved")
    story.passes(3)
    asked.answered()
    story.passes(4)
    story.told(RESERVED)
    story.waits(10)
    assert of(story) == ["good reserved"]


def test_a_state_that_is_not_so_must_be_put_right() -> None:
    """Nothing has changed but what the city was told."""
    story = Yard()
    story.told(FAULT)
    story.waits(10)
    assert of(story, CHANGES, SILENCE, FAULTS) == ["bad idle"]


def test_a_slip_that_is_put_right_at_once_is_no_evidence() -> None:
    """Neither for the server nor against it."""
    story = Yard()
    story.told(FAULT)
    story.passes(3)
    story.told(IDLE)
    story.waits(10)
    assert of(story) == []


def test_a_state_of_before_that_is_sent_again_misleads() -> None:
    """A push that is sent again must tell the state of now."""
    story = Yard()
    story.shows("Occupied")
    story.told(OCCUPIED, by="ret 500")
    story.waits(10)
    story.shows("Available")
    story.told(IDLE)
    story.waits(40)
    story.told(OCCUPIED)
    story.waits(10)
    assert of(story) == ["good occupied", "good idle", "bad idle"]


@pytest.mark.parametrize("by", ["ret -1", "ret 500", "http 503", "silent", "cut"])
def test_a_push_that_the_platform_refuses_was_pushed(by: str) -> None:
    """That it is sent again, CEC-RES-a demands."""
    story = Yard()
    story.shows("Occupied")
    story.told(OCCUPIED, by=by)
    story.waits(80)
    story.told(OCCUPIED)
    story.waits(10)
    assert of(story) == ["good occupied"]


def test_a_push_that_nobody_can_read_is_no_evidence() -> None:
    """It may have been the one; its envelope is another row's."""
    story = Yard()
    story.shows("Occupied")
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, None, ret=4004)
    story.waits(30)
    assert of(story) == []


@pytest.mark.parametrize("told", [{"Status": 1}, {"ConnectorID": 7, "Status": 1}, {"ConnectorID": LEFT.id}, [], "1"])
def test_a_push_that_names_no_state_is_no_evidence(told: Any) -> None:
    """Its fields are CEC-ENV-m's."""
    story = Yard()
    story.shows("Occupied")
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, {"ConnectorStatusInfo": told})
    story.waits(30)
    assert of(story) == []


@pytest.mark.parametrize("form", ["object", "list", "text"])
def test_form_is_another_row_s(form: str) -> None:
    """An object or a list of one (BJ-X6), a number or a number in a string (CEC-ENV-m): it can be read."""
    story = Yard()
    story.shows("Occupied")
    told: dict[str, Any] = {"ConnectorID": LEFT.id, "Status": "2" if form == "text" else 2}
    content = {"ConnectorStatusInfo": [told] if form == "list" else told}
    story.pushes(Interface.NOTIFICATION_STATION_STATUS, content)
    story.waits(10)
    assert of(story) == ["good occupied"]


def test_connectors_that_the_boxes_know_nothing_of_are_not_judged() -> None:
    """An unknown number, and a connector whose box never booted."""
    story = Yard()
    story.pushes(
        Interface.NOTIFICATION_STATION_STATUS, {"ConnectorStatusInfo": {"ConnectorID": "somebody's", "Status": 3}}
    )
    story.told(FAULT, ELSEWHERE)
    story.waits(60)
    assert of(story) == []


# The first word


def test_the_first_state_is_owed_only_where_the_city_was_told_another() -> None:
    """What was pushed before the journal began nobody knows."""
    story = CityStory()
    story.booted()
    story.status().answered()
    story.passes(20)
    assert story.judged().of(CHANGES) == []


@pytest.mark.parametrize(("told", "found"), [(IDLE, "good idle"), (None, "bad idle")])
def test_a_box_that_comes_on_line_changes_what_the_city_was_told(told: int | None, found: str) -> None:
    """Pushed as offline when the server started; then the box boots."""
    story = Yard()
    story.beating = [BOX, OTHER_BOX]
    story.told(OFFLINE, ELSEWHERE)
    story.waits(20)
    story.booted(OTHER_BOX)
    story.status(box=OTHER_BOX).answered()
    if told is not None:
        story.told(told, ELSEWHERE)
    story.waits(20)
    assert of(story, CHANGES, SILENCE) == [found]


def test_after_a_boot_the_box_tells_anew() -> None:
    """What it was before it was switched off may be true no longer; the server may keep it or not."""
    story = Yard()
    story.shows("Faulted")
    story.told(FAULT)
    story.waits(10)
    story.booted()
    story.told(IDLE)
    story.waits(20)
    story.shows("Faulted")
    story.told(FAULT)
    story.waits(20)
    assert of(story) == ["good fault", "good fault"]


# Notifications that were not taken as they are


@pytest.mark.parametrize("told", [IDLE, FAULT])
def test_a_notification_without_a_usable_answer_may_have_been_taken(told: int) -> None:
    """The line broke under it."""
    story = Yard()
    story.status("Faulted", "GroundFailure").broken(WireError.CLOSED)
    story.told(told)
    story.waits(20)
    assert of(story) == []


def test_a_notification_that_is_rightly_refused_changes_nothing() -> None:
    """Without vendorErrorCode it is none (EVC-1.7-b)."""
    story = Yard()
    story.status("Faulted", "GroundFailure", vendor_code=None).refused()
    story.told(FAULT)
    story.waits(20)
    assert of(story) == ["bad idle"]


def test_another_box_s_words_are_its_own() -> None:
    """A box that nobody registered speaks of connector 1."""
    story = Yard()
    story.status("Faulted", "GroundFailure", box=STRANGER).refused()
    story.waits(20)
    assert of(story) == []


# The whole box (EVC-X20)


def whole_box(status: str) -> Yard:
    """Connector 0 speaks for both."""
    story = Yard(readings={"EVC-X20": "zero"})
    story.shows(status, connector=0)
    return story


def test_a_fault_of_the_box_is_one_of_each_connector() -> None:
    """An error before all (2.9)."""
    story = whole_box("Faulted")
    story.told(FAULT, LEFT)
    story.waits(20)
    assert of(story) == ["good fault", "bad fault"]


@pytest.mark.parametrize("told", [OCCUPIED, RESERVED, OFFLINE])
def test_no_connector_free_may_be_anything_else(told: int) -> None:
    """Of a box with two connectors the status of one is not told."""
    story = whole_box("Occupied")
    story.told(told, LEFT)
    story.told(OCCUPIED, RIGHT)
    story.waits(20)
    assert of(story) == []


def test_a_free_connector_does_not_end_its_neighbour_s_charge() -> None:
    """The box is available as long as one connector is."""
    story = whole_box("Reserved")
    story.told(RESERVED, LEFT)
    story.told(RESERVED, RIGHT)
    story.waits(20)
    story.start().answered()
    story.shows("Available", connector=0)
    story.told(CHARGING, LEFT)
    story.told(IDLE, RIGHT)
    story.waits(20)
    assert of(story) == ["good charging", "good idle"]


# The rows that look at the same pushes


def test_faults_and_cars_reach_the_city() -> None:
    """EVC-1.7-c, by the platform's eyes."""
    story = Yard()
    for told in (True, False):
        for status in ("Occupied", "Faulted"):
            story.shows(status)
            if told:
                story.told(SHOWN[status])
            story.waits(10)
            story.shows("Available")
            story.told(IDLE)
            story.waits(10)
    assert of(story, FAULTS) == [
        "good city-occupied", "good city-faulted", "bad city-occupied", "bad city-faulted",
    ]  # fmt: skip


# Whether it is knowledge


def discriminated(judged: Judged) -> bool:
    """Whether pushes of states count as evidence."""
    return Interface.NOTIFICATION_STATION_STATUS.value in judged.judge.worlds[0].benches[0].discriminated()


DRAWN = ("Occupied", "Reserved", "Available", "Reserved", "Available", "Occupied", "Reserved", "Available")


@pytest.mark.parametrize(
    ("teller", "shown"),
    [
        (lambda number, right: right, True),
        (lambda number, right: OFFLINE if right == IDLE else right, True),  # a defect of its own
        (lambda number, right: None, False),
        (lambda number, right: IDLE, False),
        (lambda number, right: (IDLE, OCCUPIED)[number % 2], False),
        (lambda number, right: (IDLE, OCCUPIED, RESERVED)[number % 3], False),
        (lambda number, right: number * 7 % 5, False),
    ],
    ids=["right", "idle as offline", "silent", "constant", "alternating", "by turns", "at random"],
)
def test_only_who_looks_at_the_boxes_is_seen_to(teller: Any, shown: bool) -> None:
    """Constant, alternating and random pushes are right now and then, and no evidence."""
    story = Yard()
    for number, status in enumerate(DRAWN * 3):
        story.shows(status)
        told = teller(number, SHOWN[status])
        if told is not None:
            story.told(told)
        story.waits(10)
    assert discriminated(story.judged()) is shown


def test_all_states_in_turn_are_no_evidence() -> None:
    """Who pushes every state each second is right at any moment of the tolerance, and wrong when it is over."""
    story = Yard()
    for number, status in enumerate(DRAWN * 3):
        story.shows(status)
        for second in range(10):
            story.passes(1)
            story.told((OFFLINE, IDLE, OCCUPIED, CHARGING, RESERVED, FAULT)[(second + number // 2) % 6])
        story.beat().answered()
    judged = story.judged()
    assert not discriminated(judged)
    assert {"bad occupied", "bad idle", "bad reserved"} <= set(judged.of(CHANGES))
