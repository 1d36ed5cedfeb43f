"""Hand-written journals of duties in time: orders that the platform refuses, nights in which a day is checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import PLANNED_RET, Refusal
from simulators.journal.records import Answer, Exchange, WireError
from tests.unit.city_journals import LEFT, ORDER
from tests.unit.remote_journals import WANTED, RemoteStory

STATION_STATUS, CHECK, QUERY_TOKEN = (
    Interface.NOTIFICATION_STATION_STATUS,
    Interface.CHECK_CHARGE_ORDERS,
    Interface.QUERY_TOKEN,
)
NO_ANSWER = {Refusal.SILENT: WireError.TIMEOUT, Refusal.CUT: WireError.CLOSED}


class DutyStory(RemoteStory):
    """One journal in the making, in which pushes are refused by plan."""

    def pushed(self, interface: Interface, content: Content, how: Refusal | None = None) -> None:
        """A push, taken unless ``how`` says otherwise."""
        planned = PLANNED_RET[how][0] if how in PLANNED_RET else 0
        disputed = {"ConfirmResult": 1} if how is Refusal.DISPUTED else None
        self.pushes(interface, content, ret=planned, told=disputed, by=how.value if how else "")
        push = self.records[-1]
        assert isinstance(push, Exchange)
        if how in NO_ANSWER:
            view = {**(push.view or {}), "answer": None}
            self.records[-1] = replace(push, answer=None, error=NO_ANSWER[how], view=view)
        elif how is Refusal.HTTP_503:
            view = {**(push.view or {}), "answer": None}
            self.records[-1] = replace(push, answer=Answer(503, b"", b""), view=view)

    def order_pushed(self, how: Refusal | None = None, interface: Interface = ORDER, order: str = WANTED) -> None:
        """The order of the charge that is over."""
        self.pushed(interface, self._settled(1000, order), how)

    def tries(self, *gaps_s: float, how: Refusal = Refusal.BUSY, interface: Interface = ORDER) -> None:
        """An order is refused, after each gap again, and is taken after the last."""
        self.order_pushed(how, interface)
        for number, gap_s in enumerate(gaps_s, 1):
            self.passes(gap_s)
            self.order_pushed(None if number == len(gaps_s) else how, interface)

    def state_pushed(self, status: int, how: Refusal | None = None, connector: str = LEFT.id) -> None:
        self.pushed(STATION_STATUS, {"ConnectorStatusInfo": {"ConnectorID": connector, "Status": status}}, how)

    def until(self, moment: str) -> None:
        """Time passes until a local yyyy-MM-dd HH:mm:ss."""
        now, then = (datetime.fromisoformat(text) for text in (self.local(self.now_ms), moment))
        self.passes((then - now).total_seconds())

    def checked(
        self,
        day: str,
        orders: Sequence[tuple[str, float, float]] = (),
        how: Refusal | None = None,
        **changes: Any,
    ) -> None:
        """check_charge_orders for a day: number, kWh and yuan of each."""
        told = {
            "CheckOrderSeq": f"MA0TEST01{day.replace('-', '')}2359590001",
            "StartTime": f"{day} 00:00:00",
            "EndTime": f"{day} 23:59:59",
            "OrderCount": len(orders),
            "TotalOrderPower": round(sum(each[1] for each in orders), 2),
            "TotalOrderMoney": round(sum(each[2] for each in orders), 2),
            "ChargeOrders": [
                {"StartChargeSeq": number, "TotalPower": kwh, "TotalMoney": yuan} for number, kwh, yuan in orders
            ],
        }
        self.pushed(CHECK, told | changes, how)


def over(**how: Any) -> DutyStory:
    """A charge that the platform started is over, and everybody was told but for its orders."""
    story = DutyStory(**how)
    story.starts()
    story.passes(3)
    story.begins()
    story.start_result()
    story.passes(50)
    story.ends(1000, "user")
    story.stop_result()
    return story
