"""Rules of the charge box itself (party B): our own is judged by them in every run, a recorded one likewise.

Messages that a scenario put into a box's mouth are not its conduct and are passed over. Limits under a real clock
allow for what the wire costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.blocks import Open, Within
from conformance.rules.evchong.general import ALL_SERVICES, ON_ITS_WAY_MS, EvchongRule
from conformance.rules.evchong.known import Known
from conformance.rules.evchong.spoken import Outcome, Spoken
from conformance.rules.evchong.waits import Rhythm
from simulators.evchong import content
from simulators.evchong.messages import Service
from simulators.journal.records import Fact

AT_ONCE_MS = 1000
RHYTHM_TOLERANCE_MS = 1000
LOOKS_EVERY_MS = 1000  # what is given a minute can wait for a second's look
DEFAULT_HEARTBEAT_S = 10
TWO_DECIMALS = re.compile(r"-?\d+\.\d\d")
SAMPLED_IN = {"Energy.Active.Import.Register": "kWh", "Current.Import": "Amp", "Voltage": "Volt"}  # 1.5
Place = tuple[str, str]  # box, connector


def place_of(fact: Fact) -> Place:
    return (fact.keys.get("box", ""), fact.keys.get("connector", ""))


def spoken_place(seen: Spoken) -> Place:
    return (seen.box, str(seen.connector) if seen.connector is not None else seen.exchange.keys.get("connector", ""))


class BoxRule(EvchongRule):
    """Sees what boxes say by themselves."""

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        return iter(()) if seen.by_hand else self.conduct(seen)

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        return iter(())


class BoxDuty(BoxRule):
    """Something that a box must say in time. That it never did is known for sure some time later, or at the end."""

    _now_ms = 0
    _looked_ms = 0

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        """What was due before this moment and never came."""
        raise NotImplementedError

    def advance(self, now_ms: int) -> Iterator[Finding]:
        self._now_ms = now_ms
        if now_ms - self._looked_ms < LOOKS_EVERY_MS:
            return iter(())
        self._looked_ms = now_ms
        return self.overdue(now_ms - ON_ITS_WAY_MS)

    def finish(self) -> Iterator[Finding]:
        return self.overdue(self._now_ms)


class BoxesKeepToTheForms(BoxRule):
    """POST over HTTPS, JSON in UTF-8, every mandatory field, types, lengths and enumerations."""

    row = "EVC-G11"
    listens = ALL_SERVICES

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        request = seen.exchange.request
        if seen.valid:
            yield self.good(seen.service, "a valid message", "valid", seen.exchange)
            return
        fault = seen.asked.faults[0] if seen.asked.faults else None
        actual = (
            f"{fault.wire_path or fault.path} {fault.kind}: {fault.actual}"
            if fault
            else f"{request.method} {request.url}"
        )
        yield self.bad(seen.service, "a valid message by POST over HTTPS", actual, seen.exchange)


class BoxesBootFirst(BoxRule):
    """After each start the box boots before anything else, and names the station serial it was given."""

    row = "EVC-1.1-h"
    listens = ALL_SERVICES | {"powered-on"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._fresh: set[str] = set()
        self._station: dict[str, str] = {}

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._fresh.add(fact.keys["box"])
        self._station[fact.keys["box"]] = fact.values["station"]
        yield from ()

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if seen.box in self._fresh:
            self._fresh.discard(seen.box)
            ok = seen.service is Service.DEVICE_BOOT
            yield self.judge(ok, "boots-first", "deviceBoot before any other service", seen.service, seen.exchange)
        if seen.service is Service.DEVICE_BOOT and seen.box in self._station:
            given = self._station[seen.box]
            yield self.judge(seen.station == given, "station-serial", given, f"{seen.station}", seen.exchange)


class BoxesNotAcceptedPowerOff(BoxRule):
    """A box that is not Accepted is silent and powers off; an accepted one waits for a card."""

    row = "EVC-1.1-i"
    listens = ALL_SERVICES | {"powered-off", "powered-on", "charging-began", "card-swiped"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._refused: Within[str, Spoken] = Within(AT_ONCE_MS)
        self._off: set[str] = set()
        self._waiting: dict[str, Spoken] = {}

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if seen.box in self._off:
            yield self.bad(
                "not-accepted-is-off", "silence after a boot that was not accepted", seen.service, seen.exchange
            )
        if seen.service is not Service.DEVICE_BOOT:
            return
        if seen.accepted:
            self._waiting[seen.box] = seen
        elif not seen.exchange.resent:
            self._refused.begin(seen.box, seen.exchange.answered_at_ms, seen)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        box = fact.keys["box"]
        if fact.what == "powered-on":
            self._off.discard(box)
            self._refused.void(box)
            self._waiting.pop(box, None)
        elif fact.what == "powered-off":
            if refused := self._refused.meet(box):
                self._off.add(box)
                yield self.good("not-accepted-is-off", "powered off", "powered off", refused.cause.exchange, fact)
            self._waiting.pop(box, None)
        elif fact.what == "card-swiped" and box in self._waiting:
            yield self.good(
                "accepted-waits", "a box that waits for a card", "it does", self._waiting.pop(box).exchange, fact
            )
        elif fact.what == "charging-began":
            if box in self._waiting:
                yield self.bad("accepted-waits", "a box that waits for a card", "charging without one", fact)
            if box in self._off:
                yield self.bad("not-accepted-is-off", "no charging without Accepted", "charging", fact)

    def advance(self, now_ms: int) -> Iterator[Finding]:
        return map(self._still_on, self._refused.overdue(now_ms))

    def _still_on(self, duty: Open[str, Spoken]) -> Finding:
        return self.bad("not-accepted-is-off", "powered off", "still on after 1 s", duty.cause.exchange)


class SwipesAreAuthorizedAtOnce(BoxDuty):
    """The box sends authorize within 1 s of the swipe."""

    row = "EVC-1.2-f"
    listens = frozenset({Service.AUTHORIZE, "card-swiped", "network-lost", "powered-off"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._swiped: Within[str, Fact] = Within(AT_ONCE_MS)
        self._offline: set[str] = set()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        box = fact.keys["box"]
        if fact.what != "card-swiped":
            self._swiped.void(box)
        elif box in self.known.booted and fact.values.get("taken", True):
            self._swiped.begin(box, fact.at_ms, fact)
        yield from ()

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if duty := self._swiped.meet(seen.box):
            after_ms = self.known.waits.late_ms(seen, duty.since_ms)
            ok = after_ms <= AT_ONCE_MS
            yield self.judge(
                ok, "within-1-s", "authorize within 1000 ms", f"after {after_ms} ms", duty.cause, seen.exchange
            )

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        for duty in self._swiped.overdue(until_ms):
            yield self.bad("within-1-s", "authorize within 1000 ms", "none", duty.cause)


class BoxesAskBeforeTheyAct(BoxRule):
    """The box authorizes before a card starts or stops a charge, and unlocks only after Accepted."""

    row = "EVC-1.2-g"
    listens = frozenset(
        {Service.AUTHORIZE, Service.START_TRANS, Service.STOP_TRANS, "connector-unlocked", "card-swiped"}
    )

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._accepted: dict[tuple[str, str], Spoken] = {}  # box, card

    def fact(self, fact: Fact) -> Iterator[Finding]:
        key = (fact.keys["box"], fact.keys.get("card", ""))
        if fact.what == "card-swiped":
            if fact.values.get("taken", True):
                self._accepted.pop(key, None)
        else:
            asked = self._accepted.get(key)
            at = (asked.exchange, fact) if asked else (fact,)
            yield self.judge(asked is not None, "unlock-after-accepted", "unlocked after Accepted", "unlocked", *at)

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if seen.service is Service.AUTHORIZE:
            if seen.accepted:
                self._accepted[(seen.box, seen.card or "")] = seen
            return
        if not seen.card:
            return
        case = "before-start" if seen.service is Service.START_TRANS else "before-stop"
        asked = self._accepted.get((seen.box, seen.card))
        if case == "before-stop" and seen.outcome is not Outcome.NO_ANSWER:  # else it is said again
            self._accepted.pop((seen.box, seen.card), None)
        actual = "authorized" if asked else "not authorized"
        yield self.judge(asked is not None, case, "an accepted authorize before", actual, seen.exchange)


class BoxesBeatAsTold(BoxDuty):
    """The box beats every heartbeatInterval seconds as told at boot (EVC-X11: or every 10 s)."""

    row = "EVC-1.3-c"
    listens = frozenset({Service.DEVICE_BOOT, Service.HEARTBEAT, "powered-off", "network-lost", "network-back"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._beats: Rhythm[str] = Rhythm(RHYTHM_TOLERANCE_MS, known.waits, lambda box: box)
        self._interval_ms: dict[str, int] = {}
        self._fixed = known.pixit.readings.get("EVC-X11", "told") != "told"

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._beats.stop(fact.keys["box"])  # when the line is back, the rhythm is taken up with the next beat
        yield from ()

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if seen.service is Service.DEVICE_BOOT:
            if seen.accepted:
                told_s = content.heartbeat_interval_s(seen.answered.canonical)
                usable = told_s is not None and told_s > 0 and not self._fixed
                self._interval_ms[seen.box] = (told_s if usable and told_s else DEFAULT_HEARTBEAT_S) * 1000
                self._beats.start(seen.box, seen.exchange.answered_at_ms, self._interval_ms[seen.box])
            else:
                self._interval_ms.pop(seen.box, None)
                self._beats.stop(seen.box)
            return
        interval_ms = self._interval_ms.get(seen.box)
        if interval_ms is None:
            return
        gap = self._beats.said(seen.box, seen)
        if gap is None:
            self._beats.start(seen.box, seen.exchange.at_ms, interval_ms)
            return
        yield self.judge(gap.ok, "as-told", f"a beat every {interval_ms} ms", f"after {gap.gap_ms} ms", seen.exchange)

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        for gap in self._beats.missed(until_ms):
            yield self.bad("as-told", f"a beat every {self._interval_ms[gap.key]} ms", f"none for {gap.gap_ms} ms")


class _Tells(BoxDuty):
    """A physical event is told to the server at once."""

    told_by: Service
    event: str
    at_once: str
    zero: str

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._untold: Within[Place, Fact] = Within(AT_ONCE_MS)
        self._offline: set[str] = set()

    def fact(self, fact: Fact) -> Iterator[Finding]:
        box = fact.keys["box"]
        if fact.what in ("network-lost", "powered-off"):
            self._untold.void_where(lambda place: place[0] == box)
        if fact.what == "network-lost":
            self._offline.add(box)
        elif fact.what == "network-back":
            self._offline.discard(box)
        elif fact.what == self.event and box not in self._offline and self.concerns(fact):
            self._untold.begin(place_of(fact), fact.at_ms, fact)
        yield from ()

    def concerns(self, fact: Fact) -> bool:
        """The event must be told."""
        return True

    def register_wh(self, seen: Spoken) -> int | None:
        """The register that the message carries."""
        raise NotImplementedError

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        duty = self._untold.meet(spoken_place(seen))
        if duty is None:
            if seen.box not in self._offline and self.needs_event(seen):
                yield self.bad(self.at_once, f"a {self.event} before it", "none", seen.exchange)
            return
        after_ms = self.known.waits.late_ms(seen, duty.since_ms)
        expected = f"{self.told_by} within {AT_ONCE_MS} ms"
        yield self.judge(
            after_ms <= AT_ONCE_MS, self.at_once, expected, f"after {after_ms} ms", duty.cause, seen.exchange
        )
        register = self.register_wh(seen)
        if register is not None and not duty.cause.values["meter"]:  # what is no number is a matter of EVC-G11
            yield self.judge(register == 0, self.zero, "0 without a meter", f"{register}", seen.exchange)

    def needs_event(self, seen: Spoken) -> bool:
        """A message without its event is a lie."""
        return False

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        for duty in self._untold.overdue(until_ms):
            yield self.bad(self.at_once, f"{self.told_by} within {AT_ONCE_MS} ms", "none", duty.cause)


TELLING = frozenset({"network-lost", "network-back", "powered-off"})


class StartsAreTold(_Tells):
    """The box sends startTrans when charging begins, meterStart 0 when it has no cumulative meter."""

    row = "EVC-1.4-f"
    told_by = Service.START_TRANS
    event, at_once, zero = "charging-began", "when-charging-begins", "no-meter-is-zero"
    listens = TELLING | {"charging-began", Service.START_TRANS}

    def register_wh(self, seen: Spoken) -> int | None:
        return content.meter_start_wh(seen.request)

    def needs_event(self, seen: Spoken) -> bool:
        return True


class StopsAreTold(_Tells):
    """The box sends stopTrans when charging ends, meterStop 0 when it has no cumulative meter."""

    row = "EVC-1.6-f"
    told_by = Service.STOP_TRANS
    event, at_once, zero = "charging-ended", "when-charging-ends", "no-meter-is-zero"
    listens = TELLING | {"charging-ended", Service.STOP_TRANS}

    def concerns(self, fact: Fact) -> bool:
        return "transaction" in fact.keys and fact.values["reason"] != "power lost"

    def register_wh(self, seen: Spoken) -> int | None:
        return content.meter_stop_wh(seen.request)


class ChargesAreSampled(BoxDuty):
    """While it charges, and only then, the box samples current, voltage and energy every 10 s (EVC-X21)."""

    row = "EVC-1.5-c"
    listens = frozenset(
        {Service.START_TRANS, Service.METER_VALUES, "charging-began", "charging-ended", "network-lost", "network-back"}
    )

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._interval_ms = int(known.pixit.readings.get("EVC-X21", "10")) * 1000
        self._samples: Rhythm[Place] = Rhythm(RHYTHM_TOLERANCE_MS, known.waits, lambda place: place[0])
        self._charging: dict[Place, int] = {}
        self._ended_ms: dict[Place, int] = {}

    def fact(self, fact: Fact) -> Iterator[Finding]:
        place = place_of(fact)
        if fact.what == "charging-began":
            self._charging[place] = fact.at_ms
        elif fact.what == "charging-ended":
            self._charging.pop(place, None)
            self._ended_ms[place] = fact.at_ms
            self._samples.stop(place)
        else:
            for running in [running for running in self._charging if running[0] == place[0]]:
                self._samples.stop(running)
        yield from ()

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        place = spoken_place(seen)
        if seen.service is Service.START_TRANS:
            if seen.accepted and seen.transaction is not None and place in self._charging:
                self._samples.start(place, self._charging[place], self._interval_ms)
            return
        running = place in self._charging or self._sampled_ms(seen) <= self._ended_ms.get(place, -1)
        state = "charging" if running else "not charging"
        yield self.judge(running, "only-while-charging", "samples only while charging", state, seen.exchange)
        gap = self._samples.said(place, seen)
        if gap is not None:
            yield self.judge(
                gap.ok, "every-10-s", f"a sample every {self._interval_ms} ms", f"after {gap.gap_ms} ms", seen.exchange
            )
        elif place in self._charging:
            self._samples.start(place, seen.exchange.at_ms, self._interval_ms)
        yield self._quantities(seen)

    @staticmethod
    def _sampled_ms(seen: Spoken) -> int:
        """When the meter was read: a sample may leave, and be answered, when the charge is just over."""
        moments = [sample.timestamp_ms for sample in seen.samples if sample.timestamp_ms is not None]
        return min([*moments, seen.exchange.at_ms])

    def _quantities(self, seen: Spoken) -> Finding:
        told = {sample.measurand or "": sample for sample in seen.samples}
        wrong = [
            f"{measurand} {sample.value} {sample.unit}" if sample else f"no {measurand}"
            for measurand, unit in SAMPLED_IN.items()
            if not ((sample := told.get(measurand)) and sample.unit == unit and _has_two_decimals(sample.value))
        ]
        expected = "current, voltage and energy with two decimals"
        return self.judge(
            not wrong, "current-voltage-energy", expected, "; ".join(wrong) or "as demanded", seen.exchange
        )

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        for gap in self._samples.missed(until_ms):
            yield self.bad("every-10-s", f"a sample every {self._interval_ms} ms", f"none for {gap.gap_ms} ms")


def _has_two_decimals(value: str | None) -> bool:
    return TWO_DECIMALS.fullmatch(value or "") is not None


class ChangesAndErrorsAreNotified(BoxDuty):
    """Every change of status and every error is notified; an error with both codes, a change without with NoError."""

    row = "EVC-1.7-f"
    listens = frozenset({Service.STATUS_NOTIFY, "status-changed", "error-occurred", "error-cleared"}) | TELLING

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._changed: Within[Place, Fact] = Within(AT_ONCE_MS)
        self._errors: Within[Place, Fact] = Within(AT_ONCE_MS)
        self._offline: set[str] = set()
        self._whole_box = known.pixit.readings.get("EVC-X20") == "zero"

    def fact(self, fact: Fact) -> Iterator[Finding]:
        box, place = fact.keys["box"], self._told_as(place_of(fact))
        if fact.what == "network-lost":
            self._offline.add(box)
        elif fact.what == "network-back":
            self._offline.discard(box)
        if fact.what in ("network-lost", "powered-off"):
            self._changed.void_where(lambda place: place[0] == box)
            self._errors.void_where(lambda place: place[0] == box)
        elif box in self._offline or box not in self.known.booted:
            return
        elif fact.what == "status-changed":
            self._changed.begin(place, fact.at_ms, fact)
        elif fact.what == "error-occurred":
            self._errors.begin(place, fact.at_ms, fact)
        yield from ()

    def _told_as(self, place: Place) -> Place:
        return (place[0], "0") if self._whole_box else place

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        place, error = spoken_place(seen), content.error_code(seen.request)
        if duty := self._changed.meet(place):
            status, expected = content.status(seen.request), duty.cause.values["status"]
            yield self.judge(status == expected, "every-status", expected, f"{status}", duty.cause, seen.exchange)
        if duty := self._errors.meet(place):
            yield from self._error(seen, duty.cause)
        if content.status(seen.request) != "Faulted":
            yield self.judge(
                error == "NoError", "no-error", "NoError where nothing is wrong", f"{error}", seen.exchange
            )

    def _error(self, seen: Spoken, cause: Fact) -> Iterator[Finding]:
        error, code = content.error_code(seen.request), content.vendor_error_code(seen.request)
        wanted, wanted_code = cause.values["error_code"], cause.values["vendor_error_code"]
        yield self.judge(error == wanted, "every-error", wanted, f"{error}", cause, seen.exchange)
        yield self.judge(code == wanted_code, "vendor-code", wanted_code, f"{code}", cause, seen.exchange)
        if wanted == "OtherError":
            expected = "an explanation in vendorErrorCode"
            yield self.judge(bool(code and code != "0"), "other-error-explained", expected, f"{code}", seen.exchange)

    def overdue(self, until_ms: int) -> Iterator[Finding]:
        for duty in self._changed.overdue(until_ms):
            yield self.bad("every-status", "statusNotify at once", "none", duty.cause)
        for duty in self._errors.overdue(until_ms):
            yield self.bad("every-error", "statusNotify at once", "none", duty.cause)


class SingleSocketsAreNumberOne(BoxRule):
    """A box with a single socket numbers its connector 1."""

    row = "EVC-3-e"
    listens = frozenset({Service.START_TRANS, "powered-on"})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._sockets: dict[str, int] = {}

    def fact(self, fact: Fact) -> Iterator[Finding]:
        self._sockets[fact.keys["box"]] = len(fact.values["connectors"])
        yield from ()

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        if self._sockets.get(seen.box) == 1:
            yield self.judge(seen.connector == 1, "connector-1", "connectorId 1", f"{seen.connector}", seen.exchange)


class StationSerialsAreSettings(BoxRule):
    """The station serial survives a restart, as it is part of the box's own settings."""

    row = "EVC-3-f"
    listens = frozenset({Service.DEVICE_BOOT})

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._named: dict[str, str | None] = {}

    def conduct(self, seen: Spoken) -> Iterator[Finding]:
        earlier = self._named.setdefault(seen.box, seen.station)
        yield self.judge(
            earlier == seen.station and bool(seen.station),
            "own-settings",
            f"{earlier} at every boot",
            f"{seen.station}",
            seen.exchange,
        )
