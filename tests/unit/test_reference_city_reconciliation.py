"""The reference pushes each night what the platform started the day before (seed 1.1.15; cec102 5.16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.beijing.content import violations
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.lab.lab import START_MS
from tests.unit.city_lab import BONUS, CHECK, OPERATOR, ORDER, Story, story

HOUR_S = 3600
TO_MIDNIGHT_S = 14 * HOUR_S  # the stories begin at 10:00


def charge(city: Story, seconds: float) -> str:
    """A whole charge of the platform's; gives its number."""
    seq = city.started()
    city.lab.pass_time(seconds)
    city.stop(seq)
    city.lab.pass_time(10)
    return seq


def test_the_day_before_is_pushed_with_exact_sums(tmp_path: Path) -> None:
    """1.1.15: between 0 and 3 o'clock, what the platform started and nothing else, by the time of its end."""
    with story(tmp_path) as city:
        city.charger()
        seqs = [charge(city, seconds) for seconds in (100, 500)]
        box = city.box()
        box.charge("VALID", seconds=60)
        box.power_off()
        city.lab.pass_time(TO_MIDNIGHT_S + 3 * HOUR_S)
        (check,) = city.pushes(CHECK)
        assert 300 <= check.at_s - TO_MIDNIGHT_S <= 2.5 * HOUR_S
        orders = {push.content["StartChargeSeq"]: push.content for push in city.pushes(ORDER)}
        assert check.content["ChargeOrders"] == [
            {name: orders[seq][name] for name in ("StartChargeSeq", "TotalPower", "TotalMoney")} for seq in seqs
        ]
        assert check.content["OrderCount"] == 2
        assert check.content["TotalOrderPower"] == round(sum(order["TotalPower"] for order in orders.values()), 2)
        assert check.content["TotalOrderMoney"] == round(sum(order["TotalMoney"] for order in orders.values()), 2)
        assert (check.content["StartTime"], check.content["EndTime"]) == ("2026-10-01 00:00:00", "2026-10-01 23:59:59")
        assert check.content["CheckOrderSeq"] == f"{OPERATOR}202610012359590001"
        assert violations(Interface(CHECK), Kind.REQUEST, check.content) == ()


def test_every_night_has_one_also_without_orders(tmp_path: Path) -> None:
    """1.1.15, 5.16: an empty list with zero sums, so that none can be told from missing; at moments that differ."""
    with story(tmp_path) as city:
        city.lab.pass_time(5 * 24 * HOUR_S)
        checks = city.pushes(CHECK)
        assert [check.content["StartTime"][:10] for check in checks] == [f"2026-10-0{day}" for day in range(1, 6)]
        assert {(check.content["OrderCount"], check.content["TotalOrderPower"]) for check in checks} == {(0, 0)}
        assert len({(check.at_s - TO_MIDNIGHT_S) % (24 * HOUR_S) for check in checks}) == 5


@pytest.mark.parametrize("how", ["ret 500", "http 503", "cut"])
def test_a_night_that_was_not_taken_is_pushed_again(tmp_path: Path, how: str) -> None:
    """1.1.15: until it is taken, and always the same."""
    with story(tmp_path) as city:
        city.refuse(CHECK, how, times=3)
        city.lab.pass_time(TO_MIDNIGHT_S + 3 * HOUR_S)
        checks = city.pushes(CHECK)
        assert [check.at_s - checks[0].at_s for check in checks] == [0, 60, 120, 180]
        assert [check.content for check in checks] == [checks[0].content] * 4


def test_a_charge_over_midnight_belongs_to_the_day_of_its_end(tmp_path: Path) -> None:
    """BJ-X7: the order exists only then."""
    with story(tmp_path) as city:
        city.charger()
        city.lab.pass_time(TO_MIDNIGHT_S - 60)
        city.authorize()
        seq = charge(city, 90)
        city.lab.pass_time(30 * HOUR_S)
        told = [[order["StartChargeSeq"] for order in check.content["ChargeOrders"]] for check in city.pushes(CHECK)]
        assert told == [[], [seq]]


def test_a_server_that_starts_in_the_night_owes_only_what_is_to_come(tmp_path: Path) -> None:
    """1.1.15: what was before it, nobody can expect of it."""
    at_one_ms = START_MS + (TO_MIDNIGHT_S + HOUR_S) * 1000
    with story(tmp_path, clock_start_ms=at_one_ms) as city:
        server = city.server
        yesterday = server.local_day(at_one_ms) - 1
        ahead = server.moment_of_check_ms(yesterday) > at_one_ms
        city.lab.pass_time(2 * HOUR_S)
        assert len(city.pushes(CHECK)) == int(ahead)


def test_nothing_is_lost_over_a_restart(tmp_path: Path) -> None:
    """1.1.13 to 1.1.15: orders go on up their ladders where they stood, and the night knows the whole day."""
    with story(tmp_path) as city:
        for name in (ORDER, BONUS):
            city.refuse(name, "ret 500", times=3)
        city.charger()
        seq = charge(city, 58)
        city.lab.pass_time(200)
        city.lab.restart_server()
        city.lab.pass_time(800)
        for name in (ORDER, BONUS):
            pushes = city.pushes(name)
            assert [push.at_s for push in pushes] == [60, 210, 510, 960]
            assert [push.content for push in pushes] == [pushes[0].content] * 4
            assert [push.ret for push in pushes] == [500, 500, 500, 0]
        city.lab.restart_server()
        assert city.status(seq)["StartChargeSeqStat"] == 4
        later = charge(city, 20)
        assert later != seq
        city.lab.pass_time(TO_MIDNIGHT_S)
        city.lab.restart_server()
        city.lab.pass_time(3 * HOUR_S)
        assert len(city.pushes(ORDER)) == 5
        (check,) = city.pushes(CHECK)
        assert [order["StartChargeSeq"] for order in check.content["ChargeOrders"]] == [seq, later]


def test_charges_go_on_over_a_restart(tmp_path: Path) -> None:
    """2.1: chargers, charge boxes and the platform's tokens are known again; nothing is told that is not so."""
    with story(tmp_path) as city:
        city.charger()
        box = city.box()
        box.charging("VALID")
        seq = city.started()
        city.lab.pass_time(70)
        before = {socket: city.statuses(socket)[-1][1] for socket in ("SOCKET-1", "SOCKET-9")}
        city.lab.restart_server()
        city.lab.pass_time(70)
        after = {socket: {status for at_s, status in city.statuses(socket) if at_s >= 70} for socket in before}
        assert after == {socket: {status} for socket, status in before.items()}
        assert city.status(seq)["StartChargeSeqStat"] == 2
        city.stop(seq)
        box.swipe("VALID")
        city.lab.pass_time(10)
        orders = city.pushes(BONUS)
        assert sorted(order.content["ChargeModel"] for order in orders) == [1, 2]
        assert len({order.content["StartChargeSeq"] for order in orders}) == 2
        assert len(city.pushes("query_token")) == 1


def test_a_start_that_was_under_way_is_waited_for_after_a_restart(tmp_path: Path) -> None:
    """5.9: a result comes in any case."""
    with story(tmp_path) as city:
        charger = city.charger()
        charger.slow_start(20)
        city.started()
        city.lab.pass_time(10)
        city.lab.restart_server()
        city.lab.pass_time(60)
        pushes = city.pushes("notification_start_charge_result")
        assert [(push.at_s, push.content["StartChargeSeqStat"]) for push in pushes] == [(20, 2)]
