"""Defects against the constraints of section 1 and the field tables as a whole (EVC-G1 to EVC-G10)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from simulators.mutants.registry import Server, family, mutant
from simulators.reference.evchong import Operation
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.wire import FORMS, Field, Form, Refused

SERVICES = [(service,) for service in FORMS]


# EVC-G1: HTTPS


def hangs_up_on(service: str) -> Server:
    class HangsUp(ReferenceServer):
        async def perform(self, asked: str, request: HttpRequest) -> HttpAnswer | None:
            answer = await super().perform(asked, request)
            return None if asked == service else answer

    return HangsUp


family(
    hangs_up_on,
    SERVICES,
    name="HangsUpOn_{0}",
    story="Does what {0} asks and closes the connection: the worker dies of an old library as it writes the answer.",
    breaks="EVC-G1",
    case="https/{0}",
)


@mutant(breaks="EVC-G1", case="plain-http")
class PerformsOverPlainHttp(ReferenceServer):
    """Serves port 80 like port 443: whoever set the proxy up forgot the redirect."""

    async def start(self) -> None:
        await super().start()
        if self.setting.plain_http_port:
            await self.listen(self.setting.plain_http_port, None)


# EVC-G2: method names


def renames(service: str, other: str) -> Server:
    class Renames(ReferenceServer):
        def operations(self) -> Mapping[str, Operation]:
            return {other if name == service else name: operation for name, operation in super().operations().items()}

    return Renames


family(
    renames,
    [
        ("deviceBoot", "boot"),
        ("authorize", "auth"),
        ("heartbeat", "heartBeat"),
        ("startTrans", "startTransaction"),
        ("meterValues", "metervalues"),
        ("stopTrans", "stopTransaction"),
        ("statusNotify", "statusNotification"),
    ],
    name="Renames_{0}",
    story="Serves {0} under the name {1} only, as its root keys suggest (EVC-X26).",
    breaks="EVC-G2",
    case="{0}",
)


# EVC-G3: POST only


def performs_over(method: str) -> Server:
    class Performs(ReferenceServer):
        async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
            return await super().answer_service(service, _as_post(request) if request.method == method else request)

    return Performs


def _as_post(request: HttpRequest) -> HttpRequest:
    """The request as a framework sees it that looks for parameters in body and query alike."""
    if request.body or not request.query:
        return replace(request, method="POST")
    form = {**request.headers, "content-type": "application/x-www-form-urlencoded"}
    return replace(request, method="POST", body=urlencode(request.query, doseq=True).encode(), headers=form)


family(
    performs_over,
    [("GET",), ("PUT",), ("PATCH",), ("DELETE",)],
    name="PerformsOver{0}",
    story="Performs a service over {0} too: the route was declared without naming its method.",
    breaks="EVC-G3",
    case="{0}",
)


# EVC-G4: UTF-8


@mutant(breaks="EVC-G4", case="answer-utf8")
class AnswersInGbk(ReferenceServer):
    """Adds a Chinese result text to its answers and writes them in the platform's default charset, GBK."""

    def encoded(self, document: Any) -> bytes:
        return super().encoded({**document, "resultText": "成功"}).decode("utf-8").encode("gbk")


@mutant(breaks="EVC-G4", case="chinese-info")
class RefusesInfoOutsideAscii(ReferenceServer):
    """Checks ``info`` against a pattern of printable ASCII, as a column in latin1 wants it."""

    def read_text(self, field: Field, value: Any) -> str:
        text = super().read_text(field, value)
        if field.name == "info" and not text.isascii():
            raise Refused(400, "info has characters that cannot be stored")
        return text


# EVC-G5: root keys


def answers_under_request_root(service: str) -> Server:
    class AnswersUnderRequestRoot(ReferenceServer):
        def answer_root(self, answered: str) -> str:
            return FORMS[answered].request_root if answered == service else super().answer_root(answered)

    return AnswersUnderRequestRoot


family(
    answers_under_request_root,
    SERVICES,
    name="AnswersUnderRequestRoot_{0}",
    story="Answers {0} under the root key of the request, copied from one handler to the next.",
    breaks="EVC-G5",
    case="{0}",
)


# EVC-G6: mandatory fields

SAMPLED = ("meterValues.values", "stopTrans.transactionData.values")


