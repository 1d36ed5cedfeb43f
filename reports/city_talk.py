"""What passes between the server and the city, as pictures tell it: pushes with their repeats, and questions."""

from __future__ import annotations

from dataclasses import replace

from reports.events import Event, Pairs, firsts, picked
from reports.sides import Side, Sides
from simulators.beijing.peer import PROTOCOL, SUT
from simulators.journal.records import Exchange

PUSH, QUERY = "push", "query"
ASKED = (
    "Status", "StartChargeSeqStat", "ChargeModel", "TotalPower", "TotalMoney", "ChargeLast", "StopReason",
    "OrderCount", "ConnectorID",
)  # fmt: skip
ANSWERED = (
    "SuccStat", "FailReason", "ConfirmResult", "TokenAvailableTime", "StartChargeSeqStat", "ChargeModel",
    "TotalPower", "TotalMoney",
)  # fmt: skip


class CityTalk:
    """Makes events of exchanges with the city, and counts the attempts of what was not taken."""

    def __init__(self) -> None:
        self._untaken: dict[tuple[int, str, str], Event] = {}  # the last attempt of each push that is still to be taken

    def event(self, record: Exchange) -> Event:
        """One exchange."""
        sides = Sides.of(record)
        pushed = record.actor == SUT
        made = Event(
            seq=record.seq,
            at_ms=record.at_ms,
            kind=PUSH if pushed else QUERY,
            name=record.operation,
            asked=_told(sides.request, ASKED),
            answered=_told(sides.answer, ANSWERED),
            outcome=_outcome(record, sides.answer),
            sound=_sound(record, sides.answer, pushed=pushed),
            planned=bool(pushed and record.injected),
        )
        return self._counted(record, made) if pushed else made

    def _counted(self, record: Exchange, event: Event) -> Event:
        """The same with its number among the attempts, and the gap before it: the ladder of seed 1.1.13."""
        about = record.keys.get("order") or record.keys.get("socket", "")
        place = (record.world, record.operation, about)
        if before := self._untaken.pop(place, None):
            event = replace(event, attempt=before.attempt + 1, since_ms=event.at_ms - before.at_ms)
        if not event.sound:
            self._untaken[place] = event
        return event


def of_the_city(record: Exchange) -> bool:
    """Whether the city is one of the two who talk."""
    return record.protocol == PROTOCOL


def _told(side: Side, names: tuple[str, ...]) -> Pairs:
    """What one side says; where its envelope is wrong, the steps that failed."""
    steps = dict.fromkeys(str(fault.step) for fault in side.sealed.faults) if side.sealed else {}
    wrong = (("", f"✕ {', '.join(steps)}"),) if steps else ()
    return wrong + picked(firsts(side.content), names)


def _outcome(record: Exchange, answer: Side) -> str:
    """ "Ret 0", or why there is none."""
    if record.error or record.answer is None:
        return str(record.error or "")
    ret = answer.sealed.ret if answer.sealed else None
    return f"HTTP {record.answer.status}" if ret is None else f"Ret {ret}"


def _sound(record: Exchange, answer: Side, *, pushed: bool) -> bool:
    """A push was taken (Ret 0); a question was answered, be it by a refusal."""
    if record.error or record.answer is None or record.answer.status >= 400 or answer.sealed is None:
        return False
    return answer.sealed.ret == 0 if pushed else answer.sealed.ret is not None
