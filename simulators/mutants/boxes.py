"""Charge boxes with one defect each. They prove the rules that judge boxes, our own as well as recorded ones.

Such a run is invalid, as it must be whenever our own box breaks a row; the row that fails says whether it was caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from msgspec.structs import asdict
from msgspec.structs import replace as changed

from simulators.evchong.body import Action, BoxSettings, Charge, Connector, Did, Phase, Reply, Send
from simulators.evchong.messages import (
    AuthorizeRequest,
    BootRequest,
    BoxRequest,
    Canonical,
    ChargePointErrorCode,
    ChargePointStatus,
    HeartbeatRequest,
    MeterValue,
    MeterValuesRequest,
    RegistrationStatus,
    StartRequest,
    StatusRequest,
    StopRequest,
)
from simulators.evchong.mind import BoxMind
from simulators.mutants.registry import box_mutant
from simulators.world.charging import ChargeCurve, Reading

UNHEARD = {"EVC-1.2-f": "a box that doesn't ask doesn't ask in time either"}


class _HoldsBack(BoxMind):
    """Sends some messages late."""

    late_ms: int

    def __init__(self, settings: BoxSettings, curves: dict[int, ChargeCurve]) -> None:
        super().__init__(settings, curves)
        self._held: list[tuple[int, Send]] = []

    def held(self, now_ms: int, actions: Iterable[Action]) -> Iterator[Action]:
        """The same without the messages, which follow later."""
        for action in actions:
            if isinstance(action, Send):
                self._held.append((now_ms + self.late_ms, action))
            else:
                yield action

    def due_ms(self) -> int | None:
        moments = [super().due_ms(), *(due_ms for due_ms, _ in self._held)]
        return min((moment for moment in moments if moment is not None), default=None)

    def tick(self, now_ms: int) -> Iterator[Action]:
        yield from super().tick(now_ms)
        due = [send for due_ms, send in self._held if due_ms <= now_ms]
        self._held = [(due_ms, send) for due_ms, send in self._held if due_ms > now_ms]
        yield from due


# EVC-G11: forms


@box_mutant(breaks="EVC-G11", case="deviceBoot")
class BootsWithALongModel(BoxMind):
    """Names its model as the catalogue does, longer than the field allows."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, BootRequest):
            return changed(message, model="Keli AC charging station 7 kW, wall-mounted")
        return message


@box_mutant(breaks="EVC-G11", case="authorize")
class AsksForCardsInHex(BoxMind):
    """Sends the card as its reader gives it, each byte as two digits."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, AuthorizeRequest):
            return changed(message, id_token=message.id_token.encode().hex())
        return message


class _StartInWords(StartRequest, frozen=True, kw_only=True):
    def canonical(self) -> Canonical:
        told = super().canonical()
        told["startTransactionReq"]["meterStart"] = str(self.meter_start_wh)
        return told


@box_mutant(breaks="EVC-G11", case="startTrans")
class StartsWithARegisterInWords(BoxMind):
    """Writes meterStart as a text, from firmware that builds its JSON by hand."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        return _StartInWords(**asdict(message)) if isinstance(message, StartRequest) else message


@box_mutant(breaks="EVC-G11", case="heartbeat")
class BeatsForALongStation(BoxMind):
    """Pads the station serial to the width of a column that is wider than the field."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, HeartbeatRequest):
            return changed(message, station_serial=self.settings.station.ljust(26, "0"))
        return message


class _SampleAsNumber(MeterValue, frozen=True, kw_only=True):
    def canonical(self) -> dict[str, Any]:
        return super().canonical() | {"value": int(self.value)}


@box_mutant(
    breaks="EVC-G11",
    case=("meterValues", "stopTrans"),
    also={"EVC-1.5-c": "a number without decimals is no sample with two of them"},
)
class WritesSamplesAsNumbers(BoxMind):
    """Writes measured values as JSON numbers where the table wants texts."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, MeterValuesRequest | StopRequest):
            return changed(message, values=tuple(_SampleAsNumber(**asdict(value)) for value in message.values))
        return message


@box_mutant(breaks="EVC-G11", case="statusNotify")
class NotifiesWithoutAVendor(BoxMind):
    """Leaves vendorId out: the manufacturer was never told what to write there."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        return changed(message, vendor_id=None) if isinstance(message, StatusRequest) else message


# EVC-1.1: boot


@box_mutant(breaks="EVC-1.1-h", case="boots-first")
class BeatsBeforeItBoots(BoxMind):
    """Starts its heartbeat task before its boot task, and both race for the line."""

    def power_on(self, now_ms: int, mandatory_only: bool = False) -> Iterator[Action]:
        for action in super().power_on(now_ms, mandatory_only):
            if isinstance(action, Send):
                yield from self._beat(now_ms)
            yield action


@box_mutant(breaks="EVC-1.1-h", case="station-serial")
class BootsForAnotherStation(BoxMind):
    """Names the station that its factory had in the firmware."""

    def station_serial(self) -> str:
        return "ST-FACTORY"


@box_mutant(breaks="EVC-1.1-i", case="not-accepted-is-off")
class StaysOnWhenRejected(BoxMind):
    """Reads nothing of the boot's answer but that there is one."""

    def _booted(self, now_ms: int, reply: Reply) -> Iterator[Action]:
        yield from super()._booted(now_ms, replace(reply, status=str(RegistrationStatus.ACCEPTED)))


