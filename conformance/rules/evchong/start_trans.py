"""Rules of 1.4, start of a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.blocks import Unique
from conformance.rules.evchong.general import NOT_ACCEPTING, ON_ITS_WAY_MS, EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed, Strays, said
from conformance.rules.evchong.spoken import ACCEPTED, Outcome, Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

START = frozenset({Service.START_TRANS})


def plain(seen: Spoken, known: Known) -> bool:
    """A start of the commonest kind: a meter, a box with several sockets numbered 1, 2, ..., no reservation."""
    return content.meter_start_wh(seen.request) != 0 and not special_socket(seen, known) and not reserved(seen)


def special_socket(seen: Spoken, known: Known) -> str | None:
    """The case of EVC-3-b that a start is evidence for."""
    box = known.boxes.get(seen.box)
    if box is None:
        return None
    if box.connectors == [1]:
        return "single-socket"
    return None if box.connectors == list(range(1, len(box.connectors) + 1)) else "own-numbering"


def reserved(seen: Spoken) -> bool:
    return content.reservation_id(seen.request) is not None


def crossed(one: Spoken, other: Spoken) -> bool:
    """Two starts were on their way at the same time, by one card or for one connector."""
    return one.overlaps(other) and (one.card == other.card or (one.box, one.connector) == (other.box, other.connector))


class _Starts(EvchongRule):
    """Judges the starts that are owed acceptance.

    Remembers whether a plain start was ever accepted: then a refused special one is the special row's. A refusal is
    told when nothing can be on its way any more that crossed it: a start that took the card, or the connector, before
    it may be answered after it, and what is owed to a card in use is not said (EVC-X17).
    """

    listens = START

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.plain_accepted = False
        self._refusals: list[tuple[Spoken, Finding]] = []

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from self._told(until_ms=seen.exchange.at_ms - ON_ITS_WAY_MS)
        if seen.outcome is not Outcome.REFUSED:
            self._refusals = [each for each in self._refusals if not crossed(each[0], seen)]
        for finding in self.start(seen):
            if finding.ok or seen.outcome is not Outcome.REFUSED:
                yield finding
            else:
                self._refusals.append((seen, finding))

    def start(self, seen: Spoken) -> Iterator[Finding]:
        """One start."""
        raise NotImplementedError

    def settled(self) -> Iterator[Finding]:
        return self._told()

    def finish(self) -> Iterator[Finding]:
        return self._told()

    def _told(self, until_ms: int | None = None) -> Iterator[Finding]:
        """The refusals of before this moment, or all."""
        refusals, self._refusals = self._refusals, []
        for refused, finding in refusals:
            if until_ms is None or refused.exchange.answered_at_ms < until_ms:
                yield finding
            else:
                self._refusals.append((refused, finding))

    def note(self, seen: Spoken) -> None:
        self.plain_accepted = self.plain_accepted or (seen.accepted and plain(seen, self.known))

    def owes_acceptance(self, seen: Spoken) -> bool:
        return self.known.owed(seen) is Owed.ACCEPT and not judged_elsewhere(seen, self.known)


class StartsAreAccepted(_Starts):
    """A start by an accepted card is answered Accepted with an integer transactionId."""

    row = "EVC-1.4-a"

    def start(self, seen: Spoken) -> Iterator[Finding]:
        if not self.owes_acceptance(seen) or seen.status_is_broken or seen.faults_at("idTagInfo"):
            return
        if seen.status != ACCEPTED or not seen.readable:
            if plain(seen, self.known) or not self.plain_accepted:
                yield self.bad("accepted", "status Accepted", seen.summary(), seen.exchange)
            return
        self.note(seen)
        yield self.good("accepted", "status Accepted", "Accepted", seen.exchange)
        given = content.fields(seen.answered.canonical).get("transactionId")
        yield self.judge(
            seen.transaction is not None,
            "integer-id",
            "an integer transactionId",
            f"{given!r}",
            seen.exchange,
            path="startTransactionRes.transactionId",
        )


class TransactionIdsOfABoxAreUnique(EvchongRule):
    """Every transaction of a box gets its own transactionId, also under concurrent starts.

    Source: EVCHONG V1.2, 1.4, output table ("transactionId, integer, Y").
    """

    row = "EVC-1.4-b"
    listens = START

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._ids: Unique[tuple[str, int], Spoken] = Unique()
        self._latest: dict[str, Spoken] = {}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or seen.status != ACCEPTED or seen.transaction is None:
            return  # not a start that opened anything, or one that another row judges
        running = self.known.on_connector.get((seen.box, seen.connector or 0))
        if running and running.id == seen.transaction and running.card == seen.card:
            return  # told of the transaction that already runs there: EVC-1.4-e
        earlier = self._ids.use((seen.box, seen.transaction), seen)
        before = self._latest.get(seen.box)
        self._latest[seen.box] = seen
        compared = earlier or before
        if compared is None:
            return  # the first transaction of a box shows nothing
        yield self.judge(
            earlier is None,
            "overlapping" if seen.overlaps(compared) else "sequential",
            "a transactionId that this box was never given",
            f"{seen.transaction}",
            seen.exchange,
            compared.exchange,
        )


class TransactionIdsOfAllBoxesAreUnique(EvchongRule):
    """No two boxes are ever given the same transactionId, also under concurrent starts."""

    row = "EVC-1.4-g"
    listens = START

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._given: dict[int, Spoken] = {}
        self._latest: Spoken | None = None

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or seen.status != ACCEPTED or seen.transaction is None:
            return
        earlier = self._given.setdefault(seen.transaction, seen)
        clash = earlier if earlier.box != seen.box else None
        compared = clash or (self._latest if self._latest and self._latest.box != seen.box else None)
        self._latest = seen
        if compared is None:
            return
        yield self.judge(
            clash is None,
            "overlapping" if seen.overlaps(compared) else "sequential",
            "a transactionId that no other box was given",
            f"{seen.transaction} (box {seen.box}, box {compared.box})",
            seen.exchange,
            compared.exchange,
        )


class RefusedCardsStartNothing(EvchongRule):
    """A start by a blocked or expired card is answered with that status and opens no transaction (EVC-X13)."""

    row = "EVC-1.4-c"
    listens = START | {"surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._strays = Strays(known)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        owed = self.known.owed(seen)
        if owed not in (Owed.BLOCKED, Owed.EXPIRED) or judged_elsewhere(seen, self.known) or seen.status_is_broken:
            return
        if seen.faults_at("idTagInfo"):
            return  # EVC-1.2-e
        ok = said(seen, owed)
        twin = (str(seen.service), seen.sender) if ok else None
        yield self.judge(ok, owed.value.lower(), owed.value, seen.summary(), seen.exchange, twin=twin)
        self._strays.expect(seen)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        for refused, order in self._strays.look(fact):
            yield self.judge(
                order is None,
                "opens-no-transaction",
                f"no order for card {refused.card} on box {refused.sender}",
                f"order {order.get('id')}" if order else "none",
                refused.exchange,
                fact,
            )
        self.lacking = self._strays.lacking or self.lacking


class ZeroMeterAndNoReservationAreAccepted(_Starts):
    """meterStart 0, and a start without reservationId, are accepted."""

    row = "EVC-1.4-d"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._reserved_accepted: Spoken | None = None
        self._bare: dict[bool, list[Spoken]] = {True: [], False: []}

    def start(self, seen: Spoken) -> Iterator[Finding]:
        if not self.owes_acceptance(seen) or seen.status_is_broken:
            return
        accepted = seen.status == ACCEPTED and seen.readable
        if content.meter_start_wh(seen.request) == 0 and (accepted or self.plain_accepted):
            yield self.judge(accepted, "meter-start-zero", "meterStart 0 accepted", seen.summary(), seen.exchange)
        if reserved(seen):
            self._reserved_accepted = seen if accepted else self._reserved_accepted
        elif plain(seen, self.known):
            self._bare[accepted] = (self._bare[accepted] + [seen])[:1]
        self.note(seen)
        if accepted and not reserved(seen):
            yield self.good("without-reservation", "accepted without reservationId", "Accepted", seen.exchange)

    def finish(self) -> Iterator[Finding]:
        yield from super().finish()
        if self._reserved_accepted and self._bare[False] and not self._bare[True]:
            refused = self._bare[False][0]
            yield self.bad(
                "without-reservation",
                "accepted without reservationId, as it was with one",
                refused.summary(),
                refused.exchange,
                self._reserved_accepted.exchange,
            )


class OccupiedAndMissingConnectorsStartNothing(EvchongRule):
    """A second start on an occupied connector, and one on a connector that is not there, are not accepted."""

    row = "EVC-1.4-e"
    listens = START | {"surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._strays = Strays(known)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        for refused, order in self._strays.look(fact):
            if order is not None:
                case = (
                    "occupied" if self.known.has_connector(refused.box, refused.connector or 0) else "no-such-connector"
                )
                expected = "no order of a start that was refused"
                yield self.bad(case, expected, f"order {order.get('id')}", refused.exchange, fact)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.REFUSE or self.known.cards.get(seen.card or "") != "valid":
            return
        if seen.box in self.known.rejected or seen.outcome is Outcome.NO_ANSWER:
            return
        there = self.known.has_connector(seen.box, seen.connector or 0)
        case = "occupied" if there else "no-such-connector"
        running = self.known.on_connector.get((seen.box, seen.connector or 0))
        if running and (seen.overlaps(running.start) or running.place in self.known.ending):
            return  # which of two came first is not for us to say
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        expected = f"connector {seen.connector} {'occupied' if there else 'not there'}: not accepted"
        if ok:
            self._strays.expect(seen)
        yield self.judge(ok, case, expected, seen.summary(), seen.exchange, twin=twin)


class ConnectorNumbersAreTheManufacturers(_Starts):
    """Connector numbers are taken as they are, and a box with one socket charges on connectorId 1."""

    row = "EVC-3-b"

    def start(self, seen: Spoken) -> Iterator[Finding]:
        if not self.owes_acceptance(seen) or seen.status_is_broken:
            return
        case = special_socket(seen, self.known)
        accepted = seen.status == ACCEPTED and seen.readable
        if case and (accepted or (self.plain_accepted and content.meter_start_wh(seen.request) != 0)):
            expected = f"a charge on connectorId {seen.connector} accepted"
            yield self.judge(accepted, case, expected, seen.summary(), seen.exchange)
        self.note(seen)
