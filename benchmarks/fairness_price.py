"""What fairness costs: the score that is given up for the worst-off, and for an even load of mentors.

    python -m benchmarks.fairness_price --record

Two settings: invented scores in which some mentors are far more popular than others, and an invented organisation.
Every plan is verified before anything is said of it, and all that are exact are proven.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from benchmarks.measuring import RESULTS, ROOT, markdown_table, origin, record, write_block
from taskmentor import programmes, synthetic
from taskmentor.matching import aims
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.outcomes.load import gini

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PAGE", "SETTINGS", "main", "measured", "plot", "table"]

PAGE = ROOT / "docs" / "benchmarks" / "fairness.md"
PLOT = "fairness.svg"
NAME = "fairness"
Row = Mapping[str, object]

BEST = "most requests, then score"
LISTS: Mapping[str, tuple[aims.Aim, ...]] = {
    "max-min, then score": (aims.MaxMin(), aims.Score()),
    "leximin": (aims.Leximin(),),
    "rank-maximal, then score": (aims.MostRequests(), aims.RankMaximal(), aims.Score()),
    "even load, then score": (aims.MostRequests(), aims.LoadSpread(), aims.Score()),
    "even load, then leximin": (aims.MostRequests(), aims.LoadSpread(), aims.Leximin()),
}


def popular(seed: int, people: int) -> Problem:
    """Return a problem in which some mentors suit everybody: 2 mentors of 5 places for every 5 mentees.

    Half of a score, 1 to 99 points, is the mentor's popularity, from a beta distribution with parameters 2 and 5, and
    half is the pair's own.
    """
    rng = np.random.default_rng([61, seed])
    n_mentors = max(1, people * 2 // 5)
    liked = rng.beta(2, 5, n_mentors)
    scores = 1 + np.floor(99 * (liked + rng.random((people, n_mentors))) / 2).astype(np.int64)
    return Problem.from_scores(scores, capacity=np.full(n_mentors, 5))


def invented(seed: int, people: int) -> Problem:
    """Return the round of an invented organisation that offers about two places for each request."""
    organisation = synthetic.organisation(people, seed=seed, places_per_request=2)
    return daily_problem(organisation, programmes.task_based().policy, on=synthetic.DAY)


SETTINGS: Mapping[str, tuple[Callable[[int, int], Problem], int, tuple[int, ...], str]] = {
    "popular": (popular, 300, (5, 10, 15), "Popular mentors"),
    "organisation": (invented, 1_000, (20, 50, 100), "Invented organisation"),
}
"""For each setting: its problem, how many people there are unless said otherwise, the costs of load, a title."""


def measured(setting: str, *, seed: int, people: int) -> list[Row]:
    """Return a row for each plan of a setting, verified."""
    make, _, costs, _ = SETTINGS[setting]
    problem = make(seed, people)
    asked: list[tuple[str, Problem, Strategy]] = [("best pair first", problem, Greedy()), (BEST, problem, Flow())]
    asked += [(name, evolve(problem, aims=wanted), Ordered()) for name, wanted in LISTS.items()]
    asked += [(f"load cost {cost}", evolve(problem, load_cost=cost), Flow()) for cost in costs]
    rows = [_row(name, one, strategy) for name, one, strategy in asked]
    best = next(int(str(row["score"])) for row in rows if row["plan"] == BEST)
    return [
        {
            "setting": setting,
            "seed": seed,
            "people": people,
            **row,
            "price_per_cent": round(100 * (1 - int(str(row["score"])) / best), 3),
        }
        for row in rows
    ]


def _row(name: str, problem: Problem, strategy: Strategy) -> Row:
    solution = solve(problem, strategy)
    verdict = verify_solution(problem, solution)
    if not verdict.ok:
        raise AssertionError(verdict)
    scores = np.sort(_scores(problem, solution))
    load = np.bincount(solution.mentor, minlength=problem.n_mentors)
    offers = problem.capacity > 0
    shares = zip(load[offers].tolist(), problem.capacity[offers].tolist(), strict=True)
    spread = gini(Counter(Fraction(taken, places) for taken, places in shares))
    return {
        "plan": name,
        "matched": solution.n_matched,
        "score": solution.score,
        "worst": int(scores[0]),
        "worst_tenth": round(float(scores[: -(-len(scores) // 10)].mean()), 1),
        "mentors_used": int((load > 0).sum()),
        "mentors": int(offers.sum()),
        "gini": round(float(spread or 0), 3),
    }


def _scores(problem: Problem, solution: Solution) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    request, mentor = solution.request, solution.mentor
    return problem.score(request, mentor, problem.levels(request, mentor)).reshape(-1)


def table(rows: Sequence[Row]) -> str:
    """Return the rows of one setting as a table in Markdown."""
    head = (
        "plan", "served", "score", "price, %", "worst-off", "mean of the worst tenth", "mentors used", "Gini of load",
    )  # fmt: skip
    keys = ("matched", "score", "price_per_cent", "worst", "worst_tenth", "mentors_used", "gini")
    shown = [
        [str(row["plan"]), *(f"{row[key]:,}" if isinstance(row[key], int) else f"{row[key]}" for key in keys)]
        for row in rows
    ]
    return markdown_table(head, shown)


def plot(rows: Sequence[Row], file: Path) -> None:
    """Write the plots as an SVG file, the same bytes for the same numbers."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    settings = [name for name in SETTINGS if any(row["setting"] == name for row in rows)]
    with rc_context({"svg.hashsalt": "taskmentor", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 4 * len(settings) + 0.6), layout="constrained")
        grid = figure.subplots(len(settings), 2, squeeze=False)
        for line, setting in zip(grid, settings, strict=True):
            own = [row for row in rows if row["setting"] == setting]
            for axes, key, title in zip(
                line, ("worst_tenth", "gini"), ("mean score of the worst tenth", "Gini of load"), strict=True
            ):
                _scatter(axes, own, key)
                axes.set(title=SETTINGS[setting][3], xlabel="price: score given up, %", ylabel=title)
                axes.grid(visible=True, alpha=0.4)
        handles, labels = grid[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _scatter(axes: "Axes", rows: Sequence[Row], key: str) -> None:
    costs = [row for row in rows if str(row["plan"]).startswith("load cost") or row["plan"] == BEST]
    axes.plot(
        [_number(row, "price_per_cent") for row in costs],
        [_number(row, key) for row in costs],
        color="grey", marker=".", linewidth=1, label="a cost of load, rising",
    )  # fmt: skip
    named = [row for row in rows if not str(row["plan"]).startswith("load cost")]
    for row, marker in zip(named, "xosD^vP", strict=True):
        axes.plot([_number(row, "price_per_cent")], [_number(row, key)], marker, label=str(row["plan"]), markersize=8)


def _number(row: Row, key: str) -> float:
    return float(str(row[key]))


def newest() -> list[Row]:
    """Return the last recorded row of each plan, setting by setting."""
    last: dict[tuple[object, object], Row] = {}
    for line in (RESULTS / f"{NAME}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        last[row["setting"], row["plan"]] = row
    return list(last.values())


def write_page(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Make the tables and the plot of the page anew."""
    for setting in SETTINGS:
        write_block(page, setting, table([row for row in rows if row["setting"] == setting]))
    plot(rows, page.parent / PLOT)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", nargs="+", choices=sorted(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, help="in place of the usual number")
    parser.add_argument("--record", action="store_true", help="add the run to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    rows: list[Row] = []
    for setting in chosen.settings:
        found = measured(setting, seed=chosen.seed, people=chosen.people or SETTINGS[setting][1])
        print(table(found), flush=True)
        rows += found
    if chosen.record:
        record(NAME, [{**row, **origin(["taskmentor", "numpy", "ortools"])} for row in rows])
        write_page(newest())


if __name__ == "__main__":
    main(sys.argv[1:])
