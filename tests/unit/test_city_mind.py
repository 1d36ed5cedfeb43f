"""The mock municipal platform: what it takes, what it refuses and why, what it gives out (BJ-P2 to BJ-P4, BJ-P6)."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.envelope import open_answer, open_request, seal_answer, seal_request, wire_bytes
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Arrived, Conduct, PlatformMind, Refusal, Reply
from simulators.randomness import Randomness
from tests.unit.city_journals import CHARGE_STATUS, LEFT, NUMBER, OPERATOR, ORDER, PLATFORM
from tests.unit.journals import LEFT_OUT, NOON_MS
from tests.unit.sealed_journals import CONTRACT, DAY_S, RIGHT_CREDENTIALS, changed, status_content

STATUS, QUERY_TOKEN, CHECK = (
    Interface.NOTIFICATION_STATION_STATUS,
    Interface.QUERY_TOKEN,
    Interface.CHECK_CHARGE_ORDERS,
)
STAMP = "20150302120000"


class Operator:
    """Somebody who calls the platform, rightly but for what is told otherwise."""

    def __init__(self, **readings: str) -> None:
        self.mind = PlatformMind(CONTRACT, Dialect(Readings.parse(readings)), Randomness(1).stream("city"))
        self.now_ms = NOON_MS
        self.token = ""

    def calls(
        self, interface: Interface, content: Content | bytes | None, authorization: Any = None, **envelope: Any
    ) -> Reply:
        sealed = seal_request(self.mind.keys.platform, OPERATOR, content, STAMP, "0001")
        return self.sends(interface.path, wire_bytes(changed(sealed, envelope)), authorization)

    def sends(self, path: str, body: bytes, authorization: Any = None, method: str = "POST") -> Reply:
        shown = f"Bearer {self.token}" if authorization is None else authorization
        headers = {} if shown is LEFT_OUT else {"authorization": shown}
        return self.mind.take(self.now_ms, Arrived(method, path, headers, body))

    def fetches_token(self) -> Content:
        content = content_of(self.calls(QUERY_TOKEN, RIGHT_CREDENTIALS, LEFT_OUT))
        self.token = content["AccessToken"]
        return content

    def fetched(self) -> Operator:
        self.fetches_token()
        return self

    def heard(self, reply: Reply) -> Content:
        """What the operator reads in the bytes of an answer."""
        opened = open_answer(self.mind.keys.platform, reply.body)
        assert opened.ok
        assert opened.content is not None
        return opened.content


def ret_of(reply: Reply) -> int:
    """What the bytes say, as the journal keeps it."""
    opened = open_answer(Operator().mind.keys.platform, reply.body)
    assert reply.answer is not None
    assert opened.ok
    assert opened.ret == reply.answer.ret
    assert opened.ret is not None
    return opened.ret


def content_of(reply: Reply) -> Content:
    assert reply.answer is not None
    assert reply.answer.content is not None
    return reply.answer.content


# Envelopes (BJ-P2)


def test_a_right_call_is_taken() -> None:
    """Ret 0, sealed with the keys that the platform issued."""
    operator = Operator().fetched()
    reply = operator.calls(STATUS, status_content())
    assert ret_of(reply) == 0
    assert operator.heard(reply) == {"Status": 0}
    assert operator.mind.statuses == {LEFT.id: 1}


@pytest.mark.parametrize("name", ["OperatorID", "Data", "TimeStamp", "Seq", "Sig"])
def test_a_missing_field_is_answered_4003(name: str) -> None:
    """One check a field (1.5), before token and Sig (1.7)."""
    without: dict[str, Any] = {name: LEFT_OUT}
    assert ret_of(Operator().calls(STATUS, status_content(), LEFT_OUT, **without)) == 4003


@pytest.mark.parametrize(
    ("name", "value"),
    [("OperatorID", "SHORT"), ("Data", 1), ("TimeStamp", "2025-03-02 12:00:00"), ("Seq", 1), ("Seq", "1")],
)
def test_a_malformed_field_is_answered_4003(name: str, value: Any) -> None:
    """It is as good as missing."""
    malformed: dict[str, Any] = {name: value}
    assert ret_of(Operator().fetched().calls(STATUS, status_content(), **malformed)) == 4003


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"\xff", b'{"Data": "'])
def test_bytes_that_are_no_object_are_answered_4003(body: bytes) -> None:
    """Nothing of the envelope is there."""
    assert ret_of(Operator().fetched().sends(STATUS.path, body)) == 4003


def test_another_operator_is_answered_4004() -> None:
    """Unknown OperatorID (1.5), before its token is looked at."""
    assert ret_of(Operator().calls(STATUS, status_content(), LEFT_OUT, OperatorID="MA0TEST02")) == 4004


@pytest.mark.parametrize("authorization", [LEFT_OUT, "", "Bearer ", "Bearer WRONG", "Basic WRONG"])
def test_a_wrong_token_is_answered_4002(authorization: Any) -> None:
    """Missing, empty, wrong, of another scheme."""
    assert ret_of(Operator().fetched().calls(STATUS, status_content(), authorization)) == 4002


def test_the_right_token_needs_its_bearer() -> None:
    """``Bearer``, one space, the token (1.2)."""
    operator = Operator().fetched()
    assert ret_of(operator.calls(STATUS, status_content(), operator.token)) == 4002
    assert ret_of(operator.calls(STATUS, status_content(), f"bearer {operator.token}")) == 4002


def test_the_token_is_looked_at_before_the_sig() -> None:
    """1.7."""
    assert ret_of(Operator().calls(STATUS, status_content(), "Bearer WRONG", Sig="0" * 32)) == 4002


@pytest.mark.parametrize("sig", ["0" * 32, "0" * 31, "no hexadecimal", ""])
def test_a_wrong_sig_is_answered_4001(sig: str) -> None:
    """Whatever it looks like, it is there, and it does not verify."""
    assert ret_of(Operator().fetched().calls(STATUS, status_content(), Sig=sig)) == 4001


def test_a_sig_in_lower_case_is_taken() -> None:
    """What the document wants of writers is no reason to refuse (2.3)."""
    operator = Operator().fetched()
    sealed = seal_request(operator.mind.keys.platform, OPERATOR, status_content(), STAMP, "0001")
    assert ret_of(operator.calls(STATUS, status_content(), Sig=sealed["Sig"].lower())) == 0


@pytest.mark.parametrize("content", [b"[]", b"nonsense", b"\xff", None])
def test_data_that_holds_no_object_is_answered_4004(content: bytes | None) -> None:
    """The envelope is right, what is in it is not."""
    assert ret_of(Operator().fetched().calls(STATUS, content)) == 4004


def test_data_of_the_other_set_of_keys_is_answered_4001() -> None:
    """The called side's keys serve an exchange (2.1)."""
    operator = Operator().fetched()
    sealed = seal_request(operator.mind.keys.operator, OPERATOR, status_content(), STAMP, "0001")
    assert ret_of(operator.sends(STATUS.path, wire_bytes(sealed))) == 4001


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"ConnectorStatusInfo": {"ConnectorID": LEFT.id}},
        {"ConnectorStatusInfo": {"ConnectorID": LEFT.id, "Status": "1"}},
        {"ConnectorStatusInfo": {"ConnectorID": "1" * 27, "Status": 1}},
        {"ConnectorStatusInfo": {"ConnectorID": LEFT.id, "Status": 7}},
        {"ConnectorStatusInfo": [{"ConnectorID": LEFT.id, "Status": 1}]},
    ],
)
def test_a_content_beside_its_table_is_answered_4004(content: Content) -> None:
    """Missing, of a wrong type, too long, outside the enumeration, in the other reading; and nothing is taken."""
    operator = Operator().fetched()
    assert ret_of(operator.calls(STATUS, content)) == 4004
    assert operator.mind.statuses == {}


