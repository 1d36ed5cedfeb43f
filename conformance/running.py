"""Plays scenarios in a lab and judges what each of them caused. Used by the pytest plugin and by the proof."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.beijing.preamble import seconds_of_states, show_that_states_are_told, show_that_tokens_are_given
from conformance.finding import Finding
from conformance.foresight import lasting
from conformance.judge import Judge
from conformance.preamble import show_that_it_works
from conformance.requirements.ledger import Requirement
from conformance.scenario import Scenario
from conformance.staging import Stage
from conformance.verdict import Status, Why
from simulators.beijing.messages import Interface
from simulators.journal.personal import Personal
from simulators.lab.client import Lab, Lacking, Unmet
from simulators.lab.leases import NothingToLend
from simulators.lab.running import RunningLab

LARGEST_PART = 1 / 3  # of a run that the connectors' states may take


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a scenario: pass, fail, inconclusive with its reason, or our own error (``trace``)."""

    status: Status
    reason: str = ""
    bad: tuple[Finding, ...] = ()
    trace: str = ""


class Run:
    """One lab, one server, one journal, one judge. Use as a context.

    ``personal`` gathers what must be masked where something of this run is shown.
    """

    def __init__(
        self,
        stage: Stage,
        journal: Path,
        rows: Sequence[Requirement],
        words: Sequence[str] = (),
        *,
        world: int = 0,
        worlds: int = 1,
        strict: bool = False,
        personal: Personal | None = None,
    ) -> None:
        self.stage, self.rows = stage, rows
        self.judge: Judge = stage.judge()
        self._words = words
        self._counts: Callable[[Requirement], bool] = lambda row: stage.counts(row, strict=strict)
        self._counting = {row.id for row in rows if self._counts(row)}
        self._running = RunningLab(stage.lab_setting(journal, world, worlds))
        self._personal = personal
        self._heard = 0

    def __enter__(self) -> Self:
        with ExitStack() as opened:  # a lab whose first record cannot be written is closed again
            opened.enter_context(self._running)
            self.lab = Lab(self._running)
            self._step("run-began", values=self.stage.recorded(self.rows, self._words))
            opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None or not issubclass(kind, KeyboardInterrupt):
                self._note_lateness()
                self._step("run-ended")
            else:
                self._rest()
            self._listen()
        finally:
            self._running.__exit__(kind, value, trace)

    def show_that_it_works(self, within_s: float = math.inf) -> None:
        """Play the preamble: the requests by which a server is seen to discriminate, as far as the target allows.

        ``within_s``: the real seconds of the whole run. The connectors' states may take a third of them.
        """
        if "reads" in (allowed := self.stage.target.effects):
            if any(row.protocol == "evchong" for row in self.rows):
                self._act("preamble", lambda: show_that_it_works(self.lab, starts="opens-session" in allowed), ())
            if any(row.protocol == "beijing" for row in self.rows):
                self._act("preamble of the city", lambda: show_that_tokens_are_given(self.lab), ())
            if any(Interface.NOTIFICATION_STATION_STATUS in row.leans for row in self.rows):
                self._show_states(within_s * LARGEST_PART)

    def _show_states(self, within_s: float) -> None:
        """Without them no row passes that leans on their pushes; but of few connectors they eat a short run up."""
        name, clock = "preamble of the connectors", self.stage.target.pixit.clock
        connectors = sum(bool(socket.box) for socket in self.lab.city.sockets())
        real_s = seconds_of_states(connectors, self.lab.do("lab.facts")["push_at_once_s"]) / (clock.rate or 1.0)
        if clock.kind == "stepped" or real_s <= within_s:
            self._act(name, lambda: show_that_states_are_told(self.lab), ())
            return
        reason = f"the {name} takes {lasting(real_s)}, more than a third of --for"
        shows = Interface.NOTIFICATION_STATION_STATUS.value
        self._step("scenario-left-out", name, {"shows": shows, "reason": reason, "why": str(Why.NEEDS_TIME)})

    def play(self, scenario: Scenario) -> Played:
        """Play one scenario, and judge what it caused."""
        if reason := self.forbidden(scenario):
            return self.leave_out(scenario, reason)
        return self._act(scenario.name, lambda: scenario.play(self.lab), scenario.rows)

    def forbidden(self, scenario: Scenario) -> str:
        """Why the target does not let a scenario be played; empty when it does."""
        effects = scenario.effects - self.stage.target.effects
        return f"the target does not allow the effect {', '.join(sorted(effects))}" if effects else ""

    def leave_out(self, scenario: Scenario, reason: str, why: Why = Why.NO_EVIDENCE, *, lacks: str = "") -> Played:
        """Do not play a scenario, and say why; ``lacks``: what it would have lacked in any case."""
        values: dict[str, object] = {"rows": list(scenario.rows), "reason": reason, "why": str(why)}
        if lacks:
            values["lacks"] = lacks
        self._step("scenario-left-out", scenario.name, values)
        return Played(Status.INCONCLUSIVE, reason)

    def _act(self, name: str, action: Callable[[], None], rows: Sequence[str]) -> Played:
        self._listen()
        self._step("scenario-began", name, {"rows": list(rows)})
        unmet = trace = ""
        try:
            action()
        except (Unmet, NothingToLend) as reason:
            unmet, lacking = str(reason), isinstance(reason, (Lacking, NothingToLend))
            self._step("scenario-unmet", name, {"rows": list(rows), "reason": unmet, "lacking": lacking})
        except Exception:  # our own error: it makes the run invalid, and the other scenarios are still played
            trace = traceback.format_exc()
            self._step("scenario-broke", name, {"rows": list(rows), "trace": trace})
        self._rest()
        self._step("scenario-ended", name)
        late = self._note_lateness() if self.stage.target.pixit.clock.kind == "scaled" else ""
        return self._judged(self._listen(), rows, unmet or late, trace, late=bool(late))

    def _note_lateness(self) -> str:
        """Write down how late we were since the last time; says it where what failed may have been in time."""
        lateness = self._running.lab.lateness()
        self._step("lateness", values=lateness)
        return f"our own clock was {lateness['jitter_ms'] / 1000:.2f} s late" if self.judge.too_late(lateness) else ""

    def _judged(
        self, findings: list[Finding], rows: Sequence[str], unmet: str, trace: str, *, late: bool = False
    ) -> Played:
        bad = tuple(finding for finding in findings if not finding.ok and finding.row in self._counting)
        if trace:
            return Played(Status.INCONCLUSIVE, "the scenario itself broke", bad, trace)
        if bad and not late:
            return Played(Status.FAIL, f"{len(bad)} bad finding(s)", bad)
        silent = [row for row in rows if not any(finding.row == row for finding in findings)]
        if unmet or silent:
            return Played(Status.INCONCLUSIVE, unmet or f"no evidence for {', '.join(silent)}")
        return Played(Status.PASS)

    def _rest(self) -> None:
        left = self.lab.do("lab.rest")["left"]
        if left:
            self._step("left-open", values={"left": left})

    def _step(self, what: str, scenario: str = "", values: dict[str, object] | None = None) -> None:
        self.lab.do("lab.step", what=what, scenario=scenario, values=values or {})

    def _listen(self) -> list[Finding]:
        """Judge what the journal has taken in since the last time."""
        found: list[Finding] = []
        for record in self._running.journal.since(self._heard):
            self._heard = record.seq
            if self._personal:
                self._personal.observe(record)
            found += self.judge.observe(record)
        return found


def play_all(run: Run, scenarios: Iterable[Scenario]) -> list[tuple[Scenario, Played]]:
    """The preamble, then every scenario."""
    run.show_that_it_works()
    return [(scenario, run.play(scenario)) for scenario in scenarios]
