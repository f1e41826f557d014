"""Policy: what a plan must obey and what it should achieve, as data."""

from typing import Literal, Protocol

import attrs
from attrs import field, frozen
from attrs.validators import optional

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.aims.aim import Aim
from taskmentor.matching.constraints import Constraint
from taskmentor.matching.rules import NotManager, Qualified, Rule, SharedLanguage
from taskmentor.matching.scorers import (
    Importance,
    LevelFit,
    OtherDepartment,
    Scorer,
    SeniorityCloseness,
    TimeZoneCloseness,
)
from taskmentor.matching.wishes import WishLevel
from taskmentor.proficiency import ManagerFirst, ProficiencyPolicy
from taskmentor.validators import one_of, whole

__all__ = ["Described", "HasPolicy", "Objective", "Policy", "described"]

Objective = Literal["requests-then-score", "score"]
Described = str | int | bool | None | list["Described"] | dict[str, "Described"]
"""A value as plain data, ready for JSON."""


def _rules(given: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(given)


def _scorers(given: tuple[Scorer, ...]) -> tuple[Scorer, ...]:
    return tuple(given)


def _aims(given: tuple[Aim, ...]) -> tuple[Aim, ...]:
    return tuple(given)


def _constraints(given: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(given)


@frozen(kw_only=True)
class Policy:
    """Rules, scorers, limits and objective of a round.

    Nobody mentors themselves and blocked pairs are not made under any policy.

    Attributes:
        rules: A pair must be admitted by every one.
        scorers: A pair's score is the sum of their weighted points.
        objective: `requests-then-score` serves as many requests as can be and, among such plans, has the best score;
            `score` has the best score, and makes no pair of 0 points or less.
        requests_per_person: How many requests made from gaps one person has at most.
        places_per_mentor: How many places one mentor gives to this round at most, however many are left; None for all.
        proficiency: Which assessment gives the confirmed level.
        wishes: Where mentees' consented wishes about their mentor stand under `requests-then-score`. `after-score`
            meets as many as can be without loss of requests or score, `before-score` without loss of requests; `unused`
            does not look at them, nor does the objective `score`.
        load_cost: How many points each mentee of a mentor costs more than the one before, running engagements counted,
            so that the load is spread where that costs less than it brings. No part of a score.
        aims: What a plan is to be best at, in order, where that is more than the objective says; the strategy
            `Ordered` proves each of them. The objective then says only what value, bound and gap are told of.
        constraints: What a plan as a whole must keep, before anything is maximised.
    """

    rules: tuple[Rule, ...] = field(
        default=(Qualified(), NotManager(), SharedLanguage()),
        converter=_rules,
    )
    scorers: tuple[Scorer, ...] = field(
        default=(
            LevelFit(weight=3),
            Importance(weight=3),
            OtherDepartment(),
            TimeZoneCloseness(weight=2),
            SeniorityCloseness(),
        ),
        converter=_scorers,
    )
    objective: Objective = field(default="requests-then-score", validator=one_of("requests-then-score", "score"))
    requests_per_person: int = field(default=3, validator=whole(at_least=1))
    places_per_mentor: int | None = field(default=None, validator=optional(whole(at_least=1)))
    proficiency: ProficiencyPolicy = field(factory=ManagerFirst)
    wishes: WishLevel = field(default="after-score", validator=one_of("after-score", "before-score", "unused"))
    load_cost: int = field(default=0, validator=whole(at_least=0))
    aims: tuple[Aim, ...] = field(default=(), converter=_aims)
    constraints: tuple[Constraint, ...] = field(default=(), converter=_constraints)

    def __attrs_post_init__(self) -> None:
        for kind, names in (
            ("rules", [one.name for one in self.rules]),
            ("scorers", [one.name for one in self.scorers]),
            ("aims", [one.name for one in self.aims]),
            ("constraints", [one.name for one in self.constraints]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                problem = f"{shown(twice[0])} stands there more than once"
                remedy = "Give each a name of its own: reasons and plans tell them apart by it."
                raise InputError(
                    [Fault(code="DUPLICATE-ID", table="policy", column=kind, problem=problem, remedy=remedy)]
                )
        if self.aims and self.load_cost:
            problem, remedy = "it has load_cost beside aims", "Take the aim LoadSpread where its place in the order is."
            raise InputError(
                [Fault(code="CONFLICTING-POLICY", table="policy", column="load_cost", problem=problem, remedy=remedy)]
            )

    def describe(self) -> dict[str, Described]:
        """Return the whole policy as plain data, the same for equal policies."""
        return {
            "rules": [described(rule) for rule in self.rules],
            "scorers": [described(scorer) for scorer in self.scorers],
            "objective": self.objective,
            "requests_per_person": self.requests_per_person,
            "places_per_mentor": self.places_per_mentor,
            "proficiency": described(self.proficiency),
            "wishes": self.wishes,
            **({"load_cost": self.load_cost} if self.load_cost else {}),
            **({"aims": [described(aim) for aim in self.aims]} if self.aims else {}),
            **({"constraints": [described(one) for one in self.constraints]} if self.constraints else {}),
        }


class HasPolicy(Protocol):
    """Anything with a policy, such as a programme."""

    @property
    def policy(self) -> Policy:
        """Return the policy."""
        ...


def described(value: object) -> Described:
    """Return a value as plain data: its class by name, with the module where it is not one of ours, and its parameters.

    Args:
        value: A frozen attrs object, another object with attributes of plain data, or plain data.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple | list):
        if set(map(type, value)) == {str}:  # there may be very many of them
            return list(value)
        return [described(item) for item in value]
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return f"{value.__module__}.{value.__qualname__}"
    kind = type(value)
    ours = kind.__module__.startswith("taskmentor.")
    name = kind.__qualname__ if ours else f"{kind.__module__}.{kind.__qualname__}"
    if attrs.has(kind):
        return {"class": name, **{a.name: described(getattr(value, a.name)) for a in attrs.fields(kind)}}
    if hasattr(value, "__dict__"):
        return {"class": name, **{key: described(item) for key, item in sorted(vars(value).items())}}
    return repr(value)