@box_mutant(breaks="EVC-1.1-i", case="accepted-waits", also={"EVC-1.2-g": "nobody asked for leave to begin"})
class ChargesWithoutACard(BoxMind):
    """Was left in the mode in which it is tested: it charges whatever it finds plugged in at a beat."""

    def _beat(self, due_ms: int) -> Iterator[Action]:
        yield from super()._beat(due_ms)
        connector = next(iter(self.connectors.values()))
        if connector.charge is None and connector.status is ChargePointStatus.AVAILABLE:
            connector.charge = Charge("", Phase.AUTHORIZING)
            yield from self._begin(due_ms, connector, connector.charge)


# EVC-1.2: authorize


@box_mutant(breaks="EVC-1.2-f", case="within-1-s")
class AsksLateWhileItCharges(_HoldsBack):
    """Looks at its card reader every two seconds only while it charges."""

    late_ms = 2000

    def _ask_for(self, now_ms: int, connector: Connector, card: str) -> Iterator[Action]:
        asked = super()._ask_for(now_ms, connector, card)
        ending = connector.charge is not None and connector.charge.phase is Phase.AUTHORIZING_STOP
        yield from self.held(now_ms, asked) if ending else asked


@box_mutant(breaks="EVC-1.2-g", case="before-start", also=UNHEARD)
class StartsWithoutAsking(BoxMind):
    """Starts at once and leaves it to the answer of startTrans to say no."""

    def _ask_for(self, now_ms: int, connector: Connector, card: str) -> Iterator[Action]:
        charge = connector.charge
        if charge and charge.phase is Phase.AUTHORIZING:
            yield from self._begin(now_ms, connector, charge)
        else:
            yield from super()._ask_for(now_ms, connector, card)


@box_mutant(breaks="EVC-1.2-g", case="before-stop", also=UNHEARD)
class StopsWithoutAsking(BoxMind):
    """Knows the card that it started by, and asks nobody before it stops."""

    def _ask_for(self, now_ms: int, connector: Connector, card: str) -> Iterator[Action]:
        charge = connector.charge
        if charge and charge.phase is Phase.AUTHORIZING_STOP:
            yield from self._end(now_ms, connector, "card", card)
        else:
            yield from super()._ask_for(now_ms, connector, card)


@box_mutant(breaks="EVC-1.2-g", case="unlock-after-accepted")
class UnlocksBeforeTheAnswer(BoxMind):
    """Unlocks as soon as a card is held to the reader, so that nobody has to wait for the network."""

    def _ask_for(self, now_ms: int, connector: Connector, card: str) -> Iterator[Action]:
        if connector.charge and connector.charge.phase is Phase.AUTHORIZING:
            yield Did("connector-unlocked", connector.number, card)
        yield from super()._ask_for(now_ms, connector, card)


# EVC-1.3: heartbeat


@box_mutant(breaks="EVC-1.3-c", case="as-told")
class BeatsEveryTenSeconds(BoxMind):
    """Beats at the interval of the document's example, whatever it was told."""

    def _interval_told(self, reply: Reply) -> int:
        return 10


# EVC-1.4 and EVC-1.6: start and stop


@box_mutant(breaks="EVC-1.4-f", case="when-charging-begins")
class StartsBeforeTheCurrentFlows(BoxMind):
    """Tells of a charge when the server is asked for it; the current flows when it has answered."""

    def __init__(self, settings: BoxSettings, curves: dict[int, ChargeCurve]) -> None:
        super().__init__(settings, curves)
        self._beginning: dict[int, Did] = {}

    def _begin(self, now_ms: int, connector: Connector, charge: Charge) -> Iterator[Action]:
        for action in super()._begin(now_ms, connector, charge):
            if isinstance(action, Did) and action.what == "charging-began":
                self._beginning[connector.number] = action
            else:
                yield action

    def _started(self, now_ms: int, connector: Connector, reply: Reply) -> Iterator[Action]:
        if connector.number in self._beginning:
            yield self._beginning.pop(connector.number)
        yield from super()._started(now_ms, connector, reply)