@mutant(breaks="EVC-G6", case="deviceBoot.chargePointVendor")
class BootsWithoutVendor(ReferenceServer):
    """Takes a boot without the vendor: nobody reads that field."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return "" if field.name == "chargePointVendor" else super().missing(form, field)


@mutant(breaks="EVC-G6", case="deviceBoot.chargePointSerialNumber")
class BootsWithoutStation(ReferenceServer):
    """Takes a boot without the station serial and looks the station up in its own records."""

    def missing(self, form: Form | None, field: Field) -> Any:
        if field.name == "chargePointSerialNumber":
            return min(self.state.stations)
        return super().missing(form, field)


@mutant(breaks="EVC-G6", case="heartbeat.chargeBoxSerialNumber")
class AnswersBeatsOfNobody(ReferenceServer):
    """Answers any heartbeat that has its root key with the time: the beat is only looked into afterwards."""

    async def perform(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        try:
            return await super().perform(service, request)
        except Refused as refused:
            if service == "heartbeat" and refused.words == "chargeBoxSerialNumber is missing":
                return HttpAnswer(200, self.answer_body(service, {"currentTime": self.now_ms()}))
            raise


@mutant(breaks="EVC-G6", case=("startTrans.meterStart", "stopTrans.meterStop"))
class ReadsMissingMetersAsZero(ReferenceServer):
    """Deserialises into a class with an ``int`` member, whose default is 0."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return 0 if field.name in ("meterStart", "meterStop") else super().missing(form, field)


@mutant(
    breaks="EVC-G6",
    case=(
        "startTrans.timestamp",
        "stopTrans.timestamp",
        "statusNotify.timestamp",
        *(f"{place}.timestamp" for place in SAMPLED),
    ),
)
class StampsMissingTimesItself(ReferenceServer):
    """Puts the time of arrival where the box sent none."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return self.now_ms() if field.kind == "time" else super().missing(form, field)


@mutant(breaks="EVC-G6", case=("statusNotify.errorCode", "statusNotify.status"))
class ReadsMissingStatusAsAllWell(ReferenceServer):
    """Takes the first value of an enumeration for one that was left out."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return {"errorCode": "NoError", "status": "Available"}.get(field.name) or super().missing(form, field)


@mutant(breaks="EVC-G6", case="stopTrans.transactionData")
class StopsWithoutTransactionData(ReferenceServer):
    """Takes a stop without transactionData and falls back on the registers."""

    def missing(self, form: Form | None, field: Field) -> Any:
        return [] if field.kind == "transaction data" else super().missing(form, field)


# EVC-G7: lengths, types, enumerations

BOOT_TEXTS = (
    "chargePointModel", "chargePointVendor", "firmwareVersion", "iccid", "imsi", "meterSerialNumber", "meterType",
)  # fmt: skip
NOTIFIED_TEXTS = ("info", "vendorId", "vendorErrorCode")


@mutant(
    breaks="EVC-G7",
    case=(
        *(f"deviceBoot.{name}:length" for name in BOOT_TEXTS),
        *(f"statusNotify.{name}:length" for name in NOTIFIED_TEXTS),
    ),
)
class CutsLongTextsOff(ReferenceServer):
    """Cuts texts to the length of their column, as a database outside strict mode does."""

    def read_text(self, field: Field, value: Any) -> str:
        return super().read_text(field, value[: field.limit] if isinstance(value, str) else value)


@mutant(
    breaks="EVC-G7",
    case=(
        *(f"deviceBoot.{name}:type" for name in BOOT_TEXTS),
        *(f"statusNotify.{name}:type" for name in NOTIFIED_TEXTS),
    ),
)
class TakesNumbersForTexts(ReferenceServer):
    """Reads a number where a string is due, as a lenient JSON library does unasked."""

    def read_text(self, field: Field, value: Any) -> str:
        return super().read_text(field, str(value) if type(value) is int else value)


@mutant(breaks="EVC-G7", case=("startTrans.meterStart:type", "stopTrans.meterStop:type"))
class ReadsWordsAsZero(ReferenceServer):
    """Turns a text into an integer as PHP does: what is no number counts as 0."""

    def read_integer(self, field: Field, value: Any) -> int:
        return super().read_integer(field, 0 if isinstance(value, str) else value)


@mutant(
    breaks="EVC-G7",
    case=(
        "startTrans.timestamp:type",
        "stopTrans.timestamp:type",
        "statusNotify.timestamp:type",
        *(f"{place}.timestamp:type" for place in SAMPLED),
    ),
)
class TakesAnyTextForATime(ReferenceServer):
    """Puts the time of arrival where it cannot read the box's own."""

    def read_time(self, field: Field, value: Any) -> int:
        try:
            return super().read_time(field, value)
        except Refused:
            return self.now_ms()


