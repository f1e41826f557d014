"""Mentees' consented wishes about their mentor: a level of the objective, held against every plan there is."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

from taskmentor.authorisation import Authority, Grant, PersonRelation
from taskmentor.errors import CostRangeError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.ids import pool_of
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.scorers import LevelFit
from taskmentor.matching.solution import Status, solve
from taskmentor.matching.stable import Stable
from taskmentor.matching.wishes import WishLevel
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.models.preferences import Side
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.testing.small import NOBODY, Plan, SmallProblem
from tests.models.small import places, small_rows
from tests.organisations import ON, organisation, random_tables
from tests.plain_policy import random_policy, small_problem
from tests.random_problems import as_plan

EXACT = (Flow(), CpSat(), Exact(ties="canonical"))
LEVELS: tuple[WishLevel, ...] = ("after-score", "before-score")
WORDS = ("first in family", "parent", "returner")


def drawn(rng: Generator) -> Organisation:
    """Return a random organisation in which many wish for something and say something of themselves."""
    tables = random_tables(rng)
    people = [str(row["person_id"]) for row in tables["people"]]
    said = {
        (person, side, word): ON + timedelta(days=int(rng.choice([-30, -1, 0, 1])))
        for person in people
        for side in ("mentee", "mentor")
        for word in WORDS
        if rng.random() < 0.4
    }
    rows: list[Mapping[str, object]] = [
        {"person_id": person, "side": side, "characteristic": word, "consented_on": day,
         "withdrawn_on": day + timedelta(days=int(rng.integers(0, 40))) if rng.random() < 0.3 else None}
        for (person, side, word), day in said.items()
    ]  # fmt: skip
    return organisation_from_rows({**tables, "wishes": rows})


def said_by(organisation: Organisation, side: Side) -> dict[int, set[str]]:
    """Return what each person said as one side and may be used on the day, row by row."""
    wishes, said = organisation.wishes, dict[int, set[str]]()
    for row in range(len(wishes)):
        begin, end = wishes.consented_on[row].item(), wishes.withdrawn_on[row].item()
        if wishes.side[row] == side and begin <= ON and (end is None or end > ON):
            said.setdefault(int(wishes.person[row]), set()).add(wishes.characteristic.label(row))
    return said


def met(problem: Problem, plan: Plan) -> int:
    """Return how many pairs of a plan meet a wish."""
    pool = pool_of(problem)
    wished, shown = (said_by(pool.organisation, side) for side in (Side.MENTEE, Side.MENTOR))
    return sum(
        bool(wished.get(int(pool.mentees[request]), set()) & shown.get(int(pool.mentors[mentor]), set()))
        for request, mentor in enumerate(plan)
        if mentor != NOBODY
    )


def worth(problem: Problem, small: SmallProblem, plan: Plan, level: WishLevel) -> tuple[int, int, int]:
    """Return what a plan is worth, the most important level first."""
    (served, score), wishes = small.worth(plan), met(problem, plan)
    return (served, score, wishes) if level == "after-score" else (served, wishes, score)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("chunk", [0, *[pytest.param(chunk, marks=pytest.mark.long) for chunk in range(1, 20)]])
def test_every_exact_strategy_meets_as_many_wishes_as_its_level_allows(level: WishLevel, chunk: int) -> None:
    """Would be broken: the order of the levels, weights that are too small, consent, or a bound that is not exact."""
    mattered = 0
    for number in range(50):
        rng = default_rng([51, chunk, number])
        policy = evolve(random_policy(rng), objective="requests-then-score", wishes=level)
        problem = daily_problem(drawn(rng), policy, on=ON)
        small = small_problem(problem, policy)

        plans = {plan: worth(problem, small, plan, level) for plan in small.plans()}
        best = max(plans.values())
        without, _ = small.optimal()
        mattered += any((one[0], *one[1:]) != best for one in plans.values() if one[0] == without[0])
        found = [solve(problem, strategy) for strategy in EXACT]
        for solution in found:
            assert plans[as_plan(problem, solution)] == best
            assert (solution.status, solution.value) == (Status.OPTIMAL, found[0].value)
            assert solution.score == small.worth(as_plan(problem, solution))[1]
            assert verify_solution(problem, solution).status == "optimal"
        for approximate in (Greedy(passes=1), Stable(passes=1)):
            solution = solve(problem, approximate)
            assert verify_solution(problem, solution).ok
            assert solution.value <= found[0].value <= solution.bound
    assert mattered > 5


def wishing() -> Organisation:
    """Return one mentee and two mentors, the second of whom is better by points, the first as the mentee wishes."""
    said = [("cy", "mentee", "returner"), ("ann", "mentor", "returner"), ("bob", "mentor", "parent")]
    return organisation(
        {"ann": {"department": "a"}, "bob": {"department": "b"}, "cy": {"department": "a", "manager_id": "ann"},
         "dee": {}},
        knows={"ann": {"sql": 4}, "bob": {"sql": 4}},
        wants={"cy": {"sql": 3}},
        wishes=[
            {"person_id": person, "side": side, "characteristic": word, "consented_on": "2026-09-01"}
            for person, side, word in said
        ],
    )  # fmt: skip


def round_of(made: Organisation, level: WishLevel) -> Round:
    policy = evolve(task_based().policy, rules=(task_based().policy.rules[0],), wishes=level)
    return match(made, task_based(policy=policy), on=ON)


def test_a_wish_costs_nobody_points_unless_the_policy_says_so() -> None:
    """Would be broken: where wishes stand among the levels."""
    assert round_of(wishing(), "after-score").plan.mentor_id.tolist() == ["bob"]
    assert round_of(wishing(), "before-score").plan.mentor_id.tolist() == ["ann"]
    assert round_of(wishing(), "unused").plan.mentor_id.tolist() == ["bob"]


def test_points_stay_what_the_policy_says_whatever_the_wishes() -> None:
    """Would be broken: absolute scores, which must not be rescaled by what others wish for."""
    plans = [round_of(wishing(), level).plan for level in ("after-score", "unused")]
    assert plans[0].score.tolist() == plans[1].score.tolist()
    assert plans[0].parts.tolist() == plans[1].parts.tolist()
    assert plans[0].scorers == plans[1].scorers
    assert plans[0].claims.score == plans[1].claims.score


def test_row_43_what_somebody_wishes_for_is_shown_to_nobody_else() -> None:
    """Sensitive data for matching was shown to the cohort: no column, no explanation and no view may tell it."""
    made = wishing()
    done = round_of(made, "before-score")
    assert not any("wish" in name for name in done.plan.scorers)
    assert done.explain("cy", "sql").wish_met
    assert "The wish about the mentor is met." in str(done.explain("cy", "sql"))
    authority = Authority(
        organisation=made,
        grants=(Grant(person_id=PersonId("otis"), relation=PersonRelation.AUDITOR, from_on=date(2026, 1, 1)),),
    )
    own = done.explain_to("cy", "cy", "sql", authority=authority)
    manager = done.explain_to("ann", "cy", "sql", authority=authority)
    assert (own.wish_met, manager.wish_met) == (True, None)
    assert "wish" not in str(manager)
    assert "wish" not in done.summary()


def test_nothing_is_said_of_a_wish_where_there_is_none_or_it_is_not_used() -> None:
    """Would be broken: a wish that seems not to be met where nobody looked at it."""
    assert round_of(wishing(), "unused").explain("cy", "sql").wish_met is None
    assert round_of(wishing(), "after-score").explain("cy", "sql").wish_met is False
    assert "The wish about the mentor is not met." in str(round_of(wishing(), "after-score").explain("cy", "sql"))
    none = evolve(wishing(), wishes=wishing().wishes.take(np.array([1, 2])))
    assert round_of(none, "after-score").explain("cy", "sql").wish_met is None


def test_wishes_need_no_room_that_the_points_do_not_leave() -> None:
    """Would be broken: sums that overflow in silence, where levels multiply."""
    policy = task_based().policy
    heavy = evolve(policy, scorers=(LevelFit(weight=2**53),), wishes="before-score")
    assert daily_problem(wishing(), evolve(heavy, wishes="unused"), on=ON).n_requests == 1
    with pytest.raises(CostRangeError):
        daily_problem(wishing(), heavy, on=ON)


def test_everything_that_is_wrong_with_wishes_is_told_at_once() -> None:
    """Each row with its line: no such person or side, no day of consent, a day before it, and a repeated row."""
    columns = ("person_id", "side", "characteristic", "consented_on", "withdrawn_on")
    rows = [
        ("zed", "mentee", "x", "2026-01-01", None),
        ("bob", "boss", "x", "2026-01-01", None),
        ("bob", "mentee", "", "2026-01-01", None),
        ("bob", "mentee", "x", None, None),
        ("bob", "mentee", "x", "2026-01-01", "2025-01-01"),
        ("ann", "mentor", "x", "2026-01-01", None),
        ("ann", "mentor", "x", "2026-01-01", None),
    ]
    tables = small_rows() | {"wishes": [dict(zip(columns, row, strict=True)) for row in rows]}
    assert places(tables) == [
        ("UNKNOWN-PERSON", "wishes", 1),
        ("BAD-CHOICE", "wishes", 2),
        ("MISSING-VALUE", "wishes", 3),
        ("MISSING-VALUE", "wishes", 4),
        ("DATE-ORDER", "wishes", 5),
        ("DUPLICATE-WISH", "wishes", 7),
    ]
