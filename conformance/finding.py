"""What a rule says of one exchange or one deadline."""

from __future__ import annotations

from msgspec import Struct


class Finding(Struct, frozen=True, gc=False):
    """One judgement of one case of one row, good or bad.

    ``at`` are the sequence numbers of the records that it rests on. ``path`` says where in the message, in wire
    names. ``twin`` (service, box): the finding counts only when that box had a valid request of that service
    accepted in the same run, as a refusal alone shows nothing.
    """

    row: str
    case: str
    ok: bool
    expected: str
    actual: str
    at: tuple[int, ...] = ()
    path: str = ""
    twin: tuple[str, str] | None = None


class Observation(Struct, frozen=True, gc=False):
    """Something worth knowing that no row judges, such as a lawful reading that the server was seen to use."""

    row: str
    text: str
    at: int
