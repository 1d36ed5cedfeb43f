"""The business parameters of the platform's queries, as a small table (cec102 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.reference.city.figures import day_of_date
from simulators.reference.setting import ServerSetting
from simulators.reference.state import Message


class Illegal(Exception):
    """The query is not answered; carries the return code and the words that go with it (cec102 1.5)."""

    def __init__(self, ret: int, words: str) -> None:
        super().__init__(words)
        self.ret, self.words = ret, words


WRONG_SIG, WRONG_TOKEN, WRONG_ENVELOPE, WRONG_CONTENT = 4001, 4002, 4003, 4004
DATE_CHARACTERS, DATE_TIME_CHARACTERS = 10, 19


def unknown_id(setting: ServerSetting, fail_reason: int) -> int:
    """An id that names nothing: a FailReason where the answer has one, in other readings 4004 (BJ-X14)."""
    if setting.reading("BJ-X14") == "4004":
        raise Illegal(WRONG_CONTENT, "names nothing")
    return fail_reason


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a request table: a text. ``limit`` is in characters, which it has exactly or at most."""

    name: str
    limit: int = 0  # 0: none
    mandatory: bool = True
    exact: bool = False

    def read(self, given: Message) -> Any:
        """Its value, None when it may be and is absent."""
        value = given.get(self.name)
        if value is None:
            if self.mandatory:
                raise Illegal(WRONG_CONTENT, f"{self.name} is missing")
            return None
        return self.value(value)

    def value(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise Illegal(WRONG_CONTENT, f"{self.name} is no string")
        if self.limit and len(value) > self.limit:
            raise Illegal(WRONG_CONTENT, f"{self.name} is longer than {self.limit}")
        if self.exact and len(value) != self.limit:
            raise Illegal(WRONG_CONTENT, f"{self.name} is shorter than {self.limit}")
        return value


class Count(Parameter):
    """A whole number from 1 on."""

    def value(self, value: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON knows one kind of number
        if type(value) is not int or value < 1:
            raise Illegal(WRONG_CONTENT, f"{self.name} is no number from 1 on")
        return value


class Day(Parameter):
    """A day as ``yyyy-MM-dd``, told as it came; a time behind it is passed over (BJ-X8)."""

    def value(self, value: Any) -> Any:
        text = Parameter(self.name, DATE_TIME_CHARACTERS).value(value)
        try:
            day_of_date(text if len(text) < DATE_TIME_CHARACTERS else text[:DATE_CHARACTERS])
        except ValueError:
            raise Illegal(WRONG_CONTENT, f"{self.name} is no day") from None
        return text


class Ids(Parameter):
    """A list of identifiers, at least one; each is held to the ``limit``."""

    most = 50  # 5.4

    def value(self, value: Any) -> Any:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            raise Illegal(WRONG_CONTENT, f"{self.name} is no list of 1 to {self.most}")
        each = Parameter(self.name, self.limit)
        return [each.value(one) for one in value]


START_CHARGE_SEQ = Parameter("StartChargeSeq", 27, exact=True)
CONNECTOR_ID = Parameter("ConnectorID", 26)
