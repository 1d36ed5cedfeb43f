"""Sessions as sequence charts: what is drawn where. The template only writes it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reports.html.messages import Shower
from reports.timeline import Event, Pairs, Session

HEAD_HEIGHT = 44
FACT_HEIGHT, MESSAGE_HEIGHT, LINE_HEIGHT, BLAME_HEIGHT, GAP_HEIGHT = 24, 46, 16, 18, 22
GAP_MS = 30_000  # a pause that long is told
NARROW_PX, WIDE_PX = 6.5, 12.0  # a letter and a Chinese character at the size of the labels
UNITS = {"register_wh": "Wh", "energy_wh": "Wh", "total_fen": "fen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where the lanes of a chart stand."""

    name: str
    width: int
    time_x: int
    box_x: int
    server_x: int
    surface_x: int

    @property
    def narrow(self) -> bool:
        """On a telephone there is no room beside the lanes: moments stand above, facts and surfaces between them."""
        return self.name == "narrow"


WIDE = Room(name="wide", width=1044, time_x=14, box_x=370, server_x=750, surface_x=1026)
NARROW = Room(name="narrow", width=344, time_x=40, box_x=26, server_x=318, surface_x=318)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One event on the chart: its band from ``top`` over ``height``, and ``y``, where its own drawing begins."""

    top: int
    y: int
    height: int
    kind: str  # "message", "fact", "surface", "gap"
    seq: int = 0
    time: str = ""
    word: str = ""  # of a fact: what the words call it
    name: str = ""
    asked: str = ""
    lines: tuple[str, ...] = ()
    sound: bool = True
    arrived: bool = True
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One session, drawn."""

    number: int
    box: str
    connector: str
    card: str
    transaction: str
    began: str
    rows: list[str]
    left_out: int
    world: int
    surfaces: bool
    charts: list[Chart]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One drawing of a session, for a wide or for a narrow page."""

    room: Room
    width: int
    height: int
    marks: list[Mark]
    charging: list[tuple[int, int]]  # from y to y


def drawn(sessions: Iterable[Session], shower: Shower) -> list[Picture]:
    """The pictures of the sessions, numbered from 1."""
    return [_picture(number, session, shower) for number, session in enumerate(sessions, start=1)]


def _picture(number: int, session: Session, shower: Shower) -> Picture:
    surfaces = any(event.kind == "surface" for event in session.events)
    return Picture(
        number=number,
        world=session.world,
        box=shower.text(session.box),
        connector=shower.text(session.connector),
        card=shower.text(session.card),
        transaction=shower.text(session.transaction),
        began=shower.moment(session.began_ms),
        rows=session.rows,
        left_out=session.left_out,
        surfaces=surfaces,
        charts=[_Drawing(session, shower, room).chart(surfaces) for room in (WIDE, NARROW)],
    )


class _Drawing:
    def __init__(self, session: Session, shower: Shower, room: Room) -> None:
        self._session, self._shower, self._room = session, shower, room
        self._y = HEAD_HEIGHT + 8
        self._now_ms: int | None = None
        self._marks: list[Mark] = []

    def chart(self, surfaces: bool) -> Chart:
        for event in self._session.events:
            self._pause(event)
            self._put(event)
        width = self._room.width if surfaces or self._room.narrow else self._room.server_x + 90
        return Chart(room=self._room, width=width, height=self._y + 12, marks=self._marks, charging=self._charging())

    def _pause(self, event: Event) -> None:
        if self._now_ms is not None and event.at_ms - self._now_ms >= GAP_MS:
            passed = _span(event.at_ms - self._now_ms)
            self._marks.append(Mark(top=self._y, y=self._y, height=GAP_HEIGHT, kind="gap", name=passed))
            self._y += GAP_HEIGHT

    def _put(self, event: Event) -> None:
        time = self._shower.moment(event.at_ms, day=False) if event.at_ms != self._now_ms else ""
        self._now_ms = max(event.at_ms, event.until_ms)
        make = {"fact": self._fact, "message": self._message, "surface": self._surface}[event.kind]
        above = LINE_HEIGHT if time and self._room.narrow else 0
        mark = make(event)
        blame = BLAME_HEIGHT if event.rows else 0
        self._marks.append(replace(
            mark, top=self._y, y=self._y + above, height=above + mark.height + blame, time=time, rows=event.rows
        ))  # fmt: skip
        self._y += above + mark.height + blame

    def _fact(self, event: Event) -> Mark:
        told = _cut(self._told(event.answered, bare=True), 150)
        return self._mark(event, FACT_HEIGHT, word=f"fact.{event.name}", asked=told)

    def _message(self, event: Event) -> Mark:
        room = self._room.server_x - self._room.box_x - 24
        asked = tuple(pair for pair in event.asked if not (self._room.narrow and pair[0] == "connectorId"))
        told = f"{self._told(asked, bare=False)}{self._often(event)}"
        answer = self._told(event.answered, bare=False)
        if event.outcome != "HTTP 200" or not answer:
            answer = " · ".join(part for part in (self._shower.text(event.outcome), answer) if part)
        mark = self._mark(
            event, MESSAGE_HEIGHT, asked=_cut(told, room - 7.6 * len(event.name)), lines=(_cut(answer, room),)
        )
        return replace(mark, sound=event.sound, arrived=event.outcome.startswith("HTTP"))

    def _surface(self, event: Event) -> Mark:
        items: list[list[tuple[str, str]]] = []
        for name, value in event.answered:
            if name in ("id", "") or not items:
                items.append([])
            items[-1].append((name, value))
        room = 250 if self._room.narrow else self._room.surface_x - self._room.server_x - 18
        lines = tuple(_cut(self._told(tuple(item), bare=True), room) for item in items)
        height = 28 + LINE_HEIGHT * len(lines)
        return self._mark(event, height, word=f"surface.{event.name}", asked=self._often(event), lines=lines)

    def _mark(self, event: Event, height: int, word: str = "", asked: str = "", lines: tuple[str, ...] = ()) -> Mark:
        name = self._shower.text(event.name)
        return Mark(
            top=0, y=0, height=height, kind=event.kind, seq=event.seq, word=word, name=name, asked=asked, lines=lines
        )  # fmt: skip

    def _often(self, event: Event) -> str:
        return f" ×{event.times} – {self._shower.moment(event.until_ms, day=False)}" if event.times > 1 else ""

    def _told(self, pairs: Pairs, *, bare: bool) -> str:
        """Values with their units, and with their names where those say more than the values."""
        told = []
        for name, value in pairs:
            shown = self._shower.text(f"{value} {UNITS[name]}" if name in UNITS else value)
            told.append(shown if bare or name in ("status", "idToken", "errorCode", "") else f"{name} {shown}")
        return " · ".join(told)

    def _charging(self) -> list[tuple[int, int]]:
        bars: list[tuple[int, int]] = []
        since: int | None = None
        for mark in self._marks:
            if mark.word == "fact.charging-began":
                since = mark.y + 12
            elif mark.word == "fact.charging-ended" and since is not None:
                bars.append((since, mark.y + 12))
                since = None
        return bars if since is None else [*bars, (since, self._y)]


def _span(passed_ms: int) -> str:
    hours, rest = divmod(passed_ms // 1000, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _cut(text: str, room_px: float) -> str:
    """As much of a text as has room."""
    used = 0.0
    for place, character in enumerate(text):
        used += WIDE_PX if ord(character) > 0x2E7F else NARROW_PX
        if used > room_px:
            return f"{text[: max(0, place - 1)]}…"
    return text
