"""Defects of 1.3, heartbeat."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.front import HttpRequest
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Box, Message
from simulators.reference.wire import Field, Form, Refused


@mutant(breaks="EVC-1.3-a", case="current-time")
class AnswersBeatsWithoutTheTime(ReferenceServer):
    """Answers a heartbeat with an empty object: the beat itself was the point."""

    async def heartbeat(self, message: Message) -> Message:
        await super().heartbeat(message)
        return {}


@mutant(breaks="EVC-1.3-b", case="without-station")
class DemandsTheStationInBeats(ReferenceServer):
    """Finds a box by station and serial together, and refuses a beat without the first."""

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        return super().is_mandatory(form, field) or field.name == "chargePointSerialNumber"


@mutant(breaks="EVC-1.3-b", case="with-station")
class RefusesTheStationInBeats(ReferenceServer):
    """Fails on a field that its own boxes never send: unknown properties are errors by default."""

    def read(self, service: str, request: HttpRequest) -> Message:
        message = super().read(service, request)
        if service == "heartbeat" and "chargePointSerialNumber" in message:
            raise Refused(400, "unrecognized field chargePointSerialNumber")
        return message


@mutant(breaks="EVC-1.3-d", case="offline")
class NeverTakesABoxOffline(ReferenceServer):
    """Keeps a box online once it has booted: the job that looks for silent ones is not scheduled."""

    def is_online(self, box: Box) -> bool:
        return box.last_beat_ms is not None


@mutant(breaks="EVC-1.3-d", case="online-again")
class WantsABootAfterSilence(ReferenceServer):
    """Answers the beats of a box that went silent, but shows it as offline until it boots."""

    async def heartbeat(self, message: Message) -> Message:
        box = self.known_box(message)
        if self.is_online(box):
            self.note_beat(box)
        return {"currentTime": self.now_ms()}
