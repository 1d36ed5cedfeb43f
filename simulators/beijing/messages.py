"""What the Beijing platform and an operator call each other for: the 16 interfaces, and the enumerations of cec102 4.3.

The interfaces stand in the order of cec102 5; names are the document's, case and all (BJ-1.2-a).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from msgspec import Struct

Content = dict[str, Any]  # the decrypted Data of one message


class Side(StrEnum):
    """Who may call an interface (cec102 0.4)."""

    PLATFORM = "platform"
    OPERATOR = "operator"


class ResponseLimit(Struct, frozen=True):
    """How long an answer may take; ``strict`` where the seed says less than, not at most (BJ-X3)."""

    limit_ms: int
    strict: bool

    def is_kept_by(self, response_ms: float) -> bool:
        """Whether an answer came in time."""
        return response_ms < self.limit_ms if self.strict else response_ms <= self.limit_ms


class InformationKind(StrEnum):
    """Which half of seed chapter 3 an operator's answer counts for (BJ-X15)."""

    PUBLIC = "public"
    BUSINESS = "business"

    @property
    def mean_limit(self) -> ResponseLimit:
        """The mean response time over a run (seed 3.1, 3.2): at most, never less than."""
        return ResponseLimit(3000 if self is InformationKind.PUBLIC else 1000, strict=False)


class Interface(StrEnum):
    """The 16 interfaces; the value is the name in the address."""

    QUERY_TOKEN = "query_token"
    QUERY_STATIONS_INFO = "query_stations_info"
    NOTIFICATION_STATION_STATUS = "notification_stationStatus"  # sic: the only capital letter (seed 1.1.2)
    QUERY_STATION_STATUS = "query_station_status"
    QUERY_STATION_STATS = "query_station_stats"
    QUERY_EQUIP_AUTH = "query_equip_auth"
    QUERY_EQUIP_BUSINESS_POLICY = "query_equip_business_policy"
    QUERY_START_CHARGE = "query_start_charge"
    NOTIFICATION_START_CHARGE_RESULT = "notification_start_charge_result"
    QUERY_EQUIP_CHARGE_STATUS = "query_equip_charge_status"
    NOTIFICATION_EQUIP_CHARGE_STATUS = "notification_equip_charge_status"
    QUERY_STOP_CHARGE = "query_stop_charge"
    NOTIFICATION_STOP_CHARGE_RESULT = "notification_stop_charge_result"
    NOTIFICATION_CHARGE_ORDER_INFO = "notification_charge_order_info"
    NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS = "notification_charge_order_info_for_bonus"
    CHECK_CHARGE_ORDERS = "check_charge_orders"

    @property
    def path(self) -> str:
        """Where the interface is posted to, below the base address (seed 1.2)."""
        return f"/evcs/20160701/{self.value}"

    @property
    def callers(self) -> frozenset[Side]:
        """Who calls it: the platform a query, the operator a push, both query_token (cec102 5)."""
        if self is Interface.QUERY_TOKEN:
            return frozenset(Side)
        return frozenset({Side.PLATFORM if self in QUERIES else Side.OPERATOR})

    @property
    def information_kind(self) -> InformationKind | None:
        """Where its answers count in chapter 3; None for query_token and for pushes (BJ-X15)."""
        return QUERIES[self][0] if self in QUERIES else None

    @property
    def response_limit(self) -> ResponseLimit | None:
        """How long each answer may take (seed 1.1); None for pushes, whose answers the seed sets no limit."""
        return QUERIES[self][1] if self in QUERIES else None


LESS_THAN_3_S = ResponseLimit(3000, strict=True)
LESS_THAN_1_S = ResponseLimit(1000, strict=True)
AT_MOST_1_S = ResponseLimit(1000, strict=False)

QUERIES: dict[Interface, tuple[InformationKind | None, ResponseLimit]] = {
    Interface.QUERY_TOKEN: (None, LESS_THAN_1_S),
    Interface.QUERY_STATIONS_INFO: (InformationKind.PUBLIC, LESS_THAN_3_S),
    Interface.QUERY_STATION_STATUS: (InformationKind.PUBLIC, LESS_THAN_3_S),
    Interface.QUERY_STATION_STATS: (InformationKind.PUBLIC, LESS_THAN_3_S),
    Interface.QUERY_EQUIP_AUTH: (InformationKind.BUSINESS, LESS_THAN_1_S),
    Interface.QUERY_EQUIP_BUSINESS_POLICY: (InformationKind.BUSINESS, LESS_THAN_1_S),
    Interface.QUERY_START_CHARGE: (InformationKind.BUSINESS, AT_MOST_1_S),
    Interface.QUERY_EQUIP_CHARGE_STATUS: (InformationKind.BUSINESS, AT_MOST_1_S),
    Interface.QUERY_STOP_CHARGE: (InformationKind.BUSINESS, AT_MOST_1_S),
}


# Closed enumerations: no other value is valid


class StationType(IntEnum):
    """Whom a station serves (4.3)."""

    PUBLIC = 1
    PRIVATE = 50
    BUS = 100
    SANITATION = 101
    LOGISTICS = 102
    TAXI = 103
    OTHER = 255


class StationStatus(IntEnum):
    """Whether a station is in use (4.3)."""

    UNKNOWN = 0
    UNDER_CONSTRUCTION = 1
    CLOSED = 5
    MAINTENANCE = 6
    IN_USE = 50


