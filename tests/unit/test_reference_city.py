"""The reference owes the municipal platform its pushes, and pays them (seed 1.1, 2.2; cec102 5)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from simulators.beijing.content import violations
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.clock import pause
from simulators.lab.setting import ChargerLink, CitySetting
from simulators.reference.city.client import Outcome
from simulators.reference.city.ladder import Ladder
from simulators.reference.city.sealing import encrypted, signed
from simulators.reference.server import ReferenceServer
from tests.unit.city_lab import BONUS, CHARGE, CONTRACT, OPERATOR, STATUS, TOKEN, story
from tests.unit.reference_calls import run, setting

SEQ = "StartChargeSeq"


def test_a_card_session_is_told_from_its_first_status_to_its_order(tmp_path: Path) -> None:
    """2.2.1, 2.2.2: what the platform did not start is pushed too, under one number of the operator's own."""
    with story(tmp_path) as city:
        city.box().charge("VALID", seconds=120)
        city.lab.pass_time(60)
        order, *others = city.pushes(BONUS)
        assert others == []
        assert order.content == {
            SEQ: f"{OPERATOR}202610011000000001",
            "ConnectorID": "SOCKET-1",
            "StartTime": "2026-10-01 10:00:00",
            "EndTime": "2026-10-01 10:02:00",
            "ChargeModel": 2,
            "TotalPower": 0.22,
            "TotalElecMoney": 0.15,
            "TotalSeviceMoney": 0.18,
            "TotalMoney": 0.33,
            "UserName": "张三",
            "StationID": "PLACE-1",
            "EquipmentID": "PILE-1",
            "ConnectorPower": 7.0,
            "ChargeLast": 120,
            "MeterValueStart": 123.45,
            "MeterValueEnd": 123.67,
            "StopReason": 0,
            "SumPeriod": 1,
            "ChargeDetails": [
                {
                    "DetailStartTime": "2026-10-01 10:00:00",
                    "DetailEndTime": "2026-10-01 10:02:00",
                    "ElecPrice": 0.695,
                    "SevicePrice": 0.8,
                    "DetailPower": 0.22,
                    "DetailElecMoney": 0.15,
                    "DetailSeviceMoney": 0.18,
                }
            ],
        }
        assert city.statuses() == [(0, 0), (0, 1), (0, 3), (120, 2), (120, 1)]
        told = [(push.at_s, push.content) for push in city.pushes(CHARGE)]
        assert [at_s for at_s, _ in told] == [0, 50, 100]
        assert {content[SEQ] for _, content in told} == {order.content[SEQ]}
        assert {(content["StartChargeSeqStat"], content["ChargeModel"]) for _, content in told} == {(2, 2)}
        assert told[0][1]["TotalPower"] == told[0][1]["CurrentA"] == told[0][1]["VoltageA"] == 0
        assert 0 < told[1][1]["TotalPower"] < told[2][1]["TotalPower"] < order.content["TotalPower"]
        assert 30 < told[2][1]["CurrentA"] < 34
        assert 210 < told[2][1]["VoltageA"] < 222


def test_every_push_is_as_its_table_says(tmp_path: Path) -> None:
    """CEC-ENV-m: lengths, formats, numbers, also on a box without a meter and over two tariff periods."""
    with story(tmp_path) as city:
        for shape in ({"meter": True}, {"meter": False}):
            city.box(**shape).charge("VALID", seconds=400)
        calls = city.calls()
        assert {name for name, _ in calls} == {TOKEN, STATUS, CHARGE, BONUS}
        assert [violations(Interface(name), Kind.REQUEST, push.content) for name, push in calls] == [()] * len(calls)
        assert {push.ret for _, push in calls} == {0}


