"""The reference server keeps to EVCHONG V1.2, in the default readings, over real HTTPS."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulators.clock import SteppedClock
from simulators.reference.wire import ERROR_CODES, FORMS, MEASURANDS, STATUSES, UNITS
from tests.unit.reference_calls import (
    SERVICES,
    START_MS,
    Caller,
    boot_document,
    calling,
    energy_sample,
    run,
    start_document,
    status_document,
    stop_document,
    wrapped,
)


def test_a_session_runs_through_and_is_billed(tmp_path: Path) -> None:
    """1.1 to 1.6 in their order; the order shows card, energy, times and half-up fen."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            assert await box.boot() == {"currentTime": START_MS, "heartbeatInterval": 5, "status": "Accepted"}
            assert await box.authorize("VALID") == {
                "expiryDate": START_MS + 365 * 86_400_000,
                "parentIdTag": {"idToken": "FLEET-0001"},
                "status": "Accepted",
            }
            started = await box.start("VALID")
            assert (started["idTagInfo"]["status"], started["transactionId"]) == ("Accepted", 1)
            sampled = await box.sample(1)
            assert sampled.json() == {"meterValuesRes": {"transactionId": 1, "timestamp": START_MS}}
            stopped = (await box.stop(1, card="VALID")).json()["stopTransactionRes"]
            assert (stopped["idTagInfo"]["status"], stopped["transactionId"]) == ("Accepted", 1)
            assert await box.orders(boxSerial="CB-1") == [
                {
                    "orderId": "O00000001",
                    "transactionId": 1,
                    "boxSerial": "CB-1",
                    "connectorId": 1,
                    "idToken": "VALID",
                    "startedAt": START_MS,
                    "endedAt": START_MS + 3_600_000,
                    "energyWh": 1230,
                    "electricityFen": 123,
                    "serviceFen": 98,
                    "totalFen": 221,
                    "state": "finished",
                }
            ]
            assert await box.orders(boxSerial="CB-2") == []

    run(story())


@pytest.mark.parametrize(("serial", "station"), [("CB-NOBODY", "ST-1"), ("CB-1", "ST-NOBODY")])
def test_a_stranger_is_rejected_and_can_do_nothing(tmp_path: Path, serial: str, station: str) -> None:
    """1.1, 2.10: an unregistered box, or one that names a station nobody issued, is Rejected and stays locked."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            answer = await box.boot(serial, station)
            assert (answer["status"], answer["currentTime"], answer["heartbeatInterval"] > 0) == (
                "Rejected",
                START_MS,
                True,
            )
            assert (await box.authorize("VALID", serial))["status"] == "Blocked"
            refused = await box.start("VALID", serial=serial)
            assert (refused["idTagInfo"]["status"], refused["transactionId"]) == ("Blocked", 0)
            assert await box.orders() == []

    run(story())


def test_only_a_card_that_is_known_and_valid_is_accepted(tmp_path: Path) -> None:
    """1.2, 1.4, 2.3: the same status at authorize and at start, and no order for a refused one."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            cards = ["VALID", "BLOCKED", "EXPIRED", "UNKNOWN"]
            assert [(await box.authorize(card))["status"] for card in cards] == [
                "Accepted",
                "Blocked",
                "Expired",
                "Blocked",
            ]
            starts = [await box.start(card) for card in ("BLOCKED", "EXPIRED", "UNKNOWN")]
            assert [start["idTagInfo"]["status"] for start in starts] == ["Blocked", "Expired", "Blocked"]
            assert await box.orders() == []
            await box.start("VALID")
            assert (await box.authorize("VALID"))["status"] == "Accepted"

    run(story())


def test_overlapping_starts_get_one_id_each_and_one_connector_once(tmp_path: Path) -> None:
    """1.4: ids differ across boxes and connectors, and of two starts on one connector one is refused."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            await box.boot("CB-2", "ST-2")
            wanted = [("CB-1", 1), ("CB-1", 2), ("CB-2", 7), ("CB-1", 1), ("CB-1", 9)]
            starts = await asyncio.gather(*(box.start("VALID", number, serial) for serial, number in wanted))
            ids = [start["transactionId"] for start in starts if start["idTagInfo"]["status"] == "Accepted"]
            assert len(ids) == len(set(ids)) == 3

    run(story())


def test_a_transaction_belongs_to_its_box_and_ends_once(tmp_path: Path) -> None:
    """1.5, 1.6: samples and stops for unknown, foreign and finished transactions; a repeated stop bills once."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            await box.boot("CB-2", "ST-2")
            number = (await box.start())["transactionId"]
            foreign = await box.sample(number, 7, "CB-2")
            stolen = await box.stop(number, "CB-2")
            unknown = await box.sample(999)
            wrong_socket = await box.sample(number, 2)
            first, second = await box.stop(number), await box.stop(number, energy="9.99")
            late = await box.sample(number)
            refused = [foreign, stolen, unknown, wrong_socket, late]
            assert [answer.status_code for answer in refused] == [409] * 5
            assert first.json() == second.json()
            assert [order["energyWh"] for order in await box.orders()] == [1230]
            assert (await box.start())["idTagInfo"]["status"] == "Accepted"

    run(story())


