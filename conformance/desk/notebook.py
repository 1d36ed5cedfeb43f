"""What one command remembers for the next: the orders that were asked for or told of, and which run heard of each.

Numbers and places only, in OUT/city.json. What the orders say stays in the journals: it names people.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from conformance.asked import Misuse

FILE = "city.json"
LAST = "last"  # instead of 27 characters


class Order(Struct, kw_only=True, forbid_unknown_fields=True):
    """One StartChargeSeq. ``billed_in`` names the runs, folders of OUT, in whose journals its order came."""

    connector: str
    target: str
    billed_in: list[str] = []


class _Page(Struct, kw_only=True, forbid_unknown_fields=True):
    orders: dict[str, Order] = {}


class Notebook:
    """The orders of an OUT folder, the latest last."""

    def __init__(self, out: Path) -> None:
        self._file = out / FILE
        self.orders = self._read()

    def number(self, word: str) -> str:
        """The StartChargeSeq that somebody means. Raises Misuse for the last one where there is none."""
        if word != LAST:
            return word
        if not self.orders:
            raise Misuse(f"{self._file}: no order was started or told of yet; name one")
        return list(self.orders)[-1]

    def connector(self, number: str) -> str:
        """Where an order runs. Raises Misuse when nobody said."""
        if number not in self.orders:
            raise Misuse(f"{number}: no order of {self._file}; say --connector, too")
        return self.orders[number].connector

    def begun(self, number: str, connector: str, target: str) -> None:
        """An order that the city starts, or that it is told of; it is the last one from here on."""
        kept = self.orders.pop(number, None) or Order(connector=connector, target=target)
        self.orders[number] = kept
        self._write()

    def billed(self, number: str, connector: str, target: str, run: str) -> None:
        """Its order came in that run."""
        order = self.orders.setdefault(number, Order(connector=connector, target=target))
        if run not in order.billed_in:
            order.billed_in.append(run)
            self._write()

    def _read(self) -> dict[str, Order]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Page).orders
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as wrong:
            raise Misuse(
                f"{self._file}: cannot be read ({wrong}); remove it, or name another folder with --out"
            ) from None

    def _write(self) -> None:
        unfinished = self._file.with_name(f".{FILE}.{os.getpid()}")
        text = msgspec.json.format(msgspec.json.encode(_Page(orders=self.orders)), indent=1)
        descriptor = os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as page:
            page.write(text)
        os.replace(unfinished, self._file)
