"""notification_stationStatus: every connector's state, at once when it changes, and every three hours (seed 1.1.2)."""

from __future__ import annotations

from simulators.reference.app_api import CHARGING, FAULTED, IDLE, OCCUPIED, OFFLINE, AppApi
from simulators.reference.city.client import Client, Outcome
from simulators.reference.city.duties import Duties
from simulators.reference.city.known import Charger, News
from simulators.reference.state import Box, Connector, Message
from simulators.world.city import Socket


class Statuses(AppApi, Client, Duties):
    """Tells the platform what the server believes of each connector."""

    status_refresh_s = 3 * 3600 - 600  # 1.1.2: at least every 3 hours
    status_repeat_s = 60  # cec102 1.6: about a minute apart, more than 3 times
    status_repeats = 5

    def open_statuses(self) -> None:
        """The first states, of connectors that were never heard of, and of those that nobody can reach."""
        for box in self.state.boxes.values():
            self.box_may_have_changed(box)
            if self.is_known_to_platform(box) and box.last_beat_ms is not None:
                self.await_box(box, box.last_beat_ms + self.patience_ms(box) - self.now_ms())
        for charger in self.city.chargers.values():
            self.charger_changed(charger)
        for socket in self.city.by_id.values():
            self.believe(socket, self.socket_status(socket))

    # What happens

    def box_heard(self, box: Box) -> None:
        """A sign of life: what was offline is back, and will be offline when the box is silent for too long."""
        super().box_heard(box)
        if self.is_known_to_platform(box):
            self.box_may_have_changed(box)
            self.await_box(box, self.patience_ms(box))

    def is_known_to_platform(self, box: Box) -> bool:
        return any((box.serial, number) in self.city.sockets for number in box.connectors)

    def await_box(self, box: Box, patience_ms: int) -> None:
        self.wake_in(patience_ms / 1000, f"box {box.serial}", lambda: self.box_missed(box))

    def box_missed(self, box: Box) -> None:
        """The last sign of life is too long ago (EVCHONG 1.3)."""
        self.box_may_have_changed(box)

    def box_may_have_changed(self, box: Box) -> None:
        for connector in box.connectors.values():
            self.connector_changed(box, connector)

    def connector_changed(self, box: Box, connector: Connector) -> None:
        """What is believed of a connector may have changed."""
        super().connector_changed(box, connector)
        socket = self.city.sockets.get((box.serial, connector.id))
        if socket is not None:
            self.believe(socket, self.told_status(box, connector))

    def charger_changed(self, charger: Charger) -> None:
        """What is believed of a charger may have changed."""
        self.believe(charger.socket, self.told_charger_status(charger))

    def believe(self, socket: Socket, status: int) -> None:
        news = self.city.news.get(socket.id)
        if news is None or news.status != status:
            self.tell_status(socket, status)

    # Status of cec102 4.3

    def told_status(self, box: Box, connector: Connector) -> int:
        return self.connector_status(box, connector)

    def told_charger_status(self, charger: Charger) -> int:
        if not charger.online:
            return OFFLINE
        if charger.faulty:
            return FAULTED
        if charger.session is not None and charger.session.began:
            return CHARGING
        return OCCUPIED if charger.plugged else IDLE

    def socket_status(self, socket: Socket) -> int:
        """What is believed of a connector at this moment; of one that nobody can reach, that it is offline."""
        box = self.state.boxes.get(socket.box)
        if box is not None and socket.connector in box.connectors:
            return self.told_status(box, box.connectors[socket.connector])
        charger = self.city.chargers.get(socket.id)
        return OFFLINE if charger is None else self.told_charger_status(charger)

    # What follows

    def tell_status(self, socket: Socket, status: int) -> None:
        news = self.city.news[socket.id] = News(status)
        self.begin_duty(self.report_status(socket, news))

    async def report_status(self, socket: Socket, news: News) -> None:
        """Push a state at once, again while that fails, and once more when it has stood for long."""
        outcome = await self.push_status(socket, news)
        for _ in range(self.status_repeats):
            if outcome.delivered:
                break
            await self.sleep_s(self.status_repeat_s)
            if not self.is_newest(socket, news):
                return  # there is a newer one, and its own duty tells it
            outcome = await self.push_status(socket, news)
        if self.is_newest(socket, news):
            self.wake_in(self.status_refresh_s, f"status {socket.id}", lambda: self.refresh_status(socket, news))

    def is_newest(self, socket: Socket, news: News) -> bool:
        return self.city.news[socket.id] is news

    def refresh_status(self, socket: Socket, news: News) -> None:
        if self.is_newest(socket, news):
            self.tell_status(socket, news.status)

    async def push_status(self, socket: Socket, news: News) -> Outcome:
        async with self.turn(self.city.lanes[socket.id]):
            return await self.push("notification_stationStatus", self.status_notification(socket, news.status))

    def status_notification(self, socket: Socket, status: int) -> Message:
        """5.3: one connector a call, as an object or a list of one (BJ-X6)."""
        told = self.connector_status_info(socket, status)
        return {"ConnectorStatusInfo": [told] if self.setting.reading("BJ-X6") == "array" else told}

    def connector_status_info(self, socket: Socket, status: int) -> Message:
        return {"ConnectorID": socket.id, "Status": status}
