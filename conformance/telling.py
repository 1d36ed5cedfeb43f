"""A finding in words, for whoever has to mend the server: the clause, what was expected, what came, where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from conformance.asked import Asked
from conformance.finding import Finding
from conformance.requirements.ledger import Requirement, ledger
from conformance.verdict import Verdict

MOST_TOLD = 3  # findings a row; verdicts.json has more
MOST_RECORDS = 12  # of one finding


def clause(row: Requirement) -> str:
    """Where the row stands in its document, and the words it stands on."""
    place = f"{row.protocol.upper()} {row.clause}"
    return f"{place}: 「{row.quote}」" if row.quote else place


def told(finding: Finding, *, records: bool = True) -> list[tuple[str, str]]:
    """A finding as labelled lines. ``records``: whether its record numbers are those of the journal that stays."""
    lines = [("case", finding.case), ("expected", finding.expected), ("actual", finding.actual)]
    places = []
    if records and finding.at:
        places.append(f"journal record{'s' if len(finding.at) > 1 else ''} {_listed(finding.at)}")
    if finding.path:
        places.append(finding.path)
    return [*lines, ("where", "; ".join(places))] if places else lines


def _listed(at: Sequence[int]) -> str:
    left = f" and {len(at) - MOST_RECORDS} more" if len(at) > MOST_RECORDS else ""
    return ", ".join(map(str, at[:MOST_RECORDS])) + left


def merged(bad: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same are one, which rests on the records of all."""
    found: dict[tuple[str, ...], Finding] = {}
    for finding in bad:
        earlier = found.get(_said(finding))
        at = tuple(dict.fromkeys((*earlier.at, *finding.at))) if earlier else finding.at
        found[_said(finding)] = replace(finding, at=at)
    return list(found.values())


def shown(bad: Sequence[Finding]) -> list[Finding]:
    """The few that are told: one of every case first, as a second of one case teaches less."""
    bad = merged(bad)
    firsts = list({finding.case: finding for finding in reversed(bad)}.values())[::-1]
    return [*firsts, *(finding for finding in bad if finding not in firsts)][:MOST_TOLD]


def untold(bad: Sequence[Finding], total: int) -> int:
    """How many of so many bad judgements are in none of the findings that are told."""
    few = {_said(finding) for finding in shown(bad)}
    return total - sum(_said(finding) in few for finding in bad)


def _said(finding: Finding) -> tuple[str, ...]:
    return finding.row, finding.case, finding.expected, finding.actual, finding.path


def failure(findings: Iterable[Finding], asked: Asked, *, records: bool = True) -> str:
    """What a failed scenario says: its bad findings row by row."""
    by_row: dict[str, list[Finding]] = {}
    for finding in findings:
        by_row.setdefault(finding.row, []).append(finding)
    return "\n\n".join(
        _row_in_words(ledger()[row], bad, len(bad), asked, lambda finding: told(finding, records=records))
        for row, bad in by_row.items()
    )


def row_failure(verdict: Verdict, asked: Asked) -> str:
    """What a failed row says."""
    if not verdict.bad:
        return f"{verdict.requirement.id}  {verdict.requirement.text}\n{verdict.reason}"
    total = sum(case.failed for case in verdict.cases)
    return _row_in_words(verdict.requirement, verdict.bad, total, asked, told)


def _row_in_words(
    row: Requirement,
    bad: Sequence[Finding],
    total: int,
    asked: Asked,
    tell: Callable[[Finding], list[tuple[str, str]]],
) -> str:
    lines = [f"{row.id}  {row.text}", f"  {'clause':<9} {clause(row)}"]
    for finding in shown(bad):
        lines += [f"  {label:<9} {text}" for label, text in tell(finding)]
    if left := untold(bad, total):
        lines.append(f"  and {left} more such findings")
    return "\n".join([*lines, f"  {'again':<9} {asked.again(row.id)}"])
