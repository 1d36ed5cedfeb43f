"""1.1.16 query_token, asked by either side (T/CEC 102, 5.1)."""

from __future__ import annotations

from conformance.beijing.asking import reading
from conformance.beijing.charging import known_spot, told_charge
from conformance.rules.beijing.tokens import LONGEST_LIFE_S, whole_seconds
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.lab.client import Lab, Unmet

LONGEST_WAIT_S = 2 * 3600  # for a token to expire, where time is not to be had for nothing
CLOCKS_DIFFER_S = 65
LAST_S = 30  # of a token's life
ASKED_EVERY_S = 120  # as often as the platform may ask for the state of a charge (seed 1.1.9)
REPEATED_WITHIN_S = 100
ORDER_REPEATED_WITHIN_S = 160


@requirement("CEC-TOK-a", "BJ-1.1.16-a", effects=("reads",))
def test_platform_gets_a_token(lab: Lab) -> None:
    """The right credentials get a token, each time that they are shown (5.1)."""
    lab.city.fetch_token()
    lab.city.fetch_token()


@requirement("CEC-TOK-b", effects=("reads",))
def test_unknown_operator_gets_none(lab: Lab) -> None:
    """An operator that the server does not know gets no token, though the secret is right (5.1)."""
    for stranger in lab.city.strangers("operator", 2):
        lab.city.ask(Interface.QUERY_TOKEN, stranger)


@requirement("CEC-TOK-b", effects=("reads",))
def test_wrong_secret_gets_none(lab: Lab) -> None:
    """A secret other than the one that was issued gets no token (5.1)."""
    for stranger in lab.city.strangers("secret", 2):
        lab.city.ask(Interface.QUERY_TOKEN, stranger)


@requirement("CEC-TOK-c", seconds=70 + ASKED_EVERY_S)
def test_token_is_accepted_while_it_holds(lab: Lab) -> None:
    """A token is good for more than one question; wrong credentials in between do it no harm (5.1)."""
    charge = told_charge(lab)
    _fetch_token(lab)
    _ask_for_state(lab, charge.order)
    for stranger in lab.city.strangers("secret", 1):
        lab.city.ask(Interface.QUERY_TOKEN, stranger)
    lab.pass_time(ASKED_EVERY_S)
    _ask_for_state(lab, charge.order)


@requirement("CEC-TOK-c", seconds=LONGEST_WAIT_S + 70 + ASKED_EVERY_S)
def test_expired_token_is_refused(lab: Lab) -> None:
    """A token holds to its end; then it is refused, and a new one is accepted for the very same question (5.1, 1.5)."""
    life_s = _fetch_token(lab)
    if life_s > (LONGEST_LIFE_S if lab.clock() == "stepped" else LONGEST_WAIT_S):
        raise Unmet(f"the token holds for {life_s} s: longer than a run can wait")
    lab.pass_time(max(0, life_s - LAST_S))
    lab.city.ask(Interface.QUERY_EQUIP_AUTH, reading(lab, Interface.QUERY_EQUIP_AUTH))
    lab.pass_time(min(life_s, LAST_S) + CLOCKS_DIFFER_S)
    charge = told_charge(lab)
    _ask_for_state(lab, charge.order)
    lab.pass_time(ASKED_EVERY_S)
    _fetch_token(lab)
    _ask_for_state(lab, charge.order)


@requirement("CEC-TOK-d", "CEC-TOK-e", seconds=130)
def test_server_calls_with_a_token_that_it_fetched(lab: Lab) -> None:
    """All that follows from a charge goes out with the token of one query_token (5.1)."""
    charge = told_charge(lab)
    lab.pass_time(60)
    charge.end()


@requirement("CEC-TOK-d", seconds=2 * REPEATED_WITHIN_S)
def test_status_refused_for_its_token_comes_again(lab: Lab) -> None:
    """The push of a state that is answered 4002 is repeated with a new token (1.5)."""
    spot = known_spot(lab)
    spot.box.booted()
    lab.city.refuse(Interface.NOTIFICATION_STATION_STATUS, Refusal.WRONG_TOKEN)
    spot.box.show("Reserved", spot.connector)
    lab.pass_time(REPEATED_WITHIN_S)
    spot.box.show("Available", spot.connector)
    lab.pass_time(REPEATED_WITHIN_S)


@requirement("CEC-TOK-d", seconds=70 + 2 * REPEATED_WITHIN_S + ORDER_REPEATED_WITHIN_S)
def test_charge_refused_for_its_token_comes_again(lab: Lab) -> None:
    """The push of a charge's state, and that of its order, are repeated with a new token when answered 4002 (1.5)."""
    charge = told_charge(lab)
    lab.city.refuse(Interface.NOTIFICATION_EQUIP_CHARGE_STATUS, Refusal.WRONG_TOKEN)
    lab.pass_time(2 * REPEATED_WITHIN_S)
    lab.city.refuse(Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS, Refusal.WRONG_TOKEN)
    charge.end()
    lab.pass_time(ORDER_REPEATED_WITHIN_S)


@requirement("CEC-TOK-d", seconds=70 + 2 * REPEATED_WITHIN_S)
def test_forgotten_token_is_fetched_anew(lab: Lab) -> None:
    """A platform that was restarted knows its token no more: the server fetches another, and loses nothing (1.5)."""
    charge = told_charge(lab)
    lab.city.forget_token()
    lab.pass_time(2 * REPEATED_WITHIN_S)
    charge.end()


@requirement("CEC-TOK-d", seconds=70 + 900)
def test_token_runs_out_while_a_car_charges(lab: Lab) -> None:
    """The platform's token expires in the middle of a charge, and no state of it is lost (5.1)."""
    charge = told_charge(lab)
    lab.city.token_life(300)
    lab.city.forget_token()
    lab.pass_time(900)
    charge.end()


def _fetch_token(lab: Lab) -> int:
    """The platform fetches the server's token; gives its life in seconds."""
    told = lab.city.fetch_token()
    life_s = whole_seconds((told.content or {}).get("TokenAvailableTime"))
    if not told.succeeded or not life_s:
        raise Unmet("query_token gave the platform no token")
    return life_s


def _ask_for_state(lab: Lab, order: str) -> None:
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": order})
