"""The city of a lab as scenarios and the console see it: typed, synchronous, over the same verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.beijing.broken import Broken
from simulators.beijing.keys import OPERATOR_ID_CHARACTERS
from simulators.beijing.messages import Content, Interface
from simulators.beijing.mind import Refusal

if TYPE_CHECKING:
    from simulators.lab.client import Lab

WAITED_BEYOND_S = 1  # what is to be pushed at once is looked for so much later


@dataclass(frozen=True, slots=True)
class Told:
    """What the driver needs of an operator's answer to go on; None where there was none."""

    status: int | None
    ret: int | None
    content: Content | None

    @property
    def succeeded(self) -> bool:
        """Ret 0 and, where the answer has it, SuccStat 0."""
        return self.ret == 0 and self.content is not None and self.content.get("SuccStat", 0) == 0


@dataclass(frozen=True, slots=True)
class Socket:
    """A connector by its ConnectorID, with the charge box behind it (empty where none of ours is)."""

    id: str
    station: str
    equipment: str
    box: str
    connector: int


class City:
    """The municipal platform: what it can ask, and how it can be told to behave."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    # Asking

    def fetch_token(self) -> Told:
        """query_token with the platform's own credentials; kept for the questions to come."""
        return _told(self._lab.do("city.fetch_token"))

    def ask(self, interface: Interface, content: Content, *, with_token: bool = True, operator_id: str = "") -> Told:
        """One question, in the schemas' form."""
        return _told(
            self._lab.do(
                "city.ask", interface=interface.value, content=content, with_token=with_token, operator_id=operator_id
            )
        )

    def ask_broken(self, interface: Interface, content: Content, broken: Broken, case: str = "") -> Told:
        """One question that means ``content``, with one thing wrong with its envelope or token."""
        return _told(
            self._lab.do("city.ask_broken", interface=interface.value, content=content, broken=broken.value, case=case)
        )

    def made_up(self, like: str) -> str:
        """An id that names nothing, in the form of one that does."""
        made_up: str = self._lab.do("city.made_up", like=like)["id"]
        return made_up

    def made_up_order(self, like: str) -> str:
        """A number of the platform's own that it never gave to anybody: who gives it stands in front (4.1)."""
        made_up: str = self._lab.do("city.made_up", like=like, kept=OPERATOR_ID_CHARACTERS)["id"]
        return made_up

    def credentials(self) -> dict[str, Any]:
        """OperatorID and OperatorSecret, as the platform shows them at query_token."""
        credentials: dict[str, Any] = self._lab.do("city.credentials")
        return credentials

    def strangers(self, wrong: str, count: int) -> list[dict[str, Any]]:
        """Credentials nearly like the platform's, all different, with a wrong "operator" or "secret"."""
        strangers: list[dict[str, Any]] = self._lab.do("city.strangers", wrong=wrong, count=count)["credentials"]
        return strangers

    def use_token(self, token: str) -> str:
        """Use another token from now on; gives the one before."""
        before: str = self._lab.do("city.use_token", token=token)["before"]
        return before

    def next_number(self) -> str:
        """A number of the platform's own, for an order or a question."""
        number: str = self._lab.do("city.next_number")["number"]
        return number

    def local_time(self) -> str:
        """yyyy-MM-dd HH:mm:ss where the operator is."""
        text: str = self._lab.do("city.local_time")["text"]
        return text

    def sockets(self) -> list[Socket]:
        """The connectors that both sides know."""
        told: Mapping[str, Mapping[str, Any]] = self._lab.do("city.sockets")
        return [Socket(id=number, **socket) for number, socket in told.items()]

    def let_pushes_come(self) -> None:
        """Let so much time pass that whatever is to be pushed at once has come."""
        self._lab.pass_time(self._lab.do("lab.facts")["push_at_once_s"] + WAITED_BEYOND_S)

    def let_charges_count(self) -> None:
        """Let so much time pass that a charge that has ended counts in the statistics."""
        self._lab.pass_time(self._lab.do("lab.facts")["counted_after_s"] + WAITED_BEYOND_S)

    def orders(self) -> list[str]:
        """The StartChargeSeq of all charges that the operator has told of, oldest first."""
        orders: list[str] = self._lab.do("city.orders")["orders"]
        return orders

    def refused_all(self) -> bool:
        """The platform has taken nothing of all that the operator sent; false while nothing came."""
        refused: bool = self._lab.do("city.refused_all")["refused_all"]
        return refused

    # Being told how to behave

    def refuse(self, interface: Interface, how: Refusal, times: int = 1, *, about: str = "") -> None:
        """Refuse the next pushes of an interface; with ``about``, of those only that name this connector or order."""
        self._lab.do("city.refuse", interface=interface.value, how=how.value, times=times, about=about)

    def forgive(self) -> None:
        """Drop the plans to refuse that have not come about."""
        self._lab.do("city.forgive")

    def token_life(self, seconds: int) -> None:
        """How long the tokens that are given out from now on hold."""
        self._lab.do("city.token_life", seconds=seconds)

    def forget_token(self) -> None:
        """Let the operator's token hold no longer, as after a restart of the platform."""
        self._lab.do("city.forget_token")


def _told(told: Mapping[str, Any] | None) -> Told:
    return Told(**told) if told else Told(None, None, None)
