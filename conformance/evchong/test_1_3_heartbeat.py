"""1.3 Heartbeat."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.lab.client import Lab


@requirement("EVC-1.3-a", "EVC-1.3-c", "EVC-1.1-d", effects=("reads",), seconds=65)
def test_box_beats_as_told(lab: Lab) -> None:
    """The box beats at the interval that it was told at boot, and each beat is answered (1.3)."""
    lab.box().booted()
    lab.box(interval_above_s=10).booted()
    lab.pass_time(65)


@requirement("EVC-1.3-b", effects=("reads",))
def test_station_serial_is_optional_in_a_heartbeat(lab: Lab) -> None:
    """A heartbeat is answered with and without chargePointSerialNumber (1.3)."""
    box = lab.box().booted()
    box.say_heartbeat(with_station=True)
    box.say_heartbeat(with_station=False)


@requirement("EVC-1.3-d", effects=("reads", "faults"), seconds=120)
def test_silent_box_is_offline(lab: Lab) -> None:
    """A box that stops beating is shown as offline in time, and as online after its next beat (1.3)."""
    box = lab.box().booted()
    lab.pass_time(16)
    lab.surface("connectors")
    box.cut_off()
    box.let_it_be_missed()
    lab.surface("connectors")
    box.back()
    box.say_heartbeat(with_station=True)
    lab.surface("connectors")
