"""Defects that show when the server is started again while cars charge (1.1.8, 1.1.11, 1.1.13)."""

from __future__ import annotations

from simulators.mutants.registry import lawful, mutant
from simulators.reference.city.known import Session
from simulators.reference.server import ReferenceServer

WHAT_IT_FORGOT = {
    "BJ-1.1.2-a": "as far as it knows, the connector is not charging",
    "BJ-1.1.10-a": "nobody tells of what it forgot",
    "BJ-1.1.12-a": "nor of its end",
    "BJ-1.1.13-a": "what it forgot has no order",
    "BJ-1.1.14-a": "nor a bonus order",
    "BJ-1.1.15-b": "nor is it in the night's list",
    "BJ-1.1.4-b": "nor in the statistics",
}


class _Forgets(ReferenceServer):
    """Knows some of its charges no more when it is started again."""

    def resume_sessions(self) -> None:
        super().resume_sessions()
        self.city.sessions = {seq: each for seq, each in self.city.sessions.items() if not self.is_forgotten(each)}

    def is_forgotten(self, session: Session) -> bool:
        raise NotImplementedError


@mutant(
    breaks="BJ-1.1.8-b",
    case=("platform/kept-up", "card/kept-up"),
    also=WHAT_IT_FORGOT
    | {
        "BJ-1.1.11-c": "what it forgot it cannot stop",
        "BJ-2.2.1-b": "nobody tells of what it forgot",
    },
)
class ForgetsChargesOverARestart(_Forgets):
    """Keeps the charges that go on in memory, and writes them down when they are over."""

    def is_forgotten(self, session: Session) -> bool:
        return session.began and session.ended_ms is None


@mutant(
    breaks="BJ-1.1.8-b",
    case=("platform/kept-up", "card/kept-up"),
    also={"BJ-1.1.10-a": "every 50 s is not kept up either", "BJ-2.2.1-b": "nor is it for a card"},
)
class ResumesNoStatuses(ReferenceServer):
    """The timer that pushes the state of a charge is set when it begins, and by nothing else."""

    def resume_charges(self) -> None:
        for session in self.city.sessions.values():
            if not session.began and session.ended_ms is None:
                self.await_start(session)


@mutant(breaks="BJ-1.1.11-c", case="accepted")
class StopsNothingFromBeforeItsRestart(ReferenceServer):
    """Stops a charge through the object that started it, which is there no more."""

    def resume_sessions(self) -> None:
        super().resume_sessions()
        self.from_before = set(self.city.sessions)

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        reason = super().stop_fail_reason(session, connector)
        return reason if session is None or session.seq not in self.from_before or reason else 9


@mutant(
    breaks="BJ-1.1.8-a",
    case="started",
    also=WHAT_IT_FORGOT | {"BJ-1.1.8-b": "nobody tells of what it forgot"},
)
class ForgetsStartsOverARestart(_Forgets):
    """Writes an order down once current flows: one that is about to begin is nobody's."""

    def is_forgotten(self, session: Session) -> bool:
        return not session.began


@lawful(group="restart")
class ResumesStatusesAfterAWhile(ReferenceServer):
    """Started again, it pushes the state of a charge when its timer has gone round once."""

    def resume_charges(self) -> None:
        self.begin_duty(self.resume_charges_later())

    async def resume_charges_later(self) -> None:
        await self.sleep_s(self.charge_status_s)
        super().resume_charges()
