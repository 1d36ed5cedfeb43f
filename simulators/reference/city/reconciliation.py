"""check_charge_orders: each night the day before, all that the platform started (seed 1.1.15; cec102 5.16)."""

from __future__ import annotations

from simulators.reference.city.client import Outcome
from simulators.reference.city.figures import day_begins_ms, day_of, hundredth_kwh, kwh, time_stamp, yuan
from simulators.reference.city.known import Session
from simulators.reference.city.orders import Orders
from simulators.reference.state import Message


class Reconciliation(Orders):
    """Pushes each day's orders in the night that follows. Days count from 1970-01-01, where the platform is."""

    check_earliest_s = 5 * 60  # after midnight; the seed wants it before 03:00
    check_latest_s = 150 * 60
    check_repeat_s = 60

    def open_reconciliation(self) -> None:
        self.begin_duty(self.reconcile_nightly())

    async def reconcile_nightly(self) -> None:
        day = self.first_day_to_check()
        while True:
            await self.setting.clock.sleep_until(self.moment_of_check_ms(day))
            await self.check_day(day)
            self.city.kept.put("checked", "last", day)
            day += 1

    def first_day_to_check(self) -> int:
        """What a server before this one still owed; for the first one, the next night whose moment is to come."""
        if (checked := self.city.kept.get("checked", "last")) is not None:
            return int(checked) + 1
        yesterday = self.local_day(self.now_ms()) - 1
        first = yesterday if self.now_ms() < self.moment_of_check_ms(yesterday) else yesterday + 1
        self.city.kept.put("checked", "last", first - 1)
        return first

    def moment_of_check_ms(self, day: int) -> int:
        """Drawn anew for each night: platforms do not like everybody to come at once."""
        stream = self.city.chance.branch(f"check {day}").stream("moment")  # the same however often it is asked
        drawn_s = stream.randrange(self.check_earliest_s, self.check_latest_s)
        return self.day_begins_ms(day + 1) + drawn_s * 1000

    async def check_day(self, day: int) -> None:
        content = self.check(day)
        while not self.is_checked(await self.push_check(content)):
            await self.sleep_s(self.check_repeat_s)

    async def push_check(self, content: Message) -> Outcome:
        return await self.push("check_charge_orders", content)

    def is_checked(self, outcome: Outcome) -> bool:
        """Disputes are an answer, too."""
        return outcome.delivered

    # What it says

    def check(self, day: int) -> Message:
        """5.16: the sums are those of what is written."""
        sessions = self.sessions_to_check(day)
        begins_ms, ends_ms = self.day_begins_ms(day), self.day_begins_ms(day + 1) - 1000
        return {
            "CheckOrderSeq": self.check_order_seq(day),
            "StartTime": self.local_time(begins_ms),
            "EndTime": self.local_time(ends_ms),
            "OrderCount": len(sessions),
            "TotalOrderPower": sum(hundredth_kwh(session.reading.energy_wh) for session in sessions) / 100,
            "TotalOrderMoney": yuan(sum(self.total_fen(session) for session in sessions)),
            "ChargeOrders": [self.checked_order(session) for session in sessions],
        }

    def sessions_to_check(self, day: int) -> list[Session]:
        return [session for session in self.billed_sessions() if self.is_to_check(session, day)]

    def is_to_check(self, session: Session, day: int) -> bool:
        """What the platform started, by the day on which it ended (BJ-X7)."""
        return session.by_platform and self.ended_on(session) == day

    def checked_order(self, session: Session) -> Message:
        return {
            "StartChargeSeq": session.seq,
            "TotalPower": kwh(session.reading.energy_wh),
            "TotalMoney": yuan(self.total_fen(session)),
        }

    def total_fen(self, session: Session) -> int:
        price = self.price_so_far(session)
        return price.electricity_fen + price.service_fen

    def check_order_seq(self, day: int) -> str:
        """OperatorID and 18 digits (cec102 4.1); the same for a day whenever it is pushed."""
        ends = time_stamp(self.day_begins_ms(day + 1) - 1000, self.contract.utc_offset_minutes)
        return f"{self.contract.operator_id}{ends}0001"

    # Days

    def billed_sessions(self) -> list[Session]:
        return [session for session in self.city.sessions.values() if session.price is not None]

    def ended_on(self, session: Session) -> int:
        return self.local_day(session.reading.at_ms)

    def local_day(self, moment_ms: int) -> int:
        return day_of(moment_ms, self.contract.utc_offset_minutes)

    def day_begins_ms(self, day: int) -> int:
        return day_begins_ms(day, self.contract.utc_offset_minutes)
