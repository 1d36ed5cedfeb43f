"""A run for people at a terminal: the verdict table, then whatever somebody has to act on.

Reads at 80 columns and without colour: every verdict is a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.recorded import RunResult
from conformance.requirements.ledger import NO_CHECK
from conformance.telling import clause, shown, told, untold
from conformance.verdict import Exit, Status, Verdict
from reports.order import by_section

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.ADVISORY: "yellow",
    Status.INCONCLUSIVE: "magenta",
    Status.NOT_APPLICABLE: "dim",
}
EXIT_STYLES = {Exit.PASSED: "bold green", Exit.FAILED: "bold red", Exit.OPEN: "bold magenta"}
MOST_OBSERVATIONS = 8
INDENT = (0, 0, 0, 2)
NEVER = "never judged: "
NOT_BY_CHECK = {"load": "load", "rehearse": "rehearsal"}
THE_ONE = "the one row that counts"


class Report:
    """Prints one result; everything that goes out is masked."""

    def __init__(self, result: RunResult, console: Console, folder: Path | None = None) -> None:
        self.result, self.console = result, console
        self.folder = folder or result.journal.parent
        self._masked = result.redactor().text

    def show(self) -> None:
        """The whole report."""
        self._table()
        self._first_causes()
        self._each("Failures", (Status.FAIL,))
        self._each("Advisories: recommended or derived, and not claimed", (Status.ADVISORY,))
        self._open_rows()
        self._remarks()
        self._closing()

    # The table

    def _table(self) -> None:
        for (protocol, section), verdicts in by_section(self.result.judgement.verdicts).items():
            self.console.print(Text(f"\n{protocol}/{section}", style="bold"))
            table = _grid("id", "level", "verdict", "cases")
            for verdict in verdicts:
                table.add_row(*self._line(verdict))
            self.console.print(Padding(table, INDENT))

    def _line(self, verdict: Verdict) -> list[RenderableType]:
        row = verdict.requirement
        judged = sum(case.judged > 0 for case in verdict.cases)
        words = f"{verdict.status}, accepted" if verdict.accepted else str(verdict.status)
        whose = self._whose(row.party)
        text = f"({whose}) {row.text}" if whose else row.text
        return [
            Text(f"{row.id:<9}"), Text(row.level), Text(f"{words:<12}", style=STYLES[verdict.status]),
            Text(f"{judged}/{len(verdict.cases)}".rjust(5)), Text(text, no_wrap=True, overflow="ellipsis"),
        ]  # fmt: skip

    def _whose(self, party: str) -> str:
        """Whose duty a row is, where it is not the server's."""
        box, platform = ("our box", "our platform") if self.result.stage.ours else ("the box", "the platform")
        return {"B": box, "P": platform, "H": "people"}.get(party, "")

    # What somebody has to act on

    def _first_causes(self) -> None:
        """One cause for many rows: it stands before whatever follows from it."""
        if cause := self.result.judgement.unreachable:
            self._title("No request was ever answered")
            self._told_in_red(cause)
        if causes := self.result.judgement.causes:
            self._title("Mend this first: much of what follows comes of it")
        for cause in causes:
            self._told_in_red(cause)

    def _told_in_red(self, cause: str) -> None:
        self.console.print(Padding(Text(self._masked(cause), style="bold red"), INDENT, expand=False))

    def _each(self, title: str, statuses: Iterable[Status]) -> None:
        verdicts = [verdict for verdict in self.result.judgement.verdicts if verdict.status in statuses]
        if verdicts:
            self._title(title)
        for verdict in verdicts:
            self._finding_by_finding(verdict)

    def _finding_by_finding(self, verdict: Verdict) -> None:
        row = verdict.requirement
        self.console.print()
        self.console.print(Text.assemble((row.id, STYLES[verdict.status]), "  ", row.text))
        table = _pairs()
        table.add_row("clause", clause(row))
        if verdict.accepted:
            table.add_row("accepted", self._masked(verdict.accepted))
        elif not verdict.bad or verdict.reason.startswith("[[accepted]]"):
            table.add_row("why", self._masked(verdict.reason))
        for finding in shown(verdict.bad):
            for label, text in told(finding):
                table.add_row(label, Text(self._masked(text)))
        if left := untold(verdict.bad, sum(case.failed for case in verdict.cases)):
            table.add_row("", f"and {left} more; verdicts.json has up to 20")
        table.add_row("again", self._masked(self.result.asked.again(row.id)))
        self.console.print(Padding(table, INDENT, expand=False))

    def _open_rows(self) -> None:
        verdicts = [verdict for verdict in self.result.judgement.verdicts if verdict.status is Status.INCONCLUSIVE]
        if not verdicts:
            return
        self._title("Open: not shown, so not passed")
        for heading, lines in _by_reason(verdicts).items():
            self.console.print(Text(self._masked(heading), style="magenta"))
            table = _pairs()
            for never, rows in lines.items():
                ids = ", ".join(rows)
                table.add_row(ids if never else "", Text(self._masked(never) if never else ids))
            self.console.print(Padding(table, INDENT, expand=False))

    def _remarks(self) -> None:
        judgement = self.result.judgement
        self._list(
            "Observations: lawful, and good to know",
            [
                f"{seen.row}: {seen.text} ({_times(count)}, first in record {seen.at})"
                for seen, count in judgement.observations
            ],
            MOST_OBSERVATIONS,
        )
        self._list("Left open on the server: these could not be ended", judgement.left_open, len(judgement.left_open))
        self._list("Invalid: the harness was at fault", judgement.invalid, len(judgement.invalid))
        if judgement.broken_off:
            self._list("Broken off", ["the journal has no end; what is missing may have been on its way"], 1)

    def _list(self, title: str, lines: Iterable[str], most: int) -> None:
        lines = list(lines)
        if not lines:
            return
        self._title(title)
        for line in lines[:most]:
            self.console.print(Padding(Text(self._masked(line)), INDENT, expand=False))
        if len(lines) > most:
            self.console.print(f"  and {len(lines) - most} more in verdicts.json")

    def _closing(self) -> None:
        result, journal = self.result, self.result.judgement
        names = ("report.xlsx", "verdicts.json", "journal.db", "junit.xml", "allure-results")
        files = [name for name in names if (self.folder / name).exists()]
        self.console.print()
        self.console.print(
            Text(
                f"{result.stage.target.name}{f' as {result.asked.sut}' if result.asked.sut else ''}: "
                f"{scenarios_played(result)}, {journal.records} records, {result.duration_s:.1f} s"
            )
        )
        if (page := self.folder / "report.html").exists():
            self.console.print(Text.assemble("The report for a browser: ", (str(page), "bold"), overflow="fold"))
        self.console.print(Text(f"{', '.join(files)} in {self.folder}", overflow="fold"))
        if elsewhere := judged_elsewhere(result):
            self.console.print(Text(elsewhere))
        self.console.print(closing_line(result), style=EXIT_STYLES.get(result.exit_code, "bold red"))

    def _title(self, words: str) -> None:
        self.console.print(Text(f"\n{words}", style="bold underline"))


