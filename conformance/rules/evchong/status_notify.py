"""Rules of 1.7, 2.8 and 2.9, status notification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.finding import Finding
from conformance.rules.evchong.general import NOT_ACCEPTING, EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed
from conformance.rules.evchong.spoken import Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

STATUS_NOTIFY = frozenset({Service.STATUS_NOTIFY})
# the Beijing platform's numbers, by which our surfaces tell a connector's status
SHOWN_OFFLINE = 0
WHOLE_BOX = 0  # connectorId of a status for all of its connectors (EVC-X20)
SHOWN_FAULTED = 255
SHOWN_OCCUPIED = frozenset({2, 3})


class EveryCodeAndStatusIsTaken(EvchongRule):
    """Each error code and each status is accepted and answered with a timestamp; a refused pair blames both.

    Refused for its Chinese ``info``, a notification is left to EVC-G4.
    """

    row = "EVC-1.7-a"
    listens = STATUS_NOTIFY

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        info = content.error_info(seen.request) or ""
        if not seen.readable and not info.isascii():
            return
        for case in (f"errorCode/{content.error_code(seen.request)}", f"status/{content.status(seen.request)}"):
            yield self.judge(seen.accepted, case, "an answer with a timestamp", seen.summary(), seen.exchange)


class ErrorsNeedTheirVendorCode(EvchongRule):
    """With an error, a notification without vendorErrorCode is not accepted."""

    row = "EVC-1.7-b"
    listens = STATUS_NOTIFY

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if lacks(seen) != {"vendorErrorCode"} or content.error_code(seen.request) in ("NoError", None):
            return
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        expected = "an error without vendorErrorCode not accepted"
        yield self.judge(ok, "missing-vendor-code", expected, seen.summary(), seen.exchange, twin=twin)


class VendorFieldsAreDemanded(EvchongRule):
    """A notification without vendorId, or one of NoError without vendorErrorCode, is not accepted (EVC-X18)."""

    row = "EVC-1.7-d"
    listens = STATUS_NOTIFY

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        lacking = lacks(seen)
        if lacking == {"vendorId"}:
            case = "without-vendor-id"
        elif lacking == {"vendorErrorCode"} and content.error_code(seen.request) == "NoError":
            case = "no-error-without-code"
        else:
            return
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        yield self.judge(ok, case, f"{case}: not accepted", seen.summary(), seen.exchange, twin=twin)


def lacks(seen: Spoken) -> set[str]:
    """The mandatory fields that are all that is wrong with a request; none for one that the server never saw."""
    if not seen.posted or not seen.arrived or any(fault.kind != "required" for fault in seen.asked.faults):
        return set()
    return {fault.path for fault in seen.asked.faults}


class InfoIsOptional(EvchongRule):
    """A notification without info is accepted; blamed where the like with info was accepted and none without."""

    row = "EVC-1.7-e"
    listens = STATUS_NOTIFY

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._with_info: Spoken | None = None
        self._refused: Spoken | None = None
        self._accepted = False

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        if content.error_info(seen.request) is not None:
            self._with_info = seen if seen.accepted else self._with_info
        elif seen.accepted:
            self._accepted = True
            yield self.good("without-info", "accepted without info", "accepted", seen.exchange)
        else:
            self._refused = self._refused or seen

    def finish(self) -> Iterator[Finding]:
        if self._with_info and self._refused and not self._accepted:
            yield self.bad(
                "without-info",
                "accepted without info, as it was with it",
                self._refused.summary(),
                self._refused.exchange,
                self._with_info.exchange,
            )


class StatusesReachWhatShowsThem(EvchongRule):
    """A faulted connector is shown as faulted, an occupied one as occupied, on the "connectors" surface."""

    row = "EVC-1.7-c"
    listens = STATUS_NOTIFY | {Service.DEVICE_BOOT, "surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._notified: dict[tuple[str, int], Spoken] = {}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.service is Service.DEVICE_BOOT and seen.valid:
            for place in [place for place in self._notified if place[0] == seen.box]:
                del self._notified[place]
        elif seen.valid and seen.connector is not None:
            self._notified.pop((seen.box, seen.connector), None)  # unanswered, it may have been taken or not
            if seen.accepted:
                self._notified[(seen.box, seen.connector)] = seen
        yield from ()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        if fact.keys.get("verb") != "connectors":
            return
        for item in fact.values["answer"].get("items") or []:
            for connector in (item.get("connector"), WHOLE_BOX):
                if told := self._notified.get((str(item.get("box")), connector)):
                    yield from self._shown(fact, item, told)

    def _shown(self, fact: Fact, item: dict[str, Any], told: Spoken) -> Iterator[Finding]:
        status, shown = content.status(told.request), item.get("status")
        if shown == SHOWN_OFFLINE:
            return  # whether it may be: EVC-1.3-d
        actual = f"box {item.get('box')} connector {item.get('connector')} shown with status {shown}"
        if status == "Faulted":
            yield self.judge(shown == SHOWN_FAULTED, "faulted", "faulted (255)", actual, fact, told.exchange)
        elif status == "Occupied":
            yield self.judge(shown in SHOWN_OCCUPIED, "occupied", "occupied (2 or 3)", actual, fact, told.exchange)
