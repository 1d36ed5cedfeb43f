"""The journal while it is written: numbers, order, what survives, and what is said when the disk gives up."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from simulators.journal.reading import read
from simulators.journal.records import Answer, Exchange, Fact, Record, Request, Step, WireError
from simulators.journal.store import Journal
from simulators.journal.tables import JournalError


def fact(what: str, mono_ns: int = 1, **values: object) -> Fact:
    return Fact(at_ms=1000, mono_ns=mono_ns, wall_ns=3, actor="box CB-0001", what=what, values=dict(values))


def exchange(sent_ns: int) -> Exchange:
    return Exchange(
        at_ms=1000,
        answered_at_ms=1001,
        intended_ns=sent_ns,
        sent_ns=sent_ns,
        duration_ns=7,
        wall_ns=9,
        protocol="evchong",
        actor="box CB-0001",
        peer="sut",
        operation="deviceBoot",
        request=Request("POST", "https://sut/boot", b"head", b'{"a":1}'),
        answer=Answer(200, b"head", b"\x00\xff"),
        error=WireError.TRUNCATED,
        keys={"box": "CB-0001"},
        view={"nested": [1, None, "京"]},
    )


def test_every_kind_of_record_reads_back_as_it_was_with_number_and_world(tmp_path: Path) -> None:
    """A record reads back whole; ``seq`` and ``world`` are the journal's."""
    step = Step(at_ms=1, mono_ns=2, wall_ns=3, what="run-began", values={"target": "reference"})
    with Journal.create(tmp_path / "journal.db", world=4) as journal:
        numbers = [journal.append(exchange(5)), journal.post(fact("card-swiped")), journal.post(step)]

    assert numbers == [1, 2, 3]
    expected: list[Record] = [exchange(5), fact("card-swiped"), step]
    found = list(read(tmp_path / "journal.db"))
    assert [(record.seq, record.world) for record in found] == [(1, 4), (2, 4), (3, 4)]
    assert [type(record) for record in found] == [Exchange, Fact, Step]
    assert [replace(record, seq=0, world=0) for record in found] == expected


