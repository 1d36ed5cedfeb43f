"""Defects of query_equip_auth and query_equip_business_policy (BJ-1.1.5, BJ-1.1.6; CEC-ENV-m)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from simulators.mutants.registry import mutant
from simulators.reference.app_api import FAULTED, OCCUPIED, OFFLINE
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal
from simulators.reference.city.stations import CHECK_FAILED, NO_POLICY, NOT_PLUGGED
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.site import TariffPeriod

IN_USE = 3  # a FailReason of the server's own

# BJ-1.1.5-b


class _GivesOtherReasons(ReferenceServer):
    """Gives another FailReason than the one that is so; ``reasons``: what is so, and what it says."""

    reasons: ClassVar[Mapping[int, int]]

    def auth_fail_reason(self, connector: str) -> int:
        reason = super().auth_fail_reason(connector)
        return self.reasons.get(reason, reason)


@mutant(breaks="BJ-1.1.5-b", case="not-plugged")
class AuthenticatesWithoutAPlug(_GivesOtherReasons):
    """Never looks at the plug, as an operator did for years."""

    reasons: ClassVar[Mapping[int, int]] = {NOT_PLUGGED: 0}


@mutant(breaks="BJ-1.1.5-b", case="faulty")
class AuthenticatesWhatIsBroken(_GivesOtherReasons):
    """Looks at the plug, and never at faults."""

    reasons: ClassVar[Mapping[int, int]] = {CHECK_FAILED: 0}


@mutant(breaks="BJ-1.1.5-b", case=("not-plugged", "faulty"))
class SwapsReasons(_GivesOtherReasons):
    """Says that a free connector is broken, and a broken one free."""

    reasons: ClassVar[Mapping[int, int]] = {CHECK_FAILED: NOT_PLUGGED, NOT_PLUGGED: CHECK_FAILED}


@mutant(breaks="BJ-1.1.5-b", case=("not-plugged", "faulty"))
class AuthenticatesEveryChargerOfItsOwn(ReferenceServer):
    """Looks at what charge boxes say, and leaves it to the chargers on its own link to refuse a start."""

    def auth_fail_reason(self, connector: str) -> int:
        return 0 if connector in self.city.chargers else super().auth_fail_reason(connector)


@mutant(breaks="BJ-1.1.5-b", case="faulty")
class AuthenticatesOffline(ReferenceServer):
    """Goes by the plug that it was told of last, and does not look whether the charger can be reached."""

    def auth_fail_reason(self, connector: str) -> int:
        charger = self.city.chargers.get(connector)
        cut_off = charger is not None and charger.plugged and self.socket_status(charger.socket) == OFFLINE
        return 0 if cut_off else super().auth_fail_reason(connector)


@mutant(breaks="BJ-1.1.5-b", case="plugged")
class ChecksTheWholeEquipment(ReferenceServer):
    """Refuses a connector whose neighbour is broken, as it looks for faults by equipment."""

    def auth_fail_reason(self, connector: str) -> int:
        socket = self.city.by_id.get(connector)
        beside = [each for each in self.contract.sockets if socket and each.equipment == socket.equipment]
        broken = any(self.socket_status(each) == FAULTED for each in beside)
        return CHECK_FAILED if broken else super().auth_fail_reason(connector)


@mutant(breaks="BJ-1.1.5-b", case="plugged", also={"BJ-SEQ": "a charge begins with the authentication that fails"})
class TakesAPlugForAnotherDriver(ReferenceServer):
    """Refuses a connector that is occupied, as somebody is there already."""

    def auth_fail_reason(self, connector: str) -> int:
        socket = self.city.by_id.get(connector)
        if socket is not None and self.socket_status(socket) == OCCUPIED:
            return IN_USE
        return super().auth_fail_reason(connector)


@mutant(breaks="BJ-1.1.5-b", case="unknown-connector")
class AuthenticatesWhatItDoesNotKnow(ReferenceServer):
    """Refuses a connector that its table shows as free or broken; what is not in it passes."""

    def auth_fail_reason(self, connector: str) -> int:
        return super().auth_fail_reason(connector) if connector in self.city.by_id else 0


@mutant(breaks="BJ-1.1.5-b", case="echo")
class AnswersWithASerialOfItsOwn(ReferenceServer):
    """Answers with a serial that it made, which belongs to its own log."""

    def query_equip_auth(self, asked: Message) -> Message:
        return super().query_equip_auth(asked) | {"EquipAuthSeq": f"{self.contract.operator_id}000000000000000001"}


@mutant(breaks="CEC-ENV-m", case="query_equip_auth")
class LeavesOutTheReasonOfSuccess(ReferenceServer):
    """Sends no FailReason where nothing failed."""

    def query_equip_auth(self, asked: Message) -> Message:
        told = super().query_equip_auth(asked)
        return {name: value for name, value in told.items() if name != "FailReason" or value}


# BJ-1.1.6-b


class _TellsPoliciesOtherwise(ReferenceServer):
    """Changes the answer before it goes out."""

    def query_equip_business_policy(self, asked: Message) -> Message:
        return self.told_otherwise(super().query_equip_business_policy(asked))

    def told_otherwise(self, told: Message) -> Message:
        raise NotImplementedError


@mutant(breaks="BJ-1.1.6-b", case="answered")
class AnswersForAnotherConnector(_TellsPoliciesOtherwise):
    """Returns the number of the station's first connector, whose tariff is that of all."""

    def told_otherwise(self, told: Message) -> Message:
        return told | {"ConnectorID": self.contract.sockets[0].id}


