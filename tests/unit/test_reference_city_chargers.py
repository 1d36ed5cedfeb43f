"""The reference starts, follows and stops its own chargers for the platform and for its app (seed 1.1.7 to 1.1.13)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.beijing.content import violations
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.lab.charger_client import Charger
from tests.unit.city_lab import BONUS, CHARGE, OPERATOR, ORDER, START_RESULT, STOP_RESULT, Story, story

Ending = Callable[[Story, Charger, str], Any]


def test_a_session_of_the_platform_is_told_from_its_start_result_to_its_order(tmp_path: Path) -> None:
    """cec102 6: the answers at once, then start result, status, stop result, order, under the platform's number."""
    with story(tmp_path) as city:
        charger, seq = city.charger(), city.started()
        city.lab.pass_time(110)
        assert city.stop(seq) == {
            "StartChargeSeq": seq,
            "StartChargeSeqStat": 3,
            "SuccStat": 0,
            "FailReason": 0,
        }
        assert city.stop(seq)["SuccStat"] == 0  # it is still the same stop
        city.lab.pass_time(10)
        told = [(push.at_s, name, push.content) for name, push in city.calls() if push.content.get("StartChargeSeq")]
        assert [(at_s, name) for at_s, name, _ in told] == [
            (3, START_RESULT),
            (3, CHARGE),
            (53, CHARGE),
            (103, CHARGE),
            (112, STOP_RESULT),
            (112, ORDER),
            (112, BONUS),
        ]
        assert {content["StartChargeSeq"] for _, _, content in told} == {seq}
        assert [violations(Interface(name), Kind.REQUEST, content) for _, name, content in told] == [()] * 7
        assert told[0][2] == {
            "StartChargeSeq": seq,
            "StartChargeSeqStat": 2,
            "ConnectorID": "SOCKET-9",
            "StartTime": "2026-10-01 10:00:03",
            "IdentCode": "",
        }
        assert [_said(content) for _, name, content in told if name == CHARGE] == [(2, 3, 1)] * 3
        assert told[4][2] == {
            "StartChargeSeq": seq,
            "StartChargeSeqStat": 4,
            "ConnectorID": "SOCKET-9",
            "SuccStat": 0,
            "FailReason": 0,
        }
        order, bonus = told[5][2], told[6][2]
        assert (order["StartTime"], order["EndTime"]) == ("2026-10-01 10:00:03", "2026-10-01 10:01:52")
        assert order["StopReason"] == 1
        assert bonus.items() >= order.items()
        assert (bonus["ChargeModel"], bonus["ChargeLast"]) == (1, 109)
        assert round(bonus["MeterValueEnd"] - bonus["MeterValueStart"], 2) == order["TotalPower"] > 0
        assert [status for _, status in city.statuses("SOCKET-9")] == [1, 2, 3, 2]
        charger.unplug()
        city.lab.pass_time(1)
        assert city.statuses("SOCKET-9")[-1] == (120, 1)


def _said(status: dict[str, Any]) -> tuple[int, int, int]:
    return status["StartChargeSeqStat"], status["ConnectorStatus"], status["ChargeModel"]


def test_the_instruments_and_the_battery_are_passed_on(tmp_path: Path) -> None:
    """5.10: what the charger measured last; nothing flows once it is over."""
    with story(tmp_path) as city:
        charger, seq = city.charger(), city.started()
        assert _said(city.status(seq)) == (1, 2, 1)
        city.lab.pass_time(43)
        shown = charger.state()
        told = city.status(seq)
        assert (told["CurrentA"], told["VoltageA"], told["Soc"]) == (
            float(shown["current_a"]),
            float(shown["voltage_v"]),
            shown["soc"],
        )
        assert told["TotalPower"] == shown["energy_wh"] / 1000 > 0
        city.stop(seq)
        city.lab.pass_time(5)
        told = city.status(seq)
        assert (told["StartChargeSeqStat"], told["CurrentA"], told["VoltageA"]) == (4, 0, 0)


def test_the_same_start_again_starts_nothing_twice(tmp_path: Path) -> None:
    """1.1.7: whoever got no answer asks again, with the same number."""
    with story(tmp_path) as city:
        city.charger()
        seq = city.started()
        assert (city.start(seq)["SuccStat"], city.start(seq)["StartChargeSeqStat"]) == (0, 1)
        city.lab.pass_time(10)
        assert (city.start(seq)["SuccStat"], city.start(seq)["StartChargeSeqStat"]) == (0, 2)
        assert len(city.pushes(START_RESULT)) == 1
        assert city.start(seq, "SOCKET-7")["SuccStat"] == 1