def test_null_in_an_optional_field_is_no_field() -> None:
    """Readers accept omission and null alike (4.2): it is taken as if it were not there."""
    operator = Operator().fetched()
    told = {"ConnectorID": LEFT.id, "Status": 1}
    assert ret_of(operator.calls(STATUS, {"ConnectorStatusInfo": told | {"LockStatus": None}})) == 0
    assert ret_of(operator.calls(ORDER, an_order(SumPeriod=None, ChargeDetails=None))) == 0
    assert operator.mind.orders == {NUMBER: an_order()}


def test_null_in_a_mandatory_field_is_answered_4004() -> None:
    """At any depth: a field that must be there is not."""
    operator = Operator().fetched()
    assert ret_of(operator.calls(STATUS, {"ConnectorStatusInfo": None})) == 4004
    assert ret_of(operator.calls(STATUS, {"ConnectorStatusInfo": {"ConnectorID": LEFT.id, "Status": None}})) == 4004
    assert ret_of(operator.calls(CHARGE_STATUS, a_charge(Soc=None))) == 4004
    assert (operator.mind.statuses, operator.mind.charges) == ({}, {})


def test_the_other_reading_is_taken_where_it_was_chosen() -> None:
    """BJ-X6."""
    operator = Operator(**{"BJ-X6": "array"}).fetched()
    listed = {"ConnectorStatusInfo": [{"ConnectorID": LEFT.id, "Status": 3}]}
    assert ret_of(operator.calls(STATUS, listed)) == 0
    assert operator.mind.statuses == {LEFT.id: 3}


