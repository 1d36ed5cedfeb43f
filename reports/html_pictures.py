"""Sessions as sequence charts: what is drawn where. The template only writes it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.html_messages import Shower
from reports.timeline import Event, Pairs, Session

WIDTH = 1044
TIME_X, BOX_X, SERVER_X, SURFACE_X = 14, 370, 750, 1026
HEAD_HEIGHT = 44
FACT_HEIGHT, MESSAGE_HEIGHT, LINE_HEIGHT, BLAME_HEIGHT, GAP_HEIGHT = 24, 46, 16, 18, 22
GAP_MS = 30_000  # a pause that long is told
NARROW_PX, WIDE_PX = 6.5, 12.0  # a letter and a Chinese character at the size of the labels
UNITS = {"register_wh": "Wh", "energy_wh": "Wh", "total_fen": "fen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One event on the chart, from ``top`` to ``top + height``."""

    top: int
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
    height: int
    marks: list[Mark]
    charging: list[tuple[int, int]] = field(default_factory=list)  # from y to y
    seqs: frozenset[int] = frozenset()
    surfaces: bool = False
    world: int = 0

    @property
    def width(self) -> int:
        return WIDTH if self.surfaces else SERVER_X + 90


def drawn(sessions: Iterable[Session], shower: Shower) -> list[Picture]:
    """The pictures of the sessions, numbered from 1."""
    return [_Drawing(session, shower).picture(number) for number, session in enumerate(sessions, start=1)]


class _Drawing:
    def __init__(self, session: Session, shower: Shower) -> None:
        self._session, self._shower = session, shower
        self._y = HEAD_HEIGHT + 8
        self._now_ms: int | None = None
        self._marks: list[Mark] = []

    def picture(self, number: int) -> Picture:
        session = self._session
        for event in session.events:
            self._pause(event)
            self._put(event)
        return Picture(
            number=number, world=session.world, box=self._shower.text(session.box), connector=session.connector,
            card=self._shower.text(session.card), transaction=self._shower.text(session.transaction),
            began=self._shower.moment(session.began_ms), rows=session.rows, left_out=session.left_out,
            height=self._y + 12, marks=self._marks, charging=self._charging(),
            seqs=frozenset(event.seq for event in session.events),
            surfaces=any(event.kind == "surface" for event in session.events),
        )  # fmt: skip

    def _pause(self, event: Event) -> None:
        if self._now_ms is not None and event.at_ms - self._now_ms >= GAP_MS:
            self._marks.append(Mark(top=self._y, height=GAP_HEIGHT, kind="gap", name=_span(event.at_ms - self._now_ms)))
            self._y += GAP_HEIGHT

    def _put(self, event: Event) -> None:
        time = self._shower.moment(event.at_ms, day=False) if event.at_ms != self._now_ms else ""
        self._now_ms = max(event.at_ms, event.until_ms)
        make = {"fact": self._fact, "message": self._message, "surface": self._surface}[event.kind]
        mark = make(event, time)
        self._marks.append(mark)
        self._y += mark.height

    def _fact(self, event: Event, time: str) -> Mark:
        told = _cut(self._told(event.answered, bare=True), 150)
        return Mark(
            top=self._y, height=FACT_HEIGHT + self._blame(event), kind="fact", seq=event.seq, time=time,
            word=f"fact.{event.name}", name=self._shower.text(event.name), asked=told, rows=event.rows,
        )  # fmt: skip

    def _message(self, event: Event, time: str) -> Mark:
        room = SERVER_X - BOX_X - 24
        name = self._shower.text(event.name)
        often = f" ×{event.times} – {self._shower.moment(event.until_ms, day=False)}" if event.times > 1 else ""
        told = self._told(event.asked, bare=False)
        answer = self._told(event.answered, bare=False)
        if event.outcome != "HTTP 200" or not answer:
            answer = " · ".join(part for part in (event.outcome, answer) if part)
        return Mark(
            top=self._y, height=MESSAGE_HEIGHT + self._blame(event), kind="message", seq=event.seq, time=time,
            name=name, asked=_cut(f"{told}{often}", room - 7.4 * len(name)), lines=(_cut(answer, room),),
            sound=event.sound, arrived=event.outcome.startswith("HTTP"), rows=event.rows,
        )  # fmt: skip

    def _surface(self, event: Event, time: str) -> Mark:
        items: list[list[tuple[str, str]]] = []
        for name, value in event.answered:
            if name == "id" or not items:
                items.append([])
            items[-1].append((name, value))
        lines = tuple(_cut(self._told(tuple(item), bare=True), SURFACE_X - SERVER_X - 18) for item in items)
        often = f"×{event.times} – {self._shower.moment(event.until_ms, day=False)}" if event.times > 1 else ""
        return Mark(
            top=self._y, height=28 + LINE_HEIGHT * len(lines) + self._blame(event), kind="surface", seq=event.seq,
            time=time, word=f"surface.{event.name}", name=self._shower.text(event.name), asked=often, lines=lines,
            rows=event.rows,
        )  # fmt: skip

    def _told(self, pairs: Pairs, *, bare: bool) -> str:
        """Values with their units, and with their names where those say more than the values."""
        told = []
        for name, value in pairs:
            shown = self._shower.text(f"{value} {UNITS[name]}" if name in UNITS else value)
            told.append(shown if bare or name in ("status", "idToken", "errorCode", "") else f"{name} {shown}")
        return " · ".join(told)

    def _blame(self, event: Event) -> int:
        return BLAME_HEIGHT if event.rows else 0

    def _charging(self) -> list[tuple[int, int]]:
        bars: list[tuple[int, int]] = []
        since: int | None = None
        for mark in self._marks:
            if mark.word == "fact.charging-began":
                since = mark.top + 12
            elif mark.word == "fact.charging-ended" and since is not None:
                bars.append((since, mark.top + 12))
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
