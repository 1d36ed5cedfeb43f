"""1.1.6 query_equip_business_policy: what a kWh costs at a connector over the day (T/CEC 102, 5.7)."""

from __future__ import annotations

from conformance.beijing.asking import fetch_token
from conformance.scenario import requirement
from simulators.beijing.messages import Interface
from simulators.lab.client import Lab

READS = ("reads",)


@requirement("BJ-1.1.6-a", "BJ-1.1.6-b", "BJ-1.1.6-c", effects=READS)
def test_policy_of_every_connector(lab: Lab) -> None:
    """The tariff of each connector that both sides know (5.7)."""
    fetch_token(lab)
    for socket in lab.city.sockets():
        ask_for_policy(lab, socket.id)


@requirement("BJ-1.1.6-b", effects=READS)
def test_policy_of_a_connector_that_nobody_has(lab: Lab) -> None:
    """Two connectors that do not exist, between two that do (5.7)."""
    fetch_token(lab)
    known = lab.city.sockets()[0].id
    for connector in (known, lab.city.made_up(known), lab.city.made_up(known), known):
        ask_for_policy(lab, connector)


def ask_for_policy(lab: Lab, connector: str) -> None:
    question = {"EquipBizSeq": lab.city.next_number(), "ConnectorID": connector}
    lab.city.ask(Interface.QUERY_EQUIP_BUSINESS_POLICY, question)
