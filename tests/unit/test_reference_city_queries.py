"""What the platform asks the reference is checked in the order of cec102 1.7, and answered as 5.1 and 5.10 say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from simulators.clock import SteppedClock
from simulators.reference.city.figures import time_stamp
from simulators.reference.city.sealing import decrypted, encrypted, signed
from tests.unit.city_lab import CHARGE, CONTRACT, PLATFORM, SITE, TOKEN, Story, story
from tests.unit.reference_calls import START_MS, calling, run

PATH = "/evcs/20160701/"
CHARGE_STATUS = "query_equip_charge_status"
KEYS = CONTRACT.operator_keys
CREDENTIALS = {"OperatorID": PLATFORM, "OperatorSecret": KEYS.operator_secret}


class Asker:
    """The platform by hand: it seals what it is told to, and reads Ret and content."""

    def __init__(self, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.http, self.clock, self.headers = http, clock, dict[str, str]()

    def envelope(self, content: Any, **changes: Any) -> dict[str, Any]:
        data = encrypted(msgspec.json.encode(content), KEYS)
        envelope = {"OperatorID": PLATFORM, "Data": data, "TimeStamp": time_stamp(START_MS, 480), "Seq": "0001"}
        envelope |= {name: value for name, value in changes.items() if value is not None}
        signed_over = (str(envelope[name]) for name in ("OperatorID", "Data", "TimeStamp", "Seq"))
        return {"Sig": signed(KEYS, *signed_over)} | envelope

    async def ask(self, interface: str, content: Any, **changes: Any) -> tuple[int, Any]:
        return await self.post(interface, msgspec.json.encode(self.envelope(content, **changes)))

    async def post(self, interface: str, body: bytes) -> tuple[int, Any]:
        answer = await self.http.post(PATH + interface, content=body, headers=self.headers)
        assert answer.status_code == 200
        told = answer.json()
        assert told["Sig"] == signed(KEYS, str(told["Ret"]), told["Msg"], told["Data"])
        return told["Ret"], msgspec.json.decode(decrypted(told["Data"], KEYS)) if told["Data"] else None

    async def authorized(self) -> str:
        """With a token from now on."""
        _, told = await self.ask(TOKEN, CREDENTIALS)
        self.headers = {"Authorization": f"Bearer {told['AccessToken']}"}
        return str(told["AccessToken"])


@asynccontextmanager
async def asking(folder: Path, **changes: Any) -> AsyncIterator[Asker]:
    clock = SteppedClock(START_MS)
    async with clock.awake(), calling(folder, site=SITE, clock=clock, city=CONTRACT, **changes) as caller:
        yield Asker(caller.http, clock)


def test_right_credentials_get_a_token_and_wrong_ones_a_reason(tmp_path: Path) -> None:
    """5.1: SuccStat and FailReason, under Ret 0; without a token where there is a reason."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            ret, told = await city.ask(TOKEN, CREDENTIALS)
            token = told.pop("AccessToken")
            assert (ret, told) == (
                0,
                {"OperatorID": PLATFORM, "SuccStat": 0, "FailReason": 0, "TokenAvailableTime": 7200},
            )
            assert len(token) == 40
            refused = {"SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0}
            for wrong, reason in (({"OperatorID": "MA0NOBODY"}, 1), ({"OperatorSecret": "0" * 16}, 2)):
                asked = CREDENTIALS | wrong
                expected = refused | {"OperatorID": asked["OperatorID"], "FailReason": reason}
                assert await city.ask(TOKEN, asked) == (0, expected)

    run(day())


def test_only_the_newest_token_holds_and_not_for_ever(tmp_path: Path) -> None:
    """5.1, 1.5: 4002 for an older one, a wrong one, an expired one, one without Bearer."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            asked = {"StartChargeSeq": "X" * 27}
            older = await city.authorized()
            newest = await city.authorized()
            assert older != newest
            seen = []
            for header in (f"Bearer {newest}", f"Bearer {older}", newest, "Bearer", f"Basic {newest}"):
                city.headers = {"Authorization": header}
                seen.append((await city.ask(CHARGE_STATUS, asked))[0])
            assert seen == [4004, 4002, 4002, 4002, 4002]
            city.headers = {"Authorization": f"Bearer {newest}"}
            for wait_s, expected in ((7199, 4004), (1, 4002)):
                await city.clock.sleep_until(city.clock.now_ms() + wait_s * 1000)
                now = time_stamp(city.clock.now_ms(), 480)
                assert (await city.ask(CHARGE_STATUS, asked, TimeStamp=now))[0] == expected

    run(day())


@pytest.mark.parametrize(("reading", "ret"), [("4002", 4002), ("4003", 4003)])
def test_a_missing_header_is_read_as_chosen(tmp_path: Path, reading: str, ret: int) -> None:
    """BJ-X13."""

    async def day() -> None:
        async with asking(tmp_path, readings={"BJ-X13": reading}) as city:
            assert await city.ask(CHARGE_STATUS, {"StartChargeSeq": "X" * 27}) == (ret, None)

    run(day())


@pytest.mark.parametrize("name", ["OperatorID", "Data", "TimeStamp", "Seq", "Sig"])
@pytest.mark.parametrize("value", [None, 1, []])
def test_an_envelope_without_a_field_is_4003(tmp_path: Path, name: str, value: Any) -> None:
    """1.5: missing, null or no string, whatever else is wrong."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            envelope = city.envelope(CREDENTIALS)
            assert await city.post(TOKEN, msgspec.json.encode(envelope | {name: value})) == (4003, None)
            del envelope[name]
            assert await city.post(TOKEN, msgspec.json.encode(envelope)) == (4003, None)

    run(day())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"OperatorID":"\xff"}', b"[" * 100_000, b"\x00"])
