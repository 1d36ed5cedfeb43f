"""The proof of the suite is right about the suite: every result can be reached, and is reached for its own reason."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.finding import Finding
from conformance.judge import Judgement
from conformance.proof.choosing import FEW, MANY, choose, gaps, played_to_the_end, sample, slowest_first
from conformance.proof.playing import Job, Setting
from conformance.proof.proving import FILE, main
from conformance.proof.touching import (
    AT_ITS_END,
    AT_ITS_START,
    Touched,
    not_shown,
    own_rows_first,
    worth_playing,
)
from conformance.proof.weighing import MUTANTS, Outcome, Result, Unexpected, is_caught, weigh
from conformance.proof.workers import Workers
from conformance.requirements.ledger import UnknownSelection, ledger
from conformance.scenario import Scenario
from conformance.verdict import CaseCount, Exit, Status, Verdict, Why
from simulators.lab.kin import Kin, Kind, Member, catalogue, find
from simulators.lab.starting import load
from simulators.mutants.registry import box_mutants
from simulators.reference.server import ReferenceServer

SCHEMA = json.loads(Path("schemas/harness/prove.json").read_text(encoding="utf-8"))
CATALOGUE = catalogue(1)


def member(kind: Kind = Kind.MUTANT, **more: Any) -> Member:
    aim = {"breaks": "EVC-1.4-b", "cases": ("sequential",)} if kind in MUTANTS else {}
    return Member(kind=kind, name="OneOfThem", kin=Kin("reference"), story="It happens.", **{**aim, **more})


def verdict(row: str, status: Status, *failed: str) -> Verdict:
    """A verdict with a bad finding of each case named, or with a good one where it is a pass."""
    requirement = ledger()[row]
    cases = tuple(CaseCount(case, 1, int(case in failed)) for case in requirement.cases)
    bad = tuple(Finding(row, case, False, "this", "that", (7,)) for case in failed)
    good = () if failed else (Finding(row, requirement.cases[0], True, "this", "this", (8,)),)
    why = Why.NO_EVIDENCE if status is Status.INCONCLUSIVE else None
    return Verdict(requirement, status, requirement.level == "M", why, "never judged" if why else "", cases, bad, good)


def judged(*verdicts: Verdict, invalid: tuple[str, ...] = ()) -> Judgement:
    return Judgement(list(verdicts), invalid, (), (), (), 100, False)


IDS_PASS = verdict("EVC-1.4-b", Status.PASS)
IDS_OPEN = verdict("EVC-1.4-b", Status.INCONCLUSIVE)
IDS_FAIL = verdict("EVC-1.4-b", Status.FAIL, "sequential")
STOPS_PASS = verdict("EVC-1.6-a", Status.PASS)
STOPS_FAIL = verdict("EVC-1.6-a", Status.FAIL, ledger()["EVC-1.6-a"].cases[0])
SHOWN_OPEN = verdict("EVC-1.3-d", Status.INCONCLUSIVE)
SHOWN_WRONGLY = verdict("EVC-1.3-d", Status.ADVISORY, "offline")
BOXES_FAIL = verdict("EVC-1.3-c", Status.FAIL, "as-told")
FAULTY_BOX = member(Kind.BOX_MUTANT, breaks="EVC-1.3-c", cases=("as-told",))
BOX_BLAMED = ("our own box broke EVC-1.3-c: after 10000 ms",)


@pytest.mark.parametrize(
    ("proved", "judgement", "result"),
    [
        (member(), judged(IDS_FAIL, STOPS_PASS, SHOWN_OPEN), Result.CAUGHT),
        (member(also={"EVC-1.6-a": "why"}), judged(IDS_FAIL, STOPS_FAIL), Result.CAUGHT),
        (member(), judged(IDS_PASS, STOPS_PASS), Result.MISSED),
        (member(), judged(IDS_OPEN, STOPS_PASS), Result.MISSED),
        (member(cases=("sequential", "overlapping")), judged(IDS_FAIL), Result.MISSED),
        (member(cases=("overlapping",)), judged(IDS_FAIL), Result.WRONG_REASON),
        (member(), judged(IDS_FAIL, STOPS_FAIL), Result.COLLATERAL),
        (member(), judged(IDS_FAIL, SHOWN_WRONGLY), Result.COLLATERAL),
        (member(also={"EVC-1.6-a": "why"}), judged(IDS_PASS, STOPS_FAIL), Result.MISSED),
        (member(also={"EVC-1.6-a": "why"}), judged(IDS_FAIL, STOPS_PASS), Result.STALE_ALSO),
        (member(), judged(IDS_FAIL, invalid=("a scenario broke: x",)), Result.ERROR),
        (member(), judged(IDS_FAIL, BOXES_FAIL, invalid=BOX_BLAMED), Result.ERROR),
        (FAULTY_BOX, judged(BOXES_FAIL, invalid=BOX_BLAMED), Result.CAUGHT),
        (FAULTY_BOX, judged(BOXES_FAIL, invalid=(*BOX_BLAMED, "a scenario broke: x")), Result.ERROR),
        (member(Kind.LAWFUL), judged(IDS_PASS, SHOWN_OPEN), Result.QUIET),
        (member(Kind.LAWFUL), judged(IDS_OPEN), Result.FALSE_ALARM),
        (member(Kind.COMPOSITION), judged(IDS_PASS, SHOWN_WRONGLY), Result.FALSE_ALARM),
        (member(Kind.LAWFUL), judged(IDS_PASS, invalid=("a scenario broke: x",)), Result.ERROR),
        (member(Kind.REFERENCE), judged(IDS_PASS, STOPS_PASS), Result.QUIET),
        (member(Kind.REFERENCE), judged(IDS_PASS, SHOWN_OPEN), Result.FALSE_ALARM),
        (member(Kind.LIAR), judged(IDS_FAIL, STOPS_FAIL, SHOWN_OPEN), Result.QUIET),
        (member(Kind.LIAR), judged(IDS_FAIL, verdict("EVC-1.3-d", Status.PASS)), Result.QUIET),
        (member(Kind.LIAR), judged(IDS_FAIL, STOPS_PASS), Result.LIAR_PASS),
    ],
)  # fmt: skip
def test_every_result_has_its_reason(proved: Member, judgement: Judgement, result: Result) -> None:
    """Caught needs every case named; collateral, stale declarations and invalid runs spoil it; open is no pass."""
    assert weigh(proved, judgement).result == result


def test_what_was_caught_beside_other_rows_counts_as_caught_and_names_them() -> None:
    """Collateral takes nothing from the row that was broken, and ``also`` of another row gives it nothing."""
    outcome = weigh(member(also={"EVC-1.3-d": "why"}), judged(IDS_FAIL, STOPS_FAIL, SHOWN_OPEN))
    assert (outcome.caught, outcome.collateral, outcome.stale) == (True, ("EVC-1.6-a",), ("EVC-1.3-d",))
    case = ledger()["EVC-1.6-a"].cases[0]
    assert outcome.unexpected == (Unexpected("EVC-1.6-a", "fail", case, "this", "that", (7,)),)


def test_a_missed_mutant_says_which_cases_were_not_seen() -> None:
    outcome = weigh(member(cases=("sequential", "overlapping")), judged(IDS_FAIL))
    assert outcome.cases_seen == ("sequential",)
    assert outcome.unexpected == (
        Unexpected("EVC-1.4-b", "fail", "overlapping", "a bad finding of each", "bad findings of sequential"),
    )


def test_a_liar_is_told_by_the_demanded_rows_that_it_passed() -> None:
    outcome = weigh(member(Kind.LIAR), judged(IDS_PASS, STOPS_PASS, verdict("EVC-1.3-d", Status.PASS)))
    assert outcome.passes == ("EVC-1.4-b", "EVC-1.6-a")


# Who is proved


def test_words_name_servers_by_their_name_their_row_and_their_protocol() -> None:
    """A word that names nobody is misuse, and says what would do."""
    assert [found.name for found in choose(["DrawsIds"], CATALOGUE)] == ["DrawsIds"]
    assert {found.breaks for found in choose(["EVC-1.4-b", "EVC-G11"], CATALOGUE)} == {"EVC-1.4-b", "EVC-G11"}
    assert choose([], CATALOGUE) == choose(["evchong", "beijing"], CATALOGUE) == CATALOGUE
    with pytest.raises(UnknownSelection, match=r"did you mean EVC-1\.4-b"):
        choose(["EVC-14-b"], CATALOGUE)


def test_a_sample_has_a_mutant_for_every_demanded_row_and_another_one_every_day() -> None:
    demanded = {row.id for row in ledger().values() if row.level == "M" and row.judged_by == "check"}
    days = [sample(CATALOGUE, date(2026, 7, day)) for day in (1, 2)]
    for drawn in days:
        assert demanded < {found.breaks for found in drawn}
        assert {Kind.LAWFUL, Kind.LIAR} <= {found.kind for found in drawn}
        assert len(drawn) < len(CATALOGUE) / 4
    assert days[0] != days[1]
    assert days[0] == sample(CATALOGUE, date(2026, 7, 1))


def test_the_catalogue_has_no_gaps_and_a_gap_is_found() -> None:
    """Every row of a server or a box has a mutant, and every case of a demanded one is named."""
    assert gaps(CATALOGUE) == []
    without = [found for found in CATALOGUE if found.breaks not in ("EVC-1.3-d", "EVC-1.4-b", "EVC-1.6-f")]
    assert gaps([*without, member()]) == [
        "EVC-1.3-d: no mutant breaks it",
        "EVC-1.4-b: no mutant names overlapping",
        "EVC-1.6-f: no mutant breaks it",
    ]


def test_those_that_wait_begin_first() -> None:
    """A silent server is waited for at every message; begun last, it would keep everybody waiting."""
    assert slowest_first(CATALOGUE)[0].kind is Kind.LIAR
    assert {found.name for found in CATALOGUE} == {found.name for found in slowest_first(CATALOGUE)}


def test_faulty_boxes_say_how_it_happens_and_can_be_given_to_a_lab() -> None:
    rows = {row.id for row in ledger().values() if row.party == "B"}
    assert {box.breaks for box in box_mutants().values()} == rows
    for box in box_mutants().values():
        assert load(box.path) is box.mind
        assert box.story.endswith("."), box.name
        assert set(box.cases) <= set(ledger()[box.breaks].cases), box.name


def test_a_composition_is_found_by_its_name() -> None:
    """What a proof blames can be started again."""
    composed = next(found for found in CATALOGUE if found.kind is Kind.COMPOSITION)
    assert find(composed.name) == find(composed.kin.start) == composed.kin


# Which scenarios


def scenario(name: str, *rows: str) -> Scenario:
    return Scenario(name, lambda _: None, rows, frozenset(), 0, False, "")


BOOTS, STARTS, STOPS = SCENARIOS = [scenario(name) for name in ("boots", "starts", "stops")]
TOUCHES = {
    AT_ITS_START: Touched(frozenset({"listen"})),
    "boots": Touched(frozenset({"interval_s"}), frozenset({"EVC-1.1-a"})),
    "starts": Touched(frozenset({"next_id"}), frozenset({"EVC-1.1-a", "EVC-1.4-b"})),
    "stops": Touched(frozenset({"next_id", "price"}), frozenset({"EVC-1.6-a"})),
    AT_ITS_END: Touched(rows=frozenset({"EVC-3-d"})),
}


@pytest.mark.parametrize(
    ("kind", "changes", "played"),
    [
        (Kind.MUTANT, {"next_id"}, [STARTS, STOPS]),
        (Kind.LAWFUL, {"price", "a_helper_of_its_own"}, [STOPS]),
        (Kind.MUTANT, {"nobody_uses_this"}, []),
        (Kind.MUTANT, {"price", "listen"}, SCENARIOS),
        (Kind.MUTANT, {"price", "__init__"}, SCENARIOS),
        (Kind.LIAR, set(), SCENARIOS),
    ],
)
def test_a_server_is_played_what_can_show_it(kind: Kind, changes: set[str], played: list[Scenario]) -> None:
    """Where the reference uses nothing that a server has otherwise, the two are the same. Unwatched, nobody knows."""
    server = replace(member(kind), changes=frozenset(changes))
    assert worth_playing(server, SCENARIOS, TOUCHES) == played
    assert worth_playing(server, SCENARIOS, {}) == SCENARIOS
    read_otherwise = replace(server, kin=Kin("", readings={"EVC-X1": "seconds"}))
    assert worth_playing(read_otherwise, SCENARIOS, TOUCHES) == SCENARIOS


def test_a_mutant_is_first_played_what_is_about_its_row() -> None:
    """Then the rest, each in the order of the document."""
    boots, starts, stops = (
        scenario("boots", "EVC-1.1-a"),
        scenario("starts", "EVC-1.4-b", "EVC-3-d"),
        scenario("stops", "EVC-1.6-a"),
    )
    assert own_rows_first(member(), [stops, boots, starts]) == [starts, stops, boots]


@pytest.mark.parametrize(
    ("proved", "failed", "enough"),
    [
        (member(), {"EVC-1.4-b": {"sequential"}}, True),
        (member(), {"EVC-1.4-b": {"overlapping"}}, False),
        (member(cases=("sequential", "overlapping")), {"EVC-1.4-b": {"sequential"}}, False),
        (member(also={"EVC-1.6-a": "why"}), {"EVC-1.4-b": {"sequential"}}, False),
        (member(also={"EVC-1.6-a": "why"}), {"EVC-1.4-b": {"sequential"}, "EVC-1.6-a": {"price"}}, True),
        (FAULTY_BOX, {"EVC-1.3-c": {"as-told"}}, True),
        (member(Kind.LIAR), {"EVC-1.4-b": {"sequential"}}, False),
    ],
)
def test_a_mutant_is_caught_when_all_that_it_declares_was_seen(
    proved: Member, failed: dict[str, set[str]], enough: bool
) -> None:
    """Every case of its row, and every row of ``also``. Nobody else is ever done before the end."""
    assert is_caught(proved, failed) is enough


def test_of_many_mutants_one_of_each_chapter_is_played_to_its_end() -> None:
    """And those that break many rows. All of a few are, and everyone who is no mutant."""
    on = played_to_the_end(CATALOGUE)
    mutants = [found for found in CATALOGUE if found.kind in MUTANTS]
    assert len(mutants) > FEW
    many = {found.name for found in mutants if len(found.also) >= MANY}
    played_on = [found for found in mutants if found.name in on]
    assert many < {found.name for found in played_on}
    chapters = {"1.1": "BJ-1.1.", "2.2": "BJ-2.2.", "ENV": "CEC-ENV-", "boxes": "EVC-1.", "all boxes": "EVC-G"}
    assert {name: any(found.breaks.startswith(row) for found in played_on) for name, row in chapters.items()} == (
        dict.fromkeys(chapters, True)
    )
    assert len(played_on) < len(mutants) / 10
    assert {found.name for found in CATALOGUE if found.kind not in MUTANTS} <= on
    assert played_to_the_end(mutants[:FEW]) == {found.name for found in mutants[:FEW]}


def test_a_variant_need_not_pass_what_it_was_played_a_part_of() -> None:
    """A row that something is found on in a scenario that was left out, or at the end of all, may stay open."""
    assert not_shown(SCENARIOS, SCENARIOS, TOUCHES) == frozenset()
    assert not_shown(SCENARIOS, [STARTS, STOPS], TOUCHES) == {"EVC-1.1-a", "EVC-3-d"}
    assert weigh(member(Kind.LAWFUL), judged(IDS_OPEN), {"EVC-1.4-b"}).result == Result.QUIET
    assert (
        weigh(member(Kind.LAWFUL), judged(IDS_OPEN, STOPS_FAIL), {"EVC-1.4-b", "EVC-1.6-a"}).result
        == Result.FALSE_ALARM
    )


def test_a_mutant_knows_what_it_changed() -> None:
    """Methods and settings of the class itself and of those between it and the reference; stories are no change."""
    mutants = {found.name: found for found in CATALOGUE if found.kind is Kind.MUTANT}
    assert mutants["SwapsReasons"].changes == {"auth_fail_reason", "reasons"}
    assert all(found.changes for found in mutants.values())
    assert all(not found.changes for found in CATALOGUE if found.kind in (Kind.LIAR, Kind.REFERENCE, Kind.BOX_MUTANT))


# Processes


class HangsAtItsStart(ReferenceServer):
    """Waits for a database that never comes up."""

    async def start(self) -> None:
        await asyncio.Event().wait()


class DiesAtItsStart(ReferenceServer):
    """Crashes in native code."""

    async def start(self) -> None:
        os._exit(3)


def test_a_server_that_hangs_or_takes_its_process_down_costs_nobody_else_anything(tmp_path: Path) -> None:
    """It is given up with its process, and the next one gets a new process."""
    proved = [
        replace(member(), name=server.__name__, kin=Kin(f"tests.mutants.test_proof:{server.__name__}"))
        for server in (HangsAtItsStart, DiesAtItsStart)
    ]
    setting = Setting(1, tmp_path, tmp_path / "kept")
    with Workers(1, setting, limit_s=20) as workers:
        outcomes = list(workers.prove(map(Job, proved)))
    assert [outcome.result for outcome in outcomes] == [Result.ERROR, Result.ERROR]
    assert {outcome.member.name: outcome.trouble for outcome in outcomes} == {
        "HangsAtItsStart": ("did not end within 20 s",),
        "DiesAtItsStart": ("took its process down (exit code 3)",),
    }


# The whole


def test_an_unknown_word_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["NoSuchServer"], tmp_path) == Exit.MISUSE
    assert "NoSuchServer" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_mutant_is_caught_a_variant_left_alone_and_a_liar_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small proof from end to end: exit code, what is printed, and ``prove.json`` as its schema has it."""
    assert main(["ReusesTransactionIds", "DrawsIds", "AcceptsAll"], tmp_path, workers=2) == Exit.PASSED
    told = json.loads((tmp_path / "latest" / FILE).read_text(encoding="utf-8"))
    jsonschema.validate(told, SCHEMA)
    assert {row["name"]: row["result"] for row in told["rows"]} == {
        "reference": "quiet",
        "ReusesTransactionIds": "caught",
        "DrawsIds": "quiet",
        "AcceptsAll": "quiet",
    }
    counted = {name: number for name, number in told["totals"].items() if number}
    assert counted == {"mutants": 1, "caught": 1, "lawful_variants": 1, "liars": 1}
    assert not (tmp_path / "latest" / "journals").exists()
    assert all(row["cpu_s"] > 0 for row in told["rows"])
    assert all(row["scenarios"] > 50 or row["kind"] != "liar" for row in told["rows"])
    assert "everything as it should be" in capsys.readouterr().out


def test_an_outcome_is_as_it_should_be_when_caught_or_quiet() -> None:
    results = {result for result in Result if Outcome(member=member(), result=result).as_it_should_be}
    assert results == {Result.CAUGHT, Result.QUIET}
