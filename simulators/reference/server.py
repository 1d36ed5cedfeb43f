"""The reference server: the EVCHONG services, the app API and the city's interfaces behind one TLS port."""

from __future__ import annotations

from simulators.reference.app_api import APP_PATH
from simulators.reference.city.chargers import LINK_PATH
from simulators.reference.city.client import PATH as CITY_PATH
from simulators.reference.city.platform import CitySide
from simulators.reference.evchong import SERVICE_PATH
from simulators.reference.front import Front, HttpAnswer, HttpRequest
from simulators.reference.memory import Memory
from simulators.reference.setting import ServerSetting


class ReferenceServer(CitySide, Memory, Front):
    """A server that keeps to the documents.

    ``await start()``, talk to ``base_url``, ``await stop()``.
    """

    def __init__(self, setting: ServerSetting) -> None:
        Front.__init__(self, setting)
        CitySide.__init__(self, setting)

    async def start(self) -> None:
        self.recall()
        await super().start()
        self.open_city()

    async def stop(self) -> None:
        await super().stop()
        self.remember()
        await self.close_city()

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path.startswith(SERVICE_PATH):
            return await self.answer_service(request.path.removeprefix(SERVICE_PATH), request)
        if request.path.startswith(APP_PATH):
            return self.answer_app(request.path.removeprefix(APP_PATH), request)
        if request.path.startswith(CITY_PATH) and self.setting.city is not None:
            return self.answer_city(request.path.removeprefix(CITY_PATH), request)
        if request.path == LINK_PATH and self.setting.charger_link:
            return self.take_charger_event(request)
        return self.refusal(404, "nothing here")
