"""Verification: accepts what holds, and finds every kind of damage that the author of this file could think of."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.all_pairs import Holders, Uncovered, uncovered_pairs
from taskmentor.matching.certificate import Method, Verdict, verify, verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.duals import Duals
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.plan import Certificate, Plan, certificate_of, plan_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.reasons import Reasons
from taskmentor.matching.rules import NotManager, Qualified, SharedLanguage
from taskmentor.matching.scorers import Importance, LevelFit, SeniorityCloseness
from taskmentor.matching.solution import Solution, Status, Strategy, solve
from taskmentor.models.organisation import Organisation
from tests.organisations import ON, organisation
from tests.random_problems import contended

METHODS: tuple[Method, ...] = ("all pairs", "oracle")
STRATEGIES: tuple[Strategy, ...] = (Flow(), Flow(engine="networkx"), CpSat(), Exact(), Greedy(), Greedy(passes=1))
POLICY = Policy(
    rules=(Qualified(), NotManager(), SharedLanguage()),
    scorers=(LevelFit(weight=2), Importance(weight=3), SeniorityCloseness()),
)
PEOPLE: dict[str, dict[str, object]] = {
    "ann": {"capacity": 2, "grade": 5, "languages": "en"},
    "bob": {"capacity": 1, "grade": 4, "manager_id": "ann"},
    "cat": {"capacity": 1, "grade": 3, "manager_id": "ann"},
    "dan": {"role_id": "analyst", "manager_id": "ann", "grade": 2},
    "eve": {"role_id": "analyst", "manager_id": "bob", "grade": 2},
    "fay": {"role_id": "analyst", "manager_id": "bob", "grade": 1, "mentee_limit": 1},
    "gus": {"role_id": "analyst", "manager_id": "cat", "grade": 1, "languages": "en"},
    "hal": {"role_id": "analyst", "manager_id": "uma", "grade": 4, "mentee_limit": 1},
    "ivo": {"capacity": 1, "grade": 3, "languages": "fr"},
    "uma": {"capacity": 0, "grade": 5},
}
KNOWS = {
    "ann": {"sql": 5, "law": 4},
    "bob": {"sql": 4},
    "cat": {"sql": 3, "law": 5},
    "gus": {"sql": 1},
    "ivo": {"law": 3, "sql": 1},
    "uma": {"sql": 5, "law": 5},
}
REQUIRES = {"analyst": {"sql": (3, 5), "law": (2, 2)}}
TABLES: dict[str, list[dict[str, object]]] = {
    "pins": [{"mentee_id": "dan", "mentor_id": "bob", "skill_id": "sql"}],
    "blocks": [{"mentee_id": "eve", "mentor_id": "cat"}],
    "engaged": [{"mentor_id": "ann", "mentee_id": "gus", "skill_id": "law", "from_on": "2026-09-01"}],
}


@frozen(kw_only=True)
class Programme:
    """Anything with a policy."""

    policy: Policy


@frozen(kw_only=True)
class Claimed:
    """A plan with all that it is checked against."""

    organisation: Organisation
    policy: Policy = POLICY
    plan: Plan
    certificate: Certificate

    def verdict(self, method: Method | None = None) -> Verdict:
        programme = Programme(policy=self.policy)
        return verify(self.organisation, programme, self.plan, self.certificate, method=method)

    def with_claims(self, **claims: object) -> "Claimed":
        return evolve(self, plan=evolve(self.plan, claims=evolve(self.plan.claims, **claims)))  # type: ignore[arg-type]

    def row(self, mentee_id: str, skill_id: str) -> int:
        (row,) = np.flatnonzero((self.plan.mentee_id == mentee_id) & (self.plan.skill_id == skill_id))
        return int(row)

    def rows(self, rows: Iterable[int]) -> "Claimed":
        """Return a plan of some of the rows, whose counts are right again."""
        kept, plan = np.array(list(rows), np.int64), self.plan
        columns = {name: getattr(plan, name)[kept] for name in ("mentee_id", "skill_id", "target_level", "mentor_id")}
        fewer = evolve(plan, **columns, score=plan.score[kept], parts=plan.parts[kept])
        return evolve(self, plan=fewer).with_claims(matched=len(kept), unmatched=plan.claims.requests - len(kept))

    def with_mentor(self, mentee_id: str, skill_id: str, mentor_id: str) -> "Claimed":
        mentors = self.plan.mentor_id.astype("U16")
        mentors[self.row(mentee_id, skill_id)] = mentor_id
        return evolve(self, plan=evolve(self.plan, mentor_id=mentors))

    def with_reasons(self, change: Callable[[Reasons], Reasons]) -> "Claimed":
        return evolve(self, plan=evolve(self.plan, unmatched=change(self.plan.unmatched)))

    def with_prices(self, change: Callable[[Certificate], Certificate]) -> "Claimed":
        return evolve(self, certificate=change(self.certificate))

    def on_other_tables(self, **changes: Any) -> "Claimed":
        """Return the same plan against other tables, with a digest that was forged to fit them."""
        people = {person: {**columns} for person, columns in PEOPLE.items()}
        for name in set(changes) & set(people):
            people[name] |= changes.pop(name)
        knows = KNOWS | changes.pop("knows", {})
        tables: dict[str, Any] = {**TABLES, **changes}
        other = organisation(people, knows=knows, requires=REQUIRES, **tables)
        return evolve(self, organisation=other).with_claims(input_digest=other.digest)

    def under(self, policy: Policy) -> "Claimed":
        """Return the same plan under another policy, with claims that were forged to fit it."""
        return evolve(self, policy=policy).with_claims(policy=policy.describe())


def claimed(strategy: Strategy | None = None, policy: Policy = POLICY) -> Claimed:
    whole = organisation(PEOPLE, knows=KNOWS, requires=REQUIRES, **TABLES)  # type: ignore[arg-type]
    problem = daily_problem(whole, policy, on=ON, seed=0)
    solution = solve(problem, strategy or Flow())
    plan = plan_of(problem, solution, seed=0, policy=policy.describe(), versions={})
    return Claimed(organisation=whole, policy=policy, plan=plan, certificate=certificate_of(problem, solution))


@pytest.mark.parametrize("method", [*METHODS, None])
@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@pytest.mark.parametrize("objective", ["requests-then-score", "score"])
def test_undamaged_plans_of_every_strategy_verify(strategy: Strategy, objective: str, method: Method | None) -> None:
    """Would be broken: everything; a verifier that rejects honest plans is turned off."""
    verdict = claimed(strategy, evolve(POLICY, objective=objective)).verdict(method)  # type: ignore[arg-type]
    assert verdict.ok, str(verdict)
    assert verdict.faults == ()
    if not isinstance(strategy, Greedy):
        assert verdict.status == "optimal"
        assert verdict.gap == 0


def test_the_plan_that_is_damaged_below_has_a_pin_and_requests_without_a_mentor() -> None:
    """Would be broken: the damages below, which would damage nothing."""
    plan = claimed().plan
    pairs = set(zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), plan.mentor_id.tolist(), strict=True))
    assert ("dan", "sql", "bob") in pairs
    assert len(plan) == 4
    assert plan.unmatched.counts() == {"mentees-limit": 2, "all-full": 3}


def _changed(column: NDArray[Any], row: int, value: object) -> NDArray[Any]:
    other = column.astype("U32") if column.dtype.kind == "U" else column.copy()
    other[row] = value
    return other


def _price(one: Claimed, row: int, by: int) -> Claimed:
    return one.with_prices(lambda c: evolve(c, price=_changed(c.price, row, c.price[row] + by)))


def _priced(one: Claimed, side: str, owner: str, skill_id: str, price: int) -> Claimed:
    return one.with_prices(
        lambda c: Certificate(
            side=np.append(c.side, side),
            id=np.append(c.id, owner),
            skill_id=np.append(c.skill_id, skill_id),
            price=np.append(c.price, price),
        )
    )


def _without_price(one: Claimed, side: str) -> Claimed:
    kept = one.certificate.side != side
    columns = {name: getattr(one.certificate, name)[kept] for name in ("side", "id", "skill_id", "price")}
    return evolve(one, certificate=Certificate(**columns))


def _fewer_reasons(reasons: Reasons, rows: list[int]) -> Reasons:
    columns = {name: getattr(reasons, name)[rows] for name in ("mentee_id", "skill_id", "reason", "place")}
    return evolve(reasons, **columns)


def _first_mentor_price(one: Claimed) -> int:
    return int(np.flatnonzero(one.certificate.side == "mentor")[0])


DAMAGES: dict[str, Callable[[Claimed], Claimed]] = {
    "a pair is left out": lambda one: one.rows(range(1, len(one.plan))),
    "a pair stands there twice": lambda one: one.rows([0, 0, *range(1, len(one.plan))]),
    "a pinned pair is given to somebody else": lambda one: one.with_mentor("dan", "sql", "cat"),
    "a mentor has no place left": lambda one: one.with_mentor("hal", "sql", "bob"),
    "the mentor is not qualified": lambda one: one.with_mentor("hal", "sql", "ivo"),
    "the mentor is the manager": lambda one: one.with_mentor("dan", "sql", "ann"),
    "the mentor never held the skill": lambda one: one.with_mentor("dan", "law", "bob"),
    "the mentor offers no places": lambda one: one.with_mentor("hal", "sql", "uma"),
    "the mentor is nobody": lambda one: one.with_mentor("hal", "sql", "zoe"),
    "the mentee is nobody": lambda one: evolve(
        one, plan=evolve(one.plan, mentee_id=_changed(one.plan.mentee_id, 0, "zoe"))
    ),
    "the skill was not asked for": lambda one: evolve(
        one, plan=evolve(one.plan, skill_id=_changed(one.plan.skill_id, 0, "tax"))
    ),
    "a score is one higher": lambda one: evolve(
        one, plan=evolve(one.plan, score=_changed(one.plan.score, 0, one.plan.score[0] + 1))
    ),
    "a part is one higher": lambda one: evolve(
        one, plan=evolve(one.plan, parts=one.plan.parts + np.eye(4, 3, dtype=int))
    ),
    "a scorer's part is missing": lambda one: evolve(one, plan=evolve(one.plan, parts=one.plan.parts[:, 1:])),
    "a target is one lower": lambda one: evolve(
        one, plan=evolve(one.plan, target_level=_changed(one.plan.target_level, 0, one.plan.target_level[0] - 1))
    ),
    "a scorer has another name": lambda one: evolve(one, plan=evolve(one.plan, scorers=("fit", *one.plan.scorers[1:]))),
    "an unmatched request is left out": lambda one: one.with_reasons(
        lambda r: _fewer_reasons(r, list(range(1, len(r))))
    ),
    "an unmatched request stands there twice": lambda one: one.with_reasons(
        lambda r: _fewer_reasons(r, [0, *range(len(r))])
    ),
    "an unmatched request is invented": lambda one: one.with_reasons(
        lambda r: evolve(_fewer_reasons(r, [0, *range(len(r))]), mentee_id=np.append("ann", r.mentee_id))
    ),
    "a reason is another one": lambda one: one.with_reasons(
        lambda r: evolve(r, reason=_changed(r.reason, 0, "nobody-qualified"))
    ),
    "a reason counts otherwise": lambda one: one.with_reasons(
        lambda r: evolve(r, details=({**r.details[0], "mentors": 7}, *r.details[1:]))
    ),
    "a reason has the facts of another": lambda one: one.with_reasons(lambda r: evolve(r, place=r.place[::-1])),
    "the value is one higher": lambda one: one.with_claims(value=one.plan.claims.value + 1),
    "value and bound are one higher": lambda one: one.with_claims(
        value=one.plan.claims.value + 1, bound=one.plan.claims.bound + 1
    ),
    "the bound is one lower": lambda one: one.with_claims(bound=one.plan.claims.bound - 1),
    "the gap is another one": lambda one: one.with_claims(gap=1),
    "the total score is one higher": lambda one: one.with_claims(score=one.plan.claims.score + 1),
    "a request is not counted": lambda one: one.with_claims(requests=one.plan.claims.requests - 1),
    "a match is counted twice": lambda one: one.with_claims(matched=one.plan.claims.matched + 1),
    "an unmatched request is not counted": lambda one: one.with_claims(unmatched=one.plan.claims.unmatched - 1),
    "the status is none": lambda one: one.with_claims(status="perfect"),
    "the status says that there is no plan": lambda one: one.with_claims(status="infeasible"),
    "the objective is another": lambda one: one.with_claims(objective="score"),
    "the digest is another": lambda one: one.with_claims(input_digest="0" * 64),
    "the day is another, on which somebody has left": lambda one: one.with_claims(on=ON - timedelta(days=300)),
    "a price is one lower": lambda one: _price(one, _first_mentor_price(one), -1),
    "a price is one higher": lambda one: _price(one, _first_mentor_price(one), 1),
    "a price is below 0": lambda one: _priced(one, "mentee", "hal", "", -1),
    "a price stands there twice": lambda one: _priced(one, "mentor", "bob", "", 1),
    "a price is of nobody": lambda one: _priced(one, "mentor", "zoe", "", 1),
    "a price is of no request": lambda one: _priced(one, "request", "ann", "sql", 1),
    "a price is on no side": lambda one: _priced(one, "skill", "sql", "", 1),
    "a mentor's price names a skill": lambda one: _priced(one, "mentor", "cat", "sql", 1),
    "the mentors' prices are missing": lambda one: _without_price(one, "mentor"),
    "the policy weighs otherwise": lambda one: one.under(evolve(POLICY, scorers=(LevelFit(), *POLICY.scorers[1:]))),
    "the policy has another scorer": lambda one: one.under(evolve(POLICY, scorers=POLICY.scorers[:2])),
    "the policy has no manager rule": lambda one: one.under(evolve(POLICY, rules=(Qualified(), SharedLanguage()))),
    "the policy wants mentors of a higher level": lambda one: one.under(
        evolve(POLICY, rules=(Qualified(above_target=2), NotManager(), SharedLanguage()))
    ),
    "the policy has another objective": lambda one: one.under(evolve(POLICY, objective="score")),
    "the policy allows one request a person": lambda one: one.under(evolve(POLICY, requests_per_person=1)),
    "the policy was not written down": lambda one: one.with_claims(policy={}),
    "a full mentor offers one place less": lambda one: one.on_other_tables(ann={"capacity": 1}),
    "a mentor offers one place more": lambda one: one.on_other_tables(cat={"capacity": 3}),
    "a mentor has left": lambda one: one.on_other_tables(cat={"left_on": "2026-09-01"}),
    "a mentor speaks another language": lambda one: one.on_other_tables(ann={"languages": "fr"}),
    "a mentee is of another grade": lambda one: one.on_other_tables(dan={"grade": 5}),
    "a mentee may have no mentor": lambda one: one.on_other_tables(gus={"mentee_limit": 1}),
    "a mentee has another manager": lambda one: one.on_other_tables(gus={"manager_id": "ann"}),
    "a mentee has closed the gap": lambda one: one.on_other_tables(knows={"gus": {"sql": 3}}),
    "a mentor was assessed lower": lambda one: one.on_other_tables(knows={"bob": {"sql": 2}}),
    "a mentor was assessed higher": lambda one: one.on_other_tables(knows={"bob": {"sql": 5}}),
    "a pair was blocked": lambda one: one.on_other_tables(
        blocks=[*TABLES["blocks"], {"mentee_id": "gus", "mentor_id": "ann"}]
    ),
    "a pair was pinned": lambda one: one.on_other_tables(
        pins=[
            *TABLES["pins"],
            {"mentee_id": "gus", "mentor_id": "ann", "skill_id": "sql"},
            {"mentee_id": "hal", "mentor_id": "cat", "skill_id": "sql"},
        ]
    ),
    "an engagement runs that takes the place": lambda one: one.on_other_tables(
        engaged=[*TABLES["engaged"], {"mentor_id": "cat", "mentee_id": "ivo", "skill_id": "sql"}]
    ),
    "a request was given": lambda one: one.on_other_tables(requests=[{"person_id": "hal", "skill_id": "sql"}]),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", DAMAGES)
def test_verify_rejects(kind: str, method: Method) -> None:
    """Would be broken: what the name of the damage says, and with it the word of every plan."""
    before = claimed()
    assert before.verdict(method).ok
    damaged = DAMAGES[kind](before)
    verdict = damaged.verdict(method)
    assert not verdict.ok, kind
    assert verdict.status == "invalid"
    assert verdict.faults
    assert str(verdict).startswith("invalid: ")


def test_verify_names_at_most_twenty_witnesses_of_a_kind_and_counts_the_rest() -> None:
    """Would be broken: a verdict one can read, where a whole side of prices is missing."""
    problem = contended(0, requests=30, mentors=3)
    solution = solve(problem, Flow())
    none = Duals(request=solution.duals.request, mentee=solution.duals.mentee, mentor=np.zeros(3, np.int64))
    verdict = verify_solution(problem, evolve(solution, duals=none))
    uncovered = [fault for fault in verdict.faults if fault.startswith("prices do not cover")]
    assert len(uncovered) == 21
    assert uncovered[-1].startswith("prices do not cover: and ")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_verify_solution_accepts_what_holds_for_problems_from_scores(strategy: Strategy, method: Method) -> None:
    """Would be broken: the inner half of verification, which benchmarks and strategies of others use."""
    problem = contended(1)
    verdict = verify_solution(problem, solve(problem, strategy), method=method)
    assert verdict.ok
    assert "gap" in str(verdict)


def _swapped(solution: Solution) -> Solution:
    mentor = solution.mentor.copy()
    mentor[0] = mentor[1] if mentor[0] != mentor[1] else mentor[mentor != mentor[0]][0]
    return evolve(solution, mentor=mentor)


def _with_duals(solution: Solution, **columns: NDArray[np.generic]) -> Solution:
    return evolve(solution, duals=evolve(solution.duals, **columns))  # type: ignore[arg-type]


WRONG_SOLUTIONS: dict[str, Callable[[Solution], Solution]] = {
    "another mentor": _swapped,
    "a pair less": lambda s: evolve(s, request=s.request[1:], mentor=s.mentor[1:]),
    "a pair twice, side by side": lambda s: evolve(
        s, request=np.repeat(s.request, 2)[1:], mentor=np.repeat(s.mentor, 2)[1:]
    ),
    "a pair twice, far apart": lambda s: evolve(
        s, request=np.append(s.request, s.request[0]), mentor=np.append(s.mentor, s.mentor[0])
    ),
    "a request that there is not": lambda s: evolve(s, request=s.request + 1000),
    "a request below 0": lambda s: evolve(s, request=s.request - 1000),
    "a mentor that there is not": lambda s: evolve(s, mentor=s.mentor + 1000),
    "a mentor below 0": lambda s: evolve(s, mentor=-1 - s.mentor),
    "fewer mentors than requests": lambda s: evolve(s, mentor=s.mentor[1:]),
    "places that are no whole numbers": lambda s: evolve(s, mentor=s.mentor.astype(float)),
    "too few prices": lambda s: _with_duals(s, request=s.duals.request[1:]),
    "prices that are no whole numbers": lambda s: _with_duals(s, mentor=s.duals.mentor / 1),
    "a price below 0": lambda s: _with_duals(s, mentee=s.duals.mentee - 1),
    "a lower price": lambda s: _with_duals(s, mentor=np.maximum(s.duals.mentor - 1, 0)),
    "a higher price": lambda s: _with_duals(s, request=s.duals.request + 1),
    "a higher value": lambda s: evolve(s, value=s.value + 1),
    "a lower bound": lambda s: evolve(s, bound=s.bound - 1),
    "a higher score": lambda s: evolve(s, score=s.score + 1),
    "the status infeasible": lambda s: evolve(s, status=Status.INFEASIBLE),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", WRONG_SOLUTIONS)
def test_verify_solution_rejects(kind: str, method: Method) -> None:
    """Would be broken: the check of solutions that strategies of others return."""
    problem = contended(1)
    solution = solve(problem, Flow())
    assert verify_solution(problem, solution, method=method).ok
    assert not verify_solution(problem, WRONG_SOLUTIONS[kind](solution), method=method).ok


def test_an_approximate_plan_that_claims_to_be_optimal_is_rejected() -> None:
    """Would be broken: the difference between good and best."""
    problem = contended(2)
    greedy = solve(problem, Greedy(passes=1))
    assert greedy.gap > 0
    assert verify_solution(problem, greedy).status == "feasible"
    assert not verify_solution(problem, evolve(greedy, status=Status.OPTIMAL)).ok


def test_a_pair_of_no_worth_is_rejected_under_the_objective_score() -> None:
    """Would be broken: under `score` nobody is matched at a loss, also not where the sums are right."""
    problem = Problem.from_scores(np.array([[-1]]), objective="score")
    nothing = solve(problem, Flow())
    pair = evolve(nothing, request=np.zeros(1, np.int32), mentor=np.zeros(1, np.int32), value=-1, score=-1)
    faults = verify_solution(problem, evolve(pair, status=Status.FEASIBLE)).faults
    assert any("no worth" in fault for fault in faults)


def test_mentees_are_held_to_their_limit() -> None:
    """Would be broken: the limit of a mentee whose two requests are both served."""
    problem = Problem.from_scores(np.ones((2, 2), np.int64), mentee=np.zeros(2, np.int64))
    both = np.arange(2, dtype=np.int32)
    faults = verify_solution(problem, evolve(solve(problem, Flow()), request=both, mentor=both)).faults
    assert any("the mentee's limit" in fault for fault in faults)


def test_impossible_pins_are_a_verdict_and_no_exception() -> None:
    """Would be broken: the command line's exit code 1 for a plan that no longer has a lawful form."""
    before = claimed()
    both = [*TABLES["pins"], {"mentee_id": "eve", "mentor_id": "bob"}]
    verdict = before.on_other_tables(pins=both).verdict()
    assert not verdict.ok
    assert verdict.gap is None
    assert any("PIN-BREAKS-RULE" in fault for fault in verdict.faults)