@pytest.mark.parametrize(
    ("obstacle", "auth", "reason"),
    [("none", 0, 0), ("unplugged", 1, 5), ("faulty", 2, 3), ("offline", 2, 2), ("starting", 0, 4), ("charging", 0, 4)],
)
def test_what_cannot_be_started_is_refused_with_its_reason(
    tmp_path: Path, obstacle: str, auth: int, reason: int
) -> None:
    """5.6, 5.8: also what query_equip_auth says of it; nothing is started then."""
    with story(tmp_path) as city:
        charger = city.charger()
        if obstacle == "unplugged":
            charger.unplug()
        elif obstacle == "faulty":
            charger.fault()
        elif obstacle == "offline":
            charger.offline()
        elif obstacle != "none":
            city.started()
            city.lab.pass_time(10 if obstacle == "charging" else 1)
        asked = city.lab.city.next_number()
        told = city.told("query_equip_auth", EquipAuthSeq=asked, ConnectorID=charger.id)
        assert told == {
            "EquipAuthSeq": asked,
            "ConnectorID": charger.id,
            "SuccStat": int(auth > 0),
            "FailReason": auth,
        }
        seq = city.lab.city.next_number()
        assert city.start(seq) == {
            "StartChargeSeq": seq,
            "StartChargeSeqStat": 4 if reason else 1,
            "ConnectorID": charger.id,
            "SuccStat": int(reason > 0),
            "FailReason": reason,
        }
        city.lab.pass_time(10)
        assert seq in {push.content["StartChargeSeq"] for push in city.pushes(START_RESULT)} or reason


def test_connectors_that_nobody_knows_and_boxes_are_not_started(tmp_path: Path) -> None:
    """5.6, 5.8: unknown is FailReason 1; a charge box cannot be started by its server (EVCHONG V1.2)."""
    with story(tmp_path) as city:
        city.authorize()
        asked = city.lab.city.next_number()
        assert city.start(asked, "SOCKET-0")["FailReason"] == 1
        assert city.start(asked, "SOCKET-1")["FailReason"] == 2  # it never spoke
        box = city.box()
        assert city.start(asked, "SOCKET-1")["FailReason"] == 5
        box.show("Occupied")
        assert city.start(asked, "SOCKET-1")["FailReason"] == 6
        auth = [
            city.told("query_equip_auth", EquipAuthSeq=asked, ConnectorID=connector)["FailReason"]
            for connector in ("SOCKET-0", "SOCKET-1", "SOCKET-2", "SOCKET-7")
        ]
        assert auth == [2, 0, 1, 2]
        box.charging("VALID")
        assert city.start(asked, "SOCKET-1")["FailReason"] == 4


def test_a_start_that_fails_is_told(tmp_path: Path) -> None:
    """5.9: StartChargeSeqStat 4, no status, no order; the connector can be started again."""
    with story(tmp_path) as city:
        charger = city.charger()
        charger.fail_next_start()
        seq = city.started()
        city.lab.pass_time(60)
        assert [(push.at_s, push.content["StartChargeSeqStat"]) for push in city.pushes(START_RESULT)] == [(3, 4)]
        assert city.pushes(CHARGE) == city.pushes(ORDER) == city.pushes(STOP_RESULT) == []
        assert city.status(seq)["StartChargeSeqStat"] == 4
        again = city.started()
        city.lab.pass_time(10)
        assert city.status(again)["StartChargeSeqStat"] == 2


def test_a_start_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """5.9: its result is due within 50 s of the command; the charger is told that it is off."""
    with story(tmp_path) as city:
        charger = city.charger()
        charger.slow_start(300)
        city.started()
        city.lab.pass_time(400)
        assert [(push.at_s, push.content["StartChargeSeqStat"]) for push in city.pushes(START_RESULT)] == [(45, 4)]
        assert not charger.state()["charging"]


