"""What a charge box says: the seven services, their requests, and the closed sets of chapter 2.

A request holds plain values under plain names; ``canonical()`` gives the message as the document's examples
print it, root key and wrapped strings included (EVC-X3). Nothing is checked here: the schemas do that.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, ClassVar

from msgspec import Struct

Canonical = dict[str, Any]  # one message in the default reading, under its root key

TWO_DECIMALS = Decimal("0.01")  # 1.5 and 1.6: precision of current, voltage and energy


class Service(StrEnum):
    """The seven services; the value is the method name of the document (1.1 to 1.7)."""

    DEVICE_BOOT = "deviceBoot"
    AUTHORIZE = "authorize"
    HEARTBEAT = "heartbeat"
    START_TRANS = "startTrans"
    METER_VALUES = "meterValues"
    STOP_TRANS = "stopTrans"
    STATUS_NOTIFY = "statusNotify"

    @property
    def request_root(self) -> str:
        """The root key of the request in the examples (EVC-X26)."""
        return ROOTS[self][0]

    @property
    def answer_root(self) -> str:
        """The root key of the answer in the examples (EVC-X26)."""
        return ROOTS[self][1]

    @property
    def path(self) -> str:
        """Where the service is posted to, below the host (1.1 to 1.7)."""
        return f"/evchong-api/cperent/v1/{self.value}"


ROOTS = {
    Service.DEVICE_BOOT: ("bootReq", "bootRes"),
    Service.AUTHORIZE: ("authReq", "authRes"),
    Service.HEARTBEAT: ("heartbeatReq", "heartbeatRes"),
    Service.START_TRANS: ("startTransactionReq", "startTransactionRes"),
    Service.METER_VALUES: ("meterValuesReq", "meterValuesRes"),
    Service.STOP_TRANS: ("stopTransactionReq", "stopTransactionRes"),
    Service.STATUS_NOTIFY: ("statusNotificationReq", "statusNotificationRes"),
}


class AuthorizationStatus(StrEnum):
    """What an identity check says (2.3)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"


class Measurand(StrEnum):
    """What a sample measures (2.5); the spelling with dots (EVC-X6)."""

    ENERGY_ACTIVE_EXPORT_REGISTER = "Energy.Active.Export.Register"
    ENERGY_ACTIVE_IMPORT_REGISTER = "Energy.Active.Import.Register"
    ENERGY_REACTIVE_EXPORT_REGISTER = "Energy.Reactive.Export.Register"
    ENERGY_REACTIVE_IMPORT_REGISTER = "Energy.Reactive.Import.Register"
    ENERGY_ACTIVE_EXPORT_INTERVAL = "Energy.Active.Export.Interval"
    ENERGY_ACTIVE_IMPORT_INTERVAL = "Energy.Active.Import.Interval"
    ENERGY_REACTIVE_EXPORT_INTERVAL = "Energy.Reactive.Export.Interval"
    ENERGY_REACTIVE_IMPORT_INTERVAL = "Energy.Reactive.Import.Interval"
    POWER_ACTIVE_EXPORT = "Power.Active.Export"
    POWER_ACTIVE_IMPORT = "Power.Active.Import"
    POWER_REACTIVE_EXPORT = "Power.Reactive.Export"
    POWER_REACTIVE_IMPORT = "Power.Reactive.Import"
    CURRENT_EXPORT = "Current.Export"
    CURRENT_IMPORT = "Current.Import"
    VOLTAGE = "Voltage"
    TEMPERATURE = "Temperature"


class UnitOfMeasure(StrEnum):
    """In what a sample is measured (2.6); a sample without one is in Wh."""

    WH = "Wh"
    KWH = "kWh"
    VARH = "varh"
    KVARH = "kvarh"
    W = "W"
    KW = "kW"
    VAR = "var"
    KVAR = "kvar"
    AMP = "Amp"
    VOLT = "Volt"
    CELSIUS = "Celsius"


class ChargePointErrorCode(StrEnum):
    """What is wrong with a charge point (2.8)."""

    CONNECTOR_LOCK_FAILURE = "ConnectorLockFailure"
    GROUND_FAILURE = "GroundFailure"
    HIGH_TEMPERATURE = "HighTemperature"
    MODE_3_ERROR = "Mode3Error"
    NO_ERROR = "NoError"
    OTHER_ERROR = "OtherError"
    OVER_CURRENT_FAILURE = "OverCurrentFailure"
    POWER_METER_FAILURE = "PowerMeterFailure"
    POWER_SWITCH_FAILURE = "PowerSwitchFailure"
    READER_FAILURE = "ReaderFailure"
    RESET_FAILURE = "ResetFailure"
    UNDER_VOLTAGE = "UnderVoltage"
    WEAK_SIGNAL = "WeakSignal"


class ChargePointStatus(StrEnum):
    """The state of a charge point or a connector (2.9)."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class RegistrationStatus(StrEnum):
    """Whether a box is registered (2.10)."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class BootRequest(Struct, frozen=True, kw_only=True):
    """A box has started (1.1)."""

    service: ClassVar[Service] = Service.DEVICE_BOOT

    box_serial: str
    station_serial: str
    vendor: str
    model: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_serial: str | None = None
    meter_type: str | None = None

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "bootReq": _wrapped("iccid", self.iccid)
            | _wrapped("chargePointModel", self.model)
            | _wrapped("chargePointVendor", self.vendor)
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
            | _wrapped("chargePointSerialNumber", self.station_serial)
            | _wrapped("imsi", self.imsi)
            | _wrapped("meterType", self.meter_type)
            | _wrapped("firmwareVersion", self.firmware_version)
            | _wrapped("meterSerialNumber", self.meter_serial)
        }


