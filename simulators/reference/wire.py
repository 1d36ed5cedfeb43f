"""EVCHONG V1.2 in bytes: field tables, checks and readings, taken from the document for this server alone.

What a method here gets and gives is a *message*: a flat dict by the names of the field tables, times in epoch
milliseconds, registers in Wh. How it travels depends on the readings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec

from simulators.reference.front import HttpRequest
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Message

MEASURANDS = frozenset({
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Register",
    "Energy.Active.Export.Interval",
    "Energy.Active.Import.Interval",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Import.Interval",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "Current.Export",
    "Current.Import",
    "Voltage",
    "Temperature",
})  # fmt: skip
UNITS = frozenset({"Wh", "kWh", "varh", "kvarh", "W", "kW", "var", "kvar", "Amp", "Volt", "Celsius"})
ERROR_CODES = frozenset({
    "ConnectorLockFailure",
    "GroundFailure",
    "HighTemperature",
    "Mode3Error",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
})  # fmt: skip
STATUSES = frozenset({"Available", "Occupied", "Reserved", "Unavailable", "Faulted"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,9})?")
_LARGEST_INTEGER = 2**63 - 1


class Refused(Exception):
    """The request is not accepted; carries the HTTP status and the words of the refusal."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a field table. ``kind`` is text, card, integer, time, name, sample list or transaction data."""

    name: str
    kind: str = "text"
    limit: int = 25  # characters, of a text
    names: frozenset[str] = frozenset()  # of an enumeration
    mandatory: bool = True
    wrapped: bool = True  # as {"name": {"name": ...}} in the examples

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Form:
    """One service: its method name in the URL, its root keys, its input table."""

    service: str
    request_root: str
    answer_root: str
    fields: tuple[Field, ...]


BOX = Field("chargeBoxSerialNumber")
CONNECTOR = Field("connectorId", "integer")
TRANSACTION = Field("transactionId", "integer")
TIMESTAMP = Field("timestamp", "time")

FORMS: Mapping[str, Form] = {
    form.service: form
    for form in (
        Form(
            "deviceBoot",
            "bootReq",
            "bootRes",
            (
                BOX,
                Field("chargePointModel", limit=20, mandatory=False),
                Field("chargePointSerialNumber"),
                Field("chargePointVendor", limit=20),
                Field("firmwareVersion", limit=50, mandatory=False),
                Field("iccid", limit=20, mandatory=False),
                Field("imsi", limit=20, mandatory=False),
                Field("meterSerialNumber", mandatory=False),
                Field("meterType", mandatory=False),
            ),
        ),
        Form("authorize", "authReq", "authRes", (BOX, Field("idToken", "card", limit=20))),
        Form(
            "heartbeat",
            "heartbeatReq",
            "heartbeatRes",
            (Field("chargePointSerialNumber", mandatory=False), BOX),
        ),
        Form(
            "startTrans",
            "startTransactionReq",
            "startTransactionRes",
            (
                BOX,
                CONNECTOR,
                Field("idTag", "card", limit=20),
                Field("meterStart", "integer"),
                Field("reservationId", "integer", mandatory=False),
                TIMESTAMP,
            ),
        ),
        Form(
            "meterValues",
            "meterValuesReq",
            "meterValuesRes",
            (BOX, CONNECTOR, TRANSACTION, Field("values", "samples")),
        ),
        Form(
            "stopTrans",
            "stopTransactionReq",
            "stopTransactionRes",
            (
                BOX,
                Field("idTag", "card", limit=20, mandatory=False),
                Field("meterStop", "integer"),
                TRANSACTION,
                Field("transactionData", "transaction data"),
                TIMESTAMP,
            ),
        ),
        Form(
            "statusNotify",
            "statusNotificationReq",
            "statusNotificationRes",
            (
                BOX,
                CONNECTOR,
                Field("errorCode", "name", names=ERROR_CODES),
                Field("info", limit=50, mandatory=False, wrapped=False),
                Field("status", "name", names=STATUSES),
                TIMESTAMP,
                Field("vendorId", limit=255, wrapped=False),
                Field("vendorErrorCode", limit=50, wrapped=False),
            ),
        ),
    )
}
SAMPLE = (
    TIMESTAMP,
    Field("value", "decimal"),
    Field("measurand", "measurand"),
    Field("unit", "name", names=UNITS, mandatory=False),
    Field("location", limit=255, mandatory=False, wrapped=False),
    Field("context", limit=255, mandatory=False, wrapped=False),
    Field("format", limit=255, mandatory=False, wrapped=False),
)


