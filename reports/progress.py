"""How far a check is, while it runs: a line that moves on a terminal, a line a section elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from itertools import takewhile
from types import TracebackType
from typing import Self

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from conformance.playing import Trouble
from conformance.plugin import TROUBLE
from conformance.recorded import RunResult
from conformance.scenario import Scenario
from reports.terminal import counted


class Watching:
    """A pytest plugin: shows progress, and keeps the result for whoever started pytest."""

    def __init__(self, console: Console, scenarios: Sequence[Scenario]) -> None:
        self.result: RunResult | None = None
        self.written = False  # the result, to its files
        self.trouble: Trouble | None = None
        self._console = console
        self._left = Counter(section_of(scenario.name) for scenario in scenarios)
        self._failed: Counter[str] = Counter()
        self._played: Counter[str] = Counter()
        self._total = len(scenarios)
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TextColumn("scenarios"),
                TimeElapsedColumn(), console=self._console, transient=True,
                redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._task = self._bar.add_task("opening the lab", total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self._bar:
            self._bar.update(self._task, description=section_of(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if ".py::" not in report.nodeid:
            return  # a row: the table tells of it
        section = section_of(report.nodeid)
        self._failed[section] += report.failed
        if report.when == "teardown":
            self._played[section] += 1
            self._moved(section)

    def _moved(self, section: str) -> None:
        if self._bar:
            self._bar.advance(self._task)
        elif self._played[section] == self._left[section]:
            bad = f", {self._failed[section]} failed" if self._failed[section] else ""
            done, here = f"{self._played.total()}/{self._total}", counted(self._played[section], "scenario")
            self._console.print(f"{done:>7}  {section}: {here}{bad}", highlight=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_chargeproof_judged(self, config: pytest.Config, result: RunResult) -> Generator[None, object, object]:
        """Around those who write it down: the result is there also when somebody interrupts them."""
        self.result = result
        done = yield
        self.written = True
        return done

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.trouble = config.stash.get(TROUBLE, None)


def section_of(name: str) -> str:
    """ "1.4 start trans" of ".../test_1_4_start_trans.py::test_...": where a scenario stands in its document.

    A file named after another document says which: "CEC 1.5 refusals" of test_cec_1_5_refusals.py.
    """
    before, numbers, after = _named(name)
    return " ".join(filter(None, [before.upper() if numbers else before, ".".join(numbers), after]))


def place_of(name: str) -> tuple[bool, str, tuple[int, ...]]:
    """Sorts sections as the documents do: 1.1.2 before 1.1.10, then those of another document, then the session."""
    before, numbers, _ = _named(name)
    return not numbers, before, tuple(map(int, numbers))


def _named(name: str) -> tuple[str, list[str], str]:
    """The words before the numbers, the numbers, the words after them."""
    module = name.partition("::")[0].rpartition("/")[2].removesuffix(".py").removeprefix("test_")
    words = module.split("_")
    first = next((at for at, word in enumerate(words) if word.isdigit()), len(words))
    numbers = list(takewhile(str.isdigit, words[first:]))
    return " ".join(words[:first]), numbers, " ".join(words[first + len(numbers) :])
