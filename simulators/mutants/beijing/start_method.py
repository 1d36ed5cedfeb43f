"""Defects of 2.2.1: how a charge was started, and whether the platform hears of it while it runs."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.city.known import BY_OTHER, BY_PLATFORM, Session
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message, Transaction

UNKNOWN = 0  # ChargeModel, 4.3
SAME_METHOD = "the order takes the method from where the status has it"
LESS_OFTEN = {
    "BJ-1.1.8-b": "what holds for the platform's charges holds for all",
    "BJ-1.1.10-a": "and less often than is advised",
}

# BJ-2.2.1-a


@mutant(breaks="BJ-2.2.1-a", case="pushed/card", also={"CEC-ENV-m": "ChargeModel is mandatory in Beijing"})
class WritesChargeStatusesByTheStandardAlone(ReferenceServer):
    """Sends the status as T/CEC 102 prints it: the start method is Beijing's addition."""

    def charge_status(self, session: Session) -> Message:
        status = super().charge_status(session)
        del status[self.start_method_field()]
        return status


@mutant(breaks="BJ-2.2.1-a", case="queried/card", also={"CEC-ENV-m": "ChargeModel is mandatory in Beijing"})
class AnswersWithoutTheStartMethod(ReferenceServer):
    """Added the start method to the push while it went live, and forgot the query."""

    def query_equip_charge_status(self, asked: Message) -> Message:
        status = super().query_equip_charge_status(asked)
        del status[self.start_method_field()]
        return status


@mutant(
    breaks="BJ-2.2.1-a",
    case=("pushed/card", "queried/card"),
    also={"BJ-2.2.2-a": SAME_METHOD},
)
class SaysThePlatformStartedEverything(ReferenceServer):
    """Writes ChargeModel 1 as a constant: the test app had started every charge that was ever tried."""

    def charge_model(self, transaction: Transaction) -> int:
        return BY_PLATFORM


@mutant(
    breaks="BJ-2.2.1-a",
    case=("pushed/card", "queried/card"),
    also={"BJ-2.2.2-a": SAME_METHOD},
)
class DoesNotKnowHowItWasStarted(ReferenceServer):
    """Writes ChargeModel 0, unknown, as nobody asked what the field was for."""

    def charge_model(self, transaction: Transaction) -> int:
        return UNKNOWN


@mutant(
    breaks="BJ-2.2.1-a",
    case=("pushed/card", "queried/card"),
    also={"BJ-2.2.2-a": SAME_METHOD},
)
class TakesCardsForAnApp(ReferenceServer):
    """Knows the platform's charges and others: what is not 1 is 3."""

    def charge_model(self, transaction: Transaction) -> int:
        return BY_OTHER


@mutant(breaks="BJ-2.2.1-a", case="pushed/card")
class PushesAnotherMethodThanItAnswers(ReferenceServer):
    """Builds the push from a class of its own, whose start method stands at its default."""

    def charge_status_notification(self, session: Session) -> Message:
        return super().charge_status_notification(session) | {self.start_method_field(): UNKNOWN}


# BJ-2.2.1-b


@mutant(breaks="BJ-2.2.1-b", case="kept-up", also=LESS_OFTEN)
class TellsOfChargesEvery70Seconds(ReferenceServer):
    """Sleeps a minute between two rounds, each of which takes ten seconds."""

    charge_status_s = 70


@mutant(breaks="BJ-2.2.1-b", case="kept-up", also=LESS_OFTEN)
class TellsOfChargesEveryTwoMinutes(ReferenceServer):
    """Pushes as often as the platform may ask (1.1.9)."""

    charge_status_s = 120


@mutant(breaks="BJ-2.2.1-b", case="begun", also=LESS_OFTEN)
class TellsOnlyOfThePlatformsCharges(ReferenceServer):
    """Pushes the status of what the platform started, which is how the interface stands in T/CEC 102."""

    def is_reported(self, session: Session) -> bool:
        return session.charge_model == BY_PLATFORM and super().is_reported(session)


@mutant(breaks="BJ-2.2.1-b", case="begun", also=LESS_OFTEN)
class TellsOfChargesTwoMinutesLate(ReferenceServer):
    """Looks for new charges every other minute; from then on it keeps time."""

    async def report_charge(self, session: Session) -> None:
        await self.sleep_s(120)
        await super().report_charge(session)


@mutant(breaks="BJ-2.2.1-b", case="kept-up", also=LESS_OFTEN)
class TellsOfAChargeOnce(ReferenceServer):
    """Pushes the status when charging begins, and takes the platform's queries for the rest."""

    async def report_charge(self, session: Session) -> None:
        await self.push_charge_status(session)
