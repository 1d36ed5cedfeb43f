"""One small run with the city in it that a report tells: a charge, its pushes, an order refused until it is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.finding import Finding
from conformance.recorded import RunResult
from conformance.requirements.ledger import ledger
from conformance.timings import Timings
from conformance.verdict import CaseCount, Status, Verdict
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Fault, Kind, Noted, Observation, Step
from simulators.beijing.peer import CITY, SUT
from simulators.beijing.sealed import Sealed
from simulators.journal.personal import Personal
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, WireError
from tests.unit.html_run import BOX, NOON_MS, Say, plainly
from tests.unit.html_run import result as plain_result

SOCKET = "11010500000000000000001001"  # of CB-0001 in targets/reference.toml
NUMBER = "MA0TEST01202503020000000001"
TOKEN, SECRET, PERSON = "7hJ2kPq9-the-token-of-the-city-81", "Wz4nB7vKe1Xp6Ty0", "欧阳修"
ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
STATUS = Interface.NOTIFICATION_STATION_STATUS
CHARGE_STATUS, ASKED_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Interface.QUERY_EQUIP_CHARGE_STATUS
LADDER_S = tuple(range(150, 1201, 150))  # gaps of eight repeats: 90 minutes in all
BAD_PUSH = 40  # the record that a bad finding points to
BAD_SIG = Fault(Step.SIG, "Sig", "0A6B", "FFFF")


def talk(
    seq: int,
    interface: Interface,
    asked: Content | None,
    told: Content | None,
    *,
    at_s: float = 0,
    by: str = SUT,
    ret: int | None = 0,
    keys: dict[str, str] | None = None,
    faults: tuple[Fault, ...] = (),
    injected: str = "",
    error: WireError | None = None,
    head: bytes = f"POST / HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode(),
    took_ms: int = 2,
) -> Exchange:
    """An exchange with the city. ``faults`` are those of the server's own message."""
    pushed, at_ms = by == SUT, NOON_MS + round(at_s * 1000)
    noted = (Observation(Noted.EXTRA_FIELDS, "an extra field"),) if faults else ()
    request = Sealed(
        kind=Kind.REQUEST, content=asked, faults=faults if pushed else (), observations=noted if pushed else ()
    )
    answer = Sealed(
        kind=Kind.ANSWER, ret=ret, content=told, faults=() if pushed else faults, observations=() if pushed else noted
    )
    return Exchange(
        seq=seq, at_ms=at_ms, answered_at_ms=at_ms, intended_ns=0, sent_ns=0, duration_ns=took_ms * 1_000_000,
        wall_ns=0, protocol="beijing", actor=by, peer=CITY if pushed else SUT, operation=interface.value,
        request=Request("POST", f"http://there{interface.path}", head, b'{"OperatorID":"MA0TEST01","Data":"c2VhbGVk"}'),
        answer=None if error else Answer(200, b"HTTP/1.1 200 OK\r\n\r\n", b'{"Ret":0,"Data":"c2VhbGVk"}'),
        error=error, injected=injected, keys=keys or {},
        view={"request": request.as_view(), "answer": None if error else answer.as_view()},
    )  # fmt: skip


def credentials(seq: int, *, by: str = SUT) -> Exchange:
    """query_token with its secret and its token."""
    asked = {"OperatorID": "MA0TEST01", "OperatorSecret": SECRET}
    told = {"OperatorID": "MA0TEST01", "SuccStat": 0, "AccessToken": TOKEN, "TokenAvailableTime": 86400}
    return talk(seq, Interface.QUERY_TOKEN, asked, told, by=by, head=b"POST / HTTP/1.1\r\n\r\n")


def status(seq: int, value: Any, at_s: float) -> Exchange:
    content = {"ConnectorStatusInfo": {"ConnectorID": SOCKET, "Status": value}}
    return talk(seq, STATUS, content, {"Status": 0}, at_s=at_s, keys={"socket": SOCKET})


def order(seq: int, at_s: float, say: Say = plainly, **how: Any) -> Exchange:
    """The order is pushed."""
    content = {
        "StartChargeSeq": NUMBER, "ConnectorID": SOCKET, "ChargeModel": 2, "TotalPower": 0.52, "TotalMoney": 0.31,
        "UserName": PERSON, "Remark": say("nothing"), say("StationID"): say("ST-0001"),
    }  # fmt: skip
    keys = {"order": NUMBER, "socket": SOCKET}
    return talk(seq, ORDER, content, {"ConfirmResult": 0, "Note": say("fine")}, at_s=at_s, keys=keys, **how)


def records(say: Say = plainly) -> list[Record]:
    """A charge of five minutes, told every 50 s, asked for once; its order is taken at the ninth attempt."""
    keys = {"order": NUMBER, "socket": SOCKET}
    plug = {"box": BOX, "connector": "1", "card": "CARD-1"}
    state = {"StartChargeSeq": NUMBER, "StartChargeSeqStat": 2, "ChargeModel": 2, "TotalPower": 0.1}
    told: list[Record] = [
        credentials(1),
        credentials(2, by=CITY),
        _fact(3, "card-swiped", plug, 1),
        _fact(4, "charging-began", plug, 2),
        status(5, 3, 3),
        *(talk(10 + n, CHARGE_STATUS, state, {"SuccStat": 0}, at_s=4 + 50 * n, keys=keys) for n in range(6)),
        talk(17, ASKED_STATUS, {"StartChargeSeq": NUMBER}, state, at_s=290, by=CITY, keys={"order": NUMBER}),
        _fact(18, "charging-ended", plug, 300),
        _fact(19, "unplugged", plug, 301),
        status(20, 1, 302),
    ]
    at_s = 303.0
    hows: list[dict[str, Any]] = [
        {"ret": 500, "injected": "ret 500"}, {"error": WireError.TIMEOUT, "injected": "silent"}, {"ret": 4001}
    ]  # fmt: skip
    told += [order(BAD_PUSH, at_s, say, ret=4001, faults=(BAD_SIG,))]
    for rung, gap_s in enumerate(LADDER_S, start=1):
        at_s += gap_s
        told.append(order(BAD_PUSH + rung, at_s, say, **(hows[rung % 3] if rung < len(LADDER_S) else {})))
    return told


def _fact(seq: int, what: str, keys: dict[str, str], at_s: float) -> Fact:
    at_ms = NOON_MS + round(at_s * 1000)
    return Fact(seq=seq, at_ms=at_ms, mono_ns=0, wall_ns=0, actor=f"box {BOX}", what=what, keys=keys)


def result(kept: list[Record], say: Say = plainly, on: Callable[[RunResult], RunResult] | None = None) -> RunResult:
    """The wrong Sig of the order fails a row; what else is cited shows the token, the secret and the question."""
    bad = Finding("CEC-ENV-c", "request", False, say("0A6B"), say("FFFF"), (BAD_PUSH,))
    good = Finding("CEC-TOK-a", "token", True, f"a token such as {TOKEN}", f"{PERSON} has {TOKEN}", (1, 2, 17))
    verdicts = [
        Verdict(ledger()["CEC-ENV-c"], Status.FAIL, True, None, "", (CaseCount("request", 9, 1),), (bad,), ()),
        Verdict(ledger()["CEC-TOK-a"], Status.PASS, True, None, "", (CaseCount("token", 1, 0),), (), (good,)),
    ]
    timings = Timings()
    for record in kept:
        timings.observe(record)
    plain = plain_result(say)
    judgement = replace(plain.judgement, verdicts=verdicts)
    return replace(plain, judgement=judgement, personal=Personal.of(kept), timings=timings.told())