def test_what_an_order_says_agrees_with_itself(tmp_path: Path) -> None:
    """5.15: parts sum to totals, also across tariff periods; a box without a meter is counted for (EVCHONG 1.4)."""
    with story(tmp_path) as city:
        box = city.box(meter=False)
        for seconds in (250, 377):
            box.charge("VALID", seconds=seconds)
        city.lab.pass_time(1)
        orders = [push.content for push in city.pushes(BONUS)]
        assert [order["SumPeriod"] for order in orders] == [1, 2]
        for order in orders:
            details = order["ChargeDetails"]
            assert _fen(*(each["DetailElecMoney"] for each in details)) == _fen(order["TotalElecMoney"])
            assert _fen(*(each["DetailSeviceMoney"] for each in details)) == _fen(order["TotalSeviceMoney"])
            assert _fen(order["TotalElecMoney"], order["TotalSeviceMoney"]) == _fen(order["TotalMoney"])
            assert _fen(*(each["DetailPower"] for each in details)) == _fen(order["TotalPower"])
            assert _fen(order["MeterValueEnd"], -order["MeterValueStart"]) == _fen(order["TotalPower"])
        assert [orders[0]["MeterValueStart"], orders[1]["MeterValueStart"]] == [0, orders[0]["MeterValueEnd"]]
        assert [each["DetailEndTime"] for each in orders[1]["ChargeDetails"]] == [
            "2026-10-01 10:05:00",
            "2026-10-01 10:10:27",
        ]


def _fen(*amounts: float) -> int:
    """Two decimals as a whole number."""
    return sum(round(amount * 100) for amount in amounts)


def test_only_equipment_that_claims_the_bonus_sends_bonus_orders(tmp_path: Path) -> None:
    """2.2.2: its charges are pushed all the same."""
    with story(tmp_path) as city:
        city.box(sockets=2).charge("VALID", seconds=60, connector=2)
        city.lab.pass_time(10)
        assert city.pushes(BONUS) == []
        assert [push.content["ConnectorID"] for push in city.pushes(CHARGE)] == ["SOCKET-2"] * 2


@pytest.mark.parametrize(("ending", "reason"), [("card", 0), ("fault", 3), ("vehicle", 4)])
def test_an_order_says_why_charging_ended(tmp_path: Path, ending: str, reason: int) -> None:
    """4.3, StopReason: by the driver's card, by a fault, by what else there is."""
    with story(tmp_path) as city:
        box = city.box()
        box.charging("VALID")
        city.lab.pass_time(30)
        if ending == "card":
            box.swipe("VALID")
        elif ending == "fault":
            box.fault("GroundFailure", "E-17")
        else:
            box.unplug()
        city.lab.pass_time(1)
        assert [push.content["StopReason"] for push in city.pushes(BONUS)] == [reason]
        assert city.statuses()[-1] == (30, 255 if ending == "fault" else 1)


def test_the_order_leaves_when_there_is_a_bill(tmp_path: Path) -> None:
    """1.1.14: it waits for the bill, and for nothing else."""
    contract = replace(CONTRACT, bill_after_stop_s=90)
    with story(tmp_path, city=CitySetting(contract=contract)) as city:
        city.box().charge("VALID", seconds=60)
        city.lab.pass_time(300)
        assert [push.at_s for push in city.pushes(BONUS)] == [150]


@pytest.mark.parametrize("how", ["ret -1", "ret 500", "http 503", "cut"])
def test_an_order_that_was_not_taken_climbs_the_ladder(tmp_path: Path, how: str) -> None:
    """1.1.14, BJ-X2: gaps of 150, 300, 450 s and so on, with the same content, until it is taken."""
    with story(tmp_path) as city:
        city.refuse(BONUS, how, times=3)
        city.box().charge("VALID", seconds=60)
        city.lab.pass_time(5000)
        pushes = city.pushes(BONUS)
        assert [push.at_s for push in pushes] == [60, 210, 510, 960]
        assert [push.content for push in pushes] == [pushes[0].content] * 4
        assert [push.ret == 0 for push in pushes] == [False, False, False, True]


def test_the_ladder_ends_in_hours_and_never(tmp_path: Path) -> None:
    """1.1.14: 150/300/.../1800/3600/..."""
    gaps_s = Ladder().gaps_s()
    assert [next(gaps_s) for _ in range(15)] == [*range(150, 1801, 150), 3600, 3600, 3600]


def test_a_disputed_order_is_delivered(tmp_path: Path) -> None:
    """BJ-X18: a dispute is an answer, and a repeat would bring the same."""
    with story(tmp_path) as city:
        city.refuse(BONUS, "disputed")
        city.box().charge("VALID", seconds=60)
        city.lab.pass_time(1000)
        assert len(city.pushes(BONUS)) == 1


