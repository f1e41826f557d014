"""`Milp`: the optimum under constraints by mixed-integer linear programming, on HiGHS."""

from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import gt
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError, UnsupportedError
from taskmentor.matching.clash import clash
from taskmentor.matching.covering import UNITS, covering_duals, lawful_prices, near_arcs
from taskmentor.matching.duals import Duals, bound, pinned_value
from taskmentor.matching.highs import silent
from taskmentor.matching.listing import Listing, listing, places_listing
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.ring_search import any_rings, best_rings
from taskmentor.matching.rings import cycle_shapes
from taskmentor.matching.rows import CompiledConstraint, HourRows
from taskmentor.matching.shapes import distinct, pair_keys
from taskmentor.matching.solution import Solution
from taskmentor.matching.starting import start_prices
from taskmentor.validators import whole

if TYPE_CHECKING:
    from highspy import Highs, HighsLp

__all__ = ["Milp"]

_SLACK = 1e-6
"""What HiGHS' bounds, which are floats, are widened by before they are cut to whole numbers."""

_ROUNDS = 12
"""How often pairs that the prices miss are added, at the most."""

_NEAR, _MISSING = 24, 6
"""How many pairs of a request are given to the solver to begin with, and added each time, at the most."""

_SMALL = 2_000
"""Problems of up to so many qualified pairs are given to the solver whole."""

_LARGEST = 2**53
"""HiGHS reckons in floats, which hold whole numbers up to this."""

_TIMES = 4
"""While pairs are looked for, one more request counts so many times what scores are apart at the most."""


Implied = tuple[NDArray[np.int64], ...]
"""For each constraint, rows that follow from those that state it."""


@frozen(kw_only=True)
class Milp:
    """Finds the best plan under any constraints, with HiGHS; needs the extra `milp`.

    The bound over all eligible pairs comes from the prices of the linear relaxation, which anybody can check. Where
    branching proves a better one, over all pairs that the prices do not rule out, that one is reported as the solver's
    word (`Solution.proof`).

    Attributes:
        seconds: Time limit; where it strikes, the status is `time-limit`.
        most_listed: So many pairs are given to branch and bound at the most.
        within: Pairs so near the prices of the linear relaxation, in points, are given to it first.
        seed: The solver's own seed.

    Source:
        Huangfu and Hall, "Parallelizing the dual revised simplex method", Mathematical Programming Computation 10
        (2018), and HiGHS' branch and bound.
    """

    seconds: float = field(default=60.0, validator=gt(0), converter=float)
    most_listed: int = field(default=400_000, validator=whole(at_least=1))
    within: int = field(default=12, validator=whole(at_least=0))
    seed: int = field(default=0, validator=whole(at_least=0, at_most=2**31 - 1))

    @property
    def name(self) -> str:
        """Return `milp`."""
        return "milp"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {
            "seconds": str(self.seconds),
            "most_listed": self.most_listed,
            "within": self.within,
            "seed": self.seed,
        }

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return that every constraint is held."""
        return True

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan that was found in time.

        Raises:
            CostRangeError: If points are larger than floats hold exactly.
            UnsupportedError: If highspy is not installed.
            SolverError: If the time was over before any plan was found.
        """
        try:
            import highspy  # noqa: F401
        except ImportError as error:
            raise UnsupportedError("Milp needs HiGHS; install taskmentor[milp].") from error
        if cycle_shapes(problem):
            return best_rings(problem, self) or _impossible(problem, self)
        return _Search(problem, self, monotonic() + self.seconds).run()


