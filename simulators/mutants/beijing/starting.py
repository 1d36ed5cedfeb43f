"""Defects of 1.1.7 and 1.1.8: how the platform's start is answered, and what is told of it."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.city.known import (
    STAT_CHARGING,
    STAT_ENDED,
    STAT_STARTING,
    STAT_STOPPING,
    STAT_UNKNOWN,
    Session,
)
from simulators.reference.city.remote import CONNECTOR_OFFLINE, FAULTY, IN_USE, NO_SUCH_CONNECTOR
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

FORGETS_EVERY = 3


# BJ-1.1.7-b


class _Reasons(ReferenceServer):
    """Answers another reason in place of a right one, or none at all."""

    instead: tuple[int, int]  # the right one, and what it says

    def start_fail_reason(self, connector: str) -> int:
        reason = super().start_fail_reason(connector)
        right, said = self.instead
        return said if reason == right else reason


@mutant(breaks="BJ-1.1.7-b", case="unknown")
class SaysThatUnknownConnectorsAreOffline(_Reasons):
    """Asks its gateway for the connector, which has no line to it."""

    instead = NO_SUCH_CONNECTOR, CONNECTOR_OFFLINE


@mutant(breaks="BJ-1.1.7-b", case="unknown")
class NumbersUnknownConnectorsItself(_Reasons):
    """Has an error table of its own, in which 1 is something else."""

    instead = NO_SUCH_CONNECTOR, 17


@mutant(breaks="BJ-1.1.7-b", case="offline")
class SaysThatOfflineIsFaulty(_Reasons):
    """Knows chargers that work and chargers that don't."""

    instead = CONNECTOR_OFFLINE, FAULTY


@mutant(breaks="BJ-1.1.7-b", case="offline")
class StartsWhatIsOffline(_Reasons):
    """Takes the start and puts it into the queue of the charger, which nobody empties."""

    instead = CONNECTOR_OFFLINE, 0


@mutant(breaks="BJ-1.1.7-b", case="faulty")
class StartsWhatIsFaulty(_Reasons):
    """Leaves it to the charger to refuse."""

    instead = FAULTY, 0


@mutant(breaks="BJ-1.1.7-b", case="faulty")
class SaysThatFaultyIsOffline(_Reasons):
    """A charger that cannot be used is offline, as its list of connectors shows it."""

    instead = FAULTY, CONNECTOR_OFFLINE


@mutant(breaks="BJ-1.1.7-b", case="in-use")
class SaysThatWhatIsInUseDoesNotExist(_Reasons):
    """Looks for a free charger of that id, and finds none."""

    instead = IN_USE, NO_SUCH_CONNECTOR


@mutant(breaks="BJ-1.1.7-b", case=("unknown", "offline", "faulty", "in-use"))
class RefusesByRetAlone(ReferenceServer):
    """Answers every refused start with SuccStat 1 and FailReason 0: the reason stands in Msg."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"FailReason": 0}


@mutant(
    breaks="BJ-1.1.7-b",
    case="nothing-started",
    also={
        "BJ-1.1.2-a": "nobody tells of what was started so",
        "BJ-1.1.8-b": "nobody tells of what was started so",
        "BJ-1.1.10-a": "nobody tells of what was started so",
        "BJ-1.1.14-a": "nobody tells of what was started so",
        "BJ-2.2.1-b": "nobody tells of what was started so",
    },
)
class StartsWhatItRefuses(ReferenceServer):
    """Hands the start to the charger first, and checks afterwards."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        if told["SuccStat"] and asked["ConnectorID"] in self.city.chargers:
            self.begin_duty(self.start_all_the_same(asked["ConnectorID"], asked["StartChargeSeq"]))
        return told

    async def start_all_the_same(self, connector: str, seq: str) -> None:
        await self.tell_charger(connector, "start", {"order": seq})


