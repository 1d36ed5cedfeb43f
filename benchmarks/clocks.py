"""The reference under three clocks: what each of them decides, how long it takes, and where two of them disagree.

Run: ``python -m benchmarks.clocks [SELECTION...]``, or ``make clocks``; some minutes, and most of them are waited for.
Stepped, everything is played; scaled and real, what fits into ``--scaled`` and ``--real``, and the rest is open. A row
that one clock fails and another passes is a defect of ours: in the reference, in a clock, or in a rule that makes no
allowance for being late. ``--of FILE...`` compares verdicts.json that are there already. Exit code 1 when two disagree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from simulators.clock import monotonic_ns

ROOT = Path(__file__).resolve().parents[1]
OPEN = "inconclusive"
BAD = ("fail", "advisory")  # one defect, on a row that counts and on one that does not
MISUSE = 64


@dataclass(frozen=True, slots=True)
class Told:
    """What one run said: a verdict a row, and why the open ones are open."""

    name: str
    verdicts: Mapping[str, str]
    whys: Mapping[str, str]

    @classmethod
    def of(cls, name: str, document: Mapping[str, Any]) -> Told:
        """From a verdicts.json."""
        rows = document["requirements"]
        return cls(
            name,
            {row["id"]: row["verdict"] for row in rows},
            {row["id"]: row["why"] for row in rows if row["verdict"] == OPEN},
        )

    @property
    def decided(self) -> dict[str, str]:
        return {row: verdict for row, verdict in self.verdicts.items() if verdict != OPEN}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A row that two runs decided, and not alike."""

    row: str
    said: tuple[tuple[str, str], tuple[str, str]]  # the name of a run, its verdict

    def __str__(self) -> str:
        return f"{self.row}: " + ", ".join(f"{name} says {verdict}" for name, verdict in self.said)


def disagreements(runs: Sequence[Told]) -> list[Disagreement]:
    """Every row that two runs decided differently, once for each two of them. What one leaves open, it does not say."""
    return [
        Disagreement(row, ((one.name, one.decided[row]), (other.name, other.decided[row])))
        for one, other in combinations(runs, 2)
        for row in one.decided
        if row in other.decided and not _alike(one.decided[row], other.decided[row])
    ]


def _alike(one: str, other: str) -> bool:
    return one == other or (one in BAD and other in BAD)


def summary(told: Told) -> str:
    """How many rows were decided, how, and why the others were not."""
    by_verdict = Counter(told.decided.values())
    by_why = Counter(str(why) for why in told.whys.values())
    open_ones = f"; {len(told.whys)} open: {_counted(by_why)}" if by_why else ""
    return f"{told.name}: {len(told.decided)} of {len(told.verdicts)} rows decided ({_counted(by_verdict)}){open_ones}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "none"


def _judged(name: str, target: str, words: Sequence[str], within: str, out: Path) -> Path:
    """One check, in a process of its own; gives its verdicts.json."""
    began_ns = monotonic_ns()
    command = [sys.executable, "-m", "chargeproof", "check", *words, "--target", str(ROOT / "targets" / target)]
    ended = subprocess.run(
        [*command, "--for", within, "--out", str(out / name)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    took_s = (monotonic_ns() - began_ns) / 1e9
    print(f"{name}: {took_s:.0f} s, exit code {ended.returncode}", flush=True)
    if ended.returncode == MISUSE:
        sys.exit(MISUSE)  # it has said why, on standard error
    return out / name / "latest" / "verdicts.json"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="SELECTION", help="as of `chargeproof check`; all for none")
    parser.add_argument("--scaled", default="15m", metavar="DURATION", help="--for of the scaled run (15m)")
    parser.add_argument("--real", default="5m", metavar="DURATION", help="--for of the real run (5m)")
    parser.add_argument("--out", type=Path, default=Path("chargeproof-out/clocks"), metavar="DIR")
    parser.add_argument("--of", type=Path, nargs="+", metavar="FILE", help="compare these verdicts.json, play nothing")
    return parser


def main(words: list[str] | None = None) -> int:
    """Play, or read; then compare."""
    asked = _parser().parse_args(words)
    files: dict[str, Path] = {str(file): file for file in asked.of or ()} or {
        name: _judged(name, target, asked.words, within, asked.out)
        for name, target, within in (
            ("stepped", "reference.toml", "1h"),
            ("scaled", "reference-faketime.toml", asked.scaled),
            ("real", "reference-real.toml", asked.real),
        )
    }
    runs = [Told.of(name, json.loads(file.read_text("utf-8"))) for name, file in files.items()]
    for told in runs:
        print(summary(told))
    found = disagreements(runs)
    for each in found:
        print(each)
    print(f"{len(found)} disagreements")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
