"""Which scenarios can show a server: those in which the reference uses something that the server has otherwise.

A mutant is the reference but for a few methods and settings, and so is a lawful variant. As long as none of these is
used the two send the same bytes, and a scenario that uses none would be the reference's again. What a server left
behind in one scenario may meet another that uses nothing of it; for that there is ``prove --whole``, which plays
everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.scenario import Scenario
from simulators.lab.kin import Member

AT_ITS_START, AT_ITS_END = "<start>", "<end>"  # beside the names of scenarios


@dataclass(frozen=True, slots=True)
class Touched:
    """What a scenario used of the reference, by name, and the rows that something was found on."""

    names: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()


Touches = Mapping[str, Touched]  # by the scenario's name; empty where nobody was watched


def worth_playing(member: Member, scenarios: Iterable[Scenario], touches: Touches) -> list[Scenario]:
    """The scenarios that can show what a server has otherwise; all of them where that is not known.

    What it has otherwise at its start may show in any scenario. So may a special method, whose use is not seen, and
    what its target file says of it. A liar has everything otherwise.
    """
    scenarios = list(scenarios)
    changes, kin = member.changes, member.kin
    known = touches and changes and not kin.readings and not kin.pixit
    if not known or any(name.startswith("__") for name in changes) or changes & touches[AT_ITS_START].names:
        return scenarios
    return [scenario for scenario in scenarios if changes & touches[scenario.name].names]


def own_rows_first(member: Member, scenarios: Iterable[Scenario]) -> list[Scenario]:
    """The scenarios of the row that a mutant breaks, then the others, in the order of the document."""
    return sorted(scenarios, key=lambda scenario: member.breaks not in scenario.rows)


def not_shown(scenarios: Iterable[Scenario], played: Iterable[Scenario], touches: Touches) -> frozenset[str]:
    """The rows that something would have been found on in the scenarios that were not played."""
    names = {scenario.name for scenario in scenarios} - {scenario.name for scenario in played}
    return frozenset(row for name in (*names, AT_ITS_END) for row in touches[name].rows) if names else frozenset()
