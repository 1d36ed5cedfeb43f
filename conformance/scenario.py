"""What a scenario is: a function that makes things happen, the rows it is for, and what it does to a server."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from simulators.lab.client import Lab

Play = Callable[[Lab], None]
P = TypeVar("P", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. ``effects`` must be allowed by the target; ``seconds`` is the protocol time that it takes."""

    name: str  # "test_1_4_start_trans.py::test_..."
    play: Play
    rows: tuple[str, ...]
    effects: frozenset[str]
    seconds: int
    exclusive: bool
    told: str  # the first line of its docstring


def requirement(
    *rows: str, effects: tuple[str, ...] = ("reads", "opens-session"), seconds: int = 0, exclusive: bool = False
) -> Callable[[P], P]:
    """Mark a test function as the scenario of these rows."""

    def mark(function: P) -> P:
        module = function.__module__.rsplit(".", 1)[-1]
        told = (function.__doc__ or "").strip().split("\n")[0]
        function.scenario = Scenario(  # type: ignore[attr-defined]
            f"{module}::{function.__name__}", function, rows, frozenset(effects), seconds, exclusive, told
        )
        return function

    return mark


def scenarios_of(protocol: str) -> list[Scenario]:
    """Every scenario of a protocol, in the order of its document."""
    package: Any = importlib.import_module(f"conformance.{protocol}")
    found = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if module.name.startswith("test_"):
            holder = importlib.import_module(f"{package.__name__}.{module.name}")
            found += [thing.scenario for thing in vars(holder).values() if hasattr(thing, "scenario")]
    return found
