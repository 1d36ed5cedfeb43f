"""The server under test as its target file describes it: what it claims, how it is reached, what it was told.

Everything else in the suite asks a ``Target`` and never the file. A journal keeps the target as it was written,
``${NAME}`` instead of every secret, so a run can be judged again from the file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
from msgspec import Struct

from conformance.target_file import (
    Cross,
    Document,
    Mistake,
    ReadingTable,
    TargetError,
    fill_in,
    read_document,
    schema_mistakes,
)
from conformance.target_surfaces import surface_mistakes
from conformance.verdict import Acceptance
from simulators.lab.setting import is_told
from simulators.lab.surfaces import OWN_SURFACES, Surface
from simulators.world.city import CityKeys, Socket
from simulators.world.site import BoxRecord, Card, Site, Station, Tariff

__all__ = [
    "EFFECTS",
    "Acceptance",
    "Beijing",
    "ClockChoice",
    "Evchong",
    "Pics",
    "Pixit",
    "Refusal",
    "Surface",
    "Target",
]
__all__ += ["Mistake", "TargetError"]

EFFECTS = frozenset({"reads", "opens-session", "bills", "faults", "floods"})
Scalar = str | int | bool
Options = bool | dict[str, Scalar]  # claimed or not; a table claims, and says with which options


class Pics(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the target claims to implement.

    ``claims`` are ids of rows, beginnings of ids, or protocols: their recommended and derived rows count like
    demanded ones.
    """

    evchong: bool = False
    beijing: Options = False
    tomda: Options = False
    parking: Options = False
    claims: tuple[str, ...] = ()


class ClockChoice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How protocol time runs: stepped, scaled by ``rate``, or real.

    ``start`` is the protocol moment at which a stepped clock begins; under a scaled one it stood at the real moment
    ``origin``.
    """

    kind: Literal["stepped", "scaled", "real"]
    rate: float | None = None
    start: datetime | None = None
    origin: datetime | None = None

    @property
    def start_ms(self) -> int | None:
        return None if self.start is None else round(self.start.timestamp() * 1000)

    @property
    def origin_ms(self) -> int | None:
        return None if self.origin is None else round(self.origin.timestamp() * 1000)


class Refusal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An error body of the target's own (EVC-X10): an answer whose ``key`` has another value refuses."""

    key: str
    accepted: Scalar


class Evchong(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"boxes": "box"}):
    """How the charge-box service is reached, and the boxes that it has registered."""

    base_url: str | None = None  # None: the server that we start says where it listens
    verify: str = "system"  # "none", "system", or the path of a CA file
    plain_http: tuple[int, ...] = (80, 8080)  # 0: a free port, told to the server that we start
    time_tolerance_s: float = 60
    answer_limit_s: float = 10.0
    offline_after_intervals: float = 3
    refusal: Refusal | None = None
    billed_energy: Literal["register", "transaction-data"] | None = None
    unregistered_serial: str = "CB-UNREGISTERED"
    boxes: tuple[BoxRecord, ...] = ()


class Beijing(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"sockets": "connector"},
):
    """The municipal platform: who is who, both sets of keys, where either side listens, the connectors."""

    platform_id: str
    operator_id: str
    base_url: str | None = None  # None: below the address of the server that we start
    verify: str = "system"  # "none", "system", or the path of a CA file
    listen: str = "http://127.0.0.1:0"
    certificate: str | None = None
    platform_keys: CityKeys | None = None  # None: made anew for every run, of a server that we start
    operator_keys: CityKeys | None = None  # None: the platform's
    bill_after_stop_s: float = 0
    statistics_after_s: float = 0  # after the bill
    chargers: Literal["lab", "none"] | None = None  # None: "lab" for a server that we start, else "none"
    charger_link: str = "http://127.0.0.1:0"
    sockets: tuple[Socket, ...] = ()


