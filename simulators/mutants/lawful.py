"""Servers that are unusual and right: whoever calls one of them wrong has a rule that says more than the document.

Each is a class of its own over the reference, made so that several compose by inheritance; ``compositions`` mixes some.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from simulators.clock import pause
from simulators.mutants.registry import Lawful, Server, lawful, lawfuls, named
from simulators.randomness import Randomness
from simulators.reference.evchong import BLOCKED, EXPIRED
from simulators.reference.front import HttpAnswer, HttpRequest, Send
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Box, Connector, Message, Transaction
from simulators.reference.wire import Refused

LARGEST_EXACT = 2**53 - 1  # the largest integer that every JSON reader keeps exactly

# order: how the JSON is written


@lawful(group="order")
class WritesKeysBackwards(ReferenceServer):
    """Writes the keys of every object in the reverse order."""

    def encoded(self, document: Any) -> bytes:
        return super().encoded(_reversed(document))


def _reversed(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _reversed(document[key]) for key in reversed(document)}
    return document


@lawful(group="order")
class PrintsPrettily(ReferenceServer):
    """Writes its JSON over many lines, indented."""

    def encoded(self, document: Any) -> bytes:
        return msgspec.json.format(super().encoded(document), indent=4)


@lawful(group="order")
class SurroundsWithBlanks(ReferenceServer):
    """Begins an answer with blank lines and ends it with some, as templates do."""

    def encoded(self, document: Any) -> bytes:
        return b"\r\n\t " + super().encoded(document) + b" \r\n"


# extra: fields that nobody asked for


@lawful(group="extra")
class AddsFieldsEverywhere(ReferenceServer):
    """Adds unknown fields to every object of an answer, the innermost too."""

    def document(self, service: str, answer: Message) -> Any:
        return _extended(super().document(service, answer))


def _extended(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _extended(value) for key, value in document.items()} | {"extension": {"since": "V1.3", "n": [1]}}
    return document


@lawful(group="extra")
class AddsAResultBesideTheRoot(ReferenceServer):
    """Adds a result code and a Chinese text beside the root key."""

    def document(self, service: str, answer: Message) -> Any:
        return {"resultCode": "0000", "resultText": "成功"} | super().document(service, answer)


@lawful(group="extra")
class SendsCookiesAndDates(ReferenceServer):
    """Sends the headers of a container: a session cookie, caching rules, a Content-Type with charset."""

    async def send(self, answer: HttpAnswer, send: Send) -> None:
        headers = {
            **answer.headers,
            "set-cookie": "JSESSIONID=5F0C; Path=/; Secure; HttpOnly",
            "cache-control": "no-store",
        }
        content_type = f"{answer.content_type.partition(';')[0]};charset=UTF-8"
        await super().send(replace(answer, headers=headers, content_type=content_type), send)


# absent: what is optional


@lawful(group="absent")
class KnowsNoExpiry(ReferenceServer):
    """Answers no expiryDate."""

    def id_tag_info(self, status: str, token: str | None) -> Message:
        return _without(super().id_tag_info(status, token), "expiryDate")


@lawful(group="absent")
class KnowsNoParents(ReferenceServer):
    """Answers no parentIdTag."""

    def id_tag_info(self, status: str, token: str | None) -> Message:
        return _without(super().id_tag_info(status, token), "parentIdTag")


@lawful(group="absent")
class AnswersTheStatusOnly(ReferenceServer):
    """Answers neither expiryDate nor parentIdTag."""

    def id_tag_info(self, status: str, token: str | None) -> Message:
        return {"status": super().id_tag_info(status, token)["status"]}


def _without(message: Message, name: str) -> Message:
    return {key: value for key, value in message.items() if key != name}


# connections


@lawful(group="connections")
class AnnouncesCloseEachTime(ReferenceServer):
    """Sends ``Connection: close`` with every answer."""

    async def send(self, answer: HttpAnswer, send: Send) -> None:
        await super().send(replace(answer, headers={**answer.headers, "connection": "close"}), send)


@lawful(group="connections")
class ClosesWithoutAWord(ReferenceServer):
    """Closes every connection right after an answer, without announcing it."""

    def after_answer(self, transport: asyncio.Transport) -> None:
        transport.close()


@lawful(group="connections")
class KeepsNothingAlive(ReferenceServer):
    """Closes a connection as soon as it is idle."""

    keep_alive_s = 0


@lawful(group="connections")
class AnswersInChunks(ReferenceServer):
    """Sends every answer in chunks of seven bytes, without Content-Length."""

    async def send(self, answer: HttpAnswer, send: Send) -> None:
        pieces = [answer.body[start : start + 7] for start in range(0, len(answer.body), 7)]
        await super().send(replace(answer, body=b"", pieces=pieces or (b"",)), send)


# slow: within the limits of the wire


class IsSometimesLate(ReferenceServer):
    """Draws, for one in twenty answers, how late it is."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.chance = Randomness(setting.seed).stream("lateness")

    async def dawdle(self) -> None:
        if self.chance.randrange(20) == 0:
            await pause(0.3 + self.chance.random() * 0.3)


