"""One full and one minimal content of each Beijing message, made up; and that they are what they are said to be.

The full one has every field of the tables, the minimal one the mandatory ones only.
"""

from __future__ import annotations

import pytest

from schemas.catalogue import explain, validator
from simulators.beijing.content import is_valid, values_at, violations
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.beijing.shape import LIST, message_fields, schema_name

OPERATOR, PLATFORM = "MA01BJ7K2", "MA00CITY9"
STATION, EQUIPMENT, CONNECTOR = "110108007", "11010800700000000000302", "11010800700000000000302001"
ORDER, OWN_ORDER = f"{PLATFORM}250318091500000042", f"{OPERATOR}250318120000000007"
AUTH_SEQ, BIZ_SEQ = f"{PLATFORM}250318091458000003", f"{PLATFORM}250318091459000004"
CHECK_SEQ = f"{OPERATOR}250319011500000001"

CONNECTOR_INFO: Content = {
    "ConnectorID": CONNECTOR,
    "ConnectorType": 4,
    "VoltageUpperLimits": 750,
    "VoltageLowerLimits": 200,
    "Current": 250,
    "Power": 120.5,
    "NationalStandard": 2,
}
EQUIPMENT_INFO: Content = {
    "EquipmentID": EQUIPMENT,
    "EquipmentType": 1,
    "ConnectorInfos": [CONNECTOR_INFO],
    "Power": 120.5,
}
STATION_INFO: Content = {
    "StationID": STATION,
    "OperatorID": OPERATOR,
    "EquipmentOwnerID": OPERATOR,
    "StationName": "海淀区知春里地铁站充电站",
    "CountryCode": "CN",
    "AreaCode": "110108",
    "Address": "北京市海淀区知春里甲28号",
    "ServiceTel": "4008001122",
    "StationType": 1,
    "StationStatus": 50,
    "ParkNums": 24,
    "StationLng": 116.327854,
    "StationLat": 39.976271,
    "Construction": 9,
    "EquipmentInfos": [EQUIPMENT_INFO],
}
FULL_STATION_INFO: Content = STATION_INFO | {
    "StationTel": "010-62620000",
    "SiteGuide": "从知春路入口进入，下到地下二层东侧",
    "Pictures": ["https://pictures.example/zhichunli/1.jpg"],
    "MatchCars": "符合2015国标的乘用车",
    "ParkInfo": "B2层，24个车位",
    "BusineHours": "00:00-24:00",
    "ElectricityFee": "峰1.0044元/度，平0.6950元/度，谷0.3946元/度",
    "ServiceFee": "0.8元/度",
    "ParkFee": "充电两小时内免费",
    "Payment": "刷卡、线上",
    "SupportOrder": 0,
    "Remark": "",
    "EquipmentInfos": [
        EQUIPMENT_INFO
        | {
            "ManufacturerID": "MA02ZHUA8",
            "ManufacturerName": "京西电气",
            "EquipmentModel": "JX-DC120",
            "ProductionDate": "2019-05-20",
            "EquipmentLng": 116.32786,
            "EquipmentLat": 39.97627,
            "EquipmentName": "三号桩",
            "ConnectorInfos": [CONNECTOR_INFO | {"ConnectorName": "甲枪", "ParkNo": "B2-017"}],
        }
    ],
}

STATE: Content = {"ConnectorID": CONNECTOR, "Status": 3}
FULL_STATE: Content = STATE | {"ParkStatus": 50, "LockStatus": 10}

PERIOD: Content = {"StartTime": "2025-03-10", "EndTime": "2025-03-16"}
STATION_STATS: Content = {
    "StationID": STATION,
    **PERIOD,
    "StationElectricity": 1523.4,
    "EquipmentStatsInfos": [
        {
            "EquipmentID": EQUIPMENT,
            "EquipmentElectricity": 1523.4,
            "ConnectorStatsInfos": [{"ConnectorID": CONNECTOR}],
        }
    ],
}
FULL_STATION_STATS: Content = STATION_STATS | {
    "EquipmentStatsInfos": [
        {
            "EquipmentID": EQUIPMENT,
            "EquipmentElectricity": 1523.4,
            "ConnectorStatsInfos": [{"ConnectorID": CONNECTOR, "ConnectorElectricity": 1523.4}],
        }
    ]
}

