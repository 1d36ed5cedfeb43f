"""What the reference tells of its stations: master data, states, statistics, prices (seed 1.1.1 to 1.1.6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from simulators.beijing.content import violations
from simulators.beijing.invalid import Group, invalid_contents
from simulators.beijing.messages import Interface
from simulators.beijing.opened import Kind
from simulators.lab.lab import START_MS
from simulators.lab.setting import CitySetting
from simulators.reference.server import ReferenceServer
from simulators.world.city import Socket
from simulators.world.site import Station, Tariff, TariffPeriod
from tests.unit.city_lab import BONUS, CONTRACT, SITE, Story, story
from tests.unit.reference_calls import setting

SEQ = "MA0CITY01202610011000000001"


def many_stations(count: int) -> CitySetting:
    sockets = tuple(Socket(id=f"SOCKET-{n}", equipment=f"PILE-{n}", station=f"PLACE-{n}") for n in range(count))
    return CitySetting(contract=replace(CONTRACT, sockets=sockets))


def pages(city: Story, **asked: Any) -> tuple[int, int, int, list[str]]:
    told = city.told("query_stations_info", **asked)
    return told["PageNo"], told["PageCount"], told["ItemSize"], [each["StationID"] for each in told["StationInfos"]]


def test_every_station_is_told_with_all_its_equipment(tmp_path: Path) -> None:
    """5.2: stations, their equipment, their connectors, each once and by the identifiers that all messages use."""
    with story(tmp_path) as city:
        city.authorize()
        told = city.told("query_stations_info")["StationInfos"]
        tree = {
            station["StationID"]: {
                equipment["EquipmentID"]: [connector["ConnectorID"] for connector in equipment["ConnectorInfos"]]
                for equipment in station["EquipmentInfos"]
            }
            for station in told
        }
        assert tree == {
            "PLACE-1": {"PILE-1": ["SOCKET-1", "SOCKET-2"]},
            "PLACE-2": {"PILE-2": ["SOCKET-7"], "PILE-3": ["SOCKET-9"]},
        }
        assert [(station["ParkNums"], station["EquipmentInfos"][0]["Power"]) for station in told] == [(2, 14), (2, 7)]


def test_a_dc_charger_is_described_as_one(tmp_path: Path) -> None:
    """4.3, EquipmentType and ConnectorType."""
    server = ReferenceServer(setting(tmp_path, city=CONTRACT))
    plug = server.connector_info(Socket(id="D", equipment="E", station="S", power_w=60_000))
    assert (plug["ConnectorType"], plug["VoltageUpperLimits"], plug["Current"], plug["Power"]) == (4, 750, 150, 60)
    plug = server.connector_info(Socket(id="A", equipment="E", station="S", power_w=7040))
    assert (plug["ConnectorType"], plug["VoltageUpperLimits"], plug["Current"], plug["Power"]) == (3, 220, 32, 7)


def test_pages_are_counted_right_for_any_size(tmp_path: Path) -> None:
    """5.2: ten a page unless asked, a hundred at most, and nothing on a page beyond the last."""
    with story(tmp_path, city=many_stations(203)) as city:
        city.authorize()
        ids = [f"PLACE-{n}" for n in range(203)]
        assert pages(city) == (1, 21, 203, ids[:10])
        assert pages(city, PageNo=21) == (21, 21, 203, ids[200:])
        assert pages(city, PageNo=22) == (22, 21, 203, [])
        assert pages(city, PageNo=3, PageSize=7) == (3, 29, 203, ids[14:21])
        assert pages(city, PageSize=1000) == (1, 3, 203, ids[:100])
        assert pages(city, PageNo=3, PageSize=1000) == (3, 3, 203, ids[200:])
        assert pages(city, PageNo=1.0, PageSize=2.0) == (1, 102, 203, ids[:2])  # JSON knows one kind of number


def test_only_what_changed_since_is_told(tmp_path: Path) -> None:
    """5.2, LastQueryTime: also as the published sample has it, without zeros (V4); empty is everything."""
    with story(tmp_path) as city:
        city.authorize()
        everything = ["PLACE-1", "PLACE-2"]
        for since in ("", None, "2016-1-2 12:12:12", "2026-10-01 10:00:00"):
            assert pages(city, LastQueryTime=since) == (1, 1, 2, everything)
        assert pages(city, LastQueryTime="2026-10-01 10:00:01") == (1, 0, 0, [])
        city.lab.pass_time(3600)
        with httpx.Client(verify=False, trust_env=False) as http:
            http.patch(f"{city.server.base_url}/app/v1/stations", json={"stationId": "PLACE-2", "name": "东站"})
        told = city.told("query_stations_info", LastQueryTime="2026-10-01 10:30:00")
        assert (told["ItemSize"], told["StationInfos"][0]["StationName"]) == (1, "东站")
        assert city.ask("query_stations_info", LastQueryTime="yesterday")["ret"] == 4004


def test_stations_bear_their_names(tmp_path: Path) -> None:
    """5.2: as the operator's file has them."""
    site = replace(SITE, stations=[Station(id="PLACE-1", name="望京停车场充电站")])
    with story(tmp_path) as city:
        server = ReferenceServer(setting(tmp_path, site=site, city=CONTRACT))
        server.open_stations()
        names = [server.station_info(station)["StationName"] for station in server.city.stations.values()]
        assert names == ["望京停车场充电站", "PLACE-2"]
        city.lab.pass_time(1)


