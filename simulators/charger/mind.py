"""A charger that others start and stop: its state machine, without any I/O and without any protocol.

Told what happens (plugs, faults, orders to start and stop, time), it says what it does: facts, and words for the
operator. What it cannot tell while it is cut off it tells later, with the moment at which it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from simulators.charger.body import Action, Charge, ChargerSettings, Did, Event, Reason, Start, Told, Vehicle
from simulators.world.charging import ChargeCurve, Reading

NOTHING_FLOWS = Reading(0, Decimal("0.00"), Decimal("0.00"), 0)


class ChargerMind:
    """One charger with one plug. All methods take the protocol time and give what the charger does.

    ``arrives`` gives the vehicle that is plugged in next.
    """

    def __init__(self, settings: ChargerSettings, arrives: Callable[[], Vehicle]) -> None:
        self.settings = settings
        self.online = True
        self.error = ""  # what is broken
        self.vehicle: Vehicle | None = None
        self.starting: Start | None = None
        self.charge: Charge | None = None
        self.register_wh = settings.first_register_wh
        self.start_delay_s = settings.start_delay_s
        self._arrives = arrives
        self._failing = ""  # why the next start fails, by plan
        self._untold: list[Told] = []

    # The plug

    def plug(self, now_ms: int, room_wh: int | None = None) -> Iterator[Action]:
        """A vehicle comes and is plugged in. ``room_wh``: what it takes, where that matters."""
        if self.vehicle is None:
            self.vehicle = self._arrives()
            self.vehicle.room_wh = self.vehicle.room_wh if room_wh is None else room_wh
            yield Did("plugged-in", values={"soc": self.vehicle.soc})
            yield from self._tell(now_ms, Event.PLUGGED)

    def unplug(self, now_ms: int) -> Iterator[Action]:
        """The plug is drawn, whatever flows."""
        if self.vehicle is None:
            return
        yield from self._break_off(now_ms, Reason.DISCONNECTED, "unplugged before it began")
        self.vehicle = None
        yield Did("unplugged")
        yield from self._tell(now_ms, Event.UNPLUGGED)

    # Faults

    def fault(self, now_ms: int, error: str) -> Iterator[Action]:
        """Something breaks; what flows ends."""
        self.error = error
        yield Did("error-occurred", self.order, {"error": error})
        yield from self._tell(now_ms, Event.FAULT)
        yield from self._break_off(now_ms, Reason.FAULT, error)

    def clear(self, now_ms: int) -> Iterator[Action]:
        """What was broken works again."""
        if self.error:
            self.error = ""
            yield Did("error-cleared")
            yield from self._tell(now_ms, Event.CLEARED)

    # The line to the operator

    def cut_off(self, now_ms: int) -> Iterator[Action]:
        """The charger's own line breaks: its operator learns just that. What flows goes on flowing."""
        if self.online:
            yield Did("network-lost", self.order)
            yield from self._tell(now_ms, Event.OFFLINE)
            self.online = False

    def back(self, now_ms: int) -> Iterator[Action]:
        """The line is there again: what happened meanwhile is told now."""
        if not self.online:
            self.online = True
            yield Did("network-back", self.order)
            yield from self._tell(now_ms, Event.ONLINE)
            untold, self._untold = self._untold, []
            yield from untold

    # Starting

    def start(self, now_ms: int, order: str) -> Iterator[Action]:
        """The operator wants a charge; the same order twice is one."""
        if order == self.order:
            return
        if self.order or self.charge:
            yield from self._failed(now_ms, order, "in use")
        else:
            self.starting = Start(order, now_ms + round(self.start_delay_s * 1000))

    def user_start(self, now_ms: int) -> Iterator[Action]:
        """Somebody starts at the charger itself, without an order."""
        if self.starting is None and self.charge is None:
            yield from self._begin(now_ms, "")

    def fail_next_start(self, error: str) -> None:
        """Plan that the next start comes to nothing."""
        self._failing = error

    def _begin(self, now_ms: int, order: str) -> Iterator[Action]:
        obstacle, self._failing = self._obstacle(), ""
        vehicle = self.vehicle
        if obstacle or vehicle is None:
            yield from self._failed(now_ms, order, obstacle)
            return
        settings = self.settings
        curve = ChargeCurve(settings.max_power_w, vehicle.left_wh, vehicle.phase, voltage_v=settings.voltage_v)
        next_sample_ms = now_ms + settings.sample_interval_s * 1000
        self.charge = Charge(order, vehicle, curve, now_ms, self.register_wh, next_sample_ms)
        yield Did("charging-began", order, {"register_wh": self.register_wh, "soc": vehicle.soc_after(0)})
        yield from self._tell(now_ms, Event.STARTED)

    def _obstacle(self) -> str:
        """Why no current can flow; empty when it can."""
        if self.error:
            return self.error
        if self.vehicle is None:
            return "not plugged"
        return self._failing or ("" if self.vehicle.left_wh else "vehicle full")

    def _failed(self, now_ms: int, order: str, error: str) -> Iterator[Action]:
        yield Did("start-failed", order, {"error": error})
        yield from self._tell(now_ms, Event.START_FAILED, order, error=error)

    # Stopping

    def stop(self, now_ms: int) -> Iterator[Action]:
        """The operator wants no more of it. Where nothing flows there is nothing to stop."""
        if self.charge:
            due_ms = now_ms + round(self.settings.stop_delay_s * 1000)
            self.charge.stop_due_ms = min(due_ms, self.charge.stop_due_ms or due_ms)
        else:
            yield from self._break_off(now_ms, Reason.PLATFORM, "stopped before it began")

    def user_stop(self, now_ms: int) -> Iterator[Action]:
        """Somebody stops at the charger itself."""
        yield from self._break_off(now_ms, Reason.USER, "stopped before it began")

    def fill_up(self, now_ms: int) -> Iterator[Action]:
        """The vehicle takes no more: its battery management ends the charge."""
        if self.vehicle:
            self.vehicle.full = True
            yield from self._break_off(now_ms, Reason.BMS, "vehicle full")

    def _break_off(self, now_ms: int, reason: Reason, error: str) -> Iterator[Action]:
        """End what flows, or what was about to."""
        if self.charge:
            yield from self._end(now_ms, self.charge, reason)
        elif self.starting:
            starting, self.starting = self.starting, None
            yield from self._failed(now_ms, starting.order, error)

    def _end(self, now_ms: int, charge: Charge, reason: Reason) -> Iterator[Action]:
        energy_wh = charge.curve.at(now_ms - charge.began_ms).energy_wh
        self.register_wh = charge.meter_start_wh + energy_wh
        charge.vehicle.taken_wh += energy_wh
        self.charge = None
        ended = {"register_wh": self.register_wh, "energy_wh": energy_wh, "reason": reason.value}
        yield Did("charging-ended", charge.order, {**ended, "began_ms": charge.began_ms, "soc": self.soc(now_ms)})
        yield from self._tell(now_ms, Event.STOPPED, charge.order, reason=reason)

    # Time

    def due_ms(self) -> int | None:
        """When the charger next does something by itself."""
        if self.starting:
            return self.starting.due_ms
        if self.charge is None:
            return None
        stop_ms = self.charge.stop_due_ms
        return self.charge.next_sample_ms if stop_ms is None else min(stop_ms, self.charge.next_sample_ms)

    def tick(self, now_ms: int) -> Iterator[Action]:
        """Do what is due."""
        charge = self.charge
        if self.starting and self.starting.due_ms <= now_ms:
            starting, self.starting = self.starting, None
            yield from self._begin(now_ms, starting.order)
        elif charge and charge.stop_due_ms is not None and charge.stop_due_ms <= now_ms:
            yield from self._end(now_ms, charge, Reason.PLATFORM)
        elif charge and charge.next_sample_ms <= now_ms:
            yield from self._sample(now_ms, charge)

    def _sample(self, now_ms: int, charge: Charge) -> Iterator[Action]:
        """Planned from the last planned moment, so that a busy machine does not stretch the rhythm."""
        due_ms = charge.next_sample_ms
        charge.next_sample_ms += self.settings.sample_interval_s * 1000
        if charge.curve.at(due_ms - charge.began_ms).power_w == 0:
            charge.vehicle.full = True
            yield from self._end(now_ms, charge, Reason.BMS)
        elif self.online:
            yield from self._tell(due_ms, Event.SAMPLE)

    # Instruments

    def reading(self, at_ms: int) -> Reading:
        """What the instruments show; the energy is that of the charge that runs."""
        return self.charge.curve.at(at_ms - self.charge.began_ms) if self.charge else NOTHING_FLOWS

    def register_at(self, at_ms: int) -> int:
        """The register at a moment, in Wh."""
        return self.charge.meter_start_wh + self.reading(at_ms).energy_wh if self.charge else self.register_wh

    def soc(self, at_ms: int) -> int:
        """How full the vehicle is, in percent; 0 where there is none."""
        return self.vehicle.soc_after(self.reading(at_ms).energy_wh) if self.vehicle else 0

    # Introducing itself, and peace

    def report(self, now_ms: int) -> Iterator[Action]:
        """Say how it stands, as to an operator whose server has just come back and may have forgotten."""
        if self.online:
            yield from self._tell(now_ms, Event.ONLINE)
            yield from self._tell(now_ms, Event.PLUGGED if self.vehicle else Event.UNPLUGGED)
            if self.error:
                yield from self._tell(now_ms, Event.FAULT)

    def rest(self, now_ms: int) -> Iterator[Action]:
        """As it was at first, but for its register: on the line, whole, unplugged, without plans."""
        yield from self.back(now_ms)
        yield from self.clear(now_ms)
        yield from self.user_stop(now_ms)
        yield from self.unplug(now_ms)
        self.start_delay_s, self._failing = self.settings.start_delay_s, ""

    @property
    def order(self) -> str:
        """The order of what flows, or is about to; empty without one."""
        if self.charge:
            return self.charge.order
        return self.starting.order if self.starting else ""

    def _tell(
        self, at_ms: int, event: Event, order: str | None = None, *, reason: Reason | None = None, error: str = ""
    ) -> Iterator[Told]:
        """Tell the operator, or keep it until the line is back. ``order``: of which, the one that flows unless said."""
        reading = self.reading(at_ms)
        told = Told(
            event=event,
            at_ms=at_ms,
            order=self.order if order is None else order,
            register_wh=self.register_at(at_ms),
            current_a=reading.current_a,
            voltage_v=reading.voltage_v,
            soc=self.soc(at_ms),
            reason=reason,
            error=error,
        )
        if self.online:
            yield told
        else:
            self._untold.append(told)
