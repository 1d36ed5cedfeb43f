"""How commands are ended from outside: SIGTERM as Ctrl-C, so that nothing stays open, and no key stays on the disk."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """SIGTERM. Who sends it (CI, docker stop, systemd) kills what has not ended some seconds later."""


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, which is how CI ends a job, stops open sessions as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # elsewhere no signal arrives
        return

    def end(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
