"""Starting a server: the embedded reference, one of its kin by "module:Class", or a command."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from simulators.clock import Clock, ScaledClock
from simulators.lab.setting import LabError, LabSetting, is_told
from simulators.wire.tls import Authority
from simulators.world.city import CityContract

TREE = Path(__file__).resolve().parents[2]
PACKAGES = {"faketime": "the Debian package faketime has it: apt-get install faketime"}
EMBEDDED = {"reference": "simulators.reference.server:ReferenceServer"}
GUARD = 'cat; kill -TERM "-$1"; sleep 5; kill -KILL "-$1"'  # a session: faketime's child is in it, too
_authority: list[Authority] = []  # one a process: making keys costs more than a whole scenario


class Started(Protocol):
    """A server that runs because of us."""

    base_url: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Premises:
    """Where a started server lives: certificates, and the port that plain HTTP would have."""

    certificate: Path
    ca: Path
    plain_http_port: int


def prepare_premises(folder: Path) -> Premises:
    """Certificates from the run's own authority, and a port on which nothing listens."""
    if not _authority:
        _authority.append(Authority())
    ca = _authority[0].write_ca(folder / "ca.pem")
    certificate = _authority[0].write_server(folder / "server.pem")
    return Premises(certificate, ca, free_port())


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def load(name: str) -> Any:
    """The class behind "reference" or "module:Class". Raises LabError when there is none."""
    path = EMBEDDED.get(name, name)
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as missing:
        raise LabError(f"no server {name!r} to start: {missing} (say {', '.join(EMBEDDED)}, or module:Class)") from None


async def start_server(
    setting: LabSetting,
    clock: Clock,
    premises: Premises,
    city: CityContract | None = None,
    charger_link: str = "",
    *,
    port: int = 0,
    data: str = "",
) -> Started:
    """Start what the setting names, in this loop or as a process, and wait until it listens.

    ``port`` is for one in this loop, which has no address of its own; ``data``, the folder for what outlasts it, and
    all else that a server is told are for a command that has a place for them, too (see ``_filled``).
    """
    assert setting.start is not None
    from simulators.reference.handed import Handed

    handed = Handed(
        site=setting.site,
        certificate=str(premises.certificate),
        data=data,
        readings=dict(setting.readings),
        plain_http_port=premises.plain_http_port,
        seed=setting.seed,
        offline_after_intervals=setting.offline_after_intervals,
        city=city,
        charger_link=charger_link,
    )
    if isinstance(setting.start, str):
        server: Started = load(setting.start)(handed.setting(clock, port))
        await server.start()
        return server
    if isinstance(clock, ScaledClock):
        handed.clock_start_ms, handed.clock_origin_ms = clock.start_ms, clock.origin_ms
    file = premises.certificate.with_name("setting.json")
    if is_told(setting.start):
        handed.write(file)
    command = _Command(lambda: _filled(setting, clock, file), setting.base_url)
    await command.start()
    return command


def _filled(setting: LabSetting, clock: Clock, file: Path) -> list[str]:
    """The words of a command: {python}, {setting} the file of what it is told, {port}, {now} as faketime writes it."""
    from simulators.wire.client import Endpoint

    now = datetime.fromtimestamp(clock.now_ms() // 1000)  # noqa: DTZ006  faketime reads the machine's local time
    known = {
        "{python}": sys.executable,
        "{setting}": str(file),
        "{port}": str(Endpoint.of(setting.base_url, None).port),
        "{now}": f"{now:%Y-%m-%d %H:%M:%S}",
    }
    return [_replaced(word, known) for word in setting.start or ()]


def _replaced(word: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        word = word.replace(name, value)
    return word


def _environment() -> dict[str, str]:
    """Ours, with the suite's own modules to be found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(TREE), os.environ.get("PYTHONPATH"))))}


class _Command:
    """A server behind a command of the user's; it listens at the base URL that the target file names."""

    PATIENCE_S = 30.0

    def __init__(self, filled: Callable[[], list[str]], base_url: str) -> None:
        """``filled`` is asked at the very start: a command may name the time."""
        self.base_url = base_url
        self._filled = filled
        self._command: list[str] = []
        self._process: asyncio.subprocess.Process | None = None
        self._guard: asyncio.subprocess.Process | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()

    async def start(self) -> None:
        try:
            await self._started()
        except BaseException:
            await self.stop()
            raise

    async def _started(self) -> None:
        from simulators.wire.client import Endpoint

        place = Endpoint.of(self.base_url, None)
        if await _listens(place.host, place.port):
            raise LabError(
                f"{self.base_url}: somebody listens there already, on port {place.port}; "
                "name a free one, or leave out target.start"
            )
        self._command = self._filled()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdout=self._log, stderr=self._log, env=_environment(), start_new_session=True
            )  # a session of its own: Ctrl-C is for us, who end what is open first
        except OSError as failed:
            hint = f"; {PACKAGES[self._command[0]]}" if self._command[0] in PACKAGES else ""
            raise LabError(f"cannot start {self._command[0]!r}: {failed.strerror}{hint}") from None
        self._guard = await _guarded(self._process)
        deadline = asyncio.get_running_loop().time() + self.PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                raise LabError(
                    f"{self._command[0]!r} ended at once with {self._process.returncode}: {self._last_words()}"
                )
            if await _listens(place.host, place.port):
                return
        raise LabError(f"{self._command[0]!r} does not listen at {self.base_url} after {self.PATIENCE_S:g} s")

    async def stop(self) -> None:
        """End it, and whoever it started: faketime runs the server as its child, and dies alone when it is told to."""
        if self._process and self._process.returncode is None:
            _signal(self._process, signal.SIGTERM)
            try:
                await asyncio.wait_for(self._gone(self._process), 5)
            except TimeoutError:
                _signal(self._process, signal.SIGKILL)
                await self._process.wait()
        if self._guard:
            _signal(self._guard, signal.SIGKILL)
            await self._guard.wait()
            self._guard = None
        self._log.close()

    async def _gone(self, process: asyncio.subprocess.Process) -> None:
        """It has ended, and its address is free for the next one."""
        from simulators.clock import pause
        from simulators.wire.client import Endpoint

        await process.wait()
        place = Endpoint.of(self.base_url, None)
        while await _listens(place.host, place.port):
            await pause(0.05)

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-400:].decode("utf-8", "replace").strip()


async def _guarded(process: asyncio.subprocess.Process) -> asyncio.subprocess.Process | None:
    """Somebody who ends the process when we are gone without a word, as after kill -9: its input ends then."""
    if sys.platform == "win32":
        return None
    return await asyncio.create_subprocess_exec(
        "sh", "-c", GUARD, "sh", str(process.pid),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """To everybody in the session that was made for the process."""
    if sys.platform == "win32":
        process.send_signal(number)
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def _listens(host: str, port: int) -> bool:
    from simulators.clock import pause

    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        await pause(0.05)
        return False
    writer.close()
    return True