class Pixit(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"cards": "card", "stations": "station", "tariffs": "tariff"},
):
    """What a tester must know to reach the target, and what the target was told before the run."""

    clock: ClockChoice
    evchong: Evchong | None = None
    beijing: Beijing | None = None
    cards: tuple[Card, ...] = ()
    stations: tuple[Station, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    utc_offset_minutes: int = 480


class Target(Struct, frozen=True, kw_only=True):
    """One server under test."""

    name: str
    path: str
    start: str | list[str] | None
    effects: frozenset[str]
    pics: Pics
    pixit: Pixit
    readings: dict[str, str]
    limits: dict[str, float]
    surfaces: dict[str, Surface]
    accepted: tuple[Acceptance, ...]
    secrets: dict[str, str]  # by environment variable; whatever leaves the journal must not show them
    document: Document  # the file as written, with ${NAME} for every secret

    def __repr__(self) -> str:
        return f"Target(name={self.name!r}, path={self.path!r})"  # the rest may hold secrets

    @classmethod
    def load(
        cls,
        path: str | Path,
        environ: Mapping[str, str],
        *,
        reading_table: ReadingTable | None = None,
    ) -> Self:
        """Read a target file.

        With ``reading_table``, the dialects' readings by row, a misspelt reading is a mistake too.

        Raises:
            TargetError: the file cannot be used; it lists what was found.
        """
        path = Path(path)
        written = read_document(path)
        filled, secrets, missing = fill_in(written, environ)
        mistakes = missing or schema_mistakes(written, filled)
        if not mistakes:
            cross = Cross(path, written, filled)
            mistakes = [*cross.mistakes(reading_table), *surface_mistakes(path, written, ours=cross.ours)]
        if mistakes:
            raise TargetError(str(path), mistakes)
        return cls._built(str(path), written, filled, secrets)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The target out of a journal, from what ``as_recorded`` gave; secrets stay ``${NAME}``.

        Raises:
            TargetError: the record is no target.
        """
        try:
            document = deepcopy(record["document"])
            return cls._built(record["path"], document, document, {})
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            mistake = Mistake("", f"a record that does not fit ({error})", "judge it with the version that wrote it")
            raise TargetError("the target recorded in the journal", [mistake]) from error

    def as_recorded(self) -> dict[str, Any]:
        """What a journal keeps: JSON-able, without any secret."""
        return {"path": self.path, "document": deepcopy(self.document)}

    def site(self) -> Site:
        """What the target was told before the run."""
        return Site(
            boxes=list(self.pixit.evchong.boxes) if self.pixit.evchong else [],
            cards=list(self.pixit.cards),
            stations=list(self.pixit.stations),
            tariffs=list(self.pixit.tariffs),
            utc_offset_minutes=self.pixit.utc_offset_minutes,
        )

    @classmethod
    def _built(cls, path: str, written: Document, filled: Document, secrets: dict[str, str]) -> Self:
        start = filled["target"].get("start")
        ours = isinstance(start, str)
        own = {verb: {"kind": "reference"} for verb in OWN_SURFACES} if is_told(start) else {}
        surfaces = {verb: _placed(surface, Path(path)) for verb, surface in filled.get("surfaces", {}).items()}
        return cls(
            name=filled["target"]["name"],
            path=path,
            start=start,
            effects=frozenset(filled["target"].get("effects", EFFECTS if ours else {"reads"})),
            pics=msgspec.convert(filled["pics"], Pics),
            pixit=msgspec.convert(_completed(filled["pixit"], Path(path), ours=ours), Pixit),
            readings=dict(filled.get("readings", {})),
            limits=dict(filled.get("limits", {})),
            surfaces=msgspec.convert({**own, **surfaces}, dict[str, Surface]),
            accepted=msgspec.convert(filled.get("accepted", []), tuple[Acceptance, ...]),
            secrets=secrets,
            document=written,
        )


def _completed(pixit: Document, path: Path, *, ours: bool) -> Document:
    """The table with what follows from elsewhere: the kind of clock, and a CA file's place."""
    completed = {**pixit, "clock": {"kind": "stepped" if ours else "real", **pixit.get("clock", {})}}
    for protocol in ("evchong", "beijing"):
        table = pixit.get(protocol, {})
        files = {"verify", "certificate"} & {name for name, value in table.items() if value not in ("none", "system")}
        if files:
            completed[protocol] = {**table, **{name: str(path.parent / table[name]) for name in files}}
    return completed


def _placed(surface: Document, path: Path) -> Document:
    """The surface, a Python file of it with its place: beside the target file."""
    file, _, name = surface.get("function", "").partition(":")
    return {**surface, "function": f"{path.parent.absolute() / file}:{name}"} if file.endswith(".py") else surface