def test_no_json_object_is_4003(tmp_path: Path, body: bytes) -> None:
    """1.2, 1.5: malformed bytes get an answer, and the server goes on."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            assert await city.post(TOKEN, body) == (4003, None)
            assert (await city.ask(TOKEN, CREDENTIALS))[0] == 0

    run(day())


@pytest.mark.parametrize(
    ("changes", "ret"),
    [
        ({"OperatorID": "MA0NOBODY"}, 4004),
        ({"Sig": "0" * 32}, 4001),
        ({"Seq": "1"}, 4003),
        ({"TimeStamp": "20261301100000"}, 4003),
        ({"TimeStamp": "20261001080000"}, 4003),
        ({"Data": "####"}, 4004),
        ({"Data": ""}, 4004),
        ({"Data": encrypted(b"[]", KEYS)}, 4004),
        ({"Data": encrypted(b"{", KEYS)}, 4004),
        ({"Data": encrypted(b'{"OperatorID":"\xff"}', KEYS)}, 4004),
        ({"Data": encrypted(b"{}", CONTRACT.platform_keys)}, 4004),
    ],
)
def test_each_wrong_envelope_has_its_code(tmp_path: Path, changes: Mapping[str, str], ret: int) -> None:
    """1.5, 1.7: 4004 for a stranger and for Data that says nothing, 4001 for Sig, 4003 for a stale or odd envelope."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            assert await city.ask(TOKEN, CREDENTIALS, **changes) == (ret, None)

    run(day())


def test_what_is_odd_but_lawful_is_taken(tmp_path: Path) -> None:
    """2.3: Sig in lower case, a Seq that was there before, line breaks in Base64, fields that nobody knows."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            envelope = city.envelope(CREDENTIALS | {"Extra": 1})
            lower = envelope | {"Sig": envelope["Sig"].lower(), "Extra": []}
            broken = f"{envelope['Data'][:30]}\n{envelope['Data'][30:]}"
            assert [(await city.post(TOKEN, msgspec.json.encode(each)))[0] for each in (envelope, envelope, lower)] == [
                0,
                0,
                0,
            ]
            assert (await city.ask(TOKEN, CREDENTIALS, Data=broken))[0] == 0

    run(day())


@pytest.mark.parametrize("name", ["OperatorID", "OperatorSecret"])
@pytest.mark.parametrize("value", [None, 7, True, ["X"], "X" * 65])
def test_a_parameter_that_the_table_forbids_is_4004(tmp_path: Path, name: str, value: Any) -> None:
    """1.5: missing, of another type, too long."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            assert await city.ask(TOKEN, CREDENTIALS | {name: value}) == (4004, None)
            without = {other: given for other, given in CREDENTIALS.items() if other != name}
            assert await city.ask(TOKEN, without) == (4004, None)

    run(day())


def test_other_addresses_and_methods_are_refused(tmp_path: Path) -> None:
    """1.1: names are case-sensitive; 1.2: POST only."""

    async def day() -> None:
        async with asking(tmp_path) as city:
            assert (await city.http.post(f"{PATH}query_Token")).status_code == 404
            assert (await city.http.get(f"{PATH}query_token")).status_code == 405

    run(day())


def test_without_a_platform_there_are_no_such_addresses(tmp_path: Path) -> None:
    """The server is then what it would be without this part."""

    async def day() -> None:
        async with calling(tmp_path) as caller:
            answer = await caller.http.post(f"{PATH}query_token")
            assert (answer.status_code, answer.json()) == (404, {"message": "nothing here"})

    run(day())


def test_a_charge_can_be_asked_for_while_it_runs_and_afterwards(tmp_path: Path) -> None:
    """5.10, 2.2.1: the state of any order that was pushed, with its start method; 4004 for others."""
    with story(tmp_path) as city:
        box = city.box()
        box.charging("VALID")
        city.lab.pass_time(95)
        (seq,) = {push.content["StartChargeSeq"] for push in city.pushes(CHARGE)}
        city.lab.do("city.fetch_token")
        running = city.ask(CHARGE_STATUS, StartChargeSeq=seq)["content"]
        assert _said(running) == (seq, 2, 3, 2, "2026-10-01 10:01:30")
        assert running["CurrentA"] > 30
        box.swipe("VALID")
        city.lab.pass_time(1)
        ended = city.ask(CHARGE_STATUS, StartChargeSeq=seq)["content"]
        assert _said(ended) == (seq, 4, 1, 2, "2026-10-01 10:01:35")
        assert (ended["CurrentA"], ended["VoltageA"]) == (0, 0)
        assert ended["TotalMoney"] >= running["TotalMoney"] > 0
        assert city.ask(CHARGE_STATUS, StartChargeSeq=f"{PLATFORM}{'9' * 18}")["ret"] == 4004
        assert _rets(city, seq[:-1], seq + "0", "", 7) == [4004] * 4


def _said(status: dict[str, Any]) -> tuple[Any, ...]:
    names = ("StartChargeSeq", "StartChargeSeqStat", "ConnectorStatus", "ChargeModel", "EndTime")
    return tuple(status[name] for name in names)


def _rets(city: Story, *seqs: Any) -> list[int]:
    return [city.ask(CHARGE_STATUS, StartChargeSeq=seq)["ret"] for seq in seqs]
