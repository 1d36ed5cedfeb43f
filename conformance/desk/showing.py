"""An exchange with the city for people at a terminal: who said what, field by field, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from conformance.desk.meanings import meaning, with_meaning
from conformance.desk.wrongs import wrongs
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Content, Interface
from simulators.beijing.shape import LIST, Field, message_fields
from simulators.journal.personal import PEOPLE, SECRETS
from simulators.journal.redaction import SECRET_MASK, mask_name

MOST_COLUMNS = 6
CONNECTOR_TYPE = "StationInfos[].EquipmentInfos[].ConnectorInfos[].ConnectorType"
CONNECTORS = ("ConnectorID", "type", "kW", "EquipmentID")


class Teller:
    """Prints exchanges, times as the clocks of the site show them. What is wrong is quoted through ``masked``."""

    def __init__(self, console: Console, utc_offset_minutes: int, masked: Callable[[str], str] = str) -> None:
        self._console, self._offset, self._masked = console, timedelta(minutes=utc_offset_minutes), masked

    def tell(self, spoken: Spoken) -> None:
        """One exchange: a heading, the question where it was ours, the server's own words, what is wrong."""
        wrong = wrongs(spoken)
        self._console.print(self._heading(spoken, good=not wrong))
        if not spoken.pushed and spoken.asked:
            asked = ", ".join(f"{name} {_plain(name, value)}" for name, value in spoken.asked.items())
            self._console.print(_indented(Text(f"asked: {asked}", style="dim")))
        if spoken.interface is not None and spoken.content:
            fields = message_fields(spoken.interface, spoken.kind)
            self._console.print(_indented(_content(spoken.interface, spoken.content, fields)))
        for line in wrong:
            self._console.print(_indented(Text(f"wrong: {_printable(self._masked(line))}", style="bold red")))

    def _heading(self, spoken: Spoken, *, good: bool) -> Text:
        exchange = spoken.exchange
        moment = datetime.fromtimestamp(exchange.at_ms / 1000, UTC) + self._offset
        heading = Text(f"\n{moment:%H:%M:%S}  ")
        heading.append(f"{'pushed' if spoken.pushed else 'asked'}  {_printable(exchange.operation)}", style="bold")
        heading.append(
            f"  Ret {spoken.ret if spoken.ret is not None else 'none'}", style="green" if good else "bold red"
        )
        return heading if spoken.pushed else heading.append(f"  {exchange.duration_ns / 1e6:.0f} ms", style="dim")


def _indented(shown: RenderableType) -> Padding:
    return Padding(shown, (0, 0, 0, 2), expand=False)


def _content(interface: Interface, content: Content, fields: dict[str, Field]) -> RenderableType:
    state = content.get("ConnectorStatusInfo")
    if len(content) == 1 and isinstance(state, dict):
        told = (_told(name, value, f"ConnectorStatusInfo.{name}", fields) for name, value in state.items())
        return Text("  ".join(told))  # the most frequent push: a line is enough
    if interface is not Interface.QUERY_STATIONS_INFO or not isinstance(content.get("StationInfos"), list):
        return _grid(content, "", fields)
    rest = {name: value for name, value in content.items() if name != "StationInfos"}
    return Group(_grid(rest, "", fields), *(_station(each, fields) for each in content["StationInfos"]))


def _station(station: Any, fields: dict[str, Field]) -> RenderableType:
    """A station in a line and its connectors in a table: of the sixty fields those that people look for."""
    told = station if isinstance(station, dict) else {}
    title = " ".join(_plain(name, told.get(name, "")) for name in ("StationID", "StationName", "Address"))
    table = _table(CONNECTORS)
    for equipment in _dicts(told.get("EquipmentInfos")):
        for connector in _dicts(equipment.get("ConnectorInfos")):
            table.add_row(
                _plain("ConnectorID", connector.get("ConnectorID", "")),
                _told("ConnectorType", connector.get("ConnectorType", ""), CONNECTOR_TYPE, fields),
                _plain("Power", connector.get("Power", "")),
                _plain("EquipmentID", equipment.get("EquipmentID", "")),
            )
    return Group(Text(title), _indented(table))


def _dicts(told: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in told if isinstance(each, dict)) if isinstance(told, list) else ()


def _grid(content: Content, above: str, fields: dict[str, Field]) -> RenderableType:
    """Names and values side by side; what has names of its own below its name, so that ids stay in one line."""
    blocks: list[RenderableType] = []
    grid: Table | None = None
    for name, value in content.items():
        told, path = Text(_printable(name), style="cyan"), f"{above}{name}"
        if (nested := _nested(value, path, fields)) is not None:
            blocks += [told, _indented(nested)]
            grid = None
            continue
        if grid is None:
            grid = Table.grid(padding=(0, 2, 0, 0))
            blocks.append(grid)
        grid.add_row(told, Text(_told(name, value, path, fields)))
    return Group(*blocks)


def _nested(value: Any, path: str, fields: dict[str, Field]) -> RenderableType | None:
    """None for what fits beside its name."""
    if isinstance(value, dict):
        return _grid(value, f"{path}.", fields)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return _several(value, f"{path}{LIST}.", fields)
    return None


def _several(members: list[Content], above: str, fields: dict[str, Field]) -> RenderableType:
    """As columns where they fit, else one below the other."""
    names = list(dict.fromkeys(name for member in members for name in member))
    flat = not any(isinstance(value, dict | list) for member in members for value in member.values())
    if not flat or len(names) > MOST_COLUMNS:
        return Group(*(_grid(member, above, fields) for member in members))
    table = _table(map(_printable, names))
    for member in members:
        cells = (_told(name, member[name], above + name, fields) if name in member else "" for name in names)
        table.add_row(*map(Text, cells))
    return table


def _table(names: Iterable[str]) -> Table:
    """Where it is too wide for the terminal cells go on in the next line: half an id is none."""
    return Table(*(Column(name, overflow="fold") for name in names), box=None, padding=(0, 2, 0, 0), header_style="dim")


def _told(name: str, value: Any, path: str, fields: dict[str, Field]) -> str:
    field = fields.get(path)
    return with_meaning(value, field) if meaning(value, field) else _plain(name, value)


def _plain(name: str, value: Any) -> str:
    if name in SECRETS and value:
        return SECRET_MASK
    if name in PEOPLE and value and isinstance(value, str):
        return _printable(mask_name(value))
    return _printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _printable(text: str) -> str:
    """A server under test says what it likes; a terminal obeys."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
