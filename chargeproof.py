"""The front door: ``chargeproof check``, ``judge``, ``prove`` and their kin.

Exit codes: 0 all that counts passes, 1 something fails, 2 something that counts was not shown, 3 the run is invalid
(the harness was at fault), 64 the command or the target file is wrong. What a command needs is imported by it alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.asked import Asked
    from conformance.scenario import Scenario
    from conformance.staging import Stage
    from conformance.target import Target
    from reports.progress import Watching

HERE = Path(__file__).resolve().parent
TREE = HERE / "chargeproof_tree" if (HERE / "chargeproof_tree").is_dir() else HERE
if str(TREE) not in sys.path:
    sys.path.insert(0, str(TREE))

PASSED, INVALID, MISUSE = 0, 3, 64
CTRL_C = 130  # what Typer makes of a KeyboardInterrupt
MISUSES = {"TargetError", "UnknownSelection", "LabError", "Misuse"}
NO_DISK = {"JournalError", "OSError"}
LOG_LINES = 15
# Typer brings a click of its own, and names of it only some.
USAGE_ERROR: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")

app = typer.Typer(
    help="Judges a charging operator's server against the protocols that it claims, clause by clause.",
    epilog="Exit codes: 0 passes, 1 fails, 2 open, 3 invalid run, 64 misuse.",
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

ROWS = "a protocol, section or row: beijing, beijing/1.1.7, BJ-1.1.7-b, evchong, evchong/1.4, EVC-1.4-b; all by default"
Selection = Annotated[list[str] | None, typer.Argument(help=ROWS)]
TargetFile = Annotated[str, typer.Option("--target", metavar="FILE", envvar="CHARGEPROOF_TARGET", help="the server")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="where results go")]
Sut = Annotated[str, typer.Option("--sut", metavar="NAME", help="start this one instead: a mutant, or module:Class")]
Seed = Annotated[int, typer.Option("--seed", help="of all that is left to chance")]
Within = Annotated[str, typer.Option("--for", metavar="DURATION", help="begin nothing after that: 90s, 30m, 1h30m")]
OUT = Path("chargeproof-out")


def _version(wanted: bool) -> None:
    if wanted:
        from conformance.staging import VERSION

        print(f"chargeproof {VERSION}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def front(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Judges a charging operator's server against the protocols that it claims, clause by clause."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def check(
    selection: Selection = None,
    target: TargetFile = "",
    workers: Annotated[int, typer.Option("-n", min=1, metavar="WORKERS", help="labs side by side")] = 1,
    out: Out = OUT,
    strict: Annotated[bool, typer.Option("--strict", help="recommended and derived rows count too")] = False,
    within: Within = "30m",
    seed: Seed = 1,
    sut: Sut = "",
    plan: Annotated[bool, typer.Option("--plan", help="tell what would be done; send nothing")] = False,
) -> None:
    """Play scenarios against a server, and judge what happened."""
    from conformance.asked import Asked, scenarios_for

    asked = Asked(
        target=target, words=tuple(selection or ()), sut=sut, strict=strict, seed=seed, within=within
    )  # fmt: skip
    asked.within_s  # noqa: B018  a mistake in it is found before anything is sent
    stage = asked.stage(os.environ)
    scenarios = scenarios_for(asked.rows(stage.target))
    useful = min(workers, _most_workers(stage))
    if useful < workers:
        print(f"-n {workers}: {useful} of use; each lab needs two boxes and a card of each state for itself")
    if plan:
        from reports import listing

        listing.plan(asked, stage, scenarios, _console())
        return
    raise typer.Exit(_check(asked, stage, scenarios, useful, out))


@app.command()
def judge(
    journal: Annotated[
        list[Path], typer.Argument(help="the folder of a run, a journal.db, or an archived *.jsonl.zst")
    ],
    target: TargetFile = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="for verdicts.json; beside it by default")
    ] = None,
) -> None:
    """Judge a recorded run again, from its journal alone."""
    from conformance.places import folder_at, journals_at
    from conformance.recorded import judge_journal
    from conformance.target import Target
    from reports import writing
    from reports.terminal import Report

    journals = [part for place in journal for part in journals_at(place)]
    result = judge_journal(journals, Target.load(target, os.environ) if target else None)
    folder = folder_at(out or journals[0].parent)
    writing.write(result, journals, folder)
    Report(result, _console(), folder).show()
    raise typer.Exit(result.exit_code)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="the folder of a run, or its journal")] = OUT / "latest",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="for report.html; beside the journal by default")
    ] = None,
) -> None:
    """Write the HTML page of a recorded run again."""
    from conformance.places import folder_at, journals_at
    from conformance.recorded import judge_journal
    from reports.html import page
    from simulators.journal.reading import read

    journals = journals_at(run)
    folder = folder_at(out or journals[0].parent)
    print(page.write_html(judge_journal(journals), read(journals), folder))


@app.command()
def prove(
    selection: Annotated[
        list[str] | None,
        typer.Argument(help="ReusesTransactionIds, EVC-1.4-b, evchong/1.4, evchong; the whole catalogue by default"),
    ] = None,
    out: Out = OUT,
    sample: Annotated[
        bool, typer.Option("--sample", help="a draw of the day, with a mutant for each demanded row")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="every scenario for every server, also those that cannot show a mutant")
    ] = False,
    workers: Annotated[int, typer.Option("-n", min=1, metavar="WORKERS")] = 2,
) -> None:
    """Show that the suite catches wrong servers, and they alone.

    Each mutant is caught by its row, lawful servers stay green, no liar is believed. They are named as in the
    catalogue; a row stands for the mutants that break it.
    """
    from conformance.proof import proving

    raise typer.Exit(proving.main(selection or [], out, workers, sampled=sample, whole=whole))


@app.command()
def record(
    target: TargetFile = "",
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="where boxes shall call; http://HOST:PORT: no TLS")
    ] = "127.0.0.1:8443",
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="PEM", help="key and chain; a throw-away one by default")
    ] = None,
    within: Annotated[str, typer.Option("--for", metavar="DURATION", help="until Ctrl-C by default")] = "",
    out: Out = OUT,
) -> None:
    """Record real boxes in front of a server, then judge it."""
    from conformance import recording
    from reports import writing
    from reports.terminal import Report

    def show(result: Any, folder: Path) -> None:
        writing.write(result, [folder / "journal.db"], folder)
        Report(result, _console(), folder).show()

    raise typer.Exit(recording.record(target, listen, certificate, within, out, show=show))


@app.command()
def probe(
    target: TargetFile = "",
    write: Annotated[bool, typer.Option("--write", help="into the target file, too")] = False,
    out: Out = OUT,
) -> None:
    """Find a server's readings: ask it, and hear what it pushes."""
    from conformance.ending import ended_like_ctrl_c
    from conformance.probing import probe

    with ended_like_ctrl_c():
        raise typer.Exit(probe.probe(target, write=write, out=out))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)  # its own options are read by the workbench
