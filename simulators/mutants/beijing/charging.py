"""Defects of 1.1.8 to 1.1.10 and of the order of messages: what is told of a charge while it goes on, and then."""

from __future__ import annotations

from simulators.mutants.beijing.charge_statuses import AnswersOtherwise, in_utc
from simulators.mutants.registry import mutant
from simulators.reference.city.known import (
    BY_CARD,
    BY_OTHER,
    BY_PLATFORM,
    STAT_CHARGING,
    STAT_STARTING,
    STAT_UNKNOWN,
    Session,
)
from simulators.reference.city.orders import ORDER
from simulators.reference.city.parameters import Illegal
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

SLOW_EVERY_S = 70
LATE_S = 120
LONG_MS = 60 * 60 * 1000
NOT_ADVISED = {"BJ-1.1.10-a": "and less often than is advised"}
OWN_TOO = NOT_ADVISED | {"BJ-2.2.1-b": "nor is it what the platform did not start"}
EVERY_ORDER = {"BJ-1.1.13-a": "orders are right in every session"}


# BJ-1.1.8-b, BJ-1.1.10-a


class _Rhythm(ReferenceServer):
    """Tells of charges that were started in one way late, or less often."""

    model: int
    first_after_s = 0
    every_s = 50

    async def report_charge(self, session: Session) -> None:
        if session.charge_model != self.model:
            await super().report_charge(session)
            return
        await self.sleep_s(self.first_after_s)
        while self.is_reported(session):
            await self.push_charge_status(session)
            await self.sleep_s(self.every_s)


@mutant(breaks="BJ-1.1.8-b", case="platform/begun", also=NOT_ADVISED)
class TellsOfThePlatformsChargesLate(_Rhythm):
    """The platform knows what it has started: the first status comes two minutes later."""

    model, first_after_s = BY_PLATFORM, LATE_S


@mutant(breaks="BJ-1.1.8-b", case="platform/kept-up", also=NOT_ADVISED)
class TellsOfThePlatformsChargesEvery70Seconds(_Rhythm):
    """Sleeps a minute between two rounds, each of which takes ten seconds."""

    model, every_s = BY_PLATFORM, SLOW_EVERY_S


@mutant(breaks="BJ-1.1.8-b", case="card/begun", also=OWN_TOO)
class TellsOfChargesByCardLate(_Rhythm):
    """Looks through the transactions of its charge boxes every other minute."""

    model, first_after_s = BY_CARD, LATE_S


@mutant(breaks="BJ-1.1.8-b", case="card/kept-up", also=OWN_TOO)
class TellsOfChargesByCardEvery70Seconds(_Rhythm):
    """Pushes a charge by card when its box has sent new samples, which takes a while."""

    model, every_s = BY_CARD, SLOW_EVERY_S


@mutant(breaks="BJ-1.1.8-b", case="other/begun", also=OWN_TOO)
class TellsOfChargesOfOthersLate(_Rhythm):
    """Collects what its own app started, and tells of it with the next round."""

    model, first_after_s = BY_OTHER, LATE_S


@mutant(breaks="BJ-1.1.8-b", case="other/kept-up", also=OWN_TOO)
class TellsOfChargesOfOthersEvery70Seconds(_Rhythm):
    """Has a slower round for what the platform did not start."""

    model, every_s = BY_OTHER, SLOW_EVERY_S


@mutant(breaks="BJ-1.1.10-a", case="kept-up")
class TellsOfChargesEvery60Seconds(ReferenceServer):
    """Pushes the status every minute, which is demanded, and not every 50 s, which is advised."""

    charge_status_s = 60


@mutant(breaks="BJ-1.1.10-a", case=("begun", "kept-up"))
class TellsOfChargesAMinuteLater(ReferenceServer):
    """Pushes the status every minute, the first one a minute after the start (1.1.8)."""

    charge_status_s = 60

    async def report_charge(self, session: Session) -> None:
        await self.sleep_s(self.charge_status_s)
        await super().report_charge(session)


@mutant(breaks="BJ-1.1.8-b", case="platform/kept-up", also=NOT_ADVISED)
class TellsOfChargesForAnHour(ReferenceServer):
    """Keeps the charges that it tells of in a cache, which forgets them after an hour."""

    def is_reported(self, session: Session) -> bool:
        return super().is_reported(session) and self.now_ms() - session.started_ms < LONG_MS