class _Search:
    """One call: the pairs that the solver is given, and what is known of the best plan.

    While pairs are looked for, serving one more request counts only a few times what scores are apart (`near`), since
    prices of that size say more. Among plans that serve as many requests, the best one is the same.
    """

    def __init__(self, problem: Problem, settings: Milp, end: float) -> None:
        self.problem, self.settings, self.end = problem, settings, end
        bonus = min(problem.count_weight, _TIMES * _spread(problem))
        largest = (problem.n_places + 1) * (bonus + max(map(abs, problem.score_bounds)))
        if largest > _LARGEST:
            raise CostRangeError("HiGHS' objective", largest, _LARGEST)
        self.near = evolve(problem, per_request=bonus)
        self.implied: Implied = ()
        self.is_small = problem.n_qualified() <= _SMALL

    def run(self) -> Solution:
        model, duals = self._generated()
        served = self._most_served(model) if self.problem.count_weight else None
        if served is not None and served.found.impossible:
            return _impossible(self.problem, self.settings)
        least = None if served is None else served.n
        if served is not None:
            model = self._model(joined(self.problem, model.arcs, served.arcs))
        found = model.best(model.arcs.weight, least)
        if found.impossible:
            return _impossible(self.problem, self.settings)
        if found.chosen is None:
            names = " and ".join(one.name for one in self.problem.constraints)
            raise SolverError(f"Milp found no plan that keeps {names} in {self.settings.seconds} seconds.")
        chosen, told = model.arcs.take(found.chosen), found.told
        if not self.is_small:
            chosen, told = self._proven(chosen, duals, least)
        return self._solution(chosen, told, duals, served)

    def _solution(self, chosen: Arcs, told: int | None, duals: Duals, served: "_Served | None") -> Solution:
        """Return the solution of a plan, of which a bound among plans that serve as many may be told."""
        problem, bonus = self.problem, self.near.count_weight
        if served is None:
            whole = None if told is None else told + pinned_value(problem)
            return Solution.of(problem, self.settings, chosen, duals, stopped=self.is_over, told=whole)
        if served.told == served.n and told is not None:
            told += (problem.count_weight - bonus) * served.n + pinned_value(problem)
        else:
            told = None
        duals = duals.plus(served.duals, problem.count_weight - bonus)
        return Solution.of(problem, self.settings, chosen, duals, stopped=self.is_over, told=told)

    @property
    def is_over(self) -> bool:
        """Return whether the time is up."""
        return monotonic() > self.end

    def _model(self, arcs: Arcs) -> "_Model":
        return _Model(self.near, arcs, self.settings, self.end, self.implied)

    def _generated(self) -> tuple["_Model", Duals]:
        """Return the pairs near the prices of the linear relaxation over all pairs, and those prices."""
        problem, settings = self.near, self.settings
        if self.is_small:
            model = self._model(problem.arcs(who="Milp", most=_SMALL))
            return model, model.duals(model.relaxed())
        best = covering_duals(problem, start_prices(problem), ())
        arcs = near_arcs(problem, best, settings.within, most=_NEAR)
        for _ in range(_ROUNDS):
            model = self._model(arcs)
            relaxed = model.relaxed()
            duals = model.duals(relaxed)
            if bound(problem, duals) < bound(problem, best):
                best = duals
            more = joined(problem, arcs, near_arcs(problem, duals, settings.within, most=_MISSING))
            broken = model.broken(relaxed)
            covered = len(more) == len(arcs) or bound(problem, best) <= relaxed.value + 1
            if (covered and _size(broken) == _size(self.implied)) or self.is_over:
                break
            arcs, self.implied = more, broken
        arcs = joined(problem, near_arcs(problem, best, settings.within, most=_NEAR), arcs.take(model.used(relaxed)))
        return self._model(arcs), best

    def _most_served(self, model: "_Model") -> "_Served":
        """Return a plan that serves as many requests as can be, and what proves that none serves more."""
        problem = evolve(self.problem, scorers=(), plain=None, wish=None, per_request=1)
        ones = evolve(model.arcs, weight=np.ones(len(model.arcs), np.int64))
        counting = _Model(problem, ones, self.settings, self.end)
        duals = counting.duals(counting.relaxed())
        most = bound(problem, duals) - pinned_value(problem)
        found = counting.best(ones.weight, None)
        if found.proven and self.is_small and found.told is not None:
            most = found.told
        elif found.chosen is None or int(found.chosen.sum()) < most:
            whole = self._all_pairs(problem)
            if whole is not None:
                counting = _Model(problem, whole, self.settings, self.end)
                duals = min(duals, counting.duals(counting.relaxed()), key=lambda one: bound(problem, one))
                found = counting.best(whole.weight, None)
                most = min(most, found.told) if found.told is not None else most
        chosen = counting.arcs if found.chosen is None else counting.arcs.take(found.chosen)
        n = len(chosen)
        level = problem.levels(chosen.request, chosen.mentor)
        weight = self.near.weight(self.near.worth(chosen.request, chosen.mentor, level))
        return _Served(found=found, n=n, told=most, duals=duals, arcs=evolve(chosen, weight=weight))

    def _all_pairs(self, problem: Problem) -> Arcs | None:
        if problem.n_qualified() > self.settings.most_listed:
            return None
        return problem.arcs(who="Milp", most=self.settings.most_listed)

    def _proven(self, chosen: Arcs, duals: Duals, least: int | None) -> tuple[Arcs, int | None]:
        """Return the best plan found, and what no plan that serves as many is worth more than, by the solver's word.

        A pair whose price is above its weight by more than a plan falls short of the bound is in no better plan.
        """
        problem = self.near
        value, most = int(chosen.weight.sum()), bound(problem, duals) - pinned_value(problem)
        for _ in range(2):
            short = max(most - value, 0)
            near = near_arcs(problem, duals, short, most=problem.n_mentors)
            if len(near) > self.settings.most_listed:
                return chosen, None
            model = self._model(joined(problem, near, chosen))
            again = model.best(model.arcs.weight, least, start=chosen)
            if again.chosen is not None and int(model.arcs.weight[again.chosen].sum()) >= value:
                chosen = model.arcs.take(again.chosen)
                value = int(chosen.weight.sum())
            if again.proven:
                return chosen, value
            if again.told is None or again.told >= most:
                return chosen, again.told
            most = again.told
        return chosen, most