@pytest.mark.parametrize(("reading", "taken"), [("delivered", True), ("failed", False)])
def test_a_dispute_can_be_read_as_a_failure(tmp_path: Path, reading: str, taken: bool) -> None:
    """BJ-X18, both readings; what the platform refused is taken in neither."""
    server = ReferenceServer(setting(tmp_path, readings={"BJ-X18": reading}))
    assert server.is_taken_order(Outcome(0, {"ConfirmResult": 1})) is taken
    assert server.is_taken_order(Outcome(0, {"ConfirmResult": 0}))
    assert not server.is_taken_order(Outcome(500))
    assert not server.is_taken_order(Outcome(why="HTTP 503"))


def test_a_status_that_was_not_taken_is_pushed_again_each_minute(tmp_path: Path) -> None:
    """cec102 1.6: more than three times, about a minute apart; and never an old one after a newer one."""
    with story(tmp_path) as city:
        city.lab.pass_time(100)
        city.refuse(STATUS, "ret 500", times=4)
        box = city.box()
        city.lab.pass_time(200)
        assert city.statuses() == [(0, 0), (100, 1), (160, 1), (220, 1)]
        city.lab.do("city.forgive")
        city.refuse(STATUS, "http 503", times=1)
        box.show("Reserved")
        box.show("Available")
        city.lab.pass_time(100)
        assert city.statuses()[4:] == [(300, 4), (300, 1)]


def test_a_state_that_stands_is_pushed_again_before_three_hours_are_over(tmp_path: Path) -> None:
    """1.1.2: at least every 3 hours, counted from the last push."""
    with story(tmp_path) as city:
        box = city.box(meter=False)
        city.lab.pass_time(3600)
        box.show("Reserved")
        city.lab.pass_time(6 * 3600)
        assert city.statuses("SOCKET-7") == [(0, 0), (0, 1), (3600, 4), (13_800, 4), (24_000, 4)]
        assert city.statuses("SOCKET-1") == [(0, 0), (10_200, 0), (20_400, 0)]


def test_a_silent_box_is_offline_and_comes_back(tmp_path: Path) -> None:
    """EVCHONG 1.3, seed 1.1.2: offline is a state like any other, and is pushed when it comes and when it goes."""
    with story(tmp_path) as city:
        box = city.box(meter=False)
        city.lab.pass_time(45)
        box.cut_off()
        city.lab.pass_time(60)
        box.back()
        city.lab.pass_time(60)
        assert city.statuses("SOCKET-7") == [(0, 0), (0, 1), (70, 0), (110, 1)]


def test_one_token_serves_until_it_ends(tmp_path: Path) -> None:
    """5.1: fetched before the first push, without a token of course, and again shortly before it ends."""
    with story(tmp_path) as city:
        city.lab.pass_time(1)
        city.lab.do("city.token_life", seconds=600)
        city.lab.do("city.forget_token")
        city.box().charge("VALID", seconds=1310)
        assert [push.at_s for push in city.pushes(TOKEN)] == [0, 1, 551, 1101]
        assert city.calls()[0][0] == TOKEN
        assert [push.ret for push in city.pushes(CHARGE)] == [0] * 27


@pytest.mark.parametrize("name", [STATUS, CHARGE, BONUS])
def test_a_push_refused_for_its_token_goes_out_with_a_new_one(tmp_path: Path, name: str) -> None:
    """1.5: on 4002 a new token is fetched and the call repeated once, with nothing lost."""
    with story(tmp_path) as city:
        box = city.box()
        city.refuse(name, "ret 4002")
        box.charge("VALID", seconds=10)
        city.lab.pass_time(10)
        assert len(city.pushes(TOKEN)) == 2
        (again,) = [
            position for position, (called, push) in enumerate(city.calls()) if (called, push.ret) == (name, 4002)
        ]
        refused = city.calls()[again][1].content
        assert [push.ret for push in city.pushes(name) if push.content == refused] == [4002, 0]


def test_without_a_token_nothing_is_pushed_and_nothing_is_lost(tmp_path: Path) -> None:
    """A token that cannot be had is a failed push like any other: it is repeated."""
    with story(tmp_path) as city:
        city.lab.pass_time(1)
        city.lab.do("city.forget_token")
        city.refuse(TOKEN, "ret 500", times=20)
        box = city.box()
        box.charge("VALID", seconds=10)
        assert city.pushes(BONUS) == []
        city.lab.do("city.forgive")
        city.lab.pass_time(1000)
        assert [push.ret for push in city.pushes(BONUS)] == [0]
        assert city.statuses()[-1][1] == 1