@mutant(breaks="BJ-1.1.7-b", case=("unknown", "offline", "faulty", "in-use"))
class RefusesAsIfItCharged(ReferenceServer):
    """Writes StartChargeSeqStat 2 as a constant: whether it was refused, SuccStat says."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"StartChargeSeqStat": STAT_CHARGING} if told["SuccStat"] else told


@mutant(breaks="BJ-1.1.7-b", case=("unknown", "offline", "faulty", "in-use"))
class RefusesWithoutAConnector(ReferenceServer):
    """Leaves ConnectorID empty where it refuses: the object that it comes from was never filled."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"ConnectorID": ""} if told["SuccStat"] else told


@mutant(breaks="BJ-1.1.7-b", case=("unknown", "offline", "faulty", "in-use"))
class RefusesUnderANumberOfItsOwn(ReferenceServer):
    """Numbers each attempt, and keeps the platform's number for those that it accepts."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"StartChargeSeq": f"{self.contract.operator_id}{'0' * 18}"} if told["SuccStat"] else told


class _TakesStartsOfWhatIsInUse(ReferenceServer):
    """Answers that it starts where somebody charges already, and does nothing."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        if told["FailReason"] != IN_USE or not self.seems_free(asked["ConnectorID"]):
            return told
        return told | {"StartChargeSeqStat": STAT_STARTING, "SuccStat": 0, "FailReason": 0}

    def seems_free(self, connector: str) -> bool:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.7-b", case="in-use")
class TakesStartsWhereACardCharges(_TakesStartsOfWhatIsInUse):
    """Asks the chargers that it can start whether they are in use; of charge boxes it knows none."""

    def seems_free(self, connector: str) -> bool:
        return connector not in self.city.chargers


@mutant(breaks="BJ-1.1.7-b", case="in-use", also={"BJ-1.1.7-d": "nothing comes of the start that it took"})
class TakesStartsWhereSomebodyElseCharges(_TakesStartsOfWhatIsInUse):
    """Looks into its list of the platform's orders, in which nobody else's charges are."""

    def seems_free(self, connector: str) -> bool:
        charger = self.city.chargers.get(connector)
        return charger is not None and charger.session is not None and not charger.session.by_platform


@mutant(breaks="BJ-1.1.7-d", case="follows")
class TakesASecondStartForTheFirst(_TakesStartsOfWhatIsInUse):
    """Takes another order of a connector that is about to start for the same one again, which it answers with yes."""

    def seems_free(self, connector: str) -> bool:
        charger = self.city.chargers.get(connector)
        return charger is not None and charger.session is not None and not charger.session.began


# BJ-1.1.7-c


@mutant(
    breaks="BJ-1.1.7-c",
    case="again",
    also={
        "BJ-1.1.8-a": "the second start result is under the number of the first",
        "BJ-1.1.8-b": "and so are its statuses",
        "BJ-1.1.9-b": "and so are its statuses",
        "BJ-1.1.10-a": "and so are its statuses",
        "BJ-1.1.13-a": "the second order is under the number of the first",
        "BJ-1.1.13-b": "the second order is under the number of the first",
        "BJ-1.1.14-a": "and so is its bonus order",
        "BJ-1.1.14-b": "and so is its bonus order",
        "BJ-2.2.2-a": "and so is its bonus order",
        "BJ-ORD-a": "the second charge begins after the end of the order",
        "BJ-ORD-b": "the second charge begins after the end of the order",
    },
)
class StartsAnEndedOrderAgain(ReferenceServer):
    """Forgets an order once it is over: a start that is repeated late begins anew."""

    def query_start_charge(self, asked: Message) -> Message:
        session = self.city.sessions.get(asked["StartChargeSeq"])
        if session is not None and session.stat == STAT_ENDED:
            del self.city.sessions[session.seq]
        return super().query_start_charge(asked)


# BJ-1.1.7-d


