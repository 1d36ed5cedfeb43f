"""Rules of 1.2 and 2.1 to 2.3, authorize and what it says of a card."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.evchong.general import NOT_ACCEPTING, EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Owed, said
from conformance.rules.evchong.spoken import Outcome, Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service

AUTHORIZE = frozenset({Service.AUTHORIZE})


class ValidCardsAreAccepted(EvchongRule):
    """A valid card with balance is Accepted. While a transaction of it runs, that is EVC-1.2-h."""

    row = "EVC-1.2-a"
    listens = AUTHORIZE

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or self.known.card_in_use(seen.card):
            return
        if not judged_elsewhere(seen, self.known) and seen.outcome is not Outcome.INCOMPLETE:
            yield self.judge(seen.accepted, "accepted", "Accepted", seen.summary(), seen.exchange)


class _CardsGetTheirStatus(EvchongRule):
    listens = AUTHORIZE
    owed: Owed
    case: str

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not self.owed or judged_elsewhere(seen, self.known):
            return
        if seen.outcome is Outcome.INCOMPLETE and seen.status != "Accepted":
            return  # no status of the enumeration: EVC-1.2-e
        ok = said(seen, self.owed)
        yield self.judge(
            ok,
            self.case,
            self.owed.value,
            seen.summary(),
            seen.exchange,
            twin=(str(seen.service), seen.sender) if ok else None,
        )


class BlockedCardsAreBlocked(_CardsGetTheirStatus):
    """A blocked card, say one without balance, is Blocked."""

    row = "EVC-1.2-b"
    owed = Owed.BLOCKED
    case = "blocked"


class ExpiredCardsAreExpired(_CardsGetTheirStatus):
    """An expired card is Expired."""

    row = "EVC-1.2-c"
    owed = Owed.EXPIRED
    case = "expired"


class UnknownCardsAreNotAccepted(EvchongRule):
    """A card that the server does not know is not Accepted, nor does it start anything (status: EVC-X17)."""

    row = "EVC-1.2-d"
    listens = frozenset({Service.AUTHORIZE, Service.START_TRANS})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or seen.card in self.known.cards or seen.box not in self.known.booted:
            return
        if refusal_is_unclear(seen):
            return
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        yield self.judge(ok, "unknown", "any status but Accepted", seen.summary(), seen.exchange, twin=twin)


def refusal_is_unclear(seen: Spoken) -> bool:
    """No answer to speak of: neither accepted nor refused."""
    return seen.outcome is Outcome.NO_ANSWER


class IdTagInfoKeepsToItsType(EvchongRule):
    """Wherever idTagInfo is answered, its three fields are of their type; the optional ones may be absent."""

    row = "EVC-1.2-e"
    listens = frozenset({Service.AUTHORIZE, Service.START_TRANS, Service.STOP_TRANS})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or not seen.readable:
            return
        whole = seen.faults_at("idTagInfo")
        if whole and seen.service is Service.STOP_TRANS:
            return  # without idTagInfo at all: EVC-1.6-a
        for field, expected in (
            ("status", "Accepted, Blocked or Expired"),
            ("expiryDate", "a dateTime, or nothing"),
            ("parentIdTag", "an IdToken of at most 20 characters, or nothing"),
        ):
            faults = seen.faults_at(f"idTagInfo.{field}") or (whole if field == "status" else [])
            if field != "status" and said_nothing(seen, field):
                faults = []
            actual = f"{faults[0].actual or faults[0].kind}" if faults else "as demanded"
            yield self.judge(
                not faults,
                f"{seen.service}/{field}",
                expected,
                actual,
                seen.exchange,
                path=faults[0].wire_path if faults else "",
            )


def said_nothing(seen: Spoken, field: str) -> bool:
    """The field is null, or a string that is: a serialiser's way to leave it out."""
    info = content.fields(seen.answered.canonical).get("idTagInfo")
    value = info.get(field) if isinstance(info, dict) else None
    return value is None or value == {"idToken": None}


class RunningTransactionsDoNotChangeAuthorize(EvchongRule):
    """While a transaction of a card runs, authorize says of it what it said before, as boxes ask before a stop."""

    row = "EVC-1.2-h"
    listens = AUTHORIZE

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        running = any(t.card == seen.card and t.box == seen.box for t in self.known.on_connector.values())
        if self.known.owed(seen) is not Owed.ACCEPT or not running:
            return
        if not judged_elsewhere(seen, self.known) and seen.outcome is not Outcome.INCOMPLETE:
            yield self.judge(seen.accepted, "while-charging", "Accepted", seen.summary(), seen.exchange)
