"""What must outlast the server: orders on their way, charges for the accounts, what was last known of the chargers."""

from __future__ import annotations

import sqlite3
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

FILE = "city.db"


class Kept:
    """JSON values by kind and key, in the order in which they first came. Without a folder they live in memory."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def put(self, kind: str, key: str, value: Any) -> None:
        self._table.execute(
            "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (kind, key, msgspec.json.encode(value)),
        )

    def drop(self, kind: str, key: str) -> None:
        self._table.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (kind, key))

    def get(self, kind: str, key: str, default: Any = None) -> Any:
        row = self._table.execute("SELECT value FROM kept WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return msgspec.json.decode(row[0]) if row else default

    def all(self, kind: str) -> dict[str, Any]:
        rows = self._table.execute("SELECT key, value FROM kept WHERE kind = ? ORDER BY rowid", (kind,))
        return {key: msgspec.json.decode(value) for key, value in rows}

    def close(self) -> None:
        """Used again, it opens again: in memory, with nothing in it."""
        if "_table" in self.__dict__:
            self._table.close()
            del self._table

    @cached_property
    def _table(self) -> sqlite3.Connection:
        place = str(Path(self._folder) / FILE) if self._folder else ":memory:"
        table = sqlite3.connect(place, isolation_level=None)
        table.execute("PRAGMA journal_mode = WAL")
        table.execute("PRAGMA synchronous = NORMAL")  # outlasts the end of the process, not one of the machine
        table.execute("CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key))")
        return table