class _Accepted(ReferenceServer):
    """Says something else where a start is accepted."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told if told["SuccStat"] else told | self.accepted(told)

    def accepted(self, told: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.7-d", case="accepted")
class AcceptsWithAReason(_Accepted):
    """Fills FailReason from a variable that was set by an earlier check."""

    def accepted(self, told: Message) -> Message:
        return {"FailReason": FAULTY}


@mutant(breaks="BJ-1.1.7-d", case="accepted")
class StartsOnlyAfterAuth(ReferenceServer):
    """Wants to have been asked for auth just before, though the platform may go without."""

    asked_for: str = ""

    def query_equip_auth(self, asked: Message) -> Message:
        self.asked_for = asked["ConnectorID"]
        return super().query_equip_auth(asked)

    def obstacle(self, connector: str, status: int) -> int:
        return super().obstacle(connector, status) or (0 if self.asked_for == connector else 7)


@mutant(breaks="BJ-1.1.7-d", case="echo")
class EchoesTheEquipment(_Accepted):
    """Answers with the id under which its chargers are kept, which is that of the equipment."""

    def accepted(self, told: Message) -> Message:
        return {"ConnectorID": self.city.by_id[told["ConnectorID"]].equipment}


@mutant(breaks="BJ-1.1.7-d", case="echo")
class EchoesItsOwnNumber(_Accepted):
    """Answers with the number that it gave the charge itself."""

    def accepted(self, told: Message) -> Message:
        return {"StartChargeSeq": self.next_start_charge_seq()}


@mutant(breaks="BJ-1.1.7-d", case="stat", also={"BJ-ORD-b": "asked again while it charges, it says so too"})
class SaysThatTheStateIsUnknown(_Accepted):
    """Nobody can know at once whether it will start, so it answers 5."""

    def accepted(self, told: Message) -> Message:
        return {"StartChargeSeqStat": STAT_UNKNOWN}


@mutant(breaks="BJ-1.1.7-d", case="stat", also={"BJ-ORD-b": "what follows is less"})
class TakesStartingForStopping(_Accepted):
    """Counts the states of an order from another list."""

    def accepted(self, told: Message) -> Message:
        return {"StartChargeSeqStat": STAT_STOPPING}


@mutant(breaks="BJ-1.1.7-d", case="follows")
class ForgetsStarts(ReferenceServer):
    """Loses every third start between its web server and its gateway, and waits for ever."""

    started = 0

    def begin_start(self, session: Session) -> None:
        self.started += 1
        if self.started % FORGETS_EVERY:
            super().begin_start(session)


# BJ-1.1.8-a


@mutant(breaks="BJ-1.1.8-a", case="started", also={"BJ-SEQ": "a session has its start result"})
class NeverTellsThatItBegan(ReferenceServer):
    """Pushes the start result only when a start has failed: the rest is seen from the statuses."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        if stat == STAT_ENDED:
            await super().report_start_result(session, stat)


@mutant(
    breaks="BJ-1.1.8-a",
    case="started",
    also={"CEC-RES-a": "of a start that fails it tells twice, one upon the other, also where the first was refused"},
)
class TellsThatItBeganWhenItIsAsked(ReferenceServer):
    """Takes the charger's receipt of the command for the start."""

    def begin_start(self, session: Session) -> None:
        super().begin_start(session)
        if self.owes_results(session):
            self.begin_duty(self.report_receipt(session))

    async def report_receipt(self, session: Session) -> None:
        await self.sleep_s(1)
        await self.report_start_result(session, STAT_CHARGING)

    def charge_began(self, session: Session) -> None:
        session.began = True
        self.begin_duty(self.report_charge(session))


@mutant(
    breaks="BJ-1.1.8-a",
    case="started",
    also={
        "BJ-ORD-b": "it was over, and charges",
        "CEC-RES-a": "of a start that fails it tells twice, one upon the other, also where the first was refused",
    },
)
class TellsOfFailureAtOnce(ReferenceServer):
    """Counts a charger that does not charge a second after the command as failed; most take longer."""

    def begin_start(self, session: Session) -> None:
        super().begin_start(session)
        if self.owes_results(session):
            self.begin_duty(self.look_once(session))

    async def look_once(self, session: Session) -> None:
        await self.sleep_s(1)
        if not session.began and session.stat != STAT_ENDED:
            await self.report_start_result(session, STAT_ENDED)

    def charge_began(self, session: Session) -> None:
        session.began = True
        self.begin_duty(self.report_charge(session))


@mutant(breaks="BJ-1.1.8-a", case="started")
class TellsTheStartOfTheEquipment(ReferenceServer):
    """Writes the charger's own id where the connector's belongs."""

    def start_result(self, session: Session, stat: int) -> Message:
        return super().start_result(session, stat) | {"ConnectorID": session.socket.equipment}


