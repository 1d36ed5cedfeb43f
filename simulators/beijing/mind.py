"""The mock municipal platform without any I/O: it takes pushes as the city would, gives out tokens, asks questions.

It verifies everything that reaches it and says what is wrong by the Ret codes (BJ-P2); what it is told to refuse, it
refuses as planned (BJ-P3). It judges nothing: the rules read the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from simulators.beijing.broken import Broken, Moment, broken_body
from simulators.beijing.content import is_valid, without_nulls
from simulators.beijing.dialect import Dialect
from simulators.beijing.envelope import (
    SeqCounter,
    open_answer,
    open_request,
    seal_answer,
    seal_request,
    time_stamp_at,
    wire_bytes,
)
from simulators.beijing.keys import AgreedKeys, KeySet
from simulators.beijing.messages import Content, Interface, Side
from simulators.beijing.opened import Fault, Kind, Noted, Opened, Step
from simulators.beijing.sealed import Sealed
from simulators.randomness import Stream
from simulators.world.city import CityContract, CityKeys

PATH = "/evcs/20160701/"
UNKNOWN_INTERFACE = "(unknown interface)"
DAY_S = 24 * 3600
LONGEST_LIFE_S = 7 * DAY_S
STALE_S = 6 * 3600  # how old a TimeStamp is that nobody shall take
TOKEN_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
TOKEN_CHARACTERS = 40


class Ret:
    """Return codes (cec102 1.5)."""

    BUSY = -1
    SUCCESS = 0
    SYSTEM_ERROR = 500
    WRONG_SIG = 4001
    WRONG_TOKEN = 4002
    WRONG_ENVELOPE = 4003
    WRONG_CONTENT = 4004


class Conduct(StrEnum):
    """What the platform does with a request once it has read it."""

    ANSWER = "answer"
    SILENT = "silent"  # never answers
    CUT = "cut"  # hangs up instead


class Refusal(StrEnum):
    """The ways in which a push can be refused by plan (BJ-P3)."""

    BUSY = "ret -1"
    SYSTEM_ERROR = "ret 500"
    WRONG_TOKEN = "ret 4002"
    HTTP_503 = "http 503"
    SILENT = "silent"
    CUT = "cut"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A refusal to come. ``about``: the connector or order whose push it waits for; any, where it names none."""

    how: Refusal
    about: str = ""


