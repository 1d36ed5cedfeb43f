"""Real traffic as a journal: what a proxy saw pass, written down as a run of our own would have written it.

The boxes are somebody else's. So nobody says what they did, and who speaks is told by what is said: the message itself,
else the connection, else the address that it came from.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.clock import Clock, RealClock, monotonic_ns, wall_ns
from simulators.evchong import content
from simulators.evchong.codec import Codec, Decoded
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import Service
from simulators.journal.records import Record, Request, Step
from simulators.journal.store import Journal
from simulators.lab.pem import showing, trusting
from simulators.lab.setting import LabError, LabSetting
from simulators.lab.starting import Started, prepare_premises, start_server
from simulators.wire.client import Endpoint
from simulators.wire.line import Line
from simulators.wire.listening import no_listening
from simulators.wire.proxy import Caller, Passed, RecordingProxy
from simulators.wire.tls import Authority

SERVICES_PATH = "/evchong-api/cperent/v1/"
UNKNOWN_METHOD = "(unknown method)"  # as EVC-G10 knows it
CA_FILE = "proxy-ca.pem"
MOST_CONNECTIONS = 10_000  # remembered; a recording may last for weeks


@dataclass(slots=True)
class _Connection:
    """What is known of a caller's connection: the boxes that have spoken on it, the latest last."""

    boxes: list[str] = field(default_factory=list)


class Recorder:
    """Turns what passed into exchanges. What is no service of a protocol passes unrecorded; ``others`` counts it."""

    def __init__(self, codec: Codec, line: Line, post: Callable[[Record], int], known: Collection[str] = ()) -> None:
        """``known``: serials of boxes, which are believed even in a message that is broken elsewhere."""
        self.recorded = self.others = self.turned = 0
        self.worst_held_ns = 0
        self._codec, self._line, self._post = codec, line, post
        self._known = set(known)
        self._connections: dict[int, _Connection] = {}
        self._latest_from: dict[str, str] = {}  # host -> the box that spoke last

    def passed(self, passed: Passed) -> None:
        """Write down one request; both attempts where there were two."""
        operation = operation_of(passed.target)
        if not operation:
            self.others += 1
            return
        self.recorded += 1
        self.worst_held_ns = max(self.worst_held_ns, passed.held_ns)
        keys = self._keys(passed, operation)
        actor = f"box {keys.get('box', '')}".rstrip()
        for attempt in passed.attempts:
            self._post(self._line.exchange(attempt, actor, operation, keys, "", 0))

    def turned_away(self, caller: Caller, why: str) -> None:
        """Bytes that were no request: the server never saw them."""
        self.turned += 1

    def _keys(self, passed: Passed, operation: str) -> dict[str, str]:
        if operation == UNKNOWN_METHOD:
            asked = Decoded(None)
        else:
            request = passed.attempts[-1].request
            asked = self._codec.read_request(Service(operation), _content_type(request), request.body)
        connection = self._connection(passed.caller)
        box = self._speaker(asked, connection, passed.caller.host)
        found: dict[str, Any] = {
            "box": box,
            "connector": content.connector(asked.canonical),
            "transaction": content.transaction_id(asked.canonical),
            "card": content.id_token(asked.canonical),
            "line": f"caller {passed.caller.number}" if len(connection.boxes) > 1 else None,
        }
        return {key: str(value) for key, value in found.items() if value not in (None, "")}

    def _connection(self, caller: Caller) -> _Connection:
        if len(self._connections) > MOST_CONNECTIONS:
            del self._connections[next(iter(self._connections))]
        return self._connections.setdefault(caller.number, _Connection())

    def _speaker(self, asked: Decoded, connection: _Connection, host: str) -> str:
        said = content.box_serial(asked.canonical) or ""
        if asked.canonical is not None and (asked.ok or said in self._known):
            if said in connection.boxes:
                connection.boxes.remove(said)
            connection.boxes.append(said)
            self._known.add(said)
            self._latest_from[host] = said
            return said
        if connection.boxes:
            return connection.boxes[-1]
        return self._latest_from.get(host, said)


