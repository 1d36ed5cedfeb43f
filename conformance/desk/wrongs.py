"""What is wrong with one exchange, in words, for whoever sits at the desk. The verdicts are the judge's."""

from __future__ import annotations

from conformance.desk.meanings import with_meaning
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Content
from simulators.beijing.mind import Ret
from simulators.beijing.shape import message_fields
from simulators.journal.personal import SECRETS
from simulators.journal.redaction import SECRET_MASK

# A server that was started before the platform comes with a token that this one never gave (5.1): it fetches another.
NO_WRONG = frozenset({Ret.SUCCESS, Ret.WRONG_TOKEN})


def wrongs(spoken: Spoken) -> list[str]:
    """Envelope, form, refusals; empty for an exchange with which nothing is wrong."""
    if spoken.interface is None:
        return [f"the city has no such interface: {spoken.exchange.request.method} {spoken.exchange.request.url}"]
    if not spoken.answered and not spoken.pushed:
        return [f"no answer: {spoken.exchange.error} {spoken.exchange.error_text}".rstrip()]
    return [*_of_envelope(spoken), *_of_content(spoken), *_refusal(spoken)]


def _of_envelope(spoken: Spoken) -> list[str]:
    faults = spoken.sent.faults if spoken.sent else ()
    return [f"envelope, {fault.field or fault.step}: {fault.expected}; found {fault.actual}" for fault in faults]


def _of_content(spoken: Spoken) -> list[str]:
    told = []
    for broken in spoken.violations:
        actual = SECRET_MASK if SECRETS & set(map(str, broken.path)) else broken.actual
        told.append(f"{'.'.join(map(str, broken.path)) or 'content'}: {broken.expected}; found {actual}")
    return told


def _refusal(spoken: Spoken) -> list[str]:
    if spoken.pushed:
        return [] if spoken.ret in NO_WRONG else [f"the city does not take it: Ret {spoken.ret}"]
    if spoken.ret != Ret.SUCCESS:
        return [f"refused: Ret {spoken.ret} {spoken.envelope.get('Msg') or ''}".rstrip()]
    return [] if spoken.succeeded or spoken.told is None else [f"refused: {_reason(spoken, spoken.told)}"]


def _reason(spoken: Spoken, told: Content) -> str:
    """FailReason with its word; without one, that it did not succeed."""
    assert spoken.interface is not None
    fields = message_fields(spoken.interface, spoken.kind)
    name = "FailReason" if told.get("FailReason") else "SuccStat"
    return f"{name} {with_meaning(told.get(name), fields.get(name))}"
