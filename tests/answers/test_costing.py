"""What rules, pins, blocks and limits cost, held against brute force on the day without each of them."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from taskmentor import synthetic
from taskmentor.answers.again import Baseline
from taskmentor.answers.costing import Cost, Costs, costs, place_worths
from taskmentor.answers.recruiting import recruit
from taskmentor.errors import InfeasibleError, SolverError, UnsupportedError
from taskmentor.formats.reading import read_organisation
from taskmentor.matching.aims import MaxMin, MostRequests
from taskmentor.matching.constraints import LeastShare, MentorLoad
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.ids import pool_of
from taskmentor.matching.milp import Milp
from taskmentor.matching.policy import Described, Policy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.matching.wishes import WishLevel
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.answers.drawn import CHUNKS, programme, rounds, small_of
from tests.organisations import ASSESSED_ON, ON, organisation
from tests.plain_constraints import PLAIN, Plain, random_constraint

Other = tuple[Organisation, Policy]


@pytest.fixture(scope="module")
def sample() -> Round:
    return match(read_organisation(folder()), task_based(), on=date(2026, 10, 1))


def _with_skills(round_: Round) -> Organisation:
    """The organisation with pins that name their skill, as they were settled."""
    pool, problem = pool_of(round_.problem), round_.problem
    pinned = np.flatnonzero(problem.pinned >= 0)
    pins = PairList(pool.mentees[pinned], pool.mentors[problem.pinned[pinned]], problem.skill[pinned])
    return evolve(round_.organisation, pins=pins)


def _others(round_: Round) -> Mapping[tuple[str, str], Other]:
    """Every organisation and policy with one thing lifted, made from tables and not from the problem."""
    given, policy = _with_skills(round_), round_.programme.policy
    ids, skills, people = given.people.ids, given.model.skill_ids, given.people
    others: dict[tuple[str, str], Other] = {
        ("rule", rule.name): (given, evolve(policy, rules=tuple(one for one in policy.rules if one != rule)))
        for rule in policy.rules
    }

    def without(kind: str, kept: PairList) -> Other:
        return (evolve(given, blocks=kept) if kind == "block" else evolve(given, pins=kept)), policy

    for kind, pairs in (("block", given.blocks), ("pin", given.pins)):
        rows = list(zip(pairs.mentee.tolist(), pairs.mentor.tolist(), pairs.skill.tolist(), strict=True))
        for row in rows:
            kept = np.array([other != row for other in rows])
            fewer = PairList(pairs.mentee[kept], pairs.mentor[kept], pairs.skill[kept])
            about = "" if row[2] < 0 else f" in {skills[row[2]]}"
            name = f"{ids[row[0]]} with {ids[row[1]]}{about}"
            others[kind, name] = without(kind, fewer)
        others[kind, f"all {len(rows)}"] = without(kind, PairList.empty())
    if policy.places_per_mentor is None:
        more = evolve(given, people=people.with_capacity(people.capacity + (people.capacity > 0)))
        taken = np.bincount(given.engaged.running(round_.on).mentor, minlength=len(people))
        if (taken <= people.capacity).all():  # else one place more is not one place left
            others["limit", "one more place of every mentor"] = (more, policy)
            many = people.with_capacity(np.where(people.capacity > 0, 20 + taken, 0))
            others["limit", "places of mentors"] = (evolve(given, people=many), policy)
    else:
        others["limit", "places_per_mentor"] = (given, evolve(policy, places_per_mentor=None))
        once_more = evolve(policy, places_per_mentor=policy.places_per_mentor + 1)
        others["limit", "one more of places_per_mentor"] = (given, once_more)
    learning = np.bincount(given.engaged.running(round_.on).mentee, minlength=len(people))
    if (learning <= people.mentee_limit).all():
        limit = people.mentee_limit
        more = evolve(given, people=people.with_mentee_limit(limit + (limit > 0)))
        others["limit", "one more request of every mentee"] = (more, policy)
        many = people.with_mentee_limit(np.where(limit > 0, 20, 0))
        others["limit", "requests of mentees"] = (evolve(given, people=many), policy)
    others["limit", "requests_per_person"] = (given, evolve(policy, requests_per_person=9))
    return others


@pytest.mark.parametrize("chunk", CHUNKS)
def test_each_cost_is_what_brute_force_says(chunk: int) -> None:
    """Rules of every shape, blocks, pins and limits of all kinds, over hundreds of days without one of them."""
    compared: Counter[str] = Counter()
    settled = 0
    for round_ in rounds(chunk, n=14):
        found = costs(round_)
        base = small_of(_with_skills(round_), round_.programme.policy)
        assert base is not None
        before, _ = base[1].optimal()
        others = _others(round_)
        for cost in found.costs:
            if (cost.kind, cost.name) not in others or (other := small_of(*others[cost.kind, cost.name])) is None:
                continue
            after, _ = other[1].optimal()
            effect = cost.effect
            if round_.problem.objective == "score":
                assert effect.score == after[1] - before[1], cost
                assert effect.most_requests is None
            else:
                assert (effect.requests, effect.score) == (after[0] - before[0], after[1] - before[1]), cost
                assert effect.most_requests is not None
                assert effect.requests <= effect.most_requests
            assert effect.value <= effect.at_most
            assert effect.proven
            compared[cost.kind] += 1
            settled += not effect.solved
    assert compared["limit"] > 30
    assert min(compared["rule"], compared["block"], compared["pin"]) > 0
    assert settled > 10  # prices alone were the answer


def test_a_place_is_worth_between_one_more_and_one_fewer() -> None:
    """Relation 10: one more place brings at most its price; and one fewer costs at least as much."""
    measured = 0
    for seed in range(3):
        invented = synthetic.organisation(60, seed=seed, places_per_request=0.3)
        round_ = match(invented, task_based(), on=date(2026, 10, 1))
        worths = place_worths(round_, most=6)
        prices = [one.price for one in worths]
        assert prices == sorted(prices, reverse=True)
        for one in worths:
            assert one.more is not None
            assert one.fewer is not None
            assert one.more.value <= one.more.at_most <= one.price
            assert one.fewer.value <= one.fewer.at_most <= -one.price
            assert one.more.requests in (0, 1)
            measured += 1
    assert measured > 10


def test_costs_of_the_sample_are_told(sample: Round) -> None:
    found = costs(sample)
    by_name = {(cost.kind, cost.name): cost.effect for cost in found.costs}
    assert by_name["rule", "shared-language"].requests == 1
    assert by_name["pin", "p-0036 with p-0034 in prioritisation"].score == 45
    assert by_name["limit", "one more place of every mentor"].requests == 13
    assert not by_name["block", "p-0048 with p-0047 in sql"].solved
    assert "rule shared-language: +1 request, at most +1; +740 points" in str(found)
    rows = found.as_data()["costs"]
    assert isinstance(rows, list)
    assert len(rows) == len(found.costs)
    assert "p-0006 as mentor: one place more +1 request" in str(place_worths(sample, most=1)[0])


def test_more_blocks_than_are_asked_for_are_counted(sample: Round) -> None:
    found = costs(sample, most=1)
    assert found.left_out == 1
    assert [cost.name for cost in found.costs if cost.kind == "block"] == ["all 2", "p-0034 with p-0035"]
    assert str(found).endswith("and 1 more blocks and pins that were not looked at one by one")


def test_without_a_proof_the_best_plan_is_found_first(sample: Round) -> None:
    """What is gained by lifting something must not be what the strategy left open."""
    greedy = match(sample.organisation, task_based(), on=sample.on, strategy=Greedy())
    assert greedy.solution.gap > 0
    rows = {(one.kind, one.name): (one.effect.requests, one.effect.score) for one in costs(greedy).costs}
    assert rows == {(one.kind, one.name): (one.effect.requests, one.effect.score) for one in costs(sample).costs}


def test_a_strategy_without_proof_is_said_to_have_none() -> None:
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 5}, "y": {"sql": 4}}, wants={"a": {"sql": 3}, "b": {"sql": 3}},
    )  # fmt: skip
    found = costs(match(org, task_based(), on=date(2026, 10, 1), strategy=Greedy(passes=1)), strategy=Greedy(passes=1))
    assert isinstance(found, Costs)
    assert all(isinstance(cost, Cost) for cost in found.costs)


def test_an_answer_that_the_prices_refute_is_an_error(sample: Round) -> None:
    """One of the two would be wrong, and nothing is handed on."""
    base = Baseline.of(sample)
    nothing = evolve(
        base.problem, capacity=np.zeros_like(base.problem.capacity), limit=np.zeros_like(base.problem.limit)
    )
    with pytest.raises(SolverError, match="the prices allow"):
        base.effect(nothing, base.solution)


def test_aims_in_order_are_refused_by_name(sample: Round) -> None:
    """Their prices are others, and would say nothing about what is lifted."""
    policy = evolve(task_based().policy, aims=(MostRequests(), MaxMin()))
    with pytest.raises(UnsupportedError, match="max-min"):
        costs(match(sample.organisation, programme(policy), on=sample.on))


def test_what_an_even_load_costs_is_a_limit_among_others() -> None:
    """A cost of places is part of the objective, and so of what prices allow."""
    invented = synthetic.organisation(60, seed=3, places_per_request=1.5)
    sample = match(invented, task_based(), on=synthetic.DAY)
    even = match(invented, programme(evolve(task_based().policy, load_cost=150)), on=synthetic.DAY)
    assert even.solution.score < sample.solution.score
    effects = {(cost.kind, cost.name): cost.effect for cost in costs(even, most=1).costs}
    assert effects["limit", "load_cost"].score == sample.solution.score - even.solution.score
    for effect in effects.values():
        assert effect.value <= effect.at_most
    for one in place_worths(even, most=2):
        assert one.more is not None
        assert one.fewer is not None
        assert one.more.value <= one.more.at_most <= one.price
        assert one.fewer.value <= one.fewer.at_most <= -one.price


def test_a_place_that_costs_as_much_as_it_brings_is_worth_nothing() -> None:
    """Would be broken: what one fewer loses at the least, where the price of a place is what it costs."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 3}}, knows={"x": {"sql": 4}}, wants={"a": {"sql": 3}, "b": {"sql": 3}}
    )
    round_ = match(org, programme(Policy(scorers=(), load_cost=5)), on=ON)
    worths = place_worths(round_)
    assert all(one.fewer is not None and one.fewer.value <= -one.price for one in worths)
    assert [one.person_id for one in worths if one.side == "mentor"] == []


