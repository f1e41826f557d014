"""The best plan of the uses near some prices: rows of odd cycles, whole numbers of pairs, and then whole uses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.odd_cycles import odd_cycles
from taskmentor.matching.problem import Arcs
from taskmentor.matching.use_branching import Branching
from taskmentor.matching.uses import NearUses

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["Closing"]

_KINDS, _DEEP = 8, 4
"""The numbers of pairs of so many kinds are made whole before uses are, up to so many one after the other."""

_FEW = 5_000
"""The linear relaxation is first solved over so many uses."""

_CUTS = 12
"""So often rows of odd cycles join."""

_WIDE_SLACK = 1e-2
"""What sums over all pairs, in points, are off by at the most."""

_SLACK = 1e-6

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class _Node:
    """Some of the plans: between how many pairs of each kind they have, and what none is worth more than."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    most: float = np.inf
    depth: int = 0

    def halves(self, kind: int, number: float, most: float) -> "tuple[_Node, _Node]":
        """Return the plans of less and of more pairs of a kind than a number between two whole ones."""
        high, low = self.high.copy(), self.low.copy()
        high[kind], low[kind] = np.floor(number), np.floor(number) + 1
        deeper = evolve(self, most=most, depth=self.depth + 1)
        return evolve(deeper, high=high), evolve(deeper, low=low)


