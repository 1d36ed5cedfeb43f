"""1.2 and 2.1 to 2.3: what is said of a card."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.journal.records import WireError
from tests.unit.journals import (
    BLOCKED,
    BOX,
    CARD,
    EXPIRED,
    LEFT_OUT,
    NOON_MS,
    OTHER_BOX,
    STRANGER,
    UNKNOWN,
    Story,
)

CHARGING_ELSEWHERE = [{"status": "Blocked"}, {"status": "Expired"}, {}]


def test_a_valid_card_is_accepted() -> None:
    """The plain case of EVC-1.2-a."""
    story = Story()
    story.booted()
    story.authorize(CARD).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-a") == ["good accepted"]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", ["Blocked", "Expired"])
def test_a_valid_card_that_is_not_accepted_is_blamed(status: str) -> None:
    """Another status of the enumeration."""
    story = Story()
    story.booted()
    story.authorize(CARD).answered(status=status)
    assert story.judged().blamed() == ["EVC-1.2-a accepted"]


@pytest.mark.parametrize("status", [400, 402, 409, 500])
def test_a_valid_card_that_is_refused_by_http_is_blamed(status: int) -> None:
    """No acceptance is no acceptance, however it is said."""
    story = Story()
    story.booted()
    story.authorize(CARD).refused(status)
    assert story.judged().blamed() == ["EVC-1.2-a accepted"]


@pytest.mark.parametrize("answer", CHARGING_ELSEWHERE)
def test_what_a_card_in_use_elsewhere_gets_is_open(answer: dict[str, str]) -> None:
    """The document has no word for it (EVC-X17)."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.start(CARD, OTHER_BOX).answered()
    story.authorize(CARD, BOX).answered(**answer)
    story.authorize(CARD, BOX).refused(409)
    story.authorize(CARD, BOX).answered_with({"authRes": {"idTagInfo": {"status": "Blocked"}}})
    judged = story.judged()
    assert [judged.of("EVC-1.2-a"), judged.of("EVC-1.2-h")] == [[], []]
    assert judged.blamed() == []


def test_a_card_that_was_freed_while_it_was_asked_about_is_open() -> None:
    """Asked before the stop elsewhere was answered: the server may have looked before it ended."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    start = story.start(CARD, OTHER_BOX).answered()
    stop = story.stop(start)
    asked = story.authorize(CARD, BOX)
    stop.answered()
    asked.answered(status="Blocked")
    story.authorize(CARD, BOX).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-a") == ["good accepted"]
    assert judged.blamed() == []


def test_a_card_whose_start_was_never_answered_may_be_in_use() -> None:
    """The server may have opened the transaction, or not."""
    story = Story()
    story.booted(BOX, OTHER_BOX)
    story.start(CARD, OTHER_BOX).broken(WireError.TIMEOUT)
    story.authorize(CARD, BOX).answered(status="Blocked")
    assert story.judged().blamed() == ["EVC-G1 https/startTrans"]


@pytest.mark.parametrize(
    ("card", "status", "row"), [(BLOCKED, "Blocked", "EVC-1.2-b"), (EXPIRED, "Expired", "EVC-1.2-c")]
)
def test_bad_cards_get_their_status(card: str, status: str, row: str) -> None:
    """With a twin to be shown: the same box must have had a card accepted."""
    story = Story()
    story.booted()
    story.authorize(card).answered(status=status)
    judged = story.judged()
    assert judged.of(row) == [f"good {status.lower()}"]
    assert [finding.twin for finding in judged.findings if finding.row == row] == [("authorize", BOX)]
    assert judged.blamed() == []


@pytest.mark.parametrize(
    ("card", "status", "row"),
    [
        (BLOCKED, "Accepted", "EVC-1.2-b blocked"),
        (BLOCKED, "Expired", "EVC-1.2-b blocked"),
        (EXPIRED, "Accepted", "EVC-1.2-c expired"),
        (EXPIRED, "Blocked", "EVC-1.2-c expired"),
    ],
)
def test_bad_cards_with_another_status_are_blamed(card: str, status: str, row: str) -> None:
    """Accepted, or mistaken for the other kind."""
    story = Story()
    story.booted()
    story.authorize(card).answered(status=status)
    judged = story.judged()
    assert judged.of(row.split()[0]) == [f"bad {row.split()[1]}"]
    assert judged.blamed() == [row]


@pytest.mark.parametrize("status", [400, 402, 409, 422, 500])
def test_bad_cards_are_owed_their_status(status: int) -> None:
    """The document has words for both, so an HTTP status alone will not do."""
    story = Story()
    story.booted()
    story.authorize(BLOCKED).refused(status)
    story.authorize(EXPIRED).refused(status)
    assert story.judged().blamed() == ["EVC-1.2-b blocked", "EVC-1.2-c expired"]


@pytest.mark.parametrize("answer", [{"status": "Blocked"}, {"status": "Expired"}])
def test_an_unknown_card_gets_any_status_but_accepted(answer: dict[str, str]) -> None:
    """Which one is open (EVC-X17)."""
    story = Story()
    story.booted()
    story.authorize(UNKNOWN).answered(**answer)
    judged = story.judged()
    assert judged.of("EVC-1.2-d") == ["good unknown"]
    assert judged.blamed() == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_an_unknown_card_may_be_refused_by_http(status: int) -> None:
    """EVC-X10 allows it, also as the very first thing that the service is asked."""
    story = Story()
    story.booted()
    story.authorize(UNKNOWN).refused(status)
    judged = story.judged()
    assert judged.of("EVC-1.2-d") == ["good unknown"]
    assert judged.blamed() == []


def test_an_unknown_card_that_is_accepted_is_blamed() -> None:
    """So is one that crashes the server."""
    story = Story()
    story.booted()
    story.authorize(UNKNOWN).answered()
    story.authorize(UNKNOWN).refused(500)
    judged = story.judged()
    assert judged.of("EVC-1.2-d") == ["bad unknown", "bad unknown"]
    assert judged.blamed() == ["EVC-1.2-d unknown"]


def test_an_unknown_card_is_not_judged_where_something_else_is_amiss() -> None:
    """No answer, and boxes that never booted or were rejected, show nothing of EVC-1.2-d."""
    story = Story()
    story.authorize(UNKNOWN, OTHER_BOX).answered()
    story.boot(STRANGER).answered(status="Rejected")
    story.authorize(UNKNOWN, STRANGER).answered(status="Blocked")
    story.booted()
    story.authorize(UNKNOWN).broken(WireError.TIMEOUT)
    judged = story.judged()
    assert judged.of("EVC-1.2-d") == []
    assert judged.blamed() == ["EVC-G1 https/authorize"]


GOOD_INFO = [
    {"status": "Accepted"},
    {"status": "Accepted", "expiryDate": NOON_MS, "parentIdTag": {"idToken": "P" * 20}},
    {"status": "Accepted", "expiryDate": None, "parentIdTag": None},
    {"status": "Accepted", "parentIdTag": {"idToken": None}},
    {"status": "Accepted", "expiryDate": "2015-03-02T12:00:00Z", "remark": "gold"},
    {"status": "Accepted", "expiryDate": float(NOON_MS)},
]


@pytest.mark.parametrize("info", GOOD_INFO)
def test_id_tag_info_of_its_type_is_taken_everywhere(info: dict[str, Any]) -> None:
    """Optional fields may be absent or null; strangers among them are nobody's business."""
    story = Story()
    story.booted()
    story.authorize().answered(idTagInfo=info)
    start = story.start().answered(idTagInfo=info)
    story.stop(start).answered(idTagInfo=info)
    judged = story.judged()
    assert judged.of("EVC-1.2-e") == [
        f"good {service}/{field}"
        for service in ("authorize", "startTrans", "stopTrans")
        for field in ("status", "expiryDate", "parentIdTag")
    ]
    assert judged.blamed() == []