@mutant(breaks="BJ-1.1.8-b", case="platform/kept-up", also=NOT_ADVISED)
class TellsNothingAfterAFailedStatus(ReferenceServer):
    """The job that tells of a charge dies of the first status that the platform does not take."""

    async def report_charge(self, session: Session) -> None:
        while self.is_reported(session):
            outcome = await self.push_charge_status(session)
            if outcome is not None and not outcome.delivered:
                return
            await self.sleep_s(self.charge_status_s)


# BJ-1.1.9-c


@mutant(breaks="BJ-1.1.9-c", case="unknown")
class AnswersUnknownChargesWith500(ReferenceServer):
    """An order that it does not know is an error in its own code."""

    def asked_session(self, seq: str) -> Session:
        if seq not in self.city.sessions:
            raise Illegal(500, "KeyError")
        return super().asked_session(seq)


# BJ-2.2.1-c


@mutant(breaks="BJ-2.2.1-c", case="form")
class NumbersChargesWithoutItsName(ReferenceServer):
    """Numbers its own charges by the database."""

    def next_start_charge_seq(self) -> str:
        return f"{self.counted_up('StartChargeSeq'):027d}"


@mutant(breaks="BJ-2.2.1-c", case="same", also={"BJ-1.1.9-b": "asked for the passing number it knows nothing of it"})
class NumbersChargesOnceTheyAreWrittenDown(ReferenceServer):
    """Tells of a charge under a passing number until its first sample has brought it into the database."""

    def charge_status_notification(self, session: Session) -> Message:
        told = super().charge_status_notification(session)
        if session.by_platform or session.reading.energy_wh:
            return told
        return told | {"StartChargeSeq": f"{self.contract.operator_id}9{session.seq[-17:]}"}


@mutant(
    breaks="BJ-2.2.1-c",
    case="unique",
    also={
        "BJ-1.1.8-b": "statuses under a number belong to its first charge",
        "BJ-1.1.9-b": "statuses under a number belong to its first charge",
        "BJ-1.1.10-a": "statuses under a number belong to its first charge",
        "BJ-2.2.1-b": "statuses under a number belong to its first charge",
    },
)
class NumbersChargesByTheConnector(ReferenceServer):
    """Pushes its own charges under a number that is made of the connector's."""

    def charge_status_notification(self, session: Session) -> Message:
        told = super().charge_status_notification(session)
        number = f"{self.contract.operator_id}{session.socket.id[-18:]:0>18}"
        return told if session.by_platform else told | {"StartChargeSeq": number}


# BJ-ORD-a, BJ-ORD-b


@mutant(breaks="BJ-ORD-a", case="start-result")
class TellsTheStartAfterTheFirstStatus(ReferenceServer):
    """Two jobs tell of a start, and the one for statuses is the quicker one."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        await self.sleep_s(2)
        await super().report_start_result(session, stat)


@mutant(breaks="BJ-ORD-a", case="stop-result")
class TellsTheStopAfterTheOrder(ReferenceServer):
    """The bill is ready before anybody has looked at the charger's last word."""

    async def report_stop_result(self, session: Session) -> None:
        await self.sleep_s(3)
        await super().report_stop_result(session)


@mutant(
    breaks="BJ-ORD-a",
    case="order",
    also={
        "BJ-SEQ": "what is billed before the end is not what has flowed",
        "BJ-1.1.13-a": "what is billed before the end is not what has flowed",
        "BJ-1.1.13-b": "the right order comes under the same number, and the first was taken",
    },
)
class BillsWhenItIsAskedToStop(ReferenceServer):
    """Writes the order when the platform asks it to stop: what flows until it has stopped is lost."""

    def begin_stop(self, session: Session) -> None:
        super().begin_stop(session)
        self.begin_duty(self.bill_early(session))

    async def bill_early(self, session: Session) -> None:
        await self.push_in_turn(session, ORDER, self.order(session))


@mutant(breaks="BJ-ORD-a", case="after-stop", also={"BJ-ORD-b": "it was over, and charges again"})
class TellsThatItChargesAfterTheEnd(ReferenceServer):
    """One more status was waiting when it ended, and is pushed as it was."""

    def charge_ended(self, session: Session) -> None:
        super().charge_ended(session)
        self.begin_duty(self.tell_once_more(session))

    async def tell_once_more(self, session: Session) -> None:
        await self.sleep_s(1)
        stale = self.charge_status_notification(session) | {"StartChargeSeqStat": STAT_CHARGING}
        async with session.lane:
            await self.push("notification_equip_charge_status", stale)


