"""Journals put away: one JSON object a line, compressed, readable in twenty years with ``zstd -d`` and any language."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct

from simulators.journal.records import Exchange, Fact, Record, Step
from simulators.journal.tables import FORMAT_VERSION, JournalError, reserve

SUFFIX = ".jsonl.zst"


class Head(Struct, frozen=True, tag="journal"):
    """The first line."""

    format_version: int


class End(Struct, frozen=True, tag="end"):
    """The last line. Compressed text that breaks off looks like one that ends; this one tells them apart."""

    records: int


Line = Head | End | Exchange | Fact | Step


def pack(records: Iterable[Record], into: Path | str) -> int:
    """Write the records into a new archive, bytes in base64, and return how many there were.

    Every line is read back while it is written: what JSON can't hold is refused, not changed. The archive gets its
    name when it is whole.

    Raises:
        JournalError: the archive exists, can't be written, or could not give a record back as it was.
    """
    path = Path(into)
    if path.exists():
        raise JournalError(f"{path}: exists, and an archive is never overwritten; choose another name")
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    reserve(unfinished)
    try:
        with unfinished.open("wb") as file:
            count = _write(records, file)
        unfinished.rename(path)
    except OSError as error:
        raise JournalError(f"{path}: can't be written ({error.strerror}); free some space and try again") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _write(records: Iterable[Record], file: io.BufferedWriter) -> int:
    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder(Line).decode
    count = 0
    with zstandard.ZstdCompressor(level=6, write_checksum=True).stream_writer(file, closefd=False) as stream:
        stream.write(encode(Head(FORMAT_VERSION)) + b"\n")
        for record in records:
            line = encode(record)
            if decode(line) != record:
                raise JournalError(f"record {record.seq} ({record}) holds a value that JSON would change")
            stream.write(line + b"\n")
            count += 1
        stream.write(encode(End(count)) + b"\n")
    return count


def unpack(path: Path) -> Iterator[Record]:
    """The records of an archive, in its order.

    Raises:
        JournalError: the archive is missing, none of ours, of another version, damaged or cut off.
    """
    try:
        with path.open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            yield from _records(path, io.BufferedReader(stream, buffer_size=1 << 20))
    except FileNotFoundError:
        raise JournalError(f"{path}: no such archive") from None
    except (OSError, zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise JournalError(f"{path}: no archive of a journal, or damaged ({error}); use another copy") from error


def _records(path: Path, lines: Iterable[bytes]) -> Iterator[Record]:
    decode = msgspec.json.Decoder(Line).decode
    count, end = 0, None
    for number, text in enumerate(lines, start=1):
        line: Line = decode(text)
        if number == 1 and line != Head(FORMAT_VERSION):
            raise JournalError(f"{path}: begins with {line}, not with format {FORMAT_VERSION}; use a release that fits")
        if isinstance(line, End):
            end = line.records
        elif not isinstance(line, Head):
            count += 1
            yield line
    if end != count:
        raise JournalError(f"{path}: cut off or damaged after {count} records; use another copy")