def test_a_start_that_came_about_too_late_is_stopped_and_billed(tmp_path: Path) -> None:
    """1.1.13: what flowed has an order, though the platform was told that it would not flow."""
    with story(tmp_path) as city:
        charger = city.charger()
        charger.slow_start(20)
        seq = city.started()
        city.lab.pass_time(1)
        charger.offline()
        city.lab.pass_time(200)
        assert [push.content["StartChargeSeqStat"] for push in city.pushes(START_RESULT)] == [4]
        charger.online()
        city.lab.pass_time(10)
        assert not charger.state()["charging"]
        (order,) = (push.content for push in city.pushes(ORDER))
        assert (order["StartChargeSeq"], order["StartTime"]) == (seq, "2026-10-01 10:00:20")
        assert order["TotalPower"] > 0
        assert city.pushes(CHARGE) == []


def _by_user(city: Story, charger: Charger, seq: str) -> None:
    charger.user_stop()


def _by_platform(city: Story, charger: Charger, seq: str) -> None:
    city.stop(seq)


def _full(city: Story, charger: Charger, seq: str) -> None:
    charger.fill_up()


def _fault(city: Story, charger: Charger, seq: str) -> None:
    charger.fault()


def _unplugged(city: Story, charger: Charger, seq: str) -> None:
    charger.unplug()


@pytest.mark.parametrize(
    ("ending", "reason", "status"),
    [(_by_user, 0, 2), (_by_platform, 1, 2), (_full, 2, 2), (_fault, 3, 255), (_unplugged, 4, 1)],
)
def test_however_it_ended_it_is_told_at_once(tmp_path: Path, ending: Ending, reason: int, status: int) -> None:
    """1.1.12, 4.3: a stop result, and an order that says why."""
    with story(tmp_path) as city:
        charger, seq = city.charger(), city.started()
        city.lab.pass_time(60)
        ending(city, charger, seq)
        city.lab.pass_time(10)
        ended_s = 62 if ending is _by_platform else 60
        assert [push.at_s for push in city.pushes(STOP_RESULT)] == [ended_s]
        assert [push.content["StopReason"] for push in city.pushes(ORDER)] == [reason]
        assert city.statuses(charger.id)[-1][1] == status
        told = city.stop(seq)
        assert (told["StartChargeSeqStat"], told["SuccStat"], told["FailReason"]) == (4, 1, 3)


def test_what_cannot_be_stopped_is_refused_with_its_reason(tmp_path: Path) -> None:
    """5.12: 4 for an order that nobody knows (Stat 5), 1 for another connector, 2 offline, from 4 on custom."""
    with story(tmp_path) as city:
        charger, seq = city.charger(), city.started()
        city.lab.pass_time(10)
        unknown = city.lab.city.next_number()
        assert city.stop(unknown) == {
            "StartChargeSeq": unknown,
            "StartChargeSeqStat": 5,
            "SuccStat": 1,
            "FailReason": 4,
        }
        assert city.stop(seq, "SOCKET-7")["FailReason"] == 1
        charger.offline()
        assert (city.stop(seq)["FailReason"], city.stop(seq)["StartChargeSeqStat"]) == (2, 2)
        city.box().charging("VALID")
        city.lab.pass_time(1)
        cards = city.pushes(CHARGE)[-1].content["StartChargeSeq"]
        assert city.stop(cards, "SOCKET-1")["FailReason"] == 5


def test_a_stop_before_it_began_is_a_failed_start(tmp_path: Path) -> None:
    """5.9, 5.12: the charger never started, and that is what is told."""
    with story(tmp_path) as city:
        city.charger()
        seq = city.started()
        told = city.stop(seq)
        assert (told["StartChargeSeqStat"], told["SuccStat"]) == (3, 0)
        city.lab.pass_time(60)
        assert [push.content["StartChargeSeqStat"] for push in city.pushes(START_RESULT)] == [4]
        assert city.pushes(STOP_RESULT) == city.pushes(ORDER) == []


@pytest.mark.parametrize("name", [START_RESULT, STOP_RESULT])
def test_a_result_that_was_not_taken_is_pushed_again_each_minute(tmp_path: Path, name: str) -> None:
    """cec102 1.6: about a minute apart, more than three times; the other messages do not wait for it."""
    with story(tmp_path) as city:
        city.refuse(name, "ret 500", times=4)
        city.charger()
        seq = city.started()
        city.lab.pass_time(100)
        city.stop(seq)
        city.lab.pass_time(400)
        pushes = city.pushes(name)
        first_s = pushes[0].at_s
        assert [push.at_s - first_s for push in pushes] == [0, 60, 120, 180, 240]
        assert [push.ret for push in pushes] == [500] * 4 + [0]
        assert [push.at_s for push in city.pushes(CHARGE)] == [3, 53]
        assert [push.at_s for push in city.pushes(ORDER)] == [102]