def _impossible(asked: Problem, settings: Milp) -> Solution:
    """Return what cannot be kept together in a problem that no plan keeps."""

    def possible(problem: Problem) -> bool:
        if cycle_shapes(problem):
            return any_rings(problem, settings)
        arcs = problem.arcs(who="Milp", most=10 * settings.most_listed)
        model = _Model(problem, arcs, settings, monotonic() + settings.seconds)
        return not model.best(np.zeros(len(arcs), np.int64), None).impossible

    if possible(asked):
        raise SolverError("Milp found no plan among the pairs near the prices; raise `within`.")
    return Solution.impossible(asked, settings, clash(asked, possible))


def _spread(problem: Problem) -> int:
    low, high = problem.score_bounds
    return max(high, 0) - min(low, 0) + 1


def _size(rows: Implied) -> int:
    return sum(len(own) for own in rows)


def joined(problem: Problem, one: Arcs, other: Arcs) -> Arcs:
    """Return the pairs of both, each once, sorted by request and mentor."""
    request, mentor = np.append(one.request, other.request), np.append(one.mentor, other.mentor)
    _, first = np.unique(request.astype(np.int64) * problem.n_mentors + mentor, return_index=True)
    both = Arcs(request=request, mentor=mentor, weight=np.append(one.weight, other.weight))
    return both.take(first)


@frozen(eq=False, kw_only=True)
class _Found:
    """What branch and bound ended with: the pairs of the best plan, what none exceeds, and whether that is the same."""

    chosen: NDArray[np.bool_] | None = None
    told: int | None = None
    proven: bool = False
    impossible: bool = False


@frozen(eq=False, kw_only=True)
class _Served:
    """How many requests can be served.

    Attributes:
        found: The answer.
        n: How many a plan serves.
        told: How many none exceeds.
        duals: Prices that cover 1 for every pair.
        arcs: The pairs of the plan.
    """

    found: _Found
    n: int
    told: int
    duals: Duals
    arcs: Arcs


@frozen(eq=False, kw_only=True)
class _Relaxed:
    """The linear relaxation over the listed pairs: its value, the pairs in it, and the prices of all rows."""

    value: float
    part: NDArray[np.float64]
    price: NDArray[np.float64]


