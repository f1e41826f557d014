"""`Exact`: the optimum over all eligible pairs of very large organisations, proven, without ever listing them."""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Literal

from attrs import evolve, field, frozen
from attrs.validators import optional

from taskmentor.errors import TooLargeError
from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kernels.ties import canonical_arcs
from taskmentor.matching.kinds import Kinds, free_functions, kinds_of_arcs
from taskmentor.matching.market import Market, highest_price
from taskmentor.matching.oracle import Oracle, workers
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.progress import Progress, Watch, unwatched
from taskmentor.matching.pursuit import Goal, Outcome, most_requests, pursue
from taskmentor.matching.solution import Solution
from taskmentor.matching.start import Beginning, Start
from taskmentor.validators import above_zero, one_of, whole

__all__ = ["Exact"]

_MOST_LISTED = 25_000_000
"""Where functions must be asked pair by pair, every pair is listed once: so many are accepted."""

_MOST_CANONICAL = 1_000_000
_MOST_UNCOMPILED = 1_000_000
_COMPILED_ABOVE = 4_000
"""Problems of fewer pairs of kinds and mentors are solved before machine code would be loaded."""

_FIRST_CALL = "compiled once, at the first call, and kept on disk"


@frozen(kw_only=True)
class Exact:
    """Finds an optimal plan over all eligible pairs, and proves it, at any size.

    An auction finds prices, a flow the optimum over the few pairs that are near those prices, and then all pairs are
    priced; those that could improve the plan are added until there is none. Large problems need the extra `fast`.

    Attributes:
        seconds: Time limit; where it strikes, the best plan so far is given with its proven gap and the status
            `time-limit`. None for no limit.
        gap_ppm: A proven gap of so many millionths of the bound is good enough.
        ties: `any` takes the optimal plan that is met first, still the same for any order of rows and any number of
            workers; `canonical` the one plan that a salted hash picks among all optimal ones, the same from every exact
            strategy, for problems of up to a million qualified pairs.
        start: An earlier solution of a problem like this one, from whose pairs and prices the search begins; several
            times faster where little has changed. It changes neither value nor bound, and under `ties='canonical'` not
            the plan.
        executor: Who looks at pairs, such as a pool of threads or processes, or a cluster's; a thread for each core
            unless given. Does not change the answer.
        watch: Told of the progress. Does not change the answer.

    Source:
        Bertsekas (1988) for the auction, Ahuja, Magnanti and Orlin (1993) for the flow; pricing all pairs and adding
        those that could improve the plan is column generation (Dantzig and Wolfe 1960) with whole-number prices.
    """

    seconds: float | None = field(default=None, validator=optional(above_zero))
    gap_ppm: int = field(default=0, validator=whole(at_least=0, at_most=1_000_000))
    ties: Literal["canonical", "any"] = field(default="any", validator=one_of("canonical", "any"))
    start: Start | None = field(default=None, eq=False, repr=False)
    executor: Executor | None = field(default=None, eq=False, repr=False)
    watch: Watch = field(default=unwatched, eq=False, repr=False)

    @property
    def name(self) -> str:
        """Return `exact`."""
        return "exact"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data, without those that do not change the answer."""
        seconds = None if self.seconds is None else str(self.seconds)
        given = {} if self.start is None else {"start": type(self.start).__name__}
        return {"seconds": seconds, "gap_ppm": self.gap_ppm, "ties": self.ties, **given}

    def __call__(self, problem: Problem) -> Solution:
        """Return an optimal plan, or the best one found in time.

        Raises:
            TooLargeError: If there are too many pairs that only a free function can judge, or too many to settle ties
                between, or too many for kernels that are not compiled.
            CostRangeError: If points and prices could exceed 58 bits.
        """
        problem.refuse_constraints("Exact")
        if self.ties == "canonical" and (size := problem.n_qualified()) > _MOST_CANONICAL:
            raise TooLargeError(
                "Exact(ties='canonical')", "qualified pairs", size, _MOST_CANONICAL, "take ties='any' instead"
            )
        goal = Goal.until(seconds=self.seconds, gap_ppm=self.gap_ppm, watch=self.watch)
        outcome = self._in_order(problem, goal) if problem.count_weight else self._best(problem, goal, 0)
        solution = Solution.of(problem, self, outcome.arcs(problem), outcome.duals, stopped=outcome.stopped)
        if self.ties == "canonical" and solution.gap == 0:
            return self._canonical(problem, outcome.duals)
        return solution

    def _in_order(self, problem: Problem, goal: Goal) -> Outcome:
        """Return the outcome for most requests first, then score.

        What a request counts for is first taken only a few times larger than scores, since prices then stay small.
        Where the plan serves as many requests as can be, it is also the best among all that do, and the cover that
        proves the number, taken as often as the count is worth more, makes the prices prove the rest.
        """
        bonus = min(4 * (problem.spread + 1), problem.count_weight)
        while True:
            outcome = self._best(problem, goal, bonus)
            cover = most_requests(outcome.market, outcome.mentor_of)
            if cover is not None or bonus == problem.count_weight or outcome.stopped:
                break
            bonus = min(8 * bonus, problem.count_weight)
        times = problem.count_weight - outcome.market.bonus
        return evolve(outcome, duals=outcome.duals.plus(cover or outcome.market.plain_cover(), times))

    def _best(self, problem: Problem, goal: Goal, bonus: int) -> Outcome:
        """Return the outcome where serving a request is worth a bonus beside the score."""
        spread = problem.spread + 1
        if self.start is None:
            return self._pursue(problem, _kinds(problem, bonus), goal, bonus, spread)
        with ThreadPoolExecutor(1) as beside:  # to find ids again takes about as long as to find the kinds
            start = beside.submit(self.start.places, problem)
            kinds = _kinds(problem, bonus)
        return self._pursue(problem, kinds, goal, bonus, spread, start.result())

    def _pursue(
        self, problem: Problem, kinds: Kinds, goal: Goal, bonus: int, spread: int, start: Beginning | None = None
    ) -> Outcome:
        n_pairs = int(kinds.scan.kind_count.sum())
        compiled = can_compile() and n_pairs > _COMPILED_ABOVE
        if not compiled and n_pairs > _MOST_UNCOMPILED:
            who, instead = "Exact without numba", "install taskmentor[fast], or use Flow"
            raise TooLargeError(who, "pairs of a kind of request and a mentor", n_pairs, _MOST_UNCOMPILED, instead)
        if compiled:
            goal.watch(Progress(phase="loading kernels", done=0, note=_FIRST_CALL))
        with workers(self.executor, compiled=compiled) as those:
            oracle = partial(Oracle, compiled=compiled, executor=those)
            if bonus < problem.count_weight:  # a multiple of what all points are multiples of keeps the measure coarse
                bonus = min(-(-bonus // kinds.unit) * kinds.unit, problem.count_weight)
            return pursue(Market.of(problem, kinds, oracle, bonus=bonus, spread=spread), goal, start)

    def _canonical(self, problem: Problem, duals: Duals) -> Solution:
        """Return the canonical one among all optimal plans, given optimal prices."""
        arcs = canonical_arcs(problem, problem.arcs(who="Exact", most=_MOST_CANONICAL), duals)
        spread = int(arcs.weight.max(initial=0))
        kinds = kinds_of_arcs(arcs, problem.n_requests, problem.n_mentors, highest_price=highest_price(0, spread))
        outcome = self._pursue(problem, kinds, Goal.until(watch=self.watch), 0, spread)
        return Solution.of(problem, self, outcome.arcs(problem), duals)


def _kinds(problem: Problem, bonus: int) -> Kinds:
    """Return the requests that can be served by kind; where a function must be asked pair by pair, each by itself.

    Raises:
        TooLargeError: If there are too many such pairs.
    """
    highest = highest_price(bonus, problem.spread + 1)
    if names := free_functions(problem):
        arcs = problem.arcs(who=f"Exact, under the free function {' and '.join(names)},", most=_MOST_LISTED)
        arcs = evolve(arcs, weight=arcs.weight - problem.count_weight)
        return kinds_of_arcs(arcs, problem.n_requests, problem.n_mentors, highest_price=highest)
    rows = problem.free[problem.limit[problem.mentee[problem.free]] > 0]
    return Kinds.of(problem, rows, offering=problem.capacity > 0, highest_price=highest)
