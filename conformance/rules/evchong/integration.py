"""Rules of 3: how manufacturers connect their boxes, and what the operator's administration owes them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.evchong.general import EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed
from conformance.rules.evchong.spoken import ACCEPTED, Spoken
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

LONGEST_STATION_SERIAL = 25  # 1.1
LONGEST_VENDOR_NUMBER = 255  # 1.7


class SerialsAreTakenOnce(EvchongRule):
    """The serial of a registered box cannot be registered for a second manufacturer as well."""

    row = "EVC-3-a"
    listens = frozenset({"surface-answered"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._vendor: dict[str, str] = {}

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if fact.keys.get("verb") != "register_box":
            return
        asked, refused = fact.values["arguments"], bool(fact.values["answer"].get("refused"))
        box, vendor = str(asked.get("box")), str(asked.get("vendor_id"))
        first = self._vendor.get(box)
        if first is None:
            if not refused:
                self._vendor[box] = vendor
        elif first != vendor:
            expected = f"{box}, registered for vendor {first}, refused to vendor {vendor}"
            yield self.judge(refused, "same-serial", expected, "refused" if refused else "registered", fact)


class NewStationsGetTheirOwnSerial(EvchongRule):
    """A new station gets a serial of its own, a supplier a vendor number, and a boot with the serial is accepted."""

    row = "EVC-3-c"
    listens = frozenset({"surface-answered", Service.DEVICE_BOOT})

    def fact(self, fact: Fact) -> Iterator[Finding]:
        answer, verb = fact.values["answer"], fact.keys.get("verb")
        if answer.get("refused"):
            return  # nothing was created
        if verb == "create_station":
            told = answer.get("station")
            serial = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
            ok = 1 <= len(serial) <= LONGEST_STATION_SERIAL
            ok = ok and serial not in self.known.stations | self.known.created_stations
            yield self.judge(ok, "own-serial", "a serial of 1 to 25 characters, never issued before", f"{told!r}", fact)
        elif verb == "create_supplier":
            number = answer.get("vendor_id")
            ok = number is not None and 1 <= len(str(number)) <= LONGEST_VENDOR_NUMBER
            yield self.judge(ok, "vendor-number", "a vendor number of 1 to 255 characters", f"{number!r}", fact)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        new = seen.box in self.known.registered_later and seen.station in self.known.created_stations
        if new and self.known.owed(seen) is Owed.ACCEPT and not judged_elsewhere(seen, self.known):
            expected = f"Accepted at the new station {seen.station}"
            yield self.judge(seen.accepted, "boot-accepted", expected, seen.summary(), seen.exchange)


class BoxesBehindOneConnectionAreApart(EvchongRule):
    """Boxes of several stations on one connection are served apart, and none ends the transaction of another.

    Judged on requests of two boxes that alternate on one connection, which the journal shows by the address of the
    line; meter values must echo their own transaction, starts of both must not share one. A stop by another box may be
    answered in any way, on whichever line: it is judged by what becomes of the transaction that it named.
    """

    row = "EVC-3-d"
    listens = frozenset({Service.START_TRANS, Service.METER_VALUES, Service.STOP_TRANS})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._line_of: dict[str, str] = {}
        self._started: dict[str, dict[str, int]] = {}  # shared line -> box -> its latest transaction
        self._anothers_stop: dict[tuple[str, int], Spoken] = {}  # box and id of the transaction that it named
        self._stops_taken: set[bool] = set()  # with a card, without one

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from self._apart(seen)
        yield from self._lives_on(seen)

    def _lives_on(self, seen: Spoken) -> Iterator[Finding]:
        """After another box's stop a transaction takes what its own box says of it, as before."""
        ends = seen.service is Service.STOP_TRANS
        if ends and seen.valid and seen.arrived and (named := self.known.running_elsewhere(seen)):
            self._anothers_stop[(named.box, named.id)] = seen
        transaction = self.known.asked_about(seen)
        if transaction is None or self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        usual = (seen.card is not None) in self._stops_taken if ends else transaction.meter_values > 0
        stop = self._anothers_stop.get((seen.box, transaction.id))
        if stop and (seen.readable or usual):
            expected = f"{seen.service} of transaction {transaction.id} taken after the stop by box {stop.box}"
            yield self.judge(seen.readable, "anothers-stop", expected, seen.summary(), stop.exchange, seen.exchange)
        if ends:
            self._anothers_stop.pop((seen.box, transaction.id), None)
            self._stops_taken |= {seen.card is not None} if seen.readable else set()

    def _apart(self, seen: Spoken) -> Iterator[Finding]:
        line = seen.exchange.keys.get("line")
        if line is None or self.known.owed(seen) is not Owed.ACCEPT or not seen.readable:
            return
        others = {box: id for box, id in self._started.setdefault(line, {}).items() if box != seen.box}
        if seen.service is Service.START_TRANS and seen.status == ACCEPTED and seen.transaction is not None:
            if others:
                ok = seen.transaction not in others.values()
                expected = f"a transaction other than those of {', '.join(others)}"
                yield self.judge(ok, "transactions", expected, f"{seen.transaction}", seen.exchange)
            self._started[line][seen.box] = seen.transaction
        elif others and seen.service is not Service.START_TRANS:
            ok = seen.transaction == seen.asked_transaction
            expected = f"the answer for transaction {seen.asked_transaction}"
            yield self.judge(ok, "answers", expected, f"transactionId {seen.transaction}", seen.exchange)
