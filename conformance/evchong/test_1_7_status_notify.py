"""1.7 Status notification; 2.8, 2.9."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.evchong.messages import ChargePointErrorCode, ChargePointStatus
from simulators.lab.client import Lab

FAULTS = ("reads", "faults")


@requirement("EVC-1.7-a", "EVC-1.7-f", effects=FAULTS)
def test_every_error_is_notified_and_taken(lab: Lab) -> None:
    """Each of the error codes occurs and is cleared; the box tells both at once, with both codes (2.8, 3)."""
    box = lab.box().booted()
    for number, code in enumerate(ChargePointErrorCode):
        if code is not ChargePointErrorCode.NO_ERROR:
            box.fault(
                code, f"E-{number:03}", "see the vendor's code" if code is ChargePointErrorCode.OTHER_ERROR else None
            )
            box.clear()


@requirement("EVC-1.7-a", "EVC-1.7-f", effects=FAULTS)
def test_every_status_is_notified_and_taken(lab: Lab) -> None:
    """Each of the statuses is shown and told (2.9)."""
    box = lab.box(sockets=1).booted()
    for status in ChargePointStatus:
        if status is not ChargePointStatus.FAULTED:
            box.show(status)
    box.show(ChargePointStatus.AVAILABLE)


@requirement("EVC-1.7-b", "EVC-1.7-d", effects=FAULTS)
def test_vendor_fields_are_demanded(lab: Lab) -> None:
    """Without vendorErrorCode (with an error, and without one) and without vendorId (1.7, 3, EVC-X18)."""
    box = lab.box().booted()
    box.say_status("GroundFailure", "Faulted", vendor_error_code="E-7")
    box.say_status("GroundFailure", "Faulted", vendor_error_code=None)
    box.say_status("GroundFailure", "Faulted", vendor_error_code="E-7", vendor_id=None)
    box.say_status("NoError", "Available", vendor_error_code=None)
    box.say_status("NoError", "Available")


@requirement("EVC-1.7-c", effects=("reads", "opens-session", "faults"), seconds=25)
def test_statuses_reach_what_shows_them(lab: Lab) -> None:
    """A faulted connector is shown as faulted, an occupied one as occupied (1.7)."""
    box = lab.box(sockets=1).booted()
    card = lab.card()
    box.charging(card)
    lab.pass_time(12)
    lab.surface("connectors")
    box.swipe(card)
    box.fault("OverCurrentFailure", "E-42")
    lab.pass_time(12)
    lab.surface("connectors")
    box.clear()


@requirement("EVC-1.7-e", effects=FAULTS)
def test_info_is_optional(lab: Lab) -> None:
    """A notification is accepted with info and without it (1.7)."""
    box = lab.box().booted()
    box.say_status("OtherError", "Faulted", info="door open", vendor_error_code="E-9")
    box.say_status("OtherError", "Faulted", vendor_error_code="E-9")
    box.say_status("NoError", "Available")