class Closing:
    """The best plan made of all uses that a better one than is known can have.

    Where pairs count differently in a row, as in a share, a linear programme meets it by parts of pairs, and no use
    alone says much of that. So the search branches over how many pairs there are of each kind, before uses are chosen
    whole: few of them, as reduced costs leave them, after rows of odd cycles have joined.

    Attributes:
        branching: Branch and bound over uses of the same pairs.
        columns: The uses.
        cost: How much less each is worth than its mentor's best one, in points. Shape (n,).
        plan: The best plan known.
        is_whole: Whether none of the uses make a better one.
    """

    def __init__(self, branching: Branching, uses: NearUses, plan: Arcs | None) -> None:
        self.branching, self.columns, self.cost = branching, uses.columns, uses.cost
        self.plan, self.is_whole = plan, True
        self.step = max(int(np.gcd.reduce(branching.pool.weight)), 1)
        self.kinds = [self.columns.sums(kind) for kind in self._kinds()]
        self.cuts: list[tuple[Numbers, int]] = []  # how much uses count in rows that join, and their limits
        self.first_kind, self.alone = 0, (np.zeros(0, np.intp), np.zeros(0, np.intp))

    def _kinds(self) -> list[Numbers]:
        """Return which pairs count as much as each other in a row, where not all do. Shapes (n_pairs,)."""
        size, kinds = np.diff(self.branching.rows.start), []
        for row in np.argsort(-size, kind="stable").tolist():
            own = slice(self.branching.rows.start[row], self.branching.rows.start[row + 1])
            amounts = np.unique(self.branching.rows.amount[own])
            for amount in amounts.tolist() if len(amounts) > 1 else ():
                same = self.branching.rows.arc[own][self.branching.rows.amount[own] == amount]
                kinds.append(np.bincount(same, minlength=len(self.branching.pool)))
        return kinds[:_KINDS]

    def run(self) -> None:
        """Find the best plan, or learn that none is better; where time runs out, the search is not whole."""
        if not self.columns.n:
            self.plan = self.branching.nothing().plan if self.plan is None else self.plan
            return
        n = len(self.kinds)
        nodes = [_Node(low=np.full(n, -np.inf), high=np.full(n, np.inf))]
        relaxation = self._relaxation(nodes[0])
        self.first_kind = relaxation.getNumRow() - n
        self.alone = _alone(relaxation)
        while nodes and self.is_whole:
            node = nodes.pop()
            if node.most >= self._wanted:
                nodes = sorted([*nodes, *self._looked_at(relaxation, node)], key=lambda one: one.most)

    def _relaxation(self, node: _Node) -> "Highs":
        """Return the linear relaxation, solved over the uses that cost least, which the others can join."""
        highs = self._model(node, np.ones(self.columns.n, np.bool_), in_parts=True)
        far = np.argsort(self.cost, kind="stable")[_FEW:].astype(np.int32)
        none = np.zeros(len(far))
        highs.changeColsBounds(len(far), far, none, none)
        highs.run()
        highs.changeColsBounds(len(far), far, none, none + 1)
        return highs

    @property
    def _wanted(self) -> float:
        """Return what a better plan is worth at least."""
        if self.plan is None:
            return -np.inf
        return (int(self.plan.weight.sum()) // self.step + 1) * self.step - _WIDE_SLACK

    def _model(self, node: _Node, some: NDArray[np.bool_], *, in_parts: bool = False) -> "Highs":
        """Return HiGHS with some uses; rows for kinds of pairs come after all others, and then cuts."""
        columns = self.columns.take(some)
        highs: Highs = self.branching.programme(columns, np.zeros(columns.n, np.bool_), in_parts=in_parts)
        highs.setOptionValue("presolve", "off")  # it takes longer than all else
        for kind, low, high in zip(self.kinds, node.low.tolist(), node.high.tolist(), strict=True):
            _add_row(highs, kind[some], low, high)
        for count, most in self.cuts:
            _add_row(highs, count[some], -np.inf, most)
        return highs

    def _looked_at(self, relaxation: "Highs", node: _Node) -> Sequence[_Node]:
        """Return what is left to look at of some plans, after the best one is known of those that are not."""
        first = self.first_kind
        for row, low, high in zip(range(len(self.kinds)), node.low.tolist(), node.high.tolist(), strict=True):
            relaxation.changeRowBounds(first + row, low, high)
        for turn in range(_CUTS + 1):
            if not self._can_be_better(relaxation):
                return ()
            if turn == _CUTS or not self._cut(relaxation):
                break
        solution, value = relaxation.getSolution(), relaxation.getInfo().objective_function_value
        number = np.array(solution.row_value)[first : first + len(self.kinds)]
        parts = np.flatnonzero(np.abs(number - np.rint(number)) > _SLACK)
        if len(parts) and node.depth < _DEEP:
            return node.halves(int(parts[0]), number[parts[0]], value)
        self._choose_near(node, value, -np.array(solution.col_dual))
        return ()

    def _can_be_better(self, relaxation: "Highs") -> bool:
        """Return whether the linear relaxation allows of a better plan."""
        from highspy import HighsModelStatus

        relaxation.run()
        status = relaxation.getModelStatus()
        self.is_whole = status in (HighsModelStatus.kOptimal, HighsModelStatus.kInfeasible)
        value = relaxation.getInfo().objective_function_value
        return status == HighsModelStatus.kOptimal and value >= self._wanted

    def _cut(self, relaxation: "Highs") -> int:
        """Add rows that whole uses keep and the parts of the last solution do not; return how many there are."""
        part = np.array(relaxation.getSolution().col_value)
        column, row = self.alone
        own = (part > _SLACK)[column] & (part < 1 - _SLACK)[column]
        cycles = odd_cycles(column[own], row[own], part)
        for cycle in cycles:
            count = np.bincount(column, np.isin(row, cycle), minlength=self.columns.n).astype(np.int64) // 2
            self.cuts.append((count, len(cycle) // 2))
            _add_row(relaxation, count, -np.inf, float(len(cycle) // 2))
        return len(cycles)

    def _choose_near(self, node: _Node, value: float, cost: NDArray[np.float64]) -> None:
        """Choose whole uses, first only those of plans that are worth about as much as their linear relaxation."""
        aim, step = float(np.floor(value / self.step + _SLACK) * self.step), self.step
        while True:
            least = max(aim, self._wanted) - _WIDE_SLACK
            some = value - cost >= least
            self._choose(node, some)
            if not self.is_whole or some.all() or self._wanted >= least:
                return
            aim, step = aim - step, 2 * step

    def _choose(self, node: _Node, some: NDArray[np.bool_]) -> None:
        """Choose the best of some uses whole."""
        from highspy import HighsModelStatus

        highs = self._model(node, some)
        highs.run()
        found = self.branching.found(highs, self.columns.take(some))[0]
        is_best = highs.getModelStatus() == HighsModelStatus.kOptimal and found.plan is not None
        self.is_whole = is_best or highs.getModelStatus() == HighsModelStatus.kInfeasible
        if found.plan is not None and (self.plan is None or found.plan.weight.sum() > self.plan.weight.sum()):
            self.plan = found.plan


def _add_row(highs: "Highs", count: Numbers, low: float, high: float) -> None:
    """Add a row in which columns count so much."""
    some = np.flatnonzero(count)
    highs.addRow(low, high, len(some), some.astype(np.int32), count[some].astype(np.float64))


def _alone(highs: "Highs") -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the entries, columns and rows, of those rows of which one column is chosen at the most."""
    made = highs.getLp()
    start, row, amount = (
        np.array(part) for part in (made.a_matrix_.start_, made.a_matrix_.index_, made.a_matrix_.value_)
    )
    column = np.repeat(np.arange(len(start) - 1), np.diff(start))
    alone = np.array(made.row_upper_) == 1
    alone[row[amount != 1]] = False
    return column[alone[row]], row[alone[row]]