def test_columns_can_be_read_with_the_sqlite_shell(tmp_path: Path) -> None:
    """Whoever has no Python finds time, kind, actor and operation in columns of their own."""
    with Journal.create(tmp_path / "journal.db", world=2) as journal:
        journal.post(exchange(5))
        journal.post(fact("card-swiped", mono_ns=6))
    connection = sqlite3.connect(tmp_path / "journal.db")
    rows = connection.execute("SELECT seq, world, kind, mono_ns, at_ms, actor, operation FROM record").fetchall()
    connection.close()
    assert rows == [
        (1, 2, "exchange", 5, 1000, "box CB-0001", "deviceBoot"),
        (2, 2, "fact", 6, 1000, "box CB-0001", "card-swiped"),
    ]


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    """The journal holds secrets in clear: it and what SQLite keeps beside it have mode 0600."""
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.append(fact("card-swiped"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    """Evidence stays: creating over a file, or over the log of a vanished one, is refused by name."""
    path = tmp_path / "journal.db"
    Journal.create(path).close()
    with pytest.raises(JournalError, match=r"journal\.db: exists"):
        Journal.create(path)
    (tmp_path / "other.db-wal").touch()
    with pytest.raises(JournalError, match=r"other\.db-wal: left by an earlier journal"):
        Journal.create(tmp_path / "other.db")
    with pytest.raises(JournalError, match="can't be made"):
        Journal.create(tmp_path / "missing" / "journal.db")


def test_threads_get_numbers_without_gap_and_each_keeps_its_order(tmp_path: Path) -> None:
    """Numbers are unique and rise without a gap; what one thread posts stays in its order; listeners see the same."""
    told: list[Record] = []

    def post_many(thread: int) -> None:
        numbers = [journal.post(fact("beat", thread=thread, number=number)) for number in range(2000)]
        assert numbers == sorted(numbers)

    with Journal.create(tmp_path / "journal.db") as journal:
        journal.subscribe(told.append)
        threads = [threading.Thread(target=post_many, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    found = list(read(journal.path))
    assert found == told
    assert [record.seq for record in found] == list(range(1, 16001))
    facts = [record for record in found if isinstance(record, Fact)]
    for number in range(8):
        assert [one.values["number"] for one in facts if one.values["thread"] == number] == list(range(2000))


def test_flush_brings_everything_posted_to_other_readers(tmp_path: Path) -> None:
    """After ``flush`` another connection sees what was posted, while the journal is still open."""
    with Journal.create(tmp_path / "journal.db") as journal:
        for number in range(5000):
            journal.post(fact("beat", number=number))
        journal.flush()
        assert [record.seq for record in read(journal.path)] == list(range(1, 5001))
        assert journal.last_seq == 5000
        assert journal.slowest_commit_ms > 0


def test_a_closed_journal_takes_nothing_more(tmp_path: Path) -> None:
    """Posting after the end is an error of ours and says so; closing twice is none."""
    journal = Journal.create(tmp_path / "journal.db")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.post(fact("card-swiped"))


def test_what_cannot_be_encoded_is_refused_to_the_caller_and_takes_no_number(tmp_path: Path) -> None:
    """The mistake comes out where it was made, and the journal goes on."""
    with Journal.create(tmp_path / "journal.db") as journal:
        with pytest.raises(TypeError):
            journal.post(fact("card-swiped", thing=object()))
        assert journal.append(fact("card-swiped")) == 1


def test_what_a_caller_changes_later_is_not_in_the_file(tmp_path: Path) -> None:
    """The file holds what the record said when it was posted."""
    values: dict[str, object] = {"register_wh": 1}
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.post(Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box", what="charging-began", values=values))
        values["register_wh"] = 2
    (found,) = read(journal.path)
    assert isinstance(found, Fact)
    assert found.values == {"register_wh": 1}


def test_records_posted_by_a_listener_come_after_their_cause_for_everybody(tmp_path: Path) -> None:
    """Every listener is told in the order of numbers, also when one of them posts."""
    first: list[int] = []
    second: list[int] = []
    with Journal.create(tmp_path / "journal.db") as journal:

        def answer(record: Record) -> None:
            first.append(record.seq)
            if isinstance(record, Fact) and record.what == "question":
                journal.append(fact("answer"))

        journal.subscribe(answer)
        unsubscribe = journal.subscribe(lambda record: second.append(record.seq))
        journal.post(fact("question"))
        unsubscribe()
        journal.post(fact("unheard"))
    assert first == [1, 2, 3]
    assert second == [1, 2]


def test_a_crash_of_one_listener_reaches_the_poster_and_not_the_others(tmp_path: Path) -> None:
    """The record is taken and told to all; then the crash comes out of ``post``."""

    def crash(record: Record) -> None:
        raise RuntimeError("a rule is broken")

    told: list[int] = []
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.subscribe(crash)
        journal.subscribe(lambda record: told.append(record.seq))
        with pytest.raises(RuntimeError, match="a rule is broken"):
            journal.post(fact("card-swiped"))
        with pytest.raises(RuntimeError, match="a rule is broken"):
            journal.post(fact("gun-plugged"))
    assert told == [1, 2]
    assert [record.seq for record in read(journal.path)] == [1, 2]


def test_since_reaches_back_past_what_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old records come from the file, recent ones from memory, none twice and none missing."""
    monkeypatch.setattr("simulators.journal.store.TAIL_RECORDS", 5)
    with Journal.create(tmp_path / "journal.db", world=3) as journal:
        assert list(journal.since(0)) == []
        for number in range(20):
            journal.post(fact("beat", number=number))
        everything = list(journal.since(0))
        assert [record.seq for record in everything] == list(range(1, 21))
        assert {record.world for record in everything} == {3}
        assert [record.seq for record in journal.since(7)] == list(range(8, 21))
        assert [record.seq for record in journal.since(18)] == [19, 20]
        assert list(journal.since(20)) == []


APPENDS_FOR_EVER = """
import sys
from pathlib import Path
from simulators.journal.records import Fact
from simulators.journal.store import Journal
journal = Journal.create(Path(sys.argv[1]), world=1)
while True:
    fact = Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box", what="beat", values={"text": "x" * 500})
    for _ in range(20):
        journal.post(fact)
    print(journal.append(fact), flush=True)
"""


def test_what_was_appended_survives_kill_9(tmp_path: Path) -> None:
    """Every number that ``append`` gave back is in the file after SIGKILL, and the file reads without repair."""
    path = tmp_path / "journal.db"
    with subprocess.Popen([sys.executable, "-c", APPENDS_FOR_EVER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(100):
            promised = int(writer.stdout.readline())
        while_written = sum(1 for _ in read(path))
        writer.send_signal(signal.SIGKILL)
        promised = max(promised, *(int(line) for line in writer.stdout.read().splitlines()), 0)

    assert writer.returncode == -signal.SIGKILL
    assert promised >= 2100
    numbers = [record.seq for record in read(path)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= promised
    assert 2000 <= while_written <= len(numbers)


def refusals(journal: Journal) -> list[str]:
    """What every call says after the disk gave up."""
    said = []
    for call in (
        lambda: journal.post(fact("late")),
        lambda: journal.append(fact("late")),
        journal.flush,
        journal.close,
    ):
        with pytest.raises(JournalError) as refused:
            call()
        said.append(str(refused.value))
    return said


def test_a_full_journal_says_so_at_every_call_and_never_hangs(tmp_path: Path) -> None:
    """A write error is told by every later call, with the file, SQLite's reason and the number of lost records."""
    journal = Journal.create(tmp_path / "journal.db", page_limit=20)

    def fill() -> None:
        for _ in range(10_000):
            journal.append(fact("beat", text="x" * 1000))

    with pytest.raises(JournalError, match="SQLITE_FULL"):
        fill()
    said = refusals(journal)

    kept = len(list(read(journal.path)))
    lost = journal.last_seq - kept
    assert kept > 0
    assert said == [said[0]] * 4
    assert said[0].startswith(f"{journal.path}: can't be written (database or disk is full, SQLITE_FULL)")
    assert f"records lost: {lost}, kept: {kept}" in said[0]


MEETS_THE_LIMIT = """
import resource, sys
from pathlib import Path
from simulators.journal.records import Fact
from simulators.journal.store import Journal
from simulators.journal.tables import JournalError
journal = Journal.create(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
fact = Fact(at_ms=1, mono_ns=1, wall_ns=1, actor="box", what="beat", values={"text": "x" * 5000})
for call in (lambda: [journal.append(fact) for _ in range(5000)], lambda: journal.post(fact), journal.close):
    try:
        call()
    except JournalError as error:
        print(error)
"""


def test_a_file_that_may_not_grow_says_so_and_keeps_what_was_committed(tmp_path: Path) -> None:
    """EFBIG from the system is told like a full disk; what was committed before reads back."""
    path = tmp_path / "journal.db"
    done = subprocess.run(
        [sys.executable, "-c", MEETS_THE_LIMIT, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    said = done.stdout.splitlines()
    kept = len(list(read(path)))
    assert kept > 0
    assert len(said) == 3
    assert said == [said[0]] * 3
    assert said[0].startswith(f"{path}: can't be written (")
    assert "SQLITE_" in said[0]
    assert f"kept: {kept}." in said[0]
    assert done.stderr == ""
