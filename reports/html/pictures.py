"""Sessions as sequence charts: what is drawn where. The template only writes it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reports.city_talk import PUSH, QUERY
from reports.events import Event, Pairs
from reports.html.messages import Shower
from reports.timeline import Session

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
    surface_x: int = 0  # 0: no lane of its own
    city_x: int = 0  # 0: no city in the picture
    fact_px: int = 150  # for what a fact tells beside its name
    box_px: int  # for the words between box and server
    city_px: int = 0  # for those between server and city
    surface_px: int

    @property
    def narrow(self) -> bool:
        """On a telephone there is no room beside the lanes: moments stand above, facts and surfaces between them."""
        return self.name == "narrow"

    @property
    def city_text_x(self) -> int:
        """Where the words of the city begin, or end on a telephone: there they run across the lane of the server."""
        return self.city_x - 12 if self.narrow else self.server_x + 12

    @property
    def surface_text_x(self) -> int:
        """Where the words of a surface begin, or end on a telephone."""
        return self.server_x - 12 if self.narrow and not self.city_x else self.city_text_x


WIDE = Room(name="wide", width=1044, time_x=14, box_x=370, server_x=750, surface_x=1026, box_px=356, surface_px=258)
NARROW = Room(name="narrow", width=344, time_x=40, box_x=26, server_x=318, box_px=268, surface_px=250)
WIDE_CITY = Room(
    name="wide", width=1044, time_x=14, box_x=290, server_x=610, city_x=984, fact_px=90, box_px=296, city_px=350,
    surface_px=350,
)  # fmt: skip
NARROW_CITY = Room(
    name="narrow", width=344, time_x=40, box_x=26, server_x=180, city_x=318, box_px=290, city_px=290, surface_px=290
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One event on the chart: its band from ``top`` over ``height``, and ``y``, where its own drawing begins."""

    top: int
    y: int
    height: int
    kind: str  # "message", "push", "query", "fact", "surface", "gap"
    seq: int = 0
    time: str = ""
    word: str = ""  # of a fact: what the words call it
    name: str = ""
    asked: str = ""
    lines: tuple[str, ...] = ()
    sound: bool = True
    arrived: bool = True
    planned: bool = False
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One session, drawn."""

    number: int
    box: str
    connector: str
    card: str
    transaction: str
    order: str
    began: str
    rows: list[str]
    left_out: int
    world: int
    surfaces: bool
    charger: bool
    city: bool
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
    kinds = {event.kind for event in session.events}
    surfaces, city = "surface" in kinds, bool(kinds & {PUSH, QUERY})
    return Picture(
        number=number,
        world=session.world,
        box=shower.text(session.box),
        connector=shower.text(session.connector),
        card=shower.text(session.card),
        transaction=shower.text(session.transaction),
        order=shower.text(session.order),
        began=shower.moment(session.began_ms),
        rows=session.rows,
        left_out=session.left_out,
        surfaces=surfaces,
        charger=session.charger,
        city=city,
        charts=[
            _Drawing(session, shower, room).chart(surfaces)
            for room in ((WIDE_CITY, NARROW_CITY) if city else (WIDE, NARROW))
        ],
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
        room = self._room
        width = room.width if surfaces or room.city_x or room.narrow else room.server_x + 90
        return Chart(room=room, width=width, height=self._y + 12, marks=self._marks, charging=self._charging())

    def _pause(self, event: Event) -> None:
        if self._now_ms is not None and event.at_ms - self._now_ms >= GAP_MS:
            passed = _span(event.at_ms - self._now_ms)
            self._marks.append(Mark(top=self._y, y=self._y, height=GAP_HEIGHT, kind="gap", name=passed))
            self._y += GAP_HEIGHT

    def _put(self, event: Event) -> None:
        time = self._shower.moment(event.at_ms, day=False) if event.at_ms != self._now_ms else ""
        self._now_ms = max(event.at_ms, event.until_ms)
        make = {
            "fact": self._fact, "message": self._message, "surface": self._surface, PUSH: self._city, QUERY: self._city
        }[event.kind]  # fmt: skip
        above = LINE_HEIGHT if time and self._room.narrow else 0
        mark = make(event)
        blame = BLAME_HEIGHT if event.rows else 0
        self._marks.append(replace(
            mark, top=self._y, y=self._y + above, height=above + mark.height + blame, time=time, rows=event.rows
        ))  # fmt: skip
        self._y += above + mark.height + blame

    def _fact(self, event: Event) -> Mark:
        told = _cut(self._told(event.answered, bare=True), self._room.fact_px)
        return self._mark(event, FACT_HEIGHT, word=f"fact.{event.name}", asked=told)

    def _message(self, event: Event) -> Mark:
        room = self._room.box_px
        asked = tuple(pair for pair in event.asked if not (self._room.narrow and pair[0] == "connectorId"))
        told = f"{self._told(asked, bare=False)}{self._often(event)}"
        answer = self._told(event.answered, bare=False)
        if event.outcome != "HTTP 200" or not answer:
            answer = " · ".join(part for part in (self._shower.text(event.outcome), answer) if part)
        mark = self._mark(
            event, MESSAGE_HEIGHT, asked=_cut(told, room - 7.6 * len(event.name)), lines=(_cut(answer, room),)
        )
        return replace(mark, sound=event.sound, arrived=event.outcome.startswith("HTTP"))

    def _city(self, event: Event) -> Mark:
        """Name and repeats, what is said, what is answered: the names are too long for one line."""
        room, often = self._room.city_px, f"{self._again(event)}{self._often(event)}"
        known = {"ConnectorID"} if self._session.connector else set()
        asked = _cut(self._told(tuple(pair for pair in event.asked if pair[0] not in known), bare=False), room)
        answer = " · ".join(part for part in (event.outcome, self._told(event.answered, bare=False)) if part)
        mark = self._mark(
            event,
            MESSAGE_HEIGHT + (LINE_HEIGHT if asked else 0),
            asked=often,
            lines=(asked, _cut(self._shower.text(answer), room - (80 if event.planned else 0))),
        )
        if self._room.narrow:
            mark = replace(mark, name=mark.name.replace("notification_", "…"))
        return replace(
            mark, sound=event.sound, arrived=event.outcome.startswith(("HTTP", "Ret")), planned=event.planned
        )

    def _again(self, event: Event) -> str:
        """Which attempt of a push it is, and how long after the one before."""
        return f" ↻{event.attempt} +{_span(event.since_ms)}" if event.attempt > 1 else ""

    def _surface(self, event: Event) -> Mark:
        items: list[list[tuple[str, str]]] = []
        for name, value in event.answered:
            if name in ("id", "") or not items:
                items.append([])
            items[-1].append((name, value))
        lines = tuple(_cut(self._told(tuple(item), bare=True), self._room.surface_px) for item in items)
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