class Construction(IntEnum):
    """What kind of place a station is at (4.3)."""

    RESIDENTIAL_AREA = 1
    PUBLIC_INSTITUTION = 2
    ENTERPRISE = 3
    OFFICE_BUILDING = 4
    INDUSTRIAL_PARK = 5
    TRANSPORT_HUB = 6
    CULTURE_OR_SPORTS = 7
    URBAN_GREEN = 8
    CAR_PARK_OF_BUILDING = 9
    ROADSIDE_PARKING = 10
    MOTORWAY_SERVICE_AREA = 11
    OTHER = 255


class EquipmentType(IntEnum):
    """What kind of charger it is (4.3)."""

    DC = 1
    AC = 2
    AC_AND_DC = 3
    WIRELESS = 4
    OTHER = 5


class ConnectorType(IntEnum):
    """What kind of connector it is (4.3)."""

    HOUSEHOLD_SOCKET = 1
    AC_SOCKET = 2
    AC_PLUG = 3
    DC_GUN = 4
    WIRELESS_PAD = 5
    OTHER = 6


class NationalStandard(IntEnum):
    """Which edition of the national standard a connector follows (4.3)."""

    OF_2011 = 1
    OF_2015 = 2


class SupportOrder(IntEnum):
    """Whether a station takes reservations (4.3)."""

    NO_RESERVATION = 0
    RESERVATION = 1


class Status(IntEnum):
    """The state of a connector (4.3)."""

    OFFLINE = 0
    IDLE = 1
    OCCUPIED = 2
    CHARGING = 3
    RESERVED = 4
    FAULT = 255


class ConnectorStatus(IntEnum):
    """The state of a connector in a charge status: as ``Status``, without offline (4.3)."""

    IDLE = 1
    OCCUPIED = 2
    CHARGING = 3
    RESERVED = 4
    FAULT = 255


class ParkStatus(IntEnum):
    """The state of a parking place (4.3)."""

    UNKNOWN = 0
    FREE = 10
    OCCUPIED = 50


class LockStatus(IntEnum):
    """The state of a ground lock (4.3)."""

    UNKNOWN = 0
    UNLOCKED = 10
    LOCKED = 50


class StartChargeSeqStat(IntEnum):
    """The state of an order (4.3)."""

    STARTING = 1
    CHARGING = 2
    STOPPING = 3
    ENDED = 4
    UNKNOWN = 5


class SuccStat(IntEnum):
    """Whether something succeeded (4.3)."""

    SUCCESS = 0
    FAILURE = 1


class ReceptionStatus(IntEnum):
    """``Status`` in the answer to notification_stationStatus (4.3); neither asks for a repeat."""

    ACCEPTED = 0
    DISCARDED = 1


class ReceptionFailReason(IntEnum):
    """``FailReason`` in the answers to the start and stop results (4.3)."""

    NONE = 0
    RECEPTION_FAILED = 1


class ChargeModel(IntEnum):
    """How charging was started, 启动方式 (4.3, BJ-X5)."""

    UNKNOWN = 0
    PLATFORM = 1
    CARD = 2
    OTHER = 3


# Open enumerations: further values up to 99 are each party's own


class TokenFailReason(IntEnum):
    """``FailReason`` of query_token (4.3)."""

    NONE = 0
    NO_SUCH_OPERATOR = 1
    WRONG_SECRET = 2


class AuthFailReason(IntEnum):
    """``FailReason`` of query_equip_auth (4.3)."""

    NONE = 0
    NOT_PLUGGED_IN = 1
    CHECK_FAILED = 2


class PolicyFailReason(IntEnum):
    """``FailReason`` of query_equip_business_policy (4.3)."""

    NONE = 0
    NO_POLICY = 1


class StartFailReason(IntEnum):
    """``FailReason`` of query_start_charge (4.3)."""

    NONE = 0
    NO_SUCH_EQUIPMENT = 1
    OFFLINE = 2


class StopFailReason(IntEnum):
    """``FailReason`` of query_stop_charge and of notification_stop_charge_result's request (4.3)."""

    NONE = 0
    NO_SUCH_EQUIPMENT = 1
    OFFLINE = 2
    ALREADY_STOPPED = 3


class StopReason(IntEnum):
    """Why charging ended (4.3)."""

    USER = 0
    PLATFORM = 1
    BMS = 2
    CHARGER_FAULT = 3
    DISCONNECTED = 4


class ConfirmResult(IntEnum):
    """What the platform makes of an order (4.3)."""

    SUCCESS = 0
    DISPUTED = 1


class DisputeReason(IntEnum):
    """Why an order is in dispute (4.3)."""

    NO_SUCH_TRANSACTION = 1
    WRONG_AMOUNT = 2
    WRONG_ENERGY = 3


CLOSED_ENUMERATIONS: tuple[type[IntEnum], ...] = (
    StationType,
    StationStatus,
    Construction,
    EquipmentType,
    ConnectorType,
    NationalStandard,
    SupportOrder,
    Status,
    ConnectorStatus,
    ParkStatus,
    LockStatus,
    StartChargeSeqStat,
    SuccStat,
    ReceptionStatus,
    ReceptionFailReason,
    ChargeModel,
)
OPEN_ENUMERATIONS: tuple[type[IntEnum], ...] = (
    TokenFailReason,
    AuthFailReason,
    PolicyFailReason,
    StartFailReason,
    StopFailReason,
    StopReason,
    ConfirmResult,
    DisputeReason,
)
