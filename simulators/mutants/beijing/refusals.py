"""Defects in what a server refuses, and by which Ret (CEC-ENV-d to CEC-ENV-n), and in where it calls (BJ-1.2-a)."""

from __future__ import annotations

import json
from typing import Any

from simulators.mutants.registry import mutant
from simulators.reference.city.client import PATH
from simulators.reference.city.parameters import (
    WRONG_CONTENT,
    WRONG_ENVELOPE,
    WRONG_SIG,
    WRONG_TOKEN,
    Illegal,
    Parameter,
)
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

SYSTEM_ERROR = 500
READS = (
    "query_stations_info",
    "query_station_status",
    "query_station_stats",
    "query_equip_auth",
    "query_equip_business_policy",
)
WITH_TOKEN = (*READS, "query_start_charge", "query_equip_charge_status", "query_stop_charge")
INTERFACES = ("query_token", *WITH_TOKEN)
BONUS_ORDER = "notification_charge_order_info_for_bonus"

# CEC-ENV-d: Sig


@mutant(breaks="CEC-ENV-d", case=INTERFACES, also={"CEC-ENV-l": "whoever looks at no Sig sees no tampering"})
class DoesNotVerifySigs(ReferenceServer):
    """Decrypts what comes and looks at no Sig, as whoever can encrypt is a friend."""

    def check_sig(self, envelope: Message) -> None:
        pass


@mutant(breaks="CEC-ENV-d", case=INTERFACES)
class CallsAWrongSigAWrongToken(ReferenceServer):
    """Answers 4002 for a wrong Sig: one filter does both, and has one answer."""

    def check_sig(self, envelope: Message) -> None:
        if not self.is_good_sig(envelope):
            raise Illegal(WRONG_TOKEN, "authentication failed")


@mutant(breaks="CEC-ENV-d", case="query_token")
class GivesTokensWithoutLookingAtSigs(ReferenceServer):
    """Looks at no Sig where a token is asked for: that handler was written first."""

    def checked_content(self, interface: str, request: HttpRequest) -> Message:
        if interface != "query_token":
            return super().checked_content(interface, request)
        return self.read_content(self.checked_envelope(request.body))


# CEC-ENV-e: tokens


@mutant(breaks="CEC-ENV-e", case=tuple(f"{interface}:missing" for interface in WITH_TOKEN))
class TakesCallsWithoutAToken(ReferenceServer):
    """Checks the token of whoever shows one, and lets in who shows none."""

    def check_token(self, authorization: str | None) -> None:
        if authorization is not None:
            super().check_token(authorization)


@mutant(breaks="CEC-ENV-e", case=tuple(f"{interface}:missing" for interface in WITH_TOKEN))
class CallsAMissingTokenIllegal(ReferenceServer):
    """Answers 4003 without Authorization, which is the other reading (BJ-X13)."""

    def check_token(self, authorization: str | None) -> None:
        if authorization is None:
            raise Illegal(WRONG_ENVELOPE, "no token")
        super().check_token(authorization)


@mutant(
    breaks="CEC-ENV-e",
    case=(*(f"{interface}:wrong" for interface in WITH_TOKEN), "expired"),
    also={"CEC-TOK-c": "an expired token is as good as any other"},
)
class TakesAnyToken(ReferenceServer):
    """Looks whether there is a token, and never which."""

    def is_good_token(self, token: str) -> bool:
        return bool(token)


# CEC-ENV-f: the envelope


def without(field: str) -> tuple[str, ...]:
    """The cases of every interface."""
    return tuple(f"{interface}.{field}" for interface in INTERFACES)


class _LooksIntoWhatIsMissing(ReferenceServer):
    """Looks into a field before it looks whether there is one."""

    lacking: str
    ret: int

    def check_envelope_field(self, name: str, value: Any) -> None:
        if name == self.lacking and value is None:
            raise Illegal(self.ret, f"no {name}")
        super().check_envelope_field(name, value)


