"""Bodies as people read them: a form unquoted, JSON laid out, and nothing that a page could take for its own.

JSON is only indented, never rewritten: "1.10" stays "1.10", and a name that stands twice is seen twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)
FORM_FIELD = re.compile(r"[A-Za-z_][\w.-]*=")
DEEPEST = 40
INDENT = "  "
LINE = 56  # an object without objects in it stands on one line up to this

# What a reader can't see, or what turns the direction of the text around it: shown by its number instead.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def text_of(body: bytes) -> str:
    """The bytes as text; what is no UTF-8 becomes visible in ``visible``."""
    return body.decode("utf-8", "surrogateescape")


def visible(text: str) -> str:
    """The text with every control character, direction mark and broken byte written out."""
    return UNSEEN.sub(lambda found: _written_out(ord(found.group())), text)


def _written_out(code: int) -> str:
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"⟨U+{code:04X}⟩"


def readable(body: bytes) -> str:
    """A body for people; one of no known form as it is."""
    text = text_of(body)
    if (told := indented(text)) is not None:
        return told
    fields = list(_fields(text))
    return "\n".join(f"{name} = {indented(value) or value}" for name, value in fields) if fields else text


def content(body: bytes) -> Any:
    """What a body says, if it is JSON, bare or in the first field of a form; None otherwise."""
    text = text_of(body)
    for candidate in (text, *(value for _, value in _fields(text))):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The scalars of nested JSON, each with the name that it stands under."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    elif value is not None:
        yield name, str(value)


def indented(text: str, line: int = LINE) -> str | None:
    """JSON laid out, small objects on one line; None for what is no JSON, or nested beyond reason."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _laid_out(TOKEN.findall(text), line)


def _laid_out(tokens: list[str], line: int) -> str | None:
    pieces: list[str] = []
    depth = place = 0
    while place < len(tokens):
        token = tokens[place]
        if token in ("{", "[") and (short := _on_one_line(tokens, place, line)):
            text, place = short
            pieces.append(text)
            continue
        if token in ("{", "["):
            depth += 1
            pieces.append(f"{token}\n{INDENT * depth}")
        elif token in ("}", "]"):
            depth -= 1
            pieces.append(f"\n{INDENT * depth}{token}")
        else:
            pieces.append(f",\n{INDENT * depth}" if token == "," else ": " if token == ":" else _unescaped(token))
        if depth > DEEPEST:
            return None
        place += 1
    return "".join(pieces)


def _on_one_line(tokens: list[str], place: int, line: int) -> tuple[str, int] | None:
    """An object or a list that holds no other and fits, and the place behind it."""
    pieces: list[str] = []
    for end in range(place, len(tokens)):
        token = tokens[end]
        if end > place and token in ("{", "["):
            return None
        pieces.append({",": ", ", ":": ": "}.get(token) or _unescaped(token))
        if sum(map(len, pieces)) > line:
            return None
        if token in ("}", "]"):
            return "".join(pieces), end + 1
    return None


def _unescaped(token: str) -> str:
    """A string with its characters instead of their numbers, unless they are half characters."""
    if not token.startswith('"') or "\\u" not in token:
        return token
    plain = json.dumps(json.loads(token, strict=False), ensure_ascii=False)
    return token if re.search("[\ud800-\udfff]", plain) else plain


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The fields of a form. A value that was never quoted, as an answer after ``data=``, is taken whole."""
    text = text.strip()
    if not FORM_FIELD.match(text):
        return
    name, _, rest = text.partition("=")
    if rest.lstrip().startswith(("{", "[")):
        yield name, rest
        return
    for field in text.split("&"):
        name, _, value = field.partition("=")
        yield (
            name,
            unquote_to_bytes(value.replace("+", " ").encode("utf-8", "surrogateescape")).decode(
                "utf-8", "surrogateescape"
            ),
        )
