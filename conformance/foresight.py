"""What can be said of a scenario before anything is sent: how long it takes, and what the target lacks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from conformance.scenario import Scenario
from conformance.staging import Stage
from simulators.lab.client import Lab, Unmet
from simulators.lab.dry import CannotTell, DryLab
from simulators.lab.leases import NothingToLend


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Protocol seconds that will pass, and why the scenario cannot be played to its end; empty when it can."""

    seconds: int
    lacks: str = ""


def foresee(stage: Stage, scenario: Scenario) -> Foreseen:
    """Play a scenario in a lab that sends nothing, around a server that does what it should."""
    dry = DryLab(stage.lab_setting(Path()))
    try:
        scenario.play(Lab(dry))
    except (Unmet, NothingToLend) as reason:
        return Foreseen(math.ceil(dry.passed_s), str(reason))
    except CannotTell:
        return Foreseen(scenario.seconds)
    return Foreseen(max(scenario.seconds, math.ceil(dry.passed_s)))
