"""Rules of the envelope and of what is in it (T/CEC 102.4; cec102 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.beijing import clocks
from conformance.rules.beijing.general import EVERY, PUSHES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Ret
from simulators.beijing.opened import Fault, Kind, Noted

JSON_TYPE = "application/json"
UTF_8 = ("utf-8", "utf8")
BEARER = "Bearer "
AT_ONCE_S = 15 * 60  # a call may wait, and go out again as it was


def faults_of(seen: Spoken, row: str) -> list[Fault]:
    """What is wrong with the server's own envelope, of what a row owns."""
    return [fault for fault in (seen.sent.faults if seen.sent else ()) if fault.row == row]


def in_words(faults: list[Fault]) -> str:
    """The first of several faults."""
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"{faults[0].field or 'the body'}: {faults[0].actual}{more}" if faults else "as the document wants it"


class _Envelopes(CityRule):
    """Something that must hold of each envelope that the server makes: of pushes, and of its answers."""

    listens = EVERY
    expected: str

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.sent is None or not self.concerns(seen):
            return
        faults = faults_of(seen, self.row)
        expected = f"{faults[0].field}: {faults[0].expected}" if faults else self.expected
        yield self.judge(not faults, self.case(seen), expected, in_words(faults), seen.exchange)

    def concerns(self, seen: Spoken) -> bool:
        """Whether there is anything to judge."""
        return True

    def case(self, seen: Spoken) -> str:
        return "request" if seen.kind is Kind.REQUEST else "answer"


class EnvelopesHaveTheirFields(_Envelopes):
    """Requests carry OperatorID, Data, TimeStamp, Seq and Sig in their forms; answers Ret, Msg, Data and Sig.

    TimeStamp is the time of the call (1.3). A clock may be wrong, and a call that failed may go out again as it was for
    some minutes; but what was right once is not told again hours later, each time by a clock that is further behind.
    """

    row = "CEC-ENV-a"
    expected = "an envelope with all of its fields"

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._right: set[str] = set()  # each TimeStamp that was told in time
        self._behind_s: float | None = None  # the first that was told again too late

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from super().exchange(seen)
        ahead_s = clocks.ahead_s(seen, self.known.pixit) if seen.pushed else None
        if ahead_s is not None:
            yield from self._told_again(seen, seen.envelope["TimeStamp"], ahead_s)

    def _told_again(self, seen: Spoken, stamp: str, ahead_s: float) -> Iterator[Finding]:
        if abs(ahead_s) <= AT_ONCE_S:
            self._right.add(stamp)
        elif ahead_s < 0 and stamp in self._right:
            if self._behind_s is None:
                self._behind_s = ahead_s
            elif abs(ahead_s - self._behind_s) > AT_ONCE_S:
                actual = f"{stamp}, that of a call {-ahead_s / 60:.0f} min ago"
                yield self.bad("request", "TimeStamp: the time of the call", actual, seen.exchange, path="TimeStamp")


class DataDecrypts(_Envelopes):
    """Data decrypts with the agreed keys to a JSON object."""

    row = "CEC-ENV-b"
    expected = "Data: Base64 of AES-128-CBC over a JSON object"

    def concerns(self, seen: Spoken) -> bool:
        assert seen.sent is not None
        return seen.sent.content is not None or bool(faults_of(seen, self.row))


class SignaturesVerify(_Envelopes):
    """Sig is the upper-case HMAC-MD5 over the documented fields; of an error answer only where it is there (BJ-X12)."""

    row = "CEC-ENV-c"
    expected = "Sig: verifies, in upper case"

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        yield from super().exchange(seen)
        if seen.sent is not None and seen.sent.noted(Noted.SIG_LOWER_CASE):
            yield self.bad(self.case(seen), "Sig in upper case", f"{seen.envelope.get('Sig')}", seen.exchange)

    def concerns(self, seen: Spoken) -> bool:
        assert seen.sent is not None
        if faults_of(seen, self.row):
            return True
        unread = any(fault.row == "CEC-ENV-a" for fault in seen.sent.faults)
        lacking = seen.sent.noted(Noted.SIG_ABSENT) or seen.sent.noted(Noted.SIG_LOWER_CASE)
        return not unread and not lacking


class RetIsAnInteger(_Envelopes):
    """Ret travels as a JSON integer."""

    row = "CEC-ENV-h"
    expected = "Ret: an integer"

    def concerns(self, seen: Spoken) -> bool:
        return seen.kind is Kind.ANSWER and "Ret" in seen.envelope

    def case(self, seen: Spoken) -> str:
        return "success" if seen.ret in (Ret.SUCCESS, None) else "error"


class ContentsKeepToTheirTables(CityRule):
    """Identifier lengths, decimals, times, enumerations and types are as in the field tables (cec102 4, 5)."""

    row = "CEC-ENV-m"
    listens = EVERY

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if seen.content is None or seen.interface is None:
            return
        if not seen.pushed and not seen.asked_in_form:
            return  # what comes back may be what was wrong with the question
        broken = seen.violations
        where = ".".join(map(str, broken[0].path)) if broken else ""
        yield self.judge(
            not broken,
            seen.interface.value,
            f"{where}: {broken[0].expected}" if broken else "every field as in its table",
            broken[0].actual if broken else "valid",
            seen.exchange,
            path=where,
        )


class CallsAreAuthorizedPosts(CityRule):
    """The server's calls are POST with a UTF-8 JSON body and, but for query_token, ``Authorization: Bearer``.

    A token that was in use before the city gave one out is from before the lab was opened: nothing is known of it.
    """

    row = "CEC-ENV-o"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._older: set[str] = set()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.pushed:
            return
        request = seen.exchange.request
        yield self.judge(request.method == "POST", "post", "POST", request.method, seen.exchange)
        content_type = header(seen, "content-type")
        wanted = f"Content-Type: {JSON_TYPE}; charset=utf-8"
        yield self.judge(is_utf8_json(content_type), "json", wanted, content_type or "none", seen.exchange)
        if seen.interface is not Interface.QUERY_TOKEN:
            yield from self._authorized(seen)

    def _authorized(self, seen: Spoken) -> Iterator[Finding]:
        value, given = header(seen, "authorization"), self.known.tokens.by_city
        bearer = value.startswith(BEARER)
        if bearer and not given:
            self._older.add(seen.token)
        if bearer and seen.token in self._older:
            return
        ok = bearer and seen.token in given
        actual = "as given out" if ok else "another than was given out" if bearer else _scheme(value)
        yield self.judge(ok, "bearer", "Authorization: Bearer and a token that was given out", actual, seen.exchange)


def is_utf8_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON, and no other characters than UTF-8."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")]
    return kind == JSON_TYPE and all(charset in UTF_8 for charset in charsets)


def _scheme(authorization: str) -> str:
    """What stands before the token, which is nobody's affair."""
    scheme, _, token = authorization.partition(" ")
    return f"the scheme {scheme}" if token else "a value without scheme" if scheme else "no Authorization"


def header(seen: Spoken, name: str) -> str:
    """The value of a header of the request; empty when there is none."""
    for line in seen.exchange.request.head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.strip().lower() == name.encode():
            return value.strip().decode("latin-1")
    return ""
