"""Where a run leaves its files: OUT/<run>/ and the link OUT/latest; written so that nobody ever sees half a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from conformance.asked import Misuse
from simulators.clock import wall_ns

DEFAULT_OUT = "chargeproof-out"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def run_name() -> str:
    """A name after the moment and the process; nobody else has it."""
    return f"{datetime.fromtimestamp(wall_ns() / 1e9).astimezone():%Y%m%d-%H%M%S}-{os.getpid()}"


def folder_at(place: Path) -> Path:
    """Make a folder where there is none. Raises Misuse where there can be none, as there is a file of that name."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as why:
        raise Misuse(f"{place}: no folder for results ({why.strerror}); name another one with --out") from None
    return place


def new_folder(out: Path, name: str = "") -> Path:
    """Make the folder of a new run; a second run of one process gets a number more."""
    name = name or run_name()
    folder_at(out)
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
        with writing_to(path):
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Of a disk that is full Python tells no path: this one is what somebody must make room at."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:
            raise
        told = f"{error.strerror}; free or allow more space there and run again"
        raise OSError(error.errno, told, str(place)) from error
