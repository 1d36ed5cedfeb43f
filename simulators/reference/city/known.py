"""What the server knows and holds on account of the platform."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from simulators.clock import Alarm
from simulators.randomness import Randomness
from simulators.reference.billing import Bill, Part
from simulators.reference.city.keeping import Kept
from simulators.reference.state import Transaction
from simulators.world.city import CityContract, Socket

# ChargeModel, how charging was started (cec102 4.3).
BY_PLATFORM, BY_CARD, BY_OTHER = 1, 2, 3

# StartChargeSeqStat, how far it has come (cec102 4.3, 6); it only rises.
STAT_STARTING, STAT_CHARGING, STAT_STOPPING, STAT_ENDED, STAT_UNKNOWN = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and the moment from which it holds no longer."""

    text: str
    until_ms: int


@dataclass(eq=False, slots=True)
class News:
    """A state of a connector that the platform is to be told; the newest of a connector is the one that counts."""

    status: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the instruments of a charge showed at a moment; ``energy_wh`` since it began."""

    at_ms: int
    energy_wh: int = 0
    current_a: Decimal = Decimal(0)
    voltage_v: Decimal = Decimal(0)
    soc: int = 0


class Charge(msgspec.Struct, eq=False, kw_only=True):
    """What is written down of a charge. ``started_ms``: until it ``began``, when it was asked for."""

    seq: str  # StartChargeSeq
    charge_model: int  # as it is told
    by_platform: bool = False
    user: str  # whose name its order bears
    started_ms: int
    stat: int
    began: bool = False  # current has flowed
    reading: Reading
    ended_ms: int | None = None
    stop_reason: int = 0
    meter_wh: tuple[int, int] = (0, 0)  # at start and end
    flown: tuple[Part, ...] = ()  # by tariff period, until the latest reading
    price: Bill | None = None  # once it is billed


class Session(Charge, eq=False, kw_only=True):
    """A charge as the platform knows it, whoever started it: under one number from its first message to its order.

    Behind it stands the transaction of a charge box, or a charger of the private link. ``lane``: its messages leave
    one after the other.
    """

    socket: Socket
    transaction: Transaction | None = None
    lane: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    def as_kept(self) -> dict[str, Any]:
        return {"socket": self.socket.id} | {name: getattr(self, name) for name in Charge.__struct_fields__}

    @classmethod
    def of_kept(cls, socket: Socket, kept: Mapping[str, Any]) -> Session:
        return cls(socket=socket, **msgspec.structs.asdict(msgspec.convert(kept, Charge, strict=False)))


class Charger(msgspec.Struct, eq=False):
    """A charger of the private link, as it last described itself. ``session`` holds it, from the start on.

    ``lane``: what it is told leaves in order.
    """

    socket: Socket
    online: bool = True
    plugged: bool = False
    faulty: bool = False
    session: Session | None = None
    lane: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)


class Station(msgspec.Struct, eq=False):
    """A station as the platform is told of it, and when that last changed."""

    id: str
    name: str
    changed_ms: int


class City:
    """All of it. Without a contract there is no platform, and no socket either; ``linked``: chargers can be reached."""

    def __init__(self, contract: CityContract | None, chance: Randomness, data: str, *, linked: bool) -> None:
        sockets = contract.sockets if contract else ()
        self.by_id = {socket.id: socket for socket in sockets}
        self.sockets = {(socket.box, socket.connector): socket for socket in sockets if socket.box}
        self.chargers = {socket.id: Charger(socket) for socket in sockets if linked and not socket.box}
        self.stations: dict[str, Station] = {}
        self.chance = chance
        self.kept = Kept(data)
        self.given_token: Token | None = None  # to the platform, for its queries
        self.held_token: Token | None = None  # from the platform, for the pushes
        self.token_lock = asyncio.Lock()
        self.last_stamp, self.last_seq = "", 0
        self.news: dict[str, News] = {}  # by ConnectorID
        self.lanes: dict[str, asyncio.Lock] = {socket.id: asyncio.Lock() for socket in sockets}
        self.sessions: dict[str, Session] = {}  # by StartChargeSeq
        self.alarms: dict[str, Alarm] = {}
        self.duties: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None

    def keep_talk(self) -> None:
        """Write down where the talk with the platform stands."""
        tokens = self.given_token, self.held_token
        self.kept.put("talk", "last", _Talk(*tokens, self.last_stamp, self.last_seq))

    def resume_talk(self) -> None:
        if kept := self.kept.get("talk", "last"):
            talk = msgspec.convert(kept, _Talk)
            self.given_token, self.held_token = talk.given_token, talk.held_token
            self.last_stamp, self.last_seq = talk.last_stamp, talk.last_seq


class _Talk(msgspec.Struct):
    given_token: Token | None
    held_token: Token | None
    last_stamp: str
    last_seq: int
