"""Ranges of rows: what belongs together stands together, and is told by where it begins and how many rows there are."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["begins", "place_in_run", "places_of", "ranges", "rows_of"]


def ranges(start: NDArray[np.integer], count: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return `start, start + 1, ...`, so many for each start, one after the other."""
    return np.repeat(start - np.cumsum(count) + count, count) + np.arange(count.sum())


def rows_of(start: NDArray[np.integer], owners: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return all rows of some owners, where those of owner `o` stand in `start[o]:start[o + 1]`."""
    return ranges(start[owners], start[owners + 1] - start[owners])


def places_of(rising: NDArray[np.integer], wanted: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return for each place where some rising numbers are a wanted one which of those it is, and the place."""
    first = np.searchsorted(rising, wanted)
    count = np.searchsorted(rising, wanted, side="right") - first
    return np.repeat(np.arange(len(wanted)), count), ranges(first, count)


def begins(column: NDArray[np.generic]) -> NDArray[np.intp]:
    """Return where runs of the same begin in a column."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1])[: len(column)])


def place_in_run(column: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return for each entry of a column how many of the same stand right before it. Shape (n,)."""
    first = begins(column)
    return np.arange(len(column)) - np.repeat(first, np.diff(np.append(first, len(column))))