@mutant(breaks="BJ-ORD-b", case="rises", also={"BJ-1.1.9-b": "it has been charging for minutes"})
class AnswersThatItIsStarting(AnswersOtherwise):
    """Answers with the state in which the order was written down."""

    def instead(self, told: Message) -> Message:
        return {"StartChargeSeqStat": STAT_STARTING}


@mutant(breaks="BJ-ORD-b", case="rises", also={"BJ-1.1.9-b": "nor is it so"})
class DoesNotKnowTheState(AnswersOtherwise):
    """Asks nobody how a charge stands: 5, unknown, is always right."""

    def instead(self, told: Message) -> Message:
        return {"StartChargeSeqStat": STAT_UNKNOWN}


# BJ-SEQ


@mutant(breaks="BJ-SEQ", case="auth", also={"BJ-1.1.5-b": "a charger that is ready is refused, too"})
class AuthenticatesChargeBoxesAlone(ReferenceServer):
    """Looks for the connector among its charge boxes, where it can see the plug."""

    def query_equip_auth(self, asked: Message) -> Message:
        told = super().query_equip_auth(asked)
        ours = asked["ConnectorID"] in self.city.chargers
        return told | {"SuccStat": 1, "FailReason": 2} if ours else told


@mutant(breaks="BJ-SEQ", case="policy", also={"BJ-1.1.6-b": "every connector has its prices"})
class HasNoPolicyWhileAVehicleIsThere(ReferenceServer):
    """Gives the prices of free connectors alone."""

    def query_equip_business_policy(self, asked: Message) -> Message:
        told = super().query_equip_business_policy(asked)
        charger = self.city.chargers.get(asked["ConnectorID"])
        if charger is None or not charger.plugged:
            return told
        return told | {"SuccStat": 1, "FailReason": 2, "SumPeriod": 0, "PolicyInfos": []}


@mutant(breaks="BJ-SEQ", case="status", also={"BJ-1.1.9-b": "what goes on is known"})
class AnswersOnlyForItsOwnCharges(ReferenceServer):
    """Looks an order up among its own numbers: the platform's are kept elsewhere."""

    def asked_session(self, seq: str) -> Session:
        session = super().asked_session(seq)
        if session.by_platform:
            raise Illegal(4004, "unknown StartChargeSeq")
        return session


@mutant(
    breaks="BJ-SEQ",
    case=("start", "stop"),
    also={
        "BJ-1.1.7-d": "of a start that failed nothing follows",
        "BJ-1.1.8-a": "there are no start results",
        "BJ-1.1.12-a": "there are no stop results",
    },
)
class PushesNoResults(ReferenceServer):
    """Leaves the results to the statuses, from which the platform can see them."""

    def owes_results(self, session: Session) -> bool:
        return False


class _Orders(ReferenceServer):
    """Writes something else into the order; the bonus order is right."""

    def order(self, session: Session) -> Message:
        told = super().order(session)
        return told | self.instead(told)

    def instead(self, told: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-SEQ", case="order", also=EVERY_ORDER)
class WritesOneReasonIntoEveryOrder(_Orders):
    """Every charge was stopped by its user, as most are."""

    def instead(self, told: Message) -> Message:
        return {"StopReason": 0}


@mutant(breaks="BJ-SEQ", case="energy", also=EVERY_ORDER)
class WritesWhIntoOrders(_Orders):
    """Its chargers count Wh, and so does the order."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 1000, 2), "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-SEQ", case="money", also=EVERY_ORDER)
class WritesOrdersWithoutTheServiceFee(_Orders):
    """The total of an order is what the electricity cost."""

    def instead(self, told: Message) -> Message:
        return {"TotalMoney": told["TotalElecMoney"]}


@mutant(breaks="BJ-SEQ", case="times", also=EVERY_ORDER)
class WritesOrdersInUtc(_Orders):
    """Writes the time of Greenwich."""

    def instead(self, told: Message) -> Message:
        return {name: in_utc(told[name]) for name in ("StartTime", "EndTime")}
