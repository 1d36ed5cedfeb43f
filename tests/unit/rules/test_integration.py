"""3: serials, new stations, and several boxes behind one back office."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.journal.records import WireError
from tests.unit.journals import BOX, CARD, HOME, NOWHERE, OTHER_BOX, OTHER_CARD, Story

NEW_BOX, NEW_STATION, LINE = "CB-NEW", "ST-NEW", "box CB-0001"


def test_a_serial_cannot_be_registered_twice() -> None:
    """The second manufacturer is refused; the first may repeat itself."""
    story = Story()
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-1", station=HOME)
    story.surface("register_box", {"refused": True}, box=NEW_BOX, vendor_id="V-2", station=HOME)
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-1", station=HOME)
    judged = story.judged()
    assert judged.of("EVC-3-a") == ["good same-serial"]
    assert judged.blamed() == []


def test_a_serial_that_two_manufacturers_share_is_advised_against() -> None:
    """Both were registered."""
    story = Story()
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-1", station=HOME)
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-2", station=HOME)
    judged = story.judged()
    assert judged.of("EVC-3-a") == ["bad same-serial"]
    assert judged.blamed() == ["EVC-3-a same-serial"]


def test_a_registration_that_was_never_made_claims_no_serial() -> None:
    """The first was refused for a reason of its own."""
    story = Story()
    story.surface("register_box", {"refused": True}, box=NEW_BOX, vendor_id="V-1", station=HOME)
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-2", station=HOME)
    assert story.judged().of("EVC-3-a") == []


@pytest.mark.parametrize("serial", ["S", "S" * 25, 20151])
@pytest.mark.parametrize("number", ["V", "V" * 255, 7])
def test_a_new_station_and_supplier_get_what_they_need(serial: str | int, number: str | int) -> None:
    """1 to 25 and 1 to 255 characters, also where the administration calls them numbers; and a boot that names it."""
    story = Story()
    story.surface("create_station", {"station": serial}, name="north gate")
    story.surface("create_supplier", {"vendor_id": number}, name="Keli")
    story.surface("register_box", {}, box=NEW_BOX, vendor_id=number, station=str(serial))
    story.boot(NEW_BOX, str(serial)).answered()
    judged = story.judged()
    assert judged.of("EVC-3-c") == ["good own-serial", "good vendor-number", "good boot-accepted"]
    assert judged.blamed() == []


@pytest.mark.parametrize("serial", ["", None, "S" * 26, HOME, True, {"id": 1}])
def test_a_serial_that_cannot_be_is_blamed(serial: Any) -> None:
    """Empty, too long for its field, or another station's."""
    story = Story()
    story.surface("create_station", {"station": serial}, name="north gate")
    judged = story.judged()
    assert judged.of("EVC-3-c") == ["bad own-serial"]
    assert judged.blamed() == ["EVC-3-c own-serial"]


def test_two_new_stations_with_one_serial_are_blamed() -> None:
    """Each gets its own."""
    story = Story()
    story.surface("create_station", {"station": NEW_STATION}, name="north gate")
    story.surface("create_station", {"station": NEW_STATION}, name="south gate")
    assert story.judged().of("EVC-3-c") == ["good own-serial", "bad own-serial"]


@pytest.mark.parametrize("number", ["", None, "V" * 256])
def test_a_vendor_number_that_cannot_be_is_blamed(number: str | None) -> None:
    """None, or too long for its field."""
    story = Story()
    story.surface("create_supplier", {"vendor_id": number}, name="Keli")
    judged = story.judged()
    assert judged.of("EVC-3-c") == ["bad vendor-number"]
    assert judged.blamed() == ["EVC-3-c vendor-number"]


@pytest.mark.parametrize("status", [404, 422, 500])
def test_a_new_serial_that_boots_do_not_know_is_blamed_once(status: int) -> None:
    """Handed out, and then refused: EVC-3-c's, not EVC-1.1-a's."""
    story = Story()
    story.booted()
    story.surface("create_station", {"station": NEW_STATION}, name="north gate")
    story.surface("register_box", {}, box=NEW_BOX, vendor_id="V-1", station=NEW_STATION)
    story.boot(NEW_BOX, NEW_STATION).refused(status)
    story.boot(NEW_BOX, NEW_STATION).answered(status="Rejected")
    judged = story.judged()
    assert judged.of("EVC-3-c") == ["good own-serial", "bad boot-accepted", "bad boot-accepted"]
    assert judged.blamed() == ["EVC-3-c boot-accepted"]


