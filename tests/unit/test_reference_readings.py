"""The reference speaks every reading that it knows, and only the chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.reference_calls import (
    START_MS,
    boot_document,
    calling,
    energy_sample,
    run,
    setting,
    stop_document,
    wrapped,
)

BOX = wrapped(chargeBoxSerialNumber="CB-1")


def test_plain_json_bodies(tmp_path: Path) -> None:
    """X1: JSON is the body, and a form is refused; under the default it is the other way round."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X1": "json"}) as box:
            answers = [await box.post("deviceBoot", boot_document(), body) for body in ("json", "form")]
        async with calling(tmp_path) as box:
            answers += [await box.post("deviceBoot", boot_document(), body) for body in ("json", "form")]
        assert [answer.status_code for answer in answers] == [200, 400, 400, 200]

    run(story())


def test_prefixed_answers(tmp_path: Path) -> None:
    """X2: ``data=`` stands before every accepting answer."""

    async def story() -> str:
        async with calling(tmp_path, readings={"EVC-X2": "prefixed"}) as box:
            return (await box.post("deviceBoot", boot_document())).text

    assert run(story()).startswith('data={"bootRes":{')


def test_flat_strings(tmp_path: Path) -> None:
    """X3: strings stand without their wrapping, both ways; wrapped ones are refused."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X3": "flat"}) as box:
            flat = {"chargeBoxSerialNumber": "CB-1", "chargePointSerialNumber": "ST-1", "chargePointVendor": "K"}
            booted = await box.post("deviceBoot", {"bootReq": flat})
            asked = await box.post("authorize", {"authReq": {"chargeBoxSerialNumber": "CB-1", "idToken": "VALID"}})
            wrong = await box.post("deviceBoot", boot_document())
            assert (booted.json()["bootRes"]["status"], wrong.status_code) == ("Accepted", 400)
            assert asked.json()["authRes"]["idTagInfo"]["parentIdTag"] == "FLEET-0001"

    run(story())


def test_the_tables_name_of_the_card_at_start(tmp_path: Path) -> None:
    """X4: startTrans carries ``idTag``; the example's ``idToken`` is then no card."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X4": "tables"}) as box:
            await box.boot()
            rest = BOX | {"connectorId": 1, "meterStart": 0, "timestamp": START_MS}
            answers = [
                await box.post("startTrans", {"startTransactionReq": rest | {name: {"idToken": "VALID"}}})
                for name in ("idToken", "idTag")
            ]
            assert [answer.status_code for answer in answers] == [400, 200]

    run(story())


def test_upper_case_names_at_authorize(tmp_path: Path) -> None:
    """X5: ``IdToken`` in, ``IdTagInfo`` out, at authorize only."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X5": "upper"}) as box:
            await box.boot()
            for inner in ("idToken", "IdToken"):
                answer = await box.post("authorize", {"authReq": BOX | {"IdToken": {inner: "VALID"}}})
                assert answer.json()["authRes"]["IdTagInfo"]["status"] == "Accepted"
            assert (await box.start())["idTagInfo"]["status"] == "Accepted"

    run(story())


def test_measurands_with_underscores(tmp_path: Path) -> None:
    """X6: the energy is found under the spelling of the examples."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X6": "underscores"}) as box:
            await box.boot()
            await box.start()
            document = stop_document(1)
            sample = energy_sample("3.50") | {"measurand": "Energy_Active_Import_Register"}
            document["stopTransactionReq"]["transactionData"] = {"values": [sample]}
            assert (await box.post("stopTrans", document)).status_code == 200
            assert (await box.orders())[0]["energyWh"] == 3500

    run(story())


def test_iso_times(tmp_path: Path) -> None:
    """X8: answers carry ISO 8601 with milliseconds; requests may carry either."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X8": "iso"}) as box:
            assert (await box.boot())["currentTime"] == "2026-10-01T02:00:00.000Z"
            answer = await box.notify(timestamp="2026-10-01T10:00:00.000+08:00")
            assert answer.json()["statusNotificationRes"] == {"timestamp": "2026-10-01T02:00:00.000Z"}
            assert (await box.notify(timestamp="yesterday")).status_code == 400

    run(story())


@pytest.mark.parametrize(
    ("readings", "meter_start", "meter_stop", "energy", "billed_wh"),
    [
        ({"EVC-X9": "kWh"}, 10, 12, "2.25", 2250),
        ({"EVC-X16": "register"}, 10_000, 12_250, "12.25", 2250),
        ({"EVC-X16": "register", "EVC-X9": "kWh"}, 10, 12, "12.25", 2250),
        ({"EVC-X16": "register"}, 10_000, 0, "9.00", 0),
    ],
)
def test_registers_and_consumed_energy(
    tmp_path: Path, readings: dict[str, str], meter_start: int, meter_stop: int, energy: str, billed_wh: int
) -> None:
    """X9, X16: a register in kWh, and a register in transactionData, whose consumption counts from meterStart."""

    async def story() -> list[Any]:
        async with calling(tmp_path, readings=readings) as box:
            await box.boot()
            await box.start(meter=meter_start)
            await box.stop(1, meter=meter_stop, energy=energy)
            return [order["energyWh"] for order in await box.orders()]

    assert run(story()) == [billed_wh]


def test_refusals_with_an_error_body(tmp_path: Path) -> None:
    """X10: HTTP 200 and an error body; what never reaches a service keeps its HTTP status."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X10": "error-body"}) as box:
            refused = await box.sample(99)
            assert (refused.status_code, refused.json()) == (200, {"errorCode": 1, "message": "unknown transaction"})
            assert (await box.post("nobody", {})).status_code == 404

    run(story())


def test_connector_0_is_the_whole_box(tmp_path: Path) -> None:
    """X20: a notification of connector 0 sets every connector; by default there is none of that number."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X20": "zero"}) as box:
            await box.boot()
            await box.notify(connector=0, status="Faulted", error="OtherError")
            assert [await box.connector(1), await box.connector(2)] == [255, 255]
        async with calling(tmp_path) as box:
            assert (await box.notify(connector=0)).status_code == 409

    run(story())


def test_rejected_in_lower_case(tmp_path: Path) -> None:
    """X25: the prose's spelling; Accepted stays as it is."""

    async def story() -> None:
        async with calling(tmp_path, readings={"EVC-X25": "rejected"}) as box:
            assert (await box.boot("CB-NOBODY"))["status"] == "rejected"
            assert (await box.boot())["status"] == "Accepted"

    run(story())


def test_an_unknown_reading_is_named(tmp_path: Path) -> None:
    """A mistyped reading is misuse, told with what would do; rows of other parties are passed over."""
    with pytest.raises(ValueError, match=r"EVC-X1 = 'xml'; the reference knows form, json"):
        setting(tmp_path, readings={"EVC-X1": "xml"})
    assert setting(tmp_path, readings={"EVC-X21": "15", "BJ-X1": "any"}).reading("EVC-X1") == "form"
