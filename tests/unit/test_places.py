"""Where a run leaves its files."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from conformance.asked import Misuse
from conformance.places import (
    folder_at,
    journal_file,
    journals_at,
    named_after,
    new_folder,
    write_whole,
    writing_to,
)


def test_each_run_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    """Also two of one name."""
    assert [new_folder(tmp_path / "out", "run").name for _ in range(2)] == ["run", "run-2"]


@pytest.mark.parametrize("place", ["taken", "taken/out"])
def test_a_file_in_the_place_of_the_results_is_misuse(tmp_path: Path, place: str) -> None:
    """The message names the path; the file stays as it is."""
    (tmp_path / "taken").write_text("mine", "utf-8")
    with pytest.raises(Misuse, match=f"{tmp_path / place}: no folder for results .*--out"):
        new_folder(tmp_path / place)
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


def test_a_folder_that_is_there_is_taken(tmp_path: Path) -> None:
    """And one that is not is made."""
    assert folder_at(tmp_path) == tmp_path
    assert folder_at(tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_misuse() -> None:
    with pytest.raises(Misuse, match=r"/proc/chargeproof: no folder for results .*--out"):
        new_folder(Path("/proc/chargeproof"))


def test_what_is_no_journal_is_misuse(tmp_path: Path) -> None:
    """It is told before anything is read of it, and what would do."""
    (tmp_path / "notes.md").write_text("# Notes", "utf-8")
    (tmp_path / "latest").mkdir()
    journal = tmp_path / "latest" / "journal.db"
    journal.write_bytes(b"SQLite format 3\0 and so on")
    assert journal_file(journal) == journal
    for place, told in (("notes.md", "no journal; name"), ("none.db", "no such journal"), (".", f"say {journal}")):
        with pytest.raises(Misuse, match=told):
            journal_file(tmp_path / place)


def test_a_run_is_found_by_its_folder_and_by_its_journal(tmp_path: Path) -> None:
    """Of one that was killed there are the parts of its workers, which stand for the journal that they would be."""
    journal, parts = tmp_path / "journal.db", [tmp_path / "journal-gw0.db", tmp_path / "journal-gw1.db"]
    for missing in (tmp_path, journal):
        with pytest.raises(Misuse, match=r"the journal\.db of a run"):
            journals_at(missing)
    for part in parts:
        part.touch()
    assert [journals_at(place) for place in (tmp_path, journal, parts[1])] == [parts, parts, parts[1:]]
    assert (named_after(parts), named_after(parts[1:])) == (journal, parts[1])
    journal.touch()  # made of them; somebody was killed before they were gone
    assert [journals_at(place) for place in (tmp_path, journal)] == [[journal], [journal]]


def test_a_full_disk_is_told_with_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python names none; nothing half-written is left."""

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", no_room)
    with pytest.raises(OSError, match="cannot be written: No space left on device; free or allow more space") as told:
        write_whole(tmp_path / "verdicts.json", "{}")
    assert told.value.filename == str(tmp_path / "verdicts.json")
    assert list(tmp_path.iterdir()) == []


def test_other_errors_are_told_as_they_are(tmp_path: Path) -> None:
    """They are of something else, or name their path already."""
    for error in (OSError(errno.ECONNRESET, "reset"), OSError(errno.ENOSPC, "full", "/elsewhere")):
        with pytest.raises(OSError, match=error.strerror) as told, writing_to(tmp_path):
            raise error
        assert told.value is error
