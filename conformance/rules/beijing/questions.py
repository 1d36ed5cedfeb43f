"""Which questions of the city were right, so that an answer is owed, and what an answer amounts to in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.finding import Finding
from conformance.rules.beijing.general import CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.token import caller
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Ret
from simulators.strict_json import shown

CITY = "city"  # of whom a twin is: the one who asks
UNDERSTOOD = f"{CITY}, understood"


def broken(seen: Spoken) -> str:
    """What the city broke on purpose, or made unusual (``simulators.beijing.broken``); empty where nothing."""
    return seen.exchange.keys.get("broken", "")


def is_understood(seen: Spoken, known: Known) -> bool:
    """A right question was taken, or refused for an id that names nothing: envelope and token were seen to be right."""
    told = seen.ret == Ret.SUCCESS or (seen.ret == Ret.WRONG_CONTENT and bool(made_up(seen)))
    return told and is_right(seen, known)


def made_up(seen: Spoken) -> str:
    """The id in a question that names nothing; empty where there is none."""
    return seen.exchange.keys.get("made_up", "")


def was_let_in(seen: Spoken, known: Known) -> bool:
    """The city asked as itself, with a token that holds: whatever is refused is so for what it asked."""
    if seen.pushed or not seen.arrived or broken(seen) or caller(seen) != known.pixit.platform_id:
        return False
    if seen.interface is Interface.QUERY_TOKEN:
        return True
    token = known.tokens.by_server.get(seen.token)
    return token is not None and token.holds(seen.exchange.answered_at_ms)


def is_right(seen: Spoken, known: Known) -> bool:
    """A question with which nothing is wrong at all, as far as its form goes."""
    return seen.asked_in_form and was_let_in(seen, known)


def in_short(seen: Spoken) -> str:
    """What an answer amounts to."""
    if seen.exchange.error is not None or seen.exchange.answer is None:
        return f"no answer: {seen.exchange.error}"
    if seen.ret is None:
        return f"HTTP {seen.exchange.answer.status} without a Ret, from {seen.exchange.request.url}"
    told = seen.told or {}
    said = [f"{name} {shown(told[name])}" for name in ("SuccStat", "FailReason") if name in told]
    return ", ".join([seen.ret_in_words, *said])


def unreadable(seen: Spoken) -> bool:
    """Ret 0, and nobody can say with what: the rows of the envelope judge it."""
    return seen.ret == Ret.SUCCESS and seen.told is None


def objects(holder: Any, name: str) -> list[Content]:
    """The members of a list that are objects; what else stands there is judged by CEC-ENV-m."""
    told = holder.get(name) if isinstance(holder, dict) else None
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def text(holder: Content, name: str) -> str:
    """A field that should be text; what is none, CEC-ENV-m judges."""
    told = holder.get(name)
    return told if isinstance(told, str) else ""


class QuestionRule(CityRule):
    """Judges the answers to right questions of one interface, as far as they can be read."""

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if is_right(seen, self.known) and not unreadable(seen):
            yield from self.answered(seen, seen.asked or {}, seen.told or {})

    def answered(self, seen: Spoken, asked: Content, told: Content) -> Iterator[Finding]:
        """A right question was asked. ``told`` is empty where the answer is no, or none at all."""
        raise NotImplementedError
