"""Defects of 2.2.2: the bonus order and the truth of its charge."""

from __future__ import annotations

from simulators.mutants.beijing.charge_statuses import in_utc
from simulators.mutants.registry import family, mutant
from simulators.reference.city.figures import kwh
from simulators.reference.city.known import BY_OTHER, BY_PLATFORM, Session
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

ROW = "BJ-2.2.2-a"
IN_ITS_TABLE = "the field tables want it there and of its type"

# fields


def _leaving_out(field: str) -> type[ReferenceServer]:
    class Leaving(ReferenceServer):
        def bonus_order(self, session: Session) -> Message:
            told = super().bonus_order(session)
            del told[field]
            return told

    return Leaving


family(
    _leaving_out,
    [("UserName",), ("ConnectorPower",), ("ChargeLast",), ("MeterValueStart",)],
    name="OrdersWithout{}",
    story="Pushes the bonus order without {}: it is not in notification_charge_order_info, whose code was copied.",
    breaks=ROW,
    case="fields",
    also={"CEC-ENV-m": IN_ITS_TABLE},
)


@mutant(breaks=ROW, case="fields", also={"CEC-ENV-m": IN_ITS_TABLE})
class OrdersInStrings(ReferenceServer):
    """Writes energy, money and meter values as strings, as its database gives them."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {name: str(told[name]) for name in ("TotalPower", "TotalMoney", "MeterValueStart")}


@mutant(breaks=ROW, case="fields")
class OrdersOfNobody(ReferenceServer):
    """Leaves UserName empty: a card has no nickname."""

    def user_name(self, session: Session) -> str:
        return ""


@mutant(breaks=ROW, case="fields")
class CallsEveryStopAFault(ReferenceServer):
    """Says StopReason 3 whenever it was not told otherwise."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"StopReason": 3}


@mutant(breaks=ROW, case="fields")
class CallsEveryEndByCardTheUsers(ReferenceServer):
    """Says StopReason 0 of every charge by card, also where the box broke."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {"StopReason": 0} if session.transaction is not None else told


@mutant(breaks=ROW, case="fields")
class CallsEveryOtherEndThePlatforms(ReferenceServer):
    """Says StopReason 1 where no card ended it, since its own platform closed the charge."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        by_box = session.transaction is not None and not session.transaction.stop_card
        return told | {"StopReason": 1} if by_box else told


@mutant(breaks=ROW, case="fields")
class MiscountsDetails(ReferenceServer):
    """Writes into SumPeriod how many periods the tariff has, not how many details there are."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {"SumPeriod": int(told["SumPeriod"]) + 1}


# start-method


@mutant(breaks=ROW, case="start-method/card")
class OrdersAreOfThePlatformOrOthers(ReferenceServer):
    """Writes ChargeModel 1 for the platform's numbers and 3 for all else into the order; the status knows better."""

    def bonus_order(self, session: Session) -> Message:
        model = BY_PLATFORM if session.charge_model == BY_PLATFORM else BY_OTHER
        return super().bonus_order(session) | {self.start_method_field(): model}


# energy


