"""A console for people: what is piped or kept in a file has no blanks at the ends of its lines."""

from __future__ import annotations

import re
import sys
from typing import IO, cast

from rich.console import Console

AT_ENDS = re.compile(r"[ \t]+(?=\n)")


def console(*, markup: bool = True, emoji: bool = True) -> Console:
    """Over stdout; a terminal gets the lines as they are, as blanks there may wipe what stood before."""
    out = sys.stdout
    return Console(
        file=out if out.isatty() else cast("IO[str]", _Trimmed(out)), highlight=False, markup=markup, emoji=emoji
    )


class _Trimmed:
    """Tables pad their lines to the width of the console."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(AT_ENDS.sub("", text))

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)
