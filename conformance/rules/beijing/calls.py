"""Rules of where the server's calls go, and how they are numbered (seed 1.2; cec102 1.3)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.finding import Finding
from conformance.rules.beijing.general import PUSHES, CityRule
from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from simulators.beijing.mind import PATH, UNKNOWN_INTERFACE

SECONDS_KEPT = 120  # a call that is later than this was not numbered with the others of its second


class CallsGoToTheirAddress(CityRule):
    """Calls go to /evcs/20160701/ and the interface, spelled as in the seed, below the address of the platform."""

    row = "BJ-1.2-a"
    listens = PUSHES | {UNKNOWN_INTERFACE}

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        request = seen.exchange.request
        if not seen.pushed or (seen.interface is None and request.method != "POST"):
            return  # somebody looked whether we are there
        path = urlsplit(request.url).path
        begins = path.startswith(PATH)
        yield self.judge(begins, "address", f"a path below {PATH}", path, seen.exchange)
        if begins:
            expected = "the name of an interface that the platform serves"
            yield self.judge(seen.interface is not None, "interface", expected, path, seen.exchange)


class SeqCountsWithinASecond(CityRule):
    """Two different calls of one second do not share their Seq; a call that is sent again, as it was, may."""

    row = "CEC-ENV-k"
    listens = PUSHES

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._numbered: OrderedDict[str, dict[str, bytes]] = OrderedDict()  # TimeStamp -> Seq -> digest of the call

    def exchange(self, seen: Spoken) -> Iterator[Finding]:
        stamp, seq = seen.envelope.get("TimeStamp"), seen.envelope.get("Seq")
        if not seen.pushed or not isinstance(stamp, str) or not isinstance(seq, str):
            return
        digest = hashlib.sha256(seen.exchange.request.body).digest()
        others = self._numbered.setdefault(stamp, {})
        if len(self._numbered) > SECONDS_KEPT:
            self._numbered.popitem(last=False)
        if others:
            ok = others.get(seq, digest) == digest
            expected = f"a Seq that no other call of {stamp} has"
            yield self.judge(ok, "unique", expected, seq, seen.exchange, path="Seq")
        others.setdefault(seq, digest)
