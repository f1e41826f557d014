"""The best plan under budgets of hours, with other constraints, over uses of mentors instead of pairs, on HiGHS."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.columns import Columns, Matrix
from taskmentor.matching.covering import covering_duals, near_arcs, net_worth
from taskmentor.matching.duals import Duals, bound, charged, pinned_value, total
from taskmentor.matching.generation import Generation
from taskmentor.matching.highs import LARGEST, Settings, branching, model
from taskmentor.matching.kinds import free_functions
from taskmentor.matching.listing import Entries, listing, places_listing
from taskmentor.matching.mending import filled, mended
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.programme import Programme, joined
from taskmentor.matching.relaxation import Relaxation, sampled_prices
from taskmentor.matching.rows import UNLIMITED, MeetingRows, RowPrices, TableRows
from taskmentor.matching.shapes import CategoryPoints, CompiledScorer, find_keys
from taskmentor.matching.solution import Solution, nothing_found
from taskmentor.matching.starting import Unconstrained, start_prices
from taskmentor.matching.uses import Uses, best_uses, near_pairs, near_uses, room_of

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["best_of_uses"]

_NEAR = 24
"""How many pairs of a request are looked at before all others."""

_TIMES = 4
"""While uses are looked for, one more request counts so many times what scores are apart at the most."""

_FIRST, _ROUNDS = 0.15, 24
"""Prices of rows to begin with have so much of the time, and are tried so often."""

_MOST_ROWS, _ROW_UNIT = 1_000, 16
"""They are looked for where constraints have up to so many rows, in such parts of a point."""

_STEPS = 128
"""An hour is tried at such a part of what scores are apart, then at twice as much, and so on."""

_WHOLE = 20_000
"""Up to so many uses are all left to branch and bound; of more, a plan is rounded and made better piece by piece."""

_MOST_USES = 200_000
"""So many uses near the prices are looked at; where they are more, pairs are given to branch and bound."""

_KINDS, _DEEP = 8, 4
"""The numbers of pairs of so many kinds are made whole before uses are, up to so many one after the other."""

_TOGETHER = 400
"""So many mentors choose anew together."""

_REACH = 5
"""Where uses are rounded, pairs are left out that cost more than such a part of what scores are apart."""

_SHARE = 0.6
"""The relaxation has so much of the time."""

_SLACK = 1e-6

_WIDE_SLACK = 1e-2
"""What sums over all pairs, in points, are off by at the most."""

Numbers = NDArray[np.int64]


def best_of_uses(problem: Problem, settings: Settings) -> Solution | None:
    """Return the best plan found of a problem with hours, None where the solver says that there is none.

    Args:
        problem: The problem.
        settings: The strategy that answers for the plan.

    Raises:
        CostRangeError: If points are larger than floats hold exactly.
        SolverError: If no plan was found in time.

    Source:
        Savelsbergh, "A branch-and-price algorithm for the generalized assignment problem", Operations Research 45
        (1997): a column for each use of a mentor; branching is left to HiGHS, over what reduced costs leave.
    """
    return _Search(problem, settings).run()


@frozen(eq=False, kw_only=True)
class _Found:
    """The best plan found, what none exceeds by the solver's word, and whether it says that there is none."""

    plan: Arcs | None = None
    told: int | None = None
    impossible: bool = False


@frozen(eq=False, kw_only=True)
class _Best:
    """The best plan by some weights, and the prices that prove most."""

    found: _Found
    duals: Duals


