"""BJ-1.1.2-a, BJ-1.1.3-b, BJ-1.1.5-b: chargers without a charge box, judged by the words of their link."""

from __future__ import annotations

import pytest

from simulators.beijing.messages import Interface
from tests.unit.duty_journals import DutyStory
from tests.unit.remote_journals import ANOTHER, CHARGER, NEIGHBOUR, WANTED

CHANGES, ASKED, AUTH = "BJ-1.1.2-a", "BJ-1.1.3-b", "BJ-1.1.5-b"
OFFLINE, IDLE, OCCUPIED, CHARGING, RESERVED, FAULT = 0, 1, 2, 3, 4, 255
STATES = {OFFLINE: "offline", IDLE: "idle", OCCUPIED: "occupied", CHARGING: "charging", FAULT: "fault"}
READY, NOT_PLUGGED, FAULTY, IN_USE = (0, 0), (1, 1), (1, 2), (1, 3)


class ChargerStory(DutyStory):
    """One journal in the making; its charger is plugged in, and the platform knows."""

    def __init__(self) -> None:
        super().__init__()
        self.pushes_state_of(OCCUPIED)

    def pushes_state_of(self, status: int) -> None:
        self.state_pushed(status, connector=CHARGER.id)

    def does(self, what: str, word: str, order: str = "") -> None:
        """Something happens at the charger, and the server takes its word for it."""
        self.happened(what, order)
        self.hears(word, order)

    def becomes(self, status: int) -> None:
        """The charger comes to stand so, from plugged in."""
        if status == IDLE:
            self.does("unplugged", "unplugged")
        elif status == CHARGING:
            self.begins("")
        elif status == OFFLINE:
            self.does("network-lost", "offline")
        elif status == FAULT:
            self.does("error-occurred", "fault")

    def is_told(self, status: int) -> None:
        """query_station_status for the charger alone."""
        told = {"ConnectorID": CHARGER.id, "Status": status}
        stations = [{"StationID": CHARGER.station, "ConnectorStatusInfos": [told]}]
        answer = {"Total": 1, "StationStatusInfos": stations}
        self.asked(Interface.QUERY_STATION_STATUS, {"StationIDs": [CHARGER.station]}, answer)

    def is_authenticated(self, stat: int, reason: int) -> None:
        question = {**self.auth_question(), "ConnectorID": CHARGER.id}
        self.asked(Interface.QUERY_EQUIP_AUTH, question, {**question, "SuccStat": stat, "FailReason": reason})

    def of(self, row: str) -> list[str]:
        return [each for each in self.judged().of(row) if each not in ("good echo", "good pushed")]


# BJ-1.1.2-a


@pytest.mark.parametrize("status", [OFFLINE, IDLE, CHARGING, FAULT])
def test_a_state_that_a_charger_tells_is_pushed(status: int) -> None:
    """In time it is good; late, never, or as another it is bad."""
    for after_s, told, verdict in ((4, status, "good"), (6, status, "bad"), (4, OCCUPIED, "bad")):
        story = ChargerStory()
        story.becomes(status)
        story.passes(after_s)
        story.pushes_state_of(told)
        story.passes(10)
        assert story.of(CHANGES) == [f"{verdict} {STATES[status]}"]


def test_a_connector_that_was_told_to_start_may_be_told_as_reserved() -> None:
    """4.3 has one word for reserved and locked; once it has failed to start the connector is occupied again."""
    for fails in (False, True):
        story = ChargerStory()
        story.starts()
        story.commands("start", WANTED)
        story.pushes_state_of(RESERVED)
        story.passes(8)
        if fails:
            story.fails()
        else:
            story.begins()
            story.pushes_state_of(CHARGING)
        story.passes(10)
        assert story.of(CHANGES) == (["bad occupied"] if fails else ["good charging"])


def test_what_the_link_has_not_told_yet_is_owed_by_nobody() -> None:
    """The car is there and its word on its way, or taken perhaps: silence is right, and so is knowledge."""
    for lost in (False, True):
        for knows in (False, True):
            story = ChargerStory()
            story.does("unplugged", "unplugged")
            story.pushes_state_of(IDLE)
            story.passes(10)
            story.happened("plugged-in")
            if lost:
                story.hears("plugged", lost=True)
            if knows:
                story.pushes_state_of(OCCUPIED)
            story.passes(60)
            assert story.of(CHANGES) == ["good idle"]


def test_a_push_that_overtakes_the_word_is_news() -> None:
    """A server may push before it has answered its charger."""
    story = ChargerStory()
    story.happened("unplugged")
    story.pushes_state_of(IDLE)
    story.now_ms -= 1
    story.hears("unplugged")
    story.passes(10)
    assert story.of(CHANGES) == ["good idle"]