# Addresses (BJ-P6)


@pytest.mark.parametrize(
    "path",
    [
        "/evcs/20160701/notification_stationstatus",
        "/evcs/20160701/query_stations_info",
        "/evcs/v20160701/notification_stationStatus",
        "/notification_stationStatus",
        "/evcs/20160701/",
    ],
)
def test_other_addresses_are_not_there(path: str) -> None:
    """Names are case-sensitive; what the platform only asks for itself it does not serve."""
    assert Operator().fetched().sends(path, b"{}").status == 404


def test_a_query_string_is_passed_over() -> None:
    """It is no part of the name."""
    assert Operator().fetched().sends(f"{STATUS.path}?debug=1", b"{}").status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(method: str) -> None:
    """POST (1.2)."""
    assert Operator().fetched().sends(STATUS.path, b"", method=method).status == 405


# Tokens (5.1)


def test_right_credentials_get_a_token() -> None:
    """A day of it, and the caller's id back."""
    told = Operator().fetches_token()
    assert len(told.pop("AccessToken")) == 40
    assert told == {"OperatorID": OPERATOR, "SuccStat": 0, "TokenAvailableTime": DAY_S, "FailReason": 0}


@pytest.mark.parametrize(
    ("credentials", "reason"), [({"OperatorID": "MA0TEST02"}, 1), ({"OperatorSecret": "A" * 15 + "B"}, 2)]
)
def test_wrong_credentials_get_none(credentials: dict[str, str], reason: int) -> None:
    """And what was given before holds on."""
    operator = Operator().fetched()
    reply = operator.calls(QUERY_TOKEN, RIGHT_CREDENTIALS | credentials, LEFT_OUT)
    told = content_of(reply)
    assert (told["SuccStat"], told["FailReason"], told["AccessToken"]) == (1, reason, "")
    assert ret_of(operator.calls(STATUS, status_content())) == 0


def test_a_newer_token_replaces_the_older() -> None:
    """At once."""
    operator = Operator().fetched()
    older = operator.token
    operator.fetches_token()
    assert ret_of(operator.calls(STATUS, status_content(), f"Bearer {older}")) == 4002
    assert ret_of(operator.calls(STATUS, status_content())) == 0


def test_a_token_expires_when_it_was_said() -> None:
    """To the second."""
    operator = Operator()
    operator.mind.token_life_s = 60
    assert operator.fetches_token()["TokenAvailableTime"] == 60
    operator.now_ms += 59_999
    assert ret_of(operator.calls(STATUS, status_content())) == 0
    operator.now_ms += 1
    assert ret_of(operator.calls(STATUS, status_content())) == 4002


def test_a_forgotten_token_holds_no_longer() -> None:
    """Until a new one is fetched."""
    operator = Operator().fetched()
    operator.mind.forget_token()
    assert ret_of(operator.calls(STATUS, status_content())) == 4002
    assert ret_of(operator.fetched().calls(STATUS, status_content())) == 0


def test_there_is_no_token_before_one_was_given() -> None:
    """An empty one is none."""
    assert ret_of(Operator().calls(STATUS, status_content(), "Bearer ")) == 4002


# Plans (BJ-P3)


