"""Servers that are unusual towards the city, and right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from simulators.mutants.lawful import AnswersInChunks, ClosesWithoutAWord, IsSometimesLate
from simulators.mutants.registry import lawful
from simulators.reference.city.client import PATH, TAKEN, WRONG_TOKEN, Outcome
from simulators.reference.city.known import Session, Token
from simulators.reference.city.results import START_RESULT, STOP_RESULT
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

LEEWAY_S = 30

# writing: JSON and crypto


@lawful(group="writing")
class WritesCityKeysBackwards(ReferenceServer):
    """Writes the keys of every object in the reverse order, of envelopes and of what is in them (2.2)."""

    def json(self, document: Any) -> bytes:
        return super().json(_reversed(document))


def _reversed(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _reversed(document[key]) for key in reversed(document)}
    return [_reversed(each) for each in document] if isinstance(document, list) else document


@lawful(group="writing")
class WritesDataOverManyLines(ReferenceServer):
    """Indents its JSON, ends lines as Windows does, and leaves a blank line behind, as the samples do (2.2, V3)."""

    def json(self, document: Any) -> bytes:
        return msgspec.json.format(super().json(document), indent=4).replace(b"\n", b"\r\n") + b"\r\n"


@lawful(group="writing")
class EscapesWhatIsNotAscii(ReferenceServer):
    r"""Writes Chinese as \u escapes, and solidi with a backslash (2.2)."""

    def json(self, document: Any) -> bytes:
        return json.dumps(document, ensure_ascii=True).replace("/", "\\/").encode()


# fields: more of them, or fewer


@lawful(group="fields")
class AddsFieldsToContents(ReferenceServer):
    """Adds fields that no table knows to whatever it encrypts."""

    def json(self, document: Any) -> bytes:
        sealed = isinstance(document, dict) and "Sig" in document
        added = {} if sealed else {"Extension": {"Version": "V1.1", "说明": [1, None]}}
        return super().json(document | added if isinstance(document, dict) else document)


@lawful(group="fields")
class AddsItsNameToAnswers(ReferenceServer):
    """Adds OperatorID and a version to the envelope of its answers; Sig does not cover them (1.4)."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        more = {"OperatorID": self.contract.operator_id, "Version": 1}
        return more | super().answer_envelope(ret, msg, content)


@lawful(group="fields")
class LeavesOutWhatIsOptional(ReferenceServer):
    """Tells neither fees nor details, which are optional (5.10, 5.15, BJ-X9)."""

    OPTIONAL = frozenset(
        {"ElecMoney", "SeviceMoney", "TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails"}
    )

    def charge_status(self, session: Session) -> Message:
        return self.needed(super().charge_status(session))

    def bonus_order(self, session: Session) -> Message:
        return self.needed(super().bonus_order(session))

    def needed(self, content: Message) -> Message:
        return {name: value for name, value in content.items() if name not in self.OPTIONAL}


# words: Msg, error answers (BJ-X12)


@lawful(group="words")
class SaysItInChinese(ReferenceServer):
    """Says 请求成功 in Msg when it took a call, and what was wrong with one in Chinese, too."""

    def sealed_answer(self, ret: int, msg: str, content: Message | None) -> bytes:
        return super().sealed_answer(ret, "请求成功" if ret == TAKEN else f"请求失败：{msg}", content)


@lawful(group="words")
class AnswersErrorsWithNulls(ReferenceServer):
    """Answers errors with Data and Sig null."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        return envelope if ret == TAKEN else envelope | {"Data": None, "Sig": None}


@lawful(group="words")
class AnswersErrorsInTwoFields(ReferenceServer):
    """Answers errors with Ret and Msg, and nothing else."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        return envelope if ret == TAKEN else {"Ret": ret, "Msg": msg}


