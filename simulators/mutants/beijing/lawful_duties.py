"""Servers that keep their duties in time in unusual and lawful ways (1.1.13, 1.1.14, 1.1.15)."""

from __future__ import annotations

from simulators.mutants.beijing.repeats import Steps
from simulators.mutants.registry import lawful
from simulators.reference.city.known import Session
from simulators.reference.city.orders import ORDER, Debt
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

BEFORE_THREE_S = 3 * 3600 - 60
DOUBLING = Steps(150, 300, 600, 1200, 1800, 3600)
AS_PRINTED = Steps(150, 300, 1800, 3600)
SINCE_THE_BILL = Steps(*[150] * 12, 1800, 3600)

# The ladder


@lawful(group="ladder")
class DoublesItsLadder(ReferenceServer):
    """150, 300, 600, 1200, 1800, 3600 s: what the document leaves out of its middle may be so."""

    order_ladder = bonus_ladder = DOUBLING


@lawful(group="ladder")
class TakesTheLadderAsItIsPrinted(ReferenceServer):
    """150, 300, 1800, 3600 s, with nothing between."""

    order_ladder = bonus_ladder = AS_PRINTED


@lawful(group="ladder", readings={"BJ-X2": "doubling"})
class DoublesItsLadderExactly(DoublesItsLadder):
    """The same, and says so."""


@lawful(group="ladder", readings={"BJ-X2": "arithmetic"})
class AddsToItsLadder(ReferenceServer):
    """Each gap 150 s longer than the one before."""


@lawful(group="ladder", readings={"BJ-X2": "offsets"})
class CountsItsLadderFromTheBill(ReferenceServer):
    """150, 300, ..., 1800, 3600, ... s are times since the bill."""

    order_ladder = bonus_ladder = SINCE_THE_BILL


@lawful(group="ladder")
class RepeatsOrdersEveryMinuteForEver(ReferenceServer):
    """As often as possible, where the document wants it so (1.1.13); the bonus order by its ladder."""

    order_ladder = Steps(60)


# Orders


@lawful(group="orders")
class OrdersAfter140Seconds(ReferenceServer):
    """Takes the time that it has."""

    def owe(self, session: Session, interface: str) -> None:
        self.note_debt(Debt(session.seq, interface, self.now_ms() + 140_000))


@lawful(group="orders")
class PushesOrdersOfAllKinds(ReferenceServer):
    """Pushes notification_charge_order_info of charges too that the platform did not start (BJ-X17)."""

    def owes_order(self, session: Session) -> bool:
        return True


@lawful(group="orders")
class PushesOrdersBeforeTheyAreNoted(ReferenceServer):
    """Waits for nothing, and lets the bonus order go first by two seconds."""

    def owe(self, session: Session, interface: str) -> None:
        self.note_debt(Debt(session.seq, interface, self.now_ms() + (2000 if interface == ORDER else 0)))


# The night


@lawful(group="night")
class ChecksJustBeforeThree(ReferenceServer):
    """At 02:59."""

    check_earliest_s, check_latest_s = BEFORE_THREE_S, BEFORE_THREE_S + 1


@lawful(group="night")
class ChecksOnTheStroke(ReferenceServer):
    """At 00:00:00, when what has just ended has no bill yet."""

    check_earliest_s, check_latest_s = 0, 1


@lawful(group="night")
class ChecksByStartTime(ReferenceServer):
    """Counts a charge over midnight under the day of its start, and checks late enough to know its end (BJ-X7)."""

    check_earliest_s, check_latest_s = BEFORE_THREE_S, BEFORE_THREE_S + 1

    def ended_on(self, session: Session) -> int:
        return self.local_day(session.started_ms)


@lawful(group="night")
class SaysFromWhenToWhenItsOrdersEnded(ReferenceServer):
    """Writes the first and the last EndTime of its list as the period, where there is one."""

    def check(self, day: int) -> Message:
        ends = sorted(session.reading.at_ms for session in self.sessions_to_check(day))
        period = {"StartTime": self.local_time(ends[0]), "EndTime": self.local_time(ends[-1])} if ends else {}
        return super().check(day) | period
