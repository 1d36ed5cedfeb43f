"""A probe finds a server's readings of the Beijing documents by asking it and by what it pushes, and leaves no debt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.asked import READINGS as ALL_READINGS
from conformance.probing.beijing import shown
from conformance.probing.beijing.asking import CityAsker
from conformance.probing.beijing.hearing import Heard
from conformance.probing.beijing.shown import Charge, Shown
from conformance.probing.probe import Probed, ask, probe, told
from conformance.staging import Stage, claiming
from conformance.target import ClockChoice, Target
from simulators.beijing.dialect import READINGS
from simulators.beijing.messages import ChargeModel
from simulators.beijing.opened import Kind
from simulators.beijing.sealed import Sealed
from simulators.journal.reading import read
from simulators.journal.records import Answer as HttpAnswer
from simulators.journal.records import Exchange, Request
from simulators.lab.running import RunningLab
from simulators.reference.city.parameters import WRONG_CONTENT, Illegal
from simulators.reference.server import ReferenceServer
from simulators.reference.setting import READINGS as SERVER_READINGS
from simulators.reference.state import Message

ROOT = Path(__file__).parents[2]
ORDER, BONUS_ORDER = "notification_charge_order_info", "notification_charge_order_info_for_bonus"
CHARGE_STATUS = "notification_equip_charge_status"

# The reference reads days in either form, sends all fees, and climbs the ladder in steps of 150 s.
EITHER = {"BJ-X8", "BJ-X9"}
DEFAULTS = {row: reading.default for row, reading in READINGS.items() if row not in EITHER} | {"BJ-X2": "arithmetic"}
OTHERS = {row: ways[1] for row, ways in SERVER_READINGS.items() if row in READINGS and len(ways) > 1}
OTHERS |= {"BJ-X5": "StartMode"}
LAWFUL = {
    "lawful_duties:DoublesItsLadder": {"BJ-X2": "doubling"},
    "lawful_duties:DoublesItsLadderExactly": {"BJ-X2": "doubling"},
    "lawful_duties:AddsToItsLadder": {"BJ-X2": "arithmetic"},
    "lawful_duties:CountsItsLadderFromTheBill": {"BJ-X2": "offsets"},
    "lawful_duties:TakesTheLadderAsItIsPrinted": {"BJ-X2": "gaps"},
    "lawful_duties:RepeatsOrdersEveryMinuteForEver": {"BJ-X2": "arithmetic"},  # of the bonus order, which is bound
    "lawful_duties:PushesOrdersOfAllKinds": {"BJ-X17": "every"},
    "lawful_duties:OrdersAfter140Seconds": {},
    "lawful:LeavesOutWhatIsOptional": {"BJ-X9": "optional"},
    "lawful_charges:SendsMandatoryFieldsAlone": {"BJ-X9": "optional"},
    "lawful_charges:SendsFieldsOfItsOwn": {},
    "lawful_queries:FindsNoConnectorOfTooLongAnId": {},
    "lawful_statuses:TellsEveryStateTwice": {},
}


class KnowsDaysAlone(ReferenceServer):
    """Reads statistics' days as yyyy-MM-dd and in no other form."""

    def query_station_stats(self, asked: Message) -> Message:
        if len(asked["StartTime"]) > len("2026-03-02"):
            raise Illegal(WRONG_CONTENT, "no day")
        return super().query_station_stats(asked)


class KnowsTimesAlone(ReferenceServer):
    """Reads statistics' days with a time, and in no other form."""

    def query_station_stats(self, asked: Message) -> Message:
        if len(asked["StartTime"]) == len("2026-03-02"):
            raise Illegal(WRONG_CONTENT, "no time")
        return super().query_station_stats(asked)


class TellsTimesAlways(ReferenceServer):
    """Reads days in either form, and writes them with a time."""

    def query_station_stats(self, asked: Message) -> Message:
        stats = super().query_station_stats(asked)["StationStats"]
        times = {"StartTime": f"{stats['StartTime'][:10]} 00:00:00", "EndTime": f"{stats['EndTime'][:10]} 23:59:59"}
        return {"StationStats": stats | times}