@lawful(group="words")
class SealsAnEmptyObjectInErrors(ReferenceServer):
    """Answers errors with an encrypted empty object, and signs that."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        return super().answer_envelope(ret, msg, {} if content is None else content)


# tokens: those that it gives


@lawful(group="tokens given")
class GivesTokensForAMinute(ReferenceServer):
    """Gives tokens that hold for a minute."""

    token_life_s = 60


@lawful(group="tokens given")
class GivesTokensForAWeek(ReferenceServer):
    """Gives tokens for as long as may be."""

    token_life_s = 7 * 24 * 3600


@lawful(group="tokens given")
class AnswersItsOwnName(ReferenceServer):
    """Answers query_token with its own OperatorID in place of the caller's."""

    def query_token(self, asked: Message) -> Message:
        return super().query_token(asked) | {"OperatorID": self.contract.operator_id}


@lawful(group="tokens given")
class WritesTheLifeWithAPoint(ReferenceServer):
    """Writes TokenAvailableTime as 7200.0, which JSON counts as the same whole number."""

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        return told | {"TokenAvailableTime": float(told["TokenAvailableTime"])}


@lawful(group="tokens given")
class GivesTheSameTokenWhileItHolds(ReferenceServer):
    """Gives whoever asks again the token that still holds, and the seconds that are left of it."""

    def new_token(self) -> Token:
        held = self.city.given_token
        if held is not None and self.left_s(held) > 0:
            return held
        return super().new_token()

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        held = self.city.given_token
        return told if told["SuccStat"] or held is None else told | {"TokenAvailableTime": self.left_s(held)}

    def left_s(self, token: Token) -> int:
        return max(0, token.until_ms - self.now_ms()) // 1000


@lawful(group="tokens given")
class KeepsOlderTokensAlive(ReferenceServer):
    """Accepts every token until its own time is over, and half a minute longer, newer ones or not."""

    def new_token(self) -> Token:
        token = super().new_token()
        self.given = {**getattr(self, "given", {}), token.text: token}
        return token

    def is_good_token(self, text: str) -> bool:
        token = getattr(self, "given", {}).get(text)
        return token is not None and self.now_ms() < token.until_ms + LEEWAY_S * 1000


# calls: how it makes its own


@lawful(group="calls")
class CallsWithBareJson(ReferenceServer):
    """Calls with Content-Type application/json, and no charset."""

    async def call_platform(self, interface: str, content: Message, headers: Mapping[str, str]) -> Outcome:
        return await super().call_platform(interface, content, {**headers, "Content-Type": "application/json"})


@lawful(group="calls")
class HangsUpAfterEachCall(ReferenceServer):
    """Opens a connection for each call, and says that it will close it."""

    async def call_platform(self, interface: str, content: Message, headers: Mapping[str, str]) -> Outcome:
        return await super().call_platform(interface, content, {**headers, "Connection": "close"})


@lawful(group="calls")
class TakesItsTimeToRepeat(ReferenceServer):
    """Waits some seconds before it repeats what was refused for its token; the document says no time for it."""

    async def push(self, interface: str, content: Message) -> Outcome:
        outcome, token = await self.push_once(interface, content)
        if outcome.ret == WRONG_TOKEN and token is not None:
            self.drop_token(token)
            await self.sleep_s(0 if interface in (START_RESULT, STOP_RESULT) else 4)  # an order waits for the results
            outcome, _ = await self.push_once(interface, content)
        return outcome


@lawful(group="calls")
class RenewsTokensAtHalfTime(ReferenceServer):
    """Fetches a new token when half of the old one's life is over."""

    def is_fresh(self, token: Token) -> bool:
        half_ms = 12 * 3600 * 1000
        return self.now_ms() < token.until_ms - half_ms


# connections: how its answers travel


@lawful(group="ways")
class AnswersTheCityInChunks(AnswersInChunks):
    """Sends every answer in chunks of seven bytes, the platform's too."""


@lawful(group="ways")
class ClosesOnTheCityWithoutAWord(ClosesWithoutAWord):
    """Closes every connection right after an answer, the platform's too."""


@lawful(group="ways")
class AnswersTheCitySomewhatLate(IsSometimesLate):
    """Begins one answer to the platform in twenty a third to two thirds of a second late."""

    async def answer(self, request: HttpRequest) -> HttpAnswer | None:
        answer = await super().answer(request)
        if request.path.startswith(PATH):
            await self.dawdle()
        return answer
