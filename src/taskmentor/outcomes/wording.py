"""How outcomes are put into text: aligned tables, fractions as decimals, counts with their words."""

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["aligned", "as_decimal", "counted", "per_cent", "shown"]

_GAP = "  "


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, n_texts: int = 1) -> list[str]:
    """Return the lines of a table: the first columns are texts, to the left, and the others numbers, to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        _GAP.join(
            cell.ljust(width) if place < n_texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    ]


def as_decimal(number: Fraction | None, digits: int = 2) -> str:
    """Return a fraction rounded half to even for reading, or a dash where there is none."""
    return "–" if number is None else f"{float(round(number, digits)):.{digits}f}"


def per_cent(share: Fraction | None) -> str:
    """Return a share in whole per cent for reading, or a dash where there is none."""
    return "–" if share is None else f"{round(100 * share)} %"


def counted(n: int, one: str, several: str = "") -> str:
    """Return a count with its word."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def shown(number: int | None) -> str:
    """Return a count, or a dot where it is kept back."""
    return "·" if number is None else f"{number:,}"
