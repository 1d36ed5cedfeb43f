"""Rules of seed 2.2.2, notification_charge_order_info_for_bonus: orders are whole, and tell the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.finding import Finding
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.truth import FEES, Beside
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import ChargeModel, Content, Interface, Status
from simulators.evchong.messages import Service

MOMENTS = ("StartTime", "EndTime")
LENGTH_OF_A_MOMENT = 19
TEXTS: Mapping[str, int] = {  # the longest that they may be, 5.15
    "StartChargeSeq": 27,
    "ConnectorID": 26,
    "UserName": 20,
    "StationID": 20,
    "EquipmentID": 23,
}
NUMBERS = ("TotalPower", "TotalMoney", "ConnectorPower", "MeterValueStart", "MeterValueEnd")
WHOLE_NUMBERS: Mapping[str, int | None] = {  # and the largest that they may be
    "ChargeModel": max(ChargeModel),
    "ChargeLast": None,
    "StopReason": 99,
}
PARTS = ("SumPeriod", "ChargeDetails")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order whose charge still seems to run. ``silent``: so does its box, for so long that it may count as offline.

    Of such a box a server may close the charge by what it knows; a stop that comes later tells more.
    """

    order: Spoken
    silent: bool


class OrdersTellTheTruth(CityRule):
    """Orders of one interface agree with the truth of their charges.

    The truth is known once the server has answered the stop, or was told of it; an order that is quicker than that
    waits. One that is repeated is judged each time. ``optional``: fees that need not be told, for which 0 stands then.
    """

    optional: frozenset[str] = frozenset()

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._waiting: list[Waiting] = []

    def whole(self, seen: Spoken, told: Content) -> Iterator[Finding]:
        """What can be said of an order by itself."""
        raise NotImplementedError

    # When

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.content is None:
            return
        yield from self.whole(seen, seen.content)
        charge = self.known.charges.about(seen)
        if charge is None or charge.running:
            self._waiting.append(Waiting(seen, charge is not None and self._is_silent(charge, seen.exchange.at_ms)))
        else:
            yield from self._true(seen, charge)

    def overheard(self, seen: BoxSpoken) -> Iterator[Finding]:
        charge = self.known.charges.of(seen) if seen.service is Service.STOP_TRANS else None
        if charge is None or charge.stopped is not seen:
            return
        yield from self._told_before(charge, seen.exchange.at_ms)

    def linked(self, word: Word) -> Iterator[Finding]:
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is Event.STOPPED and charge is not None and not charge.running:
            yield from self._told_before(charge, word.exchange.at_ms)

    def _told_before(self, charge: Charge, ended_ms: int) -> Iterator[Finding]:
        """Orders that were quicker than the end, now that the truth is known."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if self.known.charges.about(each.order) is not charge:
                self._waiting.append(each)
            elif not each.silent or each.order.exchange.at_ms >= ended_ms:
                yield from self._true(each.order, charge)

    def _is_silent(self, charge: Charge, now_ms: int) -> bool:
        if not charge.socket.box:
            return not self.known.chargers.is_online(charge.socket.id)
        stands = self.known.lawful((charge.socket.box, charge.socket.connector), now_ms)
        return stands is None or Status.OFFLINE in stands

    # What

    def _true(self, seen: Spoken, charge: Charge) -> Iterator[Finding]:
        stopped = [charge.over] if charge.over else []
        for point in Beside(seen.content or {}, charge, self.known, self.optional).points():
            at = (charge.started, *stopped, seen.exchange)
            yield self.judge(point.ok, point.case, point.expected, repr(point.told), *at, path=point.field)


class BonusOrdersTellTheTruth(OrdersTellTheTruth):
    """The bonus order of every start method carries its 15 mandatory fields and agrees with the truth of its charge."""

    row = "BJ-2.2.2-a"
    listens = frozenset({Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.optional = frozenset(set(FEES) - set(self._mandatory(FEES)))

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.pixit.bonus:
            yield from super().exchange(seen)

    def whole(self, seen: Spoken, told: Content) -> Iterator[Finding]:
        faults = list(self._faults(told))
        for field, expected in faults:
            actual = repr(told[field]) if field in told else "none"
            yield self.bad("fields", f"{field}: {expected}", actual, seen.exchange, path=field)
        if not faults:
            yield self.good("fields", "every mandatory field, each of its kind", "all there", seen.exchange)

    def _faults(self, told: Content) -> Iterator[tuple[str, str]]:
        """Fields that are not there or not of their kind, and what they should be."""
        for field, most in TEXTS.items():
            least = 0 if field == "UserName" and _is_nameless(told) else 1
            if not _is_text(told.get(field), least, most):
                yield field, f"text of {least} to {most} characters"
        for field in MOMENTS:
            if not self._is_moment(told.get(field)):
                yield field, "yyyy-MM-dd HH:mm:ss"
        for field in (*NUMBERS, *self._mandatory(FEES)):
            if not _is_number(told.get(field)):
                yield field, "a JSON number"
        for field, largest in WHOLE_NUMBERS.items():
            if not _is_whole(told.get(field), largest):
                yield field, "a whole JSON number" + (f" of 0 to {largest}" if largest else "")
        yield from ((field, "there (BJ-X9)") for field in self._mandatory(PARTS) if told.get(field) is None)
        details, count = told.get("ChargeDetails"), told.get("SumPeriod")
        if isinstance(details, list) and count is not None and number(count) != len(details):
            yield "SumPeriod", f"{len(details)}, as many as ChargeDetails"

    def _mandatory(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """Fees and details, where they must be there (BJ-X9)."""
        return fields if self.known.pixit.readings.bonus_fees == "mandatory" else ()

    def _is_moment(self, told: Any) -> bool:
        return (
            isinstance(told, str) and len(told) == LENGTH_OF_A_MOMENT and self.known.charges.moment_ms(told) is not None
        )


def _is_nameless(told: Content) -> bool:
    """Nobody told the operator who charges: a start of the platform bears no name (5.8), nor does a charger's own."""
    return told.get("ChargeModel") != ChargeModel.CARD


def _is_text(told: Any, least: int, most: int) -> bool:
    return isinstance(told, str) and len(told.strip()) >= least and len(told) <= most


def _is_number(told: Any) -> bool:
    return not isinstance(told, str) and number(told) is not None


def _is_whole(told: Any, largest: int | None) -> bool:
    """A whole number in the sense of JSON, where 5.0 is one."""
    read = number(told) if _is_number(told) else None
    return read is not None and read >= 0 and read % 1 == 0 and (largest is None or read <= largest)