def envelope(context: typer.Context) -> None:
    """Seal and open T/CEC 102 envelopes, step by step."""
    from simulators.beijing import workbench

    raise typer.Exit(workbench.app(context.args, prog_name="chargeproof envelope", standalone_mode=False) or 0)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)  # its own commands and options are read at the desk
def city(context: typer.Context) -> None:
    """Ask a server as the city's app does, and see its pushes."""
    from conformance.desk import commands
    from conformance.ending import ended_like_ctrl_c

    with ended_like_ctrl_c():
        raise typer.Exit(commands.app(context.args, prog_name="chargeproof city", standalone_mode=False) or 0)


@app.command()
def explain(
    requirement: Annotated[
        str, typer.Argument(help="a row: BJ-1.1.7-b, a section: evchong/1.4, a reading: BJ-X14, or surfaces")
    ],
) -> None:
    """Tell what a row demands, and on what it is judged.

    Also what a reading means, and what a target file may say of its surfaces.
    """
    from conformance.asked import READINGS, Misuse
    from conformance.requirements.ledger import UnknownSelection, select
    from reports import listing

    if requirement == "surfaces":
        listing.surfaces(_console())
        return
    if requirement in READINGS:
        listing.reading(requirement, READINGS[requirement], _console())
        return
    try:
        rows = select([requirement])
    except UnknownSelection as unknown:
        raise Misuse(f"{unknown} (`explain surfaces` tells what [surfaces] may say)") from None
    for row in rows:
        listing.explain(row, _console())