ENVELOPE_STEPS = (Step.JSON, Step.PRESENT, Step.FORM)
PLANNED_RET = {
    Refusal.BUSY: (Ret.BUSY, "系统繁忙"),
    Refusal.SYSTEM_ERROR: (Ret.SYSTEM_ERROR, "系统错误"),
    Refusal.WRONG_TOKEN: (Ret.WRONG_TOKEN, "Token错误"),
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it reached the platform; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform does about a request. ``answer`` and ``request`` are what the journal keeps of both sides."""

    operation: str
    status: int = 200
    body: bytes = b""
    conduct: Conduct = Conduct.ANSWER
    request: Sealed | None = None
    answer: Sealed | None = None
    injected: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """What an operator's answer says. ``content`` is canonical, None where nothing could be read."""

    sealed: Sealed
    content: Content | None

    @property
    def ret(self) -> int | None:
        return self.sealed.ret


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    ret: int
    msg: str


class PlatformMind:
    """The city. Its tokens and numbers come from ``stream``, its time from whoever calls."""

    def __init__(self, contract: CityContract, dialect: Dialect, stream: Stream) -> None:
        self.contract, self.dialect = contract, dialect
        self.keys = agreed_keys(contract)
        self.token_life_s = DAY_S
        self.statuses: dict[str, int] = {}  # ConnectorID -> as last pushed
        self.charges: dict[str, str] = {}  # StartChargeSeq -> ConnectorID, of every charge that was told
        self.orders: dict[str, Content] = {}  # StartChargeSeq -> the order as it was taken
        self._stream = stream
        self._token = ""
        self._token_until_ms = 0
        self._plans: dict[str, deque[_Plan]] = {}
        self._seq = SeqCounter()
        self._asked_last = ("", "")  # TimeStamp and Seq
        self._made_up: set[str] = set()  # ids that name nothing
        self.refused_all: bool | None = None  # whatever came so far; None before the first
        self._numbers = 0

    # Being asked

    def take(self, now_ms: int, arrived: Arrived) -> Reply:
        """What a request of the operator is answered with; the order of the checks is that of cec102 1.7."""
        reply = self._reply(now_ms, arrived)
        taken = reply.answer is not None and reply.answer.ret == Ret.SUCCESS
        if not reply.injected and not (taken and reply.operation == Interface.QUERY_TOKEN):  # a token is no news
            self.refused_all = not taken and self.refused_all is not False
        return reply

    def _reply(self, now_ms: int, arrived: Arrived) -> Reply:
        name = arrived.path.partition("?")[0].removeprefix(PATH)
        interface = Interface(name) if arrived.path.startswith(PATH) and name in TAKEN else None
        if interface is None:
            return Reply(UNKNOWN_INTERFACE, 404)
        if arrived.method != "POST":
            return Reply(interface.value, 405)
        opened = open_request(self.keys.platform, arrived.body)
        seen = Sealed.of(opened)
        keys = correlation(opened.content)
        plan = self._next_plan(interface, keys)
        if plan in (Refusal.SILENT, Refusal.CUT):
            return Reply(interface.value, 0, b"", Conduct(plan.value), seen, None, plan.value, keys)
        if plan is Refusal.HTTP_503:
            return Reply(interface.value, 503, b"", Conduct.ANSWER, seen, None, plan.value, keys)
        ret, msg, content = self._answered(now_ms, interface, arrived, opened, plan)
        answer = seal_answer(self.keys.platform, ret, msg, content)
        told = Sealed(kind=Kind.ANSWER, ret=ret, content=content)
        injected = plan.value if plan else ""
        return Reply(interface.value, 200, wire_bytes(answer), Conduct.ANSWER, seen, told, injected, keys)

    def refuse(self, interface: str, how: Refusal, times: int, about: str = "") -> None:
        """Plan to refuse the next pushes of an interface; with ``about``, of those naming that connector or order."""
        self._plans.setdefault(interface, deque()).extend([_Plan(how, about)] * times)

    def rest(self) -> None:
        """As it was at first, but for what it remembers: no plans, tokens of the usual life."""
        self.forgive()
        self.token_life_s = DAY_S

    def forgive(self) -> None:
        """Drop every plan that has not come about."""
        self._plans.clear()

    def forget_token(self) -> None:
        """The token that was given out holds no longer, as after a restart of the platform."""
        self._token_until_ms = 0

    def _next_plan(self, interface: Interface, keys: Mapping[str, str]) -> Refusal | None:
        waiting = self._plans.get(interface.value)
        if not waiting or waiting[0].about not in ("", *keys.values()):
            return None
        return waiting.popleft().how

    def _answered(
        self, now_ms: int, interface: Interface, arrived: Arrived, opened: Opened, plan: Refusal | None
    ) -> tuple[int, str, Content | None]:
        try:
            if plan in PLANNED_RET:
                raise _Refused(*PLANNED_RET[plan])
            content = self._checked(now_ms, interface, arrived, opened)
            answer = self._answers()[interface](now_ms, content)
            if plan is Refusal.DISPUTED and "ConfirmResult" in answer:
                answer["ConfirmResult"] = 1
            return Ret.SUCCESS, "", answer
        except _Refused as refused:
            return refused.ret, refused.msg, None

    def _checked(self, now_ms: int, interface: Interface, arrived: Arrived, opened: Opened) -> Content:
        """The canonical content of a request with which nothing is wrong."""
        if any(fault.step in ENVELOPE_STEPS and not _is_bad_sig(fault) for fault in opened.faults):
            raise _Refused(Ret.WRONG_ENVELOPE, "参数不合法")
        if opened.noted(Noted.FOREIGN_OPERATOR_ID):
            raise _Refused(Ret.WRONG_CONTENT, "OperatorID不存在")
        if interface is not Interface.QUERY_TOKEN and not self._holds(now_ms, arrived.headers.get("authorization", "")):
            raise _Refused(Ret.WRONG_TOKEN, "Token错误")
        if any(map(_is_bad_sig, opened.faults)):
            raise _Refused(Ret.WRONG_SIG, "签名错误")
        if opened.content is None:
            raise _Refused(Ret.WRONG_CONTENT, "Data无法解密")
        told = self.dialect.canonical(interface, Kind.REQUEST, opened.content)
        content = without_nulls(interface, Kind.REQUEST, told)
        if not is_valid(interface, Kind.REQUEST, content):
            raise _Refused(Ret.WRONG_CONTENT, "业务参数不合法")
        return content

    def _holds(self, now_ms: int, authorization: str) -> bool:
        return bool(self._token) and authorization == f"Bearer {self._token}" and now_ms < self._token_until_ms

    # What each interface answers

    def _answers(self) -> Mapping[Interface, Callable[[int, Content], Content]]:
        return {
            Interface.QUERY_TOKEN: self._give_token,
            Interface.NOTIFICATION_STATION_STATUS: self._take_status,
            Interface.NOTIFICATION_START_CHARGE_RESULT: self._take_result,
            Interface.NOTIFICATION_EQUIP_CHARGE_STATUS: self._take_charge_status,
            Interface.NOTIFICATION_STOP_CHARGE_RESULT: self._take_result,
            Interface.NOTIFICATION_CHARGE_ORDER_INFO: self._take_order,
            Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS: self._take_order,
            Interface.CHECK_CHARGE_ORDERS: self._reconcile,
        }

    def _give_token(self, now_ms: int, content: Content) -> Content:
        """5.1: SuccStat 1 for an operator or a secret that the platform does not know."""
        told = {"OperatorID": content["OperatorID"], "SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0}
        if content["OperatorID"] != self.contract.operator_id:
            return {**told, "FailReason": 1}
        if content["OperatorSecret"] != self.contract.platform_keys.operator_secret:
            return {**told, "FailReason": 2}
        self._token = "".join(self._stream.choices(TOKEN_LETTERS, k=TOKEN_CHARACTERS))
        self._token_until_ms = now_ms + self.token_life_s * 1000
        good = {"SuccStat": 0, "AccessToken": self._token, "TokenAvailableTime": self.token_life_s, "FailReason": 0}
        return {**told, **good}

    def _take_status(self, now_ms: int, content: Content) -> Content:
        told = content["ConnectorStatusInfo"]
        self.statuses[told["ConnectorID"]] = told["Status"]
        return {"Status": 0}

    def _take_charge_status(self, now_ms: int, content: Content) -> Content:
        self.charges.setdefault(content["StartChargeSeq"], content["ConnectorID"])
        return {"StartChargeSeq": content["StartChargeSeq"], "SuccStat": 0}

    def _take_result(self, now_ms: int, content: Content) -> Content:
        self.charges.setdefault(content["StartChargeSeq"], content["ConnectorID"])
        return {"StartChargeSeq": content["StartChargeSeq"], "SuccStat": 0, "FailReason": 0}

    def _take_order(self, now_ms: int, content: Content) -> Content:
        self.orders[content["StartChargeSeq"]] = content
        return {"StartChargeSeq": content["StartChargeSeq"], "ConnectorID": content["ConnectorID"], "ConfirmResult": 0}

    def _reconcile(self, now_ms: int, content: Content) -> Content:
        """5.16: orders that the platform never took, or took with other amounts, come back as disputed (BJ-P4)."""
        disputed = [
            entry | {"DisputeReason": why} for entry in content["ChargeOrders"] if (why := self._dispute(entry))
        ]
        echo = {name: content[name] for name in ("CheckOrderSeq", "StartTime", "EndTime")}
        return {
            **echo,
            "TotalDisputeOrder": len(disputed),
            "TotalDisputePower": round(sum(entry["TotalPower"] for entry in disputed), 2),
            "TotalDisputeMoney": round(sum(entry["TotalMoney"] for entry in disputed), 2),
            "DisputeOrders": disputed,
        }

    def _dispute(self, entry: Content) -> int:
        taken = self.orders.get(entry["StartChargeSeq"])
        if taken is None:
            return 1
        if taken["TotalMoney"] != entry["TotalMoney"]:
            return 2
        return 3 if taken["TotalPower"] != entry["TotalPower"] else 0

    # Asking

    def question(
        self, now_ms: int, interface: Interface, content: Content, operator_id: str = ""
    ) -> tuple[bytes, Sealed]:
        """The body of a query, and what the journal keeps of it. ``content`` is canonical."""
        wire = self.dialect.wire(interface, Kind.REQUEST, content)
        stamp, seq = self._next_stamp(now_ms)
        caller = operator_id or self.contract.platform_id
        envelope = seal_request(self.keys.operator, caller, wire, stamp, seq)
        return wire_bytes(envelope), Sealed(kind=Kind.REQUEST, content=wire)

    def broken_question(
        self, now_ms: int, interface: Interface, content: Content, broken: Broken, case: str
    ) -> tuple[bytes, Sealed]:
        """The body of a query whose envelope is not as it should be, and what was meant by it."""
        wire, before = self.dialect.wire(interface, Kind.REQUEST, content), self._asked_last
        stamp, seq = self._next_stamp(now_ms)
        stale = time_stamp_at(now_ms - STALE_S * 1000, self.contract.utc_offset_minutes)
        at = Moment(stamp, seq, before if all(before) else (stamp, seq), stale)
        return broken_body(self.keys.operator, wire, at, broken, case), Sealed(kind=Kind.REQUEST, content=wire)

    def _next_stamp(self, now_ms: int) -> tuple[str, str]:
        stamp = time_stamp_at(now_ms, self.contract.utc_offset_minutes)
        self._asked_last = stamp, self._seq.next(stamp)
        return self._asked_last

    def note_made_up(self, made_up: str) -> None:
        """An id that names nothing: questions that hold it are marked."""
        self._made_up.add(made_up)

    def made_up_in(self, content: Content) -> str:
        """The first of such ids that a question names; empty where it names none."""
        values = [each for value in content.values() for each in (value if isinstance(value, list) else [value])]
        return next((each for each in values if isinstance(each, str) and each in self._made_up), "")

    def understand(self, interface: Interface, body: bytes) -> Understood:
        """An operator's answer."""
        sealed = Sealed.of(open_answer(self.keys.operator, body))
        told = sealed.content
        return Understood(sealed, None if told is None else self.dialect.canonical(interface, Kind.ANSWER, told))

    def credentials(self) -> Content:
        """What the platform shows at the operator's query_token."""
        return {
            "OperatorID": self.contract.platform_id,
            "OperatorSecret": self.contract.operator_keys.operator_secret,
        }

    def judge_credentials(self, content: Content) -> str:
        """What is wrong with what somebody shows at the operator's query_token: "operator", "secret", or "right"."""
        good = self.credentials()
        if content.get("OperatorID") != good["OperatorID"]:
            return "operator"
        return "right" if content.get("OperatorSecret") == good["OperatorSecret"] else "secret"

    def next_number(self, now_ms: int) -> str:
        """A number of the platform's own, for an order or a question: its OperatorID and 18 more digits (4.1)."""
        self._numbers += 1
        stamp = time_stamp_at(now_ms, self.contract.utc_offset_minutes)
        return f"{self.contract.platform_id}{stamp}{self._numbers % 10_000:04}"


def _is_bad_sig(fault: Fault) -> bool:
    """A Sig that is there and does not verify, whatever it looks like."""
    return fault.step is Step.SIG or (fault.step is Step.FORM and fault.field == "Sig")


TAKEN = frozenset(str(each) for each in Interface if Side.OPERATOR in each.callers)


def agreed_keys(contract: CityContract) -> AgreedKeys:
    """The contract's keys as the envelope wants them; raises ValueError for keys of a wrong form."""
    return AgreedKeys(
        platform=_key_set(contract.operator_id, contract.platform_keys),
        operator=_key_set(contract.platform_id, contract.operator_keys),
    )


def _key_set(caller: str, keys: CityKeys) -> KeySet:
    return KeySet(
        operator_id=caller,
        operator_secret=keys.operator_secret,
        data_secret=keys.data_secret,
        data_secret_iv=keys.data_secret_iv,
        sig_secret=keys.sig_secret,
    )


def correlation(content: Any) -> dict[str, str]:
    """By what an exchange is found: the order and the connector that it names."""
    if not isinstance(content, dict):
        return {}
    told = content.get("ConnectorStatusInfo")
    told = told[0] if isinstance(told, list) and told else told
    within = told if isinstance(told, dict) else content
    names = {"order": within.get("StartChargeSeq"), "socket": within.get("ConnectorID")}
    return {key: value for key, value in names.items() if isinstance(value, str)}
