"""What the platform asks: the order of the checks (cec102 1.7), the token that it is given (5.1), the handlers."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from simulators.reference.city.client import TAKEN
from simulators.reference.city.figures import moment_of
from simulators.reference.city.known import Session, Token
from simulators.reference.city.parameters import (
    CONNECTOR_ID,
    START_CHARGE_SEQ,
    WRONG_CONTENT,
    WRONG_ENVELOPE,
    WRONG_SIG,
    WRONG_TOKEN,
    Count,
    Day,
    Ids,
    Illegal,
    Parameter,
)
from simulators.reference.city.remote import Remote
from simulators.reference.city.sealing import SIGNED, decrypted, signed
from simulators.reference.city.statistics import Statistics
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.state import Message

QUERY_TOKEN = "query_token"
UNKNOWN_OPERATOR, WRONG_SECRET = 1, 2  # FailReason of query_token
UNREADABLE = (ValueError, msgspec.DecodeError, RecursionError)  # no Base64, no padding, no UTF-8, no JSON
ENVELOPE = {
    "OperatorID": re.compile(r".+"),
    "Data": re.compile(r"(?s).*"),
    "TimeStamp": re.compile(r"\d{14}"),
    "Seq": re.compile(r"\d{4}"),
    "Sig": re.compile(r".+"),
}


class Query(NamedTuple):
    """One interface: its request table, and what answers it."""

    parameters: tuple[Parameter, ...]
    answer: Callable[[Message], Message]


class Queries(Remote, Statistics):
    """The interfaces that the operator implements."""

    token_life_s = 2 * 3600
    token_characters = 40
    stale_after_s = 600  # a TimeStamp further off than this belongs to an old message

    def queries(self) -> Mapping[str, Query]:
        """By the names that their addresses end in, in the order of cec102 5."""
        return {
            QUERY_TOKEN: Query((Parameter("OperatorID", 9), Parameter("OperatorSecret", 64)), self.query_token),
            "query_stations_info": Query(
                (
                    Parameter("LastQueryTime", 19, mandatory=False),
                    Count("PageNo", mandatory=False),
                    Count("PageSize", mandatory=False),
                ),
                self.query_stations_info,
            ),
            "query_station_status": Query((Ids("StationIDs", 20),), self.query_station_status),
            "query_station_stats": Query(
                (Parameter("StationID", 20), Day("StartTime"), Day("EndTime")), self.query_station_stats
            ),
            "query_equip_auth": Query((Parameter("EquipAuthSeq", 27, exact=True), CONNECTOR_ID), self.query_equip_auth),
            "query_equip_business_policy": Query(
                (Parameter("EquipBizSeq", 27, exact=True), CONNECTOR_ID), self.query_equip_business_policy
            ),
            "query_start_charge": Query(
                (START_CHARGE_SEQ, CONNECTOR_ID, Parameter("QRCode", mandatory=False)), self.query_start_charge
            ),
            "query_equip_charge_status": Query((START_CHARGE_SEQ,), self.query_equip_charge_status),
            "query_stop_charge": Query((START_CHARGE_SEQ, CONNECTOR_ID), self.query_stop_charge),
        }

    # From HTTP to a content and back

    def answer_city(self, interface: str, request: HttpRequest) -> HttpAnswer:
        query = self.queries().get(interface)
        if query is None:
            return self.refusal(404, "no such interface")
        if request.method != "POST":
            return self.refusal(405, "POST only")
        if request.too_large:
            return self.refusal(413, "too large")
        return HttpAnswer(200, self.answer_query(interface, query, request))

    def answer_query(self, interface: str, query: Query, request: HttpRequest) -> bytes:
        """Protocol errors travel with HTTP 200, the error is in Ret (1.2)."""
        try:
            given = self.checked_content(interface, request)
            return self.sealed_answer(TAKEN, "", query.answer(self.checked_parameters(query, given)))
        except Illegal as illegal:
            return self.sealed_answer(illegal.ret, illegal.words, None)

    # The checks, in their order (1.7)

    def checked_content(self, interface: str, request: HttpRequest) -> Message:
        envelope = self.checked_envelope(request.body)
        self.check_operator(envelope)
        if interface != QUERY_TOKEN:
            self.check_token(request.headers.get("authorization"))
        self.check_sig(envelope)
        self.check_time(envelope)
        return self.read_content(envelope)

    def checked_envelope(self, body: bytes) -> Message:
        try:
            envelope = msgspec.json.decode(body, type=dict[str, Any])
        except UNREADABLE:
            raise Illegal(WRONG_ENVELOPE, "no JSON object") from None
        for name in ENVELOPE:
            self.check_envelope_field(name, envelope.get(name))
        return envelope

    def check_envelope_field(self, name: str, value: Any) -> None:
        if not isinstance(value, str) or not ENVELOPE[name].fullmatch(value):
            raise Illegal(WRONG_ENVELOPE, f"{name} is missing or malformed")

    def check_operator(self, envelope: Message) -> None:
        if envelope["OperatorID"] != self.contract.platform_id:
            raise Illegal(WRONG_CONTENT, "unknown OperatorID")

    def check_token(self, authorization: str | None) -> None:
        """A missing header counts as a wrong token, in one reading (BJ-X13)."""
        if authorization is None:
            raise Illegal(int(self.setting.reading("BJ-X13")), "no token")
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not self.is_good_token(token):
            raise Illegal(WRONG_TOKEN, "wrong token")

    def is_good_token(self, token: str) -> bool:
        """Only the newest holds, until it expires (5.1)."""
        given = self.city.given_token
        return given is not None and token == given.text and not self.has_expired(given)

    def has_expired(self, token: Token) -> bool:
        return self.now_ms() >= token.until_ms

    def check_sig(self, envelope: Message) -> None:
        if not self.is_good_sig(envelope):
            raise Illegal(WRONG_SIG, "wrong Sig")

    def is_good_sig(self, envelope: Message) -> bool:
        """Over what was sent, in upper or lower case (2.3)."""
        wanted = signed(self.contract.operator_keys, *(envelope[name] for name in SIGNED))
        return hmac.compare_digest(wanted.encode(), envelope["Sig"].upper().encode())

    def check_time(self, envelope: Message) -> None:
        """Whoever repeats an old message has its Sig, too."""
        try:
            sent_ms = moment_of(envelope["TimeStamp"], self.contract.utc_offset_minutes)
        except ValueError:
            raise Illegal(WRONG_ENVELOPE, "TimeStamp is no time") from None
        if abs(self.now_ms() - sent_ms) > self.stale_after_s * 1000:
            raise Illegal(WRONG_ENVELOPE, "TimeStamp is stale")

    def read_content(self, envelope: Message) -> Message:
        try:
            plain = decrypted(envelope["Data"], self.contract.operator_keys)
            return msgspec.json.decode(plain, type=dict[str, Any])
        except UNREADABLE:
            raise Illegal(WRONG_CONTENT, "Data cannot be read") from None

    def checked_parameters(self, query: Query, given: Message) -> Message:
        return {parameter.name: self.checked_parameter(parameter, given) for parameter in query.parameters}

    def checked_parameter(self, parameter: Parameter, given: Message) -> Any:
        return parameter.read(given)

    # query_token (5.1)

    def query_token(self, asked: Message) -> Message:
        reason = self.token_fail_reason(asked["OperatorID"], asked["OperatorSecret"])
        told = {"OperatorID": asked["OperatorID"], "SuccStat": 0, "FailReason": reason}
        if reason:
            return told | {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0}
        token = self.new_token()
        return told | {"AccessToken": token.text, "TokenAvailableTime": self.token_life_s}

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        if operator_id != self.contract.platform_id:
            return UNKNOWN_OPERATOR
        return 0 if secret == self.contract.operator_keys.operator_secret else WRONG_SECRET

    def new_token(self) -> Token:
        """A token in place of the one before."""
        token = Token(self.drawn_token(), self.now_ms() + self.token_life_s * 1000)
        self.city.given_token = token
        return token

    def drawn_token(self) -> str:
        stream = self.city.chance.stream(f"token {self.counted_up('token')}")
        bits = stream.getrandbits(4 * self.token_characters)
        return f"{bits:0{self.token_characters}X}"

    # query_equip_charge_status (5.10)

    def query_equip_charge_status(self, asked: Message) -> Message:
        return self.charge_status(self.asked_session(asked["StartChargeSeq"]))

    def asked_session(self, seq: str) -> Session:
        """The charge of that number; this answer has no SuccStat, so an unknown one is 4004 (1.5)."""
        if seq not in self.city.sessions:
            raise Illegal(WRONG_CONTENT, "unknown StartChargeSeq")
        return self.city.sessions[seq]
