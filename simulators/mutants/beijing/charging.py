"""Defects of 1.1.8 to 1.1.10 and of the order of messages: what is told of a charge while it goes on, and then."""

from __future__ import annotations

from datetime import datetime, timedelta

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
NOT_ADVISED = {"BJ-1.1.10-a": "and less often than is advised"}
OWN_TOO = NOT_ADVISED | {"BJ-2.2.1-b": "nor is it what the platform did not start"}
EVERY_ORDER = {"BJ-1.1.13-a": "orders are right in every session"}
HOURS_OFF = 8
MOMENT = "%Y-%m-%d %H:%M:%S"


def in_utc(told: str) -> str:
    """A moment as a server writes it that does not know where it stands."""
    return (datetime.strptime(told, MOMENT) - timedelta(hours=HOURS_OFF)).strftime(MOMENT)  # noqa: DTZ007 - it has none


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


# BJ-1.1.9-b


class _Answers(ReferenceServer):
    """Answers the platform's question for the state of a charge with something else."""

    def query_equip_charge_status(self, asked: Message) -> Message:
        told = super().query_equip_charge_status(asked)
        return told | self.instead(told)

    def instead(self, told: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.9-b", case="energy")
class AnswersWithEnergyInWh(_Answers):
    """Its chargers count Wh, and so does the answer."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 1000, 2)}


@mutant(breaks="BJ-1.1.9-b", case="energy")
class AnswersWithLessThanHasFlowed(_Answers):
    """Counts the energy of the last tariff period but one, whatever has flowed since."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 0.8, 2)}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithMoneyInFen(_Answers):
    """Its accounts are in fen, and so is the answer."""

    def instead(self, told: Message) -> Message:
        return {name: round(told[name] * 100, 2) for name in ("ElecMoney", "SeviceMoney", "TotalMoney")}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithoutTheServiceFee(_Answers):
    """Puts the electricity fee into the total, and knows the service fee only once there is a bill."""

    def instead(self, told: Message) -> Message:
        return {"SeviceMoney": 0, "TotalMoney": told["ElecMoney"], "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersInUtc(_Answers):
    """Writes the time of Greenwich."""

    def instead(self, told: Message) -> Message:
        return {name: in_utc(told[name]) for name in ("StartTime", "EndTime")}


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersAsItBegan(_Answers):
    """Answers from what was written down when it began: EndTime is StartTime."""

    def instead(self, told: Message) -> Message:
        nothing = dict.fromkeys(("TotalPower", "ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return nothing | {"EndTime": told["StartTime"], "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="rising")
class AnswersFromTwoReplicas(_Answers):
    """Every second question reaches a replica that has heard of the start, and of nothing since."""

    asked_so_often = 0

    def instead(self, told: Message) -> Message:
        self.asked_so_often += 1
        nothing = dict.fromkeys(("TotalPower", "ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return nothing | {"SumPeriod": 0, "ChargeDetails": []} if self.asked_so_often % 2 == 0 else {}


@mutant(breaks="BJ-1.1.9-b", case="rising")
class AnswersWithWhatIsReserved(_Answers):
    """Tells what it has reserved of the driver's money, which shrinks as the battery fills: less with each answer."""

    first_yuan = 100

    def instead(self, told: Message) -> Message:
        reserved = max(0, self.first_yuan - told["TotalMoney"])
        return {"ElecMoney": reserved, "SeviceMoney": 0, "TotalMoney": reserved, "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="sums")
class AnswersWithAnotherNumberOfDetails(_Answers):
    """Counts the details from 0."""

    def instead(self, told: Message) -> Message:
        return {"SumPeriod": max(0, told["SumPeriod"] - 1)}


@mutant(breaks="BJ-1.1.9-b", case="sums")
class AnswersWithTheDiscountInTheTotal(_Answers):
    """Takes a voucher of 0.01 yuan from the total, and leaves the two halves as they are."""

    def instead(self, told: Message) -> Message:
        return {"TotalMoney": round(max(0, told["TotalMoney"] - 0.01), 2)}


@mutant(breaks="BJ-1.1.9-b", case="pushed")
class PushesEnergyInWh(ReferenceServer):
    """Its chargers count Wh, and so does what it pushes."""

    def charge_status_notification(self, session: Session) -> Message:
        told = super().charge_status_notification(session)
        return told | {"TotalPower": round(told["TotalPower"] * 1000, 2)}


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


@mutant(
    breaks="BJ-2.2.1-c",
    case="same",
    also={
        "BJ-1.1.14-a": "of a charge by its first number no order ever comes",
        "BJ-1.1.14-b": "of two charges in one second the numbers no longer say which is which",
    },
)
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


@mutant(breaks="BJ-ORD-b", case="rises")
class AnswersThatItIsStarting(_Answers):
    """Answers with the state in which the order was written down."""

    def instead(self, told: Message) -> Message:
        return {"StartChargeSeqStat": STAT_STARTING}


@mutant(breaks="BJ-ORD-b", case="rises")
class DoesNotKnowTheState(_Answers):
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


@mutant(breaks="BJ-SEQ", case="status")
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
