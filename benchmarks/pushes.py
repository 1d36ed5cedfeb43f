"""Whether the mock platform keeps up with a server that pushes a thousand statuses a second, and loses none of them.

Run: ``python -m benchmarks.pushes [--per-s 1000] [--seconds 10]``. The server is a process of its own that sends at its
pace whatever the platform does; the rules judge beside. Answers are timed from when their push was due. What one push
costs stands beside its bare envelope: a ratio says the same on every machine.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct

from conformance.judge import Judge
from conformance.staging import Stage
from conformance.target import Target
from simulators.beijing.envelope import (
    SeqCounter,
    open_answer,
    open_request,
    seal_answer,
    seal_request,
    time_stamp_at,
    wire_bytes,
)
from simulators.beijing.keys import KeySet
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import PATH
from simulators.clock import monotonic_ns, pause, wall_ns
from simulators.journal.records import Exchange
from simulators.lab.running import RunningLab
from simulators.lab.starting import free_port
from simulators.wire.client import Endpoint, WireClient

STATUS = Interface.NOTIFICATION_STATION_STATUS
KEYS = KeySet(
    operator_id="MA0TEST01",
    operator_secret="0123456789ABCDEF",
    data_secret="89ABCDEF01234567",
    data_secret_iv="FEDCBA9876543210",
    sig_secret="13579BDF02468ACE",
)
SOCKETS = [f"110105000000000000{number:05}001" for number in range(100)]
STATES = (1, 2, 4)  # idle, occupied, reserved
CONNECTIONS = 16
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.05
BARE_ROUNDS = 2000

TARGET = f"""
[target]
name = "many pushes"
effects = ["reads"]
[pics]
beijing = true
[pixit.beijing]
platform_id = "MA0CITY01"
operator_id = "{KEYS.operator_id}"
base_url = "http://127.0.0.1:9/evcs/20160701"
listen = "http://127.0.0.1:PORT"
[pixit.beijing.platform_keys]
operator_secret = "{KEYS.operator_secret}"
data_secret = "{KEYS.data_secret}"
data_secret_iv = "{KEYS.data_secret_iv}"
sig_secret = "{KEYS.sig_secret}"
""" + "".join(
    f'[[pixit.beijing.connector]]\nid = "{socket}"\nequipment = "{socket[:-3]}"\nstation = "ST-0001"\n'
    for socket in SOCKETS
)


class Pushed(Struct, kw_only=True):
    """What the server saw."""

    sent: int = 0
    taken: int = 0  # answered with Ret 0
    slowest_ms: float = 0.0  # from when a push was due
    lasted_s: float = 0.0  # from the first one to the last answer


class Took(Struct, kw_only=True):
    """What the platform took in, of the pushes alone, and what that cost the process."""

    pushed: Pushed
    rows: int  # of the journal
    judged: int  # shown to the rules
    busy_s: float  # of one core, the rules included
    judging_s: float
    slowest_commit_ms: float


# The server's process


class Server:
    """Pushes at its own pace: who gets no answer in time is not waited for."""

    def __init__(self, url: str) -> None:
        endpoint = Endpoint.of(url + PATH.rstrip("/"), None)
        self.pushed = Pushed()
        self._free: asyncio.Queue[WireClient] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(WireClient(endpoint, PATIENCE_S))
        self._seq, self._token = SeqCounter(), ""
        self._changes = zip(cycle(SOCKETS), cycle(STATES))

    async def press(self, per_s: float, seconds: float) -> Pushed:
        """A token, then so many pushes a second for so long; ends when the last is answered."""
        asked = {"OperatorID": KEYS.operator_id, "OperatorSecret": KEYS.operator_secret}
        self._token = (await self._call(Interface.QUERY_TOKEN, asked) or {})["AccessToken"]
        began_ns, pushes = monotonic_ns(), []
        for number in range(round(per_s * seconds)):
            due_ns = began_ns + round(number / per_s * 1e9)
            while monotonic_ns() < due_ns:
                await pause(0.001)
            pushes.append(asyncio.create_task(self._push(due_ns)))
        await asyncio.gather(*pushes)
        self.pushed.lasted_s = (monotonic_ns() - began_ns) / 1e9
        return self.pushed

    async def _push(self, due_ns: int) -> None:
        socket, state = next(self._changes)
        self.pushed.sent += 1
        told = await self._call(STATUS, {"ConnectorStatusInfo": {"ConnectorID": socket, "Status": state}})
        self.pushed.taken += told == {"Status": 0}
        self.pushed.slowest_ms = max(self.pushed.slowest_ms, (monotonic_ns() - due_ns) / 1e6)

    async def _call(self, interface: Interface, content: Content) -> Content | None:
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {self._token}"}
        client = await self._free.get()
        try:
            attempts = await client.send("POST", f"/{interface.value}", headers, self._sealed(content))
        finally:
            self._free.put_nowait(client)
        answer = attempts[-1].answer
        return open_answer(KEYS, answer.body).content if answer else None

    def _sealed(self, content: Content) -> bytes:
        stamp = time_stamp_at(wall_ns() // 1_000_000, 480)
        return wire_bytes(seal_request(KEYS, KEYS.operator_id, content, stamp, self._seq.next(stamp)))


# The platform's process


def pressed(folder: Path, per_s: float, seconds: float) -> Took:
    """A platform under that many pushes, and rules that judge what the journal has taken in."""
    (folder / "target.toml").write_text(TARGET.replace("PORT", str(free_port())), encoding="utf-8")
    stage = Stage(target=Target.load(folder / "target.toml", {}))
    with RunningLab(stage.lab_setting(folder / "journal.db")) as running:
        running.ask("lab.step", {"what": "run-began"})
        busy_s = time.process_time()
        with _server(stage.target.pixit.beijing.listen if stage.target.pixit.beijing else "", per_s, seconds) as server:
            judged, judging_s = _judged_beside(running, stage.judge(), server)
            said = server.stdout.read() if server.stdout else b""
        busy_s = time.process_time() - busy_s
        rows = sum(_is_push(record) for record in running.journal.since(0))
        commit_ms = running.journal.slowest_commit_ms
    return Took(
        pushed=msgspec.json.decode(said, type=Pushed), rows=rows, judged=judged, busy_s=busy_s,
        judging_s=judging_s, slowest_commit_ms=commit_ms,
    )  # fmt: skip


@contextmanager
def _server(url: str, per_s: float, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """The server in another process; what it saw is still to be read when the block ends."""
    words = ["--press", url, "--per-s", str(per_s), "--seconds", str(seconds)]
    command = [sys.executable, "-m", "benchmarks.pushes", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as server:
        try:
            yield server
        finally:
            server.kill()


def _judged_beside(running: RunningLab, judge: Judge, server: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Judge until the server has ended and nothing is left; how many pushes, and the processor's time of it."""
    heard = judged = 0
    judging_s = 0.0
    while True:
        ended = server.poll() is not None
        began_s = time.thread_time()
        for record in running.journal.since(heard):
            judge.observe(record)
            heard, judged = record.seq, judged + _is_push(record)
        judging_s += time.thread_time() - began_s
        if ended:
            return judged, judging_s
        time.sleep(LOOK_EVERY_S)


