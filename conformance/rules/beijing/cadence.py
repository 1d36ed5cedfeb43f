"""How often the city hears of a charge while it runs: from its start on, never longer apart than a limit (BJ-X1).

Gaps are judged once they are over: by the next status, by the stop, by the end of the run. A status may be on its way
before the box has the answer to its start, and so may a stop; at these moments nobody can say yet what is overdue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.finding import Finding
from conformance.rules.beijing.charges import BoxCharge, Charge, ChargerCharge
from conformance.rules.beijing.general import PUSHES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import Event, Word
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.evchong.known import Stage
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import Interface
from simulators.evchong.messages import Service
from simulators.journal.records import Exchange, Fact
from simulators.world.city import Socket

STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS
AFTER_A_RESTART = "server-restarted"
AFTER_A_REFUSAL_S = 60  # what failed may be sent again about a minute later (cec102 1.6), before anything newer


@dataclass(slots=True)
class Watch:
    """A charge that runs. ``latest``: its start, then each status. ``disturbed``: the gap since it counts for nothing.

    So it is with a gap in which the city refused something by plan, or sent what nobody could read, or in which
    the box was silent for so long that the server may have believed the charge over, or the charger was cut off.
    ``refused``: of the charge itself the latest status, in so many words; the gap may be longer, and not endless.
    """

    charge: Charge
    latest: Exchange | Fact
    latest_ms: int
    told: bool = False
    disturbed: bool = False
    refused: bool = False


class StatusesKeepComing(CityRule):
    """Statuses of each charge that this row ``concerns``: the first, and then each next, within ``limit_s``."""

    listens = PUSHES | {"network-lost", AFTER_A_RESTART}
    limit_s: float
    first, following = "begun", "kept-up"  # cases

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._watched: dict[Charge, Watch] = {}
        self._heard_ms: dict[str, int] = {}  # box -> its last sign of life
        self._now_ms = 0

    def concerns(self, charge: Charge) -> bool:
        """Whether this row is about a charge."""
        raise NotImplementedError

    def case(self, watch: Watch) -> str:
        """The case of the gap that has just gone by."""
        return self.following if watch.told else self.first

    # What happens

    def overheard(self, seen: BoxSpoken) -> Iterator[Finding]:
        self._disturb_after_silence(seen)
        if seen.service is Service.START_TRANS and (charge := self.known.charges.of(seen)) and self.concerns(charge):
            yield from self._begin(charge)
        yield from self._end_those_over(seen.box)

    def _begin(self, charge: BoxCharge) -> Iterator[Finding]:
        self._watched[charge] = Watch(charge, charge.started, charge.bound_ms)
        for push in charge.early:
            if push.interface is STATUS:
                yield from self._beat(charge, push)

    def linked(self, word: Word) -> Iterator[Finding]:
        """At the lab's chargers the server is bound by what it was told."""
        charge = self.known.charges.at_charger.get(word.socket)
        if charge is None:
            return
        if word.told is Event.STARTED:
            self._begin_at_charger(charge, word.exchange.answered_at_ms)
        elif word.told is Event.STOPPED and (watch := self._watched.pop(charge, None)):
            yield from self._ended_at(watch, charge.ended_ms or word.exchange.at_ms, "the charge")
        elif word.unheard:
            self._disturb_charge(charge)

    def _begin_at_charger(self, charge: ChargerCharge, told_ms: int) -> None:
        if charge.running and self.concerns(charge):
            self._watched.setdefault(charge, Watch(charge, charge.began, told_ms))

    def fact(self, fact: Fact) -> Iterator[Finding]:
        """Of what goes on at a charger that is cut off the server knows nothing; started again, it begins anew."""
        if fact.what == AFTER_A_RESTART:
            for watch in self._watched.values():
                watch.latest_ms = fact.at_ms
        elif charge := self.known.charges.at_charger.get(fact.keys.get("socket", "")):
            self._disturb_charge(charge)
        yield from ()

    def _disturb_charge(self, charge: Charge) -> None:
        if watch := self._watched.get(charge):
            watch.disturbed = True

    def _disturb_after_silence(self, seen: BoxSpoken) -> None:
        if not seen.succeeded:
            return
        silent_ms = seen.exchange.at_ms - self._heard_ms.get(seen.box, seen.exchange.at_ms)
        self._heard_ms[seen.box] = seen.exchange.at_ms
        if silent_ms > self.known.interval_ms(seen.box) + self._slack_ms:
            self._disturb(seen.box)

    @property
    def _slack_ms(self) -> float:
        return self.known.pixit.push_at_once_s * 1000

    def _disturb(self, box: str = "", but: Spoken | None = None) -> None:
        for watch in self._watched.values():
            if but is not None and watch.refused and watch.latest is but.exchange:
                continue
            watch.disturbed = watch.disturbed or not box or watch.charge.socket.box == box

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is STATUS and (charge := self.known.charges.about(seen)):
            if isinstance(charge, ChargerCharge):
                self._begin_at_charger(charge, seen.exchange.at_ms)  # quicker than its answer to the charger
            yield from self._beat(charge, seen)
        if seen.by_plan or (seen.interface is STATUS and seen.content is None):
            self._disturb(but=seen)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        self._now_ms = now_ms
        yield from ()

    def finish(self) -> Iterator[Finding]:
        for watch in self._watched.values():
            if self._is_heard(watch.charge.socket):
                yield from self._ended_at(watch, self._now_ms, "the run")

    def _is_heard(self, socket: Socket) -> bool:
        if not socket.box:
            return self.known.chargers.is_online(socket.id)
        silent_ms = self._now_ms - self._heard_ms.get(socket.box, 0)
        return silent_ms <= self.known.interval_ms(socket.box) + self._slack_ms

    # What is judged

    def _beat(self, charge: Charge, push: Spoken) -> Iterator[Finding]:
        if not (watch := self._watched.get(charge)):
            return
        gap_ms = max(0, push.exchange.at_ms - watch.latest_ms)
        if self._is_lawful(gap_ms) or not self._is_excused(watch, gap_ms):
            yield self.judge(
                self._is_lawful(gap_ms),
                self.case(watch),
                self._expected(watch),
                f"after {gap_ms / 1000:g} s",
                watch.latest,
                push.exchange,
            )
        watch.latest, watch.latest_ms, watch.told = push.exchange, push.exchange.at_ms, True
        watch.disturbed = not self.known.chargers.is_online(charge.socket.id)
        watch.refused = push.by_plan and push.answered

    def _end_those_over(self, box: str) -> Iterator[Finding]:
        for charge, watch in list(self._watched.items()):
            if not isinstance(charge, BoxCharge):
                continue
            transaction = charge.transaction
            replaced = self.known.boxes.on_connector.get(transaction.place) is not transaction
            if charge.socket.box == box and (transaction.stage is not Stage.OPEN or replaced):
                del self._watched[charge]
                if transaction.stop is not None:
                    yield from self._ended_at(watch, transaction.stop.exchange.at_ms, "the charge")

    def _ended_at(self, watch: Watch, at_ms: int, what: str) -> Iterator[Finding]:
        gap_ms = at_ms - watch.latest_ms
        if self._is_lawful(gap_ms) or self._is_excused(watch, gap_ms):
            return
        yield self.bad(
            self.case(watch), self._expected(watch), f"none in {gap_ms / 1000:g} s, until {what} ended", watch.latest
        )

    def _is_lawful(self, gap_ms: int) -> bool:
        return gap_ms <= self.limit_s * 1000

    def _is_excused(self, watch: Watch, gap_ms: int) -> bool:
        after_ms = AFTER_A_REFUSAL_S * 1000 if watch.refused else 0
        return watch.disturbed or self._is_lawful(gap_ms - after_ms)

    def _expected(self, watch: Watch) -> str:
        since = "the status before" if watch.told else "the start of charging"
        return f"a charge status of {watch.charge.socket.id} within {self.limit_s:g} s of {since}"
