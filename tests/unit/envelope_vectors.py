"""Vectors of the envelope: V1 to V5 are published, S1 to S4 made for three keys that differ (cec102, chapter 3)."""

from __future__ import annotations

from typing import NamedTuple

from simulators.beijing.envelope import wire_bytes
from simulators.beijing.keys import KeySet

PUBLISHED = KeySet(
    operator_id="123456789",
    operator_secret="1234567890abcdef",
    data_secret="1234567890abcdef",
    data_secret_iv="1234567890abcdef",
    sig_secret="1234567890abcdef",
)
OWN = KeySet(
    operator_id="MA0TEST01",
    data_secret="89ABCDEF01234567",
    data_secret_iv="FEDCBA9876543210",
    sig_secret="13579BDF02468ACE",
)
TIME_STAMP = "20250115104603"


class RequestVector(NamedTuple):
    """One published or own request: its plaintext byte for byte, and what it travels as."""

    keys: KeySet
    plaintext: bytes
    time_stamp: str
    data: str
    sig: str

    @property
    def body(self) -> bytes:
        """As it travels."""
        return wire_bytes(
            {
                "OperatorID": self.keys.operator_id,
                "Data": self.data,
                "TimeStamp": self.time_stamp,
                "Seq": "0001",
                "Sig": self.sig,
            }
        )


class AnswerVector(NamedTuple):
    """The same of an answer."""

    keys: KeySet
    plaintext: bytes
    ret: int
    msg: str
    data: str
    sig: str


