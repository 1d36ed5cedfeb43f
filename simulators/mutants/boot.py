"""Defects of 1.1, boot."""

from __future__ import annotations

from simulators.mutants.registry import mutant
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Box, Connector, Message
from simulators.reference.wire import Field, Form

NO_BOX = "no box gets past its boot, whatever it says"

# EVC-1.1-a


@mutant(breaks="EVC-1.1-a", case="accepted", also={"EVC-1.1-g": NO_BOX, "EVC-3-c": NO_BOX})
class LooksBoxesUpAmongStations(ReferenceServer):
    """Compares chargeBoxSerialNumber with the table of stations, and finds no box ever."""

    def registered_box(self, message: Message) -> Box | None:
        serial = message["chargeBoxSerialNumber"]
        return self.state.boxes.get(serial) if serial in self.state.stations else None


@mutant(breaks="EVC-1.1-a", case="current-time")
class AcceptsWithoutTheTime(ReferenceServer):
    """Leaves currentTime out of an accepting answer: the box has a clock of its own, somebody thought."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        answer = super().boot_answer(box, accepted)
        if accepted:
            del answer["currentTime"]
        return answer


@mutant(breaks="EVC-1.1-a", case="heartbeat-interval")
class AcceptsWithoutAnInterval(ReferenceServer):
    """Leaves heartbeatInterval out unless somebody configured one for the box."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        answer = super().boot_answer(box, accepted)
        if accepted:
            del answer["heartbeatInterval"]
        return answer


# EVC-1.1-b


@mutant(breaks="EVC-1.1-b", case="rejected")
class RegistersWhoeverBoots(ReferenceServer):
    """Takes an unknown box in at its first boot: convenient while the system was rolled out."""

    def registered_box(self, message: Message) -> Box | None:
        serial = message["chargeBoxSerialNumber"]
        if serial not in self.state.boxes and "chargePointSerialNumber" in message:
            self.register(serial, "", message["chargePointSerialNumber"], [1])
        return super().registered_box(message)


@mutant(breaks="EVC-1.1-b", case="current-time")
class RejectsWithoutTheTime(ReferenceServer):
    """Answers a rejected box with status and interval only."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        answer = super().boot_answer(box, accepted)
        if not accepted:
            del answer["currentTime"]
        return answer


@mutant(breaks="EVC-1.1-b", case="heartbeat-interval")
class RejectsWithoutAnInterval(ReferenceServer):
    """Tells a rejected box no heartbeatInterval: there is no record to take one from."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        answer = super().boot_answer(box, accepted)
        if not accepted:
            del answer["heartbeatInterval"]
        return answer


# EVC-1.1-c to -g


@mutant(breaks="EVC-1.1-c", case="foreign-station")
class IgnoresTheStation(ReferenceServer):
    """Never looks at chargePointSerialNumber: the box serial is the key of everything."""

    def is_issued(self, station_serial: str) -> bool:
        return True


@mutant(breaks="EVC-1.1-d", case=("deviceBoot", "heartbeat", "meterValues", "statusNotify"))
class TellsTimesInSeconds(ReferenceServer):
    """Writes Unix seconds where the examples have milliseconds."""

    def written_time(self, moment_ms: int) -> int:
        return moment_ms // 1000


@mutant(breaks="EVC-1.1-d", case=("deviceBoot", "heartbeat", "meterValues", "statusNotify"))
class TakesLocalTimeForUtc(ReferenceServer):
    """Is eight hours ahead: a local time without zone was turned into epoch milliseconds as if it were UTC."""

    def now_ms(self) -> int:
        return super().now_ms() + self.setting.site.utc_offset_minutes * 60_000


@mutant(breaks="EVC-1.1-e", case="positive-whole")
class TellsAnIntervalOfZero(ReferenceServer):
    """Answers heartbeatInterval 0, the default of a column that nobody filled."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        return super().boot_answer(box, accepted) | {"heartbeatInterval": 0}


@mutant(breaks="EVC-1.1-e", case="positive-whole")
class TellsTheIntervalInMinutes(ReferenceServer):
    """Answers the interval in minutes, a fraction of one for 10 s."""

    def boot_answer(self, box: Box | None, accepted: bool) -> Message:
        return super().boot_answer(box, accepted) | {"heartbeatInterval": self.interval_s(box) / 60}


@mutant(breaks="EVC-1.1-f", case="authorize")
class AuthorizesForRejectedBoxes(ReferenceServer):
    """Looks at the card only: registration is checked at boot, and boxes were trusted to power off."""

    async def authorize(self, message: Message) -> Message:
        token = message["idToken"]
        return {"idTagInfo": self.id_tag_info(self.authorize_card_status(token), token)}


@mutant(breaks="EVC-1.1-f", case="startTrans")
class StartsForRejectedBoxes(ReferenceServer):
    """Opens a transaction for whichever box asks, and keeps a place for one that it does not know."""

    def judged_start(self, message: Message) -> tuple[Box | None, Connector | None, str]:
        box, connector, status = super().judged_start(message)
        if box is not None:
            return box, connector, status
        serial, number = message["chargeBoxSerialNumber"], message["connectorId"]
        stranger = self.state.boxes.get(serial) or Box(serial, "", 10, {})
        status = self.start_card_status(message["idTag"])
        return stranger, stranger.connectors.get(number, Connector(number)), status


@mutant(breaks="EVC-1.1-g", case="mandatory-only")
class DemandsTheModel(ReferenceServer):
    """Refuses a boot without chargePointModel, which its own boxes always send."""

    def is_mandatory(self, form: Form | None, field: Field) -> bool:
        return super().is_mandatory(form, field) or field.name == "chargePointModel"
