"""Between the canonical fields of one message and what stands under its root key on the wire.

Each way follows the readings chosen, and touches only what they speak of. Reading is strict: what is in another
reading is a fault, except for three rows whose other form is always read and remarked on (EVC-X2, -X8, -X25;
the first is a matter of bytes and stands in the codec).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from simulators.evchong.decoded import Fault, Notes
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import Service
from simulators.evchong.shape import Direction, Field, message_fields, root_key
from simulators.strict_json import shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
WH_IN_KWH = 1000

# The document prints the second of these only (1.5, 1.6); the others follow it (EVC-X6).
UNDERSCORED = {
    "Energy.Active.Export.Register": "Energy_Active_Export_Register",
    "Energy.Active.Import.Register": "Energy_Active_Import_Register",
    "Energy.Reactive.Export.Register": "Energy_Reactive_Export_Register",
    "Energy.Reactive.Import.Register": "Energy_Reactive_Import_Register",
    "Energy.Active.Export.Interval": "Energy_Active_Export_Interval",
    "Energy.Active.Import.Interval": "Energy_Active_Import_Interval",
    "Energy.Reactive.Export.Interval": "Energy_Reactive_Export_Interval",
    "Energy.Reactive.Import.Interval": "Energy_Reactive_Import_Interval",
}
DOTTED = {underscored: dotted for dotted, underscored in UNDERSCORED.items()}

Path = tuple[str | int, ...]  # canonical, below the root key


class Place(NamedTuple):
    """Where something stands. ``wrapper`` is the key inside when it is the object around a string, else ""."""

    path: str
    wire_path: str
    wrapper: str


class Translation:
    """One message in one choice of readings."""

    def __init__(self, service: Service, direction: Direction, readings: Readings) -> None:
        self.root = root_key(service, direction)
        self._readings = readings
        self._fields = message_fields(service, direction)
        self._wire_names = _wire_names(service, direction, readings)
        self._by_wire_name = {self._wire_names.get(name, name): field for name, field in self._fields.items()}
        self._reads_null = direction is Direction.ANSWER
        self._taken = frozenset(self._wire_names) | frozenset(self._wire_names.values())

    def to_wire(self, content: Any) -> Any:
        """What stands under the root key on the wire. Also takes fields that are missing or of a wrong type."""
        if not isinstance(content, dict):
            return content
        return {
            self._wire_names.get(name, name): self._write(self._fields.get(name), value)
            for name, value in content.items()
            if name in self._fields or name not in self._taken  # a stranger must not pass for a renamed field
        }

    def to_canonical(self, content: dict[str, Any], notes: Notes) -> dict[str, Any]:
        """The canonical fields; what does not map is left as it is, with a fault in the notes."""
        canonical = {}
        for key, value in content.items():
            if field := self._by_wire_name.get(key):
                if self._is_absent(field, value, (field.name,), notes):
                    continue
                canonical[field.name] = self._read(field, value, (field.name,), notes)
            elif key not in self._taken:
                canonical[key] = value
        return canonical

    def place(self, path: Iterable[str | int]) -> Place:
        """Where a canonical path leads to, in canonical and in wire words."""
        names: list[str] = []
        wire_path = self.root
        fields, field, wrapper = self._fields, None, ""
        for step in path:
            if isinstance(step, int):
                wire_path += f"[{step}]"
            elif field is not None and field.wrapper:  # the step into the wrapper
                wire_path += f".{step}" if self._readings.strings == "wrapped" else ""
                wrapper = ""
            else:
                wire_path += f".{step if names else self._wire_names.get(step, step)}"
                names.append(step)
                field = fields.get(step)
                fields, wrapper = (field.fields, field.wrapper) if field else ({}, "")
        return Place(".".join(names), wire_path, wrapper)

    def _write(self, field: Field | None, value: Any) -> Any:
        if field is None:
            return value
        if field.wrapper:
            return _unwrapped(field, value) if self._readings.strings == "flat" else value
        if field.fields:
            return _each_object(value, lambda _, found: self._write_fields(field.fields, found))
        return self._write_value(field.type_name, value)

    def _write_fields(self, fields: dict[str, Field], content: dict[str, Any]) -> dict[str, Any]:
        return {name: self._write(fields.get(name), value) for name, value in content.items()}

    def _write_value(self, type_name: str, value: Any) -> Any:
        match type_name:
            case "dateTime" if self._readings.moments == "iso":
                return _iso_of_ms(value)
            case "Measurand" if self._readings.measurands == "underscores" and isinstance(value, str):
                return UNDERSCORED.get(value, value)
            case "register" if self._readings.registers == "kWh" and _is_int(value):
                return value // WH_IN_KWH
            case "RegistrationStatus" if value == "Rejected":
                return self._readings.rejected_spelling
        return value

    def _read(self, field: Field, value: Any, path: Path, notes: Notes) -> Any:
        if field.wrapper:
            return self._read_wrapped(field, value, path, notes)
        if field.fields:
            return _each_object(
                value, lambda index, found: self._read_fields(field.fields, found, (*path, *index), notes)
            )
        match field.type_name:
            case "dateTime":
                return self._read_moment(value, path, notes)
            case "Measurand" if self._readings.measurands == "underscores" and isinstance(value, str):
                return self._read_underscored(value, path, notes)
            case "register" if self._readings.registers == "kWh":
                return _wh_of_kwh(value)
            case "RegistrationStatus":
                return self._read_registration(value, notes)
        return value

    def _read_fields(
        self, fields: dict[str, Field], content: dict[str, Any], path: Path, notes: Notes
    ) -> dict[str, Any]:
        return {
            name: self._read(fields[name], value, (*path, name), notes) if name in fields else value
            for name, value in content.items()
            if name not in fields or not self._is_absent(fields[name], value, (*path, name), notes)
        }

    def _is_absent(self, field: Field, value: Any, path: Path, notes: Notes) -> bool:
        """JSON null where an optional field of an answer would stand: what many writers make of having nothing."""
        if value is not None or field.mandatory or not self._reads_null:
            return False
        notes.observe("EVC-1.2-e", f"{self.place(path).wire_path} is null, read as absent")
        return True

    def _read_wrapped(self, field: Field, value: Any, path: Path, notes: Notes) -> Any:
        if self._readings.strings == "wrapped":
            return value
        if isinstance(value, dict):
            self._fault(notes, path, "a flat string (EVC-X3 flat)", shown(value))
            return value
        return {field.wrapper: value}

    def _read_moment(self, value: Any, path: Path, notes: Notes) -> Any:
        if isinstance(value, str) and (moment_ms := _ms_of_iso(value)) is not None:
            if self._readings.moments != "iso":
                notes.observe("EVC-X8", f"{self.place(path).wire_path} is ISO 8601, not epoch milliseconds")
            return moment_ms
        if self._readings.moments == "iso" and _is_int(value):
            notes.observe("EVC-X8", f"{self.place(path).wire_path} is epoch milliseconds, not ISO 8601")
        return value

    def _read_underscored(self, value: str, path: Path, notes: Notes) -> str:
        if value in UNDERSCORED:
            self._fault(notes, path, f"{UNDERSCORED[value]} (EVC-X6 underscores)", value)
        return DOTTED.get(value, value)

    def _read_registration(self, value: Any, notes: Notes) -> Any:
        if value not in ("Rejected", "rejected"):
            return value
        if value != self._readings.rejected_spelling:
            notes.observe("EVC-X25", f"spelled {value!r}, not {self._readings.rejected_spelling!r}")
        return "Rejected"

    def _fault(self, notes: Notes, path: Path, expected: str, actual: str) -> None:
        place = self.place(path)
        notes.faults.append(Fault("mapping", place.path, expected, actual, place.wire_path))


def _wire_names(service: Service, direction: Direction, readings: Readings) -> dict[str, str]:
    """The fields whose name on the wire is another one, by their canonical names (EVC-X4, EVC-X5)."""
    match service, direction:
        case Service.START_TRANS, Direction.REQUEST if readings.start_card == "tables":
            return {"idToken": "idTag"}
        case Service.AUTHORIZE, Direction.REQUEST if readings.authorize_names == "upper":
            return {"idToken": "IdToken"}
        case Service.AUTHORIZE, Direction.ANSWER if readings.authorize_names == "upper":
            return {"idTagInfo": "IdTagInfo"}
    return {}


def _each_object(value: Any, mapped: Callable[[tuple[int, ...], dict[str, Any]], dict[str, Any]]) -> Any:
    """Map an object, or each object of a list; ``mapped`` is told the position in the list as a tuple."""
    if isinstance(value, dict):
        return mapped((), value)
    if isinstance(value, list):
        return [mapped((index,), each) if isinstance(each, dict) else each for index, each in enumerate(value)]
    return value


def _unwrapped(field: Field, value: Any) -> Any:
    return value[field.wrapper] if isinstance(value, dict) and field.wrapper in value else value


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wh_of_kwh(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value) * WH_IN_KWH
    return value * WH_IN_KWH if _is_int(value) else value


def _iso_of_ms(value: Any) -> Any:
    if not _is_int(value):
        return value
    try:
        moment = EPOCH + timedelta(milliseconds=value)
    except OverflowError:  # beyond the year 9999: only as a number
        return value
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms_of_iso(value: str) -> int | None:
    """None for what is no date with a time of ISO 8601; one without an offset is taken for Beijing time."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if "T" not in value:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return (moment - EPOCH) // timedelta(milliseconds=1)