def test_what_happened_while_the_line_was_cut_counts_from_when_it_is_told() -> None:
    """Until then the charger is offline and nothing else; what is stale for a moment is no lie."""
    story = ChargerStory()
    story.becomes(OFFLINE)
    story.pushes_state_of(OFFLINE)
    story.passes(10)
    story.happened("unplugged")
    story.passes(600)
    story.happened("network-back")
    story.hears("online")
    story.pushes_state_of(OCCUPIED)
    story.passes(1)
    story.hears("unplugged")
    story.pushes_state_of(IDLE)
    story.passes(10)
    assert story.of(CHANGES) == ["good offline", "good idle"]


def test_a_fault_does_not_say_whether_the_charge_goes_on() -> None:
    """Charging or broken until the charger says that it has stopped; then broken."""
    story = ChargerStory()
    story.becomes(CHARGING)
    story.pushes_state_of(CHARGING)
    story.passes(10)
    story.does("error-occurred", "fault")
    story.passes(20)
    story.ends(reason="fault", order="")
    story.pushes_state_of(FAULT)
    story.passes(10)
    assert story.of(CHANGES) == ["good charging", "good fault"]


def test_a_charge_that_is_only_wanted_is_no_charging() -> None:
    """The charger was told to start, and nothing flows yet."""
    story = ChargerStory()
    story.starts(WANTED)
    story.commands("start", WANTED)
    story.pushes_state_of(CHARGING)
    story.passes(20)
    assert story.of(CHANGES) == ["bad occupied"]


def test_of_a_charger_that_never_spoke_nothing_is_known() -> None:
    """Its server may think it offline, or idle."""
    story = ChargerStory()
    for status in (OFFLINE, IDLE):
        story.state_pushed(status, connector=NEIGHBOUR.id)
        story.passes(20)
    assert story.of(CHANGES) == []


def test_boxes_are_not_blamed_for_chargers() -> None:
    """What EVCHONG demands of a silent or broken box is said of boxes."""
    for status in (OFFLINE, FAULT):
        story = ChargerStory()
        story.becomes(status)
        story.passes(20)
        judged = story.judged()
        assert judged.of("EVC-1.3-d") == judged.of("EVC-1.7-c") == []


# BJ-1.1.3-b


@pytest.mark.parametrize("status", STATES)
def test_states_of_chargers_told_on_request_are_true(status: int) -> None:
    """Each that a charger may have, and another."""
    for told, verdict in ((status, "good"), (IDLE if status != IDLE else OCCUPIED, "bad")):
        story = ChargerStory()
        story.becomes(status)
        story.pushes_state_of(told)
        story.passes(10)
        story.is_told(told)
        assert story.of(ASKED) == [f"{verdict} {STATES[status]}"]


def test_both_sides_of_a_charger_s_change_may_be_told() -> None:
    """Before the word is taken, and for a moment after it."""
    for told in (OCCUPIED, IDLE):
        story = ChargerStory()
        story.happened("unplugged")
        story.passes(30)
        story.is_told(told)
        story.hears("unplugged")
        story.passes(4)
        story.is_told(told)
        assert [each for each in story.of(ASKED) if each.startswith("bad")] == []


# BJ-1.1.5-b


@pytest.mark.parametrize(("status", "right"), [(OCCUPIED, READY), (IDLE, NOT_PLUGGED), (FAULT, FAULTY)])
def test_chargers_are_authenticated_by_plug_and_fault(status: int, right: tuple[int, int]) -> None:
    """Plugged in, free, broken under the plug; any other answer is blamed."""
    case = {OCCUPIED: "plugged", IDLE: "not-plugged", FAULT: "faulty"}[status]
    for answer in (READY, NOT_PLUGGED, FAULTY, IN_USE):
        story = ChargerStory()
        story.becomes(status)
        story.passes(10)
        story.is_authenticated(*answer)
        assert story.of(AUTH) == [f"{'good' if answer == right else 'bad'} {case}"]


def test_a_charger_that_is_broken_and_free_has_two_reasons() -> None:
    """Either is true; success is not."""
    for answer, verdict in ((NOT_PLUGGED, "good"), (FAULTY, "good"), (READY, "bad")):
        story = ChargerStory()
        story.becomes(IDLE)
        story.becomes(FAULT)
        story.passes(10)
        story.is_authenticated(*answer)
        assert story.of(AUTH) == [f"{verdict} faulty"]


def test_a_charger_that_is_to_start_may_be_taken_already() -> None:
    """The platform's own start is on its way; no document says what a second driver is told."""
    story = ChargerStory()
    story.starts(ANOTHER)
    story.passes(1)
    story.is_authenticated(*IN_USE)
    assert story.of(AUTH) == []
