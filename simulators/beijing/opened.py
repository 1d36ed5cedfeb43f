"""What opening an envelope yields: each step with what it saw, what is wrong, what is worth a remark."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from simulators.strict_json import shown


class Kind(StrEnum):
    """The two envelopes (cec102 1.3 and 1.4)."""

    REQUEST = "request"
    ANSWER = "answer"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it carries."""
        return REQUEST_FIELDS if self is Kind.REQUEST else ANSWER_FIELDS

    @property
    def signed(self) -> tuple[str, ...]:
        """The fields that Sig covers, in their order (cec102 2.3)."""
        return REQUEST_SIGNED if self is Kind.REQUEST else ANSWER_SIGNED


REQUEST_FIELDS = ("OperatorID", "Data", "TimeStamp", "Seq", "Sig")
ANSWER_FIELDS = ("Ret", "Msg", "Data", "Sig")
REQUEST_SIGNED = ("OperatorID", "Data", "TimeStamp", "Seq")
ANSWER_SIGNED = ("Ret", "Msg", "Data")


class Step(StrEnum):
    """The way from the bytes to the content, in its order.

    A wrong Sig does not end the way, so whether Data can be read is known all the same; every other wrong step does,
    as far as the next one needs what it would have given.
    """

    JSON = "json"  # the bytes are a JSON object
    PRESENT = "present"  # it has the fields
    FORM = "form"  # each of them in its form
    SIG = "sig"  # Sig verifies
    BASE64 = "base64"  # Data is Base64 ...
    AES = "aes"  # ... of whole AES blocks, at least one ...
    PADDING = "padding"  # ... that decrypt to something padded as PKCS#7 wants ...
    UTF_8 = "utf-8"  # ... which is UTF-8 ...
    CONTENT = "content"  # ... and a JSON object


DATA_STEPS = (Step.BASE64, Step.AES, Step.PADDING, Step.UTF_8, Step.CONTENT)


class Fault(Struct, frozen=True):
    """One reason why bytes are not the envelope that they should be. ``field`` is "" for the whole envelope."""

    step: Step
    field: str
    expected: str
    actual: str

    @property
    def row(self) -> str:
        """The row that owns it: CEC-ENV-a (fields), -b (Data), -c (Sig) or -h (``Ret`` there, but no integer)."""
        if self.step is Step.FORM and self.field == "Ret":
            return "CEC-ENV-h"
        if self.step is Step.SIG or (self.step is Step.FORM and self.field == "Sig"):
            return "CEC-ENV-c"
        return "CEC-ENV-b" if self.step in DATA_STEPS else "CEC-ENV-a"


class Noted(StrEnum):
    """What is read all the same, and worth a remark."""

    BOM = "bom"  # before the envelope or the content
    EXTRA_FIELDS = "extra_fields"  # in the envelope; Sig does not cover them
    FOREIGN_OPERATOR_ID = "foreign_operator_id"  # another caller than the one whom the keys were issued to
    SEQ_ZERO = "seq_zero"  # Seq counts from 0001
    SIG_LOWER_CASE = "sig_lower_case"  # verifies, but CEC-ENV-c wants upper case
    NULL_FIELDS = "null_fields"  # Msg or Data of an error answer, BJ-X12
    ABSENT_FIELDS = "absent_fields"  # Data of an error answer, BJ-X12
    SIG_ABSENT = "sig_absent"  # missing, null or empty in an error answer, BJ-X12
    BASE64_LINE_BREAKS = "base64_line_breaks"


class Observation(Struct, frozen=True):
    """Something tolerated."""

    name: Noted
    text: str


class State(StrEnum):
    """How a step went."""

    OK = "ok"
    WRONG = "wrong"
    LEFT_OUT = "left out"  # an earlier step gave it nothing to work on, or an error answer needs none


class StepTaken(Struct, frozen=True):
    """One step with what it saw, in words."""

    step: Step
    state: State
    saw: str


