"""What a run against a server that claims the city begins with, so that it is seen to work.

The platform asks for its token among strangers, who show credentials nearly like the platform's: half of them another
operator's name, half another secret. Each half alone is enough to tell knowledge from chance
(``conformance.discrimination``), so that a server which does not look at the one is seen to look at the other.

Connectors change their states, drawn one by one, so that nobody can tell them who does not look at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from typing import Any

from conformance.preamble import in_rounds
from simulators.beijing.messages import Interface
from simulators.evchong.messages import ChargePointStatus
from simulators.lab.city_client import WAITED_BEYOND_S
from simulators.lab.client import Box, Lab, Unmet
from simulators.lab.leases import NothingToLend

STRANGERS_OF_A_KIND = 11  # 1 in 12 a round: after four rounds less than chance is given
MOST_SILENT = 2  # calls in a row without an answer, after which nobody else need call

STATES = (ChargePointStatus.AVAILABLE, ChargePointStatus.OCCUPIED, ChargePointStatus.RESERVED)
DRAWN = 48  # states of all connectors together; two in three are a change, and a third of these makes a connector idle


def show_that_tokens_are_given(lab: Lab) -> None:
    """query_token, over and over; ends with a token that the platform holds."""
    right = lab.city.credentials()
    strangers = [each for wrong in ("operator", "secret") for each in lab.city.strangers(wrong, STRANGERS_OF_A_KIND)]
    if not in_rounds(lab, strangers, [right], _Asking(lab, right).gets_a_token):
        raise Unmet("query_token gave the platform no token")


class _Asking:
    """Asks as whoever comes; the platform keeps what it gets."""

    def __init__(self, lab: Lab, right: dict[str, Any]) -> None:
        self._lab, self._right = lab, right
        self._silent = 0

    def gets_a_token(self, credentials: dict[str, Any]) -> bool:
        city = self._lab.city
        told = city.fetch_token() if credentials == self._right else city.ask(Interface.QUERY_TOKEN, credentials)
        self._silent = self._silent + 1 if told.status is None else 0
        if self._silent == MOST_SILENT:
            raise Unmet("query_token is not answered")
        return told.succeeded


def seconds_of_states(connectors: int, push_at_once_s: float) -> float:
    """The protocol seconds that the drawn states take: the fewer connectors show them, the more."""
    return (1 + ceil(DRAWN / connectors)) * (push_at_once_s + WAITED_BEYOND_S) if connectors else 0.0


def show_that_states_are_told(lab: Lab) -> None:
    """The connectors that the platform knows show one state after the other, each for as long as its push may take."""
    known = {(socket.box, socket.connector) for socket in lab.city.sockets()}
    places = [(box, number) for box in _boxes(lab) for number in box.connectors if (box.serial, number) in known]
    up = [(box, number) for box, number in places if box.boot()]
    if not up:
        raise Unmet("no box of the platform's connectors was accepted at boot")
    lab.city.let_pushes_come()
    for _ in range(ceil(DRAWN / len(up))):
        for box, number in up:
            box.show(lab.shuffled(STATES)[0], number)
        lab.city.let_pushes_come()


def _boxes(lab: Lab) -> Iterator[Box]:
    with suppress(NothingToLend):
        while True:
            yield lab.box()
