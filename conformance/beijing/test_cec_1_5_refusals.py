"""T/CEC 102.4, 1.5 and 1.7: what is wrong with a question, and by which Ret the server says so."""

from __future__ import annotations

from functools import partial

from conformance.beijing.asking import (
    ABOUT_CHARGES,
    READS,
    about_nothing,
    ask_with_wrong_parameters,
    charge_questions,
    fetch_token,
    reading,
)
from conformance.beijing.charging import known_spot
from conformance.rules.beijing.tokens import LONGEST_LIFE_S, whole_seconds
from conformance.scenario import requirement
from simulators.beijing.broken import CASES, Broken
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab, Unmet

BREAKS = ("reads", "faults")  # questions that are broken on purpose
BREAKS_IN_A_SESSION = (*BREAKS, "opens-session")
TOLD_WITHIN_S = 150
CLOCKS_DIFFER_S = 65
LONGEST_WAIT_S = 2 * 3600  # for a token to run out, where time is not to be had for nothing

TOKEN = Interface.QUERY_TOKEN
ENVELOPE = tuple((Broken.MISSING, field) for field in CASES[Broken.MISSING])
WRONG = ((Broken.SIG, ""), *ENVELOPE)
WRONG_OR_STRANGE = ((Broken.NO_TOKEN, ""), (Broken.WRONG_TOKEN, ""), *WRONG)


@requirement("CEC-ENV-d", "CEC-ENV-f", "CEC-ENV-i", effects=BREAKS)
def test_broken_envelopes_get_no_token(lab: Lab) -> None:
    """query_token with a wrong Sig, or without one of the five fields of the envelope (1.5)."""
    credentials = lab.city.credentials()
    fetch_token(lab)
    for broken, case in WRONG:
        lab.city.ask_broken(TOKEN, credentials, broken, case)
    fetch_token(lab)


@requirement("CEC-ENV-d", "CEC-ENV-e", "CEC-ENV-f", "CEC-ENV-i", effects=BREAKS)
def test_broken_envelopes_are_told_nothing(lab: Lab) -> None:
    """The interfaces that read, with a wrong Sig, no token, a wrong one, or a field less (1.5)."""
    fetch_token(lab)
    for interface in READS:
        lab.city.ask(interface, reading(lab, interface))
        for broken, case in WRONG_OR_STRANGE:
            lab.city.ask_broken(interface, reading(lab, interface), broken, case)


@requirement("CEC-ENV-d", "CEC-ENV-e", "CEC-ENV-f", effects=BREAKS_IN_A_SESSION, seconds=TOLD_WITHIN_S)
def test_broken_envelopes_start_and_stop_nothing(lab: Lab) -> None:
    """The interfaces of a charge, with a wrong Sig, no token, a wrong one, or a field less (1.5)."""
    charges = charge_questions(lab)
    fetch_token(lab)
    for interface in ABOUT_CHARGES:
        lab.city.ask(interface, charges.about(lab, interface))
        for broken, case in WRONG_OR_STRANGE:
            lab.city.ask_broken(interface, charges.about(lab, interface), broken, case)
    charges.running.end()


@requirement(
    "CEC-ENV-d", "CEC-ENV-e", "CEC-ENV-f", "BJ-1.1.7-a", "BJ-1.1.9-a", "BJ-1.1.11-a", effects=BREAKS_IN_A_SESSION
)
def test_broken_envelopes_about_nothing(lab: Lab) -> None:
    """The interfaces of a charge where there is none, as anybody can be asked who has nothing to move (1.5)."""
    fetch_token(lab)
    for interface in ABOUT_CHARGES:
        lab.city.ask(interface, about_nothing(lab, interface))
        for broken, case in WRONG_OR_STRANGE:
            lab.city.ask_broken(interface, about_nothing(lab, interface), broken, case)


@requirement("CEC-ENV-e", effects=("reads",), seconds=LONGEST_WAIT_S + CLOCKS_DIFFER_S)
def test_expired_tokens_open_nothing(lab: Lab) -> None:
    """A token that has run out, and then a new one, for the very same question (1.5)."""
    told = lab.city.fetch_token()
    life_s = whole_seconds((told.content or {}).get("TokenAvailableTime"))
    if not told.succeeded or not life_s:
        raise Unmet("query_token gave the platform no token")
    if life_s > (LONGEST_LIFE_S if lab.clock() == "stepped" else LONGEST_WAIT_S):
        raise Unmet(f"the token holds for {life_s} s: longer than a run can wait")
    lab.pass_time(life_s + CLOCKS_DIFFER_S)
    for interface in READS:
        lab.city.ask(interface, reading(lab, interface))
    fetch_token(lab)
    for interface in READS:
        lab.city.ask(interface, reading(lab, interface))


