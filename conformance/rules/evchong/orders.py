"""An order as the operator's surface shows it: its numbers in any spelling, and what it does not tell.

No document defines the surface, so what cannot be read there blames nobody: the row stays open, and the reason names
the order, the field and the value. A null is different: the server says that there is nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from simulators.lab.surface_words import ORDERS, number

if TYPE_CHECKING:
    from conformance.rules.evchong.known import Transaction

Order = Mapping[str, Any]

NUMBERS = tuple(field.name for field in ORDERS.answer if field.is_number)
AMOUNTS = ("energy_wh", "electricity_fen", "service_fen", "total_fen")


def with_numbers(told: Order) -> dict[str, Any]:
    """The order with every number that can be read as one; moments are whole milliseconds.

    A ``transaction_id`` that is no number is none of ours (1.4: an integer), so such an order is told by its begin.
    """
    read = {name: number(told[name]) for name in NUMBERS if name in told}
    whole = {name: round(value) if name.endswith("_ms") else value for name, value in read.items() if value is not None}
    ids = {"transaction_id": number(told["transaction_id"])} if "transaction_id" in told else {}
    return {**told, **whole, **ids}


def untold(order: Order, *names: str) -> str:
    """Why these fields of an order cannot be compared: it does not tell them, or not as numbers. Empty when it does."""
    for name in names:
        if name not in order:
            return f"{_named(order)} tells no {name}: look at [surfaces.orders.fields]"
    return garbled(order, *names)


def garbled(order: Order, *names: str) -> str:
    """Which of these fields, as far as the order tells them, should be a number and is none; empty when all are."""
    for name in names:
        told = order.get(name)
        if name in NUMBERS and told is not None and number(told) is None:
            return f"{_named(order)} tells {name} as {told!r}, which is no number: look at [surfaces.orders.fields]"
    return ""


def belongs_by_its_names(order: Order, transaction: Transaction) -> bool:
    """Box, connector and card, as far as the order tells them, are those of the transaction."""
    return (
        _alike(order.get("box"), transaction.box)
        and _alike(order.get("connector"), transaction.connector)
        and _alike(order.get("card"), transaction.card)
    )


def has_its_id(order: Order, transaction: Transaction) -> bool | None:
    """The order is of this transaction by its id; None when it tells no id."""
    told = order.get("transaction_id")
    return None if told is None else told == transaction.id and _alike(order.get("box"), transaction.box)


def unseen(orders: Iterable[Order], box: str, connector: int | None, opened: Collection[int]) -> str:
    """Why one of the orders may be new on this box and nobody can tell when it began; empty when all can be told."""
    for order in orders:
        here = _alike(order.get("box"), box) and (connector is None or _alike(order.get("connector"), connector))
        if here and order.get("transaction_id") not in opened and (why := untold(order, "started_ms")):
            return why
    return ""


def doubt(orders: Iterable[Order], transaction: Transaction) -> str:
    """Why one of the orders may be of this transaction and nobody can tell; empty when all can be told."""
    for order in orders:
        if has_its_id(order, transaction) is not None:
            continue
        if wrong := garbled(order, "connector"):
            order = {**order, "connector": None}
        if belongs_by_its_names(order, transaction) and (why := wrong or unmatched(order)):
            return why
    return ""


def unmatched(order: Order) -> str:
    """Why an order cannot be matched with what was done: neither its transaction nor its begin can be read."""
    if order.get("transaction_id") is not None:
        return ""
    if order.get("started_ms") is None:
        return f"{_named(order)} tells neither transaction_id nor started_ms: look at [surfaces.orders.fields]"
    return garbled(order, "started_ms")


def _alike(told: Any, true: str | int | None) -> bool:
    return told is None or str(told) == str(true)


def _named(order: Order) -> str:
    return f"order {order['id']}" if order.get("id") is not None else "an order"
