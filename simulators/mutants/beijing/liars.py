"""Servers that do nothing real, towards the city neither: valid TLS, envelopes and schemas, and nothing behind them.

Each tells the charge boxes the same kind of lie. None of them may earn a pass on anything that the document demands.
"""

from __future__ import annotations

import msgspec

from simulators.mutants.liars import (
    AcceptsAll,
    AnswersTheExamples,
    DrawsItsAnswers,
    EchoesAll,
    NeverAnswers,
    RefusesAll,
)
from simulators.mutants.registry import liar
from simulators.reference.app_api import IDLE
from simulators.reference.city.chargers import LINK_PATH
from simulators.reference.city.client import PATH as CITY_PATH
from simulators.reference.city.client import TAKEN
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal
from simulators.reference.city.queries import QUERY_TOKEN, UNKNOWN_OPERATOR, WRONG_SECRET
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import Socket

PUSHED_EVERY_S = 600


class _LiesToTheCity(ReferenceServer):
    """Answers every question of the city without knowing anything, and pushes that all is well."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        if request.path == LINK_PATH:
            return HttpAnswer(204)  # whatever chargers tell
        if not request.path.startswith(CITY_PATH):
            return await super().answer(request)
        try:
            content = self.pretended_content(request.path.removeprefix(CITY_PATH), self.glanced_at(request))
        except Illegal as illegal:
            return HttpAnswer(200, self.sealed_answer(illegal.ret, illegal.words, None))
        return HttpAnswer(200, self.sealed_answer(TAKEN, "", content))

    def glanced_at(self, request: HttpRequest) -> Message:
        """What is in a question, perhaps nothing; nobody is refused for it."""
        try:
            return self.read_content(msgspec.json.decode(request.body))
        except (msgspec.DecodeError, Illegal, KeyError, TypeError):
            return {}

    def pretended_content(self, interface: str, asked: Message) -> Message:
        """The answer to a question; raises Illegal where it refuses."""
        raise NotImplementedError

    def accepting_content(self, interface: str, asked: Message) -> Message:
        """Says yes, with the fields of the table."""
        if interface == QUERY_TOKEN:
            told = {"SuccStat": 0, "AccessToken": self.drawn_token(), "TokenAvailableTime": 7200, "FailReason": 0}
            return {"OperatorID": asked.get("OperatorID", self.contract.platform_id), **told}
        now = self.local_time(self.now_ms())
        return {
            "StartChargeSeq": asked.get("StartChargeSeq", ""),
            "StartChargeSeqStat": 2,
            "ConnectorID": self.contract.sockets[0].id,
            "ConnectorStatus": 3,
            "CurrentA": 32.0,
            "VoltageA": 220.0,
            "Soc": 50,
            "StartTime": now,
            "EndTime": now,
            "ChargeModel": 2,
            "TotalPower": 1.0,
            "TotalMoney": 1.5,
        }

    def refusing_content(self, interface: str, asked: Message, reason: int) -> Message:
        """Says no."""
        if interface != QUERY_TOKEN:
            raise Illegal(WRONG_CONTENT, "refused")
        told = {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": reason}
        return {"OperatorID": asked.get("OperatorID", self.contract.platform_id), **told}

    def open_statuses(self) -> None:
        for socket in self.contract.sockets:
            self.begin_duty(self.push_for_ever(socket))

    async def push_for_ever(self, socket: Socket) -> None:
        while True:
            await self.push("notification_stationStatus", self.status_notification(socket, IDLE))
            await self.sleep_s(PUSHED_EVERY_S)


@liar
class NeverAnswersTheCity(NeverAnswers):
    """Silent: answers nobody, and pushes nothing."""

    def open_statuses(self) -> None:
        pass

    def open_reconciliation(self) -> None:
        pass


@liar
class RefusesTheCity(_LiesToTheCity, RefusesAll):
    """Refuse-all: the secret is wrong, whoever shows which; the content is wrong, whatever it is."""

    def pretended_content(self, interface: str, asked: Message) -> Message:
        return self.refusing_content(interface, asked, WRONG_SECRET)


@liar
class AcceptsTheCity(_LiesToTheCity, AcceptsAll):
    """Accept-all: a fresh token for everybody, a charge behind every number."""

    def pretended_content(self, interface: str, asked: Message) -> Message:
        return self.accepting_content(interface, asked)


@liar
class EchoesTheCity(_LiesToTheCity, EchoesAll):
    """Echo: what it is asked comes back, with what the schema wants beside it."""

    def pretended_content(self, interface: str, asked: Message) -> Message:
        return self.accepting_content(interface, asked) | asked


@liar
class AnswersTheCityTheSame(_LiesToTheCity, AnswersTheExamples):
    """Constant: one token for all, one charge for all, and never a look at the question."""

    def glanced_at(self, request: HttpRequest) -> Message:
        return {"StartChargeSeq": f"{self.contract.operator_id}202503021200000001"}

    def pretended_content(self, interface: str, asked: Message) -> Message:
        return self.accepting_content(interface, asked)

    def drawn_token(self) -> str:
        return "B3F0C2D49E7A4C55A1D60E2F8B7713C09D42E6AA"


@liar
class DrawsItsAnswersToTheCity(_LiesToTheCity, DrawsItsAnswers):
    """Gives tokens and refuses them as the dice fall, each reason in its turn."""

    def pretended_content(self, interface: str, asked: Message) -> Message:
        if self.chance.random() < 0.5:
            return self.accepting_content(interface, asked)
        return self.refusing_content(interface, asked, self.chance.choice((UNKNOWN_OPERATOR, WRONG_SECRET)))
