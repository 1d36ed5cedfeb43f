"""What the reports tell of the city: decrypted messages, ladders, response times; and nothing that opens its doors."""

from __future__ import annotations

import html
import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from conformance.requirements.ledger import ledger
from conformance.timings import CLAUSES
from reports import machine
from reports.allure import results as allure
from reports.html import page as report
from reports.html.messages import Shower
from reports.html.pictures import GAP_HEIGHT, drawn
from reports.html.words import Words
from reports.terminal import Report
from reports.timeline import Blame, Session, Sessions
from simulators.beijing.messages import QUERIES, Interface
from simulators.beijing.peer import CITY
from simulators.journal.records import Exchange, Fact, Record
from tests.unit.city_run import (
    BAD_PUSH,
    LADDER_S,
    NUMBER,
    ORDER,
    PERSON,
    SECRET,
    SOCKET,
    TOKEN,
    credentials,
    order,
    records,
    result,
    status,
    talk,
)
from tests.unit.html_run import BOX
from tests.unit.html_run import records as plain_records
from tests.unit.html_run import result as plain_result
from tests.unit.test_html_report import SCRIPT, Page

SECTIONS = (
    *("ENV", "RES", "TOK", "1.2", "2.2.1", "2.2.2", "ORD", "SEQ", "3.1", "3.2"),
    *(f"1.1.{number}" for number in range(1, 17)),
    *(f"4.{number}" for number in range(1, 7)),
)


def page() -> str:
    return report.page(result(records()), records())


def allure_of(kept: list[Record], into: Path) -> str:
    folder = allure.write(result(kept), kept, into)
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.iterdir()))


def session(kept: list[Record], *blames: Blame) -> Session:
    """The one session on CB-0001/1."""
    told = Sessions(blames, {SOCKET: (BOX, "1")})
    for record in kept:
        told.observe(record)
    (found,) = [each for each in told.told().sessions if each.connector]
    return found


# Messages


@pytest.mark.parametrize(
    "words",
    ['"TotalPower": 0.52', "Sig verifies (HMAC-MD5)", "签名验证（HMAC-MD5）", "FFFF", "an extra field", "c2VhbGVk"],
)
def test_a_sealed_message_is_shown_decrypted_beside_its_envelope(words: str) -> None:
    """Content, the step that failed in both languages with what was found, what was tolerated, the bytes."""
    assert words in Page(page()).text


def test_allure_tells_the_step_that_failed(tmp_path: Path) -> None:
    told = allure_of(records(), tmp_path)
    assert "wrong in step sig Sig: expected 0A6B, found FFFF" in told
    assert "TotalPower" in told


def test_data_that_nobody_could_read_is_said_so() -> None:
    """A push without content, of which no step is known to have failed."""
    kept: list[Record] = [order(BAD_PUSH, 1)]
    assert isinstance(kept[0], Exchange)
    unread = talk(BAD_PUSH, ORDER, None, {"ConfirmResult": 0})
    assert "Nothing readable came out of Data." in Page(report.page(result([unread]), [unread])).text
    assert "Nothing readable came out of Data." not in Page(report.page(result(kept), kept)).text


def test_whatever_stands_in_data_stays_text() -> None:
    """Every name and every string of a decrypted Data is a script; the page has its own one still."""
    hostile = records(lambda _: SCRIPT)
    found, plain = Page(report.page(result(hostile, lambda _: SCRIPT), hostile)), Page(page())
    assert [tag for tag, _ in found.elements].count("script") == 1
    assert {tag for tag, _ in found.elements} == {tag for tag, _ in plain.elements}
    assert [name for _, attributes in found.elements for name in attributes if name.startswith("on")] == []
    assert found.text.count("<script>alert(1)</script>") > 4


# What opens doors, and whose charge it was


@pytest.mark.parametrize("value", [TOKEN, SECRET, PERSON], ids=["token", "secret", "name"])
def test_nothing_of_the_city_that_must_stay_inside_goes_out(value: str, tmp_path: Path) -> None:
    """OperatorSecret, AccessToken, the header with it, UserName: in every report, in findings too."""
    kept = records()
    run = result(kept)
    terminal = Console(file=io.StringIO(), width=200)
    Report(run, terminal, tmp_path).show()
    assert isinstance(terminal.file, io.StringIO)
    told = {
        "html": html.unescape(report.page(run, kept)),
        "allure": allure_of(kept, tmp_path),
        "verdicts": json.dumps(machine.document(run), ensure_ascii=False),
        "terminal": terminal.file.getvalue(),
    }
    assert [name for name, text in told.items() if value in text] == []


def test_a_name_keeps_its_first_character() -> None:
    """So that one person is told from another, as the field writes names."""
    assert '"UserName": "‹欧…›"' in Page(page()).text
    assert '"AccessToken": "‹secret›"' in Page(page()).text


# Pictures


