"""Somebody who adds up and subtracts everything that a table shows; knows nothing of how small groups are kept back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

Cell = tuple[str | None, ...]
Equation = dict[Cell, Fraction]


def known_sums(cells: Mapping[Cell, set[int]], shown: Iterable[Cell]) -> list[Equation]:
    """Return which cells each shown number is the sum of."""
    return [{cell: Fraction(1) for cell in cells if covers(labels, cell)} for labels in shown]


def covers(labels: Cell, cell: Cell) -> bool:
    """Return whether a line, None meaning all, is about a cell too."""
    return all(label is None or label == own for label, own in zip(labels, cell, strict=True))


def reduced(equations: Iterable[Equation], cells: Sequence[Cell]) -> list[list[Fraction]]:
    """Return the equations solved as far as they can be (Gauss and Jordan), without empty ones."""
    matrix = [[equation.get(cell, Fraction(0)) for cell in cells] for equation in equations]
    done = 0
    for column in range(len(cells)):
        pivot = next((row for row in range(done, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        factor = matrix[done][column]
        matrix[done] = [value / factor for value in matrix[done]]
        for row in range(len(matrix)):
            if row != done and (factor := matrix[row][column]):
                matrix[row] = [one - factor * other for one, other in zip(matrix[row], matrix[done], strict=True)]
        done += 1
    return matrix[:done]


def solved(cells: Mapping[Cell, set[int]], shown: Iterable[Cell]) -> set[Cell]:
    """Return the cells whose number follows from what is shown."""
    order = [*cells]
    rows = reduced(known_sums(cells, shown), order)
    return {order[row.index(Fraction(1))] for row in rows if sum(value != 0 for value in row) == 1}


def told_of_few(cells: Mapping[Cell, set[int]], shown: Sequence[Cell], smallest: int) -> Iterator[set[Cell]]:
    """Yield every set of cells of too few people of which some combination of what is shown tells, and of nobody else.

    Such a combination exists where fewer equations are left once all other cells are forgotten.
    """
    filled = {cell: people for cell, people in cells.items() if people}
    equations = known_sums(filled, shown)
    rank = len(reduced(equations, [*filled]))
    for few in sets_of_few(filled, smallest):
        others = [cell for cell in filled if cell not in few]
        if len(reduced(equations, others)) < rank:
            yield few


def sets_of_few(cells: Mapping[Cell, set[int]], smallest: int) -> Iterator[set[Cell]]:
    """Yield every largest set of cells that has, all together, too few people."""
    small = [cell for cell, people in cells.items() if len(people) < smallest]
    found: list[set[Cell]] = []
    for size in range(min(len(small), smallest * 2), 0, -1):
        for chosen in combinations(small, size):
            few = set(chosen)
            if len(set().union(*(cells[cell] for cell in few))) < smallest and not any(few <= one for one in found):
                found.append(few)
                yield few
