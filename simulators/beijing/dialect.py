"""The readings of the Beijing documents: contradictory or silent clauses, each with the ways to understand it.

Schemas describe the canonical message. What differs on the wire is turned here, strictly for the reading chosen;
readings that change no message (ladders, deadlines, which orders are owed) are named here too, and used by the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec import Struct

from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.readings import FIELD_NAME, Reading, chosen_values

POLICY_4004 = "policy-4004"

READINGS = {
    "BJ-X2": Reading(
        "gaps",
        ("arithmetic", "doubling", "offsets"),
        "the ladder of repeated orders: ceilings, or an exact one",
        "ladder",
    ),
    "BJ-X5": Reading("ChargeModel", (FIELD_NAME,), "the field that carries the start method", "start_method_field"),
    "BJ-X6": Reading(
        "object", ("array",), "ConnectorStatusInfo of notification_stationStatus: an object, or a list", "status_info"
    ),
    "BJ-X8": Reading("date", ("date-time",), "days of query_station_stats: yyyy-MM-dd, or with a time", "stats_days"),
    "BJ-X9": Reading(
        "optional", ("mandatory",), "fees and details of the bonus order: may be absent, or must be there", "bonus_fees"
    ),
    "BJ-X13": Reading("4002", ("4003",), "Ret for a request without Authorization", "no_token"),
    "BJ-X14": Reading(
        "succ-stat",
        ("4004", POLICY_4004),
        "an id that names nothing: SuccStat 1 where the answer has it, Ret 4004, or Ret 4004 of policies alone",
        "unknown_id",
    ),
    "BJ-X17": Reading(
        "platform-started",
        ("every",),
        "notification_charge_order_info: owed for orders of the platform, or for all",
        "orders_owed",
    ),
    "BJ-X18": Reading(
        "delivered",
        ("failed",),
        "an order answered with ConfirmResult 1: delivered, or to be repeated",
        "disputed",
    ),
}

STATUS_INFO = "ConnectorStatusInfo"
STATS = "StationStats"
TIMES_OF_DAYS = {"StartTime": " 00:00:00", "EndTime": " 23:59:59"}
START_METHOD = "ChargeModel"
WITH_START_METHOD = frozenset({
    (Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER),
    (Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST),
    (Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS, Kind.REQUEST),
    (Interface.NOTIFICATION_START_CHARGE_RESULT, Kind.REQUEST),
})  # fmt: skip


class Readings(Struct, frozen=True, kw_only=True):
    """One value for each row of ``READINGS``; without arguments, the default reading."""

    ladder: str = "gaps"
    start_method_field: str = START_METHOD
    status_info: str = "object"
    stats_days: str = "date"
    bonus_fees: str = "optional"
    no_token: str = "4002"
    unknown_id: str = "succ-stat"
    orders_owed: str = "platform-started"
    disputed: str = "delivered"

    @classmethod
    def parse(cls, chosen: Mapping[str, Any]) -> Self:
        """From the target file's ``[readings]``, as ``{"BJ-X6": "array"}``; rows of other protocols are passed over.

        Raises:
            ValueError: an unknown row or value; says what would do.
        """
        return cls(**chosen_values(READINGS, chosen))

    def unknown_by_ret(self, interface: Interface | None) -> bool:
        """Whether an interface whose answer has a SuccStat answers Ret 4004 for an id that names nothing (BJ-X14)."""
        of_policies = interface is Interface.QUERY_EQUIP_BUSINESS_POLICY
        return self.unknown_id == "4004" or (self.unknown_id == POLICY_4004 and of_policies)


class Dialect:
    """Turns contents from the wire to the canonical form of the schemas, and back."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def canonical(self, interface: Interface, kind: Kind, content: Content) -> Content:
        """What the schemas describe, of a content as it travelled. What has no place there stays as it is."""
        content = self._renamed(interface, kind, content, self.readings.start_method_field, START_METHOD)
        if interface is Interface.NOTIFICATION_STATION_STATUS and kind is Kind.REQUEST:
            return self._unlisted(content)
        return self._days(interface, kind, content, _without_times)

    def wire(self, interface: Interface, kind: Kind, content: Content) -> Content:
        """A canonical content as it travels."""
        content = self._renamed(interface, kind, content, START_METHOD, self.readings.start_method_field)
        if self._lists_status(interface, kind) and isinstance(content.get(STATUS_INFO), dict):
            return {**content, STATUS_INFO: [content[STATUS_INFO]]}
        return self._days(interface, kind, content, _with_times)

    def _days(
        self, interface: Interface, kind: Kind, content: Content, turned: Callable[[Content], Content]
    ) -> Content:
        """BJ-X8: the days of query_station_stats travel with a time, from the first second to the last."""
        if interface is not Interface.QUERY_STATION_STATS or self.readings.stats_days != "date-time":
            return content
        if kind is Kind.REQUEST:
            return turned(content)
        told = content.get(STATS)
        return {**content, STATS: turned(told)} if isinstance(told, dict) else content

    def _lists_status(self, interface: Interface, kind: Kind) -> bool:
        status = interface is Interface.NOTIFICATION_STATION_STATUS and kind is Kind.REQUEST
        return status and self.readings.status_info == "array"

    def _unlisted(self, content: Content) -> Content:
        """BJ-X6: a list of one is that one; the other spelling than the chosen one is left wrong for the schema."""
        told = content.get(STATUS_INFO)
        if self.readings.status_info != "array":
            return content
        if isinstance(told, list) and len(told) == 1:
            return {**content, STATUS_INFO: told[0]}
        return {**content, STATUS_INFO: [told]} if isinstance(told, dict) else content

    def _renamed(self, interface: Interface, kind: Kind, content: Content, old: str, new: str) -> Content:
        """BJ-X5; what has the new name already is somebody else's, and no start method in this reading."""
        if old == new or (interface, kind) not in WITH_START_METHOD:
            return content
        return {new if name == old else name: value for name, value in content.items() if name != new}


def _with_times(content: Content) -> Content:
    timed = {name: content[name] + time for name, time in TIMES_OF_DAYS.items() if isinstance(content.get(name), str)}
    return {**content, **timed}


def _without_times(content: Content) -> Content:
    """Any other time of the day is left wrong for the schema."""
    texts = {name: content[name] for name in TIMES_OF_DAYS if isinstance(content.get(name), str)}
    return {**content, **{name: text.removesuffix(TIMES_OF_DAYS[name]) for name, text in texts.items()}}
