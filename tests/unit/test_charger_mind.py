"""A charger that others start and stop: what it does, and what it tells, whatever is done to it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from simulators.charger.body import Action, ChargerSettings, Did, Event, Told, Vehicle
from simulators.charger.mind import ChargerMind

NOON_MS = 1_790_820_000_000
HOUR_S = 3600


class Place:
    """A charger, its clock, and what it has done and told."""

    def __init__(self, *vehicles: Vehicle) -> None:
        coming = iter(vehicles or [Vehicle(40, 30_000, 3), Vehicle(20, 50_000, 7)])
        self.mind = ChargerMind(ChargerSettings(id="SOCKET"), lambda: next(coming))
        self.now_ms = NOON_MS
        self.told: list[Told] = []
        self.did: list[Did] = []

    def do(self, actions: Iterable[Action]) -> list[str]:
        """What is done and told of it, in words and in order; facts in capitals."""
        words = []
        for action in actions:
            if isinstance(action, Did):
                self.did.append(action)
                words.append(action.what.upper())
            else:
                self.told.append(action)
                words.append(action.event.value)
        return words

    def plug(self) -> list[str]:
        return self.do(self.mind.plug(self.now_ms))

    def start(self, order: str = "O-1") -> list[str]:
        return self.do(self.mind.start(self.now_ms, order))

    def charging(self, order: str = "O-1") -> Place:
        self.plug()
        self.start(order)
        self.pass_s(3)
        assert self.mind.charge is not None
        self.told.clear()
        self.did.clear()
        return self

    def pass_s(self, seconds: float) -> list[str]:
        """Let time pass, from due moment to due moment."""
        until_ms, words = self.now_ms + round(seconds * 1000), []
        while (due_ms := self.mind.due_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            words += self.do(self.mind.tick(self.now_ms))
        self.now_ms = until_ms
        return words

    @property
    def last(self) -> Told:
        return self.told[-1]

    @property
    def ended(self) -> dict[str, Any]:
        return next(did.values for did in reversed(self.did) if did.what == "charging-ended")


def test_a_charge_from_plug_to_plug() -> None:
    """Plugged, started 3 s after the order came, a sample every 10 s, stopped 2 s after it was told to, unplugged."""
    place = Place()
    assert place.plug() == ["PLUGGED-IN", "plugged"]
    assert place.start() == []
    assert place.pass_s(2.9) == []
    assert place.pass_s(0.1) == ["CHARGING-BEGAN", "started"]
    assert place.pass_s(30) == ["sample"] * 3
    assert place.do(place.mind.stop(place.now_ms)) == []
    assert place.pass_s(2) == ["CHARGING-ENDED", "stopped"]
    assert place.last.reason == "platform"
    assert place.do(place.mind.unplug(place.now_ms)) == ["UNPLUGGED", "unplugged"]
    assert [told.order for told in place.told] == ["", "O-1", "O-1", "O-1", "O-1", "O-1", ""]
    assert {did.order for did in place.did if did.what.startswith("charging")} == {"O-1"}
    assert place.mind.due_ms() is None


def test_registers_and_energy_agree() -> None:
    """The register goes on from charge to charge; what a charge took is the difference of its ends."""
    place = Place().charging()
    place.pass_s(600)
    place.do(place.mind.user_stop(place.now_ms))
    first = place.ended
    assert first["energy_wh"] > 9000  # ten minutes at 60 kW
    assert first["register_wh"] == ChargerSettings(id="").first_register_wh + first["energy_wh"]
    assert place.last.register_wh == place.mind.register_wh == first["register_wh"]
    place.start("O-2")
    place.pass_s(3)
    assert place.last.register_wh == first["register_wh"]
    place.pass_s(60)
    place.do(place.mind.user_stop(place.now_ms))
    assert place.ended["register_wh"] == first["register_wh"] + place.ended["energy_wh"]


def test_instruments_are_those_of_direct_current() -> None:
    """Around 400 V, power is voltage times current, the battery fills, the register never falls."""
    place = Place().charging()
    place.pass_s(300)
    samples = [told for told in place.told if told.event is Event.SAMPLE]
    assert len(samples) == 30
    assert all(390 < told.voltage_v < 402 for told in samples)
    assert all(59_000 < told.voltage_v * told.current_a < 61_000 for told in samples)
    assert all(
        before.register_wh <= after.register_wh and before.soc <= after.soc for before, after in pairwise(samples)
    )
    assert samples[0].soc == 40
    assert samples[-1].soc > 48
    assert place.told[0].document("SOCKET") == {
        "charger": "SOCKET",
        "event": "sample",
        "at_ms": NOON_MS + 13_000,
        "order": "O-1",
        "register_wh": 123_550,
        "current_a": str(place.told[0].current_a),
        "voltage_v": str(place.told[0].voltage_v),
        "soc": 40,
    }


def test_samples_keep_their_rhythm_on_a_busy_machine() -> None:
    """Each is planned from the one before and tells its planned moment, however late it leaves."""
    place = Place().charging()
    place.now_ms += 10_400
    place.do(place.mind.tick(place.now_ms))
    assert place.last.at_ms == NOON_MS + 13_000
    assert place.mind.due_ms() == NOON_MS + 23_000


@pytest.mark.parametrize(
    ("ends", "reason", "words"),
    [
        ("user_stop", "user", ["CHARGING-ENDED", "stopped"]),
        ("fill_up", "bms", ["CHARGING-ENDED", "stopped"]),
        ("unplug", "disconnected", ["CHARGING-ENDED", "stopped", "UNPLUGGED", "unplugged"]),
    ],
)
def test_a_charge_ends_at_the_charger(ends: str, reason: str, words: list[str]) -> None:
    """By its user, its vehicle, or its cable: at once, with the reason; nothing flows any more."""
    place = Place().charging()
    place.pass_s(25)
    assert place.do(getattr(place.mind, ends)(place.now_ms)) == words
    stopped = next(told for told in place.told if told.event is Event.STOPPED)
    assert (stopped.reason, stopped.order, str(stopped.current_a)) == (reason, "O-1", "0.00")
    assert place.ended["reason"] == reason
    assert place.pass_s(60) == []


def test_a_fault_ends_what_flows() -> None:
    """The fault is told first; until it is mended no start comes about."""
    place = Place().charging()
    words = place.do(place.mind.fault(place.now_ms, "over temperature"))
    assert words == ["ERROR-OCCURRED", "fault", "CHARGING-ENDED", "stopped"]
    assert place.ended["reason"] == "fault"
    place.start("O-2")
    assert place.pass_s(3) == ["START-FAILED", "start-failed"]
    assert (place.last.order, place.last.error) == ("O-2", "over temperature")
    assert place.do(place.mind.clear(place.now_ms)) == ["ERROR-CLEARED", "cleared"]
    place.start("O-3")
    assert place.pass_s(3) == ["CHARGING-BEGAN", "started"]


def test_a_vehicle_that_is_full_ends_its_charge() -> None:
    """The current falls off and ends by itself; what was taken is what there was room for."""
    place = Place(Vehicle(90, 2_000)).charging()
    words = place.pass_s(2 * HOUR_S)
    assert words[-2:] == ["CHARGING-ENDED", "stopped"]
    assert (place.last.reason, place.last.soc) == ("bms", 100)
    assert place.ended["energy_wh"] in range(1_900, 2_100)
    place.start("O-2")
    place.pass_s(3)
    assert place.last.error == "vehicle full"


def test_a_vehicle_can_be_one_that_takes_much() -> None:
    """For charges that last longer than any that comes by itself."""
    place = Place()
    place.do(place.mind.plug(place.now_ms, 500_000))
    place.start()
    place.pass_s(4 * HOUR_S)
    place.do(place.mind.user_stop(place.now_ms))
    assert place.ended["energy_wh"] in range(235_000, 245_000)


def test_a_start_needs_a_vehicle() -> None:
    """It is accepted, and fails when it should begin; one that is plugged in meanwhile is in time."""
    place = Place()
    place.start()
    assert place.pass_s(3) == ["START-FAILED", "start-failed"]
    assert place.last.document("SOCKET")["error"] == "not plugged"
    place.start("O-2")
    place.plug()
    assert place.pass_s(3) == ["CHARGING-BEGAN", "started"]


def test_the_same_order_twice_is_one() -> None:
    """Asked again while it begins or runs, nothing more happens; another order finds it in use."""
    place = Place()
    place.plug()
    assert place.start() == place.start() == []
    assert place.start("O-2") == ["START-FAILED", "start-failed"]
    assert place.pass_s(3) == ["CHARGING-BEGAN", "started"]
    assert place.start() == []
    assert place.start("O-3") == ["START-FAILED", "start-failed"]
    assert (place.last.order, place.last.error) == ("O-3", "in use")
    assert place.mind.order == "O-1"


@pytest.mark.parametrize("ends", ["stop", "user_stop", "unplug"])
def test_a_start_can_be_broken_off(ends: str) -> None:
    """What ends before it began has failed, and does not begin any more."""
    place = Place()
    place.plug()
    place.start()
    assert place.do(getattr(place.mind, ends)(place.now_ms))[:2] == ["START-FAILED", "start-failed"]
    assert place.pass_s(60) == []


def test_a_stop_where_nothing_flows_is_nothing() -> None:
    place = Place()
    assert place.do(place.mind.stop(place.now_ms)) == []
    place.charging()
    place.do(place.mind.stop(place.now_ms))
    place.now_ms += 1000
    place.do(place.mind.stop(place.now_ms))  # asked again, it is not put off
    assert place.pass_s(1) == ["CHARGING-ENDED", "stopped"]


def test_a_planned_failure_is_of_one_start() -> None:
    """The next one fails as planned, the one after it begins."""
    place = Place()
    place.plug()
    place.mind.fail_next_start("contactor stuck")
    place.start()
    place.pass_s(3)
    assert place.last.error == "contactor stuck"
    place.start("O-2")
    assert place.pass_s(3) == ["CHARGING-BEGAN", "started"]


def test_what_happens_out_of_reach_is_told_later() -> None:
    """The operator learns that the line is gone; then the rest with the moments at which it happened, no samples."""
    place = Place().charging()
    assert place.do(place.mind.cut_off(place.now_ms)) == ["NETWORK-LOST", "offline"]
    assert place.pass_s(60) == []
    ended_ms = place.now_ms
    assert place.do(place.mind.unplug(ended_ms)) == ["CHARGING-ENDED", "UNPLUGGED"]
    place.pass_s(60)
    assert place.do(place.mind.back(place.now_ms)) == ["NETWORK-BACK", "online", "stopped", "unplugged"]
    assert [told.at_ms - ended_ms for told in place.told[-3:]] == [60_000, 0, 0]


def test_somebody_starts_at_the_charger_itself() -> None:
    """At once, and without an order."""
    place = Place()
    place.plug()
    assert place.do(place.mind.user_start(place.now_ms)) == ["CHARGING-BEGAN", "started"]
    assert place.last.document("SOCKET")["order"] is None
    assert place.start("O-2") == ["START-FAILED", "start-failed"]
    assert place.do(place.mind.user_start(place.now_ms)) == []


def test_an_operator_that_came_back_is_told_how_it_stands() -> None:
    place = Place()
    assert place.do(place.mind.report(place.now_ms)) == ["online", "unplugged"]
    place.plug()
    place.do(place.mind.fault(place.now_ms, "broken"))
    assert place.do(place.mind.report(place.now_ms)) == ["online", "plugged", "fault"]
    place.do(place.mind.cut_off(place.now_ms))
    assert place.do(place.mind.report(place.now_ms)) == []


def test_at_rest_it_is_as_it_was() -> None:
    """On the line, whole, unplugged, no plans, no delay but the usual; a charger that is so does nothing."""
    place = Place()
    assert place.do(place.mind.rest(place.now_ms)) == []
    place.charging()
    place.mind.start_delay_s = 60
    place.mind.fail_next_start("never")
    place.do(place.mind.cut_off(place.now_ms))
    words = place.do(place.mind.rest(place.now_ms))
    assert words == ["NETWORK-BACK", "online", "CHARGING-ENDED", "stopped", "UNPLUGGED", "unplugged"]
    assert place.do(place.mind.rest(place.now_ms)) == []
    place.plug()
    place.start("O-2")
    assert place.pass_s(3) == ["CHARGING-BEGAN", "started"]
