"""Every server of the catalogue starts, is spoken to, and stops; liars and variants do what their story says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from simulators.journal.records import WireError
from simulators.mutants.lawful import compositions
from simulators.mutants.registry import Entry, Lawful, lawfuls, liars, mutants
from simulators.wire.client import Endpoint, WireClient
from tests.unit.reference_calls import (
    SERVICES,
    START_MS,
    Caller,
    boot_document,
    calling,
    run,
    setting,
    start_document,
    status_document,
    stop_document,
    trusting,
    wrapped,
)

ALL: list[Entry] = [*mutants().values(), *lawfuls().values(), *liars().values(), *compositions(3)]
DEFAULT_WIRE = [
    entry
    for entry in [*lawfuls().values(), *compositions(3)]
    if not set(entry.readings) - {"EVC-X10", "EVC-X11", "EVC-X21"}
]


async def heard(asked: Awaitable[httpx.Response]) -> bytes:
    """Whatever came back; a defect may be that nothing does."""
    with suppress(httpx.HTTPError, OSError, TimeoutError):
        answer = await asyncio.wait_for(asked, 1)
        return b"%d %r " % (answer.status_code, answer.headers.raw) + answer.content
    return b""


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_it_starts_speaks_and_stops_without_giving_itself_away(tmp_path: Path, entry: Entry) -> None:
    """No warning, no task left behind, no HTTP 5xx but where that is the defect, and never its own name on the wire."""

    async def story() -> bytes:
        readings = entry.readings if isinstance(entry, Lawful) else {}
        async with calling(tmp_path, entry.server, readings=readings) as box:
            asked = [
                box.post("deviceBoot", boot_document()),
                box.post("authorize", {"authReq": wrapped(chargeBoxSerialNumber="CB-1", idToken="VALID")}),
                box.post("startTrans", start_document()),
                box.beat(),
                box.sample(1),
                box.stop(1, card="VALID"),
                box.notify(),
                box.post("bootNotification", {}),
                box.http.post(SERVICES + "deviceBoot", content=b"{"),
                box.http.get(SERVICES + "deviceBoot"),
                box.http.get("/app/v1/orders"),
                box.http.get("/app/v1/connectors"),
                box.http.post("/app/v1/stations", json={"name": "N"}),
            ]
            if entry.name == "NeverAnswers":
                asked, unused = asked[:1], asked[1:]
                for question in unused:
                    question.close()
            return b"\n".join([await heard(question) for question in asked])

    said = run(story())
    assert entry.name.encode() not in said
    if not entry.name.startswith(("Crashes", "Stumbles")):
        assert b"500 [" not in said


@pytest.mark.parametrize("entry", DEFAULT_WIRE, ids=lambda entry: entry.name)
def test_a_lawful_variant_carries_a_session(tmp_path: Path, entry: Lawful) -> None:
    """Whatever is unusual about it, a session runs through and its order shows the energy."""

    async def story() -> None:
        async with calling(tmp_path, entry.server, reusing=False, readings=entry.readings) as box:
            assert (await box.boot())["status"] == "Accepted"
            assert (await box.boot("CB-NOBODY"))["status"] == "Rejected"
            assert (await box.authorize("BLOCKED"))["status"] == "Blocked"
            refused = await box.start("EXPIRED")
            assert (refused["idTagInfo"]["status"], await box.orders()) == ("Expired", [])
            numbers = [(await box.start("VALID", connector))["transactionId"] for connector in (1, 2)]
            assert [(await box.sample(number, place)).status_code for place, number in enumerate(numbers, 1)] == [
                200,
                200,
            ]
            assert [(await box.stop(number)).status_code for number in numbers] == [200, 200]
            shown = [(order["transactionId"], order["energyWh"]) for order in await box.orders()]
            assert shown == [(number, 1230) for number in numbers]
            assert len(set(numbers)) == 2

    run(story())


def test_races_lose_only_when_starts_overlap(tmp_path: Path) -> None:
    """The two races give each start its own id in turn, and share one when starts overlap."""

    async def story(name: str, places: list[tuple[str, int]]) -> tuple[int, int]:
        async with calling(tmp_path, mutants()[name].server) as box:
            await box.boot()
            await box.boot("CB-2", "ST-2")
            alone = [(await box.start("VALID", number, serial))["transactionId"] for serial, number in places]
            for (serial, _), number in zip(places, alone, strict=True):
                await box.stop(number, serial)
            together = await asyncio.gather(*(box.start("VALID", number, serial) for serial, number in places))
            return len(set(alone)), len({start["transactionId"] for start in together})

    within, across = [("CB-1", 1), ("CB-1", 2)], [("CB-1", 1), ("CB-2", 7)]
    assert run(story("RacesForIdsWithinABox", within)) == (2, 1)
    assert run(story("RacesForIdsWithinABox", across)) == (2, 2)
    assert run(story("RacesForIdsAcrossBoxes", across)) == (2, 1)
    assert run(story("RacesForIdsAcrossBoxes", within)) == (2, 2)


def test_a_client_certificate_is_asked_for_by_a_tls_alert(tmp_path: Path) -> None:
    """EVC-G9: our own wire knows the alert for what it is, before any HTTP."""

    async def story() -> WireError | None:
        server = mutants()["DemandsAClientCertificate"].server(setting(tmp_path))
        await server.start()
        client = WireClient(Endpoint.of(server.base_url, trusting()), limit_s=5)
        try:
            return (await client.send("POST", SERVICES + "deviceBoot", {}, b""))[-1].error
        finally:
            client.close()
            await server.stop()

    assert run(story()) is WireError.CLIENT_CERTIFICATE


async def plain(tmp_path: Path, name: str, port: int) -> httpx.Response:
    """A boot over plain HTTP, to a server of the catalogue that was told a port for it."""
    entry: Any = {**mutants(), **lawfuls()}[name]
    server = entry.server(setting(tmp_path, plain_http_port=port))
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            return await Caller(server, http).post("deviceBoot", boot_document())
    finally:
        await server.stop()


def test_plain_http_performs_for_one_mutant_only(tmp_path: Path, unused_port: int) -> None:
    """EVC-G1: one serves, two variants redirect or refuse."""
    answers = [
        run(plain(tmp_path, name, unused_port))
        for name in ("PerformsOverPlainHttp", "RedirectsPlainHttp", "ForbidsPlainHttp")
    ]
    assert [answer.status_code for answer in answers] == [200, 301, 403]
    assert answers[1].headers["location"].startswith("https://127.0.0.1:")


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def test_boxes_on_one_connection_are_mixed_up_by_two_mutants(tmp_path: Path) -> None:
    """EVC-3-d: one gives the second box the first one's transaction, one answers its samples with it."""

    async def story(name: str) -> tuple[list[int], int]:
        async with calling(tmp_path, mutants()[name].server) as box:
            await box.boot()
            await box.boot("CB-2", "ST-2")
            numbers = [(await box.start(connector=n, serial=s))["transactionId"] for s, n in (("CB-1", 1), ("CB-2", 7))]
            answer = await box.sample(numbers[0])
            return numbers, answer.json()["meterValuesRes"]["transactionId"]

    assert run(story("TakesAnothersStartForARepeat")) == ([1, 1], 1)
    assert run(story("AnswersForTheLatestStartOfAConnection")) == ([1, 2], 2)


