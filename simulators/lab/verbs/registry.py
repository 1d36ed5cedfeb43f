"""The verbs by name, and how one is done. A verb is an async function of the lab and its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from simulators.lab.lab import Lab
from simulators.lab.setting import LabError

Verb = Callable[..., Awaitable[Any]]
VERBS: dict[str, Verb] = {}


def verb(function: Verb) -> Verb:
    """Make a function a verb; ``box_power_on`` is asked for as "box.power_on"."""
    VERBS[function.__name__.replace("_", ".", 1)] = function
    return function


async def perform(lab: Lab, name: str, arguments: dict[str, Any]) -> Any:
    """Do one verb. Raises LabError for an unknown verb or arguments that it does not take."""
    if name not in VERBS:
        raise LabError(f"no verb {name!r}; there are {', '.join(sorted(VERBS))}")
    try:
        _signature(VERBS[name]).bind(lab, **arguments)
    except TypeError as wrong:
        raise LabError(f"{name}: {wrong}") from None
    return await VERBS[name](lab, **arguments)


@cache
def _signature(function: Verb) -> inspect.Signature:
    return inspect.signature(function)
