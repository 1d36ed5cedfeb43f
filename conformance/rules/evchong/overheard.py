"""What a judge knows of traffic that was overheard: boxes and cards of others, in a world older than the journal.

A target file names what a run of ours uses. Real traffic has more: boxes and cards that the file does not name, and
transactions from before the recording. Of these the server alone can tell; so where it accepts one, nothing is demanded
of it, and where it refuses one, that is what is owed to a stranger.
"""

from __future__ import annotations

from conformance.rules.evchong.known import BY_CARD, Known, Owed, Pixit
from conformance.rules.evchong.spoken import Outcome, Spoken
from simulators.evchong.messages import Service

UNNAMED = "unnamed"  # the state of a card that the file does not name, once the server has accepted it


class KnownOfOthers(Known):
    """The state of a world in which we do not take part."""

    def __init__(self, pixit: Pixit, unregistered: str) -> None:
        super().__init__(pixit)
        self._unregistered = unregistered
        self._turned_away: set[tuple[str, str]] = set()  # unnamed, and refused when first asked about

    def meet(self, seen: Spoken) -> None:
        """Before it is judged: a card that the server accepts is one that it knows."""
        if seen.service in BY_CARD and seen.accepted and seen.card:
            self.cards.setdefault(seen.card, UNNAMED)

    def owed(self, seen: Spoken) -> Owed:
        return Owed.NOTHING if self._is_beyond_the_file(seen) else super().owed(seen)

    def _learn_discrimination(self, seen: Spoken) -> None:
        """Of somebody unnamed the first answer says who it is, so only the later ones can be right or wrong."""
        person = seen.box if seen.service is Service.DEVICE_BOOT else self.person_of(seen)
        if person in self.boxes or self.cards.get(person, UNNAMED) != UNNAMED or person == self._unregistered:
            super()._learn_discrimination(seen)
        elif person and seen.valid:
            self._learn_of_unnamed(str(seen.service), person, refused=seen.outcome is Outcome.REFUSED)

    def _learn_of_unnamed(self, service: str, person: str, *, refused: bool) -> None:
        if self.discrimination.met(service, person) == 1:
            if refused:
                self._turned_away.add((service, person))
        elif (service, person) in self._turned_away:
            self.discrimination.note(service, person, "as before", right=refused)

    def _is_beyond_the_file(self, seen: Spoken) -> bool:
        if seen.service in BY_CARD and self.cards.get(seen.card or "") == UNNAMED:
            return True
        named = seen.box in self.boxes or seen.box == self._unregistered
        if seen.service is Service.METER_VALUES and self.asked_about(seen) is None:
            return seen.accepted  # it may have begun before the recording
        return seen.accepted and not named