class HidesHowItWasStarted(ReferenceServer):
    """Tells nobody the start method."""

    def charge_status(self, session: Any) -> Message:
        status = super().charge_status(session)
        return {name: status[name] for name in status if name != self.start_method_field()}


class StartsNothing(ReferenceServer):
    """Finds something wrong with every connector that the platform would start."""

    def start_fail_reason(self, connector: str) -> int:
        return 3


class GivesTokensToAnybody(ReferenceServer):
    """Gives a token to whoever asks."""

    def query_token(self, asked: Message) -> Message:
        right = {"OperatorID": self.contract.platform_id, "OperatorSecret": self.contract.operator_keys.operator_secret}
        return super().query_token(asked | right)


def reference(**changes: object) -> Target:
    loaded = Target.load(ROOT / "targets" / "reference.toml", {})
    return msgspec.structs.replace(loaded, **changes)


def probed(folder: Path, readings: dict[str, str] | None = None, server: str = "", **changes: object) -> Probed:
    """A probe of the reference in these readings, of which the target file says nothing."""
    sut = f"tests.unit.test_probing_city:{server}" if server and ":" not in server else server
    return ask(Stage(target=reference(**changes), readings=readings or {}, sut=sut), folder / "journal.db")


def of_the_city(found: Probed) -> dict[str, str]:
    return {row: way for row, way in found.readings.items() if row in READINGS}


def heard(folder: Path, operation: str) -> list[Heard]:
    records = [record for record in read([folder / "journal.db"]) if isinstance(record, Exchange)]
    return [Heard.of(record) for record in records if record.protocol == "beijing" and record.operation == operation]


def check_that_nothing_is_owing(folder: Path) -> None:
    """Every order that was pushed was taken in the end."""
    for operation in (ORDER, BONUS_ORDER):
        pushes = heard(folder, operation)
        assert {push.order for push in pushes if push.taken} == {push.order for push in pushes}


# What is found


def test_the_default_readings_are_found(tmp_path: Path) -> None:
    """With the charge boxes' beside them; days and fees fit both readings, and stay open with their reason."""
    found = probed(tmp_path)
    assert of_the_city(found) == DEFAULTS
    assert found.readings.items() > DEFAULTS.items()
    assert found.answers["BJ-X8"].why == "both are taken, so either will do"
    assert "cannot be seen from outside" in found.answers["BJ-X9"].why
    assert (found.left, found.works) == ([], True)
    check_that_nothing_is_owing(tmp_path)


@pytest.mark.parametrize("row", sorted(OTHERS))
def test_each_reading_is_found(row: str, tmp_path: Path) -> None:
    """One row in its other reading, all others in their default."""
    found = probed(tmp_path, {row: OTHERS[row]})
    assert of_the_city(found) == DEFAULTS | {row: OTHERS[row]}
    assert found.left == []
    check_that_nothing_is_owing(tmp_path)


def test_all_other_readings_at_once_are_found(tmp_path: Path) -> None:
    """Also with boxes that speak otherwise: how they do is found first, and then they charge for the city."""
    boxes = {"EVC-X1": "json", "EVC-X3": "flat", "EVC-X4": "tables", "EVC-X5": "upper", "EVC-X16": "register"}
    found = probed(tmp_path, OTHERS | boxes)
    assert of_the_city(found) == DEFAULTS | OTHERS
    assert found.readings.items() > boxes.items()
    check_that_nothing_is_owing(tmp_path)


@pytest.mark.parametrize("variant", sorted(LAWFUL))
def test_what_a_lawful_variant_does_is_found(variant: str, tmp_path: Path) -> None:
    found = probed(tmp_path, server=f"simulators.mutants.beijing.{variant}")
    assert of_the_city(found) == DEFAULTS | LAWFUL[variant]
    assert (found.left, found.works) == ([], True)
    check_that_nothing_is_owing(tmp_path)


