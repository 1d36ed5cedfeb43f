"""Rules of query_token, in both directions (cec102 5.1; seed 1.1.16).

The city's tokens exist since the lab was opened; a server that was running before may come with an older one, of
which nothing is known but that the city answers it with Ret 4002.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.finding import Finding
from conformance.rules.beijing.figures import number
from conformance.rules.beijing.general import PUSHES, QUERIES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.tokens import (
    FAIL_REASONS,
    LONGEST_LIFE_S,
    OPERATOR,
    RIGHT,
    SECRET,
    Token,
    credentials,
    refused_for,
    whole_seconds,
)
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Ret
from simulators.strict_json import NotStrictJson, shown, strict_json

QUERY_TOKEN = Interface.QUERY_TOKEN.value
CHARGE_STATUS = Interface.NOTIFICATION_EQUIP_CHARGE_STATUS
ORDERS = frozenset({
    Interface.NOTIFICATION_CHARGE_ORDER_INFO,
    Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS,
})  # fmt: skip
HTTP_OK = 200
RESENT_WITHIN_S = 90  # a failed push is sent again about 1 minute later (cec102 1.6) ...
ORDER_RESENT_WITHIN_S = 150  # ... an order by its ladder (seed 1.1.13, 1.1.14)
WRONG = {OPERATOR: "unknown-operator", SECRET: "wrong-secret"}  # what is wrong -> the case
NEAR_ITS_END_S = 600  # a token that ends within this may be replaced before it does
NO_TOKENS = frozenset({"", "Bearer", "None", "null", "undefined"})  # what stands where a token should, for want of one


def caller(seen: Spoken) -> str:
    """OperatorID in the envelope of a query, which is the city's own but where it played somebody else."""
    try:
        envelope = strict_json(seen.exchange.request.body)
    except NotStrictJson:
        return ""
    return str(envelope.get("OperatorID", "")) if isinstance(envelope, dict) else ""


def in_short(seen: Spoken) -> str:
    """What an answer to query_token amounts to; the token itself stays untold."""
    if seen.exchange.error is not None or seen.exchange.answer is None:
        return f"no answer: {seen.exchange.error}"
    if seen.ret is None:
        return f"HTTP {seen.exchange.answer.status} without a Ret, from {seen.exchange.request.url}"
    told = seen.told
    if told is None:
        return seen.ret_in_words
    token = "a token" if told.get("AccessToken") else "no token"
    said = ", ".join(f"{name} {shown(told.get(name))}" for name in ("SuccStat", "FailReason"))
    return f"{seen.ret_in_words}, {said}, {token}"


def _cannot_be_read(seen: Spoken) -> bool:
    """An answer that may be right, for all that can be seen of it."""
    answer = seen.exchange.answer
    sealed_wrongly = seen.ret == Ret.SUCCESS and seen.told is None
    return sealed_wrongly or (seen.answered and answer is not None and answer.status == HTTP_OK and seen.ret is None)


class _Credentials(CityRule):
    """What query_token makes of the credentials that the city shows, under its own name in the envelope."""

    listens = frozenset({QUERY_TOKEN})

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not credentials(seen) or not seen.arrived or caller(seen) != self.known.pixit.platform_id:
            return
        if _cannot_be_read(seen):
            return  # the rows of the envelope have their say
        yield from self.judged(seen)

    def judged(self, seen: Spoken) -> Iterator[Finding]:
        """Credentials of a known kind were shown, and the answer, if there is one, can be read."""
        raise NotImplementedError


class RightCredentialsGetAToken(_Credentials):
    """query_token with the right credentials gives a token, and tells its life in whole seconds, at most 7 days.

    It says that it succeeded, and nothing else: FailReason is 0, where it is there.
    """

    row = "CEC-TOK-a"

    def judged(self, seen: Spoken) -> Iterator[Finding]:
        if credentials(seen) != RIGHT:
            return
        told = seen.told or {}
        ok = seen.succeeded and number(told.get("FailReason")) in (None, 0)
        yield self.judge(ok, "succeeds", "Ret 0, SuccStat 0 and FailReason 0", in_short(seen), seen.exchange)
        if not seen.succeeded:
            return
        token, life = told.get("AccessToken"), told.get("TokenAvailableTime")
        yield self.judge(
            isinstance(token, str) and token != "", "token", "an AccessToken, text", in_short(seen), seen.exchange
        )
        yield self.judge(
            0 < (whole_seconds(life) or 0) <= LONGEST_LIFE_S,
            "available-time",
            f"TokenAvailableTime in whole seconds, 1 to {LONGEST_LIFE_S}",
            shown(life),
            seen.exchange,
            path="TokenAvailableTime",
        )