def test_what_was_not_created_has_no_serial() -> None:
    """A refused creation is no evidence, good or bad; nor is the station that it would have been issued."""
    story = Story()
    story.surface("create_station", {"refused": True, "status": 409}, name="north gate")
    story.surface("create_supplier", {"refused": True, "status": 409}, name="Keli")
    story.boot(station=NOWHERE).answered(status="Rejected")
    judged = story.judged()
    assert judged.of("EVC-3-c") == []
    assert judged.of("EVC-1.1-c") == ["good foreign-station"]
    assert judged.blamed() == []


def test_boxes_on_one_line_are_served_apart() -> None:
    """Starts get transactions of their own, and each answer is for its own question."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    first = story.start(CARD, BOX, line=LINE).answered()
    second = story.start(OTHER_CARD, OTHER_BOX, line=LINE).answered()
    story.sample(first, line=LINE).answered()
    story.sample(second, line=LINE).answered()
    story.stop(first, line=LINE).answered()
    story.stop(second, OTHER_CARD, line=LINE).answered()
    judged = story.judged()
    assert judged.of("EVC-3-d") == ["good transactions"] + ["good answers"] * 4
    assert judged.blamed() == []


def test_boxes_that_are_mixed_up_are_advised_against() -> None:
    """One start is taken for a repetition of the other's; an answer speaks of the other's transaction."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    first = story.start(CARD, BOX, line=LINE).answered(transactionId=1)
    second = story.start(OTHER_CARD, OTHER_BOX, line=LINE).answered(transactionId=1)
    story.stop(second, OTHER_CARD, line=LINE).answered()
    second = story.start(OTHER_CARD, OTHER_BOX, line=LINE).answered(transactionId=2)
    story.sample(first, line=LINE).answered(transactionId=second.transaction)
    judged = story.judged()
    assert judged.of("EVC-3-d") == ["bad transactions", "good answers", "good transactions", "bad answers"]
    assert judged.blamed() == [
        "EVC-1.4-g sequential",
        "EVC-1.5-a same-id",
        "EVC-3-d answers",
        "EVC-3-d transactions",
    ]


def test_boxes_on_lines_of_their_own_show_nothing_of_sharing() -> None:
    """Only a shared connection can mix them up."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.start(CARD, BOX).answered()
    story.start(OTHER_CARD, OTHER_BOX, line=LINE).answered()
    assert story.judged().of("EVC-3-d") == []


@pytest.mark.parametrize("answer", [{}, {"status": "Blocked"}])
def test_a_stop_by_another_box_ends_nothing(answer: dict[str, Any]) -> None:
    """However it is answered: what the box itself says of its transaction is taken, up to its own stop."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD).answered()
    story.stop(start, by=OTHER_BOX).answered(**answer)
    story.sample(start).answered()
    story.stop(start).answered()
    story.sample(start).refused(409)
    judged = story.judged()
    assert judged.of("EVC-3-d") == ["good anothers-stop"] * 2
    assert judged.of("EVC-1.6-a") == ["good same-id", "good id-tag-info"]
    assert judged.blamed() == []


def test_a_transaction_that_another_box_could_end_is_advised_against() -> None:
    """Its own samples and its own stop are refused, and it is billed with what the other one said."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.stop(story.start(CARD).answered()).answered()
    start = story.start(CARD).answered()
    story.sample(start).answered()
    story.stop(start, by=OTHER_BOX, energy_wh=9000).answered()
    story.sample(start).refused(409)
    story.stop(start).refused(404)
    judged = story.judged()
    assert judged.of("EVC-3-d") == ["bad anothers-stop"] * 2
    assert judged.blamed() == ["EVC-1.5-b current-voltage-energy", "EVC-1.6-c accepted", "EVC-3-d anothers-stop"]


def test_what_was_never_taken_another_s_stop_is_not_to_blame_for() -> None:
    """A server that refuses every sample, and every stop by card, refuses these too."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.stop(story.start(CARD).answered(), None).answered()
    start = story.start(CARD).answered()
    story.stop(start, by=OTHER_BOX).answered()
    story.sample(start).refused(422)
    story.stop(start).refused(422)
    judged = story.judged()
    assert judged.of("EVC-3-d") == []
    assert judged.blamed() == ["EVC-1.5-b current-voltage-energy", "EVC-1.6-c accepted"]


def test_a_stop_that_may_not_have_arrived_shows_nothing() -> None:
    """Nor does one that is not valid, or one of a transaction that nobody has."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD).answered()
    story.stop(start, by=OTHER_BOX).broken(WireError.UNREACHABLE)
    story.stop(start, by=OTHER_BOX, scheme="http").refused(403)
    story.stop(start, transaction=77, by=OTHER_BOX).refused(404)
    story.sample(start).answered()
    assert story.judged().of("EVC-3-d") == []