def test_only_a_whole_answer_delivers(tmp_path: Path) -> None:
    """1.4, 2.3: Ret 0 under a Sig that verifies; with an error only Ret and Msg are read."""
    server = ReferenceServer(setting(tmp_path, city=CONTRACT))
    keys = CONTRACT.platform_keys
    data = encrypted(b'{"Status":0}', keys)
    sig = signed(keys, "0", "", data)
    good = {"Ret": 0, "Msg": "", "Data": data, "Sig": sig}

    def delivered(**changes: object) -> bool:
        return server.understood(json.dumps(good | changes).encode()).delivered

    assert server.understood(json.dumps(good).encode()) == Outcome(0, {"Status": 0})
    assert delivered(Ret="0", Sig=sig.lower(), Extra=1)  # lawful oddities
    assert not delivered(Sig="0" * 32)
    assert not delivered(Sig=None)
    assert not delivered(Data="", Sig=signed(keys, "0", "", ""))
    assert server.understood(b'{"Ret":4002,"Msg":null,"Data":null,"Sig":null}') == Outcome(4002)
    assert [server.understood(body).ret for body in (b"", b"[]", b"{}", b'{"Ret":null}', b"\xff")] == [None] * 5


@pytest.mark.parametrize(("link", "status"), [(ChargerLink(), 1), (None, 0)])
def test_a_charger_that_nobody_can_reach_is_told_to_be_offline(
    tmp_path: Path, link: ChargerLink | None, status: int
) -> None:
    """1.1.2: the platform hears of every connector that it knows, whatever there is behind it."""
    with story(tmp_path, city=CitySetting(contract=CONTRACT, chargers=link)) as city:
        city.box().charge("VALID", seconds=60)
        told = {
            info["ConnectorID"]: info["Status"]
            for info in (push.content["ConnectorStatusInfo"] for push in city.pushes(STATUS))
        }
        assert told.keys() == {"SOCKET-1", "SOCKET-2", "SOCKET-7", "SOCKET-9"}
        assert told["SOCKET-9"] == status


def test_without_a_platform_nobody_is_called(tmp_path: Path) -> None:
    """A server that was told of no platform has none, and no address for it."""
    with story(tmp_path, city=None) as city:
        city.box().charge("VALID", seconds=60)
        city.lab.pass_time(4 * 3600)
        assert city.calls() == []
        assert city.server.http is None
        assert city.server.city.duties == set()


def test_the_readings_of_a_push_can_be_chosen(tmp_path: Path) -> None:
    """BJ-X5 and BJ-X6: the name of the start method, and the state in a list."""
    readings = {"BJ-X5": "StartType", "BJ-X6": "array"}
    server = ReferenceServer(setting(tmp_path, readings=readings, city=CONTRACT))
    assert server.start_method_field() == "StartType"
    info = {"ConnectorID": "SOCKET-1", "Status": 3}
    assert server.status_notification(CONTRACT.sockets[0], 3) == {"ConnectorStatusInfo": [info]}


def test_what_breaks_in_a_duty_comes_out_when_the_server_stops(tmp_path: Path) -> None:
    """Our own mistakes are never passed over in silence."""

    async def broken() -> None:
        raise RuntimeError("ours")

    async def day() -> None:
        server = ReferenceServer(setting(tmp_path))
        await server.start()
        server.begin_duty(broken())
        await pause(0)
        with pytest.raises(RuntimeError, match="ours"):
            await server.stop()

    run(day())


def test_stopping_ends_every_duty(tmp_path: Path) -> None:
    """A charge that runs, an order that waits, a status that fails: all of it ends without a word."""
    with story(tmp_path) as city:
        city.refuse(BONUS, "ret 500", times=100)
        city.refuse(STATUS, "ret 500", times=100)
        box = city.box()
        box.charge("VALID", seconds=10)
        box.charging("VALID")
        city.lab.pass_time(70)
        server = city.server
        assert len(server.city.duties) > 2
        running: list[asyncio.Task[None]] = list(server.city.duties)
    assert [task.cancelled() for task in running] == [True] * len(running)
    assert server.http.closed