@pytest.mark.parametrize(("how", "ret"), [(Refusal.BUSY, -1), (Refusal.SYSTEM_ERROR, 500), (Refusal.WRONG_TOKEN, 4002)])
def test_a_push_can_be_refused_by_ret(how: Refusal, ret: int) -> None:
    """As often as planned, and not taken meanwhile."""
    operator = Operator().fetched()
    operator.mind.refuse(STATUS.value, how, 2)
    refused = [operator.calls(STATUS, status_content()) for _ in range(2)]
    assert [ret_of(reply) for reply in refused] == [ret, ret]
    assert {reply.injected for reply in refused} == {how.value}
    assert operator.mind.statuses == {}
    taken = operator.calls(STATUS, status_content())
    assert (ret_of(taken), taken.injected) == (0, "")


@pytest.mark.parametrize(
    ("how", "status", "conduct"),
    [
        (Refusal.HTTP_503, 503, Conduct.ANSWER),
        (Refusal.SILENT, 0, Conduct.SILENT),
        (Refusal.CUT, 0, Conduct.CUT),
    ],
)
def test_a_push_can_be_refused_below_the_envelope(how: Refusal, status: int, conduct: Conduct) -> None:
    """What it said is kept all the same, and not taken."""
    operator = Operator().fetched()
    operator.mind.refuse(STATUS.value, how, 1)
    reply = operator.calls(STATUS, status_content())
    assert (reply.status, reply.conduct, reply.injected, reply.body) == (status, conduct, how.value, b"")
    assert reply.request is not None
    assert reply.request.content == status_content()
    assert operator.mind.statuses == {}


def test_an_order_can_be_disputed() -> None:
    """Ret 0 and ConfirmResult 1; the platform has it all the same (BJ-X18)."""
    operator = Operator().fetched()
    operator.mind.refuse(ORDER.value, Refusal.DISPUTED, 1)
    disputed = operator.calls(ORDER, an_order())
    assert (ret_of(disputed), content_of(disputed)["ConfirmResult"]) == (0, 1)
    assert content_of(operator.calls(ORDER, an_order()))["ConfirmResult"] == 0


def test_plans_are_for_one_interface_and_can_be_dropped() -> None:
    """``rest`` drops them, and lets tokens live their usual time."""
    operator = Operator().fetched()
    operator.mind.refuse(CHARGE_STATUS.value, Refusal.BUSY, 5)
    operator.mind.token_life_s = 1
    assert ret_of(operator.calls(STATUS, status_content())) == 0
    operator.mind.rest()
    assert ret_of(operator.calls(CHARGE_STATUS, a_charge())) == 0
    assert operator.fetches_token()["TokenAvailableTime"] == DAY_S


# What is taken


def a_charge(**changes: Any) -> Content:
    return {
        "StartChargeSeq": NUMBER,
        "StartChargeSeqStat": 2,
        "ConnectorID": LEFT.id,
        "ConnectorStatus": 3,
        "CurrentA": 31.5,
        "VoltageA": 220.1,
        "Soc": 0,
        "StartTime": "2025-03-02 12:00:00",
        "EndTime": "2025-03-02 12:10:00",
        "ChargeModel": 2,
        "TotalPower": 0.5,
    } | changes


def an_order(number: str = NUMBER, **changes: Any) -> Content:
    return {
        "StartChargeSeq": number,
        "ConnectorID": LEFT.id,
        "StartTime": "2025-03-02 12:00:00",
        "EndTime": "2025-03-02 12:30:00",
        "ChargeModel": 2,
        "TotalPower": 1.0,
        "TotalMoney": 1.5,
        "UserName": "U-1",
        "StationID": LEFT.station,
        "EquipmentID": LEFT.equipment,
        "ConnectorPower": 7.0,
        "ChargeLast": 1800,
        "MeterValueStart": 123.45,
        "MeterValueEnd": 124.45,
        "StopReason": 0,
    } | changes


def test_a_charge_is_known_from_its_first_state_on() -> None:
    """By the operator's number, which is echoed; oldest first."""
    operator = Operator().fetched()
    reply = operator.calls(CHARGE_STATUS, a_charge())
    assert content_of(reply) == {"StartChargeSeq": NUMBER, "SuccStat": 0}
    assert operator.mind.charges == {NUMBER: LEFT.id}
    assert dict(reply.keys) == {"order": NUMBER, "socket": LEFT.id}


