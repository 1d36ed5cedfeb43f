"""When an order that was not taken is pushed again (seed 1.1.13, 1.1.14)."""

from __future__ import annotations

from collections.abc import Iterator


class Ladder:
    """Gaps between the attempts: each longer by a step until half an hour, then an hour for ever (BJ-X2)."""

    step_s = 150
    longest_step_s = 1800
    for_ever_s = 3600

    def gaps_s(self) -> Iterator[int]:
        yield from range(self.step_s, self.longest_step_s + 1, self.step_s)
        while True:
            yield self.for_ever_s
