"""The whole of the operator's side: opened when the server starts, closed when it stops."""

from __future__ import annotations

from simulators.randomness import Randomness
from simulators.reference.city.known import City, Session
from simulators.reference.city.queries import Queries
from simulators.reference.setting import ServerSetting


class CitySide(Queries):
    """Everything between the server and the platform; nothing where the setting names no platform."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        chance = Randomness(setting.seed).branch("city")
        self.city = City(setting.city, chance, setting.data, linked=bool(setting.charger_link))

    def open_city(self) -> None:
        if self.setting.city is None:
            return
        self.open_client()
        self.city.resume_talk()
        self.resume_sessions()
        self.resume_chargers()
        self.open_stations()
        self.open_statuses()
        self.resume_charges()
        self.resume_orders()
        self.open_reconciliation()

    def resume_sessions(self) -> None:
        """The charges that the server before this one wrote down, with their transactions where it remembered them."""
        for seq, kept in self.city.kept.all("session").items():
            if socket := self.city.by_id.get(kept["socket"]):
                self.city.sessions[seq] = Session.of_kept(socket, kept)
        for transaction in self.state.transactions.values():
            if session := self.session_of(transaction):
                session.transaction = transaction

    def keep_rest(self) -> None:
        """What is not written down as it happens: charges that run on boxes, tokens."""
        for session in self.city.sessions.values():
            if session.ended_ms is None:
                self.keep_session(session)
        self.city.keep_talk()

    async def close_city(self) -> None:
        if self.setting.city is not None:
            self.keep_rest()
        try:
            await self.end_duties()
        finally:
            await self.close_client()
            self.city.kept.close()
