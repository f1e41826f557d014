"""What the large benchmarks run on: invented organisations of six kinds, and the policies they are matched under."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
from attrs import evolve

from benchmarks.measuring import ROOT
from taskmentor import programmes, synthetic
from taskmentor.formats.policies import read_policy
from taskmentor.matching.candidates import best
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.solution import Strategy, solve
from taskmentor.models.assessments import Assessments
from taskmentor.models.organisation import GivenRequests, Organisation
from taskmentor.models.people import NO_CODE, Categories
from taskmentor.synthetic import DAY

__all__ = ["INSTANCES", "OBJECTIVES", "POLICY", "TASK_BASED", "organisation_of", "policy_of", "warm_up"]

POLICY = ROOT / "benchmarks" / "policy.toml"
TASK_BASED = "task-based"
WARM_PEOPLE, WARM_CROWD = 3_000, 4_000
"""Enough people that compiled kernels make plans, and so many with one skill that they find candidates."""

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)


def organisation_of(instance: str, n_people: int, *, seed: int) -> Organisation:
    """Return an invented organisation of one of the kinds in `INSTANCES`."""
    return INSTANCES[instance](n_people, seed)


def policy_of(name: str, instance: str, objective: Objective | None) -> Policy:
    """Return the policy that an instance is matched under.

    Args:
        name: `task-based`, or the path of a policy file.
        instance: `equal` takes all scorers away, so that only the number of served requests counts.
        objective: Another objective than the policy's own.
    """
    policy = programmes.task_based().policy if name == TASK_BASED else read_policy(Path(name))
    if instance == "equal":
        return evolve(policy, scorers=(), objective="requests-then-score")
    return evolve(policy, objective=objective or policy.objective)


def warm_up(strategy: Strategy, policy: Policy | None = None) -> None:
    """Match invented people, so that imports and compiled kernels are at hand before anything is measured."""
    chosen = policy or read_policy(POLICY)
    problem = daily_problem(_scarce(WARM_PEOPLE, 0), chosen, on=DAY)
    verify_solution(problem, solve(problem, strategy), method="oracle")
    crowd = daily_problem(_one_skill(WARM_CROWD, 0), chosen, on=DAY)
    for k in (1, 20):
        best(crowd, crowd.free, k=k)


def _with_places(places_per_request: float) -> Callable[[int, int], Organisation]:
    def invented(n_people: int, seed: int) -> Organisation:
        return synthetic.organisation(n_people, seed=seed, places_per_request=places_per_request)

    return invented


def _one_skill(n_people: int, seed: int) -> Organisation:
    """Return an organisation in which everybody is assessed in one and the same skill, and asks for one level more."""
    whole = _scarce(n_people, seed)
    known = whole.assessments
    _, row = np.unique(known.person, return_index=True)
    level = known.level[row]
    asks = (level < whole.model.scale.highest) & whole.people.active(DAY)[known.person[row]]
    n_asked = int(asks.sum())
    return evolve(
        whole,
        assessments=Assessments(
            person=known.person[row],
            skill=np.zeros(len(row), np.int32),
            level=level,
            source=known.source[row],
            assessed_on=known.assessed_on[row],
            assessor=known.assessor[row],
            model_version=known.model_version[row],
            versions=known.versions,
        ),
        requests=GivenRequests(
            mentee=known.person[row][asks],
            skill=np.zeros(n_asked, np.int32),
            target=(level[asks] + 1).astype(np.int16),
            priority=(1 + np.arange(n_asked) % 5).astype(np.int8),
            reason=Categories(np.full(n_asked, NO_CODE, np.int32), ()),
        ),
    )


def _one_zone(n_people: int, seed: int) -> Organisation:
    """Return an organisation that sits in one time zone, so that one scorer gives everybody the same points."""
    whole = _scarce(n_people, seed)
    zones = Categories(np.zeros(n_people, np.int32), ("Europe/London",))
    return evolve(whole, people=evolve(whole.people, time_zone=zones))


_scarce = _with_places(synthetic.SCARCE)

INSTANCES: dict[str, Callable[[int, int], Organisation]] = {
    "scarce": _scarce,
    "balanced": _with_places(synthetic.BALANCED),
    "surplus": _with_places(synthetic.SURPLUS),
    "one-skill": _one_skill,
    "equal": _scarce,
    "one-zone": _one_zone,
}
"""Scarce, balanced and surplus places; one huge skill; all points equal; one time zone."""
