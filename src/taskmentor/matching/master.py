"""The linear programme over uses, as HiGHS holds it while uses and rows join."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.columns import Columns, Matrix
from taskmentor.matching.duals import priced, row_limits, total
from taskmentor.matching.highs import limits, silent
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, RowPrices
from taskmentor.matching.shapes import distinct, find_keys
from taskmentor.matching.uses import Room

__all__ = ["UNIT", "Master", "Met", "Prices", "Relaxed"]

UNIT = 4096
"""Prices are in such parts of a point."""

_SLACK = 1e-6
"""What HiGHS' numbers, which are floats, are off by at the most."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@frozen(eq=False, kw_only=True)
class Prices:
    """Prices of requests, mentees and known rows, in parts of a point."""

    request: Numbers
    mentee: Numbers
    row: Numbers

    def between(self, other: "Prices") -> "Prices":
        """Return what lies half-way to later prices, of rows that were not known yet too."""
        row = np.append(self.row, np.zeros(len(other.row) - len(self.row), np.int64))
        return Prices(
            request=(self.request + other.request) // 2,
            mentee=(self.mentee + other.mentee) // 2,
            row=(row + other.row) // 2,
        )


@frozen(eq=False, kw_only=True)
class Met:
    """Prices that were met on the way, what they prove over the pool, and what each mentor's best use was worth."""

    paid: int
    prices: Prices
    worth: Numbers


@frozen(eq=False, kw_only=True)
class Relaxed:
    """The best solution of the programme: prices of rows, its value in points, and how much of each use is in it."""

    prices: Prices
    value: float
    part: Floats


