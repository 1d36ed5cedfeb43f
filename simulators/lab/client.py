"""The lab as scenarios and the console see it: typed, synchronous, the same over HTTP and inside the process.

A scenario says what happens; it never looks at an answer to judge it. Where it cannot go on because the server did
not play its part, it says so with ``Unmet``, and the rows concerned stay without evidence.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import httpx

from simulators.evchong import content
from simulators.evchong.messages import (
    AuthorizeRequest,
    Canonical,
    HeartbeatRequest,
    Measurand,
    MeterValue,
    MeterValuesRequest,
    Service,
    StartRequest,
    StatusRequest,
    StopRequest,
    UnitOfMeasure,
)
from simulators.lab.charger_client import Charger
from simulators.lab.city_client import City

ORDER_PATIENCE_S = 31
MISSED_BEYOND_S = 16  # what follows from a box that is missed is looked for so much later
T = TypeVar("T")


class Unmet(Exception):
    """A precondition that the server did not give; the scenario ends here, without blame."""


class Lacking(Unmet):
    """The target, and not its server, has not what a scenario needs."""


class Transport(Protocol):
    """How a verb reaches the lab."""

    def ask(self, verb: str, arguments: dict[str, Any]) -> Any: ...


class ControlTransport:
    """Over the control API of a lab in another process. ``token`` is what that lab printed."""

    def __init__(self, url: str, token: str, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=3600, trust_env=False)
        self._url, self._headers = url.rstrip("/"), {"Authorization": f"Bearer {token}"}

    def ask(self, verb: str, arguments: dict[str, Any]) -> Any:
        answer = self._client.post(f"{self._url}/verbs/{verb}", json=arguments, headers=self._headers)
        if answer.status_code != 200:
            from simulators.lab.setting import LabError

            raise LabError(f"{verb}: the lab answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()


@dataclass(frozen=True, slots=True)
class Said:
    """What the driver needs to know of an answer to go on: HTTP status or None, and the canonical answer or None."""

    status: int | None
    answer: Canonical | None

    @property
    def transaction_id(self) -> int | None:
        return content.transaction_id(self.answer)

    @property
    def authorization(self) -> str | None:
        return content.id_tag_info(self.answer).status


class Box:
    """A leased box."""

    def __init__(self, lab: Lab, serial: str, station: str, connectors: list[int]) -> None:
        self._lab, self.serial, self.station, self.connectors = lab, serial, station, connectors

    def _do(self, verb: str, **arguments: Any) -> Any:
        return self._lab.do(verb, box=self.serial, **arguments)

    # by itself

    def boot(self, *, mandatory_only: bool = False) -> bool:
        """Switch on; True when the server accepted the box."""
        state = self._do("box.power_on", mandatory_only=mandatory_only)
        return bool(state and state["power"] == "on")

    def booted(self) -> Box:
        """Switch on; the scenario cannot go on unless the server accepts the box."""
        if not self.boot():
            raise Unmet(f"box {self.serial} was not accepted at boot")
        return self

    def power_off(self) -> None:
        self._do("box.power_off")

    def swipe(self, card: str, connector: int | None = None) -> None:
        self._do("box.swipe", card=card, connector=connector or self.connectors[0])

    def unplug(self, connector: int | None = None) -> None:
        self._do("box.unplug", connector=connector or self.connectors[0])

    def fault(
        self, error_code: str, vendor_error_code: str, explanation: str | None = None, connector: int = 0
    ) -> None:
        self._do(
            "box.fault",
            connector=connector or self.connectors[0],
            error_code=error_code,
            vendor_error_code=vendor_error_code,
            explanation=explanation,
        )

    def clear(self, connector: int | None = None) -> None:
        self._do("box.clear", connector=connector or self.connectors[0])

    def show(self, status: str, connector: int | None = None) -> None:
        self._do("box.show", connector=connector or self.connectors[0], status=status)

    def cut_off(self) -> None:
        self._do("box.network", up=False)

    def back(self) -> None:
        self._do("box.network", up=True)

    def let_it_be_missed(self) -> None:
        """Pass the time in which a server notices that it hears nothing: it told the interval, the target how many."""
        intervals = self._lab.do("lab.facts")["offline_after_intervals"] + 1
        self._lab.pass_time(intervals * self._do("box.state")["heartbeat_s"] + MISSED_BEYOND_S)

    def transaction(self, connector: int | None = None) -> int | None:
        """The transaction that runs on a connector, None when none does."""
        state = self._do("box.state")
        found: int | None = state["connectors"][str(connector or self.connectors[0])]["transaction"]
        return found

    def charging(self, card: str, connector: int | None = None) -> int:
        """Swipe, and go on only when a transaction runs; gives its id."""
        self.swipe(card, connector)
        transaction_id = self.transaction(connector)
        if transaction_id is None:
            raise Unmet(f"no transaction was opened for a valid card on box {self.serial}")
        return transaction_id

    def charge(self, card: str, *, seconds: float, connector: int | None = None) -> int:
        """A whole charge: swipe, charge, swipe."""
        transaction_id = self.charging(card, connector)
        self._lab.pass_time(seconds)
        self.swipe(card, connector)
        return transaction_id

    # by hand: messages that the box would not send by itself

    def say(self, service: Service, message: Canonical) -> Said:
        told = self._do("box.say", service=str(service), message=message)
        return Said(told["status"], told["answer"]) if told else Said(None, None)

    def say_bytes(self, operation: str, body: bytes, **how: Any) -> Said:
        """Any bytes: method, path, content_type, plain_port."""
        told = self._do("box.say_bytes", operation=operation, body=base64.b64encode(body).decode("ascii"), **how)
        return Said(told["status"], told["answer"]) if told else Said(None, None)

    def say_authorize(self, card: str) -> Said:
        return self.say(Service.AUTHORIZE, AuthorizeRequest(box_serial=self.serial, id_token=card).canonical())

    def say_heartbeat(self, *, with_station: bool) -> Said:
        station = self.station if with_station else None
        return self.say(Service.HEARTBEAT, HeartbeatRequest(box_serial=self.serial, station_serial=station).canonical())

    def start_request(self, card: str, connector: int | None = None, meter_start_wh: int = 123_450) -> StartRequest:
        return StartRequest(
            box_serial=self.serial,
            connector=connector or self.connectors[0],
            id_token=card,
            meter_start_wh=meter_start_wh,
            timestamp_ms=self._lab.now_ms(),
        )

    def say_start(self, card: str, connector: int | None = None, meter_start_wh: int = 123_450) -> Said:
        return self.say(Service.START_TRANS, self.start_request(card, connector, meter_start_wh).canonical())

    def sample(self, measurand: Measurand, unit: UnitOfMeasure | None, value: str = "1.00") -> MeterValue:
        from decimal import Decimal

        return MeterValue(measurand=measurand, value=Decimal(value), unit=unit, timestamp_ms=self._lab.now_ms())

    def meter_values_request(
        self, transaction_id: int, *samples: MeterValue, connector: int | None = None
    ) -> MeterValuesRequest:
        values = samples or (
            self.sample(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, "123.45"),
            self.sample(Measurand.CURRENT_IMPORT, UnitOfMeasure.AMP, "31.82"),
            self.sample(Measurand.VOLTAGE, UnitOfMeasure.VOLT, "219.86"),
        )
        return MeterValuesRequest(
            box_serial=self.serial,
            connector=connector or self.connectors[0],
            transaction_id=transaction_id,
            values=values,
        )

    def say_meter_values(self, transaction_id: int, *samples: MeterValue, connector: int | None = None) -> Said:
        request = self.meter_values_request(transaction_id, *samples, connector=connector)
        return self.say(Service.METER_VALUES, request.canonical())

    def stop_request(
        self, transaction_id: int, *, card: str | None = None, meter_stop_wh: int = 123_450, energy_kwh: str = "0.00"
    ) -> StopRequest:
        return StopRequest(
            box_serial=self.serial,
            transaction_id=transaction_id,
            meter_stop_wh=meter_stop_wh,
            id_token=card,
            values=(self.sample(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, energy_kwh),),
            timestamp_ms=self._lab.now_ms(),
        )

    def say_stop(
        self, transaction_id: int, *, card: str | None = None, meter_stop_wh: int = 123_450, energy_kwh: str = "0.00"
    ) -> Said:
        request = self.stop_request(transaction_id, card=card, meter_stop_wh=meter_stop_wh, energy_kwh=energy_kwh)
        return self.say(Service.STOP_TRANS, request.canonical())

    def status_request(self, error_code: str, status: str, **fields: Any) -> StatusRequest:
        from simulators.evchong.messages import ChargePointErrorCode, ChargePointStatus

        known: dict[str, Any] = {"vendor_id": "V-0001", "vendor_error_code": "0", "connector": self.connectors[0]}
        return StatusRequest(
            box_serial=self.serial,
            error_code=ChargePointErrorCode(error_code),
            status=ChargePointStatus(status),
            timestamp_ms=self._lab.now_ms(),
            **(known | fields),
        )

    def say_status(self, error_code: str, status: str, **fields: Any) -> Said:
        return self.say(Service.STATUS_NOTIFY, self.status_request(error_code, status, **fields).canonical())


class Lab:
    """What a scenario can make happen."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.city = City(self)
        self._gathered: list[list[Any]] | None = None

    def do(self, verb: str, /, **arguments: Any) -> Any:
        """Any verb by name; inside ``together`` it is gathered, and gives None."""
        if self._gathered is not None:
            self._gathered.append([verb, arguments])
            return None
        return self._transport.ask(verb, arguments)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is asked inside happens at the same time, when the block ends."""
        self._gathered = []
        try:
            yield
            commands = self._gathered
        finally:
            self._gathered = None
        self._transport.ask("lab.together", {"commands": commands})

    def box(self, **shape: Any) -> Box:
        """A registered box that nobody uses: sockets, meter, other_station_than, own_numbering, share."""
        return Box(self, **self.do("box.lease", **shape))

    def unregistered_box(self, **who: str) -> Box:
        return Box(self, **self.do("box.unregistered", **who))

    def charger(self, **shape: Any) -> Charger:
        """A charger of the lab's own that nobody uses: bonus, equipment."""
        return Charger(self, **self.do("charger.lease", **shape))

    def card(self, state: str = "valid") -> str:
        card: str = self.do("card.lease", state=state)["id_token"]
        return card

    def unknown_card(self, like: str = "") -> str:
        """A card that the server does not know; it may look like one that it does."""
        card: str = self.do("card.unknown", like=like)["id_token"]
        return card

    def new_serial(self, like: str = "") -> str:
        """The serial of a box that nobody has; it may look like one that somebody has."""
        serial: str = self.do("name.serial", like=like)["serial"]
        return serial

    def shuffled(self, things: Iterable[T]) -> list[T]:
        """In an order that nobody can guess who does not know the run's seed."""
        things = list(things)
        return [things[place] for place in self.do("order.drawn", count=len(things))["places"]]

    def company(self) -> str:
        """The name of a company that does not exist."""
        name: str = self.do("name.company")["name"]
        return name

    def written(self, service: Service, message: Canonical) -> tuple[str, bytes]:
        """Content type and bytes of a canonical message, in the target's readings."""
        told = self.do("box.written", service=str(service), message=message)
        return told["content_type"], base64.b64decode(told["body"])

    def plain_ports(self) -> list[int]:
        ports: list[int] = self.do("lab.facts")["plain_ports"]
        return ports

    def clock(self) -> str:
        """The kind of time that passes: stepped, scaled or real."""
        kind: str = self.do("lab.facts")["clock"]
        return kind

    def now_ms(self) -> int:
        # asked for while gathering, too: a time stamp is no event
        now: int = self._transport.ask("time.now", {})["now_ms"]
        return now

    def pass_time(self, seconds: float) -> None:
        self.do("time.pass", seconds=seconds)

    def restart_server(self) -> None:
        """Stop the server and start it again at the same address; the scenario cannot go on without one of ours."""
        if not self.do("lab.facts")["can_restart"]:
            raise Lacking("the server runs without us: whoever started it restarts it")
        self.do("server.restart")

    def seconds_to_price_change(self, station: str) -> float | None:
        """How long until a kWh of a station costs something else; None where it never does."""
        seconds: float | None = self.do("time.to_price_change", station=station)["seconds"]
        return seconds

    def granted(self, verb: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Use a surface without which the scenario cannot go on: refused, or without what was asked for."""
        answer = self.surface(verb, **arguments)
        if answer.get("refused") or None in answer.values():
            raise Unmet(f"surface {verb} gave nothing to go on with: {dict(answer)}")
        return answer

    def glance_at_orders(self) -> None:
        """Look at the orders where the target shows them; the scenario goes on without."""
        self.do("surface.use", verb="orders", arguments={})

    def look_at_orders(self) -> None:
        """Look at the orders now, and once more when a server has had its time to bill."""
        self.surface("orders")
        self.pass_time(ORDER_PATIENCE_S)
        self.surface("orders")

    def stop_what_was_started_by_hand(self) -> None:
        """End the transactions that were opened by messages of the scenario's own."""
        self.do("lab.stop_by_hand")

    def surface(self, verb: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Use a surface of the operator's; the scenario cannot go on where the target offers none."""
        answer: Mapping[str, Any] = self.do("surface.use", verb=verb, arguments=arguments)
        if "unavailable" in answer:
            raise Lacking(f"surface {verb}: {answer['unavailable']}")
        return answer