def test_states_asked_for_are_the_states_pushed(tmp_path: Path) -> None:
    """1.1.3, 5.4: of the stations that there are, each once; the others are left out."""
    with story(tmp_path) as city:
        city.charger()
        city.box().charging("VALID")
        city.lab.pass_time(1)
        asked = ["PLACE-2", "PLACE-0", "PLACE-1", "PLACE-2"]
        told = city.told("query_station_status", StationIDs=asked)
        assert (told["Total"], [each["StationID"] for each in told["StationStatusInfos"]]) == (
            2,
            ["PLACE-2", "PLACE-1"],
        )
        states = {
            info["ConnectorID"]: info["Status"]
            for each in told["StationStatusInfos"]
            for info in each["ConnectorStatusInfos"]
        }
        assert states == {"SOCKET-1": 3, "SOCKET-2": 1, "SOCKET-7": 0, "SOCKET-9": 2}
        assert states == {socket: city.statuses(socket)[-1][1] for socket in states}


def test_a_charger_that_nobody_can_reach_is_offline(tmp_path: Path) -> None:
    """5.4: a connector that the platform knows is told of, whatever there is behind it."""
    with story(tmp_path, city=CitySetting(contract=CONTRACT, chargers=None)) as city:
        city.authorize()
        (told,) = city.told("query_station_status", StationIDs=["PLACE-2"])["StationStatusInfos"]
        assert [info["Status"] for info in told["ConnectorStatusInfos"]] == [0, 0]


@pytest.mark.parametrize(("count", "ret"), [(0, 4004), (1, 0), (50, 0), (51, 4004)])
def test_one_to_fifty_stations_may_be_asked_for(tmp_path: Path, count: int, ret: int) -> None:
    """5.4."""
    with story(tmp_path) as city:
        city.authorize()
        assert city.ask("query_station_status", StationIDs=[f"PLACE-{n}" for n in range(count)])["ret"] == ret


def stats(city: Story, first: str, last: str, station: str = "PLACE-1") -> Any:
    return city.told("query_station_stats", StationID=station, StartTime=first, EndTime=last)["StationStats"]


def test_statistics_sum_exactly_and_to_the_orders(tmp_path: Path) -> None:
    """5.5: both days are within, by the day of the end; connectors are rounded, then added."""
    with story(tmp_path, clock_start_ms=START_MS + 13 * 3600 * 1000) as city:
        city.authorize()
        box = city.box(sockets=2)
        for connector, seconds in ((1, 700), (2, 400), (1, 333)):
            box.charge("VALID", seconds=seconds, connector=connector)
        city.lab.pass_time(3600)
        box.charge("VALID", seconds=500, connector=2)
        told = stats(city, "2026-10-01", "2026-10-01")
        assert (told["StationID"], told["StartTime"], told["EndTime"]) == ("PLACE-1", "2026-10-01", "2026-10-01")
        ((equipment),) = told["EquipmentStatsInfos"]
        first, second = (each["ConnectorElectricity"] for each in equipment["ConnectorStatsInfos"])
        assert round(10 * first) + round(10 * second) == round(10 * equipment["EquipmentElectricity"])
        assert equipment["EquipmentElectricity"] == told["StationElectricity"] > 0
        orders = sum(push.content["TotalPower"] for push in city.pushes(BONUS))  # of connector 1
        assert abs(orders - first) <= 0.05
        whole = stats(city, "2026-10-01", "2026-10-02")["StationElectricity"]
        assert whole > told["StationElectricity"]
        timed = {"StartTime": "2026-10-01 00:00:00", "EndTime": "2026-10-02 23:59:59"}  # BJ-X8
        told = city.ask("query_station_stats", StationID="PLACE-1", **timed)["content"]["StationStats"]
        assert told.items() >= {**timed, "StationElectricity": whole}.items()
        assert stats(city, "2026-09-24", "2026-09-30")["StationElectricity"] == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"StationID": "PLACE-0"},
        {"StartTime": "2026-10-02"},
        {"StartTime": "2026-10-32"},
        {"StartTime": "20261001"},
        {"EndTime": "2026-10-01 later"},
    ],
)
def test_statistics_of_nothing_are_4004(tmp_path: Path, asked: dict[str, str]) -> None:
    """1.5: an unknown station, as there is no SuccStat in the answer; days that are none, or the wrong way round."""
    with story(tmp_path) as city:
        city.authorize()
        good = {"StationID": "PLACE-1", "StartTime": "2026-10-01", "EndTime": "2026-10-01"}
        assert city.ask("query_station_stats", **good | asked)["ret"] == 4004