class Recording:
    """A proxy, a journal, and a server of ours if the setting starts one; opened once, ended by ``until``."""

    def __init__(
        self, setting: LabSetting, began: dict[str, Any], *, host: str, port: int, plain: bool, certificate: Path | None
    ) -> None:
        """``began``: what the journal keeps of the run's beginning. ``certificate`` None: a throw-away one."""
        self._setting, self._began = setting, began
        self._host, self._port, self._plain, self._certificate = host, port, plain, certificate
        self._clock: Clock = RealClock()
        self._server: Started | None = None

    async def run(
        self, until: asyncio.Event, limit_s: float | None, announce: Callable[[str, Endpoint], None]
    ) -> Recorder:
        """Record until told to stop, or so many seconds; ``announce`` is told the proxy's address and the server's.

        Raises:
            LabError: the server's address, the listening address or the certificate cannot be used.
            JournalError: the journal cannot be written; nothing passes after that.
        """
        with (
            tempfile.TemporaryDirectory(prefix="chargeproof-") as folder,
            Journal.create(self._setting.journal) as journal,
        ):
            server = await self._endpoint(Path(folder))
            line = Line("evchong", "sut", server, self._setting.answer_limit_s, self._clock, journal.post)
            serials = [box.serial for box in self._setting.site.boxes]
            recorder = Recorder(Codec(Readings.parse(self._setting.readings)), line, journal.post, serials)
            try:
                proxy = await self._proxy(server, recorder, Path(folder))
                self._step(journal, "run-began", self._began)
                announce(proxy.url, server)
                await self._wait(until, limit_s, proxy)
                self._close_books(journal, recorder)
            finally:
                if self._server is not None:
                    await self._server.stop()
        return recorder

    async def _endpoint(self, folder: Path) -> Endpoint:
        setting, base_url, verify = self._setting, self._setting.base_url, self._setting.verify
        if setting.start is not None:
            premises = prepare_premises(folder)
            self._server = await start_server(setting, self._clock, premises)
            base_url = self._server.base_url
            verify = str(premises.ca) if verify == "none" and isinstance(setting.start, str) else verify
        tls = trusting("pixit.evchong.verify", verify)
        try:
            return Endpoint.of(base_url, tls)
        except ValueError as wrong:
            raise LabError(f"pixit.evchong.base_url: {wrong}") from None

    async def _proxy(self, server: Endpoint, recorder: Recorder, folder: Path) -> RecordingProxy:
        certificate = None if self._plain else self._certificate or self._throw_away(folder)
        tls = showing("--certificate", certificate) if certificate else None
        proxy = RecordingProxy(server, recorder, limit_s=self._setting.answer_limit_s, tls=tls)
        try:
            await proxy.open(self._host, self._port)
        except OSError as wrong:
            raise LabError(f"--listen {self._host}:{self._port}: {no_listening(wrong)}") from None
        return proxy

    def _throw_away(self, folder: Path) -> Path:
        """A certificate for this run; who shall trust it finds its authority beside the journal."""
        authority = Authority()
        authority.write_ca(self._setting.journal.parent / CA_FILE)
        return authority.write_server(folder / "proxy.pem", *dict.fromkeys((self._host, "127.0.0.1", "localhost")))

    async def _wait(self, until: asyncio.Event, limit_s: float | None, proxy: RecordingProxy) -> None:
        stopped = asyncio.create_task(until.wait())
        ends: set[asyncio.Future[Any]] = {stopped, proxy.failed}
        try:
            done, _ = await asyncio.wait(ends, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if proxy.failed in done:
                await proxy.failed
        finally:
            stopped.cancel()
            await proxy.close()
        if proxy.failed.done() and not proxy.failed.cancelled():
            await proxy.failed  # it broke while it was closing

    def _close_books(self, journal: Journal, recorder: Recorder) -> None:
        self._step(journal, "lateness", {"worst_ns": recorder.worst_held_ns})
        passed = {"recorded": recorder.recorded, "unrecorded": recorder.others, "turned_away": recorder.turned}
        self._step(journal, "run-ended", passed)

    def _step(self, journal: Journal, what: str, values: dict[str, Any]) -> None:
        now_ms = self._clock.now_ms()
        journal.post(Step(at_ms=now_ms, mono_ns=monotonic_ns(), wall_ns=wall_ns(), what=what, values=values))


def operation_of(target: str) -> str:
    """The document's name for what a path and query ask for; empty when it is no service of EVCHONG."""
    path = target.partition("?")[0]
    if not path.startswith(SERVICES_PATH):
        return ""
    name = path.removeprefix(SERVICES_PATH)
    return name if name in set(Service) else UNKNOWN_METHOD


def _content_type(request: Request) -> str:
    for line in request.head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-type":
            return value.strip().decode("latin-1")
    return ""
