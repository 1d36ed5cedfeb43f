"""Rules of seed 1.1.15, check_charge_orders: each night the orders of the day before that the platform started.

A charge belongs to the day on which it ended. One that began on another day may be counted under either of the two,
once (BJ-X7), as may one that ended at midnight as far as clocks differ. Days are local ones (BJ-X20), and 1 is
1970-01-02. Of days before the journal began nothing is known: orders of the platform that nobody has heard of may stand
in their lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from conformance.finding import Finding
from conformance.rules.beijing.charges import Charge
from conformance.rules.beijing.figures import hundredths, number
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.orders import IN_TIME_S
from conformance.rules.beijing.outcomes import is_without_token
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.truth import Beside
from simulators.beijing.messages import ChargeModel, Content, Interface

CHECK = Interface.CHECK_CHARGE_ORDERS
DAY_MS, WINDOW_MS = 24 * 3600 * 1000, 3 * 3600 * 1000
WHOLE_SECOND_MS, WHOLE_MINUTE_MS = 1000, 60_000


class _Night(CityRule):
    """Knows the nights: whose day a push is about, which orders that day had, and when a night is over."""

    listens = frozenset({CHECK.value, Interface.QUERY_TOKEN.value})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        pixit = known.pixit
        self._offset_ms = pixit.utc_offset_minutes * 60_000
        self._clocks_ms = round(pixit.boxes.time_tolerance_s * 1000) + WHOLE_SECOND_MS
        self._began_ms: int | None = None  # of the journal
        self._day = 0  # whose night is over next
        self._no_token_ms = 0
        self.checks: dict[int, list[Spoken]] = {}  # by the day that they are about

    # Days

    def day_of(self, moment_ms: int) -> int:
        """The local day of a moment."""
        return (moment_ms + self._offset_ms) // DAY_MS

    def begins_ms(self, day: int) -> int:
        """When a day begins."""
        return day * DAY_MS - self._offset_ms

    def is_whole(self, day: int) -> bool:
        """The journal has all of it."""
        return self._began_ms is not None and self._began_ms <= self.begins_ms(day)

    def told(self, day: int) -> str:
        """A day in words."""
        return self.known.charges.date(self.begins_ms(day))

    def is_at_night(self, push: Spoken, day: int) -> bool:
        """Between 00:00 and 03:00 of the day that follows, as far as clocks differ."""
        since_ms = push.exchange.at_ms - self.begins_ms(day + 1)
        return -self._clocks_ms <= since_ms <= WINDOW_MS + self._clocks_ms

    def about(self, push: Spoken) -> int | None:
        """The day that a push is about; None for one that this row does not ask for.

        The night's own is the day before. A server that was kept from an earlier one may bring it later; what it says
        of days that are not over, or again of one that it was through with, is its own affair.
        """
        yesterday = self.day_of(push.exchange.at_ms + self._clocks_ms) - 1
        began_ms = self.known.charges.moment_ms((push.content or {}).get("StartTime"))
        day = yesterday if began_ms is None else self.day_of(began_ms)
        if day > yesterday:
            return None
        return day if day == yesterday or day not in self.checks else None

    # Charges of a day

    def by_platform(self) -> Iterator[Charge]:
        """All that the platform started and that are over."""
        return (
            charge
            for charge in self.known.charges.all
            if charge.method is ChargeModel.PLATFORM and charge.ended_ms is not None
        )

    def days(self, charge: Charge) -> range:
        """Those under which a charge may be counted."""
        ended_ms = charge.began_ms if charge.ended_ms is None else charge.ended_ms
        return range(self.day_of(charge.began_ms - self._clocks_ms), self.day_of(ended_ms + self._clocks_ms) + 1)

    def is_billed(self, charge: Charge, at_ms: int) -> bool:
        """Its order is there, even if that took as long as it may."""
        takes_ms = round((IN_TIME_S + self.known.pixit.bill_after_stop_s) * 1000)
        return charge.closed_ms is not None and charge.closed_ms + takes_ms <= at_ms

    # What happens

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.interface is Interface.QUERY_TOKEN:
            if is_without_token(seen, self.known):
                self._no_token_ms = seen.exchange.at_ms
            return
        day = self.about(seen)
        if day is not None:
            yield from self.checked(day, seen)
            self.checks.setdefault(day, []).append(seen)

    def checked(self, day: int, push: Spoken) -> Iterator[Finding]:
        """A push about a day; those before it are in ``checks``."""
        return iter(())

    def advance(self, now_ms: int) -> Iterator[Finding]:
        if self._began_ms is None:
            self._began_ms = now_ms
            self._day = self.day_of(now_ms - 1)  # the first whose night the journal has from its beginning
        while self.begins_ms(self._day + 1) + WINDOW_MS + self._clocks_ms < now_ms:
            day, self._day = self._day, self._day + 1
            if self._no_token_ms < self.begins_ms(day + 1):
                yield from self.night_over(day)

    def night_over(self, day: int) -> Iterator[Finding]:
        """The night after a day is over, and nothing kept the server from pushing."""
        return iter(())


class OrdersAreCheckedAtNight(_Night):
    """check_charge_orders is pushed each day between 00:00 and 03:00; of an empty day, BJ-1.1.15-c says so."""

    row = "BJ-1.1.15-a"

    def checked(self, day: int, push: Spoken) -> Iterator[Finding]:
        if day in self.checks or not self.is_whole(day + 1):
            return  # a repeat may come when it can; and what was owed before the journal began, too
        minutes = (push.exchange.at_ms - self.begins_ms(day + 1)) // 60_000
        actual = f"at {minutes // 60:02}:{minutes % 60:02}"
        expected = f"the orders of {self.told(day)} between 00:00 and 03:00 of the next day"
        yield self.judge(self.is_at_night(push, day), "in-window", expected, actual, push.exchange)

    def night_over(self, day: int) -> Iterator[Finding]:
        owed = [charge for charge in self.by_platform() if set(self.days(charge)) == {day}]
        if not owed:
            return
        pushes = [push.exchange for push in self.checks.get(day, []) if self.is_at_night(push, day)]
        ends = [charge.over for charge in owed if charge.over]
        expected = f"the {len(owed)} order(s) of {self.told(day)} pushed in the night"
        yield self.judge(bool(pushes), "each-day", expected, f"{len(pushes)} push(es)", *ends[:1], *pushes[:1])


class ChecksHoldThePlatformsOrders(_Night):
    """It holds exactly the previous day's orders that the platform started; count and sums are those of its list.

    An order that nobody could have billed in time may be missing. Energy that was rounded one by one may miss a rounded
    sum by half a step each. The period is the whole day, or from the first order to the last: either has all of them in
    it, by their start or by their end (BJ-X7). Its number is no other day's.
    """

    row = "BJ-1.1.15-b"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._listed: dict[str, set[int]] = {}  # number -> the days under which it was counted
        self._serials: dict[str, int] = {}  # CheckOrderSeq -> the day that it was first told of

    def checked(self, day: int, push: Spoken) -> Iterator[Finding]:
        told = push.content or {}
        entries = told.get("ChargeOrders")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            return  # CEC-ENV-m's
        yield from self._sums(push, told, entries)
        numbers = [str(entry.get("StartChargeSeq")) for entry in entries]
        yield from self._none_missing(day, push, numbers)
        yield from self._none_foreign(day, push, numbers)
        for entry in entries:
            yield from self._amounts(push, entry)
        yield from self._period(day, push, numbers)
        yield from self._serial(day, push)
        for each in numbers:
            self._listed.setdefault(each, set()).add(day)

    # Count and sums

    def _sums(self, push: Spoken, told: Content, entries: list[Content]) -> Iterator[Finding]:
        count = number(told.get("OrderCount"))
        yield self._same("count", "OrderCount", count == len(entries), len(entries), told, push)
        for case, field, part, off in (
            ("power", "TotalOrderPower", "TotalPower", len(entries) // 2),
            ("money", "TotalOrderMoney", "TotalMoney", 0),
        ):
            parts = [hundredths(entry.get(part)) for entry in entries]
            total, known = hundredths(told.get(field)), [each for each in parts if each is not None]
            if total is not None and len(known) == len(parts):
                added = sum(known, Decimal(0))
                if entries or added != total:
                    yield self._same(case, field, abs(added - total) <= off, added / 100, told, push)

    def _same(self, case: str, field: str, ok: bool, expected: Any, told: Content, push: Spoken) -> Finding:
        return self.judge(
            ok, case, f"{field} {expected}, as in ChargeOrders", repr(told.get(field)), push.exchange, path=field
        )

    # Which orders

    def _none_missing(self, day: int, push: Spoken, numbers: list[str]) -> Iterator[Finding]:
        for charge in self.by_platform():
            if not self._is_last_chance(charge, day) or not self.is_billed(charge, push.exchange.at_ms):
                continue
            there = charge.number in numbers or bool(self._listed.get(charge.number))
            records = [charge.over] if charge.over else []
            expected = f"order {charge.number}, which the platform started, in the list of {self.told(day)}"
            yield self.judge(there, "complete", expected, _told(there), *records, push.exchange)

    def _is_last_chance(self, charge: Charge, day: int) -> bool:
        """It ended on that day, and can be counted under no later one."""
        return self.days(charge)[-1] == day

    def _none_foreign(self, day: int, push: Spoken, numbers: list[str]) -> Iterator[Finding]:
        for each, times in Counter(numbers).items():
            ok, expected = (
                self._belongs(each, day),
                f"no order in the list of {self.told(day)} but those of the platform",
            )
            if ok is None:
                continue
            if ok and (times > 1 or self._listed.get(each, set()) - {day}):
                ok, expected = False, f"order {each} counted once"
            yield self.judge(ok, "foreign", expected, f"{each}{self._whose(each)}", push.exchange)

    def _belongs(self, each: str, day: int) -> bool | None:
        """Whether an order is one of that day which the platform started; None where nobody can say."""
        charge = self.known.charges.by_number.get(each)
        if charge is not None:
            return charge.method is ChargeModel.PLATFORM and not charge.running and day in self.days(charge)
        if each in self.known.wanted.orders:
            return None  # wanted, and no current flowed: whether there is an order of nothing is not said
        return False if self.is_whole(day) or not each.startswith(self.known.pixit.platform_id) else None

    def _whose(self, each: str) -> str:
        charge = self.known.charges.by_number.get(each)
        if charge is None:
            return ", of nobody knows what"
        return f", {charge.method.name.lower()}, ended {self.known.charges.date(charge.ended_ms or 0)}"

    # What it is about

    def _period(self, day: int, push: Spoken, numbers: list[str]) -> Iterator[Finding]:
        told, moment_ms = push.content or {}, self.known.charges.moment_ms
        first_ms, last_ms = moment_ms(told.get("StartTime")), moment_ms(told.get("EndTime"))
        by_number = self.known.charges.by_number
        charges = [by_number[each] for each in numbers if each in by_number and self._belongs(each, day)]
        if first_ms is None or last_ms is None or not charges:
            return
        slack_ms = self._clocks_ms + WHOLE_MINUTE_MS
        ok = first_ms <= last_ms and all(
            charge.began_ms <= last_ms + slack_ms and (charge.ended_ms or 0) >= first_ms - slack_ms
            for charge in charges
        )
        expected = f"StartTime and EndTime with the orders of {self.told(day)} between them"
        actual = f"{told['StartTime']} to {told['EndTime']}"
        yield self.judge(ok, "period", expected, actual, push.exchange, path="StartTime")

    def _serial(self, day: int, push: Spoken) -> Iterator[Finding]:
        number = (push.content or {}).get("CheckOrderSeq")
        if not isinstance(number, str) or self._serials.setdefault(number, day) == day:
            return
        expected = "a CheckOrderSeq that no other day has (4.1)"
        actual = f"{number}, that of {self.told(self._serials[number])}"
        yield self.bad("period", expected, actual, push.exchange, path="CheckOrderSeq")

    # What each came to

    def _amounts(self, push: Spoken, entry: Content) -> Iterator[Finding]:
        charge = self.known.charges.by_number.get(str(entry.get("StartChargeSeq")))
        if charge is None or charge.running or charge.method is not ChargeModel.PLATFORM:
            return
        for point in Beside(entry, charge, self.known).points():
            records = [charge.over] if charge.over else []
            told = f"{charge.number}: {point.told!r}"
            yield self.judge(point.ok, "amounts", point.expected, told, *records, push.exchange, path=point.field)


class EmptyDaysAreToldToo(_Night):
    """A day without orders of the platform is pushed as an empty list with zero sums."""

    row = "BJ-1.1.15-c"

    def is_empty(self, day: int) -> bool:
        """All of the day is in the journal, and the platform had nothing to do with any charge on it."""
        return self.is_whole(day) and not any(
            day in self.days(charge) for charge in self.known.charges.all if charge.method is ChargeModel.PLATFORM
        )

    def checked(self, day: int, push: Spoken) -> Iterator[Finding]:
        told = push.content
        if told is None or not self.is_empty(day):
            return
        sums = [number(told.get(field)) for field in ("OrderCount", "TotalOrderPower", "TotalOrderMoney")]
        ok = told.get("ChargeOrders") == [] and sums == [0, 0, 0]
        actual = f"{told.get('ChargeOrders')!r}, {', '.join(map(str, sums))}"
        yield self.judge(ok, "zero", f"an empty list with zero sums for {self.told(day)}", actual, push.exchange)

    def night_over(self, day: int) -> Iterator[Finding]:
        if not self.is_empty(day):
            return
        pushes = [push.exchange for push in self.checks.get(day, [])]
        expected = f"{self.told(day)}, on which there was nothing, pushed in the night"
        yield self.judge(bool(pushes), "pushed", expected, f"{len(pushes)} push(es)", *pushes[:1])


def _told(there: bool) -> str:
    return "there" if there else "not there"
