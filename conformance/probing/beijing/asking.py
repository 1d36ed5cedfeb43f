"""Finds out in which readings a running operator server understands the documents of the Beijing platform.

The platform asks what shows a reading in its answer; for the rest charges are made, and what is pushed of them is
looked at, as it travelled. Nothing is caused that the target's effects do not allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from conformance.beijing.asking import reading
from conformance.beijing.charging import TOLD_AFTER_S, known_spot
from conformance.probing.asker import Asker
from conformance.probing.beijing import shown
from conformance.probing.beijing.hearing import Heard
from conformance.probing.beijing.shown import Charge, Shown
from conformance.probing.beijing.starting import Way, ways
from conformance.rules.beijing.ladders import FOR_EVER_MS
from simulators.beijing.broken import Broken
from simulators.beijing.dialect import READINGS
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Refusal
from simulators.beijing.peer import CITY, PROTOCOL, SUT
from simulators.journal.records import Exchange
from simulators.lab.client import Unmet
from simulators.lab.leases import NothingToLend

STATUS = Interface.NOTIFICATION_STATION_STATUS
CHARGE_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS
ORDER, BONUS_ORDER = Interface.NOTIFICATION_CHARGE_ORDER_INFO, Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS
ORDERS = (ORDER, BONUS_ORDER)
STRANGERS_OF_A_KIND = 3
ORDERED_WITHIN_S = REPEATED_AFTER_S = 150  # 1.1.13: after the bill; the first step of every ladder
LADDER_S = 7 * 3600  # the longest that is exact has come to its first hour's wait by then
LADDER_REFUSALS = 14  # in steps of 150 s the fourteenth repeat is the first that waits for an hour
LOOK_EVERY_S = 600
LONGEST_WAIT_S = 1800  # of the machine's time
NO_PLACE = "the target has neither a box behind a connector of the platform's nor a charger of the lab's own"
OF_CHARGES = ("BJ-X2", "BJ-X5", "BJ-X9", "BJ-X17", "BJ-X18")


class CityAsker(Asker):
    """Asks as the municipal platform, and lets people charge."""

    table = READINGS
    _since = 0  # the record before the latest charges
    _no_charge = NO_PLACE  # why the latest charge did not come about

    def ask(self) -> None:
        if not self._lab.city.sockets():
            self._give_up("the platform knows no connector: name one in [[pixit.beijing.connector]]")
            return
        if why := self._ask_for_tokens():
            self._give_up(why)
            return
        self.works = True
        self._ask_about_nothing()
        self._ask_without_token()
        self._ask_for_days()
        self._look_at_statuses()
        self._ask_for_charges()

    # Tokens

    def _ask_for_tokens(self) -> str:
        """Only who shows the right credentials is given one. Gives why the server cannot be asked."""
        city = self._lab.city
        strangers = [each for wrong in ("operator", "secret") for each in city.strangers(wrong, STRANGERS_OF_A_KIND)]
        own = self._heard(city.fetch_token)
        if not own.taken:
            return f"query_token gave the platform no token: {own.answer_text()}"
        for stranger in strangers:
            if self._asked(Interface.QUERY_TOKEN, stranger).taken:
                return "not shown to be a working server: it gave a stranger a token"
        city.fetch_token()  # a server that was confused by strangers has one now
        return ""

    def _ask_without_token(self) -> None:
        if "faults" not in self._target.effects:
            self._undecided("BJ-X13", "the target does not allow the effect faults")
            return
        question = reading(self._lab, Interface.QUERY_STATION_STATUS)
        let_in = self._asked(Interface.QUERY_STATION_STATUS, question)
        city = self._lab.city
        without = self._heard(
            lambda: city.ask_broken(Interface.QUERY_STATION_STATUS, question, Broken.NO_TOKEN), "no Authorization"
        )
        self._note("BJ-X13", shown.no_token(let_in, without))

    # Questions about what is not there, and about days

    def _ask_about_nothing(self) -> None:
        policy = Interface.QUERY_EQUIP_BUSINESS_POLICY
        known = self._asked(policy, reading(self._lab, policy))
        made_up = []
        for interface in (policy, Interface.QUERY_EQUIP_AUTH):
            question = reading(self._lab, interface)
            nothing = {**question, "ConnectorID": self._lab.city.made_up(question["ConnectorID"])}
            made_up.append(self._asked(interface, nothing, "an id that names nothing"))
        self._note("BJ-X14", shown.unknown_id(known, *made_up))

    def _ask_for_days(self) -> None:
        asked = {}
        for way in self._ways("BJ-X8"):
            self._speak({**self._now, "BJ-X8": way})
            stats = Interface.QUERY_STATION_STATS
            asked[way] = self._asked(stats, reading(self._lab, stats), f"BJ-X8 {way}")
        self._note("BJ-X8", shown.stats_days(asked))

    # What is pushed of connectors

    def _look_at_statuses(self) -> None:
        """Whatever was pushed so far; where that is nothing, a box comes up, or a vehicle comes."""
        for change in (self._boot_a_box, self._plug_a_vehicle):
            if not self._pushes(STATUS):
                with suppress(NothingToLend, Unmet):
                    change()
                self._lab.city.let_pushes_come()
                self._lab.do("lab.rest")
        self._note("BJ-X6", shown.status_info(self._pushes(STATUS)))

    def _boot_a_box(self) -> None:
        known_spot(self._lab).box.boot()

    def _plug_a_vehicle(self) -> None:
        self._lab.charger().plug()

    # What is pushed of charges

    def _ask_for_charges(self) -> None:
        missing = [effect for effect in ("opens-session", "bills") if effect not in self._target.effects]
        if missing:
            self._give_up(f"the target does not allow the effect {' and '.join(missing)}", OF_CHARGES)
            return
        charged = self._charge(list(ways(self._lab)))
        if not charged:
            self._give_up(f"not seen: no charge came about: {self._no_charge}", OF_CHARGES)
            return
        came = {interface: self._pushes(interface, self._since) for interface in (CHARGE_STATUS, *ORDERS)}
        charges = list(charged.values())
        self._note("BJ-X5", shown.start_method_field(charges, came[CHARGE_STATUS]))
        self._note("BJ-X17", shown.orders_owed(charges, came[ORDER]))
        ordered = [(way, interface) for interface in ORDERS for way in charged if charged[way].among(came[interface])]
        if ordered:
            self._ask_for_a_dispute(ordered[0][0])
            self._climb_the_ladder(*ordered[-1])
        self._note("BJ-X9", shown.bonus_fees(self._pushes(BONUS_ORDER)))
        self._give_up("not seen: no order was pushed", OF_CHARGES)

    def _charge(self, there: Sequence[Way]) -> dict[Way, Charge]:
        """A charge in each of these ways, those that come about; ends when their orders must have come."""
        self._since = self._running.journal.last_seq
        charged = {}
        for way in there:
            try:
                charged[way] = way.start()
            except Unmet as unmet:
                self._no_charge = str(unmet)
        if charged:
            self._lab.pass_time(TOLD_AFTER_S)
            for way in charged:
                way.stop()
            self._lab.pass_time(ORDERED_WITHIN_S + self._bill_after_s + 2 * self._at_once_s)
        return charged

    def _ask_for_a_dispute(self, way: Way) -> None:
        """The city disputes both orders of a charge, and waits whether they come again."""
        for interface in ORDERS:
            self._lab.city.refuse(interface, Refusal.DISPUTED)
        self._charge([way])
        self._lab.pass_time(REPEATED_AFTER_S + self._at_once_s)
        self._lab.city.forgive()
        orders = [push for interface in ORDERS for push in self._pushes(interface)]
        self._note("BJ-X18", shown.disputed(orders))

    def _climb_the_ladder(self, way: Way, interface: Interface) -> None:
        """The city refuses an order until it waits for an hour; then it takes it."""
        if self._clock_rate and LADDER_S / self._clock_rate > LONGEST_WAIT_S:
            why = f"the ladder of a refused order takes up to {LADDER_S // 3600} h, and the clock is not stepped"
            self._undecided("BJ-X2", f"not seen: {why}")
            return
        self._lab.city.refuse(interface, Refusal.BUSY, LADDER_REFUSALS)
        charges = list(self._charge([way]).values())
        attempts = self._attempts(charges, interface)
        for _ in range(LADDER_S // LOOK_EVERY_S):
            if not attempts or attempts[-1].taken or shown.waits_for_an_hour(attempts, self._tolerance_ms):
                break
            self._lab.pass_time(LOOK_EVERY_S)
            attempts = self._attempts(charges, interface)
        self._lab.city.forgive()
        self._note("BJ-X2", shown.ladder(attempts, self._tolerance_ms))
        if attempts and not attempts[-1].taken:
            self._lab.pass_time(FOR_EVER_MS / 1000 + self._at_once_s)  # nothing shall be left owing

    def _attempts(self, charges: Sequence[Charge], interface: Interface) -> list[Heard]:
        """The pushes of the order of a charge since it began, up to the one that was taken."""
        pushes = [push for charge in charges for push in charge.among(self._pushes(interface, self._since))]
        latest = [push for push in pushes if push.order == pushes[-1].order]
        taken = next((place for place, push in enumerate(latest) if push.taken), len(latest))
        return latest[: taken + 1]

    # Asking, listening, deciding

    def _asked(self, interface: Interface, content: Content, tried: str = "") -> Heard:
        return self._heard(lambda: self._lab.city.ask(interface, content), tried)

    def _heard(self, ask: Callable[[], object], tried: str = "") -> Heard:
        """What was answered to a question; the record of it is the evidence."""
        before = self._running.journal.last_seq
        ask()
        *_, answered = self._exchanges(before, CITY)
        return Heard.of(answered, tried)

    def _pushes(self, interface: Interface, since: int = 0) -> list[Heard]:
        return [Heard.of(each) for each in self._exchanges(since, SUT) if each.operation == interface]

    def _exchanges(self, since: int, actor: str) -> list[Exchange]:
        records = self._running.journal.since(since)
        exchanges = [record for record in records if isinstance(record, Exchange)]
        return [each for each in exchanges if each.protocol == PROTOCOL and each.actor == actor]

    def _note(self, row: str, seen: Shown) -> None:
        """What was shown of a row; from here on the city speaks in it."""
        if seen.reading is None:
            self._undecided(row, seen.why, *seen.heard)
        else:
            self._decide(row, seen.reading, seen.why, *seen.heard)
        self._speak(self._now)

    def _speak(self, readings: Mapping[str, str]) -> None:
        self._lab.do("lab.use_readings", readings=dict(readings))

    @property
    def _clock_rate(self) -> float:
        """How much faster than the machine's the server's time passes; 0: whenever we let it."""
        clock = self._target.pixit.clock
        return {"stepped": 0.0, "real": 1.0}.get(clock.kind, clock.rate or 1.0)

    @property
    def _bill_after_s(self) -> float:
        return self._target.pixit.beijing.bill_after_stop_s if self._target.pixit.beijing else 0

    @property
    def _at_once_s(self) -> float:
        at_once_s: float = self._lab.do("lab.facts")["push_at_once_s"]
        return at_once_s

    @property
    def _tolerance_ms(self) -> int:
        return round(self._at_once_s * 1000)
