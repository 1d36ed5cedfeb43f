"""Right questions of every interface that the platform calls, which scenarios ask as they are, or break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from conformance.beijing.charging import Spot, Told, known_spot, told_charge
from simulators.beijing.invalid import Group, Invalid, invalid_contents
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.lab.client import Lab, Unmet

LONG_AGO = "2001-01-01 00:00:00"
DAY_S = 24 * 3600
READS = (
    Interface.QUERY_STATIONS_INFO,
    Interface.QUERY_STATION_STATUS,
    Interface.QUERY_STATION_STATS,
    Interface.QUERY_EQUIP_AUTH,
    Interface.QUERY_EQUIP_BUSINESS_POLICY,
)  # which change nothing
ABOUT_CHARGES = (
    Interface.QUERY_START_CHARGE,
    Interface.QUERY_EQUIP_CHARGE_STATUS,
    Interface.QUERY_STOP_CHARGE,
)


def stations(lab: Lab) -> list[str]:
    """The stations that both sides know."""
    known = list(dict.fromkeys(socket.station for socket in lab.city.sockets()))
    if not known:
        raise Unmet("the platform knows no station")
    return known


def in_batches(things: list[str], size: int) -> list[list[str]]:
    """All of them in their order, so many at a time."""
    return [things[begin : begin + size] for begin in range(0, len(things), size)]


def fetch_token(lab: Lab) -> None:
    """A scenario that asks anything cannot go on without a token."""
    if not lab.city.fetch_token().succeeded:
        raise Unmet("query_token gave the platform no token")


def reading(lab: Lab, interface: Interface) -> Content:
    """A right question of an interface that changes nothing."""
    socket = lab.city.sockets()[0]
    match interface:
        case Interface.QUERY_STATIONS_INFO:
            return {"LastQueryTime": LONG_AGO, "PageNo": 1, "PageSize": 10}
        case Interface.QUERY_STATION_STATUS:
            return {"StationIDs": [socket.station]}
        case Interface.QUERY_STATION_STATS:
            today = lab.city.local_time()[:10]
            return {"StationID": socket.station, "StartTime": today, "EndTime": today}
        case Interface.QUERY_EQUIP_AUTH:
            return {"EquipAuthSeq": lab.city.next_number(), "ConnectorID": socket.id}
        case Interface.QUERY_EQUIP_BUSINESS_POLICY:
            return {"EquipBizSeq": lab.city.next_number(), "ConnectorID": socket.id}
    raise ValueError(f"{interface} does more than read")


@dataclass(frozen=True, slots=True)
class ChargeQuestions:
    """What the questions about charges are asked of: a charge that runs, one that is over, a free connector."""

    running: Told
    over: str
    free: str

    def about(self, lab: Lab, interface: Interface) -> Content:
        """A right question. Its start finds no vehicle, and what its stop would stop has ended: neither does harm."""
        match interface:
            case Interface.QUERY_START_CHARGE:
                return {"StartChargeSeq": lab.city.next_number(), "ConnectorID": self.free, "QRCode": ""}
            case Interface.QUERY_EQUIP_CHARGE_STATUS:
                return {"StartChargeSeq": self.running.order}
            case Interface.QUERY_STOP_CHARGE:
                return {"StartChargeSeq": self.over, "ConnectorID": socket_of(lab, self.running.spot)}
        raise ValueError(f"{interface} is about no charge")


def charge_questions(lab: Lab) -> ChargeQuestions:
    """One charge after the other at one connector, and a second box that nobody uses."""
    first = told_charge(lab)
    first.end()
    spot = known_spot(lab)
    spot.box.booted()
    return ChargeQuestions(told_charge(lab), first.order, socket_of(lab, spot))


def about_nothing(lab: Lab, interface: Interface) -> Content:
    """A right question about a charge where there is none: of a connector, or of an order, that does not exist."""
    order = lab.city.next_number()
    connector = lab.city.made_up(like=lab.city.sockets()[0].id)
    match interface:
        case Interface.QUERY_START_CHARGE:
            return {"StartChargeSeq": order, "ConnectorID": connector, "QRCode": ""}
        case Interface.QUERY_EQUIP_CHARGE_STATUS:
            return {"StartChargeSeq": lab.city.made_up_order(like=order)}
        case Interface.QUERY_STOP_CHARGE:
            return {"StartChargeSeq": lab.city.made_up_order(like=order), "ConnectorID": connector}
    raise ValueError(f"{interface} is about no charge")


def socket_of(lab: Lab, spot: Spot) -> str:
    """The ConnectorID of a place."""
    place = (spot.box.serial, spot.connector)
    return next(socket.id for socket in lab.city.sockets() if (socket.box, socket.connector) == place)


def ask_with_wrong_parameters(lab: Lab, interface: Interface, question: Callable[[], Content]) -> None:
    """One after the other, each parameter missing or malformed; and one question that is right."""
    lab.city.ask(interface, question())
    for invalid in _wrong(interface, question()):
        lab.city.ask(interface, invalid.content)


def _wrong(interface: Interface, content: Content) -> list[Invalid]:
    return [each for each in invalid_contents(interface, Kind.REQUEST, content) if each.group is not Group.FURTHER]


def wait_until(lab: Lab, time: str) -> None:
    """Let time pass until the clocks show ``time``, where the operator is."""
    now = datetime.fromisoformat(lab.city.local_time())
    wanted = datetime.fromisoformat(f"{now:%Y-%m-%d} {time}")
    lab.pass_time((wanted - now).total_seconds() % DAY_S)


def expect_long_waits_to_help(lab: Lab) -> None:
    """Hours and nights are waited for only where the platform has taken anything of what the server sent."""
    if lab.city.refused_all():
        raise Unmet("the platform has taken nothing of all that the server sent: no use to wait for hours")
