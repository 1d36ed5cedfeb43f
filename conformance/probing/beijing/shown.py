"""Which reading of a clause is shown by what was heard: pure functions, one a row of the table.

A reading is shown where the server was seen to do what the other reading would not have it do. What fits both shows
nothing, and the row stays open with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from conformance.probing.asker import EITHER_WILL_DO
from conformance.probing.beijing.hearing import Heard
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.ladders import FOR_EVER_MS, LADDERS
from conformance.rules.blocks import Ladder
from simulators.beijing.dialect import POLICY_4004, START_METHOD, STATS, STATUS_INFO
from simulators.beijing.messages import ChargeModel, Interface, SuccStat
from simulators.beijing.mind import Ret
from simulators.beijing.opened import Kind
from simulators.beijing.shape import message_fields

OPTIONAL_FEES = ("TotalElecMoney", "TotalSeviceMoney", "SumPeriod", "ChargeDetails")
STARTED = {
    ChargeModel.PLATFORM: "by the platform",
    ChargeModel.CARD: "by card",
    ChargeModel.OTHER: "at the charger itself",
}
DATE_CHARACTERS = 10
ENOUGH_METHODS = 2  # ways of starting, so that a number which fits one of them by chance does not fit


@dataclass(frozen=True, slots=True)
class Shown:
    """What a row is. ``reading`` None: it was not shown, and ``why`` says why."""

    reading: str | None
    why: str
    heard: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge that has ended. ``order``: the platform's StartChargeSeq, empty where it did not start it."""

    method: ChargeModel
    socket: str
    order: str = ""

    def among(self, pushes: Iterable[Heard]) -> list[Heard]:
        """Those that are about it, of pushes of its time: no connector has two charges in one."""
        if self.order:
            return [push for push in pushes if push.order == self.order]
        return [push for push in pushes if push.asked.get("ConnectorID") == self.socket]


# Answers


def unknown_id(known: Heard, policy: Heard, other: Heard) -> Shown:
    """BJ-X14: the policy of nothing and another question that names nothing, beside one that names something."""
    heard = (policy, other, known)
    if not known.taken:
        return Shown(None, "a connector that is there was not found either", heard)
    match _refusal_of_id(policy), _refusal_of_id(other):
        case "4004", "4004":
            return Shown("4004", "an id that names nothing is answered Ret 4004", heard)
        case "succ-stat", "succ-stat":
            return Shown("succ-stat", "an id that names nothing is answered SuccStat 1", heard)
        case "4004", "succ-stat":
            why = "an id that names nothing is answered Ret 4004 where a policy is asked for, elsewhere SuccStat 1"
            return Shown(POLICY_4004, why, heard)
    return Shown(None, "an id that names nothing is answered in a way that no reading knows", heard)


def _refusal_of_id(heard: Heard) -> str:
    if heard.ret == Ret.WRONG_CONTENT:
        return "4004"
    return "succ-stat" if heard.ret == Ret.SUCCESS and heard.told.get("SuccStat") == SuccStat.FAILURE else ""


def no_token(let_in: Heard, without: Heard) -> Shown:
    """BJ-X13: a question without Authorization, beside the same with it."""
    if let_in.ret != Ret.SUCCESS:
        return Shown(None, "the same question with a token was not answered either", (without, let_in))
    if without.ret in (Ret.WRONG_TOKEN, Ret.WRONG_ENVELOPE):
        why = f"a question without Authorization is answered Ret {without.ret}"
        return Shown(str(without.ret), why, (without, let_in))
    return Shown(None, "a question without Authorization is answered neither Ret 4002 nor Ret 4003", (without, let_in))