@app.command()
def requirements(as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """List every row of the ledger."""
    from reports import listing

    rows = listing.listing()
    if as_json:
        import json

        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print(f"{row['id']:<10} {row['level']} {row['party']}  {row['text']}")


@app.command()
def lab(
    target: TargetFile = "",
    out: Out = OUT,
    sut: Sut = "",
    seed: Seed = 1,
    clock: Annotated[str, typer.Option("--clock", help="real, or stepped: time passes by time.pass only")] = "real",
    port: Annotated[int, typer.Option("--port", help="of the control API; 0: any")] = 0,
) -> None:
    """Host simulated parties around a server, for you to drive.

    Over the control API, until Ctrl-C or SIGTERM, which end what is open.
    """
    if clock not in ("real", "stepped"):
        raise typer.BadParameter(f"--clock {clock}: say real or stepped")
    from dataclasses import replace

    from conformance.asked import Asked
    from conformance.ending import ended_like_ctrl_c
    from conformance.places import new_folder, point_latest
    from conformance.recorded import redactor
    from simulators.lab.running import RunningLab

    asked = Asked(target=target, sut=sut, seed=seed)
    stage = asked.stage(os.environ)
    folder = new_folder(out)
    setting = replace(stage.lab_setting(folder / "journal.db"), clock=clock)
    with ended_like_ctrl_c(), RunningLab(setting) as running:
        point_latest(folder)
        running.ask("lab.step", {"what": "run-began", "values": stage.recorded(asked.rows(stage.target), ())})
        _host(running, port, folder, redactor(stage.target).text(running.lab.base_url))


def _host(running: Any, port: int, folder: Path, server: str) -> None:
    """Serve the control API until Ctrl-C; then end what is open."""
    import secrets

    from simulators.lab.control import serve

    token = secrets.token_urlsafe(24)

    def announce(url: str) -> None:
        print(f"server   {server}\ncontrol  {url}\ntoken    {token}\njournal  {folder / 'journal.db'}")
        print("GET /verbs lists what can be done; Ctrl-C ends.", flush=True)

    with suppress(KeyboardInterrupt):  # the way to end it
        serve(running, token, port, announce)
    left = running.ask("lab.rest", {})["left"]
    if left:
        running.ask("lab.step", {"what": "left-open", "values": {"left": left}})
        print("left open on the server:", "; ".join(left))
    running.ask("lab.step", {"what": "run-ended"})


# Playing a check


def _check(asked: Asked, stage: Stage, scenarios: list[Scenario], workers: int, out: Path) -> int:
    """Play in pytest, its own output in a file; then tell."""
    from conformance.places import new_folder, writing_to
    from reports.progress import Watching
    from reports.terminal import Report, counted

    console, folder = _console(), new_folder(out)
    told = f"{stage.target.name}{f' as {asked.sut}' if asked.sut else ''}"
    number, clock = counted(len(scenarios), "scenario"), stage.target.pixit.clock.kind
    console.print(f"{told}: {number}, {clock} clock", highlight=False)
    interrupted = False
    with writing_to(folder), Watching(console, scenarios) as watching:
        interrupted = _play(asked, stage, workers if scenarios else 1, folder, watching)
    judged_again = f"`chargeproof judge {folder / 'journal.db'}`"
    if watching.result is not None:
        Report(watching.result, console, folder).show()
        if not watching.written:
            print(f"chargeproof: interrupted while reports were written; {judged_again} writes all", file=sys.stderr)
        return watching.result.exit_code
    if watching.trouble is not None:
        print(f"chargeproof: {watching.trouble.text}", file=sys.stderr)
        return watching.trouble.exit_code
    if interrupted and (folder / "journal.db").exists():
        print(f"chargeproof: interrupted before the verdicts; {judged_again} gives them", file=sys.stderr)
        return INVALID
    print(f"chargeproof: nothing was judged; the end of {folder / 'pytest.log'}:", file=sys.stderr)
    print("\n".join((folder / "pytest.log").read_text("utf-8").splitlines()[-LOG_LINES:]), file=sys.stderr)
    return INVALID


def _play(asked: Asked, stage: Stage, workers: int, folder: Path, watching: Watching) -> bool:
    """Gives whether somebody interrupted it."""
    import contextlib

    import pytest

    from conformance.ending import ended_like_ctrl_c

    arguments = _pytest_arguments(asked, stage, workers, folder)
    with (
        open(folder / "pytest.log", "w", encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
        _own_environment(),
        ended_like_ctrl_c(),
    ):
        try:
            return pytest.main(arguments, plugins=[watching]) == pytest.ExitCode.INTERRUPTED
        except KeyboardInterrupt:  # after the last scenario pytest lets it through
            return True


def _pytest_arguments(asked: Asked, stage: Stage, workers: int, folder: Path) -> list[str]:
    from conformance.staging import claimed_protocols

    own = TREE / "pyproject.toml"
    arguments = ["-c", str(own if own.exists() else os.devnull), f"--rootdir={TREE}", "--import-mode=importlib"]
    # capturing by file descriptor would swallow our own progress; rewriting asserts is for tests that have some
    arguments += ["--capture=sys", "--assert=plain", "-p", "no:cacheprovider"]
    arguments += ["-p", "conformance.plugin", "-p", "reports.writing", f"--junitxml={folder / 'junit.xml'}"]
    arguments += [f"--cp-out={folder.parent}", f"--cp-run={folder.name}", f"--target={asked.target}"]
    arguments += [f"--sut={asked.sut}", f"--seed={asked.seed}", f"--for={asked.within}"]
    arguments += ["--strict-rows"] if asked.strict else []
    arguments += [f"--rows={word}" for word in asked.words]
    if workers > 1:
        arguments += ["-p", "xdist.plugin", "-n", str(workers), "--max-worker-restart=0"]
    return [*arguments, *(str(TREE / "conformance" / name) for name in claimed_protocols(stage.target))]


@contextmanager
def _own_environment() -> Iterator[None]:
    """What the user has set for their own pytest must not change a verdict; no other plugin is wanted either."""
    kept = dict(os.environ)
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _most_workers(stage: Stage) -> int:
    """How many labs a server can have around it: on one that already runs, they share boxes and cards."""
    start = stage.sut or stage.target.start
    if start is not None:
        return sys.maxsize if isinstance(start, str) else 1  # a command has one address
    return _shares(stage.target)


def _shares(target: Target) -> int:
    site = target.site()
    cards = [sum(card.state == state for card in site.cards) for state in ("valid", "blocked", "expired")]
    return max(1, min(len(site.boxes) // 2, *cards))


def _console() -> Console:
    from reports.plain import console

    return console()


def main() -> None:
    """Run the command line."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do one command; whatever goes wrong, the exit code says whose fault it is."""
    try:
        code = app(arguments, prog_name="chargeproof", standalone_mode=False)
    except USAGE_ERROR as misuse:
        misuse.show()
        return MISUSE
    except (typer.Abort, KeyboardInterrupt):
        code = CTRL_C
    except Exception as error:  # the last one to hear of it: Python's own exit code, 1, would blame the server
        return _told(error)
    if code == CTRL_C:
        print("chargeproof: interrupted", file=sys.stderr)
        return INVALID
    return code if isinstance(code, int) else PASSED


def _told(error: Exception) -> int:
    """Say what went wrong. Known by name: an import here may be what failed."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & MISUSES:
        print(f"chargeproof: {error}", file=sys.stderr)
        return MISUSE
    if kinds & NO_DISK:
        print(f"chargeproof: {_in_words(error)}", file=sys.stderr)
        return INVALID
    import traceback

    traceback.print_exception(error)
    return INVALID


def _in_words(error: Exception) -> str:
    """The path first, and the system's words without its number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


if __name__ == "__main__":
    main()
