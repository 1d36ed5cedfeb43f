"""Runs of the city against servers that are set up wrongly: each ends, and says what is wrong."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec.structs import replace

from conformance.asked import Asked
from conformance.judge import Judgement
from conformance.running import Run, play_all
from conformance.scenario import scenarios_of
from conformance.verdict import Status
from simulators.reference.city.figures import time_stamp
from simulators.reference.server import ReferenceServer
from simulators.world.city import CityContract

SCENARIOS = (
    "test_session_runs_through",
    "test_every_state_that_a_box_tells_is_pushed",
    "test_answers_of_success_are_sealed",
    "test_calls_are_sealed",
)
SEVEN_MINUTES_MS = 7 * 60 * 1000


class SignsWithAnotherSecret(ReferenceServer):
    """Was set up with a wrong SigSecret of the platform's."""

    @property
    def contract(self) -> CityContract:
        right = super().contract
        return replace(right, platform_keys=replace(right.platform_keys, sig_secret="0123456789abcdef"))


class OpensWithAnotherSecret(ReferenceServer):
    """Was set up with another DataSecret than the one that the operator gave to the platform."""

    @property
    def contract(self) -> CityContract:
        right = super().contract
        return replace(right, operator_keys=replace(right.operator_keys, data_secret="0123456789abcdef"))


class IsSevenMinutesLate(ReferenceServer):
    """Has a clock that nobody sets."""

    def time_stamp(self) -> str:
        return time_stamp(self.now_ms() - SEVEN_MINUTES_MS, self.contract.utc_offset_minutes)


def judged(folder: Path, server: type[ReferenceServer]) -> Judgement:
    """A short run: the preamble and a few scenarios."""
    asked = Asked(sut=f"{server.__module__}:{server.__name__}", seed=1)
    stage = asked.stage(os.environ)
    rows = [row for row in asked.rows(stage.target) if row.protocol == "beijing"]
    scenarios = [scenario for scenario in scenarios_of("beijing") if scenario.name.endswith(SCENARIOS)]
    assert len(scenarios) == len(SCENARIOS)
    with Run(stage, folder / "journal.db", rows) as run:
        played = play_all(run, scenarios)
    assert [outcome.trace for _, outcome in played] == [""] * len(scenarios)
    return run.judge.judgement(rows, stage.counts)


def failing(judgement: Judgement) -> dict[str, str]:
    return {each.requirement.id: each.bad[0].actual for each in judgement.verdicts if each.status is Status.FAIL}


def test_a_wrong_key_for_pushes_is_told_of_the_first_message(tmp_path: Path) -> None:
    """2.3: its Sig verifies nowhere, so it gets no token and no push arrives; what it answers is right."""
    judgement = judged(tmp_path, SignsWithAnotherSecret)
    assert judgement.invalid == ()
    assert re.search("Sig", failing(judgement)["CEC-ENV-c"])
    assert judgement.of("CEC-TOK-a").status is Status.PASS
    assert judgement.of("BJ-1.1.2-a").status is not Status.PASS


def test_a_wrong_key_for_questions_is_told_of_the_first_answer(tmp_path: Path) -> None:
    """1.5: a server that cannot open a right question says 4004 or 4001 to it, and gives no token."""
    judgement = judged(tmp_path, OpensWithAnotherSecret)
    assert judgement.invalid == ()
    assert re.search("400[14]", failing(judgement)["CEC-TOK-a"])


def test_a_clock_that_is_minutes_late_is_remarked_on(tmp_path: Path) -> None:
    """1.3: no row limits the difference; whoever wonders about times is told of it once."""
    judgement = judged(tmp_path, IsSevenMinutesLate)
    remarks = [remark.text for remark, _ in judgement.observations if "clock" in remark.text]
    assert remarks == ["the server's clock goes about 7 min behind ours, by its TimeStamp"]