def test_an_order_is_drawn_with_every_rung_of_its_ladder() -> None:
    """Refused, unanswered, refused again, until it was taken: each attempt with its number and the gap before it."""
    pushes = [event for event in session(records()).events if event.name == ORDER]
    assert [event.attempt for event in pushes] == list(range(1, len(LADDER_S) + 2))
    assert [event.since_ms // 1000 for event in pushes] == [0, *LADDER_S]
    assert [event.sound for event in pushes] == [False] * len(LADDER_S) + [True]
    assert [event.outcome for event in pushes[:4]] == ["Ret 4001", "timeout", "Ret 4001", "Ret 500"]
    assert [event.planned for event in pushes[:4]] == [False, True, False, True]


def test_a_ladder_of_ninety_minutes_stays_readable() -> None:
    """A gap takes one line, however long it is, and the chart fits on a page."""
    found = session(records())
    (picture,) = drawn([found], Shower(result(records()).redactor(), 480))
    wide = picture.charts[0]
    gaps = [mark for mark in wide.marks if mark.kind == "gap"]
    assert {mark.height for mark in gaps} == {GAP_HEIGHT}
    assert [mark.name for mark in gaps][-len(LADDER_S) :] == [
        f"0:{seconds // 60:02}:{seconds % 60:02}" for seconds in LADDER_S
    ]
    assert wide.height < 1600


def test_what_is_pushed_again_and_again_is_told_once() -> None:
    """Six charge statuses are one line with their number; the city's question is beside."""
    found = session(records())
    assert [(event.kind, event.name, event.times) for event in found.events if event.kind in ("push", "query")][:3] == [
        ("push", "notification_stationStatus", 1),
        ("push", "notification_equip_charge_status", 6),
        ("query", "query_equip_charge_status", 1),
    ]
    assert found.order == NUMBER


def test_an_order_that_comes_after_the_next_driver_belongs_to_the_first() -> None:
    """A number was told with the first message of its charge; who charges on the connector since is nobody's order."""
    keys = {"box": BOX, "connector": "1", "card": "CARD-2"}
    first = records()[:-1]
    swiped = next(record for record in records() if record.seq == 3)
    again = msgspec.structs.replace(swiped, seq=60, at_ms=swiped.at_ms + 7_000_000, keys=keys)
    told = Sessions([], {SOCKET: (BOX, "1")})
    for record in [*first, again, order(61, 7100)]:
        told.observe(record)
    sessions = told.told().sessions
    assert [(each.card, each.order) for each in sessions] == [("CARD-1", NUMBER), ("CARD-2", "")]
    assert sessions[0].events[-1].seq == 61


def test_failures_about_no_charge_have_a_picture_too() -> None:
    """A token that is fetched wrongly is nobody's session, and is drawn all the same; without a failure it is not."""
    kept = [credentials(1), credentials(2), status(3, 1, 1)]
    silent, told = Sessions([]), Sessions([Blame("CEC-TOK-e", "reused", (2,))])
    for record in kept:
        silent.observe(record)
        told.observe(record)
    assert silent.told().sessions == []
    (found,) = told.told().sessions
    assert (found.box, [event.rows for event in found.events]) == ("", [(), ("CEC-TOK-e",), ()])


def test_the_failure_is_marked_where_it_happened() -> None:
    found = Page(page())
    assert found.text.count("✕ CEC-ENV-c") >= 2
    assert "↻9 +0:20:00" in found.text
    assert found.text.count("as planned") > 2


def test_a_charge_that_the_platform_starts_is_one_picture() -> None:
    """From its question over the charger's own facts to the order; the next one on that charger is another."""
    charger, kept = "11010500000000000000007001", list[Record]()
    for seq, number in ((10, NUMBER), (20, f"{NUMBER[:-1]}2")):
        keys = {"socket": charger, "order": number}
        started = talk(
            seq, Interface.QUERY_START_CHARGE, {"StartChargeSeq": number}, {"SuccStat": 0}, at_s=seq, by=CITY, keys=keys
        )
        began = Fact(
            seq=seq + 1,
            at_ms=started.at_ms + 500,
            mono_ns=0,
            wall_ns=0,
            actor="charger",
            what="charging-began",
            keys=keys,
        )
        ended = msgspec.structs.replace(began, seq=seq + 2, at_ms=began.at_ms + 500, what="charging-ended")
        kept += [started, began, ended, talk(seq + 3, ORDER, {}, {}, at_s=seq + 2, keys=keys)]
    told = Sessions([], {charger: (charger, "1")})
    for record in kept:
        told.observe(record)
    sessions = told.told().sessions
    assert [(one.order, one.charger, [event.seq for event in one.events]) for one in sessions] == [
        (NUMBER, True, [10, 11, 12, 13]),
        (f"{NUMBER[:-1]}2", True, [20, 21, 22, 23]),
    ]


def test_a_refused_start_begins_nothing() -> None:
    """Nor does a question that names an order make it the order of whoever charges there."""
    refused = talk(
        60, Interface.QUERY_START_CHARGE, {}, {"SuccStat": 1}, by=CITY, keys={"socket": SOCKET, "order": "X"}
    )
    kept = [*records()[:8], refused, *records()[8:]]
    assert session(kept).order == NUMBER


# Response times


def test_response_times_stand_beside_their_limits() -> None:
    """The server's own answers: two interfaces of the city's questions; pushes are answered by the city."""
    found = Page(page())
    assert [attributes["class"] for attributes in found.with_class("timings")] == ["timings"]
    assert "< 1000" in found.text
    assert "≤ 1000" in found.text
    (token, asked) = machine.document(result(records()))["timings"]
    assert (token["interface"], token["clause"], token["limit"]) == (
        "query_token",
        "1.1.16",
        {"ms": 1000, "strict": True},
    )
    assert (asked["interface"], asked["answers"], asked["limit"]["strict"]) == ("query_equip_charge_status", 1, False)


def test_every_interface_with_a_limit_has_its_clause() -> None:
    assert {("beijing", interface.value) for interface in QUERIES} - CLAUSES.keys() == set()


# Words


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_its_title(section: str) -> None:
    """Those of the supplement, and of the standard behind it."""
    assert Words().has(f"section.beijing.{section}")


def test_no_section_of_the_ledger_goes_without() -> None:
    sections = {f"section.{row.protocol}.{row.section}" for row in ledger().values()}
    assert len(sections) > 10
    assert [name for name in sorted(sections) if not Words().has(name)] == []


def test_a_run_without_a_city_has_no_lane_for_it() -> None:
    """The picture of two parties keeps its width."""
    assert "市级平台" not in Page(report.page(plain_result(), plain_records())).text