class _Search:
    """One call.

    While uses are looked for, serving one more request counts only a few times what scores are apart (`near`), since
    prices of that size say more. Among plans that serve as many requests, the best one is the same.
    """

    def __init__(self, problem: Problem, settings: Settings) -> None:
        room = room_of(problem)
        assert room is not None, "there are hours"
        self.problem, self.settings, self.room = problem, settings, room
        self.end = monotonic() + settings.seconds
        self.spread = problem.spread + 1
        bonus = min(problem.count_weight, _TIMES * self.spread)
        if (sums := (problem.n_places + 1) * (bonus + self.spread)) > LARGEST:
            raise CostRangeError("HiGHS' objective", sums, LARGEST)
        self.near = evolve(problem, per_request=bonus)

    def run(self) -> Solution | None:
        """Return the best plan found, None where the solver says that there is none."""
        if (self.room.budget < 0).any():  # pinned pairs take more hours than there are
            return None
        over = self.problem.count_weight - self.near.count_weight
        counting = evolve(self.problem, scorers=(), plain=None, wish=None, per_request=1)
        served = self._best(counting, None) if over else None
        if served is not None and served.found.plan is None:
            return self._nothing(served.found)
        best = self._best(self.near, None if served is None else served.found.plan)
        if best.found.plan is None:
            return self._nothing(best.found)
        told, duals = best.found.told, best.duals
        if served is not None and served.found.plan is not None:
            n = len(served.found.plan)
            told = told + over * n if told is not None and served.found.told == n else None
            duals = duals.plus(served.duals, over)
        whole = None if told is None else told + pinned_value(self.problem)
        plan = best.found.plan.take(np.argsort(best.found.plan.request))
        return Solution.of(self.problem, self.settings, plan, duals, stopped=self.is_over, told=whole)

    @property
    def is_over(self) -> bool:
        """Return whether the time is up."""
        return monotonic() > self.end

    def _nothing(self, found: _Found) -> Solution | None:
        """Return nothing where there is no plan, and raise where none was found."""
        if found.impossible:
            return None
        raise nothing_found(self.problem, self.settings.name, f"{self.settings.seconds} seconds")

    def _best(self, problem: Problem, start: Arcs | None) -> _Best:
        """Return the best plan by some weights that serves as many requests as another one."""
        least = None if start is None else len(start)
        first, pool = self._first_prices(problem)
        relaxed = monotonic() + _SHARE * max(self.end - monotonic(), 0)
        growing = Generation(problem=problem, room=self.room, pool=pool, end=relaxed, seed=self.settings.seed)
        duals = growing.run(first)
        if start is not None:
            growing.add(start)
        found = self._whole(problem, growing, duals, least) if growing.columns.n > _WHOLE else None
        found = found or self._closed(problem, duals, start, least)
        if found.plan is None and not found.impossible:
            found = _Branching(self, problem, growing.pool, least).best(growing.columns)
        if start is not None and (found.plan is None or len(found.plan) < len(start)):
            found = _Found(plan=start)
        if found.plan is None or found.told is not None or self.is_over:
            return _Best(found=found, duals=duals)
        return _Best(found=self._proven(problem, found.plan, duals, least), duals=duals)

    def _closed(self, problem: Problem, duals: Duals, plan: Arcs | None, least: int | None) -> _Found:
        """Return the best plan of all uses that are near the prices, further ones too until it is the best of all."""
        most = bound(problem, duals) - pinned_value(problem)
        within = max(self.spread // _STEPS, 1)
        while not self.is_over:
            pairs = near_pairs(problem, self.room, duals, within)
            uses = near_uses(problem, self.room, duals, pairs, within, _MOST_USES)
            if uses is None:
                break
            closing = _Closing(self, problem, pairs, least, uses, plan)
            closing.run()
            plan = closing.plan
            if not closing.is_whole:
                break
            if plan is None and within >= most:
                return _Found(impossible=True)
            if plan is not None and within >= most - int(plan.weight.sum()):
                return _Found(plan=plan, told=int(plan.weight.sum()))
            within = 2 * within if plan is None else most - int(plan.weight.sum())
        return _Found(plan=plan)

    def _whole(self, problem: Problem, growing: Generation, duals: Duals, least: int | None) -> _Found | None:
        """Return a good plan of many uses, None where there is none at hand."""
        spare = self._uses(problem, growing.pool, duals).spare // duals.unit
        plan = _Branching(self, problem, growing.pool, least).rounded(growing.columns, growing.part, spare)
        if plan is None:
            return None
        before = growing.columns.n
        growing.add(plan)
        chosen = np.arange(growing.columns.n) >= before
        return _Found(plan=_Branching(self, problem, growing.pool, least).improved(growing.columns, chosen))

    def _first_prices(self, problem: Problem) -> tuple[Duals, Arcs]:
        """Return prices to begin with, of rows too, and the pairs that are looked at before all others."""
        rows, step = self._row_prices(problem), max(self.spread // _STEPS, 1)
        best, pool = self._at_price(problem, rows, 0)
        proven = self._proves(problem, pool, best)
        for times in (1, 2, 4, 8, 16):
            duals, near = self._at_price(problem, rows, step * times)
            now = self._proves(problem, near, duals)
            if now >= proven or self.is_over:
                break
            best, pool, proven = duals, near, now
        return best, pool

    def _row_prices(self, problem: Problem) -> Duals:
        """Return prices of the rows of other constraints, found without hours, as far as they can be found so."""
        none = evolve(Duals.none(problem), rows=tuple(RowPrices.none() for _ in problem.constraints))
        held = [
            place
            for place, one in enumerate(problem.constraints)
            if isinstance(one.shape, MeetingRows)
            or (isinstance(one.shape, TableRows) and one.shape.n_rows <= _MOST_ROWS)
        ]
        if not held or free_functions(problem):
            return none
        end = monotonic() + _FIRST * self.settings.seconds
        alone = evolve(problem, constraints=tuple(problem.constraints[place] for place in held))

        def is_over() -> bool:
            return monotonic() > end

        known = sampled_prices(alone, Unconstrained(), _ROW_UNIT, rounds=_ROUNDS, is_over=is_over)
        search = Relaxation.of(alone, Unconstrained(), known, unit=_ROW_UNIT, finest=_ROW_UNIT)
        for _ in range(_ROUNDS):
            if not search.round()[1] or is_over():
                break
        assert search.duals is not None, "there was a round"
        rows = list(none.rows)
        for place, prices in zip(held, search.duals.rows, strict=True):
            rows[place] = prices
        return evolve(none, rows=tuple(rows), unit=search.duals.unit)

    def _at_price(self, problem: Problem, rows: Duals, price: int) -> tuple[Duals, Arcs]:
        """Return prices that are optimal at prices of rows and of an hour of who has several places, and near pairs."""
        relaxed, hours = charged(problem, rows), self.room.length
        several = (self.room.places > 1).astype(np.int32)
        table = price * rows.unit * np.arange(int(hours.max(initial=0)) + 1)[:, None] * np.array([[0, 1]])
        scorer = CompiledScorer("hours", -1, CategoryPoints(hours.astype(np.int32), several, table))
        relaxed = evolve(relaxed, scorers=(*relaxed.scorers, scorer), per_request=relaxed.count_weight, constraints=())
        found = covering_duals(relaxed, start_prices(relaxed), ())
        near = near_arcs(relaxed, found, 2**62, most=_NEAR)
        level = problem.levels(near.request, near.mentor)
        near = evolve(near, weight=problem.weight(problem.worth(near.request, near.mentor, level)))
        return evolve(found, rows=rows.rows, unit=rows.unit), near.take(near.weight > 0)

    def _uses(self, problem: Problem, pool: Arcs, duals: Duals) -> Uses:
        """Return the best use of every mentor among some pairs at some prices."""
        return best_uses(self.room, pool, net_worth(problem, charged(problem, duals), duals, pool))

    def _proves(self, problem: Problem, pool: Arcs, duals: Duals) -> int:
        """Return what prices prove over some pairs, with the best use of every mentor at them."""
        free = evolve(duals, mentor=np.zeros(problem.n_mentors, np.int64))
        return bound(problem, free) + total(self._uses(problem, pool, free).worth) // duals.unit

    def _proven(self, problem: Problem, plan: Arcs, duals: Duals, least: int | None) -> _Found:
        """Return the best plan, and what none that serves as many is worth more than, by the solver's word."""
        value, most = int(plan.weight.sum()), bound(problem, duals) - pinned_value(problem)
        if value >= most:
            return _Found(plan=plan, told=value)
        near = near_pairs(problem, self.room, duals, most - value)
        if len(near) > self.settings.most_listed or self.is_over:
            return _Found(plan=plan)
        programme = Programme(problem, joined(problem, near, plan), self.settings.seed, self.end)
        again = programme.best(programme.arcs.weight, least, start=plan)
        if again.chosen is None or int(programme.arcs.weight[again.chosen].sum()) < value:
            return _Found(plan=plan, told=again.told)
        return _Found(plan=programme.arcs.take(again.chosen), told=again.told)


class _Branching:
    """Branch and bound over some uses, which keep hours by themselves."""

    def __init__(self, search: _Search, problem: Problem, pool: Arcs, least: int | None) -> None:
        self.search, self.problem, self.pool, self.least = search, problem, pool, least
        rows = listing(problem, pool)
        self.rows = rows.take(np.flatnonzero(rows.constraint != search.room.constraint))

    def best(self, columns: Columns) -> _Found:
        """Return the best plan of some uses."""
        return self._chosen(columns, np.zeros(columns.n, np.bool_))[0]

    def improved(self, columns: Columns, chosen: NDArray[np.bool_]) -> Arcs:
        """Return a better plan than some uses are: the uses of some mentors after the other are chosen anew.

        Args:
            columns: The uses.
            chosen: Which of them are the plan. Shape (n,).
        """
        plan, rng = self.pool.take(columns.take(chosen).pair), default_rng(self.search.settings.seed)
        while not self.search.is_over:
            again, better = self._chosen(columns, chosen & ~self._around(columns, rng))
            if better is not None and again.plan is not None and again.plan.weight.sum() >= plan.weight.sum():
                plan, chosen = again.plan, better
        return plan

    def rounded(self, columns: Columns, part: NDArray[np.float64], spare: Numbers) -> Arcs | None:
        """Return a plan in which every mentor serves about as many requests of each length as in one of their uses.

        That is the use of which the linear relaxation has most. Without other constraints the best such plan is a flow;
        with them, what a linear programme has in parts is left out, and what then breaks a row. Free places are filled.

        Args:
            columns: The uses.
            part: How much of the first of them is in the linear relaxation.
            spare: How much less the best use with each pair is worth than its mentor's best one, in points.
        """
        pool, hours = self.pool, self.search.room.length[self.pool.request]
        mentor = pool.mentor[columns.first()]
        most = np.lexsort((np.append(part, np.zeros(columns.n - len(part))), mentor))
        most = most[np.flatnonzero(np.diff(mentor[most], append=-1))]
        used = columns.pair[np.isin(columns.column, most)]
        kind = pool.mentor.astype(np.int64) * (1 + int(hours.max(initial=0))) + hours
        kinds, room = np.unique(kind[used], return_counts=True)
        place, fits = find_keys(kinds, kind)
        near = np.flatnonzero(fits & (spare <= self.search.spread // _REACH))
        single = Columns(pair=near, column=np.arange(len(near)), n=len(near))
        highs = self._programme(single, np.zeros(len(near), np.bool_), place[near], room, in_parts=True)
        highs.run()
        whole = np.array(highs.getSolution().col_value, np.float64) > 1 - _SLACK
        if len(whole) < len(near):
            return None
        plan = mended(self.problem, pool.take(near[whole]))
        return None if plan is None else filled(self.problem, plan)

    def _around(self, columns: Columns, rng: Generator) -> NDArray[np.bool_]:
        """Return the uses of a random mentor and of those who could take over requests, and so on."""
        mentor = self.pool.mentor[columns.first()]
        whose, request = mentor[columns.column], self.pool.request[columns.pair]
        mine = np.zeros(self.problem.n_mentors, np.bool_)
        mine[rng.choice(np.unique(mentor))] = True
        while True:
            asked = np.zeros(self.problem.n_requests, np.bool_)
            asked[request[mine[whose]]] = True
            more = mine.copy()
            more[whose[asked[request]]] = True
            if more.sum() > _TOGETHER:
                new = np.flatnonzero(more & ~mine)
                more = mine.copy()
                more[rng.choice(new, size=min(_TOGETHER, len(new)), replace=False)] = True
            if more.sum() >= _TOGETHER or (more == mine).all():
                return more[mentor]
            mine = more

    def _chosen(self, columns: Columns, fixed: NDArray[np.bool_]) -> tuple[_Found, NDArray[np.bool_] | None]:
        """Return the best plan that has some uses, and which uses it has."""
        open_ = self._open(columns, fixed)
        some = columns.take(open_)
        if not some.n:
            return self._nothing(), None
        highs = self._programme(some, fixed[open_])
        highs.run()
        found, part = self._found(highs, some)
        if part is None:
            return found, None
        chosen = np.zeros(columns.n, np.bool_)
        chosen[np.flatnonzero(open_)[part]] = True
        return found, chosen

    def _nothing(self) -> _Found:
        """Return the plan without any pair, if it keeps everything."""
        empty = self.pool.take(np.zeros(0, np.intp))
        return _Found(plan=empty) if self._keeps(empty) else _Found(impossible=True)

    def _open(self, columns: Columns, fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which uses are settled or could go with those that are."""
        mentor, request = self.pool.mentor[columns.first()], self.pool.request[columns.pair]
        busy, served = np.zeros(self.problem.n_mentors, np.bool_), np.zeros(self.problem.n_requests, np.bool_)
        busy[mentor[fixed]] = True
        served[request[fixed[columns.column]]] = True
        clashes = busy[mentor]
        clashes |= np.bincount(columns.column, served[request], minlength=columns.n) > 0
        return fixed | ~clashes

    def _programme(
        self,
        columns: Columns,
        fixed: NDArray[np.bool_],
        owner: NDArray[np.integer] | None = None,
        room: NDArray[np.integer] | None = None,
        *,
        in_parts: bool = False,
    ) -> "Highs":
        """Return HiGHS with the model of choosing whole uses.

        Args:
            columns: The uses.
            fixed: Which are settled. Shape (n,).
            owner: What each use takes part of; its mentor unless given. Shape (n,).
            room: How many uses each owner has at the most; one unless given. Shape (n_owners,).
            in_parts: Whether uses may be chosen in parts.
        """
        problem, pool, rows = self.problem, self.pool, self.rows
        owner = pool.mentor[columns.first()] if owner is None else owner
        room = np.ones(problem.n_mentors, np.int64) if room is None else room
        owners = problem.n_requests + problem.n_mentees
        first, each, one = owners + len(room), np.arange(len(pool)), np.ones(len(pool), np.int64)
        listed = np.repeat(np.arange(len(rows)), np.diff(rows.start))
        mentee = problem.n_requests + problem.mentee[pool.request].astype(np.int64)
        counts = Matrix.of(
            np.concatenate([each, each, each, rows.arc]),
            np.concatenate([pool.request.astype(np.int64), mentee, np.full(len(pool), first), first + 1 + listed]),
            np.concatenate([one, one, one, rows.amount]),
            n=len(pool),
        ).summed(columns, owners + owner.astype(np.int64))
        least = 0 if self.least is None else self.least
        high = np.concatenate([np.ones(problem.n_requests), problem.limit, room, [len(pool)], rows.high])
        low = np.concatenate([np.full(first, -UNLIMITED), [least], rows.low])
        made = model(
            columns.sums(pool.weight),
            (low, high),
            Entries(start=counts.start, index=counts.row, amount=counts.amount, by_row=False),
            whole=not in_parts,
            least=fixed.astype(np.float64),
        )
        return branching(made, seed=self.search.settings.seed, end=self.search.end)

    def _found(self, highs: "Highs", columns: Columns) -> tuple[_Found, NDArray[np.bool_] | None]:
        """Return the plan that HiGHS ended with, and which uses it has."""
        from highspy import HighsModelStatus

        part = np.array(highs.getSolution().col_value, np.float64) > 0.5
        if highs.getModelStatus() in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            return _Found(impossible=True), None
        if len(part) < columns.n:
            return _Found(), None
        plan = self.pool.take(columns.take(part).pair)
        return (_Found(plan=plan), part) if self._keeps(plan) else (_Found(), None)

    def _keeps(self, plan: Arcs) -> bool:
        """Return whether a plan keeps all rows, looked at anew."""
        problem, all_ = self.problem, np.ones(len(plan), np.bool_)
        if self.least is not None and len(plan) < self.least:
            return False
        own = plan.take(np.argsort(plan.request, kind="stable"))
        return bool(listing(problem, own).kept(all_).all() and places_listing(problem, own).kept(all_).all())


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


class _Closing(_Branching):
    """The best plan made of all uses that a better one than is known can have.

    Where pairs count differently in a row, as in a share, a linear programme meets it by parts of pairs, and no use
    alone says much of that. So the search branches over how many pairs there are of each kind, before uses are chosen
    whole: few of them, as reduced costs leave them.
    """

    def __init__(
        self, search: _Search, problem: Problem, pool: Arcs, least: int | None, columns: Columns, plan: Arcs | None
    ) -> None:
        super().__init__(search, problem, pool, least)
        self.columns, self.plan, self.is_whole = columns, plan, True
        self.step = max(int(np.gcd.reduce(pool.weight)), 1)
        self.kinds = [columns.sums(kind) for kind in self._kinds()]

    def _kinds(self) -> list[Numbers]:
        """Return which pairs count as much as each other in a row, where not all do. Shapes (n_pairs,)."""
        size, kinds = np.diff(self.rows.start), []
        for row in np.argsort(-size, kind="stable").tolist():
            own = slice(self.rows.start[row], self.rows.start[row + 1])
            amounts = np.unique(self.rows.amount[own])
            for amount in amounts.tolist() if len(amounts) > 1 else ():
                same = self.rows.arc[own][self.rows.amount[own] == amount]
                kinds.append(np.bincount(same, minlength=len(self.pool)))
        return kinds[:_KINDS]

    def run(self) -> None:
        """Find the best plan, or learn that none is better; where time runs out, the search is not whole."""
        if not self.columns.n:
            self.plan = self._nothing().plan if self.plan is None else self.plan
            return
        n, everything = len(self.kinds), np.ones(self.columns.n, np.bool_)
        nodes = [_Node(low=np.full(n, -np.inf), high=np.full(n, np.inf))]
        relaxation = self._model(nodes[0], everything, in_parts=True)
        while nodes and self.is_whole:
            node = nodes.pop()
            if node.most >= self._wanted:
                nodes = sorted([*nodes, *self._looked_at(relaxation, node)], key=lambda one: one.most)

    @property
    def _wanted(self) -> float:
        """Return what a better plan is worth at least."""
        if self.plan is None:
            return -np.inf
        return (int(self.plan.weight.sum()) // self.step + 1) * self.step - _WIDE_SLACK

    def _model(self, node: _Node, some: NDArray[np.bool_], *, in_parts: bool = False) -> "Highs":
        """Return HiGHS with some uses, and a row for each kind of pairs after all others."""
        columns = self.columns.take(some)
        highs = self._programme(columns, np.zeros(columns.n, np.bool_), in_parts=in_parts)
        highs.setOptionValue("presolve", "off")  # it takes longer than all else
        for kind, low, high in zip(self.kinds, node.low.tolist(), node.high.tolist(), strict=True):
            use = np.flatnonzero(kind[some])
            highs.addRow(low, high, len(use), use.astype(np.int32), kind[some][use].astype(np.float64))
        return highs

    def _looked_at(self, relaxation: "Highs", node: _Node) -> Sequence[_Node]:
        """Return what is left to look at of some plans, after the best one is known of those that are not."""
        from highspy import HighsModelStatus

        first = relaxation.getNumRow() - len(self.kinds)
        for row, low, high in zip(range(len(self.kinds)), node.low.tolist(), node.high.tolist(), strict=True):
            relaxation.changeRowBounds(first + row, low, high)
        relaxation.run()
        status, value = relaxation.getModelStatus(), relaxation.getInfo().objective_function_value
        self.is_whole = status in (HighsModelStatus.kOptimal, HighsModelStatus.kInfeasible)
        if status != HighsModelStatus.kOptimal or value < self._wanted:
            return ()
        solution = relaxation.getSolution()
        number, cost = np.array(solution.row_value)[first:], -np.array(solution.col_dual)
        parts = np.flatnonzero(np.abs(number - np.rint(number)) > _SLACK)
        if len(parts) and node.depth < _DEEP:
            return node.halves(int(parts[0]), number[parts[0]], value)
        self._choose(node, value - cost >= self._wanted)
        return ()

    def _choose(self, node: _Node, some: NDArray[np.bool_]) -> None:
        """Choose the best of some uses whole."""
        from highspy import HighsModelStatus

        highs = self._model(node, some)
        highs.run()
        found = self._found(highs, self.columns.take(some))[0]
        if highs.getModelStatus() not in (HighsModelStatus.kOptimal, HighsModelStatus.kInfeasible):
            self.is_whole = False
        if found.plan is not None and (self.plan is None or found.plan.weight.sum() > self.plan.weight.sum()):
            self.plan = found.plan