def stats_days(asked: Mapping[str, Heard]) -> Shown:
    """BJ-X8: the same question with days as they are in each reading."""
    heard = tuple(asked.values())
    taken = [way for way, each in asked.items() if _stats(each)]
    if len(taken) == 1:
        other = next(way for way in asked if way not in taken)
        return Shown(taken[0], f"{other} is not taken", heard)
    if not taken:
        return Shown(None, "neither is taken", heard)
    written = {_written(_stats(each).get("StartTime")) for each in heard}
    if len(written) == 1 and (way := written.pop()) in asked:
        return Shown(way, f"both are taken, answered is {way}", heard)
    return Shown(None, EITHER_WILL_DO, heard)


def _stats(heard: Heard) -> Mapping[str, Any]:
    told = heard.told.get(STATS)
    return told if heard.taken and isinstance(told, dict) else {}


def _written(day: Any) -> str:
    if not isinstance(day, str):
        return ""
    return "date" if len(day) == DATE_CHARACTERS else "date-time"


# Pushes


def status_info(pushes: Sequence[Heard]) -> Shown:
    """BJ-X6: how ConnectorStatusInfo of notification_stationStatus is written."""
    if not pushes:
        return Shown(None, "not seen: no state was pushed")
    kinds = {_kind_of(push.asked.get(STATUS_INFO)) for push in pushes}
    if len(kinds) == 1 and (kind := kinds.pop()):
        return Shown(kind, f"{STATUS_INFO} is an {kind} in each of {len(pushes)} pushes", (pushes[0],))
    return Shown(None, f"{STATUS_INFO} is neither, or now an object, now an array", tuple(pushes[:2]))


def _kind_of(value: Any) -> str:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else ""


def start_method_field(charges: Sequence[Charge], pushes: Sequence[Heard]) -> Shown:
    """BJ-X5: the field of a charge status that holds the right number for each way of starting."""
    told = [(push, charge.method) for charge in charges for push in charge.among(pushes)]
    if not told:
        return Shown(None, "not seen: no charge status was pushed")
    if all(START_METHOD in push.asked for push, _ in told):
        push, _ = told[0]
        return Shown(START_METHOD, f"{START_METHOD} is {push.asked[START_METHOD]!r}", (push,))
    fitting = [name for name in told[0][0].asked if _holds_the_method(name, told)]
    methods = {method: push for push, method in told}
    heard = tuple(methods.values())
    if len(fitting) == 1 and len(methods) >= ENOUGH_METHODS:
        numbers = " and ".join(f"{method.value} for a start {STARTED[method]}" for method in methods)
        return Shown(fitting[0], f"{fitting[0]} is {numbers}", heard)
    if fitting:
        return Shown(None, f"it may be {', '.join(fitting)}: too few ways of starting were seen to tell", heard)
    return Shown(None, f"there is no {START_METHOD}, and no field outside of the tables that tells it", heard)


def _holds_the_method(name: str, told: Sequence[tuple[Heard, ChargeModel]]) -> bool:
    tables = message_fields(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Kind.REQUEST)
    own = name not in tables and name.isidentifier()
    return own and all(number(push.asked.get(name)) == method for push, method in told)


def orders_owed(charges: Sequence[Charge], pushes: Sequence[Heard]) -> Shown:
    """BJ-X17: of which charges notification_charge_order_info came."""
    own = [charge for charge in charges if charge.method is ChargeModel.PLATFORM]
    others = [charge for charge in charges if charge.method is not ChargeModel.PLATFORM]
    told = [charge for charge in others if charge.among(pushes)]
    if not others:
        return Shown(None, "not seen: nobody but the platform could start a charge")
    if told and len(told) == len(others):
        heard = tuple(charge.among(pushes)[0] for charge in told)
        return Shown("every", "orders of charges that the platform did not start are pushed", heard)
    if told:
        return Shown(None, "of charges that the platform did not start some orders are pushed, others not")
    if not own:
        return Shown(None, "not seen: no charge of the platform's came about, and no order of another's")
    if pushed := [push for charge in own for push in charge.among(pushes)]:
        methods = " and ".join(STARTED[charge.method] for charge in others)
        return Shown("platform-started", f"no order is pushed of charges started {methods}", (pushed[0],))
    return Shown(None, "not seen: no order was pushed, of a charge of the platform neither")


