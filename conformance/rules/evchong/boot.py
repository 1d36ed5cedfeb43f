"""Rules of 1.1, boot, as far as the server owes them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.evchong.general import NOT_ACCEPTING, EvchongRule, judged_elsewhere
from conformance.rules.evchong.known import Known, Owed, said
from conformance.rules.evchong.spoken import Outcome, Spoken
from simulators.evchong import content
from simulators.evchong.messages import Service

BOOT = frozenset({Service.DEVICE_BOOT})
OPTIONAL_AT_BOOT = ("chargePointModel", "firmwareVersion", "iccid", "imsi", "meterSerialNumber", "meterType")


def mandatory_only(seen: Spoken) -> bool:
    """A boot without any of its optional fields."""
    return not any(name in content.fields(seen.request) for name in OPTIONAL_AT_BOOT)


class RegisteredBoxesAreAccepted(EvchongRule):
    """A registered box is answered Accepted, with currentTime and heartbeatInterval.

    A refused boot with the mandatory fields only is left to EVC-1.1-g, one that names a new station to EVC-3-c.
    """

    row = "EVC-1.1-a"
    listens = BOOT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or judged_elsewhere(seen, self.known):
            return
        if seen.status_is_broken or not seen.accepted:
            if not mandatory_only(seen) and seen.box not in self.known.registered_later:
                yield self.bad("accepted", "status Accepted", seen.summary(), seen.exchange, path="bootRes.status")
            return
        yield self.good("accepted", "status Accepted", "Accepted", seen.exchange)
        yield from times_told(self, seen)


class UnregisteredBoxesAreRejected(EvchongRule):
    """A box that nobody registered is answered Rejected, with currentTime and heartbeatInterval all the same."""

    row = "EVC-1.1-b"
    listens = BOOT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.REJECTED or judged_elsewhere(seen, self.known):
            return
        rejected = said(seen, Owed.REJECTED)
        yield self.judge(rejected, "rejected", "status Rejected", seen.summary(), seen.exchange, path="bootRes.status")
        if rejected:
            yield from times_told(self, seen)


def times_told(rule: EvchongRule, seen: Spoken) -> Iterator[Finding]:
    """currentTime and heartbeatInterval are there; what the interval is worth is EVC-1.1-e."""
    time_faults = seen.faults_at("currentTime")
    yield rule.judge(
        not time_faults,
        "current-time",
        "currentTime, a dateTime",
        time_faults[0].actual if time_faults else f"{content.current_time_ms(seen.answered.canonical)}",
        seen.exchange,
        path="bootRes.currentTime",
    )
    there = "heartbeatInterval" in content.fields(seen.answered.canonical)
    yield rule.judge(
        there,
        "heartbeat-interval",
        "heartbeatInterval",
        "present" if there else "missing",
        seen.exchange,
        path="bootRes.heartbeatInterval",
    )


class ForeignStationsAreNotAccepted(EvchongRule):
    """A registered box that names a station serial which the server never issued is not accepted (EVC-X14)."""

    row = "EVC-1.1-c"
    listens = BOOT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.REFUSE or seen.outcome is Outcome.NO_ANSWER:
            return
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        expected = f"station {seen.station!r}, never issued, not accepted"
        yield self.judge(ok, "foreign-station", expected, seen.summary(), seen.exchange, twin=twin)


class TimesAreRealTime(EvchongRule):
    """What the server says the time is agrees with protocol time, within the PIXIT's tolerance."""

    row = "EVC-1.1-d"
    listens = frozenset({Service.DEVICE_BOOT, Service.HEARTBEAT, Service.METER_VALUES, Service.STATUS_NOTIFY})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._tolerance_ms = known.pixit.time_tolerance_s * 1000
        self._within = f"within {known.pixit.time_tolerance_s:g} s"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        answer = seen.answered.canonical
        told_ms = content.current_time_ms(answer) if answer else None
        told_ms = content.timestamp_ms(answer) if told_ms is None and answer else told_ms
        if told_ms is None or not seen.valid:
            return
        early = seen.exchange.at_ms - told_ms > self._tolerance_ms
        late = told_ms - seen.exchange.answered_at_ms > self._tolerance_ms
        expected = f"{seen.exchange.answered_at_ms} epoch ms, {self._within}"
        yield self.judge(not (early or late), seen.service, expected, f"{told_ms}", seen.exchange)


class HeartbeatIntervalIsPositive(EvchongRule):
    """heartbeatInterval is a whole number of seconds above zero; a box that is rejected may be told zero."""

    row = "EVC-1.1-e"
    listens = BOOT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        told = content.fields(seen.answered.canonical)
        if not seen.valid or not seen.readable or "heartbeatInterval" not in told:
            return
        interval = told["heartbeatInterval"]
        number = isinstance(interval, int | float) and not isinstance(interval, bool) and interval % 1 == 0
        ok = number and (interval > 0 or (interval == 0 and not seen.accepted))
        yield self.judge(
            ok,
            "positive-whole",
            "a whole number of seconds above 0",
            f"{interval!r}",
            seen.exchange,
            path="bootRes.heartbeatInterval",
        )


class RejectedBoxesGetNoService(EvchongRule):
    """A box that was rejected at boot can neither authorize nor start."""

    row = "EVC-1.1-f"
    listens = frozenset({Service.AUTHORIZE, Service.START_TRANS})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or seen.box not in self.known.rejected or seen.outcome is Outcome.NO_ANSWER:
            return
        ok = seen.outcome in NOT_ACCEPTING
        expected = f"{seen.service} of a rejected box not accepted"
        yield self.judge(ok, seen.service, expected, seen.summary(), seen.exchange)


class MandatoryFieldsSufficeToBoot(EvchongRule):
    """A boot with the three mandatory fields only is accepted."""

    row = "EVC-1.1-g"
    listens = BOOT

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) is not Owed.ACCEPT or not mandatory_only(seen) or judged_elsewhere(seen, self.known):
            return
        if seen.box in self.known.registered_later:
            return  # EVC-3-c
        expected = "Accepted without the optional fields"
        yield self.judge(seen.accepted, "mandatory-only", expected, seen.summary(), seen.exchange)
