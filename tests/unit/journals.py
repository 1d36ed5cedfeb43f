"""Hand-written journals: a story told step by step becomes records with real bytes, and the judge reads them.

A box ``asks`` and an answer of any kind follows; between the two others may ask, time may pass, facts may happen::

    story = Story()
    story.booted()
    story.authorize("CARD-1").answered(status="Blocked")
    assert story.judged().of("EVC-1.2-a") == ["bad accepted"]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from conformance.finding import Finding
from conformance.judge import Judge
from conformance.rules.evchong.bench import EvchongBench
from conformance.rules.evchong.known import Pixit
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.evchong.messages import (
    AuthorizeRequest,
    BootRequest,
    BoxRequest,
    Canonical,
    ChargePointErrorCode,
    ChargePointStatus,
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
from simulators.evchong.peer import PROVOKED
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, Step, WireError
from simulators.world.site import BoxRecord, Card, Site, Station, Tariff, TariffPeriod

NOON_MS = 1425268800000
TICK_NS = 1_000_000
REGISTER_WH = 123_450
LEFT_OUT: Final = object()  # in place of a field's value: the answer does not have it
CARD_SERVICES = (Service.AUTHORIZE, Service.START_TRANS, Service.STOP_TRANS)

BOX, OTHER_BOX, SINGLE, ODD, STRANGER = "CB-0001", "CB-0002", "CB-SINGLE", "CB-ODD", "CB-STRANGER"
HOME, OTHER_HOME, NOWHERE = "ST-0001", "ST-0002", "ST-NOWHERE"
CARD, OTHER_CARD, BLOCKED, EXPIRED, UNKNOWN = "CARD-1", "CARD-2", "CARD-BLOCKED", "CARD-EXPIRED", "CARD-UNKNOWN"

SITE = Site(
    boxes=[
        BoxRecord(serial=BOX, station=HOME, connectors=[1, 2]),
        BoxRecord(serial=OTHER_BOX, station=OTHER_HOME, connectors=[1, 2]),
        BoxRecord(serial=SINGLE, station=HOME, connectors=[1]),
        BoxRecord(serial=ODD, station=HOME, connectors=[7, 9]),
    ],
    cards=[
        Card(id_token=CARD),
        Card(id_token=OTHER_CARD),
        Card(id_token=BLOCKED, state="blocked"),
        Card(id_token=EXPIRED, state="expired"),
    ],
    stations=[Station(id=HOME), Station(id=OTHER_HOME)],
    tariffs=[
        Tariff(
            periods=[
                TariffPeriod(start="00:00", electricity_price_e4=3000, service_price_e4=4000),
                TariffPeriod(start="08:00", electricity_price_e4=6000, service_price_e4=4000),
            ]
        )
    ],
)
HOMES = {box.serial: box.station for box in SITE.boxes}

reached: set[tuple[str, str, bool]] = set()  # row, case and verdict of every finding that a test has asked for


class Judged:
    """What the judge found in a story."""

    def __init__(self, judge: Judge, findings: list[Finding]) -> None:
        self.judge = judge
        self.findings = findings

    def of(self, row: str) -> list[str]:
        """The findings of one row, in order, as "good accepted" or "bad accepted"."""
        found = [finding for finding in self.findings if finding.row == row]
        reached.update((row, finding.case, finding.ok) for finding in found)
        return [f"{'good' if finding.ok else 'bad'} {finding.case}" for finding in found]

    def blamed(self) -> list[str]:
        """Everything bad that was found, each once, as "EVC-1.1-a accepted"."""
        bad = [finding for finding in self.findings if not finding.ok]
        reached.update((finding.row, finding.case, False) for finding in bad)
        return sorted({f"{finding.row} {finding.case}" for finding in bad})


class Asked:
    """A request on its way. The exchange is written down when its answer comes, as in life."""

    def __init__(self, story: Story, service: Service, request: Request, keys: dict[str, str], injected: str) -> None:
        self.service = service
        self.request = request
        self.transaction = 0  # of a start, once it is answered
        self.sent_ms, self.sent_ns = story.now_ms, story.tick()
        self._story, self._keys, self._injected = story, keys, injected
        self.asked: BoxRequest | None = None

    def answered(self, **fields: Any) -> Asked:
        """As a correct server would that accepts, but for the fields given; ``status`` of a card is in idTagInfo."""
        body: dict[str, Any] = self._usual()
        if self.service in CARD_SERVICES and "status" in fields:
            body["idTagInfo"]["status"] = fields.pop("status")
        body = {name: value for name, value in (body | fields).items() if value is not LEFT_OUT}
        if isinstance(body.get("transactionId"), int):
            self.transaction = int(body["transactionId"])
        return self.answered_with({self.service.answer_root: body})

    def answered_with(self, body: Any, status: int = 200) -> Asked:
        """By any bytes, or anything that JSON can say."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self._written(Answer(status, b"", data), None)
        return self

    def refused(self, status: int = 400) -> Asked:
        """By an HTTP status alone."""
        return self.answered_with(b"", status)

    def broken(self, error: WireError, *, resent: bool = False) -> Asked:
        """No whole answer came."""
        self._written(None, error, resent)
        return self

    def _usual(self) -> dict[str, Any]:
        now_ms = self._story.now_ms
        if self.service is Service.DEVICE_BOOT:
            return {"heartbeatInterval": 10, "currentTime": now_ms, "status": "Accepted"}
        if self.service is Service.HEARTBEAT:
            return {"currentTime": now_ms}
        if self.service is Service.STATUS_NOTIFY:
            return {"timestamp": now_ms}
        answer: dict[str, Any] = {}
        if self.service in CARD_SERVICES:
            answer["idTagInfo"] = {"status": "Accepted"}
        if self.service is Service.START_TRANS:
            answer["transactionId"] = self._story.next_transaction()
        if isinstance(self.asked, MeterValuesRequest | StopRequest):
            answer["transactionId"] = self.asked.transaction_id
        if self.service is Service.METER_VALUES:
            answer["timestamp"] = now_ms
        return answer

    def _written(self, answer: Answer | None, error: WireError | None, resent: bool = False) -> None:
        self._story.write(
            Exchange(
                at_ms=self.sent_ms,
                answered_at_ms=self._story.now_ms,
                intended_ns=self.sent_ns,
                sent_ns=self.sent_ns,
                duration_ns=self._story.tick() - self.sent_ns,
                wall_ns=self.sent_ns,
                protocol="evchong",
                actor=f"box {self._keys['box']}",
                peer="sut",
                operation=str(self.service),
                request=self.request,
                answer=answer,
                error=error,
                error_text="as the story goes" if error else "",
                resent=resent,
                injected=self._injected,
                keys=self._keys,
            )
        )


