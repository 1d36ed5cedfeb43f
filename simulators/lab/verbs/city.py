"""What can be done as the city: ask the operator, refuse its pushes, let tokens run out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from simulators.beijing.broken import CASES, Broken
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.beijing.peer import CityPeer, Told
from simulators.lab.lab import Lab
from simulators.lab.setting import LabError
from simulators.lab.verbs.registry import verb

STATION_ID_MOST = 20  # characters; the other ids may be longer
STRANGE = {"operator": "OperatorID", "secret": "OperatorSecret"}


def _city(lab: Lab) -> CityPeer:
    if lab.city is None:
        raise LabError("no city in this lab: the target does not claim beijing")
    return lab.city


def _interface(name: str) -> Interface:
    if name not in set(Interface):
        raise LabError(f"no interface {name!r}; there are {', '.join(Interface)}")
    return Interface(name)


@verb
async def city_fetch_token(lab: Lab) -> dict[str, Any]:
    """Fetch the operator's token by query_token, and keep it for the questions to come."""
    return _told(await _city(lab).fetch_token())


@verb
async def city_ask(
    lab: Lab, interface: str, content: dict[str, Any], with_token: bool = True, operator_id: str = ""
) -> dict[str, Any]:
    """Ask the operator: the decrypted Data of a query, in the schemas' form. ``operator_id``: as somebody else."""
    asked = await _city(lab).ask(_interface(interface), content, with_token=with_token, operator_id=operator_id)
    return _told(asked)


@verb
async def city_ask_broken(
    lab: Lab, interface: str, content: dict[str, Any], broken: str, case: str = ""
) -> dict[str, Any]:
    """Ask with one thing wrong with the envelope or the token: sig, no-token, missing (case: the field), ..."""
    if broken not in set(Broken):
        raise LabError(f"nothing can be broken as {broken!r}; there are {', '.join(Broken)}")
    if case not in CASES.get(Broken(broken), ("",)):
        raise LabError(f"no case {case!r} of {broken}; there are {', '.join(CASES.get(Broken(broken), ())) or 'none'}")
    return _told(await _city(lab).ask_broken(_interface(interface), content, Broken(broken), case))


@verb
async def city_made_up(lab: Lab, like: str, kept: int = 0) -> dict[str, Any]:
    """An id that names nothing, in the form of one that does; questions that hold it are marked so.

    Its first signs are ``kept`` where they say who numbered it.
    """
    made_up = like[:kept] + lab.randomness.alike(like[kept:], "made-up ids", longest=STATION_ID_MOST)
    _city(lab).mind.note_made_up(made_up)
    return {"id": made_up}


@verb
async def city_credentials(lab: Lab) -> dict[str, Any]:
    """What the platform shows at query_token."""
    return _city(lab).mind.credentials()


@verb
async def city_strangers(lab: Lab, wrong: str, count: int) -> dict[str, Any]:
    """Credentials that look nearly like the platform's: of an unknown "operator", or with a wrong "secret"."""
    right = _city(lab).mind.credentials()
    if wrong not in STRANGE:
        raise LabError(f"no credentials with a wrong {wrong!r}; there are {', '.join(STRANGE)}")
    field = STRANGE[wrong]
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn[lab.randomness.nearly(right[field], f"strange {wrong}")] = None
    return {"credentials": [{**right, field: text} for text in drawn]}


@verb
async def city_use_token(lab: Lab, token: str) -> dict[str, Any]:
    """Use another token for the questions to come; gives the one before."""
    city = _city(lab)
    before, city.token = city.token, token
    return {"before": before}


@verb
async def city_refuse(lab: Lab, interface: str, how: str, times: int = 1, about: str = "") -> dict[str, Any]:
    """Refuse the next pushes of an interface: ret -1, ret 500, ret 4002, http 503, silent, cut, disputed.

    ``about``: of those only that name this connector or order.
    """
    if how not in set(Refusal):
        raise LabError(f"no refusal {how!r}; there are {', '.join(Refusal)}")
    _city(lab).mind.refuse(_interface(interface), Refusal(how), times, about)
    return {}


@verb
async def city_refused_all(lab: Lab) -> dict[str, Any]:
    """Whether the platform has taken nothing of all that the operator sent; no while nothing came."""
    return {"refused_all": _city(lab).mind.refused_all is True}


@verb
async def city_forgive(lab: Lab) -> dict[str, Any]:
    """Drop the plans to refuse that have not come about."""
    _city(lab).mind.forgive()
    return {}


@verb
async def city_token_life(lab: Lab, seconds: int) -> dict[str, Any]:
    """How long the tokens that are given out from now on hold."""
    _city(lab).mind.token_life_s = seconds
    return {}


@verb
async def city_forget_token(lab: Lab) -> dict[str, Any]:
    """Let the operator's token hold no longer, as after a restart of the platform."""
    _city(lab).mind.forget_token()
    return {}


@verb
async def city_next_number(lab: Lab) -> dict[str, Any]:
    """A number of the platform's own, for an order or a question."""
    return {"number": _city(lab).mind.next_number(lab.clock.now_ms())}


@verb
async def city_local_time(lab: Lab) -> dict[str, Any]:
    """What the clocks show where the operator is (BJ-X20): yyyy-MM-dd HH:mm:ss."""
    offset_minutes = _city(lab).mind.contract.utc_offset_minutes
    local = datetime.fromtimestamp(lab.clock.now_ms() // 1000, UTC) + timedelta(minutes=offset_minutes)
    return {"text": f"{local:%Y-%m-%d %H:%M:%S}"}


@verb
async def city_sockets(lab: Lab) -> dict[str, Any]:
    """The connectors that both sides know, by ConnectorID."""
    sockets = _city(lab).mind.contract.sockets
    return {
        socket.id: {
            "station": socket.station,
            "equipment": socket.equipment,
            "box": socket.box,
            "connector": socket.connector,
        }
        for socket in sockets
    }


@verb
async def city_orders(lab: Lab) -> dict[str, Any]:
    """The numbers of all charges that the operator has told of, oldest first."""
    return {"orders": list(_city(lab).mind.charges)}


def _told(told: Told) -> dict[str, Any]:
    return {"status": told.status, "ret": told.ret, "content": told.content}
