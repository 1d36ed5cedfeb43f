"""Rows are listed as their documents are read, and findings that say the same once."""

from __future__ import annotations

from conformance.finding import Finding
from conformance.foresight import lasting
from conformance.requirements.ledger import ledger
from conformance.telling import merged, shown, untold
from conformance.verdict import Status, Verdict
from reports.order import by_section
from reports.progress import place_of, section_of


def verdicts() -> list[Verdict]:
    return [Verdict(row, Status.PASS, True, None, "", (), (), ()) for row in ledger().values()]


def test_sections_stand_in_natural_order_and_once() -> None:
    """The envelope before everything, 1.1.2 before 1.1.10, the whole session behind its messages."""
    sections = list(by_section(verdicts()))
    assert len(sections) == len(set(sections))
    city = [section for protocol, section in sections if protocol == "beijing"]
    assert city[:4] == ["ENV", "TOK", "1.1.1", "1.1.2"]
    assert [city.index(section) for section in ("1.1.9", "1.1.10", "1.1.16", "1.2", "SEQ")] == sorted(
        city.index(section) for section in ("1.1.9", "1.1.10", "1.1.16", "1.2", "SEQ")
    )
    boxes = [section for protocol, section in sections if protocol == "evchong"]
    assert boxes == ["G", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "3", "SEQ"]


def test_no_row_is_lost_in_order() -> None:
    listed = [verdict.requirement.id for rows in by_section(verdicts()).values() for verdict in rows]
    assert sorted(listed) == sorted(ledger())


def test_scenarios_stand_where_their_document_has_them() -> None:
    names = [f"conformance/beijing/test_{each}.py::test_x" for each in ("1_1_11_stop", "beijing_session", "1_1_2_all")]
    names += ["conformance/beijing/test_cec_1_5_refusals.py::test_x", "conformance/beijing/test_cec_1_envelope.py::x"]
    assert [section_of(name) for name in sorted(names, key=place_of)] == [
        "1.1.2 all", "1.1.11 stop", "CEC 1 envelope", "CEC 1.5 refusals", "beijing session",
    ]  # fmt: skip


def test_times_are_told_in_the_units_that_they_are_read_in() -> None:
    """Rounded up to the second of two units."""
    told = {seconds: lasting(seconds) for seconds in (0.2, 120, 121, 3600, 7265, 172_800, 432_000, 717_741)}
    assert list(told.values()) == ["1 s", "120 s", "2 min 1 s", "1 h", "2 h 2 min", "2 d", "5 d", "8 d 8 h"]


def test_findings_that_say_the_same_are_one() -> None:
    """It rests on the records of all; another case, or another value, is another finding."""
    bad = [
        Finding("R", case, ok=False, expected="yes", actual=actual, at=at)
        for case, actual, at in (("a", "no", (1, 2)), ("a", "no", (2, 3)), ("b", "no", (4,)), ("a", "never", (5,)))
    ]
    assert [(finding.case, finding.actual, finding.at) for finding in merged(bad)] == [
        ("a", "no", (1, 2, 3)), ("b", "no", (4,)), ("a", "never", (5,)),
    ]  # fmt: skip
    assert len(shown(bad)) == 3
    assert untold(bad, total=9) == 5
