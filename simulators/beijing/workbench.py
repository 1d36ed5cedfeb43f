"""``chargeproof envelope``: open an envelope by hand and see each step, or seal one.

For whoever brings up a server: which step fails, and in which known wrong way the envelope was made. The content is
shown in full. Exit codes: 0 it opens, 1 it does not, 64 misuse.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from simulators import clock
from simulators.beijing.envelope import (
    FORMS,
    Content,
    kind_of,
    open_answer,
    open_request,
    seal_answer,
    seal_request,
    time_stamp_at,
    wire_bytes,
)
from simulators.beijing.keys import DOCUMENT_NAMES, KeySet
from simulators.beijing.mistakes import remedy
from simulators.beijing.opened import Kind, Opened, State
from simulators.strict_json import NotStrictJson, strict_json

WRONG = 1
MISUSE = 64

VARIABLES = {name: f"CHARGEPROOF_{name.upper()}" for name in DOCUMENT_NAMES}
OPTIONAL_KEYS = ("operator_secret",)  # query_token needs it, the envelope does not
TERMINAL_CONTROLS = re.compile("[\x7f-\x9f]")  # those that JSON leaves as they are
STYLES = {State.OK: "green", State.WRONG: "bold red", State.LEFT_OUT: "dim"}

app = typer.Typer(
    name="envelope",
    help="Seal and open T/CEC 102 envelopes, step by step.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with its variables would show keys
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Where to read from; - is standard input.")]
KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", help=f"TOML file with {', '.join(DOCUMENT_NAMES)}; else {', '.join(VARIABLES.values())}."),
]
SetOption = Annotated[
    str | None, typer.Option("--set", help="Which table of the keys file, where it has one a direction.")
]


@app.command("open")
def open_(
    file: FileArgument = "-",
    keys_file: KeysOption = None,
    set_name: SetOption = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="What it is; else it is told by its fields.")] = None,
) -> None:
    """Open an envelope: each step, the first wrong one, what would do."""
    keys, others = _keys(keys_file, set_name)
    body = _read(file).strip()
    chosen = kind or kind_of(body) or Kind.REQUEST
    opened = open_request(keys, body) if chosen is Kind.REQUEST else open_answer(keys, body)
    # no wrapping: a line is a step, whoever reads it
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    _show(console, opened, len(body), told=kind is not None)
    if not opened.ok:
        console.print(Text(f"what would do: {remedy(keys, opened, body, others)}", style="bold"))
        raise typer.Exit(WRONG)


@app.command()
def seal(
    file: FileArgument = "-",
    keys_file: KeysOption = None,
    set_name: SetOption = None,
    ret: Annotated[int | None, typer.Option("--ret", help="Make an answer with this Ret; else a request.")] = None,
    msg: Annotated[str, typer.Option("--msg", help="Msg of the answer.")] = "",
    operator_id: Annotated[str | None, typer.Option("--operator-id", help="Caller, if not the keys' own.")] = None,
    time_stamp: Annotated[str | None, typer.Option("--time", help="yyyyMMddHHmmss; else now in Beijing.")] = None,
    seq: Annotated[str, typer.Option("--seq", help="Four digits.")] = "0001",
    as_it_stands: Annotated[bool, typer.Option("--as-it-stands", help="Encrypt what is no JSON object too.")] = False,
) -> None:
    """Seal JSON content into a request, or with --ret into an answer. Other than --ret 0 has no content."""
    keys, _ = _keys(keys_file, set_name)
    content: Content = None if ret else _content(_read(file), as_it_stands)
    if ret is not None:
        envelope = seal_answer(keys, ret, msg, content)
    else:
        caller, moment = operator_id or keys.operator_id, time_stamp or time_stamp_at(clock.wall_ns() // 1_000_000)
        for field, value in (("OperatorID", caller), ("TimeStamp", moment), ("Seq", seq)):
            _check_form(field, value)
        envelope = seal_request(keys, caller, content, moment, seq)
    typer.echo(wire_bytes(envelope))


# Showing


def _show(console: Console, opened: Opened, length: int, told: bool) -> None:
    console.print(f"{opened.kind.value}{'' if told else ', by its fields'}, {length} bytes")
    for number, taken in enumerate(opened.steps, start=1):
        line = Text(f"{number}. {taken.step.value:8} ")
        line.append(f"{taken.state.value:8} ", style=STYLES[taken.state])
        console.print(line.append(taken.saw))
    for observation in opened.observations:
        console.print(Text(f"noted: {observation.name.value}: {observation.text}", style="yellow"))
    if opened.content is not None:
        console.print(Text(_pretty(opened.content)))
    elif opened.plaintext is not None:
        console.print(Text(f"decrypted: {opened.plaintext!r}"))
    if opened.ok:
        console.print(Text("the envelope is right", style="green"))
    else:
        first = next(taken.step for taken in opened.steps if taken.state is State.WRONG)
        console.print(Text(f"wrong at: {first.value}", style="bold red"))


def _pretty(content: dict[str, Any]) -> str:
    try:
        text = json.dumps(content, ensure_ascii=False, indent=2)
    except RecursionError:
        return "content nested too deeply to be shown"
    return TERMINAL_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# What the user gives


def _misuse(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(MISUSE)


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as problem:
        _misuse(f"{file} can't be read: {problem.strerror}; name a file, or - for standard input")


def _content(text: bytes, as_it_stands: bool) -> bytes:
    """The content, byte for byte, after a look at it."""
    if as_it_stands:
        return text
    try:
        value = strict_json(text)
    except NotStrictJson as problem:
        _misuse(f"the content is no JSON: {problem}; --as-it-stands seals it all the same")
    if not isinstance(value, dict):
        _misuse("the content is no JSON object; --as-it-stands seals it all the same")
    return text


def _check_form(field: str, value: str) -> None:
    expected, holds = FORMS[field]
    if not holds(value):
        _misuse(f"{field} is {value!r}; what would do: {expected}")


def _keys(file: Path | None, set_name: str | None) -> tuple[KeySet, Mapping[str, KeySet]]:
    """The keys to use, and the file's other sets by name."""
    if file is None:
        if set_name is not None:
            _misuse("--set names a table of a keys file; give --keys FILE with it")
        given = {name: os.environ[variable] for name, variable in VARIABLES.items() if variable in os.environ}
        return _key_set(given, "environment", VARIABLES), {}
    sets = _sets(file)
    chosen = set_name if set_name is not None else next(iter(sets)) if len(sets) == 1 else ""
    if chosen not in sets:
        _misuse(f"{file} has the sets {', '.join(filter(None, sets))}; choose one with --set")
    return sets[chosen], {name or "without a table": keys for name, keys in sets.items() if name != chosen}


