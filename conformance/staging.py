"""From a target file to a lab and to a judge: the one place that knows both."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from conformance.bench import Bench
from conformance.judge import Judge
from conformance.requirements.ledger import Requirement
from conformance.rules.beijing import known as beijing_known
from conformance.rules.beijing.bench import BeijingBench
from conformance.rules.evchong.bench import EvchongBench
from conformance.rules.evchong.known import Pixit
from conformance.target import Beijing, Target
from simulators.beijing import dialect as beijing_dialect
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.lab.setting import ChargerLink, CitySetting, LabSetting, is_told
from simulators.randomness import Randomness
from simulators.world.city import SECRET_CHARACTERS, CityContract, CityKeys

VERSION = "0.1.0"
LATE_AT_MOST_S = 2.0  # protocol time; a server may give its calls up after 3 s, and needs some of them itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a run is played on: a target, perhaps with another server in place of its own."""

    target: Target
    seed: int = 1
    sut: str = ""  # "module:Class", started instead of what the target file names
    box: str = ""  # "module:Class" of another mind for the boxes
    readings: Mapping[str, str] | None = None
    refusal: tuple[str, Any] | None = None
    answer_limit_s: float | None = None
    ours: bool = True  # the boxes are our own simulators; in a recording they are not

    def lab_setting(self, journal: Path, world: int = 0, worlds: int = 1) -> LabSetting:
        """The lab of one worker. With a server of our own every worker has all of its boxes."""
        evchong = self._evchong
        start = self.sut or self.target.start
        ours = isinstance(start, str)
        base_url, verify = self.address
        return LabSetting(
            journal=journal,
            site=self.target.site(),
            start=start,
            base_url=base_url,
            verify=verify,
            told_by="pixit.beijing" if self._city_is_the_address else "pixit.evchong",
            answer_limit_s=self.answer_limit_s or evchong.answer_limit_s,
            plain_http=evchong.plain_http,
            readings=self._readings,
            clock=self.target.pixit.clock.kind,
            clock_start_ms=self.target.pixit.clock.start_ms,
            clock_rate=self.target.pixit.clock.rate or 1.0,
            clock_origin_ms=self.target.pixit.clock.origin_ms,
            seed=self.seed,
            world=world,
            worlds=1 if ours else worlds,
            offline_after_intervals=int(evchong.offline_after_intervals),
            unregistered_serial=evchong.unregistered_serial,
            surfaces=self.target.surfaces,
            city=self._city(world) if self.has("beijing") else None,
            box=self.box,
        )

    def judge(self) -> Judge:
        """A judge that knows the target."""
        return Judge(self._benches, min(self._push_at_once_s, LATE_AT_MOST_S))

    def counts(self, row: Requirement, *, strict: bool = False) -> bool:
        """Whether a row can make the run red: demanded, or claimed, or everything is."""
        claims = self.target.pics.claims
        claimed = row.id in claims or row.protocol in claims or any(row.id.startswith(f"{claim}-") for claim in claims)
        return row.level == "M" or strict or claimed

    def recorded(self, rows: Sequence[Requirement], words: Sequence[str]) -> dict[str, Any]:
        """What the journal keeps of the run's beginning."""
        return {
            "target": self.target.as_recorded(),
            "readings": dict(self._readings),
            "refusal": list(self._refusal) if self._refusal else None,
            "sut": self.sut,
            "ours": self.ours,
            "seed": self.seed,
            "selection": list(words),
            "rows": [row.id for row in rows],
            "versions": {"chargeproof": VERSION, "python": platform.python_version()},
        }

    @classmethod
    def from_record(cls, values: Mapping[str, Any]) -> Stage:
        """The stage of a recorded run, to judge it again. Raises TargetError for a record that is none."""
        refusal = values.get("refusal")
        return cls(
            target=Target.from_record(values["target"]),
            seed=values.get("seed", 1),
            sut=values.get("sut", ""),
            readings=values.get("readings", {}),
            refusal=(refusal[0], refusal[1]) if refusal else None,
            ours=values.get("ours", True),
        )

    @property
    def address(self) -> tuple[str, str]:
        """Where the server listens, and how its certificate is checked; "" where the server that we start says it.

        Of a server that speaks with the city alone, it is the host of the city's interfaces: no box calls there.
        """
        evchong = self._evchong
        if self._city_is_the_address:
            city = self._beijing
            place = urlsplit(city.base_url or "")
            return f"{place.scheme}://{place.netloc}" if city.base_url else "", city.verify
        return evchong.base_url or "", evchong.verify

    @property
    def _city_is_the_address(self) -> bool:
        """No box calls the server, or nobody says where."""
        city = self.target.pixit.beijing
        return city is not None and (
            self.target.pixit.evchong is None or bool(city.base_url and not self._evchong.base_url)
        )

    @property
    def _evchong(self) -> Any:
        from conformance.target import Evchong

        return self.target.pixit.evchong or Evchong()

    @property
    def _readings(self) -> Mapping[str, str]:
        return self.target.readings if self.readings is None else self.readings

    @property
    def _refusal(self) -> tuple[str, Any] | None:
        if self.refusal is not None:
            return self.refusal
        named = self._evchong.refusal
        return (named.key, named.accepted) if named else None

    def has(self, protocol: str) -> bool:
        """Whether the target claims a protocol."""
        return protocol in claimed_protocols(self.target)

    def _benches(self) -> list[Bench]:
        benches: list[Bench] = [EvchongBench(self._boxes, self._evchong.unregistered_serial)]
        if self.has("beijing"):
            benches.append(BeijingBench(self._platform))
        return benches

    @property
    def _boxes(self) -> Pixit:
        evchong = self._evchong
        return Pixit(
            site=self.target.site(),
            codec=Codec(Readings.parse(self._readings)),
            readings=self._readings,
            refusal=self._refusal,
            time_tolerance_s=evchong.time_tolerance_s,
            offline_after_intervals=evchong.offline_after_intervals,
            billed_energy=evchong.billed_energy,
            ours=self.ours,
        )

    @property
    def _beijing(self) -> Beijing:
        city = self.target.pixit.beijing
        assert city is not None  # who claims beijing says where it is, or the target file is refused
        return city

    @property
    def _platform(self) -> beijing_known.Pixit:
        city, claimed = self._beijing, self.target.pics.beijing
        return beijing_known.Pixit(
            boxes=self._boxes,
            platform_id=city.platform_id,
            operator_id=city.operator_id,
            sockets=city.sockets,
            readings=beijing_dialect.Readings.parse(self._readings),
            bonus=isinstance(claimed, dict) and bool(claimed.get("bonus")),
            chargers=self._charger_link is not None,
            push_at_once_s=self._push_at_once_s,
            bill_after_stop_s=city.bill_after_stop_s,
            statistics_after_s=city.statistics_after_s,
            utc_offset_minutes=self.target.pixit.utc_offset_minutes,
        )

    @property
    def _push_at_once_s(self) -> float:
        return self.target.limits.get("push_at_once_s", beijing_known.PUSH_AT_ONCE_S)

    def _city(self, world: int) -> CitySetting:
        city = self._beijing
        place = urlsplit(city.listen)
        platform_keys = city.platform_keys or _fresh_keys(self.seed, world, "platform")
        contract = CityContract(
            platform_id=city.platform_id,
            operator_id=city.operator_id,
            platform_keys=platform_keys,
            operator_keys=city.operator_keys or (city.platform_keys or _fresh_keys(self.seed, world, "operator")),
            sockets=city.sockets,
            utc_offset_minutes=self.target.pixit.utc_offset_minutes,
            bill_after_stop_s=city.bill_after_stop_s,
            statistics_after_s=city.statistics_after_s,
        )
        return CitySetting(
            contract=contract,
            listen_host=place.hostname or "127.0.0.1",
            listen_port=place.port or 0,
            certificate=Path(city.certificate) if city.certificate else None,
            base_url=city.base_url or "",
            verify=city.verify,
            push_at_once_s=self._push_at_once_s,
            chargers=self._charger_link,
        )

    @property
    def _charger_link(self) -> ChargerLink | None:
        """Where the server reaches the chargers of our own; None where it has no such link."""
        city = self._beijing
        told = is_told(self.sut or self.target.start)
        if (city.chargers or ("lab" if told else "none")) == "none":
            return None
        place = urlsplit(city.charger_link)
        return ChargerLink(listen_host=place.hostname or "127.0.0.1", listen_port=place.port or 0)


