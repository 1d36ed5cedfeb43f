"""The envelope of T/CEC 102.4: AES-128-CBC, Base64 and an upper-case HMAC-MD5 around every message (cec102 1.3 to 2.3).

Sealing trusts its caller, so that wrong envelopes can be made too; opening trusts nobody and goes as far as it can.
"""

from __future__ import annotations

import binascii
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

from simulators.beijing.keys import OPERATOR_ID_CHARACTERS, KeySet
from simulators.beijing.opened import (
    ANSWER_FIELDS,
    REQUEST_FIELDS,
    REQUEST_SIGNED,
    Fault,
    Kind,
    Noted,
    Observation,
    Opened,
    Step,
)
from simulators.strict_json import BOM, NotStrictJson, shown, strict_json

__all__ = [
    "Fault",
    "Kind",
    "Noted",
    "Observation",
    "Opened",
    "SeqCounter",
    "Step",
    "decrypted",
    "encrypted",
    "kind_of",
    "open_answer",
    "open_request",
    "seal_answer",
    "seal_request",
    "signature",
    "time_stamp_at",
    "wire_bytes",
]

BLOCK_BYTES = 16
SHANGHAI_MINUTES = 8 * 60  # BJ-X20
SEQ_MOST = 9999
HEX_SIG = re.compile(r"[0-9A-Fa-f]{32}")
DIGITS = re.compile(r"-?[0-9]+", re.ASCII)

Content = bytes | dict[str, Any] | None


# Sealing


def seal_request(keys: KeySet, operator_id: str, content: Content, time_stamp: str, seq: str) -> dict[str, Any]:
    """The envelope of a request.

    ``operator_id`` is the caller's, normally ``keys.operator_id``. ``content`` in bytes is encrypted as it stands, a
    dict as compact JSON; None leaves Data empty. ``time_stamp`` as yyyyMMddHHmmss, ``seq`` as four digits.
    """
    data = encrypted(keys, content)
    sig = signature(keys, operator_id + data + time_stamp + seq)
    return {"OperatorID": operator_id, "Data": data, "TimeStamp": time_stamp, "Seq": seq, "Sig": sig}


def seal_answer(keys: KeySet, ret: int, msg: str, content: Content = None) -> dict[str, Any]:
    """The envelope of an answer; an error answer has no content, an empty Data and a valid Sig (BJ-X12)."""
    data = encrypted(keys, content)
    return {"Ret": ret, "Msg": msg, "Data": data, "Sig": signature(keys, f"{ret}{msg}{data}")}


def wire_bytes(envelope: dict[str, Any]) -> bytes:
    """An envelope as the body that travels, compact UTF-8 JSON."""
    return msgspec.json.encode(envelope)


def encrypted(keys: KeySet, content: Content) -> str:
    """Data: the content padded as PKCS#7 wants, AES-128-CBC, Base64 without line breaks; "" for None."""
    if content is None:
        return ""
    plaintext = content if isinstance(content, bytes) else msgspec.json.encode(content)
    missing = BLOCK_BYTES - len(plaintext) % BLOCK_BYTES
    encryptor = _cipher(keys.data_secret, keys.data_secret_iv).encryptor()
    ciphertext = encryptor.update(plaintext + missing * bytes((missing,))) + encryptor.finalize()
    return binascii.b2a_base64(ciphertext, newline=False).decode("ascii")


def decrypted(keys: KeySet, ciphertext: bytes) -> bytes:
    """Whole AES blocks decrypted, padding and all."""
    decryptor = _cipher(keys.data_secret, keys.data_secret_iv).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def signature(keys: KeySet, text: str) -> str:
    """Sig over the joined fields: upper-case hex of the HMAC-MD5 of their UTF-8 (cec102 2.3)."""
    # hmac.digest would let go of the interpreter, and get it back only when another thread has had its turn
    return hmac.new(keys.sig_secret.encode("ascii"), text.encode("utf-8"), "md5").hexdigest().upper()


