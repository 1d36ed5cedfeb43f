"""Journals read back, merged and archived; and what is said of files that are none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from simulators.journal import archive
from simulators.journal.merging import merge
from simulators.journal.reading import read
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, Step, WireError
from simulators.journal.store import Journal
from simulators.journal.tables import JournalError


def fact(what: str, mono_ns: int = 1) -> Fact:
    return Fact(at_ms=1, mono_ns=mono_ns, wall_ns=1, actor="box", what=what)


def journal_of(path: Path, moments_ns: list[int], world: int = 0) -> Path:
    with Journal.create(path, world) as journal:
        for moment in moments_ns:
            journal.post(fact(f"{path.stem}-{moment}", moment))
    return path


def whats(records: Iterator[Record]) -> list[str]:
    return [record.what for record in records if isinstance(record, Fact)]


def test_several_files_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    """Records of several workers come by monotonic moment; at the same moment the file named first leads."""
    a = journal_of(tmp_path / "a.db", [10, 30, 50], world=0)
    b = journal_of(tmp_path / "b.db", [20, 30, 60], world=1)
    assert whats(read([a, b])) == ["a-10", "b-20", "a-30", "b-30", "a-50", "b-60"]
    assert whats(read([b, a])) == ["a-10", "b-20", "b-30", "a-30", "a-50", "b-60"]


def test_a_file_keeps_its_own_order_whatever_its_moments_say(tmp_path: Path) -> None:
    """An exchange is posted when it ends and dated when it began; live judges saw it where it was posted."""
    a = journal_of(tmp_path / "a.db", [10, 50, 20, 60])
    b = journal_of(tmp_path / "b.db", [40, 55])
    assert whats(read(a)) == ["a-10", "a-50", "a-20", "a-60"]
    assert whats(read([a, b])) == ["a-10", "b-40", "a-50", "a-20", "b-55", "a-60"]


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=4))
def test_a_merged_journal_reads_like_its_parts_and_keeps_each_in_order(parts: list[list[int]]) -> None:
    """Records are numbered anew and keep their worlds; each part keeps its own order."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [journal_of(Path(folder, f"{world}.db"), part, world) for world, part in enumerate(parts)]
        count = merge(paths, Path(folder, "journal.db"))
        merged = list(read(Path(folder, "journal.db")))
        together = list(read(paths))
    assert count == sum(len(part) for part in parts)
    assert merged == together
    assert [record.seq for record in merged] == list(range(1, count + 1))
    for world, part in enumerate(parts):
        assert [one.mono_ns for one in merged if isinstance(one, Fact) and one.world == world] == part


def test_a_merge_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """What is not whole has no name, and what exists is not overwritten."""
    a = journal_of(tmp_path / "a.db", [10, 30])
    with pytest.raises(JournalError, match=r"b\.db: no such journal"):
        merge([a, tmp_path / "b.db"], tmp_path / "journal.db")
    assert [file.name for file in tmp_path.iterdir()] == ["a.db"]
    with pytest.raises(JournalError, match=r"a\.db: exists"):
        merge([a], a)


def test_reading_a_journal_that_is_being_written_ends(tmp_path: Path) -> None:
    """A reading gives what was there when it began, though more comes in all the while."""
    with Journal.create(tmp_path / "journal.db") as journal:
        for _ in range(10):
            journal.append(fact("before"))
        reading = read(journal.path)
        first = next(reading)
        journal.append(fact("meanwhile"))
        assert [first.seq, *(record.seq for record in reading)] == list(range(1, 11))
        assert [record.seq for record in read(journal.path, after_seq=9)] == [10, 11]