class WrongCredentialsGetNone(_Credentials):
    """query_token refuses an operator that it does not know (FailReason 1) and a wrong secret (FailReason 2).

    No token has no life: TokenAvailableTime is 0 then.
    """

    row = "CEC-TOK-b"

    def judged(self, seen: Spoken) -> Iterator[Finding]:
        wrong = credentials(seen)
        if wrong not in WRONG or not seen.answered:
            return  # no answer is no refusal, and gives nothing away either
        reason = FAIL_REASONS[wrong]
        life = (seen.told or {}).get("TokenAvailableTime")
        lives = (number(life) or 0) > 0
        ok = refused_for(seen, reason, self.known.pixit.readings) and not lives
        expected = f"Ret 0, SuccStat 1, FailReason {reason}, no token, TokenAvailableTime 0"
        actual = f"{in_short(seen)}, TokenAvailableTime {shown(life)}" if lives else in_short(seen)
        yield self.judge(ok, WRONG[wrong], expected, actual, seen.exchange)


class TokensHoldUntilTheyExpire(CityRule):
    """A token is accepted until it expires or a newer one was given out, and answered 4002 once it has expired.

    Which check comes first is the server's affair, so only Ret 0 shows that a token was accepted; and that one was
    not refused, only an answer to a question with which nothing else is wrong.
    """

    row = "CEC-TOK-c"
    listens = QUERIES - {QUERY_TOKEN}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        token = self.known.tokens.by_server.get(seen.token)
        if token is None or seen.ret is None or "broken" in seen.exchange.keys:
            return
        if token.holds(seen.exchange.answered_at_ms):
            yield from self._accepted(seen, token)
        elif token.has_expired(seen.exchange.at_ms, self.known.pixit.boxes.time_tolerance_s * 1000):
            yield from self._expired(seen, token)

    def _accepted(self, seen: Spoken, token: Token) -> Iterator[Finding]:
        if seen.ret in (Ret.SUCCESS, Ret.WRONG_TOKEN):
            age_s = (seen.exchange.at_ms - token.given_ms) // 1000
            expected = f"the token accepted: it is {age_s} s old and holds for {token.life_s}"
            yield self.judge(seen.ret == Ret.SUCCESS, "accepted", expected, seen.ret_in_words, seen.exchange)

    def _expired(self, seen: Spoken, token: Token) -> Iterator[Finding]:
        if seen.ret in (Ret.SUCCESS, Ret.WRONG_TOKEN) or self._is_right_otherwise(seen):
            over_s = (seen.exchange.at_ms - token.given_ms) // 1000 - token.life_s
            expected = f"Ret 4002: the token expired {over_s} s ago"
            yield self.judge(seen.ret == Ret.WRONG_TOKEN, "expired", expected, seen.ret_in_words, seen.exchange)

    def _is_right_otherwise(self, seen: Spoken) -> bool:
        charge = self.known.charges.by_number.get(seen.order)
        return charge is not None and charge.running


@dataclass(slots=True)
class _Refused:
    """A push that was answered 4002, and until when it must be followed by what is demanded next."""

    push: Spoken
    until_ms: int
    renewed_ms: int | None = None  # since when the server has another token; None while it must fetch one
    outdated: bool = False  # it need not be repeated: there is newer to say of its connector


