"""Defects of 1.2, authorize, and of IdTagInfo (2.1-2.3) wherever it is answered."""

from __future__ import annotations

from datetime import UTC, datetime

from simulators.mutants.registry import Server, family, mutant
from simulators.reference.evchong import ACCEPTED, BLOCKED, EXPIRED
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message

IDENTIFYING = ("authorize", "startTrans", "stopTrans")


@mutant(breaks="EVC-1.2-a", case="accepted")
class ComparesFenWithYuan(ReferenceServer):
    """Holds a balance in yuan against a minimum in fen, so nobody ever has enough."""

    def authorize_card_status(self, token: str) -> str:
        status = super().authorize_card_status(token)
        return BLOCKED if status == ACCEPTED else status


@mutant(breaks="EVC-1.2-b", case="blocked")
class AuthorizesBlockedCards(ReferenceServer):
    """Checks the expiry date at authorize and leaves the balance to the start."""

    def authorize_card_status(self, token: str) -> str:
        card = self.state.cards.get(token)
        return ACCEPTED if card and card.state == "blocked" else super().authorize_card_status(token)


@mutant(breaks="EVC-1.2-c", case="expired")
class AuthorizesExpiredCards(ReferenceServer):
    """Checks the balance at authorize and forgets the expiry date."""

    def authorize_card_status(self, token: str) -> str:
        status = super().authorize_card_status(token)
        return ACCEPTED if status == EXPIRED else status


@mutant(breaks="EVC-1.2-c", case="expired")
class CallsExpiredCardsBlocked(ReferenceServer):
    """Knows two kinds of card only, good and bad."""

    def authorize_card_status(self, token: str) -> str:
        status = super().authorize_card_status(token)
        return BLOCKED if status == EXPIRED else status


@mutant(breaks="EVC-1.2-d", case="unknown")
class AuthorizesUnknownCards(ReferenceServer):
    """Accepts whoever is not on its black list, the way a list that boxes keep themselves works."""

    def authorize_card_status(self, token: str) -> str:
        return super().authorize_card_status(token) if token in self.state.cards else ACCEPTED


# EVC-1.2-e


def answers_status_ok(service: str) -> Server:
    class AnswersStatusOk(ReferenceServer):
        def written_id_tag_info(self, answered: str, info: Message) -> Message:
            written = super().written_id_tag_info(answered, info)
            if answered == service and info["status"] == ACCEPTED:
                written["status"] = "OK"
            return written

    return AnswersStatusOk


family(
    answers_status_ok,
    [(service,) for service in IDENTIFYING],
    name="AnswersStatusOk_{0}",
    story="Answers OK where {0} has Accepted: the status of its own API slipped through.",
    breaks="EVC-1.2-e",
    case="{0}/status",
)


@mutant(breaks="EVC-1.2-e", case=tuple(f"{service}/expiryDate" for service in IDENTIFYING))
class WritesExpiryAsText(ReferenceServer):
    """Writes expiryDate as its database prints it."""

    def written_id_tag_info(self, service: str, info: Message) -> Message:
        written = super().written_id_tag_info(service, info)
        if "expiryDate" in info:
            written["expiryDate"] = datetime.fromtimestamp(info["expiryDate"] / 1000, UTC).strftime("%Y/%m/%d %H:%M:%S")
        return written


@mutant(breaks="EVC-1.2-e", case=tuple(f"{service}/parentIdTag" for service in IDENTIFYING))
class NamesParentsByUuid(ReferenceServer):
    """Answers parentIdTag with the account's UUID, 36 characters where an IdToken has 20."""

    def written_card(self, token: str) -> object:
        return super().written_card(f"5d2c4c8e-70b1-4f7c-9d5b-{len(token):012d}")


# EVC-1.2-h


@mutant(breaks="EVC-1.2-h", case="while-charging")
class BlocksCardsInUse(ReferenceServer):
    """Blocks a card while it charges, so that it cannot charge twice; nor can it stop then."""

    def authorize_card_status(self, token: str) -> str:
        running = any(order.transaction.card == token for order in self.state.orders if order.energy_wh is None)
        return BLOCKED if running else super().authorize_card_status(token)
