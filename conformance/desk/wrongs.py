"""What is wrong with one exchange, in words, for whoever sits at the desk. The verdicts are the judge's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from conformance.desk.meanings import with_meaning
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.messages import Content, Interface, SuccStat, TokenFailReason
from simulators.beijing.mind import PATH, Ret
from simulators.beijing.opened import Kind
from simulators.beijing.shape import message_fields
from simulators.journal.personal import SECRETS
from simulators.journal.records import WireError
from simulators.journal.redaction import SECRET_MASK

# A server that was started before the platform comes with a token that this one never gave (5.1): it fetches another.
NO_WRONG = frozenset({Ret.SUCCESS, Ret.WRONG_TOKEN})
OK = 200
TLS_ALERT = r"\x15\x03"
MOST_OF_A_PAGE = 80  # bytes
UNKNOWN: dict[Any, str] = {
    TokenFailReason.NO_SUCH_OPERATOR: "its OperatorID is not operator_id of [pixit.beijing]",
    TokenFailReason.WRONG_SECRET: "its OperatorSecret is not operator_secret of [pixit.beijing.platform_keys]",
}


def wrongs(spoken: Spoken) -> list[str]:
    """Envelope, form, refusals; empty for an exchange with which nothing is wrong."""
    if spoken.interface is None:
        return [f"the city has no such interface: {spoken.exchange.request.method} {spoken.exchange.request.url}"]
    if not spoken.answered and not spoken.pushed:
        return [f"no answer: {spoken.exchange.error} {spoken.exchange.error_text}".rstrip() + _perhaps_tls(spoken)]
    if not spoken.pushed and (of_http := _of_http(spoken)):
        return of_http
    return [*_of_envelope(spoken), *_of_content(spoken), *_refusal(spoken)]


def _perhaps_tls(spoken: Spoken) -> str:
    """Who waits for a TLS handshake hangs up on plain HTTP without a word, or answers with an alert of TLS."""
    exchange = spoken.exchange
    hung_up = exchange.error is WireError.CLOSED or TLS_ALERT in exchange.error_text
    plain = exchange.request.url.startswith("http://")
    return "; if the server speaks TLS there, base_url begins with https://" if plain and hung_up else ""


def _of_http(spoken: Spoken) -> list[str]:
    """An answer that is no envelope: what HTTP tells says more than that the envelope's fields are missing."""
    answer, url = spoken.exchange.answer, spoken.exchange.request.url
    if answer is None or "Ret" in spoken.envelope or (spoken.envelope and answer.status == OK):
        return []
    told = [f"HTTP {answer.status} from {url}: no envelope{_beginning(answer.body)}"]
    if not urlsplit(url).path.startswith(PATH):
        told.append(f"base_url usually ends in {PATH.rstrip('/')}")
    return told


def _beginning(body: bytes) -> str:
    """How a page begins that somebody else sent: a gateway says there what it is."""
    text = " ".join(body[:MOST_OF_A_PAGE].decode("utf-8", "replace").split())
    return f", but {text!r}{' ...' if len(body) > MOST_OF_A_PAGE else ''}" if text else ""


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
        return _refused_by_us(spoken)
    if spoken.ret != Ret.SUCCESS:
        return [f"refused: Ret {spoken.ret} {spoken.envelope.get('Msg') or ''}".rstrip()]
    return [] if spoken.succeeded or spoken.told is None else [f"refused: {_reason(spoken, spoken.told)}"]


def _refused_by_us(spoken: Spoken) -> list[str]:
    """By Ret, or by SuccStat below Ret 0: so the city answers credentials that it does not know (5.1)."""
    if spoken.ret not in NO_WRONG:
        return [f"the city does not take it: Ret {spoken.ret}"]
    told = spoken.told
    if told is None or told.get("SuccStat", SuccStat.SUCCESS) == SuccStat.SUCCESS:
        return []
    if spoken.interface is Interface.QUERY_TOKEN:
        why = UNKNOWN.get(told.get("FailReason"), "its credentials are unknown")
        return [f"the city gives it no token: {_reason(spoken, told)}; {why}"]
    return [f"the city does not take it: {_reason(spoken, told)}"]


def _reason(spoken: Spoken, told: Content) -> str:
    """FailReason of an answer with its word; without one, that it did not succeed."""
    assert spoken.interface is not None
    fields = message_fields(spoken.interface, Kind.ANSWER)
    name = "FailReason" if told.get("FailReason") else "SuccStat"
    return f"{name} {with_meaning(told.get(name), fields.get(name))}"
