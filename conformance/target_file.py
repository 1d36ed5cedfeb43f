"""Reading a target file: TOML, secrets, schema, and what no schema can say. Every mistake in it is found and named.

A person fills this file in by hand, and a misread key would make a green worth nothing. So nothing unknown is passed
over, and a mistake names its key, what was found and what would do. Values are shown as they stand in the file,
``${NAME}`` and all, so no message can show a secret.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from msgspec import Struct

from conformance.requirements.ledger import UnknownSelection, ledger, select
from simulators.lab.setting import is_told

Key = tuple[str | int, ...]
Document = dict[str, Any]

SECRET = re.compile(r"\$\{([^}]*)(\}?)")
TYPE_WORDS = {
    "object": "a table",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


class ReadingChoice(Protocol):
    """The readings of one row, as a protocol's dialect has them."""

    @property
    def default(self) -> str: ...

    @property
    def alternatives(self) -> tuple[str, ...]: ...

    def allows(self, value: str, /) -> bool: ...


ReadingTable = Mapping[str, ReadingChoice]


class Mistake(Struct, frozen=True):
    """One thing that is wrong in a target file; ``key`` is dotted, list items count from 0."""

    key: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key or 'the file'}: found {self.found}; {self.remedy}"


class TargetError(Exception):
    """The harness was told the wrong thing: a target file that cannot be used, with all its mistakes."""

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        super().__init__(file, tuple(mistakes))
        self.file = file
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.file} cannot be used as a target file:", *map(str, self.mistakes)])


