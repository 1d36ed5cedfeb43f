"""What a judge of the city's interfaces knows at each moment: the contract, the truth of the boxes, tokens, pushes.

The truth is what the operator's server has been told: by its charge boxes and its chargers, whose exchanges are
overheard, and by the facts. Updated after the rules have seen a record; to a rule it is the state *before* that record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.rules.beijing.chargers import Chargers
from conformance.rules.beijing.charges import Charge, Charges
from conformance.rules.beijing.connectors import Connectors, Place, place_of
from conformance.rules.beijing.lately import Lately
from conformance.rules.beijing.link import START, Word
from conformance.rules.beijing.news import News
from conformance.rules.beijing.reported import Reported
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.tokens import Tokens
from conformance.rules.beijing.wanted import Orders
from conformance.rules.evchong import known as evchong_known
from conformance.rules.evchong.spoken import Spoken as BoxSpoken
from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.messages import Content, Interface, Status
from simulators.journal.records import Fact
from simulators.world.city import Socket

PUSH_AT_ONCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixit:
    """What the rules must know of the target. ``boxes``: the same for the charge boxes."""

    boxes: evchong_known.Pixit
    platform_id: str
    operator_id: str
    sockets: tuple[Socket, ...]
    readings: Readings = field(default_factory=Readings)
    bonus: bool = False  # PICS: the equipment claims the operating bonus
    chargers: bool = True  # behind connectors without a box are the lab's own; or else whoever comes charges there
    push_at_once_s: float = PUSH_AT_ONCE_S
    bill_after_stop_s: float = 0.0
    statistics_after_s: float = 0.0
    utc_offset_minutes: int = 480


class Known:
    """The state of the world as the journal tells it."""

    def __init__(self, pixit: Pixit) -> None:
        self.pixit = pixit
        self.dialect = Dialect(pixit.readings)
        self.sockets = {socket.id: socket for socket in pixit.sockets}
        self.places: dict[Place, Socket] = {place_of(socket): socket for socket in pixit.sockets}
        self.boxes = evchong_known.Known(pixit.boxes)
        self.charges = Charges(self)
        self.wanted = Orders(self)
        self.chargers = Chargers(pixit.sockets)
        self.tokens = Tokens(pixit.readings)
        self.reported = Reported(socket.id for socket in pixit.sockets if not socket.box)
        self.connectors = Connectors(self.boxes, self.reported, self.places)
        self.lately = Lately(self.connectors, round(pixit.push_at_once_s * 1000))
        by_number = {socket.id: place for place, socket in self.places.items()}
        self.news = News(self.connectors, by_number, round(pixit.push_at_once_s * 1000))
        self.policies: dict[str, Content] = {}  # ConnectorID -> the latest answer to query_equip_business_policy
        self.connected = False

    # Questions

    def lawful(self, place: Place, now_ms: int) -> frozenset[Status] | None:
        """What the city may be told of a connector at a moment; None where it cannot be said."""
        return self.connectors.lawful(place, now_ms)

    def is_ours(self, socket: Socket) -> bool:
        """Nothing happens at a connector but by the lab."""
        return bool(socket.box) or self.pixit.chargers

    def interval_ms(self, box: str) -> int:
        """How often a box beats, as it was told at boot (EVC-X11)."""
        return self.connectors.interval_ms(box)

    def discriminated(self) -> set[str]:
        """Services that were seen to follow what is demanded, or what is so."""
        told = {Interface.NOTIFICATION_STATION_STATUS.value} if self.news.discriminates() else set()
        return self.tokens.discriminated() | told

    # Learning

    def learn(self, seen: Spoken) -> None:
        """From one exchange with the city, after the rules have judged it."""
        self.connected = self.connected or seen.arrived
        if seen.interface is Interface.QUERY_TOKEN:
            self.tokens.learn(seen)
            if seen.pushed and seen.by_plan:
                self.news.excuse()  # without a token nothing can be pushed
        elif seen.interface is Interface.NOTIFICATION_STATION_STATUS:
            self.news.learn(seen)
        elif seen.interface is Interface.QUERY_EQUIP_BUSINESS_POLICY and seen.succeeded:
            self.policies[str((seen.asked or {}).get("ConnectorID"))] = seen.told or {}
        self.wanted.learn(seen)
        self.charges.learn(seen)

    def overhear(self, seen: BoxSpoken) -> None:
        """From one exchange of a charge box."""
        self.boxes.learn_wire(seen.exchange)
        self.boxes.learn(seen)
        self.connectors.overhear(seen)
        self.lately.overhear(seen)
        self.news.overhear(seen)
        if seen.succeeded and seen.valid:
            self.charges.overhear(seen)

    def learn_fact(self, fact: Fact) -> None:
        """From what was physically done."""
        self.boxes.learn_fact(fact)
        self.chargers.learn_fact(fact)
        self.reported.learn_fact(fact)
        self.wanted.learn_fact(fact)
        self.charges.learn_fact(fact)

    def hear(self, word: Word) -> None:
        """From one exchange of the private link."""
        self.chargers.hear(word)
        self._follow(word)
        self.wanted.hear(word)
        self.charges.hear(word)

    def _follow(self, word: Word) -> None:
        """A word of a charger tells how it stands; a command to it tells nothing yet, but that it is to start."""
        if word.command == START or not word.is_command:
            self.reported.hear(word)
            self.lately.hear(word)
            self.news.hear(word)

    def running(self) -> Iterator[Charge]:
        """The charges that go on."""
        return self.charges.running()
