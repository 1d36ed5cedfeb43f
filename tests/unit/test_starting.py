"""A server that we started does not outlive us."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.unit.front_door import ENVIRONMENT, ROOT

KILLED = """
import asyncio, os, signal
from simulators.lab.starting import _guarded

async def begin():
    server = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    await _guarded(server)
    print(server.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(begin())
"""
LIMIT_S = 10.0


def runs(pid: int) -> bool:
    """The process is there, and no zombie that nobody has buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_we_started_ends_also_when_we_are_killed() -> None:
    """After kill -9 nobody is left to stop it, and the next run would find its address taken."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S
    )
    assert done.returncode == -signal.SIGKILL
    deadline, waiting = time.monotonic() + LIMIT_S, threading.Event()
    while runs(int(done.stdout)):
        assert time.monotonic() < deadline
        waiting.wait(0.02)
