"""Rules of seed 1.1.13 and 1.1.14: each charge's order is pushed in time, and the order is that of its charge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.finding import Finding
from conformance.rules.beijing.bonus import OrdersTellTheTruth
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.outcomes import is_without_token
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.truth import METHODS
from conformance.rules.blocks import Within
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import ChargeModel, Content, Interface
from simulators.evchong.messages import Service

if TYPE_CHECKING:
    from conformance.rules.beijing.known import Known

ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO
BONUS_ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
IN_TIME_S = 150


def is_order_owed(charge: Charge, known: Known) -> bool:
    """1.1.13 does not say of which charges: of those that the platform started, or of all (BJ-X17)."""
    return charge.method is ChargeModel.PLATFORM or known.pixit.readings.orders_owed == "every"


def is_bonus_owed(charge: Charge, known: Known) -> bool:
    """2.2.2: of every charge at equipment for which the operator claims the bonus."""
    return known.pixit.bonus and charge.socket.bonus


class _OrdersComeInTime(CityRule):
    """The first push of a charge's order comes within 150 s of its bill, whatever becomes of the push.

    No bill can be seen: it is made when the server has learnt of the end, and the PIXIT says how long it takes. What is
    at once is the slack. Without a token nothing can be pushed: where the platform gives none by plan, nothing is said.
    """

    push: Interface

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        pixit = known.pixit
        self._owed: Within[Charge, Charge] = Within(
            round((IN_TIME_S + pixit.bill_after_stop_s + pixit.push_at_once_s) * 1000)
        )
        self._pushed: dict[Charge, Spoken] = {}  # the first

    def is_owed(self, charge: Charge) -> bool:
        """Whether this row wants the order of a charge."""
        raise NotImplementedError

    def case(self, charge: Charge) -> str:
        """The case that a charge belongs to."""
        raise NotImplementedError

    def overheard(self, seen: BoxSpoken) -> Iterator[Finding]:
        charge = self.known.charges.of(seen) if seen.service is Service.STOP_TRANS else None
        if charge is not None and charge.stopped is seen:
            yield from self._over(charge)

    def linked(self, word: Word) -> Iterator[Finding]:
        charge = self.known.charges.at_charger.get(word.socket)
        if word.told is Event.STOPPED and charge is not None:
            yield from self._over(charge)

    def _over(self, charge: Charge) -> Iterator[Finding]:
        closed_ms = charge.closed_ms
        if closed_ms is None or not self.is_owed(charge):
            return
        if push := self._pushed.get(charge):
            yield self._in_time(charge, push)  # quicker than the answer to the stop
        else:
            self._owed.begin(charge, closed_ms, charge)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is Interface.QUERY_TOKEN:
            if is_without_token(seen, self.known):
                self._owed.void_where(lambda charge: True)
            return
        charge = self.known.charges.about(seen)
        if charge is None or charge in self._pushed:
            return
        self._pushed[charge] = seen
        if self._owed.meet(charge):
            yield self._in_time(charge, seen)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for duty in self._owed.overdue(now_ms):
            charge, waited_s = duty.cause, (now_ms - duty.since_ms) / 1000
            records = [charge.over] if charge.over else []
            yield self.bad(self.case(charge), self._expected(charge), f"none in {waited_s:g} s", *records)

    def _in_time(self, charge: Charge, push: Spoken) -> Finding:
        after_s = max(0, push.exchange.at_ms - (charge.closed_ms or 0)) / 1000
        records = [charge.over] if charge.over else []
        return self.good(self.case(charge), self._expected(charge), f"after {after_s:g} s", *records, push.exchange)

    def _expected(self, charge: Charge) -> str:
        return f"{self.push} of {charge.number or charge.socket.id} within {IN_TIME_S} s of its bill"


class OrdersComeInTime(_OrdersComeInTime, OrdersTellTheTruth):
    """notification_charge_order_info comes within 150 s after the bill (which orders: BJ-X17), and says what is so.

    An order that says something else is not that of its charge.
    """

    row = "BJ-1.1.13-a"
    push = ORDER
    listens = frozenset({ORDER.value, Interface.QUERY_TOKEN.value})

    def is_owed(self, charge: Charge) -> bool:
        return is_order_owed(charge, self.known)

    def case(self, charge: Charge) -> str:
        return "in-time"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from _OrdersComeInTime.exchange(self, seen)
        if seen.interface is ORDER:
            yield from OrdersTellTheTruth.exchange(self, seen)

    def overheard(self, seen: BoxSpoken) -> Iterator[Finding]:
        yield from _OrdersComeInTime.overheard(self, seen)
        yield from OrdersTellTheTruth.overheard(self, seen)

    def linked(self, word: Word) -> Iterator[Finding]:
        yield from _OrdersComeInTime.linked(self, word)
        yield from OrdersTellTheTruth.linked(self, word)

    def whole(self, seen: Spoken, told: Content) -> Iterator[Finding]:
        if seen.readable:  # what is not is CEC-ENV-m's
            yield self.good("fields", "every mandatory field, each of its kind (5.14)", "all there", seen.exchange)


class BonusOrdersComeInTime(_OrdersComeInTime):
    """notification_charge_order_info_for_bonus comes within 150 s after stop and order, of every start method."""

    row = "BJ-1.1.14-a"
    push = BONUS_ORDER
    listens = frozenset({BONUS_ORDER.value, Interface.QUERY_TOKEN.value})

    def is_owed(self, charge: Charge) -> bool:
        return is_bonus_owed(charge, self.known)

    def case(self, charge: Charge) -> str:
        return METHODS[charge.method]
