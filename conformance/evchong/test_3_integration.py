"""3 How boxes are connected."""

from __future__ import annotations

from conformance.evchong.test_1_5_meter_values import running_and_a_stranger
from conformance.scenario import requirement
from simulators.lab.client import Lab, Unmet


@requirement("EVC-3-a", effects=("reads",), exclusive=True)
def test_serial_of_a_second_manufacturer(lab: Lab) -> None:
    """The serial of one manufacturer's box cannot be registered for another one too (3)."""
    one = lab.granted("create_supplier", name=lab.company())["vendor_id"]
    two = lab.granted("create_supplier", name=lab.company())["vendor_id"]
    station = lab.box().station
    serial = lab.new_serial()
    lab.surface("register_box", box=serial, vendor_id=one, station=station)
    lab.surface("register_box", box=serial, vendor_id=two, station=station)


@requirement("EVC-3-b", "EVC-3-e", seconds=45)
def test_connector_numbers_are_the_manufacturers(lab: Lab) -> None:
    """A box with one socket charges on connector 1, another one on the numbers that its maker gave (3)."""
    odd = lab.box(own_numbering=True).booted()
    plain = lab.box(sockets=2).booted()
    plain.charge(lab.card(), seconds=5)
    single = lab.box(sockets=1, meter=True).booted()
    single.charge(lab.card(), seconds=12)
    for connector in odd.connectors:
        odd.charge(lab.card(), seconds=12, connector=connector)


@requirement("EVC-3-c", effects=("reads",), exclusive=True)
def test_new_station_gets_its_own_serial(lab: Lab) -> None:
    """A new station gets a serial, a supplier a number, and a box that names the new serial is accepted (3)."""
    vendor_id = lab.granted("create_supplier", name=lab.company())["vendor_id"]
    name = f"{lab.company()}充电站"
    station = lab.granted("create_station", name=name)["station"]
    lab.surface("create_station", name=name)
    if not isinstance(station, str) or not 1 <= len(station) <= 25:
        raise Unmet(f"create_station gave {station!r}, which no box can name")
    serial = lab.new_serial()
    if lab.surface("register_box", box=serial, vendor_id=vendor_id, station=station).get("refused"):
        raise Unmet("a new box could not be registered at the new station")
    lab.unregistered_box(serial=serial, station=station).boot()


@requirement("EVC-3-d")
def test_boxes_behind_one_connection(lab: Lab) -> None:
    """Two boxes of two stations speak over one connection in turn, and each is answered as itself (3)."""
    here = lab.box().booted()
    there = lab.box(other_station_than=here.station, share=here.serial).booted()
    one, two = lab.card(), lab.card()
    first = here.say_start(one).transaction_id
    second = there.say_start(two).transaction_id
    if first is None or second is None:
        raise Unmet("a start by a valid card opened no transaction")
    for _ in range(3):
        here.say_meter_values(first)
        there.say_meter_values(second)
    here.say_stop(first, card=one)
    there.say_stop(second, card=two)


@requirement("EVC-3-d", seconds=30)
def test_the_stop_of_another_box_ends_nothing(lab: Lab) -> None:
    """A box stops the transaction that runs on another one; it lives on, and is billed truly (3)."""
    running, stranger = running_and_a_stranger(lab, lab.box().booted(), lab.box().booted())
    lab.pass_time(30)
    running.box.say_meter_values(running.transaction_id)
    stranger.say_stop(running.transaction_id, card=running.card, meter_stop_wh=132_450, energy_kwh="9.00")
    running.box.say_meter_values(running.transaction_id)
    running.box.say_stop(running.transaction_id, card=running.card, meter_stop_wh=123_950, energy_kwh="0.50")
    lab.glance_at_orders()
