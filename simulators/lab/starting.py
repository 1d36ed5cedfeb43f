"""Starting a server: the embedded reference, one of its kin by "module:Class", or a command."""

from __future__ import annotations

import asyncio
import importlib
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from simulators.clock import Clock
from simulators.lab.setting import LabError, LabSetting
from simulators.wire.tls import Authority

EMBEDDED = {"reference": "simulators.reference.server:ReferenceServer"}
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


async def start_server(setting: LabSetting, clock: Clock, premises: Premises) -> Started:
    """Start what the setting names, in this loop, and wait until it listens."""
    assert setting.start is not None
    if isinstance(setting.start, Sequence) and not isinstance(setting.start, str):
        command = _Command(list(setting.start), setting.base_url)
        await command.start()
        return command
    from simulators.reference.setting import ServerSetting

    server: Started = load(setting.start)(
        ServerSetting(
            site=setting.site,
            clock=clock,
            certificate=premises.certificate,
            readings=dict(setting.readings),
            plain_http_port=premises.plain_http_port,
            seed=setting.seed,
            offline_after_intervals=setting.offline_after_intervals,
        )
    )
    await server.start()
    return server


class _Command:
    """A server behind a command of the user's; it listens at the base URL that the target file names."""

    PATIENCE_S = 30.0

    def __init__(self, command: list[str], base_url: str) -> None:
        self.base_url = base_url
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()

    async def start(self) -> None:
        from simulators.wire.client import Endpoint

        try:
            self._process = await asyncio.create_subprocess_exec(*self._command, stdout=self._log, stderr=self._log)
        except OSError as failed:
            raise LabError(f"cannot start {self._command[0]!r}: {failed.strerror}") from None
        place = Endpoint.of(self.base_url, None)
        deadline = asyncio.get_running_loop().time() + self.PATIENCE_S
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                raise LabError(
                    f"{self._command[0]!r} ended at once with {self._process.returncode}: {self._last_words()}"
                )
            if await _listens(place.host, place.port):
                return
        await self.stop()
        raise LabError(f"{self._command[0]!r} does not listen at {self.base_url} after {self.PATIENCE_S:g} s")

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-400:].decode("utf-8", "replace").strip()


async def _listens(host: str, port: int) -> bool:
    from simulators.clock import pause

    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        await pause(0.05)
        return False
    writer.close()
    return True
