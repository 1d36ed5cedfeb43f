"""What can be said of a scenario before anything is sent: how long it takes, and what the target lacks for it."""

from __future__ import annotations

import math
from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Fit:
    """What a run has time for: so many scenarios, and so many rows at least that can be shown.

    Those are the rows of which every scenario is played to its end; others may be shown by what is left of theirs.
    """

    scenarios: int
    rows: int


def fit(
    scenarios: Iterable[Scenario], rows: Iterable[str], rate: float, real_s: float, hindered: Iterable[Scenario] = ()
) -> Fit:
    """The shortest first, as a run plays them, in so many real seconds; ``rate`` is 0 under the stepped clock.

    ``hindered``: the scenarios that are forbidden, or that lack something on their way, however much time there is.
    """
    left_out = {row for scenario in hindered for row in scenario.rows}
    played = 0
    for scenario in sorted(scenarios, key=lambda scenario: scenario.seconds):
        takes_s = scenario.seconds / rate if rate else 0.0
        if takes_s <= real_s:
            played, real_s = played + 1, real_s - takes_s
        else:
            left_out.update(scenario.rows)
    return Fit(played, sum(row not in left_out for row in rows))


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


UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
MOST_SECONDS = 120  # told as such


def lasting(seconds: float) -> str:
    """A time as it is read, in two units at most and rounded up: 45 s, 2 h 2 min, 5 d."""
    left = math.ceil(seconds)
    if left <= MOST_SECONDS:
        return f"{left} s"
    finest = UNITS[next(at for at, (unit_s, _) in enumerate(UNITS) if left >= unit_s) + 1][0]
    left = math.ceil(left / finest) * finest
    told = []
    for unit_s, unit in UNITS:
        if left >= unit_s:
            told.append(f"{left // unit_s} {unit}")
            left %= unit_s
    return " ".join(told)
