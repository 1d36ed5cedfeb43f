"""Defects of notification_stationStatus (BJ-1.1.2-a), and of what reaches it of boxes (EVC-1.3-d, EVC-1.7-c)."""

from __future__ import annotations

from typing import Any

from simulators.mutants.registry import mutant
from simulators.reference.app_api import CHARGING, FAULTED, IDLE, OCCUPIED, OFFLINE, RESERVED
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import News
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, Connector, Message
from simulators.world.city import Socket

FAULT_IS_SEEN = {"EVC-1.7-c": "the platform is where the fault shows"}
CAR_IS_SEEN = {"EVC-1.7-c": "the platform is where the car shows"}
SILENCE_IS_SEEN = {"EVC-1.3-d": "the platform is where the silence shows"}
ALL_ARE_SEEN = FAULT_IS_SEEN | SILENCE_IS_SEEN
NOT_AGAIN = {"BJ-1.1.2-b": "what is never told of a connector is not told again either"}
ASKED_THE_SAME = {"BJ-1.1.3-b": "what is believed is told when asked, too"}
TOLD_THE_SAME = {"BJ-1.1.9-b": "and so it is in the statuses of charges"}

# A state that is told as another


class _TellsOtherwise(ReferenceServer):
    """Pushes one state with the number of another."""

    meant: int
    written: int

    def status_notification(self, socket: Socket, status: int) -> Message:
        return super().status_notification(socket, self.written if status == self.meant else status)


@mutant(
    breaks="BJ-1.1.2-a",
    case="idle",
    also={"EVC-1.3-d": "who is back on line is idle, and told as offline"},
)
class TellsIdleAsOffline(_TellsOtherwise):
    """Counts its states from 0, idle first, as a comment in its code says."""

    meant, written = IDLE, OFFLINE


@mutant(breaks="BJ-1.1.2-a", case="occupied", also=CAR_IS_SEEN)
class TellsOccupiedAsIdle(_TellsOtherwise):
    """Takes a car that does not charge for none: nothing is billed."""

    meant, written = OCCUPIED, IDLE


@mutant(breaks="BJ-1.1.2-a", case="charging")
class TellsChargingAsOccupied(_TellsOtherwise):
    """Knows one kind of occupied."""

    meant, written = CHARGING, OCCUPIED


@mutant(breaks="BJ-1.1.2-a", case="reserved")
class TellsReservedAsOccupied(_TellsOtherwise):
    """Has no reservations of its own, and maps those of the box to the nearest that it has."""

    meant, written = RESERVED, OCCUPIED


@mutant(breaks="BJ-1.1.2-a", case="reserved")
class TellsReservedAsIdle(_TellsOtherwise):
    """Keeps reservations in another system, and shows the connector as free."""

    meant, written = RESERVED, IDLE


@mutant(breaks="BJ-1.1.2-a", case="fault", also=FAULT_IS_SEEN)
class TellsFaultsAsOffline(_TellsOtherwise):
    """Out of order is out of order: 0."""

    meant, written = FAULTED, OFFLINE


# A change that is not told


@mutant(breaks="BJ-1.1.2-a", case="fault", also=FAULT_IS_SEEN)
class NeverTellsFaults(ReferenceServer):
    """Sends faults to the maintenance desk, and nowhere else."""

    def believe(self, socket: Socket, status: int) -> None:
        if status != FAULTED:
            super().believe(socket, status)


@mutant(breaks="BJ-1.1.2-a", case="charging", also=ASKED_THE_SAME | TOLD_THE_SAME)
class TellsWhatBoxesSay(ReferenceServer):
    """Pushes what statusNotify says, and no box says that it charges."""

    def told_status(self, box: Box, connector: Connector) -> int:
        return self.notified_status(connector) if self.is_online(box) else OFFLINE


@mutant(breaks="BJ-1.1.2-a", case="offline", also=SILENCE_IS_SEEN)
class NeverTellsOffline(ReferenceServer):
    """Pushes when a box says something, and a silent one says nothing."""

    def box_missed(self, box: Box) -> None:
        pass


@mutant(breaks="BJ-1.1.2-a", case="offline", also=SILENCE_IS_SEEN | ASKED_THE_SAME)
class FindsSilenceInTheNightJob(ReferenceServer):
    """Looks for silent boxes once in a quarter of an hour."""

    def patience_ms(self, box: Box) -> int:
        return super().patience_ms(box) + 15 * 60_000


@mutant(breaks="BJ-1.1.2-a", case="offline", also=SILENCE_IS_SEEN)
class TellsOneConnectorOffline(ReferenceServer):
    """A box is one row in its table of devices: when it falls silent, its first connector is told."""

    def box_may_have_changed(self, box: Box) -> None:
        connectors = list(box.connectors.values())
        for connector in connectors if self.is_online(box) else connectors[:1]:
            self.connector_changed(box, connector)


@mutant(breaks="BJ-1.1.2-a", case="idle", also=SILENCE_IS_SEEN)
class NeverTellsThatABoxIsBack(ReferenceServer):
    """A box that was silent stays offline at the platform until one of its connectors changes."""

    def box_heard(self, box: Box) -> None:
        self.wake_in(self.patience_ms(box) / 1000, f"box {box.serial}", lambda: self.box_missed(box))