def read_document(path: Path) -> Document:
    """The file's content with moments and days as ISO strings.

    Raises:
        TargetError: it is missing, unreadable, or no TOML.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(str(path), [_whole("no such file", _neighbours(path))]) from None
    except IsADirectoryError:
        raise TargetError(str(path), [_whole("a folder", "name a .toml file in it")]) from None
    except OSError as error:
        raise TargetError(str(path), [_whole(f"no way to read it ({error.strerror})", "make it readable")]) from None
    except UnicodeDecodeError as error:
        found = f"bytes that are no UTF-8, at byte {error.start}"
        raise TargetError(str(path), [_whole(found, "save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise TargetError(str(path), [_whole(f"no TOML: {error}", "mend the file there")]) from None
    plain: Document = _plain(document)
    return plain


def fill_in(document: Document, environ: Mapping[str, str]) -> tuple[Document, dict[str, str], list[Mistake]]:
    """The document with every ``${NAME}`` replaced, the secrets by name, and those that are missing."""
    secrets: dict[str, str] = {}
    mistakes: list[Mistake] = []

    def fill(key: Key, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill((*key, name), inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [fill((*key, place), inner) for place, inner in enumerate(value)]
        return SECRET.sub(lambda match: secret(key, match), value) if isinstance(value, str) else value

    def secret(key: Key, match: re.Match[str]) -> str:
        name, closed = match.groups()
        if not closed or not re.fullmatch(r"[A-Za-z_]\w*", name):
            mistakes.append(Mistake(dotted(key), match.group(), "write ${NAME}, the name of an environment variable"))
        elif not (value := environ.get(name)):
            state = "empty" if name in environ else "not set"
            found = f"${{{name}}}, which is {state} in the environment"
            mistakes.append(Mistake(dotted(key), found, f"set the environment variable {name}"))
        else:
            secrets[name] = value
        return _as_template(environ.get(name, "")) if _in_template(key) else environ.get(name, "")

    return fill((), document), secrets, mistakes


def _in_template(key: Key) -> bool:
    return key[0] == "surfaces" and len(key) > 2 and key[2] in ("url", "headers", "body")


def _as_template(secret: str) -> str:
    """A secret goes through a template as it is, also one with braces in it."""
    return secret.replace("{", "{{").replace("}", "}}")


def schema_mistakes(written: Document, filled: Document) -> list[Mistake]:
    """Where the document breaks ``schemas/harness/target.json``."""
    errors = sorted(_validator().iter_errors(filled), key=lambda error: list(map(str, error.absolute_path)))
    return list(dict.fromkeys(mistake for error in errors for mistake in _in_words(error, written)))


class Cross:
    """What must agree between parts of the file, asked of a document that keeps to the schema."""

    def __init__(self, path: Path, written: Document, filled: Document) -> None:
        self.path = path
        self.written = written
        self.filled = filled
        self.start = filled["target"].get("start")
        self.ours = isinstance(self.start, str)  # inside the suite: it is told its ports and its clock
        self.told = is_told(self.start)  # also a command that is handed its setting: its keys, and most ports
        self.pixit: Document = filled["pixit"]
        self.evchong: Document | None = self.pixit.get("evchong")
        self.beijing: Document | None = self.pixit.get("beijing")

    def mistakes(self, readings: ReadingTable | None) -> list[Mistake]:
        """All of them; readings are looked up only where a table of them is given."""
        return [
            *self._reaching(),
            *self._city(),
            *self._names(),
            *self._clock(),
            *self._tariffs(),
            *self._accepted(),
            *(self._readings(readings) if readings is not None else ()),
            *self._rows(),
        ]

    def _reaching(self) -> Iterator[Mistake]:
        if self.ours and self.start != "reference" and not re.fullmatch(r"[\w.]+:\w+", self.start):
            remedy = '"reference", "module:Class", or a command as a list of words would do'
            yield self._mistake(("target", "start"), meant(self.start, ["reference"]) + remedy)
        if self.filled["pics"].get("evchong") and not (self.evchong or {}).get("box"):
            yield Mistake("pixit.evchong.box", "no charge box", "evchong is claimed, so name at least one box")
        if self.evchong is None:
            return
        if not self.ours and "base_url" not in self.evchong:
            missing = "neither base_url nor target.start" if self.start is None else "no base_url"
            remedy = 'say where the server listens; only start = "reference" does without'
            yield Mistake("pixit.evchong.base_url", missing, remedy)
        yield from self._address("evchong", "base_url")
        if not self.told and 0 in self.evchong.get("plain_http", ()):
            remedy = 'port 0 is for start = "reference"; name the ports that could answer plain HTTP'
            yield self._mistake(("pixit", "evchong", "plain_http"), remedy)
        verify = self.evchong.get("verify", "system")
        if verify not in ("none", "system") and not (self.path.parent / verify).is_file():
            remedy = meant(verify, ("none", "system")) + '"none", "system" or the path of a CA file would do'
            yield self._mistake(("pixit", "evchong", "verify"), remedy, ", and there is no such file")

    def _single_sockets(self) -> Iterator[Mistake]:
        """A box with a single socket numbers its connector 1 (EVCHONG 3); ours keeps to it, or the run is invalid."""
        for place, box in enumerate((self.evchong or {}).get("box", ())):
            if len(box.get("connectors", [1])) == 1 and box.get("connectors", [1]) != [1]:
                remedy = "a box with a single socket numbers it 1; of one that has more, name them all"
                yield self._mistake(("pixit", "evchong", "box", place, "connectors"), remedy)

    def _address(self, part: str, name: str) -> Iterator[Mistake]:
        """An address has a port that there is, and no user: neither is sent, and a password is not repeated."""
        address = self.filled["pixit"][part].get(name, "")
        if "@" in urlsplit(address).netloc:
            remedy = "leave out what stands before the @: no clause knows of it, and it is not sent"
            yield Mistake(f"pixit.{part}.{name}", "a user or a password", remedy)
        elif not _has_a_port(address):
            yield self._mistake(("pixit", part, name), "a port from 0 to 65535 would do")

    def _city(self) -> Iterator[Mistake]:
        city = self.beijing
        if city is None:
            if self.filled["pics"].get("beijing", False) is not False:
                yield Mistake("pixit.beijing", "nothing", "beijing is claimed, so say who is who, and where")
            return
        if not self.told:
            yield from self._city_of_others(city)
        elif not self.ours and self.evchong is None and "base_url" not in city:
            remedy = "say where the command's server listens; a server without boxes has no other address"
            yield Mistake("pixit.beijing.base_url", "no base_url", remedy)
        for name in ("base_url", "listen", "charger_link"):
            yield from self._address("beijing", name)
        if city.get("listen", "").startswith("https:") and "certificate" not in city:
            remedy = "name a PEM file with the private key and the chain, or listen on http"
            yield Mistake("pixit.beijing.certificate", "no certificate", remedy)
        for name in ("certificate", "verify"):
            if city.get(name, "none") not in ("none", "system") and not (self.path.parent / city[name]).is_file():
                yield self._mistake(("pixit", "beijing", name), "the path of a PEM file", ", and there is no such file")
        yield from self._sockets(city)

    def _city_of_others(self, city: Document) -> Iterator[Mistake]:
        """What a server that already runs cannot be told by us."""
        if "base_url" not in city:
            yield Mistake("pixit.beijing.base_url", "no base_url", "say where the server's interfaces are")
        if "platform_keys" not in city:
            remedy = "the keys that the server was given for its pushes, ${NAME} from the environment"
            yield Mistake("pixit.beijing.platform_keys", "no keys", remedy)
        if city.get("listen", ":0").rstrip("/").endswith(":0"):
            remedy = "an address with a port of its own, to which the server has been told to push"
            yield Mistake("pixit.beijing.listen", "port 0, or none", remedy)
        if city.get("chargers") == "lab" and city.get("charger_link", ":0").rstrip("/").endswith(":0"):
            remedy = "an address with a port of its own, which the server asks to start and stop chargers"
            yield Mistake("pixit.beijing.charger_link", "port 0, or none", remedy)

    def _sockets(self, city: Document) -> Iterator[Mistake]:
        boxes = {box["serial"]: box for box in (self.evchong or {}).get("box", ())}
        for place, socket in enumerate(city["connector"]):
            key: Key = ("pixit", "beijing", "connector", place)
            if "box" not in socket:
                continue
            box = boxes.get(socket["box"])
            if box is None:
                remedy = meant(socket["box"], boxes) + f"known are {listed(list(boxes))}"
                yield self._mistake((*key, "box"), remedy, ", which is no box of [[pixit.evchong.box]]")
            elif socket.get("connector", 1) not in box.get("connectors", [1]):
                found = f"box {socket['box']} has no connector {socket.get('connector', 1)}"
                numbers = ", ".join(map(str, box.get("connectors", [1])))
                yield Mistake(dotted((*key, "connector")), found, f"its connectors are {numbers}")

    def _names(self) -> Iterator[Mistake]:
        yield from self._twice(("pixit", "beijing", "connector"), "id")
        yield from self._twice(("pixit", "evchong", "box"), "serial")
        yield from self._single_sockets()
        yield from self._twice(("pixit", "card"), "id_token")
        yield from self._twice(("pixit", "station"), "id")
        yield from self._twice(("accepted",), "id")
        stations = [station["id"] for station in self.pixit.get("station", ())]
        for key, station in self._station_names():
            if station not in stations:
                known = f"known are {listed(stations)}" if stations else "there is no [[pixit.station]]"
                yield self._mistake(key, meant(station, stations) + known, ", a station that is not in the file")
        boxes = [box["serial"] for box in (self.evchong or {}).get("box", ())]
        if (self.evchong or {}).get("unregistered_serial", "CB-UNREGISTERED") in boxes:
            remedy = "name a serial that is no registered box"
            yield self._mistake(("pixit", "evchong", "unregistered_serial"), remedy, ", which is one of the boxes")

    def _station_names(self) -> Iterator[tuple[Key, str]]:
        for place, box in enumerate((self.evchong or {}).get("box", ())):
            yield ("pixit", "evchong", "box", place, "station"), box["station"]
        if self.pixit.get("station"):  # a server without boxes need not name them
            for place, socket in enumerate(self.pixit.get("beijing", {}).get("connector", ())):
                yield ("pixit", "beijing", "connector", place, "station"), socket["station"]
        for place, tariff in enumerate(self.pixit.get("tariff", ())):
            for inner, station in enumerate(tariff.get("stations", ())):
                yield ("pixit", "tariff", place, "stations", inner), station

    def _twice(self, table: Key, name: str) -> Iterator[Mistake]:
        first: dict[str, int] = {}
        for place, item in enumerate(_at(self.filled, table, [])):
            earlier = first.setdefault(item[name], place)
            if earlier != place:
                remedy = "each only once"
                yield self._mistake((*table, place, name), remedy, f", which {dotted((*table, earlier))} has too")

    def _clock(self) -> Iterator[Mistake]:
        clock = self.pixit.get("clock", {})
        kind = clock.get("kind", "stepped" if self.ours else "real")
        if kind == "stepped" and not self.ours:
            remedy = 'a stepped clock is for start = "reference"; "real" or "scaled" would do'
            found = " without target.start" if self.start is None else " for a command, which has its own time"
            yield self._mistake(("pixit", "clock", "kind"), remedy, found)
        if kind == "scaled" and "rate" not in clock:
            yield Mistake("pixit.clock.rate", "no rate", "say how many protocol seconds pass in a real second")
        if kind == "scaled" and ("start" in clock) != ("origin" in clock):
            yield Mistake("pixit.clock", "only one of start and origin", "a scaled clock takes both or none")
        lawful = {"stepped": {"start"}, "scaled": {"rate", "start", "origin"}, "real": set()}[kind]
        for name in sorted(clock.keys() - lawful - {"kind"}):
            yield self._mistake(("pixit", "clock", name), "leave it out", f", which a {kind} clock does not have")
        remedy = "a moment with its offset, such as 2026-03-02T08:00:00+08:00, would do"
        for name in sorted(clock.keys() & {"start", "origin"}):
            if not _is_moment(clock[name]):
                yield self._mistake(("pixit", "clock", name), remedy)

    def _tariffs(self) -> Iterator[Mistake]:
        for place, tariff in enumerate(self.pixit.get("tariff", ())):
            starts = [period["start"] for period in tariff["periods"]]
            key: Key = ("pixit", "tariff", place, "periods")
            if starts[0] != "00:00":
                yield self._mistake((*key, 0, "start"), "the first period begins at 00:00")
            for later in range(1, len(starts)):
                if starts[later] <= starts[later - 1]:
                    yield self._mistake((*key, later, "start"), f"a time after {starts[later - 1]} would do")

    def _accepted(self) -> Iterator[Mistake]:
        for place, accepted in enumerate(self.filled.get("accepted", ())):
            if not _is_day(accepted["expires"]):
                yield self._mistake(("accepted", place, "expires"), "a day such as 2027-01-31 would do")

    def _readings(self, table: ReadingTable) -> Iterator[Mistake]:
        for row, chosen in self.filled.get("readings", {}).items():
            if row not in table:
                remedy = f"rows with readings are {listed(table)}"
                yield Mistake(dotted(("readings", row)), "a row that has no readings", remedy)
            elif not table[row].allows(chosen):
                known = (table[row].default, *table[row].alternatives)
                yield self._mistake(("readings", row), meant(chosen, known) + _one_of(known))

    def _rows(self) -> Iterator[Mistake]:
        rows = ledger()
        for place, claim in enumerate(self.filled["pics"].get("claims", ())):
            try:
                select([claim])
            except UnknownSelection:
                known = [*rows, *(row.protocol for row in rows.values())]
                remedy = meant(claim, known) + "a row, the beginning of one, or a protocol would do"
                yield self._mistake(("pics", "claims", place), remedy, ", which names no requirement")
        for place, accepted in enumerate(self.filled.get("accepted", ())):
            if accepted["id"] not in rows:
                remedy = meant(accepted["id"], rows) + "the id of a row would do"
                yield self._mistake(("accepted", place, "id"), remedy, ", which is no requirement")

    def _mistake(self, key: Key, remedy: str, remark: str = "") -> Mistake:
        return Mistake(dotted(key), _shown(_at(self.written, key)) + remark, remedy)


def dotted(key: Sequence[str | int]) -> str:
    """``("pixit", "evchong", "box", 1)`` as ``pixit.evchong.box[1]``."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if re.fullmatch(r"[\w-]+", part, re.ASCII) else json.dumps(part))
    return text


