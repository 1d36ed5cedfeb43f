"""What words on the command line name."""

from __future__ import annotations

import pytest

from conformance.requirements.ledger import UnknownSelection, ledger, select


@pytest.mark.parametrize(
    ("word", "first", "last", "count"),
    [
        ("evchong", "EVC-G1", "EVC-SEQ", 63),
        ("evchong/1", "EVC-1.1-a", "EVC-1.7-f", 45),
        ("evchong/1.4", "EVC-1.4-a", "EVC-1.4-f", 7),
        ("evchong/SEQ", "EVC-SEQ", "EVC-SEQ", 1),
        ("EVC-G", "EVC-G1", "EVC-G11", 11),
        ("EVC-G1", "EVC-G1", "EVC-G1", 1),
        ("EVC-1", "EVC-1.1-a", "EVC-1.7-f", 45),
        ("EVC-1.4", "EVC-1.4-a", "EVC-1.4-f", 7),
        ("EVC-1.4-b", "EVC-1.4-b", "EVC-1.4-b", 1),
    ],
)
def test_the_beginning_of_a_name_selects_what_begins_so(word: str, first: str, last: str, count: int) -> None:
    """Of sections and of ids; but G1 is not the beginning of G10, nor 1.1 that of 1.10."""
    rows = [row.id for row in select([word])]
    assert (rows[0], rows[-1], len(rows)) == (first, last, count)


def test_no_word_selects_everything() -> None:
    """In the order of the documents, whatever the order of the words."""
    assert select([]) == list(ledger().values())
    assert [row.id for row in select(["EVC-SEQ", "EVC-G1"])] == ["EVC-G1", "EVC-SEQ"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("evchong/2", "evchong/"),
        ("evchong/1.44", "evchong/1.4"),
        ("EVC-1.4-x", "EVC-1.4-"),
        ("EVC-12", "EVC-1.2"),
        ("evchon", "evchong/"),
        ("", "say a row such as EVC-1.4-b"),
    ],
)
def test_what_names_nothing_is_told_with_what_is_near(word: str, near: str) -> None:
    """Misuse, not an empty selection."""
    with pytest.raises(UnknownSelection, match=near) as told:
        select(["EVC-G1", word])
    assert f"{word!r} names no requirement" in str(told.value)
