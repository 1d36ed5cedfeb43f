"""What must not leave the journal in clear: secrets, card numbers, telephone numbers, number plates, people's names.

The journal itself is evidence and keeps every byte; reports and exports pass through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from simulators.journal.personal import PEOPLE, SECRETS

SECRET_MASK = "‹secret›"
MASK = re.compile(r"‹(?:secret|[^‹›]{0,2}…[^‹›]{0,2})›")

# With or without the country code, in one piece or as it is spoken (138 0013 8000).
PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)", re.ASCII)

# GA 36-2018: province, office, five characters (six for new energy), the last one possibly a word of its own.
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
PLATE = re.compile(
    rf"[{PROVINCES}][A-HJ-NP-Z][·• -]?[A-HJ-NP-Z0-9]{{4,5}}(?:[A-HJ-NP-Z0-9]|[挂学警港澳使领])(?![A-Z0-9])", re.I
)

# A secret or a name inside a text: in JSON, in Python's words for it, or cut off. Whatever it is, it stands there.
NAMED = re.compile(
    rf"""
    (?P<before> (?P<name>{"|".join((*sorted(SECRETS), *sorted(PEOPLE)))}) \\* ["'] \s* : \s* \\* ["'] )
    (?!‹) (?P<value> (?: \\u[0-9a-f]{{4}} | [^"'\\…] )+ )
    """,
    re.I | re.X,
)

# Undone one family at a time: a secret that itself holds "%41" may travel inside JSON.
JSON_ESCAPES = re.compile(r'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]')
PERCENT_ESCAPES = re.compile(r"(?:%[0-9a-fA-F]{2})+")
SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

# JSON inside a form inside JSON; deeper nesting is nobody's wire format.
ESCAPE_LEVELS = 3

# A number under such a name is a measure, though it may look like a telephone number (13.8 s in nanoseconds).
MEASURE = re.compile(r"_(?:ns|ms|s|wh|fen)$")

Span = tuple[int, int, str]


class Redactor:
    """Masks the given values and whatever looks like a mobile number or a number plate.

    A mask keeps the first and last two characters (``‹CA…-1›``), so that one can be told from another; of a
    person's name it keeps the first (``‹张…›``), of a secret nothing. Values are found as they are, percent-encoded,
    and escaped as JSON, also several times over; not inside base64. Masking what is masked changes nothing, and the
    order of the values has no effect.

    Raises:
        ValueError: a value holds ``‹`` or ``›``, which mark what is masked.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        cards: Iterable[str] = (),
        plates: Iterable[str] = (),
        people: Iterable[str] = (),
    ) -> None:
        masks = {name: mask_name(name) for name in people if name}
        masks |= {value: mask(value) for value in (*cards, *plates) if value}
        masks |= {value: SECRET_MASK for value in secrets if value}  # a secret that is a card number stays one
        if any("‹" in value or "›" in value for value in masks):
            raise ValueError("a value to be masked holds ‹ or ›, the marks of what is masked; it can't be told apart")
        self._masks = masks
        self._lengths = sorted({len(value) for value in masks}, reverse=True)
        # Where a mask, a value, a number or a plate may begin; what really stands there is looked up.
        self._candidate = re.compile("|".join(("‹", r"[+018]", f"[{PROVINCES}]", *_starts(masks))))

    def text(self, text: str) -> str:
        """The text with everything masked that must be."""
        text = NAMED.sub(_masked_by_name, text)
        while (masked := self._once(text)) != text:  # what stood beside a masked value may only now be seen whole
            text = masked
        return text

    def tree(self, value: Any) -> Any:
        """Nested JSON, its keys too, with everything masked that must be; bytes are taken for UTF-8.

        A number that is a card or a telephone number becomes a string; one whose key ends in a unit stays. What stands
        under the name of a secret, or of a person's name, is masked whatever it is.
        """
        match value:
            case str():
                return self.text(value)
            case bytes():
                return self.text(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            case dict():
                return self._mapping(value)
            case list() | tuple():
                return [self.tree(item) for item in value]
            case bool() | None:
                return value
            case int():
                return self._number(value)
            case _:
                return value

    def _mapping(self, mapping: dict[Any, Any]) -> dict[Any, Any]:
        masked: dict[Any, Any] = {}
        for key, value in mapping.items():
            masked[_free(self.tree(key), masked)] = self._under(key, value)
        return masked

    def _under(self, key: Any, value: Any) -> Any:
        if not isinstance(key, str):
            return self.tree(value)
        if isinstance(value, int) and MEASURE.search(key):
            return value
        if key in SECRETS and value:
            return SECRET_MASK
        if key in PEOPLE and isinstance(value, str) and value and not MASK.fullmatch(value):
            return mask_name(value)
        return self.tree(value)

    def _number(self, number: int) -> int | str:
        digits = str(number)
        return self._masks.get(digits) or (mask(digits) if PHONE.fullmatch(digits) else number)

    def _once(self, text: str) -> str:
        text = _replaced(text, self._spans(text))
        for unfolded, starts in _unfoldings(text, range(len(text) + 1), ESCAPE_LEVELS):
            if spans := list(self._spans(unfolded)):
                return _replaced(text, ((starts[begin], starts[end], masked) for begin, end, masked in spans))
        return text

    def _spans(self, text: str) -> Iterator[Span]:
        """Begin, end and mask of what must be masked: leftmost first, the longest of the given values."""
        position = 0
        while found := self._candidate.search(text, position):
            begin = found.start()
            if already := MASK.match(text, begin):
                position = already.end()
                continue
            end, masked = self._known(text, begin) or _recognised(text, begin) or (begin + 1, "")
            if masked:
                yield begin, end, masked
            position = end

    def _known(self, text: str, begin: int) -> tuple[int, str] | None:
        for length in self._lengths:
            if masked := self._masks.get(text[begin : begin + length]):
                return min(begin + length, len(text)), masked
        return None


def _starts(values: Iterable[str]) -> Iterator[str]:
    """Patterns of how values begin, one a length: thousands of alternatives would cost ten times as much."""
    begun = sorted({value[:3] for value in values})
    for length in (3, 2, 1):
        if places := list(zip(*(start for start in begun if len(start) == length), strict=True)):
            yield "".join(f"[{''.join(map(re.escape, sorted(set(place))))}]" for place in places)


def mask(value: str) -> str:
    """A value made unreadable but recognisable; the shorter it is, the less stays."""
    shown = 2 if len(value) >= 7 else 1 if len(value) >= 4 else 0
    return f"‹{value[:shown]}…{value[len(value) - shown :]}›"


def mask_name(name: str) -> str:
    """A person's name: the first character stays, as the field writes names that are to be recognised, not known."""
    return "‹…›" if name[0] in "‹›…" else f"‹{name[0]}…›"


def _masked_by_name(found: re.Match[str]) -> str:
    masked = mask_name(found["value"]) if found["name"] in PEOPLE else SECRET_MASK
    return found["before"] + masked


def _recognised(text: str, begin: int) -> tuple[int, str] | None:
    found = PHONE.match(text, begin) or PLATE.match(text, begin)
    return (found.end(), mask(found.group())) if found else None


def _replaced(text: str, spans: Iterable[Span]) -> str:
    pieces, kept = [], 0
    for begin, end, masked in spans:
        pieces += [text[kept:begin], masked]
        kept = end
    return "".join((*pieces, text[kept:]))


def _free(key: Any, taken: dict[Any, Any]) -> Any:
    """Two numbers may look alike when masked; neither entry may get lost."""
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}#{number}"
    return free


def _unfoldings(text: str, starts: Sequence[int], levels: int) -> Iterator[tuple[str, Sequence[int]]]:
    """What the text may stand for, by undoing escapes in every order, so many times over."""
    for escapes in (JSON_ESCAPES, PERCENT_ESCAPES):
        if levels and escapes.search(text):
            unfolded, origins = _unfolded(text, starts, escapes)
            yield unfolded, origins
            yield from _unfoldings(unfolded, origins, levels - 1)


def _unfolded(text: str, starts: Sequence[int], escapes: re.Pattern[str]) -> tuple[str, list[int]]:
    """The text with one level of escapes undone, and where each character (and the end) stood in the original."""
    pieces: list[str] = []
    origins: list[int] = []
    kept = 0
    for found in escapes.finditer(text):
        begin = found.start()
        pieces.append(text[kept:begin])
        origins += starts[kept:begin]
        for character, width in _meaning(found.group()):
            pieces.append(character)
            origins.append(starts[begin])
            begin += width
        kept = found.end()
    pieces.append(text[kept:])
    origins += starts[kept:]
    return "".join(pieces), origins


def _meaning(escapes: str) -> Iterator[tuple[str, int]]:
    """The characters that a run of escapes stands for, each with the number of characters that it took."""
    if escapes[0] == "%":
        return _percent_decoded(escapes)
    if escapes[1] == "u":
        return _u_decoded(escapes)
    return iter([(SHORT_ESCAPES.get(escapes[1], escapes[1]), 2)])


def _percent_decoded(escapes: str) -> Iterator[tuple[str, int]]:
    raw = bytes.fromhex(escapes.replace("%", ""))
    for character in raw.decode("utf-8", "surrogateescape"):
        yield character, 3 * len(character.encode("utf-8", "surrogateescape"))


def _u_decoded(escapes: str) -> Iterator[tuple[str, int]]:
    units = bytes.fromhex(escapes.replace("\\u", ""))
    for character in units.decode("utf-16-be", "surrogatepass"):
        yield character, 6 * len(character.encode("utf-16-be", "surrogatepass")) // 2
