"""How a scenario comes by a charge that the platform starts, at one of the lab's own chargers."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.beijing.asking import fetch_token
from simulators.beijing.messages import Interface
from simulators.lab.charger_client import Charger
from simulators.lab.client import Lab, Unmet
from simulators.lab.leases import NothingToLend

BEGUN_AFTER_S = 12  # longer than any of the lab's chargers takes to start, unless it was told to be slow
OVER_AFTER_S = 12  # and to stop
ENDLESS_ROOM_WH = 500_000
START_GIVEN_UP_AFTER_S = 125  # nobody waits any longer for a start that has not come about


@dataclass(frozen=True, slots=True)
class Remote:
    """An order of the platform's at a charger."""

    lab: Lab
    charger: Charger
    order: str

    def ask_status(self) -> None:
        self.lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": self.order})

    def stop(self) -> None:
        """The platform wants it to end; it ends a moment later."""
        self.ask_to_stop()
        self.lab.pass_time(OVER_AFTER_S)

    def ask_to_stop(self) -> None:
        question = {"StartChargeSeq": self.order, "ConnectorID": self.charger.id}
        self.lab.city.ask(Interface.QUERY_STOP_CHARGE, question)

    def ask_to_start(self) -> bool:
        """Whether the operator takes it."""
        return ask_to_start(self.lab, self.order, self.charger.id)


def ask_to_start(lab: Lab, order: str, connector: str) -> bool:
    """Whether the operator takes the start of an order there."""
    question = {"StartChargeSeq": order, "ConnectorID": connector, "QRCode": ""}
    return lab.city.ask(Interface.QUERY_START_CHARGE, question).succeeded


def ready_charger(
    lab: Lab, room_wh: int | None = None, *, bonus: bool | None = None, charger: Charger | None = None
) -> Charger:
    """A charger, any unless one is given, with a vehicle at its plug; the operator has had the time to learn of it."""
    charger = charger or (lab.charger() if bonus is None else lab.charger(bonus=bonus))
    charger.plug(room_wh)
    lab.city.let_pushes_come()
    return charger


def charger_for_orders(lab: Lab) -> Charger:
    """A charger of which both orders are owed, where there is one: it claims the bonus."""
    try:
        return lab.charger(bonus=True)
    except NothingToLend:
        return lab.charger()


def new_order(lab: Lab, charger: Charger) -> Remote:
    """An order that nobody has heard of yet."""
    return Remote(lab, charger, lab.city.next_number())


def remote_charge(
    lab: Lab, room_wh: int | None = None, *, bonus: bool | None = None, charger: Charger | None = None
) -> Remote:
    """A charge that the platform has started; the scenario goes on only when current flows."""
    fetch_token(lab)
    return begun(new_order(lab, ready_charger(lab, room_wh, bonus=bonus, charger=charger)))


def long_charge(lab: Lab, charger: Charger | None = None) -> Remote:
    """One that the vehicle does not end by being full."""
    return remote_charge(lab, ENDLESS_ROOM_WH, charger=charger)


def charged(lab: Lab, seconds: float, charger: Charger | None = None) -> str:
    """A whole charge that the platform starts and stops; gives its StartChargeSeq."""
    charge = long_charge(lab, charger)
    lab.pass_time(seconds)
    charge.stop()
    return charge.order


def begun(remote: Remote) -> Remote:
    """The order, once current flows for it."""
    if not remote.ask_to_start():
        raise Unmet(f"query_start_charge was refused for {remote.charger.id}, which is free and plugged")
    remote.lab.pass_time(BEGUN_AFTER_S)
    if not remote.charger.state()["charging"]:
        raise Unmet(f"charger {remote.charger.id} was not started")
    return remote


def own_charge(lab: Lab, *, bonus: bool | None = None) -> Charger:
    """A charge that somebody has started at the charger itself, without card and without platform."""
    charger = ready_charger(lab, bonus=bonus)
    charger.user_start()
    return charger
