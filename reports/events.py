"""What happened, as a picture tells it: one event, and how it is read out of the two sides of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports.bodies import leaves

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: a message with its answer, a physical fact, or what a surface showed.

    A "message" is the box's to the server, a "push" the server's to the city, a "query" the city's to the server.
    """

    seq: int
    at_ms: int
    kind: str  # "message", "push", "query", "fact", "surface"
    name: str
    asked: Pairs = ()
    answered: Pairs = ()
    outcome: str = ""  # of a message: "HTTP 200" or the wire error
    sound: bool = True
    rows: tuple[str, ...] = ()  # that fail on it
    times: int = 1
    until_ms: int = 0
    planned: bool = False  # refused, because the mock platform was told to
    attempt: int = 1  # the how-manieth push of the same, as those before were not taken
    since_ms: int = 0  # from the attempt before


def firsts(value: Any) -> dict[str, str]:
    """The scalars of nested JSON by name, the first of each name."""
    return dict(_backwards(value))


def _backwards(value: Any) -> Iterator[tuple[str, str]]:
    yield from reversed(list(leaves(value)))


def picked(said: Mapping[str, Any], names: Iterable[str]) -> Pairs:
    """Some of what was said, in the order of the names."""
    return tuple((name, str(said[name])) for name in names if name in said)