@pytest.mark.parametrize(
    ("server", "way"),
    [("KnowsDaysAlone", "date"), ("KnowsTimesAlone", "date-time"), ("TellsTimesAlways", "date-time")],
)
def test_the_form_of_days_is_found_where_one_is_refused_or_only_one_answered(
    server: str, way: str, tmp_path: Path
) -> None:
    assert of_the_city(probed(tmp_path, server=server)) == DEFAULTS | {"BJ-X8": way}


def test_what_the_file_says_wrongly_is_found_all_the_same(tmp_path: Path) -> None:
    found = ask(Stage(target=reference(readings=OTHERS), readings={}), tmp_path / "journal.db")
    assert of_the_city(found) == DEFAULTS
    check_that_nothing_is_owing(tmp_path)


# Caution


def test_a_start_method_that_nobody_is_told_is_not_made_up(tmp_path: Path) -> None:
    found = probed(tmp_path, server="HidesHowItWasStarted")
    assert of_the_city(found) == {row: way for row, way in DEFAULTS.items() if row != "BJ-X5"}
    assert found.answers["BJ-X5"].why.startswith("there is no ChargeModel, and no field outside of the tables")


def test_of_a_server_that_gives_anybody_a_token_nothing_is_found(tmp_path: Path) -> None:
    found = probed(tmp_path, server="GivesTokensToAnybody")
    assert of_the_city(found) == {}
    assert {found.answers[row].why for row in READINGS} == {
        "not shown to be a working server: it gave a stranger a token"
    }


@pytest.mark.parametrize("liar", ["RefusesTheCity", "AcceptsTheCity", "EchoesTheCity", "AnswersTheCityTheSame"])
def test_of_a_liar_nothing_is_found(liar: str, tmp_path: Path) -> None:
    found = probed(tmp_path, server=f"simulators.mutants.beijing.liars:{liar}")
    assert (found.readings, found.works) == ({}, False)
    assert found.answers.keys() == ALL_READINGS.keys()
    assert heard(tmp_path, "query_start_charge") == []


def test_of_a_silent_server_nothing_is_found(tmp_path: Path) -> None:
    server = "simulators.mutants.beijing.liars:NeverAnswersTheCity"
    found = ask(Stage(target=reference(), sut=server, answer_limit_s=0.2), tmp_path / "journal.db")
    assert (found.readings, found.works) == ({}, False)
    assert found.answers["BJ-X6"].why.startswith("query_token gave the platform no token: timeout")


def test_effects_that_are_not_allowed_are_not_caused(tmp_path: Path) -> None:
    """With reads alone nobody charges, and no question is broken."""
    found = probed(tmp_path, effects=frozenset({"reads"}))
    assert of_the_city(found) == {row: DEFAULTS[row] for row in ("BJ-X6", "BJ-X14")}
    assert found.answers["BJ-X13"].why == "the target does not allow the effect faults"
    assert found.answers["BJ-X17"].why == "the target does not allow the effect opens-session and bills"
    assert heard(tmp_path, "query_start_charge") == heard(tmp_path, CHARGE_STATUS) == []


def test_a_city_without_charge_boxes_is_asked_alone(tmp_path: Path) -> None:
    """A target that claims no charge boxes: the lab's own chargers are enough."""
    found = ask(Stage(target=claiming(reference(), ("beijing",))), tmp_path / "journal.db")
    assert found.readings == DEFAULTS


def test_without_the_platforms_charges_orders_stay_open(tmp_path: Path) -> None:
    """No charger that the platform can start: whose orders are owed cannot be told, the bonus order shows the rest."""
    city = reference().pixit.beijing
    assert city is not None
    boxed = tuple(socket for socket in city.sockets if socket.box)
    pixit = msgspec.structs.replace(reference().pixit, beijing=msgspec.structs.replace(city, sockets=boxed))
    found = probed(tmp_path, pixit=pixit)
    assert of_the_city(found) == {row: way for row, way in DEFAULTS.items() if row != "BJ-X17"}
    assert found.answers["BJ-X17"].why.startswith("not seen: no charge of the platform's came about")


