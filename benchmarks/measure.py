"""One measurement in a process of its own; started by `benchmarks/run.py`.

    python -m benchmarks.measure JOB ANSWER

JOB is a JSON object of the fields of `Job`, and the answer is one too. Every answer is verified before its time counts.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from attrs import evolve, frozen

from benchmarks.graphs import best_pairs, every_pair, problem_of
from benchmarks.instances import OBJECTIVES, organisation_of, policy_of, warm_up
from benchmarks.measuring import STRATEGY, Stopwatch, peak_memory, settled_memory
from taskmentor.matching.candidates import best
from taskmentor.matching.certificate import verify, verify_solution
from taskmentor.matching.plan import certificate_of, plan_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.requests import open_requests
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.strategies import available_strategies
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import confirmed_proficiency, gaps
from taskmentor.synthetic import DAY

Row = dict[str, object]


@frozen(kw_only=True)
class Job:
    """What is measured, and on what.

    Attributes:
        kind: A name of `KINDS`.
        people: How many people the organisation has.
        seed: Its seed.
        instance: A name of `benchmarks.instances.INSTANCES`.
        policy: `task-based`, or the path of a policy file.
        objective: Another objective than the policy's own.
        strategy: The name of the entry point of the strategy.
        candidates: How many mentors of each request are looked up, or kept in a graph.
        all_pairs: Whether the plan is verified independently over all pairs too.
        gap_ppm: For `within`, the proven gap that is good enough, in millionths of the bound.
        kept: For `top-k`, how many mentors of each request are kept, one number after the other.
        graph: For `graph`, the file that it is written to.
    """

    kind: str
    people: int
    seed: int = 0
    instance: str = "scarce"
    policy: str
    objective: str | None = None
    strategy: str = STRATEGY
    candidates: int = 20
    all_pairs: bool = False
    gap_ppm: int = 0
    kept: Sequence[int] = ()
    graph: str = ""

    def described(self) -> Row:
        """Return what tells one measurement from another."""
        name = Path(self.policy).stem if self.policy.endswith(".toml") else self.policy
        keys = ("kind", "people", "seed", "instance", "strategy", "gap_ppm")
        return {**{key: getattr(self, key) for key in keys}, "policy": name, "objective": self.load_policy().objective}

    def load_policy(self) -> Policy:
        """Return the policy."""
        objective = next((one for one in OBJECTIVES if one == self.objective), None)
        return policy_of(self.policy, self.instance, objective)

    def load_strategy(self) -> Strategy:
        """Return the strategy."""
        found = available_strategies()[self.strategy]()
        return evolve(found, gap_ppm=self.gap_ppm) if self.gap_ppm else found  # type: ignore[misc]

    def organisation(self) -> Organisation:
        """Return the organisation."""
        return organisation_of(self.instance, self.people, seed=self.seed)

    def problem(self) -> Problem:
        """Return the problem."""
        return daily_problem(self.organisation(), self.load_policy(), on=DAY, seed=self.seed)


@frozen
class Programme:
    """Anything with a policy, for `verify`."""

    policy: Policy


def proven(problem: Problem, strategy: Strategy) -> Solution:
    """Return a verified solution; the process ends where it is not lawful."""
    solution = solve(problem, strategy)
    lawful(verify_solution(problem, solution, method="oracle"))
    return solution


def lawful(verdict: object) -> None:
    """End the process where a verdict is no."""
    if not getattr(verdict, "ok", False):
        raise SystemExit(f"The answer is not lawful: {verdict}")


# The kinds of measurements


def round_(job: Job) -> Row:
    """Return what each phase of a round costs, from nothing to a plan that is verified from the tables."""
    policy, strategy = job.load_policy(), job.load_strategy()
    warm_up(strategy, policy)
    before, watch = settled_memory(), Stopwatch(aloud=True, memory=True)
    with watch.phase("generate"):
        organisation = job.organisation()
    with watch.phase("gaps"):
        n_gaps = len(gaps(organisation, on=DAY, policy=policy.proficiency))
    with watch.phase("requests"):
        known = confirmed_proficiency(organisation, on=DAY, policy=policy.proficiency)
        asked = open_requests(organisation, known, on=DAY, per_person=policy.requests_per_person)
    with watch.phase("problem"):
        problem = Problem.build(organisation, asked, policy, on=DAY, salt=str(job.seed), proficiency=known)
    with watch.phase("candidates"):
        listed = best(problem, problem.free, k=job.candidates)
    n_listed = int((listed.mentor >= 0).sum())
    del listed
    with watch.phase("solve"):
        solution = solve(problem, strategy)
    with watch.phase("price"):
        best(problem, problem.free, solution.duals.mentor, k=1)
    with watch.phase("certificate"):
        lawful(verify_solution(problem, solution, method="oracle"))
    with watch.phase("plan"):
        plan = plan_of(problem, solution, seed=job.seed, policy=policy.describe(), versions={})
        certificate = certificate_of(problem, solution)
    with watch.phase("verify"):
        lawful(verify(organisation, Programme(policy), plan, certificate, method="oracle"))
    if job.all_pairs:
        with watch.phase("all pairs"):
            lawful(verify(organisation, Programme(policy), plan, certificate, method="all pairs"))
    return {
        "gaps": n_gaps,
        "candidates": n_listed,
        **counts(problem),
        **answer(solution),
        **spent(watch, before),
    }


def first_call(job: Job) -> Row:
    """Return what a first call costs where nothing is compiled yet, beside the next call in the same process."""
    problem, watch = job.problem(), Stopwatch()
    for name in ("first", "next"):
        with watch.phase(name):
            solution = solve(problem, job.load_strategy())
        lawful(verify_solution(problem, solution, method="oracle"))
    return {**counts(problem), **answer(solution), "seconds": rounded(watch)}


def top_k(job: Job) -> Row:
    """Return how much of the optimum is lost where only the k best mentors of each request are kept."""
    problem = job.problem()
    whole = proven(problem, job.load_strategy())
    rows = []
    for k in job.kept:
        kept = best_pairs(problem, k=k)
        solution = proven(problem_of(kept), job.load_strategy())
        lost = 100 * (whole.value - solution.value) / whole.value
        rows.append({"k": k, "pairs": len(kept), "lost_percent": round(lost, 6), **answer(solution)})
    return {**counts(problem), **answer(whole), "kept": rows}


def solve_only(job: Job) -> Row:
    """Return what a plan costs from the problem on: one over all pairs, or one within a proven gap of it."""
    warm_up(job.load_strategy(), job.load_policy())
    problem = job.problem()
    before, watch = settled_memory(), Stopwatch(aloud=True, memory=True)
    with watch.phase("solve"):
        solution = solve(problem, job.load_strategy())
    lawful(verify_solution(problem, solution, method="oracle"))
    return {**counts(problem), **answer(solution), **spent(watch, before)}


def all_pairs_by_ortools(job: Job) -> Row:
    """Return what OR-Tools' minimum-cost flow costs on all pairs, their generation included, from the problem on."""
    from benchmarks.sparse import ortools_flow

    run = ortools_flow()
    problem = job.problem()
    before, watch = settled_memory(), Stopwatch(aloud=True, memory=True)
    with watch.phase("generate pairs"):
        graph = every_pair(problem)
    pairs = run(graph, watch)
    return {**counts(problem), "pairs": len(graph), **graph.checked(*pairs), **spent(watch, before)}