def test_an_order_is_confirmed_by_its_number() -> None:
    """The latest of a number is the one that counts."""
    operator = Operator().fetched()
    for money in (1.5, 2.5):
        reply = operator.calls(ORDER, an_order(TotalMoney=money))
        assert content_of(reply) == {"StartChargeSeq": NUMBER, "ConnectorID": LEFT.id, "ConfirmResult": 0}
    assert operator.mind.orders[NUMBER]["TotalMoney"] == 2.5


def test_a_reconciliation_comes_back_with_what_is_disputed() -> None:
    """Not known (1), another amount (2), another energy (3); what agrees is not told (BJ-P4, 5.16)."""
    operator = Operator().fetched()
    numbers = [f"{OPERATOR}20250302120000000{number}" for number in range(4)]
    for number in numbers[:3]:
        operator.calls(ORDER, an_order(number))
    entries = [
        {"StartChargeSeq": numbers[0], "TotalPower": 1.0, "TotalMoney": 1.5},
        {"StartChargeSeq": numbers[1], "TotalPower": 1.0, "TotalMoney": 1.51},
        {"StartChargeSeq": numbers[2], "TotalPower": 1.01, "TotalMoney": 1.5},
        {"StartChargeSeq": numbers[3], "TotalPower": 1.0, "TotalMoney": 1.5},
    ]
    day = {
        "CheckOrderSeq": NUMBER,
        "StartTime": "2025-03-02 00:00:00",
        "EndTime": "2025-03-02 23:59:59",
        "OrderCount": 4,
        "TotalOrderPower": 4.01,
        "TotalOrderMoney": 6.01,
        "ChargeOrders": entries,
    }
    told = content_of(operator.calls(CHECK, day))
    disputed = {entry["StartChargeSeq"]: entry["DisputeReason"] for entry in told["DisputeOrders"]}
    assert disputed == {numbers[1]: 2, numbers[2]: 3, numbers[3]: 1}
    assert told["TotalDisputeOrder"] == 3
    assert told["TotalDisputePower"] == 3.01
    assert told["TotalDisputeMoney"] == 4.51
    assert {name: told[name] for name in ("CheckOrderSeq", "StartTime", "EndTime")} == {
        name: day[name] for name in ("CheckOrderSeq", "StartTime", "EndTime")
    }


# What it asks


def test_a_question_is_sealed_with_the_operators_keys() -> None:
    """The called side's set; Seq counts within the second, TimeStamp is local (BJ-X20)."""
    mind = Operator().mind
    for seq in ("0001", "0002"):
        body, kept = mind.question(NOON_MS, QUERY_TOKEN, mind.credentials())
        opened = open_request(mind.keys.operator, body)
        assert opened.ok
        assert opened.content == kept.content == mind.credentials()
        assert opened.text("OperatorID") == PLATFORM
        assert opened.text("TimeStamp") == STAMP
        assert opened.text("Seq") == seq


def test_an_answer_is_understood_in_the_schemas_form() -> None:
    """The start method by another name (BJ-X5)."""
    mind = Operator(**{"BJ-X5": "StartMode"}).mind
    content = {name: value for name, value in a_charge().items() if name != "ChargeModel"} | {"StartMode": 2}
    heard = mind.understand(
        Interface.QUERY_EQUIP_CHARGE_STATUS, wire_bytes(seal_answer(mind.keys.operator, 0, "", content))
    )
    assert heard.ret == 0
    assert heard.content == a_charge()
    assert heard.sealed.content == content


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ({}, "right"),
        ({"OperatorID": OPERATOR}, "operator"),
        ({"OperatorSecret": "C" * 16}, "secret"),
        ({"OperatorID": OPERATOR, "OperatorSecret": "C" * 16}, "operator"),
    ],
)
def test_it_knows_what_is_wrong_with_credentials(shown: dict[str, str], wrong: str) -> None:
    """The name comes first."""
    mind = Operator().mind
    assert mind.judge_credentials(mind.credentials() | shown) == wrong


def test_numbers_are_its_own_and_unique() -> None:
    """OperatorID and 18 digits (4.1)."""
    mind = Operator().mind
    numbers = [mind.next_number(NOON_MS) for _ in range(20)]
    assert len(set(numbers)) == 20
    assert {len(number) for number in numbers} == {27}
    assert all(number.startswith(PLATFORM) for number in numbers)
