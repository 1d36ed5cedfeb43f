"""Rules of section 1's constraints and of the field tables as a whole (EVC-G1 to EVC-G10).

Who owns what is wrong with an answer: no whole answer, G1; HTTP 404 and its kin from a service never yet served, G2;
401 and its kin likewise, or a certificate asked for, G9; not UTF-8, G4; no object under the root key, G5. What is left
belongs to the row that demands the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.finding import Finding
from conformance.rules.evchong.known import Known, Owed, Strays
from conformance.rules.evchong.spoken import NO_CONNECTION, Outcome, Spoken
from conformance.rules.rule import Rule
from simulators.evchong import content
from simulators.evchong.invalid import MISSING, case_of
from simulators.evchong.messages import Service
from simulators.evchong.printed import BROKEN_REQUESTS
from simulators.journal.records import Exchange, Fact, WireError

ALL_SERVICES = frozenset(Service)
HTTPS_CASE = {service: f"https/{service}" for service in Service}
AT_ITS_PATH = {service: f"the service {service} at {service.path}" for service in Service}
UNDER_ITS_ROOT_KEY = {service: f'{{"{service.answer_root}": {{...}}}}' for service in Service}
ON_ITS_WAY_MS = 60_000  # a message is written down when it was answered, or given up: until then it may have been sent
MEBIBYTE = 1024 * 1024
NOT_FOUND = frozenset({404, 405, 410, 501})
NOT_ALLOWED_IN = frozenset({401, 403, 407, 511})
NOT_ACCEPTING = frozenset({Outcome.REFUSED, Outcome.UNREADABLE, Outcome.INCOMPLETE})


class EvchongRule(Rule):
    """A rule that is shown exchanges as ``Spoken``."""

    known: Known

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        return iter(())


def refused_for_want_of_service(seen: Spoken, known: Known) -> bool:
    """A valid request that got an HTTP status which another row owns (G2, G9), or no whole answer (G1)."""
    if seen.outcome is Outcome.NO_ANSWER:
        return True
    return seen.service not in known.served and seen.http_status in NOT_FOUND | NOT_ALLOWED_IN


def judged_elsewhere(seen: Spoken, known: Known) -> bool:
    """What is wrong with this answer is a finding of a general row, so no other row shall judge it."""
    return refused_for_want_of_service(seen, known) or seen.outcome is Outcome.UNREADABLE


class EveryServiceIsReachableOverHttpsOnly(EvchongRule):
    """All seven services answer over HTTPS; over plain HTTP nothing is performed."""

    row = "EVC-G1"
    listens = ALL_SERVICES | {"surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._strays = Strays(known)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        for refused, order in self._strays.look(fact):
            if order is not None:
                yield self.bad("plain-http", "nothing performed", f"order {order.get('id')}", refused.exchange, fact)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        exchange, case = seen.exchange, HTTPS_CASE[seen.service]
        if exchange.request.url.startswith("http:"):
            yield self._plain(seen)
        elif not seen.valid or exchange.error is WireError.CLIENT_CERTIFICATE:
            return  # not valid: another row; a certificate asked for: EVC-G9
        elif exchange.error is WireError.UNREACHABLE and not self.known.answered:
            return  # a server that was never there has shown nothing
        elif exchange.error is not None:
            yield self.bad(case, "a whole answer over HTTPS", seen.summary(), exchange)
        elif seen.readable:
            yield self.good(case, "a whole answer over HTTPS", f"HTTP {seen.http_status}", exchange)

    def _plain(self, seen: Spoken) -> Finding:
        if not seen.accepted:
            self._strays.expect(seen)
        return self.judge(
            not seen.accepted,
            "plain-http",
            "nothing performed over plain HTTP",
            seen.summary(),
            seen.exchange,
            twin=None if seen.accepted else (str(seen.service), seen.sender),
        )


class EachServiceHasItsMethodName(EvchongRule):
    """Each service is a resource under /evchong-api/cperent/v1/ with the method name of its section."""

    row = "EVC-G2"
    listens = ALL_SERVICES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid or (seen.service in self.known.served and not seen.readable):
            return
        expected = AT_ITS_PATH[seen.service]
        if seen.readable:
            yield self.good(seen.service, expected, f"HTTP {seen.http_status}", seen.exchange)
        elif seen.http_status in NOT_FOUND and self.known.owed(seen) is Owed.ACCEPT:
            yield self.bad(seen.service, expected, seen.summary(), seen.exchange)


class OnlyPostPerforms(EvchongRule):
    """Every HTTP method but POST is refused: by 4xx (or 501), or by an answer that accepts nothing."""

    row = "EVC-G3"
    listens = ALL_SERVICES | {"surface-answered"}

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._strays = Strays(known)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        for refused, order in self._strays.look(fact):
            if order is not None:
                method = refused.exchange.request.method
                yield self.bad(method, f"{method} changes nothing", f"order {order.get('id')}", refused.exchange, fact)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        return iter(()) if seen.posted else self._by_another_method(seen)

    def _by_another_method(self, seen: Spoken) -> Iterator[Finding]:
        method = seen.exchange.request.method
        if method == "POST" or not seen.exchange.request.url.startswith("https:") or not seen.arrived:
            return
        ok = seen.outcome in NOT_ACCEPTING or (seen.outcome is Outcome.ELSEWHERE)
        twin = (str(seen.service), seen.sender) if ok else None
        if ok:
            self._strays.expect(seen)
        yield self.judge(ok, method, f"{method} {seen.service} refused", seen.summary(), seen.exchange, twin=twin)


class BodiesAreUtf8(EvchongRule):
    """Chinese in ``info`` is taken, and what is answered decodes as UTF-8."""

    row = "EVC-G4"
    listens = ALL_SERVICES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._taken: set[tuple[str | None, str | None]] = set()  # error code and status, taken without Chinese

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        answer = seen.exchange.answer
        if answer is None or seen.exchange.error is not None:
            return
        if answer.body:
            yield self._answer_utf8(seen, answer.body)
        if seen.service is not Service.STATUS_NOTIFY:
            return
        info = content.error_info(seen.request)
        owed = self.known.owed(seen) is Owed.ACCEPT and not judged_elsewhere(seen, self.known)
        pair = (content.error_code(seen.request), content.status(seen.request))
        if info is None or info.isascii():
            self._taken |= {pair} if seen.readable else set()
        elif owed and (seen.readable or pair in self._taken):
            ok = seen.readable
            yield self.judge(ok, "chinese-info", f"info {info!r} taken", seen.summary(), seen.exchange, path="info")

    def _answer_utf8(self, seen: Spoken, body: bytes) -> Finding:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as wrong:
            found = f"byte {wrong.start} is {body[wrong.start : wrong.start + 1].hex()}: {wrong.reason}"
            return self.bad("answer-utf8", "an answer in UTF-8", found, seen.exchange)
        return self.good("answer-utf8", "an answer in UTF-8", "it decodes", seen.exchange)


class EachAnswerHasItsRootKey(EvchongRule):
    """A service that owes an answer gives a JSON object under the root key of its example."""

    row = "EVC-G5"
    listens = ALL_SERVICES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if self.known.owed(seen) in (Owed.NOTHING, Owed.REFUSE) or not seen.succeeded:
            return
        expected = UNDER_ITS_ROOT_KEY[seen.service]
        if seen.readable:
            yield self.good(seen.service, expected, "as demanded", seen.exchange)
        elif seen.outcome is Outcome.UNREADABLE and not any(fault.kind == "utf-8" for fault in seen.answered.faults):
            fault = seen.answered.faults[0]
            yield self.bad(seen.service, expected, f"{fault.kind}: {fault.actual}", seen.exchange)


class _BrokenRequestsAreRefused(EvchongRule):
    """A request with exactly one constraint broken is not accepted, and no order comes of it (EVC-X10)."""

    listens = ALL_SERVICES | {"surface-answered"}
    missing: bool

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._strays = Strays(known)

    def fact(self, fact: Fact) -> Iterator[Finding]:
        for refused, order in self._strays.look(fact):
            found = case_of(refused.asked.faults, refused.service)
            if order is not None and found is not None:
                expected = "no order of a start that was refused"
                yield self.bad(found[1], expected, f"order {order.get('id')}", refused.exchange, fact)

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        return self._broken(seen) if seen.asked.faults and seen.posted and seen.arrived else iter(())

    def _broken(self, seen: Spoken) -> Iterator[Finding]:
        found = case_of(seen.asked.faults, seen.service)
        if found is None or (found[0] == MISSING) is not self.missing:
            return
        ok = seen.outcome in NOT_ACCEPTING
        twin = (str(seen.service), seen.sender) if ok else None
        fault = seen.asked.faults[0]
        expected = f"{seen.service} with {fault.path} {fault.actual or 'missing'} not accepted"
        if ok:
            self._strays.expect(seen)
        yield self.judge(ok, found[1], expected, seen.summary(), seen.exchange, path=fault.wire_path, twin=twin)


class MandatoryFieldsAreDemanded(_BrokenRequestsAreRefused):
    """A request that lacks a mandatory field is not accepted."""

    row = "EVC-G6"
    missing = True


class TypesLengthsAndEnumerationsAreDemanded(_BrokenRequestsAreRefused):
    """A value too long, of the wrong type or outside its enumeration is not accepted."""

    row = "EVC-G7"
    missing = False


class NonsenseIsRefusedAndForgotten(EvchongRule):
    """What is no message at all gets a refusal without HTTP 5xx, and the next valid request is served."""

    row = "EVC-G8"
    listens = ALL_SERVICES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._after: Exchange | None = None  # nonsense, after which no valid request has come yet
        self._served: set[tuple[str, Service, int]] = set()  # sender, service, number of fields: what was served before

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        case = None if seen.valid else self._kind(seen)
        if case is not None:
            if seen.arrived or case == "very-large":
                yield self._answered(seen, case)
                self._after = seen.exchange
            return
        if self.known.owed(seen) is not Owed.ACCEPT:
            return
        like = (seen.sender, seen.service, len(content.fields(seen.request)))
        if seen.readable:
            self._served.add(like)
        if self._after is not None and like in self._served:
            yield self.judge(
                seen.readable,
                "still-serving",
                "the next valid request served",
                seen.summary(),
                self._after,
                seen.exchange,
            )
            self._after = None

    def _kind(self, seen: Spoken) -> str | None:
        request = seen.exchange.request
        if not seen.posted:
            return None
        if not request.body:
            return "empty"
        if len(request.body) >= MEBIBYTE:
            return "very-large"
        kinds = {fault.kind for fault in seen.asked.faults}
        if "root" in kinds:
            return "wrong-root-key"
        if kinds & {"json", "utf-8"}:
            return "as-printed" if _is_printed(request.body) else "not-json"
        return None

    def _answered(self, seen: Spoken, case: str) -> Finding:
        closed = case == "very-large" and seen.exchange.error in (WireError.CLOSED, WireError.TRUNCATED, WireError.TLS)
        ok = seen.outcome in NOT_ACCEPTING or closed
        expected = "HTTP 4xx or an answer that accepts nothing" + (
            ", or a closed connection" if case == "very-large" else ""
        )
        twin = (str(seen.service), seen.sender) if ok else None
        return self.judge(ok, case, expected, seen.summary(), seen.exchange, twin=twin)


def _is_printed(body: bytes) -> bool:
    from urllib.parse import unquote_to_bytes

    text = unquote_to_bytes(body.removeprefix(b"data=").replace(b"+", b" "))
    return any(text == printed.encode() for printed in BROKEN_REQUESTS.values())


class NoSignatureIsAskedFor(EvchongRule):
    """A box without a client certificate and without a signed message is served."""

    row = "EVC-G9"
    listens = ALL_SERVICES

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        if not seen.valid:
            return
        exchange = seen.exchange
        if exchange.error is WireError.CLIENT_CERTIFICATE:
            yield self.bad(
                "no-client-certificate", "served without a client certificate", exchange.error_text, exchange
            )
        elif seen.readable:
            yield self.good("no-client-certificate", "served without a client certificate", "served", exchange)
            yield self.good("no-signed-message", "served without a signature", "served", exchange)
        elif seen.service in self.known.served or self.known.owed(seen) is not Owed.ACCEPT:
            return  # served already, or not owed an acceptance: whatever it is refused for, it is no signature
        elif seen.http_status in NOT_ALLOWED_IN:
            yield self.bad("no-signed-message", "served without a signature", seen.summary(), exchange)


class UnknownMethodsAreNotFound(Rule):
    """A method that the document does not know is answered with HTTP 4xx."""

    row = "EVC-G10"
    listens = frozenset({"(unknown method)"})

    def exchange(self, seen: Exchange) -> Iterator[Finding]:
        status = seen.answer.status if seen.answer and seen.error is None else None
        if seen.error in NO_CONNECTION:
            return
        ok = status is not None and 400 <= status < 500
        twin = (str(Service.DEVICE_BOOT), seen.keys.get("box", "")) if ok else None
        actual = f"HTTP {status}" if status else f"{seen.error}: {seen.error_text}"
        yield self.judge(ok, "unknown-method", "HTTP 4xx", actual, seen, twin=twin)
