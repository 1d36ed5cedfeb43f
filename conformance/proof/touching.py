"""Which scenarios can show a mutant: those in which the reference uses something that the mutant does otherwise.

A mutant is the reference but for a few methods and settings. As long as none of these is used the two send the same
bytes, and a scenario that uses none would be the reference's again. What a mutant left behind in one scenario may
meet another that uses nothing of it; for that there is ``prove --whole``, which plays everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.scenario import Scenario
from simulators.lab.kin import Kind, Member

AT_ITS_START = ""  # the key of what is used before the first scenario of all

Uses = Mapping[str, frozenset[str]]  # by the scenario's name, what of the reference is used in it


def worth_playing(member: Member, scenarios: Iterable[Scenario], uses: Uses) -> list[Scenario]:
    """The scenarios that can show what a member does otherwise; all for whom that is not known, and where it is all.

    What a server does otherwise at its start may show in any scenario. So may a special method, whose use is not seen.
    """
    scenarios = list(scenarios)
    everywhere = any(name.startswith("__") for name in member.changes) or member.changes & uses.get(AT_ITS_START, set())
    if member.kind is not Kind.MUTANT or not uses or everywhere:
        return scenarios
    return [scenario for scenario in scenarios if member.changes & uses[scenario.name]]
