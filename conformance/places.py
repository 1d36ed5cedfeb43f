"""Where a run leaves its files: OUT/<run>/ and the link OUT/latest; written so that nobody ever sees half a file."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from simulators.clock import wall_ns

DEFAULT_OUT = "chargeproof-out"


def run_name() -> str:
    """A name after the moment and the process; nobody else has it."""
    return f"{datetime.fromtimestamp(wall_ns() / 1e9).astimezone():%Y%m%d-%H%M%S}-{os.getpid()}"


def new_folder(out: Path, name: str = "") -> Path:
    """Make the folder of a new run; a second run of one process gets a number more."""
    name = name or run_name()
    out.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 1000):
        folder = out / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{out / name}: a thousand runs of that name")


def point_latest(folder: Path) -> None:
    """Move the link OUT/latest to a run, in one step. Something else of that name stays as it is."""
    latest = folder.parent / "latest"
    if latest.exists() and not latest.is_symlink():
        return
    fresh = folder.parent / f".latest-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name)
    os.replace(fresh, latest)


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears only when it is complete."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