@requirement("CEC-ENV-g", "CEC-ENV-i", effects=BREAKS)
def test_credentials_with_one_parameter_wrong(lab: Lab) -> None:
    """query_token with exactly one parameter missing or malformed (1.5, 5.1)."""
    ask_with_wrong_parameters(lab, TOKEN, lab.city.credentials)
    fetch_token(lab)


@requirement("CEC-ENV-g", "CEC-ENV-i", effects=BREAKS)
def test_questions_with_one_parameter_wrong(lab: Lab) -> None:
    """The interfaces that read, with exactly one parameter missing or malformed (1.5; seed 4.1)."""
    fetch_token(lab)
    for interface in READS:
        ask_with_wrong_parameters(lab, interface, partial(reading, lab, interface))


@requirement("CEC-ENV-g", effects=BREAKS_IN_A_SESSION, seconds=TOLD_WITHIN_S)
def test_charges_with_one_parameter_wrong(lab: Lab) -> None:
    """The interfaces of a charge, with exactly one parameter missing or malformed (1.5; seed 4.1)."""
    charges = charge_questions(lab)
    fetch_token(lab)
    for interface in ABOUT_CHARGES:
        ask_with_wrong_parameters(lab, interface, partial(charges.about, lab, interface))
    charges.running.end()


@requirement("CEC-ENV-i", effects=BREAKS)
def test_what_is_no_envelope_harms_nobody(lab: Lab) -> None:
    """Nothing, half of one, a list, bytes that are no UTF-8, 1 MiB: each gets an answer, and the next is served."""
    fetch_token(lab)
    status = Interface.QUERY_STATION_STATUS
    for case in CASES[Broken.NO_ENVELOPE]:
        lab.city.ask_broken(status, reading(lab, status), Broken.NO_ENVELOPE, case)
        lab.city.ask(status, reading(lab, status))


@requirement("CEC-ENV-l", "CEC-ENV-n", effects=BREAKS)
def test_forged_questions_are_not_taken(lab: Lab) -> None:
    """Data, TimeStamp and OperatorID of others; Data that holds nothing (2, 1.5)."""
    fetch_token(lab)
    forged = [(broken, "") for broken in (Broken.TAMPERED, Broken.STALE, Broken.FOREIGN_OPERATOR)]
    unreadable = [(Broken.UNREADABLE, case) for case in CASES[Broken.UNREADABLE]]
    for interface in (Interface.QUERY_STATION_STATUS, Interface.QUERY_EQUIP_BUSINESS_POLICY):
        lab.city.ask(interface, reading(lab, interface))
        for broken, case in (*forged, *unreadable):
            lab.city.ask_broken(interface, reading(lab, interface), broken, case)


@requirement("CEC-ENV-j", effects=("reads",))
def test_odd_questions_are_answered(lab: Lab) -> None:
    """A lower-case Sig, Seq of the question before, Base64 over several lines (1.3, 2.2, 2.3)."""
    fetch_token(lab)
    for interface in (Interface.QUERY_STATION_STATUS, Interface.QUERY_STATIONS_INFO):
        for broken in (Broken.LOWER_CASE_SIG, Broken.REPEATED_SEQ, Broken.LINE_BREAKS):
            lab.city.ask_broken(interface, reading(lab, interface), broken)


@requirement("CEC-ENV-k", "BJ-1.2-a", seconds=30)
def test_calls_of_one_second_are_numbered(lab: Lab) -> None:
    """Two boxes change at the same time, so that the server calls twice within a second (1.3; seed 1.2)."""
    spots = [known_spot(lab) for _ in range(2)]
    for spot in spots:
        spot.box.booted()
    lab.pass_time(10)
    for status in ("Reserved", "Available"):
        with lab.together():
            for spot in spots:
                spot.box.show(status, spot.connector)
        lab.pass_time(10)