class Opened(Struct, frozen=True, kw_only=True):
    """One envelope as far as it could be opened; what a step could not give is None.

    ``ret`` is the number also where ``Ret`` travelled as a string of digits. ``signed`` is the text that Sig must
    cover. ``content`` is None for error answers, of which only Ret and Msg are read (BJ-X12).
    """

    kind: Kind
    envelope: dict[str, Any] | None = None
    ret: int | None = None
    signed: str | None = None
    expected_sig: str | None = None
    ciphertext: bytes | None = None
    plaintext: bytes | None = None
    content: dict[str, Any] | None = None
    faults: tuple[Fault, ...] = ()
    observations: tuple[Observation, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults

    @property
    def is_error(self) -> bool:
        """Whether it is an answer with Ret other than 0."""
        return self.ret is not None and self.ret != 0

    @property
    def sig_lower_case(self) -> bool:
        """Whether Sig verifies, but is not upper-case."""
        return self.noted(Noted.SIG_LOWER_CASE)

    def noted(self, name: Noted) -> bool:
        """Whether there is such a remark."""
        return any(observation.name is name for observation in self.observations)

    def text(self, field: str) -> str | None:
        """A field of the envelope, when it is there and a string."""
        value = (self.envelope or {}).get(field)
        return value if isinstance(value, str) else None

    @property
    def steps(self) -> tuple[StepTaken, ...]:
        """All steps in their order; put into words only when somebody asks."""
        return tuple(self._taken(step) for step in Step)

    def _taken(self, step: Step) -> StepTaken:
        if faults := [fault for fault in self.faults if fault.step is step]:
            return StepTaken(step, State.WRONG, "; ".join(map(_in_words, faults)))
        if not self._passed(step):
            return StepTaken(step, State.LEFT_OUT, self._why_left_out(step))
        return StepTaken(step, State.OK, self._seen(step))

    def _passed(self, step: Step) -> bool:
        """Whether a step without a fault was taken."""
        match step:
            case Step.JSON | Step.PRESENT | Step.FORM:
                return self.envelope is not None
            case Step.SIG:
                return self.expected_sig is not None
            case Step.BASE64 | Step.AES:
                return self.ciphertext is not None
            case Step.PADDING | Step.UTF_8:
                return self.plaintext is not None
            case Step.CONTENT:
                return self.content is not None

    def _why_left_out(self, step: Step) -> str:
        if step is Step.SIG and self.noted(Noted.SIG_ABSENT):
            return "an error answer without Sig: tolerated (BJ-X12)"
        if step in DATA_STEPS and self.is_error:
            return "an error answer: only Ret and Msg are read (BJ-X12)"
        return "nothing to work on"

    def _seen(self, step: Step) -> str:
        envelope = self.envelope or {}
        data, ciphertext, plaintext = self.text("Data") or "", self.ciphertext or b"", self.plaintext or b""
        match step:
            case Step.JSON:
                return f"an object with {_listed(envelope)}"
            case Step.PRESENT:
                return f"nothing missing of {_listed(self.kind.fields)}"
            case Step.FORM:
                return self._forms_seen(envelope)
            case Step.SIG:
                return f"{self.expected_sig} over {'+'.join(self.kind.signed)}, {len(self.signed or '')} characters"
            case Step.BASE64:
                return f"{len(data)} characters, {_counted(len(ciphertext), 'byte')}"
            case Step.AES:
                return f"{_counted(len(ciphertext) // 16, 'block')} of 16 bytes"
            case Step.PADDING:
                return f"{_counted(len(ciphertext) - len(plaintext), 'byte')} of padding"
            case Step.UTF_8:
                return f"{_counted(len(plaintext), 'byte')}, {_counted(len(plaintext.decode('utf-8')), 'character')}"
            case Step.CONTENT:
                return f"an object with {_listed(self.content or {})}"

    def _forms_seen(self, envelope: dict[str, Any]) -> str:
        short = [name for name in self.kind.fields if name in envelope and name not in ("Data", "Sig")]
        return ", ".join(f"{name} {shown(envelope[name])}" for name in short)


def _in_words(fault: Fault) -> str:
    return f"{fault.field + ': ' if fault.field else ''}expected {fault.expected}, found {fault.actual}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name if name.isprintable() else repr(name) for name in names) or "no fields"
