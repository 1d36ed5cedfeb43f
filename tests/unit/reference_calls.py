"""Talks to an embedded server over real HTTPS, in the printed form of the document, for tests of that server."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import trustme

from simulators.clock import SteppedClock
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import ServerSetting
from simulators.world.site import BoxRecord, Card, Site, Station, Tariff, TariffPeriod

Result = TypeVar("Result")

START_MS = 1_790_820_000_000
SERVICES = "/evchong-api/cperent/v1/"
SITE = Site(
    boxes=[
        BoxRecord(serial="CB-1", station="ST-1", connectors=[1, 2], heartbeat_interval_s=5),
        BoxRecord(serial="CB-2", station="ST-2", connectors=[7], meter=False),
    ],
    cards=[
        Card(id_token="VALID"),
        Card(id_token="BLOCKED", state="blocked"),
        Card(id_token="EXPIRED", state="expired"),
        Card(id_token="VALID-2"),
    ],
    stations=[Station(id="ST-1"), Station(id="ST-2")],
    tariffs=[Tariff(periods=[TariffPeriod(start="00:00", electricity_price_e4=10_000, service_price_e4=8_000)])],
)


class Server(Protocol):
    """What can be started from a setting."""

    base_url: str

    def __init__(self, setting: ServerSetting) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def run(story: Coroutine[Any, Any, Result]) -> Result:
    """Tell a story to its end, within a limit that no healthy one comes near."""
    return asyncio.run(asyncio.wait_for(story, 30))


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def trusting() -> ssl.SSLContext:
    """A client that trusts the servers of these tests."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def setting(folder: Path, **changes: Any) -> ServerSetting:
    """The site above, on a stepped clock that nobody moves."""
    certificate = folder / "server.pem"
    if not certificate.exists():
        authority().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    given: dict[str, Any] = {"site": SITE, "clock": SteppedClock(START_MS), "certificate": certificate, **changes}
    return ServerSetting(**given)


class Caller:
    """One keep-alive client of a server."""

    def __init__(self, server: Any, http: httpx.AsyncClient) -> None:
        self.server, self.http = server, http

    async def post(self, service: str, document: Any, body: str = "form") -> httpx.Response:
        """Post a document, as the form parameter or as plain JSON."""
        text = json.dumps(document, ensure_ascii=False)
        if body == "json":
            headers = {"content-type": "application/json"}
            return await self.http.post(SERVICES + service, content=text, headers=headers)
        return await self.http.post(SERVICES + service, data={"data": text})

    async def boot(self, serial: str = "CB-1", station: str = "ST-1") -> dict[str, Any]:
        answer = await self.post("deviceBoot", boot_document(serial, station))
        return dict(answer.json()["bootRes"])

    async def authorize(self, card: str, serial: str = "CB-1") -> dict[str, Any]:
        answer = await self.post("authorize", {"authReq": wrapped(chargeBoxSerialNumber=serial, idToken=card)})
        return dict(answer.json()["authRes"]["idTagInfo"])

    async def beat(self, serial: str = "CB-1") -> httpx.Response:
        return await self.post("heartbeat", {"heartbeatReq": wrapped(chargeBoxSerialNumber=serial)})

    async def start(self, card: str = "VALID", connector: int = 1, serial: str = "CB-1", meter: int = 0) -> Any:
        answer = await self.post("startTrans", start_document(card, connector, serial, meter))
        return answer.json()["startTransactionRes"]

    async def sample(self, transaction: int, connector: int = 1, serial: str = "CB-1") -> httpx.Response:
        fields = wrapped(chargeBoxSerialNumber=serial) | {
            "connectorId": connector,
            "transactionId": transaction,
            "values": [energy_sample("1.00")],
        }
        return await self.post("meterValues", {"meterValuesReq": fields})

    async def stop(self, transaction: int, serial: str = "CB-1", **changes: Any) -> httpx.Response:
        return await self.post("stopTrans", stop_document(transaction, serial, **changes))

    async def notify(self, serial: str = "CB-1", **changes: Any) -> httpx.Response:
        return await self.post("statusNotify", status_document(serial, **changes))

    async def orders(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/app/v1/orders", params=query)
        return list(answer.json()["orders"])

    async def connector(self, number: int = 1, serial: str = "CB-1") -> int:
        """The status of one connector as the app shows it."""
        shown = (await self.http.get("/app/v1/connectors")).json()["connectors"]
        (status,) = [each["status"] for each in shown if (each["boxSerial"], each["connectorId"]) == (serial, number)]
        return int(status)


@asynccontextmanager
async def calling(
    folder: Path, kind: type[Any] = ReferenceServer, *, reusing: bool = True, **changes: Any
) -> AsyncIterator[Caller]:
    """A started server and its caller; both are gone afterwards. ``reusing``: over one connection that is kept."""
    server: Server = kind(setting(folder, **changes))
    await server.start()
    try:
        limits = httpx.Limits(max_keepalive_connections=None if reusing else 0)
        address = server.base_url
        async with httpx.AsyncClient(base_url=address, verify=trusting(), trust_env=False, limits=limits) as http:
            yield Caller(server, http)
    finally:
        await server.stop()


def wrapped(**texts: str) -> dict[str, Any]:
    """Strings as the examples wrap them."""
    return {name: {name: text} for name, text in texts.items()}


def boot_document(serial: str = "CB-1", station: str = "ST-1") -> dict[str, Any]:
    return {"bootReq": wrapped(chargeBoxSerialNumber=serial, chargePointSerialNumber=station, chargePointVendor="Keli")}


def start_document(card: str = "VALID", connector: int = 1, serial: str = "CB-1", meter: int = 0) -> dict[str, Any]:
    fields = wrapped(chargeBoxSerialNumber=serial, idToken=card)
    return {"startTransactionReq": fields | {"connectorId": connector, "meterStart": meter, "timestamp": START_MS}}


def energy_sample(value: str, unit: str = "kWh") -> dict[str, Any]:
    return {"measurand": "Energy.Active.Import.Register", "unit": unit, "value": value, "timestamp": START_MS}


def stop_document(
    transaction: int, serial: str = "CB-1", *, energy: str = "1.23", meter: int = 0, card: str = "", after_s: int = 3600
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "transactionId": transaction,
        "meterStop": meter,
        "timestamp": START_MS + after_s * 1000,
        "transactionData": {"values": [energy_sample(energy)]},
    }
    by_card = {"idTag": {"idToken": card}} if card else {}
    return {"stopTransactionReq": wrapped(chargeBoxSerialNumber=serial) | fields | by_card}


def status_document(
    serial: str = "CB-1", *, status: str = "Available", error: str = "NoError", connector: int = 1, **changes: Any
) -> dict[str, Any]:
    fields = {
        "connectorId": connector,
        "errorCode": error,
        "status": status,
        "timestamp": START_MS,
        "vendorId": "V-1",
        "vendorErrorCode": "0",
        **changes,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return {"statusNotificationReq": wrapped(chargeBoxSerialNumber=serial) | kept}
