"""A strict reader: what RFC 8259 allows is read, all else is refused with a word of what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.strict_json import LONGEST_SHOWN, NotStrictJson, shown, strict_json

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda values: st.lists(values) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values),
    max_leaves=8,
)  # fmt: skip


def refusal(text: bytes) -> NotStrictJson:
    with pytest.raises(NotStrictJson) as refused:
        strict_json(text)
    return refused.value


@given(ANY_JSON, st.booleans())
def test_all_json_is_read(value: Any, ascii_only: bool) -> None:
    """Escaped or in UTF-8, at any depth."""
    assert strict_json(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")) == value


@pytest.mark.parametrize(
    ("text", "actual"),
    [
        (b"", "nothing"),
        (b"  \r\n", "nothing"),
        (b'{"a":1,"a":2}', "'a' twice"),
        (b'{"a":1,"\\u0061":2}', "'a' twice"),
        (b'[{"x":{"b":"","b":""}}]', "'b' twice"),
        (b'{"a":"\\"","a":1}', "'a' twice"),
        (b"[" * 100_000, "values nested too deeply"),
    ],
)
def test_what_is_no_json_is_named(text: bytes, actual: str) -> None:
    """Nothing at all, a name twice in one object however it is written, and depth beyond all use."""
    problem = refusal(text)
    assert (problem.kind, problem.actual) == ("json", actual)


@pytest.mark.parametrize(
    "text",
    [
        b"OK",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":1',
        b'{"a":1}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":01}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\t"}',
        b'"\\ud800"',
        b"// a remark\n1",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_lenient_parsers_pass_over_is_refused(text: bytes) -> None:
    """Single quotes, a last comma, NaN, numbers that no double holds, half characters, a byte order mark (RFC 8259)."""
    problem = refusal(text)
    assert (problem.kind, problem.expected) == ("json", "JSON")
    assert len(problem.actual) < 2 * LONGEST_SHOWN


@pytest.mark.parametrize("text", [b'{"a":"\xb9\xca"}', '{"a":5}'.encode("utf-16"), b'"\xed\xa0\x80"', b"\xff"])
def test_what_is_no_utf_8_is_a_kind_of_its_own(text: bytes) -> None:
    """GBK, UTF-16, half characters as bytes (RFC 8259, 8.1)."""
    problem = refusal(text)
    assert (problem.kind, problem.expected) == ("utf-8", "UTF-8")


@pytest.mark.parametrize(
    "text",
    [
        r'{"a":5,"info":"\"a\":5"}',
        r'{"a":5,"info":"a\\","b":"a\\"}',
        r'{"a":5,"x":{"a":5},"y":[{"a":5},{"a":5}]}',
        r'{"a":1,"A":2,"":3}',
    ],
)
def test_only_names_that_stand_twice_in_one_object_are_repeated(text: str) -> None:
    """Quotation marks in strings and equal names in different objects are nothing wrong."""
    assert strict_json(text.encode()) == json.loads(text)


def test_a_value_is_shown_short_and_at_any_depth() -> None:
    """A fault quotes what it found; a long value is cut, and one that cannot be written is named by its type."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert shown("x" * 118) == repr("x" * 118)
    assert shown("x" * 200) == "'" + "x" * 119 + "…"
    assert shown(deep) == "a list, nested too deeply to be shown"
