"""Whether a service was seen to discriminate: its answers follow what the document demands, and not chance.

One pair of right answers proves little: whoever answers at random, by turns, or by how often it was asked gets one
some time. So all answers are counted, right and wrong, and held against chance by Fisher's exact test: among so many
askings, so many of them answered with acceptance, how often would the acceptances fall on those to whom the document
promises them as well as they did? Chance must be beaten twice:

- by rounds (everybody's first asking, everybody's second, ...), each apart, as one who goes by the number of the asking
  says the same to all in a round: that is for those who decide anew at each asking;
- by persons, each counted once: that is for those who decide once for all, but blindly, whom to accept.

An honest server with a defect loses its evidence in the measure of its wrong answers, and no more. Pure, and of no
protocol; ``docs/decisions.md`` has the figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import comb

ROUNDS = 4  # as often is everybody asked in an order that nobody can guess; what comes later is not counted here
SLIPS = 1  # wrong answers that a person may get in these rounds
CHANCE_BY_ROUNDS = 1e-4
CHANCE_BY_PERSONS = 1e-3
MOST_STRANGERS = 21  # beside a single acquaintance: 1 in 22 a round, and one round may be spoilt


@dataclass(frozen=True, slots=True)
class Round:
    """What was heard in one round: of so many to accept, and of so many to refuse, how many were answered so."""

    to_accept: int
    accepted: int
    to_refuse: int
    refused: int

    @property
    def spotless(self) -> bool:
        """Everybody was answered as demanded, and there was somebody of either kind."""
        return 0 < self.to_accept == self.accepted and 0 < self.to_refuse == self.refused


@dataclass(slots=True)
class _Tally:
    asked: int = 0
    right: int = 0

    def add(self, right: bool) -> None:
        self.asked += 1
        self.right += right


@dataclass(slots=True)
class _Heard:
    """What one service said to those to whom it owes one and the same answer."""

    by_round: defaultdict[int, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    persons: _Tally = field(default_factory=_Tally)  # who were asked about in every round


class Discrimination:
    """Counts the answers of services about persons: whoever the document demands to accept, or to refuse.

    A person is a card, a box, an account, ...; ``refusal`` says which refusal is demanded, "" where it is acceptance.
    """

    def __init__(self) -> None:
        self._asked: Counter[tuple[str, str]] = Counter()
        self._wrong: Counter[tuple[str, str]] = Counter()
        self._heard: defaultdict[str, defaultdict[str, _Heard]] = defaultdict(lambda: defaultdict(_Heard))

    def met(self, service: str, person: str) -> int:
        """A person is asked about once more; gives the number of the round, from 1."""
        self._asked[service, person] += 1
        return self._asked[service, person]

    def note(self, service: str, person: str, refusal: str, *, right: bool) -> None:
        """What was said of the person met last."""
        number = self._asked[service, person]
        if number > ROUNDS:
            return
        heard = self._heard[service][refusal]
        heard.by_round[number].add(right)
        self._wrong[service, person] += not right
        if number == ROUNDS:
            heard.persons.add(self._wrong[service, person] <= SLIPS)

    def shown(self) -> set[str]:
        """The services that were seen to discriminate."""
        return {service for service, heard in self._heard.items() if _discriminates(heard)}


def _discriminates(heard: dict[str, _Heard]) -> bool:
    # A refusal that was never once given is a defect of its own, and the row that demands it says so.
    refusals = [of for refusal, of in heard.items() if refusal and any(each.right for each in of.by_round.values())]
    accepted = heard.get("", _Heard())
    rounds = [
        _opposed(accepted.by_round[number], [refused.by_round[number] for refused in refusals])
        for number in range(1, ROUNDS + 1)
    ]
    persons = _opposed(accepted.persons, [refused.persons for refused in refusals])
    return chance_of(rounds) < CHANCE_BY_ROUNDS and (persons.spotless or chance_of([persons]) < CHANCE_BY_PERSONS)


def _opposed(accepted: _Tally, refused: Iterable[_Tally]) -> Round:
    refused = list(refused)
    return Round(
        accepted.asked, accepted.right, sum(each.asked for each in refused), sum(each.right for each in refused)
    )


def chance_of(rounds: Iterable[Round]) -> float:
    """How often somebody who cannot tell whom to accept would do at least as well (Fisher, one-sided, by rounds)."""
    odds, done = {0: 1.0}, 0
    for heard in rounds:
        done += heard.accepted
        odds = _added(odds, _blind(heard))
    return sum(odds[hits] for hits in odds if hits >= done)


def _blind(heard: Round) -> dict[int, float]:
    """How many of those to accept are accepted, and how often, when acceptances fall on anybody: hypergeometric."""
    everybody = heard.to_accept + heard.to_refuse
    acceptances = heard.accepted + heard.to_refuse - heard.refused
    least, most = max(0, acceptances - heard.to_refuse), min(acceptances, heard.to_accept)
    return {
        hits: comb(heard.to_accept, hits) * comb(heard.to_refuse, acceptances - hits) / comb(everybody, acceptances)
        for hits in range(least, most + 1)
    }


def _added(some: dict[int, float], more: dict[int, float]) -> dict[int, float]:
    """The odds of the sum of two independent numbers."""
    total: defaultdict[int, float] = defaultdict(float)
    for hits, odds in some.items():
        for further, times in more.items():
            total[hits + further] += odds * times
    return total


def strangers_beside(known: int) -> int:
    """How many strangers to ask beside those whom the server knows: enough for it to fail one of these."""
    enough = (
        strangers
        for strangers in range(1, MOST_STRANGERS)
        if known > 1 and known / comb(known + strangers, known - 1) < CHANCE_BY_PERSONS
    )
    return next(enough, MOST_STRANGERS)
