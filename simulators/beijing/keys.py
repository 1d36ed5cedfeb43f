"""The keys that an operator and the platform agreed on (T/CEC 102.4, chapter 6; cec102 2.1).

Each side issues a set to the other, and the called side's set serves one exchange, request and answer. Keys are
used as the bytes of their characters, never hex-decoded, whatever they look like.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Self

import msgspec
from msgspec import Struct

from simulators.journal.redaction import SECRET_MASK

OPERATOR_ID_CHARACTERS = 9
AES_CHARACTERS = 16  # AES-128; longer keys would be another cipher, which no source uses
SECRET_CHARACTERS = (16, 64)  # the standard speaks of 32, 48 and 64, its own samples have 16

DOCUMENT_NAMES = {
    "operator_id": "OperatorID",
    "operator_secret": "OperatorSecret",
    "data_secret": "DataSecret",
    "data_secret_iv": "DataSecretIV",
    "sig_secret": "SigSecret",
}
SECRETS = tuple(name for name in DOCUMENT_NAMES if name != "operator_id")


class Side(StrEnum):
    """The two parties."""

    PLATFORM = "platform"
    OPERATOR = "operator"

    @property
    def other(self) -> Side:
        """The party at the other end."""
        return Side.PLATFORM if self is Side.OPERATOR else Side.OPERATOR


class KeySet(Struct, frozen=True, kw_only=True):
    """What one side issued to those of the other who call it.

    ``operator_id`` is the caller's, so the one in the envelopes of requests. ``operator_secret`` is needed for
    query_token only and may be left empty where no token is asked for. Neither ``repr`` nor an error shows a secret.

    Raises:
        ValueError: a key of the wrong length, or with characters other than printable ASCII; names all such keys.
    """

    operator_id: str
    operator_secret: str = ""
    data_secret: str
    data_secret_iv: str
    sig_secret: str

    def __post_init__(self) -> None:
        if problems := "; ".join(self._problems()):
            raise ValueError(problems)

    def __repr__(self) -> str:
        return f"KeySet({', '.join(f'{name}={value!r}' for name, value in self._shown())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self._shown())  # else rich would read the fields themselves

    def secrets(self) -> tuple[str, ...]:
        """What must not be shown, for whoever masks reports."""
        return tuple(secret for name in SECRETS if (secret := getattr(self, name)))

    def _shown(self) -> Iterator[tuple[str, str]]:
        yield "operator_id", self.operator_id
        yield from ((name, SECRET_MASK) for name in SECRETS if getattr(self, name))

    def _problems(self) -> Iterator[str]:
        yield from _problem("operator_id", self.operator_id, OPERATOR_ID_CHARACTERS, OPERATOR_ID_CHARACTERS)
        if self.operator_secret != "":
            yield from _problem("operator_secret", self.operator_secret, *SECRET_CHARACTERS)
        yield from _problem("data_secret", self.data_secret, AES_CHARACTERS, AES_CHARACTERS)
        yield from _problem("data_secret_iv", self.data_secret_iv, AES_CHARACTERS, AES_CHARACTERS)
        yield from _problem("sig_secret", self.sig_secret, *SECRET_CHARACTERS)


class AgreedKeys(Struct, frozen=True, kw_only=True):
    """Both sets: ``platform`` is issued by the platform and serves the operator's pushes, ``operator`` the queries."""

    platform: KeySet
    operator: KeySet

    @classmethod
    def alike(cls, *, platform_id: str, operator_keys: KeySet) -> Self:
        """One set of secrets for both directions, as Beijing handed them out; only the caller's id differs.

        ``operator_keys`` carry the operator's id, with which it calls the platform.
        """
        return cls(platform=operator_keys, operator=msgspec.structs.replace(operator_keys, operator_id=platform_id))

    def for_calls_to(self, called: Side) -> KeySet:
        """The set that serves an exchange, request and answer: the called side's."""
        return self.platform if called is Side.PLATFORM else self.operator


def _problem(name: str, value: object, least: int, most: int) -> Iterator[str]:
    """What is wrong with one key, in words that don't hold it."""
    key = DOCUMENT_NAMES[name]
    if not isinstance(value, str):
        yield f"{key} must be a string, not {type(value).__name__}"
        return
    if not least <= len(value) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        yield f"{key} must have {wanted} characters, it has {len(value)}{_remark_on_hex(name, value)}"
    if not (value.isascii() and value.isprintable()) or " " in value:
        yield f"{key} must be printable ASCII without blanks; look for a blank or a line break around it"


def _remark_on_hex(name: str, value: str) -> str:
    if name.startswith("data_secret") and len(value) == 2 * AES_CHARACTERS:
        return " (it is used as it stands, never hex-decoded; ask for the 16 characters)"
    return ""
