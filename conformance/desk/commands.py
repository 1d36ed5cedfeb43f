"""``chargeproof city``: ask an operator's server as the city's test app does, and see what comes.

Exit codes: 0 nothing was wrong, 1 something was refused or is wrong, 3 interrupted or our own fault,
64 misuse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from conformance.asked import Asked, Misuse, seconds_of
from conformance.desk.desk import HURRIED_S, ORDER_WITHIN_S, Desk, earlier_orders, sitting
from conformance.desk.notebook import LAST, Notebook
from conformance.desk.showing import Teller
from conformance.places import JOURNAL, folder_at
from conformance.recorded import redactor

WRONG, INTERRUPTED = 1, 3
READS, STOPS = frozenset({"reads"}), frozenset({"reads", "opens-session"})
STARTS = STOPS | {"bills"}
ENDS_WITH_US = (
    "this server was started for this sitting: it ends with it, and the charge too; "
    "`city start CONNECTOR --follow` goes on to the order"
)
KNOWS_NOTHING = (
    "this server was started for this sitting, and that of an earlier one ended with it: it need not know the order; "
    "`city start CONNECTOR --follow` does all in one sitting"
)
FOLLOWED = "60s"  # between start and stop, unless said

app = typer.Typer(
    name="city",
    help="Ask an operator's server as the city's test app does, and see what it pushes meanwhile.",
    epilog="Exit codes: 0 nothing was wrong, 1 refused or wrong, 3 interrupted, 64 misuse. "
    "Every sitting leaves a journal to judge.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

Connector = Annotated[str, typer.Argument(metavar="CONNECTOR", help="a ConnectorID")]
Order = Annotated[str, typer.Argument(metavar="ORDER", help=f"a StartChargeSeq; {LAST}: the latest of OUT")]
At = Annotated[str, typer.Option("--connector", metavar="ID", help="where it runs, if another started it")]
TargetFile = Annotated[str, typer.Option("--target", metavar="FILE", envvar="CHARGEPROOF_TARGET", help="the server")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="where journals and city.json go")]
Watch = Annotated[str, typer.Option("--watch", metavar="DURATION", help="stay so long for what is pushed: 60s, 3m")]
ClockKind = Annotated[str, typer.Option("--clock", help="of a server that we start: real, or stepped")]
OUT = Path("chargeproof-out")


@app.command()
def stations(target: TargetFile = "", out: Out = OUT, watch: Watch = "", clock: ClockKind = "real") -> None:
    """All stations, and the states of their connectors."""
    _Sitting(target, out, clock).ask(Desk.stations, watch)


@app.command()
def check(
    connector: Connector, target: TargetFile = "", out: Out = OUT, watch: Watch = "", clock: ClockKind = "real"
) -> None:
    """May a charge begin there, and what does it cost."""

    def ask(desk: Desk) -> None:
        desk.bring_a_vehicle(connector)
        desk.check(connector)

    _Sitting(target, out, clock).ask(ask, watch)


@app.command()
def start(
    connector: Connector,
    follow: Annotated[bool, typer.Option("--follow", help=f"watch ({FOLLOWED}), stop, and wait for the order")] = False,
    target: TargetFile = "",
    out: Out = OUT,
    watch: Watch = "",
    clock: ClockKind = "real",
) -> None:
    """Start a charge."""
    watched_s = _seconds(watch or FOLLOWED)

    def ask(desk: Desk) -> None:
        desk.bring_a_vehicle(connector)
        if not follow:
            if desk.start(connector) and desk.starts_its_server:
                print(f"\n{ENDS_WITH_US}")
            return
        with desk.charge(connector) as number:
            if number:
                desk.watch(watched_s)
                desk.status(number)
        if number:
            _tell_of_order(desk, number, HURRIED_S if desk.hurried else ORDER_WITHIN_S)

    _Sitting(target, out, clock).ask(ask, "" if follow else watch, STARTS)


@app.command()
def status(
    order: Order = LAST, target: TargetFile = "", out: Out = OUT, watch: Watch = "", clock: ClockKind = "real"
) -> None:
    """How a charge stands."""
    number = Notebook(out).number(order)

    def ask(desk: Desk) -> None:
        if not desk.status(number):
            _tell_why_unknown(desk)

    _Sitting(target, out, clock).ask(ask, watch)


@app.command()
def stop(
    order: Order = LAST,
    connector: At = "",
    target: TargetFile = "",
    out: Out = OUT,
    watch: Watch = "",
    clock: ClockKind = "real",
) -> None:
    """Stop a charge."""
    notebook = Notebook(out)
    number = notebook.number(order)
    where = connector or notebook.connector(number)

    def ask(desk: Desk) -> None:
        if not desk.stop(number, where):
            _tell_why_unknown(desk)

    _Sitting(target, out, clock).ask(ask, watch, STOPS)


@app.command("order")
def order_(
    order: Order = LAST, target: TargetFile = "", out: Out = OUT, watch: Watch = "", clock: ClockKind = "real"
) -> None:
    """The order of a charge: as it came, else as it comes."""
    number, watched_s, sitting = Notebook(out).number(order), _seconds(watch), _Sitting(target, out, clock)
    if not sitting.tell_again(number):
        sitting.ask(lambda desk: _tell_of_order(desk, number, watched_s))


def _tell_of_order(desk: Desk, number: str, seconds: float) -> None:
    if desk.wait_for_order(number, seconds):
        return
    if desk.cut_short:
        print(f"\ninterrupted before order {number} came; `chargeproof city order {number} --watch 3m` waits for it")
        return
    hint = "" if seconds else "; --watch 3m waits for it"
    print(f"\nno order {number} was pushed within {seconds:g} s{hint}")
    _tell_why_unknown(desk, number)


def _tell_why_unknown(desk: Desk, number: str = "") -> None:
    """An order that was not begun in this sitting is news to a server that was started for it."""
    if desk.starts_its_server and number not in desk.begun:
        print(f"\n{KNOWS_NOTHING}")


class _Sitting:
    """What every command does around its question."""

    def __init__(self, target: str, out: Path, clock: str) -> None:
        if clock not in ("real", "stepped"):
            raise Misuse(f"--clock {clock}: say real or stepped")
        self._out, self._clock = out, clock
        self._asked = Asked(target=target, words=("beijing",))
        self._stage = self._asked.stage(os.environ)
        console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        known = self._stage.target
        self._teller = Teller(console, known.pixit.utc_offset_minutes, redactor(known).text)

    def ask(self, question: Callable[[Desk], None], watch: str = "", effects: frozenset[str] = READS) -> None:
        """Fetch a token, ask, tell of what comes while somebody watches; the exit code says whether all was well."""
        watched_s = _seconds(watch)
        at = sitting(
            self._asked, self._stage, folder_at(self._out), self._teller.tell, clock=self._clock, effects=effects
        )
        with at as desk:
            if desk.fetch_token():
                question(desk)
                desk.watch(watched_s)
        print(f"\njournal {desk.folder / JOURNAL}")
        if desk.wrong:
            raise typer.Exit(WRONG)
        if desk.cut_short and desk.cut_short not in desk.billed:
            raise typer.Exit(INTERRUPTED)

    def tell_again(self, number: str) -> bool:
        """Tell of the orders that earlier sittings took; False where there was none."""
        orders = list(earlier_orders(self._stage, self._out, number))
        for spoken in orders:
            self._teller.tell(spoken)
        return bool(orders)


def _seconds(watch: str) -> float:
    return seconds_of(watch) if watch else 0.0
