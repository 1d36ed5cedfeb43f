"""Defects of 1.1.11 and 1.1.12: how the platform's stop is answered, and what is told of the end."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.city.charges import STOPPED_BY_PLATFORM
from simulators.reference.city.known import STAT_CHARGING, STAT_STOPPING, Session
from simulators.reference.city.remote import ALREADY_STOPPED, NO_SUCH_CHARGE
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

EVERY_END = ("by-platform", "by-user", "full", "fault", "disconnected")
OVERTAKEN = {"BJ-ORD-a": "the order comes before it"}


class _Answers(ReferenceServer):
    """Answers the platform's stop with something else, where it is accepted or where it is not."""

    accepted: bool
    told: tuple[str, object]

    def query_stop_charge(self, asked: Message) -> Message:
        told = super().query_stop_charge(asked)
        field, value = self.told
        return told | {field: value} if (told["SuccStat"] == 0) is self.accepted else told


# BJ-1.1.11-b


class _Reasons(ReferenceServer):
    """Answers another reason in place of a right one."""

    instead: tuple[int, int]

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        reason = super().stop_fail_reason(session, connector)
        right, said = self.instead
        return said if reason == right else reason


@mutant(breaks="BJ-1.1.11-b", case="already-stopped")
class StopsWhatHasStopped(_Reasons):
    """A stop of what has stopped is a success: it is stopped, after all."""

    instead = ALREADY_STOPPED, 0


@mutant(breaks="BJ-1.1.11-b", case="already-stopped")
class SaysThatWhatHasStoppedIsUnknown(_Reasons):
    """Forgets an order once it is over."""

    instead = ALREADY_STOPPED, NO_SUCH_CHARGE


@mutant(breaks="BJ-1.1.11-b", case="unknown")
class SaysThatUnknownChargesHaveStopped(_Reasons):
    """Finds no charge of that number that goes on, so it must have stopped."""

    instead = NO_SUCH_CHARGE, ALREADY_STOPPED


@mutant(breaks="BJ-1.1.11-b", case="unknown")
class SaysThatUnknownChargesAreOffline(_Reasons):
    """Finds no line to a charger with that order."""

    instead = NO_SUCH_CHARGE, 2


@mutant(breaks="BJ-1.1.11-b", case="already-stopped")
class SaysThatWhatStartsHasStopped(ReferenceServer):
    """Takes whatever does not charge for stopped, also what is about to begin."""

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        starting = session is not None and not session.began
        return super().stop_fail_reason(session, connector) or (ALREADY_STOPPED if starting else 0)


@mutant(breaks="BJ-1.1.11-b", case=("already-stopped", "unknown"))
class RefusesStopsUnderANumberOfItsOwn(ReferenceServer):
    """Answers from the charger's latest order, and has none: the number is its own, with zeros."""

    def query_stop_charge(self, asked: Message) -> Message:
        told = super().query_stop_charge(asked)
        return told | {"StartChargeSeq": f"{self.contract.operator_id}{'0' * 18}"} if told["SuccStat"] else told


@mutant(breaks="BJ-1.1.11-b", case=("already-stopped", "unknown"))
class RefusesStopsAsIfItCharged(_Answers):
    """Writes StartChargeSeqStat 2 where it refuses: what was not stopped must charge."""

    accepted, told = False, ("StartChargeSeqStat", STAT_CHARGING)


# BJ-1.1.11-c


@mutant(breaks="BJ-1.1.11-c", case="accepted")
class StopsWithAReason(_Answers):
    """Fills FailReason from the state before: it has not stopped already."""

    accepted, told = True, ("FailReason", ALREADY_STOPPED)


@mutant(breaks="BJ-1.1.11-c", case="accepted", also={"BJ-SEQ": "a session is stopped by the platform"})
class SaysNoAndStops(ReferenceServer):
    """Waits a moment for the charger's word, says that it failed when there is none, and stops all the same."""

    def query_stop_charge(self, asked: Message) -> Message:
        told = super().query_stop_charge(asked)
        return told if told["SuccStat"] else told | {"SuccStat": 1, "FailReason": 9}


@mutant(breaks="BJ-1.1.11-c", case="stat")
class StopsAndSaysThatItCharges(_Answers):
    """Answers with the state before the stop."""

    accepted, told = True, ("StartChargeSeqStat", STAT_CHARGING)