def bonus_fees(pushes: Sequence[Heard]) -> Shown:
    """BJ-X9: whether fees and details may be absent from the bonus order. Who always sends them keeps to both."""
    if not pushes:
        return Shown(None, "not seen: no bonus order was pushed")
    for push in pushes:
        if missing := [name for name in OPTIONAL_FEES if name not in push.asked]:
            return Shown("optional", f"a bonus order comes without {', '.join(missing)}", (push,))
    return Shown(
        None,
        "fees and details are in every bonus order, so either will do; that they must be cannot be seen from outside",
        (pushes[0],),
    )


def disputed(pushes: Sequence[Heard]) -> Shown:
    """BJ-X18: whether an order that the city disputed comes again, while one that it took does not."""
    by_order: dict[tuple[str, str], list[Heard]] = {}
    for push in pushes:
        by_order.setdefault((push.exchange.operation, push.order), []).append(push)
    first_disputed = [story[_first_disputed(story) :] for story in by_order.values() if _first_disputed(story) >= 0]
    if not first_disputed:
        return Shown(None, "not seen: no order came that the city could dispute")
    if again := next((pair for story in by_order.values() if (pair := _again_though_taken(story))), None):
        return Shown(None, "orders that were taken are pushed again too, disputed or not", again)
    heard = tuple(push for story in first_disputed for push in story[:2])
    match {len(story) > 1 for story in first_disputed}:
        case repeated if repeated == {True}:
            return Shown("failed", "a disputed order is pushed again", heard)
        case repeated if repeated == {False}:
            return Shown("delivered", "a disputed order is not pushed again", heard)
    return Shown(None, "one of the disputed orders is pushed again, another is not", heard)


def _first_disputed(story: Sequence[Heard]) -> int:
    return next((place for place, push in enumerate(story) if push.disputed), -1)


def _again_though_taken(story: Sequence[Heard]) -> tuple[Heard, Heard] | None:
    return next(((push, again) for push, again in pairwise(story) if push.taken and not push.disputed), None)


def ladder(attempts: Sequence[Heard], tolerance_ms: int) -> Shown:
    """BJ-X2: by which ladder one order that was never taken came again, up to the first wait of an hour.

    An exact ladder is a lawful one of those that are only bounded: whoever climbs it to its end keeps to it.
    """
    if len(attempts) < 2:
        return Shown(None, "not seen: no refused order was pushed again", tuple(attempts))
    gaps = f"its repeats came after {', '.join(f'{gap_ms / 1000:g}' for gap_ms in _gaps_ms(attempts))} s"
    fitting = [name for name in LADDERS if _climbs(name, attempts, tolerance_ms)]
    exact = [name for name in fitting if name != "gaps"]
    heard = (attempts[0], attempts[-1])
    if not fitting:
        return Shown(None, f"by no ladder of the document's: {gaps}", heard)
    if not waits_for_an_hour(attempts, tolerance_ms):
        return Shown(None, f"not seen to its end, it may be {', '.join(fitting)}: {gaps}", heard)
    return Shown(exact[0] if len(exact) == 1 else "gaps", gaps, heard)


def waits_for_an_hour(attempts: Sequence[Heard], tolerance_ms: int) -> bool:
    """The end of every ladder: from here on each step is as long."""
    return any(gap_ms >= FOR_EVER_MS - tolerance_ms for gap_ms in _gaps_ms(attempts))


def _gaps_ms(attempts: Sequence[Heard]) -> list[int]:
    return [after.exchange.at_ms - push.exchange.at_ms for push, after in pairwise(attempts)]


def _climbs(name: str, attempts: Sequence[Heard], tolerance_ms: int) -> bool:
    climb: Ladder[str, Heard] = Ladder(LADDERS[name], tolerance_ms)
    steps = [climb.attempt("", push.exchange.at_ms, push.exchange.at_ms, push) for push in attempts]
    return all(step.ok for step in steps if step)