def test_a_ladder_of_hours_is_not_waited_for(tmp_path: Path) -> None:
    """On a clock that nobody can wind forward."""
    target = reference()
    real = msgspec.structs.replace(target.pixit, clock=ClockChoice(kind="real"))
    with RunningLab(Stage(target=target).lab_setting(tmp_path / "journal.db")) as running:
        asker = CityAsker(running, msgspec.structs.replace(target, pixit=real), {})
        asker.ask()
    assert asker.answers["BJ-X2"].why == (
        "not seen: the ladder of a refused order takes up to 7 h, and the clock is not stepped"
    )
    assert asker.readings == {row: way for row, way in DEFAULTS.items() if row != "BJ-X2"}


def test_where_no_charge_can_come_about_nothing_is_found_of_charges(tmp_path: Path) -> None:
    """Neither a box nor a charger: what answers show is found, and what the states do that are pushed at the start."""
    target = reference()
    boxes, city = target.pixit.evchong, target.pixit.beijing
    assert boxes is not None
    assert city is not None
    alone = msgspec.structs.replace(city, chargers="none")
    pixit = msgspec.structs.replace(target.pixit, beijing=alone, evchong=msgspec.structs.replace(boxes, boxes=()))
    found = ask(Stage(target=claiming(reference(pixit=pixit), ("beijing",))), tmp_path / "journal.db")
    assert found.readings == {row: DEFAULTS[row] for row in ("BJ-X6", "BJ-X13", "BJ-X14")}
    assert found.answers["BJ-X17"].why.startswith("not seen: no charge came about: the target has neither a box")


def test_what_the_server_refuses_to_start_is_told(tmp_path: Path) -> None:
    """One that starts nothing for the platform: the rest is found by what drivers start."""
    found = probed(tmp_path, server="StartsNothing")
    assert of_the_city(found) == {row: way for row, way in DEFAULTS.items() if row != "BJ-X17"}
    assert found.answers["BJ-X17"].why.startswith("not seen: no charge of the platform's came about")


# What is shown, by records made up


def exchange(
    asked: Message, told: Message | None = None, *, operation: str = ORDER, at_s: float = 0, ret: int = 0
) -> Heard:
    request, answer = Sealed(kind=Kind.REQUEST, content=asked), Sealed(kind=Kind.ANSWER, ret=ret, content=told)
    record = Exchange(
        at_ms=round(at_s * 1000), answered_at_ms=0, intended_ns=0, sent_ns=0, duration_ns=0, wall_ns=0,
        protocol="beijing", actor="sut", peer="city", operation=operation, request=Request("POST", ""),
        answer=HttpAnswer(200, b"", b""), view={"request": request.as_view(), "answer": answer.as_view()},
    )  # fmt: skip
    return Heard.of(record)


def order(number: str, confirmed: int | None, at_s: float = 0, socket: str = "S-1") -> Heard:
    """A push of an order; ``confirmed`` None: the city was busy."""
    asked = {"StartChargeSeq": number, "ConnectorID": socket}
    told = None if confirmed is None else {"ConfirmResult": confirmed}
    return exchange(asked, told, at_s=at_s, ret=-1 if confirmed is None else 0)


