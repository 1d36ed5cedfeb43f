"""Chance that can be repeated: everything drawn in a run comes from one printed seed.

Each purpose draws from a stream of its own, so a draw added for one does not shift what another gets, and a run is
repeated by its seed alone, on another machine too. The only file that may import ``random``.
"""

from __future__ import annotations

import hashlib
import random
from string import ascii_lowercase, ascii_uppercase

from faker import Faker
from msgspec import Struct

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O, which are taken for 1 and 0 (GA 36)
PLATE_SIGNS = PLATE_LETTERS + "0123456789"
DIGITS = "0123456789"
KINDS = (DIGITS, ascii_uppercase, ascii_lowercase)
OTHER_SIGNS = "!#$%&*+-./:;=?@^_~"
MOST_CHANGED = 3
LEAST_DRAWN = 10  # digits, that two draws don't meet, nor one a number that somebody has
CARD_NUMBER_LENGTH = 20  # EVCHONG V1.2, 2.1: IdToken is a String[20]


Stream = random.Random  # what ``Randomness.stream`` gives


class Person(Struct, frozen=True):
    """A driver, as an operator's customer file knows one."""

    name: str
    phone_number: str


class Randomness:
    """Named independent streams that all follow from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}
        self._fakers: dict[str, Faker] = {}

    @classmethod
    def fresh(cls) -> Randomness:
        """One with a seed that nobody chose; print it."""
        return cls(random.SystemRandom().randrange(2**32))

    def __str__(self) -> str:
        return f"seed {self.seed}"

    def stream(self, name: str) -> random.Random:
        """The stream of that name. Asked again, it goes on where it was."""
        if name not in self._streams:
            self._streams[name] = random.Random(self._derived_seed(name))
        return self._streams[name]

    def branch(self, name: str) -> Randomness:
        """A whole set of streams of its own, for a worker or a box."""
        return Randomness(self._derived_seed(f"branch/{name}"))

    def person(self, stream: str = "people") -> Person:
        """Somebody with a Chinese name and a mobile number."""
        faker = self._faker(stream)
        return Person(name=faker.name(), phone_number=faker.phone_number())

    def company(self, stream: str = "companies") -> str:
        """The name of a Chinese company, say a manufacturer or an operator of stations."""
        return self._faker(stream).company()

    def plate(self, stream: str = "plates", *, new_energy: bool = True) -> str:
        """A Chinese licence plate: 8 characters for a new-energy car (``京AD12345``), 7 for another (``京A12345``)."""
        draw = self.stream(stream)
        place = draw.choice(PROVINCES) + draw.choice(PLATE_LETTERS)
        if new_energy:
            return place + draw.choice("DF") + "".join(draw.choices("0123456789", k=5))
        return place + "".join(draw.choices(PLATE_SIGNS, k=5))

    def card_number(self, stream: str = "cards", *, length: int = 16) -> str:
        """Decimal digits, the first not 0, as many as asked for and at most 20."""
        if not 1 <= length <= CARD_NUMBER_LENGTH:
            raise ValueError(f"a card number has 1 to {CARD_NUMBER_LENGTH} characters, not {length}")
        draw = self.stream(stream)
        return draw.choice("123456789") + "".join(draw.choices("0123456789", k=length - 1))

    def alike(self, text: str, stream: str, *, longest: int) -> str:
        """Nearly this serial or card: other digits, at least ten, so that nobody has it; the rest stays as it is."""
        if sum(sign in DIGITS for sign in text) < LEAST_DRAWN:
            text = text[: longest - LEAST_DRAWN] + "0" * LEAST_DRAWN
        draw = self.stream(stream)
        return "".join(draw.choice(DIGITS) if sign in DIGITS else sign for sign in text)

    def nearly(self, text: str, stream: str) -> str:
        """This text but for one to three letters or digits, each another one of its kind; never the text itself.

        Of a text with fewer of them than that any sign may be another: else there would not be many such texts.
        """
        draw = self.stream(stream)
        places = [place for place, sign in enumerate(text) if any(sign in kind for kind in KINDS)]
        if len(places) < MOST_CHANGED:
            places = list(range(len(text)))
        signs = list(text)
        for place in draw.sample(places, min(len(places), draw.randrange(1, MOST_CHANGED + 1))):
            kind = next((kind for kind in KINDS if signs[place] in kind), OTHER_SIGNS)
            signs[place] = draw.choice(kind.replace(signs[place], ""))
        return "".join(signs)

    def _faker(self, name: str) -> Faker:
        if name not in self._fakers:
            self._fakers[name] = Faker("zh_CN")
            self._fakers[name].seed_instance(self._derived_seed(f"faker/{name}"))
        return self._fakers[name]

    def _derived_seed(self, name: str) -> int:
        # hash() differs from process to process, so it would make every run another one.
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:16])
