"""Defects of the session as a whole, and of what other surfaces tell of it (EVC-SEQ)."""

from __future__ import annotations

from typing import Any

from simulators.mutants.registry import mutant
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message, Order

SAME_ORDER = "the energy of the same order is looked at"


@mutant(
    breaks="EVC-SEQ",
    case="flow",
    also={
        "EVC-1.4-e": "its connector is free for the next",
        "EVC-1.5-b": "its samples are refused from then on",
        "EVC-1.6-b": "its stop is refused",
        "EVC-1.6-c": "its stop is refused",
        "EVC-1.6-g": "its stop is refused",
        "EVC-3-d": "the owner of a transaction cannot stop it either",
    },
)
class ForgetsSessionsAtABeat(ReferenceServer):
    """Renews its picture of a box at each heartbeat, and the running transaction is not in it."""

    async def heartbeat(self, message: Message) -> Message:
        answer = await super().heartbeat(message)
        serial = message["chargeBoxSerialNumber"]
        for key, transaction in list(self.state.transactions.items()):
            if key[0] == serial and transaction.ended_ms is None:
                self.release(transaction)
                del self.state.transactions[key]
        return answer


@mutant(breaks="EVC-SEQ", case="card")
class OrdersUnderTheFleet(ReferenceServer):
    """Shows an order under the parent of its card, so the driver does not find it."""

    def order_view(self, order: Order) -> dict[str, Any]:
        card = self.state.cards.get(order.transaction.card)
        parent = card.parent if card else None
        return super().order_view(order) | ({"idToken": parent} if parent else {})


@mutant(breaks="EVC-SEQ", case="energy", also={"EVC-1.6-c": SAME_ORDER, "EVC-1.6-g": SAME_ORDER})
class ShowsEnergyInHundredths(ReferenceServer):
    """Shows energy in 0.01 kWh where its description says Wh."""

    def order_view(self, order: Order) -> dict[str, Any]:
        energy_wh = None if order.energy_wh is None else order.energy_wh // 10
        return super().order_view(order) | {"energyWh": energy_wh}


@mutant(breaks="EVC-SEQ", case="times")
class ShowsOrdersInLocalTime(ReferenceServer):
    """Shows the times of an order eight hours late: local time was written into a column of UTC."""

    def order_view(self, order: Order) -> dict[str, Any]:
        view = super().order_view(order)
        shift_ms = self.setting.site.utc_offset_minutes * 60_000
        shifted = {name: view[name] + shift_ms for name in ("startedAt", "endedAt") if view[name] is not None}
        return view | shifted