@box_mutant(breaks="EVC-1.4-f", case="no-meter-is-zero")
class StartsAtARegisterItLacks(BoxMind):
    """Sends at a start what its controller counted, though it has no cumulative meter."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, StartRequest) and not self.settings.meter:
            return changed(message, meter_start_wh=self.settings.first_register_wh)
        return message


@box_mutant(breaks="EVC-1.6-f", case="when-charging-ends")
class TellsTheEndLate(_HoldsBack):
    """Tells of the end when the gun is back in its holder, five seconds later."""

    late_ms = 5000

    def _end(self, now_ms: int, connector: Connector, reason: str, card: str = "") -> Iterator[Action]:
        yield from self.held(now_ms, super()._end(now_ms, connector, reason, card))


@box_mutant(breaks="EVC-1.6-f", case="no-meter-is-zero")
class StopsAtARegisterItLacks(BoxMind):
    """Sends at a stop what its controller counted, though it has no cumulative meter."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, StopRequest) and not self.settings.meter:
            return changed(message, meter_stop_wh=self.settings.first_register_wh)
        return message


# EVC-1.5: samples


@box_mutant(breaks="EVC-1.5-c", case="every-10-s")
class SamplesEveryQuarterMinute(BoxMind):
    """Samples at the interval of another operator's protocol."""

    def __init__(self, settings: BoxSettings, curves: dict[int, ChargeCurve]) -> None:
        super().__init__(replace(settings, sample_interval_s=15), curves)


@box_mutant(breaks="EVC-1.5-c", case="only-while-charging")
class SamplesAfterTheEnd(BoxMind):
    """Sends what its buffer still held when the charge was already stopped."""

    def _stopped(self, now_ms: int, connector: Connector, reply: Reply) -> Iterator[Action]:
        charge = connector.charge
        yield from super()._stopped(now_ms, connector, reply)
        if charge is not None and connector.charge is None:
            yield from self._sample(now_ms, connector, charge)


class _SampleWithOneDecimal(MeterValue, frozen=True, kw_only=True):
    def canonical(self) -> dict[str, Any]:
        return super().canonical() | {"value": f"{self.value:.1f}"}


@box_mutant(breaks="EVC-1.5-c", case="current-voltage-energy")
class SamplesWithOneDecimal(BoxMind):
    """Writes measured values as its display shows them, with one decimal."""

    def _measured(self, at_ms: int, charge: Charge, reading: Reading) -> tuple[MeterValue, ...]:
        measured = super()._measured(at_ms, charge, reading)
        return tuple(_SampleWithOneDecimal(**asdict(value)) for value in measured)


# EVC-1.7: statuses and errors


@box_mutant(breaks="EVC-1.7-f", case="every-status")
class NeverTellsOccupied(BoxMind):
    """Tells when a connector becomes free or breaks, and leaves it to startTrans to say that it is in use."""

    def _change(self, now_ms: int, connector: Connector, status: ChargePointStatus) -> Iterator[Action]:
        for action in super()._change(now_ms, connector, status):
            if not (isinstance(action, Send) and status is ChargePointStatus.OCCUPIED):
                yield action


@box_mutant(breaks="EVC-1.7-f", case="every-error")
class TellsFaultsWithoutErrors(BoxMind):
    """Tells that a connector is Faulted and keeps to itself why."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        return (
            changed(message, error_code=ChargePointErrorCode.NO_ERROR)
            if isinstance(message, StatusRequest)
            else message
        )


@box_mutant(breaks="EVC-1.7-f", case=("vendor-code", "other-error-explained"))
class KeepsItsOwnCodes(BoxMind):
    """Maps its codes to those of 2.8 and sends 0 for its own, an OtherError included."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        return changed(message, vendor_error_code="0") if isinstance(message, StatusRequest) else message


@box_mutant(breaks="EVC-1.7-f", case="no-error")
class KeepsTheLastError(BoxMind):
    """Goes on telling the last error after it is gone: nobody sets the variable back."""

    last_error = ChargePointErrorCode.NO_ERROR

    def worded(self, message: BoxRequest) -> BoxRequest:
        if not isinstance(message, StatusRequest):
            return message
        if message.error_code is not ChargePointErrorCode.NO_ERROR:
            self.last_error = message.error_code
        return changed(message, error_code=self.last_error)


# EVC-3: numbering and settings


@box_mutant(
    breaks="EVC-3-e",
    case="connector-1",
    also={"EVC-1.4-f": "the charge that began on connector 1 was told of connector 2"},
)
class NumbersItsOnlySocketTwo(BoxMind):
    """Counts its service socket too, so that the only one that charges is number 2."""

    def worded(self, message: BoxRequest) -> BoxRequest:
        if isinstance(message, StartRequest) and len(self.settings.connectors) == 1:
            return changed(message, connector=2)
        return message


@box_mutant(breaks="EVC-3-f", case="own-settings")
class ForgetsItsStation(BoxMind):
    """Keeps the station serial in memory, and comes up with that of the factory after the power was away."""

    def power_off(self, now_ms: int, reason: str = "switched off") -> Iterator[Action]:
        was_on = self.next_beat_ms is not None
        yield from super().power_off(now_ms, reason)
        if was_on:
            self.settings = replace(self.settings, station="ST-FACTORY")
