"""Defects of 1.1.13 and 1.1.14 as to when an order is pushed first and what it says; of 1.1.2 as to its three hours."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.app_api import OFFLINE
from simulators.reference.city.charges import STOPPED_BY_FAULT, STOPPED_BY_PLATFORM
from simulators.reference.city.figures import date_time
from simulators.reference.city.known import BY_PLATFORM, News, Session
from simulators.reference.city.ladder import Ladder
from simulators.reference.city.orders import BONUS_ORDER, ORDER, Debt
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import Socket

LOOKS_EVERY_S = 5
ORDERS, BONUS, REFRESH = "BJ-1.1.13-a", "BJ-1.1.14-a", "BJ-1.1.2-b"

# When


class _OwesLate(ReferenceServer):
    """Pushes the orders of one interface some time after the bill."""

    late: str
    late_s: int

    def owe(self, session: Session, interface: str) -> None:
        late_s = self.late_s if interface == self.late else 0
        self.note_debt(Debt(session.seq, interface, self.now_ms() + late_s * 1000))


@mutant(breaks=ORDERS, case="in-time")
class OrdersAfter200Seconds(_OwesLate):
    """Collects orders, and pushes what has collected 200 s after the bill."""

    late, late_s = ORDER, 200


@mutant(breaks=ORDERS, case="in-time")
class PushesNoOrders(ReferenceServer):
    """Pushes the bonus order alone, since it says the same and more."""

    def owes_order(self, session: Session) -> bool:
        return False


@mutant(breaks=ORDERS, case="in-time")
class OrdersOnlyWhatThePlatformStopped(ReferenceServer):
    """Makes the order from the answer to query_stop_charge, so a charge that ended otherwise has none."""

    def owes_order(self, session: Session) -> bool:
        return super().owes_order(session) and session.stop_reason == STOPPED_BY_PLATFORM


@mutant(breaks=BONUS, case=("card", "platform", "other"))
class BonusOrdersAfter200Seconds(_OwesLate):
    """Collects bonus orders, and pushes what has collected 200 s after the bill."""

    late, late_s = BONUS_ORDER, 200


@mutant(breaks=BONUS, case=("card", "other"))
class BonusOrdersOfThePlatformAlone(ReferenceServer):
    """Claims the bonus for what the platform started, as with all other orders."""

    def claims_bonus(self, session: Session) -> bool:
        return super().claims_bonus(session) and session.charge_model == BY_PLATFORM


@mutant(breaks=BONUS, case="platform")
class SendsNoBonusOrdersOfThePlatform(ReferenceServer):
    """Does not push an order twice: the platform has its own already."""

    def claims_bonus(self, session: Session) -> bool:
        return super().claims_bonus(session) and session.charge_model != BY_PLATFORM


class _OneAtATime(ReferenceServer):
    """Delivers the orders of one interface in a queue, whose first stays in it until it is taken."""

    queued: str
    at_work = False

    async def deliver_order(self, session: Session, interface: str, content: Message, ladder: Ladder) -> None:
        if interface != self.queued:
            return await super().deliver_order(session, interface, content, ladder)
        while self.at_work:
            await self.sleep_s(LOOKS_EVERY_S)
        self.at_work = True
        try:
            await super().deliver_order(session, interface, content, ladder)
        finally:
            self.at_work = False


@mutant(breaks=ORDERS, case="in-time")
class DeliversOneOrderAtATime(_OneAtATime):
    """Has one worker for orders, which repeats the one in hand until it is taken; the next ones wait."""

    queued = ORDER


@mutant(breaks=BONUS, case="card")
class DeliversOneBonusOrderAtATime(_OneAtATime):
    """Has one worker for bonus orders, which repeats the one in hand until it is taken; the next ones wait."""

    queued = BONUS_ORDER


# What


class _Says(ReferenceServer):
    """Changes the order, and leaves the bonus order alone."""

    def order(self, session: Session) -> Message:
        told = super().order(session)
        return told | self.wrong(session, told)

    def wrong(self, session: Session, told: Message) -> Message:
        raise NotImplementedError


IN_THE_SESSION = {"BJ-SEQ": "the order ends the session that it tests"}


@mutant(breaks=ORDERS, case="energy", also=IN_THE_SESSION)
class TellsPlainOrdersInWh(_Says):
    """Passes the register's unit on."""

    def wrong(self, session: Session, told: Message) -> Message:
        return {"TotalPower": float(session.reading.energy_wh)}


@mutant(breaks=ORDERS, case="money", also=IN_THE_SESSION)
class TellsPlainOrdersWithoutServiceFee(_Says):
    """Writes the electricity fee into TotalMoney."""

    def wrong(self, session: Session, told: Message) -> Message:
        return {"TotalMoney": told["TotalElecMoney"]}


@mutant(breaks=ORDERS, case="times", also=IN_THE_SESSION)
class TellsPlainOrdersInUtc(_Says):
    """Writes the times of the order as its database has them."""

    def wrong(self, session: Session, told: Message) -> Message:
        return {"StartTime": date_time(session.started_ms, 0), "EndTime": date_time(session.reading.at_ms, 0)}


@mutant(breaks=ORDERS, case="identifiers", also=IN_THE_SESSION)
class TellsPlainOrdersOfTheEquipment(_Says):
    """Writes the equipment's number into ConnectorID: most have one connector."""

    def wrong(self, session: Session, told: Message) -> Message:
        return {"ConnectorID": session.socket.equipment}


@mutant(breaks=ORDERS, case="fields", also=IN_THE_SESSION)
class BlamesFaultsInPlainOrders(_Says):
    """Writes StopReason 3 into every order."""

    def wrong(self, session: Session, told: Message) -> Message:
        return {"StopReason": STOPPED_BY_FAULT}


# Three hours


@mutant(breaks=REFRESH, case=("online", "offline"))
class RefreshesEvery4Hours(ReferenceServer):
    """Pushes all states six times a day."""

    status_refresh_s = 4 * 3600


@mutant(breaks=REFRESH, case=("online", "offline"))
class NeverRefreshesStates(ReferenceServer):
    """Pushes changes, and nothing else."""

    def refresh_status(self, socket: Socket, news: News) -> None:
        return


@mutant(breaks=REFRESH, case="offline")
class RefreshesWhatIsOnline(ReferenceServer):
    """Asks its chargers every three hours, and pushes what they say; those that say nothing are passed over."""

    def refresh_status(self, socket: Socket, news: News) -> None:
        if news.status != OFFLINE:
            super().refresh_status(socket, news)


@mutant(breaks=REFRESH, case="online")
class RefreshesWhatIsOffline(ReferenceServer):
    """Reminds the platform of what is out of order; all else is well."""

    def refresh_status(self, socket: Socket, news: News) -> None:
        if news.status == OFFLINE:
            super().refresh_status(socket, news)


# CEC-ENV-m


@mutant(breaks="CEC-ENV-m", case="notification_charge_order_info")
class WritesTheReasonOfFaultsAsText(ReferenceServer):
    """Sends the charger's own error text where a fault ended the charge, as that tells more than a number."""

    def order(self, session: Session) -> Message:
        told = super().order(session)
        return told | {"StopReason": "ground failure"} if told["StopReason"] == STOPPED_BY_FAULT else told