class WrongTokensAreRenewed(CityRule):
    """The first push has a token that was fetched before; after a 4002 one is fetched, and the push repeated once.

    The document says no time for it. So whoever takes the 4002 for a failure like others, and begins its next
    attempt with a new token, is right as long as that attempt is due: about 1 minute (cec102 1.6), for orders 150 s.
    """

    row = "CEC-TOK-d"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._began = False
        self._refused: list[_Refused] = []

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.pushed:
            return
        if seen.interface is Interface.QUERY_TOKEN:
            yield from self._fetched(seen)
            return
        if not self._began:
            yield from self._first(seen)
        repeated = next((refused for refused in self._refused if self._repeats(seen, refused)), None)
        if repeated is not None:
            self._refused.remove(repeated)
            actual = f"repeated {self._since_s(seen, repeated)} s later"
            yield self.good("repeated", self._expected(repeated), actual, repeated.push.exchange, seen.exchange)
        else:
            self._note(seen)

    # The first push

    def _first(self, seen: Spoken) -> Iterator[Finding]:
        given = self.known.tokens.by_city
        if not given and seen.token not in NO_TOKENS:
            return  # it may have been given before the lab was opened
        self._began = True
        if not given or seen.token in given:
            actual = "the token that was fetched" if given else "nothing was fetched"
            expected = "query_token, then the first push with its token"
            yield self.judge(bool(given), "first", expected, actual, seen.exchange)

    # After a 4002

    def _note(self, seen: Spoken) -> None:
        """A push that repeats nothing: it may be refused, or say what makes an older one needless."""
        if any(_alike(seen, refused.push) for refused in self._refused):
            return  # again with the same token, which is no repetition that the document asks for
        if seen.interface is Interface.NOTIFICATION_STATION_STATUS:
            for older in self._refused:
                older.outdated = older.outdated or _subject(older.push) == _subject(seen)
        if seen.ret != Ret.WRONG_TOKEN or self._hides_its_token(seen):
            return
        now_ms = seen.exchange.answered_at_ms
        latest = self.known.tokens.latest_by_city()
        # Another push on its way with the same token may have been refused first, and the token renewed since.
        renewed_ms = now_ms if latest is not None and latest.value != seen.token else None
        self._refused.append(_Refused(seen, now_ms + self._limit_ms(seen), renewed_ms))

    def _hides_its_token(self, seen: Spoken) -> bool:
        """It has one, and does not show it where it should (CEC-ENV-o): another would not help."""
        return seen.token in NO_TOKENS and bool(self.known.tokens.by_city)

    def _fetched(self, seen: Spoken) -> Iterator[Finding]:
        if seen.by_plan:
            self._refused.clear()  # the city keeps its tokens for itself: nobody can go on
        if not seen.succeeded:
            return
        for refused in self._refused:
            if refused.renewed_ms is None:
                refused.renewed_ms = seen.exchange.answered_at_ms
                refused.until_ms = refused.renewed_ms + self._limit_ms(refused.push)
                actual = f"{self._since_s(seen, refused)} s later"
                yield self.good("renewed", "query_token after Ret 4002", actual, refused.push.exchange, seen.exchange)

    def _repeats(self, seen: Spoken, refused: _Refused) -> bool:
        """The same call with another token: the same content, or that of a charge, measured anew at once."""
        if refused.renewed_ms is None or seen.token == refused.push.token:
            return False
        at_once_ms = refused.renewed_ms + self.known.pixit.push_at_once_s * 1000
        at_once = seen.interface is CHARGE_STATUS and seen.exchange.at_ms <= at_once_ms
        return _alike(seen, refused.push) or (at_once and _subject(seen) == _subject(refused.push))

    def advance(self, now_ms: int) -> Iterator[Finding]:
        if not any(refused.until_ms < now_ms for refused in self._refused):
            return
        overdue = [refused for refused in self._refused if refused.until_ms < now_ms]
        self._refused = [refused for refused in self._refused if refused.until_ms >= now_ms]
        for refused in overdue:
            if refused.renewed_ms is None:
                yield self.bad("renewed", "query_token after Ret 4002", "none", refused.push.exchange)
            elif not refused.outdated and not self._has_ended(refused.push):
                yield self.bad("repeated", self._expected(refused), "it was not", refused.push.exchange)

    def _has_ended(self, push: Spoken) -> bool:
        """The charge whose state it told: its end is what counts now."""
        if push.interface is not CHARGE_STATUS:
            return False
        charge = self.known.charges.about(push)
        return charge is not None and not charge.running

    def _limit_ms(self, push: Spoken) -> int:
        if push.interface in ORDERS:
            return round((ORDER_RESENT_WITHIN_S + self.known.pixit.push_at_once_s) * 1000)
        return RESENT_WITHIN_S * 1000

    def _expected(self, refused: _Refused) -> str:
        push = refused.push
        return f"{push.exchange.operation} repeated with a new token within {self._limit_ms(push) / 1000:g} s"

    def _since_s(self, seen: Spoken, refused: _Refused) -> int:
        return (seen.exchange.at_ms - refused.push.exchange.at_ms) // 1000


def _subject(push: Spoken) -> tuple[Interface | None, str]:
    """What a push is about: an order, else a connector."""
    keys = push.exchange.keys
    return push.interface, keys.get("order") or keys.get("socket", "")


def _alike(push: Spoken, other: Spoken) -> bool:
    """Both say the same; what cannot be read says nothing."""
    return push.interface is other.interface and push.asked is not None and push.asked == other.asked


class TokensAreReused(CityRule):
    """The city's token is used again while it holds; one that is fetched for every push is used once."""

    row = "CEC-TOK-e"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._used: Counter[str] = Counter()
        self._refused: set[str] = set()

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.pushed:
            return
        if seen.interface is Interface.QUERY_TOKEN:
            yield from self._fetched(seen)
            return
        if seen.ret == Ret.WRONG_TOKEN:
            self._refused.add(seen.token)
        if seen.token not in self.known.tokens.by_city:
            return
        self._used[seen.token] += 1
        if self._used[seen.token] > 1:
            actual = f"used {self._used[seen.token]} times"
            yield self.good("reused", "one token for many pushes", actual, seen.exchange)

    def _fetched(self, seen: Spoken) -> Iterator[Finding]:
        held = self.known.tokens.latest_by_city()
        if not seen.succeeded or held is None or held.value in self._refused or self._used[held.value] != 1:
            return
        if held.holds(seen.exchange.at_ms + NEAR_ITS_END_S * 1000):
            age_s = (seen.exchange.at_ms - held.given_ms) // 1000
            actual = f"another query_token after {age_s} s and one push; the token holds for {held.life_s} s"
            yield self.bad("reused", "one token for many pushes", actual, seen.exchange)