@cache
def _validator() -> Validator:
    schema = json.loads((files("schemas") / "harness" / "target.json").read_text(encoding="utf-8"))
    # TOML tells 10 from 10.0, JSON Schema does not: whole numbers are counts, ports and seconds here.
    whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    strict: type[Validator] = extend(Draft202012Validator, type_checker=whole)  # type: ignore[no-untyped-call]
    return strict(schema)


def _in_words(error: ValidationError, written: Document) -> Iterator[Mistake]:
    """jsonschema's error as found and remedy; its own words would quote the value, a secret perhaps."""
    key: Key = tuple(error.absolute_path)
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            patterns = schema.get("patternProperties", {})
            for name in error.instance:  # type: ignore[union-attr]
                if name not in known and not any(re.search(pattern, name) for pattern in patterns):
                    words = f"known here: {listed(known)}" if known else _keys_like(patterns)
                    yield Mistake(dotted((*key, name)), "an unknown key", meant(name, known) + words)
        case "required":
            for name in schema["required"]:
                if name not in error.instance:  # type: ignore[operator]
                    purpose = schema.get("properties", {}).get(name, {}).get("description", "")
                    yield Mistake(dotted((*key, name)), "nothing", "it has to be there" + (purpose and f": {purpose}"))
        case _:
            yield Mistake(dotted(key), _shown(_at(written, key)), _remedy(error, _at(written, key)))