class AuthorizeRequest(Struct, frozen=True, kw_only=True):
    """A card was swiped: may its owner start or stop? (1.2)"""

    service: ClassVar[Service] = Service.AUTHORIZE

    box_serial: str
    id_token: str

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {"authReq": _card("idToken", self.id_token) | _wrapped("chargeBoxSerialNumber", self.box_serial)}


class HeartbeatRequest(Struct, frozen=True, kw_only=True):
    """A box is still there (1.3)."""

    service: ClassVar[Service] = Service.HEARTBEAT

    box_serial: str
    station_serial: str | None = None

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "heartbeatReq": _wrapped("chargePointSerialNumber", self.station_serial)
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
        }


class StartRequest(Struct, frozen=True, kw_only=True):
    """Charging begins (1.4). ``meter_start_wh`` is 0 when the box has no cumulative meter."""

    service: ClassVar[Service] = Service.START_TRANS

    box_serial: str
    connector: int
    id_token: str
    meter_start_wh: int
    timestamp_ms: int
    reservation_id: int | None = None

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "startTransactionReq": _card("idToken", self.id_token)
            | {"connectorId": self.connector, "meterStart": self.meter_start_wh}
            | _present("reservationId", self.reservation_id)
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
            | {"timestamp": self.timestamp_ms}
        }


class MeterValue(Struct, frozen=True, kw_only=True):
    """One sample (2.4), with the fields that only the examples have (EVC-X7); None leaves one of those out."""

    timestamp_ms: int
    measurand: Measurand
    value: Decimal  # in ``unit``; in Wh when there is none
    unit: UnitOfMeasure | None
    location: str | None = "Outlet"
    context: str | None = "Sample_Periodic"
    format: str | None = "Raw"

    def canonical(self) -> dict[str, Any]:
        """The sample as it stands in ``values``, its value with two decimals, half-up (1.5, 1.6)."""
        return (
            {"measurand": self.measurand.value}
            | _present("unit", self.unit.value if self.unit else None)
            | {"value": f"{self.value.quantize(TWO_DECIMALS, ROUND_HALF_UP):f}"}
            | _present("location", self.location)
            | _present("context", self.context)
            | _present("format", self.format)
            | {"timestamp": self.timestamp_ms}
        )


class MeterValuesRequest(Struct, frozen=True, kw_only=True):
    """What the meter shows while a transaction runs (1.5)."""

    service: ClassVar[Service] = Service.METER_VALUES

    box_serial: str
    connector: int
    transaction_id: int
    values: tuple[MeterValue, ...]

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "meterValuesReq": {"connectorId": self.connector, "transactionId": self.transaction_id}
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
            | {"values": [value.canonical() for value in self.values]}
        }


class StopRequest(Struct, frozen=True, kw_only=True):
    """Charging has ended (1.6). ``values`` holds the energy consumed; ``meter_stop_wh`` is 0 without a meter."""

    service: ClassVar[Service] = Service.STOP_TRANS

    box_serial: str
    transaction_id: int
    meter_stop_wh: int
    values: tuple[MeterValue, ...]
    timestamp_ms: int
    id_token: str | None = None

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "stopTransactionReq": _card("idTag", self.id_token)
            | {
                "transactionId": self.transaction_id,
                "transactionData": {"values": [value.canonical() for value in self.values]},
            }
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
            | {"meterStop": self.meter_stop_wh, "timestamp": self.timestamp_ms}
        }


class StatusRequest(Struct, frozen=True, kw_only=True):
    """A change of status or an error (1.7).

    The vendor's two fields are mandatory in 1.7; None leaves one out all the same, to see what a server makes of
    that (EVC-X18).
    """

    service: ClassVar[Service] = Service.STATUS_NOTIFY

    box_serial: str
    connector: int
    status: ChargePointStatus
    error_code: ChargePointErrorCode
    timestamp_ms: int
    vendor_id: str | None
    vendor_error_code: str | None = "0"  # under NoError
    info: str | None = None

    def canonical(self) -> Canonical:
        """The message in the default reading."""
        return {
            "statusNotificationReq": {"connectorId": self.connector}
            | _present("vendorErrorCode", self.vendor_error_code)
            | _wrapped("chargeBoxSerialNumber", self.box_serial)
            | {"errorCode": self.error_code.value}
            | _present("vendorId", self.vendor_id)
            | _present("info", self.info)
            | {"timestamp": self.timestamp_ms, "status": self.status.value}
        }


BoxRequest = (
    BootRequest | AuthorizeRequest | HeartbeatRequest | StartRequest | MeterValuesRequest | StopRequest | StatusRequest
)


def _wrapped(name: str, text: str | None) -> dict[str, Any]:
    """A string in an object of its own name; nothing when there is none."""
    return {} if text is None else {name: {name: text}}


def _card(name: str, id_token: str | None) -> dict[str, Any]:
    """A card, wrapped as ``idToken`` under whatever name the field has; nothing when there is none."""
    return {} if id_token is None else {name: {"idToken": id_token}}


def _present(name: str, value: str | int | None) -> dict[str, Any]:
    return {} if value is None else {name: value}
