"""A lab in which nothing is sent: it lends what the target has, believes the best of the server, and counts the time.

A scenario that is played in it tells beforehand how long it takes, and where it will have to stop for want of a box,
a card or a surface.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from simulators.evchong.messages import Service
from simulators.evchong.mind import DEFAULT_HEARTBEAT_S
from simulators.lab.leases import Leases
from simulators.lab.setting import LabSetting
from simulators.lab.surface_words import SURFACE_VERBS
from simulators.lab.surfaces import SurfaceError, offered

A_TOKEN = {"SuccStat": 0, "AccessToken": "A-TOKEN", "TokenAvailableTime": 7200}
TOLD_TO_THE_CITY = ("city.refuse", "city.forgive", "city.token_life", "city.forget_token")


class CannotTell(Exception):
    """A verb whose outcome nobody can foresee."""


class DryLab:
    """Answers every verb as a lab would around a server that does what it should."""

    def __init__(self, setting: LabSetting) -> None:
        self.passed_s = 0.0
        self._setting = setting
        self._leases = Leases(setting.site, chargers=setting.city.charger_sockets if setting.city else ())
        self._connectors: dict[str, list[int]] = {}
        self._transactions = itertools.count(1)
        self._verbs: dict[str, Callable[..., Any]] = {
            "box.lease": self._lease,
            "box.unregistered": self._unregistered,
            "box.state": self._state,
            "box.say": self._say,
            "box.power_on": lambda **_: {"power": "on"},
            "box.say_bytes": lambda **_: {"status": 400, "answer": None},
            "box.written": lambda **_: {"content_type": "application/x-www-form-urlencoded", "body": ""},
            "charger.lease": self._charger,
            "card.lease": lambda state="valid": {"id_token": self._leases.card(state).id_token},
            "card.unknown": lambda **_: {"id_token": "CARD-UNKNOWN"},
            "name.serial": lambda **_: {"serial": "CB-NEW"},
            "name.company": lambda: {"name": "a company"},
            "order.drawn": lambda count: {"places": list(range(count))},
            "city.sockets": self._sockets,
            "city.fetch_token": lambda: {"status": 200, "ret": 0, "content": A_TOKEN},
            "city.refused_all": lambda: {"refused_all": False},
            **dict.fromkeys(TOLD_TO_THE_CITY, lambda **_: {}),
            "time.now": lambda: {"now_ms": round(self.passed_s * 1000)},
            "time.pass": self._pass,
            "surface.use": self._surface,
            "lab.facts": lambda: {
                "can_restart": True,
                "plain_ports": list(setting.plain_http),
                "clock": setting.clock,
                "offline_after_intervals": setting.offline_after_intervals,
                "push_at_once_s": setting.city.push_at_once_s if setting.city else 0,
                "counted_after_s": setting.city.counted_after_s if setting.city else 0,
            },
            "lab.together": lambda commands: [self.ask(verb, arguments) for verb, arguments in commands],
        }

    def ask(self, verb: str, arguments: dict[str, Any]) -> Any:
        """What a lab would answer.

        Raises:
            NothingToLend: the target has no such box or card.
            CannotTell: it depends on a party that is not foreseen here.
        """
        if verb in self._verbs:
            return self._verbs[verb](**arguments)
        if verb.startswith(("box.", "lab.")) or (verb.startswith("charger.") and verb != "charger.state"):
            return {}  # it is done, and nothing is learnt from it
        raise CannotTell(verb)

    def _lease(self, share: str = "", **shape: Any) -> dict[str, Any]:
        record = self._leases.box(**shape)
        self._connectors[record.serial] = record.connectors
        return {"serial": record.serial, "station": record.station, "connectors": record.connectors}

    def _charger(self, **shape: Any) -> dict[str, Any]:
        socket = self._leases.charger(**shape)
        return {"id": socket.id, "equipment": socket.equipment, "station": socket.station, "bonus": socket.bonus}

    def _sockets(self) -> dict[str, Any]:
        city = self._setting.city
        told = ("station", "equipment", "box", "connector")
        sockets = city.contract.sockets if city else ()
        return {socket.id: {name: getattr(socket, name) for name in told} for socket in sockets}

    def _unregistered(self, serial: str = "CB-NEW", station: str = "ST-NEW") -> dict[str, Any]:
        self._connectors[serial] = [1]
        return {"serial": serial, "station": station, "connectors": [1]}

    def _state(self, box: str) -> dict[str, Any]:
        running = {str(each): {"transaction": next(self._transactions)} for each in self._connectors[box]}
        return {"connectors": running, "heartbeat_s": DEFAULT_HEARTBEAT_S}

    def _say(self, box: str, service: str, message: Any, **_: Any) -> dict[str, Any]:
        answer = {"transactionId": next(self._transactions), "idTagInfo": {"status": "Accepted"}}
        return {"status": 200, "answer": {Service(service).answer_root: answer}}

    def _pass(self, seconds: float) -> dict[str, Any]:
        self.passed_s += seconds
        return {"now_ms": round(self.passed_s * 1000)}

    def _surface(self, verb: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            offered(verb, self._setting.surfaces, ours=self._setting.start is not None)
        except SurfaceError as unavailable:
            return {"unavailable": str(unavailable)}
        told = {field.name: f"A-{field.name}"[:25] for field in SURFACE_VERBS[verb].answer}
        return {"items": []} if SURFACE_VERBS[verb].lists else told
