"""From a problem to groups: a greedy start, prices that bound what is possible, and a few groups at a time formed anew.

Small problems are handed to CP-SAT whole. In larger ones a few groups are dissolved at a time, those of topics first
that are furthest from what the prices say they could gain, and formed anew as well as can be (large neighbourhood
search). Nothing depends on how fast the machine is, unless the limit of time strikes.

Source:
    Shaw, "Using constraint programming and local search methods to solve vehicle routing problems", CP 1998.
"""

from collections.abc import Sequence
from time import monotonic

import numpy as np
from attrs import define, field, frozen

from taskmentor.errors import SolverError
from taskmentor.matching.groups.bound import PARTS, Prices, TopicBounds
from taskmentor.matching.groups.greedy import greedy_groups
from taskmentor.matching.groups.model import Question, check_range, solve_question
from taskmentor.matching.groups.pricing import Priced, lower_prices
from taskmentor.matching.groups.problem import Draft, GroupProblem
from taskmentor.matching.groups.reasons import left_out
from taskmentor.matching.groups.solution import GroupSolution, Proof, groups_of
from taskmentor.matching.groups.worth import broken, broken_between, worth
from taskmentor.matching.policy import Described
from taskmentor.matching.progress import Progress, Watch, unwatched
from taskmentor.matching.solution import Status
from taskmentor.validators import above_zero, as_float, whole

__all__ = ["GroupSearch", "solve_groups"]

_MOST_FREED = 3
_MOST_RIVALS = 2
_MOST_IDLE = 24