@mutant(
    breaks="EVC-G7",
    case=("statusNotify.errorCode:enum", *(f"{place}.unit:enum" for place in SAMPLED)),
)
class TakesAnyErrorCodeAndUnit(ReferenceServer):
    """Stores error codes and units as the texts that they are, without a list to hold them to."""

    def read_name(self, field: Field, value: Any) -> str:
        if field.name in ("errorCode", "unit") and isinstance(value, str):
            return value
        return super().read_name(field, value)


@mutant(breaks="EVC-G7", case=tuple(f"{place}.measurand:enum" for place in SAMPLED))
class TakesAnyMeasurand(ReferenceServer):
    """Keeps every sample under whatever name it came."""

    def read_measurand(self, field: Field, value: Any) -> str:
        return value if isinstance(value, str) else super().read_measurand(field, value)


@mutant(breaks="EVC-G7", case=tuple(f"{place}.value:type" for place in SAMPLED))
class TakesNumbersAsSampleValues(ReferenceServer):
    """Reads a JSON number where the document wants a decimal string."""

    def read_decimal(self, field: Field, value: Any) -> Any:
        return super().read_decimal(field, str(value) if type(value) is int else value)


# EVC-G8: nonsense


@mutant(breaks="EVC-G8", case=("not-json", "as-printed"))
class CrashesOnBrokenJson(ReferenceServer):
    """Answers HTTP 500 to what its parser cannot read: nobody catches the parser's exception."""

    def parsed(self, text: str) -> Any:
        try:
            return super().parsed(text)
        except Refused:
            raise Refused(500, "JsonParseException") from None


@mutant(breaks="EVC-G8", case="wrong-root-key")
class CrashesOnWrongRootKey(ReferenceServer):
    """Answers HTTP 500 when its root key is not there: a null pointer."""

    def under_root(self, form: Form, document: Any) -> Mapping[str, Any]:
        try:
            return super().under_root(form, document)
        except Refused:
            raise Refused(500, "NullPointerException") from None


@mutant(breaks="EVC-G8", case="empty")
class CrashesOnEmptyBodies(ReferenceServer):
    """Answers HTTP 500 to a request without a body."""

    def text(self, request: HttpRequest) -> str:
        if not request.body:
            raise Refused(500, "NullPointerException")
        return super().text(request)


@mutant(breaks="EVC-G8", case="very-large")
class CrashesOnLargeBodies(ReferenceServer):
    """Answers HTTP 500 to a body above its limit, as some gateways do."""

    async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        if request.too_large:
            return self.refusal(500, "request too large")
        return await super().answer_service(service, request)


@mutant(
    breaks="EVC-G8",
    case="still-serving",
    also={"EVC-1.3-b": "the request that meets the restarting worker is a heartbeat"},
)
class StumblesAfterNonsense(ReferenceServer):
    """Loses a worker to what is no message, and answers 503 to the next one that it should have served."""

    restarting = False

    async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        answer = await super().answer_service(service, request)
        if answer is None or answer.status == 400:
            self.restarting = self.restarting or (answer is not None and b'"no' in answer.body)  # no form, not JSON
        elif self.restarting and answer.status == 200:
            self.restarting = False
            return self.refusal(503, "try again")
        return answer


# EVC-G9: no signature


class _TellsItsAlerts(ssl.SSLObject):
    """asyncio drops the alert of a handshake that failed; it does send what is waiting when more is to be read."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as failed:
            raise ssl.SSLWantReadError from failed


@mutant(breaks="EVC-G9", case="no-client-certificate")
class DemandsAClientCertificate(ReferenceServer):
    """Asks every box for a certificate, as the group's security guideline says."""

    def tls_context(self) -> ssl.SSLContext:
        context = super().tls_context()
        context.load_verify_locations(self.setting.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        context.sslobject_class = _TellsItsAlerts
        return context


@mutant(breaks="EVC-G9", case="no-signed-message")
class DemandsASignature(ReferenceServer):
    """Answers 401 to whatever carries no ``X-Signature``: the filter of its other interfaces covers this one too."""

    async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        if "x-signature" not in request.headers:
            return self.refusal(401, "signature missing")
        return await super().answer_service(service, request)


# EVC-G10: unknown methods


@mutant(breaks="EVC-G10", case="unknown-method")
class WelcomesUnknownMethods(ReferenceServer):
    """Answers any path with its front page and HTTP 200, as single-page applications do."""

    async def answer_service(self, service: str, request: HttpRequest) -> HttpAnswer | None:
        if service not in self.operations():
            return HttpAnswer(200, b"<!DOCTYPE html><title>EVCHONG</title>", "text/html; charset=utf-8")
        return await super().answer_service(service, request)
