"""Servers that start, follow and stop the platform's charges in unusual and lawful ways (1.1.7 to 1.1.12)."""

from __future__ import annotations

from simulators.mutants.registry import lawful
from simulators.reference.app_api import OCCUPIED, RESERVED
from simulators.reference.city.chargers import Event
from simulators.reference.city.known import STAT_CHARGING, STAT_STARTING, Charger, Session
from simulators.reference.city.remote import NO_SUCH_CHARGE, NO_SUCH_CONNECTOR, NOT_PLUGGED
from simulators.reference.city.results import START_RESULT, STOP_RESULT
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

RESULT_AFTER_S = 40  # with what a charger takes to start, 43 s after the command
LONGEST_TURN_S = 60  # what has not been told by then, the server before this one had to tell
OWN_NAME = "charge/"
NOT_YET = 9  # a FailReason of the server's own

# starting


class _WaitsForItsTurn(ReferenceServer):
    """Tells of a charge in order, by looking every second whether what comes before has been told."""

    def note_told(self, interface: str, session: Session) -> None:
        self.city.kept.put("told", f"{interface} {session.seq}", True)

    async def until_told(self, interface: str, session: Session) -> None:
        for _ in range(LONGEST_TURN_S):
            if not session.by_platform or self.city.kept.get("told", f"{interface} {session.seq}"):
                return
            await self.sleep_s(1)

    async def report_stop_result(self, session: Session) -> None:
        await super().report_stop_result(session)
        self.note_told(STOP_RESULT, session)

    async def report_order(self, session: Session) -> None:
        await self.until_told(STOP_RESULT, session)
        await super().report_order(session)

    async def report_bonus_order(self, session: Session) -> None:
        await self.until_told(STOP_RESULT, session)
        await super().report_bonus_order(session)


@lawful(group="start")
class TellsOfStartsAfter43Seconds(_WaitsForItsTurn):
    """Takes nearly all of the 50 s that a start result may take; what follows waits for it."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        for _ in range(RESULT_AFTER_S):
            if session.ended_ms is None:
                await self.sleep_s(1)
        await super().report_start_result(session, stat)
        self.note_told(START_RESULT, session)

    async def report_charge(self, session: Session) -> None:
        await self.until_told(START_RESULT, session)
        await super().report_charge(session)

    async def report_stop_result(self, session: Session) -> None:
        await self.until_told(START_RESULT, session)
        await super().report_stop_result(session)


@lawful(group="start")
class LocksTheConnectorWhileItStarts(ReferenceServer):
    """Tells a connector as reserved (4.3: reserved, locked) from the start command until the charge flows."""

    def begin_start(self, session: Session) -> None:
        super().begin_start(session)
        self.charger_changed(self.city.chargers[session.socket.id])

    def give_up_start(self, session: Session) -> None:
        super().give_up_start(session)
        self.charger_changed(self.city.chargers[session.socket.id])

    def told_charger_status(self, charger: Charger) -> int:
        status = super().told_charger_status(charger)
        return RESERVED if status == OCCUPIED and charger.session is not None else status


@lawful(group="start")
class AnswersThatItCharges(ReferenceServer):
    """Answers a start with StartChargeSeqStat 2 at once (5.8 allows either)."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"StartChargeSeqStat": STAT_CHARGING} if told["StartChargeSeqStat"] == STAT_STARTING else told


@lawful(group="start")
class TriesWithoutAPlug(ReferenceServer):
    """Starts also where no vehicle is plugged in, as no document numbers that; the charger's failure is its result."""

    def start_fail_reason(self, connector: str) -> int:
        reason = super().start_fail_reason(connector)
        return 0 if reason == NOT_PLUGGED and connector in self.city.chargers else reason


@lawful(group="start result")
class TellsOfStartsTwice(ReferenceServer):
    """Pushes each start result again at once, to be on the safe side."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        await super().report_start_result(session, stat)
        await super().report_start_result(session, stat)


# the link


@lawful(group="link")
class HasOrdersOfItsOwn(ReferenceServer):
    """Knows a charge under a name of its own towards the charger, not under the platform's number."""

    async def command_start(self, session: Session) -> None:
        if not await self.tell_charger(session.socket.id, "start", {"order": f"{OWN_NAME}{session.seq}"}):
            self.give_up_start(session)

    def starting_session(self, charger: Charger, event: Event) -> Session | None:
        return super().starting_session(charger, _with_number(event))

    def charger_start_failed(self, charger: Charger, event: Event) -> None:
        super().charger_start_failed(charger, _with_number(event))


def _with_number(event: Event) -> Event:
    event.order = event.order and event.order.removeprefix(OWN_NAME)
    return event


# statuses


@lawful(group="statuses")
class NamesTheMomentOfTheMessage(ReferenceServer):
    """EndTime is when it was asked, or pushed; the energy is that of the latest sample."""

    def charge_status(self, session: Session) -> Message:
        told = super().charge_status(session)
        return told if session.ended_ms else told | {"EndTime": self.local_time(self.now_ms())}


@lawful(group="statuses")
class TellsThatItStops(ReferenceServer):
    """Pushes one more status when it is asked to stop, with StartChargeSeqStat 3."""

    def begin_stop(self, session: Session) -> None:
        super().begin_stop(session)
        self.begin_duty(self.tell_that_it_stops(session))

    async def tell_that_it_stops(self, session: Session) -> None:
        await self.push_charge_status(session)


# stopping


@lawful(group="stop")
class KnowsNoEquipmentForUnknownOrders(ReferenceServer):
    """Answers a stop of an unknown order with FailReason 1, the equipment does not exist (5.12)."""

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        reason = super().stop_fail_reason(session, connector)
        return NO_SUCH_CONNECTOR if reason == NO_SUCH_CHARGE else reason


@lawful(group="stop")
class TellsOfTheEndAfter4Seconds(_WaitsForItsTurn):
    """Looks at its chargers every few seconds; the order waits for the stop result."""

    async def report_stop_result(self, session: Session) -> None:
        await self.sleep_s(4)
        await super().report_stop_result(session)


@lawful(group="stop")
class RefusesStopsOfWhatStarts(ReferenceServer):
    """Cannot stop what has not begun, and says so with a FailReason of its own (5.12: 4 to 99)."""

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        starting = session is not None and not session.began and session.ended_ms is None
        return super().stop_fail_reason(session, connector) or (NOT_YET if starting else 0)


@lawful(group="stop")
class StopsOnceItHasBegun(ReferenceServer):
    """Accepts the stop of what starts, and tells the charger once current flows."""

    async def command_stop(self, session: Session) -> None:
        for _ in range(self.start_patience_s):
            if not session.began and session.ended_ms is None:
                await self.sleep_s(1)
        await super().command_stop(session)