@mutant(breaks="BJ-1.1.11-c", case="echo")
class EchoesTheConnector(ReferenceServer):
    """Fills StartChargeSeq from the wrong field of the question."""

    def query_stop_charge(self, asked: Message) -> Message:
        told = super().query_stop_charge(asked)
        return told | {"StartChargeSeq": f"{asked['ConnectorID']:0<27}"} if told["SuccStat"] == 0 else told


@mutant(breaks="BJ-1.1.11-c", case="ends")
class StopsMinutesLater(ReferenceServer):
    """Answers, and puts the command into a queue that is emptied every few minutes."""

    async def command_stop(self, session: Session) -> None:
        await self.sleep_s(150)
        await super().command_stop(session)


@mutant(breaks="BJ-1.1.11-c", case="ends")
class StopsNothingThatHasNotBegun(ReferenceServer):
    """Accepts a stop while the charger starts, finds no charge to stop, and forgets it."""

    def begin_stop(self, session: Session) -> None:
        if session.began:
            super().begin_stop(session)


# BJ-1.1.12-a


@mutant(breaks="BJ-1.1.12-a", case=EVERY_END, also=OVERTAKEN)
class TellsOfTheEndWithTheNextRound(ReferenceServer):
    """Looks for ended charges every quarter of a minute."""

    async def report_stop_result(self, session: Session) -> None:
        await self.sleep_s(15)
        await super().report_stop_result(session)


@mutant(breaks="BJ-1.1.12-a", case=("by-user", "full", "fault", "disconnected"))
class TellsOnlyOfEndsThatWereAskedFor(ReferenceServer):
    """Takes the stop result for the answer to the platform's stop."""

    async def report_stop_result(self, session: Session) -> None:
        if session.stop_reason == STOPPED_BY_PLATFORM:
            await super().report_stop_result(session)


class _Results(ReferenceServer):
    """Writes something else into the stop result."""

    instead: tuple[str, int]

    def stop_result(self, session: Session) -> Message:
        field, value = self.instead
        return super().stop_result(session) | {field: value}


@mutant(breaks="BJ-1.1.12-a", case=EVERY_END)
class TellsTheEndAsAFailure(_Results):
    """SuccStat says 1: it charges no more."""

    instead = "SuccStat", 1


@mutant(breaks="BJ-1.1.12-a", case="by-platform")
class TellsTheEndWithAReason(_Results):
    """Fills FailReason when the result is due: by then it has stopped already."""

    instead = "FailReason", ALREADY_STOPPED


@mutant(breaks="BJ-1.1.12-a", case=EVERY_END)
class TellsTheEndAsStopping(_Results):
    """Writes the state that it has on the stop command, 3."""

    instead = "StartChargeSeqStat", STAT_STOPPING


@mutant(
    breaks="BJ-1.1.12-a",
    case="not-before",
    also={
        "BJ-ORD-a": "statuses and the answers to stops go on after it",
        "BJ-ORD-b": "it is stopping after it has ended",
        "CEC-RES-a": "the end itself it tells too, also where what it told before was refused",
    },
)
class TellsTheEndWhenItIsAskedFor(ReferenceServer):
    """Takes the charger's receipt of the command for the end."""

    def begin_stop(self, session: Session) -> None:
        super().begin_stop(session)
        self.begin_duty(self.report_stop_result(session))


# BJ-1.1.12-b


@mutant(
    breaks="BJ-1.1.12-b",
    case="in-time",
    also={"BJ-1.1.12-a": "that is not at once"} | OVERTAKEN,
)
class TellsOfStopsAMinuteLate(ReferenceServer):
    """Sends stop results with the next round of a job that goes once a minute."""

    async def report_stop_result(self, session: Session) -> None:
        await self.sleep_s(60)
        await super().report_stop_result(session)


# CEC-ENV-m


@mutant(breaks="CEC-ENV-m", case="query_stop_charge")
class RefusesStopsWithoutAState(ReferenceServer):
    """Leaves StartChargeSeqStat out where it refuses a stop, as that changes nothing."""

    def query_stop_charge(self, asked: Message) -> Message:
        told = super().query_stop_charge(asked)
        return {name: value for name, value in told.items() if name != "StartChargeSeqStat" or not told["SuccStat"]}


@mutant(breaks="CEC-ENV-m", case="notification_stop_charge_result")
class TellsStopsWithoutAReason(ReferenceServer):
    """Sends FailReason null, as nothing failed."""

    def stop_result(self, session: Session) -> Message:
        return super().stop_result(session) | {"FailReason": None}
