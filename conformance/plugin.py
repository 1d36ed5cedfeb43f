"""The verdicts as pytest's own: scenarios are its tests, rows are reported as tests of their own after the last.

Each worker plays its scenarios in a lab of its own; the controller merges their journals, judges once, and reports.
Without a scenario among the collected tests nothing of this happens.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance import places, row_reports
from conformance.asked import DEFAULT_WITHIN, Asked, Misuse, rows_of
from conformance.playing import Player, Trouble
from conformance.recorded import RunResult, judge_journal, nothing_recorded
from conformance.requirements.ledger import Requirement, UnknownSelection
from conformance.running import Played
from conformance.scenario import Scenario
from conformance.target import TargetError
from conformance.telling import failure
from conformance.verdict import Exit, Status
from simulators.journal.merging import merge
from simulators.journal.tables import JournalError
from simulators.lab.client import Lab
from simulators.lab.setting import LabError

RESULT = pytest.StashKey[RunResult]()
TROUBLE = pytest.StashKey[Trouble]()
BROKEN = ("chargeproof", "broken")  # on a report: an error of ours that is in no journal


class HarnessBroke(Exception):
    """A scenario ended by an error of ours; carries the traceback."""


class Hooks:
    """What this plugin tells others."""

    @pytest.hookspec()
    def pytest_chargeproof_judged(self, config: pytest.Config, result: RunResult) -> None:
        """The whole run was judged. Called once, not in workers."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chargeproof")
    target = os.environ.get("CHARGEPROOF_TARGET", "")
    group.addoption("--target", dest="cp_target", default=target, metavar="FILE", help="the server to judge")
    group.addoption("--sut", dest="cp_sut", default="", metavar="NAME", help="start this server, of the suite's own")
    group.addoption("--cp-out", dest="cp_out", default=places.DEFAULT_OUT, metavar="DIR", help="where results go")
    group.addoption("--cp-run", dest="cp_run", default="", metavar="NAME", help="the run's folder in there")
    group.addoption("--strict-rows", dest="cp_strict", action="store_true", help="all rows count like demanded ones")
    group.addoption("--seed", dest="cp_seed", type=int, default=1, metavar="N", help="of all that is left to chance")
    group.addoption("--rows", dest="cp_rows", action="append", default=[], metavar="WORD", help="judge these rows only")
    group.addoption("--for", dest="cp_for", default=DEFAULT_WITHIN, metavar="DURATION", help="begin nothing after that")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Conformance(config), "chargeproof-conformance")


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab | None:
    """The client of this worker's lab. None where it could not be opened; the scenario's report says so."""
    conformance: Conformance = request.config.pluginmanager.getplugin("chargeproof-conformance")
    if conformance.player is None or scenario_of(request.node) is None:
        raise pytest.UsageError(f"{request.node.nodeid}: no scenario; say with @requirement for which rows it is")
    return conformance.player.lab


def scenario_of(item: pytest.Item) -> Scenario | None:
    """The scenario that a test is, if it is one."""
    found: Scenario | None = getattr(getattr(item, "obj", None), "scenario", None)
    return found


def _protocol_seconds(item: pytest.Item) -> int:
    scenario = scenario_of(item)
    return scenario.seconds if scenario else 0