@mutant(breaks="CEC-ENV-f", case=without("OperatorID"))
class FindsNoOperatorWithoutItsId(_LooksIntoWhatIsMissing):
    """Answers 4004 without OperatorID, as for an operator that it does not know."""

    lacking, ret = "OperatorID", WRONG_CONTENT


@mutant(breaks="CEC-ENV-f", case=without("Data"))
class DecryptsNothing(_LooksIntoWhatIsMissing):
    """Answers 4004 without Data, as for Data that it cannot read."""

    lacking, ret = "Data", WRONG_CONTENT


@mutant(breaks="CEC-ENV-f", case=without("TimeStamp"))
class FailsWithoutTimeStamp(_LooksIntoWhatIsMissing):
    """Answers 500 without TimeStamp: it joins what Sig covers, and one of it is not there."""

    lacking, ret = "TimeStamp", SYSTEM_ERROR


@mutant(breaks="CEC-ENV-f", case=without("Seq"))
class FailsWithoutSeq(_LooksIntoWhatIsMissing):
    """Answers 500 without Seq, for the same reason."""

    lacking, ret = "Seq", SYSTEM_ERROR


@mutant(breaks="CEC-ENV-f", case=without("Sig"))
class CallsNoSigAWrongSig(_LooksIntoWhatIsMissing):
    """Answers 4001 without Sig: none is no right one."""

    lacking, ret = "Sig", WRONG_SIG


@mutant(breaks="CEC-ENV-f", case=without("Seq"))
class TakesEnvelopesWithoutSeq(ReferenceServer):
    """Counts nothing, and misses no Seq."""

    def check_envelope_field(self, name: str, value: Any) -> None:
        if name != "Seq" or value is not None:
            super().check_envelope_field(name, value)

    def is_good_sig(self, envelope: Message) -> bool:
        return super().is_good_sig({"Seq": "", **envelope})


# CEC-ENV-g: business parameters

FIELDS = {
    "query_token": ("OperatorID", "OperatorSecret"),
    "query_stations_info": (),
    "query_station_status": ("StationIDs",),
    "query_station_stats": ("StationID", "StartTime", "EndTime"),
    "query_equip_auth": ("EquipAuthSeq", "ConnectorID"),
    "query_equip_business_policy": ("EquipBizSeq", "ConnectorID"),
    "query_start_charge": ("StartChargeSeq", "ConnectorID"),
    "query_equip_charge_status": ("StartChargeSeq",),
    "query_stop_charge": ("StartChargeSeq", "ConnectorID"),
}
OPTIONAL = {
    "query_stations_info": ("LastQueryTime", "PageNo", "PageSize"),
    "query_station_status": ("StationIDs[]",),
    "query_start_charge": ("QRCode",),
}
UNLIMITED = ("StationIDs", "StartTime", "EndTime", "LastQueryTime", "PageNo", "PageSize", "QRCode")
MISSING = tuple(f"{interface}.{field}" for interface, fields in FIELDS.items() for field in fields)
OF_ANY_KIND = (*MISSING, *(f"{interface}.{field}" for interface, fields in OPTIONAL.items() for field in fields))
TYPES = tuple(f"{field}:type" for field in OF_ANY_KIND)
LENGTHS = tuple(f"{field}:length" for field in OF_ANY_KIND if field.split(".")[1] not in UNLIMITED)


class _AnswersWrongParameters(ReferenceServer):
    """Answers parameters that are wrong in one way by another Ret."""

    wrong: str  # as the words of the refusal say it
    ret: int

    def checked_parameter(self, parameter: Parameter, given: Message) -> Any:
        try:
            return super().checked_parameter(parameter, given)
        except Illegal as illegal:
            if self.wrong not in illegal.words:
                raise
            raise Illegal(self.ret, illegal.words) from None