def test_as_many_requests_as_the_plan_serves_can_be_served_where_places_cost() -> None:
    """Would be broken: the most that prices allow, which what is paid for places lowered below what there is."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 2}}, knows={"x": {"sql": 4}}, wants={"a": {"sql": 3}, "b": {"sql": 3}}
    )
    round_ = match(org, programme(Policy(scorers=(), load_cost=5)), on=ON)
    assert round_.solution.n_matched == 2
    found = costs(round_).costs
    assert any(not cost.effect.solved for cost in found)
    assert {(cost.effect.requests, cost.effect.most_requests) for cost in found} == {(0, 0)}


@pytest.mark.parametrize("policy", [Policy(scorers=(), objective="score"), Policy(scorers=(), load_cost=5)])
def test_a_pin_without_which_its_pair_is_of_no_worth_is_solved_again(policy: Policy) -> None:
    """Would be broken: the plan of the round taken for one of the day without the pin, where it is none or dearer."""
    sql = {"mentor_id": "x", "skill_id": "sql"}
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 2}},
        knows={"x": {"sql": 4}},
        wants={"a": {"sql": 3}},
        pins=[{**sql, "mentee_id": "a"}],
        engaged=[{**sql, "mentee_id": "b", "from_on": ASSESSED_ON}],
    )
    round_ = match(org, programme(policy), on=ON)
    (pin,) = [cost for cost in costs(round_).costs if cost.kind == "pin"]
    served = match(evolve(org, pins=PairList.empty()), programme(policy), on=ON).solution
    assert round_.solution.n_matched == 1
    assert (pin.effect.requests, pin.effect.solved) == (served.n_matched - 1, True)


def test_what_leaves_no_plan_if_it_is_lifted_is_left_out() -> None:
    """Would be broken: the costs of all else, where a floor grows with the places that a limit keeps back."""
    org = organisation({"a": {"capacity": 0}, "x": {"capacity": 3}}, knows={"x": {"sql": 4}}, wants={"a": {"sql": 3}})
    policy = Policy(scorers=(), places_per_mentor=1, constraints=(MentorLoad(at_least=2),))
    names = [cost.name for cost in costs(match(org, programme(policy), on=ON, strategy=CpSat())).costs]
    assert "mentor-load" in names
    assert not [name for name in names if name.endswith("places_per_mentor")]


@pytest.mark.parametrize("chunk", CHUNKS)
def test_constraints_cost_what_brute_force_says(chunk: int) -> None:
    """A constraint lifted, and a rule lifted beside constraints that stay; bounds by prices of rows among them."""
    compared: Counter[str] = Counter()
    for draw, plain_round in enumerate(rounds(200 + chunk, n=7)):
        rng = default_rng([201, chunk, draw])
        kinds = [list(PLAIN)[place] for place in rng.choice(len(PLAIN), 2, replace=False).tolist()]
        wanted = tuple(random_constraint(kind, plain_round.organisation, rng) for kind in kinds)
        policy = evolve(plain_round.programme.policy, constraints=wanted)
        try:
            round_ = match(plain_round.organisation, programme(policy), on=ON, strategy=CpSat())
        except InfeasibleError:
            continue
        given = _with_skills(round_)
        before = _kept_best(given, policy)
        for cost in costs(round_).costs:
            if cost.kind == "constraint":
                kept = tuple(one for one in policy.constraints if one.name != cost.name)
                after = _kept_best(given, evolve(policy, constraints=kept))
            elif cost.kind == "rule":
                rules = tuple(one for one in policy.rules if one.name != cost.name)
                after = _kept_best(given, evolve(policy, rules=rules))
            else:
                continue
            if before is None or after is None:
                continue
            counted = cost.effect.requests if round_.problem.count_weight else 0
            assert (counted, cost.effect.score) == (after[0] - before[0], after[1] - before[1]), cost
            assert cost.effect.value <= cost.effect.at_most
            compared[cost.kind] += 1
    assert compared["constraint"] > 2


def _kept_best(given: Organisation, policy: Policy) -> tuple[int, int] | None:
    """The greatest worth of all plans that keep all constraints; None where there are too many plans."""
    if (both := small_of(given, policy)) is None:
        return None
    plain = Plain.of(*both)
    kept = (plan for plan in both[1].plans() if all(plain.keeps(one, plan) for one in policy.constraints))
    return max((both[1].worth(plan) for plan in kept), default=None)


def test_the_worth_of_a_place_is_told_in_points_where_prices_are_in_parts_of_a_point(sample: Round) -> None:
    """Would be broken: a price that is some thousand times what the place is worth."""
    policy = evolve(task_based().policy, constraints=(LeastShare(percent=70, by="location", same=True),))
    round_ = match(sample.organisation, programme(policy), on=sample.on, strategy=Milp())
    assert round_.solution.duals.unit > 1
    assert round_.solution.priced is not None
    above = round_.solution.priced - round_.solution.value  # what prices leave open of the plan
    for one in place_worths(round_, most=3):
        assert one.more is not None
        assert one.fewer is not None
        assert one.more.value - above <= one.price <= above - one.fewer.value
        assert str(one.as_data()["price"]) == str(one.price)


def test_what_does_not_hold_constraints_refuses_by_name(sample: Round) -> None:
    policy = evolve(task_based().policy, constraints=(MentorLoad(at_most=1),))
    round_ = match(sample.organisation, programme(policy), on=sample.on, strategy=CpSat())
    with pytest.raises(UnsupportedError, match="mentor-load"):
        recruit(round_, more=1)


def test_a_place_without_which_no_plan_is_left_is_said_so() -> None:
    """A floor for each mentor stands or falls with the places of the only ones who have somebody to teach."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1}}, knows={"x": {"sql": 5}}, wants={"a": {"sql": 3}, "b": {"sql": 3}}
    )
    policy = evolve(task_based().policy, constraints=(MentorLoad(at_least=1),))
    round_ = match(org, programme(policy), on=ON, strategy=CpSat())
    worths = place_worths(round_)
    fewer = [one.fewer for one in worths]
    assert all(one is None or one.requests == -1 for one in fewer)
    assert all("as mentor: one place more" in str(one) for one in worths)
    assert [one.as_data()["person_id"] for one in worths] == [one.person_id for one in worths]


