"""Chargers of the operator's own make, reached over a private link: what they tell, and what they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import quote

import msgspec

from simulators.reference.billing import bill
from simulators.reference.city.charges import (
    DISCONNECTED,
    STOPPED_BY_BMS,
    STOPPED_BY_FAULT,
    STOPPED_BY_PLATFORM,
    STOPPED_BY_USER,
)
from simulators.reference.city.client import AS_JSON
from simulators.reference.city.known import (
    BY_OTHER,
    BY_PLATFORM,
    STAT_CHARGING,
    STAT_ENDED,
    STAT_STARTING,
    STAT_STOPPING,
    Charger,
    Reading,
    Session,
)
from simulators.reference.city.outgoing import Unanswered
from simulators.reference.city.results import Results
from simulators.reference.front import HttpAnswer, HttpRequest
from simulators.reference.state import Message

LINK_PATH = "/private/chargers"
UNKNOWN_STOP_REASON = 5  # custom, 4.3
LOCAL_USER = "现场用户"  # who started at the charger itself has no name
STOP_REASONS = {
    "user": STOPPED_BY_USER,
    "bms": STOPPED_BY_BMS,
    "fault": STOPPED_BY_FAULT,
    "disconnected": DISCONNECTED,
}


class Event(msgspec.Struct):
    """What a charger tells, with its instruments as they stood at that moment."""

    charger: str
    event: str
    at_ms: int
    register_wh: int = 0
    order: str | None = None
    current_a: Decimal = Decimal(0)
    voltage_v: Decimal = Decimal(0)
    soc: int = 0
    reason: str = ""
    error: str = ""


class Chargers(Results):
    """Listens to chargers and commands them. Their charges go the same way as those of charge boxes."""

    start_patience_s = 45  # a start that has not come about by then is given up; its result is due within 50 s (5.9)
    command_repeat_s = 5
    command_limit_s = 3.0

    # What chargers tell

    def take_charger_event(self, request: HttpRequest) -> HttpAnswer:
        try:
            event = msgspec.json.decode(request.body, type=Event)
        except msgspec.DecodeError as wrong:
            return self.refusal(400, str(wrong))
        charger = self.city.chargers.get(event.charger)
        if charger is None:
            return self.refusal(404, "no such charger")
        self.charger_events().get(event.event, self.charger_said_something)(charger, event)
        self.keep_charger(charger)
        self.charger_changed(charger)
        return HttpAnswer(204)

    def charger_events(self) -> Mapping[str, Callable[[Charger, Event], None]]:
        return {
            "plugged": self.charger_plugged,
            "unplugged": self.charger_unplugged,
            "fault": self.charger_faulty,
            "cleared": self.charger_cleared,
            "offline": self.charger_offline,
            "online": self.charger_online,
            "started": self.charger_started,
            "start-failed": self.charger_start_failed,
            "sample": self.charger_sampled,
            "stopped": self.charger_stopped,
        }

    def charger_said_something(self, charger: Charger, event: Event) -> None:
        """A word of a newer kind than this server."""

    def charger_plugged(self, charger: Charger, event: Event) -> None:
        charger.plugged = True

    def charger_unplugged(self, charger: Charger, event: Event) -> None:
        charger.plugged = False

    def charger_faulty(self, charger: Charger, event: Event) -> None:
        charger.faulty = True

    def charger_cleared(self, charger: Charger, event: Event) -> None:
        charger.faulty = False

    def charger_offline(self, charger: Charger, event: Event) -> None:
        charger.online = False

    def charger_online(self, charger: Charger, event: Event) -> None:
        charger.online = True

    # Charges on them

    def charger_started(self, charger: Charger, event: Event) -> None:
        charger.plugged = True
        session = self.starting_session(charger, event)
        if session is None or session.began:
            return  # nobody's, or told twice
        charger.session = session
        session.began = True
        session.started_ms = event.at_ms
        self.note_reading(session, self.charger_reading(event, event.register_wh))
        session.meter_wh = event.register_wh, event.register_wh
        if session.stat >= STAT_STOPPING:
            self.begin_duty(self.command_stop(session))  # too late: it was stopped or given up before
        if session.stat != STAT_ENDED:
            session.stat = max(session.stat, STAT_CHARGING)
            self.charge_began(session)
        self.keep_session(session)

    def starting_session(self, charger: Charger, event: Event) -> Session | None:
        """The session that begins; without an order somebody started at the charger itself."""
        if event.order:
            return self.city.sessions.get(event.order)
        if charger.session is not None and charger.session.began:
            return charger.session
        return self.opened_on_charger(charger, self.next_start_charge_seq(), LOCAL_USER, by_platform=False)

    def charger_start_failed(self, charger: Charger, event: Event) -> None:
        session = self.city.sessions.get(event.order or "")
        if session is not None:
            self.give_up_start(session)

    def charger_sampled(self, charger: Charger, event: Event) -> None:
        session = charger.session
        if session is not None and session.began:
            self.note_reading(session, self.charger_reading(event, session.meter_wh[0]))
            self.keep_session(session)

    def charger_stopped(self, charger: Charger, event: Event) -> None:
        session, charger.session = charger.session, None
        if session is None or not session.began:
            return
        session.ended_ms, session.stop_reason = event.at_ms, self.charger_stop_reason(session, event)
        self.note_reading(session, self.charger_reading(event, session.meter_wh[0]))
        session.meter_wh = session.meter_wh[0], event.register_wh
        self.charge_ended(session)
        self.settle_session(session)

    def settle_session(self, session: Session) -> None:
        session.price = bill(session.flown)
        self.charge_billed(session)

    def charger_stop_reason(self, session: Session, event: Event) -> int:
        """Of a charger that was told to stop, the reason is who wanted it."""
        if event.reason == "platform":
            return STOPPED_BY_PLATFORM if session.by_platform else STOPPED_BY_USER
        return STOP_REASONS.get(event.reason, UNKNOWN_STOP_REASON)

    def charger_reading(self, event: Event, meter_start_wh: int) -> Reading:
        return Reading(
            at_ms=event.at_ms,
            energy_wh=max(0, event.register_wh - meter_start_wh),
            current_a=event.current_a,
            voltage_v=event.voltage_v,
            soc=event.soc,
        )

    def opened_on_charger(self, charger: Charger, seq: str, user: str, *, by_platform: bool) -> Session:
        now_ms = self.now_ms()
        session = self.city.sessions[seq] = charger.session = Session(
            seq=seq,
            socket=charger.socket,
            charge_model=self.charger_charge_model(by_platform=by_platform),
            by_platform=by_platform,
            user=user,
            started_ms=now_ms,
            stat=STAT_STARTING,
            reading=Reading(at_ms=now_ms),
        )
        self.keep_session(session)
        self.keep_charger(charger)
        return session

    def charger_charge_model(self, *, by_platform: bool) -> int:
        """How a charge was started that no card did (2.2.1)."""
        return BY_PLATFORM if by_platform else BY_OTHER

    # What chargers are told

    def begin_start(self, session: Session) -> None:
        """The answer to whoever wants it need not wait for the charger (5.8)."""
        self.begin_duty(self.command_start(session))
        self.await_start(session)

    async def command_start(self, session: Session) -> None:
        if not await self.command(session, "start"):
            self.give_up_start(session)

    def await_start(self, session: Session) -> None:
        self.wake_in(self.start_patience_s, f"start {session.socket.id}", lambda: self.start_missed(session))

    def start_missed(self, session: Session) -> None:
        """The charger neither started nor said why not."""
        if not session.began and session.stat != STAT_ENDED:
            self.begin_duty(self.command_stop(session))
            self.give_up_start(session)

    def give_up_start(self, session: Session) -> None:
        """It failed, unless it began or failed before."""
        if session.began or session.stat == STAT_ENDED:
            return
        charger = self.city.chargers[session.socket.id]
        if charger.session is session:
            charger.session = None
        session.ended_ms = self.now_ms()
        self.start_failed(session)
        self.keep_session(session)
        self.keep_charger(charger)
        self.charger_changed(charger)

    def begin_stop(self, session: Session) -> None:
        session.stat = STAT_STOPPING
        self.keep_session(session)
        self.begin_duty(self.command_stop(session))

    async def command_stop(self, session: Session) -> None:
        """Again and again until the charger has heard it; a start that was given up is called off once."""
        while not await self.command(session, "stop") and session.began and session.ended_ms is None:
            await self.sleep_s(self.command_repeat_s)

    async def command(self, session: Session, verb: str) -> bool:
        """Whether the charger was reached. A stop never overtakes the start before it."""
        async with self.turn(self.city.chargers[session.socket.id].lane):
            return await self.call_charger(session, verb)

    async def call_charger(self, session: Session, verb: str) -> bool:
        return await self.tell_charger(session.socket.id, verb, {"order": session.seq} if verb == "start" else {})

    async def tell_charger(self, id_: str, verb: str, order: Message) -> bool:
        address = f"{self.setting.charger_link}/chargers/{quote(id_, safe='')}/{verb}"
        try:
            reply = await self.call_out("POST", address, msgspec.json.encode(order), AS_JSON, self.command_limit_s)
        except Unanswered:
            return False
        return reply.status == 202

    # What outlasts the server

    def keep_charger(self, charger: Charger) -> None:
        session = charger.session.seq if charger.session else None
        told = {"online": charger.online, "plugged": charger.plugged, "faulty": charger.faulty, "session": session}
        self.city.kept.put("charger", charger.socket.id, told)

    def resume_chargers(self) -> None:
        """As they were known to the server before this one, with what they were doing."""
        for id_, told in self.city.kept.all("charger").items():
            if charger := self.city.chargers.get(id_):
                charger.online, charger.plugged, charger.faulty = told["online"], told["plugged"], told["faulty"]
                charger.session = self.city.sessions.get(told["session"] or "")

    def resume_charges(self) -> None:
        """Go on with whatever was under way."""
        for session in list(self.city.sessions.values()):
            if session.ended_ms is not None:
                continue
            if session.began:
                self.begin_duty(self.report_charge(session))
            else:
                self.await_start(session)
            if session.stat == STAT_STOPPING:
                self.begin_duty(self.command_stop(session))