def _fresh_keys(seed: int, world: int, side: str) -> CityKeys:
    """Keys that nobody else has, for a server that we start; two sets, so that a mix-up shows."""
    stream = Randomness(seed).branch(f"keys {world}").stream(side)
    made = ["".join(stream.choices("0123456789ABCDEF", k=SECRET_CHARACTERS)) for _ in range(4)]
    return CityKeys(operator_secret=made[0], data_secret=made[1], data_secret_iv=made[2], sig_secret=made[3])


def claimed_protocols(target: Target) -> Collection[str]:
    """The protocols that the target claims to speak, as far as the ledger has them."""
    return [name for name in ("evchong", "beijing") if getattr(target.pics, name) is not False]


def claiming(target: Target, protocols: Collection[str]) -> Target:
    """The same target, claiming no protocol but these; its record says so too."""
    dropped = {name: False for name in claimed_protocols(target) if name not in protocols}
    document = {**target.document, "pics": {**target.document["pics"], **dropped}}
    return structs.replace(target, pics=structs.replace(target.pics, **dropped), document=document)


def as_claimed(row: Requirement, target: Target) -> Requirement:
    """The row with the cases that this target can be judged on: some need another claim as well."""
    needless = {case for claim, cases in row.needs.items() if not _claims(target, claim) for case in cases}
    return structs.replace(row, cases=tuple(case for case in row.cases if case not in needless)) if needless else row


def _claims(target: Target, claim: str) -> bool:
    """Whether the target claims a protocol ("beijing"), or an option of it ("beijing.bonus")."""
    protocol, _, option = claim.partition(".")
    claimed = getattr(target.pics, protocol)
    if option:
        return isinstance(claimed, dict) and bool(claimed.get(option))
    return claimed is not False
