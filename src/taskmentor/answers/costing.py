"""What rules, constraints, pins, blocks and limits cost, each measured by solving again without it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.answers.again import Baseline, Effect, counted_requests, points
from taskmentor.errors import InfeasibleError
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Described, Policy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Strategy
from taskmentor.models.organisation import PairList
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.rounds import Round
from taskmentor.validators import check_arguments

__all__ = ["Cost", "Costs", "Kind", "PlaceWorth", "costs", "place_worths"]

Kind = Literal["rule", "constraint", "block", "pin", "limit"]

_Side = Literal["mentor", "mentee"]


@frozen(kw_only=True)
class Cost:
    """What one thing costs: what the round would gain without it.

    Attributes:
        kind: `rule`, `constraint`, `block`, `pin` or `limit`.
        name: What it is.
        effect: What lifting it would bring.
    """

    kind: Kind
    name: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.effect}"


@frozen(eq=False, kw_only=True)
class Costs:
    """What everything costs that a round obeys.

    Attributes:
        costs: The dearest first.
        left_out: How many blocks and pins were not looked at one by one.
    """

    costs: tuple[Cost, ...]
    left_out: int = 0

    def __str__(self) -> str:
        lines = ["What lifting each would bring, found by solving again, and the most that prices allow:"]
        lines += [f"  {cost}" for cost in self.costs]
        if self.left_out:
            lines.append(f"  ... and {self.left_out:,} more blocks and pins that were not looked at one by one")
        return "\n".join(lines)

    def as_data(self) -> dict[str, Described]:
        """Return the costs as plain data."""
        rows: list[Described] = [{"kind": cost.kind, "name": cost.name, **cost.effect.as_data()} for cost in self.costs]
        return {"costs": rows, "left_out": self.left_out}


def costs(round_: Round, *, strategy: Strategy | None = None, most: int = 20) -> Costs:
    """Return what each rule, constraint, block, pin and limit of a round costs, the dearest first.

    Each is lifted alone and the day is solved again: a rule or a constraint for everybody, a block or a pin as if it
    had never been given, a limit once by one and once altogether. Where the prices of the round prove that lifting
    something changes nothing, that is the answer. What several cost together may be more than the sum, and less. What
    cannot be lifted, as no plan would then keep all constraints, is left out.

    Args:
        round_: The round.
        strategy: Who solves again; `Flow(ties="any")` unless given, or `CpSat()` where there are constraints.
        most: How many blocks, and how many pins, are looked at one by one, the first by ids; beside each of them, all
            blocks and all pins are looked at together.

    Raises:
        InputError: If `most` is no whole number of 0 or more.
        UnsupportedError: If the strategy cannot do what the policy or the size asks.
        SolverError: If an answer is refuted by its own check, or by the prices of the round's plan.
    """
    check_arguments(0, most=most)
    base = Baseline.of(round_, strategy)
    found = [*_costs(base, most)]
    left_out = sum(max(len(pairs) - most, 0) for pairs in (base.organisation.blocks, base.organisation.pins))
    return Costs(costs=tuple(sorted(found, key=_dearest)), left_out=left_out)


def _costs(base: Baseline, most: int) -> Iterator[Cost]:
    """Return the cost of everything that can be lifted."""
    for kind, name, problem in _lifted(base, most):
        try:
            effect = base.gain(problem)
        except InfeasibleError:  # a floor that grows with the places, or that only a pin of no worth kept
            continue
        yield Cost(kind=kind, name=name, effect=effect)


def _dearest(cost: Cost) -> tuple[int, int, str, str]:
    return -cost.effect.requests, -cost.effect.score, cost.kind, cost.name


def _lifted(base: Baseline, most: int) -> Iterator[tuple[Kind, str, Problem]]:
    """Return every problem in which one thing is lifted."""
    for rule in base.policy.rules:
        kept = tuple(other for other in base.policy.rules if other is not rule)
        yield "rule", rule.name, base.problem_of(policy=evolve(base.policy, rules=kept))
    for constraint in base.policy.constraints:
        others = tuple(other for other in base.policy.constraints if other is not constraint)
        yield "constraint", constraint.name, base.problem_of(policy=evolve(base.policy, constraints=others))
    organisation = base.organisation
    for name, blocks in _fewer(base, organisation.blocks, most):
        yield "block", name, base.problem_of(organisation=evolve(organisation, blocks=blocks))
    for name, pins in _fewer(base, organisation.pins, most):
        yield "pin", name, base.problem_of(organisation=evolve(organisation, pins=pins))
    for name, problem in _without_limits(base):
        yield "limit", name, problem


def _fewer(base: Baseline, pairs: PairList, most: int) -> Iterator[tuple[str, PairList]]:
    """Return a list of pairs without each of them, and without any."""
    order = np.lexsort((pairs.skill, pairs.mentor, pairs.mentee))
    for row in order[:most].tolist():
        kept = np.delete(np.arange(len(pairs)), row)
        yield _pair_name(base, pairs, row), PairList(pairs.mentee[kept], pairs.mentor[kept], pairs.skill[kept])
    if len(pairs) > 1:
        yield f"all {len(pairs):,}", PairList.empty()


def _pair_name(base: Baseline, pairs: PairList, row: int) -> str:
    people, skill = base.organisation.people, int(pairs.skill[row])
    about = "" if skill == NO_CODE else f" in {base.organisation.model.skill_ids[skill]}"
    return f"{people.id(int(pairs.mentee[row]))} with {people.id(int(pairs.mentor[row]))}{about}"


def _without_limits(base: Baseline) -> Iterator[tuple[str, Problem]]:
    """Return every problem in which one limit is raised by one, or lifted."""
    problem, policy = base.problem, base.policy
    offering = base.organisation.people.capacity[pool_of(problem).mentors] > 0
    enough = np.full_like(problem.capacity, problem.n_requests)
    yield "one more place of every mentor", base.with_places(capacity=problem.capacity + offering.astype(np.int32))
    yield "places of mentors", base.with_places(capacity=np.where(offering, enough, problem.capacity))
    may_ask = base.organisation.people.mentee_limit[_mentees(problem)] > 0
    plenty = np.full_like(problem.limit, problem.n_requests)
    yield "one more request of every mentee", base.with_places(limit=problem.limit + may_ask.astype(np.int32))
    yield "requests of mentees", base.with_places(limit=np.where(may_ask, plenty, problem.limit))
    if policy.places_per_mentor is not None:
        more = evolve(policy, places_per_mentor=policy.places_per_mentor + 1)
        yield "one more of places_per_mentor", base.problem_of(policy=more)
        yield "places_per_mentor", base.problem_of(policy=evolve(policy, places_per_mentor=None))
    if policy.load_cost:
        yield "load_cost", base.problem_of(policy=evolve(policy, load_cost=0))
    if base.organisation.requests is None:
        yield "one more of requests_per_person", base.problem_of(policy=_asking(policy, policy.requests_per_person + 1))
        skills = max(len(base.organisation.model.skill_ids), policy.requests_per_person)
        yield "requests_per_person", base.problem_of(policy=_asking(policy, skills))


def _asking(policy: Policy, requests: int) -> Policy:
    return evolve(policy, requests_per_person=requests)


def _mentees(problem: Problem) -> NDArray[np.int32]:
    """Return the person code of each mentee. Shape (n_mentees,)."""
    codes = np.zeros(problem.n_mentees, np.int32)
    codes[problem.mentee] = pool_of(problem).mentees
    return codes


# What one place of one person is worth


@frozen(kw_only=True)
class PlaceWorth:
    """What one place of one person is worth, between one more and one fewer.

    Attributes:
        person_id: Whose place.
        side: As `mentor` or as `mentee`.
        price: What the proof says that a place is worth beyond what it costs, in the measure of the objective. Without
            constraints one more brings at most as much, and one fewer costs at least as much; under constraints it may
            be a part of a point, and what one more brings at the most stands in `more`.
        more: What one more would bring; None where no plan then keeps all constraints.
        fewer: What one fewer would bring; None where no plan then keeps all constraints.
    """

    person_id: PersonId
    side: _Side
    price: Fraction
    more: Effect | None
    fewer: Effect | None

    def as_data(self) -> dict[str, Described]:
        """Return what the place is worth as plain data."""
        return {
            "person_id": self.person_id,
            "side": self.side,
            "price": int(self.price) if self.price.denominator == 1 else str(self.price),
            "more": None if self.more is None else self.more.as_data(),
            "fewer": None if self.fewer is None else self.fewer.as_data(),
        }

    def __str__(self) -> str:
        return f"{self.person_id} as {self.side}: one place more {_told(self.more)}; one fewer {_told(self.fewer)}"


def _told(effect: Effect | None) -> str:
    if effect is None:
        return "keeps no plan"
    return f"{counted_requests(effect.requests)}, {points(effect.score)}"


def place_worths(round_: Round, *, strategy: Strategy | None = None, most: int = 10) -> tuple[PlaceWorth, ...]:
    """Return what one place of each person is worth whose places have a price in the proof, the dearest first.

    Without constraints a place without a price brings nothing if there is one more. All others are measured by solving
    again, with one more and with one fewer.

    Args:
        round_: The round.
        strategy: Who solves again; `Flow(ties="any")` unless given.
        most: How many places are measured.

    Raises:
        InputError: If `most` is no whole number of 0 or more.
        UnsupportedError: If the strategy cannot do what the policy or the size asks.
        SolverError: If an answer is refuted by its own check, or by the prices of the round's plan.

    Source:
        Prices of an optimal solution are subgradients of the concave function of its limits: Ahuja, Magnanti and
        Orlin, "Network Flows" (1993), section 9.
    """
    check_arguments(0, most=most)
    base = Baseline.of(round_, strategy)
    people, pool, duals = base.organisation.people, pool_of(base.problem), base.solution.duals
    last = base.problem.place_costs(np.arange(base.problem.n_mentors), base.problem.capacity.astype(np.int64) - 1)
    dear: list[tuple[int, PersonId, _Side, int]] = []
    sides: Sequence[tuple[_Side, NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]] = (
        ("mentor", duals.mentor - duals.unit * last, base.problem.capacity, pool.mentors),
        ("mentee", duals.mentee, base.problem.limit, _mentees(base.problem)),
    )
    for side, price, places, code in sides:
        for place in np.flatnonzero((price > 0) & (places > 0)).tolist():
            dear.append((-int(price[place]), people.id(int(code[place])), side, place))
    return tuple(
        PlaceWorth(
            person_id=person_id,
            side=side,
            price=Fraction(-minus, duals.unit),
            more=_at(base, side, place, 1),
            fewer=_at(base, side, place, -1),
        )
        for minus, person_id, side, place in sorted(dear)[:most]
    )


def _at(base: Baseline, side: _Side, place: int, more: int) -> Effect | None:
    """Return what more or fewer places of one person would bring, None where no plan then keeps all constraints."""
    places = (base.problem.capacity if side == "mentor" else base.problem.limit).copy()
    places[place] += more
    problem = base.with_places(capacity=places) if side == "mentor" else base.with_places(limit=places)
    try:
        return base.effect(problem, base.solved(problem))
    except InfeasibleError:
        return None
