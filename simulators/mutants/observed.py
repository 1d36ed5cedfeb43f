"""The reference, watched: which of its methods and settings are used, and when. The proof chooses scenarios by it."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from simulators.reference.server import ReferenceServer

_used: set[str] = set()


class Observed(ReferenceServer):
    """Notes the name of every method that is called on it and of every other attribute that is read."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if not isinstance(value, MethodType):
            _used.add(name)
            return value
        return _noting(name, value)


def _noting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Many a method is looked up for a table of them and never called."""

    def call(*args: Any, **keywords: Any) -> Any:
        _used.add(name)
        return method(*args, **keywords)

    return call


def take() -> frozenset[str]:
    """What was used since the last time, by any server of this process."""
    used = frozenset(_used)
    _used.clear()
    return used
