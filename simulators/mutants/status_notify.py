"""Defects of 1.7, statusNotify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.mutants.registry import Server, mutant, named
from simulators.reference.app_api import CHARGING, IDLE, OCCUPIED
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Box, Connector, Message
from simulators.reference.wire import ERROR_CODES, Field, Form, Refused

# EVC-1.7-a: codes and statuses that a server does not take


def refuses(name: str, story: str, errors: tuple[str, ...] = (), statuses: tuple[str, ...] = ()) -> Server:
    """A server that refuses notifications with these error codes or statuses."""

    class RefusesNotifications(ReferenceServer):
        async def status_notify(self, message: Message) -> Message:
            if message["errorCode"] in errors or message["status"] in statuses:
                raise Refused(400, "unknown code")
            return await super().status_notify(message)

    cases = (*(f"errorCode/{each}" for each in errors), *(f"status/{each}" for each in statuses))
    return mutant(breaks="EVC-1.7-a", case=cases)(named(RefusesNotifications, name, story, __name__))


refuses(
    "KnowsElectricalErrorsOnly",
    "Maps the error codes that its own hardware has, and refuses those of locks, heat, readers and radio.",
    errors=(
        "ConnectorLockFailure", "HighTemperature", "Mode3Error", "ReaderFailure", "ResetFailure", "WeakSignal",
    ),
)  # fmt: skip
refuses(
    "KnowsNoElectricalErrors",
    "Leaves the electrical error codes to its monitoring of the grid, and refuses them here.",
    errors=("GroundFailure", "OverCurrentFailure", "PowerMeterFailure", "PowerSwitchFailure", "UnderVoltage"),
)
refuses(
    "RefusesOtherErrors",
    "Refuses OtherError: every error has a ticket category, and this one has none.",
    errors=("OtherError",),
)
refuses(
    "TakesErrorsOnly",
    "Takes notifications for alarms, and refuses one that reports no error.",
    errors=("NoError",),
)
refuses(
    "RefusesAvailable",
    "Sets a connector free by itself when a transaction ends, and refuses to be told.",
    statuses=("Available",),
)
refuses(
    "RefusesOccupied",
    "Knows from its transactions what is occupied, and refuses to be told.",
    statuses=("Occupied",),
)
refuses(
    "RefusesReserved",
    "Makes the reservations itself, and refuses a box that reports one.",
    statuses=("Reserved",),
)
refuses(
    "RefusesUnavailable",
    "Takes boxes out of service itself, and refuses one that does it alone.",
    statuses=("Unavailable",),
)
refuses(
    "RefusesFaulted",
    "Waits for the error code to say so, and refuses the status.",
    statuses=("Faulted",),
)


@mutant(breaks="EVC-1.7-a", case=tuple(f"errorCode/{each}" for each in sorted(ERROR_CODES)))
class AnswersNotificationsWithoutTheTime(ReferenceServer):
    """Answers a notification with an empty object under its root key."""

    async def status_notify(self, message: Message) -> Message:
        await super().status_notify(message)
        return {}


# EVC-1.7-b, -d: the manufacturer's own code


@mutant(breaks="EVC-1.7-b", case="missing-vendor-code")
class TakesErrorsWithoutVendorCode(ReferenceServer):
    """Does without vendorErrorCode as soon as there is an errorCode to go by."""

    def read_fields(self, form: Form | None, table: tuple[Field, ...], given: Mapping[str, Any]) -> Message:
        if given.get("errorCode", "NoError") != "NoError":
            given = {"vendorErrorCode": "", **given}
        return super().read_fields(form, table, given)


@mutant(breaks="EVC-1.7-d", case="without-vendor-id")
class TakesNotificationsWithoutVendor(ReferenceServer):
    """Knows whose box it is and does without vendorId."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return "" if field.name == "vendorId" else super().missing(form, field)


@mutant(breaks="EVC-1.7-d", case="no-error-without-code")
class TakesNoErrorWithoutItsCode(ReferenceServer):
    """Demands vendorErrorCode with an error only, as section 3 reads (EVC-X18)."""

    def read_fields(self, form: Form | None, table: tuple[Field, ...], given: Mapping[str, Any]) -> Message:
        if given.get("errorCode") == "NoError":
            given = {"vendorErrorCode": "", **given}
        return super().read_fields(form, table, given)


# EVC-1.7-c: what the app shows


@mutant(breaks="EVC-1.7-c", case="faulted")
class ShowsFaultsAsIdle(ReferenceServer):
    """Keeps faults in its list of alarms, and shows the connector as free."""

    def notified_status(self, connector: Connector) -> int:
        return IDLE if connector.status == "Faulted" else super().notified_status(connector)


@mutant(breaks="EVC-1.7-c", case="occupied")
class ShowsOccupiedAsIdle(ReferenceServer):
    """Shows what is in order as idle: its map was made for faults."""

    def connector_status(self, box: Box, connector: Connector) -> int:
        status = super().connector_status(box, connector)
        return IDLE if status in (OCCUPIED, CHARGING) else status


# EVC-1.7-e


@mutant(breaks="EVC-1.7-e", case="without-info", also={"EVC-1.7-a": "most codes are notified without info"})
class DemandsInfo(ReferenceServer):
    """Refuses a notification without ``info``: the column may not be null."""

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        return super().is_mandatory(form, field) or field.name == "info"