def closing_line(result: RunResult) -> Text:
    """The verdict of the run in words, and the exit code."""
    deciding = [verdict for verdict in result.judgement.verdicts if verdict.decides]
    failed = sum(verdict.status is Status.FAIL for verdict in deciding)
    open_rows = sum(verdict.status is Status.INCONCLUSIVE for verdict in deciding)
    still_open = f", {open_rows} {_verb(open_rows, 'is', 'are')} open" if open_rows else ""
    words = {
        Exit.PASSED: f"PASS: {_all_pass(len(deciding))}.",
        Exit.FAILED: f"FAIL: {_of(failed, len(deciding))} {_verb(failed, 'fails', 'fail')}{still_open}.",
        Exit.OPEN: f"OPEN: nothing fails, but {_of(open_rows, len(deciding))} "
        f"{_verb(open_rows, 'was', 'were')} not shown.",
        Exit.INVALID: "INVALID: the harness was at fault; this run blames nobody.",
    }[result.exit_code]
    return Text(f"{words} Exit code {result.exit_code}.")


def judged_elsewhere(result: RunResult) -> str:
    """What the verdict of the run leaves out: the rows that no check judges; empty where none was asked for."""
    if not (rows := result.judged_elsewhere):
        return ""
    by = [NOT_BY_CHECK[judge] for judge in NO_CHECK if any(row.judged_by == judge for row in rows)]
    return f"Not judged by check: {counted(len(rows), 'row')} ({', '.join(by)}), still to come."


def scenarios_played(result: RunResult) -> str:
    """How many were played, of how many that were asked for."""
    if not result.left_out:
        return counted(result.scenarios, "scenario")
    return f"{result.scenarios or 'none'} of {counted(result.scenarios + result.left_out, 'scenario')} played"


def _all_pass(rows: int) -> str:
    match rows:
        case 0:
            return "no row counts, so nothing could fail"
        case 1:
            return f"{THE_ONE} passes"
    return f"all {rows} rows that count pass"


def _of(some: int, rows: int) -> str:
    return THE_ONE if some == rows == 1 else f"{some} of {counted(rows, 'row')} that {_verb(rows, 'counts', 'count')}"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def counted(count: int, noun: str) -> str:
    """ "1 scenario", "2 scenarios"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _grid(*fixed: str) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    for name in fixed:
        table.add_column(name, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    return table


def _pairs() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _by_reason(verdicts: list[Verdict]) -> dict[str, dict[str, list[str]]]:
    """Open rows by heading, then by what was never judged: an absent server would say one thing sixty times."""
    found: dict[str, dict[str, list[str]]] = {}
    for verdict in verdicts:
        reason, _, never = verdict.reason.partition(NEVER)
        reason = reason.rstrip("; ") or "cases were never judged"
        found.setdefault(f"{verdict.why}: {reason}", {}).setdefault(never, []).append(verdict.requirement.id)
    return found


def plain_pairs(pairs: Iterable[tuple[str, str]]) -> RenderableType:
    """Labelled lines, indented."""
    table = _pairs()
    for label, text in pairs:
        table.add_row(label, Text(text))
    return Group(Padding(table, INDENT, expand=False))