@mutant(breaks="CEC-ENV-g", case=MISSING)
class CallsAMissingParameterAWrongEnvelope(_AnswersWrongParameters):
    """Answers 4003 for a business parameter that is missing: something is missing, after all."""

    wrong, ret = "is missing", WRONG_ENVELOPE


@mutant(breaks="CEC-ENV-g", case=TYPES, also={"BJ-1.1.3-d": "a list that is too long is none, to its parser"})
class FailsOnParametersOfAWrongType(_AnswersWrongParameters):
    """Casts what it gets, and answers 500 when that cannot be cast."""

    wrong, ret = " is no ", SYSTEM_ERROR


@mutant(breaks="CEC-ENV-g", case=LENGTHS)
class FailsOnParametersThatAreTooLong(_AnswersWrongParameters):
    """Answers 500 for what is too long for its column."""

    wrong, ret = "is longer", SYSTEM_ERROR


class _DoesWithout(ReferenceServer):
    """Puts something in place of a parameter that it cannot use."""

    def checked_parameter(self, parameter: Parameter, given: Message) -> Any:
        try:
            return super().checked_parameter(parameter, given)
        except Illegal:
            return self.instead(parameter, given)

    def instead(self, parameter: Parameter, given: Message) -> Any:
        """What is used in its place; raises Illegal where there is nothing."""
        return super().checked_parameter(parameter, given)


@mutant(
    breaks="CEC-ENV-g",
    case=("query_stations_info.PageNo:type", "query_stations_info.PageSize:type"),
)
class CountsPagesFromWhateverComes(_DoesWithout):
    """Reads a page number with a function that gives 0 for text, and 0 means the first page."""

    def instead(self, parameter: Parameter, given: Message) -> Any:
        return None if parameter.name.startswith("Page") else super().instead(parameter, given)


@mutant(
    breaks="CEC-ENV-g",
    case=("query_equip_auth.EquipAuthSeq", "query_equip_business_policy.EquipBizSeq"),
)
class DoesWithoutSerials(_DoesWithout):
    """Takes questions without their serial, and returns an empty one: nobody has ever asked for it."""

    def instead(self, parameter: Parameter, given: Message) -> Any:
        serial = parameter.name in ("EquipAuthSeq", "EquipBizSeq") and given.get(parameter.name) is None
        return "" if serial else super().instead(parameter, given)


@mutant(
    breaks="CEC-ENV-g",
    case=("query_station_stats.StartTime", "query_station_stats.EndTime"),
)
class AddsUpTodayWhereNoDaysAreGiven(_DoesWithout):
    """Takes today for the days that are missing, as its own pages do."""

    def instead(self, parameter: Parameter, given: Message) -> Any:
        missing = parameter.name in ("StartTime", "EndTime") and given.get(parameter.name) is None
        return self.local_time(self.now_ms())[:10] if missing else super().instead(parameter, given)


@mutant(
    breaks="CEC-ENV-g",
    case=("query_equip_auth.ConnectorID:type", "query_start_charge.ConnectorID:type"),
)
class WritesConnectorsOfAnyKindAsText(_DoesWithout):
    """Writes whatever comes as ConnectorID as text, and finds no connector of that name."""

    def instead(self, parameter: Parameter, given: Message) -> Any:
        kind = parameter.name == "ConnectorID" and isinstance(given.get("ConnectorID"), dict)
        return "{}" if kind else super().instead(parameter, given)


# CEC-ENV-i to CEC-ENV-n


@mutant(breaks="CEC-ENV-i", case=("4001", "4002", "4003", "4004"))
class TellsErrorsByHttp(ReferenceServer):
    """Sends its errors with HTTP 400, Ret and all, as the house rules for REST want it."""

    def answer_city(self, interface: str, request: HttpRequest) -> HttpAnswer:
        answer = super().answer_city(interface, request)
        wrong = answer.status == 200 and json.loads(answer.body)["Ret"] != 0
        return HttpAnswer(400, answer.body) if wrong else answer