DETAIL: Content = {
    "DetailStartTime": "2025-03-18 09:15:12",
    "DetailEndTime": "2025-03-18 09:31:02",
    "DetailPower": 8.52,
}
FULL_DETAIL: Content = DETAIL | {
    "ElecPrice": 0.695,
    "SevicePrice": 0.8,
    "DetailElecMoney": 5.92,
    "DetailSeviceMoney": 6.82,
}
DETAILS: Content = {"SumPeriod": 1, "ChargeDetails": [FULL_DETAIL]}

CHARGE_STATUS: Content = {
    "StartChargeSeq": ORDER,
    "StartChargeSeqStat": 2,
    "ConnectorID": CONNECTOR,
    "ConnectorStatus": 3,
    "CurrentA": 85.5,
    "VoltageA": 392.1,
    "Soc": 46,
    "StartTime": "2025-03-18 09:15:12",
    "EndTime": "2025-03-18 09:31:02",
    "TotalPower": 8.52,
    "ChargeModel": 1,
}
FULL_CHARGE_STATUS: Content = (
    CHARGE_STATUS
    | {"CurrentB": 0, "CurrentC": 0, "VoltageB": 0, "VoltageC": 0.0, "Soc": 46.5}
    | {"ElecMoney": 5.92, "SeviceMoney": 6.82, "TotalMoney": 12.74}
    | DETAILS
)

ORDER_INFO: Content = {
    "StartChargeSeq": ORDER,
    "ConnectorID": CONNECTOR,
    "StartTime": "2025-03-18 09:15:12",
    "EndTime": "2025-03-18 09:50:40",
    "TotalPower": 21.3,
    "TotalElecMoney": 14.8,
    "TotalSeviceMoney": 17.04,
    "TotalMoney": 31.84,
    "StopReason": 0,
}
BONUS_ORDER: Content = {
    "StartChargeSeq": OWN_ORDER,
    "ConnectorID": CONNECTOR,
    "StartTime": "2025-03-18 12:00:08",
    "EndTime": "2025-03-18 12:45:20",
    "ChargeModel": 3,
    "TotalPower": 31.26,
    "TotalMoney": 46.74,
    "UserName": "张伟",
    "StationID": STATION,
    "EquipmentID": EQUIPMENT,
    "ConnectorPower": 120.5,
    "ChargeLast": 2712,
    "MeterValueStart": 10523.4,
    "MeterValueEnd": 10554.66,
    "StopReason": 2,
}
CHECKED_PERIOD: Content = {"StartTime": "2025-03-18 00:00:00", "EndTime": "2025-03-18 23:59:59"}
CHECKED_ORDER: Content = {"StartChargeSeq": ORDER, "TotalPower": 21.3, "TotalMoney": 31.84}

TOKEN_REQUEST: Content = {"OperatorID": PLATFORM, "OperatorSecret": "0A1B2C3D4E5F6071"}
TOKEN_ANSWER: Content = {
    "OperatorID": PLATFORM,
    "SuccStat": 0,
    "AccessToken": "B3F0C2D49E7A4C55A1D60E2F8B7713C09D42E6AA",
    "TokenAvailableTime": 7200,
    "FailReason": 0,
}
AUTH_REQUEST: Content = {"EquipAuthSeq": AUTH_SEQ, "ConnectorID": CONNECTOR}
BIZ_REQUEST: Content = {"EquipBizSeq": BIZ_SEQ, "ConnectorID": CONNECTOR}
ORDER_REQUEST: Content = {"StartChargeSeq": ORDER, "ConnectorID": CONNECTOR}
START_RESULT: Content = ORDER_REQUEST | {"StartChargeSeqStat": 2, "StartTime": "2025-03-18 09:15:12"}
RECEPTION: Content = {"StartChargeSeq": ORDER, "SuccStat": 0, "FailReason": 0}

