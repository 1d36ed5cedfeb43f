"""Defects of the envelopes that the server makes, and of what is in them (CEC-ENV-a to CEC-ENV-o)."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from simulators.mutants.registry import mutant
from simulators.reference.city.client import Outcome
from simulators.reference.city.known import Session, Token
from simulators.reference.city.sealing import encrypted, signed
from simulators.reference.server import ReferenceServer
from simulators.reference.state import Message
from simulators.world.city import CityKeys, Socket

LOST = "the platform refuses all that comes, query_token first of all, so nothing reaches it"
PUSHED = (
    "BJ-1.1.2-a", "BJ-1.1.2-b", "BJ-1.1.8-b", "BJ-1.1.10-a", "BJ-1.1.14-a", "BJ-2.2.1-b", "EVC-1.3-d", "EVC-1.7-c"
)  # fmt: skip
PUSHED_OF_THE_PLATFORMS_CHARGES = ("BJ-1.1.7-d", "BJ-1.1.8-a", "BJ-1.1.12-a", "BJ-1.1.13-a", "BJ-1.1.15-a")
NOTHING_IS_UNDERSTOOD = dict.fromkeys(PUSHED, LOST)  # the platform can't start a charge either
NOTHING_ARRIVES = dict.fromkeys(PUSHED + PUSHED_OF_THE_PLATFORMS_CHARGES, LOST)

# CEC-ENV-a: fields


@mutant(breaks="CEC-ENV-a", case="request", also=NOTHING_ARRIVES)
class LeavesOutSeq(ReferenceServer):
    """Sends no Seq, though its Sig covers one."""

    def request_envelope(self, content: Message) -> Message:
        envelope = super().request_envelope(content)
        return {name: envelope[name] for name in envelope if name != "Seq"}


@mutant(breaks="CEC-ENV-a", case="request", also=NOTHING_ARRIVES)
class WritesTimeStampsWithDashes(ReferenceServer):
    """Writes TimeStamp like the times in the content, and signs it so."""

    def time_stamp(self) -> str:
        return self.local_time(self.now_ms())


@mutant(breaks="CEC-ENV-a", case="request", also=NOTHING_ARRIVES)
class CountsSeqAsANumber(ReferenceServer):
    """Sends Seq as the number 1: the zeros are gone, and Sig covers them."""

    def request_envelope(self, content: Message) -> Message:
        envelope = super().request_envelope(content)
        return envelope | {"Seq": int(envelope["Seq"])}


@mutant(breaks="CEC-ENV-a", case="answer")
class LeavesOutMsg(ReferenceServer):
    """Has nothing to say in Msg, and leaves it out."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        return {name: envelope[name] for name in envelope if name != "Msg"}