@mutant(breaks="CEC-ENV-i", case="malformed")
class FallsOverWhatIsNoJson(ReferenceServer):
    """Answers HTTP 500 for bytes that are no JSON: the parser stands outside of the handler."""

    def answer_city(self, interface: str, request: HttpRequest) -> HttpAnswer:
        try:
            json.loads(request.body)
        except ValueError:
            return HttpAnswer(SYSTEM_ERROR, b"Internal Server Error")
        return super().answer_city(interface, request)


@mutant(breaks="CEC-ENV-j", case="lower-case-sig")
class WantsSigsInUpperCase(ReferenceServer):
    """Compares Sig letter by letter."""

    def is_good_sig(self, envelope: Message) -> bool:
        return envelope["Sig"].isupper() and super().is_good_sig(envelope)


@mutant(breaks="CEC-ENV-j", case="repeated-seq")
class RefusesASeqThatItKnows(ReferenceServer):
    """Keeps TimeStamp and Seq of all calls, and takes a pair that it knows for a replay."""

    def check_sig(self, envelope: Message) -> None:
        super().check_sig(envelope)
        pair = envelope["TimeStamp"], envelope["Seq"]
        seen = self.city.__dict__.setdefault("seen_pairs", set())
        if pair in seen:
            raise Illegal(WRONG_ENVELOPE, "seen before")
        seen.add(pair)


@mutant(breaks="CEC-ENV-j", case="line-breaks")
class WantsBase64InOneLine(ReferenceServer):
    """Decodes Base64 strictly."""

    def read_content(self, envelope: Message) -> Message:
        if "\n" in envelope["Data"]:
            raise Illegal(WRONG_CONTENT, "Data is no Base64")
        return super().read_content(envelope)


@mutant(breaks="CEC-ENV-k", case="unique")
class NumbersEveryCallOne(ReferenceServer):
    """Sends Seq 0001 with whatever it calls, as an operator did for years."""

    def next_seq(self, stamp: str) -> str:
        return "0001"


@mutant(breaks="CEC-ENV-l", case="stale")
class TakesOldMessages(ReferenceServer):
    """Never looks at TimeStamp."""

    def check_time(self, envelope: Message) -> None:
        pass


@mutant(breaks="CEC-ENV-l", case="foreign-operator")
class TakesCallsOfAnyOperator(ReferenceServer):
    """Never looks at OperatorID, as it has but one platform."""

    def check_operator(self, envelope: Message) -> None:
        pass


@mutant(breaks="CEC-ENV-n", case=("undecryptable", "no-json", "no-object"))
class FailsOnDataThatItCannotRead(ReferenceServer):
    """Answers 500 when Data does not decrypt, or is no object: the exception goes up to the last handler."""

    def read_content(self, envelope: Message) -> Message:
        try:
            return super().read_content(envelope)
        except Illegal as illegal:
            raise Illegal(SYSTEM_ERROR, illegal.words) from None


# BJ-1.2-a: addresses


NO_BONUS_ORDER = dict.fromkeys(("BJ-1.1.14-a", "BJ-1.1.14-b"), "at that address nobody takes an order")


@mutant(breaks="BJ-1.2-a", case="address", also=NO_BONUS_ORDER)
class SendsOrdersToAnotherAddress(ReferenceServer):
    """Sends the orders for the operating bonus to /evcs/v1.0/, as the platform of another city has it."""

    def address(self, interface: str) -> str:
        address = super().address(interface)
        return address.replace(PATH, "/evcs/v1.0/") if interface == BONUS_ORDER else address


@mutant(breaks="BJ-1.2-a", case="interface", also=NO_BONUS_ORDER)
class ShortensAnAddress(ReferenceServer):
    """Sends the orders for the operating bonus to an interface whose name it remembers by half."""

    def address(self, interface: str) -> str:
        address = super().address(interface)
        return address.replace("_for_bonus", "_bonus") if interface == BONUS_ORDER else address
