"""What leaves the journal: nothing that must stay inside, and enough to tell one from another."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulators.journal.redaction import Redactor, mask

SECRET = 'k9/Zr+秘"密\\0x'
CARD = "CARD-VALID-1"
PLATE = "测B-7788-临"  # a plate of no known form: found only because it was given
REDACTOR = Redactor([SECRET], [CARD], [PLATE])


def every_percent(value: str) -> str:
    return "".join(f"%{byte:02x}" for byte in value.encode())


def every_u(value: str) -> str:
    units = value.encode("utf-16-be").hex()
    return "".join(f"\\u{units[index : index + 4]}" for index in range(0, len(units), 4))


def as_json(value: str) -> str:
    return json.dumps(value)[1:-1]


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda value: quote(value, safe=""),
    "percent-encoded, every byte": every_percent,
    "JSON": as_json,
    "JSON, every character": every_u,
    "JSON with umlauts": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda value: as_json(as_json(value)),
    "JSON in a form": lambda value: quote(as_json(value), safe=""),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (SECRET, "‹secret›"),
        (CARD, "‹CA…-1›"),
        (PLATE, "‹测B…-临›"),
        ("13800138000", "‹13…00›"),
        ("京A12345", "‹京A…45›"),
        ("粤BD12345", "‹粤B…45›"),
    ],
)
def test_a_value_is_masked_in_every_form_of_the_wire(form: str, value: str, masked: str) -> None:
    """As it is, in a URL, and escaped as JSON, also several times over."""
    assert REDACTOR.text(f"before={FORMS[form](value)}&after") == f"before={masked}&after"


@pytest.mark.parametrize("number", ["+8613800138000", "+86 138 0013 8000", "008613800138000", "199-1234-5678"])
def test_mobile_numbers_are_masked_as_people_write_them(number: str) -> None:
    """Country code and spaces make no difference."""
    assert REDACTOR.text(f"call {number}.") == f"call {mask(number)}."


@pytest.mark.parametrize("plate", ["沪A·D12345", "京A1234学", "粤Z1234港", "新a12345", "使A12345"])
def test_plates_of_all_kinds_are_masked(plate: str) -> None:
    """New energy, learners, Hong Kong, small letters, embassies."""
    assert REDACTOR.text(f"({plate})") == f"({mask(plate)})"


@pytest.mark.parametrize(
    "text",
    [
        "1700000000000",
        "12345678901",
        "order 20240501138001380001",
        "京东 A1234",
        "a ‹quoted› word",
        "100%",
        "\\u",
        "%zz",
    ],
)
def test_what_only_looks_similar_stays(text: str) -> None:
    """Epoch milliseconds, order numbers and quotation marks are no personal data."""
    assert REDACTOR.text(text) == text


def test_a_tree_is_masked_to_its_leaves_and_keys_and_keeps_its_shape() -> None:
    """Every string, key and number; measures stay numbers; two keys that look alike stay two."""
    tree = {
        "cards": [{"idToken": CARD, "valid": True, "none": None}],
        "raw": f'{{"mobile":"13800138000","plate":"{every_u("京A12345")}"}}'.encode(),
        "mobile": 13800138000,
        "duration_ns": 13800138000,
        "share": 0.5,
        "by mobile": {"13800138000": 1, "13900139000": 2},
        "pair": ("a", SECRET),
    }
    masked = {
        "cards": [{"idToken": "‹CA…-1›", "valid": True, "none": None}],
        "raw": '{"mobile":"‹13…00›","plate":"‹京A…45›"}'.encode(),
        "mobile": "‹13…00›",
        "duration_ns": 13800138000,
        "share": 0.5,
        "by mobile": {"‹13…00›": 1, "‹13…00›#2": 2},
        "pair": ["a", "‹secret›"],
    }
    assert REDACTOR.tree(tree) == masked
    assert REDACTOR.tree(masked) == masked


def test_the_longest_value_is_masked_and_a_secret_shows_nothing() -> None:
    """Values that begin alike don't uncover each other; a secret that is a card too stays a secret."""
    redactor = Redactor(["TOKEN-12"], ["TOKEN-1", "TOKEN-12", "TOKEN-123"])
    assert redactor.text("TOKEN-123 TOKEN-12 TOKEN-1") == "‹TO…23› ‹secret› ‹TO…-1›"


def test_short_values_show_less() -> None:
    """A mask never shows most of what it hides."""
    assert [mask(value) for value in ("abc", "abcd", "abcdef", "abcdefg")] == ["‹…›", "‹a…d›", "‹a…f›", "‹ab…fg›"]


def test_what_is_quoted_like_a_mask_is_masked_all_the_same() -> None:
    """Only the exact form of a mask is left alone: quotation marks protect nothing."""
    assert REDACTOR.text(f"‹{CARD}› ‹13800138000›") == "‹‹CA…-1›› ‹‹13…00››"


