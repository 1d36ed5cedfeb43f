"""What a run was asked for, by whichever door it came in: the target, the rows, the time that it may take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from conformance.requirements.ledger import Requirement, UnknownSelection, ledger, select
from conformance.scenario import Scenario, scenarios_of
from conformance.staging import Stage, as_claimed, claimed_protocols
from conformance.target import Evchong, Target
from conformance.target_file import ReadingChoice
from simulators.beijing import dialect as beijing
from simulators.evchong import dialect as evchong
from simulators.lab.kin import Kin, find

DEFAULT_TARGET = Path(__file__).resolve().parents[1] / "targets" / "reference.toml"
DEFAULT_WITHIN = "30m"
READINGS: dict[str, ReadingChoice] = {**evchong.READINGS, **beijing.READINGS}
UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to a server: which target, which rows (all for no words), how strictly, for how long."""

    target: str = ""  # "" for the server inside the suite
    words: tuple[str, ...] = ()
    sut: str = ""  # started in place of the target's own: "module:Class", or a name of the catalogue
    strict: bool = False
    seed: int = 1
    within: str = DEFAULT_WITHIN

    @property
    def within_s(self) -> float:
        return seconds_of(self.within)

    def stage(self, environ: Mapping[str, str]) -> Stage:
        """What to play on.

        Raises:
            TargetError: the target file cannot be used.
            LabError: no such server to start.
        """
        target = Target.load(self.target or DEFAULT_TARGET, environ, reading_table=READINGS)
        if not self.sut:
            return Stage(target=target, seed=self.seed)
        kin = find(self.sut)
        return Stage(target=_adapted(target, kin), seed=self.seed, sut=kin.start)

    def rows(self, target: Target) -> list[Requirement]:
        """The rows to judge: those named, of the protocols that the target claims.

        Raises:
            UnknownSelection: a word names nothing, or nothing that the target claims.
        """
        claimed = claimed_protocols(target)
        named = [row for row in select(self.words) if row.protocol in claimed and self._is_asked(row)]
        rows = [as_claimed(row, target) for row in named]
        if not rows:
            claims = ", ".join(claimed) or "nothing"
            raise UnknownSelection(f"{target.name} claims nothing of that: [pics] claims {claims}")
        return rows

    def again(self, row: str) -> str:
        """The command that judges one row again."""
        words = ["chargeproof", "check", row]
        words += ["--target", self.target] if self.target else []
        words += ["--sut", self.sut] if self.sut else []
        words += ["--seed", str(self.seed)] if self.seed != 1 else []
        return " ".join(words)

    def _is_asked(self, row: Requirement) -> bool:
        return row.judged_by == "check" or row.id in self.words


def scenarios_for(rows: Iterable[Requirement]) -> list[Scenario]:
    """The scenarios that are for at least one of the rows, in the order of their documents."""
    wanted = {row.id: row.protocol for row in rows}
    scenarios = [scenario for name in dict.fromkeys(wanted.values()) for scenario in scenarios_of(name)]
    return [scenario for scenario in scenarios if not wanted.keys().isdisjoint(scenario.rows)]


def rows_of(scenarios: Iterable[Scenario]) -> list[Requirement]:
    """The rows that scenarios are for; every row of a protocol all of whose scenarios are there."""
    names = {scenario.name for scenario in scenarios}
    rows = {row for scenario in scenarios for row in scenario.rows}
    for protocol in {ledger()[row].protocol for row in rows}:
        if all(scenario.name in names for scenario in scenarios_of(protocol)):
            rows |= {row.id for row in ledger().values() if row.protocol == protocol and row.judged_by == "check"}
    return [row for row in ledger().values() if row.id in rows]


class Misuse(Exception):
    """The command was given something that it cannot use; says what would do."""


def seconds_of(text: str) -> float:
    """Seconds in "90s", "30m", "1h30m". Raises Misuse for anything else."""
    if not re.fullmatch(r"(?:\d+(?:\.\d+)?[hms])+", text):
        raise Misuse(f"{text!r} is no duration: say 90s, 30m or 1h30m")
    return sum(float(number) * UNITS_S[unit] for number, unit in re.findall(r"([\d.]+)([hms])", text))


def _adapted(target: Target, kin: Kin) -> Target:
    """The target with what a server of the catalogue needs said of it; its record says it too."""
    if not kin.readings and not kin.pixit:
        return target
    document = deepcopy(target.document)
    document["readings"] = {**document.get("readings", {}), **kin.readings}
    document["pixit"][kin.protocol] = {**document["pixit"].get(kin.protocol, {}), **kin.pixit}
    part = getattr(target.pixit, kin.protocol) or Evchong()
    told: dict[str, Any] = msgspec.to_builtins(part)
    adapted = {kin.protocol: msgspec.convert({**told, **kin.pixit}, type(part))}
    return msgspec.structs.replace(
        target,
        readings={**target.readings, **kin.readings},
        pixit=msgspec.structs.replace(target.pixit, **adapted),
        document=document,
    )
