"""A lab with the reference and a municipal platform, and what the platform was told, for tests of the reference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from simulators.beijing.content import violations
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.journal.records import Exchange
from simulators.lab.charger_client import Charger
from simulators.lab.client import Box, Lab
from simulators.lab.lab import START_MS
from simulators.lab.running import RunningLab
from simulators.lab.setting import CitySetting, LabSetting
from simulators.world.city import CityContract, CityKeys, Socket
from simulators.world.site import BoxRecord, Card, Site, Station, Tariff, TariffPeriod

PLATFORM, OPERATOR = "MA0CITY01", "MA0TEST01"
TOKEN, STATUS = "query_token", "notification_stationStatus"
CHARGE, BONUS = "notification_equip_charge_status", "notification_charge_order_info_for_bonus"
START_RESULT, STOP_RESULT = "notification_start_charge_result", "notification_stop_charge_result"
ORDER, CHECK = "notification_charge_order_info", "check_charge_orders"
CHARGER = "SOCKET-9"  # the one without a box


def keys(letter: str) -> CityKeys:
    return CityKeys(
        operator_secret=letter * 16,
        data_secret=f"{letter * 15}1",
        data_secret_iv=f"{letter * 15}2",
        sig_secret=f"{letter * 15}3",
    )


CONTRACT = CityContract(
    platform_id=PLATFORM,
    operator_id=OPERATOR,
    platform_keys=keys("A"),
    operator_keys=keys("B"),
    sockets=(
        Socket(id="SOCKET-1", equipment="PILE-1", station="PLACE-1", box="CB-1", connector=1, power_w=7040),
        Socket(id="SOCKET-2", equipment="PILE-1", station="PLACE-1", box="CB-1", connector=2, bonus=False),
        Socket(id="SOCKET-7", equipment="PILE-2", station="PLACE-2", box="CB-2", connector=7),
        Socket(id="SOCKET-9", equipment="PILE-3", station="PLACE-2"),
    ),
)
SITE = Site(
    boxes=[
        BoxRecord(serial="CB-1", station="ST-1", connectors=[1, 2]),
        BoxRecord(serial="CB-2", station="ST-1", connectors=[7], meter=False),
    ],
    cards=[Card(id_token="VALID", user="张三")],
    stations=[Station(id="ST-1")],
    tariffs=[
        Tariff(
            periods=[
                TariffPeriod(start="00:00", electricity_price_e4=6950, service_price_e4=8000),
                TariffPeriod(start="10:05", electricity_price_e4=10_000, service_price_e4=8000),
            ]
        )
    ],
)


class Push(NamedTuple):
    """One call of the server: seconds since the start, the decrypted Data, and the Ret that it was answered."""

    at_s: float
    content: dict[str, Any]
    ret: int | None


class Story:
    """A lab, and what has reached the platform in it."""

    def __init__(self, running: RunningLab) -> None:
        self.lab, self._running = Lab(running), running

    @property
    def server(self) -> Any:
        return self._running.lab._server

    def box(self, **shape: Any) -> Box:
        return self.lab.box(**shape).booted()

    def refuse(self, interface: str, how: str, times: int = 1) -> None:
        self.lab.do("city.refuse", interface=interface, how=how, times=times)

    def ask(self, interface: str, **content: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.lab.do("city.ask", interface=interface, content=content)
        return told

    def authorize(self) -> None:
        """The platform has a token from now on."""
        self.lab.do("city.fetch_token")

    def told(self, interface: str, **content: Any) -> dict[str, Any]:
        """What a question that is answered with Ret 0 says."""
        told = self.ask(interface, **content)
        assert told["ret"] == 0, told
        answer: dict[str, Any] = told["content"]
        assert violations(Interface(interface), Kind.ANSWER, answer) == ()
        return answer

    # The charger without a box

    def charger(self) -> Charger:
        """It, with a vehicle plugged in; the platform has a token."""
        self.authorize()
        return self.lab.charger().plugged()

    def start(self, seq: str, connector: str = CHARGER) -> dict[str, Any]:
        return self.told("query_start_charge", StartChargeSeq=seq, ConnectorID=connector, QRCode="")

    def started(self) -> str:
        """The number of a charge whose start was accepted."""
        seq = self.lab.city.next_number()
        assert self.start(seq)["SuccStat"] == 0
        return seq

    def stop(self, seq: str, connector: str = CHARGER) -> dict[str, Any]:
        return self.told("query_stop_charge", StartChargeSeq=seq, ConnectorID=connector)

    def status(self, seq: str) -> dict[str, Any]:
        return self.told("query_equip_charge_status", StartChargeSeq=seq)

    def app(self, method: str, **given: Any) -> dict[str, Any]:
        """A call of the operator's own app about charges."""
        with httpx.Client(verify=False, trust_env=False) as http:
            answer = http.request(method, f"{self.server.base_url}/app/v1/charges", **given)
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json()
        return said

    # What came

    def pushes(self, interface: str) -> list[Push]:
        return [push for name, push in self.calls() if name == interface]

    def calls(self) -> list[tuple[str, Push]]:
        """What the server sent to the platform, in the order in which it came; nothing was wrong with any of it."""
        return [
            (record.operation, _push(record))
            for record in self._running.journal.since(0)
            if isinstance(record, Exchange) and (record.protocol, record.actor) == ("beijing", "sut")
        ]

    def statuses(self, socket: str = "SOCKET-1") -> list[tuple[float, int]]:
        """When which state of a connector was pushed."""
        told = [(push.at_s, push.content["ConnectorStatusInfo"]) for push in self.pushes(STATUS)]
        return [(at_s, info["Status"]) for at_s, info in told if info["ConnectorID"] == socket]


@contextmanager
def story(folder: Path, **changes: Any) -> Iterator[Story]:
    """The reference in a lab on a stepped clock, with a platform of the contract above."""
    given: dict[str, Any] = {"start": "reference", "city": CitySetting(contract=CONTRACT), **changes}
    with RunningLab(LabSetting(journal=folder / "journal.db", site=SITE, **given)) as running:
        yield Story(running)


def _push(record: Exchange) -> Push:
    view = record.view or {}
    request, answer = view["request"], view["answer"]
    assert request.get("faults", []) == []
    return Push((record.at_ms - START_MS) / 1000, request["content"], answer["ret"] if answer else None)
