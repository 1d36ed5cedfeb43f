"""What is wrong with questions, and what is said to it, judged (CEC-ENV-d to CEC-ENV-n but for the server's own)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.ledger import ledger
from simulators.beijing.broken import Broken
from simulators.beijing.invalid import Group, invalid_contents
from simulators.beijing.messages import QUERIES, Content, Interface
from simulators.beijing.opened import Kind
from tests.unit.asked_journals import AskedStory
from tests.unit.city_journals import LEFT, NUMBER
from tests.unit.sealed_journals import DAY_S, TOKEN_QUERY

STATUS, AUTH, POLICY = (
    Interface.QUERY_STATION_STATUS,
    Interface.QUERY_EQUIP_AUTH,
    Interface.QUERY_EQUIP_BUSINESS_POLICY,
)
WITH_TOKEN = [interface for interface in QUERIES if interface is not TOKEN_QUERY]


def question(story: AskedStory, interface: Interface) -> Content:
    """A right one, with all of its fields."""
    charge = {"StartChargeSeq": NUMBER}
    questions: dict[Interface, Content] = {
        TOKEN_QUERY: story.credentials(),
        Interface.QUERY_STATIONS_INFO: {"LastQueryTime": "2001-01-01 00:00:00", "PageNo": 1, "PageSize": 10},
        STATUS: {"StationIDs": [LEFT.station]},
        Interface.QUERY_STATION_STATS: story.stats_question(),
        AUTH: story.auth_question(),
        POLICY: story.policy_question(),
        Interface.QUERY_START_CHARGE: {**charge, "ConnectorID": LEFT.id, "QRCode": ""},
        Interface.QUERY_EQUIP_CHARGE_STATUS: charge,
        Interface.QUERY_STOP_CHARGE: {**charge, "ConnectorID": LEFT.id},
    }
    return questions[interface]


def refused(broken: Broken, interface: Interface, ret: int, case: str = "", **how: Any) -> AskedStory:
    """One broken question."""
    story = AskedStory(**how)
    story.broken(interface, question(story, interface), broken, ret, case=case)
    return story


@pytest.mark.parametrize("interface", QUERIES)
def test_a_wrong_sig_is_answered_4001(interface: Interface) -> None:
    """And nothing else."""
    assert refused(Broken.SIG, interface, 4001).judged().of("CEC-ENV-d") == [f"good {interface.value}"]
    for ret in (0, 4002, 4004, 500):
        judged = refused(Broken.SIG, interface, ret).judged()
        assert judged.of("CEC-ENV-d") == [f"bad {interface.value}"]


@pytest.mark.parametrize("interface", WITH_TOKEN)
def test_a_missing_or_wrong_token_is_answered_4002(interface: Interface) -> None:
    """And nothing else."""
    for broken, case in ((Broken.NO_TOKEN, "missing"), (Broken.WRONG_TOKEN, "wrong")):
        for ret, verdict in ((4002, "good"), (4003, "bad"), (0, "bad")):
            judged = refused(broken, interface, ret).judged()
            assert judged.of("CEC-ENV-e") == [f"{verdict} {interface.value}:{case}"]


def test_a_missing_token_may_be_a_missing_parameter() -> None:
    """In the other reading (BJ-X13), a wrong one never."""
    readings = {"BJ-X13": "4003"}
    for broken, ret, verdict in (
        (Broken.NO_TOKEN, 4003, "good"),
        (Broken.NO_TOKEN, 4002, "bad"),
        (Broken.WRONG_TOKEN, 4003, "bad"),
    ):
        judged = refused(broken, STATUS, ret, city_readings=readings).judged()
        assert judged.of("CEC-ENV-e")[0].startswith(verdict)


@pytest.mark.parametrize(("ret", "verdicts"), [(4002, ["good expired"]), (0, ["bad expired"]), (4003, ["bad expired"])])
def test_an_expired_token_is_answered_4002(ret: int, verdicts: list[str]) -> None:
    """Once clocks agree that it has run out."""
    story = AskedStory()
    story.passes(DAY_S)
    told = story.states_answer({}, LEFT.station) if ret == 0 else None
    story.asked(STATUS, {"StationIDs": [LEFT.station]}, told, ret=ret)
    assert story.judged().of("CEC-ENV-e") == verdicts


@pytest.mark.parametrize("case", ledger()["CEC-ENV-f"].cases)
def test_a_missing_envelope_field_is_answered_4003(case: str) -> None:
    """Each field of each interface."""
    interface, field = case.split(".")
    for ret, verdict in ((4003, "good"), (4001, "bad"), (0, "bad")):
        judged = refused(Broken.MISSING, Interface(interface), ret, field).judged()
        assert judged.of("CEC-ENV-f") == [f"{verdict} {case}"]


@pytest.mark.parametrize("interface", QUERIES)
def test_a_wrong_parameter_is_answered_4004(interface: Interface) -> None:
    """Missing, of a wrong type, too long: each field of each interface."""
    story = AskedStory()
    for invalid in invalid_contents(interface, Kind.REQUEST, question(story, interface)):
        if invalid.group is Group.FURTHER:
            continue
        for ret, verdict in ((4004, "good"), (4003, "bad"), (500, "bad")):
            asked = AskedStory()
            asked.asked(interface, invalid.content, None, ret=ret)
            assert asked.judged().of("CEC-ENV-g") == [f"{verdict} {invalid.case}"]


@pytest.mark.parametrize(("reading", "verdict"), [("succ-stat", "good"), ("4004", "bad")])
def test_an_id_that_is_too_long_names_nothing(reading: str, verdict: str) -> None:
    """SuccStat 1 says so where the answer has it (BJ-X14); a missing one is another matter."""
    story = AskedStory(city_readings={"BJ-X14": reading})
    for connector in ("9" * 27, None):
        asked = {name: value for name, value in story.auth_question().items() if name != "ConnectorID"}
        asked |= {"ConnectorID": connector} if connector else {}
        told = {**story.auth_question(), "SuccStat": 1, "FailReason": 2}
        story.asked(AUTH, asked, told)
    length, missing = story.judged().of("CEC-ENV-g")
    assert (length, missing) == (f"{verdict} query_equip_auth.ConnectorID:length", "bad query_equip_auth.ConnectorID")


def test_refusals_count_beside_a_question_that_was_taken() -> None:
    """Who refuses everything has shown nothing."""
    for taken in (False, True):
        story = refused(Broken.SIG, AUTH, 4001)
        if taken:
            story.asked(AUTH, story.auth_question(), story.auth_answer())
        judge = story.judged().judge
        verdict = judge.judgement([ledger()["CEC-ENV-d"]], lambda row: True).of("CEC-ENV-d")
        counted = {case.id: case.judged for case in verdict.cases}
        assert counted[AUTH.value] == taken


def judged_beside(story: AskedStory, row: str, ret: int, made_up: str) -> int:
    """How many refusals of a question for a policy count, beside one of a connector that is answered so."""
    asked = story.policy_question(made_up or LEFT.id)
    told = {**asked, "SuccStat": 1, "FailReason": 1, "SumPeriod": 0, "PolicyInfos": []}
    story.asked(POLICY, asked, told if ret == 0 else None, ret=ret, keys={"made_up": made_up} if made_up else {})
    verdict = story.judged().judge.judgement([ledger()[row]], lambda row: True).of(row)
    return sum(case.judged for case in verdict.cases)


@pytest.mark.parametrize(
    ("ret", "made_up", "judged"), [(0, "NOWHERE", 1), (4004, "NOWHERE", 1), (4004, "", 0), (4001, "NOWHERE", 0)]
)
def test_a_question_about_nothing_shows_that_envelopes_are_read(ret: int, made_up: str, judged: int) -> None:
    """Where nothing can be moved, 4004 for an id that names nothing stands beside 4001 for a wrong Sig."""
    assert judged_beside(refused(Broken.SIG, POLICY, 4001), "CEC-ENV-d", ret, made_up) == judged


@pytest.mark.parametrize(("ret", "judged"), [(0, 1), (4004, 0)])
def test_4004_for_nothing_tells_no_other_4004_apart(ret: int, judged: int) -> None:
    """Who answers 4004 to each content has read none."""
    story = AskedStory()
    story.asked(POLICY, {**story.policy_question(), "EquipBizSeq": 7}, None, ret=4004)
    assert judged_beside(story, "CEC-ENV-g", ret, "NOWHERE") == judged


# CEC-ENV-i


@pytest.mark.parametrize("ret", [4001, 4002, 4003, 4004])
def test_errors_travel_with_http_200(ret: int) -> None:
    """And with no other status."""
    for status, verdict in ((200, "good"), (400, "bad")):
        story = AskedStory()
        story.asked_with_status(STATUS, {"StationIDs": [LEFT.station]}, ret, status)
        assert story.judged().of("CEC-ENV-i") == [f"{verdict} {ret}"]


@pytest.mark.parametrize(("status", "verdict"), [(200, "good"), (400, "good"), (500, "bad"), (503, "bad")])
def test_bytes_that_are_no_envelope_get_an_answer(status: int, verdict: str) -> None:
    """Any but an HTTP 5xx."""
    story = AskedStory()
    story.asked_with_status(STATUS, {"StationIDs": [LEFT.station]}, None, status, broken=Broken.NO_ENVELOPE)
    assert story.judged().of("CEC-ENV-i") == [f"{verdict} malformed"]


@pytest.mark.parametrize(("ret", "verdict"), [(0, "good"), (-1, "bad")])
def test_after_such_bytes_the_next_is_served(ret: int, verdict: str) -> None:
    """Right questions are answered as before."""
    story = AskedStory()
    story.asked_with_status(STATUS, {"StationIDs": [LEFT.station]}, None, 400, broken=Broken.NO_ENVELOPE)
    told = story.states_answer({}, LEFT.station) if ret == 0 else None
    story.asked(STATUS, {"StationIDs": [LEFT.station]}, told, ret=ret)
    assert story.judged().of("CEC-ENV-i") == ["good malformed", f"{verdict} serving"]


# CEC-ENV-j, -l, -n


@pytest.mark.parametrize("broken", [Broken.LOWER_CASE_SIG, Broken.REPEATED_SEQ, Broken.LINE_BREAKS])
def test_what_is_odd_is_tolerated(broken: Broken) -> None:
    """Ret 0, and nothing else."""
    for ret, verdict in ((0, "good"), (4001, "bad")):
        assert refused(broken, STATUS, ret).judged().of("CEC-ENV-j") == [f"{verdict} {broken.value}"]


@pytest.mark.parametrize("broken", [Broken.TAMPERED, Broken.STALE, Broken.FOREIGN_OPERATOR])
def test_what_is_forged_is_not_taken(broken: Broken) -> None:
    """Any Ret but 0."""
    for ret, verdict in ((4001, "good"), (4003, "good"), (4004, "good"), (0, "bad")):
        assert refused(broken, STATUS, ret).judged().of("CEC-ENV-l") == [f"{verdict} {broken.value}"]


@pytest.mark.parametrize("case", ["undecryptable", "no-json", "no-object"])
def test_data_that_holds_nothing_is_answered_4004(case: str) -> None:
    """And nothing else."""
    for ret, verdict in ((4004, "good"), (4001, "bad"), (500, "bad")):
        assert refused(Broken.UNREADABLE, STATUS, ret, case).judged().of("CEC-ENV-n") == [f"{verdict} {case}"]


def test_broken_questions_say_nothing_of_their_token() -> None:
    """A good token beside a wrong Sig may be answered as the server likes (1.7)."""
    story = AskedStory()
    story.broken(STATUS, {"StationIDs": [LEFT.station]}, Broken.STALE, 4002)
    assert "CEC-TOK-c accepted" not in story.judged().blamed()
