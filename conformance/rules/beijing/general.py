"""What the rules of the city share."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.link import Word
from conformance.rules.rule import Rule
from simulators.beijing.messages import Interface, Side

EVERY = frozenset(str(each) for each in Interface)
PUSHES = frozenset(str(each) for each in Interface if Side.OPERATOR in each.callers)
QUERIES = frozenset(str(each) for each in Interface if Side.PLATFORM in each.callers)


class CityRule(Rule):
    """A rule that judges exchanges with the city.

    ``exchange`` is shown them as ``beijing.spoken.Spoken``; ``overheard`` is shown those of charge boxes, as
    ``evchong.spoken.Spoken``, where the rule says that it ``overhears``. ``linked`` is shown the words that pass
    between the server and the lab's chargers, already learnt.
    """

    known: Known

    def linked(self, word: Word) -> Iterator[Finding]:
        """A word on the private link; what it means is known already."""
        return iter(())

    @property
    def follows_link(self) -> bool:
        return type(self).linked is not CityRule.linked
