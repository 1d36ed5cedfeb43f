"""What a charge status says of how the charge stands: its state, that of its connector, its instruments (cec102 5.10).

Some of it is known to be wrong at once. The rest may be about to come true: a server may tell of an end, or of a fault,
while the charge box that reported it still waits for its answer. That is held against it once the time for it is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from conformance.rules.beijing.charges import BoxCharge, Charge, ChargerCharge, Shown
from conformance.rules.beijing.connectors import CHARGING, place_of
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.starting import NOT_STARTED, stat_of
from conformance.rules.beijing.wanted import COMES_ABOUT_MS
from conformance.rules.blocks import Within
from simulators.beijing.messages import Content, StartChargeSeqStat, Status
from simulators.evchong.messages import Measurand

STAT, CONNECTOR = "StartChargeSeqStat", "ConnectorStatus"
GOES_ON = frozenset({StartChargeSeqStat.STARTING, StartChargeSeqStat.CHARGING})
MEASURED: Mapping[str, Measurand] = {
    f"{name}{phase}": measurand
    for name, measurand in (("Current", Measurand.CURRENT_IMPORT), ("Voltage", Measurand.VOLTAGE))
    for phase in "ABC"
}
ANOTHER_UNIT = 8  # phases, means and peaks are never as far apart as units are, by 10 or 1000

Said = tuple[str, str, bool, str]  # case, field, whether it is so, what would be


class Claim(NamedTuple):
    """Something that is not so yet."""

    charge: Charge
    field: str
    value: Any


class Untrue(NamedTuple):
    """A claim that has not come true, and the status that made it."""

    claim: Claim
    seen: Spoken
    expected: str

    @property
    def case(self) -> str:
        return "instruments" if self.claim.field in MEASURED else "state"


class Standing:
    """Follows what statuses say of it. ``stale_ms``: how old the sample may be that a status tells."""

    def __init__(self, known: Known, stale_ms: float) -> None:
        self._known, self._stale_ms = known, stale_ms
        self._at_once: Within[Claim, Spoken] = Within(round(known.pixit.push_at_once_s * 1000))
        self._stopping: Within[Claim, Spoken] = Within(COMES_ABOUT_MS)
        self._restarted_ms = 0

    def lost_track(self, now_ms: int) -> None:
        """The server was restarted: until a sample comes it may not know how a charge stands."""
        self._restarted_ms = now_ms

    def points(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        """What can be said now."""
        stat = stat_of(seen)
        yield from self._state(seen, stat, charge)
        if not charge.running or stat not in (StartChargeSeqStat.STOPPING, StartChargeSeqStat.ENDED):
            yield from self._connector(seen, told, charge)
        yield from self._instruments(seen, told, charge)

    def untrue(self, now_ms: int) -> Iterator[Untrue]:
        """Claims for which there is no more time; each is given once."""
        for duty in (*self._at_once.overdue(now_ms), *self._stopping.overdue(now_ms)):
            if expected := self._instead_of(duty.key, duty.cause.exchange.at_ms, now_ms):
                yield Untrue(duty.key, duty.cause, expected)

    def _instead_of(self, claim: Claim, since_ms: int, now_ms: int) -> str:
        """What would be; empty where the claim has come true, or may have for all that the server was told."""
        if claim.field in MEASURED:
            shown = claim.charge.shown[MEASURED[claim.field]]
            return "" if _fits(claim.value, shown) else f"{shown.least} to {shown.most} in the samples"
        stands = self._known.lately.may_be(place_of(claim.charge.socket), since_ms, now_ms)
        if not stands or Status.OFFLINE in stands:
            return ""
        if claim.field == CONNECTOR:
            names = " or ".join(f"{each.value} ({each.name.lower()})" for each in sorted(stands))
            return "" if claim.value in stands else names
        stops = _is_asked_to_stop(claim.charge) and claim.value is StartChargeSeqStat.STOPPING
        return "2: it charges" if stands == CHARGING and self._goes_on(claim.charge) and not stops else ""

    # StartChargeSeqStat

    def _state(self, seen: Spoken, stat: StartChargeSeqStat | None, charge: Charge) -> Iterator[Said]:
        now_ms = seen.exchange.at_ms
        if not charge.running:
            if self._is_long_over(charge, now_ms) and stat not in (None, StartChargeSeqStat.UNKNOWN):
                yield "state", STAT, stat in NOT_STARTED, "4: it is over"
        elif stat in GOES_ON and self._is_under_way(charge, now_ms):
            yield "state", STAT, stat is StartChargeSeqStat.CHARGING, "2: it charges"
        elif stat is StartChargeSeqStat.ENDED or (
            stat is StartChargeSeqStat.UNKNOWN and self._is_in_sight(charge, now_ms)
        ):
            self._at_once.begin(Claim(charge, STAT, stat), now_ms, seen)
        elif stat is StartChargeSeqStat.STOPPING:
            self._stopping.begin(Claim(charge, STAT, stat), now_ms, seen)

    def is_seen_to_go_on(self, seen: Spoken, charge: Charge) -> bool:
        """The connector charges, and does nothing else as far as the server was told, all the while it is asked."""
        place, exchange = place_of(charge.socket), seen.exchange
        stands = self._known.lately.may_be(place, exchange.at_ms, exchange.answered_at_ms)
        return stands == CHARGING and self._goes_on(charge)

    def _goes_on(self, charge: Charge) -> bool:
        """It runs, nobody has begun to stop it, and nothing else has begun at its connector since."""
        if isinstance(charge, BoxCharge):
            place = charge.transaction.place
            return charge.open_still and self._known.boxes.on_connector.get(place) is charge.transaction
        return charge.running and self._known.charges.at_charger.get(charge.socket.id) is charge

    def _is_under_way(self, charge: Charge, now_ms: int) -> bool:
        """It is no longer starting: the server has known for as long as a sample may be old, and has had some."""
        known_ms = charge.bound_ms if charge.metered and self._goes_on(charge) else None
        return known_ms is not None and now_ms > known_ms + self._stale_ms

    def _is_in_sight(self, charge: Charge, now_ms: int) -> bool:
        """Its state is not lost (cec102 6): the server hears of it, and has since it was started itself."""
        heard = self._is_under_way(charge, now_ms) and charge.metered[-1][0] > self._restarted_ms
        return heard and self._known.chargers.is_online(charge.socket.id)

    def _is_long_over(self, charge: Charge, now_ms: int) -> bool:
        return charge.closed_ms is not None and now_ms > charge.closed_ms + self._stale_ms

    # ConnectorStatus

    def _connector(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        """While it charges, what the connector is; afterwards anything but charging, unless somebody else does."""
        status, now_ms = number(told.get(CONNECTOR)), seen.exchange.at_ms
        stands = self._known.lately.may_be(place_of(charge.socket), now_ms, seen.exchange.answered_at_ms)
        if status is None or not stands or Status.OFFLINE in stands:
            return  # offline is no state of this table
        if status in stands:
            yield "state", CONNECTOR, True, f"{status}"
        elif self._goes_on(charge) or (status == Status.CHARGING and self._is_long_over(charge, now_ms)):
            self._at_once.begin(Claim(charge, CONNECTOR, status), now_ms, seen)

    # CurrentA to VoltageC

    def _instruments(self, seen: Spoken, told: Content, charge: Charge) -> Iterator[Said]:
        """Amperes and volts (4.2), as the samples had them: 0 stands for what nobody measures."""
        values = {field: number(told.get(field)) for field in MEASURED}
        if not any(values.values()):
            yield "instruments", "CurrentA", True, "A and V, where they are measured"
        for field, value in values.items():
            shown = charge.shown.get(MEASURED[field])
            if value and shown is not None:
                if _fits(value, shown):
                    yield "instruments", field, True, f"{shown.least} to {shown.most} in the samples"
                else:
                    self._at_once.begin(Claim(charge, field, value), seen.exchange.at_ms, seen)


def _is_asked_to_stop(charge: Charge) -> bool:
    return isinstance(charge, ChargerCharge) and charge.stop_wanted


def _fits(told: Decimal, shown: Shown) -> bool:
    return shown.least / ANOTHER_UNIT <= abs(told) <= shown.most * ANOTHER_UNIT