class _Model:
    """The rows of some pairs, as HiGHS takes them: constraints first, then places."""

    def __init__(self, problem: Problem, arcs: Arcs, settings: Milp, end: float, implied: Implied = ()) -> None:
        self.problem, self.arcs, self.settings, self.end, self.implied = problem, arcs, settings, end, implied
        self.rows, self.places = listing(problem, arcs, implied), places_listing(problem, arcs)

    def relaxed(self) -> _Relaxed:
        """Return the linear relaxation."""
        if not len(self.arcs):
            return _Relaxed(value=0.0, part=np.zeros(0), price=np.zeros(len(self.rows) + len(self.places)))
        highs = self._solved(self.arcs.weight, None, whole=False)
        solution = highs.getSolution()
        part = np.array(solution.col_value, np.float64)
        price = np.array(solution.row_dual, np.float64)
        value = float(highs.getInfo().objective_function_value)
        if not len(price) or not len(part):
            part, price = np.zeros(len(self.arcs)), np.zeros(len(self.rows) + len(self.places))
        return _Relaxed(value=value, part=part, price=price)

    def broken(self, relaxed: _Relaxed) -> Implied:
        """Return the rows that follow from the stated ones and that are listed, or broken by the relaxation."""
        some, found = self.used(relaxed), []
        for place, constraint in enumerate(self.problem.constraints):
            known = self.implied[place] if self.implied else np.zeros(0, np.int64)
            if isinstance(constraint.shape, HourRows):
                arcs = self.arcs.take(some)
                new = constraint.shape.broken(arcs.request, arcs.mentor, relaxed.part[some])
                known = distinct(np.append(known, new))
            found.append(known)
        return tuple(found)

    def used(self, relaxed: _Relaxed) -> NDArray[np.intp]:
        """Return the pairs of which a part is in the relaxation."""
        return np.flatnonzero(relaxed.part > _SLACK)

    def duals(self, relaxed: _Relaxed) -> Duals:
        """Return whole prices over all pairs from those of the relaxation, in the parts of a point that prove more."""
        price, n = relaxed.price, len(self.rows)
        own = np.flatnonzero(self.places.constraint == 2)
        found = []
        for unit in UNITS:
            mentor = np.zeros(self.problem.n_mentors, np.int64)
            mentor[self.places.row[own]] = np.maximum(np.rint(price[n + own] * unit), 0)
            rows = self.rows.prices(self.problem, np.rint(price[:n] * unit).astype(np.int64))
            found.append(covering_duals(self.problem, mentor, lawful_prices(self.problem, rows), unit=unit))
        return min(found, key=lambda duals: bound(self.problem, duals))

    def best(self, weight: NDArray[np.int64], least: int | None, *, start: Arcs | None = None) -> _Found:
        """Return the best plan found by branch and bound.

        Args:
            weight: What each pair is worth. Shape (n_arcs,).
            least: How many pairs the plan has at least; None for any number.
            start: A plan to begin with, of pairs that are listed.
        """
        from highspy import HighsModelStatus

        if not len(self.arcs):
            nothing = np.zeros(0, np.bool_)
            possible = self._lawful(nothing, least)
            return _Found(chosen=nothing, told=0, proven=True) if possible else _Found(impossible=True)
        highs = self._solved(weight, least, whole=True, start=start)
        status, info = highs.getModelStatus(), highs.getInfo()
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            return _Found(impossible=True)
        proven = status == HighsModelStatus.kOptimal
        told = None if not np.isfinite(info.mip_dual_bound) else int(np.floor(info.mip_dual_bound + _SLACK))
        values = np.array(highs.getSolution().col_value, np.float64)
        chosen = values > 0.5
        if not len(values) or not self._lawful(chosen, least):
            return _Found(told=told)
        value = int(weight[chosen].sum())
        told = None if told is None else max(told, value)
        return _Found(chosen=chosen, told=value if proven else told, proven=proven)

    def _lawful(self, chosen: NDArray[np.bool_], least: int | None) -> bool:
        enough = least is None or int(chosen.sum()) >= least
        return enough and bool(self.rows.kept(chosen).all() and self.places.kept(chosen).all())

    def _solved(
        self, weight: NDArray[np.int64], least: int | None, *, whole: bool, start: Arcs | None = None
    ) -> "Highs":
        """Return HiGHS after it has solved the model, whole or relaxed."""
        highs = silent()
        options: dict[str, bool | int | float] = {
            "random_seed": self.settings.seed,
            "time_limit": max(self.end - monotonic(), 0.1),
            "mip_rel_gap": 0.0,
            "mip_abs_gap": 0.99,  # values are whole numbers
        }
        for name, value in options.items():
            highs.setOptionValue(name, value)
        highs.passModel(self._programme(weight, least, whole=whole))
        if start is not None:
            keys = pair_keys(self.arcs.request, self.arcs.mentor, self.problem.n_mentors)
            known = np.searchsorted(keys, pair_keys(start.request, start.mentor, self.problem.n_mentors))
            highs.setSolution(
                len(keys), np.arange(len(keys), dtype=np.int32), np.isin(np.arange(len(keys)), known).astype(np.float64)
            )
        highs.run()
        return highs

    def _programme(self, weight: NDArray[np.int64], least: int | None, *, whole: bool) -> "HighsLp":
        import highspy

        rows = self.rows.joined(self.places)
        n = len(self.arcs)
        if least is not None:
            rows = rows.joined(_at_least(n, least))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = n, len(rows)
        model.col_cost_ = weight.astype(np.float64)
        model.col_lower_, model.col_upper_ = np.zeros(n), np.ones(n)
        model.row_lower_ = np.where(rows.low > -(2**53), rows.low, -np.inf).astype(np.float64)
        model.row_upper_ = np.where(rows.high < 2**53, rows.high, np.inf).astype(np.float64)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = rows.start
        model.a_matrix_.index_ = rows.arc
        model.a_matrix_.value_ = rows.amount.astype(np.float64)
        model.sense_ = highspy.ObjSense.kMaximize
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * n
        return model


def _at_least(n_arcs: int, least: int) -> Listing:
    """Return the row that says that a plan has so many pairs at least."""
    return Listing(
        arc=np.arange(n_arcs, dtype=np.int64),
        amount=np.ones(n_arcs, np.int64),
        start=np.array([0, n_arcs]),
        low=np.array([least]),
        high=np.array([n_arcs]),
        constraint=np.array([-1]),
        row=np.array([0]),
    )
