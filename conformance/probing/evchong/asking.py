"""Finds out in which readings a running server understands the charge-box service, by asking it.

One row after the other, each in the readings found so far: what was found decides how the next question must be put.
A reading counts as found where one way of saying something is taken and the other is not. Whatever is opened is ended
at once, and nothing is sent that the target's effects do not allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from conformance.probing.asker import EITHER_WILL_DO, Asker
from conformance.probing.evchong.hearing import Heard, refusal_key
from conformance.target import Target
from conformance.target_writing import Scalar, Table
from simulators.evchong.dialect import READINGS
from simulators.evchong.messages import (
    AuthorizeRequest,
    BootRequest,
    ChargePointErrorCode,
    ChargePointStatus,
    Measurand,
    MeterValue,
    MeterValuesRequest,
    StartRequest,
    StatusRequest,
    StopRequest,
    UnitOfMeasure,
)
from simulators.journal.records import Exchange, WireError
from simulators.lab.client import Box
from simulators.lab.leases import NothingToLend
from simulators.lab.running import RunningLab

NO_CONNECTION = frozenset({WireError.UNREACHABLE, WireError.TLS, WireError.CERTIFICATE, WireError.CLIENT_CERTIFICATE})
NOBODYS_TRANSACTION = 1_900_000_003
ORDER_LOOKS_S = (0, 2, 5, 10, 14)  # 31 s in all, as long as a server may take to bill
Request = BootRequest | AuthorizeRequest | StartRequest | MeterValuesRequest | StopRequest | StatusRequest

# Where the registers, the energy and the readings of both end up, each bill tells them apart, at 10 Wh resolution too.
METER_START, METER_STOP, DATA_KWH = 10, 30, Decimal("10.50")
BILLED_WH = {
    10_500: ("consumed", None, "transaction-data"),
    10_490: ("register", "Wh", "transaction-data"),
    500: ("register", "kWh", "transaction-data"),
    20: (None, "Wh", "register"),
    20_000: (None, "kWh", "register"),
}
BY_REGISTERS_WH = {20: "Wh", 20_000: "kWh"}

FROM_OUTSIDE = {
    "EVC-X11": "in which rhythm the server counts beats shows only in when it calls a silent box offline",
    "EVC-X21": "how often samples come is the box's own choice; a server takes what it gets",
}


class BoxAsker(Asker):
    """Asks as a charge box. ``refusal`` and ``billed`` are what the PIXIT takes beside the readings."""

    table = READINGS

    def __init__(self, running: RunningLab, target: Target, known: Mapping[str, str]) -> None:
        super().__init__(running, target, known)
        self._refusal: tuple[str, Scalar] | None = None
        self._billed: str | None = None  # pixit.evchong.billed_energy
        self._heard: list[Heard] = []
        self._opens = False  # a transaction, for a valid card
        self._open: dict[int, tuple[Heard, str]] = {}  # sessions that run: the start and its card

    def ask(self) -> None:
        try:
            self._box = self._lab.box()
        except NothingToLend as nothing:
            self._give_up(str(nothing))
            return
        if why := self._ask_forms() or self._ask_a_stranger():
            self._give_up(why, heard=self._heard[-1:])
            return
        self.works = True
        self._look_at_times()
        self._look_at_prefixes()
        self._ask_connector_zero()
        self._ask_card_names()
        self._ask_sessions()
        self._ask_about_nothing()
        self._look_at_refusals()
        for row, why in FROM_OUTSIDE.items():
            self._undecided(row, f"cannot be seen from outside: {why}")
        self._give_up("not asked", heard=self._heard[-1:])

    def end(self) -> None:
        for started, card in list(self._open.values()):
            self._stop(started, card)

    @property
    def pixit(self) -> dict[Table, dict[str, Scalar]]:
        found: dict[Table, dict[str, Scalar]] = {}
        if self._billed:
            found["pixit", "evchong"] = {"billed_energy": self._billed}
        if self._refusal:
            found["pixit", "evchong", "refusal"] = {"key": self._refusal[0], "accepted": self._refusal[1]}
        return found

    # How the messages travel: EVC-X1, EVC-X3

    def _ask_forms(self) -> str:
        """Find one form in which a registered box may boot, then change one thing at a time. Gives why none was."""
        ways = [
            {"EVC-X1": body, "EVC-X3": strings} for body in self._ways("EVC-X1") for strings in self._ways("EVC-X3")
        ]
        tried: dict[tuple[str, ...], Heard] = {}
        for way in ways:
            heard = tried[tuple(way.values())] = self._boot(self._box, way)
            if heard.exchange.error in NO_CONNECTION:
                return f"no connection: {heard.answer_text()}"
            if heard.taken:
                self._now |= way
                self._ask_other_forms(heard, tried)
                return ""
        told = "; ".join(dict.fromkeys(heard.answer_text() for heard in tried.values()))
        return f"no boot of {self._box.serial} at {self._box.station} was Accepted in any form: {told}"

    def _ask_other_forms(self, taken: Heard, tried: Mapping[tuple[str, ...], Heard]) -> None:
        for row in ("EVC-X1", "EVC-X3"):
            other = {"EVC-X1": self._now["EVC-X1"], "EVC-X3": self._now["EVC-X3"], row: self._ways(row)[1]}
            self._choose(row, taken, tried.get(tuple(other.values())) or self._boot(self._box, other))
        if self._heard[-1] is not taken and any(heard.rooted and not heard.taken for heard in self._heard):
            self._boot(self._box, {})  # understood in part and rejected: the box shall not stay so

    def _ask_a_stranger(self) -> str:
        """A box that nobody registered must not be accepted; how that is spelled is EVC-X25."""
        heard = self._boot(self._lab.unregistered_box(station=self._box.station), {})
        if heard.taken:
            return "not shown to be a working server: it accepted a box that nobody registered"
        if heard.status.lower() == "rejected" and heard.status in ("Rejected", "rejected"):
            self._decide("EVC-X25", heard.status, f"so it is spelled: {heard.status}", heard)
        else:
            self._undecided("EVC-X25", f"an unregistered box was answered {heard.answer_text()}", heard)
        return ""

    def _boot(self, box: Box, readings: Mapping[str, str]) -> Heard:
        boot = BootRequest(box_serial=box.serial, station_serial=box.station, vendor="Keli")
        return self._say(boot, readings, box)

    # What the answers show by themselves: EVC-X8, EVC-X2

    def _look_at_times(self) -> None:
        told = [heard for heard in self._heard if heard.rooted and "currentTime" in heard.fields]
        kinds = {_kind_of_moment(heard.fields["currentTime"]) for heard in told}
        if len(kinds) == 1 and (kind := kinds.pop()):
            self._decide("EVC-X8", kind, f"currentTime is {told[0].fields['currentTime']!r}", told[0])
        else:
            self._undecided(
                "EVC-X8", "currentTime is no dateTime in either reading, or now in one, now in the other", *told
            )

    def _look_at_prefixes(self) -> None:
        told = [heard for heard in self._heard if heard.rooted]
        kinds = {heard.prefixed for heard in told}
        if len(kinds) == 1:
            prefixed = kinds.pop()
            words = "every answer begins with data=" if prefixed else "no answer begins with data="
            self._decide("EVC-X2", "prefixed" if prefixed else "plain", words, told[0])
        else:
            self._undecided("EVC-X2", "some answers begin with data=, others do not", *told[:2])

    # Connector 0: EVC-X20

    def _ask_connector_zero(self) -> None:
        known = self._notify(self._box.connectors[0])
        if not known.taken:
            self._undecided("EVC-X20", "a notification of a connector that is there was not taken", known)
            return
        zero = self._notify(0)
        if not zero.taken:
            self._decide("EVC-X20", "connector", "connectorId 0 is not taken", zero, known)
            return
        missing = self._notify(max(self._box.connectors) + 50)
        if missing.taken:
            self._undecided("EVC-X20", "any connectorId is taken, there or not", zero, missing)
        else:
            self._decide("EVC-X20", "zero", "connectorId 0 is taken, one that is not there is not", zero, missing)

    def _notify(self, connector: int) -> Heard:
        status = StatusRequest(
            box_serial=self._box.serial, connector=connector, status=ChargePointStatus.AVAILABLE,
            error_code=ChargePointErrorCode.NO_ERROR, timestamp_ms=self._lab.now_ms(), vendor_id="V-0001",
        )  # fmt: skip
        return self._say(status, {}, tried=f"connectorId {connector}")

    # Cards: EVC-X5

    def _ask_card_names(self) -> None:
        card = self._card("valid")
        if card is None:
            self._undecided("EVC-X5", "the target names no valid card")
            return
        request = AuthorizeRequest(box_serial=self._box.serial, id_token=card)
        first, second = (self._say(request, {"EVC-X5": way}) for way in self._ways("EVC-X5"))
        names = {heard.card_name for heard in (first, second) if heard.taken}
        taken = [way for way, heard in zip(self._ways("EVC-X5"), (first, second), strict=True) if heard.taken]
        fitting = {"idTagInfo": "lower", "IdTagInfo": "upper"}.get(names.pop()) if len(names) == 1 else None
        if fitting in taken and (len(taken) == 1 or fitting == "upper"):
            words = "the other name is not taken" if len(taken) == 1 else "both names are taken, answered is IdTagInfo"
            self._decide("EVC-X5", fitting, words, first, second)
        elif len(taken) == 1:
            self._undecided("EVC-X5", "asked by one table's names, it answers by the other's", first, second)
        else:
            self._undecided("EVC-X5", _both_or_none(taken), first, second)

    # Sessions: EVC-X13, EVC-X4, EVC-X6, EVC-X16, EVC-X9

    def _ask_sessions(self) -> None:
        if "opens-session" not in self._target.effects:
            for row in ("EVC-X4", "EVC-X6", "EVC-X9", "EVC-X13", "EVC-X16"):
                self._undecided(row, "the target does not allow the effect opens-session")
            return
        card = self._card("valid")
        if card is None:
            self._give_up("the target names no valid card", ("EVC-X4", "EVC-X6", "EVC-X9", "EVC-X16"))
        else:
            self._ask_starts(card)
            self._ask_bills(card)
        if not self.left:
            self._ask_a_refused_start()

    def _ask_starts(self, card: str) -> None:
        ways = self._ways("EVC-X4")
        started = {}
        for way in ways:
            started[way] = heard = self._start(card, {"EVC-X4": way})
            if _opened(heard):
                self._now["EVC-X4"] = way
                if "EVC-X6" not in self.answers:
                    self._ask_measurands(heard)
                self._stop(heard, card)
            if self.left:
                self._undecided("EVC-X4", "the first session could not be ended, so no other was begun", heard)
                return
        taken = [way for way in ways if _opened(started[way])]
        if taken:
            self._opens, self._now["EVC-X4"] = True, taken[0]
        if len(taken) == 1:
            words = "under the other name no transaction is opened"
            self._decide("EVC-X4", taken[0], words, *started.values())
        else:
            self._undecided("EVC-X4", _both_or_none(taken), *started.values())
        if not taken:
            self._undecided("EVC-X6", "no transaction was opened")

    def _ask_measurands(self, started: Heard) -> None:
        first, second = (self._sample(started.transaction_id or 0, way) for way in self._ways("EVC-X6"))
        self._choose("EVC-X6", first, second)

    def _sample(self, transaction_id: int, way: str) -> Heard:
        request = MeterValuesRequest(
            box_serial=self._box.serial, connector=self._box.connectors[0], transaction_id=transaction_id,
            values=(self._energy(Decimal(0)),),
        )  # fmt: skip
        return self._say(request, {"EVC-X6": way})

    def _ask_a_refused_start(self) -> None:
        """What a start carries that is not accepted (EVC-X13); whatever it is, it is never used."""
        card = self._card("blocked") or self._lab.unknown_card()
        heard = self._start(card, {}, tried="a card that may not start")
        if _opened(heard):
            self._stop(heard, card)
            self._undecided("EVC-X13", "a card that may not start was accepted", heard)
            return
        found = heard.fields.get("transactionId")
        words = f"carries transactionId {found!r}" if "transactionId" in heard.fields else "carries no transactionId"
        self._undecided("EVC-X13", f"a refused start {words}; the row has one reading only", heard)

    def _start(self, card: str, readings: Mapping[str, str], *, register: int = METER_START, tried: str = "") -> Heard:
        request = StartRequest(
            box_serial=self._box.serial, connector=self._box.connectors[0], id_token=card, meter_start_wh=register,
            timestamp_ms=self._lab.now_ms(),
        )  # fmt: skip
        heard = self._say(request, readings, tried=tried)
        if _opened(heard):
            self._open[heard.transaction_id or 0] = heard, card
        return heard

    def _stop(
        self, started: Heard, card: str, *, register: int = METER_START, values: Sequence[MeterValue] = ()
    ) -> Heard:
        """End a session that was opened; what does not end is told."""
        transaction_id = started.transaction_id or 0
        self._open.pop(transaction_id, None)
        request = StopRequest(
            box_serial=self._box.serial, transaction_id=transaction_id, meter_stop_wh=register, id_token=card,
            values=tuple(values) or (self._energy(Decimal(0)),), timestamp_ms=self._lab.now_ms(),
        )  # fmt: skip
        heard = self._say(request, {})
        if not heard.taken and (found := self.answers.get("EVC-X6")) and found.reading is None:
            again = self._say(request, {"EVC-X6": self._ways("EVC-X6")[1]})  # perhaps its sample was spelled wrongly
            heard = again if again.taken else heard
        if not heard.taken:
            self.left.append(f"box {self._box.serial} transaction {transaction_id}: {heard.answer_text()}")
        return heard

    def _energy(self, energy_kwh: Decimal) -> MeterValue:
        return MeterValue(
            measurand=Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, value=energy_kwh, unit=UnitOfMeasure.KWH,
            timestamp_ms=self._lab.now_ms(),
        )  # fmt: skip

    # Bills

    def _ask_bills(self, card: str) -> None:
        rows = ("EVC-X9", "EVC-X16")
        if "bills" not in self._target.effects:
            self._give_up("shows only in a bill, and the target does not allow the effect bills", rows)
        elif self.left:
            self._give_up("a session could not be ended, so no other was begun", rows)
        elif not self._opens:
            self._give_up("no transaction was opened", rows)
        elif "unavailable" in (looked := self._lab.do("surface.use", verb="orders", arguments={})):
            self._give_up(f"shows only in a bill: {looked['unavailable']}", rows)
        else:
            self._ask_two_bills(card)

    def _ask_two_bills(self, card: str) -> None:
        wh, stopped = self._bill(card, (self._energy(DATA_KWH),))
        energy, registers, source = BILLED_WH.get(wh or -1, (None, None, ""))
        billed = f"registers {METER_START} to {METER_STOP}, transactionData {DATA_KWH} kWh: billed are {wh} Wh"
        if source:
            self._billed = source
        if energy:
            self._decide("EVC-X16", energy, billed, stopped)
        elif registers:
            self._undecided("EVC-X16", f"billed by the registers alone; {billed}", stopped)
        else:
            self._undecided("EVC-X16", billed, stopped)
        if registers is None and not self.left:  # without an energy in transactionData the registers are all there is
            voltage = MeterValue(
                measurand=Measurand.VOLTAGE,
                value=Decimal(220),
                unit=UnitOfMeasure.VOLT,
                timestamp_ms=self._lab.now_ms(),
            )
            wh, stopped = self._bill(card, (voltage,))
            registers = BY_REGISTERS_WH.get(wh or -1)
            billed = f"registers {METER_START} to {METER_STOP}, no energy in transactionData: billed are {wh} Wh"
        if registers:
            self._decide("EVC-X9", registers, billed, stopped)
        else:
            self._undecided("EVC-X9", f"the server does not bill by the registers; {billed}", stopped)

    def _bill(self, card: str, values: Sequence[MeterValue]) -> tuple[int | None, Heard]:
        """A session with the registers above and these samples at its end; the Wh that its order shows."""
        started = self._start(card, {})
        if not _opened(started):
            return None, started
        stopped = self._stop(started, card, register=METER_STOP, values=values)
        for wait_s in ORDER_LOOKS_S:
            self._lab.pass_time(wait_s)
            found = self._lab.do("surface.use", verb="orders", arguments={})
            energy_wh = _order_of(found.get("items") or [], started, self._box.serial)
            if energy_wh is not None:
                return energy_wh, stopped
        return None, stopped

    # Refusals: EVC-X10

    def _ask_about_nothing(self) -> None:
        """Samples for a transaction that never was: valid, and yet to be refused."""
        self._sample(NOBODYS_TRANSACTION, self._now["EVC-X6"])

    def _look_at_refusals(self) -> None:
        refusals = [heard for heard in self._heard if heard.refused and not heard.rooted]
        bodies = [heard for heard in refusals if heard.http_status == 200 and isinstance(heard.document, dict)]
        shown = (bodies or refusals)[-1:]
        if not refusals:
            self._undecided("EVC-X10", "nothing was refused otherwise than by a status of the document")
        elif not bodies:
            codes = ", ".join(sorted({str(heard.http_status) for heard in refusals}))
            self._decide("EVC-X10", "documented", f"refused by HTTP {codes}", *shown)
        elif found := refusal_key(bodies, [heard for heard in self._heard if heard.taken]):
            self._refusal = found
            words = f"refused by HTTP 200 and {found[0]} = {_at(shown[0].document, found[0])!r}"
            self._decide("EVC-X10", "error-body", words, *shown)
        else:
            self._undecided("EVC-X10", "refused by HTTP 200 with a body in which no key tells", *shown)

    # Saying and deciding

    def _say(self, request: Request, readings: Mapping[str, str], box: Box | None = None, tried: str = "") -> Heard:
        """Say a message in the readings found so far, but for these; the record of it is the evidence."""
        spoken = {row: way for row, way in (self._now | dict(readings)).items() if row != "EVC-X9"}
        before = self._running.journal.last_seq
        self._lab.do(
            "box.say", box=(box or self._box).serial, service=str(request.service), message=request.canonical(),
            readings=spoken,
        )  # fmt: skip
        records = self._running.journal.since(before)
        *_, exchange = (record for record in records if isinstance(record, Exchange) and record.protocol == "evchong")
        tried = tried or ", ".join(f"{row} {way}" for row, way in readings.items())
        heard = Heard.of(request.service, exchange, tried)
        self._heard.append(heard)
        return heard

    def _choose(self, row: str, first: Heard, second: Heard) -> None:
        """Between what is believed so far and the other way."""
        ways = self._ways(row)
        taken = [way for way, heard in zip(ways, (first, second), strict=True) if heard.taken]
        silent = next((heard for heard in (first, second) if heard.http_status is None), None)
        if silent is not None:
            self._undecided(row, f"no answer: {silent.answer_text()}", first, second)
        elif len(taken) == 1:
            other = next(way for way in ways if way not in taken)
            self._decide(row, taken[0], f"{other} is not taken", first, second)
        else:
            self._undecided(row, _both_or_none(taken), first, second)

    def _card(self, state: str) -> str | None:
        return next((card.id_token for card in self._target.pixit.cards if card.state == state), None)


def _opened(heard: Heard) -> bool:
    return heard.taken and heard.transaction_id is not None


def _both_or_none(taken: Sequence[str]) -> str:
    return EITHER_WILL_DO if taken else "neither is taken"


def _kind_of_moment(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "epoch-ms"
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return ""
    return "iso"


def _order_of(items: Sequence[Any], started: Heard, box: str) -> int | None:
    """The energy on the order of a session; by its transaction where orders tell that, else the box's newest."""
    orders = [item for item in items if isinstance(item, dict) and item.get("box") in (box, None)]
    own = [order for order in orders if str(order.get("transaction_id")) == str(started.transaction_id)]
    unnamed = [order for order in orders if order.get("transaction_id") is None and _began_with(order, started)]
    energies = [order.get("energy_wh") for order in own or unnamed]
    return next((energy for energy in energies if isinstance(energy, int)), None)


def _began_with(order: Mapping[str, Any], started: Heard) -> bool:
    began_ms = order.get("started_ms")
    return isinstance(began_ms, int) and abs(began_ms - started.exchange.at_ms) <= 1000


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[step]
    return document