@pytest.mark.parametrize(
    ("info", "field"),
    [
        ({"status": "accepted"}, "status"),
        ({"status": "Invalid"}, "status"),
        ({"status": None}, "status"),
        ({}, "status"),
        ({"status": "Accepted", "expiryDate": "tomorrow"}, "expiryDate"),
        ({"status": "Accepted", "expiryDate": "2015-03-02 12:00:00"}, "expiryDate"),
        ({"status": "Accepted", "expiryDate": True}, "expiryDate"),
        ({"status": "Accepted", "parentIdTag": {"idToken": "P" * 21}}, "parentIdTag"),
        ({"status": "Accepted", "parentIdTag": "PARENT"}, "parentIdTag"),
        ({"status": "Accepted", "parentIdTag": {"idToken": 7}}, "parentIdTag"),
    ],
)
def test_id_tag_info_of_another_type_is_blamed_everywhere(info: dict[str, Any], field: str) -> None:
    """Each of the three fields, in each of the three answers, and by EVC-1.2-e alone."""
    story = Story()
    story.booted()
    story.authorize().answered(idTagInfo=info)
    story.start().answered(idTagInfo=info)
    start = story.start(connector=2, card="CARD-2").answered()
    story.stop(start, card="CARD-2").answered(idTagInfo=info)
    judged = story.judged()
    bad = [said for said in judged.of("EVC-1.2-e") if said.startswith("bad")]
    assert bad == [f"bad {service}/{field}" for service in ("authorize", "startTrans", "stopTrans")]
    assert judged.blamed() == sorted(
        f"EVC-1.2-e {service}/{field}" for service in ("authorize", "startTrans", "stopTrans")
    )


@pytest.mark.parametrize("card", [CARD, BLOCKED, EXPIRED])
def test_no_id_tag_info_at_all_is_blamed_once(card: str) -> None:
    """Without it there is no status: EVC-1.2-e, at authorize and at a start, whoever the card is."""
    story = Story()
    story.booted()
    story.authorize(card).answered(idTagInfo=LEFT_OUT)
    story.start(card).answered(idTagInfo=LEFT_OUT)
    assert story.judged().blamed() == ["EVC-1.2-e authorize/status", "EVC-1.2-e startTrans/status"]


def test_a_running_transaction_does_not_change_authorize() -> None:
    """Boxes ask before a stop, too (1 row 2)."""
    story = Story()
    story.booted()
    start = story.start(CARD).answered()
    story.authorize(CARD).answered()
    story.stop(start).answered()
    judged = story.judged()
    assert judged.of("EVC-1.2-h") == ["good while-charging"]
    assert judged.of("EVC-1.2-a") == []
    assert judged.blamed() == []


@pytest.mark.parametrize("status", ["Blocked", "Expired"])
def test_a_card_that_cannot_end_its_own_charge_is_advised_against(status: str) -> None:
    """Refused while it charges on this very box: EVC-1.2-h, not EVC-1.2-a."""
    story = Story()
    story.booted()
    story.start(CARD).answered()
    story.authorize(CARD).answered(status=status)
    judged = story.judged()
    assert judged.of("EVC-1.2-h") == ["bad while-charging"]
    assert judged.blamed() == ["EVC-1.2-h while-charging"]