@mutant(breaks=ROW, case="energy")
class OrdersEnergyInWh(ReferenceServer):
    """Passes on what the box said, whose registers are in Wh."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"TotalPower": float(session.reading.energy_wh)}


@mutant(breaks=ROW, case="energy")
class OrdersWhatTheLatestSampleSaid(ReferenceServer):
    """Bills the platform by the last meter value, which is some seconds older than the stop."""

    def bonus_order(self, session: Session) -> Message:
        if session.transaction is None:
            return super().bonus_order(session)
        told = super().bonus_order(session)
        if session.transaction is None:
            return told
        _, energy_wh = self.sampled(session.transaction)
        start_wh, _ = session.meter_wh
        return told | {"TotalPower": kwh(energy_wh), "MeterValueEnd": kwh(start_wh + energy_wh)}


# money


@mutant(breaks=ROW, case="money")
class OrdersMoneyInFen(ReferenceServer):
    """Keeps accounts in fen, and forgets to divide."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        names = ("TotalElecMoney", "TotalSeviceMoney", "TotalMoney")
        return told | {name: round(told[name] * 100) for name in names} | {"SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks=ROW, case="money")
class LeavesTheServiceFeeOutOfTheTotal(ReferenceServer):
    """Takes TotalMoney for the price of electricity; the service is charged for elsewhere."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {"TotalMoney": told["TotalElecMoney"]}


@mutant(breaks=ROW, case="money")
class SwapsTheHalvesOfThePrice(ReferenceServer):
    """Writes the service fee where that for electricity belongs: the names differ in three letters."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        halves = {"TotalElecMoney": told["TotalSeviceMoney"], "TotalSeviceMoney": told["TotalElecMoney"]}
        return told | halves | {"SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks=ROW, case="money")
class CutsFenOff(ReferenceServer):
    """Prices in whole tenths of a yuan, as the pile's little screen does."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        total = int(told["TotalMoney"] * 10) / 10
        return {name: told[name] for name in told if name not in OPTIONAL} | {"TotalMoney": total}


OPTIONAL = ("TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails")  # BJ-X9

# meter-values


@mutant(breaks=ROW, case="meter-values")
class SwapsMeterValues(ReferenceServer):
    """Reads the meter backwards."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {"MeterValueStart": told["MeterValueEnd"], "MeterValueEnd": told["MeterValueStart"]}


@mutant(breaks=ROW, case="meter-values")
class OrdersWithoutMeterValues(ReferenceServer):
    """Declares both meter values, and never sets them."""

    def meter_readings(self, session: Session, energy_wh: int) -> tuple[int, int]:
        return 0, 0


@mutant(breaks=ROW, case="meter-values")
class CountsEachChargeFromZero(ReferenceServer):
    """Takes the meter for one that is reset when a car is plugged in."""

    def meter_readings(self, session: Session, energy_wh: int) -> tuple[int, int]:
        return 0, energy_wh


# times


@mutant(breaks=ROW, case="times")
class OrdersChargeLastInMinutes(ReferenceServer):
    """Says for how many minutes it charged."""

    def charge_last_s(self, session: Session, ended_ms: int) -> int:
        return super().charge_last_s(session, ended_ms) // 60


@mutant(breaks=ROW, case="times")
class OrdersInUtc(ReferenceServer):
    """Writes the order's times as its database has them, in UTC."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        eight_hours_ms = self.contract.utc_offset_minutes * 60_000
        started, ended = session.started_ms, session.reading.at_ms
        times = {
            "StartTime": self.local_time(started - eight_hours_ms),
            "EndTime": self.local_time(ended - eight_hours_ms),
        }
        return told | times


@mutant(breaks=ROW, case="times")
class OrdersEndWithTheirBill(ReferenceServer):
    """Bills in rounds, and takes the time of the bill for the end of the charge."""

    async def report_bonus_order(self, session: Session) -> None:
        await self.sleep_s(100)
        await super().report_bonus_order(session)

    def bonus_order(self, session: Session) -> Message:
        lasted_s = (self.now_ms() - session.started_ms) // 1000
        return super().bonus_order(session) | {"EndTime": self.local_time(self.now_ms()), "ChargeLast": lasted_s}


class _Details(ReferenceServer):
    """Writes something else into each detail of the bonus order."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {"ChargeDetails": [detail | self.instead_of(detail) for detail in told["ChargeDetails"]]}

    def instead_of(self, detail: Message) -> Message:
        raise NotImplementedError


@mutant(breaks=ROW, case="times")
class OrdersDetailsInUtc(_Details):
    """Makes the times of the order local, and forgets those of its details."""

    def instead_of(self, detail: Message) -> Message:
        return {name: in_utc(detail[name]) for name in ("DetailStartTime", "DetailEndTime")}


@mutant(breaks=ROW, case="money")
class OrdersPricesInFen(_Details):
    """Divides the fees by 100, and not the prices."""

    def instead_of(self, detail: Message) -> Message:
        return {name: round(detail[name] * 100, 4) for name in ("ElecPrice", "SevicePrice")}


# identifiers


@mutant(breaks=ROW, case="identifiers")
class NamesEquipmentByItsSerial(ReferenceServer):
    """Writes the pile's own number as EquipmentID; the master data have another."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"EquipmentID": session.socket.box}


@mutant(breaks=ROW, case="identifiers")
class OrdersPowerInWatts(ReferenceServer):
    """Writes 7000 for 7 kW."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"ConnectorPower": session.socket.simulated_w}


@mutant(breaks=ROW, case="identifiers")
class KnowsOneStation(ReferenceServer):
    """Writes the number of its first station into every order."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"StationID": self.contract.sockets[0].station}
