"""The ladder 150/300/.../1800/3600/... of orders that were not taken (seed 1.1.13, 1.1.14), in each reading (BJ-X2)."""

from __future__ import annotations

from conformance.rules.blocks import Bounds

STEP_MS, LONGEST_STEP_MS, FOR_EVER_MS = 150_000, 1_800_000, 3_600_000
STEPS_TO_LONGEST = LONGEST_STEP_MS // STEP_MS
DOUBLINGS = 5  # 150, 300, 600, 1200, and the fifth would be more than 1800


def as_told(number: int, before_ms: int) -> tuple[int, int]:
    """150 s, then 300 s; of the steps after these is said only that they grow, up to an hour."""
    if number <= 2:
        return number * STEP_MS, number * STEP_MS
    return min(before_ms, FOR_EVER_MS), FOR_EVER_MS


def arithmetic(number: int, before_ms: int) -> tuple[int, int]:
    """Each step 150 s longer than the one before, up to 1800 s; then an hour."""
    step_ms = number * STEP_MS if number <= STEPS_TO_LONGEST else FOR_EVER_MS
    return step_ms, step_ms


def doubling(number: int, before_ms: int) -> tuple[int, int]:
    """Each step twice the one before, up to 1800 s; then an hour."""
    step_ms = min(STEP_MS << (number - 1), LONGEST_STEP_MS) if number <= DOUBLINGS else FOR_EVER_MS
    return step_ms, step_ms


def offsets(number: int, before_ms: int) -> tuple[int, int]:
    """Times since the bill: every 150 s for the first 1800 s, at 3600 s, then every hour.

    The first attempt may be some time after the bill, and the first repeat so much sooner after it.
    """
    if number <= STEPS_TO_LONGEST:
        return (0 if number == 1 else STEP_MS), STEP_MS
    step_ms = LONGEST_STEP_MS if number == STEPS_TO_LONGEST + 1 else FOR_EVER_MS
    return step_ms, step_ms


LADDERS: dict[str, Bounds] = {"gaps": as_told, "arithmetic": arithmetic, "doubling": doubling, "offsets": offsets}


def ceiling(bounds: Bounds) -> Bounds:
    """The same ladder where its steps may be shorter."""
    return lambda number, before_ms: (0, bounds(number, before_ms)[1])
