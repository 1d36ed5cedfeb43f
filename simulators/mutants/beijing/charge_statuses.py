"""Defects of what is told of a charge while it goes on (BJ-1.1.9-b): it is not so."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.mutants.registry import mutant
from simulators.reference.app_api import CHARGING, FAULTED, OCCUPIED
from simulators.reference.billing import Bill
from simulators.reference.city.chargers import Event
from simulators.reference.city.known import (
    BY_CARD,
    STAT_CHARGING,
    STAT_ENDED,
    STAT_STARTING,
    STAT_STOPPING,
    STAT_UNKNOWN,
    Charger,
    Session,
)
from simulators.reference.city.parameters import Illegal
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

HOURS_OFF = 8
MOMENT = "%Y-%m-%d %H:%M:%S"


def in_utc(told: str) -> str:
    """A moment as a server writes it that does not know where it stands."""
    return (datetime.strptime(told, MOMENT) - timedelta(hours=HOURS_OFF)).strftime(MOMENT)  # noqa: DTZ007 - it has none


class AnswersOtherwise(ReferenceServer):
    """Answers the platform's question for the state of a charge with something else."""

    def query_equip_charge_status(self, asked: Message) -> Message:
        told = super().query_equip_charge_status(asked)
        return told | self.instead(told)

    def instead(self, told: Message) -> Message:
        raise NotImplementedError


class PushesOtherwise(ReferenceServer):
    """Pushes something else; asked, it answers right."""

    def charge_status_notification(self, session: Session) -> Message:
        told = super().charge_status_notification(session)
        return told | self.instead(told)

    def instead(self, told: Message) -> Message:
        raise NotImplementedError


# energy, money, times


