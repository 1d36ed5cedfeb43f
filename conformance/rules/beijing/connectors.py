"""What each connector is to the city, as far as the operator's server has been told by its charge boxes and chargers.

A set of statuses, all of which may be told: the documents leave some room. A box that was silent for longer than one
interval may be offline, after the PIXIT's number of intervals it is (EVC-1.3-d); EVCHONG's Unavailable has no
counterpart in cec102 4.3; a fault does not say whether charging goes on. Of the lab's own chargers: ``reported``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from conformance.rules.beijing.reported import Reported
from conformance.rules.evchong import known as evchong_known
from conformance.rules.evchong.spoken import Outcome
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.messages import Status
from simulators.evchong import content
from simulators.evchong.messages import ChargePointStatus, Service
from simulators.world.city import Socket

Place = tuple[str, int]  # serial of a box, number of a connector; ConnectorID of a charger without a box

A_MOMENT_MS = 30_000
DEFAULT_HEARTBEAT_S = 10  # EVCHONG 1.3
WHOLE_BOX = 0  # connectorId of a status for all connectors (EVC-X20)

OFFLINE = frozenset({Status.OFFLINE})
OCCUPIED = frozenset({Status.OCCUPIED})
CHARGING = frozenset({Status.CHARGING})
NOT_FREE = frozenset({Status.OFFLINE, Status.OCCUPIED, Status.RESERVED})
AS_NOTIFIED: Mapping[str, frozenset[Status]] = {
    ChargePointStatus.AVAILABLE: frozenset({Status.IDLE}),
    ChargePointStatus.OCCUPIED: OCCUPIED,
    ChargePointStatus.RESERVED: frozenset({Status.RESERVED}),
    ChargePointStatus.FAULTED: frozenset({Status.FAULT}),
    ChargePointStatus.UNAVAILABLE: NOT_FREE | {Status.FAULT},
}
UNLIKE_CHARGING = frozenset({ChargePointStatus.AVAILABLE, ChargePointStatus.RESERVED, ChargePointStatus.UNAVAILABLE})


class Notified(NamedTuple):
    """The latest status that a box told of a connector. ``by_box``: of all of its connectors together."""

    status: str
    by_box: bool
    sent_ns: int
    at_ms: int


def place_of(socket: Socket) -> Place:
    """Where the truth of a connector is found."""
    return socket.box or socket.id, socket.connector


class Connectors:
    """The truth of all connectors, whether a charge box stands behind them or they are chargers of the lab's own."""

    def __init__(self, boxes: evchong_known.Known, chargers: Reported, places: Iterable[Place]) -> None:
        self._boxes, self._chargers = boxes, chargers
        self._by_box: dict[str, list[Place]] = {}
        for place in places:
            self._by_box.setdefault(place[0], []).append(place)
        self._notified: dict[Place, Notified] = {}
        self._started_ns: dict[Place, int] = {}  # when the latest transaction of a connector was asked for
        self._interval_ms: dict[str, int] = {}
        self._beat_ms: dict[str, int] = {}  # of boxes that were accepted: the latest beat, or boot, that was
        self._spoke_ms: dict[str, int] = {}  # the latest word of any kind, heard or not
        self._fixed_interval = boxes.pixit.readings.get("EVC-X11", "told") != "told"

    # Questions

    def of(self, box: str) -> list[Place]:
        """The connectors of a box, or the one of a charger, that the city knows."""
        return self._by_box.get(box, [])

    def lawful(self, place: Place, now_ms: int) -> frozenset[Status] | None:
        """What the city may be told of a connector at a moment; None where it cannot be said."""
        box = place[0]
        if box in self._chargers:
            return self._chargers.lawful(box)
        if box not in self._beat_ms or place not in self._notified:
            return None
        if now_ms >= self._silent_until_ms(box):
            return OFFLINE
        stands = self._as_it_stands(place)
        return stands | OFFLINE if now_ms > self.doubtful_from_ms(box) else stands

    def _as_it_stands(self, place: Place) -> frozenset[Status]:
        notified, running = self._notified[place], self._boxes.on_connector.get(place)
        stands = self._as_notified(notified, place)
        if place in self._boxes.unclear:
            return stands | CHARGING
        if running is None:
            untold = notified.sent_ns < self._started_ns.get(place, 0)  # nothing since it charged: the car may be there
            return stands | OCCUPIED if untold else stands
        contradicts = notified.sent_ns > running.start.ended_ns and notified.status in UNLIKE_CHARGING
        if notified.status == ChargePointStatus.FAULTED or (contradicts and not notified.by_box):
            return stands | CHARGING
        return CHARGING

    def _as_notified(self, notified: Notified, place: Place) -> frozenset[Status]:
        stands = AS_NOTIFIED[notified.status]
        one_of_many = notified.by_box and len(self._by_box[place[0]]) > 1
        # Faulted and Available decide for the whole box (2.9); short of these each connector may be something else.
        return stands | NOT_FREE if one_of_many and not stands.isdisjoint(NOT_FREE) else stands

    def broke_lately(self, place: Place, now_ms: int) -> bool:
        """Its box told of a fault at this connector a moment before, and of nothing since."""
        latest = self._notified.get(place)
        return (
            latest is not None
            and latest.status == ChargePointStatus.FAULTED
            and not latest.by_box
            and now_ms - latest.at_ms <= A_MOMENT_MS
        )

    def interval_ms(self, box: str) -> int:
        """How often a box beats, as it was told at boot (EVC-X11)."""
        return self._interval_ms.get(box, DEFAULT_HEARTBEAT_S * 1000)

    def doubtful_from_ms(self, box: str) -> int:
        """After this moment a box that was accepted may count as offline: it has missed a beat."""
        return self._beat_ms[box] + self.interval_ms(box)

    def goes_offline_ms(self, box: str) -> int | None:
        """When a box that says nothing more must count as offline; None for one that was not accepted."""
        return self._silent_until_ms(box) if box in self._beat_ms else None

    def _silent_until_ms(self, box: str) -> int:
        return self._spoke_ms[box] + round(self.interval_ms(box) * self._boxes.pixit.offline_after_intervals)

    # Learning

    def overhear(self, seen: BoxSpoken) -> None:
        """From one exchange of a charge box, after the transactions are known."""
        if not seen.arrived:
            return
        self._spoke_ms[seen.box] = max(self._spoke_ms.get(seen.box, 0), seen.exchange.answered_at_ms)
        if seen.service in (Service.DEVICE_BOOT, Service.HEARTBEAT):
            self._note_life(seen)
        elif seen.service is Service.STATUS_NOTIFY:
            self._note_status(seen)
        elif seen.service is Service.START_TRANS and seen.accepted:
            self._started_ns[(seen.box, seen.connector or 0)] = seen.exchange.sent_ns

    def _note_life(self, seen: BoxSpoken) -> None:
        if seen.service is Service.DEVICE_BOOT:
            for place in self.of(seen.box):  # what it told before it was switched off may be true no longer
                self._notified.pop(place, None)
        if seen.outcome is Outcome.REFUSED:
            self._beat_ms.pop(seen.box, None)
        elif seen.accepted and seen.valid:
            self._beat_ms[seen.box] = seen.exchange.at_ms
            if seen.service is Service.DEVICE_BOOT:
                told_s = None if self._fixed_interval else content.heartbeat_interval_s(seen.answered.canonical)
                self._interval_ms[seen.box] = (told_s or DEFAULT_HEARTBEAT_S) * 1000

    def _note_status(self, seen: BoxSpoken) -> None:
        refused = seen.outcome is Outcome.REFUSED
        if refused and not seen.valid:
            return  # as it should be: nothing has changed
        status, by_box = content.status(seen.request), seen.connector == WHOLE_BOX
        for place in self.of(seen.box):
            if seen.connector not in (place[1], None) and (refused or not by_box):
                continue
            self._notified.pop(place, None)  # not accepted, it may have been taken or not
            if seen.accepted and seen.valid and status in AS_NOTIFIED:
                self._notified[place] = Notified(str(status), by_box, seen.exchange.sent_ns, seen.exchange.at_ms)