def test_an_order_that_was_not_taken_climbs_the_ladder(tmp_path: Path) -> None:
    """1.1.13: the same gaps as for the bonus, each order by itself."""
    with story(tmp_path) as city:
        city.refuse(ORDER, "ret -1", times=2)
        city.charger()
        seq = city.started()
        city.lab.pass_time(28)
        city.stop(seq)
        city.lab.pass_time(600)
        assert [push.at_s for push in city.pushes(ORDER)] == [30, 180, 480]
        assert [push.at_s for push in city.pushes(BONUS)] == [30]


def test_a_charge_of_the_app_is_pushed_as_one_that_the_platform_did_not_start(tmp_path: Path) -> None:
    """2.2.1, cec102 6: status and bonus order with ChargeModel 3 under a number of the operator's own, no results."""
    with story(tmp_path) as city:
        city.charger()
        seq = city.app("POST", json={"connectorId": "SOCKET-9", "user": "李四"})["chargeId"]
        assert seq.startswith(OPERATOR)
        city.lab.pass_time(60)
        (running,) = city.app("GET")["charges"]
        assert (running["chargeId"], running["state"], running["startMethod"]) == (seq, "charging", 3)
        assert city.stop(seq)["FailReason"] == 5  # the platform has no say in it
        assert city.app("DELETE", params={"chargeId": seq}) == {"chargeId": seq}
        city.lab.pass_time(10)
        assert {_said(push.content) for push in city.pushes(CHARGE)} == {(2, 3, 3)}
        (order,) = (push.content for push in city.pushes(BONUS))
        assert (order["StartChargeSeq"], order["UserName"], order["StopReason"]) == (seq, "李四", 0)
        assert city.pushes(START_RESULT) == city.pushes(STOP_RESULT) == city.pushes(ORDER) == []
        (over,) = city.app("GET")["charges"]
        assert (over["state"], over["totalFen"]) == ("finished", round(order["TotalMoney"] * 100))


def test_a_charge_that_somebody_starts_at_the_charger_is_told_too(tmp_path: Path) -> None:
    """2.2.1: of whatever start method."""
    with story(tmp_path) as city:
        charger = city.charger()
        charger.user_start()
        city.lab.pass_time(60)
        charger.user_stop()
        city.lab.pass_time(1)
        assert [_said(push.content) for push in city.pushes(CHARGE)] == [(2, 3, 3)] * 2
        assert len(city.pushes(BONUS)) == 1


def test_every_order_is_owed_in_one_reading(tmp_path: Path) -> None:
    """BJ-X17."""
    with story(tmp_path, readings={"BJ-X17": "every"}) as city:
        city.box().charge("VALID", seconds=20)
        city.lab.pass_time(1)
        assert [push.content["StopReason"] for push in city.pushes(ORDER)] == [0]


def test_the_link_takes_no_nonsense(tmp_path: Path) -> None:
    """What no charger would say is refused, what a newer one may say is passed over."""
    with story(tmp_path) as city:
        city.charger()
        link = f"{city.server.base_url}/private/chargers"
        with httpx.Client(verify=False, trust_env=False) as http:
            said = [
                http.post(link, content=body).status_code
                for body in (
                    b"[]",
                    b'{"charger":"SOCKET-0","event":"plugged","at_ms":0}',
                    b'{"charger":"SOCKET-9","event":"sang","at_ms":0}',
                    b'{"charger":"SOCKET-9","event":"stopped","at_ms":0}',
                    b'{"charger":"SOCKET-9","event":"started","order":"nobody\'s","at_ms":0}',
                    b'{"charger":"SOCKET-9","event":"start-failed","order":"nobody\'s","at_ms":0}',
                )
            ]
        assert said == [400, 404, 204, 204, 204, 204]
        city.lab.pass_time(1)
        assert [status for _, status in city.statuses("SOCKET-9")] == [1, 2]
