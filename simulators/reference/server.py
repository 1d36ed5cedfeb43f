"""The reference server: the EVCHONG services and the app API behind one TLS port."""

from __future__ import annotations

from simulators.reference.app_api import APP_PATH, AppApi
from simulators.reference.evchong import SERVICE_PATH
from simulators.reference.front import Front, HttpAnswer, HttpRequest
from simulators.reference.setting import ServerSetting


class ReferenceServer(AppApi, Front):
    """A server that keeps to the documents.

    ``await start()``, talk to ``base_url``, ``await stop()``.
    """

    def __init__(self, setting: ServerSetting) -> None:
        Front.__init__(self, setting)
        AppApi.__init__(self, setting)

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path.startswith(SERVICE_PATH):
            return await self.answer_service(request.path.removeprefix(SERVICE_PATH), request)
        if request.path.startswith(APP_PATH):
            return self.answer_app(request.path.removeprefix(APP_PATH), request)
        return self.refusal(404, "nothing here")
