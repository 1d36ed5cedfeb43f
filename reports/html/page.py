"""The report for people: one HTML page that needs nothing but itself, in Chinese and English.

Whatever a server or a target file said is text and stays text: the templates escape it, and the page's own policy lets
no script run but the one whose hash it names. Everything that goes out passes the redactor, twice where a text is cut.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.places import write_whole
from conformance.recorded import RunResult
from reports.html.facts import Span, facts
from reports.html.messages import Shower, Shown
from reports.html.pictures import Picture, drawn
from reports.html.rows import KINDS, Rows, Section, blames, headline, wanted
from reports.html.words import Words
from reports.timeline import Sessions, Told
from simulators.journal.records import Exchange, Fact, Record

FILE = "report.html"
TEMPLATES = Path(__file__).parent / "templates"
SHARE_WIDTH = 1000
PICTURES_ON_PAPER = 10


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one reading of the journal kept."""

    messages: dict[int, Shown]
    told: Told
    span: Span


def write_html(result: RunResult, records: Iterable[Record], into: Path) -> Path:
    """Write ``report.html`` into a folder, whole or not at all. The records are read once, from first to last."""
    path = into / FILE
    write_whole(path, page(result, records))
    return path


def page(result: RunResult, records: Iterable[Record]) -> str:
    """The page of one run."""
    shower = Shower(result.redactor(), result.stage.target.pixit.utc_offset_minutes)
    gathered = gather(result, records, shower)
    pictures = drawn(gathered.told.sessions, shower)
    sections = Rows(result, shower, gathered.messages.keys(), pictures).sections()
    environment = _environment(shower.text)
    style, script = _asset("page.css"), _asset("page.js")
    return environment.get_template("page.html.jinja2").render(
        w=Words(),
        style=style,
        script=script,
        policy=_policy(style, script),
        **_told(result, gathered, sections, pictures, shower),
    )


def gather(result: RunResult, records: Iterable[Record], shower: Shower) -> Gathered:
    """Read the journal once: the records that findings rest on, and the sessions worth a picture."""
    sessions, asked_for = Sessions(blames(result), _sockets(result)), wanted(result)
    messages: dict[int, Shown] = {}
    twice: set[int] = set()  # numbers that several journals of one run use: which was meant can't be told
    span = Span()
    for record in records:
        span.observe(record)
        sessions.observe(record)
        if record.seq in asked_for and isinstance(record, Exchange | Fact):
            if record.seq in messages:
                twice.add(record.seq)
            messages[record.seq] = shower.exchange(record) if isinstance(record, Exchange) else shower.fact(record)
    kept = {seq: message for seq, message in sorted(messages.items()) if seq not in twice}
    return Gathered(kept, sessions.told(), span)


def _sockets(result: RunResult) -> dict[str, tuple[str, str]]:
    """Which box and connector stands behind what the city calls a ConnectorID; a charger of the lab's is its own."""
    city = result.stage.target.pixit.beijing
    sockets = city.sockets if city else ()
    return {socket.id: (socket.box or socket.id, str(socket.connector)) for socket in sockets}


def _told(
    result: RunResult, gathered: Gathered, sections: list[Section], pictures: list[Picture], shower: Shower
) -> dict[str, Any]:
    """Everything that the template is told."""
    judgement, text = result.judgement, shower.text
    head = headline(result)
    totals = sum((section.counts for section in sections), Counter[str]())
    return {
        "head": head,
        "said": head.said,
        "target": text(result.stage.target.name),
        "sut": text(result.asked.sut),
        "valid": judgement.valid,
        "invalid": [text(line) for line in judgement.invalid],
        "causes": [text(line) for line in judgement.first_causes],
        "broken_off": judgement.broken_off,
        "kinds": list(KINDS.values()),
        "totals": totals,
        "shares": list(_shares(totals)),
        "facts": [(name, value) for name, value in facts(result, gathered.span, shower, Words()) if value],
        "sections": sections,
        "timings": result.timings,
        "pictures": pictures,
        "on_paper": PICTURES_ON_PAPER,
        "told": gathered.told,
        "observations": [(seen.row, text(seen.text), seen.at, count) for seen, count in judgement.observations],
        "left_open": [text(left) for left in judgement.left_open],
        "messages": list(gathered.messages.values()),
        "names": {seq: message.name for seq, message in gathered.messages.items()},
        "bad_records": {seq for section in sections for row in section.rows for bad in row.bad for seq in bad.records},
        "judge_again": text(f"chargeproof judge {result.journal.name}"),
        "version": text(result.versions.get("chargeproof", "?")),
        "python": text(result.versions.get("python", "?")),
    }


def _shares(totals: Mapping[str, int]) -> Iterator[tuple[str, float, float]]:
    """Kind, left edge and width of each part of the bar."""
    whole, left = sum(totals.values()) or 1, 0.0
    for kind in KINDS.values():
        width = SHARE_WIDTH * totals[kind] / whole
        if width:
            yield kind, round(left, 2), round(width, 2)
        left += width


# The page and its own rules


def _environment(text: Callable[[str], str]) -> Environment:
    """Escapes everything, and masks whatever a template was handed unmasked."""

    def masked(value: Any) -> Any:
        return value if isinstance(value, Markup | int | float) else text(str(value))

    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=masked, trim_blocks=True)


def _asset(name: str) -> Markup:
    """A file of ours, as it stands."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded from anywhere, and nothing runs or styles but what is named by its hash."""
    return "; ".join((
        "default-src 'none'",
        f"script-src {_source([script])}",
        f"style-src {_source([style])}",
        "base-uri 'none'",
        "form-action 'none'",
    ))  # fmt: skip


def _source(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