def test_reading_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """A closed journal is read without leaving files beside it or touching a byte."""
    path = journal_of(tmp_path / "journal.db", [1, 2, 3])
    before = path.read_bytes()
    assert len(list(read(path))) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["journal.db"]
    assert path.read_bytes() == before


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to write everywhere, if we have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("with_log", [True, False])
def test_a_read_only_copy_reads_like_the_original(tmp_path: Path, with_log: bool) -> None:
    """A copy in a folder where nothing may be written gives all records, those still in the log too."""
    journal = Journal.create(tmp_path / "journal.db")
    for number in range(50):
        journal.append(fact("beat", number))
    if not with_log:
        journal.close()
    with tempfile.TemporaryDirectory() as folder:
        names = ("journal.db", "journal.db-wal") if with_log else ("journal.db",)
        for name in names:
            shutil.copyfile(tmp_path / name, Path(folder, name))
            os.chmod(Path(folder, name), 0o444)
        os.chmod(folder, 0o555)
        with as_nobody():
            assert not os.access(folder, os.W_OK, effective_ids=True)
            found = [record.seq for record in read(Path(folder, "journal.db"))]
        os.chmod(folder, 0o700)
    journal.close()
    assert found == list(range(1, 51))


def spoiled(path: Path, statement: str) -> Path:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_files_that_are_no_journal_are_named_with_what_would_do(tmp_path: Path) -> None:
    """A missing file, some other file, some other database and a later format are told apart."""
    text = tmp_path / "text.db"
    text.write_text("this is no database, but long enough to be taken for one" * 20)
    other = spoiled(tmp_path / "other.db", "CREATE TABLE thing (name TEXT)")
    later = spoiled(journal_of(tmp_path / "later.db", [1]), "UPDATE meta SET value = '99'")
    for path, complaint in {
        tmp_path / "missing.db": "no such journal; name a journal.db",
        text: "no journal (file is not a database, SQLITE_NOTADB); name a journal.db",
        other: "no journal (no such table: meta, SQLITE_ERROR); name a journal.db",
        later: "a journal of format 99; this release reads format 1, use one that fits",
        tmp_path / "missing.jsonl.zst": "no such archive",
    }.items():
        with pytest.raises(JournalError) as refused:
            list(read(path))
        assert str(refused.value).startswith(f"{path}: {complaint}")


@pytest.mark.parametrize("left", [0.0, 0.0001, 0.002, 0.25, 0.5, 0.9999])
def test_a_journal_that_was_cut_short_is_told_so(tmp_path: Path, left: float) -> None:
    """It was one: a copy that broke off, a disk that was full. Not even its last record may be read otherwise."""
    cut = journal_of(tmp_path / "cut.db", list(range(500)))
    whole = cut.read_bytes()
    cut.write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(JournalError, match="damaged or cut short"):
        list(read(cut))