@mutant(breaks="BJ-1.1.6-b", case="sum-period")
class CountsPeriodsFromZero(_TellsPoliciesOtherwise):
    """Tells the number of the last period, counted from 0."""

    def told_otherwise(self, told: Message) -> Message:
        return told | {"SumPeriod": max(0, told["SumPeriod"] - 1)}


@mutant(
    breaks="BJ-1.1.6-b",
    case="start-time",
    also={"CEC-ENV-m": "the table wants six digits", "BJ-1.1.6-c": "0000 is no 000000"},
)
class TellsTimesWithoutSeconds(ReferenceServer):
    """Tells when a period begins as HHmm, as nobody's tariff changes in between."""

    def policy_info(self, start: str, period: TariffPeriod) -> Message:
        return super().policy_info(start[:4], period)


@mutant(breaks="BJ-1.1.6-b", case="unknown-connector")
class HasAnEmptyPolicyForAnybody(_TellsPoliciesOtherwise):
    """Answers an unknown connector with success, and no periods."""

    def told_otherwise(self, told: Message) -> Message:
        return told | {"SuccStat": 0, "FailReason": 0}


@mutant(breaks="BJ-1.1.6-b", case="unknown-connector")
class RefusesUnknownConnectorsByRet(_TellsPoliciesOtherwise):
    """Answers 4004 for an unknown connector, which is the other reading (BJ-X14)."""

    def told_otherwise(self, told: Message) -> Message:
        if told["FailReason"] == NO_POLICY:
            raise Illegal(WRONG_CONTENT, "unknown ConnectorID")
        return told


@mutant(breaks="BJ-1.1.6-b", case="unknown-connector")
class RefusesPoliciesWithoutAConnector(_TellsPoliciesOtherwise):
    """Leaves ConnectorID empty where it has no policy: the row that it comes from is missing."""

    def told_otherwise(self, told: Message) -> Message:
        return told | {"ConnectorID": ""} if told["SuccStat"] else told


@mutant(breaks="CEC-ENV-m", case="query_equip_business_policy", also={"BJ-1.1.6-c": "text is no price"})
class LeavesOutTheServicePrice(ReferenceServer):
    """Has one price a period, and sends no SevicePrice."""

    def policy_info(self, start: str, period: TariffPeriod) -> Message:
        info = super().policy_info(start, period)
        return {name: value for name, value in info.items() if name != "SevicePrice"}


# BJ-1.1.6-c


@mutant(breaks="BJ-1.1.6-c", case="midnight")
class BeginsTheDayWhenItGetsDearer(ReferenceServer):
    """Begins with the first change of the day, and leaves the night to the reader."""

    def whole_day(self, periods: Sequence[TariffPeriod]) -> list[tuple[str, TariffPeriod]]:
        return super().whole_day(periods)[1:]


@mutant(breaks="BJ-1.1.6-c", case="ascending")
class SortsPeriodsByPrice(ReferenceServer):
    """Lists the dearest period last."""

    def whole_day(self, periods: Sequence[TariffPeriod]) -> list[tuple[str, TariffPeriod]]:
        return sorted(super().whole_day(periods), key=lambda each: each[1].electricity_price_e4)


@mutant(breaks="BJ-1.1.6-c", case="prices")
class TellsPricesInFen(ReferenceServer):
    """Tells prices in fen, in which it bills."""

    def policy_info(self, start: str, period: TariffPeriod) -> Message:
        info = super().policy_info(start, period)
        return info | {name: round(info[name] * 100, 2) for name in ("ElecPrice", "SevicePrice")}


@mutant(breaks="BJ-1.1.6-c", case="prices")
class HasNoPeriodsForChargers(_TellsPoliciesOtherwise):
    """Looks for the tariff of a charge box, finds none for other chargers, and tells an empty list of success."""

    def told_otherwise(self, told: Message) -> Message:
        return told | {"SumPeriod": 0, "PolicyInfos": []} if told["ConnectorID"] in self.city.chargers else told