def _remedy(error: ValidationError, value: Any) -> str:
    demanded: Any = error.validator_value
    match error.validator:
        case "type":
            types = [demanded] if isinstance(demanded, str) else demanded
            return " or ".join(TYPE_WORDS[name] for name in types) + " would do"
        case "enum":
            return meant(value, demanded) + _one_of(demanded)
        case "pattern":
            schema: Any = error.schema
            return f"something like {_shown(schema['examples'][0])} would do"
        case "minimum":
            return f"{demanded} or more would do"
        case "exclusiveMinimum":
            return f"more than {demanded} would do"
        case "maximum":
            return f"{demanded} or less would do"
        case "minLength" if demanded > 1:
            return f"at least {demanded} characters would do"
        case "minLength" | "minItems":
            return "it must not be empty"
        case "maxLength":
            return f"at most {demanded} characters would do"
        case "uniqueItems":
            return "each only once"
    raise NotImplementedError(f"no words yet for the keyword {error.validator} of target.json")


def _keys_like(patterns: Mapping[str, Any]) -> str:
    return f"keys here look like {listed(patterns)}" if patterns else "this table takes no keys"


def meant(found: Any, known: Collection[Any]) -> str:
    """``did you mean "x"? ``, or nothing when nothing is like it."""
    names = {str(name).lower(): str(name) for name in known}
    near = difflib.get_close_matches(str(found).lower(), names, n=1)
    return f'did you mean "{names[near[0]]}"? ' if near else ""


