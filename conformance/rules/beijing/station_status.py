"""Rules of seed 1.1.2, notification_stationStatus: changes are pushed at once.

The same pushes are a surface on which the statuses and the silence of charge boxes show (EVC-1.3-d, EVC-1.7-c).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.finding import Finding
from conformance.rules.beijing.connectors import OCCUPIED, OFFLINE
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.news import Looked
from simulators.beijing.messages import Status

FAULT = frozenset({Status.FAULT})
TAKEN = frozenset({Status.OCCUPIED, Status.RESERVED})  # as which one may be told that is to start
CASES: Mapping[Status, str] = {
    Status.OFFLINE: "offline",
    Status.IDLE: "idle",
    Status.OCCUPIED: "occupied",
    Status.CHARGING: "charging",
    Status.RESERVED: "reserved",
    Status.FAULT: "fault",
}


class _TheCityIsTold(CityRule):
    """Judges by what the city was told of a connector when the time for it was over (``beijing.news``)."""

    def advance(self, now_ms: int) -> Iterator[Finding]:
        for looked in self.known.news.looks(now_ms):
            if case := self.case(looked):
                yield self._judged(looked, case)

    def case(self, looked: Looked) -> str:
        """The case of this row that a look belongs to, empty where it is none."""
        raise NotImplementedError

    def _judged(self, looked: Looked, case: str) -> Finding:
        expected = f"Status {self.wanted(looked)} pushed within {self.known.pixit.push_at_once_s:g} s"
        told, number = looked.told, self.known.places[looked.place].id
        actual = f"{number}: {f'Status {told.status} was the last that was pushed' if told else 'no push'}"
        records = [record for record in (looked.cause, told.push if told else None) if record is not None]
        return self.judge(self.is_right(looked), case, expected, actual, *records)

    def wanted(self, looked: Looked) -> str:
        """What may be told, in words."""
        return " or ".join(f"{status.value} ({CASES[status]})" for status in sorted(looked.became))

    def is_right(self, looked: Looked) -> bool:
        """What was told is what this row wants."""
        return looked.right


class ChangesArePushedAtOnce(_TheCityIsTold):
    """A change of a connector's state is pushed by notification_stationStatus at once.

    A state that is pushed without being so changes what the city knows, too: it is blamed unless put right as soon.
    """

    row = "BJ-1.1.2-a"

    def case(self, looked: Looked) -> str:
        only = len(looked.became) == 1 or looked.became == TAKEN
        return CASES[min(looked.became)] if only else ""


class _OfBoxes(_TheCityIsTold):
    """What charge boxes owe: of a charger without a box nobody says anything in EVCHONG."""

    def case(self, looked: Looked) -> str:
        return self.of_box(looked) if looked.changed and self.known.places[looked.place].box else ""

    def of_box(self, looked: Looked) -> str:
        """The case of a change of a connector behind which a box stands."""
        raise NotImplementedError


class SilentBoxesAreToldOffline(_OfBoxes):
    """The city is told that a box fell silent, and that it is back; as what, is BJ-1.1.2-a's."""

    row = "EVC-1.3-d"

    def of_box(self, looked: Looked) -> str:
        if looked.became == OFFLINE:
            return "city-offline"
        return "city-online-again" if looked.was == OFFLINE else ""

    def wanted(self, looked: Looked) -> str:
        return super().wanted(looked) if looked.became == OFFLINE else "other than 0 (offline)"

    def is_right(self, looked: Looked) -> bool:
        back = looked.told is not None and looked.told.status != Status.OFFLINE
        return looked.right if looked.became == OFFLINE else back


class FaultsReachTheCity(_OfBoxes):
    """The city is told of a faulted connector as faulted, and of an occupied one as occupied."""

    row = "EVC-1.7-c"

    def of_box(self, looked: Looked) -> str:
        return {FAULT: "city-faulted", OCCUPIED: "city-occupied"}.get(looked.became, "")