FULL: dict[Interface, tuple[Content, Content]] = {
    Interface.QUERY_TOKEN: (TOKEN_REQUEST, TOKEN_ANSWER),
    Interface.QUERY_STATIONS_INFO: (
        {"LastQueryTime": "2025-03-17 00:00:00", "PageNo": 1, "PageSize": 10},
        {"PageNo": 1, "PageCount": 1, "ItemSize": 1, "StationInfos": [FULL_STATION_INFO]},
    ),
    Interface.NOTIFICATION_STATION_STATUS: ({"ConnectorStatusInfo": FULL_STATE}, {"Status": 0}),
    Interface.QUERY_STATION_STATUS: (
        {"StationIDs": [STATION, "110105002"]},
        {"Total": 1, "StationStatusInfos": [{"StationID": STATION, "ConnectorStatusInfos": [FULL_STATE]}]},
    ),
    Interface.QUERY_STATION_STATS: ({"StationID": STATION, **PERIOD}, {"StationStats": FULL_STATION_STATS}),
    Interface.QUERY_EQUIP_AUTH: (AUTH_REQUEST, AUTH_REQUEST | {"SuccStat": 0, "FailReason": 0}),
    Interface.QUERY_EQUIP_BUSINESS_POLICY: (
        BIZ_REQUEST,
        BIZ_REQUEST
        | {"SuccStat": 0, "FailReason": 0, "SumPeriod": 2}
        | {
            "PolicyInfos": [
                {"StartTime": "000000", "ElecPrice": 0.3946, "SevicePrice": 0.8},
                {"StartTime": "070000", "ElecPrice": 0.695, "SevicePrice": 0.8},
            ]
        },
    ),
    Interface.QUERY_START_CHARGE: (
        ORDER_REQUEST | {"QRCode": "hlht://11010800700000000000302001.MA01BJ7K2/"},
        ORDER_REQUEST | {"StartChargeSeqStat": 1, "SuccStat": 0, "FailReason": 0},
    ),
    Interface.NOTIFICATION_START_CHARGE_RESULT: (
        START_RESULT | {"IdentCode": "4711", "ChargeModel": 1, "Vin": "LSVAA49J132047371"},
        RECEPTION,
    ),
    Interface.QUERY_EQUIP_CHARGE_STATUS: ({"StartChargeSeq": ORDER}, FULL_CHARGE_STATUS),
    Interface.NOTIFICATION_EQUIP_CHARGE_STATUS: (
        FULL_CHARGE_STATUS | {"StartChargeSeq": OWN_ORDER, "ChargeModel": 2},
        {"StartChargeSeq": OWN_ORDER, "SuccStat": 0},
    ),
    Interface.QUERY_STOP_CHARGE: (ORDER_REQUEST, RECEPTION | {"StartChargeSeqStat": 3}),
    Interface.NOTIFICATION_STOP_CHARGE_RESULT: (
        ORDER_REQUEST | {"StartChargeSeqStat": 4, "SuccStat": 0, "FailReason": 0},
        RECEPTION,
    ),
    Interface.NOTIFICATION_CHARGE_ORDER_INFO: (ORDER_INFO | DETAILS, ORDER_REQUEST | {"ConfirmResult": 0}),
    Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS: (
        BONUS_ORDER | {"TotalElecMoney": 21.73, "TotalSeviceMoney": 25.01} | DETAILS,
        {"StartChargeSeq": OWN_ORDER, "ConnectorID": CONNECTOR, "ConfirmResult": 0},
    ),
    Interface.CHECK_CHARGE_ORDERS: (
        {"CheckOrderSeq": CHECK_SEQ, **CHECKED_PERIOD}
        | {"OrderCount": 1, "TotalOrderPower": 21.3, "TotalOrderMoney": 31.84, "ChargeOrders": [CHECKED_ORDER]},
        {"CheckOrderSeq": CHECK_SEQ, **CHECKED_PERIOD}
        | {"TotalDisputeOrder": 1, "TotalDisputePower": 21.3, "TotalDisputeMoney": 31.84}
        | {"DisputeOrders": [CHECKED_ORDER | {"DisputeReason": 2}]},
    ),
}