V1 = RequestVector(
    PUBLISHED,
    b'{"total":1,"stationStatusInfo":{"operationID":"123456789","stationID":"111111111111111",'
    b'"connectorStatusInfos":{"connectorID":1,"equipmentID":"10000000000000000000001","status":4,"currentA":0,'
    b'"currentB":0,"currentC":0,"voltageA":0,"voltageB":0,"voltageC":0,"soc":10,}}}',
    "20160729142400",
    "il7B0BSEjFdzpyKzfOFpvg/Se1CP802RItKYFPfSLRxJ3jf0bVl9hvYOEktPAYW2nd7S8MBcyHYyacHKbISq5iTmDzG+ivnR+SZJv3USNTYVMz9rC"
    "QVSxd0cLlqsJauko79NnwQJbzDTyLooYoIwz75qBOH2/xOMirpeEqRJrF/EQjWekJmGk9RtboXePu2rka+Xm51syBPhiXJAq0GfbfaFu9tNqs/e2V"
    "jja/ltE1M0lqvxfXQ6da6HrThsm5id4ClZFIi0acRfrsPLRixS/IQYtksxghvJwbqOsbIsITail9Ayy4tKcogeEZiOO+4Ed264NSKmk7l3wKwJLAF"
    "jCFogBx8GE3OBz4pqcAn/ydA=",
    "745166E8C43C84D37FFEC0F529C4136F",
)
V2 = RequestVector(
    PUBLISHED,
    b'{"OperatorID":"123456789",\n"OperatorSecret":"1234567890abcdef"}',
    "20180120165755",
    "mYvffpNoFf4E/ZTC1tOw41TC5OlkEobfAYCm5N8hEusaLUaUIqOrXtdbMrSck0DSmfM7mRuOGMoCQzH0nWPGuw==",
    "D2D584A14F3F284445DF85D0E8C0697C",
)
V4 = RequestVector(
    PUBLISHED,
    b'{\n"LastQueryTime":"2016-1-2 12:12:12",\n"PageNo":2,\n"PageSize":1\n}',
    "20180228173314",
    "X9a+F3ql9vfyO5tcQV4srGaZm116ly2hAhG1fc0n+TMshLTw1Ax/8AT0NpZRvEhzXPqLeD1n3cVywfU+WScy7a6M9flwrOkJC5QIsp2RlFE=",
    "407FED90C92965C8E456535A72B83F80",
)
V5 = RequestVector(
    PUBLISHED,
    b'{\n"EquipBizSeq":"123456789201805081628123456",\n"ConnectorID":"3702120244401"\n}\n',
    "20180508162919",
    "C3z0fu4xW72dJMOsgcVyPrbHOqzQcIwSexeW7b4wPcAV8qQvECycER60lBJpW5v7+Ex6pAYvDgrImQh3fhqEujP4AICBew296s71WAwpOBM=",
    "92A192D753BBEF609136620FFA7E9069",
)
S1 = RequestVector(
    OWN,
    b'{"StartChargeSeq":"MA0CITY01202501151030000001","StartChargeSeqStat":2,"ConnectorID":'
    b'"11010500000000000000101001","ConnectorStatus":3,"CurrentA":85.5,"VoltageA":392.1,"Soc":46,"StartTime":'
    b'"2025-01-15 10:30:12","ChargeModel":1,"EndTime":"2025-01-15 10:46:02","TotalPower":8.52,"TotalMoney":12.31}',
    TIME_STAMP,
    "8IwO0n/qm2atOQz+svRPJa6oxGbNxxShYu/HDHxPaB1CaR589TLdpEmDIw7XICpTjtbVs4L4PgVYWpqs51K8oLHvVdvK+xsotMB5MYr/mW2Ng9MXf"
    "BmZs3bbcpI5A9hTbW+8W5lzAAq8Zgs9nXyWapBWQ09jeK3BPVAtXw0vNpzXDuDqwbs6KH0YYx6KJTW1ck7TG/q6844sVg55W7zs4axu4VYlQ+DlZY"
    "l0hbsccSjp7Yj4nQlatlULNJvxkd8YYsLaaiFPhhBFMgzm4d3yj7KzGflpleT3DuRBFNhjNP+PjxwanAX6Me2YXKEyQx5OTL5L6fzHRQw3rfffry+"
    "DHXPgbDYekr2WGAxdaGSIC2juEnLbXbzFTjCticR4UgGPLhctKFGPc/impeKstSGrnQ==",
    "EEB833EB582CE53180E3602DCAAB17AB",
)
S2 = AnswerVector(
    OWN,
    b'{"StartChargeSeq":"MA0CITY01202501151030000001","SuccStat":0}',
    0,
    "success",
    "8IwO0n/qm2atOQz+svRPJa6oxGbNxxShYu/HDHxPaB1CaR589TLdpEmDIw7XICpTqQy4N+QfJ1lsMF/smPvb6A==",
    "0315269EE55E883058837E01224A11AF",
)
S4 = AnswerVector(
    OWN,
    '{"StationID":"110105001","StationName":"测试充电站","Remark":"停车场B2层"}'.encode(),
    0,
    "成功",
    "vySxv6IX5nM7hZV2d5SG5ROcvVB2uI260ZrAud+4BotJF5V6SAMxhZG+cizRgjqQzyaIhXN2Tpcl2lA2jIQX2Fryz7sv6Fsu0eMKF5fq7fuDFxtLS"
    "5VM5onj2Sb2LC0t",
    "113EC065E7800169A3DB9FDD08029924",
)
V3_DATA = (
    "uxeKP0ezR5yL8xSg4/ZCDh/N91/u86NXFxd2DrwZVW8zCPYcpl59Twz/yQZ3RaO4rDDrGmkvQignmNEJ+k4PGxdmIC+4fpJ8rU6osSobY+AeA0uueu"
    "Q5+eQiWBL6p6v5XMMm91brtK8yfFELYUWQzVcxABnAwK/+dyxtUhqLIxUpkwTEU/4ktN40df9IzzlLO5uvUknPGYu9yL0pp5w9vdRxmA1RiiTDNCys"
    "z6klr9bunGV3VJa2qpLcgeZMf/oG"
)
V3_SIG = "58E52010C7DEE87FE183B0AFA5B2BE30"
S3_SIG = "2A671C03C1CD135CAB5590AD3E22BFD4"
