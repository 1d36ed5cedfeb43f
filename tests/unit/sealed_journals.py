"""Hand-written journals in which the city's bytes are real: sealed, with headers, read by the mock platform itself.

What is to be wrong is broken by hand::

    story = SealedStory()
    token = story.fetches_token()
    story.pushes_status(token)
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Ret="0")
    assert story.judged().blamed() == ["CEC-ENV-h success"]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.beijing.dialect import Dialect
from simulators.beijing.envelope import seal_answer, seal_request, time_stamp_at, wire_bytes
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Arrived, Conduct, PlatformMind, Refusal, Reply
from simulators.beijing.peer import CITY, SUT
from simulators.journal.records import Answer, Exchange, Request, WireError
from simulators.randomness import Randomness
from simulators.world.city import CityContract, CityKeys
from tests.unit.city_journals import CHARGE_STATUS, LEFT, OPERATOR, ORDER, PLATFORM, SOCKETS, CityStory
from tests.unit.journals import LEFT_OUT, Asked

TOKEN_QUERY, STATUS = Interface.QUERY_TOKEN, Interface.NOTIFICATION_STATION_STATUS
JSON = "application/json; charset=utf-8"
DAY_S = 24 * 3600


def keys(letter: str) -> CityKeys:
    """Four that differ, and differ from those of another letter."""
    return CityKeys(
        operator_secret=letter * 16,
        data_secret=f"{letter * 15}1",
        data_secret_iv=f"{letter * 15}2",
        sig_secret=f"{letter * 15}3",
    )


CONTRACT = CityContract(
    platform_id=PLATFORM, operator_id=OPERATOR, platform_keys=keys("A"), operator_keys=keys("B"), sockets=SOCKETS
)
RIGHT_CREDENTIALS = {"OperatorID": OPERATOR, "OperatorSecret": CONTRACT.platform_keys.operator_secret}


def status_content(status: int = 1, connector: str = LEFT.id) -> Content:
    return {"ConnectorStatusInfo": {"ConnectorID": connector, "Status": status}}


class SealedStory(CityStory):
    """One journal in the making; the platform in it is the mock platform's own mind."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.mind = PlatformMind(CONTRACT, Dialect(self.city.readings), Randomness(1).stream("city"))
        self._numbers = 0

    # The server calls

    def calls(
        self,
        interface: Interface,
        content: Content,
        token: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        **envelope: Any,
    ) -> Reply:
        """A sealed call, as a correct server makes it but for what is given; LEFT_OUT is a field left out."""
        sent = headers if headers is not None else {"Content-Type": JSON} | authorization(token)
        return self.calls_with(interface, self.sealed_call(content, **envelope), sent, method)

    def sealed_call(self, content: Content | bytes, **envelope: Any) -> bytes:
        """The body of a call. ``content`` in bytes is encrypted as it stands."""
        self._numbers += 1
        stamp = time_stamp_at(self.now_ms)
        sealed = seal_request(self.mind.keys.platform, OPERATOR, content, stamp, f"{self._numbers % 10_000:04}")
        return wire_bytes(changed(sealed, envelope))

    def calls_with(self, interface: Interface, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Reply:
        """Any bytes. The platform answers as it is."""
        small = {name.lower(): value for name, value in headers.items()}
        reply = self.mind.take(self.now_ms, Arrived(method, interface.path, small, body))
        lines = [f"{method} {interface.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        request = Request(method, f"http://city{interface.path}", ("\r\n".join(lines) + "\r\n\r\n").encode(), body)
        answered = reply.conduct is Conduct.ANSWER
        view = {
            "request": reply.request.as_view() if reply.request else None,
            "answer": reply.answer.as_view() if reply.answer else None,
        }
        answer = Answer(reply.status, b"", reply.body) if answered else None
        error = None if answered else WireError.CLOSED
        self._exchange(SUT, interface, request, answer, error, reply.injected, dict(reply.keys), view)
        return reply

    def calls_elsewhere(self, path: str, content: Content, *, method: str = "POST") -> None:
        """A sealed call to an address that is none of the platform's."""
        reply = self.mind.take(self.now_ms, Arrived(method, path, {}, self.sealed_call(content)))
        request = Request(method, f"http://city{path}", f"{method} {path} HTTP/1.1\r\n\r\n".encode(), b"")
        self._exchange(SUT, reply.operation, request, Answer(reply.status, b"", b""), None, "", {}, None)

    def fetches_token(self, **credentials: str) -> str:
        """The server calls query_token; gives what it gets, which may be nothing."""
        reply = self.calls(TOKEN_QUERY, RIGHT_CREDENTIALS | credentials)
        content = reply.answer.content if reply.answer else None
        return str((content or {}).get("AccessToken", ""))

    def pushes_status(self, token: str | None, status: int = 1, connector: str = LEFT.id, **how: Any) -> Reply:
        return self.calls(STATUS, status_content(status, connector), token, **how)

    def pushes_charge(self, of: Asked, token: str | None, **changes: Any) -> Reply:
        return self.calls(CHARGE_STATUS, self.state(of, **changes), token)

    def pushes_order(self, of: Asked, token: str | None, **changes: Any) -> Reply:
        return self.calls(ORDER, self.order(of, **changes), token)

    def refuses(self, interface: Interface, times: int = 1, how: Refusal = Refusal.WRONG_TOKEN) -> None:
        """The city is told to refuse the next calls."""
        self.mind.refuse(interface, how, times)

    # The city asks

    def answers(
        self,
        interface: Interface,
        asked: Content,
        told: Content | None,
        *,
        ret: int = 0,
        token: str = "",
        caller: str = "",
        error: WireError | None = None,
        **envelope: Any,
    ) -> None:
        """The city asks, and the server's sealed answer comes back but for what is given."""
        sealed = changed(seal_answer(self.mind.keys.operator, ret, "", told), envelope)
        self.answers_with(interface, asked, wire_bytes(sealed), token=token, caller=caller, error=error)

    def answers_with(
        self,
        interface: Interface,
        asked: Content,
        body: bytes,
        *,
        token: str = "",
        caller: str = "",
        status: int = 200,
        error: WireError | None = None,
    ) -> None:
        """Any bytes come back, or none for an error."""
        sent, question = self.mind.question(self.now_ms, interface, asked, caller)
        head = f"POST {interface.path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        request = Request("POST", f"https://sut{interface.path}", head, sent)
        heard = None if error else self.mind.understand(interface, body)
        view = {"request": question.as_view(), "answer": heard.sealed.as_view() if heard else None}
        told_keys = {"credentials": self.mind.judge_credentials(asked)} if interface is TOKEN_QUERY else {}
        answer = None if error else Answer(status, b"", body)
        self._exchange(CITY, interface, request, answer, error, "", told_keys, view)

    def credentials(self, **other: str) -> Content:
        """What the platform shows; with another operator or secret, what a stranger does."""
        return self.mind.credentials() | other

    def token_answer(self, token: str = "TOKEN-1", life_s: Any = 7200, **changes: Any) -> Content:
        """What a correct server answers to query_token."""
        told = {"SuccStat": 0, "AccessToken": token, "TokenAvailableTime": life_s, "FailReason": 0}
        return changed({"OperatorID": PLATFORM} | told, changes)

    def no_token(self, reason: int, **changes: Any) -> Content:
        """What it answers to wrong credentials."""
        return self.token_answer("", 0, SuccStat=1, FailReason=reason) | changes

    def gives_token(self, token: str = "TOKEN-1", life_s: Any = 7200, **changes: Any) -> None:
        """The platform asks for a token and gets it."""
        self.answers(TOKEN_QUERY, self.credentials(), self.token_answer(token, life_s, **changes))

    # Records

    def _exchange(
        self,
        actor: str,
        operation: str,
        request: Request,
        answer: Answer | None,
        error: WireError | None,
        injected: str,
        known_by: dict[str, str],
        view: dict[str, Any] | None,
    ) -> None:
        sent_ns = self.tick()
        self.write(
            Exchange(
                at_ms=self.now_ms,
                answered_at_ms=self.now_ms,
                intended_ns=sent_ns,
                sent_ns=sent_ns,
                duration_ns=self.tick() - sent_ns,
                wall_ns=sent_ns,
                protocol="beijing",
                actor=actor,
                peer=CITY if actor == SUT else SUT,
                operation=str(operation),
                request=request,
                answer=answer,
                error=error,
                injected=injected,
                keys=known_by,
                view=view,
            )
        )


def authorization(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Some fields otherwise, some left out."""
    return {name: value for name, value in {**fields, **changes}.items() if value is not LEFT_OUT}
