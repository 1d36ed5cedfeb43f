"""What every run begins with: for each service that can, two valid requests that must be answered differently.

Liars (accept all, refuse all, echo, constant) fail here, and then nothing that they say counts as a pass.
"""

from __future__ import annotations

from simulators.lab.client import Lab, Unmet


def show_that_it_works(lab: Lab) -> None:
    """Boot registered and unregistered, a good card and bad ones, a start that opens and one that must not."""
    lab.unregistered_box().boot()
    box = lab.box().booted()
    good, blocked, expired = lab.card("valid"), lab.card("blocked"), lab.card("expired")
    for card in (good, blocked, expired, lab.unknown_card()):
        box.say_authorize(card)
    box.say_start(blocked)
    started = box.say_start(good)
    if started.transaction_id is None:
        raise Unmet("a start by a valid card opened no transaction")
    box.say_meter_values(started.transaction_id)
    box.say_stop(started.transaction_id, card=good)
    box.say_heartbeat(with_station=True)
    box.say_status("NoError", "Available")
