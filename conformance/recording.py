"""Real traffic judged: a proxy in front of a server records it until Ctrl-C, and the journal is judged as any other."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.asked import Asked, Misuse, seconds_of
from conformance.places import new_folder, point_latest
from conformance.recorded import RunResult, judge_journal
from conformance.staging import claiming
from simulators.lab.recording import CA_FILE, Recording
from simulators.wire.client import Endpoint
from simulators.wire.listening import no_listening

DEFAULT_LISTEN = "127.0.0.1:8443"

Show = Callable[[RunResult, Path], None]  # told the result, and the folder of the run


def record(
    target: str = "",
    listen: str = DEFAULT_LISTEN,
    certificate: Path | None = None,
    within: str = "",
    out: Path = Path("chargeproof-out"),
    *,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
    show: Show | None = None,
) -> int:
    """Record what passes to the target's server, then judge it; gives the exit code.

    ``listen`` is HOST:PORT, with TLS by ``certificate`` (PEM, key and chain) or a throw-away one; http://HOST:PORT is
    for a place where something else ends TLS. ``within`` is how long, until Ctrl-C when empty.

    Raises:
        TargetError, Misuse, LabError: what was asked for cannot be done; says what would do.
        JournalError: the journal could not be written.
    """
    host, port, plain = _place(listen)
    limit_s = seconds_of(within) if within else None
    asked = Asked(target=target)
    stage = asked.stage(environ)
    if not stage.has("evchong"):
        raise Misuse(
            f"{stage.target.path}: {stage.target.name} claims no evchong in [pics]; record hears charge boxes only, "
            "and what the city says and is told is in the journals of `check beijing` and `city stations --watch 3m`"
        )
    # What passes here are the boxes' exchanges alone; so that is all that the target is held to.
    stage = replace(stage, target=claiming(stage.target, ("evchong",)), ours=False)
    began = stage.recorded(asked.rows(stage.target), ())
    _can_listen(listen, host, port)
    folder = new_folder(out)
    setting = replace(stage.lab_setting(folder / "journal.db"), clock="real")
    recording = Recording(setting, began, host=host, port=port, plain=plain, certificate=certificate)

    def announce(url: str, server: Endpoint) -> None:
        point_latest(folder)
        say(f"proxy    {url}\nserver   {server.url}\njournal  {folder / 'journal.db'}")
        if (folder / CA_FILE).exists():
            say(f"CA       {folder / CA_FILE}")
        say(f"Let the boxes call the proxy; {f'{within} or ' if within else ''}Ctrl-C ends, then it is judged.")

    asyncio.run(_recorded(recording, limit_s, announce))
    return _judged(folder, show)


async def _recorded(recording: Recording, limit_s: float | None, announce: Callable[[str, Endpoint], None]) -> None:
    until = asyncio.Event()
    with _ended_by_signals(until):
        await recording.run(until, limit_s, announce)


@contextmanager
def _ended_by_signals(until: asyncio.Event) -> Iterator[None]:
    """Ctrl-C, and SIGTERM as service managers send it, end the recording in good order."""
    if threading.current_thread() is not threading.main_thread():
        yield  # elsewhere no signal arrives
        return
    loop, ends = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
    for end in ends:
        loop.add_signal_handler(end, until.set)
    try:
        yield
    finally:
        for end in ends:
            loop.remove_signal_handler(end)


def _judged(folder: Path, show: Show | None) -> int:
    result = judge_journal([folder / "journal.db"])
    if show is not None:
        show(result, folder)
    return result.exit_code


def _can_listen(listen: str, host: str, port: int) -> None:
    """Asked before anything is written down. Raises Misuse where nobody can listen."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as why:
        raise Misuse(f"--listen {listen}: {no_listening(why)}") from None


def _place(listen: str) -> tuple[str, int, bool]:
    """Host, port, and whether it is plain HTTP."""
    try:
        parts = urlsplit(listen if "//" in listen else f"https://{listen}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or parts.scheme not in ("http", "https") or parts.path.strip("/"):
        raise Misuse(f"--listen {listen}: say HOST:PORT, such as {DEFAULT_LISTEN} or 0.0.0.0:8443")
    return host, port, parts.scheme == "http"
