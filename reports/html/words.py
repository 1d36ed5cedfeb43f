"""The words of the page, each in Chinese and English. The page holds both and shows one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

FILE = Path(__file__).with_name("words.toml")
LANGUAGES = {"zh": "zh-CN", "en": "en"}


class Word(str):
    """A word of ours in both languages, where there is no HTML; nobody's secret, so nothing masks it."""


class Words:
    """Looks words up by their names, as ``row.clause``; remembers which were asked for."""

    def __init__(self) -> None:
        with FILE.open("rb") as file:
            self.known = dict(_flat(tomllib.load(file)))
        self.asked: set[str] = set()

    def __call__(self, name: str, **filled: object) -> Markup:
        """Both languages, for the inside of an HTML element. What is filled in is escaped.

        Raises:
            KeyError: there is no such word.
        """
        told = self._word(name)
        return Markup("").join(
            Markup('<span class="{}" lang="{}">{}</span>').format(
                language, code, Markup.escape(told[language]).format(**filled)
            )
            for language, code in LANGUAGES.items()
        )

    def both(self, name: str, **filled: object) -> Word:
        """Both languages side by side, where a reader can't choose."""
        return Word(" / ".join(self.only(name, language).format(**filled) for language in LANGUAGES))

    def or_else(self, name: str, otherwise: str) -> Markup:
        """The word, or what is nobody's word: a name out of the journal."""
        return self(name) if name in self.known else Markup.escape(otherwise)

    def has(self, name: str) -> bool:
        """Whether there is such a word."""
        return name in self.known

    def only(self, name: str, language: str) -> str:
        """One language, for an attribute or a drawing."""
        return self._word(name)[language]

    def _word(self, name: str) -> Mapping[str, str]:
        self.asked.add(name)
        return self.known[name]


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for name, value in table.items():
        if value.keys() <= LANGUAGES.keys():
            found.append((f"{prefix}{name}", value))
        else:
            found += _flat(value, f"{prefix}{name}.")
    return found
