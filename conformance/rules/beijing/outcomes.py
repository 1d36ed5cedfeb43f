"""What became of a push, as far as repeating it goes.

What is judged are failures for which the server cannot be blamed: those that were planned, and calls that nobody
answered. What is refused for what it says would be refused again.
"""

from __future__ import annotations

from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal, Ret
from simulators.journal.records import WireError


def is_taken(seen: Spoken, known: Known) -> bool:
    """Ret 0; a disputed order is taken too, or is not, by the reading (BJ-X18)."""
    return seen.taken and not (seen.disputed and known.pixit.readings.disputed == "failed")


def has_failed(seen: Spoken, known: Known) -> bool:
    """The platform did not take it, and that was not the server's fault."""
    planned = seen.by_plan and seen.exchange.injected != Refusal.DISPUTED
    return not is_taken(seen, known) and (planned or seen.disputed or not seen.answered)


def is_refused_for_itself(seen: Spoken, known: Known) -> bool:
    """The platform did not take it for what it says; a token that has run out says nothing of what it came with."""
    return seen.answered and not is_taken(seen, known) and not has_failed(seen, known) and seen.ret != Ret.WRONG_TOKEN


def is_same_attempt(seen: Spoken, before: Spoken, tolerance_ms: int) -> bool:
    """A call that follows at once upon one that was refused for its token, or whose connection broke."""
    may = before.ret == Ret.WRONG_TOKEN or before.exchange.error is WireError.CLOSED
    return may and seen.exchange.at_ms - before.exchange.at_ms <= tolerance_ms


def is_without_token(seen: Spoken, known: Known) -> bool:
    """The platform gave the server no token when it asked for one: nothing can be pushed, and nothing be seen of it."""
    return seen.pushed and seen.interface is Interface.QUERY_TOKEN and has_failed(seen, known)
