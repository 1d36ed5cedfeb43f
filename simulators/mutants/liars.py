"""Servers that do nothing real, and look as if they did: valid TLS, root keys, schemas, fresh ids, the right time.

None of them may earn a pass on anything that the document demands. Some say one thing to all; the others say now this
and now that, by chance, by turns or by whom they have seen before, and so give right answers, too.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import msgspec

from simulators.mutants.registry import liar
from simulators.randomness import Randomness
from simulators.reference.app_api import APP_PATH
from simulators.reference.evchong import ACCEPTED, BLOCKED, EXPIRED, SERVICE_PATH
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Message
from simulators.reference.wire import FORMS

TOLD_BY = {  # what tells one asker of a service from another, by any of its spellings
    "deviceBoot": ("chargeBoxSerialNumber",),
    "authorize": ("idToken", "IdToken"),
    "startTrans": ("idToken", "idTag"),
}


@liar
class NeverAnswers(ReferenceServer):
    """Silent: takes the connection, completes TLS, reads every request, and answers none."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        await asyncio.Event().wait()
        return None


class _Liar(ReferenceServer):
    """Answers every path of the services and of the app without doing anything."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path.startswith(APP_PATH):
            return self.pretended_app(request.path.removeprefix(APP_PATH), request)
        service = request.path.removeprefix(SERVICE_PATH)
        if service not in FORMS:
            return self.refusal(404, "nothing here")
        return self.pretended(service, _fields_of(request))

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        """The answer to a service; ``fields`` are what a glance at the request shows, perhaps nothing."""
        raise NotImplementedError

    def pretended_app(self, name: str, request: HttpRequest) -> HttpAnswer:
        """Nothing was ever ordered, and whatever is asked for is done with a fresh number."""
        if name in ("orders", "connectors"):
            return self.app_answer(200, {name: []})
        fresh = f"EVC-{next(self.transaction_ids):08d}"
        return self.app_answer(201, {"stationSerial": fresh, "vendorId": fresh, "serial": fresh})

    def accepting(self, service: str, transaction_id: Any) -> Message:
        """An accepting answer with the fields of the service's table."""
        now_ms = self.now_ms()
        card: Message = {"idTagInfo": {"status": ACCEPTED}}
        answers: dict[str, Message] = {
            "deviceBoot": {"currentTime": now_ms, "heartbeatInterval": 10, "status": ACCEPTED},
            "authorize": card,
            "heartbeat": {"currentTime": now_ms},
            "startTrans": card | {"transactionId": transaction_id},
            "meterValues": {"transactionId": transaction_id, "timestamp": now_ms},
            "stopTrans": card | {"transactionId": transaction_id},
            "statusNotify": {"timestamp": now_ms},
        }
        return answers[service]


def _fields_of(request: HttpRequest) -> Message:
    """What stands under the root key, as far as it can be found; nothing is refused for its form."""
    try:
        text = request.body.decode("utf-8")
        document = msgspec.json.decode(parse_qs(text)["data"][0] if text.startswith("data=") else text)
        fields = next(iter(document.values()))
    except (ValueError, RecursionError, KeyError, AttributeError, StopIteration):
        return {}
    return fields if isinstance(fields, dict) else {}


@liar
class RefusesAll(_Liar):
    """Refuse-all: Rejected, Blocked, or HTTP 400, whoever asks for whatever; the app has nothing and does nothing."""

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        refusals: dict[str, Message] = {
            "deviceBoot": self.boot_answer(None, False),
            "authorize": {"idTagInfo": {"status": BLOCKED}},
            "startTrans": {"idTagInfo": {"status": BLOCKED}, "transactionId": next(self.transaction_ids)},
        }
        if service not in refusals:
            return self.refusal(400, "refused")
        return HttpAnswer(200, self.answer_body(service, refusals[service]))

    def pretended_app(self, name: str, request: HttpRequest) -> HttpAnswer:
        if request.method != "GET":
            return self.refusal(409, "refused")
        return super().pretended_app(name, request)


@liar
class AcceptsAll(_Liar):
    """Accept-all: accepts whatever comes, with a fresh id for a start, and the same id back for what follows."""

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        fresh = next(self.transaction_ids)
        number = fresh if service == "startTrans" else fields.get("transactionId", fresh)
        return HttpAnswer(200, self.answer_body(service, self.accepting(service, number)))


