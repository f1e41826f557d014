"""Plans and certificates: solutions in ids."""

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import UnknownIdError
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_request, pool_of
from taskmentor.matching.plan import Certificate, Plan, certificate_of, plan_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import Importance, LevelFit
from taskmentor.matching.solution import solve
from tests.organisations import ON, organisation

POLICY = Policy(rules=(Qualified(),), scorers=(LevelFit(weight=2), Importance()))
PEOPLE: dict[str, dict[str, object]] = {"mia": {}, "pat": {}, "sam": {}, "ann": {"capacity": 2}, "bob": {"capacity": 0}}


def small(policy: Policy = POLICY) -> Problem:
    """Return mia, pat and sam, who ask for sql and law; ann has two places, for either."""
    return daily_problem(
        organisation(
            PEOPLE,
            knows={"ann": {"sql": 3, "law": 4}, "bob": {"sql": 5}},
            wants={"mia": {"sql": 2}, "pat": {"law": 3, "sql": 3}, "sam": {"law": 1}},
        ),
        policy,
        on=ON,
        seed=4,
    )


def plan(problem: Problem) -> tuple[Plan, Certificate]:
    solution = solve(problem, Flow())
    written = plan_of(problem, solution, seed=4, policy=POLICY.describe(), versions={"taskmentor": "0"})
    return written, certificate_of(problem, solution)


def test_a_plan_stands_in_ids_sorted_by_mentee_and_skill_with_every_part() -> None:
    """Would be broken: the file that people read."""
    written, _ = plan(small())
    rows = zip(written.mentee_id.tolist(), written.skill_id.tolist(), written.mentor_id.tolist(), strict=True)
    assert list(rows) == [("mia", "sql", "ann"), ("pat", "law", "ann")]
    assert written.target_level.tolist() == [2, 3]
    assert written.scorers == ("level-fit", "importance")
    assert written.parts.tolist() == [[200, 60], [200, 60]]
    assert written.score.tolist() == [260, 260]
    unmatched = zip(written.unmatched.mentee_id.tolist(), written.unmatched.skill_id.tolist(), strict=True)
    assert list(unmatched) == [("pat", "sql"), ("sam", "law")]
    assert (len(written), repr(written)) == (2, "Plan(2 matched, 2 unmatched, optimal)")


def test_a_plan_claims_what_its_solution_found() -> None:
    """Would be broken: the keys of solution.json."""
    problem = small()
    written, _ = plan(problem)
    claims = written.claims
    assert (claims.requests, claims.matched, claims.unmatched) == (4, 2, 2)
    assert (claims.score, claims.gap, claims.status, claims.objective) == (520, 0, "optimal", "requests-then-score")
    assert claims.value == claims.bound == 2 * problem.count_weight + 520
    assert (claims.strategy, claims.parameters, claims.seed, claims.on) == ("flow", Flow().get_params(), 4, ON)
    assert claims.policy == POLICY.describe()
    assert claims.input_digest == pool_of(problem).organisation.digest
    assert claims.versions == {"taskmentor": "0"}


def test_a_certificate_lists_prices_above_0_sorted_by_side_id_and_skill() -> None:
    """Would be broken: the file that the proof is checked from."""
    problem = small()
    solution = solve(problem, Flow())
    _, certificate = plan(problem)
    rows = list(zip(certificate.side.tolist(), certificate.id.tolist(), certificate.skill_id.tolist(), strict=True))
    assert rows == sorted(rows)
    assert len(certificate) == len(rows) > 0
    assert (certificate.price > 0).all()
    assert {skill for side, _, skill in rows if side != "request"} <= {""}
    prices = solution.duals
    assert certificate.price.sum() == prices.request.sum() + prices.mentee.sum() + prices.mentor.sum()


def test_prices_keep_their_owners() -> None:
    """Would be broken: the proof, if a price were written beside somebody else's id."""
    problem = small()
    solution = solve(problem, Flow())
    pool = pool_of(problem)
    duals = evolve(
        solution.duals,
        request=np.arange(problem.n_requests) + 1,
        mentee=np.arange(problem.n_mentees) + 100,
        mentor=np.arange(problem.n_mentors) + 1000,
    )
    certificate = certificate_of(problem, evolve(solution, duals=duals))
    people, skills = pool.organisation.people.ids, pool.organisation.model.skill_ids
    for side, owner, skill, price in zip(
        certificate.side.tolist(), certificate.id.tolist(), certificate.skill_id.tolist(), certificate.price.tolist(),
        strict=True,
    ):  # fmt: skip
        if side == "mentor":
            assert people[pool.mentors[price - 1000]] == owner
        elif side == "mentee":
            request = int(np.flatnonzero(problem.mentee == price - 100)[0])
            assert people[pool.mentees[request]] == owner
        else:
            assert (people[pool.mentees[price - 1]], skills[problem.skill[price - 1]]) == (owner, skill)


def test_a_plan_without_scorers_or_pairs_can_be_written() -> None:
    """Would be broken: tables with no rows or no columns."""
    without, _ = plan(small(evolve(POLICY, scorers=())))
    assert without.parts.shape == (2, 0)
    assert without.score.tolist() == [0, 0]
    nothing, certificate = plan(daily_problem(organisation("ann bob"), POLICY, on=ON))
    assert len(nothing) == len(nothing.unmatched) == len(certificate) == 0
    assert nothing.parts.shape == (0, 2)


def test_a_request_is_found_by_its_ids() -> None:
    """Would be broken: `explain`, and the message for a request that there is not."""
    problem = small()
    place = find_request(problem, "pat", "law")
    assert pool_of(problem).requests[place].skill_id == "law"
    with pytest.raises(UnknownIdError, match="'zoe' names no person"):
        find_request(problem, "zoe", "sql")
    with pytest.raises(UnknownIdError, match=r"request of mia \(asked for: sql\)"):
        find_request(problem, "mia", "law")
    with pytest.raises(UnknownIdError, match="asked for: nothing"):
        find_request(problem, "ann", "law")


def test_a_problem_from_scores_has_no_people_to_name() -> None:
    """Would be broken: the message where somebody explains a benchmark."""
    problem = Problem.from_scores(np.ones((1, 1), np.int64))
    with pytest.raises(ValueError, match="made from scores"):
        pool_of(problem)