def test_liars_tell_the_time_give_fresh_ids_and_do_nothing(tmp_path: Path) -> None:
    """All but the silent one keep to root key and schema; none has an order afterwards."""

    async def story(name: str) -> tuple[str, int, int]:
        async with calling(tmp_path, liars()[name].server) as box:
            booted = await box.boot("CB-NOBODY")
            assert booted["currentTime"] == START_MS
            first, second = await box.start("BLOCKED"), await box.start("BLOCKED")
            await box.stop(first["transactionId"])
            assert first["transactionId"] != second["transactionId"]
            assert await box.orders() == []
            nonsense = await box.post("statusNotify", {"x": 1})
            return booted["status"], nonsense.status_code, (await box.notify()).status_code

    to_boxes = [name for name, liar in liars().items() if liar.protocol == "evchong"]
    assert {name: run(story(name)) for name in to_boxes if name != "NeverAnswers"} == {
        "AcceptsAll": ("Accepted", 200, 200),
        "AnswersTheExamples": ("Accepted", 200, 200),
        "DrawsItsAnswers": ("Accepted", 200, 200),
        "EchoesAll": ("Accepted", 200, 200),
        "GivesInAfterARefusal": ("Rejected", 200, 200),
        "JudgesByTheLook": ("Rejected", 200, 200),
        "LearnsWhoComes": ("Rejected", 200, 200),
        "RefusesAll": ("Rejected", 400, 400),
        "TakesInTheFirst": ("Accepted", 200, 200),
        "TakesTurns": ("Accepted", 200, 200),
        "TiresOfWhoComes": ("Accepted", 200, 200),
    }


def test_a_stumbling_server_loses_the_next_request_only(tmp_path: Path) -> None:
    """EVC-G8: nonsense is refused, the next valid request gets 503, the one after is served."""

    async def story() -> list[int]:
        async with calling(tmp_path, mutants()["StumblesAfterNonsense"].server) as box:
            form = {"content-type": "application/x-www-form-urlencoded"}
            asked = [box.http.post(SERVICES + "deviceBoot", content=b"data={", headers=form) for _ in "ab"]
            asked += [box.post("deviceBoot", boot_document()) for _ in "ab"]
            return [(await question).status_code for question in asked]

    assert run(story()) == [400, 400, 503, 200]


def test_large_ids_survive_the_way_back(tmp_path: Path) -> None:
    """The largest id is 2^53-1 and is found again when it comes back."""

    async def story() -> bytes:
        async with calling(tmp_path, lawfuls()["GivesTheLargestIds"].server) as box:
            await box.boot()
            await box.start()
            answer = await box.post("stopTrans", stop_document(2**53 - 1))
            await box.post("statusNotify", status_document())
            return answer.content

    assert msgspec.json.decode(run(story()))["stopTransactionRes"]["transactionId"] == 2**53 - 1


def test_the_client_of_these_tests_checks_certificates() -> None:
    """Otherwise none of them would have seen TLS at all."""
    assert trusting().check_hostname
