"""The virtual charge box: its protocol state machine, without any I/O.

Told what happens (power, cards, answers, time), it says what it does: messages to send and physical facts. Beats and
samples are planned from the last planned moment, not from the last answer: a slow server must not slow the box down,
or its slowness would hide itself (EVC-1.3-c).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from simulators.evchong.body import (
    NO_VENDOR_ERROR,
    Action,
    BoxSettings,
    Charge,
    Connector,
    Did,
    Phase,
    Power,
    Reply,
    Send,
)
from simulators.evchong.messages import (
    AuthorizationStatus,
    AuthorizeRequest,
    BootRequest,
    BoxRequest,
    ChargePointErrorCode,
    ChargePointStatus,
    HeartbeatRequest,
    Measurand,
    MeterValue,
    MeterValuesRequest,
    RegistrationStatus,
    Service,
    StartRequest,
    StatusRequest,
    StopRequest,
    UnitOfMeasure,
)
from simulators.world.charging import ChargeCurve, Reading

DEFAULT_HEARTBEAT_S = 10  # EVCHONG 1.3; used when the server told no usable interval
MOST_STOP_TRIES = 3
WHOLE_BOX = 0  # connectorId of a status for the box as a whole (EVC-X20)
DECIDES = (  # what a charge point as a whole shows (2.9): an error before all, then that one connector is free
    ChargePointStatus.FAULTED,
    ChargePointStatus.AVAILABLE,
    ChargePointStatus.OCCUPIED,
    ChargePointStatus.RESERVED,
    ChargePointStatus.UNAVAILABLE,
)


class BoxMind:
    """One charge box. All methods take the protocol time and give what the box does."""

    def __init__(self, settings: BoxSettings, curves: dict[int, ChargeCurve]) -> None:
        self.settings = settings
        self.power = Power.OFF
        self.online = True
        self.heartbeat_s = DEFAULT_HEARTBEAT_S
        self.next_beat_ms: int | None = None
        self.connectors = {
            number: Connector(number, curves[number], settings.first_register_wh) for number in settings.connectors
        }
        self._tickets = 0
        self._boot_full = True
        self._pending: dict[int, Send] = {}

    # Power and boot (1.1)

    def power_on(self, now_ms: int, mandatory_only: bool = False) -> Iterator[Action]:
        """Start up: boot towards the server before anything else (EVC-1.1-h)."""
        yield from self.power_off(now_ms, "restarted")
        self.power = Power.BOOTING
        self.next_beat_ms = None
        self._pending.clear()  # what was asked before the power went is of no more interest
        settings = self.settings
        yield Did("powered-on", values={"station": settings.station, "connectors": list(settings.connectors)})
        self._boot_full = not mandatory_only
        if self.online:
            yield self._boot(now_ms)

    def _boot(self, now_ms: int) -> Send:
        settings = self.settings
        boot = BootRequest(box_serial=settings.serial, station_serial=self.station_serial(), vendor=settings.vendor)
        if self._boot_full:
            boot = BootRequest(
                box_serial=settings.serial,
                station_serial=self.station_serial(),
                vendor=settings.vendor,
                model=settings.model,
                firmware_version=settings.firmware,
                iccid="89860000000000000001",
                imsi="460000000000001",
                meter_serial=settings.meter_serial if settings.meter else None,
                meter_type="AC" if settings.meter else None,
            )
        return self._send(now_ms, "box", boot)

    def power_off(self, now_ms: int, reason: str = "switched off") -> Iterator[Action]:
        """The current is cut: charges end without a word, nothing more is sent."""
        if self.power is Power.OFF:
            return
        for connector in self.connectors.values():
            if connector.charge and connector.charge.phase in (Phase.CHARGING, Phase.AUTHORIZING_STOP, Phase.STARTING):
                yield self._charging_ended(now_ms, connector, "power lost")
            connector.charge = None
            connector.status = ChargePointStatus.AVAILABLE
            connector.error, connector.vendor_error = ChargePointErrorCode.NO_ERROR, NO_VENDOR_ERROR
            connector.explanation, connector.untold = None, False
        self.power = Power.OFF
        self.next_beat_ms = None
        self._pending.clear()
        yield Did("powered-off", values={"reason": reason})

    def station_serial(self) -> str:
        """The serial that the box names at boot: its own setting."""
        return self.settings.station

    def _booted(self, now_ms: int, reply: Reply) -> Iterator[Action]:
        if reply.status != RegistrationStatus.ACCEPTED:
            yield from self.power_off(now_ms, f"boot answered {reply.status or 'with nothing usable'}")
            return
        self.power = Power.ON
        self.heartbeat_s = self._interval_told(reply)
        self.next_beat_ms = now_ms + self.heartbeat_s * 1000
        for number in self._reporting_connectors():
            yield from self._tell(now_ms, self.connectors[number])

    def _interval_told(self, reply: Reply) -> int:
        if self.settings.fixed_heartbeat_s:
            return self.settings.fixed_heartbeat_s
        told_s = reply.heartbeat_interval_s
        return told_s if told_s is not None and told_s > 0 else DEFAULT_HEARTBEAT_S

    def _reporting_connectors(self) -> list[int]:
        numbers = list(self.connectors)
        return numbers[:1] if self.settings.whole_box_status else numbers

    # Time

    def due_ms(self) -> int | None:
        """When the box next does something by itself."""
        moments = [self.next_beat_ms] + [
            connector.charge.next_sample_ms for connector in self.connectors.values() if connector.charge
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def tick(self, now_ms: int) -> Iterator[Action]:
        """Do what is due."""
        if self.next_beat_ms is not None and self.next_beat_ms <= now_ms:
            due_ms, self.next_beat_ms = self.next_beat_ms, self._next_beat_after(self.next_beat_ms)
            yield from self._beat(due_ms)
        for connector in self.connectors.values():
            charge = connector.charge
            if charge and charge.next_sample_ms is not None and charge.next_sample_ms <= now_ms:
                due_ms = charge.next_sample_ms
                charge.next_sample_ms = due_ms + self.settings.sample_interval_s * 1000
                yield from self._sample(due_ms, connector, charge)

    def _next_beat_after(self, planned_ms: int) -> int:
        return planned_ms + self.heartbeat_s * 1000

    def _beat(self, due_ms: int) -> Iterator[Action]:
        if self.online:
            beat = HeartbeatRequest(box_serial=self.settings.serial, station_serial=self.settings.station)
            yield self._send(due_ms, "box", beat)

    def _sample(self, due_ms: int, connector: Connector, charge: Charge) -> Iterator[Action]:
        if not self.online or charge.transaction_id is None:
            return
        reading = connector.curve.at(due_ms - charge.began_ms)
        values = self._measured(due_ms, charge, reading)
        sample = MeterValuesRequest(
            box_serial=self.settings.serial,
            connector=connector.number,
            transaction_id=charge.transaction_id,
            values=values,
        )
        yield self._send(due_ms, _lane(connector), sample, connector, charge)

    def _measured(self, at_ms: int, charge: Charge, reading: Reading) -> tuple[MeterValue, ...]:
        base_wh = charge.meter_start_wh if self.settings.meter else 0
        energy_kwh = Decimal(base_wh + reading.energy_wh) / 1000
        return (
            _sample(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, energy_kwh, UnitOfMeasure.KWH, at_ms),
            _sample(Measurand.CURRENT_IMPORT, reading.current_a, UnitOfMeasure.AMP, at_ms),
            _sample(Measurand.VOLTAGE, reading.voltage_v, UnitOfMeasure.VOLT, at_ms),
        )

    # Cards and charging (1.2, 1.4, 1.6)

    def swipe(self, now_ms: int, card: str, number: int) -> Iterator[Action]:
        """A card is held to the reader for a connector: to begin, or to end the charge that it began.

        The reader does not take another card while a charge runs, nor any while one just begins or ends.
        """
        connector = self.connectors[number]
        taken = self._takes(card, connector)
        yield Did("card-swiped", number, card, values={"taken": taken})
        if not taken:
            return
        if connector.charge is None:
            connector.charge = Charge(card, Phase.AUTHORIZING)
        else:
            connector.charge.phase = Phase.AUTHORIZING_STOP
        yield from self._ask_for(now_ms, connector, card)

    def _takes(self, card: str, connector: Connector) -> bool:
        if self.power is not Power.ON or connector.status is ChargePointStatus.FAULTED:
            return False
        charge = connector.charge
        return charge is None or (charge.phase is Phase.CHARGING and charge.card == card)

    def _ask_for(self, now_ms: int, connector: Connector, card: str) -> Iterator[Action]:
        request = AuthorizeRequest(box_serial=self.settings.serial, id_token=card)
        yield from self._send_or_fail(now_ms, request, connector, card)

    def _authorized(self, now_ms: int, connector: Connector, reply: Reply) -> Iterator[Action]:
        charge = connector.charge
        accepted = reply.status == AuthorizationStatus.ACCEPTED
        if charge is None:
            return
        if charge.phase is Phase.AUTHORIZING_STOP:
            charge.phase = Phase.CHARGING
            if accepted:
                yield from self._end(now_ms, connector, "card", charge.card)
        elif charge.phase is Phase.AUTHORIZING and accepted and connector.status is not ChargePointStatus.FAULTED:
            yield from self._begin(now_ms, connector, charge)
        elif charge.phase is Phase.AUTHORIZING:
            connector.charge = None

    def _begin(self, now_ms: int, connector: Connector, charge: Charge) -> Iterator[Action]:
        charge.phase, charge.began_ms = Phase.STARTING, now_ms
        charge.meter_start_wh = connector.register_wh
        yield Did("connector-unlocked", connector.number, charge.card)
        yield Did("plugged-in", connector.number, charge.card)
        yield Did(
            "charging-began",
            connector.number,
            charge.card,
            values={"register_wh": connector.register_wh, "meter": self.settings.meter},
        )
        start = StartRequest(
            box_serial=self.settings.serial,
            connector=connector.number,
            id_token=charge.card,
            meter_start_wh=self._register(charge.meter_start_wh),
            timestamp_ms=now_ms,
        )
        yield from self._send_or_fail(now_ms, start, connector, charge.card)
        if connector.charge is charge:  # it failed at once when the line was cut after the card was accepted
            yield from self._change(now_ms, connector, ChargePointStatus.OCCUPIED)

    def _register(self, wh: int) -> int:
        return wh if self.settings.meter else 0  # in Wh; whole kWh on the wire are the codec's affair (EVC-X9)

    def _started(self, now_ms: int, connector: Connector, reply: Reply) -> Iterator[Action]:
        charge = connector.charge
        if charge is None or charge.phase is not Phase.STARTING:
            return
        if reply.status == AuthorizationStatus.ACCEPTED and reply.transaction_id is not None:
            charge.phase, charge.transaction_id = Phase.CHARGING, reply.transaction_id
            charge.next_sample_ms = max(charge.began_ms + self.settings.sample_interval_s * 1000, now_ms)
            if connector.status is ChargePointStatus.FAULTED:
                yield from self._end(now_ms, connector, "fault")
            return
        yield self._charging_ended(now_ms, connector, "start refused")
        connector.charge = None
        yield Did("unplugged", connector.number, charge.card)
        if connector.status is not ChargePointStatus.FAULTED:
            yield from self._change(now_ms, connector, ChargePointStatus.AVAILABLE)

    def unplug(self, now_ms: int, number: int) -> Iterator[Action]:
        """The vehicle ends the charge by itself, without a card."""
        connector = self.connectors[number]
        if connector.charge and connector.charge.phase is Phase.CHARGING:
            yield from self._end(now_ms, connector, "vehicle")

    def _end(self, now_ms: int, connector: Connector, reason: str, card: str = "") -> Iterator[Action]:
        charge = connector.charge
        assert charge is not None
        assert charge.transaction_id is not None
        ended = self._charging_ended(now_ms, connector, reason)
        yield ended
        charge.phase, charge.next_sample_ms = Phase.STOPPING, None
        charge.stop = StopRequest(
            box_serial=self.settings.serial,
            id_token=card or None,
            meter_stop_wh=self._register(connector.register_wh),
            transaction_id=charge.transaction_id,
            values=(self._consumed(now_ms, charge, ended.values["energy_wh"]),),
            timestamp_ms=now_ms,
        )
        yield from self._send_or_fail(now_ms, charge.stop, connector, card)

    def _consumed(self, at_ms: int, charge: Charge, energy_wh: int) -> MeterValue:
        base_wh = charge.meter_start_wh if self.settings.data_is_register and self.settings.meter else 0
        energy_kwh = Decimal(base_wh + energy_wh) / 1000
        return _sample(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, energy_kwh, UnitOfMeasure.KWH, at_ms)

    def _charging_ended(self, now_ms: int, connector: Connector, reason: str) -> Did:
        charge = connector.charge
        assert charge is not None
        began = charge.phase is not Phase.STARTING
        energy_wh = connector.curve.at(now_ms - charge.began_ms).energy_wh if began else 0
        connector.register_wh = charge.meter_start_wh + energy_wh
        return Did(
            "charging-ended",
            connector.number,
            charge.card,
            charge.transaction_id,
            {
                "register_wh": connector.register_wh,
                "energy_wh": energy_wh,
                "reason": reason,
                "began_ms": charge.began_ms,
                "meter": self.settings.meter,
            },
        )

    def _stopped(self, now_ms: int, connector: Connector, reply: Reply) -> Iterator[Action]:
        charge = connector.charge
        if charge is None or charge.phase is not Phase.STOPPING:
            return
        if not reply.arrived and charge.stop_tries < MOST_STOP_TRIES:
            return  # it goes out again with the next sign of life (see _alive)
        connector.charge = None
        yield Did("unplugged", connector.number, charge.card)
        if connector.status is not ChargePointStatus.FAULTED:
            yield from self._change(now_ms, connector, ChargePointStatus.AVAILABLE)

    # Statuses and faults (1.7)

    def fault(
        self, now_ms: int, number: int, error: str, vendor_error: str, info: str | None = None
    ) -> Iterator[Action]:
        """Something breaks. The manufacturer's code is mapped to 2.8 and both are sent (3)."""
        connector = self.connectors[number]
        connector.error, connector.vendor_error = ChargePointErrorCode(error), vendor_error
        connector.explanation = info
        yield Did("error-occurred", number, values={"error_code": error, "vendor_error_code": vendor_error})
        yield from self._change(now_ms, connector, ChargePointStatus.FAULTED)
        if connector.charge and connector.charge.phase in (Phase.CHARGING, Phase.AUTHORIZING_STOP):
            yield from self._end(now_ms, connector, "fault")

    def clear(self, now_ms: int, number: int) -> Iterator[Action]:
        """What was broken works again."""
        connector = self.connectors[number]
        connector.error, connector.vendor_error = ChargePointErrorCode.NO_ERROR, NO_VENDOR_ERROR
        connector.explanation = None
        yield Did("error-cleared", number)
        in_use = connector.charge is not None and connector.charge.phase is not Phase.AUTHORIZING
        yield from self._change(
            now_ms, connector, ChargePointStatus.OCCUPIED if in_use else ChargePointStatus.AVAILABLE
        )

    def show(self, now_ms: int, number: int, status: str) -> Iterator[Action]:
        """An idle connector is set to a status by hand, say Reserved or Unavailable."""
        yield from self._change(now_ms, self.connectors[number], ChargePointStatus(status))

    def _change(self, now_ms: int, connector: Connector, status: ChargePointStatus) -> Iterator[Action]:
        before = self._spokesman(connector).status
        connector.status = status
        shown = self._spokesman(connector).status
        if self.settings.whole_box_status and shown is before and shown is not ChargePointStatus.FAULTED:
            return  # the box as a whole shows what it showed
        number = WHOLE_BOX if self.settings.whole_box_status else connector.number
        yield Did("status-changed", number, values={"status": str(shown)})
        if self.power is Power.ON:
            yield from self._tell(now_ms, connector)

    def _tell(self, now_ms: int, connector: Connector) -> Iterator[Action]:
        if self.online:
            yield self._notify(now_ms, connector)
        else:
            connector.untold = True

    def _notify(self, now_ms: int, connector: Connector) -> Send:
        connector.untold = False
        speaks = self._spokesman(connector)
        notification = StatusRequest(
            box_serial=self.settings.serial,
            connector=WHOLE_BOX if self.settings.whole_box_status else connector.number,
            error_code=speaks.error,
            status=speaks.status,
            timestamp_ms=now_ms,
            vendor_id=self.settings.vendor_id,
            vendor_error_code=speaks.vendor_error,
            info=speaks.explanation,
        )
        return self._send(now_ms, _lane(connector), notification, connector)

    def _spokesman(self, connector: Connector) -> Connector:
        """The connector whose status is told: itself, or the one that decides for the whole box (2.9, EVC-X20)."""
        if not self.settings.whole_box_status or connector.status is ChargePointStatus.FAULTED:
            return connector
        return min(self.connectors.values(), key=lambda each: DECIDES.index(each.status))

    # The line to the server

    def cut_off(self, now_ms: int) -> Iterator[Action]:
        """The network is gone; the box goes on by itself."""
        self.online = False
        yield Did("network-lost")

    def back(self, now_ms: int) -> Iterator[Action]:
        """The network is there again: what was not told is told now, stops first."""
        self.online = True
        yield Did("network-back")
        if self.power is Power.BOOTING and not self._pending:
            yield self._boot(now_ms)
        if self.power is not Power.ON:
            return
        yield from self._alive(now_ms)
        for connector in self.connectors.values():
            if connector.untold:
                yield self._notify(now_ms, connector)

    def _alive(self, now_ms: int) -> Iterator[Action]:
        waiting = {send.connector for send in self._pending.values() if send.service is Service.STOP_TRANS}
        for connector in self.connectors.values():
            charge = connector.charge
            if charge and charge.phase is Phase.STOPPING and charge.stop and connector.number not in waiting:
                yield from self._send_or_fail(now_ms, charge.stop, connector, charge.stop.id_token or "")

    def _send_or_fail(self, now_ms: int, message: BoxRequest, connector: Connector, card: str) -> Iterator[Action]:
        if isinstance(message, StopRequest) and connector.charge and self.online:
            connector.charge.stop_tries += 1
        send = self._send(now_ms, _lane(connector), message, connector, connector.charge, card)
        if self.online:
            yield send
        else:
            yield from self.answered(now_ms, send.ticket, Reply(arrived=False))

    def _send(
        self,
        due_ms: int,
        lane: str,
        message: BoxRequest,
        connector: Connector | None = None,
        charge: Charge | None = None,
        card: str = "",
    ) -> Send:
        self._tickets += 1
        number = connector.number if connector else None
        transaction_id = charge.transaction_id if charge else None
        send = Send(self._tickets, lane, message.service, self.worded(message), due_ms, number, transaction_id, card)
        self._pending[send.ticket] = send
        return send

    def worded(self, message: BoxRequest) -> BoxRequest:
        """The message as this box writes it: as it should be."""
        return message

    def awaits(self, ticket: int) -> bool:
        """Whether the box still wants the answer to this message; it does not once the power went."""
        return ticket in self._pending

    def answered(self, now_ms: int, ticket: int, reply: Reply) -> Iterator[Action]:
        """An answer came, or none within the limit."""
        send = self._pending.pop(ticket, None)
        if send is None or self.power is Power.OFF:
            return
        connector = self.connectors[send.connector] if send.connector is not None else None
        if send.service is Service.DEVICE_BOOT:
            yield from self._booted(now_ms, reply)
        elif send.service is Service.HEARTBEAT and reply.arrived:
            yield from self._alive(now_ms)
        elif connector and send.service is Service.STATUS_NOTIFY:
            connector.untold = connector.untold or not (reply.arrived or self.online)
        elif connector and send.service is Service.AUTHORIZE:
            yield from self._authorized(now_ms, connector, reply)
        elif connector and send.service is Service.START_TRANS:
            yield from self._started(now_ms, connector, reply)
        elif connector and send.service is Service.STOP_TRANS:
            yield from self._stopped(now_ms, connector, reply)


def _sample(measurand: Measurand, value: Decimal, unit: UnitOfMeasure, at_ms: int) -> MeterValue:
    return MeterValue(measurand=measurand, value=value, unit=unit, timestamp_ms=at_ms)


def _lane(connector: Connector) -> str:
    return f"connector {connector.number}"
