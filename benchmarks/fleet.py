"""How many boxes one process can be, at their documented pace, over TLS, against the reference in another process.

Run: ``python -m benchmarks.fleet [--boxes 2000] [--seconds 60]``. Both processes end by themselves, temporary files
are removed. What decides is how late messages leave: a fleet that cannot keep its own pace measures itself.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from simulators.clock import RealClock, monotonic_ns
from simulators.evchong.fleet import Crew, Fleet, FleetSetting
from simulators.journal.store import Journal
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.wire.client import Endpoint
from simulators.wire.tls import Authority, client_context

LATENESS_AIM_MS = 50


def setting_of(options: argparse.Namespace) -> FleetSetting:
    return FleetSetting(
        boxes=options.boxes,
        seed=options.seed,
        charging_percent=options.charging_percent,
        ramp_s=options.ramp_s,
        session_s=(20, 60),
        pause_s=(1, 10),
    )


# The server's process


async def serve(options: argparse.Namespace) -> None:
    """The reference with the fleet's own site, until standard input ends."""
    server = ReferenceServer(
        ServerSetting(
            site=Crew(setting_of(options)).site(),
            clock=RealClock(),
            certificate=Path(options.serve) / "server.pem",
            seed=options.seed,
        )
    )
    server.keep_alive_s = options.keep_alive_s
    await server.start()
    print(server.base_url, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop()
    orders = server.state.orders
    print(f"{sum(order.energy_wh is None for order in orders)} of {len(orders)} open, {used()}", flush=True)


@contextmanager
def reference(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server in another process, and its address; its last line is still to be read when the block ends."""
    command = [sys.executable, "-m", "benchmarks.fleet", *sys.argv[1:], "--serve", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip(), server
        finally:
            if server.stdin and not server.stdin.closed:
                server.stdin.close()
            server.wait(30)


# The fleet's process


async def press(options: argparse.Namespace, url: str, tls_ca: Path, journal: Journal) -> tuple[Fleet, float]:
    """Let the fleet live; gives it and how long it took."""
    fleet = Fleet(
        Crew(setting_of(options)),
        Endpoint.of(url, client_context(str(tls_ca))),
        RealClock(),
        journal_post=journal.post,
    )
    began_ns = monotonic_ns()
    await fleet.run(options.seconds)
    return fleet, (monotonic_ns() - began_ns) / 1e9


def memory_kib() -> int:
    """The most that this process has taken."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


AT_START_KIB = memory_kib()


def used() -> str:
    """Memory and time of this process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return f"{memory_kib() / 1024:,.0f} MiB at most, {spent.ru_utime + spent.ru_stime:.1f} s of one core"


def tell(options: argparse.Namespace, fleet: Fleet, taken_s: float) -> None:
    tally = fleet.tally
    print(f"{options.boxes:,} boxes, {options.charging_percent} % charging, {taken_s:.1f} s, seed {options.seed}")
    print(f"  requests      {tally.requests:9,}  {tally.requests / taken_s:,.0f}/s", dict(tally.sent.most_common()))
    print(f"  answered      {tally.answered:9,}  refused {tally.refused:,}, errors {dict(tally.errors) or 'none'}")
    print(f"  reconnected   {tally.reconnected:9,}  (the server had closed the idle connection)")
    print(f"  slowest       {tally.slowest_ns / 1e6:9,.0f} ms, connecting included")
    late = {percent: tally.lateness_ms(percent) for percent in (50, 99, 100)}
    print(f"  sent late by  p50 {late[50]} ms, p99 {late[99]} ms, max {late[100]} ms", end="")
    print(f"; p99 of the aim: {late[99] / LATENESS_AIM_MS:.2f}")
    print(f"  left open     {len(fleet.left_open):9,}")
    print(
        f"  fleet         {used()}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / options.boxes:.0f} KiB a box"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--boxes", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--ramp-s", type=float, default=10.0)
    parser.add_argument("--charging-percent", type=int, default=20)
    parser.add_argument("--keep-alive-s", type=int, default=5, help="how long the server keeps an idle connection")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve(options))
        return
    with tempfile.TemporaryDirectory(prefix="chargeproof-benchmark-") as name:
        folder, authority = Path(name), Authority()
        ca = authority.write_ca(folder / "ca.pem")
        authority.write_server(folder / "server.pem")
        with reference(folder) as (url, server), Journal.create(folder / "journal.db") as journal:
            fleet, taken_s = uvloop.run(press(options, url, ca, journal))
            last_words, _ = server.communicate(timeout=30)
        tell(options, fleet, taken_s)
        print(f"  reference     {last_words.strip()}")


if __name__ == "__main__":
    main()
