"""What reading a message yields: its canonical form, what is wrong with it, what is worth a remark."""

from __future__ import annotations

from msgspec import Struct

from simulators.evchong.messages import Canonical


class Fault(Struct, frozen=True):
    """One reason why bytes are not the message that they should be, in the reading chosen.

    ``kind`` is a keyword of JSON Schema ("required", "type", "maxLength", "enum", "pattern") or one of "utf-8",
    "json" (not JSON, a name twice, NaN), "root" (no documented root key) and "mapping" (well-formed, but not in
    the reading chosen).
    """

    kind: str
    path: str  # dotted, without root key, list positions and wrappers: "transactionData.values.value"
    expected: str
    actual: str
    wire_path: str = ""  # as the bytes have it: "stopTransactionReq.transactionData.values[0].value"


class Observation(Struct, frozen=True):
    """Something lawful that differs from the reading chosen. ``row`` is the row that speaks of it ("EVC-X2")."""

    row: str
    text: str


class Decoded(Struct, frozen=True, gc=False):
    """One message as far as it could be read.

    ``canonical`` is None when there is no JSON, no root key, or no object under it. With ``faults`` it holds what
    was said all the same; the functions of ``content`` read from it what is of the right type.
    """

    canonical: Canonical | None
    faults: tuple[Fault, ...] = ()
    observations: tuple[Observation, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the message is whole and keeps to its schema."""
        return not self.faults


class Notes:
    """What a reader collects on its way through one message."""

    __slots__ = ("faults", "observations")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.observations: list[Observation] = []

    def observe(self, row: str, text: str) -> None:
        """Keep a remark, once."""
        observation = Observation(row, text)
        if observation not in self.observations:
            self.observations.append(observation)

    def decoded(self, canonical: Canonical | None) -> Decoded:
        """All of it together."""
        return Decoded(canonical, tuple(self.faults), tuple(self.observations))


class Unreadable(Exception):
    """Ends the reading of a message of which nothing more can be said; carries the fault."""

    def __init__(self, kind: str, expected: str, actual: str) -> None:
        super().__init__(f"{kind}: expected {expected}, found {actual}")
        self.fault = Fault(kind, "", expected, actual)
