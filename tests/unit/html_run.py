"""One small run with everything in it that a report tells, where anybody's text may be replaced by a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from conformance.asked import DEFAULT_TARGET, Asked
from conformance.finding import Finding, Observation
from conformance.judge import Judgement
from conformance.recorded import RunResult
from conformance.requirements.ledger import ledger
from conformance.staging import Stage
from conformance.target import Target
from conformance.verdict import CaseCount, Status, Verdict, Why
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, Step, WireError
from simulators.world.site import Card

NOON_MS = 1425268800000
BOX = "CB-0001"
Say = Callable[[str], str]


def plainly(text: str) -> str:
    """Says what is to be said."""
    return text


def target(secret: str = "", card: str = "", plate: str = "") -> Target:
    """The reference's target, with a secret, a card and a plate of one's own."""
    own = Target.load(DEFAULT_TARGET, {})
    cards = (Card(id_token=card, plate=plate),) if card else own.pixit.cards
    secrets = {"OUR_KEY": secret} if secret else {}
    return msgspec.structs.replace(own, secrets=secrets, pixit=msgspec.structs.replace(own.pixit, cards=cards))


def result(say: Say = plainly, on: Target | None = None) -> RunResult:
    """A failed row, an open one, an advisory, one that does not apply, one that passes."""
    bad = Finding(
        "EVC-1.4-b", "sequential", False, say("an id never given"), say("1"), (4, 7), say("startTransactionRes")
    )
    good = Finding("EVC-1.2-a", "accepted", True, say("Accepted"), say("Accepted, told"), (3,))
    verdicts = [
        _verdict("EVC-1.2-a", Status.PASS, cases=((3, 0),), good=(good,)),
        _verdict("EVC-1.4-b", Status.FAIL, reason="1 bad finding(s)", cases=((2, 1), (1, 0)), bad=(bad,)),
        _verdict(
            "EVC-1.5-a", Status.INCONCLUSIVE, why=Why.NO_EVIDENCE, reason=say("nothing was seen"), cases=((0, 0),)
        ),
        _verdict("EVC-1.6-d", Status.ADVISORY, reason="1 bad finding(s)", cases=((1, 1),), bad=(bad,), counts=False),
        _verdict("EVC-3-a", Status.NOT_APPLICABLE, reason=say("one manufacturer only"), cases=((0, 0),)),
    ]
    judgement = Judgement(
        verdicts,
        invalid=(),
        crashes=(),
        observations=((Observation("EVC-X11", say("an interval of 15 s"), 4), 2),),
        left_open=(say("transaction 9 of CB-0001"),),
        records=9,
        broken_off=False,
    )
    return RunResult(
        stage=Stage(target=on or target()),
        asked=Asked(words=("evchong",), sut=say("Somebody")),
        journal=Path("journal.db"),
        judgement=judgement,
        began=datetime(2026, 3, 2, tzinfo=UTC),
        duration_s=1.5,
        versions={"chargeproof": "0.1.0", "python": "3.11"},
        worlds=1,
        scenarios=3,
    )


def _verdict(
    row: str,
    status: Status,
    *,
    cases: tuple[tuple[int, int], ...],
    why: Why | None = None,
    reason: str = "",
    bad: tuple[Finding, ...] = (),
    good: tuple[Finding, ...] = (),
    counts: bool = True,
) -> Verdict:
    counted = tuple(CaseCount(f"case-{number}", *case) for number, case in enumerate(cases))
    return Verdict(ledger()[row], status, counts, why, reason, counted, bad, good)


def records(say: Say = plainly, card: str = "CARD-1") -> list[Record]:
    """A boot, two sessions that are given the same id, what a surface shows, and an answer that never came."""
    plug = {"box": BOX, "connector": "1", "card": card}
    start = {"connectorId": 1, "idToken": card}
    order = {"id": say("O-1"), "transaction_id": 1, "box": BOX, "card": card, "energy_wh": 20, "state": say("finished")}
    return [
        _fact(1, "card-swiped", plug, {}),
        _fact(2, "charging-began", plug, {"register_wh": 100}),
        exchange(3, "authorize", {"idToken": {"idToken": card}}, {"status": say("Accepted")}, say),
        exchange(4, "startTrans", start, {"status": say("Accepted"), "transactionId": 1}, say),
        _fact(5, "charging-ended", plug, {"energy_wh": 20, "reason": say("card")}),
        _fact(6, "card-swiped", plug, {}),
        exchange(7, "startTrans", start, {say("status"): say("Accepted"), "transactionId": 1}, say),
        _fact(8, "surface-answered", {"verb": "orders"}, {"arguments": {}, "answer": {"items": [order]}}),
        lost(9, say),
        Step(seq=10, at_ms=NOON_MS + 9000, mono_ns=1, wall_ns=1, what="run-ended"),
    ]


def exchange(seq: int, operation: str, asked: dict[str, Any], answered: dict[str, Any], say: Say) -> Exchange:
    """A request in a form, and its answer in JSON, as EVCHONG has them."""
    form = f"data={quote(json.dumps({'asked': asked}), safe='')}".encode()
    body = json.dumps({f"{operation}Res": answered}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Exchange(
        seq=seq, at_ms=NOON_MS + seq * 1000, answered_at_ms=NOON_MS + seq * 1000, intended_ns=0, sent_ns=0,
        duration_ns=2_000_000, wall_ns=0, protocol="evchong", actor=f"box {BOX}", peer="sut", operation=operation,
        request=Request("POST", f"https://sut.example/v1/{operation}", b"POST /v1 HTTP/1.1\r\nHost: sut\r\n\r\n", form),
        answer=Answer(200, f"HTTP/1.1 200 OK\r\nServer: {say('nginx')}\r\n\r\n".encode(), body),
        keys={"box": BOX, "connector": "1"},
    )  # fmt: skip


def lost(seq: int, say: Say) -> Exchange:
    """A request that nobody answered."""
    whole = exchange(seq, "stopTrans", {"transactionId": 1}, {}, say)
    return msgspec.structs.replace(whole, answer=None, error=WireError.CLOSED, error_text=say("reset by peer"))


def _fact(seq: int, what: str, keys: dict[str, str], values: dict[str, Any]) -> Fact:
    at_ms = NOON_MS + seq * 1000
    return Fact(
        seq=seq, at_ms=at_ms, mono_ns=0, wall_ns=0, actor=f"box {BOX}", what=what, keys=keys, values=values
    )  # fmt: skip
