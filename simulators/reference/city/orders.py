"""What a charge came to, pushed until it is taken (seed 1.1.13, 1.1.14, 2.2.2; cec102 5.14, 5.15)."""

from __future__ import annotations

from itertools import islice

import msgspec

from simulators.reference.city.client import Outcome
from simulators.reference.city.figures import kw, kwh, yuan
from simulators.reference.city.known import Session
from simulators.reference.city.ladder import Ladder
from simulators.reference.city.results import Results
from simulators.reference.state import Message

ORDER, BONUS_ORDER = "notification_charge_order_info", "notification_charge_order_info_for_bonus"
LONGEST_USER_NAME = 20  # characters, 5.15
DISPUTED = 1  # ConfirmResult


class Debt(msgspec.Struct):
    """An order that the platform has not taken yet: when it is pushed next, and the rung of the ladder after that."""

    seq: str
    interface: str
    due_ms: int
    rung: int = 0


class Orders(Results):
    """Pushes the orders of charges; what is owed is written down, so that a restart loses none."""

    order_ladder = Ladder()
    bonus_ladder = Ladder()

    # What is owed

    def charge_billed(self, session: Session) -> None:
        super().charge_billed(session)
        if self.owes_order(session):
            self.owe(session, ORDER)
            self.begin_duty(self.report_order(session))
        if self.claims_bonus(session):
            self.owe(session, BONUS_ORDER)
            self.begin_duty(self.report_bonus_order(session))

    def owes_order(self, session: Session) -> bool:
        """1.1.13: of which charges is not said; those of the platform in one reading, all in the other (BJ-X17)."""
        return session.by_platform or self.setting.reading("BJ-X17") == "every"

    def claims_bonus(self, session: Session) -> bool:
        """2.2.2: whoever applies for the operating bonus pushes the orders of all start methods."""
        return session.socket.bonus

    def owe(self, session: Session, interface: str) -> None:
        self.note_debt(Debt(session.seq, interface, self.now_ms() + round(self.order_after_s() * 1000)))

    def order_after_s(self) -> float:
        """How long after the end there is a bill to push."""
        return self.contract.bill_after_stop_s

    def note_debt(self, debt: Debt) -> None:
        self.city.kept.put("debt", f"{debt.interface} {debt.seq}", debt)

    def debts(self) -> list[Debt]:
        return [msgspec.convert(kept, Debt) for kept in self.city.kept.all("debt").values()]

    def debt(self, session: Session, interface: str) -> Debt:
        kept = self.city.kept.get("debt", f"{interface} {session.seq}")
        return msgspec.convert(kept, Debt) if kept else Debt(session.seq, interface, self.now_ms())

    def resume_orders(self) -> None:
        """Go on where the server before this one stopped."""
        reports = {ORDER: self.report_order, BONUS_ORDER: self.report_bonus_order}
        for debt in self.debts():
            if session := self.city.sessions.get(debt.seq):
                self.begin_duty(reports[debt.interface](session))

    # What follows

    async def report_order(self, session: Session) -> None:
        """Once there is a bill, and again by the ladder until it is taken."""
        await self.deliver_order(session, ORDER, self.order(session), self.order_ladder)

    async def report_bonus_order(self, session: Session) -> None:
        """The same, by its own ladder."""
        await self.deliver_order(session, BONUS_ORDER, self.bonus_order(session), self.bonus_ladder)

    async def deliver_order(self, session: Session, interface: str, content: Message, ladder: Ladder) -> None:
        debt = self.debt(session, interface)
        for gap_s in islice(ladder.gaps_s(), debt.rung, None):
            await self.setting.clock.sleep_until(debt.due_ms)
            if self.is_taken_order(await self.push_in_turn(session, interface, content)):
                self.settle_debt(debt)
                return
            debt.rung += 1
            debt.due_ms = self.now_ms() + gap_s * 1000
            self.note_debt(debt)

    def settle_debt(self, debt: Debt) -> None:
        self.city.kept.drop("debt", f"{debt.interface} {debt.seq}")

    def is_taken_order(self, outcome: Outcome) -> bool:
        """A disputed order is delivered all the same, in one reading (BJ-X18)."""
        if not outcome.delivered or not isinstance(outcome.content, dict):
            return False
        return outcome.content.get("ConfirmResult") != DISPUTED or self.setting.reading("BJ-X18") == "delivered"

    # What it says

    def order(self, session: Session) -> Message:
        """5.14."""
        return self.settlement(session)

    def bonus_order(self, session: Session) -> Message:
        """5.15: what it came to, and what the bonus is claimed for."""
        socket, (meter_start_wh, meter_end_wh) = session.socket, session.meter_wh
        return self.settlement(session) | {
            self.start_method_field(): session.charge_model,
            "UserName": self.user_name(session),
            "StationID": socket.station,
            "EquipmentID": socket.equipment,
            "ConnectorPower": kw(socket.simulated_w),
            "ChargeLast": self.charge_last_s(session, session.reading.at_ms),
            "MeterValueStart": kwh(meter_start_wh),
            "MeterValueEnd": kwh(meter_end_wh),
        }

    def settlement(self, session: Session) -> Message:
        """What both orders say."""
        price = self.price_so_far(session)
        return {
            "StartChargeSeq": session.seq,
            "ConnectorID": session.socket.id,
            "StartTime": self.local_time(session.started_ms),
            "EndTime": self.local_time(session.reading.at_ms),
            "TotalPower": kwh(session.reading.energy_wh),
            "TotalElecMoney": yuan(price.electricity_fen),
            "TotalSeviceMoney": yuan(price.service_fen),  # sic
            "TotalMoney": yuan(price.electricity_fen + price.service_fen),
            "StopReason": session.stop_reason,
            **self.period_details(price),
        }

    def user_name(self, session: Session) -> str:
        return session.user[:LONGEST_USER_NAME]

    def charge_last_s(self, session: Session, ended_ms: int) -> int:
        """Whole seconds between the two times as they are written."""
        return max(0, ended_ms // 1000 - session.started_ms // 1000)