@mutant(breaks="CEC-ENV-a", case="answer", also={"CEC-ENV-g": "an answer without a Ret refuses nothing"})
class AnswersInLowerCase(ReferenceServer):
    """Writes ret, msg, data and sig, as its framework names them."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        return {name.lower(): value for name, value in envelope.items()}


@mutant(breaks="CEC-ENV-a", case="request")
class StampsAllCallsWithTheTimeOfTheFirst(ReferenceServer):
    """Has its envelope made once, as everything that its framework makes; only Data and Seq are set for each call."""

    stamp = ""

    def time_stamp(self) -> str:
        self.stamp = self.stamp or super().time_stamp()
        return self.stamp


@mutant(breaks="CEC-ENV-a", case="request")
class RepeatsOrdersAsTheyWereSealed(ReferenceServer):
    """Seals an order when it is made, and keeps the envelope until it is taken."""

    def request_envelope(self, content: Message) -> Message:
        if "StopReason" not in content:
            return super().request_envelope(content)
        key = f"{content['StartChargeSeq']} {len(content)}"
        if (sealed := self.city.kept.get("sealed", key)) is None:
            sealed = super().request_envelope(content)
            self.city.kept.put("sealed", key, sealed)
        return dict(sealed)


# CEC-ENV-b: Data


@mutant(breaks="CEC-ENV-b", case=("request", "answer"), also=NOTHING_IS_UNDERSTOOD)
class EncryptsWithTheKeyAsIV(ReferenceServer):
    """Takes DataSecret for the initial vector, too: with the published samples nobody notices."""

    def encrypted_content(self, content: Message, keys: CityKeys) -> str:
        mixed = CityKeys(
            operator_secret=keys.operator_secret,
            data_secret=keys.data_secret,
            data_secret_iv=keys.data_secret,
            sig_secret=keys.sig_secret,
        )
        return super().encrypted_content(content, mixed)


@mutant(breaks="CEC-ENV-b", case=("request", "answer"), also=NOTHING_IS_UNDERSTOOD)
class PadsWithZeros(ReferenceServer):
    """Fills the last block up with zero bytes, as its library does by default."""

    def encrypted_content(self, content: Message, keys: CityKeys) -> str:
        plain = self.json(content)
        padded = plain + bytes(-len(plain) % 16)
        encryptor = Cipher(AES(keys.data_secret.encode()), CBC(keys.data_secret_iv.encode())).encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


@mutant(breaks="CEC-ENV-b", case="request", also=NOTHING_ARRIVES)
class EncryptsCallsWithItsOwnKeys(ReferenceServer):
    """Encrypts what it pushes with the keys that it issued itself; the Sig is made with the right ones."""

    def request_envelope(self, content: Message) -> Message:
        envelope = super().request_envelope(content)
        envelope["Data"] = encrypted(self.json(content), self.contract.operator_keys)
        return envelope | {"Sig": self.request_sig(envelope, self.contract.platform_keys)}


@mutant(breaks="CEC-ENV-b", case="answer")
class AnswersWithHexData(ReferenceServer):
    """Writes the Data of its answers in hexadecimal digits."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        data = base64.b64decode(envelope["Data"]).hex().upper()
        return envelope | {"Data": data, "Sig": self.answer_sig(ret, msg, data, self.contract.operator_keys)}


# CEC-ENV-c: Sig


@mutant(breaks="CEC-ENV-c", case=("request", "answer"))
class SignsInLowerCase(ReferenceServer):
    """Writes Sig in lower-case digits, as its library gives them."""

    def json(self, document: object) -> bytes:
        if isinstance(document, dict) and "Sig" in document:
            document = document | {"Sig": document["Sig"].lower()}
        return super().json(document)


@mutant(breaks="CEC-ENV-c", case="answer")
class SignsTheDataOfAnswersOnly(ReferenceServer):
    """Signs an answer's Data without Ret and Msg."""

    def answer_sig(self, ret: int, msg: str, data: str, keys: CityKeys) -> str:
        return signed(keys, data)


@mutant(breaks="CEC-ENV-c", case="answer")
class SignsAnswersAsTheCallee(ReferenceServer):
    """Puts its OperatorID before Ret and Data in what an answer's Sig covers."""

    def answer_sig(self, ret: int, msg: str, data: str, keys: CityKeys) -> str:
        return signed(keys, self.contract.operator_id, str(ret), data)


@mutant(breaks="CEC-ENV-c", case="request", also=NOTHING_ARRIVES)
class SignsFieldsInOrderOfTheirNames(ReferenceServer):
    """Joins what Sig covers by the alphabet: Data, OperatorID, Seq, TimeStamp."""

    def request_envelope(self, content: Message) -> Message:
        envelope = super().request_envelope(content)
        parts = [envelope[name] for name in sorted(envelope) if name != "Sig"]
        return envelope | {"Sig": signed(self.contract.platform_keys, *parts)}


# CEC-ENV-h: Ret


