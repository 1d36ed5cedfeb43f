"""The reference as a process of its own: ``python -m simulators.reference --port 8443 --setting FILE``.

Its time is the machine's, and that of faketime where it runs under it; ``--rate`` gives it a fast one of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from simulators.clock import RealClock, ScaledClock
from simulators.reference.handed import Handed
from simulators.reference.server import ReferenceServer

MISUSE = 64


def main(words: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    asked = _parser().parse_args(words)
    try:
        handed = Handed.read(asked.setting)
    except (OSError, ValueError) as wrong:
        print(
            f"--setting {asked.setting}: {wrong}; chargeproof writes it for a start command with {{setting}}",
            file=sys.stderr,
        )
        return MISUSE
    clock = ScaledClock(asked.rate, handed.clock_start_ms, handed.clock_origin_ms) if asked.rate else RealClock()
    asyncio.run(_serve(ReferenceServer(handed.setting(clock, asked.port))))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.reference", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where it listens on 127.0.0.1")
    parser.add_argument(
        "--setting", type=Path, required=True, metavar="FILE", help="what it is told: site, contract, keys"
    )
    parser.add_argument("--rate", type=float, help="protocol seconds in a real second, without faketime")
    return parser


async def _serve(server: ReferenceServer) -> None:
    ended = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, ended.set)
    await server.start()
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    sys.exit(main())
