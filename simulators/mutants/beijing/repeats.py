"""Defects of 1.1.13 and 1.1.14 as to repeating what was not taken, and of cec102 1.6."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.mutants.registry import family, mutant
from simulators.reference.city.client import TAKEN, Outcome
from simulators.reference.city.known import Session, Token
from simulators.reference.city.ladder import Ladder
from simulators.reference.city.orders import BONUS_ORDER, ORDER
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

ORDERS, OFTEN, BONUS, RESENDING = "BJ-1.1.13-b", "BJ-1.1.13-c", "BJ-1.1.14-b", "CEC-RES-a"

OF_A_DAY = (*range(150, 1801, 150), *[3600] * 20)  # gaps, in seconds


class Steps(Ladder):
    """Some gaps, one after the other; the last of them for ever, or none after it."""

    def __init__(self, *gaps_s: int, for_ever: bool = True) -> None:
        self._gaps_s, self._for_ever = gaps_s, for_ever

    def gaps_s(self) -> Iterator[int]:
        yield from self._gaps_s
        while self._for_ever:
            yield self._gaps_s[-1]


# Lost

NO_REPEAT_AT_ALL = {OFTEN: "what is lost is not repeated in time either"}
BOTH_ALIKE = {BONUS: "both orders go the same way"}


@mutant(breaks=ORDERS, case="often", also=NO_REPEAT_AT_ALL)
class LosesOrdersAfterTheThirdFailure(ReferenceServer):
    """Tries three times, as everything else that it sends."""

    order_ladder = Steps(150, 300, 450, for_ever=False)


@mutant(breaks=ORDERS, case="often", also=NO_REPEAT_AT_ALL)
class LosesOrdersAfterADay(ReferenceServer):
    """Its queue drops what it could not deliver for a day."""

    order_ladder = Steps(*OF_A_DAY, for_ever=False)


@mutant(breaks=BONUS, case="often")
class LosesBonusOrdersAfterADay(ReferenceServer):
    """Its queue drops bonus orders that it could not deliver for a day."""

    bonus_ladder = Steps(*OF_A_DAY, for_ever=False)


@mutant(breaks=BONUS, case="often")
class LosesBonusOrdersAfterTheFifthFailure(ReferenceServer):
    """Gives a bonus order up after five failures."""

    bonus_ladder = Steps(150, 300, 450, 600, 750, for_ever=False)


class _TakesFailuresForSuccess(ReferenceServer):
    """Settles an order that some failure befell."""

    def is_taken_order(self, outcome: Outcome) -> bool:
        return super().is_taken_order(outcome) or self.looks_taken(outcome)

    def looks_taken(self, outcome: Outcome) -> bool:
        raise NotImplementedError


@mutant(breaks=ORDERS, case="refused", also=NO_REPEAT_AT_ALL | BOTH_ALIKE)
class TakesEveryAnswerForYes(_TakesFailuresForSuccess):
    """Looks at the HTTP status alone: 200 is delivered, whatever Ret says."""

    def looks_taken(self, outcome: Outcome) -> bool:
        return outcome.ret is not None


@mutant(breaks=ORDERS, case="http-error", also=NO_REPEAT_AT_ALL | BOTH_ALIKE)
class NeverRepeatsAfterHttp503(_TakesFailuresForSuccess):
    """Takes any HTTP answer for a delivery."""

    def looks_taken(self, outcome: Outcome) -> bool:
        return outcome.why.startswith("HTTP")


@mutant(breaks=ORDERS, case="unanswered", also=NO_REPEAT_AT_ALL | BOTH_ALIKE)
class NeverRepeatsWhatWasNotAnswered(_TakesFailuresForSuccess):
    """Catches the error of its HTTP client, writes it into a log, and goes on with the next order."""

    def looks_taken(self, outcome: Outcome) -> bool:
        return outcome.ret is None and not outcome.why.startswith("HTTP")


class _LosesBonusOrders(ReferenceServer):
    """The same for the bonus order alone."""

    def is_lost(self, outcome: Outcome) -> bool:
        raise NotImplementedError

    async def deliver_order(self, session: Session, interface: str, content: Message, ladder: Ladder) -> None:
        if interface == BONUS_ORDER:
            outcome = await self.push_in_turn(session, interface, content)
            if outcome.delivered or self.is_lost(outcome):
                return
            await self.sleep_s(150)
        await super().deliver_order(session, interface, content, ladder)


@mutant(breaks=BONUS, case="refused")
class LosesBonusOrdersThatAreRefused(_LosesBonusOrders):
    """Puts a bonus order that the platform refuses into a list for somebody to look at."""

    bonus_ladder = Steps(300, 450, 600, 750, 900, 1050, 1200, 1350, 1500, 1650, 1800, 3600)

    def is_lost(self, outcome: Outcome) -> bool:
        return outcome.ret is not None


@mutant(breaks=BONUS, case="http-error")
class LosesBonusOrdersAtHttp503(_LosesBonusOrders):
    """Takes any HTTP answer for a delivery of a bonus order."""

    bonus_ladder = Steps(300, 450, 600, 750, 900, 1050, 1200, 1350, 1500, 1650, 1800, 3600)

    def is_lost(self, outcome: Outcome) -> bool:
        return outcome.why.startswith("HTTP")


@mutant(breaks=BONUS, case="unanswered")
class LosesBonusOrdersOnTheSecondLine(ReferenceServer):
    """Repeats a bonus order, unless the connection breaks at the repeat."""

    async def push_in_turn(self, session: Session, interface: str, content: Message) -> Outcome:
        outcome = await super().push_in_turn(session, interface, content)
        broke = interface == BONUS_ORDER and outcome.ret is None and not outcome.why.startswith("HTTP")
        return Outcome(0, {"ConfirmResult": 0}) if broke else outcome


@mutant(breaks=ORDERS, case="refused", also=BOTH_ALIKE)
class LosesOrdersOverARestart(ReferenceServer):
    """Keeps the orders that are to be repeated in memory."""

    def resume_orders(self) -> None:
        return


@mutant(breaks=ORDERS, case="refused", also=BOTH_ALIKE)
class LosesOrdersForWhichThereIsNoToken(ReferenceServer):
    """Takes a push that it could not make for one that was made: its client returns nothing, and raises nothing."""

    async def push_once(self, interface: str, content: Message) -> tuple[Outcome, Token | None]:
        outcome, token = await super().push_once(interface, content)
        lost = token is None and interface in (ORDER, BONUS_ORDER)
        return Outcome(TAKEN, {"ConfirmResult": 0}) if lost else outcome, token


# Repeated though taken


class _RepeatsWhatWasTaken(ReferenceServer):
    """Goes one step further up the ladder than it need."""

    again: str

    async def deliver_order(self, session: Session, interface: str, content: Message, ladder: Ladder) -> None:
        await super().deliver_order(session, interface, content, ladder)
        if interface == self.again:
            await self.sleep_s(150)
            await self.push_in_turn(session, interface, content)


@mutant(breaks=ORDERS, case="taken")
class RepeatsOrdersThatWereTaken(_RepeatsWhatWasTaken):
    """Plans the repeat before the push, and does not cancel it."""

    again = ORDER


@mutant(breaks=BONUS, case="taken")
class RepeatsBonusOrdersThatWereTaken(_RepeatsWhatWasTaken):
    """Plans the repeat of a bonus order before its push, and does not cancel it."""

    again = BONUS_ORDER


# The ladder


def _steps(gaps_s: str) -> Ladder:
    return Steps(*map(int, gaps_s.split(", ")))


def _order_ladder(name: str, case: str, gaps_s: str) -> type[ReferenceServer]:
    class Climbing(ReferenceServer):
        order_ladder = _steps(gaps_s)

    return Climbing


family(
    _order_ladder,
    [("EveryHour", "first", "3600"), ("Every200Seconds", "first", "200"), ("SoonInTenMinutes", "second", "150, 600")],
    name="RepeatsOrders{0}",
    story="Repeats an order after {2} s, and so on.",
    breaks=OFTEN,
    case="{1}",
)


@mutant(breaks=OFTEN, case="later", also={ORDERS: "an hour is the longest that a repeat may stay away"})
class RepeatsOrdersThenEveryTwoHours(ReferenceServer):
    """Lets its ladder grow on after an hour."""

    order_ladder = Steps(150, 300, 7200)


def _bonus_ladder(name: str, case: str, gaps_s: str) -> type[ReferenceServer]:
    class Climbing(ReferenceServer):
        bonus_ladder = _steps(gaps_s)

    return Climbing


family(
    _bonus_ladder,
    [
        ("EveryMinute", "first", "60"),
        ("AfterFiveMinutes", "first", "300, 450, 600"),
        ("Every150Seconds", "second", "150"),
        ("ByItsSistersLadder", "first", "15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600"),
        ("InShrinkingGaps", "later", "150, 300, 1800, 600, 300"),
        ("FromTheBeginningAgain", "later", "150, 300, 1800, 3600, 150, 300, 1800, 3600"),
        ("ThenEveryTwoHours", "later", "150, 300, 1800, 3600, 7200"),
    ],
    name="RepeatsBonusOrders{0}",
    story="Repeats a bonus order after {2} s, and so on.",
    breaks=BONUS,
    case="{1}",
)


# What is no order (cec102 1.6)


@mutant(breaks=RESENDING, case="repeated")
class NeverSendsAgain(ReferenceServer):
    """Leaves a state that was refused to the refresh in three hours."""

    status_repeats = 0


@mutant(breaks=RESENDING, case="repeated")
class SendsAgainAtOnce(ReferenceServer):
    """Sends a state again every 5 s until it is taken."""

    status_repeat_s = 5


@mutant(breaks=RESENDING, case="more-than-3")
class SendsAgainThreeTimes(ReferenceServer):
    """Gives up after three repeats."""

    status_repeats = 3


@mutant(breaks=RESENDING, case="repeated")
class NeverSendsResultsAgain(ReferenceServer):
    """Pushes how a start or a stop came out once: the statuses and the order say it too."""

    result_repeats = 0


@mutant(breaks=RESENDING, case="more-than-3")
class SendsResultsAgainThreeTimes(ReferenceServer):
    """Gives up after three repeats of a result."""

    result_repeats = 3


@mutant(breaks=RESENDING, case="repeated")
class NeverSendsChecksAgainThatWereNotAnswered(ReferenceServer):
    """Looks at what the platform answers, and takes no answer, or an HTTP error, for none that is due."""

    def is_checked(self, outcome: Outcome) -> bool:
        return outcome.delivered or outcome.ret is None