class Conformance:
    """One pytest session: alone, a worker of xdist, or its controller."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.player: Player | None = None
        self._worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._parent = os.getppid()  # of a worker: its controller
        name = self._worker["chargeproof_run"] if self._worker else config.option.cp_run or places.run_name()
        self._folder = Path(config.option.cp_out) / name
        self._rows: list[Requirement] = []
        self._broken: list[str] = []

    @property
    def asked(self) -> Asked:
        option = self.config.option
        return Asked(
            target=option.cp_target, words=tuple(option.cp_rows), sut=option.cp_sut,
            strict=option.cp_strict, seed=option.cp_seed, within=option.cp_for,
        )  # fmt: skip

    # Collecting

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Before xdist starts a worker: all of them write into one folder."""
        node.workerinput["chargeproof_run"] = self._folder.name

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the scenarios that were asked for; make ready to play them."""
        scenarios = [scenario for item in items if (scenario := scenario_of(item))]
        if not scenarios:
            return
        try:
            self._prepare(scenarios)
        except (TargetError, UnknownSelection, LabError, Misuse) as misuse:
            raise pytest.UsageError(str(misuse)) from None
        wanted = {row.id for row in self._rows}
        left_out = [item for item in items if (it := scenario_of(item)) and wanted.isdisjoint(it.rows)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        if self.player and self.player.stage.target.pixit.clock.kind != "stepped":
            items.sort(key=_protocol_seconds)  # nobody can hurry this clock: so most comes about within --for

    def _prepare(self, scenarios: Sequence[Scenario]) -> None:
        asked = self.asked
        asked.within_s  # noqa: B018  a mistake in it is found before anything is played
        stage = asked.stage(os.environ)
        claimed = asked.rows(stage.target)
        played = {row.id for row in rows_of(scenarios)}
        self._rows = claimed if asked.words else [row for row in claimed if row.id in played]
        world, worlds = 0, 1
        journal = self._folder / "journal.db"
        if self._worker:
            world, worlds = int(self._worker["workerid"].removeprefix("gw")), self._worker["workercount"]
            journal = self._folder / f"journal-gw{world}.db"
        self.player = Player(asked, stage, self._rows, journal, world, worlds)

    # Playing

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Play the scenario, and make what it caused the test's outcome."""
        scenario = scenario_of(pyfuncitem)
        if scenario is None or self.player is None:
            return None
        played, trouble = self.player.play(scenario), self.player.trouble
        if trouble and trouble.exit_code == Exit.MISUSE:
            pyfuncitem.session.shouldstop = trouble.text  # nothing can be played, and nothing will be judged
        self._tell(played, self.player)
        return True

    def _tell(self, played: Played, player: Player) -> None:
        masked = player.masked
        if played.trace:
            raise HarnessBroke(masked(played.trace))
        accepted = {entry.id for entry in player.stage.target.accepted if entry.verdict == Status.FAIL}
        if bad := [finding for finding in played.bad if finding.row not in accepted]:
            pytest.fail(masked(failure(bad, player.asked, records=self._worker is None)), pytrace=False)
        if played.status is not Status.PASS:
            pytest.skip(masked(played.reason))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """An error of ours is an error and not a failure; what was skipped says where it stands."""
        report = yield
        if scenario_of(item) is None:
            return report
        if call.excinfo and isinstance(call.excinfo.value, HarnessBroke):
            report.when, report.longrepr = "setup", str(call.excinfo.value)
        elif report.failed and report.when != "call":
            report.user_properties.append(BROKEN)
        elif report.skipped and call.excinfo:
            path, line, _ = item.location
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {call.excinfo.value}")
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember errors around scenarios that no journal knows of: in fixtures, or a worker that died."""
        died = report.failed and str(report.when) == "???"
        if died or BROKEN in map(tuple, report.user_properties):
            self._broken.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")

    # Judging

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """After the last scenario: end the run, judge the whole, report the rows."""
        try:
            done = yield
        except BaseException as stopped:
            self._finish(session, interrupted=isinstance(stopped, KeyboardInterrupt))
            raise
        self._finish(session, interrupted=False)
        return done

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of xdist has ended, and hands over what kept it from going on."""
        code, text = getattr(node, "workeroutput", {}).get("chargeproof_trouble", (0, ""))
        if code:
            self.config.stash[TROUBLE] = Trouble(code, text)

    def _finish(self, session: pytest.Session, *, interrupted: bool) -> None:
        if self.player is not None:
            if not session.testscollected and self.asked.words:
                self.player.open()  # rows without a scenario of their own: the preamble alone may show something
            self.player.close(interrupted=interrupted or self._orphaned())
            self._pass_on(self.player.trouble)
        if self._worker is None:
            self._stop_workers(interrupted)
            self._judge(session)

    def _orphaned(self) -> bool:
        """The controller of this worker was killed: scenarios that it kept for later are not played."""
        return self._worker is not None and os.getppid() != self._parent

    def _pass_on(self, trouble: Trouble | None) -> None:
        if trouble is None:
            return
        if self._worker is not None:
            self.config.workeroutput["chargeproof_trouble"] = (trouble.exit_code, trouble.text)  # type: ignore[attr-defined]
        else:
            self.config.stash[TROUBLE] = trouble

    def _stop_workers(self, interrupted: bool) -> None:
        dsession = self.config.pluginmanager.getplugin("dsession")
        if interrupted and dsession is not None:
            dsession.nodemanager.teardown_nodes()  # their journals are read next

    def _judge(self, session: pytest.Session) -> None:
        journals = self._journals()
        trouble = self.config.stash.get(TROUBLE, None)
        if trouble and trouble.exit_code == Exit.MISUSE:
            return
        if not journals and not trouble:
            return
        result = self._result(journals)
        troubles = [*([trouble.text] if trouble else []), *self._broken]
        result = result.with_trouble(troubles)
        self.config.stash[RESULT] = result
        places.point_latest(self._folder)
        self._report(session, result)
        self.config.hook.pytest_chargeproof_judged(config=self.config, result=result)

    def _journals(self) -> list[Path]:
        """The journal of a lone run, or those of the workers made into one."""
        whole = self._folder / "journal.db"
        parts = sorted(self._folder.glob("journal-gw*.db"))
        if parts:
            try:
                merge(parts, whole)
            except JournalError as error:
                self.config.stash[TROUBLE] = Trouble(Exit.INVALID, str(error))
                return parts
            for leftover in (*self._folder.glob("journal-gw*.db*"), self._folder / ".turns"):
                leftover.unlink(missing_ok=True)
        return [whole] if whole.exists() else []

    def _result(self, journals: list[Path]) -> RunResult:
        try:
            return judge_journal(journals)
        except JournalError as error:
            asked = self.asked
            stage = asked.stage(os.environ)
            rows = self._rows or asked.rows(stage.target)
            return nothing_recorded(asked, stage, rows, self._folder).with_trouble([str(error)])

    def _report(self, session: pytest.Session, result: RunResult) -> None:
        reports = list(row_reports.reports(result))
        session.testscollected += len(reports) // 2
        for report in reports:
            self.config.hook.pytest_runtest_logreport(report=report)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Where everything is."""
        result = self.config.stash.get(RESULT, None)
        trouble = self.config.stash.get(TROUBLE, None)
        if trouble:
            terminalreporter.write_line(f"chargeproof: {trouble.text}", red=True)
        if result:
            code = result.exit_code
            terminalreporter.write_line(f"chargeproof: {self._folder}, `chargeproof check` would exit with {code}")
