"""Sheets whose cells hold text that stays text, whatever a server said, and that print as they are read.

A cell that begins with ``=`` is a formula to a spreadsheet, and whoever opens the file would run what a server under
test made up. So every text is stored as text, and marked so that it stays text when somebody edits the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from math import ceil
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell as Box
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.worksheet import Worksheet

from reports.html.page import TEMPLATES
from reports.html.rows import KINDS
from reports.html.words import Word, Words

MOST_CHARACTERS = 32_767  # in one cell; Excel takes a file with more of them for damaged
BEGINS_A_FORMULA = tuple("=+-@＝＋－＠\t\n")  # a Chinese keyboard writes them wide
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # _x0041_ is how the format spells an A
OURS = "chargeproof "  # a spreadsheet has a style of its own called Title
A4 = 9
NARROW_IN = 0.4  # the margins, in inches
LINE_PT = 13.0
TALLEST_PT = 409.0  # Excel knows no taller row

Said = str | int | tuple[str, ...]  # several texts are lines of one cell
Cell = tuple[Said, str]  # and the look of it
Column = tuple[Word, int]  # heading, and width in characters


class Book:
    """A workbook that is filled from its first row to its last. ``text`` masks, and leaves nothing unseen."""

    def __init__(self, text: Callable[[str], str], words: Words) -> None:
        self._text, self._words = text, words
        self.workbook = Workbook()
        self.workbook.remove(self.workbook.worksheets[0])  # it comes with an empty one
        for look in _looks():
            self.workbook.add_named_style(look)

    def sheet(self, name: str, widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Worksheet:
        """A sheet of such cells, an A4 page wide when it is printed. Its name is a word of ours."""
        return self._filled(self._empty(name, widths), widths, rows)

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Worksheet:
        """A sheet with one head, that stays in sight, is printed on every page, and filters what stands below it."""
        widths = [width for _, width in columns]
        sheet = self._empty(name, widths)
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        head = [(heading, "head") for heading, _ in columns]
        self._filled(sheet, widths, chain([head], rows))
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{sheet.max_row}"
        return sheet

    def _empty(self, name: str, widths: Sequence[int]) -> Worksheet:
        # The languages side by side without the stroke between them: Excel allows none in the name of a sheet.
        sheet: Worksheet = self.workbook.create_sheet(f"{self._words.only(name, 'en')} {self._words.only(name, 'zh')}")
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.page_setup.fitToPage = True
        margins = sheet.page_margins
        margins.left = margins.right = margins.header = margins.footer = NARROW_IN
        margins.top = margins.bottom = 2 * NARROW_IN
        footer = sheet.HeaderFooter.oddFooter = HeaderFooterItem()
        footer.left.text, footer.right.text = "chargeproof · &A", "&P / &N"
        return sheet

    def _filled(self, sheet: Worksheet, widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Worksheet:
        for number, row in enumerate(rows, start=1):
            boxes = [self._box(sheet, *cell) for cell in row]
            sheet.append(boxes)
            sheet.row_dimensions[number].height = _height_pt(zip(boxes, widths, strict=False))  # a row may end early
        return sheet

    def _box(self, sheet: Worksheet, said: Said, look: str) -> Box:
        box = Box(sheet, row=1, column=1)  # until it is appended
        box.style = f"{OURS}{look}"
        if isinstance(said, int):
            box.value = said
            return box
        lines = (said,) if isinstance(said, str) else said
        told = "\n".join(line if isinstance(line, Word) else self._text(line) for line in lines)
        box.value = self._fitting(ESCAPED.sub("_x005F_", told))
        box.data_type = "s"  # openpyxl takes "=1+1" for a formula, and "#N/A" for an error
        box.quotePrefix = told.startswith(BEGINS_A_FORMULA)
        return box

    def _fitting(self, text: str) -> str:
        """The text, or as much of it as a cell holds, and how much is left out. Excel counts in UTF-16."""
        units = text.encode("utf-16-le")
        if len(units) // 2 <= MOST_CHARACTERS:
            return text
        longest_mark = self._left_out(len(text))
        room = MOST_CHARACTERS - len(longest_mark)
        kept = units[: 2 * room].decode("utf-16-le", "ignore")
        return f"{kept}{self._left_out(len(text) - len(kept))}"

    def _left_out(self, number: int) -> str:
        return f"\n… {self._words.both('message.left-out', number=number)}"


def _height_pt(row: Iterable[tuple[Box, int]]) -> float:
    """Room for the row's longest text: spreadsheets don't agree on who finds the height of wrapped text."""
    lines = max((_lines(str(box.value), width) for box, width in row), default=1)
    return min(lines * LINE_PT + LINE_PT / 4, TALLEST_PT)


def _lines(text: str, width: int) -> int:
    return sum(max(1, ceil(_letters(line) / width)) for line in text.split("\n"))


def _letters(line: str) -> int:
    """How wide it is; a Chinese character takes the room of two letters."""
    return len(line) + sum(east_asian_width(letter) in "WF" for letter in line)


@cache
def colours() -> dict[str, str]:
    """The colours of the page on white paper, by the names that it gives them: ``fail``, ``fail-back``."""
    style = (TEMPLATES / "page.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", style[: style.index("}")]))


def _looks() -> list[NamedStyle]:
    """How cells look, by name: ``text``, ``number``, ``label``, ``head``, ``title``, and one a kind of verdict."""
    ink = colours()
    return [
        _look("text"),
        _look("number", across="center"),
        _look("label", colour=ink["soft"]),
        _look("head", back=ink["faint"], bold=True),
        _look("title", bold=True, size=16, wrapped=False, lined=False),
        _look("nothing", lined=False),
        *(_look(kind, colour=ink[kind], back=ink[f"{kind}-back"], bold=True) for kind in KINDS.values()),
    ]


def _look(
    name: str,
    *,
    colour: str = "",
    back: str = "",
    bold: bool = False,
    size: int = 10,
    across: str | None = None,
    wrapped: bool = True,
    lined: bool = True,
) -> NamedStyle:
    line = Side(style="thin", color=colours()["line"]) if lined else Side()
    return NamedStyle(
        name=f"{OURS}{name}",
        font=Font(name="Calibri", size=size, bold=bold, color=colour or colours()["ink"]),
        fill=PatternFill("solid", fgColor=back) if back else PatternFill(),
        border=Border(left=line, right=line, top=line, bottom=line),
        alignment=Alignment(wrap_text=wrapped, vertical="top", horizontal=across),
    )
