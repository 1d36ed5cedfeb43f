"""Defects of query_token, in both directions (CEC-TOK-a to CEC-TOK-e)."""

from __future__ import annotations

from simulators.mutants.registry import family, mutant
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import Token
from simulators.reference.city.parameters import WRONG_ENVELOPE, WRONG_TOKEN, Illegal
from simulators.reference.city.queries import UNKNOWN_OPERATOR, WRONG_SECRET
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

LAPSES_AFTER_MS = 30 * 60 * 1000

# CEC-TOK-a: what right credentials get


@mutant(breaks="CEC-TOK-a", case="succeeds")
class RefusesWhileATokenHolds(ReferenceServer):
    """Gives no second token before the first has run out: whoever lost it on a restart waits for hours."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        reason = super().token_fail_reason(operator_id, secret)
        held = self.city.given_token
        return 3 if not reason and held is not None and not self.has_expired(held) else reason


@mutant(breaks="CEC-TOK-a", case="token")
class GivesAnEmptyToken(ReferenceServer):
    """Says that it succeeded, and forgets to fill the token in."""

    def drawn_token(self) -> str:
        return ""


@mutant(breaks="CEC-TOK-a", case="succeeds")
class GivesATokenWithAReason(ReferenceServer):
    """Answers from an object that still holds the reason of a refusal: SuccStat 0 with FailReason 2."""

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        return told if told["SuccStat"] else told | {"FailReason": WRONG_SECRET}


class _TellsAnotherTime(ReferenceServer):
    """Tells TokenAvailableTime otherwise than it is meant."""

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        return told if told["SuccStat"] else told | {"TokenAvailableTime": self.told_time()}

    def told_time(self) -> float:
        raise NotImplementedError


@mutant(breaks="CEC-TOK-a", case="available-time")
class TellsWhenTheTokenEnds(_TellsAnotherTime):
    """Tells the moment at which the token ends, epoch milliseconds, for how long it holds."""

    def told_time(self) -> float:
        return self.now_ms() + self.token_life_s * 1000


@mutant(
    breaks="CEC-TOK-a",
    case="available-time",
    also={"CEC-ENV-m": "the table wants whole seconds"},
)
class TellsFractionsOfASecond(_TellsAnotherTime):
    """Tells what is left of the token's life as its library counts it, with fractions."""

    def told_time(self) -> float:
        return self.token_life_s - 0.0375


@mutant(breaks="CEC-TOK-a", case="available-time")
class GivesTokensForEightDays(ReferenceServer):
    """Gives tokens that hold for longer than a week: whoever configured it wanted to be on the safe side."""

    token_life_s = 8 * 24 * 3600


# CEC-TOK-b: what wrong ones get


@mutant(breaks="CEC-TOK-b", case="unknown-operator")
class TakesAnyOperator(ReferenceServer):
    """Looks at the secret only, as there is but one platform."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        return 0 if secret == self.contract.operator_keys.operator_secret else WRONG_SECRET


@mutant(breaks="CEC-TOK-b", case="wrong-secret")
class DoesNotLookAtTheSecret(ReferenceServer):
    """Looks the operator up, and trusts whoever knows its name."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        return 0 if operator_id == self.contract.platform_id else UNKNOWN_OPERATOR


@mutant(breaks="CEC-TOK-b", case="wrong-secret")
class ComparesHalfTheSecret(ReferenceServer):
    """Keeps the secret in a column of eight characters, and compares as many."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        good = self.contract.operator_keys.operator_secret
        return super().token_fail_reason(operator_id, good if secret[:8] == good[:8] else secret)


@mutant(breaks="CEC-TOK-b", case=("unknown-operator", "wrong-secret"))
class RefusesCredentialsByRet(ReferenceServer):
    """Answers wrong credentials Ret 4002, as any other call without a good token."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        if reason := super().token_fail_reason(operator_id, secret):
            raise Illegal(WRONG_TOKEN, f"credentials refused, {reason}")
        return 0


@mutant(breaks="CEC-TOK-b", case="unknown-operator")
class CallsEveryRefusalAWrongSecret(ReferenceServer):
    """Answers FailReason 2 whatever is wrong, not to tell which operators there are."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        return WRONG_SECRET if super().token_fail_reason(operator_id, secret) else 0


@mutant(breaks="CEC-TOK-b", case=("unknown-operator", "wrong-secret"))
class SendsTheTokenWithTheRefusal(ReferenceServer):
    """Fills in the answer before it looks at the credentials: refused, with the platform's token in it."""

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        given = self.city.given_token or self.new_token()
        return told | {"AccessToken": given.text}


@mutant(breaks="CEC-TOK-b", case=("unknown-operator", "wrong-secret"))
class TellsALifeOfNoToken(ReferenceServer):
    """Tells how long its tokens hold whether it gives one or not."""

    def query_token(self, asked: Message) -> Message:
        return super().query_token(asked) | {"TokenAvailableTime": self.token_life_s}


# CEC-TOK-c: what a token is good for


REFUSES_EVERY_SECOND_QUESTION = dict.fromkeys(
    (
        "BJ-1.1.1-b",
        "BJ-1.1.3-c",
        "BJ-1.1.3-d",
        "BJ-1.1.4-b",
        "BJ-1.1.4-c",
        "BJ-1.1.5-b",
        "BJ-1.1.6-b",
        "BJ-1.1.7-b",
        "BJ-1.1.7-d",
        "BJ-1.1.9-c",
        "BJ-1.1.11-b",
        "BJ-1.1.11-c",
        "CEC-ENV-d",
        "CEC-ENV-g",
        "CEC-ENV-i",
        "CEC-ENV-j",
        "CEC-ENV-n",
    ),
    "whatever is asked with a token that was used before is answered 4002",
)