def _is_push(record: object) -> bool:
    return isinstance(record, Exchange) and record.operation == STATUS


def bare_us() -> float:
    """What nobody can leave out of a push: opening its envelope, and sealing the answer's."""
    content = {"ConnectorStatusInfo": {"ConnectorID": SOCKETS[0], "Status": STATES[0]}}
    body = wire_bytes(seal_request(KEYS, KEYS.operator_id, content, "20250115104603", "0001"))
    began_s = time.process_time()
    for _ in range(BARE_ROUNDS):
        open_request(KEYS, body)
        wire_bytes(seal_answer(KEYS, 0, "", {"Status": 0}))
    return (time.process_time() - began_s) / BARE_ROUNDS * 1e6


def tell(per_s: float, took: Took) -> None:
    pushed, bare = took.pushed, bare_us()
    rate, room = pushed.taken / pushed.lasted_s, pushed.sent / took.busy_s
    cost_us, judging_us = 1e6 / room, took.judging_s / pushed.sent * 1e6
    print(f"{pushed.sent:,} pushes over {CONNECTIONS} connections, the last answered after {pushed.lasted_s:.1f} s")
    print(f"  taken in        {rate:9,.0f}/s  of the pace: {rate / per_s:.2f}")
    for words, number in (("answered", pushed.taken), ("in the journal", took.rows), ("judged", took.judged)):
        print(f"  {words:<14}  {number:9,}    of the pushes sent: {number / pushed.sent:.4f}")
    print(f"  slowest answer  {pushed.slowest_ms:9,.0f} ms after it was due")
    print(f"  slowest commit  {took.slowest_commit_ms:9,.0f} ms")
    print(f"  room by cost    {room:9,.0f}/s  by one whole core; of the pace: {room / per_s:.2f}")
    print(f"  cost of a push  {cost_us:9,.0f} us   of the {bare:.0f} us of its bare envelope: {cost_us / bare:.1f}")
    print(f"  for the rules   {judging_us:9,.0f} us   of the whole: {judging_us / cost_us:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--per-s", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--press", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.press:
        pushed = uvloop.run(Server(options.press).press(options.per_s, options.seconds))
        sys.stdout.buffer.write(msgspec.json.encode(pushed))
        return
    with tempfile.TemporaryDirectory(prefix="chargeproof-benchmark-") as folder:
        took = pressed(Path(folder), options.per_s, options.seconds)
    tell(options.per_s, took)


if __name__ == "__main__":
    main()
