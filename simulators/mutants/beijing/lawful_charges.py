"""Servers that tell of charges and orders in unusual and lawful ways (2.2.1, 2.2.2, 1.1.14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulators.beijing.messages import ChargeModel
from simulators.mutants.registry import lawful
from simulators.reference.billing import Bill, Part, flown_evenly
from simulators.reference.city.known import STAT_CHARGING, STAT_STARTING, Session
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.site import TariffPeriod
from simulators.world.tariffs import DAY_MS, starts

HOUR_MS = 3600 * 1000
OPTIONAL_IN_STATUS = ("ElecMoney", "SeviceMoney", "TotalMoney", "SumPeriod", "ChargeDetails")
OPTIONAL_IN_ORDER = ("TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails")

# rhythm


@lawful(group="rhythm")
class TellsOfChargesEvery30Seconds(ReferenceServer):
    """Pushes the status of a charge more often than it need."""

    charge_status_s = 30


@lawful(group="rhythm")
class TellsEverythingTwice(ReferenceServer):
    """Pushes each status again at once, to be on the safe side."""

    async def report_charge(self, session: Session) -> None:
        self.begin_duty(super().report_charge(session))
        await super().report_charge(session)


# after the end


@lawful(group="after the end")
class TellsOfTheEnd(ReferenceServer):
    """Pushes one more status once a charge has ended, with StartChargeSeqStat 4."""

    def charge_ended(self, session: Session) -> None:
        super().charge_ended(session)
        self.begin_duty(self.tell_of_end(session))

    async def tell_of_end(self, session: Session) -> None:
        async with session.lane:
            await self.push("notification_equip_charge_status", self.charge_status_notification(session))


@lawful(group="bill")
class BillsIn140Seconds(ReferenceServer):
    """Takes nearly all of the 150 s that an order may take (1.1.14)."""

    def order_after_s(self) -> float:
        return super().order_after_s() + 140


# fields


@lawful(group="fields")
class SendsMandatoryFieldsAlone(ReferenceServer):
    """Leaves out whatever the tables let it leave out (BJ-X9)."""

    def charge_status(self, session: Session) -> Message:
        status = super().charge_status(session)
        return {name: status[name] for name in status if name not in OPTIONAL_IN_STATUS}

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return {name: told[name] for name in told if name not in OPTIONAL_IN_ORDER}


@lawful(group="fields")
class SendsFieldsOfItsOwn(ReferenceServer):
    """Adds what it knows besides: the plate, the vehicle."""

    def charge_status(self, session: Session) -> Message:
        return super().charge_status(session) | {"Vin": "", "CurrentB": 0, "CurrentC": 0}

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"Vin": "", "Plate": None}


@lawful(group="fields")
class WritesWholeNumbersAsFractions(ReferenceServer):
    """Writes 2.0 for 2, as JSON knows one kind of number."""

    def bonus_order(self, session: Session) -> Message:
        told = super().bonus_order(session)
        return told | {name: float(told[name]) for name in ("ChargeLast", "StopReason", self.start_method_field())}


@lawful(group="fields")
class KnowsTheTotalAlone(ReferenceServer):
    """Tells what a charge costs so far; which part of it is whose fee, it knows once there is a bill (5.10)."""

    def charge_status(self, session: Session) -> Message:
        unknown = {"ElecMoney": 0, "SeviceMoney": 0, "SumPeriod": 0, "ChargeDetails": []}
        return super().charge_status(session) | unknown


@lawful(group="fields")
class DetailsEnergyAlone(ReferenceServer):
    """Tells how much flowed in each period; what that cost, and its prices, stand at their defaults (5.10)."""

    def charge_details(self, parts: tuple[Part, ...]) -> Iterator[Message]:
        for detail in super().charge_details(parts):
            told = {name: detail[name] for name in detail if name not in ("ElecPrice", "SevicePrice")}
            yield told | {"DetailElecMoney": 0, "DetailSeviceMoney": 0}


@lawful(group="fields")
class DetailsWholePeriods(ReferenceServer):
    """Each detail names its tariff period from its beginning to its end, whatever of it the charge took (5.10)."""

    def charge_details(self, parts: tuple[Part, ...]) -> Iterator[Message]:
        site, offset = self.setting.site, self.contract.utc_offset_minutes
        for part, detail in zip(parts, super().charge_details(parts), strict=True):
            tariff = next(each for each in site.tariffs if part.period in each.periods)
            borders = [at_ms for at_ms, _ in starts(tariff, part.started_ms, part.started_ms + DAY_MS, offset)]
            first_ms = max(at_ms for at_ms in borders if at_ms <= part.started_ms)
            last_ms = min(at_ms for at_ms in borders if at_ms > part.started_ms)
            whole = {"DetailStartTime": self.local_time(first_ms), "DetailEndTime": self.local_time(last_ms)}
            yield detail | whole


@lawful(group="fields")
class DetailsByTheHour(ReferenceServer):
    """Has a price for each hour of the day, and names the hours from which to which its details are (5.7, 5.10)."""

    def whole_day(self, periods: Sequence[TariffPeriod]) -> list[tuple[str, TariffPeriod]]:
        by_period = dict(super().whole_day(periods))
        hours = (f"{hour:02}0000" for hour in range(24))
        every = sorted({*by_period, *hours})
        return [(start, by_period[max(each for each in by_period if each <= start)]) for start in every]

    def charge_details(self, parts: tuple[Part, ...]) -> Iterator[Message]:
        for part, detail in zip(parts, super().charge_details(parts), strict=True):
            from_ms, to_ms = part.started_ms // HOUR_MS * HOUR_MS, -(-part.ended_ms // HOUR_MS) * HOUR_MS
            yield detail | {"DetailStartTime": self.local_time(from_ms), "DetailEndTime": self.local_time(to_ms)}


@lawful(group="fields")
class DetailsEveryPeriod(ReferenceServer):
    """Lists the hours before the charge, too, in which nothing flowed."""

    def charge_details(self, parts: tuple[Part, ...]) -> Iterator[Message]:
        details = list(super().charge_details(parts))
        for detail in details[:1]:
            first_ms, last_ms = parts[0].started_ms - 5 * HOUR_MS, parts[0].started_ms
            before = {"DetailStartTime": self.local_time(first_ms), "DetailEndTime": self.local_time(last_ms)}
            yield detail | before | dict.fromkeys(("DetailPower", "DetailElecMoney", "DetailSeviceMoney"), 0)
        yield from details


# states


@lawful(group="states")
class StartsWithTheFirstSample(ReferenceServer):
    """Takes a charge that has no start result for starting until a sample shows that something has flowed."""

    def start_charge_seq_stat(self, session: Session) -> int:
        stat = super().start_charge_seq_stat(session)
        unseen = not session.by_platform and not session.reading.energy_wh
        return STAT_STARTING if stat == STAT_CHARGING and unseen else stat


# money


@lawful(group="money")
class KnowsNoMoneyBeforeTheBill(ReferenceServer):
    """While it charges every amount stands at 0, its default; what it costs is known once there is a bill (4.2)."""

    def charge_status(self, session: Session) -> Message:
        told = super().charge_status(session)
        nothing = dict.fromkeys(("ElecMoney", "SeviceMoney", "TotalMoney"), 0)
        return told if session.price else told | nothing | {"SumPeriod": 0, "ChargeDetails": []}


@lawful(group="money")
class OrdersTheTotalAlone(ReferenceServer):
    """Both fees of the bonus order stand at 0, their default: they are optional (5.15, BJ-X9)."""

    def bonus_order(self, session: Session) -> Message:
        unknown = {"TotalElecMoney": 0, "TotalSeviceMoney": 0, "SumPeriod": 0, "ChargeDetails": []}
        return super().bonus_order(session) | unknown


@lawful(group="money")
class KnowsTheFeeForElectricityAlone(ReferenceServer):
    """Tells what the electricity costs and the total; the other fee stands at 0, its default (5.10, 5.15, BJ-X9)."""

    def charge_status(self, session: Session) -> Message:
        return super().charge_status(session) | {"SeviceMoney": 0}

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"TotalSeviceMoney": 0}


@lawful(group="money")
class RoundsTheTotal(ReferenceServer):
    """Rounds the exact total half-up; the service fee is what is left of it beside electricity."""

    def price_of(self, session: Session, price: Bill) -> Bill:
        exact_e5 = sum(
            part.energy_wh * (part.period.electricity_price_e4 + part.period.service_price_e4) for part in price.parts
        )
        total_fen = (exact_e5 + 50_000) // 100_000
        return Bill(price.electricity_fen, total_fen - price.electricity_fen)


@lawful(group="money")
class SplitsTheChargeAnew(ReferenceServer):
    """Keeps no count by tariff period: splits what has flowed evenly from the start, each time it is asked (BJ-X22)."""

    def flown_until(self, session: Session, until_ms: int, energy_wh: int) -> tuple[Part, ...]:
        station = self.tariff_station(session.socket)
        return flown_evenly(self.setting.site, station, session.started_ms, until_ms, energy_wh)


# meters, numbers, clocks


@lawful(group="meter")
class TellsTheMeterAsTheBoxDoes(ReferenceServer):
    """Where the box has no meter, and says 0 twice, so does the order (EVCHONG 1.4, 1.6)."""

    def counted(self, session: Session, energy_wh: int) -> tuple[int, int]:
        return 0, 0


@lawful(group="times")
class WritesDownItsOwnTime(ReferenceServer):
    """Its clock goes half a minute ahead, and by that it tells when a charge began and ended."""

    def local_time(self, moment_ms: int) -> str:
        return super().local_time(moment_ms + 30_000)


@lawful(group="names")
class KnowsNobodyWithoutACard(ReferenceServer):
    """Leaves UserName empty where nobody told it a name: the platform's start bears none, nor does a charger's own."""

    def user_name(self, session: Session) -> str:
        return super().user_name(session) if session.charge_model == ChargeModel.CARD else ""
