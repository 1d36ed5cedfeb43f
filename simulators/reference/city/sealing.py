"""The envelope of T/CEC 102.4: AES-128-CBC around the content, HMAC-MD5 around the whole (cec102 1.3, 1.4, 2)."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from simulators.reference.city.figures import date_time, time_stamp
from simulators.reference.city.known import City
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Message
from simulators.world.city import CityContract, CityKeys

FIRST_SEQ = 1
SIGNED = ("OperatorID", "Data", "TimeStamp", "Seq")  # of a request, in this order


def encrypted(plain: bytes, keys: CityKeys) -> str:
    """Data of a content."""
    padder = PKCS7(AES.block_size).padder()
    encryptor = _cipher(keys).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def decrypted(data: str, keys: CityKeys) -> bytes:
    """The content in Data; raises ValueError when there is none. Line breaks in the Base64 are passed over."""
    whole = base64.b64decode("".join(data.split()), validate=True)
    decryptor, unpadder = _cipher(keys).decryptor(), PKCS7(AES.block_size).unpadder()
    padded = decryptor.update(whole) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


def signed(keys: CityKeys, *parts: str) -> str:
    """Sig over the parts as they travel, one after the other (2.3)."""
    return hmac.new(keys.sig_secret.encode(), "".join(parts).encode(), "md5").hexdigest().upper()


def _cipher(keys: CityKeys) -> Cipher[CBC]:
    return Cipher(AES(keys.data_secret.encode()), CBC(keys.data_secret_iv.encode()))


class Sealing:
    """Puts messages into envelopes. The called side's keys serve an exchange, request and answer (2.1)."""

    setting: ServerSetting
    city: City

    def now_ms(self) -> int:
        raise NotImplementedError

    @property
    def contract(self) -> CityContract:
        """What was agreed with the platform, where there is one."""
        assert self.setting.city is not None
        return self.setting.city

    # Requests

    def sealed_request(self, content: Message) -> bytes:
        return self.json(self.request_envelope(content))

    def request_envelope(self, content: Message) -> Message:
        keys, stamp = self.contract.platform_keys, self.time_stamp()
        envelope = {
            "OperatorID": self.contract.operator_id,
            "Data": self.encrypted_content(content, keys),
            "TimeStamp": stamp,
            "Seq": self.next_seq(stamp),
        }
        return envelope | {"Sig": self.request_sig(envelope, keys)}

    def request_sig(self, envelope: Message, keys: CityKeys) -> str:
        return signed(keys, *(envelope[name] for name in SIGNED))

    def counted_up(self, what: str) -> int:
        """The next of a kind of number, which no restart gives out again."""
        number = int(self.city.kept.get("count", what, 0)) + 1
        self.city.kept.put("count", what, number)
        return number

    def time_stamp(self) -> str:
        return time_stamp(self.now_ms(), self.contract.utc_offset_minutes)

    def next_seq(self, stamp: str) -> str:
        """Four digits that count the requests of one second, from 0001 (1.3)."""
        city = self.city
        city.last_seq = city.last_seq % 9999 + 1 if stamp == city.last_stamp else FIRST_SEQ
        city.last_stamp = stamp
        return f"{city.last_seq:04d}"

    # Answers

    def sealed_answer(self, ret: int, msg: str, content: Message | None) -> bytes:
        return self.json(self.answer_envelope(ret, msg, content))

    def answer_envelope(self, ret: int, msg: str, content: Message | None) -> Message:
        """An answer; with an error, Data is empty and Sig stands all the same (1.4)."""
        keys = self.contract.operator_keys
        data = "" if content is None else self.encrypted_content(content, keys)
        return {"Ret": ret, "Msg": msg, "Data": data, "Sig": self.answer_sig(ret, msg, data, keys)}

    def answer_sig(self, ret: int, msg: str, data: str, keys: CityKeys) -> str:
        return signed(keys, str(ret), msg, data)

    # Both

    def encrypted_content(self, content: Message, keys: CityKeys) -> str:
        return encrypted(self.json(content), keys)

    def json(self, document: Any) -> bytes:
        """Compact UTF-8."""
        return msgspec.json.encode(document)

    def local_time(self, moment_ms: int) -> str:
        """``yyyy-MM-dd HH:mm:ss`` where the platform is."""
        return date_time(moment_ms, self.contract.utc_offset_minutes)
