"""Where a run leaves its files: OUT/<run>/ and the link OUT/latest; written so that nobody ever sees half a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from conformance.asked import Misuse
from simulators.clock import wall_ns

DEFAULT_OUT = "chargeproof-out"
JOURNAL = "journal.db"
PARTS = "journal-gw*.db"  # of workers side by side; at the end of a run they become one
JOURNALS_BEGIN = (b"SQLite format 3\0", b"\x28\xb5\x2f\xfd")  # a journal of a run, and an archived one
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def run_name() -> str:
    """A name after the moment and the process; nobody else has it."""
    return f"{datetime.fromtimestamp(wall_ns() / 1e9).astimezone():%Y%m%d-%H%M%S}-{os.getpid()}"


def folder_at(place: Path) -> Path:
    """Make a folder where there is none. Raises Misuse where there can be none, as there is a file of that name."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise _no_folder(place, why) from None
    return place


def _no_folder(place: Path, why: OSError) -> Exception:
    """What to tell of a folder that could not be made: a full disk is nobody's misuse."""
    if why.errno in NO_ROOM:
        return _no_room(why, place)
    return Misuse(f"{place}: no folder for results ({why.strerror}); name another one with --out")


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
        except OSError as why:
            raise _no_folder(out, why) from None
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


def write_whole(path: Path, told: str | bytes) -> None:
    """Write a file that appears only when it is complete; text as UTF-8."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with writing_to(path):
            unfinished.write_bytes(told if isinstance(told, bytes) else told.encode("utf-8"))
            os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Of a disk that is full Python tells no path: this one is what could not be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:
            raise
        raise _no_room(error, place) from error


def _no_room(error: OSError, place: Path) -> OSError:
    told = f"cannot be written: {error.strerror}; free or allow more space there and run again"
    return OSError(error.errno, told, str(place))


def journals_at(place: Path) -> list[Path]:
    """The journal of a run, by its path or by its folder; the parts of it, if it was killed before they became one.

    Raises:
        Misuse: there is none; says what would do.
    """
    folder = place if place.is_dir() else place.parent
    whole = folder / JOURNAL
    if place not in (folder, whole) or whole.is_file():
        return [journal_file(whole if place == folder else place)]
    return [journal_file(part) for part in sorted(folder.glob(PARTS))] or [journal_file(place)]


def named_after(journals: Sequence[Path]) -> Path:
    """The one journal that the parts of a run stand for; of any others, the first."""
    parts = len(journals) > 1 and all(path.match(PARTS) for path in journals)
    return journals[0].with_name(JOURNAL) if parts else journals[0]


def journal_file(place: Path) -> Path:
    """The file, if it begins as a journal does.

    Raises:
        Misuse: it does not, or is none; says what would do.
    """
    if place.is_dir():
        near = place / "latest" / JOURNAL
        raise Misuse(f"{place}: a folder, and no journal; say {near if near.is_file() else f'the {JOURNAL} of a run'}")
    try:
        with open(place, "rb") as file:
            begins = file.read(max(map(len, JOURNALS_BEGIN)))
    except FileNotFoundError:
        raise Misuse(f"{place}: no such journal; name the {JOURNAL} of a run") from None
    except OSError as why:
        raise Misuse(f"{place}: no journal that can be read ({why.strerror})") from None
    if not any(begins[: len(mark)] == mark[: len(begins)] for mark in JOURNALS_BEGIN):
        raise Misuse(f"{place}: no journal; name the {JOURNAL} of a run, or an archived *.jsonl.zst")
    return place