def _one_of(known: Collection[Any]) -> str:
    return ("one of " if len(known) > 1 else "") + f"{listed([_shown(value) for value in known])} would do"


def listed(names: Collection[Any], most: int = 20) -> str:
    """The names with commas, the first of very many."""
    first = [str(name) for name in names][:most]
    return ", ".join(first) + (", ..." if len(names) > len(first) else "")


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a table"
        case str() | bool() | int() | float() | list():
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= 80 else text[:77] + "..."
    return str(value)


def _at(document: Any, key: Key, default: Any = None) -> Any:
    for part in key:
        try:
            document = document[part]
        except (KeyError, IndexError):
            return default
    return document


def _plain(value: Any) -> Any:
    """TOML's own dates and times as strings, so that a quoted day and a bare one are the same."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case datetime() | date() | time():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return str(value)  # inf and nan are no JSON; as strings they fail as the wrong type
    return value


def _has_a_port(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        msgspec.convert(text, date)  # stricter than date.fromisoformat, and what builds the target
    except msgspec.ValidationError:
        return False
    return True


def _is_moment(text: str) -> bool:
    try:
        return msgspec.convert(text, datetime).tzinfo is not None
    except msgspec.ValidationError:
        return False


def _whole(found: str, remedy: str) -> Mistake:
    return Mistake("", found, remedy)


def _neighbours(path: Path) -> str:
    there = sorted(file.name for file in path.parent.glob("*.toml")) if path.parent.is_dir() else []
    if not there:
        return "name a target file, such as a filled-in copy of targets/example.toml"
    return meant(path.name, there) + f"{path.parent} has {listed(there)}"