@pytest.mark.parametrize("wishes", ["after-score", "before-score"])
def test_wishes_and_places_that_were_all_taken_are_measured_too(wishes: WishLevel) -> None:
    """One place more of somebody who had none left has no price yet, and wishes count for more where there are more."""
    org = organisation(
        {"a": {}, "b": {}, "c": {}, "x": {"capacity": 1}, "y": {"capacity": 1}, "z": {"capacity": 1}},
        knows={one: {"sql": 4, "go": 5} for one in "xyz"},
        wants={"a": {"sql": 3, "go": 3}, "b": {"sql": 3}, "c": {"go": 4}},
        engaged=[{"mentor_id": "z", "mentee_id": "b", "skill_id": "go", "from_on": ASSESSED_ON}],
        wishes=[
            {"person_id": one, "side": side, "characteristic": "parent", "consented_on": ASSESSED_ON}
            for one, side in (("a", "mentee"), ("b", "mentee"), ("y", "mentor"))
        ],
    )  # fmt: skip
    given = programme(evolve(task_based().policy, wishes=wishes))
    round_ = match(org, given, on=ON)
    assert round_.problem.wish is not None
    people = org.people
    more = match(evolve(org, people=people.with_capacity(people.capacity + (people.capacity > 0))), given, on=ON)
    effects = {cost.name: cost.effect for cost in costs(round_).costs}
    effect = effects["one more place of every mentor"]
    assert effect.requests == more.solution.n_matched - round_.solution.n_matched == 2
    assert effect.score == more.solution.score - round_.solution.score
    assert effect.most_requests == 2
    assert effect.value <= effect.at_most


def test_an_answer_that_does_not_hold_is_an_error(sample: Round) -> None:
    """A strategy that answers with what the rules forbid, or with what is no solution at all."""

    @frozen
    class Wrong:
        name: str = "wrong"
        short: bool = False

        def get_params(self) -> dict[str, Described]:
            return {}

        def __call__(self, problem: Problem) -> Solution:
            found = Flow()(problem)
            one = found.mentor[:1] if self.short else np.full_like(found.mentor, found.mentor[0])
            return evolve(found, mentor=one)

    for wrong, said in ((Wrong(), "does not hold"), (Wrong(short=True), "gave no solution")):
        with pytest.raises(SolverError, match=said):
            costs(sample, strategy=wrong)