@mutant(
    breaks="BJ-1.1.8-a",
    case="failed",
    also={"BJ-1.1.7-d": "of a start that failed nothing follows"},
)
class NeverTellsThatItFailed(ReferenceServer):
    """Pushes the start result when charging has begun; when it has not, there is nothing to tell."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        if stat != STAT_ENDED:
            await super().report_start_result(session, stat)


@mutant(
    breaks="BJ-1.1.8-a",
    case="failed",
    also={"BJ-1.1.7-d": "of a start that failed nothing follows"},
)
class TellsFailuresAsStarts(ReferenceServer):
    """Writes Stat 2 as a constant, and the failure into IdentCode."""

    def start_result(self, session: Session, stat: int) -> Message:
        code = "FAILED" if stat == STAT_ENDED else ""
        return super().start_result(session, STAT_CHARGING) | {"IdentCode": code}


@mutant(breaks="BJ-1.1.8-a", case="failed")
class TellsRefusedStartsAsBegun(ReferenceServer):
    """Pushes a start result for every start that it is asked for, and looks at none of its own answers."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        if told["SuccStat"] and asked["StartChargeSeq"] not in self.city.sessions:
            self.begin_duty(self.tell_all_the_same(asked))
        return told

    async def tell_all_the_same(self, asked: Message) -> None:
        await self.sleep_s(3)
        result = {"StartChargeSeqStat": STAT_CHARGING, "StartTime": self.local_time(self.now_ms()), "IdentCode": ""}
        content = {name: asked[name] for name in ("StartChargeSeq", "ConnectorID")} | result
        await self.push_patiently(lambda: self.push("notification_start_charge_result", content))


# BJ-1.1.8-c


@mutant(breaks="BJ-1.1.8-c", case="in-time", also={"BJ-ORD-a": "the statuses don't wait for it"})
class TellsOfStartsAMinuteLate(ReferenceServer):
    """Sends start results with the next round of a job that goes once a minute."""

    async def report_start_result(self, session: Session, stat: int) -> None:
        await self.sleep_s(60)
        await super().report_start_result(session, stat)


# BJ-2.2.1-a, BJ-2.2.2-a


@mutant(
    breaks="BJ-2.2.1-a",
    case=("pushed/platform", "queried/platform"),
    also={"BJ-2.2.2-a": "the order takes the method from where the status has it"},
)
class TakesThePlatformForAnApp(ReferenceServer):
    """The platform is one more app by which charging is started without a card."""

    def charger_charge_model(self, *, by_platform: bool) -> int:
        return 3


@mutant(
    breaks="BJ-2.2.1-a",
    case=("pushed/other", "queried/other"),
    also={"BJ-2.2.2-a": "the order takes the method from where the status has it"},
)
class TakesAnAppForACard(ReferenceServer):
    """Whoever is not the platform is a customer, and customers have cards."""

    def charger_charge_model(self, *, by_platform: bool) -> int:
        return 1 if by_platform else 2


@mutant(breaks="BJ-2.2.2-a", case=("start-method/platform", "start-method/other"))
class WritesACardIntoEveryBonusOrder(ReferenceServer):
    """Writes ChargeModel 2 as a constant: the bonus was first claimed for charges by card."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {self.start_method_field(): 2}


# CEC-ENV-m


@mutant(breaks="CEC-ENV-m", case="query_start_charge")
class RefusesWithStateZero(ReferenceServer):
    """A start that it refuses has no state yet: StartChargeSeqStat 0, which no table knows."""

    def query_start_charge(self, asked: Message) -> Message:
        told = super().query_start_charge(asked)
        return told | {"StartChargeSeqStat": 0} if told["SuccStat"] else told


@mutant(breaks="CEC-ENV-m", case="notification_start_charge_result")
class TellsStartsInIso8601(ReferenceServer):
    """Writes StartTime with a T, as its library does for whoever does not ask for another form."""

    def start_result(self, session: Session, stat: int) -> Message:
        told = super().start_result(session, stat)
        return told | {"StartTime": told["StartTime"].replace(" ", "T")}
