"""The reference with a recording proxy before it, to be started in its place: boxes that call it are overheard."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.journal.records import Step
from simulators.journal.store import Journal
from simulators.lab.recording import Recorder
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.wire.proxy import RecordingProxy, serving_context
from simulators.wire.tls import client_context

NAME = "tests.unit.behind_a_proxy:BehindAProxy"


class BehindAProxy:
    """Both in one loop, on one clock; the test says where the proxy's journal goes, and may put in another server."""

    server: ClassVar[type[ReferenceServer]] = ReferenceServer
    journal: ClassVar[Path]
    began: ClassVar[dict[str, object]]

    def __init__(self, setting: ServerSetting) -> None:
        self.base_url = ""
        self._setting = setting
        self._server = self.server(setting)

    async def start(self) -> None:
        setting = self._setting
        await self._server.start()
        self._book = Journal.create(self.journal)
        self._step("run-began", self.began)
        place = Endpoint.of(self._server.base_url, client_context("none"))
        line = Line("evchong", "sut", place, 10, setting.clock, self._book.post)
        serials = [box.serial for box in setting.site.boxes]
        recorder = Recorder(Codec(Readings.parse(setting.readings)), line, self._book.post, serials)
        self._proxy = RecordingProxy(place, recorder, limit_s=10, tls=serving_context(setting.certificate))
        await self._proxy.open()
        self.base_url = self._proxy.url

    async def stop(self) -> None:
        await self._proxy.close()
        self._step("run-ended", {})
        self._book.close()
        await self._server.stop()

    def _step(self, what: str, values: dict[str, object]) -> None:
        self._book.post(Step(at_ms=self._setting.clock.now_ms(), mono_ns=0, wall_ns=0, what=what, values=values))
