"""1.1 Boot."""

from __future__ import annotations

from conformance.scenario import requirement
from simulators.evchong.messages import BootRequest, Service
from simulators.lab.client import Lab


@requirement("EVC-1.1-a", "EVC-1.1-d", "EVC-1.1-e", "EVC-1.1-h")
def test_registered_box_is_accepted(lab: Lab) -> None:
    """A registered box is answered Accepted, with the time and its interval (1.1, 2.10)."""
    lab.box().booted()


@requirement("EVC-1.1-a", "EVC-1.1-h", "EVC-3-f")
def test_box_boots_again_after_every_start(lab: Lab) -> None:
    """A box that is switched off and on boots again, and is accepted again (1 row 1)."""
    box = lab.box().booted()
    box.power_off()
    box.boot()


@requirement("EVC-1.1-b", "EVC-1.1-i", effects=("reads",), seconds=60)
def test_unregistered_box_is_rejected(lab: Lab) -> None:
    """A box that was never registered is answered Rejected, and stays silent from then on (1.1, 2.10)."""
    lab.unregistered_box().boot()
    lab.pass_time(60)


@requirement("EVC-1.1-c", effects=("reads",))
def test_registered_box_of_a_foreign_station_is_not_accepted(lab: Lab) -> None:
    """A registered box that names a station serial the server never issued is not accepted (EVC-X14)."""
    box = lab.box().booted()
    boot = BootRequest(box_serial=box.serial, station_serial="ST-NEVER-ISSUED", vendor="Keli")
    box.say(Service.DEVICE_BOOT, boot.canonical())
    box.boot()


@requirement("EVC-1.1-f")
def test_rejected_box_gets_no_service(lab: Lab) -> None:
    """A box that was rejected can neither authorize nor start (1.1)."""
    card = lab.card()
    box = lab.unregistered_box()
    box.boot()
    box.say_authorize(card)
    box.say_start(card)
    known = lab.box().booted()
    elsewhere = BootRequest(box_serial=known.serial, station_serial="ST-NEVER-ISSUED", vendor="Keli")
    known.say(Service.DEVICE_BOOT, elsewhere.canonical())
    known.say_authorize(card)
    known.say_start(card)
    known.boot()


@requirement("EVC-1.1-g", effects=("reads",))
def test_mandatory_fields_suffice(lab: Lab) -> None:
    """A boot with the three mandatory fields alone is accepted (1.1)."""
    lab.box().boot(mandatory_only=True)


@requirement("EVC-1.1-i", seconds=30)
def test_accepted_box_waits_for_a_card(lab: Lab) -> None:
    """An accepted box waits: nothing charges before a card was swiped (2.10)."""
    box = lab.box().booted()
    lab.pass_time(30)
    box.swipe(lab.card())