MINIMAL: dict[Interface, tuple[Content, Content]] = {
    Interface.QUERY_TOKEN: (
        TOKEN_REQUEST,
        {"OperatorID": PLATFORM, "SuccStat": 1, "AccessToken": "", "TokenAvailableTime": 0, "FailReason": 2},
    ),
    Interface.QUERY_STATIONS_INFO: ({}, {"PageNo": 1, "PageCount": 1, "ItemSize": 1, "StationInfos": [STATION_INFO]}),
    Interface.NOTIFICATION_STATION_STATUS: ({"ConnectorStatusInfo": STATE}, {"Status": 1}),
    Interface.QUERY_STATION_STATUS: (
        {"StationIDs": [STATION]},
        {"Total": 1, "StationStatusInfos": [{"StationID": STATION, "ConnectorStatusInfos": [STATE]}]},
    ),
    Interface.QUERY_STATION_STATS: ({"StationID": STATION, **PERIOD}, {"StationStats": STATION_STATS}),
    Interface.QUERY_EQUIP_AUTH: (AUTH_REQUEST, AUTH_REQUEST | {"SuccStat": 1, "FailReason": 1}),
    Interface.QUERY_EQUIP_BUSINESS_POLICY: (
        BIZ_REQUEST,
        BIZ_REQUEST | {"SuccStat": 1, "FailReason": 1, "SumPeriod": 0, "PolicyInfos": []},
    ),
    Interface.QUERY_START_CHARGE: (
        ORDER_REQUEST,
        ORDER_REQUEST | {"StartChargeSeqStat": 4, "SuccStat": 1, "FailReason": 99},
    ),
    Interface.NOTIFICATION_START_CHARGE_RESULT: (START_RESULT, RECEPTION | {"SuccStat": 1, "FailReason": 1}),
    Interface.QUERY_EQUIP_CHARGE_STATUS: ({"StartChargeSeq": ORDER}, CHARGE_STATUS),
    Interface.NOTIFICATION_EQUIP_CHARGE_STATUS: (CHARGE_STATUS, {"StartChargeSeq": ORDER, "SuccStat": 0}),
    Interface.QUERY_STOP_CHARGE: (
        ORDER_REQUEST,
        {"StartChargeSeq": ORDER, "StartChargeSeqStat": 4, "SuccStat": 1, "FailReason": 3},
    ),
    Interface.NOTIFICATION_STOP_CHARGE_RESULT: (
        ORDER_REQUEST | {"StartChargeSeqStat": 5, "SuccStat": 1, "FailReason": 2},
        RECEPTION,
    ),
    Interface.NOTIFICATION_CHARGE_ORDER_INFO: (ORDER_INFO, ORDER_REQUEST | {"ConfirmResult": 1}),
    Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS: (
        BONUS_ORDER,
        {"StartChargeSeq": OWN_ORDER, "ConfirmResult": 0},
    ),
    Interface.CHECK_CHARGE_ORDERS: (
        {"CheckOrderSeq": CHECK_SEQ, **CHECKED_PERIOD}
        | {"OrderCount": 0, "TotalOrderPower": 0, "TotalOrderMoney": 0.0, "ChargeOrders": []},
        {"CheckOrderSeq": CHECK_SEQ, **CHECKED_PERIOD}
        | {"TotalDisputeOrder": 0, "TotalDisputePower": 0, "TotalDisputeMoney": 0, "DisputeOrders": []},
    ),
}

EVERY_MESSAGE = [(interface, kind) for interface in Interface for kind in Kind]


def full(interface: Interface, kind: Kind) -> Content:
    return FULL[interface][kind is Kind.ANSWER]


def minimal(interface: Interface, kind: Kind) -> Content:
    return MINIMAL[interface][kind is Kind.ANSWER]


def assert_valid(interface: Interface, kind: Kind, content: Content) -> None:
    assert validator("beijing", schema_name(interface, kind)).is_valid(content)
    assert explain("beijing", schema_name(interface, kind), content) == ()
    assert is_valid(interface, kind, content)
    assert violations(interface, kind, content) == ()


@pytest.mark.parametrize(("interface", "kind"), EVERY_MESSAGE)
def test_both_libraries_accept_the_full_example(interface: Interface, kind: Kind) -> None:
    """Every field of the tables is in it."""
    content = full(interface, kind)
    assert_valid(interface, kind, content)
    assert [path for path in message_fields(interface, kind) if not list(values_at(content, path))] == []


@pytest.mark.parametrize(("interface", "kind"), EVERY_MESSAGE)
def test_both_libraries_accept_the_minimal_example(interface: Interface, kind: Kind) -> None:
    """No optional field is in it."""
    content = minimal(interface, kind)
    assert_valid(interface, kind, content)
    optional = [field for field in message_fields(interface, kind).values() if not field.mandatory]
    said = [field.path for field in optional if list(values_at(content, field.path))]
    assert [path for path in said if not path.endswith(LIST)] == []  # members of a list are neither
