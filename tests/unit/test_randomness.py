"""Chance follows from the seed, and from nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.randomness import Person, Randomness

ROOT = Path(__file__).parents[2]
DRAW = """
from simulators.randomness import Randomness
r = Randomness(7)
print([r.stream("boxes").randrange(10**6), r.plate(), r.card_number(), r.person().name, r.branch("w1").plate()])
"""


def test_another_process_draws_the_same() -> None:
    """Hash randomisation, the start order of imports and the process id have no say."""
    said = [
        subprocess.run(
            [sys.executable, "-c", DRAW],
            cwd=ROOT,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert said[0] == said[1] != ""


def test_a_seed_means_the_same_numbers_next_year() -> None:
    """The streams are part of what a printed seed promises: a change of the derivation shows here."""
    r = Randomness(7)
    assert (r.stream("boxes").randrange(10**6), r.plate(), r.card_number()) == (22214, "沪MD53896", "6022085346027810")


def test_another_seed_draws_something_else() -> None:
    assert Randomness(1).card_number() != Randomness(2).card_number()


def test_streams_do_not_shift_each_other() -> None:
    """A thousand draws of plates leave the cards as they were."""
    disturbed, quiet = Randomness(7), Randomness(7)
    for _ in range(1000):
        disturbed.plate()
        disturbed.person()
    assert disturbed.card_number() == quiet.card_number()


def test_a_stream_asked_for_again_goes_on() -> None:
    r, once = Randomness(7), Randomness(7).stream("boxes")
    assert [r.stream("boxes").random(), r.stream("boxes").random()] == [once.random(), once.random()]


def test_branches_are_independent_of_each_other_and_of_their_root() -> None:
    root = Randomness(7)
    assert len({root.card_number(), root.branch("a").card_number(), root.branch("b").card_number()}) == 3


def test_the_seed_is_printed() -> None:
    assert str(Randomness(7)) == "seed 7"


def test_fresh_seeds_differ() -> None:
    assert len({Randomness.fresh().seed for _ in range(8)}) > 1


@given(st.integers())
def test_plates_have_the_real_forms(seed: int) -> None:
    """7 characters, 8 with D or F for a new-energy car, never I or O."""
    r = Randomness(seed)
    assert re.fullmatch(r"[\u4e00-\u9fff][A-HJ-NP-Z][A-HJ-NP-Z0-9]{5}", r.plate(new_energy=False))
    assert re.fullmatch(r"[\u4e00-\u9fff][A-HJ-NP-Z][DF][0-9]{5}", r.plate(new_energy=True))


@given(st.integers(), st.integers(1, 20))
def test_card_numbers_have_the_length_asked_for(seed: int, length: int) -> None:
    number = Randomness(seed).card_number(length=length)
    assert re.fullmatch(r"[1-9][0-9]*", number)
    assert len(number) == length


@pytest.mark.parametrize("length", [0, 21])
def test_a_card_number_that_no_idtoken_holds_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 20 characters, not {length}"):
        Randomness(7).card_number(length=length)


def test_people_are_chinese_and_have_mobile_numbers() -> None:
    person = Randomness(7).person()
    assert re.fullmatch(r"[\u4e00-\u9fff]{2,4}", person.name)
    assert re.fullmatch(r"1[0-9]{10}", person.phone_number)
    assert person == Randomness(7).person() == Person(person.name, person.phone_number)


def test_what_looks_alike_has_other_digits_and_at_least_ten() -> None:
    """So that nobody has it; letters and signs stay, and so does the longest that it may be."""
    draws = Randomness(7)
    made = [draws.alike(text, "serials", longest=20) for text in ("1234567890123456", "CARD-VALID-1", "X" * 20)]
    assert re.fullmatch(r"\d{16}", made[0])
    assert re.fullmatch(r"CARD-VALI\d{10}|CARD-VALID\d{10}", made[1])
    assert re.fullmatch(r"X{10}\d{10}", made[2])
    assert made[0] != "1234567890123456"
    assert draws.alike("CB-0001", "serials", longest=25) != draws.alike("CB-0001", "serials", longest=25)


def test_what_is_nearly_a_secret_differs_in_one_to_three_places() -> None:
    """Each sign is another one of its kind, so that nobody tells by the look; it is never the secret itself."""
    draws = Randomness(7)
    secret = "0A1b-2C3D4E5F607"
    for _ in range(200):
        made = draws.nearly(secret, "strangers")
        assert 1 <= sum(one != other for one, other in zip(secret, made, strict=True)) <= 3
        assert re.fullmatch(r"\d[A-Z]\d[a-z]-\d[A-Z]\d[A-Z]\d[A-Z]\d[A-Z]\d{3}", made)


@pytest.mark.parametrize(
    "secret", ["!@#$%^&*()_+-=[]", "密钥密钥密钥密钥密钥密钥密钥密钥", "7!@#$%^&*()_+-=[", "................"]
)
def test_many_texts_are_nearly_a_secret_without_letters(secret: str) -> None:
    """Signs are changed where there is little else, so that whoever draws some that differ comes to an end."""
    draws = Randomness(7)
    made = [draws.nearly(secret, "strangers") for _ in range(40)]
    assert len(set(made)) > 20
    for each in made:
        assert 1 <= sum(one != other for one, other in zip(secret, each, strict=True)) <= 3