@mutant(breaks="CEC-TOK-c", case="accepted", also=REFUSES_EVERY_SECOND_QUESTION)
class TakesATokenOnce(ReferenceServer):
    """Throws a token away when it was used: made for the links of password mails."""

    def is_good_token(self, text: str) -> bool:
        good = super().is_good_token(text)
        if good:
            self.city.given_token = None
        return good


@mutant(breaks="CEC-TOK-c", case="accepted")
class LocksOutAfterAWrongSecret(ReferenceServer):
    """Takes the token back when somebody shows a wrong secret, whoever that was."""

    def token_fail_reason(self, operator_id: str, secret: str) -> int:
        reason = super().token_fail_reason(operator_id, secret)
        if reason == WRONG_SECRET:
            self.city.given_token = None
        return reason


@mutant(breaks="CEC-TOK-c", case="accepted")
class LetsTokensLapse(ReferenceServer):
    """Keeps tokens like the sessions of its web pages: half an hour after the last question they are gone."""

    used_ms = 0

    def is_good_token(self, text: str) -> bool:
        given = self.city.given_token
        given_ms = given.until_ms - self.token_life_s * 1000 if given else 0
        lapsed = self.now_ms() - max(given_ms, self.used_ms) > LAPSES_AFTER_MS
        self.used_ms = self.now_ms()
        return super().is_good_token(text) and not lapsed


@mutant(breaks="CEC-TOK-c", case="expired", also={"CEC-ENV-e": "an expired token is no good one"})
class LetsTokensLiveForever(ReferenceServer):
    """Compares the token, and never looks when it was given."""

    def has_expired(self, token: Token) -> bool:
        return False


@mutant(breaks="CEC-TOK-c", case="expired", also={"CEC-ENV-e": "4003 is no 4002"})
class CallsAnExpiredTokenIllegal(ReferenceServer):
    """Answers 4003 for a token that has run out: the filter before the platform's code does so."""

    def has_expired(self, token: Token) -> bool:
        if super().has_expired(token):
            raise Illegal(WRONG_ENVELOPE, "token expired")
        return False


# CEC-TOK-d: what the server calls with


@mutant(breaks="CEC-TOK-d", case="first", also={"CEC-ENV-o": "its first call has no token, and so no header"})
class CallsBeforeItHasAToken(ReferenceServer):
    """Calls without a token until the platform complains, and only then fetches one."""

    async def push_once(self, interface: str, content: Message) -> tuple[Outcome, Token | None]:
        if self.city.held_token is None and not self.city.last_stamp:
            return await self.call_platform(interface, content, {}), Token("", 0)
        return await super().push_once(interface, content)


@mutant(breaks="CEC-TOK-d", case="renewed")
class KeepsARefusedToken(ReferenceServer):
    """Repeats after 4002 with the token that was refused, and goes on so until its own clock says that it ends."""

    def drop_token(self, token: Token) -> None:
        pass


@mutant(
    breaks="CEC-TOK-d",
    case="repeated",
    also=dict.fromkeys(
        ("BJ-1.1.13-b", "BJ-1.1.13-c", "BJ-1.1.14-b", "CEC-RES-a"), "4002 is one of the answers to repeat after"
    ),
)
class RepeatsNothingAfterARefusedToken(ReferenceServer):
    """Fetches a new token after 4002, and takes the call for made."""

    async def push(self, interface: str, content: Message) -> Outcome:
        outcome, token = await self.push_once(interface, content)
        if outcome.ret != WRONG_TOKEN or token is None:
            return outcome
        self.drop_token(token)
        await self.platform_token()
        return Outcome(0, {})


@mutant(breaks="CEC-TOK-d", case="repeated")
class LeavesRepeatingToTheNextRound(ReferenceServer):
    """Fetches a new token after 4002, and waits for whatever is due next: the state of a charge is lost."""

    async def push(self, interface: str, content: Message) -> Outcome:
        outcome, token = await self.push_once(interface, content)
        if outcome.ret == WRONG_TOKEN and token is not None:
            self.drop_token(token)
            await self.platform_token()
        return outcome


def _repeats_all_but(name: str, interface: str) -> type[ReferenceServer]:
    class Repeating(ReferenceServer):
        async def push(self, pushed: str, content: Message) -> Outcome:
            if pushed != interface:
                return await super().push(pushed, content)
            outcome, token = await self.push_once(pushed, content)
            if outcome.ret != WRONG_TOKEN or token is None:
                return outcome
            self.drop_token(token)
            await self.platform_token()
            return Outcome(0, {"SuccStat": 0})

    return Repeating


family(
    _repeats_all_but,
    [
        ("StartResult", "notification_start_charge_result"),
        ("StopResult", "notification_stop_charge_result"),
        ("Check", "check_charge_orders"),
    ],
    name="RepeatsNo{0}AfterARefusedToken",
    story="Repeats after 4002 what goes through its queue; {1} has a client of its own, which does not.",
    breaks="CEC-TOK-d",
    case="repeated",
    also={"CEC-RES-a": "4002 is one of the answers to repeat after"},
)


# CEC-TOK-e: how often it fetches one


@mutant(breaks="CEC-TOK-e", case="reused")
class FetchesATokenForEachCall(ReferenceServer):
    """Fetches a token, makes one call with it, and fetches the next."""

    def is_fresh(self, token: Token) -> bool:
        return False
