"""How a start and a stop turned out, of charges that the platform started (seed 1.1.8, 1.1.12; cec102 5.9, 5.13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from simulators.reference.city.charges import Charges
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import STAT_CHARGING, STAT_ENDED, Session
from simulators.reference.state import Message

START_RESULT, STOP_RESULT = "notification_start_charge_result", "notification_stop_charge_result"


class Results(Charges):
    """Pushed at once, and again while that fails."""

    result_repeat_s = 60  # cec102 1.6: about a minute apart, more than 3 times
    result_repeats = 5

    # What happens

    def charge_began(self, session: Session) -> None:
        if self.owes_results(session):
            self.begin_duty(self.report_start_result(session, STAT_CHARGING))
        super().charge_began(session)

    def start_failed(self, session: Session) -> None:
        """The charger would not start."""
        session.stat = STAT_ENDED
        if self.owes_results(session):
            self.begin_duty(self.report_start_result(session, STAT_ENDED))

    def charge_ended(self, session: Session) -> None:
        super().charge_ended(session)
        if self.owes_results(session):
            self.begin_duty(self.report_stop_result(session))

    def owes_results(self, session: Session) -> bool:
        """Charges that the platform did not start have no such results (cec102 6)."""
        return session.by_platform

    # What follows

    async def report_start_result(self, session: Session, stat: int) -> None:
        """Once current flows, or once it is known that none will."""
        content = self.start_result(session, stat)
        await self.push_patiently(lambda: self.push_in_turn(session, START_RESULT, content))

    async def report_stop_result(self, session: Session) -> None:
        """Once no more current flows, however that came."""
        content = self.stop_result(session)
        await self.push_patiently(lambda: self.push_in_turn(session, STOP_RESULT, content))

    async def push_in_turn(self, session: Session, interface: str, content: Message) -> Outcome:
        """After the messages of this charge that came before."""
        async with self.turn(session.lane):
            return await self.push(interface, content)

    async def push_patiently(self, push: Callable[[], Awaitable[Outcome]]) -> None:
        for _ in range(1 + self.result_repeats):
            if self.is_received(await push()):
                return
            await self.sleep_s(self.result_repeat_s)

    def is_received(self, outcome: Outcome) -> bool:
        """SuccStat 1 says that the platform could not take it (cec102 5.9)."""
        return outcome.delivered and isinstance(outcome.content, dict) and outcome.content.get("SuccStat") != 1

    def start_result(self, session: Session, stat: int) -> Message:
        """5.9: there is no SuccStat in it, so StartChargeSeqStat alone says whether it began."""
        return {
            "StartChargeSeq": session.seq,
            "StartChargeSeqStat": stat,
            "ConnectorID": session.socket.id,
            "StartTime": self.local_time(session.started_ms),
            "IdentCode": "",
        }

    def stop_result(self, session: Session) -> Message:
        """5.13."""
        return {
            "StartChargeSeq": session.seq,
            "StartChargeSeqStat": STAT_ENDED,
            "ConnectorID": session.socket.id,
            "SuccStat": 0,
            "FailReason": 0,
        }
