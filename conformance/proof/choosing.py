"""Which servers a proof is about: those that were asked for, a sample of the day, and what the catalogue lacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import date

from conformance.proof.weighing import LAWFUL, MUTANTS
from conformance.requirements.ledger import Requirement, UnknownSelection, ledger, select
from simulators.lab.kin import Kind, Member
from simulators.randomness import Randomness

SAMPLED_OTHER_ROWS = 8  # recommended and derived ones
SAMPLED_LAWFUL = 8
SAMPLED_LIARS = 2
FEW = 150  # servers; a proof of no more has the time to play each to its end
MANY = 5  # rows that a mutant breaks beside its own


def choose(words: Sequence[str], members: Sequence[Member]) -> list[Member]:
    """The servers that the words name: by their own name, by protocol, by the row that they break. All for no word.

    Raises:
        UnknownSelection: a word names none.
    """
    if not words:
        return list(members)
    named: set[str] = set()
    for word in words:
        found = [member.name for member in members if _names(word, member)] or _breaking(word, members)
        if not found:
            raise UnknownSelection(f"no server of the catalogue breaks {word}")
        named.update(found)
    return [member for member in members if member.name in named]


def _names(word: str, member: Member) -> bool:
    return word in (member.name, member.protocol, member.kin.start)


def _breaking(word: str, members: Sequence[Member]) -> list[str]:
    try:
        rows = {row.id for row in select([word])}
    except UnknownSelection as unknown:
        near = difflib.get_close_matches(word, [member.name for member in members], n=3, cutoff=0.6)
        meant = f"did you mean {', '.join(near)}?" if near else "mutants have names such as ReusesTransactionIds"
        also = "" if near else f"; and {unknown}"
        raise UnknownSelection(f"{word!r} names no server of the catalogue: {meant}{also}") from None
    return [member.name for member in members if member.breaks in rows]


def sample(members: Sequence[Member], day: date) -> list[Member]:
    """A mutant for every demanded row, some for other rows, some lawful variants and liars; the day decides which."""
    stream = Randomness(day.toordinal()).stream("sample of the proof")
    by_row: dict[str, list[Member]] = {}
    for member in members:
        by_row.setdefault(member.breaks, []).append(member)
    by_row.pop("", None)
    demanded = {row for row in by_row if ledger()[row].level == "M"}
    others = stream.sample(sorted(by_row.keys() - demanded), min(SAMPLED_OTHER_ROWS, len(by_row) - len(demanded)))
    taken = {stream.choice(by_row[row]).name for row in by_row if row in demanded or row in others}
    for kinds, number in ((LAWFUL, SAMPLED_LAWFUL), ((Kind.LIAR,), SAMPLED_LIARS)):
        there = [member.name for member in members if member.kind in kinds]
        taken.update(stream.sample(there, min(number, len(there))))
    return [member for member in members if member.name in taken]


def played_to_the_end(members: Sequence[Member]) -> set[str]:
    """The names of those that are played on after they were caught: of many mutants, those that break many rows, and
    one of every chapter.

    What a mutant shows beside its own row may show in the scenarios that go on after it was caught. Who breaks the
    most rows has the most to show; of a few, everyone is played on.
    """
    if len(members) <= FEW:
        return {member.name for member in members}
    widest: dict[tuple[str, ...], Member] = {}
    for member in members:
        chapter = _chapter(member) if member.breaks else (member.name,)
        if len(member.also) >= len(widest.setdefault(chapter, member).also):
            widest[chapter] = member
    many = {member.name for member in members if len(member.also) >= MANY}
    return many | {member.name for member in widest.values()}


def _chapter(member: Member) -> tuple[str, ...]:
    """Of a row in 1.1.2 it is 1.1; one in section ENV is in that."""
    section = ledger()[member.breaks].section
    return (member.kind, member.protocol, section.rpartition(".")[0] or section)


def slowest_first(members: Iterable[Member]) -> list[Member]:
    """An order in which no worker is left waiting for one that began late: mutants may end early."""
    return sorted(members, key=lambda member: (not member.slow, member.kind is not Kind.LIAR, member.kind in MUTANTS))


def gaps(members: Sequence[Member]) -> list[str]:
    """Rows that no mutant breaks, and cases of demanded rows that none names. ``also`` counts for nothing here."""
    protocols = {member.protocol for member in members}
    rows = [row for row in ledger().values() if row.protocol in protocols and row.judged_by == "check"]
    return [gap for row in rows if (gap := _gap(row, members))]


def _gap(row: Requirement, members: Iterable[Member]) -> str:
    breaking = [member for member in members if member.breaks == row.id and member.kind in MUTANTS]
    named = {case for member in breaking for case in member.cases}
    lacking = [case for case in row.cases if case not in named]
    if not breaking:
        return f"{row.id}: no mutant breaks it"
    if row.level == "M" and lacking:
        return f"{row.id}: no mutant names {', '.join(lacking)}"
    return ""