def test_the_policy_is_what_orders_are_billed_by(tmp_path: Path) -> None:
    """5.7: from midnight on, ascending; FailReason 1 where there is none."""
    with story(tmp_path) as city:
        city.authorize()
        told = city.told("query_equip_business_policy", EquipBizSeq=SEQ, ConnectorID="SOCKET-1")
        assert told == {
            "EquipBizSeq": SEQ,
            "ConnectorID": "SOCKET-1",
            "SuccStat": 0,
            "FailReason": 0,
            "SumPeriod": 2,
            "PolicyInfos": [
                {"StartTime": "000000", "ElecPrice": 0.695, "SevicePrice": 0.8},
                {"StartTime": "100500", "ElecPrice": 1.0, "SevicePrice": 0.8},
            ],
        }
        told = city.told("query_equip_business_policy", EquipBizSeq=SEQ, ConnectorID="SOCKET-0")
        assert (told["SuccStat"], told["FailReason"], told["SumPeriod"], told["PolicyInfos"]) == (1, 1, 0, [])


def test_a_tariff_that_begins_late_holds_from_midnight_all_the_same(tmp_path: Path) -> None:
    """5.7: the last period of a day lasts into the next."""
    late = Tariff(
        periods=[
            TariffPeriod(start="22:00", electricity_price_e4=3000, service_price_e4=0),
            TariffPeriod(start="06:30", electricity_price_e4=9000, service_price_e4=0),
        ]
    )
    server = ReferenceServer(setting(tmp_path, site=replace(SITE, tariffs=[late]), city=CONTRACT))
    told = [(info["StartTime"], info["ElecPrice"]) for info in server.policy("SOCKET-9")]
    assert told == [("000000", 0.3), ("063000", 0.9), ("220000", 0.3)]


UNKNOWN = [
    ("query_equip_auth", {"EquipAuthSeq": SEQ, "ConnectorID": "NOWHERE"}),
    ("query_equip_business_policy", {"EquipBizSeq": SEQ, "ConnectorID": "NOWHERE"}),
    ("query_start_charge", {"StartChargeSeq": SEQ, "ConnectorID": "NOWHERE"}),
    ("query_stop_charge", {"StartChargeSeq": SEQ, "ConnectorID": "SOCKET-1"}),
]


@pytest.mark.parametrize(
    ("reading", "rets"),
    [("succ-stat", [0, 0, 0, 0]), ("4004", [4004, 4004, 4004, 4004]), ("policy-4004", [0, 4004, 0, 0])],
)
def test_an_id_that_names_nothing_is_read_as_chosen(tmp_path: Path, reading: str, rets: list[int]) -> None:
    """BJ-X14: SuccStat 1 where the answer has it, or 4004, or that of policies alone."""
    with story(tmp_path, readings={"BJ-X14": reading}) as city:
        city.authorize()
        assert [city.ask(name, **asked)["ret"] for name, asked in UNKNOWN] == rets


VALID: dict[str, dict[str, Any]] = {
    **{name: dict(asked) for name, asked in UNKNOWN},
    "query_stations_info": {"LastQueryTime": "2026-10-01 10:00:00", "PageNo": 1, "PageSize": 10},
    "query_station_status": {"StationIDs": ["PLACE-1"]},
    "query_station_stats": {"StationID": "PLACE-1", "StartTime": "2026-10-01", "EndTime": "2026-10-01"},
    "query_equip_charge_status": {"StartChargeSeq": SEQ},
}


@pytest.mark.parametrize("name", sorted(VALID))
def test_every_parameter_that_breaks_its_table_is_4004(tmp_path: Path, name: str) -> None:
    """1.5, CEC-ENV-g: missing, of a wrong type, too long, outside what it may be; in each field of each query."""
    interface = Interface(name)
    with story(tmp_path) as city:
        city.authorize()
        broken = invalid_contents(interface, Kind.REQUEST, VALID[name])
        assert {each.group for each in broken} & {Group.MISSING, Group.MALFORMED}
        rets = {each.case: city.ask(name, **each.content)["ret"] for each in broken}
        assert rets == dict.fromkeys(rets, 4004)
        assert violations(interface, Kind.REQUEST, VALID[name]) == ()