@frozen(kw_only=True)
class GroupSearch:
    """How groups are looked for.

    Attributes:
        seconds: Time limit of the search; where it strikes, the best groups so far are given with their proven gap.
        rounds: How many times a few groups are formed anew.
        steps: How many steps prices make at the most, before the rounds and after them.
        effort: The most work of one round, in CP-SAT's deterministic unit of about a second.
        whole_effort: The same where a problem is handed to CP-SAT whole.
        most_whole: Problems with more places in groups that may be formed are not handed over whole.
        seed: Chooses which groups are formed anew.
        watch: Told of the progress. Does not change the answer.
    """

    seconds: float = field(default=60.0, validator=above_zero, converter=as_float)
    rounds: int = field(default=80, validator=whole(at_least=0))
    steps: int = field(default=150, validator=whole(at_least=0))
    effort: float = field(default=0.5, validator=above_zero, converter=as_float)
    whole_effort: float = field(default=10.0, validator=above_zero, converter=as_float)
    most_whole: int = field(default=400, validator=whole(at_least=0))
    seed: int = field(default=0, validator=whole(at_least=0))
    watch: Watch = field(default=unwatched, eq=False, repr=False)

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data, without those that do not change the answer."""
        return {
            "seconds": str(self.seconds),
            "rounds": self.rounds,
            "steps": self.steps,
            "effort": str(self.effort),
            "whole_effort": str(self.whole_effort),
            "most_whole": self.most_whole,
            "seed": self.seed,
        }


def solve_groups(problem: GroupProblem, search: GroupSearch | None = None) -> GroupSolution:
    """Return groups that obey the policy, as good as the search finds, with a bound that is proven.

    Args:
        problem: The problem.
        search: How to look for them.

    Raises:
        CostRangeError: If the points do not fit CP-SAT's exact range.
        SolverError: If CP-SAT answers with what its own check refutes.
    """
    check_range(problem)
    search = search or GroupSearch()
    run = _Run(problem=problem, search=search, ends_at=monotonic() + search.seconds)
    run.start()
    run.solve_whole()
    if not run.proven:
        run.improve()
        run.tighten()
    drafts = run.groups
    value, bound = run.value, run.value if run.proven else run.priced.bound
    stopped = Status.TIME_LIMIT if run.is_over() else Status.FEASIBLE
    return GroupSolution(
        problem=problem,
        groups=groups_of(problem, drafts),
        left_out=left_out(problem, drafts),
        status=Status.OPTIMAL if value == bound else stopped,
        value=value,
        bound=bound,
        proof=Proof.PRICES if run.priced.bound <= bound else Proof.SOLVER,
        priced_bound=run.priced.bound,
        start_value=run.start_value,
        prices=run.priced.prices,
        parameters=search.get_params(),
    )


@define(eq=False, kw_only=True)
class _Run:
    """One search and what it has found so far."""

    problem: GroupProblem
    search: GroupSearch
    ends_at: float
    groups: tuple[Draft, ...] = ()
    value: int = 0
    start_value: int = 0
    proven: bool = False
    bounds: TopicBounds = field(init=False)
    priced: Priced = field(init=False)

    def is_over(self) -> bool:
        """Return whether the time is over."""
        return monotonic() > self.ends_at

    def start(self) -> None:
        """Form groups greedily, and find prices."""
        self.groups = greedy_groups(self.problem)
        self.value = self.start_value = _value(self.problem, self.groups)
        self.bounds = TopicBounds(self.problem)
        self._price(None)

    def tighten(self) -> None:
        """Go on from the prices, now that more is known to be possible."""
        self._price(self.priced.prices)

    def _price(self, begin: Prices | None) -> None:
        self.priced = lower_prices(
            self.problem,
            self.bounds,
            value=self.value,
            steps=self.search.steps,
            begin=begin,
            goes_on=lambda: not self.is_over(),
        )
        self.proven = self.priced.bound <= self.value
        self._tell("prices", 1, 1)

    def solve_whole(self) -> None:
        """Hand the whole problem to CP-SAT, if it is small."""
        topics = [topic for topic in range(len(self.problem.topics)) for _ in range(self.problem.most_groups(topic))]
        places = sum(len(self.problem.member_rows(topic)) for topic in topics)
        if self.proven or places > self.search.most_whole or self.is_over():
            return
        self.proven = self._ask((), tuple(topics), None, self.groups, self.search.whole_effort)
        self._tell("whole", 1, 1)

    def improve(self) -> None:
        """Form a few groups anew, again and again."""
        rng = np.random.default_rng(self.search.seed)
        for number in range(self.search.rounds):
            if self.is_over() or self.priced.bound <= self.value:
                return
            freed, topics = _Neighbours(self.problem, self.groups, self.priced).choose(rng)
            kept = tuple(group for place, group in enumerate(self.groups) if place not in freed)
            dissolved = tuple(self.groups[place] for place in sorted(freed))
            people = self._free(kept, topics, {one for group in dissolved for one in group.members}, rng)
            self._ask(kept, topics, people, dissolved, self.search.effort)
            self._tell("rounds", number + 1, self.search.rounds)

    def _free(
        self, kept: Sequence[Draft], topics: Sequence[int], dissolved: set[int], rng: np.random.Generator
    ) -> frozenset[int]:
        """Return who may be put into new groups: those of the old ones, some who have a place left, and all experts."""
        n, problem = self.problem.n_people, self.problem
        joined = np.bincount([person for group in kept for person in group.members], minlength=n)
        helping = np.bincount([person for group in kept for person in group.experts], minlength=n)
        wanting = np.zeros(n, np.bool_)
        wanting[problem.members.person[np.isin(problem.members.topic, topics)]] = True
        idle = np.flatnonzero(wanting & (joined < problem.limit)).tolist()
        left = [person for person in idle if person not in dissolved]
        some = rng.permutation(left)[:_MOST_IDLE].tolist() if left else []
        taken = {other for person in some for other in problem.circle_of.get(person, ())}
        experts = np.flatnonzero(helping < problem.capacity).tolist() if problem.policy.max_experts else []
        return frozenset({*dissolved, *some, *(taken & set(idle)), *experts})

    def _ask(
        self,
        kept: tuple[Draft, ...],
        topics: tuple[int, ...],
        people: frozenset[int] | None,
        hint: tuple[Draft, ...],
        effort: float,
    ) -> bool:
        """Form some groups anew, keep what is no worse, and return whether CP-SAT says that there is nothing better."""
        question = Question(
            topics=topics,
            fixed=kept,
            people=people,
            hint=hint,
            effort=effort,
            seconds=self.ends_at - monotonic(),
            seed=self.search.seed % 2**31,
            most=self.priced.bound - _value(self.problem, kept),
        )
        answer = solve_question(self.problem, question)
        if answer.groups is None:  # out of effort before the first; what is there already would have been possible
            if answer.proven:
                raise SolverError("CP-SAT says that groups are impossible which are there already")
            return False
        found = tuple(sorted(kept + answer.groups))
        value = _value(self.problem, found)
        if faults := _faults(self.problem, found):
            raise SolverError(f"CP-SAT formed groups that break {', '.join(faults)}")
        if value >= self.value:
            self.groups, self.value = found, value
        elif answer.proven:
            raise SolverError("CP-SAT called groups the best that are worth less than those it began from")
        return answer.proven

    def _tell(self, phase: str, done: int, of: int) -> None:
        self.search.watch(Progress(phase=phase, done=done, of=of, value=self.value, bound=self.priced.bound))


def _value(problem: GroupProblem, groups: Sequence[Draft]) -> int:
    return sum(worth(problem, group).total for group in groups)


def _faults(problem: GroupProblem, groups: Sequence[Draft]) -> list[str]:
    return [*(name for group in groups for name in broken(problem, group)), *broken_between(problem, groups)]


class _Neighbours:
    """Chooses groups to be formed anew together: of one topic, and of others that want the same people."""

    def __init__(self, problem: GroupProblem, groups: Sequence[Draft], priced: Priced) -> None:
        self.problem, self.groups, self.priced = problem, groups, priced

    def choose(self, rng: np.random.Generator) -> tuple[set[int], tuple[int, ...]]:
        """Return the places of groups to dissolve, and the topics of those that may be formed instead."""
        weight = self._missing()
        topic = int(rng.choice(len(weight), p=weight / weight.sum()))
        chosen = [topic, *self._rivals(topic, rng)]
        freed: set[int] = set()
        topics: list[int] = []
        for one in chosen:
            own = [place for place, group in enumerate(self.groups) if group.topic == one]
            most = _MOST_FREED if one == topic else 1
            some = rng.permutation(own)[:most].tolist() if own else []
            more = int(len(own) < self.problem.most_groups(one))
            freed.update(some)
            topics += [one] * (len(some) + more)
        return freed, tuple(sorted(topics))

    def _missing(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return how far each topic is from what it would gain at the prices, never nothing."""
        prices = self.priced.prices
        gains = [one.gain for one in self.priced.bought]
        for group in self.groups:
            paid = int(prices.member[list(group.members)].sum()) + int(prices.expert[list(group.experts)].sum())
            gains[group.topic] -= PARTS * worth(self.problem, group).total - paid - prices.group
        return np.maximum(np.array(gains, np.float64), 0) + PARTS

    def _rivals(self, topic: int, rng: np.random.Generator) -> list[int]:
        """Return other topics that some of the same people could be members of, chosen by how many."""
        problem = self.problem
        rows = problem.member_rows(topic)
        own = np.zeros(problem.n_people, np.bool_)
        own[problem.members.person[rows.start : rows.stop]] = True
        shared = np.bincount(problem.members.topic[own[problem.members.person]], minlength=len(problem.topics))
        shared[topic] = 0
        rivals = np.flatnonzero(shared)
        if not len(rivals):
            return []
        number = min(_MOST_RIVALS, len(rivals))
        share = shared[rivals] / shared[rivals].sum()
        return sorted(rng.choice(rivals, size=number, replace=False, p=share).tolist())
