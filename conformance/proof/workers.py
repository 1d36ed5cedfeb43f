"""Processes that prove one server each at a time; a server that hangs is given up, with its process."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from conformance.proof.playing import Job, Setting, prove, settle_journal
from conformance.proof.weighing import Outcome, Result
from simulators.clock import monotonic_ns
from simulators.lab.kin import Member

LIMIT_S = 120.0  # a server

# Not fork: the threads of a lab, and those of whoever calls, would be lost in the child.
_processes = multiprocessing.get_context("spawn")


class Workers:
    """A number of processes, and one more: some servers only wait, and each waits a while for an answer that never
    comes. Use as a context: at its end all are gone.
    """

    def __init__(self, count: int, setting: Setting, limit_s: float = LIMIT_S) -> None:
        self._setting, self._limit_s = setting, limit_s
        self._workers = [_Worker(setting) for _ in range(count + 1)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()

    def prove(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Prove the servers in this order, as many at a time as there are workers; gives each when it is done."""
        jobs = list(jobs)
        slow = deque(job for job in jobs if job.member.slow)
        quick = deque(job for job in jobs if not job.member.slow)
        while True:
            for place, worker in enumerate(self._workers):
                waiting = (slow or quick) if place == 0 else (quick or slow)
                if worker.member is None and waiting:
                    worker.take(waiting.popleft())
            busy = [worker for worker in self._workers if worker.member is not None]
            if not busy:
                return
            wait([worker.line for worker in busy], max(0.0, min(worker.left_s(self._limit_s) for worker in busy)))
            for worker in busy:
                yield from self._heard(worker)

    def _heard(self, worker: _Worker) -> Iterator[Outcome]:
        if worker.line.poll():
            outcome = worker.outcome()
        elif worker.left_s(self._limit_s) <= 0:
            outcome = worker.given_up(f"did not end within {self._limit_s:g} s")
        else:
            return
        if not worker.alive:
            self._workers[self._workers.index(worker)] = _Worker(self._setting)
        yield outcome


class _Worker:
    """One process, made when there is something for it to do, and the server that it is busy with."""

    def __init__(self, setting: Setting) -> None:
        self.line, self._theirs = _processes.Pipe()
        self.member: Member | None = None
        self.alive = True
        self._setting = setting
        self._began_ns = 0
        self._process = _processes.Process(target=_serve, args=(self._theirs, setting), daemon=True)

    def take(self, job: Job) -> None:
        if self._process.pid is None:
            self._process.start()
            self._theirs.close()
        self.member, self._began_ns = job.member, monotonic_ns()
        with suppress(BrokenPipeError):  # it has died; the next look at the line tells
            self.line.send(job)

    def left_s(self, limit_s: float) -> float:
        return limit_s - (monotonic_ns() - self._began_ns) / 1e9

    def outcome(self) -> Outcome:
        try:
            outcome: Outcome = self.line.recv()
        except EOFError:
            self._process.join(5)
            return self.given_up(f"took its process down (exit code {self._process.exitcode})")
        self.member = None
        return outcome

    def given_up(self, why: str) -> Outcome:
        """Nothing more is heard of this server."""
        assert self.member is not None
        member, self.member, self.alive = self.member, None, False
        self.end()
        settle_journal(self._setting.scratch / f"{member.name}.db", self._setting.kept, keep=True)
        spent_s = (monotonic_ns() - self._began_ns) / 1e9
        return Outcome(member=member, result=Result.ERROR, trouble=(why,), duration_s=round(spent_s, 3))

    def end(self) -> None:
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()
        self.line.close()


def _serve(line: Connection, setting: Setting) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us, and it ends us
    gc.set_threshold(50_000, 20, 50)  # records and findings stay until a run ends: looking for garbage often finds none
    tempfile.tempdir = str(setting.scratch)  # so that nothing stays when this process is ended
    while True:
        try:
            job = line.recv()
        except EOFError:
            return
        line.send(prove(job, setting))
