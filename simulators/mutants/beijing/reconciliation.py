"""Defects of 1.1.15, check_charge_orders."""

from __future__ import annotations

from datetime import datetime

from simulators.mutants.registry import mutant
from simulators.reference.city.charges import STOPPED_BY_PLATFORM
from simulators.reference.city.client import Outcome
from simulators.reference.city.figures import hundredth_kwh, yuan
from simulators.reference.city.known import Session
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

NIGHT, LIST, EMPTY = "BJ-1.1.15-a", "BJ-1.1.15-b", "BJ-1.1.15-c"
HOUR_S = 3600

# When

NOTHING_AT_ALL = {EMPTY: "a day with nothing is not told in its night either"}


@mutant(breaks=NIGHT, case=("in-window", "each-day"), also=NOTHING_AT_ALL)
class ChecksAtFour(ReferenceServer):
    """Runs its nightly jobs at four."""

    check_earliest_s, check_latest_s = 4 * HOUR_S, 4 * HOUR_S + 60


@mutant(breaks=NIGHT, case=("in-window", "each-day"), also=NOTHING_AT_ALL)
class ChecksAtMidnightInGreenwich(ReferenceServer):
    """Its scheduler's midnight is at eight in the morning of Beijing."""

    check_earliest_s, check_latest_s = 8 * HOUR_S, 8 * HOUR_S + 60


@mutant(breaks=NIGHT, case="each-day", also=NOTHING_AT_ALL)
class ChecksBeforeMidnight(ReferenceServer):
    """Closes the day at half past eleven, and pushes it at once."""

    check_earliest_s, check_latest_s = -HOUR_S // 2, -HOUR_S // 2 + 60


@mutant(breaks=NIGHT, case="each-day", also=NOTHING_AT_ALL)
class NeverChecksOrders(ReferenceServer):
    """Has the job, commented out."""

    def open_reconciliation(self) -> None:
        return


@mutant(breaks=NIGHT, case="each-day")
class ChecksOnlyWhatDiffers(ReferenceServer):
    """Pushes a day on which nothing was, and of others only what was not taken at once: nothing."""

    async def check_day(self, day: int) -> None:
        if not self.sessions_to_check(day):
            await super().check_day(day)


# Which orders


@mutant(breaks=LIST, case="foreign")
class ChecksOrdersOfOthersToo(ReferenceServer):
    """Lists all orders of the day."""

    def is_to_check(self, session: Session, day: int) -> bool:
        return self.ended_on(session) == day


@mutant(breaks=LIST, case="foreign", also={EMPTY: "the day with nothing is not empty"})
class ChecksAllThatEverWas(ReferenceServer):
    """Lists every order that the platform ever started."""

    def is_to_check(self, session: Session, day: int) -> bool:
        return session.by_platform


@mutant(breaks=LIST, case="foreign")
class ChecksOverMidnightTwice(ReferenceServer):
    """Lists a charge over midnight under the day of its start and under that of its end."""

    def moment_of_check_ms(self, day: int) -> int:
        return self.day_begins_ms(day + 1) + 2 * HOUR_S * 1000

    def is_to_check(self, session: Session, day: int) -> bool:
        return session.by_platform and day in (self.local_day(session.started_ms), self.ended_on(session))


@mutant(breaks=LIST, case="complete")
class ChecksAllButTheLast(ReferenceServer):
    """Is off by one."""

    def sessions_to_check(self, day: int) -> list[Session]:
        return super().sessions_to_check(day)[:-1]


@mutant(breaks=LIST, case="complete")
class ChecksWhatThePlatformDidNotStop(ReferenceServer):
    """Lists what the platform started and somebody else ended."""

    def is_to_check(self, session: Session, day: int) -> bool:
        return super().is_to_check(session, day) and session.stop_reason != STOPPED_BY_PLATFORM


@mutant(breaks=LIST, case="complete")
class ChecksByStartTimeRightAfterMidnight(ReferenceServer):
    """Lists what began on the day and is over at five past twelve; what ends later is in no list."""

    def moment_of_check_ms(self, day: int) -> int:
        return self.day_begins_ms(day + 1) + 300_000

    def is_to_check(self, session: Session, day: int) -> bool:
        return session.by_platform and self.local_day(session.started_ms) == day


