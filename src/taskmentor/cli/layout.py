"""Text for people: aligned tables of cells that may hold any characters, and lists that are cut with a count."""

import unicodedata
from collections.abc import Sequence

__all__ = ["MOST_ROWS", "cut", "one_line", "shown", "table"]

MOST_ROWS = 20
"""How many rows of a list are shown unless all are asked for."""

_WIDEST_CELL = 48
_GAP = "  "


def one_line(text: str) -> str:
    r"""Return a text on one line, with what cannot be seen or would steer a terminal written as an escape.

    Examples:
        >>> one_line("two\nlines")
        'two\\nlines'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[str] = ()) -> list[str]:
    """Return the lines of a table, each column as wide as its widest cell.

    Args:
        header: The names of the columns.
        rows: The cells; None is shown as nothing.
        numbers: The columns that are aligned to the right.
    """
    cells = [[_cell(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    right = [name in numbers for name in header]
    return [_GAP.join(map(_padded, row, widths, right)).rstrip() for row in cells]


def shown(n_rows: int, *, everything: bool) -> int:
    """Return how many rows of a list are shown, all of them only when asked for."""
    return n_rows if everything else min(n_rows, MOST_ROWS)


def cut(lines: Sequence[str], *, n_rows: int, what: str, how: str) -> list[str]:
    """Return the lines of a table, header first, with a count of the rows that are not among them.

    Args:
        lines: The header and the rows that are shown; nothing where there are none.
        n_rows: How many there are.
        what: What the rows are, for the count.
        how: How to see all of them besides.
    """
    n_more = n_rows - max(len(lines) - 1, 0)
    more = [f"... and {n_more:,} more {what}: --all shows them here, {how}."] if n_more else []
    return [*lines, *more]


def _cell(value: object) -> str:
    text = "" if value is None else one_line(str(value))
    if _width(text) <= _WIDEST_CELL:
        return text
    text = text[: _WIDEST_CELL - 1]
    while _width(text) >= _WIDEST_CELL:
        text = text[:-1]
    return text + "…"


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_letter_width, text))


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space