@mutant(breaks="BJ-1.1.2-a", case=("idle", "occupied", "charging"), also=ALL_ARE_SEEN | NOT_AGAIN)
class TellsEachStateOnce(ReferenceServer):
    """Its queue drops what it has sent before, by connector and state: each is told once a day."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.sent: set[tuple[str, int]] = set()

    def tell_status(self, socket: Socket, status: int) -> None:
        if (socket.id, status) not in self.sent:
            self.sent.add((socket.id, status))
            super().tell_status(socket, status)


@mutant(breaks="BJ-1.1.2-a", case="idle")
class StopsPushingForAWhile(ReferenceServer):
    """Its circuit breaker opens at the first refusal, and what happens until it closes is told to nobody."""

    open_for_s = 20

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.closed_until_ms = 0

    async def push_status(self, socket: Socket, news: News) -> Outcome:
        if self.now_ms() < self.closed_until_ms:
            return Outcome(why="the circuit breaker is open")
        outcome = await super().push_status(socket, news)
        if not outcome.delivered:
            self.closed_until_ms = self.now_ms() + self.open_for_s * 1000
        return outcome


# At another time, or of another connector


@mutant(breaks="BJ-1.1.2-a", case=("idle", "occupied", "charging", "reserved", "fault"), also=ALL_ARE_SEEN)
class TellsStatesByTheMinute(ReferenceServer):
    """A job pushes what has changed, once a minute."""

    async def report_status(self, socket: Socket, news: News) -> None:
        await self.sleep_s(60 - self.now_ms() / 1000 % 60)
        if self.is_newest(socket, news):
            await super().report_status(socket, news)


@mutant(breaks="BJ-1.1.2-a", case=("idle", "occupied", "charging", "reserved", "fault"), also=ALL_ARE_SEEN)
class TellsTheStateOfBefore(ReferenceServer):
    """Reads the state from a replica that has not heard of the change yet."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.replica: dict[str, int] = {}

    def status_notification(self, socket: Socket, status: int) -> Message:
        before = self.replica.get(socket.id, status)
        self.replica[socket.id] = status
        return super().status_notification(socket, before)


@mutant(breaks="BJ-1.1.2-a", case=("charging", "reserved"), also=ALL_ARE_SEEN | NOT_AGAIN)
class TellsByTheEquipment(ReferenceServer):
    """Knows one number for a charger, and tells every state of its connectors by the first one's."""

    def status_notification(self, socket: Socket, status: int) -> Message:
        alike = [each for each in self.city.by_id.values() if each.equipment == socket.equipment]
        return super().status_notification(min(alike, key=lambda each: each.id), status)


@mutant(breaks="BJ-1.1.2-a", case="idle", also=CAR_IS_SEEN)
class TellsReservationsAtBoot(ReferenceServer):
    """On a box's boot it restores yesterday's states to the platform, and never the state of now."""

    def note_boot(self, box: Box, accepted: bool) -> None:
        super().note_boot(box, accepted)
        for connector in box.connectors.values() if accepted else ():
            socket = self.city.sockets.get((box.serial, connector.id))
            if socket is not None:
                self.begin_duty(self.restore(socket))

    async def restore(self, socket: Socket) -> Any:
        await self.sleep_s(1)
        return await self.push("notification_stationStatus", self.status_notification(socket, RESERVED))


# What has not changed (BJ-1.1.2-b)


@mutant(breaks="BJ-1.1.2-b", case="online")
class RefreshesByWayOfOffline(ReferenceServer):
    """Its refresh takes a connector off the platform's map, and puts it on again at once."""

    def refresh_status(self, socket: Socket, news: News) -> None:
        if self.is_newest(socket, news):
            self.begin_duty(self.take_off_and_put_on(socket, news))

    async def take_off_and_put_on(self, socket: Socket, news: News) -> None:
        await self.push("notification_stationStatus", self.status_notification(socket, OFFLINE))
        super().refresh_status(socket, news)


# Of chargers that no charge box stands before


class _HidesStatesOfChargers(ReferenceServer):
    """Does not push one of the states of its own chargers."""

    hidden: int

    def believe(self, socket: Socket, status: int) -> None:
        if socket.box or status != self.hidden:
            super().believe(socket, status)


@mutant(breaks="BJ-1.1.2-a", case="fault")
class NeverTellsFaultsOfChargers(_HidesStatesOfChargers):
    """Chargers of the new series report faults in a table of their own, which the push job does not read."""

    hidden = FAULTED


@mutant(breaks="BJ-1.1.2-a", case="offline")
class NeverTellsThatAChargerIsOffline(_HidesStatesOfChargers):
    """Takes a charger that is cut off for one at which nothing happens."""

    hidden = OFFLINE


@mutant(breaks="BJ-1.1.2-a", case=("occupied", "charging"))
class TellsChargersByTheirOrders(ReferenceServer):
    """A charger is occupied from the start of an order to its end, and free before and after, whatever is plugged."""

    def status_notification(self, socket: Socket, status: int) -> Message:
        as_orders_say = {} if socket.box else {OCCUPIED: IDLE, CHARGING: OCCUPIED}
        return super().status_notification(socket, as_orders_say.get(status, status))