def test_the_energy_billed_is_that_of_transaction_data(tmp_path: Path) -> None:
    """1.6, X16: whatever the registers say, and never below zero."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            for start, stop, energy in [(0, 0, "2.50"), (9000, 100, "0.75"), (0, 50, "-4.00")]:
                number = (await box.start(meter=start))["transactionId"]
                await box.stop(number, meter=stop, energy=energy)
            assert [order["energyWh"] for order in await box.orders()] == [2500, 750, 0]

    run(story())


def test_a_silent_box_goes_offline_after_three_intervals(tmp_path: Path) -> None:
    """1.3: as soon as they are over, and back with the next beat; a box that never booted is offline too."""

    async def story() -> None:
        clock = SteppedClock(START_MS)
        async with calling(tmp_path, clock=clock) as box, clock.awake():
            seen = [await box.connector()]
            await box.boot()
            await clock.sleep_until(START_MS + 14_999)
            seen.append(await box.connector())
            await clock.sleep_until(START_MS + 15_000)
            seen.append(await box.connector())
            await box.beat()
            seen.append(await box.connector())
            assert seen == [0, 1, 0, 1]
            assert (await box.beat("CB-NOBODY")).status_code == 409

    run(story())


def test_the_app_shows_what_a_box_notifies(tmp_path: Path) -> None:
    """1.7: the numbers of the Beijing platform; charging beats occupied, a fault beats charging."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            shown = {}
            for status in sorted(STATUSES):
                assert (await box.notify(status=status)).json() == {"statusNotificationRes": {"timestamp": START_MS}}
                shown[status] = await box.connector()
            assert shown == {"Available": 1, "Faulted": 255, "Occupied": 2, "Reserved": 4, "Unavailable": 0}
            await box.start()
            await box.notify(status="Occupied")
            assert await box.connector() == 3
            await box.notify(status="Faulted", error="GroundFailure", info="漏电")
            assert await box.connector() == 255

    run(story())


def test_every_value_of_chapter_2_is_taken(tmp_path: Path) -> None:
    """2.5, 2.6, 2.8, 2.9: 16 measurands, 11 units, 13 error codes, 5 statuses."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            number = (await box.start())["transactionId"]
            samples = [
                {"measurand": measurand, "value": "1.00", "timestamp": START_MS, "unit": unit}
                for measurand in sorted(MEASURANDS)
                for unit in sorted(UNITS)
            ]
            fields = {"connectorId": 1, "transactionId": number, "values": samples}
            answers = [
                await box.post("meterValues", {"meterValuesReq": wrapped(chargeBoxSerialNumber="CB-1") | fields})
            ]
            for error in sorted(ERROR_CODES):
                answers += [await box.notify(error=error, status=status) for status in sorted(STATUSES)]
            assert len(samples) == 176
            assert [answer.status_code for answer in answers] == [200] * 66

    run(story())


def valid_documents() -> dict[str, dict[str, Any]]:
    """One request for each service with every field of its table, under its root key."""
    boot = boot_document()
    boot["bootReq"] |= wrapped(
        chargePointModel="M", firmwareVersion="1", iccid="1", imsi="1", meterSerialNumber="1", meterType="T"
    )
    start = start_document()
    start["startTransactionReq"]["reservationId"] = 4
    box = wrapped(chargeBoxSerialNumber="CB-1")
    return {
        "deviceBoot": boot,
        "authorize": {"authReq": box | wrapped(idToken="VALID")},
        "heartbeat": {"heartbeatReq": box | wrapped(chargePointSerialNumber="ST-1")},
        "startTrans": start,
        "meterValues": {
            "meterValuesReq": box | {"connectorId": 1, "transactionId": 1, "values": [energy_sample("0.10")]}
        },
        "stopTrans": stop_document(1, card="VALID"),
        "statusNotify": status_document(info="x"),
    }


WIRE_NAMES = {("startTrans", "idTag"): "idToken"}


def spoilings() -> list[tuple[str, str, Any]]:
    """Service, field on the wire, and what it becomes (``...`` for left out)."""
    spoilt: list[tuple[str, str, Any]] = []
    for form in FORMS.values():
        for field in form.fields:
            name = WIRE_NAMES.get((form.service, field.name), field.name)
            if field.mandatory:
                spoilt.append((form.service, name, ...))
            spoilt.append((form.service, name, True))
            spoilt.append((form.service, name, None))
            if field.kind in ("text", "card"):
                key = "idToken" if field.kind == "card" else name
                long = "x" * (field.limit + 1)
                spoilt.append((form.service, name, {key: long} if field.wrapped else long))
                spoilt.append((form.service, name, {key: 1} if field.wrapped else 1))
            if field.kind == "name":
                spoilt.append((form.service, name, "Strange"))
            if field.kind in ("integer", "time"):
                spoilt += [(form.service, name, "1"), (form.service, name, 1.5)]
    return spoilt


def test_whatever_breaks_a_field_table_is_refused(tmp_path: Path) -> None:
    """1.1 to 1.7, field tables: each field left out, of another type, too long, outside its enumeration."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            for service, name, value in spoilings():
                document = valid_documents()[service]
                (fields,) = document.values()
                if value is ...:
                    del fields[name]
                else:
                    fields[name] = value
                answer = await box.post(service, document)
                assert answer.status_code == 400, (service, name, value)
            assert len(spoilings()) > 100
            untouched = [(await box.post(name, document)).status_code for name, document in valid_documents().items()]
            assert untouched == [200] * 7

    run(story())


