"""What a judge knows of traffic that was overheard: boxes and cards of others, in a world older than the journal.

A target file names what a run of ours uses. Real traffic has more: boxes and cards that the file does not name, and
transactions from before the recording. Of these the server alone can tell; so where it accepts one, nothing is demanded
of it, and where it refuses one, that is what is owed to a stranger.
"""

from __future__ import annotations

from conformance.rules.evchong.known import Known, Owed, Pixit
from conformance.rules.evchong.spoken import Spoken
from simulators.evchong.messages import Service

UNNAMED = "unnamed"  # the state of a card that the file does not name, once the server has accepted it
BY_CARD = frozenset({Service.AUTHORIZE, Service.START_TRANS})


class KnownOfOthers(Known):
    """The state of a world in which we do not take part."""

    def __init__(self, pixit: Pixit, unregistered: str) -> None:
        super().__init__(pixit)
        self._unregistered = unregistered

    def meet(self, seen: Spoken) -> None:
        """Before it is judged: a card that the server accepts is one that it knows."""
        if seen.service in BY_CARD and seen.accepted and seen.card:
            self.cards.setdefault(seen.card, UNNAMED)

    def owed(self, seen: Spoken) -> Owed:
        return Owed.NOTHING if self._is_beyond_the_file(seen) else super().owed(seen)

    def _is_beyond_the_file(self, seen: Spoken) -> bool:
        if seen.service in BY_CARD and self.cards.get(seen.card or "") == UNNAMED:
            return True
        named = seen.box in self.boxes or seen.box == self._unregistered
        if seen.service is Service.METER_VALUES and self.asked_about(seen) is None:
            return seen.accepted  # it may have begun before the recording
        return seen.accepted and not named