@mutant(breaks="BJ-1.1.9-b", case="energy")
class AnswersWithEnergyInWh(AnswersOtherwise):
    """Its chargers count Wh, and so does the answer."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 1000, 2)}


@mutant(breaks="BJ-1.1.9-b", case="energy")
class AnswersWithLessThanHasFlowed(AnswersOtherwise):
    """Counts the energy of the last tariff period but one, whatever has flowed since."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 0.8, 2)}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithMoneyInFen(AnswersOtherwise):
    """Its accounts are in fen, and so is the answer."""

    def instead(self, told: Message) -> Message:
        return {name: round(told[name] * 100, 2) for name in ("ElecMoney", "SeviceMoney", "TotalMoney")}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithoutTheServiceFee(AnswersOtherwise):
    """Puts the electricity fee into the total, and knows the service fee only once there is a bill."""

    def instead(self, told: Message) -> Message:
        return {"SeviceMoney": 0, "TotalMoney": told["ElecMoney"], "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersInUtc(AnswersOtherwise):
    """Writes the time of Greenwich."""

    def instead(self, told: Message) -> Message:
        return {name: in_utc(told[name]) for name in ("StartTime", "EndTime")}


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersAsItBegan(AnswersOtherwise):
    """Answers from what was written down when it began: EndTime is StartTime."""

    def instead(self, told: Message) -> Message:
        nothing = dict.fromkeys(("TotalPower", "ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return nothing | {"EndTime": told["StartTime"], "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="rising")
class AnswersFromTwoReplicas(AnswersOtherwise):
    """Every second question reaches a replica that has heard of the start, and of nothing since."""

    asked_so_often = 0

    def instead(self, told: Message) -> Message:
        self.asked_so_often += 1
        nothing = dict.fromkeys(("TotalPower", "ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return nothing | {"SumPeriod": 0, "ChargeDetails": []} if self.asked_so_often % 2 == 0 else {}


@mutant(breaks="BJ-1.1.9-b", case="rising")
class AnswersWithWhatIsReserved(AnswersOtherwise):
    """Tells what it has reserved of the driver's money, which shrinks as the battery fills: less with each answer."""

    first_yuan = 100

    def instead(self, told: Message) -> Message:
        reserved = max(0, self.first_yuan - told["TotalMoney"])
        return {"ElecMoney": reserved, "SeviceMoney": 0, "TotalMoney": reserved, "SumPeriod": 0, "ChargeDetails": []}


@mutant(breaks="BJ-1.1.9-b", case="sums")
class AnswersWithAnotherNumberOfDetails(AnswersOtherwise):
    """Counts the details from 0."""

    def instead(self, told: Message) -> Message:
        return {"SumPeriod": max(0, told["SumPeriod"] - 1)}


@mutant(breaks="BJ-1.1.9-b", case="sums")
class AnswersWithTheDiscountInTheTotal(AnswersOtherwise):
    """Takes a voucher of 0.01 yuan from the total, and leaves the two halves as they are."""

    def instead(self, told: Message) -> Message:
        return {"TotalMoney": round(max(0, told["TotalMoney"] - 0.01), 2)}


@mutant(breaks="BJ-1.1.9-b", case="pushed")
class PushesEnergyInWh(PushesOtherwise):
    """Its chargers count Wh, and so does what it pushes."""

    def instead(self, told: Message) -> Message:
        return {"TotalPower": round(told["TotalPower"] * 1000, 2)}


# how it stands


@mutant(breaks="BJ-1.1.9-b", case="state")
class AnswersThatTheConnectorIsFaulty(AnswersOtherwise):
    """Fills ConnectorStatus from a table of faults, in which a connector that has none stands with 255."""

    def instead(self, told: Message) -> Message:
        return {"ConnectorStatus": FAULTED}


@mutant(breaks="BJ-1.1.9-b", case="state")
class AnswersThatTheConnectorIsOccupied(AnswersOtherwise):
    """Knows one kind of occupied, also while it charges."""

    def instead(self, told: Message) -> Message:
        return {"ConnectorStatus": OCCUPIED if told["ConnectorStatus"] == CHARGING else told["ConnectorStatus"]}


@mutant(breaks="BJ-1.1.9-b", case="pushed")
class PushesThatTheConnectorIsFaulty(PushesOtherwise):
    """The class of the push has a default for ConnectorStatus, and nobody sets it."""

    def instead(self, told: Message) -> Message:
        return {"ConnectorStatus": FAULTED}


class _TellsTheState(ReferenceServer):
    """Tells another StartChargeSeqStat in statuses, pushed and answered."""

    def start_charge_seq_stat(self, session: Session) -> int:
        stat = super().start_charge_seq_stat(session)
        return self.instead_of(stat, session)

    def instead_of(self, stat: int, session: Session) -> int:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.9-b", case=("state", "pushed"))
class TellsCardsAsStartingForEver(_TellsTheState):
    """The platform's command moves an order from state to state; of a card there is none."""

    def instead_of(self, stat: int, session: Session) -> int:
        return STAT_STARTING if session.charge_model == BY_CARD else stat


@mutant(breaks="BJ-1.1.9-b", case="state")
class TellsCardsAsChargingForEver(_TellsTheState):
    """Closes an order when the platform has taken its stop result, which a charge by card does not have."""

    def instead_of(self, stat: int, session: Session) -> int:
        return STAT_CHARGING if session.charge_model == BY_CARD else stat


@mutant(breaks="BJ-1.1.9-b", case=("state", "pushed"))
class TellsCardsAsEnded(_TellsTheState):
    """An order of a card is written down when it is over, so each that there is counts as over."""

    def instead_of(self, stat: int, session: Session) -> int:
        return STAT_ENDED if session.charge_model == BY_CARD else stat


@mutant(breaks="BJ-1.1.9-b", case=("state", "pushed"))
class TellsCardsAsStopping(_TellsTheState):
    """Counts the states of its own charges from another list."""

    def instead_of(self, stat: int, session: Session) -> int:
        return STAT_STOPPING if session.charge_model == BY_CARD and stat == STAT_CHARGING else stat


@mutant(
    breaks="BJ-1.1.9-b",
    case=("state", "pushed"),
    also={"BJ-ORD-b": "of the platform's charges, too, whose state is not lost"},
)
class TellsEveryStateAsUnknown(_TellsTheState):
    """Has no state of an order in its tables, and 5 always fits."""

    def instead_of(self, stat: int, session: Session) -> int:
        return STAT_UNKNOWN


@mutant(breaks="BJ-1.1.9-b", case="state", also={"BJ-ORD-b": "it was over, and charges again"})
class AnswersThatItStillCharges(AnswersOtherwise):
    """Answers with the last status that it pushed, whose state nobody changes when the charge ends."""

    def instead(self, told: Message) -> Message:
        over = told["StartChargeSeqStat"] == STAT_ENDED
        return {"StartChargeSeqStat": STAT_CHARGING, "ConnectorStatus": CHARGING} if over else {}


@mutant(breaks="BJ-1.1.9-b", case="instruments")
class AnswersInMilliamperes(AnswersOtherwise):
    """Its chargers measure in mA, and so does the answer."""

    def instead(self, told: Message) -> Message:
        return {"CurrentA": told["CurrentA"] * 1000}


@mutant(breaks="BJ-1.1.9-b", case="instruments")
class AnswersInTenthsOfAVolt(AnswersOtherwise):
    """Passes on the whole numbers of its bus, which count tenths."""

    def instead(self, told: Message) -> Message:
        return {"VoltageA": told["VoltageA"] * 10}


@mutant(breaks="BJ-1.1.9-b", case="pushed")
class PushesMillivolts(PushesOtherwise):
    """Writes the numbers of its charge controller, which are in mV and mA."""

    def instead(self, told: Message) -> Message:
        return {name: told[name] * 1000 for name in ("CurrentA", "VoltageA")}


# details


class _Details(AnswersOtherwise):
    """Answers with something else in each detail."""

    def instead(self, told: Message) -> Message:
        return {"ChargeDetails": [detail | self.instead_of(detail) for detail in told["ChargeDetails"]]}

    def instead_of(self, detail: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersDetailsInUtc(_Details):
    """The times of the charge are made local, those of its details are forgotten."""

    def instead_of(self, detail: Message) -> Message:
        return {name: in_utc(detail[name]) for name in ("DetailStartTime", "DetailEndTime")}


@mutant(breaks="BJ-1.1.9-b", case="times")
class AnswersDetailsWithoutAnEnd(_Details):
    """The period that runs has no end yet: its database says when there were no computers."""

    def instead_of(self, detail: Message) -> Message:
        return {"DetailEndTime": "1970-01-01 08:00:00"}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithSwappedPrices(_Details):
    """Writes the price of the service where that of electricity belongs."""

    def instead_of(self, detail: Message) -> Message:
        return {"ElecPrice": detail["SevicePrice"], "SevicePrice": detail["ElecPrice"]}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithPricesInJiao(_Details):
    """Prices are in tenths of a yuan in its tables."""

    def instead_of(self, detail: Message) -> Message:
        return {name: round(detail[name] * 10, 4) for name in ("ElecPrice", "SevicePrice")}


@mutant(breaks="BJ-1.1.9-b", case="money")
class AnswersWithMoneyNowAndThen(AnswersOtherwise):
    """Knows what it costs only in every second answer, when its price service was quick enough; before that, 0."""

    asked_so_often = 0

    def instead(self, told: Message) -> Message:
        self.asked_so_often += 1
        nothing = dict.fromkeys(("ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return nothing | {"SumPeriod": 0, "ChargeDetails": []} if self.asked_so_often % 2 else {}


EVERY_ORDER = {"BJ-1.1.13-a": "orders have the same details", "BJ-SEQ": "orders are right in every session"}
EVERY_DETAIL = EVERY_ORDER | {"BJ-2.2.2-a": "bonus orders, too"}


class _AllDetails(ReferenceServer):
    """Writes other details, of statuses and of orders."""

    def period_details(self, price: Bill) -> Message:
        told = super().period_details(price)
        return told | {"ChargeDetails": self.instead_of(told["ChargeDetails"])}

    def instead_of(self, details: list[Message]) -> list[Message]:
        raise NotImplementedError


def swapped(details: list[Message], field: str) -> list[Message]:
    """Each with what belongs to the one at the other end."""
    return [detail | {field: other[field]} for detail, other in zip(details, reversed(details), strict=True)]


@mutant(breaks="BJ-1.1.9-b", case=("money", "pushed"), also=EVERY_DETAIL)
class SwapsTheFeesOfDetails(_AllDetails):
    """Reads the fees by their own query, which is sorted the other way round."""

    def instead_of(self, details: list[Message]) -> list[Message]:
        return swapped(details, "DetailElecMoney")


@mutant(breaks="BJ-1.1.9-b", case=("money", "pushed"), also=EVERY_ORDER)
class SwapsTheEnergiesOfDetails(_AllDetails):
    """Reads the energies by their own query, which is sorted the other way round."""

    def instead_of(self, details: list[Message]) -> list[Message]:
        return swapped(details, "DetailPower")


@mutant(breaks="BJ-1.1.9-b", case=("money", "pushed"), also=EVERY_DETAIL)
class WritesAllEnergyIntoTheFirstDetail(_AllDetails):
    """Has one meter value for the charge, and writes it where there is room; the fees are split."""

    def instead_of(self, details: list[Message]) -> list[Message]:
        in_all = round(sum(detail["DetailPower"] for detail in details), 2)
        return [detail | {"DetailPower": 0 if number else in_all} for number, detail in enumerate(details)]


@mutant(breaks="BJ-1.1.9-b", case=("money", "pushed"))
class SwapsTheHalvesOfStatuses(ReferenceServer):
    """Writes the fee of the service where that of electricity belongs, in all that it tells while it charges."""

    def charge_status(self, session: Session) -> Message:
        told = super().charge_status(session)
        return told | {
            "ElecMoney": told["SeviceMoney"],
            "SeviceMoney": told["ElecMoney"],
            "SumPeriod": 0,
            "ChargeDetails": [],
        }


@mutant(breaks="BJ-1.1.9-b", case=("rising", "pushed"))
class TellsWhatTheBatteryLacks(ReferenceServer):
    """Takes what the charger calls the state of the battery for what is missing there, and turns it round."""

    def instruments(self, session: Session) -> Message:
        told = super().instruments(session)
        return told | {"Soc": 100 - told["Soc"]}


# which charge it is, and whether it is known


@mutant(breaks="BJ-1.1.9-b", case="identifiers")
class AnswersWithTheEquipment(AnswersOtherwise):
    """Names the EquipmentID, which its connectors have as the first part of their own."""

    def instead(self, told: Message) -> Message:
        return {"ConnectorID": told["ConnectorID"][:-3]}


@mutant(breaks="BJ-1.1.9-b", case="identifiers")
class AnswersUnderItsOwnNumber(AnswersOtherwise):
    """Answers with the key of its own table, not with the order that the platform asked for."""

    def instead(self, told: Message) -> Message:
        return {"StartChargeSeq": f"{self.contract.operator_id}000000000000000001"}


@mutant(breaks="BJ-1.1.9-b", case="pushed")
class PushesTheFirstConnectorOfAll(ReferenceServer):
    """Names the connector of the platform's first station, for what the platform has started."""

    def charge_status_notification(self, session: Session) -> Message:
        told = super().charge_status_notification(session)
        return told | {"ConnectorID": self.contract.sockets[0].id} if session.by_platform else told


class _Finds(ReferenceServer):
    """Does not find each charge that the platform asks for."""

    ret = 4004

    def asked_session(self, seq: str) -> Session:
        session = super().asked_session(seq)
        if not self.finds(session):
            raise Illegal(self.ret, "no such StartChargeSeq")
        return session

    def finds(self, session: Session) -> bool:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.9-b", case="state")
class ForgetsEndedOrders(_Finds):
    """Looks among the charges that go on: what has ended is unknown, though its order is still to be delivered."""

    def finds(self, session: Session) -> bool:
        return session.ended_ms is None


@mutant(breaks="BJ-1.1.9-b", case="state")
class AnswersThatItIsBusyNowAndThen(_Finds):
    """Every third question finds the database locked by the job that writes samples."""

    ret, asked_so_often = -1, 0

    def finds(self, session: Session) -> bool:
        self.asked_so_often += 1
        return self.asked_so_often % 3 > 0


@mutant(breaks="BJ-1.1.9-b", case="state")
class AnswersOnlyForThePlatformsCharges(_Finds):
    """Has told the platform of the charges of others, and does not know their numbers when it asks."""

    def finds(self, session: Session) -> bool:
        return session.by_platform


# what a cut line hides


@mutant(
    breaks="BJ-1.1.13-a",
    case="in-time",
    also={
        "BJ-1.1.12-a": "there is no stop result of it",
        "BJ-1.1.14-a": "nor its bonus order",
    },
)
class EndsChargesOfOfflineChargers(ReferenceServer):
    """Drops the charge of a charger that loses its line: of what it tells when it is back, nobody knows whose it is."""

    def charger_offline(self, charger: Charger, event: Event) -> None:
        super().charger_offline(charger, event)
        if charger.session is not None and charger.session.began:
            dropped, charger.session = charger.session, None
            dropped.ended_ms = event.at_ms
            self.keep_session(dropped)
