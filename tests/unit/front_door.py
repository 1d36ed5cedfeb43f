"""Runs ``chargeproof`` and plain pytest as a user does: in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CHARGEPROOF_"))},
    "COLUMNS": "100",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
LIMIT_S = 120.0

NOBODY = """
[target]
name = "nobody"
effects = ["reads", "opens-session"]
[pics]
evchong = true
[pixit.clock]
kind = "real"
[pixit.evchong]
base_url = "https://127.0.0.1:9"
verify = "none"
[[pixit.evchong.box]]
serial = "CB-0001"
station = "ST-0001"
[[pixit.station]]
id = "ST-0001"
[[pixit.card]]
id_token = "CARD-VALID-1"
[[pixit.card]]
id_token = "CARD-BLOCKED-1"
state = "blocked"
[[pixit.card]]
id_token = "CARD-EXPIRED-1"
state = "expired"
"""  # a server that runs already, at a port where nobody listens


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "chargeproof.py"), *words]


def chargeproof(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The whole command, with what it printed and its exit code."""
    options = {"cwd": ROOT, "env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": LIMIT_S, **more}
    return subprocess.run(command(*words), **options)


def heed_ctrl_c() -> None:
    """What a shell starts in its background ignores SIGINT, and hands that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def said(text: str) -> str:
    """What was printed, as one line: where a terminal breaks it is no matter."""
    return " ".join(text.split())


def plain_pytest(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """pytest as anybody would call it in the checkout."""
    options = {"cwd": ROOT, "env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": LIMIT_S, **more}
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words], **options)


def document(folder: Path) -> dict[str, Any]:
    """The verdicts.json of the latest run in an OUT folder, or of that folder itself."""
    place = folder / "latest" if (folder / "latest").exists() else folder
    found: dict[str, Any] = json.loads((place / "verdicts.json").read_text("utf-8"))
    return found


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in found["requirements"]}