@mutant(breaks=LIST, case="complete")
class ChecksTheDayBeforeYesterday(ReferenceServer):
    """Waits for the bills of a day for one night more, and lists the night's own day as empty."""

    def sessions_to_check(self, day: int) -> list[Session]:
        return []


# Sums


class _Sums(ReferenceServer):
    """Changes what is said of the whole list."""

    def check(self, day: int) -> Message:
        told = super().check(day)
        return told | self.wrong(told, self.sessions_to_check(day))

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        raise NotImplementedError


@mutant(breaks=LIST, case="count")
class CountsOnlyEarlierOrders(_Sums):
    """Writes the index of the last order into OrderCount."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {"OrderCount": max(0, len(sessions) - 1)}


@mutant(breaks=LIST, case="power")
class SumsPowerInWh(_Sums):
    """Adds up registers."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {"TotalOrderPower": float(sum(hundredth_kwh(each.reading.energy_wh) * 10 for each in sessions))}


@mutant(breaks=LIST, case="money")
class SumsElectricityAlone(_Sums):
    """Leaves the service fee out of TotalOrderMoney."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {"TotalOrderMoney": yuan(sum(self.price_so_far(each).electricity_fen for each in sessions))}


@mutant(breaks=LIST, case="amounts")
class ChecksElectricityAlone(ReferenceServer):
    """Lists and sums what the electricity of each order cost."""

    def total_fen(self, session: Session) -> int:
        return self.price_so_far(session).electricity_fen


@mutant(breaks=LIST, case="amounts")
class ChecksTheFirstOrdersAmounts(ReferenceServer):
    """Fills every line of the list from the first order."""

    def check(self, day: int) -> Message:
        told = super().check(day)
        lines = told["ChargeOrders"]
        same = [{**lines[0], "StartChargeSeq": line["StartChargeSeq"]} for line in lines]
        return told | {
            "ChargeOrders": same,
            "TotalOrderPower": round(sum(line["TotalPower"] for line in same), 2),
            "TotalOrderMoney": round(sum(line["TotalMoney"] for line in same), 2),
        }


# Its period and its number


@mutant(breaks=LIST, case="period")
class ChecksPeriodsInTwelveHours(_Sums):
    """Formats the times of the period with hh, which is HH until noon."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        fields = ("StartTime", "EndTime")
        return {each: datetime.fromisoformat(told[each]).strftime("%Y-%m-%d %I:%M:%S") for each in fields}


@mutant(breaks=LIST, case="period")
class ChecksPeriodsBackwards(_Sums):
    """Fills the period from a list of orders that begins with the latest."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {"StartTime": told["EndTime"], "EndTime": told["StartTime"]}


@mutant(breaks=LIST, case="period")
class ChecksEveryDayUnderOneNumber(_Sums):
    """Has one CheckOrderSeq in its settings."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {"CheckOrderSeq": f"{self.contract.operator_id}{1:018}"}


# Empty days


@mutant(breaks=EMPTY, case="pushed")
class SendsNoChecksOfEmptyDays(ReferenceServer):
    """Pushes nothing where there is nothing to push."""

    async def check_day(self, day: int) -> None:
        if self.sessions_to_check(day):
            await super().check_day(day)


@mutant(breaks=EMPTY, case="zero", also={LIST: "a list of nothing counts one"})
class CountsOneOnEmptyDays(_Sums):
    """Counts from 1."""

    def wrong(self, told: Message, sessions: list[Session]) -> Message:
        return {} if sessions else {"OrderCount": 1}


# CEC-ENV-m


@mutant(
    breaks="CEC-ENV-m",
    case="check_charge_orders",
    also={"CEC-RES-a": "a check that comes again under another number is another one"},
)
class NumbersChecksAfterTheFirstAttempt(ReferenceServer):
    """Takes CheckOrderSeq from its table of what was sent, in which a check stands once it was."""

    async def push_check(self, content: Message) -> Outcome:
        if self.city.kept.get("sent", content["CheckOrderSeq"]):
            return await super().push_check(content)
        self.city.kept.put("sent", content["CheckOrderSeq"], True)
        return await super().push_check(content | {"CheckOrderSeq": ""})
