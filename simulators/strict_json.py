"""JSON as RFC 8259 has it, and nothing that a lenient parser would pass over in silence."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

BOM = b"\xef\xbb\xbf"
BLANKS = b" \t\r\n"
LONGEST_SHOWN = 120


class NotStrictJson(ValueError):
    """Bytes are not JSON; ``expected`` and ``actual`` say in words what would do and what was found.

    ``kind`` is "utf-8" when they are no text at all, else "json".
    """

    def __init__(self, expected: str, actual: str, kind: str = "json") -> None:
        super().__init__(f"expected {expected}, found {actual}")
        self.expected = expected
        self.actual = actual
        self.kind = kind


def strict_json(text: bytes) -> Any:
    """The JSON value.

    Raises:
        NotStrictJson: not UTF-8, not JSON, a name twice in one object, NaN or a number beyond all use.
    """
    try:
        value = msgspec.json.decode(text)
        repeated = _repeated_name(text, value)
    except RecursionError:
        raise NotStrictJson("JSON", "values nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise _not_json(text, problem) from None
    if repeated is not None:
        raise NotStrictJson("each name once in an object", f"{shown(repeated)} twice")
    return value


def shown(value: object) -> str:
    """A value as a fault quotes it, shortened."""
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__}, nested too deeply to be shown"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _not_json(text: bytes, problem: Exception) -> NotStrictJson:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return NotStrictJson("UTF-8", str(error), kind="utf-8")
    if not text.strip(BLANKS):
        return NotStrictJson("JSON", "nothing")
    return NotStrictJson("JSON", f"{problem}: {shown(text.decode('utf-8'))}")


def _repeated_name(text: bytes, value: Any) -> str | None:
    """A name that stands twice in one object.

    A text that comes out again as it went in lost none. Without escapes every quotation mark belongs to a string, and
    a name that was dropped takes its two along: so counting them, before and after, decides for nearly all others.
    """
    again = msgspec.json.encode(value)
    if again == text or (b"\\" not in text and text.count(b'"') == again.count(b'"')):
        return None
    repeated: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        counts = Counter(name for name, _ in pairs)
        repeated.extend(name for name, count in counts.items() if count > 1)

    json.loads(text.decode("utf-8"), object_pairs_hook=look, parse_int=str, parse_float=str)
    return repeated[0] if repeated else None
