"""Rules of seed 2.2.1: charge statuses say how charging was started, and come for every charge."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.beijing.cadence import StatusesKeepComing
from conformance.rules.beijing.charges import WHILE_IT_RUNS, Charge
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.truth import METHODS
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.dialect import START_METHOD
from simulators.beijing.messages import ChargeModel
from simulators.evchong.messages import Service

STATUS_EVERY_S = 60  # 1.1.8: about every minute (BJ-X1)


class StatusesSayHowItWasStarted(CityRule):
    """Both charge statuses carry the start method, the right one for each way of starting.

    A numeric string counts as its number here: that it is one is CEC-ENV-m.
    """

    row = "BJ-2.2.1-a"
    listens = frozenset(str(each) for each in WHILE_IT_RUNS)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if charge := self.known.charges.about(seen):
            yield from self._judged(charge, seen)

    def overheard(self, seen: BoxSpoken) -> Iterator[Finding]:
        if seen.service is Service.START_TRANS and (charge := self.known.charges.of(seen)):
            for push in charge.early:
                if push.interface in WHILE_IT_RUNS:
                    yield from self._judged(charge, push)

    def _judged(self, charge: Charge, seen: Spoken) -> Iterator[Finding]:
        if seen.content is None or not (seen.pushed or seen.succeeded):
            return
        told, method = seen.content.get(START_METHOD), charge.method
        yield self.judge(
            number(told) == method,
            f"{'pushed' if seen.pushed else 'queried'}/{METHODS[method]}",
            f"{self.known.pixit.readings.start_method_field} {method.value} ({METHODS[method]})",
            "none" if told is None else repr(told),
            charge.started,
            seen.exchange,
            path=START_METHOD,
        )


class ChargesOfOthersAreKeptUp(StatusesKeepComing):
    """Charging that the platform did not start is pushed too, from its start on and in the same times."""

    row = "BJ-2.2.1-b"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.limit_s = STATUS_EVERY_S + known.pixit.push_at_once_s

    def concerns(self, charge: Charge) -> bool:
        return charge.method is not ChargeModel.PLATFORM