@pytest.mark.parametrize(
    "sample",
    [
        {"value": 1.5},
        {"value": "1,5"},
        {"value": ""},
        {"measurand": "Energy"},
        {"measurand": "Energy_Active_Import_Register"},
        {"unit": "MWh"},
        {"timestamp": "2026-10-01T10:00:00Z"},
    ],
)
def test_a_sample_that_breaks_its_table_is_refused(tmp_path: Path, sample: dict[str, Any]) -> None:
    """2.4 to 2.6, in the default readings of X6 and X8."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            await box.start()
            document = valid_documents()["meterValues"]
            document["meterValuesReq"]["values"] = [energy_sample("1.00") | sample]
            assert (await box.post("meterValues", document)).status_code == 400

    run(story())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"data=", 400),
        (b"data={", 400),
        (b"data=[]", 400),
        (b"data=" + b"[" * 100_000, 400),
        (b'data={"bootReq":[]}', 400),
        (b'data={"authReq":{}}', 400),
        (b"data=%FF%FE", 400),
        (b"data=\xff\xfe", 400),
        (b"other={}", 400),
        (b'{"bootReq":{}}', 400),
        (b"data=" + b"x" * 1024 * 1024, 413),
        (b"data=" + b"x" * 5 * 1024 * 1024, 413),
    ],
)
def test_what_is_no_message_is_refused_and_the_next_is_served(tmp_path: Path, body: bytes, status: int) -> None:
    """Nothing that a client sends makes a 5xx or stops the service."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = await box.http.post(SERVICES + "deviceBoot", content=body, headers=headers)
            assert (answer.status_code, list(answer.json())) == (status, ["message"])
            assert (await box.boot())["status"] == "Accepted"

    run(story())


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_only_post_performs_a_service(tmp_path: Path, method: str) -> None:
    """Constraint 3: any other method is answered 405 and starts nothing."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            data = json.dumps(start_document())
            url = SERVICES + "startTrans"
            answer = await box.http.request(method, url, params={"data": data}, data={"data": data})
            assert (answer.status_code, await box.orders()) == (405, [])

    run(story())


def test_an_unknown_method_is_not_found(tmp_path: Path) -> None:
    """Constraint 2: names are those of 1.1 to 1.7, letter by letter."""

    async def story() -> None:
        async with calling(tmp_path) as box:
            answers = [await box.post(name, boot_document()) for name in ("DeviceBoot", "bootReq", "", "deviceBoot/")]
            answers.append(await box.http.get("/"))
            assert [answer.status_code for answer in answers] == [404] * 5

    run(story())


def test_stopping_with_requests_in_flight_is_quick_and_clean(tmp_path: Path) -> None:
    """No request, connection or socket outlives the server, whatever state it was in."""

    async def hanging(box: Caller) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", int(box.server.base_url.rsplit(":", 1)[1]))
        writer.write(b"\x16\x03\x01")  # a handshake that never goes on
        await writer.drain()
        await box.server.stop()
        writer.close()
        await writer.wait_closed()

    async def story() -> None:
        async with calling(tmp_path) as box:
            await box.boot()
            await hanging(box)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", int(box.server.base_url.rsplit(":", 1)[1]))

    run(story())
