"""1.1.2 What does not change is pushed every three hours."""

from __future__ import annotations

from conformance.beijing.asking import expect_long_waits_to_help
from conformance.beijing.charging import known_spot
from conformance.scenario import requirement
from simulators.lab.client import Lab

THREE_HOURS_S = 3 * 3600
SILENT_S = 240  # after that a box is offline, and was pushed as that


@requirement("BJ-1.1.2-b", seconds=SILENT_S + THREE_HOURS_S + 60)
def test_states_that_do_not_change_are_pushed_again(lab: Lab) -> None:
    """One box stands idle, all others are switched off, for more than three hours (1.1.2)."""
    expect_long_waits_to_help(lab)
    known_spot(lab).box.booted()
    lab.pass_time(SILENT_S + THREE_HOURS_S + 60)
