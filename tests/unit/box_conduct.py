"""What boxes do, step by step, for the tests of the rules that boxes are judged by."""

from __future__ import annotations

from tests.unit.journals import BOX, CARD, HOME, REGISTER_WH, Asked, Story

RARELY_S = 3600  # an interval of beats that keeps them out of the story


def switched_on(
    story: Story, box: str = BOX, *, connectors: tuple[int, ...] = (1, 2), interval_s: int = RARELY_S
) -> None:
    """The box has its power, has booted, and was accepted."""
    story.did("powered-on", box, station=HOME, connectors=list(connectors))
    story.boot(box, HOME).answered(heartbeatInterval=interval_s)


def began(story: Story, box: str = BOX, *, meter: bool = True) -> None:
    """The current flows."""
    register_wh = REGISTER_WH if meter else 0
    story.did("charging-began", box, connector=1, card=CARD, register_wh=register_wh, meter=meter)


def ended(story: Story, of: Asked, *, reason: str = "card", meter: bool = True) -> None:
    """The current flows no more."""
    story.did("charging-ended", connector=1, card=CARD, transaction=of.transaction, reason=reason, energy_wh=1000,
              began_ms=of.sent_ms, register_wh=REGISTER_WH + 1000, meter=meter)  # fmt: skip


def swiped(story: Story, card: str = CARD) -> None:
    """A card is held to the reader, and the box asks at once."""
    story.did("card-swiped", connector=1, card=card)
    story.authorize(card).answered()


def charging(story: Story, *, meter: bool = True) -> Asked:
    """A charge has begun as it should."""
    switched_on(story)
    swiped(story)
    story.did("connector-unlocked", connector=1, card=CARD)
    began(story, meter=meter)
    return story.start(meter_wh=REGISTER_WH if meter else 0).answered()