def graph_(job: Job) -> Row:
    """Write the graph of the best mentors of each request, for all programs that are compared on it."""
    problem = job.problem()
    found = best_pairs(problem, k=job.candidates)
    found.save(Path(job.graph))
    return {**counts(problem), "pairs": len(found)}


KINDS: dict[str, Callable[[Job], Row]] = {
    "round": round_,
    "first-call": first_call,
    "top-k": top_k,
    "all-pairs": solve_only,
    "within": solve_only,
    "all-pairs-ortools": all_pairs_by_ortools,
    "graph": graph_,
}


# What is told of each


def counts(problem: Problem) -> Row:
    """Return the size of a problem."""
    return {
        "requests": problem.n_requests,
        "places": int(problem.capacity.sum(dtype=np.int64)),
        "qualified_pairs": problem.n_qualified(),
    }


def answer(solution: Solution) -> Row:
    """Return what a solution claims, all of which was verified."""
    return {
        "status": "done",
        "matched": solution.n_matched,
        "score": solution.score,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
    }


def spent(watch: Stopwatch, before: int) -> Row:
    """Return seconds by phase and the peak of memory, in all and above the interpreter with its imports."""
    peak = max(watch.peaks.values())
    return {
        "seconds": rounded(watch),
        "peaks": watch.peaks,
        "peak_bytes": peak,
        "peak_above_imports": max(peak - before, 0),
    }


def rounded(watch: Stopwatch) -> dict[str, float]:
    """Return seconds by phase, to a tenth of a millisecond."""
    return {name: round(seconds, 4) for name, seconds in watch.seconds.items()}


def main(arguments: Sequence[str]) -> None:
    job = Job(**json.loads(arguments[0]))
    row = KINDS[job.kind](job)
    whole = {"process_peak_bytes": peak_memory(), **job.described(), **row}
    Path(arguments[1]).write_text(json.dumps(whole), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