def _sets(file: Path) -> dict[str, KeySet]:
    """The sets of a keys file by their table; the name is "" for keys that stand in no table."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        _misuse(f"{file} can't be read: {problem.strerror}")
    except ValueError:  # its words could quote a secret
        _misuse(f'{file} is no TOML in UTF-8; what would do: lines as {next(iter(DOCUMENT_NAMES))} = "..."')
    tables = {name: value for name, value in document.items() if isinstance(value, dict)}
    plain = {name: value for name, value in document.items() if name not in tables}
    if plain or not tables:
        tables[""] = plain
    names = {name: name for name in DOCUMENT_NAMES}
    return {name: _key_set(table, f"{file}{f' [{name}]' if name else ''}", names) for name, table in tables.items()}


def _key_set(given: Mapping[str, Any], place: str, names: Mapping[str, str]) -> KeySet:
    if unknown := [name for name in given if name not in DOCUMENT_NAMES]:
        _misuse(f"{place}: no key is named {', '.join(unknown)}; there are {', '.join(names.values())}")
    if missing := [names[name] for name in DOCUMENT_NAMES if name not in given and name not in OPTIONAL_KEYS]:
        hint = "" if names is not VARIABLES else "; set them, or name a file with --keys"
        _misuse(f"{place}: missing {', '.join(missing)}{hint}")
    try:
        return msgspec.convert(dict(given), KeySet)
    except msgspec.ValidationError as problem:
        _misuse(f"{place}: {problem}")
