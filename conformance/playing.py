"""Plays the scenarios of one worker: opens its lab when the first one comes, and knows when to stop."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.asked import Asked
from conformance.foresight import foresee, lasting
from conformance.places import point_latest
from conformance.recorded import redactor
from conformance.requirements.ledger import Requirement, ledger
from conformance.running import Played, Run
from conformance.scenario import Scenario
from conformance.staging import Stage
from conformance.verdict import Exit, Status, Why
from simulators.clock import monotonic_ns
from simulators.journal.personal import Personal
from simulators.journal.tables import JournalError
from simulators.lab.client import Lab
from simulators.lab.setting import LabError


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing more can be played, and the exit code that it means: the target's fault (64) or ours (3)."""

    exit_code: int
    text: str


class Player:
    """The lab, server, clock and journal of one worker; ``world`` of ``worlds``."""

    def __init__(
        self, asked: Asked, stage: Stage, rows: Sequence[Requirement], journal: Path, world: int = 0, worlds: int = 1
    ) -> None:
        self.asked, self.stage = asked, stage
        self.trouble: Trouble | None = None
        self._rows, self._journal = rows, journal
        self._world, self._worlds = world, worlds
        self._shared = worlds > 1 and not isinstance(stage.sut or stage.target.start, str)
        self._run: Run | None = None
        self._personal = Personal()
        self._told = False  # the trouble: once is enough
        self._began_ns = monotonic_ns()

    def open(self) -> Run | None:
        """The run, its preamble played; None when there is trouble."""
        if self._run is None and self.trouble is None:
            try:
                self._run = self._opened()
            except LabError as error:
                self._in_trouble(Exit.MISUSE, error)
            except JournalError as error:
                self._in_trouble(Exit.INVALID, error)
        return self._run

    @property
    def lab(self) -> Lab | None:
        """The client that scenarios speak to."""
        run = self.open()
        return run.lab if run else None

    def play(self, scenario: Scenario) -> Played:
        """Play a scenario, or leave it out for want of time or of a server."""
        run = self.open()
        try:
            if run is not None:
                return self._played(run, scenario)
        except (LabError, JournalError) as error:
            self._in_trouble(Exit.INVALID, error)
        assert self.trouble is not None
        if self._told:
            return Played(Status.INCONCLUSIVE, f"not played: {self.trouble.text}")
        self._told = True
        return Played(Status.INCONCLUSIVE, "the run cannot go on", trace=self.trouble.text)

    def close(self, *, interrupted: bool) -> None:
        """End the run. ``interrupted``: sessions are stopped, and the journal says that it was broken off."""
        if self._run is None:
            return
        run, self._run = self._run, None
        try:
            run.__exit__(KeyboardInterrupt if interrupted else None, None, None)
        except (LabError, JournalError) as error:
            if self.trouble is None:
                self._in_trouble(Exit.INVALID, error)

    def masked(self, text: str) -> str:
        """The text as it may leave the journal, as far as that has come."""
        return redactor(self.stage.target, self._personal).text(text)

    def _in_trouble(self, code: int, error: Exception) -> None:
        self.trouble = Trouble(code, self.masked(str(error)))

    def _opened(self) -> Run:
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        run = Run(
            self.stage, self._journal, self._rows, self.asked.words,
            world=self._world, worlds=self._worlds, strict=self.asked.strict, personal=self._personal,
        )  # fmt: skip
        run.__enter__()
        self._run = run  # from here on it is closed, whatever happens
        if self._world == 0:
            point_latest(self._journal.parent)  # now and not at the end, which a killed run never sees
        run.lab.do("lab.step", what="run-asked", values={"strict": self.asked.strict, "within": self.asked.within})
        with self._turn(exclusive=False):
            run.show_that_it_works(self.asked.within_s)
        return run

    def _played(self, run: Run, scenario: Scenario) -> Played:
        if reason := run.forbidden(scenario):  # first, as more time would not help it
            return run.leave_out(scenario, reason, lacks=foresee(self.stage, scenario).lacks)
        if reason := _unreachable(run, scenario):
            return run.leave_out(scenario, reason)
        if reason := self._too_late_for(scenario):
            if lacks := foresee(self.stage, scenario).lacks:  # nor would it help this one
                return run.leave_out(scenario, lacks)
            return run.leave_out(scenario, reason, Why.NEEDS_TIME)
        with self._turn(exclusive=scenario.exclusive):
            return run.play(scenario)

    def _too_late_for(self, scenario: Scenario) -> str:
        spent_s = (monotonic_ns() - self._began_ns) / 1e9
        if spent_s > self.asked.within_s:
            return f"the {self.asked.within} of --for were over"
        clock = self.stage.target.pixit.clock
        real_s = scenario.seconds / (clock.rate or 1.0)
        if clock.kind != "stepped" and spent_s + real_s > self.asked.within_s:
            return f"takes {lasting(real_s)}, more than was left of --for {self.asked.within}"
        return ""

    @contextmanager
    def _turn(self, *, exclusive: bool) -> Iterator[None]:
        """On a server that several workers share, an exclusive scenario runs while no other does."""
        if not self._shared:
            yield
            return
        import fcntl

        descriptor = os.open(self._journal.parent / ".turns", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)


def _unreachable(run: Run, scenario: Scenario) -> str:
    """Why nobody answers in a protocol that a scenario is for; empty while somebody may."""
    whys = run.judge.unreachable
    return next((whys[name] for row in scenario.rows if (name := ledger()[row].protocol) in whys), "")