def time_stamp_at(moment_ms: int, utc_offset_minutes: int = SHANGHAI_MINUTES) -> str:
    """TimeStamp of a moment (epoch ms), in Beijing's time unless another is told (BJ-X20)."""
    local = datetime.fromtimestamp(moment_ms // 1000, UTC) + timedelta(minutes=utc_offset_minutes)
    return f"{local:%Y%m%d%H%M%S}"


class SeqCounter:
    """Numbers one caller's requests within each second, from "0001" (CEC-ENV-k)."""

    def __init__(self) -> None:
        self._second = ""
        self._last = 0

    def next(self, time_stamp: str) -> str:
        """The Seq of the next request of that second.

        Raises:
            OverflowError: the second has had its 9999.
        """
        if time_stamp != self._second:
            self._second, self._last = time_stamp, 0
        if self._last == SEQ_MOST:
            raise OverflowError(f"{SEQ_MOST} requests have the TimeStamp {time_stamp}; the next must wait a second")
        self._last += 1
        return f"{self._last:04}"


@lru_cache(maxsize=64)
def _cipher(data_secret: str, data_secret_iv: str) -> Cipher[CBC]:
    """Kept, since making one takes as long as a message; it has no state, its encryptors and decryptors have."""
    return Cipher(AES128(data_secret.encode("ascii")), CBC(data_secret_iv.encode("ascii")))


# Opening


def open_request(keys: KeySet, body: bytes) -> Opened:
    """A request as far as it can be opened; never raises, whatever the bytes are."""
    return _Opening(keys, Kind.REQUEST).opened(body)


def open_answer(keys: KeySet, body: bytes) -> Opened:
    """An answer as far as it can be opened; never raises, whatever the bytes are."""
    return _Opening(keys, Kind.ANSWER).opened(body)


def kind_of(body: bytes) -> Kind | None:
    """Which envelope the bytes look like: Ret is in answers, TimeStamp and Seq in requests; None when neither is."""
    try:
        envelope = strict_json(body.removeprefix(BOM))
    except NotStrictJson:
        return None
    if not isinstance(envelope, dict):
        return None
    if "Ret" in envelope:
        return Kind.ANSWER
    return Kind.REQUEST if envelope.keys() & {"TimeStamp", "Seq"} else None


class _Stop(Exception):
    """Ends the way to the content; carries the fault."""

    def __init__(self, step: Step, field: str, expected: str, actual: str) -> None:
        super().__init__(expected)
        self.fault = Fault(step, field, expected, actual)


class _Opening:
    """One envelope on its way through the steps."""

    def __init__(self, keys: KeySet, kind: Kind) -> None:
        self._keys = keys
        self._kind = kind
        self._faults: list[Fault] = []
        self._observations: list[Observation] = []
        self._envelope: dict[str, Any] | None = None
        self._ret: int | None = None
        self._signed: str | None = None
        self._expected_sig: str | None = None
        self._ciphertext: bytes | None = None
        self._plaintext: bytes | None = None
        self._content: dict[str, Any] | None = None

    def opened(self, body: bytes) -> Opened:
        try:
            self._envelope = self._read_object(body, Step.JSON, "")
            self._look_at_fields(self._envelope)
            self._verify(self._envelope)
            self._read_data(self._envelope)
        except _Stop as end:
            self._faults.append(end.fault)
        return Opened(
            kind=self._kind,
            envelope=self._envelope,
            ret=self._ret,
            signed=self._signed,
            expected_sig=self._expected_sig,
            ciphertext=self._ciphertext,
            plaintext=self._plaintext,
            content=self._content,
            faults=tuple(self._faults),
            observations=tuple(self._observations),
        )

    @property
    def _is_error(self) -> bool:
        return self._ret is not None and self._ret != 0

    def _note(self, name: Noted, text: str) -> None:
        self._observations.append(Observation(name, text))

    # The fields

    def _look_at_fields(self, envelope: dict[str, Any]) -> None:
        if self._kind is Kind.REQUEST:
            self._look_at(envelope, REQUEST_FIELDS)
            self._remark_on_request(envelope)
        else:
            self._ret = _number(envelope.get("Ret"))
            self._look_at(envelope, self._needed_of_error(envelope) if self._is_error else ANSWER_FIELDS)
        if extra := [name for name in envelope if name not in self._kind.fields]:
            self._note(Noted.EXTRA_FIELDS, f"not in the document: {shown(extra)}")

    def _look_at(self, envelope: dict[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            expected, holds = FORMS[name]
            if name not in envelope:
                self._faults.append(Fault(Step.PRESENT, name, f"the field {name}", f"only {shown(list(envelope))}"))
            elif not holds(envelope[name]):
                self._faults.append(Fault(Step.FORM, name, expected, shown(envelope[name])))

    def _needed_of_error(self, envelope: dict[str, Any]) -> tuple[str, ...]:
        """The fields of an error answer that are looked at: Ret, Msg, and Sig when there is one (BJ-X12)."""
        if nulls := [name for name in ("Msg", "Data") if envelope.get(name, "") is None]:
            self._note(Noted.NULL_FIELDS, f"null in an error answer: {', '.join(nulls)} (BJ-X12)")
        if "Data" not in envelope:
            self._note(Noted.ABSENT_FIELDS, "an error answer without Data (BJ-X12)")
        names = ("Ret",) if "Msg" in nulls else ("Ret", "Msg")
        if envelope.get("Sig") in (None, ""):
            self._note(Noted.SIG_ABSENT, "an error answer without Sig (BJ-X12)")
            return names
        signed_data = () if envelope.get("Data") is None else ("Data",)  # of no interest, but Sig covers it
        return (*names, *signed_data, "Sig")

    def _remark_on_request(self, envelope: dict[str, Any]) -> None:
        caller = envelope.get("OperatorID")
        if isinstance(caller, str) and caller != self._keys.operator_id:
            self._note(Noted.FOREIGN_OPERATOR_ID, f"{shown(caller)} calls, the keys are of {self._keys.operator_id}")
        if envelope.get("Seq") == "0000":
            self._note(Noted.SEQ_ZERO, "Seq counts from 0001")

    # Sig

    def _verify(self, envelope: dict[str, Any]) -> None:
        self._signed = signed = self._signed_text(envelope)
        sig = envelope.get("Sig")
        if signed is None or not isinstance(sig, str) or not _is_sig(sig):
            return  # the fields have their faults already, or an error answer has no Sig
        self._expected_sig = signature(self._keys, signed)
        if not hmac.compare_digest(self._expected_sig, sig.upper()):
            expected = f"{self._expected_sig} over {'+'.join(self._kind.signed)}"
            self._faults.append(Fault(Step.SIG, "Sig", expected, sig))
        elif sig != self._expected_sig:
            self._note(Noted.SIG_LOWER_CASE, f"Sig is {sig}, the document wants upper case")

    def _signed_text(self, envelope: dict[str, Any]) -> str | None:
        """The fields that Sig covers, joined; None when one of them is no string, so that nobody could join it."""
        if self._kind is Kind.REQUEST:
            return _joined([envelope.get(name) for name in REQUEST_SIGNED])
        data = envelope.get("Data", "" if self._is_error else None)
        if "Msg" not in envelope or (data is None and not self._is_error):
            return None
        # null is signed like the empty string; whether it may stand there is the form's question
        msg = envelope["Msg"]
        return _joined([self._ret_text(envelope.get("Ret")), "" if msg is None else msg, "" if data is None else data])

    def _ret_text(self, ret: Any) -> str | None:
        return ret if isinstance(ret, str) else None if self._ret is None else f"{self._ret}"

    # Data

    def _read_data(self, envelope: dict[str, Any]) -> None:
        data = envelope.get("Data")
        if self._is_error or not isinstance(data, str):
            return
        self._ciphertext = self._from_base64(data)
        if not self._ciphertext or len(self._ciphertext) % BLOCK_BYTES:
            found = f"{len(self._ciphertext)} bytes"
            raise _Stop(Step.AES, "Data", f"whole blocks of {BLOCK_BYTES} bytes, at least one", found)
        self._plaintext = _unpadded(decrypted(self._keys, self._ciphertext))
        try:
            self._plaintext.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _Stop(Step.UTF_8, "Data", "UTF-8", str(error)) from None
        self._content = self._read_object(self._plaintext, Step.CONTENT, "Data")

    def _from_base64(self, data: str) -> bytes:
        try:
            return binascii.a2b_base64(data, strict_mode=True)
        except ValueError as problem:
            in_one_line = data.replace("\r", "").replace("\n", "")
            if in_one_line == data:
                raise _Stop(Step.BASE64, "Data", "Base64", f"{problem}: {shown(data)}") from None
        ciphertext = self._from_base64(in_one_line)
        self._note(Noted.BASE64_LINE_BREAKS, f"{len(data) - len(in_one_line)} line break characters in Data")
        return ciphertext

    def _read_object(self, text: bytes, step: Step, field: str) -> dict[str, Any]:
        if text.startswith(BOM):
            self._note(Noted.BOM, f"a byte order mark before the {'content' if field else 'envelope'}")
            text = text[len(BOM) :]
        try:
            value = strict_json(text)
        except NotStrictJson as problem:
            raise _Stop(step, field, problem.expected, problem.actual) from None
        if not isinstance(value, dict):
            raise _Stop(step, field, "a JSON object", shown(value))
        return value


def _unpadded(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= BLOCK_BYTES or padded[-count:] != count * bytes((count,)):
        claimed = count if 1 <= count <= BLOCK_BYTES else 1  # what stands before may be the end of a secret
        end = padded[-claimed:].hex(" ")
        raise _Stop(Step.PADDING, "Data", "1 to 16 bytes of padding, each their number (PKCS#7)", f"at the end {end}")
    return padded[:-count]


def _joined(parts: list[Any]) -> str | None:
    return "".join(parts) if all(isinstance(part, str) for part in parts) else None


def _number(ret: Any) -> int | None:
    """Ret as a number, also where it travelled as a string of digits or with a decimal point (CEC-ENV-h judges)."""
    if isinstance(ret, bool):
        return None
    if isinstance(ret, int):
        return ret
    if isinstance(ret, float) and ret.is_integer():
        return int(ret)
    return int(ret) if isinstance(ret, str) and len(ret) <= 10 and DIGITS.fullmatch(ret) else None


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_operator_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == OPERATOR_ID_CHARACTERS


def _is_time_stamp(value: Any) -> bool:
    if not (isinstance(value, str) and len(value) == 14 and value.isascii() and value.isdigit()):
        return False
    if value[8:10] == "24":
        return False  # the midnight that ends a day, which newer Pythons take
    try:
        datetime.fromisoformat(f"{value[:8]}T{value[8:]}")
    except ValueError:
        return False
    return True


def _is_seq(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 4 and value.isascii() and value.isdigit()


def _is_sig(value: Any) -> bool:
    return isinstance(value, str) and HEX_SIG.fullmatch(value) is not None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "OperatorID": (f"a string of {OPERATOR_ID_CHARACTERS} characters", _is_operator_id),
    "Data": ("a string", _is_string),
    "TimeStamp": ("a string of 14 digits that is a moment, yyyyMMddHHmmss", _is_time_stamp),
    "Seq": ("a string of 4 digits", _is_seq),
    "Sig": ("a string of 32 hexadecimal digits", _is_sig),
    "Ret": ("an integer", _is_integer),
    "Msg": ("a string", _is_string),
}
