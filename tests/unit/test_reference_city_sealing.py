"""The reference's own envelope agrees with the published vectors, both ways (cec102 2, 3)."""

from __future__ import annotations

import msgspec
import pytest

from simulators.beijing.keys import KeySet
from simulators.reference.city.figures import (
    date_time,
    hundredth_kwh,
    kw,
    kwh,
    moment_of,
    time_stamp,
    yuan,
    yuan_per_kwh,
)
from simulators.reference.city.sealing import decrypted, encrypted, signed
from simulators.world.city import CityKeys
from tests.unit.envelope_vectors import (
    OWN,
    PUBLISHED,
    S1,
    S2,
    S3_SIG,
    S4,
    V1,
    V2,
    V3_DATA,
    V3_SIG,
    V4,
    V5,
    AnswerVector,
    RequestVector,
)

MOMENT_MS = 1_736_909_163_000  # 2025-01-15 10:46:03 in Beijing
BEIJING = 480


def keys(known: KeySet) -> CityKeys:
    return CityKeys(
        operator_secret=known.operator_secret,
        data_secret=known.data_secret,
        data_secret_iv=known.data_secret_iv,
        sig_secret=known.sig_secret,
    )


@pytest.mark.parametrize("vector", [V1, V2, V4, V5, S1], ids=["V1", "V2", "V4", "V5", "S1"])
def test_requests_are_as_published(vector: RequestVector) -> None:
    """2.2, 2.3: AES-128-CBC with the keys' characters; Sig over OperatorID, Data, TimeStamp and Seq."""
    own = keys(vector.keys)
    assert encrypted(vector.plaintext, own) == vector.data
    assert decrypted(vector.data, own) == vector.plaintext
    assert signed(own, vector.keys.operator_id, vector.data, vector.time_stamp, "0001") == vector.sig


@pytest.mark.parametrize("vector", [S2, S4], ids=["S2", "S4"])
def test_answers_are_as_published(vector: AnswerVector) -> None:
    """2.3: Sig over Ret, Msg and Data, in UTF-8."""
    own = keys(vector.keys)
    assert encrypted(vector.plaintext, own) == vector.data
    assert decrypted(vector.data, own) == vector.plaintext
    assert signed(own, str(vector.ret), vector.msg, vector.data) == vector.sig


def test_the_published_answer_and_the_empty_one_verify() -> None:
    """V3 proves the rule for answers; S3 signs an error without Data."""
    assert signed(keys(PUBLISHED), "0", "", V3_DATA) == V3_SIG
    told = msgspec.json.decode(decrypted(V3_DATA, keys(PUBLISHED)))
    assert (told["SuccStat"], told["TokenAvailableTime"]) == (0, 7200)
    assert signed(keys(OWN), "4002", "token error", "") == S3_SIG


def test_whole_blocks_are_padded_by_one_more() -> None:
    """S5, S6: PKCS#7."""
    own = keys(OWN)
    assert encrypted(b'{"PageNo":1}    ', own) == "mef13YihVYog8B2MJQOZqpxeXbVK17WbxjXnLiQ5BKw="
    assert encrypted(b"{}", own) == "crPBVNlhbFnhQkX8haw0Hw=="


def test_line_breaks_in_base64_are_passed_over_and_nothing_else() -> None:
    """2.2: some encoders break lines; any other foreign character is no Base64."""
    own = keys(OWN)
    assert decrypted(S2.data[:20] + "\r\n" + S2.data[20:], own) == S2.plaintext
    for data in ("", "====", S2.data[:-2], "*" + S2.data[1:], "AAAA"):
        with pytest.raises(ValueError, match=r"\w"):
            decrypted(data, own)


def test_figures_are_rounded_half_up() -> None:
    """4.2: kWh and yuan with two decimals, prices with four, kW with one."""
    assert [kwh(each) for each in (0, 4, 5, 8524, 8525, 123_450)] == [0, 0, 0.01, 8.52, 8.53, 123.45]
    assert [hundredth_kwh(each) for each in (14, 15)] == [1, 2]
    assert [yuan(each) for each in (0, 1, 1231)] == [0, 0.01, 12.31]
    assert [yuan_per_kwh(each) for each in (6950, 3818)] == [0.695, 0.3818]
    assert [kw(each) for each in (7000, 7049, 7050, 60_000)] == [7, 7, 7.1, 60]


def test_times_are_those_of_the_place() -> None:
    """4.2: seconds, in the zone that was agreed (BJ-X20)."""
    assert date_time(MOMENT_MS + 999, BEIJING) == "2025-01-15 10:46:03"
    assert time_stamp(MOMENT_MS, BEIJING) == "20250115104603"
    assert time_stamp(MOMENT_MS, 0) == "20250115024603"
    assert moment_of("20250115104603", BEIJING) == MOMENT_MS
    with pytest.raises(ValueError, match="unconverted"):
        moment_of("20251315104603", BEIJING)