@lawful(group="slow")
class AnswersSomeLate(IsSometimesLate):
    """Begins one answer in twenty a third to two thirds of a second late."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        answer = await super().answer(request)
        await self.dawdle()
        return answer


@lawful(group="slow")
class FinishesSomeLate(IsSometimesLate):
    """Hesitates in the middle of one answer in twenty, after the head."""

    async def send(self, answer: HttpAnswer, send: Send) -> None:
        async def slowly(event: dict[str, Any]) -> None:
            await send(event)
            if event["type"] == "http.response.start":
                await self.dawdle()

        await super().send(answer, slowly)


# refusals (EVC-X10, EVC-X13, EVC-X17)


@lawful(group="refusals")
class RefusesWith422AndText(ReferenceServer):
    """Refuses with HTTP 422 and a sentence in plain text."""

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        return HttpAnswer(422, f"参数错误: {refused.words}".encode(), "text/plain; charset=utf-8")


@lawful(group="refusals")
class RefusesWithoutWords(ReferenceServer):
    """Refuses with HTTP 400 and an empty body."""

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        return HttpAnswer(400)


@lawful(
    group="refusals",
    readings={"EVC-X10": "error-body"},
    pixit={"refusal": {"key": "errorCode", "accepted": 0}},
)
class RefusesWithAnErrorBody(ReferenceServer):
    """Refuses with HTTP 200 and an error body of its own, which the target file names."""


@lawful(group="refusals", pixit={"refusal": {"key": "result.success", "accepted": True}})
class TellsSuccessInEveryAnswer(ReferenceServer):
    """Has a result object in every answer, true when it accepted and false when it refused, all under HTTP 200."""

    def document(self, service: str, answer: Message) -> Any:
        return super().document(service, answer) | {"result": {"success": True}}

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        return HttpAnswer(200, self.encoded({"result": {"success": False, "text": refused.words}}))


@lawful(group="refusals")
class RefusesByStatus(ReferenceServer):
    """Refuses with HTTP 200 and a status wherever the service has one, also what it could not read."""

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        by_status: dict[str, Message] = {
            "deviceBoot": self.boot_answer(None, False),
            "authorize": {"idTagInfo": self.id_tag_info(BLOCKED, None)},
            "startTrans": self.refused_start(BLOCKED, ""),
        }
        if service not in by_status:
            return super().refused(service, refused)
        return HttpAnswer(200, self.answer_body(service, by_status[service]))


@lawful(group="refusals")
class RefusesWithoutARoot(ReferenceServer):
    """Refuses heartbeats, samples and notifications, also those of unknown boxes, by HTTP 200 without the root key."""

    def refused(self, service: str, refused: Refused) -> HttpAnswer:
        if service in ("heartbeat", "meterValues", "statusNotify"):
            return HttpAnswer(200, self.encoded({"error": refused.words}))
        return super().refused(service, refused)


@lawful(group="refusals")
class CallsUnknownCardsExpired(ReferenceServer):
    """Answers Expired for a card that it does not know."""

    def unknown_card_status(self) -> str:
        return EXPIRED


@lawful(group="refusals")
class KnowsNoSuchCard(ReferenceServer):
    """Answers HTTP 404 for a card that it does not know: the card is a resource that is not there."""

    def unknown_card_status(self) -> str:
        raise Refused(404, "no such card")


@lawful(group="refusals")
class RefusesStartsWithoutAnId(ReferenceServer):
    """Leaves transactionId out of a refused start."""

    def refused_start(self, status: str, token: str) -> Message:
        return _without(super().refused_start(status, token), "transactionId")


@lawful(group="refusals")
class RefusesStartsWithMinusOne(ReferenceServer):
    """Answers a refused start with transactionId -1."""

    def refused_start(self, status: str, token: str) -> Message:
        return super().refused_start(status, token) | {"transactionId": -1}


# ids


@lawful(group="ids")
class GivesTheLargestIds(ReferenceServer):
    """Counts down from 2^53-1."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        return LARGEST_EXACT + 1 - await super().next_transaction_id(box, connector)


