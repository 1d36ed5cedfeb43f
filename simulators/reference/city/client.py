"""The one place that calls the platform: its token, its address, and what came of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from simulators.reference.city.known import Token
from simulators.reference.city.outgoing import Outgoing, Reply, Unanswered
from simulators.reference.city.sealing import Sealing, decrypted, signed
from simulators.reference.state import Message

PATH = "/evcs/20160701/"
AS_JSON = {"Content-Type": "application/json; charset=utf-8"}
TAKEN, WRONG_TOKEN = 0, 4002  # return codes (cec102 1.5)
LONGEST_TOKEN_LIFE_S = 7 * 24 * 3600  # 5.1; more than that counts as that


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. ``ret`` is None, and ``why`` says more, where no answer could be read."""

    ret: int | None = None
    content: Any = None
    why: str = ""

    @property
    def delivered(self) -> bool:
        return self.ret == TAKEN


class Client(Sealing):
    """Calls the platform. A token is fetched once and kept (5.1)."""

    http: Outgoing | None = None
    call_limit_s = 3.0
    call_method = "POST"
    token_margin_s = 60  # a token is not used in its last minute

    def open_client(self) -> None:
        self.http = Outgoing()  # that it is the platform which answers, the Sig of its answers tells

    async def close_client(self) -> None:
        if self.http:
            await self.http.close()

    # Pushing

    async def push(self, interface: str, content: Message) -> Outcome:
        """Deliver a message; refused for its token, it goes out once more with a new one (1.5)."""
        outcome, token = await self.push_once(interface, content)
        if outcome.ret == WRONG_TOKEN and token is not None:
            self.drop_token(token)
            outcome, _ = await self.push_once(interface, content)
        return outcome

    async def push_once(self, interface: str, content: Message) -> tuple[Outcome, Token | None]:
        token = await self.platform_token()
        if token is None:
            return Outcome(why="the platform gave no token"), None
        return await self.call_platform(interface, content, self.authorization(token)), token

    def authorization(self, token: Token) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {token.text}"}

    # The token

    async def platform_token(self) -> Token | None:
        """The token to call with, None when there is none to be had. Two at once would make each other void."""
        async with self.city.token_lock:
            held = self.city.held_token
            if held is None or not self.is_fresh(held):
                held = self.city.held_token = await self.fetched_token()
            return held

    def is_fresh(self, token: Token) -> bool:
        return self.now_ms() < token.until_ms - self.token_margin_s * 1000

    def drop_token(self, token: Token) -> None:
        """Use it no longer; one that was fetched in the meantime stays."""
        if self.city.held_token is token:
            self.city.held_token = None

    async def fetched_token(self) -> Token | None:
        credentials = {
            "OperatorID": self.contract.operator_id,
            "OperatorSecret": self.contract.platform_keys.operator_secret,
        }
        outcome = await self.call_platform("query_token", credentials, {})
        told = outcome.content if outcome.delivered and isinstance(outcome.content, dict) else {}
        text, life_s = told.get("AccessToken"), told.get("TokenAvailableTime")
        if told.get("SuccStat") != 0 or not isinstance(text, str) or not isinstance(life_s, int | float):
            return None
        return Token(text, self.now_ms() + min(int(life_s), LONGEST_TOKEN_LIFE_S) * 1000)

    # One call

    async def call_platform(self, interface: str, content: Message, headers: Mapping[str, str]) -> Outcome:
        """One request, and what the platform makes of it."""
        headers = {**AS_JSON, **headers}
        sealed = self.sealed_request(content)
        try:
            reply = await self.call_out(self.call_method, self.address(interface), sealed, headers, self.call_limit_s)
        except Unanswered as failed:
            return Outcome(why=str(failed))
        if reply.status != 200:
            return Outcome(why=f"HTTP {reply.status}")
        return self.understood(reply.body)

    async def call_out(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str], limit_s: float
    ) -> Reply:
        """One request to whomever. Raises Unanswered."""
        assert self.http is not None
        return await self.http.send(method, address, body, headers, limit_s)

    def address(self, interface: str) -> str:
        return f"{self.contract.platform_url}{PATH}{interface}"

    def understood(self, body: bytes) -> Outcome:
        """What an answer says. With an error only ``Ret`` and ``Msg`` are read (1.4)."""
        keys = self.contract.platform_keys
        try:
            told = msgspec.json.decode(body, type=dict[str, Any])
            ret, msg, data = int(told["Ret"]), told.get("Msg") or "", told.get("Data") or ""
            if ret != TAKEN:
                return Outcome(ret, why=str(msg))
            if signed(keys, str(told["Ret"]), msg, data) != str(told["Sig"]).upper():
                return Outcome(why="wrong Sig")
            return Outcome(ret, msgspec.json.decode(decrypted(data, keys)))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as unreadable:
            return Outcome(why=f"unreadable: {unreadable}")