class Story:
    """One journal in the making. ``by_hand``: what boxes say was put into their mouths, and is not their conduct."""

    def __init__(
        self,
        *,
        by_hand: bool = True,
        readings: Mapping[str, str] | None = None,
        world: int = 0,
        site: Site = SITE,
        **pixit: Any,
    ) -> None:
        self.codec = Codec(Readings.parse(readings or {}))
        self.pixit = Pixit(site=site, codec=self.codec, readings=readings or {}, **pixit)
        self.records: list[Record] = []
        self.now_ms = NOON_MS
        self._by_hand, self._world = by_hand, world
        self._now_ns = 0
        self._transactions = 1000

    # What the records are made of

    def tick(self) -> int:
        """A moment of the machine's own clock, later than every other."""
        self._now_ns += TICK_NS
        return self._now_ns

    def next_transaction(self) -> int:
        """An id that nobody has."""
        self._transactions += 1
        return self._transactions

    def write(self, record: Record) -> None:
        """Give the record its place in the journal."""
        numbered: dict[str, Any] = {name: getattr(record, name) for name in record.__struct_fields__}
        self.records.append(type(record)(**numbered | {"seq": len(self.records) + 1, "world": self._world}))

    # What happens

    def passes(self, seconds: float) -> None:
        """Time."""
        self.now_ms += round(seconds * 1000)

    def did(
        self,
        what: str,
        box: str = BOX,
        *,
        connector: int | None = None,
        card: str = "",
        transaction: int | None = None,
        **values: Any,
    ) -> None:
        """A fact about a box, or about a connector of it."""
        possible = {"connector": connector, "card": card or None, "transaction": transaction}
        named = {"box": box} | {name: str(value) for name, value in possible.items() if value is not None}
        moment = self.tick()
        self.write(
            Fact(
                at_ms=self.now_ms,
                mono_ns=moment,
                wall_ns=moment,
                actor=f"box {box}",
                what=what,
                keys=named,
                values=values,
            )
        )

    def surface(self, verb: str, answer: Mapping[str, Any], **arguments: Any) -> None:
        """The operator's own surface was used."""
        values = {"arguments": arguments, "answer": {"refused": False, **answer}}
        moment = self.tick()
        self.write(
            Fact(
                at_ms=self.now_ms,
                mono_ns=moment,
                wall_ns=moment,
                actor="operator",
                what="surface-answered",
                keys={"verb": verb},
                values=values,
            )
        )

    def orders(self, *orders: Mapping[str, Any]) -> None:
        """The operator's list of orders was looked at."""
        self.surface("orders", {"items": list(orders)})

    def connectors(self, *shown: tuple[str, int, int]) -> None:
        """The operator's list of connectors was looked at: box, connector, status."""
        self.surface("connectors", {"items": [{"box": b, "connector": c, "status": s} for b, c, s in shown]})

    def step(self, what: str, scenario: str = "", **values: Any) -> None:
        """The harness did something."""
        moment = self.tick()
        self.write(Step(at_ms=self.now_ms, mono_ns=moment, wall_ns=moment, what=what, scenario=scenario, values=values))

    # What boxes say

    def says(self, asked: BoxRequest, **way: Any) -> Asked:
        """Any request, well-formed."""
        on_its_way = self.says_canonical(asked.service, asked.canonical(), asked.box_serial, **way)
        on_its_way.asked = asked
        return on_its_way

    def says_canonical(self, service: Service, canonical: Canonical, box: str = BOX, **way: Any) -> Asked:
        """Any message, well-formed or not."""
        content_type, body = self.codec.request_bytes(service, canonical)
        return self.says_bytes(service, body, box, content_type=content_type, **way)

    def says_bytes(
        self,
        service: Service,
        body: bytes,
        box: str = BOX,
        *,
        content_type: str = "application/x-www-form-urlencoded",
        method: str = "POST",
        scheme: str = "https",
        line: str = "",
        at_connector: int | None = None,
    ) -> Asked:
        """Any bytes, by any method; ``line`` and ``at_connector`` are what the box knows of it beside the bytes."""
        head = f"{method} {service.path} HTTP/1.1\r\nContent-Type: {content_type}\r\n\r\n".encode()
        request = Request(method, f"{scheme}://sut:8443{service.path}", head, body)
        keys = {"box": box} | ({"line": line} if line else {})
        keys |= {"connector": str(at_connector)} if at_connector is not None else {}
        return Asked(self, service, request, keys, PROVOKED if self._by_hand else "")

    def boot(self, box: str = BOX, station: str = "", *, model: str | None = "Keli-0001", **way: Any) -> Asked:
        station = station or HOMES.get(box, HOME)
        return self.says(BootRequest(box_serial=box, station_serial=station, vendor="Keli", model=model), **way)

    def booted(self, *boxes: str) -> None:
        """The boxes, or the first one, have booted and were accepted."""
        for box in boxes or (BOX,):
            self.boot(box).answered()

    def authorize(self, card: str = CARD, box: str = BOX, **way: Any) -> Asked:
        return self.says(AuthorizeRequest(box_serial=box, id_token=card), **way)

    def beat(self, box: str = BOX, station: str | None = None, **way: Any) -> Asked:
        return self.says(HeartbeatRequest(box_serial=box, station_serial=station), **way)

    def start(
        self,
        card: str = CARD,
        box: str = BOX,
        connector: int = 1,
        *,
        meter_wh: int = REGISTER_WH,
        reservation: int | None = None,
        **way: Any,
    ) -> Asked:
        start = StartRequest(
            box_serial=box,
            connector=connector,
            id_token=card,
            meter_start_wh=meter_wh,
            timestamp_ms=self.now_ms,
            reservation_id=reservation,
        )
        return self.says(start, **way)

    def sample(
        self,
        of: Asked,
        *values: MeterValue,
        transaction: int | None = None,
        box: str = "",
        connector: int = 0,
        **way: Any,
    ) -> Asked:
        """Meter values of a start's transaction; the periodic three when none are given."""
        start = start_of(of)
        samples = MeterValuesRequest(
            box_serial=box or start.box_serial,
            connector=connector or start.connector,
            transaction_id=of.transaction if transaction is None else transaction,
            values=values or self.periodic(),
        )
        return self.says(samples, **way)

    def periodic(self) -> tuple[MeterValue, ...]:
        """Energy, current and voltage at this moment."""
        return (
            self.measured(Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, "123.46"),
            self.measured(Measurand.CURRENT_IMPORT, UnitOfMeasure.AMP, "32.00"),
            self.measured(Measurand.VOLTAGE, UnitOfMeasure.VOLT, "220.50"),
        )

    def measured(self, measurand: Measurand, unit: UnitOfMeasure | None, value: str = "1.00") -> MeterValue:
        return MeterValue(timestamp_ms=self.now_ms, measurand=measurand, value=Decimal(value), unit=unit)

    def stop(
        self,
        of: Asked,
        card: str | None = CARD,
        *,
        energy_wh: int = 1000,
        meter_wh: int | None = None,
        transaction: int | None = None,
        by: str = "",
        **way: Any,
    ) -> Asked:
        """The end of a start's transaction, with the energy in both places unless ``meter_wh`` says otherwise.

        ``by``: another box than its own says it.
        """
        start = start_of(of)
        consumed = self.measured(
            Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, UnitOfMeasure.KWH, str(Decimal(energy_wh) / 1000)
        )
        stop = StopRequest(
            box_serial=by or start.box_serial,
            transaction_id=of.transaction if transaction is None else transaction,
            meter_stop_wh=start.meter_start_wh + energy_wh if meter_wh is None else meter_wh,
            values=(consumed,),
            timestamp_ms=self.now_ms,
            id_token=card,
        )
        return self.says(stop, at_connector=start.connector, **way)

    def status(
        self,
        status: str = "Available",
        error: str = "NoError",
        *,
        box: str = BOX,
        connector: int = 1,
        info: str | None = None,
        vendor_id: str | None = "V-1",
        vendor_code: str | None = "0",
        **way: Any,
    ) -> Asked:
        notification = StatusRequest(
            box_serial=box,
            connector=connector,
            status=ChargePointStatus(status),
            error_code=ChargePointErrorCode(error),
            timestamp_ms=self.now_ms,
            vendor_id=vendor_id,
            vendor_error_code=vendor_code,
            info=info,
        )
        return self.says(notification, **way)

    # What the judge makes of it

    def judged(self, *, ended: bool = True) -> Judged:
        """The findings of the whole story; a rule that breaks fails the test with its own traceback."""
        return judged_together([self], ended=ended)