def test_a_value_that_holds_the_marks_is_refused() -> None:
    """It could not be told from what is masked already."""
    with pytest.raises(ValueError, match="‹ or ›"):
        Redactor(["a‹b"])


def test_many_cards_are_found_quickly_enough_for_a_report() -> None:
    """Ten thousand cards in ten thousand exchanges; the whole is a matter of seconds."""
    cards = [f"CARD-{number:06}" for number in range(10_000)]
    redactor = Redactor(cards=cards)
    text = redactor.text(" ".join(cards))
    assert text == " ".join(mask(card) for card in cards)


pieces = st.sampled_from(
    [
        "13800138000",
        "京A12345",
        "京",
        "A",
        "1",
        "38",
        "%31",
        "%E4%BA%AC",
        "\\u4eac",
        "\\u0031",
        "\\\\",
        '\\"',
        "%",
        "\\",
        "‹",
        "›",
        "…",
        "‹13…00›",
        "‹secret›",
        "secret",
        "card",
        "ca",
        "rd",
        " ",
        "-",
        "86",
        "+86",
        "%25",
        "%5C",
        "ab",
        "b",
    ]
)
noise = st.lists(pieces | st.text(max_size=3), max_size=12).map("".join)
values = st.lists(
    st.lists(pieces | st.text(max_size=3), min_size=1, max_size=3)
    .map("".join)
    .filter(lambda value: value and not set(value) & set("‹›")),
    max_size=4,
)


@given(values, values, values, noise)
def test_masking_twice_changes_nothing(secrets: list[str], cards: list[str], plates: list[str], text: str) -> None:
    """For any values and any text, masks and scraps of masks included."""
    redactor = Redactor(secrets, cards, plates)
    once = redactor.text(text)
    assert redactor.text(once) == once


@given(st.lists(st.text("abc1%", min_size=1, max_size=5), max_size=5), st.randoms(), st.text("abc1%", max_size=30))
def test_the_order_of_the_values_has_no_effect(cards: list[str], random: object, text: str) -> None:
    """The same set, given in another order, masks the same."""
    assert Redactor(cards=cards).text(text) == Redactor(cards=reversed(cards)).text(text)
    assert Redactor(cards=cards).text(text) == Redactor(cards=sorted(cards)).text(text)


@given(
    st.text(st.characters(exclude_characters="‹›…", exclude_categories=["Cs"]), min_size=5, max_size=20)
    | st.lists(pieces.filter(lambda piece: not set(piece) & set("‹›…")), min_size=5, max_size=8).map("".join),
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(["", " ", '"', "=", "&x="]),
)
@example("0\x1f%00", "JSON", "")  # its own percent sign is no encoding
def test_no_given_secret_gets_out_in_any_form(secret: str, form: str, before: str) -> None:
    """Whatever the secret, and however it is written down."""
    written = FORMS[form](secret)
    left = Redactor([secret]).text(f"{before}{written}")
    assert written not in left.replace("‹secret›", "")
    assert secret not in left.replace("‹secret›", "")


NAMED = [
    ('{"AccessToken": "abc", "x": 1}', '{"AccessToken": "‹secret›", "x": 1}'),
    ('JSON, found \'{"OperatorSecret":"abc…', 'JSON, found \'{"OperatorSecret":"‹secret›…'),
    ("{'UserName': '张三', 'n': 1}", "{'UserName': '‹张…›', 'n': 1}"),
    ('"{\\"AccessToken\\":\\"abc\\"}"', '"{\\"AccessToken\\":\\"‹secret›\\"}"'),
    ('{"AccessToken": ""}', '{"AccessToken": ""}'),
    ("AccessToken: a text", "AccessToken: a text"),
]


@pytest.mark.parametrize(("said", "told"), NAMED)
def test_what_stands_under_the_name_of_a_secret_is_masked(said: str, told: str) -> None:
    """Whatever it is, however it is quoted, also cut off; what merely speaks of it stays."""
    assert Redactor().text(said) == told
    assert Redactor().text(told) == told


def test_a_tree_is_masked_by_names() -> None:
    """A secret whole, of a name the first character; of any type, and again without effect."""
    said = {"AccessToken": ["a", 1], "OperatorSecret": 12, "UserName": "欧阳修", "Data": [{"UserName": ""}], "Ret": 0}
    told = {
        "AccessToken": "‹secret›",
        "OperatorSecret": "‹secret›",
        "UserName": "‹欧…›",
        "Data": [{"UserName": ""}],
        "Ret": 0,
    }
    assert Redactor().tree(said) == told
    assert Redactor().tree(told) == told


@given(values, st.lists(pieces | st.sampled_from(['"AccessToken":"', '"UserName": "', "'", '"']), max_size=10))
def test_masking_names_twice_changes_nothing(people: list[str], said: list[str]) -> None:
    redactor = Redactor(people=people)
    once = redactor.text("".join(said))
    assert redactor.text(once) == once
