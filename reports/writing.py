"""Writes what every run leaves behind, by whichever door it came in. A pytest plugin."""

from __future__ import annotations

import pytest

from conformance.recorded import RunResult
from reports import machine


def pytest_chargeproof_judged(config: pytest.Config, result: RunResult) -> None:
    """Put verdicts.json beside the journal."""
    machine.write(result, result.journal.parent)
