"""Branch and bound over uses of mentors, on HiGHS."""

from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.columns import Columns, Matrix
from taskmentor.matching.highs import branching, model, says_impossible
from taskmentor.matching.listing import Entries, listing, places_listing
from taskmentor.matching.mending import filled, mended
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED
from taskmentor.matching.shapes import find_keys
from taskmentor.matching.uses import Room

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["Branching", "Found"]

_TOGETHER = 400
"""So many mentors choose anew together."""

_REACH = 5
"""Where uses are rounded, pairs are left out that cost more than such a part of what scores are apart."""

_SLACK = 1e-6

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class Found:
    """The best plan found, what none exceeds by the solver's word, and whether it says that there is none."""

    plan: Arcs | None = None
    told: int | None = None
    impossible: bool = False


class Branching:
    """Branch and bound over some uses, which keep hours by themselves.

    Attributes:
        problem: The problem.
        room: What its mentors have.
        pool: The pairs that uses are of.
        least: How many pairs the plan has at least; None for any number.
        seed: The solver's own seed.
        end: When to stop, by the monotonic clock.
    """

    def __init__(
        self, problem: Problem, room: Room, pool: Arcs, *, least: int | None = None, seed: int = 0, end: float
    ) -> None:
        self.problem, self.room, self.pool, self.least, self.seed, self.end = problem, room, pool, least, seed, end
        rows = listing(problem, pool)
        self.rows = rows.take(np.flatnonzero(rows.constraint != room.constraint))

    def best(self, columns: Columns) -> Found:
        """Return the best plan of some uses."""
        return self._chosen(columns, np.zeros(columns.n, np.bool_))[0]

    def improved(self, columns: Columns, chosen: NDArray[np.bool_]) -> Arcs:
        """Return a better plan than some uses are: the uses of some mentors after the other are chosen anew.

        Args:
            columns: The uses.
            chosen: Which of them are the plan. Shape (n,).
        """
        plan, rng = self.pool.take(columns.take(chosen).pair), default_rng(self.seed)
        while monotonic() <= self.end:
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
        pool, hours = self.pool, self.room.length[self.pool.request]
        mentor = pool.mentor[columns.first()]
        most = np.lexsort((np.append(part, np.zeros(columns.n - len(part))), mentor))
        most = most[np.flatnonzero(np.diff(mentor[most], append=-1))]
        used = columns.pair[np.isin(columns.column, most)]
        kind = pool.mentor.astype(np.int64) * (1 + int(hours.max(initial=0))) + hours
        kinds, room = np.unique(kind[used], return_counts=True)
        place, fits = find_keys(kinds, kind)
        near = np.flatnonzero(fits & (spare <= (self.problem.spread + 1) // _REACH))
        single = Columns(pair=near, column=np.arange(len(near)), n=len(near))
        highs = self.programme(single, np.zeros(len(near), np.bool_), place[near], room, in_parts=True)
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

    def _chosen(self, columns: Columns, fixed: NDArray[np.bool_]) -> tuple[Found, NDArray[np.bool_] | None]:
        """Return the best plan that has some uses, and which uses it has."""
        open_ = self._open(columns, fixed)
        some = columns.take(open_)
        if not some.n:
            return self.nothing(), None
        highs = self.programme(some, fixed[open_])
        highs.run()
        found, part = self.found(highs, some)
        if part is None:
            return found, None
        chosen = np.zeros(columns.n, np.bool_)
        chosen[np.flatnonzero(open_)[part]] = True
        return found, chosen

    def nothing(self) -> Found:
        """Return the plan without any pair, if it keeps everything."""
        empty = self.pool.take(np.zeros(0, np.intp))
        return Found(plan=empty) if self._keeps(empty) else Found(impossible=True)

    def _open(self, columns: Columns, fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which uses are settled or could go with those that are."""
        mentor, request = self.pool.mentor[columns.first()], self.pool.request[columns.pair]
        busy, served = np.zeros(self.problem.n_mentors, np.bool_), np.zeros(self.problem.n_requests, np.bool_)
        busy[mentor[fixed]] = True
        served[request[fixed[columns.column]]] = True
        clashes = busy[mentor]
        clashes |= np.bincount(columns.column, served[request], minlength=columns.n) > 0
        return fixed | ~clashes

    def programme(
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
        return branching(made, seed=self.seed, end=self.end)

    def found(self, highs: "Highs", columns: Columns) -> tuple[Found, NDArray[np.bool_] | None]:
        """Return the plan that HiGHS ended with, and which uses it has."""
        part = np.array(highs.getSolution().col_value, np.float64) > 0.5
        if says_impossible(highs):
            return Found(impossible=True), None
        if len(part) < columns.n:
            return Found(), None
        plan = self.pool.take(columns.take(part).pair)
        return (Found(plan=plan), part) if self._keeps(plan) else (Found(), None)

    def _keeps(self, plan: Arcs) -> bool:
        """Return whether a plan keeps all rows, looked at anew."""
        problem, all_ = self.problem, np.ones(len(plan), np.bool_)
        if self.least is not None and len(plan) < self.least:
            return False
        own = plan.take(np.argsort(plan.request, kind="stable"))
        return bool(listing(problem, own).kept(all_).all() and places_listing(problem, own).kept(all_).all())
