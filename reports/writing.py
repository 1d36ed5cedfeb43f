"""Writes what every run leaves behind, by whichever door it came in. A pytest plugin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.recorded import RunResult
from reports import machine
from reports.allure import results
from reports.html import page
from reports.xlsx import workbook
from simulators.journal.reading import read


def write(result: RunResult, journals: Sequence[Path], folder: Path) -> None:
    """Put verdicts.json, report.html, report.xlsx and allure-results/ into a folder."""
    machine.write(result, folder)
    there = [journal for journal in journals if journal.exists()]
    page.write_html(result, read(there) if there else (), folder)
    workbook.write(result, read(there) if there else (), folder)
    results.write(result, read(there) if there else (), folder)


def pytest_chargeproof_judged(config: pytest.Config, result: RunResult) -> None:
    """Put the results beside the journal."""
    write(result, [result.journal], result.journal.parent)
