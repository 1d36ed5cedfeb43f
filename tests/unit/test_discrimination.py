"""Discrimination: a server that knows whom to accept is seen to, whoever only guesses is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import comb
from zlib import crc32

import pytest

from conformance.discrimination import (
    CHANCE_BY_PERSONS,
    MOST_STRANGERS,
    ROUNDS,
    Discrimination,
    Round,
    chance_of,
    strangers_beside,
)
from simulators.randomness import Randomness, Stream

SERVICE = "authorize"
RUNS = 40  # of each guesser, each with orders of its own

Says = Callable[[str, str, int, int, list[str]], str]  # person, what is owed, which time, which request, who came


def played(stream: Stream, says: Says, *, known: int = 6, blocked: int = 2, expired: int = 2) -> set[str]:
    """What is shown when everybody asks in every round, in an order drawn anew."""
    owed = {f"stranger {number}": "refused" for number in range(strangers_beside(known))}
    owed |= {f"good {number}": "" for number in range(known)}
    owed |= {f"blocked {number}": "blocked" for number in range(blocked)}
    owed |= {f"expired {number}": "expired" for number in range(expired)}
    discrimination, times = Discrimination(), Counter[str]()
    first, *rest = owed
    order = [first, *stream.sample(rest, len(rest))]
    for _ in range(ROUNDS):
        for person in order:
            times[person] += 1
            said = says(person, owed[person], times[person], times.total(), list(times))
            right = said == owed[person] or (owed[person] == "refused" and said != "")
            discrimination.met(SERVICE, person)
            discrimination.note(SERVICE, person, owed[person], right=right)
        order = stream.sample(order, len(order))
    return discrimination.shown()


def test_chance_is_fishers() -> None:
    """The lady who tells four cups of eight is right by chance once in 70; with one wrong of each kind, 17 in 70."""
    assert chance_of([Round(4, 4, 4, 4)]) == pytest.approx(1 / 70)
    assert chance_of([Round(4, 3, 4, 3)]) == pytest.approx(17 / 70)
    assert chance_of([Round(4, 4, 4, 4)] * 2) == pytest.approx(1 / 70**2)
    assert chance_of([Round(4, 4, 4, 4), Round(4, 0, 4, 4)]) == pytest.approx(1 / 70)


@pytest.mark.parametrize("heard", [Round(4, 4, 4, 0), Round(4, 0, 4, 4), Round(4, 4, 0, 0), Round(0, 0, 4, 4)])
def test_one_answer_to_all_proves_nothing(heard: Round) -> None:
    """Nor does one kind of asker alone: chance always does as well."""
    assert chance_of([heard]) == pytest.approx(1)


@pytest.mark.parametrize("known", range(1, 7))
def test_who_knows_is_seen_to_know(known: int) -> None:
    """With one good card as with six, with blocked and expired cards or without."""
    stream = Randomness(known).stream("orders")
    for others in (0, 1, 2):
        assert played(stream, lambda who, owed, *_: owed, known=known, blocked=others, expired=others) == {SERVICE}


@pytest.mark.parametrize(
    "defect",
    [
        {"refused": ""},
        {"blocked": ""},
        {"expired": "blocked"},
        {"expired": ""},
    ],
    ids=str,
)
def test_a_defect_in_one_refusal_leaves_the_rest_its_evidence(defect: dict[str, str]) -> None:
    """The row that demands this refusal fails, and no other loses its pass for it."""
    stream = Randomness(1).stream("orders")
    assert played(stream, lambda who, owed, *_: defect.get(owed, owed)) == {SERVICE}


@pytest.mark.parametrize("wrong", ["good 3", "stranger 5", "blocked 1"])
def test_one_person_answered_wrongly_leaves_the_rest_its_evidence(wrong: str) -> None:
    """A single card that was entered wrongly makes no liar."""
    stream = Randomness(1).stream("orders")

    def says(who: str, owed: str, *_: object) -> str:
        return ("" if owed else "blocked") if who == wrong else owed

    assert played(stream, says) == {SERVICE}


@pytest.mark.parametrize("slips", [{1}, {2}, {4}])
def test_one_slip_costs_a_small_site_nothing(slips: set[int]) -> None:
    """With a single good card, and one wrong answer about it."""
    stream = Randomness(1).stream("orders")

    def says(who: str, owed: str, time: int, *_: object) -> str:
        return "blocked" if who == "good 0" and time in slips else owed

    assert played(stream, says, known=1, blocked=1, expired=1) == {SERVICE}


def guessers(stream: Stream) -> dict[str, Says]:
    """Who answers without knowing; those who decide once for all are drawn anew each time."""
    salt = stream.random()

    def refusal() -> str:
        return stream.choice(("blocked", "expired"))

    def by_look(share: float) -> Says:
        return lambda who, *_: "" if crc32(f"{salt} {who}".encode()) < share * 2**32 else refusal()

    def drawn(share: float) -> Says:
        return lambda *_: "" if stream.random() < share else refusal()

    return {
        "drawn, one half": drawn(0.5),
        "drawn, one third": drawn(1 / 3),
        "drawn, three quarters": drawn(0.75),
        "by turns": lambda who, owed, time, request, came: "" if request % 2 else "blocked",
        "by turns, others first": lambda who, owed, time, request, came: "blocked" if request % 2 else "",
        "after the first time": lambda who, owed, time, request, came: "" if time > 1 else "blocked",
        "after the second time": lambda who, owed, time, request, came: "" if time > 2 else "blocked",
        "the first time only": lambda who, owed, time, request, came: "" if time == 1 else "blocked",
        "all but the last time": lambda who, owed, time, request, came: "" if time < ROUNDS else "blocked",
        "after the first refusal": lambda who, owed, time, request, came: "" if request > 1 else "blocked",
        "who came first": lambda who, owed, time, request, came: "" if who == came[0] else "blocked",
        "the first six": lambda who, owed, time, request, came: "" if who in came[:6] else "blocked",
        "by looks, one tenth": by_look(0.1),
        "by looks, one third": by_look(1 / 3),
    }


@pytest.mark.parametrize("known", [2, 6])
@pytest.mark.parametrize("name", guessers(Randomness(0).stream("names")))
def test_who_guesses_is_not_seen_to_know(name: str, known: int) -> None:
    """By chance, by turns, by how often somebody came, by who came first, by looks: in none of many runs."""
    stream = Randomness(known).stream(name)
    shown = [played(stream, guessers(stream)[name], known=known) for _ in range(RUNS)]
    assert shown == [set()] * RUNS


def test_what_comes_after_the_rounds_counts_neither_way() -> None:
    """The order of scenarios can be guessed, so it proves nothing."""
    stream = Randomness(1).stream("orders")
    discrimination = Discrimination()
    for number in range(30):
        for person, refusal in (("good", ""), ("bad", "refused")):
            discrimination.met(SERVICE, person)
            discrimination.note(SERVICE, person, refusal, right=number >= ROUNDS)
    assert discrimination.shown() == set()
    assert played(stream, lambda who, owed, *_: owed, known=1, blocked=0, expired=0) == {SERVICE}


def test_services_are_shown_each_by_itself() -> None:
    """What one service knows says nothing of another."""
    discrimination = Discrimination()
    for service, right in (("authorize", True), ("startTrans", False)):
        for _ in range(ROUNDS):
            for number in range(8):
                discrimination.met(service, f"{number}")
                discrimination.note(
                    service, f"{number}", "refused" if number % 2 else "", right=right or number % 4 == 0
                )
    assert discrimination.shown() == {"authorize"}


def test_there_are_strangers_enough_for_one_mistake() -> None:
    """Chance does as well as a server that fails one of those it knows less than once in a thousand times."""
    assert [strangers_beside(known) for known in range(8)] == [21, 21, 21, 21, 21, 16, 11, 9]
    for known in (5, 6, 7):
        strangers = strangers_beside(known)
        assert chance_of([Round(known, known - 1, strangers, strangers)]) < CHANCE_BY_PERSONS
    assert comb(3 + MOST_STRANGERS, 3) > 1 / CHANCE_BY_PERSONS
