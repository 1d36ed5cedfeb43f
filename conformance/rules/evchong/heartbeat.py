"""Rules of 1.3, heartbeat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.finding import Finding
from conformance.rules.evchong.general import EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed
from conformance.rules.evchong.spoken import Outcome, Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

HEARTBEAT = frozenset({Service.HEARTBEAT})
DEFAULT_HEARTBEAT_S = 10  # 1.3
OFFLINE = 0  # connector status of the Beijing platform, by which our surfaces tell it


class HeartbeatsTellTheTime(EvchongRule):
    """A heartbeat is answered with currentTime. One that is refused is EVC-1.3-b."""

    row = "EVC-1.3-a"
    listens = HEARTBEAT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or not seen.readable:
            return
        faults = seen.faults_at("currentTime")
        actual = f"{faults[0].kind}: {faults[0].actual}" if faults else "currentTime"
        yield self.judge(not faults, "current-time", "currentTime, a dateTime", actual, seen.exchange)


class HeartbeatsNeedNoStation(EvchongRule):
    """A heartbeat is answered with chargePointSerialNumber and without it."""

    row = "EVC-1.3-b"
    listens = HEARTBEAT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        case = "with-station" if seen.station else "without-station"
        yield self.judge(seen.readable, case, "an answer", seen.summary(), seen.exchange)


class SilentBoxesAreOffline(EvchongRule):
    """A box that stops beating is shown as offline in time, and as online after its next beat.

    Seen on the "connectors" surface. Between one interval and the PIXIT's number of them, both are right. So they are
    while the box says other things but beats no more, or beats and is not heard.
    """

    row = "EVC-1.3-d"
    listens = frozenset(Service) | {"surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._interval_ms: dict[str, int] = {}
        self._last_ms: dict[str, int] = {}
        self._spoke_ms: dict[str, int] = {}  # the latest word of any kind, heard or not
        self._was_silent: set[str] = set()
        self._fixed = known.pixit.readings.get("EVC-X11", "told") != "told"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.arrived:
            self._spoke_ms[seen.box] = seen.exchange.answered_at_ms
        if seen.service not in (Service.DEVICE_BOOT, Service.HEARTBEAT):
            return
        if seen.accepted and seen.valid:
            if seen.service is Service.DEVICE_BOOT:
                told_s = content.heartbeat_interval_s(seen.answered.canonical)
                as_told = told_s is not None and told_s > 0 and not self._fixed
                self._interval_ms[seen.box] = (told_s if as_told and told_s else DEFAULT_HEARTBEAT_S) * 1000
            self._last_ms[seen.box] = seen.exchange.at_ms
        elif seen.outcome is Outcome.REFUSED:
            self._last_ms.pop(seen.box, None)
        yield from ()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if fact.keys.get("verb") != "connectors":
            return
        for item in fact.values["answer"].get("items") or []:
            box = str(item.get("box", ""))
            if box in self._last_ms and box in self._interval_ms:
                yield from self._shown(fact, box, item)

    def _shown(self, fact: Fact, box: str, item: dict[str, Any]) -> Iterator[Finding]:
        unheard_ms, silent_ms = fact.at_ms - self._last_ms[box], fact.at_ms - self._spoke_ms[box]
        shown_offline = item.get("status") == OFFLINE
        actual = f"box {box} connector {item.get('connector')} shown with status {item.get('status')}"
        if silent_ms > self._interval_ms[box] * self.known.pixit.offline_after_intervals:
            self._was_silent.add(box)
            expected = f"offline (0), silent for {silent_ms // 1000} s"
            yield self.judge(shown_offline, "offline", expected, actual, fact)
        elif unheard_ms <= self._interval_ms[box]:
            if box in self._was_silent:
                yield self.judge(not shown_offline, "online-again", "not offline after its beat", actual, fact)
            elif shown_offline:
                yield self.bad("offline", "not offline while it beats", actual, fact)
