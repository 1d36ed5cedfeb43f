"""Starting and stopping from afar: by the platform (seed 1.1.7, 1.1.11; cec102 5.8, 5.12), by the operator's app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from simulators.reference.app_api import CHARGING, FAULTED, IDLE, OFFLINE, Handler
from simulators.reference.city.chargers import Chargers
from simulators.reference.city.known import STAT_ENDED, STAT_STOPPING, STAT_UNKNOWN, Session
from simulators.reference.city.parameters import unknown_id
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.state import Message

NO_SUCH_CONNECTOR, CONNECTOR_OFFLINE = 1, 2  # FailReason of both queries
FAULTY, IN_USE, NOT_PLUGGED, NOT_FROM_HERE = 3, 4, 5, 6  # custom ones of query_start_charge
ALREADY_STOPPED, NO_SUCH_CHARGE, NOT_YOURS = 3, 4, 5  # of query_stop_charge; from 4 on custom
APP_USER = "APP用户"
PLATFORM_USER = "市级平台用户"


class _NewCharge(msgspec.Struct, rename="camel"):
    connector_id: str
    user: str = APP_USER


class Remote(Chargers):
    """Charge boxes cannot be started by their server (EVCHONG V1.2), so this is about chargers of the link."""

    # query_start_charge (5.8)

    def query_start_charge(self, asked: Message) -> Message:
        """Answered before the charger has reacted; the same number again is the same charge."""
        seq, connector = asked["StartChargeSeq"], asked["ConnectorID"]
        session = self.city.sessions.get(seq)
        reason = self.start_fail_reason(connector) if session is None else self.repeat_fail_reason(session, connector)
        if session is None and not reason:
            session = self.start_session(connector, seq, PLATFORM_USER, by_platform=True)
        return {
            "StartChargeSeq": seq,
            "StartChargeSeqStat": session.stat if session is not None else STAT_ENDED,
            "ConnectorID": connector,
            "SuccStat": 1 if reason else 0,
            "FailReason": reason,
        }

    def repeat_fail_reason(self, session: Session, connector: str) -> int:
        return 0 if session.socket.id == connector else IN_USE

    def start_fail_reason(self, connector: str) -> int:
        """Why nothing can be started there, 0 when it can."""
        socket = self.city.by_id.get(connector)
        if socket is None:
            return unknown_id(self.setting, NO_SUCH_CONNECTOR)
        status = self.socket_status(socket)
        if status == OFFLINE:
            return CONNECTOR_OFFLINE
        return FAULTY if status == FAULTED else self.obstacle(connector, status)

    def obstacle(self, connector: str, status: int) -> int:
        charger = self.city.chargers.get(connector)
        if status == CHARGING or (charger and charger.session):
            return IN_USE
        if status == IDLE:
            return NOT_PLUGGED
        return 0 if charger else NOT_FROM_HERE

    def start_session(self, connector: str, seq: str, user: str, *, by_platform: bool) -> Session:
        charger = self.city.chargers[connector]
        session = self.opened_on_charger(charger, seq, user, by_platform=by_platform)
        self.begin_start(session)
        return session

    # query_stop_charge (5.12)

    def query_stop_charge(self, asked: Message) -> Message:
        session = self.city.sessions.get(asked["StartChargeSeq"])
        reason = self.stop_fail_reason(session, asked["ConnectorID"])
        if session is not None and not reason:
            self.stop_session(session)
        return {
            "StartChargeSeq": asked["StartChargeSeq"],
            "StartChargeSeqStat": session.stat if session is not None else STAT_UNKNOWN,
            "SuccStat": 1 if reason else 0,
            "FailReason": reason,
        }

    def stop_fail_reason(self, session: Session | None, connector: str) -> int:
        """Why it is not stopped, 0 when it is."""
        if session is None:
            return unknown_id(self.setting, NO_SUCH_CHARGE)
        if session.socket.id != connector:
            return NO_SUCH_CONNECTOR
        if session.stat == STAT_ENDED:
            return ALREADY_STOPPED
        if not session.by_platform:
            return NOT_YOURS
        return CONNECTOR_OFFLINE if self.socket_status(session.socket) == OFFLINE else 0

    def stop_session(self, session: Session) -> None:
        """Asked again, it is still the same stop."""
        if session.stat < STAT_STOPPING:
            self.begin_stop(session)

    # The operator's own app

    def app_handlers(self) -> Mapping[str, Mapping[str, Handler]]:
        handlers = super().app_handlers()
        if self.setting.city is None:
            return handlers
        return {
            **handlers,
            "charges": {"GET": self.get_charges, "POST": self.post_charge, "DELETE": self.delete_charge},
        }

    def get_charges(self, request: HttpRequest) -> HttpAnswer:
        return self.app_answer(200, {"charges": [self.charge_view(each) for each in self.city.sessions.values()]})

    def charge_view(self, session: Session) -> dict[str, Any]:
        price = self.price_so_far(session)
        return {
            "chargeId": session.seq,
            "connectorId": session.socket.id,
            "startMethod": session.charge_model,
            "startedAt": session.started_ms,
            "endedAt": session.ended_ms,
            "energyWh": session.reading.energy_wh,
            "electricityFen": price.electricity_fen,
            "serviceFen": price.service_fen,
            "totalFen": price.electricity_fen + price.service_fen,
            "state": "finished" if session.ended_ms is not None else "charging" if session.began else "starting",
        }

    def post_charge(self, request: HttpRequest) -> HttpAnswer:
        """Start a charge; whether it really began, the list tells."""
        wanted = msgspec.json.decode(request.body, type=_NewCharge)
        if wanted.connector_id not in self.city.by_id:
            return self.refusal(404, "no such connector")
        if reason := self.start_fail_reason(wanted.connector_id):
            return self.refusal(409, f"it cannot be started, reason {reason}")
        number = self.next_start_charge_seq()
        session = self.start_session(wanted.connector_id, number, wanted.user, by_platform=False)
        return self.app_answer(201, {"chargeId": session.seq})

    def delete_charge(self, request: HttpRequest) -> HttpAnswer:
        """Stop a charge that the app started."""
        (number, *_) = request.query.get("chargeId", [""])
        session = self.city.sessions.get(number)
        if session is None:
            return self.refusal(404, "no such charge")
        if session.by_platform or session.transaction is not None:
            return self.refusal(409, "whoever started it stops it")
        if session.stat == STAT_ENDED:
            return self.refusal(409, "it is over")
        self.stop_session(session)
        return self.app_answer(200, {"chargeId": session.seq})