@pytest.mark.parametrize(
    ("gaps_s", "reading"),
    [
        ([*range(150, 1801, 150), 3600], "arithmetic"),
        ([150, 300, 600, 1200, 1800, 3600], "doubling"),
        ([20, *[150] * 11, 1800, 3600], "offsets"),
        ([150, 300, 301, 2000, 3600], "gaps"),
        ([150, 300, 3600], "gaps"),
        ([154, 296, 453, *range(600, 1801, 150), 3597], "arithmetic"),
        ([150, 300, 450], None),
        ([60, 60, 60, 3600], None),
        ([150, 300, 250, 3600], None),
        ([150, 300, 4000], None),
        ([], None),
    ],
)
def test_a_ladder_is_told_by_its_steps_to_its_end(gaps_s: list[int], reading: str | None) -> None:
    """BJ-X2: 150 s, 300 s, then growing up to an hour; an exact ladder is one that was climbed to its end."""
    moments = [0, *(sum(gaps_s[: place + 1]) for place in range(len(gaps_s)))]
    assert shown.ladder([order("1", None, at_s) for at_s in moments], 5000).reading == reading


CARD, PLATFORM = Charge(ChargeModel.CARD, "S-1"), Charge(ChargeModel.PLATFORM, "S-2", "P-1")


def status(socket: str, number: str = "1", **fields: object) -> Heard:
    return exchange({"StartChargeSeq": number, "ConnectorID": socket, **fields}, operation=CHARGE_STATUS)


@pytest.mark.parametrize(
    ("by_card", "by_platform", "reading"),
    [
        ({"ChargeModel": 2}, {"ChargeModel": 1}, "ChargeModel"),
        ({"ChargeModel": 9}, {"ChargeModel": 9}, "ChargeModel"),  # the wrong number under the right name
        ({"Mode": 2, "Soc": 2, "Lane": 2}, {"Mode": 1, "Soc": 1, "Lane": 2}, "Mode"),
        ({"Mode": "2"}, {"Mode": "1"}, "Mode"),
        ({"Mode": 2, "Way": 2}, {"Mode": 1, "Way": 1}, None),
        ({"Mode": 2}, {"Mode": 2}, None),
        ({"Mode": 2}, None, None),
        (None, None, None),
    ],
)
def test_the_field_of_the_start_method_is_told_by_its_numbers(
    by_card: Message | None, by_platform: Message | None, reading: str | None
) -> None:
    """BJ-X5: a field of no table that is right for each of two ways of starting; Soc has its table."""
    pushes = [status("S-1", **by_card)] if by_card else []
    pushes += [status("S-2", "P-1", **by_platform)] if by_platform else []
    pushes += [status("S-3", ChargeModel=1)] if "ChargeModel" in (by_card or {}) else []  # somebody else's
    assert shown.start_method_field([CARD, PLATFORM], pushes).reading == reading


@pytest.mark.parametrize(
    ("pushes", "reading"),
    [
        ([order("P-1", 0, socket="S-2")], "platform-started"),
        ([order("P-1", 0, socket="S-2"), order("1", 0)], "every"),
        ([order("1", 0)], "every"),
        ([order("P-1", 0, socket="S-2"), order("7", 0, socket="S-7")], "platform-started"),  # somebody else's
        ([], None),
    ],
)
def test_whose_orders_are_owed_is_told_by_those_that_came(pushes: list[Heard], reading: str | None) -> None:
    """BJ-X17: none of a driver's charge counts only beside one of the platform's."""
    assert shown.orders_owed([CARD, PLATFORM], pushes).reading == reading


def test_some_orders_of_others_show_nothing() -> None:
    own = Charge(ChargeModel.OTHER, "S-3")
    assert shown.orders_owed([CARD, own, PLATFORM], [order("1", 0)]).reading is None
    assert shown.orders_owed([PLATFORM], [order("P-1", 0, socket="S-2")]).reading is None


@pytest.mark.parametrize(
    ("pushes", "reading"),
    [
        ([order("1", 0), order("2", 1)], "delivered"),
        ([order("1", 0), order("2", 1), order("2", 0, 150)], "failed"),
        ([order("1", 0), order("1", 0, 150), order("2", 1), order("2", 0, 150)], None),  # so are those that were taken
        ([order("1", None), order("1", 1), order("2", 0)], "delivered"),
        ([order("1", 1), order("1", 0), order("2", 1)], None),
        ([order("1", 0)], None),
        ([], None),
    ],
)
def test_what_a_dispute_means_is_told_by_what_comes_again(pushes: list[Heard], reading: str | None) -> None:
    """BJ-X18."""
    assert shown.disputed(pushes).reading == reading