@liar
class EchoesAll(_Liar):
    """Echo: says back what it was told, under the root key of the answer, with what the schema wants beside it."""

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        answer = self.accepting(service, fields.get("transactionId", next(self.transaction_ids)))
        echoed = fields | self.answer_fields(service, answer)
        return HttpAnswer(200, self.encoded({self.answer_root(service): echoed}))

    def pretended_app(self, name: str, request: HttpRequest) -> HttpAnswer:
        if request.method == "GET":
            return super().pretended_app(name, request)
        try:
            told = msgspec.json.decode(request.body)
        except msgspec.DecodeError:
            told = {}
        fresh = f"{told.get('name', 'EVC')}-{next(self.transaction_ids)}"[-25:]
        return self.app_answer(201, {"stationSerial": fresh, "vendorId": fresh, **told})


@liar
class AnswersTheExamples(_Liar):
    """Constant: one answer for each service, that of its example, brought up to date and never looking at a request."""

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        number = next(self.transaction_ids) if service == "startTrans" else 1
        answer = self.accepting(service, number)
        if "idTagInfo" in answer:
            info = {"expiryDate": self.now_ms() + 3_600_000, "parentIdTag": "xxxxx", "status": ACCEPTED}
            answer = answer | {"idTagInfo": info}
        return HttpAnswer(200, self.answer_body(service, answer))


# By chance, by turns, by acquaintance


class _Wavering(_Liar):
    """Boots, cards and starts are accepted or refused by something else than what they are worth; the rest is taken."""

    def __init__(self, setting: ServerSetting) -> None:
        super().__init__(setting)
        self.chance = Randomness(setting.seed).branch("wavering").stream("answers")
        self.times: Counter[tuple[str, str]] = Counter()

    def accepts(self, service: str, who: str) -> bool:
        """Whether it accepts this time; ``times`` has counted how often who came, this time included."""
        raise NotImplementedError

    def pretended(self, service: str, fields: Message) -> HttpAnswer:
        fresh = next(self.transaction_ids)
        number = fresh if service == "startTrans" else fields.get("transactionId", fresh)
        answer = self.accepting(service, number)
        if service in TOLD_BY:
            who = next((str(fields[name]) for name in TOLD_BY[service] if name in fields), "")
            self.times[service, who] += 1
            if not self.accepts(service, who):
                answer |= self.refusing(service)
        return HttpAnswer(200, self.answer_body(service, answer))

    def refusing(self, service: str) -> Message:
        """What an answer says instead where it refuses: every status has its turn by chance."""
        if service == "deviceBoot":
            return {"status": self.rejected()}
        return {"idTagInfo": {"status": self.chance.choice((BLOCKED, EXPIRED))}}


@liar
class DrawsItsAnswers(_Wavering):
    """Accepts every second time or so, as the dice fall."""

    def accepts(self, service: str, who: str) -> bool:
        return self.chance.random() < 0.5


@liar
class TakesTurns(_Wavering):
    """Accepts and refuses by turns, in each service."""

    def accepts(self, service: str, who: str) -> bool:
        return sum(times for (of, _), times in self.times.items() if of == service) % 2 == 1


@liar
class LearnsWhoComes(_Wavering):
    """Refuses each box and card when it first hears of it, and knows it from then on."""

    def accepts(self, service: str, who: str) -> bool:
        return self.times[service, who] > 1


@liar
class TiresOfWhoComes(_Wavering):
    """Accepts each box and card once, and has enough of it then."""

    def accepts(self, service: str, who: str) -> bool:
        return self.times[service, who] == 1


@liar
class GivesInAfterARefusal(_Wavering):
    """Refuses the first that comes to a service, and is sorry ever after."""

    def accepts(self, service: str, who: str) -> bool:
        return sum(times for (of, _), times in self.times.items() if of == service) > 1


@liar
class TakesInTheFirst(_Wavering):
    """First come, first served: the first boxes and cards that it hears of are its own, and all others strangers."""

    def accepts(self, service: str, who: str) -> bool:
        seen = [each for of, each in self.times if of == service]
        return who in seen[:6]


@liar
class JudgesByTheLook(_Wavering):
    """Decides once for all about each box and card, by its signs."""

    def accepts(self, service: str, who: str) -> bool:
        return zlib.crc32(who.encode()) % 3 == 0