class Master:
    """The programme in HiGHS: rows of requests, mentees, mentors, and those rows of constraints that were broken once.

    Rows of constraints have columns of their own by which they can be broken, so that there is always a solution; what
    that costs holds their prices.
    """

    def __init__(self, problem: Problem, room: Room, pool: Arcs, seed: int) -> None:
        from highspy import ObjSense

        self.problem, self.room, self.highs = problem, room, silent()
        self.highs.setOptionValue("random_seed", seed)
        self.highs.changeObjectiveSense(ObjSense.kMaximize)
        one = np.ones(problem.n_requests + problem.n_mentors)
        high = np.insert(one, problem.n_requests, problem.limit)
        self.first_row = len(high)
        none = np.zeros(0, np.int64)
        self._add_rows(np.full(len(high), -np.inf), high, Matrix.of(none, none, none, n=len(high)))
        self.known = [none for _ in problem.constraints]  # rows of each constraint, rising, and their numbers here
        self.number = [none for _ in problem.constraints]
        self.low, self.high = none, none
        self.uses = np.zeros(0, np.intp)  # columns that are uses
        self.paid_use = none
        self.less = self.more = np.zeros(0, np.intp)  # columns by which rows of constraints are off
        self.look_at(pool)
        self.box = self._add_box()
        self.box_cost = np.zeros(len(self.box))

    def _add_box(self) -> NDArray[np.int32]:
        """Add columns that hold prices of requests and of uses between two costs; return which they are."""
        n, m = self.problem.n_requests, self.problem.n_mentors
        rows = np.append(np.arange(n), n + self.problem.n_mentees + np.arange(m))
        one, first = np.ones(n + m, np.int64), self.highs.getNumCol()
        counts = Matrix.of(np.arange(2 * (n + m)), np.tile(rows, 2), np.append(one, -one), n=2 * (n + m))
        self._add_columns(np.zeros(2 * (n + m)), counts)
        return (first + np.arange(2 * (n + m))).astype(np.int32)

    def hold(self, met: Met, width: int) -> None:
        """Hold the prices of requests and uses within so many points around some that were met.

        Prices that may go anywhere jump from one extreme to the other while columns are missing.

        Source:
            Marsten, Hogan and Blankenship, "The boxstep method for large-scale optimization", Operations Research 23
            (1975).
        """
        price = np.append(met.prices.request, met.worth) / UNIT
        self.box_cost = np.append(np.maximum(price - width, 0), -price - width)
        self.highs.changeColsCost(len(self.box), self.box, self.box_cost)
        known: Floats = self._of_rows(met.prices) / UNIT
        cost = np.append(known - width, -known - width)
        columns = np.append(self.less, self.more).astype(np.int32)
        self.highs.changeColsCost(len(columns), columns, cost)

    def is_held(self) -> bool:
        """Return whether the last prices would go further if they were not held."""
        used = np.array(self.highs.getSolution().col_value)
        rows = np.append(used[self.less], used[self.more])
        return bool((used[self.box][self.box_cost != 0] > _SLACK).any() or (rows > _SLACK).any())

    def look_at(self, pool: Arcs) -> None:
        """Count how much all pairs of a pool count in which rows."""
        each, one = np.arange(len(pool)), np.ones(len(pool), np.int64)
        mentee = self.problem.n_requests + self.problem.mentee[pool.request].astype(np.int64)
        pair, row, amount = [each, each], [pool.request.astype(np.int64), mentee], [one, one]
        for constraint, known, number in zip(self.problem.constraints, self.known, self.number, strict=True):
            entries = constraint.shape.entries(pool.request, pool.mentor)
            place, found = find_keys(known, entries.row)
            pair.append(entries.pair[found])
            row.append(number[place[found]])
            amount.append(entries.amount[found])
        self.pool = pool
        self.counts = Matrix.of(np.concatenate(pair), np.concatenate(row), np.concatenate(amount), n=len(pool))

    def add(self, uses: Columns) -> None:
        """Let uses join."""
        mentor = self.problem.n_requests + self.problem.n_mentees + self.pool.mentor[uses.first()].astype(np.int64)
        self.uses = np.append(self.uses, self.highs.getNumCol() + np.arange(uses.n))
        self._add_columns(uses.sums(self.pool.weight).astype(np.float64), self.counts.summed(uses, mentor))

    def add_rows(self, columns: Columns, part: Floats) -> bool:
        """Let rows of constraints join that the solution breaks; return whether there were any."""
        whole = np.bincount(columns.pair, part[columns.column], minlength=len(self.pool)).astype(np.float64)
        some = np.flatnonzero(whole > _SLACK)
        used, amount = self.pool.take(some), whole[some]
        new = [self._broken(place, used, amount) for place in range(len(self.problem.constraints))]
        if not sum(map(len, new)):
            return False
        self._know(new)
        self._join_rows(columns, len(self.low) - sum(map(len, new)))
        return True

    def know(self, prices: tuple[RowPrices, ...]) -> Numbers:
        """Let rows of constraints join that have prices; return the price of each row that is known then."""
        self._know([one.row for one in prices])
        self._join_rows(Columns.none(), 0)
        return np.concatenate([np.zeros(0, np.int64), *(one.price for one in prices)])

    def _know(self, new: list[Numbers]) -> None:
        """Number rows of constraints that are not known yet."""
        for place, rows in enumerate(new):
            low, high = row_limits(self.problem, self.problem.constraints[place], rows)
            number = self.first_row + len(self.low) + np.arange(len(rows))
            both, order = np.append(self.known[place], rows), np.argsort(np.append(self.known[place], rows))
            self.known[place], self.number[place] = both[order], np.append(self.number[place], number)[order]
            self.low, self.high = np.append(self.low, low), np.append(self.high, high)
        self.look_at(self.pool)

    def _broken(self, place: int, used: Arcs, amount: Floats) -> Numbers:
        """Return the rows of a constraint that are not in the programme and that parts of pairs break."""
        if place == self.room.constraint:
            return np.zeros(0, np.int64)
        constraint = self.problem.constraints[place]
        entries = constraint.shape.entries(used.request, used.mentor)
        rows = distinct(np.append(entries.row, constraint.shape.required))
        sums = np.bincount(
            np.searchsorted(rows, entries.row), entries.amount * amount[entries.pair], minlength=len(rows)
        )
        low, high = row_limits(self.problem, constraint, rows)
        broken = rows[(sums < low - _SLACK) | (sums > high + _SLACK)]
        return broken[~np.isin(broken, self.known[place])]

    def _join_rows(self, columns: Columns, first: int) -> None:
        """Add the rows from one on, over the uses that are there, and what each may be broken by."""
        which, row, amount = self.counts.entries(columns.pair)
        own = np.flatnonzero(row >= self.first_row + first)
        n = len(self.low) - first
        counts = Matrix.of(row[own] - self.first_row - first, self.uses[columns.column[which[own]]], amount[own], n=n)
        low, high = limits(self.low[first:], self.high[first:])
        self._add_rows(low, high, counts)
        rows, one = self.first_row + first + np.arange(n), np.ones(n, np.int64)
        column = self.highs.getNumCol() + np.arange(2 * n)
        self.less, self.more = np.append(self.less, column[:n]), np.append(self.more, column[n:])
        # They cost nothing before prices are held.
        self._add_columns(np.zeros(2 * n), Matrix.of(np.arange(2 * n), np.tile(rows, 2), np.append(one, -one), n=2 * n))

    def _add_rows(self, low: Floats, high: Floats, counts: Matrix) -> None:
        start, column = counts.start[:-1].astype(np.int32), counts.row.astype(np.int32)
        self.highs.addRows(len(low), low, high, len(column), start, column, counts.amount.astype(np.float64))

    def _add_columns(self, cost: Floats, counts: Matrix) -> None:
        n, start, row = len(cost), counts.start[:-1].astype(np.int32), counts.row.astype(np.int32)
        amount = counts.amount.astype(np.float64)
        self.highs.addCols(n, cost, np.zeros(n), np.full(n, np.inf), len(row), start, row, amount)

    def solved(self, seconds: float) -> "Relaxed | None":
        """Return the best solution, None where the time is too short for it."""
        from highspy import HighsModelStatus

        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(seconds, 0.0))
        self.highs.run()
        if self.highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        solution, n = self.highs.getSolution(), self.problem.n_requests
        price = np.rint(np.array(solution.row_dual) * UNIT).astype(np.int64)
        mentors = n + self.problem.n_mentees
        self.paid_use = price[mentors : self.first_row]
        row = price[self.first_row :]
        charges = np.where(row > 0, self.high < UNLIMITED, self.low > -UNLIMITED)
        prices = Prices(
            request=np.maximum(price[:n], 0), mentee=np.maximum(price[n:mentors], 0), row=np.where(charges, row, 0)
        )
        value = float(self.highs.getInfo().objective_function_value)
        return Relaxed(prices=prices, value=value, part=np.array(solution.col_value)[self.uses])

    def _of_rows(self, prices: Prices) -> Numbers:
        """Return the prices of all rows of constraints; those that joined since cost nothing."""
        return np.append(prices.row, np.zeros(len(self.low) - len(prices.row), np.int64))

    def net(self, prices: Prices) -> Numbers:
        """Return what every pair of the pool is worth when its rows are paid."""
        free = np.zeros(self.problem.n_mentors, np.int64)
        paid = np.concatenate([prices.request, prices.mentee, free, self._of_rows(prices)])
        charge = np.append(0, np.cumsum(paid[self.counts.row] * self.counts.amount))
        net: Numbers = self.pool.weight * UNIT - (charge[self.counts.start[1:]] - charge[self.counts.start[:-1]])
        return net

    def priced(self, prices: Prices) -> int:
        """Return what all rows but those of mentors cost."""
        n = len(prices.row)
        limit = np.where(prices.row > 0, self.high[:n], self.low[:n])
        rows = sum(price * most for price, most in zip(prices.row.tolist(), limit.tolist(), strict=True) if price)
        return total(prices.request) + priced(prices.mentee, self.problem.limit) + int(rows)

    def row_prices(self, prices: Prices) -> tuple[RowPrices, ...]:
        """Return the prices of rows by constraint."""
        row = self._of_rows(prices)
        return tuple(
            RowPrices.of(known, row[number - self.first_row])
            for known, number in zip(self.known, self.number, strict=True)
        )
