"""The truth of each charge, as the operator's server was told it, and which messages are about it.

Charge boxes tell it in their own exchanges; of the lab's chargers the facts say what happened, and the private link
what the server was told meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.rules.beijing.figures import number
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.evchong.known import Stage, Transaction
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from conformance.rules.evchong.stop_trans import consumed
from simulators.beijing.dialect import START_METHOD
from simulators.beijing.messages import ChargeModel, Content, Interface, StopReason
from simulators.charger.body import Reason
from simulators.evchong import content
from simulators.evchong.messages import Measurand, Service
from simulators.journal.records import Exchange, Fact
from simulators.world.city import Socket

if TYPE_CHECKING:
    from conformance.rules.beijing.known import Known

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOLD_AT_ONCE_MS = 60_000
SAME_MOMENT_MS = 2000  # moments are told in whole seconds, and a start takes a while to get through
TIME_ZONES_LIE_MS = 15 * 60 * 1000  # apart, or a multiple of it

# Interfaces whose messages tell of a charge that runs: the connector alone says of which.
WHILE_IT_RUNS = frozenset({Interface.QUERY_EQUIP_CHARGE_STATUS, Interface.NOTIFICATION_EQUIP_CHARGE_STATUS})

# Interfaces whose messages are about one charge, by StartChargeSeq.
OF_A_CHARGE = frozenset({
    Interface.QUERY_EQUIP_CHARGE_STATUS,
    Interface.NOTIFICATION_START_CHARGE_RESULT,
    Interface.NOTIFICATION_EQUIP_CHARGE_STATUS,
    Interface.NOTIFICATION_STOP_CHARGE_RESULT,
    Interface.NOTIFICATION_CHARGE_ORDER_INFO,
    Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS,
})  # fmt: skip

INSTRUMENTS = frozenset({Measurand.CURRENT_IMPORT, Measurand.VOLTAGE})  # in amperes and volts, to boxes and to the city

# Why a charge ended, as an order says it (4.3); "told to" by whom, the charger does not know.
REASONS = {
    Reason.USER: StopReason.USER,
    Reason.BMS: StopReason.BMS,
    Reason.FAULT: StopReason.CHARGER_FAULT,
    Reason.DISCONNECTED: StopReason.DISCONNECTED,
}


class Shown(NamedTuple):
    """Within what an instrument stayed while it showed anything."""

    least: Decimal
    most: Decimal


@dataclass(eq=False, slots=True)
class Charge:
    """One charge that the server knows of, and how it was started.

    ``number`` is the StartChargeSeq under which the platform knows it: its own, or the one under which the server first
    told of it, empty until then. ``metered`` are the moments (epoch ms) and energies (Wh, since the start) of the
    samples that the server took, ``shown`` what instruments showed in them. ``early``: what the server told while the
    box still waited for the answer to its start.
    """

    socket: Socket
    method: ChargeModel
    began_ms: int
    number: str = ""
    ended_ms: int | None = None
    metered: list[tuple[int, Decimal]] = field(default_factory=list)
    shown: dict[Measurand, Shown] = field(default_factory=dict)
    early: list[Spoken] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return self.over is None

    @property
    def started(self) -> Exchange | Fact:
        """The record by which it began."""
        raise NotImplementedError

    @property
    def over(self) -> Exchange | Fact | None:
        """The record by which it ended; None while it runs."""
        raise NotImplementedError

    @property
    def bound_ms(self) -> int | None:
        """From when on the server had to know that it began; None as long as nobody could tell it."""
        raise NotImplementedError

    @property
    def closed_ms(self) -> int | None:
        """From when on the server had to know that it ended; None as long as nobody could tell it."""
        raise NotImplementedError

    def shows(self, instrument: Measurand, value: Decimal | None) -> None:
        """From a sample that the server took; an instrument at 0 tells nothing of its unit."""
        if value:
            before = self.shown.get(instrument, Shown(abs(value), abs(value)))
            self.shown[instrument] = Shown(min(before.least, abs(value)), max(before.most, abs(value)))

    def energy_wh(self, readings: Any) -> Decimal | None:
        """What was consumed in all; None while it runs, or where nobody can say."""
        raise NotImplementedError

    def registers_wh(self) -> tuple[int, int] | None:
        """The meter at the start and at the end, Wh; None while it runs, or without a cumulative meter."""
        raise NotImplementedError

    def wrong_reasons(self) -> frozenset[StopReason]:
        """Of the reasons that 4.3 names, those for which it did not end."""
        return frozenset()


@dataclass(eq=False, slots=True, kw_only=True)
class BoxCharge(Charge):
    """The transaction that the server opened for a charge box; from its answer on the server is bound by it."""

    transaction: Transaction
    stopped: BoxSpoken | None = None
    stop_wanted: bool = False  # the platform has asked for an end there, whatever the answer
    faulted: bool = False  # the box told of a fault, and then of the end

    @property
    def started(self) -> Exchange:
        return self.transaction.start.exchange

    @property
    def over(self) -> Exchange | None:
        return self.stopped.exchange if self.stopped else None

    @property
    def bound_ms(self) -> int:
        return self.started.answered_at_ms

    @property
    def closed_ms(self) -> int | None:
        return self.stopped.exchange.answered_at_ms if self.stopped else None

    @property
    def open_still(self) -> bool:
        """The box knows it to run, or to be about to stop; a stop that nobody answered leaves it to the server."""
        return self.transaction.stage is Stage.OPEN

    def energy_wh(self, readings: Any) -> Decimal | None:
        """What the stop says, where it can be read."""
        found = consumed(self.transaction, self.stopped, readings) if self.stopped else None
        return found.energy_wh if found and found.alike else None

    def registers_wh(self) -> tuple[int, int] | None:
        if self.stopped is None:
            return None
        start = content.meter_start_wh(self.transaction.start.request)
        end = content.meter_stop_wh(self.stopped.request)
        return (start, end) if start and end else None

    def wrong_reasons(self) -> frozenset[StopReason]:
        """A stop by card is the user's; without one, the box's, if it told of it at once and nobody had asked for it.

        Of a box that was cut off the server may have closed the charge before.
        """
        if self.stopped is None:
            return frozenset()
        if self.stopped.card:
            return frozenset(set(StopReason) - {StopReason.USER})
        if self.stop_wanted or abs(self.stopped.exchange.at_ms - (self.ended_ms or 0)) > TOLD_AT_ONCE_MS:
            return frozenset()
        return frozenset({StopReason.PLATFORM, StopReason.USER} if self.faulted else {StopReason.PLATFORM})


@dataclass(eq=False, slots=True, kw_only=True)
class ChargerCharge(Charge):
    """Current that flowed at a charger of the lab's own. ``order`` is the server's own name for it."""

    began: Fact
    order: str = ""
    ended: Fact | None = None
    told_ms: int | None = None
    told_end_ms: int | None = None
    stop_wanted: bool = False  # the platform has asked for its end

    @property
    def started(self) -> Fact:
        return self.began

    @property
    def over(self) -> Fact | None:
        return self.ended

    @property
    def bound_ms(self) -> int | None:
        return self.told_ms

    @property
    def closed_ms(self) -> int | None:
        return self.told_end_ms

    @property
    def reason(self) -> Reason | None:
        """Why it ended."""
        return Reason(self.ended.values["reason"]) if self.ended else None

    def energy_wh(self, readings: Any) -> Decimal | None:
        return Decimal(self.ended.values["energy_wh"]) if self.ended else None

    def registers_wh(self) -> tuple[int, int] | None:
        return (self.began.values["register_wh"], self.ended.values["register_wh"]) if self.ended else None

    def wrong_reasons(self) -> frozenset[StopReason]:
        """A charger that was told to stop does not know for whom; the platform does, if it was the platform."""
        if self.reason is None:
            return frozenset()
        right = REASONS.get(self.reason)
        if right is None and not self.stop_wanted:
            return frozenset()
        return frozenset(set(StopReason) - {StopReason.PLATFORM if right is None else right})


@lru_cache(4096)  # every rule asks for the same few, and reading one is slow
def _local_ms(text: str) -> int | None:
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (local - EPOCH) // timedelta(milliseconds=1)


class Charges:
    """All charges of a run on connectors that the city knows."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.all: list[Charge] = []
        self.by_number: dict[str, Charge] = {}
        self._by_transaction: dict[tuple[str, int], BoxCharge] = {}
        self.at_charger: dict[str, ChargerCharge] = {}  # ConnectorID -> the latest
        self._early: list[Spoken] = []  # pushes of which the charge is not known, or not yet

    def of(self, seen: BoxSpoken) -> BoxCharge | None:
        """The charge of a start that was answered, or of whatever else names its transaction."""
        number = seen.transaction if seen.service is Service.START_TRANS else seen.asked_transaction
        return None if number is None else self._by_transaction.get((seen.box, number))

    def running(self) -> Iterator[Charge]:
        return (charge for charge in self.all if charge.running)

    # Which charge a message is about

    def about(self, seen: Spoken) -> Charge | None:
        """The charge that a message is about: by its number, else by connector and times. None: none known.

        A number that was never told may be that of a charge which has another one already, so numbers come second.
        That of a start which was refused is nobody else's.
        """
        if seen.order in self.by_number:
            return self.by_number[seen.order]
        if seen.order in self._known.wanted.orders:
            return None  # the platform's own, of which no current has flowed
        told = seen.content or {}
        there = self._at(told)
        if seen.order in self._known.wanted.refused:
            there = [charge for charge in there if not charge.number]
        began_ms, ended_ms = self.moment_ms(told.get("StartTime")), self.moment_ms(told.get("EndTime"))
        while_it_runs = seen.interface in WHILE_IT_RUNS
        if began_ms is None:
            return self._unnumbered(there, while_it_runs)
        by_both = None if while_it_runs else self._nearest(there, began_ms, ended_ms)  # there EndTime is the sample's
        by_start = by_both or self._nearest(there, began_ms, None)
        if by_start and by_start.number and (elsewhere := self._elsewhere(told, by_start, began_ms)):
            return elsewhere
        return by_start or self._zoned(there, began_ms, while_it_runs)

    def _elsewhere(self, told: Content, there: Charge, began_ms: int) -> Charge | None:
        """Who tells of a charge under the connector of another, which has a number already, means the one that he says.

        It was started in the way and at the moment that he says, and nobody has told of it yet.
        """
        model = number(told.get(START_METHOD))
        for charge in self.running():
            unlike = charge.socket is not there.socket and model == charge.method != there.method
            if unlike and not charge.number and abs(charge.began_ms - began_ms) <= SAME_MOMENT_MS:
                return charge
        return None

    def begun_with(self, seen: Spoken) -> Charge | None:
        """The charge that began there when a message says so, whatever its number."""
        told = seen.content or {}
        began_ms = self.moment_ms(told.get("StartTime"))
        return None if began_ms is None else self._nearest(self._at(told), began_ms, None)

    def _at(self, told: Content) -> list[Charge]:
        return [charge for charge in self.all if charge.socket.id == told.get("ConnectorID")]

    def _nearest(self, there: list[Charge], began_ms: int, ended_ms: int | None) -> Charge | None:
        """By its times as they should be. Of those that are over the times must be near, unless it told its end."""
        tolerance_ms = self._known.pixit.boxes.time_tolerance_s * 1000
        found: list[tuple[int, bool, int, Charge]] = []
        for charge in there:
            off_ms = self._off_ms(charge, began_ms, ended_ms)
            over = not charge.running and ended_ms is None
            if off_ms <= (SAME_MOMENT_MS if over else tolerance_ms):
                found.append((off_ms // SAME_MOMENT_MS, bool(charge.number), off_ms, charge))
        return min(found, key=lambda each: each[:3])[3] if found else None

    def _off_ms(self, charge: Charge, began_ms: int, ended_ms: int | None) -> int:
        """How far the times told are from those of a charge, by the box's clock or by the server's own."""
        off_ms = [began_ms - charge.began_ms]
        if ended_ms is not None and charge.ended_ms is not None:
            off_ms.append(ended_ms - charge.ended_ms)
        return min(max(abs(off - ahead) for off in off_ms) for ahead in (0, self._known.boxes.server_ahead_ms))

    def _zoned(self, there: list[Charge], began_ms: int, while_it_runs: bool) -> Charge | None:
        """By its start in the time of another zone: wrong, but told of this charge all the same."""
        tolerance_ms = self._known.pixit.boxes.time_tolerance_s * 1000
        off_ms = TIME_ZONES_LIE_MS // 2
        alike = [
            charge
            for charge in there
            if abs((began_ms - charge.began_ms + off_ms) % TIME_ZONES_LIE_MS - off_ms) <= tolerance_ms
        ]
        return self._unnumbered(alike, while_it_runs)

    def _unnumbered(self, there: list[Charge], while_it_runs: bool) -> Charge | None:
        """The latest that has no number yet, if only one that runs may be meant."""
        open_still = [charge for charge in there if not charge.number and (charge.running or not while_it_runs)]
        return open_still[-1] if open_still else None

    def moment_ms(self, text: Any) -> int | None:
        """A "yyyy-MM-dd HH:mm:ss" in the operator's local time (BJ-X20), epoch ms; None where it is none."""
        if not isinstance(text, str):
            return None
        local_ms = _local_ms(text)
        return None if local_ms is None else local_ms - self._known.pixit.utc_offset_minutes * 60_000

    def date(self, moment_ms: int) -> str:
        """The local day of a moment, yyyy-MM-dd (BJ-X20)."""
        local = EPOCH + timedelta(milliseconds=moment_ms, minutes=self._known.pixit.utc_offset_minutes)
        return local.strftime("%Y-%m-%d")

    # Learning

    def learn(self, seen: Spoken) -> None:
        """From an exchange with the city: under which number the server tells of a charge."""
        if seen.interface is Interface.QUERY_STOP_CHARGE:
            self._note_stop(seen)
        if not seen.pushed or seen.interface not in OF_A_CHARGE or not seen.order:
            return
        if seen.order in self._known.wanted.orders:
            return
        charge = self.about(seen)
        if charge is not None:
            self._note_number(charge, seen)
        else:
            self._early.append(seen)

    def _note_stop(self, seen: Spoken) -> None:
        for charge in [self.by_number.get(seen.order), *self._at(seen.asked or {})]:
            if isinstance(charge, BoxCharge) and charge.running:
                charge.stop_wanted = True

    def _note_number(self, charge: Charge, seen: Spoken) -> None:
        self.by_number.setdefault(seen.order, charge)
        charge.number = charge.number or seen.order

    def overhear(self, seen: BoxSpoken) -> None:
        """From an exchange of a charge box, after it was learnt from."""
        if seen.service is Service.START_TRANS and seen.accepted and seen.transaction is not None:
            self._began(seen, seen.transaction)
        elif seen.service is Service.METER_VALUES and seen.readable:
            self._metered(seen)
        elif seen.service is Service.STOP_TRANS and seen.readable:
            self._ended(seen)

    def _began(self, seen: BoxSpoken, number: int) -> None:
        socket = self._known.places.get((seen.box, seen.connector or 0))
        transaction = self._known.boxes.transactions.get((seen.box, number))
        if socket is None or transaction is None:
            return
        began_ms = content.timestamp_ms(seen.request) or seen.exchange.at_ms
        charge = BoxCharge(socket, ChargeModel.CARD, began_ms, transaction=transaction)
        self.all.append(charge)
        self._by_transaction[(seen.box, number)] = charge
        self._take_early(charge)

    def _take_early(self, charge: Charge) -> None:
        """A server may tell of a charge before the box has the answer to its start."""
        waiting, self._early = self._early, []
        for push in waiting:
            if push.exchange.at_ms < charge.started.at_ms:
                continue  # of a charge from before the journal, or of none
            if self.about(push) is charge:
                charge.early.append(push)
                self._note_number(charge, push)
            else:
                self._early.append(push)

    def _metered(self, seen: BoxSpoken) -> None:
        charge = self.of(seen)
        if charge is None:
            return
        first_wh = content.meter_start_wh(charge.transaction.start.request) or 0  # a register counts on (EVCHONG 1.5)
        for sample in content.samples(seen.request):
            energy_wh = _in_wh(sample.value, sample.unit)
            if sample.measurand == Measurand.ENERGY_ACTIVE_IMPORT_REGISTER and energy_wh is not None:
                charge.metered.append((sample.timestamp_ms or seen.exchange.at_ms, energy_wh - first_wh))
            elif sample.measurand in INSTRUMENTS:
                charge.shows(Measurand(sample.measurand), number(sample.value))

    def _ended(self, seen: BoxSpoken) -> None:
        charge = self.of(seen)
        if charge and charge.stopped is None:
            charge.stopped = seen
            place = (charge.socket.box, charge.socket.connector)
            charge.faulted = self._known.connectors.broke_lately(place, seen.exchange.at_ms)
            charge.ended_ms = content.timestamp_ms(seen.request) or seen.exchange.at_ms

    # Chargers of the lab's own; charge boxes tell the server everything themselves

    def learn_fact(self, fact: Fact) -> None:
        """From what was physically done."""
        socket = self._known.sockets.get(fact.keys.get("socket", ""))
        if socket is None:
            return
        if fact.what == "charging-began":
            self._flows(socket, fact)
        elif fact.what == "charging-ended" and (charge := self.at_charger.get(socket.id)) and charge.running:
            charge.ended, charge.ended_ms = fact, fact.at_ms

    def _flows(self, socket: Socket, fact: Fact) -> None:
        order = fact.keys.get("order", "")
        charge = ChargerCharge(socket, ChargeModel.OTHER, fact.at_ms, began=fact, order=order)
        self.all.append(charge)
        self.at_charger[socket.id] = charge
        if wanted := self._known.wanted.behind(order, socket, fact.at_ms):
            self.belongs(charge, wanted.number)

    def belongs(self, charge: ChargerCharge, number: str) -> None:
        """It is what the platform wanted under that number."""
        charge.method, charge.number = ChargeModel.PLATFORM, number
        self.by_number.setdefault(number, charge)

    def hear(self, word: Word) -> None:
        """From a word on the private link: what the server was told, and when."""
        charge = self.at_charger.get(word.socket)
        if charge is None or word.told is None:
            return
        now_ms = word.exchange.answered_at_ms
        if word.told is Event.STARTED and charge.told_ms is None:
            charge.told_ms = now_ms
        elif word.told is Event.STOPPED and charge.ended is not None and charge.told_end_ms is None:
            charge.told_ms = charge.told_ms or now_ms
            charge.told_end_ms = now_ms
        elif word.told is Event.SAMPLE and charge.running and word.register_wh is not None:
            charge.metered.append((word.at_ms, Decimal(word.register_wh - charge.began.values["register_wh"])))
            charge.shows(Measurand.CURRENT_IMPORT, word.current_a)
            charge.shows(Measurand.VOLTAGE, word.voltage_v)


def _in_wh(value: str | None, unit: str | None) -> Decimal | None:
    try:
        return Decimal(value or "") * (1000 if unit == "kWh" else 1)
    except InvalidOperation:
        return None