def judged_together(stories: Iterable[Story], *, ended: bool = True) -> Judged:
    """The findings of the worlds of one run."""
    told = list(stories)
    judge = Judge(lambda: [EvchongBench(told[0].pixit)])
    findings: list[Finding] = []
    for story in told:
        if ended:
            story.step("run-ended")
        for record in story.records:
            findings += judge.observe(record)
    for world in judge.worlds.values():
        for bench in world.benches:
            assert not bench.crashes, bench.crashes[0].trace
    return Judged(judge, findings)


def start_of(asked: Asked) -> StartRequest:
    """What a start said."""
    assert isinstance(asked.asked, StartRequest)
    return asked.asked


def order_of(start: Asked, story: Story, *, energy_wh: int | None = 1000, **changes: Any) -> dict[str, Any]:
    """The order that a correct server shows for a session that has just been stopped; None is a field left out."""
    said = start_of(start)
    order = {
        "id": f"O-{start.transaction}",
        "transaction_id": start.transaction,
        "box": said.box_serial,
        "connector": said.connector,
        "card": said.id_token,
        "started_ms": start.sent_ms,
        "ended_ms": story.now_ms,
        "energy_wh": energy_wh,
        "total_fen": round(energy_wh * 0.1) if energy_wh is not None else None,
        "state": "done",
    }
    return {name: value for name, value in (order | changes).items() if value is not LEFT_OUT}