def test_damage_is_named_with_the_record_where_it_begins(tmp_path: Path) -> None:
    """A record that is gone, one that can't be decoded and a spoiled page are damage, not a shorter journal."""
    gone = spoiled(journal_of(tmp_path / "gone.db", list(range(9))), "DELETE FROM record WHERE seq = 5")
    garbled = spoiled(
        journal_of(tmp_path / "garbled.db", list(range(9))), "UPDATE record SET body = x'c1' WHERE seq = 4"
    )
    torn = journal_of(tmp_path / "torn.db", list(range(5000)))
    whole = torn.read_bytes()
    torn.write_bytes(whole[: len(whole) // 2] + bytes(range(256)) * 256 + whole[len(whole) // 2 + 65536 :])
    for path, complaint in {
        gone: "damaged, no record 5",
        garbled: "record 4 is damaged",
        torn: "damaged after record",
    }.items():
        with pytest.raises(JournalError) as refused:
            list(read(path))
        assert str(refused.value).startswith(f"{path}: {complaint}")
        assert "restore the file from a copy" in str(refused.value)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
json: st.SearchStrategy[Any] = st.recursive(
    leaves | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
objects = st.dictionaries(texts, json, max_size=3)
numbers = st.integers(0, 2**62)
strings = st.dictionaries(texts, texts, max_size=3)
exchanges = st.builds(
    Exchange,
    at_ms=numbers,
    answered_at_ms=numbers,
    intended_ns=numbers,
    sent_ns=numbers,
    duration_ns=numbers,
    wall_ns=numbers,
    protocol=texts,
    actor=texts,
    peer=texts,
    operation=texts,
    request=st.builds(Request, texts, texts, st.binary(), st.binary()),
    answer=st.none() | st.builds(Answer, st.integers(0, 999), st.binary(), st.binary()),
    error=st.none() | st.sampled_from(WireError),
    error_text=texts,
    resent=st.booleans(),
    injected=texts,
    keys=strings,
    view=st.none() | objects,
)
facts = st.builds(
    Fact, at_ms=numbers, mono_ns=numbers, wall_ns=numbers, actor=texts, what=texts, keys=strings, values=objects
)
steps = st.builds(Step, at_ms=numbers, mono_ns=numbers, wall_ns=numbers, what=texts, scenario=texts, values=objects)
records: st.SearchStrategy[Record] = exchanges | facts | steps


@given(st.lists(records, max_size=5), st.integers(0, 9))
def test_archive_and_journal_give_each_other_back(posted: list[Record], world: int) -> None:
    """Journal, archive and the journal made of the archive hold the same records."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Journal.create(folder / "journal.db", world) as journal:
            for record in posted:
                journal.post(record)
        assert archive.pack(read(journal.path), folder / "journal.jsonl.zst") == len(posted)
        merge([folder / "journal.jsonl.zst"], folder / "again.db")
        original = list(read(journal.path))
        assert original == [replace(record, seq=n, world=world) for n, record in enumerate(posted, start=1)]
        assert list(read(folder / "journal.jsonl.zst")) == original
        assert list(read(folder / "again.db")) == original


def test_an_archive_and_a_journal_merge_like_two_journals(tmp_path: Path) -> None:
    """Where a record was kept makes no difference to its place."""
    a, b = journal_of(tmp_path / "a.db", [10, 30]), journal_of(tmp_path / "b.db", [20, 40])
    archive.pack(read(a), tmp_path / "a.jsonl.zst")
    assert whats(read([tmp_path / "a.jsonl.zst", b])) == ["a-10", "b-20", "a-30", "b-40"]
    assert whats(read(tmp_path / "a.jsonl.zst", after_seq=1)) == ["a-30"]


def test_an_archive_refuses_what_json_would_change(tmp_path: Path) -> None:
    """Losing nothing is checked record by record; a refused archive leaves no file."""
    record = Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box", what="odd", values={"raw": b"\x00"})
    with pytest.raises(JournalError, match="holds a value that JSON would change"):
        archive.pack([record], tmp_path / "journal.jsonl.zst")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_private_and_never_overwritten(tmp_path: Path) -> None:
    """Mode 0600, like the journal; an existing one is left alone."""
    path = tmp_path / "journal.jsonl.zst"
    archive.pack([fact("beat")], path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(JournalError, match="exists, and an archive is never overwritten"):
        archive.pack([], path)


def test_an_archive_that_was_cut_off_or_is_none_says_so(tmp_path: Path) -> None:
    """Half an archive is no shorter archive, and a foreign file is none."""
    posted = [fact(os.urandom(400).hex(), number) for number in range(1, 400)]
    whole = tmp_path / "whole.jsonl.zst"
    archive.pack([replace(record, seq=n) for n, record in enumerate(posted, start=1)], whole)
    cut = tmp_path / "cut.jsonl.zst"
    cut.write_bytes(whole.read_bytes()[:-4000])
    foreign = tmp_path / "foreign.jsonl.zst"
    foreign.write_bytes(b"not compressed at all")
    later = tmp_path / "later.jsonl.zst"
    later.write_bytes(zstandard.compress(b'{"type":"journal","format_version":9}\n{"type":"end","records":0}\n'))
    headless = tmp_path / "headless.jsonl.zst"
    headless.write_bytes(zstandard.compress(b'{"type":"end","records":0}\n'))
    for path in (cut, foreign, later, headless):
        with pytest.raises(JournalError) as refused:
            list(read(path))
        assert str(refused.value).startswith(f"{path}: ")
