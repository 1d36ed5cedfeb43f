"""From a target file to a lab and to a judge: the one place that knows both."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.bench import Bench
from conformance.judge import Judge
from conformance.requirements.ledger import Requirement
from conformance.rules.evchong.bench import EvchongBench
from conformance.rules.evchong.known import Pixit
from conformance.target import Target
from simulators.evchong.codec import Codec
from simulators.evchong.dialect import Readings
from simulators.lab.setting import LabSetting

VERSION = "0.1.0"


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
        return LabSetting(
            journal=journal,
            site=self.target.site(),
            start=start,
            base_url=evchong.base_url or "",
            verify=evchong.verify,
            answer_limit_s=self.answer_limit_s or evchong.answer_limit_s,
            plain_http=evchong.plain_http,
            readings=self._readings,
            clock=self.target.pixit.clock.kind,
            clock_start_ms=self.target.pixit.clock.start_ms,
            seed=self.seed,
            world=world,
            worlds=1 if ours else worlds,
            offline_after_intervals=int(evchong.offline_after_intervals),
            unregistered_serial=evchong.unregistered_serial,
            surfaces=self.target.surfaces,
            box=self.box,
        )

    def judge(self) -> Judge:
        """A judge that knows the target."""
        return Judge(self._benches)

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

    def _benches(self) -> list[Bench]:
        evchong = self._evchong
        return [
            EvchongBench(
                Pixit(
                    site=self.target.site(),
                    codec=Codec(Readings.parse(self._readings)),
                    readings=self._readings,
                    refusal=self._refusal,
                    time_tolerance_s=evchong.time_tolerance_s,
                    offline_after_intervals=evchong.offline_after_intervals,
                    billed_energy=evchong.billed_energy,
                    ours=self.ours,
                ),
                evchong.unregistered_serial,
            )
        ]


def claimed_protocols(target: Target) -> Collection[str]:
    """The protocols that the target claims to speak, as far as the ledger has them."""
    return [name for name in ("evchong",) if getattr(target.pics, name)]
