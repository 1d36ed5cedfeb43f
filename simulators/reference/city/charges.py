"""notification_equip_charge_status: every running charge, however it was started (seed 1.1.8, 1.1.10, 2.2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from simulators.reference.app_api import CHARGING, FAULTED, IDLE, OFFLINE
from simulators.reference.billing import Bill, Part, bill, flown_evenly, flown_on
from simulators.reference.city.client import Outcome
from simulators.reference.city.figures import hundredth_kwh, kwh, time_stamp, yuan, yuan_per_kwh
from simulators.reference.city.known import BY_CARD, STAT_CHARGING, STAT_ENDED, Reading, Session
from simulators.reference.city.statuses import Statuses
from simulators.reference.state import Message, Order, Transaction
from simulators.world.city import Socket

MOST_DETAILS = 32  # SumPeriod, 5.10
REGISTER = "Energy.Active.Import.Register"
STOPPED_BY_USER, STOPPED_BY_PLATFORM, STOPPED_BY_BMS, STOPPED_BY_FAULT, DISCONNECTED = range(5)  # StopReason


class Charges(Statuses):
    """Sessions by the platform's number, and their status while they run.

    What boxes tell is turned into the same three calls that chargers of the private link lead to: ``charge_began``,
    ``charge_ended``, ``charge_billed``.
    """

    charge_status_s = 50  # 1.1.10

    # What boxes tell

    def charging_began(self, transaction: Transaction) -> None:
        super().charging_began(transaction)
        self.connector_changed(transaction.box, transaction.connector)
        socket = self.city.sockets.get((transaction.box.serial, transaction.connector.id))
        if socket is not None:
            self.charge_began(self.opened_session(socket, transaction))

    def opened_session(self, socket: Socket, transaction: Transaction) -> Session:
        seq = transaction.start_charge_seq = self.next_start_charge_seq()
        session = self.city.sessions[seq] = Session(
            seq=seq,
            socket=socket,
            transaction=transaction,
            charge_model=self.charge_model(transaction),
            user=self.card_holder(transaction),
            started_ms=transaction.started_ms,
            stat=STAT_CHARGING,
            reading=Reading(at_ms=transaction.started_ms),
        )
        return session

    def next_start_charge_seq(self) -> str:
        """A number of the operator's own: its OperatorID and 18 digits (cec102 4.1)."""
        count = self.counted_up("StartChargeSeq")
        stamp = time_stamp(self.now_ms(), self.contract.utc_offset_minutes)
        return f"{self.contract.operator_id}{stamp}{count % 10_000:04d}"

    def charge_model(self, transaction: Transaction) -> int:
        """How a transaction was started (2.2.1)."""
        return BY_CARD

    def card_holder(self, transaction: Transaction) -> str:
        """The customer's name at the operator; an anonymous card stands for itself."""
        card = self.state.cards.get(transaction.card)
        return (card and card.user) or transaction.card

    def charging_measured(self, transaction: Transaction) -> None:
        super().charging_measured(transaction)
        session = self.session_of(transaction)
        if session is not None and session.ended_ms is None:
            self.note_reading(session, self.box_reading(transaction))

    def charging_ended(self, transaction: Transaction) -> None:
        super().charging_ended(transaction)
        session = self.session_of(transaction)
        if session is not None and transaction.ended_ms is not None:
            session.ended_ms, session.stop_reason = transaction.ended_ms, self.stop_reason(transaction)
        self.connector_changed(transaction.box, transaction.connector)
        if session is not None:
            self.charge_ended(session)

    def billed(self, order: Order) -> None:
        super().billed(order)
        session = self.session_of(order.transaction)
        if session is None or session.ended_ms is None:
            return
        energy_wh = order.energy_wh or 0
        session.reading = Reading(at_ms=session.ended_ms, energy_wh=energy_wh)
        session.meter_wh = self.meter_readings(session, energy_wh)
        session.price = Bill(order.electricity_fen, order.service_fen, order.parts)
        self.charge_billed(session)

    def flown_in(self, transaction: Transaction, ended_ms: int, energy_wh: int) -> tuple[Part, ...]:
        """What the platform was told so far, and evenly the rest."""
        session = self.session_of(transaction)
        if session is None:
            return super().flown_in(transaction, ended_ms, energy_wh)
        return self.flown_until(session, ended_ms, energy_wh)

    def session_of(self, transaction: Transaction) -> Session | None:
        return self.city.sessions.get(transaction.start_charge_seq)

    def stop_reason(self, transaction: Transaction) -> int:
        """StopReason (cec102 4.3), as the box's last words tell it."""
        if transaction.stop_card:
            return STOPPED_BY_USER
        return STOPPED_BY_FAULT if self.notified_status(transaction.connector) == FAULTED else DISCONNECTED

    # What boxes measure

    def box_reading(self, transaction: Transaction) -> Reading:
        """The latest register, at its own time, with the latest current and voltage; 0 before the first."""
        until_ms, energy_wh = self.sampled(transaction)
        return Reading(
            at_ms=until_ms,
            energy_wh=energy_wh,
            current_a=self.measured(transaction, "Current.Import"),
            voltage_v=self.measured(transaction, "Voltage"),
        )

    def measured(self, transaction: Transaction, measurand: str) -> Decimal:
        sample = self.latest_sample(transaction, measurand)
        return sample["value"] if sample else Decimal(0)

    def latest_sample(self, transaction: Transaction, measurand: str) -> Message | None:
        return next((sample for sample in reversed(transaction.samples) if sample["measurand"] == measurand), None)

    def sampled(self, transaction: Transaction) -> tuple[int, int]:
        """Time and energy of the latest register sample: a register counts on from meterStart (EVCHONG 1.5)."""
        sample = self.latest_sample(transaction, REGISTER)
        if sample is None:
            return transaction.started_ms, 0
        until_ms = max(transaction.started_ms, int(sample["timestamp"]))
        return until_ms, max(0, self.in_wh(sample) - self.meter_start_wh(transaction))

    def meter_start_wh(self, transaction: Transaction) -> int:
        """The register at the start; where boxes tell whole kWh only (EVC-X9), the first sample comes closer."""
        if self.setting.reading("EVC-X9") == "kWh" and transaction.meter_start_wh:
            first = next((sample for sample in transaction.samples if sample["measurand"] == REGISTER), None)
            return self.in_wh(first) if first else transaction.meter_start_wh
        return transaction.meter_start_wh

    def meter_readings(self, session: Session, energy_wh: int) -> tuple[int, int]:
        """The total meter at start and end: as the box read it, or as the server counts for a box without one."""
        transaction = session.transaction
        assert transaction is not None
        start_wh = self.meter_start_wh(transaction)
        if not start_wh and not transaction.meter_stop_wh:
            return self.counted(session, energy_wh)
        if self.setting.reading("EVC-X9") == "kWh":
            return start_wh, start_wh + energy_wh  # whole kWh are too coarse for the difference
        return start_wh, transaction.meter_stop_wh

    def counted(self, session: Session, energy_wh: int) -> tuple[int, int]:
        """The server's own meter, for a box that sends 0 for want of one (EVCHONG 1.4)."""
        start_wh = self.city.kept.get("counted", session.socket.id, 0)
        self.city.kept.put("counted", session.socket.id, start_wh + energy_wh)
        return start_wh, start_wh + energy_wh

    # What follows, whoever told it

    def charge_began(self, session: Session) -> None:
        """Current flows."""
        session.began = True
        self.begin_duty(self.report_charge(session))

    def note_reading(self, session: Session, reading: Reading) -> None:
        """The instruments showed something; what is older than the latest reading, or less, tells nothing new."""
        latest = session.reading
        if session.flown and (reading.at_ms < latest.at_ms or reading.energy_wh < latest.energy_wh):
            return
        session.reading = reading
        session.flown = self.flown_until(session, reading.at_ms, reading.energy_wh)

    def flown_until(self, session: Session, until_ms: int, energy_wh: int) -> tuple[Part, ...]:
        """An energy by tariff period; what was counted in one stays in it."""
        site, station = self.setting.site, self.tariff_station(session.socket)
        if session.flown:
            return flown_on(site, station, session.flown, until_ms, energy_wh)
        return flown_evenly(site, station, session.started_ms, until_ms, energy_wh)

    def charge_ended(self, session: Session) -> None:
        """No more current flows; there is no bill yet."""
        session.stat = STAT_ENDED

    def charge_billed(self, session: Session) -> None:
        """It has a price, and is written down for good."""
        self.keep_session(session)

    def keep_session(self, session: Session) -> None:
        self.city.kept.put("session", session.seq, session.as_kept())

    # Its status while it runs

    async def report_charge(self, session: Session) -> None:
        """At once, then at equal intervals until it ends; a slow platform does not stretch them."""
        clock = self.setting.clock
        due_ms = clock.now_ms()
        while self.is_reported(session):
            await self.push_charge_status(session)
            due_ms += self.charge_status_s * 1000
            await clock.sleep_until(due_ms)

    def is_reported(self, session: Session) -> bool:
        return session.ended_ms is None

    async def push_charge_status(self, session: Session) -> Outcome | None:
        async with self.turn(session.lane):
            if not self.is_reported(session):
                return None  # it ended while another of its messages was on its way
            return await self.push("notification_equip_charge_status", self.charge_status_notification(session))

    def charge_status_notification(self, session: Session) -> Message:
        """5.11: the ChargeStatus of 5.10."""
        return self.charge_status(session)

    # ChargeStatus (5.10)

    def charge_status(self, session: Session) -> Message:
        price = self.price_so_far(session)
        return {
            "StartChargeSeq": session.seq,
            "StartChargeSeqStat": self.start_charge_seq_stat(session),
            "ConnectorID": session.socket.id,
            "ConnectorStatus": self.charging_connector_status(session),
            **self.instruments(session),
            "StartTime": self.local_time(session.started_ms),
            "EndTime": self.local_time(session.reading.at_ms),
            self.start_method_field(): session.charge_model,
            "TotalPower": kwh(session.reading.energy_wh),
            "ElecMoney": yuan(price.electricity_fen),
            "SeviceMoney": yuan(price.service_fen),  # sic
            "TotalMoney": yuan(price.electricity_fen + price.service_fen),
            **self.period_details(price),
        }

    def start_method_field(self) -> str:
        """The name of the field that carries the start method (BJ-X5)."""
        return self.setting.reading("BJ-X5")

    def start_charge_seq_stat(self, session: Session) -> int:
        return session.stat

    def charging_connector_status(self, session: Session) -> int:
        """ConnectorStatus, which knows no offline (cec102 4.3): there, what was last known."""
        status = self.socket_status(session.socket)
        if status != OFFLINE:
            return status
        return CHARGING if session.ended_ms is None else IDLE

    def instruments(self, session: Session) -> Message:
        """As last measured, 0 before and after; no charge box tells the state of a battery (Soc: 0 for AC, 4.2)."""
        reading = session.reading
        flows = session.ended_ms is None
        return {
            "CurrentA": float(reading.current_a) if flows else 0.0,
            "VoltageA": float(reading.voltage_v) if flows else 0.0,
            "Soc": reading.soc,
        }

    # Its price

    def price_so_far(self, session: Session) -> Bill:
        """What the bill says, once there is one; until then what the latest reading comes to."""
        if session.price is not None:
            return self.price_of(session, session.price)
        return bill(session.flown)

    def price_of(self, session: Session, price: Bill) -> Bill:
        """A bill as the platform is told it."""
        return price

    def tariff_station(self, socket: Socket) -> str:
        """The station by whose tariff a connector is billed."""
        box = self.state.boxes.get(socket.box)
        return box.station if box is not None else socket.station

    # Details by tariff period

    def period_details(self, price: Bill) -> Message:
        """SumPeriod and ChargeDetails, which sum to the totals; of more periods than it may hold, none."""
        details = list(self.charge_details(price.parts)) if len(price.parts) <= MOST_DETAILS else []
        return {"SumPeriod": len(details), "ChargeDetails": details}

    def charge_details(self, parts: tuple[Part, ...]) -> Iterator[Message]:
        flown_wh = 0
        for part in parts:
            # The difference of rounded totals, so that what is written sums to the total as it is written.
            before, flown_wh = hundredth_kwh(flown_wh), flown_wh + part.energy_wh
            yield {
                "DetailStartTime": self.local_time(part.started_ms),
                "DetailEndTime": self.local_time(part.ended_ms),
                "ElecPrice": yuan_per_kwh(part.period.electricity_price_e4),
                "SevicePrice": yuan_per_kwh(part.period.service_price_e4),
                "DetailPower": (hundredth_kwh(flown_wh) - before) / 100,
                "DetailElecMoney": yuan(part.electricity_fen),
                "DetailSeviceMoney": yuan(part.service_fen),
            }
