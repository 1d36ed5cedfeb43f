"""Rules of what the server must not take, and by which Ret it says so (cec102 1.5, 1.7); and of what it may tolerate.

Each of these questions has one thing wrong with it, which the city did on purpose. A refusal counts only beside a
right question of the same interface that was taken, as who refuses everything shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.beijing.general import QUERIES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.questions import CITY, UNDERSTOOD, broken, in_short, is_right, was_let_in
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.broken import Broken
from simulators.beijing.invalid import Group, case_of
from simulators.beijing.messages import Interface, SuccStat
from simulators.beijing.mind import Ret
from simulators.beijing.opened import Kind

HTTP_OK = 200
ERRORS = frozenset({Ret.WRONG_SIG, Ret.WRONG_TOKEN, Ret.WRONG_ENVELOPE, Ret.WRONG_CONTENT})
WITH_TOKEN = QUERIES - {Interface.QUERY_TOKEN.value}
TOO_LONG = ":length"


class _Refusals(CityRule):
    """Judges the answers to questions that must be refused."""

    listens = QUERIES

    def refused(self, seen: Spoken, case: str, ret: int, why: str) -> Iterator[Finding]:
        """By this Ret; a question that never arrived was refused by nobody."""
        if seen.arrived:
            by = CITY if ret == Ret.WRONG_CONTENT else UNDERSTOOD
            yield self.told(seen, case, seen.ret == ret, f"Ret {ret} for {why}", by)

    def told(self, seen: Spoken, case: str, ok: bool, expected: str, by: str = CITY) -> Finding:
        """Beside a right question that was taken, or at least understood."""
        twin = (seen.exchange.operation, by) if ok else None
        return self.judge(ok, case, expected, in_short(seen), seen.exchange, twin=twin)


class WrongSigsAreRefused(_Refusals):
    """A wrong Sig is answered 4001, by every interface."""

    row = "CEC-ENV-d"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if broken(seen) == Broken.SIG:
            yield from self.refused(seen, seen.exchange.operation, Ret.WRONG_SIG, "a wrong Sig")


class WrongTokensAreRefused(_Refusals):
    """A missing, wrong or expired token is answered 4002; a missing one perhaps 4003 (BJ-X13)."""

    row = "CEC-ENV-e"
    listens = WITH_TOKEN

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        interface, readings = seen.exchange.operation, self.known.pixit.readings
        if broken(seen) == Broken.NO_TOKEN:
            yield from self.refused(seen, f"{interface}:missing", int(readings.no_token), "no token")
        elif broken(seen) == Broken.WRONG_TOKEN:
            yield from self.refused(seen, f"{interface}:wrong", Ret.WRONG_TOKEN, "a token that nobody gave")
        elif not broken(seen) and not seen.pushed and self._has_expired(seen) and seen.asked_in_form:
            yield from self.refused(seen, "expired", Ret.WRONG_TOKEN, "a token that has run out")

    def _has_expired(self, seen: Spoken) -> bool:
        token = self.known.tokens.by_server.get(seen.token)
        tolerance_ms = self.known.pixit.boxes.time_tolerance_s * 1000
        return token is not None and token.has_expired(seen.exchange.at_ms, tolerance_ms)


class IncompleteEnvelopesAreRefused(_Refusals):
    """A missing field of the envelope is answered 4003, whichever field and interface it is."""

    row = "CEC-ENV-f"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if broken(seen) == Broken.MISSING:
            field = seen.exchange.keys["case"]
            case = f"{seen.exchange.operation}.{field}"
            yield from self.refused(seen, case, Ret.WRONG_ENVELOPE, f"an envelope without {field}")


class WrongParametersAreRefused(_Refusals):
    """A parameter that is missing, of a wrong type, too long or outside its enumeration is answered 4004.

    One that is too long names nothing, so where the answer has it, SuccStat 1 says the same (BJ-X14).
    """

    row = "CEC-ENV-g"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not was_let_in(seen, self.known) or seen.interface is None or seen.asked_in_form:
            return
        found = case_of(seen.interface, Kind.REQUEST, seen.asked)
        if found is None or found[0] is Group.FURTHER:
            return
        case = found[1]
        ok = seen.ret == Ret.WRONG_CONTENT or (case.endswith(TOO_LONG) and self._says_no(seen))
        yield self.told(seen, case, ok, f"Ret {Ret.WRONG_CONTENT} for {case}")

    def _says_no(self, seen: Spoken) -> bool:
        by_succ_stat = not self.known.pixit.readings.unknown_by_ret(seen.interface)
        told = seen.told or {}
        return by_succ_stat and seen.ret == Ret.SUCCESS and told.get("SuccStat") == SuccStat.FAILURE


class OthersAreNotTaken(_Refusals):
    """Data under the Sig of other Data, a TimeStamp of hours ago and an OperatorID of nobody are not accepted."""

    row = "CEC-ENV-l"
    FORGED = frozenset({Broken.TAMPERED, Broken.STALE, Broken.FOREIGN_OPERATOR})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if broken(seen) in self.FORGED and seen.answered:
            yield self.told(seen, broken(seen), seen.ret not in (None, Ret.SUCCESS), "a Ret other than 0")


class UnreadableDataIsRefused(_Refusals):
    """Data that does not decrypt, or is no JSON object, is answered 4004."""

    row = "CEC-ENV-n"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if broken(seen) == Broken.UNREADABLE:
            case = seen.exchange.keys["case"]
            yield from self.refused(seen, case, Ret.WRONG_CONTENT, f"Data that is {case}")


class ErrorsTravelWithHttp200(CityRule):
    """Protocol errors have HTTP 200; bytes that are no envelope get an answer, no HTTP 5xx, and harm nobody."""

    row = "CEC-ENV-i"
    listens = QUERIES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._upset: Spoken | None = None  # the latest bytes that were no envelope

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.pushed or not seen.arrived:
            return
        if broken(seen) == Broken.NO_ENVELOPE:
            self._upset = seen
            yield self._malformed(seen)
        elif self._upset is not None and is_right(seen, self.known):
            upset, self._upset = self._upset, None
            expected = "the next right question taken"
            yield self.judge(
                seen.ret == Ret.SUCCESS, "serving", expected, in_short(seen), upset.exchange, seen.exchange
            )
        if seen.ret in ERRORS and seen.exchange.answer is not None:
            status = seen.exchange.answer.status
            yield self.judge(status == HTTP_OK, f"{seen.ret}", "HTTP 200", f"HTTP {status}", seen.exchange)

    def _malformed(self, seen: Spoken) -> Finding:
        answer = seen.exchange.answer
        ok = seen.answered and answer is not None and answer.status < 500 and seen.ret != Ret.SUCCESS
        case = seen.exchange.keys["case"]
        return self.judge(ok, "malformed", f"an answer to {case}, no HTTP 5xx", _status(seen), seen.exchange)


def _status(seen: Spoken) -> str:
    answer = seen.exchange.answer
    return in_short(seen) if answer is None else f"HTTP {answer.status}, {in_short(seen)}"


class OdditiesAreTolerated(CityRule):
    """A lower-case Sig, TimeStamp and Seq of the question before, line breaks in Base64: all are taken."""

    row = "CEC-ENV-j"
    listens = QUERIES
    ODD = frozenset({Broken.LOWER_CASE_SIG, Broken.REPEATED_SEQ, Broken.LINE_BREAKS})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if broken(seen) in self.ODD and seen.arrived and seen.asked_in_form:
            expected = f"Ret 0 in spite of {broken(seen)}"
            yield self.judge(seen.ret == Ret.SUCCESS, broken(seen), expected, in_short(seen), seen.exchange)