def test_large_problems_are_checked_by_the_oracle_and_all_pairs_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the second check of the oracle, which shares no code with `best`."""
    monkeypatch.setattr("taskmentor.matching.certificate._ALL_PAIRS_UP_TO", 10)
    monkeypatch.setattr("taskmentor.matching.certificate._SAMPLED_PAIRS", 40)
    problem = contended(3)
    solution = solve(problem, Flow())
    verdict = verify_solution(problem, solution)
    assert verdict.ok
    assert verdict.method == "oracle"
    lower = _with_duals(solution, mentor=np.zeros(problem.n_mentors, np.int64))
    assert any("prices do not cover" in fault for fault in verify_solution(problem, lower).faults)
    monkeypatch.setattr("taskmentor.matching.certificate._check_by_oracle", lambda *_: None)
    assert any("prices do not cover" in fault for fault in verify_solution(problem, lower).faults)


def test_all_pairs_are_checked_without_asking_what_finds_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the word `independent`; a fault of the candidate search would prove itself right."""
    before = claimed()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked for candidates")

    monkeypatch.setattr("taskmentor.matching.certificate.best", refuse)
    assert before.verdict("all pairs").ok
    assert not DAMAGES["the mentors' prices are missing"](before).verdict("all pairs").ok


@pytest.mark.parametrize(("pairs", "requests"), [(0, 1), (7, 1), (8, 2), (40, 6), (239, 30), (1_000, 30)])
def test_the_sample_beside_the_oracle_is_as_large_as_its_pairs_allow(
    pairs: int, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: a second check that takes longer than the first, or looks at nobody."""
    monkeypatch.setattr("taskmentor.matching.certificate._SAMPLED_PAIRS", pairs)
    asked: list[int] = []

    def look(problem: Problem, duals: Duals, requests: NDArray[np.int32], holders: Holders) -> Uncovered:
        asked.extend(requests.tolist())
        return uncovered_pairs(problem, duals, requests, holders)

    monkeypatch.setattr("taskmentor.matching.certificate.uncovered_pairs", look)
    problem = contended(3)
    assert verify_solution(problem, solve(problem, Flow()), method="oracle").ok
    assert len(asked) == len(set(asked)) == requests
