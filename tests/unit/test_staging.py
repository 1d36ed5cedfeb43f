"""A target becomes a lab and a judge that know what it claims, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from conformance.requirements.ledger import ledger
from conformance.staging import Stage, as_claimed, claimed_protocols, claiming
from conformance.target import Evchong, Target, TargetError
from simulators.lab.setting import CitySetting
from simulators.world.city import CityKeys

ROOT = Path(__file__).parents[2]
REFERENCE = Target.load(ROOT / "targets" / "reference.toml", {})
KEYS = CityKeys(operator_secret="O" * 16, data_secret="D" * 16, data_secret_iv="I" * 16, sig_secret="S" * 16)


def claims(**pics: Any) -> Target:
    """The reference's target with other claims."""
    return structs.replace(REFERENCE, pics=structs.replace(REFERENCE.pics, **pics))


def city(target: Target = REFERENCE, *, seed: int = 1, world: int = 0) -> CitySetting:
    setting = Stage(target=target, seed=seed).lab_setting(Path(), world, 2)
    assert setting.city is not None
    return setting.city


def with_city(**changes: Any) -> Target:
    """The reference's target with another city."""
    assert REFERENCE.pixit.beijing is not None
    changed = structs.replace(REFERENCE.pixit.beijing, **changes)
    return structs.replace(REFERENCE, pixit=structs.replace(REFERENCE.pixit, beijing=changed))


# What is claimed


@pytest.mark.parametrize("claim", [True, {}, {"bonus": True}, {"bonus": False}])
def test_a_table_claims_as_true_does(claim: Any) -> None:
    """Also an empty one."""
    assert claimed_protocols(claims(beijing=claim)) == ["evchong", "beijing"]


def test_what_is_not_claimed_is_not_there() -> None:
    """No platform is opened, and none of its rules looks on."""
    stage = Stage(target=claims(beijing=False))
    assert claimed_protocols(stage.target) == ["evchong"]
    assert stage.lab_setting(Path()).city is None
    assert [bench.protocol for bench in stage._benches()] == ["evchong"]
    assert [bench.protocol for bench in Stage(target=REFERENCE)._benches()] == ["evchong", "beijing"]


def test_who_claims_the_city_in_an_empty_table_says_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (ROOT / "targets" / "example.toml").read_text("utf-8")
    path.write_text(text.replace("evchong = true", "evchong = true\nbeijing = {}", 1), "utf-8")
    with pytest.raises(TargetError, match=r"pixit.beijing: found nothing"):
        Target.load(path, {})


@pytest.mark.parametrize(
    ("row", "pics", "missing"),
    [
        ("EVC-1.3-d", {"beijing": False}, {"city-offline", "city-online-again"}),
        ("EVC-1.3-d", {"beijing": True}, set()),
        ("EVC-1.7-c", {"beijing": False}, {"city-faulted", "city-occupied"}),
        ("CEC-ENV-m", {"beijing": True}, {"notification_charge_order_info_for_bonus"}),
        ("CEC-ENV-m", {"beijing": {"bonus": False}}, {"notification_charge_order_info_for_bonus"}),
        ("CEC-ENV-m", {"beijing": {"bonus": True}}, set()),
    ],
)
def test_cases_that_need_another_claim_are_left_out_without_it(row: str, pics: Any, missing: set[str]) -> None:
    """A box that falls silent shows at the platform, where there is one."""
    whole = ledger()[row]
    claimed = as_claimed(whole, claims(**pics))
    assert set(whole.cases) - set(claimed.cases) == missing
    assert structs.replace(claimed, cases=whole.cases) == whole


def test_a_target_that_drops_a_claim_is_recorded_so() -> None:
    """Who judges the journal again judges the same rows."""
    only = claiming(REFERENCE, ("evchong",))
    again = Stage.from_record(Stage(target=only).recorded((), ()))
    assert claimed_protocols(only) == claimed_protocols(again.target) == ["evchong"]
    assert claiming(REFERENCE, ("evchong", "beijing")) == REFERENCE
    assert claimed_protocols(REFERENCE) == ["evchong", "beijing"]


# The city


def test_a_server_that_we_start_gets_keys_of_its_own() -> None:
    """Anew for every lab, other ones for each direction, and the same for the same seed."""
    first = city().contract
    others = [city(world=1).contract, city(seed=2).contract]
    sets = [keys for each in (first, *others) for keys in (each.platform_keys, each.operator_keys)]
    assert len({structs.astuple(keys) for keys in sets}) == len(sets)
    assert city().contract == first


def test_one_set_of_keys_serves_both_directions_unless_there_are_two() -> None:
    """As Beijing hands them out (cec102 2.1)."""
    other = structs.replace(KEYS, sig_secret="T" * 16)
    one, two = with_city(platform_keys=KEYS), with_city(platform_keys=KEYS, operator_keys=other)
    assert (city(one).contract.platform_keys, city(one).contract.operator_keys) == (KEYS, KEYS)
    assert (city(two).contract.platform_keys, city(two).contract.operator_keys) == (KEYS, other)


def test_where_either_side_listens() -> None:
    """Of a server elsewhere its address, and how its certificate is checked."""
    told = city(
        with_city(
            base_url="https://sut.example/evcs/v1",
            verify="/ca.pem",
            listen="https://127.0.0.7:9100",
            certificate="/city.pem",
        )
    )
    assert (told.base_url, told.verify) == ("https://sut.example/evcs/v1", "/ca.pem")
    assert (told.listen_host, told.listen_port, told.certificate) == ("127.0.0.7", 9100, Path("/city.pem"))
    assert (city().base_url, city().listen_host, city().listen_port, city().certificate) == ("", "127.0.0.1", 0, None)


def test_a_server_without_boxes_is_where_the_city_asks() -> None:
    """Nothing else is known of it; whoever has boxes says where these call."""
    target = with_city(base_url="https://sut.example:444/evcs/v1/", verify="none")
    for evchong, address in (
        (None, ("https://sut.example:444", "none")),
        (Evchong(base_url="https://boxes.example"), ("https://boxes.example", "system")),
    ):
        setting = Stage(target=structs.replace(target, pixit=structs.replace(target.pixit, evchong=evchong)))
        found = setting.lab_setting(Path())
        assert (found.base_url, found.verify) == address


def test_a_server_of_the_city_alone_that_we_start_is_believed_as_the_city_says() -> None:
    """Its address is not known yet; without [pixit.evchong] there is no other word on its certificate."""
    target = with_city(base_url=None, verify="none")
    for evchong, verify in ((None, "none"), (Evchong(verify="system"), "system")):
        started = structs.replace(target, pixit=structs.replace(target.pixit, evchong=evchong))
        assert Stage(target=started).address == ("", verify)


def test_at_once_is_the_same_for_the_driver_and_for_the_judge() -> None:
    """Who drives waits as long as the judge does, before something else happens."""
    patient = structs.replace(REFERENCE, limits={"push_at_once_s": 60})
    stage = replace(Stage(target=patient), seed=3)
    assert city(patient).push_at_once_s == stage._platform.push_at_once_s == 60
    assert city().push_at_once_s == 5


def test_the_bonus_is_judged_where_it_is_claimed() -> None:
    """PICS: the equipment claims the operating bonus."""
    assert [Stage(target=claims(beijing=claim))._platform.bonus for claim in (True, {"bonus": True})] == [False, True]