@mutant(breaks="CEC-ENV-h", case=("success", "error"))
class WritesRetAsText(ReferenceServer):
    """Answers Ret "0" and "4002", as strings."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        return super().answer_envelope(ret, msg, content) | {"Ret": str(ret)}


@mutant(breaks="CEC-ENV-h", case="error")
class WritesRetOfErrorsAsText(ReferenceServer):
    """Answers errors by another piece of code, in which Ret is a string."""

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        envelope = super().answer_envelope(ret, msg, content)
        return envelope | {"Ret": str(ret)} if ret else envelope


# CEC-ENV-m: field tables


@mutant(breaks="CEC-ENV-m", case="query_token")
class TellsFailReasonAsText(ReferenceServer):
    """Answers FailReason "0", a string, where a token was given."""

    def query_token(self, asked: Message) -> Message:
        told = super().query_token(asked)
        return told if told["FailReason"] else told | {"FailReason": "0"}


@mutant(breaks="CEC-ENV-m", case="notification_stationStatus")
class TellsTheLockAsOne(ReferenceServer):
    """Tells LockStatus 1, which is what its own chargers say for locked."""

    def connector_status_info(self, socket: Socket, status: int) -> Message:
        return super().connector_status_info(socket, status) | {"LockStatus": 1}


@mutant(breaks="CEC-ENV-m", case="query_equip_charge_status")
class AnswersTheCurrentAsText(ReferenceServer):
    """Answers CurrentA as the string that the box sent."""

    def query_equip_charge_status(self, asked: Message) -> Message:
        told = super().query_equip_charge_status(asked)
        return told | {"CurrentA": str(told["CurrentA"])}


@mutant(breaks="CEC-ENV-m", case="notification_equip_charge_status")
class PushesSocWithASign(ReferenceServer):
    """Pushes Soc as it is shown on its own pages, with a percent sign."""

    def charge_status_notification(self, session: Session) -> Message:
        return super().charge_status_notification(session) | {"Soc": "0%"}


@mutant(
    breaks="CEC-ENV-m",
    case=(
        "query_equip_charge_status",
        "notification_equip_charge_status",
        "notification_charge_order_info",
        "notification_charge_order_info_for_bonus",
    ),
)
class WritesNullForWhatItDoesNotKnow(ReferenceServer):
    """Writes null into the optional fields of charges and orders; readers take that for no field (4.2)."""

    def charge_status(self, session: Session) -> Message:
        return super().charge_status(session) | dict.fromkeys(("CurrentB", "ElecMoney", "SeviceMoney", "ChargeDetails"))

    def settlement(self, session: Session) -> Message:
        return super().settlement(session) | {"SumPeriod": None, "ChargeDetails": None}


@mutant(
    breaks="CEC-ENV-m", case="notification_charge_order_info_for_bonus", also={"BJ-2.2.2-a": "one of the 15 fields"}
)
class PushesLongUserNames(ReferenceServer):
    """Pushes orders with the customer's name as it stands in its own file, however long."""

    def bonus_order(self, session: Session) -> Message:
        return super().bonus_order(session) | {"UserName": "U" * 21}


# CEC-ENV-o: calls


@mutant(breaks="CEC-ENV-o", case="post", also=NOTHING_ARRIVES)
class CallsByPut(ReferenceServer):
    """Calls the platform by PUT, as its style guide wants for what may be repeated."""

    call_method = "PUT"


@mutant(breaks="CEC-ENV-o", case="json")
class CallsWithPlainText(ReferenceServer):
    """Calls with Content-Type text/plain, which is what its client sends for a string."""

    async def call_platform(self, interface: str, content: Message, headers: Mapping[str, str]) -> Outcome:
        return await super().call_platform(interface, content, {**headers, "Content-Type": "text/plain"})


STEPS_BY_4002 = dict.fromkeys(
    ("BJ-1.1.13-c", "BJ-1.1.14-b"), "it counts its own answers 4002 as steps, which are none of a ladder"
)


@mutant(breaks="CEC-ENV-o", case="bearer", also=STEPS_BY_4002)
class SendsTheTokenWithoutBearer(ReferenceServer):
    """Puts the bare token into Authorization."""

    def authorization(self, token: Token) -> Mapping[str, str]:
        return {"Authorization": token.text}


@mutant(breaks="CEC-ENV-o", case="bearer", also=STEPS_BY_4002)
class SendsTheTokenAsAHeaderOfItsOwn(ReferenceServer):
    """Sends the token in a header AccessToken, and no Authorization."""

    def authorization(self, token: Token) -> Mapping[str, str]:
        return {"AccessToken": token.text}