class Wire:
    """Reads requests and writes answers in the readings of the setting."""

    setting: ServerSetting

    # Reading

    def read(self, service: str, request: HttpRequest) -> Message:
        """The message in a request; raises ``Refused`` for whatever the tables do not allow."""
        form = FORMS[service]
        given = self.under_root(form, self.parsed(self.text(request)))
        return self.read_fields(form, form.fields, given)

    def text(self, request: HttpRequest) -> str:
        """The JSON text of a request (EVC-X1)."""
        self.check_content_type(request.headers.get("content-type", ""))
        body = self.decoded(request.body)
        if self.setting.reading("EVC-X1") == "json":
            return body
        try:
            form = parse_qs(body, keep_blank_values=True, strict_parsing=True, errors="strict")
        except ValueError:
            raise Refused(400, "no form") from None
        if "data" not in form:
            raise Refused(400, "no parameter data")
        return form["data"][0]

    def check_content_type(self, content_type: str) -> None:
        is_form = content_type.lower().startswith("application/x-www-form-urlencoded")
        if is_form != (self.setting.reading("EVC-X1") == "form"):
            raise Refused(400, "wrong Content-Type")

    def decoded(self, body: bytes) -> str:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(400, "not UTF-8") from None

    def parsed(self, text: str) -> Any:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise Refused(400, "not JSON") from None

    def under_root(self, form: Form, document: Any) -> Mapping[str, Any]:
        fields = document.get(form.request_root) if isinstance(document, dict) else None
        if not isinstance(fields, dict):
            raise Refused(400, f"no {form.request_root}")
        return fields

    def read_fields(self, form: Form | None, table: tuple[Field, ...], given: Mapping[str, Any]) -> Message:
        message: Message = {}
        for field in table:
            name = self.wire_name(form, field)
            if name in given:
                message[field.name] = self.read_value(field, given[name])
            elif self.is_mandatory(form, field):
                message[field.name] = self.missing(form, field)
        return message

    def wire_name(self, form: Form | None, field: Field) -> str:
        """The name under which a field travels (EVC-X4, EVC-X5)."""
        if field.kind == "card" and form is not None:
            if form.service == "authorize" and self.setting.reading("EVC-X5") == "upper":
                return "IdToken"
            if form.service == "startTrans" and self.setting.reading("EVC-X4") == "examples":
                return "idToken"
        return field.name

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        return field.mandatory

    def missing(self, form: Form | None, field: Field) -> Any:
        """What a mandatory field that was left out counts as. Nothing does."""
        raise Refused(400, f"{field} is missing")

    def read_value(self, field: Field, value: Any) -> Any:
        match field.kind:
            case "text":
                return self.read_text(field, self.unwrapped(field, field.name, value))
            case "card":
                return self.read_text(field, self.unwrapped(field, "idToken", value))
            case "integer":
                return self.read_integer(field, value)
            case "time":
                return self.read_time(field, value)
            case "name":
                return self.read_name(field, value)
            case "measurand":
                return self.read_measurand(field, value)
            case "decimal":
                return self.read_decimal(field, value)
            case "samples":
                return self.read_samples(field, value)
            case _:
                return self.read_transaction_data(field, value)

    def unwrapped(self, field: Field, key: str, value: Any) -> Any:
        """What is inside ``{"iccid": {"iccid": ...}}`` (EVC-X3)."""
        if not field.wrapped or self.setting.reading("EVC-X3") == "flat":
            return value
        if isinstance(value, dict):
            keys = (key, "IdToken") if self.setting.reading("EVC-X5") == "upper" else (key,)
            for candidate in keys:
                if candidate in value:
                    return value[candidate]
        raise Refused(400, f"{field} is not wrapped")

    def read_text(self, field: Field, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused(400, f"{field} is no string")
        if len(value) > field.limit:
            raise Refused(400, f"{field} is longer than {field.limit}")
        return value

    def read_integer(self, field: Field, value: Any) -> int:
        if type(value) is not int or abs(value) > _LARGEST_INTEGER:
            raise Refused(400, f"{field} is no integer")
        return value

    def read_time(self, field: Field, value: Any) -> int:
        if isinstance(value, str) and self.setting.reading("EVC-X8") == "iso":
            try:
                return (datetime.fromisoformat(value) - _EPOCH) // timedelta(milliseconds=1)
            except (ValueError, TypeError):
                raise Refused(400, f"{field} is no dateTime") from None
        if type(value) is not int or not 0 <= value <= _LARGEST_INTEGER:
            raise Refused(400, f"{field} is no dateTime")
        return value

    def read_name(self, field: Field, value: Any) -> str:
        if not isinstance(value, str) or value not in field.names:
            raise Refused(400, f"{field} is none of its values")
        return value

    def read_measurand(self, field: Field, value: Any) -> str:
        if isinstance(value, str):
            if self.setting.reading("EVC-X6") == "underscores":
                value = value.replace("_", ".")
            if value in MEASURANDS:
                return str(value)
        raise Refused(400, f"{field} is none of its values")

    def read_decimal(self, field: Field, value: Any) -> Decimal:
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise Refused(400, f"{field} is no decimal string")
        return Decimal(value)

    def read_samples(self, field: Field, value: Any) -> list[Message]:
        if not isinstance(value, list) or not value:
            raise Refused(400, f"{field} is no list of values")
        return [self.read_sample(sample) for sample in value]

    def read_sample(self, sample: Any) -> Message:
        if not isinstance(sample, dict):
            raise Refused(400, "a MeterValue is no object")
        return self.read_fields(None, SAMPLE, sample)

    def read_transaction_data(self, field: Field, value: Any) -> list[Message]:
        if not isinstance(value, dict) or "values" not in value:
            raise Refused(400, f"{field} has no values")
        return self.read_samples(field, value["values"])

    # Writing

    def answer_body(self, service: str, answer: Message) -> bytes:
        """The bytes of an answer (EVC-X2)."""
        prefix = b"data=" if self.setting.reading("EVC-X2") == "prefixed" else b""
        return prefix + self.encoded(self.document(service, answer))

    def document(self, service: str, answer: Message) -> Any:
        """The whole JSON document of an answer."""
        return {self.answer_root(service): self.answer_fields(service, answer)}

    def answer_root(self, service: str) -> str:
        return FORMS[service].answer_root

    def encoded(self, document: Any) -> bytes:
        return msgspec.json.encode(document)

    def answer_fields(self, service: str, answer: Message) -> Message:
        written: Message = {}
        for name, value in answer.items():
            if name in ("currentTime", "timestamp"):
                written[name] = self.written_time(value)
            elif name == "idTagInfo":
                written[self.id_tag_info_name(service)] = self.written_id_tag_info(service, value)
            else:
                written[name] = value
        return written

    def id_tag_info_name(self, service: str) -> str:
        upper = service == "authorize" and self.setting.reading("EVC-X5") == "upper"
        return "IdTagInfo" if upper else "idTagInfo"

    def written_id_tag_info(self, service: str, info: Message) -> Message:
        written = dict(info)
        if "expiryDate" in info:
            written["expiryDate"] = self.written_time(info["expiryDate"])
        if "parentIdTag" in info:
            written["parentIdTag"] = self.written_card(info["parentIdTag"])
        return written

    def written_card(self, token: str) -> Any:
        return token if self.setting.reading("EVC-X3") == "flat" else {"idToken": token}

    def written_time(self, moment_ms: int) -> Any:
        """A dateTime (EVC-X8)."""
        if self.setting.reading("EVC-X8") == "iso":
            moment = _EPOCH + timedelta(milliseconds=moment_ms)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return moment_ms
