"""T/CEC 102.4, 1 and 2: the envelopes that the server makes, and what is in them."""

from __future__ import annotations

from conformance.beijing.charging import told_charge
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

ORDER_WITHIN_S = 155  # seed 1.1.14


@requirement("CEC-ENV-a", "CEC-ENV-b", "CEC-ENV-c", "CEC-ENV-h", "CEC-ENV-m", seconds=70)
def test_answers_of_success_are_sealed(lab: Lab) -> None:
    """Answers that say yes, of two interfaces (1.4, 2.2, 2.3)."""
    charge = told_charge(lab)
    lab.city.fetch_token()
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": charge.order})


@requirement("CEC-ENV-a", "CEC-ENV-c", "CEC-ENV-h", effects=("reads",))
def test_answers_of_error_have_an_envelope(lab: Lab) -> None:
    """Answers that refuse: a token that nobody gave out, an order that nobody knows (1.5)."""
    lab.city.fetch_token()
    unknown = {"StartChargeSeq": lab.city.next_number()}
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, unknown)
    good = lab.city.use_token("NOBODY-GAVE-THIS-TOKEN")
    lab.city.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, unknown)
    lab.city.use_token(good)


@requirement("CEC-ENV-a", "CEC-ENV-b", "CEC-ENV-c", "CEC-ENV-m", "CEC-ENV-o", seconds=70 + 60 + ORDER_WITHIN_S)
def test_calls_are_sealed(lab: Lab) -> None:
    """Everything that the server pushes of a charge, from the first state to the order (1.2, 1.3, 2.2, 2.3)."""
    charge = told_charge(lab)
    lab.pass_time(60)
    charge.end()
    lab.pass_time(ORDER_WITHIN_S)