KNOWN = exchange({}, {"SuccStat": 0}, operation="query_equip_business_policy")
UNKNOWN = exchange({}, {"SuccStat": 1, "FailReason": 1}, operation="query_equip_business_policy")
ILLEGAL = exchange({}, None, ret=4004, operation="query_equip_business_policy")
BUSY = exchange({}, None, ret=-1, operation="query_equip_business_policy")


@pytest.mark.parametrize(
    ("known", "made_up", "reading"),
    [
        (KNOWN, [UNKNOWN, UNKNOWN], "succ-stat"),
        (KNOWN, [ILLEGAL, ILLEGAL], "4004"),
        (KNOWN, [ILLEGAL, UNKNOWN], "policy-4004"),
        (KNOWN, [UNKNOWN, ILLEGAL], None),
        (KNOWN, [KNOWN, UNKNOWN], None),
        (KNOWN, [BUSY, BUSY], None),
        (UNKNOWN, [UNKNOWN, UNKNOWN], None),  # it finds nothing, there or not
        (ILLEGAL, [ILLEGAL, ILLEGAL], None),
    ],
)
def test_an_unknown_id_is_told_beside_a_known_one(known: Heard, made_up: list[Heard], reading: str | None) -> None:
    """BJ-X14."""
    assert shown.unknown_id(known, *made_up).reading == reading


@pytest.mark.parametrize(
    ("let_in", "without", "reading"), [(0, 4002, "4002"), (0, 4003, "4003"), (0, 4004, None), (4002, 4002, None)]
)
def test_a_missing_token_is_told_beside_one_that_is_there(let_in: int, without: int, reading: str | None) -> None:
    """BJ-X13."""
    assert shown.no_token(exchange({}, {}, ret=let_in), exchange({}, None, ret=without)).reading == reading


def test_states_that_are_written_in_two_ways_show_nothing() -> None:
    """BJ-X6."""
    info = {"ConnectorID": "S-1", "Status": 1}
    one, many, none = (exchange({"ConnectorStatusInfo": told}) for told in (info, [info], None))
    assert [shown.status_info(pushes).reading for pushes in ([one], [many], [one, many], [none], [])] == [
        "object", "array", None, None, None,
    ]  # fmt: skip


def test_nothing_pushed_shows_no_fees() -> None:
    """BJ-X9."""
    assert shown.bonus_fees([]) == Shown(None, "not seen: no bonus order was pushed")


# Telling and writing


def test_each_answer_is_told_with_its_evidence(tmp_path: Path) -> None:
    """Question or push, answer and record number, decrypted; no token and no secret."""
    found = probed(tmp_path, {"BJ-X13": "4003"})
    lines = list(told(found, reference()))
    text = "\n".join(lines)
    assert "BJ-X13   4003: a question without Authorization is answered Ret 4003" in lines
    assert '(no Authorization): ask query_station_status {"StationIDs":["ST-0001"]}' in text
    assert "           -> HTTP 200 Ret 4003" in lines
    assert "BJ-X8    undecided, date is kept: both are taken, so either will do" in lines
    assert "push notification_stationStatus" in text
    assert "AccessToken" not in text
    assert lines.index('BJ-X13 = "4003"') > lines.index("[readings]")


def test_what_was_written_is_a_target_file(tmp_path: Path) -> None:
    """Both protocols' readings, in one table."""
    path = tmp_path / "mine.toml"
    path.write_text((ROOT / "targets" / "reference.toml").read_text("utf-8"), "utf-8")
    assert probe(str(path), write=True, out=tmp_path / "out", environ={}, say=lambda line: None) == 0
    written = Target.load(path, {}, reading_table=ALL_READINGS).readings
    assert {row: way for row, way in written.items() if row in READINGS} == DEFAULTS
    assert "EVC-X1" in written