@lawful(group="ids")
class GivesNegativeIds(ReferenceServer):
    """Counts down from -1, as an unsigned key read as signed does."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        return -await super().next_transaction_id(box, connector)


@lawful(group="ids")
class BeginsAtZero(ReferenceServer):
    """Gives its first transaction the id 0."""

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        return await super().next_transaction_id(box, connector) - 1


@lawful(group="ids")
class DrawsIds(ReferenceServer):
    """Draws ids of 31 bits, none of them twice."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.drawn: set[int] = set()

    async def next_transaction_id(self, box: Box, connector: Connector) -> int:
        stream = Randomness(self.setting.seed).stream(f"id {await super().next_transaction_id(box, connector)}")
        number = stream.randrange(1, 2**31)
        while number in self.drawn:
            number = stream.randrange(1, 2**31)
        self.drawn.add(number)
        return number


# times (EVC-X8)


def _iso(moment_ms: int, zone: timezone, precision: str) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)
    return moment.astimezone(zone).isoformat(timespec=precision)


@lawful(group="times", readings={"EVC-X8": "iso"})
class WritesIsoInUtc(ReferenceServer):
    """Writes times as 2026-10-01T02:00:00.000Z."""


@lawful(group="times", readings={"EVC-X8": "iso"})
class WritesIsoWithOffset(ReferenceServer):
    """Writes times as 2026-10-01T10:00:00+08:00, without a fraction."""

    def written_time(self, moment_ms: int) -> Any:
        offset = timezone(timedelta(minutes=self.setting.site.utc_offset_minutes))
        return _iso(moment_ms // 1000 * 1000, offset, "seconds")


@lawful(group="times", readings={"EVC-X8": "iso"})
class WritesIsoBesideIntegers(ReferenceServer):
    """Writes the server's time in ISO 8601 and the expiry of a card in epoch milliseconds, from two libraries."""

    def written_id_tag_info(self, service: str, info: Message) -> Message:
        written = super().written_id_tag_info(service, info)
        return written | {name: info[name] for name in ("expiryDate",) if name in info}


@lawful(group="times")
class WritesTimesWithAFraction(ReferenceServer):
    """Writes epoch milliseconds as 1425285444696.0, which JSON counts as the same whole number."""

    def written_time(self, moment_ms: int) -> Any:
        return float(moment_ms)


# plain: what answers over plain HTTP without performing anything


class _ListensPlainly(ReferenceServer):
    """Also listens on the plain port."""

    async def start(self) -> None:
        await super().start()
        if self.setting.plain_http_port:
            await self.listen(self.setting.plain_http_port, None)


@lawful(group="plain")
class RedirectsPlainHttp(_ListensPlainly):
    """Redirects whatever comes over plain HTTP."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.scheme == "http":
            return HttpAnswer(301, headers={"location": self.base_url + request.path})
        return await super().answer(request)


@lawful(group="plain")
class ForbidsPlainHttp(_ListensPlainly):
    """Refuses whatever comes over plain HTTP with 403."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        return self.refusal(403, "HTTPS only") if request.scheme == "http" else await super().answer(request)


# readings: one for every alternative that no group above has


@lawful(group="readings", readings={"EVC-X1": "json"})
class ReadsPlainJson(ReferenceServer):
    """Takes JSON bodies without a form."""


@lawful(group="readings", readings={"EVC-X2": "prefixed"})
class PrefixesAnswers(ReferenceServer):
    """Writes ``data=`` before its answers, as the examples print them."""


@lawful(group="readings", readings={"EVC-X3": "flat"})
class SpeaksFlat(ReferenceServer):
    """Has strings without their wrapping, as the tables read."""


@lawful(group="readings", readings={"EVC-X4": "tables"})
class NamesTheCardAsTheTable(ReferenceServer):
    """Wants ``idTag`` at a start, as the table of 1.4 has it."""


@lawful(group="readings", readings={"EVC-X5": "upper"})
class WritesUpperCaseNames(ReferenceServer):
    """Has ``IdToken`` and ``IdTagInfo`` at authorize, as the table of 1.2 has it."""


@lawful(group="readings", readings={"EVC-X6": "underscores"})
class WantsUnderscores(ReferenceServer):
    """Wants the energies in the spelling of the examples."""


@lawful(group="readings", readings={"EVC-X9": "kWh"})
class CountsRegistersInKwh(ReferenceServer):
    """Takes meterStart and meterStop for whole kWh."""


@lawful(group="readings", readings={"EVC-X11": "fixed-10"})
class TellsTheExamplesInterval(ReferenceServer):
    """Tells 5 s at boot, as the example does, and waits for a beat every 10 s, as 1.3 does."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        return super().boot_answer(box, accepted) | {"heartbeatInterval": 5}


@lawful(group="readings", readings={"EVC-X16": "register"})
class TakesDataForARegister(ReferenceServer):
    """Takes the energy in transactionData for a reading of the register."""


@lawful(group="readings", pixit={"billed_energy": "transaction-data"})
class BillsTransactionData(ReferenceServer):
    """Bills transactionData where the registers say something else, and says so in the target file."""


@lawful(group="readings", pixit={"billed_energy": "register"})
class BillsTheRegisterFirst(ReferenceServer):
    """Bills the registers where there is a meter, and says so in the target file."""

    def energy_wh(self, transaction: Transaction, message: Message) -> int:
        metered_wh = self.register_wh(message["meterStop"]) - transaction.meter_start_wh
        return metered_wh if metered_wh > 0 else super().energy_wh(transaction, message)


@lawful(group="readings", readings={"EVC-X20": "zero"})
class HearsOfTheWholeBox(ReferenceServer):
    """Takes connectorId 0 in a notification for the whole box."""


@lawful(group="readings", readings={"EVC-X21": "30"})
class WantsSamplesEveryHalfMinute(ReferenceServer):
    """Is served by boxes that sample every 30 s."""


@lawful(group="readings", readings={"EVC-X25": "rejected"})
class WritesRejectedInLowerCase(ReferenceServer):
    """Answers ``rejected``, as the prose of 1.1 has it."""


# Compositions

COUNT = 10
_PREFIX = "Composition_"


def compositions(seed: int) -> list[Lawful]:
    """Ten mixtures of three to five variants, each from another group, the same ones for the same seed."""
    return [composition(seed, number) for number in range(COUNT)]


def composition(seed: int, number: int) -> Lawful:
    """One mixture. Its class is an attribute of this module, ``Composition_SEED_NUMBER``, made when it is asked for."""
    stream = Randomness(seed).stream(f"composition {number}")
    by_group: dict[str, list[Lawful]] = {}
    for entry in lawfuls().values():
        if entry.protocol == "evchong":  # those of the city are judged under its own scenarios
            by_group.setdefault(entry.group, []).append(entry)
    groups = stream.sample(sorted(by_group), stream.randint(3, 5))
    parts = [stream.choice(by_group[group]) for group in groups]
    name = f"{_PREFIX}{seed}_{number}"
    story = "All of these at once: " + ", ".join(part.name for part in parts) + "."
    server: Server = named(type(name, tuple(part.server for part in parts), {}), name, story, __name__)
    readings: Mapping[str, str] = {row: value for part in parts for row, value in part.readings.items()}
    pixit: Mapping[str, Any] = {key: value for part in parts for key, value in part.pixit.items()}
    return Lawful(server, "compositions", readings, pixit)


def __getattr__(name: str) -> Server:
    seed, _, number = name.removeprefix(_PREFIX).partition("_")
    if not (name.startswith(_PREFIX) and seed.isdecimal() and number.isdecimal()):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return composition(int(seed), int(number)).server
